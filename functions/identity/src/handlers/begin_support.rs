//! `POST /api/v1/tenant/support-sessions`

use kernel::SupportId;
use kernel::time::plus_seconds;
use tenancy::keys::SupportKey;
use tenancy::permission::ManageSupport;
use tenancy::records::SupportRecord;
use tenancy::{Actor, Permit, StorageError};
use web::{Body, Created, Idempotent, Problem, ProblemType, Repeatable};

use crate::handlers::members::{is_lost, refusal};
use crate::handlers::{ATTEMPTS_MAX, unless_made};
use crate::views::{NewSupport, SupportView};

type Answer = Repeatable<Created<SupportView>>;

/// Lets operators into the tenant, for a reason and for a while.
pub(crate) async fn begin_support(
    permit: Permit<ManageSupport>,
    Idempotent(once): Idempotent,
    Body(new): Body<NewSupport>,
) -> Result<Answer, Problem> {
    let Actor::Member(created_by) = permit.actor() else {
        return Err(Problem::new(ProblemType::Forbidden));
    };
    let asked = new.read()?;
    let now = permit.now();
    let support = SupportRecord {
        id: SupportId::mint(permit.mint()),
        reason: asked.reason,
        may_change: asked.may_change,
        created_by,
        began_at: now,
        ends_at: plus_seconds(now, i64::from(asked.minutes) * 60),
        ended_at: None,
    };
    for _ in 0..ATTEMPTS_MAX {
        if let Some(outcome) = permit.replayed(once.as_ref()).await? {
            return again(&permit, &outcome).await;
        }
        match permit.begin_support(&support, once).await {
            Ok(()) => return Ok(Repeatable::first(created(&support, 1, permit.now()))),
            Err(error) if is_lost(&error) => {}
            Err(error) => unless_made(&permit, once.as_ref(), refusal(error)).await?,
        }
    }
    Err(StorageError::Contended.into())
}

async fn again(permit: &Permit<ManageSupport>, outcome: &str) -> Result<Answer, Problem> {
    let unreadable = |_no_id| StorageError::UnreadableOutcome(outcome.to_owned());
    let support: SupportId = outcome.parse().map_err(unreadable)?;
    let stored = permit.get::<SupportRecord>(&SupportKey { support }).await?;
    let stored = stored.ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    let version = stored.version();
    Ok(Repeatable::again(created(&stored, version, permit.now())))
}

fn created(support: &SupportRecord, version: u64, now: jiff::Timestamp) -> Created<SupportView> {
    Created {
        location: format!("/api/v1/tenant/support-sessions/{}", support.id),
        version,
        view: SupportView::of(support, now),
    }
}
