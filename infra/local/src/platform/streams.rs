//! Table streams: batches in order, one at a time, each until it is through or given up.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use kernel::time::plus_seconds;
use serde_json::{Value, json};

use crate::platform::pattern;
use crate::platform::pool::Pools;
use crate::services::Services;
use crate::template::StreamSource;

/// Time between two tries of a batch, in seconds.
const RETRY_DELAY_S: i64 = 1;

/// A mapping from a stream to a function.
#[derive(Debug)]
pub(super) struct Stream {
    function: String,
    source: StreamSource,
    tries: Mutex<Tries>,
}

/// How the batch at the stream's head is doing.
#[derive(Debug, Default, Clone, Copy)]
struct Tries {
    failed: u32,
    next_at: Option<Timestamp>,
}

impl Stream {
    pub(super) fn new(function: &str, source: &StreamSource) -> Self {
        Self {
            function: function.to_owned(),
            source: source.clone(),
            tries: Mutex::default(),
        }
    }

    /// Returns when the batch at the head is tried again, if it failed.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.tries().next_at
    }

    /// Delivers one batch, if there is one whose time has come. Returns whether anything moved.
    pub(super) async fn step(
        &self,
        pools: &Arc<Pools>,
        services: &Arc<Services>,
    ) -> anyhow::Result<bool> {
        let tries = self.tries();
        if tries.next_at.is_some_and(|at| at > pools.clock().now()) {
            return Ok(false);
        }
        let position = format!("stream/{}/{}", self.source.table, self.function);
        let after = services.position(&position).await?;
        let limit = usize::try_from(self.source.batch_size).unwrap_or(usize::MAX);
        let records = services
            .table()
            .stream_records(&self.source.table, after.as_deref(), limit)
            .await?;
        let Some(last) = records.last().and_then(sequence) else {
            return Ok(false);
        };
        let wanted: Vec<&Value> = records.iter().filter(|record| self.wants(record)).collect();
        let reached = if wanted.is_empty() {
            Some(last)
        } else {
            self.deliver(pools, &wanted, &records, &last).await
        };
        let gives_up = tries.failed >= self.source.retries_max;
        let reached = match reached {
            Some(reached) if Some(&reached) != after.as_ref() => {
                self.set_tries(Tries::default());
                reached
            }
            _ if gives_up => {
                let first = wanted.first().context("a failed batch has a record")?;
                self.give_up(services, first).await?;
                self.set_tries(Tries::default());
                sequence(first).context("a record has a number")?
            }
            _ => {
                let next_at = Some(plus_seconds(pools.clock().now(), RETRY_DELAY_S));
                self.set_tries(Tries {
                    failed: tries.failed + 1,
                    next_at,
                });
                return Ok(false);
            }
        };
        services.set_position(&position, &reached).await?;
        services
            .table()
            .trim_stream(&self.source.table, &reached)
            .await?;
        Ok(true)
    }

    /// Invokes the function and returns the number of the last record that is through.
    async fn deliver(
        &self,
        pools: &Arc<Pools>,
        wanted: &[&Value],
        all: &[Value],
        last: &str,
    ) -> Option<String> {
        let outcome = pools
            .invoke(&self.function, json!({ "Records": wanted }))
            .await;
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(function = self.function, error = %error, "a stream batch failed");
                return None;
            }
        };
        if !self.source.reports_failures {
            return Some(last.to_owned());
        }
        let failures = answer.get("batchItemFailures").and_then(Value::as_array)?;
        let Some(failed) = failures.first() else {
            return Some(last.to_owned());
        };
        let failed = failed.get("itemIdentifier").and_then(Value::as_str)?;
        // Everything before the first failed record is through.
        let at = all
            .iter()
            .position(|record| sequence(record).as_deref() == Some(failed))?;
        all.get(at.checked_sub(1)?).and_then(sequence)
    }

    /// Puts what was given up where an operator finds it.
    async fn give_up(&self, services: &Arc<Services>, record: &Value) -> anyhow::Result<()> {
        tracing::error!(function = self.function, record = %record, "a record was given up");
        let Some(queue) = &self.source.failure_queue else {
            return Ok(());
        };
        let message = json!({
            "QueueUrl": services.queues().url(queue),
            "MessageBody": record.to_string(),
        });
        let request = http::Request::post(services.queues().url(queue))
            .header("x-amz-target", "AmazonSQS.SendMessage")
            .header("content-type", "application/x-amz-json-1.0")
            .body(message.to_string().into())?;
        let answer = services.call(request).await;
        anyhow::ensure!(
            answer.status().is_success(),
            "the dead letter cannot be kept"
        );
        Ok(())
    }

    fn wants(&self, record: &Value) -> bool {
        let filters = &self.source.filters;
        filters.is_empty()
            || filters
                .iter()
                .any(|filter| pattern::matches(filter, record))
    }

    fn tries(&self) -> Tries {
        *self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_tries(&self, tries: Tries) {
        *self.tries.lock().unwrap_or_else(PoisonError::into_inner) = tries;
    }
}

fn sequence(record: &Value) -> Option<String> {
    record
        .pointer("/dynamodb/SequenceNumber")?
        .as_str()
        .map(str::to_owned)
}
