//! The default audio: a short tune of plucked sines.

use std::f64::consts::TAU;

use acx_client::endpoint::WaveFormat;

/// Two channels of 16 bits.
pub const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// Semitones above A4, with the length in eighths.
const NOTES: [(i32, u32); 9] =
    [(-5, 1), (-1, 1), (2, 1), (7, 2), (6, 1), (2, 1), (4, 1), (2, 1), (-5, 3)];

/// Frames of an eighth.
const EIGHTH: u32 = 9_000;

/// The tune, in [`STEREO`].
pub fn melody() -> Vec<u8> {
    melody_in(STEREO)
}

/// The tune in a format, the same in every channel.
pub fn melody_in(format: WaveFormat) -> Vec<u8> {
    let mut audio = Vec::new();
    // Frames of an eighth, and of its rise.
    let [eighth, rise] =
        [EIGHTH, 240].map(|frames| (frames * (format.rate / 100)).div_ceil(STEREO.rate / 100));
    for (semitones, eighths) in NOTES {
        let step = TAU * 440.0 * f64::from(semitones).mul_add(1.0 / 12.0, 0.0).exp2()
            / f64::from(format.rate);
        let frames = eighths * eighth;
        for frame in 0..frames {
            let fade = f64::from(frame.min(rise)) / f64::from(rise) * f64::from(frames - frame)
                / f64::from(frames);
            let sample = 9_000.0 * fade * (step * f64::from(frame)).sin();
            for _ in 0..format.channels {
                push(&mut audio, format, sample);
            }
        }
    }
    audio
}

/// Appends a sample, scaled from 16 bits.
fn push(audio: &mut Vec<u8>, format: WaveFormat, sample: f64) {
    if format.float {
        audio.extend(((sample / 32_768.0) as f32).to_le_bytes());
        return;
    }
    // The valid bits are the highest ones.
    let value = (sample as i32) << 16;
    let kept = usize::from(format.bits / 8).min(4);
    audio.extend(&value.to_le_bytes()[4 - kept..]);
}
