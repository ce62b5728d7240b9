//! API keys of a tenant.

use http::StatusCode;
use serde_json::json;

use crate::client::{Call, Client};

/// Makes an API key that lists and reads websites. Returns where it is, and the whole of it.
pub async fn make_api_key(client: &Client<'_>, token: &str) -> anyhow::Result<(String, String)> {
    let body = json!({ "name": "Build", "scopes": ["websites.list", "websites.read"] });
    let call = Call::post("/api/v1/tenant/api-keys", &body).bearer(token);
    let answer = client.call(call).await?.expect(StatusCode::CREATED)?;
    Ok((answer.header("location").to_owned(), answer.at("/key")?))
}
