//! Turns an access token or an API key into the tenant context of a request. It always answers, and refuses
//! nobody itself: the function behind the gateway does, in the API's own words. It must never hold
//! a key that signs.

mod api_keys;
mod keys;
mod meter;
mod request;
mod room;
mod standings;
mod start;
mod verify;

pub use start::start;
