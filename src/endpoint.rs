//! The two endpoints, one circuit each: a host pin where clients stream, volume, mute, peak meter, and a bridge pin with a jack.

use core::ops::Deref;

use acx::Result;
use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
use acx::composite::JoiningCircuit;
use acx::constraints::PacketSizes;
use acx::device::{PrepareHardware, Settings};
use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl, VolumeRange};
use acx::guid::{GUID, KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER};
use acx::pin::{MicrophonePlace, Microphones, Mode, Pin, PinName};
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request};
use acx::stream::CreateStream;
use vdma::source::Source;

use crate::cable::{Cable, Controls};
use crate::composite::Behind;
use crate::default_format::{self, DefaultFormat};
use crate::keyword::{self, KeywordStream, Spotter};
use crate::more::{self, More};
use crate::offload::{Engine, Offload};
use crate::plug::{self, Plug};
use crate::settings::Config;
use crate::stream::Stream;
use crate::telemetry::Streams;
use crate::{formats, offload, settings, telemetry};

/// Streams that one host pin takes at once: more than Windows opens, fewer than a wire has places for.
pub const MAX_STREAMS: u32 = 32;

/// Channels that the controls have: as many as the widest format.
pub const CHANNELS: u32 = 8;

/// -96 dB to 0 dB in steps of half a decibel.
pub const VOLUME: VolumeRange = VolumeRange { minimum: -96 * 65_536, maximum: 0, step: 32_768 };

/// The shortest packet: the engine's timer fires every half millisecond.
pub const SHORTEST_MS: u32 = 1;

/// 100 ns in a millisecond.
const HNS: u32 = 10_000;

/// Nothing is processed here, so no mode needs more than the shortest packet; those that nobody plays an instrument in save power.
const PACKET_SIZES: PacketSizes<5> = PacketSizes {
    minimum: SHORTEST_MS * HNS,
    maximum_bytes: 0,
    modes: [
        (Mode::Raw, SHORTEST_MS * HNS),
        (Mode::Default, SHORTEST_MS * HNS),
        (Mode::Communications, 5 * HNS),
        (Mode::Media, 10 * HNS),
        (Mode::Movie, 10 * HNS),
    ],
};

/// {6C1F1A3E-6F0E-4F83-9B0C-3C5A8E7D1A01}, what the speaker's circuit is.
const SPEAKER: GUID = GUID {
    Data1: 0x6C1F_1A3E,
    Data2: 0x6F0E,
    Data3: 0x4F83,
    Data4: [0x9B, 0x0C, 0x3C, 0x5A, 0x8E, 0x7D, 0x1A, 0x01],
};

/// {6C1F1A3E-6F0E-4F83-9B0C-3C5A8E7D1A02}, what the microphone's circuit is.
const MICROPHONE: GUID =
    GUID { Data4: [0x9B, 0x0C, 0x3C, 0x5A, 0x8E, 0x7D, 0x1A, 0x02], ..SPEAKER };

/// Pin ids of a circuit with an audio engine; the host pin is 0, the bridge 3.
const OFFLOAD_PIN: u32 = 1;
const LOOPBACK_PIN: u32 = 2;

/// The band of hearing, in hertz.
const HEARS: (u16, u16) = (20, 20_000);

/// One end of a cable: the context of its circuit and of everything on it.
#[derive(Clone)]
pub struct End {
    /// Which end.
    pub direction: Direction,
    /// Whether it is where the speaker's mix is heard, rather than the other end.
    pub loopback: bool,
    parts: Arc<Parts>,
}

/// What an end is made of.
pub struct Parts {
    /// The cable.
    pub cable: Arc<Cable>,
    /// The cable's number, from 0.
    pub index: u32,
    /// What offload streams share; none without an audio engine.
    pub offload: Option<Arc<Offload>>,
    /// What a capture stream hears.
    pub source: Source,
    /// How much a stream moves at a time, in microseconds.
    pub step: u32,
    /// The streams that are open.
    pub streams: Arc<Streams>,
    /// The keyword spotter, if there is one.
    pub spotter: Option<Arc<Spotter>>,
    /// The jack.
    pub plug: Arc<Plug>,
    /// The default format.
    pub default: DefaultFormat,
    /// What is behind it in a composite endpoint.
    pub behind: Behind,
    /// The device's cables.
    pub more: Arc<More>,
}

impl Deref for End {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Parts {
    /// Those of an end of `cable`, with neither an audio engine nor a keyword spotter.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    #[inline(never)]
    pub fn new(cable: &Arc<Cable>, index: u32, more: &Arc<More>) -> Result<Self> {
        let config = &more.config;
        Ok(Self {
            cable: cable.clone(),
            index,
            offload: None,
            source: config.source,
            step: config.step,
            streams: Streams::new()?,
            spotter: None,
            plug: Plug::new()?,
            default: DefaultFormat::new(config.format),
            behind: Behind::default(),
            more: more.clone(),
        })
    }
}

impl End {
    /// An end of these parts.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`].
    pub fn new(parts: Parts, direction: Direction) -> Result<Self> {
        Ok(Self { direction, loopback: false, parts: Arc::new(parts)? })
    }

    /// The end's volume, mute and meter.
    pub fn controls(&self) -> &Controls {
        match self.direction {
            Direction::Render => &self.cable.speaker,
            Direction::Capture if self.loopback => &self.cable.loopback,
            Direction::Capture => &self.cable.microphone,
        }
    }
}

impl Circuit for End {
    const PROPERTIES: &'static [Property] =
        &[telemetry::PROPERTY, plug::PROPERTY, default_format::PROPERTY, more::PROPERTY];

    fn property(&self, request: Request<'_>) {
        match request.identifier() {
            Some((_, plug::PLUGGED)) => self.plug.answer(request),
            Some((_, default_format::DEFAULT_FORMAT)) => self.default.answer(request),
            Some((_, more::CABLES)) => More::answer(&self.more, request),
            _ => self.streams.answer(request, &self.cable.common.clock),
        }
    }

    fn joins_composite(&self, circuit: JoiningCircuit<'_>) -> Result<()> {
        circuit.publish(&PACKET_SIZES)
    }

    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        let pin = request.pin_id();
        if let Some(spotter) = self.spotter.as_ref().filter(|_| pin == keyword::PIN) {
            return KeywordStream::create(spotter.clone(), request);
        }
        if self.offload.is_some() && pin == LOOPBACK_PIN {
            let end = Self { direction: Direction::Capture, loopback: true, ..self.clone() };
            return Stream::create(end, false, request);
        }
        Stream::create(self.clone(), self.offload.is_some() && pin == OFFLOAD_PIN, request)
    }
}

/// Channel numbers as the engine counts them.
pub fn channel(channel: Option<u32>) -> Option<usize> {
    channel.and_then(|channel| usize::try_from(channel).ok())
}

impl VolumeControl for End {
    fn set_level(&self, index: Option<u32>, level: i32, fade: Fade) -> Result<()> {
        // Clients may ask for more than the range: the level that they read back is the nearest one in it.
        let level = level.clamp(VOLUME.minimum, VOLUME.maximum);
        self.controls().volume.fade_to_level(channel(index), level, fade.duration);
        Ok(())
    }

    fn level(&self, index: Option<u32>) -> Result<i32> {
        Ok(self.controls().volume.level(channel(index)))
    }
}

impl MuteControl for End {
    fn set_muted(&self, index: Option<u32>, muted: bool) -> Result<()> {
        self.controls().volume.set_muted(channel(index), muted);
        Ok(())
    }

    fn muted(&self, index: Option<u32>) -> Result<bool> {
        Ok(self.controls().volume.muted(channel(index)))
    }
}

impl PeakMeter for End {
    fn peak(&self, index: Option<u32>) -> Result<i32> {
        Ok(self.controls().meter.take(channel(index)))
    }
}

/// The name of an end, as people see it.
struct EndName(Vec<u16>);

impl PinName for EndName {
    fn name(&self) -> &[u16] {
        &self.0
    }
}

/// Which circuit an end of a cable becomes.
struct Place<'a> {
    /// What its name begins with; the cable's number follows.
    circuit: &'a [u16],
    /// What it is called where the registry has no name for it.
    default: &'a [u16],
    /// What the circuit of cable 0 is.
    component: GUID,
    /// What the bridge pin leads to, with a name of its own and without one.
    named: &'a GUID,
    unnamed: &'a GUID,
}

/// Gives a device the two ends of cable `index`, with their names from `settings`.
///
/// # Errors
///
/// What the framework answers; the device removes what was added then.
pub fn add_cable(
    hardware: &mut PrepareHardware<'_>,
    cable: &Arc<Cable>,
    index: u32,
    more: &Arc<More>,
    settings: &Settings<'_>,
) -> Result<()> {
    let config = &more.config;
    let mut parts = Parts::new(cable, index, more)?;
    parts.offload = option(config.elements.engine, Offload::new)?;
    // Its loopback pin hears the mix, whatever microphones hear.
    parts.source = Source::Cable;
    let place = Place {
        circuit: acx::wide!("Speaker"),
        default: acx::wide!(" playback"),
        component: SPEAKER,
        named: &KSNODETYPE_LINE_CONNECTOR,
        unnamed: &KSNODETYPE_SPEAKER,
    };
    add(hardware, &place, &End::new(parts, Direction::Render)?, settings)?;
    let mut parts = Parts::new(cable, index, more)?;
    parts.spotter =
        option(config.elements.spotter, || Spotter::new(cable, config.step, hardware.passive()))?;
    let place = Place {
        circuit: acx::wide!("Microphone"),
        default: acx::wide!(" recording"),
        component: MICROPHONE,
        named: &KSNODETYPE_MICROPHONE,
        unnamed: &KSNODETYPE_MICROPHONE,
    };
    add(hardware, &place, &End::new(parts, Direction::Capture)?, settings)
}

/// What the circuit of cable `index` is, if `first` is what that of cable 0 is.
fn component(first: GUID, index: u32) -> GUID {
    GUID { Data1: first.Data1.wrapping_add(index), ..first }
}

#[inline(never)]
fn add(
    hardware: &mut PrepareHardware<'_>,
    place: &Place<'_>,
    end: &End,
    settings: &Settings<'_>,
) -> Result<()> {
    let config = &end.more.config;
    let mut name = settings::numbered(place.circuit, end.index)?;
    let component = component(place.component, end.index);
    let init = CircuitInit::new(hardware, end.direction, &name, &component)?;
    let mut circuit = init.create(end.clone())?;
    let mut host = circuit.host_pin(MAX_STREAMS)?;
    list_all(&mut host, &Mode::ALL, config)?;
    end.default.watch(&mut host)?;
    if end.offload.is_some() {
        list_offloaded(&mut circuit.offload_pin(MAX_STREAMS)?, config)?;
        list_all(&mut circuit.loopback_pin(MAX_STREAMS)?, &[Mode::Raw], config)?;
    }
    // The registry's value is called as the circuit is, with "Name" behind it.
    acx::wide!("Name").iter().try_for_each(|unit| name.push(*unit))?;
    let passive = circuit.passive();
    let shown = settings::end_name(settings, &name, end.index, place.default, passive)?;
    let category = if shown.is_some() { place.named } else { place.unnamed };
    Plug::add_to(&end.plug, &mut bridge(&mut circuit, category, shown)?)?;
    match &end.offload {
        Some(offload) => add_engine(&mut circuit, end, offload)?,
        None => add_elements(&mut circuit, end)?,
    }
    circuit.add_endpoint(&PACKET_SIZES)
}

/// The pin with the jack, and with a microphone behind it where that is one.
///
/// # Errors
///
/// What the framework answers.
pub fn bridge<'a>(
    circuit: &'a mut NewCircuit<'_>,
    category: &GUID,
    name: Option<Vec<u16>>,
) -> Result<Pin<'a>> {
    // One that hears all around: the cable's end has no place of its own.
    let places = [MicrophonePlace::default()];
    let microphones = match circuit.direction() {
        Direction::Render => None,
        Direction::Capture => Some(Microphones { band: HEARS, places }),
    };
    circuit.bridge_pin_with(category, name.map(EndName), microphones)
}

/// Volume, mute and meter between the host pin and the bridge, and the keyword spotter with its pin.
#[inline(never)]
fn add_elements(circuit: &mut NewCircuit<'_>, end: &End) -> Result<()> {
    let elements = &end.more.config.elements;
    if elements.volume {
        circuit.volume(CHANNELS, VOLUME, end.clone())?;
    }
    if elements.mute {
        circuit.mute(CHANNELS, end.clone())?;
    }
    if elements.meter {
        circuit.peak_meter(CHANNELS, end.clone())?;
    }
    if elements.module {
        telemetry::add_module(circuit, end)?;
    }
    if let Some(spotter) = &end.spotter {
        Spotter::add_to(spotter, circuit)?;
        circuit.keyword_pin(1)?.formats(Mode::Raw, [keyword::FORMAT])?;
    }
    Ok(())
}

/// An audio engine between host, offload and loopback pin and the bridge. It has volume, mute and meter.
#[inline(never)]
fn add_engine(circuit: &mut NewCircuit<'_>, end: &End, offload: &Arc<Offload>) -> Result<()> {
    let config = &end.more.config;
    let mix = formats::mix(config.format);
    let engine = circuit.audio_engine(offload::controls(end), mix, Engine(offload.clone()))?;
    list_device_formats(&engine, config)?;
    if config.elements.module {
        telemetry::add_module(circuit, end)?;
    }
    Ok(())
}

// Formats are listed one pin at a time, each with a frame of its own: what makes them is large.

/// Lists every format of `modes`.
///
/// # Errors
///
/// What ACX answers.
#[inline(never)]
pub fn list_all(pin: &mut Pin<'_>, modes: &[Mode], config: &Config) -> Result<()> {
    modes
        .iter()
        .try_for_each(|mode| pin.formats(*mode, formats::of(*mode, config.format)).map(|_| ()))
}

#[inline(never)]
fn list_offloaded(pin: &mut Pin<'_>, config: &Config) -> Result<()> {
    Mode::ALL
        .into_iter()
        .try_for_each(|mode| pin.formats(mode, formats::offloaded(mode, config.format)).map(|_| ()))
}

#[inline(never)]
fn list_device_formats(engine: &acx::engine::Engine<'_>, config: &Config) -> Result<()> {
    engine.device_formats(formats::offloaded(Mode::Raw, config.format))
}

/// What `make` makes, if it is wanted.
///
/// # Errors
///
/// What `make` answers.
pub fn option<T>(wanted: bool, make: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    if wanted { make().map(Some) } else { Ok(None) }
}
