//! States, positions, time: S, W and K cases, and B cases of the same kind.

use std::cell::Cell;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::*;
use wave::noise;

use super::client::{Client, Driving};
use super::constraints::guid;
use super::end::{self, End};
use super::{
    Context, Finding, HostContext, STEREO, StartTime, Unmet, describe, ensure, is_close,
    ticks_since, wait_for,
};
use crate::analysis::{IdealLine, Position, compare};
use crate::play::{self, Cable, Options};
use crate::run::{Findings, RunError, counted};
use crate::subject::Subject;

pub(crate) const KINDS: [Driving; 2] = [Driving::Event, Driving::Timer];

/// Opens an event-driven stream with packets of 10 ms.
fn open_event(context: &Context<'_>, end: &End) -> Result<EventStream, String> {
    end.open(context.system, end.period()).map_err(describe)
}

pub(crate) fn open_and_close(context: &Context<'_>) -> Finding {
    let mut ways = 0;
    for end in context.ends()? {
        for kind in KINDS {
            // Closed in PAUSE, in RUN, and after STOP.
            for steps in 0..3 {
                let opened = end.client(context.system, kind, end.period());
                let mut client = opened.map_err(describe)?;
                if steps > 0 {
                    client.run().map_err(describe)?;
                }
                if steps > 1 {
                    client.stop().map_err(describe)?;
                }
                ways += 1;
            }
        }
    }
    Ok(format!("{ways} ways"))
}

pub(crate) fn set_event(context: &Context<'_>) -> Finding {
    for end in context.ends()? {
        let pin = end.endpoint.open_stream(end.format, &end.mode).map_err(describe)?;
        let event = context.system.create_event().to_le_bytes();
        let id = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT;
        let (early, _) = request::get_sized(&pin, &KSPROPSETID_RtAudio, id, &event, 0);
        ensure(!NT_SUCCESS(early.status) && early.status != STATUS_BUFFER_OVERFLOW, || {
            format!("accepted before the buffer: {early:x?}")
        })?;
        drop(pin);
        let stream = open_event(context, &end)?;
        let event = stream.event().to_le_bytes();
        let (twice, _) = request::get_sized(stream.pin(), &KSPROPSETID_RtAudio, id, &event, 0);
        ensure(twice.status == STATUS_UNSUCCESSFUL, || format!("twice: {twice:x?}"))?;
    }
    Ok("after the buffer, once".to_owned())
}

pub(crate) fn start_and_stop(context: &Context<'_>) -> Finding {
    for end in context.ends()? {
        for kind in KINDS {
            let mut client = end.client(context.system, kind, end.period()).map_err(describe)?;
            for _ in 0..10 {
                client.run().map_err(describe)?;
                context.system.sleep(Duration::from_millis(23));
                client.stop().map_err(describe)?;
            }
        }
    }
    Ok("10 times at each end, event and timer driven".to_owned())
}

pub(crate) fn reset(context: &Context<'_>) -> Finding {
    for end in context.ends()? {
        let mut stream = open_event(context, &end)?;
        for _ in 0..3 {
            stream.prepare().map_err(describe)?;
            stream.run().map_err(describe)?;
            wait_for("packet", context.system, stream.event())?;
            stream.pause().map_err(describe)?;
            stream.stop().map_err(describe)?;
            let (count, _) = stream.completed();
            ensure(count == 0, || format!("{count} packets after a reset"))?;
        }
    }
    Ok("3 times".to_owned())
}

fn running_part(
    system: &dyn System,
    client: &mut Client,
    what: &dyn std::fmt::Display,
) -> Result<(), String> {
    client.run().map_err(describe)?;
    system.sleep(Duration::from_millis(100));
    let mut last = client.position().map_err(describe)?.0;
    for step in 0..10 {
        system.sleep(Duration::from_millis(50));
        let now = client.position().map_err(describe)?.0;
        ensure(now > last, || format!("{what}: still at {now} after 50 ms (step {step})"))?;
        last = now;
    }
    Ok(())
}

/// W1: run, pause and stop, twice.
pub(crate) fn walk_states(system: &dyn System, stream: &mut EventStream) -> Result<(), String> {
    for round in 0..2 {
        stream.prepare().map_err(describe)?;
        stream.run().map_err(describe)?;
        system.sleep(Duration::from_millis(100));
        let mut last = 0;
        for _ in 0..10 {
            system.sleep(Duration::from_millis(50));
            let now = stream.position().map_err(describe)?.0;
            ensure(now > last, || format!("round {round}: {now} after {last} in run"))?;
            last = now;
        }
        stream.pause().map_err(describe)?;
        let frozen = stream.position().map_err(describe)?.0;
        for _ in 0..10 {
            system.sleep(Duration::from_millis(50));
            let now = stream.position().map_err(describe)?.0;
            ensure(now == frozen, || format!("round {round}: {now} after {frozen} in pause"))?;
        }
        stream.stop().map_err(describe)?;
        for _ in 0..10 {
            system.sleep(Duration::from_millis(50));
            let now = stream.position().map_err(describe)?.0;
            ensure(now == 0, || format!("round {round}: {now} after a stop"))?;
        }
    }
    Ok(())
}

pub(crate) fn state_control(context: &Context<'_>) -> Finding {
    for end in context.ends()? {
        walk_states(context.system, &mut open_event(context, &end)?)?;
    }
    Ok("each end, twice".to_owned())
}

/// Runs a stream of either kind at each end, with the period that `frames` chooses.
fn with_period(context: &Context<'_>, frames: fn((u32, u32)) -> u32) -> Result<String, String> {
    let mut figures = Vec::new();
    for end in context.ends()? {
        let frames = frames(end.periods(context.system)?);
        for kind in KINDS {
            let opened = end.client(context.system, kind, frames);
            let mut client = opened.map_err(|why| format!("{frames} frames: {why}"))?;
            running_part(context.system, &mut client, &frames)?;
        }
        figures.push(format!("{frames} frames of {}", end.format));
    }
    figures.dedup();
    Ok(figures.join(", "))
}

pub(crate) fn smallest_period(context: &Context<'_>) -> Finding {
    Ok(with_period(context, |(least, _)| least)?)
}

pub(crate) fn largest_period(context: &Context<'_>) -> Finding {
    Ok(with_period(context, |(_, most)| most)?)
}

pub(crate) fn every_format(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for end in context.ends()? {
        for format in end.formats() {
            let end = End { endpoint: context.endpoint(end.direction())?, mode: end.mode, format };
            for kind in KINDS {
                moves(context.system, &end, kind)?;
                count += 1;
            }
        }
    }
    Ok(format!("{count} streams"))
}

/// The position of a stream of an end's format moves every 50 ms.
pub(crate) fn moves(system: &dyn System, end: &End, kind: Driving) -> Result<(), String> {
    let format = end.format;
    let opened = end.client(system, kind, end.period());
    let mut client = opened.map_err(|why| format!("{format}: {why}"))?;
    client.run().map_err(describe)?;
    let mut last = 0;
    for _ in 0..3 {
        system.sleep(Duration::from_millis(50));
        let now = client.position().map_err(describe)?.0;
        ensure(now > last, || format!("{format}: {now} after {last}"))?;
        last = now;
    }
    client.stop().map_err(describe)
}

pub(crate) fn two_modes(context: &Context<'_>) -> Finding {
    let mut asked = 0;
    for end in context.ends()? {
        if !end.takes_two() {
            continue;
        }
        let modes = &end.endpoint.host_pin().map_err(describe)?.modes;
        // A pair that includes RAW and DEFAULT, if there is one.
        let mut chosen = vec![(end.mode, end.format)];
        let other = modes.iter().filter(|(mode, formats)| {
            *mode != acx_client::bytes::guid_bytes(&end.mode) && !formats.is_empty()
        });
        let other = other.map(|(mode, formats)| {
            let same = formats.iter().find(|format| **format == end.format);
            (guid(*mode), *same.unwrap_or(&formats[0]))
        });
        chosen.extend(other.take(1));
        if chosen.len() < 2 {
            continue;
        }
        let mut streams = Vec::new();
        for (mode, format) in chosen {
            let frames = end::frames(format, 10);
            let stream = EventStream::open(context.system, &end.endpoint, format, &mode, frames)
                .map_err(describe)?;
            stream.prepare().map_err(describe)?;
            let started = StartTime::with(context.system, || stream.run())?;
            streams.push((stream, started, format));
        }
        context.system.sleep(Duration::from_millis(100));
        for (stream, started, format) in &streams {
            started.check(format.rate, stream.position().map_err(describe)?)?;
        }
        asked += 1;
    }
    if asked == 0 {
        return Err(Unmet::apart("each pin takes one stream, or lists one mode"));
    }
    Ok(format!("at {}", counted(asked, "end")))
}

pub(crate) fn drift_and_jitter(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    for end in context.ends()? {
        for kind in KINDS {
            let mut client = end.client(context.system, kind, end.period()).map_err(describe)?;
            client.run().map_err(describe)?;
            context.system.sleep(Duration::from_millis(100));
            let mut points = Vec::new();
            for _ in 0..100 {
                // Off the packet grid, so that the readings fall at all offsets in a step.
                context.system.sleep(Duration::from_micros(10_137));
                points.push(client.position().map_err(describe)?);
            }
            let (rate, deviation, worst) = fit(&points, context.system.qpc_frequency());
            ensure(is_rate(rate, end.format.rate), || {
                format!("{kind:?}: rate {rate:.2} Hz, not {}", end.format.rate)
            })?;
            ensure(is_steady(deviation, worst), || {
                let [deviation, worst] = [deviation, worst].map(|seconds| seconds * 1e3);
                format!("{kind:?}: deviation {deviation:.3} ms, worst {worst:.3} ms")
            })?;
            figures.push(format!("{:.1} us", worst * 1e6));
        }
    }
    Ok(format!("jitter at most {}", figures.join(", ")))
}

/// Whether a fitted rate is a format's, but for a rounding error of a frame over the fitted second:
/// 1 in 48,000 and less.
fn is_rate(found: f64, rate: u32) -> bool {
    is_close(found, f64::from(rate), 0.96)
}

/// Whether positions are close enough to their line: standard and largest deviation in seconds.
fn is_steady(deviation: f64, worst: f64) -> bool {
    deviation < 0.001 && worst < 0.004
}

/// Least squares of position over time: rate, and standard and largest deviation in seconds.
pub(crate) fn fit(points: &[(u64, u64)], frequency: u64) -> (f64, f64, f64) {
    let origin = points[0];
    // A driver's answers, which may go back.
    let time = |at: u64| at.wrapping_sub(origin.1).cast_signed() as f64 / frequency as f64;
    let frames = |position: u64| position.wrapping_sub(origin.0).cast_signed() as f64;
    let count = points.len() as f64;
    let mean_time = points.iter().map(|point| time(point.1)).sum::<f64>() / count;
    let mean_frames = points.iter().map(|point| frames(point.0)).sum::<f64>() / count;
    // The times' distances from their mean add up to 0, so any origin of the frames will do.
    let covariance: f64 =
        points.iter().map(|point| (time(point.1) - mean_time) * frames(point.0)).sum();
    let variance: f64 = points.iter().map(|point| (time(point.1) - mean_time).powi(2)).sum();
    let rate = covariance / variance;
    let errors = points
        .iter()
        .map(|point| (frames(point.0) - mean_frames - rate * (time(point.1) - mean_time)) / rate);
    let squares: f64 = errors.clone().map(|error| error * error).sum();
    let worst = errors.fold(0.0, |worst: f64, error| worst.max(error.abs()));
    (rate, (squares / count).sqrt(), worst)
}

pub(crate) fn latency(context: &Context<'_>) -> Finding {
    let mut worst = 0.0f64;
    for end in context.ends()? {
        let rate = f64::from(end.format.rate);
        for kind in KINDS {
            let mut client = end.client(context.system, kind, end.period()).map_err(describe)?;
            let start = context.system.qpc();
            client.run().map_err(describe)?;
            for _ in 0..50 {
                context.system.sleep(Duration::from_millis(1));
                let (position, at) = client.position().map_err(describe)?;
                let ticks = ticks_since(start, at)?;
                let seconds = ticks as f64 / context.system.qpc_frequency() as f64;
                let (position, real) = (position as f64, seconds * rate);
                ensure(is_possible(position, real), || format!("{position} of {real} frames"))?;
                worst = worst.max((real - position) / rate);
            }
            ensure(is_in_time(worst), || format!("{:.1} ms late", worst * 1e3))?;
        }
    }
    Ok(format!("at most {:.0} us behind real time", worst * 1e6))
}

/// Whether a device can have moved so many frames in the time of `real` ones: it may have begun
/// inside a frame.
fn is_possible(frames: f64, real: f64) -> bool {
    frames <= real + 1.0
}

/// Whether a position begins in time, with so much delay in seconds.
fn is_in_time(delay: f64) -> bool {
    delay < 0.020
}

pub(crate) fn monotonic(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for end in context.ends()? {
        let per_tick = f64::from(end.format.rate) / context.system.qpc_frequency() as f64;
        for kind in KINDS {
            let mut client = end.client(context.system, kind, end.period()).map_err(describe)?;
            client.run().map_err(describe)?;
            let mut last = client.position().map_err(describe)?;
            for step in 0..5_000u64 {
                context.system.sleep(Duration::from_nanos(step * 7_919 % 900_000));
                let now = client.position().map_err(describe)?;
                let frames =
                    now.0.checked_sub(last.0).ok_or_else(|| format!("{now:?} after {last:?}"))?;
                let ticks =
                    now.1.checked_sub(last.1).ok_or_else(|| format!("{now:?} after {last:?}"))?;
                ensure(is_possible(frames as f64, ticks as f64 * per_tick), || {
                    format!("{frames} frames in {ticks} ticks")
                })?;
                last = now;
                count += 1;
            }
        }
    }
    Ok(format!("{count} pairs of answers"))
}

pub(crate) fn rate_and_uptime(subject: &Subject) -> Result<(String, Findings), Unmet> {
    const CENTURY: u64 = 100 * 365 * 86_400;
    const MINUTE: Option<u64> = Some(60);
    let mut all = Findings::default();
    // A microphone's driver writes every frame, so one hour is enough.
    let hours = Cell::default();
    // Only the long run is expensive, so each extreme gets a short one.
    let runs = [
        (10_000_000, 3_600, None),
        (10_000_000, CENTURY, MINUTE),
        (3_579_545, CENTURY, MINUTE),
        (24_000_000, 1, MINUTE),
    ];
    for (frequency, uptime, seconds) in runs {
        let builder =
            subject.builder().qpc_frequency(frequency).uptime(Duration::from_secs(uptime));
        let (drift, findings) = subject
            .on_machine(&builder.build(), |machine, _| {
                let context = Context::new(subject, machine);
                let end = context.ends().map_err(RunError::Wrong)?.swap_remove(0);
                hours.set(if end.direction() == Direction::Render { 24 } else { 1 });
                let seconds = seconds.unwrap_or(hours.get() * 3600);
                drift(machine, &end, seconds)
            })
            .map_err(|why| why.to_string())?;
        all.add(findings);
        ensure(drift == 0, || {
            let span = seconds.map_or(format!("{} h", hours.get()), |span| format!("{span} s"));
            format!("{drift} frames in {span}, {frequency} Hz, up {uptime} s")
        })?;
    }
    Ok((format!("0 frames in {} h; up to 100 years of uptime", hours.get()), all))
}

/// The distance of an end from its line after this many seconds, in frames.
fn drift(machine: &Machine, end: &End, seconds: u64) -> Result<i64, RunError> {
    let mut client = end.client(machine, Driving::Event, end.frames(500))?;
    client.run()?;
    let mut line = IdealLine::new(end.format.rate, machine.qpc_frequency());
    // The line begins at the first position that has moved.
    for span in [Duration::from_secs(1), Duration::from_secs(seconds)] {
        machine.sleep(span);
        let (frames, qpc) = client.position()?;
        line.add(Position { frames, qpc });
    }
    Ok(line.drift())
}

pub(crate) fn power(host: &HostContext<'_, '_>) -> Finding {
    let (machine, device) = (host.machine, host.device);
    let mut streams = Vec::new();
    for end in host.context.ends()? {
        let stream = open_event(&host.context, &end)?;
        stream.prepare().map_err(describe)?;
        stream.run().map_err(describe)?;
        streams.push((stream, u64::from(end.format.rate)));
    }
    machine.sleep(Duration::from_millis(33));
    device.power_down();
    // Each run may lose a fraction of a frame.
    let check = |when: &str, runs: &[u64]| {
        streams.iter().try_for_each(|(stream, rate)| {
            let found = stream.position().map_err(describe)?.0;
            let least: u64 = runs.iter().map(|run| rate * run / 1000).sum();
            let most = rate * runs.iter().sum::<u64>() / 1000;
            let wanted = least..=most;
            ensure(wanted.contains(&found), || format!("{when}: {found} frames, not {wanted:?}"))
        })
    };
    check("asleep", &[33])?;
    machine.sleep(Duration::from_secs(5));
    check("asleep for 5 s", &[33])?;
    device.power_up().map_err(|why| why.to_string())?;
    machine.sleep(Duration::from_millis(17));
    check("awake", &[33, 17])?;
    device.surprise_remove();
    machine.sleep(Duration::from_millis(50));
    for (stream, _) in &streams {
        match stream.run() {
            Ok(()) => return Err("run succeeded after a surprise removal".into()),
            Err(why) => ensure(why.status == STATUS_DEVICE_REMOVED, || describe(why))?,
        }
    }
    Ok("D3 and back with the stream kept; handles outlive the device".to_owned())
}

/// The formats of an endpoint's host pin, in every mode.
pub(crate) fn host_formats(endpoint: &Endpoint) -> Result<Vec<WaveFormat>, String> {
    let pin = endpoint.host_pin().map_err(describe)?;
    Ok(pin.modes.iter().flat_map(|(_, formats)| formats.clone()).collect())
}

/// Formats with which cables are tested, if both ends list them.
const TRIED: [WaveFormat; 8] = [
    STEREO,
    WaveFormat { rate: 44_100, ..STEREO },
    WaveFormat { channels: 1, mask: 4, rate: 44_100, ..STEREO },
    WaveFormat { channels: 1, mask: 4, rate: 16_000, ..STEREO },
    WaveFormat { float: true, bits: 32, valid_bits: 32, ..STEREO },
    WaveFormat { bits: 32, valid_bits: 24, channels: 8, mask: 0x63F, rate: 96_000, ..STEREO },
    WaveFormat { bits: 24, valid_bits: 24, channels: 6, mask: 0x60F, ..STEREO },
    WaveFormat { bits: 32, valid_bits: 32, rate: 384_000, ..STEREO },
];

/// The formats to test that both ends of a cable list: those of `TRIED`, or the first other one if
/// there are none.
pub(crate) fn shared_formats(
    speaker: &Endpoint,
    microphone: &Endpoint,
) -> Result<Vec<WaveFormat>, Unmet> {
    let (played, recorded) = (host_formats(speaker)?, host_formats(microphone)?);
    let is_shared = |format: &&WaveFormat| played.contains(format) && recorded.contains(format);
    let mut shared: Vec<WaveFormat> = TRIED.iter().filter(is_shared).copied().collect();
    if shared.is_empty() {
        shared.extend(played.iter().find(is_shared));
    }
    if shared.is_empty() {
        return Err(Unmet::apart("the two ends of the cable list no format in common"));
    }
    Ok(shared)
}

/// Noise in a format that passes a bit-exact cable unchanged.
pub(crate) fn noise_in(format: WaveFormat, seed: u64, frames: usize) -> Vec<u8> {
    let mut audio = noise::bytes(seed, format.block_align() * frames);
    if format.valid_bits == 24 && format.bits == 32 {
        audio.chunks_exact_mut(4).for_each(|sample| sample[0] = 0);
    }
    if format.float {
        // Numbers below 2: a driver that adds larger ones to silence need not keep their bits.
        audio.chunks_exact_mut(4).for_each(|sample| sample[3] &= 0xBF);
    }
    audio
}

/// The seed of the noise that a cable has to carry unchanged.
const SEED: u64 = 1;

pub(crate) fn null_test(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    let speaker = context.endpoint(Direction::Render)?;
    let microphone = context.endpoint(Direction::Capture)?;
    let shared = shared_formats(&speaker, &microphone)?;
    let cable = Cable { speaker, microphone: Some(microphone) };
    for kind in KINDS {
        for format in &shared {
            let bytes = noise_in(*format, SEED, format.rate as usize);
            let options = Options { period_ms: 10, timer_driven: kind == Driving::Timer, cable: 0 };
            let played =
                play::play_on(context.system, &cable, *format, &bytes, options, &mut |_| {});
            let outcome = played.map_err(|why| why.to_string())?;
            let compared = compare(&bytes, &outcome.recording, format.block_align());
            let good = compared.bit_exact && outcome.glitches == 0 && outcome.drift == 0;
            ensure(good, || {
                let (late, drift) = (outcome.glitches, outcome.drift);
                format!("{kind:?}, {format}: {compared:?}, {late} packets late, drift {drift}")
            })?;
            figures.push(compared.latency.to_string());
        }
    }
    Ok(format!("bit exact; latency {} frames", figures.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_positions_has_their_rate_and_tells_how_far_they_are_off() {
        // 48 frames each millisecond; of four, one is 24 frames ahead, and one as much behind.
        let off = [24, 0, -24, 0];
        let at = |number: usize| {
            let frames = 1_000_000 + 48 * number as u64;
            (frames.saturating_add_signed(off[number % 4]), 77 + 10_000 * number as u64)
        };
        let points: Vec<_> = (0..4000).map(at).collect();
        let (rate, deviation, worst) = fit(&points, 10_000_000);
        assert!((rate - 48_000.0).abs() < 0.1, "{rate}");
        // Half of them are 0.5 ms off.
        assert!((deviation - 0.0005 / 2f64.sqrt()).abs() < 1e-6, "{deviation}");
        assert!((worst - 0.0005).abs() < 1e-6, "{worst}");
        // Below the first one is no huge number.
        let (rate, deviation, worst) = fit(&[(100, 100), (52, 10_100)], 10_000_000);
        assert!((rate + 48_000.0).abs() < 1e-6 && deviation < 1e-12 && worst < 1e-12);
    }

    #[test]
    fn positions_are_steady_within_one_millisecond_as_a_rule_and_four_at_most() {
        assert!(is_steady(0.000_999, 0.003_999));
        assert!(!is_steady(0.001, 0.0) && !is_steady(0.0, 0.004));
    }

    #[test]
    fn a_rate_a_delay_and_a_lead_have_their_limits() {
        assert!(is_rate(48_000.9, 48_000) && is_rate(47_999.1, 48_000));
        assert!(!is_rate(48_001.0, 48_000) && !is_rate(47_999.0, 48_000));
        assert!(is_in_time(0.019_999) && !is_in_time(0.020));
        assert!(is_possible(101.0, 100.0) && !is_possible(101.5, 100.0));
    }

    #[test]
    fn noise_has_every_bit_that_its_format_keeps() {
        let kept = |format: WaveFormat, size: usize| {
            let mut all = vec![0; size];
            for sample in noise_in(format, 1, 1000).chunks_exact(size) {
                all.iter_mut().zip(sample).for_each(|(kept, byte)| *kept |= byte);
            }
            all
        };
        let of = |bits, valid_bits| WaveFormat { bits, valid_bits, ..STEREO };
        assert_eq!(kept(of(16, 16), 2), [0xFF; 2]);
        assert_eq!(kept(of(24, 24), 3), [0xFF; 3]);
        assert_eq!(kept(of(32, 32), 4), [0xFF; 4]);
        assert_eq!(kept(of(32, 24), 4), [0, 0xFF, 0xFF, 0xFF]);
        let float = WaveFormat { float: true, ..of(32, 32) };
        assert_eq!(kept(float, 4), [0xFF, 0xFF, 0xFF, 0xBF]);
        let below_two = |sample: &[u8]| {
            f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]).abs() < 2.0
        };
        assert!(noise_in(float, 1, 1000).chunks_exact(4).all(below_two));
        assert_eq!(noise_in(STEREO, 1, 1000).len(), 4000);
    }
}
