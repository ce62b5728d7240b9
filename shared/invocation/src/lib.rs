//! The one shape that every function has: a payload in, a payload out. It must never know what
//! starts a function or what a function does.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use lambda_runtime::Context;
use serde_json::Value;

type Handler =
    dyn Fn(Value, Context) -> BoxFuture<'static, Result<Value, FunctionError>> + Send + Sync;

/// A started function: one warm environment. Clones are handles on the same environment.
#[derive(Clone)]
pub struct Function(Arc<Handler>);

/// A failed invocation, as Lambda reports it to whoever invoked the function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error_type}: {message}")]
pub struct FunctionError {
    /// The kind of failure, stable enough to alarm on.
    pub error_type: String,
    /// What happened, for the log; holds no data of a tenant.
    pub message: String,
}

impl FunctionError {
    /// Makes an error of `error_type` that says `message`.
    pub fn new(error_type: &str, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.to_owned(),
            message: message.into(),
        }
    }
}

impl Function {
    /// Makes a function of `handler`.
    pub fn new<F, R>(handler: F) -> Self
    where
        F: Fn(Value, Context) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Value, FunctionError>> + Send + 'static,
    {
        Self(Arc::new(move |payload, context| {
            Box::pin(handler(payload, context))
        }))
    }

    /// Handles one invocation.
    pub async fn invoke(&self, payload: Value, context: Context) -> Result<Value, FunctionError> {
        (self.0)(payload, context).await
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Function").finish_non_exhaustive()
    }
}
