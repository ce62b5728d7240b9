//! Moving a tenant to a status: what several operations do.

use events::Event;
use tenancy::permission::ManageTenants;
use tenancy::records::{TenantRecord, TenantStatus};
use tenancy::{Action, CommitError, OperatorPermit, Stored};
use web::{Problem, ProblemType, Tagged};

use crate::domain::status::{Move, move_to};
use crate::handlers::{ATTEMPTS_MAX, find};
use crate::views::TenantView;

/// Moves the tenant to `status`; if it is there already, nothing is written.
pub(super) async fn move_tenant(
    permit: &OperatorPermit<ManageTenants>,
    tenant: kernel::TenantId,
    status: TenantStatus,
    reason: Option<&str>,
) -> Result<Tagged<TenantView>, Problem> {
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(permit, tenant).await?;
        match try_move(permit, &stored, status, reason).await {
            Err(TryMove::Lost) => {}
            Err(TryMove::Refused(problem)) => return Err(problem),
            Ok(view) => return Ok(view),
        }
    }
    Err(Problem::new(ProblemType::Conflict))
}

/// Why a move did not happen.
pub(super) enum TryMove {
    /// Somebody else changed the tenant meanwhile.
    Lost,
    /// It cannot.
    Refused(Problem),
}

/// Moves a tenant that must still be as it was read.
pub(super) async fn try_move(
    permit: &OperatorPermit<ManageTenants>,
    stored: &Stored<TenantRecord>,
    status: TenantStatus,
    reason: Option<&str>,
) -> Result<Tagged<TenantView>, TryMove> {
    let next = match move_to(stored, status, reason.map(str::to_owned), permit.now()) {
        Move::Nowhere => {
            return Ok(Tagged {
                version: stored.version(),
                view: TenantView::of(stored),
            });
        }
        Move::Illegal => {
            let detail = format!("from {} to {}", stored.status.name(), status.name());
            let problem = Problem::new(ProblemType::IllegalTransition).detail(detail);
            return Err(TryMove::Refused(problem));
        }
        Move::To(next) => next,
    };
    let event = Event::TenantStatusChanged {
        from: stored.status.name().to_owned(),
        to: status.name().to_owned(),
    };
    match permit
        .replace(stored, &next, Action::ConfigChange, event)
        .await
    {
        Ok(()) => Ok(Tagged {
            version: stored.version() + 1,
            view: TenantView::of(&next),
        }),
        Err(CommitError::Refused(_)) => Err(TryMove::Lost),
        Err(error) => Err(TryMove::Refused(error.into())),
    }
}
