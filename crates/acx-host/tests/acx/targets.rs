//! A driver's requests to another circuit, its pins, elements and streams.

use std::ptr::null_mut;

use acx_client::System;
use acx_client::request::descriptor;
use acx_sys::*;

use crate::client::STREAM_BEHIND;
use crate::driver::*;

const PIN: ACX_ITEM_TYPE = _ACX_ITEM_TYPE::AcxItemTypePin;
const ELEMENT: ACX_ITEM_TYPE = _ACX_ITEM_TYPE::AcxItemTypeElement;

/// The properties of every stream.
pub(crate) fn stream_properties() -> [ACX_PROPERTY_ITEM; 2] {
    let mut asking = property(STREAM_BEHIND);
    asking.EvtAcxObjectProcessRequest = Some(ask_stream_behind);
    [property(3), asking]
}

/// Sends a property and a method, formatted by `format`, and checks that both return 42.
macro_rules! ask {
    ($io:expr, $of:expr, $item:expr, $property:ident: $property_id:expr, $method:ident: $method_id:expr) => {
        for (kind, id) in [(PROPERTY, $property_id), (METHOD, $method_id)] {
            let mut value = [0; 4];
            let mut parameters = parameters(kind, &SET, id, $item, &mut value);
            let place = &raw mut parameters;
            let status = send($io, |request| {
                if kind == METHOD {
                    ok!($method($of, request, place));
                } else {
                    ok!($property($of, request, place));
                }
            });
            assert_eq!((status, value), (STATUS_SUCCESS, [42, 0, 0, 0]), stringify!($method));
        }
    };
}

unsafe extern "C" fn ask_stream_behind(stream: ACXOBJECT, request: WDFREQUEST) {
    let target = acx!(AcxStreamBridgeGetTargetStream(kept("bridge"), stream.cast()));
    assert!(!target.is_null());
    assert_eq!(acx!(AcxStreamBridgeGetTargetStream(kept("bridge"), stream.cast())), target);
    use_stream(target);
    // SAFETY: the driver has the request.
    unsafe { answer(stream, request) };
}

/// Every function of a target stream.
fn use_stream(target: ACXTARGETSTREAM) {
    let io = acx!(AcxTargetStreamGetWdfIoTarget(target));
    assert_eq!(acx!(AcxTargetStreamGetElementsCount(target)), 2);
    let element = acx!(AcxTargetStreamGetTargetElement(target, 0));
    assert!(!element.is_null());
    let mut rights = ACXDRMRIGHTS { CopyProtect: 1, ..ACXDRMRIGHTS::default() };
    ok!(AcxTargetStreamAssignDrmContentId(target, 1, &raw mut rights));
    ask!(
        io, target, ITSELF,
        AcxTargetStreamFormatRequestForProperty: 3,
        AcxTargetStreamFormatRequestForMethod: 2
    );
}

/// A target for the circuit that the driver has kept by this name.
pub(crate) fn target_of(device: WDFDEVICE, circuit: &'static str) -> ACXTARGETCIRCUIT {
    let mut config = init!(ACX_TARGET_CIRCUIT_CONFIG, ACX_TARGET_CIRCUIT_CONFIG_INIT);
    config.SymbolicLinkName = acx!(AcxCircuitGetSymbolicLinkName(kept(circuit)));
    let mut target: ACXTARGETCIRCUIT = null_mut();
    let place = &raw mut target;
    ok!(AcxTargetCircuitCreate(device, null_mut(), &raw mut config, place));
    target
}

/// Every function of a target circuit, and of its pins and elements.
pub(crate) fn use_circuit(device: WDFDEVICE) {
    let link = acx!(AcxCircuitGetSymbolicLinkName(kept("circuit")));
    let target = target_of(device, "circuit");
    assert_eq!(text_of(acx!(AcxTargetCircuitGetSymbolicLinkName(target))), text_of(link));
    let io = acx!(AcxTargetCircuitGetWdfIoTarget(target));
    ask!(
        io, target, ITSELF,
        AcxTargetCircuitFormatRequestForProperty: 1,
        AcxTargetCircuitFormatRequestForMethod: 2
    );
    assert_eq!(acx!(AcxTargetCircuitGetPinsCount(target)), 3);
    let pin = acx!(AcxTargetCircuitGetTargetPin(target, 1));
    assert_eq!(acx!(AcxTargetPinGetId(pin)), 1);
    let io = acx!(AcxTargetPinGetWdfIoTarget(pin));
    ask!(
        io, pin, (PIN, 1),
        AcxTargetPinFormatRequestForProperty: 7,
        AcxTargetPinFormatRequestForMethod: 8
    );
    let host = acx!(AcxTargetCircuitGetTargetPin(target, 0));
    let mut list: ACXDATAFORMATLIST = null_mut();
    ok!(AcxTargetPinRetrieveModeDataFormatList(host, &RAW, &raw mut list));
    ok!(AcxTargetPinFlushModeDataFormatListCache(host, &RAW));
    assert_eq!(acx!(AcxTargetCircuitGetElementsCount(target)), 8);
    let element = acx!(AcxTargetCircuitGetTargetElement(target, 7));
    assert_eq!(acx!(AcxTargetElementGetId(element)), 7);
    assert_eq!(acx!(AcxTargetElementGetType(element)).Data1, SET.Data1);
    assert_eq!(acx!(AcxTargetElementGetNameTag(element)).Data1, SET.Data1);
    let io = acx!(AcxTargetElementGetWdfIoTarget(element));
    ask!(
        io, element, (ELEMENT, 7),
        AcxTargetElementFormatRequestForProperty: 5,
        AcxTargetElementFormatRequestForMethod: 6
    );
    // SAFETY: the driver's own.
    unsafe { WdfObjectDelete(target.cast()) };
    create_stream(device);
}

/// A stream that the driver opens at the circuit behind.
fn create_stream(device: WDFDEVICE) {
    let circuit = target_of(device, "back");
    let mut config = init!(ACX_TARGET_STREAM_CONFIG, ACX_TARGET_STREAM_CONFIG_INIT);
    config.TargetCircuit = circuit;
    config.DataFormat = format(device, STEREO);
    config.SignalProcessingMode = &RAW;
    let mut stream: ACXTARGETSTREAM = null_mut();
    let handle = &raw mut stream;
    ok!(AcxTargetStreamCreate(device, null_mut(), &raw mut config, handle));
    use_stream(stream);
    // SAFETY: the driver's own.
    unsafe {
        WdfObjectDelete(stream.cast());
        WdfObjectDelete(circuit.cast());
    }
}

#[test]
fn a_request_of_a_length_has_the_bytes() {
    Plan::new(speaker)
        .run(|machine, _| {
            machine.inside(|| {
                let device = acx!(AcxCircuitGetWdfDevice(kept("circuit")));
                let target = target_of(device, "circuit");
                let io = acx!(AcxTargetCircuitGetWdfIoTarget(target));
                let format = |control, value: &mut [u8], length| {
                    let mut own = parameters(PROPERTY, &SET, 1, ITSELF, value);
                    own.Parameters.Property.ControlCb = control;
                    own.Parameters.Property.ValueCb = length;
                    if value.is_empty() {
                        own.Parameters.Property.Value = null_mut();
                    }
                    let (mut request, place): (WDFREQUEST, _) = (null_mut(), &raw mut own);
                    // SAFETY: a live target; the request is the driver's own, and deleted once.
                    let made = unsafe { WdfRequestCreate(null_mut(), io, &raw mut request) };
                    assert_eq!(made, STATUS_SUCCESS);
                    let status =
                        acx!(AcxTargetCircuitFormatRequestForProperty(target, request, place));
                    // SAFETY: made just now, and deleted once.
                    unsafe { WdfObjectDelete(request.cast()) };
                    status
                };
                assert_eq!(format(0, &mut [], 0), STATUS_SUCCESS);
                assert_eq!(format(0, &mut [0; 4], 4), STATUS_SUCCESS);
                assert_eq!(format(1, &mut [0; 4], 4), STATUS_INVALID_PARAMETER);
                assert_eq!(format(0, &mut [], 1), STATUS_INVALID_PARAMETER);
                // SAFETY: the driver's own.
                unsafe { WdfObjectDelete(target.cast()) };
            });
        })
        .keeps_every_rule();
}

#[test]
fn a_driver_opens_a_circuit_by_the_name_of_its_interface() {
    Plan::new(speaker)
        .run(|machine, _| {
            let name = machine.interfaces(&KSCATEGORY_AUDIO).remove(0);
            let mut name: Vec<u16> = name.encode_utf16().collect();
            machine.inside(|| {
                let device = acx!(AcxCircuitGetWdfDevice(kept("circuit")));
                let mut target: WDFIOTARGET = null_mut();
                let place = &raw mut target;
                ok!(WdfIoTargetCreate(device, null_mut(), place));
                let bytes = size_of_val(&name[..]) as u16;
                let mut opened = WDF_IO_TARGET_OPEN_PARAMS {
                    Size: size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as u32,
                    Type: _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenByName,
                    TargetDeviceName: UNICODE_STRING {
                        Length: bytes,
                        MaximumLength: bytes,
                        Buffer: name.as_mut_ptr(),
                    },
                    ..Default::default()
                };
                ok!(WdfIoTargetOpen(target, &raw mut opened));
                let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES);
                let mut asked = descriptor(set, id, KSPROPERTY_TYPE_GET, &[]);
                let mut count = [0_u8; 4];
                let memory = |bytes: &mut [u8]| {
                    let mut own = WDF_MEMORY_DESCRIPTOR::default();
                    let length = bytes.len() as u32;
                    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&mut own, bytes.as_mut_ptr().cast(), length);
                    own
                };
                let (mut input, mut output) = (memory(&mut asked), memory(&mut count));
                ok!(WdfIoTargetSendIoctlSynchronously(
                    target,
                    null_mut(),
                    IOCTL_KS_PROPERTY,
                    &raw mut input,
                    &raw mut output,
                    null_mut(),
                    null_mut(),
                ));
                assert_eq!(
                    u32::from_le_bytes(count),
                    acx!(AcxCircuitGetPinsCount(kept("circuit")))
                );
                acx!(WdfIoTargetClose(target));
            });
        })
        .keeps_every_rule();
}
