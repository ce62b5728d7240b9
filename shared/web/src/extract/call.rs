//! A request on its way to its handler.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use tenancy::{GatewayContext, Platform, RequestInfo, TenantContext};

use crate::cursor::CursorSealer;

/// A request with its body, its parameters and what the gateway says of it.
#[derive(Debug)]
pub struct Call<S> {
    pub(crate) state: Arc<S>,
    pub(crate) platform: Platform,
    pub(crate) cursors: Option<CursorSealer>,
    pub(crate) method: Method,
    /// The path's template of the operation, such as `/api/v1/websites/{website}`; also where an
    /// alias was asked for.
    pub(crate) operation: &'static str,
    pub(crate) path: BTreeMap<String, String>,
    /// What of the query nobody has taken yet; at the end nothing may be left.
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    /// The cookies that nobody has taken yet.
    pub(crate) cookies: Vec<String>,
    pub(crate) body: Bytes,
    pub(crate) is_body_taken: bool,
    pub(crate) gateway: GatewayContext,
    pub(crate) request: RequestInfo,
    /// The tenant that was admitted, if one was.
    pub(crate) tenant: Option<TenantContext>,
    /// Who asks, for what is bound to a caller.
    pub(crate) caller: String,
}

impl<S> Call<S> {
    /// Returns the values in the path, as text that stands for the place that is meant.
    pub(crate) fn place(&self) -> String {
        self.path
            .values()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("/")
    }

    /// Returns a header's text; one that is not text is as if it were not there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
