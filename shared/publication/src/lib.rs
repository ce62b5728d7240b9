//! The only code that moves a pointer: it loads the tree that is live, makes the next one, stores
//! what is new, and moves the pointer in one transaction. It must never know what an object holds
//! or how it is shown.

mod activate;
mod cache;
mod error;
mod first;
mod history;
mod live;
mod outcome;
mod preview;
mod publish;
mod reader;
mod records;

pub use activate::{activate, set_status};
pub use cache::ObjectCache;
pub use error::PublishError;
pub use first::{FirstRelease, first_release};
pub use history::{Difference, RouteChange, diff_releases, list_releases};
pub use live::Live;
pub use outcome::{Outcome, replayed};
pub use preview::{Preview, PreviewSealer};
pub use publish::{Edit, publish};
pub use reader::Reader;
pub use records::{ChangeKind, MoveRecord, PointerRecord, ReleaseRecord, RouteSummary, Summary};
