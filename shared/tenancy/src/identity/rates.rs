//! How often something may be done: one count more with what is done, or a refusal.

use jiff::Timestamp;
use kernel::ContentHash;

use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::TenantContext;
use crate::platform::Platform;
use crate::record::Stored;
use crate::records::{Counted, RateRecord};
use crate::storage::{Condition, StorageError};

/// A count as it was read.
pub(crate) struct Rate {
    stored: Option<Stored<RateRecord>>,
    record: RateRecord,
}

impl Rate {
    /// Reads the count of `what`.
    pub(crate) async fn read(
        platform: &Platform,
        what: Counted,
        of: ContentHash,
    ) -> Result<Self, StorageError> {
        let stored = platform.find::<RateRecord>(&what.of(of)).await?;
        let record = match &stored {
            Some(stored) => stored.record.clone(),
            None => RateRecord::none(what, of, platform.now()),
        };
        Ok(Self { stored, record })
    }

    /// Returns the count with one more. The error is when there may be another one.
    pub(crate) fn one_more(&self, now: Timestamp) -> Result<RateRecord, Timestamp> {
        self.record.one_more(now)
    }

    /// Writes another count with a change, which must still be as it was read.
    pub(crate) fn replace<'a>(&self, change: Change<'a>, record: &RateRecord) -> Change<'a> {
        match &self.stored {
            None => change.put_platform(record, Condition::Absent),
            Some(stored) => change.update_platform(stored, record),
        }
    }
}

/// Counts one more with a change. The inner error is when there may be another one.
pub(crate) async fn count<'a>(
    platform: &Platform,
    change: Change<'a>,
    what: Counted,
    of: ContentHash,
) -> Result<Result<Change<'a>, Timestamp>, StorageError> {
    let rate = Rate::read(platform, what, of).await?;
    let counted = rate.one_more(platform.now());
    Ok(counted.map(|record| rate.replace(change, &record)))
}

/// Counts one more by itself. The inner error is when there may be another one.
pub(crate) async fn count_now(
    context: &TenantContext,
    what: Counted,
    of: ContentHash,
) -> Result<Result<(), Timestamp>, CommitError> {
    // No entry is written, so that no action is named anywhere.
    let change = Change::new(context, Action::Update);
    match count(context.platform(), change, what, of).await? {
        Ok(change) => change.commit().await.map(Ok),
        Err(until) => Ok(Err(until)),
    }
}
