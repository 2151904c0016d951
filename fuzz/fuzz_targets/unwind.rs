//! The unwinder of images believes nothing. What it does is in `crates/acx-fuzz`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| acx_fuzz::fuzz("unwind", bytes));
