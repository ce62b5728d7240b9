//! Passwords that are tried: how often, for whom and from where.
//!
//! An attempt for an address from a network is counted before the password is looked at, so that many at once are no
//! way around that count. Wrong passwords from everywhere are counted afterwards, and as many more may be looked at
//! as are at work at once. Whoever tries passwords for somebody else's address stands in nobody's way for ever: from
//! a network where the person was let in before, only the attempts from there count, and a link that was sent to the
//! address lets in from where it is followed. Addresses that are nobody's are treated alike (OWASP Authentication
//! Cheat Sheet, "Account Lockout"; NIST SP 800-63B §5.2.2).

use std::net::{IpAddr, Ipv6Addr};

use kernel::limits::NETWORK_NOTED_S;
use kernel::time::{plus_seconds, seconds_until};
use kernel::{ContentHash, PersonId, TenantId};

use crate::actor::Actor;
use crate::audit::Action;
use crate::change::{Change, CommitError};
use crate::context::{RequestInfo, TenantContext};
use crate::identity::Identity;
use crate::identity::rates::{Rate, count_now};
use crate::keys::{KnownNetworkKey, RateKey};
use crate::password::{PasswordError, verify_apart};
use crate::record::Record;
use crate::records::{Counted, KnownNetworkRecord, PersonRecord, RateRecord};
use crate::storage::{Condition, StorageError};

/// Why somebody did not prove to be a person.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The password is another one, or there is no such person.
    #[error("the password is another one")]
    Wrong,
    /// Enough passwords or codes were tried, for so many seconds.
    #[error("enough was tried for {0} s")]
    Enough(u32),
    /// The password cannot be worked on.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The attempt was not counted.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl From<StorageError> for ProveError {
    fn from(error: StorageError) -> Self {
        Self::Commit(error.into())
    }
}

/// Attempts before others who try the same at the same time are in the way.
const WRITES_MAX: usize = 10;

/// Whether somebody was let in from a network with an address before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Nobody, or too long ago.
    Never,
    /// Somebody was.
    Before,
    /// Somebody was, which was noted lately.
    Lately,
}

/// Whose password is tried, and from where.
#[derive(Debug, Clone, Copy)]
struct Attempt<'a> {
    identity: &'a Identity,
    email: ContentHash,
    network: ContentHash,
    request: &'a RequestInfo,
}

impl Identity {
    /// Proves that whoever asks is the person with an e-mail address, by the password. It takes as long where
    /// nobody has the address.
    pub async fn prove(
        &self,
        email: ContentHash,
        person: Option<&PersonRecord>,
        password: &str,
        request: &RequestInfo,
    ) -> Result<(), ProveError> {
        let attempt = Attempt::new(self, email, request);
        let network = attempt.admit().await?;
        let hash = person.map(|person| person.password_hash.as_str());
        if verify_apart(password, hash).await? {
            persist(|| attempt.succeeded(network)).await?;
            return Ok(());
        }
        let nobody = || PersonId::mint(self.platform.mint());
        let tried = person.map_or_else(nobody, |person| person.id);
        persist(|| attempt.failed(tried, network)).await?;
        Err(ProveError::Wrong)
    }

    /// Notes that whoever asks proved to have an e-mail address: whatever was tried for it before does not
    /// count from there any more.
    pub async fn proved(
        &self,
        email: ContentHash,
        request: &RequestInfo,
    ) -> Result<(), CommitError> {
        let attempt = Attempt::new(self, email, request);
        persist(|| attempt.succeeded(Known::Never)).await
    }
}

impl<'a> Attempt<'a> {
    fn new(identity: &'a Identity, email: ContentHash, request: &'a RequestInfo) -> Self {
        let network = network(request.address.as_deref());
        Self {
            identity,
            email,
            network: ContentHash::of(network.as_bytes()),
            request,
        }
    }

    /// Returns what attempts for the address from the network are counted of.
    fn pair(&self) -> ContentHash {
        ContentHash::of(format!("{} {}", self.email, self.network).as_bytes())
    }

    async fn rate(&self, what: Counted, of: ContentHash) -> Result<Rate, StorageError> {
        Rate::read(&self.identity.platform, what, of).await
    }

    /// Counts the attempt, if there may be one. Returns whether the network is known.
    async fn admit(&self) -> Result<Known, ProveError> {
        let now = self.identity.platform.now();
        let enough = |until| ProveError::Enough(seconds_until(until, now));
        let by_network = self.rate(Counted::NetworkFailures, self.network).await?;
        let by_email = self.rate(Counted::Failures, self.email).await?;
        let (email, network) = (self.email, self.network);
        let key = KnownNetworkKey { email, network };
        let known = self.identity.platform.find::<KnownNetworkRecord>(&key);
        let is_lately =
            |known: &KnownNetworkRecord| now < plus_seconds(known.seen_at, NETWORK_NOTED_S);
        let known = match known.await? {
            Some(known) if is_lately(&known) => Known::Lately,
            Some(known) if now < known.ends_at() => Known::Before,
            Some(_) | None => Known::Never,
        };
        if known == Known::Never {
            by_network.one_more(now).map_err(enough)?;
            by_email.one_more(now).map_err(enough)?;
        }
        let (context, pair) = (self.context(), self.pair());
        let counted = persist(|| count_now(&context, Counted::Attempts, pair));
        counted.await?.map_err(enough)?;
        Ok(known)
    }

    /// Writes down that the password was another one, and counts it for the address and for the network, unless the
    /// network is known. Where there were enough meanwhile, there were enough.
    async fn failed(&self, tried: PersonId, network: Known) -> Result<(), CommitError> {
        let context = self.context();
        let mut change =
            Change::new(&context, Action::LoginFailed).note(PersonRecord::entity(), tried);
        if network != Known::Never {
            return change.commit().await;
        }
        for (what, of) in [
            (Counted::NetworkFailures, self.network),
            (Counted::Failures, self.email),
        ] {
            let rate = self.rate(what, of).await?;
            if let Ok(record) = rate.one_more(context.now()) {
                change = rate.replace(change, &record);
            }
        }
        change.commit().await
    }

    /// Begins to count again, and notes the network where it was not lately.
    async fn succeeded(&self, network: Known) -> Result<(), CommitError> {
        let context = self.context();
        let now = context.now();
        let none = RateRecord::none(Counted::Attempts, self.pair(), now);
        let mut change =
            Change::new(&context, Action::Login).put_platform(&none, Condition::Always);
        if network != Known::Lately {
            let network = KnownNetworkRecord {
                email: self.email,
                network: self.network,
                seen_at: now,
            };
            change = change.put_platform(&network, Condition::Always);
        }
        change.commit().await
    }

    /// Returns what the attempt is written in: whoever asks is nobody yet.
    fn context(&self) -> TenantContext {
        let (identity, request) = (self.identity, self.request.clone());
        identity.acting_on(TenantId::PLATFORM, Actor::Visitor, request)
    }
}

/// Does again what others were in the way of.
pub(super) async fn persist<T, F>(mut write: impl FnMut() -> F) -> Result<T, CommitError>
where
    F: Future<Output = Result<T, CommitError>>,
{
    for _ in 0..WRITES_MAX {
        match write().await {
            Err(error) if error.is_contended() || error.refused::<RateKey>() => {}
            written => return written,
        }
    }
    Err(StorageError::Contended.into())
}

/// Returns what is taken for one network: an address of version 4, or the 64 bits of one of version 6 that whoever
/// has one commonly has whole (RFC 6177 §2).
pub(super) fn network(address: Option<&str>) -> String {
    let Some(address) = address else {
        return String::new();
    };
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_no_address) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn addresses_that_one_subscriber_has_are_one_network() {
        for (one, other, is_same) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            assert_eq!(
                network(Some(one)) == network(Some(other)),
                is_same,
                "{one} {other}"
            );
        }
        assert_ne!(network(None), network(Some("192.0.2.7")));
    }
}
