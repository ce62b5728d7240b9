//! What happens once, when an environment starts.

use std::sync::Arc;

use events::Consumer;
use runtime::{Environment, Function, StartError};

use crate::consumer::handle;

/// Starts the function: websites are at subdomains of the platform's domain.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let domain: Arc<str> = environment.variable("PLATFORM_DOMAIN")?.into();
    Ok(queue::consume(
        platform,
        Consumer::Provisioning,
        move |context, message| handle(context, message, Arc::clone(&domain)),
    ))
}
