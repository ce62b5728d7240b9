//! The content delivery network: keeps responses by host and path as long as their headers let it,
//! forgets them by tag or path, and asks the function behind it for the rest.

mod cache;
mod origin;
mod turns;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use kernel::Clock;

use crate::platform::Pools;
use crate::template::DistributionSpec;
use cache::{Cache, Found, Key};
use turns::Turns;

/// The header into which the viewer function copies the host; one that a viewer sent is lost.
const SITE_HOST: HeaderName = HeaderName::from_static("x-site-host");

/// The header that says whether a response came out of the cache.
const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

/// What the header says of a response that was kept.
const HIT: &str = "Hit from cloudfront";

/// What the header says of a response that was kept and that the origin confirmed.
const REFRESH_HIT: &str = "RefreshHit from cloudfront";

/// What the header says of a response that the origin made.
const MISS: &str = "Miss from cloudfront";

/// The methods whose requests the cache may answer.
const KEPT_METHODS: [Method; 2] = [Method::GET, Method::HEAD];

/// The content delivery network.
#[derive(Debug)]
pub struct Edge {
    spec: DistributionSpec,
    pools: Arc<Pools>,
    clock: Arc<dyn Clock>,
    cache: Cache,
    turns: Turns,
}

impl Edge {
    pub(crate) fn new(spec: DistributionSpec, pools: Arc<Pools>, clock: Arc<dyn Clock>) -> Self {
        Self {
            spec,
            pools,
            clock,
            cache: Cache::default(),
            turns: Turns::default(),
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
        let (response, verdict) = if KEPT_METHODS.contains(&parts.method) {
            self.find(&key, &parts.method, &headers).await
        } else {
            let headers = without_tag(headers.clone());
            (self.fetch(&key, &parts.method, &headers).await, MISS)
        };
        finish(response, &parts.method, &headers, verdict)
    }

    /// Finds the response for a key. While one viewer's request is at the origin, others that want
    /// the same wait for what it brings.
    async fn find(
        &self,
        key: &Key,
        method: &Method,
        headers: &HeaderMap,
    ) -> (Response<Bytes>, &'static str) {
        if let Found::Fresh(kept) = self.cache.get(key, self.clock.now()) {
            return (kept, HIT);
        }
        let turn = self.turns.of(key);
        let held = turn.lock().await;
        let found = match self.cache.get(key, self.clock.now()) {
            Found::Fresh(kept) => (kept, HIT),
            Found::Stale(etag) if *method == Method::GET => {
                let mut headers = headers.clone();
                headers.insert(header::IF_NONE_MATCH, etag);
                let answer = self.fetch(key, method, &headers).await;
                match answer.status() {
                    StatusCode::NOT_MODIFIED => {
                        match self.cache.renew(key, &answer, self.clock.now()) {
                            Some(kept) => (kept, REFRESH_HIT),
                            None => (self.fetch(key, method, &without_tag(headers)).await, MISS),
                        }
                    }
                    _ => (answer, MISS),
                }
            }
            Found::Stale(_) | Found::Nothing => {
                let headers = without_tag(headers.clone());
                (self.fetch(key, method, &headers).await, MISS)
            }
        };
        drop(held);
        self.turns.end(key, &turn);
        found
    }

    /// Forgets what is kept under `#tag` or at `/path`; a final `*` stands for anything.
    pub(crate) fn invalidate(&self, items: &[String]) {
        self.cache.invalidate(items);
    }

    /// Asks the origin, and keeps its answer if it may be kept.
    async fn fetch(&self, key: &Key, method: &Method, headers: &HeaderMap) -> Response<Bytes> {
        let event = origin::event(&self.pools, key, method, headers, &self.spec);
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
            let error_life_s = self.spec.error_lives.get(&response.status().as_u16());
            let error_life_s = error_life_s.copied().unwrap_or(0);
            self.cache
                .keep(key.clone(), &response, tags, error_life_s, self.clock.now());
        }
        response
    }
}

/// Takes away what the viewer has: the response is for everybody.
fn without_tag(mut headers: HeaderMap) -> HeaderMap {
    headers.remove(header::IF_NONE_MATCH);
    headers
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
    verdict: &'static str,
) -> Response<Bytes> {
    let etag = text(response.headers(), header::ETAG.as_str());
    let wanted = text(headers, header::IF_NONE_MATCH.as_str());
    let is_same = !etag.is_empty()
        && wanted.split(',').any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.trim_start_matches("W/") == etag.trim_start_matches("W/")
        });
    if is_same && response.status() == StatusCode::OK && KEPT_METHODS.contains(method) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    if *method == Method::HEAD && !response.body().is_empty() {
        // What was kept for a GET: the answer tells how long its body is.
        let length = HeaderValue::from(response.body().len());
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, length);
        *response.body_mut() = Bytes::new();
    }
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
