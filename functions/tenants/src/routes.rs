//! The table of contents.

use web::ProblemType::{
    Conflict, EmailTaken, FeatureUnavailable, Forbidden, IllegalTransition, MfaRequired,
    RateLimited, SubdomainTaken, TenantInactive, TenantRequired, TokenExpired, Unauthenticated,
};
use web::{Method, ProblemType, Routes};

use crate::handlers::{
    activate_tenant::activate_tenant, check_subdomain::check_subdomain,
    create_tenant::create_tenant, delete_tenant::delete_tenant, get_limits::get_limits,
    get_openapi::get_openapi, get_operation::get_operation, get_problem::get_problem,
    get_profile::get_profile, get_tenant::get_tenant, list_problems::list_problems,
    list_tenants::list_tenants, set_tenant_status::set_tenant_status,
    set_tenant_tier::set_tenant_tier, suspend_tenant::suspend_tenant,
    update_profile::update_profile, update_tenant::update_tenant,
};
use crate::state::State;

/// What whoever asks for a tenant's operation may be told.
const OF_A_MEMBER: &[ProblemType] = &[
    Unauthenticated,
    TokenExpired,
    TenantRequired,
    TenantInactive,
    FeatureUnavailable,
    MfaRequired,
    Forbidden,
];

/// What a move to another status may be told.
const OF_A_MOVE: &[ProblemType] = &[IllegalTransition, Conflict];

/// Returns the function's routes.
pub fn routes() -> Routes<State> {
    const TENANTS: &str = "/api/v1/admin/tenants";
    const TENANT: &str = "/api/v1/admin/tenants/{tenant}";
    Routes::new()
        .on(&Method::GET, "/api/v1/tenant/profile", get_profile)
        .on(&Method::PUT, "/api/v1/tenant/profile", update_profile)
        .on(&Method::GET, "/api/v1/tenant/limits", get_limits)
        .open(
            &Method::GET,
            "/api/v1/operations/{operation}",
            get_operation,
        )
        .refusing(OF_A_MEMBER)
        .on(&Method::POST, TENANTS, create_tenant)
        .refusing(&[SubdomainTaken, EmailTaken, RateLimited])
        .on(&Method::GET, TENANTS, list_tenants)
        .on(&Method::GET, TENANT, get_tenant)
        .on(&Method::PUT, TENANT, update_tenant)
        .on(&Method::DELETE, TENANT, delete_tenant)
        .refusing(OF_A_MOVE)
        .on(
            &Method::PUT,
            "/api/v1/admin/tenants/{tenant}/status",
            set_tenant_status,
        )
        .refusing(OF_A_MOVE)
        .on(
            &Method::PUT,
            "/api/v1/admin/tenants/{tenant}/tier",
            set_tenant_tier,
        )
        .refusing(&[Conflict])
        .on(
            &Method::POST,
            "/api/v1/admin/tenants/{tenant}/suspend",
            suspend_tenant,
        )
        .refusing(OF_A_MOVE)
        .on(
            &Method::POST,
            "/api/v1/admin/tenants/{tenant}/activate",
            activate_tenant,
        )
        .refusing(OF_A_MOVE)
        .on(
            &Method::GET,
            "/api/v1/admin/tenants/subdomain/{subdomain}",
            check_subdomain,
        )
        .open(&Method::GET, "/api/v1/openapi.json", get_openapi)
        .open(&Method::GET, "/api/v1/problems", list_problems)
        .open(&Method::GET, "/api/v1/problems/{slug}", get_problem)
}
