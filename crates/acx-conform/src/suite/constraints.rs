//! The packet sizes that an endpoint publishes, and whether it accepts them: B15.

use acx_client::System;
use acx_client::bytes::guid_at;
use acx_client::endpoint::{Endpoint, WaveFormat, name_of};
use acx_client::event::EventStream;
use acx_client::request::number;
use acx_sys::*;

use super::{Context, Finding, StartTime, describe, ensure};
use crate::run::counted;

/// KSAUDIO_PACKETSIZE_CONSTRAINTS2, durations in 100 ns.
pub(crate) struct Constraints {
    minimum: u32,
    pub(crate) maximum_bytes: u32,
    modes: Vec<([u8; 16], u32)>,
}

impl Constraints {
    /// The constraints that an endpoint publishes. None if it publishes none, which means 10 ms in
    /// every mode.
    pub(crate) fn of(system: &dyn System, endpoint: &Endpoint) -> Result<Option<Self>, String> {
        // The audio interface has them, whichever interface the client opens.
        let links = system.interfaces(&KSCATEGORY_AUDIO);
        let named = |link: &&String| name_of(link) == endpoint.name();
        let audio = links.iter().find(named).ok_or("no audio interface of the endpoint")?;
        let key = &DEVPKEY_KsAudio_PacketSize_Constraints2;
        system.interface_property(audio, key).map(|published| parse(&published)).transpose()
    }

    /// The shortest period of a mode.
    pub(crate) fn least(&self, mode: &[u8; 16]) -> u32 {
        let own = self.modes.iter().find(|(own, _)| own == mode).map_or(0, |own| own.1);
        self.minimum.max(own)
    }
}

fn parse(bytes: &[u8]) -> Result<Constraints, String> {
    ensure(bytes.len() >= 16, || format!("{} bytes", bytes.len()))?;
    let count = number(bytes, 12) as usize;
    ensure(bytes.len() == 16 + 24 * count, || format!("{} bytes for {count} modes", bytes.len()))?;
    let alignment = number(bytes, 4);
    ensure((alignment + 1).is_power_of_two() && alignment < 512, || {
        format!("{alignment:#x} is no FILE_..._ALIGNMENT")
    })?;
    let (entries, _) = bytes[16..].as_chunks::<24>();
    let modes = entries.iter().map(|entry| {
        let mut mode = [0; 16];
        mode.copy_from_slice(&entry[..16]);
        (mode, number(entry, 20))
    });
    Ok(Constraints {
        minimum: number(bytes, 0),
        maximum_bytes: number(bytes, 8),
        modes: modes.collect(),
    })
}

pub(crate) fn guid(bytes: [u8; 16]) -> GUID {
    guid_at(&bytes, 0)
}

/// The number of frames of a duration, rounded up.
fn frames(format: WaveFormat, hns: u32) -> u32 {
    (u64::from(format.rate) * u64::from(hns)).div_ceil(10_000_000) as u32
}

/// Whether a stream with such packets opens, runs and completes one.
fn works(
    context: &Context<'_>,
    endpoint: &Endpoint,
    format: WaveFormat,
    mode: &GUID,
    frames: u32,
) -> Result<(), String> {
    let what = || format!("{format}, {frames} frames");
    let stream = EventStream::open(context.system, endpoint, format, mode, frames)
        .map_err(|why| format!("{}: {why}", what()))?;
    stream.prepare().map_err(describe)?;
    let started = StartTime::with(context.system, || stream.run())?;
    let period = std::time::Duration::from_secs_f64(f64::from(frames) / f64::from(format.rate));
    context.system.sleep(period * 3 + std::time::Duration::from_millis(1));
    let (completed, _) = stream.completed();
    let most = started.frames(format.rate, context.system.qpc()).end().div_ceil(u64::from(frames));
    ensure((3..=most).contains(&completed), || {
        format!("{}: {completed} packets in three periods", what())
    })
}

/// One format of each rate and width, and one in 7 of the others.
const SOME: usize = 7;

pub(crate) fn honoured(context: &Context<'_>) -> Finding {
    let (mut said, mut count) = (Vec::new(), 0);
    for direction in context.streaming()? {
        let (figure, streams) = honoured_at(context, &context.endpoint(direction)?, SOME)?;
        said.push(figure);
        count += streams;
    }
    // Ends of a kind publish the same.
    said.dedup();
    Ok(format!("{}; {}", said.join(", "), counted(count, "stream")))
}

/// The constraints that an endpoint publishes, and the number of streams that confirmed them: with
/// one of `every` of its formats.
pub(crate) fn honoured_at(
    context: &Context<'_>,
    endpoint: &Endpoint,
    every: usize,
) -> Result<(String, usize), String> {
    let pin = endpoint.host_pin().map_err(describe)?;
    let mut count = 0;
    let Some(limits) = Constraints::of(context.system, endpoint)? else {
        // No constraints mean 10 ms in every mode.
        for (mode, formats) in &pin.modes {
            for format in formats.iter().take(4) {
                works(context, endpoint, *format, &guid(*mode), frames(*format, 100_000))?;
                count += 1;
            }
        }
        return Ok(("none published: 10 ms".to_owned(), count));
    };
    for (mode, _) in &limits.modes {
        ensure(pin.modes.iter().any(|(own, _)| own == mode), || {
            format!("a constraint of a mode that the pin does not have: {mode:02x?}")
        })?;
    }
    let usual = |format: &WaveFormat| frames(*format, 100_000) * format.block_align() as u32;
    let mut formats = pin.modes.iter().flat_map(|(_, formats)| formats);
    let most = limits.maximum_bytes;
    ensure(most == 0 || formats.all(|format| usual(format) <= most), || {
        format!("10 ms of some format are more than {most} bytes")
    })?;
    for (mode, formats) in &pin.modes {
        for format in formats.iter().step_by(every) {
            count += in_range(context, endpoint, *format, mode, &limits)?;
        }
    }
    let modes = counted(limits.modes.len(), "mode");
    Ok((format!("{} us in {modes}", limits.minimum / 10), count))
}

/// Streams at the limits of a range, which work, and one below, which is refused.
fn in_range(
    context: &Context<'_>,
    endpoint: &Endpoint,
    format: WaveFormat,
    mode: &[u8; 16],
    limits: &Constraints,
) -> Result<usize, String> {
    let least = limits.least(mode);
    let most = match limits.maximum_bytes {
        0 => u32::MAX,
        bytes => bytes / format.block_align() as u32,
    };
    let asked = [least, least * 2, 100_000.max(least), 5_000_000];
    for hns in asked {
        let frames = frames(format, hns).min(most);
        works(context, endpoint, format, &guid(*mode), frames)?;
    }
    let short = format.rate * (limits.minimum / 10) / 1_000_000 * 9 / 10;
    match EventStream::open(context.system, endpoint, format, &guid(*mode), short.max(1)) {
        Ok(_) => Err(format!("{format}: {short} frames are below the minimum")),
        Err(why) => {
            ensure(why.status == STATUS_INVALID_PARAMETER, || describe(why))?;
            Ok(asked.len())
        }
    }
}
