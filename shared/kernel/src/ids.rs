//! Typed ids: `UUIDv7` (RFC 9562 §5.7) as fixed-length lower-case text, so that ids sort by the
//! time they were made and none is a prefix of another.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{Builder, Uuid};

use crate::chance::{Entropy, random};
use crate::time::Clock;

/// A text that is not a lower-case, hyphenated `UUIDv7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a lower-case UUIDv7 such as `01890a5d-ac96-774b-bcce-b302099a8057`")]
pub struct MalformedId;

/// What new ids are made of: the clock and a random source.
#[derive(Debug, Clone, Copy)]
pub struct IdMint<'a> {
    clock: &'a dyn Clock,
    entropy: &'a dyn Entropy,
}

impl<'a> IdMint<'a> {
    /// Makes a mint from a clock and a random source.
    pub fn new(clock: &'a dyn Clock, entropy: &'a dyn Entropy) -> Self {
        Self { clock, entropy }
    }

    fn mint(self) -> Uuid {
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random::<10>(self.entropy)).into_uuid()
    }
}

fn parse(text: &str) -> Result<Uuid, MalformedId> {
    let id = Uuid::try_parse(text).map_err(|_malformed| MalformedId)?;
    // `try_parse` also reads upper case, braces and missing hyphens: one id has one spelling.
    if id.get_version_num() == 7 && id.as_hyphenated().to_string() == text {
        Ok(id)
    } else {
        Err(MalformedId)
    }
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id.
            pub fn mint(mint: IdMint<'_>) -> Self {
                Self(mint.mint())
            }

            /// Reads an id from its one spelling.
            pub fn parse(text: &str) -> Result<Self, MalformedId> {
                parse(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self.0.as_hyphenated(), formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

impl TenantId {
    /// Stands for the platform itself where something is written that is no tenant's. No tenant has it:
    /// it would have been made in 1970.
    pub const PLATFORM: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000));
}

impl PersonId {
    /// Stands for whoever holds the break-glass key. No person has it: it would have been made in 1970.
    pub const BREAK_GLASS: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

impl AuditId {
    /// Returns when it was made, to the millisecond.
    pub fn made_at(self) -> Timestamp {
        let millis = i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }

    /// Returns the least of the ids that are made at an instant or after it, to the millisecond.
    pub fn least_at(instant: Timestamp) -> Self {
        let millis = u64::try_from(instant.as_millisecond()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }
}

typed_ids! {
    /// A tenant: an agency, a provider, a brand or a shop.
    TenantId;
    /// A website of a tenant.
    WebsiteId;
    /// A page of a website.
    PageId;
    /// A person, who may be a member of many tenants.
    PersonId;
    /// An invitation to a tenant.
    InvitationId;
    /// An API key of a tenant.
    ApiKeyId;
    /// A release: one published state of a website.
    ReleaseId;
    /// A long-running operation.
    OperationId;
    /// An event in the outbox; also the id of its message.
    EventId;
    /// An audit entry.
    AuditId;
    /// A sign-in session: one family of refresh tokens.
    SessionId;
    /// A support session: a tenant's leave for operators to act in it for a while.
    SupportId;
}
