//! The properties that a circuit's filter and its pins answer, one row each, so that the length and status rules hold for all alike.
//! Source: the fact collection's `ks/interface.md`, sections 2.2, 2.3 and 3.

use acx_sys::*;

use super::{Reply, Request, field, guid_at, number};
use crate::acx::callback;
use crate::acx::circuit::Connection;
use crate::acx::element::{self, Element, Kind, NO_RAMP};
use crate::acx::format::{Format, new_format};
use crate::acx::pin::{Jack, Pin};
use crate::acx::stream::State;
use crate::acx::{guid_bytes, same};
use crate::kernel::object::Ref;
use crate::switches::FormatOffsets;

/// What a property is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The filter.
    Filter,
    /// A pin of the filter, named by a KSP_PIN.
    PinFactory,
    /// A node and a channel of it, named by a KSNODEPROPERTY_AUDIO_CHANNEL.
    Node,
    /// A node, named by a KSNODEPROPERTY.
    Element,
    /// An open pin, by its handle.
    Pin,
}

impl Target {
    /// Bytes of the descriptor.
    pub const fn descriptor(self) -> usize {
        match self {
            Self::Filter | Self::Pin => 24,
            Self::PinFactory | Self::Element => 32,
            Self::Node => 40,
        }
    }
}

type Get = fn(&Request<'_>) -> Result<Vec<u8>, NTSTATUS>;
type Assign = fn(&Request<'_>, &[u8]) -> Result<(), NTSTATUS>;
type Raw = fn(&Request<'_>, &mut [u8]) -> Reply;

/// A property.
pub struct Property {
    /// The property set.
    pub set: GUID,
    /// The id in the set.
    pub id: u32,
    /// What documents call it.
    pub name: &'static str,
    /// What it is asked of.
    pub target: Target,
    /// Bytes of the descriptor, where they are more than the target's.
    pub descriptor: usize,
    /// Bytes of the value; 0 if they vary.
    pub size: usize,
    /// Whether the value is a KSMULTIPLE_ITEM list.
    pub is_list: bool,
    pub(crate) get: Option<Get>,
    pub(crate) assign: Option<Assign>,
    /// An answer to GET with lengths of its own making.
    pub(crate) raw: Option<Raw>,
}

impl Property {
    /// Whether a client can read it.
    pub fn can_get(&self) -> bool {
        self.get.is_some() || self.raw.is_some()
    }

    /// Whether a client can set it.
    pub fn can_set(&self) -> bool {
        self.assign.is_some()
    }

    /// Whether the node or pin of a request is there, and one that has this property: what GET and SET check first, whatever the lengths.
    pub(crate) fn check(&self, request: &Request<'_>) -> Result<(), NTSTATUS> {
        match self.target {
            Target::PinFactory => request.pin().map(drop)?,
            Target::Element => request.node().map(drop)?,
            Target::Filter | Target::Node | Target::Pin => {}
        }
        let is_kind = match (self.target, self.id) {
            (Target::Node, KSPROPERTY_AUDIO_VOLUMELEVEL) => IS_VOLUME,
            (Target::Node, KSPROPERTY_AUDIO_MUTE) => IS_MUTE,
            (Target::Node, KSPROPERTY_AUDIO_PEAKMETER2) => IS_METER,
            _ => return Ok(()),
        };
        request.control(is_kind).map(drop)
    }

    fn access(&self) -> u32 {
        let flag = |has: bool, flag: u32| if has { flag } else { 0 };
        KSPROPERTY_TYPE_BASICSUPPORT
            | flag(self.can_get(), KSPROPERTY_TYPE_GET)
            | flag(self.can_set(), KSPROPERTY_TYPE_SET)
    }

    /// The answer to GET, with the length rules of section 2.2. A value of known size is asked for only when it fits: asking may act.
    pub(crate) fn answer(
        &self,
        output: &mut [u8],
        get: impl FnOnce() -> Result<Vec<u8>, NTSTATUS>,
    ) -> Reply {
        if self.size > 0 && output.len() < self.size {
            return if output.is_empty() {
                Reply { status: STATUS_BUFFER_OVERFLOW, information: self.size }
            } else {
                Reply { status: STATUS_BUFFER_TOO_SMALL, information: 0 }
            };
        }
        match get() {
            Ok(value) => give(output, &value, self.is_list),
            Err(status) => Reply { status, information: 0 },
        }
    }

    /// The answer to BASICSUPPORT: access flags, a description, or a description with its ranges.
    pub(crate) fn basic_support(&self, request: &Request<'_>, output: &mut [u8]) -> Reply {
        let ranges = if self.target == Target::Node { ranges(self, request) } else { Ok(None) };
        let (kind, members) = match ranges {
            Ok(ranges) => ranges.unwrap_or_default(),
            Err(status) => return Reply { status, information: 0 },
        };
        let full = 40 + members.len();
        let mut value = Vec::with_capacity(full);
        value.extend(self.access().to_le_bytes());
        value.extend((full as u32).to_le_bytes());
        let set = if kind == 0 { [0; 16] } else { guid_bytes(&KSPROPTYPESETID_General) };
        value.extend(set);
        value.extend(u32::from(kind).to_le_bytes());
        value.extend(0u32.to_le_bytes());
        value.extend(u32::from(!members.is_empty()).to_le_bytes());
        value.extend(0u32.to_le_bytes());
        value.extend(members);
        match output.len() {
            4 => give(output, &value[..4], false),
            40 => give(output, &value[..40], false),
            _ => give(output, &value, false),
        }
    }
}

/// Copies a value out, or says how long it is. One without bytes needs no room.
fn give(output: &mut [u8], value: &[u8], is_list: bool) -> Reply {
    let fits = match output.len() {
        _ if value.is_empty() => 0,
        0 => return Reply { status: STATUS_BUFFER_OVERFLOW, information: value.len() },
        8 if is_list => 8,
        room if room < value.len() => {
            return Reply { status: STATUS_BUFFER_TOO_SMALL, information: 0 };
        }
        _ => value.len(),
    };
    output[..fits].copy_from_slice(&value[..fits]);
    Reply { status: STATUS_SUCCESS, information: fits }
}

/// A KSMULTIPLE_ITEM list.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let size: usize = items.iter().map(Vec::len).sum();
    let mut bytes = ((size + 8) as u32).to_le_bytes().to_vec();
    bytes.extend((items.len() as u32).to_le_bytes());
    bytes.extend(items.concat());
    bytes
}

pub(crate) fn words<const N: usize>(values: [u32; N]) -> Vec<u8> {
    values.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn text(value: &str) -> Vec<u8> {
    value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Type and member list of a node's BASICSUPPORT.
fn ranges(row: &Property, request: &Request<'_>) -> Result<Option<(u16, Vec<u8>)>, NTSTATUS> {
    let node = request.node()?;
    let element = match row.id {
        // An engine's own node answers for the elements that it has.
        KSPROPERTY_AUDIO_MUTE => request.part(IS_MUTE).unwrap_or(node),
        KSPROPERTY_AUDIO_PEAKMETER2 => request.part(IS_METER).unwrap_or(node),
        _ => request.part(IS_VOLUME).unwrap_or(node),
    };
    let (kind, step, low, high) = match &element.kind {
        Kind::Volume(config, _) => (VT_I4, config.SteppingDelta, config.Minimum, config.Maximum),
        Kind::Mute(..) => (VT_BOOL, 1, 0, 1),
        Kind::PeakMeter(config, _) => (VT_I4, config.SteppingDelta, config.Minimum, config.Maximum),
        _ => return Ok(None),
    };
    let channels = element.channels();
    let flags = KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL;
    let mut members = words([KSPROPERTY_MEMBER_STEPPEDRANGES, 16, channels, flags]);
    for _ in 0..channels {
        members.extend(words([step, 0, low.cast_unsigned(), high.cast_unsigned()]));
    }
    Ok(Some((kind, members)))
}

impl Request<'_> {
    /// The node that a request names: an element of the stream or of the circuit.
    pub(crate) fn node(&self) -> Result<Ref<Element>, NTSTATUS> {
        let id = number(self.input, 24);
        let of_stream = self.stream.and_then(|stream| {
            stream.elements.borrow().iter().find(|element| element.id() == Some(id)).cloned()
        });
        let none = self.kernel.switches.statuses.no_such_item;
        of_stream.or_else(|| self.circuit.element(id)).ok_or(none)
    }

    /// The node itself, if it is of a kind, or the element of that kind that it has.
    fn part(&self, is_kind: fn(&Kind) -> bool) -> Result<Ref<Element>, NTSTATUS> {
        let element = self.node()?;
        if is_kind(&element.kind) {
            return Ok(element);
        }
        let parts = element.parts().into_iter();
        let mut parts =
            parts.filter_map(|part| self.kernel.objects.get::<Element>(self.kernel, part).ok());
        let wrong = self.kernel.switches.statuses.wrong_item;
        parts.find(|part| is_kind(&part.kind)).ok_or(wrong)
    }

    /// The element of a kind that a request means, and the channel.
    pub(crate) fn control(
        &self,
        is_kind: fn(&Kind) -> bool,
    ) -> Result<(Ref<Element>, u32), NTSTATUS> {
        let element = self.part(is_kind)?;
        let channel = number(self.input, 32);
        if channel != u32::MAX && channel >= element.channels() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        Ok((element, channel))
    }
}

fn get_control(request: &Request<'_>, is_kind: fn(&Kind) -> bool) -> Result<Vec<u8>, NTSTATUS> {
    let (element, channel) = request.control(is_kind)?;
    element::get(request.kernel, &element, channel).map(|value| value.to_le_bytes().to_vec())
}

fn set_control(
    request: &Request<'_>,
    value: &[u8],
    is_kind: fn(&Kind) -> bool,
) -> Result<(), NTSTATUS> {
    let (element, channel) = request.control(is_kind)?;
    element::set(request.kernel, &element, channel, number(value, 0).cast_signed(), NO_RAMP)
}

const IS_VOLUME: fn(&Kind) -> bool = |kind| matches!(kind, Kind::Volume(..));
const IS_MUTE: fn(&Kind) -> bool = |kind| matches!(kind, Kind::Mute(..));
const IS_METER: fn(&Kind) -> bool = |kind| matches!(kind, Kind::PeakMeter(..));

/// The connections that the driver gave; else ACX's own: sink pin, elements in order, source pin, or round the audio engine.
fn connections(request: &Request<'_>) -> Vec<u8> {
    let circuit = request.circuit;
    let given = circuit.connections.borrow();
    if !given.is_empty() {
        let end = |(object, pin): (usize, Option<u32>), default: u32| {
            let elements = circuit.elements.borrow();
            match elements.iter().find(|element| element.handle() == object) {
                Some(element) => [element.id().unwrap_or(0), pin.unwrap_or(default)],
                None => [KSFILTER_NODE, pin.unwrap_or(0)],
            }
        };
        let item = |own: &Connection| {
            let [from, out] = end(own.from, KSNODEPIN_STANDARD_OUT);
            let [to, into] = end(own.to, KSNODEPIN_STANDARD_IN);
            words([from, out, to, into])
        };
        return list(&given.iter().map(item).collect::<Vec<_>>());
    }
    let pins = circuit.pins.borrow();
    if let Some(engine) = circuit.engine()
        && let Kind::AudioEngine(config, ..) = &engine.kind
    {
        let node = engine.id().unwrap_or(0);
        let pin = |handle: ACXPIN| {
            let pin = pins.iter().find(|pin| pin.handle() == handle as usize);
            pin.and_then(|pin| pin.id.get())
        };
        let bridge = pins.iter().find(|pin| !pin.is_streaming()).and_then(|pin| pin.id.get());
        let into = |pin: Option<u32>, at: u32| pin.map(|pin| words([KSFILTER_NODE, pin, node, at]));
        let out = |at: u32, pin: Option<u32>| pin.map(|pin| words([node, at, KSFILTER_NODE, pin]));
        let all = [
            into(pin(config.HostPin), 1),
            into(pin(config.OffloadPin), 2),
            out(0, bridge),
            out(3, pin(config.LoopbackPin)),
        ];
        return list(&all.into_iter().flatten().collect::<Vec<_>>());
    }
    let of = |kind| pins.iter().find(|pin| pin.kind == kind).and_then(|pin| pin.id.get());
    let sink = of(_ACX_PIN_TYPE::AcxPinTypeSink).unwrap_or(0);
    let source = of(_ACX_PIN_TYPE::AcxPinTypeSource).unwrap_or(0);
    let mut from = (KSFILTER_NODE, sink);
    let mut items = Vec::new();
    for element in &*circuit.elements.borrow() {
        let node = element.id().unwrap_or(0);
        items.push(words([from.0, from.1, node, KSNODEPIN_STANDARD_IN]));
        from = (node, KSNODEPIN_STANDARD_OUT);
    }
    items.push(words([from.0, from.1, KSFILTER_NODE, source]));
    list(&items)
}

fn streaming_pin(request: &Request<'_>) -> Result<Ref<Pin>, NTSTATUS> {
    let wrong = request.kernel.switches.statuses.wrong_item;
    request.pin().and_then(|pin| if pin.is_streaming() { Ok(pin) } else { Err(wrong) })
}

fn instances(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    // A bridge pin has no instances: the streams that pass through it are no client's.
    let open = if pin.is_streaming() { pin.streams.borrow().len() as u32 } else { 0 };
    Ok(words([pin.max_streams, open]))
}

/// One audio range per format; clients look for the extremes among them.
fn data_ranges(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let mut items = Vec::new();
    for mode in pin.listed_modes() {
        for format in pin.formats(&mode).unwrap_or_default() {
            let mut range = format.bytes[..64].to_vec();
            range[..8].copy_from_slice(&words([88, 0]));
            let (bits, rate) = (u32::from(format.bits()), format.rate());
            range.extend(words([u32::from(format.channels()), bits, bits, rate, rate, 0]));
            if !items.contains(&range) {
                items.push(range);
            }
        }
    }
    Ok(list(&items))
}

/// Offsets, then the formats, 8-aligned.
fn mode_formats(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = streaming_pin(request)?;
    let formats = pin.formats(&guid_at(request.input, 32)).ok_or(STATUS_NOT_SUPPORTED)?;
    // What is in front of the formats, and where offsets count from.
    let (mut at, base) = match request.kernel.switches.format_offsets {
        FormatOffsets::LongFromStart => (8 + 8 * formats.len(), 0),
        FormatOffsets::ShortBehindHeader => ((8 + 4 * formats.len()).next_multiple_of(8), 8),
    };
    let mut offsets = Vec::new();
    let mut bodies = Vec::new();
    for format in &formats {
        match request.kernel.switches.format_offsets {
            FormatOffsets::LongFromStart => offsets.extend((at as u64).to_le_bytes()),
            FormatOffsets::ShortBehindHeader => offsets.extend((at as u32 - base).to_le_bytes()),
        }
        let mut body = format.bytes.to_vec();
        body.resize(body.len().next_multiple_of(8), 0);
        at += body.len();
        bodies.extend(body);
    }
    let mut bytes = words([at as u32, formats.len() as u32]);
    bytes.extend(offsets);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(bodies);
    Ok(bytes)
}

fn default_format(pin: &Pin, mode: &GUID) -> Result<Vec<u8>, NTSTATUS> {
    let formats = pin.formats(mode).ok_or(STATUS_NOT_SUPPORTED)?;
    formats.first().map(|format| format.bytes.to_vec()).ok_or(STATUS_NOT_SUPPORTED)
}

fn proposed_format2(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = streaming_pin(request)?;
    let mode = super::mode(&request.input[32..])?.ok_or(STATUS_INVALID_PARAMETER)?;
    default_format(&pin, &mode)
}

fn propose_format(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let pin = request.pin()?;
    if let (false, Some(set)) = (pin.is_streaming(), pin.callbacks.EvtAcxPinSetDataFormat) {
        // A pin whose format is its own, as on a DSP: the driver takes it or not.
        let format = Format::parse(value).ok_or(STATUS_NO_MATCH)?;
        let none = std::ptr::null_mut();
        let format = new_format(request.kernel, format, none, Some(pin.object()))?;
        let arguments = (pin.object().as_ptr(), format.as_ptr());
        let name = &callback::EvtAcxPinSetDataFormat;
        let answer = request.kernel.invoke(name, pin.handle(), set, arguments);
        request.kernel.objects.delete(request.kernel, &format);
        return if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) };
    }
    let pin = streaming_pin(request)?;
    let asked = Format::parse(value).ok_or(STATUS_NO_MATCH)?;
    let fits = |mode: GUID| {
        pin.formats(&mode).is_some_and(|all| all.iter().any(|own| own.matches(&asked)))
    };
    if pin.listed_modes().into_iter().any(fits) { Ok(()) } else { Err(STATUS_NO_MATCH) }
}

fn buffer(request: &Request<'_>, count: u32) -> Result<Vec<u8>, NTSTATUS> {
    let stream = request.stream()?;
    let (address, size) = stream.allocate(request.kernel, number(request.input, 32), count)?;
    let mut bytes = (address as u64).to_le_bytes().to_vec();
    bytes.extend(words([size, 0]));
    Ok(bytes)
}

fn buffer_with_notification(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let count = number(request.input, 36);
    if !request.stream()?.notifications {
        return Err(STATUS_NOT_SUPPORTED);
    }
    if !matches!(count, 1 | 2) {
        return Err(STATUS_INVALID_PARAMETER);
    }
    buffer(request, count)
}

fn register_event(request: &Request<'_>, register: bool) -> Result<(), NTSTATUS> {
    let stream = request.stream()?;
    let event = u64::from_le_bytes(field(request.input, 24));
    if !request.kernel.event_exists(event) {
        return Err(STATUS_INVALID_HANDLE);
    }
    if register {
        if stream.buffer().is_none() {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        if stream.event() == Some(event) {
            return Err(STATUS_UNSUCCESSFUL);
        }
        stream.set_event(Some(event));
    } else {
        if stream.event() != Some(event) {
            return Err(STATUS_NOT_FOUND);
        }
        stream.set_event(None);
    }
    Ok(())
}

fn packet_register(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let addresses = request.stream()?.register();
    Ok(addresses.into_iter().flat_map(|address| (address as u64).to_le_bytes()).collect())
}

fn set_state(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let state: State = number(value, 0).cast_signed();
    request.stream()?.set_state(request.kernel, state)
}

fn jacks(request: &Request<'_>) -> Result<Vec<Vec<u8>>, NTSTATUS> {
    let pin = request.pin()?;
    if pin.jacks.borrow().is_empty() {
        return Err(request.kernel.switches.statuses.wrong_item);
    }
    let one = |jack: &Ref<Jack>| {
        let connected = u32::from(jack.is_connected(request.kernel)?);
        let d = &jack.description;
        let enums = [d.ConnectionType, d.GeoLocation, d.GenLocation, d.PortConnection];
        let [kind, place, general, port] = enums.map(i32::cast_unsigned);
        Ok(words([d.ChannelMapping, d.Color, kind, place, general, port, connected]))
    };
    // Not borrowed while the driver is asked.
    let jacks = pin.jacks.borrow().clone();
    jacks.iter().map(one).collect()
}

macro_rules! rows {
    ($($set:ident { $($id:ident $target:ident $size:tt $(+ $descriptor:literal)? $(raw $raw:ident)? $(get $get:expr)? $(, $(set $assign:expr)?)?;)* })*) => {
        &[$($(Property {
            set: $set,
            id: $id,
            name: stringify!($id),
            target: Target::$target,
            descriptor: 0 $(+ $descriptor)?,
            size: rows!(@size $size),
            is_list: rows!(@list $size),
            get: rows!(@some $($get)?),
            assign: rows!(@some $($($assign)?)?),
            raw: rows!(@some $($raw)?),
        },)*)*]
    };
    (@size list) => { 0 };
    (@size any) => { 0 };
    (@size $size:literal) => { $size };
    (@list list) => { true };
    (@list $size:tt) => { false };
    (@some $value:expr) => { Some($value) };
    (@some) => { None };
}
pub(crate) use rows;

/// The properties that every endpoint has. Others come with an audio engine, modules, a keyword spotter, microphones.
pub static TABLE: &[Property] = rows! {
    KSPROPSETID_General {
        KSPROPERTY_GENERAL_COMPONENTID Filter 72 get |r| {
            let mut bytes = vec![0; 72];
            bytes[32..48].copy_from_slice(&guid_bytes(&r.circuit.component));
            Ok(bytes)
        },;
    }
    KSPROPSETID_Topology {
        KSPROPERTY_TOPOLOGY_CATEGORIES Filter list get |r| {
            let side = match r.circuit.kind {
                _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture => KSCATEGORY_CAPTURE,
                _ => KSCATEGORY_RENDER,
            };
            let all = [KSCATEGORY_AUDIO, side, KSCATEGORY_REALTIME, KSCATEGORY_TOPOLOGY];
            Ok(list(&all.map(|category| guid_bytes(&category).to_vec())))
        },;
        KSPROPERTY_TOPOLOGY_NODES Filter list get |r| {
            let elements = r.circuit.elements.borrow();
            let nodes: Vec<_> = elements.iter().map(|e| guid_bytes(&e.node_type()).to_vec()).collect();
            Ok(list(&nodes))
        },;
        KSPROPERTY_TOPOLOGY_CONNECTIONS Filter list get |r| Ok(connections(r)),;
    }
    KSPROPSETID_Pin {
        KSPROPERTY_PIN_CINSTANCES PinFactory 8 get instances,;
        KSPROPERTY_PIN_CTYPES Filter 4 get |r| Ok(words([r.circuit.pins.borrow().len() as u32])),;
        KSPROPERTY_PIN_DATAFLOW PinFactory 4 get |r| Ok(words([r.pin()?.kind.cast_unsigned()])),;
        KSPROPERTY_PIN_DATARANGES PinFactory list get data_ranges,;
        KSPROPERTY_PIN_INTERFACES PinFactory list get |r| {
            r.pin()?;
            let mut one = guid_bytes(&KSINTERFACESETID_Standard).to_vec();
            one.extend(words([KSINTERFACE_STANDARD_LOOPED_STREAMING, 0]));
            Ok(list(&[one]))
        },;
        KSPROPERTY_PIN_MEDIUMS PinFactory list get |r| {
            r.pin()?;
            let mut one = guid_bytes(&KSMEDIUMSETID_Standard).to_vec();
            one.extend(words([KSMEDIUM_TYPE_ANYINSTANCE, 0]));
            Ok(list(&[one]))
        },;
        KSPROPERTY_PIN_COMMUNICATION PinFactory 4 get |r| Ok(words([r.pin()?.communication.cast_unsigned()])),;
        KSPROPERTY_PIN_GLOBALCINSTANCES PinFactory 8 get instances,;
        KSPROPERTY_PIN_NECESSARYINSTANCES PinFactory 4 get |r| { r.pin()?; Ok(words([0])) },;
        KSPROPERTY_PIN_CATEGORY PinFactory 16 get |r| Ok(guid_bytes(&r.pin()?.category).to_vec()),;
        KSPROPERTY_PIN_NAME PinFactory any get |r| {
            let pin = r.pin()?;
            let name = pin.own_name(r.kernel)?;
            Ok(text(name.as_deref().unwrap_or(if pin.is_streaming() { "Stream" } else { "Jack" })))
        },;
        KSPROPERTY_PIN_CONSTRAINEDDATARANGES PinFactory list get data_ranges,;
        KSPROPERTY_PIN_PROPOSEDATAFORMAT PinFactory any get |r| {
            default_format(&*streaming_pin(r)?, &AUDIO_SIGNALPROCESSINGMODE_DEFAULT)
        }, set propose_format;
        KSPROPERTY_PIN_PROPOSEDATAFORMAT2 PinFactory any + 80 get proposed_format2,;
        KSPROPERTY_PIN_MODEDATAFORMATS PinFactory list + 48 get mode_formats,;
    }
    KSPROPSETID_AudioSignalProcessing {
        KSPROPERTY_AUDIOSIGNALPROCESSING_MODES PinFactory list get |r| {
            let pin = r.pin()?;
            // Bridge and loopback pins have formats, and no modes that clients choose.
            let chooses = pin.is_streaming() && !same(&pin.category, &KSNODETYPE_AUDIO_LOOPBACK);
            let modes = if chooses { pin.listed_modes() } else { Vec::new() };
            let modes: Vec<_> = modes.iter().map(|mode| guid_bytes(mode).to_vec()).collect();
            Ok(list(&modes))
        },;
    }
    KSPROPSETID_Connection {
        KSPROPERTY_CONNECTION_STATE Pin 4 get |r| Ok(words([r.stream()?.state().cast_unsigned()])), set set_state;
        KSPROPERTY_CONNECTION_DATAFORMAT Pin any get |r| Ok(r.stream()?.format.bytes.to_vec()),;
    }
    KSPROPSETID_RtAudio {
        KSPROPERTY_RTAUDIO_BUFFER Pin 16 + 40 get |r| buffer(r, 1),;
        KSPROPERTY_RTAUDIO_HWLATENCY Pin 12 get |r| {
            let (fifo, delay) = r.stream()?.hw_latency(r.kernel)?;
            Ok(words([fifo, 0, delay]))
        },;
        KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION Pin 16 + 40 get buffer_with_notification,;
        KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT Pin any + 32 get |r| register_event(r, true).map(|()| Vec::new()), set |r, _| register_event(r, true);
        KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT Pin any + 32 get |r| register_event(r, false).map(|()| Vec::new()), set |r, _| register_event(r, false);
        KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT Pin 4 get |r| Ok(words([u32::from(r.stream()?.notifications)])),;
        KSPROPERTY_RTAUDIO_PACKETCOUNT Pin 4 get |r| Ok(words([r.stream()?.packet_count(r.kernel)?])),;
        KSPROPERTY_RTAUDIO_PRESENTATION_POSITION Pin 16 get |r| {
            let (frames, at) = r.stream()?.presentation(r.kernel)?;
            Ok([frames.to_le_bytes(), at.to_le_bytes()].concat())
        },;
        KSPROPERTY_RTAUDIO_GETREADPACKET Pin 24 get |r| {
            let (packet, start, more) = r.stream()?.capture_packet(r.kernel)?;
            let mut bytes = words([packet, 0]);
            bytes.extend(start.to_le_bytes());
            bytes.extend(words([u32::from(more), 0]));
            Ok(bytes)
        },;
        KSPROPERTY_RTAUDIO_SETWRITEPACKET Pin 12, set |r, value| {
            r.stream()?.set_render_packet(r.kernel, number(value, 0), number(value, 4), number(value, 8))
        };
        KSPROPERTY_RTAUDIO_PACKETVREGISTER Pin 24 + 32 get packet_register,;
    }
    KSPROPSETID_Audio {
        KSPROPERTY_AUDIO_VOLUMELEVEL Node 4 get |r| get_control(r, IS_VOLUME), set |r, value| set_control(r, value, IS_VOLUME);
        KSPROPERTY_AUDIO_POSITION Pin 16 get |r| {
            let (play, write) = r.stream()?.position(r.kernel)?;
            Ok([play.to_le_bytes(), write.to_le_bytes()].concat())
        },;
        KSPROPERTY_AUDIO_MUTE Node 4 get |r| get_control(r, IS_MUTE), set |r, value| set_control(r, value, IS_MUTE);
        KSPROPERTY_AUDIO_PEAKMETER2 Node 4 get |r| get_control(r, IS_METER),;
    }
    KSPROPSETID_Jack {
        KSPROPERTY_JACK_DESCRIPTION PinFactory list get |r| jacks(r).map(|jacks| list(&jacks)),;
        KSPROPERTY_JACK_DESCRIPTION2 PinFactory list get |r| {
            jacks(r)?;
            let pin = r.pin()?;
            let own = pin.jacks.borrow();
            Ok(list(&own.iter().map(|jack| words([0, jack.flags & 1])).collect::<Vec<_>>()))
        },;
    }
};
