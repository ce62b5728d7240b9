//! What policies say of an access: the same as AWS's guides tell of them.

use std::collections::BTreeMap;

use local::policy::{Access, Context, Document, Effect, strongest};
use serde::Deserialize;
use serde_json::{Value, json};

const POLICIES: &str = include_str!("../policies.yaml");

/// What policies say of accesses, and where that is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    about: String,
    source: String,
    policies: Vec<Value>,
    cases: Vec<Case>,
}

/// The action, the resource, what is said of them, and what is known of the request.
type Case = (String, String, String, BTreeMap<String, Vec<String>>);

#[test]
fn policies_say_what_the_guides_tell() {
    let examples: Vec<Example> = yaml_serde::from_str(POLICIES).unwrap();
    let mut count = 0;
    for example in &examples {
        assert!(example.source.starts_with("https://docs.aws.amazon.com/"));
        let policies: Vec<Document> = example
            .policies
            .iter()
            .map(|policy| Document::parse(policy).unwrap())
            .collect();
        for (action, resource, expected, keys) in &example.cases {
            let mut context = Context::default();
            for (key, values) in keys {
                context = context.with(key, values.clone());
            }
            let access = Access {
                action: action.clone(),
                resource: resource.clone(),
                context,
            };
            let said = match strongest(policies.iter().filter_map(|one| one.says(&access))) {
                Some(Effect::Allow) => "allow",
                Some(Effect::Deny) => "deny",
                None => "nothing",
            };
            assert_eq!(said, expected, "{}: {access:?}", example.about);
            count += 1;
        }
    }
    assert!(count > 100, "{count} cases");
}

#[test]
fn policies_that_are_not_understood_are_refused() {
    let of = |statement: Value| {
        let policy = json!({ "Version": "2012-10-17", "Statement": statement });
        Document::parse(&policy).unwrap_err()
    };
    let with = |name: &str, value: Value| {
        let mut statement = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "*" });
        statement[name] = value;
        of(statement)
    };
    for (why, expected) in [
        (of(json!("all")), "there is no `Statement`"),
        (of(json!({ "Effect": "Allow" })), "there is no `Action`"),
        (
            with("Effect", json!("Perhaps")),
            "`Effect` is neither `Allow` nor `Deny`",
        ),
        (
            with("NotPrincipal", json!("*")),
            "`NotPrincipal` is not known here",
        ),
        (
            with("NotAction", json!("a:C")),
            "there is `Action` and `NotAction`",
        ),
        (
            with("Resource", json!("arn:aws:s3")),
            "a resource is no ARN",
        ),
        (
            with(
                "Condition",
                json!({ "DateLessThan": { "aws:CurrentTime": "2031-05-01" } }),
            ),
            "the operator `DateLessThan` is not known here",
        ),
        (
            with(
                "Condition",
                json!({ "ForSome:StringLike": { "aws:TagKeys": "a" } }),
            ),
            "the set operator `ForSome` is not known here",
        ),
        (
            with(
                "Condition",
                json!({ "StringLike": { "dynamodb:LeadingKeys": "a" } }),
            ),
            "`dynamodb:leadingkeys` has many values and needs a set operator",
        ),
        (
            with("Condition", json!({ "Null": { "k": "perhaps" } })),
            "`perhaps` is neither true nor false",
        ),
    ] {
        assert_eq!(why, expected);
    }
}
