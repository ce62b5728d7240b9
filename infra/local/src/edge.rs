//! The content delivery network: keeps responses by host and path as long as their headers let it,
//! forgets them by tag or path, and asks the function behind it for the rest.

mod cache;
mod origin;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use kernel::Clock;

use crate::platform::Pools;
use crate::template::DistributionSpec;
use cache::{Cache, Key};

/// The header into which the viewer function copies the host; one that a viewer sent is lost.
const SITE_HOST: HeaderName = HeaderName::from_static("x-site-host");

/// The header that says whether a response came out of the cache.
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// The content delivery network.
#[derive(Debug)]
pub struct Edge {
    spec: DistributionSpec,
    pools: Arc<Pools>,
    clock: Arc<dyn Clock>,
    cache: Cache,
}

impl Edge {
    pub(crate) fn new(spec: DistributionSpec, pools: Arc<Pools>, clock: Arc<dyn Clock>) -> Self {
        Self {
            spec,
            pools,
            clock,
            cache: Cache::default(),
        }
    }

    /// Answers a viewer's request.
    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (parts, _) = request.into_parts();
        if !self
            .spec
            .methods
            .iter()
            .any(|method| method == parts.method.as_str())
        {
            return plain(StatusCode::FORBIDDEN, "This method is not allowed.");
        }
        let mut headers = parts.headers;
        let host = headers.get(header::HOST).cloned();
        let host = host.unwrap_or_else(|| HeaderValue::from_static(""));
        headers.insert(SITE_HOST, host);
        let query = parts.uri.query().filter(|_| self.spec.forwards_query);
        let key = Key {
            path: parts.uri.path().to_owned(),
            query: query.map(str::to_owned),
            headers: self
                .spec
                .key_headers
                .iter()
                .map(|name| text(&headers, name).to_owned())
                .collect(),
        };
        let (response, is_hit) = match self.cache.get(&key, self.clock.now()) {
            Some(kept) => (kept, true),
            None => (self.fetch(&key, &parts.method, &headers).await, false),
        };
        finish(response, &parts.method, &headers, is_hit)
    }

    /// Forgets what is kept under `#tag` or at `/path`; a final `*` stands for anything.
    pub(crate) fn invalidate(&self, items: &[String]) {
        self.cache.invalidate(items);
    }

    /// Asks the origin, and keeps its answer if it may be kept.
    async fn fetch(&self, key: &Key, method: &Method, headers: &HeaderMap) -> Response<Bytes> {
        let event = origin::event(&self.pools, key, method, headers, &self.spec.key_headers);
        let answer = match self.pools.invoke(&self.spec.function, event).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::error!(error = %error, "the origin failed");
                return plain(StatusCode::BAD_GATEWAY, "The origin cannot be reached.");
            }
        };
        let Some(response) = crate::gateway::response_of(&answer) else {
            return plain(
                StatusCode::BAD_GATEWAY,
                "The origin's answer cannot be read.",
            );
        };
        if *method == Method::GET {
            let tags = tags(&response, &self.spec.tag_header);
            self.cache
                .keep(key.clone(), &response, tags, self.clock.now());
        }
        response
    }
}

fn tags(response: &Response<Bytes>, header: &str) -> Vec<String> {
    text(response.headers(), header)
        .split([',', ' '])
        .filter(|tag| !tag.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

/// Makes the response of what was kept or fetched: `304` for a viewer who has it, no body for
/// `HEAD`.
fn finish(
    mut response: Response<Bytes>,
    method: &Method,
    headers: &HeaderMap,
    is_hit: bool,
) -> Response<Bytes> {
    let etag = text(response.headers(), header::ETAG.as_str());
    let wanted = text(headers, header::IF_NONE_MATCH.as_str());
    let is_same = !etag.is_empty()
        && wanted.split(',').any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.trim_start_matches("W/") == etag.trim_start_matches("W/")
        });
    if is_same && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    if *method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    let verdict = if is_hit {
        "Hit from cloudfront"
    } else {
        "Miss from cloudfront"
    };
    response
        .headers_mut()
        .insert(X_CACHE, HeaderValue::from_static(verdict));
    response.headers_mut().insert(
        header::VIA,
        HeaderValue::from_static("1.1 local.cloudfront.net (CloudFront)"),
    );
    response
}

fn plain(status: StatusCode, message: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(message.as_bytes()));
    *response.status_mut() = status;
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
