//! Fuzzes the target `envelope`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::envelope(bytes));
