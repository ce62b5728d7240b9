//! `GET /api/v1/auth/sessions`

use jiff::Timestamp;
use tenancy::records::{PersonTenantRecord, SessionRecord};
use tenancy::{SignedIn, Slice, Stored};
use web::{Listed, Paging, Problem, State};

use crate::handlers::own::require_open;
use crate::state;
use crate::views::SessionView;

/// Lists where the person who asks is signed in, the newest sign-in first. Those that have ended are
/// left out, so that a page may hold fewer than it may and still have a next one.
pub(crate) async fn list_sessions(
    caller: SignedIn,
    State(state): State<state::State>,
    paging: Paging,
) -> Result<Listed<SessionView>, Problem> {
    require_open(&state, &caller).await?;
    let signed_out = SignedOut::read(&state, &caller).await?;
    let after = paging.after.as_ref();
    let read = state.identity.sessions(&caller, after, paging.limit);
    let Slice { mut records, next } = read.await?;
    let now = state.identity.platform().now();
    records.retain(|session| session.is_open(signed_out.of(session), now));
    let slice = Slice { records, next };
    Ok(paging.page(slice, |session| SessionView::of(&session, &caller)))
}

/// When a person signed out everywhere.
struct SignedOut {
    as_operator: Option<Timestamp>,
    memberships: Vec<Stored<PersonTenantRecord>>,
}

impl SignedOut {
    async fn read(state: &state::State, caller: &SignedIn) -> Result<Self, Problem> {
        let person = state.identity.person(caller.person()).await?;
        Ok(Self {
            as_operator: person.and_then(|person| person.signed_out_at),
            memberships: state.identity.memberships(caller.person()).await?,
        })
    }

    /// Returns when the person signed out where a sign-in is.
    fn of(&self, session: &SessionRecord) -> Option<Timestamp> {
        let Some(tenant) = session.tenant_id else {
            return self.as_operator;
        };
        let mut memberships = self.memberships.iter();
        let of_tenant = memberships.find(|membership| membership.tenant_id == tenant);
        of_tenant.and_then(|membership| membership.signed_out_at)
    }
}
