//! What happens once, when an environment starts: configuration, the preview secret, the themes.

use std::sync::Arc;

use publication::PreviewSealer;
use runtime::{Environment, Function, FunctionError, StartError};

use crate::delivery::Delivery;
use crate::request::Request;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let addresses = environment.site_addresses()?;
    let sealer = PreviewSealer::new(&environment.secret("PREVIEW_SECRET_ID").await?);
    let delivery = Delivery::new(platform, sealer, addresses)
        .map_err(|error| StartError::Unavailable("compile the built-in themes", error.into()))?;
    Ok(function(delivery))
}

/// Makes a function of a delivery: it takes a function URL's events (payload format 2.0).
fn function(delivery: Delivery) -> Function {
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
