//! What the API takes and answers of second factors.

use jiff::Timestamp;
use kernel::TenantId;
use serde::{Deserialize, Serialize};
use tenancy::records::{Enrollment, SecondFactor};
use utoipa::ToSchema;
use web::shapes::IdText;

use crate::domain::second_factor::Offered;
use crate::views::TokensIn;

/// What a person has beside a password.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecondFactorView {
    /// Whether sign-ins need a code.
    is_enabled: bool,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    enabled_at: Option<Timestamp>,
    /// How many recovery codes are left.
    recovery_codes_left: usize,
}

impl SecondFactorView {
    pub(crate) fn of(factor: &SecondFactor) -> Self {
        let authenticator = factor.authenticator.as_ref();
        Self {
            is_enabled: authenticator.is_some(),
            enabled_at: authenticator.map(|one| one.since),
            recovery_codes_left: authenticator.map_or(0, |one| one.recovery_codes.len()),
        }
    }
}

/// An authenticator that is to be set up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewAuthenticator {
    /// The password.
    pub(crate) password: String,
    /// A code of the authenticator before, or a recovery code, where there is one.
    pub(crate) code: Option<String>,
}

/// An authenticator that waits for its first code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrollmentView {
    /// The secret, to be typed, in base 32.
    secret: String,
    /// The same as an `otpauth` address, to be shown as a picture that authenticators read.
    uri: String,
    /// Codes that are each good once where the authenticator is lost, once it is in use. They are not shown again.
    recovery_codes: Vec<String>,
    /// Until when the first code may come.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

impl EnrollmentView {
    pub(crate) fn of(offered: Offered, enrollment: &Enrollment) -> Self {
        Self {
            secret: offered.secret,
            uri: offered.uri,
            recovery_codes: offered.recovery_codes,
            ends_at: enrollment.ends_at,
        }
    }
}

/// The first code of an authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Code {
    /// The code that the authenticator shows.
    pub(crate) code: String,
}

/// What only the person knows and has.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasswordAndCode {
    /// The password.
    pub(crate) password: String,
    /// A code of the authenticator, or a recovery code where one is taken.
    pub(crate) code: String,
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryCodesView {
    /// The codes, each good once. They are not shown again.
    pub(crate) recovery_codes: Vec<String>,
}

/// The second step of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SecondStep {
    /// What the first step answered.
    pub(crate) mfa_token: String,
    /// A code of the authenticator, or a recovery code.
    pub(crate) code: String,
    /// The tenant, where the person belongs to several, and the first step did not say which.
    #[schema(value_type = Option<IdText>)]
    pub(crate) tenant_id: Option<TenantId>,
    /// Where the tokens go: `body`, which is the default, or `cookies`.
    #[serde(default)]
    pub(crate) tokens_in: TokensIn,
}
