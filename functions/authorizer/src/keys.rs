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

/// The keys as they were last read.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    keys: Vec<PublicKey>,
    read_at: Option<Timestamp>,
}

impl Keys {
    /// Finds a key by its id, reading again if it is not known and was not read just now.
    pub(crate) async fn find(
        &self,
        identity: &Identity,
        kid: &str,
    ) -> Result<Option<DecodingKey>, StorageError> {
        let now = identity.platform().now();
        let (found, is_fresh) = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let is_fresh = known
                .read_at
                .is_some_and(|at| now < plus_seconds(at, READ_EVERY_S));
            (known.find(kid), is_fresh)
        };
        if found.is_some() || is_fresh {
            return Ok(found);
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
