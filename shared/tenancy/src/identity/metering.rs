//! Requests on lease: of a tenant, of an API key, of an operator, and of a network without a credential.

use jiff::Timestamp;
use kernel::{ApiKeyId, ContentHash, PersonId, TenantId};
use serde_dynamo::{AttributeValue, Item};

use super::Identity;
use super::attempts::network;
use crate::key::{platform_key, tenant_key};
use crate::keys::CallerTrafficKey;
use crate::rate_plan::{Period, RateLimit};
use crate::record::{Stamp, decode, encode, number};
use crate::records::{CallerTrafficRecord, TrafficRecord, day};
use crate::storage::{Condition, Consistency, CountError, RawCount, RawKey, StorageError};
use crate::traffic::{Counting, Lease, Traffic};

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metered {
    /// All those to one tenant.
    Tenant(TenantId),
    /// Those with one API key of a tenant.
    Key(TenantId, ApiKeyId),
    /// Those of somebody who is in no tenant.
    Caller(ContentHash),
}

impl Metered {
    /// Returns those that come without a credential from the network of an address.
    pub fn network(address: Option<&str>) -> Self {
        Self::Caller(ContentHash::of(
            format!("network\n{}", network(address)).as_bytes(),
        ))
    }

    /// Returns those of an operator.
    pub fn operator(person: PersonId) -> Self {
        Self::Caller(ContentHash::of(format!("operator\n{person}").as_bytes()))
    }

    fn key(self, now: Timestamp) -> RawKey {
        match self {
            Self::Tenant(tenant) => tenant_key(tenant, &TrafficRecord::key_of(None, now)),
            Self::Key(tenant, key) => tenant_key(tenant, &TrafficRecord::key_of(Some(key), now)),
            Self::Caller(caller) => {
                let day = day(now);
                platform_key(&CallerTrafficKey { caller, day })
            }
        }
    }

    fn item(self, traffic: Traffic) -> Result<Item, StorageError> {
        let of_tenant = |key| encode(&TrafficRecord { key, traffic }, Stamp::FIRST);
        match self {
            Self::Tenant(_) => of_tenant(None),
            Self::Key(_, key) => of_tenant(Some(key)),
            Self::Caller(caller) => encode(&CallerTrafficRecord { caller, traffic }, Stamp::FIRST),
        }
    }

    fn today(self, item: Item) -> Result<Today, StorageError> {
        let traffic = match self {
            Self::Tenant(_) | Self::Key(..) => decode::<TrafficRecord>(item)?.record.traffic,
            Self::Caller(_) => decode::<CallerTrafficRecord>(item)?.record.traffic,
        };
        Ok(Today {
            traffic,
            is_stored: true,
        })
    }
}

/// What was asked today, as it was read or written last.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    traffic: Traffic,
    is_stored: bool,
}

impl Today {
    /// Returns whether it is still the same day.
    pub fn lasts(&self, now: Timestamp) -> bool {
        self.traffic.day() == Period::Day.begun(now)
    }

    /// Returns what was asked.
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    fn none(now: Timestamp) -> Self {
        Self {
            traffic: Traffic::none(now),
            is_stored: false,
        }
    }
}

/// What came of asking for a lease.
#[derive(Debug, Clone, Copy)]
pub enum Leasing {
    /// There is one.
    Leased(Lease),
    /// Others were faster.
    Outrun,
    /// There is none until then.
    Full(Timestamp),
}

/// What is asked for, and what is known when it is asked.
#[derive(Debug, Clone, Copy)]
pub struct LeaseRequest<'a> {
    /// Whose requests they are.
    pub of: Metered,
    /// How many there may be.
    pub limits: &'a [RateLimit],
    /// What was asked today, as far as is known.
    pub known: Today,
    /// An earlier lease, of which some may be left.
    pub earlier: Option<Lease>,
    /// How often others were faster.
    pub outrun: u32,
}

impl Identity {
    /// Reads what was asked today.
    pub async fn traffic(&self, of: Metered) -> Result<Today, StorageError> {
        let now = self.platform.now();
        let table = self.platform.table();
        match table.get(&of.key(now), Consistency::Strong).await? {
            Some(item) => of.today(item),
            None => Ok(Today::none(now)),
        }
    }

    /// Takes requests on lease. Returns as well what was asked today, as it is then.
    pub async fn lease(&self, asked: LeaseRequest<'_>) -> Result<(Leasing, Today), StorageError> {
        let now = self.platform.now();
        let LeaseRequest { of, known, .. } = asked;
        let taken = known
            .traffic
            .lease(asked.limits, asked.earlier, asked.outrun, now);
        let (countings, lease) = match taken {
            Ok(taken) => taken,
            Err(until) => return Ok((Leasing::Full(until), known)),
        };
        let count = count(of.item(known.traffic)?, countings, known.is_stored);
        match self.platform.table().count(&of.key(now), count).await {
            Ok(item) => Ok((Leasing::Leased(lease), of.today(item)?)),
            Err(CountError::Refused(Some(item))) => Ok((Leasing::Outrun, of.today(item)?)),
            Err(CountError::Refused(None)) => Ok((Leasing::Outrun, Today::none(now))),
            Err(CountError::Storage(error)) => Err(error),
        }
    }
}

/// Returns the attributes that say which period is counted, and how many its requests are.
fn attributes(per: Period) -> [&'static str; 2] {
    match per {
        Period::Minute => ["minute", "minuteRequests"],
        Period::Hour => ["hour", "hourRequests"],
        Period::Day => ["day", "dayRequests"],
    }
}

/// Puts into words of storage what is counted: on an item as it is known, or on a new one.
fn count(known: Item, countings: [Counting; Period::ALL.len()], is_stored: bool) -> RawCount {
    let mut set = known;
    let (mut add, mut conditions) = (Vec::new(), Vec::new());
    if !is_stored {
        conditions.push(Condition::Absent);
    }
    for counting in countings {
        let [since, requests] = attributes(counting.per);
        let fields = set.inner_mut();
        fields.remove(requests);
        if is_stored && let Some(known) = fields.get(since) {
            conditions.push(Condition::Equals(since, known.clone()));
        }
        if let Some(begun) = counting.anew {
            fields.insert(since.to_owned(), AttributeValue::S(begun.to_string()));
            fields.insert(requests.to_owned(), number(counting.added));
            continue;
        }
        add.push((requests, counting.added));
        if let Some(most) = counting.before_max.filter(|_| is_stored) {
            conditions.push(Condition::AtMost(requests, most.into()));
        }
    }
    RawCount {
        set,
        add,
        conditions,
    }
}
