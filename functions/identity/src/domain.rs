//! Rules: passwords, tokens, sign-ins. Pure; knows no storage and no HTTP.

pub(crate) mod break_glass;
pub(crate) mod csrf;
pub(crate) mod refresh;
pub(crate) mod second_factor;
pub(crate) mod signer;
