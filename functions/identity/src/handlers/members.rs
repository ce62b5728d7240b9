//! What the operations on members share.

use tenancy::keys::{MembershipKey, WebsiteKey};
use tenancy::permission::ManageMembers;
use tenancy::records::MembershipRecord;
use tenancy::{CommitError, MemberError, Permission, Permit, Stored};
use web::{Problem, ProblemType, Tagged};

use crate::handlers::is_overtaken;
use crate::views::{MemberView, PersonPath};

/// Finds a member.
pub(super) async fn find<P: Permission>(
    permit: &Permit<P>,
    path: &PersonPath,
) -> Result<Stored<MembershipRecord>, Problem> {
    let key = MembershipKey {
        person: path.person,
    };
    let member = permit.get(&key).await?;
    member.ok_or_else(|| Problem::new(ProblemType::NotFound))
}

/// Changes a member, or tells that somebody was in the way: `None`.
pub(super) async fn try_change(
    permit: &Permit<ManageMembers>,
    stored: &Stored<MembershipRecord>,
    member: &MembershipRecord,
    once: Option<tenancy::Once>,
) -> Result<Option<Tagged<MemberView>>, Problem> {
    match permit.change_member(stored, member, once).await {
        Ok(()) => Ok(Some(shown(member, stored.version().saturating_add(1)))),
        Err(error) if is_lost(&error) => Ok(None),
        Err(error) => Err(refusal(error)),
    }
}

/// Returns whether somebody else changed what a change of a member was made of.
pub(super) fn is_lost(error: &MemberError) -> bool {
    match error {
        MemberError::NoAdmin | MemberError::LastAdmin => false,
        MemberError::Commit(CommitError::Replayed(_)) => true,
        MemberError::Commit(error) => is_overtaken(error) || error.refused::<MembershipKey>(),
    }
}

/// Returns what a caller is told of a membership that stays as it is.
pub(super) fn refusal(error: MemberError) -> Problem {
    match error {
        MemberError::NoAdmin => Problem::new(ProblemType::Forbidden),
        MemberError::LastAdmin => Problem::new(ProblemType::LastAdmin),
        MemberError::Commit(error) if error.refused::<WebsiteKey>() => {
            let detail = "names a website that the tenant does not have";
            Problem::invalid_field("/websites", detail)
        }
        MemberError::Commit(error) => error.into(),
    }
}

/// Returns a member as the API shows it.
pub(super) fn shown(member: &MembershipRecord, version: u64) -> Tagged<MemberView> {
    Tagged {
        version,
        view: MemberView::of(member),
    }
}
