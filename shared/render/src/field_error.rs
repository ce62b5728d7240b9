//! What is wrong with an input, and where. It must never know how errors are sent.

use json::Refusal;
use serde::Serialize;

use crate::limits::FIELD_ERRORS_MAX;

/// One thing wrong with an input, at a JSON pointer (RFC 6901) into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: a JSON pointer, empty for the whole input.
    pub pointer: String,
    /// What: a sentence without its subject, such as "must not be empty".
    pub detail: String,
}

impl FieldError {
    /// Says that `detail` is wrong at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// Moves the error under `prefix`, for inputs that are part of a larger one.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl From<Refusal> for FieldError {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.pointer, refusal.detail)
    }
}

/// A list of errors that stops growing at its limit.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.push(FieldError::new(pointer, detail));
    }

    pub(crate) fn push(&mut self, error: FieldError) {
        if !self.is_full() {
            self.0.push(error);
        }
    }

    /// Adds an error if `text` is longer than `max` characters.
    pub(crate) fn chars(&mut self, pointer: &str, text: &str, max: usize) {
        if text.chars().nth(max).is_some() {
            self.add(pointer, format!("must have at most {max} characters"));
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= FIELD_ERRORS_MAX
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }

    pub(crate) fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}

/// Writes one more step of a JSON pointer.
pub(crate) fn step(pointer: &str, key: &str) -> String {
    format!("{pointer}{}", json::step(key))
}

/// Writes two more steps of a JSON pointer: a field and a place in its list.
pub(crate) fn place(pointer: &str, key: &str, index: usize) -> String {
    format!("{pointer}/{key}/{index}")
}
