//! Properties, methods and events to every handle. What it does is in `crates/hostile`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| hostile::fuzz("requests", bytes));
