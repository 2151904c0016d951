//! States, positions, time: S, W and K cases, and B cases of the same kind.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request;
use acx_client::{Direction, System};
use acx_sys::*;
use wave::noise;

use super::client::{Client, Driving};
use super::{Context, Finding, HostContext, STEREO, StartTime, describe, ensure};
use crate::analysis::{IdealLine, Position, compare};
use crate::play::{self, Cable, Options};
use crate::subject::Subject;

const KINDS: [Driving; 2] = [Driving::Event, Driving::Timer];

fn open_event(
    context: &Context<'_>,
    direction: Direction,
    frames: u32,
) -> Result<EventStream, String> {
    let endpoint = context.endpoint(direction)?;
    EventStream::open(
        context.system,
        &endpoint,
        STEREO,
        &AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
        frames,
    )
    .map_err(describe)
}

pub(crate) fn open_and_close(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        for kind in KINDS {
            // Closed in PAUSE, in RUN, and after STOP.
            for steps in 0..3 {
                let opened = Client::open(context, direction, kind, STEREO, 480);
                let mut client = opened.map_err(describe)?;
                if steps > 0 {
                    client.run().map_err(describe)?;
                }
                if steps > 1 {
                    client.stop().map_err(describe)?;
                }
            }
        }
    }
    Ok("12 ways".to_owned())
}

pub(crate) fn set_event(context: &Context<'_>) -> Finding {
    let endpoint = context.endpoint(Direction::Render)?;
    let mode = &AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
    let pin = endpoint.open_stream(STEREO, mode).map_err(describe)?;
    let event = context.system.create_event().to_le_bytes();
    let id = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT;
    let (early, _) = request::get_sized(&pin, &KSPROPSETID_RtAudio, id, &event, 0);
    ensure(!NT_SUCCESS(early.status) && early.status != STATUS_BUFFER_OVERFLOW, || {
        format!("accepted before the buffer: {early:x?}")
    })?;
    drop(pin);
    let stream = open_event(context, Direction::Render, 480)?;
    let event = stream.event().to_le_bytes();
    let (twice, _) = request::get_sized(stream.pin(), &KSPROPSETID_RtAudio, id, &event, 0);
    ensure(twice.status == STATUS_UNSUCCESSFUL, || format!("twice: {twice:x?}"))?;
    Ok("after the buffer, once".to_owned())
}

pub(crate) fn start_and_stop(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        for kind in KINDS {
            let mut client =
                Client::open(context, direction, kind, STEREO, 480).map_err(describe)?;
            for _ in 0..10 {
                client.run().map_err(describe)?;
                context.system.sleep(Duration::from_millis(23));
                client.stop().map_err(describe)?;
            }
        }
    }
    Ok("10 times, both ends, event and timer driven".to_owned())
}

pub(crate) fn reset(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        let mut stream = open_event(context, direction, 480)?;
        for _ in 0..3 {
            stream.prepare().map_err(describe)?;
            stream.run().map_err(describe)?;
            let signalled = context.system.wait_any(&[stream.event()], Duration::from_millis(100));
            ensure(signalled.is_some(), || "no packet in 100 ms".to_owned())?;
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

/// W1: twice run, pause and stop.
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
    for direction in context.directions() {
        let mut stream = open_event(context, direction, 480)?;
        walk_states(context.system, &mut stream)?;
    }
    Ok("both ends, twice".to_owned())
}

fn with_period(context: &Context<'_>, kind: Driving, frames: u32) -> Result<(), String> {
    for direction in context.directions() {
        let opened = Client::open(context, direction, kind, STEREO, frames);
        running_part(context.system, &mut opened.map_err(describe)?, &frames)?;
    }
    Ok(())
}

pub(crate) fn smallest_period(context: &Context<'_>) -> Finding {
    KINDS.iter().try_for_each(|kind| with_period(context, *kind, 48))?;
    Ok("48 frames".to_owned())
}

pub(crate) fn largest_period(context: &Context<'_>) -> Finding {
    KINDS.iter().try_for_each(|kind| with_period(context, *kind, 24_000))?;
    Ok("24000 frames".to_owned())
}

pub(crate) fn every_format(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        let pin = endpoint.host_pin().map_err(describe)?.clone();
        let formats: Vec<WaveFormat> =
            pin.modes.iter().take(1).flat_map(|(_, f)| f.clone()).collect();
        for format in formats {
            for kind in KINDS {
                let period = format.rate / 100;
                let opened = Client::open(context, direction, kind, format, period);
                let mut client = opened.map_err(|why| format!("{format}: {why}"))?;
                client.run().map_err(describe)?;
                let mut last = 0;
                for _ in 0..3 {
                    context.system.sleep(Duration::from_millis(50));
                    let now = client.position().map_err(describe)?.0;
                    ensure(now > last, || format!("{format}: {now} after {last}"))?;
                    last = now;
                }
                client.stop().map_err(describe)?;
                count += 1;
            }
        }
    }
    Ok(format!("{count} streams"))
}

pub(crate) fn two_modes(context: &Context<'_>) -> Finding {
    for direction in context.directions() {
        let endpoint = context.endpoint(direction)?;
        if endpoint.host_pin().map_err(describe)?.instances.0 < 2 {
            return Ok("takes one stream at a time".to_owned());
        }
        let modes = [AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_DEFAULT];
        let mut streams = Vec::new();
        for mode in &modes {
            let stream = EventStream::open(context.system, &endpoint, STEREO, mode, 480)
                .map_err(describe)?;
            stream.prepare().map_err(describe)?;
            let started = StartTime::with(context.system, || stream.run())?;
            streams.push((stream, started));
        }
        context.system.sleep(Duration::from_millis(100));
        for (stream, started) in &streams {
            started.check(STEREO.rate, stream.position().map_err(describe)?)?;
        }
    }
    Ok("RAW and DEFAULT".to_owned())
}

pub(crate) fn drift_and_jitter(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    for direction in context.directions() {
        for kind in KINDS {
            let mut client =
                Client::open(context, direction, kind, STEREO, 480).map_err(describe)?;
            client.run().map_err(describe)?;
            context.system.sleep(Duration::from_millis(100));
            let mut points = Vec::new();
            for _ in 0..100 {
                // Off the packet grid, so that the answers fall everywhere in a step.
                context.system.sleep(Duration::from_micros(10_137));
                points.push(client.position().map_err(describe)?);
            }
            let (rate, deviation, worst) = fit(&points, context.system.qpc_frequency());
            // A frame of rounding over the second that is fitted.
            ensure((rate / 48_000.0 - 1.0).abs() < 2e-5, || format!("rate {rate}"))?;
            ensure(deviation < 0.001 && worst < 0.004, || {
                format!("deviation {deviation} s, worst {worst} s")
            })?;
            figures.push(format!("{:.1} us", worst * 1e6));
        }
    }
    Ok(format!("jitter at most {}", figures.join(", ")))
}

/// Least squares of position over time: rate, and standard and largest deviation in seconds.
pub(crate) fn fit(points: &[(u64, u64)], frequency: u64) -> (f64, f64, f64) {
    let origin = points[0];
    let time = |at: u64| (at - origin.1) as f64 / frequency as f64;
    let frames = |position: u64| (position - origin.0) as f64;
    let count = points.len() as f64;
    let mean_time = points.iter().map(|point| time(point.1)).sum::<f64>() / count;
    let mean_frames = points.iter().map(|point| frames(point.0)).sum::<f64>() / count;
    let covariance: f64 = points
        .iter()
        .map(|point| (time(point.1) - mean_time) * (frames(point.0) - mean_frames))
        .sum();
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
    for direction in context.directions() {
        for kind in KINDS {
            let mut client =
                Client::open(context, direction, kind, STEREO, 480).map_err(describe)?;
            let start = context.system.qpc();
            client.run().map_err(describe)?;
            for _ in 0..50 {
                context.system.sleep(Duration::from_millis(1));
                let (position, at) = client.position().map_err(describe)?;
                let real = (at - start) as f64 * 48_000.0 / context.system.qpc_frequency() as f64;
                ensure(position as f64 <= real + 1.0, || format!("{position} of {real} frames"))?;
                worst = worst.max(real - position as f64);
            }
            ensure(worst < 960.0, || format!("{worst} frames behind"))?;
        }
    }
    Ok(format!("at most {worst:.2} frames behind real time"))
}

pub(crate) fn monotonic(context: &Context<'_>) -> Finding {
    let mut count = 0;
    for direction in context.directions() {
        for kind in KINDS {
            let mut client =
                Client::open(context, direction, kind, STEREO, 480).map_err(describe)?;
            client.run().map_err(describe)?;
            let mut last = client.position().map_err(describe)?;
            for step in 0..5_000u64 {
                context.system.sleep(Duration::from_nanos(step * 7_919 % 900_000));
                let now = client.position().map_err(describe)?;
                let frames =
                    now.0.checked_sub(last.0).ok_or_else(|| format!("{now:?} after {last:?}"))?;
                let ticks = now.1 - last.1;
                let most = ticks as f64 * 48_000.0 / context.system.qpc_frequency() as f64 + 1.0;
                ensure(frames as f64 <= most, || format!("{frames} frames in {ticks} ticks"))?;
                last = now;
                count += 1;
            }
        }
    }
    Ok(format!("{count} pairs of answers"))
}

pub(crate) fn rate_and_uptime(subject: &Subject) -> Finding {
    const CENTURY: u64 = 100 * 365 * 86_400;
    let mut worst = 0;
    // Everything but the long run is cheap, so the extremes get a short one each.
    let runs = [
        (10_000_000, 3_600, 86_400),
        (10_000_000, CENTURY, 60),
        (3_579_545, CENTURY, 60),
        (24_000_000, 1, 60),
    ];
    for (frequency, uptime, seconds) in runs {
        let builder =
            subject.builder().qpc_frequency(frequency).uptime(Duration::from_secs(uptime));
        let (drift, findings) = subject
            .on_machine(&builder.build(), |machine, _| {
                let context = Context { subject, system: machine };
                let mut client =
                    Client::open(&context, Direction::Render, Driving::Event, STEREO, 24_000)?;
                client.run()?;
                let mut line = IdealLine::new(48_000, frequency);
                for step in 0..=1 {
                    machine.sleep(Duration::from_secs(seconds) * step);
                    let (frames, qpc) = client.position()?;
                    line.add(Position { frames, qpc });
                }
                Ok(line.drift())
            })
            .map_err(|why| why.to_string())?;
        ensure(findings.count() == 0, || findings.violations.join("; "))?;
        ensure(drift == 0, || {
            format!("{drift} frames in {seconds} s, {frequency} Hz, up {uptime} s")
        })?;
        worst = worst.max(drift);
    }
    Ok(format!("{worst} frames in 24 h; up to 100 years of uptime"))
}

pub(crate) fn power(host: &HostContext<'_, '_>) -> Finding {
    let (machine, device) = (host.machine, host.device);
    let stream = open_event(&host.context, Direction::Render, 480)?;
    stream.prepare().map_err(describe)?;
    stream.run().map_err(describe)?;
    machine.sleep(Duration::from_millis(33));
    device.power_down();
    let asleep = stream.position().map_err(describe)?.0;
    ensure(asleep == 33 * 48, || format!("{asleep} frames after 33 ms"))?;
    machine.sleep(Duration::from_secs(5));
    device.power_up().map_err(|why| why.to_string())?;
    machine.sleep(Duration::from_millis(17));
    let awake = stream.position().map_err(describe)?.0;
    ensure(awake == 50 * 48, || format!("{awake} frames after 50 ms of run"))?;
    device.surprise_remove();
    machine.sleep(Duration::from_millis(50));
    match stream.run() {
        Ok(()) => return Err("run succeeded after a surprise removal".to_owned()),
        Err(why) => ensure(why.status == STATUS_DEVICE_REMOVED, || describe(why))?,
    }
    Ok("D3 and back with the stream kept; handles outlive the device".to_owned())
}

/// What the host pin of an endpoint lists, in every mode.
pub(crate) fn host_formats(endpoint: &Endpoint) -> Result<Vec<WaveFormat>, String> {
    let pin = endpoint.host_pin().map_err(describe)?;
    Ok(pin.modes.iter().flat_map(|(_, formats)| formats.clone()).collect())
}

pub(crate) fn null_test(context: &Context<'_>) -> Finding {
    let mut figures = Vec::new();
    let cable = Cable {
        speaker: context.endpoint(Direction::Render)?,
        microphone: context.endpoint(Direction::Capture)?,
    };
    let (played, recorded) = (host_formats(&cable.speaker)?, host_formats(&cable.microphone)?);
    for kind in KINDS {
        for format in [
            STEREO,
            WaveFormat { rate: 44_100, ..STEREO },
            WaveFormat { channels: 1, mask: 4, rate: 44_100, ..STEREO },
            WaveFormat { float: true, bits: 32, valid_bits: 32, ..STEREO },
            WaveFormat {
                bits: 32,
                valid_bits: 24,
                channels: 8,
                mask: 0x63F,
                rate: 96_000,
                ..STEREO
            },
        ] {
            if !played.contains(&format) || !recorded.contains(&format) {
                continue;
            }
            let mut bytes = noise::bytes(1, format.block_align() * format.rate as usize);
            if format.valid_bits == 24 {
                bytes.chunks_exact_mut(4).for_each(|sample| sample[0] = 0);
            }
            let options = Options { period_ms: 10, timer_driven: kind == Driving::Timer, cable: 0 };
            let played =
                play::play_on(context.system, &cable, format, &bytes, options, &mut |_| {});
            let outcome = played.map_err(|why| why.to_string())?;
            let compared = compare(&bytes, &outcome.recording, format.block_align());
            let good = compared.bit_exact && outcome.glitches == 0 && outcome.drift == 0;
            ensure(good, || format!("{kind:?}, {format}: {compared:?}"))?;
            figures.push(compared.latency.to_string());
        }
    }
    ensure(!figures.is_empty(), || "both ends have none of the formats tried".to_owned())?;
    Ok(format!("bit exact; latency {} frames", figures.join(", ")))
}
