//! Streams through WASAPI, for the samples and the conformance suite.
//!
//! # Modules
//!
//! The modules that call Windows are [`com`], [`device`] and [`stream`]; they exist only on
//! Windows. The others are plain Rust and are tested on every system.
//!
//! | module | contents |
//! |---|---|
//! | [`com`] | COM on a thread, and memory that COM allocates |
//! | [`device`] | endpoint devices |
//! | [`stream`] | a player and a recorder |
//! | [`buffer`] | the length of a stream's buffer |
//! | [`choose`] | the choice of an endpoint by a part of its name |
//! | [`format`](mod@format) | sample types; WAVEFORMATEXTENSIBLE to and from bytes |
//! | [`samples`] | audio in memory; conversion between bytes and numbers; lossless widening |
//! | [`accounting`] | underruns, late wake-ups, silence and discontinuities |
//! | [`error`] | the AUDCLNT_E codes, with a remedy for each |
//!
//! [`com`]: https://learn.microsoft.com/windows/win32/api/combaseapi/nf-combaseapi-coinitializeex
//! [`device`]: https://learn.microsoft.com/windows/win32/coreaudio/enumerating-audio-devices
//! [`stream`]: https://learn.microsoft.com/windows/win32/coreaudio/stream-management

pub mod accounting;
pub mod buffer;
pub mod choose;
pub mod error;
pub mod format;
pub mod samples;

#[cfg(windows)]
pub mod com;
#[cfg(windows)]
pub mod device;
#[cfg(windows)]
pub mod stream;
