//! Stale packets after a stall of the machine: B23. The driver's work after a stall: B32.

use std::time::{Duration, Instant};

use acx_client::event::EventStream;
use acx_client::{Direction, System};

use super::end::{End, preroll};
use super::gain::both_ends;
use super::packets::{listen, open};
use super::stream::KINDS;
use super::through::samples;
use super::{Context, Finding, HostContext, Unmet, describe, ensure, is_close};

/// Stalls that end in either of the two packets, and one longer than any ring.
const STALLS: [u64; 5] = [45, 55, 65, 75, 2_000];

/// Of full scale.
const LOUD: f64 = 0.25;
const QUIET: f64 = 0.125;

pub(crate) fn stale_marks(host: &HostContext<'_, '_>) -> Finding {
    let context = &host.context;
    let Some((speaker, microphone)) = both_ends(context)? else {
        return Err(Unmet::apart("the two ends of the cable list no format in common"));
    };
    for milliseconds in STALLS {
        after_a_stall(host, &speaker, &microphone, milliseconds)
            .map_err(|why| format!("after a stall of {milliseconds} ms: {why}"))?;
    }
    after_a_stop(context, &speaker, &microphone).map_err(|why| format!("after a stop: {why}"))?;
    Ok(format!("silence after {} stalls, and of what a stop left", STALLS.len()))
}

fn steady(end: &End, value: f64) -> Vec<u8> {
    super::through::steady(end.format, value, end.period())
}

/// A packet is reported, the machine stalls for longer than the buffer lasts, and the client writes
/// nothing: from then on the recording must be silent.
fn after_a_stall(
    host: &HostContext<'_, '_>,
    speaker: &End,
    microphone: &End,
    milliseconds: u64,
) -> Result<(), String> {
    let machine = host.machine;
    let context = &host.context;
    let mut listener = open(context, microphone)?;
    listener.run().map_err(describe)?;
    let mut stream = open(context, speaker)?;
    let packet = steady(speaker, LOUD);
    // The stall cuts this one.
    preroll(&mut stream, 1, &packet)?;
    stream.run().map_err(describe)?;
    machine.sleep(Duration::from_millis(12));
    stream.write(2, &packet, None).map_err(describe)?;
    machine.stall(Duration::from_millis(milliseconds));
    machine.sleep(Duration::from_millis(1));
    // Recordings during the stall are lost.
    let (completed, _) = listener.completed();
    listener.set_next(completed);
    let mut recording = Vec::new();
    listen(machine, &mut listener, 100, &mut recording);
    silent(microphone, &recording)
}

fn silent(end: &End, recording: &[u8]) -> Result<(), String> {
    ensure(!recording.is_empty(), || "nothing was recorded".to_owned())?;
    let samples = samples(end.format, recording);
    let frames = samples.chunks(end.format.channels.into());
    let sounding = frames.filter(|frame| frame.iter().any(|value| *value != 0.0)).count();
    ensure(sounding == 0, || format!("{sounding} frames sound, though nothing was written"))
}

/// A stop before a reported packet was played: it must not be played in the next run, whose client
/// writes only the other packet.
fn after_a_stop(context: &Context<'_>, speaker: &End, microphone: &End) -> Result<(), String> {
    let system = context.system;
    let mut listener = open(context, microphone)?;
    listener.run().map_err(describe)?;
    let mut stream = open(context, speaker)?;
    let loud = steady(speaker, LOUD);
    preroll(&mut stream, 0, &loud)?;
    preroll(&mut stream, 1, &loud)?;
    stream.run().map_err(describe)?;
    system.sleep(Duration::from_millis(2));
    stop(&mut stream)?;
    let mut recording = Vec::new();
    listen(system, &mut listener, 100, &mut recording);
    recording.clear();
    preroll(&mut stream, 0, &steady(speaker, QUIET))?;
    stream.run().map_err(describe)?;
    listen(system, &mut listener, 100, &mut recording);
    let heard = samples(microphone.format, &recording);
    let frames = |value: f64| {
        let own = heard.iter().filter(|found| is_close(**found, value, 1e-3)).count();
        own / usize::from(microphone.format.channels)
    };
    let (old, new) = (frames(LOUD), frames(QUIET));
    ensure(old == 0, || format!("{old} frames of the packet before the stop are heard"))?;
    let period = speaker.period() as usize;
    ensure(new == period, || format!("{new} frames of the new packet are heard, not {period}"))
}

fn stop(stream: &mut EventStream) -> Result<(), String> {
    stream.pause().map_err(describe)?;
    stream.stop().map_err(describe)?;
    stream.prepare().map_err(describe)
}

/// B32: the duration of the stall. If the work is bounded after 10 minutes, it is after 10 hours
/// too, and unbounded work shows clearly.
const LONG: Duration = Duration::from_secs(36_000);

/// The maximum time for the overdue work, on any machine that runs the suite.
const ENOUGH: Duration = Duration::from_millis(5);

/// The number of attempts, because other programs run too.
const ATTEMPTS: usize = 5;

/// A stall of some packets: the calls after it are the reference for longer ones.
const SHORT: Duration = Duration::from_millis(45);

/// The allowed number of calls beyond twice those after a short stall.
const MORE_CALLS: u64 = 16;

/// Whether a driver makes no more calls after a long stall than after a short one, in order of
/// magnitude.
const fn is_bounded(many: u64, few: u64) -> bool {
    many <= 2 * few + MORE_CALLS
}

pub(crate) fn work_after_a_stall(host: &HostContext<'_, '_>) -> Finding {
    let machine = host.machine;
    // The number of the driver's calls at the end of a stall: locks, timers, notifications.
    let calls = |stall| {
        machine.stall(stall);
        let before = machine.driver_calls();
        machine.sleep(Duration::from_millis(1));
        machine.driver_calls() - before
    };
    let (mut streams, mut most) = (0, 0);
    for end in host.context.ends()? {
        for kind in KINDS {
            let mut client = end.client(machine, kind, end.period()).map_err(describe)?;
            client.run().map_err(describe)?;
            machine.sleep(Duration::from_millis(55));
            let name = if end.direction() == Direction::Render { "render" } else { "capture" };
            let (few, many) = (calls(SHORT), calls(LONG));
            ensure(is_bounded(many, few), || {
                format!("{kind:?}, {name}: {many} calls after hours, {few} after {SHORT:?}")
            })?;
            most = most.max(many);
            let work = |_| {
                machine.stall(LONG);
                let begin = Instant::now();
                machine.sleep(Duration::from_millis(1));
                begin.elapsed()
            };
            let least = (0..ATTEMPTS).map(work).min().unwrap_or_default();
            // Real time, which is on no record.
            if least > ENOUGH {
                return Err(format!("{kind:?}, {name}: {} ms of work", least.as_millis()).into());
            }
            streams += 1;
        }
    }
    let limit = ENOUGH.as_millis();
    Ok(format!("{streams} streams are done within {limit} ms, and {most} calls at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_stall_may_cost_twice_the_calls_of_a_short_one_and_some() {
        assert!(is_bounded(36, 10) && !is_bounded(37, 10));
    }
}
