//! The library of `acxvad-feed` and `acxvad-tap`.
//!
//! | module | contents |
//! |---|---|
//! | [`arguments`] | the command lines |
//! | [`audio`] | sources and sinks of audio: files, pipes and tones |
//! | [`ends`] | selection of driver, cable and end |
//! | [`stream`] | streaming between a file or pipe and an end |
//! | [`end`] | the end of a program: status, counters, messages |

pub mod arguments;
pub mod audio;
pub mod end;
pub mod ends;
pub mod stream;
