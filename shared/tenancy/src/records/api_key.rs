//! API keys: what a program may do in one tenant.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::{ApiKeyId, ContentHash, PersonId, WebsiteId};
use serde::{Deserialize, Serialize};

use crate::keys::{ApiKeyKey, ApiKeyUseKey};
use crate::permission::{ListWebsites, Permission};
use crate::policy::{PermissionSet, Rights};
use crate::record::Record;

/// An API key. The secret itself is nowhere: what is stored is its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKeyRecord {
    /// Its id.
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// What it lets do.
    pub scopes: PermissionSet,
    /// The websites on which it does; without any, in the whole tenant.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub websites: BTreeSet<WebsiteId>,
    /// Who made it.
    pub created_by: PersonId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// When the newest secret was made.
    pub rotated_at: Timestamp,
    /// The hash of the newest secret.
    pub secret: ContentHash,
    /// The secret before the newest, for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<EarlierSecret>,
}

/// A secret that another one took the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EarlierSecret {
    /// Its hash.
    pub secret: ContentHash,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What comes of a secret that is shown for an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is good.
    Good,
    /// It was good.
    Expired,
    /// It never was the key's.
    Forged,
}

impl ApiKeyRecord {
    /// Returns whether a secret is good for the key at `now`.
    pub fn shown(&self, secret: &[u8], now: Timestamp) -> Shown {
        let is_earlier = |earlier: &EarlierSecret| earlier.secret.is_of(secret);
        let ends_at = if self.secret.is_of(secret) {
            self.ends_at
        } else if let Some(earlier) = self.earlier.filter(is_earlier) {
            let end = self
                .ends_at
                .map_or(earlier.ends_at, |it| it.min(earlier.ends_at));
            Some(end)
        } else {
            return Shown::Forged;
        };
        if ends_at.is_some_and(|ends_at| ends_at <= now) {
            Shown::Expired
        } else {
            Shown::Good
        }
    }

    /// Returns what the key lets do: nothing that is for tenant admins alone, whatever is stored. One that is for
    /// single websites lists these.
    pub fn rights(&self) -> Rights {
        let scopes = self.scopes.and(PermissionSet::grantable());
        if self.websites.is_empty() {
            return Rights::everywhere(scopes);
        }
        let lists = PermissionSet::of(ListWebsites::NAME).unwrap_or_default();
        let on = |website: &WebsiteId| (*website, scopes);
        let everywhere = Rights::everywhere(scopes.and(lists));
        self.websites
            .iter()
            .map(on)
            .fold(everywhere, Rights::and_on)
    }
}

impl Record for ApiKeyRecord {
    type Key = ApiKeyKey;
    const SHOWN: &'static [&'static str] = &[
        "name",
        "scopes",
        "websites",
        "createdBy",
        "createdAt",
        "endsAt",
        "rotatedAt",
        "earlier.endsAt",
    ];

    fn key(&self) -> Self::Key {
        ApiKeyKey { key: self.id }
    }
}

/// When an API key was used last, within minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApiKeyUseRecord {
    /// The key.
    pub id: ApiKeyId,
    /// When.
    pub used_at: Timestamp,
}

impl Record for ApiKeyUseRecord {
    type Key = ApiKeyUseKey;

    fn key(&self) -> Self::Key {
        ApiKeyUseKey { key: self.id }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use kernel::ContentHash;

    use super::{ApiKeyRecord, EarlierSecret, Shown};
    use crate::permission::{EditContent, ReadContent};
    use crate::policy::PermissionSet;
    use crate::role::Role;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn key(ends_at: Option<Timestamp>) -> ApiKeyRecord {
        ApiKeyRecord {
            id: ID.parse().unwrap(),
            name: "build".to_owned(),
            scopes: PermissionSet::built_in(Role::ContentEditor),
            websites: [ID.parse().unwrap()].into(),
            created_by: ID.parse().unwrap(),
            created_at: at(0),
            ends_at,
            rotated_at: at(10),
            secret: ContentHash::of(b"newest"),
            earlier: Some(EarlierSecret {
                secret: ContentHash::of(b"earlier"),
                ends_at: at(20),
            }),
        }
    }

    #[test]
    fn two_secrets_are_good_until_the_earlier_one_ends() {
        for (ends_at, secret, second, expected) in [
            (None, "newest", 99, Shown::Good),
            (None, "earlier", 19, Shown::Good),
            (None, "earlier", 20, Shown::Expired),
            (None, "another", 19, Shown::Forged),
            (None, "", 19, Shown::Forged),
            (Some(at(15)), "newest", 14, Shown::Good),
            (Some(at(15)), "newest", 15, Shown::Expired),
            (Some(at(15)), "earlier", 15, Shown::Expired),
        ] {
            let shown = key(ends_at).shown(secret.as_bytes(), at(second));
            assert_eq!(shown, expected, "{ends_at:?} {secret} {second}");
        }
    }

    #[test]
    fn a_key_for_a_website_is_none_for_others() {
        let rights = key(None).rights();
        let website = ID.parse().unwrap();
        assert!(rights.has::<EditContent>(Some(website)));
        assert!(!rights.has::<ReadContent>(None));
        let everywhere = ApiKeyRecord {
            websites: [].into(),
            ..key(None)
        };
        assert!(everywhere.rights().has::<ReadContent>(None));
    }
}
