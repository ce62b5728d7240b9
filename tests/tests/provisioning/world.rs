//! Tenants and websites that were asked for, and the messages about them.

use std::sync::Arc;

use http::StatusCode;
use jiff::SignedDuration;
use kernel::limits::RECEIVES_MAX;
use local::fault::{Faults, Stop, StopAt};
use local::services::sqs::QueueMessage;
use serde_json::{Value, json};
use tests::client::{Answer, Call};
use tests::walkthrough::{Owner, register, sign_in};
use tests::wiring::redelivery_s;
use tests::world::World;

use crate::contents::{Contents, entity, items, text};
use crate::plans::{Plan, WORKER};

pub(crate) const QUEUE: &str = "hotswap-ProvisioningQueue";

/// How often a message comes before it is put aside.
pub(crate) const LAST_RECEIVE: usize = RECEIVES_MAX as usize;

/// How often a message has come when its work is given up: the next time is kept for taking back.
pub(crate) const LAST_TRY: usize = LAST_RECEIVE - 1;

/// Something that was asked for and not begun.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) owner: Owner,
    /// What there was before.
    pub(crate) before: Contents,
    pub(crate) tenant: String,
    pub(crate) operation: String,
    /// The website's address in the API, if that is what was asked for.
    pub(crate) website: String,
    /// The owner's access token, if the tenant is made.
    pub(crate) token: String,
}

/// An operation's end, or how far it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) status: String,
    pub(crate) reason: String,
}

impl Scene {
    /// A registration, beside a tenant that is made.
    pub(crate) async fn of_tenant() -> Self {
        let world = ready_world(70).await;
        register(&world.client(), &Owner::named("other"))
            .await
            .unwrap();
        deliver(&world).await;
        let before = Contents::of(&world).await;
        let owner = Owner::named("acme");
        let answer = ask_for_tenant(&world, &owner).await;
        Self::new(world, owner, before, &answer)
    }

    /// A website of a tenant that is made.
    pub(crate) async fn of_website() -> Self {
        Self::of_website_after(async |_world| {}).await
    }

    /// A website of a tenant that is made, asked for after something else.
    pub(crate) async fn of_website_after(prepare: impl AsyncFnOnce(&World)) -> Self {
        let world = ready_world(71).await;
        let client = world.client();
        let owner = Owner::named("acme");
        let tenant = register(&client, &owner).await.unwrap();
        let token = sign_in(&client, &owner).await.unwrap().access;
        prepare(&world).await;
        deliver(&world).await;
        let before = Contents::of(&world).await;
        let body = json!({ "name": "docs", "subdomain": "docs" });
        let call = Call::post("/api/v1/websites", &body).bearer(&token);
        let answer = client.call(call).await.unwrap();
        let answer = answer.expect(StatusCode::ACCEPTED).unwrap();
        let website = format!("/api/v1/websites/{}", answer.at("/id").unwrap());
        drop(client);
        Self {
            tenant,
            website,
            token,
            ..Self::new(world, owner, before, &answer)
        }
    }

    fn new(world: World, owner: Owner, before: Contents, answer: &Answer) -> Self {
        Self {
            world,
            owner,
            before,
            tenant: answer.at("/tenantId").unwrap_or_default(),
            operation: id_in(answer),
            website: String::new(),
            token: String::new(),
        }
    }

    /// Begins a plan and lets everything happen.
    pub(crate) async fn run(&self, plan: Plan) -> End {
        plan.begin(&self.world);
        deliver(&self.world).await;
        self.world.heal();
        self.end().await
    }

    /// Returns how far the operation got.
    pub(crate) async fn end(&self) -> End {
        end_of(&self.world, &self.operation).await
    }

    /// Returns what there is now.
    pub(crate) async fn contents(&self) -> Contents {
        Contents::of(&self.world).await
    }

    /// Calls the API as the owner, who signs in for it.
    pub(crate) async fn call(&self, call: Call) -> Answer {
        let client = self.world.client();
        let tokens = sign_in(&client, &self.owner).await.unwrap();
        client.call(call.bearer(&tokens.access)).await.unwrap()
    }

    /// Checks that nothing of what was asked for is there, and that the operation says why.
    pub(crate) async fn assert_gone(&self, reason: &str, why: &str) {
        let end = self.end().await;
        assert_eq!(end.status, "failed", "{why}: {end:?}");
        assert!(
            end.reason.starts_with(&format!("{reason}: ")),
            "{why}: {end:?}"
        );
        self.contents().await.assert_same(&self.before, why);
        assert_idle(&self.world, why).await;
    }

    /// Returns the invocation of the worker with the message, as received for the `receives`th
    /// time. The queue's own comes again later.
    pub(crate) async fn payload(&self, receives: usize) -> Value {
        let mut payload = held_messages(&self.world).await;
        set_receives(&mut payload, receives);
        payload
    }
}

/// Makes a platform whose environments are warm: starting them is not what is tried here.
pub(crate) async fn ready_world(seed: u64) -> World {
    let world = World::new(seed).await.unwrap();
    for function in [
        "authorizer",
        "identity",
        "tenants",
        "websites",
        "relay",
        WORKER,
    ] {
        world.platform.pools().warm_up(function, 1).await.unwrap();
    }
    world
}

/// Registers a tenant and does not wait.
pub(crate) async fn ask_for_tenant(world: &World, owner: &Owner) -> Answer {
    let call = owner.registration();
    let answer = world.client().call(call).await.unwrap();
    answer.expect(StatusCode::ACCEPTED).unwrap()
}

/// Returns the id of the operation that an answer names.
pub(crate) fn id_in(answer: &Answer) -> String {
    let href = answer.at("/operation/href").unwrap();
    href.rsplit('/').next().unwrap().to_owned()
}

/// Lets the queues deliver, again and again, until nothing waits in them.
pub(crate) async fn deliver(world: &World) {
    world.platform.settle().await.unwrap();
    for _ in 0..=RECEIVES_MAX {
        if waiting(world, false).await.is_empty() {
            return;
        }
        pass(world).await;
    }
}

/// Lets so much time pass that every message comes again, and whatever was to happen meanwhile
/// happens at its end.
pub(crate) async fn pass(world: &World) {
    let redelivery_s = redelivery_s(WORKER).unwrap();
    world.clock.advance(SignedDuration::from_secs(redelivery_s));
    world.platform.settle().await.unwrap();
}

/// Checks that no message waits or was put aside, and that every event has left.
pub(crate) async fn assert_idle(world: &World, why: &str) {
    for is_dead in [false, true] {
        let waiting = waiting(world, is_dead).await;
        assert!(waiting.is_empty(), "{why}: {waiting:?}");
    }
    let items = items(world).await;
    let outbox = items.iter().filter(|item| entity(item) == "outbox").count();
    assert_eq!(outbox, 0, "{why}: events wait");
}

/// Returns the messages of all queues, or of all those for what was put aside.
pub(crate) async fn waiting(world: &World, is_dead: bool) -> Vec<QueueMessage> {
    let queues = world.platform.services().queues();
    let mut waiting = Vec::new();
    for name in queues.names().await.unwrap() {
        if name.contains("DeadLetter") == is_dead {
            waiting.extend(queues.list(&name).await.unwrap());
        }
    }
    waiting
}

/// Returns how far an operation got.
pub(crate) async fn end_of(world: &World, operation: &str) -> End {
    let items = items(world).await;
    let found = items.iter().find(|item| {
        ["operation", "registration"].contains(&entity(item)) && text(item, "id") == operation
    });
    let found = found.unwrap();
    End {
        status: text(found, "status").to_owned(),
        reason: text(found, "reason").to_owned(),
    }
}

/// Lets the messages about what happened come to their queue, where the worker dies of them, and
/// returns the worker's invocation with them.
pub(crate) async fn held_messages(world: &World) -> Value {
    let death: Arc<dyn Faults> = Arc::new(StopAt::new(0, Stop::Before));
    Plan::of(death).begin(world);
    world.platform.settle().await.unwrap();
    world.heal();
    let services = world.platform.services();
    let messages = services.queues().list(QUEUE).await.unwrap();
    let arn = services.queues().arn(QUEUE);
    let records: Vec<Value> = messages
        .iter()
        .map(|message| message.to_event_record(&arn, services.region()))
        .collect();
    assert!(!records.is_empty(), "nothing was asked for");
    json!({ "Records": records })
}

/// Sets how often the messages of an invocation were received.
pub(crate) fn set_receives(payload: &mut Value, receives: usize) {
    for record in payload["Records"].as_array_mut().unwrap() {
        record["attributes"]["ApproximateReceiveCount"] = json!(receives.to_string());
    }
}

/// The worker at work on a scene's message, whatever becomes of it.
pub(crate) fn working(
    scene: &Scene,
    payload: Value,
) -> impl Future<Output = ()> + Send + use<> + 'static {
    let world = scene.world.clone();
    async move {
        work(&world, payload).await;
    }
}

/// Invokes the worker, which is meant to answer, and returns the messages that must come again.
pub(crate) async fn work(world: &World, payload: Value) -> usize {
    let answer = world.platform.invoke(WORKER, payload).await.unwrap();
    answer["batchItemFailures"].as_array().unwrap().len()
}
