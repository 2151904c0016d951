//! The noise that speakers play, and what of it microphones recorded.

use std::fmt;

use serde::Serialize;
use wave::noise;

use crate::melody::STEREO;

/// The seed of the noise.
const SEED: u64 = 1;

/// The length of the noise in frames: a prime, so that it never aligns with packets.
const NOISE_FRAMES: usize = 65_537;

/// The maximum amplitude: the sum of eight streams stays below full scale.
const LOUDEST: i16 = 4000;

/// The sum of 0 to n streams of the noise; the first packet is repeated at the end, so that any
/// packet is contiguous.
pub(super) struct Noise {
    mixes: Vec<Vec<u8>>,
    packet: usize,
}

impl Noise {
    pub(super) fn new(streams: usize, packet: usize) -> Self {
        let mut random = noise::seeded(SEED);
        // Odd, so that each sample differs from silence.
        let single: Vec<i16> =
            (0..NOISE_FRAMES * 2).map(|_| random.i16(-LOUDEST..LOUDEST) | 1).collect();
        let mix = |count: usize| {
            let sum = |value: &i16| value.saturating_mul(count as i16).to_le_bytes();
            let mut bytes: Vec<u8> = single.iter().flat_map(sum).collect();
            bytes.extend_from_within(..packet);
            bytes
        };
        Self { mixes: (0..=streams).map(mix).collect(), packet }
    }

    /// The sum of `count` streams from `frame` on.
    pub(super) fn at(&self, count: usize, frame: u64) -> &[u8] {
        let at = (frame % NOISE_FRAMES as u64) as usize * STEREO.block_align();
        &self.mixes[count][at..at + self.packet]
    }

    /// Classifies the frames of a packet that should be the sum of all streams from `frame` on.
    pub(super) fn judge(&self, packet: &[u8], frame: u64, recorded: &mut Recorded) {
        let all = self.mixes.len() - 1;
        let block = STEREO.block_align();
        if packet == self.at(all, frame) {
            recorded.whole += (packet.len() / block) as u64;
            return;
        }
        for at in (0..packet.len()).step_by(block) {
            let found = &packet[at..at + block];
            let count =
                (0..=all).rev().find(|count| &self.at(*count, frame)[at..at + block] == found);
            *match count {
                Some(0) => &mut recorded.silence,
                Some(count) if count == all => &mut recorded.whole,
                Some(_) => &mut recorded.part,
                None => &mut recorded.wrong,
            } += 1;
        }
    }
}

/// The frames that the microphones recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Frames with the sum of all speakers' streams.
    pub whole: u64,
    /// Frames with the sum of some of them.
    pub part: u64,
    /// Silence.
    pub silence: u64,
    /// Anything else.
    pub wrong: u64,
}

impl Recorded {
    /// Whether no frame is anything else than the sum of all streams.
    pub(super) fn is_whole(&self) -> bool {
        *self == Self { whole: self.whole, ..Self::default() }
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whole, part, silence, wrong } = self;
        write!(f, "{whole} frames whole, {part} of some streams, {silence} silent, {wrong} wrong")
    }
}
