//! The driver without a WDK: `cargo xtask build` links this crate. All code is in the library that
//! it names.
//!
//! It is a separate crate because link-time optimization vectorizes at the optimization level of
//! the last crate only. This one has level 3; the driver under it is compiled for size, function by
//! function, and the engine for speed (Cargo.toml, `profile.image`). `wdk/` is the same for
//! Microsoft's tools.

#![no_std]

extern crate acxvad as _;
