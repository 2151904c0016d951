//! Programs at an end of a cable: a [`Feed`] writes what a microphone records, a [`Tap`] reads what
//! a speaker plays.
//!
//! Both use a [`System`]: Windows with acxvad installed, or a machine of the host. The end is a
//! hidden one (`docs/programs.md`), or the endpoint that Windows shows if it is not hidden. Frames
//! are written and read as bytes, in the requested format; the driver converts.
//!
//! | module | contents |
//! |---|---|
//! | [`feed`] | into a cable |
//! | [`tap`] | out of a cable |
//! | [`open`] | which end, which format, which packets |
//! | [`host`] | the driver in this process, where it is not installed |
//!
//! Nothing is hidden: [`Counts`] has what was too late, and [`Event`]s say what happened and when.
//! A device that goes is an event, and so is its return, after which a feed or a tap goes on by
//! itself.

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
    /// Packets handed over, or read.
    pub packets: u64,
    /// Packets that the cable needed and the program had not written: each was silence.
    pub underruns: u64,
    /// Packets that were written over before the program read them.
    pub overruns: u64,
    /// How often the device went.
    pub gone: u64,
}

/// A change of the device. An event is kept until it is asked for; the newest [`EVENTS`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device went, with this status.
    Gone(i32),
    /// It is there again, and the stream begins anew.
    Back,
    /// So many packets were silence, for the program came late.
    Underrun(u64),
    /// So many packets are missing, for the program came late.
    Overrun(u64),
}

/// Events that are kept.
pub const EVENTS: usize = 64;

/// Why nothing was written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A request failed; what it was.
    #[error(transparent)]
    Request(#[from] Failed),
    /// The device is gone, and did not come back in the time that [`Options::patience`] gives it.
    #[error("the device is gone, and has not come back")]
    Gone,
    /// The device is there, and no packet passed in a second: its clock stands.
    #[error("no packet passed in a second: the device stands still")]
    Stalled,
    /// Packets that are too short or too long.
    #[error("packets of {frames} frames at {rate} Hz: give a millisecond to two seconds")]
    Packet {
        /// Frames of a packet that were asked for.
        frames: u32,
        /// Frames per second.
        rate: u32,
    },
    /// Not a whole number of frames.
    #[error("{bytes} bytes are no whole number of frames of {block} bytes")]
    Frames {
        /// Bytes that were given.
        bytes: usize,
        /// The size of a frame in bytes.
        block: usize,
    },
}
