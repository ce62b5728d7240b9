//! What happens once, when an environment starts: the secret of list cursors.

use runtime::{Environment, Function, StartError};
use web::CursorSealer;

use crate::routes::routes;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let cursors = CursorSealer::new(&cursor_secret(environment).await?);
    let origin = environment.variable("PLATFORM_ORIGIN")?;
    Ok(web::function(routes(), (), platform, Some(cursors), origin))
}

async fn cursor_secret(environment: &Environment) -> Result<String, StartError> {
    const READ: &str = "read the secret of list cursors";
    let client = aws_sdk_secretsmanager::Client::new(&environment.sdk);
    let secret = client
        .get_secret_value()
        .secret_id(environment.variable("CURSOR_SECRET_ID")?)
        .send()
        .await
        .map_err(|error| StartError::Unavailable(READ, error.into()))?;
    secret
        .secret_string
        .filter(|text| !text.is_empty())
        .ok_or_else(|| StartError::Unavailable(READ, "it holds no text".into()))
}
