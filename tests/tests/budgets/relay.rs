//! What it costs to send what happened: by the kind of event, by the size of the batch, and to sweep.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use events::{CacheTag, Envelope, Event};
use jiff::SignedDuration;
use kernel::{
    ApiKeyId, EventId, InvitationId, OperationId, PageId, PersonId, ReleaseId, TenantId, WebsiteId,
};
use serde_json::{Value, json};
use tenancy::audit::Action;
use tenancy::permission::Provision;
use tests::world::{TABLE, World};

use crate::file::hold;
use crate::ledger::Ledger;

/// Records that the stream hands over at once, at most.
const RECORDS_MAX: u64 = 100;

/// Longer than an event waits before it is swept up.
const PATIENCE: SignedDuration = SignedDuration::from_secs(121);

/// One event of each kind.
pub(crate) fn every_event(world: &World) -> Vec<Event> {
    let storage = world.storage();
    let mint = storage.mint();
    let operation_id = OperationId::mint(mint);
    let person_id = PersonId::mint(mint);
    let api_key_id = ApiKeyId::mint(mint);
    let website_id = WebsiteId::mint(mint);
    let mut events = vec![
        Event::TenantRegistered { operation_id },
        Event::TenantProvisioned { operation_id },
        Event::TenantStatusChanged {
            from: "Active".to_owned(),
            to: "Suspended".to_owned(),
        },
        Event::TenantUpdated {},
        Event::SuspensionNotified { person_id },
        Event::SuspensionAppealed { person_id },
        Event::MemberInvited {
            invitation_id: InvitationId::mint(mint),
            number: 1,
        },
        Event::MembershipBegan { person_id },
        Event::MembershipChanged { person_id },
        Event::MembershipEnded { person_id },
        Event::RolesChanged {},
        Event::ApiKeyCreated { api_key_id },
        Event::ApiKeyChanged { api_key_id },
        Event::ApiKeyDeleted { api_key_id },
        Event::VerificationRequested { person_id },
        Event::PasswordResetRequested {
            person_id: Some(person_id),
        },
    ];
    events.extend(of_websites(world, website_id, operation_id));
    events.extend([
        Event::CrossTenantAttempted {
            resource_id: website_id.to_string(),
        },
        Event::AccessDenied {
            operation: "write a transaction".to_owned(),
        },
        Event::TrailRead { is_export: true },
        Event::TrailBroken {
            flaw: "altered".to_owned(),
            entry: None,
            seal: Some(1),
        },
    ]);
    let places: Vec<usize> = events.iter().map(place).collect();
    let expected: Vec<usize> = (0..events.len()).collect();
    assert_eq!(places, expected);
    events
}

fn of_websites(world: &World, website_id: WebsiteId, operation_id: OperationId) -> Vec<Event> {
    let storage = world.storage();
    let page_id = PageId::mint(storage.mint());
    vec![
        Event::WebsiteRequested {
            website_id,
            operation_id,
        },
        Event::WebsiteProvisioned { website_id },
        Event::WebsiteUpdated { website_id },
        Event::WebsiteDeleted { website_id },
        Event::PageCreated {
            website_id,
            page_id,
        },
        Event::PageUpdated {
            website_id,
            page_id,
        },
        Event::PageDeleted {
            website_id,
            page_id,
        },
        Event::ReleaseActivated {
            website_id,
            release_id: ReleaseId::mint(storage.mint()),
            purge: ["/about", "/sitemap.xml"]
                .map(|path| CacheTag::page(website_id, path))
                .to_vec(),
        },
    ]
}

/// Returns the place of an event's kind among all: a new kind does not compile without one.
fn place(event: &Event) -> usize {
    match event {
        Event::TenantRegistered { .. } => 0,
        Event::TenantProvisioned { .. } => 1,
        Event::TenantStatusChanged { .. } => 2,
        Event::TenantUpdated {} => 3,
        Event::SuspensionNotified { .. } => 4,
        Event::SuspensionAppealed { .. } => 5,
        Event::MemberInvited { .. } => 6,
        Event::MembershipBegan { .. } => 7,
        Event::MembershipChanged { .. } => 8,
        Event::MembershipEnded { .. } => 9,
        Event::RolesChanged {} => 10,
        Event::ApiKeyCreated { .. } => 11,
        Event::ApiKeyChanged { .. } => 12,
        Event::ApiKeyDeleted { .. } => 13,
        Event::VerificationRequested { .. } => 14,
        Event::PasswordResetRequested { .. } => 15,
        Event::WebsiteRequested { .. } => 16,
        Event::WebsiteProvisioned { .. } => 17,
        Event::WebsiteUpdated { .. } => 18,
        Event::WebsiteDeleted { .. } => 19,
        Event::PageCreated { .. } => 20,
        Event::PageUpdated { .. } => 21,
        Event::PageDeleted { .. } => 22,
        Event::ReleaseActivated { .. } => 23,
        Event::CrossTenantAttempted { .. } => 24,
        Event::AccessDenied { .. } => 25,
        Event::TrailRead { .. } => 26,
        Event::TrailBroken { .. } => 27,
    }
}

/// Wraps an event of a tenant as it travels.
pub(crate) fn envelope(world: &World, tenant: TenantId, event: Event) -> Envelope {
    // Ids that are made at another time are other ones.
    world.clock.advance(SignedDuration::from_millis(1));
    let storage = world.storage();
    Envelope {
        id: EventId::mint(storage.mint()),
        tenant_id: tenant,
        occurred_at: storage.now(),
        request_id: "JKJaXmPLvHcESHA=".to_owned(),
        event,
    }
}

/// A platform on which events happen, and nothing is delivered unless it is measured.
struct Outbox {
    world: World,
    tenant: TenantId,
}

impl Outbox {
    #[expect(
        clippy::disallowed_methods,
        reason = "the shortest way to a context in which an event can happen"
    )]
    async fn put(&self, event: Event) {
        let storage = self.world.storage();
        let cause = envelope(&self.world, self.tenant, Event::TenantUpdated {});
        let permit = storage.resume("test", &cause);
        let permit = permit.permit::<Provision>().unwrap();
        let change = permit.change(Action::Update).event(event);
        change.commit().await.unwrap();
    }

    /// Returns the stream's records of what waits in the outbox.
    async fn records(&self) -> Vec<Value> {
        let waiting = self.waiting().await;
        let table = self.world.platform.services().table();
        let mut records = table.stream_records(TABLE, None, 1_000).await.unwrap();
        records.retain(|record| {
            let sort = record["dynamodb"]["NewImage"]["sk"]["S"].as_str();
            record["eventName"] == "INSERT" && sort.is_some_and(|sort| waiting.contains_key(sort))
        });
        records
    }

    async fn waiting(&self) -> BTreeMap<String, String> {
        let client = aws_sdk_dynamodb::Client::new(&self.world.sdk());
        let found = client.scan().table_name(TABLE).send().await.unwrap();
        let text = |value: &AttributeValue| value.as_s().unwrap().clone();
        found
            .items()
            .iter()
            .filter(|item| item.get("entity") == Some(&AttributeValue::S("outbox".to_owned())))
            .map(|item| (text(&item["sk"]), text(&item["pk"])))
            .collect()
    }

    /// Measures the relay with what waits.
    async fn relay(&self, ledger: &mut Ledger, what: &str, state: &'static str) {
        let payload = json!({ "Records": self.records().await });
        ledger.invoke(&self.world, what, state, payload).await;
        assert!(self.waiting().await.is_empty(), "{what}");
    }
}

/// Threat D15: every kind of message has its ceilings, and one more call or unit fails.
#[tokio::test]
async fn relaying_costs_what_is_written_down() {
    let world = World::new(112).await.unwrap();
    let outbox = Outbox {
        tenant: TenantId::mint(world.storage().mint()),
        world: world.clone(),
    };
    let mut ledger = Ledger::of("relay");
    ledger.start(&world).await;
    for event in every_event(&world) {
        for state in ["cold", "warm"] {
            outbox.put(event.clone()).await;
            outbox.relay(&mut ledger, event.kind(), state).await;
        }
    }
    let is_activated = |event: &Event| matches!(event, Event::ReleaseActivated { .. });
    let activated = every_event(&world).into_iter().find(is_activated).unwrap();
    for _ in 0..RECORDS_MAX {
        outbox.put(activated.clone()).await;
    }
    let what = "ReleaseActivated, a batch of 100";
    outbox.relay(&mut ledger, what, "warm").await;
    sweep(&outbox, &mut ledger, &activated).await;
    hold("relay", &ledger.lines);
}

async fn sweep(outbox: &Outbox, ledger: &mut Ledger, event: &Event) {
    let world = &outbox.world;
    let payload = json!({ "kind": "sweep" });
    for state in ["cold", "warm"] {
        let what = "a sweep that finds nothing";
        let swept = ledger.invoke(world, what, state, payload.clone()).await;
        assert_eq!(swept, json!({ "sent": 0 }));
        world.clock.advance(SignedDuration::from_mins(1));
    }
    outbox.put(event.clone()).await;
    world.clock.advance(PATIENCE);
    let what = "a sweep that finds one event";
    let swept = ledger.invoke(world, what, "warm", payload).await;
    assert_eq!(swept, json!({ "sent": 1 }));
}
