//! Fuzzes the target `node`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::node(bytes));
