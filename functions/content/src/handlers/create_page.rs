//! Makes a page.

use kernel::{PageId, PersonId, WebsiteId};
use tenancy::permission::EditContent;
use tenancy::{Actor, CommitError, Permit};
use web::{Body, Created, Idempotent, Path};

use crate::domain::Status;
use crate::error::ContentError;
use crate::live::LiveSite;
use crate::records::{Content, PageRecord, Stamp};
use crate::repository;
use crate::requests::{PageDraft, WebsitePath};
use crate::views::PageView;

/// The version of what was just made.
const FIRST: u64 = 1;

/// Makes a page that visitors do not see yet.
pub(crate) async fn create_page(
    permit: Permit<EditContent>,
    Path(path): Path<WebsitePath>,
    Idempotent(once): Idempotent,
    Body(draft): Body<PageDraft>,
) -> Result<Created<PageView>, ContentError> {
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
        Ok(()) => Ok(Created {
            location: address(&page),
            version: FIRST,
            view: PageView::new(&page, FIRST, Status::Draft).with_content(&draft.content),
            is_replayed: false,
        }),
        Err(CommitError::Replayed(made)) => again(&permit, path.website, &made).await,
        Err(error) => Err(error.into()),
    }
}

/// Answers a repeated request with the page as it is now.
async fn again(
    permit: &Permit<EditContent>,
    website: WebsiteId,
    made: &str,
) -> Result<Created<PageView>, ContentError> {
    let id: PageId = made.parse().map_err(|_other| ContentError::NotFound)?;
    let page = repository::get(permit, website, id).await?;
    let status = LiveSite::open(permit, website)
        .await?
        .status_of(&page)
        .await?;
    let content = repository::read_content(permit, &page).await?;
    Ok(Created {
        location: address(&page),
        version: page.version(),
        view: PageView::listed(&page, status).with_content(&content),
        is_replayed: true,
    })
}

/// Returns who acts, and when.
pub(crate) fn stamp(permit: &Permit<EditContent>) -> Stamp {
    let by: Option<PersonId> = match permit.actor() {
        Actor::Member(person, _) | Actor::Operator(person) => Some(person),
        Actor::Visitor | Actor::System(_) => None,
    };
    Stamp {
        at: permit.now(),
        by,
    }
}

fn address(page: &PageRecord) -> String {
    format!("/api/v1/websites/{}/pages/{}", page.website_id, page.id)
}
