//! A service that refuses a function's calls for as long as it is set.

use std::sync::Arc;

use local::fault::{Call, Fault, Faults};
use tests::crash::OfFunction;

/// All calls, or those of one operation, are refused for now.
#[derive(Debug)]
struct Outage {
    operation: Option<&'static str>,
}

/// Refuses all calls of a function.
pub(crate) fn of_calls(function: &'static str) -> Arc<dyn Faults> {
    Arc::new(OfFunction::new(
        function,
        Arc::new(Outage { operation: None }),
    ))
}

/// Refuses a function's calls of one operation.
pub(crate) fn of_operation(function: &'static str, operation: &'static str) -> Arc<dyn Faults> {
    let operation = Some(operation);
    Arc::new(OfFunction::new(function, Arc::new(Outage { operation })))
}

impl Faults for Outage {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if self.operation.is_none_or(|it| call.operation == it) {
            Fault::Throttle
        } else {
            Fault::None
        }
    }
}
