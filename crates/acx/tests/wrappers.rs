//! The wrappers that the acxvad driver does not use, in a separate driver: basic streams, requests
//! that the driver preprocesses, events, change notifications, a jack with presence detection.

#![deny(unsafe_code)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl, VolumeRange};
use acx::event::{ChangeNotifier, EventGenerator, EventSource};
use acx::format::{Coding, WaveFormat};
use acx::guid::{GUID, KSNODETYPE_SPEAKER, KSPROPSETID_Pin};
use acx::jack::{JackDescription, Presence};
use acx::keyword::{KeywordSpotter, Patterns};
use acx::own_events::HasEvents;
use acx::packets::{PacketLayout, RtPackets};
use acx::pin::Mode;
use acx::request::{Filter, Request, RequestType, Verb};
use acx::stream::{CreateStream, HwLatency, Position, RtStream, Stream};
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
use acx::{Error, Passive, Result};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get, get_known, node, pin, set};
use acx_client::{File, Reply, System};
use acx_host::{LinkedImage, Machine};
use acx_sys::{
    IOCTL_KS_DISABLE_EVENT, IOCTL_KS_ENABLE_EVENT, IOCTL_KS_PROPERTY,
    JACKDESC2_PRESENCE_DETECT_CAPABILITY, KSCATEGORY_AUDIO, KSEVENT_CONTROL_CHANGE,
    KSEVENT_PINCAPS_FORMATCHANGE, KSEVENT_PINCAPS_JACKINFOCHANGE, KSEVENT_TYPE_ENABLE,
    KSEVENT_TYPE_ONESHOT, KSEVENTSETID_AudioControlChange, KSEVENTSETID_PinCapsChange,
    KSPROPERTY_AUDIO_MUTE, KSPROPERTY_AUDIO_PEAKMETER2, KSPROPERTY_AUDIO_VOLUMELEVEL,
    KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_JACK_DESCRIPTION2, KSPROPERTY_PIN_CINSTANCES,
    KSPROPERTY_SOUNDDETECTOR_PATTERNS, KSPROPERTY_TYPE_BASICSUPPORT, KSPROPERTY_TYPE_GET,
    KSPROPSETID_Audio, KSPROPSETID_Jack, KSPROPSETID_SoundDetector, NTSTATUS,
    STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_HANDLE,
    STATUS_INVALID_PARAMETER, STATUS_NOT_FOUND, STATUS_NOT_SUPPORTED, STATUS_PROPSET_NOT_FOUND,
    STATUS_SUCCESS, STATUS_UNSUCCESSFUL,
};

const DRIVER: LinkedImage = LinkedImage { name: "wrappers", entry: FxDriverEntry };

/// A driver-defined property set.
const OWN: GUID = GUID { Data1: 0x1234_5678, Data2: 1, Data3: 2, Data4: [3, 4, 5, 6, 7, 8, 9, 10] };
/// GET and SET of a number.
const NUMBER: u32 = 7;
/// SET makes the driver raise the event that the value names.
const RAISE: u32 = 8;
/// The driver does not complete the request.
const FORGOTTEN: u32 = 9;
/// The driver reports more bytes than the buffer has, and a value larger than it is.
const BOASTED: u32 = 10;
const OVERSIZED: u32 = 11;
/// The driver reads and writes pieces of the value.
const PIECES: u32 = 12;

const EVENT: u32 = 1;
/// The same, added as objects other than circuits add theirs.
const EVENT_TOO: u32 = 5;
const VOLUME: u32 = 2;
const MUTE: u32 = 3;
const JACK: u32 = 4;

static NUMBER_VALUE: AtomicU32 = AtomicU32::new(0);
static SEEN: AtomicU32 = AtomicU32::new(0);
static LISTENING: AtomicBool = AtomicBool::new(false);
static MUTED: AtomicBool = AtomicBool::new(false);
static PLUGGED: AtomicBool = AtomicBool::new(false);
/// The channel whose level was set, the level, and how long that is to take.
static SET: Mutex<Option<(Option<u32>, i32, u64)>> = Mutex::new(None);
static STATES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

struct TestDriver;

impl Driver for TestDriver {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_, _| Ok(TestDevice), passive)
    }
}

acx::driver!(TestDriver);

struct TestDevice;

/// The events that the circuit raises.
struct Raised {
    event: EventGenerator,
    event_too: EventGenerator,
    volume: ChangeNotifier,
    mute: ChangeNotifier,
    jack: ChangeNotifier,
}

struct TestCircuit {
    raised: std::sync::Arc<Mutex<Option<Raised>>>,
}

struct Level;

impl VolumeControl for Level {
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        fade: Fade,
        _: &mut Passive,
    ) -> Result<()> {
        *SET.lock().unwrap() = Some((channel, level, fade.duration));
        Ok(())
    }
    fn level(&self, _channel: Option<u32>) -> Result<i32> {
        Ok(SET.lock().unwrap().map_or(0, |(_, level, _)| level))
    }
}

impl MuteControl for Level {
    fn set_muted(&self, _: Option<u32>, muted: bool, _: &mut Passive) -> Result<()> {
        MUTED.store(muted, SeqCst);
        Ok(())
    }
    fn muted(&self, _channel: Option<u32>) -> Result<bool> {
        Ok(MUTED.load(SeqCst))
    }
}

impl PeakMeter for Level {
    fn peak(&self, _channel: Option<u32>, _passive: &mut Passive) -> Result<i32> {
        Ok(0)
    }
}

struct Plug;

impl Presence for Plug {
    fn is_connected(&self, _passive: &mut Passive) -> Result<bool> {
        Ok(PLUGGED.load(SeqCst))
    }
}

struct Alarm;

impl EventSource for Alarm {
    fn enable(&self) -> Result<()> {
        LISTENING.store(true, SeqCst);
        Ok(())
    }
    fn disable(&self) {
        LISTENING.store(false, SeqCst);
    }
}

/// What a spotter read of its patterns: all, and what of them begins at a place.
static READ: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

struct Ears;

impl KeywordSpotter for Ears {
    fn set_patterns(&self, patterns: &Patterns<'_>, _passive: &mut Passive) -> Result<()> {
        let from = |offset| {
            let mut bytes = [0xEE; 32];
            let length = patterns.read_at(offset, &mut bytes);
            assert!(bytes[length..].iter().all(|byte| *byte == 0xEE), "no more is written");
            bytes[..length].to_vec()
        };
        let length = patterns.length();
        let mut two = [0; 2];
        assert_eq!(patterns.read_at(4, &mut two), 2, "as many as fit");
        *READ.lock().unwrap() =
            vec![from(0), from(3), from(length), from(length + 1), from(usize::MAX), two.to_vec()];
        Ok(())
    }
    fn arm(&self, _armed: bool, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn is_armed(&self) -> Result<bool> {
        Ok(false)
    }
    fn reset(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
}

const MONO: WaveFormat = WaveFormat {
    coding: Coding::Pcm,
    channels: 1,
    mask: 4,
    rate: 48_000,
    bits: 16,
    valid_bits: 16,
};

impl Device for TestDevice {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let raised = std::sync::Arc::new(Mutex::new(None));
        let init = CircuitInit::new(hardware, Direction::Render, acx::wide!("Test0"), &OWN)?;
        let mut circuit = init.create(TestCircuit { raised: raised.clone() })?;
        let range = VolumeRange { minimum: -65_536, maximum: 131_072, step: 65_536 };
        let volume = circuit.volume(1, range, Level)?.change_notifier();
        let mute = circuit.mute(1, Level)?.change_notifier();
        circuit.keyword_spotter(&OWN, Ears)?;
        circuit.peak_meter(1, Level)?;
        circuit.host_pin(2)?.formats(Mode::Raw, [MONO])?;
        let jack = JackDescription { channel_mask: 4, color: 0x12_3456 };
        let jack = circuit.bridge_pin(&KSNODETYPE_SPEAKER)?.detected_jack(jack, Plug)?;
        *raised.lock().unwrap() = Some(Raised {
            event: circuit.event(&OWN, EVENT, Alarm)?,
            event_too: circuit.source_event(&OWN, EVENT_TOO, Alarm)?,
            volume: volume.ok_or(Error::InvalidState)?,
            mute: mute.ok_or(Error::InvalidState)?,
            jack,
        });
        circuit.add()
    }
}

impl Circuit for TestCircuit {
    const PREPROCESS: &'static [Filter] = &[
        Filter { request_type: Some(RequestType::Property), set: Some(&OWN), id: None },
        Filter::property(&KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES),
    ];

    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        assert_eq!(request.format().wave_format()?, MONO);
        request.create_rt(|_| Ok((WalkingStream, 0)))
    }

    fn preprocess(&self, mut request: Request<'_>) {
        SEEN.fetch_add(1, SeqCst);
        let Some((_, id)) = request.identifier().filter(|(set, _)| set.Data1 == OWN.Data1) else {
            return request.dispatch();
        };
        let mut word = [0; 4];
        match (id, request.verb()) {
            (NUMBER, Verb::Get) if request.value_length() == 0 => request.complete_with_size(4),
            (NUMBER, Verb::Get) => {
                let written = request.write_value(&NUMBER_VALUE.load(SeqCst).to_le_bytes());
                request.complete(Ok(written));
            }
            (NUMBER, Verb::Set) if request.read_value(&mut word) == 4 => {
                NUMBER_VALUE.store(u32::from_le_bytes(word), SeqCst);
                request.complete(Ok(0));
            }
            (RAISE, Verb::Set) => {
                request.read_value(&mut word);
                if let Some(raised) = &*self.raised.lock().unwrap() {
                    match u32::from_le_bytes(word) {
                        EVENT => raised.event.generate(request.passive()),
                        EVENT_TOO => raised.event_too.generate(request.passive()),
                        VOLUME => raised.volume.notify(request.passive()),
                        MUTE => raised.mute.notify(request.passive()),
                        _ => raised.jack.notify(request.passive()),
                    }
                }
                request.complete(Ok(0));
            }
            (PIECES, Verb::Get) => {
                // As much as fits, from each place on.
                let pieces = [(2, 2), (4, 0), (5, 0), (usize::MAX, 0), (1, 3)];
                for (offset, fits) in pieces {
                    assert_eq!(request.write_value_at(offset, &[1, 2, 3]), fits, "from {offset}");
                }
                request.complete(Ok(4));
            }
            (PIECES, Verb::Set) => {
                let (mut short, mut long) = ([0; 2], [9; 8]);
                assert_eq!((request.read_value(&mut short), short), (2, [1, 2]));
                assert_eq!((request.read_value(&mut long), long), (4, [1, 2, 3, 4, 9, 9, 9, 9]));
                request.complete(Ok(0));
            }
            (FORGOTTEN, _) => {}
            (BOASTED, _) => request.complete(Ok(usize::MAX)),
            (OVERSIZED, _) => request.complete_with_size(1 << 20),
            _ => request.complete(Err(Error::InvalidParameter)),
        }
    }
}

struct WalkingStream;

impl WalkingStream {
    fn note(control: &mut u32, what: &'static str) {
        *control += 1;
        STATES.lock().unwrap().push(what);
    }
}

impl Stream for WalkingStream {
    type Control = u32;

    fn prepare_hardware(&self, control: &mut u32, _passive: &mut Passive) -> Result<()> {
        Self::note(control, "prepare");
        Ok(())
    }
    fn release_hardware(&self, control: &mut u32, _passive: &mut Passive) -> Result<()> {
        assert_eq!(*control, 3, "the control half is kept between callbacks");
        Self::note(control, "release");
        Ok(())
    }
    fn run(&self, control: &mut u32, _passive: &mut Passive) -> Result<()> {
        Self::note(control, "run");
        Ok(())
    }
    fn pause(&self, control: &mut u32, _passive: &mut Passive) -> Result<()> {
        Self::note(control, "pause");
        Ok(())
    }
}

impl RtStream for WalkingStream {
    fn allocate_packets(
        &self,
        _control: &mut u32,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        RtPackets::new(PacketLayout::contiguous(count, size)?, passive)
    }
    fn free_packets(&self, control: &mut u32, _passive: &mut Passive) {
        Self::note(control, "free");
    }
    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency::default())
    }
    fn current_packet(&self) -> Result<u64> {
        Ok(0)
    }
    fn presentation_position(&self) -> Result<Position> {
        Ok(Position { frames: Frames(0), at: Qpc::now() })
    }
}

/// Runs `test` with the circuit's filter, and checks that no rule is broken and nothing leaks. One
/// at a time: the globals of driver and test are shared in the process.
fn with_filter(test: impl FnOnce(&Machine, &File)) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let machine = Machine::builder().build();
    {
        let driver = machine.load(DRIVER).unwrap();
        let _device = driver.add_device().unwrap();
        let names = machine.interfaces(&KSCATEGORY_AUDIO);
        test(&machine, &machine.open(&names[0]).unwrap());
    }
    for violation in machine.report().violations() {
        println!("{violation}");
    }
    assert_eq!(machine.report().violations().len(), 0);
    assert_eq!(machine.report().gaps(), Vec::<&str>::new());
}

#[test]
fn a_stream_walks_its_states_and_keeps_its_control_half() {
    with_filter(|machine, filter| {
        use acx_client::Direction::Render;
        use acx_client::endpoint::{Endpoint, WaveFormat};
        let endpoint = Endpoint::find(machine, Render).unwrap();
        let mono = WaveFormat {
            float: false,
            channels: 1,
            mask: 4,
            rate: 48_000,
            bits: 16,
            valid_bits: 16,
        };
        let mode = &acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW;
        let mut stream = EventStream::open(machine, &endpoint, mono, mode, 480).unwrap();
        STATES.lock().unwrap().clear();
        stream.prepare().unwrap();
        stream.run().unwrap();
        stream.pause().unwrap();
        stream.stop().unwrap();
        assert_eq!(*STATES.lock().unwrap(), ["prepare", "run", "pause", "release"]);
        drop(stream);
        assert_eq!(STATES.lock().unwrap().last(), Some(&"free"), "with the client's handle");
        drop(endpoint);
        assert_eq!(instances(filter), [2, 0]);
    });
}

/// PossibleCount and CurrentCount of pin 0.
fn instances(filter: &File) -> [u32; 2] {
    let value = get(filter, "", &KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES, &pin(0)).unwrap();
    [0, 4].map(|at| acx_client::request::number(&value, at))
}

#[test]
fn a_request_that_the_driver_gives_back_is_answered_by_acx() {
    with_filter(|_, filter| {
        let seen = SEEN.load(SeqCst);
        assert_eq!(instances(filter), [2, 0]);
        assert_eq!(SEEN.load(SeqCst), seen + 2, "the size query and the value");
    });
}

#[test]
fn a_property_of_the_driver_s_own_is_read_and_written() {
    with_filter(|_, filter| {
        set(filter, "", &OWN, NUMBER, &[], &77u32.to_le_bytes()).unwrap();
        assert_eq!(get(filter, "", &OWN, NUMBER, &[]).unwrap(), 77u32.to_le_bytes());
        let unknown = get_known(filter, "", &OWN, 99, &[], 4).unwrap_err();
        assert_eq!(unknown.status, STATUS_INVALID_PARAMETER);
        let input = descriptor(&OWN, NUMBER, KSPROPERTY_TYPE_BASICSUPPORT, &[]);
        let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut [0; 4]));
        assert_eq!(reply.status, STATUS_INVALID_PARAMETER);
        let input = descriptor(&OWN, NUMBER, KSPROPERTY_TYPE_GET, &[]);
        let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, None);
        assert_eq!(reply, Reply { status: STATUS_BUFFER_OVERFLOW, information: 4 });
    });
}

#[test]
fn a_forgotten_request_fails_and_its_client_does_not_wait() {
    with_filter(|_, filter| {
        let failed = get_known(filter, "", &OWN, FORGOTTEN, &[], 4).unwrap_err();
        assert_eq!(failed.status, STATUS_UNSUCCESSFUL);
    });
}

/// The system may copy as many bytes as a request is completed with.
#[test]
fn a_request_is_completed_with_no_more_bytes_than_its_client_has() {
    with_filter(|_, filter| {
        let ask = |id: u32, room: Option<&mut [u8]>| {
            let input = descriptor(&OWN, id, KSPROPERTY_TYPE_GET, &[]);
            filter.ioctl(IOCTL_KS_PROPERTY, &input, room)
        };
        let reply = ask(BOASTED, Some(&mut [0; 4]));
        assert_eq!(reply, Reply { status: STATUS_SUCCESS, information: 4 });
        assert_eq!(ask(BOASTED, None), Reply { status: STATUS_SUCCESS, information: 0 });
        let reply = ask(OVERSIZED, Some(&mut [0; 4]));
        assert_eq!(reply, Reply { status: STATUS_BUFFER_TOO_SMALL, information: 0 });
        let reply = ask(OVERSIZED, Some(&mut [0]));
        assert_eq!(reply, Reply { status: STATUS_BUFFER_TOO_SMALL, information: 0 });
        let reply = ask(OVERSIZED, None);
        assert_eq!(reply, Reply { status: STATUS_BUFFER_OVERFLOW, information: 1 << 20 });
    });
}

#[test]
fn a_value_is_read_and_written_in_pieces_that_stay_inside() {
    with_filter(|_, filter| {
        set(filter, "", &OWN, PIECES, &[], &[1, 2, 3, 4]).unwrap();
        let found = get_known(filter, "", &OWN, PIECES, &[], 4).unwrap();
        assert_eq!(found, [0, 1, 2, 3]);
    });
}

/// A KSEVENTDATA that names an event by its handle.
fn event_data(handle: u64) -> Vec<u8> {
    let mut data = vec![0; 32];
    data[0] = 1;
    data[8..16].copy_from_slice(&handle.to_le_bytes());
    data
}

fn enable(filter: &File, input: &[u8], data: &mut [u8]) -> NTSTATUS {
    filter.ioctl(IOCTL_KS_ENABLE_EVENT, input, Some(data)).status
}

fn raise(filter: &File, what: u32) {
    set(filter, "", &OWN, RAISE, &[], &what.to_le_bytes()).unwrap();
}

fn is_set(machine: &Machine, event: u64) -> bool {
    machine.wait_any(&[event], Duration::ZERO).is_some()
}

#[test]
fn an_event_of_the_driver_s_own_reaches_its_listeners() {
    with_filter(|machine, filter| {
        for id in [EVENT, EVENT_TOO] {
            let event = machine.create_event();
            let mut data = event_data(event);
            let input = descriptor(&OWN, id, KSEVENT_TYPE_ENABLE, &[]);
            assert_eq!(enable(filter, &input, &mut data), STATUS_SUCCESS);
            assert!(LISTENING.load(SeqCst), "the first listener enables the source");
            for _ in 0..2 {
                raise(filter, id);
                assert!(is_set(machine, event));
            }
            let other = event_data(event);
            let disable = |data: &[u8]| filter.ioctl(IOCTL_KS_DISABLE_EVENT, data, None).status;
            assert_eq!(
                disable(&other),
                STATUS_UNSUCCESSFUL,
                "an equal copy is not the same listener"
            );
            assert_eq!(disable(&data), STATUS_SUCCESS);
            assert!(!LISTENING.load(SeqCst), "the last listener disables the source");
            raise(filter, id);
            assert!(!is_set(machine, event));
        }
    });
    assert!(!LISTENING.load(SeqCst));
}

#[test]
fn a_one_shot_listener_hears_once_and_a_closed_file_hears_nothing() {
    with_filter(|machine, filter| {
        let event = machine.create_event();
        let mut data = event_data(event);
        let input = descriptor(&OWN, EVENT, KSEVENT_TYPE_ONESHOT, &[]);
        assert_eq!(enable(filter, &input, &mut data), STATUS_SUCCESS);
        raise(filter, EVENT);
        assert!(is_set(machine, event));
        assert!(!LISTENING.load(SeqCst));
        raise(filter, EVENT);
        assert!(!is_set(machine, event));

        let names = machine.interfaces(&KSCATEGORY_AUDIO);
        let second = machine.open(&names[0]).unwrap();
        let input = descriptor(&OWN, EVENT, KSEVENT_TYPE_ENABLE, &[]);
        assert_eq!(enable(&second, &input, &mut data), STATUS_SUCCESS);
        assert!(LISTENING.load(SeqCst));
        drop(second);
        assert!(!LISTENING.load(SeqCst));
    });
}

#[test]
fn changes_of_volume_mute_and_jack_are_heard_where_they_belong() {
    with_filter(|machine, filter| {
        let events: Vec<u64> = (0..3).map(|_| machine.create_event()).collect();
        let mut data: Vec<Vec<u8>> = events.iter().map(|event| event_data(*event)).collect();
        let control = |id: u32| {
            let set = &KSEVENTSETID_AudioControlChange;
            descriptor(set, KSEVENT_CONTROL_CHANGE, KSEVENT_TYPE_ENABLE, &node(id, None)[..8])
        };
        let caps = |id: u32, number: u32| {
            descriptor(&KSEVENTSETID_PinCapsChange, id, KSEVENT_TYPE_ENABLE, &pin(number))
        };
        assert_eq!(enable(filter, &control(0), &mut data[0]), STATUS_SUCCESS);
        assert_eq!(enable(filter, &control(1), &mut data[1]), STATUS_SUCCESS);
        let jack = caps(KSEVENT_PINCAPS_JACKINFOCHANGE, 1);
        assert_eq!(enable(filter, &jack, &mut data[2]), STATUS_SUCCESS);
        for (what, heard) in [(VOLUME, 0), (MUTE, 1), (JACK, 2)] {
            raise(filter, what);
            let set: Vec<bool> = events.iter().map(|event| is_set(machine, *event)).collect();
            assert_eq!(set, [heard == 0, heard == 1, heard == 2]);
        }

        let jack = |filter: &File| {
            let id = KSPROPERTY_JACK_DESCRIPTION;
            let value = get(filter, "", &KSPROPSETID_Jack, id, &pin(1)).unwrap();
            acx_client::request::number(&value, 8 + 24)
        };
        for plugged in [true, false] {
            PLUGGED.store(plugged, SeqCst);
            assert_eq!(jack(filter), u32::from(plugged));
        }
        let id = KSPROPERTY_JACK_DESCRIPTION;
        let value = get(filter, "", &KSPROPSETID_Jack, id, &pin(1)).unwrap();
        let looks = [8, 12].map(|at| acx_client::request::number(&value, at));
        assert_eq!(looks, [4, 0x12_3456], "channels and colour");
        let id = KSPROPERTY_JACK_DESCRIPTION2;
        let value = get(filter, "", &KSPROPSETID_Jack, id, &pin(1)).unwrap();
        let able = acx_client::request::number(&value, 12);
        assert_eq!(able, JACKDESC2_PRESENCE_DETECT_CAPABILITY, "it knows whether it is plugged");

        // Events that are not raised are refused, each for its own reason.
        let data = &mut event_data(events[0])[..];
        let mut no_event = event_data(events[2] + 4);
        assert_eq!(enable(filter, &caps(7, 1), data), STATUS_NOT_FOUND);
        assert_eq!(enable(filter, &caps(0, 9), data), STATUS_INVALID_PARAMETER);
        assert_eq!(enable(filter, &control(9), data), STATUS_INVALID_PARAMETER);
        let jack_of_host_pin = caps(KSEVENT_PINCAPS_JACKINFOCHANGE, 0);
        assert_eq!(enable(filter, &jack_of_host_pin, data), STATUS_NOT_SUPPORTED);
        let formats = caps(KSEVENT_PINCAPS_FORMATCHANGE, 0);
        assert_eq!(enable(filter, &formats, &mut no_event), STATUS_INVALID_HANDLE);
        let unknown = descriptor(&KSPROPSETID_Jack, 0, KSEVENT_TYPE_ENABLE, &[]);
        assert_eq!(enable(filter, &unknown, data), STATUS_PROPSET_NOT_FOUND);
    });
}

#[test]
fn a_volume_and_a_meter_say_their_steps_and_their_limits() {
    with_filter(|_, filter| {
        let range = |id: u32, element: u32| {
            let instance = node(element, None);
            let input = descriptor(&KSPROPSETID_Audio, id, KSPROPERTY_TYPE_BASICSUPPORT, &instance);
            let mut value = [0; 72];
            let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value));
            assert_eq!(reply, Reply { status: STATUS_SUCCESS, information: 72 });
            // A KSPROPERTY_STEPPING_LONG behind the headers.
            [56, 64, 68].map(|at| acx_client::request::number(&value, at).cast_signed())
        };
        assert_eq!(range(KSPROPERTY_AUDIO_VOLUMELEVEL, 0), [65_536, -65_536, 131_072]);
        assert_eq!(range(KSPROPERTY_AUDIO_PEAKMETER2, 3), [1, 0, i32::MAX]);
    });
}

#[test]
fn a_level_is_set_without_a_fade_and_read_back_and_so_is_a_mute() {
    with_filter(|_, filter| {
        let (level, id) = (-65_536_i32, KSPROPERTY_AUDIO_VOLUMELEVEL);
        set(filter, "", &KSPROPSETID_Audio, id, &node(0, Some(0)), &level.to_le_bytes()).unwrap();
        assert_eq!(*SET.lock().unwrap(), Some((Some(0), level, 0)));
        let found = get(filter, "", &KSPROPSETID_Audio, id, &node(0, Some(0))).unwrap();
        assert_eq!(found, level.to_le_bytes());
        let id = KSPROPERTY_AUDIO_MUTE;
        for muted in [1_u32, 0] {
            let muted = muted.to_le_bytes();
            set(filter, "", &KSPROPSETID_Audio, id, &node(1, Some(0)), &muted).unwrap();
            let found = get(filter, "", &KSPROPSETID_Audio, id, &node(1, Some(0))).unwrap();
            assert_eq!(found, muted);
        }
    });
}

#[test]
fn patterns_are_read_from_any_place_and_only_as_far_as_they_go() {
    with_filter(|_, filter| {
        // A list's first word is its length.
        let bytes: Vec<u8> = [20, 0, 0, 0].into_iter().chain(5..=20).collect();
        let patterns = KSPROPERTY_SOUNDDETECTOR_PATTERNS;
        set(filter, "", &KSPROPSETID_SoundDetector, patterns, &[], &bytes).unwrap();
        let nothing: &[u8] = &[];
        let read = READ.lock().unwrap();
        assert_eq!(*read, [&bytes[..], &bytes[3..], nothing, nothing, nothing, &[5, 6]]);
    });
}
