//! EventBridge: a durable log of what was put on each bus. Rules are the platform's to apply. It
//! must never know what an event means.
//!
//! Limits: 10 entries and 256 KiB a request, as on AWS; only `PutEvents`.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::services::protocol::json::{self, Failure};
use crate::services::protocol::random_id;
use crate::services::state::State;
use crate::services::{Identity, ServicesError};

const ENTRIES_MAX: usize = 10;
const REQUEST_BYTES_MAX: usize = 256 * 1024;
const EVENTS_READ_MAX: usize = 1_000;
pub(crate) const DEFAULT_BUS: &str = "default";

/// An accepted event.
#[derive(Debug, Clone, PartialEq)]
pub struct BusEvent {
    /// Its place in the log.
    pub sequence: i64,
    /// The bus it was put on.
    pub bus: String,
    /// The event as a rule's target receives it.
    pub event: Value,
}

/// The event buses.
#[derive(Debug)]
pub struct Bus {
    identity: Arc<Identity>,
    state: State,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
    time: Option<f64>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(default)]
    trace_header: Option<String>,
}

impl Bus {
    pub(crate) fn new(identity: &Arc<Identity>, state: &State) -> Self {
        Self {
            identity: Arc::clone(identity),
            state: state.clone(),
            changed: watch::Sender::new(0),
        }
    }

    /// Makes the bus if it is not there.
    pub async fn ensure(&self, name: &str) -> Result<(), ServicesError> {
        let name = name.to_owned();
        self.state
            .transact(move |connection| {
                connection.execute(
                    "INSERT OR IGNORE INTO buses (name) VALUES (?1)",
                    params![name],
                )?;
                Ok(())
            })
            .await
    }

    /// Returns at most `limit` (1,000 at most) events after the place `after`, oldest first.
    pub async fn bus_events(
        &self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<BusEvent>, ServicesError> {
        let limit = i64::try_from(limit.min(EVENTS_READ_MAX)).unwrap_or_default();
        self.state
            .transact(move |connection| read_events(connection, after, limit))
            .await
    }

    /// Returns the place of the newest event, zero where there is none.
    pub async fn last(&self) -> Result<i64, ServicesError> {
        self.state
            .transact(|connection| {
                let last = "SELECT COALESCE(MAX(id), 0) FROM bus_events";
                Ok(connection.query_row(last, [], |row| row.get(0))?)
            })
            .await
    }

    /// Forgets the events up to and including the place `upto`, and returns how many there were.
    pub async fn trim(&self, upto: i64) -> Result<usize, ServicesError> {
        self.state
            .transact(move |connection| {
                Ok(connection.execute("DELETE FROM bus_events WHERE id <= ?1", params![upto])?)
            })
            .await
    }

    /// Returns a watch that moves when events were accepted.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) async fn call(&self, operation: &str, body: &Bytes) -> Response<Bytes> {
        json::respond(match operation {
            "PutEvents" => self.put(body).await,
            other => Err(json::unknown(other)),
        })
    }

    async fn put(&self, body: &Bytes) -> Result<Value, Failure> {
        let request: PutEvents = json::read(body)?;
        if request.entries.is_empty() || request.entries.len() > ENTRIES_MAX {
            return Err(Failure::new(
                400,
                "ValidationException",
                "there are 1 to 10 entries",
            ));
        }
        if body.len() > REQUEST_BYTES_MAX {
            let message = "Total size of the entries in the request is over the limit.";
            return Err(Failure::new(400, "ValidationException", message));
        }
        let events: Vec<Result<(String, Value), Value>> = request
            .entries
            .into_iter()
            .map(|entry| self.event(entry))
            .collect();
        let results = self
            .state
            .transact(move |connection| {
                events
                    .into_iter()
                    .map(|event| write_event(connection, event))
                    .collect()
            })
            .await;
        let results: Vec<Value> = results?;
        let failed = results
            .iter()
            .filter(|result| result.get("ErrorCode").is_some())
            .count();
        if failed < results.len() {
            self.changed.send_modify(|count| *count += 1);
        }
        Ok(json!({"FailedEntryCount": failed, "Entries": results}))
    }

    /// Makes the event that a target receives, with its bus; or the entry's failure.
    fn event(&self, entry: Entry) -> Result<(String, Value), Value> {
        let required = |field: Option<String>, name: &str| {
            field.filter(|text| !text.is_empty()).ok_or_else(|| {
                refused(
                    "InvalidArgument",
                    &format!("Parameter {name} is not valid."),
                )
            })
        };
        let detail = required(entry.detail, "Detail")?;
        let detail: Value = serde_json::from_str(&detail)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| refused("MalformedDetail", "Detail is malformed."))?;
        let Identity {
            clock,
            entropy,
            region,
            account,
        } = &*self.identity;
        let time = entry
            .time
            .and_then(|seconds| jiff::SignedDuration::try_from_secs_f64(seconds).ok())
            .and_then(|duration| Timestamp::from_duration(duration).ok())
            .unwrap_or_else(|| clock.now());
        let bus = entry
            .event_bus_name
            .unwrap_or_else(|| DEFAULT_BUS.to_owned());
        let bus = bus.rsplit('/').next().unwrap_or(DEFAULT_BUS).to_owned();
        drop(entry.trace_header);
        let event = json!({
            "version": "0",
            "id": random_id(&**entropy),
            "detail-type": required(entry.detail_type, "DetailType")?,
            "source": required(entry.source, "Source")?,
            "account": account,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": region,
            "resources": entry.resources,
            "detail": detail,
        });
        Ok((bus, event))
    }
}

fn refused(code: &str, message: &str) -> Value {
    json!({"ErrorCode": code, "ErrorMessage": message})
}

fn write_event(
    connection: &Connection,
    event: Result<(String, Value), Value>,
) -> Result<Value, ServicesError> {
    let (bus, event) = match event {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(refusal),
    };
    let known: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM buses WHERE name = ?1)",
        params![bus],
        |row| row.get(0),
    )?;
    if !known && bus != DEFAULT_BUS {
        let message = format!("Event bus {bus} does not exist.");
        return Ok(refused("ResourceNotFoundException", &message));
    }
    connection
        .prepare_cached("INSERT INTO bus_events (bus, event) VALUES (?1, ?2)")?
        .execute(params![bus, event.to_string()])?;
    Ok(json!({"EventId": event.get("id")}))
}

fn read_events(
    connection: &Connection,
    after: i64,
    limit: i64,
) -> Result<Vec<BusEvent>, ServicesError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, bus, event FROM bus_events WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, limit], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
    })?;
    rows.map(|row| {
        let (sequence, bus, event) = row?;
        let event = serde_json::from_str(&event)
            .map_err(|error| ServicesError::Engine(error.to_string()))?;
        Ok(BusEvent {
            sequence,
            bus,
            event,
        })
    })
    .collect()
}
