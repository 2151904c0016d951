//! Programs at an end of a cable: a [`Feed`] writes the audio that a microphone records, a [`Tap`]
//! reads the audio that a speaker plays.
//!
//! Both use a [`System`]: Windows with acxvad installed, or a machine of the host. The end is a
//! hidden one (`docs/programs.md`), or the endpoint that Windows shows if it is not hidden. Frames
//! are written and read as bytes, in the requested format; the driver converts.
//!
//! | module | contents |
//! |---|---|
//! | [`feed`] | into a cable |
//! | [`tap`] | out of a cable |
//! | [`open`] | selection of end, format and packets |
//! | [`host`] | the driver in this process |
//!
//! All losses are reported: [`Counts`] counts late packets, and [`Event`]s report each incident.
//! The removal of a device is an event, and so is its return, after which a feed or a tap continues
//! by itself.

pub mod feed;
#[cfg(feature = "host")]
pub mod host;
pub mod open;
pub mod tap;

pub use acx_client::endpoint::WaveFormat;
pub use acx_client::{Failed, System};
pub use feed::Feed;
#[cfg(feature = "host")]
pub use host::{Host, Time};
pub use open::{Options, Which};
pub use tap::Tap;

/// The counts since the feed or tap was opened. They continue when the device comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets written or read.
    pub packets: u64,
    /// Packets that the program had not written in time: each was silence.
    pub underruns: u64,
    /// Packets that were overwritten before the program read them.
    pub overruns: u64,
    /// The number of times that the device was removed.
    pub gone: u64,
}

/// A change of the device or a loss. The newest [`EVENTS`] events are kept until they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device was removed, with this status.
    Gone(i32),
    /// The device has returned, and the stream restarts.
    Back,
    /// This many packets were silence because the program was late.
    Underrun(u64),
    /// This many packets are missing because the program was late.
    Overrun(u64),
}

/// The number of events kept.
pub const EVENTS: usize = 64;

/// The reason why nothing was written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A request failed.
    #[error(transparent)]
    Request(#[from] Failed),
    /// The device is gone, and did not return within [`Options::patience`].
    #[error("the device is gone, and has not come back")]
    Gone,
    /// The device exists, but no packet was completed in a second: its clock has stopped.
    #[error("no packet passed in a second: the device stands still")]
    Stalled,
    /// Packets that are too short or too long.
    #[error("packets of {frames} frames at {rate} Hz: give a millisecond to two seconds")]
    Packet {
        /// The requested frames per packet.
        frames: u32,
        /// Frames per second.
        rate: u32,
    },
    /// Not a whole number of frames.
    #[error("{bytes} bytes are no whole number of frames of {block} bytes")]
    Frames {
        /// The number of bytes given.
        bytes: usize,
        /// The size of a frame in bytes.
        block: usize,
    },
}
