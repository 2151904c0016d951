//! The C interface of `acxvad-io`. `include/acxvadio.h` is generated from this crate; its first
//! comment has the rules for errors, handles and threads.
//!
//! | module | contents |
//! |---|---|
//! | [`status`] | results of functions, and the text of the last error |
//! | [`types`] | formats, counts and events |
//! | `table` | the objects of handles |
//! | [`system`] | an installed driver, or one in this process |
//! | [`feed`], [`tap`] | an end of a cable |
//!
//! Only C's pointers to texts, audio, options and results are dereferenced: a handle is a number
//! that is looked up.

#![expect(clippy::missing_safety_doc, reason = "the rules are stated once, in the header")]

pub mod feed;
pub mod status;
pub mod system;
pub mod tap;
pub mod types;

mod arguments;
mod table;
