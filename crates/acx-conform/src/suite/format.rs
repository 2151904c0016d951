//! Modes, formats, instances: Q cases.

use acx_client::endpoint::{Endpoint, preferred_format};
use acx_client::request;
use acx_sys::*;

use super::end::End;
use super::{Context, Finding, describe, ensure};
use crate::run::counted;

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
        sizes.push(size.to_string());
    }
    Ok(format!("{} bytes", sizes.join(" and ")))
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
    Ok("every end".to_owned())
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
    for end in context.ends()? {
        for format in end.formats() {
            let end = End { endpoint: context.endpoint(end.direction())?, mode: end.mode, format };
            let stream = end.open(context.system, end.period());
            stream.map_err(|why| format!("{format}: {why}"))?.prepare().map_err(describe)?;
            count += 1;
        }
    }
    Ok(counted(count, "format"))
}

/// The number of streams opened at a pin without a limit, or with a high one.
const ENOUGH: u32 = 64;

pub(crate) fn instances(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    for end in context.ends()? {
        figures.push(instances_of(&end)?);
    }
    Ok(figures.join("; "))
}

fn instances_of(end: &End) -> Result<String, String> {
    let ask = || -> Result<(u32, u32), String> {
        let filter = &end.endpoint.filter;
        let pin = end.endpoint.host_pin().map_err(describe)?.id;
        let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES);
        let instance = request::pin(pin);
        let value = request::get(filter, "the instances", set, id, &instance).map_err(describe)?;
        Ok((request::number(&value, 0), request::number(&value, 4)))
    };
    let open = || end.endpoint.open_stream(end.format, &end.mode);
    let (limit, before) = ask()?;
    ensure(before == 0, || format!("{before} before anything was opened"))?;
    let mut streams = Vec::new();
    let most = limit.min(ENOUGH);
    for count in 1..=most {
        streams.push(open().map_err(|why| format!("stream {count} of {limit}: {why}"))?);
        let (_, now) = ask()?;
        ensure(now == count, || format!("{now} reported, {count} open"))?;
    }
    if limit == most {
        match open() {
            Ok(_) => return Err(format!("stream {} was opened, the limit is {limit}", limit + 1)),
            Err(why) => ensure(why.status == STATUS_INSUFFICIENT_RESOURCES, || describe(why))?,
        }
    }
    drop(streams);
    let (_, after) = ask()?;
    ensure(after == 0, || format!("{after} after all were closed"))?;
    Ok(counted_to(most, limit))
}

/// The figure of a pin whose streams were counted up to `most`.
fn counted_to(most: u32, limit: u32) -> String {
    match limit {
        u32::MAX => format!("0 to {most} and back, without a limit"),
        _ if limit > most => format!("0 to {most} and back, of {limit}"),
        _ => format!("0 to {limit} and back"),
    }
}

pub(crate) fn event_driven(context: &Context<'_>) -> Finding {
    for end in context.ends()? {
        let stream = end.endpoint.open_stream(end.format, &end.mode).map_err(describe)?;
        let id = KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT;
        let value = request::rt(&stream, "notification support", id, 4).map_err(describe)?;
        ensure(value == [1, 0, 0, 0], || format!("{value:?}"))?;
    }
    Ok("every end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_up_to_which_number_streams_were_counted() {
        assert_eq!(counted_to(64, 64), "0 to 64 and back");
        assert_eq!(counted_to(64, 65), "0 to 64 and back, of 65");
        assert_eq!(counted_to(64, u32::MAX), "0 to 64 and back, without a limit");
    }
}
