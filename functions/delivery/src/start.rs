//! What happens once, when an environment starts: configuration, the preview secret, the themes.

use std::sync::Arc;

use publication::PreviewSealer;
use runtime::{Environment, Function, FunctionError, StartError};

use crate::addresses::Addresses;
use crate::delivery::Delivery;
use crate::request::Request;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let addresses = Addresses::new(
        environment.variable("PLATFORM_DOMAIN")?,
        environment.variable("SITE_ORIGIN_TEMPLATE")?,
    )
    .map_err(|_malformed| StartError::MalformedVariable("SITE_ORIGIN_TEMPLATE"))?;
    let sealer = PreviewSealer::new(&preview_secret(environment).await?);
    let delivery = Delivery::new(platform, sealer, addresses)
        .map_err(|error| StartError::Unavailable("compile the built-in themes", error.into()))?;
    Ok(function(delivery))
}

/// Makes a function of a delivery: it takes a function URL's events (payload format 2.0).
pub fn function(delivery: Delivery) -> Function {
    let delivery = Arc::new(delivery);
    Function::new(move |payload, _context| {
        let delivery = Arc::clone(&delivery);
        async move {
            let request = Request::from_event(payload)
                .map_err(|error| FunctionError::new("MalformedEvent", error.to_string()))?;
            Ok(delivery.answer(&request).await.into_payload())
        }
    })
}

async fn preview_secret(environment: &Environment) -> Result<String, StartError> {
    const READ: &str = "read the preview secret";
    let client = aws_sdk_secretsmanager::Client::new(&environment.sdk);
    let secret = client
        .get_secret_value()
        .secret_id(environment.variable("PREVIEW_SECRET_ID")?)
        .send()
        .await
        .map_err(|error| StartError::Unavailable(READ, error.into()))?;
    secret
        .secret_string
        .filter(|text| !text.is_empty())
        .ok_or_else(|| StartError::Unavailable(READ, "it holds no text".into()))
}
