//! Who must not be let in, and what must not be found. It must never know what members may do.

use anyhow::{Context, ensure};
use http::StatusCode;
use serde_json::{Value, json};

use super::Walk;
use super::relay::dynamodb;
use crate::client::{Answer, Call};

/// The action of the audit entry that another tenant's id leaves behind.
const CROSS_TENANT: &str = "security.cross_tenant";

/// An id that nothing has.
const NOBODYS: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

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
    let foreign = &walk.scene.library.website;
    for (number, (address, below)) in [
        (foreign, ""),
        (foreign, "/pages"),
        (&walk.scene.operation, ""),
    ]
    .into_iter()
    .enumerate()
    {
        let (parent, _) = address.rsplit_once('/').context("an address has an id")?;
        let nobodys = format!("{parent}/{NOBODYS}{below}");
        let nobodys = walk.ask(StatusCode::NOT_FOUND, Call::get(nobodys)).await?;
        let path = format!("{address}{below}");
        let theirs = walk.ask(StatusCode::NOT_FOUND, Call::get(&path)).await?;
        let (nobodys, theirs) = (without_instance(&nobodys)?, without_instance(&theirs)?);
        ensure!(nobodys == theirs, "`{path}`: {theirs}, not {nobodys}");
        let noticed = noticed(walk).await?;
        ensure!(noticed == number + 1, "`{path}` was not noticed");
    }
    Ok(())
}

/// Returns a problem without the part that names its request.
fn without_instance(answer: &Answer) -> anyhow::Result<Value> {
    let mut problem = answer.json();
    let title = problem.get("title").and_then(Value::as_str);
    ensure!(
        title.is_some_and(|title| !title.is_empty()),
        "no problem: {}",
        answer.text()
    );
    let parts = problem.as_object_mut().context("a problem has parts")?;
    parts
        .remove("instance")
        .context("a problem names its request")?;
    Ok(problem)
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
