//! The public keys, remembered.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jsonwebtoken::DecodingKey;
use kernel::time::plus_seconds;
use tenancy::StorageError;
use tenancy::identity::Identity;
use tenancy::records::PublicKey;

/// Seconds between two reads for keys that are not known: a flood of forged tokens is no flood of
/// reads.
const READ_EVERY_S: i64 = 10;

/// How long keys are believed, in seconds: one that was taken back is forgotten by then.
const LIFE_S: i64 = 300;

/// The keys as they were last read.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: Vec<PublicKey>,
    read_at: Option<Timestamp>,
    /// When they were last read for a key that was not among them.
    missed_at: Option<Timestamp>,
}

impl Keys {
    /// Reads the keys before anybody asks, so that the first who does need not wait for it. Where
    /// that fails, they are read when somebody asks.
    pub(crate) async fn warm_up(&self, identity: &Identity) {
        if let Err(error) = self.read(identity, None).await {
            tracing::warn!(error = ?error, "the public keys could not be read yet");
        }
    }

    /// Finds a key by its id, reading again if what is known is old, or if it is not known and was
    /// not looked for just now.
    pub(crate) async fn find(
        &self,
        identity: &Identity,
        kid: &str,
    ) -> Result<Option<DecodingKey>, StorageError> {
        let now = identity.platform().now();
        let is_within = |since: Option<Timestamp>, life_s| {
            since.is_some_and(|since| now < plus_seconds(since, life_s))
        };
        let (found, missed_at) = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = known.find(kid);
            let is_settled = match found {
                Some(_) => is_within(known.read_at, LIFE_S),
                None => is_within(known.missed_at, READ_EVERY_S),
            };
            if is_settled {
                return Ok(found);
            }
            (found, known.missed_at)
        };
        let missed_at = if found.is_none() {
            Some(now)
        } else {
            missed_at
        };
        self.read(identity, missed_at).await?;
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(known.find(kid))
    }

    async fn read(
        &self,
        identity: &Identity,
        missed_at: Option<Timestamp>,
    ) -> Result<(), StorageError> {
        let now = identity.platform().now();
        let keys = identity
            .signing_keys()
            .await?
            .map(|stored| stored.record.keys);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Known {
            keys: keys.unwrap_or_default(),
            read_at: Some(now),
            missed_at,
        };
        Ok(())
    }
}

impl Known {
    fn find(&self, kid: &str) -> Option<DecodingKey> {
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        DecodingKey::from_ed_components(&key.x).ok()
    }
}
