//! Paths: what a visitor asked for, read once. Every page has one path; whatever else means the
//! same is moved there, and everything else is nothing. Must never know what is published.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use kernel::PageSlug;
use kernel::limits::PREVIEW_TOKEN_BYTES_MAX;
use render::theme::ASSET_ROOT;

use crate::limits::PATH_BYTES_MAX;

/// The path below which previews are shown.
pub(crate) const PREVIEW_ROOT: &str = "/_preview/";

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Something of the website that is live.
    Live(Place),
    /// Something of the website as a preview shows it.
    Preview {
        /// The preview's token.
        token: String,
        /// What of it.
        place: Place,
    },
}

/// A place in a website.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A page.
    Page(PageSlug),
    /// Another spelling of this path.
    Moved(String),
    /// A file of a theme, by its whole path.
    Asset(String),
    /// What robots may read.
    Robots,
    /// The list of all pages.
    Sitemap,
    /// The icon that browsers ask for of their own accord.
    Icon,
    /// Nothing that could ever be there.
    Nothing,
}

impl Target {
    /// Reads a path as it was sent, escapes and all.
    pub(crate) fn of(path: &str) -> Self {
        if path.len() > PATH_BYTES_MAX {
            return Self::Live(Place::Nothing);
        }
        if let Some(rest) = path.strip_prefix(PREVIEW_ROOT) {
            return Self::preview(rest);
        }
        match path {
            "/favicon.ico" => Self::Live(Place::Icon),
            "/robots.txt" => Self::Live(Place::Robots),
            "/sitemap.xml" => Self::Live(Place::Sitemap),
            "" => Self::Live(Place::within("/")),
            _ => Self::Live(Place::within(path)),
        }
    }

    fn preview(rest: &str) -> Self {
        let (token, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if token.is_empty() || token.len() > PREVIEW_TOKEN_BYTES_MAX || !token.bytes().all(is_plain)
        {
            return Self::Live(Place::Nothing);
        }
        let place = if path.is_empty() {
            Place::Moved("/".to_owned())
        } else {
            Place::within(path)
        };
        Self::Preview {
            token: token.to_owned(),
            place,
        }
    }
}

impl Place {
    fn within(path: &str) -> Self {
        if let Some(file) = path.strip_prefix(ASSET_ROOT) {
            // The files of themes are named by the same characters as pages, without escapes.
            return match PageSlug::parse(file) {
                Ok(slug) if slug.as_str().contains('/') => Self::Asset(path.to_owned()),
                Ok(_) | Err(_) => Self::Nothing,
            };
        }
        if path == "/" {
            return PageSlug::parse("").map_or(Self::Nothing, Self::Page);
        }
        Self::page(path).unwrap_or(Self::Nothing)
    }

    fn page(path: &str) -> Option<Self> {
        let sent = path.strip_prefix('/')?;
        let decoded = decode(sent)?;
        let bare = decoded.strip_suffix('/').unwrap_or(&decoded);
        if bare.is_empty() {
            return None;
        }
        let slug = PageSlug::parse(bare).ok()?;
        Some(if slug.as_str() == sent {
            Self::Page(slug)
        } else {
            Self::Moved(slug.path())
        })
    }
}

/// Decodes escapes (RFC 3986 §2.1), once. An escaped slash would be another path to everybody on
/// the way, so it is none to us; what is not ASCII is in no path of ours.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, escaped)) = rest.split_once('%') {
        let digits = escaped.get(..2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if !byte.is_ascii_graphic() || byte == b'/' {
            return None;
        }
        decoded.push_str(plain);
        decoded.push(char::from(byte));
        rest = escaped.get(2..)?;
    }
    decoded.push_str(rest);
    Some(Cow::Owned(decoded))
}
