//! What happens once, when an environment starts.

use std::sync::Arc;

use events::Consumer;
use runtime::{Environment, Function, StartError};
use tenancy::links::LinkTokens;

use crate::consumer::{Desk, handle};
use crate::dispatch::Sender;
use crate::letters::Letters;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let from = environment.variable("MAIL_FROM")?;
    let secret = environment.secret("LINK_SECRET_ID").await?;
    let portal = environment.variable("PORTAL_ORIGIN")?;
    let desk = Arc::new(Desk {
        letters: Letters::new(LinkTokens::new(&secret), portal),
        sender: Sender::new(&environment.sdk, from),
    });
    Ok(queue::consume(
        platform,
        Consumer::Notifications,
        move |context, message| handle(context, message, Arc::clone(&desk)),
    ))
}
