//! The event that a function URL makes of a request from the content delivery network.

use http::{HeaderMap, Method, header};
use serde_json::{Value, json};

use crate::edge::cache::Key;
use crate::gateway::{header_map, query_map};
use crate::platform::Pools;

/// The host that the function's URL has.
const URL_HOST: &str = "local.lambda-url.eu-central-1.on.aws";

/// Makes the event. Only the headers of the cache key and the viewer's agent reach the origin.
pub(super) fn event(
    pools: &Pools,
    key: &Key,
    method: &Method,
    headers: &HeaderMap,
    key_headers: &[String],
) -> Value {
    let mut forwarded = HeaderMap::new();
    let names = key_headers
        .iter()
        .map(String::as_str)
        .chain([header::USER_AGENT.as_str()]);
    for name in names {
        if let (Ok(name), Some(value)) = (
            header::HeaderName::from_bytes(name.as_bytes()),
            headers.get(name),
        ) {
            forwarded.insert(name, value.clone());
        }
    }
    forwarded.insert(header::HOST, header::HeaderValue::from_static(URL_HOST));
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let now = pools.clock().now();
    let query = key.query.as_deref().unwrap_or_default();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": key.path,
        "rawQueryString": query,
        "headers": header_map(&forwarded),
        "queryStringParameters": query_map(query),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": URL_HOST,
            "domainPrefix": "local",
            "authentication": null,
            "http": {
                "method": method.as_str(),
                "path": key.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": agent,
            },
            "requestId": pools.request_id(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    })
}
