//! Passwords: Argon2id (RFC 9106) with 19 MiB, two passes and one lane, as OWASP recommends.

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use kernel::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use kernel::{Entropy, chance};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash of no password anybody has: what is checked where there is nobody, so that it takes as
/// long as where there is somebody.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                       AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Passwords that are tried first, in lower case: those that are long enough among the
/// 20,000 most common ones of known breaches, by Royce Williams's count.
const BREACHED: &str = include_str!("password/breached.txt");

/// Returns why a password cannot be taken (NIST SP 800-63B §5.1.1.2).
pub fn refuse(password: &str) -> Option<&'static str> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        Some("must have at least 10 characters")
    } else if password.len() > PASSWORD_BYTES_MAX {
        Some("must have at most 256 bytes")
    } else if is_breached(password) {
        Some("is among those that are tried first: choose another one")
    } else {
        None
    }
}

/// Returns whether a password is one that is tried first, however it is capitalised.
fn is_breached(password: &str) -> bool {
    let password = password.to_lowercase();
    BREACHED.lines().any(|breached| breached == password)
}

/// A password could not be hashed or compared: the machine is at its limits.
#[derive(Debug, thiserror::Error)]
#[error("a password cannot be worked on")]
pub struct PasswordError;

/// Hashes a password with a fresh salt, on a thread that may be kept busy.
pub async fn hash_apart(password: &str, entropy: &dyn Entropy) -> Result<String, PasswordError> {
    let (password, salt) = (password.to_owned(), chance::random::<16>(entropy));
    let hashed = tokio::task::spawn_blocking(move || hash(&password, salt)).await;
    hashed.ok().flatten().ok_or(PasswordError)
}

/// Returns whether a password is the one that was hashed; without a hash it takes as long and is
/// never true. Runs on a thread that may be kept busy.
pub async fn verify_apart(password: &str, hash: Option<&str>) -> Result<bool, PasswordError> {
    let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
    let verified = tokio::task::spawn_blocking(move || verify(&password, hash.as_deref())).await;
    verified.ok().ok_or(PasswordError)
}

/// Hashes a password with a salt of 16 random bytes, as a PHC string. Takes tens of milliseconds.
fn hash(password: &str, salt: [u8; 16]) -> Option<String> {
    let hash = hasher()?
        .hash_password_with_salt(password.as_bytes(), &salt)
        .ok()?;
    Some(hash.to_string())
}

/// Returns whether a password is the one that was hashed; without a hash it takes as long and is
/// never true.
fn verify(password: &str, hash: Option<&str>) -> bool {
    let is_right = hasher().is_some_and(|hasher| {
        password.len() <= PASSWORD_BYTES_MAX
            && hasher
                .verify_password(password.as_bytes(), hash.unwrap_or(NOBODYS))
                .is_ok()
    });
    is_right && hash.is_some()
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;
    use argon2::password_hash::Error;

    use kernel::limits::PASSWORD_CHARS_MIN;

    use super::{BREACHED, NOBODYS, hash, hasher, refuse, verify};

    #[test]
    fn only_the_password_that_was_hashed_is_right() {
        let hashed = hash("correct horse", [7; 16]).unwrap();
        assert!(
            hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hashed}"
        );
        assert!(verify("correct horse", Some(&hashed)));
        assert!(!verify("correct horsf", Some(&hashed)));
        assert!(!verify("correct horse", None));
        assert!(!verify("correct horse", Some("not a hash")));
    }

    #[test]
    fn nobodys_hash_is_one_that_is_computed_and_not_refused_at_sight() {
        let verdict = hasher().unwrap().verify_password(b"correct horse", NOBODYS);
        assert_eq!(verdict, Err(Error::PasswordInvalid));
        let somebodys = hash("correct horse", [7; 16]).unwrap();
        let cost = |text: &str| text.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(NOBODYS), cost(&somebodys), "it takes as long");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(refuse("a day at ").is_some());
        assert!(refuse("a day at s").is_none());
        assert!(refuse(&"x".repeat(257)).is_some());
    }

    #[test]
    fn what_is_tried_first_is_refused_however_it_is_written() {
        for password in ["1234567890", "Basketball", "PASSWORD12"] {
            assert!(refuse(password).is_some(), "{password}");
        }
        assert!(refuse("basketball and more").is_none());
        for breached in BREACHED.lines() {
            let is_long = breached.chars().count() >= PASSWORD_CHARS_MIN;
            assert!(is_long && breached == breached.to_lowercase(), "{breached}");
        }
    }
}
