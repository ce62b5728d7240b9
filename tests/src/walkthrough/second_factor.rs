//! Authenticators of people.

use anyhow::Context;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use totp_rs::Totp;

use super::Owner;
use crate::client::{Answer, Call, Client};

/// How long a code is the newest, in seconds.
pub const CODE_STEP_S: i64 = 30;

/// Somebody's authenticator, and the recovery codes that were noted.
#[derive(Debug, Clone)]
pub struct Phone {
    totp: Totp,
    /// The recovery codes.
    pub recovery_codes: Vec<String>,
}

impl Phone {
    /// Takes up what is offered to an authenticator.
    pub fn of(offered: &Answer) -> anyhow::Result<Self> {
        let body = offered.json();
        let codes = body.get("recoveryCodes").and_then(Value::as_array);
        let codes = codes
            .context("recovery codes")?
            .iter()
            .filter_map(Value::as_str);
        Ok(Self {
            totp: Totp::from_url(offered.at("/uri")?)?,
            recovery_codes: codes.map(str::to_owned).collect(),
        })
    }

    /// Returns what it shows.
    pub fn code(&self, at: Timestamp) -> String {
        let at = u64::try_from(at.as_second()).unwrap_or_default();
        self.totp.generate(at).to_string()
    }
}

/// Begins to set up an authenticator.
pub async fn enroll(client: &Client<'_>, token: &str, owner: &Owner) -> anyhow::Result<Phone> {
    let body = json!({ "password": owner.password });
    let call = Call::post("/api/v1/auth/mfa", &body).bearer(token);
    Phone::of(&client.call(call).await?.expect(StatusCode::OK)?)
}

/// Sets an authenticator up for somebody who has proved the address, and gives its first code.
pub async fn give_phone(
    client: &Client<'_>,
    token: &str,
    owner: &Owner,
    at: Timestamp,
) -> anyhow::Result<Phone> {
    let phone = enroll(client, token, owner).await?;
    let code = json!({ "code": phone.code(at) });
    let call = Call::post("/api/v1/auth/mfa/confirm", &code).bearer(token);
    client.call(call).await?.expect(StatusCode::NO_CONTENT)?;
    Ok(phone)
}

/// Gives the password of somebody who has an authenticator, and returns what stands for it.
pub async fn begin_sign_in(client: &Client<'_>, owner: &Owner) -> anyhow::Result<String> {
    let body = json!({ "email": owner.email, "password": owner.password });
    let asked = client.call(Call::post("/api/v1/auth/login", &body)).await?;
    asked.expect(StatusCode::UNAUTHORIZED)?.at("/mfaToken")
}
