//! The second wall between tenants: a function reaches what is a tenant's in a session for this tenant alone, and a
//! call that is denied is counted.

use std::collections::BTreeSet;

use kernel::TenantId;
use serde_json::{Value, json};
use tenancy::storage::ACCESS_DENIED;

use crate::names::pascal;
use crate::template::{functions, of_type, referred, resources, texts};
use crate::tree;

/// The functions that act for all tenants as themselves, and why.
const EXEMPT: [(&str, &str); 4] = [
    ("authorizer", "finds out whose tenant a credential is of"),
    ("delivery", "reads alone, what is public"),
    ("edge", "reads and writes nothing of a tenant's"),
    ("relay", "takes up what comes of all tenants at once"),
];

/// What the partition keys of a tenant begin with, and its objects' names, in a session for it.
const PARTITIONS: &str = "T#${aws:PrincipalTag/tenant}#";
const OBJECTS: [&str; 2] = [
    "${Bucket.Arn}/tenant-${!aws:PrincipalTag/tenant}/",
    "${AnchorBucket.Arn}/tenant-${!aws:PrincipalTag/tenant}/",
];
const LISTED: &str = "tenant-${aws:PrincipalTag/tenant}/";

/// What a session reaches beside that: kinds of claims, whosever they are.
const CLAIMS: [&str; 9] = [
    "DIRECTORY",
    "EMAIL#*",
    "HOST#*",
    "ONCE#*",
    "OWNER#*",
    "PERSON#*",
    "RATE#*",
    "REGISTRATION#*",
    "SUBDOMAIN#*",
];

/// What is the platform's own, and reached in its own session.
const OF_THE_PLATFORM: [&str; 4] = ["BOOTSTRAP", "OPERATORS", "REPORTS", "SIGNING"];

/// What functions reach as themselves alone.
const OWN: [&str; 2] = ["SEALING", "SECURITY#*"];

/// Returns what stands at a place, or null.
fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = at(role, "/Policies").as_array().unwrap().iter();
    policies.flat_map(|policy| at(policy, "/PolicyDocument/Statement").as_array().unwrap())
}

/// Returns what is said of partition keys and of prefixes, and the resources that are written out.
fn patterns(statement: &Value) -> (Vec<&str>, Vec<&str>) {
    let keys = "/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys";
    let keys = texts(at(statement, keys)).into_iter();
    let resources = at(statement, "/Resource").as_array().into_iter().flatten();
    let resources = resources.filter_map(|resource| at(resource, "/Fn::Sub").as_str());
    let prefix = at(statement, "/Condition/StringEquals/s3:prefix").as_str();
    (keys.collect(), resources.chain(prefix).collect())
}

/// Threat A3: only in a session that is tagged with a tenant is a tenant's data reached, and no other tenant's with it.
#[test]
fn tenants_are_reached_under_sessions() {
    let resources = resources();
    for folder in tree::folders("functions") {
        let name = pascal(&folder);
        let function = &resources[&format!("{name}Function")]["Properties"];
        let session = referred(&function["Environment"]["Variables"]["TENANT_ROLE_ARN"]);
        let role = format!("{name}TenantRole");
        if EXEMPT.iter().any(|(exempt, _)| *exempt == folder) {
            assert_eq!(session, "", "{folder} is exempt");
            assert!(!resources.contains_key(&role), "{folder} is exempt");
            continue;
        }
        assert_eq!(session, role, "{folder}");
        for statement in statements(&resources[&format!("{name}Role")]["Properties"]) {
            let (mut keys, mut objects) = patterns(statement);
            let others = [&CLAIMS[..], &OF_THE_PLATFORM, &OWN].concat();
            keys.retain(|key| !others.contains(key));
            objects.retain(|name| name.contains("tenant-"));
            assert!(
                keys.is_empty() && objects.is_empty(),
                "{folder}: {statement}"
            );
        }
        let role = &resources[&role]["Properties"];
        for statement in statements(role) {
            let (keys, objects) = patterns(statement);
            let tag = at(
                statement,
                "/Condition/StringEquals/aws:PrincipalTag~1tenant",
            );
            let is_platform = *tag == json!(TenantId::PLATFORM);
            let is_reached = |key: &&str| {
                let is_its_own = is_platform && OF_THE_PLATFORM.contains(key);
                key.starts_with(PARTITIONS) || CLAIMS.contains(key) || is_its_own
            };
            let is_its_object = |name: &&str| OBJECTS.iter().any(|own| name.starts_with(own));
            let is_of_tenant = keys.iter().all(is_reached)
                && objects
                    .iter()
                    .all(|name| is_its_object(name) || name.starts_with(LISTED));
            assert!(is_of_tenant, "{folder}: {statement}");
        }
        assert_taken_on_by_its_function(role, &name);
    }
    let folders = tree::folders("functions");
    assert!(
        EXEMPT
            .iter()
            .all(|(name, _)| folders.iter().any(|folder| folder == name))
    );
}

/// Checks that a role trusts its function, for a session with the tenant as its tag, and nobody else.
fn assert_taken_on_by_its_function(role: &Value, name: &str) {
    let trust = at(role, "/AssumeRolePolicyDocument/Statement");
    let [trust] = trust.as_array().unwrap().as_slice() else {
        panic!("{name} trusts in more than one way");
    };
    assert_eq!(referred(at(trust, "/Principal/AWS")), format!("{name}Role"));
    let actions = json!(["sts:AssumeRole", "sts:TagSession"]);
    assert_eq!(*at(trust, "/Action"), actions, "{name}");
    let asked = at(trust, "/Condition/StringLike/aws:RequestTag~1tenant");
    assert_eq!(asked, "?*", "{name}");
}

/// Threat A3: what is denied is noticed.
#[test]
fn denied_access_is_counted() {
    let resources = resources();
    let alarm = &resources["AccessDeniedAlarm"]["Properties"];
    assert_eq!(alarm["Threshold"], 0);
    let pattern = format!("{{ $.event = \"{ACCESS_DENIED}\" }}");
    let mut counted = BTreeSet::new();
    let mut filters: Vec<_> = of_type(&resources, "AWS::Logs::MetricFilter").collect();
    filters.retain(|(id, _)| id.ends_with("Denials"));
    for (id, filter) in filters {
        assert_eq!(filter["FilterPattern"], pattern, "{id}");
        let metrics = filter["MetricTransformations"].as_array().unwrap();
        assert_eq!(metrics.len(), 1, "{id}");
        assert_eq!(metrics[0]["MetricNamespace"], alarm["Namespace"], "{id}");
        assert_eq!(metrics[0]["MetricName"], alarm["MetricName"], "{id}");
        assert_eq!(metrics[0]["MetricValue"], "1", "{id}");
        counted.insert(referred(&filter["LogGroupName"]).to_owned());
    }
    let groups: BTreeSet<String> = functions(&resources)
        .map(|(id, _)| id.replace("Function", "LogGroup"))
        .collect();
    assert_eq!(counted, groups);
}
