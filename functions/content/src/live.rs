//! What of a website's pages is live.

use std::collections::BTreeSet;

use kernel::{ContentHash, PageSlug, WebsiteId};
use publication::Live;
use release::{Entry, NodeStore, ReleaseError, Root, RouteKey, Step, lookup};
use tenancy::records::WebsiteStatus;
use tenancy::{Permission, Permit};

use crate::domain::{Places, Status};
use crate::error::ContentError;
use crate::records::{PageRecord, SlugRecord, slug_key};

/// The places at which a page is live, with the hashes of what is there.
pub(crate) type LivePlaces = Vec<(PageSlug, ContentHash)>;

/// What is live on a website; nothing before its first release.
#[derive(Debug)]
pub(crate) struct LiveSite<'a, P> {
    permit: &'a Permit<P>,
    website: WebsiteId,
    live: Option<Live<'a, P>>,
}

impl<'a, P: Permission> LiveSite<'a, P> {
    /// Reads what is live on a website that is not deleted.
    pub(crate) async fn open(
        permit: &'a Permit<P>,
        website: WebsiteId,
    ) -> Result<Self, ContentError> {
        Ok(Self {
            permit,
            website,
            live: Live::find(permit, website).await?,
        })
    }

    /// Reads what is live by now.
    pub(crate) async fn read_again(&mut self) -> Result<(), ContentError> {
        match &mut self.live {
            Some(live) => live.read_again().await?,
            None => self.live = Live::find(self.permit, self.website).await?,
        }
        Ok(())
    }

    /// Returns what is live, for publishing on it. A website that is still being made has nothing yet.
    pub(crate) fn ready(&mut self) -> Result<&mut Live<'a, P>, ContentError> {
        let is_made =
            |live: &&mut Live<'a, P>| live.pointer().status != WebsiteStatus::Provisioning;
        let live = self.live.as_mut().filter(is_made);
        live.ok_or(ContentError::NotReady)
    }

    /// Returns the places at which a page is live.
    pub(crate) async fn places_of(&mut self, places: &Places) -> Result<LivePlaces, ContentError> {
        let all = self.places_of_all(std::slice::from_ref(places)).await?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// Returns the places at which each of these pages is live: one pass over the tree for all.
    pub(crate) async fn places_of_all(
        &mut self,
        pages: &[Places],
    ) -> Result<Vec<LivePlaces>, ContentError> {
        let Some(live) = &mut self.live else {
            return Ok(pages.iter().map(|_| Vec::new()).collect());
        };
        let slugs: Vec<PageSlug> = pages.iter().flat_map(all_slugs).cloned().collect();
        let keys: Vec<RouteKey> = slugs.iter().map(RouteKey::page).collect();
        let found = live
            .run(|store, tree| lookup_all(store, &tree.routes, &keys))
            .await?;
        let mut found = slugs.into_iter().zip(found);
        let mut all = Vec::with_capacity(pages.len());
        for places in pages {
            let mut live = Vec::new();
            for (slug, entry) in found.by_ref().take(all_slugs(places).count()) {
                let Some(entry) = entry else { continue };
                if !places.past.contains(&slug) || self.is_free(&slug).await? {
                    live.push((slug, entry.object));
                }
            }
            all.push(live);
        }
        Ok(all)
    }

    /// Returns the status of a page.
    pub(crate) async fn status_of(&mut self, page: &PageRecord) -> Result<Status, ContentError> {
        let live = self.places_of(&page.places()).await?;
        Ok(Status::of(&page.slug, page.hash(), &live))
    }

    /// Returns whether no page holds a slug; what is live there is whose it was last.
    async fn is_free(&self, slug: &PageSlug) -> Result<bool, ContentError> {
        let key = slug_key(self.website, slug);
        Ok(self.permit.get::<SlugRecord>(&key).await?.is_none())
    }
}

/// Returns every slug at which a page may be live: those it holds, and those it gave up.
fn all_slugs(places: &Places) -> impl Iterator<Item = &PageSlug> {
    places.held().into_iter().chain(&places.past)
}

/// Looks many keys up at once: of each level of the map, all nodes that are needed.
fn lookup_all(
    store: &NodeStore,
    root: &Root,
    keys: &[RouteKey],
) -> Result<Step<Vec<Option<Entry>>>, ReleaseError> {
    let mut found = Vec::with_capacity(keys.len());
    let mut needed = BTreeSet::new();
    for key in keys {
        match lookup(store, root, key)? {
            Step::Done(entry) => found.push(entry),
            Step::Need(hashes) => needed.extend(hashes),
        }
    }
    if needed.is_empty() {
        Ok(Step::Done(found))
    } else {
        Ok(Step::Need(needed.into_iter().collect()))
    }
}
