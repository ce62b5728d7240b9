//! One file per route.

pub(crate) mod export_audit;
pub(crate) mod export_trails;
pub(crate) mod list_audit;
pub(crate) mod list_trails;
mod trails;
pub(crate) mod verify_audit;
pub(crate) mod verify_trail;
