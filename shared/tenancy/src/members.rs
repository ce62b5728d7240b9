//! Members: what people may do in a tenant. It is written on the tenant's side and on the person's together,
//! and what it was before is taken back from the access tokens that say it.

use events::Event;
use kernel::PersonId;
use kernel::limits::LIST_ITEMS_MAX;

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::TenantContext;
use crate::identity::{revocations, revoked_in};
use crate::key::Key;
use crate::keys::{MembershipKey, PersonTenantKey, WebsiteKey};
use crate::permission::{ManageMembers, Permission};
use crate::permit::{Permit, Slice};
use crate::record::{Record, Stored, unchanged};
use crate::records::{MembershipRecord, MembershipState, PersonTenantRecord, Revoked};
use crate::role::{Role, WebsiteRoles};
use crate::storage::{Condition, Consistency, StorageError};

/// Why a membership stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Whoever acts does not run the tenant any more.
    #[error("whoever acts does not run the tenant")]
    NoAdmin,
    /// Nobody else could run the tenant.
    #[error("nobody else runs the tenant")]
    LastAdmin,
    /// The change was not written.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<StorageError> for MemberError {
    fn from(error: StorageError) -> Self {
        Self::Commit(error.into())
    }
}

impl Permit<ManageMembers> {
    /// Replaces a membership that must still be as it was read. Access tokens that say what it was before
    /// are taken back; sign-ins end where it is disabled. `once` is what makes the request repeatable, if
    /// it is.
    pub async fn change_member(
        &self,
        stored: &Stored<MembershipRecord>,
        member: &MembershipRecord,
        once: Option<Once>,
    ) -> Result<(), MemberError> {
        let change = self.begin(stored).await?.once(once, member.person_id);
        let change = requiring(change, &member.websites, &stored.websites);
        replace(self.context(), change, stored, Some(member)).await
    }

    /// Ends a membership that must still be as it was read.
    pub async fn remove_member(
        &self,
        stored: &Stored<MembershipRecord>,
    ) -> Result<(), MemberError> {
        let change = self.begin(stored).await?;
        replace(self.context(), change, stored, None).await
    }

    /// Begins a change by somebody who still runs the tenant: an access token says so for a while after it
    /// ceased to be true, and must not make it true again.
    async fn begin(&self, stored: &Stored<MembershipRecord>) -> Result<Change<'_>, MemberError> {
        let actor = self.admin().await?;
        let change = self.change(Action::PermissionChange);
        Ok(if actor.person_id == stored.person_id {
            change
        } else {
            change.require_unchanged(&actor)
        })
    }
}

impl<P: Permission> Permit<P> {
    /// Reads the membership of whoever acts, which must still be that of a tenant admin.
    pub(crate) async fn admin(&self) -> Result<Stored<MembershipRecord>, MemberError> {
        let Actor::Member(person) = self.actor() else {
            return Err(MemberError::NoAdmin);
        };
        let actor = self
            .get::<MembershipRecord>(&MembershipKey { person })
            .await?;
        actor
            .filter(|actor| runs_the_tenant(actor))
            .ok_or(MemberError::NoAdmin)
    }
}

/// Requires that the tenant has the websites on which somebody gets a role. Of those on which somebody had one
/// already it does not: a website that is gone keeps nobody's roles as they are.
pub(crate) fn requiring<'a>(
    change: Change<'a>,
    roles: &WebsiteRoles,
    before: &WebsiteRoles,
) -> Change<'a> {
    let added = roles
        .iter()
        .map(|(website, _)| website)
        .filter(|website| before.on(*website).is_none());
    added.fold(change, |change, website| {
        change.require(&WebsiteKey { website })
    })
}

/// Makes somebody a member, on the tenant's side and on the person's.
pub(crate) fn join<'a>(change: Change<'a>, membership: &MembershipRecord) -> Change<'a> {
    let rights = PersonTenantRecord::first_rights(membership.joined_at);
    let seen = PersonTenantRecord {
        person_id: membership.person_id,
        tenant_id: change.tenant(),
        role: membership.role,
        websites: membership.websites.clone(),
        state: membership.state,
        rights,
        good_from: rights,
    };
    change
        .create(membership)
        .put_platform(&seen, Condition::Absent)
}

/// Ends the membership of whoever acts, where there is one. Returns whether there was.
pub(crate) async fn leave(context: &TenantContext) -> Result<bool, MemberError> {
    let Actor::Member(person) = context.actor() else {
        return Ok(false);
    };
    // The person's side is asked first: a tenant that is not the person's is not acted on at all.
    let Some(seen) = seen_by(context, person).await? else {
        return Ok(false);
    };
    let key = MembershipKey { person };
    let Some(stored) = context.read(&key, Consistency::Strong).await? else {
        return Ok(false);
    };
    let change = Change::new(context, Action::PermissionChange);
    let left = replace_both(context, change, (&stored, &seen), None).await;
    left.map(|()| true)
}

/// Finds the person's side of a membership.
async fn seen_by(
    context: &TenantContext,
    person: PersonId,
) -> Result<Option<Stored<PersonTenantRecord>>, StorageError> {
    let tenant = context.tenant();
    let key = PersonTenantKey { person, tenant };
    context.platform().find(&key).await
}

/// Makes a membership another one, or ends it.
async fn replace(
    context: &TenantContext,
    change: Change<'_>,
    stored: &Stored<MembershipRecord>,
    after: Option<&MembershipRecord>,
) -> Result<(), MemberError> {
    let Some(seen) = seen_by(context, stored.person_id).await? else {
        return Err(CommitError::Refused(vec![PersonTenantKey::ENTITY]).into());
    };
    replace_both(context, change, (stored, &seen), after).await
}

/// Makes a membership another one, or ends it, on both its sides as they were read.
async fn replace_both(
    context: &TenantContext,
    mut change: Change<'_>,
    (stored, seen): (&Stored<MembershipRecord>, &Stored<PersonTenantRecord>),
    after: Option<&MembershipRecord>,
) -> Result<(), MemberError> {
    let person = stored.person_id;
    let is_own = matches!(context.actor(), Actor::Member(actor) if actor == person);
    if is_own && runs_the_tenant(stored) && !after.is_some_and(runs_the_tenant) {
        let other = another_admin(context, stored).await?;
        // Two who go at the same time do not both succeed.
        change = change.require_unchanged(&other.ok_or(MemberError::LastAdmin)?);
    }
    let now = context.now();
    let rights = seen.next_rights(now);
    let change = match after {
        Some(member) => {
            let is_disabled = member.state == MembershipState::Disabled;
            let seen_after = PersonTenantRecord {
                role: member.role,
                websites: member.websites.clone(),
                state: member.state,
                rights,
                good_from: if is_disabled { rights } else { seen.good_from },
                ..seen.record.clone()
            };
            change
                .update(stored, member)
                .update_platform(seen, &seen_after)
                .event(Event::MembershipChanged { person_id: person })
        }
        None => change
            .delete(stored)
            .delete_platform(&seen.key(), unchanged(seen))
            .event(Event::MembershipEnded { person_id: person }),
    };
    let revoked = Revoked::Rights {
        person,
        since: rights,
    };
    let before = revocations(context).await?;
    revoked_in(change, before.as_ref(), revoked, now)
        .commit()
        .await?;
    Ok(())
}

pub(crate) fn runs_the_tenant(member: &MembershipRecord) -> bool {
    member.role == Role::TenantAdmin && member.state == MembershipState::Active
}

/// Finds somebody else who runs the tenant.
async fn another_admin(
    context: &TenantContext,
    than: &MembershipRecord,
) -> Result<Option<Stored<MembershipRecord>>, StorageError> {
    let is_another = |member: &Stored<MembershipRecord>| {
        member.person_id != than.person_id && runs_the_tenant(member)
    };
    let (members, mut after) = (MembershipKey::partition_of(), None);
    loop {
        let slice = context.slice(&members, after.as_ref(), LIST_ITEMS_MAX, false);
        let Slice { records, next } = slice.await?;
        if let Some(other) = records.into_iter().find(is_another) {
            return Ok(Some(other));
        }
        if next.is_none() {
            return Ok(None);
        }
        after = next;
    }
}
