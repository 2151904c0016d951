//! Composite endpoints: a speaker of three circuits and a microphone of two, joined by ACX, at the two ends of a cable of their own.
//!
//! ```text
//! client -> DSP -> CODEC -> AMP -> | cable | -> CODEC -> DSP -> client
//!           RT     volume   mute,              volume,   RT
//!           meter           jack               mute,     meter
//!                                              jack
//! ```
//!
//! Clients stream at the DSP; the others have basic streams, which only know the format and the state. The DSP goes on in one format, the
//! device's default, whatever comes in. Calls change their states in the inverted order, so that the amplifier is awake before the first
//! syllable; everything else in ACX's own.

use core::ffi::CStr;

use acx::bridge::{Onward, Order};
use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::composite::Composite;
use acx::device::PrepareHardware;
use acx::format::WaveFormat;
use acx::guid::{GUID, KSNODETYPE_LINE_CONNECTOR, KSNODETYPE_MICROPHONE};
use acx::lock::SpinLock;
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request, Verb};
use acx::stream::{CreateStream, Stream};
use acx::{Error, Passive, Result};

use crate::cable::Cable;
use crate::endpoint::{self, CHANNELS, End, Parts, VOLUME};
use crate::more::More;
use crate::plug::Plug;
use crate::settings::{MAX_CABLES, name};
use crate::telemetry::PROPERTY_SET;
use crate::{TRACE, default_format, telemetry};

/// The format in which a stream leaves the last circuit that changes it: GET on a stream, of the driver's own property set. Three ULONGs,
/// as [`default_format`] has them.
pub const OUTPUT_FORMAT: u32 = 4;

/// The property, as streams declare it.
pub const PROPERTY: Property = Property::read_only(&PROPERTY_SET, OUTPUT_FORMAT);

/// {6C1F1A3E-6F0E-4F83-9B0C-3C5A8E7D1Bxx}: what the circuits are.
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

/// What ACX is to join.
pub const COMPOSITES: &[Composite] =
    &[Composite { circuits: &SPEAKER }, Composite { circuits: &MICROPHONE }];

/// KSSTATE, for events.
const STOP: u32 = 0;
const PAUSE: u32 = 2;
const RUN: u32 = 3;

/// In which order the streams of a mode change their states.
const fn order(mode: Mode) -> Order {
    match mode {
        Mode::Communications => Order::Inverted,
        _ => Order::Usual,
    }
}

/// What is behind a DSP: the ways to its neighbour's streams.
pub struct Behind(SpinLock<Vec<(Order, Onward)>>);

/// Nothing, until the circuit is built.
impl Default for Behind {
    fn default() -> Self {
        Self(SpinLock::new(Vec::new()))
    }
}

impl Behind {
    fn onward(&self, mode: Mode, passive: &mut Passive) -> Option<Onward> {
        self.0.with(passive, |ways, _| {
            ways.iter().find(|(own, _)| *own == order(mode)).map(|(_, onward)| onward.clone())
        })
    }

    /// Answers [`PROPERTY`] for a stream of `mode`: with what the next circuit's says, or with `format`.
    #[inline(never)]
    pub fn answer(&self, mut request: Request<'_>, mode: Mode, format: &WaveFormat) {
        let request = match self.onward(mode, request.passive()) {
            Some(onward) => onward.ask(request),
            None => Some(request),
        };
        if let Some(request) = request {
            answer(request, format);
        }
    }
}

fn answer(request: Request<'_>, format: &WaveFormat) {
    let Some(mut request) = request.with_room(default_format::BYTES) else { return };
    let answer = match request.verb() {
        Verb::Get => Ok(request.write_value(&default_format::to_bytes(format))),
        _ => Err(Error::NotSupported),
    };
    request.complete(answer);
}

/// A circuit behind a DSP, named for events.
#[derive(Clone, Copy)]
struct Part(&'static CStr);

impl Circuit for Part {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        let stream = PartStream { part: *self, format: request.format().wave_format()? };
        request.create_basic(|_| Ok((stream, ())))
    }
}

impl Neighbour for Part {
    fn connected(&self, circuit: &TargetCircuit<'_>, _passive: &mut Passive) {
        acx::trace!(TRACE, Information, "CircuitConnected", "Circuit": cstr = self.0,
            "ToPin": u32 = circuit.pin(), "Elements": u32 = circuit.elements());
    }

    fn disconnected(&self, _passive: &mut Passive) {
        acx::trace!(TRACE, Information, "CircuitDisconnected", "Circuit": cstr = self.0);
    }
}

/// A stream behind a DSP's.
struct PartStream {
    part: Part,
    format: WaveFormat,
}

impl PartStream {
    /// A codec would turn its clocks on here. There is nothing to turn on; who wonders what happened, and in which order, is told.
    fn goes_to(&self, state: u32) {
        acx::trace!(TRACE, Information, "CircuitState", "Circuit": cstr = self.part.0,
            "State": u32 = state);
    }
}

impl Stream for PartStream {
    type Control = ();

    const PROPERTIES: &'static [Property] = &[PROPERTY];

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.goes_to(PAUSE);
        Ok(())
    }

    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.goes_to(STOP);
        Ok(())
    }

    fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.goes_to(RUN);
        Ok(())
    }

    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        self.goes_to(PAUSE);
        Ok(())
    }

    /// What is protected is kept from the cable where the DSP hands it over.
    fn set_copy_protected(&self, _protected: bool) -> Result<()> {
        Ok(())
    }

    fn property(&self, request: Request<'_>) {
        answer(request, &self.format);
    }
}

/// A circuit: its name, which is its reference string in the INF, and what it is.
struct Place {
    name: &'static [u16],
    part: Part,
    id: &'static GUID,
}

macro_rules! place {
    ($name:literal, $id:expr) => {{
        const NAME: (&[u16], &CStr) = name!($name);
        Place { name: NAME.0, part: Part(NAME.1), id: $id }
    }};
}

/// The circuits of an endpoint.
struct Chain {
    direction: Direction,
    dsp: Place,
    /// Those behind it, with whether they have volume and mute. The last has the jack.
    behind: &'static [(Place, bool, bool)],
    /// What the jack is, and what people see as its name.
    category: &'static GUID,
    name: &'static [u16],
}

static CHAINS: [Chain; 2] = [
    Chain {
        direction: Direction::Render,
        dsp: place!("SpeakerDsp", &SPEAKER[0]),
        behind: &[
            (place!("SpeakerCodec", &SPEAKER[1]), true, false),
            (place!("SpeakerAmp", &SPEAKER[2]), false, true),
        ],
        category: &KSNODETYPE_LINE_CONNECTOR,
        name: acx::wide!("Composite playback"),
    },
    Chain {
        direction: Direction::Capture,
        dsp: place!("MicrophoneDsp", &MICROPHONE[0]),
        behind: &[(place!("MicrophoneCodec", &MICROPHONE[1]), true, true)],
        category: &KSNODETYPE_MICROPHONE,
        name: acx::wide!("Composite recording"),
    },
];

/// Gives the device the five circuits, at the ends of `cable`. ACX makes two endpoints of them.
///
/// # Errors
///
/// What the framework answers; the device removes what was added then.
pub fn add(hardware: &mut PrepareHardware<'_>, cable: &Arc<Cable>, more: &Arc<More>) -> Result<()> {
    for chain in &CHAINS {
        // A number that no other cable has.
        let end = End::new(Parts::new(cable, MAX_CABLES, more)?, chain.direction)?;
        add_dsp(hardware, chain, &end)?;
        for at in 0..chain.behind.len() {
            add_part(hardware, chain, at, &end)?;
        }
    }
    Ok(())
}

/// The circuit where clients stream.
#[inline(never)]
fn add_dsp(hardware: &mut PrepareHardware<'_>, chain: &Chain, end: &End) -> Result<()> {
    let config = &end.more.config;
    let init = CircuitInit::new(hardware, chain.direction, chain.dsp.name, chain.dsp.id)?;
    let mut circuit = init.in_composite::<End>().create(end.clone())?;
    let mut host = circuit.host_pin(endpoint::MAX_STREAMS)?;
    endpoint::list_all(&mut host, &Mode::ALL, config)?;
    end.default.watch(&mut host)?;
    let mut far = circuit.pin_between(Side::Far, chain.dsp.part)?;
    // What streams are changed to before they go on.
    far.formats(Mode::Raw, [config.format])?;
    let modes =
        |order: Order| Mode::ALL.into_iter().filter(move |mode| self::order(*mode) == order);
    for order in [Order::Usual, Order::Inverted] {
        let onward = far.stream_bridge(modes(order), Mode::Raw, order)?;
        end.behind.0.with(far.passive(), |ways, _| ways.push((order, onward)))?;
    }
    if config.elements.meter {
        circuit.peak_meter(CHANNELS, end.clone())?;
    }
    if config.elements.module {
        telemetry::add_module(&mut circuit, end)?;
    }
    circuit.add()
}

/// The circuit at index `at` behind the DSP.
#[inline(never)]
fn add_part(hardware: &mut PrepareHardware<'_>, chain: &Chain, at: usize, end: &End) -> Result<()> {
    let config = &end.more.config;
    let (place, volume, mute) = chain.behind.get(at).ok_or(Error::InvalidParameter)?;
    let init = CircuitInit::new(hardware, chain.direction, place.name, place.id)?;
    let mut circuit = init.in_composite::<Part>().create(place.part)?;
    let mut near = circuit.pin_between(Side::Near, place.part)?;
    if at == 0 {
        // Only what the DSP goes on in. Those further behind list nothing: they take what comes.
        near.formats(Mode::Raw, [config.format])?;
    }
    if at.checked_add(1) == Some(chain.behind.len()) {
        let mut name = Vec::new();
        chain.name.iter().try_for_each(|unit| name.push(*unit))?;
        Plug::add_to(&end.plug, &mut endpoint::bridge(&mut circuit, chain.category, Some(name))?)?;
    } else {
        circuit.pin_between(Side::Far, place.part)?;
    }
    if *volume && config.elements.volume {
        circuit.volume(CHANNELS, VOLUME, end.clone())?;
    }
    if *mute && config.elements.mute {
        circuit.mute(CHANNELS, end.clone())?;
    }
    circuit.add()
}
