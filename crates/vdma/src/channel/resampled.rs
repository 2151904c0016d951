//! Streams whose wire runs at another rate.

use super::{Direction, Endpoint, Moving, Work};
use crate::format::{Format, SampleType};
use crate::gain::frames_in_block;
use crate::mix::Mix;
use crate::resample::{BLOCK, Ratio, Resampler};
use crate::size;
use crate::wire::{Move, Reading, Writing, offset};

/// A render stream whose wire runs at another rate. It keeps its newest frames for its resampler.
#[derive(Debug)]
pub(super) struct History {
    pub(super) resampler: Resampler,
    /// The stream's channels in the wire's form: floats, at its rate.
    pub(super) made: Format,
    /// The wire's frame up to which it has been written.
    pub(super) done: u64,
}

/// The resampler of a capture stream whose wire runs at another rate.
#[derive(Debug)]
pub(super) struct Heard {
    /// The wire's rate.
    rate: u32,
    pub(super) resampler: Resampler,
}

/// The number of frames added to a stream's history at a time.
pub(super) const PIECE: u64 = 256;

impl History {
    /// Plays `what`, and silence up to `end`.
    #[inline(never)]
    pub(super) fn play(
        &mut self,
        work: &mut Work<'_>,
        mix: &mut Mix,
        what: &Move<'_>,
        end: u64,
        endpoint: &Endpoint<'_>,
        read: &mut Reading<'_>,
    ) {
        let (mut from, playing) = (what.at, what.at.saturating_add(what.frames));
        while from < end {
            let to = end.min(from.saturating_add(PIECE));
            let frames = playing.min(to).saturating_sub(from);
            let done = from.saturating_sub(what.at);
            let skip = offset(done, what.format.block_align());
            if frames > 0 {
                let slope = what.slope.from(done);
                let piece = Move { at: from, frames, slope: &slope, ..*what };
                let (_, mut newest) = work.split(self.resampler.words(), what.format);
                newest.put(what.format, mix, &piece, &mut |start, into, found| {
                    read(skip.saturating_add(start), into, found)
                });
            }
            self.resample(work, mix, what.format, to, endpoint);
            from = to;
        }
    }

    /// Computes the wire's frames as far as source frames up to `to` allow. The wire's lock is held
    /// only for copies.
    fn resample(
        &mut self,
        work: &mut Work<'_>,
        mix: &mut Mix,
        format: Format,
        to: u64,
        endpoint: &Endpoint<'_>,
    ) {
        let ratio = self.resampler.ratio();
        let count = ratio.output_frames(to).saturating_sub(self.done);
        let (first, made) = (self.done, self.made);
        let (words, mut newest) = work.split(self.resampler.words(), format);
        self.resampler.make(
            endpoint.kernel,
            words,
            format.channels(),
            first.saturating_sub(ratio.delay()),
            count,
            &mut |first, planes, length| newest.load(format, first, planes, length),
            &mut |before, samples| {
                let at = first.saturating_add(before);
                endpoint.ring.with(&mut |ring| {
                    ring.write_floats(endpoint.wire, mix, made, at, samples);
                });
            },
        );
        self.done = self.done.saturating_add(count);
    }
}

impl Heard {
    pub(super) fn new(bus: Format, format: Format) -> Self {
        let ratio = Ratio::new(bus.rate(), format.rate());
        Self { rate: bus.rate(), resampler: Resampler::new(ratio, bus.channels()) }
    }
}

/// Passes resampled frames of `channels` channels to a capture stream, after `before` earlier ones.
#[inline(never)]
fn hand_over(
    mix: &Mix,
    channels: usize,
    what: &Move<'_>,
    mut before: u64,
    samples: &[f32],
    write: &mut Writing<'_>,
) {
    let mut target = [0; BLOCK * 4];
    let block = what.format.block_align();
    let most = frames_in_block(channels.max(what.format.channels()));
    for samples in samples.chunks(most.saturating_mul(channels).max(1)) {
        let frames = samples.len() / size(channels);
        let Some(target) = target.get_mut(..frames.saturating_mul(block)) else { return };
        mix.convert_floats(samples, target);
        what.scale_and_measure(before, target);
        write(offset(before, block), target);
        before = before.saturating_add(u64::try_from(frames).unwrap_or(0));
    }
}

impl Moving {
    /// The ratio of the rate of `bus`, the wire's format, to this capture stream's; None if they
    /// are equal. It is cached until the wire gets another rate.
    pub(super) fn ratio(&mut self, bus: Option<Format>) -> Option<Ratio> {
        let bus = bus.filter(|bus| bus.rate() != self.format.rate())?;
        let Direction::Capture { heard, .. } = &mut self.direction else { return None };
        let heard = match heard {
            Some(heard) if heard.rate == bus.rate() => heard,
            other => other.insert(Heard::new(bus, self.format)),
        };
        Some(heard.resampler.ratio())
    }

    /// Reads `what` from a wire with another rate. Its lock is held while source frames are loaded,
    /// not during the computation.
    #[inline(never)]
    pub(super) fn resample(
        &mut self,
        bus: Format,
        what: &Move<'_>,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
        write: &mut Writing<'_>,
    ) {
        let Direction::Capture { heard: Some(Heard { resampler, .. }), .. } = &mut self.direction
        else {
            return;
        };
        let Ok(made) = bus.with(SampleType::Float32, what.format.rate()) else { return };
        let mix = self.mix.follow(made, what.format);
        resampler.make(
            endpoint.kernel,
            work.split(usize::MAX, self.format).0,
            bus.channels(),
            what.at.saturating_sub(resampler.ratio().delay()),
            what.frames,
            &mut |first, planes, length| {
                endpoint.ring.with(&mut |ring| {
                    ring.load_wire(endpoint.wire, bus, first, planes, length);
                });
            },
            &mut |before, samples| {
                hand_over(mix, bus.channels(), what, before, samples, write);
            },
        );
    }
}
