//! Every call of the driver that can fail, failing in turn: nothing is left behind, no rule is broken, the status is the documented one,
//! and the same thing succeeds right after.

mod form;

use std::collections::BTreeMap;
use std::time::Duration;

use acx_host::Machine;
use acx_host::client::Direction;
use acx_host::client::endpoint::{Endpoint, WaveFormat};
use acx_host::client::event::EventStream;
use acx_host::client::timer::TimerStream;
use acx_host::client::{Failed, request};
use acx_host::machine::HostError;
use acx_sys::{
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
    // A device that cannot start again after a rebalance is gone; only that it goes quietly matters here.
    let _ = device.rebalance();
}

/// How far to the next call that is made to fail. The formats are thousands of calls of two kinds: in the short form a sample of them
/// does (`ACXVAD_LONG=1` takes each).
fn stride(failed: &str) -> u64 {
    let long = std::env::var_os("ACXVAD_LONG").is_some();
    if failed.starts_with("AcxDataFormat") && !long { 97 } else { 1 }
}

fn every_failure_unwinds_and_a_second_try_succeeds() {
    let mut failed = BTreeMap::<&str, u32>::new();
    let mut calls = 0;
    loop {
        let machine = Machine::builder().build();
        machine.fail_after(Some(calls));
        scenario(&machine);
        for violation in machine.report().violations() {
            println!("after {calls} calls, {:?} failed: {violation}", machine.failed_call());
        }
        assert_eq!(machine.report().count(), 0, "after {calls} calls");
        let Some(call) = machine.failed_call() else { break };
        *failed.entry(call).or_default() += 1;
        calls += stride(call);
    }
    println!("{failed:#?}");
    // The scenario is worth something only if it comes by these.
    for call in [
        "AcxCircuitCreate",
        "AcxDataFormatCreate",
        "AcxRtStreamCreate",
        "ExAllocatePool2",
        "IoAllocateMdl",
        "WdfDeviceCreate",
        "WdfTimerCreate",
    ] {
        assert!(failed.contains_key(call), "{call} never failed");
    }
}
