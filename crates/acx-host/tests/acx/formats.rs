//! Data formats and their lists: what a driver may create, what it reads of it, and what clients
//! see of a list that changes.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::request::{descriptor, pin as pin_of, set};
use acx_client::{Direction, System};
use acx_host::assumptions::{Assumptions, SharedLists};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::driver::*;

const MEDIA: GUID = AUDIO_SIGNALPROCESSINGMODE_MEDIA;

/// 48 kHz, 24 bits in 32, four channels.
const QUAD: WaveFormat =
    WaveFormat { float: false, channels: 4, mask: 0x33, rate: 48_000, bits: 32, valid_bits: 24 };

/// Where fields lie in a KSDATAFORMAT and the wave format that follows it.
const SIZE: usize = 0;
const SAMPLE_SIZE: usize = 8;
const MAJOR: usize = 16;
const SUB: usize = 32;
const SPECIFIER: usize = 48;
const TAG: usize = 64;
const CHANNELS: usize = 66;
const RATE: usize = 68;
const AVERAGE: usize = 72;
const ALIGN: usize = 76;
const BITS: usize = 78;
const EXTRA: usize = 80;
const VALID: usize = 82;
const MASK: usize = 84;
/// Behind the extensible part.
const ENCODED: usize = 104;

/// The same as a plain WAVEFORMATEX.
fn plain(of: WaveFormat) -> Vec<u8> {
    let mut bytes = of.to_ks();
    bytes.truncate(VALID);
    with(&mut bytes, SIZE, 82_u32.to_le_bytes());
    with(&mut bytes, TAG, 1_u16.to_le_bytes());
    with(&mut bytes, EXTRA, 0_u16.to_le_bytes());
    bytes
}

/// Encoded audio on a wire of two channels: so many bytes of WAVEFORMATEXTENSIBLE_IEC61937's own.
fn encoded(own: u16) -> Vec<u8> {
    let mut bytes = STEREO.to_ks();
    bytes.resize(ENCODED + usize::from(own), 0);
    let size = bytes.len() as u32;
    with(&mut bytes, SIZE, size.to_le_bytes());
    with(&mut bytes, EXTRA, (22 + own).to_le_bytes());
    for (at, number) in [(0, 44_100_u32), (4, 6), (8, 80_000)] {
        with(&mut bytes, ENCODED + at, number.to_le_bytes());
    }
    bytes
}

/// Writes a field, as far as it lies in the bytes.
fn with<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(field) = bytes.get_mut(at..at + N) {
        field.copy_from_slice(&value);
    }
}

/// A format of the device that is kept.
fn made(bytes: &[u8]) -> Result<ACXDATAFORMAT, NTSTATUS> {
    let mut bytes = bytes.to_vec();
    let mut config = ACX_DATAFORMAT_CONFIG::default();
    ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, bytes.as_mut_ptr().cast());
    let mut format: ACXDATAFORMAT = null_mut();
    let place = &raw mut format;
    let status = acx!(AcxDataFormatCreate(kept("device"), null_mut(), &raw mut config, place));
    if status == STATUS_SUCCESS { Ok(format) } else { Err(status) }
}

/// `deed`, while a device runs.
fn running(deed: impl FnOnce()) -> Run {
    Plan::new(|device| keep("device", device)).run(|machine, _| machine.inside(deed))
}

#[test]
fn a_format_has_all_that_its_size_promises() {
    let is_made = |bytes: &[u8]| {
        let mut is_made = false;
        let run = running(|| is_made = made(bytes).is_ok());
        if is_made {
            run.keeps_every_rule();
        } else {
            run.breaks(&[Rule::BadArgument]).saying("a data format is a KSDATAFORMAT_WAVEFORMATEX");
        }
        is_made
    };
    let changed = |mut bytes: Vec<u8>, at: usize, value: u32| {
        with(&mut bytes, at, value.to_le_bytes());
        is_made(&bytes)
    };
    assert!(is_made(&plain(STEREO)));
    assert!(is_made(&STEREO.to_ks()));
    // A WAVEFORMATEX is the least, and has as much behind it as it says.
    assert!(!changed(plain(STEREO), SIZE, 81));
    assert!(!changed(STEREO.to_ks(), SIZE, 103));
    let mut more = plain(STEREO);
    with(&mut more, EXTRA, 1_u16.to_le_bytes());
    assert!(!is_made(&more));
    // More than that does no harm, up to a page.
    let mut large = STEREO.to_ks();
    large.resize(8192, 0);
    assert!(changed(large.clone(), SIZE, 106));
    assert!(changed(large.clone(), SIZE, 4096));
    assert!(!changed(large, SIZE, 4097));
    assert!(!changed(STEREO.to_ks(), SPECIFIER, 1));
}

/// The numbers that a driver reads of a format: channels, mask, rate, bits, valid bits, bytes of a
/// frame twice, bytes of a second.
fn numbers(format: ACXDATAFORMAT) -> [u64; 8] {
    [
        acx!(AcxDataFormatGetChannelsCount(format)).into(),
        acx!(AcxDataFormatGetChannelMask(format)),
        acx!(AcxDataFormatGetSampleRate(format)).into(),
        acx!(AcxDataFormatGetBitsPerSample(format)).into(),
        acx!(AcxDataFormatGetValidBitsPerSample(format)).into(),
        acx!(AcxDataFormatGetBlockAlign(format)).into(),
        acx!(AcxDataFormatGetSampleSize(format)).into(),
        acx!(AcxDataFormatGetAverageBytesPerSec(format)).into(),
    ]
}

#[test]
fn a_driver_reads_what_a_format_has() {
    running(|| {
        let extensible = made(&QUAD.to_ks()).expect("it is one");
        assert_eq!(numbers(extensible), [4, 0x33, 48_000, 32, 24, 16, 16, 768_000]);
        assert!(!acx!(AcxDataFormatGetWaveFormatExtensible(extensible)).is_null());
        // A plain one has no mask, and all its bits are valid.
        let plain = made(&plain(QUAD)).expect("it is one");
        assert_eq!(numbers(plain), [4, 0, 48_000, 32, 32, 16, 16, 768_000]);
        assert!(!acx!(AcxDataFormatGetWaveFormatEx(plain)).is_null());
        assert!(acx!(AcxDataFormatGetWaveFormatExtensible(plain)).is_null());
    })
    .keeps_every_rule();
}

#[test]
fn a_driver_reads_what_is_encoded() {
    let read = |format| {
        [
            acx!(AcxDataFormatGetEncodedSamplesPerSec(format)),
            acx!(AcxDataFormatGetEncodedChannelCount(format)),
            acx!(AcxDataFormatGetEncodedAverageBytesPerSec(format)),
        ]
    };
    running(|| {
        let whole = made(&encoded(12)).expect("it is one");
        assert_eq!(read(whole), [44_100, 6, 80_000]);
        assert!(!acx!(AcxDataFormatGetWaveFormatExtensibleIec61937(whole)).is_null());
        let part = made(&encoded(11)).expect("it is one");
        assert_eq!(read(part), [0; 3]);
        assert!(acx!(AcxDataFormatGetWaveFormatExtensibleIec61937(part)).is_null());
        // Long enough, and plain.
        let mut long = encoded(12);
        with(&mut long, TAG, 1_u16.to_le_bytes());
        let long = made(&long).expect("it is one");
        assert!(acx!(AcxDataFormatGetWaveFormatExtensibleIec61937(long)).is_null());
    })
    .keeps_every_rule();
}

#[test]
fn formats_are_equal_if_they_sound_the_same() {
    running(|| {
        let equal = |one: &[u8], other: &[u8]| {
            let [one, other] = [one, other].map(|bytes| made(bytes).expect("it is one"));
            let [equal, back] = [(one, other), (other, one)]
                .map(|(one, other)| acx!(AcxDataFormatIsEqual(one, other)) != 0);
            assert_eq!(equal, back);
            equal
        };
        let own = QUAD.to_ks();
        for (at, is_equal) in [
            (SAMPLE_SIZE, true),
            (MAJOR, false),
            (SUB, false),
            (SUB - 1, false),
            (SPECIFIER - 1, false),
            (CHANNELS, false),
            (RATE, false),
            (AVERAGE, true),
            (ALIGN, false),
            (BITS, false),
            (VALID, false),
            (MASK, false),
        ] {
            let mut other = own.clone();
            other[at] ^= 1;
            assert_eq!(equal(&own, &other), is_equal, "byte {at}");
        }
        // Mono and stereo need no mask; more channels do.
        assert!(equal(&plain(MONO), &MONO.to_ks()));
        assert!(equal(&plain(STEREO), &STEREO.to_ks()));
        let of = |channels| WaveFormat { channels, valid_bits: 32, ..QUAD };
        assert!(!equal(&plain(of(3)), &of(3).to_ks()));
        assert!(equal(&plain(of(3)), &plain(of(3))));
        assert!(!equal(&plain(of(3)), &plain(of(4))));
    })
    .keeps_every_rule();
}

/// A speaker whose host pin is kept as "host".
fn speaker_with_host(device: WDFDEVICE) {
    speaker(device);
    keep("device", device);
    keep("host", acx!(AcxCircuitGetPinById(kept("circuit"), 0)));
}

/// The list of the host pin in mode RAW.
fn raw() -> ACXDATAFORMATLIST {
    acx!(AcxPinGetRawDataFormatList(kept("host")))
}

/// The channels of the formats that a client sees in a mode, the default first.
fn seen(machine: &Machine, mode: &GUID) -> Vec<u16> {
    let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
    let mode = acx_client::bytes::guid_bytes(mode);
    let modes = &endpoint.pins[0].modes;
    let formats = modes.iter().find(|(own, _)| *own == mode).map(|(_, formats)| formats);
    formats.into_iter().flatten().map(|format| format.channels).collect()
}

#[test]
fn a_client_sees_the_default_format_of_a_list_first() {
    Plan::new(speaker_with_host)
        .run(|machine, _| {
            machine.inside(|| {
                let device = kept("device");
                keep("mono", format(device, MONO));
                keep("quad", format(device, QUAD));
                ok!(AcxDataFormatListAddDataFormat(raw(), kept("mono")));
            });
            assert_eq!(seen(machine, &RAW), [2, 1]);
            // One that is not in the list joins it; the others stay in their order.
            let prefer = |title: &'static str| {
                machine.inside(|| {
                    ok!(AcxDataFormatListAssignDefaultDataFormat(raw(), kept(title)));
                });
            };
            prefer("quad");
            assert_eq!(seen(machine, &RAW), [4, 2, 1]);
            prefer("mono");
            assert_eq!(seen(machine, &RAW), [1, 2, 4]);
            machine.inside(|| ok!(AcxDataFormatListRemoveDataFormat(raw(), kept("mono"))));
            assert_eq!(seen(machine, &RAW), [2, 4]);
        })
        .keeps_every_rule();
}

/// A list of one format, kept under a name.
fn list_of(title: &'static str, of: WaveFormat) {
    let mut config = init!(ACX_DATAFORMAT_LIST_CONFIG, ACX_DATAFORMAT_LIST_CONFIG_INIT);
    let mut list: ACXDATAFORMATLIST = null_mut();
    let device = kept("device");
    ok!(AcxDataFormatListCreate(device, null_mut(), &raw mut config, &raw mut list));
    ok!(AcxDataFormatListAddDataFormat(list, format(device, of)));
    keep(title, list);
}

#[test]
fn a_mode_has_one_list() {
    Plan::new(speaker_with_host)
        .run(|machine, _| {
            let assign = |mode: &GUID, title: &'static str| {
                machine.inside(|| {
                    ok!(AcxPinAssignModeDataFormatList(kept("host"), mode, kept(title)));
                });
            };
            machine.inside(|| {
                list_of("mono", MONO);
                list_of("quad", QUAD);
            });
            assign(&MEDIA, "mono");
            assert_eq!((seen(machine, &RAW), seen(machine, &MEDIA)), (vec![2], vec![1]));
            assign(&MEDIA, "quad");
            assert_eq!((seen(machine, &RAW), seen(machine, &MEDIA)), (vec![2], vec![4]));
            machine.inside(|| {
                let mut list: ACXDATAFORMATLIST = null_mut();
                let host = kept("host");
                ok!(AcxPinRemoveModeDataFormatList(host, &RAW, &raw mut list));
                assert!(!list.is_null() && list != kept("quad"));
                let gone = acx!(AcxPinRemoveModeDataFormatList(host, &RAW, &raw mut list));
                assert_eq!(gone, STATUS_NOT_FOUND);
                assert!(acx!(AcxPinGetRawDataFormatList(host)).is_null());
            });
            assert_eq!((seen(machine, &RAW), seen(machine, &MEDIA)), (vec![], vec![4]));
        })
        .keeps_every_rule();
}

#[test]
fn whether_a_list_is_shared_is_a_switch() {
    for (shared_lists, again) in [
        (SharedLists::Shared, STATUS_SUCCESS),
        (SharedLists::Refused, STATUS_INVALID_DEVICE_REQUEST),
    ] {
        Plan::new(speaker_with_host)
            .assuming(Assumptions { shared_lists, ..Assumptions::default() })
            .run(|machine, _| {
                machine.inside(|| {
                    list_of("mono", MONO);
                    let assign = |mode: &GUID| {
                        acx!(AcxPinAssignModeDataFormatList(kept("host"), mode, kept("mono")))
                    };
                    assert_eq!(assign(&MEDIA), STATUS_SUCCESS);
                    assert_eq!(assign(&AUDIO_SIGNALPROCESSINGMODE_DEFAULT), again);
                });
            })
            .keeps_every_rule();
    }
}

#[test]
fn a_client_that_waits_for_a_pins_formats_is_told_of_each_change() {
    fn deeds() -> [(&'static str, fn()); 8] {
        [
            ("add", || {
                keep("mono", format(kept("device"), MONO));
                ok!(AcxDataFormatListAddDataFormat(raw(), kept("mono")));
            }),
            ("prefer", || {
                ok!(AcxDataFormatListAssignDefaultDataFormat(raw(), kept("mono")));
            }),
            ("remove", || {
                ok!(AcxDataFormatListRemoveDataFormat(raw(), kept("mono")));
            }),
            ("clear", || {
                ok!(AcxDataFormatListRemoveDataFormats(raw()));
            }),
            ("assign", || {
                ok!(AcxPinAssignModeDataFormatList(kept("host"), &MEDIA, kept("list")));
            }),
            ("add to the new one", || {
                ok!(AcxDataFormatListAddDataFormat(kept("list"), kept("mono")));
            }),
            ("take away", || {
                let mut list: ACXDATAFORMATLIST = null_mut();
                ok!(AcxPinRemoveModeDataFormatList(kept("host"), &MEDIA, &raw mut list));
            }),
            ("notify", || ok!(AcxPinNotifyDataFormatChange(kept("host")))),
        ]
    }
    Plan::new(speaker_with_host)
        .run(|machine, _| {
            machine.inside(|| list_of("list", STEREO));
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let signal = machine.create_event();
            let mut data = [0; size_of::<KSEVENTDATA>()];
            data[..4].copy_from_slice(&KSEVENTF_EVENT_HANDLE.to_le_bytes());
            data[8..16].copy_from_slice(&signal.to_le_bytes());
            let (events, id) = (&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_FORMATCHANGE);
            let input = descriptor(events, id, KSEVENT_TYPE_ENABLE, &pin_of(0));
            let enabled = endpoint.filter.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(&mut data));
            assert_eq!(enabled.status, STATUS_SUCCESS);
            let is_told = || machine.wait_any(&[signal], Duration::ZERO).is_some();
            for (what, deed) in deeds() {
                assert!(!is_told(), "before: {what}");
                machine.inside(deed);
                assert!(is_told(), "{what}");
            }
            // A list that no pin has, and another pin's.
            machine.inside(|| {
                ok!(AcxDataFormatListAddDataFormat(kept("list"), kept("mono")));
                let other = acx!(AcxCircuitGetPinById(kept("circuit"), 1));
                list(kept("device"), other, MONO);
            });
            assert!(!is_told(), "of something else");
        })
        .keeps_every_rule();
}

#[test]
fn a_format_that_is_cut_off_is_none() {
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let proposed = |bytes: &[u8]| {
                let (id, of) = (KSPROPERTY_PIN_PROPOSEDATAFORMAT, pin_of(0));
                let proposed = set(&endpoint.filter, "", &KSPROPSETID_Pin, id, &of, bytes);
                proposed.err().map(|why| why.status)
            };
            let whole = STEREO.to_ks();
            assert_eq!(proposed(&whole), None);
            assert_eq!(proposed(&whole[..103]), Some(STATUS_NO_MATCH));
        })
        .keeps_every_rule();
}
