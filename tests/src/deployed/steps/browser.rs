//! A sign-in in a browser's cookies: begun, used by the portal and not by others, refreshed and ended. It must never know
//! what the cookies hold.

use anyhow::ensure;
use http::StatusCode;
use serde_json::json;

use super::Walk;
use crate::client::Call;
use crate::portal::{DEPLOYED, Portal};

const PROFILE: &str = "/api/v1/tenant/profile";

/// Has the owner change the profile as a page of the portal, and a page elsewhere fail to.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let client = &walk.client;
    let mut portal = Portal::at(DEPLOYED);
    portal.sign_in(client, &walk.owner, None).await?;
    let read = portal.read(Call::get(PROFILE));
    client.call(read).await?.expect(StatusCode::OK)?;
    let change = Call::put(PROFILE, &json!({ "name": "In a browser" })).if_match("*");
    let elsewhere = client.call(portal.read(change.clone())).await?;
    ensure!(
        elsewhere.problem() == "cross_site",
        "a page elsewhere: {}",
        elsewhere.text()
    );
    let changed = client.call(portal.write(change)).await?;
    changed.expect(StatusCode::OK)?;
    let next = client.call(portal.refresh()).await?;
    portal.keep(&next.expect(StatusCode::NO_CONTENT)?)?;
    let out = client.call(portal.log_out()).await?;
    portal.keep(&out.expect(StatusCode::NO_CONTENT)?)?;
    ensure!(portal.is_empty(), "cookies are left after signing out");
    Ok(())
}
