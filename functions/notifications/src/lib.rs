//! Writes to people: what they are to know or to prove, by mail. It must never know how a link is taken, and
//! keeps no text and no address of what it sent.

mod consumer;
mod dispatch;
mod letters;
mod start;

pub use start::start;
