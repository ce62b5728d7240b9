//! What tests of the whole platform share: a client, everybody who asks, the operations of the API with bodies that they
//! take, and the walkthrough that every platform must pass, whether it runs in this process or behind an address.

pub mod abuse;
pub mod callers;
pub mod client;
pub mod crash;
pub mod deployed;
pub mod documented;
pub mod logs;
pub mod onboarding;
pub mod operations;
pub mod over_http;
pub mod pause;
pub mod portal;
pub mod replay;
pub mod reports;
pub mod stores;
pub mod support;
pub mod walkthrough;
pub mod wiring;
pub mod world;
