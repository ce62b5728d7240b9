//! Seals: of a trail that somebody laid hands on, made by the sealer and found by whoever verifies.

use std::time::Duration;

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use kernel::{AuditId, Clock, SystemClock};
use serde_json::{Value, json};

use super::Walk;
use super::relay::dynamodb;
use crate::client::Call;
use crate::walkthrough::sign_in;

/// How old what is put into the trail is: old enough to be sealed.
const AGE: Duration = Duration::from_hours(1);

/// Puts what is no entry into the walk's trail, has it sealed twice, as after a round that was broken off, and has it
/// found.
pub(super) async fn held(walk: &Walk<'_>) -> anyhow::Result<()> {
    let stray = AuditId::least_at(SystemClock.now() - AGE);
    let key = walk.key("AUDIT", &format!("ENTRY#{stray}"));
    walk.table("PutItem", "Item", &key).await?;
    walk.seal().await?;
    walk.table("DeleteItem", "Key", &walk.key("SEALS", "HEAD"))
        .await?;
    walk.seal().await?;
    let own = Call::get("/api/v1/tenant/audit/verify");
    let own = walk.ask(StatusCode::OK, own).await?;
    let operator = sign_in(&walk.client, &walk.scene.operator).await?.access;
    let path = format!("/api/v1/admin/audit/verify?tenantId={}", walk.tenant);
    let told = walk.client.call(Call::get(path).bearer(&operator)).await?;
    let told = told.expect(StatusCode::OK)?;
    walk.table("DeleteItem", "Key", &key).await?;
    for found in [own, told] {
        let entry = found.at("/firstBroken/entryId")?;
        let is_it = found.at("/firstBroken/flaw")? == "altered" && entry == stray.to_string();
        ensure!(is_it, "{}", found.text());
    }
    Ok(())
}

impl Walk<'_> {
    /// Returns a key in a partition of the walk's tenant.
    fn key(&self, partition: &str, sort: &str) -> Value {
        json!({
            "pk": { "S": format!("T#{}#{partition}", self.tenant) },
            "sk": { "S": sort },
        })
    }

    /// Does something to an item as the account's owner.
    async fn table(&self, action: &str, name: &str, item: &Value) -> anyhow::Result<()> {
        let stack = self.scene.stack;
        let body = json!({ "TableName": stack.physical("Table")?, name: item });
        dynamodb(stack, action, &body).await?;
        Ok(())
    }

    /// Has trails sealed from the walk's tenant on, as if a round had been broken off before it.
    async fn seal(&self) -> anyhow::Result<()> {
        let place = json!({
            "pk": { "S": "SEALING" },
            "sk": { "S": "POSITION" },
            "entity": { "S": "sealing" },
            "schema": { "N": "1" },
            "version": { "N": "1" },
            "after": { "S": self.before_its_place().await? },
        });
        self.table("PutItem", "Item", &place).await?;
        let stack = self.scene.stack;
        let function = stack.physical("SealingFunction")?;
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .body(Bytes::from_static(br#"{"kind":"seal"}"#))?;
        let answer = stack.account.signed("lambda", request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        let is_error = answer.headers().contains_key("x-amz-function-error");
        ensure!(answer.status().is_success() && !is_error, "{text}");
        Ok(())
    }

    /// Returns a place in the list of tenants right before the walk's.
    async fn before_its_place(&self) -> anyhow::Result<String> {
        let stack = self.scene.stack;
        let body = json!({
            "TableName": stack.physical("Table")?,
            "KeyConditionExpression": "pk = :list",
            "ExpressionAttributeValues": { ":list": { "S": "DIRECTORY" } },
        });
        let list = dynamodb(stack, "Query", &body).await?;
        let items = list.pointer("/Items").and_then(Value::as_array);
        let places = items.context("no list")?.iter();
        let mut places = places.filter_map(|item| item.pointer("/sk/S")?.as_str());
        let own = places.find(|place| place.ends_with(&self.tenant));
        let own = own.context("the tenant is not on the list")?;
        Ok(own.trim_end_matches(&self.tenant).to_owned())
    }
}
