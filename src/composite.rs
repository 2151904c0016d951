//! Composite endpoints: a speaker of three circuits and a microphone of two, which ACX joins, at
//! the two ends of a separate cable.
//!
//! ```text
//! client -> DSP -> CODEC -> AMP -> | cable | -> CODEC -> DSP -> client
//!           RT     volume   mute,              volume,   RT
//!           meter           jack               mute,     meter
//!                                              jack
//! ```
//!
//! Clients open streams on the DSP. The other circuits have basic streams, with only a format and
//! states. The DSP's output always has one format, the device's default. Streams in communications
//! mode change state in the inverted order, so that the amplifier is on before the first syllable;
//! all others use ACX's default order.

use core::ffi::CStr;

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::composite::Composite;
use acx::device::PrepareHardware;
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_MICROPHONE};
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request};
use acx::stream::{CreateStream, Stream};
use acx::{Error, Passive, Result};

use crate::cable::Cable;
use crate::cables::Cables;
use crate::controls::VOLUME;
use crate::end::{End, MAX_STREAMS, Parts};
use crate::formats::Lists;
use crate::jack::Jack;
use crate::settings::MAX_CABLES;
use crate::trace::TRACE;
use crate::{bridges, endpoint, properties, telemetry};

/// {6C1F1A3E-6F0E-4F83-9B0C-3C5A8E7D1Bxx}: the component ids of the circuits.
const fn id(number: u8) -> GUID {
    GUID {
        Data1: 0x6C1F_1A3E,
        Data2: 0x6F0E,
        Data3: 0x4F83,
        Data4: [0x9B, 0x0C, 0x3C, 0x5A, 0x8E, 0x7D, 0x1B, number],
    }
}

static SPEAKER: [GUID; 3] = [id(1), id(2), id(3)];
static MICROPHONE: [GUID; 2] = [id(4), id(5)];

/// The composite endpoints that ACX joins.
pub const COMPOSITES: &[Composite] =
    &[Composite { circuits: &SPEAKER }, Composite { circuits: &MICROPHONE }];

/// KSSTATE values for events.
const STOP: u32 = 0;
const PAUSE: u32 = 2;
const RUN: u32 = 3;

/// A circuit after the DSP, with its name for events.
#[derive(Clone, Copy)]
struct Downstream(&'static CStr);

impl Circuit for Downstream {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        let stream = DownstreamStream { circuit: *self, format: request.format().wave_format()? };
        request.create_basic(|_| Ok((stream, ())))
    }
}

impl Neighbour for Downstream {
    fn connected(&self, circuit: &TargetCircuit<'_>, _passive: &mut Passive) {
        acx::trace!(TRACE, Information, "CircuitConnected", "Circuit": cstr = self.0,
            "ToPin": u32 = circuit.pin(), "Elements": u32 = circuit.elements());
    }

    fn disconnected(&self, _passive: &mut Passive) {
        acx::trace!(TRACE, Information, "CircuitDisconnected", "Circuit": cstr = self.0);
    }
}

/// A stream of such a circuit.
struct DownstreamStream {
    circuit: Downstream,
    format: WaveFormat,
}

impl DownstreamStream {
    /// A codec would turn its clocks on here. This driver only logs an event, which shows the
    /// states of the streams and their order.
    fn trace_state(&self, state: u32) {
        acx::trace!(TRACE, Information, "CircuitState", "Circuit": cstr = self.circuit.0,
            "State": u32 = state);
    }
}

impl Stream for DownstreamStream {
    type Control = ();

    const PROPERTIES: &'static [Property] = properties::STREAM;

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.trace_state(PAUSE);
        Ok(())
    }

    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.trace_state(STOP);
        Ok(())
    }

    fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.trace_state(RUN);
        Ok(())
    }

    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.trace_state(PAUSE);
        Ok(())
    }

    /// The DSP's stream keeps protected content off the cable.
    fn set_copy_protected(&self, _protected: bool) -> Result<()> {
        Ok(())
    }

    fn property(&self, request: Request<'_>) {
        bridges::complete_with(request, &self.format);
    }
}

/// A circuit: its name, which is its reference string in the INF, and its component id.
struct CircuitSpec {
    name: &'static [u16],
    context: Downstream,
    id: &'static GUID,
}

macro_rules! circuit {
    ($name:literal, $id:expr) => {{
        const LABEL: &CStr = match CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
            Ok(label) => label,
            Err(_) => c"",
        };
        CircuitSpec { name: acx::wide!($name), context: Downstream(LABEL), id: $id }
    }};
}

/// The circuits of an endpoint.
struct Chain {
    direction: Direction,
    dsp: CircuitSpec,
    /// The circuits after it, with whether they have volume and mute. The last has the jack.
    downstream: &'static [(CircuitSpec, bool, bool)],
    /// The node type of the bridge pin, and the name of the endpoint.
    category: &'static GUID,
    name: &'static [u16],
}

static CHAINS: [Chain; 2] = [
    Chain {
        direction: Direction::Render,
        dsp: circuit!("SpeakerDsp", &SPEAKER[0]),
        downstream: &[
            (circuit!("SpeakerCodec", &SPEAKER[1]), true, false),
            (circuit!("SpeakerAmp", &SPEAKER[2]), false, true),
        ],
        category: &KSNODETYPE_LINE_CONNECTOR,
        name: acx::wide!("Composite playback"),
    },
    Chain {
        direction: Direction::Capture,
        dsp: circuit!("MicrophoneDsp", &MICROPHONE[0]),
        downstream: &[(circuit!("MicrophoneCodec", &MICROPHONE[1]), true, true)],
        category: &KSNODETYPE_MICROPHONE,
        name: acx::wide!("Composite recording"),
    },
];

/// Adds the five circuits to the device, at the ends of `cable`. ACX forms two endpoints from them.
///
/// # Errors
///
/// The framework's errors; the device then removes the circuits that were added.
pub fn add(
    hardware: &mut PrepareHardware<'_>,
    cable: &Arc<Cable>,
    cables: &Arc<Cables>,
    lists: &Arc<Lists>,
) -> Result<()> {
    for chain in &CHAINS {
        // MAX_CABLES is a number that no other cable has.
        let end = End::new(Parts::new(cable, MAX_CABLES, cables, lists)?, chain.direction)?;
        add_dsp(hardware, chain, &end)?;
        for at in 0..chain.downstream.len() {
            add_downstream(hardware, chain, at, &end)?;
        }
    }
    Ok(())
}

/// The circuit on which clients open streams.
#[inline(never)]
fn add_dsp(hardware: &mut PrepareHardware<'_>, chain: &Chain, end: &End) -> Result<()> {
    let config = &end.cables.config;
    let init = CircuitInit::new(hardware, chain.direction, chain.dsp.name, chain.dsp.id)?;
    let mut circuit = init.in_composite::<End>().create(end.clone())?;
    let mut host = circuit.host_pin(MAX_STREAMS)?;
    end.lists.list_all(&mut host, &Mode::ALL)?;
    end.default.attach(&mut host, &end.lists);
    let mut far = circuit.pin_between(Side::Far, chain.dsp.context)?;
    // The format that the DSP converts streams to.
    far.formats(Mode::Raw, [config.format])?;
    end.bridges.add_to(&mut far)?;
    if config.elements.meter {
        circuit.peak_meter(config.channels, end.clone())?;
    }
    if config.elements.module {
        telemetry::add_module(&mut circuit, &end.streams, &end.cable)?;
    }
    circuit.add()?;
    end.default.restore(end.chosen(), hardware.passive())
}

/// The circuit at index `at` after the DSP.
#[inline(never)]
fn add_downstream(
    hardware: &mut PrepareHardware<'_>,
    chain: &Chain,
    at: usize,
    end: &End,
) -> Result<()> {
    let config = &end.cables.config;
    let (spec, volume, mute) = chain.downstream.get(at).ok_or(Error::InvalidParameter)?;
    let init = CircuitInit::new(hardware, chain.direction, spec.name, spec.id)?;
    let mut circuit = init.in_composite::<Downstream>().create(spec.context)?;
    let mut near = circuit.pin_between(Side::Near, spec.context)?;
    if at == 0 {
        // Only the DSP's output format. Later circuits list no formats: they accept the one before
        // them.
        near.formats(Mode::Raw, [config.format])?;
    }
    if at.checked_add(1) == Some(chain.downstream.len()) {
        let mut name = Vec::new();
        chain.name.iter().try_for_each(|unit| name.push(*unit))?;
        Jack::add_to(&end.jack, &mut endpoint::bridge(&mut circuit, chain.category, Some(name))?)?;
    } else {
        circuit.pin_between(Side::Far, spec.context)?;
    }
    if *volume && config.elements.volume {
        circuit.volume(config.channels, VOLUME, end.clone())?;
    }
    if *mute && config.elements.mute {
        circuit.mute(config.channels, end.clone())?;
    }
    circuit.add()
}
