//! What happens once, when an environment starts: the secrets are read and the public key is
//! published.

use futures_util::future::try_join5;
use runtime::{Environment, Function, StartError};
use tenancy::CommitError;
use tenancy::api_keys::ApiKeySecrets;
use tenancy::identity::Identity;
use tenancy::links::LinkTokens;
use tenancy::records::{PublicKey, SigningKeysRecord};
use web::CursorSealer;

use crate::domain::break_glass::BreakGlassKey;
use crate::domain::csrf::CsrfTokens;
use crate::domain::refresh::RefreshTokens;
use crate::domain::second_factor::SecondFactors;
use crate::domain::signer::Signer;
use crate::routes::routes;
use crate::state::State;

/// Public keys that are kept, so that tokens signed before a change stay good until their end.
const KEYS_MAX: usize = 3;

/// Where it is said which break-glass key there is.
const BREAK_GLASS: &str = "BREAK_GLASS_KEY_HASH";

/// Attempts to publish the key before others who do so are in the way.
const ATTEMPTS_MAX: usize = 4;

/// Starts the function.
pub async fn start(environment: &Environment) -> Result<Function, StartError> {
    let platform = environment.platform()?;
    let origin = environment.variable("PLATFORM_ORIGIN")?.to_owned();
    let break_glass = BreakGlassKey::read(environment.variable(BREAK_GLASS)?);
    let break_glass = break_glass.ok_or_else(|| {
        let what = "is neither `off` nor the SHA-256 of a key in hexadecimal digits";
        StartError::MalformedVariable(BREAK_GLASS, what.into())
    })?;
    let (secret, bootstrap_secret, cursor_secret, link_secret, mfa_secret) = Box::pin(try_join5(
        environment.secret("SIGNING_SECRET_ID"),
        environment.secret("BOOTSTRAP_SECRET_ID"),
        environment.secret("CURSOR_SECRET_ID"),
        environment.secret("LINK_SECRET_ID"),
        environment.secret("MFA_SECRET_ID"),
    ))
    .await?;
    let signer = Signer::new(&secret, &origin)
        .map_err(|error| StartError::Unavailable("make the signing key", error.into()))?;
    let identity = Identity::new(platform.clone());
    publish_key(&identity, &signer).await?;
    let state = State {
        identity,
        signer,
        refresh_tokens: RefreshTokens::new(&secret),
        csrf_tokens: CsrfTokens::new(&secret),
        second_factors: SecondFactors::new(&mfa_secret),
        links: LinkTokens::new(&link_secret),
        api_key_secrets: ApiKeySecrets::new(&secret),
        break_glass,
        bootstrap_secret: bootstrap_secret.into_boxed_str(),
        origin: origin.clone(),
        portal: environment.variable("PORTAL_ORIGIN")?.to_owned(),
    };
    let cursors = CursorSealer::new(&cursor_secret);
    Ok(web::function(
        routes(),
        state,
        platform,
        Some(cursors),
        &origin,
    ))
}

/// Puts the public key first in the list that verifiers read. Others may do so at the same time:
/// with the same key, then it is there; with another one, then this one is still to be added.
async fn publish_key(identity: &Identity, signer: &Signer) -> Result<(), StartError> {
    for _ in 0..ATTEMPTS_MAX {
        let known = identity.signing_keys().await.map_err(cannot_publish)?;
        let keys = known.as_ref().map(|known| known.keys.as_slice());
        let Some(keys) = with_first(keys.unwrap_or_default(), signer.public_key()) else {
            return Ok(());
        };
        match identity
            .publish_signing_keys(known.as_ref(), &SigningKeysRecord { keys })
            .await
        {
            Ok(()) => return Ok(()),
            Err(CommitError::Refused(_)) => {}
            Err(error) => return Err(cannot_publish(error)),
        }
    }
    Err(cannot_publish("others publish at the same time"))
}

fn cannot_publish(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StartError {
    StartError::Unavailable("publish the signing key", error.into())
}

/// Returns the list with `key` first, or nothing where it is first already.
fn with_first(known: &[PublicKey], key: PublicKey) -> Option<Vec<PublicKey>> {
    if known.first() == Some(&key) {
        return None;
    }
    let others = known.iter().filter(|other| other.kid != key.kid).cloned();
    let mut keys: Vec<_> = others.take(KEYS_MAX - 1).collect();
    keys.insert(0, key);
    Some(keys)
}

#[cfg(test)]
mod tests {
    use tenancy::records::PublicKey;

    use super::with_first;

    fn key(kid: &str) -> PublicKey {
        PublicKey {
            kid: kid.to_owned(),
            x: format!("x of {kid}"),
        }
    }

    #[test]
    fn the_key_that_signs_comes_first_and_three_are_kept() {
        for (known, new, expected) in [
            ("", "a", Some("a")),
            ("a", "a", None),
            ("a b c", "a", None),
            ("a", "b", Some("b a")),
            ("b a", "a", Some("a b")),
            ("c b a", "d", Some("d c b")),
        ] {
            let known: Vec<_> = known.split_whitespace().map(key).collect();
            let keys = with_first(&known, key(new));
            let kids = keys.map(|keys| {
                let kids: Vec<_> = keys.into_iter().map(|key| key.kid).collect();
                kids.join(" ")
            });
            assert_eq!(kids.as_deref(), expected, "{known:?} and {new}");
        }
    }
}
