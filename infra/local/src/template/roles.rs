//! Roles and what they may do, and what is denied of buckets. It must never know what any policy is for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::policy::{Document, Role};
use crate::template::TemplateError;
use crate::template::kinds::Kind;
use crate::template::values::Resolver;

/// Reads every role, with the policies that it shares with others.
pub(super) fn roles(
    resources: &Map<String, Value>,
    resolver: &Resolver<'_>,
) -> Result<Vec<Role>, TemplateError> {
    let of = |kind: Kind| {
        resources
            .iter()
            .filter(move |(id, _)| resolver.kind(id) == Some(kind))
    };
    let mut shared = BTreeMap::new();
    for (id, policy) in of(Kind::ManagedPolicy) {
        let arn = resolver.text(&reference(id), id)?;
        let declared = policy.pointer("/Properties/PolicyDocument");
        shared.insert(arn, document(declared, id, resolver)?);
    }
    let mut roles = Vec::new();
    for (id, role) in of(Kind::Role) {
        let properties = role.get("Properties").unwrap_or(&Value::Null);
        let mut policies = Vec::new();
        for policy in items(properties, "Policies") {
            policies.push(document(policy.get("PolicyDocument"), id, resolver)?);
        }
        for arn in items(properties, "ManagedPolicyArns") {
            let place = format!("{id}.ManagedPolicyArns");
            let arn = resolver.text(arn, &place)?;
            let policy = shared.get(&arn).ok_or_else(|| {
                TemplateError::at(&place, format!("the policy `{arn}` cannot be played here"))
            })?;
            policies.push(policy.clone());
        }
        roles.push(Role {
            arn: resolver.text(&serde_json::json!({ "Fn::GetAtt": [id, "Arn"] }), id)?,
            trust: document(properties.get("AssumeRolePolicyDocument"), id, resolver)?,
            policies,
        });
    }
    Ok(roles)
}

/// Reads the policy of every bucket that has one.
pub(super) fn bucket_policies(
    resources: &Map<String, Value>,
    resolver: &Resolver<'_>,
) -> Result<Vec<Document>, TemplateError> {
    let of_buckets = resources
        .iter()
        .filter(|(id, _)| resolver.kind(id) == Some(Kind::BucketPolicy));
    let read = |(id, policy): (&String, &Value)| {
        document(policy.pointer("/Properties/PolicyDocument"), id, resolver)
    };
    of_buckets.map(read).collect()
}

fn reference(id: &str) -> Value {
    serde_json::json!({ "Ref": id })
}

fn items<'a>(properties: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let items = properties.get(name).and_then(Value::as_array);
    items.into_iter().flatten()
}

fn document(
    declared: Option<&Value>,
    id: &str,
    resolver: &Resolver<'_>,
) -> Result<Document, TemplateError> {
    let declared = declared.ok_or_else(|| TemplateError::at(id, "has no policy"))?;
    let plain = resolver.resolved(declared, id)?;
    Document::parse(&plain).map_err(|what| TemplateError::at(id, what))
}
