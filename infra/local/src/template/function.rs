//! A function and what invokes it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::template::TemplateError;
use crate::template::model::{FunctionSpec, Source};
use crate::template::resources::number;
use crate::template::source::{queue_of, source};
use crate::template::values::Resolver;

/// Lambda's own defaults, where neither the function nor the globals say anything.
const TIMEOUT_DEFAULT_S: u32 = 3;
const MEMORY_DEFAULT_MB: u32 = 128;

pub(super) fn function(
    name: &str,
    id: &str,
    properties: &Value,
    globals: &Value,
    resolver: &Resolver<'_>,
) -> Result<FunctionSpec, TemplateError> {
    let of = |property: &str| {
        let value = properties.get(property).or_else(|| globals.get(property));
        number(value, &format!("{id}.{property}"))
    };
    let mut variables = BTreeMap::new();
    for source in [globals, properties] {
        let declared = source
            .pointer("/Environment/Variables")
            .and_then(Value::as_object);
        for (variable, value) in declared.into_iter().flatten() {
            let place = format!("{id}.Environment.{variable}");
            variables.insert(variable.clone(), resolver.text(value, &place)?);
        }
    }
    variables.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), name.to_owned());
    variables.insert("AWS_REGION".to_owned(), resolver.account().region.clone());
    let events = properties.get("Events").and_then(Value::as_object);
    let mut sources: Vec<Source> = Vec::new();
    for (event, value) in events.into_iter().flatten() {
        let place = format!("{id}.{event}");
        let source = source(&place, value, resolver)?;
        if sources.iter().any(|other| is_same(other, &source)) {
            return Err(TemplateError::at(
                place,
                "the function has this source already",
            ));
        }
        sources.push(source);
    }
    Ok(FunctionSpec {
        name: name.to_owned(),
        timeout_s: of("Timeout")?.unwrap_or(TIMEOUT_DEFAULT_S),
        role: properties
            .get("Role")
            .map(|role| resolver.text(role, &format!("{id}.Role")))
            .transpose()?,
        memory_mb: of("MemorySize")?.unwrap_or(MEMORY_DEFAULT_MB),
        variables,
        sources,
        dead_letters: dead_letters(id, properties, resolver)?,
    })
}

fn dead_letters(
    id: &str,
    properties: &Value,
    resolver: &Resolver<'_>,
) -> Result<Option<String>, TemplateError> {
    let place = format!("{id}.DeadLetterQueue");
    match properties.get("DeadLetterQueue") {
        None => Ok(None),
        Some(queue) if queue.get("Type").and_then(Value::as_str) == Some("SQS") => {
            queue_of(queue.get("TargetArn"), &place, resolver)
        }
        Some(_) => Err(TemplateError::at(place, "only queues can be played here")),
    }
}

/// Returns whether both are the same queue or the same stream: a function has each once.
fn is_same(first: &Source, second: &Source) -> bool {
    match (first, second) {
        (Source::Queue(first), Source::Queue(second)) => first.queue == second.queue,
        (Source::Stream(first), Source::Stream(second)) => first.table == second.table,
        _ => false,
    }
}
