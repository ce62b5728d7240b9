//! Fuzzes the target `access_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::access_token(bytes));
