//! Judging refresh tokens, one by one and in storms.

use jiff::Timestamp;
use kernel::limits::REFRESH_GRACE_S;
use kernel::time::plus_seconds;
use kernel::{SeededEntropy, chance};
use tenancy::records::SessionRecord;

use super::{RefreshTokens, Verdict, judge, rotated};

fn session() -> SessionRecord {
    let now = Timestamp::UNIX_EPOCH;
    SessionRecord {
        id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        person_id: "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap(),
        tenant_id: None,
        generation: 7,
        rotated_at: now,
        created_at: now,
        ends_at: plus_seconds(now, 1_000),
        revoked_at: None,
        sign_outs: 0,
        rights: None,
        origin: None,
        code_at: None,
        address: None,
        agent: None,
    }
}

#[test]
fn a_token_is_judged_by_its_generation_and_the_time() {
    let at = |seconds| plus_seconds(Timestamp::UNIX_EPOCH, seconds);
    for (generation, seconds, verdict) in [
        (7, 0, Verdict::Rotate),
        (7, 999, Verdict::Rotate),
        (7, 1_000, Verdict::Refuse),
        (6, 0, Verdict::Repeat),
        (6, 30, Verdict::Repeat),
        (6, 31, Verdict::Revoke),
        (5, 0, Verdict::Revoke),
        (8, 0, Verdict::Revoke),
        (6, 1_000, Verdict::Refuse),
    ] {
        assert_eq!(
            judge(&session(), generation, at(seconds)),
            verdict,
            "{generation} {seconds}"
        );
    }
    let ended = SessionRecord {
        revoked_at: Some(at(0)),
        ..session()
    };
    assert_eq!(judge(&ended, 7, at(1)), Verdict::Refuse);
}

#[test]
fn a_token_is_ours_or_none_at_all() {
    let tokens = RefreshTokens::new("secret");
    let token = tokens.token(&session());
    let expected = "rt_01890a5d-ac96-774b-bcce-b302099a8058.01890a5d-ac96-774b-bcce-b302099a8057.7.\
                    510165773fe31c584f938a5d5321ba9f8b9cc0bdd2d4ac0ec77522759ed81f0e";
    assert_eq!(token, expected, "what was given out stays good");
    let read = tokens.read(&token).unwrap();
    assert_eq!((read.person, read.generation), (session().person_id, 7));
    assert_eq!(
        tokens.token(&session()),
        token,
        "the same generation is the same token"
    );
    assert_ne!(
        tokens.token(&rotated(&session(), Timestamp::UNIX_EPOCH)),
        token
    );
    assert!(RefreshTokens::new("another").read(&token).is_none());
    for place in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[place] ^= 1;
        let forged = String::from_utf8(bytes).unwrap();
        assert!(tokens.read(&forged).is_none(), "{forged}");
    }
}

/// The sign-in as storage keeps it: a write must name the version that was read.
struct Storage {
    session: SessionRecord,
    version: u64,
}

/// A browser tab with a token of `generation`, somewhere between its read and its write.
#[derive(Clone)]
struct Tab {
    generation: u64,
    read: Option<(SessionRecord, u64)>,
    got: Option<u64>,
}

impl Tab {
    /// Takes the next step; `is_lost` loses the answer that it would bring, so the tab starts over
    /// with the token it has.
    fn step(&mut self, storage: &mut Storage, now: Timestamp, is_lost: bool) {
        let Some((session, version)) = self.read.take() else {
            self.read = Some((storage.session.clone(), storage.version));
            return;
        };
        let got = match judge(&session, self.generation, now) {
            Verdict::Repeat => session.generation,
            Verdict::Rotate if version == storage.version => {
                storage.session = rotated(&session, now);
                storage.version += 1;
                storage.session.generation
            }
            Verdict::Rotate => return,
            verdict @ (Verdict::Revoke | Verdict::Refuse) => panic!("{verdict:?}"),
        };
        if !is_lost {
            self.got = Some(got);
        }
    }
}

/// Threat C1: ten thousand storms of tabs, and each ends in one successor.
#[test]
fn a_storm_of_tabs_that_lose_answers_ends_in_one_successor() {
    let entropy = SeededEntropy::new(3);
    let dice = |sides: usize| usize::from(u16::from_le_bytes(chance::random(&entropy))) % sides;
    for storm in 0..10_000 {
        let mut storage = Storage {
            session: session(),
            version: 1,
        };
        let tab = Tab {
            generation: 7,
            read: None,
            got: None,
        };
        let mut tabs = vec![tab; 2 + dice(31)];
        let first = plus_seconds(Timestamp::UNIX_EPOCH, 500);
        let mut now = first;
        while let Some(waiting) = tabs.iter().position(|tab| tab.got.is_none()) {
            let chosen = dice(tabs.len());
            let chosen = if tabs[chosen].got.is_none() {
                chosen
            } else {
                waiting
            };
            // Time goes on, but nobody waits longer than the grace.
            if dice(8) == 0 && now < plus_seconds(first, REFRESH_GRACE_S) {
                now = plus_seconds(now, 1);
            }
            tabs[chosen].step(&mut storage, now, dice(4) == 0);
        }
        assert!(tabs.iter().all(|tab| tab.got == Some(8)), "storm {storm}");
        assert_eq!((storage.session.generation, storage.version), (8, 2));
        assert_eq!(storage.session.revoked_at, None);
        // Whoever comes with the token before after the grace has stolen it.
        let late = plus_seconds(storage.session.rotated_at, REFRESH_GRACE_S + 1);
        assert_eq!(judge(&storage.session, 7, late), Verdict::Revoke);
    }
}
