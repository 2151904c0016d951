//! Openings of pins: a good one with any bytes of it changed, or bytes alone. Refused with a
//! documented status; or it is a stream in a listed format, which runs at its rate.

use acx_client::System;
use std::time::Duration;

use acx_client::endpoint::{WaveFormat, connect};
use acx_client::request::{get, get_sized, presentation, set_state};
use acx_sys::*;

use crate::bytes::Bytes;
use crate::session::{Bench, KEYWORD, STEREO};
use crate::status::{DOCUMENTED, name};

/// Where streams are opened.
const CIRCUITS: [&str; 5] =
    ["Speaker0", "Microphone0", "SpeakerDsp", "MicrophoneDsp", "SpeakerCodec"];

const MODES: [GUID; 6] = [
    AUDIO_SIGNALPROCESSINGMODE_RAW,
    AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
    AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS,
    AUDIO_SIGNALPROCESSINGMODE_MEDIA,
    AUDIO_SIGNALPROCESSINGMODE_MOVIE,
    KSCATEGORY_AUDIO,
];

/// What changes begin with.
const FORMATS: [WaveFormat; 6] = [
    STEREO,
    KEYWORD,
    WaveFormat { channels: 6, mask: 0x3F, bits: 32, valid_bits: 24, rate: 44_100, float: false },
    WaveFormat { channels: 8, mask: 0x63F, bits: 32, valid_bits: 32, rate: 192_000, float: true },
    WaveFormat { channels: 6, mask: 0x60F, bits: 24, valid_bits: 24, rate: 48_000, float: false },
    WaveFormat { channels: 1, mask: 0, bits: 24, valid_bits: 24, rate: 384_000, float: false },
];

/// The opening that an input says, and where.
fn opening(bytes: &[u8]) -> (&'static str, Vec<u8>) {
    let mut bytes = Bytes::new(bytes);
    let circuit = CIRCUITS[usize::from(bytes.byte()) % CIRCUITS.len()];
    let kind = bytes.byte();
    if kind == 255 {
        return (circuit, bytes.rest().to_vec());
    }
    let format = FORMATS[usize::from(kind) % FORMATS.len()];
    let mode = bytes.byte();
    let mode = (mode < 250).then(|| &MODES[usize::from(mode) % MODES.len()]);
    let mut connect = connect(bytes.byte().into(), &format.to_ks(), mode);
    // Bytes that are other than they should be: how many, and of each its place and its value.
    for _ in 0..bytes.byte() % 16 {
        let at = usize::from(bytes.half()) % connect.len();
        connect[at] = bytes.byte();
    }
    let cut = bytes.byte();
    if cut > 0 {
        connect.truncate(connect.len().saturating_sub(cut.into()));
    }
    connect.extend(bytes.rest());
    (circuit, connect)
}

/// One execution.
///
/// # Panics
///
/// If a status is no documented one, or a stream is not what it was opened as.
pub fn run(bench: &Bench<'_>, bytes: &[u8]) {
    let (circuit, connect) = opening(bytes);
    let filter = bench.open(circuit).expect("the circuit is there");
    let pin = match filter.create_pin(&connect) {
        Ok(pin) => pin,
        Err(status) => {
            assert!(DOCUMENTED.contains(&status), "{} ({status:#010x})", name(status));
            assert!(!NT_SUCCESS(status), "refused with success");
            return;
        }
    };
    let asked = WaveFormat::from_ks(&connect[72..]).expect("what was opened is a format");
    let set = &KSPROPSETID_Connection;
    let actual = get(&pin, "the format", set, KSPROPERTY_CONNECTION_DATAFORMAT, &[]);
    let actual = actual.expect("an open pin has a format");
    let actual = WaveFormat::from_ks(&actual).expect("the format is one");
    // A client need not say the speakers' positions.
    let same = WaveFormat { mask: actual.mask, ..asked } == actual;
    assert!(
        same && (asked.mask == actual.mask || asked.mask == 0),
        "{asked} was opened as {actual}"
    );

    // Offload streams take no packets of less than a second.
    let frames = match get_buffer(&pin, actual, actual.rate / 100) {
        STATUS_SUCCESS => actual.rate / 100,
        STATUS_INVALID_PARAMETER => {
            assert_eq!(get_buffer(&pin, actual, actual.rate), STATUS_SUCCESS, "{actual}");
            actual.rate
        }
        status => panic!("packets of 10 ms of {actual}: {}", name(status)),
    };
    set_state(&pin, KSSTATE::KSSTATE_RUN).expect("a stream with packets runs");
    bench.machine.sleep(Duration::from_millis(20));
    let (position, _) = presentation(&pin).expect("a stream has a position");
    if actual == KEYWORD && actual.rate / 100 == frames {
        // A keyword pin gives whole packets, once it has recorded them.
        assert!(position <= u64::from(actual.rate / 50));
    } else {
        assert_eq!(position, u64::from(actual.rate / 50), "20 ms of {actual}");
    }
}

fn get_buffer(pin: &acx_client::File, format: WaveFormat, frames: u32) -> NTSTATUS {
    let total = 2 * frames * format.block_align() as u32;
    let instance = [[0; 4], [0; 4], total.to_le_bytes(), 2_u32.to_le_bytes()].concat();
    let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
    get_sized(pin, &KSPROPSETID_RtAudio, id, &instance, 16).0.status
}
