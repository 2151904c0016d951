//! A driver that calls every function of ACX's table and has every ACX callback called.

use std::collections::BTreeSet;
use std::ptr::null_mut;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::*;

use crate::client::{Act, Client, callbacks};
use crate::driver::*;
use crate::elements;
use crate::{circuits, factories, targets, values};

/// Callbacks that record their names.
macro_rules! noted {
    ($($function:ident = $name:literal($($kind:ty),*) $(-> $answer:ident)?;)*) => {$(
        unsafe extern "C" fn $function($(_: $kind),*) $(-> $answer)? {
            note($name);
            $($answer::default())?
        }
    )*};
}

noted! {
    prepare = "EvtAcxCircuitPrepareHardware"(WDFDEVICE, ACXCIRCUIT, WDFCMRESLIST, WDFCMRESLIST)
        -> NTSTATUS;
    release = "EvtAcxCircuitReleaseHardware"(WDFDEVICE, ACXCIRCUIT, WDFCMRESLIST) -> NTSTATUS;
    up = "EvtAcxCircuitPowerUp"(WDFDEVICE, ACXCIRCUIT, WDF_POWER_DEVICE_STATE) -> NTSTATUS;
    down = "EvtAcxCircuitPowerDown"(WDFDEVICE, ACXCIRCUIT, WDF_POWER_DEVICE_STATE) -> NTSTATUS;
    seen = "EvtAcxCircuitCompositeCircuitInitialize"(WDFDEVICE, ACXCIRCUIT, ACXOBJECTBAG)
        -> NTSTATUS;
    composed = "EvtAcxCircuitCompositeInitialize"(WDFDEVICE, ACXCIRCUIT, ACXOBJECTBAG)
        -> NTSTATUS;
    parted = "EvtAcxCircuitCompositeDeinitialize"(WDFDEVICE, ACXCIRCUIT, ACXOBJECTBAG);
    connected = "EvtAcxPinConnected"(ACXPIN, ACXTARGETCIRCUIT, ULONG);
    disconnected = "EvtAcxPinDisconnected"(ACXPIN, ACXTARGETCIRCUIT, ULONG);
    changed = "EvtAcxPinDataFormatChangeNotification"(ACXPIN, ACXTARGETCIRCUIT, ULONG);
    pin_format = "EvtAcxPinSetDataFormat"(ACXPIN, ACXDATAFORMAT) -> NTSTATUS;
    pin_name = "EvtAcxPinRetrieveName"(ACXPIN, PUNICODE_STRING) -> NTSTATUS;
    sink_info = "EvtAcxPinRetrieveJackSinkInfo"(ACXPIN, PACX_JACK_SINK_INFORMATION) -> NTSTATUS;
    enabled = "EvtAcxEventEnable"(ACXEVENT) -> NTSTATUS;
    disabled = "EvtAcxEventDisable"(ACXEVENT);
}

unsafe extern "C" fn presence(_jack: ACXJACK, place: PBOOLEAN) -> NTSTATUS {
    note("EvtAcxJackRetrievePresenceState");
    // SAFETY: ACX's argument.
    unsafe { place.write(1) };
    STATUS_SUCCESS
}

unsafe extern "C" fn preprocess(circuit: ACXOBJECT, _context: ACXCONTEXT, request: WDFREQUEST) {
    note("EvtAcxObjectPreprocessRequest");
    ok!(AcxCircuitDispatchAcxRequest(circuit.cast(), request));
}

unsafe extern "C" fn preprocess_stream(
    stream: ACXOBJECT,
    _context: ACXCONTEXT,
    request: WDFREQUEST,
) {
    ok!(AcxStreamDispatchAcxRequest(stream.cast(), request));
}

unsafe extern "C" fn process_event(
    _object: ACXOBJECT,
    event: ACXEVENT,
    verb: ACX_EVENT_VERB,
    data: ACXEVENTDATA,
    request: WDFREQUEST,
) {
    note("EvtAcxObjectProcessEventRequest");
    if verb == _ACX_EVENT_VERB::AcxEventVerbEnable {
        acx!(AcxEventAddEventData(event, data));
    }
    // SAFETY: the driver has the request.
    unsafe { WdfRequestComplete(request, STATUS_SUCCESS) };
}

/// An event of the driver's own set below an object.
fn event(parent: ACXOBJECT, id: u32, answers: bool) -> ACXEVENT {
    let mut callbacks = init!(ACX_EVENT_CALLBACKS, ACX_EVENT_CALLBACKS_INIT);
    if answers {
        callbacks.EvtAcxEventProcessRequest = Some(process_event);
    } else {
        callbacks.EvtAcxEventEnable = Some(enabled);
        callbacks.EvtAcxEventDisable = Some(disabled);
    }
    let mut config = init!(ACX_EVENT_CONFIG, ACX_EVENT_CONFIG_INIT);
    config.Set = &SET;
    config.Id = id;
    config.Callbacks = &raw mut callbacks;
    let mut event: ACXEVENT = null_mut();
    ok!(AcxEventCreate(parent, null_mut(), &raw mut config, &raw mut event));
    event
}

fn describe(description: PACXCIRCUIT_INIT) {
    let uri = name("acx:speaker");
    ok!(AcxCircuitInitAssignComponentUri(description, &raw const uri.string));
    let categories = [KSCATEGORY_AUDIO, KSCATEGORY_RENDER];
    ok!(AcxCircuitInitAssignCategories(description, categories.as_ptr(), 2));
    let (mut properties, mut methods) = ([property(1)], [method(2)]);
    ok!(AcxCircuitInitAssignProperties(description, properties.as_mut_ptr(), 1));
    ok!(AcxCircuitInitAssignMethods(description, methods.as_mut_ptr(), 1));
    let mut power = init!(ACX_CIRCUIT_PNPPOWER_CALLBACKS, ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT);
    power.EvtAcxCircuitPrepareHardware = Some(prepare);
    power.EvtAcxCircuitReleaseHardware = Some(release);
    power.EvtAcxCircuitPowerUp = Some(up);
    power.EvtAcxCircuitPowerDown = Some(down);
    acx!(AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(description, &raw mut power));
    let mut composite =
        init!(ACX_CIRCUIT_COMPOSITE_CALLBACKS, ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT);
    composite.EvtAcxCircuitCompositeCircuitInitialize = Some(seen);
    composite.EvtAcxCircuitCompositeInitialize = Some(composed);
    composite.EvtAcxCircuitCompositeDeinitialize = Some(parted);
    acx!(AcxCircuitInitSetAcxCircuitCompositeCallbacks(description, &raw mut composite));
    ok!(AcxCircuitInitAssignAcxRequestPreprocessCallback(
        description,
        Some(preprocess),
        null_mut(),
        METHOD,
        &SET,
        AcxItemIdNone,
    ));
    acx!(AcxCircuitInitDisableDefaultStreamBridgeHandling(description));
}

/// The pins of the circuit: host, bridge, and one that is wired to somewhere else.
fn pins(device: WDFDEVICE, own: ACXCIRCUIT) {
    let mut config = init!(ACX_MICARRAYGEOMETRY_CONFIG, ACX_MICARRAYGEOMETRY_CONFIG_INIT);
    let mut geometry: ACXMICARRAYGEOMETRY = null_mut();
    ok!(AcxMicArrayGeometryCreate(own, null_mut(), &raw mut config, &raw mut geometry));
    let mut place = ACX_MICROPHONE_COORDINATES::default();
    ok!(AcxMicArrayGeometryAddMicrophoneCoordinates(geometry, &raw mut place, 1));
    let mut callbacks = init!(ACX_PIN_CALLBACKS, ACX_PIN_CALLBACKS_INIT);
    callbacks.EvtAcxPinConnected = Some(connected);
    callbacks.EvtAcxPinDisconnected = Some(disconnected);
    callbacks.EvtAcxPinDataFormatChangeNotification = Some(changed);
    callbacks.EvtAcxPinRetrieveName = Some(pin_name);
    callbacks.EvtAcxPinRetrieveJackSinkInfo = Some(sink_info);
    callbacks.EvtAcxPinSetDataFormat = Some(pin_format);
    let callbacks = &raw mut callbacks;
    let mut methods = [method(8)];
    let mut properties = [property(7)];
    let with = |config: &mut ACX_PIN_CONFIG| {
        config.PinCallbacks = callbacks;
        (config.Methods, config.MethodsCount) = (methods.as_mut_ptr(), 1);
        (config.Properties, config.PropertiesCount) = (properties.as_mut_ptr(), 1);
    };
    let bridge = pin(own, SOURCE, BRIDGE, with);
    let host = pin(own, SINK, HOST, |config| config.PinCallbacks = callbacks);
    let wired = pin(own, SOURCE, BRIDGE, |_| {});
    list(device, host, STEREO);
    modes(device, host);
    jack(bridge);
    let mut own_event = event(bridge.cast(), 21, false);
    ok!(AcxPinAddEvents(bridge, &raw mut own_event, 1));
    keep("bridge pin", bridge);
    keep("host", host);
    join(own, vec![host, bridge, wired]);
    assert_eq!(acx!(AcxPinGetId(bridge)), 1);
    assert_eq!(acx!(AcxPinGetCircuit(bridge)), own);
    assert_eq!(acx!(AcxPinGetType(bridge)), SOURCE);
    assert_eq!(acx!(AcxCircuitGetPinById(own, 2)), wired);
    assert_eq!(acx!(AcxCircuitGetPinsCount(own)), 3);
    let mut wire = init!(ACX_PHYSICAL_CONNECTION, ACX_PHYSICAL_CONNECTION_INIT);
    wire.FromPin.Object = wired;
    wire.TargetName = string(device.cast(), r"\??\somewhere else");
    ok!(AcxCircuitAddPhysicalConnections(own, &raw mut wire, 1));
    bridges(own, bridge);
}

/// Bridges of the bridge pin: one that is removed, and one that the driver adds streams to.
fn bridges(own: ACXCIRCUIT, bridge_pin: ACXPIN) {
    let mut config = init!(ACX_STREAM_BRIDGE_CONFIG, ACX_STREAM_BRIDGE_CONFIG_INIT);
    let mut all: [ACXSTREAMBRIDGE; 2] = [null_mut(); 2];
    for bridge in &mut all {
        ok!(AcxStreamBridgeCreate(own, null_mut(), &raw mut config, bridge));
    }
    ok!(AcxPinAddStreamBridges(bridge_pin, all.as_mut_ptr(), 2));
    ok!(AcxPinRemoveStreamBridges(bridge_pin, all.as_mut_ptr(), 1));
    keep("bridge", all[1]);
}

/// A list for another mode is added and removed.
fn modes(device: WDFDEVICE, host: ACXPIN) {
    let mode = &AUDIO_SIGNALPROCESSINGMODE_MEDIA;
    let mut config = init!(ACX_DATAFORMAT_LIST_CONFIG, ACX_DATAFORMAT_LIST_CONFIG_INIT);
    let (mut list, mut found): (ACXDATAFORMATLIST, ACXDATAFORMATLIST) = (null_mut(), null_mut());
    ok!(AcxDataFormatListCreate(device, null_mut(), &raw mut config, &raw mut list));
    ok!(AcxDataFormatListAddDataFormat(list, format(device, STEREO)));
    ok!(AcxPinAssignModeDataFormatList(host, mode, list));
    ok!(AcxPinRetrieveModeDataFormatList(host, mode, &raw mut found));
    assert_eq!(found, list);
    ok!(AcxPinRemoveModeDataFormatList(host, mode, &raw mut found));
    let gone = acx!(AcxPinRetrieveModeDataFormatList(host, mode, &raw mut found));
    assert_eq!(gone, STATUS_NOT_FOUND);
}

fn jack(bridge: ACXPIN) {
    let mut callbacks = init!(ACX_JACK_CALLBACKS, ACX_JACK_CALLBACKS_INIT);
    callbacks.EvtAcxJackRetrievePresenceState = Some(presence);
    let mut config = init!(ACX_JACK_CONFIG, ACX_JACK_CONFIG_INIT);
    config.Flags = _ACX_JACK_CONFIG_FLAGS::AcxJackConfigJackDetection as u32;
    config.Callbacks = &raw mut callbacks;
    let mut jack: ACXJACK = null_mut();
    ok!(AcxJackCreate(bridge, null_mut(), &raw mut config, &raw mut jack));
    ok!(AcxPinAddJacks(bridge, &raw mut jack, 1));
    keep("jack", jack);
}

fn build(device: WDFDEVICE) {
    values::formats(device);
    values::bags(device);
    values::rights();
    let unused = acx!(AcxCircuitInitAllocate(device));
    acx!(AcxCircuitInitFree(unused));
    let own = circuit(device, "Speaker0", RENDER, describe);
    keep("circuit", own);
    pins(device, own);
    elements::add(device, own);
    let mut events = [event(own.cast(), 22, false), event(own.cast(), 23, true)];
    ok!(AcxCircuitAddEvents(own, events.as_mut_ptr(), 2));
    keep("event", events[0]);
    keep("answered event", events[1]);
    let mut config = init!(ACX_PNPEVENT_CONFIG, ACX_PNPEVENT_CONFIG_INIT);
    config.Event = SET;
    let mut event: ACXPNPEVENT = null_mut();
    let handle = &raw mut event;
    ok!(AcxPnpEventCreate(device, own.cast(), null_mut(), &raw mut config, handle));
    keep("PnP event", event);
    assert_eq!(acx!(AcxCircuitGetWdfDevice(own)), device);
    ok!(AcxDeviceAddCircuit(device, own));
    behind(device);
    circuits::compose();
    factories::factory(device, true);
    let child = factories::child_device(device, prepare_nothing);
    ok!(AcxDeviceAddCircuitDevice(device, child));
    let mut version = ACX_DRIVER_VERSION_AVAILABLE_PARAMS::default();
    ACX_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&mut version, 1, 1);
    assert_eq!(acx!(AcxDriverIsVersionAvailable(kept("driver"), &raw mut version)), 1);
}

unsafe extern "C" fn prepare_nothing(
    _device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    STATUS_SUCCESS
}

/// The circuit behind.
fn behind(device: WDFDEVICE) {
    let back = circuit(device, "Amplifier0", RENDER, |_| {});
    let mut properties = [property(7)];
    let mut methods = [method(8)];
    let sink = pin(back, SINK, BRIDGE, |config| {
        (config.Methods, config.MethodsCount) = (methods.as_mut_ptr(), 1);
        (config.Properties, config.PropertiesCount) = (properties.as_mut_ptr(), 1);
    });
    list(device, sink, STEREO);
    keep("behind", sink);
    join(back, vec![sink, pin(back, SOURCE, BRIDGE, |_| {})]);
    elements::general(back);
    keep("back", back);
    ok!(AcxDeviceAddCircuit(device, back));
}

fn stream_init(description: PACXSTREAM_INIT) {
    let (mut properties, mut methods) = (targets::stream_properties(), [method(2)]);
    let count = properties.len() as u32;
    ok!(AcxStreamInitAssignProperties(description, properties.as_mut_ptr(), count));
    ok!(AcxStreamInitAssignMethods(description, methods.as_mut_ptr(), 1));
    ok!(AcxStreamInitAssignAcxRequestPreprocessCallback(
        description,
        Some(preprocess_stream),
        null_mut(),
        METHOD,
        &SET,
        AcxItemIdNone,
    ));
}

fn stream_made(stream: ACXSTREAM, _device: WDFDEVICE) {
    elements::add_to_stream(stream);
    let mut own = event(stream.cast(), 24, false);
    ok!(AcxStreamAddEvents(stream, &raw mut own, 1));
}

/// The driver's actions while a client uses it.
fn act(machine: &Machine, act: &Act) {
    let own = kept("stream");
    machine.inside(|| match act {
        Act::Raise(22) => acx!(AcxEventGenerateEvent(kept("event"))),
        Act::Raise(_) => acx!(AcxEventGenerateEvent(kept("answered event"))),
        Act::Stream => {
            ok!(AcxStreamBridgeAddStream(kept("bridge"), own));
            assert_eq!(acx!(AcxStreamGetCircuit(own)), kept("circuit"));
            let ids = [
                acx!(AcxStreamGetNotificationId(own)),
                acx!(AcxCircuitGetNotificationId(kept("circuit"))),
            ];
            assert_eq!(ids[0].Data4, ids[1].Data4);
            ok!(AcxStreamStopIoActual(own, 0, null_mut(), 0, std::ptr::null()));
            acx!(AcxStreamResumeIoActual(own, null_mut(), 0, std::ptr::null()));
            let circuit = kept("circuit");
            ok!(AcxCircuitStopIoActual(circuit, 0, null_mut(), 0, std::ptr::null()));
            acx!(AcxCircuitResumeIoActual(circuit, null_mut(), 0, std::ptr::null()));
        }
        Act::Complete => ok!(AcxRtStreamNotifyPacketComplete(own, 0, 1)),
        Act::Part => ok!(AcxStreamBridgeRemoveStream(kept("bridge"), own)),
    });
}

/// The driver's actions while the device runs.
fn use_driver(machine: &Machine) {
    machine.inside(|| {
        let own = kept("circuit");
        let device = acx!(AcxCircuitGetWdfDevice(own));
        let none = POWER_ACTION::PowerActionNone;
        let d3 = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3;
        let latency = acx!(AcxDeviceGetCurrentDxExitLatency(device, none, d3));
        assert_eq!(latency, _ACX_DX_EXIT_LATENCY::AcxDxExitLatencyResponsive);
        acx!(AcxJackChangeStateNotification(kept("jack")));
        acx!(AcxVolumeChangeLevelNotification(kept("volume")));
        acx!(AcxMuteChangeStateNotification(kept("mute")));
        let mut payload = *b"payload!";
        let event = kept("PnP event");
        ok!(AcxPnpEventGenerateEvent(event, payload.as_mut_ptr().cast(), 8));
        // Notifies the driver on the other side of the bridge.
        ok!(AcxPinNotifyDataFormatChange(kept("behind")));
        targets::use_circuit(device);
    });
    let events = machine.take_pnp_events();
    let [(id, payload)] = &events[..] else { panic!("one event: {events:?}") };
    assert_eq!((id.Data1, &payload[..]), (SET.Data1, &b"payload!"[..]));
}

#[test]
fn acx_e1_every_function_is_called_and_every_callback_comes() {
    let run = Plan::new(build)
        .stream_init(stream_init)
        .stream_made(stream_made)
        .release(|device| {
            ok!(AcxDeviceRemoveCircuit(device, kept("circuit")));
            ok!(AcxDeviceDetachCircuit(device, kept("back")));
            ok!(AcxDeviceRemoveFactoryCircuit(device, kept("factory")));
        })
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let client = Client {
                machine,
                endpoint: &endpoint,
                set: SET,
                module: elements::module_class(),
                act: &|what| act(machine, &what),
            };
            client.use_filter();
            client.use_stream();
            use_driver(machine);
            assert_eq!(machine.inside(factories::ask_for_circuit), STATUS_SUCCESS);
            assert_eq!(machine.inside(factories::ask_property), STATUS_SUCCESS);
            drop(endpoint);
            machine.inside(|| {
                let manager = acx!(AcxGetManager(null_mut()));
                ok!(AcxManagerRemoveCompositeTemplate(manager, kept("template")));
            });
            machine.sleep(Duration::from_secs(1));
        })
        .keeps_every_rule();
    let all: BTreeSet<&str> = ACX_FUNCTION_NAMES.into_iter().collect();
    assert_eq!(all.len(), 221);
    let missing: Vec<_> = all.difference(&run.called).collect();
    assert!(missing.is_empty(), "{} functions are not called: {missing:?}", missing.len());
    let came: BTreeSet<&str> = run.notes.iter().map(String::as_str).collect();
    let callbacks = callbacks();
    assert_eq!(callbacks.len(), 62);
    let missing: Vec<_> = callbacks.difference(&came).collect();
    assert!(missing.is_empty(), "{} callbacks do not come: {missing:?}", missing.len());
}
