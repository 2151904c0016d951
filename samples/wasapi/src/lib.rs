//! Client samples for Windows in Rust: play, record and measure latency through WASAPI.
//!
//! Three binaries use this library, `wasapi-play`, `wasapi-record` and `wasapi-latency`, and the
//! crate `wasapi-client`, which has devices and streams. WAV files are the crate `wave`. Only
//! [`stop`] calls Windows here; the rest is plain Rust that is tested anywhere:
//!
//! | module | contents |
//! |---|---|
//! | [`pattern`], [`search`], [`latency`] | a burst of noise, where it is in a recording, and when that was |
//! | [`error`] | why a sample ends early |
//! | [`options`], [`report`] | the command lines, and what is printed |
//! | [`stop`] | Ctrl-C |
//!
//! [`stop`]: https://learn.microsoft.com/windows/console/setconsolectrlhandler

pub mod error;
pub mod latency;
pub mod options;
pub mod pattern;
pub mod report;
pub mod search;

#[cfg(windows)]
pub mod stop;
