//! What happens once, when an environment starts, and what happens with every batch.

use std::sync::Arc;

use aws_sdk_cloudfront::Client;
use events::Consumer;
use queue::{Message, Outcome};
use runtime::{Environment, Function, StartError};
use tenancy::Platform;

use crate::invalidation::Distribution;
use crate::plan::Plan;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let id = environment.variable("DISTRIBUTION_ID")?;
    Ok(function(
        platform,
        Distribution::new(Client::new(&environment.sdk), id),
    ))
}

/// Makes the function. The batch is planned as a whole, so that a tenant's purges leave in one
/// call; each message then waits for its own purge, and is reported by what came of it.
fn function(platform: Platform, distribution: Distribution) -> Function {
    let distribution = Arc::new(distribution);
    Function::new(move |payload, context| {
        let plan = Arc::new(Plan::of_batch(&payload));
        let distribution = Arc::clone(&distribution);
        let consumer = queue::consume(platform.clone(), Consumer::Edge, move |_tenant, message| {
            handle(Arc::clone(&distribution), Arc::clone(&plan), message)
        });
        async move { consumer.invoke(payload, context).await }
    })
}

async fn handle(distribution: Arc<Distribution>, plan: Arc<Plan>, message: Message) -> Outcome {
    let Some(purge) = plan.purge_of(&message.message_id) else {
        return Outcome::Poison(format!(
            "nothing is purged on `{}`",
            message.envelope.event.kind()
        ));
    };
    purge
        .outcome
        .get_or_init(|| distribution.invalidate(purge))
        .await
        .clone()
}
