//! One operation, one file.

pub(crate) mod bootstrap_operator;
pub(crate) mod get_jwks;
pub(crate) mod get_openid_configuration;
mod issue_tokens;
pub(crate) mod log_in;
pub(crate) mod log_out;
pub(crate) mod refresh_tokens;
pub(crate) mod register_tenant;

use kernel::chance;
use tenancy::password;
use web::{FieldError, Problem};

use crate::state::State;

/// How long others may keep the public keys and where they are, in seconds.
const KEYS_LIFE_S: u32 = 300;

/// Hashes a new password on a thread that may be kept busy.
async fn hash_password(state: &State, text: &str) -> Result<String, Problem> {
    let salt = chance::random::<16>(state.identity.platform().entropy());
    let text = text.to_owned();
    let hash = tokio::task::spawn_blocking(move || password::hash(&text, salt)).await;
    match hash {
        Ok(Some(hash)) => Ok(hash),
        Ok(None) | Err(_) => Err(Problem::new(web::ProblemType::Internal)),
    }
}

/// Checks a password on a thread that may be kept busy.
async fn verify_password(text: &str, hash: Option<&str>) -> Result<bool, Problem> {
    let (text, hash) = (text.to_owned(), hash.map(str::to_owned));
    tokio::task::spawn_blocking(move || password::verify(&text, hash.as_deref()))
        .await
        .map_err(|_cancelled| Problem::new(web::ProblemType::Internal))
}

/// Reads a field, noting what is wrong with it.
fn field<T: std::str::FromStr<Err: std::fmt::Display>>(
    pointer: &str,
    text: &str,
    errors: &mut Vec<FieldError>,
) -> Option<T> {
    match text.parse() {
        Ok(value) => Some(value),
        Err(error) => {
            errors.push(FieldError::new(pointer, error.to_string()));
            None
        }
    }
}

/// Notes what is wrong with a new password.
fn check_password(text: &str, errors: &mut Vec<FieldError>) {
    if let Some(why) = password::refuse(text) {
        errors.push(FieldError::new("/password", why));
    }
}
