//! The contracts of ACX that the host checks. A driver over the raw ABI breaks each on purpose, one
//! at a time.

#[macro_use]
mod linked;

use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{presentation, set_state};
use acx_client::{Direction, System};
use acx_host::{LinkedImage, Machine, Rule};
use acx_sys::ntddk::*;
use acx_sys::*;

/// The flaw of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    PinConfigWithoutSize,
    PinAddedTwice,
    InitLeft,
    CircuitAddedLate,
    NoStream,
    RtStreamWithoutRtCallbacks,
    StreamInitUsedTwice,
    PacketsNotZeroed,
    PacketsShareAPage,
    PacketsWithoutMdl,
    PacketsOfAnotherSize,
    NoArrayOfPackets,
    PacketsWithAnotherMdl,
    PacketsWithAnMdlThatIsNotBuilt,
    PacketsInsideABlock,
    PacketsOutsidePool,
    PacketsBeyondTheirBlock,
    SecondPacketElsewhere,
    SecondPacketOutside,
    CompletesBeforeRun,
    CompletesBackwards,
    CompletesUnderALock,
    SameComponentTwice,
    SharesALock,
    SharesALockWithItsClock,
    SharesALockWithATimer,
    FreesPacketsEarly,
    PositionGoesBack,
    ForgetsPackets,
}

static FLAW: Mutex<Flaw> = Mutex::new(Flaw::None);

fn has(flaw: Flaw) -> bool {
    *FLAW.lock().unwrap() == flaw
}

/// Handles and packets of the one circuit and stream.
#[derive(Clone, Copy)]
struct Made {
    circuit: usize,
    packets: [(usize, usize); 2],
    array: usize,
    position: u64,
}

static MADE: Mutex<Made> =
    Mutex::new(Made { circuit: 0, packets: [(0, 0); 2], array: 0, position: 0 });

const TAG: u32 = u32::from_le_bytes(*b"flaw");
const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
const NAME: [u16; 5] = [b'T' as u16, b'e' as u16, b's' as u16, b't' as u16, b'0' as u16];

unsafe extern "C" fn driver_entry(driver: PDRIVER_OBJECT, path: PUNICODE_STRING) -> NTSTATUS {
    let mut config = WDF_DRIVER_CONFIG::default();
    WDF_DRIVER_CONFIG_INIT(&mut config, Some(device_add));
    let mut handle: WDFDRIVER = null_mut();
    let mut acx = ACX_DRIVER_CONFIG::default();
    ACX_DRIVER_CONFIG_INIT(&mut acx);
    // SAFETY: DriverEntry's own arguments and filled structures.
    unsafe {
        // The path ends in a zero, which its length does not count.
        let UNICODE_STRING { Length, MaximumLength, Buffer } = *path;
        assert_eq!((MaximumLength, *Buffer.byte_add(Length.into())), (Length + 2, 0));
        WdfDriverCreate(driver, path, null_mut(), &raw mut config, &raw mut handle);
        AcxDriverInitialize(handle, &raw mut acx)
    }
}

fx_driver_entry!(driver_entry);

unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut config = ACX_DEVICEINIT_CONFIG::default();
    ACX_DEVICEINIT_CONFIG_INIT(&mut config);
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDevicePrepareHardware = Some(prepare_hardware);
    callbacks.EvtDeviceReleaseHardware = Some(release_hardware);
    callbacks.EvtDeviceD0Entry = Some(d0_entry);
    let mut device: WDFDEVICE = null_mut();
    let mut acx = ACX_DEVICE_CONFIG::default();
    ACX_DEVICE_CONFIG_INIT(&mut acx);
    // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
    unsafe {
        AcxDeviceInitInitialize(init, &raw mut config);
        WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks);
        WdfDeviceCreate(&raw mut init, null_mut(), &raw mut device);
        AcxDeviceInitialize(device, &raw mut acx)
    }
}

/// A pin of the circuit.
unsafe fn pin(circuit: ACXCIRCUIT, host: bool) -> ACXPIN {
    let category = if host { KSCATEGORY_AUDIO } else { KSNODETYPE_SPEAKER };
    let mut config = ACX_PIN_CONFIG::default();
    if !(host && has(Flaw::PinConfigWithoutSize)) {
        ACX_PIN_CONFIG_INIT(&mut config);
    }
    config.Category = &raw const category;
    config.MaxStreams = u32::from(host);
    (config.Type, config.Communication) = if host {
        (_ACX_PIN_TYPE::AcxPinTypeSink, _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink)
    } else {
        (_ACX_PIN_TYPE::AcxPinTypeSource, _ACX_PIN_COMMUNICATION::AcxPinCommunicationNone)
    };
    let mut pin: ACXPIN = null_mut();
    // SAFETY: a live circuit and structures that outlive the call.
    unsafe { AcxPinCreate(circuit, null_mut(), &raw mut config, &raw mut pin) };
    pin
}

unsafe extern "C" fn prepare_hardware(
    device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    let name = UNICODE_STRING { Length: 10, MaximumLength: 10, Buffer: NAME.as_ptr().cast_mut() };
    let mut bytes = STEREO.to_ks();
    let mut config = ACX_DATAFORMAT_CONFIG::default();
    ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, bytes.as_mut_ptr().cast());
    let mut circuit: ACXCIRCUIT = null_mut();
    let mut format: ACXDATAFORMAT = null_mut();
    // SAFETY: live handles, in the order that ACX requires; the host detects the rules that the
    // flaws break.
    unsafe {
        if has(Flaw::InitLeft) {
            AcxCircuitInitAllocate(device);
        }
        let mut init = AcxCircuitInitAllocate(device);
        AcxCircuitInitSetComponentId(init, &KSNODETYPE_SPEAKER);
        AcxCircuitInitAssignName(init, &raw const name);
        AcxCircuitInitSetCircuitType(init, _ACX_CIRCUIT_TYPE::AcxCircuitTypeRender);
        AcxCircuitInitAssignAcxCreateStreamCallback(init, Some(create_stream));
        AcxCircuitCreate(device, null_mut(), &raw mut init, &raw mut circuit);
        let mut pins = [pin(circuit, true), pin(circuit, false)];
        if pins[0].is_null() {
            WdfObjectDelete(circuit.cast());
            MADE.lock().unwrap().circuit = 0;
            return STATUS_UNSUCCESSFUL;
        }
        AcxDataFormatCreate(device, null_mut(), &raw mut config, &raw mut format);
        AcxDataFormatListAddDataFormat(AcxPinGetRawDataFormatList(pins[0]), format);
        AcxCircuitAddPins(circuit, pins.as_mut_ptr(), 2);
        if has(Flaw::PinAddedTwice) {
            AcxCircuitAddPins(circuit, pins.as_mut_ptr(), 1);
        }
        MADE.lock().unwrap().circuit = circuit as usize;
        if has(Flaw::CircuitAddedLate) {
            return STATUS_SUCCESS;
        }
        if has(Flaw::SameComponentTwice) {
            let name = UNICODE_STRING { Length: 8, MaximumLength: 8, ..name };
            let mut init = AcxCircuitInitAllocate(device);
            AcxCircuitInitSetComponentId(init, &KSNODETYPE_SPEAKER);
            AcxCircuitInitAssignName(init, &raw const name);
            AcxCircuitInitSetCircuitType(init, _ACX_CIRCUIT_TYPE::AcxCircuitTypeRender);
            let mut other: ACXCIRCUIT = null_mut();
            AcxCircuitCreate(device, null_mut(), &raw mut init, &raw mut other);
            AcxDeviceAddCircuit(device, other);
            OTHER.store(other as usize, Ordering::SeqCst);
        }
        AcxDeviceAddCircuit(device, circuit)
    }
}

/// A second circuit of the device.
static OTHER: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn d0_entry(device: WDFDEVICE, _previous: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    if has(Flaw::CircuitAddedLate) {
        let circuit = MADE.lock().unwrap().circuit as ACXCIRCUIT;
        // SAFETY: live handles.
        unsafe { AcxDeviceAddCircuit(device, circuit) };
    }
    STATUS_SUCCESS
}

unsafe extern "C" fn release_hardware(device: WDFDEVICE, _translated: WDFCMRESLIST) -> NTSTATUS {
    if has(Flaw::CircuitAddedLate) {
        return STATUS_SUCCESS;
    }
    let circuit = MADE.lock().unwrap().circuit as ACXCIRCUIT;
    if circuit.is_null() {
        return STATUS_SUCCESS;
    }
    let other = OTHER.swap(0, Ordering::SeqCst) as ACXCIRCUIT;
    // SAFETY: live handles, in EvtDeviceReleaseHardware.
    unsafe {
        if !other.is_null() {
            AcxDeviceRemoveCircuit(device, other);
        }
        AcxDeviceRemoveCircuit(device, circuit)
    }
}

unsafe extern "C" fn create_stream(
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    _pin: ACXPIN,
    mut init: PACXSTREAM_INIT,
    _format: ACXDATAFORMAT,
    _mode: *const GUID,
    _arguments: ACXOBJECTBAG,
) -> NTSTATUS {
    if has(Flaw::NoStream) {
        return STATUS_SUCCESS;
    }
    let mut callbacks = ACX_STREAM_CALLBACKS::default();
    ACX_STREAM_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtAcxStreamPrepareHardware = Some(prepare);
    callbacks.EvtAcxStreamRun = Some(run);
    let mut rt = ACX_RT_STREAM_CALLBACKS::default();
    ACX_RT_STREAM_CALLBACKS_INIT(&mut rt);
    rt.EvtAcxStreamAllocateRtPackets = Some(allocate);
    rt.EvtAcxStreamFreeRtPackets = Some(free);
    rt.EvtAcxStreamGetHwLatency = Some(latency);
    rt.EvtAcxStreamGetCurrentPacket = Some(current);
    rt.EvtAcxStreamGetPresentationPosition = Some(position);
    let mut stream: ACXSTREAM = null_mut();
    // SAFETY: ACX's init object, in its callback.
    unsafe {
        AcxStreamInitAssignAcxStreamCallbacks(init, &raw mut callbacks);
        if !has(Flaw::RtStreamWithoutRtCallbacks) {
            AcxStreamInitAssignAcxRtStreamCallbacks(init, &raw mut rt);
        }
        AcxStreamInitSetAcxRtStreamSupportsNotifications(init);
        let mut again = init;
        let created =
            AcxRtStreamCreate(device, circuit, null_mut(), &raw mut init, &raw mut stream);
        if has(Flaw::StreamInitUsedTwice) {
            AcxRtStreamCreate(device, circuit, null_mut(), &raw mut again, &raw mut stream);
        }
        created
    }
}

unsafe extern "C" fn prepare(stream: ACXSTREAM) -> NTSTATUS {
    if has(Flaw::CompletesBeforeRun) {
        // SAFETY: a live stream.
        unsafe { AcxRtStreamNotifyPacketComplete(stream, 0, 1) };
    }
    STATUS_SUCCESS
}

/// Runs `work` under a spin lock of the driver.
fn under_the_lock(work: impl FnOnce()) {
    static LOCK: AtomicUsize = AtomicUsize::new(0);
    // SAFETY: the driver's own lock, released to the IRQL before its acquisition.
    unsafe {
        let irql = KeAcquireSpinLockRaiseToDpc(LOCK.as_ptr().cast());
        work();
        KeReleaseSpinLock(LOCK.as_ptr().cast(), irql);
    }
}

/// The timer of the stream, which is its clock if it completes packets.
unsafe extern "C" fn tick(timer: WDFTIMER) {
    static PACKET: AtomicU32 = AtomicU32::new(0);
    under_the_lock(|| ());
    if has(Flaw::SharesALockWithItsClock) {
        // SAFETY: a live timer, whose parent is the stream.
        unsafe {
            let stream = WdfTimerGetParentObject(timer).cast();
            let packet = PACKET.fetch_add(1, Ordering::SeqCst);
            AcxRtStreamNotifyPacketComplete(stream, packet.into(), 1 + u64::from(packet));
        }
    }
}

/// Starts a timer of a millisecond.
fn start_a_timer(stream: ACXSTREAM) {
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT_PERIODIC(&mut config, Some(tick), 1);
    config.UseHighResolutionTimer = 1;
    let mut attributes = WDF_OBJECT_ATTRIBUTES::default();
    WDF_OBJECT_ATTRIBUTES_INIT(&mut attributes);
    attributes.ParentObject = stream.cast();
    let mut timer: WDFTIMER = null_mut();
    // SAFETY: structures that outlive the call; the timer goes with the stream.
    unsafe {
        WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
        WdfTimerStart(timer, -10_000);
    }
}

unsafe extern "C" fn run(stream: ACXSTREAM) -> NTSTATUS {
    if has(Flaw::SharesALock) {
        under_the_lock(|| ());
    }
    if has(Flaw::SharesALockWithItsClock) || has(Flaw::SharesALockWithATimer) {
        under_the_lock(|| ());
        start_a_timer(stream);
    }
    if has(Flaw::FreesPacketsEarly) {
        let block = std::mem::take(&mut MADE.lock().unwrap().packets[0].0);
        // SAFETY: allocated in `allocate`, freed here once.
        unsafe { ExFreePoolWithTag(block as PVOID, TAG) };
    }
    if has(Flaw::CompletesUnderALock) {
        // SAFETY: a live stream.
        under_the_lock(|| unsafe {
            AcxRtStreamNotifyPacketComplete(stream, 0, 1);
        });
    }
    if has(Flaw::CompletesBackwards) {
        // SAFETY: a live stream.
        unsafe {
            AcxRtStreamNotifyPacketComplete(stream, 1, 1);
            AcxRtStreamNotifyPacketComplete(stream, 0, 2);
        }
    }
    STATUS_SUCCESS
}

unsafe extern "C" fn allocate(
    _stream: ACXSTREAM,
    count: ULONG,
    size: ULONG,
    place: *mut PACX_RTPACKET,
) -> NTSTATUS {
    // SAFETY: ACX gives a valid place.
    unsafe { place.write(null_mut()) };
    if has(Flaw::NoArrayOfPackets) {
        return STATUS_SUCCESS;
    }
    let pages = size.next_multiple_of(PAGE_SIZE);
    let mut made = MADE.lock().unwrap();
    // SAFETY: an array on the pool for `count` entries, and blocks of whole pages with an MDL each.
    unsafe {
        let bytes = (count as usize * size_of::<ACX_RTPACKET>()) as u64;
        let array = ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG).cast::<ACX_RTPACKET>();
        for index in 0..count as usize {
            let block = ExAllocatePool2(POOL_FLAG_NON_PAGED, u64::from(pages), TAG);
            let start = match *FLAW.lock().unwrap() {
                Flaw::PacketsInsideABlock => block.byte_add(8),
                Flaw::PacketsOutsidePool => block.byte_add(1 << 40),
                Flaw::PacketsBeyondTheirBlock => block.byte_add(PAGE_SIZE as usize),
                _ => block,
            };
            let mdl = IoAllocateMdl(start, pages, 0, 1, null_mut());
            if !has(Flaw::PacketsWithAnMdlThatIsNotBuilt) {
                MmBuildMdlForNonPagedPool(mdl);
            }
            made.packets[index] = (block as usize, mdl as usize);
            let packet = &mut *array.add(index);
            ACX_RTPACKET_INIT(packet);
            if !has(Flaw::PacketsWithoutMdl) {
                let other = has(Flaw::PacketsWithAnotherMdl);
                let mdl = if other { block.cast() } else { mdl };
                WDF_MEMORY_DESCRIPTOR_INIT_MDL(&mut packet.RtPacketBuffer, mdl, pages);
            }
            let first_ends_on_a_page = index == 0 && !has(Flaw::PacketsShareAPage);
            packet.RtPacketOffset = if first_ends_on_a_page { pages - size } else { 0 };
            if has(Flaw::SecondPacketElsewhere) {
                packet.RtPacketOffset = 0;
                if index == 1 {
                    ACX_RTPACKET_INIT(packet);
                    packet.RtPacketOffset = size + 1;
                }
            }
            if has(Flaw::SecondPacketOutside) && index == 1 {
                ACX_RTPACKET_INIT(packet);
            }
            packet.RtPacketSize = size - u32::from(has(Flaw::PacketsOfAnotherSize));
            if has(Flaw::PacketsNotZeroed) {
                block.cast::<u8>().add(7).write(1);
            }
        }
        made.array = array as usize;
        place.write(array);
    }
    STATUS_SUCCESS
}

unsafe extern "C" fn free(_stream: ACXSTREAM, packets: PACX_RTPACKET, count: ULONG) {
    if has(Flaw::NoArrayOfPackets) {
        return;
    }
    let made = *MADE.lock().unwrap();
    assert_eq!(packets as usize, made.array, "the driver gets its own array back");
    if has(Flaw::ForgetsPackets) {
        return;
    }
    for (block, mdl) in &made.packets[..count as usize] {
        // SAFETY: allocated in `allocate`.
        unsafe {
            IoFreeMdl(*mdl as PMDL);
            if *block != 0 {
                ExFreePoolWithTag(*block as PVOID, TAG);
            }
        }
    }
    // SAFETY: allocated in `allocate`.
    unsafe { ExFreePoolWithTag(packets.cast(), TAG) };
}

unsafe extern "C" fn latency(_stream: ACXSTREAM, fifo: PULONG, delay: PULONG) -> NTSTATUS {
    // SAFETY: ACX gives valid places.
    unsafe {
        fifo.write(0);
        delay.write(0);
    }
    STATUS_SUCCESS
}

unsafe extern "C" fn current(_stream: ACXSTREAM, packet: PULONG) -> NTSTATUS {
    // SAFETY: ACX gives a valid place.
    unsafe { packet.write(0) };
    STATUS_SUCCESS
}

unsafe extern "C" fn position(_stream: ACXSTREAM, frames: PULONGLONG, at: PULONGLONG) -> NTSTATUS {
    if has(Flaw::SharesALock) {
        under_the_lock(|| ());
    }
    let mut made = MADE.lock().unwrap();
    made.position = if has(Flaw::PositionGoesBack) { 10 - made.position } else { 0 };
    // SAFETY: ACX gives valid places.
    unsafe {
        frames.write(made.position);
        at.write(1);
    }
    STATUS_SUCCESS
}

/// Loads the driver with `flaw`, streams briefly, unloads it, and returns the machine with its
/// findings.
fn run_with(flaw: Flaw) -> Machine {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *FLAW.lock().unwrap() = flaw;
    MADE.lock().unwrap().position = 0;
    let machine = Machine::builder().build();
    {
        let driver = machine.load(LinkedImage { name: "flaw", entry: fx_driver_entry }).unwrap();
        if let Ok(_device) = driver.add_device()
            && let Ok(endpoint) = Endpoint::find(&machine, Direction::Render)
        {
            let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
            if let Ok(stream) = EventStream::open(&machine, &endpoint, STEREO, mode, 480) {
                set_state(stream.pin(), KSSTATE::KSSTATE_RUN).unwrap();
                machine.sleep(Duration::from_millis(5));
                for _ in 0..3 {
                    presentation(stream.pin()).unwrap();
                }
            }
        }
    }
    machine
}

#[track_caller]
fn breaks(flaw: Flaw, rule: Rule, words: &str) {
    let machine = run_with(flaw);
    let found = machine.report().violations();
    assert!(!found.is_empty(), "{flaw:?} was not found");
    for violation in &found {
        assert_eq!(violation.rule, rule, "{found:#?}");
    }
    assert!(found[0].what.contains(words), "'{}' does not say '{words}'", found[0].what);
    assert_eq!(machine.report().gaps(), Vec::<&str>::new());
}

#[test]
fn a_driver_without_a_flaw_breaks_nothing() {
    let machine = run_with(Flaw::None);
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

#[test]
fn circuits_are_built_as_acx_asks() {
    breaks(Flaw::PinConfigWithoutSize, Rule::Uninitialized, "ACX_PIN_CONFIG was not initialized");
    breaks(Flaw::PinAddedTwice, Rule::WrongParent, "a pin joins its own circuit, once");
    breaks(Flaw::SameComponentTwice, Rule::BadArgument, "has the component id of another circuit");
    breaks(Flaw::InitLeft, Rule::ObjectLeak, "PACXCIRCUIT_INIT was neither used up nor freed");
    breaks(Flaw::CircuitAddedLate, Rule::OutOfPlace, "outside EvtDevicePrepareHardware");
}

#[test]
fn streams_are_created_as_acx_asks() {
    breaks(Flaw::NoStream, Rule::StreamNotMade, "succeeded without a stream");
    breaks(Flaw::RtStreamWithoutRtCallbacks, Rule::StreamNotMade, "needs ACX_RT_STREAM_CALLBACKS");
    breaks(Flaw::StreamInitUsedTwice, Rule::WrongHandle, "a stream init that is none (any more)");
}

#[test]
fn packets_are_what_a_client_may_map() {
    breaks(Flaw::PacketsNotZeroed, Rule::PacketNotZeroed, "memory that is not zeroed");
    breaks(Flaw::PacketsShareAPage, Rule::PacketLayout, "packet 0 of 1920 bytes lies at 0 of 4096");
    breaks(Flaw::PacketsWithoutMdl, Rule::PacketLayout, "packet 0 is not described by an MDL");
    for (flaw, words) in [
        (Flaw::PacketsOfAnotherSize, "wrong Size or RtPacketSize"),
        (Flaw::NoArrayOfPackets, "no array of packets"),
        (Flaw::PacketsWithAnotherMdl, "packet 0: an MDL that the driver does not have"),
        (Flaw::PacketsWithAnMdlThatIsNotBuilt, "packet 0 is not whole, locked pages"),
        (Flaw::PacketsInsideABlock, "packet 0 is not whole, locked pages"),
        (Flaw::PacketsOutsidePool, "no pages of pool"),
        (Flaw::PacketsBeyondTheirBlock, "no pages of pool"),
        (Flaw::SecondPacketElsewhere, "packet 1 of a shared buffer lies at 1921"),
        (Flaw::SecondPacketOutside, "packet 0 of 1920 bytes lies at 2176 of 4096"),
    ] {
        breaks(flaw, Rule::PacketLayout, words);
    }
}

#[test]
fn packets_stay_while_a_client_has_them() {
    let words = "freed while a client has it mapped";
    breaks(Flaw::FreesPacketsEarly, Rule::PacketsFreedEarly, words);
}

#[test]
fn the_packet_path_takes_no_lock_of_a_control_callback() {
    for (flaw, words) in [
        (Flaw::SharesALock, "EvtAcxStreamGetPresentationPosition and in EvtAcxStreamRun"),
        (Flaw::SharesALockWithItsClock, "EvtTimerFunc and in EvtAcxStreamRun"),
    ] {
        breaks(flaw, Rule::SharedLock, words);
        assert_eq!(run_with(flaw).report().count(), 1, "it is told once");
    }
    // A timer that completes no packet is not on that path.
    assert_eq!(run_with(Flaw::SharesALockWithATimer).report().count(), 0);
}

#[test]
fn packets_that_are_not_freed_are_a_leak() {
    let machine = run_with(Flaw::ForgetsPackets);
    let rules: Vec<Rule> = machine.report().violations().iter().map(|found| found.rule).collect();
    assert_eq!(rules.iter().filter(|rule| **rule == Rule::PoolLeak).count(), 3);
    assert_eq!(rules.iter().filter(|rule| **rule == Rule::MdlLeak).count(), 2);
    assert_eq!(rules.len(), 5);
}

#[test]
fn completions_and_positions_only_go_forward() {
    breaks(Flaw::CompletesBeforeRun, Rule::NotifyWithoutRun, "while the stream did not run");
    breaks(Flaw::CompletesBackwards, Rule::PacketOrder, "packet 0 was completed after a later one");
    breaks(Flaw::CompletesUnderALock, Rule::NotifyUnderLock, "while spin lock");
    breaks(Flaw::PositionGoesBack, Rule::PositionBackwards, "a position went back without a stop");
}
