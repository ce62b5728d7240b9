//! Access tokens that were taken back before their end.

use jiff::Timestamp;
use kernel::limits::{REVOCATION_LIFE_S, REVOCATIONS_MAX};
use kernel::time::plus_seconds;
use kernel::{PersonId, SessionId};
use serde::{Deserialize, Serialize};

use crate::keys::{OperatorRevocationsKey, RevocationsKey};
use crate::record::Record;

/// How far the clocks of those who sign and those who take back may be apart, in seconds.
const CLOCKS_APART_S: i64 = 10;

/// Whose access tokens are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Revoked {
    /// All of a person.
    Person(PersonId),
    /// Those of one sign-in.
    Session(SessionId),
}

/// A revocation, and when it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Revocation {
    of: Revoked,
    at: Timestamp,
}

/// Whose access tokens were taken back, in one place where they are good.
///
/// An entry is kept for as long as an access token lives, at least. Where there are more than are kept,
/// the oldest goes, and every token from before it is taken back: whoever is still signed in gets a new
/// one with the next refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revocations {
    /// The oldest first.
    entries: Vec<Revocation>,
    /// Since when tokens are good at all.
    since: Option<Timestamp>,
}

impl Revocations {
    /// Returns the revocations with one more.
    #[must_use]
    pub fn with(&self, of: Revoked, at: Timestamp) -> Self {
        let lives = |entry: &&Revocation| at <= plus_seconds(entry.at, REVOCATION_LIFE_S);
        let others = self.entries.iter().filter(lives);
        let others = others.filter(|entry| entry.of != of).copied();
        let mut entries: Vec<_> = others.chain([Revocation { of, at }]).collect();
        let mut since = self.since;
        while entries.len() > REVOCATIONS_MAX {
            since = since.max(Some(entries.remove(0).at));
        }
        Self { entries, since }
    }

    /// Returns whether the tokens of a sign-in were taken back by themselves.
    pub(crate) fn refuse_session(&self, session: SessionId) -> bool {
        let of = Revoked::Session(session);
        self.entries.iter().any(|entry| entry.of == of)
    }

    /// Returns whether a token was taken back that was signed at `issued_at`, in seconds since 1970. A
    /// sign-in that began after a person's tokens were taken back is not meant, within the same second
    /// either.
    pub fn refuse(&self, person: PersonId, session: SessionId, issued_at: i64) -> bool {
        let is_meant = |entry: &Revocation| match entry.of {
            Revoked::Person(of) => {
                of == person && session.minted_at_ms() <= entry.at.as_millisecond()
            }
            Revoked::Session(of) => of == session,
        };
        let is_before = |since: Timestamp| issued_at <= since.as_second() + CLOCKS_APART_S;
        self.since.is_some_and(is_before) || self.entries.iter().any(is_meant)
    }
}

/// Whose access tokens to a tenant were taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevocationsRecord(pub Revocations);

impl Record for RevocationsRecord {
    type Key = RevocationsKey;

    fn key(&self) -> Self::Key {
        RevocationsKey {}
    }
}

/// Whose access tokens as operators were taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperatorRevocationsRecord(pub Revocations);

impl Record for OperatorRevocationsRecord {
    type Key = OperatorRevocationsKey;

    fn key(&self) -> Self::Key {
        OperatorRevocationsKey {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use kernel::limits::{REVOCATION_LIFE_S, REVOCATIONS_MAX};
    use kernel::{IdMint, ManualClock, PersonId, SeededEntropy, SessionId};

    use super::{CLOCKS_APART_S, Revocations, Revoked};

    const AT: Timestamp = Timestamp::constant(1_800_000_000, 500_000_000);

    /// Makes people, each with a sign-in that begins a millisecond after the one before.
    fn people(count: usize) -> Vec<(PersonId, SessionId)> {
        let (clock, entropy) = (ManualClock::at(AT), SeededEntropy::new(7));
        let made = (0..count).map(|_| {
            let mint = IdMint::new(&clock, &entropy);
            let both = (PersonId::mint(mint), SessionId::mint(mint));
            clock.advance(SignedDuration::from_millis(1));
            both
        });
        made.collect()
    }

    #[test]
    fn a_sign_in_that_was_ended_is_refused_and_no_other_one() {
        let people = people(2);
        let ((person, session), (_, other)) = (people[0], people[1]);
        let revoked = Revocations::default().with(Revoked::Session(session), AT);
        assert!(revoked.refuse(person, session, AT.as_second()));
        assert!(!revoked.refuse(person, other, AT.as_second()));
        assert!(!Revocations::default().refuse(person, session, 0));
    }

    #[test]
    fn a_persons_sign_ins_are_refused_up_to_that_millisecond() {
        let people = people(3);
        let person = people[1].0;
        let at = AT + SignedDuration::from_millis(1);
        let revoked = Revocations::default().with(Revoked::Person(person), at);
        let refused = |session: usize| revoked.refuse(person, people[session].1, at.as_second());
        assert_eq!([0, 1, 2].map(refused), [true, true, false]);
        assert!(!revoked.refuse(people[0].0, people[0].1, at.as_second()));
    }

    #[test]
    fn an_entry_is_kept_for_as_long_as_a_token_lives() {
        let both = people(2);
        let of = |place: usize| Revoked::Session(both[place].1);
        let first = Revocations::default().with(of(0), AT);
        for (later, count) in [(REVOCATION_LIFE_S, 2), (REVOCATION_LIFE_S + 1, 1)] {
            let at = AT + SignedDuration::from_secs(later);
            assert_eq!(first.with(of(1), at).entries.len(), count, "{later}");
        }
    }

    #[test]
    fn the_same_twice_is_one_entry_with_the_later_instant() {
        let both = people(2);
        let later = AT + SignedDuration::from_millis(1);
        let person = both[0].0;
        let twice = Revocations::default()
            .with(Revoked::Person(person), AT)
            .with(Revoked::Person(person), later);
        assert_eq!(twice.entries.len(), 1);
        assert!(twice.refuse(person, both[1].1, 0));
    }

    #[test]
    fn more_than_are_kept_take_back_every_token_that_is_older() {
        let people = people(REVOCATIONS_MAX + 2);
        let second = |number: usize| SignedDuration::from_secs(i64::try_from(number).unwrap());
        let revoked = |count: usize| {
            let meant = people.iter().take(count).enumerate();
            meant.fold(Revocations::default(), |all, (number, (person, _))| {
                all.with(Revoked::Person(*person), AT + second(number))
            })
        };
        let (person, session) = people[REVOCATIONS_MAX + 1];
        let first = AT.as_second();
        assert!(!revoked(REVOCATIONS_MAX).refuse(person, session, first));
        let over = revoked(REVOCATIONS_MAX + 1);
        assert_eq!(over.entries.len(), REVOCATIONS_MAX);
        assert!(over.refuse(person, session, first + CLOCKS_APART_S));
        assert!(!over.refuse(person, session, first + CLOCKS_APART_S + 1));
    }
}
