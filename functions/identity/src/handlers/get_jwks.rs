//! `GET /.well-known/jwks.json`

use web::{Open, Problem, Public, State};

use crate::handlers::KEYS_LIFE_S;
use crate::state;
use crate::views::{JwkView, JwksView};

/// Gives the public keys that verify access tokens.
pub(crate) async fn get_jwks(
    _: Open,
    State(state): State<state::State>,
) -> Result<Public<JwksView>, Problem> {
    let keys = state
        .identity
        .signing_keys()
        .await?
        .map(|stored| stored.record.keys);
    let keys = keys.unwrap_or_else(|| vec![state.signer.public_key()]);
    let keys = keys.into_iter().map(|key| JwkView {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        usage: "sig",
        kid: key.kid,
        x: key.x,
    });
    Ok(Public {
        life_s: KEYS_LIFE_S,
        view: JwksView {
            keys: keys.collect(),
        },
    })
}
