//! Requests of visitors.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use tests::documented;

use crate::api::{choice, with_line};
use crate::host;

const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];

/// Takes a method and, after it, a host, a path with its query, and headers, each on a line of its
/// own. `main.owner.localhost` is there.
pub(crate) fn visit(bytes: &[u8]) {
    let Some((method, rest)) = bytes.split_first() else {
        return;
    };
    let mut lines = rest.split(|byte| *byte == b'\n');
    let (Some(name), Some(path)) = (lines.next(), lines.next()) else {
        return;
    };
    let (Ok(name), Ok(uri)) = (HeaderValue::from_bytes(name), Uri::try_from(path)) else {
        return;
    };
    if !uri.path().starts_with('/') {
        return;
    }
    let mut request = Request::builder()
        .method(choice(&METHODS, *method).clone())
        .uri(uri.clone())
        .header(header::HOST, name.clone());
    for line in lines {
        request = with_line(request, line);
    }
    let request = request.body(Bytes::new()).unwrap();
    host::with(|host| {
        let answer = host.send(request);
        let status = answer.status();
        assert!(!status.is_server_error(), "{name:?} {uri}: {status}");
        let host_name = name.to_str().unwrap_or_default();
        let host_name = host_name.split(':').next().unwrap_or_default();
        let is_api = matches!(
            host_name
                .trim_end_matches('.')
                .to_ascii_lowercase()
                .as_str(),
            "localhost" | "127.0.0.1"
        );
        if !is_api {
            documented::check_privacy(false, uri.path(), &answer).unwrap();
            let is_there = host_name.to_ascii_lowercase().contains("owner")
                || host_name.to_ascii_lowercase().contains("neighbour");
            let body = String::from_utf8_lossy(answer.body()).into_owned();
            // What a visitor asked for may be named in the answer; nobody's tenant may.
            let is_named = body.contains(&host.owner.tenant) || body.contains("About");
            assert!(is_there || !is_named, "{name:?} {uri}: {body}");
        }
    });
}
