//! `GET /api/v1/tenant/audit/verify`

use tenancy::Permit;
use tenancy::permission::ReadAudit;
use web::{Continued, Found, Problem};

use crate::verification::VerificationView;

/// Holds the tenant's audit trail against its seals, from the oldest entry on, and says where it is not what it was. A
/// long trail is done in parts, each of which has the cursor of the next one.
pub(crate) async fn verify_audit(
    permit: Permit<ReadAudit>,
    from: Continued,
) -> Result<Found<VerificationView>, Problem> {
    let verified = permit.verify(from.after.as_ref()).await?;
    let next = from.cursor(verified.next.as_ref());
    Ok(Found(VerificationView::of(&verified, next)))
}
