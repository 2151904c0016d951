//! The packet sizes that an endpoint publishes, and whether it accepts them: B15.

use acx_client::System;
use acx_client::bytes::guid_at;
use acx_client::endpoint::{Endpoint, WaveFormat, name_of};
use acx_client::event::EventStream;
use acx_client::request::number;
use acx_sys::*;

use super::{Context, Finding, StartTime, describe, ensure};
use crate::run::counted;

/// The usual period, 10 ms, in 100 ns.
pub(crate) const USUAL: u32 = 100_000;

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
        let mode = entry.first_chunk().copied().unwrap_or_default();
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
pub(super) fn frames(format: WaveFormat, hns: u32) -> u32 {
    (u64::from(format.rate) * u64::from(hns)).div_ceil(10_000_000) as u32
}

/// Whether packets of 10 ms are within a maximum in bytes, if there is one.
fn has_room(most: u32, format: WaveFormat) -> bool {
    most == 0 || frames(format, USUAL) * format.block_align() as u32 <= most
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

/// The number of formats to test in a mode without constraints.
const FEW: usize = 4;

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
            for format in formats.iter().take(FEW) {
                works(context, endpoint, *format, &guid(*mode), frames(*format, USUAL))?;
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
    let mut formats = pin.modes.iter().flat_map(|(_, formats)| formats);
    let most = limits.maximum_bytes;
    ensure(formats.all(|format| has_room(most, *format)), || {
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

/// The number of frames of a packet that is a tenth shorter than a minimum in 100 ns.
fn too_few(format: WaveFormat, minimum: u32) -> u32 {
    (format.rate * (minimum / 10) / 1_000_000 * 9 / 10).max(1)
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
    let asked = [least, least * 2, USUAL.max(least), 5_000_000];
    for hns in asked {
        let frames = frames(format, hns).min(most);
        works(context, endpoint, format, &guid(*mode), frames)?;
    }
    let short = too_few(format, limits.minimum);
    match EventStream::open(context.system, endpoint, format, &guid(*mode), short) {
        Ok(_) => Err(format!("{format}: {short} frames are below the minimum")),
        Err(why) => {
            ensure(why.status == STATUS_INVALID_PARAMETER, || describe(why))?;
            Ok(asked.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::STEREO;
    use super::*;

    /// A minimum, an alignment, a maximum, and modes with theirs.
    fn bytes(alignment: u32, modes: &[(u8, u32)]) -> Vec<u8> {
        let numbers = [20_000, alignment, 4_000, modes.len() as u32].map(u32::to_le_bytes);
        let entry = |(mode, minimum): &(u8, u32)| {
            [[*mode; 16].as_slice(), &[0xEE; 4], &minimum.to_le_bytes()].concat()
        };
        [numbers.concat(), modes.iter().flat_map(entry).collect()].concat()
    }

    #[test]
    fn published_constraints_are_read_whole() {
        let found = parse(&bytes(0, &[(1, 10_000), (2, 50_000)])).unwrap();
        assert_eq!((found.minimum, found.maximum_bytes), (20_000, 4_000));
        assert_eq!(found.modes, [([1; 16], 10_000), ([2; 16], 50_000)]);
        // The longer of the two minimums; a mode without an entry has the first.
        assert_eq!([1, 2, 3].map(|mode| found.least(&[mode; 16])), [20_000, 50_000, 20_000]);
        let none = Constraints { minimum: 0, maximum_bytes: 0, modes: Vec::new() };
        assert_eq!(none.least(&[1; 16]), 0);
        for (alignment, is_one) in
            [(0, true), (1, true), (2, false), (0x1FF, true), (0x200, false), (0x3FF, false)]
        {
            assert_eq!(parse(&bytes(alignment, &[])).is_ok(), is_one, "{alignment:#x}");
        }
        let whole = bytes(0, &[(1, 0)]);
        assert!(parse(&whole[..39]).is_err() && parse(&[&whole[..], &[0]].concat()).is_err());
        assert!(parse(&whole[..15]).is_err() && parse(&[]).is_err());
    }

    #[test]
    fn packets_have_whole_frames_and_room() {
        assert_eq!(frames(STEREO, 100_000), 480);
        assert_eq!(frames(WaveFormat { rate: 44_100, ..STEREO }, 10_000), 45);
        assert!(has_room(0, STEREO) && has_room(1_920, STEREO) && !has_room(1_919, STEREO));
        // 1 ms; and so little that no frame is shorter.
        assert_eq!([10_000, 100].map(|minimum| too_few(STEREO, minimum)), [43, 1]);
    }
}
