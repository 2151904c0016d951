//! Client samples for Windows in Rust: play, record and measure latency through WASAPI.
//!
//! Three binaries stand on this library: `wasapi-play`, `wasapi-record` and `wasapi-latency`. What calls Windows is in four modules,
//! [`com`], [`device`], [`stream`] and [`stop`], which exist on Windows only; the rest is plain Rust that is tested anywhere:
//!
//! | module | what it does |
//! |---|---|
//! | [`format`](mod@format) | what a frame is made of; WAVEFORMATEXTENSIBLE to and from bytes |
//! | [`samples`] | from bytes to numbers and back; widening without loss |
//! | [`wav`] | WAV in and out; a file takes its place only when it is complete |
//! | [`choose`] | an endpoint by a part of its name |
//! | [`accounting`] | underruns, late wake-ups, silence and discontinuities |
//! | [`pattern`], [`search`], [`latency`] | a burst of noise, where it is in a recording, and when that was |
//! | [`error`] | what each AUDCLNT_E code means and what to do about it |
//! | [`options`], [`report`] | the command lines, and what is printed |
//!
//! [`com`]: https://learn.microsoft.com/windows/win32/api/combaseapi/nf-combaseapi-coinitializeex
//! [`device`]: https://learn.microsoft.com/windows/win32/coreaudio/enumerating-audio-devices
//! [`stream`]: https://learn.microsoft.com/windows/win32/coreaudio/stream-management
//! [`stop`]: https://learn.microsoft.com/windows/console/setconsolectrlhandler

pub mod accounting;
pub mod choose;
pub mod error;
pub mod format;
pub mod latency;
pub mod options;
pub mod pattern;
pub mod report;
pub mod samples;
pub mod search;
pub mod wav;

#[cfg(windows)]
pub mod com;
#[cfg(windows)]
pub mod device;
#[cfg(windows)]
pub mod stop;
#[cfg(windows)]
pub mod stream;
