//! What never changes, kept in memory under its hash: objects, trees made ready, places looked up,
//! finished pages. Must never keep what depends on time.

use std::sync::Arc;

use kernel::limits::{CACHE_BYTES_MAX, CACHE_ENTRIES_MAX};
use kernel::{ContentHash, PageSlug};
use publication::{ObjectCache, PublishError, Reader};
use release::{Entry, KeyRange, RouteKey, TreeId, lookup, range};
use tenancy::Permit;
use tenancy::permission::ReadPublished;

use crate::cache::Memory;
use crate::frame::Frame;
use crate::limits::{FRAMES_MAX, RENDERED_BYTES_MAX, SITEMAP_BATCH, SITEMAP_URLS_MAX};

/// The shelf.
#[derive(Debug)]
pub(crate) struct Shelf {
    objects: ObjectCache,
    frames: Memory<TreeId, Arc<Frame>>,
    /// What stands where in which tree, and where nothing does.
    entries: Memory<(TreeId, PageSlug), Option<Entry>>,
    /// Finished pages, under the hash of everything they are made of.
    pub(crate) rendered: ObjectCache,
}

impl Shelf {
    /// Makes an empty shelf.
    pub(crate) fn new() -> Self {
        Self {
            objects: ObjectCache::new(CACHE_BYTES_MAX),
            frames: Memory::new(FRAMES_MAX),
            entries: Memory::new(CACHE_ENTRIES_MAX),
            rendered: ObjectCache::new(RENDERED_BYTES_MAX),
        }
    }

    /// Returns a tree, ready to be shown.
    pub(crate) async fn frame(
        &self,
        permit: &Permit<ReadPublished>,
        tree: TreeId,
    ) -> Result<Arc<Frame>, PublishError> {
        if let Some(frame) = self.frames.get(&tree) {
            return Ok(frame);
        }
        let read = self.reader(permit).tree(tree).await?;
        let frame = Arc::new(Frame::of(read).ok_or(PublishError::ObjectMissing)?);
        self.frames.insert(tree, Arc::clone(&frame));
        Ok(frame)
    }

    /// Finds what stands at a path of a tree: one read for each level below the tree's root.
    pub(crate) async fn entry(
        &self,
        permit: &Permit<ReadPublished>,
        frame: &Frame,
        slug: &PageSlug,
    ) -> Result<Option<Entry>, PublishError> {
        let place = (frame.id, slug.clone());
        if let Some(entry) = self.entries.get(&place) {
            return Ok(entry);
        }
        let key = RouteKey::page(slug);
        let entry = self
            .reader(permit)
            .run(|nodes| lookup(nodes, &frame.tree.routes, &key))
            .await?;
        self.entries.insert(place, entry);
        Ok(entry)
    }

    /// Returns an object.
    pub(crate) async fn object(
        &self,
        permit: &Permit<ReadPublished>,
        hash: ContentHash,
    ) -> Result<Arc<[u8]>, PublishError> {
        self.reader(permit).object(hash).await
    }

    /// Returns the first entries at paths, as many as a sitemap lists.
    pub(crate) async fn paths(
        &self,
        permit: &Permit<ReadPublished>,
        frame: &Frame,
    ) -> Result<Vec<(RouteKey, Entry)>, PublishError> {
        let mut reader = self.reader(permit);
        let mut found = Vec::new();
        let mut rest = KeyRange::pages();
        while found.len() < SITEMAP_URLS_MAX {
            let limit = SITEMAP_BATCH.min(SITEMAP_URLS_MAX - found.len());
            let page = reader
                .run(|nodes| range(nodes, &frame.tree.routes, &rest, limit))
                .await?;
            found.extend(page.items);
            match page.more_after {
                Some(last) => rest = rest.after(&last),
                None => break,
            }
        }
        Ok(found)
    }

    fn reader<'a>(&'a self, permit: &'a Permit<ReadPublished>) -> Reader<'a, ReadPublished> {
        Reader::cached(permit, &self.objects)
    }
}
