//! What is allowed to whom: by statements of the template's own, each for named actions on named
//! resources. Whether a function needs what its role grants is measured by the platform's tests.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::names::pascal;
use crate::template::{functions, of_type, referred, resources, texts};
use crate::tree;

/// The one policy for all resources: X-Ray knows none.
const TRACING: &str = "TracingPolicy";

/// What functions may do with all resources.
const TRACES: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

/// A statement that allows something, with the logical id of the resource that it stands in.
#[derive(Debug)]
struct Grant<'a> {
    id: &'a str,
    actions: Vec<&'a str>,
    resources: Vec<&'a Value>,
}

/// Returns all that the template allows, but who may take a role on.
fn grants(resources: &Map<String, Value>) -> Vec<Grant<'_>> {
    let mut grants = Vec::new();
    for (id, resource) in resources {
        collect(id, &resource["Properties"], &mut grants);
    }
    grants
}

fn collect<'a>(id: &'a str, value: &'a Value, grants: &mut Vec<Grant<'a>>) {
    match value {
        Value::Object(members) => {
            if members
                .get("Effect")
                .is_some_and(|effect| effect == "Allow")
            {
                grants.push(Grant {
                    id,
                    actions: one_or_many(&value["Action"])
                        .into_iter()
                        .map(|action| action.as_str().unwrap())
                        .collect(),
                    resources: one_or_many(&value["Resource"]),
                });
            }
            let members = members.iter();
            for (_, member) in members.filter(|(name, _)| *name != "AssumeRolePolicyDocument") {
                collect(id, member, grants);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(id, value, grants)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => vec![value],
    }
}

/// Returns whether a value names resources: by what the template has, or below that.
fn is_named(resource: &Value) -> bool {
    let text = resource["Fn::Sub"].as_str();
    !referred(resource).is_empty() || text.is_some_and(|text| text.contains("${") && text != "*")
}

/// Threat A3: no role may scan.
#[test]
fn what_is_allowed_is_named() {
    let resources = resources();
    let grants = grants(&resources);
    assert!(grants.len() > 30, "{} grants were found", grants.len());
    for grant in &grants {
        assert!(!grant.actions.is_empty(), "{grant:?} allows nothing");
        for action in &grant.actions {
            assert!(!action.contains('*'), "{} may do `{action}`", grant.id);
            assert_ne!(*action, "dynamodb:Scan", "{} may scan", grant.id);
        }
        if grant.id == TRACING {
            assert_eq!(grant.actions, TRACES);
            continue;
        }
        assert!(!grant.resources.is_empty(), "{grant:?} is for nothing");
        for resource in &grant.resources {
            assert!(is_named(resource), "{} may use {resource}", grant.id);
        }
    }
    assert_eq!(grants.iter().filter(|grant| grant.id == TRACING).count(), 1);
}

/// Threat A3: a role reads and writes the partitions that it names.
#[test]
fn the_table_is_opened_by_partition() {
    let resources = resources();
    for (id, role) in of_type(&resources, "AWS::IAM::Role") {
        let policies = role["Policies"].as_array().unwrap().iter();
        for statement in policies
            .flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap())
            .filter(|statement| {
                let action = statement["Action"][0].as_str().unwrap_or_default();
                let is_stream = action.contains("Stream") || action.contains("Shard");
                action.starts_with("dynamodb:") && !is_stream
            })
        {
            let condition = &statement["Condition"];
            let keys = texts(&condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]);
            assert!(
                !keys.is_empty() && !keys.contains(&"*"),
                "{id}: {statement}"
            );
            // Without keys, a condition for all of them would hold.
            assert_eq!(condition["Null"]["dynamodb:LeadingKeys"], "false", "{id}");
        }
    }
}

/// A function without a role gets one by SAM, with policies of AWS's that are for all resources.
#[test]
fn every_function_has_a_role_of_its_own() {
    let resources = resources();
    let mut roles = BTreeSet::new();
    for (id, function) in functions(&resources) {
        let expected = id.replace("Function", "Role");
        assert_eq!(referred(&function["Role"]), expected, "{id}");
        let role = &resources[&expected];
        assert_eq!(role["Type"], "AWS::IAM::Role", "{expected}");
        let shared = role["Properties"]["ManagedPolicyArns"].as_array().unwrap();
        let shared: Vec<&str> = shared.iter().map(referred).collect();
        assert_eq!(shared, [TRACING], "{expected}");
        roles.insert(expected);
    }
    for (id, _) in of_type(&resources, "AWS::IAM::ManagedPolicy") {
        assert_eq!(id, TRACING);
    }
    assert_eq!(roles.len(), tree::folders("functions").len());
}

#[test]
fn logs_are_kept_for_a_while_and_written_by_their_function() {
    let resources = resources();
    let groups: BTreeSet<&str> = of_type(&resources, "AWS::Logs::LogGroup")
        .map(|(id, group)| {
            assert_eq!(
                referred(&group["RetentionInDays"]),
                "LogRetentionDays",
                "{id}"
            );
            id
        })
        .collect();
    for function in tree::folders("functions") {
        let name = pascal(&function);
        let group = format!("{name}LogGroup");
        let properties = &resources[&format!("{name}Function")]["Properties"];
        assert_eq!(referred(&properties["LoggingConfig"]["LogGroup"]), group);
        assert!(groups.contains(group.as_str()), "there is no {group}");
        let own = format!("{name}Role");
        let writers = grants(&resources);
        let writers = writers.iter().filter(|grant| {
            grant.actions.contains(&"logs:PutLogEvents")
                && grant.resources.iter().any(|of| referred(of) == group)
        });
        let writers: Vec<&str> = writers.map(|grant| grant.id).collect();
        assert_eq!(writers, [own.as_str()]);
    }
}

#[test]
fn buckets_are_reached_over_tls_alone() {
    let resources = resources();
    let policies: Vec<&Value> = of_type(&resources, "AWS::S3::BucketPolicy")
        .map(|(_, policy)| policy)
        .collect();
    for (id, _) in of_type(&resources, "AWS::S3::Bucket") {
        let policy = policies
            .iter()
            .find(|policy| referred(&policy["Bucket"]) == id);
        let policy = policy.unwrap_or_else(|| panic!("{id} has no policy"));
        let statement = &policy["PolicyDocument"]["Statement"][0];
        assert_eq!(statement["Effect"], "Deny", "{id}");
        assert_eq!(statement["Action"], "s3:*", "{id}");
        assert_eq!(statement["Principal"], "*", "{id}");
        let is_plain = &statement["Condition"]["Bool"]["aws:SecureTransport"];
        assert_eq!(is_plain, "false", "{id}");
        assert_eq!(statement["Resource"].as_array().unwrap().len(), 2, "{id}");
    }
}
