//! The messages of the queues, in the state database. It must never know the wire protocol.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use crate::services::ServicesError;
use crate::services::protocol::json::set;
use crate::services::protocol::text::{from_milliseconds, plus_seconds};
use crate::services::sqs::checksum;
use crate::services::sqs::message::QueueMessage;
use crate::services::sqs::spec::{QueueSpec, Redrive};

/// Groups that one receipt looks at, in the order of their names.
const GROUPS_MAX: i64 = 5_000;

/// A message to send.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
    pub(crate) body: String,
    pub(crate) attributes: Value,
    pub(crate) group_id: String,
    pub(crate) delay_seconds: Option<u32>,
}

/// Which receipt of which message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) queue: String,
    id: i64,
    count: u32,
}

/// What changing a message's visibility came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    Hidden,
    NotInFlight,
}

impl Receipt {
    pub(crate) fn read(handle: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(handle).ok()?).ok()?;
        let mut parts = text.split('/');
        let receipt = Self {
            queue: parts.next()?.to_owned(),
            id: parts.next()?.parse().ok()?,
            count: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(receipt)
    }

    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}/{}/{}", self.queue, self.id, self.count))
    }
}

pub(crate) fn ensure(
    connection: &Connection,
    spec: &QueueSpec,
    now: i64,
) -> Result<(), ServicesError> {
    if let Some(redrive) = &spec.redrive {
        self::spec(connection, &redrive.dead_letter_queue)?;
    }
    connection.execute(
        "INSERT INTO queues
           (name, visibility_s, retention_s, delay_s, dead_letter_queue, receive_count_max, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (name) DO UPDATE SET visibility_s = ?2, retention_s = ?3, delay_s = ?4,
           dead_letter_queue = ?5, receive_count_max = ?6",
        params![
            spec.name,
            spec.visibility_timeout_seconds,
            spec.retention_seconds,
            spec.delay_seconds,
            spec.redrive.as_ref().map(|redrive| &redrive.dead_letter_queue),
            spec.redrive.as_ref().map(|redrive| redrive.max_receive_count),
            now
        ],
    )?;
    Ok(())
}

pub(crate) fn spec(connection: &Connection, queue: &str) -> Result<QueueSpec, ServicesError> {
    find_spec(connection, queue)?.ok_or_else(|| ServicesError::Missing {
        kind: "queue",
        name: queue.to_owned(),
    })
}

pub(crate) fn find_spec(
    connection: &Connection,
    queue: &str,
) -> Result<Option<QueueSpec>, ServicesError> {
    let found = connection
        .prepare_cached(
            "SELECT name, visibility_s, retention_s, delay_s, dead_letter_queue, receive_count_max
             FROM queues WHERE name = ?1",
        )?
        .query_row(params![queue], |row| {
            let dead_letter_queue: Option<String> = row.get(4)?;
            let max_receive_count: Option<u32> = row.get(5)?;
            Ok(QueueSpec {
                name: row.get(0)?,
                visibility_timeout_seconds: row.get(1)?,
                retention_seconds: row.get(2)?,
                delay_seconds: row.get(3)?,
                redrive: dead_letter_queue.zip(max_receive_count).map(
                    |(dead_letter_queue, max_receive_count)| Redrive {
                        dead_letter_queue,
                        max_receive_count,
                    },
                ),
            })
        })
        .optional()?;
    Ok(found)
}

pub(crate) fn names(connection: &Connection) -> Result<Vec<String>, ServicesError> {
    let mut statement = connection.prepare_cached("SELECT name FROM queues ORDER BY name")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn send(
    connection: &Connection,
    queue: &str,
    messages: Vec<Sent>,
    now: i64,
) -> Result<Vec<Value>, ServicesError> {
    let spec = spec(connection, queue)?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO messages (queue, message_id, body, attributes, group_id, sent_ms, expires_ms,
                               visible_ms, receive_count)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
    )?;
    let mut results = Vec::with_capacity(messages.len());
    for message in messages {
        let delay = message.delay_seconds.unwrap_or(spec.delay_seconds);
        let visible = plus_seconds(now, delay);
        let expires = plus_seconds(now, spec.retention_seconds);
        let Sent {
            message_id,
            body,
            attributes,
            group_id,
            ..
        } = message;
        statement.execute(params![
            queue,
            message_id,
            body,
            attributes.to_string(),
            group_id,
            now,
            expires,
            visible
        ])?;
        let mut result = json!({
            "MessageId": message_id,
            "MD5OfMessageBody": checksum::of_body(&body),
        });
        if let Some(checksum) = checksum::of_attributes(&attributes) {
            set(&mut result, "MD5OfMessageAttributes", checksum);
        }
        results.push(result);
    }
    Ok(results)
}

/// Forgets what is over its time and moves what was received too often, and returns how many
/// messages were moved.
pub(crate) fn redrive(
    connection: &Connection,
    spec: &QueueSpec,
    arn: &str,
    now: i64,
) -> Result<usize, ServicesError> {
    forget_expired(connection, &spec.name, now)?;
    let Some(redrive) = &spec.redrive else {
        return Ok(0);
    };
    let target = self::spec(connection, &redrive.dead_letter_queue)?;
    // The plus keeps SQLite to the index of receipts: nearly every message is visible.
    let moved = connection
        .prepare_cached(
            "UPDATE messages SET queue = ?1, dead_letter_source = ?2, visible_ms = ?3,
               receive_count = 0, first_received_ms = NULL, expires_ms = sent_ms + ?4
             WHERE queue = ?5 AND receive_count >= ?6 AND +visible_ms <= ?3",
        )?
        .execute(params![
            target.name,
            arn,
            now,
            plus_seconds(0, target.retention_seconds),
            spec.name,
            redrive.max_receive_count
        ])?;
    Ok(moved)
}

pub(crate) fn receive(
    connection: &Connection,
    spec: &QueueSpec,
    max: usize,
    visibility_seconds: Option<u32>,
    now: i64,
) -> Result<Vec<QueueMessage>, ServicesError> {
    let seconds = visibility_seconds.unwrap_or(spec.visibility_timeout_seconds);
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET visible_ms = ?2, receive_count = receive_count + 1,
           first_received_ms = COALESCE(first_received_ms, ?3)
         WHERE id = ?1
         RETURNING id, queue, message_id, body, attributes, group_id, sent_ms, first_received_ms,
           receive_count, visible_ms, dead_letter_source",
    )?;
    let mut messages = Vec::new();
    for id in next_in_turn(connection, &spec.name, max, now)? {
        let visible = plus_seconds(now, seconds);
        messages.push(statement.query_row(params![id, visible, now], from_row)?);
    }
    Ok(messages)
}

/// Chooses the messages that come next: first those of the groups with the fewest in flight.
fn next_in_turn(
    connection: &Connection,
    queue: &str,
    max: usize,
    now: i64,
) -> Result<Vec<i64>, ServicesError> {
    let mut groups = connection.prepare_cached(
        "WITH RECURSIVE found (name) AS (
           SELECT MIN(group_id) FROM messages WHERE queue = ?1
           UNION ALL
           SELECT (SELECT MIN(group_id) FROM messages WHERE queue = ?1 AND group_id > found.name)
           FROM found WHERE found.name IS NOT NULL)
         SELECT name FROM found WHERE name IS NOT NULL LIMIT ?2",
    )?;
    let mut in_flight = connection.prepare_cached(
        "SELECT COUNT(*) FROM messages
         WHERE queue = ?1 AND group_id = ?2 AND visible_ms > ?3 AND receive_count > 0",
    )?;
    let mut waiting = connection.prepare_cached(
        "SELECT id FROM messages WHERE queue = ?1 AND group_id = ?2 AND visible_ms <= ?3
         ORDER BY visible_ms, id LIMIT ?4",
    )?;
    let limit = i64::try_from(max).unwrap_or_default();
    let mut candidates = Vec::new();
    let names = groups.query_map(params![queue, GROUPS_MAX], |row| row.get::<_, String>(0))?;
    for group in names {
        let group = group?;
        let ids: Vec<i64> = waiting
            .query_map(params![queue, group, now, limit], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        if ids.is_empty() {
            continue;
        }
        let hidden: i64 = in_flight.query_row(params![queue, group, now], |row| row.get(0))?;
        // Messages without a group have no neighbours to be fair to.
        let hidden = if group.is_empty() { 0 } else { hidden };
        candidates.extend((hidden..).zip(ids));
    }
    candidates.sort_unstable();
    Ok(candidates.into_iter().take(max).map(|(_, id)| id).collect())
}

pub(crate) fn delete(connection: &Connection, receipt: &Receipt) -> Result<(), ServicesError> {
    connection
        .prepare_cached("DELETE FROM messages WHERE id = ?1 AND queue = ?2 AND receive_count = ?3")?
        .execute(params![receipt.id, receipt.queue, receipt.count])?;
    Ok(())
}

pub(crate) fn hide(
    connection: &Connection,
    receipt: &Receipt,
    seconds: u32,
    now: i64,
) -> Result<Changed, ServicesError> {
    let changed = connection
        .prepare_cached(
            "UPDATE messages SET visible_ms = ?1
             WHERE id = ?2 AND queue = ?3 AND receive_count = ?4 AND visible_ms > ?5",
        )?
        .execute(params![
            plus_seconds(now, seconds),
            receipt.id,
            receipt.queue,
            receipt.count,
            now
        ])?;
    Ok(if changed == 1 {
        Changed::Hidden
    } else {
        Changed::NotInFlight
    })
}

pub(crate) fn next_due(
    connection: &Connection,
    queue: &str,
    now: i64,
) -> Result<Option<i64>, ServicesError> {
    forget_expired(connection, queue, now)?;
    Ok(connection
        .prepare_cached("SELECT MIN(visible_ms) FROM messages WHERE queue = ?1")?
        .query_row(params![queue], |row| row.get(0))?)
}

pub(crate) fn list(
    connection: &Connection,
    queue: &str,
    now: i64,
) -> Result<Vec<QueueMessage>, ServicesError> {
    spec(connection, queue)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, queue, message_id, body, attributes, group_id, sent_ms, first_received_ms,
           receive_count, visible_ms, dead_letter_source
         FROM messages WHERE queue = ?1 AND expires_ms > ?2 ORDER BY id LIMIT 10000",
    )?;
    let rows = statement.query_map(params![queue, now], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn purge(connection: &Connection, queue: &str) -> Result<(), ServicesError> {
    connection.execute("DELETE FROM messages WHERE queue = ?1", params![queue])?;
    Ok(())
}

/// Counts the messages of a queue: visible, in flight, delayed.
pub(crate) fn counts(
    connection: &Connection,
    queue: &str,
    now: i64,
) -> Result<(i64, i64, i64), ServicesError> {
    forget_expired(connection, queue, now)?;
    let counts = connection.query_row(
        "SELECT COUNT(*) FILTER (WHERE visible_ms <= ?2),
                COUNT(*) FILTER (WHERE visible_ms > ?2 AND receive_count > 0),
                COUNT(*) FILTER (WHERE visible_ms > ?2 AND receive_count = 0)
         FROM messages WHERE queue = ?1",
        params![queue, now],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    Ok(counts)
}

fn forget_expired(connection: &Connection, queue: &str, now: i64) -> Result<(), ServicesError> {
    connection
        .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND expires_ms <= ?2")?
        .execute(params![queue, now])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> Result<QueueMessage, rusqlite::Error> {
    let body: String = row.get(3)?;
    let attributes: String = row.get(4)?;
    let group_id: String = row.get(5)?;
    let receive_count = row.get(8)?;
    let receipt = Receipt {
        queue: row.get(1)?,
        id: row.get(0)?,
        count: receive_count,
    };
    Ok(QueueMessage {
        message_id: row.get(2)?,
        receipt_handle: receipt.write(),
        md5_of_body: checksum::of_body(&body),
        body,
        message_attributes: serde_json::from_str(&attributes).unwrap_or_else(|_absent| json!({})),
        group_id: (!group_id.is_empty()).then_some(group_id),
        sent_at: from_milliseconds(row.get(6)?),
        first_received_at: row.get::<_, Option<i64>>(7)?.map(from_milliseconds),
        receive_count,
        visible_at: from_milliseconds(row.get(9)?),
        dead_letter_source_arn: row.get(10)?,
    })
}
