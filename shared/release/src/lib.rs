//! The release tree: everything a visitor can see is a pure function of a [`Tree`] and a request.
//!
//! A tree names a theme, plugins, a configuration and the root of one ordered map of routes. The
//! map is cut into nodes by the hashes of its keys, so equal content gives equal bytes whatever the
//! history of edits. Operations are steps: they read from a [`NodeStore`] and answer either
//! [`Step::Done`] or the hashes of the nodes they still [`Step::Need`]; the caller fetches those,
//! inserts them and calls again. This crate must never know about I/O, async, AWS, HTTP, tenants,
//! pointers or what an object contains.

mod apply;
mod cbor;
mod chunk;
mod diff;
mod drive;
mod entry;
mod error;
mod key;
pub mod limits;
mod lookup;
mod merge;
mod navigate;
mod node;
mod range;
mod reach;
mod settings;
mod span;
mod store;
mod tree;
mod wire;

pub use apply::{Edited, Edits, NewNode, apply};
pub use diff::{Change, diff};
pub use drive::{DriveError, drive};
pub use entry::{Entry, EntryKind};
pub use error::{DecodeError, ReleaseError};
pub use key::{Identifier, KeyError, KeySpace, RouteKey};
pub use lookup::lookup;
pub use merge::{
    Conflict, RouteMerge, TreeConflicts, TreeMerge, TreePart, merge_routes, merge_trees,
};
pub use node::Root;
pub use range::range;
pub use reach::{Reachable, reachable};
pub use settings::{Settings, SettingsError};
pub use span::KeyRange;
pub use store::{NodeStore, Page, Step, VerifiedNode};
pub use tree::{
    Permissions, PluginReference, Plugins, ThemeReference, Tree, TreeId, TreeLimitError,
};
