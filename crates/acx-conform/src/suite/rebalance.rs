//! Resource rebalances while clients stream, and buffers that are allocated before or after the
//! hardware is prepared: B35.

use std::time::Duration;

use acx_client::event::EventStream;
use acx_client::{File, System, request};
use acx_host::machine::HostError;
use acx_sys::{KSPROPERTY_RTAUDIO_BUFFER, KSPROPSETID_RtAudio, KSSTATE};

use super::client::Driving;
use super::end::End;
use super::stream::KINDS;
use super::{Context, Finding, HostContext, StartTime, describe, ensure};

/// The number of stops and starts of the device without a stream.
const ROUNDS: usize = 3;

pub(crate) fn rebalance(host: &HostContext<'_, '_>) -> Finding {
    let context = &host.context;
    let mut orders = 0;
    for end in context.ends()? {
        for kind in KINDS {
            for prepared_first in [false, true] {
                order(context, &end, kind, prepared_first).map_err(|why| {
                    let first = if prepared_first { "prepared" } else { "allocated" };
                    format!("{kind:?}, {first} first: {why}")
                })?;
                orders += 1;
            }
            while_streaming(host, &end, kind)?;
        }
    }
    let mut before = None;
    for round in 0..ROUNDS {
        host.device.rebalance().map_err(|why| format!("rebalance {round}: {why}"))?;
        // Objects are not counted: ACX decides when a removed circuit's objects are deleted.
        let found = host.machine.allocations();
        let now = (found.blocks, found.bytes, found.mdls);
        // What is made once is made by the first.
        let known = before.unwrap_or(now);
        ensure(round < 2 || known == now, || {
            format!("blocks, bytes, MDLs: {now:?} after rebalance {round}, {known:?} before")
        })?;
        before = Some(now);
    }
    for end in context.ends()? {
        for kind in KINDS {
            on_the_line(context, &end, kind)
                .map_err(|why| format!("{kind:?}, after the last rebalance: {why}"))?;
        }
    }
    Ok(format!("{orders} orders; the streams go on; {ROUNDS} rebalances, memory as before"))
}

/// Checks that a stream runs on its line, and closes it.
fn on_the_line(context: &Context<'_>, end: &End, kind: Driving) -> Result<(), String> {
    let mut client = end.client(context.system, kind, end.frames(20)).map_err(describe)?;
    let started = StartTime::with(context.system, || client.run())?;
    context.system.sleep(Duration::from_millis(33));
    started.check(end.format.rate, client.position().map_err(describe)?)
}

/// The system does not stop a streaming device. If it queries a stop all the same, the stream
/// continues.
fn while_streaming(host: &HostContext<'_, '_>, end: &End, kind: Driving) -> Result<(), String> {
    let machine = host.machine;
    let mut client = end.client(machine, kind, end.frames(20)).map_err(describe)?;
    let started = StartTime::with(machine, || client.run())?;
    machine.sleep(Duration::from_millis(25));
    match host.device.rebalance() {
        Err(HostError::Streaming) => {}
        other => return Err(format!("{kind:?}: a device that streams: {other:?}")),
    }
    machine.sleep(Duration::from_millis(25));
    let position = client.position().map_err(describe)?;
    started.check(end.format.rate, position).map_err(|why| format!("{kind:?}, after it: {why}"))
}

/// The buffer before or after ACQUIRE, which prepares the hardware.
fn order(
    context: &Context<'_>,
    end: &End,
    kind: Driving,
    prepared_first: bool,
) -> Result<(), String> {
    let system = context.system;
    let pin = end.endpoint.open_stream(end.format, &end.mode).map_err(describe)?;
    let state = |pin: &File, state| request::set_state(pin, state).map_err(describe);
    if prepared_first {
        state(&pin, KSSTATE::KSSTATE_ACQUIRE)?;
    }
    let event = match kind {
        Driving::Event => {
            Ok(EventStream::on(system, pin, end.format, end.period()).map_err(describe)?)
        }
        Driving::Timer => {
            one_packet(&pin, end)?;
            Err(pin)
        }
    };
    let pin = match &event {
        Ok(stream) => stream.pin(),
        Err(pin) => pin,
    };
    state(pin, KSSTATE::KSSTATE_PAUSE)?;
    let started = StartTime::with(system, || request::set_state(pin, KSSTATE::KSSTATE_RUN))?;
    system.sleep(Duration::from_millis(33));
    started.check(end.format.rate, request::presentation(pin).map_err(describe)?)?;
    if let Ok(stream) = &event {
        let (count, _) = stream.completed();
        ensure(count == 3, || format!("{count} packets of 10 ms in 33 ms"))?;
    }
    state(pin, KSSTATE::KSSTATE_STOP)
}

/// Allocates a buffer of one packet, of at least 40 ms in whole pages and frames.
fn one_packet(pin: &File, end: &End) -> Result<(), String> {
    let bytes = end.format.block_align() as u32 * 4096;
    let bytes = (4 * end.period() * end.format.block_align() as u32).next_multiple_of(bytes);
    let instance = [[0; 8].as_slice(), &bytes.to_le_bytes(), &[0; 4]].concat();
    let (set, id) = (&KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER);
    request::get_known(pin, "allocating the buffer", set, id, &instance, 16)
        .map(drop)
        .map_err(describe)
}
