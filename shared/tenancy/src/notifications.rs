//! What whoever sends mail may do beyond the tenant's own data: know whom it goes to. Nothing else of people
//! is reached.

use jiff::Timestamp;
use kernel::{EmailAddress, PersonId};

use crate::audit::Action;
use crate::change::CommitError;
use crate::keys::{MailKey, PersonKey};
use crate::permission::Notify;
use crate::permit::Permit;
use crate::record::Stored;
use crate::records::{MailLeaseRecord, PersonRecord};
use crate::storage::StorageError;

/// Somebody whom a mail goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub email: EmailAddress,
    /// How often a forgotten password of the person was replaced.
    pub resets: u64,
    /// Since when it is proved that the address is the person's.
    pub verified_at: Option<Timestamp>,
}

impl Permit<Notify> {
    /// Notes who is about to send a mail that was not sent: a new lease, or one in the place of another that is
    /// over and must still be as it was read. It is no state of anything, and is in no trail.
    pub async fn lease(
        &self,
        before: Option<&Stored<MailLeaseRecord>>,
        lease: &MailLeaseRecord,
    ) -> Result<(), CommitError> {
        let message = lease.message.clone();
        // Another environment may have sent it and ended its lease.
        let change = self
            .change(Action::Create)
            .require_absent(&MailKey { message });
        let change = match before {
            None => change.attach(lease),
            Some(before) => change.reattach(before, lease),
        };
        change.commit().await
    }

    /// Finds somebody whom a mail is to go to.
    pub async fn recipient(&self, person: PersonId) -> Result<Option<Recipient>, StorageError> {
        let platform = self.context().platform();
        let person = platform.find::<PersonRecord>(&PersonKey { person }).await?;
        Ok(person.map(|person| Recipient {
            email: person.record.email,
            resets: person.record.resets,
            verified_at: person.record.verified_at,
        }))
    }
}
