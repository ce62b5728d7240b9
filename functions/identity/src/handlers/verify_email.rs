//! `POST /api/v1/auth/verify`

use tenancy::StorageError;
use tenancy::links::Link;
use web::{Body, NoContent, Open, Problem, State};

use crate::handlers::{ATTEMPTS_MAX, is_overtaken, link_expired};
use crate::state;
use crate::views::FollowedLink;

/// Takes the link that was sent to a person's e-mail address as proof that the address is the person's. A
/// second time changes nothing.
pub(crate) async fn verify_email(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<FollowedLink>,
) -> Result<NoContent, Problem> {
    let Some(Link::Verification { person, ends_at }) = state.links.read(&body.token) else {
        return Err(link_expired());
    };
    if state.identity.platform().now() >= ends_at {
        return Err(link_expired());
    }
    for _ in 0..ATTEMPTS_MAX {
        let stored = state.identity.person(person).await?;
        let stored = stored.ok_or_else(link_expired)?;
        if stored.verified_at.is_some() {
            return Ok(NoContent);
        }
        match state.identity.verify(&stored, &caller.request).await {
            Ok(()) => return Ok(NoContent),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Contended.into())
}
