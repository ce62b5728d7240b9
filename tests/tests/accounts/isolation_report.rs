//! What the proof that no tenant reaches another came to: an operator publishes it, and every tenant reads the newest.

use kernel::limits::{ISOLATION_REPORT_BYTES_MAX, ISOLATION_REPORT_TEXT_CHARS_MAX};
use serde_json::json;
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::reports::{PUBLISHED_AT, isolation_report, signed};
use tests::world::{Settled, World};

const REPORT: &str = "/api/v1/tenant/isolation-report";

struct Scene {
    world: World,
    acme: Settled,
    operator: String,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        let operator = world.operator().await.unwrap();
        Self {
            world,
            acme,
            operator,
        }
    }

    async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    async fn read(&self) -> Answer {
        let call = Call::get(REPORT).bearer(&self.acme.tokens.access);
        self.call(call).await
    }

    async fn publish(&self, report: &serde_json::Value) -> Answer {
        let call = Call::put(PUBLISHED_AT, report).bearer(&self.operator);
        self.call(call).await
    }
}

#[tokio::test]
async fn the_newest_report_is_what_every_tenant_reads() {
    let scene = Scene::new(1).await;
    assert_refused(&scene.read().await, 404, "not_found");
    for (code, version) in [("one", "\"1\""), ("two", "\"2\""), ("two", "\"2\"")] {
        let report = isolation_report(code);
        let published = scene.publish(&report).await;
        assert_eq!(published.status, 200, "{}", published.text());
        assert_eq!(published.header("etag"), version);
        let read = scene.read().await;
        assert_eq!(read.header("etag"), version);
        let read = read.json();
        assert_eq!(read["report"], report["report"]);
        assert_eq!(read["signature"], report["signature"]);
        assert_eq!(read["receivedAt"], published.json()["receivedAt"]);
        scene.world.advance(1).await.unwrap();
    }
    let trail = "/api/v1/admin/audit?tenantId=platform&action=config-change";
    let trail = scene.call(Call::get(trail).bearer(&scene.operator)).await;
    let of_reports = |entry: &&serde_json::Value| entry["resource"]["type"] == "isolationReport";
    let trail = trail.json();
    let noted = trail["items"].as_array().unwrap().iter().filter(of_reports);
    assert_eq!(noted.count(), 2, "the same one again is no change: {trail}");
}

#[tokio::test]
async fn a_report_that_is_not_as_it_was_signed_is_refused() {
    let scene = Scene::new(2).await;
    let changed = |pointer: &str, value: serde_json::Value| {
        let mut report = isolation_report("one");
        *report.pointer_mut(pointer).unwrap() = value;
        report
    };
    for (pointer, value, refused) in [
        (
            "/report/failures",
            json!(["it came out"]),
            "/signature/value",
        ),
        ("/signature/value", json!("none"), "/signature/value"),
        (
            "/signature/publicKey",
            json!("AAAA"),
            "/signature/publicKey",
        ),
        (
            "/signature/algorithm",
            json!("none"),
            "/signature/algorithm",
        ),
        ("/report/attempts", json!(-1), "/report/attempts"),
    ] {
        let answer = scene.publish(&changed(pointer, value)).await;
        assert_eq!(pointers(&answer), [refused], "{}", answer.text());
    }
    let mut long = isolation_report("one")["report"].clone();
    let line = "x".repeat(ISOLATION_REPORT_TEXT_CHARS_MAX);
    let lines = ISOLATION_REPORT_BYTES_MAX / ISOLATION_REPORT_TEXT_CHARS_MAX;
    long["failures"] = json!(vec![line.clone(); lines]);
    let answer = scene.publish(&signed(&long)).await;
    assert_eq!(pointers(&answer), ["/report"]);
    long["failures"] = json!(["short", format!("{line}x")]);
    let answer = scene.publish(&signed(&long)).await;
    assert_eq!(pointers(&answer), ["/report/failures/1"]);
    let mut more = isolation_report("one");
    more["report"]["more"] = json!(1);
    assert_eq!(pointers(&scene.publish(&more).await), ["/report/more"]);
    assert_refused(&scene.read().await, 404, "not_found");
}

#[tokio::test]
async fn only_an_operator_publishes_reports() {
    let scene = Scene::new(3).await;
    let call = || Call::put(PUBLISHED_AT, &isolation_report("one"));
    let admin = scene.call(call().bearer(&scene.acme.tokens.access)).await;
    assert_refused(&admin, 403, "forbidden");
    assert_refused(&scene.call(call()).await, 401, "unauthenticated");
    assert_refused(&scene.call(Call::get(REPORT)).await, 401, "unauthenticated");
}

#[tokio::test]
async fn reports_that_are_published_at_once_are_both_taken() {
    let scene = Scene::new(4).await;
    let (one, two) = (isolation_report("one"), isolation_report("two"));
    let (one, two) = tokio::join!(scene.publish(&one), scene.publish(&two));
    assert_eq!([one.status, two.status], [200, 200]);
    let read = scene.read().await;
    assert_eq!(read.header("etag"), "\"2\"");
}
