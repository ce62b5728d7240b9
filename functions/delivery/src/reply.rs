//! Answers to visitors, and the headers that every answer has. Must never set a cookie.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use events::CacheTag;
use http::StatusCode;
use serde_json::{Value, json};

use crate::entity_tag::EntityTag;
use crate::limits::{ASSET_LIFE_S, EDGE_TAGGED_S, EDGE_UNTAGGED_S, STRICT_TRANSPORT_S};
use crate::request::Request;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: BTreeMap<&'static str, Cow<'static, str>>,
    body: Body,
}

/// What an answer holds.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// A file that is compiled in.
    Static(&'static [u8]),
    /// Bytes that a cache may hold too.
    Shared(Arc<[u8]>),
}

/// Who may keep an answer, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caching {
    /// The edge, until a purge by tag; browsers ask again each time.
    Tagged,
    /// The edge, for a moment, because no purge reaches it.
    Untagged,
    /// Everybody, as long as they like: the path names the content.
    Forever,
    /// The one browser that asked, and not even that.
    Private,
    /// Nobody.
    Never,
}

/// What pages may do: show themselves. Scripts, frames and plug-ins are not in the list.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' https: data:; \
                           font-src 'self'; form-action 'self'; base-uri 'none'; \
                           frame-ancestors 'none'";

/// What pages may not ask for.
const PERMISSIONS: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), \
                           geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()";

impl Reply {
    /// Makes an answer with the headers that every answer has.
    pub(crate) fn new(status: StatusCode, caching: Caching) -> Self {
        let reply = Self {
            status,
            headers: BTreeMap::new(),
            body: Body::Empty,
        };
        // No `includeSubDomains`: what is below a tenant's own domain is not ours to decide.
        reply
            .header("cache-control", caching.text())
            .header("content-security-policy", PAGE_POLICY)
            .header("content-type", "text/plain; charset=utf-8")
            .header("permissions-policy", PERMISSIONS)
            .header("referrer-policy", "strict-origin-when-cross-origin")
            .header(
                "strict-transport-security",
                format!("max-age={STRICT_TRANSPORT_S}"),
            )
            .header("x-content-type-options", "nosniff")
    }

    /// Sets a header.
    pub(crate) fn header(
        mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.headers.insert(name, value.into());
        self
    }

    /// Says what the answer holds.
    pub(crate) fn content(self, media_type: &'static str, body: Body) -> Self {
        Self { body, ..self }.header("content-type", media_type)
    }

    /// Says what purges the answer.
    pub(crate) fn tags(self, tags: &[CacheTag]) -> Self {
        let tags: Vec<&str> = tags.iter().map(CacheTag::as_str).collect();
        self.header("cache-tag", tags.join(","))
    }

    /// Names what the answer is made of. To a visitor who has it already, it becomes a 304.
    pub(crate) fn entity_tag(self, tag: &EntityTag, request: &Request) -> Self {
        let is_known = request
            .if_none_match
            .as_deref()
            .is_some_and(|known| tag.is_in(known));
        let status = if is_known && self.status == StatusCode::OK {
            StatusCode::NOT_MODIFIED
        } else {
            self.status
        };
        Self { status, ..self }.header("etag", tag.to_string())
    }

    /// Tells whether the visitor has it already, so that nothing needs to be made.
    pub(crate) fn is_not_modified(&self) -> bool {
        self.status == StatusCode::NOT_MODIFIED
    }

    /// Leaves out what neither a 304 nor the answer to a HEAD has.
    pub(crate) fn for_method(self, method: &str) -> Self {
        if self.is_not_modified() || method == "HEAD" {
            return Self {
                body: Body::Empty,
                ..self
            };
        }
        self
    }

    /// Returns the status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the body.
    pub(crate) fn body(&self) -> &[u8] {
        match &self.body {
            Body::Empty => &[],
            Body::Static(bytes) => bytes,
            Body::Shared(bytes) => bytes,
        }
    }

    /// Returns the answer as a function URL takes it (payload format 2.0).
    pub(crate) fn into_payload(self) -> Value {
        let (body, is_base64) = match std::str::from_utf8(self.body()) {
            Ok(text) => (text.to_owned(), false),
            Err(_binary) => (STANDARD.encode(self.body()), true),
        };
        json!({
            "statusCode": self.status.as_u16(),
            "headers": self.headers,
            "body": body,
            "isBase64Encoded": is_base64,
        })
    }
}

impl Caching {
    fn text(self) -> Cow<'static, str> {
        match self {
            Self::Tagged => format!("public, max-age=0, s-maxage={EDGE_TAGGED_S}").into(),
            Self::Untagged => format!("public, max-age=0, s-maxage={EDGE_UNTAGGED_S}").into(),
            Self::Forever => format!("public, max-age={ASSET_LIFE_S}, immutable").into(),
            Self::Private => "private, no-store".into(),
            Self::Never => "no-store".into(),
        }
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Shared(text.into_bytes().into())
    }
}
