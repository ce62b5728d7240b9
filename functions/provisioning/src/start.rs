//! What happens once, when an environment starts.

use std::sync::Arc;

use events::Consumer;
use runtime::{Environment, Function, StartError};
use tenancy::Platform;

use crate::consumer::handle;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    Ok(function(platform, environment.variable("PLATFORM_DOMAIN")?))
}

/// Makes the function over a platform whose websites are at subdomains of `domain`.
pub fn function(platform: Platform, domain: &str) -> Function {
    let domain: Arc<str> = domain.into();
    queue::consume(platform, Consumer::Provisioning, move |context, message| {
        handle(context, message, Arc::clone(&domain))
    })
}
