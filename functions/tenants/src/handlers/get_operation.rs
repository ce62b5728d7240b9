//! `GET /api/v1/operations/{operation}`

use kernel::OperationId;
use serde::Deserialize;
use tenancy::keys::OperationKey;
use tenancy::permission::ReadOperations;
use tenancy::records::OperationRecord;
use web::{Found, Open, Path, Problem, ProblemType, State};

use crate::state;
use crate::views::OperationView;

/// The operation that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct OperationPath {
    operation: OperationId,
}

/// Gives an operation: a registration's to whoever knows its id, for nobody can sign in before it
/// is done; any other to members of its tenant.
pub(crate) async fn get_operation(
    caller: Open,
    State(state): State<state::State>,
    Path(path): Path<OperationPath>,
) -> Result<Found<OperationView>, Problem> {
    if let Some(registration) = state.identity.registration(path.operation).await? {
        return Ok(Found(OperationView::of(&registration.record.0)));
    }
    let context = caller.admit(state.identity.platform())?;
    let permit = context.permit::<ReadOperations>()?;
    let key = OperationKey {
        operation: path.operation,
    };
    if let Some(operation) = permit.get::<OperationRecord>(&key).await? {
        return Ok(Found(OperationView::of(&operation)));
    }
    context.missed(&path.operation.to_string()).await?;
    Err(Problem::new(ProblemType::NotFound))
}
