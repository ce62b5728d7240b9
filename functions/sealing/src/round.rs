//! A round through all trails.

use futures_util::future::join_all;
use kernel::TenantId;
use serde_json::{Value, json};
use tenancy::seals::Sealer;
use tenancy::{Platform, StorageError};

/// Tenants whose trails are sealed at once.
const TENANTS_AT_ONCE: usize = 16;

/// Time that must remain for more trails to be begun, in milliseconds.
const MARGIN_MS: u64 = 30_000;

/// Why a round did not do all that was to be done; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoundError {
    /// Some trails were not sealed.
    #[error("{0} trails were not sealed")]
    Failed(usize),
    /// There was more than there was time for.
    #[error("the round was broken off after {0} trails")]
    Unfinished(usize),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What came of a round.
#[derive(Debug, Default)]
struct Tally {
    trails: usize,
    entries: usize,
    failed: usize,
}

/// Seals what is new in all trails, until `deadline_ms`; 0 is none.
pub(crate) async fn round(
    platform: &Platform,
    request_id: String,
    deadline_ms: u64,
) -> Result<Value, RoundError> {
    let has_time = || {
        let now = u64::try_from(platform.now().as_millisecond()).unwrap_or(0);
        deadline_ms == 0 || deadline_ms.saturating_sub(now) > MARGIN_MS
    };
    let sealer = Sealer::new(platform.clone(), request_id);
    let mut tally = Tally::default();
    let begun = sealer.begin().await?;
    let mut after = begun.clone();
    loop {
        let waiting = sealer.waiting(after.as_ref(), TENANTS_AT_ONCE).await?;
        let trails = waiting.tenants.iter().map(|tenant| seal(&sealer, *tenant));
        for outcome in join_all(trails).await {
            tally.trails = tally.trails.saturating_add(1);
            match outcome {
                Some(entries) => tally.entries = tally.entries.saturating_add(entries),
                None => tally.failed = tally.failed.saturating_add(1),
            }
        }
        after = waiting.next;
        if after.is_none() {
            break;
        }
        if !has_time() {
            sealer.note(after.as_ref()).await?;
            return Err(RoundError::Unfinished(tally.trails));
        }
    }
    if begun.is_some() {
        sealer.note(None).await?;
    }
    match tally.failed {
        0 => Ok(json!({ "trails": tally.trails, "entries": tally.entries })),
        failed => Err(RoundError::Failed(failed)),
    }
}

/// Seals all that is new in a trail, and returns how many entries that was. Where it cannot be sealed, the others go on.
async fn seal(sealer: &Sealer, tenant: TenantId) -> Option<usize> {
    let mut entries: usize = 0;
    loop {
        match sealer.seal(tenant).await {
            Ok(made) => {
                entries = entries.saturating_add(made.entries);
                if !made.is_more {
                    return Some(entries);
                }
            }
            Err(error) => {
                tracing::error!(tenant.id = %tenant, error = %error, "a trail was not sealed");
                return None;
            }
        }
    }
}
