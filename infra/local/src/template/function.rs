//! A function and what invokes it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::template::TemplateError;
use crate::template::model::{
    FunctionSpec, HttpRoute, QueueSource, ScheduleSource, Source, StreamSource,
};
use crate::template::resources::{last, number};
use crate::template::values::Resolver;

/// Lambda's own defaults, where neither the function nor the globals say anything.
const TIMEOUT_DEFAULT_S: u32 = 3;
const MEMORY_DEFAULT_MB: u32 = 128;
const BATCH_DEFAULT: u32 = 10;

/// How often a stream's batch is tried again, where nothing is said: as good as for ever.
const RETRIES_DEFAULT: u32 = 10_000;

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
    let sources = events
        .into_iter()
        .flatten()
        .map(|(event, value)| source(&format!("{id}.{event}"), value, resolver))
        .collect::<Result<_, _>>()?;
    Ok(FunctionSpec {
        name: name.to_owned(),
        timeout_s: of("Timeout")?.unwrap_or(TIMEOUT_DEFAULT_S),
        memory_mb: of("MemorySize")?.unwrap_or(MEMORY_DEFAULT_MB),
        variables,
        sources,
    })
}

fn source(place: &str, event: &Value, resolver: &Resolver<'_>) -> Result<Source, TemplateError> {
    let properties = event.get("Properties").cloned().unwrap_or_default();
    let text = |name: &str| {
        resolver.text(
            properties.get(name).unwrap_or(&Value::Null),
            &format!("{place}.{name}"),
        )
    };
    let batch_size = number(properties.get("BatchSize"), place)?.unwrap_or(BATCH_DEFAULT);
    let reports_failures = properties
        .get("FunctionResponseTypes")
        .and_then(Value::as_array)
        .is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures"));
    match event
        .get("Type")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "HttpApi" => Ok(Source::Http(HttpRoute {
            method: text("Method")?,
            path: text("Path")?,
        })),
        "SQS" => Ok(Source::Queue(QueueSource {
            queue: last(&text("Queue")?).to_owned(),
            batch_size,
            reports_failures,
        })),
        "DynamoDB" => Ok(Source::Stream(StreamSource {
            table: table_of(&text("Stream")?, place)?,
            batch_size,
            reports_failures,
            retries_max: number(properties.get("MaximumRetryAttempts"), place)?
                .unwrap_or(RETRIES_DEFAULT),
            filters: filters(&properties, place)?,
            failure_queue: properties
                .pointer("/DestinationConfig/OnFailure/Destination")
                .map(|queue| resolver.text(queue, place))
                .transpose()?
                .map(|arn| last(&arn).to_owned()),
        })),
        "ScheduleV2" | "Schedule" => Ok(Source::Schedule(ScheduleSource {
            name: place.to_owned(),
            minutes: minutes(
                &text("ScheduleExpression").or_else(|_| text("Schedule"))?,
                place,
            )?,
            input: match properties.get("Input").and_then(Value::as_str) {
                Some(input) => serde_json::from_str(input)
                    .map_err(|error| TemplateError::at(place, error.to_string()))?,
                None => Value::Null,
            },
        })),
        other => Err(TemplateError::at(
            place,
            format!("events of type `{other}` cannot be played here"),
        )),
    }
}

/// Returns the table of a stream's ARN.
fn table_of(arn: &str, place: &str) -> Result<String, TemplateError> {
    arn.split('/')
        .nth(1)
        .map(str::to_owned)
        .ok_or_else(|| TemplateError::at(place, format!("`{arn}` is no stream of a table")))
}

fn filters(properties: &Value, place: &str) -> Result<Vec<Value>, TemplateError> {
    let declared = properties
        .pointer("/FilterCriteria/Filters")
        .and_then(Value::as_array);
    declared
        .into_iter()
        .flatten()
        .map(|filter| {
            let pattern = filter
                .get("Pattern")
                .and_then(Value::as_str)
                .unwrap_or_default();
            serde_json::from_str(pattern)
                .map_err(|error| TemplateError::at(place, format!("a filter: {error}")))
        })
        .collect()
}

fn minutes(expression: &str, place: &str) -> Result<u32, TemplateError> {
    let unknown = || {
        TemplateError::at(
            place,
            format!("the schedule `{expression}` cannot be played here"),
        )
    };
    let rate = expression
        .strip_prefix("rate(")
        .and_then(|rest| rest.strip_suffix(')'));
    let (number, unit) = rate
        .and_then(|rate| rate.split_once(' '))
        .ok_or_else(unknown)?;
    let number: u32 = number.parse().map_err(|_no_number| unknown())?;
    let factor = match unit {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => 1_440,
        _ => return Err(unknown()),
    };
    number
        .checked_mul(factor)
        .filter(|minutes| *minutes > 0)
        .ok_or_else(unknown)
}
