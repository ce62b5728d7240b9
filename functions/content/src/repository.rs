//! Pages in storage: reading them, and their changes, each one transaction.

use std::collections::BTreeMap;

use events::Event;
use kernel::{ContentHash, PageId, WebsiteId};
use publication::{Edit, Live, Outcome};
use release::{Entry, EntryKind, RouteKey};
use render::PageContent;
use tenancy::audit::Action;
use tenancy::keys::{PageKey, WebsiteKey};
use tenancy::permission::{EditOwnContent, PublishContent};
use tenancy::records::{WebsiteRecord, WebsiteStatus};
use tenancy::{Change, CommitError, Mutates, Once, Own, Permission, Permit, Stored};

use crate::domain::{Claims, Draft};
use crate::error::{Broken, ContentError};
use crate::live::LivePlaces;
use crate::records::{Content, PageRecord, SlugRecord, slug_key};

/// Requires a website that is not deleted.
pub(crate) async fn require_website<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<(), ContentError> {
    require_status(permit, website).await.map(|_any| ())
}

/// Requires a website that is made: what is written below one that is not yet would be left behind
/// if it is given up.
pub(crate) async fn require_made_website<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<(), ContentError> {
    if require_status(permit, website).await? == WebsiteStatus::Provisioning {
        return Err(ContentError::NotReady);
    }
    Ok(())
}

async fn require_status<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
) -> Result<WebsiteStatus, ContentError> {
    permit
        .get::<WebsiteRecord>(&WebsiteKey { website })
        .await?
        .map(|record| record.status)
        .filter(|status| *status != WebsiteStatus::Deleted)
        .ok_or(ContentError::NotFound)
}

/// Reads a page that is there.
pub(crate) async fn get<P: Permission>(
    permit: &Permit<P>,
    website: WebsiteId,
    page: PageId,
) -> Result<Stored<PageRecord>, ContentError> {
    permit
        .get::<PageRecord>(&PageKey { website, page })
        .await?
        .ok_or(ContentError::NotFound)
}

/// Reads the bytes of a draft.
pub(crate) async fn read_bytes<P: Permission>(
    permit: &Permit<P>,
    page: &PageRecord,
) -> Result<Vec<u8>, ContentError> {
    match &page.content {
        Content::Inline(bytes) => Ok(bytes.clone()),
        Content::Object(hash) => {
            let mut objects = permit.objects(&[*hash]).await?;
            let bytes = objects.pop().flatten();
            bytes.ok_or(ContentError::Broken(Broken::ObjectMissing))
        }
    }
}

/// Reads a draft.
pub(crate) async fn read_content<P: Permission>(
    permit: &Permit<P>,
    page: &PageRecord,
) -> Result<PageContent, ContentError> {
    Ok(PageContent::from_bytes(&read_bytes(permit, page).await?)?)
}

/// Writes a new page, which takes its slug.
pub(crate) async fn insert(
    permit: &Permit<EditOwnContent>,
    page: &PageRecord,
    draft: &Draft,
    once: Option<Once>,
) -> Result<(), CommitError> {
    put_large(permit, page, draft).await?;
    permit
        .change(Action::Create)
        .create(page)
        .attach(&claim(page, &page.slug))
        .own(page.id)
        .event(Event::PageCreated {
            website_id: page.website_id,
            page_id: page.id,
        })
        .once(once, page.id)
        .commit()
        .await
}

/// Writes a page's new draft.
pub(crate) async fn update(
    permit: &Permit<EditOwnContent>,
    before: &Own<PageRecord>,
    after: &PageRecord,
    draft: &Draft,
    claims: &Claims,
) -> Result<(), CommitError> {
    put_large(permit, after, draft).await?;
    let change = permit
        .change(Action::Update)
        .update(before, after)
        .event(Event::PageUpdated {
            website_id: before.website_id,
            page_id: before.id,
        });
    claiming(change, after, claims).commit().await
}

/// Publishes a page at its draft's slug, and takes it away from wherever else it is live. Does
/// nothing where somebody moved the pointer since `live` was read.
pub(crate) async fn publish(
    live: &mut Live<'_, PublishContent>,
    before: &Stored<PageRecord>,
    (after, claims): (&PageRecord, &Claims),
    places: &LivePlaces,
    (bytes, once): (&[u8], Option<Once>),
) -> Result<Option<Outcome>, ContentError> {
    let entry = Entry {
        kind: EntryKind::Page,
        object: ContentHash::of(bytes),
    };
    let mut routes = removals(places);
    routes.insert(RouteKey::page(&before.slug), Some(entry));
    let edit = Edit {
        routes,
        objects: vec![bytes.to_vec()],
        once,
        ..Edit::new(format!("Published {}", before.slug.path()), Action::Publish)
    };
    let published = live.publish(&edit, |change| {
        claiming(change.update(before, after), after, claims)
    });
    Ok(published.await?)
}

/// Takes a page away from wherever it is live. Does nothing where somebody moved the pointer since
/// `live` was read.
pub(crate) async fn unpublish(
    live: &mut Live<'_, PublishContent>,
    before: &Stored<PageRecord>,
    (after, claims): (&PageRecord, &Claims),
    places: &LivePlaces,
    once: Option<Once>,
) -> Result<Option<Outcome>, ContentError> {
    let edit = Edit {
        routes: removals(places),
        once,
        ..Edit::new(format!("Took {} back", before.slug.path()), Action::Publish)
    };
    let published = live.publish(&edit, |change| {
        claiming(change.update(before, after), after, claims)
    });
    Ok(published.await?)
}

/// Deletes a page, and takes it away from wherever it is live in the same moment. Reports whether it
/// did: of a page that is live, nothing happens where somebody moved the pointer since `live` was read.
/// One that is live nowhere is deleted whoever moves the pointer: a rollback in that moment shows it
/// again, as one after the deletion does.
pub(crate) async fn delete(
    permit: &Permit<EditOwnContent>,
    live: &mut Live<'_, EditOwnContent>,
    page: &Own<PageRecord>,
    places: &LivePlaces,
) -> Result<bool, ContentError> {
    if !places.is_empty() {
        let edit = Edit {
            routes: removals(places),
            ..Edit::new(format!("Deleted {}", page.slug.path()), Action::Delete)
        };
        let published = live.publish(&edit, |change| deleting(change, page));
        return Ok(published.await?.is_some_and(|outcome| outcome.is_moved));
    }
    deleting(permit.change(Action::Delete), page)
        .commit()
        .await?;
    Ok(true)
}

fn deleting<'a>(change: Change<'a>, page: &Stored<PageRecord>) -> Change<'a> {
    let places = page.places();
    let change = places.held().into_iter().fold(change, |change, slug| {
        change.detach(&slug_key(page.website_id, slug))
    });
    change.delete(page).event(Event::PageDeleted {
        website_id: page.website_id,
        page_id: page.id,
    })
}

fn claiming<'a>(change: Change<'a>, page: &PageRecord, claims: &Claims) -> Change<'a> {
    let change = match &claims.taken {
        Some(taken) => change.attach(&claim(page, taken)),
        None => change,
    };
    match &claims.released {
        Some(released) => change.detach(&slug_key(page.website_id, released)),
        None => change,
    }
}

fn claim(page: &PageRecord, slug: &kernel::PageSlug) -> SlugRecord {
    SlugRecord {
        website_id: page.website_id,
        slug: slug.clone(),
        page_id: page.id,
    }
}

fn removals(live: &LivePlaces) -> BTreeMap<RouteKey, Option<Entry>> {
    live.iter()
        .map(|(slug, _)| (RouteKey::page(slug), None))
        .collect()
}

/// Stores a draft that is too large for its record, before the record names it.
async fn put_large<P: Mutates>(
    permit: &Permit<P>,
    page: &PageRecord,
    draft: &Draft,
) -> Result<(), CommitError> {
    match page.content {
        Content::Inline(_) => Ok(()),
        Content::Object(_) => Ok(permit.put_objects(vec![draft.bytes.clone()]).await?),
    }
}
