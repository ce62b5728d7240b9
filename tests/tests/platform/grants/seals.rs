//! What happens to audit trails: they are sealed, by rounds that are broken off too, and held against their seals when
//! somebody laid hands on them.

use aws_sdk_dynamodb::types::AttributeValue;
use http::StatusCode;
use jiff::SignedDuration;
use kernel::{AuditId, Clock};
use serde_json::json;
use tests::client::{Call, Client};
use tests::world::{Settled, TABLE, World};

use super::rounds::{call, fresh};

/// How old what is put into a trail is: old enough to be sealed.
const AGE: SignedDuration = SignedDuration::from_hours(1);

/// A trail in which something stands that is no entry: sealed, and sealed once more because nobody knows.
pub(super) async fn all(world: &World, client: &Client<'_>, acme: &Settled) {
    let table = aws_sdk_dynamodb::Client::new(&world.sdk());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let stray = AuditId::least_at(world.clock.now() - AGE);
    let (trail, sort) = (format!("T#{}#AUDIT", acme.tenant), format!("ENTRY#{stray}"));
    let put = table.put_item().table_name(TABLE);
    let put = put.item("pk", text(&trail)).item("sk", text(&sort));
    put.send().await.unwrap();
    for _ in 0..2 {
        let delete = table.delete_item().table_name(TABLE);
        let delete = delete
            .key("pk", text(&format!("T#{}#SEALS", acme.tenant)))
            .key("sk", text("HEAD"));
        delete.send().await.unwrap();
        let put = table.put_item().table_name(TABLE);
        let put = put
            .item("pk", text("SEALING"))
            .item("sk", text("POSITION"))
            .item("entity", text("sealing"))
            .item("schema", AttributeValue::N("1".to_owned()))
            .item("version", AttributeValue::N("1".to_owned()))
            .item("after", text("TENANT#"));
        put.send().await.unwrap();
        let seal = json!({ "kind": "seal" });
        world.platform.invoke("sealing", seal).await.unwrap();
    }
    world.platform.settle().await.unwrap();
    let verify = Call::get("/api/v1/tenant/audit/verify").bearer(&fresh(client, acme).await);
    let found = call(client, StatusCode::OK, verify).await.json();
    assert_eq!(found["firstBroken"]["entryId"], json!(stray));
    let delete = table.delete_item().table_name(TABLE);
    let delete = delete.key("pk", text(&trail)).key("sk", text(&sort));
    delete.send().await.unwrap();
}
