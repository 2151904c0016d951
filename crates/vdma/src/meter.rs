//! Peak meters over the real samples.

use core::array;

use crate::format::{Format, MAX_CHANNELS, SampleType};
use crate::sync::{AtomicU32, Ordering};

/// Peaks since the last query, per channel: 0 is silence, `i32::MAX` full scale (KSPROPERTY_AUDIO_PEAKMETER2).
#[derive(Debug)]
pub struct Meter {
    peaks: [AtomicU32; MAX_CHANNELS],
}

impl Default for Meter {
    fn default() -> Self {
        Self { peaks: array::from_fn(|_| AtomicU32::new(0)) }
    }
}

impl Meter {
    /// The peak of `channel` (the loudest with `None`) since the last such query.
    pub fn take(&self, channel: Option<usize>) -> i32 {
        let mut peak = 0;
        for (index, place) in self.peaks.iter().enumerate() {
            if channel.is_none_or(|channel| channel == index) {
                peak = peak.max(place.swap(0, Ordering::Relaxed));
            }
        }
        i32::try_from(peak).unwrap_or(i32::MAX)
    }

    /// Takes account of whole frames of `format`.
    pub fn measure(&self, format: Format, bytes: &[u8]) {
        let mut peaks = [0u32; MAX_CHANNELS];
        match (format.sample(), format.channels()) {
            // The common shapes in a form that compilers turn into vector instructions.
            (SampleType::Int16, 1 | 2 | 4 | 8) => int16_peaks(bytes, &mut peaks),
            (SampleType::Int24In32 | SampleType::Int32, 1 | 2 | 4 | 8) => {
                word_peaks(bytes, &mut peaks, |word| word.cast_signed().unsigned_abs());
            }
            (SampleType::Float32, 1 | 2 | 4 | 8) => {
                // Without their sign, floats order as integers do; NaN counts as full scale.
                word_peaks(bytes, &mut peaks, |word| word & 0x7FFF_FFFF);
                for peak in &mut peaks {
                    *peak = crate::convert::float_to_int(f32::from_bits(*peak)).unsigned_abs();
                }
            }
            _ => {
                for frame in bytes.chunks_exact(format.block_align().max(1)) {
                    let frame = crate::convert::load_frame(format, frame);
                    for (peak, sample) in peaks.iter_mut().zip(frame) {
                        *peak = (*peak).max(sample.unsigned_abs());
                    }
                }
            }
        }
        // The lanes of a narrow format repeat its channels.
        let channels = format.channels();
        for (lane, peak) in peaks.into_iter().enumerate() {
            let channel = if 8 % channels == 0 { lane % channels } else { lane };
            if let Some(place) = self.peaks.get(channel)
                && peak > 0
            {
                place.fetch_max(peak, Ordering::Relaxed);
            }
        }
    }
}

/// Peaks of eight interleaved lanes of 16-bit samples, left-justified.
fn int16_peaks(bytes: &[u8], peaks: &mut [u32; 8]) {
    let mut lanes = [0u16; 8];
    let (blocks, rest) = bytes.as_chunks::<16>();
    for block in blocks {
        for (lane, sample) in lanes.iter_mut().zip(block.as_chunks::<2>().0) {
            *lane = (*lane).max(i16::from_le_bytes(*sample).unsigned_abs());
        }
    }
    for (lane, sample) in lanes.iter_mut().zip(rest.as_chunks::<2>().0) {
        *lane = (*lane).max(i16::from_le_bytes(*sample).unsigned_abs());
    }
    for (peak, lane) in peaks.iter_mut().zip(lanes) {
        *peak = u32::from(lane) << 16;
    }
}

/// Peaks of eight interleaved lanes of 32-bit words.
fn word_peaks(bytes: &[u8], peaks: &mut [u32; 8], magnitude: impl Fn(u32) -> u32) {
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        for (peak, word) in peaks.iter_mut().zip(block.as_chunks::<4>().0) {
            *peak = (*peak).max(magnitude(u32::from_le_bytes(*word)));
        }
    }
    for (peak, word) in peaks.iter_mut().zip(rest.as_chunks::<4>().0) {
        *peak = (*peak).max(magnitude(u32::from_le_bytes(*word)));
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn peaks_equal_the_data(
            samples in proptest::collection::vec(any::<i16>(), 0..200), channels in 1u8..=8
        ) {
            let format = Format::new(SampleType::Int16, channels, 0, 48_000).unwrap();
            let whole = samples.len() / usize::from(channels) * usize::from(channels);
            let bytes: Vec<u8> = samples[..whole].iter().flat_map(|s| s.to_le_bytes()).collect();
            let meter = Meter::default();
            meter.measure(format, &bytes);
            for channel in 0..usize::from(channels) {
                let peak = samples[..whole].iter().skip(channel).step_by(usize::from(channels))
                    .map(|s| u32::from(s.unsigned_abs()) << 16).max().unwrap_or(0);
                prop_assert_eq!(meter.take(Some(channel)), i32::try_from(peak).unwrap_or(i32::MAX));
                prop_assert_eq!(meter.take(Some(channel)), 0, "a query starts over");
            }
        }
    }

    #[test]
    fn every_sample_type_meters_full_scale_and_half() {
        for sample in
            [SampleType::Int16, SampleType::Int24In32, SampleType::Int32, SampleType::Float32]
        {
            let format = Format::new(sample, 3, 0, 48_000).unwrap();
            let mut bytes = vec![0; format.block_align()];
            crate::convert::store_frame(format, &[i32::MIN, 1 << 30, 0, 0, 0, 0, 0, 0], &mut bytes);
            let meter = Meter::default();
            meter.measure(format, &bytes);
            assert_eq!(meter.take(Some(0)), i32::MAX, "{sample:?}");
            assert_eq!(meter.take(Some(1)), 1 << 30, "{sample:?}");
            assert_eq!(meter.take(Some(2)), 0, "{sample:?}");
        }
    }
}
