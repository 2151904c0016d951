//! The raw NT, KS, WDF and ACX ABI, under the names that `wdk-sys` and `bindgen` give it, and all linking.
//!
//! # Vocabulary
//!
//! *Table entry*: KMDF and ACX are reached through tables of function pointers (458 and 221) that the framework fills when
//! the driver binds to it; every entry takes the driver's globals first. *Call*: one plain `unsafe fn` per entry, without
//! the globals, so that nobody above this crate knows about tables. *Backend*: where types come from. *Image*: a `.sys`;
//! *linked in*: the driver inside an ordinary process, with `acx-host` in the part of Windows.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | `bundled` | the bundled backend: NT, KMDF and ACX types, NT constants and functions |
//! | `shared` | written once for both backends: calls, KS types, GUIDs, `*_INIT`, inline NT helpers, statuses |
//! | [`entry`] | `FxDriverEntry`: how a driver binds to KMDF and ACX, in an image and linked in |
//! | [`ntddk`] | the NT functions |
//! | `facts/*.tsv` | the ABI as tables: what `cargo xtask bindings` generates from, and what the tests compare with |
//! | `tests/facts.rs`, `inits.rs` | every row of the tables against what the compiler makes of it |
//! | `tests/windows_sys.rs` | sizes and values against Microsoft's metadata |
//! | `tests/entry.rs` | the entry stub against a loader of its own |
//!
//! Everything but functions of [`ntddk`] is re-exported at the root, as `wdk-sys` does. With feature `wdk` the bundled
//! backend gives way to `wdk-sys` and to bindgen's output; nothing above this crate changes.
//!
//! # Who provides the imports
//!
//! `--cfg acx_image`, which the image build sets, turns the imports into `raw-dylib` ones. Without it they are plain symbols that
//! `acx-host` defines.

#![no_std]
#![expect(
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    missing_docs,
    clippy::too_many_arguments,
    clippy::pub_underscore_fields,
    reason = "the names are the ABI's own, and their documentation is Microsoft's"
)]

#[cfg(feature = "wdk")]
compile_error!(
    "feature `wdk` is a seam that a later release fills: build without it, on the bundled bindings"
);

mod bundled;
pub mod entry;
#[cfg(all(windows, acx_image))]
mod image;
mod shared;

// The backend: these two lines are what feature `wdk` will swap for `wdk_sys` and for bindgen's output over the WDK's ACX headers.
pub use bundled::ntddk;
pub use bundled::{acx::*, constants::*, nt::*, wdf::*, wdf_rare::*};
pub use shared::{
    acx_functions::*, constants::*, guids::*, inits::*, inits_by_hand::*, inline::*, ks::*,
    ks_constants::*, status::*,
};
pub use shared::{context::ContextTypeInfo, wdf_functions::*};
