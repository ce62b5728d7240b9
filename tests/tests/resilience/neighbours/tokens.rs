//! Random tokens that are found wherever they come to be.

use std::collections::BTreeSet;
use std::sync::Arc;

use kernel::chance::random;
use kernel::{Entropy, SeededEntropy};

/// What a token begins with, so that it is found quickly.
const MARK: &str = "qzx";

/// Letters of a token after its mark: five bits each, 128 in all.
const LETTERS: usize = 26;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Draws.
#[derive(Debug, Clone)]
pub(super) struct Chance(Arc<SeededEntropy>);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(Arc::new(SeededEntropy::new(seed)))
    }

    pub(super) fn below(&self, end: u64) -> u64 {
        u64::from_le_bytes(random(&*self.0 as &dyn Entropy)) % end
    }

    pub(super) fn token(&self) -> String {
        let letters = (0..LETTERS).map(|_| {
            let letter = usize::try_from(self.below(32)).unwrap();
            char::from(ALPHABET[letter])
        });
        MARK.chars().chain(letters).collect()
    }
}

/// The tokens of all tenants.
#[derive(Debug)]
pub(super) struct Tokens(BTreeSet<String>);

impl Tokens {
    pub(super) fn of<'a>(tokens: impl Iterator<Item = &'a String>) -> Self {
        Self(tokens.cloned().collect())
    }

    /// Finds the tokens in a text, whatever the case of its letters. That chance makes a mark is no
    /// rarity; that it makes a token is.
    pub(super) fn within(&self, text: &str) -> BTreeSet<String> {
        let text = text.to_ascii_lowercase();
        let found = text.match_indices(MARK);
        let found = found.filter_map(|(at, _)| text.get(at..at + MARK.len() + LETTERS));
        let found = found.filter(|token| self.0.contains(*token));
        found.map(str::to_owned).collect()
    }

    /// Checks that a text holds no token but `own`.
    pub(super) fn check(&self, text: &str, own: Option<&str>, place: &str) {
        for token in self.within(text) {
            assert_eq!(
                Some(token.as_str()),
                own,
                "{place} holds another tenant's token: {text}"
            );
        }
    }
}
