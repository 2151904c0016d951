//! The values of ACX's own properties, byte by byte.

use std::ptr::null_mut;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::request::{descriptor, get_sized, node, pin as of_pin};
use acx_client::{Direction, File};
use acx_host::assumptions::{Assumptions, FormatOffsets};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;
use crate::elements::general_element;

fn endpoint(machine: &Machine) -> Endpoint {
    Endpoint::find(machine, Direction::Render).expect("there is one")
}

/// Numbers as bytes.
pub(crate) fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Text with its zero.
fn text(value: &str) -> Vec<u8> {
    value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// A KSMULTIPLE_ITEM list.
pub(crate) fn items(items: &[Vec<u8>]) -> Vec<u8> {
    let size: usize = items.iter().map(Vec::len).sum();
    [words(&[8 + size as u32, items.len() as u32]), items.concat()].concat()
}

/// The value of a property, or the status without one.
fn get(file: &File, set: &GUID, id: u32, instance: &[u8]) -> Result<Vec<u8>, NTSTATUS> {
    let (reply, value) = get_sized(file, set, id, instance, 1000);
    if reply.status == STATUS_SUCCESS {
        return Ok(value);
    }
    assert_eq!(reply.information, 0);
    Err(reply.status)
}

/// The value of a property of a pin.
fn of(file: &File, id: u32, pin: u32) -> Result<Vec<u8>, NTSTATUS> {
    get(file, &KSPROPSETID_Pin, id, &of_pin(pin))
}

/// The status of a SET.
fn put(file: &File, set: &GUID, id: u32, instance: &[u8], value: &[u8]) -> NTSTATUS {
    let input = descriptor(set, id, KSPROPERTY_TYPE_SET, instance);
    file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value.to_vec())).status
}

#[test]
fn pins_describe_themselves() {
    Plan::new(|device| {
        speaker(device);
        let bridge = acx!(AcxCircuitGetPinById(kept("circuit"), 1));
        list(device, bridge, STEREO);
    })
    .run(|machine, _| {
        let endpoint = endpoint(machine);
        let filter = &endpoint.filter;
        let mut component = vec![0; 72];
        component[32..48].copy_from_slice(&guid_bytes(&component_of("Speaker0")));
        let general = &KSPROPSETID_General;
        assert_eq!(get(filter, general, KSPROPERTY_GENERAL_COMPONENTID, &[]), Ok(component));
        let one = |set: &GUID, id| items(&[[guid_bytes(set).to_vec(), words(&[id, 0])].concat()]);
        let interface = one(&KSINTERFACESETID_Standard, KSINTERFACE_STANDARD_LOOPED_STREAMING);
        let medium = one(&KSMEDIUMSETID_Standard, KSMEDIUM_TYPE_ANYINSTANCE);
        for (id, value) in [
            (KSPROPERTY_PIN_INTERFACES, interface),
            (KSPROPERTY_PIN_MEDIUMS, medium),
            (KSPROPERTY_PIN_NECESSARYINSTANCES, words(&[0])),
        ] {
            assert_eq!(of(filter, id, 0).as_ref(), Ok(&value));
            assert_eq!(of(filter, id, 1), Ok(value));
            assert_eq!(of(filter, id, 2), Err(STATUS_INVALID_PARAMETER));
        }
        assert_eq!(of(filter, KSPROPERTY_PIN_NAME, 0), Ok(text("Stream")));
        assert_eq!(of(filter, KSPROPERTY_PIN_NAME, 1), Ok(text("Jack")));
        let count = |pin| of(filter, KSPROPERTY_PIN_CINSTANCES, pin);
        assert_eq!([count(0), count(1)], [Ok(words(&[1, 0])), Ok(words(&[0, 0]))]);
        let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
        assert_eq!([count(0), count(1)], [Ok(words(&[1, 1])), Ok(words(&[0, 0]))]);
        drop(stream);
        // A bridge pin's modes are no client's choice.
        let modes = |pin| {
            let set = &KSPROPSETID_AudioSignalProcessing;
            get(filter, set, KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, &of_pin(pin))
        };
        assert_eq!(modes(0), Ok(items(&[guid_bytes(&RAW).to_vec()])));
        assert_eq!(modes(1), Ok(items(&[])));
        // No jack was added to either.
        let jack = &KSPROPSETID_Jack;
        for id in [KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_JACK_DESCRIPTION2] {
            assert_eq!(get(filter, jack, id, &of_pin(1)), Err(STATUS_NOT_SUPPORTED));
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_loopback_pin_has_no_modes() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let loopback = pin(own, SOURCE, HOST, |config| {
            config.Category = &KSNODETYPE_AUDIO_LOOPBACK;
        });
        list(device, loopback, STEREO);
        join(own, vec![pin(own, SINK, HOST, |_| {}), loopback]);
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let filter = &endpoint(machine).filter;
        let set = &KSPROPSETID_AudioSignalProcessing;
        let modes = get(filter, set, KSPROPERTY_AUDIOSIGNALPROCESSING_MODES, &of_pin(1));
        assert_eq!(modes, Ok(items(&[])));
    })
    .keeps_every_rule();
}

/// A WAVEFORMATEX of 16 bits, stereo, without an extension: no multiple of eight bytes.
fn plain() -> Vec<u8> {
    let mut bytes = STEREO.to_ks()[..82].to_vec();
    bytes[..4].copy_from_slice(&82_u32.to_le_bytes());
    bytes[64..66].copy_from_slice(&1_u16.to_le_bytes());
    bytes[80..82].copy_from_slice(&[0; 2]);
    bytes
}

/// A speaker that lists three formats in mode RAW, and two of them also in another mode.
fn three_formats(device: WDFDEVICE) {
    speaker(device);
    let host = acx!(AcxCircuitGetPinById(kept("circuit"), 0));
    let mut bytes = plain();
    let mut config = ACX_DATAFORMAT_CONFIG::default();
    ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, bytes.as_mut_ptr().cast());
    let mut plain: ACXDATAFORMAT = null_mut();
    ok!(AcxDataFormatCreate(device, null_mut(), &raw mut config, &raw mut plain));
    let raw = acx!(AcxPinGetRawDataFormatList(host));
    ok!(AcxDataFormatListAddDataFormat(raw, plain));
    list(device, host, MONO);
    let mut config = init!(ACX_DATAFORMAT_LIST_CONFIG, ACX_DATAFORMAT_LIST_CONFIG_INIT);
    let mut other: ACXDATAFORMATLIST = null_mut();
    ok!(AcxDataFormatListCreate(device, null_mut(), &raw mut config, &raw mut other));
    ok!(AcxDataFormatListAddDataFormat(other, format(device, STEREO)));
    ok!(AcxDataFormatListAddDataFormat(other, format(device, MONO)));
    ok!(AcxPinAssignModeDataFormatList(host, &AUDIO_SIGNALPROCESSINGMODE_MEDIA, other));
}

#[test]
fn formats_of_a_mode_come_with_their_offsets() {
    let padded = [plain(), vec![0; 6]].concat();
    let bodies = [STEREO.to_ks(), padded, MONO.to_ks()].concat();
    let two = [STEREO.to_ks(), MONO.to_ks()].concat();
    let formats = |format_offsets, head: Vec<u8>, head_of_two: Vec<u8>| {
        Plan::new(three_formats)
            .assuming(Assumptions { format_offsets, ..Assumptions::default() })
            .run(|machine, _| {
                let filter = &endpoint(machine).filter;
                let instance = [of_pin(0), guid_bytes(&RAW).to_vec()].concat();
                let found =
                    get(filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_MODEDATAFORMATS, &instance);
                assert_eq!(found, Ok([head, bodies.clone()].concat()));
                let media = guid_bytes(&AUDIO_SIGNALPROCESSINGMODE_MEDIA).to_vec();
                let instance = [of_pin(0), media].concat();
                let found =
                    get(filter, &KSPROPSETID_Pin, KSPROPERTY_PIN_MODEDATAFORMATS, &instance);
                assert_eq!(found, Ok([head_of_two, two.clone()].concat()));
            })
            .keeps_every_rule();
    };
    let from_start = words(&[32 + 296, 3, 32, 0, 32 + 104, 0, 32 + 192, 0]);
    let two_from_start = words(&[24 + 208, 2, 24, 0, 24 + 104, 0]);
    formats(FormatOffsets::UlonglongFromStart, from_start, two_from_start);
    let from_header = words(&[24 + 296, 3, 16, 16 + 104, 16 + 192, 0]);
    let two_from_header = words(&[16 + 208, 2, 8, 8 + 104]);
    formats(FormatOffsets::UlongFromHeaderEnd, from_header, two_from_header);
}

#[test]
fn each_range_of_data_comes_once() {
    Plan::new(three_formats)
        .run(|machine, _| {
            let filter = &endpoint(machine).filter;
            let range = |format: Vec<u8>, channels| {
                let own = words(&[channels, 16, 16, 48_000, 48_000, 0]);
                [words(&[88, 0]), format[8..64].to_vec(), own].concat()
            };
            // The plain one's is that of the first.
            let expected = items(&[range(STEREO.to_ks(), 2), range(MONO.to_ks(), 1)]);
            assert_eq!(of(filter, KSPROPERTY_PIN_DATARANGES, 0), Ok(expected));
        })
        .keeps_every_rule();
}

#[test]
fn a_format_is_proposed_to_the_lists_of_a_pin() {
    Plan::new(three_formats)
        .run(|machine, _| {
            let filter = &endpoint(machine).filter;
            let propose = |format: Vec<u8>| {
                let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT);
                put(filter, set, id, &of_pin(0), &format)
            };
            assert_eq!(propose(STEREO.to_ks()), STATUS_SUCCESS);
            assert_eq!(propose(MONO.to_ks()), STATUS_SUCCESS);
            let other = acx_client::endpoint::WaveFormat { rate: 96_000, ..STEREO };
            assert_eq!(propose(other.to_ks()), STATUS_NO_MATCH);
        })
        .keeps_every_rule();
}

unsafe extern "C" fn refuses_the_format(_: ACXPIN, format: ACXDATAFORMAT) -> NTSTATUS {
    keep("proposed", format);
    STATUS_SHARING_VIOLATION
}

unsafe extern "C" fn named(_: ACXPIN, name: PUNICODE_STRING) -> NTSTATUS {
    // SAFETY: ACX's argument, with room for the text that it says.
    unsafe {
        let name = &mut *name;
        assert_eq!((name.Length, name.MaximumLength), (0, 520));
        let room = std::slice::from_raw_parts_mut(name.Buffer, 260);
        assert_eq!(room, [0; 260]);
        let text: Vec<u16> = "Socket".encode_utf16().collect();
        room[..6].copy_from_slice(&text);
        name.Length = 12;
    }
    STATUS_SUCCESS
}

unsafe extern "C" fn not_named(_: ACXPIN, _: PUNICODE_STRING) -> NTSTATUS {
    STATUS_NO_MEMORY
}

unsafe extern "C" fn plugged(_: ACXPIN, place: PACX_JACK_SINK_INFORMATION) -> NTSTATUS {
    let mut own = ACX_JACK_SINK_INFORMATION {
        ConnType: 1,
        ManufacturerId: 0x0203,
        ProductId: 0x0405,
        AudioLatency: 0x0607,
        HDCPCapable: 8,
        AICapable: 9,
        SinkDescriptionLength: 1,
        ..ACX_JACK_SINK_INFORMATION::default()
    };
    own.SinkDescription[0] = 0x0A0B;
    own.SinkDescription[31] = 0x0C0D;
    own.PortId.LowPart = 0x0E0F_1011;
    own.PortId.HighPart = 0x1213_1415;
    // SAFETY: ACX's argument.
    unsafe { place.write(own) };
    STATUS_SUCCESS
}

#[test]
fn pins_say_what_the_callbacks_of_their_driver_say() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let host = pin(own, SINK, HOST, |_| {});
        list(device, host, STEREO);
        let mut callbacks = init!(ACX_PIN_CALLBACKS, ACX_PIN_CALLBACKS_INIT);
        callbacks.EvtAcxPinRetrieveName = Some(named);
        callbacks.EvtAcxPinRetrieveJackSinkInfo = Some(plugged);
        callbacks.EvtAcxPinSetDataFormat = Some(refuses_the_format);
        let one = pin(own, SOURCE, BRIDGE, |config| config.PinCallbacks = &raw mut callbacks);
        callbacks.EvtAcxPinRetrieveName = Some(not_named);
        let other = pin(own, SOURCE, BRIDGE, |config| config.PinCallbacks = &raw mut callbacks);
        let mut jacks: [ACXJACK; 2] = [null_mut(); 2];
        for (jack, flags) in jacks.iter_mut().zip(1..) {
            let mut config = init!(ACX_JACK_CONFIG, ACX_JACK_CONFIG_INIT);
            config.Flags = flags;
            ok!(AcxJackCreate(one, null_mut(), &raw mut config, jack));
        }
        ok!(AcxPinAddJacks(one, jacks.as_mut_ptr(), 2));
        join(own, vec![host, one, other]);
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let filter = &endpoint(machine).filter;
        assert_eq!(of(filter, KSPROPERTY_PIN_NAME, 1), Ok(text("Socket")));
        assert_eq!(of(filter, KSPROPERTY_PIN_NAME, 2), Err(STATUS_NO_MEMORY));
        let (set, id) = (&KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT);
        let proposed = put(filter, set, id, &of_pin(1), &STEREO.to_ks());
        assert_eq!(proposed, STATUS_SHARING_VIOLATION);
        let jack = &KSPROPSETID_Jack;
        let flags = get(filter, jack, KSPROPERTY_JACK_DESCRIPTION2, &of_pin(1));
        assert_eq!(flags, Ok(items(&[words(&[0, 1]), words(&[0, 0])])));
        let mut sink = vec![0; 96];
        sink[..10].copy_from_slice(&[1, 0, 0, 0, 3, 2, 5, 4, 7, 6]);
        (sink[12], sink[16], sink[20]) = (8, 9, 1);
        sink[22..24].copy_from_slice(&[0x0B, 0x0A]);
        sink[84..86].copy_from_slice(&[0x0D, 0x0C]);
        sink[88..].copy_from_slice(&words(&[0x0E0F_1011, 0x1213_1415]));
        assert_eq!(get(filter, jack, KSPROPERTY_JACK_SINK_INFO, &of_pin(1)), Ok(sink));
        assert_eq!(machine.report().violations().len(), 0);
        // The format that was proposed is gone.
        machine.inside(|| acx!(AcxDataFormatGetChannelsCount(kept("proposed"))));
    })
    .breaks(&[Rule::FreedObject]);
}

#[test]
fn the_callbacks_of_a_jack_are_initialized() {
    Plan::new(|device| {
        speaker(device);
        let bridge = acx!(AcxCircuitGetPinById(kept("circuit"), 1));
        let mut callbacks = ACX_JACK_CALLBACKS::default();
        let mut config = init!(ACX_JACK_CONFIG, ACX_JACK_CONFIG_INIT);
        config.Callbacks = &raw mut callbacks;
        let mut jack: ACXJACK = null_mut();
        let place = &raw mut jack;
        let made = acx!(AcxJackCreate(bridge, null_mut(), &raw mut config, place));
        assert_eq!(made, STATUS_INFO_LENGTH_MISMATCH);
    })
    .start()
    .breaks(&[Rule::Uninitialized])
    .saying("ACX_JACK_CALLBACKS was not initialized");
}

#[test]
fn a_microphones_pin_says_what_it_is() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let host = pin(own, SINK, HOST, |_| {});
        list(device, host, STEREO);
        let mut config = init!(ACX_MICARRAYGEOMETRY_CONFIG, ACX_MICARRAYGEOMETRY_CONFIG_INIT);
        config.Geometry = ACX_MIC_ARRAY_GEOMETRY {
            Version: 0x0100,
            MicArrayType: 1,
            VerticalAngleBegin: -2,
            VerticalAngleEnd: 3,
            HorizontalAngleBegin: -4,
            HorizontalAngleEnd: 5,
            FrequencyBandLo: 100,
            FrequencyBandHi: 8000,
        };
        let mut geometry: ACXMICARRAYGEOMETRY = null_mut();
        ok!(AcxMicArrayGeometryCreate(own, null_mut(), &raw mut config, &raw mut geometry));
        let mut places = [1_u16, 2].map(|at| ACX_MICROPHONE_COORDINATES {
            Type: at,
            XCoord: 10,
            YCoord: -11,
            ZCoord: 12,
            VerticalAngle: -13,
            HorizontalAngle: 14,
        });
        let place = places.as_mut_ptr();
        ok!(AcxMicArrayGeometryAddMicrophoneCoordinates(geometry, place, 2));
        let mut microphone = init!(ACX_MICROPHONE_CONFIG, ACX_MICROPHONE_CONFIG_INIT);
        microphone.MicrophoneSnrDB = 61;
        microphone.MicrophoneSensitivityDB = -26;
        microphone.MicArrayGeometry = geometry;
        let bridge = pin(own, SOURCE, BRIDGE, |config| {
            let flag = _ACX_PIN_CONFIG_FLAGS::AcxPinConfigMicrophoneConfigSpecified;
            config.Flags |= flag as u32;
            config.u.MicrophoneConfig = &raw mut microphone;
        });
        join(own, vec![host, bridge]);
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let filter = &endpoint(machine).filter;
        let ask = |id, pin| get(filter, &KSPROPSETID_Audio, id, &of_pin(pin));
        let numbers =
            |all: &[i16]| -> Vec<u8> { all.iter().flat_map(|n| n.to_le_bytes()).collect() };
        let shape = [0x0100, 1, -2, 3, -4, 5, 100, 8000, 2];
        let place = |kind| [kind, 10, -11, 12, -13, 14];
        let expected = numbers(&[&shape[..], &place(1), &place(2)].concat());
        assert_eq!(ask(KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY, 1), Ok(expected));
        let number = |value: i32| Ok(value.to_le_bytes().to_vec());
        assert_eq!(ask(KSPROPERTY_AUDIO_MIC_SNR, 1), number(61));
        assert_eq!(ask(KSPROPERTY_AUDIO_MIC_SENSITIVITY, 1), number(-26));
        assert_eq!(ask(KSPROPERTY_AUDIO_MIC_SENSITIVITY2, 1), number(-26));
        assert_eq!(ask(KSPROPERTY_AUDIO_MIC_SNR, 0), Err(STATUS_NOT_SUPPORTED));
    })
    .keeps_every_rule();
}

/// KSFILTER_NODE, and the pins of a node.
const FILTER: u32 = u32::MAX;
const INTO: u32 = KSNODEPIN_STANDARD_IN;
const OUT: u32 = KSNODEPIN_STANDARD_OUT;

#[test]
fn elements_are_connected_in_a_row_and_named_by_their_ids() {
    let connections = |prepare: fn(WDFDEVICE), expected: &[[u32; 4]]| {
        Plan::new(prepare)
            .run(|machine, _| {
                let filter = &endpoint(machine).filter;
                let set = &KSPROPSETID_Topology;
                let found = get(filter, set, KSPROPERTY_TOPOLOGY_CONNECTIONS, &[]);
                let expected: Vec<_> = expected.iter().map(|one| words(one)).collect();
                assert_eq!(found, Ok(items(&expected)));
            })
            .keeps_every_rule();
    };
    connections(speaker, &[[FILTER, 0, FILTER, 1]]);
    // Of a circuit whose first pin is the source.
    connections(
        |device| {
            let own = circuit(device, "Speaker0", RENDER, |_| {});
            let pins = vec![pin(own, SOURCE, BRIDGE, |_| {}), pin(own, SINK, HOST, |_| {})];
            list(device, pins[1], STEREO);
            join(own, pins);
            ok!(AcxDeviceAddCircuit(device, own));
        },
        &[[FILTER, 1, FILTER, 0]],
    );
    // As the driver says: where it names no pin of the circuit, it means the first.
    connections(
        |device| {
            two_elements(device);
            let own: ACXCIRCUIT = kept("circuit");
            let ends = [own.cast(), kept::<()>("element").cast(), own.cast()];
            for pair in ends.windows(2) {
                let mut connection = ACX_CONNECTION::default();
                ACX_CONNECTION_INIT(&mut connection, pair[0], pair[1]);
                ok!(AcxCircuitAddConnections(own, &raw mut connection, 1));
            }
        },
        &[[FILTER, 0, 1, INTO], [1, OUT, FILTER, 0]],
    );
    connections(two_elements, &[[FILTER, 0, 0, INTO], [0, OUT, 1, INTO], [1, OUT, FILTER, 1]]);
    Plan::new(two_elements)
        .run(|machine, _| {
            let filter = &endpoint(machine).filter;
            let set = &KSPROPSETID_Topology;
            let name = |id| get(filter, set, KSPROPERTY_TOPOLOGY_NAME, &node(id, None)[..8]);
            // The name that it was given, else its type.
            assert_eq!(name(0), Ok(text("{ace00001-0001-0002-0303-030303030303}")));
            assert_eq!(name(1), Ok(text("{ace00008-0001-0002-0303-030303030303}")));
            assert_eq!(name(2), Err(STATUS_INVALID_PARAMETER));
        })
        .keeps_every_rule();
}

/// The type of an element without a name.
const KIND: GUID = GUID { Data1: 0xACE0_0008, ..SET };

fn two_elements(device: WDFDEVICE) {
    let own = circuit(device, "Speaker0", RENDER, |_| {});
    let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
    list(device, pins[0], STEREO);
    join(own, pins);
    let mut config = init!(ACX_ELEMENT_CONFIG, ACX_ELEMENT_CONFIG_INIT);
    config.Type = &KIND;
    let mut other: ACXELEMENT = null_mut();
    ok!(AcxElementCreate(own.cast(), null_mut(), &raw mut config, &raw mut other));
    let mut both = [general_element(own.cast()), other];
    keep("circuit", own);
    keep("element", other);
    ok!(AcxCircuitAddElements(own, both.as_mut_ptr(), 2));
    ok!(AcxDeviceAddCircuit(device, own));
}

unsafe extern "C" fn level(_: ACXVOLUME, channel: ULONG, place: *mut LONG) -> NTSTATUS {
    // SAFETY: ACX's argument.
    unsafe { place.write(-(channel as i32)) };
    STATUS_SUCCESS
}

unsafe extern "C" fn ramp(
    _: ACXVOLUME,
    channel: ULONG,
    level: LONG,
    curve: ACX_VOLUME_CURVE_TYPE,
    duration: ULONGLONG,
) -> NTSTATUS {
    note(format!("channel {channel} to {level} along {curve} in {duration}"));
    STATUS_SUCCESS
}

/// A volume of two channels, from -96 dB to 0 in steps of half a decibel.
pub(crate) fn volume(parent: ACXCIRCUIT) -> ACXVOLUME {
    let mut callbacks = init!(ACX_VOLUME_CALLBACKS, ACX_VOLUME_CALLBACKS_INIT);
    callbacks.EvtAcxVolumeRetrieveLevel = Some(level);
    callbacks.EvtAcxRampedVolumeAssignLevel = Some(ramp);
    let mut config = init!(ACX_VOLUME_CONFIG, ACX_VOLUME_CONFIG_INIT);
    config.ChannelsCount = 2;
    (config.Minimum, config.Maximum, config.SteppingDelta) = (-96 * 65536, 0, 32768);
    config.Callbacks = &raw mut callbacks;
    let mut volume: ACXVOLUME = null_mut();
    ok!(AcxVolumeCreate(parent.cast(), null_mut(), &raw mut config, &raw mut volume));
    volume
}

#[test]
fn basic_support_says_what_a_property_takes_and_its_range() {
    Plan::new(|device| {
        let own = circuit(device, "Speaker0", RENDER, |_| {});
        let pins = vec![pin(own, SINK, HOST, |_| {}), pin(own, SOURCE, BRIDGE, |_| {})];
        list(device, pins[0], STEREO);
        join(own, pins);
        let mut all = [volume(own).cast(), crate::elements::mute_element(own.cast()).cast()];
        ok!(AcxCircuitAddElements(own, all.as_mut_ptr(), 2));
        ok!(AcxDeviceAddCircuit(device, own));
    })
    .run(|machine, _| {
        let filter = &endpoint(machine).filter;
        let support = |set: &GUID, id, instance: &[u8], room| {
            let input = descriptor(set, id, KSPROPERTY_TYPE_BASICSUPPORT, instance);
            let mut output = vec![0; room];
            let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut output));
            output.truncate(if reply.status == STATUS_SUCCESS { reply.information } else { 0 });
            (reply.status, reply.information, output)
        };
        let (read, both) = (KSPROPERTY_TYPE_GET, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET);
        let basic = KSPROPERTY_TYPE_BASICSUPPORT;
        let ranged = |access: u32, kind: u32, range: [u32; 4]| {
            let set = guid_bytes(&KSPROPTYPESETID_General).to_vec();
            let members = [
                KSPROPERTY_MEMBER_STEPPEDRANGES,
                16,
                2,
                KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL,
            ];
            [
                words(&[access | basic, 88]),
                set,
                words(&[kind, 0, 1, 0]),
                words(&members),
                words(&range),
                words(&range),
            ]
            .concat()
        };
        let low = (-96 * 65536_i32).cast_unsigned();
        let whole = [
            (KSPROPERTY_AUDIO_VOLUMELEVEL, 0, ranged(both, 3, [32768, 0, low, 0])),
            (KSPROPERTY_AUDIO_MUTE, 1, ranged(both, 11, [1, 0, 0, 1])),
        ];
        for (id, at, value) in whole {
            let (set, instance) = (&KSPROPSETID_Audio, node(at, None));
            let own = |room| support(set, id, &instance, room);
            assert_eq!(own(0), (STATUS_BUFFER_OVERFLOW, 88, Vec::new()));
            assert_eq!(own(3), (STATUS_BUFFER_TOO_SMALL, 0, Vec::new()));
            assert_eq!(own(4), (STATUS_SUCCESS, 4, value[..4].to_vec()));
            assert_eq!(own(40), (STATUS_SUCCESS, 40, value[..40].to_vec()));
            assert_eq!(own(87), (STATUS_BUFFER_TOO_SMALL, 0, Vec::new()));
            assert_eq!(own(88), (STATUS_SUCCESS, 88, value.clone()));
            assert_eq!(own(99), (STATUS_SUCCESS, 88, value));
            let absent = support(set, id, &node(2, None), 88);
            assert_eq!(absent, (STATUS_INVALID_PARAMETER, 0, Vec::new()));
        }
        let plain = [words(&[read | basic, 40]), vec![0; 32]].concat();
        let set = &KSPROPSETID_General;
        let own = support(set, KSPROPERTY_GENERAL_COMPONENTID, &[], 99);
        assert_eq!(own, (STATUS_SUCCESS, 40, plain));
        // A value of known size is not read into less room.
        let short = get_sized(filter, set, KSPROPERTY_GENERAL_COMPONENTID, &[], 71).0;
        assert_eq!((short.status, short.information), (STATUS_BUFFER_TOO_SMALL, 0));
        // A channel beyond the last, and one before it.
        let level = |channel| {
            let of = node(0, Some(channel));
            get(filter, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_VOLUMELEVEL, &of)
        };
        assert_eq!(level(2), Err(STATUS_INVALID_PARAMETER));
        assert_eq!(level(1), Ok((-1_i32).to_le_bytes().to_vec()));
    })
    .keeps_every_rule();
}

#[test]
fn a_stream_tells_its_buffer_latency_and_packets() {
    Plan::new(speaker)
        .run(|machine, _| {
            let stream = EventStream::open(machine, &endpoint(machine), STEREO, &RAW, 480);
            let stream = stream.expect("it opens");
            let of = |id| get(stream.pin(), &KSPROPSETID_RtAudio, id, &[]);
            assert_eq!(of(KSPROPERTY_RTAUDIO_HWLATENCY), Ok(words(&[128, 0, 0])));
            let packet = words(&[6, 0, 1, 0, 0, 0]);
            assert_eq!(of(KSPROPERTY_RTAUDIO_GETREADPACKET), Ok(packet));
            assert_eq!(of(KSPROPERTY_RTAUDIO_PACKETCOUNT), Ok(words(&[7])));
            let position = words(&[11, 0, 1, 0]);
            assert_eq!(of(KSPROPERTY_RTAUDIO_PRESENTATION_POSITION), Ok(position));
            assert_eq!(of(KSPROPERTY_RTAUDIO_QUERY_NOTIFICATION_SUPPORT), Ok(words(&[1])));
            drop(stream);
            let stream = endpoint(machine).open_stream(STEREO, &RAW).expect("it opens");
            let instance = [0_u64.to_le_bytes().to_vec(), words(&[3840, 0])].concat();
            let buffer = get(&stream, &KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER, &instance);
            assert_eq!(buffer.expect("it has one")[8..], words(&[3840, 0]));
        })
        .keeps_every_rule();
}
