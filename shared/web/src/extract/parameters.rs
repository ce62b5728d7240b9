//! Path and query parameters, and the function's own state.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::extract::{Call, FromCall};
use crate::openapi::OperationDoc;
use crate::problem::{Problem, ProblemType};
use crate::strict;

/// The function's own state.
#[derive(Debug)]
pub struct State<S>(pub Arc<S>);

impl<S: Send + Sync> FromCall<S> for State<S> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        Ok(Self(Arc::clone(&call.state)))
    }

    fn describe(_: &mut OperationDoc) {}
}

/// The parameters in the path, as a struct whose fields have their names. One that cannot be read
/// names nothing that exists.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S, T: DeserializeOwned + Send> FromCall<S> for Path<T> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let fields = call
            .path
            .iter()
            .map(|(name, text)| (name.clone(), Value::from(text.as_str())));
        serde_json::from_value(fields.collect())
            .map(Self)
            .map_err(|_names_nothing| Problem::new(ProblemType::NotFound))
    }

    fn describe(operation: &mut OperationDoc) {
        operation.refuses(&[ProblemType::NotFound]);
    }
}

/// The parameters in the query, as a struct whose optional fields have their names.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S, T: DeserializeOwned + ToSchema + Send> FromCall<S> for Query<T> {
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem> {
        let taken = std::mem::take(&mut call.query);
        let fields = taken
            .into_iter()
            .map(|(name, text)| (name, Value::from(text)));
        strict::of_value(&fields.collect())
            .map(Self)
            .map_err(|error| {
                let name = error.pointer.trim_start_matches('/');
                let name = name.replace("~1", "/").replace("~0", "~");
                Problem::invalid_field(format!("query:{name}"), error.detail)
            })
    }

    fn describe(operation: &mut OperationDoc) {
        operation.query::<T>();
        operation.refuses(&[ProblemType::ValidationFailed]);
    }
}
