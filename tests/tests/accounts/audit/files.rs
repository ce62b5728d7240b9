//! The trail in files.

use std::collections::BTreeSet;

use kernel::limits::AUDIT_EXPORT_ITEMS_MAX;
use serde_json::Value;
use tenancy::permission::ManageTenant;
use tenancy::{Action, Role};
use tests::client::{Call, assert_refused, pointers};

use super::{AUDIT, Scene, texts};

const EXPORT: &str = "/api/v1/tenant/audit/export";

#[tokio::test]
async fn the_trail_is_given_as_json_and_as_a_table() {
    let scene = Scene::new(910).await;
    scene.describe("=1+1, \"quoted\"").await;
    let all = scene.entries("?limit=100").await;
    scene.world.advance(1).await.unwrap();
    let json = scene.as_admin(Call::get(EXPORT)).await;
    assert_eq!(json.header("content-type"), "application/json");
    let name = json.header("content-disposition");
    assert!(name.starts_with("attachment; filename=\"audit-"), "{name}");
    assert!(name.ends_with(".json\""), "{name}");
    assert_eq!(json.header("link"), "");
    let mut exported = json.json().as_array().unwrap().clone();
    let first = exported.remove(0);
    assert_eq!(first["action"], "export", "that it was asked for is in it");
    assert_eq!(exported, all);
    scene.world.advance(1).await.unwrap();
    let csv = scene
        .as_admin(Call::get(format!("{EXPORT}?format=csv")))
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = csv.text();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    assert_eq!(columns.get(0), Some("id"));
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), all.len() + 2);
    let ids: Vec<_> = lines
        .iter()
        .skip(2)
        .map(|line| line[0].to_owned())
        .collect();
    assert_eq!(ids, texts(&all, "/id"));
    for line in &lines {
        for cell in line {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
}

#[tokio::test]
async fn a_file_holds_what_was_asked_for() {
    let scene = Scene::new(911).await;
    scene.describe("One").await;
    let answer = scene
        .as_admin(Call::get(format!("{EXPORT}?resourceType=tenant")))
        .await;
    let answer = answer.json();
    let found: BTreeSet<_> = texts(answer.as_array().unwrap(), "/resource/type")
        .into_iter()
        .collect();
    assert_eq!(found, BTreeSet::from(["tenant".to_owned()]));
    let wrong = scene
        .as_admin(Call::get(format!("{EXPORT}?format=pdf")))
        .await;
    assert_refused(&wrong, 422, "validation_failed");
    assert_eq!(pointers(&wrong), ["query:format"]);
    let of_a_page = scene.as_admin(Call::get(format!("{EXPORT}?limit=3"))).await;
    assert_eq!(pointers(&of_a_page), ["query:limit"]);
}

#[tokio::test]
async fn a_long_trail_comes_in_files_that_lead_to_each_other() {
    let scene = Scene::new(912).await;
    let more = AUDIT_EXPORT_ITEMS_MAX + 10;
    let context = scene
        .world
        .member(&scene.acme.tenant, Role::TenantAdmin)
        .unwrap();
    let permit = context.permit::<ManageTenant>().unwrap();
    for begun in (0..more).step_by(80) {
        let mut change = permit.change(Action::Update);
        for number in begun..(begun + 80).min(more) {
            change = change.note("page", number);
        }
        change.commit().await.unwrap();
    }
    scene.world.advance(1).await.unwrap();
    let (mut stories, mut files) = (BTreeSet::new(), 0);
    let mut at = format!("{EXPORT}?resourceType=page");
    loop {
        let answer = scene.as_admin(Call::get(at)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let entries = answer.json().as_array().unwrap().clone();
        assert!(entries.len() <= AUDIT_EXPORT_ITEMS_MAX);
        stories.extend(texts(&entries, "/resource/id"));
        files += 1;
        let link = answer.header("link");
        let Some(next) = link.strip_prefix('<').and_then(|link| link.split_once('>')) else {
            break;
        };
        assert_eq!(next.1, "; rel=\"next\"");
        at = format!("{EXPORT}{}", next.0);
    }
    assert_eq!(stories.len(), more);
    assert_eq!(files, 2);
    let exports: Vec<Value> = scene.entries("?action=export").await;
    assert_eq!(exports.len(), 2, "{AUDIT}");
}
