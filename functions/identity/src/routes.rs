//! The table of contents.

use web::ProblemType::{
    ChooseTenant, Conflict, EmailTaken, InvalidCredentials, NotFound, SubdomainTaken,
    TenantInactive,
};
use web::{Method, Routes};

use crate::handlers::{
    bootstrap_operator::bootstrap_operator, end_session::end_session, end_sessions::end_sessions,
    get_jwks::get_jwks, get_openid_configuration::get_openid_configuration,
    list_sessions::list_sessions, log_in::log_in, log_out::log_out, refresh_tokens::refresh_tokens,
    register_tenant::register_tenant,
};
use crate::state::State;

/// Returns the function's routes.
pub fn routes() -> Routes<State> {
    Routes::new()
        .open(&Method::POST, "/api/v1/auth/register", register_tenant)
        .refusing(&[SubdomainTaken, EmailTaken])
        .open(&Method::POST, "/api/v1/auth/login", log_in)
        .refusing(&[InvalidCredentials, TenantInactive, ChooseTenant])
        .open(&Method::POST, "/api/v1/auth/refresh", refresh_tokens)
        .refusing(&[InvalidCredentials, TenantInactive])
        .open(&Method::POST, "/api/v1/auth/logout", log_out)
        .refusing(&[InvalidCredentials])
        .on(&Method::GET, "/api/v1/auth/sessions", list_sessions)
        .on(&Method::DELETE, "/api/v1/auth/sessions", end_sessions)
        .on(
            &Method::DELETE,
            "/api/v1/auth/sessions/{session}",
            end_session,
        )
        .refusing(&[NotFound])
        .open(&Method::POST, "/api/v1/auth/bootstrap", bootstrap_operator)
        .refusing(&[InvalidCredentials, Conflict])
        .open(
            &Method::GET,
            "/.well-known/openid-configuration",
            get_openid_configuration,
        )
        .open(&Method::GET, "/.well-known/jwks.json", get_jwks)
}
