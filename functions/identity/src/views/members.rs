//! What the API takes and answers of members and of those who are invited.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::limits::WEBSITE_ROLES_MAX;
use kernel::{EmailAddress, InvitationId, PersonId, WebsiteId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::records::{InvitationRecord, MembershipRecord, MembershipState, TenantRecord};
use tenancy::{Role, Roles, WebsiteRoles};
use utoipa::ToSchema;
use web::shapes::{EmailText, IdText, NewPassword};
use web::{FieldError, Problem};

use crate::handlers::field;

web::shapes! {
    /// A role of a member.
    pub(crate) MemberRole = json!({
        "type": "string",
        "enum": Role::OF_MEMBERS.map(Role::name),
    });
    /// A role of a member, or what companies call it: `owner` and `admin` are tenant admins.
    pub(crate) GivenRole = json!({
        "type": "string",
        "enum": Role::OF_MEMBERS
            .iter()
            .map(|role| role.name())
            .chain(Role::OF_COMPANIES.iter().map(|(name, _)| *name))
            .collect::<Vec<_>>(),
    });
    /// A role on one website.
    pub(crate) RoleOnWebsite = json!({
        "type": "string",
        "enum": Role::ON_WEBSITES.map(Role::name),
    });
    /// Whether a membership can be used.
    pub(crate) MemberState = json!({
        "type": "string",
        "enum": MembershipState::ALL.map(MembershipState::name),
    });
}

/// Which person is meant.
#[derive(Debug, Deserialize)]
pub(crate) struct PersonPath {
    pub(crate) person: PersonId,
}

/// The description says the limit too, as a number.
const _: () = assert!(WEBSITE_ROLES_MAX == 25, "the schemas say 25");

/// A role that a member has on one website, beside the one in the tenant.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WebsiteRole {
    /// The website's id.
    #[schema(value_type = IdText)]
    website_id: WebsiteId,
    /// What the member may do there.
    #[schema(value_type = RoleOnWebsite)]
    role: String,
}

impl WebsiteRole {
    pub(super) fn list(roles: &WebsiteRoles) -> Vec<Self> {
        let views = roles.iter().map(|(website_id, role)| Self {
            website_id,
            role: role.name().to_owned(),
        });
        views.collect()
    }

    /// Reads the names.
    fn read(list: &[Self], errors: &mut Vec<FieldError>) -> WebsiteRoles {
        if list.len() > WEBSITE_ROLES_MAX {
            let detail = format!("may name {WEBSITE_ROLES_MAX} websites at most");
            errors.push(FieldError::new("/websites", detail));
            return WebsiteRoles::default();
        }
        let mut seen = BTreeSet::new();
        let mut roles = Vec::new();
        for (at, entry) in list.iter().enumerate() {
            if !seen.insert(entry.website_id) {
                let pointer = format!("/websites/{at}/websiteId");
                errors.push(FieldError::new(pointer, "is named twice"));
            }
            if let Some(role) = Role::on_website(&entry.role) {
                roles.push((entry.website_id, role));
            } else {
                let pointer = format!("/websites/{at}/role");
                errors.push(FieldError::new(pointer, "is no role on a website"));
            }
        }
        roles.into_iter().collect()
    }
}

/// What somebody is to be, as text.
fn read_roles(role: &str, websites: &[WebsiteRole], errors: &mut Vec<FieldError>) -> Option<Roles> {
    let tenant = Role::of_member(role);
    if tenant.is_none() {
        errors.push(FieldError::new("/role", "is no role of a member"));
    }
    let websites = WebsiteRole::read(websites, errors);
    tenant.map(|tenant| Roles { tenant, websites })
}

/// A member of a tenant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MemberView {
    /// The person's id.
    id: String,
    /// The person's e-mail address.
    email: String,
    /// What the person may do in the whole tenant: `member`, `contentEditor`, `websiteAdmin` or `tenantAdmin`.
    role: &'static str,
    /// What the person may do beside that on single websites.
    websites: Vec<WebsiteRole>,
    /// Whether the person may do anything: `active` or `disabled`.
    state: &'static str,
    /// Since when the person is a member.
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
}

impl MemberView {
    pub(crate) fn of(member: &MembershipRecord) -> Self {
        Self {
            id: member.person_id.to_string(),
            email: member.email.to_string(),
            role: member.role.name(),
            websites: WebsiteRole::list(&member.websites),
            state: member.state.name(),
            joined_at: member.joined_at,
        }
    }
}

/// Somebody who is to become a member.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewMember {
    /// The e-mail address that the invitation goes to.
    #[schema(value_type = EmailText)]
    pub(crate) email: String,
    /// What the member may do in the whole tenant.
    #[schema(value_type = GivenRole)]
    role: String,
    /// What the member may do beside that on single websites.
    #[serde(default)]
    #[schema(max_items = 25)]
    websites: Vec<WebsiteRole>,
}

impl NewMember {
    /// Reads the address and the names.
    pub(crate) fn read(&self) -> Result<(EmailAddress, Roles), Problem> {
        let mut errors = Vec::new();
        let email = field("/email", &self.email, &mut errors);
        let roles = read_roles(&self.role, &self.websites, &mut errors);
        match email.zip(roles) {
            Some(read) if errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(errors)),
        }
    }
}

/// Which invitation is meant.
#[derive(Debug, Deserialize)]
pub(crate) struct InvitationPath {
    pub(crate) invitation: InvitationId,
}

/// An invitation that nobody has accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitationView {
    /// Its id.
    id: String,
    /// The e-mail address that it was sent to.
    email: String,
    /// What the member is going to be in the whole tenant: `member`, `contentEditor`, `websiteAdmin` or
    /// `tenantAdmin`.
    role: &'static str,
    /// What the member is going to be beside that on single websites.
    websites: Vec<WebsiteRole>,
    /// Who invited.
    invited_by: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    invited_at: Timestamp,
    /// When the newest link ends, or did.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Whether the newest link is over.
    is_over: bool,
}

impl InvitationView {
    pub(crate) fn of(invitation: &InvitationRecord, now: Timestamp) -> Self {
        Self {
            id: invitation.id.to_string(),
            email: invitation.email.to_string(),
            role: invitation.role.name(),
            websites: WebsiteRole::list(&invitation.websites),
            invited_by: invitation.invited_by.to_string(),
            invited_at: invitation.invited_at,
            ends_at: invitation.ends_at,
            is_over: now >= invitation.ends_at,
        }
    }
}

/// What a link invites to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferView {
    /// The tenant.
    tenant_id: String,
    /// Its name.
    name: String,
    /// Its name in host names.
    subdomain: String,
    /// The e-mail address that is invited.
    email: String,
    /// What the member is going to be in the whole tenant: `member`, `contentEditor`, `websiteAdmin` or
    /// `tenantAdmin`.
    role: &'static str,
    /// What the member is going to be beside that on single websites.
    websites: Vec<WebsiteRole>,
    /// When the link ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Whether it takes the password that the person has already, and not a new one.
    is_known: bool,
}

impl OfferView {
    pub(crate) fn of(tenant: &TenantRecord, invitation: &InvitationRecord, is_known: bool) -> Self {
        Self {
            tenant_id: tenant.id.to_string(),
            name: tenant.name.clone(),
            subdomain: tenant.subdomain.to_string(),
            email: invitation.email.to_string(),
            role: invitation.role.name(),
            websites: WebsiteRole::list(&invitation.websites),
            ends_at: invitation.ends_at,
            is_known,
        }
    }
}

/// An invitation that is accepted.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// What stands behind `#token=` in the link.
    pub(crate) token: String,
    /// The password: a new one, or that of the person whom the platform knows.
    #[schema(value_type = NewPassword)]
    pub(crate) password: String,
}

/// Where somebody is a member now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcceptedView {
    /// The tenant.
    tenant_id: String,
    /// Its name.
    name: String,
    /// What the member may do in the whole tenant: `member`, `contentEditor`, `websiteAdmin` or `tenantAdmin`.
    role: &'static str,
    /// What the member may do beside that on single websites.
    websites: Vec<WebsiteRole>,
}

impl AcceptedView {
    pub(crate) fn of(tenant: &TenantRecord, invitation: &InvitationRecord) -> Self {
        Self {
            tenant_id: tenant.id.to_string(),
            name: tenant.name.clone(),
            role: invitation.role.name(),
            websites: WebsiteRole::list(&invitation.websites),
        }
    }
}

/// What a member is to be.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MemberChange {
    /// What the member may do in the whole tenant.
    #[schema(value_type = GivenRole)]
    role: String,
    /// What the member may do beside that on single websites; nothing if it is left out.
    #[serde(default)]
    #[schema(max_items = 25)]
    websites: Vec<WebsiteRole>,
    /// Whether the member may do anything.
    #[schema(value_type = MemberState)]
    state: String,
}

impl MemberChange {
    /// Reads the names.
    pub(crate) fn read(&self) -> Result<(Roles, MembershipState), Problem> {
        let mut errors = Vec::new();
        let roles = read_roles(&self.role, &self.websites, &mut errors);
        let state = MembershipState::of_name(&self.state);
        if state.is_none() {
            let detail = "must be `active` or `disabled`";
            errors.push(FieldError::new("/state", detail));
        }
        match roles.zip(state) {
            Some(read) if errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(errors)),
        }
    }
}
