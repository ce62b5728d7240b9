//! Which entries a request asks for.

use jiff::Timestamp;
use kernel::TenantId;
use kernel::limits::AUDIT_RESOURCE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use tenancy::audit::is_entity;
use tenancy::trail::TrailFilter;
use tenancy::{Action, Actor};
use utoipa::ToSchema;
use web::{FieldError, Problem};

use crate::domain::export::Format;
use crate::views::{
    ActionName, ActorName, FormatName, InstantText, ResourceIdText, ResourceTypeName, TenantScope,
};

/// Declares what queries may have: each what a filter of entries has, and more.
macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident { $($(#[$more_doc:meta])* $more:ident: $shape:ty),* })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct $name {
            /// Only entries that say this was done.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<ActionName>)]
            action: Option<String>,
            /// Only entries of whom they name so: `member:<id>`, `key:<id>`, `operator:<id>`, `system:<consumer>` or `visitor`; of an operator, those of support sessions among them.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<ActorName>)]
            actor: Option<String>,
            /// Only entries about things of this type.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<ResourceTypeName>)]
            resource_type: Option<String>,
            /// Only entries about the thing with this id.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<ResourceIdText>)]
            resource_id: Option<String>,
            /// Only entries from this instant on.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<InstantText>)]
            from: Option<String>,
            /// Only entries before this instant.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<InstantText>)]
            to: Option<String>,
            $(
                $(#[$more_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[schema(value_type = Option<$shape>)]
                $more: Option<String>,
            )*
        }

        impl $name {
            /// Reads what entries are looked for.
            pub(crate) fn filter(&self) -> Result<TrailFilter, Problem> {
                let mut errors = Vec::new();
                let (from, to) = (
                    instant("from", self.from.as_deref(), &mut errors),
                    instant("to", self.to.as_deref(), &mut errors),
                );
                if let (Some(from), Some(to)) = (from, to) && to <= from {
                    errors.push(FieldError::new("query:to", "must be after `from`"));
                }
                let action = self.action.as_deref().and_then(|name| {
                    let action = Action::of_name(name);
                    if action.is_none() {
                        errors.push(FieldError::new("query:action", "is no action"));
                    }
                    action
                });
                let mut known = |name, value: &Option<String>, is_known: fn(&str) -> bool, detail| {
                    if value.as_deref().is_some_and(|value| !is_known(value)) {
                        errors.push(FieldError::new(format!("query:{name}"), detail));
                    }
                    value.clone()
                };
                let actor = known("actor", &self.actor, Actor::is_name, NO_ACTOR);
                let entity = known("resourceType", &self.resource_type, is_entity, "is no type");
                let resource = known("resourceId", &self.resource_id, is_id, NO_ID);
                if !errors.is_empty() {
                    return Err(Problem::invalid(errors));
                }
                Ok(TrailFilter {
                    action,
                    actor,
                    entity,
                    resource,
                    from,
                    to,
                })
            }
        }
    )+};
}

queries! {
    /// Which entries of a tenant's trail.
    TrailQuery {}
    /// Which entries of which trails.
    TrailsQuery {
        /// Whose trail: a tenant's by its id, or `platform` for the platform's own. Without it, all of them.
        tenant_id: TenantScope
    }
    /// Which entries of a tenant's trail, in which form.
    ExportQuery {
        /// The form of the file; JSON if not given.
        format: FormatName
    }
    /// Which entries of which trails, in which form.
    ExportTrailsQuery {
        /// Whose trail: a tenant's by its id, or `platform` for the platform's own. Without it, all of them.
        tenant_id: TenantScope,
        /// The form of the file; JSON if not given.
        format: FormatName
    }
}

/// How callers call the platform's own trail.
pub(crate) const PLATFORM: &str = "platform";

/// Whose trails are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everybody's.
    All,
    /// One tenant's; the platform's own, without one.
    One(Option<TenantId>),
}

impl Scope {
    fn of(name: Option<&str>) -> Result<Self, Problem> {
        match name {
            None => Ok(Self::All),
            Some(PLATFORM) => Ok(Self::One(None)),
            Some(id) => match id.parse() {
                Ok(tenant) => Ok(Self::One(Some(tenant))),
                Err(_no_id) => Err(Problem::invalid_field(
                    "query:tenantId",
                    "must be the id of a tenant, or `platform`",
                )),
            },
        }
    }
}

/// Which trail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OneTrailQuery {
    /// Whose trail: a tenant's by its id, or `platform` for the platform's own.
    #[schema(value_type = TenantScope, required = true)]
    tenant_id: Option<String>,
}

impl OneTrailQuery {
    /// Returns the tenant; of the platform, none.
    pub(crate) fn tenant(&self) -> Result<Option<TenantId>, Problem> {
        match Scope::of(self.tenant_id.as_deref())? {
            Scope::One(tenant) => Ok(tenant),
            Scope::All => Err(Problem::invalid_field("query:tenantId", "is missing")),
        }
    }
}

impl TrailsQuery {
    pub(crate) fn scope(&self) -> Result<Scope, Problem> {
        Scope::of(self.tenant_id.as_deref())
    }
}

impl ExportQuery {
    pub(crate) fn format(&self) -> Result<Format, Problem> {
        format(self.format.as_deref())
    }
}

impl ExportTrailsQuery {
    pub(crate) fn scope(&self) -> Result<Scope, Problem> {
        Scope::of(self.tenant_id.as_deref())
    }

    pub(crate) fn format(&self) -> Result<Format, Problem> {
        format(self.format.as_deref())
    }
}

/// Returns where the file is that goes on after this one, relative to it.
pub(crate) fn link(query: &impl Serialize, cursor: Option<String>) -> Option<String> {
    let asked = serde_urlencoded::to_string(query).unwrap_or_default();
    let between = if asked.is_empty() { "" } else { "&" };
    cursor.map(|cursor| format!("?{asked}{between}cursor={cursor}"))
}

const NO_ACTOR: &str =
    "must be `member:<id>`, `key:<id>`, `operator:<id>`, `system:<consumer>` or `visitor`";
const NO_ID: &str = "must have 1 to 256 bytes and no control characters";

/// Returns whether something may have this id: things that are no items are named, each as it likes.
fn is_id(text: &str) -> bool {
    (1..=AUDIT_RESOURCE_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control)
}

/// Returns the value, if there is one that anything can have.
fn format(name: Option<&str>) -> Result<Format, Problem> {
    let Some(name) = name else {
        return Ok(Format::default());
    };
    let mut formats = Format::ALL.into_iter();
    formats
        .find(|format| format.name() == name)
        .ok_or_else(|| Problem::invalid_field("query:format", "must be `json` or `csv`"))
}

fn instant(name: &str, text: Option<&str>, errors: &mut Vec<FieldError>) -> Option<Timestamp> {
    let instant = text?.parse().ok();
    if instant.is_none() {
        let detail = "must be an instant such as `2026-07-01T12:00:00Z`";
        errors.push(FieldError::new(format!("query:{name}"), detail));
    }
    instant
}
