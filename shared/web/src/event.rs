//! The gateway's event (payload format 2.0) as a request, and an answer in the form that the gateway
//! takes. Whatever a caller sends, reading it never fails otherwise than with a problem.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tenancy::{GatewayContext, RequestInfo};

use crate::cookies::Set;
use crate::problem::ProblemType;
use crate::service::Answer;

/// The parts of an event that matter. The rest is AWS's to change.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Apart from the headers, or if they are not here, among them.
    cookies: Option<Vec<String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: EventContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventContext {
    #[serde(default)]
    request_id: String,
    authorizer: Option<EventAuthorizer>,
    http: EventHttp,
}

#[derive(Deserialize)]
struct EventAuthorizer {
    lambda: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventHttp {
    method: String,
    source_ip: Option<String>,
    user_agent: Option<String>,
}

/// What the gateway says of a request.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) gateway: GatewayContext,
    pub(crate) request: RequestInfo,
    pub(crate) cookies: Vec<String>,
}

impl Event {
    /// Returns what the gateway says of the request.
    pub(crate) fn origin(&self) -> Origin {
        let context = &self.request_context;
        let authorizer = context.authorizer.as_ref();
        let fields = authorizer.and_then(|authorizer| authorizer.lambda.as_ref());
        let fields = fields.into_iter().flatten();
        let map = fields
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        Origin {
            gateway: GatewayContext::from_map(&map),
            request: RequestInfo {
                request_id: context.request_id.clone(),
                address: context.http.source_ip.clone(),
                agent: context
                    .http
                    .user_agent
                    .clone()
                    .filter(|agent| !agent.is_empty()),
            },
            cookies: self.cookies(),
        }
    }

    fn cookies(&self) -> Vec<String> {
        let joined = || self.headers.get(header::COOKIE.as_str());
        let cookies = self.cookies.clone();
        cookies.unwrap_or_else(|| joined().into_iter().cloned().collect())
    }

    /// Returns the request, which carries what the gateway says of it. Paths are taken as they are:
    /// nothing is folded, so that a path has one spelling for the gateway and for us.
    pub(crate) fn into_request(self, origin: Origin) -> Result<Request, ProblemType> {
        let malformed = ProblemType::MalformedRequest;
        let bytes = match (self.body, self.is_base64_encoded) {
            (None, _) => Vec::new(),
            (Some(text), false) => text.into_bytes(),
            (Some(text), true) => STANDARD.decode(text).map_err(|_malformed| malformed)?,
        };
        let method = self.request_context.http.method.parse();
        let mut request = Request::new(Body::from(bytes));
        *request.method_mut() = method.map_err(|_malformed| malformed)?;
        *request.uri_mut() = uri(&self.raw_path, &self.raw_query_string)?;
        *request.headers_mut() = headers(&self.headers).ok_or(malformed)?;
        request.extensions_mut().insert(origin);
        Ok(request)
    }
}

/// Writes a path and a query. A path that is none names nothing that exists.
fn uri(path: &str, query: &str) -> Result<Uri, ProblemType> {
    if !path.starts_with('/') || path.contains(['?', '#']) {
        return Err(ProblemType::NotFound);
    }
    let path: PathAndQuery = path.parse().map_err(|_no_path| ProblemType::NotFound)?;
    if query.is_empty() {
        return Ok(Uri::from(path));
    }
    let whole = format!("{path}?{query}").parse::<PathAndQuery>();
    let whole = whole.map_err(|_no_query| ProblemType::MalformedRequest)?;
    Ok(Uri::from(whole))
}

fn headers(sent: &BTreeMap<String, String>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(sent.len());
    for (name, value) in sent {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
    }
    Some(headers)
}

/// Returns an answer as the gateway takes it.
pub(crate) async fn payload(answer: Answer) -> Result<Value, axum::Error> {
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let mut headers = BTreeMap::<&str, String>::new();
    for (name, value) in &parts.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers
            .entry(name.as_str())
            .and_modify(|known| {
                known.push_str(", ");
                known.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    let (body, is_base64) = match String::from_utf8(bytes.into()) {
        Ok(text) => (text, false),
        Err(binary) => (STANDARD.encode(binary.as_bytes()), true),
    };
    // The gateway wants cookies apart from the headers, and they come in one way alone: one that is there
    // all the same is somebody's mistake, and joined to others it would be a wrong one.
    if headers.remove(header::SET_COOKIE.as_str()).is_some() {
        tracing::error!("an answer sets a cookie, which was taken out");
    }
    let mut payload = json!({
        "statusCode": parts.status.as_u16(),
        "headers": headers,
        "body": body,
        "isBase64Encoded": is_base64,
    });
    if let (Some(Set(cookies)), Some(members)) =
        (parts.extensions.get::<Set>(), payload.as_object_mut())
    {
        members.insert("cookies".to_owned(), json!(cookies));
    }
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::{Event, payload};
    use crate::cookies::{Cookies, HostCookie};
    use crate::problem::ProblemType;
    use crate::reply::Reply;

    fn event(changes: &Value) -> Event {
        let mut event = json!({
            "rawPath": "/a",
            "rawQueryString": "",
            "headers": {},
            "requestContext": { "requestId": "1", "http": { "method": "GET" } },
        });
        for (name, value) in changes.as_object().unwrap() {
            event[name] = value.clone();
        }
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn what_no_request_has_is_a_problem_and_no_panic() {
        let malformed = ProblemType::MalformedRequest;
        for (changes, problem) in [
            (json!({ "rawPath": "" }), ProblemType::NotFound),
            (json!({ "rawPath": "*" }), ProblemType::NotFound),
            (json!({ "rawPath": "/a b" }), ProblemType::NotFound),
            (json!({ "rawPath": "/a?b" }), ProblemType::NotFound),
            (
                json!({ "rawPath": "/".repeat(70_000) }),
                ProblemType::NotFound,
            ),
            (json!({ "rawQueryString": "a b" }), malformed),
            (json!({ "rawQueryString": "a".repeat(70_000) }), malformed),
            (json!({ "headers": { "a b": "c" } }), malformed),
            (json!({ "headers": { "a": "b\nc" } }), malformed),
            (json!({ "body": "%", "isBase64Encoded": true }), malformed),
            (
                json!({ "requestContext": { "http": { "method": "" } } }),
                malformed,
            ),
        ] {
            let event = event(&changes);
            let origin = event.origin();
            let start: String = changes.to_string().chars().take(80).collect();
            assert_eq!(event.into_request(origin).unwrap_err(), problem, "{start}");
        }
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        for path in ["/a/../b", "/a/%2e%2e/b", "//a", "/a\\b", "/a/./b", "/%FF"] {
            let event = event(&json!({ "rawPath": path, "rawQueryString": "c=%20d" }));
            let origin = event.origin();
            let request = event.into_request(origin).unwrap();
            assert_eq!(request.uri().path(), path);
            assert_eq!(request.uri().query(), Some("c=%20d"));
        }
    }

    #[tokio::test]
    async fn an_answer_is_text_or_base64() {
        for (body, text, is_base64) in [(&b"{}"[..], "{}", false), (b"\xff", "/w==", true)] {
            let mut answer = http::Response::new(axum::body::Body::from(body));
            *answer.status_mut() = StatusCode::CREATED;
            for value in ["b", "c"] {
                answer.headers_mut().append("a", value.parse().unwrap());
            }
            let payload = payload(answer).await.unwrap();
            assert_eq!(payload["statusCode"], 201);
            assert_eq!(payload["headers"]["a"], "b, c");
            assert_eq!(payload["body"], text);
            assert_eq!(payload["isBase64Encoded"], is_base64);
        }
    }

    #[tokio::test]
    async fn no_cookie_leaves_as_a_header() {
        let mut answer = http::Response::new(axum::body::Body::empty());
        for (name, value) in [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("a", "b")] {
            answer.headers_mut().append(name, value.parse().unwrap());
        }
        let payload = payload(answer).await.unwrap();
        assert_eq!(payload["headers"], json!({ "a": "b" }));
        assert!(payload.get("cookies").is_none());
    }

    #[tokio::test]
    async fn cookies_leave_apart_and_whole() {
        let cookies = Cookies(vec![
            HostCookie::hidden("__Host-a", "1".to_owned(), 900),
            HostCookie::readable("__Host-b", String::new(), 0),
        ]);
        let payload = payload(cookies.into_response()).await.unwrap();
        let expected = json!([
            "__Host-a=1; Max-Age=900; Path=/; Secure; HttpOnly; SameSite=Strict",
            "__Host-b=; Max-Age=0; Path=/; Secure; SameSite=Strict",
        ]);
        assert_eq!(payload["cookies"], expected);
        assert_eq!(payload["headers"], json!({}));
    }
}
