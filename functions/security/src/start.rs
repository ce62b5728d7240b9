//! What happens once, when an environment starts.

use std::sync::Arc;

use runtime::{Environment, Function, StartError};

use tenancy::security::WATCHED_ENTITY;

use crate::watching::Watching;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let watching = Arc::new(Watching::new(environment.platform()?));
    Ok(Function::new(move |payload, _context| {
        let watching = Arc::clone(&watching);
        async move {
            let records = stream::read(payload, WATCHED_ENTITY)?;
            Ok(watching.follow(records).await)
        }
    }))
}
