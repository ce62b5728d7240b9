//! The break-glass key: what lets an operator in where nobody can prove to be one. Only its hash is known here.

use kernel::ContentHash;

/// How a deployment says that it has no such key.
const OFF: &str = "off";

/// What the break-glass key is, if there is one.
#[derive(Debug)]
pub(crate) struct BreakGlassKey(Option<ContentHash>);

impl BreakGlassKey {
    /// Reads the SHA-256 of the key, in hexadecimal digits, or that there is none. `None` where it is neither.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text == OFF {
            return Some(Self(None));
        }
        Some(Self(Some(text.parse().ok()?)))
    }

    /// Returns whether this is the key.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.0.is_some_and(|hash| hash.is_of(key.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use kernel::ContentHash;

    use super::BreakGlassKey;

    #[test]
    fn a_key_is_the_one_with_the_hash_and_without_one_none_is() {
        let hash = ContentHash::of(b"a key").to_string();
        let key = BreakGlassKey::read(&hash).unwrap();
        assert!(key.is("a key") && !key.is("another") && !key.is(&hash));
        let none = BreakGlassKey::read("off").unwrap();
        assert!(!none.is("") && !none.is("off"));
        for wrong in ["", "a key", "OFF", &hash[1..]] {
            assert!(BreakGlassKey::read(wrong).is_none(), "{wrong}");
        }
    }
}
