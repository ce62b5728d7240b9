//! Putting a page on its website and taking it off: what both operations share.

use kernel::limits::PUBLISH_ATTEMPTS_MAX;
use publication::Outcome;
use render::PageContent;
use tenancy::permission::PublishContent;
use tenancy::{Once, Permit, StorageError, Stored};
use web::{IfMatch, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::get_page::read;
use crate::live::LiveSite;
use crate::records::PageRecord;
use crate::repository;
use crate::requests::PagePath;
use crate::views::PageView;

/// Where a page is to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// On its website, as its draft is.
    Website,
    /// Nowhere.
    Nowhere,
}

/// Makes a release in which the page is where it is to be; if it is there already, nothing changes.
/// Unless one version is meant, saving the page at the same moment is no reason to refuse, and
/// somebody else's release never is.
pub(super) async fn set_live(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    if_match: Option<&IfMatch>,
    once: Option<Once>,
    target: Target,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    let page = repository::get(permit, path.website, path.page).await?;
    // After the page was read: if the request has not happened by now, what was read is from before
    // it, and may be held against the version that is meant.
    if let Some(outcome) = publication::replayed(permit, once.as_ref()).await? {
        return again(permit, path, &outcome).await;
    }
    let mut site = LiveSite::open(permit, path.website).await?;
    if let Some(if_match) = if_match {
        let checked = if_match.check(page.version());
        checked.map_err(|_other| ContentError::Stale)?;
    }
    site.ready()?;
    let mut draft = Draft::of(permit, page).await?;
    let is_any = if_match.is_none_or(IfMatch::is_any);
    for _ in 0..PUBLISH_ATTEMPTS_MAX {
        match try_set_live(permit, &draft, &mut site, once, target).await {
            Ok(None) => {}
            Err(ContentError::Stale) if is_any => {}
            Err(error) => return Err(error),
            Ok(Some(Done { outcome, .. })) if outcome.is_replayed => {
                return again(permit, path, &outcome).await;
            }
            Ok(Some(done)) => {
                // Where nothing was to be done, somebody else may have done it after the page was
                // read, and written the page.
                let is_other = !done.outcome.is_moved && !draft.is_current(permit).await?;
                let shown = if is_other {
                    as_it_is(permit, path, &done.outcome).await?
                } else {
                    done.shown(&draft)?
                };
                return Ok(Repeatable::first(shown));
            }
        }
        if is_any {
            draft = draft.read_again(permit).await?;
        }
        if let Some(outcome) = publication::replayed(permit, once.as_ref()).await? {
            return again(permit, path, &outcome).await;
        }
        site.read_again().await?;
    }
    Err(ContentError::Storage(StorageError::Contended))
}

/// A page, and the bytes of its draft.
struct Draft {
    page: Stored<PageRecord>,
    bytes: Vec<u8>,
}

impl Draft {
    async fn of(
        permit: &Permit<PublishContent>,
        page: Stored<PageRecord>,
    ) -> Result<Self, ContentError> {
        let bytes = repository::read_bytes(permit, &page).await?;
        Ok(Self { page, bytes })
    }

    async fn is_current(&self, permit: &Permit<PublishContent>) -> Result<bool, ContentError> {
        let page = repository::get(permit, self.page.website_id, self.page.id).await?;
        Ok(page.version() == self.page.version())
    }

    async fn read_again(self, permit: &Permit<PublishContent>) -> Result<Self, ContentError> {
        let page = repository::get(permit, self.page.website_id, self.page.id).await?;
        if page.version() == self.page.version() {
            return Ok(self);
        }
        Self::of(permit, page).await
    }
}

/// What was done: the pointer moved, and the page was written with it, or there was nothing to do.
struct Done {
    outcome: Outcome,
    page: PageRecord,
    status: Status,
}

impl Done {
    /// Shows the page, which nobody else wrote in between.
    fn shown(&self, before: &Draft) -> Result<Tagged<PageView>, ContentError> {
        let version = before.page.version();
        let (page, version) = if self.outcome.is_moved {
            (&self.page, version.saturating_add(1))
        } else {
            (&before.page.record, version)
        };
        let content = PageContent::from_bytes(&before.bytes)?;
        Ok(Tagged {
            version,
            view: PageView::new(page, version, self.status)
                .with_content(&content)
                .with_release(self.outcome.release),
        })
    }
}

/// Does it once, or nothing where somebody moved the pointer since the website was read.
async fn try_set_live(
    permit: &Permit<PublishContent>,
    draft: &Draft,
    site: &mut LiveSite<'_, PublishContent>,
    once: Option<Once>,
    target: Target,
) -> Result<Option<Done>, ContentError> {
    let Draft {
        page: before,
        bytes,
    } = draft;
    let places = site.places_of(&before.places()).await?;
    let live = site.ready()?;
    let (outcome, page, status) = match target {
        Target::Website => {
            let (held, claims) = before.places().published();
            let after = PageRecord {
                published_at: Some(permit.now()),
                ..before.record.clone()
            }
            .with_places(held);
            let also = (&after, &claims);
            let published = repository::publish(live, before, also, &places, (bytes, once));
            (published.await?, after, Status::Published)
        }
        Target::Nowhere => {
            let (held, claims) = before.places().unpublished();
            let after = before.record.clone().with_places(held);
            let also = (&after, &claims);
            let taken_back = repository::unpublish(live, before, also, &places, once);
            (taken_back.await?, after, Status::Draft)
        }
    };
    Ok(outcome.map(|outcome| Done {
        outcome,
        page,
        status,
    }))
}

/// Answers a repeated request with the page as it is now, and the release that the first one made.
async fn again(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    outcome: &Outcome,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    Ok(Repeatable::again(as_it_is(permit, path, outcome).await?))
}

/// Reads the page as it is now.
async fn as_it_is(
    permit: &Permit<PublishContent>,
    path: &PagePath,
    outcome: &Outcome,
) -> Result<Tagged<PageView>, ContentError> {
    let Tagged { version, view } = read(permit, path.website, path.page).await?;
    Ok(Tagged {
        version,
        view: view.with_release(outcome.release),
    })
}
