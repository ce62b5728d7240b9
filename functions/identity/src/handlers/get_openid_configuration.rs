//! `GET /.well-known/openid-configuration`

use web::{Found, Open, Problem, State};

use crate::state;
use crate::views::DiscoveryView;

/// Tells others where the public keys are.
pub(crate) async fn get_openid_configuration(
    _: Open,
    State(state): State<state::State>,
) -> Result<Found<DiscoveryView>, Problem> {
    let origin = &state.origin;
    Ok(Found(DiscoveryView {
        issuer: origin.clone(),
        jwks_uri: format!("{origin}/.well-known/jwks.json"),
        token_endpoint: format!("{origin}/api/v1/auth/login"),
        response_types_supported: ["token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["EdDSA"],
    }))
}
