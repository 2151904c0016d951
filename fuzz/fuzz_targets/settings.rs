//! The registry, whatever it holds. What it does is in `crates/hostile`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| hostile::fuzz("settings", bytes));
