//! How long a stream's buffer is.

use std::time::Duration;

/// The length of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// Some periods of the device, which suits music.
    Usual,
    /// As short as the device and the engine allow.
    Smallest,
    /// This length.
    Lasts(Duration),
}
