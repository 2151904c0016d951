//! Level B: what the written contracts promise and no published test checks.

use std::time::Duration;

use acx_host::Machine;
use acx_host::client::Direction;
use acx_host::machine::DeviceNode;
use acx_sys::*;

use super::{Broken, Case, Checked, Level, ensure};
use crate::melody::STEREO;
use crate::play::open_event;

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
    "B7" None, "packet geometry for one and two packets; bad counts and sizes refused";
    "B8" None, "every state edge with each allocation failing in turn";
    "B9" Some(pause_anywhere), "a pause at any point of a packet leaves the cadence intact";
    "B10" None, "power and removal while streaming";
    "B11" Some(stalls), "stalls of 1 and 2 packets, 10 s and 10 min never move the clock";
    "B12" None, "every format, packet mode, period and mode, all endpoints at once";
    "B13" None, "volume, mute and peak";
    "B14" None, "drift between the ends of the cable over 24 h (see acxhost soak)";
    "B15" None, "packet-size constraints";
    "B16" None, "state-change order over a composite endpoint";
    "B17" None, "offload";
    "B18" None, "keyword pin";
    "B19" None, "legacy KS client";
    "B20" None, "KS request rules for every property";
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
    Ok(format!("{} frames, {off} off", last - first))
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
