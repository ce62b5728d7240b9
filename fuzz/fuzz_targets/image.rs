//! Fuzzes the target `image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::image(bytes));
