//! What people and operators do with tenants: registering, signing in, the profile, the operators'
//! table of tenants.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod abuse;
mod api_keys;
mod audit;
mod browser_sessions;
#[path = "../provisioning/contents.rs"]
#[expect(dead_code, reason = "the worker's tests compare more")]
mod contents;
mod discovery;
mod features;
mod invitations;
mod isolation_report;
mod lockout;
mod mailbox;
mod members;
mod operations;
mod operators;
mod own_tenants;
mod passwords;
mod profile;
mod rates;
mod registration;
mod roles;
mod scene;
mod seals;
mod second_factor;
mod sessions;
mod sign_in;
mod signed_in;
mod signing_out;
mod statuses;
mod support;
mod tenants;
mod website_roles;
