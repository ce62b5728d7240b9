//! Page slugs: the path of a page below its website.

use crate::limits::SLUG_BYTES_MAX;
use crate::names::{MalformedName, name_type};

/// A page's path without leading slash: segments of lower-case ASCII letters, digits, hyphens,
/// dots and underscores, joined by `/`. The empty slug is the home page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageSlug(String);

impl PageSlug {
    /// Reads a slug.
    pub fn parse(text: &str) -> Result<Self, MalformedName> {
        if text.is_empty() {
            return Ok(Self(String::new()));
        }
        if text.len() > SLUG_BYTES_MAX {
            return Err(MalformedName("must have at most 500 characters"));
        }
        if !text.split('/').all(is_segment) {
            return Err(MalformedName(
                "must be segments of lower-case letters, digits, hyphens, dots and underscores, \
                 each starting with a letter or digit, joined by `/`, without one at either end",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the path that visitors ask for, with its leading slash.
    pub fn path(&self) -> String {
        format!("/{}", self.0)
    }
}

/// A segment starts with a letter or digit, so `..`, dot files and the platform's own paths, which
/// begin with `_`, cannot be pages.
fn is_segment(segment: &str) -> bool {
    segment.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && segment
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'))
}

name_type!(PageSlug);
