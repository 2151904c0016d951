//! The oracle: the life cycles of circuits and streams, without any of the code under test.
//! Statuses and order come from the host's documents (`docs/host-assumptions.md`), and from the
//! clock, packet and state rules of the engine.

use acx_client::endpoint::WaveFormat;
use acx_sys::*;

/// KSSTATE_STOP.
pub const STOP: i32 = KSSTATE::KSSTATE_STOP;
/// KSSTATE_ACQUIRE.
pub const ACQUIRE: i32 = KSSTATE::KSSTATE_ACQUIRE;
/// KSSTATE_PAUSE.
pub const PAUSE: i32 = KSSTATE::KSSTATE_PAUSE;
/// KSSTATE_RUN.
pub const RUN: i32 = KSSTATE::KSSTATE_RUN;

/// Success, or the status of a request that fails.
pub type Answer = Result<(), NTSTATUS>;

/// The longest packet, in seconds.
const LONGEST: u64 = 2;
/// Bytes that all offload streams of a speaker may take.
pub const BUDGET: u64 = 16 * 1024 * 1024;
/// Bytes of a megabyte, as the setting `PacketMegabytes` counts them.
pub const MEGABYTE: u64 = 1024 * 1024;

/// What packets take of the memory that they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Bytes that the offload streams of a speaker have taken.
    pub offload: u64,
    /// Bytes that all streams of the device have taken, in whole pages.
    pub device: u64,
    /// Bytes that these may take.
    pub most: u64,
}

impl Memory {
    /// A device whose setting `PacketMegabytes` is this, without a stream.
    pub fn of(megabytes: u32) -> Self {
        Self { offload: 0, device: 0, most: u64::from(megabytes) * MEGABYTE }
    }
}

/// The kind of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinKind {
    /// The host pin.
    Host,
    /// The offload pin of an audio engine.
    Offload,
    /// The pin that carries the mix.
    Loopback,
    /// The pin of the keyword spotter, which carries the pre-roll.
    Keyword,
    /// A bridge pin: it leads to a jack or to another circuit, and takes no streams.
    Bridge,
}

/// The kind of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circuit {
    /// An end of a cable that plays.
    Speaker {
        /// Whether it has an audio engine.
        engine: bool,
    },
    /// An end of a cable that records.
    Microphone {
        /// Whether it has a keyword spotter.
        spotter: bool,
    },
    /// The circuit of a composite endpoint where clients stream.
    Dsp {
        /// Whether they play.
        render: bool,
    },
    /// Behind the DSP that plays: volume.
    SpeakerCodec,
    /// Behind that: mute, and the jack.
    SpeakerAmp,
    /// Behind the DSP that records: volume, mute, and the jack.
    MicrophoneCodec,
}

impl Circuit {
    /// Its pins, by their id.
    pub fn pins(self) -> &'static [PinKind] {
        use PinKind::{Bridge, Host, Keyword, Loopback, Offload};
        match self {
            Self::Speaker { engine: true } => &[Host, Offload, Loopback, Bridge],
            Self::Microphone { spotter: true } => &[Host, Bridge, Keyword],
            Self::Speaker { .. } | Self::Microphone { .. } | Self::Dsp { .. } => &[Host, Bridge],
            _ => &[Bridge, Bridge],
        }
    }

    /// Whether streams at a pin play.
    pub fn is_render(self, pin: PinKind) -> bool {
        match self {
            Self::Speaker { .. } => pin != PinKind::Loopback,
            Self::Dsp { render } => render,
            _ => false,
        }
    }

    /// The nodes of volume and mute.
    pub fn controls(self) -> (Option<u32>, Option<u32>) {
        match self {
            Self::Speaker { engine: true } => (Some(0), Some(0)),
            Self::Speaker { .. } | Self::Microphone { .. } | Self::MicrophoneCodec => {
                (Some(0), Some(1))
            }
            Self::Dsp { .. } => (None, None),
            Self::SpeakerCodec => (Some(0), None),
            Self::SpeakerAmp => (None, Some(0)),
        }
    }

    /// Whether the driver's own properties are there: those of an end of a cable.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Speaker { .. } | Self::Microphone { .. } | Self::Dsp { .. })
    }

    /// The pin that has a jack.
    pub fn jack(self) -> Option<u32> {
        match self {
            Self::Speaker { engine: true } => Some(3),
            Self::Dsp { .. } | Self::SpeakerCodec => None,
            _ => Some(1),
        }
    }
}

/// Levels and mutes of eight channels.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    levels: [i32; 8],
    muted: [bool; 8],
}

impl Levels {
    /// What setting a channel comes to; a negative one means all.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER for a channel that is not there.
    pub fn set(&mut self, mute: bool, channel: i8, value: i32) -> Answer {
        let all = match usize::try_from(channel) {
            Ok(channel) if channel >= 8 => return Err(STATUS_INVALID_PARAMETER),
            Ok(channel) => channel..channel + 1,
            Err(_) => 0..8,
        };
        for at in all {
            if mute {
                self.muted[at] = value != 0;
            } else {
                self.levels[at] = value.clamp(-96 * 65_536, 0);
            }
        }
        Ok(())
    }

    /// The value of a channel; the master, a negative one, is the first.
    ///
    /// # Errors
    ///
    /// STATUS_INVALID_PARAMETER for a channel that is not there.
    pub fn get(&self, mute: bool, channel: i8) -> Result<i32, NTSTATUS> {
        let at = usize::try_from(channel).unwrap_or(0);
        let value = if mute {
            self.muted.get(at).map(|muted| i32::from(*muted))
        } else {
            self.levels.get(at).copied()
        };
        value.ok_or(STATUS_INVALID_PARAMETER)
    }
}

/// The frame that a device's clock shows.
pub fn frame(rate: u32, at: u64, frequency: u64) -> u64 {
    (u128::from(at) * u128::from(rate) / u128::from(frequency)) as u64
}

/// Packets that a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packets {
    /// How many: 1 or 2.
    pub count: u32,
    /// Bytes of each.
    pub bytes: u32,
}

impl Packets {
    /// Bytes of both.
    pub fn total(self) -> u64 {
        u64::from(self.count) * u64::from(self.bytes)
    }

    /// Bytes of the pages that they lie in.
    pub fn pages(self) -> u64 {
        u64::from(self.count) * u64::from(self.bytes).next_multiple_of(4096)
    }
}

/// Where a stream's clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Running.
    Running {
        /// From this position on.
        base: u64,
        /// Since this frame of the device.
        start: u64,
    },
    /// Standing at a position.
    At(u64),
    /// Standing where a late tick has left it, no further than this.
    Upto(u64),
}

/// An open stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// At which pin.
    pub kind: PinKind,
    /// Whether it plays.
    pub is_render: bool,
    /// In which format.
    pub format: WaveFormat,
    /// Its KSSTATE.
    pub state: i32,
    /// The state that a power-down has interrupted.
    pub interrupted: Option<i32>,
    /// The client's packets, once it has some.
    pub packets: Option<Packets>,
    /// Where its clock stands.
    pub clock: Clock,
    /// The last position that a client was given since the last stop.
    pub reported: u64,
    /// Packets that the driver has said are done.
    pub completed: u64,
    ended: bool,
    /// The notification event.
    pub event: Option<u64>,
    /// Whether that has been signalled.
    pub signalled: bool,
    /// Its own volume and mute, if the audio engine mixes it.
    pub own: Levels,
}

impl Stream {
    /// One that was opened just now.
    pub fn new(kind: PinKind, is_render: bool, format: WaveFormat) -> Self {
        Self {
            kind,
            is_render,
            format,
            state: STOP,
            interrupted: None,
            packets: None,
            clock: Clock::At(0),
            reported: 0,
            completed: 0,
            ended: false,
            event: None,
            signalled: false,
            own: Levels::default(),
        }
    }

    /// The size of a frame in bytes.
    pub fn block(&self) -> u32 {
        self.format.block_align() as u32
    }

    /// Frames of a packet.
    pub fn packet(&self) -> u64 {
        self.packets.map_or(0, |packets| u64::from(packets.bytes / self.block()))
    }

    /// Where an ideal device would be.
    pub fn ideal(&self, now: u64, frequency: u64) -> u64 {
        match self.clock {
            Clock::Running { base, start } => {
                base + frame(self.format.rate, now, frequency).saturating_sub(start)
            }
            Clock::At(position) | Clock::Upto(position) => position,
        }
    }

    /// The position at which it was left standing is known.
    pub fn stand(&mut self, position: u64) {
        if matches!(self.clock, Clock::Upto(_)) {
            self.clock = Clock::At(position);
        }
    }

    /// What a request for a state comes to: one step after the other, and the last good one if one
    /// fails.
    ///
    /// # Errors
    ///
    /// The status.
    pub fn walk(&mut self, target: i32, now: u64, frequency: u64, exact: bool) -> Answer {
        while self.state != target {
            self.state = match (self.state, target > self.state) {
                (STOP, _) | (PAUSE, false) => ACQUIRE,
                (ACQUIRE, true) => PAUSE,
                (ACQUIRE, false) => {
                    self.clock = Clock::At(0);
                    (self.reported, self.completed, self.ended) = (0, 0, false);
                    STOP
                }
                (PAUSE, true) if self.packets.is_none() => return Err(STATUS_INVALID_DEVICE_STATE),
                (PAUSE, true) => {
                    let start = frame(self.format.rate, now, frequency);
                    self.clock = Clock::Running { base: self.ideal(now, frequency), start };
                    RUN
                }
                _ => {
                    let at = self.ideal(now, frequency);
                    self.clock = if exact { Clock::At(at) } else { Clock::Upto(at) };
                    PAUSE
                }
            };
        }
        Ok(())
    }

    /// What SETWRITEPACKET comes to.
    ///
    /// # Errors
    ///
    /// The status.
    pub fn write(&mut self, packet: u32, flags: u32, end: u32) -> Answer {
        if !self.is_render {
            return Err(STATUS_NOT_SUPPORTED);
        }
        let bytes = self.packets.map_or(0, |packets| packets.bytes);
        let is_last = match flags {
            0 => false,
            KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM => true,
            _ => return Err(STATUS_INVALID_PARAMETER),
        };
        if is_last && (end > bytes || !end.is_multiple_of(self.block())) {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if self.ended {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        let ahead = packet.wrapping_sub(self.completed as u32).cast_signed();
        match ahead {
            1 => {}
            0 if self.state != RUN => {}
            2.. => return Err(STATUS_DATA_OVERRUN),
            _ => return Err(STATUS_DATA_LATE_ERROR),
        }
        self.ended = is_last;
        Ok(())
    }

    /// What an offload stream's last write position comes to: the end of the stream, in the packet
    /// that it would hand over next.
    ///
    /// # Errors
    ///
    /// The status.
    pub fn end_at(&mut self, position: u32) -> Answer {
        let Some(packets) = self.packets else {
            return Err(if position > 0 {
                STATUS_INVALID_PARAMETER
            } else {
                STATUS_DEVICE_NOT_READY
            });
        };
        if position > 2 * packets.bytes {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let slot = position / packets.bytes;
        let next = self.completed + u64::from(self.state == RUN);
        let packet = next + (next + u64::from(slot)) % 2;
        let (packet, length) = match position % packets.bytes {
            0 if packet != next && self.state == RUN => (next, packets.bytes),
            0 if packet == next && self.state != RUN && slot == 2 => (next + 1, packets.bytes),
            length => (packet, length),
        };
        match self.write(packet as u32, KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM, length) {
            Err(STATUS_INVALID_DEVICE_STATE) => Ok(()),
            other => other,
        }
    }

    /// The longest packet, in frames: one that is mapped twice may be rounded up to whole pages.
    fn longest(&self, count: u32) -> u64 {
        let (frames, block) = (LONGEST * u64::from(self.format.rate), u64::from(self.block()));
        let fills = |frames: &u64| count == 2 || (frames * block).is_multiple_of(4096);
        (frames..frames + 4096).find(fills).unwrap_or(frames)
    }

    /// What a buffer of `total` bytes in `count` packets comes to, beside what others have taken.
    ///
    /// # Errors
    ///
    /// The status.
    pub fn allocate(&mut self, count: u32, total: u32, memory: Memory) -> Answer {
        if self.packets.is_some() || self.state > ACQUIRE {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        if !matches!(count, 1 | 2) || total == 0 || !total.is_multiple_of(count) {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let (bytes, block) = (total / count, self.block());
        let frames = u64::from(bytes / block);
        let second = self.format.rate * block;
        let is_good = match self.kind {
            PinKind::Keyword => {
                count == 2 && bytes.is_multiple_of(block) && (16..=16_000).contains(&frames)
            }
            _ => {
                bytes.is_multiple_of(block)
                    && frames <= self.longest(count)
                    && (count == 2 || bytes.is_multiple_of(4096))
                    // A millisecond, whichever way its frames are rounded.
                    && (frames + 1) * 1000 > u64::from(self.format.rate)
                    && (self.kind != PinKind::Offload || (second..=2 * second).contains(&bytes))
            }
        };
        if !is_good {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let packets = Packets { count, bytes };
        let is_offload = self.kind == PinKind::Offload;
        if (is_offload && memory.offload + packets.total() > BUDGET)
            || memory.device + packets.pages() > memory.most
        {
            return Err(STATUS_INSUFFICIENT_RESOURCES);
        }
        self.packets = Some(packets);
        self.ended = false;
        Ok(())
    }
}
