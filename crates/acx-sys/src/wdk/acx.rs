//! The ACX headers, as bindgen reads them.

#![expect(
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    reason = "bindgen's text"
)]

// ACX names types of NT and WDF, which wdk-sys has, and of mmreg.h and ks.h, which are written once
// for both backends.
use crate::*;

include!(concat!(env!("OUT_DIR"), "/acx.rs"));
