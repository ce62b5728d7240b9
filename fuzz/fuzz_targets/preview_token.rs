//! Fuzzes the target `preview_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::preview_token(bytes));
