//! The status of a page: what is live against its draft. It is never stored, so that no release
//! that is gone back to can make it wrong.

use kernel::{ContentHash, PageSlug};

/// The status of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Visitors do not see it.
    Draft,
    /// Visitors see the draft.
    Published,
    /// Visitors see something other than the draft, or see it elsewhere.
    Changed,
}

impl Status {
    /// Compares the draft with what is live at the page's places.
    pub(crate) fn of(slug: &PageSlug, hash: ContentHash, live: &[(PageSlug, ContentHash)]) -> Self {
        match live {
            [] => Self::Draft,
            [(place, object)] if place == slug && *object == hash => Self::Published,
            [..] => Self::Changed,
        }
    }

    /// Returns the status's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Changed => "changed",
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::{ContentHash, PageSlug};

    use super::Status;

    #[test]
    fn the_status_is_what_is_live_against_the_draft() {
        let slug = |text: &str| PageSlug::parse(text).unwrap();
        let (new, old) = (ContentHash::of(b"new"), ContentHash::of(b"old"));
        for (live, status) in [
            (vec![], "draft"),
            (vec![(slug("a"), new)], "published"),
            (vec![(slug("a"), old)], "changed"),
            (vec![(slug("b"), new)], "changed"),
            (vec![(slug("a"), new), (slug("b"), old)], "changed"),
        ] {
            assert_eq!(
                Status::of(&slug("a"), new, &live).name(),
                status,
                "{live:?}"
            );
        }
    }
}
