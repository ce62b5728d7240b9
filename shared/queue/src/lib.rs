//! The batch runner for consumers: takes a batch of messages apart, takes up each for its tenant,
//! and says exactly which ones must come again. It must never know what a message means.

mod batch;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use events::{Consumer, Envelope};
use futures_util::{FutureExt, StreamExt};
use invocation::{Function, FunctionError};
use lambda_runtime::Context;
use serde_json::Value;
use tenancy::{Platform, TenantContext};
use tracing::Instrument;

use crate::batch::{Batch, Record};

/// A delivered message.
#[derive(Debug, Clone)]
pub struct Message {
    /// The event that it carries.
    pub envelope: Envelope,
    /// The queue's own id of the message.
    pub message_id: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// Which of its event's deliveries it is, from zero.
    pub ordinal: u32,
}

impl Message {
    /// Returns what stands for the message however often it is sent: the name of its effects.
    pub fn name(&self) -> String {
        format!("{}-{}", self.envelope.id, self.ordinal)
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is dealt with.
    Done,
    /// It must come again: something was not to be had.
    Retry(String),
    /// It can never be dealt with; it comes again until it is put aside.
    Poison(String),
}

/// Messages of a batch that are dealt with at once.
const CONCURRENCY_MAX: usize = 4;

/// Time that must remain for a message to be begun, in milliseconds.
const MARGIN_MS: u64 = 2_000;

/// Makes a function of a consumer's handler. Every message gets a context of its own tenant; one
/// that fails, panics or cannot be read comes again, and the others do not.
pub fn consume<H, R>(platform: Platform, consumer: Consumer, handler: H) -> Function
where
    H: Fn(TenantContext, Message) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Outcome> + Send + 'static,
{
    Function::new(move |payload, context| {
        let (platform, handler) = (platform.clone(), handler.clone());
        async move { run(&platform, consumer, &handler, payload, &context).await }
    })
}

async fn run<H, R>(
    platform: &Platform,
    consumer: Consumer,
    handler: &H,
    payload: Value,
    context: &Context,
) -> Result<Value, FunctionError>
where
    H: Fn(TenantContext, Message) -> R,
    R: Future<Output = Outcome> + Send,
{
    let batch = Batch::read(payload)?;
    let failed: Vec<String> = futures_util::stream::iter(batch.records)
        .map(|record| async move {
            let id = record.message_id.clone();
            let is_done = if has_time(platform, context) {
                deal_with(platform, consumer, handler, record).await
            } else {
                tracing::warn!(message.id = id, "no time left to begin a message");
                false
            };
            (!is_done).then_some(id)
        })
        .buffer_unordered(CONCURRENCY_MAX)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let failures: Vec<_> = failed
        .iter()
        .map(|id| BTreeMap::from([("itemIdentifier", id)]))
        .collect();
    Ok(serde_json::json!({ "batchItemFailures": failures }))
}

/// Returns whether there is time to begin another message before the environment is stopped.
fn has_time(platform: &Platform, context: &Context) -> bool {
    let now = u64::try_from(platform.now().as_millisecond()).unwrap_or(0);
    context.deadline == 0 || context.deadline.saturating_sub(now) > MARGIN_MS
}

/// Deals with one message and returns whether it is done.
async fn deal_with<H, R>(
    platform: &Platform,
    consumer: Consumer,
    handler: &H,
    record: Record,
) -> bool
where
    H: Fn(TenantContext, Message) -> R,
    R: Future<Output = Outcome> + Send,
{
    let message_id = record.message_id.clone();
    let message = match record.into_message() {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(message.id = message_id, error = %error, "a message cannot be read");
            return false;
        }
    };
    let span = tracing::info_span!(
        "message",
        consumer = consumer.name(),
        tenant.id = %message.envelope.tenant_id,
        request.id = message.envelope.request_id,
        message.id = message_id,
        event.kind = message.envelope.event.kind(),
    );
    #[expect(
        clippy::disallowed_methods,
        reason = "the batch runner is who resumes messages"
    )]
    let context = platform.resume(consumer.name(), &message.envelope);
    async {
        let outcome = AssertUnwindSafe(async { handler(context, message).await })
            .catch_unwind()
            .await
            .unwrap_or_else(|_panic| Outcome::Retry("the handler panicked".to_owned()));
        match outcome {
            Outcome::Done => true,
            Outcome::Retry(why) => {
                tracing::warn!(why, "a message must come again");
                false
            }
            Outcome::Poison(why) => {
                tracing::error!(why, "a message can never be dealt with");
                false
            }
        }
    }
    .instrument(span)
    .await
}
