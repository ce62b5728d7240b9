//! What operators change of a tenant, and that nobody's change is lost.

use futures_util::future::join_all;
use local::history::Service;
use serde_json::{Value, json};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::walkthrough::Owner;
use tests::world::Settled;

use super::scene::Scene;

struct Table {
    scene: Scene,
    operator: String,
    acme: Settled,
}

impl Table {
    async fn new(seed: u64) -> Self {
        let scene = Scene::new(seed).await;
        let acme = scene.world.settled_tenant("acme").await.unwrap();
        let operator = scene.world.operator().await.unwrap();
        Self {
            scene,
            operator,
            acme,
        }
    }

    fn at(&self, below: &str) -> String {
        format!("/api/v1/admin/tenants/{}{below}", self.acme.tenant)
    }

    async fn call(&self, call: Call) -> Answer {
        self.scene.call(call.bearer(&self.operator)).await
    }

    async fn read(&self) -> Answer {
        self.call(Call::get(self.at(""))).await
    }

    async fn put(&self, etag: &str, body: &Value) -> Answer {
        self.call(Call::put(self.at(""), body).if_match(etag)).await
    }

    async fn tier(&self, tier: &str) -> Answer {
        let body = json!({ "tier": tier });
        self.call(Call::put(self.at("/tier"), &body)).await
    }

    async fn found(&self, name: &str) -> usize {
        let path = format!("/api/v1/admin/tenants?q={name}");
        let found = self.call(Call::get(path)).await.json();
        found["items"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_name_and_notes_change_and_the_list_with_them() {
    let table = Table::new(170).await;
    let etag = table.read().await.header("etag").to_owned();
    let body = json!({ "name": " Renamed ", "metadata": { "note": "vip" } });
    let changed = table.put(&etag, &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.at("/name").unwrap(), "Renamed");
    let again = table.read().await;
    assert_eq!(again.json(), changed.json());
    assert_eq!(again.header("etag"), changed.header("etag"));
    assert_eq!(table.found("renamed").await, 1);
    assert_eq!(table.found("acme").await, 0);
    let notes = json!({ "name": "Renamed", "metadata": {} });
    let kept = table.put(changed.header("etag"), &notes).await;
    assert_eq!(kept.json()["metadata"], json!({}), "{}", kept.text());
    assert_eq!(table.found("renamed").await, 1);
    let late = table.put(&etag, &body).await;
    assert_refused(&late, 412, "precondition_failed");
    let blind = table.call(Call::put(table.at(""), &body)).await;
    assert_refused(&blind, 428, "precondition_required");
}

#[tokio::test]
async fn a_page_of_the_list_reads_what_it_shows_and_one_more() {
    let table = Table::new(177).await;
    for name in ["birch", "cedar", "elder", "maple", "willow"] {
        table.scene.register(name, &Owner::named(name)).await;
    }
    let history = table.scene.world.platform.history();
    let list = async |path: String| {
        let mark = history.mark();
        let list = table.call(Call::get(path)).await.json();
        let reads = history.totals(mark);
        let read = reads[&(Service::DynamoDb, "Query".to_owned())];
        assert_eq!(read.calls, 1, "one read for a page");
        (list, read.bytes_out)
    };
    let (all, all_bytes) = list("/api/v1/admin/tenants".to_owned()).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 6);
    let mut cursor = String::new();
    let mut walked = Vec::new();
    for _ in 0..3 {
        let (page, bytes) = list(format!("/api/v1/admin/tenants?limit=2{cursor}")).await;
        assert!(
            bytes * 3 < all_bytes * 2,
            "{bytes} bytes of {all_bytes} for two of six"
        );
        walked.extend(page["items"].as_array().unwrap().clone());
        cursor = page["nextCursor"]
            .as_str()
            .map_or(String::new(), |next| format!("&cursor={next}"));
    }
    assert_eq!(cursor, "", "the last page has no next");
    assert_eq!(Value::from(walked), all["items"]);
}

#[tokio::test]
async fn of_two_changes_at_once_one_is_told_so() {
    let table = Table::new(171).await;
    let etag = table.read().await.header("etag").to_owned();
    let bodies: Vec<Value> = (0..4)
        .map(|number| json!({ "name": format!("Name {number}") }))
        .collect();
    let answers = join_all(bodies.iter().map(|body| table.put(&etag, body))).await;
    let done = answers.iter().filter(|answer| answer.status == 200);
    assert_eq!(done.count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_refused(answer, 412, "precondition_failed");
    }
}

#[tokio::test]
async fn only_a_custom_tenant_has_a_quota_of_its_own() {
    let table = Table::new(172).await;
    let quota = json!({
        "maxWebsites": 7, "storageGb": 1, "bandwidthGb": 2,
        "maxConcurrentDeployments": 1, "maxCustomDomains": 0,
    });
    let body = json!({ "name": "Acme", "quota": quota });
    let etag = table.read().await.header("etag").to_owned();
    assert_eq!(pointers(&table.put(&etag, &body).await), ["/quota"]);
    let custom = table.tier("custom").await;
    assert_eq!(custom.at("/tier").unwrap(), "Custom");
    let changed = table.put(custom.header("etag"), &body).await;
    assert_eq!(changed.json()["quota"], quota);
    let same = table.tier("Custom").await;
    assert_eq!(same.header("etag"), changed.header("etag"), "no change");
    assert_eq!(same.json()["quota"], quota);
    let other = table.tier("Starter").await;
    assert_eq!(other.json()["quota"]["maxWebsites"], 3);
    assert_eq!(pointers(&table.tier("Gold").await), ["/tier"]);
}

#[tokio::test]
async fn tiers_changed_at_once_are_all_changed() {
    let table = Table::new(173).await;
    let tiers = ["Starter", "Professional", "Enterprise"];
    let answers = join_all(tiers.iter().map(|tier| table.tier(tier))).await;
    for answer in &answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let last = table.read().await.at("/tier").unwrap();
    assert!(tiers.contains(&last.as_str()), "{last}");
}

#[tokio::test]
async fn a_tenant_that_is_not_there_is_missing() {
    let table = Table::new(174).await;
    let missing = "/api/v1/admin/tenants/01a1fd1e-8c00-7b16-94ea-1a00db30281e";
    let body = json!({ "name": "x" });
    for call in [
        Call::get(missing),
        Call::put(missing, &body).if_match("\"1\""),
        Call::delete(missing).if_match("\"1\""),
        Call::put(format!("{missing}/tier"), &json!({ "tier": "Free" })),
        Call::put(format!("{missing}/status"), &json!({ "status": "Active" })),
        Call::post(format!("{missing}/suspend"), &json!({})),
        Call::new(http::Method::POST, format!("{missing}/activate")),
        Call::get("/api/v1/admin/tenants/no-id"),
    ] {
        let what = format!("{} {}", call.method, call.path);
        let answer = table.call(call).await;
        assert_eq!(
            (answer.status.as_u16(), what.as_str()),
            (404, what.as_str())
        );
        assert_eq!(answer.problem(), "not_found", "{what}");
    }
}

#[tokio::test]
async fn changes_that_cannot_be_written_say_to_come_again() {
    let table = Table::new(175).await;
    let etag = table.read().await.header("etag").to_owned();
    table.scene.fail("tenants", "TransactWriteItems").await;
    for call in [
        Call::put(table.at(""), &json!({ "name": "x" })).if_match(&etag),
        Call::put(table.at("/tier"), &json!({ "tier": "Starter" })),
        Call::post(table.at("/suspend"), &json!({})),
        Call::delete(table.at("")).if_match(&etag),
    ] {
        let what = format!("{} {}", call.method, call.path);
        let answer = table.call(call).await;
        assert_refused(&answer, 503, "unavailable");
        assert_eq!(answer.header("retry-after"), "1", "{what}");
    }
    table.scene.world.heal();
    assert_eq!(table.read().await.header("etag"), etag);
}
