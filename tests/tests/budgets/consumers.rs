//! What it costs to deal with a message, by its kind: provisioning, and the network's purges.

use std::sync::Arc;

use events::{Consumer, Envelope, Event};
use kernel::TenantId;
use kernel::limits::RECEIVES_MAX;
use local::fault::{Call as StoreCall, Fault, Faults};
use serde_json::{Value, json};
use tenancy::Role;
use tests::client::Call;
use tests::walkthrough::{Owner, invite};

use crate::file::hold;
use crate::ledger::Ledger;
use crate::relay::{envelope, every_event};
use crate::scene::Scene;

/// Receives after which provisioning gives up and takes back what it did.
const PATIENCE: u32 = RECEIVES_MAX - 1;

/// The last step of making something is refused, once for each attempt.
#[derive(Debug)]
struct LastStepRefused(&'static str);

impl Faults for LastStepRefused {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        let is_last = String::from_utf8_lossy(call.body).contains(self.0);
        if call.operation == "TransactWriteItems" && is_last {
            Fault::ServerError
        } else {
            Fault::None
        }
    }
}

/// Makes the invocation with a message for each envelope.
fn batch(consumer: Consumer, envelopes: &[Envelope], receives: u32) -> Value {
    let recorded = include_str!("../../../events/edge/release-activated.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let records = envelopes.iter().map(|envelope| {
        let mut record = recorded["Records"][0].clone();
        record["messageId"] = json!(envelope.id);
        record["body"] = json!(serde_json::to_string(envelope).unwrap());
        record["attributes"]["MessageGroupId"] = json!(envelope.tenant_id);
        record["attributes"]["ApproximateReceiveCount"] = json!(receives.to_string());
        let queue = record["eventSourceARN"].as_str().unwrap();
        let queue = queue.replace("Edge", &capitalised(consumer.name()));
        record["eventSourceARN"] = json!(queue);
        record
    });
    json!({ "Records": records.collect::<Vec<Value>>() })
}

fn capitalised(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

/// Asks for a tenant and returns the message that is about it.
async fn registered(scene: &Scene) -> Envelope {
    let owner = Owner::named(&scene.name());
    let asked = scene.done(owner.registration()).await;
    let tenant = asked.at("/tenantId").unwrap().parse().unwrap();
    let operation_id = asked.at("/operation/id").unwrap().parse().unwrap();
    envelope(
        &scene.world,
        tenant,
        Event::TenantRegistered { operation_id },
    )
}

/// Asks for a website and returns the message that is about it.
async fn requested(scene: &Scene) -> Envelope {
    let asked = scene.done(scene.new_website()).await;
    let tenant = scene.acme.tenant.parse().unwrap();
    let event = Event::WebsiteRequested {
        website_id: asked.at("/id").unwrap().parse().unwrap(),
        operation_id: asked.at("/operation/id").unwrap().parse().unwrap(),
    };
    envelope(&scene.world, tenant, event)
}

/// Measures a message of provisioning: cold, warm, come again, and given up at its last step.
async fn provision(
    scene: &Scene,
    ledger: &mut Ledger,
    last: &'static str,
    ask: impl AsyncFn() -> Envelope,
) {
    let mut what = "";
    let none = json!({ "batchItemFailures": [] });
    let mut payload = Value::Null;
    for state in ["cold", "warm"] {
        let message = ask().await;
        what = message.event.kind();
        payload = batch(Consumer::Provisioning, &[message], 1);
        let answer = ledger.invoke(&scene.world, what, state, payload.clone());
        assert_eq!(answer.await, none, "{what}");
    }
    let again = format!("{what}, come again");
    let answer = ledger.invoke(&scene.world, &again, "warm", payload);
    assert_eq!(answer.await, none, "{again}");
    let message = ask().await;
    let payload = batch(Consumer::Provisioning, &[message], PATIENCE);
    let faults = LastStepRefused(last);
    scene.world.faults.set(Arc::new(faults));
    let what = format!("{what}, given up and taken back");
    let answer = ledger.invoke(&scene.world, &what, "warm", payload);
    assert_eq!(answer.await, none, "{what}");
    scene.world.heal();
}

/// Threat D15: every message has its ceilings, and one more call, unit or action fails.
#[tokio::test]
async fn provisioning_costs_what_is_written_down() {
    let scene = Scene::new().await;
    let mut ledger = Ledger::of("provisioning");
    ledger.start(&scene.world).await;
    let tenant = async || registered(&scene).await;
    provision(&scene, &mut ledger, "TenantProvisioned", tenant).await;
    let website = async || requested(&scene).await;
    provision(&scene, &mut ledger, "WebsiteProvisioned", website).await;
    hold("provisioning", &ledger.lines);
}

/// Threat D15: every message has its ceilings, and one more call or unit fails.
#[tokio::test]
async fn mails_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let mut ledger = Ledger::of("notifications");
    ledger.start(world).await;
    let tenant: TenantId = scene.acme.tenant.parse().unwrap();
    let person_id = scene
        .join(Role::ContentEditor)
        .await
        .person
        .parse()
        .unwrap();
    let none = json!({ "batchItemFailures": [] });
    world.verify(&scene.acme.owner.email).await.unwrap();
    let token = scene.acme.tokens.access.as_str();
    let place = invite(&world.client(), token, "new@guests.example").await;
    let place = place.unwrap();
    let invitation_id = place.rsplit('/').next().unwrap().parse().unwrap();
    let events = [
        Event::MemberInvited {
            invitation_id,
            number: 1,
        },
        Event::VerificationRequested { person_id },
        Event::PasswordResetRequested {
            person_id: Some(person_id),
        },
        Event::PasswordResetRequested { person_id: None },
    ];
    for event in events {
        let nobody = matches!(event, Event::PasswordResetRequested { person_id: None });
        let what = format!(
            "{}{}",
            event.kind(),
            if nobody { ", of nobody" } else { "" }
        );
        for state in ["cold", "warm"] {
            let message = envelope(world, tenant, event.clone());
            let payload = batch(Consumer::Notifications, &[message], 1);
            let answer = ledger.invoke(world, &what, state, payload).await;
            assert_eq!(answer, none, "{what}");
        }
    }
    let suspend = format!("/api/v1/admin/tenants/{}/suspend", scene.acme.tenant);
    let suspend = Call::post(suspend, &json!({ "reason": "abuse" }));
    scene.done(scene.by_operator(suspend)).await;
    let event = Event::SuspensionNotified { person_id };
    for state in ["cold", "warm"] {
        let message = envelope(world, tenant, event.clone());
        let payload = batch(Consumer::Notifications, &[message], 1);
        let answer = ledger.invoke(world, event.kind(), state, payload).await;
        assert_eq!(answer, none);
    }
    hold("notifications", &ledger.lines);
}

/// Threat D15: every message has its ceilings, and one more call or unit fails.
#[tokio::test]
async fn purges_cost_what_is_written_down() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let mut ledger = Ledger::of("edge");
    ledger.start(world).await;
    let tenant: TenantId = scene.acme.tenant.parse().unwrap();
    let mut events = every_event(world);
    events.retain(|event| {
        let mut deliveries = event.deliveries().iter();
        deliveries.any(|delivery| delivery.consumer == Consumer::Edge)
    });
    assert!(events.len() > 1);
    let none = json!({ "batchItemFailures": [] });
    for event in &events {
        for state in ["cold", "warm"] {
            let message = envelope(world, tenant, event.clone());
            let payload = batch(Consumer::Edge, &[message], 1);
            let answer = ledger.invoke(world, event.kind(), state, payload);
            assert_eq!(answer.await, none, "{}", event.kind());
        }
    }
    let messages: Vec<Envelope> = (0..10)
        .map(|_| envelope(world, tenant, events[0].clone()))
        .collect();
    let what = "a batch of 10 of one tenant";
    let payload = batch(Consumer::Edge, &messages, 1);
    assert_eq!(ledger.invoke(world, what, "warm", payload).await, none);
    hold("edge", &ledger.lines);
}
