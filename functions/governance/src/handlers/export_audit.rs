//! `GET /api/v1/tenant/audit/export`

use tenancy::Permit;
use tenancy::permission::ReadAudit;
use web::{Continued, File, Problem, Query};

use crate::domain::export::{Export, OF_ONE_TRAIL};
use crate::handlers::trails;
use crate::query::{ExportQuery, link};
use crate::views::EntryView;

/// Gives the entries of the tenant's audit trail as a file, the newest first. That it was asked for is an entry itself.
pub(crate) async fn export_audit(
    permit: Permit<ReadAudit>,
    from: Continued,
    Query(query): Query<ExportQuery>,
) -> Result<File, Problem> {
    let (format, filter) = (query.format()?, query.filter()?);
    let mut export = Export::new::<EntryView>(format, OF_ONE_TRAIL);
    let mut after = from.after.clone();
    let tenant = Some(permit.tenant());
    permit.note_export().await?;
    while let Some(items) = export.room() {
        let slice = permit.trail(&filter, after.as_ref(), items).await?;
        let rows = slice.records.iter();
        export
            .add(rows.map(|entry| EntryView::of(tenant, entry)))
            .map_err(|error| Problem::internal(&error))?;
        after = slice.next;
        if after.is_none() {
            break;
        }
    }
    let next = link(&query, from.cursor(after.as_ref()));
    Ok(trails::file(export, format, permit.now(), next))
}
