//! Calls on several threads: what runs at the same time, and what waits.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use acx_client::event::EventStream;
use acx_client::request::{get_known, presentation, set_state};
use acx_host::Machine;
use acx_sys::*;

use crate::circuits::two_circuits;
use crate::driver::*;
use crate::streams::endpoint;

/// Each stream that prepares its hardware takes its time.
fn prepares_slowly(callback: &'static str, _stream: ACXSTREAM) -> NTSTATUS {
    if callback == "EvtAcxStreamPrepareHardware" {
        note("begins");
        std::thread::sleep(Duration::from_millis(200));
        note("ends");
    }
    STATUS_SUCCESS
}

/// The hardware of two streams of an endpoint is prepared at the same time.
fn prepare_both(machine: &Machine) -> Vec<String> {
    let endpoint = endpoint(machine);
    let streams = [(); 2].map(|()| endpoint.open_stream(STEREO, &RAW).expect("it opens"));
    notes().clear();
    std::thread::scope(|scope| {
        for stream in &streams {
            scope.spawn(move || set_state(stream, KSSTATE::KSSTATE_ACQUIRE).expect("it prepares"));
        }
    });
    notes().retain(|note| ["begins", "ends"].contains(&note.as_str()));
    notes().drain(..).collect()
}

#[test]
fn streams_that_go_on_through_one_bridge_wait_for_each_other() {
    Plan::new(|device| {
        two_circuits(device, true, Some(STEREO), false);
    })
    .several()
    .threaded()
    .stream_called(prepares_slowly)
    .run(|machine, _| {
        let (one, other) = (["begins", "ends"], ["begins", "ends"]);
        // Both of the circuit in front, and the one behind.
        assert_eq!(prepare_both(machine), [one, other, ["begins", "ends"]].concat());
    })
    .keeps_every_rule();
}

#[test]
fn streams_that_end_in_one_circuit_wait_for_no_other() {
    /// Waits for the other one.
    fn prepares_together(callback: &'static str, _stream: ACXSTREAM) -> NTSTATUS {
        if callback == "EvtAcxStreamPrepareHardware" {
            note("begins");
            let end = std::time::Instant::now() + Duration::from_secs(10);
            let begun = || notes().iter().filter(|note| *note == "begins").count();
            while begun() < 2 && std::time::Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
            }
            note("ends");
        }
        STATUS_SUCCESS
    }
    Plan::new(speaker)
        .several()
        .threaded()
        .stream_called(prepares_together)
        .run(|machine, _| {
            assert_eq!(prepare_both(machine), ["begins", "begins", "ends", "ends"]);
        })
        .keeps_every_rule();
}

unsafe extern "C" fn answer_slowly(owner: ACXOBJECT, request: WDFREQUEST) {
    note("asked");
    std::thread::sleep(Duration::from_millis(200));
    note("answered");
    // SAFETY: the driver has the request.
    unsafe { answer(owner, request) };
}

#[test]
fn a_device_stays_while_a_client_is_in_a_call_to_it() {
    Plan::new(|device| {
        speaker_with(device, |description| {
            let mut own = property(1);
            own.EvtAcxObjectProcessRequest = Some(answer_slowly);
            ok!(AcxCircuitInitAssignProperties(description, &raw mut own, 1));
        });
    })
    .threaded()
    .run(|machine, device| {
        let endpoint = endpoint(machine);
        std::thread::scope(|scope| {
            scope.spawn(|| get_known(&endpoint.filter, "", &SET, 1, &[], 4));
            while !notes().iter().any(|note| note == "asked") {
                std::thread::yield_now();
            }
            device.surprise_remove();
        });
        let said = notes().clone();
        let at = |what: &str| said.iter().position(|note| note == what);
        let gone = at("EvtCleanupCallback of the device");
        // The client still has its handle.
        assert!(gone.is_some() && gone > at("answered"), "{said:?}");
        drop(endpoint);
    })
    .keeps_every_rule();
}

unsafe extern "C" fn work_slowly(_item: WDFWORKITEM) {
    std::thread::sleep(Duration::from_millis(200));
}

#[test]
fn a_pin_is_free_as_soon_as_its_stream_could_not_go_on() {
    // The circuit behind lists another format.
    Plan::new(|device| two_circuits(device, true, Some(MONO), false))
        .threaded()
        .stream_made(|stream, _| {
            // What takes the stream down has to wait.
            let circuit = acx!(AcxStreamGetCircuit(stream));
            let mut attributes = child_of(circuit.cast());
            let mut config = WDF_WORKITEM_CONFIG::default();
            WDF_WORKITEM_CONFIG_INIT(&mut config, Some(work_slowly));
            // The machine has two threads for such work.
            for _ in 0..2 {
                let mut item: WDFWORKITEM = null_mut();
                let (place, own) = (&raw mut item, &raw mut attributes);
                // SAFETY: a live parent; the work item goes with it.
                unsafe {
                    let made = WdfWorkItemCreate(&raw mut config, own, place);
                    assert_eq!(made, STATUS_SUCCESS);
                    WdfWorkItemEnqueue(item);
                }
            }
        })
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            for _ in 0..2 {
                let failed = endpoint.open_stream(STEREO, &RAW).err().expect("no match");
                assert_eq!(failed.status, STATUS_NO_MATCH);
            }
        })
        .keeps_every_rule();
}

#[test]
fn a_position_that_is_asked_for_while_the_hardware_goes_is_not_compared_with_the_last() {
    static IS_GOING: AtomicBool = AtomicBool::new(false);
    static IS_ASKED: AtomicBool = AtomicBool::new(false);
    fn releases_slowly(callback: &'static str, _stream: ACXSTREAM) -> NTSTATUS {
        if callback == "EvtAcxStreamReleaseHardware" {
            IS_GOING.store(true, Ordering::SeqCst);
            let end = std::time::Instant::now() + Duration::from_secs(10);
            while !IS_ASKED.load(Ordering::SeqCst) && std::time::Instant::now() < end {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        STATUS_SUCCESS
    }
    Plan::new(speaker)
        .threaded()
        .stream_called(releases_slowly)
        .run(|machine, _| {
            let stream = EventStream::open(machine, &endpoint(machine), STEREO, &RAW, 480)
                .expect("it opens");
            let place = |stream: &EventStream, frames| {
                FRAMES.store(frames, Ordering::SeqCst);
                presentation(stream.pin()).expect("it answers");
            };
            stream.run().expect("it runs");
            place(&stream, 100);
            std::thread::scope(|scope| {
                let pin = stream.pin();
                scope.spawn(|| set_state(pin, KSSTATE::KSSTATE_STOP).expect("it stops"));
                while !IS_GOING.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
                place(&stream, 50);
                IS_ASKED.store(true, Ordering::SeqCst);
            });
        })
        .keeps_every_rule();
}
