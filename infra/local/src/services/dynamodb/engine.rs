//! The embedded engine, with the clock and the idempotency tokens around it. It must never know
//! which tables there are.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use dynoxide::DynoxideError;
use dynoxide::actions::import_items;
use dynoxide::actions::vector_lifecycle::VectorIndexLifecycle;
use dynoxide::storage::Storage;
use dynoxide::storage_backend::StorageBackend;
use dynoxide::{ImportOptions, Item};
use futures_util::FutureExt;
use http::Response;
use kernel::Clock;
use serde_json::Value;

use crate::services::ServicesError;
use crate::services::dynamodb::dispatch::{self, Refusal};
use crate::services::dynamodb::token::Tokens;
use crate::services::dynamodb::{expiry, stream, units};
use crate::services::protocol::answer;
use crate::storage::{copy_database, set_durability};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// The engine of all tables.
pub(crate) struct TableEngine {
    storage: Storage,
    lifecycle: VectorIndexLifecycle,
    tokens: Tokens,
}

impl fmt::Debug for TableEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TableEngine")
            .finish_non_exhaustive()
    }
}

impl TableEngine {
    /// Opens the engine over the file at `path`, or in memory.
    pub(crate) fn open(path: Option<&Path>, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let opened = match path {
            Some(path) => Storage::new(&path.to_string_lossy()),
            None => Storage::memory(),
        };
        let storage = opened
            .map_err(engine_error)?
            .with_clock(Arc::new(EngineClock(Arc::clone(&clock))));
        set_durability(storage.conn())?;
        stream::make_index(&storage)?;
        Ok(Self {
            storage,
            lifecycle: VectorIndexLifecycle::new(),
            tokens: Tokens::new(clock),
        })
    }

    /// Makes a copy in memory that tells the time by `clock`.
    pub(crate) fn copy(&self, clock: Arc<dyn Clock>) -> Result<Self, ServicesError> {
        let mut copy = Self::open(None, Arc::clone(&clock))?;
        copy_database(self.storage.conn(), copy.storage.conn_mut())?;
        copy.tokens = self.tokens.copy(clock);
        Ok(copy)
    }

    /// Returns the storage below the operations.
    pub(crate) fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Answers one request.
    pub(crate) fn call(&mut self, operation: &str, body: &Bytes) -> Response<Bytes> {
        let measured = units::ask(operation, body);
        let outcome = self.idempotently(operation, &measured.body);
        match outcome {
            Ok(mut value) => {
                let taken = units::take(operation, &mut value, measured.asked_here);
                let mut response = answer(200, CONTENT_TYPE, value.to_string());
                response.extensions_mut().insert(taken);
                response
            }
            Err(refusal) => answer(refusal.status, CONTENT_TYPE, refusal.body),
        }
    }

    /// Runs `operation` with a request that the platform itself wrote.
    pub(crate) fn run(&mut self, operation: &str, body: &Value) -> Result<Value, ServicesError> {
        let body = body.to_string();
        dispatch::execute(&self.storage, &self.lifecycle, operation, body.as_bytes())
            .map_err(|refusal| ServicesError::Engine(refusal.body))
    }

    /// Puts items that are not there yet.
    pub(crate) fn import(&mut self, table: &str, items: &[String]) -> Result<usize, ServicesError> {
        let items = items
            .iter()
            .map(|item| serde_json::from_str(item))
            .collect::<Result<Vec<Item>, _>>()
            .map_err(|error| ServicesError::Invalid(error.to_string()))?;
        let options = ImportOptions::default();
        let imported =
            import_items::execute_skip_gsi_deletes(&self.storage, table, items, &options);
        Ok(finish(imported).map_err(engine_error)?.items_imported)
    }

    /// Deletes expired items.
    pub(crate) fn sweep(&mut self) -> Result<usize, ServicesError> {
        let now_s = StorageBackend::clock(&self.storage).now_unix_secs();
        if !expiry::is_any_over(&self.storage, now_s)? {
            return Ok(0);
        }
        finish(dynoxide::ttl::sweep_expired_items(&self.storage)).map_err(engine_error)
    }

    /// Counts the items of `table`.
    pub(crate) fn item_count(&self, table: &str) -> Result<u64, ServicesError> {
        if !self.storage.table_exists(table).map_err(engine_error)? {
            return Err(ServicesError::Missing {
                kind: "table",
                name: table.to_owned(),
            });
        }
        let count = self.storage.count_items(table).map_err(engine_error)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn idempotently(&mut self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let request = match operation {
            "TransactWriteItems" => Tokens::request(body),
            _ => None,
        };
        let Some(request) = request else {
            return dispatch::execute(&self.storage, &self.lifecycle, operation, body);
        };
        if let Some(earlier) = self.tokens.find(&request)? {
            return Ok(earlier);
        }
        let outcome = dispatch::execute(&self.storage, &self.lifecycle, operation, body)?;
        self.tokens.keep(request, &outcome);
        Ok(outcome)
    }
}

/// Ends an engine's future. The native engine's futures never wait.
pub(crate) fn finish<T>(
    future: impl Future<Output = Result<T, DynoxideError>>,
) -> Result<T, DynoxideError> {
    future.now_or_never().unwrap_or_else(|| {
        Err(DynoxideError::InternalServerError(
            "the engine waited where it never does".to_owned(),
        ))
    })
}

/// Reports an engine's failure to the platform.
#[expect(clippy::needless_pass_by_value, reason = "given by value by `map_err`")]
pub(crate) fn engine_error(error: DynoxideError) -> ServicesError {
    ServicesError::Engine(error.to_string())
}

struct EngineClock(Arc<dyn Clock>);

impl dynoxide::storage_backend::Clock for EngineClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.0.now().as_second()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.0.now().as_duration().as_secs_f64()
    }
}
