//! Fuzzes the target `theme_settings`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parsers::theme_settings(bytes));
