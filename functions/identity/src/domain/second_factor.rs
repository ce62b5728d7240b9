//! Second factors: authenticators that make codes of the time (RFC 6238), recovery codes, and the time between the
//! password and the code. It must never know how codes are counted or kept.
//!
//! An authenticator's secret and its recovery codes are made of a nonce by keyed hashes, so that what is stored
//! gives nobody a code.

use jiff::Timestamp;
use kernel::limits::{CODE_PATIENCE_S, RECOVERY_CODES_MAX};
use kernel::time::plus_seconds;
use kernel::{ContentHash, MacKey, PersonId, TenantId, text};
use tenancy::records::{Authenticator, Enrollment, PersonRecord};
use totp_rs::{Builder, Totp, TotpError};

/// What a token begins with that stands for a password that was right, so that leaked ones are found.
const PREFIX: &str = "mt_";

/// What authenticators call us.
const ISSUER: &str = "HotSwap";

/// The length of a secret, in bytes: as many as the hash gives that codes are made with (RFC 4226 §4).
const SECRET_BYTES: usize = 20;

/// The digits of a code.
const DIGITS: u8 = 6;

/// How long a code is the newest, in seconds (RFC 6238 §5.2).
const STEP_S: u64 = 30;

/// How many time steps a clock may be behind or ahead (RFC 6238 §5.2).
const SKEW_STEPS: u16 = 1;

/// The length of a recovery code, in bytes.
const RECOVERY_BYTES: usize = 10;

/// How many characters of a recovery code stand together.
const GROUP_CHARS: usize = 4;

/// Stands in a token where no tenant was meant.
const NO_TENANT: &str = "-";

/// Makes and checks second factors.
#[derive(Debug)]
pub(crate) struct SecondFactors {
    secrets: MacKey,
    recovery_codes: MacKey,
    tokens: MacKey,
}

/// What somebody gives to an authenticator, and keeps. It stands in no log, so that it cannot be written to one.
pub(crate) struct Offered {
    /// The secret, in base 32 without padding.
    pub(crate) secret: String,
    /// The same, as an address that authenticators read.
    pub(crate) uri: String,
    /// The recovery codes.
    pub(crate) recovery_codes: Vec<String>,
}

/// A sign-in of which the password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HalfSignIn {
    /// The person.
    pub(crate) person: PersonId,
    /// How often the person had signed out everywhere or got another password: with another number it is over.
    pub(crate) sign_outs: u64,
    /// The tenant that was meant, if one was.
    pub(crate) tenant: Option<TenantId>,
    /// Until when the code may come, to the second.
    pub(crate) ends_at: Timestamp,
}

impl HalfSignIn {
    pub(crate) fn begin(person: &PersonRecord, tenant: Option<TenantId>, now: Timestamp) -> Self {
        Self {
            person: person.id,
            sign_outs: person.sign_outs,
            tenant,
            ends_at: plus_seconds(now, CODE_PATIENCE_S),
        }
    }
}

impl SecondFactors {
    pub(crate) fn new(secret: &str) -> Self {
        let key = |purpose| MacKey::derive(purpose, secret);
        Self {
            secrets: key("hotswap authenticators"),
            recovery_codes: key("hotswap recovery codes"),
            tokens: key("hotswap half sign-ins"),
        }
    }

    /// Returns what a person gives to an authenticator that is set up.
    pub(crate) fn offer(
        &self,
        person: &PersonRecord,
        enrollment: &Enrollment,
    ) -> Result<Offered, TotpError> {
        let totp = self.totp(person, enrollment.nonce)?;
        Ok(Offered {
            secret: totp.secret().to_base32(),
            uri: totp.to_url()?,
            recovery_codes: self.recovery_codes(person.id, enrollment.nonce),
        })
    }

    /// Returns the authenticator whose first code this is, if it is one.
    pub(crate) fn enroll(
        &self,
        person: &PersonRecord,
        enrollment: &Enrollment,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Authenticator>, TotpError> {
        let step = self.step(person, enrollment.nonce, code, now)?;
        Ok(step.map(|used_step| {
            let (_, recovery_codes) = self.recovery(person.id, enrollment.nonce);
            Authenticator {
                nonce: enrollment.nonce,
                since: now,
                used_step,
                recovery_codes,
            }
        }))
    }

    /// Returns the authenticator with a code used up that it shows; nothing if it is none.
    pub(crate) fn spend_shown(
        &self,
        person: &PersonRecord,
        authenticator: &Authenticator,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Authenticator>, TotpError> {
        let step = self.step(person, authenticator.nonce, code, now)?;
        let step = step.filter(|step| *step > authenticator.used_step);
        Ok(step.map(|used_step| Authenticator {
            used_step,
            ..authenticator.clone()
        }))
    }

    /// As [`Self::spend_shown`], of a recovery code too.
    pub(crate) fn spend(
        &self,
        person: &PersonRecord,
        authenticator: &Authenticator,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<Authenticator>, TotpError> {
        if let Some(spent) = self.spend_shown(person, authenticator, code, now)? {
            return Ok(Some(spent));
        }
        let used = ContentHash::of(plain(code).as_bytes());
        let (used, left): (Vec<_>, Vec<_>) = authenticator
            .recovery_codes
            .iter()
            .partition(|one| **one == used);
        Ok((!used.is_empty()).then(|| Authenticator {
            recovery_codes: left,
            ..authenticator.clone()
        }))
    }

    /// Returns whether the code is the newest that was taken of an authenticator.
    pub(crate) fn is_newest(
        &self,
        person: &PersonRecord,
        authenticator: &Authenticator,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, TotpError> {
        let step = self.step(person, authenticator.nonce, code, now)?;
        Ok(step == Some(authenticator.used_step))
    }

    /// Returns recovery codes made of a nonce, and the hashes that are kept of them.
    pub(crate) fn recovery(
        &self,
        person: PersonId,
        nonce: ContentHash,
    ) -> (Vec<String>, Vec<ContentHash>) {
        let codes = self.recovery_codes(person, nonce);
        let hash = |code: &String| ContentHash::of(plain(code).as_bytes());
        let hashes = codes.iter().map(hash).collect();
        (codes, hashes)
    }

    /// Returns the token of a sign-in of which the password was right.
    pub(crate) fn token(&self, half: HalfSignIn) -> String {
        let tenant = half.tenant.map(|tenant| tenant.to_string());
        let body = format!(
            "{}.{}.{}.{}",
            half.person,
            half.sign_outs,
            tenant.as_deref().unwrap_or(NO_TENANT),
            half.ends_at.as_second()
        );
        let code = text::to_hex(&self.tokens.code(body.as_bytes()));
        format!("{PREFIX}{body}.{code}")
    }

    /// Reads a token; `None` for one that we did not make. Whether it is over is for the caller to see.
    pub(crate) fn read(&self, token: &str) -> Option<HalfSignIn> {
        let (body, code) = token.strip_prefix(PREFIX)?.rsplit_once('.')?;
        if !self
            .tokens
            .verifies(body.as_bytes(), &text::from_hex(code)?)
        {
            return None;
        }
        let mut parts = body.split('.');
        let half = HalfSignIn {
            person: parts.next()?.parse().ok()?,
            sign_outs: parts.next()?.parse().ok()?,
            tenant: match parts.next()? {
                NO_TENANT => None,
                tenant => Some(tenant.parse().ok()?),
            },
            ends_at: Timestamp::from_second(parts.next()?.parse().ok()?).ok()?,
        };
        parts.next().is_none().then_some(half)
    }

    fn totp(&self, person: &PersonRecord, nonce: ContentHash) -> Result<Totp, TotpError> {
        let message = format!("{} {nonce}", person.id);
        let mut secret = self.secrets.code(message.as_bytes()).to_vec();
        secret.truncate(SECRET_BYTES);
        Builder::new()
            .with_secret(secret)
            .with_digits(DIGITS)
            .with_skew(SKEW_STEPS)
            .with_step_duration(STEP_S)
            .with_issuer(Some(ISSUER))
            .with_account_name(person.email.as_str())
            .build()
    }

    /// Returns the time step whose code this is, if it is that of one that is near enough.
    fn step(
        &self,
        person: &PersonRecord,
        nonce: ContentHash,
        code: &str,
        now: Timestamp,
    ) -> Result<Option<u64>, TotpError> {
        let now = u64::try_from(now.as_second()).unwrap_or_default();
        Ok(self.totp(person, nonce)?.check(&plain(code), now))
    }

    fn recovery_codes(&self, person: PersonId, nonce: ContentHash) -> Vec<String> {
        let code = |number: usize| {
            let message = format!("{person} {nonce} {number}");
            let code = text::to_hex(&self.recovery_codes.code(message.as_bytes()));
            let digits: Vec<char> = code.chars().take(RECOVERY_BYTES * 2).collect();
            let groups: Vec<String> = digits.chunks(GROUP_CHARS).map(String::from_iter).collect();
            groups.join("-")
        };
        (0..RECOVERY_CODES_MAX).map(code).collect()
    }
}

/// Returns a code without what people put between its characters.
fn plain(code: &str) -> String {
    let kept = |one: &char| !one.is_whitespace() && *one != '-';
    let kept = code.chars().filter(kept);
    kept.map(|one| one.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests;
