//! The platform as it was deployed to an emulator of AWS that is not ours.
//!
//! What its stack made, the way in through its gateway and its function URL, and the proof that each
//! granted action is needed. It must never know the local platform.

use std::io::Write;

pub mod account;
pub mod denials;
pub mod front;
pub mod grants;
pub mod left;
pub mod probes;
pub mod recorded;
pub mod retained;
pub mod routes;
pub mod stack;
pub mod steps;
pub mod stored;
pub mod table;

/// Writes a line for whoever watches.
pub fn say(line: impl std::fmt::Display) {
    // A closed terminal is no reason to stop working.
    let _ = writeln!(std::io::stdout(), "{line}");
}
