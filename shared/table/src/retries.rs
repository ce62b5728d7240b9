//! What is tried again: transactions that only met others on their items, and what a batch left
//! over. Everything else is the SDK's own to decide.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::config::{AsyncSleep, SharedAsyncSleep};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

/// Calls for what a batch left over, before it counts as unavailable.
pub(crate) const LEFT_OVER_CALLS_MAX: u32 = 5;

/// The pause after the first call that left something over; it doubles with each further one.
const PAUSE_FIRST: Duration = Duration::from_millis(50);

/// Has the SDK repeat a transaction that was cancelled only because others were at its items.
#[derive(Debug)]
pub(crate) struct ConflictsAreTransient;

impl ClassifyRetry for ConflictsAreTransient {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = match context.output_or_error() {
            Some(Err(error)) => error
                .as_operation_error()
                .and_then(|error| error.downcast_ref::<TransactWriteItemsError>()),
            Some(Ok(_)) | None => None,
        };
        if error.is_some_and(only_met_others) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "transaction conflicts"
    }
}

/// Returns whether a transaction failed for no other reason than other transactions: its
/// conditions may hold.
pub(crate) fn only_met_others(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return false;
    };
    let codes = || {
        let reasons = cancelled.cancellation_reasons().iter();
        reasons.filter_map(|reason| reason.code())
    };
    codes().any(|code| code == "TransactionConflict")
        && codes().all(|code| matches!(code, "TransactionConflict" | "None"))
}

/// Waits between calls for what a batch left over.
#[derive(Debug, Clone)]
pub(crate) struct Pause(Option<SharedAsyncSleep>);

impl Pause {
    /// Waits as the SDK waits.
    pub(crate) fn of(sdk: &SdkConfig) -> Self {
        Self(sdk.sleep_impl())
    }

    /// Waits after the call `number`, from zero.
    pub(crate) async fn after(&self, number: u32) {
        if let Some(sleep) = &self.0 {
            sleep
                .sleep(PAUSE_FIRST * 2_u32.saturating_pow(number))
                .await;
        }
    }
}
