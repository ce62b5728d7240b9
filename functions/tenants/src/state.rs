//! What the handlers share.

use tenancy::identity::Identity;

/// The function's state.
#[derive(Debug)]
pub struct State {
    pub(crate) identity: Identity,
}
