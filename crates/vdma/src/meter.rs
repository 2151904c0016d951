//! Peak meters over the real samples.

use core::array;

use crate::format::{Format, MAX_CHANNELS, SampleType};
use crate::size;
use crate::sync::{AtomicU32, Ordering};

/// Peaks since the last query, per channel: 0 is silence, `i32::MAX` full scale (KSPROPERTY_AUDIO_PEAKMETER2).
#[derive(Debug)]
pub struct Meter {
    peaks: [AtomicU32; MAX_CHANNELS],
    /// Changes with each query: streams measure all of their audio only while somebody asks.
    queries: AtomicU32,
}

impl Default for Meter {
    fn default() -> Self {
        Self { peaks: array::from_fn(|_| AtomicU32::new(0)), queries: AtomicU32::new(0) }
    }
}

impl Meter {
    /// The peak of `channel` (the loudest with `None`) since the last such query.
    ///
    /// While somebody asks, at least once a second, every sample counts. Later only every [eighth move](QUIET) of a stream does, so the first
    /// query after a silence of its own may miss a peak that was shorter than that: 40 ms at the driver's usual 5 ms.
    pub fn take(&self, channel: Option<usize>) -> i32 {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let mut peak = 0;
        for (index, place) in self.peaks.iter().enumerate() {
            if channel.is_none_or(|channel| channel == index) {
                peak = peak.max(place.swap(0, Ordering::Relaxed));
            }
        }
        i32::try_from(peak).unwrap_or(i32::MAX)
    }

    /// Takes account of whole frames of `format`.
    #[inline(never)]
    pub fn measure(&self, format: Format, bytes: &[u8]) {
        let mut peaks = [0u32; MAX_CHANNELS];
        match (format.sample(), format.channels()) {
            // The common shapes in a form that compilers turn into vector instructions.
            (SampleType::Int16, 1 | 2 | 4 | 8) => int16_peaks(bytes, &mut peaks),
            (SampleType::Int24In32, 1 | 2 | 4 | 8) => int24_peaks(bytes, &mut peaks),
            (SampleType::Int32, 1 | 2 | 4 | 8) => word_peaks(bytes, &mut peaks, magnitude),
            (SampleType::Float32, 1 | 2 | 4 | 8) => {
                // Without their sign, floats order as integers do; NaN counts as full scale.
                word_peaks(bytes, &mut peaks, |word| word & i32::MAX);
                peaks = peaks
                    .map(|bits| crate::convert::float_to_int(f32::from_bits(bits)).unsigned_abs());
            }
            _ => {
                let mut rest = bytes;
                while let Some((frame, behind)) = rest.split_at_checked(format.block_align())
                    && !frame.is_empty()
                {
                    let mut samples = [0; MAX_CHANNELS];
                    crate::convert::load_all(format.sample(), frame, &mut samples);
                    for (peak, sample) in peaks.iter_mut().zip(samples) {
                        *peak = (*peak).max(sample.unsigned_abs());
                    }
                    rest = behind;
                }
            }
        }
        // The lanes of a narrow format repeat its channels.
        let channels = size(format.channels());
        for (lane, peak) in peaks.into_iter().enumerate() {
            let channel = if 8 % channels == 0 { lane % channels } else { lane };
            if let Some(place) = self.peaks.get(channel)
                && peak > place.load(Ordering::Relaxed)
            {
                place.fetch_max(peak, Ordering::Relaxed);
            }
        }
    }
}

/// Peaks of interleaved 16-bit samples, left-justified, eight channels round. Highest and lowest are sought, not magnitudes: every vector
/// unit has instructions for those; and in many lanes, so that none waits for another.
fn int16_peaks(bytes: &[u8], peaks: &mut [u32; 8]) {
    const LANES: usize = 32;
    let (mut high, mut low) = ([0i16; LANES], [0i16; LANES]);
    let (blocks, rest) = bytes.as_chunks::<{ LANES * 2 }>();
    for block in blocks {
        widen(&mut high, &mut low, block);
    }
    widen(&mut high, &mut low, rest);
    for (high, low) in high.as_chunks::<8>().0.iter().zip(low.as_chunks::<8>().0) {
        for ((peak, high), low) in peaks.iter_mut().zip(high).zip(low) {
            *peak = (*peak).max(u32::from(high.unsigned_abs().max(low.unsigned_abs())) << 16);
        }
    }
}

/// Takes account of at most as many samples as there are lanes.
fn widen(high: &mut [i16; 32], low: &mut [i16; 32], block: &[u8]) {
    for ((high, low), sample) in high.iter_mut().zip(low).zip(block.as_chunks::<2>().0) {
        let sample = i16::from_le_bytes(*sample);
        *high = (*high).max(sample);
        *low = (*low).min(sample);
    }
}

/// Peaks of interleaved 24-bit samples in 32 bits, eight channels round. As floats, which hold 24 bits exactly and which every vector unit
/// can compare at once.
#[expect(clippy::as_conversions, reason = "24 bits and a sign survive the trip through float")]
fn int24_peaks(bytes: &[u8], peaks: &mut [u32; 8]) {
    const LANES: usize = 16;
    let mut high = [0f32; LANES];
    let mut take = |block: &[u8]| {
        for (high, word) in high.iter_mut().zip(block.as_chunks::<4>().0) {
            let far = ((i32::from_le_bytes(*word) & !0xFF) as f32).abs();
            *high = if far > *high { far } else { *high };
        }
    };
    let (blocks, rest) = bytes.as_chunks::<{ LANES * 4 }>();
    for block in blocks {
        take(block);
    }
    take(rest);
    for high in high.as_chunks::<8>().0 {
        for (peak, high) in peaks.iter_mut().zip(high) {
            *peak = (*peak).max(*high as u32);
        }
    }
}

/// How far from silence, in two instructions: what is negative comes out one step of 2^-31 low.
fn magnitude(sample: i32) -> i32 {
    sample ^ sample >> 31
}

/// Peaks of interleaved 32-bit words, eight channels round; `magnitude` never answers a negative number.
fn word_peaks(bytes: &[u8], peaks: &mut [u32; 8], magnitude: impl Fn(i32) -> i32) {
    const LANES: usize = 16;
    let mut high = [0i32; LANES];
    let (blocks, rest) = bytes.as_chunks::<{ LANES * 4 }>();
    for block in blocks {
        raise(&mut high, block, &magnitude);
    }
    raise(&mut high, rest, &magnitude);
    for high in high.as_chunks::<8>().0 {
        for (peak, high) in peaks.iter_mut().zip(high) {
            *peak = (*peak).max(high.unsigned_abs());
        }
    }
}

/// Takes account of at most as many words as there are lanes.
fn raise(high: &mut [i32; 16], block: &[u8], magnitude: impl Fn(i32) -> i32) {
    for (high, word) in high.iter_mut().zip(block.as_chunks::<4>().0) {
        *high = (*high).max(magnitude(i32::from_le_bytes(*word)));
    }
}

/// Of so many moves one is measured when nobody asks.
pub const QUIET: u32 = 8;

/// A stream's view of a meter: whether somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    /// The queries that there had been; none before the first look.
    queries: Option<u32>,
    /// The stream's position up to which it measures everything.
    until: u64,
    moves: u32,
}

impl Attention {
    /// Whether the move that begins at `position` is to be measured.
    pub(crate) fn wants(&mut self, meter: &Meter, position: u64, rate: u32) -> bool {
        let turn = self.moves.is_multiple_of(QUIET);
        self.moves = self.moves.wrapping_add(1);
        self.is_asked(meter, position, rate) || turn
    }

    /// Whether somebody has asked within a second of the stream before `position`.
    pub(crate) fn is_asked(&mut self, meter: &Meter, position: u64, rate: u32) -> bool {
        let queries = meter.queries.load(Ordering::Relaxed);
        let before = self.queries.replace(queries);
        if before.is_some_and(|before| before != queries) {
            self.until = position.saturating_add(u64::from(rate));
        }
        position < self.until
    }
}

/// The meters that a move of frames is measured by: its endpoint's and its stream's own, if somebody asks them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meters<'a>(pub(crate) Option<&'a Meter>, pub(crate) Option<&'a Meter>);

impl Meters<'_> {
    pub(crate) fn measure(self, format: Format, bytes: &[u8]) {
        for meter in [self.0, self.1].into_iter().flatten() {
            meter.measure(format, bytes);
        }
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

    proptest! {
        /// In the common ground, to one step of 2^-31.
        #[test]
        fn peaks_of_every_type_equal_the_data(values in proptest::collection::vec(any::<i32>(), 0..200), channels in 1usize..=8) {
            for sample in [SampleType::Int24In32, SampleType::Int32, SampleType::Float32] {
                let format = Format::new(sample, channels as u8, 0, 48_000).unwrap();
                let whole = values.len() / channels * channels;
                let mut bytes = vec![0; whole * 4];
                crate::convert::store_all(sample, &values[..whole], &mut bytes);
                let mut stored = vec![0; whole];
                crate::convert::load_all(sample, &bytes, &mut stored);
                let meter = Meter::default();
                meter.measure(format, &bytes);
                for channel in 0..channels {
                    let peak = stored.iter().skip(channel).step_by(channels)
                        .map(|value| value.unsigned_abs().min(i32::MAX as u32)).max().unwrap_or(0);
                    let read = meter.take(Some(channel)).unsigned_abs();
                    prop_assert!(read == peak || read + 1 == peak, "{:?}: {} for {}", sample, read, peak);
                    prop_assert!(sample == SampleType::Int32 || read == peak, "{:?}: {} for {}", sample, read, peak);
                }
            }
        }
    }

    /// A second after each query counts whole; then one move in eight, the first of them at once.
    #[test]
    fn streams_measure_what_somebody_asks_for() {
        let (meter, mut attention) = (Meter::default(), Attention::default());
        let mut measured = |from: u64, moves: u64| {
            (from..from + moves).filter(|n| attention.wants(&meter, n * 240, 48_000)).count()
        };
        assert_eq!(measured(0, 400), 50, "nobody asks");
        meter.take(None);
        assert_eq!(measured(400, 200), 200, "somebody asked");
        assert_eq!(measured(600, 400), 50, "a second later");
        meter.take(Some(0));
        assert_eq!(measured(1000, 200), 200);
    }

    #[test]
    fn every_sample_type_meters_full_scale_and_half() {
        for sample in
            [SampleType::Int16, SampleType::Int24In32, SampleType::Int32, SampleType::Float32]
        {
            let format = Format::new(sample, 3, 0, 48_000).unwrap();
            let mut bytes = vec![0; format.block_align()];
            crate::convert::store_all(sample, &[i32::MIN, 1 << 30, 0], &mut bytes);
            let meter = Meter::default();
            meter.measure(format, &bytes);
            assert_eq!(meter.take(Some(0)), i32::MAX, "{sample:?}");
            assert_eq!(meter.take(Some(1)), 1 << 30, "{sample:?}");
            assert_eq!(meter.take(Some(2)), 0, "{sample:?}");
        }
    }
}
