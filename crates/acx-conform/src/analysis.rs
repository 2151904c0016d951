//! A recording compared with its original: latency, bit exactness, position error, drift.

/// A position and the moment it was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Frames since the start of the stream.
    pub frames: u64,
    /// The driver's own performance counter stamp.
    pub qpc: u64,
}

/// How a recording compares with its original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The frame of the recording at which the original begins.
    pub latency: u64,
    /// Whether every frame of the original is there, unchanged.
    pub bit_exact: bool,
    /// Frames that differ or are missing.
    pub different: u64,
}

/// The loudest sample of 16-bit audio, without its sign. Silence and nothing have none louder than 0.
pub fn peak(audio: &[u8]) -> u16 {
    let samples = audio.as_chunks::<2>().0.iter();
    samples.map(|sample| i16::from_le_bytes(*sample).unsigned_abs()).max().unwrap_or(0)
}

fn first_sound(audio: &[u8], frame: usize) -> Option<usize> {
    audio.chunks_exact(frame).position(|frame| frame.iter().any(|byte| *byte != 0))
}

/// Finds the original in the recording. Both begin with silence or with sound, so the first sound of the one is the first of the other;
/// an original of silence only begins at frame 0.
pub fn compare(original: &[u8], recording: &[u8], frame: usize) -> Comparison {
    let total = (original.len() / frame) as u64;
    let latency = match (first_sound(original, frame), first_sound(recording, frame)) {
        (Some(sent), Some(came)) if came >= sent => came - sent,
        (None, None) => 0,
        _ => return Comparison { latency: 0, bit_exact: false, different: total },
    };
    let came = &recording[(latency * frame).min(recording.len())..];
    let compared = original.chunks_exact(frame).zip(came.chunks_exact(frame));
    let equal = compared.filter(|(sent, came)| sent == came).count() as u64;
    Comparison { latency: latency as u64, bit_exact: equal == total, different: total - equal }
}

/// Follows a stream's positions and holds them against the ideal line: the nominal rate over the performance counter.
#[derive(Clone, Copy, Debug)]
pub struct IdealLine {
    rate: u64,
    frequency: u64,
    anchor: Option<Position>,
    last: Position,
    error_ticks: u128,
}

impl IdealLine {
    /// For a stream of `rate` frames a second and a counter of `frequency` ticks a second.
    pub fn new(rate: u32, frequency: u64) -> Self {
        let last = Position { frames: 0, qpc: 0 };
        Self { rate: u64::from(rate), frequency, anchor: None, last, error_ticks: 0 }
    }

    /// Takes an answer. The first that has moved is where the line begins.
    pub fn add(&mut self, position: Position) {
        self.last = position;
        match self.anchor {
            None if position.frames == 0 => {}
            None => self.anchor = Some(position),
            Some(_) => self.error_ticks = self.error_ticks.max(self.deviation().unsigned_abs()),
        }
    }

    /// How far the last answer is off the line, in frames times ticks per second.
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

    /// Whole frames by which the last answer is off the line. Both ends are whole frames, so less than one is no drift.
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
}
