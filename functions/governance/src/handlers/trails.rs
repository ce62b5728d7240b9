//! What the handlers for operators and those for tenants have in common: whose trail is read, and how a file is named.

use jiff::Timestamp;
use tenancy::permission::ReadTrails;
use tenancy::trail::{TrailEntry, TrailFilter, TrailPage};
use tenancy::{CommitError, OperatorPermit, Position};
use web::{File, Listed, Paging};

use crate::domain::export::{Export, Format};
use crate::query::Scope;
use crate::views::EntryView;

/// Reads a page of one trail, or of all of them.
pub(crate) async fn read(
    permit: &OperatorPermit<ReadTrails>,
    scope: Scope,
    filter: &TrailFilter,
    after: Option<&Position>,
    limit: usize,
) -> Result<TrailPage, CommitError> {
    let Scope::One(tenant) = scope else {
        return permit.trails(filter, after, limit).await;
    };
    let slice = permit.trail_of(tenant, filter, after, limit).await?;
    let records = slice.records.into_iter();
    let entries = records.map(|stored| TrailEntry {
        tenant,
        entry: stored.record,
    });
    Ok(TrailPage {
        entries: entries.collect(),
        next: slice.next,
    })
}

/// Makes the answer of a list.
pub(crate) fn listed(paging: &Paging, page: &TrailPage) -> Listed<EntryView> {
    let entries = page.entries.iter();
    Listed {
        items: entries
            .map(|one| EntryView::of(one.tenant, &one.entry))
            .collect(),
        next_cursor: paging.from.cursor(page.next.as_ref()),
    }
}

/// Makes the answer of a file.
pub(crate) fn file(export: Export, format: Format, now: Timestamp, next: Option<String>) -> File {
    File {
        name: format!("audit-{}.{}", now.strftime("%Y%m%dT%H%M%SZ"), format.name()),
        media_type: format.media_type(),
        bytes: export.finish(),
        next,
    }
}
