//! Which addresses links and images may have: an allow-list, read as a browser would.

use ammonia::Url;

use crate::limits::ADDRESS_BYTES_MAX;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Following it.
    Link,
    /// Loading it.
    Image,
}

/// The schemes that links may have; pages of the same site need none.
pub(crate) const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Says what is wrong with an address.
pub(crate) fn check(address: &str, purpose: Use) -> Result<(), &'static str> {
    if address.is_empty() {
        return Err("must not be empty");
    }
    if address.len() > ADDRESS_BYTES_MAX {
        return Err("must have at most 2048 bytes");
    }
    if address.chars().any(is_refused) {
        return Err("must not contain spaces, control characters, quotes, brackets or backslashes");
    }
    if address.starts_with("//") {
        return Err("must name its scheme");
    }
    let Some(scheme) = scheme(address) else {
        return Ok(());
    };
    match (scheme.to_ascii_lowercase().as_str(), purpose) {
        ("http" | "https", _) => match Url::parse(address) {
            Ok(url) if url.has_host() => Ok(()),
            _ => Err("must be a valid address"),
        },
        ("mailto" | "tel", Use::Link) if Url::parse(address).is_ok() => Ok(()),
        (_, Use::Link) => Err("must be a http, https, mailto or tel address, or a relative one"),
        (_, Use::Image) => Err("must be a http or https address, or a relative one"),
    }
}

/// Takes an address found in imported text, mending what has one obvious meaning.
pub(crate) fn import(address: &str, purpose: Use) -> Option<String> {
    let trimmed = address.trim();
    let mended = if trimmed.starts_with("//") {
        format!("https:{trimmed}")
    } else {
        trimmed.replace(' ', "%20")
    };
    check(&mended, purpose).is_ok().then_some(mended)
}

/// Whether an address leaves the site.
pub(crate) fn is_external(address: &str) -> bool {
    scheme(address).is_some_and(|scheme| {
        scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
    })
}

/// What stands before the first colon, unless a path, query or fragment began before it.
fn scheme(address: &str) -> Option<&str> {
    let end = address.find([':', '/', '?', '#'])?;
    let (scheme, rest) = address.split_at(end);
    rest.starts_with(':').then_some(scheme)
}

fn is_refused(character: char) -> bool {
    character.is_control()
        || character.is_whitespace()
        || matches!(character, '\\' | '<' | '>' | '"' | '`' | '\u{feff}')
}
