//! `GET /.well-known/openid-configuration`

use web::{Open, Problem, Public, State};

use crate::handlers::KEYS_LIFE_S;
use crate::state;
use crate::views::DiscoveryView;

/// Tells others where the public keys are.
pub(crate) async fn get_openid_configuration(
    _: Open,
    State(state): State<state::State>,
) -> Result<Public<DiscoveryView>, Problem> {
    let origin = &state.origin;
    Ok(Public {
        life_s: KEYS_LIFE_S,
        view: DiscoveryView {
            issuer: origin.clone(),
            jwks_uri: format!("{origin}/.well-known/jwks.json"),
            token_endpoint: format!("{origin}/api/v1/auth/login"),
            response_types_supported: ["token"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["EdDSA"],
        },
    })
}
