//! Access tokens that were taken back before their end.

use jiff::Timestamp;
use kernel::limits::{ACCESS_TOKEN_LIFE_S, REVOCATION_LIFE_S, REVOCATIONS_MAX};
use kernel::time::plus_seconds;
use kernel::{PersonId, SessionId, SupportId};
use serde::{Deserialize, Serialize};

use crate::claims::AccessClaims;
use crate::keys::{OperatorRevocationsKey, RevocationsKey};
use crate::record::Record;

/// How far the clocks of those who sign and those who take back may be apart, in seconds.
const CLOCKS_APART_S: i64 = 10;

/// Whose access tokens are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Revoked {
    /// Those of one sign-in.
    Session(SessionId),
    /// Those of one support session.
    Support(SupportId),
    /// Those of a person from before the person signed out everywhere.
    SignOuts {
        /// The person.
        person: PersonId,
        /// How often the person has signed out with it.
        since: u64,
    },
    /// Those of a person that say what the person may do by an earlier number of it, or at all.
    Rights {
        /// The person.
        person: PersonId,
        /// The number from which on they are good.
        since: u64,
    },
}

impl Revoked {
    /// Returns whether all that another one takes back is taken back by this one.
    fn covers(self, other: Self) -> bool {
        let (since, others) = match (self, other) {
            (
                Self::Rights { person, since },
                Self::Rights {
                    person: it,
                    since: others,
                },
            )
            | (
                Self::SignOuts { person, since },
                Self::SignOuts {
                    person: it,
                    since: others,
                },
            ) if person == it => (since, others),
            _ => return self == other,
        };
        since >= others
    }
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
        let others = others.filter(|entry| !of.covers(entry.of)).copied();
        let mut entries: Vec<_> = others.chain([Revocation { of, at }]).collect();
        let mut since = self.since;
        while entries.len() > REVOCATIONS_MAX {
            since = since.max(Some(entries.remove(0).at));
        }
        Self { entries, since }
    }

    /// Returns whether these tokens were taken back before, and that is remembered for as long as one lives
    /// that is made `now`.
    pub(crate) fn has(&self, of: Revoked, now: Timestamp) -> bool {
        let is_fresh = |entry: &Revocation| {
            plus_seconds(now, ACCESS_TOKEN_LIFE_S) <= plus_seconds(entry.at, REVOCATION_LIFE_S)
        };
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.of.covers(of) && is_fresh(entry))
    }

    /// Returns whether a token was taken back.
    pub fn refuse(&self, token: &AccessClaims) -> bool {
        let is_meant = |entry: &Revocation| match entry.of {
            Revoked::Session(session) => token.sid == session,
            Revoked::Support(id) => token.support.is_some_and(|support| support.id == id),
            Revoked::SignOuts { person, since } => token.sub == person && token.outs < since,
            Revoked::Rights { person, since } => {
                token.sub == person && token.rights.is_some_and(|rights| rights < since)
            }
        };
        let is_before = |since: Timestamp| token.iat <= since.as_second() + CLOCKS_APART_S;
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
    use kernel::limits::{ACCESS_TOKEN_LIFE_S, REVOCATION_LIFE_S, REVOCATIONS_MAX};
    use kernel::{IdMint, ManualClock, PersonId, SeededEntropy, SessionId};

    use super::{CLOCKS_APART_S, Revocations, Revoked};
    use crate::claims::AccessClaims;
    use crate::role::WebsiteRoles;

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

    /// Makes what counts of a token.
    fn token((person, session): (PersonId, SessionId), issued_at: i64) -> AccessClaims {
        AccessClaims {
            iss: String::new(),
            aud: String::new(),
            sub: person,
            sid: session,
            iat: issued_at,
            exp: issued_at,
            outs: 3,
            amr: Vec::new(),
            tenant: None,
            role: None,
            websites: WebsiteRoles::default(),
            rights: Some(3),
            operator: false,
            support: None,
            csrf: None,
        }
    }

    #[test]
    fn a_sign_in_that_was_ended_is_refused_and_no_other_one() {
        let people = people(2);
        let ((person, session), (_, other)) = (people[0], people[1]);
        let revoked = Revocations::default().with(Revoked::Session(session), AT);
        assert!(revoked.refuse(&token((person, session), AT.as_second())));
        assert!(!revoked.refuse(&token((person, other), AT.as_second())));
        assert!(!Revocations::default().refuse(&token((person, session), 0)));
    }

    #[test]
    fn what_was_before_is_refused_and_what_is_now_is_not() {
        let people = people(2);
        let (one, other) = (people[0], people[1]);
        let rights = |person, since| Revoked::Rights { person, since };
        let sign_outs = |person, since| Revoked::SignOuts { person, since };
        let now = AT.as_second();
        for kind in [rights, sign_outs] {
            for (since, is_refused) in [(3, false), (4, true)] {
                let revoked = Revocations::default().with(kind(one.0, since), AT);
                assert_eq!(revoked.refuse(&token(one, now)), is_refused, "{since}");
                assert!(!revoked.refuse(&token(other, now)), "{since}");
            }
            let twice = Revocations::default().with(kind(one.0, 3), AT);
            let twice = twice.with(kind(one.0, 4), AT);
            assert_eq!(twice.entries.len(), 1, "the later one says it all");
            assert!(twice.refuse(&token(one, now)));
        }
        // What comes late takes nothing away.
        let late = Revocations::default().with(sign_outs(one.0, 4), AT);
        assert!(late.with(sign_outs(one.0, 3), AT).refuse(&token(one, now)));
        let both = Revocations::default().with(rights(one.0, 4), AT);
        let both = both.with(sign_outs(one.0, 4), AT);
        assert_eq!(both.entries.len(), 2);
    }

    #[test]
    fn what_was_taken_back_long_ago_is_to_be_taken_back_again() {
        let of = Revoked::Session(people(1)[0].1);
        let revoked = Revocations::default().with(of, AT);
        let spare = REVOCATION_LIFE_S - ACCESS_TOKEN_LIFE_S;
        for (later, is_there) in [(0, true), (spare, true), (spare + 1, false)] {
            let now = AT + SignedDuration::from_secs(later);
            assert_eq!(revoked.has(of, now), is_there, "{later}");
        }
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
        let of = Revoked::Session(both[0].1);
        let twice = Revocations::default().with(of, AT).with(of, later);
        assert_eq!(twice.entries.len(), 1);
        assert_eq!(twice.entries[0].at, later);
    }

    #[test]
    fn more_than_are_kept_take_back_every_token_that_is_older() {
        let people = people(REVOCATIONS_MAX + 2);
        let second = |number: usize| SignedDuration::from_secs(i64::try_from(number).unwrap());
        let revoked = |count: usize| {
            let meant = people.iter().take(count).enumerate();
            meant.fold(Revocations::default(), |all, (number, (_, session))| {
                all.with(Revoked::Session(*session), AT + second(number))
            })
        };
        let other = people[REVOCATIONS_MAX + 1];
        let first = AT.as_second();
        assert!(!revoked(REVOCATIONS_MAX).refuse(&token(other, first)));
        let over = revoked(REVOCATIONS_MAX + 1);
        assert_eq!(over.entries.len(), REVOCATIONS_MAX);
        assert!(over.refuse(&token(other, first + CLOCKS_APART_S)));
        assert!(!over.refuse(&token(other, first + CLOCKS_APART_S + 1)));
    }
}
