//! A cable on `acx` with flaws that can be switched on, one at a time, by the setting `Flaw`. The
//! conformance suite and fault injection are tested with it: each flaw turns one verdict and no
//! other. Without a flaw it keeps every rule.
//!
//! What the speaker plays is what the microphone hears, 10 ms later. Both ends share a ring of frames
//! by the time at which they sound. The speaker takes its packets two steps ahead of the position and
//! clears what it took; the microphone writes two steps ahead.

#![no_std]
#![deny(unsafe_code)]

mod flaw;
mod line;

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::constraints::PacketSizes;
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::element::{Fade, VolumeControl, VolumeRange};
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stream::CreateStream;
use acx::timer::Timer;
use acx::units::Hns;
use acx::{Error, Passive, Result};

pub use flaw::Flaw;
use line::{Line, Mover, Playing};

const SPEAKER: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E01");
const MICROPHONE: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E02");

/// What both ends have.
const STEREO: WaveFormat = WaveFormat::stereo(48_000, 16);
/// What the speaker has in addition.
const NARROW: WaveFormat = WaveFormat::mono(8_000, 16);

/// Streams of an end.
const STREAMS: u32 = 4;

/// Frames of the ring.
const RING: usize = 4096;

/// The shortest packet, in 100 ns.
const SHORTEST: PacketSizes<0> =
    PacketSizes { minimum: Hns::from_milliseconds(1), maximum: None, modes: [] };

/// The driver.
#[derive(Debug)]
pub struct Flawed;

impl Driver for Flawed {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(
            |settings, passive| {
                let number = settings.number(acx::wide!("Flaw"), passive).unwrap_or(0);
                Ok(Card(Arc::new(Shared::new(number.into()))?))
            },
            passive,
        )
    }
}

acx::driver!(Flawed);

/// The device.
pub struct Card(Arc<Shared>);

/// What the ends share.
pub(crate) struct Shared {
    pub(crate) flaw: Flaw,
    /// The time of each frame of the ring, and the frame.
    pub(crate) times: [AtomicU64; RING],
    pub(crate) frames: [AtomicU32; RING],
    /// Streams at the speaker and at the microphone.
    pub(crate) open: [AtomicU32; 2],
    /// Streams that were asked for so far.
    made: AtomicU32,
    /// Whether a stream of this device has run.
    pub(crate) has_run: AtomicBool,
    /// Whether the next timer-driven stream is refused.
    pub(crate) refuses: AtomicBool,
    /// Whether every buffer is refused.
    pub(crate) is_stuck: AtomicBool,
    level: [AtomicI32; 2],
}

impl Shared {
    #[expect(clippy::large_stack_arrays, reason = "it is made once, in the host's process")]
    const fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            times: [const { AtomicU64::new(0) }; RING],
            frames: [const { AtomicU32::new(0) }; RING],
            open: [const { AtomicU32::new(0) }; 2],
            made: AtomicU32::new(0),
            has_run: AtomicBool::new(false),
            refuses: AtomicBool::new(false),
            is_stuck: AtomicBool::new(false),
            level: [const { AtomicI32::new(0) }; 2],
        }
    }
}

impl Device for Card {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let (first, second) = match self.0.flaw {
            Flaw::NoUsualMode => (Mode::Media, Mode::Movie),
            _ => (Mode::Raw, Mode::Default),
        };
        let name = acx::wide!("Speaker0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &SPEAKER)?;
        let mut circuit = init.create(End(self.0.clone()))?;
        let range = VolumeRange { minimum: -96 << 16, maximum: 0, step: 1 << 15 };
        circuit.volume(2, range, Level(self.0.clone()))?;
        let mut narrow = NARROW;
        if self.0.flaw == Flaw::WrongMask {
            narrow.mask = STEREO.mask;
        }
        circuit
            .host_pin(STREAMS)?
            .formats(first, [STEREO, narrow])?
            .formats(second, [STEREO, narrow])?;
        let jack = JackDescription { channel_mask: STEREO.mask, color: 0 };
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?.fixed_jack(jack)?;
        circuit.add_endpoint(&SHORTEST)?;

        let name = acx::wide!("Microphone0");
        let init = CircuitInit::new(hardware, Direction::Capture, name, &MICROPHONE)?;
        let mut circuit = init.create(End(self.0.clone()))?;
        circuit.host_pin(STREAMS)?.formats(first, [STEREO])?.formats(second, [STEREO])?;
        circuit.bridge_pin(&KSNODETYPE_MICROPHONE)?.fixed_jack(jack)?;
        circuit.add_endpoint(&SHORTEST)
    }
}

/// The volume element. It is kept and not applied.
struct Level(Arc<Shared>);

impl VolumeControl for Level {
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        _fade: Fade,
        _passive: &mut Passive,
    ) -> Result<()> {
        let lowest = if self.0.flaw == Flaw::NarrowRange { -90 << 16 } else { -96 << 16 };
        for (own, kept) in self.0.level.iter().enumerate() {
            if channel.is_none_or(|channel| usize::try_from(channel) == Ok(own)) {
                kept.store(level.clamp(lowest, 0), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    fn level(&self, channel: Option<u32>) -> Result<i32> {
        let channel = usize::try_from(channel.unwrap_or(0)).unwrap_or(0);
        let kept = self.0.level.get(channel).ok_or(Error::InvalidParameter)?;
        let level = kept.load(Ordering::Relaxed);
        let is_wrong = self.0.flaw == Flaw::WrongLevel && channel == 1 && level == -2 << 16;
        Ok(if is_wrong { level.saturating_add(1 << 15) } else { level })
    }
}

/// The circuit of an end.
struct End(Arc<Shared>);

impl Circuit for End {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        let is_render = request.direction() == Direction::Render;
        let open = self.0.open.get(usize::from(!is_render)).ok_or(Error::InvalidParameter)?;
        if self.0.flaw == Flaw::FewInstances && open.load(Ordering::Relaxed) >= STREAMS - 1 {
            return Err(Error::OutOfMemory);
        }
        let made = self.0.made.fetch_add(1, Ordering::Relaxed);
        if self.0.flaw == Flaw::LosesSlots && made >= 1500 {
            return Err(Error::OutOfMemory);
        }
        let is_usual = request.format().wave_format()?.rate == STEREO.rate;
        let format = if is_usual { STEREO } else { NARROW };
        let is_default = request.mode() == Some(Mode::Default);
        request.create_rt(|stream| {
            let is_first = made == 0;
            let line = Line::new(self.0.clone(), format, is_render, is_default, is_first)?;
            let line = Arc::new(line)?;
            if self.0.flaw == Flaw::Leaks {
                core::mem::forget(Arc::new([0_u32; 5])?);
            }
            let mover = Mover::new(line.clone(), stream.notifier());
            Ok((Playing::new(line), Timer::new(stream, mover)?))
        })
    }
}
