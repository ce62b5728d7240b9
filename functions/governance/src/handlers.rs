//! One file per route.

pub(crate) mod export_audit;
pub(crate) mod export_trails;
pub(crate) mod get_isolation_report;
pub(crate) mod list_audit;
pub(crate) mod list_security_events;
pub(crate) mod list_security_stream;
pub(crate) mod list_trails;
pub(crate) mod publish_isolation_report;
mod trails;
pub(crate) mod verify_audit;
pub(crate) mod verify_trail;
