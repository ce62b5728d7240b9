//! The claims of an access token (RFC 9068), shared by who signs and who verifies.

use kernel::{ContentHash, PersonId, SessionId, SupportId, TenantId};
use serde::{Deserialize, Serialize};

use crate::role::{Role, Roles, WebsiteRoles};

/// For whom access tokens are.
pub const AUDIENCE: &str = "hotswap";

/// What an access token says it is, so that no other token of ours is taken for one.
pub const TOKEN_TYPE: &str = "at+jwt";

/// How somebody proved to be a person (RFC 8176 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthenticationMethod {
    /// With a password.
    Pwd,
    /// With a code that is good once.
    Otp,
    /// With more than one factor.
    Mfa,
}

/// What an access token claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessClaims {
    /// Who signed it: the platform's origin.
    pub iss: String,
    /// For whom it is.
    pub aud: String,
    /// The person.
    pub sub: PersonId,
    /// The sign-in.
    pub sid: SessionId,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// How often the person had signed out everywhere, or got another password, before the sign-in.
    pub outs: u64,
    /// How the person proved to be that person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<AuthenticationMethod>,
    /// The tenant, for a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The role, for a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The roles on single websites, for a member.
    #[serde(default, skip_serializing_if = "WebsiteRoles::is_empty")]
    pub websites: WebsiteRoles,
    /// The number of what the person might do when it was signed, for a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<u64>,
    /// Whether it is an operator's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub operator: bool,
    /// The support session, for an operator in a tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<SupportClaim>,
    /// The hash of what a page of the portal has to show with it, where it is kept in a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf: Option<ContentHash>,
}

/// What a token of an operator in a support session claims beside the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SupportClaim {
    /// The support session.
    pub id: SupportId,
    /// The member who let operators in.
    pub by: PersonId,
    /// When the session ends, in seconds since 1970.
    pub end: i64,
    /// Whether something may be changed.
    pub may_change: bool,
}

/// Where a token says that somebody may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// In one tenant, with these roles: the tenant says what they may do.
    Member(TenantId, Roles),
    /// On the platform, as an operator.
    Operator,
    /// In one tenant that let operators in.
    Support(TenantId, SupportClaim),
}

impl Claimed {
    /// Returns the tenant; none of an operator.
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            Self::Member(tenant, _) | Self::Support(tenant, _) => Some(*tenant),
            Self::Operator => None,
        }
    }
}

impl AccessClaims {
    /// Returns whether the person has a second factor and proved it.
    pub fn has_second_factor(&self) -> bool {
        self.amr.contains(&AuthenticationMethod::Mfa)
    }

    /// Returns where the token says that somebody may act; `None` where the claims are at odds with each other.
    pub fn claimed(&self) -> Option<Claimed> {
        if let Some(support) = self.support {
            let is_bare = self.role.is_none() && self.rights.is_none() && !self.operator;
            let is_bare = is_bare && self.websites.is_empty();
            return self
                .tenant
                .filter(|_| is_bare)
                .map(|tenant| Claimed::Support(tenant, support));
        }
        match (self.tenant, self.role, self.rights, self.operator) {
            (Some(tenant), Some(role), Some(_), false) => {
                let roles = Roles {
                    tenant: Role::of_member(role.name())?,
                    websites: self.websites.clone(),
                };
                let is_known = |(_, role): (_, Role)| Role::ON_WEBSITES.contains(&role);
                roles.websites.iter().all(is_known).then_some(())?;
                Some(Claimed::Member(tenant, roles))
            }
            (None, None, None, true) if self.websites.is_empty() => Some(Claimed::Operator),
            _ => None,
        }
    }
}
