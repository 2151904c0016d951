//! A band-limited resampler, for ends of a cable that run at different rates.
//!
//! Device frames have numbers at every rate, so an output frame has an exact place between two source frames: `n * from / to`, a fraction
//! of integers. The resampler computes it from the source frames around that place and keeps nothing between two frames: it cannot drift,
//! and starting it anywhere gives the same samples.
//!
//! The kernel is a sine over its argument, under a Kaiser window, [`CROSSINGS`] zero crossings to each side at the lower of the two rates.
//! Pass band: up to 0.47 of the lower rate; a sine there comes out as itself, 90 dB above any difference. Stop band: from 0.53 of it, 95 dB
//! down; between them the response falls through -6 dB at half the lower rate. Delay: [`delay`], about [`CROSSINGS`] frames of the lower
//! rate. `tests/engine.rs` measures all three, docs/evidence.md has the figures.

use crate::convert::{float_to_int, load_floats};
use crate::format::{Format, MAX_CHANNELS};
use crate::{divide_up, divisor, size};

/// Zero crossings of the kernel to each side.
pub const CROSSINGS: u64 = 64;

/// Places of the table between two crossings; values between them are interpolated.
const PHASES: u64 = 256;

/// Crossings, as an index.
const TAPS: usize = 64;

/// Numbers of the table: for each phase, and for the end of the last one, the kernel at that phase behind every crossing. What an output
/// frame needs lies together.
pub const KERNEL: usize = 257 * TAPS;

/// How the kernel falls: 96 dB (Kaiser and Schafer, 1980).
const BETA: f64 = 9.6;

/// Fills the kernel's table, of [`KERNEL`] numbers. Takes some milliseconds: not for a tick.
pub fn fill_kernel(table: &mut [f32]) {
    // Rotation by pi / PHASES, again and again: a sine without a library. `core` has none.
    let (step_sine, step_cosine) = half_turn_in(256);
    let (mut sine, mut cosine) = (0.0_f64, 1.0_f64);
    let top = bessel(BETA * BETA);
    let mut x = 0.0_f64;
    // Phase by phase along the kernel; the table has the phases of one place together.
    for tap in 0..TAPS {
        for row in table.chunks_exact_mut(TAPS) {
            let edge = x / 64.0;
            let argument = core::f64::consts::PI * x;
            let value = if x == 0.0 { 1.0 } else { sine / argument };
            let window = bessel((BETA * BETA * (1.0 - edge * edge)).max(0.0)) / top;
            if let Some(place) = row.get_mut(tap) {
                *place = narrow(value * window);
            }
            (sine, cosine) =
                (sine * step_cosine + cosine * step_sine, cosine * step_cosine - sine * step_sine);
            x += 1.0 / 256.0;
        }
        // The last row is the first one of the next crossing: a step back.
        (sine, cosine) =
            (sine * step_cosine - cosine * step_sine, cosine * step_cosine + sine * step_sine);
        x -= 1.0 / 256.0;
    }
    // Where the kernel ends it is nothing.
    if let Some(end) = table.last_mut() {
        *end = 0.0;
    }
}

#[expect(clippy::as_conversions, reason = "the rounding cast is the conversion that is wanted")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// Sine and cosine of pi / `parts`: half angles from a right angle. `parts` is a power of two.
fn half_turn_in(parts: u32) -> (f64, f64) {
    // cos(pi / 2) = 0; cos(a / 2) = sqrt((1 + cos a) / 2).
    let mut cosine = 0.0_f64;
    let mut reached = 2;
    while reached < parts {
        cosine = root(f64::midpoint(1.0, cosine));
        reached = reached.saturating_mul(2);
    }
    (root(1.0 - cosine * cosine), cosine)
}

/// Square root by Newton's steps, for values between 0 and 2.
fn root(value: f64) -> f64 {
    let mut root = 1.0;
    for _ in 0..40 {
        root = f64::midpoint(root, value / root);
    }
    root
}

/// The modified Bessel function of order 0 at the root of `square`: its power series.
fn bessel(square: f64) -> f64 {
    let quarter = square / 4.0;
    let (mut term, mut sum, mut k) = (1.0_f64, 1.0_f64, 1.0_f64);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// Frames of the rate `to` that audio from the rate `from` comes later; none between equal rates.
pub fn delay(from: u32, to: u32) -> u64 {
    if from == to { 0 } else { Ratio::new(from, to).delay() }
}

/// How two rates stand to each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    from: u64,
    to: u64,
    /// Distance of two source frames in places of the table, 32 bits behind the point.
    step: u64,
    /// `to / from` if that is less than one.
    gain: f32,
}

impl Ratio {
    pub(crate) fn new(from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from).max(1), u64::from(to).max(1));
        let lower = from.min(to);
        let step = (PHASES << 32).saturating_mul(lower) / divisor(from);
        let number = |rate: u64| u32::try_from(rate).map_or(1.0, f64::from);
        Self { from, to, step, gain: narrow(number(lower) / number(from)) }
    }

    /// Source frames that the kernel reaches to each side.
    pub(crate) fn reach(self) -> u64 {
        let lower = self.from.min(self.to);
        divide_up(CROSSINGS.saturating_mul(self.from), divisor(lower)).saturating_add(1)
    }

    /// The kernel's delay in output frames: whole ones, and at least its reach.
    pub(crate) fn delay(self) -> u64 {
        self.output_frames(self.reach()).saturating_add(1)
    }

    /// The source frame at or before output frame `n`, and how far behind it that is, in 1 / `to` of a source frame.
    fn place(self, n: u64) -> (u64, u64) {
        let (whole, rest) = (n / divisor(self.to), n % divisor(self.to));
        let rest = rest.saturating_mul(self.from);
        let frame = whole.saturating_mul(self.from).saturating_add(rest / divisor(self.to));
        (frame, rest % divisor(self.to))
    }

    /// The output frame at or before source frame `k`.
    pub(crate) fn output_frames(self, k: u64) -> u64 {
        Self { from: self.to, to: self.from, ..self }.place(k).0
    }

    /// Source frames `first..end` that output frame `n` is made of.
    pub(crate) fn source(self, n: u64) -> (u64, u64) {
        let (frame, _) = self.place(n);
        (frame.saturating_sub(self.reach()), frame.saturating_add(self.reach()).saturating_add(1))
    }
}

/// Samples that are taken at a time.
const SAMPLES: usize = 64;

/// One output frame that is being made.
pub(crate) struct Frame<'a> {
    kernel: &'a [f32],
    ratio: Ratio,
    /// The source frame at or before it, and the table place of that one, 32 bits behind the point.
    center: u64,
    offset: u64,
    /// Eight sums that are made side by side: of each channel, or with one and two channels several of each.
    sums: [f32; MAX_CHANNELS],
}

impl<'a> Frame<'a> {
    pub(crate) fn new(kernel: &'a [f32], ratio: Ratio, n: u64) -> Self {
        let (center, rest) = ratio.place(n);
        // Below 2^40 times below 2^18.
        let offset = ratio.step.saturating_mul(rest) / divisor(ratio.to);
        Self { kernel, ratio, center, offset, sums: [0.0; MAX_CHANNELS] }
    }

    /// Adds the source frames of `format` in `bytes`, from frame `first` on.
    pub(crate) fn add(&mut self, first: u64, format: Format, bytes: &[u8]) {
        let frames = SAMPLES / size(format.channels());
        let piece = frames.saturating_mul(format.block_align()).max(1);
        let frames = u64::try_from(frames).unwrap_or(1);
        let mut first = first;
        for bytes in bytes.chunks(piece) {
            self.add_piece(first, format, bytes);
            first = first.saturating_add(frames);
        }
    }

    /// At most [`SAMPLES`] samples.
    #[inline(never)]
    fn add_piece(&mut self, first: u64, format: Format, bytes: &[u8]) {
        // What is not there is zero, so whole groups can be added.
        let (mut values, mut coefficients) = ([0.0; SAMPLES], [0.0; SAMPLES]);
        load_floats(format.sample(), bytes, &mut values);
        let channels = format.channels();
        let frames = bytes.len() / size(format.block_align());
        if let Some(coefficients) = coefficients.get_mut(..frames) {
            self.coefficients(first, coefficients);
        }
        let sums = &mut self.sums;
        let groups = frames.saturating_mul(channels).div_ceil(8);
        match channels {
            1 => {
                let pairs = values.as_chunks::<8>().0.iter().zip(coefficients.as_chunks::<8>().0);
                for (values, coefficients) in pairs.take(groups) {
                    for ((sum, value), coefficient) in sums.iter_mut().zip(values).zip(coefficients)
                    {
                        *sum += value * coefficient;
                    }
                }
            }
            2 => {
                let pairs = values.as_chunks::<8>().0.iter().zip(coefficients.as_chunks::<4>().0);
                for (values, [a, b, c, d]) in pairs.take(groups) {
                    let coefficients = [a, a, b, b, c, c, d, d];
                    for ((sum, value), coefficient) in sums.iter_mut().zip(values).zip(coefficients)
                    {
                        *sum += value * coefficient;
                    }
                }
            }
            _ => {
                let frames = values.chunks_exact(channels.max(1)).take(frames);
                for (frame, coefficient) in frames.zip(&coefficients) {
                    for (sum, value) in sums.iter_mut().zip(frame) {
                        *sum += value * coefficient;
                    }
                }
            }
        }
    }

    /// The kernel at source frames from `first` on.
    fn coefficients(&self, first: u64, into: &mut [f32]) {
        let before = self.center.saturating_add(1).saturating_sub(first);
        let before = usize::try_from(before).unwrap_or(usize::MAX).min(into.len());
        let (left, right) = into.split_at_mut(before);
        let last = first.saturating_add(u64::try_from(before).unwrap_or(0));
        // Outwards from the middle, on both sides.
        let nearest = self.center.saturating_add(1).saturating_sub(last);
        let place = nearest.wrapping_mul(self.ratio.step).wrapping_add(self.offset);
        self.outwards(place, left.iter_mut().rev());
        let nearest = last.saturating_sub(self.center);
        let place = nearest.wrapping_mul(self.ratio.step).wrapping_sub(self.offset);
        self.outwards(place, right.iter_mut());
    }

    /// The kernel at `place` of the table and at every source frame further out.
    fn outwards<'b>(&self, mut place: u64, into: impl Iterator<Item = &'b mut f32>) {
        // 16 bits of fraction are as exact as the interpolation is.
        let fraction =
            |place: u64| f32::from(u16::try_from(place >> 16 & 0xFFFF).unwrap_or(0)) / 65_536.0;
        let at = |place: u64| {
            let (tap, phase) = (place >> 40, place >> 32 & 0xFF);
            let at = if tap < CROSSINGS { phase << 6 | tap } else { u64::MAX };
            usize::try_from(at).unwrap_or(usize::MAX)
        };
        if self.ratio.from <= self.ratio.to {
            // From crossing to crossing: the same phase all the way, so it lies in a row.
            let at = at(place);
            let end = at.saturating_add(TAPS) & !(TAPS - 1);
            let one = self.kernel.get(at..end).unwrap_or_default();
            let next = at.saturating_add(TAPS)..end.saturating_add(TAPS);
            let other = self.kernel.get(next).unwrap_or_default();
            let fraction = fraction(place);
            for ((into, one), other) in into.zip(one).zip(other) {
                *into = one + (other - one) * fraction;
            }
            return;
        }
        for into in into {
            let at = at(place);
            let (one, other) = (self.kernel.get(at), self.kernel.get(at.wrapping_add(TAPS)));
            let (Some(one), Some(other)) = (one, other) else { break };
            *into = one + (other - one) * fraction(place);
            place = place.wrapping_add(self.ratio.step);
        }
    }

    /// The frame, left-justified: as many channels as `into` has places.
    pub(crate) fn finish(&self, into: &mut [i32]) {
        // With one and two channels the sums of each are every one and every second of them.
        let stride = if into.len() < 3 { into.len() } else { MAX_CHANNELS };
        for (channel, place) in into.iter_mut().enumerate() {
            let sums = self.sums.iter().skip(channel).step_by(stride.max(1));
            *place = float_to_int(sums.sum::<f32>() * self.ratio.gain);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_a_windowed_sinc() {
        let mut table = vec![7.0; KERNEL];
        fill_kernel(&mut table);
        for (index, entry) in table.iter().enumerate() {
            let x = (index % TAPS) as f64 + (index / TAPS) as f64 / PHASES as f64;
            let edge = x / CROSSINGS as f64;
            let argument = std::f64::consts::PI * x;
            let sinc = if index == 0 { 1.0 } else { argument.sin() / argument };
            let window = bessel(BETA * BETA * (1.0 - edge * edge)) / bessel(BETA * BETA);
            let exact = if edge < 1.0 { sinc * window } else { 0.0 };
            assert!((f64::from(*entry) - exact).abs() < 1e-7, "{index}: {entry} for {exact}");
        }
    }

    #[test]
    fn bessel_is_bessel() {
        // Abramowitz and Stegun, table 9.8: I0(1), I0(5).
        assert!((bessel(1.0) - 1.266_065_877_752).abs() < 1e-11);
        assert!((bessel(25.0) - 27.239_871_823_604).abs() < 1e-10);
    }

    #[test]
    fn places_are_exact_for_a_century() {
        for (from, to) in [(48_000, 44_100), (44_100, 48_000), (8_000, 192_000), (192_000, 11_025)]
        {
            let ratio = Ratio::new(from, to);
            for n in [0, 1, 12_345, u64::from(to) * 3_155_760_000 + 7] {
                let exact = u128::from(n) * u128::from(from);
                let (frame, rest) = ratio.place(n);
                assert_eq!(u128::from(frame), exact / u128::from(to));
                assert_eq!(u128::from(rest), exact % u128::from(to));
            }
        }
    }
}
