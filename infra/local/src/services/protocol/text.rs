//! Small conversions that several protocols write the same way. It must never know what any
//! operation does.

use jiff::Timestamp;

/// Writes an instant as seconds since the epoch, with its milliseconds.
pub(crate) fn epoch_seconds(instant: Timestamp) -> f64 {
    instant.as_duration().as_secs_f64()
}

/// Reads an instant from milliseconds since the epoch.
pub(crate) fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Returns the instant `seconds` after `milliseconds` since the epoch, in milliseconds.
pub(crate) fn plus_seconds(milliseconds: i64, seconds: u32) -> i64 {
    milliseconds.saturating_add(i64::from(seconds).saturating_mul(1_000))
}
