//! Route keys: the names in the one ordered map, in three spaces. Their text order is the map's
//! order. Must never know what stands behind a key.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use kernel::{PageId, PageSlug};
use serde::{Deserialize, Serialize};

use crate::limits::{IDENTIFIER_BYTES_MAX, KEY_BYTES_MAX};

/// Bits of an instant in a list key: milliseconds of the years −9999 to 9999, offset to be positive.
const INSTANT_BITS: u32 = 52;
const INSTANT_OFFSET_MS: i64 = 1 << (INSTANT_BITS - 1);
const INSTANT_MAX: i64 = (1 << INSTANT_BITS) - 1;
const INSTANT_DIGITS: usize = 13;

/// Why a text is no key or identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Longer than its limit, or empty where it may not be.
    #[error("a key or identifier is empty or too long")]
    Length,
    /// In none of the key spaces.
    #[error("a key begins with `p/`, `l/` or `b/`")]
    Space,
    /// A path with empty or relative segments, or with characters that no path has.
    #[error("a path is made of plain segments joined by `/`")]
    Path,
    /// Not a lower-case identifier.
    #[error("an identifier is lower-case letters, digits and inner `-`, `_`, `.` or `:`")]
    Identifier,
    /// Not an inverted instant.
    #[error("an inverted instant is thirteen hexadecimal digits")]
    Instant,
}

/// The name of a theme, a list, a block, a list member or a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identifier(Arc<str>);

/// A key of the map.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RouteKey(Arc<str>);

/// A key taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySpace<'a> {
    /// A page or redirect by its path without leading slash; the home page's is empty.
    Page {
        /// The path.
        path: &'a str,
    },
    /// A member of a list, newest first.
    ListItem {
        /// The list's name.
        list: &'a str,
        /// The member's instant, to the millisecond.
        at: Timestamp,
        /// The member's id.
        id: &'a str,
    },
    /// A shared block by its name.
    Block {
        /// The block's name.
        name: &'a str,
    },
}

impl Identifier {
    /// Returns the identifier's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RouteKey {
    /// Names the page or redirect at `slug`.
    pub fn page(slug: &PageSlug) -> Self {
        Self(format!("p/{slug}").into())
    }

    /// Names a member of `list`: the newest instant sorts first, the id breaks ties.
    pub fn list_item(list: &Identifier, at: Timestamp, id: &Identifier) -> Self {
        let inverted = INSTANT_MAX - (at.as_millisecond() + INSTANT_OFFSET_MS);
        Self(format!("l/{list}/{inverted:0INSTANT_DIGITS$x}/{id}").into())
    }

    /// Names the shared block `name`.
    pub fn block(name: &Identifier) -> Self {
        Self(format!("b/{name}").into())
    }

    /// Returns the key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes the key apart; `None` cannot happen to a parsed key.
    pub fn space(&self) -> Option<KeySpace<'_>> {
        parse(&self.0).ok()
    }

    /// Returns the first byte, which tells the key spaces apart.
    pub(crate) fn space_code(&self) -> Option<u8> {
        self.0.bytes().next()
    }
}

fn parse(text: &str) -> Result<KeySpace<'_>, KeyError> {
    if text.len() > KEY_BYTES_MAX {
        return Err(KeyError::Length);
    }
    match text.split_once('/') {
        Some(("p", path)) => check_path(path).map(|()| KeySpace::Page { path }),
        Some(("l", rest)) => parse_list_item(rest),
        Some(("b", name)) => check_identifier(name).map(|()| KeySpace::Block { name }),
        _ => Err(KeyError::Space),
    }
}

fn parse_list_item(rest: &str) -> Result<KeySpace<'_>, KeyError> {
    let (list, rest) = rest.split_once('/').ok_or(KeyError::Identifier)?;
    let (instant, id) = rest.split_once('/').ok_or(KeyError::Instant)?;
    check_identifier(list)?;
    check_identifier(id)?;
    let at = parse_instant(instant).ok_or(KeyError::Instant)?;
    Ok(KeySpace::ListItem { list, at, id })
}

fn parse_instant(text: &str) -> Option<Timestamp> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != INSTANT_DIGITS || !text.bytes().all(is_digit) {
        return None;
    }
    let inverted = i64::from_str_radix(text, 16).ok()?;
    Timestamp::from_millisecond(INSTANT_MAX - inverted - INSTANT_OFFSET_MS).ok()
}

/// Redirects may stand at paths that no page of ours could have, so any plain path will do.
fn check_path(path: &str) -> Result<(), KeyError> {
    let is_plain = |character: char| {
        !character.is_control()
            && !character.is_whitespace()
            && !matches!(character, '\\' | '?' | '#')
    };
    let is_segment =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(is_plain);
    if path.is_empty() || path.split('/').all(is_segment) {
        Ok(())
    } else {
        Err(KeyError::Path)
    }
}

fn check_identifier(text: &str) -> Result<(), KeyError> {
    if text.is_empty() || text.len() > IDENTIFIER_BYTES_MAX {
        return Err(KeyError::Length);
    }
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_inner = |byte: u8| is_plain(byte) || matches!(byte, b'-' | b'_' | b'.' | b':');
    if text.bytes().next().is_some_and(is_plain) && text.bytes().all(is_inner) {
        Ok(())
    } else {
        Err(KeyError::Identifier)
    }
}

impl From<PageId> for Identifier {
    fn from(id: PageId) -> Self {
        // INVARIANT: an id's text is lower-case hexadecimal digits and hyphens, 36 bytes.
        Self(id.to_string().into())
    }
}

impl FromStr for Identifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        check_identifier(text).map(|()| Self(text.into()))
    }
}

impl FromStr for RouteKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        parse(text).map(|_| Self(text.into()))
    }
}

macro_rules! text_conversions {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = KeyError;

            fn try_from(text: String) -> Result<Self, KeyError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )+};
}
text_conversions!(Identifier, RouteKey);

impl fmt::Debug for RouteKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RouteKey({self})")
    }
}
