//! Sign-ins that a browser keeps in cookies: what it sends of them, and what it is told to keep.

use std::fmt;

use browser::{CSRF_HEADER, Sent};
use http::{Response, StatusCode, header};
use serde_json::json;

use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{Problem, ProblemType};
use crate::reply::Reply;

/// The headers in which a program shows its credential; where one is sent, cookies say nothing.
const CREDENTIALS: [&str; 2] = ["authorization", "x-api-key"];

/// What a browser sends beside a request.
pub struct Browser {
    cookies: Vec<String>,
    origin: Option<String>,
    csrf: Option<String>,
    is_credential: bool,
}

impl Browser {
    /// Returns what was sent.
    pub fn sent(&self) -> Sent<'_> {
        let cookies = self.cookies.iter().map(String::as_str);
        Sent::new(cookies, self.origin.as_deref(), self.csrf.as_deref())
    }

    /// Returns whether it is by a cookie that whoever is signed in is known.
    pub fn is_credential(&self) -> bool {
        self.is_credential
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Browser").finish_non_exhaustive()
    }
}

impl<S> FromCall<S> for Browser {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let text = |name: &str| call.header(name).map(str::to_owned);
        let has_header = CREDENTIALS
            .iter()
            .any(|name| call.headers.contains_key(*name));
        Ok(Self {
            origin: text(header::ORIGIN.as_str()),
            csrf: text(CSRF_HEADER),
            is_credential: !has_header,
            cookies: std::mem::take(&mut call.cookies),
        })
    }

    fn describe(operation: &mut OperationDoc) {
        let what = "Where the sign-in is in cookies: what stands in `__Host-csrf`.";
        operation.header("X-CSRF-Token", false, what, &json!({"type": "string"}));
        operation.refuses(&[ProblemType::CrossSite]);
    }
}

/// A cookie that goes back to the host that sets it and to no other one, over HTTPS, and only where a page of the
/// same site asks.
pub struct HostCookie {
    name: &'static str,
    value: String,
    life_s: i64,
    is_readable: bool,
}

impl HostCookie {
    /// Makes one that no script can read.
    pub fn hidden(name: &'static str, value: String, life_s: i64) -> Self {
        Self {
            name,
            value,
            life_s,
            is_readable: false,
        }
    }

    /// Makes one that scripts of the host's pages can read.
    pub fn readable(name: &'static str, value: String, life_s: i64) -> Self {
        Self {
            is_readable: true,
            ..Self::hidden(name, value, life_s)
        }
    }

    fn to_text(&self) -> String {
        let Self {
            name,
            value,
            life_s,
            is_readable,
        } = self;
        let hidden = if *is_readable { "" } else { "; HttpOnly" };
        format!("{name}={value}; Max-Age={life_s}; Path=/; Secure{hidden}; SameSite=Strict")
    }
}

impl fmt::Debug for HostCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cookie = formatter.debug_struct("HostCookie");
        cookie.field("name", &self.name).finish_non_exhaustive()
    }
}

/// `204` with cookies, if there are any.
#[derive(Debug)]
pub struct Cookies(pub Vec<HostCookie>);

/// The cookies that an answer sets, on their way to the gateway.
#[derive(Clone)]
pub(crate) struct Set(pub(crate) Vec<String>);

impl Reply for Cookies {
    fn into_response(self) -> Response<axum::body::Body> {
        let mut response = Response::new(axum::body::Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let texts: Vec<_> = self.0.iter().map(HostCookie::to_text).collect();
        if !texts.is_empty() {
            response.extensions_mut().insert(Set(texts));
        }
        response
    }

    fn describe(operation: &mut OperationDoc) {
        operation.answers_nothing(StatusCode::NO_CONTENT);
        let what =
            "`__Host-access`, `__Host-refresh` and `__Host-csrf`, where the sign-in is in cookies.";
        operation.answers_with(StatusCode::NO_CONTENT, "Set-Cookie", what);
    }
}
