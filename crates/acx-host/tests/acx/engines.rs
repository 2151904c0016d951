//! The properties of audio engines, modules and keyword spotters, byte by byte.

use std::ptr::null_mut;
use std::sync::Mutex;
use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::Endpoint;
use acx_client::request::{descriptor, get_sized, node};
use acx_client::{Direction, File, System};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;
use crate::properties::{items, volume, words};

fn filter(machine: &Machine) -> File {
    Endpoint::find(machine, Direction::Render).expect("there is one").filter
}

/// The value of a property, or the status without one.
fn get(file: &File, set: &GUID, id: u32, instance: &[u8]) -> Result<Vec<u8>, NTSTATUS> {
    let (reply, value) = get_sized(file, set, id, instance, 1000);
    if reply.status == STATUS_SUCCESS { Ok(value) } else { Err(reply.status) }
}

/// The status of a SET.
fn put(file: &File, set: &GUID, id: u32, instance: &[u8], value: &[u8]) -> NTSTATUS {
    let input = descriptor(set, id, KSPROPERTY_TYPE_SET, instance);
    file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value.to_vec())).status
}

const ENGINE: &GUID = &KSPROPSETID_AudioEngine;

/// The flags of the next engine.
static FLAGS: Mutex<u32> = Mutex::new(0);

unsafe extern "C" fn take_format(_: ACXAUDIOENGINE, format: ACXDATAFORMAT) -> NTSTATUS {
    keep("device format", format);
    STATUS_SUCCESS
}

/// A speaker with an engine that has a volume: it joins a host, an offload and a bridge pin.
fn with_engine(device: WDFDEVICE) {
    let own = circuit(device, "Speaker0", RENDER, |_| {});
    let pins = vec![
        pin(own, SOURCE, BRIDGE, |_| {}),
        pin(own, SINK, HOST, |_| {}),
        pin(own, SINK, HOST, |_| {}),
        pin(own, SOURCE, HOST, |config| config.Category = &KSNODETYPE_AUDIO_LOOPBACK),
    ];
    for host in &pins[1..] {
        list(device, *host, STEREO);
    }
    let control = volume(own);
    let mut callbacks = init!(ACX_AUDIOENGINE_CALLBACKS, ACX_AUDIOENGINE_CALLBACKS_INIT);
    callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat = Some(take_format);
    let mut config = init!(ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CONFIG_INIT);
    (config.HostPin, config.OffloadPin) = (pins[1], pins[2]);
    if *FLAGS.lock().unwrap() == 0 {
        config.LoopbackPin = pins[3];
    }
    config.Flags = *FLAGS.lock().unwrap();
    config.VolumeElement = control;
    config.Callbacks = &raw mut callbacks;
    join(own, pins);
    let mut engine: ACXAUDIOENGINE = null_mut();
    ok!(AcxAudioEngineCreate(own, null_mut(), &raw mut config, &raw mut engine));
    let formats = acx!(AcxAudioEngineGetDeviceFormatList(engine));
    for own in [STEREO, MONO] {
        ok!(AcxDataFormatListAddDataFormat(formats, format(device, own)));
    }
    let mut element: ACXELEMENT = engine.cast();
    ok!(AcxCircuitAddElements(own, &raw mut element, 1));
    keep("volume", control);
    ok!(AcxDeviceAddCircuit(device, own));
}

#[test]
fn an_engine_says_which_pins_it_joins_and_which_controls_it_has() {
    use _ACX_AUDIOENGINE_CONFIG_FLAGS as F;
    let controls = |flags: &[i32], expected: [u32; 3]| {
        let flags = flags.iter().fold(0, |all, flag| all | *flag as u32);
        *FLAGS.lock().unwrap() = flags;
        Plan::new(with_engine)
            .run(|machine, _| {
                let filter = filter(machine);
                let own = |id| get(&filter, ENGINE, id, &node(0, None)[..8]);
                assert_eq!(own(KSPROPERTY_AUDIOENGINE_DEVICECONTROLS), Ok(words(&expected)));
                let loopback = if flags == 0 { 3 } else { u32::MAX };
                let pins = words(&[1, 2, loopback]);
                assert_eq!(own(KSPROPERTY_AUDIOENGINE_DESCRIPTOR), Ok(pins));
                let topology = &KSPROPSETID_Topology;
                let found = get(&filter, topology, KSPROPERTY_TOPOLOGY_CONNECTIONS, &[]);
                let whole = u32::MAX;
                let mut expected = vec![
                    words(&[whole, 1, 0, 1]),
                    words(&[whole, 2, 0, 2]),
                    words(&[0, 0, whole, 0]),
                ];
                if flags == 0 {
                    expected.push(words(&[0, 3, whole, 3]));
                }
                assert_eq!(found, Ok(items(&expected)));
            })
            .keeps_every_rule();
    };
    controls(&[], [1, 1, 1]);
    controls(
        &[
            F::AcxAudioEngineConfigVolumeNotPresent,
            F::AcxAudioEngineConfigMuteSecondary,
            F::AcxAudioEngineConfigPeakMeterNotPresent,
        ],
        [0, 2, 0],
    );
    controls(
        &[
            F::AcxAudioEngineConfigVolumeSecondary,
            F::AcxAudioEngineConfigMuteNotPresent,
            F::AcxAudioEngineConfigPeakMeterSecondary,
        ],
        [2, 0, 2],
    );
    *FLAGS.lock().unwrap() = 0;
}

#[test]
fn an_engines_volume_is_reached_through_its_node() {
    Plan::new(with_engine)
        .run(|machine, _| {
            let filter = filter(machine);
            let of = node(0, Some(1));
            let id = KSPROPERTY_AUDIOENGINE_VOLUMELEVEL;
            assert_eq!(get(&filter, ENGINE, id, &of), Ok((-1_i32).to_le_bytes().to_vec()));
            notes().clear();
            let mut level = words(&[(-65_536_i32).cast_unsigned(), 1, 0x89AB_CDEF, 0x0123_4567]);
            assert_eq!(put(&filter, ENGINE, id, &of, &level), STATUS_SUCCESS);
            let duration = 0x0123_4567_89AB_CDEF_u64;
            assert_eq!(*notes(), [format!("channel 1 to -65536 along 1 in {duration}")]);
            level.pop();
            assert_eq!(put(&filter, ENGINE, id, &of, &level), STATUS_BUFFER_TOO_SMALL);
            // Its changes are told there.
            let signal = machine.create_event();
            let mut data = [0; size_of::<KSEVENTDATA>()];
            data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
            data[8..16].copy_from_slice(&signal.to_le_bytes());
            let set = &KSEVENTSETID_AudioControlChange;
            let (event, flags) = (KSEVENT_CONTROL_CHANGE, KSEVENT_TYPE_ENABLE);
            let input = descriptor(set, event, flags, &node(0, None)[..8]);
            let enabled = filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
            assert_eq!(enabled.status, STATUS_SUCCESS);
            machine.inside(|| acx!(AcxVolumeChangeLevelNotification(kept("volume"))));
            assert!(machine.wait_any(&[signal], Duration::ZERO).is_some());
        })
        .keeps_every_rule();
}

#[test]
fn an_engine_has_the_device_format_that_was_set_last() {
    Plan::new(with_engine)
        .run(|machine, _| {
            let filter = filter(machine);
            let (id, of) = (KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, &node(0, None)[..8]);
            assert_eq!(get(&filter, ENGINE, id, of), Ok(STEREO.to_ks()));
            assert_eq!(put(&filter, ENGINE, id, of, &MONO.to_ks()), STATUS_SUCCESS);
            assert_eq!(get(&filter, ENGINE, id, of), Ok(MONO.to_ks()));
            let other = acx_client::endpoint::WaveFormat { rate: 96_000, ..STEREO };
            assert_eq!(put(&filter, ENGINE, id, of, &other.to_ks()), STATUS_NO_MATCH);
            // A property of the engine's part of a stream, asked of the filter.
            let id = KSPROPERTY_AUDIOENGINE_LFXENABLE;
            assert_eq!(get(&filter, ENGINE, id, of), Err(STATUS_INVALID_DEVICE_REQUEST));
        })
        .keeps_every_rule();
}

#[test]
fn a_format_that_a_driver_is_given_goes_when_it_has_answered() {
    Plan::new(with_engine)
        .run(|machine, _| {
            let (id, of) = (KSPROPERTY_AUDIOENGINE_DEVICEFORMAT, &node(0, None)[..8]);
            assert_eq!(put(&filter(machine), ENGINE, id, of, &MONO.to_ks()), STATUS_SUCCESS);
            machine.inside(|| acx!(AcxDataFormatGetChannelsCount(kept("device format"))));
        })
        .breaks(&[Rule::FreedObject]);
}

#[test]
fn sets_of_elements_that_an_endpoint_lacks_are_unknown_to_it() {
    Plan::new(speaker)
        .run(|machine, _| {
            let filter = filter(machine);
            for set in [
                &KSPROPSETID_AudioEngine,
                &KSPROPSETID_AudioModule,
                &KSPROPSETID_SoundDetector,
                &KSPROPSETID_SoundDetector2,
            ] {
                let asked = get(&filter, set, 1, &[0; 16]);
                assert_eq!(asked, Err(STATUS_PROPSET_NOT_FOUND), "{:#x}", set.Data1);
                // Nor do its streams know them.
                let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
                let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
                let asked = get(&stream, set, 1, &[0; 16]);
                assert_eq!(asked, Err(STATUS_PROPSET_NOT_FOUND), "{:#x}", set.Data1);
            }
        })
        .keeps_every_rule();
}

unsafe extern "C" fn command(
    _: ACXAUDIOMODULE,
    input: PVOID,
    length: ULONG,
    output: PVOID,
    place: PULONG,
) -> NTSTATUS {
    // SAFETY: ACX's arguments.
    unsafe {
        let given = std::slice::from_raw_parts(input.cast::<u8>(), length as usize);
        note(format!("{given:?}, room for {}", place.read()));
        if output.is_null() {
            place.write(3);
            return STATUS_BUFFER_OVERFLOW;
        }
        output.cast::<[u8; 3]>().write([7, 8, 9]);
        place.write(3);
    }
    STATUS_SUCCESS
}

#[test]
fn a_command_goes_to_the_module_of_its_class_and_instance() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
        list(device, pins[0], STEREO);
        join(own, pins);
        let mut callbacks = init!(ACX_AUDIOMODULE_CALLBACKS, ACX_AUDIOMODULE_CALLBACKS_INIT);
        let mut all: [ACXELEMENT; 2] = [null_mut(); 2];
        // The second has another instance, and answers commands.
        for (at, module) in all.iter_mut().enumerate() {
            if at == 1 {
                callbacks.EvtAcxAudioModuleProcessCommand = Some(command);
            }
            let mut config = init!(ACX_AUDIOMODULE_CONFIG, ACX_AUDIOMODULE_CONFIG_INIT);
            config.Descriptor.ClassId = SET;
            config.Descriptor.InstanceId = 5 + at as u32;
            (config.Descriptor.VersionMajor, config.Descriptor.VersionMinor) = (2, 3);
            (config.Descriptor.Name[0], config.Descriptor.Name[127]) = (0x41, 0x42);
            config.Callbacks = &raw mut callbacks;
            let mut made: ACXAUDIOMODULE = null_mut();
            let (parent, place) = (own.cast(), &raw mut made);
            ok!(AcxAudioModuleCreate(parent, null_mut(), &raw mut config, place));
            *module = made.cast();
        }
        ok!(AcxCircuitAddElements(own, all.as_mut_ptr(), 2));
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let filter = filter(machine);
        let set = &KSPROPSETID_AudioModule;
        let descriptor_of = |instance| {
            let mut name = vec![0; 256];
            (name[0], name[254]) = (0x41, 0x42);
            [guid_bytes(&SET).to_vec(), words(&[instance, 2, 3]), name].concat()
        };
        let found = get(&filter, set, KSPROPERTY_AUDIOMODULE_DESCRIPTORS, &[]);
        assert_eq!(found, Ok(items(&[descriptor_of(5), descriptor_of(6)])));
        let send = |class: &GUID, instance, room| {
            let arguments = [guid_bytes(class).to_vec(), words(&[instance, 0]), vec![1, 2]];
            let (id, arguments) = (KSPROPERTY_AUDIOMODULE_COMMAND, arguments.concat());
            let (reply, value) = get_sized(&filter, set, id, &arguments, room);
            (reply.status, reply.information, value)
        };
        let wrong = (STATUS_INVALID_PARAMETER, 0, Vec::new());
        assert_eq!(send(&SET, 7, 9), wrong);
        assert_eq!(send(&RAW, 6, 9), wrong);
        assert_eq!(send(&SET, 5, 9), (STATUS_NOT_SUPPORTED, 0, Vec::new()));
        notes().clear();
        assert_eq!(send(&SET, 6, 9), (STATUS_SUCCESS, 3, vec![7, 8, 9]));
        let (status, information, _) = send(&SET, 6, 0);
        assert_eq!((status, information), (STATUS_BUFFER_OVERFLOW, 3));
        assert_eq!(*notes(), ["[1, 2], room for 9", "[1, 2], room for 0"]);
    })
    .keeps_every_rule();
}

/// The arming of the spotter, as its driver stores it.
static ARMED: Mutex<u8> = Mutex::new(0);

unsafe extern "C" fn arm(_: ACXKEYWORDSPOTTER, event: *mut GUID, arm: BOOLEAN) -> NTSTATUS {
    // SAFETY: ACX's argument.
    let event = unsafe { event.read() };
    note(format!("arm {arm} for {:#x}", event.Data1));
    // Any number but 0 is yes.
    *ARMED.lock().unwrap() = 2 * arm;
    STATUS_SUCCESS
}

unsafe extern "C" fn armed(_: ACXKEYWORDSPOTTER, _: *mut GUID, place: PBOOLEAN) -> NTSTATUS {
    // SAFETY: ACX's argument.
    unsafe { place.write(*ARMED.lock().unwrap()) };
    STATUS_SUCCESS
}

unsafe extern "C" fn patterns(
    _: ACXKEYWORDSPOTTER,
    _: *mut GUID,
    place: PVOID,
    length: ULONG,
) -> NTSTATUS {
    // SAFETY: ACX's arguments.
    let given = unsafe { std::slice::from_raw_parts(place.cast::<u8>(), length as usize) };
    note(format!("patterns {given:?}"));
    STATUS_SUCCESS
}

unsafe extern "C" fn reset(_: ACXKEYWORDSPOTTER, _: *mut GUID) -> NTSTATUS {
    note("reset");
    STATUS_SUCCESS
}

#[test]
fn a_spotter_is_armed_and_reset_by_either_set_of_properties() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
        list(device, pins[0], STEREO);
        join(own, pins);
        let mut callbacks = init!(ACX_KEYWORDSPOTTER_CALLBACKS, ACX_KEYWORDSPOTTER_CALLBACKS_INIT);
        callbacks.EvtAcxKeywordSpotterRetrieveArm = Some(armed);
        callbacks.EvtAcxKeywordSpotterAssignArm = Some(arm);
        callbacks.EvtAcxKeywordSpotterAssignPatterns = Some(patterns);
        callbacks.EvtAcxKeywordSpotterAssignReset = Some(reset);
        let mut config = init!(ACX_KEYWORDSPOTTER_CONFIG, ACX_KEYWORDSPOTTER_CONFIG_INIT);
        config.Pattern = &SET;
        config.Callbacks = &raw mut callbacks;
        let mut spotter: ACXKEYWORDSPOTTER = null_mut();
        ok!(AcxKeywordSpotterCreate(own, null_mut(), &raw mut config, &raw mut spotter));
        let mut element: ACXELEMENT = spotter.cast();
        ok!(AcxCircuitAddElements(own, &raw mut element, 1));
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let filter = filter(machine);
        // The second set names an event.
        let sets: [(&GUID, Vec<u8>, u32); 2] = [
            (&KSPROPSETID_SoundDetector, Vec::new(), 0),
            (&KSPROPSETID_SoundDetector2, guid_bytes(&RAW).to_vec(), RAW.Data1),
        ];
        for (set, of, event) in sets {
            notes().clear();
            let yes = Ok(words(&[1]));
            let get = |id| get(&filter, set, id, &of);
            let put = |id, value: &[u8]| put(&filter, set, id, &of, value);
            let id = KSPROPERTY_SOUNDDETECTOR_ARMED;
            assert_eq!(put(id, &words(&[7])), STATUS_SUCCESS);
            assert_eq!(get(id), yes);
            assert_eq!(put(id, &words(&[0])), STATUS_SUCCESS);
            assert_eq!(get(id), Ok(words(&[0])));
            assert_eq!(get(KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT), yes);
            let pattern = items(&[guid_bytes(&SET).to_vec()]);
            assert_eq!(get(KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS), Ok(pattern));
            let id = KSPROPERTY_SOUNDDETECTOR_PATTERNS;
            assert_eq!(put(id, &words(&[8, 1])), STATUS_SUCCESS);
            // Too short, or of another length than it says.
            assert_eq!(put(id, &words(&[4])), STATUS_INVALID_PARAMETER);
            assert_eq!(put(id, &words(&[9, 1])), STATUS_INVALID_PARAMETER);
            let id = KSPROPERTY_SOUNDDETECTOR_RESET;
            assert_eq!(put(id, &words(&[0])), STATUS_SUCCESS);
            assert_eq!(put(id, &words(&[1])), STATUS_SUCCESS);
            let armed = [format!("arm 1 for {event:#x}"), format!("arm 0 for {event:#x}")];
            let rest = ["patterns [8, 0, 0, 0, 1, 0, 0, 0]", "reset"].map(str::to_owned);
            assert_eq!(*notes(), [armed, rest].concat());
        }
    })
    .keeps_every_rule();
}
