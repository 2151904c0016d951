//! Circuits: their pins, links and elements, their removal, and composites.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::request::{get_known, set_state};
use acx_client::{Direction, System};
use acx_host::Rule;
use acx_host::assumptions::{Assumptions, RemovedCircuits};
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::*;

/// A circuit with these pins, added to its device and kept as "circuit".
fn with_pins(device: WDFDEVICE, pins: &[(ACX_PIN_TYPE, ACX_PIN_COMMUNICATION)]) {
    let own = circuit(device, "Speaker0", RENDER, |_| {});
    for (kind, communication) in pins {
        let pin = pin(own, *kind, *communication, |_| {});
        if *communication == HOST {
            list(device, pin, STEREO);
        }
        join(own, vec![pin]);
    }
    keep("circuit", own);
    ok!(AcxDeviceAddCircuit(device, own));
}

/// The types of the pins of the circuit that is kept.
fn types() -> Vec<ACX_PIN_TYPE> {
    let own = kept("circuit");
    let count = acx!(AcxCircuitGetPinsCount(own));
    let pin = |id| acx!(AcxCircuitGetPinById(own, id));
    let pins: Vec<ACXPIN> = (0..count).map(pin).collect();
    pins.into_iter().map(|pin| acx!(AcxPinGetType(pin))).collect()
}

#[test]
fn acx_c1_a_circuit_has_a_sink_and_a_source() {
    let pins = |prepare: fn(WDFDEVICE), expected: &[ACX_PIN_TYPE]| {
        Plan::new(prepare)
            .run(|machine, _| assert_eq!(machine.inside(types), expected))
            .keeps_every_rule();
    };
    pins(|device| with_pins(device, &[(SINK, HOST)]), &[SINK, SOURCE]);
    pins(|device| with_pins(device, &[(SOURCE, HOST)]), &[SOURCE, SINK]);
    pins(|device| with_pins(device, &[]), &[SINK, SOURCE]);
    pins(|device| with_pins(device, &[(SINK, HOST), (SOURCE, BRIDGE)]), &[SINK, SOURCE]);
    // What ACX made is a bridge pin: clients cannot open it.
    Plan::new(|device| with_pins(device, &[(SINK, HOST)]))
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let streaming: Vec<bool> = endpoint.pins.iter().map(|pin| pin.is_streaming).collect();
            assert_eq!(streaming, [true, false]);
            assert!(endpoint.open_stream(STEREO, &RAW).is_ok());
        })
        .keeps_every_rule();
}

#[test]
fn acx_c2_the_link_of_a_circuit_is_of_acxs_own_category() {
    Plan::new(speaker)
        .run(|machine, _| {
            let [own] = &machine.interfaces(&KSCATEGORY_ACXCIRCUIT)[..] else { panic!("one") };
            let link = machine.inside(|| {
                let link = acx!(AcxCircuitGetSymbolicLinkName(kept("circuit")));
                assert_eq!(acx!(AcxCircuitGetSymbolicLinkName(kept("circuit"))), link);
                text_of(link)
            });
            assert_eq!(link.replace(r"\??\", r"\\?\"), *own);
            // The audio interface is its alias.
            let [audio] = &machine.interfaces(&KSCATEGORY_AUDIO)[..] else { panic!("one") };
            let alias = machine.inside(|| {
                let link = name(&link);
                let mut alias = UNICODE_STRING::default();
                let mut link = link.string;
                // SAFETY: a string that is there for the call; the answer is freed once.
                unsafe {
                    let found =
                        IoGetDeviceInterfaceAlias(&raw mut link, &KSCATEGORY_AUDIO, &raw mut alias);
                    assert_eq!(found, STATUS_SUCCESS);
                    let units =
                        std::slice::from_raw_parts(alias.Buffer, usize::from(alias.Length / 2));
                    let text = String::from_utf16_lossy(units);
                    RtlFreeUnicodeString(&raw mut alias);
                    text
                }
            });
            assert_eq!(alias.replace(r"\??\", r"\\?\"), *audio);
        })
        .keeps_every_rule();
}

#[test]
fn acx_c3_a_circuit_that_is_not_removed_goes_with_its_device() {
    Plan::new(speaker)
        .run(|machine, device| {
            drop(Endpoint::find(machine, Direction::Render).expect("there is one"));
            device.query_remove().expect("it goes");
            assert_eq!(machine.interfaces(&KSCATEGORY_ACXCIRCUIT), Vec::<String>::new());
        })
        .keeps_every_rule()
        .notes(&["EvtCleanupCallback of the circuit", "EvtCleanupCallback of the device"]);
}

/// Adds the circuit, which is made once.
fn add_again(device: WDFDEVICE) {
    if kept::<()>("circuit").is_null() {
        speaker(device);
    } else {
        let added = acx!(AcxDeviceAddCircuit(device, kept("circuit")));
        note(format!("added again: {added:#x}"));
    }
}

fn remove(device: WDFDEVICE) {
    ok!(AcxDeviceRemoveCircuit(device, kept("circuit")));
    note("removed");
}

/// Queries the context of the circuit.
fn ask_context(_device: WDFDEVICE) {
    let circuit: ACXCIRCUIT = kept("circuit");
    // SAFETY: the device still exists.
    let context = unsafe { WdfObjectGetTypedContextWorker(circuit.cast(), &raw const CONTEXT.0) };
    assert!(!context.is_null());
}

#[test]
fn acx_c4_what_becomes_of_a_removed_circuit_is_a_switch() {
    let (gone, end) = ("EvtCleanupCallback of the circuit", "EvtCleanupCallback of the device");
    Plan::new(add_again)
        .release(remove)
        .cleanup(ask_context)
        .run(|_, device| device.rebalance().expect("it is rebalanced"))
        .keeps_every_rule()
        .notes(&["removed", "added again: 0x0", "removed", gone, end]);
    // Another one takes its name: it can never be added again, and is deleted.
    Plan::new(speaker)
        .release(remove)
        .run(|_, device| {
            for _ in 0..3 {
                device.rebalance().expect("it is rebalanced");
                assert_eq!(notes().split_off(0), ["removed", gone]);
            }
        })
        .keeps_every_rule()
        .notes(&["removed", gone, end]);
    // A deleted circuit cannot be added again; its context exists until its device is removed.
    let removed_circuits = RemovedCircuits::Deleted;
    let assumptions = Assumptions { removed_circuits, ..Assumptions::default() };
    Plan::new(speaker)
        .assuming(assumptions)
        .release(remove)
        .cleanup(ask_context)
        .run(|machine, device| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            device.query_remove().expect("it goes");
            assert_eq!(*notes(), ["EvtAcxCircuitCreateStream", "removed"]);
            assert!(set_state(&stream, KSSTATE::KSSTATE_ACQUIRE).is_err());
            drop(stream);
            let all = notes().join(", ");
            assert!(all.ends_with(&format!("of the stream, {gone}, {end}")), "{all}");
        })
        .keeps_every_rule();
    Plan::new(add_again)
        .assuming(assumptions)
        .release(|device| {
            let _ = acx!(AcxDeviceRemoveCircuit(device, kept("circuit")));
        })
        .run(|_, device| device.rebalance().expect("it is rebalanced"))
        .keeps_every_rule()
        .notes(&[gone, "added again: 0xc0000056", end]);
}

#[test]
fn acx_c5_a_circuit_is_removed_or_detached() {
    // After it is detached, the driver may delete it.
    Plan::new(speaker)
        .release(|device| {
            let own: ACXCIRCUIT = kept("circuit");
            ok!(AcxDeviceDetachCircuit(device, own));
            // SAFETY: the driver's own circuit.
            unsafe { WdfObjectDelete(own.cast()) };
            note("deleted");
        })
        .start()
        .keeps_every_rule()
        .notes(&[
            "EvtCleanupCallback of the circuit",
            "deleted",
            "EvtCleanupCallback of the device",
        ]);
    // After it is removed, it belongs to ACX.
    Plan::new(speaker)
        .release(|device| {
            remove(device);
            let own: ACXCIRCUIT = kept("circuit");
            // SAFETY: a live handle, which the driver must not delete.
            unsafe { WdfObjectDelete(own.cast()) };
        })
        .start()
        .breaks(&[Rule::BadArgument])
        .saying("that the framework deletes");
    Plan::new(speaker)
        .release(|device| {
            remove(device);
            let again = acx!(AcxDeviceDetachCircuit(device, kept("circuit")));
            assert_eq!(again, STATUS_NOT_FOUND);
        })
        .start()
        .breaks(&[Rule::OutOfPlace])
        .saying("removed or detached, never both");
}

#[test]
fn acx_c6_an_element_may_have_no_type() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let mut config = init!(ACX_ELEMENT_CONFIG, ACX_ELEMENT_CONFIG_INIT);
        let mut element: ACXELEMENT = null_mut();
        ok!(AcxElementCreate(own.cast(), null_mut(), &raw mut config, &raw mut element));
        ok!(AcxCircuitAddElements(own, &raw mut element, 1));
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let link = &machine.interfaces(&KSCATEGORY_AUDIO)[0];
        let endpoint = Endpoint::open(machine, link).expect("it opens");
        assert_eq!(endpoint.nodes, [[0; 16]]);
    })
    .keeps_every_rule();
}

/// A composite of the circuits "Speaker0" and "Amplifier0", in that order.
pub(crate) fn compose() {
    compose_of(&["Speaker0", "Amplifier0"]);
}

/// A composite of circuits, of which the first is its core.
pub(crate) fn compose_of(titles: &[&str]) {
    let places = titles.iter().map(|title| {
        let title = name(title);
        let mut config = init!(ACX_CIRCUIT_TEMPLATE_CONFIG, ACX_CIRCUIT_TEMPLATE_CONFIG_INIT);
        config.CircuitName = &raw const title.string;
        let mut place: ACXCIRCUITTEMPLATE = null_mut();
        let handle = &raw mut place;
        ok!(AcxCircuitTemplateCreate(kept("driver"), null_mut(), &raw mut config, handle));
        place
    });
    let mut places: Vec<ACXCIRCUITTEMPLATE> = places.collect();
    let count = places.len() as u32;
    let mut config = init!(ACX_COMPOSITE_TEMPLATE_CONFIG, ACX_COMPOSITE_TEMPLATE_CONFIG_INIT);
    let mut template: ACXCOMPOSITETEMPLATE = null_mut();
    let handle = &raw mut template;
    ok!(AcxCompositeTemplateCreate(kept("driver"), null_mut(), &raw mut config, handle));
    ok!(AcxCompositeTemplateAssignCircuits(template, places.as_mut_ptr(), count));
    acx!(AcxCompositeTemplateSetCoreCircuit(template, places[0]));
    let manager = acx!(AcxGetManager(null_mut()));
    ok!(AcxManagerAddCompositeTemplate(manager, template));
    keep("template", template);
}

/// Two circuits of a composite; the one behind has a sink that lists `behind`, if any.
pub(crate) fn two_circuits(
    device: WDFDEVICE,
    has_bridges: bool,
    behind: Option<acx_client::endpoint::WaveFormat>,
    by_hand: bool,
) {
    let front = circuit(device, "Speaker0", RENDER, |description| {
        if by_hand {
            acx!(AcxCircuitInitDisableDefaultStreamBridgeHandling(description));
        }
    });
    let host = pin(front, SINK, HOST, |_| {});
    list(device, host, STEREO);
    join(front, vec![host]);
    if has_bridges {
        let bridge = pin(front, SOURCE, BRIDGE, |_| {});
        keep("bridge pin", bridge);
        join(front, vec![bridge]);
    }
    let back = circuit(device, "Amplifier0", RENDER, |_| {});
    if let Some(format) = behind {
        let sink = pin(back, SINK, BRIDGE, |_| {});
        list(device, sink, format);
        keep("behind", sink);
        join(back, vec![sink]);
    }
    ok!(AcxDeviceAddCircuit(device, front));
    ok!(AcxDeviceAddCircuit(device, back));
    keep("circuit", front);
    keep("back", back);
    if behind.is_none() {
        let made = acx!(AcxCircuitGetPinById(back, 0));
        keep("behind", made);
    }
    compose();
}

#[test]
fn acx_c7_composites_are_joined_at_the_pins_that_acx_made() {
    Plan::new(|device| two_circuits(device, false, None, false))
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let path = endpoint.path(machine).expect("it goes on");
            assert_eq!(path, ["Speaker0", "Amplifier0"]);
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            set_state(&stream, KSSTATE::KSSTATE_PAUSE).expect("both are prepared");
            let prepared = notes().iter().filter(|note| note.contains("Prepare")).count();
            assert_eq!(prepared, 2);
        })
        .keeps_every_rule();
}

#[test]
fn a_template_that_is_removed_joins_nothing_any_more() {
    Plan::new(|device| two_circuits(device, false, None, false))
        .run(|machine, _| {
            let is_joined = || {
                machine.sleep(Duration::from_millis(1));
                let endpoints = Endpoint::all(machine, Direction::Render).expect("they answer");
                endpoints.iter().any(|own| own.path(machine).expect("it answers").len() > 1)
            };
            let remove = |template: &'static str| {
                machine.inside(|| {
                    let manager = acx!(AcxGetManager(null_mut()));
                    acx!(AcxManagerRemoveCompositeTemplate(manager, kept(template)))
                })
            };
            // A second one of the same circuits waits for them.
            keep("first", kept::<()>("template"));
            machine.inside(compose);
            assert!(is_joined());
            assert_eq!(remove("first"), STATUS_SUCCESS);
            assert!(is_joined());
            assert_eq!(remove("first"), STATUS_NOT_FOUND);
            assert_eq!(remove("template"), STATUS_SUCCESS);
            assert!(!is_joined());
            // It may be added again, and joins what is there.
            machine.inside(|| {
                let manager = acx!(AcxGetManager(null_mut()));
                ok!(AcxManagerAddCompositeTemplate(manager, kept("first")));
            });
            assert!(is_joined());
        })
        .keeps_every_rule();
}

#[test]
fn acx_c8_a_stream_that_cannot_go_on_is_cancelled_later() {
    // The circuit behind lists another format than that which comes through ACX's own bridge.
    Plan::new(|device| two_circuits(device, true, Some(MONO), false))
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let failed = endpoint.open_stream(STEREO, &RAW).err().expect("no match");
            note("answered");
            assert_eq!(failed.status, STATUS_NO_MATCH);
            machine.sleep(Duration::from_millis(1));
            note("later");
            let gone = "EvtCleanupCallback of the stream";
            assert_eq!(*notes(), ["EvtAcxCircuitCreateStream", "answered", gone, "later"]);
        })
        .keeps_every_rule();
}

/// The number of channels of the last stream created.
fn channels() -> u16 {
    acx!(AcxDataFormatGetChannelsCount(kept("format")))
}

#[test]
fn acx_c9_acxs_own_bridge_goes_on_in_the_default_format_of_mode_raw() {
    let behind = |prepare: fn(WDFDEVICE), expected| {
        Plan::new(prepare)
            .run(|machine, _| {
                let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
                let _stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
                assert_eq!(machine.inside(channels), expected);
            })
            .keeps_every_rule();
    };
    // The bridge pin lists one: the stream behind has it.
    behind(
        |device| {
            two_circuits(device, true, Some(MONO), false);
            list(device, kept("bridge pin"), MONO);
        },
        1,
    );
    // It lists none: the stream behind has the format of the stream in front.
    behind(|device| two_circuits(device, true, Some(STEREO), false), 2);
}

/// Two circuits with a bridge of the driver's, which joins its streams itself.
fn joined_by_hand(device: WDFDEVICE) {
    two_circuits(device, true, Some(STEREO), true);
    let mut config = init!(ACX_STREAM_BRIDGE_CONFIG, ACX_STREAM_BRIDGE_CONFIG_INIT);
    let mut bridge: ACXSTREAMBRIDGE = null_mut();
    let (own, handle) = (kept("circuit"), &raw mut bridge);
    ok!(AcxStreamBridgeCreate(own, null_mut(), &raw mut config, handle));
    ok!(AcxPinAddStreamBridges(kept("bridge pin"), &raw mut bridge, 1));
    keep("bridge", bridge);
}

#[test]
fn acx_c10_a_driver_joins_its_streams_to_bridges_itself() {
    Plan::new(joined_by_hand)
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            // ACX does not touch it.
            assert_eq!(*notes(), ["EvtAcxCircuitCreateStream"]);
            let (bridge, own) = (kept("bridge"), kept("stream"));
            machine.inside(|| ok!(AcxStreamBridgeAddStream(bridge, own)));
            assert_eq!(notes().len(), 2);
            let again = machine.inside(|| acx!(AcxStreamBridgeAddStream(bridge, own)));
            assert_eq!(again, STATUS_INVALID_DEVICE_STATE);
            set_state(&stream, KSSTATE::KSSTATE_ACQUIRE).expect("both are prepared");
            notes().clear();
            machine.inside(|| ok!(AcxStreamBridgeRemoveStream(bridge, own)));
            let end = ["EvtAcxStreamReleaseHardware", "EvtCleanupCallback of the stream"];
            assert_eq!(*notes(), end);
        })
        .keeps_every_rule();
}

unsafe extern "C" fn deletes_the_target(stream: ACXOBJECT, request: WDFREQUEST) {
    let target = acx!(AcxStreamBridgeGetTargetStream(kept("bridge"), stream.cast()));
    assert!(!target.is_null());
    // SAFETY: a live object, and a request that the driver has.
    unsafe {
        WdfObjectDelete(target.cast());
        answer(stream, request);
    }
}

#[test]
fn a_target_stream_that_is_deleted_leaves_the_bridges_stream_open() {
    Plan::new(joined_by_hand)
        .stream_init(|description| {
            let mut asking = property(1);
            asking.EvtAcxObjectProcessRequest = Some(deletes_the_target);
            ok!(AcxStreamInitAssignProperties(description, &raw mut asking, 1));
        })
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            machine.inside(|| ok!(AcxStreamBridgeAddStream(kept("bridge"), kept("stream"))));
            set_state(&stream, KSSTATE::KSSTATE_ACQUIRE).expect("both are prepared");
            notes().clear();
            let asked = get_known(&stream, "asking", &SET, 1, &[], 4).expect("it answers");
            assert_eq!(asked, 42_u32.to_le_bytes());
            assert_eq!(*notes(), ["EvtAcxObjectProcessRequest"]);
            set_state(&stream, KSSTATE::KSSTATE_STOP).expect("both stop");
            let release = "EvtAcxStreamReleaseHardware";
            assert_eq!(notes()[1..], [release, release]);
        })
        .keeps_every_rule();
}

unsafe extern "C" fn connected(_pin: ACXPIN, target: ACXTARGETCIRCUIT, _id: ULONG) {
    keep("in front", target);
}

#[test]
fn acx_c12_a_circuit_behind_has_a_target_of_the_one_in_front() {
    Plan::new(|device| {
        let front = circuit(device, "Speaker0", RENDER, |description| {
            ok!(AcxCircuitInitAssignProperties(description, [property(1)].as_mut_ptr(), 1));
        });
        let pins = vec![pin(front, SINK, HOST, |_| {}), pin(front, SOURCE, BRIDGE, |_| {})];
        list(device, pins[0], STEREO);
        join(front, pins);
        let back = circuit(device, "Amplifier0", RENDER, |_| {});
        let mut callbacks = init!(ACX_PIN_CALLBACKS, ACX_PIN_CALLBACKS_INIT);
        callbacks.EvtAcxPinConnected = Some(connected);
        let sink = pin(back, SINK, BRIDGE, |config| config.PinCallbacks = &raw mut callbacks);
        join(back, vec![sink, pin(back, SOURCE, BRIDGE, |_| {})]);
        ok!(AcxDeviceAddCircuit(device, front));
        ok!(AcxDeviceAddCircuit(device, back));
        compose();
    })
    .run(|machine, _| {
        machine.sleep(Duration::from_millis(1));
        machine.inside(|| {
            let target: ACXTARGETCIRCUIT = kept("in front");
            assert!(!target.is_null(), "EvtAcxPinConnected came");
            let io = acx!(AcxTargetCircuitGetWdfIoTarget(target));
            let mut value = [0; 4];
            let mut asked = parameters(PROPERTY, &SET, 1, ITSELF, &mut value);
            let place = &raw mut asked;
            let status = send(io, |request| {
                ok!(AcxTargetCircuitFormatRequestForProperty(target, request, place));
            });
            assert_eq!((status, value), (STATUS_SUCCESS, [42, 0, 0, 0]));
        });
    })
    .keeps_every_rule();
}

/// A circuit of these categories, or of ACX's own choice for its type.
fn of_categories(device: WDFDEVICE, kind: ACX_CIRCUIT_TYPE, own: &[GUID]) {
    let made = circuit(device, "Speaker0", kind, |description| {
        if !own.is_empty() {
            let count = own.len() as u32;
            ok!(AcxCircuitInitAssignCategories(description, own.as_ptr(), count));
        }
    });
    let pins = vec![pin(made, SINK, HOST, |_| {}), pin(made, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    join(made, pins);
    keep("circuit", made);
    ok!(AcxDeviceAddCircuit(device, made));
}

#[test]
fn a_circuit_is_found_by_its_categories_and_acxs_own() {
    let found = |prepare: fn(WDFDEVICE), expected: [usize; 6]| {
        Plan::new(prepare)
            .run(|machine, _| {
                let count = |category| machine.interfaces(&category).len();
                let all = [
                    KSCATEGORY_AUDIO,
                    KSCATEGORY_REALTIME,
                    KSCATEGORY_TOPOLOGY,
                    KSCATEGORY_RENDER,
                    KSCATEGORY_CAPTURE,
                    KSCATEGORY_ACXCIRCUIT,
                ];
                assert_eq!(all.map(count), expected);
            })
            .keeps_every_rule();
    };
    found(|device| of_categories(device, RENDER, &[]), [1, 1, 1, 1, 0, 1]);
    let capture = |device| {
        of_categories(device, _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture, &[]);
    };
    found(capture, [1, 1, 1, 0, 1, 1]);
    let other = |device| of_categories(device, _ACX_CIRCUIT_TYPE::AcxCircuitTypeOther, &[]);
    found(other, [1, 1, 1, 0, 0, 1]);
    let own = |device| {
        let all = [KSCATEGORY_AUDIO, KSCATEGORY_ACXCIRCUIT, KSCATEGORY_CAPTURE];
        of_categories(device, RENDER, &all);
    };
    found(own, [1, 0, 0, 0, 1, 1]);
}

#[test]
fn a_circuit_that_is_removed_and_not_added_again_is_not_found() {
    fn once(device: WDFDEVICE) {
        if kept::<()>("circuit").is_null() {
            speaker(device);
        }
    }
    Plan::new(once)
        .release(|device| {
            if notes().is_empty() {
                remove(device);
            }
        })
        .run(|machine, device| {
            assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO).len(), 1);
            device.rebalance().expect("it is rebalanced");
            for category in [KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSCATEGORY_ACXCIRCUIT] {
                assert_eq!(machine.interfaces(&category), Vec::<String>::new());
            }
        })
        .keeps_every_rule();
}

unsafe extern "C" fn add_namesake(
    device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    let parents: ACXCIRCUIT = kept("circuit");
    speaker(device);
    keep("child's", kept::<()>("circuit"));
    keep("circuit", parents);
    STATUS_SUCCESS
}

#[test]
fn a_name_is_one_circuits_of_its_device() {
    Plan::new(|device| {
        speaker(device);
        let second = circuit(device, "Speaker0", RENDER, |description| {
            let uri = name("acx:second");
            ok!(AcxCircuitInitAssignComponentUri(description, &raw const uri.string));
        });
        let added = acx!(AcxDeviceAddCircuit(device, second));
        assert_eq!(added, STATUS_OBJECT_NAME_COLLISION);
        // SAFETY: the driver's own circuit, which was not added.
        unsafe { WdfObjectDelete(second.cast()) };
        // Another device may have one of the same name and component.
        let child = crate::factories::child_device(device, add_namesake);
        ok!(AcxDeviceAddCircuitDevice(device, child));
    })
    .run(|machine, _| {
        let endpoints = Endpoint::all(machine, Direction::Render).expect("they answer");
        let mut made: Vec<usize> = endpoints
            .iter()
            .flat_map(|endpoint| {
                let _stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
                opened()
            })
            .map(|stream| stream.circuit)
            .collect();
        made.sort_unstable();
        let mut both = ["circuit", "child's"].map(|title| kept::<()>(title) as usize);
        both.sort_unstable();
        assert_eq!(made, both);
    })
    .keeps_every_rule();
}

#[test]
fn a_circuit_has_an_id_or_a_uri() {
    let made = |describe: fn(PACXCIRCUIT_INIT)| {
        let mut status = STATUS_PENDING;
        let run = Plan::new(|device| keep("device", device)).run(|machine, _| {
            machine.inside(|| {
                let mut description = acx!(AcxCircuitInitAllocate(kept("device")));
                let title = name("Speaker0");
                ok!(AcxCircuitInitAssignName(description, &raw const title.string));
                describe(description);
                let mut own: ACXCIRCUIT = null_mut();
                let place = &raw mut description;
                status = acx!(AcxCircuitCreate(kept("device"), null_mut(), place, &raw mut own));
                if status != STATUS_SUCCESS {
                    acx!(AcxCircuitInitFree(description));
                }
            });
        });
        run.breaks(if status == STATUS_SUCCESS { &[] } else { &[Rule::BadArgument] });
        status
    };
    let uri = |description| {
        let (empty, uri) = (name(""), name("acx:speaker"));
        let assigned = acx!(AcxCircuitInitAssignComponentUri(description, &raw const empty.string));
        assert_eq!(assigned, STATUS_INVALID_PARAMETER);
        ok!(AcxCircuitInitAssignComponentUri(description, &raw const uri.string));
    };
    assert_eq!(made(uri), STATUS_SUCCESS);
    let id = |description| acx!(AcxCircuitInitSetComponentId(description, &KSNODETYPE_SPEAKER));
    assert_eq!(made(id), STATUS_SUCCESS);
    assert_eq!(made(|_| {}), STATUS_INVALID_DEVICE_STATE);
    let no_name = |description| {
        acx!(AcxCircuitInitSetComponentId(description, &KSNODETYPE_SPEAKER));
        let empty = name("");
        let assigned = acx!(AcxCircuitInitAssignName(description, &raw const empty.string));
        assert_eq!(assigned, STATUS_INVALID_PARAMETER, "it keeps the name that it has");
    };
    assert_eq!(made(no_name), STATUS_SUCCESS);
}

#[test]
fn a_circuit_that_was_added_again_is_the_drivers_until_it_is_removed() {
    Plan::new(add_again)
        .release(|device| {
            if !notes().iter().any(|note| note.starts_with("added again")) {
                return remove(device);
            }
            let own: ACXCIRCUIT = kept("circuit");
            ok!(AcxDeviceDetachCircuit(device, own));
            // SAFETY: the driver's own circuit.
            unsafe { WdfObjectDelete(own.cast()) };
            note("deleted");
        })
        .run(|_, device| device.rebalance().expect("it is rebalanced"))
        .keeps_every_rule()
        .notes(&[
            "removed",
            "added again: 0x0",
            "EvtCleanupCallback of the circuit",
            "deleted",
            "EvtCleanupCallback of the device",
        ]);
}

#[test]
fn a_circuit_is_replaced_by_one_of_its_name_alone() {
    fn both(device: WDFDEVICE) {
        if kept::<()>("other").is_null() {
            let other = circuit(device, "Other0", RENDER, |_| {});
            keep("other", other);
        }
        speaker(device);
        ok!(AcxDeviceAddCircuit(device, kept("other")));
    }
    Plan::new(both)
        .release(|device| {
            ok!(AcxDeviceRemoveCircuit(device, kept("circuit")));
            ok!(AcxDeviceRemoveCircuit(device, kept("other")));
        })
        .run(|_, device| {
            for _ in 0..2 {
                device.rebalance().expect("it is rebalanced");
                assert_eq!(notes().split_off(0), ["EvtCleanupCallback of the circuit"]);
            }
        })
        .keeps_every_rule();
}

#[test]
fn a_circuit_that_cannot_come_back_goes_with_the_last_stream_on_it() {
    for removed_circuits in [RemovedCircuits::Kept, RemovedCircuits::Deleted] {
        Plan::new(speaker)
            .assuming(Assumptions { removed_circuits, ..Assumptions::default() })
            .release(remove)
            .run(|machine, device| {
                let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
                let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
                drop(endpoint);
                device.rebalance().expect("it is rebalanced");
                assert!(!notes().iter().any(|note| note.contains("of the circuit")));
                drop(stream);
                let gone = "EvtCleanupCallback of the circuit";
                assert_eq!(notes().last().map(String::as_str), Some(gone));
            })
            .keeps_every_rule();
    }
}

#[test]
fn the_circuits_of_an_endpoint_are_hidden_until_all_are_there() {
    Plan::new(|device| {
        speaker(device);
        compose_of(&["Speaker0", "Amplifier0"]);
    })
    .run(|machine, _| {
        machine.sleep(Duration::from_millis(1));
        assert_eq!(machine.interfaces(&KSCATEGORY_AUDIO), Vec::<String>::new());
        assert_eq!(machine.interfaces(&KSCATEGORY_RENDER), Vec::<String>::new());
        // Circuits find each other.
        assert_eq!(machine.interfaces(&KSCATEGORY_ACXCIRCUIT).len(), 1);
    })
    .keeps_every_rule();
}

#[test]
fn circuits_are_joined_by_the_links_of_their_audio_interfaces() {
    Plan::new(|device| {
        let categories = [KSCATEGORY_RENDER, KSCATEGORY_AUDIO];
        of_categories(device, RENDER, &categories);
        let back = circuit(device, "Amplifier0", RENDER, |description| {
            let count = categories.len() as u32;
            ok!(AcxCircuitInitAssignCategories(description, categories.as_ptr(), count));
        });
        join(back, vec![pin(back, SINK, BRIDGE, |_| {})]);
        ok!(AcxDeviceAddCircuit(device, back));
        compose();
    })
    .run(|machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
        let (link, _) = endpoint.pins[1].joined.clone().expect("it is joined");
        let all = machine.interfaces(&KSCATEGORY_AUDIO);
        assert!(all.iter().any(|own| own.eq_ignore_ascii_case(&link)), "{link}: {all:?}");
    })
    .keeps_every_rule();
}

#[test]
fn a_circuits_pins_are_wired_by_id_or_handle() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let pins: Vec<ACXPIN> = [(SINK, HOST), (SOURCE, BRIDGE), (SOURCE, BRIDGE)]
            .map(|(kind, communication)| pin(own, kind, communication, |_| {}))
            .to_vec();
        list(device, pins[0], STEREO);
        let last = pins[2];
        join(own, pins);
        let mut wires = [init!(ACX_PHYSICAL_CONNECTION, ACX_PHYSICAL_CONNECTION_INIT); 2];
        wires[0].FromPin.Id = 1;
        wires[0].TargetName = string(device.cast(), r"\??\one");
        wires[0].TargetPinId = 7;
        wires[1].FromPin.Object = last;
        wires[1].TargetName = string(device.cast(), r"\??\two");
        wires[1].TargetPinId = 8;
        ok!(AcxCircuitAddPhysicalConnections(own, wires.as_mut_ptr(), 2));
        wires[0].FromPin.Id = 3;
        let added = acx!(AcxCircuitAddPhysicalConnections(own, wires.as_mut_ptr(), 1));
        assert_eq!(added, STATUS_INVALID_PARAMETER);
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let link = &machine.interfaces(&KSCATEGORY_AUDIO)[0];
        let endpoint = Endpoint::open(machine, link).expect("it opens");
        let joined: Vec<_> = endpoint.pins.iter().map(|pin| pin.joined.clone()).collect();
        let to = |end: &str, pin| Some((format!(r"\??\{end}"), pin));
        assert_eq!(joined, [None, to("one", 7), to("two", 8)]);
    })
    .keeps_every_rule();
}
