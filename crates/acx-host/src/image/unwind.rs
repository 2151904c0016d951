//! The unwind data of images: which function an address is in, what its prologue did, and what the
//! registers were in its caller. Each processor has its own form: [`x64`], [`arm64`].
//!
//! # Vocabulary
//!
//! *Unwind data*: the table of functions (.pdata) and a description of each one's prologue
//! (.xdata). *Virtual unwind*: the registers of a caller, computed from those of its callee;
//! nothing moves. *Establisher frame*: the address that stands for a call of a function; its
//! handlers get it. *Handler*: the function that decides what becomes of an exception; with C it is
//! `__C_specific_handler`, whose *scopes* are the `__try` blocks.
//!
//! Nothing here runs code or trusts a byte: what contradicts itself is a [`Problem`].

pub mod arm64;
mod shared;
pub mod x64;

#[cfg(target_arch = "aarch64")]
pub use arm64::{Context, Table};
pub use shared::{Contents, Frame, Function, Handler, Problem, Scope, Stack};
#[cfg(not(target_arch = "aarch64"))]
pub use x64::{Context, Table};
