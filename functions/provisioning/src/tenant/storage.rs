//! The tenant's place in the bucket. It is outside the table: made before it is noted, as often as
//! needed.

use crate::error::StepError;
use crate::tenant::Work;

/// Opens the place.
pub(super) async fn perform(work: Work<'_>) -> Result<(), StepError> {
    work.permit.open_storage().await?;
    work.note().await
}

/// Closes it again.
pub(super) async fn undo(work: Work<'_>) -> Result<(), StepError> {
    work.permit.close_storage().await?;
    work.note().await
}
