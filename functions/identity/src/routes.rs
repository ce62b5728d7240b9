//! The table of contents.

use web::ProblemType::{
    ChooseTenant, Conflict, EmailTaken, EmailUnverified, InvalidCredentials, InvalidMfaCode,
    LastAdmin, LinkExpired, MfaCodeRequired, NotFound, QuotaExceeded, RateLimited, SubdomainTaken,
    TenantInactive,
};
use web::{Method, Routes};

use crate::handlers::{
    accept_invitation::accept_invitation,
    appeal::appeal,
    ask_for_verification::ask_for_verification,
    begin_support::begin_support,
    bootstrap_operator::bootstrap_operator,
    break_glass::break_glass,
    change_password::{change_password, change_password_of},
    confirm_authenticator::confirm_authenticator,
    create_api_key::create_api_key,
    delete_api_key::delete_api_key,
    end_session::end_session,
    end_sessions::end_sessions,
    end_support::end_support,
    enroll_authenticator::enroll_authenticator,
    enter_support::enter_support,
    forget_password::forget_password,
    get_api_key::get_api_key,
    get_invitation::get_invitation,
    get_jwks::get_jwks,
    get_member::get_member,
    get_openid_configuration::get_openid_configuration,
    get_roles::get_roles,
    get_second_factor::get_second_factor,
    get_support::get_support,
    invite_member::invite_member,
    leave_tenant::leave_tenant,
    list_api_key_usage::list_api_key_usage,
    list_api_keys::list_api_keys,
    list_invitations::list_invitations,
    list_members::list_members,
    list_own_tenants::list_own_tenants,
    list_sessions::list_sessions,
    list_support::list_support,
    list_support_of::list_support_of,
    log_in::log_in,
    log_out::log_out,
    look_up_invitation::look_up_invitation,
    refresh_tokens::refresh_tokens,
    register_tenant::register_tenant,
    remove_member::remove_member,
    remove_second_factor::remove_second_factor,
    renew_recovery_codes::renew_recovery_codes,
    resend_invitation::resend_invitation,
    reset_password::reset_password,
    rotate_api_key::rotate_api_key,
    set_roles::set_roles,
    switch_tenant::switch_tenant,
    toggle_member::toggle_member,
    update_api_key::update_api_key,
    update_member::update_member,
    verify_code::verify_code,
    verify_email::verify_email,
    withdraw_invitation::withdraw_invitation,
};
use crate::state::State;

/// Returns the function's routes.
pub fn routes() -> Routes<State> {
    let routes = Routes::new()
        .open(&Method::POST, "/api/v1/auth/register", register_tenant)
        .refusing(&[SubdomainTaken, EmailTaken, RateLimited])
        .open(&Method::POST, "/api/v1/auth/login", log_in)
        .refusing(&[
            InvalidCredentials,
            MfaCodeRequired,
            TenantInactive,
            ChooseTenant,
            RateLimited,
        ])
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
        .on(&Method::POST, "/api/v1/auth/switch", switch_tenant)
        .refusing(&[TenantInactive])
        .on(&Method::GET, "/api/v1/auth/tenants", list_own_tenants)
        .on(
            &Method::DELETE,
            "/api/v1/auth/tenants/{tenant}",
            leave_tenant,
        )
        .refusing(&[NotFound, LastAdmin])
        .on(&Method::POST, "/api/v1/auth/password", change_password)
        .refusing(&[InvalidCredentials, RateLimited])
        .open(
            &Method::POST,
            "/api/v1/auth/password/forgot",
            forget_password,
        )
        .open(&Method::POST, "/api/v1/auth/password/reset", reset_password)
        .refusing(&[LinkExpired])
        .on(
            &Method::POST,
            "/api/v1/auth/verification",
            ask_for_verification,
        )
        .refusing(&[Conflict])
        .open(&Method::POST, "/api/v1/auth/verify", verify_email)
        .refusing(&[LinkExpired])
        .open(&Method::POST, "/api/v1/auth/appeals", appeal)
        .refusing(&[LinkExpired]);
    support(api_keys(invitations(members(second_factors(routes)))))
        .open(&Method::POST, "/api/v1/auth/bootstrap", bootstrap_operator)
        .refusing(&[InvalidCredentials, Conflict])
        .open(&Method::POST, "/api/v1/auth/break-glass", break_glass)
        .refusing(&[InvalidCredentials])
        .open(
            &Method::GET,
            "/.well-known/openid-configuration",
            get_openid_configuration,
        )
        .open(&Method::GET, "/.well-known/jwks.json", get_jwks)
}

/// Adds what people have beside a password.
fn second_factors(routes: Routes<State>) -> Routes<State> {
    const FACTOR: &str = "/api/v1/auth/mfa";
    routes
        .on(&Method::GET, FACTOR, get_second_factor)
        .on(&Method::POST, FACTOR, enroll_authenticator)
        .refusing(&[
            EmailUnverified,
            InvalidCredentials,
            InvalidMfaCode,
            Conflict,
            RateLimited,
        ])
        .on(
            &Method::POST,
            "/api/v1/auth/mfa/confirm",
            confirm_authenticator,
        )
        .refusing(&[InvalidMfaCode, Conflict, RateLimited])
        .on(
            &Method::POST,
            "/api/v1/auth/mfa/recovery-codes",
            renew_recovery_codes,
        )
        .refusing(&[InvalidCredentials, InvalidMfaCode, Conflict, RateLimited])
        .on(
            &Method::POST,
            "/api/v1/auth/mfa/disable",
            remove_second_factor,
        )
        .refusing(&[InvalidCredentials, InvalidMfaCode, Conflict, RateLimited])
        .open(&Method::POST, "/api/v1/auth/mfa/verify", verify_code)
        .refusing(&[
            InvalidCredentials,
            InvalidMfaCode,
            TenantInactive,
            ChooseTenant,
            RateLimited,
        ])
}

/// Adds what programs show.
fn api_keys(routes: Routes<State>) -> Routes<State> {
    const KEYS: &str = "/api/v1/tenant/api-keys";
    const KEY: &str = "/api/v1/tenant/api-keys/{key}";
    routes
        .on(&Method::GET, KEYS, list_api_keys)
        .on(&Method::POST, KEYS, create_api_key)
        .refusing(&[QuotaExceeded, NotFound])
        .on(&Method::GET, KEY, get_api_key)
        .on(&Method::PUT, KEY, update_api_key)
        .on(&Method::DELETE, KEY, delete_api_key)
        .on(
            &Method::POST,
            "/api/v1/tenant/api-keys/{key}/rotate",
            rotate_api_key,
        )
        .on(
            &Method::GET,
            "/api/v1/tenant/api-keys/{key}/usage",
            list_api_key_usage,
        )
}

/// Adds how operators come into a tenant.
fn support(routes: Routes<State>) -> Routes<State> {
    const SESSIONS: &str = "/api/v1/tenant/support-sessions";
    const SESSION: &str = "/api/v1/tenant/support-sessions/{support}";
    routes
        .on(&Method::GET, SESSIONS, list_support)
        .on(&Method::POST, SESSIONS, begin_support)
        .refusing(&[NotFound])
        .on(&Method::GET, SESSION, get_support)
        .refusing(&[NotFound])
        .on(&Method::DELETE, SESSION, end_support)
        .refusing(&[NotFound])
        .on(
            &Method::GET,
            "/api/v1/admin/support-sessions",
            list_support_of,
        )
        .on(
            &Method::POST,
            "/api/v1/admin/support-sessions/{support}/token",
            enter_support,
        )
        .refusing(&[NotFound, Conflict])
}

/// Adds how somebody becomes a member.
fn invitations(routes: Routes<State>) -> Routes<State> {
    const MEMBERS: [&str; 2] = ["/api/v1/tenant/users", "/api/v1/users"];
    const INVITATION: &str = "/api/v1/tenant/invitations/{invitation}";
    routes
        .on_with_alias(&Method::POST, MEMBERS, invite_member)
        .refusing(&[
            EmailUnverified,
            Conflict,
            NotFound,
            QuotaExceeded,
            RateLimited,
        ])
        .on(&Method::GET, "/api/v1/tenant/invitations", list_invitations)
        .on(&Method::GET, INVITATION, get_invitation)
        .on(&Method::DELETE, INVITATION, withdraw_invitation)
        .on(
            &Method::POST,
            "/api/v1/tenant/invitations/{invitation}/resend",
            resend_invitation,
        )
        .refusing(&[EmailUnverified, RateLimited])
        .open(
            &Method::POST,
            "/api/v1/auth/invitations/lookup",
            look_up_invitation,
        )
        .refusing(&[LinkExpired, TenantInactive])
        .open(
            &Method::POST,
            "/api/v1/auth/invitations/accept",
            accept_invitation,
        )
        .refusing(&[
            LinkExpired,
            TenantInactive,
            InvalidCredentials,
            Conflict,
            RateLimited,
        ])
}

/// Adds what is done with the members of a tenant.
fn members(routes: Routes<State>) -> Routes<State> {
    const MEMBERS: [&str; 2] = ["/api/v1/tenant/users", "/api/v1/users"];
    const MEMBER: [&str; 2] = ["/api/v1/tenant/users/{person}", "/api/v1/users/{person}"];
    routes
        .on(&Method::GET, "/api/v1/tenant/roles", get_roles)
        .on(&Method::PUT, "/api/v1/tenant/roles", set_roles)
        .on_with_alias(&Method::GET, MEMBERS, list_members)
        .on_with_alias(&Method::GET, MEMBER, get_member)
        .on_with_alias(&Method::PUT, MEMBER, update_member)
        .refusing(&[LastAdmin])
        .on_with_alias(&Method::DELETE, MEMBER, remove_member)
        .refusing(&[LastAdmin])
        .on_with_alias(
            &Method::POST,
            [
                "/api/v1/tenant/users/{person}/toggle_status",
                "/api/v1/users/{person}/toggle_status",
            ],
            toggle_member,
        )
        .refusing(&[LastAdmin, Conflict])
        .on(
            &Method::POST,
            "/api/v1/users/{person}/change_password",
            change_password_of,
        )
        .refusing(&[InvalidCredentials, NotFound, RateLimited])
}
