//! Entity tags (RFC 9110 §8.8.3): the hash of everything an answer is made of.

use std::fmt;

use kernel::ContentHash;

/// A strong entity tag, with its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag(String);

impl EntityTag {
    /// Makes the tag of an answer whose inputs have this hash.
    pub(crate) fn of(inputs: ContentHash) -> Self {
        Self(format!("\"{inputs}\""))
    }

    /// Tells whether `If-None-Match` names this tag. The comparison is weak (RFC 9110 §13.1.2): a
    /// content delivery network that compresses an answer marks its tag as weak.
    pub(crate) fn is_in(&self, if_none_match: &str) -> bool {
        // None of our tags has a comma in it, so cutting at commas loses none.
        if_none_match
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.0)
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use kernel::ContentHash;

    use super::EntityTag;

    #[test]
    fn a_tag_is_found_in_whatever_form_it_comes_back() {
        let tag = EntityTag::of(ContentHash::of(b"page"));
        let other = EntityTag::of(ContentHash::of(b"another page"));
        for (header, is_there) in [
            (format!("{tag}"), true),
            (format!("W/{tag}"), true),
            (format!("{other}, {tag}"), true),
            (format!("{other},W/{tag} , \"x\""), true),
            ("*".to_owned(), true),
            (String::new(), false),
            (format!("{other}"), false),
            (format!("w/{tag}"), false),
            (tag.to_string().replace('"', ""), false),
            (tag.to_string().to_uppercase(), false),
            ("\"a,b\", ,,".to_owned(), false),
        ] {
            assert_eq!(tag.is_in(&header), is_there, "{header}");
        }
    }
}
