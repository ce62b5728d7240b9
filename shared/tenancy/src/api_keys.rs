//! API keys: what a program shows to act in one tenant. It must never know how a request carries one.
//!
//! A key is written `hsk_<tenant>_<key>.<secret>`: the part before the dot says which key it is, and is no secret;
//! the secret has 32 bytes. A scanner finds leaked ones by the pattern [`PATTERN`].

use std::fmt;

use events::Event;
use jiff::Timestamp;
use kernel::limits::{API_KEY_BYTES_MAX, API_KEYS_MAX};
use kernel::mac::CODE_BYTES;
use kernel::{ApiKeyId, ContentHash, MacKey, TenantId, chance, text};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError, Once};
use crate::context::RequestInfo;
use crate::identity::Identity;
use crate::keys::{ApiKeyKey, ApiKeyUseKey, WebsiteKey};
use crate::members::MemberError;
use crate::permission::ManageApiKeys;
use crate::permit::Permit;
use crate::record::Stored;
use crate::records::{ApiKeyRecord, ApiKeyUseRecord};
use crate::storage::{Consistency, StorageError};

/// What every key looks like, as a regular expression.
pub const PATTERN: &str = r"hsk_[0-9a-f-]{36}_[0-9a-f-]{36}\.[0-9a-f]{64}";

/// What a key begins with, so that leaked ones are found.
const PREFIX: &str = "hsk_";

/// What is counted.
pub const API_KEYS: &str = "apiKeys";

/// A key as a program shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyToken {
    /// The tenant.
    pub tenant: TenantId,
    /// The key.
    pub key: ApiKeyId,
    secret: [u8; CODE_BYTES],
}

impl ApiKeyToken {
    /// Returns whether a credential is meant to be a key.
    pub fn is_one(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Reads a key; `None` of what is none.
    pub fn read(token: &str) -> Option<Self> {
        if token.len() > API_KEY_BYTES_MAX {
            return None;
        }
        let (name, secret) = token.strip_prefix(PREFIX)?.split_once('.')?;
        let (tenant, key) = name.split_once('_')?;
        Some(Self {
            tenant: tenant.parse().ok()?,
            key: key.parse().ok()?,
            secret: text::from_hex(secret)?.try_into().ok()?,
        })
    }

    /// Returns the secret.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Returns the hash of the secret, which is all that is stored of it.
    pub fn hash(&self) -> ContentHash {
        ContentHash::of(&self.secret)
    }

    /// Returns the part that says which key it is.
    pub fn name(tenant: TenantId, key: ApiKeyId) -> String {
        format!("{PREFIX}{tenant}_{key}")
    }

    /// Writes the whole key.
    pub fn to_text(&self) -> String {
        let name = Self::name(self.tenant, self.key);
        format!("{name}.{}", text::to_hex(&self.secret))
    }
}

impl fmt::Debug for ApiKeyToken {
    /// Leaves the secret out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Self::name(self.tenant, self.key))
    }
}

/// What a secret is made of, beside what the platform keeps to itself. It is remembered with the request that asked
/// for the secret, so that its repetition gets the same one, and is forgotten with it.
pub type Nonce = [u8; CODE_BYTES];

/// Makes the secrets of keys.
#[derive(Debug)]
pub struct ApiKeySecrets(MacKey);

impl ApiKeySecrets {
    /// Makes it from a secret of the platform.
    pub fn new(secret: &str) -> Self {
        Self(MacKey::derive("hotswap api keys", secret))
    }

    /// Returns the key whose secret is made of a nonce.
    pub fn token(&self, tenant: TenantId, key: ApiKeyId, nonce: &Nonce) -> ApiKeyToken {
        let name = ApiKeyToken::name(tenant, key);
        let secret = self.0.code(&[name.as_bytes(), nonce].concat());
        ApiKeyToken {
            tenant,
            key,
            secret,
        }
    }
}

/// What is needed to answer again whoever asks for a secret twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    /// The key.
    pub key: ApiKeyId,
    /// What the secret is made of.
    pub nonce: Nonce,
}

impl Issued {
    /// Reads what was remembered.
    pub fn read(outcome: &str) -> Result<Self, StorageError> {
        let issued = || {
            let (key, nonce) = outcome.split_once('/')?;
            Some(Self {
                key: key.parse().ok()?,
                nonce: text::from_hex(nonce)?.try_into().ok()?,
            })
        };
        // What is remembered is half of a secret, and stands in no log.
        issued().ok_or_else(|| StorageError::UnreadableOutcome("of an API key".to_owned()))
    }
}

impl fmt::Display for Issued {
    /// Writes what is remembered.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nonce = text::to_hex(&self.nonce);
        write!(formatter, "{}/{nonce}", self.key)
    }
}

impl Permit<ManageApiKeys> {
    /// Returns what a new secret is to be made of.
    pub fn nonce(&self) -> Nonce {
        chance::random(self.context().platform().entropy())
    }

    /// Makes a key. The tenant must have the websites that it is for.
    pub async fn create_api_key(
        &self,
        key: &ApiKeyRecord,
        issued: Issued,
        once: Option<Once>,
    ) -> Result<(), MemberError> {
        let change = self.by_admin(Action::PermissionChange).await?;
        let change = requiring(change, key, None);
        let event = Event::ApiKeyCreated { api_key_id: key.id };
        let change = change
            .create(key)
            .own(key.id)
            .reserve(API_KEYS, API_KEYS_MAX)
            .event(event)
            .once(once, issued);
        Ok(change.commit().await?)
    }

    /// Replaces a key that must still be as it was read by one that is called or may do something else, or ends at
    /// another time.
    pub async fn change_api_key(
        &self,
        stored: &Stored<ApiKeyRecord>,
        key: &ApiKeyRecord,
    ) -> Result<(), MemberError> {
        let change = self.by_admin(Action::PermissionChange).await?;
        let change = requiring(change, key, Some(stored)).update(stored, key);
        let event = Event::ApiKeyChanged { api_key_id: key.id };
        Ok(change.event(event).commit().await?)
    }

    /// Gives a key that must still be as it was read another secret.
    pub async fn rotate_api_key(
        &self,
        stored: &Stored<ApiKeyRecord>,
        rotated: &ApiKeyRecord,
        issued: Issued,
        once: Option<Once>,
    ) -> Result<(), MemberError> {
        let change = self.by_admin(Action::PermissionChange).await?;
        let event = Event::ApiKeyChanged {
            api_key_id: stored.id,
        };
        let change = change.update(stored, rotated).event(event);
        Ok(change.once(once, issued).commit().await?)
    }

    /// Ends a key that must still be as it was read: within a minute, wherever it is shown.
    pub async fn delete_api_key(&self, stored: &Stored<ApiKeyRecord>) -> Result<(), MemberError> {
        let change = self.by_admin(Action::PermissionChange).await?;
        let event = Event::ApiKeyDeleted {
            api_key_id: stored.id,
        };
        let change = change
            .delete(stored)
            .detach(&ApiKeyUseKey { key: stored.id })
            .give_back(API_KEYS)
            .event(event);
        Ok(change.commit().await?)
    }

    /// Begins a change by somebody who still runs the tenant.
    async fn by_admin(&self, action: Action) -> Result<Change<'_>, MemberError> {
        let actor = self.admin().await?;
        Ok(self.change(action).require_unchanged(&actor))
    }
}

/// Requires that the tenant has the websites that a key is for, but not again those that it was for.
fn requiring<'a>(
    change: Change<'a>,
    key: &ApiKeyRecord,
    before: Option<&ApiKeyRecord>,
) -> Change<'a> {
    let is_new = |website: &&_| before.is_none_or(|before| !before.websites.contains(website));
    let added = key.websites.iter().filter(is_new);
    added.fold(change, |change, website| {
        change.require(&WebsiteKey { website: *website })
    })
}

impl Identity {
    /// Reads a key that a program shows.
    pub async fn api_key(
        &self,
        tenant: TenantId,
        key: ApiKeyId,
    ) -> Result<Option<ApiKeyRecord>, StorageError> {
        let context = self.acting_on(tenant, Actor::Visitor, RequestInfo::default());
        let key = ApiKeyKey { key };
        let stored = context.read::<ApiKeyRecord>(&key, Consistency::Strong);
        Ok(stored.await?.map(|stored| stored.record))
    }

    /// Notes that a key was used that there is: of one that was deleted, nothing is left.
    pub async fn note_api_key_use(
        &self,
        tenant: TenantId,
        key: ApiKeyId,
        used_at: Timestamp,
    ) -> Result<(), CommitError> {
        let context = self.acting_on(tenant, Actor::Key(key), RequestInfo::default());
        let used = ApiKeyUseRecord { id: key, used_at };
        let change = Change::new(&context, Action::Update).require(&ApiKeyKey { key });
        change.overwrite(&used).commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiKeySecrets, ApiKeyToken, Issued};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn a_key_is_read_as_it_was_written_and_nothing_else_is_one() {
        let secrets = ApiKeySecrets::new("a secret");
        let token = secrets.token(ID.parse().unwrap(), ID.parse().unwrap(), &[7; 32]);
        let text = token.to_text();
        assert!(ApiKeyToken::is_one(&text) && text.len() < 160, "{text}");
        assert_eq!(ApiKeyToken::read(&text), Some(token.clone()));
        assert!(!format!("{token:?}").contains(&text[text.len() - 64..]));
        for wrong in [
            "",
            "hsk_",
            &text[1..],
            &text[..text.len() - 1],
            &text.to_uppercase(),
            &format!("{text}0"),
            &text.replace('.', "_"),
        ] {
            assert_eq!(ApiKeyToken::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_of_the_platform_the_key_and_the_nonce() {
        let token = |secret: &str, last: &str, nonce: u8| {
            let key = format!("{}{last}", &ID[..35]);
            let secrets = ApiKeySecrets::new(secret);
            secrets.token(ID.parse().unwrap(), key.parse().unwrap(), &[nonce; 32])
        };
        let one = token("a", "7", 1);
        assert_eq!(one.secret(), token("a", "7", 1).secret());
        for other in [token("b", "7", 1), token("a", "8", 1), token("a", "7", 2)] {
            assert_ne!(one.secret(), other.secret());
        }
    }

    #[test]
    fn what_is_remembered_is_read_back() {
        let issued = Issued {
            key: ID.parse().unwrap(),
            nonce: [9; 32],
        };
        assert_eq!(Issued::read(&issued.to_string()).unwrap(), issued);
        for wrong in ["", "a/b", ID] {
            assert!(Issued::read(wrong).is_err(), "{wrong}");
        }
    }
}
