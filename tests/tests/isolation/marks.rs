//! Marks: random words that a tenant's data is made of, and by which it is known wherever it comes out.

use kernel::{Entropy, SeededEntropy};

/// Bytes that all marks of a kind begin with, and bytes that each has of its own: 128 bits together.
const COMMON_BYTES: usize = 8;
const OWN_BYTES: usize = 8;

/// Makes the marks of one tenant: those of what is its own, and those of what it shows to visitors.
#[derive(Debug)]
pub(crate) struct Marks {
    entropy: SeededEntropy,
    private: String,
    public: String,
}

/// What a mark was found of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// What is the tenant's own.
    Private,
    /// What the tenant shows to visitors.
    Public,
}

impl Marks {
    pub(crate) fn new(seed: u64) -> Self {
        let entropy = SeededEntropy::new(seed);
        let [private, public] = [(); 2].map(|()| drawn(&entropy, COMMON_BYTES));
        Self {
            entropy,
            private,
            public,
        }
    }

    /// Returns a word for what nobody else sees.
    pub(crate) fn private(&self) -> String {
        format!("{}{}", self.private, drawn(&self.entropy, OWN_BYTES))
    }

    /// Returns a word for what visitors see.
    pub(crate) fn public(&self) -> String {
        format!("{}{}", self.public, drawn(&self.entropy, OWN_BYTES))
    }

    /// Looks for any of them.
    pub(crate) fn find(&self, text: &str) -> Option<Found> {
        if text.contains(&self.private) {
            return Some(Found::Private);
        }
        text.contains(&self.public).then_some(Found::Public)
    }
}

fn drawn(entropy: &SeededEntropy, bytes: usize) -> String {
    let mut drawn = vec![0; bytes];
    entropy.fill(&mut drawn);
    // A name in a host may not begin with every digit.
    let digits = drawn.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(b'a' + digit)).collect()
}
