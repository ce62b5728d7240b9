//! What the operations on roles share.

use tenancy::keys::RolesKey;
use tenancy::records::RolesRecord;
use tenancy::{MfaRule, Permission, Permit, Policy, StorageError, Stored};

/// Reads what the tenant says that roles may do and need, if it says anything.
pub(super) async fn find<P: Permission>(
    permit: &Permit<P>,
) -> Result<Option<Stored<RolesRecord>>, StorageError> {
    permit.get(&RolesKey {}).await
}

/// Returns what is so.
pub(super) fn in_force(stored: Option<&Stored<RolesRecord>>) -> RolesRecord {
    let built_in = || RolesRecord {
        policy: Policy::built_in(),
        mfa: MfaRule::default(),
    };
    stored.map_or_else(built_in, |stored| stored.record.clone())
}

/// Returns the version: that of what is built in is the first, and what is said comes after it.
pub(super) fn version(stored: Option<&Stored<RolesRecord>>) -> u64 {
    let said = stored.map_or(0, Stored::version);
    said.saturating_add(1)
}
