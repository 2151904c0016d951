//! The raw NT, KS, WDF and ACX ABI, under the names that `wdk-sys` and `bindgen` give it, and all
//! linking.
//!
//! # Vocabulary
//!
//! *Table entry*: KMDF and ACX are reached through tables of function pointers (458 and 221) that
//! the framework fills when the driver binds to it; every entry takes the driver's globals first.
//! *Call*: one plain `unsafe fn` per entry, without the globals, so that nobody above this crate
//! knows about tables. *Backend*: where types come from. *Image*: a `.sys`; *linked in*: the driver
//! inside an ordinary process, with `acx-host` in the part of Windows.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | `bundled` | the bundled backend: NT, KMDF and ACX types, NT constants and functions |
//! | `wdk` | the backend of feature `wdk`: `wdk-sys`, bindgen over the WDK's ACX headers, and how a call finds its table there |
//! | `shared` | written once for both backends: calls, KS types, GUIDs, `*_INIT`, inline NT helpers, statuses |
//! | [`entry`] | `FxDriverEntry`: how a driver binds to KMDF and ACX, in an image and linked in |
//! | [`ntddk`] | the NT functions |
//! | `facts/*.tsv` | the ABI as tables: what `cargo xtask bindings` generates from, and what the tests compare with |
//! | `tests/facts.rs`, `inits.rs` | every row of the tables against what the compiler makes of it |
//! | `tests/windows_sys.rs` | sizes and values against Microsoft's metadata |
//! | `tests/entry.rs` | the entry stub against a loader of its own |
//!
//! Everything but functions of [`ntddk`] is re-exported at the root, as `wdk-sys` does. With
//! feature `wdk` the bundled backend gives way to `wdk-sys` and to bindgen's output; nothing above
//! this crate changes.
//!
//! # Who provides the imports
//!
//! `--cfg acx_image`, which the image build sets, turns the imports into `raw-dylib` ones. Without
//! it they are plain symbols that `acx-host` defines.

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

#[cfg(not(feature = "wdk"))]
mod bundled;
#[cfg(not(feature = "wdk"))]
pub mod entry;
#[cfg(all(windows, acx_image))]
mod image;
mod shared;
#[cfg(feature = "wdk")]
mod wdk;

// The backend.
#[cfg(not(feature = "wdk"))]
pub use bundled::ntddk;
#[cfg(not(feature = "wdk"))]
pub use bundled::{acx::*, constants::*, nt::*, wdf::*, wdf_rare::*};
#[cfg(not(feature = "wdk"))]
pub use shared::{only_bundled::*, status::*};
#[cfg(feature = "wdk")]
pub use wdk::{acx::*, entry};
#[cfg(feature = "wdk")]
pub use wdk_sys::*;

// By name, because wdk-sys has them where an NT header includes windef.h: a name wins over a glob,
// two globs are ambiguous.
pub use shared::ks::{BOOL, COLORREF, DWORD, WORD};
pub use shared::{
    acx_functions::*, constants::*, guids::*, inits::*, inits_by_hand::*, inline::*, ks::*,
    ks_constants::*,
};
pub use shared::{context::ContextTypeInfo, wdf_functions::*};
