//! JSON bodies, read strictly.

use http::header;
use kernel::limits::BODY_BYTES_MAX;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{FieldError, Problem, ProblemType};

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON body that may be missing.
#[derive(Debug)]
pub struct OptionalBody<T>(pub Option<T>);

const PROBLEMS: &[ProblemType] = &[
    ProblemType::MalformedRequest,
    ProblemType::PayloadTooLarge,
    ProblemType::UnsupportedMediaType,
    ProblemType::ValidationFailed,
];

impl<S, T: DeserializeOwned + ToSchema + Send> FromCall<S> for Body<T> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        read(call).map(Self)
    }

    fn describe(operation: &mut OperationDoc) {
        operation.body::<T>(true);
        operation.refuses(PROBLEMS);
    }
}

impl<S, T: DeserializeOwned + ToSchema + Send> FromCall<S> for OptionalBody<T> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        if call.body.is_empty() {
            call.is_body_taken = true;
            return Ok(Self(None));
        }
        read(call).map(|value| Self(Some(value)))
    }

    fn describe(operation: &mut OperationDoc) {
        operation.body::<T>(false);
        operation.refuses(PROBLEMS);
    }
}

fn read<S, T: DeserializeOwned>(call: &mut Call<S>) -> Result<T, Problem> {
    call.is_body_taken = true;
    if call.body.len() > BODY_BYTES_MAX {
        return Err(Problem::new(ProblemType::PayloadTooLarge));
    }
    let is_json = call
        .header(header::CONTENT_TYPE.as_str())
        .is_some_and(|kind| {
            let kind = kind
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            kind == "application/json"
        });
    if !is_json {
        return Err(Problem::new(ProblemType::UnsupportedMediaType));
    }
    // A list would be taken for the fields in their order.
    if call.body.trim_ascii().first() == Some(&b'[') {
        return Err(Problem::invalid_field("", "must be an object"));
    }
    let mut source = serde_json::Deserializer::from_slice(&call.body);
    let value = serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let pointer = pointer(error.path());
        refused(&pointer, error.inner())
    })?;
    source.end().map_err(|error| refused("", &error))?;
    Ok(value)
}

/// Tells a body that is not JSON from one that holds the wrong things. The text of serde says
/// what, and never quotes more than the field.
fn refused(pointer: &str, error: &serde_json::Error) -> Problem {
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            let detail = text.split(" at line ").next().unwrap_or_default();
            Problem::invalid(vec![FieldError::new(pointer, without_names(detail))])
        }
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof
        | serde_json::error::Category::Io => {
            Problem::new(ProblemType::MalformedRequest).detail(format!(
                "not JSON at line {}, column {}",
                error.line(),
                error.column()
            ))
        }
    }
}

/// Leaves out what types are called inside.
fn without_names(detail: &str) -> String {
    let Some((what, expected)) = detail.rsplit_once(", expected ") else {
        return detail.to_owned();
    };
    let kinds = [
        "struct ",
        "internally tagged enum ",
        "adjacently tagged enum ",
    ];
    if kinds.iter().any(|kind| expected.starts_with(kind)) {
        return format!("{what}, expected an object");
    }
    detail.to_owned()
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { variant } => Some(format!("/{}", escape(variant))),
            Segment::Unknown => None,
        })
        .collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
