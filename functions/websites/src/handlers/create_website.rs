//! Asks for a website; the saga makes it.

use kernel::{OperationId, WebsiteId};
use tenancy::keys::{OperationKey, WebsiteKey};
use tenancy::permission::ManageWebsites;
use tenancy::records::{OperationRecord, WEBSITE_STEPS, WebsiteRecord, WebsiteStatus};
use tenancy::{CommitError, Permit, StorageError};
use web::{Accepted, Body, Created, Either, Idempotent, Repeatable, State};

use crate::error::WebsiteError;
use crate::repository;
use crate::requests::NewWebsite;
use crate::site::Site;
use crate::state::AppState;
use crate::views::WebsiteView;

type Answer = Repeatable<Either<Created<WebsiteView>, Accepted<WebsiteView>>>;

/// Stands between the ids under which a request is remembered.
const SEPARATOR: char = '/';

/// Asks for a website.
pub(crate) async fn create_website(
    permit: Permit<ManageWebsites>,
    Idempotent(once): Idempotent,
    Body(new): Body<NewWebsite>,
    State(state): State<AppState>,
) -> Result<Answer, WebsiteError> {
    if let Some(made) = permit.replayed(once.as_ref()).await? {
        return again(&permit, &state, &made).await;
    }
    let (name, subdomain) = new.read()?;
    let tenant = permit
        .tenant_record()
        .await?
        .ok_or(WebsiteError::NotFound)?;
    let (now, mint) = (permit.now(), permit.mint());
    let hosts = state.addresses.hosts(&subdomain, &tenant.subdomain);
    let website = WebsiteRecord {
        id: WebsiteId::mint(mint),
        name,
        subdomain,
        hosts: hosts.to_vec(),
        status: WebsiteStatus::Provisioning,
        created_at: now,
        updated_at: now,
        purge_at: None,
    };
    let mut operation = OperationRecord::pending(
        OperationId::mint(mint),
        "create-website",
        &WEBSITE_STEPS,
        permit.tenant(),
        permit.actor().person(),
        now,
    );
    operation.website_id = Some(website.id);
    let made = format!("{}{SEPARATOR}{}", website.id, operation.id);
    let websites_max = tenant.quota.max_websites;
    let inserted =
        repository::insert(&permit, &website, &operation, websites_max, (once, &made)).await;
    match inserted {
        Ok(()) => Ok(Repeatable::first(Either::Right(Accepted {
            location: address(website.id),
            view: WebsiteView::of(&website, &state.addresses).with_operation(&operation),
        }))),
        Err(CommitError::Replayed(made)) => again(&permit, &state, &made).await,
        Err(error) => Err(error.into()),
    }
}

/// Answers a repeated request: with the website once it is made, else with how far it got.
async fn again(
    permit: &Permit<ManageWebsites>,
    state: &AppState,
    made: &str,
) -> Result<Answer, WebsiteError> {
    let ids = made.split_once(SEPARATOR).and_then(|(website, operation)| {
        Some((website.parse::<WebsiteId>().ok()?, operation.parse().ok()?))
    });
    let (id, operation) = ids.ok_or_else(|| StorageError::UnreadableOutcome(made.to_owned()))?;
    let website = permit
        .get::<WebsiteRecord>(&WebsiteKey { website: id })
        .await?;
    let website = website.ok_or(WebsiteError::NotNow(
        "the website could not be made; ask for it again under another key",
    ))?;
    let location = address(id);
    let view = WebsiteView::of(&website, &state.addresses);
    if website.status != WebsiteStatus::Provisioning {
        let site = Site::read(permit, id).await?;
        return Ok(Repeatable::again(Either::Left(Created {
            location,
            version: site.version(),
            view: site
                .live
                .iter()
                .fold(view, |view, live| view.with_tree(&live.tree)),
        })));
    }
    let operation = permit
        .get::<OperationRecord>(&OperationKey { operation })
        .await?;
    let view = operation
        .iter()
        .fold(view, |view, operation| view.with_operation(operation));
    Ok(Repeatable::again(Either::Right(Accepted {
        location,
        view,
    })))
}

fn address(website: WebsiteId) -> String {
    format!("/api/v1/websites/{website}")
}
