//! `template.yaml`, read as the truth about wiring.
//!
//! Functions, routes, queues, streams, schedules, table, buckets, secrets, roles and the distribution.
//! What cannot be played here is refused by its logical id; nothing is passed over in silence.

mod function;
mod kinds;
mod known;
mod model;
mod references;
mod resources;
mod roles;
mod source;
mod values;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use kinds::Kind;
pub use model::{
    DistributionSpec, FunctionSpec, HttpRoute, QueueSource, RuleSource, ScheduleSource, Source,
    StreamSource, Template,
};
use values::Resolver;

/// Why a template cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read the template `{path}`")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not YAML.
    #[error("the template is not YAML")]
    NotYaml(#[from] yaml_serde::Error),
    /// Something in it is missing or not of its form.
    #[error("`{place}`: {what}")]
    Malformed {
        /// Where.
        place: String,
        /// What is wrong.
        what: String,
    },
}

impl TemplateError {
    fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Malformed {
            place: place.into(),
            what: what.into(),
        }
    }
}

/// Where the local platform is, for the values that differ from one account to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The region.
    pub region: String,
    /// The account's number.
    pub account: String,
    /// The domain below which websites have their hosts.
    pub domain: String,
    /// Values of the template's parameters that are not the default ones, by name.
    pub parameters: BTreeMap<String, String>,
}

/// Reads a template's text as it stands, with short intrinsic functions (`!Ref`) in their long form.
pub fn document(text: &str) -> Result<Value, TemplateError> {
    values::plain(&yaml_serde::from_str(text)?)
}

impl Template {
    /// Reads the template at `path`.
    pub fn read(path: &Path, account: &Account) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path).map_err(|source| TemplateError::Unreadable {
            path: path.display().to_string(),
            source,
        })?;
        Self::parse(&text, account)
    }

    /// Reads a template's text.
    pub fn parse(text: &str, account: &Account) -> Result<Self, TemplateError> {
        let document = document(text)?;
        let raw = document
            .get("Resources")
            .and_then(Value::as_object)
            .ok_or_else(|| TemplateError::at("Resources", "is missing"))?;
        let mut kinds = BTreeMap::new();
        for (id, resource) in raw {
            let name = resource
                .get("Type")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let kind = Kind::of(name).ok_or_else(|| {
                TemplateError::at(id, format!("the type `{name}` cannot be played here"))
            })?;
            kinds.insert(id.clone(), kind);
        }
        references::check(&document, &kinds)?;
        let resolver = Resolver::new(&document, kinds, account);
        resources::template(&document, raw, &resolver)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Account, Template};

    fn account() -> Account {
        Account {
            region: "eu-central-1".to_owned(),
            account: "000000000000".to_owned(),
            domain: "localhost".to_owned(),
            parameters: BTreeMap::new(),
        }
    }

    #[test]
    fn the_platforms_own_template_can_be_played() {
        let text = include_str!("../../../template.yaml");
        let template = Template::parse(text, &account()).unwrap();
        let names: Vec<_> = template
            .functions
            .iter()
            .map(|function| &*function.name)
            .collect();
        assert_eq!(
            names,
            [
                "authorizer",
                "content",
                "delivery",
                "edge",
                "governance",
                "identity",
                "notifications",
                "provisioning",
                "relay",
                "sealing",
                "security",
                "tenants",
                "websites"
            ]
        );
    }

    #[test]
    fn what_cannot_be_played_is_named() {
        for (text, what) in [
            ("a: [", "the template is not YAML"),
            ("Parameters: {}", "`Resources`: is missing"),
            (
                "Resources: {Db: {Type: AWS::RDS::DBInstance}}",
                "`Db`: the type `AWS::RDS::DBInstance` cannot be played here",
            ),
        ] {
            assert_eq!(
                Template::parse(text, &account()).unwrap_err().to_string(),
                what
            );
        }
    }
}
