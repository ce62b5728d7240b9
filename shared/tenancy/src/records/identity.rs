//! People, their places in tenants, their sign-ins, and the keys that sign tokens.

use jiff::Timestamp;
use kernel::limits::SESSION_LIFE_S;
use kernel::time::plus_seconds;
use kernel::{ContentHash, EmailAddress, PersonId, SessionId, TenantId};
use serde::{Deserialize, Serialize};

use crate::keys::{
    BootstrapKey, MembershipKey, PersonByEmailKey, PersonKey, PersonTenantKey, SessionKey,
    SigningKeysKey,
};
use crate::record::Record;
use crate::role::Role;

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonRecord {
    /// The person's id: all that releases and audit entries say of the person.
    pub id: PersonId,
    /// The e-mail address.
    pub email: EmailAddress,
    /// The password's Argon2id hash, in PHC form.
    pub password_hash: String,
    /// Whether the person is an operator of the platform.
    pub is_operator: bool,
    /// When the person came.
    pub created_at: Timestamp,
    /// When the person, as an operator, signed out everywhere: sign-ins from before have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_out_at: Option<Timestamp>,
}

impl Record for PersonRecord {
    type Key = PersonKey;

    fn key(&self) -> Self::Key {
        PersonKey { person: self.id }
    }
}

/// Which person has an e-mail address; the address itself stands in no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonByEmailRecord {
    /// The hash of the address.
    pub email: ContentHash,
    /// The person.
    pub person_id: PersonId,
}

impl PersonByEmailRecord {
    /// Returns what stands for `email` in a key.
    pub fn digest(email: &EmailAddress) -> ContentHash {
        ContentHash::of(email.as_str().as_bytes())
    }
}

impl Record for PersonByEmailRecord {
    type Key = PersonByEmailKey;

    fn key(&self) -> Self::Key {
        PersonByEmailKey { email: self.email }
    }
}

/// Whether a membership can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MembershipState {
    /// It can.
    Active,
    /// A tenant admin took it away for now.
    Disabled,
}

/// A person's place in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembershipRecord {
    /// The person.
    pub person_id: PersonId,
    /// What the person may do.
    pub role: Role,
    /// Whether it can be used.
    pub state: MembershipState,
    /// Since when.
    pub joined_at: Timestamp,
}

impl Record for MembershipRecord {
    type Key = MembershipKey;

    fn key(&self) -> Self::Key {
        MembershipKey {
            person: self.person_id,
        }
    }
}

/// A tenant of which a person is a member: the membership seen from the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonTenantRecord {
    /// The person.
    pub person_id: PersonId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the person may do there.
    pub role: Role,
    /// Whether it can be used.
    pub state: MembershipState,
    /// When the person signed out everywhere: sign-ins from before have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_out_at: Option<Timestamp>,
}

impl Record for PersonTenantRecord {
    type Key = PersonTenantKey;

    fn key(&self) -> Self::Key {
        PersonTenantKey {
            person: self.person_id,
            tenant: self.tenant_id,
        }
    }
}

/// A sign-in: a family of refresh tokens, of which one at a time is good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionRecord {
    /// The sign-in's id.
    pub id: SessionId,
    /// The person.
    pub person_id: PersonId,
    /// The tenant signed in to; none for an operator.
    pub tenant_id: Option<TenantId>,
    /// The number of the good token; one more with each rotation.
    pub generation: u64,
    /// When the good token was made.
    pub rotated_at: Timestamp,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When the good token ends.
    pub ends_at: Timestamp,
    /// Since when no token of the family is good.
    pub revoked_at: Option<Timestamp>,
    /// From which network address the person signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client said it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl SessionRecord {
    /// Returns whether a token of it can still be good at `now`, where the person signed out everywhere
    /// at `signed_out_at`, if ever.
    pub fn is_open(&self, signed_out_at: Option<Timestamp>, now: Timestamp) -> bool {
        // By the millisecond in its id, as of its access tokens too.
        let is_before = |at: Timestamp| self.id.minted_at_ms() <= at.as_millisecond();
        self.revoked_at.is_none()
            && now < self.ends_at
            && now < plus_seconds(self.created_at, SESSION_LIFE_S)
            && !signed_out_at.is_some_and(is_before)
    }
}

impl Record for SessionRecord {
    type Key = SessionKey;

    fn key(&self) -> Self::Key {
        SessionKey {
            person: self.person_id,
            session: self.id,
        }
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.ends_at)
    }
}

/// A public key that verifies access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicKey {
    /// Its id, named by tokens.
    pub kid: String,
    /// Its 32 bytes, in unpadded base64url, as RFC 8037 §2 writes them.
    pub x: String,
}

/// The public keys that verify access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SigningKeysRecord {
    /// The keys, the one that signs now first.
    pub keys: Vec<PublicKey>,
}

impl Record for SigningKeysRecord {
    type Key = SigningKeysKey;

    fn key(&self) -> Self::Key {
        SigningKeysKey {}
    }
}

/// That the first operator was made: it is made once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BootstrapRecord {
    /// The first operator.
    pub person_id: PersonId,
    /// When.
    pub created_at: Timestamp,
}

impl Record for BootstrapRecord {
    type Key = BootstrapKey;

    fn key(&self) -> Self::Key {
        BootstrapKey {}
    }
}
