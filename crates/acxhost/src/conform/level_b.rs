//! Level B: what the written contracts promise and no published test checks.

use std::time::Duration;

use acx_host::Machine;
use acx_host::client::Direction;
use acx_host::client::endpoint::Endpoint;
use acx_host::client::legacy::LegacyStream;
use acx_host::client::request::{descriptor, get_known, long};
use acx_host::ks::{TABLE, Target};
use acx_host::machine::DeviceNode;
use acx_sys::*;

use super::{Broken, Case, Checked, Level, ensure};
use crate::analysis::compare;
use crate::melody::STEREO;
use crate::play::{Recorder, open_event};
use crate::soak::soak;

macro_rules! cases {
    ($($id:literal $check:expr, $sentence:literal;)*) => {
        &[$(Case { id: $id, level: Level::B, sentence: $sentence, check: $check }),*]
    };
}

pub(super) const CASES: &[Case] = cases! {
    "B1" Some(position_rate), "position never decreases, and never runs faster than the clock by more than a frame";
    "B2" None, "100,000 concurrent answers lie on the ideal line";
    "B3" Some(rate_over_a_day), "the rate error over 24 h is 0 frames";
    "B4" Some(cadence_without_client), "the packet counter keeps its rate when the client stops writing";
    "B5" Some(write_packet), "SetRenderPacket gives every answer of its contract";
    "B6" Some(read_packet), "capture: not ready first, then number and time of one packet, a skipped one is a jump";
    "B7" Some(geometry), "packet geometry for one and two packets; bad counts and sizes refused";
    "B8" None, "every state edge with each allocation failing in turn";
    "B9" Some(pause_anywhere), "a pause at any point of a packet leaves the cadence intact";
    "B10" None, "power and removal while streaming";
    "B11" Some(stalls), "stalls of 1 and 2 packets, 10 s and 10 min never move the clock";
    "B12" None, "every format, packet mode, period and mode, all endpoints at once";
    "B13" None, "volume, mute and peak";
    "B14" Some(cable), "the ends of the cable never drift, and the recording is what was played (here a minute; acxhost soak for 24 h)";
    "B15" None, "packet-size constraints";
    "B16" None, "state-change order over a composite endpoint";
    "B17" None, "offload";
    "B18" None, "keyword pin";
    "B19" Some(legacy), "what a legacy KS client writes is played bit exact; when it stops writing, silence";
    "B20" Some(request_rules), "KS request rules for every property of the filter (not of open pins yet): sizes, verbs, unknown ids and sets";
};

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Where the line says that a stream which began at `began` is now.
fn ideal(machine: &Machine, began: u64, qpc: u64) -> u64 {
    let ticks = u128::from(qpc - began);
    (ticks * u128::from(STEREO.rate) / u128::from(machine.qpc_frequency())) as u64
}

const DIRECTIONS: [Direction; 2] = [Direction::Render, Direction::Capture];

fn position_rate(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        let mut stream = open_event(machine, direction, STEREO, 10)?;
        stream.prepare()?;
        stream.run()?;
        let (mut frames, mut qpc) = stream.position()?;
        for step in 1..=2000_u64 {
            machine.sleep(Duration::from_nanos(step * 7919 % 3_000_000));
            let (now, at) = stream.position()?;
            ensure(now >= frames, || format!("from {frames} back to {now}"))?;
            let most = ideal(machine, qpc, at) + 1;
            ensure(now - frames <= most, || format!("{} frames in {most}", now - frames))?;
            (frames, qpc) = (now, at);
        }
        stream.pause()?;
        stream.stop()?;
    }
    Ok("2000 answers at each end".to_owned())
}

fn rate_over_a_day(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let stream = open_event(machine, Direction::Capture, STEREO, 500)?;
    stream.prepare()?;
    stream.run()?;
    let (first, began) = stream.position()?;
    // Most of the day passes in stalls, which spare the test the ticks; the soak command has every one of them.
    for _ in 0..24 * 6 {
        machine.stall(Duration::from_secs(590));
        machine.sleep(Duration::from_secs(10));
    }
    let (last, at) = stream.position()?;
    let off = (last - first).abs_diff(ideal(machine, began, at));
    ensure(off == 0, || format!("{off} frames off after 24 h"))?;
    Ok(format!("{} frames, {off} off (most of the day in stalls)", last - first))
}

fn cadence_without_client(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let mut stream = open_event(machine, Direction::Render, STEREO, 10)?;
    stream.prepare()?;
    let packet = vec![1; stream.packet_bytes()];
    stream.write(0, &packet, None)?;
    stream.run()?;
    machine.sleep(milliseconds(10_005));
    let completed = stream.completed().0;
    ensure(completed == 1000, || format!("{completed} packets in 10 s"))?;
    Ok(format!("{completed} packets in 10 s"))
}

fn answer(
    given: Result<(), acx_host::client::Failed>,
    expected: NTSTATUS,
    what: &str,
) -> Result<(), Broken> {
    let status = given.map_or_else(|failed| failed.status, |()| STATUS_SUCCESS);
    ensure(status == expected, || format!("{what}: {status:#010x}, not {expected:#010x}"))
}

fn write_packet(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let stream = open_event(machine, Direction::Render, STEREO, 10)?;
    let packet = stream.packet_bytes();
    stream.prepare()?;
    answer(stream.set_packet(0, None), STATUS_SUCCESS, "packet 0 in Pause")?;
    answer(stream.set_packet(1, None), STATUS_SUCCESS, "packet 1 in Pause")?;
    answer(stream.set_packet(2, None), STATUS_DATA_OVERRUN, "packet 2 in Pause")?;
    stream.run()?;
    machine.sleep(milliseconds(25));
    answer(stream.set_packet(1, None), STATUS_DATA_LATE_ERROR, "an older packet in Run")?;
    answer(stream.set_packet(4, None), STATUS_DATA_OVERRUN, "a newer packet in Run")?;
    let bad = stream.set_packet(3, Some(packet + 4));
    answer(bad, STATUS_INVALID_PARAMETER, "an end behind the packet")?;
    answer(stream.set_packet(3, None), STATUS_SUCCESS, "the next packet in Run")?;
    machine.sleep(milliseconds(10));
    answer(stream.set_packet(4, Some(400)), STATUS_SUCCESS, "the last packet")?;
    machine.sleep(milliseconds(10));
    answer(stream.set_packet(5, None), STATUS_INVALID_DEVICE_STATE, "a packet after the end")?;
    Ok("9 answers".to_owned())
}

fn read_packet(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let stream = open_event(machine, Direction::Capture, STEREO, 10)?;
    stream.prepare()?;
    stream.run()?;
    let began = machine.qpc();
    let early = stream.read_packet().map(drop);
    answer(early, STATUS_DEVICE_NOT_READY, "before the first packet")?;
    let mut expected = 0;
    // The third wait is long: packets are skipped then.
    for wait in [11, 10, 40, 10] {
        machine.sleep(milliseconds(wait));
        expected += (wait / 10) as u32;
        let read = stream.read_packet()?;
        let number = expected - 1;
        ensure(read.packet == number, || format!("packet {}, not {number}", read.packet))?;
        let start = ideal(machine, began, read.start);
        let from = u64::from(number) * 480;
        ensure(start.abs_diff(from) <= 1, || format!("packet {number} began at frame {start}"))?;
    }
    Ok("numbers 0, 1, 5, 6 with their times".to_owned())
}

fn pause_anywhere(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        // Microseconds into a packet of 10 ms: boundaries, just before and behind them, and between.
        for point in [0, 1, 20, 21, 4999, 5000, 9979, 9980, 9999, 10_000, 10_001, 19_999, 20_000] {
            let stream = open_event(machine, direction, STEREO, 10)?;
            stream.prepare()?;
            stream.run()?;
            machine.sleep(Duration::from_micros(point));
            stream.pause()?;
            let held = stream.position()?.0;
            machine.sleep(milliseconds(33));
            ensure(stream.position()?.0 == held, || format!("moved in Pause at {point} us"))?;
            stream.run()?;
            machine.sleep(milliseconds(100));
            let completed = stream.completed().0;
            let due = stream.position()?.0 / 480;
            ensure(completed == due, || format!("{completed} packets, {due} due, {point} us"))?;
        }
    }
    Ok("13 points at each end".to_owned())
}

fn stalls(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    for direction in DIRECTIONS {
        let stream = open_event(machine, direction, STEREO, 10)?;
        stream.prepare()?;
        stream.run()?;
        machine.sleep(milliseconds(50));
        let (first, began) = stream.position()?;
        for stall in [10, 20, 10_000, 600_000] {
            machine.stall(milliseconds(stall));
            machine.sleep(milliseconds(30));
            let (now, at) = stream.position()?;
            let off = (now - first).abs_diff(ideal(machine, began, at));
            ensure(off <= 1, || format!("{off} frames off after a stall of {stall} ms"))?;
            let (completed, due) = (stream.completed().0, now / 480);
            ensure(completed == due, || format!("{completed} packets, {due} due"))?;
        }
    }
    Ok("the clock kept after 10 ms, 20 ms, 10 s, 10 min".to_owned())
}

fn geometry(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    const PAGE: u64 = 4096;
    let set = &KSPROPSETID_RtAudio;
    let mut refused = 0;
    for direction in DIRECTIONS {
        let endpoint = Endpoint::find(machine, direction)?;
        let ask = |bytes: u32, count: u32| {
            let pin = endpoint.open_stream(STEREO, &AUDIO_SIGNALPROCESSINGMODE_RAW)?;
            let mut behind = vec![0; 8];
            behind.extend(bytes.to_le_bytes());
            behind.extend(count.to_le_bytes());
            let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
            get_known(&pin, "the buffer", set, id, &behind, 16)
        };
        let two = long(&ask(2 * 1920, 2)?, 0);
        ensure((two + 1920).is_multiple_of(PAGE), || {
            "two packets do not meet at a page".to_owned()
        })?;
        let one = long(&ask(4 * 4096, 1)?, 0);
        ensure(one.is_multiple_of(PAGE), || "one packet does not begin at a page".to_owned())?;
        for (bytes, count) in [(3840, 0), (3840, 3), (0, 2), (3842, 2), (u32::MAX, 2)] {
            let answered = ask(bytes, count).is_err();
            ensure(answered, || format!("{bytes} bytes in {count} packets were accepted"))?;
            refused += 1;
        }
    }
    Ok(format!("{refused} bad requests refused"))
}

fn cable(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let found = soak(machine, Duration::from_secs(60), &mut |_| {})?;
    ensure(found.compared > 0 && found.different == 0, || format!("{found:?}"))?;
    ensure(found.drift == 0 && found.glitches == 0, || format!("{found:?}"))?;
    Ok(format!("{} frames, drift {}", found.compared, found.drift))
}

fn legacy(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    const HALVES: usize = 20;
    let endpoint = Endpoint::find(machine, Direction::Render)?;
    let speaker = LegacyStream::open(machine, &endpoint, STEREO, 480)?;
    let half = speaker.half_bytes();
    let audio: Vec<u8> = (0..HALVES * half).map(|at| (at * 7 / 3 % 251) as u8 + 1).collect();
    let mut microphone = Recorder::prepare(open_event(machine, Direction::Capture, STEREO, 10)?)?;
    microphone.stream.run()?;
    speaker.start(&audio[..2 * half])?;
    let mut heard = Vec::new();
    let mut next = 2;
    while heard.len() < audio.len() + 20 * half {
        let events = [speaker.event(), microphone.stream.event()];
        match machine.wait_any(&events, milliseconds(1000)) {
            Some(0) if next < HALVES => {
                speaker.service(&audio[next * half..(next + 1) * half])?;
                next += 1;
            }
            Some(0) => {}
            Some(_) => microphone.service(|packet| heard.extend_from_slice(packet))?,
            None => return super::fail("no event in a second"),
        }
    }
    let found = compare(&audio, &heard, STEREO.block_align());
    ensure(found.bit_exact, || format!("{} frames differ", found.different))?;
    let end = found.latency as usize * STEREO.block_align() + audio.len();
    let silent = heard[end..].iter().all(|byte| *byte == 0);
    ensure(silent, || "something plays after the client stopped writing".to_owned())?;
    speaker.stop()?;
    Ok(format!("{} frames, then silence", audio.len() / STEREO.block_align()))
}

/// The rules of lengths and verbs on everything that the speaker's filter answers.
fn request_rules(machine: &Machine, _: &DeviceNode<'_>) -> Checked {
    let endpoint = Endpoint::find(machine, Direction::Render)?;
    let filter = &endpoint.filter;
    let send = |input: &[u8], output: Option<&mut [u8]>| {
        let reply = filter.ioctl(IOCTL_KS_PROPERTY, input, output);
        (reply.status, reply.information)
    };
    let mut checked = 0;
    for row in TABLE.iter().filter(|row| row.can_get() && row.target != Target::Pin) {
        // The first pin or node that has the property; those that need more in their descriptor than zeros have none.
        let described = |number: u8| {
            let mut behind = vec![0; row.target.descriptor().max(row.descriptor) - 24];
            if let Some(first) = behind.first_mut() {
                *first = number;
            }
            behind
        };
        let get = |number| descriptor(&row.set, row.id, KSPROPERTY_TYPE_GET, &described(number));
        let mut room = vec![0; 1 << 16];
        let owner = (0..3).find(|number| send(&get(*number), Some(&mut room)).0 == STATUS_SUCCESS);
        let Some(owner) = owner else { continue };
        let (behind, input) = (described(owner), get(owner));
        let (status, needed) = send(&input, None);
        ensure(status == STATUS_BUFFER_OVERFLOW, || format!("{}, size: {status:#x}", row.name))?;
        let name = row.name;
        let exact = send(&input, Some(&mut vec![0; needed]));
        ensure(exact == (STATUS_SUCCESS, needed), || format!("{name}, exact: {exact:x?}"))?;
        let more = send(&input, Some(&mut vec![0; needed + 16]));
        ensure(more == (STATUS_SUCCESS, needed), || format!("{name}, longer: {more:x?}"))?;
        // A list of which only the header fits is answered with the header.
        if needed > 1 && !(row.is_list && needed == 9) {
            let less = send(&input, Some(&mut vec![0; needed - 1])).0;
            ensure(less == STATUS_BUFFER_TOO_SMALL, || format!("{name}, shorter: {less:#x}"))?;
        }
        let cut = send(&input[..input.len() - 1], Some(&mut vec![0; needed])).0;
        ensure(cut == STATUS_INVALID_PARAMETER, || format!("{name}, cut: {cut:#x}"))?;
        if !row.can_set() {
            let set = descriptor(&row.set, row.id, KSPROPERTY_TYPE_SET, &behind);
            let verb = send(&set, Some(&mut vec![0; needed])).0;
            ensure(verb == STATUS_INVALID_DEVICE_REQUEST, || format!("{name}, SET: {verb:#x}"))?;
        }
        let id = descriptor(&row.set, 0x7FFF, KSPROPERTY_TYPE_GET, &behind);
        let id = send(&id, Some(&mut vec![0; needed])).0;
        ensure(id == STATUS_NOT_FOUND, || format!("unknown id: {id:#x}"))?;
        checked += 1;
    }
    let unknown = descriptor(&KSCATEGORY_AUDIO, 0, KSPROPERTY_TYPE_GET, &[]);
    let unknown = send(&unknown, Some(&mut [0; 8])).0;
    ensure(unknown == STATUS_PROPSET_NOT_FOUND, || format!("unknown set: {unknown:#x}"))?;
    ensure(checked > 0, || "no property answered".to_owned())?;
    Ok(format!("{checked} properties of the speaker's filter"))
}
