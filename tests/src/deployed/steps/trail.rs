//! The audit trail: a tenant's, read by its admin and by an operator; and what the proof of isolation came
//! to. It must never know what stands in it.

use anyhow::{bail, ensure};
use http::StatusCode;
use kernel::{Clock, SystemClock};

use super::Walk;
use crate::client::{Answer, Call};
use crate::reports::{PUBLISHED_AT, isolation_report};
use crate::walkthrough::sign_in;

const AUDIT: &str = "/api/v1/tenant/audit";
const TRAILS: &str = "/api/v1/admin/audit";

/// Where a tenant reads what the proof of isolation came to.
const REPORT: &str = "/api/v1/tenant/isolation-report";

/// The id of no tenant.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Where a tenant, and operators, read what concerns security.
const EVENTS: &str = "/api/v1/tenant/security-events";
const STREAM: &str = "/api/v1/admin/security-events";

/// Looks for what comes within seconds, at most.
const LOOKS_MAX: usize = 300;

/// Reads what concerns security: that somebody signed in, which comes a few seconds later.
async fn stream(walk: &Walk<'_>, operator: &str) -> anyhow::Result<()> {
    let is_there = |answer: &Answer| answer.at("/items/0/action").is_ok();
    for _ in 0..LOOKS_MAX {
        let own = Call::get(format!("{EVENTS}?action=login"));
        let own = walk.ask(StatusCode::OK, own).await?;
        let all = Call::get(format!("{STREAM}?action=login")).bearer(operator);
        let all = walk.client.call(all).await?.expect(StatusCode::OK)?;
        if is_there(&own) && is_there(&all) {
            return Ok(());
        }
        walk.client.rest().await?;
    }
    bail!("no sign-in came into the security stream")
}

/// Reads the trail, in pages and as a file.
pub(super) async fn read(walk: &Walk<'_>) -> anyhow::Result<()> {
    let page = walk.ask(StatusCode::OK, Call::get(AUDIT)).await?;
    page.at("/items/0/actor")?;
    let file = Call::get(format!("{AUDIT}/export?format=csv"));
    let file = walk.ask(StatusCode::OK, file).await?;
    ensure!(file.text().starts_with("id,tenantId,at,"), "no table");
    let elsewhere = Call::get(AUDIT).with("x-tenant-id", NOBODY);
    walk.ask(StatusCode::FORBIDDEN, elsewhere).await?;
    let operator = sign_in(&walk.client, &walk.scene.operator).await?.access;
    for path in [
        format!("{TRAILS}?tenantId={}", walk.tenant),
        format!("{TRAILS}?action=restore"),
        format!("{TRAILS}/export?tenantId=platform"),
    ] {
        let call = Call::get(path).bearer(&operator);
        walk.client.call(call).await?.expect(StatusCode::OK)?;
    }
    stream(walk, &operator).await?;
    // The same one again would be no change.
    let code = SystemClock.now().to_string();
    let publish = Call::put(PUBLISHED_AT, &isolation_report(&code)).bearer(&operator);
    walk.client.call(publish).await?.expect(StatusCode::OK)?;
    let report = walk.ask(StatusCode::OK, Call::get(REPORT)).await?;
    ensure!(report.at("/report/code")? == code, "an older report");
    Ok(())
}
