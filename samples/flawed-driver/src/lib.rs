//! A cable on `acx` with flaws, enabled one at a time by the setting `Flaw`. It tests the
//! conformance suite and fault injection: each flaw makes one verdict fail, and no other. Without a
//! flaw it keeps every rule.
//!
//! The microphone records the speaker's audio 10 ms later. Both ends share a ring of frames,
//! indexed by playback time. The speaker reads its packets two steps ahead of the position and
//! clears them; the microphone writes two steps ahead.
//!
//! With the setting `Parts` the device has more: an audio engine at the speaker, a keyword pin at
//! the microphone, and a speaker of two circuits. The setting `Shape` removes parts of it.
//!
//! | module | contents |
//! |---|---|
//! | `flaw` | the flaws, each with the verdict that fails |
//! | `line` | streams |
//! | `shape` | variants of the device that resemble other drivers |
//! | `failing` | behaviour when an allocation fails |
//! | `answers` | requests that the driver gets before ACX |
//! | `controls` | volume, mute and meter |
//! | `engine` | offload and loopback pins |
//! | `keyword` | the keyword pin |
//! | `composite` | the speaker of two circuits |

#![no_std]
#![deny(unsafe_code)]

mod answers;
mod composite;
mod controls;
mod engine;
mod failing;
mod flaw;
mod keyword;
mod line;
mod shape;

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::composite::{Composite, JoiningCircuit};
use acx::constraints::PacketSizes;
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::format::WaveFormat;
use acx::format_list::DataFormats;
use acx::guid::{GUID, KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::once::Once;
use acx::pin::Mode;
use acx::pool::Arc;
use acx::request::{Filter, Request};
use acx::stream::CreateStream;
use acx::timer::Timer;
use acx::units::{Bytes, Hns};
use acx::{Error, Passive, Result};

use controls::{Controls, Elements};
use engine::Offload;
use failing::Failing;
pub use flaw::Flaw;
use keyword::Detector;
use line::{Line, Mover, Place, Playing, Spec};
pub use shape::Shape;

const SPEAKER: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E01");
const MICROPHONE: GUID = acx::guid!("2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E02");

/// The parts of both ends.
const STEREO: WaveFormat = WaveFormat::stereo(48_000, 16);
/// The additional parts of the speaker.
const NARROW: WaveFormat = WaveFormat::mono(8_000, 16);

/// Streams of an end.
const STREAMS: u32 = 4;

/// Frames of the ring.
const RING: usize = 4096;

/// The shortest packet, in 100 ns.
const SHORTEST: PacketSizes<0> =
    PacketSizes { minimum: Hns::from_milliseconds(1), maximum: None, modes: [] };

/// The same, and a packet size of a mode of its own.
const fn longer_in(mode: Mode) -> PacketSizes<1> {
    PacketSizes {
        minimum: SHORTEST.minimum,
        maximum: None,
        modes: [(mode, Hns::from_milliseconds(2))],
    }
}

/// The driver.
#[derive(Debug)]
pub struct Flawed;

impl Driver for Flawed {
    const COMPOSITES: &'static [Composite] = composite::COMPOSITES;

    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(
            |settings, passive| {
                let number = settings.number(acx::wide!("Flaw"), passive).unwrap_or(0);
                let parts = settings.number(acx::wide!("Parts"), passive).unwrap_or(0);
                let shape = settings.number(acx::wide!("Shape"), passive).unwrap_or(0);
                let (flaw, shape): (Flaw, _) = (number.into(), shape.into());
                if flaw == Flaw::LeaksAtStart {
                    core::mem::forget(Arc::new([0_u32; 5])?);
                }
                let controls = Arc::new(Controls::new(flaw.of_the_speaker()))?;
                let has_parts = parts != 0 || flaw.needs_parts();
                let detector = Arc::new(Detector::new(flaw))?;
                let card = Shared::new((flaw, shape, has_parts), controls, detector);
                Ok(Card(Arc::new(card)?))
            },
            passive,
        )
    }
}

acx::driver!(Flawed);

/// The device.
pub struct Card(Arc<Shared>);

/// The state that the ends share.
pub(crate) struct Shared {
    pub(crate) flaw: Flaw,
    pub(crate) shape: Shape,
    /// Whether the device has an audio engine, a keyword pin and a composite endpoint.
    pub(crate) has_parts: bool,
    /// The time of each frame of the ring, and the frame.
    pub(crate) times: [AtomicU64; RING],
    pub(crate) frames: [AtomicU32; RING],
    /// Streams at the speaker and at the microphone.
    pub(crate) open: [AtomicU32; 2],
    /// Streams that were asked for so far.
    pub(crate) made: AtomicU32,
    /// How often a client asked for the number of pins.
    pub(crate) counted: AtomicU32,
    /// Whether a stream of this device has run.
    pub(crate) has_run: AtomicBool,
    /// When the stream that was run last at the speaker's host pin began to run; 0 if it does not
    /// run.
    pub(crate) plays_since: AtomicU64,
    /// Whether the next timer-driven stream is refused.
    pub(crate) refuses: AtomicBool,
    /// Leaks after failed allocations.
    pub(crate) failing: Failing,
    /// The volume of the speaker; it is applied if there is an audio engine.
    pub(crate) controls: Arc<Controls>,
    pub(crate) offload: Offload,
    pub(crate) detector: Arc<Detector>,
    /// The formats of the audio engine.
    formats: Once<DataFormats>,
}

impl Shared {
    #[expect(clippy::large_stack_arrays, reason = "it is made once, in the host's process")]
    fn new(
        (flaw, shape, has_parts): (Flaw, Shape, bool),
        controls: Arc<Controls>,
        detector: Arc<Detector>,
    ) -> Self {
        Self {
            flaw,
            shape,
            has_parts,
            times: [const { AtomicU64::new(0) }; RING],
            frames: [const { AtomicU32::new(0) }; RING],
            open: [const { AtomicU32::new(0) }; 2],
            made: AtomicU32::new(0),
            counted: AtomicU32::new(0),
            has_run: AtomicBool::new(false),
            plays_since: AtomicU64::new(0),
            refuses: AtomicBool::new(false),
            failing: Failing::new(flaw),
            controls,
            offload: Offload::new(flaw),
            detector,
            formats: Once::default(),
        }
    }

    /// What a change of the power state takes where that can fail.
    fn needs_pool(&self) -> Result<()> {
        if self.shape == Shape::PoolForPower { Arc::new([0_u32; 5]).map(drop) } else { Ok(()) }
    }
}

impl Device for Card {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let card = &self.0;
        if card.shape == Shape::DoesNotStart {
            return Err(Error::InvalidState);
        }
        card.failing.on_start(hardware.passive())?;
        if card.has_parts && card.formats.get().is_none() {
            card.formats.set(hardware.data_formats([STEREO])?)?;
        }
        for direction in [Direction::Render, Direction::Capture] {
            if card.shape.has(direction) {
                self.add_end(direction, hardware)?;
            }
        }
        if card.has_parts { composite::add(hardware, card) } else { Ok(()) }
    }

    fn d0_entry(&self, _passive: &mut Passive) -> Result<()> {
        self.0.needs_pool().map_err(|why| self.0.failing.refused(why))
    }

    fn d0_exit(&self, _passive: &mut Passive) -> Result<()> {
        self.0.failing.sleeps();
        self.0.needs_pool()
    }
}

impl Card {
    /// Gives the device an end.
    fn add_end(&self, direction: Direction, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let card = &self.0;
        let (name, component, category): (&[u16], _, _) = match direction {
            Direction::Render => (acx::wide!("Speaker0"), SPEAKER, KSNODETYPE_SPEAKER),
            Direction::Capture => (acx::wide!("Microphone0"), MICROPHONE, KSNODETYPE_MICROPHONE),
        };
        let init = CircuitInit::new(hardware, direction, name, &component)?;
        let mut circuit = init.create(End(card.clone(), direction))?;
        let mut host = circuit.host_pin(card.shape.streams())?;
        for mode in card.shape.modes(card.flaw) {
            let formats = card.shape.formats(direction, card.flaw);
            host.formats(mode, formats.into_iter().flatten())?;
        }
        let is_render = direction == Direction::Render;
        if is_render && card.has_parts {
            engine::add_pins(&mut circuit, card)?;
        }
        let jack = JackDescription { channel_mask: STEREO.mask, color: 0 };
        circuit.bridge_pin(&category)?.fixed_jack(jack)?;
        match card.formats.get() {
            Some(formats) if is_render => engine::add(&mut circuit, card, formats)?,
            Some(_) => keyword::add(&mut circuit, &card.detector)?,
            None if is_render => {
                circuit.volume(2, controls::RANGE, Elements(card.controls.clone()))?;
            }
            None => {}
        }
        match card.flaw {
            // No pin lists it.
            Flaw::ForeignMode => circuit.add_endpoint(&longer_in(Mode::Movie)),
            Flaw::SmallMaximum => {
                circuit.add_endpoint(&PacketSizes { maximum: Some(Bytes(1_000)), ..SHORTEST })
            }
            _ if card.shape == Shape::LongDefault => {
                circuit.add_endpoint(&longer_in(Mode::Default))
            }
            _ => circuit.add_endpoint(&SHORTEST),
        }
    }
}

/// The circuit of an end.
struct End(Arc<Shared>, Direction);

impl Circuit for End {
    const PREPROCESS: &'static [Filter] = answers::OF_CIRCUIT;

    fn preprocess(&self, request: Request<'_>) {
        answers::of_circuit(&self.0, self.1, request);
    }

    fn joins_composite(&self, circuit: JoiningCircuit<'_>) -> Result<()> {
        circuit.publish(&SHORTEST)
    }

    fn create_stream(&self, mut request: CreateStream<'_>) -> Result<()> {
        let card = &self.0;
        let is_render = request.direction() == Direction::Render;
        let open = card.open.get(usize::from(!is_render)).ok_or(Error::InvalidParameter)?;
        if card.flaw == Flaw::FewInstances && open.load(Ordering::Relaxed) >= STREAMS - 1 {
            return Err(Error::OutOfMemory);
        }
        let made = card.made.fetch_add(1, Ordering::Relaxed);
        if card.flaw == Flaw::LosesSlots && made >= 1500 {
            return Err(Error::OutOfMemory);
        }
        card.failing.is_open()?;
        card.failing.before(made, request.passive())?;
        let place = match (request.pin_id(), card.has_parts) {
            (engine::OFFLOAD, true) if is_render => Place::Offload,
            (engine::LOOPBACK, true) if self.1 == Direction::Render => Place::Loopback,
            (keyword::PIN, true) => Place::Keyword,
            _ => Place::Host,
        };
        let format = request.format().wave_format()?;
        let is_default = request.mode() == Some(Mode::Default);
        request.create_rt(|stream| {
            let is_first = made == 0;
            let spec = Spec { format, place, is_render, is_default, is_first };
            let line = Arc::new(Line::new(card.clone(), spec)?)?;
            card.failing.on_open(made)?;
            if card.flaw == Flaw::Leaks {
                core::mem::forget(Arc::new([0_u32; 5])?);
            }
            engine::add_to(stream, &line)?;
            let mover = Mover::new(line.clone(), [stream.notifier(), stream.notifier()]);
            Ok((Playing::new(line), Timer::new(stream, mover)?))
        })
    }
}
