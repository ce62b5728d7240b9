//! What the API takes and answers of roles and what they may do.

use std::collections::BTreeMap;

use kernel::WebsiteId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::permission::PERMISSIONS;
use tenancy::policy::RESERVED;
use tenancy::records::{MembershipRecord, RolesRecord};
use tenancy::{MfaRule, PermissionSet, Policy, Role};
use utoipa::ToSchema;
use web::{FieldError, Problem};

use crate::views::members::{GivenRole, MemberRole};

web::shapes! {
    /// A permission inside a tenant.
    pub(crate) PermissionName = json!({
        "type": "string",
        "enum": PERMISSIONS
            .iter()
            .filter(|(_, least)| (Role::Member..=Role::TenantAdmin).contains(least))
            .map(|(name, _)| *name)
            .collect::<Vec<_>>(),
    });
    /// A permission that a tenant can give away.
    pub(crate) GrantablePermission = json!({
        "type": "string",
        "enum": grantable().names().collect::<Vec<_>>(),
    });
    /// A role of which a tenant can say what it may do.
    pub(crate) ChangeableRole = json!({
        "type": "string",
        "enum": Role::CHANGEABLE.map(Role::name),
    });
    /// Whether something is so.
    pub(crate) Flag = json!({ "type": "string", "enum": ["true", "false"] });
}

/// A role, and what it may do.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleView {
    /// The role.
    role: &'static str,
    /// What it may do.
    #[schema(value_type = Vec<PermissionName>)]
    permissions: Vec<&'static str>,
}

impl RoleView {
    fn list(roles: &[Role], policy: &Policy) -> Vec<Self> {
        let views = roles.iter().map(|role| Self {
            role: role.name(),
            permissions: for_members(policy.of(*role)).names().collect(),
        });
        views.collect()
    }
}

/// What each role may do and needs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RolesView {
    /// The roles of which a tenant says it, in rising order.
    roles: Vec<RoleView>,
    /// The role that may do everything, whatever a tenant says.
    fixed: Vec<RoleView>,
    /// The roles that need a second factor, in rising order.
    #[schema(value_type = Vec<MemberRole>)]
    mfa_required: Vec<&'static str>,
}

impl RolesView {
    pub(crate) fn of(said: &RolesRecord) -> Self {
        Self {
            roles: RoleView::list(&Role::CHANGEABLE, &said.policy),
            fixed: RoleView::list(&[Role::TenantAdmin], &said.policy),
            mfa_required: names(&said.mfa),
        }
    }
}

fn names(mfa: &MfaRule) -> Vec<&'static str> {
    mfa.roles().map(Role::name).collect()
}

/// Leaves out what everybody may do who reads a website.
pub(super) fn for_members(permissions: PermissionSet) -> PermissionSet {
    permissions.without(PermissionSet::built_in(Role::Visitor))
}

/// Returns what a tenant can give away that is more than what everybody may do.
fn grantable() -> PermissionSet {
    for_members(PermissionSet::grantable())
}

/// What a role is to be able to do.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// The role.
    #[schema(value_type = ChangeableRole)]
    role: String,
    /// What it may do: nothing else.
    #[schema(value_type = Vec<GrantablePermission>)]
    permissions: Vec<String>,
}

/// What roles are to be able to do, and to need.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RolesChange {
    /// The roles. Those that are left out get their built-in permissions.
    roles: Vec<RoleChange>,
    /// The roles that are to need a second factor. Left out, it stays as it is.
    #[schema(value_type = Option<Vec<GivenRole>>)]
    mfa_required: Option<Vec<String>>,
}

impl RolesChange {
    /// Reads the names, and returns what becomes of what was said `before`.
    pub(crate) fn read(&self, before: &RolesRecord) -> Result<RolesRecord, Problem> {
        let mut errors = Vec::new();
        let mut said = BTreeMap::new();
        for (at, change) in self.roles.iter().enumerate() {
            let pointer = |below: &str| format!("/roles/{at}/{below}");
            let place = |one: usize| pointer(&format!("permissions/{one}"));
            let permissions = read_permissions(&change.permissions, &place, &mut errors);
            match Role::changeable(&change.role) {
                None => {
                    let detail = "is no role whose permissions can be changed";
                    errors.push(FieldError::new(pointer("role"), detail));
                }
                Some(role) => {
                    if said.insert(role, permissions).is_some() {
                        errors.push(FieldError::new(pointer("role"), "is named twice"));
                    }
                }
            }
        }
        let mfa = match &self.mfa_required {
            None => before.mfa.clone(),
            Some(names) => read_mfa(names, &mut errors),
        };
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        let with = |policy: Policy, (role, permissions)| policy.with(role, permissions);
        let policy = said.into_iter().fold(Policy::built_in(), with);
        Ok(RolesRecord { policy, mfa })
    }
}

/// Reads the names of the roles that are to need a second factor.
fn read_mfa(names: &[String], errors: &mut Vec<FieldError>) -> MfaRule {
    let mut roles = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let detail = match Role::of_member(name) {
            Some(role) if !roles.contains(&role) => {
                roles.push(role);
                continue;
            }
            Some(_) => "is named twice",
            None => "is no role of a member",
        };
        errors.push(FieldError::new(format!("/mfaRequired/{at}"), detail));
    }
    roles.into_iter().collect()
}

/// Reads the names of permissions. `pointer` says where the one at a place stands.
pub(super) fn read_permissions(
    names: &[String],
    pointer: &impl Fn(usize) -> String,
    errors: &mut Vec<FieldError>,
) -> PermissionSet {
    let grantable = grantable();
    let mut permissions = PermissionSet::default();
    for (at, name) in names.iter().enumerate() {
        let detail = match PermissionSet::of(name) {
            _ if RESERVED.contains(&name.as_str()) => "is for tenant admins alone",
            Some(one) if !one.and(grantable).is_empty() => {
                permissions = permissions.or(one);
                continue;
            }
            Some(_) | None => "is no permission of a member",
        };
        errors.push(FieldError::new(pointer(at), detail));
    }
    // What visitors may do, members may.
    permissions.or(PermissionSet::built_in(Role::Visitor))
}

/// Whether a change is only tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RolesQuery {
    /// Whether nothing is changed, and what would be is told.
    #[schema(value_type = Option<Flag>)]
    dry_run: Option<String>,
}

impl RolesQuery {
    /// Reads it.
    pub(crate) fn is_dry_run(&self) -> Result<bool, Problem> {
        match self.dry_run.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::invalid_field(
                "query:dryRun",
                "must be `true` or `false`",
            )),
        }
    }
}

/// What changes for somebody.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Difference {
    /// What is new.
    #[schema(value_type = Vec<PermissionName>)]
    gains: Vec<&'static str>,
    /// What is no more.
    #[schema(value_type = Vec<PermissionName>)]
    losses: Vec<&'static str>,
}

impl Difference {
    fn between(before: PermissionSet, after: PermissionSet) -> Option<Self> {
        let difference = Self {
            gains: after.without(before).names().collect(),
            losses: before.without(after).names().collect(),
        };
        (before != after).then_some(difference)
    }
}

/// What changes for a member on one website.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebsiteDifference {
    /// The website's id.
    website_id: String,
    #[serde(flatten)]
    difference: Difference,
}

/// A member for whom something changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AffectedMember {
    /// The person's id.
    id: String,
    /// The person's e-mail address.
    email: String,
    /// What changes in the whole tenant.
    #[serde(flatten)]
    everywhere: Difference,
    /// What changes on single websites beside it.
    websites: Vec<WebsiteDifference>,
    /// Whether a second factor is needed from now on; missing where that does not change.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_required: Option<bool>,
}

impl AffectedMember {
    /// Returns what changes for a member, if anything does.
    pub(crate) fn of(
        member: &MembershipRecord,
        before: &RolesRecord,
        after: &RolesRecord,
    ) -> Option<Self> {
        let (was, is) = (&before.policy, &after.policy);
        let everywhere = Difference::between(was.of(member.role), is.of(member.role));
        let on = |(website, role): (WebsiteId, Role)| {
            let both = |policy: &Policy| policy.of(member.role).or(policy.of(role));
            let difference = Difference::between(both(was), both(is))?;
            Some(WebsiteDifference {
                website_id: website.to_string(),
                difference,
            })
        };
        let websites: Vec<_> = member.websites.iter().filter_map(on).collect();
        let roles = member.roles();
        let asks = after.mfa.asks(&roles);
        let mfa_required = (before.mfa.asks(&roles) != asks).then_some(asks);
        if everywhere.is_none() && websites.is_empty() && mfa_required.is_none() {
            return None;
        }
        Some(Self {
            id: member.person_id.to_string(),
            email: member.email.to_string(),
            everywhere: everywhere.unwrap_or(Difference {
                gains: Vec::new(),
                losses: Vec::new(),
            }),
            websites,
            mfa_required,
        })
    }
}

/// What each role may do and needs, and for whom that is something else than before.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangedRolesView {
    /// The roles of which a tenant says it, in rising order.
    roles: Vec<RoleView>,
    /// Whether nothing was changed.
    is_dry_run: bool,
    /// The roles that need a second factor, in rising order.
    #[schema(value_type = Vec<MemberRole>)]
    mfa_required: Vec<&'static str>,
    /// The members who may do something else than before, or need something else for it.
    affected: Vec<AffectedMember>,
    /// Whether there are more members than were looked at.
    has_more: bool,
}

impl ChangedRolesView {
    pub(crate) fn of(
        said: &RolesRecord,
        is_dry_run: bool,
        (affected, has_more): (Vec<AffectedMember>, bool),
    ) -> Self {
        Self {
            roles: RoleView::list(&Role::CHANGEABLE, &said.policy),
            mfa_required: names(&said.mfa),
            is_dry_run,
            affected,
            has_more,
        }
    }
}
