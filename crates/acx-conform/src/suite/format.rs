//! Modes, formats, instances: Q cases.

use acx_client::Direction;
use acx_client::endpoint::{Endpoint, preferred_format};
use acx_client::event::EventStream;
use acx_client::request;
use acx_sys::*;

use super::{Context, Finding, STEREO, describe, ensure};

/// The mode list of a host pin: the size that a query gives, and the data.
fn modes(endpoint: &Endpoint) -> Result<(usize, Vec<u8>), String> {
    let pin = endpoint.host_pin().map_err(describe)?;
    let set = &KSPROPSETID_AudioSignalProcessing;
    let id = KSPROPERTY_AUDIOSIGNALPROCESSING_MODES;
    let instance = request::pin(pin.id);
    let (size, _) = request::get_sized(&endpoint.filter, set, id, &instance, 0);
    ensure(size.status == STATUS_BUFFER_OVERFLOW, || format!("size query: {size:x?}"))?;
    let (data, value) = request::get_sized(&endpoint.filter, set, id, &instance, size.information);
    ensure(data.status == STATUS_SUCCESS, || format!("data: {data:x?}"))?;
    Ok((size.information, value))
}

pub(crate) fn mode_lists(context: &Context<'_>) -> Finding {
    let mut sizes = Vec::new();
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let (size, value) = modes(&endpoint)?;
        ensure(size == value.len(), || format!("{size} bytes promised, {} given", value.len()))?;
        sizes.push(size);
    }
    Ok(format!("{sizes:?} bytes"))
}

pub(crate) fn mode_list_sizes(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let (_, value) = modes(&endpoint)?;
        ensure((value.len() - 8).is_multiple_of(16), || format!("{} bytes", value.len()))?;
    }
    Ok("whole GUIDs".to_owned())
}

pub(crate) fn raw_or_default(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let (_, value) = modes(&endpoint)?;
        let wanted = [AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_DEFAULT]
            .map(|mode| mode.Data4);
        let listed = value[8..].as_chunks::<16>().0;
        let found = listed.iter().any(|mode| wanted.iter().any(|data| mode[8..] == *data));
        ensure(found, || "neither".to_owned())?;
    }
    Ok("both ends".to_owned())
}

pub(crate) fn preferred_is_listed(context: &Context<'_>) -> Finding {
    let mut formats = Vec::new();
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let pin = endpoint.host_pin().map_err(describe)?;
        for (mode, listed) in &pin.modes {
            let preferred = preferred_format(&endpoint.filter, pin.id, mode).map_err(describe)?;
            ensure(listed.contains(&preferred), || format!("{preferred} is not listed"))?;
            formats.push(preferred.to_string());
        }
    }
    formats.dedup();
    Ok(formats.join("; "))
}

pub(crate) fn ten_milliseconds(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let pin = endpoint.host_pin().map_err(describe)?.clone();
        for (_, formats) in &pin.modes[..1] {
            for format in formats {
                let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
                let frames = format.rate / 100;
                let stream = EventStream::open(context.system, &endpoint, *format, mode, frames);
                stream.map_err(|why| format!("{format}: {why}"))?.prepare().map_err(describe)?;
                count += 1;
            }
        }
    }
    Ok(format!("{count} formats"))
}

pub(crate) fn instances(context: &Context<'_>) -> Finding {
    let ask = |endpoint: &Endpoint| -> Result<(u32, u32), String> {
        let pin = endpoint.host_pin().map_err(describe)?.id;
        let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES);
        let what = "the instances";
        let value =
            request::get(&endpoint.filter, what, set, id, &request::pin(pin)).map_err(describe)?;
        Ok((request::number(&value, 0), request::number(&value, 4)))
    };
    let endpoint = context.endpoint(Direction::Render)?;
    let (limit, open) = ask(&endpoint)?;
    ensure(open == 0, || format!("{open} before anything was opened"))?;
    let mode = &AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
    let mut streams = Vec::new();
    for count in 1..=limit {
        streams.push(endpoint.open_stream(STEREO, mode).map_err(describe)?);
        let (_, open) = ask(&endpoint)?;
        ensure(open == count, || format!("{open} reported, {count} open"))?;
    }
    match endpoint.open_stream(STEREO, mode) {
        Ok(_) => return Err(format!("stream {} was opened, the limit is {limit}", limit + 1)),
        Err(why) => ensure(why.status == STATUS_INSUFFICIENT_RESOURCES, || describe(why))?,
    }
    drop(streams);
    let (_, open) = ask(&endpoint)?;
    ensure(open == 0, || format!("{open} after all were closed"))?;
    Ok(format!("0 to {limit} and back"))
}

pub(crate) fn event_driven(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let mode = &AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
        let stream = endpoint.open_stream(STEREO, mode).map_err(describe)?;
        let id = KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT;
        let value = request::rt(&stream, "notification support", id, 4).map_err(describe)?;
        ensure(value == [1, 0, 0, 0], || format!("{value:?}"))?;
    }
    Ok("both ends".to_owned())
}
