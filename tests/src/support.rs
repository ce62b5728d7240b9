//! Support sessions: a tenant lets operators in, and one comes. It must never know what the operator does there.

use http::StatusCode;
use serde_json::json;

use crate::client::{Answer, Call};
use crate::world::World;

/// Where a tenant's admins let operators in.
pub const SESSIONS: &str = "/api/v1/tenant/support-sessions";

/// Where operators see who lets them in.
pub const ADMIN_SESSIONS: &str = "/api/v1/admin/support-sessions";

/// Asks that operators be let in, perhaps to change something.
pub fn begin(minutes: u32, may_change: bool) -> Call {
    let body = json!({
        "reason": "The menu is empty",
        "minutes": minutes,
        "mayChange": may_change,
    });
    Call::post(SESSIONS, &body)
}

/// Asks to come into a tenant.
pub fn enter(tenant: &str, support: &str) -> Call {
    let path = format!("{ADMIN_SESSIONS}/{support}/token");
    Call::post(path, &json!({ "tenantId": tenant }))
}

/// An operator in a tenant.
#[derive(Debug, Clone)]
pub struct Entered {
    /// The support session.
    pub support: String,
    /// What the operator shows there.
    pub access: String,
}

/// Has `admin` let operators into `tenant` for an hour, and `operator` come.
pub async fn entered(
    world: &World,
    [admin, operator, tenant]: [&str; 3],
    may_change: bool,
) -> anyhow::Result<Entered> {
    let client = world.client();
    let leave = begin(60, may_change).bearer(admin);
    let begun: Answer = client.call(leave).await?;
    let support = begun.expect(StatusCode::CREATED)?.at("/id")?;
    let token = enter(tenant, &support).bearer(operator);
    let token = client.call(token).await?;
    let access = token.expect(StatusCode::OK)?.at("/accessToken")?;
    Ok(Entered { support, access })
}
