//! Keeps the security stream: takes what the audit trails say that concerns security out of the table's stream, within
//! seconds, and writes it where it is found by itself. It must never change a trail, nor serve a request.
//!
//! Everything is written at least once, each entry under its own key. A record that cannot be read or written is
//! reported, and the stream waits behind it; the event source mapping bisects the batch, gives up after its attempts and
//! notes the record at its on-failure destination. The entry is still in the trail.

mod start;
mod watching;

pub use start::start;
