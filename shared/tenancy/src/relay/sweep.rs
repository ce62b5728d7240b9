//! The sweep: a walk along the due index, from the oldest event that may wait to now. It need not
//! come to its end at once: the next one goes on where it was broken off.

use std::collections::BTreeMap;
use std::fmt;

use events::Envelope;
use jiff::Timestamp;
use serde_dynamo::{Item, from_attribute_value};

use crate::key::platform_key;
use crate::keys::{SweepKey, due_partition};
use crate::record::{Record, Stamp, attribute, decode, encode};
use crate::records::{DuePlace, OutboxRecord, SweepRecord};
use crate::relay::{OUTBOX, Relay, SHARDS, due_keys};
use crate::storage::{DueLine, Index, RawKey, RawQuery, StorageError};

/// Minutes that the due index may lag behind the table.
const INDEX_LAG_MINUTES: i64 = 2;

/// Minutes before now at which the first sweep of all begins.
const FIRST_SWEEP_MINUTES: i64 = 60;

/// The most events that are looked at together: what one read of many items takes.
const LINES_MAX: usize = 100;

/// A walk along the due index.
#[derive(Debug)]
pub struct Sweep {
    /// What was noted of the sweep before.
    noted: Option<SweepRecord>,
    now: Timestamp,
    /// What comes next.
    place: DuePlace,
    /// The first minute in which something was left that can be read.
    left: Option<i64>,
}

/// What waited too long at one place.
#[derive(Debug, Default)]
pub struct Overdue {
    /// The events.
    pub events: Vec<Envelope>,
    /// What cannot be read. It stays in the outbox; a sweep leaves it behind, so that it holds
    /// nothing up.
    pub unreadable: Vec<Unreadable>,
    /// The last line of the place, if there are more after it.
    last: Option<String>,
}

/// An item of the outbox that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// Its partition key.
    pub pk: String,
    /// Its sort key.
    pub sk: String,
    /// Why.
    pub error: StorageError,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.pk, self.sk, self.error)
    }
}

impl Sweep {
    fn new(noted: Option<SweepRecord>, now: Timestamp) -> Self {
        let minute = noted.as_ref().map_or_else(
            || minute(now).saturating_sub(FIRST_SWEEP_MINUTES),
            |noted| noted.minute,
        );
        let place = noted.as_ref().and_then(|noted| noted.place.clone());
        Self {
            now,
            // What the sweep before left is still before the place at which it broke off.
            left: place.is_some().then_some(minute),
            place: place.unwrap_or_else(|| DuePlace::start(minute)),
            noted,
        }
    }

    /// Reports whether it came to now.
    pub fn is_over(&self) -> bool {
        self.place.minute > minute(self.now)
    }

    /// Moves behind an event that was found at the place, whatever became of it.
    pub fn pass(&mut self, event: &Envelope, has_left: bool) {
        if !has_left {
            self.left.get_or_insert(self.place.minute);
        }
        let (_, line) = due_keys(event);
        self.place.after = Some(line);
    }

    /// Moves behind all that was found at the place.
    pub fn pass_all(&mut self, found: Overdue) {
        if found.last.is_some() {
            self.place.after = found.last;
        } else if self.place.shard.saturating_add(1) < SHARDS {
            self.place.shard = self.place.shard.saturating_add(1);
            self.place.after = None;
        } else {
            self.place = DuePlace::start(self.place.minute.saturating_add(1));
        }
    }

    /// Returns what the next sweep must know.
    fn record(&self) -> SweepRecord {
        // The index may yet show something in the last minutes.
        let settled = minute(self.now).saturating_sub(INDEX_LAG_MINUTES);
        let minute = self.left.unwrap_or(self.place.minute).min(settled);
        let place = (!self.is_over()).then(|| self.place.clone());
        SweepRecord { minute, place }
    }
}

impl DuePlace {
    fn start(minute: i64) -> Self {
        Self {
            minute,
            shard: 0,
            after: None,
        }
    }
}

impl Relay {
    /// Begins a sweep where the one before ended or was broken off.
    pub async fn sweep(&self) -> Result<Sweep, StorageError> {
        let key = SweepKey { kind: OUTBOX };
        let noted = self.platform.find::<SweepRecord>(&key).await?;
        Ok(Sweep::new(
            noted.map(|stored| stored.record),
            self.platform.now(),
        ))
    }

    /// Finds what waited longer than the stream ever takes at the place to which a sweep came.
    pub async fn overdue(&self, sweep: &Sweep) -> Result<Overdue, StorageError> {
        let query = RawQuery {
            index: Index::Due,
            pk: due_partition(OUTBOX, sweep.place.minute, sweep.place.shard),
            sk_prefix: String::new(),
            after: sweep.place.after.clone(),
            through: None,
            limit: LINES_MAX,
            newest_first: false,
        };
        let mut lines = self.platform.table().query_due(&query).await?;
        lines.retain(|line| is_due(line, sweep.now));
        let has_more = lines.len() == LINES_MAX;
        let mut overdue = Overdue {
            last: lines
                .last()
                .filter(|_| has_more)
                .map(|line| line.due_sk.clone()),
            ..Overdue::default()
        };
        let keys: Vec<RawKey> = lines
            .into_iter()
            .map(|line| RawKey::new(line.pk, line.sk))
            .collect();
        let items = self.platform.table().get_many(&keys).await?;
        let mut items: BTreeMap<RawKey, Item> = items
            .into_iter()
            .filter_map(|item| Some((key_of(&item)?, item)))
            .collect();
        // One that is gone was sent meanwhile.
        let there = keys.into_iter();
        let there = there.filter_map(|key| Some((items.remove(&key)?, key)));
        for (item, key) in there {
            match decode::<OutboxRecord>(item) {
                Ok(stored) => overdue.events.push(stored.record.envelope),
                Err(error) => overdue.unreadable.push(Unreadable {
                    pk: key.pk().to_owned(),
                    sk: key.sk().to_owned(),
                    error,
                }),
            }
        }
        Ok(overdue)
    }

    /// Notes how far a sweep came.
    pub async fn note(&self, sweep: &Sweep) -> Result<(), StorageError> {
        let record = sweep.record();
        if sweep.noted.as_ref() == Some(&record) {
            return Ok(());
        }
        let stamp = Stamp::FIRST;
        let item = encode(&record, stamp)?;
        self.platform
            .table()
            .put_many(vec![(platform_key(&record.key()), item)])
            .await
    }
}

fn minute(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(60)
}

/// Returns whether a line has fallen due: it begins with the instant, in milliseconds.
fn is_due(line: &DueLine, now: Timestamp) -> bool {
    let instant = line.due_sk.split('-').next().unwrap_or_default();
    instant
        .parse::<i64>()
        .map_or(true, |due_at| due_at <= now.as_millisecond())
}

fn key_of(item: &Item) -> Option<RawKey> {
    let text = |name: &str| from_attribute_value(item.inner().get(name)?.clone()).ok();
    Some(RawKey::new(text(attribute::PK)?, text(attribute::SK)?))
}
