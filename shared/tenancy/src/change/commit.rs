//! Making a change happen.

use events::{Envelope, Event};
use kernel::EventId;
use kernel::limits::TRANSACTION_ACTIONS_MAX;
use serde_dynamo::AttributeValue;

use crate::audit::{AuditRecord, Subject};
use crate::change::{Change, CommitError, OWNER, Once};
use crate::key::{Key, TenantKey, platform_key, tenant_key};
use crate::keys::{IdempotencyKey, InboxKey, OwnerKey};
use crate::record::{Record, Stamp, attribute, encode};
use crate::records::{IdempotencyRecord, InboxRecord, OutboxRecord};
use crate::relay;
use crate::storage::{Condition, RawWrite, StorageError, TransactError};

impl Change<'_> {
    /// Writes the change with its events and audit entries, all or nothing.
    pub async fn commit(mut self) -> Result<(), CommitError> {
        let (entities, writes) = self.finished()?;
        let refused = match self.context.ports().table.transact(writes).await {
            Ok(()) => return Ok(()),
            Err(TransactError::Storage(error)) => {
                return Err(self.context.note(error).await.into());
            }
            Err(TransactError::Refused(positions)) => positions,
        };
        let refused: Vec<&'static str> = refused
            .into_iter()
            .filter_map(|at| entities.get(at).copied())
            .collect();
        if refused.contains(&InboxKey::ENTITY) {
            return Err(CommitError::AlreadyDone);
        }
        if let Some((once, _)) = &self.once
            && refused.contains(&IdempotencyKey::ENTITY)
        {
            return Err(self.replayed(*once).await);
        }
        Err(CommitError::Refused(refused))
    }

    /// Adds an entry about what is no item of the change.
    pub(crate) fn noting(mut self, entry: AuditRecord) -> Self {
        self.audit.push(entry);
        self
    }

    /// Returns all that is to be written, and the entity of each write.
    pub(crate) fn finished(&mut self) -> Result<(Vec<&'static str>, Vec<RawWrite>), StorageError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.add_markers()?;
        self.add_trail()?;
        if self.writes.len() > TRANSACTION_ACTIONS_MAX {
            return Err(StorageError::TooManyWrites(self.writes.len()));
        }
        Ok(std::mem::take(&mut self.writes).into_iter().unzip())
    }

    /// Writes the trail of an attempt on another tenant's id, if the id is another tenant's.
    pub(crate) async fn commit_cross_tenant_attempt(mut self, id: &str) -> Result<(), CommitError> {
        let key = platform_key(&OwnerKey { id: id.to_owned() });
        let mine = AttributeValue::S(self.context.tenant().to_string());
        self.writes.push((
            OwnerKey::ENTITY,
            RawWrite::Check {
                key,
                condition: Condition::Differs(OWNER, mine),
            },
        ));
        let subject = Subject::named(OwnerKey::ENTITY, id);
        let entry = AuditRecord::new(self.context, self.action, subject);
        self.noting(entry)
            .event(Event::CrossTenantAttempted {
                resource_id: id.to_owned(),
            })
            .commit()
            .await
    }

    /// Adds what makes the change happen once.
    fn add_markers(&mut self) -> Result<(), StorageError> {
        let now = self.context.now();
        if let Some((once, outcome)) = self.once.clone() {
            self.add_item(&IdempotencyRecord {
                digest: once.digest,
                fingerprint: once.fingerprint,
                outcome,
                made_at: now,
            })?;
        }
        if let Some((consumer, message)) = self.message.take() {
            self.add_item(&InboxRecord {
                consumer,
                message,
                seen_at: now,
            })?;
        }
        Ok(())
    }

    /// Adds the events and the audit entries.
    fn add_trail(&mut self) -> Result<(), StorageError> {
        for event in std::mem::take(&mut self.events) {
            let envelope = Envelope {
                id: EventId::mint(self.context.mint()),
                tenant_id: self.context.tenant(),
                occurred_at: self.context.now(),
                request_id: self.context.request().request_id.clone(),
                event,
            };
            let record = OutboxRecord { envelope };
            let mut item = encode(&record, Stamp::FIRST)?;
            let (partition, sort) = relay::due_keys(&record.envelope);
            let fields = item.inner_mut();
            fields.insert(attribute::DUE_PK.to_owned(), AttributeValue::S(partition));
            fields.insert(attribute::DUE_SK.to_owned(), AttributeValue::S(sort));
            let key = tenant_key(self.context.tenant(), &record.key());
            let write = RawWrite::Put {
                key,
                item,
                condition: Condition::Absent,
            };
            self.writes
                .push((<OutboxRecord as Record>::Key::ENTITY, write));
        }
        for entry in std::mem::take(&mut self.audit) {
            self.add_item(&entry)?;
        }
        Ok(())
    }

    fn add_item<R>(&mut self, record: &R) -> Result<(), StorageError>
    where
        R: Record,
        R::Key: TenantKey,
    {
        let key = tenant_key(self.context.tenant(), &record.key());
        let item = encode(record, Stamp::FIRST)?;
        let write = RawWrite::Put {
            key,
            item,
            condition: Condition::Absent,
        };
        self.writes.push((<R::Key as Key>::ENTITY, write));
        Ok(())
    }

    /// Finds out what came of the request that was first under the same idempotency key.
    async fn replayed(&self, once: Once) -> CommitError {
        match self.context.replayed(Some(&once)).await {
            Ok(Some(outcome)) => CommitError::Replayed(outcome),
            // It was forgotten in between: its time was over just now.
            Ok(None) => CommitError::Refused(vec![IdempotencyKey::ENTITY]),
            Err(error) => error,
        }
    }
}
