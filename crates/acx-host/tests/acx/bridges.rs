//! Stream bridges: the streams that they take, and what goes out of them.

use std::ptr::null_mut;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::request::get_known;
use acx_client::{Direction, File, System};
use acx_host::Machine;
use acx_host::assumptions::{Assumptions, Creation};
use acx_host::machine::StateCall;
use acx_sys::*;

use crate::bags::nameless;
use crate::circuits::compose_of;
use crate::driver::*;

const DEFAULT: GUID = AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
const MEDIA: GUID = AUDIO_SIGNALPROCESSINGMODE_MEDIA;
/// Every mode, or the mode of the stream that comes in.
const ANY: GUID = GUID { Data1: 0, Data2: 0, Data3: 0, Data4: [0; 8] };

use _ACX_STREAM_BRIDGE_CONFIG_FLAGS as Flags;

const INVERTS: u32 = Flags::AcxStreamBridgeInvertChangeStateSequence as u32;
const FORWARDS: u32 = Flags::AcxStreamBridgeForwardInStreamVarArguments as u32;

/// A circuit whose host pin lists a format in three modes, and whose bridge pin is not its first
/// one. It is kept as "circuit", and its bridge pin as "bridge pin".
fn front(device: WDFDEVICE, kind: ACX_CIRCUIT_TYPE, by_hand: bool) {
    let own = circuit(device, "Speaker0", kind, |description| {
        if by_hand {
            acx!(AcxCircuitInitDisableDefaultStreamBridgeHandling(description));
        }
    });
    let (near, far) = if kind == RENDER { (SINK, SOURCE) } else { (SOURCE, SINK) };
    let host = pin(own, near, HOST, |config| config.MaxStreams = 3);
    list(device, host, STEREO);
    list_in(device, host, &DEFAULT, STEREO);
    list_in(device, host, &MEDIA, STEREO);
    let bridge = pin(own, far, BRIDGE, |_| {});
    join(own, vec![host, pin(own, near, BRIDGE, |_| {}), bridge]);
    keep("device", device);
    keep("circuit", own);
    keep("bridge pin", bridge);
    ok!(AcxDeviceAddCircuit(device, own));
}

/// The circuit behind, which takes every format. It is kept as "back".
fn back(device: WDFDEVICE, kind: ACX_CIRCUIT_TYPE) {
    let own = circuit(device, "Amplifier0", kind, |_| {});
    let near = pin(own, if kind == RENDER { SINK } else { SOURCE }, BRIDGE, |_| {});
    join(own, vec![near]);
    keep("behind", near);
    keep("back", own);
    ok!(AcxDeviceAddCircuit(device, own));
}

fn two(device: WDFDEVICE) {
    front(device, RENDER, false);
    back(device, RENDER);
    compose_of(&["Speaker0", "Amplifier0"]);
}

fn two_capture(device: WDFDEVICE) {
    let capture = _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture;
    front(device, capture, false);
    back(device, capture);
    compose_of(&["Speaker0", "Amplifier0"]);
}

fn two_by_hand(device: WDFDEVICE) {
    front(device, RENDER, true);
    back(device, RENDER);
    compose_of(&["Speaker0", "Amplifier0"]);
}

/// With a circuit between the two, kept as "middle", and its pin to the one behind as "middle pin".
fn three(device: WDFDEVICE) {
    front(device, RENDER, false);
    let middle = circuit(device, "Mixer0", RENDER, |_| {});
    let pins = vec![pin(middle, SINK, BRIDGE, |_| {}), pin(middle, SOURCE, BRIDGE, |_| {})];
    keep("middle", middle);
    keep("middle pin", pins[1]);
    keep("behind", pins[0]);
    join(middle, pins);
    ok!(AcxDeviceAddCircuit(device, middle));
    back(device, RENDER);
    compose_of(&["Speaker0", "Mixer0", "Amplifier0"]);
}

/// A bridge of a circuit, as `describe` describes it.
fn made(
    own: ACXCIRCUIT,
    describe: impl FnOnce(&mut ACX_STREAM_BRIDGE_CONFIG),
) -> Result<ACXSTREAMBRIDGE, NTSTATUS> {
    let mut config = init!(ACX_STREAM_BRIDGE_CONFIG, ACX_STREAM_BRIDGE_CONFIG_INIT);
    describe(&mut config);
    let mut bridge: ACXSTREAMBRIDGE = null_mut();
    let status = acx!(AcxStreamBridgeCreate(own, null_mut(), &raw mut config, &raw mut bridge));
    if status == STATUS_SUCCESS { Ok(bridge) } else { Err(status) }
}

/// A bridge of the circuit in front for streams of these modes.
fn taking(modes: &[GUID], describe: impl FnOnce(&mut ACX_STREAM_BRIDGE_CONFIG)) -> ACXSTREAMBRIDGE {
    let mut places: Vec<PCGUID> = modes.iter().map(std::ptr::from_ref).collect();
    let bridge = made(kept("circuit"), |config| {
        if !places.is_empty() {
            config.InModes = places.as_mut_ptr();
            config.InModesCount = places.len() as u32;
        }
        describe(config);
    });
    bridge.expect("it is made")
}

/// The bridge pin in front gets these bridges.
fn add(mut bridges: Vec<ACXSTREAMBRIDGE>) {
    let count = bridges.len() as u32;
    ok!(AcxPinAddStreamBridges(kept("bridge pin"), bridges.as_mut_ptr(), count));
}

fn endpoint(machine: &Machine) -> Endpoint {
    let ends = [Direction::Render, Direction::Capture];
    let mut found = ends.into_iter().filter_map(|end| Endpoint::find(machine, end).ok());
    found.next().expect("there is one")
}

/// The circuits that have made a stream since the last call, in order.
fn circuits() -> Vec<usize> {
    opened().into_iter().map(|stream| stream.circuit).collect()
}

#[test]
fn a_bridge_has_a_type_and_as_many_modes_as_it_says() {
    Plan::new(two)
        .run(|machine, _| {
            machine.inside(|| {
                let bridge = |describe: &dyn Fn(&mut ACX_STREAM_BRIDGE_CONFIG)| {
                    made(kept("circuit"), describe).err()
                };
                let mut places: [PCGUID; 2] = [&RAW, std::ptr::null()];
                let modes = places.as_mut_ptr();
                assert_eq!(bridge(&|_| {}), None);
                let some = |count| {
                    move |config: &mut ACX_STREAM_BRIDGE_CONFIG| {
                        (config.InModes, config.InModesCount) = (modes, count);
                    }
                };
                assert_eq!(bridge(&some(1)), None);
                let wrong = Some(STATUS_INVALID_PARAMETER);
                assert_eq!(bridge(&some(0)), wrong);
                assert_eq!(bridge(&some(2)), wrong, "the second one is null");
                assert_eq!(bridge(&|config| config.InModesCount = 1), wrong);
                let none = _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeInvalidType;
                let beyond = _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeMaximumType;
                for kind in [none, beyond] {
                    assert_eq!(bridge(&|config| config.Type = kind), wrong);
                }
            });
        })
        .keeps_every_rule();
}

#[test]
fn a_stream_goes_on_through_the_bridge_that_takes_its_mode() {
    let goes_on = |bridges: fn(), expected: [bool; 3]| {
        Plan::new(two)
            .run(|machine, _| {
                machine.inside(bridges);
                let endpoint = endpoint(machine);
                let goes = [RAW, DEFAULT, MEDIA].map(|mode| {
                    let _stream = endpoint.open_stream(STEREO, &mode).expect("it opens");
                    circuits().len() == 2
                });
                assert_eq!(goes, expected);
            })
            .keeps_every_rule();
    };
    // ACX's own takes every stream. One of the driver's takes its place, even for others.
    goes_on(|| {}, [true, true, true]);
    goes_on(|| add(vec![taking(&[RAW], |_| {})]), [true, false, false]);
    goes_on(|| add(vec![taking(&[MEDIA, RAW], |_| {})]), [true, false, true]);
    goes_on(|| add(vec![taking(&[RAW], |_| {}), taking(&[MEDIA], |_| {})]), [true, false, true]);
    goes_on(|| add(vec![taking(&[ANY], |_| {})]), [true, true, true]);
    // Without modes, the driver adds streams to it.
    goes_on(|| add(vec![taking(&[], |_| {})]), [false, false, false]);
    goes_on(
        || {
            let mut all = vec![taking(&[RAW], |_| {}), taking(&[MEDIA], |_| {})];
            add(all.clone());
            ok!(AcxPinRemoveStreamBridges(kept("bridge pin"), all.as_mut_ptr(), 1));
        },
        [false, false, true],
    );
}

#[test]
fn the_stream_that_goes_out_has_the_mode_and_format_of_its_bridge() {
    /// The bridge pin lists a format in a mode.
    fn lists(mode: &GUID, format: acx_client::endpoint::WaveFormat) {
        list_in(kept("device"), kept("bridge pin"), mode, format);
    }
    fn into(mode: *const GUID) {
        add(vec![taking(&[ANY], |config| config.OutMode = mode)]);
    }
    let goes_out = |bridges: fn(), expected: (Option<GUID>, u16)| {
        Plan::new(two)
            .run(|machine, _| {
                machine.inside(bridges);
                let _stream = endpoint(machine).open_stream(STEREO, &MEDIA).expect("it opens");
                let [before, behind] = opened()[..] else { panic!("two streams") };
                assert_eq!((before.mode, before.channels), (Some(MEDIA.Data1), 2));
                let (mode, channels) = expected;
                assert_eq!((behind.mode, behind.channels), (mode.map(|own| own.Data1), channels));
            })
            .keeps_every_rule();
    };
    // ACX's own bridge.
    goes_out(|| {}, (Some(RAW), 2));
    // The mode is given; the pin may list a format in it.
    goes_out(|| into(&DEFAULT), (Some(DEFAULT), 2));
    goes_out(
        || {
            lists(&MEDIA, STEREO);
            lists(&DEFAULT, MONO);
            into(&DEFAULT);
        },
        (Some(DEFAULT), 1),
    );
    goes_out(|| into(&ANY), (Some(MEDIA), 2));
    goes_out(
        || {
            lists(&MEDIA, MONO);
            into(&ANY);
        },
        (Some(MEDIA), 1),
    );
    // None is given: what the pin lists decides.
    goes_out(|| into(std::ptr::null()), (None, 2));
    goes_out(
        || {
            lists(&MEDIA, MONO);
            into(std::ptr::null());
        },
        (None, 2),
    );
    goes_out(
        || {
            lists(&RAW, MONO);
            into(std::ptr::null());
        },
        (Some(RAW), 1),
    );
    goes_out(
        || {
            lists(&RAW, STEREO);
            lists(&DEFAULT, MONO);
            into(std::ptr::null());
        },
        (Some(DEFAULT), 1),
    );
}

/// An endpoint's stream, with packets.
fn open(machine: &Machine, endpoint: &Endpoint) -> EventStream {
    EventStream::open(machine, endpoint, STEREO, &RAW, 480).expect("it opens")
}

/// The callbacks of streams since the last call: the front's as `-`, the back's as `+`.
fn calls(machine: &Machine) -> Vec<String> {
    let short = |call: StateCall| {
        let side = if call.circuit == "Speaker0" { "-" } else { "+" };
        let name = call.callback.trim_start_matches("EvtAcxStream").trim_end_matches("Hardware");
        format!("{side}{name}")
    };
    machine.take_state_calls().into_iter().map(short).collect()
}

#[test]
fn all_streams_of_a_bridge_have_one_behind_them() {
    Plan::new(two)
        .run(|machine, _| {
            machine.record_state_calls();
            let endpoint = endpoint(machine);
            let (one, other) = (open(machine, &endpoint), open(machine, &endpoint));
            let [front, back] = [kept::<()>("circuit"), kept("back")].map(|own| own as usize);
            assert_eq!(circuits(), [front, back, front]);
            // It is as far up as the furthest of those before it.
            one.prepare().expect("it is prepared");
            assert_eq!(calls(machine), ["-Prepare", "+Prepare"]);
            one.run().expect("it runs");
            assert_eq!(calls(machine), ["-Run", "+Run"]);
            other.prepare().expect("it is prepared");
            other.run().expect("it runs");
            assert_eq!(calls(machine), ["-Prepare", "-Run"]);
            one.pause().expect("it pauses");
            assert_eq!(calls(machine), ["-Pause"]);
            other.pause().expect("it pauses");
            assert_eq!(calls(machine), ["+Pause", "-Pause"]);
            other.run().expect("it runs");
            assert_eq!(calls(machine), ["-Run", "+Run"]);
            drop(other);
            assert_eq!(calls(machine), ["+Pause", "-Pause", "-Release"]);
            drop(one);
            assert_eq!(calls(machine), ["+Release", "-Release"]);
            notes().retain(|note| note.contains("stream"));
            assert_eq!(notes().len(), 3);
        })
        .keeps_every_rule();
}

#[test]
fn streams_are_made_and_change_their_states_in_the_order_of_their_bridge() {
    let order = |prepare, inverts: bool, creation, makes: &str, changes: [&str; 4]| {
        Plan::new(prepare)
            .assuming(Assumptions { creation, ..Assumptions::default() })
            .run(|machine, _| {
                machine.record_state_calls();
                if inverts {
                    machine.inside(|| {
                        add(vec![taking(&[ANY], |config| config.Flags = INVERTS)]);
                    });
                }
                let stream = open(machine, &endpoint(machine));
                let back = kept::<()>("back") as usize;
                let side = |circuit: usize| if circuit == back { '+' } else { '-' };
                assert_eq!(circuits().into_iter().map(side).collect::<String>(), makes);
                stream.run().expect("both run");
                drop(stream);
                let said = calls(machine).concat();
                let names = ["Prepare", "Run", "Pause", "Release"];
                let mut expected = String::new();
                for (order, name) in changes.iter().zip(names) {
                    expected.extend(order.chars().map(|side| format!("{side}{name}")));
                }
                assert_eq!(said, expected);
            })
            .keeps_every_rule();
    };
    let (states, first) = (Creation::AsStates, Creation::StreamingCircuitFirst);
    // Render goes up from the client's side on, and down towards it; capture the other way.
    order(two, false, states, "-+", ["-+", "-+", "+-", "+-"]);
    order(two, true, states, "+-", ["+-", "+-", "-+", "-+"]);
    order(two, true, first, "-+", ["+-", "+-", "-+", "-+"]);
    order(two_capture, false, states, "-+", ["+-", "+-", "-+", "-+"]);
    order(two_capture, true, states, "+-", ["-+", "-+", "+-", "+-"]);
}

/// The stream behind does not run.
fn does_not_run(callback: &'static str, stream: ACXSTREAM) -> NTSTATUS {
    let is_behind = acx!(AcxStreamGetCircuit(stream)) == kept("back");
    if is_behind && callback == "EvtAcxStreamRun" { STATUS_NO_MEMORY } else { STATUS_SUCCESS }
}

fn state(stream: &File) -> i32 {
    let (set, id) = (&KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE);
    let value = get_known(stream, "the state", set, id, &[], 4).expect("it answers");
    acx_client::bytes::number(&value, 0).cast_signed()
}

#[test]
fn all_streams_go_back_when_one_of_them_fails() {
    Plan::new(three)
        .stream_called(does_not_run)
        .run(|machine, _| {
            machine.record_state_calls();
            let stream = open(machine, &endpoint(machine));
            stream.prepare().expect("all are prepared");
            machine.take_state_calls();
            let failed = stream.run().expect_err("the last one does not run");
            assert_eq!(failed.status, STATUS_NO_MEMORY);
            let said = machine.take_state_calls().into_iter();
            let said: Vec<_> = said.map(|call| (call.circuit, call.callback)).collect();
            let (run, pause) = ("EvtAcxStreamRun", "EvtAcxStreamPause");
            let expected = [
                ("Speaker0", run),
                ("Mixer0", run),
                ("Amplifier0", run),
                ("Mixer0", pause),
                ("Speaker0", pause),
            ];
            assert_eq!(said, expected.map(|(circuit, call)| (circuit.to_owned(), call)));
            assert_eq!(state(stream.pin()), KSSTATE::KSSTATE_PAUSE);
        })
        .keeps_every_rule();
}

#[test]
fn a_stream_behind_is_closed_if_that_before_it_is_not_made() {
    let (create, gone) = ("EvtAcxCircuitCreateStream", "EvtCleanupCallback of the stream");
    let refused = |bridges: fn(), notes: &[&str]| {
        Plan::new(two)
            .stream_answer(STATUS_NO_MEMORY)
            .run(|machine, _| {
                machine.inside(bridges);
                let endpoint = endpoint(machine);
                let failed = endpoint.open_stream(STEREO, &RAW).err().expect("it is refused");
                assert_eq!(failed.status, STATUS_NO_MEMORY);
                note("answered");
                machine.sleep(std::time::Duration::from_millis(1));
                assert_eq!(*crate::driver::notes(), notes);
            })
            .keeps_every_rule();
    };
    refused(|| {}, &[create, "answered", gone]);
    refused(
        || add(vec![taking(&[ANY], |config| config.Flags = INVERTS)]),
        &[create, create, gone, "answered", gone],
    );
}

#[test]
fn what_is_behind_follows_those_that_stay_in_its_bridge() {
    Plan::new(two_by_hand)
        .run(|machine, _| {
            machine.record_state_calls();
            machine.inside(|| {
                let bridge = taking(&[], |_| {});
                add(vec![bridge]);
                keep("bridge", bridge);
            });
            let endpoint = endpoint(machine);
            let [one, other] = ["one", "other"].map(|title| {
                let stream = open(machine, &endpoint);
                keep(title, kept::<()>("stream"));
                machine.inside(|| ok!(AcxStreamBridgeAddStream(kept("bridge"), kept(title))));
                stream
            });
            one.prepare().expect("it is prepared");
            one.run().expect("it runs");
            other.prepare().expect("it is prepared");
            machine.take_state_calls();
            notes().clear();
            let remove = |title: &'static str| {
                machine.inside(|| acx!(AcxStreamBridgeRemoveStream(kept("bridge"), kept(title))))
            };
            assert_eq!(remove("one"), STATUS_SUCCESS);
            assert_eq!(calls(machine), ["+Pause"]);
            assert_eq!(remove("one"), STATUS_NOT_FOUND);
            assert_eq!(state(one.pin()), KSSTATE::KSSTATE_RUN);
            one.pause().expect("it pauses alone");
            assert_eq!(calls(machine), ["-Pause"]);
            one.run().expect("it runs alone");
            assert_eq!(calls(machine), ["-Run"]);
            assert_eq!(remove("other"), STATUS_SUCCESS);
            assert_eq!(calls(machine), ["+Release"]);
            assert!(notes().ends_with(&["EvtCleanupCallback of the stream".to_owned()]));
        })
        .keeps_every_rule();
}

#[test]
fn acxs_own_bridge_takes_no_stream_of_a_driver_that_joins_them_itself() {
    for bridges in [|| {}, || add(vec![taking(&[ANY], |_| {})])] {
        Plan::new(two_by_hand)
            .run(|machine, _| {
                machine.inside(bridges);
                let _stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
                assert_eq!(circuits().len(), 1);
            })
            .keeps_every_rule();
    }
}

unsafe extern "C" fn target_gone(_target: WDFOBJECT) {
    note("EvtCleanupCallback of the target");
}

/// Asks for the target of the stream behind, in the handler of a property.
unsafe extern "C" fn ask_target(stream: ACXOBJECT, request: WDFREQUEST) {
    let target = || acx!(AcxStreamBridgeGetTargetStream(kept("bridge"), stream.cast()));
    assert!(!target().is_null());
    assert_eq!(target(), target(), "it is made once");
    // SAFETY: the driver has the request.
    unsafe { answer(stream, request) };
}

#[test]
fn the_target_of_a_bridge_goes_with_the_last_stream() {
    Plan::new(two_by_hand)
        .stream_init(|description| {
            let mut asking = property(1);
            asking.EvtAcxObjectProcessRequest = Some(ask_target);
            ok!(AcxStreamInitAssignProperties(description, &raw mut asking, 1));
        })
        .run(|machine, _| {
            machine.inside(|| {
                let bridge = taking(&[], |config| {
                    config.TargetStreamAttributes = cleaned(target_gone);
                });
                add(vec![bridge]);
                keep("bridge", bridge);
            });
            let stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
            machine.inside(|| ok!(AcxStreamBridgeAddStream(kept("bridge"), kept("stream"))));
            get_known(&stream, "asking", &SET, 1, &[], 4).expect("it answers");
            notes().clear();
            machine.inside(|| ok!(AcxStreamBridgeRemoveStream(kept("bridge"), kept("stream"))));
            let gone = ["target", "stream"].map(|what| format!("EvtCleanupCallback of the {what}"));
            assert_eq!(*notes(), gone);
        })
        .keeps_every_rule();
}

#[test]
fn a_stream_joins_no_bridge_whose_circuit_ends() {
    Plan::new(|device| front(device, RENDER, true))
        .run(|machine, _| {
            let _stream = open(machine, &endpoint(machine));
            machine.inside(|| {
                let bridge = taking(&[], |_| {});
                add(vec![bridge]);
                let added = acx!(AcxStreamBridgeAddStream(bridge, kept("stream")));
                assert_eq!(added, STATUS_NOT_FOUND);
            });
        })
        .keeps_every_rule();
}

#[test]
fn arguments_are_the_bridges_own_or_those_of_the_stream_before() {
    /// The bridges in front and in the middle, with arguments or without.
    fn bridges(has_first: bool, has_second: bool, flags: u32) {
        keep("first", if has_first { nameless() } else { null_mut() });
        keep("second", if has_second { nameless() } else { null_mut() });
        add(vec![taking(&[ANY], |config| config.OutStreamVarArguments = kept("first"))]);
        let mut places: [PCGUID; 1] = [&ANY];
        let bridge = made(kept("middle"), |config| {
            (config.InModes, config.InModesCount) = (places.as_mut_ptr(), 1);
            config.Flags = flags;
            config.OutStreamVarArguments = kept("second");
        });
        let mut bridge = bridge.expect("it is made");
        ok!(AcxPinAddStreamBridges(kept("middle pin"), &raw mut bridge, 1));
    }
    let arguments = |bridges: fn(), expected: [&'static str; 3]| {
        Plan::new(three)
            .run(|machine, _| {
                machine.inside(bridges);
                let _stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
                let found: Vec<usize> = opened().iter().map(|own| own.arguments).collect();
                assert_eq!(found, expected.map(|title| kept::<()>(title) as usize));
            })
            .keeps_every_rule();
    };
    arguments(|| bridges(true, true, 0), ["none", "first", "second"]);
    arguments(|| bridges(true, true, FORWARDS), ["none", "first", "first"]);
    arguments(|| bridges(false, true, FORWARDS), ["none", "none", "second"]);
    arguments(|| bridges(true, false, 0), ["none", "first", "none"]);
}
