//! Events of payload format 2.0, as API Gateway and function URLs make them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What an event is made of.
pub(super) struct EventBuilder<'a> {
    pub(super) request: &'a Request<Bytes>,
    pub(super) route_key: &'a str,
    pub(super) parameters: &'a BTreeMap<String, String>,
    pub(super) request_id: &'a str,
    pub(super) now: Timestamp,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

/// The id that the one API has.
const API_ID: &str = "hotswaplocal";

/// The network address that a request comes from; those without come from this machine.
#[derive(Debug, Clone, Copy)]
pub struct SourceAddress(pub IpAddr);

impl Default for SourceAddress {
    fn default() -> Self {
        Self(IpAddr::V4(Ipv4Addr::LOCALHOST))
    }
}

impl EventBuilder<'_> {
    /// Makes the event for the route's function.
    pub(super) fn event(&self) -> Value {
        let headers = self.request.headers();
        let uri = self.request.uri();
        let host = text(headers, header::HOST.as_str());
        let source = self.request.extensions().get::<SourceAddress>().copied();
        let mut event = json!({
            "version": "2.0",
            "routeKey": self.route_key,
            "rawPath": uri.path(),
            "rawQueryString": uri.query().unwrap_or_default(),
            "headers": header_map(headers),
            "requestContext": {
                "accountId": self.account,
                "apiId": API_ID,
                "domainName": host,
                "domainPrefix": host.split('.').next().unwrap_or_default(),
                "http": {
                    "method": self.request.method().as_str(),
                    "path": uri.path(),
                    "protocol": "HTTP/1.1",
                    "sourceIp": source.unwrap_or_default().0,
                    "userAgent": text(headers, header::USER_AGENT.as_str()),
                },
                "requestId": self.request_id,
                "routeKey": self.route_key,
                "stage": "$default",
                "time": self.now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
                "timeEpoch": self.now.as_millisecond(),
            },
            "isBase64Encoded": false,
        });
        let Some(members) = event.as_object_mut() else {
            return event;
        };
        let cookies: Vec<String> = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';').map(|cookie| cookie.trim().to_owned()))
            .filter(|cookie| !cookie.is_empty())
            .collect();
        if !cookies.is_empty() {
            members.insert("cookies".to_owned(), json!(cookies));
        }
        if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
            members.insert("queryStringParameters".to_owned(), query_map(query));
        }
        if !self.parameters.is_empty() {
            members.insert("pathParameters".to_owned(), json!(self.parameters));
        }
        let kind = text(headers, header::CONTENT_TYPE.as_str());
        add_body(members, self.request.body(), kind);
        event
    }

    /// Makes the event for the authorizer: the same without body, with the route it is about.
    pub(super) fn authorizer_event(&self, event: &Value) -> Value {
        let mut event = event.clone();
        let Some(members) = event.as_object_mut() else {
            return event;
        };
        members.remove("body");
        members.remove("isBase64Encoded");
        let method = self.request.method();
        let path = self.request.uri().path();
        members.insert("type".to_owned(), json!("REQUEST"));
        members.insert(
            "routeArn".to_owned(),
            json!(format!(
                "arn:aws:execute-api:{}:{}:{API_ID}/$default/{method}{path}",
                self.region, self.account
            )),
        );
        members.insert("identitySource".to_owned(), Value::Null);
        event
    }
}

/// Media types that are text, beside all of `text/`; forms are none.
const TEXT_TYPES: [&str; 3] = [
    "application/javascript",
    "application/json",
    "application/xml",
];

/// Adds a body: what is called text and is text as it is, everything else in Base64.
fn add_body(members: &mut Map<String, Value>, body: &Bytes, media_type: &str) {
    if body.is_empty() {
        return;
    }
    let media_type = media_type.split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    let is_text = media_type.starts_with("text/") || TEXT_TYPES.contains(&&*media_type);
    let (text, is_base64) = match std::str::from_utf8(body) {
        Ok(text) if is_text => (text.to_owned(), false),
        Ok(_) | Err(_) => (STANDARD.encode(body), true),
    };
    members.insert("body".to_owned(), json!(text));
    members.insert("isBase64Encoded".to_owned(), json!(is_base64));
}

/// Returns headers with lower-case names, several values of one joined by commas, without cookies.
pub(crate) fn header_map(headers: &HeaderMap) -> Value {
    let mut map: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in headers {
        if name == header::COOKIE {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        map.entry(name.as_str())
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    json!(map)
}

/// Returns query parameters, several values of one joined by commas.
pub(crate) fn query_map(query: &str) -> Value {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        map.entry(name)
            .and_modify(|known| {
                known.push(',');
                known.push_str(&value);
            })
            .or_insert(value);
    }
    json!(map)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
