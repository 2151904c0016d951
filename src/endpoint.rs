//! Builds the endpoints at the two ends of a cable, one circuit each: a host pin where clients open
//! streams, volume, mute, peak meter, and a bridge pin with a jack.

use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
use acx::composite::JoiningCircuit;
use acx::constraints::PacketSizes;
use acx::device::{PrepareHardware, Settings};
use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl};
use acx::guid::{GUID, KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER};
use acx::pin::{MicrophonePosition, Microphones, Mode, Pin, PinName};
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request};
use acx::stream::CreateStream;
use acx::units::Hns;
use acx::{Passive, Result};
use acxvad_abi::settings::{ENDS, NAME};
use vdma::source::Source;

use crate::cables::{Cables, NewCable};
use crate::controls::VOLUME;
use crate::end::{End, MAX_STREAMS, Parts, SHORTEST_MS};
use crate::follow::Follow;
use crate::jack::Jack;
use crate::keyword_stream::{self, KeywordStream};
use crate::offload::{Engine, Offload};
use crate::settings::EndSwitches;
use crate::spotter::{self, Spotter};
use crate::stream::CableStream;
use crate::{formats, offload, properties, settings, telemetry};

/// Nothing is processed here, so no mode needs more than the shortest packet. Modes that are not
/// latency-sensitive use longer packets to save power.
const PACKET_SIZES: PacketSizes<5> = PacketSizes {
    minimum: Hns::from_milliseconds(SHORTEST_MS),
    maximum: None,
    modes: [
        (Mode::Raw, Hns::from_milliseconds(SHORTEST_MS)),
        (Mode::Default, Hns::from_milliseconds(SHORTEST_MS)),
        (Mode::Communications, Hns::from_milliseconds(5)),
        (Mode::Media, Hns::from_milliseconds(10)),
        (Mode::Movie, Hns::from_milliseconds(10)),
    ],
};

/// {6C1F1A3E-6F0E-4F83-9B0C-3C5A8E7D1A01}, the component id of the speaker's circuit.
const SPEAKER: GUID = GUID {
    Data1: 0x6C1F_1A3E,
    Data2: 0x6F0E,
    Data3: 0x4F83,
    Data4: [0x9B, 0x0C, 0x3C, 0x5A, 0x8E, 0x7D, 0x1A, 0x01],
};

/// {6C1F1A3E-6F0E-4F83-9B0C-3C5A8E7D1A02}, the component id of the microphone's circuit.
const MICROPHONE: GUID =
    GUID { Data4: [0x9B, 0x0C, 0x3C, 0x5A, 0x8E, 0x7D, 0x1A, 0x02], ..SPEAKER };

/// Pin ids of a circuit with an audio engine; the host pin is 0, the bridge 3.
const OFFLOAD_PIN: u32 = 1;
const LOOPBACK_PIN: u32 = 2;

/// The frequency band of the microphone, in hertz: that of human hearing.
const BAND: (u16, u16) = (20, 20_000);

impl Circuit for End {
    const PROPERTIES: &'static [Property] = properties::CIRCUIT;

    fn property(&self, request: Request<'_>) {
        let Some(request) = properties::admit(request) else { return };
        match request.identifier() {
            Some((_, properties::JACK_CONNECTED)) => self.jack.handle(request),
            Some((_, properties::DEFAULT_FORMAT)) => self.default.handle(self.chosen(), request),
            Some((_, properties::CABLES)) => Cables::handle(&self.cables, request),
            Some((_, properties::CLOCK_TRIM)) => {
                // Otherwise a sleeping stream would wake up by the old trim.
                self.cable.clock.handle(request, &|level| self.cable.sleepers.wake(level));
            }
            _ => self.streams.handle(request, &self.cable.clock),
        }
    }

    fn joins_composite(&self, circuit: JoiningCircuit<'_>) -> Result<()> {
        circuit.publish(&PACKET_SIZES)
    }

    fn power_up(&self, passive: &mut Passive) -> Result<()> {
        self.follower.as_ref().map_or(Ok(()), |follower| follower.powered_up(passive))
    }

    fn power_down(&self, passive: &mut Passive) -> Result<()> {
        self.follower.as_ref().map_or(Ok(()), |follower| follower.powers_down(passive))
    }

    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        let pin = request.pin_id();
        if let Some(spotter) = self.spotter.as_ref().filter(|_| pin == keyword_stream::PIN) {
            return KeywordStream::create(spotter.clone(), self.guard(), request);
        }
        if self.offload.is_some() && pin == LOOPBACK_PIN {
            return CableStream::create(self.as_loopback(), false, request);
        }
        CableStream::create(self.clone(), self.offload.is_some() && pin == OFFLOAD_PIN, request)
    }
}

impl VolumeControl for End {
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        fade: Fade,
        passive: &mut Passive,
    ) -> Result<()> {
        self.controls().set_level(channel, level, fade);
        self.cable.sleepers.wake(passive);
        Ok(())
    }

    fn level(&self, channel: Option<u32>) -> Result<i32> {
        Ok(self.controls().level(channel))
    }
}

impl MuteControl for End {
    fn set_muted(&self, channel: Option<u32>, muted: bool, passive: &mut Passive) -> Result<()> {
        self.controls().set_muted(channel, muted);
        self.cable.sleepers.wake(passive);
        Ok(())
    }

    fn muted(&self, channel: Option<u32>) -> Result<bool> {
        Ok(self.controls().muted(channel))
    }
}

impl PeakMeter for End {
    fn peak(&self, channel: Option<u32>, passive: &mut Passive) -> Result<i32> {
        let peak = self.controls().take_peak(channel);
        self.cable.sleepers.wake_those_asleep(passive);
        Ok(peak)
    }
}

/// The name of an end, as Windows shows it.
struct EndName(Vec<u16>);

impl PinName for EndName {
    fn name(&self) -> &[u16] {
        &self.0
    }
}

/// The circuit at an end of a cable.
struct CircuitSpec<'a> {
    /// The circuit's name, before the cable's number.
    circuit: &'a [u16],
    /// The end of the default name, for an end without a name in the registry.
    default: &'a [u16],
    /// The component id of cable 0's circuit.
    component: GUID,
    /// The node type of the bridge pin, with a name of its own and without one.
    named: &'a GUID,
    unnamed: &'a GUID,
}

/// Adds the two ends of a cable to a device.
///
/// # Errors
///
/// The framework's errors; the device then removes the circuits that were added.
pub fn add_cable(
    hardware: &mut PrepareHardware<'_>,
    new: &NewCable<'_>,
    cables: &Arc<Cables>,
) -> Result<()> {
    let NewCable { cable, index, lists, settings } = *new;
    let config = &cables.config;
    let switches = EndSwitches::read(settings, index, hardware.passive());
    let mut speaker = Parts::new(cable, index, cables, lists)?;
    let mut microphone = Parts::new(cable, index, cables, lists)?;
    [speaker.hidden, microphone.hidden] = switches.hidden;
    let [speaker_follows, microphone_follows] = switches.jack_follows;
    if speaker_follows {
        follow(&mut speaker, &mut microphone, hardware.passive())?;
    }
    if microphone_follows {
        follow(&mut microphone, &mut speaker, hardware.passive())?;
    }
    speaker.offload = if config.elements.engine { Some(Offload::new()?) } else { None };
    // Its loopback pin captures the mix, whatever the microphones' source is.
    speaker.source = Source::Cable;
    let spec = CircuitSpec {
        circuit: acx::wide!(ENDS[0]),
        default: acx::wide!(" playback"),
        component: SPEAKER,
        named: &KSNODETYPE_LINE_CONNECTOR,
        unnamed: &KSNODETYPE_SPEAKER,
    };
    add(hardware, &spec, &End::new(speaker, Direction::Render)?, settings)?;
    if config.elements.spotter {
        microphone.spotter = Some(Spotter::new(cable, config.step, hardware.passive())?);
    }
    let spec = CircuitSpec {
        circuit: acx::wide!(ENDS[1]),
        default: acx::wide!(" recording"),
        component: MICROPHONE,
        named: &KSNODETYPE_MICROPHONE,
        unnamed: &KSNODETYPE_MICROPHONE,
    };
    add(hardware, &spec, &End::new(microphone, Direction::Capture)?, settings)
}

/// Lets the jack of `visible` follow the streams at the other end, if that is hidden. Otherwise the
/// end would stay unplugged until another program streams at the other end.
fn follow(visible: &mut Parts, other: &mut Parts, passive: &Passive) -> Result<()> {
    if other.hidden {
        visible.jack = Jack::new(false)?;
        let follow = Follow::new(&visible.jack, passive)?;
        visible.follows = Some(follow.clone());
        other.follower = Some(follow);
    }
    Ok(())
}

/// The component id of cable `index`, from that of cable 0.
fn component(first: GUID, index: u32) -> GUID {
    GUID { Data1: first.Data1.wrapping_add(index), ..first }
}

#[inline(never)]
fn add(
    hardware: &mut PrepareHardware<'_>,
    spec: &CircuitSpec<'_>,
    end: &End,
    settings: &Settings<'_>,
) -> Result<()> {
    let mut name = settings::numbered(spec.circuit, end.index)?;
    let component = component(spec.component, end.index);
    let mut init = CircuitInit::new(hardware, end.direction, &name, &component)?;
    if end.hidden {
        init = init.categories(&[properties::HIDDEN_END])?;
    }
    let mut circuit = init.create(end.clone())?;
    let mut host = circuit.host_pin(MAX_STREAMS)?;
    end.lists.list_all(&mut host, &Mode::ALL)?;
    end.default.attach(&mut host, &end.lists);
    if end.offload.is_some() {
        end.lists.list_offloaded(&mut circuit.offload_pin(MAX_STREAMS)?)?;
        end.lists.list_all(&mut circuit.loopback_pin(MAX_STREAMS)?, &[Mode::Raw])?;
    }
    // The registry value has the name of the circuit with "Name" appended.
    acx::wide!(NAME).iter().try_for_each(|unit| name.push(*unit))?;
    let passive = circuit.passive();
    let shown = settings::end_name(settings, &name, end.index, spec.default, passive)?;
    let category = if shown.is_some() { spec.named } else { spec.unnamed };
    Jack::add_to(&end.jack, &mut bridge(&mut circuit, category, shown)?)?;
    if let Some(follows) = &end.follows {
        Follow::add_to(follows, &mut circuit)?;
    }
    match &end.offload {
        Some(offload) => add_engine(&mut circuit, end, offload)?,
        None => add_elements(&mut circuit, end)?,
    }
    // Windows reads packet sizes from the audio interface, which a hidden end does not have.
    if end.hidden { circuit.add() } else { circuit.add_endpoint(&PACKET_SIZES) }?;
    end.default.restore(end.chosen(), hardware.passive())
}

/// The bridge pin, for the jack; a capture circuit's has the geometry of its microphone.
///
/// # Errors
///
/// The framework's errors.
pub fn bridge<'a>(
    circuit: &'a mut NewCircuit<'_>,
    category: &GUID,
    name: Option<Vec<u16>>,
) -> Result<Pin<'a>> {
    // Omnidirectional, at the origin: the end of a cable has no location.
    let positions = [MicrophonePosition::default()];
    let microphones = match circuit.direction() {
        Direction::Render => None,
        Direction::Capture => Some(Microphones { band: BAND, positions }),
    };
    circuit.bridge_pin_with(category, name.map(EndName), microphones)
}

/// Volume, mute and meter between the host pin and the bridge, and the keyword spotter with its
/// pin.
#[inline(never)]
fn add_elements(circuit: &mut NewCircuit<'_>, end: &End) -> Result<()> {
    let settings::Config { channels, elements, .. } = end.cables.config;
    if elements.volume {
        circuit.volume(channels, VOLUME, end.clone())?;
    }
    if elements.mute {
        circuit.mute(channels, end.clone())?;
    }
    if elements.meter {
        circuit.peak_meter(channels, end.clone())?;
    }
    if elements.module {
        telemetry::add_module(circuit, &end.streams, &end.cable)?;
    }
    if let Some(spotter) = &end.spotter {
        Spotter::add_to(spotter, circuit)?;
        circuit.keyword_pin(1)?.formats(Mode::Raw, [spotter::FORMAT])?;
    }
    Ok(())
}

/// An audio engine between the host, offload and loopback pins and the bridge pin. The engine has
/// the volume, mute and meter.
#[inline(never)]
fn add_engine(circuit: &mut NewCircuit<'_>, end: &End, offload: &Arc<Offload>) -> Result<()> {
    let config = &end.cables.config;
    let mix = formats::mix(config.format);
    let controls = offload::controls(end, config.channels);
    let engine = circuit.audio_engine(controls, mix, Engine(offload.clone()))?;
    engine.device_formats(end.lists.formats(), &formats::is_offloaded)?;
    if config.elements.module {
        telemetry::add_module(circuit, &end.streams, &end.cable)?;
    }
    Ok(())
}
