//! Counters of glitches in a running stream.

use std::time::Duration;

use serde_json::{Value, json};

use crate::format::WaveFormat;
use crate::samples::Audio;

/// The counters of a play stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayHealth {
    /// The number of wake-ups of the program.
    pub wakes: u64,
    /// Underruns: at a wake-up, the device had played everything that was written. It played
    /// silence, or the last packet again.
    pub underruns: u64,
    /// Wake-ups that came later than the buffer's length. Each is an underrun that IAudioClock may
    /// not show.
    pub late: u64,
    /// The longest time between two wake-ups.
    pub longest: Duration,
}

impl PlayHealth {
    /// Counts a wake-up of the program. `gap` is the time since the last wake-up and `buffer` the
    /// length of the buffer; `played` (by IAudioClock) and `written` are frames since the start.
    pub fn woke(&mut self, gap: Duration, buffer: Duration, played: u64, written: u64) {
        self.wakes += 1;
        self.longest = self.longest.max(gap);
        if gap > buffer {
            self.late += 1;
        }
        if written > 0 && played >= written {
            self.underruns += 1;
        }
    }

    /// The JSON that `--json` prints.
    pub fn json(&self) -> Value {
        json!({
            "wakes": self.wakes,
            "underruns": self.underruns,
            "late": self.late,
            "longest_wait_ms": milliseconds(self.longest),
        })
    }

    /// The text that is printed without `--json`.
    pub fn line(&self) -> String {
        let Self { wakes, underruns, late, longest } = self;
        let longest = milliseconds(*longest);
        format!("{underruns} underruns, {late} late of {wakes} wake-ups, longest wait {longest} ms")
    }
}

/// Rounds to hundredths.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

/// AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY: frames were lost before this packet.
pub const DATA_DISCONTINUITY: u32 = 1;
/// AUDCLNT_BUFFERFLAGS_SILENT: the packet is silent, whatever its bytes are.
pub const SILENT: u32 = 2;
/// AUDCLNT_BUFFERFLAGS_TIMESTAMP_ERROR: the packet's time is unreliable.
pub const TIMESTAMP_ERROR: u32 = 4;

/// A recording that grows packet by packet.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The audio recorded so far.
    pub audio: Audio,
    /// The number of packets so far.
    pub packets: u64,
    /// The number of frames in packets that were marked as silent.
    pub silent_frames: u64,
    /// Packets with lost frames before them. The first packet does not count.
    pub discontinuities: u64,
    /// Packets whose time is unreliable.
    pub timestamp_errors: u64,
}

impl Recording {
    /// An empty recording in this format.
    pub const fn new(format: WaveFormat) -> Self {
        Self {
            audio: Audio { format, bytes: Vec::new() },
            packets: 0,
            silent_frames: 0,
            discontinuities: 0,
            timestamp_errors: 0,
        }
    }

    /// Appends a packet of so many frames, with its
    /// [flags](https://learn.microsoft.com/windows/win32/api/audioclient/ne-audioclient-_audclnt_bufferflags).
    /// The bytes of a silent packet are ignored.
    pub fn packet(&mut self, frames: u32, flags: u32, bytes: &[u8]) {
        self.packets += 1;
        if flags & DATA_DISCONTINUITY != 0 && self.packets > 1 {
            self.discontinuities += 1;
        }
        if flags & TIMESTAMP_ERROR != 0 {
            self.timestamp_errors += 1;
        }
        let length = frames as usize * self.audio.format.block_align();
        let end = self.audio.bytes.len() + length;
        if flags & SILENT != 0 {
            self.silent_frames += u64::from(frames);
        } else {
            self.audio.bytes.extend(&bytes[..length.min(bytes.len())]);
        }
        self.audio.bytes.resize(end, 0);
    }

    /// Truncates the recording: its end is rarely at the end of a packet.
    pub fn cut(&mut self, frames: u64) {
        let length = usize::try_from(frames)
            .ok()
            .and_then(|frames| frames.checked_mul(self.audio.format.block_align()));
        self.audio.bytes.truncate(length.unwrap_or(usize::MAX));
    }

    /// The JSON that `--json` prints.
    pub fn json(&self) -> Value {
        json!({
            "packets": self.packets,
            "silent_frames": self.silent_frames,
            "discontinuities": self.discontinuities,
            "timestamp_errors": self.timestamp_errors,
        })
    }

    /// The text that is printed without `--json`.
    pub fn line(&self) -> String {
        let Self { packets, silent_frames, discontinuities, .. } = self;
        format!(
            "{packets} packets, {discontinuities} discontinuities, {silent_frames} frames marked silent"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Sample;

    const STEREO: WaveFormat = Sample::Pcm16.format(48_000, 2);

    #[test]
    fn an_underrun_is_a_clock_that_caught_up_with_what_was_written() {
        let mut health = PlayHealth::default();
        let (gap, buffer) = (Duration::from_millis(10), Duration::from_millis(20));
        health.woke(gap, buffer, 0, 0);
        health.woke(gap, buffer, 0, 960);
        health.woke(gap, buffer, 959, 960);
        assert_eq!((health.wakes, health.underruns, health.late), (3, 0, 0));
        health.woke(gap, buffer, 960, 960);
        health.woke(buffer * 2, buffer, 1000, 1440);
        assert_eq!((health.wakes, health.underruns, health.late), (5, 1, 1));
        assert_eq!(health.longest, buffer * 2);
        assert_eq!(health.json()["longest_wait_ms"], 40.0);
    }

    #[test]
    fn silence_is_silence_whatever_is_in_the_packet() {
        let mut recording = Recording::new(STEREO);
        recording.packet(2, DATA_DISCONTINUITY, &[1; 8]);
        recording.packet(1, SILENT, &[9; 4]);
        recording.packet(1, DATA_DISCONTINUITY | TIMESTAMP_ERROR, &[2; 4]);
        assert_eq!(recording.audio.bytes, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2]);
        assert_eq!((recording.packets, recording.silent_frames), (3, 1));
        assert_eq!(recording.discontinuities, 1, "the first packet's does not count");
        assert_eq!(recording.timestamp_errors, 1);
        recording.cut(3);
        assert_eq!(recording.audio.frames(), 3);
        recording.cut(u64::MAX);
        assert_eq!(recording.audio.frames(), 3);
    }

    #[test]
    fn a_packet_that_is_shorter_than_it_says_is_filled_with_silence() {
        let mut recording = Recording::new(STEREO);
        recording.packet(2, 0, &[1; 5]);
        assert_eq!(recording.audio.bytes, [1, 1, 1, 1, 1, 0, 0, 0]);
    }
}
