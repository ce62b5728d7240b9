//! Persons of tenants that are not made: whoever is in another tenant stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::StatusCode;
use serde_json::Value;
use tests::client::Call;
use tests::crash::try_each;
use tests::walkthrough::{Owner, sign_in};
use tests::world::World;

use crate::contents::{Contents, entity, items, text};
use crate::plans::{Plan, Refused, calls_of, overtaken};
use crate::world::{
    LAST_TRY, ask_for_tenant, assert_idle, deliver, end_of, held_messages, id_in, ready_world,
    set_receives, work,
};

/// Two registrations of one person, who is new to the platform with the first.
struct Both {
    world: World,
    owner: Owner,
    tenants: [String; 2],
    operations: [String; 2],
}

impl Both {
    async fn new() -> Self {
        let world = ready_world(72).await;
        let owner = Owner::named("first");
        let first = ask_for_tenant(&world, &owner).await;
        let again = Owner {
            subdomain: "second".to_owned(),
            ..owner.clone()
        };
        let second = ask_for_tenant(&world, &again).await;
        Self {
            tenants: [&first, &second].map(|answer| answer.at("/tenantId").unwrap()),
            operations: [&first, &second].map(id_in),
            world,
            owner,
        }
    }

    /// The first one's place in the bucket cannot be made.
    fn refused(&self) -> Refused {
        Refused::about("PutObject", &self.tenants[0])
    }

    /// The worker at work on a message.
    fn working(&self, payload: Value) -> impl Future<Output = ()> + Send + use<> + 'static {
        let world = self.world.clone();
        async move {
            work(&world, payload).await;
        }
    }

    /// Checks that the person is there as long as there is a tenant to be in.
    async fn assert_whole(&self, why: &str) {
        let [first, second] = [
            end_of(&self.world, &self.operations[0]).await,
            end_of(&self.world, &self.operations[1]).await,
        ];
        assert_eq!(first.status, "failed", "{why}");
        let items = items(&self.world).await;
        let count = |kind: &str| items.iter().filter(|item| entity(item) == kind).count();
        let expected = usize::from(second.status == "succeeded");
        for kind in [
            "person",
            "personByEmail",
            "personTenant",
            "membership",
            "tenant",
        ] {
            assert_eq!(count(kind), expected, "{why}: {kind}, {second:?}");
        }
        if second.status == "failed" {
            assert!(
                second.reason.starts_with("person_gone: "),
                "{why}: {second:?}"
            );
        } else {
            sign_in(&self.world.client(), &self.owner).await.unwrap();
        }
        assert_idle(&self.world, why).await;
    }
}

#[tokio::test]
async fn a_person_who_joined_another_tenant_stays() {
    let both = Both::new().await;
    Plan::refusing(both.refused()).begin(&both.world);
    deliver(&both.world).await;
    both.world.heal();
    let second = end_of(&both.world, &both.operations[1]).await;
    assert_eq!(second.status, "succeeded");
    both.assert_whole("the other was made first").await;
}

#[tokio::test]
async fn a_person_who_was_there_before_stays() {
    let world = ready_world(73).await;
    let owner = Owner::named("first");
    ask_for_tenant(&world, &owner).await;
    deliver(&world).await;
    let before = Contents::of(&world).await;
    let again = Owner {
        subdomain: "second".to_owned(),
        ..owner.clone()
    };
    let second = ask_for_tenant(&world, &again).await;
    Plan::refusing(Refused::any("PutObject")).begin(&world);
    deliver(&world).await;
    assert_eq!(end_of(&world, &id_in(&second)).await.status, "failed");
    let after = Contents::of(&world).await;
    // To have been a member, if only for a while, is a change of the person; and to have proved who one is, is
    // remembered.
    let others = ["person ", "rate ", "knownNetwork "];
    let still = |line: &String| !others.iter().any(|other| line.starts_with(other));
    let [mut after, mut before] = [after, before];
    assert_eq!(after.count("person"), 1);
    after.things.retain(still);
    before.things.retain(still);
    after.assert_same(&before, "the second was given up");
    let client = world.client();
    let token = sign_in(&client, &owner).await.unwrap().access;
    let tenant = client.call(Call::get("/api/v1/tenant/profile").bearer(&token));
    tenant.await.unwrap().expect(StatusCode::OK).unwrap();
}

/// Returns the invocation with the messages of one tenant alone.
fn only(payload: &Value, tenant: &str) -> Value {
    let mut payload = payload.clone();
    let records = payload["Records"].as_array_mut().unwrap();
    records.retain(|record| record["body"].as_str().unwrap().contains(tenant));
    assert_eq!(records.len(), 1);
    payload
}

/// Two registrations with the messages about each, the first one's for the last time that it can be
/// made at.
async fn last_chance_of_first() -> (Both, Value, Value) {
    let both = Both::new().await;
    let payload = held_messages(&both.world).await;
    let mut first = only(&payload, &both.tenants[0]);
    let second = only(&payload, &both.tenants[1]);
    set_receives(&mut first, LAST_TRY);
    (both, first, second)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_joins_while_forgotten_stays_or_neither_tenant_is_made() {
    let (joined, gone) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (both, first, _) = last_chance_of_first().await;
    let calls = calls_of(&both.world, Some(both.refused()), both.working(first)).await;
    // One call of them all lies between what is read and what is written.
    try_each(0..calls, |place| {
        let (joined, gone) = (Arc::clone(&joined), Arc::clone(&gone));
        async move {
            let (both, first, second) = last_chance_of_first().await;
            let (first, second) = (both.working(first), both.working(second));
            overtaken(&both.world, place, Some(both.refused()), first, second).await;
            deliver(&both.world).await;
            let end = end_of(&both.world, &both.operations[1]).await;
            let seen = if end.status == "succeeded" {
                joined
            } else {
                gone
            };
            seen.fetch_add(1, Ordering::SeqCst);
            both.assert_whole(&format!("overtaken at call {place}"))
                .await;
        }
    })
    .await;
    let seen = (joined.load(Ordering::SeqCst), gone.load(Ordering::SeqCst));
    assert!(seen.0 > 0 && seen.1 > 0, "both ends were seen: {seen:?}");
}

#[tokio::test]
async fn the_person_of_both_is_one() {
    let both = Both::new().await;
    deliver(&both.world).await;
    let items = items(&both.world).await;
    let members = items.iter().filter(|item| entity(item) == "membership");
    let persons: Vec<&str> = members.map(|item| text(item, "personId")).collect();
    assert_eq!(persons.len(), 2);
    assert_eq!(persons[0], persons[1]);
}
