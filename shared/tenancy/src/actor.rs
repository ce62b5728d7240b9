//! Who acts, and how it is written.

use std::fmt;

use kernel::{ApiKeyId, PersonId};

use crate::policy::{PermissionSet, Rights};
use crate::role::Role;

/// Bytes that the name of a consumer may have.
const NAME_BYTES_MAX: usize = 64;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who reads a website.
    Visitor,
    /// A member of the tenant.
    Member(PersonId),
    /// A program with an API key of the tenant.
    Key(ApiKeyId),
    /// An operator, on the one tenant that was named.
    Operator(PersonId),
    /// An operator in a support session, in the name of the member who let operators in.
    Support {
        /// The operator.
        operator: PersonId,
        /// The member.
        by: PersonId,
    },
    /// The platform, as the consumer of this name.
    System(&'static str),
}

impl Actor {
    /// Returns the person who acts, or in whose name somebody does, if it is one.
    pub fn person(self) -> Option<PersonId> {
        match self {
            Self::Member(person) | Self::Operator(person) | Self::Support { by: person, .. } => {
                Some(person)
            }
            Self::Visitor | Self::Key(_) | Self::System(_) => None,
        }
    }

    /// Returns who acts in the name of whom the actor is written as, if that is somebody else.
    pub fn impersonator(self) -> Option<Self> {
        match self {
            Self::Support { operator, .. } => Some(Self::Operator(operator)),
            Self::Visitor
            | Self::Member(_)
            | Self::Key(_)
            | Self::Operator(_)
            | Self::System(_) => None,
        }
    }

    /// Returns whether somebody who is written so acts with a credential of the tenant.
    pub(crate) fn is_of_tenant(text: &str) -> bool {
        let kind = text.split_once(':').map(|(kind, _)| kind);
        matches!(kind, Some("member" | "key"))
    }

    /// Returns whether an actor may be written so.
    pub fn is_name(text: &str) -> bool {
        let Some((kind, id)) = text.split_once(':') else {
            return text == Self::Visitor.to_string();
        };
        match kind {
            "member" | "operator" => id.parse::<PersonId>().is_ok(),
            "key" => id.parse::<ApiKeyId>().is_ok(),
            "system" => is_consumer(id),
            _ => false,
        }
    }

    /// Returns what an actor may do of whom nobody else says it: nothing, of members and keys.
    pub(crate) fn own_rights(self) -> Rights {
        let role = match self {
            Self::Visitor | Self::Member(_) | Self::Key(_) | Self::Support { .. } => Role::Visitor,
            Self::Operator(_) | Self::System(_) => Role::System,
        };
        Rights::everywhere(PermissionSet::built_in(role))
    }
}

/// Returns whether a consumer may be called so.
fn is_consumer(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.bytes().all(is_fine)
}

impl fmt::Display for Actor {
    /// Writes the kind and who it is; of an operator in a support session, in whose name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visitor => formatter.write_str("visitor"),
            Self::Member(person) | Self::Support { by: person, .. } => {
                write!(formatter, "member:{person}")
            }
            Self::Key(key) => write!(formatter, "key:{key}"),
            Self::Operator(person) => write!(formatter, "operator:{person}"),
            Self::System(consumer) => write!(formatter, "system:{consumer}"),
        }
    }
}
