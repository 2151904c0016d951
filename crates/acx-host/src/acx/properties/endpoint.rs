//! The properties that every endpoint has. Source: the pages of KSPROPSETID_Pin,
//! KSPROPSETID_Topology, KSPROPSETID_RtAudio, KSPROPSETID_Audio, KSPROPSETID_Jack,
//! KSPROPSETID_AudioSignalProcessing and KSPROPSETID_Connection.

use acx_client::bytes::{field, guid_at, number};
use acx_sys::*;

use super::table::{IS_METER, IS_MUTE, IS_VOLUME, Property, PropertyRequest, Recipient, rows};
use super::value::{list, mode, text, words};
use crate::acx::arguments::{guid_bytes, same};
use crate::acx::assumptions::{self, FormatOffsets};
use crate::acx::callback;
use crate::acx::chain;
use crate::acx::connection::Connection;
use crate::acx::element::{self, ElementKind, NO_RAMP};
use crate::acx::format::{Format, new_format};
use crate::acx::pin::{Jack, Pin};
use crate::acx::stream::State;
use crate::kernel::call::invoke;
use crate::kernel::event;
use crate::kernel::object::{self, Ref};

fn get_control(
    request: &PropertyRequest<'_>,
    is_kind: fn(&ElementKind) -> bool,
) -> Result<Vec<u8>, NTSTATUS> {
    let (element, channel) = request.control(is_kind)?;
    element::get(request.kernel, &element, channel).map(|value| value.to_le_bytes().to_vec())
}

fn set_control(
    request: &PropertyRequest<'_>,
    value: &[u8],
    is_kind: fn(&ElementKind) -> bool,
) -> Result<(), NTSTATUS> {
    let (element, channel) = request.control(is_kind)?;
    element::set(request.kernel, &element, channel, number(value, 0).cast_signed(), NO_RAMP)
}

/// The connections that the driver gave; else ACX's own: sink pin, elements in order, source pin,
/// or round the audio engine.
fn connections(request: &PropertyRequest<'_>) -> Vec<u8> {
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
        && let ElementKind::AudioEngine(config, ..) = &engine.kind
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

fn streaming_pin(request: &PropertyRequest<'_>) -> Result<Ref<Pin>, NTSTATUS> {
    let wrong = assumptions::of(request.kernel).statuses.wrong_item;
    request.pin().and_then(|pin| if pin.is_streaming() { Ok(pin) } else { Err(wrong) })
}

fn instances(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    // A bridge pin has no instances: the streams that pass through it are no client's.
    let open = if pin.is_streaming() { pin.streams.borrow().len() as u32 } else { 0 };
    Ok(words([pin.max_streams, open]))
}

/// One audio range per format; clients look for the extremes among them.
fn data_ranges(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
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
fn mode_formats(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = streaming_pin(request)?;
    let formats = pin.formats(&guid_at(request.input, 32)).ok_or(STATUS_NOT_SUPPORTED)?;
    // What is in front of the formats.
    let mut at = match assumptions::of(request.kernel).format_offsets {
        FormatOffsets::UlonglongFromStart => 8 + 8 * formats.len(),
        FormatOffsets::UlongFromHeaderEnd => (8 + 4 * formats.len()).next_multiple_of(8),
    };
    let mut offsets = Vec::new();
    let mut bodies = Vec::new();
    for format in &formats {
        match assumptions::of(request.kernel).format_offsets {
            FormatOffsets::UlonglongFromStart => offsets.extend((at as u64).to_le_bytes()),
            FormatOffsets::UlongFromHeaderEnd => offsets.extend((at as u32 - 8).to_le_bytes()),
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

fn proposed_format2(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = streaming_pin(request)?;
    let mode = mode(&request.input[32..])?.ok_or(STATUS_INVALID_PARAMETER)?;
    default_format(&pin, &mode)
}

fn propose_format(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let pin = request.pin()?;
    if let (false, Some(set)) = (pin.is_streaming(), pin.callbacks.EvtAcxPinSetDataFormat) {
        // A pin whose format is its own, as on a DSP: the driver takes it or not.
        let format = Format::parse(value).ok_or(STATUS_NO_MATCH)?;
        let none = std::ptr::null_mut();
        let format = new_format(request.kernel, format, none, Some(pin.object()))?;
        let arguments = (pin.object().as_ptr(), format.as_ptr());
        let name = &callback::EvtAcxPinSetDataFormat;
        let answer = invoke(request.kernel, name, pin.handle(), set, arguments);
        object::delete(request.kernel, &format);
        return if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) };
    }
    let pin = streaming_pin(request)?;
    let asked = Format::parse(value).ok_or(STATUS_NO_MATCH)?;
    let fits = |mode: GUID| {
        pin.formats(&mode).is_some_and(|all| all.iter().any(|own| own.matches(&asked)))
    };
    if pin.listed_modes().into_iter().any(fits) { Ok(()) } else { Err(STATUS_NO_MATCH) }
}

fn buffer(request: &PropertyRequest<'_>, count: u32) -> Result<Vec<u8>, NTSTATUS> {
    let stream = request.stream()?;
    let (address, size) = stream.allocate(request.kernel, number(request.input, 32), count)?;
    let mut bytes = (address as u64).to_le_bytes().to_vec();
    bytes.extend(words([size, 0]));
    Ok(bytes)
}

fn buffer_with_notification(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let count = number(request.input, 36);
    if !request.stream()?.notifications {
        return Err(STATUS_NOT_SUPPORTED);
    }
    if !matches!(count, 1 | 2) {
        return Err(STATUS_INVALID_PARAMETER);
    }
    buffer(request, count)
}

fn register_event(request: &PropertyRequest<'_>, register: bool) -> Result<(), NTSTATUS> {
    let stream = request.stream()?;
    let event = u64::from_le_bytes(field(request.input, 24));
    if !event::exists(request.kernel, event) {
        return Err(STATUS_INVALID_HANDLE);
    }
    if register {
        if stream.buffer().is_none() {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        if !stream.progress.add_event(event) {
            return Err(STATUS_UNSUCCESSFUL);
        }
    } else if !stream.progress.remove_event(event) {
        return Err(STATUS_NOT_FOUND);
    }
    Ok(())
}

fn packet_register(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let addresses = request.stream()?.progress.register();
    Ok(addresses.into_iter().flat_map(|address| (address as u64).to_le_bytes()).collect())
}

fn set_state(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let state: State = number(value, 0).cast_signed();
    chain::set_state(request.kernel, request.stream()?, state)
}

fn jacks(request: &PropertyRequest<'_>) -> Result<Vec<Vec<u8>>, NTSTATUS> {
    let pin = request.pin()?;
    if pin.jacks.borrow().is_empty() {
        return Err(assumptions::of(request.kernel).statuses.wrong_item);
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

fn component_id(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let mut bytes = vec![0; 72];
    bytes[32..48].copy_from_slice(&guid_bytes(&request.circuit.component));
    Ok(bytes)
}

fn categories(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let side = match request.circuit.kind {
        _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture => KSCATEGORY_CAPTURE,
        _ => KSCATEGORY_RENDER,
    };
    let all = [KSCATEGORY_AUDIO, side, KSCATEGORY_REALTIME, KSCATEGORY_TOPOLOGY];
    Ok(list(&all.map(|category| guid_bytes(&category).to_vec())))
}

fn nodes(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let elements = request.circuit.elements.borrow();
    let nodes: Vec<_> = elements.iter().map(|e| guid_bytes(&e.node_type()).to_vec()).collect();
    Ok(list(&nodes))
}

fn connection_list(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(connections(request))
}

fn pin_count(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([request.circuit.pins.borrow().len() as u32]))
}

fn data_flow(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([request.pin()?.kind.cast_unsigned()]))
}

fn interfaces(_request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let mut one = guid_bytes(&KSINTERFACESETID_Standard).to_vec();
    one.extend(words([KSINTERFACE_STANDARD_LOOPED_STREAMING, 0]));
    Ok(list(&[one]))
}

fn mediums(_request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let mut one = guid_bytes(&KSMEDIUMSETID_Standard).to_vec();
    one.extend(words([KSMEDIUM_TYPE_ANYINSTANCE, 0]));
    Ok(list(&[one]))
}

fn communication(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([request.pin()?.communication.cast_unsigned()]))
}

fn necessary_instances(_request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([0]))
}

fn category(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(guid_bytes(&request.pin()?.category).to_vec())
}

fn pin_name(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let name = pin.own_name(request.kernel)?;
    Ok(text(name.as_deref().unwrap_or(if pin.is_streaming() { "Stream" } else { "Jack" })))
}

fn proposed_format(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    default_format(&*streaming_pin(request)?, &AUDIO_SIGNALPROCESSINGMODE_DEFAULT)
}

fn signal_processing_modes(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    // Bridge and loopback pins have formats, and no modes that clients choose.
    let chooses = pin.is_streaming() && !same(&pin.category, &KSNODETYPE_AUDIO_LOOPBACK);
    let modes = if chooses { pin.listed_modes() } else { Vec::new() };
    let modes: Vec<_> = modes.iter().map(|mode| guid_bytes(mode).to_vec()).collect();
    Ok(list(&modes))
}

fn state(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([request.stream()?.state().cast_unsigned()]))
}

fn data_format(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(request.stream()?.format.bytes.to_vec())
}

fn buffer_without_notification(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    buffer(request, 1)
}

fn hw_latency(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (fifo, delay) = request.stream()?.hw_latency(request.kernel)?;
    Ok(words([fifo, 0, delay]))
}

fn register_notification(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    register_event(request, true).map(|()| Vec::new())
}

fn set_notification(request: &PropertyRequest<'_>, _: &[u8]) -> Result<(), NTSTATUS> {
    register_event(request, true)
}

fn unregister_notification(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    register_event(request, false).map(|()| Vec::new())
}

fn unset_notification(request: &PropertyRequest<'_>, _: &[u8]) -> Result<(), NTSTATUS> {
    register_event(request, false)
}

fn notification_support(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([u32::from(request.stream()?.notifications)]))
}

fn packet_count(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(words([request.stream()?.packet_count(request.kernel)?]))
}

fn presentation_position(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (frames, at) = request.stream()?.presentation(request.kernel)?;
    Ok([frames.to_le_bytes(), at.to_le_bytes()].concat())
}

fn read_packet(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (packet, start, more) = request.stream()?.capture_packet(request.kernel)?;
    let mut bytes = words([packet, 0]);
    bytes.extend(start.to_le_bytes());
    bytes.extend(words([u32::from(more), 0]));
    Ok(bytes)
}

fn set_write_packet(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    request.stream()?.set_render_packet(
        request.kernel,
        number(value, 0),
        number(value, 4),
        number(value, 8),
    )
}

fn volume(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    get_control(request, IS_VOLUME)
}

fn set_volume(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    set_control(request, value, IS_VOLUME)
}

fn position(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (play, write) = request.stream()?.position(request.kernel)?;
    Ok([play.to_le_bytes(), write.to_le_bytes()].concat())
}

fn mute(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    get_control(request, IS_MUTE)
}

fn set_mute(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    set_control(request, value, IS_MUTE)
}

fn peak_meter(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    get_control(request, IS_METER)
}

fn jack_descriptions(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    jacks(request).map(|jacks| list(&jacks))
}

fn jack_descriptions2(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    jacks(request)?;
    let pin = request.pin()?;
    let own = pin.jacks.borrow();
    Ok(list(&own.iter().map(|jack| words([0, jack.flags & 1])).collect::<Vec<_>>()))
}

/// The properties that every endpoint has. Others come with an audio engine, modules, a keyword
/// spotter, microphones.
pub static TABLE: &[Property] = rows! {
    KSPROPSETID_General {
        KSPROPERTY_GENERAL_COMPONENTID Filter 72 get component_id,;
    }
    KSPROPSETID_Topology {
        KSPROPERTY_TOPOLOGY_CATEGORIES Filter list get categories,;
        KSPROPERTY_TOPOLOGY_NODES Filter list get nodes,;
        KSPROPERTY_TOPOLOGY_CONNECTIONS Filter list get connection_list,;
    }
    KSPROPSETID_Pin {
        KSPROPERTY_PIN_CINSTANCES PinFactory 8 get instances,;
        KSPROPERTY_PIN_CTYPES Filter 4 get pin_count,;
        KSPROPERTY_PIN_DATAFLOW PinFactory 4 get data_flow,;
        KSPROPERTY_PIN_DATARANGES PinFactory list get data_ranges,;
        KSPROPERTY_PIN_INTERFACES PinFactory list get interfaces,;
        KSPROPERTY_PIN_MEDIUMS PinFactory list get mediums,;
        KSPROPERTY_PIN_COMMUNICATION PinFactory 4 get communication,;
        KSPROPERTY_PIN_GLOBALCINSTANCES PinFactory 8 get instances,;
        KSPROPERTY_PIN_NECESSARYINSTANCES PinFactory 4 get necessary_instances,;
        KSPROPERTY_PIN_CATEGORY PinFactory 16 get category,;
        KSPROPERTY_PIN_NAME PinFactory any get pin_name,;
        KSPROPERTY_PIN_CONSTRAINEDDATARANGES PinFactory list get data_ranges,;
        KSPROPERTY_PIN_PROPOSEDATAFORMAT PinFactory any get proposed_format, set propose_format;
        KSPROPERTY_PIN_PROPOSEDATAFORMAT2 PinFactory any + 80 get proposed_format2,;
        KSPROPERTY_PIN_MODEDATAFORMATS PinFactory list + 48 get mode_formats,;
    }
    KSPROPSETID_AudioSignalProcessing {
        KSPROPERTY_AUDIOSIGNALPROCESSING_MODES PinFactory list get signal_processing_modes,;
    }
    KSPROPSETID_Connection {
        KSPROPERTY_CONNECTION_STATE Pin 4 get state, set set_state;
        KSPROPERTY_CONNECTION_DATAFORMAT Pin any get data_format,;
    }
    KSPROPSETID_RtAudio {
        KSPROPERTY_RTAUDIO_BUFFER Pin 16 + 40 get buffer_without_notification,;
        KSPROPERTY_RTAUDIO_HWLATENCY Pin 12 get hw_latency,;
        KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION Pin 16 + 40 get buffer_with_notification,;
        KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT Pin any + 32 get register_notification, set set_notification;
        KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT Pin any + 32 get unregister_notification, set unset_notification;
        KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT Pin 4 get notification_support,;
        KSPROPERTY_RTAUDIO_PACKETCOUNT Pin 4 get packet_count,;
        KSPROPERTY_RTAUDIO_PRESENTATION_POSITION Pin 16 get presentation_position,;
        KSPROPERTY_RTAUDIO_GETREADPACKET Pin 24 get read_packet,;
        KSPROPERTY_RTAUDIO_SETWRITEPACKET Pin 12, set set_write_packet;
        KSPROPERTY_RTAUDIO_PACKETVREGISTER Pin 24 + 32 get packet_register,;
    }
    KSPROPSETID_Audio {
        KSPROPERTY_AUDIO_VOLUMELEVEL Node 4 get volume, set set_volume;
        KSPROPERTY_AUDIO_POSITION Pin 16 get position,;
        KSPROPERTY_AUDIO_MUTE Node 4 get mute, set set_mute;
        KSPROPERTY_AUDIO_PEAKMETER2 Node 4 get peak_meter,;
    }
    KSPROPSETID_Jack {
        KSPROPERTY_JACK_DESCRIPTION PinFactory list get jack_descriptions,;
        KSPROPERTY_JACK_DESCRIPTION2 PinFactory list get jack_descriptions2,;
    }
};
