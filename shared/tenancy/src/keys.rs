//! Every key of the table, declared once, by access pattern. The chart in the golden files is made
//! from here; no other file spells a key.

use kernel::{
    ApiKeyId, AuditId, ContentHash, EventId, HostName, InvitationId, OperationId, PageId, PersonId,
    ReleaseId, SessionId, SiteLabel, Subdomain, SupportId, TenantId, WebsiteId,
};

use crate::key::{KeyScope, keys};

/// One line of the chart: an entity with its keys.
#[derive(Debug, Clone, Copy)]
pub struct ChartLine {
    /// The entity's name.
    pub entity: &'static str,
    /// The schema that is written.
    pub schema: u64,
    /// Whose it is.
    pub scope: KeyScope,
    /// The composites of the partition key.
    pub partition: &'static [&'static str],
    /// The composites of the sort key.
    pub sort: &'static [&'static str],
}

keys! {
    Tenant {
        /// The tenant itself.
        TenantRecordKey = "tenant" v 1,
            pk() ["TENANT"], sk() ["TENANT"];
        /// Whose access tokens to the tenant were taken back. It is read with the tenant itself.
        RevocationsKey = "revocations" v 1,
            pk() ["TENANT"], sk() ["TENANT", "REVOKED"];
        /// What each role may do in the tenant. It is read with the tenant itself.
        RolesKey = "roles" v 1,
            pk() ["TENANT"], sk() ["TENANT", "ROLES"];
        /// A person's place in the tenant.
        MembershipKey = "membership" v 1,
            pk() ["MEMBERS"], sk(person: PersonId) ["MEMBER", person];
        /// An invitation that nobody has accepted.
        InvitationKey = "invitation" v 1,
            pk() ["INVITATIONS"], sk(invitation: InvitationId) ["INVITATION", invitation];
        /// An e-mail address that is invited, once at a time.
        InvitedKey = "invited" v 1,
            pk() ["INVITATIONS"], sk(email: ContentHash) ["INVITED", email];
        /// How many links of invitations were sent.
        InvitationsSentKey = "invitationsSent" v 1,
            pk() ["INVITATIONS"], sk() ["SENT"];
        /// An API key.
        ApiKeyKey = "apiKey" v 1,
            pk() ["APIKEYS"], sk(key: ApiKeyId) ["KEY", key];
        /// When an API key was used last.
        ApiKeyUseKey = "apiKeyUse" v 1,
            pk() ["APIKEYUSES"], sk(key: ApiKeyId) ["KEY", key];
        /// A support session.
        SupportKey = "supportSession" v 1,
            pk() ["SUPPORT"], sk(support: SupportId) ["SUPPORT", support];
        /// A number that a quota bounds.
        UsageKey = "usage" v 1,
            pk() ["USAGE"], sk(what: &'static str) ["USAGE", what];
        /// What was asked of the tenant on one day: altogether, or with one API key.
        TrafficKey = "traffic" v 1,
            pk(of: String) ["TRAFFIC", of], sk(day: String) ["DAY", day];
        /// A website.
        WebsiteKey = "website" v 1,
            pk() ["SITES"], sk(website: WebsiteId) ["SITE", website];
        /// A website's name in host names, taken by one website of the tenant.
        SiteLabelKey = "siteLabel" v 1,
            pk() ["LABELS"], sk(label: SiteLabel) ["LABEL", label];
        /// What a website shows now: one item, read on every page view.
        PointerKey = "pointer" v 1,
            pk(website: WebsiteId) ["SITE", website, "POINTER"], sk() ["POINTER"];
        /// A release of a website.
        ReleaseKey = "release" v 1,
            pk(website: WebsiteId) ["SITE", website, "RELEASES"],
            sk(release: ReleaseId) ["RELEASE", release];
        /// A move of a website's pointer; its number is the pointer's version.
        MoveKey = "move" v 1,
            pk(website: WebsiteId) ["SITE", website, "MOVES"], sk(number: MoveNumber) ["MOVE", number];
        /// A page with its newest draft.
        PageKey = "page" v 1,
            pk(website: WebsiteId) ["SITE", website, "PAGES"], sk(page: PageId) ["PAGE", page];
        /// A slug of a website, taken by one page.
        SlugKey = "slug" v 1,
            pk(website: WebsiteId) ["SITE", website, "SLUGS"], sk(slug: ContentHash) ["SLUG", slug];
        /// An immutable object of any release of the tenant.
        ObjectKey = "object" v 1,
            pk(hash: ContentHash) ["OBJECT", hash], sk() ["OBJECT"];
        /// A long-running operation.
        OperationKey = "operation" v 1,
            pk() ["OPERATIONS"], sk(operation: OperationId) ["OPERATION", operation];
        /// An event that waits to be sent.
        OutboxKey = "outbox" v 1,
            pk() ["OUTBOX"], sk(event: EventId) ["EVENT", event];
        /// A message that a consumer has dealt with.
        InboxKey = "inbox" v 1,
            pk() ["INBOX"], sk(consumer: &'static str, message: String) ["SEEN", consumer, message];
        /// A mail that was sent, by the message that asked for it.
        MailKey = "mail" v 1,
            pk() ["MAILS"], sk(message: String) ["MAIL", message];
        /// Who is about to send a mail.
        MailLeaseKey = "mailLease" v 1,
            pk() ["MAILS"], sk(message: String) ["LEASE", message];
        /// A request that was made under an idempotency key.
        IdempotencyKey = "idempotency" v 1,
            pk() ["IDEMPOTENCY"], sk(digest: ContentHash) ["KEY", digest];
        /// An entry of the audit trail.
        AuditKey = "audit" v 1,
            pk() ["AUDIT"], sk(entry: AuditId) ["ENTRY", entry];
        /// What was counted that nobody does by right.
        AbuseKey = "abuse" v 1,
            pk() ["ABUSE"], sk() ["ABUSE"];
        /// An appeal against a suspension.
        AppealKey = "appeal" v 1,
            pk() ["APPEALS"], sk(suspension: i64) ["APPEAL", suspension];
        /// An entry of the audit trail that concerns security.
        SecurityEventKey = "securityEvent" v 1,
            pk() ["SECURITY"], sk(entry: AuditId) ["ENTRY", entry];
        /// The newest seal of the audit trail.
        SealHeadKey = "sealHead" v 1,
            pk() ["SEALS"], sk() ["HEAD"];
    }
    Platform {
        /// A tenant in the operators' list, by name.
        DirectoryKey = "directory" v 1,
            pk() ["DIRECTORY"], sk(name: String, tenant: TenantId) ["TENANT", name, tenant];
        /// A subdomain, taken by one tenant.
        SubdomainKey = "subdomain" v 1,
            pk(subdomain: Subdomain) ["SUBDOMAIN", subdomain], sk() ["CLAIM"];
        /// A host, which is one website's.
        HostKey = "host" v 1,
            pk(host: HostName) ["HOST", host], sk() ["CLAIM"];
        /// Whose an id is, so that asking for a foreign one is noticed.
        OwnerKey = "owner" v 1,
            pk(id: String) ["OWNER", id], sk() ["OWNER"];
        /// A person, by the hash of the e-mail address.
        PersonByEmailKey = "personByEmail" v 1,
            pk(email: ContentHash) ["EMAIL", email], sk() ["PERSON"];
        /// A network from which whoever has an e-mail address was let in.
        KnownNetworkKey = "knownNetwork" v 1,
            pk(email: ContentHash) ["EMAIL", email], sk(network: ContentHash) ["FROM", network];
        /// How often something was done lately that may be done so often.
        RateKey = "rate" v 1,
            pk(of: ContentHash) ["RATE", of], sk(what: &'static str) ["WINDOW", what];
        /// What one operator, or a network without a credential, asked on one day.
        CallerTrafficKey = "callerTraffic" v 1,
            pk(caller: ContentHash) ["TRAFFIC", caller], sk(day: String) ["DAY", day];
        /// A person.
        PersonKey = "person" v 1,
            pk(person: PersonId) ["PERSON", person], sk() ["PERSON"];
        /// A tenant of which a person is a member.
        PersonTenantKey = "personTenant" v 1,
            pk(person: PersonId) ["PERSON", person], sk(tenant: TenantId) ["TENANT", tenant];
        /// A sign-in of a person.
        SessionKey = "session" v 1,
            pk(person: PersonId) ["PERSON", person], sk(session: SessionId) ["SESSION", session];
        /// Whose access tokens as operators were taken back.
        OperatorRevocationsKey = "operatorRevocations" v 1,
            pk() ["OPERATORS"], sk() ["REVOKED"];
        /// A registration's operation: read by its id before any sign-in.
        RegistrationKey = "registration" v 1,
            pk(operation: OperationId) ["REGISTRATION", operation], sk() ["OPERATION"];
        /// A request that was made under an idempotency key before there was a tenant.
        OpenIdempotencyKey = "openIdempotency" v 1,
            pk(digest: ContentHash) ["ONCE", digest], sk() ["KEY"];
        /// The public signing keys.
        SigningKeysKey = "signingKeys" v 1,
            pk() ["SIGNING"], sk() ["KEYS"];
        /// The one-time making of the first operator.
        BootstrapKey = "bootstrap" v 1,
            pk() ["BOOTSTRAP"], sk() ["OPERATOR"];
        /// The newest report of the proof that no tenant reaches another.
        IsolationReportKey = "isolationReport" v 1,
            pk() ["REPORTS"], sk() ["ISOLATION"];
        /// An entry of any audit trail that concerns security, by month.
        SecurityMonthKey = "securityMonth" v 1,
            pk(month: String) ["SECURITY", month], sk(entry: AuditId) ["ENTRY", entry];
        /// How far the sealer has come.
        SealingKey = "sealing" v 1,
            pk() ["SEALING"], sk() ["POSITION"];
        /// How far the sweeper has come.
        SweepKey = "sweep" v 1,
            pk(kind: &'static str) ["SWEEP", kind], sk() ["POSITION"];
    }
}

/// The number of a pointer's move, as text that sorts as the number does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MoveNumber(pub u64);

impl std::fmt::Display for MoveNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:020}", self.0)
    }
}

/// Returns the partition of the due index for one kind, minute and shard.
pub(crate) fn due_partition(kind: &str, minute: i64, shard: u8) -> String {
    format!("DUE#{kind}#{minute}#{shard}")
}
