//! Charts that people review, made from the code: a difference is a decision.

use std::fmt::Write;
use std::path::Path;

use tenancy::KeyScope;
use tenancy::keys::CHART;
use web::{ProblemType, RouteDoc};

/// Every route of every function behind the gateway, sorted.
pub(crate) fn routes() -> Vec<RouteDoc> {
    let mut routes: Vec<RouteDoc> = [
        content::routes().docs().to_vec(),
        governance::routes().docs().to_vec(),
        identity::routes().docs().to_vec(),
        tenants::routes().docs().to_vec(),
        websites::routes().docs().to_vec(),
    ]
    .concat();
    routes.sort_by(|a, b| (a.path, a.method.as_str()).cmp(&(b.path, b.method.as_str())));
    routes
}

/// Holds `text` against a golden file, or writes it where that is wished.
#[expect(
    clippy::disallowed_methods,
    reason = "the command that writes golden files says so by a variable"
)]
pub(crate) fn golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("HOTSWAP_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == text,
        "`{file}` is not what the code says: look at the difference and run `cargo x golden`\n\
         --- the code says\n{text}"
    );
}

#[test]
fn golden_authorization() {
    let mut text = String::from("method path permission least-role\n");
    for route in routes() {
        let operation = &route.operation;
        let role = if operation.least_role.is_empty() {
            "-"
        } else {
            operation.least_role
        };
        writeln!(
            text,
            "{} {} {} {role}",
            route.method, route.path, operation.permission
        )
        .unwrap();
    }
    golden("golden/authz.txt", &text);
}

#[test]
fn golden_entities() {
    let mut text = String::from("entity schema | partition key | sort key\n");
    for line in CHART {
        let owner = match line.scope {
            KeyScope::Tenant => "T#<tenant>#",
            KeyScope::Platform => "",
        };
        let (partition, sort) = (line.partition.join("#"), line.sort.join("#"));
        writeln!(
            text,
            "{} v{} | {owner}{partition} | {sort}",
            line.entity, line.schema
        )
        .unwrap();
    }
    golden("golden/entities.txt", &text);
}

#[test]
fn golden_problems() {
    let mut text = String::from("status slug: title\n");
    for problem in ProblemType::ALL {
        writeln!(
            text,
            "{} {problem}: {}",
            problem.status().as_u16(),
            problem.title()
        )
        .unwrap();
    }
    golden("golden/problems.txt", &text);
}

#[test]
fn golden_limits() {
    let mut text = String::from("limit = value: reason\n");
    for (home, limits) in [
        ("kernel", kernel::limits::ALL),
        ("release", release::limits::ALL),
        ("render", render::limits::ALL),
        ("delivery", delivery::limits::ALL),
    ] {
        for (name, value, reason) in limits {
            writeln!(text, "{home}::{name} = {value}:{reason}").unwrap();
        }
    }
    golden("golden/limits.txt", &text);
}

#[test]
fn golden_api_description() {
    let document = web::document(&routes());
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    golden("../docs/openapi.json", &text);
}

/// Leaves out what is said in words.
fn without_words(schema: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match schema {
        Value::Object(members) => members
            .iter()
            .filter(|(name, value)| !(*name == "description" && value.is_string()))
            .map(|(name, value)| (name.clone(), without_words(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_words).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

#[test]
fn every_shape_has_its_own_name() {
    let mut shapes = std::collections::BTreeMap::new();
    for route in routes() {
        for (name, schema) in route.operation.schemas() {
            let says_something = schema["description"].is_string() && schema["type"] != "null";
            assert!(says_something, "`{name}` is described by nothing: {schema}");
            let shape = without_words(schema);
            let known = shapes.entry(name.clone()).or_insert_with(|| shape.clone());
            assert_eq!(*known, shape, "`{name}` is the name of two shapes");
        }
    }
}

#[test]
fn every_operation_has_its_own_name() {
    let document = web::document(&routes());
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let mut names = std::collections::BTreeSet::new();
    for operation in operations {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "`{name}` is there twice");
    }
    assert_eq!(names.len(), routes().len());
}
