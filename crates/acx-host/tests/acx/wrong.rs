//! Mistakes of a driver with ACX's objects beyond the rows of the table: each is found by its own
//! rule, with a message that names it.

use std::ptr::null_mut;

use acx_client::Direction;
use acx_client::endpoint::Endpoint;
use acx_client::request::{descriptor, get_known, node};
use acx_host::Rule;
use acx_sys::*;

use crate::driver::*;
use crate::elements::general_element;
use crate::targets::target_of;

/// `deed`, in EvtDevicePrepareHardware, breaks one rule.
#[track_caller]
fn wrong(rule: Rule, words: &str, deed: fn(WDFDEVICE)) {
    Plan::new(deed).start().breaks(&[rule]).saying(words);
}

/// `deed`, while the device runs and outside of any callback, breaks one rule.
#[track_caller]
fn wrong_later(rule: Rule, words: &str, deed: fn()) {
    Plan::new(speaker).run(|machine, _| machine.inside(deed)).breaks(&[rule]).saying(words);
}

/// A pin of the speaker.
fn pin_of_speaker(id: u32) -> ACXPIN {
    acx!(AcxCircuitGetPinById(kept("circuit"), id))
}

/// A second circuit with a host pin and a bridge pin, which is not added.
fn other(device: WDFDEVICE) -> ACXCIRCUIT {
    let own = circuit(device, "Other0", RENDER, |_| {});
    join(own, vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})]);
    own
}

fn delete<T>(object: *mut T) {
    // SAFETY: the driver's own object, deleted once.
    unsafe { WdfObjectDelete(object.cast()) };
}

fn bridge(own: ACXCIRCUIT) -> ACXSTREAMBRIDGE {
    let mut config = init!(ACX_STREAM_BRIDGE_CONFIG, ACX_STREAM_BRIDGE_CONFIG_INIT);
    let mut bridge: ACXSTREAMBRIDGE = null_mut();
    ok!(AcxStreamBridgeCreate(own, null_mut(), &raw mut config, &raw mut bridge));
    bridge
}

/// A child device that does not use ACX.
fn plain_child(device: WDFDEVICE) -> WDFDEVICE {
    let (id, instance) = (name(r"Wrong\Child"), name("0"));
    let mut child: WDFDEVICE = null_mut();
    // SAFETY: a live parent, and an init object that the create uses up.
    unsafe {
        let mut description = WdfPdoInitAllocate(device);
        WdfPdoInitAssignDeviceID(description, &raw const id.string);
        WdfPdoInitAssignInstanceID(description, &raw const instance.string);
        WdfPdoInitAssignRawDevice(description, &KSCATEGORY_AUDIO);
        let made = WdfDeviceCreate(&raw mut description, null_mut(), &raw mut child);
        assert_eq!(made, STATUS_SUCCESS);
    }
    child
}

#[test]
fn circuits_are_described_and_added_as_their_pages_say() {
    wrong(Rule::BadArgument, "a circuit needs a name, and a component id or URI", |device| {
        let mut description = acx!(AcxCircuitInitAllocate(device));
        let mut own: ACXCIRCUIT = null_mut();
        let place = &raw mut description;
        let made = acx!(AcxCircuitCreate(device, null_mut(), place, &raw mut own));
        assert_eq!(made, STATUS_INVALID_DEVICE_STATE);
        acx!(AcxCircuitInitFree(description));
    });
    wrong(Rule::WrongHandle, "a circuit init that is none", |device| {
        let description = acx!(AcxCircuitInitAllocate(device));
        acx!(AcxCircuitInitFree(description));
        acx!(AcxCircuitInitFree(description));
    });
    wrong(Rule::BadArgument, "a streaming pin, without EvtAcxCircuitCreateStream", |device| {
        let own = circuit(device, "Speaker0", RENDER, |description| {
            ok!(AcxCircuitInitAssignAcxCreateStreamCallback(description, None));
        });
        join(own, vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})]);
        let added = acx!(AcxDeviceAddCircuit(device, own));
        assert_eq!(added, STATUS_INVALID_DEVICE_STATE);
        delete(own);
    });
    wrong(Rule::WrongParent, "a pin joins its own circuit, once", |device| {
        speaker(device);
        let own = other(device);
        let mut pin = pin(own, SOURCE, BRIDGE, |_| {});
        let added = acx!(AcxCircuitAddPins(kept("circuit"), &raw mut pin, 1));
        assert_eq!(added, STATUS_INVALID_PARAMETER);
        delete(own);
    });
    wrong_later(Rule::OutOfPlace, "AcxDeviceRemoveCircuit outside", || {
        let device = acx!(AcxCircuitGetWdfDevice(kept("circuit")));
        let removed = acx!(AcxDeviceRemoveCircuit(device, kept("circuit")));
        assert_eq!(removed, STATUS_INVALID_DEVICE_STATE);
    });
    wrong_later(Rule::OutOfPlace, "AcxDeviceDetachCircuit outside", || {
        let device = acx!(AcxCircuitGetWdfDevice(kept("circuit")));
        let detached = acx!(AcxDeviceDetachCircuit(device, kept("circuit")));
        assert_eq!(detached, STATUS_INVALID_DEVICE_STATE);
    });
}

#[test]
fn elements_and_connections_are_the_circuits_own() {
    wrong(Rule::WrongParent, "an element joins its own circuit or stream, once", |device| {
        speaker(device);
        let own = other(device);
        let mut element = general_element(own.cast());
        let add = |circuit, mut element| acx!(AcxCircuitAddElements(circuit, &raw mut element, 1));
        assert_eq!(add(kept("circuit"), element), STATUS_INVALID_PARAMETER);
        ok!(AcxCircuitAddElements(own, &raw mut element, 1));
        delete(own);
    });
    wrong(Rule::WrongParent, "an element joins its own circuit or stream, once", |device| {
        speaker(device);
        let mut element = general_element(kept::<()>("circuit").cast());
        ok!(AcxCircuitAddElements(kept("circuit"), &raw mut element, 1));
        let again = acx!(AcxCircuitAddElements(kept("circuit"), &raw mut element, 1));
        assert_eq!(again, STATUS_INVALID_PARAMETER);
    });
    wrong(Rule::WrongParent, "a connection joins the circuit and its own elements", |device| {
        speaker(device);
        let own = other(device);
        let mut connection = ACX_CONNECTION::default();
        ACX_CONNECTION_INIT(&mut connection, kept("circuit"), general_element(own.cast()).cast());
        let joined = acx!(AcxCircuitAddConnections(kept("circuit"), &raw mut connection, 1));
        assert_eq!(joined, STATUS_INVALID_PARAMETER);
        delete(own);
    });
    wrong(Rule::WrongParent, "a connection joins the circuit and its own elements", |device| {
        speaker(device);
        let own = other(device);
        let mut connection = ACX_CONNECTION::default();
        ACX_CONNECTION_INIT(&mut connection, general_element(own.cast()).cast(), kept("circuit"));
        let joined = acx!(AcxCircuitAddConnections(kept("circuit"), &raw mut connection, 1));
        assert_eq!(joined, STATUS_INVALID_PARAMETER);
        delete(own);
    });
    wrong_later(Rule::WrongParent, "a change notification of another element", || {
        let element = general_element(kept("circuit"));
        acx!(AcxVolumeChangeLevelNotification(element.cast()));
    });
    wrong_later(Rule::WrongParent, "a change notification of another element", || {
        let element = general_element(kept("circuit"));
        acx!(AcxMuteChangeStateNotification(element.cast()));
    });
    wrong(Rule::WrongParent, "an audio engine has pins of its own circuit", |device| {
        speaker(device);
        let own = other(device);
        let mut callbacks = init!(ACX_AUDIOENGINE_CALLBACKS, ACX_AUDIOENGINE_CALLBACKS_INIT);
        let mut config = init!(ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CONFIG_INIT);
        config.HostPin = acx!(AcxCircuitGetPinById(own, 0));
        config.Callbacks = &raw mut callbacks;
        let mut engine: ACXAUDIOENGINE = null_mut();
        let (circuit, place) = (kept("circuit"), &raw mut engine);
        let made = acx!(AcxAudioEngineCreate(circuit, null_mut(), &raw mut config, place));
        assert_eq!(made, STATUS_INVALID_PARAMETER);
        delete(own);
    });
    wrong(Rule::BadArgument, "a data format is a KSDATAFORMAT_WAVEFORMATEX", |device| {
        let mut bytes = STEREO.to_ks();
        // The specifier.
        bytes[48] ^= 1;
        let mut config = ACX_DATAFORMAT_CONFIG::default();
        ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, bytes.as_mut_ptr().cast());
        let mut format: ACXDATAFORMAT = null_mut();
        let place = &raw mut format;
        let made = acx!(AcxDataFormatCreate(device, null_mut(), &raw mut config, place));
        assert_eq!(made, STATUS_INVALID_PARAMETER);
    });
}

unsafe extern "C" fn prepares(
    _device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    STATUS_SUCCESS
}

#[test]
fn devices_and_factories_are_initialized_and_added_in_their_places() {
    wrong(Rule::OutOfPlace, "AcxDeviceInitialize without AcxDeviceInitInitialize", |device| {
        let child = plain_child(device);
        let mut config = init!(ACX_DEVICE_CONFIG, ACX_DEVICE_CONFIG_INIT);
        let initialized = acx!(AcxDeviceInitialize(child, &raw mut config));
        assert_eq!(initialized, STATUS_INVALID_DEVICE_STATE);
        delete(child);
    });
    wrong(Rule::WrongParent, "a circuit was added to another device", |device| {
        let child = crate::factories::child_device(device, prepares);
        let own = other(device);
        assert_eq!(acx!(AcxDeviceAddCircuit(child, own)), STATUS_INVALID_PARAMETER);
        delete(own);
        delete(child);
    });
    wrong(Rule::OutOfPlace, "AcxDeviceAddCircuitDevice of a device without", |device| {
        let child = plain_child(device);
        let added = acx!(AcxDeviceAddCircuitDevice(device, child));
        assert_eq!(added, STATUS_INVALID_DEVICE_STATE);
        delete(child);
    });
    wrong(Rule::WrongHandle, "a factory init that is none", |device| {
        let description = acx!(AcxFactoryCircuitInitAllocate(device));
        acx!(AcxFactoryCircuitInitFree(description));
        acx!(AcxFactoryCircuitInitFree(description));
    });
    wrong(Rule::BadArgument, "a factory needs a name and operation callbacks", |device| {
        let mut description = acx!(AcxFactoryCircuitInitAllocate(device));
        let mut own: ACXFACTORYCIRCUIT = null_mut();
        let place = &raw mut description;
        let made = acx!(AcxFactoryCircuitCreate(device, null_mut(), place, &raw mut own));
        assert_eq!(made, STATUS_INVALID_DEVICE_STATE);
        acx!(AcxFactoryCircuitInitFree(description));
    });
    Plan::new(|device| crate::factories::factory(device, true))
        .run(|machine, _| {
            machine.inside(|| {
                let added = acx!(AcxDeviceAddFactoryCircuit(kept("device"), kept("factory")));
                assert_eq!(added, STATUS_INVALID_DEVICE_STATE);
            });
        })
        .breaks(&[Rule::OutOfPlace])
        .saying("AcxDeviceAddFactoryCircuit outside EvtDevicePrepareHardware");
}

#[test]
fn templates_name_their_circuits() {
    fn template(config: &mut ACX_CIRCUIT_TEMPLATE_CONFIG) -> (NTSTATUS, ACXCIRCUITTEMPLATE) {
        let mut place: ACXCIRCUITTEMPLATE = null_mut();
        let handle = &raw mut place;
        (acx!(AcxCircuitTemplateCreate(kept("driver"), null_mut(), config, handle)), place)
    }
    wrong(Rule::BadArgument, "names neither a circuit nor a factory", |_| {
        let mut config = init!(ACX_CIRCUIT_TEMPLATE_CONFIG, ACX_CIRCUIT_TEMPLATE_CONFIG_INIT);
        assert_eq!(template(&mut config).0, STATUS_INVALID_PARAMETER);
    });
    wrong(Rule::BadArgument, "the core circuit is one of the template's", |_| {
        let mut config = init!(ACX_CIRCUIT_TEMPLATE_CONFIG, ACX_CIRCUIT_TEMPLATE_CONFIG_INIT);
        config.CircuitId = &SET;
        let (_, circuit) = template(&mut config);
        let mut config = init!(ACX_COMPOSITE_TEMPLATE_CONFIG, ACX_COMPOSITE_TEMPLATE_CONFIG_INIT);
        let mut composite: ACXCOMPOSITETEMPLATE = null_mut();
        let place = &raw mut composite;
        ok!(AcxCompositeTemplateCreate(kept("driver"), null_mut(), &raw mut config, place));
        acx!(AcxCompositeTemplateSetCoreCircuit(composite, circuit));
    });
    // The circuit behind has a host pin where the one in front requires a bridge pin: now, and at
    // the manager's next check.
    Plan::new(|device| {
        speaker(device);
        let own = circuit(device, "Amplifier0", RENDER, |_| {});
        join(own, vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})]);
        ok!(AcxDeviceAddCircuit(device, own));
        crate::circuits::compose();
    })
    .start()
    .breaks(&[Rule::BadArgument, Rule::BadArgument])
    .saying("of a composite have no bridge pins that fit");
}

#[test]
fn bridges_belong_to_their_circuit_and_its_bridge_pins() {
    wrong(Rule::WrongParent, "stream bridges belong on bridge pins", |device| {
        speaker(device);
        let mut own = bridge(kept("circuit"));
        let added = acx!(AcxPinAddStreamBridges(pin_of_speaker(0), &raw mut own, 1));
        assert_eq!(added, STATUS_INVALID_PARAMETER);
    });
    let streaming = |words: &str, rule, deed: fn()| {
        Plan::new(|device| {
            speaker(device);
            let behind = circuit(device, "Amplifier0", RENDER, |_| {});
            keep("back", behind);
            ok!(AcxDeviceAddCircuit(device, behind));
        })
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let _stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            machine.inside(deed);
        })
        .breaks(&[rule])
        .saying(words);
    };
    streaming("a stream joins a bridge of its own circuit", Rule::WrongParent, || {
        let own = bridge(kept("back"));
        let joined = acx!(AcxStreamBridgeAddStream(own, kept("stream")));
        assert_eq!(joined, STATUS_INVALID_PARAMETER);
    });
    streaming("AcxStreamBridgeGetTargetStream outside", Rule::OutOfPlace, || {
        let own = bridge(kept("circuit"));
        assert!(acx!(AcxStreamBridgeGetTargetStream(own, kept("stream"))).is_null());
    });
}

/// EvtAcxCircuitCreateStream that forgets the callbacks of the stream.
unsafe extern "C" fn forgets_callbacks(
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    _pin: ACXPIN,
    mut description: PACXSTREAM_INIT,
    _format: ACXDATAFORMAT,
    _mode: *const GUID,
    _arguments: ACXOBJECTBAG,
) -> NTSTATUS {
    let mut stream: ACXSTREAM = null_mut();
    let (place, handle) = (&raw mut description, &raw mut stream);
    acx!(AcxRtStreamCreate(device, circuit, null_mut(), place, handle))
}

unsafe extern "C" fn forgets_to_complete(_object: ACXOBJECT, request: WDFREQUEST) {
    keep("request", request);
}

/// Answers a property without having initialized the structure that it asks for.
unsafe extern "C" fn forgets_to_initialize(_object: ACXOBJECT, request: WDFREQUEST) {
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    acx!(AcxRequestGetParameters(request, &raw mut parameters));
    // SAFETY: the driver has the request.
    unsafe { WdfRequestComplete(request, STATUS_SUCCESS) };
}

/// The speaker with another callback for its streams, and a property.
fn speaker_with(device: WDFDEVICE, asked: PFN_ACX_OBJECT_PROCESS_REQUEST) {
    let own = circuit(device, "Speaker0", RENDER, |description| {
        ok!(AcxCircuitInitAssignAcxCreateStreamCallback(description, Some(forgets_callbacks)));
        let mut own = property(1);
        own.EvtAcxObjectProcessRequest = asked;
        ok!(AcxCircuitInitAssignProperties(description, &raw mut own, 1));
    });
    let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    join(own, pins);
    keep("circuit", own);
    ok!(AcxDeviceAddCircuit(device, own));
}

#[test]
fn streams_and_requests_are_initialized() {
    Plan::new(|device| speaker_with(device, Some(answer)))
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let failed = endpoint.open_stream(STEREO, &RAW).err().expect("no stream");
            assert_eq!(failed.status, STATUS_INVALID_DEVICE_STATE);
        })
        .breaks(&[Rule::StreamNotMade])
        .saying("a stream needs ACX_STREAM_CALLBACKS");
    Plan::new(|device| speaker_with(device, Some(forgets_to_complete)))
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let failed = get_known(&endpoint.filter, "", &SET, 1, &[], 4).expect_err("no answer");
            assert_eq!(failed.status, STATUS_CANCELLED);
            // It is the driver's no longer.
            machine.inside(|| {
                let request: WDFREQUEST = kept("request");
                // SAFETY: the host checks handles.
                unsafe { WdfObjectReferenceActual(request.cast(), null_mut(), 0, null_mut()) };
            });
        })
        .breaks(&[Rule::RequestLost, Rule::FreedObject])
        .saying("a request was never completed");
    Plan::new(|device| speaker_with(device, Some(answer)))
        .run(|machine, _| {
            // The circuit's property, asked of a node.
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let flags = KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY;
            let input = descriptor(&SET, 1, flags, &node(0, None)[..8]);
            let asked = endpoint.filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut [0; 4]));
            assert_ne!(asked.status, STATUS_SUCCESS);
        })
        .breaks(&[Rule::BadArgument])
        .saying("a circuit's item was asked of a pin or element of it");
    Plan::new(|device| speaker_with(device, Some(forgets_to_initialize)))
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let _ = get_known(&endpoint.filter, "", &SET, 1, &[], 4);
        })
        .breaks(&[Rule::Uninitialized])
        .saying("ACX_REQUEST_PARAMETERS was not initialized");
    Plan::new(|device| speaker_with(device, Some(answer)))
        .run(|machine, _| {
            machine.inside(|| {
                let device = acx!(AcxCircuitGetWdfDevice(kept("circuit")));
                let target = target_of(device, "circuit");
                let mut none = ACX_REQUEST_PARAMETERS::default();
                let place = &raw mut none;
                let io = acx!(AcxTargetCircuitGetWdfIoTarget(target));
                let mut request: WDFREQUEST = null_mut();
                // SAFETY: a live target; the request is the driver's own, and deleted once.
                let made = unsafe { WdfRequestCreate(null_mut(), io, &raw mut request) };
                assert_eq!(made, STATUS_SUCCESS);
                let formatted =
                    acx!(AcxTargetCircuitFormatRequestForProperty(target, request, place));
                assert_eq!(formatted, STATUS_INFO_LENGTH_MISMATCH);
                delete(request);
                delete(target);
            });
        })
        .breaks(&[Rule::Uninitialized])
        .saying("ACX_REQUEST_PARAMETERS was not initialized");
}

#[test]
fn data_of_an_event_is_added_once() {
    wrong_later(Rule::WrongHandle, "event data that is none", || {
        let mut config = init!(ACX_EVENT_CONFIG, ACX_EVENT_CONFIG_INIT);
        config.Set = &SET;
        let mut event: ACXEVENT = null_mut();
        let (parent, place) = (kept("circuit"), &raw mut event);
        ok!(AcxEventCreate(parent, null_mut(), &raw mut config, place));
        acx!(AcxEventAddEventData(event, null_mut()));
    });
}

#[test]
fn a_wrong_handle_has_no_answer() {
    fn answers() {
        let pin: ACXPIN = pin_of_speaker(0);
        let own = format(acx!(AcxCircuitGetWdfDevice(kept("circuit"))), STEREO);
        assert_eq!(acx!(AcxCircuitGetElementsCount(pin.cast())), 0);
        assert_eq!(acx!(AcxCircuitGetPinsCount(pin.cast())), 0);
        assert_eq!(acx!(AcxStreamGetElementsCount(pin.cast())), 0);
        assert_eq!(acx!(AcxTargetCircuitGetElementsCount(pin.cast())), 0);
        assert_eq!(acx!(AcxTargetStreamGetElementsCount(pin.cast())), 0);
        assert_eq!(acx!(AcxDataFormatIsEqual(own, pin.cast())), 0);
        assert_eq!(acx!(AcxDataFormatGetSampleRate(pin.cast())), 0);
        assert!(acx!(AcxCircuitGetWdfDevice(pin.cast())).is_null());
        let mut config = init!(ACX_PNPEVENT_CONFIG, ACX_PNPEVENT_CONFIG_INIT);
        let mut event: ACXPNPEVENT = null_mut();
        let (owner, place) = (kept("circuit"), &raw mut event);
        let wrong = 0x1234 as WDFDEVICE;
        let made = acx!(AcxPnpEventCreate(wrong, owner, null_mut(), &raw mut config, place));
        assert_eq!(made, STATUS_INVALID_HANDLE);
    }
    Plan::new(speaker).run(|machine, _| machine.inside(answers)).breaks(&[Rule::WrongHandle; 9]);
}

#[test]
fn a_list_of_formats_is_described() {
    wrong(Rule::Uninitialized, "ACX_DATAFORMAT_LIST_CONFIG was not initialized", |device| {
        let mut config = ACX_DATAFORMAT_LIST_CONFIG::default();
        let mut list: ACXDATAFORMATLIST = null_mut();
        let place = &raw mut list;
        let made = acx!(AcxDataFormatListCreate(device, null_mut(), &raw mut config, place));
        assert_eq!(made, STATUS_INFO_LENGTH_MISMATCH);
    });
}
