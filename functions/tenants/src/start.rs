//! What happens once, when an environment starts.

use runtime::{Environment, Function, StartError};
use tenancy::identity::Identity;
use web::CursorSealer;

use crate::routes::routes;
use crate::state::State;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let cursors = CursorSealer::new(&environment.secret("CURSOR_SECRET_ID").await?);
    let state = State {
        identity: Identity::new(platform.clone()),
    };
    let origin = environment.variable("PLATFORM_ORIGIN")?;
    Ok(web::function(
        routes(),
        state,
        platform,
        Some(cursors),
        origin,
    ))
}
