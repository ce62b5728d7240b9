//! How others come to a tenant.

use http::StatusCode;
use serde_json::json;

use crate::client::{Call, Client};

/// Invites somebody to become a member. Returns the invitation's address in the API.
pub async fn invite(client: &Client<'_>, token: &str, email: &str) -> anyhow::Result<String> {
    let body = json!({ "email": email, "role": "contentEditor" });
    let call = Call::post("/api/v1/tenant/users", &body).bearer(token);
    let answer = client.call(call).await?.expect(StatusCode::CREATED)?;
    Ok(answer.header("location").to_owned())
}
