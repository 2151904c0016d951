//! The driver of these tests: over the raw ABI, with every callback of a stream. Each callback
//! records its name and runs the closure that the test planned for it.

use std::collections::{BTreeSet, HashMap};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acx_client::System;
use acx_client::endpoint::WaveFormat;
use acx_host::assumptions::Assumptions;
use acx_host::machine::{DeviceNode, Driver};
use acx_host::{LinkedImage, Machine, Rule};
use acx_sys::ntddk::*;
use acx_sys::*;

/// A call of an ACX function, which is recorded.
macro_rules! acx {
    ($name:ident($($argument:expr),* $(,)?)) => {{
        $crate::driver::called(stringify!($name));
        // SAFETY: live handles, and structures that outlive the call, as in a C driver. The host
        // detects the rules that a test breaks on purpose.
        unsafe { acx_sys::$name($($argument),*) }
    }};
}
pub(crate) use acx;

/// Like [`acx!`], and checks that the call succeeded.
macro_rules! ok {
    ($name:ident($($argument:expr),* $(,)?)) => {
        assert_eq!($crate::driver::acx!($name($($argument),*)), STATUS_SUCCESS, stringify!($name))
    };
}
pub(crate) use ok;

/// A structure initialized by its INIT function.
macro_rules! init {
    ($kind:ident, $init:ident) => {{
        let mut it = $kind::default();
        $init(&mut it);
        it
    }};
}
pub(crate) use init;

/// 48 kHz, 16 bits, stereo.
pub(crate) const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// 48 kHz, 16 bits, mono.
pub(crate) const MONO: WaveFormat =
    WaveFormat { float: false, channels: 1, mask: 4, rate: 48_000, bits: 16, valid_bits: 16 };

pub(crate) const RAW: GUID = AUDIO_SIGNALPROCESSINGMODE_RAW;

/// A test's plan for its driver.
#[derive(Clone)]
pub(crate) struct Plan {
    assumptions: Assumptions,
    is_threaded: bool,
    prepare: fn(WDFDEVICE),
    release: fn(WDFDEVICE),
    d0_entry: fn() -> NTSTATUS,
    cleanup: fn(WDFDEVICE),
    stream_init: fn(PACXSTREAM_INIT),
    stream_made: fn(ACXSTREAM, WDFDEVICE),
    stream_called: fn(&'static str, ACXSTREAM) -> NTSTATUS,
    stream_answer: NTSTATUS,
    is_basic: bool,
    has_rt_behind: bool,
    notes_destroy: bool,
    most_streams: u32,
}

impl Plan {
    /// A driver that builds its circuits in EvtDevicePrepareHardware.
    pub(crate) fn new(prepare: fn(WDFDEVICE)) -> Self {
        Self {
            assumptions: Assumptions::default(),
            is_threaded: false,
            prepare,
            release: |_| {},
            d0_entry: || STATUS_SUCCESS,
            cleanup: |_| {},
            stream_init: |_| {},
            stream_made: |_, _| {},
            stream_called: |_, _| STATUS_SUCCESS,
            stream_answer: STATUS_SUCCESS,
            is_basic: false,
            has_rt_behind: false,
            notes_destroy: false,
            most_streams: 1,
        }
    }

    pub(crate) fn assuming(mut self, assumptions: Assumptions) -> Self {
        self.assumptions = assumptions;
        self
    }

    pub(crate) fn threaded(mut self) -> Self {
        self.is_threaded = true;
        self
    }

    /// In EvtDeviceReleaseHardware.
    pub(crate) fn release(mut self, deed: fn(WDFDEVICE)) -> Self {
        self.release = deed;
        self
    }

    /// In EvtDeviceD0Entry, which has its result.
    pub(crate) fn d0_entry(mut self, deed: fn() -> NTSTATUS) -> Self {
        self.d0_entry = deed;
        self
    }

    /// In the EvtCleanupCallback of the device.
    pub(crate) fn cleanup(mut self, deed: fn(WDFDEVICE)) -> Self {
        self.cleanup = deed;
        self
    }

    /// Before a stream is created.
    pub(crate) fn stream_init(mut self, deed: fn(PACXSTREAM_INIT)) -> Self {
        self.stream_init = deed;
        self
    }

    /// After a stream was created.
    pub(crate) fn stream_made(mut self, deed: fn(ACXSTREAM, WDFDEVICE)) -> Self {
        self.stream_made = deed;
        self
    }

    /// In each callback of a stream, which has its result.
    pub(crate) fn stream_called(mut self, deed: fn(&'static str, ACXSTREAM) -> NTSTATUS) -> Self {
        self.stream_called = deed;
        self
    }

    /// The result of EvtAcxCircuitCreateStream after a client's stream was created.
    pub(crate) fn stream_answer(mut self, status: NTSTATUS) -> Self {
        self.stream_answer = status;
        self
    }

    /// Every stream is a basic one.
    pub(crate) fn basic(mut self) -> Self {
        self.is_basic = true;
        self
    }

    /// The EvtDestroyCallback of each stream is recorded.
    pub(crate) fn destroy_noted(mut self) -> Self {
        self.notes_destroy = true;
        self
    }

    /// Host pins have three streams at most, not one.
    pub(crate) fn several(mut self) -> Self {
        self.most_streams = 3;
        self
    }

    /// The streams behind a bridge are RT streams, too.
    pub(crate) fn rt_behind(mut self) -> Self {
        self.has_rt_behind = true;
        self
    }

    /// Loads the driver, plugs its device, lets `client` use it, and unloads it.
    pub(crate) fn run(self, client: impl FnOnce(&Machine, &DeviceNode<'_>)) -> Run {
        self.run_with(|machine, _, device| client(machine, device))
    }

    /// Like [`run`](Self::run), for a client that plugs more devices.
    pub(crate) fn run_with(
        self,
        client: impl FnOnce(&Machine, &Driver<'_>, &DeviceNode<'_>),
    ) -> Run {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        notes().clear();
        lock(&CALLED).clear();
        lock(&SLOTS).clear();
        lock(&OPENED).clear();
        FRAMES.store(11, Ordering::SeqCst);
        let (assumptions, is_threaded) = (self.assumptions, self.is_threaded);
        *lock(&PLAN) = Some(self);
        let machine = Machine::builder().assumptions(assumptions).threaded(is_threaded).build();
        {
            let image = LinkedImage { name: "acx", entry: fx_driver_entry };
            let driver = machine.load(image).expect("the driver loads");
            let device = driver.add_device();
            let found = machine.report().violations();
            let device = device.unwrap_or_else(|why| panic!("{why}: {found:#?}"));
            client(&machine, &driver, &device);
            drop(device);
            if !is_threaded {
                machine.sleep(Duration::from_secs(1));
            }
        }
        Run { notes: notes().clone(), called: lock(&CALLED).clone(), machine, _turn: turn }
    }

    /// Like [`run`](Self::run), with a device without clients.
    pub(crate) fn start(self) -> Run {
        self.run(|machine, _| machine.sleep(Duration::from_secs(1)))
    }
}

/// The result of a run.
pub(crate) struct Run {
    machine: Machine,
    pub(crate) notes: Vec<String>,
    /// The ACX functions that the driver called.
    pub(crate) called: BTreeSet<&'static str>,
    _turn: MutexGuard<'static, ()>,
}

impl Run {
    /// No rule was broken.
    #[track_caller]
    pub(crate) fn keeps_every_rule(self) -> Self {
        self.breaks(&[])
    }

    /// These rules were broken, in this order, and no other.
    #[track_caller]
    pub(crate) fn breaks(self, rules: &[Rule]) -> Self {
        let found = self.machine.report().violations();
        let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
        assert_eq!(broken, rules, "{found:#?}");
        assert_eq!(self.machine.report().gaps(), Vec::<&str>::new());
        self
    }

    /// The first violation says this.
    #[track_caller]
    pub(crate) fn saying(self, words: &str) -> Self {
        let found = self.machine.report().violations();
        assert!(found[0].what.contains(words), "'{}' does not say '{words}'", found[0].what);
        self
    }

    /// These events were recorded, in this order.
    #[track_caller]
    pub(crate) fn notes(self, notes: &[&str]) -> Self {
        assert_eq!(self.notes, notes);
        self
    }
}

static PLAN: Mutex<Option<Plan>> = Mutex::new(None);
static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static CALLED: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
static SLOTS: Mutex<Vec<(&'static str, usize)>> = Mutex::new(Vec::new());
static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

/// What EvtAcxCircuitCreateStream was called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) circuit: usize,
    pub(crate) channels: u16,
    /// The beginning of the mode's GUID.
    pub(crate) mode: Option<u32>,
    pub(crate) arguments: usize,
}

/// The streams that were opened since the last call, in order.
pub(crate) fn opened() -> Vec<Opened> {
    std::mem::take(&mut *lock(&OPENED))
}

/// The blocks and MDLs of packets, by the address of their array.
type Packets = HashMap<usize, Vec<(usize, usize)>>;

static PACKETS: Mutex<Option<Packets>> = Mutex::new(None);

fn lock<T>(what: &'static Mutex<T>) -> MutexGuard<'static, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plan() -> Plan {
    lock(&PLAN).clone().expect("a test runs")
}

/// What happened, in order.
pub(crate) fn notes() -> MutexGuard<'static, Vec<String>> {
    lock(&NOTES)
}

pub(crate) fn note(what: impl Into<String>) {
    notes().push(what.into());
}

/// A function of ACX was called.
pub(crate) fn called(name: &'static str) {
    lock(&CALLED).insert(name);
}

/// Stores a handle under a name.
pub(crate) fn keep<T>(name: &'static str, handle: *mut T) {
    let mut slots = lock(&SLOTS);
    slots.retain(|(own, _)| *own != name);
    slots.push((name, handle as usize));
}

/// The handle of that name; null if there is none.
pub(crate) fn kept<T>(name: &'static str) -> *mut T {
    let slots = lock(&SLOTS);
    slots.iter().find(|(own, _)| *own == name).map_or(0, |(_, handle)| *handle) as *mut T
}

/// A UNICODE_STRING, with what it points at.
pub(crate) struct Name {
    _units: Vec<u16>,
    pub(crate) string: UNICODE_STRING,
}

pub(crate) fn name(text: &str) -> Name {
    let mut units: Vec<u16> = text.encode_utf16().collect();
    let length = (2 * units.len()) as u16;
    let string =
        UNICODE_STRING { Length: length, MaximumLength: length, Buffer: units.as_mut_ptr() };
    Name { _units: units, string }
}

/// A WDFSTRING below the driver's device.
pub(crate) fn string(parent: WDFOBJECT, text: &str) -> WDFSTRING {
    let mut attributes = child_of(parent);
    let text = name(text);
    let mut string: WDFSTRING = null_mut();
    // SAFETY: a live parent, and a string that outlives the call.
    let status =
        unsafe { WdfStringCreate(&raw const text.string, &raw mut attributes, &raw mut string) };
    assert_eq!(status, STATUS_SUCCESS);
    string
}

/// The text of a WDFSTRING.
pub(crate) fn text_of(string: WDFSTRING) -> String {
    let mut text = UNICODE_STRING::default();
    // SAFETY: a live string, whose text is there as long as it is.
    let units = unsafe {
        WdfStringGetUnicodeString(string, &raw mut text);
        std::slice::from_raw_parts(text.Buffer, usize::from(text.Length / 2))
    };
    String::from_utf16_lossy(units)
}

/// Initialized attributes with a parent.
pub(crate) fn child_of(parent: WDFOBJECT) -> WDF_OBJECT_ATTRIBUTES {
    let mut attributes = init!(WDF_OBJECT_ATTRIBUTES, WDF_OBJECT_ATTRIBUTES_INIT);
    attributes.ParentObject = parent;
    attributes
}

/// Initialized attributes with an EvtCleanupCallback.
pub(crate) fn cleaned(cleanup: unsafe extern "C" fn(WDFOBJECT)) -> WDF_OBJECT_ATTRIBUTES {
    let mut attributes = init!(WDF_OBJECT_ATTRIBUTES, WDF_OBJECT_ATTRIBUTES_INIT);
    attributes.EvtCleanupCallback = Some(cleanup);
    attributes
}

/// A circuit of a device, as `describe` describes it.
pub(crate) fn circuit(
    device: WDFDEVICE,
    title: &str,
    kind: ACX_CIRCUIT_TYPE,
    describe: impl FnOnce(PACXCIRCUIT_INIT),
) -> ACXCIRCUIT {
    let mut description = acx!(AcxCircuitInitAllocate(device));
    let component = component_of(title);
    let title = name(title);
    ok!(AcxCircuitInitAssignName(description, &raw const title.string));
    acx!(AcxCircuitInitSetComponentId(description, &raw const component));
    acx!(AcxCircuitInitSetCircuitType(description, kind));
    ok!(AcxCircuitInitAssignAcxCreateStreamCallback(description, Some(create_stream)));
    describe(description);
    let mut attributes = cleaned(circuit_gone);
    attributes.ContextTypeInfo = &raw const CONTEXT.0;
    let mut circuit: ACXCIRCUIT = null_mut();
    let place = &raw mut description;
    ok!(AcxCircuitCreate(device, &raw mut attributes, place, &raw mut circuit));
    circuit
}

/// The component id of a circuit, another one for each of a device: its title's letters.
pub(crate) fn component_of(title: &str) -> GUID {
    let add = |sum: u32, byte: u8| sum.wrapping_mul(31).wrapping_add(byte.into());
    GUID { Data1: title.bytes().fold(0, add), ..KSNODETYPE_SPEAKER }
}

/// The type of the context of circuits.
pub(crate) struct ContextType(pub(crate) WDF_OBJECT_CONTEXT_TYPE_INFO);

// SAFETY: it is only read.
unsafe impl Sync for ContextType {}

pub(crate) static CONTEXT: ContextType = ContextType(WDF_OBJECT_CONTEXT_TYPE_INFO {
    Size: size_of::<WDF_OBJECT_CONTEXT_TYPE_INFO>() as u32,
    ContextName: c"Circuit".as_ptr().cast_mut(),
    ContextSize: 8,
    UniqueType: null_mut(),
    EvtDriverGetUniqueContextType: None,
});

unsafe extern "C" fn circuit_gone(_circuit: WDFOBJECT) {
    note("EvtCleanupCallback of the circuit");
}

/// Which pin.
pub(crate) const HOST: ACX_PIN_COMMUNICATION = _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink;
pub(crate) const BRIDGE: ACX_PIN_COMMUNICATION = _ACX_PIN_COMMUNICATION::AcxPinCommunicationNone;
pub(crate) const SINK: ACX_PIN_TYPE = _ACX_PIN_TYPE::AcxPinTypeSink;
pub(crate) const SOURCE: ACX_PIN_TYPE = _ACX_PIN_TYPE::AcxPinTypeSource;
pub(crate) const RENDER: ACX_CIRCUIT_TYPE = _ACX_CIRCUIT_TYPE::AcxCircuitTypeRender;

/// A pin of a circuit, not added yet.
pub(crate) fn pin(
    circuit: ACXCIRCUIT,
    kind: ACX_PIN_TYPE,
    communication: ACX_PIN_COMMUNICATION,
    describe: impl FnOnce(&mut ACX_PIN_CONFIG),
) -> ACXPIN {
    let mut config = init!(ACX_PIN_CONFIG, ACX_PIN_CONFIG_INIT);
    config.Type = kind;
    config.Communication = communication;
    config.Category = if communication == HOST { &KSCATEGORY_AUDIO } else { &KSNODETYPE_SPEAKER };
    config.MaxStreams = if communication == HOST { plan().most_streams } else { 0 };
    describe(&mut config);
    let mut pin: ACXPIN = null_mut();
    ok!(AcxPinCreate(circuit, null_mut(), &raw mut config, &raw mut pin));
    pin
}

/// A format of a device.
pub(crate) fn format(device: WDFDEVICE, of: WaveFormat) -> ACXDATAFORMAT {
    let mut bytes = of.to_ks();
    let mut config = ACX_DATAFORMAT_CONFIG::default();
    ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, bytes.as_mut_ptr().cast());
    let mut format: ACXDATAFORMAT = null_mut();
    ok!(AcxDataFormatCreate(device, null_mut(), &raw mut config, &raw mut format));
    format
}

/// Puts pins into a circuit.
pub(crate) fn join(circuit: ACXCIRCUIT, mut pins: Vec<ACXPIN>) {
    ok!(AcxCircuitAddPins(circuit, pins.as_mut_ptr(), pins.len() as u32));
}

/// The pin lists a format in mode RAW.
pub(crate) fn list(device: WDFDEVICE, pin: ACXPIN, of: WaveFormat) {
    let raw = acx!(AcxPinGetRawDataFormatList(pin));
    ok!(AcxDataFormatListAddDataFormat(raw, format(device, of)));
}

/// The pin lists a format in a mode, and no other.
pub(crate) fn list_in(device: WDFDEVICE, pin: ACXPIN, mode: &GUID, of: WaveFormat) {
    let mut config = init!(ACX_DATAFORMAT_LIST_CONFIG, ACX_DATAFORMAT_LIST_CONFIG_INIT);
    let mut list: ACXDATAFORMATLIST = null_mut();
    ok!(AcxDataFormatListCreate(device, null_mut(), &raw mut config, &raw mut list));
    ok!(AcxDataFormatListAddDataFormat(list, format(device, of)));
    ok!(AcxPinAssignModeDataFormatList(pin, mode, list));
}

/// A render circuit with a host pin and a bridge pin, added to its device. It is kept as "circuit".
pub(crate) fn speaker(device: WDFDEVICE) {
    speaker_with(device, |_| {});
}

/// Like [`speaker`], described further.
pub(crate) fn speaker_with(device: WDFDEVICE, describe: impl FnOnce(PACXCIRCUIT_INIT)) {
    let own = circuit(device, "Speaker0", RENDER, describe);
    let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    join(own, pins);
    keep("circuit", own);
    ok!(AcxDeviceAddCircuit(device, own));
}

/// Records the name of a stream's callback.
fn at(callback: &'static str, stream: ACXSTREAM) -> NTSTATUS {
    note(callback);
    (plan().stream_called)(callback, stream)
}

unsafe extern "C" fn stream_gone(_stream: WDFOBJECT) {
    note("EvtCleanupCallback of the stream");
}

unsafe extern "C" fn stream_destroyed(_stream: WDFOBJECT) {
    note("EvtDestroyCallback of the stream");
}

unsafe extern "C" fn prepare(stream: ACXSTREAM) -> NTSTATUS {
    at("EvtAcxStreamPrepareHardware", stream)
}

unsafe extern "C" fn release(stream: ACXSTREAM) -> NTSTATUS {
    at("EvtAcxStreamReleaseHardware", stream)
}

unsafe extern "C" fn run(stream: ACXSTREAM) -> NTSTATUS {
    at("EvtAcxStreamRun", stream)
}

unsafe extern "C" fn pause(stream: ACXSTREAM) -> NTSTATUS {
    at("EvtAcxStreamPause", stream)
}

unsafe extern "C" fn assign_content(
    stream: ACXSTREAM,
    _content: ULONG,
    rights: PACXDRMRIGHTS,
) -> NTSTATUS {
    // SAFETY: ACX's argument.
    let rights = unsafe { rights.read() };
    note(format!("rights {} {}", rights.CopyProtect, rights.DigitalOutputDisable));
    at("EvtAcxStreamAssignDrmContentId", stream)
}

const TAG: u32 = u32::from_le_bytes(*b"acxt");

unsafe extern "C" fn allocate(
    stream: ACXSTREAM,
    count: ULONG,
    size: ULONG,
    place: *mut PACX_RTPACKET,
) -> NTSTATUS {
    // A test may ask for more than that.
    let pages = size.next_multiple_of(PAGE_SIZE) + kept::<()>("bytes more") as u32;
    let mut made = Vec::new();
    let bytes = u64::from(count) * size_of::<ACX_RTPACKET>() as u64;
    // SAFETY: an array on the pool for `count` entries.
    let array = unsafe { ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG) }.cast::<ACX_RTPACKET>();
    for index in 0..count as usize {
        // SAFETY: a block of whole pages, with an MDL, and an entry of the array for it.
        unsafe {
            let block = ExAllocatePool2(POOL_FLAG_NON_PAGED, u64::from(pages), TAG);
            let mdl = IoAllocateMdl(block, pages, 0, 1, null_mut());
            MmBuildMdlForNonPagedPool(mdl);
            let packet = &mut *array.add(index);
            ACX_RTPACKET_INIT(packet);
            WDF_MEMORY_DESCRIPTOR_INIT_MDL(&mut packet.RtPacketBuffer, mdl, pages);
            packet.RtPacketOffset = if index == 0 { pages - size } else { 0 };
            packet.RtPacketSize = size;
            made.push((block as usize, mdl as usize));
        }
    }
    lock(&PACKETS).get_or_insert_default().insert(array as usize, made);
    // SAFETY: ACX's argument.
    unsafe { place.write(array) };
    at("EvtAcxStreamAllocateRtPackets", stream)
}

unsafe extern "C" fn free(stream: ACXSTREAM, array: PACX_RTPACKET, _count: ULONG) {
    at("EvtAcxStreamFreeRtPackets", stream);
    let made = lock(&PACKETS).get_or_insert_default().remove(&(array as usize));
    for (block, mdl) in made.expect("ACX gives back what it got") {
        // SAFETY: allocated in `allocate`.
        unsafe {
            IoFreeMdl(mdl as PMDL);
            ExFreePoolWithTag(block as PVOID, TAG);
        }
    }
    // SAFETY: allocated in `allocate`.
    unsafe { ExFreePoolWithTag(array.cast(), TAG) };
}

unsafe extern "C" fn latency(stream: ACXSTREAM, fifo: PULONG, delay: PULONG) -> NTSTATUS {
    // SAFETY: ACX gives valid places.
    unsafe {
        fifo.write(128);
        delay.write(0);
    }
    at("EvtAcxStreamGetHwLatency", stream)
}

unsafe extern "C" fn set_packet(
    stream: ACXSTREAM,
    _packet: ULONG,
    _flags: ULONG,
    _end: ULONG,
) -> NTSTATUS {
    at("EvtAcxStreamSetRenderPacket", stream)
}

unsafe extern "C" fn current(stream: ACXSTREAM, packet: PULONG) -> NTSTATUS {
    // SAFETY: ACX gives a valid place.
    unsafe { packet.write(7) };
    at("EvtAcxStreamGetCurrentPacket", stream)
}

unsafe extern "C" fn capture_packet(
    stream: ACXSTREAM,
    packet: PULONG,
    start: PULONGLONG,
    more: PBOOLEAN,
) -> NTSTATUS {
    // SAFETY: ACX gives valid places.
    unsafe {
        packet.write(6);
        start.write(1);
        more.write(0);
    }
    at("EvtAcxStreamGetCapturePacket", stream)
}

unsafe extern "C" fn position(
    stream: ACXSTREAM,
    frames: PULONGLONG,
    at_qpc: PULONGLONG,
) -> NTSTATUS {
    // SAFETY: ACX gives valid places.
    unsafe {
        frames.write(FRAMES.load(Ordering::SeqCst));
        at_qpc.write(1);
    }
    at("EvtAcxStreamGetPresentationPosition", stream)
}

/// The position that every stream answers.
pub(crate) static FRAMES: AtomicU64 = AtomicU64::new(11);

/// EvtAcxCircuitCreateStream of every circuit.
pub(crate) unsafe extern "C" fn create_stream(
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    pin: ACXPIN,
    mut description: PACXSTREAM_INIT,
    format: ACXDATAFORMAT,
    mode: *const GUID,
    arguments: ACXOBJECTBAG,
) -> NTSTATUS {
    note("EvtAcxCircuitCreateStream");
    let plan = plan();
    lock(&OPENED).push(Opened {
        circuit: circuit as usize,
        channels: acx!(AcxDataFormatGetChannelsCount(format)),
        // SAFETY: ACX's argument: a mode, or null.
        mode: unsafe { mode.as_ref() }.map(|mode| mode.Data1),
        arguments: arguments as usize,
    });
    keep("format", format);
    let mut callbacks = init!(ACX_STREAM_CALLBACKS, ACX_STREAM_CALLBACKS_INIT);
    callbacks.EvtAcxStreamPrepareHardware = Some(prepare);
    callbacks.EvtAcxStreamReleaseHardware = Some(release);
    callbacks.EvtAcxStreamRun = Some(run);
    callbacks.EvtAcxStreamPause = Some(pause);
    callbacks.EvtAcxStreamAssignDrmContentId = Some(assign_content);
    ok!(AcxStreamInitAssignAcxStreamCallbacks(description, &raw mut callbacks));
    let mut attributes = cleaned(stream_gone);
    attributes.EvtDestroyCallback = plan.notes_destroy.then_some(stream_destroyed);
    let mut stream: ACXSTREAM = null_mut();
    let (place, handle) = (&raw mut description, &raw mut stream);
    // The circuits behind have no host pin: their streams are basic ones.
    let is_behind = acx!(AcxPinGetType(pin)) == SINK && kept::<()>("behind") == pin.cast();
    (plan.stream_init)(description);
    let status = if plan.is_basic || (is_behind && !plan.has_rt_behind) {
        acx!(AcxStreamCreate(device, circuit, &raw mut attributes, place, handle))
    } else {
        let mut rt = init!(ACX_RT_STREAM_CALLBACKS, ACX_RT_STREAM_CALLBACKS_INIT);
        rt.EvtAcxStreamAllocateRtPackets = Some(allocate);
        rt.EvtAcxStreamFreeRtPackets = Some(free);
        rt.EvtAcxStreamGetHwLatency = Some(latency);
        rt.EvtAcxStreamSetRenderPacket = Some(set_packet);
        rt.EvtAcxStreamGetCurrentPacket = Some(current);
        rt.EvtAcxStreamGetCapturePacket = Some(capture_packet);
        rt.EvtAcxStreamGetPresentationPosition = Some(position);
        ok!(AcxStreamInitAssignAcxRtStreamCallbacks(description, &raw mut rt));
        acx!(AcxStreamInitSetAcxRtStreamSupportsNotifications(description));
        acx!(AcxRtStreamCreate(device, circuit, &raw mut attributes, place, handle))
    };
    if !NT_SUCCESS(status) {
        return status;
    }
    assert!(description.is_null(), "it is used up");
    if !is_behind {
        keep("stream", stream);
    }
    (plan.stream_made)(stream, device);
    if is_behind { STATUS_SUCCESS } else { plan.stream_answer }
}

unsafe extern "C" fn prepare_device(
    device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    (plan().prepare)(device);
    STATUS_SUCCESS
}

unsafe extern "C" fn enter_d0(_device: WDFDEVICE, _from: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    (plan().d0_entry)()
}

unsafe extern "C" fn release_device(device: WDFDEVICE, _translated: WDFCMRESLIST) -> NTSTATUS {
    (plan().release)(device);
    STATUS_SUCCESS
}

unsafe extern "C" fn device_gone(device: WDFOBJECT) {
    note("EvtCleanupCallback of the device");
    (plan().cleanup)(device.cast());
}

/// The init object of every device of the driver.
pub(crate) fn describe_device(description: PWDFDEVICE_INIT) {
    let mut config = init!(ACX_DEVICEINIT_CONFIG, ACX_DEVICEINIT_CONFIG_INIT);
    ok!(AcxDeviceInitInitialize(description, &raw mut config));
}

unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut description: PWDFDEVICE_INIT) -> NTSTATUS {
    describe_device(description);
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDevicePrepareHardware = Some(prepare_device);
    callbacks.EvtDeviceReleaseHardware = Some(release_device);
    callbacks.EvtDeviceD0Entry = Some(enter_d0);
    let mut attributes = cleaned(device_gone);
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
    let status = unsafe {
        WdfDeviceInitSetPnpPowerEventCallbacks(description, &raw mut callbacks);
        WdfDeviceCreate(&raw mut description, &raw mut attributes, &raw mut device)
    };
    assert_eq!(status, STATUS_SUCCESS);
    let mut config = init!(ACX_DEVICE_CONFIG, ACX_DEVICE_CONFIG_INIT);
    ok!(AcxDeviceInitialize(device, &raw mut config));
    status
}

unsafe extern "C" fn driver_entry(driver: PDRIVER_OBJECT, path: PUNICODE_STRING) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG::default();
    WDF_DRIVER_CONFIG_INIT(&mut config, Some(device_add));
    let mut handle: WDFDRIVER = null_mut();
    // SAFETY: DriverEntry's own arguments.
    let status =
        unsafe { WdfDriverCreate(driver, path, null_mut(), &raw mut config, &raw mut handle) };
    assert_eq!(status, STATUS_SUCCESS);
    keep("driver", handle);
    let mut config = init!(ACX_DRIVER_CONFIG, ACX_DRIVER_CONFIG_INIT);
    ok!(AcxDriverInitialize(handle, &raw mut config));
    status
}

fx_driver_entry!(driver_entry);

/// Sends a request that `format` formats to an I/O target, waits, and returns the result.
pub(crate) fn send(io: WDFIOTARGET, format: impl FnOnce(WDFREQUEST)) -> NTSTATUS {
    let mut request: WDFREQUEST = null_mut();
    let mut options = WDF_REQUEST_SEND_OPTIONS::default();
    let synchronous = _WDF_REQUEST_SEND_OPTIONS_FLAGS::WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
    WDF_REQUEST_SEND_OPTIONS_INIT(&mut options, synchronous as ULONG);
    // SAFETY: a live target; the request is the driver's own, and deleted once.
    unsafe {
        assert_eq!(WdfRequestCreate(null_mut(), io, &raw mut request), STATUS_SUCCESS);
        format(request);
        let _ = WdfRequestSend(request, io, &raw mut options);
        let status = WdfRequestGetStatus(request);
        WdfObjectDelete(request.cast());
        status
    }
}

/// The parameters of a property or method request to an item, with a value of four bytes.
pub(crate) fn parameters(
    kind: ACX_REQUEST_TYPE,
    set: &GUID,
    id: u32,
    item: (ACX_ITEM_TYPE, u32),
    value: &mut [u8],
) -> ACX_REQUEST_PARAMETERS {
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    let (place, length) = (value.as_mut_ptr().cast(), value.len() as u32);
    if kind == _ACX_REQUEST_TYPE::AcxRequestTypeMethod {
        let verb = _ACX_METHOD_VERB::AcxMethodVerbSend;
        ACX_REQUEST_PARAMETERS_INIT_METHOD(
            &mut parameters,
            *set,
            id,
            verb,
            item.0,
            item.1,
            null_mut(),
            0,
            place,
            length,
        );
    } else {
        let verb = _ACX_PROPERTY_VERB::AcxPropertyVerbGet;
        ACX_REQUEST_PARAMETERS_INIT_PROPERTY(
            &mut parameters,
            *set,
            id,
            verb,
            item.0,
            item.1,
            null_mut(),
            0,
            place,
            length,
        );
    }
    parameters
}

pub(crate) const PROPERTY: ACX_REQUEST_TYPE = _ACX_REQUEST_TYPE::AcxRequestTypeProperty;
pub(crate) const METHOD: ACX_REQUEST_TYPE = _ACX_REQUEST_TYPE::AcxRequestTypeMethod;
/// The object itself, not an element or pin of it.
pub(crate) const ITSELF: (ACX_ITEM_TYPE, u32) = (_ACX_ITEM_TYPE::AcxItemTypeDefault, AcxItemIdNone);

/// The driver-defined property set.
pub(crate) const SET: GUID = GUID { Data1: 0xACE0_0001, Data2: 1, Data3: 2, Data4: [3; 8] };

/// Completes a property or method request with 42.
pub(crate) unsafe extern "C" fn answer(_object: ACXOBJECT, request: WDFREQUEST) {
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
    acx!(AcxRequestGetParameters(request, &raw mut parameters));
    note("EvtAcxObjectProcessRequest");
    // SAFETY: properties and methods have the same layout; the value is valid until the request is
    // complete.
    unsafe {
        let property = parameters.Parameters.Property;
        if property.ValueCb >= 4 {
            property.Value.cast::<u32>().write_unaligned(42);
        }
        WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, property.ValueCb.into());
    }
}

/// Property `id` of the driver-defined set, which [`answer`] completes.
pub(crate) fn property(id: u32) -> ACX_PROPERTY_ITEM {
    ACX_PROPERTY_ITEM {
        Set: &SET,
        Id: id,
        Flags: ACX_PROPERTY_ITEM_FLAG_GET,
        EvtAcxObjectProcessRequest: Some(answer),
        ValueCb: 4,
        ..ACX_PROPERTY_ITEM::default()
    }
}

/// Method `id` of the driver-defined set, which [`answer`] completes.
pub(crate) fn method(id: u32) -> ACX_METHOD_ITEM {
    ACX_METHOD_ITEM {
        Set: &SET,
        Id: id,
        Flags: ACX_METHOD_ITEM_FLAG_SEND,
        EvtAcxObjectProcessRequest: Some(answer),
        ResultCb: 4,
        ..ACX_METHOD_ITEM::default()
    }
}
