//! One operation, one file.

pub(crate) mod accept_invitation;
mod api_keys;
pub(crate) mod appeal;
pub(crate) mod ask_for_verification;
mod begin_session;
pub(crate) mod begin_support;
pub(crate) mod bootstrap_operator;
pub(crate) mod break_glass;
pub(crate) mod change_password;
pub(crate) mod confirm_authenticator;
mod cookies;
pub(crate) mod create_api_key;
pub(crate) mod delete_api_key;
pub(crate) mod end_session;
pub(crate) mod end_sessions;
pub(crate) mod end_support;
pub(crate) mod enroll_authenticator;
pub(crate) mod enter_support;
pub(crate) mod forget_password;
pub(crate) mod get_api_key;
pub(crate) mod get_invitation;
pub(crate) mod get_jwks;
pub(crate) mod get_member;
pub(crate) mod get_openid_configuration;
pub(crate) mod get_roles;
pub(crate) mod get_second_factor;
pub(crate) mod get_support;
mod invitations;
pub(crate) mod invite_member;
mod issue_tokens;
pub(crate) mod leave_tenant;
pub(crate) mod list_api_key_usage;
pub(crate) mod list_api_keys;
pub(crate) mod list_invitations;
pub(crate) mod list_members;
pub(crate) mod list_own_tenants;
pub(crate) mod list_sessions;
pub(crate) mod list_support;
pub(crate) mod list_support_of;
pub(crate) mod log_in;
pub(crate) mod log_out;
pub(crate) mod look_up_invitation;
mod members;
mod own;
pub(crate) mod refresh_tokens;
pub(crate) mod register_tenant;
pub(crate) mod remove_member;
pub(crate) mod remove_second_factor;
pub(crate) mod renew_recovery_codes;
pub(crate) mod resend_invitation;
pub(crate) mod reset_password;
mod roles;
pub(crate) mod rotate_api_key;
mod second_factor;
pub(crate) mod set_roles;
mod sign_out_everywhere;
pub(crate) mod switch_tenant;
pub(crate) mod toggle_member;
pub(crate) mod update_api_key;
pub(crate) mod update_member;
pub(crate) mod verify_code;
pub(crate) mod verify_email;
pub(crate) mod withdraw_invitation;

use tenancy::keys::{
    OperatorRevocationsKey, PersonKey, PersonTenantKey, RateKey, RevocationsKey, SessionKey,
};
use tenancy::{CommitError, Once, Permission, Permit, StorageError, password};
use web::{FieldError, Problem, ProblemType};

/// Attempts before others who change the same are in the way.
const ATTEMPTS_MAX: usize = 10;

/// How long others may keep the public keys and where they are, in seconds.
const KEYS_LIFE_S: u32 = 300;

/// Reads a field, noting what is wrong with it.
pub(crate) fn field<T: std::str::FromStr<Err: std::fmt::Display>>(
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
fn check_password(pointer: &str, text: &str, errors: &mut Vec<FieldError>) {
    if let Some(why) = password::refuse(text) {
        errors.push(FieldError::new(pointer, why));
    }
}

fn link_expired() -> Problem {
    Problem::new(ProblemType::LinkExpired)
}

/// Returns whether somebody else changed what a change of a sign-in was made of.
fn is_overtaken(error: &CommitError) -> bool {
    error.is_contended()
        || error.refused::<SessionKey>()
        || error.refused::<PersonKey>()
        || error.refused::<PersonTenantKey>()
        || error.refused::<RevocationsKey>()
        || error.refused::<OperatorRevocationsKey>()
        || error.refused::<RateKey>()
}

/// Refuses a request, unless it was made meanwhile under the same idempotency key, and is refused for what came of
/// it: then it is to be looked at again.
async fn unless_made<P: Permission>(
    permit: &Permit<P>,
    once: Option<&Once>,
    refusal: Problem,
) -> Result<(), Problem> {
    match permit.replayed(once).await? {
        Some(_made) => Ok(()),
        None => Err(refusal),
    }
}

/// Does again what others were in the way of.
async fn persist<T, F>(mut write: impl FnMut() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, CommitError>>,
{
    for _ in 0..ATTEMPTS_MAX {
        match write().await {
            Ok(written) => return Ok(written),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}
