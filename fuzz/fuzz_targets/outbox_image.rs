//! Fuzzes the target `outbox_image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::outbox_image(bytes));
