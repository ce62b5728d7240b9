//! What the API takes and answers of API keys.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kernel::limits::{
    API_KEY_LIFE_MAX_S, API_KEY_OVERLAP_MAX_S, API_KEY_OVERLAP_S, API_KEY_WEBSITES_MAX,
};
use kernel::names::read_title;
use kernel::time::plus_seconds;
use kernel::{ApiKeyId, TenantId, WebsiteId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use tenancy::PermissionSet;
use tenancy::api_keys::{ApiKeyToken, PATTERN};
use tenancy::records::ApiKeyRecord;
use tenancy::traffic::Traffic;
use utoipa::ToSchema;
use web::shapes::{DisplayName, ID, IdText};
use web::{FieldError, Problem};

use crate::views::roles::{GrantablePermission, for_members, read_permissions};

web::shapes! {
    /// The websites that an API key is for.
    pub(crate) KeyWebsites = json!({
        "type": "array",
        "items": { "type": "string", "pattern": ID },
        "uniqueItems": true,
        "maxItems": API_KEY_WEBSITES_MAX,
    });
    /// A whole API key, as a program shows it.
    pub(crate) WholeKey = json!({ "type": "string", "pattern": format!("^{PATTERN}$") });
    /// For how many seconds the secret before is good.
    pub(crate) Overlap = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": API_KEY_OVERLAP_MAX_S,
    });
}

/// Which API key is meant.
#[derive(Debug, Deserialize)]
pub(crate) struct ApiKeyPath {
    pub(crate) key: ApiKeyId,
}

/// What an API key is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What people call it.
    #[schema(value_type = DisplayName)]
    name: String,
    /// What it lets do: one thing at least.
    #[schema(value_type = Vec<GrantablePermission>, min_items = 1)]
    scopes: Vec<String>,
    /// The websites on which it does; in the whole tenant if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<KeyWebsites>)]
    websites: Option<Vec<WebsiteId>>,
    /// When it ends, within two years; never if it is left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
}

/// What an API key is to be, read.
pub(crate) struct Asked {
    pub(crate) name: String,
    pub(crate) scopes: PermissionSet,
    pub(crate) websites: BTreeSet<WebsiteId>,
    pub(crate) ends_at: Option<Timestamp>,
}

impl NewApiKey {
    /// Reads what the key is to be at `now`.
    pub(crate) fn read(&self, now: Timestamp) -> Result<Asked, Problem> {
        let mut errors = Vec::new();
        let asked = Asked {
            name: read_name(&self.name, &mut errors),
            scopes: read_scopes(&self.scopes, &mut errors),
            websites: read_websites(self.websites.as_deref(), &mut errors),
            ends_at: self.ends_at,
        };
        check_end(asked.ends_at, now, &mut errors);
        asked.unless(errors)
    }
}

/// What is to be another thing of an API key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ApiKeyChange {
    /// What people call it; as before if it is left out.
    #[schema(value_type = Option<DisplayName>)]
    name: Option<String>,
    /// What it lets do, one thing at least; as before if it is left out.
    #[schema(value_type = Option<Vec<GrantablePermission>>, min_items = 1)]
    scopes: Option<Vec<String>>,
    /// The websites on which it does, `null` for all; as before if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<KeyWebsites>)]
    websites: Field<Vec<WebsiteId>>,
    /// When it ends, within two years, `null` for never; as before if it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Field<Timestamp>,
}

/// A field of a change, which tells `null` from what is left out.
#[derive(Debug, Default)]
enum Field<T> {
    #[default]
    LeftOut,
    Given(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Given)
    }
}

impl ApiKeyChange {
    /// Reads what a key is to be at `now` that is `before`.
    pub(crate) fn read(&self, before: &ApiKeyRecord, now: Timestamp) -> Result<Asked, Problem> {
        let mut errors = Vec::new();
        let name = self.name.as_ref();
        let scopes = self.scopes.as_ref();
        let asked = Asked {
            name: name.map_or_else(|| before.name.clone(), |name| read_name(name, &mut errors)),
            scopes: scopes.map_or(before.scopes, |scopes| read_scopes(scopes, &mut errors)),
            websites: match &self.websites {
                Field::LeftOut => before.websites.clone(),
                Field::Given(websites) => read_websites(websites.as_deref(), &mut errors),
            },
            ends_at: match self.ends_at {
                Field::LeftOut => before.ends_at,
                Field::Given(end) => end,
            },
        };
        if asked.ends_at != before.ends_at {
            check_end(asked.ends_at, now, &mut errors);
        }
        asked.unless(errors)
    }
}

impl Asked {
    fn unless(self, errors: Vec<FieldError>) -> Result<Self, Problem> {
        if errors.is_empty() {
            Ok(self)
        } else {
            Err(Problem::invalid(errors))
        }
    }
}

fn read_name(name: &str, errors: &mut Vec<FieldError>) -> String {
    if let Err(error) = read_title(name) {
        errors.push(FieldError::new("/name", error.to_string()));
    }
    name.trim().to_owned()
}

fn read_scopes(scopes: &[String], errors: &mut Vec<FieldError>) -> PermissionSet {
    if scopes.is_empty() {
        errors.push(FieldError::new(
            "/scopes",
            "must name one permission at least",
        ));
    }
    read_permissions(scopes, &|at| format!("/scopes/{at}"), errors)
}

fn read_websites(
    websites: Option<&[WebsiteId]>,
    errors: &mut Vec<FieldError>,
) -> BTreeSet<WebsiteId> {
    let read: BTreeSet<_> = websites.into_iter().flatten().copied().collect();
    let detail = match websites.map(<[_]>::len) {
        Some(0) => Some("must name one website at least, or be `null`".to_owned()),
        Some(named) if named > API_KEY_WEBSITES_MAX => {
            Some(format!("may name {API_KEY_WEBSITES_MAX} websites at most"))
        }
        Some(named) if named > read.len() => Some("names a website twice".to_owned()),
        Some(_) | None => None,
    };
    errors.extend(detail.map(|detail| FieldError::new("/websites", detail)));
    read
}

fn check_end(end: Option<Timestamp>, now: Timestamp, errors: &mut Vec<FieldError>) {
    let latest = plus_seconds(now, API_KEY_LIFE_MAX_S);
    if !end.is_none_or(|end| now < end && end <= latest) {
        let detail = "must be in the future, and within two years";
        errors.push(FieldError::new("/endsAt", detail));
    }
}

/// How an API key is given another secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rotation {
    /// For how many seconds the secret before is good; for a day if it is left out.
    #[schema(value_type = Option<Overlap>)]
    overlap_seconds: Option<i64>,
}

impl Rotation {
    /// Reads the seconds.
    pub(crate) fn read(&self) -> Result<i64, Problem> {
        let overlap_s = self.overlap_seconds.unwrap_or(API_KEY_OVERLAP_S);
        if (0..=API_KEY_OVERLAP_MAX_S).contains(&overlap_s) {
            Ok(overlap_s)
        } else {
            let detail = format!("must be from 0 to {API_KEY_OVERLAP_MAX_S}");
            Err(Problem::invalid_field("/overlapSeconds", detail))
        }
    }
}

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKeyView {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// What every secret of it begins with: it says which key it is, and is no secret.
    prefix: String,
    /// The whole key, in the answer that makes a secret alone: it cannot be read again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WholeKey>)]
    key: Option<String>,
    /// What it lets do.
    #[schema(value_type = Vec<GrantablePermission>)]
    scopes: Vec<&'static str>,
    /// The websites on which it does; missing where it does in the whole tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    websites: Option<Vec<String>>,
    /// Who made it.
    #[schema(value_type = IdText)]
    created_by: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    /// Whether it has ended.
    is_over: bool,
    /// When its newest secret was made.
    #[schema(value_type = String, format = DateTime)]
    rotated_at: Timestamp,
    /// Until when the secret before is good, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    earlier_ends_at: Option<Timestamp>,
    /// When it was used last, within minutes, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl ApiKeyView {
    pub(crate) fn of(
        tenant: TenantId,
        key: &ApiKeyRecord,
        last_used_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let websites: Vec<_> = key.websites.iter().map(ToString::to_string).collect();
        let earlier = key.earlier.map(|earlier| earlier.ends_at);
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            prefix: ApiKeyToken::name(tenant, key.id),
            key: None,
            scopes: for_members(key.scopes).names().collect(),
            websites: (!websites.is_empty()).then_some(websites),
            created_by: key.created_by.to_string(),
            created_at: key.created_at,
            ends_at: key.ends_at,
            is_over: key.ends_at.is_some_and(|ends_at| ends_at <= now),
            rotated_at: key.rotated_at,
            earlier_ends_at: earlier.filter(|ends_at| now < *ends_at),
            last_used_at,
        }
    }

    /// Shows the whole key.
    pub(crate) fn with_key(self, token: &ApiKeyToken) -> Self {
        let key = Some(token.to_text());
        Self { key, ..self }
    }
}

/// How an API key was used on one day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKeyUsageView {
    /// The day, in UTC.
    #[schema(format = Date)]
    day: String,
    /// Requests that were made, with those that were taken and not made.
    requests: u32,
}

impl ApiKeyUsageView {
    pub(crate) fn of(traffic: &Traffic) -> Self {
        Self {
            day: traffic.day().strftime("%F").to_string(),
            requests: traffic.of_day(),
        }
    }
}
