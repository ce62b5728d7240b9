//! The trusted core over the real adapters: what no route brings about today, and must hold for
//! those of tomorrow.

mod websites;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use http::StatusCode;
use jiff::SignedDuration;
use kernel::limits::{IDEMPOTENCY_LIFE_S, OBJECT_INLINE_BYTES_MAX, TRANSACTION_ACTIONS_MAX};
use kernel::{ContentHash, WebsiteId};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use tenancy::audit::Action;
use tenancy::keys::IdempotencyKey;
use tenancy::permission::{ManageWebsites, ReadWebsites};
use tenancy::{CommitError, Denied, Once, Permit, Role, StorageError};
use tests::client::Call;
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};
use tests::walkthrough::make_page;
use tests::world::{BUCKET, Settled, TABLE, World};

use crate::outage;

async fn scene(seed: u64) -> (World, Settled) {
    let world = World::new(seed).await.unwrap();
    let acme = world.settled_tenant("acme").await.unwrap();
    (world, acme)
}

fn permit(world: &World, of: &Settled) -> Permit<ManageWebsites> {
    let context = world.member(&of.tenant, Role::TenantAdmin).unwrap();
    context.permit().unwrap()
}

#[tokio::test]
async fn a_role_has_the_permissions_of_its_rank_and_no_others() {
    let (world, acme) = scene(80).await;
    let editor = world.member(&acme.tenant, Role::ContentEditor).unwrap();
    assert!(editor.permit::<ReadWebsites>().is_ok());
    let refused = editor.permit::<ManageWebsites>();
    assert!(matches!(refused, Err(Denied::Forbidden)), "{refused:?}");
}

#[tokio::test]
async fn a_change_happens_once_for_a_message() {
    let (world, acme) = scene(81).await;
    let permit = permit(&world, &acme);
    let change = |message: &str| {
        let change = permit.change(Action::Update);
        let event = events::Event::TenantUpdated {};
        change.event(event).for_message("test", message).commit()
    };
    change("m1").await.unwrap();
    let again = change("m1").await;
    assert!(matches!(again, Err(CommitError::AlreadyDone)), "{again:?}");
    change("m2").await.unwrap();
}

/// Threat B7: a request is remembered for a day.
#[tokio::test]
async fn an_idempotency_key_is_for_one_request() {
    let (world, acme) = scene(82).await;
    let permit = permit(&world, &acme);
    let change = |key: &str, body: &str| {
        let once = Once {
            digest: ContentHash::of(key.as_bytes()),
            fingerprint: ContentHash::of(body.as_bytes()),
        };
        let change = permit.change(Action::Update).once(Some(once), "made");
        change.event(events::Event::TenantUpdated {}).commit()
    };
    change("k", "a").await.unwrap();
    let again = change("k", "a").await;
    assert!(
        matches!(&again, Err(CommitError::Replayed(made)) if made == "made"),
        "{again:?}"
    );
    // The database itself remembers a transaction for ten minutes.
    for wait in [
        SignedDuration::from_mins(11),
        SignedDuration::from_hours(23),
    ] {
        world.clock.advance(wait);
        let again = change("k", "a").await;
        assert!(matches!(again, Err(CommitError::Replayed(_))), "{again:?}");
    }
    let other = change("k", "b").await;
    assert!(
        matches!(other, Err(CommitError::IdempotencyMismatch)),
        "{other:?}"
    );
}

#[tokio::test]
async fn a_change_that_storage_would_not_take_is_refused_before() {
    let (world, acme) = scene(83).await;
    let permit = permit(&world, &acme);
    let event = || events::Event::TenantUpdated {};
    let events = (0..=TRANSACTION_ACTIONS_MAX).map(|_| event());
    let change = events.fold(permit.change(Action::Update), tenancy::Change::event);
    let mark = world.platform.history().mark();
    let refused = change.commit().await;
    assert!(
        matches!(
            refused,
            Err(CommitError::Storage(StorageError::TooManyWrites(_)))
        ),
        "{refused:?}"
    );
    assert!(world.platform.history().since(mark).is_empty());
}

#[tokio::test]
async fn a_large_object_is_whole_or_missing_or_said_to_be_damaged() {
    let (world, acme) = scene(84).await;
    let permit = permit(&world, &acme);
    let large = vec![7; OBJECT_INLINE_BYTES_MAX + 1];
    let hash = ContentHash::of(&large);
    permit
        .put_objects(vec![large.clone(), large.clone()])
        .await
        .unwrap();
    let found = permit.objects(&[hash, hash]).await.unwrap();
    assert_eq!(found, [Some(large.clone()), Some(large)]);

    let bucket = aws_sdk_s3::Client::new(&world.sdk());
    let key = format!("tenant-{}/objects/{hash}", acme.tenant);
    let put = bucket.put_object().bucket(BUCKET).key(&key);
    let damaged = put.body(b"other".to_vec().into()).send();
    damaged.await.unwrap();
    let found = permit.objects(&[hash]).await;
    assert!(matches!(found, Err(StorageError::Corrupt)), "{found:?}");

    let gone = bucket.delete_object().bucket(BUCKET).key(&key).send();
    gone.await.unwrap();
    assert_eq!(permit.objects(&[hash]).await.unwrap(), [None]);
    let never = ContentHash::of(b"never");
    assert_eq!(permit.objects(&[never]).await.unwrap(), [None]);
}

#[tokio::test]
async fn an_item_of_a_later_version_is_an_error_and_no_guess() {
    let (world, acme) = scene(85).await;
    let client = world.client();
    let token = acme.tokens.access.as_str();
    let page = make_page(&client, token, &acme.website, "about", "Us.")
        .await
        .unwrap();
    let id = page.rsplit('/').next().unwrap();
    let table = aws_sdk_dynamodb::Client::new(&world.sdk());
    let items = table.scan().table_name(TABLE).send().await.unwrap();
    let items = items.items.unwrap();
    let is_page = |item: &&HashMap<String, AttributeValue>| {
        item["entity"].as_s().unwrap() == "page" && item["sk"].as_s().unwrap().ends_with(id)
    };
    let stored = items.iter().find(is_page).unwrap();
    let update = table
        .update_item()
        .table_name(TABLE)
        .key("pk", stored["pk"].clone())
        .key("sk", stored["sk"].clone())
        .condition_expression("attribute_exists(pk)")
        .update_expression("SET #schema = :later")
        .expression_attribute_names("#schema", "schema")
        .expression_attribute_values(":later", AttributeValue::N("987654321".to_owned()));
    update.send().await.unwrap();
    let read = client.call(Call::get(&page).bearer(token)).await.unwrap();
    assert_eq!(read.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(read.problem(), "internal");
    assert!(!read.text().contains("987654321"), "{}", read.text());
}

#[tokio::test]
async fn without_the_table_every_write_says_to_come_again() {
    let (world, acme) = scene(86).await;
    let client = world.client();
    let token = acme.tokens.access.as_str();
    let register = json!({
        "tenantName": "Other", "subdomain": "other",
        "email": "owner@other.example", "password": "correct horse other",
    });
    let website = json!({ "name": "Two", "subdomain": "two" });
    let missing = format!(
        "/api/v1/websites/{}",
        WebsiteId::mint(world.storage().mint())
    );
    for (function, call) in [
        ("identity", Call::post("/api/v1/auth/register", &register)),
        (
            "websites",
            Call::post("/api/v1/websites", &website).bearer(token),
        ),
        ("websites", Call::get(missing).bearer(token)),
        ("tenants", Call::get("/api/v1/tenant/profile").bearer(token)),
    ] {
        world.faults.set(outage::of_calls(function));
        let answer = client.call(call).await.unwrap();
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{function}");
        assert_eq!(answer.problem(), "unavailable");
        assert!(!answer.header("retry-after").is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_after_a_refusal_is_no_answer() {
    let (world, acme) = scene(88).await;
    let permit = permit(&world, &acme);
    let change = || {
        let once = Once {
            digest: ContentHash::of(b"k"),
            fingerprint: ContentHash::of(b"a"),
        };
        let change = permit.change(Action::Update).once(Some(once), "made");
        change.event(events::Event::TenantUpdated {}).commit()
    };
    change().await.unwrap();
    world.faults.set(outage::of_operation("test", "GetItem"));
    let again = change().await;
    assert!(
        matches!(
            again,
            Err(CommitError::Storage(StorageError::Unavailable { .. }))
        ),
        "{again:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_forgotten_at_that_moment_is_no_mismatch() {
    let (world, acme) = scene(90).await;
    let change = || {
        let permit = permit(&world, &acme);
        async move {
            let once = Once {
                digest: ContentHash::of(b"k"),
                fingerprint: ContentHash::of(b"a"),
            };
            let change = permit.change(Action::Update).once(Some(once), "made");
            change.commit().await
        }
    };
    change().await.unwrap();
    let begin = |pause| world.faults.set(Arc::new(OfFunction::new("test", pause)));
    // The transaction is refused, and then the item is looked up.
    let looked_up = 1;
    let met = overtaken(looked_up, begin, change(), async {
        let life = SignedDuration::from_secs(IDEMPOTENCY_LIFE_S + 60);
        world.clock.advance(life);
        world.platform.settle().await.unwrap();
    });
    let met = met.await.unwrap();
    assert!(
        matches!(&met, Met::Both(Err(error), ()) if error.refused::<IdempotencyKey>()),
        "{met:?}"
    );
}

#[tokio::test]
async fn an_id_of_another_that_cannot_be_noticed_is_no_answer() {
    let (world, acme) = scene(89).await;
    let birch = world.settled_tenant("birch").await.unwrap();
    let context = world.member(&acme.tenant, Role::TenantAdmin).unwrap();
    world
        .faults
        .set(outage::of_operation("test", "TransactWriteItems"));
    let missed = context.missed(birch.tenant.as_str()).await;
    assert!(
        matches!(missed, Err(StorageError::Unavailable { .. })),
        "{missed:?}"
    );
    world.heal();
    context.missed(birch.tenant.as_str()).await.unwrap();
}

/// A record that nobody can write down.
#[derive(Debug, serde::Deserialize)]
struct Unwritable {}

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it cannot be written"))
    }
}

impl tenancy::Record for Unwritable {
    type Key = tenancy::keys::UsageKey;

    fn key(&self) -> Self::Key {
        tenancy::keys::UsageKey { what: "websites" }
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_written_down_stops_the_whole_change() {
    let (world, acme) = scene(90).await;
    let permit = permit(&world, &acme);
    let key = tenancy::keys::UsageKey { what: "websites" };
    let stored = permit.get::<Unwritable>(&key).await.unwrap().unwrap();
    let mark = world.platform.history().mark();
    for change in [
        permit.change(Action::Create).create(&Unwritable {}),
        permit
            .change(Action::Update)
            .update(&stored, &Unwritable {}),
    ] {
        let refused = change.event(events::Event::TenantUpdated {}).commit().await;
        assert!(
            matches!(
                refused,
                Err(CommitError::Storage(
                    StorageError::Malformed { .. } | StorageError::Unaudited(_)
                ))
            ),
            "{refused:?}"
        );
    }
    assert!(world.platform.history().since(mark).is_empty());
}

/// Tenants of which the list's filter lets none through.
const OTHERS: usize = 2_100;

/// Items that one batch takes.
const BATCH: usize = 25;

#[tokio::test]
async fn a_filtered_list_of_very_many_tenants_goes_on_page_by_page() {
    let (world, _) = scene(87).await;
    let operator = world.operator().await.unwrap();
    let table = aws_sdk_dynamodb::Client::new(&world.sdk());
    let all = table.scan().table_name(TABLE).send().await.unwrap();
    let listed = all
        .items()
        .iter()
        .find(|item| item["entity"] == AttributeValue::S("directory".to_owned()))
        .unwrap();
    let id = listed["id"].as_s().unwrap();
    for start in (0..=OTHERS).step_by(BATCH) {
        let puts = (start..=OTHERS).take(BATCH).map(|number| {
            let (name, mut item) = (format!("other{number:06}"), listed.clone());
            let mut set = |attribute: &str, text: String| {
                item.insert(attribute.to_owned(), AttributeValue::S(text));
            };
            set("sk", format!("TENANT#{name}#{id}"));
            set("name", name);
            if number == OTHERS {
                set("tier", "Enterprise".to_owned());
            }
            let put = PutRequest::builder().set_item(Some(item)).build();
            let write = WriteRequest::builder().put_request(put.unwrap());
            write.build()
        });
        let batch = table.batch_write_item();
        let batch = batch.request_items(TABLE, puts.collect::<Vec<_>>());
        batch.send().await.unwrap();
    }
    let client = world.client();
    let mut path = "/api/v1/admin/tenants?tier=Enterprise".to_owned();
    let mut pages = 0;
    let found = loop {
        let call = Call::get(&path).bearer(&operator);
        let list = client.call(call).await.unwrap();
        let list = list.expect(StatusCode::OK).unwrap();
        pages += 1;
        let items = list.json()["items"].as_array().unwrap().clone();
        if !items.is_empty() {
            break items;
        }
        let cursor = list.at("/nextCursor").unwrap();
        path = format!("/api/v1/admin/tenants?tier=Enterprise&cursor={cursor}");
    };
    assert_eq!((found.len(), pages), (1, 2));
    assert_eq!(found[0]["name"], format!("other{OTHERS:06}"));
}
