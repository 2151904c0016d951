//! Experiments about properties.

use std::collections::HashSet;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, EnginePins, mode_formats, node_value};
use acx_client::request::{descriptor, get, get_known, get_sized, long, node, number, pin, set};
use acx_client::{Direction, File};
use acx_sys::*;

use super::{Bench, hex, outcome, why};

/// Offsets of a list of formats: 64 bits, from the start.
pub(super) const FROM_START: &str = "64 bits, from the start of the list";
/// Offsets of a list of formats: 32 bits, after the header.
pub(super) const FROM_HEADER: &str = "32 bits, from the end of the header";

/// GET with a buffer of four bytes.
fn four(file: &File, set: &GUID, id: u32, instance: &[u8]) -> String {
    outcome(get_known(file, "", set, id, instance, 4))
}

pub(super) fn short_descriptor(bench: &Bench<'_>) -> Result<String, String> {
    let filter = bench.any()?.filter;
    Ok(hex(filter.ioctl(IOCTL_KS_PROPERTY, &[0; 23], None).status))
}

pub(super) fn unknown_set(bench: &Bench<'_>) -> Result<String, String> {
    // A GUID that is not a property set.
    Ok(four(&bench.any()?.filter, &KSNODETYPE_SPEAKER, 0, &[]))
}

pub(super) fn unknown_id(bench: &Bench<'_>) -> Result<String, String> {
    Ok(four(&bench.any()?.filter, &KSPROPSETID_Pin, 999, &pin(0)))
}

pub(super) fn wrong_verb(bench: &Bench<'_>) -> Result<String, String> {
    let filter = bench.any()?.filter;
    let id = KSPROPERTY_PIN_DATAFLOW;
    Ok(outcome(set(&filter, "", &KSPROPSETID_Pin, id, &pin(0), &[0; 4])))
}

pub(super) fn wrong_target(bench: &Bench<'_>) -> Result<String, String> {
    let filter = bench.any()?.filter;
    let to_filter = four(&filter, &KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PACKETCOUNT, &[]);
    let stream = bench.pin()?;
    let to_pin = four(&stream, &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, &[]);
    Ok(format!("a pin's to a filter {to_filter}; a filter's to a pin {to_pin}"))
}

pub(super) fn no_such_item(bench: &Bench<'_>) -> Result<String, String> {
    let filter = bench.any()?.filter;
    let of_pin = four(&filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_DATAFLOW, &pin(999));
    let of_node =
        four(&filter, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, &node(999, Some(0)));
    Ok(format!("pin {of_pin}; node {of_node}"))
}

pub(super) fn wrong_item(bench: &Bench<'_>) -> Result<String, String> {
    let (endpoint, mute) = bench.node(&[&KSNODETYPE_MUTE])?;
    let id = KSPROPERTY_AUDIO_VOLUMELEVEL;
    Ok(four(&endpoint.filter, &KSPROPSETID_Audio, id, &node(mute, Some(0))))
}

pub(super) fn bridge_instances(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let bridge = endpoint.pins.iter().find(|pin| !pin.is_streaming).ok_or("no bridge pin")?;
    let (most, now) = bridge.instances;
    Ok(format!("{most} possible, {now} open"))
}

pub(super) fn no_value(bench: &Bench<'_>) -> Result<String, String> {
    let stream = bench.pin()?;
    let mut instance = vec![0; 8];
    instance.extend([4096_u32, 2].map(u32::to_le_bytes).concat());
    let (set, id) = (&KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION);
    get_known(&stream, "the buffer", set, id, &instance, 16).map_err(why)?;
    let event = bench.system.create_event().to_le_bytes();
    let id = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT;
    let input = descriptor(set, id, KSPROPERTY_TYPE_GET, &event);
    Ok(hex(stream.ioctl(IOCTL_KS_PROPERTY, &input, None).status))
}

pub(super) fn basic_support(bench: &Bench<'_>) -> Result<String, String> {
    let filter = bench.any()?.filter;
    let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_DATAFLOW);
    let input = descriptor(set, id, KSPROPERTY_TYPE_BASICSUPPORT, &pin(0));
    let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, None);
    Ok(format!("{}, {} bytes", hex(reply.status), reply.information))
}

pub(super) fn format_offsets(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let pin_of = endpoint.host_pin().map_err(why)?;
    let (mode, _) = pin_of.modes.first().ok_or("the pin lists no mode")?;
    let instance = [pin(pin_of.id), mode.to_vec()].concat();
    let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_MODEDATAFORMATS);
    let list = get(&endpoint.filter, "the formats", set, id, &instance).map_err(why)?;
    let count = u64::from(number(&list, 4));
    Ok(if long(&list, 8) == 8 + 8 * count {
        FROM_START.to_owned()
    } else if u64::from(number(&list, 8)) == 4 * count {
        FROM_HEADER.to_owned()
    } else {
        format!("{:02x?} for {count} formats", list.get(8..24).unwrap_or_default())
    })
}

pub(super) fn data_ranges(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let own = endpoint.host_pin().map_err(why)?;
    let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES);
    let list = get(&endpoint.filter, "the ranges", set, id, &pin(own.id)).map_err(why)?;
    let (ranges, first) = (number(&list, 4) as usize, number(&list, 8));
    let all = own.modes.iter().flat_map(|(_, formats)| formats);
    let listed = all.clone().count();
    // The properties that a KSDATARANGE_AUDIO distinguishes.
    let kinds: HashSet<_> = all.map(|own| (own.float, own.channels, own.bits, own.rate)).collect();
    let many = if ranges == kinds.len() {
        "one for each kind of sample, channels and rate".to_owned()
    } else if ranges == listed {
        "one for each format of each mode".to_owned()
    } else {
        format!("{ranges} for {listed} formats")
    };
    Ok(format!("{many}, of {first} bytes"))
}

pub(super) fn no_jacks(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let own = endpoint.host_pin().map_err(why)?.id;
    let (set, id) = (&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION);
    Ok(hex(get_sized(&endpoint.filter, set, id, &pin(own), 0).0.status))
}

pub(super) fn level_range(bench: &Bench<'_>) -> Result<String, String> {
    let (endpoint, volume) = bench.node(&[&KSNODETYPE_VOLUME])?;
    let id = KSPROPERTY_AUDIO_VOLUMELEVEL;
    let level = || node_value(&endpoint.filter, id, volume, Some(0)).map_err(why);
    let assign = |level: i32| {
        let instance = node(volume, Some(0));
        let value = level.to_le_bytes();
        outcome(set(&endpoint.filter, "", &KSPROPSETID_Audio, id, &instance, &value))
    };
    let before = level()?;
    let status = assign(i32::MAX);
    let after = level()?;
    assign(before);
    let what = match after {
        i32::MAX => "reads as set",
        _ if after == before => "reads as before",
        _ => "reads otherwise",
    };
    Ok(format!("{status}, {what}"))
}

pub(super) fn pin_name(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let ask = |id: u32| {
        let (set, property) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_NAME);
        match get(&endpoint.filter, "", set, property, &pin(id)) {
            Ok(value) => acx_client::bytes::text(&value),
            Err(failed) => hex(failed.status),
        }
    };
    let names: Vec<String> = endpoint.pins.iter().map(|own| ask(own.id)).collect();
    Ok(names.join(", "))
}

pub(super) fn unanswered(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let own = endpoint.host_pin().map_err(why)?.id;
    let filter = &endpoint.filter;
    let id = KSPROPERTY_PIN_DATAINTERSECTION;
    let intersection = get_sized(filter, &KSPROPSETID_Pin, id, &pin(own), 0).0.status;
    let id = KSPROPERTY_TOPOLOGY_NAME;
    let name = get_sized(filter, &KSPROPSETID_Topology, id, &pin(0), 0).0.status;
    Ok(format!("data intersection {}; topology name {}", hex(intersection), hex(name)))
}

fn engine(bench: &Bench<'_>) -> Result<(Endpoint, EnginePins), String> {
    let endpoint = bench.end(Direction::Render)?;
    let pins = endpoint.engine.ok_or("the endpoint has no audio engine")?;
    Ok((endpoint, pins))
}

pub(super) fn loopback_modes(bench: &Bench<'_>) -> Result<String, String> {
    let (endpoint, engine) = engine(bench)?;
    let own = endpoint.pins.iter().find(|pin| pin.id == engine.loopback);
    let modes = own.map_or(0, |pin| pin.modes.len());
    let raw = guid_bytes(&AUDIO_SIGNALPROCESSINGMODE_RAW);
    let formats = mode_formats(&endpoint.filter, engine.loopback, &raw);
    let raw = formats.map_or_else(|failed| hex(failed.status), |all| (!all.is_empty()).to_string());
    Ok(format!("{modes} modes; formats in RAW: {raw}"))
}

pub(super) fn engine_controls(bench: &Bench<'_>) -> Result<String, String> {
    let (endpoint, engine) = engine(bench)?;
    let ask = |set, id| four(&endpoint.filter, set, id, &node(engine.node, Some(0)));
    let level = ask(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL);
    let mute = ask(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_MUTE);
    let meter = ask(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PEAKMETER2);
    Ok(format!("volume {level}; mute {mute}; peak meter {meter}"))
}

pub(super) fn engine_volume_short(bench: &Bench<'_>) -> Result<String, String> {
    let (endpoint, engine) = engine(bench)?;
    let id = KSPROPERTY_AUDIOENGINE_VOLUMELEVEL;
    let instance = node(engine.node, Some(0));
    Ok(outcome(set(&endpoint.filter, "", &KSPROPSETID_AudioEngine, id, &instance, &[0; 4])))
}

pub(super) fn module_answer(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let (set, id) = (&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_DESCRIPTORS);
    let list = get(&endpoint.filter, "the modules", set, id, &[]).map_err(why)?;
    // KSAUDIOMODULE_DESCRIPTOR begins with the class.
    let class = list.get(8..24).ok_or("the circuit has no audio module")?;
    let instance = [class, &[0; 8]].concat();
    let id = KSPROPERTY_AUDIOMODULE_COMMAND;
    let ask = |length| get_sized(&endpoint.filter, set, id, &instance, length).0;
    let (none, short) = (ask(0), ask(1));
    let same = none.information == short.information && none.information > 1;
    Ok(format!(
        "no buffer {}; one byte {}; the same size for both: {same}",
        hex(none.status),
        hex(short.status)
    ))
}

pub(super) fn reset_state(bench: &Bench<'_>) -> Result<String, String> {
    let stream = bench.pin()?;
    let begin = KSRESET::KSRESET_BEGIN.to_le_bytes();
    Ok(hex(stream.ioctl(IOCTL_KS_RESET_STATE, &begin, None).status))
}
