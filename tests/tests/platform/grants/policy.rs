//! What the template lets each function do, read as AWS would.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::calls::Use;

/// A statement of a function's role.
#[derive(Debug)]
struct Statement {
    sid: String,
    actions: Vec<String>,
    resources: Vec<String>,
    /// The patterns of the partition keys that it is for, where it is for some.
    leading_keys: Option<Vec<String>>,
    /// The pattern of what a list begins with, where there must be one.
    prefix: Option<String>,
}

/// The statements of every function's role.
#[derive(Debug)]
pub(super) struct Policies(BTreeMap<String, Vec<Statement>>);

impl Policies {
    pub(super) fn of(template: &str) -> Self {
        let document = local::template::document(template).unwrap();
        let resources = document["Resources"].as_object().unwrap();
        let mut policies = BTreeMap::new();
        for (id, resource) in resources {
            if resource["Type"] != "AWS::Serverless::Function" {
                continue;
            }
            let role = text(&resource["Properties"]["Role"]);
            let role = &resources[role.strip_suffix(".Arn").unwrap()]["Properties"];
            let own = role["Policies"].as_array().into_iter().flatten();
            let shared = role["ManagedPolicyArns"].as_array().into_iter().flatten();
            let shared = shared.map(|policy| &resources[&text(policy)]["Properties"]);
            let statements = own
                .chain(shared)
                .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
                .map(Statement::of)
                .collect();
            let function = id.strip_suffix("Function").unwrap().to_lowercase();
            policies.insert(function, statements);
        }
        Self(policies)
    }

    /// Returns whether one statement of the function's role grants what it does.
    pub(super) fn allows(&self, one: &Use) -> bool {
        self.0[&one.function]
            .iter()
            .any(|statement| statement.allows(one))
    }

    /// Returns what is granted and not among `uses`: action by action, resource by resource, key
    /// pattern by key pattern.
    pub(super) fn unused(&self, uses: &BTreeSet<Use>) -> Vec<String> {
        let mut unused = Vec::new();
        for (function, statements) in &self.0 {
            let uses: Vec<&Use> = uses
                .iter()
                .filter(|one| one.function == *function)
                .collect();
            for (statement, part) in statements.iter().flat_map(|statement| {
                statement
                    .parts()
                    .into_iter()
                    .map(move |part| (statement, part))
            }) {
                if !uses.iter().any(|one| part.is_needed_by(one)) {
                    let keys = part.leading_keys.unwrap_or_default().join(", ");
                    let (sid, action) = (&statement.sid, &part.actions[0]);
                    let line = format!("{function} {sid} {action} {} {keys}", part.resources[0]);
                    unused.push(line.trim_end().to_owned());
                }
            }
        }
        unused
    }
}

impl Statement {
    fn of(statement: &Value) -> Self {
        assert_eq!(statement["Effect"], "Allow");
        let mut leading_keys = None;
        let mut prefix = None;
        for (operator, condition) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, value) in condition.as_object().unwrap() {
                match (operator.as_str(), key.as_str()) {
                    ("ForAllValues:StringLike", "dynamodb:LeadingKeys") => {
                        leading_keys = Some(texts(value));
                    }
                    // A request without keys would meet a condition for all of them.
                    ("Null", "dynamodb:LeadingKeys") => assert_eq!(value, "false"),
                    ("StringLike", "s3:prefix") => prefix = Some(text(value)),
                    other => panic!("nobody knows the condition {other:?}"),
                }
            }
        }
        Self {
            sid: text(&statement["Sid"]),
            actions: texts(&statement["Action"]),
            resources: texts(&statement["Resource"]),
            leading_keys,
            prefix,
        }
    }

    fn allows(&self, one: &Use) -> bool {
        let keys = match &self.leading_keys {
            None => true,
            Some(patterns) => {
                let matches = |key: &String| patterns.iter().any(|pattern| is_like(key, pattern));
                !one.leading_keys.is_empty() && one.leading_keys.iter().all(matches)
            }
        };
        let prefix = match (&self.prefix, &one.prefix) {
            (Some(pattern), Some(prefix)) => is_like(prefix, pattern),
            (Some(_), None) => false,
            (None, _) => true,
        };
        keys && prefix && self.actions.contains(&one.action) && self.is_for(&one.resource)
    }

    fn is_for(&self, resource: &str) -> bool {
        self.resources
            .iter()
            .any(|pattern| is_like(resource, pattern))
    }

    /// Takes a statement apart into its smallest grants.
    fn parts(&self) -> Vec<Self> {
        let keys: Vec<Option<Vec<String>>> = match &self.leading_keys {
            None => vec![None],
            Some(keys) => keys.iter().map(|key| Some(vec![key.clone()])).collect(),
        };
        let mut parts = Vec::new();
        for action in &self.actions {
            for resource in &self.resources {
                for leading_keys in &keys {
                    parts.push(Self {
                        sid: self.sid.clone(),
                        actions: vec![action.clone()],
                        resources: vec![resource.clone()],
                        leading_keys: leading_keys.clone(),
                        prefix: self.prefix.clone(),
                    });
                }
            }
        }
        parts
    }

    /// Returns whether a use needs this grant, perhaps with others beside it.
    fn is_needed_by(&self, one: &Use) -> bool {
        let keys = match self.leading_keys.as_deref() {
            None => true,
            Some([pattern]) => one.leading_keys.iter().any(|key| is_like(key, pattern)),
            Some(_) => false,
        };
        keys && self.actions.contains(&one.action) && self.is_for(&one.resource)
    }
}

/// Returns whether a text is as a pattern says, in which `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| is_like(rest, after)))
        }),
    }
}

/// Returns a value by the template's logical ids: `Table.Arn`, `Bucket.Arn/tenant-*`.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(call) => match call.iter().next().unwrap() {
            (name, Value::Array(parts)) if name == "Fn::GetAtt" => texts_of(parts).join("."),
            (name, Value::String(text)) if name == "Fn::Sub" => {
                text.replace("${", "").replace('}', "")
            }
            (name, Value::String(id)) if name == "Ref" => id.clone(),
            other => panic!("nobody knows {other:?}"),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            panic!("`{value}` is no text")
        }
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => texts_of(values),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            vec![text(value)]
        }
    }
}

fn texts_of(values: &[Value]) -> Vec<String> {
    values.iter().map(text).collect()
}

/// Returns a function's name as the template writes it.
pub(super) fn pascal(function: &str) -> String {
    let (first, rest) = function.split_at(1);
    first.to_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Policies, Use, is_like};

    const TEMPLATE: &str = "
Resources:
  EdgeFunction:
    Type: AWS::Serverless::Function
    Properties: { Role: !GetAtt EdgeRole.Arn }
  EdgeRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyDocument:
            Statement:
              - Sid: Read
                Effect: Allow
                Action: [dynamodb:GetItem, dynamodb:Query]
                Resource: [!GetAtt Table.Arn]
                Condition:
                  ForAllValues:StringLike: { dynamodb:LeadingKeys: ['T#*#TENANT', SIGNING] }
                  'Null': { dynamodb:LeadingKeys: 'false' }
";

    fn read(action: &str, keys: &[&str]) -> Use {
        Use {
            leading_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..Use::of("edge", action, "Table.Arn".to_owned())
        }
    }

    #[test]
    fn what_is_not_granted_is_denied() {
        let policies = Policies::of(TEMPLATE);
        for (action, keys, is_allowed) in [
            ("dynamodb:GetItem", &["T#*#TENANT"][..], true),
            ("dynamodb:GetItem", &["T#*#TENANT", "SIGNING"], true),
            ("dynamodb:GetItem", &["T#*#TENANT", "T#*#SITES"], false),
            ("dynamodb:GetItem", &[], false),
            ("dynamodb:PutItem", &["SIGNING"], false),
        ] {
            let one = read(action, keys);
            assert_eq!(policies.allows(&one), is_allowed, "{one}");
        }
        let index = Use {
            resource: "Table.Arn/index/due".to_owned(),
            ..read("dynamodb:Query", &["SIGNING"])
        };
        assert!(!policies.allows(&index));
    }

    #[test]
    fn what_is_granted_and_not_used_is_named() {
        let uses = [
            read("dynamodb:GetItem", &["SIGNING", "T#*#TENANT"]),
            read("dynamodb:Query", &["SIGNING"]),
        ];
        let unused = Policies::of(TEMPLATE).unused(&BTreeSet::from(uses));
        assert_eq!(unused, ["edge Read dynamodb:Query Table.Arn T#*#TENANT"]);
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (text, pattern, is) in [
            ("T#1#SITE#2#POINTER", "T#*#SITE#*#POINTER", true),
            ("T#1#SITE#2#PAGES", "T#*#SITE#*#POINTER", false),
            ("T#1#SITES", "T#*", true),
            ("SIGNING", "SIGNING", true),
            ("SIGNING2", "SIGNING", false),
        ] {
            assert_eq!(is_like(text, pattern), is, "{text} {pattern}");
        }
    }
}
