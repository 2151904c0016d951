//! What is played when nothing is given: a short tune of plucked sines.

use std::f64::consts::TAU;

use acx_client::endpoint::WaveFormat;

/// Two channels of 16 bits.
pub const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// Semitones above A4 with their length in eighths.
const NOTES: [(i32, u32); 9] =
    [(-5, 1), (-1, 1), (2, 1), (7, 2), (6, 1), (2, 1), (4, 1), (2, 1), (-5, 3)];

/// Frames of an eighth.
const EIGHTH: u32 = 9_000;

/// The tune, in [`STEREO`].
pub fn melody() -> Vec<u8> {
    let mut audio = Vec::new();
    for (semitones, eighths) in NOTES {
        let step = TAU * 440.0 * f64::from(semitones).mul_add(1.0 / 12.0, 0.0).exp2()
            / f64::from(STEREO.rate);
        let frames = eighths * EIGHTH;
        for frame in 0..frames {
            let fade =
                f64::from(frame.min(240)) / 240.0 * f64::from(frames - frame) / f64::from(frames);
            let sample = (9_000.0 * fade * (step * f64::from(frame)).sin()) as i16;
            audio.extend(sample.to_le_bytes());
            audio.extend(sample.to_le_bytes());
        }
    }
    audio
}
