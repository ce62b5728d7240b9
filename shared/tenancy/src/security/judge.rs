//! The judge: counts what comes from a tenant that nobody does by right, and suspends the tenant where there is too much
//! of it. An operator activates it again.

use events::Event;
use jiff::Timestamp;
use kernel::limits::{LIST_ITEMS_MAX, SUSPENSION_LETTERS_MAX};
use kernel::{PersonId, TenantId};

use crate::abuse::{AbuseCounts, Signal};
use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::TenantContext;
use crate::keys::{AbuseKey, MembershipKey, TenantRecordKey};
use crate::members::runs_the_tenant;
use crate::operator::relist;
use crate::permit::Slice;
use crate::rate_plan::Period;
use crate::record::Stored;
use crate::records::{AbuseRecord, MembershipRecord, TenantRecord, TenantStatus};
use crate::security::{Noticed, Watch};
use crate::storage::{Consistency, StorageError};

/// The event in the log of a suspension, by which they are counted.
pub const SUSPENDED: &str = "security.suspended";

/// Attempts before others who change the tenant are in the way.
const ATTEMPTS_MAX: usize = 5;

/// Pages of members that are looked at for admins to write to.
const MEMBER_PAGES_MAX: usize = 10;

impl Watch {
    /// Counts what was noticed of one tenant, in the order of the table's stream, and suspends the tenant where that is
    /// too much. What was counted before is not counted again.
    pub async fn judge(&self, tenant: TenantId, noticed: &[&Noticed]) -> Result<(), CommitError> {
        if !noticed.iter().any(|one| !Signal::of(&one.entry).is_empty()) {
            return Ok(());
        }
        let context = self.acting_on(tenant);
        for _ in 0..ATTEMPTS_MAX {
            match judge(&context, noticed).await {
                Err(CommitError::Refused(_)) => {}
                judged => return judged,
            }
        }
        Err(StorageError::Contended.into())
    }
}

async fn judge(context: &TenantContext, noticed: &[&Noticed]) -> Result<(), CommitError> {
    let read = context.read::<TenantRecord>(&TenantRecordKey {}, Consistency::Strong);
    let Some(tenant) = read.await? else {
        return Ok(());
    };
    // Of one that is suspended already there is nothing to be decided.
    if tenant.status != TenantStatus::Active {
        return Ok(());
    }
    let before = context.read::<AbuseRecord>(&AbuseKey {}, Consistency::Strong);
    let before = before.await?;
    let mut record = match &before {
        Some(before) => before.record.clone(),
        None => AbuseRecord {
            hour: Timestamp::UNIX_EPOCH,
            through: String::new(),
            counts: AbuseCounts::default(),
        },
    };
    for one in noticed {
        count(&mut record, one);
    }
    if before
        .as_ref()
        .is_some_and(|before| before.record == record)
    {
        return Ok(());
    }
    if let Some(reason) = record.counts.beyond(&tenant.abuse_limits()) {
        return suspend(context, &tenant, (before.as_ref(), record), reason).await;
    }
    let change = Change::new(context, Action::Update);
    counted(change, before.as_ref(), &record).commit().await
}

/// Counts an entry, if it was not counted and is of the hour that is counted, or of a later one.
fn count(record: &mut AbuseRecord, noticed: &Noticed) {
    let hour = Period::Hour.begun(noticed.entry.at);
    let is_counted = !is_after(&noticed.place, &record.through) && hour == record.hour;
    if is_counted || hour < record.hour {
        return;
    }
    if hour > record.hour {
        record.hour = hour;
        record.counts = AbuseCounts::default();
    }
    record.through.clone_from(&noticed.place);
    for (signal, amount) in Signal::of(&noticed.entry) {
        record.counts.add(signal, amount);
    }
}

/// Returns whether a place in the table's stream is after another one: they are numbers of any length.
fn is_after(place: &str, other: &str) -> bool {
    let order = |place: &str| {
        let digits = place.trim_start_matches('0');
        (digits.len(), digits.to_owned())
    };
    order(place) > order(other)
}

/// Writes down what is counted, in the place of what was.
fn counted<'a>(
    change: Change<'a>,
    before: Option<&Stored<AbuseRecord>>,
    record: &AbuseRecord,
) -> Change<'a> {
    match before {
        None => change.attach(record),
        Some(before) => change.reattach(before, record),
    }
}

/// Suspends the tenant, and has its admins written to. What was counted begins anew: the tenant may be activated again
/// within the hour.
async fn suspend(
    context: &TenantContext,
    stored: &Stored<TenantRecord>,
    (before, record): (Option<&Stored<AbuseRecord>>, AbuseRecord),
    reason: String,
) -> Result<(), CommitError> {
    let now = context.now();
    let tenant = TenantRecord {
        status: TenantStatus::Suspended,
        suspended_at: Some(now),
        suspended_reason: Some(reason.clone()),
        updated_at: now,
        ..stored.record.clone()
    };
    let record = AbuseRecord {
        counts: AbuseCounts::default(),
        ..record
    };
    let change = Change::new(context, Action::Suspended).update(stored, &tenant);
    let mut change = counted(change, before, &record).event(Event::TenantStatusChanged {
        from: stored.status.name().to_owned(),
        to: tenant.status.name().to_owned(),
    });
    for person_id in admins(context).await? {
        change = change.event(Event::SuspensionNotified { person_id });
    }
    relist(change, stored, &tenant).commit().await?;
    tracing::warn!(
        tenant.id = %context.tenant(),
        event = SUSPENDED,
        reason,
        "a tenant was suspended for what came from it"
    );
    Ok(())
}

/// Finds some of those who run the tenant.
async fn admins(context: &TenantContext) -> Result<Vec<PersonId>, StorageError> {
    let (members, mut after) = (MembershipKey::partition_of(), None);
    let mut found = Vec::new();
    for _ in 0..MEMBER_PAGES_MAX {
        let slice = context.slice(&members, after.as_ref(), LIST_ITEMS_MAX, false);
        let Slice { records, next } = slice.await?;
        let admins = records
            .iter()
            .filter(|stored: &&Stored<MembershipRecord>| runs_the_tenant(stored));
        found.extend(admins.map(|stored| stored.person_id));
        after = next;
        if after.is_none() || found.len() >= SUSPENSION_LETTERS_MAX {
            break;
        }
    }
    found.truncate(SUSPENSION_LETTERS_MAX);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::is_after;

    #[test]
    fn places_are_in_the_order_of_numbers() {
        for (place, other, expected) in [
            ("1", "", true),
            ("", "", false),
            ("9", "10", false),
            ("10", "9", true),
            ("010", "10", false),
            ("700000000000012345678901", "700000000000012345678900", true),
        ] {
            assert_eq!(is_after(place, other), expected, "{place} {other}");
        }
    }
}
