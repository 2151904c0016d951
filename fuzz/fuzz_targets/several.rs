//! What several drivers share, while they come and go. What it does is in `crates/acx-fuzz`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| acx_fuzz::fuzz("several", bytes));
