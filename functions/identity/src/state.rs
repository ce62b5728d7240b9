//! What the handlers share.

use std::fmt;

use tenancy::api_keys::ApiKeySecrets;
use tenancy::identity::Identity;
use tenancy::links::LinkTokens;

use crate::domain::break_glass::BreakGlassKey;
use crate::domain::csrf::CsrfTokens;
use crate::domain::refresh::RefreshTokens;
use crate::domain::second_factor::SecondFactors;
use crate::domain::signer::Signer;

/// The function's state.
pub struct State {
    pub(crate) identity: Identity,
    pub(crate) signer: Signer,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) csrf_tokens: CsrfTokens,
    pub(crate) second_factors: SecondFactors,
    pub(crate) links: LinkTokens,
    pub(crate) api_key_secrets: ApiKeySecrets,
    pub(crate) bootstrap_secret: Box<str>,
    pub(crate) break_glass: BreakGlassKey,
    pub(crate) origin: String,
    /// Whose pages alone may have a sign-in in cookies.
    pub(crate) portal: String,
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("State")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
