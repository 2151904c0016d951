//! The unwind data of images: it gives the function that contains an address, the effect of its
//! prologue, and the registers of its caller. Each processor has its own form: [`x64`], [`arm64`].
//!
//! # Vocabulary
//!
//! *Unwind data*: the table of functions (.pdata) and a description of each one's prologue
//! (.xdata). *Virtual unwind*: the registers of a caller, computed from those of its callee;
//! nothing moves. *Establisher frame*: the address that identifies a call of a function, for its
//! handlers. *Handler*: the function that handles or passes on an exception; in C it is
//! `__C_specific_handler`, whose *scopes* are the `__try` blocks.
//!
//! Nothing here runs code or trusts its input: inconsistent data is a [`Problem`].

pub mod arm64;
mod shared;
pub mod x64;

#[cfg(target_arch = "aarch64")]
pub use arm64::{Context, Table};
pub use shared::{Contents, Frame, Function, Handler, Problem, Scope, Stack};
#[cfg(not(target_arch = "aarch64"))]
pub use x64::{Context, Table};
