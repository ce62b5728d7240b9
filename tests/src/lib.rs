//! What tests of the whole platform share: a client, and the walkthrough that every platform must
//! pass, whether it runs in this process or behind an address.

pub mod client;
pub mod crash;
pub mod deployed;
pub mod documented;
pub mod logs;
pub mod onboarding;
pub mod over_http;
pub mod pause;
pub mod replay;
pub mod walkthrough;
pub mod wiring;
pub mod world;
