//! Fuzzes the target `page`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::page(bytes));
