//! The length of a stream's buffer.

use std::time::Duration;

/// The length of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// A few periods of the device: suits music.
    Usual,
    /// The shortest that the device and the engine allow.
    Smallest,
    /// This length.
    Lasts(Duration),
}
