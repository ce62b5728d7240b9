//! Rules that hold the template, the functions' folders and their sample events together.

mod permissions;
mod queues;
mod sessions;
mod wiring;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::names::pascal;
use crate::tree;

/// As many events as a function may have before its policy outgrows what Lambda takes.
const EVENTS_MAX: usize = 20;

/// As many resources as a stack may have, with room for what is to come: `CloudFormation` takes
/// 500.
const RESOURCES_MAX: usize = 400;

/// Reads the template's resources by their logical ids.
fn resources() -> Map<String, Value> {
    let document = local::template::document(&tree::read("template.yaml")).unwrap();
    let resources = document.get("Resources").and_then(Value::as_object);
    resources.unwrap().clone()
}

/// Returns the logical ids and the properties of the resources of a type.
fn of_type<'a>(
    resources: &'a Map<String, Value>,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    resources
        .iter()
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
}

fn functions(resources: &Map<String, Value>) -> impl Iterator<Item = (&str, &Value)> {
    of_type(resources, "AWS::Serverless::Function")
}

/// Returns the logical id that a value refers to by `!Ref` or `!GetAtt`; empty if it does not.
fn referred(value: &Value) -> &str {
    let id = match value.get("Fn::GetAtt") {
        Some(parts) => &parts[0],
        None => &value["Ref"],
    };
    id.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<&str> {
    let values = value.as_array().into_iter().flatten();
    values.filter_map(Value::as_str).collect()
}

#[test]
fn template_and_functions_are_the_same() {
    let resources = resources();
    let in_template: BTreeSet<String> =
        functions(&resources).map(|(id, _)| id.to_owned()).collect();
    let folders = tree::folders("functions");
    let expected: BTreeSet<String> = folders
        .iter()
        .map(|folder| pascal(folder) + "Function")
        .collect();
    assert_eq!(in_template, expected);
}

#[test]
fn no_function_has_too_many_events() {
    for (id, function) in functions(&resources()) {
        let count = function["Events"].as_object().map_or(0, Map::len);
        assert!(count <= EVENTS_MAX, "{id} has {count} events");
    }
}

/// Counts what SAM makes beside the resources that are written down.
fn made_by_sam(resources: &Map<String, Value>) -> usize {
    let of_event = |event: &Value| match event["Type"].as_str().unwrap() {
        // The permission to invoke; the mapping.
        "HttpApi" | "SQS" | "DynamoDB" => 1,
        // The rule with its permission; the schedule with its role.
        "EventBridgeRule" | "ScheduleV2" => 2,
        other => panic!("nobody knows what SAM makes of `{other}`"),
    };
    let of_functions: usize = functions(resources)
        .map(|(_, function)| {
            let events = function["Events"].as_object().into_iter().flatten();
            let url = usize::from(function["FunctionUrlConfig"].is_object());
            let role = usize::from(function["Role"].is_null());
            url + role + events.map(|(_, event)| of_event(event)).sum::<usize>()
        })
        .sum();
    // The API's stage.
    of_functions + of_type(resources, "AWS::Serverless::HttpApi").count()
}

#[test]
fn the_stack_is_not_too_large() {
    let resources = resources();
    let count = resources.len() + made_by_sam(&resources);
    assert!(count <= RESOURCES_MAX, "the stack has {count} resources");
}

#[test]
fn every_function_has_samples() {
    for function in tree::folders("functions") {
        let samples = tree::files(&format!("events/{function}"), &[".json"]);
        assert!(!samples.is_empty(), "events/{function} has no sample");
        for sample in samples {
            let text = sample.text.trim();
            let is_object = text.starts_with('{') && text.ends_with('}');
            assert!(is_object, "{} is not a JSON object", sample.path);
        }
    }
}

#[test]
fn samples_belong_to_a_function_or_the_bus() {
    let mut known = tree::folders("functions");
    known.push("bus".to_owned());
    let strange: Vec<String> = tree::folders("events")
        .into_iter()
        .filter(|folder| !known.contains(folder))
        .collect();
    assert_eq!(strange, [""; 0]);
}
