//! What was asked of the API: counted in leases, so that a request does not cost a write.
//!
//! Whoever admits requests takes some of what is left in every period at once, by one conditional write, and counts
//! those off in memory. The write adds to what is counted and never takes away from it, so that it may happen twice
//! and is in nobody's way who adds as well. What was not used of a lease counts for the next one, or is lost with its
//! memory. So there are never more requests than a limit says, and fewer by at most what is out on lease. A lease is a
//! share of what is left: the less that is, the smaller are leases, down to one request.

use jiff::Timestamp;
use kernel::limits::{LEASE_REQUESTS_MAX, LEASE_SHARE};
use serde::{Deserialize, Serialize};

use crate::rate_plan::{Period, RateLimit};

/// The requests of a day, with those of its newest hour and minute in which there were some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    day: Timestamp,
    day_requests: u32,
    hour: Timestamp,
    hour_requests: u32,
    minute: Timestamp,
    minute_requests: u32,
}

/// What a lease does to the count of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counting {
    /// The period.
    pub(crate) per: Period,
    /// When another one began, if the count begins anew.
    pub(crate) anew: Option<Timestamp>,
    /// How many requests are added.
    pub(crate) added: u32,
    /// How many there may be before, if the period is limited.
    pub(crate) before_max: Option<u32>,
}

/// Requests that may be made without another look at storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// How many are left of it.
    pub left: u32,
    /// When it was taken.
    taken_at: Timestamp,
    /// When it ends: with the shortest period that is limited.
    ends_at: Timestamp,
}

impl Lease {
    /// Returns whether it still lasts.
    pub fn lasts(&self, now: Timestamp) -> bool {
        self.taken_at <= now && now < self.ends_at
    }

    /// Returns the lease with one request less.
    #[must_use]
    pub fn without_one(self) -> Self {
        let left = self.left.saturating_sub(1);
        Self { left, ..self }
    }

    /// Returns the lease with what is left of another one of the same limits, if that lasts.
    #[must_use]
    pub fn joined_by(self, other: Option<Self>, now: Timestamp) -> Self {
        let more = other
            .filter(|other| other.lasts(now))
            .map_or(0, |other| other.left);
        let left = self.left.saturating_add(more);
        Self { left, ..self }
    }
}

impl Traffic {
    /// Returns a day on which nothing was asked yet.
    pub(crate) fn none(now: Timestamp) -> Self {
        Self {
            day: Period::Day.begun(now),
            day_requests: 0,
            hour: Period::Hour.begun(now),
            hour_requests: 0,
            minute: Period::Minute.begun(now),
            minute_requests: 0,
        }
    }

    /// Returns when the day began.
    pub fn day(&self) -> Timestamp {
        self.day
    }

    /// Returns how many requests of the day are made or out on lease.
    pub fn of_day(&self) -> u32 {
        self.day_requests
    }

    /// Returns how many requests of the period at `now` are made or out on lease. Where another clock is ahead, its
    /// period is the one that counts: what it counted must not be forgotten.
    pub fn in_period(&self, per: Period, now: Timestamp) -> u32 {
        let (since, requests) = self.newest(per);
        if since >= per.begun(now) { requests } else { 0 }
    }

    fn newest(&self, per: Period) -> (Timestamp, u32) {
        match per {
            Period::Minute => (self.minute, self.minute_requests),
            Period::Hour => (self.hour, self.hour_requests),
            Period::Day => (self.day, self.day_requests),
        }
    }

    /// Takes a lease, after another one of the same day of which some may be left. It is the smaller the more often
    /// others were faster, so that it is not for long. The error is when there may be one.
    pub(crate) fn lease(
        &self,
        limits: &[RateLimit],
        earlier: Option<Lease>,
        refusals: u32,
        now: Timestamp,
    ) -> Result<([Counting; Period::ALL.len()], Lease), Timestamp> {
        let kept = |per: Period| match earlier {
            Some(lease) if per.begun(lease.taken_at) == per.begun(now) => lease.left,
            Some(_) | None => 0,
        };
        let room = |limit: &RateLimit| {
            let used = self.in_period(limit.per, now);
            limit
                .requests
                .saturating_sub(used.saturating_sub(kept(limit.per)))
        };
        let is_full = |limit: &&RateLimit| room(limit) == 0;
        let ends = limits
            .iter()
            .filter(is_full)
            .map(|limit| limit.per.end(now));
        if let Some(end) = ends.max() {
            return Err(end);
        }
        let share = limits.iter().map(room).min().unwrap_or(LEASE_REQUESTS_MAX) / LEASE_SHARE;
        let share = share.checked_shr(refusals).unwrap_or_default();
        let left = share.clamp(1, LEASE_REQUESTS_MAX);
        let countings = Period::ALL.map(|per| {
            let (known, _) = self.newest(per);
            let begun = per.begun(now);
            let anew = (known < begun).then_some(begun);
            let added = left.saturating_sub(kept(per));
            let limit = limits.iter().filter(|limit| limit.per == per);
            let most = limit
                .map(|limit| limit.requests.saturating_sub(added))
                .min();
            Counting {
                per,
                anew,
                added,
                before_max: most.filter(|_| anew.is_none() && added > 0),
            }
        });
        let shortest = limits.iter().map(|limit| limit.per).min();
        let lease = Lease {
            left,
            taken_at: now,
            ends_at: shortest.unwrap_or(Period::Day).end(now),
        };
        Ok((countings, lease))
    }
}

#[cfg(test)]
mod tests;
