//! API keys, remembered for a minute, and when they are used.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kernel::limits::{API_KEY_CACHE_S, API_KEY_MISUSE_TOLD_S, API_KEY_USE_NOTED_S};
use kernel::time::plus_seconds;
use kernel::{ApiKeyId, TenantId};
use tenancy::StorageError;
use tenancy::api_keys::ApiKeyToken;
use tenancy::identity::Identity;
use tenancy::records::{ApiKeyRecord, Shown};

use crate::room::make_room;

/// Seconds between two reads of a key for secrets that are not its own: who rotates a key need not wait, and a flood
/// of forged secrets is no flood of reads.
const READ_EVERY_S: i64 = 1;

/// The keys as they were last read.
#[derive(Debug, Default)]
pub(crate) struct ApiKeys(Mutex<BTreeMap<(TenantId, ApiKeyId), Known>>);

/// What is known of a key, or of what is none.
#[derive(Debug, Clone)]
struct Known {
    record: Option<Arc<ApiKeyRecord>>,
    read_at: Timestamp,
    /// When it was last read for a secret that was not its own.
    missed_at: Option<Timestamp>,
    /// When it was last noted that it is used.
    noted_at: Option<Timestamp>,
    /// When it was last told that another secret came with it.
    told_at: Option<Timestamp>,
}

impl Known {
    fn shown(&self, token: &ApiKeyToken, now: Timestamp) -> Shown {
        let shown = |record: &Arc<ApiKeyRecord>| record.shown(token.secret(), now);
        self.record.as_ref().map_or(Shown::Forged, shown)
    }
}

fn is_within(since: Option<Timestamp>, life_s: i64, now: Timestamp) -> bool {
    since.is_some_and(|since| now < plus_seconds(since, life_s))
}

impl ApiKeys {
    /// Finds the key that a program shows, and what comes of the secret. Reads it again where what is known is old,
    /// or where the secret is not the known one and was not looked for just now.
    pub(crate) async fn find(
        &self,
        identity: &Identity,
        token: &ApiKeyToken,
    ) -> Result<(Shown, Option<Arc<ApiKeyRecord>>), StorageError> {
        let now = identity.platform().now();
        let place = (token.tenant, token.key);
        let known = self.known(place);
        if let Some(known) = &known {
            let shown = known.shown(token, now);
            let is_settled = match shown {
                Shown::Good | Shown::Expired => {
                    is_within(Some(known.read_at), API_KEY_CACHE_S, now)
                }
                Shown::Forged => is_within(known.missed_at, READ_EVERY_S, now),
            };
            if is_settled {
                return Ok((shown, known.record.clone()));
            }
        }
        let record = identity.api_key(token.tenant, token.key).await?;
        let mut read = Known {
            record: record.map(Arc::new),
            read_at: now,
            missed_at: None,
            noted_at: known.as_ref().and_then(|known| known.noted_at),
            told_at: known.as_ref().and_then(|known| known.told_at),
        };
        let shown = read.shown(token, now);
        if shown == Shown::Forged {
            read.missed_at = Some(now);
        }
        let record = read.record.clone();
        self.remember(place, read, now);
        Ok((shown, record))
    }

    /// Notes that a key is used, unless that was noted lately. Where it cannot be noted the request goes on.
    pub(crate) async fn note_use(&self, identity: &Identity, token: &ApiKeyToken) {
        let now = identity.platform().now();
        {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(known) = all.get_mut(&(token.tenant, token.key)) else {
                return;
            };
            if is_within(known.noted_at, API_KEY_USE_NOTED_S, now) {
                return;
            }
            known.noted_at = Some(now);
        }
        let noted = identity.note_api_key_use(token.tenant, token.key, now);
        if let Err(error) = noted.await {
            tracing::warn!(error = ?error, "the use of an API key could not be noted");
        }
    }

    /// Returns whether it is to be told that a key came with another secret than its own: it is there, and it was not
    /// told lately.
    pub(crate) fn is_misused(&self, token: &ApiKeyToken, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = all.get_mut(&(token.tenant, token.key)) else {
            return false;
        };
        let is_news = known.record.is_some()
            && known.shown(token, now) == Shown::Forged
            && !is_within(known.told_at, API_KEY_MISUSE_TOLD_S, now);
        if is_news {
            known.told_at = Some(now);
        }
        is_news
    }

    fn known(&self, place: (TenantId, ApiKeyId)) -> Option<Known> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&place).cloned()
    }

    fn remember(&self, place: (TenantId, ApiKeyId), known: Known, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |known: &Known| is_within(Some(known.read_at), API_KEY_CACHE_S, now);
        make_room(&mut all, is_good);
        all.insert(place, known);
    }
}
