//! Requests to the stand-ins for AWS services.

use bytes::Bytes;
use http::{Method, Request, Uri, header};

use crate::api::{choice, with_line};
use crate::host;

const METHODS: [Method; 5] = [
    Method::POST,
    Method::GET,
    Method::PUT,
    Method::DELETE,
    Method::HEAD,
];

/// Takes a method and, after it, a path with its query, headers, each on a line of its own, and,
/// after an empty line, a body.
pub(crate) fn call(bytes: &[u8]) {
    let Some((method, rest)) = bytes.split_first() else {
        return;
    };
    let mut lines = rest.split(|byte| *byte == b'\n');
    let Some(Ok(uri)) = lines.next().map(Uri::try_from) else {
        return;
    };
    if !uri.path().starts_with('/') {
        return;
    }
    let mut request = Request::builder()
        .method(choice(&METHODS, *method).clone())
        .uri(uri.clone())
        .header(header::HOST, "127.0.0.1:3001");
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        request = with_line(request, line);
    }
    let body = Bytes::from(lines.collect::<Vec<_>>().join(&b'\n'));
    let request = request.body(body).unwrap();
    host::with(|host| {
        let answer = host.call(request);
        let status = answer.status();
        assert_ne!(status.as_u16(), 500, "{uri}: {:?}", answer.body());
    });
}
