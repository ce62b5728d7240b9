//! The functions that messages are brought to, and what stands before them.

use std::sync::Arc;

use futures_util::future::try_join_all;
use lambda_runtime::Context;
use local::functions::registry;
use local::platform::{Registry, Start};
use runtime::{Function, FunctionError};
use serde_json::Value;

/// The functions that messages are brought to.
pub(crate) const CONSUMERS: [&str; 5] =
    ["relay", "security", "provisioning", "edge", "notifications"];

/// Returns the platform's functions. Each consumer has `N` environments, and `bring` decides what comes to them.
pub(crate) fn behind<const N: usize, B, F>(bring: B) -> Registry
where
    B: Fn(&'static str, [Function; N], Value, Context) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Value, FunctionError>> + Send + 'static,
{
    let all = registry().into_iter().map(|(name, start)| {
        if !CONSUMERS.contains(&name) {
            return (name, start);
        }
        let bring = bring.clone();
        let start: Start = Arc::new(move |environment| {
            let (bring, start) = (bring.clone(), Arc::clone(&start));
            Box::pin(async move {
                let environments = (0..N).map(|_| start(environment.clone()));
                let environments: [Function; N] = try_join_all(environments)
                    .await?
                    .try_into()
                    .unwrap_or_else(|_| unreachable!("as many as were started"));
                Ok(Function::new(move |payload, context| {
                    bring(name, environments.clone(), payload, context)
                }))
            })
        });
        (name, start)
    });
    all.collect()
}
