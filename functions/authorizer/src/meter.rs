//! How many requests may be made, counted off leases that this environment holds.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kernel::time::seconds_until;
use tenancy::StorageError;
use tenancy::gateway::RateState;
use tenancy::identity::{Identity, LeaseRequest, Leasing, Metered, Today};
use tenancy::rate_plan::RateLimit;
use tenancy::traffic::Lease;

use crate::room::make_room;

/// Attempts before others who take leases at the same time are in the way.
const ATTEMPTS_MAX: u32 = 20;

/// What this environment holds of all that is counted.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<BTreeMap<Metered, Held>>);

/// What it holds of what is counted together.
#[derive(Debug, Default)]
struct Held {
    /// The limits that all this is about.
    limits: Vec<RateLimit>,
    today: Option<Today>,
    lease: Option<Lease>,
    /// Until when nothing is left.
    full_until: Option<Timestamp>,
}

/// Whether a request may be made, and where it leaves whoever makes it.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) is_admitted: bool,
    pub(crate) states: Vec<RateState>,
}

impl Held {
    fn is_full(&self, now: Timestamp) -> bool {
        self.full_until.is_some_and(|until| now < until)
    }

    /// Takes a request off what is held, if that settles it.
    fn take(&mut self, name: &'static str, limits: &[RateLimit], now: Timestamp) -> Option<Taken> {
        if self.limits != limits {
            // A lease holds under the limits that it was taken under.
            limits.clone_into(&mut self.limits);
            (self.lease, self.full_until) = (None, None);
        }
        if let Some(lease) = &mut self.lease
            && lease.lasts(now)
            && let Some(left) = lease.left.checked_sub(1)
        {
            lease.left = left;
            return Some(self.taken(name, true, now));
        }
        self.is_full(now).then(|| self.taken(name, false, now))
    }

    fn taken(&self, name: &'static str, is_admitted: bool, now: Timestamp) -> Taken {
        let left = self.lease.map_or(0, |lease| lease.left);
        let state = |limit: &RateLimit| {
            let traffic = self.today.as_ref().map(Today::traffic);
            let used = traffic.map_or(0, |traffic| traffic.in_period(limit.per, now));
            RateState {
                name: name.to_owned(),
                limit: *limit,
                remaining: limit.requests.saturating_sub(used).saturating_add(left),
                reset_s: seconds_until(limit.per.end(now), now),
            }
        };
        Taken {
            is_admitted,
            states: self.limits.iter().map(state).collect(),
        }
    }
}

impl Meter {
    /// Takes one request, which is answered under `name`.
    pub(crate) async fn take(
        &self,
        identity: &Identity,
        of: Metered,
        name: &'static str,
        limits: &[RateLimit],
    ) -> Result<Taken, StorageError> {
        for outrun in 0..ATTEMPTS_MAX {
            let now = identity.platform().now();
            let (known, earlier) = {
                let mut all = self.all();
                make_room(&mut all, |held| {
                    held.lease.is_some_and(|lease| lease.lasts(now))
                });
                let held = all.entry(of).or_default();
                if let Some(taken) = held.take(name, limits, now) {
                    return Ok(taken);
                }
                // Whoever asks meanwhile must not count with it a second time.
                (
                    held.today.filter(|today| today.lasts(now)),
                    held.lease.take(),
                )
            };
            let known = match known {
                Some(known) => known,
                None => identity.traffic(of).await?,
            };
            let asked = LeaseRequest {
                of,
                limits,
                known,
                earlier,
                outrun,
            };
            let (leasing, today) = identity.lease(asked).await?;
            let mut all = self.all();
            let held = all.entry(of).or_default();
            held.today = Some(today);
            match leasing {
                Leasing::Leased(lease) => {
                    held.lease = Some(lease.without_one().joined_by(held.lease, now));
                    return Ok(held.taken(name, true, now));
                }
                Leasing::Full(until) => {
                    held.full_until = Some(until);
                    return Ok(held.taken(name, false, now));
                }
                Leasing::Outrun => held.lease = held.lease.or(earlier),
            }
        }
        Err(StorageError::Contended)
    }

    /// Gives back one request that was taken and not made.
    pub(crate) fn give_back(&self, of: Metered) {
        if let Some(lease) = self.all().get_mut(&of).and_then(|held| held.lease.as_mut()) {
            lease.left = lease.left.saturating_add(1);
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Metered, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
