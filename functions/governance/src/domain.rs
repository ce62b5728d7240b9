//! What an exported file is.

pub(crate) mod export;
