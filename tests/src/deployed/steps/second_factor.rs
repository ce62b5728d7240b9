//! A second factor: set up, asked for and removed. It must never know how codes are counted.

use anyhow::Context;
use http::StatusCode;
use jiff::SignedDuration;
use kernel::{Clock, SystemClock};
use serde_json::json;

use super::Walk;
use crate::client::Call;
use crate::walkthrough::{CODE_STEP_S, begin_sign_in, give_phone};

const MFA: &str = "/api/v1/auth/mfa";

/// Has the owner, who has proved the address, sign in with a recovery code and remove it all again.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let (client, owner) = (&walk.client, &walk.owner);
    let now = SystemClock.now();
    let phone = give_phone(client, &walk.token, owner, now).await?;
    walk.ask(StatusCode::OK, Call::get(MFA)).await?;
    let half = begin_sign_in(client, owner).await?;
    let recovery = phone.recovery_codes.first().context("a recovery code")?;
    for (code, status) in [
        ("000000", StatusCode::UNAUTHORIZED),
        (recovery.as_str(), StatusCode::OK),
    ] {
        let body = json!({ "mfaToken": half, "code": code });
        let verify = Call::post(format!("{MFA}/verify"), &body);
        client.call(verify).await?.expect(status)?;
    }
    // The code of now was taken.
    let next = phone.code(now + SignedDuration::from_secs(CODE_STEP_S));
    let both = json!({ "password": owner.password, "code": next });
    let renew = Call::post(format!("{MFA}/recovery-codes"), &both);
    let renewed = walk.ask(StatusCode::OK, renew).await?;
    let code = renewed.at("/recoveryCodes/0")?;
    let body = json!({ "password": owner.password, "code": code });
    let disable = Call::post(format!("{MFA}/disable"), &body);
    walk.ask(StatusCode::NO_CONTENT, disable).await?;
    Ok(())
}
