//! Formats, counts and events for C.

use std::time::Duration;

use acxvad_io::{Counts, Event, Options, WaveFormat};

use crate::status::{AcxvadStatus, Failure};

/// Sample types, for `acxvad_options`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcxvadSample {
    /// 32-bit float.
    F32 = 0,
    /// 16-bit integer.
    S16 = 1,
    /// 24-bit integer in 3 bytes.
    S24 = 2,
    /// 24-bit integer in the upper bytes of 4.
    S24In32 = 3,
    /// 32-bit integer.
    S32 = 4,
}

/// By number: float, bits, valid bits.
const SAMPLES: [(bool, u16, u16); 5] =
    [(true, 32, 32), (false, 16, 16), (false, 24, 24), (false, 32, 24), (false, 32, 32)];

/// Options for opening an end. Zero selects the default, except for `rate` and `channels`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct AcxvadOptions {
    /// Frames per second.
    pub rate: u32,
    /// Channels, 1 to 16.
    pub channels: u32,
    /// One of `acxvad_sample`; 0 is 32-bit float.
    pub sample: u32,
    /// Speaker positions, one bit each, as in WAVEFORMATEXTENSIBLE; 0 for the usual ones.
    pub mask: u32,
    /// Frames per packet, from one millisecond to two seconds; 0 for 10 ms. A feed is two packets
    /// ahead of the cable.
    pub packet_frames: u32,
    /// The maximum wait for a device that is gone, in milliseconds; 0 for no limit.
    pub patience_ms: u32,
}

impl AcxvadOptions {
    /// Converts them to the library's options.
    pub(crate) fn options(self) -> Result<Options, Failure> {
        let wrong = |what: String| Failure::new(AcxvadStatus::Format, what);
        let Self { rate, channels, sample, mask, packet_frames, patience_ms } = self;
        let own = SAMPLES.get(sample as usize);
        let &(float, bits, valid_bits) =
            own.ok_or_else(|| wrong(format!("sample {sample}: give one of acxvad_sample")))?;
        if !(1..=16).contains(&channels) {
            return Err(wrong(format!("{channels} channels: give 1 to 16")));
        }
        if rate == 0 {
            return Err(wrong("a rate of 0: give frames a second, such as 48000".to_owned()));
        }
        let channels = channels as u16;
        let mask = if mask == 0 { WaveFormat::usual_mask(channels) } else { mask };
        let format = WaveFormat { float, channels, mask, rate, bits, valid_bits };
        let patience = (patience_ms > 0).then(|| Duration::from_millis(u64::from(patience_ms)));
        let packet = if packet_frames == 0 { (rate / 100).max(1) } else { packet_frames };
        Ok(Options { format, packet, patience })
    }
}

/// The counts since the feed or tap was opened. They continue when the device returns.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct AcxvadCounts {
    /// Packets written or read.
    pub packets: u64,
    /// Packets that the program had not written in time: each was silence.
    pub underruns: u64,
    /// Packets that were overwritten before the program read them.
    pub overruns: u64,
    /// The number of times that the device was removed.
    pub gone: u64,
}

impl From<Counts> for AcxvadCounts {
    fn from(counts: Counts) -> Self {
        let Counts { packets, underruns, overruns, gone } = counts;
        Self { packets, underruns, overruns, gone }
    }
}

/// Kinds of events.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcxvadEventKind {
    /// There is no new event.
    None = 0,
    /// The device was removed.
    Gone = 1,
    /// The device has returned, and the stream restarts.
    Back = 2,
    /// Packets were silence because the program was late.
    Underrun = 3,
    /// Packets are missing because the program was late.
    Overrun = 4,
}

/// An event.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct AcxvadEvent {
    /// Its kind.
    pub kind: AcxvadEventKind,
    /// The NTSTATUS of the removal, with ACXVAD_EVENT_KIND_GONE; otherwise 0.
    pub ntstatus: i32,
    /// The number of packets, with ACXVAD_EVENT_KIND_UNDERRUN and ACXVAD_EVENT_KIND_OVERRUN;
    /// otherwise 0.
    pub packets: u64,
}

impl From<Option<Event>> for AcxvadEvent {
    fn from(event: Option<Event>) -> Self {
        let (kind, ntstatus, packets) = match event {
            None => (AcxvadEventKind::None, 0, 0),
            Some(Event::Gone(status)) => (AcxvadEventKind::Gone, status, 0),
            Some(Event::Back) => (AcxvadEventKind::Back, 0, 0),
            Some(Event::Underrun(packets)) => (AcxvadEventKind::Underrun, 0, packets),
            Some(Event::Overrun(packets)) => (AcxvadEventKind::Overrun, 0, packets),
        };
        Self { kind, ntstatus, packets }
    }
}
