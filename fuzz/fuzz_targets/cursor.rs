//! Fuzzes the target `cursor`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::cursor(bytes));
