//! Kept responses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use kernel::time::plus_seconds;

/// What a response is kept under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// The values of the request headers that the cache policy names.
    pub(super) headers: Vec<String>,
}

#[derive(Debug, Clone)]
struct Kept {
    response: Response<Bytes>,
    tags: BTreeSet<String>,
    stored_at: Timestamp,
    fresh_until: Timestamp,
}

impl Kept {
    fn aged(&self, now: Timestamp) -> Response<Bytes> {
        let mut response = self.response.clone();
        let age = now.as_second().saturating_sub(self.stored_at.as_second());
        response
            .headers_mut()
            .insert(header::AGE, HeaderValue::from(age));
        response
    }
}

/// Kept responses, bounded in bytes.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    entries: BTreeMap<Key, Kept>,
    bytes: usize,
}

/// Bytes of bodies that are kept, at most.
const BYTES_MAX: usize = 268_435_456;

/// What is known of a response.
#[derive(Debug)]
pub(super) enum Found {
    /// It may be given to viewers, with its age.
    Fresh(Response<Bytes>),
    /// It may be given to viewers once the origin says that it still has this tag.
    Stale(HeaderValue),
    /// Nothing.
    Nothing,
}

impl Cache {
    /// Returns what is kept under `key`.
    pub(super) fn get(&self, key: &Key, now: Timestamp) -> Found {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.entries.get(key) {
            Some(kept) if now < kept.fresh_until => Found::Fresh(kept.aged(now)),
            Some(kept) => match kept.response.headers().get(header::ETAG) {
                Some(etag) => Found::Stale(etag.clone()),
                None => Found::Nothing,
            },
            None => Found::Nothing,
        }
    }

    /// Keeps on what the origin says is still as it was, as long as the headers of `confirmed` let
    /// it be shared, and returns it; nothing where it was forgotten meanwhile.
    pub(super) fn renew(
        &self,
        key: &Key,
        confirmed: &Response<Bytes>,
        now: Timestamp,
    ) -> Option<Response<Bytes>> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = entries.entries.get_mut(key)?;
        for (name, value) in confirmed.headers() {
            kept.response.headers_mut().insert(name, value.clone());
        }
        kept.stored_at = now;
        kept.fresh_until = plus_seconds(now, shared_life_s(&kept.response).unwrap_or(0));
        Some(kept.aged(now))
    }

    /// Keeps a response as long as its headers let it be shared, and at least `life_s` seconds.
    pub(super) fn keep(
        &self,
        key: Key,
        response: &Response<Bytes>,
        tags: Vec<String>,
        life_s: u32,
        now: Timestamp,
    ) {
        let seconds = shared_life_s(response).unwrap_or(0).max(life_s.into());
        if seconds == 0 {
            return;
        }
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = response.body().len();
        while entries.bytes.saturating_add(bytes) > BYTES_MAX {
            // The one that ends first goes first.
            let Some(first) = entries
                .entries
                .iter()
                .min_by_key(|(_, kept)| kept.fresh_until)
                .map(|(key, _)| key.clone())
            else {
                return;
            };
            entries.remove(&first);
        }
        entries.remove(&key);
        entries.bytes = entries.bytes.saturating_add(bytes);
        let kept = Kept {
            response: response.clone(),
            tags: tags.into_iter().collect(),
            stored_at: now,
            fresh_until: plus_seconds(now, seconds),
        };
        entries.entries.insert(key, kept);
    }

    /// Forgets by tag (`#tag`, whatever its case) and by path (`/path`, or `/path*`).
    pub(super) fn invalidate(&self, items: &[String]) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gone: Vec<Key> = entries
            .entries
            .iter()
            .filter(|(key, kept)| items.iter().any(|item| is_meant(item, key, kept)))
            .map(|(key, _)| key.clone())
            .collect();
        for key in gone {
            entries.remove(&key);
        }
    }
}

impl Entries {
    fn remove(&mut self, key: &Key) {
        if let Some(kept) = self.entries.remove(key) {
            self.bytes = self.bytes.saturating_sub(kept.response.body().len());
        }
    }
}

fn is_meant(item: &str, key: &Key, kept: &Kept) -> bool {
    if let Some(tag) = item.strip_prefix('#') {
        return kept.tags.contains(&tag.to_ascii_lowercase());
    }
    match item.strip_suffix('*') {
        Some(prefix) => key.path.starts_with(prefix),
        None => key.path == item,
    }
}

/// Returns how long a shared cache may keep a response, in seconds; `None` where it may not.
fn shared_life_s(response: &Response<Bytes>) -> Option<i64> {
    const KEPT: [StatusCode; 5] = [
        StatusCode::OK,
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::PERMANENT_REDIRECT,
        StatusCode::NOT_FOUND,
        StatusCode::GONE,
    ];
    let set_cookie: HeaderName = header::SET_COOKIE;
    if !KEPT.contains(&response.status()) || response.headers().contains_key(set_cookie) {
        return None;
    }
    let control = response
        .headers()
        .get(header::CACHE_CONTROL)?
        .to_str()
        .ok()?
        .to_ascii_lowercase();
    let directives: Vec<&str> = control.split(',').map(str::trim).collect();
    if directives
        .iter()
        .any(|directive| ["private", "no-store", "no-cache"].contains(directive))
    {
        return None;
    }
    let seconds = |name: &str| {
        directives.iter().find_map(|directive| {
            directive
                .strip_prefix(name)?
                .strip_prefix('=')?
                .parse::<i64>()
                .ok()
        })
    };
    seconds("s-maxage")
        .or_else(|| seconds("max-age"))
        .filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Response;
    use jiff::Timestamp;
    use kernel::time::plus_seconds;

    use super::{Cache, Found, Key};

    fn key(host: &str, path: &str) -> Key {
        Key {
            path: path.to_owned(),
            query: None,
            headers: vec![host.to_owned()],
        }
    }

    fn response(control: &str) -> Response<Bytes> {
        Response::builder()
            .header("cache-control", control)
            .body(Bytes::from("x"))
            .unwrap()
    }

    #[test]
    fn a_response_is_kept_as_long_as_shared_caches_may() {
        let now = Timestamp::UNIX_EPOCH;
        for (control, seconds) in [
            ("public, max-age=0, s-maxage=3600", 3_600),
            ("public, max-age=60", 60),
            ("private, no-store", 0),
            ("no-store", 0),
            ("public, max-age=0", 0),
            ("", 0),
        ] {
            let cache = Cache::default();
            cache.keep(key("a", "/"), &response(control), Vec::new(), 0, now);
            let is_kept = |second| {
                let found = cache.get(&key("a", "/"), plus_seconds(now, second));
                matches!(found, Found::Fresh(_))
            };
            assert_eq!(is_kept(seconds - 1), seconds > 0, "{control}");
            assert!(!is_kept(seconds), "{control}");
        }
    }

    #[test]
    fn hosts_do_not_share_and_tags_and_paths_are_forgotten() {
        let now = Timestamp::UNIX_EPOCH;
        for (item, left) in [
            ("#T:One", vec!["b/"]),
            ("#t:on", vec!["a/", "a/x", "b/"]),
            ("/", vec!["a/x"]),
            ("/*", vec![]),
        ] {
            let cache = Cache::default();
            for (host, path, tag) in [
                ("a", "/", "t:one"),
                ("a", "/x", "t:one"),
                ("b", "/", "t:two"),
            ] {
                let tags = vec![tag.to_owned()];
                cache.keep(
                    key(host, path),
                    &response("public, max-age=60"),
                    tags,
                    0,
                    now,
                );
            }
            cache.invalidate(&[item.to_owned()]);
            let found: Vec<String> = [("a", "/"), ("a", "/x"), ("b", "/")]
                .into_iter()
                .filter(|(host, path)| matches!(cache.get(&key(host, path), now), Found::Fresh(_)))
                .map(|(host, path)| format!("{host}{path}"))
                .collect();
            assert_eq!(found, left, "{item}");
        }
    }
}
