//! Makes a page.

use kernel::{PageId, WebsiteId};
use tenancy::permission::EditOwnContent;
use tenancy::{CommitError, Permit, StorageError};
use web::{Body, Created, Idempotent, Path, Repeatable, Tagged};

use crate::domain::Status;
use crate::error::ContentError;
use crate::handlers::get_page::read;
use crate::records::{Content, PageRecord, Stamp};
use crate::repository;
use crate::requests::{PageDraft, WebsitePath};
use crate::views::PageView;

/// The version of what was just made.
const FIRST: u64 = 1;

/// Makes a page that visitors do not see yet.
pub(crate) async fn create_page(
    permit: Permit<EditOwnContent>,
    Path(path): Path<WebsitePath>,
    Idempotent(once): Idempotent,
    Body(draft): Body<PageDraft>,
) -> Result<Repeatable<Created<PageView>>, ContentError> {
    if let Some(made) = permit.replayed(once.as_ref()).await? {
        return again(&permit, path.website, &made).await;
    }
    repository::require_made_website(&permit, path.website).await?;
    let created = stamp(&permit);
    let draft = draft.read()?.changed_at(created.at);
    let page = PageRecord {
        id: PageId::mint(permit.mint()),
        website_id: path.website,
        title: draft.content.title().to_owned(),
        slug: draft.content.slug().clone(),
        content: Content::of(&draft),
        live_slug: None,
        past_slugs: Vec::new(),
        published_at: None,
        created,
        updated: None,
    };
    match repository::insert(&permit, &page, &draft, once).await {
        Ok(()) => Ok(Repeatable::first(Created {
            location: address(page.website_id, page.id),
            version: FIRST,
            view: PageView::new(&page, FIRST, Status::Draft).with_content(&draft.content),
        })),
        Err(CommitError::Replayed(made)) => again(&permit, path.website, &made).await,
        Err(error) => Err(error.into()),
    }
}

/// Answers a repeated request with the page as it is now.
async fn again(
    permit: &Permit<EditOwnContent>,
    website: WebsiteId,
    made: &str,
) -> Result<Repeatable<Created<PageView>>, ContentError> {
    let unreadable = |_other| StorageError::UnreadableOutcome(made.to_owned());
    let id: PageId = made.parse().map_err(unreadable)?;
    let Tagged { version, view } = read(permit, website, id).await?;
    Ok(Repeatable::again(Created {
        location: address(website, id),
        version,
        view,
    }))
}

/// Returns who acts, and when.
pub(crate) fn stamp(permit: &Permit<EditOwnContent>) -> Stamp {
    Stamp {
        at: permit.now(),
        by: permit.actor().person(),
    }
}

fn address(website: WebsiteId, page: PageId) -> String {
    format!("/api/v1/websites/{website}/pages/{page}")
}
