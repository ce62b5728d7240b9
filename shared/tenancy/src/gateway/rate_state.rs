//! Where a request leaves whoever makes it, as the gateway carries it.

use crate::rate_plan::{Period, RateLimit};

/// Where a request leaves whoever makes it, under one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateState {
    /// Whose limit it is.
    pub name: String,
    /// The limit.
    pub limit: RateLimit,
    /// How many more requests there may be in its period, as far as is known.
    pub remaining: u32,
    /// When its period ends, in seconds.
    pub reset_s: u32,
}

impl RateState {
    pub(super) fn to_text(&self) -> String {
        let Self {
            name,
            limit,
            remaining,
            reset_s,
        } = self;
        format!(
            "{name} {} {} {remaining} {reset_s}",
            limit.requests,
            limit.per.name()
        )
    }

    pub(super) fn of_text(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let name = words.next()?.to_owned();
        let requests = words.next()?.parse().ok()?;
        let per = Period::of_name(words.next()?)?;
        let remaining = words.next()?.parse().ok()?;
        let reset_s = words.next()?.parse().ok()?;
        let limit = RateLimit { requests, per };
        Some(Self {
            name,
            limit,
            remaining,
            reset_s,
        })
    }
}
