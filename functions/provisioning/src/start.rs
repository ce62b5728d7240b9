//! What happens once, when an environment starts.

use std::sync::Arc;

use events::Consumer;
use runtime::{Environment, Function, StartError};

use crate::consumer::handle;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let addresses = Arc::new(environment.site_addresses()?);
    Ok(queue::consume(
        platform,
        Consumer::Provisioning,
        move |context, message| handle(context, message, Arc::clone(&addresses)),
    ))
}
