//! Streams: failures, stops, preprocessed requests.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get_known, rt, set_state};
use acx_client::{Direction, File, System};
use acx_host::assumptions::{Assumptions, Destroy, FailedStreams, Hardware, Jump, Unplugged};
use acx_host::machine::SystemPower;
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::circuits::two_circuits;
use crate::driver::*;

pub(crate) fn endpoint(machine: &Machine) -> Endpoint {
    Endpoint::find(machine, Direction::Render).expect("there is one")
}

fn open(machine: &Machine) -> EventStream {
    EventStream::open(machine, &endpoint(machine), STEREO, &RAW, 480).expect("it opens")
}

/// Seconds of virtual time that `work` takes.
fn seconds(machine: &Machine, work: impl FnOnce()) -> u64 {
    let before = machine.qpc();
    work();
    (machine.qpc() - before) / machine.qpc_frequency()
}

/// Runs `deed` at PASSIVE_LEVEL after five seconds.
pub(crate) fn after_five_seconds(parent: WDFOBJECT, deed: PFN_WDF_TIMER) {
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT(&mut config, deed);
    let mut attributes = child_of(parent);
    attributes.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
    let mut timer: WDFTIMER = null_mut();
    // SAFETY: a live parent; the timer is deleted with it.
    unsafe {
        let made = WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
        assert_eq!(made, STATUS_SUCCESS);
        WdfTimerStart(timer, -50_000_000);
    }
}

fn stop_circuit() {
    ok!(AcxCircuitStopIoActual(kept("circuit"), 0, null_mut(), 0, std::ptr::null()));
}

fn resume_circuit() {
    acx!(AcxCircuitResumeIoActual(kept("circuit"), null_mut(), 0, std::ptr::null()));
}

unsafe extern "C" fn resume_circuit_soon(_timer: WDFTIMER) {
    note("resumed");
    resume_circuit();
}

unsafe extern "C" fn resume_stream_soon(_timer: WDFTIMER) {
    note("resumed");
    acx!(AcxStreamResumeIoActual(kept("stream"), null_mut(), 0, std::ptr::null()));
}

/// Queries the number of a filter's pins.
pub(crate) fn ask(filter: &File) -> NTSTATUS {
    let pins = get_known(filter, "", &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, &[], 4);
    pins.map_or_else(|why| why.status, |_| STATUS_SUCCESS)
}

#[test]
fn acx_s1_requests_wait_while_their_circuit_is_stopped() {
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            machine.inside(|| {
                stop_circuit();
                stop_circuit();
                resume_circuit();
                after_five_seconds(kept("circuit"), Some(resume_circuit_soon));
            });
            let took = seconds(machine, || {
                note("asked");
                assert_eq!(ask(&endpoint.filter), STATUS_SUCCESS);
                note("answered");
            });
            assert_eq!(took, 5);
            // A new stream is a request of the circuit as well.
            machine.inside(|| {
                stop_circuit();
                after_five_seconds(kept("circuit"), Some(resume_circuit_soon));
            });
            assert_eq!(seconds(machine, || drop(endpoint.open_stream(STEREO, &RAW))), 5);
            notes().truncate(3);
        })
        .keeps_every_rule()
        .notes(&[
            "asked",
            "resumed",
            "answered",
            "EvtCleanupCallback of the circuit",
            "EvtCleanupCallback of the device",
        ]);
}

#[test]
fn acx_s2_requests_wait_while_their_stream_is_stopped() {
    let stop = || {
        ok!(AcxStreamStopIoActual(kept("stream"), 0, null_mut(), 0, std::ptr::null()));
    };
    Plan::new(speaker)
        .run(|machine, _| {
            let stream = open(machine);
            machine.inside(|| {
                stop();
                after_five_seconds(kept("stream"), Some(resume_stream_soon));
            });
            // Packet properties bypass the queue.
            let id = KSPROPERTY_RTAUDIO_PACKETCOUNT;
            let count = || rt(stream.pin(), "the packet count", id, 4).expect("at once");
            assert_eq!(seconds(machine, || assert_eq!(count(), [7, 0, 0, 0])), 0);
            assert_eq!(seconds(machine, || stream.prepare().expect("it prepares")), 5);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s3_what_is_stopped_is_resumed() {
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            machine.inside(stop_circuit);
            assert_eq!(ask(&endpoint.filter), STATUS_CANCELLED);
        })
        .breaks(&[Rule::Unpaired])
        .saying("is not resumed");
    Plan::new(speaker)
        .run(|machine, _| machine.inside(stop_circuit))
        .breaks(&[Rule::Unpaired])
        .saying("an ACXCIRCUIT goes whose requests were not resumed");
    Plan::new(speaker)
        .run(|machine, _| machine.inside(resume_circuit))
        .breaks(&[Rule::Unpaired])
        .saying("AcxCircuitResumeIo of what was not stopped");
}

/// Opens a stream that the driver creates and then refuses.
fn refused(failed_streams: FailedStreams, notes: &[&str]) {
    let assumptions = Assumptions { failed_streams, ..Assumptions::default() };
    Plan::new(speaker)
        .assuming(assumptions)
        .stream_answer(STATUS_NO_MEMORY)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let failed = endpoint.open_stream(STEREO, &RAW).err().expect("it is refused");
            note("answered");
            assert_eq!(failed.status, STATUS_NO_MEMORY);
            machine.sleep(Duration::from_millis(1));
            note("later");
            // The pin is free again.
            assert!(endpoint.open_stream(STEREO, &RAW).is_err());
            machine.sleep(Duration::from_millis(1));
            crate::driver::notes().truncate(notes.len());
        })
        .keeps_every_rule()
        .notes(
            &[notes, &["EvtCleanupCallback of the circuit", "EvtCleanupCallback of the device"]]
                .concat(),
        );
}

#[test]
fn acx_s4_a_stream_whose_create_callback_failed_is_deleted_later() {
    let (create, gone) = ("EvtAcxCircuitCreateStream", "EvtCleanupCallback of the stream");
    refused(FailedStreams::Later, &[create, "answered", gone, "later"]);
    refused(FailedStreams::AtOnce, &[create, gone, "answered", "later"]);
}

#[test]
fn acx_s5_every_notification_event_is_set() {
    Plan::new(speaker)
        .run(|machine, _| {
            let stream = open(machine);
            let second = machine.create_event();
            let register = |id: u32| {
                let set = &KSPROPSETID_RtAudio;
                let input = descriptor(set, id, KSPROPERTY_TYPE_GET, &second.to_le_bytes());
                stream.pin().ioctl(IOCTL_KS_PROPERTY, &input, None).status
            };
            let add = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT;
            let remove = KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT;
            assert_eq!(register(add), STATUS_SUCCESS);
            assert_eq!(register(add), STATUS_UNSUCCESSFUL);
            stream.run().expect("it runs");
            let complete = |packet| {
                machine.inside(|| ok!(AcxRtStreamNotifyPacketComplete(kept("stream"), packet, 1)));
                let is_set = |event| machine.wait_any(&[event], Duration::ZERO).is_some();
                [is_set(stream.event()), is_set(second)]
            };
            assert_eq!(complete(0), [true, true]);
            assert_eq!(register(remove), STATUS_SUCCESS);
            assert_eq!(register(remove), STATUS_NOT_FOUND);
            assert_eq!(complete(1), [true, false]);
        })
        .keeps_every_rule();
}

#[test]
fn what_a_failed_create_has_left_is_gone_before_the_next_request() {
    Plan::new(speaker)
        .stream_answer(STATUS_NO_MEMORY)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            assert!(endpoint.open_stream(STEREO, &RAW).is_err());
            let gone = "EvtCleanupCallback of the stream";
            assert!(!notes().iter().any(|note| note == gone));
            assert_eq!(ask(&endpoint.filter), STATUS_SUCCESS);
            assert!(notes().iter().any(|note| note == gone));
        })
        .keeps_every_rule();
}

/// The callbacks of a stream that is opened, run and closed.
fn life(hardware: Hardware, names: &[&str]) {
    Plan::new(speaker)
        .assuming(Assumptions { hardware, ..Assumptions::default() })
        .run(|machine, _| {
            let stream = open(machine);
            stream.run().expect("it runs");
            drop(stream);
            let order = ["AllocateRt", "Prepare", "Run", "Pause", "Release", "FreeRt"];
            notes().retain(|note| order.iter().any(|part| note.contains(part)));
            let said: Vec<String> = notes().drain(..).collect();
            let short = |note: &String| note.trim_start_matches("EvtAcxStream").to_owned();
            assert_eq!(said.iter().map(short).collect::<Vec<_>>(), names);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s6_packets_and_hardware_come_and_go_in_either_order() {
    let (allocate, free) = ("AllocateRtPackets", "FreeRtPackets");
    let (prepare, release) = ("PrepareHardware", "ReleaseHardware");
    life(Hardware::InsidePackets, &[allocate, prepare, "Run", "Pause", release, free]);
    life(Hardware::AroundPackets, &[prepare, allocate, "Run", "Pause", free, release]);
    // Without a state above STOP.
    Plan::new(speaker)
        .assuming(Assumptions { hardware: Hardware::AroundPackets, ..Assumptions::default() })
        .run(|machine, _| {
            drop(open(machine));
            notes().retain(|note| note.contains("Hardware"));
            assert_eq!(notes().len(), 2);
        })
        .keeps_every_rule();
}

#[test]
fn a_client_writes_from_the_beginning_when_its_stream_was_stopped() {
    Plan::new(speaker)
        .run(|machine, _| {
            let mut stream = open(machine);
            let written = |stream: &EventStream| {
                acx_client::request::audio_position(stream.pin()).expect("it answers").1
            };
            stream.prepare().expect("it is prepared");
            assert_eq!(written(&stream), 0);
            stream.set_packet(0, None).expect("the driver takes it");
            assert_ne!(written(&stream), 0);
            stream.stop().expect("it stops");
            stream.prepare().expect("it is prepared again");
            assert_eq!(written(&stream), 0);
        })
        .keeps_every_rule();
}

unsafe extern "C" fn presence<const PLUGGED: BOOLEAN>(_jack: ACXJACK, place: PBOOLEAN) -> NTSTATUS {
    // SAFETY: ACX's argument.
    unsafe { place.write(PLUGGED) };
    STATUS_SUCCESS
}

/// A speaker with a jack into which something is plugged, or nothing.
fn speaker_with_jack<const PLUGGED: BOOLEAN>(device: WDFDEVICE) {
    let own = circuit(device, "Speaker0", RENDER, |_| {});
    let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    let mut callbacks = init!(ACX_JACK_CALLBACKS, ACX_JACK_CALLBACKS_INIT);
    callbacks.EvtAcxJackRetrievePresenceState = Some(presence::<PLUGGED>);
    let mut config = init!(ACX_JACK_CONFIG, ACX_JACK_CONFIG_INIT);
    config.Flags = _ACX_JACK_CONFIG_FLAGS::AcxJackConfigJackDetection as u32;
    config.Callbacks = &raw mut callbacks;
    let mut jack: ACXJACK = null_mut();
    ok!(AcxJackCreate(pins[1], null_mut(), &raw mut config, &raw mut jack));
    ok!(AcxPinAddJacks(pins[1], &raw mut jack, 1));
    keep("jack", jack);
    join(own, pins);
    ok!(AcxDeviceAddCircuit(device, own));
}

#[test]
fn acx_s7_streams_end_when_their_jack_is_unplugged() {
    let unplug = |jack: fn(WDFDEVICE), unplugged, status: Option<NTSTATUS>| {
        Plan::new(jack)
            .assuming(Assumptions { unplugged, ..Assumptions::default() })
            .run(|machine, _| {
                let stream = open(machine);
                stream.run().expect("it runs");
                notes().clear();
                machine.inside(|| acx!(AcxJackChangeStateNotification(kept("jack"))));
                machine.sleep(Duration::from_millis(1));
                let ended = ["EvtAcxStreamPause", "EvtAcxStreamReleaseHardware"];
                let expected = if status.is_some() { &ended[..] } else { &[] };
                assert_eq!(*notes(), expected);
                assert_eq!(stream.pause().err().map(|why| why.status), status);
            })
            .keeps_every_rule();
    };
    unplug(speaker_with_jack::<0>, Unplugged::StreamsGoOn, None);
    unplug(speaker_with_jack::<0>, Unplugged::StreamsEnd, Some(STATUS_DEVICE_NOT_CONNECTED));
    unplug(speaker_with_jack::<1>, Unplugged::StreamsEnd, None);
}

#[test]
fn acx_s8_the_stream_of_a_client_is_an_rt_stream() {
    Plan::new(speaker)
        .basic()
        .run(|machine, _| {
            let failed = endpoint(machine).open_stream(STEREO, &RAW).err().expect("no stream");
            assert_eq!(failed.status, STATUS_INVALID_DEVICE_STATE);
        })
        .breaks(&[Rule::StreamNotMade])
        .saying("the stream of a client is an RT stream");
}

unsafe extern "C" fn preprocess(owner: ACXOBJECT, context: ACXCONTEXT, request: WDFREQUEST) {
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
    acx!(AcxRequestGetParameters(request, &raw mut parameters));
    assert_eq!(usize::from(parameters.Size), size_of::<ACX_REQUEST_PARAMETERS>());
    note(format!("type {}, major {}", parameters.Type, parameters.MajorFunction));
    if parameters.Type == _ACX_REQUEST_TYPE::AcxRequestTypeCreate {
        // SAFETY: the type says which of the parameters these are.
        let create = unsafe { parameters.Parameters.Create };
        assert!(create.ControlCb as usize > size_of::<KSPIN_CONNECT>());
        // SAFETY: what the client sent, which begins with the interface that it wants.
        let wanted = unsafe { create.Control.cast::<GUID>().read_unaligned() };
        assert_eq!(wanted.Data1, KSINTERFACESETID_Standard.Data1);
    }
    match context as usize {
        0 => ok!(AcxCircuitDispatchAcxRequest(owner.cast(), request)),
        1 => ok!(AcxStreamDispatchAcxRequest(owner.cast(), request)),
        // SAFETY: the driver has the request.
        _ => unsafe { WdfRequestComplete(request, STATUS_SHARING_VIOLATION) },
    }
}

/// A speaker that preprocesses requests of these types, with this context.
fn preprocessing(device: WDFDEVICE, context: usize) {
    let own = circuit(device, "Speaker0", RENDER, |description| {
        ok!(AcxCircuitInitAssignAcxRequestPreprocessCallback(
            description,
            Some(preprocess),
            context as ACXCONTEXT,
            _ACX_REQUEST_TYPE::AcxRequestTypeCreate,
            std::ptr::null(),
            AcxItemIdNone,
        ));
    });
    let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    join(own, pins);
    ok!(AcxDeviceAddCircuit(device, own));
}

#[test]
fn acx_s9_creates_and_resets_of_the_state_are_preprocessed() {
    // Returned to ACX, the create makes its stream; a reset is not for RT streams.
    Plan::new(|device| preprocessing(device, 0))
        .stream_init(|description| {
            ok!(AcxStreamInitAssignAcxRequestPreprocessCallback(
                description,
                Some(preprocess),
                1 as ACXCONTEXT,
                _ACX_REQUEST_TYPE::AcxRequestTypeResetState,
                std::ptr::null(),
                AcxItemIdNone,
            ));
        })
        .run(|machine, _| {
            let stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
            let reset = stream.ioctl(IOCTL_KS_RESET_STATE, &[0; 4], None);
            assert_eq!(reset.status, STATUS_INVALID_DEVICE_REQUEST);
            set_state(&stream, KSSTATE::KSSTATE_ACQUIRE).expect("it goes on");
            let said: Vec<String> = notes().drain(..).collect();
            assert_eq!(said[..2], ["type 2, major 0", "EvtAcxCircuitCreateStream"]);
            assert_eq!(said[2], "type 6, major 14");
        })
        .keeps_every_rule();
    // Completed by the driver, the create makes none.
    Plan::new(|device| preprocessing(device, 2))
        .run(|machine, _| {
            let failed = endpoint(machine).open_stream(STEREO, &RAW).err().expect("refused");
            assert_eq!(failed.status, STATUS_SHARING_VIOLATION);
            assert_eq!(notes().len(), 1);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s10_both_drm_rights_reach_the_driver() {
    Plan::new(speaker)
        .run(|machine, _| {
            let stream = open(machine);
            notes().clear();
            stream.pin().assign_content(false, true).expect("it takes them");
            stream.pin().assign_content(true, false).expect("it takes them");
            notes().retain(|note| note.starts_with("rights"));
            assert_eq!(*notes(), ["rights 0 1", "rights 1 0"]);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s11_requests_wait_for_the_end_of_a_rebalance() {
    fn rebuild(device: WDFDEVICE) {
        if kept::<()>("circuit").is_null() {
            speaker(device);
        } else {
            // The client sends a request during it.
            note("prepares");
            std::thread::sleep(Duration::from_millis(300));
            note("prepared");
            ok!(AcxDeviceAddCircuit(device, kept("circuit")));
        }
    }
    Plan::new(rebuild)
        .release(|device| {
            ok!(AcxDeviceRemoveCircuit(device, kept("circuit")));
        })
        .threaded()
        .run(|machine, device| {
            let endpoint = endpoint(machine);
            std::thread::scope(|scope| {
                scope.spawn(|| device.rebalance().expect("it is rebalanced"));
                while !notes().iter().any(|note| note == "prepares") {
                    std::thread::yield_now();
                }
                assert_eq!(ask(&endpoint.filter), STATUS_SUCCESS);
                note("answered");
            });
            let said: Vec<String> = notes().drain(..).collect();
            assert_eq!(said, ["prepares", "prepared", "answered"]);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s12_wake_ups_are_counted() {
    unsafe extern "C" fn tick(_timer: WDFTIMER) {}
    Plan::new(speaker)
        .stream_made(|stream, _| {
            let mut config = WDF_TIMER_CONFIG::default();
            WDF_TIMER_CONFIG_INIT_PERIODIC(&mut config, Some(tick), 10);
            let mut attributes = child_of(stream.cast());
            let mut timer: WDFTIMER = null_mut();
            // SAFETY: a live parent; the timer is deleted with it.
            unsafe {
                let made = WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
                assert_eq!(made, STATUS_SUCCESS);
                WdfTimerStart(timer, -100_000);
            }
        })
        .run(|machine, _| {
            let wakes = |span| {
                let before = machine.wake_ups();
                machine.sleep(Duration::from_secs(span));
                machine.wake_ups() - before
            };
            assert_eq!(wakes(1), 0);
            let stream = open(machine);
            assert_eq!(wakes(1), 100);
            drop(stream);
            assert_eq!(wakes(1), 0);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s13_packets_are_those_of_the_streaming_circuit() {
    let runs = |plan: Plan| {
        plan.run(|machine, _| {
            let stream = open(machine);
            stream.run().expect("both run");
            drop(stream);
            let count = |name: &str| notes().iter().filter(|note| **note == *name).count();
            assert_eq!(count("EvtAcxCircuitCreateStream"), 2);
            assert_eq!(count("EvtAcxStreamRun"), 2);
            assert_eq!(count("EvtAcxStreamAllocateRtPackets"), 1);
            assert_eq!(count("EvtAcxStreamFreeRtPackets"), 1);
        })
        .keeps_every_rule();
    };
    let plan = || Plan::new(|device| two_circuits(device, true, Some(STEREO), false));
    runs(plan());
    runs(plan().rt_behind());
    // Without packets the streaming circuit's stream does not run.
    plan()
        .rt_behind()
        .run(|machine, _| {
            let stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
            let failed = set_state(&stream, KSSTATE::KSSTATE_RUN).expect_err("no packets");
            assert_eq!(failed.status, STATUS_INVALID_DEVICE_STATE);
        })
        .keeps_every_rule();
}

#[test]
fn acx_s14_a_stream_is_destroyed_with_its_last_reference() {
    let order = |destroy, expected: [&str; 3]| {
        Plan::new(speaker)
            .assuming(Assumptions { destroy, ..Assumptions::default() })
            .destroy_noted()
            .run(|machine, _| {
                let stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
                notes().clear();
                drop(stream);
                note("closed");
                machine.sleep(Duration::from_millis(1));
                assert_eq!(*notes(), expected);
            })
            .keeps_every_rule();
    };
    let cleanup = "EvtCleanupCallback of the stream";
    let destroyed = "EvtDestroyCallback of the stream";
    order(Destroy::AtOnce, [cleanup, destroyed, "closed"]);
    order(Destroy::Later, [cleanup, "closed", destroyed]);
}

/// The callbacks of streams since the last call, without what they have in common.
fn calls(machine: &Machine) -> Vec<String> {
    let short = |call: acx_host::machine::StateCall| {
        call.callback.trim_start_matches("EvtAcxStream").trim_end_matches("Hardware").to_owned()
    };
    machine.take_state_calls().into_iter().map(short).collect()
}

#[test]
fn a_stream_goes_where_it_was_when_power_comes_back() {
    let (acquire, pause, run) =
        (KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE, KSSTATE::KSSTATE_RUN);
    for (state, down, up) in [
        (KSSTATE::KSSTATE_STOP, &[][..], &[][..]),
        (acquire, &[], &[]),
        (pause, &[], &[]),
        (run, &["Pause"], &["Run"]),
    ] {
        Plan::new(speaker)
            .run(|machine, device| {
                let stream = open(machine);
                set_state(stream.pin(), state).expect("it goes there");
                machine.record_state_calls();
                device.power_down();
                assert_eq!(calls(machine), down);
                device.power_up().expect("it comes back");
                assert_eq!(calls(machine), up);
                // Again, from where it is now.
                set_state(stream.pin(), acquire).expect("it goes there");
                machine.take_state_calls();
                device.power_down();
                device.power_up().expect("it comes back");
                assert_eq!(calls(machine), Vec::<String>::new());
            })
            .keeps_every_rule();
    }
}

#[test]
fn a_stream_keeps_its_state_while_the_system_sleeps() {
    Plan::new(speaker)
        .run(|machine, _| {
            let stream = open(machine);
            stream.run().expect("it runs");
            machine.record_state_calls();
            machine.leave_s0(SystemPower::Sleep);
            assert_eq!(calls(machine), ["Pause"]);
            for to in [KSSTATE::KSSTATE_STOP, KSSTATE::KSSTATE_RUN] {
                let failed = set_state(stream.pin(), to).expect_err("its device has no power");
                assert_eq!(failed.status, STATUS_DEVICE_NOT_READY);
            }
            machine.return_to_s0().expect("it comes back");
            assert_eq!(calls(machine), ["Run"]);
        })
        .keeps_every_rule();
}

#[test]
fn a_stream_releases_its_hardware_when_its_device_goes() {
    Plan::new(speaker)
        .run(|machine, device| {
            let stream = open(machine);
            stream.run().expect("it runs");
            machine.record_state_calls();
            device.surprise_remove();
            assert_eq!(calls(machine), ["Pause", "Release"]);
            assert!(stream.run().is_err());
            assert_eq!(calls(machine), Vec::<String>::new());
        })
        .keeps_every_rule();
}

#[test]
fn whether_states_may_be_skipped_is_a_switch() {
    let (stop, acquire, pause) =
        (KSSTATE::KSSTATE_STOP, KSSTATE::KSSTATE_ACQUIRE, KSSTATE::KSSTATE_PAUSE);
    for jump in [Jump::Walk, Jump::Refuse] {
        Plan::new(speaker)
            .assuming(Assumptions { jump, ..Assumptions::default() })
            .run(|machine, _| {
                let stream = open(machine);
                let skip = (jump == Jump::Refuse).then_some(STATUS_INVALID_DEVICE_STATE);
                let wrong = Some(STATUS_INVALID_PARAMETER);
                for (to, expected) in [
                    (pause, skip),
                    (acquire, None),
                    (pause, None),
                    (pause, None),
                    (stop, skip),
                    (acquire, None),
                    (stop, None),
                    (stop - 1, wrong),
                    (KSSTATE::KSSTATE_RUN + 1, wrong),
                ] {
                    let status = set_state(stream.pin(), to).err().map(|why| why.status);
                    assert_eq!(status, expected, "{jump:?}: to {to}");
                }
            })
            .keeps_every_rule();
    }
}

unsafe extern "C" fn unplugged(_jack: ACXJACK, place: PBOOLEAN) -> NTSTATUS {
    // SAFETY: ACX's argument.
    unsafe { place.write(0) };
    STATUS_SUCCESS
}

#[test]
fn a_stream_behind_ends_when_its_jack_is_unplugged() {
    Plan::new(|device| {
        two_circuits(device, true, Some(STEREO), false);
        let mut callbacks = init!(ACX_JACK_CALLBACKS, ACX_JACK_CALLBACKS_INIT);
        callbacks.EvtAcxJackRetrievePresenceState = Some(unplugged);
        let mut config = init!(ACX_JACK_CONFIG, ACX_JACK_CONFIG_INIT);
        config.Flags = _ACX_JACK_CONFIG_FLAGS::AcxJackConfigJackDetection as u32;
        config.Callbacks = &raw mut callbacks;
        let (pin, mut jack): (ACXPIN, ACXJACK) = (kept("behind"), null_mut());
        ok!(AcxJackCreate(pin, null_mut(), &raw mut config, &raw mut jack));
        ok!(AcxPinAddJacks(pin, &raw mut jack, 1));
        keep("jack", jack);
    })
    .assuming(Assumptions { unplugged: Unplugged::StreamsEnd, ..Assumptions::default() })
    .run(|machine, _| {
        let stream = open(machine);
        stream.run().expect("both run");
        machine.record_state_calls();
        machine.inside(|| acx!(AcxJackChangeStateNotification(kept("jack"))));
        machine.sleep(Duration::from_millis(1));
        assert_eq!(calls(machine), ["Pause", "Release"]);
    })
    .keeps_every_rule();
}

pub(crate) unsafe extern "C" fn complete_soon(_timer: WDFTIMER) {
    // SAFETY: the driver has kept the request.
    unsafe { answer(null_mut(), kept("request")) };
}

unsafe extern "C" fn keep_request(owner: ACXOBJECT, request: WDFREQUEST) {
    keep("request", request);
    // SAFETY: the driver has the request.
    let mode = unsafe { WdfRequestGetRequestorMode(request) };
    note(format!("mode {mode}"));
    after_five_seconds(owner, Some(complete_soon));
}

/// A speaker with a property that is answered later.
fn answering_later(device: WDFDEVICE) {
    speaker_with(device, |description| {
        let mut own = property(1);
        own.EvtAcxObjectProcessRequest = Some(keep_request);
        ok!(AcxCircuitInitAssignProperties(description, &raw mut own, 1));
    });
}

#[test]
fn a_client_waits_for_a_driver_that_answers_later() {
    Plan::new(answering_later)
        .stream_init(|description| {
            let mut own = property(1);
            own.EvtAcxObjectProcessRequest = Some(keep_request);
            ok!(AcxStreamInitAssignProperties(description, &raw mut own, 1));
        })
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            notes().clear();
            for file in [&endpoint.filter, &stream] {
                let took = seconds(machine, || {
                    let asked = get_known(file, "", &SET, 1, &[], 4).expect("it answers");
                    assert_eq!(asked, 42_u32.to_le_bytes());
                });
                assert_eq!(took, 5);
                // It is a program's request.
                let said: Vec<String> = notes().drain(..).collect();
                assert_eq!(said, ["mode 1", "EvtAcxObjectProcessRequest"]);
            }
        })
        .keeps_every_rule();
}

#[test]
fn a_request_is_gone_when_it_is_answered() {
    Plan::new(answering_later)
        .run(|machine, _| {
            get_known(&endpoint(machine).filter, "", &SET, 1, &[], 4).expect("it answers");
            machine.inside(|| {
                let request: WDFREQUEST = kept("request");
                // SAFETY: the host checks handles.
                unsafe { WdfObjectReferenceActual(request.cast(), null_mut(), 0, null_mut()) };
            });
        })
        .breaks(&[Rule::FreedObject])
        .saying("of a WDFREQUEST that is gone");
}

#[test]
fn a_pin_has_no_more_streams_than_it_says() {
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let at = |pin| endpoint.open_stream_at(pin, STEREO, &RAW);
            let status = |pin| at(pin).err().map(|why| why.status);
            let stream = at(0).expect("it opens");
            assert_eq!(status(0), Some(STATUS_INSUFFICIENT_RESOURCES));
            drop(stream);
            assert_eq!(status(0), None);
            assert_eq!(status(1), Some(STATUS_INSUFFICIENT_RESOURCES), "a bridge pin");
            assert_eq!(status(2), Some(STATUS_INVALID_PARAMETER));
            // What it does not list.
            let other = endpoint.open_stream_at(0, MONO, &RAW).err().map(|why| why.status);
            assert_eq!(other, Some(STATUS_NO_MATCH));
            let mode = &AUDIO_SIGNALPROCESSINGMODE_MEDIA;
            let other = endpoint.open_stream_at(0, STEREO, mode).err().map(|why| why.status);
            assert_eq!(other, Some(STATUS_NO_MATCH));
        })
        .keeps_every_rule();
}

#[test]
fn a_request_has_a_code_and_an_identifier() {
    Plan::new(speaker)
        .run(|machine, _| {
            let filter = &endpoint(machine).filter;
            let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES);
            let input = descriptor(set, id, KSPROPERTY_TYPE_GET, &[]);
            let ask = |code, input: &[u8]| filter.ioctl(code, input, Some(&mut [0; 4])).status;
            assert_eq!(ask(IOCTL_KS_PROPERTY, &input), STATUS_SUCCESS);
            assert_eq!(ask(IOCTL_KS_PROPERTY, &input[..23]), STATUS_INVALID_PARAMETER);
            let other = IOCTL_KS_RESET_STATE + 0x4000;
            assert_eq!(ask(other, &input), STATUS_INVALID_DEVICE_REQUEST);
            let rights = filter.assign_content(true, true);
            assert_eq!(rights.err(), Some(STATUS_INVALID_DEVICE_REQUEST));
        })
        .keeps_every_rule();
}
