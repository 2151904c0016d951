//! The bundled backend: the output of `wdk-sys` and bindgen, for builds without a WDK.

#![expect(
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    unnecessary_transmutes,
    unsafe_op_in_unsafe_fn,
    reason = "bindgen's text, kept as it spells things"
)]

pub(crate) mod acx;
pub(crate) mod constants;
pub(crate) mod nt;
pub mod ntddk;
pub(crate) mod wdf;
pub(crate) mod wdf_rare;

use crate::*;
