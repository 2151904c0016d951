//! The driver in C that calls every function of ACX's (tests/c-driver/every.h), with the clients that
//! have it do so.

use std::collections::BTreeSet;
use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get_known, get_sized, node, pin, rt, set};
use acx_client::{Direction, File, System};
use acx_host::Machine;
use acx_sys::*;

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// The driver's own set.
const SET: GUID = GUID { Data1: 0xACE0_0041, Data2: 1, Data3: 2, Data4: [3; 8] };

/// Nodes, in the order of every.h.
const VOLUME: u32 = 0;
const MUTE: u32 = 1;
const PEAK: u32 = 2;
const ENGINE: u32 = 3;
const RAMPED: u32 = 6;

/// What the driver does when it is asked for a property of this id: `EvtAct` of every.c.
#[derive(Clone, Copy)]
enum Act {
    Raise = 101,
    RaiseAnswered,
    Stream,
    Complete,
    Part,
    Device,
    Factory,
    Template,
}

struct Client<'a> {
    machine: &'a Machine,
    endpoint: &'a Endpoint,
    /// The circuit that does what it is asked for.
    behind: &'a File,
}

impl Client<'_> {
    fn act(&self, act: Act) {
        let answer = get_known(self.behind, "an act", &SET, act as u32, &[], 4).unwrap();
        assert_eq!(answer, 42_u32.to_le_bytes());
    }

    /// Enables an event of the driver's, has it raised, and disables it.
    fn listen(&self, id: u32, raise: Act) {
        let signal = self.machine.create_event();
        let mut data = [0; 32];
        data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
        data[8..16].copy_from_slice(&signal.to_le_bytes());
        let input = descriptor(&SET, id, KSEVENT_TYPE_ENABLE, &[]);
        let filter = &self.endpoint.filter;
        let enabled = filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
        assert_eq!(enabled.status, STATUS_SUCCESS, "event {id}");
        self.act(raise);
        assert!(self.machine.wait_any(&[signal], Duration::ZERO).is_some(), "event {id}");
        let disabled = filter.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None);
        assert_eq!(disabled.status, STATUS_SUCCESS, "event {id}");
    }

    /// What clients ask of the filter.
    fn use_filter(&self) {
        let filter = &self.endpoint.filter;
        let engine = &node(ENGINE, None)[..8];
        let get = |id: &GUID, what, instance: &[u8], length| {
            get_known(filter, "asking", id, what, instance, length).expect("it answers")
        };
        let put = |id: &GUID, what, instance: &[u8], value: &[u8]| {
            set(filter, "setting", id, what, instance, value).expect("it takes it");
        };
        let audio = &KSPROPSETID_Audio;
        for (id, at) in [
            (KSPROPERTY_AUDIO_VOLUMELEVEL, VOLUME),
            (KSPROPERTY_AUDIO_VOLUMELEVEL, RAMPED),
            (KSPROPERTY_AUDIO_MUTE, MUTE),
        ] {
            put(audio, id, &node(at, None), &[1, 0, 0, 0]);
            assert_eq!(get(audio, id, &node(at, None), 4), [1, 0, 0, 0]);
        }
        get(audio, KSPROPERTY_AUDIO_PEAKMETER2, &node(PEAK, Some(0)), 4);
        let of_engine = &KSPROPSETID_AudioEngine;
        put(of_engine, KSPROPERTY_AUDIOENGINE_GFXENABLE, engine, &[1, 0, 0, 0]);
        get(of_engine, KSPROPERTY_AUDIOENGINE_GFXENABLE, engine, 4);
        let format = STEREO.to_ks();
        assert_eq!(get(of_engine, KSPROPERTY_AUDIOENGINE_MIXFORMAT, engine, format.len()), format);
        put(of_engine, KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, engine, &format);
        let of_format = [engine, &format].concat();
        get(of_engine, KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE, &of_format, 8);
        let detector = &KSPROPSETID_SoundDetector;
        put(detector, KSPROPERTY_SOUNDDETECTOR_PATTERNS, &[], &[8, 0, 0, 0, 0, 0, 0, 0]);
        put(detector, KSPROPERTY_SOUNDDETECTOR_ARMED, &[], &[1, 0, 0, 0]);
        get(detector, KSPROPERTY_SOUNDDETECTOR_ARMED, &[], 4);
        put(detector, KSPROPERTY_SOUNDDETECTOR_RESET, &[], &[1, 0, 0, 0]);
        let module = [&guid_bytes(&SET)[..], &[0; 8]].concat();
        get(&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND, &module, 4);
        let jack = &KSPROPSETID_Jack;
        get(jack, KSPROPERTY_JACK_SINK_INFO, &pin(1), 96);
        let (_, found) = get_sized(filter, jack, KSPROPERTY_JACK_DESCRIPTION2, &pin(1), 16);
        assert_eq!(found.len(), 16);
        // A bridge pin's format is its own: the driver takes it or not.
        put(&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, &pin(1), &format);
        get(&SET, 1, &[], 4);
        let input = descriptor(&SET, 2, KSMETHOD_TYPE_SEND, &[]);
        let mut answer = [0; 4];
        let asked = filter.ioctl(IOCTL_KS_METHOD, &input, Some(&mut answer));
        assert_eq!((asked.status, answer), (STATUS_SUCCESS, [42, 0, 0, 0]));
        self.listen(22, Act::Raise);
        self.listen(23, Act::RaiseAnswered);
    }

    /// What clients ask of a stream.
    fn use_stream(&self) {
        let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let opened = EventStream::open(self.machine, self.endpoint, STEREO, raw, 480);
        let mut stream = opened.expect("it opens");
        self.act(Act::Stream);
        // The bridge has prepared the stream behind: this one goes where that is.
        stream.prepare().expect("it is prepared");
        stream.write(0, &[0; 1920], None).expect("it takes it");
        stream.run().expect("it runs");
        self.act(Act::Complete);
        let own = stream.pin();
        rt(own, "the count", KSPROPERTY_RTAUDIO_PACKETCOUNT, 4).expect("it answers");
        rt(own, "the packet", KSPROPERTY_RTAUDIO_GETREADPACKET, 24).expect("it answers");
        stream.position().expect("it answers");
        own.assign_content(true, false).expect("it takes them");
        let engine = &node(ENGINE, None)[..8];
        let get = |id: &GUID, what, length| {
            get_known(own, "asking", id, what, engine, length).expect("it answers");
        };
        let put = |id: &GUID, what| {
            set(own, "setting", id, what, engine, &[1, 0, 0, 0]).expect("it takes it");
        };
        put(&KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE);
        get(&KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LFXENABLE, 4);
        put(&KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION);
        get(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PRESENTATION_POSITION, 16);
        get(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, 8);
        put(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION);
        put(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION);
        let input = descriptor(&SET, 2, KSMETHOD_TYPE_SEND, &[]);
        let asked = own.ioctl(IOCTL_KS_METHOD, &input, Some(&mut [0; 4]));
        assert_eq!(asked.status, STATUS_SUCCESS);
        // In its handler the driver asks the stream behind.
        let answer = get_known(own, "", &SET, 9, &[], 4).expect("it answers");
        assert_eq!(answer, 42_u32.to_le_bytes());
        stream.pause().expect("it pauses");
        self.act(Act::Part);
    }
}

/// The names of ACX's callbacks, from the host's own table of them.
fn callbacks() -> BTreeSet<&'static str> {
    let table = include_str!("../../crates/acx-host/src/acx/callback.rs");
    let names = table.lines().filter_map(|line| line.trim().split(':').next());
    names.filter(|name| name.starts_with("EvtAcx")).collect()
}

#[test]
fn a_driver_in_c_calls_every_function_and_is_called_by_every_callback() {
    let Some(image) = super::driver("every") else { return };
    let machine = Machine::builder().build();
    machine.record_calls();
    {
        let driver = machine.load_image(&image).unwrap();
        let device = driver.add_device().unwrap();
        let links = machine.interfaces(&KSCATEGORY_AUDIO);
        let behind = links.iter().find(|link| link.ends_with("Behind0")).unwrap();
        let behind = machine.open(behind).unwrap();
        let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
        let client = Client { machine: &machine, endpoint: &endpoint, behind: &behind };
        client.use_filter();
        client.use_stream();
        client.act(Act::Device);
        assert_eq!(machine.take_pnp_events().len(), 1);
        client.act(Act::Factory);
        client.act(Act::Template);
        drop((endpoint, behind));
        machine.sleep(Duration::from_secs(1));
        drop(device);
        machine.sleep(Duration::from_secs(1));
    }
    // Each check that does not hold is a line of the driver's.
    assert_eq!(machine.debug_output(), "");
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
    let called = machine.take_calls();
    let functions: BTreeSet<&str> = ACX_FUNCTION_NAMES.into_iter().collect();
    assert_eq!(functions.len(), 221);
    let missing: Vec<_> = functions.difference(&called).collect();
    assert!(missing.is_empty(), "{} functions are not called: {missing:?}", missing.len());
    let callbacks = callbacks();
    assert_eq!(callbacks.len(), 62);
    let missing: Vec<_> = callbacks.difference(&called).collect();
    assert!(missing.is_empty(), "{} callbacks do not come: {missing:?}", missing.len());
}

#[test]
fn what_a_driver_imports_that_is_built_with_wil_is_there() {
    let Some(image) = super::driver("imports") else { return };
    let machine = Machine::builder().build();
    drop(
        machine
            .load_image(&image)
            .unwrap_or_else(|why| panic!("{why}: {}", machine.debug_output())),
    );
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}
