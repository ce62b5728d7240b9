//! Fuzzes the target `link_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::link_token(bytes));
