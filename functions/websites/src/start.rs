//! What happens once, when an environment starts: configuration and secrets.

use futures_util::future::try_join;
use publication::PreviewSealer;
use runtime::{Environment, Function, StartError};
use web::CursorSealer;

use crate::routes::routes;
use crate::state::AppState;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let (preview_secret, cursor_secret) = try_join(
        environment.secret("PREVIEW_SECRET_ID"),
        environment.secret("CURSOR_SECRET_ID"),
    )
    .await?;
    let state = AppState {
        addresses: environment.site_addresses()?,
        previews: PreviewSealer::new(&preview_secret),
    };
    let cursors = CursorSealer::new(&cursor_secret);
    let origin = environment.variable("PLATFORM_ORIGIN")?;
    Ok(web::function(
        routes(),
        state,
        platform,
        Some(cursors),
        origin,
    ))
}
