//! What happens once, when an environment starts: the secrets are read and the public key is
//! published.

use runtime::{Environment, Function, StartError};
use tenancy::identity::Identity;
use tenancy::records::SigningKeysRecord;

use crate::domain::refresh::RefreshTokens;
use crate::domain::signer::Signer;
use crate::routes::routes;
use crate::state::State;

/// Public keys that are kept, so that tokens signed before a change stay good until their end.
const KEYS_MAX: usize = 3;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let origin = environment.variable("PLATFORM_ORIGIN")?.to_owned();
    let secret = environment.secret("SIGNING_SECRET_ID").await?;
    let signer = Signer::new(&secret, &origin)
        .map_err(|error| StartError::Unavailable("make the signing key", error.into()))?;
    let identity = Identity::new(platform.clone());
    publish_key(&identity, &signer).await?;
    let state = State {
        identity,
        signer,
        refresh_tokens: RefreshTokens::new(&secret),
        bootstrap_secret: environment
            .secret("BOOTSTRAP_SECRET_ID")
            .await?
            .into_boxed_str(),
        origin: origin.clone(),
    };
    Ok(web::function(routes(), state, platform, None, &origin))
}

/// Puts the public key first in the list that verifiers read. Others may do so at the same time
/// with the same key, so a lost race needs no second try.
async fn publish_key(identity: &Identity, signer: &Signer) -> Result<(), StartError> {
    const PUBLISH: &str = "publish the signing key";
    let known = identity
        .signing_keys()
        .await
        .map_err(|error| StartError::Unavailable(PUBLISH, error.into()))?;
    let key = signer.public_key();
    let mut keys = known
        .as_ref()
        .map(|known| known.keys.clone())
        .unwrap_or_default();
    if keys.first() == Some(&key) {
        return Ok(());
    }
    keys.retain(|other| other.kid != key.kid);
    keys.insert(0, key);
    keys.truncate(KEYS_MAX);
    match identity
        .publish_signing_keys(known.as_ref(), &SigningKeysRecord { keys })
        .await
    {
        Ok(()) | Err(tenancy::CommitError::Refused(_)) => Ok(()),
        Err(error) => Err(StartError::Unavailable(PUBLISH, error.into())),
    }
}
