//! Elements of every type, with every callback.

use std::ptr::null_mut;

use acx_client::endpoint::Endpoint;
use acx_client::request::{descriptor, get, get_known, node, number, set};
use acx_client::{Direction, System};
use acx_sys::*;

use crate::client::{ENGINE, RAMPED};
use crate::driver::*;

use _ACX_CONNECTION_FLAGS as Flags;

/// Callbacks that record their names. One with an output pointer writes a number there.
macro_rules! noted {
    ($($function:ident = $name:literal($($kind:ty),*) $([$place:ty = $value:expr])*;)*) => {$(
        unsafe extern "C" fn $function($(_: $kind,)* $(place: *mut $place)*) -> NTSTATUS {
            note($name);
            // SAFETY: ACX gives a valid place.
            $(unsafe { place.write($value) };)*
            STATUS_SUCCESS
        }
    )*};
}

noted! {
    assign_level = "EvtAcxVolumeAssignLevel"(ACXVOLUME, ULONG, LONG);
    ramp_level = "EvtAcxRampedVolumeAssignLevel"(
        ACXVOLUME, ULONG, LONG, ACX_VOLUME_CURVE_TYPE, ULONGLONG
    );
    level = "EvtAcxVolumeRetrieveLevel"(ACXVOLUME, ULONG)[LONG = 1];
    assign_mute = "EvtAcxMuteAssignState"(ACXMUTE, ULONG, ULONG);
    mute = "EvtAcxMuteRetrieveState"(ACXMUTE, ULONG)[ULONG = 1];
    peak = "EvtAcxPeakMeterRetrieveLevel"(ACXPEAKMETER, ULONG)[LONG = 1];
    assign_effects = "EvtAcxAudioEngineAssignEffectsState"(ACXAUDIOENGINE, ULONG);
    effects = "EvtAcxAudioEngineRetrieveEffectsState"(ACXAUDIOENGINE)[ULONG = 1];
    device_format = "EvtAcxAudioEngineAssignEngineDeviceFormat"(ACXAUDIOENGINE, ACXDATAFORMAT);
    mix_format = "EvtAcxAudioEngineRetrieveEngineMixFormat"(ACXAUDIOENGINE)
        [ACXDATAFORMAT = kept("mix format")];
    limits = "EvtAcxAudioEngineRetrieveBufferSizeLimits"(ACXAUDIOENGINE, ACXDATAFORMAT, PULONG)
        [ULONG = 1];
    assign_stream_effects = "EvtAcxStreamAudioEngineAssignEffectsState"(
        ACXSTREAMAUDIOENGINE, ULONG
    );
    stream_effects = "EvtAcxStreamAudioEngineRetrieveEffectsState"(ACXSTREAMAUDIOENGINE)
        [ULONG = 1];
    write_position = "EvtAcxStreamAudioEngineAssignCurrentWritePosition"(
        ACXSTREAMAUDIOENGINE, ULONG
    );
    last_position = "EvtAcxStreamAudioEngineAssignLastBufferPosition"(
        ACXSTREAMAUDIOENGINE, ULONG
    );
    linear_position = "EvtAcxStreamAudioEngineRetrieveLinearBufferPosition"(ACXSTREAMAUDIOENGINE)
        [ULONGLONG = 1];
    presentation = "EvtAcxStreamAudioEngineRetrievePresentationPosition"(
        ACXSTREAMAUDIOENGINE, PULONGLONG
    )[ULONGLONG = 1];
    protection = "EvtAcxStreamAudioEngineAssignLoopbackProtection"(
        ACXSTREAMAUDIOENGINE, ACX_CONSTRICTOR_OPTION
    );
    armed = "EvtAcxKeywordSpotterRetrieveArm"(ACXKEYWORDSPOTTER, *mut GUID)[BOOLEAN = 1];
    arm = "EvtAcxKeywordSpotterAssignArm"(ACXKEYWORDSPOTTER, *mut GUID, BOOLEAN);
    patterns = "EvtAcxKeywordSpotterAssignPatterns"(ACXKEYWORDSPOTTER, *mut GUID, PVOID, ULONG);
    reset = "EvtAcxKeywordSpotterAssignReset"(ACXKEYWORDSPOTTER, *mut GUID);
    command = "EvtAcxAudioModuleProcessCommand"(ACXAUDIOMODULE, PVOID, ULONG, PVOID)
        [ULONG = 4];
}

/// The class of the module.
pub(crate) fn module_class() -> [u8; 16] {
    acx_client::bytes::guid_bytes(&SET)
}

fn volume(parent: ACXOBJECT, ramped: bool) -> ACXVOLUME {
    let mut callbacks = init!(ACX_VOLUME_CALLBACKS, ACX_VOLUME_CALLBACKS_INIT);
    callbacks.EvtAcxVolumeRetrieveLevel = Some(level);
    if ramped {
        callbacks.EvtAcxRampedVolumeAssignLevel = Some(ramp_level);
    } else {
        callbacks.EvtAcxVolumeAssignLevel = Some(assign_level);
    }
    let mut config = init!(ACX_VOLUME_CONFIG, ACX_VOLUME_CONFIG_INIT);
    config.ChannelsCount = 2;
    config.Callbacks = &raw mut callbacks;
    let mut volume: ACXVOLUME = null_mut();
    ok!(AcxVolumeCreate(parent, null_mut(), &raw mut config, &raw mut volume));
    volume
}

pub(crate) fn mute_element(parent: ACXOBJECT) -> ACXMUTE {
    let mut callbacks = init!(ACX_MUTE_CALLBACKS, ACX_MUTE_CALLBACKS_INIT);
    callbacks.EvtAcxMuteAssignState = Some(assign_mute);
    callbacks.EvtAcxMuteRetrieveState = Some(mute);
    let mut config = init!(ACX_MUTE_CONFIG, ACX_MUTE_CONFIG_INIT);
    config.ChannelsCount = 2;
    config.Callbacks = &raw mut callbacks;
    let mut element: ACXMUTE = null_mut();
    ok!(AcxMuteCreate(parent, null_mut(), &raw mut config, &raw mut element));
    element
}

fn peak_meter(parent: ACXOBJECT) -> ACXPEAKMETER {
    let mut callbacks = init!(ACX_PEAKMETER_CALLBACKS, ACX_PEAKMETER_CALLBACKS_INIT);
    callbacks.EvtAcxPeakMeterRetrieveLevel = Some(peak);
    let mut config = init!(ACX_PEAKMETER_CONFIG, ACX_PEAKMETER_CONFIG_INIT);
    config.ChannelsCount = 2;
    config.Callbacks = &raw mut callbacks;
    let mut element: ACXPEAKMETER = null_mut();
    ok!(AcxPeakMeterCreate(parent, null_mut(), &raw mut config, &raw mut element));
    element
}

fn engine(device: WDFDEVICE, circuit: ACXCIRCUIT) -> ACXAUDIOENGINE {
    let mut callbacks = init!(ACX_AUDIOENGINE_CALLBACKS, ACX_AUDIOENGINE_CALLBACKS_INIT);
    callbacks.EvtAcxAudioEngineAssignEffectsState = Some(assign_effects);
    callbacks.EvtAcxAudioEngineRetrieveEffectsState = Some(effects);
    callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat = Some(device_format);
    callbacks.EvtAcxAudioEngineRetrieveEngineMixFormat = Some(mix_format);
    callbacks.EvtAcxAudioEngineRetrieveBufferSizeLimits = Some(limits);
    let mut config = init!(ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CONFIG_INIT);
    config.HostPin = kept("host");
    config.Callbacks = &raw mut callbacks;
    let mut engine: ACXAUDIOENGINE = null_mut();
    ok!(AcxAudioEngineCreate(circuit, null_mut(), &raw mut config, &raw mut engine));
    let list = acx!(AcxAudioEngineGetDeviceFormatList(engine));
    let mix = format(device, STEREO);
    ok!(AcxDataFormatListAddDataFormat(list, mix));
    keep("mix format", mix);
    keep("engine", engine);
    engine
}

fn spotter(circuit: ACXCIRCUIT) -> ACXKEYWORDSPOTTER {
    let mut callbacks = init!(ACX_KEYWORDSPOTTER_CALLBACKS, ACX_KEYWORDSPOTTER_CALLBACKS_INIT);
    callbacks.EvtAcxKeywordSpotterRetrieveArm = Some(armed);
    callbacks.EvtAcxKeywordSpotterAssignArm = Some(arm);
    callbacks.EvtAcxKeywordSpotterAssignPatterns = Some(patterns);
    callbacks.EvtAcxKeywordSpotterAssignReset = Some(reset);
    let mut config = init!(ACX_KEYWORDSPOTTER_CONFIG, ACX_KEYWORDSPOTTER_CONFIG_INIT);
    config.Pattern = &SET;
    config.Callbacks = &raw mut callbacks;
    let mut spotter: ACXKEYWORDSPOTTER = null_mut();
    ok!(AcxKeywordSpotterCreate(circuit, null_mut(), &raw mut config, &raw mut spotter));
    spotter
}

fn module(circuit: ACXCIRCUIT) -> ACXAUDIOMODULE {
    let mut callbacks = init!(ACX_AUDIOMODULE_CALLBACKS, ACX_AUDIOMODULE_CALLBACKS_INIT);
    callbacks.EvtAcxAudioModuleProcessCommand = Some(command);
    let mut config = init!(ACX_AUDIOMODULE_CONFIG, ACX_AUDIOMODULE_CONFIG_INIT);
    config.Descriptor.ClassId = SET;
    config.Callbacks = &raw mut callbacks;
    let mut module: ACXAUDIOMODULE = null_mut();
    ok!(AcxAudioModuleCreate(circuit.cast(), null_mut(), &raw mut config, &raw mut module));
    module
}

pub(crate) fn general_element(parent: ACXOBJECT) -> ACXELEMENT {
    let (mut properties, mut methods) = ([property(5)], [method(6)]);
    let mut config = init!(ACX_ELEMENT_CONFIG, ACX_ELEMENT_CONFIG_INIT);
    config.Type = &SET;
    config.Name = &SET;
    (config.Properties, config.PropertiesCount) = (properties.as_mut_ptr(), 1);
    (config.Methods, config.MethodsCount) = (methods.as_mut_ptr(), 1);
    let mut element: ACXELEMENT = null_mut();
    ok!(AcxElementCreate(parent, null_mut(), &raw mut config, &raw mut element));
    let mut config = init!(ACX_EVENT_CONFIG, ACX_EVENT_CONFIG_INIT);
    config.Set = &SET;
    config.Id = 25;
    let mut event: ACXEVENT = null_mut();
    ok!(AcxEventCreate(element.cast(), null_mut(), &raw mut config, &raw mut event));
    ok!(AcxElementAddEvents(element, &raw mut event, 1));
    element
}

/// One general element of a circuit.
pub(crate) fn general(circuit: ACXCIRCUIT) {
    let mut element = general_element(circuit.cast());
    ok!(AcxCircuitAddElements(circuit, &raw mut element, 1));
}

/// Every kind of element of a circuit, connected in a row.
pub(crate) fn add(device: WDFDEVICE, circuit: ACXCIRCUIT) {
    let parent: ACXOBJECT = circuit.cast();
    let (plain, muting) = (volume(parent, false), mute_element(parent));
    keep("volume", plain);
    keep("mute", muting);
    let mut all: [ACXELEMENT; 8] = [
        plain.cast(),
        muting.cast(),
        peak_meter(parent).cast(),
        engine(device, circuit).cast(),
        spotter(circuit).cast(),
        module(circuit).cast(),
        volume(parent, true).cast(),
        general_element(parent),
    ];
    ok!(AcxCircuitAddElements(circuit, all.as_mut_ptr(), 8));
    assert_eq!(acx!(AcxCircuitGetElementsCount(circuit)), 8);
    assert_eq!(acx!(AcxCircuitGetElementById(circuit, RAMPED)), all[RAMPED as usize]);
    assert_eq!(acx!(AcxElementGetId(all[3])), ENGINE);
    assert_eq!(acx!(AcxElementGetContainer(all[3])), parent);
    let ends = [parent, all[0].cast(), all[1].cast(), all[3].cast(), parent];
    let mut connections: Vec<ACX_CONNECTION> = ends
        .windows(2)
        .map(|pair| {
            let mut connection = ACX_CONNECTION::default();
            ACX_CONNECTION_INIT(&mut connection, pair[0], pair[1]);
            connection
        })
        .collect();
    let count = connections.len() as u32;
    ok!(AcxCircuitAddConnections(circuit, connections.as_mut_ptr(), count));
}

/// A stream's part of the engine, and a general element.
pub(crate) fn add_to_stream(stream: ACXSTREAM) {
    let mut callbacks =
        init!(ACX_STREAMAUDIOENGINE_CALLBACKS, ACX_STREAMAUDIOENGINE_CALLBACKS_INIT);
    callbacks.EvtAcxStreamAudioEngineAssignEffectsState = Some(assign_stream_effects);
    callbacks.EvtAcxStreamAudioEngineRetrieveEffectsState = Some(stream_effects);
    callbacks.EvtAcxStreamAudioEngineAssignCurrentWritePosition = Some(write_position);
    callbacks.EvtAcxStreamAudioEngineAssignLastBufferPosition = Some(last_position);
    callbacks.EvtAcxStreamAudioEngineRetrieveLinearBufferPosition = Some(linear_position);
    callbacks.EvtAcxStreamAudioEngineRetrievePresentationPosition = Some(presentation);
    callbacks.EvtAcxStreamAudioEngineAssignLoopbackProtection = Some(protection);
    let mut config = ACX_STREAMAUDIOENGINE_CONFIG::default();
    ACX_STREAMAUDIOENGINE_CONFIG_INIT_ID(&mut config, ENGINE);
    config.Callbacks = &raw mut callbacks;
    let mut engine: ACXSTREAMAUDIOENGINE = null_mut();
    let (of, handle) = (kept("engine"), &raw mut engine);
    ok!(AcxStreamAudioEngineCreate(stream, of, null_mut(), &raw mut config, handle));
    assert_eq!(acx!(AcxStreamAudioEngineGetStream(engine)), stream);
    let general = general_element(stream.cast());
    let mut all: [ACXELEMENT; 2] = [engine.cast(), general];
    ok!(AcxStreamAddElements(stream, all.as_mut_ptr(), 2));
    assert_eq!(acx!(AcxStreamGetElementsCount(stream)), 2);
    assert_eq!(acx!(AcxStreamGetElementById(stream, ENGINE)), all[0]);
    let mut connection = ACX_CONNECTION::default();
    ACX_CONNECTION_INIT(&mut connection, all[0].cast(), all[1].cast());
    ok!(AcxStreamAddConnections(stream, &raw mut connection, 1));
}

unsafe extern "C" fn level_to(_volume: ACXVOLUME, channel: ULONG, level: LONG) -> NTSTATUS {
    note(format!("level of {channel}: {level}"));
    STATUS_SUCCESS
}

unsafe extern "C" fn mute_to(_mute: ACXMUTE, channel: ULONG, state: ULONG) -> NTSTATUS {
    note(format!("mute of {channel}: {state}"));
    // The second channel cannot be muted.
    if channel == 1 { STATUS_NO_MEMORY } else { STATUS_SUCCESS }
}

/// A volume and a mute with those callbacks, or without any.
fn controls(parent: ACXOBJECT, has_callbacks: bool) -> [ACXELEMENT; 2] {
    let mut callbacks = init!(ACX_VOLUME_CALLBACKS, ACX_VOLUME_CALLBACKS_INIT);
    callbacks.EvtAcxVolumeAssignLevel = if has_callbacks { Some(level_to) } else { None };
    let mut config = init!(ACX_VOLUME_CONFIG, ACX_VOLUME_CONFIG_INIT);
    config.ChannelsCount = 2;
    config.Callbacks = &raw mut callbacks;
    let mut volume: ACXVOLUME = null_mut();
    ok!(AcxVolumeCreate(parent, null_mut(), &raw mut config, &raw mut volume));
    let mut callbacks = init!(ACX_MUTE_CALLBACKS, ACX_MUTE_CALLBACKS_INIT);
    callbacks.EvtAcxMuteAssignState = if has_callbacks { Some(mute_to) } else { None };
    let mut config = init!(ACX_MUTE_CONFIG, ACX_MUTE_CONFIG_INIT);
    config.ChannelsCount = 2;
    config.Callbacks = &raw mut callbacks;
    let mut mute: ACXMUTE = null_mut();
    ok!(AcxMuteCreate(parent, null_mut(), &raw mut config, &raw mut mute));
    [volume.cast(), mute.cast()]
}

/// A speaker with these elements, in this order.
fn speaker_of(device: WDFDEVICE, make: impl FnOnce(ACXCIRCUIT) -> Vec<ACXELEMENT>) {
    let own = circuit(device, "Speaker0", RENDER, |_| {});
    let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    keep("host", pins[0]);
    keep("far", pins[1]);
    keep("device", device);
    join(own, pins);
    let mut all = make(own);
    ok!(AcxCircuitAddElements(own, all.as_mut_ptr(), all.len() as u32));
    keep("circuit", own);
    ok!(AcxDeviceAddCircuit(device, own));
}

fn endpoint(machine: &acx_host::Machine) -> Endpoint {
    Endpoint::find(machine, Direction::Render).expect("there is one")
}

#[test]
fn a_control_is_set_for_a_channel_or_all() {
    let (volume, mute) = (KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_AUDIO_MUTE);
    Plan::new(|device| {
        speaker_of(device, |own| {
            [controls(own.cast(), true), controls(own.cast(), false)].concat()
        });
    })
    .run(|machine, _| {
        let endpoint = endpoint(machine);
        let put = |id, at, channel, value: i32| {
            let (set_of, bytes) = (&KSPROPSETID_Audio, value.to_le_bytes());
            let reply = set(&endpoint.filter, "", set_of, id, &node(at, channel), &bytes);
            (reply.err().map(|why| why.status), notes().drain(..).collect::<Vec<_>>())
        };
        let said = |words: &str| vec![words.to_owned()];
        assert_eq!(put(volume, 0, Some(1), -7), (None, said("level of 1: -7")));
        assert_eq!(put(volume, 0, None, 7), (None, said("level of 4294967295: 7")));
        let beyond = Some(STATUS_INVALID_PARAMETER);
        assert_eq!(put(volume, 0, Some(2), 7), (beyond, vec![]));
        // A mute is on or off.
        assert_eq!(put(mute, 1, Some(0), 2), (None, said("mute of 0: 1")));
        assert_eq!(put(mute, 1, Some(0), 0), (None, said("mute of 0: 0")));
        let failed = Some(STATUS_NO_MEMORY);
        assert_eq!(put(mute, 1, Some(1), 1), (failed, said("mute of 1: 1")));
        // Without callbacks.
        let none = Some(STATUS_INVALID_DEVICE_REQUEST);
        assert_eq!(put(volume, 2, Some(0), 1), (none, vec![]));
        assert_eq!(put(mute, 3, Some(0), 1), (none, vec![]));
        let (set_of, all) = (&KSPROPSETID_Audio, node(2, Some(0)));
        let got = get_known(&endpoint.filter, "", set_of, volume, &all, 4);
        assert_eq!(got.err().map(|why| why.status), Some(STATUS_NOT_SUPPORTED));
    })
    .keeps_every_rule();
}

#[test]
fn elements_have_the_ids_that_they_want_or_the_next_ones() {
    fn wanting(own: ACXCIRCUIT, id: u32) -> ACXELEMENT {
        let mut config = init!(ACX_ELEMENT_CONFIG, ACX_ELEMENT_CONFIG_INIT);
        config.Id = id;
        let mut element: ACXELEMENT = null_mut();
        ok!(AcxElementCreate(own.cast(), null_mut(), &raw mut config, &raw mut element));
        assert_eq!(acx!(AcxElementGetId(element)), AcxElementIdNone);
        element
    }
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let mut all = [1, AcxElementIdDefault, AcxElementIdDefault].map(|id| wanting(own, id));
        ok!(AcxCircuitAddElements(own, all.as_mut_ptr(), 3));
        assert_eq!(all.map(|element| acx!(AcxElementGetId(element))), [1, 0, 2]);
        let mut taken = wanting(own, 2);
        let added = acx!(AcxCircuitAddElements(own, &raw mut taken, 1));
        assert_eq!(added, STATUS_OBJECT_NAME_COLLISION);
        assert_eq!(acx!(AcxElementGetId(taken)), AcxElementIdNone);
        assert_eq!(acx!(AcxCircuitGetElementById(own, 2)), all[2]);
        assert!(acx!(AcxCircuitGetElementById(own, 3)).is_null());
        assert_eq!(acx!(AcxCircuitGetElementsCount(own)), 3);
    })
    .start()
    .keeps_every_rule();
}

/// An engine with a volume of its own, and no other part. The volume, another one and the engine's
/// list of formats are kept.
fn engine_with_volume(device: WDFDEVICE) {
    speaker_of(device, |own| {
        let [inner, outer] = [(); 2].map(|()| volume(own.cast(), false));
        keep("inner", inner);
        keep("outer", outer);
        let mut callbacks = init!(ACX_AUDIOENGINE_CALLBACKS, ACX_AUDIOENGINE_CALLBACKS_INIT);
        callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat = Some(device_format);
        let mut config = init!(ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CONFIG_INIT);
        config.HostPin = kept("host");
        config.VolumeElement = inner.cast();
        config.Callbacks = &raw mut callbacks;
        let mut engine: ACXAUDIOENGINE = null_mut();
        ok!(AcxAudioEngineCreate(own, null_mut(), &raw mut config, &raw mut engine));
        let list = acx!(AcxAudioEngineGetDeviceFormatList(engine));
        for of in [STEREO, MONO] {
            ok!(AcxDataFormatListAddDataFormat(list, format(device, of)));
        }
        keep("list", list);
        assert!(acx!(AcxAudioEngineGetDeviceFormatList(outer.cast())).is_null());
        vec![engine.cast(), outer.cast()]
    });
}

#[test]
fn an_engine_has_its_parts() {
    Plan::new(engine_with_volume)
        .run(|machine, _| {
            let endpoint = endpoint(machine);
            let filter = &endpoint.filter;
            let get = |id, at| {
                let got = get_known(filter, "", &KSPROPSETID_Audio, id, &node(at, Some(0)), 4);
                got.map_err(|why| why.status)
            };
            assert_eq!(get(KSPROPERTY_AUDIO_VOLUMELEVEL, 0), Ok(vec![1, 0, 0, 0]));
            for element in [0, 1] {
                assert_eq!(get(KSPROPERTY_AUDIO_MUTE, element), Err(STATUS_NOT_SUPPORTED));
            }
            // Their changes are the engine's.
            let signal = machine.create_event();
            let mut data = [0; size_of::<KSEVENTDATA>()];
            data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
            data[8..16].copy_from_slice(&signal.to_le_bytes());
            let (events, id) = (&KSEVENTSETID_AudioControlChange, KSEVENT_CONTROL_CHANGE);
            let input = descriptor(events, id, KSEVENT_TYPE_ENABLE, &node(0, None)[..8]);
            let enabled = filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
            assert_eq!(enabled.status, STATUS_SUCCESS);
            let is_told = |of| {
                machine.inside(|| acx!(AcxVolumeChangeLevelNotification(kept(of))));
                machine.wait_any(&[signal], std::time::Duration::ZERO).is_some()
            };
            assert!(is_told("inner"));
            assert!(!is_told("outer"));
        })
        .keeps_every_rule();
}

#[test]
fn the_format_of_an_engines_device_is_the_default_from_then_on() {
    fn channels() -> u16 {
        let mut format: ACXDATAFORMAT = null_mut();
        let list = kept("list");
        ok!(AcxDataFormatListRetrieveDefaultDataFormat(list, &raw mut format));
        acx!(AcxDataFormatGetChannelsCount(format))
    }
    Plan::new(engine_with_volume)
        .run(|machine, _| {
            assert_eq!(machine.inside(channels), 2);
            let (id, engine) = (KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, &node(0, None)[..8]);
            let (filter, bytes) = (&endpoint(machine).filter, MONO.to_ks());
            set(filter, "", &KSPROPSETID_AudioEngine, id, engine, &bytes).expect("it takes it");
            assert_eq!(machine.inside(channels), 1);
        })
        .keeps_every_rule();
}

#[test]
fn connections_lead_to_the_pins_that_they_name() {
    Plan::new(|device| {
        speaker_of(device, |own| controls(own.cast(), true).to_vec());
        let own = kept("circuit");
        let element = |id| acx!(AcxCircuitGetElementById(own, id)).cast();
        let (volume, mute) = (element(0), element(1));
        let ends = [(own.cast(), volume), (volume, mute), (mute, own.cast())];
        let mut all = ends.map(|(from, to)| {
            let mut connection = ACX_CONNECTION::default();
            ACX_CONNECTION_INIT(&mut connection, from, to);
            connection
        });
        all[0].FromPin.Object = kept("host");
        all[0].Flags = Flags::AcxConnectionFromPinObject as u32;
        all[1].FromPin.Id = 3;
        all[1].ToPin.Id = 2;
        all[2].ToPin.Object = kept("far");
        all[2].Flags = Flags::AcxConnectionToPinObject as u32;
        ok!(AcxCircuitAddConnections(own, all.as_mut_ptr(), 3));
    })
    .run(|machine, _| {
        let (set_of, id) = (&KSPROPSETID_Topology, KSPROPERTY_TOPOLOGY_CONNECTIONS);
        let value = get(&endpoint(machine).filter, "", set_of, id, &[]).expect("it answers");
        let words: Vec<u32> = (8..value.len()).step_by(4).map(|at| number(&value, at)).collect();
        let (filter, into, out) = (KSFILTER_NODE, KSNODEPIN_STANDARD_IN, KSNODEPIN_STANDARD_OUT);
        assert_eq!(words, [filter, 0, 0, into, 0, 3, 1, 2, 1, out, filter, 1]);
    })
    .keeps_every_rule();
}
