//! The event that a function URL makes of a request from the content delivery network, which signs
//! it for the distribution.

use http::{HeaderMap, HeaderName, Method, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::edge::cache::Key;
use crate::gateway::{header_map, query_map};
use crate::platform::{ACCOUNT, Pools, REGION};
use crate::template::DistributionSpec;

/// The id that the function's URL has.
const URL_ID: &str = "local";

/// The agent that origins see, whatever the viewer's.
const AGENT: &str = "Amazon CloudFront";

/// Where viewers come from, as far as the platform can tell.
const VIEWER: &str = "127.0.0.1";

/// What an empty body hashes to.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The session that signs requests of distributions.
const SIGNER: &str = "AROALOCALLOCALLOCAL00:OriginAccessControlSession";

/// Makes the event. Only the headers of the cache key and the condition reach the origin.
pub(super) fn event(
    pools: &Pools,
    key: &Key,
    method: &Method,
    headers: &HeaderMap,
    spec: &DistributionSpec,
) -> Value {
    let now = pools.clock().now();
    let request_id = pools.request_id();
    let host = format!("{URL_ID}.lambda-url.{REGION}.on.aws");
    let mut sent = header_map(&forwarded(headers, &spec.key_headers));
    if let Some(sent) = sent.as_object_mut() {
        sent.append(&mut own_headers(&host, &spec.id, &request_id, now));
    }
    let query = key.query.as_deref().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": key.path,
        "rawQueryString": query,
        "headers": sent,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": URL_ID,
            "authorizer": { "iam": signer() },
            "domainName": host,
            "domainPrefix": URL_ID,
            "http": {
                "method": method.as_str(),
                "path": key.path,
                "protocol": "HTTP/1.1",
                "sourceIp": VIEWER,
                "userAgent": AGENT,
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if let (false, Some(members)) = (query.is_empty(), event.as_object_mut()) {
        members.insert("queryStringParameters".to_owned(), query_map(query));
    }
    event
}

fn forwarded(headers: &HeaderMap, key_headers: &[String]) -> HeaderMap {
    let condition = header::IF_NONE_MATCH;
    let names = key_headers.iter().map(String::as_str);
    let mut forwarded = HeaderMap::new();
    for name in names.chain([condition.as_str()]) {
        if let (Ok(name), Some(value)) =
            (HeaderName::from_bytes(name.as_bytes()), headers.get(name))
        {
            forwarded.insert(name, value.clone());
        }
    }
    forwarded
}

/// Returns the headers that the network and the function's URL add.
fn own_headers(
    host: &str,
    distribution: &str,
    request_id: &str,
    now: Timestamp,
) -> Map<String, Value> {
    let trace = format!(
        "Root=1-{:08x}-{}",
        now.as_second(),
        request_id.get(..24).unwrap_or_default()
    );
    let headers = [
        ("accept-encoding", "br,gzip".to_owned()),
        ("host", host.to_owned()),
        ("user-agent", AGENT.to_owned()),
        ("via", "1.1 local.cloudfront.net (CloudFront)".to_owned()),
        ("x-amz-cf-id", request_id.to_owned()),
        ("x-amz-content-sha256", EMPTY_SHA256.to_owned()),
        ("x-amz-date", now.strftime("%Y%m%dT%H%M%SZ").to_string()),
        ("x-amz-source-account", ACCOUNT.to_owned()),
        (
            "x-amz-source-arn",
            format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{distribution}"),
        ),
        ("x-amzn-trace-id", trace),
        ("x-forwarded-for", VIEWER.to_owned()),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ];
    headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

fn signer() -> Value {
    json!({
        "accessKey": "ASIALOCALLOCALLOCAL0",
        "accountId": ACCOUNT,
        "callerId": SIGNER,
        "cognitoIdentity": null,
        "principalOrgId": null,
        "userArn": format!(
            "arn:aws:sts::{ACCOUNT}:assumed-role/OriginAccessControlRole/OriginAccessControlSession"
        ),
        "userId": SIGNER,
    })
}
