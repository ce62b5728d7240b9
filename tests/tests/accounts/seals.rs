//! Seals: what a trail said, hour by hour, and what is found where it says something else now.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use aws_sdk_dynamodb::types::AttributeValue;
use kernel::limits::{AUDIT_LONG_LIFE_S, SEAL_DELAY_S, SEAL_ENTRIES_MAX, SEAL_EVERY_S};
use serde_json::{Value, json};
use tenancy::permission::ManageTenant;
use tenancy::{Action, Role};
use tests::client::{Answer, Call, assert_refused, pointers};
use tests::world::{ANCHORS, Settled, TABLE, World};

mod out_of_place;
mod tampering;
mod writers;

const VERIFY: &str = "/api/v1/tenant/audit/verify";
const PROFILE: &str = "/api/v1/tenant/profile";

/// After so long, all that was done is sealed.
const SEALED_S: i64 = SEAL_EVERY_S + SEAL_DELAY_S + 60;

type Item = HashMap<String, AttributeValue>;

/// A platform with one tenant.
struct Scene {
    world: World,
    acme: Settled,
}

impl Scene {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        let acme = world.settled_tenant("acme").await.unwrap();
        Self { world, acme }
    }

    async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    /// Signs in anew: hours pass here.
    async fn token(&self) -> String {
        let client = self.world.client();
        let tokens = tests::walkthrough::sign_in(&client, &self.acme.owner).await;
        tokens.unwrap().access
    }

    /// Does something `times` times of which the trail tells.
    async fn describe(&self, times: usize) {
        let token = self.token().await;
        for number in 0..times {
            let read = self.call(Call::get(PROFILE).bearer(&token)).await;
            let body = json!({"name": "acme", "description": format!("Number {number}.")});
            let call = Call::put(PROFILE, &body).if_match(read.header("etag"));
            let written = self.call(call.bearer(&token)).await;
            assert_eq!(written.status, 200, "{}", written.text());
        }
    }

    /// Verifies one part of the trail.
    async fn verify_at(&self, path: &str, token: &str) -> Value {
        let answer = self.call(Call::get(path).bearer(token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Verifies the whole trail, and returns the sums over its parts with what was broken first.
    async fn verify(&self) -> Verdict {
        self.verify_with(&self.token().await).await
    }

    async fn verify_with(&self, token: &str) -> Verdict {
        let mut verdict = Verdict::default();
        let mut path = VERIFY.to_owned();
        loop {
            let part = self.verify_at(&path, token).await;
            verdict.add(&part);
            let Some(cursor) = part["nextCursor"].as_str() else {
                return verdict;
            };
            path = format!("{VERIFY}?cursor={cursor}");
        }
    }

    /// Returns the items of the tenant's trail, in order.
    async fn entries(&self) -> Vec<Item> {
        let query = self.table().query().table_name(TABLE);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(
                ":pk",
                AttributeValue::S(format!("T#{}#AUDIT", self.acme.tenant)),
            );
        let items = query.into_paginator().items().send();
        items.collect::<Result<_, _>>().await.unwrap()
    }

    fn table(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.world.sdk())
    }

    async fn put(&self, item: &Item) {
        let put = self.table().put_item().table_name(TABLE);
        put.set_item(Some(item.clone())).send().await.unwrap();
    }

    async fn delete(&self, item: &Item) {
        let mut delete = self.table().delete_item().table_name(TABLE);
        for name in ["pk", "sk"] {
            delete = delete.key(name, item[name].clone());
        }
        delete.send().await.unwrap();
    }

    /// Returns the files of the tenant's seals, in order.
    fn seals(&self) -> Vec<PathBuf> {
        let buckets = self.world.platform.services().buckets().folder();
        let folder = buckets
            .join(ANCHORS)
            .join(format!("tenant-{}/seals", self.acme.tenant));
        let files = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort_unstable();
        files
    }

    /// Has the bucket forget the checksums of its objects, as whoever lays hands on them would.
    fn forget_checksums(&self) {
        for file in std::fs::read_dir(self.world.platform.services().buckets().folder()).unwrap() {
            let path = file.unwrap().path();
            if path.to_str().unwrap().ends_with(".internal.json") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
}

/// What came of verifying a trail.
#[derive(Debug, Default)]
struct Verdict {
    broken: u64,
    first: Option<Value>,
    sums: BTreeMap<&'static str, u64>,
}

impl Verdict {
    fn add(&mut self, part: &Value) {
        let broken = part["broken"].as_u64().unwrap();
        assert_eq!(part["isIntact"], broken == 0, "{part}");
        assert_eq!(part["firstBroken"].is_object(), broken > 0, "{part}");
        self.broken += broken;
        if broken > 0 && self.first.is_none() {
            self.first = Some(part["firstBroken"].clone());
        }
        for name in ["seals", "entries", "expired", "unsealed"] {
            *self.sums.entry(name).or_default() += part[name].as_u64().unwrap();
        }
    }

    fn assert_intact(&self) {
        assert_eq!(self.broken, 0, "{self:?}");
    }

    fn flaw(&self) -> &str {
        self.first
            .as_ref()
            .map_or("none", |first| first["flaw"].as_str().unwrap())
    }
}

fn id_of(entry: &Item) -> &str {
    entry["id"].as_s().unwrap()
}

/// Threat E1: what was sealed is compared with what there is, and the first difference is named.
#[tokio::test]
async fn a_trail_is_sealed_every_hour_and_held_against_its_seals() {
    let scene = Scene::new(700).await;
    scene.describe(3).await;
    let young = scene.verify().await;
    young.assert_intact();
    assert_eq!(young.sums["seals"], 0);
    assert_eq!(young.sums["unsealed"], young.sums["entries"]);
    let mut sealed = 0;
    for hour in 1..=3 {
        scene.world.advance(SEALED_S).await.unwrap();
        let verdict = scene.verify().await;
        verdict.assert_intact();
        // The sign-in for this is not old enough.
        assert!(verdict.sums["unsealed"] <= 1, "{verdict:?}");
        assert_eq!(verdict.sums["seals"], hour, "{verdict:?}");
        let entries = verdict.sums["entries"] - verdict.sums["unsealed"];
        assert!(entries > sealed, "{verdict:?}");
        sealed = entries;
        scene.describe(2).await;
    }
    let entries = scene.entries().await;
    scene.delete(&entries[1]).await;
    let verdict = scene.verify().await;
    assert_eq!(verdict.broken, 1);
    let expected = json!({
        "flaw": "removed",
        "entryId": id_of(&entries[1]),
        "at": entries[1]["at"].as_s().unwrap(),
        "seal": 1,
    });
    assert_eq!(verdict.first, Some(expected));
}

/// What is not sealed yet is held together by the chain of each item: a gap in it is found, and a fork.
#[tokio::test]
async fn what_is_not_sealed_yet_is_held_together_by_its_chain() {
    let scene = Scene::new(706).await;
    for _ in 0..4 {
        scene.describe(1).await;
        scene
            .world
            .clock
            .advance(jiff::SignedDuration::from_secs(1));
    }
    scene.verify().await.assert_intact();
    let mut entries = scene.entries().await;
    entries.retain(|entry| entry["resource"].as_s().unwrap() == "TENANT TENANT");
    let [.., second, third, fourth] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    scene.delete(second).await;
    let gap = scene.verify().await;
    let unchained = |entry| json!({ "flaw": "unchained", "entryId": id_of(entry), "at": entry["at"].as_s().unwrap() });
    assert_eq!(gap.first, Some(unchained(third)));
    scene.put(second).await;
    scene.verify().await.assert_intact();
    // Another one that follows the one which the third follows.
    let mut fork = fourth.clone();
    for name in ["previous", "subjectVersion"] {
        fork.insert(name.to_owned(), third[name].clone());
    }
    scene.put(&fork).await;
    let forked = scene.verify().await;
    assert_eq!(forked.first, Some(unchained(third)));
}

/// An entry whose time is over is gone, and nothing is wrong with that.
#[tokio::test]
async fn an_entry_that_is_kept_no_longer_is_not_missed() {
    let scene = Scene::new(701).await;
    scene.describe(1).await;
    scene.world.advance(SEALED_S).await.unwrap();
    let before = scene.verify().await;
    before.assert_intact();
    let entries = scene.entries().await;
    scene.delete(&entries[0]).await;
    assert_eq!(scene.verify().await.flaw(), "removed");
    scene
        .world
        .clock
        .advance(jiff::SignedDuration::from_secs(AUDIT_LONG_LIFE_S + 60));
    // Nobody sealed anything in all that time, which is found; that the entry is gone is not.
    let after = scene.verify().await;
    assert_eq!(after.flaw(), "untimely", "{after:?}");
    assert_eq!(after.sums["expired"], 1, "{after:?}");
}

/// A trail of more entries than fit into a seal has many, and is verified in parts.
#[tokio::test]
async fn a_long_trail_has_more_seals_than_one_and_is_verified_in_parts() {
    let scene = Scene::new(702).await;
    let context = scene
        .world
        .member(&scene.acme.tenant, Role::TenantAdmin)
        .unwrap();
    let permit = context.permit::<ManageTenant>().unwrap();
    let mut written = 0;
    while written < 2 * SEAL_ENTRIES_MAX + 300 {
        let mut change = permit.change(Action::Update);
        for number in 0..90 {
            change = change.note("page", number);
        }
        change.commit().await.unwrap();
        written += 90;
    }
    scene.world.advance(SEALED_S).await.unwrap();
    let whole = scene.verify().await;
    whole.assert_intact();
    assert_eq!(whole.sums["seals"], 3, "{whole:?}");
    assert!(whole.sums["entries"] > u64::try_from(written).unwrap());
    let token = scene.token().await;
    let part = scene.verify_at(VERIFY, &token).await;
    assert!(part["nextCursor"].is_string(), "{part}");
    let entries = scene.entries().await;
    let near_the_end = &entries[entries.len() - 20];
    scene.delete(near_the_end).await;
    let part = scene.verify_at(VERIFY, &token).await;
    assert_eq!(part["isIntact"], true, "the first part has nothing of it");
    assert_eq!(
        scene.verify().await.first.unwrap()["entryId"],
        id_of(near_the_end)
    );
}

/// Operators verify any trail, the platform's own too; a tenant's admins only their own.
#[tokio::test]
async fn operators_verify_every_trail() {
    let scene = Scene::new(703).await;
    scene.world.operator().await.unwrap();
    scene.world.advance(SEALED_S).await.unwrap();
    let operator = scene.world.operator().await.unwrap();
    let of = |id: &str| format!("/api/v1/admin/audit/verify?tenantId={id}");
    for id in [&*scene.acme.tenant, "platform"] {
        let answer = scene.call(Call::get(of(id)).bearer(&operator)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let part = answer.json();
        assert_eq!(part["isIntact"], true, "{part}");
        assert_eq!(part["seals"], 1, "{id}: {part}");
    }
    let admin = scene.token().await;
    let refused = scene
        .call(Call::get(of(&scene.acme.tenant)).bearer(&admin))
        .await;
    assert_refused(&refused, 403, "forbidden");
    for (query, place) in [
        ("", "query:tenantId"),
        ("?tenantId=nobody", "query:tenantId"),
        ("?tenantId=platform&limit=1", "query:limit"),
    ] {
        let path = format!("/api/v1/admin/audit/verify{query}");
        let refused = scene.call(Call::get(path).bearer(&operator)).await;
        assert_eq!(pointers(&refused), [place], "{query}");
    }
}

/// A seal stands as it was written: it is neither replaced nor deleted.
#[tokio::test]
async fn a_seal_is_never_replaced_or_deleted() {
    let scene = Scene::new(704).await;
    scene.world.advance(SEALED_S).await.unwrap();
    let seal = scene.seals().remove(0);
    let before = std::fs::read(&seal).unwrap();
    let name = seal.file_name().unwrap().to_str().unwrap();
    let key = format!("tenant-{}/seals/{name}", scene.acme.tenant);
    let client = aws_sdk_s3::Client::new(&scene.world.sdk());
    let put = client.put_object().bucket(ANCHORS).key(&key);
    put.body(b"{}".to_vec().into()).send().await.unwrap_err();
    let delete = client.delete_object().bucket(ANCHORS).key(&key);
    delete.send().await.unwrap_err();
    assert_eq!(std::fs::read(&seal).unwrap(), before);
    let put = client.put_object().bucket(ANCHORS).key("tenant-x/new");
    put.body(b"{}".to_vec().into()).send().await.unwrap();
}
