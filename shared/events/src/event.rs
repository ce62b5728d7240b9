//! Every event type.

use kernel::{
    ApiKeyId, AuditId, ContentHash, InvitationId, OperationId, PageId, PersonId, ReleaseId,
    TenantId, WebsiteId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A name under which the edge keeps responses, so that they can be purged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CacheTag(String);

impl CacheTag {
    /// Returns the tag of everything a tenant serves.
    pub fn tenant(tenant: TenantId) -> Self {
        Self(format!("t:{tenant}"))
    }

    /// Returns the tag of everything a website serves.
    pub fn website(website: WebsiteId) -> Self {
        Self(format!("s:{website}"))
    }

    /// Returns the tag of what a website serves at one path, such as `/about`. It names the place
    /// and not the page that is there, so that a page and the one that replaces it share it.
    pub fn page(website: WebsiteId, path: &str) -> Self {
        let place = ContentHash::of_parts(&[website.to_string().as_bytes(), path.as_bytes()]);
        Self(format!("p:{place}"))
    }

    /// Returns the tag of what a website serves to tell which pages it has.
    pub fn sitemap(website: WebsiteId) -> Self {
        Self::page(website, "/sitemap.xml")
    }

    /// Returns the tag's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What happened, in the past tense, with what a consumer needs to act on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    content = "data",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Event {
    /// A tenant asked for its place on the platform; the operation says how far it got.
    TenantRegistered {
        /// The registration's operation.
        operation_id: OperationId,
    },
    /// A tenant's place is ready.
    TenantProvisioned {
        /// The registration's operation.
        operation_id: OperationId,
    },
    /// A tenant's status changed.
    TenantStatusChanged {
        /// The status before.
        from: String,
        /// The status after.
        to: String,
    },
    /// A tenant was suspended for what came from it, and somebody who runs it is to know.
    SuspensionNotified {
        /// The person.
        person_id: PersonId,
    },
    /// Somebody who runs a suspended tenant appeals.
    SuspensionAppealed {
        /// The person.
        person_id: PersonId,
    },
    /// A tenant's own data changed.
    TenantUpdated {},
    /// Somebody was invited to be a member, or is reminded of it.
    MemberInvited {
        /// The invitation.
        invitation_id: InvitationId,
        /// The number of the link that is to be sent.
        number: u64,
    },
    /// Somebody became a member who was invited.
    MembershipBegan {
        /// The person.
        person_id: PersonId,
    },
    /// A member may do something else than before, or nothing for now.
    MembershipChanged {
        /// The person.
        person_id: PersonId,
    },
    /// Roles may do something else than before.
    RolesChanged {},
    /// An API key was made.
    ApiKeyCreated {
        /// The key.
        api_key_id: ApiKeyId,
    },
    /// An API key lets do something else than before, or has another secret.
    ApiKeyChanged {
        /// The key.
        api_key_id: ApiKeyId,
    },
    /// An API key was deleted.
    ApiKeyDeleted {
        /// The key.
        api_key_id: ApiKeyId,
    },
    /// Somebody is not a member any more.
    MembershipEnded {
        /// The person.
        person_id: PersonId,
    },
    /// A person is to prove that the e-mail address is the person's.
    VerificationRequested {
        /// The person.
        person_id: PersonId,
    },
    /// Somebody asked for another password, for an address that may be nobody's.
    PasswordResetRequested {
        /// The person who has the address.
        person_id: Option<PersonId>,
    },
    /// A website was asked for; the operation says how far it got.
    WebsiteRequested {
        /// The website.
        website_id: WebsiteId,
        /// The operation that makes it.
        operation_id: OperationId,
    },
    /// A website is ready.
    WebsiteProvisioned {
        /// The website.
        website_id: WebsiteId,
    },
    /// A website's own data or status changed, in a way that visitors may see.
    WebsiteUpdated {
        /// The website.
        website_id: WebsiteId,
    },
    /// A website was deleted; it can be brought back for a while.
    WebsiteDeleted {
        /// The website.
        website_id: WebsiteId,
    },
    /// A page was made.
    PageCreated {
        /// The website.
        website_id: WebsiteId,
        /// The page.
        page_id: PageId,
    },
    /// A page's draft changed.
    PageUpdated {
        /// The website.
        website_id: WebsiteId,
        /// The page.
        page_id: PageId,
    },
    /// A page was deleted.
    PageDeleted {
        /// The website.
        website_id: WebsiteId,
        /// The page.
        page_id: PageId,
    },
    /// A website's pointer moved: visitors see another release.
    ReleaseActivated {
        /// The website.
        website_id: WebsiteId,
        /// The release that is live now.
        release_id: ReleaseId,
        /// What the edge must forget.
        purge: Vec<CacheTag>,
    },
    /// Somebody asked for what belongs to another tenant.
    CrossTenantAttempted {
        /// The id that was asked for.
        resource_id: String,
    },
    /// Storage denied what the platform itself tried for the tenant.
    AccessDenied {
        /// What was tried, as `read an item`.
        operation: String,
    },
    /// The tenant's audit trail was found not to be what it was.
    TrailBroken {
        /// What is wrong with it, as `altered`.
        flaw: String,
        /// With which entry, if with one.
        entry: Option<AuditId>,
        /// In which seal, if in one.
        seal: Option<u64>,
    },
    /// An operator read the tenant's audit trail, or somebody took entries of it away in a file.
    TrailRead {
        /// Whether it was in a file.
        is_export: bool,
    },
}

impl Event {
    /// Returns the event's type, as it stands on the bus and in the logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TenantRegistered { .. } => "TenantRegistered",
            Self::TenantProvisioned { .. } => "TenantProvisioned",
            Self::TenantStatusChanged { .. } => "TenantStatusChanged",
            Self::SuspensionNotified { .. } => "SuspensionNotified",
            Self::SuspensionAppealed { .. } => "SuspensionAppealed",
            Self::TenantUpdated {} => "TenantUpdated",
            Self::MemberInvited { .. } => "MemberInvited",
            Self::MembershipBegan { .. } => "MembershipBegan",
            Self::MembershipChanged { .. } => "MembershipChanged",
            Self::MembershipEnded { .. } => "MembershipEnded",
            Self::RolesChanged {} => "RolesChanged",
            Self::ApiKeyCreated { .. } => "ApiKeyCreated",
            Self::ApiKeyChanged { .. } => "ApiKeyChanged",
            Self::ApiKeyDeleted { .. } => "ApiKeyDeleted",
            Self::VerificationRequested { .. } => "VerificationRequested",
            Self::PasswordResetRequested { .. } => "PasswordResetRequested",
            Self::WebsiteRequested { .. } => "WebsiteRequested",
            Self::WebsiteProvisioned { .. } => "WebsiteProvisioned",
            Self::WebsiteUpdated { .. } => "WebsiteUpdated",
            Self::WebsiteDeleted { .. } => "WebsiteDeleted",
            Self::PageCreated { .. } => "PageCreated",
            Self::PageUpdated { .. } => "PageUpdated",
            Self::PageDeleted { .. } => "PageDeleted",
            Self::ReleaseActivated { .. } => "ReleaseActivated",
            Self::CrossTenantAttempted { .. } => "CrossTenantAttempted",
            Self::AccessDenied { .. } => "AccessDenied",
            Self::TrailBroken { .. } => "TrailBroken",
            Self::TrailRead { .. } => "TrailRead",
        }
    }

    /// Returns the event's type and its data.
    pub fn kind_and_data(&self) -> (&'static str, Value) {
        let data = serde_json::to_value(self)
            .ok()
            .and_then(|mut value| value.get_mut("data").map(Value::take))
            .unwrap_or_default();
        (self.kind(), data)
    }
}
