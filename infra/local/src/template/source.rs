//! What invokes a function: routes, queues, streams, the time, and rules of a bus.

use serde_json::{Value, json};

use crate::template::TemplateError;
use crate::template::known;
use crate::template::model::{
    HttpRoute, QueueSource, RuleSource, ScheduleSource, Source, StreamSource,
};
use crate::template::resources::{last, number};
use crate::template::values::Resolver;

/// Lambda's own default, where nothing is said.
const BATCH_DEFAULT: u32 = 10;

/// Messages and records of one invocation, at most: more messages would need a batching window.
const QUEUE_BATCH_MAX: u32 = 10;
const STREAM_BATCH_MAX: u32 = 1_000;

/// How often a stream's batch is tried again, where nothing is said: as good as for ever.
const RETRIES_DEFAULT: u32 = 10_000;

/// Reads a source: one entry of a function's `Events`.
pub(super) fn source(
    place: &str,
    event: &Value,
    resolver: &Resolver<'_>,
) -> Result<Source, TemplateError> {
    known::check_event(place, event)?;
    let declared = Declared {
        place,
        properties: event.get("Properties").unwrap_or(&Value::Null),
        resolver,
    };
    match event
        .get("Type")
        .and_then(Value::as_str)
        .unwrap_or_default()
    {
        "HttpApi" => Ok(Source::Http(HttpRoute {
            method: declared.text("Method")?,
            path: declared.text("Path")?,
        })),
        "SQS" => declared.queue().map(Source::Queue),
        "DynamoDB" => declared.stream().map(Source::Stream),
        "ScheduleV2" | "Schedule" => declared.schedule().map(Source::Schedule),
        "EventBridgeRule" => declared.rule().map(Source::Rule),
        other => Err(TemplateError::at(
            place,
            format!("events of type `{other}` cannot be played here"),
        )),
    }
}

/// A source as it stands in the template.
struct Declared<'a> {
    place: &'a str,
    properties: &'a Value,
    resolver: &'a Resolver<'a>,
}

impl Declared<'_> {
    fn text(&self, property: &str) -> Result<String, TemplateError> {
        let value = self.properties.get(property).unwrap_or(&Value::Null);
        let place = format!("{}.{property}", self.place);
        self.resolver.text(value, &place)
    }

    fn number(&self, property: &str) -> Result<Option<u32>, TemplateError> {
        number(self.properties.get(property), self.place)
    }

    fn reports_failures(&self) -> bool {
        self.properties
            .get("FunctionResponseTypes")
            .and_then(Value::as_array)
            .is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures"))
    }

    fn batch_size(&self, batch_max: u32) -> Result<u32, TemplateError> {
        let size = self.number("BatchSize")?.unwrap_or(BATCH_DEFAULT);
        if (1..=batch_max).contains(&size) {
            return Ok(size);
        }
        let what = format!("batches of {size} cannot be played here, only 1 to {batch_max}");
        Err(TemplateError::at(self.place, what))
    }

    fn queue(&self) -> Result<QueueSource, TemplateError> {
        Ok(QueueSource {
            queue: last(&self.text("Queue")?).to_owned(),
            batch_size: self.batch_size(QUEUE_BATCH_MAX)?,
            reports_failures: self.reports_failures(),
        })
    }

    fn stream(&self) -> Result<StreamSource, TemplateError> {
        if self.properties.get("StartingPosition") != Some(&json!("TRIM_HORIZON")) {
            let what = "only the position `TRIM_HORIZON` can be played here";
            return Err(TemplateError::at(self.place, what));
        }
        let bisects = self.properties.get("BisectBatchOnFunctionError");
        Ok(StreamSource {
            table: table_of(&self.text("Stream")?, self.place)?,
            batch_size: self.batch_size(STREAM_BATCH_MAX)?,
            reports_failures: self.reports_failures(),
            retries_max: self
                .number("MaximumRetryAttempts")?
                .unwrap_or(RETRIES_DEFAULT),
            age_max_s: self.number("MaximumRecordAgeInSeconds")?,
            bisects: bisects == Some(&Value::Bool(true)),
            filters: filters(self.properties, self.place)?,
            failure_queue: queue_of(
                self.properties
                    .pointer("/DestinationConfig/OnFailure/Destination"),
                self.place,
                self.resolver,
            )?,
        })
    }

    fn schedule(&self) -> Result<ScheduleSource, TemplateError> {
        let expression = self
            .text("ScheduleExpression")
            .or_else(|_| self.text("Schedule"))?;
        Ok(ScheduleSource {
            name: self.place.to_owned(),
            minutes: minutes(&expression, self.place)?,
            input: match self.properties.get("Input").and_then(Value::as_str) {
                Some(input) => serde_json::from_str(input)
                    .map_err(|error| TemplateError::at(self.place, error.to_string()))?,
                None => Value::Null,
            },
        })
    }

    fn rule(&self) -> Result<RuleSource, TemplateError> {
        Ok(RuleSource {
            name: self.place.to_owned(),
            bus: self.text("EventBusName")?,
            pattern: pattern(self.properties.get("Pattern"), self.place)?,
        })
    }
}

/// Reads the name of the queue whose ARN is `declared`, if one is.
pub(super) fn queue_of(
    declared: Option<&Value>,
    place: &str,
    resolver: &Resolver<'_>,
) -> Result<Option<String>, TemplateError> {
    let arn = declared
        .map(|queue| resolver.text(queue, place))
        .transpose()?;
    Ok(arn.map(|arn| last(&arn).to_owned()))
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
            let text = filter
                .get("Pattern")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let parsed = serde_json::from_str(text)
                .map_err(|error| TemplateError::at(place, format!("a filter: {error}")))?;
            pattern(Some(&parsed), place)
        })
        .collect()
}

/// Reads a pattern, which may hold exact values alone.
fn pattern(declared: Option<&Value>, place: &str) -> Result<Value, TemplateError> {
    let pattern = declared.unwrap_or(&Value::Null);
    if is_exact(pattern) {
        return Ok(pattern.clone());
    }
    let what = format!("the pattern `{pattern}` holds more than exact values");
    Err(TemplateError::at(place, what))
}

/// Returns whether a pattern holds nothing but objects and lists of exact values. Any other one
/// would match nothing here, and what it is about would be lost.
fn is_exact(pattern: &Value) -> bool {
    let Value::Object(fields) = pattern else {
        return false;
    };
    fields.values().all(|field| match field.as_array() {
        Some(values) => values
            .iter()
            .all(|value| !value.is_object() && !value.is_array()),
        None => is_exact(field),
    })
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
