//! What is stored of pages.

use jiff::Timestamp;
use kernel::limits::OBJECT_INLINE_BYTES_MAX;
use kernel::{ContentHash, PageId, PageSlug, PersonId, WebsiteId};
use serde::{Deserialize, Serialize};
use tenancy::Record;
use tenancy::keys::{PageKey, SlugKey};

use crate::domain::{Draft, Places};

/// A page with its newest draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PageRecord {
    /// Its id.
    pub(crate) id: PageId,
    /// Its website.
    pub(crate) website_id: WebsiteId,
    /// The draft's title.
    pub(crate) title: String,
    /// The draft's slug.
    pub(crate) slug: PageSlug,
    /// The draft.
    pub(crate) content: Content,
    /// Where the page was last published; the slug is held as long as it stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) live_slug: Option<PageSlug>,
    /// Where it was published before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) past_slugs: Vec<PageSlug>,
    /// When it was last published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) published_at: Option<Timestamp>,
    /// When it was made, and by whom.
    pub(crate) created: Stamp,
    /// When its draft was changed last, and by whom, if it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) updated: Option<Stamp>,
}

/// A draft's canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Content {
    /// The bytes.
    Inline(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The hash of the object that holds them.
    Object(ContentHash),
}

/// When something was done, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Stamp {
    /// When.
    pub(crate) at: Timestamp,
    /// By whom, by id only.
    pub(crate) by: Option<PersonId>,
}

impl Record for PageRecord {
    type Key = PageKey;
    const SHOWN: &'static [&'static str] = &[
        "title",
        "slug",
        "liveSlug",
        "pastSlugs",
        "publishedAt",
        "created.at",
        "updated.at",
    ];

    fn key(&self) -> Self::Key {
        PageKey {
            website: self.website_id,
            page: self.id,
        }
    }
}

impl PageRecord {
    /// Returns the hash of the draft: its name in a release.
    pub(crate) fn hash(&self) -> ContentHash {
        match &self.content {
            Content::Inline(bytes) => ContentHash::of(bytes),
            Content::Object(hash) => *hash,
        }
    }

    /// Returns where the page is and was.
    pub(crate) fn places(&self) -> Places {
        Places {
            slug: self.slug.clone(),
            live: self.live_slug.clone(),
            past: self.past_slugs.clone(),
        }
    }

    /// Returns the page at other places.
    pub(crate) fn with_places(self, places: Places) -> Self {
        Self {
            slug: places.slug,
            live_slug: places.live,
            past_slugs: places.past,
            ..self
        }
    }

    /// Returns when the draft was changed last, and by whom.
    pub(crate) fn last_change(&self) -> Stamp {
        self.updated.unwrap_or(self.created)
    }
}

impl Content {
    /// Returns what is stored of a draft; its bytes become an object where they are many.
    pub(crate) fn of(draft: &Draft) -> Self {
        if draft.bytes.len() > OBJECT_INLINE_BYTES_MAX {
            Self::Object(draft.hash)
        } else {
            Self::Inline(draft.bytes.clone())
        }
    }
}

/// A slug of a website, held by one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SlugRecord {
    /// The website.
    pub(crate) website_id: WebsiteId,
    /// The slug.
    pub(crate) slug: PageSlug,
    /// The page that holds it.
    pub(crate) page_id: PageId,
}

impl Record for SlugRecord {
    type Key = SlugKey;

    fn key(&self) -> Self::Key {
        slug_key(self.website_id, &self.slug)
    }
}

/// Returns the key of a slug. Slugs are longer than keys should be, so the key has their hash.
pub(crate) fn slug_key(website: WebsiteId, slug: &PageSlug) -> SlugKey {
    SlugKey {
        website,
        slug: ContentHash::of(slug.as_str().as_bytes()),
    }
}
