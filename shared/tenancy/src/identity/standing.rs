//! What decides whether a member's access token is good, read in one call.

use kernel::TenantId;
use serde_dynamo::{AttributeValue, Item};

use crate::identity::Identity;
use crate::key::{Key, tenant_key};
use crate::keys::{RevocationsKey, RolesKey, TenantRecordKey};
use crate::mfa::MfaRule;
use crate::policy::Policy;
use crate::record::{attribute, decode};
use crate::records::{Revocations, RevocationsRecord, RolesRecord, TenantRecord};
use crate::storage::{Index, RawQuery, StorageError};

/// What decides whether a member's access token is good beyond its signature.
#[derive(Debug, Clone, Default)]
pub struct TenantStanding {
    /// The tenant, if there is one.
    pub tenant: Option<TenantRecord>,
    /// Whose access tokens to it were taken back.
    pub revocations: Revocations,
    /// What each role may do there.
    pub policy: Policy,
    /// Which roles need a second factor there.
    pub mfa: MfaRule,
}

impl Identity {
    /// Reads what decides whether access tokens to a tenant are good: one call.
    pub async fn standing(&self, tenant: TenantId) -> Result<TenantStanding, StorageError> {
        let first = tenant_key(tenant, &TenantRecordKey {});
        let query = RawQuery {
            index: Index::Table,
            pk: first.pk().to_owned(),
            // The sort key of the tenant itself begins those of what is kept beside it.
            sk_prefix: first.sk().to_owned(),
            after: None,
            through: None,
            limit: 3,
            newest_first: false,
        };
        let mut standing = TenantStanding::default();
        for item in self.platform.table().query(&query).await? {
            match entity_of(&item) {
                Some(TenantRecordKey::ENTITY) => {
                    standing.tenant = Some(decode::<TenantRecord>(item)?.record);
                }
                Some(RevocationsKey::ENTITY) => {
                    standing.revocations = decode::<RevocationsRecord>(item)?.record.0;
                }
                Some(RolesKey::ENTITY) => {
                    let roles = decode::<RolesRecord>(item)?.record;
                    (standing.policy, standing.mfa) = (roles.policy, roles.mfa);
                }
                Some(_) | None => {}
            }
        }
        Ok(standing)
    }
}

fn entity_of(item: &Item) -> Option<&str> {
    let Some(AttributeValue::S(name)) = item.inner().get(attribute::ENTITY) else {
        return None;
    };
    Some(name)
}

#[cfg(test)]
mod tests {
    use crate::key::{Key, KeyScope};
    use crate::keys::{CHART, RevocationsKey, RolesKey, TenantRecordKey};

    #[test]
    fn nothing_else_is_beside_the_tenant_than_what_is_read_with_it() {
        let beside = CHART.iter().filter(|line| {
            line.scope == KeyScope::Tenant && line.partition == TenantRecordKey::PARTITION_CHART
        });
        let beside: Vec<_> = beside.map(|line| line.entity).collect();
        let read = [
            TenantRecordKey::ENTITY,
            RevocationsKey::ENTITY,
            RolesKey::ENTITY,
        ];
        assert_eq!(beside, read);
    }
}
