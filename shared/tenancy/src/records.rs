//! The records that more than one function reads. A record that only one function knows lives
//! there; its key is declared here all the same.

mod abuse;
mod api_key;
mod identity;
mod invitation;
mod mail;
mod operation;
mod outbox;
mod rate;
mod revocation;
mod roles;
mod second_factor;
mod support;
mod tenant;
mod traffic;
mod usage;
mod website;

pub(crate) use abuse::AbuseRecord;
pub use abuse::AppealRecord;
pub use api_key::{ApiKeyRecord, ApiKeyUseRecord, EarlierSecret, Shown};
pub use identity::{
    BootstrapRecord, MembershipRecord, MembershipState, PersonByEmailRecord, PersonRecord,
    PersonTenantRecord, PublicKey, SessionRecord, SigningKeysRecord,
};
pub(crate) use invitation::InvitationsSentRecord;
pub use invitation::{InvitationRecord, InvitedRecord};
pub use mail::{MailLeaseRecord, MailRecord};
pub use operation::{
    OperationRecord, OperationStatus, REGISTRATION_STEPS, RegistrationRecord, Step, StepStatus,
    WEBSITE_STEPS,
};
pub use outbox::IdempotencyRecord;
pub(crate) use outbox::{DuePlace, InboxRecord, OpenIdempotencyRecord, OutboxRecord, SweepRecord};
pub(crate) use rate::{Counted, KnownNetworkRecord, RateRecord, Window};
pub use revocation::{OperatorRevocationsRecord, Revocations, RevocationsRecord, Revoked};
pub use roles::RolesRecord;
pub use second_factor::{Authenticator, Enrollment, SecondFactor};
pub use support::SupportRecord;
pub use tenant::{
    DirectoryRecord, ProfileRecord, Quota, SubdomainRecord, TenantRecord, TenantStatus, Tier,
};
pub use traffic::TrafficRecord;
pub(crate) use traffic::{CallerTrafficRecord, day};
pub use usage::{UsageRecord, WEBSITES};
pub(crate) use website::OwnerRecord;
pub use website::{HostRecord, SiteLabelRecord, WebsiteRecord, WebsiteStatus};
