//! What the API takes and answers of support sessions.

use jiff::{SignedDuration, Timestamp};
use kernel::limits::{ACCESS_TOKEN_LIFE_S, SUPPORT_MINUTES_MAX};
use kernel::names::read_title;
use kernel::{SupportId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenancy::records::SupportRecord;
use utoipa::ToSchema;
use web::shapes::{DisplayName, IdText};
use web::{FieldError, Problem};

web::shapes! {
    /// For how many minutes operators are let in.
    pub(crate) SupportMinutes = json!({
        "type": "integer", "minimum": 1, "maximum": SUPPORT_MINUTES_MAX,
    });
}

/// Which support session is meant.
#[derive(Debug, Deserialize)]
pub(crate) struct SupportPath {
    pub(crate) support: SupportId,
}

/// Whose support sessions are meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SupportQuery {
    /// The tenant.
    #[schema(value_type = IdText, required = true)]
    tenant_id: Option<String>,
}

impl SupportQuery {
    pub(crate) fn tenant(&self) -> Result<TenantId, Problem> {
        let detail = match self.tenant_id.as_deref().map(str::parse) {
            Some(Ok(tenant)) => return Ok(tenant),
            Some(Err(_no_id)) => "must be the id of a tenant",
            None => "is missing",
        };
        Err(Problem::invalid_field("query:tenantId", detail))
    }
}

/// For what operators are let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewSupport {
    /// The reason, which the operators and the audit trail read.
    #[schema(value_type = DisplayName)]
    reason: String,
    /// For how many minutes from now.
    #[schema(value_type = SupportMinutes)]
    minutes: u32,
    /// Whether they may change something; if it is left out they may not.
    #[serde(default)]
    may_change: bool,
}

/// For what operators are let in, read.
pub(crate) struct Asked {
    pub(crate) reason: String,
    pub(crate) minutes: u32,
    pub(crate) may_change: bool,
}

impl NewSupport {
    pub(crate) fn read(&self) -> Result<Asked, Problem> {
        let mut errors = Vec::new();
        let reason = read_title(&self.reason);
        if let Err(error) = &reason {
            errors.push(FieldError::new("/reason", error.to_string()));
        }
        if !(1..=SUPPORT_MINUTES_MAX).contains(&self.minutes) {
            let detail = format!("must be from 1 to {SUPPORT_MINUTES_MAX}");
            errors.push(FieldError::new("/minutes", detail));
        }
        match reason {
            Ok(reason) if errors.is_empty() => Ok(Asked {
                reason,
                minutes: self.minutes,
                may_change: self.may_change,
            }),
            Ok(_) | Err(_) => Err(Problem::invalid(errors)),
        }
    }
}

/// In which tenant a support session is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SupportEntry {
    /// The tenant.
    #[schema(value_type = IdText)]
    pub(crate) tenant_id: TenantId,
}

/// A support session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SupportView {
    /// Its id, which every answer to an operator in it carries in `Support-Session`.
    #[schema(value_type = IdText)]
    id: String,
    /// Why operators are let in.
    reason: String,
    /// Whether they may change something.
    may_change: bool,
    /// Who let them in, and in whose name they act.
    #[schema(value_type = IdText)]
    created_by: String,
    /// Since when they are let in.
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// When somebody ended it before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Whether operators are let in now.
    is_open: bool,
}

impl SupportView {
    pub(crate) fn of(support: &SupportRecord, now: Timestamp) -> Self {
        Self {
            id: support.id.to_string(),
            reason: support.reason.clone(),
            may_change: support.may_change,
            created_by: support.created_by.to_string(),
            began_at: support.began_at,
            ends_at: support.ends_at,
            ended_at: support.ended_at,
            is_open: support.is_open(now),
        }
    }
}

/// What lets somebody in who gets no refresh token: when it ends, the way in is gone again.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessView {
    /// The access token.
    access_token: String,
    /// How it is shown: as a bearer token.
    token_type: &'static str,
    /// For how many seconds it is good.
    expires_in: i64,
}

impl AccessView {
    /// Shows a token that is good for as long as access tokens are.
    pub(crate) fn of(access_token: String) -> Self {
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFE_S,
        }
    }

    /// Shows a token that is good until `end`, if that is earlier.
    pub(crate) fn until(self, end: Timestamp, now: Timestamp) -> Self {
        let left: SignedDuration = end.duration_since(now);
        let expires_in = self.expires_in.min(left.as_secs());
        Self { expires_in, ..self }
    }
}

/// The break-glass key.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BreakGlass {
    /// The key.
    pub(crate) key: String,
}
