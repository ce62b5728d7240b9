//! What happens once, when an environment starts.

use runtime::{Environment, Function, StartError};
use web::CursorSealer;

use crate::routes::routes;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let cursors = CursorSealer::new(&environment.secret("CURSOR_SECRET_ID").await?);
    let origin = environment.variable("PLATFORM_ORIGIN")?;
    Ok(web::function(routes(), (), platform, Some(cursors), origin))
}
