//! Requests to the API.

use std::sync::LazyLock;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use tests::documented;

use crate::host::{self, API, Host};

/// The methods that are tried.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::HEAD,
    Method::OPTIONS,
];

/// Every operation, in the order of the description.
static OPERATIONS: LazyLock<Vec<(Method, String)>> = LazyLock::new(|| {
    let paths = documented::description().pointer("/paths");
    let paths = paths.and_then(serde_json::Value::as_object).unwrap();
    let mut operations = Vec::new();
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_ascii_uppercase().parse().unwrap();
            operations.push((method, path.clone()));
        }
    }
    operations
});

/// Takes a method and, after it, a path with its query. `{owner}` and the like stand for what is
/// there.
pub(crate) fn path(bytes: &[u8]) {
    let Some((method, path)) = bytes.split_first() else {
        return;
    };
    let method = choice(&METHODS, *method);
    let Ok(path) = std::str::from_utf8(path) else {
        return;
    };
    host::with(|host| {
        let path = filled(host, path);
        if !path.starts_with('/') {
            return;
        }
        let Ok(uri) = path.parse::<Uri>() else { return };
        let request = begin(host, method.clone(), &uri);
        host.ask(request.body(Bytes::new()).unwrap());
    });
}

/// Takes an operation and, after it, a body.
pub(crate) fn body(bytes: &[u8]) {
    let Some((operation, body)) = bytes.split_first() else {
        return;
    };
    host::with(|host| {
        let request = operation_of(host, *operation);
        let request = request
            .header(header::IF_MATCH, "*")
            .header(header::CONTENT_TYPE, "application/json");
        host.ask(request.body(Bytes::copy_from_slice(body)).unwrap());
    });
}

/// Takes an operation and, after it, headers, each on a line of its own; after an empty line, a
/// body.
pub(crate) fn headers(bytes: &[u8]) {
    let Some((operation, rest)) = bytes.split_first() else {
        return;
    };
    host::with(|host| {
        let mut request = operation_of(host, *operation);
        let mut lines = rest.split(|byte| *byte == b'\n');
        for line in lines.by_ref().take_while(|line| !line.is_empty()) {
            request = with_line(request, line);
        }
        let body = lines.collect::<Vec<_>>().join(&b'\n');
        host.ask(request.body(Bytes::from(body)).unwrap());
    });
}

/// Adds a header as it stands on a line; what is none is left out.
pub(crate) fn with_line(request: http::request::Builder, line: &[u8]) -> http::request::Builder {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return request;
    };
    let (name, value) = line.split_at(colon);
    let name = HeaderName::from_bytes(name);
    let value = HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii());
    match (name, value) {
        (Ok(name), Ok(value)) if name != header::HOST => request.header(name, value),
        _ => request,
    }
}

pub(crate) fn choice<T>(all: &[T], byte: u8) -> &T {
    all.get(usize::from(byte) % all.len()).unwrap()
}

/// Begins a request for an operation on what is there, by whoever may.
fn operation_of(host: &Host, byte: u8) -> http::request::Builder {
    let (method, template) = choice(&OPERATIONS, byte);
    let website = host.owner.website.rsplit('/').next().unwrap_or_default();
    let path = template
        .replace("{website}", website)
        .replace("{page}", &host.page)
        .replace("{release}", &host.release)
        .replace("{a}", &host.release)
        .replace("{b}", &host.release)
        .replace("{tenant}", &host.neighbour.tenant)
        .replace("{operation}", &host.owner.tenant)
        .replace("{subdomain}", "acme")
        .replace("{slug}", "not_found");
    begin(host, method.clone(), &path.parse().unwrap())
}

fn begin(host: &Host, method: Method, uri: &Uri) -> http::request::Builder {
    let token = if uri.path().starts_with("/api/v1/admin/") {
        &host.operator
    } else {
        &host.owner.tokens.access
    };
    Request::builder()
        .method(method)
        .uri(uri.clone())
        .header(header::HOST, API)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

/// Puts in what is there.
fn filled(host: &Host, path: &str) -> String {
    path.replace("{website}", &host.owner.website)
        .replace("{foreign}", &host.neighbour.website)
        .replace("{page}", &host.page)
        .replace("{release}", &host.release)
        .replace("{tenant}", &host.neighbour.tenant)
}
