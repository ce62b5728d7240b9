//! Refresh tokens: of each sign-in one generation is good. A token is made of its generation by a
//! keyed hash, so nothing secret is stored and the same generation always gives the same token.

use jiff::Timestamp;
use kernel::limits::{REFRESH_GRACE_S, REFRESH_TOKEN_LIFE_S, SESSION_LIFE_S};
use kernel::time::plus_seconds;
use kernel::{MacKey, PersonId, SessionId, text};
use tenancy::records::SessionRecord;

/// What a refresh token begins with, so that leaked ones are found.
const PREFIX: &str = "rt_";

/// Makes and reads refresh tokens.
#[derive(Debug)]
pub(crate) struct RefreshTokens {
    key: MacKey,
}

/// A token that we made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    pub(crate) person: PersonId,
    pub(crate) session: SessionId,
    pub(crate) generation: u64,
}

impl RefreshTokens {
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            key: MacKey::derive("hotswap refresh tokens", secret),
        }
    }

    /// Returns the token of the good generation.
    pub(crate) fn token(&self, session: &SessionRecord) -> String {
        let body = format!(
            "{}.{}.{}",
            session.person_id, session.id, session.generation
        );
        let code = text::to_hex(&self.key.code(body.as_bytes()));
        format!("{PREFIX}{body}.{code}")
    }

    /// Reads a token; `None` for one that we did not make.
    pub(crate) fn read(&self, token: &str) -> Option<RefreshToken> {
        let (body, code) = token.strip_prefix(PREFIX)?.rsplit_once('.')?;
        if !self.key.verifies(body.as_bytes(), &text::from_hex(code)?) {
            return None;
        }
        let mut parts = body.split('.');
        let token = RefreshToken {
            person: parts.next()?.parse().ok()?,
            session: parts.next()?.parse().ok()?,
            generation: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(token)
    }
}

/// What is to be done with a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the good one: the next generation takes its place.
    Rotate,
    /// It is the one before, and its successor may not have arrived: the same successor again.
    Repeat,
    /// It is an old one, so somebody has it who should not: the whole sign-in ends.
    Revoke,
    /// The sign-in has ended.
    Refuse,
}

/// Judges a token of `generation`.
pub(crate) fn judge(session: &SessionRecord, generation: u64, now: Timestamp) -> Verdict {
    if !session.is_open(now) {
        return Verdict::Refuse;
    }
    if generation == session.generation {
        return Verdict::Rotate;
    }
    let is_before = generation.checked_add(1) == Some(session.generation);
    if is_before && now <= plus_seconds(session.rotated_at, REFRESH_GRACE_S) {
        return Verdict::Repeat;
    }
    Verdict::Revoke
}

/// Returns the sign-in with the next generation.
pub(crate) fn rotated(session: &SessionRecord, now: Timestamp) -> SessionRecord {
    SessionRecord {
        generation: session.generation.saturating_add(1),
        rotated_at: now,
        ends_at: end(session.created_at, now),
        ..session.clone()
    }
}

/// Returns when the token ends that is made `now`, of a sign-in that began at `created_at`.
pub(crate) fn end(created_at: Timestamp, now: Timestamp) -> Timestamp {
    plus_seconds(now, REFRESH_TOKEN_LIFE_S).min(plus_seconds(created_at, SESSION_LIFE_S))
}

#[cfg(test)]
mod tests;
