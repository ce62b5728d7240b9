//! Ending all sign-ins of a person.

use tenancy::records::PersonRecord;
use tenancy::{CommitError, SignedIn, StorageError, Stored};
use web::{Problem, ProblemType};

use crate::handlers::{ATTEMPTS_MAX, is_overtaken};
use crate::state::State;

/// Takes the access tokens of the person who asks back, and then ends all sign-ins with one write that makes
/// the person what `change` says, if the person still is as `before`. Where that fails, refresh tokens are as
/// good as before, but the access tokens of the tenants that were dealt with already are not, for a quarter
/// of an hour: it is to be asked for again. Of those who ask at the same time, one does it.
pub(super) async fn sign_out_everywhere(
    state: &State,
    caller: &SignedIn,
    mut before: Stored<PersonRecord>,
    change: impl Fn(PersonRecord) -> PersonRecord,
) -> Result<(), Problem> {
    let identity = &state.identity;
    let sign_outs = before.sign_outs;
    for _ in 0..ATTEMPTS_MAX {
        let person = PersonRecord {
            sign_outs: sign_outs.saturating_add(1),
            ..change(before.record.clone())
        };
        let mut last = None;
        for membership in identity.memberships(person.id).await? {
            let tenant = membership.tenant_id;
            if Some(tenant) == caller.tenant() {
                last = caller.tenant();
            } else {
                persist(|| identity.take_back_in(tenant, &person, caller.request())).await?;
            }
        }
        if person.is_operator && last.is_some() {
            persist(|| identity.take_back_as_operator(&person)).await?;
        }
        let replaced = identity.replace_signed_out(&before, &person, last, caller.request());
        match replaced.await {
            Ok(()) => return Ok(()),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let over = || Problem::new(ProblemType::TokenExpired);
        before = identity.person(person.id).await?.ok_or_else(over)?;
        if before.sign_outs != sign_outs {
            return Err(over());
        }
    }
    Err(StorageError::Contended.into())
}

/// Does again what others were in the way of.
async fn persist<F>(mut write: impl FnMut() -> F) -> Result<(), Problem>
where
    F: Future<Output = Result<(), CommitError>>,
{
    for _ in 0..ATTEMPTS_MAX {
        match write().await {
            Ok(()) => return Ok(()),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}
