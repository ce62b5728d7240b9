//! What all requests to an environment share.

use publication::PreviewSealer;

use crate::domain::Origins;

/// The function's configuration.
#[derive(Debug)]
pub struct AppState {
    /// The domain at whose subdomains websites are.
    pub domain: String,
    /// How the origins of websites are written.
    pub origins: Origins,
    /// Signs preview links.
    pub previews: PreviewSealer,
}
