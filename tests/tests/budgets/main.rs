//! What every route, every consumer and every visit costs at most, counted at the SDK's connector
//! and held against `tests/budgets.txt`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod authorizer;
mod consumers;
mod costs;
mod file;
mod governance;
mod ledger;
mod pages;
mod relay;
mod releases;
mod scene;
mod sealing;
mod security;
mod support;
mod tenants;
mod visitors;
mod websites;
