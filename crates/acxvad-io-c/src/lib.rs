//! The C interface of `acxvad-io`. `include/acxvadio.h` is made of this crate; its first comment
//! has the rules for errors, handles and threads.
//!
//! | module | contents |
//! |---|---|
//! | [`status`] | what functions answer, and the text of the last error |
//! | [`types`] | formats, counts and events |
//! | `table` | what handles stand for |
//! | [`system`] | an installed driver, or one in this process |
//! | [`feed`], [`tap`] | an end of a cable |
//!
//! No pointer of C's is followed but those to text, audio, options and results: a handle is a
//! number that is looked up.

#![expect(clippy::missing_safety_doc, reason = "the rules are stated once, in the header")]

pub mod feed;
pub mod status;
pub mod system;
pub mod tap;
pub mod types;

mod arguments;
mod table;
