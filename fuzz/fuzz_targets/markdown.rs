//! Fuzzes the target `markdown`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::markdown(bytes));
