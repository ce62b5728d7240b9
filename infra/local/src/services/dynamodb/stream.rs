//! A table's stream, as Lambda delivers it. It must never know who reads it or how far they are.

use dynoxide::storage::Storage;
use rusqlite::params;
use serde_json::{Value, json};

use crate::services::ServicesError;
use crate::services::dynamodb::engine::engine_error;
use crate::services::protocol::json::set;

/// Turns the engine's numbers into the 21 digits that AWS shows.
const OFFSET: u128 = 100_000_000_000_000_000_000;

/// What names a stream in its records.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) table: String,
    pub(crate) region: String,
    pub(crate) account: String,
}

/// Makes the index that finds the last number of a stream without reading all of it.
pub(crate) fn make_index(storage: &Storage) -> Result<(), ServicesError> {
    storage.conn().execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_records_by_number
         ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )?;
    Ok(())
}

/// Reads a sequence number, or the start.
pub(crate) fn position(sequence_number: Option<&str>) -> Result<i64, ServicesError> {
    let Some(text) = sequence_number else {
        return Ok(0);
    };
    text.parse::<u128>()
        .ok()
        .and_then(|number| number.checked_sub(OFFSET))
        .and_then(|number| i64::try_from(number).ok())
        .ok_or_else(|| ServicesError::Invalid(format!("`{text}` is not a sequence number")))
}

/// Reads records after `after`, oldest first.
pub(crate) fn records(
    storage: &Storage,
    source: &Source,
    after: i64,
    limit: usize,
) -> Result<Vec<Value>, ServicesError> {
    let metadata = storage
        .get_table_metadata(&source.table)
        .map_err(engine_error)?
        .ok_or_else(|| ServicesError::Missing {
            kind: "table",
            name: source.table.clone(),
        })?;
    let label = metadata.stream_label.unwrap_or_default();
    let arn = format!(
        "arn:aws:dynamodb:{}:{}:table/{}/stream/{label}",
        source.region, source.account, source.table
    );
    let mut statement = storage.conn().prepare_cached(
        "SELECT event_name, keys_json, new_image, old_image,
                CAST(sequence_number AS INTEGER), created_at, user_identity, event_id
         FROM _stream_records
         WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2
         ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![source.table, after, limit], |row| {
        Ok(Row {
            event_name: row.get(0)?,
            keys: row.get(1)?,
            new_image: row.get(2)?,
            old_image: row.get(3)?,
            number: row.get(4)?,
            created_at: row.get(5)?,
            user_identity: row.get(6)?,
            event_id: row.get(7)?,
        })
    })?;
    rows.map(|row| row?.into_record(source, &arn)).collect()
}

/// Forgets records up to and including `upto`, but the last.
pub(crate) fn trim(storage: &Storage, table: &str, upto: i64) -> Result<usize, ServicesError> {
    let trimmed = storage.conn().execute(
        "DELETE FROM _stream_records
         WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= ?2
         AND CAST(sequence_number AS INTEGER) < (
             SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records
             WHERE table_name = ?1)",
        params![table, upto],
    )?;
    Ok(trimmed)
}

struct Row {
    event_name: String,
    keys: String,
    new_image: Option<String>,
    old_image: Option<String>,
    number: i64,
    created_at: i64,
    user_identity: Option<String>,
    event_id: Option<String>,
}

impl Row {
    fn into_record(self, source: &Source, arn: &str) -> Result<Value, ServicesError> {
        let images = [&self.new_image, &self.old_image];
        let size = images.into_iter().flatten().map(String::len).sum::<usize>() + self.keys.len();
        let mut change = json!({
            "ApproximateCreationDateTime": self.created_at,
            "Keys": parse(&self.keys)?,
            "SequenceNumber": public(self.number),
            "SizeBytes": size,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        });
        if let Some(image) = &self.new_image {
            set(&mut change, "NewImage", parse(image)?);
        }
        if let Some(image) = &self.old_image {
            set(&mut change, "OldImage", parse(image)?);
        }
        let mut record = json!({
            "eventID": self.event_id.unwrap_or_else(|| public(self.number)),
            "eventName": self.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": source.region,
            "dynamodb": change,
            "eventSourceARN": arn,
        });
        if let Some(identity) = &self.user_identity {
            set(&mut record, "userIdentity", parse(identity)?);
        }
        Ok(record)
    }
}

fn public(number: i64) -> String {
    (OFFSET + u128::from(number.unsigned_abs())).to_string()
}

fn parse(text: &str) -> Result<Value, ServicesError> {
    serde_json::from_str(text).map_err(|error| ServicesError::Engine(error.to_string()))
}
