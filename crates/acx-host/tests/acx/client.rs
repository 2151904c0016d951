//! A client's requests to a driver with objects of every type: the Rust driver of these tests, and
//! the C driver of the repository's tests, which include this file.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get_known, get_sized, node, pin, rt, set};
use acx_client::{File, System};
use acx_host::Machine;
use acx_sys::*;

/// 48 kHz, 16 bits, stereo.
const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// The ids of the nodes, in the order in which the drivers add them.
pub(crate) const VOLUME: u32 = 0;
pub(crate) const MUTE: u32 = 1;
pub(crate) const PEAK: u32 = 2;
pub(crate) const ENGINE: u32 = 3;
pub(crate) const RAMPED: u32 = 6;

/// The driver's property 1 and method 2 return 42; its events have these ids.
const EVENT: u32 = 22;
const ANSWERED_EVENT: u32 = 23;
/// A property of the streams, whose handler queries the stream behind.
pub(crate) const STREAM_BEHIND: u32 = 9;

/// The driver's actions while a client uses it.
pub(crate) enum Act {
    /// Raises the event of this id.
    Raise(u32),
    /// Adds the stream that was opened to its bridge.
    Stream,
    /// Completes packet 0.
    Complete,
    /// Takes the stream from its bridge.
    Part,
}

/// A client of such a driver.
pub(crate) struct Client<'a> {
    pub(crate) machine: &'a Machine,
    pub(crate) endpoint: &'a Endpoint,
    /// The driver-defined property set.
    pub(crate) set: GUID,
    /// The class of its audio module.
    pub(crate) module: [u8; 16],
    /// Makes the driver do something.
    pub(crate) act: &'a dyn Fn(Act),
}

impl Client<'_> {
    /// Enables an event of the driver, has it raised, and disables it.
    fn listen(&self, id: u32) {
        let signal = self.machine.create_event();
        let mut data = [0; size_of::<KSEVENTDATA>()];
        data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
        data[8..16].copy_from_slice(&signal.to_le_bytes());
        let input = descriptor(&self.set, id, KSEVENT_TYPE_ENABLE, &[]);
        let filter = &self.endpoint.filter;
        let enabled = filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
        assert_eq!(enabled.status, STATUS_SUCCESS, "event {id}");
        (self.act)(Act::Raise(id));
        assert!(self.machine.wait_any(&[signal], Duration::ZERO).is_some(), "event {id}");
        let disabled = filter.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None);
        assert_eq!(disabled.status, STATUS_SUCCESS, "event {id}");
    }

    /// The driver-defined method.
    fn call_method(&self, file: &File) {
        let input = descriptor(&self.set, 2, KSMETHOD_TYPE_SEND, &[]);
        let mut answer = [0; 4];
        let asked = file.ioctl(IOCTL_KS_METHOD, &input, Some(&mut answer));
        assert_eq!((asked.status, answer), (STATUS_SUCCESS, [42, 0, 0, 0]));
    }

    /// The requests to the filter.
    pub(crate) fn use_filter(&self) {
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
            assert_eq!(get(audio, id, &node(at, None), 4).len(), 4);
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
        let module = [&self.module[..], &[0; 8]].concat();
        get(&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND, &module, 4);
        let jack = &KSPROPSETID_Jack;
        get(jack, KSPROPERTY_JACK_SINK_INFO, &pin(1), 96);
        let (_, found) = get_sized(filter, jack, KSPROPERTY_JACK_DESCRIPTION2, &pin(1), 16);
        assert_eq!(found.len(), 16);
        // A bridge pin's format is its own: the driver takes it or not.
        put(&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, &pin(1), &format);
        assert_eq!(get(&self.set, 1, &[], 4), [42, 0, 0, 0]);
        self.call_method(filter);
        self.listen(EVENT);
        self.listen(ANSWERED_EVENT);
    }

    /// The requests to a stream.
    pub(crate) fn use_stream(&self) {
        let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let opened = EventStream::open(self.machine, self.endpoint, STEREO, raw, 480);
        let mut stream = opened.expect("it opens");
        (self.act)(Act::Stream);
        // The bridge has prepared the stream behind, so this one follows.
        stream.prepare().expect("it is prepared");
        stream.write(0, &[0; 1920], None).expect("it takes it");
        stream.run().expect("it runs");
        (self.act)(Act::Complete);
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
        let (id, known) = (&KSPROPSETID_AudioEngine, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION);
        // The driver is asked about the two values that there are.
        assert!(set(own, "beyond", id, known, engine, &[2, 0, 0, 0]).is_err());
        get(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_PRESENTATION_POSITION, 16);
        get(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION, 8);
        put(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION);
        put(&KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION);
        self.call_method(own);
        // In its handler the driver queries the stream behind.
        let asked = get_known(own, "", &self.set, STREAM_BEHIND, &[], 4).expect("it answers");
        assert_eq!(asked, 42_u32.to_le_bytes());
        stream.pause().expect("it pauses");
        (self.act)(Act::Part);
    }
}

/// The names of ACX's callbacks, from the host's own table of them.
pub(crate) fn callbacks() -> std::collections::BTreeSet<&'static str> {
    let table = include_str!("../../src/acx/callback.rs");
    let names = table.lines().filter_map(|line| line.trim().split(':').next());
    names.filter(|name| name.starts_with("EvtAcx")).collect()
}
