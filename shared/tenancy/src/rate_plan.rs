//! How many requests may be made through the API in a while, as data: a plan is a row for each tier, and a tenant has
//! the rows of its tier or what its contract says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::records::Tier;

/// A stretch of time. One begins with each minute, hour and day of UTC, for everybody alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Period {
    /// Sixty seconds.
    Minute,
    /// Sixty minutes.
    Hour,
    /// Twenty-four hours.
    Day,
}

impl Period {
    /// Every period, in rising order. Each ends where a shorter one does.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Reads a period's name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.name() == name)
    }

    /// Returns how long it is, in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// Returns when the one began that `now` is in.
    pub fn begun(self, now: Timestamp) -> Timestamp {
        let second = now.as_second();
        let since = second.saturating_sub(second.rem_euclid(self.seconds()));
        Timestamp::from_second(since).unwrap_or(now)
    }

    /// Returns when the one ends that `now` is in.
    pub fn end(self, now: Timestamp) -> Timestamp {
        kernel::time::plus_seconds(self.begun(now), self.seconds())
    }
}

/// So many requests in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimit {
    /// How many.
    pub requests: u32,
    /// In each of these.
    pub per: Period,
}

impl RateLimit {
    const fn new(requests: u32, per: Period) -> Self {
        Self { requests, per }
    }
}

/// What a tenant has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateLimits {
    /// For all requests to it together.
    pub tenant: Vec<RateLimit>,
    /// For those with one API key.
    pub key: Vec<RateLimit>,
}

/// The plans that there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RatePlan {
    /// By the minute.
    #[default]
    Default,
    /// By the hour, for the APIs of verticals, which few programs ask and seldom.
    VerticalHourly,
}

impl RatePlan {
    /// Every plan.
    pub const ALL: [Self; 2] = [Self::Default, Self::VerticalHourly];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::VerticalHourly => "vertical-hourly",
        }
    }

    /// Reads a plan's name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.name() == name)
    }

    /// Returns what a tenant of a tier has. One whose tier is `Custom` has what the largest tier has, until its
    /// contract says something else.
    pub fn limits(self, tier: Tier) -> RateLimits {
        let (per, tenant, key) = match (self, tier) {
            (Self::Default, Tier::Free) => (Period::Minute, 200, 100),
            (Self::Default, Tier::Starter) => (Period::Minute, 2_000, 1_000),
            (Self::Default, Tier::Professional) => (Period::Minute, 10_000, 5_000),
            (Self::Default, Tier::Enterprise | Tier::Custom) => (Period::Minute, 100_000, 50_000),
            (Self::VerticalHourly, Tier::Free) => (Period::Hour, 50, 50),
            (Self::VerticalHourly, Tier::Starter) => (Period::Hour, 100, 100),
            (Self::VerticalHourly, Tier::Professional) => (Period::Hour, 1_000, 1_000),
            (Self::VerticalHourly, Tier::Enterprise | Tier::Custom) => {
                (Period::Hour, 10_000, 10_000)
            }
        };
        RateLimits {
            tenant: vec![RateLimit::new(tenant, per)],
            key: vec![RateLimit::new(key, per)],
        }
    }
}

/// What is asked without a credential, from one network: so many requests an hour.
pub fn anonymous(requests: u32) -> [RateLimit; 1] {
    [RateLimit::new(requests, Period::Hour)]
}

/// What one operator asks: so many requests a minute.
pub fn operators(requests: u32) -> [RateLimit; 1] {
    [RateLimit::new(requests, Period::Minute)]
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Period, RatePlan};
    use crate::records::Tier;

    #[test]
    fn a_larger_tier_has_no_less_and_a_key_no_more_than_its_tenant() {
        for plan in RatePlan::ALL {
            assert_eq!(RatePlan::of_name(plan.name()), Some(plan));
            let rows = Tier::ALL.map(|tier| plan.limits(tier));
            for row in &rows {
                let largest = |of: &[super::RateLimit]| of.iter().map(|limit| limit.requests).max();
                assert!(largest(&row.key).is_some() && largest(&row.key) <= largest(&row.tenant));
            }
            let of_keys = rows.map(|row| row.key.iter().map(|limit| limit.requests).sum::<u32>());
            assert!(of_keys.is_sorted(), "{plan:?}: {of_keys:?}");
        }
    }

    #[test]
    fn periods_begin_with_those_of_utc_and_shorter_ones_end_with_longer_ones() {
        let now: Timestamp = "2026-02-28T23:59:30.5Z".parse().unwrap();
        for (period, begun) in [
            (Period::Minute, "2026-02-28T23:59:00Z"),
            (Period::Hour, "2026-02-28T23:00:00Z"),
            (Period::Day, "2026-02-28T00:00:00Z"),
        ] {
            assert_eq!(period.begun(now), begun.parse().unwrap());
            assert_eq!(period.end(now), "2026-03-01T00:00:00Z".parse().unwrap());
        }
    }
}
