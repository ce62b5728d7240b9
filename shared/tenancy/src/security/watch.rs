//! The watch: takes what the table's stream brings of the trails into the security stream.

use std::collections::BTreeMap;

use kernel::TenantId;
use serde_dynamo::{AttributeValue, Item};

use crate::actor::Actor;
use crate::audit::AuditRecord;
use crate::context::{RequestInfo, TenantContext};
use crate::key::{Key, platform_key, tenant_key, tenant_of};
use crate::keys::AuditKey;
use crate::platform::Platform;
use crate::record::{Record, Stamp, attribute, decode, encode};
use crate::security::{SecurityEventRecord, SecurityMonthRecord};
use crate::storage::{RawKey, StorageError};

/// What the watch is called where it acts.
const WATCH: &str = "security";

/// The entity of items that the watch looks at.
pub const WATCHED_ENTITY: &str = AuditKey::ENTITY;

/// An entry that concerns security, and in whose trail it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// The tenant; the platform's own id, of what stands in its trail.
    pub trail: TenantId,
    /// The entry.
    pub entry: AuditRecord,
    /// Where it stands in the table's stream.
    pub place: String,
}

impl Noticed {
    /// Reads an entry out of its item's image in the table's stream. `None` where it is in no tenant's partition.
    pub fn of_image(image: Item, place: String) -> Result<Option<Self>, StorageError> {
        let trail = match image.inner().get(attribute::PK) {
            Some(AttributeValue::S(pk)) => tenant_of(pk),
            Some(_) | None => None,
        };
        let entry = decode::<AuditRecord>(image)?.record;
        Ok(trail.map(|trail| Self {
            trail,
            entry,
            place,
        }))
    }
}

/// The watch's handle.
#[derive(Debug, Clone)]
pub struct Watch {
    platform: Platform,
}

impl Watch {
    /// Begins to watch. Only the function that keeps the security stream may.
    pub fn new(platform: Platform) -> Self {
        Self { platform }
    }

    /// Takes entries into the streams, each under its own key, so that it does not matter how often.
    ///
    /// A denial is noted nowhere: the note would be an entry that concerns security, and be denied again.
    pub async fn keep(&self, noticed: &[Noticed]) -> Result<(), StorageError> {
        let mut of_tenants: BTreeMap<TenantId, BTreeMap<RawKey, Item>> = BTreeMap::new();
        let mut of_all = BTreeMap::new();
        for Noticed { trail, entry, .. } in noticed {
            let own = SecurityEventRecord(entry.clone());
            let item = encode(&own, Stamp::FIRST)?;
            let of_tenant = of_tenants.entry(*trail).or_default();
            of_tenant.insert(tenant_key(*trail, &own.key()), item);
            let copy = SecurityMonthRecord {
                trail: *trail,
                entry: entry.clone(),
            };
            of_all.insert(platform_key(&copy.key()), encode(&copy, Stamp::FIRST)?);
        }
        for (tenant, items) in of_tenants {
            let context = self.acting_on(tenant);
            let items = items.into_iter().collect();
            context.ports().table.put_many(items).await?;
        }
        let of_all = of_all.into_iter().collect();
        self.platform.table().put_many(of_all).await
    }

    pub(super) fn acting_on(&self, tenant: TenantId) -> TenantContext {
        let request = RequestInfo::default();
        TenantContext::new(self.platform.clone(), tenant, Actor::System(WATCH), request)
    }
}
