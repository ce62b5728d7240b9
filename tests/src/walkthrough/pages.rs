//! Writing and publishing pages.

use http::{Method, StatusCode};
use serde_json::json;

use crate::client::{Call, Client};

/// Makes a page and returns its address.
pub async fn make_page(
    client: &Client<'_>,
    token: &str,
    website: &str,
    slug: &str,
    markdown: &str,
) -> anyhow::Result<String> {
    let body = json!({
        "title": format!("The page {slug}"),
        "slug": slug,
        "content": { "format": "markdown", "value": markdown },
        "seo": { "description": format!("About {slug}") },
    });
    let call = Call::post(format!("{website}/pages"), &body).bearer(token);
    let answer = client.call(call).await?.expect(StatusCode::CREATED)?;
    Ok(format!("{website}/pages/{}", answer.at("/id")?))
}

/// Publishes a page and returns the release that it made.
pub async fn publish(client: &Client<'_>, token: &str, page: &str) -> anyhow::Result<String> {
    let call = Call::new(Method::POST, format!("{page}/publish")).bearer(token);
    client
        .call(call)
        .await?
        .expect(StatusCode::OK)?
        .at("/release/id")
}
