//! What was called, for tests to count: calls, capacity units, bytes. It must never know why.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::fault::Fault;

const RECORDS_DEFAULT: usize = 100_000;

/// A service of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Tables.
    DynamoDb,
    /// Objects.
    S3,
    /// Queues.
    Sqs,
    /// Buses.
    EventBridge,
    /// Secrets.
    SecretsManager,
    /// Sessions.
    Sts,
    /// Distributions.
    CloudFront,
    /// Mail.
    Ses,
    /// None of these.
    Unknown,
}

impl Service {
    /// Returns the prefix of the service's actions in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::S3 => "s3",
            Self::Sqs => "sqs",
            Self::EventBridge => "events",
            Self::SecretsManager => "secretsmanager",
            Self::Sts => "sts",
            Self::CloudFront => "cloudfront",
            Self::Ses => "ses",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The service did it.
    Succeeded,
    /// The service refused it or failed.
    Failed {
        /// The HTTP status.
        status: u16,
        /// The error's code, without its namespace.
        code: String,
    },
    /// The plan of faults struck.
    Faulted(Fault),
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// Its place among all calls, from 0.
    pub number: u64,
    /// The place of the first call that could be begun after this one's end.
    pub next: u64,
    /// The function that made it.
    pub function: String,
    /// Which warm environment of the function.
    pub environment: u32,
    /// The service.
    pub service: Service,
    /// The operation.
    pub operation: String,
    /// What it touched.
    pub keys: Vec<String>,
    /// What it came to.
    pub outcome: Outcome,
    /// The read units it took.
    pub read_units: f64,
    /// The write units it took.
    pub write_units: f64,
    /// The bytes of its body.
    pub bytes_in: u64,
    /// The bytes of the answer's body.
    pub bytes_out: u64,
    /// When it was made.
    pub at: Timestamp,
}

/// What several calls took together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Calls.
    pub calls: u64,
    /// Calls that did not succeed.
    pub failed: u64,
    /// Read units.
    pub read_units: f64,
    /// Write units.
    pub write_units: f64,
    /// Bytes sent.
    pub bytes_in: u64,
    /// Bytes received.
    pub bytes_out: u64,
}

/// Returns how many round trips `calls` were one after another: of calls that overlap, only those
/// count that somebody had to wait for in turn.
pub fn round_trips(calls: &[CallRecord]) -> u64 {
    let mut spans: Vec<(u64, u64)> = calls.iter().map(|call| (call.next, call.number)).collect();
    spans.sort_unstable();
    let (mut trips, mut free) = (0, 0);
    for (next, number) in spans {
        if number >= free {
            trips += 1;
            free = next;
        }
    }
    trips
}

/// A moment in a history; the default one is its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u64);

/// The last calls. Clones share them.
#[derive(Debug, Clone)]
pub struct History(Arc<Mutex<Records>>);

#[derive(Debug)]
struct Records {
    next: u64,
    kept: VecDeque<CallRecord>,
    kept_max: usize,
}

impl Default for History {
    fn default() -> Self {
        Self::new(RECORDS_DEFAULT)
    }
}

impl History {
    /// Makes a history that keeps the last `records` calls.
    pub fn new(records: usize) -> Self {
        Self(Arc::new(Mutex::new(Records {
            next: 0,
            kept: VecDeque::new(),
            kept_max: records,
        })))
    }

    /// Returns the moment now.
    pub fn mark(&self) -> Mark {
        Mark(self.records().next)
    }

    /// Returns the calls begun since `mark` that have ended, in the order of their ends.
    pub fn since(&self, mark: Mark) -> Vec<CallRecord> {
        let records = self.records();
        records
            .kept
            .iter()
            .filter(|call| call.number >= mark.0)
            .cloned()
            .collect()
    }

    /// Returns what the calls since `mark` took, by service and operation.
    pub fn totals(&self, mark: Mark) -> BTreeMap<(Service, String), Totals> {
        let mut totals = BTreeMap::<_, Totals>::new();
        for call in self.since(mark) {
            let sum = totals.entry((call.service, call.operation)).or_default();
            sum.calls += 1;
            sum.failed += u64::from(call.outcome != Outcome::Succeeded);
            sum.read_units += call.read_units;
            sum.write_units += call.write_units;
            sum.bytes_in += call.bytes_in;
            sum.bytes_out += call.bytes_out;
        }
        totals
    }

    /// Gives the next call its place.
    pub(crate) fn number(&self) -> u64 {
        let mut records = self.records();
        let number = records.next;
        records.next += 1;
        number
    }

    /// Keeps a call, which ends now.
    pub(crate) fn keep(&self, mut call: CallRecord) {
        let mut records = self.records();
        call.next = records.next;
        if records.kept.len() >= records.kept_max {
            records.kept.pop_front();
        }
        records.kept.push_back(call);
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{CallRecord, History, Outcome, Service, round_trips};

    fn call(number: u64) -> CallRecord {
        CallRecord {
            number,
            next: 0,
            function: "function".to_owned(),
            environment: 0,
            service: Service::DynamoDb,
            operation: "GetItem".to_owned(),
            keys: Vec::new(),
            outcome: Outcome::Succeeded,
            read_units: 1.0,
            write_units: 0.0,
            bytes_in: 0,
            bytes_out: 0,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Begins and ends calls in the order of `events`: a call begins where its letter stands first,
    /// and ends where it stands again.
    fn trips(events: &str) -> u64 {
        let history = History::default();
        let mark = history.mark();
        let mut begun = Vec::new();
        for letter in events.chars() {
            match begun.iter().find(|(other, _)| *other == letter) {
                Some((_, number)) => history.keep(call(*number)),
                None => begun.push((letter, history.number())),
            }
        }
        round_trips(&history.since(mark))
    }

    #[test]
    fn calls_that_overlap_count_once() {
        for (events, expected) in [
            ("", 0),
            ("aa", 1),
            ("aabb", 2),
            ("abab", 1),
            ("abba", 1),
            ("abbcca", 2),
            ("aabcbc", 2),
            ("abacbc", 2),
            ("aabbccdd", 4),
        ] {
            assert_eq!(trips(events), expected, "{events}");
        }
    }
}
