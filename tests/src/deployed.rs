//! The platform as it was deployed to an emulator of AWS that is not ours.
//!
//! What its stack made, the way in through its gateway and its function URL, and the proof that each
//! granted action is needed. It must never know the local platform.

pub mod account;
pub mod front;
pub mod grants;
pub mod left;
pub mod probes;
pub mod recorded;
pub mod retained;
pub mod routes;
pub mod stack;
pub mod steps;
