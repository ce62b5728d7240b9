//! `GET /api/v1/admin/audit/export`

use tenancy::OperatorPermit;
use tenancy::permission::ReadTrails;
use web::{Continued, File, Problem, Query};

use crate::domain::export::{Export, OF_ALL_TRAILS, OF_ONE_TRAIL};
use crate::handlers::trails;
use crate::query::{ExportTrailsQuery, Scope, link};
use crate::views::EntryView;

/// Gives the entries of one tenant's audit trail, of the platform's own, or of all of them as a file. That it was asked
/// for is an entry in that trail, or in the platform's where it is all of them.
pub(crate) async fn export_trails(
    permit: OperatorPermit<ReadTrails>,
    from: Continued,
    Query(query): Query<ExportTrailsQuery>,
) -> Result<File, Problem> {
    let (scope, format, filter) = (query.scope()?, query.format()?, query.filter()?);
    let (noted_in, sparse) = match scope {
        Scope::All => (None, OF_ALL_TRAILS),
        Scope::One(tenant) => (tenant, OF_ONE_TRAIL),
    };
    let mut export = Export::new::<EntryView>(format, sparse);
    let mut after = from.after.clone();
    permit.note_export_of(noted_in).await?;
    while let Some(items) = export.room() {
        let page = trails::read(&permit, scope, &filter, after.as_ref(), items).await?;
        let rows = page.entries.iter();
        export
            .add(rows.map(|one| EntryView::of(one.tenant, &one.entry)))
            .map_err(|error| Problem::internal(&error))?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let next = link(&query, from.cursor(after.as_ref()));
    Ok(trails::file(export, format, permit.now(), next))
}
