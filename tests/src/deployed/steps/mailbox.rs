//! What is written to people, and what they prove with it. It must never know who may write mail.

use anyhow::{Context, bail};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::relay::dynamodb;
use super::{LOOKS_MAX, Walk};
use crate::client::Call;
use crate::walkthrough::{Owner, register, sign_in};

/// Has a new person prove an address and get another password.
pub(super) async fn all(walk: &Walk<'_>) -> anyhow::Result<()> {
    let owner = Owner::named(&format!("{}-mail", walk.owner.subdomain));
    let tenant = register(&walk.client, &owner).await?;
    let token = token(walk, &owner.email, "verify").await?;
    follow(walk, "verify", &json!({ "token": token })).await?;
    noted(walk, &tenant).await?;
    follow(walk, "password/forgot", &json!({ "email": owner.email })).await?;
    let token = self::token(walk, &owner.email, "reset-password").await?;
    let reset = json!({ "token": token, "newPassword": "a horse of another colour" });
    follow(walk, "password/reset", &reset).await?;
    let renewed = Owner {
        password: "a horse of another colour".to_owned(),
        ..owner
    };
    sign_in(&walk.client, &renewed).await?;
    Ok(())
}

pub(super) async fn follow(walk: &Walk<'_>, what: &str, body: &Value) -> anyhow::Result<()> {
    let call = Call::post(format!("/api/v1/auth/{what}"), body);
    let answer = walk.client.call(call).await?;
    answer.expect(StatusCode::NO_CONTENT).context("a link")?;
    Ok(())
}

/// Waits for a mail with a link to a page, and takes its token out of it.
pub(super) async fn token(walk: &Walk<'_>, email: &str, page: &str) -> anyhow::Result<String> {
    for _ in 0..LOOKS_MAX {
        let request = Request::get("/_ministack/ses/messages").body(bytes::Bytes::new())?;
        let answer = walk.scene.stack.account.signed("ses", request).await?;
        let all: Value = serde_json::from_slice(answer.body())?;
        let accounts = all.pointer("/messages").and_then(Value::as_object);
        let mails = accounts.into_iter().flat_map(serde_json::Map::values);
        let mails = mails.filter_map(Value::as_array).flatten();
        let to_owner = mails.filter(|mail| mail.pointer("/To/0") == Some(&json!(email)));
        let link = format!("/{page}#token=");
        let mut tokens = to_owner.filter_map(|mail| {
            let text = mail.pointer("/BodyText")?.as_str()?;
            let (_, token) = text.split_once(&link)?;
            token.split_whitespace().next()
        });
        if let Some(token) = tokens.next() {
            return Ok(token.to_owned());
        }
        walk.client.rest().await?;
    }
    bail!("no mail came for `{page}`")
}

/// Waits until it is noted that a tenant's mail was sent.
async fn noted(walk: &Walk<'_>, tenant: &str) -> anyhow::Result<()> {
    let stack = walk.scene.stack;
    let body = json!({
        "TableName": stack.physical("Table")?,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
        "ExpressionAttributeValues": {
            ":pk": { "S": format!("T#{tenant}#MAILS") },
            ":sk": { "S": "MAIL#" },
        },
    });
    for _ in 0..LOOKS_MAX {
        let found = dynamodb(stack, "Query", &body).await?;
        if found.pointer("/Items/0").is_some() {
            return Ok(());
        }
        walk.client.rest().await?;
    }
    bail!("it is not noted that a mail was sent")
}
