//! Fuzzes the target `refresh_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::refresh_token(bytes));
