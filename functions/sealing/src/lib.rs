//! Seals the audit trails, hour by hour: what they say is written where nobody can change it. It must never change an
//! entry, nor serve a request.
//!
//! A round goes through all tenants. One that has no time left notes how far it came, and the next one goes on there; a
//! trail that could not be sealed is left for the next round, which seals what both have missed.

mod round;
mod start;

pub use start::start;
