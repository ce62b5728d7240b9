//! Fuzzes the target `path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::path(bytes));
