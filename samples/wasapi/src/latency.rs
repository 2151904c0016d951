//! From bursts that were played and what was recorded meanwhile to figures.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::pattern;
use crate::search::{self, Found};
use wasapi_client::accounting::{Recording, milliseconds};
use wasapi_client::format::{FormatExt, WaveFormat};
use wasapi_client::samples::to_mono;

/// What one round gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Round {
    /// The burst came back.
    Heard {
        /// From the call that hands the burst's first frame to Windows until the call that gives it
        /// back.
        latency: Duration,
        /// How alike it was: 1 is the same.
        peak: f32,
        /// It came back upside down.
        inverted: bool,
        /// Every bit of every frame came back as it went.
        bit_exact: bool,
    },
    /// It did not, or not unambiguously.
    NotHeard {
        /// How alike the likeliest place was.
        peak: f32,
        /// How alike the next best was.
        rival: f32,
    },
}

/// A recording that knows when each of its packets was handed over.
#[derive(Clone, Debug)]
pub struct Timed {
    /// The recording.
    pub recording: Recording,
    /// For each packet, the frame after its last one and the time it was handed over.
    arrivals: Vec<(u64, Instant)>,
}

impl Timed {
    /// Nothing yet, in this format.
    pub const fn new(format: WaveFormat) -> Self {
        Self { recording: Recording::new(format), arrivals: Vec::new() }
    }

    /// A packet, as [`Recording::packet`] takes it, which was handed over at `when`.
    pub fn packet(&mut self, frames: u32, flags: u32, bytes: &[u8], when: Instant) {
        self.recording.packet(frames, flags, bytes);
        self.arrivals.push((self.recording.audio.frames(), when));
    }

    /// When a frame was handed over.
    fn arrival(&self, frame: u64) -> Option<Instant> {
        let packet = self.arrivals.partition_point(|&(end, _)| end <= frame);
        self.arrivals.get(packet).map(|&(_, when)| when)
    }

    /// How many frames had been handed over by then.
    fn frames_by(&self, when: Instant) -> u64 {
        let packets = self.arrivals.partition_point(|&(_, arrival)| arrival <= when);
        packets.checked_sub(1).map_or(0, |last| self.arrivals[last].0)
    }

    /// Looks for the burst of a round that was handed over at `written`, in what came back until
    /// `until`.
    pub fn round(&self, round: u32, written: Instant, until: Instant) -> Round {
        let format = self.recording.audio.format;
        let (channels, sample) = (format.channels, format.sample());
        let frame_bytes = self.recording.audio.format.block_align();
        let burst = pattern::burst(self.recording.audio.format, round);
        let (first, last) = (self.frames_by(written), self.frames_by(until));
        let bytes = &self.recording.audio.bytes;
        let stretch = bytes
            .get(first as usize * frame_bytes..last as usize * frame_bytes)
            .unwrap_or_default();
        let heard = to_mono(sample, channels, stretch);
        match search::find(&heard, &to_mono(sample, channels, &burst)) {
            Found::Heard { at, peak, inverted } => {
                let begin = at * frame_bytes;
                let bit_exact = stretch.get(begin..begin + burst.len()) == Some(&burst[..]);
                match self.arrival(first + at as u64) {
                    Some(when) => {
                        let latency = when.saturating_duration_since(written);
                        Round::Heard { latency, peak, inverted, bit_exact }
                    }
                    None => Round::NotHeard { peak, rival: 0.0 },
                }
            }
            Found::NotHeard { peak, rival } => Round::NotHeard { peak, rival },
        }
    }
}

/// Least, middle and greatest of some durations; `None` of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub min: Duration,
    /// The middle one, or the mean of the middle two.
    pub median: Duration,
    /// The greatest.
    pub max: Duration,
}

impl Spread {
    /// Of these, in any order.
    pub fn of(durations: &[Duration]) -> Option<Self> {
        let mut sorted = durations.to_vec();
        sorted.sort_unstable();
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            (sorted[middle - 1] + sorted[middle]) / 2
        };
        Some(Self { min, median, max })
    }
}

/// A latency, as both people and programs read it.
pub fn in_frames(latency: Duration, format: WaveFormat) -> u64 {
    format.frames_in(latency.as_secs_f64())
}

impl Round {
    /// As people read it.
    pub fn line(&self, format: WaveFormat) -> String {
        match *self {
            Self::Heard { latency, peak, inverted, bit_exact } => {
                let frames = in_frames(latency, format);
                let exact = if bit_exact { "bit exact" } else { "not bit exact" };
                let inverted = if inverted { ", inverted" } else { "" };
                let latency = milliseconds(latency);
                format!("{frames} frames, {latency} ms, {exact} (correlation {peak:.3}{inverted})")
            }
            Self::NotHeard { peak, rival } if peak >= search::LEAST_PEAK => {
                format!("not heard unambiguously (correlation {peak:.3}, elsewhere {rival:.3})")
            }
            Self::NotHeard { peak, .. } => {
                format!("not heard (best correlation {peak:.3}; it takes {})", search::LEAST_PEAK)
            }
        }
    }

    /// As `--json` prints it.
    pub fn json(&self, format: WaveFormat) -> Value {
        match *self {
            Self::Heard { latency, peak, inverted, bit_exact } => json!({
                "heard": true,
                "latency_frames": in_frames(latency, format),
                "latency_ms": milliseconds(latency),
                "correlation": peak,
                "inverted": inverted,
                "bit_exact": bit_exact,
            }),
            Self::NotHeard { peak, rival } => {
                json!({ "heard": false, "correlation": peak, "elsewhere": rival })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasapi_client::format::Sample;

    const FORMAT: WaveFormat = Sample::Pcm16.format(48_000, 2);
    const PACKET: usize = 480;

    /// What a microphone with so many frames of latency gives of one burst that was handed over at
    /// `start`, `damage` done to it.
    fn cable(latency: usize, start: Instant, damage: impl FnOnce(&mut Vec<u8>)) -> Timed {
        let mut bytes = vec![0; latency * FORMAT.block_align()];
        bytes.extend(pattern::burst(FORMAT, 7));
        damage(&mut bytes);
        bytes.resize(48_000 * FORMAT.block_align(), 0);
        let mut timed = Timed::new(FORMAT);
        for (index, packet) in bytes.chunks_exact(PACKET * FORMAT.block_align()).enumerate() {
            let when = start + Duration::from_millis(10) * (index as u32 + 1);
            timed.packet(PACKET as u32, 0, packet, when);
        }
        timed
    }

    #[test]
    fn latency_is_from_handing_over_to_getting_back() {
        let start = Instant::now();
        let until = start + Duration::from_secs(1);
        match cable(1000, start, |_| ()).round(7, start, until) {
            Round::Heard { latency, bit_exact: true, inverted: false, .. } => {
                // Frame 1000 is in the third packet, which is there after 30 ms.
                assert_eq!(latency, Duration::from_millis(30));
                assert_eq!(in_frames(latency, FORMAT), 1440);
            }
            round => panic!("{round:?}"),
        }
    }

    #[test]
    fn one_bit_makes_it_not_exact_and_it_is_heard_all_the_same() {
        let start = Instant::now();
        let timed = cable(1000, start, |bytes| bytes[4400] ^= 1);
        let round = timed.round(7, start, start + Duration::from_secs(1));
        assert!(matches!(round, Round::Heard { bit_exact: false, .. }), "{round:?}");
        assert!(round.line(FORMAT).starts_with("1440 frames, 30 ms, not bit exact"));
    }

    #[test]
    fn another_rounds_burst_is_not_heard() {
        let start = Instant::now();
        let round = cable(1000, start, |_| ()).round(8, start, start + Duration::from_secs(1));
        assert!(matches!(round, Round::NotHeard { .. }), "{round:?}");
        assert!(round.line(FORMAT).starts_with("not heard"));
        assert_eq!(round.json(FORMAT)["heard"], false);
    }

    #[test]
    fn what_comes_after_the_round_is_not_heard() {
        let start = Instant::now();
        let timed = cable(1000, start, |_| ());
        let round = timed.round(7, start, start + Duration::from_millis(50));
        assert!(matches!(round, Round::NotHeard { .. }), "{round:?}");
        let empty = Timed::new(FORMAT).round(7, start, start);
        assert_eq!(empty, Round::NotHeard { peak: 0.0, rival: 0.0 });
    }

    #[test]
    fn a_burst_that_came_twice_is_said_to_be_ambiguous() {
        let start = Instant::now();
        let timed = cable(1000, start, |bytes| {
            bytes.resize(10_000 * FORMAT.block_align(), 0);
            bytes.extend(pattern::burst(FORMAT, 7));
        });
        let round = timed.round(7, start, start + Duration::from_secs(1));
        assert!(round.line(FORMAT).starts_with("not heard unambiguously"), "{round:?}");
    }

    #[test]
    fn the_median_is_in_the_middle() {
        let ms = Duration::from_millis;
        assert_eq!(Spread::of(&[]), None);
        let odd = Spread::of(&[ms(9), ms(1), ms(4)]).unwrap();
        assert_eq!(odd, Spread { min: ms(1), median: ms(4), max: ms(9) });
        assert_eq!(Spread::of(&[ms(9), ms(1), ms(4), ms(6)]).unwrap().median, ms(5));
    }
}
