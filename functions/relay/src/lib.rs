//! Sends what waits in the outbox: our own work to the queues of its consumers, and what others
//! may subscribe to to the bus. It must never know what an event means, nor read anything else.
//!
//! Everything is sent at least once. The table's stream brings an event within a second; should it
//! not, the sweep finds the event in the outbox. A record of the stream that cannot be relayed is
//! reported, and the stream waits behind it; the event source mapping bisects the batch, gives up
//! after its attempts and notes the record at its on-failure destination, so that no record blocks
//! its shard for ever. An event given up that way is still in the outbox, and the sweep's.

mod batches;
mod outbox;
mod outlets;
mod payload;
mod send;
mod start;

pub use start::start;
