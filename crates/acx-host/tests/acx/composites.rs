//! Composites: the circuits that a template takes, their order, and what becomes of them.

use std::ptr::null_mut;
use std::sync::Mutex;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, name_of};
use acx_client::request::{get_sized, pin as of_pin};
use acx_client::{Direction, System};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;

/// The titles of the circuits of these tests, under which they are kept.
const TITLES: [&str; 4] = ["Speaker0", "Middle0", "Amplifier0", "Other0"];

/// Notes what happened to which circuit.
fn note_of(what: &str, circuit: ACXCIRCUIT) {
    let title = TITLES.into_iter().find(|title| kept(title) == circuit).unwrap_or("none");
    note(format!("{what} {title}"));
}

unsafe extern "C" fn seen(_: WDFDEVICE, circuit: ACXCIRCUIT, _: ACXOBJECTBAG) -> NTSTATUS {
    note_of("seen", circuit);
    // One that the test has marked refuses.
    if kept("refuses") == circuit { STATUS_NO_MEMORY } else { STATUS_SUCCESS }
}

unsafe extern "C" fn joined(_: WDFDEVICE, circuit: ACXCIRCUIT, _: ACXOBJECTBAG) -> NTSTATUS {
    note_of("joined", circuit);
    STATUS_SUCCESS
}

unsafe extern "C" fn parted(_: WDFDEVICE, circuit: ACXCIRCUIT, _: ACXOBJECTBAG) {
    note_of("parted", circuit);
}

type Pins<'a> = &'a [(ACX_PIN_TYPE, ACX_PIN_COMMUNICATION)];

/// The pins of a circuit where clients play, and of one behind it.
const FRONT: Pins<'_> = &[(SINK, HOST), (SOURCE, BRIDGE)];
const BEHIND: Pins<'_> = &[(SINK, BRIDGE), (SOURCE, BRIDGE)];

/// A circuit that notes what happens to it, kept under its title.
fn member(device: WDFDEVICE, title: &'static str, pins: Pins<'_>) {
    member_with(device, title, RENDER, pins, |_| {});
}

/// Like [`member`], of a kind and described further.
fn member_with(
    device: WDFDEVICE,
    title: &'static str,
    kind: ACX_CIRCUIT_TYPE,
    pins: Pins<'_>,
    describe: impl FnOnce(PACXCIRCUIT_INIT),
) {
    let own = circuit(device, title, kind, |description| {
        let mut callbacks =
            init!(ACX_CIRCUIT_COMPOSITE_CALLBACKS, ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT);
        callbacks.EvtAcxCircuitCompositeCircuitInitialize = Some(seen);
        callbacks.EvtAcxCircuitCompositeInitialize = Some(joined);
        callbacks.EvtAcxCircuitCompositeDeinitialize = Some(parted);
        acx!(AcxCircuitInitSetAcxCircuitCompositeCallbacks(description, &raw mut callbacks));
        describe(description);
    });
    for (kind, communication) in pins {
        let pin = pin(own, *kind, *communication, |_| {});
        if *communication == HOST {
            list(device, pin, STEREO);
        }
        join(own, vec![pin]);
    }
    keep(title, own);
    ok!(AcxDeviceAddCircuit(device, own));
}

/// A place of a template, which `identify` names.
fn place(identify: impl FnOnce(&mut ACX_CIRCUIT_TEMPLATE_CONFIG)) -> ACXCIRCUITTEMPLATE {
    let mut config = init!(ACX_CIRCUIT_TEMPLATE_CONFIG, ACX_CIRCUIT_TEMPLATE_CONFIG_INIT);
    identify(&mut config);
    let mut place: ACXCIRCUITTEMPLATE = null_mut();
    let handle = &raw mut place;
    ok!(AcxCircuitTemplateCreate(kept("driver"), null_mut(), &raw mut config, handle));
    place
}

/// A place for a circuit of that title.
fn named(title: &str) -> ACXCIRCUITTEMPLATE {
    let title = name(title);
    place(|config| config.CircuitName = &raw const title.string)
}

/// A template of these places, not added yet.
fn template(mut places: Vec<ACXCIRCUITTEMPLATE>) -> ACXCOMPOSITETEMPLATE {
    let mut config = init!(ACX_COMPOSITE_TEMPLATE_CONFIG, ACX_COMPOSITE_TEMPLATE_CONFIG_INIT);
    let mut own: ACXCOMPOSITETEMPLATE = null_mut();
    let handle = &raw mut own;
    ok!(AcxCompositeTemplateCreate(kept("driver"), null_mut(), &raw mut config, handle));
    let count = places.len() as u32;
    ok!(AcxCompositeTemplateAssignCircuits(own, places.as_mut_ptr(), count));
    own
}

/// Adds a template, which is kept as "template".
fn add(own: ACXCOMPOSITETEMPLATE) {
    keep("template", own);
    let manager = acx!(AcxGetManager(null_mut()));
    ok!(AcxManagerAddCompositeTemplate(manager, own));
}

/// A template of the circuits of these titles.
fn compose(titles: &[&str]) {
    add(template(titles.iter().map(|title| named(title)).collect()));
}

/// The names of the circuits along the one endpoint of a direction; none if there is no endpoint.
fn path(machine: &Machine, direction: Direction) -> Vec<String> {
    let found = Endpoint::find(machine, direction);
    found.map_or_else(|_| Vec::new(), |endpoint| endpoint.path(machine).expect("it answers"))
}

/// The names of the circuits that clients see.
fn visible(machine: &Machine) -> Vec<String> {
    let mut names: Vec<String> =
        machine.interfaces(&KSCATEGORY_AUDIO).iter().map(|link| name_of(link).to_owned()).collect();
    names.sort();
    names
}

/// What was noted since the last call.
fn news() -> Vec<String> {
    notes().drain(..).collect()
}

#[test]
fn a_circuit_that_comes_back_is_initialized_again_and_no_other() {
    Plan::new(|device| {
        if kept::<()>("Speaker0").is_null() {
            member(device, "Speaker0", FRONT);
            member(device, "Amplifier0", BEHIND);
            compose(&["Speaker0", "Amplifier0"]);
        } else if kept::<()>("stays away").is_null() {
            ok!(AcxDeviceAddCircuit(device, kept("Amplifier0")));
        }
    })
    .release(|device| {
        // At the end it is not there any more.
        let _ = acx!(AcxDeviceRemoveCircuit(device, kept("Amplifier0")));
    })
    .run(|machine, device| {
        let both = ["Speaker0", "Amplifier0"];
        assert_eq!(path(machine, Direction::Render), both);
        let first = ["seen Speaker0", "seen Amplifier0", "joined Speaker0", "joined Amplifier0"];
        assert_eq!(news(), first);
        device.rebalance().expect("it is rebalanced");
        assert_eq!(path(machine, Direction::Render), both);
        let parted = ["parted Speaker0", "parted Amplifier0"];
        assert_eq!(news(), [&parted[..], &first[1..]].concat());
        // What it leaves behind is no endpoint.
        keep("stays away", device.instance().as_ptr().cast_mut());
        device.rebalance().expect("it is rebalanced");
        assert_eq!(news(), parted);
        assert_eq!(visible(machine), Vec::<String>::new());
        assert_eq!(machine.missing_circuits(), ["circuit Amplifier0"]);
        let all = machine.interfaces(&KSCATEGORY_ACXCIRCUIT);
        assert_eq!(all.iter().map(|link| name_of(link)).collect::<Vec<_>>(), ["Speaker0"]);
    })
    .keeps_every_rule();
}

#[test]
fn an_endpoint_stays_when_a_circuit_goes_that_is_not_its_own() {
    Plan::new(|device| {
        if kept::<()>("Speaker0").is_null() {
            member(device, "Speaker0", FRONT);
            member(device, "Amplifier0", BEHIND);
            member(device, "Other0", FRONT);
            compose(&["Speaker0", "Amplifier0"]);
        }
    })
    .release(|device| {
        // At the end it is not there any more.
        let _ = acx!(AcxDeviceRemoveCircuit(device, kept("Other0")));
    })
    .run(|machine, device| {
        notes().clear();
        device.rebalance().expect("it is rebalanced");
        assert_eq!(news(), Vec::<String>::new());
        assert_eq!(path(machine, Direction::Render), ["Speaker0", "Amplifier0"]);
        // A pin says what it is joined to, in as many bytes as it says.
        let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
        let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_PHYSICALCONNECTION);
        let (_, value) = get_sized(&endpoint.filter, set, id, &of_pin(1), 1000);
        assert_eq!(value[..4], (value.len() as u32).to_le_bytes());
    })
    .keeps_every_rule();
}

#[test]
fn an_endpoint_begins_with_the_streaming_circuit_in_whatever_order_a_template_lists_them() {
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        member(device, "Amplifier0", BEHIND);
        compose(&["Amplifier0", "Speaker0"]);
    })
    .run(|machine, _| assert_eq!(path(machine, Direction::Render), ["Speaker0", "Amplifier0"]))
    .keeps_every_rule();
}

#[test]
fn three_circuits_are_joined_in_a_row_whichever_way_the_sound_goes() {
    // The circuits in the middle have their pins the other way round.
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        member(device, "Middle0", &[(SOURCE, BRIDGE), (SINK, BRIDGE)]);
        member(device, "Amplifier0", BEHIND);
        compose(&["Speaker0", "Middle0", "Amplifier0"]);
    })
    .run(|machine, _| assert_eq!(path(machine, Direction::Render), &TITLES[..3]))
    .keeps_every_rule();
    Plan::new(|device| {
        let capture = _ACX_CIRCUIT_TYPE::AcxCircuitTypeCapture;
        let front = &[(SOURCE, HOST), (SINK, BRIDGE)];
        member_with(device, "Speaker0", capture, front, |_| {});
        member_with(device, "Middle0", capture, BEHIND, |_| {});
        member_with(device, "Amplifier0", capture, BEHIND, |_| {});
        compose(&["Speaker0", "Middle0", "Amplifier0"]);
    })
    .run(|machine, _| assert_eq!(path(machine, Direction::Capture), &TITLES[..3]))
    .keeps_every_rule();
}

#[test]
fn circuits_that_cannot_be_joined_leave_no_trace_at_those_before_them() {
    // The endpoint begins with the last one. The first has no sink to go on through.
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        member(device, "Middle0", BEHIND);
        member(device, "Other0", FRONT);
        compose(&["Speaker0", "Middle0", "Other0"]);
    })
    .run(|machine, _| {
        machine.sleep(Duration::from_millis(1));
        for found in machine.report().violations() {
            assert!(found.what.contains("circuits Middle0 and Speaker0 of a"), "{}", found.what);
        }
    })
    .breaks(&[Rule::BadArgument, Rule::BadArgument]);
}

/// The URI of circuits of which any fits.
const URI: &str = "acx:any";

fn with_uri(description: PACXCIRCUIT_INIT) {
    let uri = name(URI);
    ok!(AcxCircuitInitAssignComponentUri(description, &raw const uri.string));
}

#[test]
fn a_circuit_fits_a_template_if_its_id_uri_and_name_do() {
    static FITS: Mutex<[bool; 3]> = Mutex::new([true; 3]);
    for case in 0..8 {
        let fits = [1, 2, 4].map(|bit| case & bit == 0);
        *FITS.lock().unwrap() = fits;
        Plan::new(|device| {
            member(device, "Speaker0", FRONT);
            member_with(device, "Amplifier0", RENDER, BEHIND, with_uri);
            let [id, uri, title] = *FITS.lock().unwrap();
            let id = component_of(if id { "Amplifier0" } else { "Other0" });
            let uri = name(if uri { URI } else { "acx:other" });
            let title = name(if title { "AMPLIFIER0" } else { "Other0" });
            let behind = place(|config| {
                config.CircuitId = &raw const id;
                config.CircuitUri = &raw const uri.string;
                config.CircuitName = &raw const title.string;
            });
            add(template(vec![named("Speaker0"), behind]));
        })
        .run(|machine, _| {
            let expected: &[&str] =
                if fits == [true; 3] { &["Speaker0", "Amplifier0"] } else { &[] };
            assert_eq!(path(machine, Direction::Render), expected, "{fits:?}");
        })
        .keeps_every_rule();
    }
}

#[test]
fn a_circuit_takes_one_place_and_one_that_is_left_over_waits_unseen() {
    Plan::new(|device| {
        for (title, pins) in [("Speaker0", FRONT), ("Amplifier0", BEHIND), ("Other0", BEHIND)] {
            member_with(device, title, RENDER, pins, with_uri);
        }
        let uri = name(URI);
        let any = || place(|config| config.CircuitUri = &raw const uri.string);
        add(template(vec![any(), any()]));
    })
    .run(|machine, _| {
        assert_eq!(path(machine, Direction::Render), ["Speaker0", "Amplifier0"]);
        assert_eq!(visible(machine), ["Amplifier0", "Speaker0"]);
        assert_eq!(machine.missing_circuits(), Vec::<String>::new());
    })
    .keeps_every_rule();
}

#[test]
fn an_endpoint_says_what_it_waits_for_once_one_of_its_circuits_is_there() {
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        member(device, "Other0", FRONT);
        let factory = name("Factory9");
        let made = place(|config| config.FactoryName = &raw const factory.string);
        add(template(vec![named("Speaker0"), named("Absent0"), made]));
        // Of this one nothing is there.
        compose(&["Absent1", "Absent2"]);
    })
    .run(|machine, _| {
        let waits = ["circuit Absent0", "a circuit of factory Factory9"];
        assert_eq!(machine.missing_circuits(), waits);
        // One that no template names does not wait.
        assert_eq!(visible(machine), ["Other0"]);
    })
    .keeps_every_rule();
}

#[test]
fn a_template_that_its_driver_deletes_takes_its_endpoint_along() {
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        member(device, "Amplifier0", BEHIND);
        compose(&["Speaker0", "Amplifier0"]);
    })
    .run(|machine, _| {
        notes().clear();
        // SAFETY: the driver's own object.
        machine.inside(|| unsafe { WdfObjectDelete(kept::<()>("template").cast()) });
        assert_eq!(news(), ["parted Speaker0", "parted Amplifier0"]);
        assert_eq!(visible(machine), Vec::<String>::new());
        // Both may be in another.
        machine.inside(|| compose(&["Speaker0", "Amplifier0"]));
        assert_eq!(path(machine, Direction::Render), ["Speaker0", "Amplifier0"]);
    })
    .keeps_every_rule();
}

unsafe extern "C" fn connected(_pin: ACXPIN, target: ACXTARGETCIRCUIT, _id: ULONG) {
    keep("target", target);
}

#[test]
fn the_target_of_a_pin_goes_when_its_endpoint_is_parted() {
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        let back = circuit(device, "Amplifier0", RENDER, |_| {});
        let mut callbacks = init!(ACX_PIN_CALLBACKS, ACX_PIN_CALLBACKS_INIT);
        callbacks.EvtAcxPinConnected = Some(connected);
        join(
            back,
            vec![pin(back, SINK, BRIDGE, |config| config.PinCallbacks = &raw mut callbacks)],
        );
        ok!(AcxDeviceAddCircuit(device, back));
        compose(&["Speaker0", "Amplifier0"]);
    })
    .run(|machine, _| {
        machine.inside(|| {
            assert_eq!(acx!(AcxTargetCircuitGetPinsCount(kept("target"))), 2);
            let io = acx!(AcxTargetCircuitGetWdfIoTarget(kept("target")));
            keep("io", io);
            let manager = acx!(AcxGetManager(null_mut()));
            ok!(AcxManagerRemoveCompositeTemplate(manager, kept("template")));
            assert_eq!(acx!(AcxTargetCircuitGetPinsCount(kept("target"))), 0);
            assert_eq!(acx!(AcxTargetCircuitGetElementsCount(kept("target"))), 0);
            // Its I/O target goes with it.
            // SAFETY: the host checks the handle.
            unsafe { WdfObjectDelete(kept::<()>("io").cast()) };
        });
    })
    .breaks(&[Rule::FreedObject; 3])
    .saying("of a ACXTARGETCIRCUIT that is gone");
}

#[test]
fn a_circuit_that_fails_to_initialize_gives_no_streams() {
    Plan::new(|device| {
        member(device, "Speaker0", FRONT);
        member(device, "Amplifier0", BEHIND);
        keep("refuses", kept::<()>("Amplifier0"));
        compose(&["Speaker0", "Amplifier0"]);
    })
    .run(|machine, _| {
        if let Ok(endpoint) = Endpoint::find(machine, Direction::Render) {
            let failed = endpoint.open_stream(STEREO, &RAW).err().expect("no stream");
            assert_eq!(failed.status, STATUS_DEVICE_NOT_READY);
        }
    })
    .keeps_every_rule();
}

unsafe extern "C" fn fails_to_prepare(
    _: WDFDEVICE,
    _: ACXCIRCUIT,
    _: WDFCMRESLIST,
    _: WDFCMRESLIST,
) -> NTSTATUS {
    STATUS_NO_MEMORY
}

unsafe extern "C" fn fails_to_power_up(
    _: WDFDEVICE,
    _: ACXCIRCUIT,
    _: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    STATUS_NO_MEMORY
}

fn with_no_hardware(description: PACXCIRCUIT_INIT) {
    let mut power = init!(ACX_CIRCUIT_PNPPOWER_CALLBACKS, ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT);
    power.EvtAcxCircuitPrepareHardware = Some(fails_to_prepare);
    acx!(AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(description, &raw mut power));
}

fn with_no_power(description: PACXCIRCUIT_INIT) {
    let mut power = init!(ACX_CIRCUIT_PNPPOWER_CALLBACKS, ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT);
    power.EvtAcxCircuitPowerUp = Some(fails_to_power_up);
    acx!(AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(description, &raw mut power));
}

#[test]
fn a_circuit_whose_hardware_or_power_fails_gives_no_streams_and_joins_no_endpoint() {
    static BACK: Mutex<fn(WDFDEVICE)> = Mutex::new(|_| {});
    let alone: [fn(WDFDEVICE); 2] = [
        |device| speaker_with(device, with_no_hardware),
        |device| speaker_with(device, with_no_power),
    ];
    for prepare in alone {
        Plan::new(prepare)
            .run(|machine, _| {
                let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
                let failed = endpoint.open_stream(STEREO, &RAW).err().expect("no stream");
                assert_eq!(failed.status, STATUS_DEVICE_NOT_READY);
            })
            .keeps_every_rule();
    }
    let behind: [fn(WDFDEVICE); 2] = [
        |device| member_with(device, "Amplifier0", RENDER, BEHIND, with_no_hardware),
        |device| member_with(device, "Amplifier0", RENDER, BEHIND, with_no_power),
    ];
    for back in behind {
        *BACK.lock().unwrap() = back;
        Plan::new(|device| {
            member(device, "Speaker0", FRONT);
            let back = *BACK.lock().unwrap();
            back(device);
            compose(&["Speaker0", "Amplifier0"]);
        })
        .run(|machine, _| {
            assert_eq!(path(machine, Direction::Render), Vec::<String>::new());
            assert_eq!(machine.missing_circuits(), ["circuit Amplifier0"]);
        })
        .keeps_every_rule();
    }
}

#[test]
fn a_driver_has_one_manager() {
    Plan::new(speaker)
        .run(|machine, _| {
            machine.inside(|| {
                let manager = acx!(AcxGetManager(null_mut()));
                assert!(!manager.is_null());
                assert_eq!(acx!(AcxGetManager(null_mut())), manager);
            });
        })
        .keeps_every_rule();
}

#[test]
fn the_core_of_a_template_is_one_of_its_own_circuits() {
    let core = |deed: fn(WDFDEVICE)| Plan::new(deed).start();
    core(|_| {
        let own = named("Speaker0");
        acx!(AcxCompositeTemplateSetCoreCircuit(template(vec![own]), own));
    })
    .keeps_every_rule();
    core(|_| {
        let own = template(vec![named("Speaker0"), named("Amplifier0")]);
        acx!(AcxCompositeTemplateSetCoreCircuit(own, named("Other0")));
    })
    .breaks(&[Rule::BadArgument])
    .saying("the core circuit is one of the template's");
}

/// EvtAcxFactoryCircuitCreateCircuitDevice of a factory that nothing asks for a circuit.
unsafe extern "C" fn not_asked(
    _parent: WDFDEVICE,
    _factory: ACXFACTORYCIRCUIT,
    _config: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    _place: *mut WDFDEVICE,
) -> NTSTATUS {
    note("the wrong factory");
    STATUS_UNSUCCESSFUL
}

#[test]
fn a_core_circuit_comes_of_its_factory_and_of_no_other() {
    Plan::new(|device| {
        // Another one comes first.
        let mut description = acx!(AcxFactoryCircuitInitAllocate(device));
        let title = name("Factory1");
        ok!(AcxFactoryCircuitInitAssignName(description, &raw const title.string));
        let mut operations = init!(
            ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS,
            ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS_INIT
        );
        operations.EvtAcxFactoryCircuitCreateCircuitDevice = Some(not_asked);
        acx!(AcxFactoryCircuitInitSetOperationCallbacks(description, &raw mut operations));
        let mut other: ACXFACTORYCIRCUIT = null_mut();
        let handle = &raw mut other;
        ok!(AcxFactoryCircuitCreate(device, null_mut(), &raw mut description, handle));
        ok!(AcxDeviceAddFactoryCircuit(device, other));
        crate::factories::factory(device, true);
        member(device, "Speaker0", FRONT);
        let title = name("Factory0");
        let made = place(|config| config.FactoryName = &raw const title.string);
        let own = template(vec![named("Speaker0"), made]);
        acx!(AcxCompositeTemplateSetCoreCircuit(own, made));
        add(own);
    })
    .run(|machine, _| {
        assert_eq!(path(machine, Direction::Render), ["Speaker0", "Made0"]);
        assert!(!notes().iter().any(|note| note == "the wrong factory"));
    })
    .keeps_every_rule();
}

/// A factory, and later a speaker, that make an endpoint; on demand or not.
fn on_demand(device: WDFDEVICE, flag: bool) {
    if !kept::<()>("factory").is_null() {
        if kept::<()>("Speaker0").is_null() {
            member(device, "Speaker0", FRONT);
        }
        return;
    }
    crate::factories::factory(device, true);
    let title = name("Factory0");
    let made = place(|config| {
        config.FactoryName = &raw const title.string;
        let flags = _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::AcxCircuitTemplateCircuitOnDemand;
        config.Flags = if flag { flags as u32 } else { 0 };
    });
    add(template(vec![named("Speaker0"), made]));
}

#[test]
fn a_circuit_on_demand_is_there_while_all_the_others_are() {
    let is_there = |machine: &Machine| {
        machine.sleep(Duration::from_millis(1));
        let all = machine.interfaces(&KSCATEGORY_ACXCIRCUIT);
        all.iter().any(|link| name_of(link) == "Made0")
    };
    Plan::new(|device| on_demand(device, true))
        .release(|device| {
            if !kept::<()>("Speaker0").is_null() {
                // At the end it is not there any more.
                let _ = acx!(AcxDeviceRemoveCircuit(device, kept("Speaker0")));
            }
        })
        .run(|machine, device| {
            assert!(!is_there(machine));
            device.rebalance().expect("the speaker comes");
            assert!(is_there(machine));
            assert_eq!(path(machine, Direction::Render), ["Speaker0", "Made0"]);
            notes().clear();
            device.rebalance().expect("it goes");
            assert!(!is_there(machine));
            let deleted = "EvtAcxFactoryCircuitDeleteCircuitDevice";
            assert!(notes().iter().any(|note| note == deleted), "{:?}", notes());
        })
        .keeps_every_rule();
    // Others are made at once.
    Plan::new(|device| on_demand(device, false))
        .run(|machine, _| assert!(is_there(machine)))
        .keeps_every_rule();
}
