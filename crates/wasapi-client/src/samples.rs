//! Audio in memory, and its conversion between bytes and numbers.

use crate::format::{FormatExt, Sample, WaveFormat};

/// Audio in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    /// Its format.
    pub format: WaveFormat,
    /// Its frames.
    pub bytes: Vec<u8>,
}

impl Audio {
    /// Returns the number of frames.
    pub fn frames(&self) -> u64 {
        (self.bytes.len() / self.format.block_align().max(1)) as u64
    }

    /// Returns the same audio with samples of another type.
    pub fn widened(&self, sample: Sample) -> Option<Self> {
        let bytes = widen(&self.bytes, self.format.sample(), sample)?;
        Some(Self { format: self.format.with(sample), bytes })
    }
}

/// Returns the samples: integer PCM in the high bits of 32, float PCM as the bits of the float.
pub fn to_words(sample: Sample, bytes: &[u8]) -> impl Iterator<Item = i32> {
    bytes.chunks_exact(sample.bytes()).map(move |bytes| match (sample, bytes) {
        (Sample::Pcm16, &[a, b]) => i32::from_le_bytes([0, 0, a, b]),
        (Sample::Pcm24, &[a, b, c]) => i32::from_le_bytes([0, a, b, c]),
        (Sample::Pcm24In32, &[_, b, c, d]) => i32::from_le_bytes([0, b, c, d]),
        (_, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]),
        // `chunks_exact` yields no other length.
        _ => 0,
    })
}

/// Appends one sample in the form of [`to_words`]. Bits below those of `sample` are cut off.
pub fn push_word(sample: Sample, word: i32, bytes: &mut Vec<u8>) {
    let [a, b, c, d] = word.to_le_bytes();
    match sample {
        Sample::Pcm16 => bytes.extend([c, d]),
        Sample::Pcm24 => bytes.extend([b, c, d]),
        Sample::Pcm24In32 => bytes.extend([0, b, c, d]),
        Sample::Pcm32 | Sample::Float32 => bytes.extend([a, b, c, d]),
    }
}

/// Returns the same audio in one of the types [that hold it](Sample::that_hold_it); `None` for any
/// other.
pub fn widen(bytes: &[u8], from: Sample, to: Sample) -> Option<Vec<u8>> {
    if !from.that_hold_it().contains(&to) {
        return None;
    }
    if from == to {
        return Some(bytes.to_vec());
    }
    let mut wide = Vec::with_capacity(bytes.len() / from.bytes() * to.bytes());
    to_words(from, bytes).for_each(|word| push_word(to, word, &mut wide));
    Some(wide)
}

/// Moves as many bytes as fit from the front of `rest` to `buffer`, and returns their number.
pub fn take(rest: &mut &[u8], buffer: &mut [u8]) -> usize {
    let (now, later) = rest.split_at(buffer.len().min(rest.len()));
    buffer[..now.len()].copy_from_slice(now);
    *rest = later;
    now.len()
}

/// Returns the mean of each frame's channels, full scale at 1. NaN counts as silence.
pub fn to_mono(sample: Sample, channels: u16, bytes: &[u8]) -> Vec<f32> {
    let frame = sample.bytes() * usize::from(channels).max(1);
    let one = |word: i32| match sample {
        Sample::Float32 => Some(f32::from_bits(word.cast_unsigned())).filter(|one| one.is_finite()),
        _ => Some(word as f32 / 2_147_483_648.0),
    };
    let mean = |frame| {
        let sum: f32 = to_words(sample, frame).map(|word| one(word).unwrap_or(0.0)).sum();
        sum / f32::from(channels.max(1))
    };
    bytes.chunks_exact(frame).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_comes_back_from_its_word() {
        let bytes = [0x00, 0x12, 0x34, 0xF6, 0x00, 0xBC, 0xDE, 0x71, 0x00, 0, 0, 0x80];
        for sample in
            [Sample::Pcm16, Sample::Pcm24, Sample::Pcm24In32, Sample::Pcm32, Sample::Float32]
        {
            let mut again = Vec::new();
            to_words(sample, &bytes).for_each(|word| push_word(sample, word, &mut again));
            assert_eq!(again, bytes, "{sample}");
        }
    }

    #[test]
    fn widening_keeps_every_value_and_refuses_to_narrow() {
        let bytes = [0x34, 0x12, 0x00, 0x80];
        assert_eq!(
            widen(&bytes, Sample::Pcm16, Sample::Pcm24In32).unwrap(),
            [0, 0, 0x34, 0x12, 0, 0, 0, 0x80]
        );
        assert_eq!(
            widen(&bytes, Sample::Pcm16, Sample::Pcm24).unwrap(),
            [0, 0x34, 0x12, 0, 0, 0x80]
        );
        assert_eq!(widen(&bytes, Sample::Pcm16, Sample::Pcm16).unwrap(), bytes);
        assert_eq!(widen(&bytes, Sample::Pcm32, Sample::Pcm16), None);
        assert_eq!(widen(&bytes, Sample::Pcm16, Sample::Float32), None);
    }

    #[test]
    fn taking_ends_where_either_ends() {
        let (mut rest, mut buffer) = (&[1, 2, 3, 4, 5][..], [0; 3]);
        assert_eq!((take(&mut rest, &mut buffer), buffer), (3, [1, 2, 3]));
        assert_eq!((take(&mut rest, &mut buffer), buffer), (2, [4, 5, 3]));
        assert_eq!(take(&mut rest, &mut buffer), 0);
    }

    #[test]
    fn mono_is_the_mean_of_the_channels() {
        let mut bytes = Vec::new();
        for one in [0.5_f32, -0.25, f32::NAN, 1.0] {
            bytes.extend(one.to_le_bytes());
        }
        assert_eq!(to_mono(Sample::Float32, 2, &bytes), [0.125, 0.5]);
        assert_eq!(to_mono(Sample::Pcm16, 1, &[0, 0x40, 0, 0x80]), [0.5, -1.0]);
        assert_eq!(to_mono(Sample::Pcm16, 1, &[0]), [0.0; 0], "half a sample is none");
    }
}
