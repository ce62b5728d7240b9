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
}

impl Keys {
    /// Finds a key by its id, reading again if what is known is old, or if it is not known and was
    /// not looked for just now.
    pub(crate) async fn find(
        &self,
        identity: &Identity,
        kid: &str,
    ) -> Result<Option<DecodingKey>, StorageError> {
        let now = identity.platform().now();
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let found = known.find(kid);
            let life_s = if found.is_some() {
                LIFE_S
            } else {
                READ_EVERY_S
            };
            if known
                .read_at
                .is_some_and(|at| now < plus_seconds(at, life_s))
            {
                return Ok(found);
            }
        }
        let keys = identity
            .signing_keys()
            .await?
            .map(|stored| stored.record.keys);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Known {
            keys: keys.unwrap_or_default(),
            read_at: Some(now),
        };
        Ok(known.find(kid))
    }
}

impl Known {
    fn find(&self, kid: &str) -> Option<DecodingKey> {
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        DecodingKey::from_ed_components(&key.x).ok()
    }
}
