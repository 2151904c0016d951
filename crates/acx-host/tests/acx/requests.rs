//! Requests of clients: what ACX checks before a driver's own items get them, what a driver gets
//! before ACX, and events.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::request::{descriptor, pin as of_pin};
use acx_client::{Direction, File, System};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;

fn endpoint(machine: &Machine) -> Endpoint {
    Endpoint::find(machine, Direction::Render).expect("there is one")
}

const GET: u32 = KSPROPERTY_TYPE_GET;
const PUT: u32 = KSPROPERTY_TYPE_SET;
const BASIC: u32 = KSPROPERTY_TYPE_BASICSUPPORT;
const SUPPORT: u32 = KSPROPERTY_TYPE_SETSUPPORT;

/// A speaker with properties 1 to 5 and method 6, which differ in flags and lengths.
fn declaring(device: WDFDEVICE) {
    let own = |id, flags, control, value| ACX_PROPERTY_ITEM {
        Flags: flags,
        ControlCb: control,
        ValueCb: value,
        ..property(id)
    };
    let mut properties = [
        own(1, GET, 0, 4),
        own(2, GET | PUT, 8, 4),
        own(3, GET | BASIC, 0, 4),
        own(4, GET, 0, 0),
        own(5, GET, 0, 1),
    ];
    let mut methods = [ACX_METHOD_ITEM { ArgsCb: 8, ..method(6) }];
    speaker_with(device, |description| {
        ok!(AcxCircuitInitAssignProperties(description, properties.as_mut_ptr(), 5));
        ok!(AcxCircuitInitAssignMethods(description, methods.as_mut_ptr(), 1));
    });
}

#[test]
fn a_drivers_items_are_asked_what_their_flags_and_lengths_allow() {
    const P: u32 = IOCTL_KS_PROPERTY;
    const M: u32 = IOCTL_KS_METHOD;
    let (long, short) = (STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL);
    let (verb, control) = (STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER);
    let (success, none) = (STATUS_SUCCESS, STATUS_PROPSET_NOT_FOUND);
    // The code, the id, the flags, the control's length, the room for the value; then the status,
    // the length that comes back, and the value's first number.
    let table = [
        ((P, 1, GET, 0, 0), (long, 4, 0)),
        ((P, 1, GET, 0, 3), (short, 0, 0)),
        ((P, 1, GET, 0, 4), (success, 4, 42)),
        ((P, 1, GET, 0, 8), (success, 8, 42)),
        ((P, 1, PUT, 0, 4), (verb, 0, 0)),
        ((P, 1, SUPPORT, 0, 0), (success, 0, 0)),
        ((P, 1, BASIC, 0, 0), (long, 4, 0)),
        ((P, 1, BASIC, 0, 3), (short, 0, 0)),
        ((P, 1, BASIC, 0, 4), (success, 4, GET | BASIC)),
        ((P, 1, BASIC, 0, 8), (success, 4, GET | BASIC)),
        ((P, 2, BASIC, 0, 4), (success, 4, GET | PUT | BASIC)),
        ((P, 2, PUT, 7, 4), (control, 0, 0)),
        ((P, 2, PUT, 8, 3), (short, 0, 0)),
        ((P, 2, PUT, 8, 0), (short, 0, 0)),
        ((P, 2, PUT, 8, 4), (success, 4, 42)),
        ((P, 2, GET, 8, 0), (long, 4, 0)),
        ((P, 3, BASIC, 0, 4), (success, 4, 42)),
        ((P, 4, GET, 0, 0), (success, 0, 0)),
        ((P, 5, GET, 0, 0), (long, 1, 0)),
        ((P, 6, GET, 8, 4), (none, 0, 0)),
        ((P, 1, 0, 0, 4), (verb, 0, 0)),
        ((M, 1, KSMETHOD_TYPE_SEND, 8, 4), (none, 0, 0)),
        ((M, 6, KSMETHOD_TYPE_SEND, 7, 4), (control, 0, 0)),
        ((M, 6, KSMETHOD_TYPE_SEND, 8, 0), (short, 0, 0)),
        ((M, 6, KSMETHOD_TYPE_SEND, 8, 4), (success, 4, 42)),
        ((M, 6, KSMETHOD_TYPE_NONE, 8, 4), (success, 4, 42)),
        ((M, 6, PUT, 8, 4), (verb, 0, 0)),
        ((M, 6, KSMETHOD_TYPE_BASICSUPPORT, 0, 4), (success, 4, GET | BASIC)),
        ((IOCTL_KS_ENABLE_EVENT, 1, KSEVENT_TYPE_ENABLE, 0, 24), (none, 0, 0)),
    ];
    Plan::new(declaring)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            for (asked, expected) in table {
                let (code, id, flags, control, room) = asked;
                let input = descriptor(&SET, id, flags, &vec![0; control]);
                let mut output = vec![0; room];
                let reply = endpoint.filter.ioctl(code, &input, Some(&mut output));
                output.resize(4, 0);
                let value = u32::from_le_bytes(output[..4].try_into().expect("four bytes"));
                assert_eq!((reply.status, reply.information, value), expected, "{asked:?}");
            }
        })
        .keeps_every_rule();
}

unsafe extern "C" fn preprocess(own: ACXOBJECT, context: ACXCONTEXT, request: WDFREQUEST) {
    note(format!("filter {}", context as usize));
    ok!(AcxCircuitDispatchAcxRequest(own.cast(), request));
}

/// Another set of the driver's.
const OTHER: GUID = GUID { Data1: 0xACE0_0009, ..SET };

#[test]
fn a_driver_preprocesses_the_requests_of_the_kind_set_and_id_that_it_names() {
    Plan::new(|device| {
        speaker_with(device, |description| {
            let any = _ACX_REQUEST_TYPE::AcxRequestTypeAny;
            let filters: [(ACX_REQUEST_TYPE, *const GUID, u32); 3] =
                [(METHOD, &SET, 2), (PROPERTY, &SET, AcxItemIdNone), (any, &OTHER, 3)];
            for (at, (kind, set, id)) in filters.into_iter().enumerate() {
                let context = at as ACXCONTEXT;
                ok!(AcxCircuitInitAssignAcxRequestPreprocessCallback(
                    description,
                    Some(preprocess),
                    context,
                    kind,
                    set,
                    id,
                ));
            }
        });
    })
    .run(|machine, _| {
        let endpoint = endpoint(machine);
        notes().clear();
        for (code, set, id, expected) in [
            (IOCTL_KS_METHOD, &SET, 2, Some(0)),
            (IOCTL_KS_METHOD, &SET, 3, None),
            (IOCTL_KS_METHOD, &OTHER, 2, None),
            (IOCTL_KS_PROPERTY, &SET, 2, Some(1)),
            (IOCTL_KS_PROPERTY, &SET, 7, Some(1)),
            (IOCTL_KS_PROPERTY, &OTHER, 2, None),
            (IOCTL_KS_PROPERTY, &OTHER, 3, Some(2)),
            (IOCTL_KS_METHOD, &OTHER, 3, Some(2)),
        ] {
            let input = descriptor(set, id, GET, &[]);
            let reply = endpoint.filter.ioctl(code, &input, Some(&mut [0; 4]));
            assert_eq!(reply.status, STATUS_PROPSET_NOT_FOUND);
            let came: Vec<String> = notes().drain(..).collect();
            let expected: Vec<String> = expected.iter().map(|at| format!("filter {at}")).collect();
            assert_eq!(came, expected, "{code:#x} {id}");
        }
    })
    .keeps_every_rule();
}

unsafe extern "C" fn describe(own: ACXOBJECT, _: ACXCONTEXT, request: WDFREQUEST) {
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
    acx!(AcxRequestGetParameters(request, &raw mut parameters));
    // SAFETY: the request is one about a property.
    let asked = unsafe { parameters.Parameters.Property };
    assert_eq!(asked.Control.is_null(), asked.ControlCb == 0);
    assert_eq!(asked.Value.is_null(), asked.ValueCb == 0);
    let (item, id) = (asked.ItemType, asked.ItemId.cast_signed());
    note(format!("item {item} {id}, {} and {} bytes", asked.ControlCb, asked.ValueCb));
    ok!(AcxCircuitDispatchAcxRequest(own.cast(), request));
}

#[test]
fn a_driver_sees_the_item_that_a_request_is_for() {
    use _ACX_ITEM_TYPE as I;
    Plan::new(|device| {
        speaker_with(device, |description| {
            ok!(AcxCircuitInitAssignAcxRequestPreprocessCallback(
                description,
                Some(describe),
                null_mut(),
                PROPERTY,
                std::ptr::null(),
                AcxItemIdNone,
            ));
        });
    })
    .run(|machine, _| {
        let endpoint = endpoint(machine);
        let none = (I::AcxItemTypeDefault, -1);
        let (on_pin, audio) = (&KSPROPSETID_Pin, &KSPROPSETID_Audio);
        let component = KSPROPERTY_GENERAL_COMPONENTID;
        // What follows the property, the room for the value; then the item and its control.
        for (set, id, instance, room, item, control) in [
            (on_pin, KSPROPERTY_PIN_CTYPES, 0, 4, none, 0),
            (on_pin, KSPROPERTY_PIN_CTYPES, 0, 0, none, 0),
            (&KSPROPSETID_General, component, 8, 72, none, 8),
            (on_pin, KSPROPERTY_PIN_DATAFLOW, 8, 4, (I::AcxItemTypePin, 1), 0),
            (on_pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT2, 12, 0, (I::AcxItemTypePin, 1), 4),
            (audio, KSPROPERTY_AUDIO_VOLUMELEVEL, 16, 4, (I::AcxItemTypeElement, 1), 8),
        ] {
            notes().clear();
            let mut rest = vec![0; instance];
            if let Some(first) = rest.first_mut() {
                *first = 1;
            }
            let input = descriptor(set, id, GET, &rest);
            endpoint.filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut vec![0; room]));
            let (kind, at) = item;
            let said = format!("item {kind} {at}, {control} and {room} bytes");
            assert_eq!(*notes(), [said], "{id} of {:#x}", set.Data1);
        }
    })
    .keeps_every_rule();
}

/// A client that waits for an event; its data stays where it was when it was enabled.
struct Waiting<'a> {
    machine: &'a Machine,
    signal: u64,
    data: Box<[u8; size_of::<KSEVENTDATA>()]>,
}

impl<'a> Waiting<'a> {
    fn new(machine: &'a Machine) -> Self {
        let signal = machine.create_event();
        let mut data = Box::new([0; size_of::<KSEVENTDATA>()]);
        data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
        data[8..16].copy_from_slice(&signal.to_le_bytes());
        Self { machine, signal, data }
    }

    fn enable(&mut self, file: &File, set: &GUID, id: u32, flags: u32, item: u32) -> NTSTATUS {
        let input = descriptor(set, id, flags, &of_pin(item));
        file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut self.data[..])).status
    }

    /// Whether the event came since the last look.
    fn came(&self) -> bool {
        self.machine.wait_any(&[self.signal], Duration::ZERO).is_some()
    }
}

#[test]
fn a_change_of_formats_is_told_at_its_own_pin() {
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let mut waiting = [Waiting::new(machine), Waiting::new(machine)];
            let set = &KSEVENTSETID_PinCapsChange;
            for (own, id) in waiting.iter_mut().zip(0..) {
                let (event, flags) = (KSEVENT_PINCAPS_FORMATCHANGE, KSEVENT_TYPE_ENABLE);
                assert_eq!(own.enable(&endpoint.filter, set, event, flags, id), STATUS_SUCCESS);
            }
            let came = || waiting.each_ref().map(Waiting::came);
            assert_eq!(came(), [false, false]);
            let circuit: ACXCIRCUIT = kept("circuit");
            let own = |id| acx!(AcxCircuitGetPinById(circuit, id));
            machine.inside(|| list(acx!(AcxCircuitGetWdfDevice(circuit)), own(0), MONO));
            assert_eq!(came(), [true, false]);
            machine.inside(|| ok!(AcxPinNotifyDataFormatChange(own(1))));
            assert_eq!(came(), [false, true]);
            machine.inside(|| list(acx!(AcxCircuitGetWdfDevice(circuit)), own(1), STEREO));
            assert_eq!(came(), [false, true]);
        })
        .keeps_every_rule();
}

unsafe extern "C" fn keeps_the_data(
    _object: ACXOBJECT,
    _event: ACXEVENT,
    _verb: ACX_EVENT_VERB,
    data: ACXEVENTDATA,
    request: WDFREQUEST,
) {
    keep("data", data);
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
    acx!(AcxRequestGetParameters(request, &raw mut parameters));
    assert_eq!(usize::from(parameters.Size), size_of::<ACX_REQUEST_PARAMETERS>());
    // SAFETY: the request is one about an event.
    let event = unsafe { parameters.Parameters.Event };
    note(format!(
        "type {}, major {}, set {:#x}, id {}, verb {}, item {} {}, {} bytes",
        parameters.Type,
        parameters.MajorFunction,
        event.Set.Data1,
        event.Id,
        event.Verb,
        event.ItemType,
        event.ItemId as i32,
        event.DataCb
    ));
    // SAFETY: the client's data, and a request that the driver has.
    unsafe {
        let flags = event.Data.cast::<u32>().read_unaligned();
        assert_eq!(flags, KSEVENTF_EVENT_HANDLE);
        WdfRequestComplete(request, STATUS_SUCCESS);
    }
}

#[test]
fn a_driver_that_answers_for_an_event_adds_its_data_before_it_has_answered() {
    Plan::new(|device| {
        speaker(device);
        let mut callbacks = init!(ACX_EVENT_CALLBACKS, ACX_EVENT_CALLBACKS_INIT);
        callbacks.EvtAcxEventProcessRequest = Some(keeps_the_data);
        let mut config = init!(ACX_EVENT_CONFIG, ACX_EVENT_CONFIG_INIT);
        config.Set = &SET;
        config.Id = 23;
        config.Callbacks = &raw mut callbacks;
        let mut event: ACXEVENT = null_mut();
        let (circuit, place) = (kept("circuit"), &raw mut event);
        ok!(AcxEventCreate(circuit, null_mut(), &raw mut config, place));
        ok!(AcxCircuitAddEvents(circuit.cast(), &raw mut event, 1));
        keep("event", event);
    })
    .run(|machine, _| {
        let endpoint = endpoint(machine);
        let mut own = Waiting::new(machine);
        notes().clear();
        let enabled = own.enable(&endpoint.filter, &SET, 23, KSEVENT_TYPE_ENABLE, 0);
        assert_eq!(enabled, STATUS_SUCCESS);
        let kind = _ACX_REQUEST_TYPE::AcxRequestTypeEvent;
        let verb = _ACX_EVENT_VERB::AcxEventVerbEnable;
        let said = |item| {
            let of = format!("set {:#x}, id 23, verb {verb}, item {item}", SET.Data1);
            let bytes = size_of::<KSEVENTDATA>();
            [format!("type {kind}, major 14, {of}, {bytes} bytes")]
        };
        let whole = _ACX_ITEM_TYPE::AcxItemTypeDefault;
        assert_eq!(*notes(), said(format!("{whole} -1")));
        // The same through a node.
        notes().clear();
        let flags = KSEVENT_TYPE_ENABLE | KSPROPERTY_TYPE_TOPOLOGY;
        assert_eq!(own.enable(&endpoint.filter, &SET, 23, flags, 7), STATUS_SUCCESS);
        let node = _ACX_ITEM_TYPE::AcxItemTypeElement;
        assert_eq!(*notes(), said(format!("{node} 7")));
        // It was not added: nobody waits.
        machine.inside(|| acx!(AcxEventGenerateEvent(kept("event"))));
        assert!(!own.came());
        machine.inside(|| acx!(AcxEventAddEventData(kept("event"), kept("data"))));
    })
    .breaks(&[Rule::WrongHandle])
    .saying("event data that is none (any more)");
}

#[test]
fn a_request_that_acx_hands_over_can_be_cancelable() {
    unsafe extern "C" fn cancels(_request: WDFREQUEST) {}
    unsafe extern "C" fn marks(_object: ACXOBJECT, request: WDFREQUEST) {
        // SAFETY: a request that the driver has.
        unsafe {
            assert_eq!(WdfRequestMarkCancelableEx(request, Some(cancels)), STATUS_SUCCESS);
            assert_eq!(WdfRequestUnmarkCancelable(request), STATUS_SUCCESS);
            WdfRequestComplete(request, STATUS_SUCCESS);
        }
        note("marked");
    }
    fn marking(device: WDFDEVICE) {
        let own = ACX_PROPERTY_ITEM { EvtAcxObjectProcessRequest: Some(marks), ..property(1) };
        let mut properties = [own];
        speaker_with(device, |description| {
            ok!(AcxCircuitInitAssignProperties(description, properties.as_mut_ptr(), 1));
        });
    }
    Plan::new(marking)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let (question, mut value) = (descriptor(&SET, 1, GET, &[]), vec![0; 4]);
            notes().clear();
            let reply = endpoint.filter.ioctl(IOCTL_KS_PROPERTY, &question, Some(&mut value));
            assert_eq!(reply.status, STATUS_SUCCESS);
            assert_eq!(*notes(), ["marked"]);
        })
        .keeps_every_rule();
}
