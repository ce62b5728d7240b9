//! The changes of websites, each one transaction.

use events::Event;
use kernel::WebsiteId;
use publication::{Edit, PointerRecord};
use tenancy::audit::Action;
use tenancy::permission::ManageWebsites;
use tenancy::records::{OperationRecord, SiteLabelRecord, WEBSITES, WebsiteRecord, WebsiteStatus};
use tenancy::{Change, CommitError, Once, Permit, Stored};

use crate::error::WebsiteError;

/// Writes a website that was asked for, with the operation that makes it.
pub(crate) async fn insert(
    permit: &Permit<ManageWebsites>,
    website: &WebsiteRecord,
    operation: &OperationRecord,
    websites_max: u32,
    (once, made): (Option<Once>, &str),
) -> Result<(), CommitError> {
    let label = SiteLabelRecord {
        label: website.subdomain.clone(),
        website_id: website.id,
    };
    permit
        .change(Action::Create)
        .create(website)
        .attach(&label)
        .create(operation)
        .own(website.id)
        .own(operation.id)
        .reserve(WEBSITES, websites_max)
        .event(Event::WebsiteRequested {
            website_id: website.id,
            operation_id: operation.id,
        })
        .once(once, made)
        .commit()
        .await
}

/// Writes a website whose status may have changed, and whether visitors are let in.
pub(crate) async fn update(
    permit: &Permit<ManageWebsites>,
    before: &Stored<WebsiteRecord>,
    pointer: Option<&Stored<PointerRecord>>,
    after: &WebsiteRecord,
) -> Result<(), CommitError> {
    let change = also(permit.change(Action::ConfigChange), before, after);
    with_pointer(change, pointer, after.status).commit().await
}

/// Publishes what changes of the releases to come, and writes the website with it.
pub(crate) async fn publish(
    permit: &Permit<ManageWebsites>,
    edit: &Edit,
    before: &Stored<WebsiteRecord>,
    after: &WebsiteRecord,
) -> Result<(), WebsiteError> {
    let published = publication::publish(permit, before.id, edit, |change| {
        also(change, before, after)
    })
    .await?;
    if published.is_moved {
        Ok(())
    } else {
        // Somebody published just this meanwhile, and the website was not written.
        Err(WebsiteError::Stale)
    }
}

/// Deletes a website: it is gone for visitors, and can be brought back.
pub(crate) async fn delete(
    permit: &Permit<ManageWebsites>,
    before: &Stored<WebsiteRecord>,
    pointer: Option<&Stored<PointerRecord>>,
    after: &WebsiteRecord,
) -> Result<(), CommitError> {
    let change = permit
        .change(Action::Delete)
        .update(before, after)
        .give_back(WEBSITES)
        .event(Event::WebsiteDeleted {
            website_id: before.id,
        });
    with_pointer(change, pointer, after.status).commit().await
}

/// Brings a deleted website back.
pub(crate) async fn restore(
    permit: &Permit<ManageWebsites>,
    before: &Stored<WebsiteRecord>,
    pointer: &Stored<PointerRecord>,
    after: &WebsiteRecord,
    websites_max: u32,
) -> Result<(), CommitError> {
    let change = also(permit.change(Action::Restore), before, after);
    with_pointer(
        change.reserve(WEBSITES, websites_max),
        Some(pointer),
        after.status,
    )
    .commit()
    .await
}

fn also<'a>(
    change: Change<'a>,
    before: &Stored<WebsiteRecord>,
    after: &WebsiteRecord,
) -> Change<'a> {
    let website_id: WebsiteId = before.id;
    change
        .update(before, after)
        .event(Event::WebsiteUpdated { website_id })
}

fn with_pointer<'a>(
    change: Change<'a>,
    pointer: Option<&Stored<PointerRecord>>,
    status: WebsiteStatus,
) -> Change<'a> {
    match pointer {
        Some(pointer) if pointer.status != status => {
            publication::set_status(change, pointer, status)
        }
        Some(_) | None => change,
    }
}
