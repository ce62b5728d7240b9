//! Mistakes that were made on purpose, each in its own way: the proof is one only if it finds all of them.

mod deed;
mod mistakes;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use lambda_runtime::Context;
use local::functions::registry;
use local::platform::{Registry, Start};
use runtime::{Function, FunctionError};
use serde_json::Value;
use tests::crash::measured;
use tests::world::World;

use crate::cast::Cast;
use crate::proof::{Asked, prove};

use self::deed::{Deed, Target};
use self::mistakes::{LEAKS, Leak, Mistake};

/// Who asks where mistakes are made: an admin, a program without a key, and somebody who may do nothing.
const ASKERS: [&str; 3] = ["tenant-admin", "deleted-key", "member"];

/// What makes the mistakes: which one, and what it knows.
#[derive(Debug, Default)]
struct Saboteur {
    /// The mistake's number, from one on; none is zero.
    made: AtomicUsize,
    target: OnceLock<Target>,
    /// What the gateway said last of somebody with all permissions, by tenant.
    admins: Mutex<BTreeMap<String, Value>>,
}

impl Saboteur {
    /// Returns the platform's functions, each behind this.
    fn registry(self: &Arc<Self>) -> Registry {
        let all = registry().into_iter().map(|(name, start)| {
            let saboteur = Arc::clone(self);
            let start: Start = Arc::new(move |environment| {
                let (saboteur, start) = (Arc::clone(&saboteur), Arc::clone(&start));
                Box::pin(async move {
                    let real = start(environment).await?;
                    Ok(Function::new(move |payload, context| {
                        let (saboteur, real) = (Arc::clone(&saboteur), real.clone());
                        async move { saboteur.invoke(&real, payload, context).await }
                    }))
                })
            });
            (name, start)
        });
        all.collect()
    }

    async fn invoke(
        &self,
        real: &Function,
        mut payload: Value,
        context: Context,
    ) -> Result<Value, FunctionError> {
        self.learn(&payload);
        let made = self.made.load(Ordering::SeqCst);
        let leak = made.checked_sub(1).map(|at| &LEAKS[at]);
        // Who asks at all is the authorizer's affair.
        let is_admitted = !payload["requestContext"]["authorizer"].is_null();
        let leak = leak.filter(|_| is_admitted);
        let (Some(leak), Some(target)) = (leak, self.target.get()) else {
            return real.invoke(payload, context).await;
        };
        let route = &payload["requestContext"]["http"];
        let asked = payload["rawPath"].as_str().unwrap_or_default().to_owned();
        let route = format!("{} {}", route["method"].as_str().unwrap_or_default(), asked);
        if !leak.routes.iter().any(|one| is_of(one, &route)) {
            return real.invoke(payload, context).await;
        }
        let others = self.admins.lock().unwrap()[&target.tenant].clone();
        let mut answer = Value::Null;
        let deed = |payload: &mut Value, answer: &mut Value, mistake: Mistake| {
            mistake(&mut Deed {
                target,
                others: &others,
                payload,
                answer,
                asked: &asked,
            });
        };
        deed(&mut payload, &mut answer, leak.before);
        let mut answer = real.invoke(payload.clone(), context).await?;
        deed(&mut payload, &mut answer, leak.after);
        Ok(answer)
    }

    /// Learns what the gateway says of a tenant's admin.
    fn learn(&self, payload: &Value) {
        let said = &payload["requestContext"]["authorizer"]["lambda"];
        let permissions = said["permissions"].as_str().unwrap_or_default();
        if let Some(tenant) = said["tenant"].as_str()
            && permissions.contains("members.manage")
        {
            let mut admins = self.admins.lock().unwrap();
            admins.insert(tenant.to_owned(), said.clone());
        }
    }
}

/// Returns whether a request is one of a route.
fn is_of(route: &str, request: &str) -> bool {
    let (route, request): (Vec<_>, Vec<_>) =
        (route.split('/').collect(), request.split('/').collect());
    let is_part = |(one, other): (&&str, &&str)| one == other || one.starts_with('{');
    route.len() == request.len() && route.iter().zip(&request).all(is_part)
}

/// Who asks on websites.
const ASKERS_HERE: [&str; 2] = ["editor-here", "key-here"];

/// What is made of a website's permissions alone: as many of the first mistakes.
const OF_WEBSITES: usize = 3;

/// Each mistake is found by what the proof asks on its routes; without any, the same finds nothing.
#[test]
fn every_mistake_is_found() {
    let made = async |world| Cast::new(world).await;
    find(60, made, &LEAKS, &ASKERS);
}

/// So is each that lets somebody on one website reach another one's.
#[test]
fn mistakes_between_websites_are_found() {
    let made = async |world| Cast::of_one_tenant(world).await;
    find(71, made, &LEAKS[..OF_WEBSITES], &ASKERS_HERE);
}

/// Makes mistakes, one after the other, and looks for each.
fn find(seed: u64, cast: impl AsyncFnOnce(World) -> Cast, leaks: &[Leak], askers: &[&str]) {
    let saboteur = Arc::new(Saboteur::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cast =
        runtime.block_on(async { cast(World::of(seed, saboteur.registry()).await.unwrap()).await });
    let deleted_key = cast
        .credentials
        .iter()
        .find(|one| one.name == "deleted-key");
    let target = Target {
        tenant: cast.other.settled.tenant.clone(),
        ids: cast.other.ids.clone(),
        cursors: cast.other.cursors.values().cloned().collect(),
        mark: cast.marks.private(),
        deleted_key: deleted_key.and_then(|one| one.shown.clone()),
    };
    saboteur.target.set(target).unwrap();
    let look = |leak: &Leak| {
        prove(&cast, |asked: &Asked<'_>| {
            leak.routes.contains(&asked.operation.name().as_str())
                && asked.place.dimension() == leak.place
                && askers.contains(&cast.credentials[asked.numbers[3]].name.as_str())
        })
    };
    let mut missed = Vec::new();
    for (number, leak) in leaks.iter().enumerate() {
        saboteur.made.store(0, Ordering::SeqCst);
        let sound = look(leak);
        assert!(
            sound.failures.is_empty(),
            "{}: {:#?}",
            leak.name,
            sound.failures
        );
        assert!(sound.attempts > 0, "{}: nothing was asked", leak.name);
        saboteur.made.store(number + 1, Ordering::SeqCst);
        let found = look(leak).failures;
        if !found.iter().any(|failure| failure.contains(leak.told)) {
            missed.push(format!("{}: {found:#?}", leak.name));
        }
    }
    assert!(missed.is_empty(), "not found: {}", missed.join("\n"));
    measured(&format!("seeded leaks: {}", leaks.len()));
}
