//! What happens once, when an environment starts: configuration and secrets.

use aws_sdk_secretsmanager::Client;
use publication::PreviewSealer;
use runtime::{Environment, Function, StartError};
use web::CursorSealer;

use crate::routes::routes;
use crate::state::AppState;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let client = Client::new(&environment.sdk);
    let state = AppState {
        addresses: environment.site_addresses()?,
        previews: PreviewSealer::new(
            &secret(&client, environment.variable("PREVIEW_SECRET_ID")?).await?,
        ),
    };
    let cursors =
        CursorSealer::new(&secret(&client, environment.variable("CURSOR_SECRET_ID")?).await?);
    let origin = environment.variable("PLATFORM_ORIGIN")?;
    Ok(web::function(
        routes(),
        state,
        platform,
        Some(cursors),
        origin,
    ))
}

async fn secret(client: &Client, id: &str) -> Result<String, StartError> {
    const READ: &str = "read a secret";
    let secret = client
        .get_secret_value()
        .secret_id(id)
        .send()
        .await
        .map_err(|error| StartError::Unavailable(READ, error.into()))?;
    secret
        .secret_string
        .filter(|text| !text.is_empty())
        .ok_or_else(|| StartError::Unavailable(READ, "it holds no text".into()))
}
