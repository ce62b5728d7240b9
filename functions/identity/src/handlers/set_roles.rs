//! `PUT /api/v1/tenant/roles`

use kernel::limits::{LIST_ITEMS_MAX, ROLE_CHANGE_MEMBERS_MAX};
use tenancy::keys::{MembershipKey, RolesKey};
use tenancy::permission::ManageRoles;
use tenancy::records::{MembershipRecord, RolesRecord};
use tenancy::{MemberError, Permit, Slice, StorageError};
use web::{Body, IfMatch, Problem, Query, Tagged};

use crate::handlers::ATTEMPTS_MAX;
use crate::handlers::members::{is_lost, refusal};
use crate::handlers::roles::{find, in_force, version};
use crate::views::{AffectedMember, ChangedRolesView, RolesChange, RolesQuery};

/// Says what each role may do and needs, within a minute wherever somebody has it; or only tells who would gain and lose
/// what.
pub(crate) async fn set_roles(
    permit: Permit<ManageRoles>,
    Query(query): Query<RolesQuery>,
    if_match: IfMatch,
    Body(change): Body<RolesChange>,
) -> Result<Tagged<ChangedRolesView>, Problem> {
    let is_dry_run = query.is_dry_run()?;
    for _ in 0..ATTEMPTS_MAX {
        let stored = find(&permit).await?;
        let (before, version) = (in_force(stored.as_ref()), version(stored.as_ref()));
        let after = change.read(&before)?;
        if_match.check(version)?;
        let affected = affected(&permit, &before, &after).await?;
        let shown = |version| Tagged {
            version,
            view: ChangedRolesView::of(&after, is_dry_run, affected),
        };
        if is_dry_run || before == after {
            return Ok(shown(version));
        }
        match permit.set_roles(stored.as_ref(), &after).await {
            Ok(()) => return Ok(shown(version.saturating_add(1))),
            Err(error) if is_overtaken(&error) => {}
            Err(error) => return Err(refusal(error)),
        }
    }
    Err(StorageError::Contended.into())
}

/// Returns whether somebody else changed what the change was made of.
fn is_overtaken(error: &MemberError) -> bool {
    let is_changed = matches!(error, MemberError::Commit(error) if error.refused::<RolesKey>());
    is_changed || is_lost(error)
}

/// Returns the members for whom something changes, of those who came to the platform first, and whether there
/// are more.
async fn affected(
    permit: &Permit<ManageRoles>,
    before: &RolesRecord,
    after: &RolesRecord,
) -> Result<(Vec<AffectedMember>, bool), StorageError> {
    let (mut affected, mut seen, mut position) = (Vec::new(), 0, None);
    if before == after {
        return Ok((affected, false));
    }
    let members = MembershipKey::partition_of();
    while seen < ROLE_CHANGE_MEMBERS_MAX {
        let slice = permit.list::<MembershipRecord>(&members, position.as_ref(), LIST_ITEMS_MAX);
        let Slice { records, next } = slice.await?;
        seen = seen.saturating_add(records.len());
        let changed = records
            .iter()
            .filter_map(|member| AffectedMember::of(member, before, after));
        affected.extend(changed);
        if next.is_none() {
            return Ok((affected, false));
        }
        position = next;
    }
    Ok((affected, true))
}
