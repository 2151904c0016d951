//! Streams through WASAPI, for the samples and the conformance suite.
//!
//! # Modules
//!
//! What calls Windows is in [`com`], [`device`] and [`stream`], which exist on Windows only. The
//! rest is plain Rust that is tested anywhere.
//!
//! | module | contents |
//! |---|---|
//! | [`com`] | COM on a thread, and memory that COM hands out |
//! | [`device`] | endpoint devices |
//! | [`stream`] | a player and a recorder |
//! | [`buffer`] | how long a stream's buffer is |
//! | [`choose`] | an endpoint by a part of its name |
//! | [`format`](mod@format) | sample types; WAVEFORMATEXTENSIBLE to and from bytes |
//! | [`samples`] | audio in memory; from bytes to numbers and back; widening without loss |
//! | [`accounting`] | underruns, late wake-ups, silence and discontinuities |
//! | [`error`] | what each AUDCLNT_E code means and what to do about it |
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
