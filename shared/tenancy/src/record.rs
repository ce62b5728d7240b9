//! Records: what an item holds, beside its key. One record type per key type.

use jiff::Timestamp;
use kernel::ContentHash;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item};

use crate::key::Key;
use crate::storage::{Condition, StorageError};

/// The attributes that every item has, beside its record's own.
pub(crate) mod attribute {
    pub(crate) const ENTITY: &str = "entity";
    pub(crate) const SCHEMA: &str = "schema";
    pub(crate) const VERSION: &str = "version";
    pub(crate) const AUDIT_HEAD: &str = "auditHead";
    pub(crate) const EXPIRES_AT: &str = "expiresAt";
    pub(crate) const DUE_PK: &str = "duePk";
    pub(crate) const DUE_SK: &str = "dueSk";
    pub(crate) const TENANT: &str = "tenantId";
    pub(crate) const PK: &str = "pk";
    pub(crate) const SK: &str = "sk";

    /// What every item may have beside its record's own.
    pub(crate) const OF_EVERY_ITEM: [&str; 9] = [
        ENTITY, SCHEMA, VERSION, AUDIT_HEAD, EXPIRES_AT, DUE_PK, DUE_SK, PK, SK,
    ];
}

/// What an item of one entity holds.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// The entity's key.
    type Key: Key;
    /// The members of which the audit trail may show what they were and are; what is not named here is not shown. A
    /// name with a dot is that of a member's member.
    const SHOWN: &'static [&'static str] = &[];

    /// Returns the record's key.
    fn key(&self) -> Self::Key;

    /// Returns the entity's name.
    fn entity() -> &'static str {
        <Self::Key as Key>::ENTITY
    }

    /// Returns when the item may be forgotten; most never are.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// A record as it was read, with its version: what an update is conditional on.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<R> {
    /// The record.
    pub record: R,
    version: u64,
    audit_head: Option<ContentHash>,
}

impl<R> Stored<R> {
    /// Returns the record's version: one when made, one more with each change.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the hash of the newest audit entry about the record.
    pub(crate) fn audit_head(&self) -> Option<ContentHash> {
        self.audit_head
    }
}

impl<R> std::ops::Deref for Stored<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.record
    }
}

/// The version and chain that a written item gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) version: u64,
    pub(crate) audit_head: Option<ContentHash>,
}

impl Stamp {
    /// The stamp of an item that is new and has no audit entries.
    pub(crate) const FIRST: Self = Self {
        version: 1,
        audit_head: None,
    };
}

pub(crate) fn encode<R: Record>(record: &R, stamp: Stamp) -> Result<Item, StorageError> {
    let entity = <R::Key as Key>::ENTITY;
    let mut item: Item = serde_dynamo::to_item(record)
        .map_err(|source| StorageError::Malformed { entity, source })?;
    let fields = item.inner_mut();
    if let Some(name) = attribute::OF_EVERY_ITEM
        .iter()
        .find(|name| fields.contains_key(**name))
    {
        // It would be lost: what every item has is written over it.
        let source = serde::ser::Error::custom(format_args!("`{name}` is no record's own"));
        return Err(StorageError::Malformed { entity, source });
    }
    fields.insert(
        attribute::ENTITY.to_owned(),
        AttributeValue::S(entity.to_owned()),
    );
    fields.insert(
        attribute::SCHEMA.to_owned(),
        number(<R::Key as Key>::SCHEMA),
    );
    fields.insert(attribute::VERSION.to_owned(), number(stamp.version));
    if let Some(head) = stamp.audit_head {
        fields.insert(
            attribute::AUDIT_HEAD.to_owned(),
            AttributeValue::S(head.to_string()),
        );
    }
    if let Some(expires_at) = record.expires_at() {
        fields.insert(
            attribute::EXPIRES_AT.to_owned(),
            number(expires_at.as_second()),
        );
    }
    Ok(item)
}

pub(crate) fn decode<R: Record>(mut item: Item) -> Result<Stored<R>, StorageError> {
    let entity = <R::Key as Key>::ENTITY;
    let fields = item.inner_mut();
    let schema = take_number(fields.remove(attribute::SCHEMA)).unwrap_or(0);
    if schema == 0 || schema > <R::Key as Key>::SCHEMA {
        return Err(StorageError::UnknownSchema {
            entity,
            found: schema,
        });
    }
    let version = take_number(fields.remove(attribute::VERSION)).unwrap_or(0);
    let audit_head = match fields.remove(attribute::AUDIT_HEAD) {
        Some(AttributeValue::S(text)) => text.parse().ok(),
        _ => None,
    };
    for name in attribute::OF_EVERY_ITEM {
        fields.remove(name);
    }
    let record = serde_dynamo::from_item(item)
        .map_err(|source| StorageError::Malformed { entity, source })?;
    Ok(Stored {
        record,
        version,
        audit_head,
    })
}

pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The condition that nobody changed the item since it was read.
pub(crate) fn unchanged<R>(stored: &Stored<R>) -> Condition {
    Condition::Equals(attribute::VERSION, number(stored.version))
}

fn take_number(value: Option<AttributeValue>) -> Option<u64> {
    match value {
        Some(AttributeValue::N(text)) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::{Record, Stamp, encode};
    use crate::keys::SigningKeysKey;

    /// A record with a member that every item has.
    #[derive(Serialize, Deserialize)]
    struct Greedy {
        version: u64,
    }

    impl Record for Greedy {
        type Key = SigningKeysKey;

        fn key(&self) -> Self::Key {
            SigningKeysKey {}
        }
    }

    #[test]
    fn a_record_cannot_have_what_would_be_written_over() {
        let refused = encode(&Greedy { version: 7 }, Stamp::FIRST).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "an item of `signingKeys` cannot be read"
        );
        let why = std::error::Error::source(&refused).unwrap().to_string();
        assert_eq!(why, "`version` is no record's own");
    }
}
