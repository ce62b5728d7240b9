//! `POST /api/v1/auth/invitations/lookup`

use web::{Body, Found, Open, Problem, State};

use crate::handlers::invitations::{Offer, offer};
use crate::state;
use crate::views::{FollowedLink, OfferView};

/// Shows whoever followed a link what it invites to, and whether it takes a password that there is already.
pub(crate) async fn look_up_invitation(
    _: Open,
    State(state): State<state::State>,
    Body(link): Body<FollowedLink>,
) -> Result<Found<OfferView>, Problem> {
    let Offer { tenant, open } = offer(&state, &link.token).await?;
    let invitation = &open.invitation;
    let person = state.identity.person_by_email(&invitation.email).await?;
    let is_known = person.is_some_and(|person| person.verified_at.is_some());
    Ok(Found(OfferView::of(&tenant, invitation, is_known)))
}
