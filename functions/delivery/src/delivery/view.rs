//! A tree as one request sees it, and the headers that follow from how it is seen.

use std::sync::Arc;

use events::CacheTag;
use http::StatusCode;
use kernel::{ContentHash, PageSlug, WebsiteId};
use tenancy::Permit;
use tenancy::permission::ReadPublished;

use crate::entity_tag::EntityTag;
use crate::frame::Frame;
use crate::reply::{Caching, Reply};
use crate::request::Request;

/// A tree, and who looks at it.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) permit: Permit<ReadPublished>,
    pub(super) website: WebsiteId,
    pub(super) frame: Arc<Frame>,
    /// The canonical origin, without a slash at the end.
    pub(super) origin: String,
    /// Empty, or what stands before all paths of a preview.
    pub(super) base_path: String,
    pub(super) request: &'a Request,
}

impl View<'_> {
    /// Tells whether it is a preview: for one pair of eyes, and never kept.
    pub(super) fn is_preview(&self) -> bool {
        !self.base_path.is_empty()
    }

    /// Begins an answer that a purge of the tenant or of the website reaches.
    pub(super) fn reply(&self, status: StatusCode, caching: Caching) -> Reply {
        self.tagged(status, caching, None)
    }

    /// Begins an answer that a publish at `slug` changes: a purge of that path reaches it too,
    /// whether there is a page now or not.
    pub(super) fn reply_at(&self, status: StatusCode, slug: &PageSlug) -> Reply {
        let tag = CacheTag::page(self.website, &slug.path());
        self.tagged(status, Caching::Tagged, Some(tag))
    }

    /// Begins an answer that any publish changes: it tells which pages there are.
    pub(super) fn reply_of_sitemap(&self) -> Reply {
        let tag = CacheTag::sitemap(self.website);
        self.tagged(StatusCode::OK, Caching::Tagged, Some(tag))
    }

    fn tagged(&self, status: StatusCode, caching: Caching, tag: Option<CacheTag>) -> Reply {
        if self.is_preview() {
            return Reply::new(status, Caching::Private).header("x-robots-tag", "noindex");
        }
        let tags: Vec<CacheTag> = [
            CacheTag::tenant(self.permit.tenant()),
            CacheTag::website(self.website),
        ]
        .into_iter()
        .chain(tag)
        .collect();
        Reply::new(status, caching).tags(&tags)
    }

    /// Names what an answer is made of, where it may be kept.
    pub(super) fn entity_tag(&self, reply: Reply, inputs: ContentHash) -> Reply {
        if self.is_preview() {
            reply
        } else {
            reply.entity_tag(&EntityTag::of(inputs), self.request)
        }
    }

    /// Leads to another spelling of the same path.
    pub(super) fn moved(&self, path: &str) -> Reply {
        self.reply(StatusCode::PERMANENT_REDIRECT, Caching::Tagged)
            .header("location", format!("{}{path}", self.base_path))
    }

    /// Returns the hash of what a page is made of, beside the parts that it names.
    pub(super) fn inputs(&self, parts: &[&[u8]]) -> ContentHash {
        let frame = self.frame.fingerprint;
        let common: [&[u8]; 3] = [
            frame.as_bytes(),
            self.origin.as_bytes(),
            self.base_path.as_bytes(),
        ];
        ContentHash::of_parts(&[&common, parts].concat())
    }
}
