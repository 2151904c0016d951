//! A recording compared with its original: latency, bit exactness, position error, drift.

use std::collections::VecDeque;

/// A position and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Frames since the start of the stream.
    pub frames: u64,
    /// The driver's own performance counter stamp.
    pub qpc: u64,
}

/// The result of comparing a recording with its original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The frame of the recording at which the original begins.
    pub latency: u64,
    /// Whether every frame of the original was recorded unchanged.
    pub bit_exact: bool,
    /// Frames that differ or are missing.
    pub different: u64,
}

/// The largest absolute sample of 16-bit audio; 0 for silence or no audio.
pub fn peak(audio: &[u8]) -> u16 {
    let samples = audio.as_chunks::<2>().0.iter();
    samples.map(|sample| i16::from_le_bytes(*sample).unsigned_abs()).max().unwrap_or(0)
}

/// Finds the original in the recording. Either may begin with silence, so the first sound of one is
/// matched with the first sound of the other. An original of only silence begins at frame 0.
pub fn compare(original: &[u8], recording: &[u8], frame: usize) -> Comparison {
    let mut comparing = Comparing::new(frame, usize::MAX);
    comparing.sent(original);
    comparing.came(recording);
    comparing.finish()
}

/// Like [`compare`], for audio in pieces: the original is kept until it was recorded.
#[derive(Debug)]
pub struct Comparing {
    frame: usize,
    /// The maximum number of bytes kept.
    most: usize,
    waiting: VecDeque<u8>,
    sent: Side,
    came: Side,
    equal: u64,
    /// The limit was exceeded: later audio is not compared.
    given_up: bool,
}

/// One side of a comparison, in frames.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    frames: u64,
    first_sound: Option<u64>,
}

impl Side {
    /// Counts a frame. Returns whether it is sound, or follows sound.
    fn add(&mut self, frame: &[u8]) -> bool {
        if self.first_sound.is_none() && frame.iter().any(|byte| *byte != 0) {
            self.first_sound = Some(self.frames);
        }
        self.frames += 1;
        self.first_sound.is_some()
    }
}

impl Comparing {
    /// For frames of `frame` bytes, keeping at most `most` bytes.
    pub fn new(frame: usize, most: usize) -> Self {
        let (waiting, sent, came) = (VecDeque::new(), Side::default(), Side::default());
        Self { frame, most, waiting, sent, came, equal: 0, given_up: false }
    }

    /// Adds a piece of the original.
    pub fn sent(&mut self, audio: &[u8]) {
        for frame in audio.chunks_exact(self.frame) {
            if self.sent.add(frame) && !self.given_up {
                self.waiting.extend(frame);
            }
        }
        if self.waiting.len() > self.most {
            self.given_up = true;
            self.waiting = VecDeque::new();
        }
    }

    /// Adds a piece of the recording.
    pub fn came(&mut self, audio: &[u8]) {
        for frame in audio.chunks_exact(self.frame) {
            if self.came.add(frame) && self.waiting.len() >= self.frame {
                let waited = self.waiting.drain(..self.frame);
                self.equal += u64::from(waited.eq(frame.iter().copied()));
            }
        }
    }

    /// Frames of the original so far.
    pub fn frames(&self) -> u64 {
        self.sent.frames
    }

    /// Whether the original is silent so far.
    pub fn is_silent(&self) -> bool {
        self.sent.first_sound.is_none()
    }

    /// Whether any sound was recorded so far.
    pub fn has_come(&self) -> bool {
        self.came.first_sound.is_some()
    }

    /// The latency of the recording in frames, once the first sound was recorded.
    pub fn latency(&self) -> Option<u64> {
        self.came.first_sound?.checked_sub(self.sent.first_sound?)
    }

    /// The result, at the end of both.
    pub fn finish(&self) -> Comparison {
        let total = self.sent.frames;
        let (latency, equal) = match (self.sent.first_sound, self.came.first_sound) {
            // The silence before the first sound was recorded too.
            (Some(sent), Some(came)) if came >= sent => (came - sent, sent + self.equal),
            (None, None) => (0, total.min(self.came.frames)),
            _ => (0, 0),
        };
        Comparison { latency, bit_exact: equal == total, different: total - equal }
    }
}

/// Compares a stream's positions with the ideal line: the nominal rate over the performance
/// counter.
#[derive(Clone, Copy, Debug)]
pub struct IdealLine {
    rate: u64,
    frequency: u64,
    anchor: Option<Position>,
    last: Position,
    error_ticks: u128,
}

impl IdealLine {
    /// For a stream of `rate` frames per second and a counter of `frequency` ticks per second.
    pub fn new(rate: u32, frequency: u64) -> Self {
        let last = Position { frames: 0, qpc: 0 };
        Self { rate: u64::from(rate), frequency, anchor: None, last, error_ticks: 0 }
    }

    /// Adds a position. The line begins at the first position that has moved.
    pub fn add(&mut self, position: Position) {
        self.last = position;
        match self.anchor {
            None if position.frames == 0 => {}
            None => self.anchor = Some(position),
            Some(_) => self.error_ticks = self.error_ticks.max(self.deviation().unsigned_abs()),
        }
    }

    /// The distance of the last position from the line, in frames times ticks per second.
    fn deviation(&self) -> i128 {
        let Some(anchor) = self.anchor else { return 0 };
        let frames = i128::from(self.last.frames) - i128::from(anchor.frames);
        let ticks = i128::from(self.last.qpc) - i128::from(anchor.qpc);
        frames * i128::from(self.frequency) - ticks * i128::from(self.rate)
    }

    /// The largest distance from the line, in frames.
    pub fn max_error(&self) -> f64 {
        self.error_ticks as f64 / self.frequency as f64
    }

    /// The distance of the last position from the line in whole frames. Positions are whole frames,
    /// so less than one frame is not drift.
    pub fn drift(&self) -> i64 {
        (self.deviation() / i128::from(self.frequency)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_is_found_where_its_first_sound_is() {
        let original = [0, 0, 1, 2, 3, 4, 0, 0];
        let recording = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 9, 9];
        let found = Comparison { latency: 2, bit_exact: true, different: 0 };
        assert_eq!(compare(&original, &recording, 2), found);
    }

    #[test]
    fn one_changed_frame_and_one_missing_frame_are_counted() {
        let original = [1, 1, 2, 2, 3, 3];
        assert_eq!(compare(&original, &[1, 1, 7, 2, 3, 3], 2).different, 1);
        assert_eq!(compare(&original, &[1, 1, 2, 2], 2).different, 1);
        assert_eq!(compare(&original, &[0; 12], 2).different, 3);
        assert!(!compare(&original, &[], 2).bit_exact);
    }

    #[test]
    fn what_never_came_or_came_before_it_was_sent_has_no_latency() {
        let nothing = Comparison { latency: 0, bit_exact: false, different: 2 };
        assert_eq!(compare(&[1; 4], &[0; 12], 2), nothing);
        assert_eq!(compare(&[0, 0, 1, 1], &[1, 1, 0, 0], 2), nothing);
        assert_eq!(compare(&[0; 4], &[0, 0, 0, 0, 1, 1], 2), nothing);
        // Of silence as much counts as was recorded.
        let short = Comparison { latency: 0, bit_exact: false, different: 3 };
        assert_eq!(compare(&[0; 8], &[0; 2], 2), short);
    }

    #[test]
    fn a_comparison_knows_what_was_sent_and_what_came() {
        let mut comparing = Comparing::new(2, 100);
        assert!(comparing.is_silent() && !comparing.has_come());
        assert_eq!((comparing.frames(), comparing.latency()), (0, None));
        comparing.sent(&[0, 0, 1, 1]);
        assert!(!comparing.is_silent() && !comparing.has_come());
        comparing.came(&[0, 0]);
        assert_eq!((comparing.has_come(), comparing.latency()), (false, None));
        comparing.came(&[0, 0, 1, 1]);
        assert!(comparing.has_come());
        assert_eq!((comparing.frames(), comparing.latency()), (2, Some(1)));
    }

    #[test]
    fn the_peak_is_the_largest_sample_of_either_sign() {
        let bytes = |samples: &[i16]| samples.iter().flat_map(|own| own.to_le_bytes()).collect();
        let of = |samples: &[i16]| peak(&Vec::<u8>::from_iter::<Vec<u8>>(bytes(samples)));
        assert_eq!(of(&[3, -5, 4]), 5);
        assert_eq!(of(&[i16::MIN, 4]), 32_768);
        assert_eq!((of(&[0, 0]), of(&[]), peak(&[9])), (0, 0, 0));
    }

    #[test]
    fn what_comes_piece_by_piece_is_compared_as_the_whole() {
        let original: Vec<u8> = [0; 8].into_iter().chain(1..=200).chain([0; 6]).collect();
        let mut recording = [&[0; 30][..], &original, &[0; 20]].concat();
        for changed in [None, Some(100), Some(recording.len() - 1)] {
            if let Some(at) = changed {
                recording[at] ^= 0x80;
            }
            let whole = compare(&original, &recording, 2);
            for piece in [2, 6, 34] {
                let mut comparing = Comparing::new(2, 1 << 10);
                let mut sent = original.chunks(piece);
                for came in recording.chunks(piece) {
                    sent.next().into_iter().for_each(|piece| comparing.sent(piece));
                    comparing.came(came);
                }
                assert_eq!(comparing.finish(), whole, "{changed:?} {piece}");
                assert_eq!((comparing.latency(), comparing.frames()), (Some(15), 107));
            }
        }
    }

    #[test]
    fn what_never_comes_takes_no_memory() {
        let mut comparing = Comparing::new(2, 100);
        for _ in 0..1000 {
            comparing.sent(&[1; 10]);
            comparing.came(&[0; 10]);
        }
        assert_eq!(comparing.waiting.capacity(), 0);
        assert_eq!(comparing.finish().different, 5000);
        // What comes after all is not compared either.
        comparing.came(&[1; 10]);
        assert_eq!(comparing.finish().different, 5000);
    }

    #[test]
    fn as_much_as_may_wait_is_compared() {
        for (most, different) in [(10, 0), (9, 5)] {
            let mut comparing = Comparing::new(2, most);
            comparing.sent(&[1; 10]);
            comparing.came(&[1; 10]);
            assert_eq!(comparing.finish().different, different, "{most}");
        }
    }

    #[test]
    fn silence_is_found_at_once() {
        assert!(compare(&[0; 8], &[0; 12], 2).bit_exact);
        assert!(!compare(&[0; 8], &[1; 12], 2).bit_exact);
    }

    #[test]
    fn positions_on_the_line_are_less_than_a_frame_off() {
        let mut line = IdealLine::new(44_100, 10_000_000);
        for qpc in (0..3_000_000_u64).step_by(100_003) {
            line.add(Position { frames: qpc * 44_100 / 10_000_000, qpc: 77 + qpc });
        }
        assert!(line.max_error() < 1.0);
        assert_eq!(line.drift(), 0);
        line.add(Position { frames: 44_100 + 12, qpc: 77 + 10_000_000 });
        assert!((11.0..13.0).contains(&line.max_error()));
        assert!((11..=12).contains(&line.drift()));
    }

    #[test]
    fn the_line_begins_where_the_position_first_moved() {
        let mut line = IdealLine::new(48_000, 10_000_000);
        for (frames, qpc) in [(0, 0), (0, 70_000), (1, 100_000), (481, 200_000)] {
            line.add(Position { frames, qpc });
        }
        assert_eq!((line.max_error(), line.drift()), (0.0, 0));
        // Behind the line, and on it again.
        line.add(Position { frames: 951, qpc: 300_000 });
        assert_eq!((line.max_error(), line.drift()), (10.0, -10));
        line.add(Position { frames: 1441, qpc: 400_000 });
        assert_eq!((line.max_error(), line.drift()), (10.0, 0));
    }
}
