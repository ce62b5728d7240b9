//! Table streams: batches in order, one at a time, each until it is through or given up.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use jiff::Timestamp;
use kernel::time::plus_seconds;
use serde_json::{Value, json};

use crate::platform::dead_letters::bury;
use crate::platform::failures;
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
#[derive(Debug, Default, Clone)]
struct Tries {
    failed: u32,
    next_at: Option<Timestamp>,
    /// The numbers at which the batch was cut in halves, the nearest last.
    cuts: Vec<String>,
}

/// What a delivery came to.
#[derive(Debug)]
enum Delivered {
    /// All of it is through.
    Whole,
    /// Everything before this number is through.
    Until(String),
    /// Nothing is through.
    Nothing,
}

impl Stream {
    pub(super) fn new(function: &str, source: &StreamSource) -> Self {
        Self {
            function: function.to_owned(),
            source: source.clone(),
            tries: Mutex::default(),
        }
    }

    /// Returns the table whose stream this follows.
    pub(super) fn table(&self) -> &str {
        &self.source.table
    }

    /// Returns the name of the position that this has reached.
    pub(super) fn position(&self) -> String {
        format!("stream/{}/{}", self.source.table, self.function)
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
        let mut tries = self.tries();
        let now = pools.clock().now();
        if tries.next_at.is_some_and(|at| at > now) {
            return Ok(false);
        }
        let after = services.position(&self.position()).await?;
        let records = self.batch(services, after.as_deref(), &tries.cuts).await?;
        let Some(last) = records.last().and_then(sequence) else {
            return Ok(false);
        };
        let wanted: Vec<&Value> = records.iter().filter(|record| self.wants(record)).collect();
        let delivered = match wanted.first() {
            Some(_) => self.deliver(pools, &wanted).await,
            None => Delivered::Whole,
        };
        let reached = match delivered {
            Delivered::Whole => Some(last),
            Delivered::Until(failed) => before(&records, &failed).or_else(|| after.clone()),
            Delivered::Nothing if self.source.bisects && wanted.len() > 1 => {
                if tries.cuts.is_empty() {
                    tries.cuts.push(last);
                }
                let half = wanted.get((wanted.len() - 1) / 2).copied();
                tries.cuts.extend(half.and_then(sequence));
                self.set_tries(tries);
                return Ok(true);
            }
            Delivered::Nothing => after.clone(),
        };
        let reached = if reached != after {
            reached.context("a batch has a last record")?
        } else if let Some(condition) = self.gives_up(&tries, &wanted, now) {
            let letter = self.letter(&wanted, condition, tries.failed + 1, now);
            bury(services, self.source.failure_queue.as_deref(), &letter).await?;
            wanted
                .last()
                .copied()
                .and_then(sequence)
                .context("a record has a number")?
        } else {
            tries.failed += 1;
            tries.next_at = Some(plus_seconds(now, RETRY_DELAY_S));
            self.set_tries(tries);
            return Ok(false);
        };
        services.set_position(&self.position(), &reached).await?;
        tries.cuts.retain(|cut| *cut > reached);
        self.set_tries(Tries {
            cuts: tries.cuts,
            ..Tries::default()
        });
        Ok(true)
    }

    /// Reads the next batch, up to where one was cut.
    async fn batch(
        &self,
        services: &Arc<Services>,
        after: Option<&str>,
        cuts: &[String],
    ) -> anyhow::Result<Vec<Value>> {
        let limit = usize::try_from(self.source.batch_size).unwrap_or(usize::MAX);
        let mut records = services
            .table()
            .stream_records(&self.source.table, after, limit)
            .await?;
        if let Some(cut) = cuts.last() {
            records.retain(|record| sequence(record).is_some_and(|number| number <= *cut));
        }
        Ok(records)
    }

    /// Invokes the function with the records that it wants.
    async fn deliver(&self, pools: &Arc<Pools>, wanted: &[&Value]) -> Delivered {
        let outcome = pools
            .invoke(&self.function, json!({ "Records": wanted }))
            .await;
        let answer = match outcome {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(function = self.function, error = %error, "a stream batch failed");
                return Delivered::Nothing;
            }
        };
        if !self.source.reports_failures {
            return Delivered::Whole;
        }
        let numbers: BTreeSet<String> = wanted.iter().copied().filter_map(sequence).collect();
        match failures::failed(&answer, &numbers) {
            // Whatever else failed, everything comes again from the first of them.
            Some(failed) => failed
                .into_iter()
                .next()
                .map_or(Delivered::Whole, Delivered::Until),
            None => Delivered::Nothing,
        }
    }

    /// Returns why a batch that failed again is given up, if it is.
    fn gives_up(&self, tries: &Tries, wanted: &[&Value], now: Timestamp) -> Option<&'static str> {
        let made_at = wanted.first().copied().and_then(made_at);
        let age_s = made_at.map(|made_at| now.as_second().saturating_sub(made_at));
        let age_max_s = self.source.age_max_s.map(i64::from);
        if tries.failed >= self.source.retries_max {
            Some("RetryAttemptsExhausted")
        } else if age_s.zip(age_max_s).is_some_and(|(age, max)| age > max) {
            Some("RecordAgeExceeded")
        } else {
            None
        }
    }

    /// Tells of a batch that was given up: where it lies in the stream, as AWS does, and nothing of
    /// what it says.
    fn letter(&self, wanted: &[&Value], condition: &str, tries: u32, now: Timestamp) -> Value {
        let ends = [wanted.first(), wanted.last()].map(Option::<&&Value>::copied);
        let [first, last] = ends.map(|record| record.and_then(sequence));
        let [first_at, last_at] = ends.map(|record| {
            let made_at = record.and_then(made_at);
            made_at.and_then(|at| Timestamp::from_second(at).ok())
        });
        let stream = wanted
            .first()
            .and_then(|record| record.get("eventSourceARN"));
        json!({
            "version": "1.0",
            "timestamp": now,
            "requestContext": {
                "functionArn": format!("arn:aws:lambda:local:000000000000:function:{}", self.function),
                "condition": condition,
                "approximateInvokeCount": tries,
            },
            "DDBStreamBatchInfo": {
                "shardId": "shardId-00000000000000000000-00000000",
                "startSequenceNumber": first,
                "endSequenceNumber": last,
                "approximateArrivalOfFirstRecord": first_at,
                "approximateArrivalOfLastRecord": last_at,
                "batchSize": wanted.len(),
                "streamArn": stream,
            },
        })
    }

    fn wants(&self, record: &Value) -> bool {
        let filters = &self.source.filters;
        filters.is_empty()
            || filters
                .iter()
                .any(|filter| pattern::matches(filter, record))
    }

    fn tries(&self) -> Tries {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.clone()
    }

    fn set_tries(&self, tries: Tries) {
        *self.tries.lock().unwrap_or_else(PoisonError::into_inner) = tries;
    }
}

/// Returns the number of the record before the one with the number `failed`.
fn before(records: &[Value], failed: &str) -> Option<String> {
    let earlier = records.iter().filter_map(sequence);
    earlier.take_while(|number| number != failed).last()
}

fn sequence(record: &Value) -> Option<String> {
    record
        .pointer("/dynamodb/SequenceNumber")?
        .as_str()
        .map(str::to_owned)
}

fn made_at(record: &Value) -> Option<i64> {
    record
        .pointer("/dynamodb/ApproximateCreationDateTime")?
        .as_i64()
}
