//! Where a page is and was on its website, and which slugs it holds so that no other page can.
//!
//! A page holds its draft's slug, and the one it was last published at until that publication is
//! taken back or moved. Places that it gave up are remembered: a website that goes back to an
//! earlier release may show the page there again.

use kernel::PageSlug;

/// Places that a page remembers: more moves than that are not taken back.
const PAST_MAX: usize = 8;

/// The places of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// Where the draft will be.
    pub(crate) slug: PageSlug,
    /// Where the page was last published.
    pub(crate) live: Option<PageSlug>,
    /// Where it was published before, the newest last; not held any more.
    pub(crate) past: Vec<PageSlug>,
}

/// What a step changes in the slugs that a page holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// The slug that must be free and is taken.
    pub(crate) taken: Option<PageSlug>,
    /// The slug that is given up.
    pub(crate) released: Option<PageSlug>,
}

impl Places {
    /// Returns the slugs that the page holds.
    pub(crate) fn held(&self) -> Vec<&PageSlug> {
        let live = self.live.as_ref().filter(|live| **live != self.slug);
        std::iter::once(&self.slug).chain(live).collect()
    }

    /// Gives the draft another slug. `was_public` says whether the page was ever published.
    pub(crate) fn renamed(&self, slug: PageSlug, was_public: bool) -> (Self, Claims) {
        if slug == self.slug {
            return (self.clone(), Claims::default());
        }
        let is_held = self.live.as_ref() == Some(&slug);
        let is_kept = self.live.as_ref() == Some(&self.slug);
        let mut next = Self {
            slug: slug.clone(),
            ..self.clone()
        };
        if was_public && !is_kept {
            next.remember(self.slug.clone());
        }
        next.past.retain(|past| *past != slug);
        let claims = Claims {
            taken: (!is_held).then_some(slug),
            released: (!is_kept).then(|| self.slug.clone()),
        };
        (next, claims)
    }

    /// Publishes the page at its draft's slug.
    pub(crate) fn published(&self) -> (Self, Claims) {
        self.placed(Some(self.slug.clone()))
    }

    /// Takes the page back.
    pub(crate) fn unpublished(&self) -> (Self, Claims) {
        self.placed(None)
    }

    fn placed(&self, live: Option<PageSlug>) -> (Self, Claims) {
        let mut next = Self {
            live,
            ..self.clone()
        };
        let released = self.live.clone().filter(|before| *before != self.slug);
        if let Some(released) = &released {
            next.remember(released.clone());
        }
        let claims = Claims {
            taken: None,
            released,
        };
        (next, claims)
    }

    fn remember(&mut self, slug: PageSlug) {
        self.past.retain(|past| *past != slug);
        self.past.push(slug);
        let too_many = self.past.len().saturating_sub(PAST_MAX);
        self.past.drain(..too_many);
    }
}

#[cfg(test)]
mod tests {
    use kernel::PageSlug;

    use super::{Claims, PAST_MAX, Places};

    fn slug(text: &str) -> PageSlug {
        PageSlug::parse(text).unwrap()
    }

    fn draft(text: &str) -> Places {
        Places {
            slug: slug(text),
            live: None,
            past: Vec::new(),
        }
    }

    fn claims(taken: Option<&str>, released: Option<&str>) -> Claims {
        Claims {
            taken: taken.map(slug),
            released: released.map(slug),
        }
    }

    #[test]
    fn a_draft_holds_one_slug() {
        let (places, change) = draft("a").renamed(slug("b"), false);
        assert_eq!(change, claims(Some("b"), Some("a")));
        assert_eq!(places, draft("b"));
        let (same, change) = places.renamed(slug("b"), false);
        assert_eq!((same, change), (places, Claims::default()));
    }

    #[test]
    fn a_live_page_keeps_its_place_until_it_is_published_elsewhere() {
        let (live, change) = draft("a").published();
        assert_eq!(change, Claims::default());
        let (renamed, change) = live.renamed(slug("b"), true);
        assert_eq!(change, claims(Some("b"), None));
        assert_eq!(renamed.held(), [&slug("b"), &slug("a")]);
        let (back, change) = renamed.renamed(slug("a"), true);
        assert_eq!(change, claims(None, Some("b")));
        assert_eq!(back.held(), [&slug("a")]);
        assert_eq!(back.past, [slug("b")]);
        let (moved, change) = renamed.published();
        assert_eq!(change, claims(None, Some("a")));
        assert_eq!(moved.held(), [&slug("b")]);
        assert_eq!(moved.past, [slug("a")]);
        let (returned, change) = moved.renamed(slug("a"), true);
        assert_eq!(change, claims(Some("a"), None));
        assert!(returned.past.is_empty(), "what is held is not past");
    }

    #[test]
    fn a_page_that_is_taken_back_gives_its_other_place_up() {
        let (live, _) = draft("a").published();
        let (renamed, _) = live.renamed(slug("b"), true);
        let (back, change) = renamed.unpublished();
        assert_eq!(change, claims(None, Some("a")));
        assert_eq!((back.live, back.past), (None, vec![slug("a")]));
        let (same, change) = live.unpublished();
        assert_eq!(change, Claims::default());
        assert_eq!(same.held(), [&slug("a")]);
    }

    #[test]
    fn no_more_places_are_remembered_than_the_limit() {
        let mut places = draft("s").published().0;
        for number in 0..20 {
            places = places.renamed(slug(&format!("s{number}")), true).0;
            places = places.published().0;
        }
        assert_eq!(places.past.len(), PAST_MAX);
        assert_eq!(places.past.last(), Some(&slug("s18")));
    }
}
