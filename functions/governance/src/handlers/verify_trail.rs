//! `GET /api/v1/admin/audit/verify`

use tenancy::OperatorPermit;
use tenancy::permission::ReadTrails;
use web::{Continued, Found, Problem, Query};

use crate::query::OneTrailQuery;
use crate::verification::VerificationView;

/// Holds one tenant's audit trail, or the platform's own, against its seals. A long trail is done in parts, each of which
/// has the cursor of the next one.
pub(crate) async fn verify_trail(
    permit: OperatorPermit<ReadTrails>,
    from: Continued,
    Query(query): Query<OneTrailQuery>,
) -> Result<Found<VerificationView>, Problem> {
    let verified = permit
        .verify_of(query.tenant()?, from.after.as_ref())
        .await?;
    let next = from.cursor(verified.next.as_ref());
    Ok(Found(VerificationView::of(&verified, next)))
}
