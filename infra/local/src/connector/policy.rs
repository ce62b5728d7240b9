//! The place where a call is allowed or denied. It must never know what the call would do.

use std::fmt;

use crate::fault::Call;

/// What an environment may do.
pub trait Policy: fmt::Debug + Send + Sync {
    /// Decides whether `call` may go on.
    fn decide(&self, call: &Call<'_>) -> Decision;
}

/// Whether a call may go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may.
    Allow,
    /// It may not.
    Deny {
        /// What AWS would say.
        message: String,
    },
}

/// Everything may go on.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

impl Policy for AllowAll {
    fn decide(&self, _call: &Call<'_>) -> Decision {
        Decision::Allow
    }
}
