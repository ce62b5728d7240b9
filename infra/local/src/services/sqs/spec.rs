//! The attributes of a queue and their bounds. It must never know how messages are stored.

use crate::services::ServicesError;

const VISIBILITY_SECONDS_MAX: u32 = 43_200;
const RETENTION_SECONDS: std::ops::RangeInclusive<u32> = 60..=1_209_600;
const RECEIVE_COUNT: std::ops::RangeInclusive<u32> = 1..=1_000;
pub(crate) const DELAY_SECONDS_MAX: u32 = 900;
const NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=80;

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSpec {
    /// The name.
    pub name: String,
    /// How long a received message is hidden.
    pub visibility_timeout_seconds: u32,
    /// How long a message is kept.
    pub retention_seconds: u32,
    /// How long a new message is hidden.
    pub delay_seconds: u32,
    /// Where messages go that are received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that are received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// How often a message may be received.
    pub max_receive_count: u32,
}

impl QueueSpec {
    /// Returns the attributes that AWS gives a queue of which only the name is said.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            visibility_timeout_seconds: 30,
            retention_seconds: 345_600,
            delay_seconds: 0,
            redrive: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ServicesError> {
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let redrives = self
            .redrive
            .as_ref()
            .is_none_or(|redrive| RECEIVE_COUNT.contains(&redrive.max_receive_count));
        let allowed = NAME_CHARACTERS.contains(&self.name.len())
            && self.name.bytes().all(in_name)
            && self.visibility_timeout_seconds <= VISIBILITY_SECONDS_MAX
            && RETENTION_SECONDS.contains(&self.retention_seconds)
            && self.delay_seconds <= DELAY_SECONDS_MAX
            && redrives;
        if allowed {
            Ok(())
        } else {
            let message = format!(
                "the attributes of the queue `{}` are out of bounds",
                self.name
            );
            Err(ServicesError::Invalid(message))
        }
    }
}

/// Reports whether a message may be hidden for `seconds`.
pub(crate) fn may_hide(seconds: u32) -> bool {
    seconds <= VISIBILITY_SECONDS_MAX
}
