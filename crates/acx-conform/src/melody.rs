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
    let kept = usize::from(format.bits / 8);
    audio.extend(&value.to_le_bytes()[4 - kept..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of the first channel, which the others repeat, as 32-bit numbers.
    fn samples(format: WaveFormat) -> Vec<i32> {
        let bytes = usize::from(format.bits / 8);
        let audio = melody_in(format);
        let sample = |own: &[u8]| {
            if format.float {
                (f32::from_le_bytes(own.try_into().unwrap()) * 2_147_483_648.0) as i32
            } else {
                let mut high = [0; 4];
                high[4 - bytes..].copy_from_slice(own);
                i32::from_le_bytes(high)
            }
        };
        let frames = audio.chunks_exact(format.block_align());
        let each = frames.map(|frame| {
            let all: Vec<i32> = frame.chunks_exact(bytes).map(sample).collect();
            assert!(all.iter().all(|own| *own == all[0]));
            all[0]
        });
        each.collect()
    }

    #[test]
    fn the_tune_has_its_notes_in_every_format() {
        let of = |rate, channels, bits, float| WaveFormat {
            rate,
            channels,
            bits,
            valid_bits: bits,
            float,
            ..STEREO
        };
        for (format, eighth) in [
            (STEREO, 9000),
            (of(44_100, 1, 16, false), 8269),
            (of(96_000, 2, 24, false), 18_000),
            (of(48_000, 8, 32, false), 9000),
            (of(48_000, 2, 32, true), 9000),
        ] {
            let samples = samples(format);
            assert_eq!(samples.len(), 12 * eighth, "{format}");
            // A note begins at full level 240 frames of 48 kHz after its begin, and fades out.
            let peak = |from: usize, to: usize| {
                let loudest = samples[from..to].iter().map(|own| own.unsigned_abs() >> 16).max();
                loudest.unwrap()
            };
            assert!((8500..=9000).contains(&peak(0, eighth / 4)), "{format}");
            assert!((2000..2260).contains(&peak(eighth * 3 / 4, eighth)), "{format}");
            assert!(peak(0, eighth / 450) < 800, "{format}");
            assert!(peak(12 * eighth - 9, 12 * eighth) < 10, "{format}");
            // E4 and G sharp 4.
            for (at, hertz) in [(0, 329.63), (1, 415.30)] {
                let note = &samples[at * eighth..(at + 1) * eighth];
                let rises = note.windows(2).filter(|two| two[0] < 0 && two[1] >= 0).count();
                let seconds = eighth as f64 / f64::from(format.rate);
                assert!((rises as f64 - hertz * seconds).abs() <= 1.5, "{format}: {rises}");
            }
        }
        assert_eq!(melody(), melody_in(STEREO));
    }
}
