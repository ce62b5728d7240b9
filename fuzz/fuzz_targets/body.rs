//! Fuzzes the target `body`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::body(bytes));
