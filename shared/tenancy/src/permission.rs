//! Permissions: each a type, so that a handler's signature is its policy. All are declared here;
//! none can be declared elsewhere.

use crate::role::Role;

mod sealed {
    /// Keeps the traits of this module to this module.
    pub trait Sealed {}
}

/// A permission inside a tenant.
pub trait Permission: sealed::Sealed + Send + Sync + 'static {
    /// Its stable name.
    const NAME: &'static str;
    /// The least role that has it.
    const LEAST_ROLE: Role;
}

/// A permission under which data may be changed.
pub trait Mutates: Permission {}

/// A permission over the platform, held by operators.
pub trait OperatorPermission: sealed::Sealed + Send + Sync + 'static {
    /// Its stable name.
    const NAME: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $role:ident $(, $mutates:ident)?;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl Permission for $name {
                const NAME: &'static str = $text;
                const LEAST_ROLE: Role = Role::$role;
            }
            $(impl $mutates for $name {})?
        )+

        /// Every permission inside a tenant, with the least role that has it.
        pub const PERMISSIONS: &[(&str, Role)] = &[$(($text, Role::$role)),+];

        /// Those under which nothing is changed.
        pub(crate) const READING: &[&str] = &[$(reading!($text $($mutates)?)),+];
    };
}

/// Returns the name of a permission under which nothing is changed; of another one, none.
macro_rules! reading {
    ($text:literal) => {
        $text
    };
    ($text:literal $mutates:ident) => {
        ""
    };
}

permissions! {
    /// Reads what visitors may see.
    ReadPublished = "published.read", Visitor;
    /// Reads the tenant's profile.
    ReadTenant = "tenant.read", Member;
    /// Changes the tenant's profile.
    ManageTenant = "tenant.manage", TenantAdmin, Mutates;
    /// Reads who the tenant's members are.
    ReadMembers = "members.read", TenantAdmin;
    /// Says who is a member of the tenant, and as what.
    ManageMembers = "members.manage", TenantAdmin, Mutates;
    /// Says what each role may do in the tenant.
    ManageRoles = "roles.manage", TenantAdmin, Mutates;
    /// Reads which API keys the tenant has.
    ReadApiKeys = "apiKeys.read", TenantAdmin;
    /// Makes, changes and ends API keys.
    ManageApiKeys = "apiKeys.manage", TenantAdmin, Mutates;
    /// Lets operators into the tenant for a while, and sends them out.
    ManageSupport = "support.manage", TenantAdmin, Mutates;
    /// Reads the audit trail.
    ReadAudit = "audit.read", TenantAdmin;
    /// Reads operations.
    ReadOperations = "operations.read", ContentEditor;
    /// Lists the websites that somebody may read.
    ListWebsites = "websites.list", Member;
    /// Reads websites.
    ReadWebsites = "websites.read", ContentEditor;
    /// Makes, changes and deletes websites.
    ManageWebsites = "websites.manage", WebsiteAdmin, Mutates;
    /// Chooses and sets a website's theme.
    ManageThemes = "themes.manage", WebsiteAdmin, Mutates;
    /// Reads releases and what differs between them.
    ReadReleases = "releases.read", ContentEditor;
    /// Makes another release the live one.
    ActivateReleases = "releases.activate", WebsiteAdmin, Mutates;
    /// Makes preview links.
    PreviewReleases = "releases.preview", ContentEditor;
    /// Reads pages and drafts.
    ReadContent = "content.read", ContentEditor;
    /// Makes pages, and changes and deletes one's own.
    EditOwnContent = "content.editOwn", ContentEditor, Mutates;
    /// Makes, changes and deletes pages, whoever made them.
    EditContent = "content.edit", ContentEditor, Mutates;
    /// Publishes pages and takes them back.
    PublishContent = "content.publish", ContentEditor, Mutates;
    /// Makes tenants and websites, step by step.
    Provision = "provisioning.run", System, Mutates;
    /// Sends mail to people.
    Notify = "notifications.send", System, Mutates;
    /// Deals with events that concern the content delivery network.
    PurgeEdge = "edge.purge", System;
}

/// Runs tenants: an operator's permission.
#[derive(Debug, Clone, Copy)]
pub enum ManageTenants {}
impl sealed::Sealed for ManageTenants {}
impl OperatorPermission for ManageTenants {
    const NAME: &'static str = "tenants.manage";
}

/// Reads tenants: an operator's permission.
#[derive(Debug, Clone, Copy)]
pub enum ReadTenants {}
impl sealed::Sealed for ReadTenants {}
impl OperatorPermission for ReadTenants {
    const NAME: &'static str = "tenants.read";
}

/// Reads the audit trails of tenants, and the platform's own: an operator's permission.
#[derive(Debug, Clone, Copy)]
pub enum ReadTrails {}
impl sealed::Sealed for ReadTrails {}
impl OperatorPermission for ReadTrails {
    const NAME: &'static str = "trails.read";
}

/// Enters the tenants that let operators in: an operator's permission.
#[derive(Debug, Clone, Copy)]
pub enum SupportTenants {}
impl sealed::Sealed for SupportTenants {}
impl OperatorPermission for SupportTenants {
    const NAME: &'static str = "tenants.support";
}

/// Publishes reports that every tenant can read: an operator's permission.
#[derive(Debug, Clone, Copy)]
pub enum PublishReports {}
impl sealed::Sealed for PublishReports {}
impl OperatorPermission for PublishReports {
    const NAME: &'static str = "reports.publish";
}
