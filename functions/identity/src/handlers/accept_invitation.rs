//! `POST /api/v1/auth/invitations/accept`

use kernel::{EmailAddress, PersonId};
use tenancy::invitations::{AcceptError, Invitee};
use tenancy::keys::{InvitationKey, MembershipKey, PersonByEmailKey, PersonKey, PersonTenantKey};
use tenancy::records::{PersonByEmailRecord, PersonRecord, SecondFactor};
use tenancy::{CommitError, RequestInfo, StorageError, Stored, password};
use web::{Body, Found, Open, Problem, ProblemType, State};

use crate::handlers::invitations::{Offer, offer};
use crate::handlers::sign_out_everywhere::take_back_all;
use crate::handlers::{ATTEMPTS_MAX, check_password};
use crate::state;
use crate::views::{Acceptance, AcceptedView};

/// Makes whoever followed a link a member. The link came to the address: who is new sets a password, and so
/// does who never proved to have the address, whatever was set with it before. Who did proves the password.
pub(crate) async fn accept_invitation(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<Acceptance>,
) -> Result<Found<AcceptedView>, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let Offer { tenant, open } = offer(&state, &body.token).await?;
        let invitation = &open.invitation;
        let invitee = invitee(&state, &invitation.email, &body.password, &caller.request).await?;
        let accepted = state
            .identity
            .accept(tenant.id, &open, &invitee, &caller.request);
        match accepted.await {
            Ok(()) => return Ok(Found(AcceptedView::of(&tenant, invitation))),
            Err(AcceptError::AlreadyMember) => {
                // Who was overtaken by an acceptance of the same link is told what whoever comes later is.
                offer(&state, &body.token).await?;
                let detail = "the person is a member already";
                return Err(Problem::new(ProblemType::Conflict).detail(detail));
            }
            Err(AcceptError::Commit(error)) if is_lost(&error) => {}
            Err(AcceptError::Commit(error)) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}

/// Returns whether somebody else changed what an acceptance was made of.
fn is_lost(error: &CommitError) -> bool {
    error.is_contended()
        || error.refused::<InvitationKey>()
        || error.refused::<MembershipKey>()
        || error.refused::<PersonTenantKey>()
        || error.refused::<PersonKey>()
        || error.refused::<PersonByEmailKey>()
}

/// Finds or makes the person who accepts.
async fn invitee(
    state: &state::State,
    email: &EmailAddress,
    password: &str,
    request: &RequestInfo,
) -> Result<Invitee, Problem> {
    let Some(known) = state.identity.person_by_email(email).await? else {
        return newcomer(state, email, password).await;
    };
    if known.verified_at.is_none() {
        return claim(state, known, password, request).await;
    }
    let digest = PersonByEmailRecord::digest(email);
    let proved = state
        .identity
        .prove(digest, Some(&known), password, request);
    proved.await?;
    Ok(Invitee::Known(Box::new(known)))
}

async fn newcomer(
    state: &state::State,
    email: &EmailAddress,
    password: &str,
) -> Result<Invitee, Problem> {
    let platform = state.identity.platform();
    Ok(Invitee::New(Box::new(PersonRecord {
        id: PersonId::mint(platform.mint()),
        email: email.clone(),
        password_hash: hash(state, password).await?,
        is_operator: false,
        created_at: platform.now(),
        sign_outs: 0,
        verified_at: Some(platform.now()),
        resets: 0,
        second_factor: SecondFactor::default(),
    })))
}

/// Gives whoever has the address the person that somebody made with it: with another password, and signed
/// out everywhere.
async fn claim(
    state: &state::State,
    known: Stored<PersonRecord>,
    password: &str,
    request: &RequestInfo,
) -> Result<Invitee, Problem> {
    let person = PersonRecord {
        password_hash: hash(state, password).await?,
        verified_at: Some(state.identity.platform().now()),
        sign_outs: known.sign_outs.saturating_add(1),
        ..known.record.clone()
    };
    take_back_all(state, &person, request).await?;
    Ok(Invitee::Claimed(Box::new(known), Box::new(person)))
}

async fn hash(state: &state::State, password: &str) -> Result<String, Problem> {
    let mut errors = Vec::new();
    check_password("/password", password, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let entropy = state.identity.platform().entropy();
    Ok(password::hash_apart(password, entropy).await?)
}
