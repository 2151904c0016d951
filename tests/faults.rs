//! Every call of the driver that can fail, failing in turn: nothing is left behind, no rule is broken, the status is the documented one,
//! and the same thing succeeds right after.

mod form;

use std::collections::BTreeMap;
use std::time::Duration;

use acx_client::Direction;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::timer::TimerStream;
use acx_client::{Failed, request};
use acx_host::Machine;
use acx_host::machine::HostError;
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS as COMMUNICATIONS,
    AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, KSSTATE, NTSTATUS, STATUS_INSUFFICIENT_RESOURCES,
};

form::on_both_forms!(every_failure_unwinds_and_a_second_try_succeeds);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// Tries again once if the first time fails, which it may only do because it was made to.
#[track_caller]
fn twice<T, E>(machine: &Machine, status: fn(&E) -> NTSTATUS, act: impl Fn() -> Result<T, E>) -> T
where
    E: std::fmt::Debug,
{
    match act() {
        Ok(done) => done,
        Err(error) => {
            let call = machine
                .failed_call()
                .unwrap_or_else(|| panic!("nothing was made to fail: {error:?}"));
            assert_eq!(status(&error), STATUS_INSUFFICIENT_RESOURCES, "after {call}");
            act().unwrap_or_else(|again| panic!("{call} failed; again: {again:?}"))
        }
    }
}

fn of_host(error: &HostError) -> NTSTATUS {
    match error {
        HostError::Load { status, .. } | HostError::Start { status } => *status,
        other => panic!("{other}"),
    }
}

fn of_client(error: &Failed) -> NTSTATUS {
    error.status
}

/// Load, start, play and record event driven and timer driven, rebalance, unload.
fn scenario(machine: &Machine) {
    let driver = twice(machine, of_host, || acxhost::run::load(machine));
    let device = twice(machine, of_host, || driver.add_device());
    for direction in [Direction::Render, Direction::Capture] {
        let endpoint = Endpoint::find(machine, direction).unwrap();
        let mut stream =
            twice(machine, of_client, || EventStream::open(machine, &endpoint, STEREO, &RAW, 480));
        twice(machine, of_client, || stream.prepare());
        twice(machine, of_client, || stream.run());
        machine.sleep(Duration::from_millis(25));
        assert_eq!(stream.completed().0, 2, "it streams whatever failed before");
        stream.stop().unwrap();
        let polled = twice(machine, of_client, || TimerStream::open(&endpoint, STEREO, &RAW, 1024));
        let run = || request::set_state(polled.pin(), KSSTATE::KSSTATE_RUN);
        twice(machine, of_client, run);
    }
    // Streams through several circuits, in both orders.
    for direction in [Direction::Render, Direction::Capture] {
        let endpoint = Endpoint::nth(machine, direction, 1).unwrap();
        for mode in [RAW, COMMUNICATIONS] {
            let stream = twice(machine, of_client, || {
                EventStream::open(machine, &endpoint, STEREO, &mode, 480)
            });
            twice(machine, of_client, || stream.prepare());
            twice(machine, of_client, || stream.run());
            let format = || {
                let (set, id) =
                    (&acxvad::telemetry::PROPERTY_SET, acxvad::composite::OUTPUT_FORMAT);
                request::get_known(stream.pin(), "the output format", set, id, &[], 12)
            };
            twice(machine, of_client, format);
        }
    }
    // The engine's own pins.
    let speaker = Endpoint::find(machine, Direction::Render).unwrap();
    let pins = speaker.engine.unwrap();
    for (pin, frames) in [(pins.offload, 48_000), (pins.loopback, 480)] {
        let stream = twice(machine, of_client, || {
            EventStream::on(machine, speaker.open_stream_at(pin, STEREO, &RAW)?, STEREO, frames)
        });
        twice(machine, of_client, || stream.prepare());
        twice(machine, of_client, || stream.run());
        machine.sleep(Duration::from_millis(25));
    }
    // A cable more, and away with it.
    for cables in [2_u32, 1] {
        let (set, id) = (&acxvad::telemetry::PROPERTY_SET, acxvad::more::CABLES);
        let value = cables.to_le_bytes();
        twice(machine, of_client, || {
            request::set(&speaker.filter, "the cables", set, id, &[], &value)
        });
    }
    drop(speaker);
    // A device that cannot start again after a rebalance is gone; only that it goes quietly matters here.
    let _ = device.rebalance();
}

/// Of the thousands of calls that make and list formats, the short form takes one in so many (`ACXVAD_LONG=1` takes each).
const STRIDE: usize = 97;

fn every_failure_unwinds_and_a_second_try_succeeds() {
    let machine = Machine::builder().build();
    machine.record_fallible_calls();
    scenario(&machine);
    assert_eq!(machine.report().count(), 0);
    let calls = machine.fallible_calls();
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let is_taken = |index: usize, call: &str| {
        is_long || !call.starts_with("AcxDataFormat") || index.is_multiple_of(STRIDE)
    };
    let mut failed = BTreeMap::<&str, u32>::new();
    for (index, call) in calls.iter().enumerate().filter(|(index, call)| is_taken(*index, call)) {
        let machine = Machine::builder().build();
        machine.fail_after(Some(index as u64));
        scenario(&machine);
        for violation in machine.report().violations() {
            println!("{call}, call {index}, failed: {violation}");
        }
        assert_eq!(machine.report().count(), 0, "{call}, call {index}");
        assert_eq!(machine.failed_call(), Some(*call));
        *failed.entry(call).or_default() += 1;
    }
    println!("{failed:#?}");
    // The scenario is worth something only if it comes by these.
    for call in [
        "AcxAudioEngineCreate",
        "AcxAudioModuleCreate",
        "AcxCircuitCreate",
        "AcxCompositeTemplateCreate",
        "AcxDeviceAddCircuitDevice",
        "AcxDataFormatCreate",
        "AcxStreamAudioEngineCreate",
        "AcxRtStreamCreate",
        "AcxStreamBridgeCreate",
        "AcxStreamCreate",
        "AcxTargetStreamFormatRequestForProperty",
        "ExAllocatePool2",
        "IoAllocateMdl",
        "WdfDeviceCreate",
        "WdfTimerCreate",
    ] {
        assert!(failed.contains_key(call), "{call} never failed");
    }
}
