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
use crate::records::SecondFactor;
use crate::role::{Role, Roles, WebsiteRoles};

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
    /// How often the person signed out everywhere or got a new password: sign-ins from before have
    /// ended.
    #[serde(default)]
    pub sign_outs: u64,
    /// Since when it is proved that the address is the person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
    /// How often a forgotten password was replaced: links that were sent before are over.
    #[serde(default)]
    pub resets: u64,
    /// What the person has beside the password.
    #[serde(default, skip_serializing_if = "SecondFactor::is_empty")]
    pub second_factor: SecondFactor,
}

impl PersonRecord {
    /// Returns whether a code of the person's is asked for beside the password.
    pub fn has_second_factor(&self) -> bool {
        self.second_factor.authenticator.is_some()
    }
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

impl MembershipState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Active, Self::Disabled];

    /// Returns the state's name, as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// Reads a state's name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A person's place in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembershipRecord {
    /// The person.
    pub person_id: PersonId,
    /// What the person may do in the whole tenant.
    pub role: Role,
    /// What the person may do beside that on single websites.
    #[serde(default, skip_serializing_if = "WebsiteRoles::is_empty")]
    pub websites: WebsiteRoles,
    /// Whether it can be used.
    pub state: MembershipState,
    /// Since when.
    pub joined_at: Timestamp,
    /// The person's e-mail address, for those who run the tenant.
    pub email: EmailAddress,
}

impl MembershipRecord {
    /// Returns what the person is in the tenant.
    pub fn roles(&self) -> Roles {
        Roles {
            tenant: self.role,
            websites: self.websites.clone(),
        }
    }
}

impl Record for MembershipRecord {
    type Key = MembershipKey;
    const SHOWN: &'static [&'static str] = &["role", "websites", "state", "joinedAt"];

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
    /// What the person may do in the whole tenant.
    pub role: Role,
    /// What the person may do beside that on single websites.
    #[serde(default, skip_serializing_if = "WebsiteRoles::is_empty")]
    pub websites: WebsiteRoles,
    /// Whether it can be used.
    pub state: MembershipState,
    /// Counts what the person may do: another number with every change, and a higher one.
    #[serde(default)]
    pub rights: u64,
    /// The number from which on sign-ins are good: those from before it was last disabled are over.
    #[serde(default)]
    pub good_from: u64,
}

impl PersonTenantRecord {
    /// Returns the first number of what a person may do who joins a tenant at `now`: higher than all of an
    /// earlier membership, if that ended by a clock that was no later.
    pub fn first_rights(now: Timestamp) -> u64 {
        u64::try_from(now.as_millisecond()).unwrap_or_default()
    }

    /// Returns the number that comes next, at `now`.
    pub fn next_rights(&self, now: Timestamp) -> u64 {
        self.rights.saturating_add(1).max(Self::first_rights(now))
    }
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
    /// When the person proved to be that person, with a password.
    pub created_at: Timestamp,
    /// When the good token ends.
    pub ends_at: Timestamp,
    /// Since when no token of the family is good.
    pub revoked_at: Option<Timestamp>,
    /// How often the person had signed out everywhere before.
    #[serde(default)]
    pub sign_outs: u64,
    /// The number of what the person might do in the tenant when it began; none for an operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<u64>,
    /// The sign-in with a password that this one was switched to from, over others or not. It stands for all
    /// of them: where one is ended, it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<SessionId>,
    /// When the person gave a code of an authenticator, if that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_at: Option<Timestamp>,
    /// From which network address the person signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client said it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl SessionRecord {
    /// Returns whether a token of it can still be good at `now`, as far as the sign-in itself tells.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none()
            && now < self.ends_at
            && now < plus_seconds(self.created_at, SESSION_LIFE_S)
    }

    /// Returns whether a code was given for it of the authenticator that the person has now.
    pub fn has_second_factor(&self, person: &PersonRecord) -> bool {
        let authenticator = person.second_factor.authenticator.as_ref();
        authenticator.is_some_and(|one| self.code_at.is_some_and(|at| at >= one.since))
    }

    /// Returns whether it was ended together with the others of the person, with the one that it was
    /// switched to from, which ends with any of them, or with those to the tenant that it is to, where the person still is a member.
    pub fn is_ended_by(
        &self,
        person: &PersonRecord,
        membership: Option<&PersonTenantRecord>,
        origin: Option<&SessionRecord>,
    ) -> bool {
        if origin.is_some_and(|origin| origin.revoked_at.is_some()) {
            return true;
        }
        let Some(_tenant) = self.tenant_id else {
            return !person.is_operator || self.sign_outs != person.sign_outs;
        };
        let is_in = |membership: &PersonTenantRecord| {
            membership.state == MembershipState::Active
                && self.rights.unwrap_or_default() >= membership.good_from
        };
        self.sign_outs != person.sign_outs || !membership.is_some_and(is_in)
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

    /// It is remembered for as long as those may go on that were switched to from it.
    fn expires_at(&self) -> Option<Timestamp> {
        Some(plus_seconds(self.created_at, SESSION_LIFE_S))
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
