//! What the API takes and answers.

mod api_keys;
mod members;
mod roles;
mod second_factor;
mod support;

use jiff::Timestamp;
use kernel::{SessionId, TenantId};
use serde::{Deserialize, Serialize};
use tenancy::SignedIn;
use tenancy::records::{PersonRecord, PersonTenantRecord, SessionRecord, TenantRecord};
use utoipa::ToSchema;
use web::shapes::{DisplayName, EmailText, IdText, NewPassword, TenantSubdomain};

pub(crate) use self::api_keys::{
    ApiKeyChange, ApiKeyPath, ApiKeyUsageView, ApiKeyView, NewApiKey, Rotation,
};
use self::members::WebsiteRole;
pub(crate) use self::members::{
    Acceptance, AcceptedView, InvitationPath, InvitationView, MemberChange, MemberView, NewMember,
    OfferView, PersonPath,
};
pub(crate) use self::roles::{
    AffectedMember, ChangedRolesView, RolesChange, RolesQuery, RolesView,
};
pub(crate) use self::second_factor::{
    Code, EnrollmentView, NewAuthenticator, PasswordAndCode, RecoveryCodesView, SecondFactorView,
    SecondStep,
};

pub(crate) use self::support::{
    AccessView, BreakGlass, NewSupport, SupportEntry, SupportPath, SupportQuery, SupportView,
};

/// A registration.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Registration {
    /// The tenant's name.
    #[schema(value_type = DisplayName)]
    pub(crate) tenant_name: String,
    /// Its name in host names.
    #[schema(value_type = TenantSubdomain)]
    pub(crate) subdomain: String,
    /// The first admin's e-mail address.
    #[schema(value_type = EmailText)]
    pub(crate) email: String,
    /// The first admin's password.
    #[schema(value_type = NewPassword)]
    pub(crate) password: String,
}

/// A registration that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegistrationView {
    /// The tenant's id.
    pub(crate) tenant_id: String,
    /// The operation that makes the tenant.
    pub(crate) operation: OperationReference,
}

/// Where an operation is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationReference {
    /// Its id.
    pub(crate) id: String,
    /// How far it got: `pending`, `running`, `succeeded` or `failed`.
    pub(crate) status: String,
    /// Its address.
    pub(crate) href: String,
}

/// Where the tokens of a sign-in go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TokensIn {
    /// Into the answer's body, for programs.
    #[default]
    Body,
    /// Into cookies of the host that is asked, for pages of the portal.
    Cookies,
}

/// A sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Login {
    /// The e-mail address.
    pub(crate) email: String,
    /// The password.
    pub(crate) password: String,
    /// The tenant, where the person belongs to several.
    #[schema(value_type = Option<IdText>)]
    pub(crate) tenant_id: Option<TenantId>,
    /// Where the tokens go: `body`, which is the default, or `cookies`.
    #[serde(default)]
    pub(crate) tokens_in: TokensIn,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Refresh {
    /// The newest refresh token.
    pub(crate) refresh_token: String,
}

/// Which sign-in is meant.
#[derive(Debug, Deserialize)]
pub(crate) struct SessionPath {
    pub(crate) session: SessionId,
}

/// A sign-in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionView {
    /// Its id.
    id: String,
    /// The tenant signed in to; missing of an operator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<String>,
    /// Whether this request was made with it.
    is_current: bool,
    /// When the person gave the password.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last refreshed, or began.
    #[schema(value_type = String, format = DateTime)]
    last_used_at: Timestamp,
    /// When it ends by itself, if it is not refreshed.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// Whether the person gave a code of the authenticator that is in use.
    has_second_factor: bool,
    /// From which network address it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What the client said it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
}

impl SessionView {
    pub(crate) fn of(session: &SessionRecord, person: &PersonRecord, caller: &SignedIn) -> Self {
        Self {
            id: session.id.to_string(),
            tenant_id: session.tenant_id.map(|tenant| tenant.to_string()),
            is_current: session.id == caller.session(),
            created_at: session.created_at,
            last_used_at: session.rotated_at,
            ends_at: session.ends_at,
            has_second_factor: session.has_second_factor(person),
            address: session.address.clone(),
            agent: session.agent.clone(),
        }
    }
}

/// The tenant to go to.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TenantChoice {
    /// The tenant's id.
    #[schema(value_type = IdText)]
    pub(crate) tenant_id: TenantId,
}

/// Which of a person's tenants is meant.
#[derive(Debug, Deserialize)]
pub(crate) struct OwnTenantPath {
    pub(crate) tenant: TenantId,
}

/// A tenant of the person who asks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OwnTenantView {
    /// Its id.
    tenant_id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its name in host names.
    #[serde(skip_serializing_if = "Option::is_none")]
    subdomain: Option<String>,
    /// Its status, such as `Active`: the only one in which it can be signed in to.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// What the person may do in the whole tenant.
    role: &'static str,
    /// What the person may do beside that on single websites.
    websites: Vec<WebsiteRole>,
    /// Whether the person may do anything there: `active` or `disabled`.
    state: &'static str,
    /// Whether this request was made there.
    is_current: bool,
}

impl OwnTenantView {
    pub(crate) fn of(
        membership: &PersonTenantRecord,
        tenant: Option<&TenantRecord>,
        caller: &SignedIn,
    ) -> Self {
        Self {
            tenant_id: membership.tenant_id.to_string(),
            name: tenant.map(|tenant| tenant.name.clone()),
            subdomain: tenant.map(|tenant| tenant.subdomain.to_string()),
            status: tenant.map(|tenant| tenant.status.name()),
            role: membership.role.name(),
            websites: WebsiteRole::list(&membership.websites),
            state: membership.state.name(),
            is_current: caller.tenant() == Some(membership.tenant_id),
        }
    }
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present password.
    pub(crate) current_password: String,
    /// The one that takes its place.
    #[schema(value_type = NewPassword)]
    pub(crate) new_password: String,
}

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ForgottenPassword {
    /// The e-mail address.
    #[schema(value_type = EmailText)]
    pub(crate) email: String,
}

/// Another password instead of a forgotten one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordReset {
    /// What stands behind `#token=` in the link.
    pub(crate) token: String,
    /// The new password.
    #[schema(value_type = NewPassword)]
    pub(crate) new_password: String,
}

/// A link that was followed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FollowedLink {
    /// What stands behind `#token=` in it.
    pub(crate) token: String,
}

/// An appeal against the suspension of a tenant.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Appeal {
    /// What stands behind `#token=` in the link.
    pub(crate) token: String,
    /// What happened, and what was done about it.
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) text: String,
}

/// Tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokensView {
    /// The access token.
    pub(crate) access_token: String,
    /// The refresh token; good once.
    pub(crate) refresh_token: String,
    /// How the access token is sent: `Bearer`.
    pub(crate) token_type: &'static str,
    /// How long the access token is good, in seconds.
    pub(crate) expires_in: i64,
}

/// The making of the first operator.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FirstOperator {
    /// The secret that the platform was deployed with.
    pub(crate) bootstrap_token: String,
    /// The operator's e-mail address.
    #[schema(value_type = EmailText)]
    pub(crate) email: String,
    /// The operator's password.
    #[schema(value_type = NewPassword)]
    pub(crate) password: String,
}

/// The first operator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperatorView {
    /// The operator's id.
    pub(crate) person_id: String,
}

/// Where others find what they need to verify our tokens (`OpenID` Connect Discovery 1.0 §3).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiscoveryView {
    pub(crate) issuer: String,
    pub(crate) jwks_uri: String,
    pub(crate) token_endpoint: String,
    pub(crate) response_types_supported: [&'static str; 1],
    pub(crate) subject_types_supported: [&'static str; 1],
    pub(crate) id_token_signing_alg_values_supported: [&'static str; 1],
}

/// The public keys (RFC 7517 §5).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JwksView {
    pub(crate) keys: Vec<JwkView>,
}

/// A public key (RFC 8037 §2).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JwkView {
    pub(crate) kty: &'static str,
    pub(crate) crv: &'static str,
    pub(crate) alg: &'static str,
    #[serde(rename = "use")]
    pub(crate) usage: &'static str,
    pub(crate) kid: String,
    pub(crate) x: String,
}
