//! Ending all sign-ins of a person.

use kernel::TenantId;
use tenancy::records::PersonRecord;
use tenancy::{RequestInfo, SignedIn, StorageError, Stored};
use web::{Problem, ProblemType};

use crate::handlers::{ATTEMPTS_MAX, is_overtaken, persist};
use crate::state::State;

/// Who asks that a person is signed out.
pub(super) struct Asked<'a> {
    /// The tenant of the sign-in that asks, if one does, and it is a member's.
    pub(super) tenant: Option<TenantId>,
    pub(super) request: &'a RequestInfo,
    /// What is told where the person was signed out by somebody else meanwhile.
    pub(super) over: ProblemType,
}

impl<'a> Asked<'a> {
    pub(super) fn by(caller: &'a SignedIn) -> Self {
        Self {
            tenant: caller.tenant(),
            request: caller.request(),
            over: ProblemType::TokenExpired,
        }
    }
}

/// Takes the access tokens of a person back, and then ends all sign-ins with one write that makes
/// the person what `change` says, if the person still is as `before`. Where that fails, refresh tokens are as
/// good as before, but the access tokens of the tenants that were dealt with already are not, for a quarter
/// of an hour: it is to be asked for again. Of those who ask at the same time, one does it.
pub(super) async fn sign_out_everywhere(
    state: &State,
    asked: Asked<'_>,
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
        let memberships = identity.memberships(person.id).await?;
        let tenants: Vec<_> = memberships.iter().map(|one| one.tenant_id).collect();
        // What is written last is that of where it was asked for, so that it is noted there.
        let mut last = asked.tenant.filter(|tenant| tenants.contains(tenant));
        if last.is_none() && !person.is_operator {
            last = tenants.first().copied();
        }
        let others = tenants.into_iter().filter(|tenant| Some(*tenant) != last);
        let is_operator = person.is_operator && last.is_some();
        take_back(state, &person, others, is_operator, asked.request).await?;
        let replaced = identity.replace_signed_out(&before, &person, last, asked.request);
        match replaced.await {
            Ok(()) => return Ok(()),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let over = || Problem::new(asked.over);
        before = identity.person(person.id).await?.ok_or_else(over)?;
        if before.sign_outs != sign_outs {
            return Err(over());
        }
    }
    Err(StorageError::Contended.into())
}

/// Takes the access tokens back of a person who is about to be signed out everywhere: those to `tenants`, and
/// those as an operator.
async fn take_back(
    state: &State,
    person: &PersonRecord,
    tenants: impl Iterator<Item = TenantId>,
    is_operator: bool,
    request: &RequestInfo,
) -> Result<(), Problem> {
    let identity = &state.identity;
    for tenant in tenants {
        persist(|| identity.take_back_in(tenant, person, request)).await?;
    }
    if is_operator {
        persist(|| identity.take_back_as_operator(person, request)).await?;
    }
    Ok(())
}

/// Takes all access tokens back of a person whom somebody else signs out everywhere in another write.
pub(super) async fn take_back_all(
    state: &State,
    person: &PersonRecord,
    request: &RequestInfo,
) -> Result<(), Problem> {
    let memberships = state.identity.memberships(person.id).await?;
    let tenants = memberships.iter().map(|one| one.tenant_id);
    take_back(state, person, tenants, person.is_operator, request).await
}
