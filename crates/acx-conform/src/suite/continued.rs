//! Level B, continued: second rounds, other clocks, late timers, many streams, published facts.

use std::time::Duration;

use acx_client::endpoint::WaveFormat;
use acx_client::{Direction, System};
use acx_sys::KSPROPERTY_AUDIO_VOLUMELEVEL as VOLUME;

use super::controls::{Controls, decibels};
use super::end::{End, preroll};
use super::gain::{meter_again, pause_in_a_fade};
use super::packets::{
    MILLISECOND, capture_round, listen, listener, open, packet_span, pause_points,
};
use super::stream::{KINDS, drift_and_jitter, latency};
use super::through::late;
use super::{
    Context, Finding, HostContext, StartTime, Unmet, describe, ensure, is_next_to, is_same_time,
    wait_for,
};
use crate::run::{Findings, allocations, counted};
use crate::subject::Subject;

/// The number of bytes that match the audio played.
fn sounding(recording: &[u8]) -> usize {
    recording.iter().map(|byte| usize::from(*byte == BYTE)).sum()
}

/// B21: whole packets before the last one, and the value of each byte.
const WHOLE: u64 = 4;
const BYTE: u8 = 0x11;

pub(crate) fn end_of_stream(context: &Context<'_>) -> Finding {
    let system = context.system;
    let end = context.end(Direction::Render)?;
    let listener = listener(context, &end)?.filter(|own| own.format.bits == 16);
    let Some(listener) = listener else {
        return Err(Unmet::apart("the two ends of the cable share no format of 16 bits"));
    };
    let mut microphone = open(context, &listener)?;
    microphone.run().map_err(describe)?;
    let mut speaker = open(context, &end)?;
    // The packet is full, but only half of it is valid.
    let packet = vec![BYTE; speaker.packet_bytes()];
    let valid = packet.len() / speaker.block_align() / 2 * speaker.block_align();
    preroll(&mut speaker, 0, &packet)?;
    preroll(&mut speaker, 1, &packet)?;
    speaker.run().map_err(describe)?;
    let mut recording = Vec::new();
    for number in 2..=WHOLE {
        wait_for("event", system, speaker.event())?;
        let is_last = number == WHOLE;
        speaker.write(number, &packet, is_last.then_some(valid)).map_err(late)?;
        listen(system, &mut microphone, 1, &mut recording);
    }
    listen(system, &mut microphone, 200, &mut recording);
    let heard = sounding(&recording);
    let played = packet.len() * WHOLE as usize + valid;
    ensure(heard == played, || format!("{heard} bytes sounded, not {played}"))?;
    let other = recording.iter().filter(|byte| **byte != BYTE && **byte != 0).count();
    ensure(other == 0, || format!("{other} bytes are neither what was played nor silence"))?;

    // A stop clears the end of stream: the second run plays exactly the audio written to it.
    speaker.pause().map_err(describe)?;
    speaker.stop().map_err(describe)?;
    speaker.prepare().map_err(describe)?;
    listen(system, &mut microphone, 50, &mut recording);
    recording.clear();
    preroll(&mut speaker, 0, &packet)?;
    preroll(&mut speaker, 1, &packet)?;
    speaker.run().map_err(describe)?;
    listen(system, &mut microphone, 200, &mut recording);
    let again = sounding(&recording);
    let wanted = 2 * packet.len();
    ensure(again == wanted, || format!("{again} bytes sounded in the second run, not {wanted}"))?;
    Ok(format!("{played} bytes, and then silence; {again} in the second run"))
}

pub(crate) fn second_round(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    for end in context.ends()? {
        let mut stream = open(context, &end)?;
        for round in 0..2 {
            match end.direction() {
                Direction::Capture => capture_round(context, &end, &stream),
                Direction::Render => counts(context, &end, &stream),
            }
            .map_err(|why| format!("round {round}: {why}"))?;
            stream.pause().map_err(describe)?;
            stream.stop().map_err(describe)?;
            let (position, _) = stream.position().map_err(describe)?;
            ensure(position == 0, || format!("{position} frames after a stop"))?;
            stream.prepare().map_err(describe)?;
        }
        figures.push(end.endpoint.name().to_owned());
    }
    let mut more = Vec::new();
    if let Ok(speaker) = context.end(Direction::Render) {
        if heard_once_again(context, &speaker)? {
            more.push("what is heard");
        }
        if meter_again(context, &speaker)? {
            more.push("the meter");
        }
    }
    if pause_in_a_fade(context)? {
        more.push("a pause in a fade");
    }
    let more = if more.is_empty() { String::new() } else { format!("; {}", more.join(", ")) };
    Ok(format!("twice at {}{more}", figures.join(" and ")))
}

/// B4's silence, in two rounds of one stream: the second one plays its two packets once. Returns
/// whether there is a cable to check it.
fn heard_once_again(context: &Context<'_>, end: &End) -> Result<bool, String> {
    let system = context.system;
    let listener = listener(context, end)?.filter(|own| own.format.bits == 16);
    let Some(listener) = listener else { return Ok(false) };
    let mut microphone = open(context, &listener)?;
    microphone.run().map_err(describe)?;
    let mut speaker = open(context, end)?;
    let packet = vec![BYTE; speaker.packet_bytes()];
    for round in 0..2 {
        preroll(&mut speaker, 0, &packet)?;
        preroll(&mut speaker, 1, &packet)?;
        speaker.run().map_err(describe)?;
        let mut recording = Vec::new();
        listen(system, &mut microphone, 150, &mut recording);
        let (heard, wanted) = (sounding(&recording), 2 * packet.len());
        ensure(heard == wanted, || format!("round {round}: {heard} bytes sounded, not {wanted}"))?;
        speaker.pause().map_err(describe)?;
        speaker.stop().map_err(describe)?;
        speaker.prepare().map_err(describe)?;
        // Audio in flight is recorded in this round.
        listen(system, &mut microphone, 50, &mut recording);
    }
    Ok(true)
}

/// Packets of a run without writes: the counter keeps its rate, from 0.
fn counts(
    context: &Context<'_>,
    end: &End,
    stream: &acx_client::event::EventStream,
) -> Result<(), String> {
    let (before, _) = stream.completed();
    ensure(before == 0, || format!("{before} packets before the run"))?;
    let started = StartTime::with(context.system, || stream.run())?;
    context.system.sleep(packet_span(end) * 20 + MILLISECOND);
    let frames = started.frames(end.format.rate, context.system.qpc());
    let period = u64::from(end.period());
    let packets = frames.start() / period..=frames.end().div_ceil(period);
    let (count, _) = stream.completed();
    ensure(packets.contains(&count), || format!("{count} packets, not {packets:?}"))?;
    started.check(end.format.rate, stream.position().map_err(describe)?)
}

/// Counter frequencies of real machines other than 10 MHz: the PM timer, the invariant counter of
/// x86 without Hyper-V, and ARM's counter.
const CLOCKS: [u64; 3] = [3_579_545, 24_000_000, 19_200_000];

pub(crate) fn other_clocks(subject: &Subject) -> Result<(String, Findings), Unmet> {
    let mut all = Findings::default();
    for frequency in CLOCKS {
        let machine = subject.builder().qpc_frequency(frequency).build();
        let run = subject.on_machine(&machine, |machine, _| {
            let context = Context::new(subject, machine);
            let asked = drift_and_jitter(&context)
                .and_then(|_| latency(&context))
                .and_then(|_| pause_points(&context));
            Ok(asked)
        });
        let (asked, found) = run.map_err(|why| why.to_string())?;
        all.add(found);
        asked.map_err(|why| match why {
            Unmet::Wrong(why) => Unmet::Wrong(format!("{frequency} Hz: {why}")),
            apart @ Unmet::Apart(_) => apart,
        })?;
    }
    Ok(("K1, K2 and B9 at 3.58, 19.2 and 24 MHz".to_owned(), all))
}

/// The delay of timers.
const LATE: Duration = Duration::from_millis(3);

pub(crate) fn late_timers(host: &HostContext<'_, '_>) -> Finding {
    let machine = host.machine;
    let ends = host.context.ends()?;
    for end in &ends {
        let (rate, period) = (u64::from(end.format.rate), u64::from(end.period()));
        let frequency = machine.qpc_frequency();
        let stream = open(&host.context, end)?;
        machine.set_timer_lateness(LATE);
        let started = StartTime::with(machine, || stream.run())?;
        for _ in 0..20 {
            wait_for("event", machine, stream.event())?;
            let (count, at) = stream.completed();
            let ideal = started.before + count * period * frequency / rate;
            ensure(is_same_time(at, ideal, frequency), || {
                format!("packet {count}: stamp {at}, ideal {ideal}")
            })?;
            started
                .check(end.format.rate, stream.position().map_err(describe)?)
                .map_err(|why| format!("packet {count}: {why}"))?;
        }
        // A pause while the tick of a packet's end is overdue.
        machine.sleep(packet_span(end) + MILLISECOND);
        stream.pause().map_err(describe)?;
        let ideal = started.frames(end.format.rate, machine.qpc());
        let (frozen, _) = stream.position().map_err(describe)?;
        ensure(ideal.contains(&frozen), || format!("paused at {frozen} frames, not {ideal:?}"))?;
        machine.set_timer_lateness(Duration::ZERO);
    }
    Ok(format!("20 packets with timers 3 ms late, and a pause, at {}", counted(ends.len(), "end")))
}

pub(crate) fn format_descriptions(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for end in context.ends()? {
        let modes = &end.endpoint.host_pin().map_err(describe)?.modes;
        for format in modes.iter().flat_map(|(_, formats)| formats) {
            described(format)?;
            count += 1;
        }
    }
    Ok(counted(count, "format"))
}

/// Whether what a format says of its channels and samples fits together.
fn described(format: &WaveFormat) -> Result<(), String> {
    let positions = format.mask.count_ones();
    // A mask of 0 names no positions; one with bits names one for each channel.
    ensure(positions == 0 || positions == u32::from(format.channels), || {
        format!("{format}: a mask of {positions} positions, {:#x}", format.mask)
    })?;
    let is_whole = format.bits.is_multiple_of(8) && (1..=8).contains(&(format.bits / 8));
    ensure(is_whole && (1..=format.bits).contains(&format.valid_bits), || {
        format!("{format}: {} of {} bits are valid", format.valid_bits, format.bits)
    })?;
    ensure(!format.float || format.valid_bits == format.bits, || {
        format!("{format}: floating point with {} valid bits", format.valid_bits)
    })
}

/// B31: streams at each pin, one after the other.
const STREAMS: usize = 2000;

pub(crate) fn many_streams(host: &HostContext<'_, '_>) -> Finding {
    let machine = host.machine;
    let ends = host.context.ends()?;
    for end in &ends {
        let once = |number: usize| -> Result<(), String> {
            let opened = end.client(machine, KINDS[number % 2], end.period());
            let mut client = opened.map_err(|why| format!("stream {number}: {why}"))?;
            client.run().map_err(describe)?;
            machine.sleep(MILLISECOND);
            let (frames, _) = client.position().map_err(describe)?;
            let ideal = u64::from(end.format.rate) / 1000;
            ensure(is_next_to(frames, ideal), || {
                format!("stream {number}: {frames} frames after a millisecond, not {ideal}")
            })
        };
        // One-time allocations happen in the first streams.
        once(0)?;
        once(1)?;
        let before = machine.allocations();
        (2..STREAMS).try_for_each(once)?;
        let after = machine.allocations();
        ensure(after == before, || {
            format!(
                "{} after {STREAMS} streams, {} before",
                allocations(after),
                allocations(before)
            )
        })?;
    }
    let ends = counted(ends.len(), "end");
    Ok(format!("{STREAMS} streams at each of {ends}, memory and objects as before"))
}

pub(crate) fn published_range(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    for end in context.ends()? {
        let controls = Controls::of(context.system, &end)?;
        let Some(node) = controls.volume else { continue };
        let Some(range) = controls.range(VOLUME, node) else { continue };
        let name = controls.name(node);
        ensure(range.is_one(), || format!("{name}: {range}"))?;
        let middle = range.minimum + (range.maximum - range.minimum) / 2 / range.step * range.step;
        for (set, wanted) in [
            (i32::MIN, range.minimum),
            (i32::MAX, range.maximum),
            (range.minimum, range.minimum),
            (middle, middle),
            (range.maximum, range.maximum),
        ] {
            for channel in 0..range.channels {
                controls.set(VOLUME, node, Some(channel), set)?;
                let found = controls.get(VOLUME, node, Some(channel))?;
                ensure(found == wanted, || {
                    let [found, wanted] = [found, wanted].map(decibels);
                    format!("{name}, channel {channel}: {found}, not {wanted}, of {range}")
                })?;
            }
        }
        figures.push(format!("{name}: {range}"));
    }
    if figures.is_empty() {
        return Err(Unmet::apart("no volume publishes its range"));
    }
    Ok(figures.join("; "))
}

#[cfg(test)]
mod tests {
    use super::super::STEREO;
    use super::*;

    #[test]
    fn a_description_fits_together() {
        let good = |format| described(&format).is_ok();
        for (mask, is_good) in [(0, true), (3, true), (1, false), (7, false)] {
            assert_eq!(good(WaveFormat { mask, ..STEREO }), is_good, "{mask:#x}");
        }
        for (bits, valid_bits, is_good) in [
            (8, 8, true),
            (8, 1, true),
            (8, 0, false),
            (8, 9, false),
            (64, 64, true),
            (72, 72, false),
            (20, 20, false),
            (0, 0, false),
        ] {
            let format = WaveFormat { bits, valid_bits, ..STEREO };
            assert_eq!(good(format), is_good, "{valid_bits} of {bits}");
        }
        let float = WaveFormat { float: true, bits: 32, valid_bits: 32, ..STEREO };
        assert!(good(float) && !good(WaveFormat { valid_bits: 24, ..float }));
    }
}
