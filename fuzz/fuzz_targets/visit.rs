//! Fuzzes the target `visit`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::visit(bytes));
