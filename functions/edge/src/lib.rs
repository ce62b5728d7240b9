//! Purges the content delivery network by tag: what an event says has changed is forgotten at the
//! edge. It must never know what the edge keeps under a tag, and touches no tenant's data.

mod invalidation;
mod plan;
mod start;
mod tags;

pub use start::start;
