//! Rules: statuses and tiers. Pure; knows no storage and no HTTP.

pub(crate) mod status;
pub(crate) mod tier;
