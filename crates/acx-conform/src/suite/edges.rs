//! B8: every transition of the stream states, with each fallible call of the driver failing in
//! turn; and B12, everything at once.

use std::time::Duration;

use acx_client::File;
use acx_client::endpoint::WaveFormat;
use acx_client::{Direction, Failed, System, request};
use acx_sys::KSSTATE::{KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN, KSSTATE_STOP};
use acx_sys::*;

use super::client::Driving;
use super::constraints::guid;
use super::end::End;
use super::stream::KINDS;
use super::{Context, Finding, HostContext, StartTime, describe, ensure};
use crate::run::counted;

fn state(pin: &File) -> Result<u32, Failed> {
    let set = &KSPROPSETID_Connection;
    let value = request::get_known(pin, "the state", set, KSPROPERTY_CONNECTION_STATE, &[], 4)?;
    Ok(value.first_chunk().map_or(u32::MAX, |state| u32::from_le_bytes(*state)))
}

/// Open, buffer, up to RUN and down to STOP, close. A failed request is retried: it must have
/// changed nothing, and must then succeed. Returns whether anything failed.
fn walk(host: &HostContext<'_, '_>, direction: Direction, kind: Driving) -> Result<bool, String> {
    let machine = host.machine;
    let end = machine.without_failures(|| host.context.end(direction))?;
    let refused = |why: &Failed| -> Result<(), String> {
        let call = machine.failed_call().ok_or_else(|| describe(*why))?;
        let short = [STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_MEMORY].contains(&why.status);
        ensure(short, || format!("{call} failed: {why}"))
    };
    let open = || match kind {
        Driving::Event => end.open(machine, end.period()).map(Ok),
        Driving::Timer => end.open_timer(end.frames(20)).map(Err),
    };
    let stream = match open() {
        Ok(stream) => stream,
        Err(why) => {
            refused(&why)?;
            open().map_err(describe)?
        }
    };
    let pin = match &stream {
        Ok(event) => event.pin(),
        Err(timer) => timer.pin(),
    };
    for target in [
        KSSTATE_ACQUIRE,
        KSSTATE_PAUSE,
        KSSTATE_RUN,
        KSSTATE_PAUSE,
        KSSTATE_RUN,
        KSSTATE_PAUSE,
        KSSTATE_ACQUIRE,
        KSSTATE_STOP,
    ] {
        let before = state(pin).map_err(describe)?;
        if let Err(why) = request::set_state(pin, target) {
            refused(&why)?;
            let after = state(pin).map_err(describe)?;
            ensure(after == before, || format!("state {after} after a failure in {before}"))?;
            request::set_state(pin, target).map_err(describe)?;
        }
        machine.sleep(Duration::from_millis(7));
    }
    Ok(machine.failed_call().is_some())
}

pub(crate) fn every_edge(host: &HostContext<'_, '_>) -> Finding {
    let mut failures = 0;
    for direction in host.context.streaming()? {
        for kind in KINDS {
            for calls in 0.. {
                host.machine.fail_after(Some(calls));
                if !walk(host, direction, kind)? {
                    break;
                }
                failures += 1;
            }
        }
    }
    host.machine.fail_after(None);
    Ok(format!("{failures} calls failed in turn"))
}

/// Opens and runs a stream for two periods, beside other running streams.
fn one(context: &Context<'_>, end: &End, kind: Driving, frames: u32) -> Result<(), String> {
    let what = || format!("{}, {frames} frames, {kind:?}", end.format);
    let opened = end.client(context.system, kind, frames);
    let mut client = opened.map_err(|why| format!("{}: {why}", what()))?;
    let started = StartTime::with(context.system, || client.run())?;
    context.system.sleep(Duration::from_millis(20));
    let position = client.position().map_err(describe)?;
    started
        .check(end.format.rate, position)
        .map_err(|why| format!("{}, after 20 ms: {why}", what()))?;
    client.stop().map_err(describe)
}

/// The end in each of its modes, with this format if the mode lists it, otherwise with one of the
/// mode's own.
fn in_modes(
    context: &Context<'_>,
    direction: Direction,
    format: WaveFormat,
) -> Result<Vec<(End, bool)>, String> {
    let usual = context.end(direction)?;
    let mut ends = Vec::new();
    for (mode, formats) in &usual.endpoint.host_pin().map_err(describe)?.modes {
        let is_listed = formats.contains(&format);
        let Some(first) = formats.first() else { continue };
        let own = if formats.contains(&usual.format) { usual.format } else { *first };
        let format = if is_listed { format } else { own };
        let end = End { endpoint: context.endpoint(direction)?, mode: guid(*mode), format };
        ends.push((end, is_listed));
    }
    Ok(ends)
}

pub(crate) fn everything(context: &Context<'_>) -> Finding {
    let mut formats: Vec<WaveFormat> = Vec::new();
    for end in context.ends()? {
        let new: Vec<_> = end.formats().into_iter().filter(|own| !formats.contains(own)).collect();
        formats.extend(new);
    }
    let (mut count, mut most) = (0, 0);
    for format in formats {
        let mut all = Vec::new();
        for direction in context.streaming()? {
            // RAW and DEFAULT, or other modes instead.
            all.push(in_modes(context, direction, format)?.into_iter().take(2).collect::<Vec<_>>());
        }
        // Streams in all modes run meanwhile, if the pins take one more.
        let mut beside = Vec::new();
        for ends in &all {
            let limit = ends.first().and_then(|(end, _)| end.limit()).unwrap_or(u32::MAX) as usize;
            for (end, _) in ends.iter().take(limit.saturating_sub(1)) {
                let opened = end.client(context.system, Driving::Event, end.period());
                let mut client = opened.map_err(|why| format!("{}: {why}", end.format))?;
                client.run().map_err(describe)?;
                beside.push(client);
            }
        }
        most = most.max(beside.len());
        for (end, _) in all.iter().flatten().filter(|(_, is_listed)| *is_listed) {
            let (shortest, longest) = end.periods(context.system)?;
            for kind in KINDS {
                for frames in [shortest, end.period(), longest] {
                    one(context, end, kind, frames)?;
                    count += 1;
                }
            }
        }
    }
    Ok(match most {
        0 => format!("{count} streams, one after the other"),
        _ => format!("{count} streams, each beside up to {}", counted(most, "other")),
    })
}
