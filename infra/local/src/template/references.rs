//! References: each names something that the template has. It must never know what a reference
//! comes to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::template::TemplateError;
use crate::template::kinds::Kind;

/// The functions that values are made of. Most of them stand where nothing is played.
const FUNCTIONS: [&str; 6] = ["GetAtt", "If", "Join", "Select", "Split", "Sub"];

/// What SAM makes of a function, by what it adds to its logical id.
const MADE_OF_A_FUNCTION: [&str; 1] = ["Url"];

/// Refuses a template that refers to what it does not have, or by functions that are not known.
pub(super) fn check(document: &Value, kinds: &BTreeMap<String, Kind>) -> Result<(), TemplateError> {
    let mut known: BTreeSet<String> = kinds.keys().cloned().collect();
    for (id, _) in kinds.iter().filter(|(_, kind)| **kind == Kind::Function) {
        known.extend(MADE_OF_A_FUNCTION.map(|made| format!("{id}{made}")));
    }
    let parameters = document.get("Parameters").and_then(Value::as_object);
    known.extend(
        parameters
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone()),
    );
    for section in ["Globals", "Resources", "Outputs"] {
        let entries = document.get(section).and_then(Value::as_object);
        for (id, entry) in entries.into_iter().flatten() {
            let place = match section {
                "Resources" => id.clone(),
                section => format!("{section}.{id}"),
            };
            value(entry, &place, &known)?;
        }
    }
    Ok(())
}

fn value(node: &Value, place: &str, known: &BTreeSet<String>) -> Result<(), TemplateError> {
    match node {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "Ref" {
                    is_known(member.as_str().unwrap_or_default(), place, known)?;
                } else if let Some(function) = name.strip_prefix("Fn::") {
                    call(function, member, place, known)?;
                }
                value(member, &below(place, name), known)?;
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(|item| value(item, place, known)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// Returns where a member is; properties and functions are no places.
fn below(place: &str, name: &str) -> String {
    if name == "Properties" || name == "Ref" || name.starts_with("Fn::") {
        place.to_owned()
    } else {
        format!("{place}.{name}")
    }
}

fn call(
    function: &str,
    argument: &Value,
    place: &str,
    known: &BTreeSet<String>,
) -> Result<(), TemplateError> {
    if !FUNCTIONS.contains(&function) {
        let what = format!("the function `{function}` is not known here");
        return Err(TemplateError::at(place, what));
    }
    match (function, argument) {
        ("GetAtt", Value::Array(parts)) => {
            let id = parts.first().and_then(Value::as_str);
            is_known(id.unwrap_or_default(), place, known)
        }
        ("GetAtt", other) => Err(TemplateError::at(
            place,
            format!("`{other}` is no attribute of a resource"),
        )),
        ("Sub", Value::String(text)) => names_in(text)
            .try_for_each(|name| is_known(name.split('.').next().unwrap_or(name), place, known)),
        ("Sub", other) => Err(TemplateError::at(place, format!("`{other}` is no text"))),
        _ => Ok(()),
    }
}

/// Returns the names that a text has in braces, but what it means literally.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|part| part.split('}').next())
        .filter(|name| !name.starts_with('!'))
}

fn is_known(id: &str, place: &str, known: &BTreeSet<String>) -> Result<(), TemplateError> {
    if known.contains(id) || id.starts_with("AWS::") {
        return Ok(());
    }
    Err(TemplateError::at(place, format!("there is no `{id}`")))
}
