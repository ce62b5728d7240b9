//! A platform and what all tests here do with it.

use std::sync::Arc;

use jiff::SignedDuration;
use local::fault::{Call as StoreCall, Fault, Faults};
use serde_json::{Value, json};
use tests::client::{Answer, Call};
use tests::walkthrough::{Owner, wait};
use tests::world::World;

/// A platform without tenants.
pub(crate) struct Scene {
    pub(crate) world: World,
}

impl Scene {
    pub(crate) async fn new(seed: u64) -> Self {
        let world = World::new(seed).await.unwrap();
        Self { world }
    }

    pub(crate) async fn call(&self, call: Call) -> Answer {
        self.world.client().call(call).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Call::post(path, body)).await
    }

    /// Waits until the operation that an answer began has ended well; returns it.
    pub(crate) async fn ended(&self, begun: &Answer) -> Value {
        let look = Call::get(begun.at("/operation/href").unwrap());
        wait(&self.world.client(), look).await.unwrap()
    }

    /// Registers and waits until the tenant is made. Returns its id.
    pub(crate) async fn register(&self, subdomain: &str, owner: &Owner) -> String {
        let body = registration(subdomain, owner);
        let begun = self.post("/api/v1/auth/register", &body).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        self.ended(&begun).await;
        begun.at("/tenantId").unwrap()
    }

    pub(crate) async fn log_in(&self, owner: &Owner) -> Answer {
        self.post("/api/v1/auth/login", &credentials(owner)).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        let body = json!({ "refreshToken": token });
        self.post("/api/v1/auth/refresh", &body).await
    }

    /// Lets much time pass, and what falls due at its end happen.
    pub(crate) async fn pass(&self, seconds: i64) {
        self.world.clock.advance(SignedDuration::from_secs(seconds));
        self.world.platform.settle().await.unwrap();
    }

    /// Has every call of one kind that `function` makes be refused for now. Its environments are
    /// there already.
    pub(crate) async fn fail(&self, function: &'static str, operation: &'static str) {
        let pools = self.world.platform.pools();
        pools.warm_up(function, 1).await.unwrap();
        let faults = Failing {
            function,
            operation,
        };
        self.world.faults.set(Arc::new(faults));
    }
}

/// Calls that are always refused for now.
#[derive(Debug)]
struct Failing {
    function: &'static str,
    operation: &'static str,
}

impl Faults for Failing {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        if call.function == self.function && call.operation == self.operation {
            Fault::Throttle
        } else {
            Fault::None
        }
    }
}

pub(crate) fn credentials(owner: &Owner) -> Value {
    json!({ "email": owner.email, "password": owner.password })
}

pub(crate) fn registration(subdomain: &str, owner: &Owner) -> Value {
    json!({
        "tenantName": format!("The tenant {subdomain}"),
        "subdomain": subdomain,
        "email": owner.email,
        "password": owner.password,
    })
}
