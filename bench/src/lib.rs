//! What the benches share: samples and their spread, other programs and what they use of the
//! machine, generated websites. A bench is a program that prints one JSON object. It must never
//! know which figure is wished for.

pub mod adapter;
pub mod callgrind;
pub mod cost;
pub mod figures;
pub mod growth;
pub mod load;
pub mod measured;
pub mod meter;
pub mod pages;
pub mod paths;
pub mod pattern;
pub mod prices;
pub mod programs;
pub mod rounds;
pub mod runtime_api;
pub mod sample;
pub mod signups;
pub mod sites;
pub mod stage;
