//! DynamoDB: the tables of the template over an embedded engine. It must never know what the
//! items mean.
//!
//! Limits: those of AWS as the engine knows them, and a request of 16 MiB; an idempotency token
//! is kept for ten minutes of the clock and is forgotten when the process ends; a stream keeps
//! its records until they are trimmed. One writer at a time, so transactions never conflict: the
//! conflicts that AWS reports come from the connector's faults.

mod dispatch;
mod engine;
mod entries;
mod expiry;
mod spec;
mod stream;
mod token;
mod units;

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tokio::sync::watch;

pub use spec::{IndexSpec, Projection, TableSpec};

pub(crate) use entries::{Entry, entries, table_of};

use crate::services::dynamodb::engine::TableEngine;
use crate::services::{Identity, ServicesError, protocol};
use crate::storage::{Engine, Place};

const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
const STREAM_RECORDS_MAX: usize = 1_000;

/// The tables.
#[derive(Debug)]
pub struct Tables {
    engine: Engine<TableEngine>,
    identity: Arc<Identity>,
    changed: watch::Sender<u64>,
}

impl Tables {
    pub(crate) fn open(identity: &Arc<Identity>, place: &Place) -> Result<Self, ServicesError> {
        let path = place.database("table.db");
        let engine = TableEngine::open(path.as_deref(), Arc::clone(&identity.clock))?;
        Ok(Self {
            engine: Engine::new(engine, place.is_lasting()),
            identity: Arc::clone(identity),
            changed: watch::Sender::new(0),
        })
    }

    /// Makes a copy in memory.
    pub(crate) fn copy(&self, identity: &Arc<Identity>) -> Result<Self, ServicesError> {
        let clock = Arc::clone(&identity.clock);
        let engine = self.engine.run_here(|engine| engine.copy(clock))?;
        Ok(Self {
            engine: Engine::new(engine, false),
            identity: Arc::clone(identity),
            changed: watch::Sender::new(0),
        })
    }

    /// Makes the table, or adds what an existing one lacks.
    pub async fn ensure(&self, spec: TableSpec) -> Result<(), ServicesError> {
        self.engine
            .run(move |engine| spec::ensure(engine, &spec))
            .await
    }

    /// Puts items at once, each in DynamoDB's JSON, and returns how many there were. As an import
    /// from S3 does, it asks for no conditions and leaves nothing in the stream; no item may be
    /// there yet.
    pub async fn import(&self, table: &str, items: Vec<String>) -> Result<usize, ServicesError> {
        let table = table.to_owned();
        self.engine
            .run(move |engine| engine.import(&table, &items))
            .await
    }

    /// Returns at most `limit` (1,000 at most) records of the stream of `table` after the
    /// sequence number `after`, oldest first, as Lambda delivers them.
    pub async fn stream_records(
        &self,
        table: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<serde_json::Value>, ServicesError> {
        let after = stream::position(after)?;
        let source = stream::Source {
            table: table.to_owned(),
            region: self.identity.region.clone(),
            account: self.identity.account.clone(),
        };
        let limit = limit.min(STREAM_RECORDS_MAX);
        self.engine
            .run(move |engine| stream::records(engine.storage(), &source, after, limit))
            .await
    }

    /// Forgets the stream records of `table` up to and including the sequence number `upto`, and
    /// returns how many there were. The last record stays, for the numbers after it.
    pub async fn trim_stream(&self, table: &str, upto: &str) -> Result<usize, ServicesError> {
        let upto = stream::position(Some(upto))?;
        let table = table.to_owned();
        self.engine
            .run(move |engine| stream::trim(engine.storage(), &table, upto))
            .await
    }

    /// Deletes the items whose time to live is over, and returns how many there were.
    pub async fn sweep_expired(&self) -> Result<usize, ServicesError> {
        let swept = self.engine.run(TableEngine::sweep).await?;
        if swept > 0 {
            self.changed.send_modify(|count| *count += 1);
        }
        Ok(swept)
    }

    /// Returns the number of items in `table`.
    pub async fn item_count(&self, table: &str) -> Result<u64, ServicesError> {
        let table = table.to_owned();
        self.engine
            .run(move |engine| engine.item_count(&table))
            .await
    }

    /// Returns a watch that moves after every write.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) async fn call(&self, operation: &str, body: &Bytes) -> Response<Bytes> {
        if body.len() > REQUEST_BYTES_MAX {
            let message = "Request size exceeded the limit";
            return protocol::json::Failure::new(413, "RequestTooLarge", message).into();
        }
        let (name, body) = (operation.to_owned(), body.clone());
        let outcome = self
            .engine
            .run(move |engine| Ok(engine.call(&name, &body)))
            .await;
        match outcome {
            Ok(response) => {
                if response.status().is_success() && dispatch::writes(operation) {
                    self.changed.send_modify(|count| *count += 1);
                }
                response
            }
            Err(error) => protocol::json::Failure::from(error).into(),
        }
    }
}
