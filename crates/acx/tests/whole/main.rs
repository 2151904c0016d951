//! A driver on `acx` alone that uses every wrapper of an ACX function in the host; every result is
//! checked. The modules of the driver forbid `unsafe`.

#![deny(unsafe_code)]

/// An assertion that holds unless a call of the driver is made to fail.
macro_rules! sure {
    ($what:expr $(, $($why:tt)+)?) => {
        assert!($what || crate::FAILING.load(crate::SeqCst) $(, $($why)+)?)
    };
}

/// Like [`sure!`], for two equal values.
macro_rules! same {
    ($one:expr, $other:expr $(, $($why:tt)+)?) => {
        match (&$one, &$other) {
            (one, other) => {
                if !crate::FAILING.load(crate::SeqCst) {
                    assert_eq!(*one, *other $(, $($why)+)?);
                }
            }
        }
    };
}

mod ask;
mod driver;
mod front;
mod others;
mod values;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get, get_known, node, pin, set};
use acx_client::{Direction, File, System};
use acx_host::{LinkedImage, Machine};
use acx_sys::*;

acx::driver!(driver::Whole);

/// Whether a call of the driver is made to fail.
static FAILING: AtomicBool = AtomicBool::new(false);

/// The driver's globals are shared in the process: one test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// The events in the driver, in order.
static NOTES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

fn notes() -> MutexGuard<'static, Vec<&'static str>> {
    NOTES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(what: &'static str) {
    notes().push(what);
}

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// A client enables an event, `raise` raises it, and the client disables it.
fn listen(machine: &Machine, file: &File, id: u32, instance: &[u8], raise: impl FnOnce()) {
    let signal = machine.create_event();
    let mut data = [0_u8; size_of::<KSEVENTDATA>()];
    data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
    data[8..16].copy_from_slice(&signal.to_le_bytes());
    let input = descriptor(&driver::SET, id, KSEVENT_TYPE_ENABLE, instance);
    let enabled = file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
    assert_eq!(enabled.status, STATUS_SUCCESS, "event {id}");
    raise();
    assert!(machine.wait_any(&[signal], Duration::ZERO).is_some(), "event {id}");
    assert_eq!(file.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None).status, STATUS_SUCCESS);
}

/// The status with which a client's listening is refused.
fn refused(machine: &Machine, file: &File, id: u32, instance: &[u8]) -> NTSTATUS {
    let mut data = [0_u8; size_of::<KSEVENTDATA>()];
    data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
    data[8..16].copy_from_slice(&machine.create_event().to_le_bytes());
    let input = descriptor(&driver::SET, id, KSEVENT_TYPE_ENABLE, instance);
    let status = file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data)).status;
    let disabled = file.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None).status;
    assert_ne!(disabled, STATUS_SUCCESS, "event {id}: it does not listen");
    status
}

/// A client listens for a while, and hears nothing.
fn listen_in_vain(machine: &Machine, file: &File, id: u32, instance: &[u8]) {
    let mut data = [0_u8; size_of::<KSEVENTDATA>()];
    data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
    data[8..16].copy_from_slice(&machine.create_event().to_le_bytes());
    let input = descriptor(&driver::SET, id, KSEVENT_TYPE_ENABLE, instance);
    let enabled = file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data)).status;
    assert_eq!(enabled, STATUS_SUCCESS, "event {id}");
    assert_eq!(file.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None).status, STATUS_SUCCESS);
}

/// Makes the driver do `deed`, by a driver-defined property.
fn order(file: &File, deed: u32) {
    let value = deed.to_le_bytes();
    set(file, "an order", &driver::SET, front::ORDER, &[], &value).unwrap();
}

fn method(file: &File, set: &GUID, id: u32) -> Vec<u8> {
    let input = descriptor(set, id, KSMETHOD_TYPE_SEND, &[]);
    let mut result = [0; 4];
    let reply = file.ioctl(IOCTL_KS_METHOD, &input, Some(&mut result));
    assert_eq!(reply.status, STATUS_SUCCESS, "method {id}");
    result.to_vec()
}

fn endpoint(machine: &Machine, name: &str) -> Endpoint {
    let all = Endpoint::all(machine, Direction::Render).unwrap();
    let is_it = |own: &Endpoint| own.path(machine).unwrap()[0] == name;
    all.into_iter().find(is_it).unwrap_or_else(|| panic!("{name} is there"))
}

/// The connections of a filter: from which node and pin to which.
fn connections(filter: &File) -> Vec<[u32; 4]> {
    let id = KSPROPERTY_TOPOLOGY_CONNECTIONS;
    let list = get(filter, "", &KSPROPSETID_Topology, id, &[]).unwrap();
    let word = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
    let rows = list[8..].as_chunks::<16>().0.iter();
    rows.map(|row| {
        let words = row.as_chunks::<4>().0;
        [word(&words[0]), word(&words[1]), word(&words[2]), word(&words[3])]
    })
    .collect()
}

/// KSFILTER_NODE. The host numbers the pins of a node: in 1, out 0.
const FILTER: u32 = u32::MAX;

fn use_filter(machine: &Machine, filter: &File) {
    let wired = [[FILTER, 0, 1, 1], [1, 0, 0, 1], [0, 0, FILTER, 1]];
    assert_eq!(connections(filter), wired);
    let own = &driver::SET;
    assert_eq!(get_known(filter, "", own, front::ANSWER, &[], 4).unwrap(), [42, 0, 0, 0]);
    assert_eq!(method(filter, own, front::METHOD), [42, 0, 0, 0]);
    let sink = get_known(filter, "", &KSPROPSETID_Jack, KSPROPERTY_JACK_SINK_INFO, &pin(2), 96);
    let sink = sink.unwrap();
    let told = [0, 4, 8, 12, 16].map(|at| sink[at]);
    assert_eq!(told, [1, 2, 4, 0, 1], "as the driver says: it takes commands and no HDCP");
    let text: Vec<u8> = "Television".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(sink[20] == 10 && sink[22..].starts_with(&text), "{sink:?}");
    assert_eq!(sink[88..], [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88], "its port");
    let wire = KSPROPERTY_PIN_PHYSICALCONNECTION;
    let wire = get(filter, "", &KSPROPSETID_Pin, wire, &pin(2)).unwrap();
    assert_eq!(wire[4..8], [7, 0, 0, 0], "the other circuit's pin");
    let link: Vec<u8> = r"\??\somewhere else".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(wire[8..].starts_with(&link), "{wire:?}");
    let proposed = KSPROPERTY_PIN_PROPOSEDATAFORMAT;
    set(filter, "", &KSPROPSETID_Pin, proposed, &pin(2), &STEREO.to_ks()).unwrap();
    listen(machine, filter, front::EVENT, &[], || order(filter, front::RAISE));
    listen(machine, filter, front::HANDLED, &[], || order(filter, front::RAISE_HANDLED));
    assert_eq!(refused(machine, filter, front::OF_PIN, &pin(1)), STATUS_NOT_SUPPORTED);
    assert_eq!(refused(machine, filter, front::FORGOTTEN, &pin(1)), STATUS_UNSUCCESSFUL);
    listen_in_vain(machine, filter, front::OF_ELEMENT, &node(1, None)[..8]);
    order(filter, front::DETECT);
    let events = machine.take_pnp_events();
    let events: Vec<_> = events.iter().map(|(id, told)| (id.Data1, id.Data4, &**told)).collect();
    assert_eq!(events, [(own.Data1, own.Data4, &b"payload!"[..])]);
    machine.record_calls();
    order(filter, front::ASK);
    machine.sleep(Duration::from_secs(1));
    // What a factory made goes with its device.
    assert!(machine.take_calls().contains("AcxDeviceRemoveCircuitDevice"));
    order(filter, front::STOP);
    machine.sleep(Duration::from_secs(1));
}

/// The changes of streams' states during `act`, in order.
fn states(act: impl FnOnce()) -> Vec<&'static str> {
    let before = notes().len();
    act();
    let is_state = |what: &&&str| what.ends_with(": run") || what.ends_with(": pause");
    notes()[before..].iter().filter(is_state).copied().collect()
}

fn use_stream(machine: &Machine, endpoint: &Endpoint) {
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let mut stream = EventStream::open(machine, endpoint, STEREO, mode, 480).unwrap();
    let pin = stream.pin();
    assert_eq!(method(pin, &driver::SET, front::METHOD), [42, 0, 0, 0]);
    pin.assign_content(true, false).unwrap();
    let asked = get_known(pin, "", &driver::SET, front::ASK_BEHIND, &[], 4).unwrap();
    assert_eq!(asked, [42, 0, 0, 0], "the stream behind answers");
    assert_eq!(states(|| stream.run().unwrap()), ["stream: run", "stream behind: run"]);
    assert_eq!(stream.completed().0, 1, "the driver reports a packet when it runs");
    stream.stop().unwrap();
    let left = set(stream.pin(), "", &driver::SET, front::LEAVE_BRIDGE, &[], &[0; 4]);
    left.unwrap();
}

#[test]
fn a_device_that_is_pulled_out_is_told_so() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let machine = Machine::builder().build();
    {
        let driver = machine.load(LinkedImage { name: "whole", entry: FxDriverEntry }).unwrap();
        let device = driver.add_device().unwrap();
        let before = notes().len();
        device.surprise_remove();
        assert!(notes()[before..].contains(&"device: pulled out"));
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

/// The functions of ACX that a driver's calls can fail in, as the host counts them.
fn expected() -> BTreeSet<String> {
    let table = include_str!("../../../acx-sys/facts/acx-functions.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row.get(2) == Some(&"NTSTATUS")).map(|row| row[1].to_owned()).collect()
}

/// The functions that this driver does not call, each with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    ("AcxObjectBagAddString", "not wrapped: docs/coverage.md"),
    ("AcxMicArrayGeometryCreate", "tests/composite.rs and the driver itself"),
    ("AcxMicArrayGeometryAddMicrophoneCoordinates", "as above"),
    ("AcxJackCreate", "tests/wrappers.rs"),
    ("AcxPinAddJacks", "tests/wrappers.rs"),
    ("AcxAudioEngineCreate", "the driver itself"),
    ("AcxStreamAudioEngineCreate", "the driver itself"),
    ("AcxKeywordSpotterCreate", "the driver itself"),
    ("AcxAudioModuleCreate", "the driver itself"),
    ("AcxPeakMeterCreate", "the driver itself"),
    ("AcxMuteCreate", "tests/wrappers.rs"),
    ("AcxDeviceAddCircuitDevice", "the driver itself"),
];

#[test]
fn a_driver_on_acx_alone_uses_every_wrapper_and_gets_right_answers() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let machine = Machine::builder().build();
    machine.record_fallible_calls();
    {
        let driver = machine.load(LinkedImage { name: "whole", entry: FxDriverEntry }).unwrap();
        let device = driver.add_device();
        let found = machine.report().violations();
        let device = device.unwrap_or_else(|why| panic!("{why}: {found:#?}"));
        let front = endpoint(&machine, "Front0");
        assert_eq!(front.path(&machine).unwrap(), ["Front0", "Back0"]);
        let source = endpoint(&machine, "Source0");
        assert_eq!(source.path(&machine).unwrap(), ["Source0", "Made0"]);
        use_filter(&machine, &front.filter);
        let back = &front.behind(&machine).unwrap()[0].filter;
        assert_eq!(connections(back), [[FILTER, 1, 0, 1], [0, 0, FILTER, 0]]);
        use_stream(&machine, &front);
        listen_in_vain(&machine, back, front::ALONE, &[]);
        assert_eq!(connections(&source.filter), [[FILTER, 0, FILTER, 1]]);
        let made = &source.behind(&machine).unwrap()[0].filter;
        assert_eq!(connections(made), [[FILTER, 0, FILTER, 1]]);
        // ACX would make pins of its own for a circuit without any.
        let category = KSPROPERTY_PIN_CATEGORY;
        let category = get(made, "", &KSPROPSETID_Pin, category, &pin(1)).unwrap();
        assert_eq!(category[..4], KSNODETYPE_SPEAKER.Data1.to_le_bytes());
        let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let stream = EventStream::open(&machine, &source, STEREO, raw, 480).unwrap();
        // The bridge's order is inverted.
        assert_eq!(states(|| stream.run().unwrap()), ["stream behind: run", "stream: run"]);
        let pauses = ["stream: pause", "stream behind: pause"];
        assert_eq!(states(|| stream.pause().unwrap()), pauses);
        drop(stream);
        // Circuits come back after a rebalance: also what the factory made.
        drop((front, source));
        device.rebalance().unwrap();
        assert_eq!(endpoint(&machine, "Source0").path(&machine).unwrap(), ["Source0", "Made0"]);
        machine.sleep(Duration::from_secs(1));
        machine.record_calls();
    }
    let calls = machine.take_calls();
    for call in
        ["EvtDriverUnload", "AcxManagerRemoveCompositeTemplate", "AcxDeviceRemoveFactoryCircuit"]
    {
        assert!(calls.contains(call), "{call} belongs to the end: {calls:?}");
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    let said: BTreeSet<&str> = notes().iter().copied().collect();
    for callback in CALLBACKS {
        assert!(said.contains(callback), "{callback} did not come: {said:?}");
    }
    let called: BTreeSet<&str> = machine.take_fallible_calls().into_iter().collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.iter().map(|(name, _)| *name).collect();
    let expected = expected();
    assert!(expected.len() > 100, "the table was not read");
    let missing: Vec<_> = expected
        .iter()
        .filter(|name| !called.contains(name.as_str()) && !elsewhere.contains(name.as_str()))
        .collect();
    assert_eq!(missing, UNCOUNTED, "calls that the driver does not make");
}

/// Loads the driver, starts its device and removes it; the calls that `plan` selects fail.
fn live(plan: impl FnOnce(&Machine)) -> Machine {
    let machine = Machine::builder().build();
    plan(&machine);
    if let Ok(driver) = machine.load(LinkedImage { name: "whole", entry: FxDriverEntry }) {
        drop(driver.add_device());
    }
    machine
}

#[test]
fn a_call_that_fails_leaves_nothing_of_what_was_made_before_it() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    FAILING.store(true, SeqCst);
    let calls = live(Machine::record_fallible_calls).take_fallible_calls();
    assert!(calls.len() > 200, "{calls:?}");
    for (at, call) in (0_u64..).zip(&calls) {
        let machine = live(|machine| machine.fail_at(&[at]));
        let violations = machine.report().violations();
        assert!(violations.is_empty(), "call {at}, {call}: {violations:#?}");
    }
    FAILING.store(false, SeqCst);
}

/// Functions that return a status and never fail in the host: their effects are checked.
const UNCOUNTED: &[&str] = &[
    "AcxCircuitDispatchAcxRequest",
    "AcxDataFormatListRemoveDataFormat",
    "AcxDataFormatListRemoveDataFormats",
    "AcxDeviceRemoveCircuit",
    "AcxDeviceRemoveCircuitDevice",
    "AcxDeviceRemoveFactoryCircuit",
    "AcxManagerRemoveCompositeTemplate",
    "AcxPinNotifyDataFormatChange",
    "AcxPinRemoveModeDataFormatList",
    "AcxPinRemoveStreamBridges",
    "AcxRtStreamNotifyPacketComplete",
    "AcxStreamBridgeRemoveStream",
    "AcxStreamDispatchAcxRequest",
];

/// Callbacks and work items that the driver records.
const CALLBACKS: &[&str] = &[
    "device: to D0",
    "device: from D0",
    "circuit: power up",
    "circuit: power down",
    "circuit behind: joins a composite",
    "joins a composite",
    "the composite is complete",
    "the composite parts",
    "circuit: prepare hardware",
    "circuit: release hardware",
    "factory: child",
    "factory: circuit",
    "factory: prepare hardware",
    "factory: release hardware",
    "factory: power up",
    "factory: power down",
    "factory: property",
    "factory: method",
    "factory: preprocess",
    "factory: circuit goes",
    "pin: connected",
    "pin: disconnected",
    "pin: formats changed",
    "pin: set format",
    "pin: property",
    "pin: method",
    "element: property",
    "element: method",
    "element: an argument",
    "event: enable",
    "event of an element: enable",
    "event of an element: disable",
    "stream: content",
    "stream: arguments",
    "stream behind: gone",
    "asked another circuit",
    "opened a stream",
    "asked a factory",
    "worked while stopped",
];
