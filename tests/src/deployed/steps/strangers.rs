//! Who must not be let in, and what must not be found. It must never know what members may do.

use anyhow::{Context, ensure};
use http::StatusCode;
use serde_json::{Value, json};

use super::Walk;
use super::relay::dynamodb;
use crate::client::Call;

/// The action of the audit entry that another tenant's id leaves behind.
const CROSS_TENANT: &str = "security.cross_tenant";

/// No token, a tampered one, a bad body, an id that is not there, and those of other tenants, which
/// answer the same and are noticed.
pub(super) async fn refused(walk: &Walk<'_>) -> anyhow::Result<()> {
    let get = Call::get(&walk.website);
    let nobody = walk.client.call(get.clone()).await?;
    nobody.expect(StatusCode::UNAUTHORIZED)?;
    let (body, signature) = walk.token.rsplit_once('.').context("a token has dots")?;
    let turned: String = signature.chars().rev().collect();
    let tampered = get.bearer(&format!("{body}.{turned}"));
    let tampered = walk.client.call(tampered).await?;
    let tampered = tampered.expect(StatusCode::UNAUTHORIZED)?;
    ensure!(tampered.problem() == "unauthenticated");
    let bad = json!({ "name": "x", "subdomain": "Not A Label", "extra": 1 });
    let bad = Call::post("/api/v1/websites", &bad);
    let bad = walk.ask(StatusCode::UNPROCESSABLE_ENTITY, bad).await?;
    ensure!(bad.problem() == "validation_failed");
    let missing = "/api/v1/websites/01890a5d-ac96-774b-bcce-b302099a8057";
    let missing = walk.ask(StatusCode::NOT_FOUND, Call::get(missing)).await?;
    let foreign = &walk.scene.library.website;
    for (number, path) in [
        foreign.clone(),
        format!("{foreign}/pages"),
        walk.scene.operation.clone(),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = walk.ask(StatusCode::NOT_FOUND, Call::get(&path)).await?;
        let (one, other) = (missing.json(), answer.json());
        ensure!(one.pointer("/title") == other.pointer("/title"));
        let noticed = noticed(walk).await?;
        ensure!(noticed == number + 1, "`{path}` was not noticed");
    }
    Ok(())
}

/// Counts what the tenant's trail says of other tenants' ids.
async fn noticed(walk: &Walk<'_>) -> anyhow::Result<usize> {
    let stack = walk.scene.stack;
    let body = json!({
        "TableName": stack.physical("Table")?,
        "KeyConditionExpression": "pk = :pk",
        "FilterExpression": "#action = :action",
        "ExpressionAttributeNames": { "#action": "action" },
        "ExpressionAttributeValues": {
            ":pk": { "S": format!("T#{}#AUDIT", walk.tenant) },
            ":action": { "S": CROSS_TENANT },
        },
        "ConsistentRead": true,
    });
    let found = dynamodb(stack, "Query", &body).await?;
    let items = found.get("Items").and_then(Value::as_array);
    Ok(items.context("no items")?.len())
}
