//! What a visitor asks for, out of a function URL's event (payload format 2.0).

use std::collections::BTreeMap;

use kernel::HostName;
use serde::Deserialize;
use serde_json::Value;

/// The header into which the edge copies the host that the visitor asked for. The event's own host
/// is the function's, and says nothing.
const SITE_HOST: &str = "x-site-host";

/// A visitor's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: String,
    /// The host that was asked for, if it is a host name at all.
    pub(crate) host: Option<HostName>,
    /// The path as it was sent, escapes and all.
    pub(crate) path: String,
    /// What the visitor has already.
    pub(crate) if_none_match: Option<String>,
    /// The request's id.
    pub(crate) id: String,
}

/// The parts of an event that matter. The rest is AWS's to change.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    raw_path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: EventContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventContext {
    request_id: String,
    http: EventHttp,
}

#[derive(Deserialize)]
struct EventHttp {
    method: String,
}

impl Request {
    /// Reads an event.
    pub(crate) fn from_event(event: Value) -> Result<Self, serde_json::Error> {
        let mut event: Event = serde_json::from_value(event)?;
        let host = event.headers.get(SITE_HOST);
        Ok(Self {
            host: host.and_then(|host| HostName::parse(host).ok()),
            if_none_match: event.headers.remove("if-none-match"),
            method: event.request_context.http.method,
            path: event.raw_path,
            id: event.request_context.request_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Request;

    fn host(headers: &serde_json::Value) -> Option<String> {
        let event = json!({
            "rawPath": "/",
            "headers": headers,
            "requestContext": { "requestId": "1", "http": { "method": "GET" } },
        });
        let host = Request::from_event(event).unwrap().host?;
        Some(host.to_string())
    }

    #[test]
    fn the_host_is_the_one_that_the_edge_copied() {
        for (headers, expected) in [
            (
                json!({ "x-site-host": "docs.acme.localhost" }),
                Some("docs.acme.localhost"),
            ),
            (
                json!({ "x-site-host": "Docs.Acme.LOCALHOST.:3000" }),
                Some("docs.acme.localhost"),
            ),
            (
                json!({ "x-site-host": "xn--kse-qla.example" }),
                Some("xn--kse-qla.example"),
            ),
            (json!({ "host": "docs.acme.localhost" }), None),
            (json!({ "x-forwarded-host": "docs.acme.localhost" }), None),
            (json!({ "x-site-host": "a.example,b.example" }), None),
            (json!({ "x-site-host": "a.example b.example" }), None),
            (json!({ "x-site-host": "a..example" }), None),
            (json!({ "x-site-host": "käse.example" }), None),
            (json!({ "x-site-host": "../a" }), None),
            (json!({ "x-site-host": "a#b" }), None),
            (json!({ "x-site-host": "" }), None),
            (json!({}), None),
        ] {
            assert_eq!(host(&headers).as_deref(), expected, "{headers}");
        }
    }
}
