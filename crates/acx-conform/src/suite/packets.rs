//! Packets: B cases.

use std::time::Duration;

use acx_client::event::EventStream;
use acx_client::{Direction, System, request};
use acx_sys::*;

use super::end::{End, preroll, span};
use super::{
    Conditions, Context, Finding, HostContext, StartTime, describe, ensure, is_next_to,
    is_same_time, ticks_since,
};
use crate::run::counted;

pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// Opens an event-driven stream with packets of 10 ms. It is in PAUSE.
pub(crate) fn open(context: &Context<'_>, end: &End) -> Result<EventStream, String> {
    let stream = end.open(context.system, end.period()).map_err(describe)?;
    stream.prepare().map_err(describe)?;
    Ok(stream)
}

/// The duration of a packet of 10 ms: longer if 10 ms are not a whole number of frames.
pub(crate) fn packet_span(end: &End) -> Duration {
    span(end.format, end.period())
}

/// Lets `span` pass, a millisecond at a time, and reads every packet that the microphone fills.
pub(crate) fn listen(
    system: &dyn System,
    microphone: &mut EventStream,
    span: u32,
    recording: &mut Vec<u8>,
) {
    for _ in 0..span {
        system.sleep(MILLISECOND);
        collect(microphone, recording);
    }
}

/// Reads every packet that the microphone has filled.
pub(crate) fn collect(microphone: &mut EventStream, recording: &mut Vec<u8>) {
    let (completed, _) = microphone.completed();
    while microphone.next() < completed {
        let begin = recording.len();
        recording.resize(begin + microphone.packet_bytes(), 0);
        microphone.copy(microphone.next() as u32, &mut recording[begin..]);
        microphone.set_next(microphone.next() + 1);
    }
}

/// The microphone with the speaker's format, if a cable connects them and both list it.
pub(crate) fn listener(context: &Context<'_>, speaker: &End) -> Result<Option<End>, String> {
    if !context.has_cable {
        return Ok(None);
    }
    let mut end = context.end(Direction::Capture)?;
    let is_listed = end.formats().contains(&speaker.format);
    end.format = speaker.format;
    Ok(is_listed.then_some(end))
}

pub(crate) fn underrun(context: &Context<'_>) -> Finding {
    let system = context.system;
    let end = context.end(Direction::Render)?;
    let mut speaker = open(context, &end)?;
    let is_short = end.format.bits == 16;
    let listener = listener(context, &end)?.filter(|_| is_short);
    let mut microphone = listener.map(|end| open(context, &end)).transpose()?;
    let packet = vec![0x11; speaker.packet_bytes()];
    preroll(&mut speaker, 0, &packet)?;
    preroll(&mut speaker, 1, &packet)?;
    if let Some(microphone) = &microphone {
        microphone.run().map_err(describe)?;
    }
    let started = StartTime::with(system, || speaker.run())?;
    let mut recording = Vec::new();
    match &mut microphone {
        Some(microphone) => listen(system, microphone, 500, &mut recording),
        None => system.sleep(MILLISECOND * 500),
    }
    let frames = started.frames(end.format.rate, system.qpc());
    let (count, _) = speaker.completed();
    let period = u64::from(end.period());
    let packets = frames.start() / period..=frames.end().div_ceil(period);
    ensure(packets.contains(&count), || format!("{count} packets in 500 ms, not {packets:?}"))?;
    if microphone.is_none() {
        return Ok(format!("{count} packets in 500 ms; no cable to hear the silence with"));
    }
    let count_of =
        |sample: [u8; 2]| recording.as_chunks().0.iter().filter(|s| **s == sample).count();
    let sounding = 2 * count_of([0x11; 2]);
    ensure(sounding == 2 * packet.len(), || {
        format!("{sounding} bytes sounded, not {}", 2 * packet.len())
    })?;
    let silent = 2 * count_of([0; 2]);
    ensure(sounding + silent == recording.len(), || "something else sounded".to_owned())?;
    Ok(format!("{count} packets in 500 ms; two of them sound, once"))
}

pub(crate) fn set_packet_answers(context: &Context<'_>) -> Finding {
    let end = context.end(Direction::Render)?;
    let mut stream = open(context, &end)?;
    let mut found = Conditions::default();
    let answer = |stream: &EventStream, packet, end| {
        stream.set_packet(packet, end).map_or_else(|why| why.status, |()| STATUS_SUCCESS)
    };
    let mut expect = |what: &str, found_status: NTSTATUS, wanted: NTSTATUS| {
        found.expect(found_status == wanted, || {
            format!("{what}: {found_status:#x}, not {wanted:#x}")
        });
    };
    let (bytes, block) = (stream.packet_bytes(), stream.block_align());
    for round in 0..2 {
        // Before run: the current packet and the next one.
        expect("pre-roll 0", answer(&stream, 0, None), STATUS_SUCCESS);
        expect("pre-roll 1", answer(&stream, 1, None), STATUS_SUCCESS);
        expect("pre-roll 2", answer(&stream, 2, None), STATUS_DATA_OVERRUN);
        expect("pre-roll -1", answer(&stream, u32::MAX, None), STATUS_DATA_LATE_ERROR);
        stream.run().map_err(describe)?;
        context.system.sleep(packet_span(&end) * 5 / 2);
        expect("played", answer(&stream, 1, None), STATUS_DATA_LATE_ERROR);
        expect("playing", answer(&stream, 2, None), STATUS_DATA_LATE_ERROR);
        expect("next", answer(&stream, 3, None), STATUS_SUCCESS);
        expect("too far", answer(&stream, 4, None), STATUS_DATA_OVERRUN);
        let flags = [3u32, 0x100, 0].map(u32::to_le_bytes).concat();
        let id = KSPROPERTY_RTAUDIO_SETWRITEPACKET;
        let set = &KSPROPSETID_RtAudio;
        let unknown = request::set(stream.pin(), "flags", set, id, &[], &flags);
        let unknown = unknown.map_or_else(|why| why.status, |()| STATUS_SUCCESS);
        expect("unknown flags", unknown, STATUS_INVALID_PARAMETER);
        expect("end too long", answer(&stream, 3, Some(bytes + block)), STATUS_INVALID_PARAMETER);
        if block > 1 {
            let inside = answer(&stream, 3, Some(block + 1));
            expect("end in a frame", inside, STATUS_INVALID_PARAMETER);
        }
        expect("end", answer(&stream, 3, Some(0)), STATUS_SUCCESS);
        expect("after the end", answer(&stream, 4, None), STATUS_INVALID_DEVICE_STATE);
        stream.pause().map_err(describe)?;
        expect("after the end, paused", answer(&stream, 3, None), STATUS_INVALID_DEVICE_STATE);
        stream.stop().map_err(describe)?;
        stream.prepare().map_err(|why| format!("round {round}: {why}"))?;
    }
    if context.streaming()?.contains(&Direction::Capture) {
        let capture = open(context, &context.end(Direction::Capture)?)?;
        expect("capture", answer(&capture, 0, None), STATUS_NOT_SUPPORTED);
    }
    Ok(format!("{} answers", found.all()?))
}

/// A run of a capture stream: not ready first, then number and start of the same packet, and a jump
/// over unread packets.
pub(crate) fn capture_round(
    context: &Context<'_>,
    end: &End,
    stream: &EventStream,
) -> Result<(), String> {
    let system = context.system;
    match stream.read_packet() {
        Ok(read) => return Err(format!("{read:?} before the first packet")),
        Err(why) => ensure(why.status == STATUS_DEVICE_NOT_READY, || describe(why))?,
    }
    let started = StartTime::with(system, || stream.run())?;
    let span = packet_span(end);
    let frequency = system.qpc_frequency();
    let ticks = |frames: u64| frames * frequency / u64::from(end.format.rate);
    for packet in 0..5u32 {
        system.sleep(span);
        let read = stream.read_packet().map_err(describe)?;
        let since = ticks(u64::from(packet) * u64::from(end.period()));
        let start = started.before + since..=started.after + since;
        let nearest = read.start.clamp(*start.start(), *start.end());
        let is_there = is_same_time(read.start, nearest, frequency);
        ensure(read.packet == packet && is_there, || {
            format!("{read:?}; packet {packet} began in {start:?}")
        })?;
    }
    system.sleep(span * 5);
    let read = stream.read_packet().map_err(describe)?;
    ensure(read.packet == 9, || format!("{read:?} after five packets unread"))
}

pub(crate) fn capture_answers(context: &Context<'_>) -> Finding {
    let end = context.end(Direction::Capture)?;
    let stream = open(context, &end)?;
    capture_round(context, &end, &stream)?;
    let id = KSPROPERTY_RTAUDIO_GETREADPACKET;
    let value = request::rt(stream.pin(), "more data", id, 24).map_err(describe)?;
    ensure(request::number(&value, 16) == 0, || "MoreData outside burst mode".to_owned())?;
    if context.streaming()?.contains(&Direction::Render) {
        let render = open(context, &context.end(Direction::Render)?)?;
        if let Ok(read) = render.read_packet() {
            return Err(format!("{read:?} from a render stream").into());
        }
    }
    Ok("number and start of the same packet; the jump shows".to_owned())
}

pub(crate) fn geometry(context: &Context<'_>) -> Finding {
    let mut found = Conditions::default();
    for end in context.ends()? {
        geometry_of(context, &end, &mut found)?;
    }
    Ok(format!("{} requests", found.all()?))
}

fn geometry_of(context: &Context<'_>, end: &End, found: &mut Conditions) -> Result<(), String> {
    let ask = |id, size: u32, count: u32| -> Result<(NTSTATUS, u32), String> {
        let pin = end.endpoint.open_stream(end.format, &end.mode).map_err(describe)?;
        let instance = [[0; 8].as_slice(), &size.to_le_bytes(), &count.to_le_bytes()].concat();
        let (reply, value) = request::get_sized(&pin, &KSPROPSETID_RtAudio, id, &instance, 16);
        let given = if NT_SUCCESS(reply.status) { request::number(&value, 8) } else { size };
        Ok((reply.status, given))
    };
    let two = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
    let one = KSPROPERTY_RTAUDIO_BUFFER;
    let block = end.format.block_align() as u32;
    let (least, most) = end.periods(context.system)?;
    // Two packets of the shortest and of the longest period, of 10 ms, and of pages between.
    let usual = 2 * end.period() * block;
    let pages = 4096 / gcd(4096, block) * block;
    let mut asked = vec![
        (two, usual, 2, STATUS_SUCCESS),
        (two, 2 * least * block, 2, STATUS_SUCCESS),
        (two, 2 * most * block, 2, STATUS_SUCCESS),
        (two, 0, 2, STATUS_INVALID_PARAMETER),
        (two, usual, 0, STATUS_INVALID_PARAMETER),
        (two, usual, 3, STATUS_INVALID_PARAMETER),
        (two, usual + 1, 2, STATUS_INVALID_PARAMETER),
        (one, pages, 0, STATUS_SUCCESS),
        (one, 16 * pages, 0, STATUS_SUCCESS),
        (one, 0, 0, STATUS_INVALID_PARAMETER),
    ];
    if block > 1 {
        // Half a frame in each packet.
        asked.push((two, usual + block, 2, STATUS_INVALID_PARAMETER));
    }
    if !usual.is_multiple_of(4096) {
        asked.push((one, usual, 0, STATUS_INVALID_PARAMETER));
    }
    for (id, size, count, wanted) in asked {
        let (status, given) = ask(id, size, count)?;
        found.expect(status == wanted && given == size, || {
            format!("{size} bytes in {count}: {status:#x}, not {wanted:#x}; {given} bytes given")
        });
    }
    // One packet is mapped twice, back to back.
    let stream = end.open_timer(end.period()).map_err(describe)?;
    ensure(stream.mapped_bytes() == 2 * stream.ring_bytes(), || "not mapped twice".to_owned())
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

pub(crate) fn pause_points(context: &Context<'_>) -> Finding {
    const POINTS: u32 = 64;
    let ends = context.ends()?;
    for end in &ends {
        pause_points_of(context, end, POINTS)?;
    }
    Ok(format!("{} points of a packet, at {}", POINTS + 1, counted(ends.len(), "end")))
}

fn pause_points_of(context: &Context<'_>, end: &End, points: u32) -> Result<(), String> {
    let system = context.system;
    let (rate, packet_time) = (end.format.rate, packet_span(end));
    let mut stream = open(context, end)?;
    for point in 0..=points {
        stream.run().map_err(describe)?;
        system.sleep(packet_time * 3 + packet_time * point / points);
        stream.pause().map_err(describe)?;
        let frozen = stream.position().map_err(describe)?.0;
        system.sleep(Duration::from_micros(12_345));
        let started = StartTime::with(system, || stream.run())?;
        system.sleep(packet_time * 4);
        let (now, at) = stream.position().map_err(describe)?;
        let moved = now.checked_sub(frozen).ok_or_else(|| format!("{now} after {frozen}"))?;
        started
            .check(rate, (moved, at))
            .map_err(|why| format!("point {point}: {why} after {frozen}"))?;
        let (count, _) = stream.completed();
        let ideal = now / u64::from(end.period());
        ensure(is_next_to(count, ideal), || format!("point {point}: {count} packets at {now}"))?;
        stream.pause().map_err(describe)?;
        stream.stop().map_err(describe)?;
        stream.prepare().map_err(describe)?;
    }
    Ok(())
}

pub(crate) fn stalls(host: &HostContext<'_, '_>) -> Finding {
    let ends = host.context.ends()?;
    for end in &ends {
        for (name, span) in [
            ("1 packet", Duration::from_millis(10)),
            ("2 packets", Duration::from_millis(20)),
            ("10 s", Duration::from_secs(10)),
            ("10 min", Duration::from_secs(600)),
            ("2^32 frames", beyond(u64::from(end.format.rate), 1)),
            ("2^32 packets", beyond(u64::from(end.format.rate), u64::from(end.period()))),
        ] {
            stall(host, end, span).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(format!("position and stamps on the line after each, at {}", counted(ends.len(), "end")))
}

/// The duration of 2^32 pieces of this many frames, plus one second.
fn beyond(rate: u64, frames: u64) -> Duration {
    Duration::from_secs((frames << 32) / rate + 1)
}

fn stall(host: &HostContext<'_, '_>, end: &End, span: Duration) -> Result<(), String> {
    let machine = host.machine;
    let (rate, period) = (u64::from(end.format.rate), u64::from(end.period()));
    let frequency = machine.qpc_frequency();
    let stream = open(&host.context, end)?;
    let start = machine.qpc();
    stream.run().map_err(describe)?;
    machine.sleep(Duration::from_millis(55));
    machine.stall(span);
    machine.sleep(Duration::from_millis(25));
    let (position, at) = stream.position().map_err(describe)?;
    // Ticks of a year, times a rate, are beyond 64 bits.
    let scaled =
        |value: u64, by: u64, of: u64| (u128::from(value) * u128::from(by) / u128::from(of)) as u64;
    let ideal = scaled(ticks_since(start, at)?, rate, frequency);
    ensure(is_next_to(position, ideal), || format!("{position}, ideal {ideal}"))?;
    let (count, done) = stream.completed();
    let packet = ideal / period;
    ensure(count == packet, || format!("{count} packets, ideal {packet}"))?;
    let boundary = start + scaled(packet * period, frequency, rate);
    ensure(is_same_time(done, boundary, frequency), || format!("stamp {done}, ideal {boundary}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_is_longer_than_numbers_of_32_bits_last() {
        assert_eq!(beyond(48_000, 1).as_secs(), 89_479);
        assert_eq!(beyond(48_000, 480).as_secs(), 42_949_673);
    }
}
