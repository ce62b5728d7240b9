//! What never changes, kept in memory under its hash: objects, trees made ready, places looked up,
//! finished pages. Must never keep what depends on time.

use std::sync::Arc;

use kernel::limits::{CACHE_BYTES_MAX, CACHE_ENTRIES_MAX};
use kernel::{ContentHash, PageSlug};
use publication::{ObjectCache, PublishError, Reader};
use release::{Entry, KeyRange, RouteKey, Tree, TreeId, lookup, range};
use render::Theme;
use tenancy::Permit;
use tenancy::permission::ReadPublished;

use crate::cache::Memory;
use crate::error::DeliveryError;
use crate::frame::Frame;
use crate::limits::{
    FRAMES_BYTES_MAX, RENDERED_BYTES_MAX, SITEMAP_BATCH, SITEMAP_URLS_MAX, THEMES_MAX,
};

/// The shelf.
#[derive(Debug)]
pub(crate) struct Shelf {
    objects: ObjectCache,
    frames: Memory<TreeId, Arc<Frame>>,
    themes: Memory<ContentHash, Arc<Theme>>,
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
            frames: Memory::new(FRAMES_BYTES_MAX),
            themes: Memory::new(THEMES_MAX),
            entries: Memory::new(CACHE_ENTRIES_MAX),
            rendered: ObjectCache::new(RENDERED_BYTES_MAX),
        }
    }

    /// Returns a tree, ready to be shown.
    pub(crate) async fn frame(
        &self,
        permit: &Permit<ReadPublished>,
        tree: TreeId,
    ) -> Result<Arc<Frame>, DeliveryError> {
        if let Some(frame) = self.frames.get(&tree) {
            return Ok(frame);
        }
        let stored = self.object(permit, tree.hash()).await?;
        let read = Tree::decode(&stored).map_err(PublishError::from)?;
        let theme = self.theme(permit, read.theme.package).await?;
        let frame = Arc::new(Frame::of(tree, read, theme));
        self.frames
            .insert_weighed(tree, Arc::clone(&frame), stored.len());
        Ok(frame)
    }

    /// Returns the theme of a package: no read where it is built in, else one. Its name alone says
    /// nothing: a release looks as it looked when it was made, whatever its theme has become.
    async fn theme(
        &self,
        permit: &Permit<ReadPublished>,
        package: ContentHash,
    ) -> Result<Arc<Theme>, DeliveryError> {
        if let Some(theme) = self.themes.get(&package) {
            return Ok(theme);
        }
        let theme = if let Some(built_in) = Theme::of_package(package) {
            built_in.clone()
        } else {
            match self.reader(permit).object(package).await {
                Err(PublishError::ObjectMissing) => {
                    return Err(DeliveryError::ThemeMissing(package));
                }
                stored => Theme::from_package(&stored?)?,
            }
        };
        let theme = Arc::new(theme);
        self.themes.insert(package, Arc::clone(&theme));
        Ok(theme)
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
