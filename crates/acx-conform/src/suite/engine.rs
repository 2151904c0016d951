//! Cases about the audio engine: offload and loopback pins.

use std::ops::RangeFrom;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, EnginePins, WaveFormat, mode_formats};
use acx_client::event::EventStream;
use acx_client::request::{self, get_known, long, node, number};
use acx_client::{Direction, System};
use acx_sys::*;

use super::end::preroll;
use super::stream::walk_states;
use super::{Context, Finding, STEREO, describe, ensure, is_next_to, ticks_since};
use crate::run::counted;
use crate::vendor::counter;

const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;

fn engine(context: &Context<'_>) -> Result<(Endpoint, EnginePins), String> {
    let endpoint = context.endpoint(Direction::Render)?;
    let pins = endpoint.engine.ok_or("no audio engine")?;
    Ok((endpoint, pins))
}

fn formats(endpoint: &Endpoint, id: u32) -> Vec<WaveFormat> {
    let pins = endpoint.pins.iter().filter(|pin| pin.id == id);
    pins.flat_map(|pin| &pin.modes).flat_map(|(_, formats)| formats).copied().collect()
}

/// Opens a stream at a pin with packets of `milliseconds`.
fn open(
    system: &dyn System,
    endpoint: &Endpoint,
    pin: u32,
    format: WaveFormat,
    milliseconds: u32,
) -> Result<EventStream, String> {
    let frames = (u64::from(format.rate) * u64::from(milliseconds)).div_ceil(1000) as u32;
    let pin = endpoint.open_stream_at(pin, format, RAW).map_err(describe)?;
    EventStream::on(system, pin, format, frames).map_err(describe)
}

/// A packet with one value in every sample.
fn packet(stream: &EventStream, value: i16) -> Vec<u8> {
    value.to_le_bytes().into_iter().cycle().take(stream.packet_bytes()).collect()
}

/// Starts a stream that plays one value for two packets.
fn play(stream: &mut EventStream, value: i16) -> Result<(), String> {
    stream.prepare().map_err(describe)?;
    let packet = packet(stream, value);
    preroll(stream, 0, &packet)?;
    preroll(stream, 1, &packet)?;
    stream.run().map_err(describe)
}

pub(crate) fn offload_formats(context: &Context<'_>) -> Finding {
    let (endpoint, pins) = engine(context)?;
    let listed = formats(&endpoint, pins.offload);
    for rate in [44_100, 48_000, 88_200, 96_000] {
        let wanted = WaveFormat { rate, ..STEREO };
        ensure(listed.contains(&wanted), || format!("{wanted} is not there"))?;
    }
    Ok("44.1, 48, 88.2 and 96 kHz".to_owned())
}

/// Plays from the host, for loopback streams whose positions are looked at.
fn host_plays(
    system: &dyn System,
    endpoint: &Endpoint,
    pins: &EnginePins,
) -> Result<EventStream, String> {
    let mut host = open(system, endpoint, pins.host, STEREO, 10)?;
    play(&mut host, 1000)?;
    Ok(host)
}

pub(crate) fn loopback_states(context: &Context<'_>) -> Finding {
    let (endpoint, pins) = engine(context)?;
    let _host = host_plays(context.system, &endpoint, &pins)?;
    let mut stream = open(context.system, &endpoint, pins.loopback, STEREO, 10)?;
    walk_states(context.system, &mut stream)?;
    Ok("twice, while the host pin plays".to_owned())
}

pub(crate) fn loopback_formats(context: &Context<'_>) -> Finding {
    let (endpoint, pins) = engine(context)?;
    let system = context.system;
    let _host = host_plays(system, &endpoint, &pins)?;
    let raw = acx_client::bytes::guid_bytes(RAW);
    let listed = mode_formats(&endpoint.filter, pins.loopback, &raw).map_err(describe)?;
    for format in &listed {
        let mut stream = open(system, &endpoint, pins.loopback, *format, 10)?;
        stream.prepare().map_err(describe)?;
        stream.run().map_err(describe)?;
        let mut last = 0;
        for _ in 0..3 {
            system.sleep(Duration::from_millis(50));
            let now = stream.position().map_err(describe)?.0;
            ensure(now > last, || format!("{format}: {now} after {last}"))?;
            last = now;
        }
        stream.pause().map_err(describe)?;
        stream.stop().map_err(describe)?;
    }
    ensure(!listed.is_empty(), || "no format".to_owned())?;
    Ok(format!("{}, while the host pin plays", counted(listed.len(), "format")))
}

/// The number of timer expiries of the endpoint's only stream; None if the driver does not count
/// them.
fn wake_ups(context: &Context<'_>, endpoint: &Endpoint) -> Result<Option<u64>, String> {
    let vendor = context.subject.vendor.filter(|vendor| (vendor.is_present)(endpoint));
    let Some(ask) = vendor.and_then(|vendor| vendor.counters) else { return Ok(None) };
    let streams = ask(endpoint).map_err(describe)?;
    let [stream] = &streams[..] else { return Err(format!("{} streams are open", streams.len())) };
    let found = stream.counts.iter().find(|(name, _)| *name == counter::WAKE_UPS);
    Ok(found.map(|(_, count)| *count))
}

/// Whether a stream wakes the processor once per packet, at either end of the time.
const fn is_asleep(wake_ups: u64, packets: u64) -> bool {
    wake_ups <= packets + 1
}

/// The steps in which a client looks whether a packet is complete.
const STEP: Duration = Duration::from_millis(10);

/// Those of a packet, which lasts a second.
const STEPS: u32 = 100;

/// The packets in which a stream is watched: at first, after a fade and after a listener.
const PACKETS: u64 = 4;
const AFTER_FADE: u64 = 1;
const AFTER_LISTENER: u64 = 2;

/// The number of wake-ups in a fade of 100 ms, in steps of 10 ms at most.
const FADES: RangeFrom<u64> = 10..;

/// The number of streams that are opened at most to come to the end of the limits.
const MANY: usize = 64;

/// Whether the limits of a buffer in bytes allow packets of a second and more.
const fn allows(least: u32, most: u32, second: u32) -> bool {
    least <= second && most >= 2 * second
}

/// Whether frames were taken before they are presented, and not by more than 10 ms.
const fn is_ahead(taken: u64, presented: u64) -> bool {
    taken >= presented && taken - presented <= 480
}

/// Checks that each sample is at a level, but for rounding.
fn expect_level(samples: &[i16], wanted: i16) -> Result<(), String> {
    let off = samples.iter().find(|value| !is_next_to(value.abs_diff(wanted).into(), 0));
    off.map_or(Ok(()), |value| Err(format!("{value} is heard, not {wanted}")))
}

/// Whether a value falls all the time.
fn falls(values: &[i16]) -> bool {
    values.is_sorted_by(|one, next| one >= next) && values.first() > values.last()
}

/// An offload stream wakes the processor once per packet while nothing records it, and more often
/// while its volume fades or a loopback stream records.
fn sleep(context: &Context<'_>, endpoint: &Endpoint, pins: &EnginePins) -> Result<String, String> {
    let system = context.system;
    let mut stream = open(system, endpoint, pins.offload, STEREO, 1000)?;
    if wake_ups(context, endpoint)?.is_none() {
        return Ok("wake-ups are not counted".to_owned());
    }
    let count = || wake_ups(context, endpoint).map(Option::unwrap_or_default);
    play(&mut stream, 4000)?;
    let mut next = 2;
    let mut pass = |stream: &mut EventStream, steps: u32| -> Result<(), String> {
        for _ in 0..steps {
            system.sleep(STEP);
            if stream.completed().0 + 2 > next {
                let audio = packet(stream, 4000);
                stream.write(next, &audio, None).map_err(describe)?;
                next += 1;
            }
        }
        Ok(())
    };
    pass(&mut stream, 50)?;
    let before = count()?;
    pass(&mut stream, STEPS * PACKETS as u32)?;
    let alone = count()? - before;
    ensure(is_asleep(alone, PACKETS), || format!("{alone} wake-ups in {PACKETS} packets"))?;

    // A fade of the stream's own volume, there and back.
    for target in [-6 * 65_536, 0] {
        let mut value = i32::to_le_bytes(target).to_vec();
        value.extend(1u32.to_le_bytes());
        value.extend(1_000_000u64.to_le_bytes());
        let id = KSPROPERTY_AUDIOENGINE_VOLUMELEVEL;
        let before = count()?;
        let instance = node(pins.node, None);
        let set = &KSPROPSETID_AudioEngine;
        request::set(stream.pin(), "the stream's volume", set, id, &instance, &value)
            .map_err(describe)?;
        pass(&mut stream, 10)?;
        let fading = count()? - before;
        ensure(FADES.contains(&fading), || format!("{fading} wake-ups in a fade of 100 ms"))?;
        pass(&mut stream, 10)?;
    }
    let before = count()?;
    pass(&mut stream, STEPS * AFTER_FADE as u32)?;
    let faded = count()? - before;
    ensure(is_asleep(faded, AFTER_FADE), || format!("{faded} wake-ups in a packet after a fade"))?;

    // A loopback stream starts in the middle of a packet.
    pass(&mut stream, 30)?;
    let listener = open(system, endpoint, pins.loopback, STEREO, 10)?;
    listener.prepare().map_err(describe)?;
    listener.run().map_err(describe)?;
    pass(&mut stream, 2)?;
    for number in 0..5 {
        expect_level(&newest_packet(system, &listener)?, 4000)
            .map_err(|why| format!("a listener, packet {number}: {why}"))?;
    }
    drop(listener);
    pass(&mut stream, 10)?;
    let before = count()?;
    pass(&mut stream, STEPS * AFTER_LISTENER as u32)?;
    let again = count()? - before;
    ensure(is_asleep(again, AFTER_LISTENER), || {
        format!("{again} wake-ups in {AFTER_LISTENER} packets after a listener")
    })?;
    Ok(format!("{alone} wake-ups in {PACKETS} packets"))
}

/// The newest whole packet of the loopback stream: 16-bit samples of the left channel.
fn newest_packet(system: &dyn System, stream: &EventStream) -> Result<Vec<i16>, String> {
    system.sleep(Duration::from_millis(40));
    let bytes = stream.newest().map_err(describe)?;
    let frames = bytes.chunks_exact(4);
    Ok(frames.map(|frame| i16::from_le_bytes([frame[0], frame[1]])).collect())
}

pub(crate) fn offload(context: &Context<'_>) -> Finding {
    let system = context.system;
    let (endpoint, pins) = engine(context)?;
    let filter = &endpoint.filter;
    let (set, node_id) = (&KSPROPSETID_AudioEngine, pins.node);

    // The limits, which must allow packets of a second and more.
    let mut instance = node_id.to_le_bytes().to_vec();
    instance.extend([0; 4]);
    instance.extend(STEREO.to_ks());
    let id = KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE;
    let limits = || -> Result<(u32, u32), String> {
        let value = get_known(filter, "the limits", set, id, &instance, 8).map_err(describe)?;
        Ok((number(&value, 0), number(&value, 4)))
    };
    let (least, most) = limits()?;
    let second = STEREO.rate * STEREO.block_align() as u32;
    ensure(allows(least, most, second), || format!("{least} to {most} bytes"))?;

    // Packets of 2 s from several streams, until both the limits and the allocation refuse more.
    let mut many = Vec::new();
    for count in 0..MANY {
        let has_room = allows(least, limits()?.1, second);
        let opened = open(system, &endpoint, pins.offload, STEREO, 2000);
        if !has_room {
            ensure(opened.is_err(), || {
                format!("{count} streams fill the limits; one more got its packets")
            })?;
            break;
        }
        many.push(opened?);
    }
    let count = many.len();
    drop(many);
    ensure(limits()? == (least, most), || "the limits do not come back".to_owned())?;

    let slept = sleep(context, &endpoint, &pins)?;

    // Two offload streams and one of the host are mixed, and the loopback pin delivers the sum.
    let mut host = open(system, &endpoint, pins.host, STEREO, 500)?;
    let mut first = open(system, &endpoint, pins.offload, STEREO, 2000)?;
    let mut second = open(system, &endpoint, pins.offload, STEREO, 1000)?;
    let loopback = open(system, &endpoint, pins.loopback, STEREO, 10)?;
    loopback.prepare().map_err(describe)?;
    loopback.run().map_err(describe)?;
    play(&mut host, 1000)?;
    play(&mut first, 2000)?;
    play(&mut second, 4000)?;
    let expect = |wanted: i16, what: &str| -> Result<(), String> {
        expect_level(&newest_packet(system, &loopback)?, wanted)
            .map_err(|why| format!("{what}: {why}"))
    };
    expect(7000, "the mix")?;

    // A stream's own volume fades over 100 ms; its mute affects only itself.
    let level = |target: i32, duration: u64| {
        let instance = node(node_id, None);
        let mut value = target.to_le_bytes().to_vec();
        value.extend(1u32.to_le_bytes());
        value.extend(duration.to_le_bytes());
        let id = KSPROPERTY_AUDIOENGINE_VOLUMELEVEL;
        request::set(first.pin(), "the stream's volume", set, id, &instance, &value)
            .map_err(describe)
    };
    level(i32::MIN, 1_000_000)?;
    let fading = newest_packet(system, &loopback)?;
    ensure(falls(&fading), || format!("no fade: {:?}", fading.get(..8)))?;
    system.sleep(Duration::from_millis(100));
    expect(5000, "after a fade to silence")?;
    level(0, 0)?;
    expect(7000, "at full level again")?;
    let mute = |state: u32| {
        let instance = node(node_id, None);
        let set = &KSPROPSETID_Audio;
        let value = state.to_le_bytes();
        request::set(
            second.pin(),
            "the stream's mute",
            set,
            KSPROPERTY_AUDIO_MUTE,
            &instance,
            &value,
        )
        .map_err(describe)
    };
    mute(1)?;
    expect(3000, "with one stream muted")?;
    mute(0)?;

    // Positions: presentation is never ahead of consumption, and both follow the clock.
    let at = |id: u32, length| {
        let instance = [node_id.to_le_bytes(), [0; 4]].concat();
        get_known(first.pin(), "a position", &KSPROPSETID_Audio, id, &instance, length)
            .map_err(describe)
    };
    let presentation = || {
        let value = at(KSPROPERTY_AUDIO_PRESENTATION_POSITION, 16)?;
        Ok::<_, String>((long(&value, 0), long(&value, 8)))
    };
    let (before, since) = presentation()?;
    system.sleep(Duration::from_millis(100));
    let (presented, now) = presentation()?;
    let taken = long(&at(KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, 8)?, 0) / 4;
    let ticks = ticks_since(since, now)?;
    let ideal = ticks * u64::from(STEREO.rate) / system.qpc_frequency();
    let moved = presented.saturating_sub(before);
    ensure(is_next_to(moved, ideal), || format!("{moved} frames in the time of {ideal}"))?;
    ensure(is_ahead(taken, presented), || format!("{taken} frames taken, {presented} heard"))?;

    // Protection.
    let protect = |option: u32| {
        let instance = [node_id.to_le_bytes(), [0; 4]].concat();
        let id = KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION;
        request::set(first.pin(), "loopback protection", set, id, &instance, &option.to_le_bytes())
            .map_err(describe)
    };
    protect(1)?;
    expect(0, "with a protected stream")?;
    protect(0)?;
    expect(7000, "without protection")?;
    protect(1)?;
    drop(first);
    expect(5000, "after the protected stream was closed")?;
    drop((host, second));

    // A position in the buffer ends the stream: half of the second packet is played.
    let mut last = open(system, &endpoint, pins.offload, STEREO, 1000)?;
    last.prepare().map_err(describe)?;
    let audio = packet(&last, 4000);
    preroll(&mut last, 0, &audio)?;
    last.run().map_err(describe)?;
    last.fill(1, &audio);
    let end = (audio.len() as u32 + audio.len() as u32 / 2).to_le_bytes();
    let instance = [node_id.to_le_bytes(), [0; 4]].concat();
    let id = KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION;
    let set = &KSPROPSETID_Audio;
    request::set(last.pin(), "the last position", set, id, &instance, &end).map_err(describe)?;
    system.sleep(Duration::from_millis(1400));
    expect(4000, "before the last position")?;
    system.sleep(Duration::from_millis(100));
    expect(0, "after the last position")?;

    Ok(format!(
        "{least} to {most} bytes, {count} streams of 2 s; {slept}; mix, fade, mute, positions, \
         protection, last position"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_sleeps_with_one_wake_up_per_packet_and_one_more() {
        assert!(is_asleep(5, 4) && !is_asleep(6, 4));
    }

    #[test]
    fn limits_allow_two_packets_of_a_second() {
        assert!(allows(100, 200, 100));
        assert!(!allows(101, 200, 100) && !allows(100, 199, 100));
    }

    #[test]
    fn frames_are_taken_at_most_ten_milliseconds_ahead() {
        assert!(is_ahead(500, 500) && is_ahead(980, 500));
        assert!(!is_ahead(499, 500) && !is_ahead(981, 500));
    }

    #[test]
    fn a_level_is_heard_but_for_rounding() {
        assert_eq!(expect_level(&[3999, 4000, 4001], 4000), Ok(()));
        for off in [3998, 4002, -4000] {
            let why = format!("{off} is heard, not 4000");
            assert_eq!(expect_level(&[4000, off, 0], 4000), Err(why));
        }
    }

    #[test]
    fn a_fade_falls_and_never_rises() {
        assert!(falls(&[3, 3, 2]));
        assert!(!falls(&[3, 3, 3]) && !falls(&[3, 4, 2]) && !falls(&[]));
    }
}
