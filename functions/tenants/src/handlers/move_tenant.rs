//! Moving a tenant to a status: what several operations do.

use events::Event;
use kernel::TenantId;
use tenancy::permission::ManageTenants;
use tenancy::records::{TenantRecord, TenantStatus};
use tenancy::{Action, CommitError, Once, OperatorPermit, Stored};
use web::{Problem, ProblemType, Repeatable, Tagged};

use crate::domain::status::{Move, move_to};
use crate::handlers::{ATTEMPTS_MAX, find};
use crate::views::TenantView;

/// A move to another status that is asked for.
pub(super) struct Transition {
    pub(super) to: TenantStatus,
    pub(super) reason: Option<String>,
    pub(super) once: Option<Once>,
}

impl Transition {
    /// A move to `status` without a reason and without an idempotency key.
    pub(super) fn to(status: TenantStatus) -> Self {
        Self {
            to: status,
            reason: None,
            once: None,
        }
    }
}

/// Moves the tenant; if it is there already, it stays as it is. A repetition under an idempotency
/// key is answered with the tenant as it is now.
pub(super) async fn move_tenant(
    permit: &OperatorPermit<ManageTenants>,
    tenant: TenantId,
    transition: &Transition,
) -> Result<Repeatable<Tagged<TenantView>>, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(permit, tenant).await?;
        if permit.is_replayed(tenant, transition.once.as_ref()).await? {
            // What was read may be from before the first request.
            let now = find(permit, tenant).await?;
            return Ok(Repeatable::again(shown(&now, now.version())));
        }
        match try_move(permit, &stored, transition).await {
            Err(MoveError::Lost) => {}
            Err(MoveError::Refused(problem)) => return Err(problem),
            Ok(view) => return Ok(Repeatable::first(view)),
        }
    }
    Err(Problem::new(ProblemType::Conflict))
}

/// Why a move did not happen.
pub(super) enum MoveError {
    /// Somebody else was first: with another change of the tenant, or with this one.
    Lost,
    /// It cannot.
    Refused(Problem),
}

/// Moves a tenant that must still be as it was read.
pub(super) async fn try_move(
    permit: &OperatorPermit<ManageTenants>,
    stored: &Stored<TenantRecord>,
    transition: &Transition,
) -> Result<Tagged<TenantView>, MoveError> {
    const ACTION: Action = Action::ConfigChange;
    let status = transition.to;
    let (written, answer) = match move_to(stored, status, transition.reason.clone(), permit.now()) {
        Move::Illegal => {
            let detail = format!("from {} to {}", stored.status.name(), status.name());
            let problem = Problem::new(ProblemType::IllegalTransition).detail(detail);
            return Err(MoveError::Refused(problem));
        }
        Move::Nowhere => (
            permit.remember(stored.id, transition.once).await,
            shown(stored, stored.version()),
        ),
        Move::To(next) => {
            let event = Event::TenantStatusChanged {
                from: stored.status.name().to_owned(),
                to: status.name().to_owned(),
            };
            let replaced = permit.replace(stored, &next, ACTION, event, transition.once);
            (replaced.await, shown(&next, stored.version() + 1))
        }
    };
    match written {
        Ok(()) => Ok(answer),
        Err(CommitError::Refused(_) | CommitError::Replayed(_)) => Err(MoveError::Lost),
        Err(error) => Err(MoveError::Refused(error.into())),
    }
}

fn shown(tenant: &TenantRecord, version: u64) -> Tagged<TenantView> {
    Tagged {
        version,
        view: TenantView::of(tenant),
    }
}
