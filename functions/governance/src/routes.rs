//! The table of contents.

use web::ProblemType::{Conflict, NotFound};
use web::{Method, Routes};

use crate::handlers::{
    export_audit::export_audit, export_trails::export_trails,
    get_isolation_report::get_isolation_report, list_audit::list_audit,
    list_security_events::list_security_events, list_security_stream::list_security_stream,
    list_trails::list_trails, publish_isolation_report::publish_isolation_report,
    verify_audit::verify_audit, verify_trail::verify_trail,
};

/// Returns the function's routes.
pub fn routes() -> Routes<()> {
    Routes::new()
        .on(&Method::GET, "/api/v1/tenant/audit", list_audit)
        .on(&Method::GET, "/api/v1/tenant/audit/export", export_audit)
        .on(&Method::GET, "/api/v1/tenant/audit/verify", verify_audit)
        .on(&Method::GET, "/api/v1/admin/audit", list_trails)
        .on(&Method::GET, "/api/v1/admin/audit/export", export_trails)
        .on(&Method::GET, "/api/v1/admin/audit/verify", verify_trail)
        .on(
            &Method::GET,
            "/api/v1/tenant/security-events",
            list_security_events,
        )
        .on(
            &Method::GET,
            "/api/v1/admin/security-events",
            list_security_stream,
        )
        .on(
            &Method::GET,
            "/api/v1/tenant/isolation-report",
            get_isolation_report,
        )
        .refusing(&[NotFound])
        .on(
            &Method::PUT,
            "/api/v1/admin/isolation-report",
            publish_isolation_report,
        )
        .refusing(&[Conflict])
}
