//! What all requests to an environment share.

use kernel::SiteAddresses;
use publication::PreviewSealer;

/// The function's configuration.
#[derive(Debug)]
pub struct AppState {
    /// Where websites are found.
    pub addresses: SiteAddresses,
    /// Signs preview links.
    pub previews: PreviewSealer,
}
