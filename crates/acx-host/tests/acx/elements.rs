//! Elements of every type, with every callback.

use std::ptr::null_mut;

use acx_sys::*;

use crate::client::{ENGINE, RAMPED};
use crate::driver::*;

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
