//! What the template lets each function do, taken apart into its smallest grants.

use std::collections::BTreeMap;

use kernel::TenantId;
use local::policy::{Document, Effect, LEADING_KEYS};
use local::template::{FunctionSpec, Template};
use serde_json::{Value, json};

use super::calls::{Identity, Use};

/// The condition that a statement's partition keys stand in.
const ALL_LIKE: &str = "ForAllValues:StringLike";

/// One action on one resource, for one pattern of partition keys where there are some.
#[derive(Debug)]
pub(super) struct Grant {
    function: String,
    identity: Identity,
    name: String,
    policy: Document,
}

impl Grant {
    /// Returns what the template grants.
    pub(super) fn all(template: &Template) -> Vec<Self> {
        let mut grants = Vec::new();
        for function in &template.functions {
            for identity in [Identity::Own, Identity::Tenant] {
                let Some(arn) = role_of(function, identity) else {
                    continue;
                };
                let role = template.roles.iter().find(|role| role.arn == arn).unwrap();
                for statement in role
                    .policies
                    .iter()
                    .flat_map(|policy| policy.source()["Statement"].as_array().unwrap())
                {
                    grants.extend(parts(&function.name, identity, statement));
                }
            }
        }
        grants
    }

    /// Returns whether a use needs the grant.
    pub(super) fn is_needed_by(&self, one: &Use) -> bool {
        self.function == one.function
            && self.identity == one.identity
            && self.policy.says(&one.access.clone().tagged(&one.tags())) == Some(Effect::Allow)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Returns the role that a function has, or that it takes on for tenants.
pub(super) fn role_of(function: &FunctionSpec, identity: Identity) -> Option<&str> {
    match identity {
        Identity::Own => function.role.as_deref(),
        Identity::Tenant => function
            .variables
            .get("TENANT_ROLE_ARN")
            .map(String::as_str),
    }
}

/// Returns the tags of a session: for the platform, or for a tenant, of which nothing is known here but that it is one.
pub(super) fn tags(is_platform: bool) -> BTreeMap<String, String> {
    let tenant = if is_platform {
        TenantId::PLATFORM.to_string()
    } else {
        "*".to_owned()
    };
    BTreeMap::from([("tenant".to_owned(), tenant)])
}

fn parts(function: &str, identity: Identity, statement: &Value) -> Vec<Grant> {
    assert_eq!(statement["Effect"], "Allow");
    let keys = &statement["Condition"][ALL_LIKE][LEADING_KEYS];
    let mut grants = Vec::new();
    for action in listed(&statement["Action"]) {
        for resource in listed(&statement["Resource"]) {
            for key in listed(keys) {
                let mut part = statement.clone();
                part["Action"] = action.clone();
                part["Resource"] = resource.clone();
                if !key.is_null() {
                    part["Condition"][ALL_LIKE][LEADING_KEYS] = key.clone();
                }
                let policy = json!({ "Version": "2012-10-17", "Statement": part });
                grants.push(Grant {
                    function: function.to_owned(),
                    identity,
                    name: format!(
                        "{function} {identity:?} {} {action} {resource} {key}",
                        statement["Sid"]
                    ),
                    policy: Document::parse(&policy).unwrap(),
                });
            }
        }
    }
    grants
}

/// Returns the items of a list, or what is none as the only one.
fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![value.clone()]
        }
    }
}
