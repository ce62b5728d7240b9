//! The trusted core: who is asking, for which tenant, with which permission, and the storage that
//! answers. Another tenant's data cannot be named with what this crate hands out. It must never
//! know about HTTP, the AWS SDK, or what any function does.

pub mod api_keys;
pub mod audit;
pub mod change;
pub mod claims;
pub mod context;
mod feature;
pub mod gateway;
mod guard;
pub mod identity;
pub mod invitations;
mod key;
pub mod keys;
pub mod links;
pub mod members;
mod mfa;
mod notifications;
pub mod objects;
pub mod operator;
pub mod password;
pub mod permission;
pub mod permit;
mod platform;
pub mod policy;
pub mod predicate;
pub mod provisioning;
pub mod rate_plan;
mod record;
pub mod records;
pub mod relay;
pub mod role;
mod roles;
pub mod signed_in;
pub mod storage;
pub mod traffic;
pub mod visitor;
mod websites;

pub use audit::Action;
pub use change::{Change, CommitError, Once};
pub use context::{Actor, RequestInfo, TenantContext};
pub use feature::{Feature, FeatureSet, Plan};
pub use gateway::{GatewayContext, Outcome, Refusal};
pub use key::{Key, KeyScope, Partition, TenantKey};
pub use members::MemberError;
pub use mfa::MfaRule;
pub use notifications::Recipient;
pub use operator::{OperatorContext, OperatorPermit};
pub use permission::{Mutates, OperatorPermission, Permission};
pub use permit::{Denied, Own, Permit, Position, Slice};
pub use platform::{Admission, Platform};
pub use policy::{PermissionSet, Policy, Rights};
pub use record::{Record, Stored};
pub use role::{Role, Roles, WebsiteRoles};
pub use signed_in::SignedIn;
pub use storage::{BlobPort, Consistency, StorageError, TablePort};
