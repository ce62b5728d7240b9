//! What stands in a trail where no entry can be, what is said of its seals in the table, and what nobody has to ask for
//! to be told.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use kernel::Clock;
use kernel::limits::{SEAL_DELAY_S, SEAL_ENTRIES_MAX, SEAL_EVERY_S};
use serde_json::json;
use tenancy::permission::ManageTenant;
use tenancy::{Action, Role};
use tests::client::Call;
use tests::world::TABLE;

use super::{Item, SEALED_S, Scene, id_of};

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

impl Scene {
    /// Returns the table's note of the newest seal.
    async fn head(&self) -> Item {
        let get = self.table().get_item().table_name(TABLE);
        let pk = format!("T#{}#SEALS", self.acme.tenant);
        let get = get.key("pk", text(&pk)).key("sk", text("HEAD"));
        get.send().await.unwrap().item.unwrap()
    }

    /// Writes many entries that are about nothing that has versions.
    async fn note(&self, least: usize) {
        let role = Role::TenantAdmin;
        let context = self.world.member(&self.acme.tenant, role).unwrap();
        let permit = context.permit::<ManageTenant>().unwrap();
        for _ in 0..least.div_ceil(90) {
            let mut change = permit.change(Action::Update);
            for number in 0..90 {
                change = change.note("page", number);
            }
            change.commit().await.unwrap();
        }
    }

    /// Returns how often the trail itself says that it is not what it was.
    async fn said_broken(&self) -> usize {
        let entries = self.entries().await;
        let says = |entry: &&Item| entry["action"] == text(Action::TrailBroken.name());
        entries.iter().filter(says).count()
    }
}

/// Whatever stands in a trail and is no entry of its place and time is found, before it is sealed and after.
#[tokio::test]
async fn what_is_no_entry_is_found_wherever_it_stands() {
    let scene = Scene::new(720).await;
    scene.describe(2).await;
    let ahead = scene.world.clock.now() + SignedDuration::from_hours(2);
    let ahead = kernel::AuditId::least_at(ahead).to_string();
    let entry = scene.entries().await.remove(1);
    let id = id_of(&entry).to_owned();
    let v4 = format!("{}4{}", &id[..14], &id[15..]);
    for is_sealed in [false, true] {
        if is_sealed {
            scene.world.advance(SEALED_S).await.unwrap();
        }
        scene.verify().await.assert_intact();
        for place in ["ENTRY#!", "ENTRY#", "ENTRY#zzz", &format!("ENTRY#{v4}")] {
            let mut stray = entry.clone();
            stray.insert("sk".to_owned(), text(place));
            scene.put(&stray).await;
            let verdict = scene.verify().await;
            assert_eq!(verdict.broken, 1, "{place}: {verdict:?}");
            assert!(
                ["altered", "added"].contains(&verdict.flaw()),
                "{verdict:?}"
            );
            scene.delete(&stray).await;
        }
        // It says another time than its id, and the id a time that is not yet.
        let mut untimely = entry.clone();
        untimely.insert("id".to_owned(), text(&ahead));
        untimely.insert("sk".to_owned(), text(&format!("ENTRY#{ahead}")));
        for (at, flaw) in [
            (entry["at"].clone(), "altered"),
            (at_of(&ahead), "untimely"),
        ] {
            untimely.insert("at".to_owned(), at);
            scene.put(&untimely).await;
            let verdict = scene.verify().await;
            assert_eq!((verdict.broken, verdict.flaw()), (1, flaw), "{verdict:?}");
        }
        scene.delete(&untimely).await;
    }
}

fn at_of(id: &str) -> AttributeValue {
    let id: kernel::AuditId = id.parse().unwrap();
    text(&id.made_at().to_string())
}

/// What is no entry keeps none from being sealed.
#[tokio::test]
async fn a_trail_is_sealed_past_what_is_none() {
    let scene = Scene::new(721).await;
    scene.describe(1).await;
    let entry = scene.entries().await.remove(0);
    for number in 0..=SEAL_ENTRIES_MAX {
        let mut stray = entry.clone();
        stray.insert("sk".to_owned(), text(&format!("ENTRY#!{number}")));
        scene.put(&stray).await;
    }
    scene.world.advance(SEALED_S).await.unwrap();
    let verdict = scene.verify().await;
    assert!(verdict.sums["seals"] >= 1, "{verdict:?}");
    assert!(verdict.sums["unsealed"] <= 2, "{verdict:?}");
    assert!(verdict.broken > 0);
    assert_eq!(scene.said_broken().await, 1);
}

/// Who writes to the table cannot have a trail sealed no more, and nobody hear of it.
#[tokio::test]
async fn a_trail_that_is_sealed_no_more_is_found() {
    let scene = Scene::new(722).await;
    scene.world.advance(SEALED_S).await.unwrap();
    let (before, year) = (scene.head().await, SignedDuration::from_hours(24 * 365));
    let later = kernel::AuditId::least_at(scene.world.clock.now() + year);
    let mut ahead = before.clone();
    ahead.insert("through".to_owned(), text(&later.to_string()));
    scene.put(&ahead).await;
    let verdict = scene.verify().await;
    assert_eq!(verdict.flaw(), "seal-altered");
    scene.world.advance(SEAL_EVERY_S).await.unwrap();
    assert!(scene.said_broken().await > 0, "the sealer says so itself");

    let scene = Scene::new(723).await;
    scene.world.advance(SEALED_S).await.unwrap();
    let listed = scene.table().query().table_name(TABLE);
    let listed = listed
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text("DIRECTORY"));
    for item in listed.send().await.unwrap().items.unwrap() {
        scene.delete(&item).await;
    }
    scene.describe(1).await;
    let until = 3 * SEAL_EVERY_S + SEAL_DELAY_S;
    scene.world.advance(until).await.unwrap();
    scene.verify().await.assert_intact();
    scene.world.advance(60).await.unwrap();
    assert_eq!(scene.verify().await.flaw(), "untimely");
}

/// What was sealed is looked at again where a seal is written: nobody has to ask.
#[tokio::test]
async fn what_was_sealed_is_looked_at_again() {
    let scene = Scene::new(724).await;
    for _ in 0..3 {
        scene.describe(2).await;
        scene.world.advance(SEALED_S).await.unwrap();
    }
    assert_eq!(scene.said_broken().await, 0);
    let entries = scene.entries().await;
    scene.delete(&entries[1]).await;
    for _ in 0..4 {
        scene.describe(1).await;
        scene.world.advance(SEAL_EVERY_S).await.unwrap();
    }
    assert!(scene.said_broken().await > 0);
}

/// However much is not sealed yet, all of it is looked at.
#[tokio::test]
async fn much_that_is_not_sealed_is_verified_in_parts() {
    let scene = Scene::new(725).await;
    scene.note(2 * SEAL_ENTRIES_MAX + 300).await;
    let whole = scene.verify().await;
    whole.assert_intact();
    let entries = scene.entries().await;
    let count = u64::try_from(entries.len()).unwrap();
    // Each part signs in first, or none does.
    assert!(whole.sums["unsealed"] >= count - 1, "{whole:?} of {count}");
    let mut last = entries.last().unwrap().clone();
    last.insert("more".to_owned(), text("x"));
    scene.put(&last).await;
    let altered =
        json!({ "flaw": "altered", "entryId": id_of(&last), "at": last["at"].as_s().unwrap() });
    assert_eq!(scene.verify().await.first, Some(altered));
}

/// An operator who looks for what is not there has read the trail all the same.
#[tokio::test]
async fn an_operator_who_finds_nothing_has_read_all_the_same() {
    let scene = Scene::new(726).await;
    scene.note(SEAL_ENTRIES_MAX + 100).await;
    let operator = scene.world.operator().await.unwrap();
    let tenant = &scene.acme.tenant;
    let path = format!("/api/v1/admin/audit?tenantId={tenant}&action=restore&limit=1");
    let page = scene.call(Call::get(path).bearer(&operator)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.json()["nextCursor"].is_string(), "{}", page.text());
    let entries = scene.entries().await;
    let reads = |entry: &&Item| entry["action"] == text(Action::ReadSensitive.name());
    assert_eq!(entries.iter().filter(reads).count(), 1);
}
