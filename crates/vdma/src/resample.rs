//! A band-limited resampler, for ends of a cable that run at different rates.
//!
//! Device frames have numbers at every rate, so an output frame has an exact position between two
//! source frames: `n * from / to`, a fraction of integers. The resampler computes it from the
//! source frames around that position and keeps no state between frames: it cannot drift, and
//! starting it anywhere gives the same samples.
//!
//! The kernel is a sine over its argument, under a Kaiser window, [`CROSSINGS`] zero crossings to
//! each side at the lower of the two rates. Pass band: up to 0.47 of the lower rate, where a sine
//! is reproduced with errors below -90 dB. Stop band: from 0.53 of it, 95 dB down; between them the
//! response falls through -6 dB at half the lower rate. Delay: [`delay`], about [`CROSSINGS`]
//! frames of the lower rate. `tests/engine/rates.rs` measures all three, docs/benchmarks.md has the
//! figures.

use crate::divide::Divisor;
use crate::{divide_up, divisor, size};

/// Zero crossings of the kernel to each side.
pub const CROSSINGS: u64 = 64;

/// Table entries between two crossings; values between them are interpolated.
const PHASES: u64 = 256;

/// [`CROSSINGS`] as an index.
const TAPS: usize = 64;

/// The size of the table: for each phase, and for the end of the last one, the kernel at that phase
/// after every crossing. The values for an output frame are contiguous.
pub const KERNEL: usize = 257 * TAPS;

/// The shape of the Kaiser window: 96 dB (Kaiser and Schafer, 1980).
const BETA: f64 = 9.6;

/// Fills the kernel's table of [`KERNEL`] numbers. Takes some milliseconds, too long for a tick.
pub fn fill_kernel(table: &mut [f32]) {
    // Repeated rotation by pi / PHASES: a sine without a library, since `core` has none.
    let (step_sine, step_cosine) = step();
    let (mut sine, mut cosine) = (0.0_f64, 1.0_f64);
    let top = bessel(BETA * BETA);
    let mut x = 0.0_f64;
    // Phase by phase along the kernel; in the table the phases are rows.
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
    // The kernel is zero at its end.
    if let Some(end) = table.last_mut() {
        *end = 0.0;
    }
}

#[expect(clippy::as_conversions, reason = "the rounding cast is the conversion that is wanted")]
fn narrow(value: f64) -> f32 {
    value as f32
}

/// Sine and cosine of pi / [`PHASES`], which is a power of two: half angles from a right angle.
fn step() -> (f64, f64) {
    // cos(pi / 2) = 0; cos(a / 2) = sqrt((1 + cos a) / 2).
    let mut cosine = 0.0_f64;
    for _ in 1..PHASES.trailing_zeros() {
        cosine = root(f64::midpoint(1.0, cosine));
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

/// The delay of resampling from the rate `from`, in frames of the rate `to`; 0 between equal rates.
pub fn delay(from: u32, to: u32) -> u64 {
    if from == to { 0 } else { Ratio::new(from, to).delay() }
}

/// The ratio of two rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ratio {
    /// The two rates divided by their greatest common divisor: this many source frames are this
    /// many output frames.
    from: Divisor,
    to: Divisor,
    /// The distance of two source frames in table entries, with 32 fractional bits.
    step: u64,
    /// `to / from` if that is less than one.
    gain: f32,
}

/// The greatest common divisor.
fn common(one: u64, other: u64) -> u64 {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % divisor(other));
    }
    one
}

impl Ratio {
    pub(crate) fn new(from: u32, to: u32) -> Self {
        let (from, to) = (u64::from(from).max(1), u64::from(to).max(1));
        let common = divisor(common(from, to));
        let (from, to) = (from / common, to / common);
        let lower = from.min(to);
        let step = (PHASES << 32).saturating_mul(lower) / divisor(from);
        let number = |rate: u64| u32::try_from(rate).map_or(1.0, f64::from);
        let gain = narrow(number(lower) / number(from));
        Self { from: Divisor::new(from), to: Divisor::new(to), step, gain }
    }

    fn lower(self) -> u64 {
        self.from.get().min(self.to.get())
    }

    /// The reach of the kernel to each side in source frames.
    pub(crate) fn reach(self) -> u64 {
        let crossings = CROSSINGS.saturating_mul(self.from.get());
        divide_up(crossings, divisor(self.lower())).saturating_add(1)
    }

    /// The kernel's delay in whole output frames, at least its reach.
    pub(crate) fn delay(self) -> u64 {
        self.output_frames(self.reach()).saturating_add(1)
    }

    /// The source frame at or before output frame `n`, and the distance between them, in units of 1
    /// / `to` of a source frame.
    fn place(self, n: u64) -> (u64, u64) {
        let (whole, rest) = self.to.divide(n);
        let (frame, phase) = self.to.divide(rest.saturating_mul(self.from.get()));
        (whole.saturating_mul(self.from.get()).saturating_add(frame), phase)
    }

    /// The output frame at or before source frame `k`.
    pub(crate) fn output_frames(self, k: u64) -> u64 {
        Self { from: self.to, to: self.from, ..self }.place(k).0
    }
}

/// One float in the memory of a resampler.
pub(crate) type Word = [u8; 4];

/// Words with one bit per kept row: whether it has been computed. They precede the rows.
const MADE: usize = KEPT_PHASES / 32;

/// The minimum number of words for source frames, channel by channel, from which output frames are
/// computed at a time.
const PLANES: usize = 1280;

/// Additional frames per channel beyond those of one row, if the memory is large enough: about this
/// many output frames are computed at a time.
const BESIDE: usize = 32;

/// Words of a row that is computed for only one output frame, or, for ratios such as 3 to 1, of the
/// few existing rows.
const ROW: usize = 768;

/// The frames of a row are computed sixteen at a time.
const LANES: usize = 16;

/// The maximum number of phases whose rows are kept: enough for all common pairs of rates except
/// 11.025 kHz to 192 kHz and 384 kHz, and 22.05 kHz to 384 kHz.
const KEPT_PHASES: usize = 1280;

/// Computes frames of one rate from frames of another.
///
/// An output frame is computed from source frames on both sides of its position. The position's
/// distance from a source frame is its *phase*, and the coefficients of a phase are a *row*. The
/// number of phases is the number of output frames until the two rates align again. Rows are
/// computed when first needed, and kept if the memory is large enough for all of them.
#[derive(Debug)]
pub(crate) struct Resampler {
    ratio: Ratio,
    /// Source frames to each side.
    half: usize,
    /// The length of a row: the coefficients of both sides, padded with zeros to a whole number of
    /// lanes.
    row: usize,
    phases: usize,
    /// Words for source frames: at least a row for each channel.
    planes: usize,
    /// Whether the bits of computed rows are valid.
    begun: bool,
}

/// Fills consecutive rows of source frames, one per channel. Arguments: the first frame, the rows,
/// the length of a row.
pub(crate) type Loading<'a> = dyn FnMut(u64, &mut [Word], usize) + 'a;

/// The position of an output frame: its distance after source frame `center` in phases.
struct Place {
    center: u64,
    phase: u64,
}

/// The distance between output frames: source frames and phases.
#[derive(Clone, Copy)]
struct Stride {
    whole: u64,
    part: u64,
    phases: u64,
}

impl Place {
    /// The first source frame used for the output frame.
    fn first(&self, behind: u64) -> u64 {
        self.center.wrapping_add(1).wrapping_sub(behind)
    }

    fn advance(&mut self, stride: Stride) {
        self.center = self.center.wrapping_add(stride.whole);
        self.phase = self.phase.wrapping_add(stride.part);
        if self.phase >= stride.phases {
            self.center = self.center.wrapping_add(1);
            self.phase = self.phase.wrapping_sub(stride.phases);
        }
    }
}

/// A part of a frame's source that fits the memory.
struct Part {
    begin: usize,
    length: usize,
}

impl Resampler {
    /// For frames of `channels` channels. Other counts work too, perhaps more slowly.
    pub(crate) fn new(ratio: Ratio, channels: usize) -> Self {
        let half = divide_up(CROSSINGS.saturating_mul(ratio.from.get()), divisor(ratio.lower()));
        let half = usize::try_from(half).unwrap_or(0);
        let row = half.saturating_mul(2).next_multiple_of(LANES);
        let phases = usize::try_from(ratio.to.get()).unwrap_or(usize::MAX);
        let planes = row.saturating_add(BESIDE).saturating_mul(channels).max(PLANES);
        Self { ratio, half, row, phases, planes, begun: false }
    }

    pub(crate) fn ratio(&self) -> Ratio {
        self.ratio
    }

    fn kept_words(&self) -> usize {
        if self.phases <= KEPT_PHASES {
            self.phases.saturating_mul(self.row).saturating_add(MADE)
        } else {
            0
        }
    }

    /// The number of words of memory for the best speed.
    pub(crate) fn words(&self) -> usize {
        self.planes.saturating_add(self.kept_words().max(ROW))
    }

    /// The minimum number of words of memory.
    pub(crate) const fn least_words() -> usize {
        PLANES + ROW
    }

    /// Computes `count` output frames of `channels` channels from frame `n` on. `emit` gets whole
    /// frames, and the number of frames before them.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "memory and frames are the caller's")]
    pub(crate) fn make(
        &mut self,
        kernel: &[f32],
        memory: &mut [Word],
        channels: usize,
        n: u64,
        count: u64,
        load: &mut Loading<'_>,
        emit: &mut dyn FnMut(u64, &[f32]),
    ) {
        let has_room = memory.len() >= self.planes.saturating_add(ROW);
        let planes = if has_room { self.planes } else { PLANES };
        let Some((planes, rows)) = memory.split_at_mut_checked(planes) else { return };
        let kept = self.kept_words();
        let keep = kept > 0 && kept <= rows.len();
        let (from, to) = (self.ratio.from.get(), self.ratio.to);
        let (whole, part) = to.divide(from);
        let length = planes.len() / size(channels);
        // The additional source frames that fit, in output frames; at least one frame is computed.
        let beside = u64::try_from(length.saturating_sub(self.row)).unwrap_or(0);
        let beside = beside.saturating_mul(to.get()) / divisor(from);
        let in_parts = self.row > length || !keep && self.row > rows.len();
        let most = crate::gain::frames_in_block(channels);
        // Then all other frames are at crossings of the kernel.
        let (rises, behind) = (from <= to.get(), self.behind());
        let stride = Stride { whole, part, phases: to.get() };
        let (center, phase) = self.ratio.place(n);
        let mut at = Place { center, phase };
        let mut done = 0;
        while done < count {
            let group = beside.max(1).min(count.saturating_sub(done));
            let first = at.first(behind);
            let further = to.divide(group.saturating_mul(from)).0.saturating_add(1);
            let need = self.row.saturating_add(usize::try_from(further).unwrap_or(0)).min(length);
            if !in_parts {
                let planes = planes.get_mut(..need.saturating_mul(channels));
                load(first, planes.unwrap_or_default(), need);
            }
            let mut left = usize::try_from(group).unwrap_or(0);
            while left > 0 {
                let mut block = [0.0; BLOCK];
                let frames = left.min(most);
                let made = block.get_mut(..frames.saturating_mul(channels)).unwrap_or_default();
                if channels == 2 && keep && !in_parts {
                    let pair = (first, planes.split_at_checked(need).unwrap_or_default());
                    self.make_stereo(kernel, rows, pair, &mut at, stride, made.as_chunks_mut().0);
                } else {
                    for frame in made.chunks_exact_mut(channels.max(1)) {
                        // Indices do not wrap; out-of-range accesses return nothing.
                        let place = at.first(behind);
                        if in_parts {
                            let phase = at.phase;
                            self.in_parts(kernel, planes, rows, keep, phase, place, frame, load);
                        } else {
                            let begin = usize::try_from(place.wrapping_sub(first)).unwrap_or(0);
                            let planes = Planes { words: planes, length: need, begin };
                            if at.phase == 0 && rises {
                                planes.pick(self.half.wrapping_sub(1), frame);
                            } else {
                                let all = Part { begin: 0, length: self.row };
                                let row = self.coefficients(kernel, rows, keep, at.phase, &all);
                                planes.weigh(row, frame);
                            }
                        }
                        at.advance(stride);
                    }
                }
                emit(done, block.get(..frames.saturating_mul(channels)).unwrap_or_default());
                left = left.saturating_sub(frames);
                done = done.saturating_add(u64::try_from(frames).unwrap_or(1));
            }
        }
    }

    /// The loop of [`make`](Self::make) for two channels and kept rows, the case of nearly every
    /// stream. Separate, so that its state stays in registers. `planes` are the first frame and
    /// both channels.
    #[inline(never)]
    fn make_stereo(
        &mut self,
        kernel: &[f32],
        rows: &mut [Word],
        (first, (left, right)): (u64, (&[Word], &[Word])),
        at: &mut Place,
        stride: Stride,
        made: &mut [[f32; 2]],
    ) {
        let (rises, behind) = (self.ratio.from.get() <= self.ratio.to.get(), self.behind());
        for frame in made {
            let begin = usize::try_from(at.first(behind).wrapping_sub(first)).unwrap_or(0);
            let left = left.get(begin..).unwrap_or_default();
            let right = right.get(begin..).unwrap_or_default();
            *frame = if at.phase == 0 && rises {
                let index = self.half.wrapping_sub(1);
                [left, right]
                    .map(|plane| plane.get(index).map_or(0.0, |at| f32::from_le_bytes(*at)))
            } else {
                let row = self.kept_row(kernel, rows, at.phase);
                products_of_two(row, left, right).map(sum)
            };
            at.advance(stride);
        }
    }

    fn behind(&self) -> u64 {
        u64::try_from(self.half).unwrap_or(0)
    }

    /// Adds to `frame`, which is silence, one whose source does not fit the memory at once.
    #[inline(never)]
    #[expect(clippy::too_many_arguments, reason = "the memory is lent in parts")]
    fn in_parts(
        &mut self,
        kernel: &[f32],
        planes: &mut [Word],
        rows: &mut [Word],
        keep: bool,
        phase: u64,
        first: u64,
        frame: &mut [f32],
        load: &mut Loading<'_>,
    ) {
        let most = planes.len() / size(frame.len());
        let most = if keep { most } else { most.min(rows.len()) };
        let most = (most / LANES).saturating_mul(LANES).max(LANES);
        let mut begin = 0;
        while begin < self.row {
            let part = Part { begin, length: most.min(self.row.saturating_sub(begin)) };
            let at = first.saturating_add(u64::try_from(begin).unwrap_or(0));
            let needed = planes.get_mut(..part.length.saturating_mul(frame.len()));
            load(at, needed.unwrap_or_default(), part.length);
            let row = self.coefficients(kernel, rows, keep, phase, &part);
            for (sum, plane) in frame.iter_mut().zip(planes.chunks_exact(part.length.max(1))) {
                *sum += dot(row, plane);
            }
            begin = begin.saturating_add(part.length.max(1));
        }
    }

    /// The coefficients of `phase`: a kept row, or a temporary one.
    #[inline(never)]
    fn coefficients<'a>(
        &mut self,
        kernel: &[f32],
        rows: &'a mut [Word],
        keep: bool,
        phase: u64,
        part: &Part,
    ) -> &'a [Word] {
        if !keep {
            let Some(row) = rows.get_mut(..part.length) else { return &[] };
            self.fill(kernel, phase, part.begin, row);
            return row;
        }
        let row = self.kept_row(kernel, rows, phase);
        row.get(part.begin..part.begin.wrapping_add(part.length)).unwrap_or_default()
    }

    /// The kept row of `phase`, computed if necessary.
    #[inline]
    fn kept_row<'a>(&mut self, kernel: &[f32], rows: &'a mut [Word], phase: u64) -> &'a [Word] {
        let Some((made, rows)) = rows.split_at_mut_checked(MADE) else { return &[] };
        let number = usize::try_from(phase).unwrap_or(0);
        let begin = number.wrapping_mul(self.row);
        let Some(row) = rows.get_mut(begin..begin.wrapping_add(self.row)) else { return &[] };
        if !self.begun {
            self.begun = true;
            made.fill([0; 4]);
        }
        if let Some(word) = made.get_mut(number / 32) {
            let (bits, bit) = (u32::from_le_bytes(*word), 1_u32 << (number % 32));
            if bits & bit == 0 {
                *word = (bits | bit).to_le_bytes();
                self.fill(kernel, phase, 0, row);
            }
        }
        row
    }

    /// Computes the coefficients of the row of `phase` from number `begin` on.
    #[inline(never)]
    fn fill(&self, kernel: &[f32], phase: u64, begin: usize, row: &mut [Word]) {
        row.fill([0; 4]);
        // The factors are below 2^40 and 2^18.
        let offset = self.ratio.step.saturating_mul(phase) / divisor(self.ratio.to.get());
        let left = self.half.saturating_sub(begin).min(row.len());
        let right = self.half.saturating_mul(2).saturating_sub(begin).min(row.len());
        let distance = |index: usize| u64::try_from(index).unwrap_or(0);
        let Some((left, rest)) = row.split_at_mut_checked(left) else { return };
        // Outwards from the middle, on both sides.
        if !left.is_empty() {
            let nearest = self.half.saturating_sub(begin).saturating_sub(left.len());
            let place = distance(nearest).wrapping_mul(self.ratio.step).wrapping_add(offset);
            self.outwards(kernel, place, left.iter_mut().rev());
        }
        let right = rest.get_mut(..right.saturating_sub(left.len())).unwrap_or_default();
        let nearest = begin.saturating_add(left.len()).saturating_add(1).saturating_sub(self.half);
        let place = distance(nearest).wrapping_mul(self.ratio.step).wrapping_sub(offset);
        self.outwards(kernel, place, right.iter_mut());
    }

    /// The kernel at `place` of the table and at every following source frame outwards.
    fn outwards<'b>(
        &self,
        kernel: &[f32],
        mut place: u64,
        into: impl Iterator<Item = &'b mut Word>,
    ) {
        // 16 fractional bits match the interpolation's precision.
        let fraction =
            |place: u64| f32::from(u16::try_from(place >> 16 & 0xFFFF).unwrap_or(0)) / 65_536.0;
        let at = |place: u64| {
            let (tap, phase) = (place >> 40, place >> 32 & 0xFF);
            let at = if tap < CROSSINGS { phase << 6 | tap } else { u64::MAX };
            usize::try_from(at).unwrap_or(usize::MAX)
        };
        let gain = self.ratio.gain;
        let between =
            |one: &f32, other: &f32, part: f32| ((one + (other - one) * part) * gain).to_le_bytes();
        if self.ratio.from.get() <= self.ratio.to.get() {
            // From crossing to crossing: always the same phase, so the values are in one row.
            let at = at(place);
            let end = at.saturating_add(TAPS) & !(TAPS - 1);
            let one = kernel.get(at..end).unwrap_or_default();
            let next = at.saturating_add(TAPS)..end.saturating_add(TAPS);
            let other = kernel.get(next).unwrap_or_default();
            let part = fraction(place);
            for ((into, one), other) in into.zip(one).zip(other) {
                *into = between(one, other, part);
            }
            return;
        }
        for into in into {
            let at = at(place);
            let (one, other) = (kernel.get(at), kernel.get(at.wrapping_add(TAPS)));
            let (Some(one), Some(other)) = (one, other) else { break };
            *into = between(one, other, fraction(place));
            place = place.wrapping_add(self.ratio.step);
        }
    }
}

/// The number of samples passed on at a time.
pub(crate) const BLOCK: usize = 64;

/// Source frames, channel by channel, `length` per channel, and the start of an output frame's
/// source.
struct Planes<'a> {
    words: &'a [Word],
    length: usize,
    begin: usize,
}

impl Planes<'_> {
    /// A channel, from the start of the output frame's source.
    fn channel(&self, index: usize) -> &[Word] {
        let plane = index.wrapping_mul(self.length);
        let words = plane.wrapping_add(self.begin)..plane.wrapping_add(self.length);
        self.words.get(words).unwrap_or_default()
    }

    /// The output frame that equals the source frame at `index`.
    fn pick(&self, index: usize, frame: &mut [f32]) {
        for (channel, place) in frame.iter_mut().enumerate() {
            let word = self.channel(channel).get(index);
            *place = word.map_or(0.0, |word| f32::from_le_bytes(*word));
        }
    }

    /// The output frame whose coefficients are `row`: two channels at a time, so that a coefficient
    /// is loaded once for both.
    #[inline]
    fn weigh(&self, row: &[Word], frame: &mut [f32]) {
        let (pairs, rest) = frame.as_chunks_mut::<2>();
        let mut channel = 0_usize;
        for pair in pairs {
            let (one, other) = (self.channel(channel), self.channel(channel.wrapping_add(1)));
            *pair = products_of_two(row, one, other).map(sum);
            channel = channel.wrapping_add(2);
        }
        for place in rest {
            *place = dot(row, self.channel(channel));
        }
    }
}

/// The dot product over the common length; `row` has whole lanes.
fn dot(row: &[Word], plane: &[Word]) -> f32 {
    sum(products(row, plane))
}

fn sum([a, b, c, d]: [f32; 4]) -> f32 {
    (a + c) + (b + d)
}

/// The sums of each lane of a row.
type Sums = [[f32; 4]; LANES / 4];

/// Adds the products of a row's lanes.
fn add_products(sums: &mut Sums, row: &[Word; LANES], plane: &[Word; LANES]) {
    let parts = row.as_chunks::<4>().0.iter().zip(plane.as_chunks::<4>().0);
    for (sums, (row, plane)) in sums.iter_mut().zip(parts) {
        for ((sum, one), other) in sums.iter_mut().zip(row).zip(plane) {
            *sum += f32::from_le_bytes(*one) * f32::from_le_bytes(*other);
        }
    }
}

/// Reduces sixteen sums to four.
fn fold([a, b, c, d]: Sums) -> [f32; 4] {
    let mut four = [0.0; 4];
    for ((((sum, a), b), c), d) in four.iter_mut().zip(a).zip(b).zip(c).zip(d) {
        *sum = (a + b) + (c + d);
    }
    four
}

/// [`dot`] before its last four lanes are summed. Not inlined: the compiler would start from the
/// sums, and use pairs instead of four lanes.
#[inline(never)]
fn products(row: &[Word], plane: &[Word]) -> [f32; 4] {
    let mut sums = Sums::default();
    for (row, plane) in row.as_chunks::<LANES>().0.iter().zip(plane.as_chunks::<LANES>().0) {
        add_products(&mut sums, row, plane);
    }
    fold(sums)
}

/// [`products`] for a row and two planes: each coefficient is loaded once.
#[inline(never)]
fn products_of_two(row: &[Word], one: &[Word], other: &[Word]) -> [[f32; 4]; 2] {
    let (mut first, mut second) = (Sums::default(), Sums::default());
    let planes = one.as_chunks::<LANES>().0.iter().zip(other.as_chunks::<LANES>().0);
    for (row, (one, other)) in row.as_chunks::<LANES>().0.iter().zip(planes) {
        add_products(&mut first, row, one);
        add_products(&mut second, row, other);
    }
    [fold(first), fold(second)]
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

    /// The kernel's reach in whole frames of both rates, and one.
    #[test]
    fn the_delay_is_no_longer_than_the_kernel_needs() {
        assert_eq!(delay(48_000, 48_000), 0);
        assert_eq!(delay(48_000, 96_000), 2 * (CROSSINGS + 1) + 1);
        assert_eq!(delay(96_000, 48_000), CROSSINGS + 1);
    }

    #[test]
    fn bessel_is_bessel() {
        // Abramowitz and Stegun, table 9.8: I0(1), I0(5).
        assert!((bessel(1.0) - 1.266_065_877_752).abs() < 1e-11);
        assert!((bessel(25.0) - 27.239_871_823_604).abs() < 1e-10);
    }

    #[test]
    fn places_are_exact_for_a_century() {
        for (from, to) in [(48_000, 44_100), (44_100, 48_000), (8_000, 384_000), (384_000, 11_025)]
        {
            let ratio = Ratio::new(from, to);
            for n in [0, 1, 12_345, u64::from(to) * 3_155_760_000 + 7] {
                let exact = u128::from(n) * u128::from(from);
                let (frame, phase) = ratio.place(n);
                assert_eq!(u128::from(frame), exact / u128::from(to));
                let rest = u128::from(phase) * u128::from(to) / u128::from(ratio.to.get());
                assert_eq!(rest, exact % u128::from(to));
            }
        }
    }

    /// With all of its memory many frames are loaded at a time, and the coefficients of a phase are
    /// computed once: later without a kernel.
    #[test]
    fn with_all_its_memory_nothing_is_done_twice() {
        const FRAMES: u64 = 400;
        let mut kernel = vec![0.0; KERNEL];
        fill_kernel(&mut kernel);
        for (from, to, channels) in [
            (44_100, 48_000, 2),
            (48_000, 44_100, 1),
            (96_000, 44_100, 8),
            (48_000, 44_100, 16),
            (384_000, 44_100, 2),
            (48_000, 96_000, 3),
            // As many phases as are kept, and more.
            (11_025, 96_000, 1),
            (11_025, 192_000, 16),
        ] {
            let mut resampler = Resampler::new(Ratio::new(from, to), channels);
            let keeps = resampler.kept_words() > 0;
            let mut memory = vec![[0xAA; 4]; resampler.words()];
            let mut make = |kernel: &[f32]| {
                let (mut loads, mut made) = (0, Vec::new());
                resampler.make(
                    kernel,
                    &mut memory,
                    channels,
                    12_345,
                    FRAMES,
                    &mut |first, planes, _| {
                        loads += 1;
                        for (at, place) in (first..).zip(planes) {
                            *place = (((at * 7) % 101) as f32).to_le_bytes();
                        }
                    },
                    &mut |_, frames| made.extend_from_slice(frames),
                );
                (loads, made)
            };
            let first = make(&kernel);
            assert!(first.1.iter().any(|sample| *sample != 0.0));
            assert_eq!(first == make(&[]), keeps, "{from} to {to}");
            let at_once = BESIDE as u64 * u64::from(to) / u64::from(from);
            assert!(first.0 <= FRAMES.div_ceil(at_once), "{from} to {to}: {} times", first.0);
        }
    }

    /// Kept rows, temporary rows and parts give the same result except for the order of summation,
    /// and the result does not depend on the start.
    #[test]
    fn every_way_makes_the_same_frames() {
        let mut kernel = vec![0.0; KERNEL];
        fill_kernel(&mut kernel);
        for (from, to, channels) in [
            (44_100, 48_000, 2),
            (48_000, 44_100, 1),
            (48_000, 96_000, 8),
            (48_000, 16_000, 2),
            (96_000, 44_100, 8),
            (11_025, 192_000, 3),
            (192_000, 8_000, 5),
            (352_800, 384_000, 3),
            (384_000, 44_100, 2),
            (48_000, 44_100, 16),
        ] {
            let source = |frame: u64, channel: usize| {
                ((frame * 7 + channel as u64 * 3) % 101) as f32 / 101.0 - 0.5
            };
            let run = |words: usize, start: u64, count: u64| {
                let mut resampler = Resampler::new(Ratio::new(from, to), channels);
                let mut memory = vec![[0xAA; 4]; words];
                let mut made = Vec::new();
                resampler.make(
                    &kernel,
                    &mut memory,
                    channels,
                    start,
                    count,
                    &mut |first, planes, length| {
                        planes.fill(f32::NAN.to_le_bytes());
                        let planes = planes.chunks_exact_mut(length).take(channels);
                        for (channel, plane) in planes.enumerate() {
                            for (frame, place) in (first..).zip(plane) {
                                *place = source(frame, channel).to_le_bytes();
                            }
                        }
                    },
                    &mut |before, frames| {
                        assert_eq!(before * channels as u64, made.len() as u64);
                        made.extend_from_slice(frames);
                    },
                );
                assert_eq!(made.len(), count as usize * channels);
                made
            };
            let (start, count) = (1_000_000, 300);
            let kept = run(Resampler::new(Ratio::new(from, to), channels).words(), start, count);
            let fresh = run(Resampler::least_words(), start, count);
            for (one, other) in kept.iter().zip(&fresh) {
                assert!((one - other).abs() < 1e-5, "{from} to {to}: {one} and {other}");
            }
            let later = run(Resampler::least_words(), start + 37, count - 37);
            assert_eq!(fresh[37 * channels..], later[..], "{from} to {to}");
            // It also matches the kernel.
            let lower = f64::from(from.min(to));
            let exact = |n: u64, channel: usize| {
                let at = n as f64 * f64::from(from) / f64::from(to);
                let reach = (64.0 * f64::from(from) / lower).ceil() as u64 + 1;
                let frames = at as u64 - reach..=at as u64 + reach;
                let sum: f64 = frames
                    .map(|frame| {
                        let x = (frame as f64 - at) * lower / f64::from(from);
                        let edge = x / 64.0;
                        if edge.abs() >= 1.0 {
                            return 0.0;
                        }
                        let argument = std::f64::consts::PI * x;
                        let sinc = if x == 0.0 { 1.0 } else { argument.sin() / argument };
                        let window =
                            bessel(BETA * BETA * (1.0 - edge * edge)) / bessel(BETA * BETA);
                        sinc * window * f64::from(source(frame, channel))
                    })
                    .sum();
                sum * lower / f64::from(from)
            };
            for (n, channel) in [0, 1, 150, 299]
                .into_iter()
                .flat_map(|n| (0..channels).map(move |channel| (n, channel)))
            {
                let made = f64::from(kept[n as usize * channels + channel]);
                let exact = exact(start + n, channel);
                assert!((made - exact).abs() < 2e-4, "{from} to {to}: {made} for {exact}");
            }
        }
    }
}
