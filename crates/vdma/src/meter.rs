//! Peak meters over the samples.

use core::array;

use crate::convert::unpacked;
use crate::format::{Format, MAX_CHANNELS, SampleType};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::{Lanes, PacketMemory};

/// Peaks since the last query, per channel: 0 is silence, `i32::MAX` full scale
/// (KSPROPERTY_AUDIO_PEAKMETER2).
#[derive(Debug)]
pub struct Meter {
    /// Two channels in each word, because a locked instruction waits for every store before it.
    peaks: [Pair; MAX_CHANNELS / 2],
    /// Changes with each query: streams measure all of their audio only while peaks are queried.
    queries: AtomicU32,
}

impl Default for Meter {
    fn default() -> Self {
        Self { peaks: array::from_fn(|_| Pair::default()), queries: AtomicU32::new(0) }
    }
}

/// The peaks of two channels: the first in the low half.
#[derive(Debug)]
struct Pair(AtomicU64);

impl Default for Pair {
    fn default() -> Self {
        Self(AtomicU64::new(0))
    }
}

const HALF: u64 = 0xFFFF_FFFF;

fn join([first, second]: [u32; 2]) -> u64 {
    u64::from(first) | u64::from(second) << 32
}

fn halves(word: u64) -> [u32; 2] {
    [word & HALF, word >> 32].map(|half| u32::try_from(half).unwrap_or(0))
}

impl Pair {
    /// Takes and resets the peaks in `mask`. Reads first, because most channels have none.
    fn take(&self, mask: u64) -> u32 {
        if self.0.load(Ordering::Relaxed) & mask == 0 {
            return 0;
        }
        let [first, second] = halves(self.0.fetch_and(!mask, Ordering::Relaxed) & mask);
        first.max(second)
    }

    /// Raises the peaks: only larger values are stored.
    fn raise(&self, [first, second]: [u32; 2]) {
        let mut known = self.0.load(Ordering::Relaxed);
        loop {
            let [one, other] = halves(known);
            let louder = join([one.max(first), other.max(second)]);
            if louder == known {
                return;
            }
            match self.0.compare_exchange(known, louder, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => known = now,
            }
        }
    }
}

impl Meter {
    /// The peak of `channel` (the loudest with `None`) since the last query.
    ///
    /// While the meter is queried at least once per second, every sample is measured. Otherwise
    /// only every [16th move](QUIET) of a stream is, so the first query after a pause may miss a
    /// shorter peak: 80 ms at the driver's usual 5 ms.
    pub fn take(&self, channel: Option<usize>) -> i32 {
        // No locked instruction, which would wait for every store before it: it does not matter if
        // two queries count as one.
        let queries = self.queries.load(Ordering::Relaxed);
        self.queries.store(queries.wrapping_add(1), Ordering::Relaxed);
        let mut peak = 0;
        for (index, pair) in self.peaks.iter().enumerate() {
            let mask = match channel {
                None => u64::MAX,
                Some(channel) if channel / 2 != index => continue,
                Some(channel) if channel % 2 == 0 => HALF,
                Some(_) => !HALF,
            };
            peak = peak.max(pair.take(mask));
        }
        i32::try_from(peak).unwrap_or(i32::MAX)
    }

    /// Measures whole frames of `format`.
    #[inline(never)]
    pub fn measure(&self, format: Format, bytes: &[u8]) {
        if format.sample() == SampleType::Int24 && format.channels().is_power_of_two() {
            // Whole frames each time.
            let Ok(wide) = format.with(SampleType::Int24In32, format.rate()) else { return };
            return unpacked(bytes, |_, words| self.measure(wide, words));
        }
        let mut peaks = [0u32; MAX_CHANNELS];
        match (format.sample(), format.channels()) {
            // The common channel counts, in a form that compilers vectorize.
            (SampleType::Int16, 1 | 2 | 4 | 8 | 16) => int16_peaks(bytes, &mut peaks),
            (SampleType::Int24In32, 1 | 2 | 4 | 8 | 16) => {
                let value = |word| float(i32::from_le_bytes(word) & !0xFF);
                peaks = word_peaks(bytes, value).map(whole);
            }
            (SampleType::Int32, 1 | 2 | 4 | 8 | 16) => {
                peaks = word_peaks(bytes, |word| float(i32::from_le_bytes(word))).map(whole);
            }
            (SampleType::Float32, 1 | 2 | 4 | 8 | 16) => {
                let high = word_peaks(bytes, f32::from_le_bytes);
                peaks = high.map(|peak| crate::convert::float_to_int(peak).unsigned_abs());
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
        self.keep(peaks, format.channels());
    }

    /// Adds the peaks of frames of `format` that were found during a copy.
    fn take_account(&self, format: Format, found: &Extremes) {
        let [one, two, three, four] = found.pairs();
        let [first, second, third, fourth, ..] = &self.peaks;
        match format.channels() {
            8 => {
                first.raise(one.peaks());
                second.raise(two.peaks());
                third.raise(three.peaks());
                fourth.raise(four.peaks());
            }
            4 => {
                first.raise(one.and(three).peaks());
                second.raise(two.and(four).peaks());
            }
            channels => {
                let [one, other] = one.and(three).and(two.and(four)).peaks();
                first.raise(if channels == 1 { [one.max(other), 0] } else { [one, other] });
            }
        }
    }

    /// Adds the peaks of all lanes. Not inlined: the compiler would start from the pairs, and find
    /// peaks two lanes at a time instead of four.
    #[inline(never)]
    fn keep(&self, mut peaks: [u32; MAX_CHANNELS], channels: usize) {
        if let 1 | 2 | 4 | 8 = channels {
            repeat(channels, &mut peaks);
        }
        // With one channel the other lanes repeat it.
        if channels == 1 {
            peaks[1] = 0;
        }
        let used = channels.div_ceil(2);
        for (pair, peaks) in self.peaks.iter().zip(peaks.as_chunks().0).take(used) {
            pair.raise(*peaks);
        }
    }
}

/// Peaks of interleaved 16-bit samples, left-justified, in sixteen lanes. It finds maximum and
/// minimum instead of magnitudes, because every vector unit has instructions for those, and uses
/// many lanes, so that none waits for another.
fn int16_peaks(bytes: &[u8], peaks: &mut [u32; MAX_CHANNELS]) {
    const LANES: usize = 32;
    let (mut high, mut low) = ([0i16; LANES], [0i16; LANES]);
    let (blocks, rest) = bytes.as_chunks::<{ LANES * 2 }>();
    for block in blocks {
        widen(&mut high, &mut low, block);
    }
    if !rest.is_empty() {
        widen(&mut high, &mut low, rest);
    }
    let (mut highest, mut lowest) = ([0_i16; MAX_CHANNELS], [0_i16; MAX_CHANNELS]);
    let lanes = high.as_chunks::<MAX_CHANNELS>().0.iter().zip(low.as_chunks::<MAX_CHANNELS>().0);
    for (high, low) in lanes {
        for ((highest, lowest), (high, low)) in
            highest.iter_mut().zip(&mut lowest).zip(high.iter().zip(low))
        {
            (*highest, *lowest) = ((*highest).max(*high), (*lowest).min(*low));
        }
    }
    for ((peak, high), low) in peaks.iter_mut().zip(highest).zip(lowest) {
        *peak = farthest(high, low);
    }
}

/// The peak of samples of 16 bits, left-justified, from the highest and the lowest of them.
fn farthest(high: i16, low: i16) -> u32 {
    u32::from(high.unsigned_abs().max(low.unsigned_abs())) << 16
}

/// The lanes of a narrow format repeat its channels.
fn repeat(channels: usize, peaks: &mut [u32; MAX_CHANNELS]) {
    for half in [8, 4, 2, 1] {
        if channels <= half
            && let Some((low, high)) = peaks.split_at_mut_checked(half)
        {
            for (low, high) in low.iter_mut().zip(high) {
                *low = (*low).max(*high);
            }
        }
    }
}

/// Adds at most as many samples as there are lanes.
fn widen(high: &mut [i16; 32], low: &mut [i16; 32], block: &[u8]) {
    for ((high, low), sample) in high.iter_mut().zip(low).zip(block.as_chunks::<2>().0) {
        let sample = i16::from_le_bytes(*sample);
        *high = (*high).max(sample);
        *low = (*low).min(sample);
    }
}

/// The exact value of 24 bits; 32 bits are rounded to the 24 of a float.
#[expect(clippy::as_conversions, reason = "the rounding cast is the conversion that is wanted")]
fn float(sample: i32) -> f32 {
    sample as f32
}

/// Peaks of interleaved 32-bit samples, in sixteen lanes. Computed as floats, because every vector
/// unit has a one-instruction maximum; NaN is silence.
fn word_peaks(bytes: &[u8], value: impl Fn([u8; 4]) -> f32) -> [f32; MAX_CHANNELS] {
    let mut high = [0.0_f32; MAX_CHANNELS];
    let mut take = |block: &[u8]| {
        for (high, word) in high.iter_mut().zip(block.as_chunks::<4>().0) {
            let far = value(*word).abs();
            *high = if far > *high { far } else { *high };
        }
    };
    let (blocks, rest) = bytes.as_chunks::<{ MAX_CHANNELS * 4 }>();
    for block in blocks {
        take(block);
    }
    take(rest);
    high
}

/// A magnitude as an integer; it saturates.
#[expect(clippy::as_conversions, reason = "the saturating cast is the conversion that is wanted")]
fn whole(magnitude: f32) -> u32 {
    magnitude as u32
}

/// One move in this many is measured while no client queries the meter.
pub const QUIET: u8 = 16;

/// A stream's view of a meter: whether it is queried.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    /// The number of queries at the last check.
    queries: u32,
    has_looked: bool,
    /// The position up to which the stream measures everything.
    until: u64,
    moves: u8,
}

impl Attention {
    /// Whether to measure the move that begins at `position`.
    pub(crate) fn wants(&mut self, meter: &Meter, position: u64, rate: u32) -> bool {
        let turn = self.moves.is_multiple_of(QUIET);
        self.moves = self.moves.wrapping_add(1);
        self.is_asked(meter, position, rate) || turn
    }

    /// Whether the meter was queried within the last second of the stream before `position`.
    pub(crate) fn is_asked(&mut self, meter: &Meter, position: u64, rate: u32) -> bool {
        let queries = meter.queries.load(Ordering::Relaxed);
        if self.has_looked && self.queries != queries {
            self.until = position.saturating_add(u64::from(rate));
        }
        (self.queries, self.has_looked) = (queries, true);
        position < self.until
    }
}

/// The maximum and minimum samples of frames, found during the copy, whose stores take as long
/// anyway.
#[derive(Debug, Default)]
pub(crate) struct Extremes {
    high: Lanes,
    low: Lanes,
}

impl Extremes {
    /// Whether the lanes distinguish the channels of a format.
    pub(crate) fn tell(format: Format) -> bool {
        format.sample() == SampleType::Int16 && matches!(format.channels(), 1 | 2 | 4 | 8)
    }

    /// Reads frames, and finds their peaks if `memory` can.
    pub(crate) fn read(
        &mut self,
        memory: &dyn PacketMemory,
        offset: usize,
        into: &mut [u8],
    ) -> bool {
        memory.read_with_peaks(offset, into, &mut self.high, &mut self.low)
    }
}

/// The extremes of two lanes.
#[derive(Clone, Copy, Debug, Default)]
struct Two {
    high: [i16; 2],
    low: [i16; 2],
}

impl Extremes {
    fn pairs(&self) -> [Two; 4] {
        let mut pairs = [Two::default(); 4];
        let lanes = self.high.as_chunks().0.iter().zip(self.low.as_chunks().0);
        for (two, (high, low)) in pairs.iter_mut().zip(lanes) {
            *two = Two { high: *high, low: *low };
        }
        pairs
    }
}

impl Two {
    fn and(self, other: Self) -> Self {
        Self {
            high: [self.high[0].max(other.high[0]), self.high[1].max(other.high[1])],
            low: [self.low[0].min(other.low[0]), self.low[1].min(other.low[1])],
        }
    }

    fn peaks(self) -> [u32; 2] {
        [farthest(self.high[0], self.low[0]), farthest(self.high[1], self.low[1])]
    }
}

/// The meters of a move of frames: its endpoint's and its stream's own, if they are queried.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meters<'a>(pub(crate) Option<&'a Meter>, pub(crate) Option<&'a Meter>);

impl Meters<'_> {
    pub(crate) fn are_none(self) -> bool {
        self.0.is_none() && self.1.is_none()
    }

    pub(crate) fn take_account(self, format: Format, found: &Extremes) {
        for meter in [self.0, self.1].into_iter().flatten() {
            meter.take_account(format, found);
        }
    }

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
            samples in proptest::collection::vec(any::<i16>(), 0..200), channels in 1u8..=16
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
        /// In left-justified form; 32 bits are rounded to the 24 of a float.
        #[test]
        fn peaks_of_every_type_equal_the_data(values in proptest::collection::vec(any::<i32>(), 0..200), channels in 1usize..=16) {
            for sample in [SampleType::Int24In32, SampleType::Int32, SampleType::Float32, SampleType::Int24] {
                let format = Format::new(sample, channels as u8, 0, 48_000).unwrap();
                let whole = values.len() / channels * channels;
                let mut bytes = vec![0; whole * sample.bytes()];
                crate::convert::store_all(sample, &values[..whole], &mut bytes);
                let mut stored = vec![0; whole];
                crate::convert::load_all(sample, &bytes, &mut stored);
                let meter = Meter::default();
                meter.measure(format, &bytes);
                for channel in 0..channels {
                    let peak = stored.iter().skip(channel).step_by(channels)
                        .map(|value| value.unsigned_abs().min(i32::MAX as u32)).max().unwrap_or(0);
                    let read = meter.take(Some(channel)).unsigned_abs();
                    let off = if sample == SampleType::Int32 { peak >> 24 } else { 0 };
                    prop_assert!(read.abs_diff(peak) <= off, "{:?}: {} for {}", sample, read, peak);
                }
            }
        }
    }

    proptest! {
        /// What a copy finds on its way, in lanes, is what measuring the bytes finds.
        #[test]
        fn extremes_of_a_copy_are_the_peaks(
            samples in proptest::collection::vec(any::<[i16; 8]>(), 0..9), shift in 0u32..4
        ) {
            let format = Format::new(SampleType::Int16, 1 << shift, 0, 48_000).unwrap();
            prop_assert!(Extremes::tell(format));
            let (bytes, mut found) = (samples.as_flattened(), Extremes::default());
            for (at, sample) in bytes.iter().enumerate() {
                found.high[at % 8] = found.high[at % 8].max(*sample);
                found.low[at % 8] = found.low[at % 8].min(*sample);
            }
            let bytes: Vec<u8> = bytes.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            let (copied, measured) = (Meter::default(), Meter::default());
            copied.take_account(format, &found);
            measured.measure(format, &bytes);
            for channel in 0..MAX_CHANNELS {
                prop_assert_eq!(copied.take(Some(channel)), measured.take(Some(channel)));
            }
        }
    }

    #[test]
    fn lanes_are_for_16_bits_and_channels_that_divide_them() {
        for (sample, channels, told) in [
            (SampleType::Int16, 8, true),
            (SampleType::Int16, 3, false),
            (SampleType::Int16, 16, false),
            (SampleType::Int32, 2, false),
        ] {
            let format = Format::new(sample, channels, 0, 48_000).unwrap();
            assert_eq!(Extremes::tell(format), told, "{format:?}");
        }
    }

    #[test]
    fn a_new_meter_is_silent_and_one_that_is_asked_is_not_none() {
        let meter = Meter::default();
        assert_eq!(meter.take(None), 0);
        assert!((0..MAX_CHANNELS).all(|channel| meter.take(Some(channel)) == 0));
        let format = Format::new(SampleType::Int32, 1, 0, 48_000).unwrap();
        meter.measure(format, &1_i32.to_le_bytes());
        assert_eq!(meter.take(None), 1, "the smallest peak");
        assert!(Meters::default().are_none());
        assert!(!Meters(Some(&meter), None).are_none() && !Meters(None, Some(&meter)).are_none());
    }

    /// A second after each query is measured completely; then one move in `QUIET`, starting at
    /// once.
    #[test]
    fn streams_measure_what_somebody_asks_for() {
        let (meter, mut attention) = (Meter::default(), Attention::default());
        let mut measured = |from: u64, moves: u64| {
            (from..from + moves).filter(|n| attention.wants(&meter, n * 240, 48_000)).count()
        };
        assert_eq!(measured(0, 400), 25, "nobody asks");
        meter.take(None);
        assert_eq!(measured(400, 200), 200, "somebody asked");
        assert_eq!(measured(600, 400), 25, "a second later");
        meter.take(Some(0));
        assert_eq!(measured(1000, 200), 200);
    }

    /// A stream of one channel, measured in both ways, leaves nothing for a second one to find.
    #[test]
    fn one_channel_has_no_second_peak() {
        let format = Format::new(SampleType::Int16, 1, 0, 48_000).unwrap();
        let meter = Meter::default();
        meter.measure(format, &[0, 64].repeat(32));
        assert_eq!([1, 0].map(|channel| meter.take(Some(channel))), [0, 1 << 30]);
        let mut found = Extremes::default();
        found.high.fill(1 << 14);
        meter.take_account(format, &found);
        assert_eq!([1, 0].map(|channel| meter.take(Some(channel))), [0, 1 << 30]);
    }

    /// NaN is silence, as in conversions.
    #[test]
    fn what_is_not_a_number_is_no_peak() {
        for (channels, value) in [(1, f32::NAN), (3, f32::NAN), (8, -f32::NAN)] {
            let format = Format::new(SampleType::Float32, channels, 0, 48_000).unwrap();
            let meter = Meter::default();
            let bytes: Vec<u8> =
                [value, 0.25].repeat(24).iter().flat_map(|v| v.to_le_bytes()).collect();
            meter.measure(format, &bytes);
            assert_eq!(meter.take(None), 1 << 29);
        }
    }

    #[test]
    fn every_sample_type_meters_full_scale_and_half() {
        for code in 0..5 {
            let sample = SampleType::from_code(code);
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
