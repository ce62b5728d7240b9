//! The entries that the table's stream brings.

use std::collections::BTreeMap;

use kernel::TenantId;
use serde_json::Value;
use stream::{Record, report};
use tenancy::Platform;
use tenancy::security::{Noticed, Watch, concerns};

/// Follows the table's stream.
#[derive(Debug)]
pub(crate) struct Watching {
    watch: Watch,
}

impl Watching {
    pub(crate) fn new(platform: Platform) -> Self {
        Self {
            watch: Watch::new(platform),
        }
    }

    /// Takes what concerns security into the security stream, judges what came from each tenant, and reports the first
    /// record of which that was not done: the stream comes again from there.
    pub(crate) async fn follow(&self, records: Vec<Record>) -> Value {
        let first = records.first().map(|record| record.sequence_number.clone());
        let (noticed, unreadable) = read(records);
        if let Err(error) = self.watch.keep(&noticed).await {
            tracing::error!(error = ?error, "the security stream was not written");
            return report(first);
        }
        if !self.judge(&noticed).await {
            return report(first);
        }
        noticed.iter().for_each(tell);
        report(unreadable)
    }

    /// Judges what came from each tenant. Returns whether that was done; of one tenant, the others are judged all the
    /// same.
    async fn judge(&self, noticed: &[Noticed]) -> bool {
        let mut of_tenants: BTreeMap<TenantId, Vec<&Noticed>> = BTreeMap::new();
        for one in noticed.iter().filter(|one| one.trail != TenantId::PLATFORM) {
            of_tenants.entry(one.trail).or_default().push(one);
        }
        let mut is_done = true;
        for (tenant, noticed) in of_tenants {
            if let Err(error) = self.watch.judge(tenant, &noticed).await {
                tracing::error!(tenant.id = %tenant, error = ?error, "a tenant was not judged");
                is_done = false;
            }
        }
        is_done
    }
}

/// Says in the log what was noticed: alarms count it there.
fn tell(noticed: &Noticed) {
    let Noticed { trail, entry, .. } = noticed;
    tracing::info!(
        tenant.id = %trail,
        request.id = entry.request_id,
        audit.id = %entry.id,
        noticed = entry.action.name(),
        "noticed"
    );
}

/// Reads records up to the first that cannot be read, and returns that one's sequence number.
fn read(records: Vec<Record>) -> (Vec<Noticed>, Option<String>) {
    let mut noticed = Vec::with_capacity(records.len());
    for record in records {
        let Some(image) = record.image else { continue };
        let sequence_number = record.sequence_number;
        match entry(image, sequence_number.clone()) {
            Ok(entry) => noticed.extend(entry.filter(|found| concerns(&found.entry))),
            Err(error) => {
                tracing::error!(sequence_number, error, "an entry cannot be read");
                return (noticed, Some(sequence_number));
            }
        }
    }
    (noticed, None)
}

fn entry(image: Value, place: String) -> Result<Option<Noticed>, String> {
    let item = stream::item(image).map_err(|error| error.to_string())?;
    Noticed::of_image(item, place).map_err(|error| error.to_string())
}
