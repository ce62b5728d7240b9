//! Makes tenants and websites, step by step: every step can be repeated and taken back, and an
//! operation ends with everything there or nothing. It must never know who asked over which route.

mod consumer;
mod error;
mod machine;
mod saga;
mod start;
mod tenant;
mod website;

pub use start::start;
