//! What handlers take: parts of a request, read strictly, with a problem for everything that is
//! not as it must be.

mod body;
mod call;
mod caller;
mod conditions;
mod paging;
mod parameters;

pub use body::{Body, OptionalBody};
pub use call::Call;
pub use caller::Open;
pub(crate) use caller::requested;
pub(crate) use conditions::etag;
pub use conditions::{Idempotent, IfMatch};
pub use paging::{Continued, Paging};
pub use parameters::{Path, Query, State};

use crate::openapi::OperationDoc;
use crate::problem::Problem;

/// A part of a request that a handler takes.
pub trait FromCall<S>: Sized + Send {
    /// Reads the part.
    fn from_call(call: &mut Call<S>) -> Result<Self, Problem>;

    /// Says in the API's description what the part needs.
    fn describe(operation: &mut OperationDoc);
}
