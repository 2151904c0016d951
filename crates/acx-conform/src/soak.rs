//! Hours of audio in virtual time: noise is played on a cable and compared as it is recorded.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::{Direction, System};
use acx_host::Machine;
use wave::noise;

use crate::play::{self, Recorder, open_event_at, was_missed};
use crate::run::RunError;
use crate::subject::Subject;

/// What a soak found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Soak {
    /// The format of both ends.
    pub format: WaveFormat,
    /// Frames played.
    pub frames: u64,
    /// Frames recorded and compared.
    pub compared: u64,
    /// Bytes that differed.
    pub different: u64,
    /// Packets that were late at either end.
    pub glitches: u64,
    /// Packets completed at both ends.
    pub packets: u64,
    /// The drift between the ends from the first to the last frame, in frames.
    pub drift: i64,
    /// The frame of the recording at which the original begins.
    pub latency: u64,
}

/// The length of the noise in frames: a prime, so that it never aligns with packets.
const NOISE_FRAMES: usize = 65_537;

/// The seed of the noise.
const SEED: u64 = 1;

/// Packets of 10 ms.
const PERIOD_MS: u32 = 10;

/// Packets of a minute.
const MINUTE: u64 = 6000;

/// The maximum time without a completed packet.
const PATIENCE: Duration = Duration::from_secs(2);

/// The first cable.
const CABLE: usize = 0;

fn noise(frame: usize) -> Vec<u8> {
    let mut bytes = noise::bytes(SEED, NOISE_FRAMES * frame);
    // Never zero, so that the first frame differs from the silence before it.
    for byte in &mut bytes {
        *byte |= 1;
    }
    bytes
}

/// The position in the noise `length` bytes after `at`.
fn forward(at: usize, length: usize, total: usize) -> usize {
    (at + length) % total
}

/// A recording that is compared with the noise from its first sound on.
struct Listener<'n> {
    /// The noise, with its beginning repeated at the end.
    noise: &'n [u8],
    /// Its length in bytes without that.
    total: usize,
    /// The size of a frame in bytes.
    block: usize,
    /// The place in the noise of what comes next, once anything came.
    expected: Option<usize>,
    /// Silent frames before the first sound.
    silent: u64,
    /// Frames that were compared.
    compared: u64,
    /// Bytes that differed.
    different: u64,
}

impl<'n> Listener<'n> {
    fn new(noise: &'n [u8], total: usize, block: usize) -> Self {
        Self { noise, total, block, expected: None, silent: 0, compared: 0, different: 0 }
    }

    fn hear(&mut self, packet: &[u8]) {
        let mut rest = packet;
        if self.expected.is_none() {
            let silent = packet.chunks_exact(self.block);
            let silent = silent.take_while(|own| own.iter().all(|byte| *byte == 0)).count();
            self.silent += silent as u64;
            rest = &packet[silent * self.block..];
            if rest.is_empty() {
                return;
            }
        }
        let from = self.expected.unwrap_or_default();
        let pairs = self.noise[from..from + rest.len()].iter().zip(rest);
        self.different += pairs.filter(|(sent, came)| sent != came).count() as u64;
        self.compared += (rest.len() / self.block) as u64;
        self.expected = Some(forward(from, rest.len(), self.total));
    }
}

/// A cable's speaker and microphone, and the format that both are opened in: the speaker's usual
/// one.
fn shared(
    subject: &Subject,
    machine: &Machine,
) -> Result<(Endpoint, Endpoint, WaveFormat), RunError> {
    let end = |direction| play::end_of(machine, direction, CABLE);
    let format = play::usual_format(end(Direction::Render)?)?;
    end(Direction::Capture)?;
    let microphone = play::hearing(subject, machine, format, CABLE).map_err(RunError::NotHeard)?;
    Ok((end(Direction::Render)?, microphone, format))
}

/// Plays and records for `duration` of virtual time. `progress` is called with the seconds done.
///
/// # Errors
///
/// The driver has no cable with a format at both ends, or a request failed.
pub fn soak(
    subject: &Subject,
    machine: &Machine,
    duration: Duration,
    progress: &mut dyn FnMut(u64),
) -> Result<Soak, RunError> {
    let (speaker, microphone, format) = shared(subject, machine)?;
    let open = |end| open_event_at(machine, end, format, PERIOD_MS);
    let (mut speaker, microphone) = (open(&speaker)?, open(&microphone)?);
    let block = format.block_align();
    let size = speaker.packet_bytes();
    let total = NOISE_FRAMES * block;
    // The first packet is repeated at the end, so that any packet is contiguous.
    let mut noise = noise(block);
    noise.extend_from_within(..size);
    let mut recorder = Recorder::prepare(microphone)?;
    speaker.prepare()?;
    let mut found = Soak {
        format,
        frames: 0,
        compared: 0,
        different: 0,
        glitches: 0,
        packets: 0,
        drift: 0,
        latency: 0,
    };
    let mut at = 0;
    for packet in 0..2 {
        speaker.write(packet, &noise[at..at + size], None)?;
        at = forward(at, size, total);
    }
    recorder.stream.run()?;
    speaker.run()?;
    let mut listener = Listener::new(&noise, total, block);
    let events = [speaker.event(), recorder.stream.event()];
    let packets = duration.as_millis() as u64 / u64::from(PERIOD_MS);
    let mut completed = 0;
    while completed < packets {
        match machine.wait_any(&events, PATIENCE) {
            Some(0) => {
                completed = speaker.completed().0;
                found.glitches += (completed + 1).saturating_sub(speaker.next());
                if speaker.next() <= completed + 1 {
                    let answer = speaker.write(completed + 1, &noise[at..at + size], None);
                    found.glitches += u64::from(was_missed(answer)?);
                    at = forward(at, size, total);
                }
                if completed % MINUTE == 0 {
                    progress(completed * u64::from(PERIOD_MS) / 1000);
                }
            }
            Some(_) => recorder.service(|packet| listener.hear(packet))?,
            None => return Err(RunError::Silent(PATIENCE.as_millis() as u64)),
        }
    }
    let (played, played_at) = speaker.position()?;
    let (recorded, recorded_at) = recorder.stream.position()?;
    // Both ends began at the same tick of virtual time, so positions read at the same tick differ
    // by the drift.
    found.drift = if played_at == recorded_at { played as i64 - recorded as i64 } else { i64::MAX };
    found.frames = played;
    let Listener { silent, compared, different, .. } = listener;
    (found.latency, found.compared, found.different) = (silent, compared, different);
    found.glitches += recorder.glitches;
    found.packets = completed + recorder.stream.completed().0;
    speaker.pause()?;
    speaker.stop()?;
    recorder.stream.pause()?;
    recorder.stream.stop()?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_of_the_noise_is_silent() {
        let noise = noise(4);
        assert_eq!(noise.len(), NOISE_FRAMES * 4);
        assert!(noise.iter().all(|byte| byte % 2 == 1));
    }

    #[test]
    fn a_recording_is_compared_from_its_first_sound_on() {
        // Five frames, of which packets of three repeat the beginning.
        let noise: Vec<u8> = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 1, 3, 5, 7, 9, 11].into();
        let mut listener = Listener::new(&noise, 10, 2);
        for packet in [[0; 6], [0, 0, 1, 3, 5, 7], [9, 11, 13, 15, 17, 19], [1, 3, 5, 7, 9, 11]] {
            listener.hear(&packet);
        }
        assert_eq!((listener.silent, listener.compared, listener.different), (4, 8, 0));
        listener.hear(&[13, 0, 17, 19, 0, 0]);
        assert_eq!((listener.silent, listener.compared, listener.different), (4, 11, 3));
    }
}
