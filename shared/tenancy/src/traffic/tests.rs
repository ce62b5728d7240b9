//! Many who take leases of the same requests: there are never too many.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::time::plus_seconds;
use proptest::prelude::{Strategy, any, proptest};

use super::{Counting, Lease, Traffic};
use crate::rate_plan::{Period, RateLimit};

/// Environments that count one tenant's requests.
const ENVIRONMENTS: usize = 5;

/// What happens in one.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// A request comes to one of them.
    Ask(usize),
    /// One of them ends, and its lease with it.
    End(usize),
    /// Time goes by, in seconds.
    Wait(i64),
}

/// Counts as the table does: where what is known is still so, and there is room. The error is how it is instead.
fn counted(
    stored: Option<Traffic>,
    known: Option<Traffic>,
    countings: [Counting; 3],
    now: Timestamp,
) -> Result<Traffic, Option<Traffic>> {
    let (Some(mut after), Some(known)) = (stored, known) else {
        let (None, None) = (stored, known) else {
            return Err(stored);
        };
        let [minute, hour, day] = countings.map(|counting| counting.added);
        assert!(countings.iter().all(|counting| counting.anew.is_none()));
        return Ok(Traffic {
            day_requests: day,
            hour_requests: hour,
            minute_requests: minute,
            ..Traffic::none(now)
        });
    };
    for counting in countings {
        let (since, requests) = after.newest(counting.per);
        let is_known = known.newest(counting.per).0 == since;
        let has_room = counting.before_max.is_none_or(|most| requests <= most);
        if !(is_known && has_room) {
            return Err(stored);
        }
        let place = match counting.per {
            Period::Minute => (&mut after.minute, &mut after.minute_requests),
            Period::Hour => (&mut after.hour, &mut after.hour_requests),
            Period::Day => (&mut after.day, &mut after.day_requests),
        };
        match counting.anew {
            Some(begun) => (*place.0, *place.1) = (begun, counting.added),
            None => *place.1 += counting.added,
        }
    }
    Ok(after)
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act =
        (any::<u8>(), 0..ENVIRONMENTS, 1_i64..4_000).prop_map(|(kind, at, seconds)| match kind {
            0..=4 => Act::End(at),
            5..=9 => Act::Wait(seconds),
            10..=30 => Act::Wait(seconds % 20),
            _ => Act::Ask(at),
        });
    proptest::collection::vec(act, 1..600)
}

/// What is stored of one day, and what environments know of it.
#[derive(Debug, Default)]
struct World {
    stored: Option<Traffic>,
    known: BTreeMap<usize, Traffic>,
    leases: BTreeMap<usize, Lease>,
    /// Requests that were made, by period and when it began.
    made: BTreeMap<(Period, Timestamp), u32>,
    /// Requests of leases that were lost, likewise.
    lost: BTreeMap<(Period, Timestamp), u32>,
}

impl World {
    fn ask(&mut self, at: usize, limits: &[RateLimit], now: Timestamp) {
        let mut held = self.leases.remove(&at);
        if !held.is_some_and(|lease| lease.lasts(now) && lease.left > 0) {
            let taken = self.lease(at, limits, held, now);
            // What is left of the one before and more than the next one is gone.
            let next = taken.map_or(0, |lease| lease.left);
            let unused = held.map_or(0, |lease| lease.left.saturating_sub(next));
            self.lose(held, unused);
            match taken {
                Ok(lease) => held = Some(lease),
                Err(until) => {
                    assert!(now < until, "it may be tried again later");
                    self.assert_used_up(limits, now);
                    return;
                }
            }
        }
        let lease = held.unwrap();
        self.leases.insert(at, lease.without_one());
        for limit in limits {
            let made = self
                .made
                .entry((limit.per, limit.per.begun(now)))
                .or_default();
            *made += 1;
            assert!(*made <= limit.requests, "{limit:?} at {now}: {made}");
        }
    }

    /// Takes a lease after what one of them knows, which others may have overtaken.
    fn lease(
        &mut self,
        at: usize,
        limits: &[RateLimit],
        earlier: Option<Lease>,
        now: Timestamp,
    ) -> Result<Lease, Timestamp> {
        for outrun in 0..20 {
            let is_today = |traffic: &Traffic| traffic.day() == Period::Day.begun(now);
            self.stored = self.stored.filter(is_today);
            let known = self.known.get(&at).copied().filter(is_today);
            let traffic = known.unwrap_or_else(|| Traffic::none(now));
            let (countings, lease) = traffic.lease(limits, earlier, outrun, now)?;
            match counted(self.stored, known, countings, now) {
                Ok(after) => {
                    self.stored = Some(after);
                    self.known.insert(at, after);
                    return Ok(lease);
                }
                Err(stored) => {
                    self.known.remove(&at);
                    self.known.extend(stored.map(|stored| (at, stored)));
                }
            }
        }
        panic!("others are always faster, without others");
    }

    /// What is missing from a limit that refuses is out on lease, or was lost with an environment.
    fn assert_used_up(&self, limits: &[RateLimit], now: Timestamp) {
        let is_used_up = |limit: &RateLimit| {
            let place = (limit.per, limit.per.begun(now));
            let made = self.made.get(&place).copied().unwrap_or_default();
            let lost = self.lost.get(&place).copied().unwrap_or_default();
            let leased = self.leases.values();
            let out: u32 = leased
                .filter(|lease| limit.per.begun(lease.taken_at) == place.1)
                .map(|lease| lease.left)
                .sum();
            made + lost + out >= limit.requests
        };
        assert!(limits.iter().any(is_used_up), "refused too early at {now}");
    }

    fn end(&mut self, at: usize) {
        let lease = self.leases.remove(&at);
        self.lose(lease, lease.map_or(0, |lease| lease.left));
        self.known.remove(&at);
    }

    fn lose(&mut self, lease: Option<Lease>, requests: u32) {
        for (lease, period) in Period::ALL
            .into_iter()
            .filter_map(|period| Some((lease?, period)))
        {
            let place = (period, period.begun(lease.taken_at));
            *self.lost.entry(place).or_default() += requests;
        }
    }
}

proptest! {
    #[test]
    fn there_are_never_too_many_and_too_few_only_by_what_is_on_lease(
        acts in acts(),
        minute in 1_u32..200,
        hour in 1_u32..400,
        both in any::<bool>(),
    ) {
        let mut limits = vec![RateLimit { requests: hour, per: Period::Hour }];
        if both {
            limits.push(RateLimit { requests: minute, per: Period::Minute });
        }
        let mut now: Timestamp = "2026-02-28T22:58:30Z".parse().unwrap();
        let mut world = World::default();
        for act in acts {
            match act {
                Act::Ask(at) => world.ask(at, &limits, now),
                Act::End(at) => world.end(at),
                Act::Wait(seconds) => now = plus_seconds(now, seconds),
            }
        }
    }
}

#[test]
fn the_less_is_left_the_smaller_are_leases() {
    let now: Timestamp = "2026-02-28T22:58:30Z".parse().unwrap();
    let limits = [RateLimit {
        requests: 100,
        per: Period::Minute,
    }];
    let mut world = World::default();
    let mut leases = Vec::new();
    while let Ok(lease) = world.lease(0, &limits, None, now) {
        leases.push(lease.left);
    }
    assert!(leases.is_sorted_by(|one, next| one >= next), "{leases:?}");
    assert_eq!((leases.first(), leases.last()), (Some(&12), Some(&1)));
    assert_eq!(leases.iter().sum::<u32>(), 100);
    assert!(leases.len() <= 40, "{}", leases.len());
}
