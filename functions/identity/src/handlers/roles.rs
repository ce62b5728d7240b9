//! What the operations on roles share.

use tenancy::keys::RolesKey;
use tenancy::records::RolesRecord;
use tenancy::{Permission, Permit, Policy, StorageError, Stored};

/// Reads what the tenant says that roles may do, if it says anything.
pub(super) async fn find<P: Permission>(
    permit: &Permit<P>,
) -> Result<Option<Stored<RolesRecord>>, StorageError> {
    permit.get(&RolesKey {}).await
}

/// Returns what is so.
pub(super) fn in_force(stored: Option<&Stored<RolesRecord>>) -> Policy {
    stored.map_or_else(Policy::built_in, |stored| stored.policy.clone())
}

/// Returns the version: that of the built-in policy is the first, and what is said comes after it.
pub(super) fn version(stored: Option<&Stored<RolesRecord>>) -> u64 {
    let said = stored.map_or(0, Stored::version);
    said.saturating_add(1)
}
