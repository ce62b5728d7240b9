//! The vocabulary every other crate speaks: ids, names, limits, hashes, and time and chance as
//! arguments. It must never know about I/O, async, AWS, HTTP or JSON documents.

pub mod chance;
pub mod hash;
pub mod ids;
pub mod limits;
pub mod mac;
pub mod names;
pub mod text;
pub mod time;

pub use chance::{Entropy, SeededEntropy, SystemEntropy};
pub use hash::ContentHash;
pub use ids::{
    ApiKeyId, AuditId, EventId, IdMint, InvitationId, MalformedId, OperationId, PageId, PersonId,
    ReleaseId, SessionId, SupportId, TenantId, WebsiteId,
};
pub use mac::MacKey;
pub use names::{
    EmailAddress, HostName, MalformedName, PageSlug, SiteAddresses, SiteLabel, Subdomain,
};
pub use time::{Clock, ManualClock, SystemClock};
