//! Packets: B cases.

use std::time::Duration;

use acx_client::endpoint::WaveFormat;
use acx_client::event::EventStream;
use acx_client::legacy::LegacyStream;
use acx_client::timer::TimerStream;
use acx_client::{Direction, System, request};
use acx_sys::*;
use wave::noise;

use super::stream::host_formats;
use super::{Context, Finding, HostContext, STEREO, StartTime, describe, ensure};

const PERIOD: u32 = 480;
const MILLISECOND: Duration = Duration::from_millis(1);

fn open(context: &Context<'_>, direction: Direction) -> Result<EventStream, String> {
    let system = context.system;
    let endpoint = context.endpoint(direction)?;
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let stream = EventStream::open(system, &endpoint, STEREO, mode, PERIOD).map_err(describe)?;
    stream.prepare().map_err(describe)?;
    Ok(stream)
}

/// Lets `span` pass, a millisecond at a time, and reads every packet that the microphone fills.
fn listen(system: &dyn System, microphone: &mut EventStream, span: u32, recording: &mut Vec<u8>) {
    for _ in 0..span {
        system.sleep(MILLISECOND);
        collect(microphone, recording);
    }
}

/// Reads every packet that the microphone has filled.
fn collect(microphone: &mut EventStream, recording: &mut Vec<u8>) {
    let (completed, _) = microphone.completed();
    while microphone.next() < completed {
        let begin = recording.len();
        recording.resize(begin + microphone.packet_bytes(), 0);
        microphone.copy(microphone.next() as u32, &mut recording[begin..]);
        microphone.set_next(microphone.next() + 1);
    }
}

pub(crate) fn underrun(context: &Context<'_>) -> Finding {
    let system = context.system;
    let mut speaker = open(context, Direction::Render)?;
    let mut microphone = open(context, Direction::Capture)?;
    let packet = vec![0x11; speaker.packet_bytes()];
    speaker.write(0, &packet, None).map_err(describe)?;
    speaker.write(1, &packet, None).map_err(describe)?;
    microphone.run().map_err(describe)?;
    let started = StartTime::with(system, || speaker.run())?;
    let mut recording = Vec::new();
    listen(system, &mut microphone, 500, &mut recording);
    let frames = started.frames(STEREO.rate, system.qpc());
    let (count, _) = speaker.completed();
    let packets = frames.start() / u64::from(PERIOD)..=frames.end().div_ceil(u64::from(PERIOD));
    ensure(packets.contains(&count), || format!("{count} packets in 500 ms, not {packets:?}"))?;
    let count_of =
        |sample: [u8; 2]| recording.as_chunks().0.iter().filter(|s| **s == sample).count();
    let sounding = 2 * count_of([0x11; 2]);
    ensure(sounding == 2 * packet.len(), || format!("{sounding} bytes sounded"))?;
    let silent = 2 * count_of([0; 2]);
    ensure(sounding + silent == recording.len(), || "something else sounded".to_owned())?;
    Ok("50 packets in 500 ms; two of them sound, once".to_owned())
}

pub(crate) fn set_packet_answers(context: &Context<'_>) -> Finding {
    let mut stream = open(context, Direction::Render)?;
    let answer = |stream: &EventStream, packet, end| {
        stream.set_packet(packet, end).map_or_else(|why| why.status, |()| STATUS_SUCCESS)
    };
    let expect = |what: &str, found: NTSTATUS, wanted: NTSTATUS| {
        ensure(found == wanted, || format!("{what}: {found:#x}, not {wanted:#x}"))
    };
    for round in 0..2 {
        // Before run: the packet in progress and the next one.
        expect("pre-roll 0", answer(&stream, 0, None), STATUS_SUCCESS)?;
        expect("pre-roll 1", answer(&stream, 1, None), STATUS_SUCCESS)?;
        expect("pre-roll 2", answer(&stream, 2, None), STATUS_DATA_OVERRUN)?;
        expect("pre-roll -1", answer(&stream, u32::MAX, None), STATUS_DATA_LATE_ERROR)?;
        stream.run().map_err(describe)?;
        context.system.sleep(MILLISECOND * 25);
        expect("played", answer(&stream, 1, None), STATUS_DATA_LATE_ERROR)?;
        expect("playing", answer(&stream, 2, None), STATUS_DATA_LATE_ERROR)?;
        expect("next", answer(&stream, 3, None), STATUS_SUCCESS)?;
        expect("too far", answer(&stream, 4, None), STATUS_DATA_OVERRUN)?;
        let flags = [3u32, 0x100, 0].map(u32::to_le_bytes).concat();
        let id = KSPROPERTY_RTAUDIO_SETWRITEPACKET;
        let set = &KSPROPSETID_RtAudio;
        let unknown = request::set(stream.pin(), "flags", set, id, &[], &flags);
        let unknown = unknown.map_or_else(|why| why.status, |()| STATUS_SUCCESS);
        expect("unknown flags", unknown, STATUS_INVALID_PARAMETER)?;
        expect("end too long", answer(&stream, 3, Some(1924)), STATUS_INVALID_PARAMETER)?;
        expect("end in a frame", answer(&stream, 3, Some(5)), STATUS_INVALID_PARAMETER)?;
        expect("end", answer(&stream, 3, Some(0)), STATUS_SUCCESS)?;
        expect("after the end", answer(&stream, 4, None), STATUS_INVALID_DEVICE_STATE)?;
        stream.pause().map_err(describe)?;
        expect("after the end, paused", answer(&stream, 3, None), STATUS_INVALID_DEVICE_STATE)?;
        stream.stop().map_err(describe)?;
        stream.prepare().map_err(|why| format!("round {round}: {why}"))?;
    }
    let capture = open(context, Direction::Capture)?;
    expect("capture", answer(&capture, 0, None), STATUS_NOT_SUPPORTED)?;
    Ok("32 answers".to_owned())
}

pub(crate) fn capture_answers(context: &Context<'_>) -> Finding {
    let system = context.system;
    let stream = open(context, Direction::Capture)?;
    match stream.read_packet() {
        Ok(read) => return Err(format!("{read:?} before the first packet")),
        Err(why) => ensure(why.status == STATUS_DEVICE_NOT_READY, || describe(why))?,
    }
    let started = StartTime::with(system, || stream.run())?;
    let ticks = system.qpc_frequency() / 100;
    // 100 us.
    let near = system.qpc_frequency() / 10_000;
    for packet in 0..5u32 {
        system.sleep(MILLISECOND * 10);
        let read = stream.read_packet().map_err(describe)?;
        let since = u64::from(packet) * ticks;
        let start = started.before + since - near..=started.after + since + near;
        ensure(read.packet == packet && start.contains(&read.start), || {
            format!("{read:?}; packet {packet} began in {start:?}")
        })?;
    }
    system.sleep(MILLISECOND * 50);
    let read = stream.read_packet().map_err(describe)?;
    ensure(read.packet == 9, || format!("{read:?} after five packets unread"))?;
    let id = KSPROPERTY_RTAUDIO_GETREADPACKET;
    let value = request::rt(stream.pin(), "more data", id, 24).map_err(describe)?;
    ensure(request::number(&value, 16) == 0, || "MoreData outside burst mode".to_owned())?;
    let render = open(context, Direction::Render)?;
    match render.read_packet() {
        Ok(read) => Err(format!("{read:?} from a render stream")),
        Err(_) => Ok("number and start of the same packet; the jump shows".to_owned()),
    }
}

pub(crate) fn geometry(context: &Context<'_>) -> Finding {
    let endpoint = context.endpoint(Direction::Render)?;
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let ask = |id, size: u32, count: u32| -> Result<NTSTATUS, String> {
        let pin = endpoint.open_stream(STEREO, mode).map_err(describe)?;
        let instance = [[0; 8].as_slice(), &size.to_le_bytes(), &count.to_le_bytes()].concat();
        let (reply, value) = request::get_sized(&pin, &KSPROPSETID_RtAudio, id, &instance, 16);
        if NT_SUCCESS(reply.status) {
            let size_given = request::number(&value, 8);
            ensure(size_given == size, || format!("{size_given} bytes given, {size} asked"))?;
        }
        Ok(reply.status)
    };
    let two = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
    let one = KSPROPERTY_RTAUDIO_BUFFER;
    for (id, size, count, wanted) in [
        (two, 3840, 2, STATUS_SUCCESS),
        (two, 400, 2, STATUS_SUCCESS),
        (two, 8192, 2, STATUS_SUCCESS),
        (two, 0, 2, STATUS_INVALID_PARAMETER),
        (two, 3840, 0, STATUS_INVALID_PARAMETER),
        (two, 3840, 3, STATUS_INVALID_PARAMETER),
        (two, 3841, 2, STATUS_INVALID_PARAMETER),
        (two, 3844, 2, STATUS_INVALID_PARAMETER),
        (one, 4096, 0, STATUS_SUCCESS),
        (one, 65_536, 0, STATUS_SUCCESS),
        (one, 0, 0, STATUS_INVALID_PARAMETER),
        (one, 3840, 0, STATUS_INVALID_PARAMETER),
    ] {
        let found = ask(id, size, count)?;
        ensure(found == wanted, || {
            format!("{size} bytes in {count}: {found:#x}, not {wanted:#x}")
        })?;
    }
    // One packet is seen twice, back to back.
    let stream = TimerStream::open(&endpoint, STEREO, mode, 1024).map_err(describe)?;
    ensure(stream.mapped_bytes() == 2 * stream.ring_bytes(), || "not mapped twice".to_owned())?;
    Ok("12 requests".to_owned())
}

pub(crate) fn pause_points(context: &Context<'_>) -> Finding {
    let system = context.system;
    let mut stream = open(context, Direction::Render)?;
    let points = 64u32;
    for point in 0..=points {
        let packet = vec![1; stream.packet_bytes()];
        stream.write(0, &packet, None).map_err(describe)?;
        stream.run().map_err(describe)?;
        let part = Duration::from_millis(10) * point / points;
        system.sleep(Duration::from_millis(30) + part);
        stream.pause().map_err(describe)?;
        let frozen = stream.position().map_err(describe)?.0;
        system.sleep(Duration::from_micros(12_345));
        let started = StartTime::with(system, || stream.run())?;
        system.sleep(Duration::from_millis(40));
        let (now, at) = stream.position().map_err(describe)?;
        started
            .check(STEREO.rate, (now - frozen, at))
            .map_err(|why| format!("point {point}: {why} after {frozen}"))?;
        let (count, _) = stream.completed();
        let ideal = now / u64::from(PERIOD);
        ensure(count.abs_diff(ideal) <= 1, || format!("point {point}: {count} packets at {now}"))?;
        stream.pause().map_err(describe)?;
        stream.stop().map_err(describe)?;
        stream.prepare().map_err(describe)?;
    }
    Ok(format!("{} points of a packet", points + 1))
}

pub(crate) fn stalls(host: &HostContext<'_, '_>) -> Finding {
    let machine = host.machine;
    for (name, span) in [
        ("1 packet", Duration::from_millis(10)),
        ("2 packets", Duration::from_millis(20)),
        ("10 s", Duration::from_secs(10)),
        ("10 min", Duration::from_secs(600)),
    ] {
        let stream = open(&host.context, Direction::Render)?;
        let start = machine.qpc();
        stream.run().map_err(describe)?;
        machine.sleep(Duration::from_millis(55));
        machine.stall(span);
        machine.sleep(Duration::from_millis(25));
        let (position, at) = stream.position().map_err(describe)?;
        let ideal = (at - start) * 48_000 / machine.qpc_frequency();
        ensure(position.abs_diff(ideal) <= 1, || format!("{name}: {position}, ideal {ideal}"))?;
        let (count, done) = stream.completed();
        let packet = ideal / u64::from(PERIOD);
        ensure(count == packet, || format!("{name}: {count} packets, ideal {packet}"))?;
        let boundary = start + packet * machine.qpc_frequency() / 100;
        ensure(done.abs_diff(boundary) <= 1000, || {
            format!("{name}: stamp {done}, ideal {boundary}")
        })?;
    }
    Ok("position and stamps on the line after each".to_owned())
}

/// Halves of a legacy client's buffer, in microseconds.
const HALVES: [u32; 5] = [1_000, 2_000, 2_700, 5_000, 10_000];

/// How often a client that the system wakes up too late begins anew. In virtual time none is late.
const ATTEMPTS: u32 = 5;

pub(crate) fn legacy(context: &Context<'_>) -> Finding {
    let speaker = host_formats(&context.endpoint(Direction::Render)?)?;
    let microphone = host_formats(&context.endpoint(Direction::Capture)?)?;
    let (mut streams, mut late) = (0, Vec::new());
    for format in [
        STEREO,
        WaveFormat { bits: 32, valid_bits: 24, ..STEREO },
        WaveFormat { float: true, bits: 32, valid_bits: 32, ..STEREO },
        WaveFormat { rate: 44_100, ..STEREO },
        WaveFormat { channels: 1, mask: 4, rate: 16_000, ..STEREO },
        WaveFormat { bits: 32, valid_bits: 24, channels: 8, mask: 0x63F, rate: 96_000, ..STEREO },
    ] {
        if !speaker.contains(&format) || !microphone.contains(&format) {
            continue;
        }
        for half in HALVES {
            let what = format!("{format}, halves of {} ms", f64::from(half) / 1000.0);
            let played = || legacy_stream(context, format, half);
            let in_time = (0..ATTEMPTS).map(|_| played()).find(|found| *found != Ok(false));
            match in_time {
                Some(Ok(_)) => streams += 1,
                Some(Err(why)) => return Err(format!("{what}: {why}")),
                None => late.push(what),
            }
        }
    }
    ensure(streams > 0, || format!("nothing could be asked; too late for {}", late.join(", ")))?;
    let late =
        if late.is_empty() { String::new() } else { format!("; too late for {}", late.join(", ")) };
    Ok(format!("{streams} streams with halves of 1 to 10 ms, bit exact; then silence{late}"))
}

/// One legacy stream with halves of so many microseconds. Whether the client was in time for each
/// half: a client that was not has nothing to say about the driver.
fn legacy_stream(context: &Context<'_>, format: WaveFormat, half: u32) -> Result<bool, String> {
    let system = context.system;
    let frames = (u64::from(format.rate) * u64::from(half)).div_ceil(1_000_000) as u32;
    let endpoint = context.endpoint(Direction::Render)?;
    let speaker = LegacyStream::open(system, &endpoint, format, frames).map_err(describe)?;
    let endpoint = context.endpoint(Direction::Capture)?;
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let opened = EventStream::open(system, &endpoint, format, mode, format.rate / 100);
    let mut microphone = opened.map_err(describe)?;
    microphone.prepare().map_err(describe)?;
    let (bytes, block) = (speaker.half_bytes(), format.block_align());
    // A driver may give a client longer halves than it asked for.
    let span = (bytes / block) as u64 * system.qpc_frequency() / u64::from(format.rate);
    let halves = (100_000 / half as usize).max(12);
    let mut audio = noise::bytes(u64::from(half), bytes * halves);
    if format.valid_bits == 24 {
        audio.chunks_exact_mut(4).for_each(|sample| sample[0] = 0);
    }
    if format.float {
        // Numbers below 2: a driver that adds them to silence need not keep the bits of others.
        audio.chunks_exact_mut(4).for_each(|sample| sample[3] &= 0xBF);
    }
    // It begins with a frame that is not silence.
    audio[block - 1] |= 1;
    microphone.run().map_err(describe)?;
    let started = StartTime::with(system, || speaker.start(&audio))?;
    let mut recording = Vec::new();
    let (mut late, mut wrong) = (false, None);
    for (number, bytes) in audio.chunks(bytes).enumerate().skip(2) {
        let signalled = system.wait_any(&[speaker.event()], Duration::from_millis(100));
        ensure(signalled.is_some(), || "no event in 100 ms".to_owned())?;
        let written = speaker.service(bytes).map_err(describe)?;
        wrong = wrong.or((written != number % 2).then_some(number));
        // The half before the last one has just ended.
        let due = started.after + (number as u64 - 1) * span;
        late |= system.qpc().saturating_sub(due) > span / 4;
        collect(&mut microphone, &mut recording);
    }
    listen(system, &mut microphone, 200, &mut recording);
    speaker.stop().map_err(describe)?;
    if late {
        return Ok(false);
    }
    ensure(wrong.is_none(), || format!("half {wrong:?} was written where another one plays"))?;
    let silence = recording.chunks_exact(block).take_while(|frame| frame.iter().all(|b| *b == 0));
    let begin = silence.count() * block;
    let found = recording.get(begin..begin + audio.len()).ok_or("not all of it was heard")?;
    let frames = found.chunks_exact(block).zip(audio.chunks_exact(block));
    let wrong = frames.filter(|(found, played)| found != played).count();
    ensure(wrong == 0, || format!("{wrong} of {} frames are wrong", audio.len() / block))?;
    let silent = recording[begin + audio.len()..].iter().all(|byte| *byte == 0);
    ensure(silent, || "not silent after the client stopped writing".to_owned())?;
    Ok(true)
}
