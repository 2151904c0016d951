//! The raw NT, KS, WDF and ACX ABI, under the names of `wdk-sys` and `bindgen`, and all linking.
//!
//! # Vocabulary
//!
//! *Table entry*: KMDF and ACX are reached through tables of function pointers (458 and 221) that
//! the framework fills when the driver binds to it; every entry takes the driver's globals first.
//! *Call*: one plain `unsafe fn` per entry, without the globals, so that no code above this crate
//! uses the tables. *Backend*: the source of the types. *Image*: a `.sys`; *linked in*: the driver
//! inside an ordinary process, with `acx-host` in place of Windows.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | `bundled` | the bundled backend: NT, KMDF and ACX types, NT constants and functions |
//! | `wdk` | the backend of feature `wdk`: `wdk-sys`, bindgen over the WDK's ACX headers, and the lookup of a call's table |
//! | `shared` | common to both backends: calls, KS types, GUIDs, `*_INIT`, inline NT helpers, statuses |
//! | [`entry`] | `FxDriverEntry`: how a driver binds to KMDF and ACX, in an image and linked in |
//! | [`ntddk`] | the NT functions |
//! | `facts/*.tsv` | the ABI as tables: the input of `cargo xtask bindings`, and the reference of the tests |
//! | `tests/facts.rs`, `inits.rs` | every row of the tables, compared with the compiler's result |
//! | `tests/windows_sys.rs` | sizes and values, compared with Microsoft's metadata |
//! | `tests/entry.rs` | the entry stub with a test loader |
//!
//! Everything except the functions of [`ntddk`] is re-exported at the root, as in `wdk-sys`. With
//! feature `wdk`, `wdk-sys` and bindgen's output replace the bundled backend; nothing above this
//! crate changes.
//!
//! # Imports
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
