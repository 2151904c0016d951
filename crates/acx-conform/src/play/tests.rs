//! Playing and recording: what is judged and read without a driver.

use super::*;
use crate::melody::STEREO;

/// The positions of an end that is so many frames off its line after a second.
fn line(off: u64) -> IdealLine {
    let mut line = IdealLine::new(STEREO.rate, 10_000_000);
    for (frames, qpc) in [(48, 10_000), (48_000 + off, 10_000_000)] {
        line.add(Position { frames, qpc });
    }
    line
}

#[test]
fn the_drift_of_a_cable_is_that_between_its_ends() {
    for (speaker, microphone, has_both, drift, error) in [
        (7, 0, false, 7, 7.0),
        (7, 2, true, 5, 7.0),
        (2, 7, true, -5, 7.0),
        (3, 3, true, 0, 3.0),
        (0, 0, true, 0, 0.0),
    ] {
        let lines = Lines { speaker: line(speaker), microphone: line(microphone) };
        let mut found = Outcome::default();
        judge(&mut found, &lines, has_both);
        assert_eq!((found.drift, found.max_position_error), (drift, error), "{lines:?}");
    }
}

#[test]
fn only_late_and_early_packets_count_as_missed() {
    let refused = |status| Err(Failed { what: "setting a packet", status });
    assert_eq!(was_missed(Ok(())), Ok(false));
    assert_eq!(was_missed(refused(STATUS_DATA_LATE_ERROR)), Ok(true));
    assert_eq!(was_missed(refused(STATUS_DATA_OVERRUN)), Ok(true));
    assert!(was_missed(refused(STATUS_DEVICE_NOT_READY)).is_err());
    // Nor does the first packet of a stream that does not run yet.
    assert_eq!(was_missed(before_run(refused(STATUS_DATA_LATE_ERROR))), Ok(false));
    assert_eq!(was_missed(before_run(refused(STATUS_DATA_OVERRUN))), Ok(true));
}

#[test]
fn a_packet_that_is_not_there_yet_is_no_error() {
    let refused = |status| Err(Failed { what: "reading a packet", status });
    let read = ReadPacket { packet: 7, start: 0, more: false };
    assert_eq!(newest(Ok(read)), Ok(Some(7)));
    assert_eq!(newest(refused(STATUS_DEVICE_NOT_READY)), Ok(None));
    assert!(newest(refused(STATUS_DATA_LATE_ERROR)).is_err());
}

#[test]
fn packets_are_read_once_and_in_order_over_the_wrap() {
    let mut read = Sequence::default();
    assert_eq!([0, 0, 3, 2].map(|number| read.accept(number)), [Some(0), None, Some(2), None]);
    assert_eq!(read.next(), 4);
    let mut read = Sequence(u32::MAX);
    assert_eq!([u32::MAX, 1, 0].map(|number| read.accept(number)), [Some(0), Some(1), None]);
    assert_eq!(read.next(), 2);
}

/// A source that is interrupted before each piece, and fails at its end if `fails`.
struct Source {
    pieces: Vec<Vec<u8>>,
    is_interrupted: bool,
    fails: bool,
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        match self.pieces.first_mut() {
            None if self.fails => Err(io::ErrorKind::BrokenPipe.into()),
            None => Ok(0),
            Some(piece) => {
                let count = piece.len().min(room.len());
                room[..count].copy_from_slice(&piece[..count]);
                piece.drain(..count);
                self.pieces.retain(|piece| !piece.is_empty());
                Ok(count)
            }
        }
    }
}

#[test]
fn audio_is_read_in_packets_to_its_end() {
    let source = |fails| {
        let pieces = vec![vec![1; 3], vec![2; 4], vec![3; 2]];
        Source { pieces, is_interrupted: false, fails }
    };
    let mut ahead = Ahead::new(source(false), 4).unwrap();
    for (packet, filled, is_last) in
        [([1, 1, 1, 2], 4, false), ([2, 2, 2, 3], 4, false), ([3, 0, 0, 0], 1, true)]
    {
        assert_eq!((ahead.packet.bytes.as_slice(), ahead.packet.filled), (&packet[..], filled));
        assert_eq!(ahead.is_last(), is_last);
        ahead.advance().unwrap();
    }
    assert_eq!((ahead.packet.bytes.as_slice(), ahead.packet.filled), (&[0; 4][..], 0));
    let mut failing = Ahead::new(source(true), 4).unwrap();
    assert!(matches!(failing.advance(), Err(RunError::Audio(_))));
}

#[test]
fn a_listed_format_may_differ_in_its_speaker_positions_alone() {
    let other = WaveFormat { mask: 0, ..STEREO };
    let slow = WaveFormat { rate: 44_100, ..STEREO };
    assert_eq!(matching(&[slow, other, STEREO], STEREO), Some(STEREO));
    assert_eq!(matching(&[slow, other], STEREO), Some(other));
    assert_eq!(matching(&[slow], STEREO), None);
}

#[test]
fn the_mode_of_a_format_is_raw_where_it_is_listed() {
    let raw = guid_bytes(&AUDIO_SIGNALPROCESSINGMODE_RAW);
    let [one, other] = [[1; 16], [2; 16]];
    let slow = WaveFormat { rate: 44_100, ..STEREO };
    let mode = |modes: &[([u8; 16], Vec<WaveFormat>)]| {
        mode_among(modes, STEREO).map(|mode| guid_bytes(&mode))
    };
    assert_eq!(mode(&[(one, vec![STEREO]), (raw, vec![slow, STEREO])]), Some(raw));
    assert_eq!(mode(&[(one, vec![slow]), (other, vec![STEREO]), (raw, vec![slow])]), Some(other));
    assert_eq!(mode(&[(raw, vec![slow])]), None);
}

#[test]
fn formats_are_summed_up_by_their_properties() {
    let of = |rate, channels, bits, valid_bits, float| {
        let mask = 0;
        WaveFormat { float, bits, valid_bits, channels, mask, rate }
    };
    let said = |formats: &[WaveFormat]| summary(formats.iter().copied());
    assert_eq!(said(&[]), "no format");
    assert_eq!(said(&[of(48_000, 1, 16, 16, false)]), "48000 Hz, 1 channel, 16 bit");
    let [slow, fast] = [44_100, 96_000].map(|rate| of(rate, 2, 32, 24, false));
    assert_eq!(said(&[fast, slow, fast]), "44100/96000 Hz, 2 channels, 24 in 32 bit");
    let many = [of(48_000, 8, 32, 32, true), of(48_000, 1, 16, 16, false)];
    assert_eq!(said(&many), "48000 Hz, 1 to 8 channels, float, 16 bit");
}

#[test]
fn periods_are_rounded_up_to_whole_frames() {
    let at = |rate| WaveFormat { rate, ..STEREO };
    assert_eq!(period_frames(at(48_000), 10), 480);
    assert_eq!(period_frames(at(44_100), 1), 45);
    assert_eq!(tail_bytes(STEREO, 10), (4 * 480 + 4800) * 4);
}
