//! HTTP for functions behind the gateway: routes that are policies, bodies and lists with limits,
//! and every refusal as a problem document. It must never know what any function does.

mod cookies;
mod cursor;
mod event;
mod extract;
mod openapi;
mod problem;
mod rates;
mod reply;
mod routes;
mod service;
pub mod shapes;
mod strict;

pub use cookies::{Browser, Cookies, HostCookie};
pub use cursor::CursorSealer;
pub use extract::{
    Body, Call, Continued, FromCall, Idempotent, IfMatch, Open, OptionalBody, Paging, Path, Query,
    State,
};
pub use http::Method;
pub use openapi::{OperationDoc, document};
pub use problem::{FieldError, PROBLEM_PATH, Problem, ProblemType};
pub use reply::{
    Accepted, Created, Either, File, Found, Html, Listed, NoContent, Public, Raw, Repeatable,
    Reply, Tagged,
};
pub use routes::{Guarded, Handler, HandlerOutcome, RouteDoc, Routes};
pub use service::function;
