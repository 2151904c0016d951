//! Hours of audio in virtual time: noise is played on a cable and compared as it is recorded.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::{Direction, System};
use acx_host::Machine;
use wave::noise;

use crate::play::{self, Recorder, open_event_at};
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

/// Packets of 10 ms.
const PERIOD_MS: u32 = 10;

/// The first cable.
const CABLE: usize = 0;

fn noise(frame: usize) -> Vec<u8> {
    let mut bytes = noise::bytes(1, NOISE_FRAMES * frame);
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
    let mut expected = None;
    let mut recorded_frames = 0_u64;
    let events = [speaker.event(), recorder.stream.event()];
    let packets = duration.as_millis() as u64 / u64::from(PERIOD_MS);
    let mut completed = 0;
    while completed < packets {
        match machine.wait_any(&events, Duration::from_secs(2)) {
            Some(0) => {
                completed = speaker.completed().0;
                found.glitches += (completed + 1).saturating_sub(speaker.next());
                if speaker.next() <= completed + 1 {
                    speaker.write(completed + 1, &noise[at..at + size], None)?;
                    at = forward(at, size, total);
                }
                if completed % 6000 == 0 {
                    progress(completed * u64::from(PERIOD_MS) / 1000);
                }
            }
            Some(_) => recorder.service(|packet| {
                let mut rest = packet;
                if expected.is_none() {
                    let silent = packet.chunks_exact(block);
                    let silent = silent.take_while(|own| own.iter().all(|byte| *byte == 0));
                    let silent = silent.count() * block;
                    rest = &packet[silent..];
                    recorded_frames += silent as u64;
                    if !rest.is_empty() {
                        found.latency = recorded_frames / block as u64;
                        expected = Some(0);
                    }
                }
                recorded_frames += rest.len() as u64;
                if let Some(from) = &mut expected {
                    let sent = &noise[*from..*from + rest.len()];
                    if sent != rest {
                        let pairs = sent.iter().zip(rest);
                        found.different += pairs.filter(|(sent, came)| sent != came).count() as u64;
                    }
                    found.compared += (rest.len() / block) as u64;
                    *from = forward(*from, rest.len(), total);
                }
            })?,
            None => return Err(RunError::Silent(2000)),
        }
    }
    let (played, played_at) = speaker.position()?;
    let (recorded, recorded_at) = recorder.stream.position()?;
    // Both ends began at the same tick of virtual time, so positions read at the same tick differ
    // by the drift.
    found.drift = if played_at == recorded_at { played as i64 - recorded as i64 } else { i64::MAX };
    found.frames = played;
    found.glitches += recorder.glitches;
    found.packets = completed + recorder.stream.completed().0;
    speaker.pause()?;
    speaker.stop()?;
    recorder.stream.pause()?;
    recorder.stream.stop()?;
    Ok(found)
}
