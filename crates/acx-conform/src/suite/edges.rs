//! B8: every edge of the stream states, with each call of the driver that can fail failing in turn; and B12, everything at once.

use std::time::Duration;

use acx_client::File;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::timer::TimerStream;
use acx_client::{Direction, Failed, System, request};
use acx_sys::KSSTATE::{KSSTATE_ACQUIRE, KSSTATE_PAUSE, KSSTATE_RUN, KSSTATE_STOP};
use acx_sys::*;

use super::client::{Client, Driving};
use super::{Context, Finding, HostContext, STEREO, StartTime, describe, ensure};

const KINDS: [Driving; 2] = [Driving::Event, Driving::Timer];

fn state(pin: &File) -> Result<u32, Failed> {
    let set = &KSPROPSETID_Connection;
    let value = request::get_known(pin, "the state", set, KSPROPERTY_CONNECTION_STATE, &[], 4)?;
    Ok(request::number(&value, 0))
}

/// Open, buffer, all the way up and down, close. What fails is tried again: it must have changed nothing, and succeed then. Whether
/// anything failed.
fn walk(host: &HostContext<'_, '_>, direction: Direction, kind: Driving) -> Result<bool, String> {
    let machine = host.machine;
    let endpoint = host.context.endpoint(direction)?;
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let refused = |why: &Failed| -> Result<(), String> {
        let call = machine.failed_call().ok_or_else(|| describe(*why))?;
        let short = [STATUS_INSUFFICIENT_RESOURCES, STATUS_NO_MEMORY].contains(&why.status);
        ensure(short, || format!("{call} failed: {why}"))
    };
    let open = || match kind {
        Driving::Event => EventStream::open(machine, &endpoint, STEREO, mode, 480).map(Ok),
        Driving::Timer => TimerStream::open(&endpoint, STEREO, mode, 1024).map(Err),
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
    for direction in host.context.directions() {
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

/// Opens and runs a stream of `format` in `mode` for two periods, beside whatever else runs.
fn one(
    context: &Context<'_>,
    endpoint: &Endpoint,
    format: WaveFormat,
    mode: &GUID,
    kind: Driving,
    milliseconds: u32,
) -> Result<(), String> {
    let frames = (format.rate * milliseconds).div_ceil(1000);
    let opened = Client::open_at(context.system, endpoint, mode, kind, format, frames);
    let mut client = opened.map_err(|why| format!("{format}, {milliseconds} ms: {why}"))?;
    let started = StartTime::with(context.system, || client.run())?;
    context.system.sleep(Duration::from_millis(20));
    let position = client.position().map_err(describe)?;
    started
        .check(format.rate, position)
        .map_err(|why| format!("{format}, {milliseconds} ms, {kind:?}, after 20 ms: {why}"))?;
    client.stop().map_err(describe)
}

pub(crate) fn everything(context: &Context<'_>) -> Finding {
    let speaker = context.endpoint(Direction::Render)?;
    let microphone = context.endpoint(Direction::Capture)?;
    let modes = [AUDIO_SIGNALPROCESSINGMODE_RAW, AUDIO_SIGNALPROCESSINGMODE_DEFAULT];
    let formats: Vec<WaveFormat> = {
        let pin = speaker.host_pin().map_err(describe)?;
        pin.modes.iter().take(1).flat_map(|(_, formats)| formats.clone()).collect()
    };
    let mut count = 0;
    for format in formats {
        // The other mode of the same pin and both modes of the other end run meanwhile.
        let mut beside = Vec::new();
        for (endpoint, mode) in
            [(&speaker, &modes[1]), (&microphone, &modes[0]), (&microphone, &modes[1])]
        {
            let period = format.rate / 100;
            let opened =
                Client::open_at(context.system, endpoint, mode, Driving::Event, format, period);
            let mut client = opened.map_err(|why| format!("{format}: {why}"))?;
            client.run().map_err(describe)?;
            beside.push(client);
        }
        for (endpoint, mode) in [&speaker, &microphone]
            .into_iter()
            .flat_map(|end| modes.iter().map(move |mode| (end, mode)))
        {
            for kind in KINDS {
                for milliseconds in [1, 10, 500] {
                    one(context, endpoint, format, mode, kind, milliseconds)?;
                    count += 1;
                }
            }
        }
    }
    Ok(format!("{count} streams, each beside three others"))
}
