//! The database that the small state machines share: its schema and its positions. It must never
//! know what AWS calls any of it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::services::ServicesError;
use crate::storage::{Engine, Place, copy_database, open_database};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS positions (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, visibility_s INTEGER NOT NULL, retention_s INTEGER NOT NULL,
    delay_s INTEGER NOT NULL, dead_letter_queue TEXT, receive_count_max INTEGER,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL,
    body TEXT NOT NULL, attributes TEXT NOT NULL, group_id TEXT NOT NULL,
    sent_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, visible_ms INTEGER NOT NULL,
    first_received_ms INTEGER, receive_count INTEGER NOT NULL, dead_letter_source TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_group ON messages (queue, group_id, visible_ms, id);
CREATE INDEX IF NOT EXISTS messages_by_visibility ON messages (queue, visible_ms, id);
CREATE INDEX IF NOT EXISTS messages_by_receipts ON messages (queue, receive_count);
CREATE INDEX IF NOT EXISTS messages_by_expiry ON messages (queue, expires_ms);
CREATE TABLE IF NOT EXISTS buses (name TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS bus_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, bus TEXT NOT NULL, event TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS secrets (
    name TEXT PRIMARY KEY, arn TEXT NOT NULL UNIQUE, version TEXT NOT NULL, value TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS mail_identities (domain TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL, recipient TEXT NOT NULL,
    text TEXT NOT NULL, message TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS distributions (id TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS invalidations (
    id TEXT NOT NULL, distribution TEXT NOT NULL, caller_reference TEXT NOT NULL,
    items TEXT NOT NULL, created_ms INTEGER NOT NULL,
    PRIMARY KEY (distribution, caller_reference)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS invalidations_by_id ON invalidations (id);
";

/// The open database.
#[derive(Debug, Clone)]
pub(crate) struct State(Engine<Connection>);

impl State {
    pub(crate) fn open(place: &Place) -> Result<Self, ServicesError> {
        let path = place.database("state.db");
        let connection = open_database(path.as_deref(), SCHEMA)?;
        Ok(Self(Engine::new(connection, place.is_lasting())))
    }

    /// Makes a copy in memory.
    pub(crate) fn copy(&self) -> Result<Self, ServicesError> {
        let mut copy = Connection::open_in_memory()?;
        self.0.run_here(|from| copy_database(from, &mut copy))?;
        Ok(Self(Engine::new(copy, false)))
    }

    /// Runs `work` in one transaction.
    pub(crate) async fn transact<R, F>(&self, work: F) -> Result<R, ServicesError>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> Result<R, ServicesError> + Send + 'static,
    {
        self.0
            .run(move |connection| in_transaction(connection, work))
            .await
    }

    /// Runs `work` in one transaction on this thread, while services are being opened.
    pub(crate) fn transact_here<R, F>(&self, work: F) -> Result<R, ServicesError>
    where
        F: FnOnce(&Connection) -> Result<R, ServicesError>,
    {
        self.0
            .run_here(move |connection| in_transaction(connection, work))
    }

    pub(crate) async fn position(&self, name: &str) -> Result<Option<String>, ServicesError> {
        let name = name.to_owned();
        self.transact(move |connection| read_position(connection, &name))
            .await
    }

    pub(crate) async fn set_position(&self, name: &str, value: &str) -> Result<(), ServicesError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.transact(move |connection| write_position(connection, &name, &value))
            .await
    }
}

fn in_transaction<R>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<R, ServicesError>,
) -> Result<R, ServicesError> {
    let transaction = connection.transaction()?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// Reads the position `name`.
pub(crate) fn read_position(
    connection: &Connection,
    name: &str,
) -> Result<Option<String>, ServicesError> {
    Ok(connection
        .prepare_cached("SELECT value FROM positions WHERE name = ?1")?
        .query_row(params![name], |row| row.get(0))
        .optional()?)
}

/// Writes the position `name`.
pub(crate) fn write_position(
    connection: &Connection,
    name: &str,
    value: &str,
) -> Result<(), ServicesError> {
    connection
        .prepare_cached(
            "INSERT INTO positions (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    Ok(())
}
