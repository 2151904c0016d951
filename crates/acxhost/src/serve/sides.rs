//! The streams of the driver: speakers and microphones.

use acx_client::Failed;
use acx_client::event::EventStream;
use acx_conform::play::Recorder;
use acx_sys::{STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN};

use super::server::Server;
use super::{Playback, ServeError, Shared, ring};

/// A speaker of the driver, which plays programs' audio.
pub(crate) struct Speaker {
    pub(crate) stream: EventStream,
    next: u64,
    pub(crate) late: u64,
    packet: Vec<u8>,
}

impl Speaker {
    pub(crate) fn prepare(stream: EventStream) -> Result<Self, Failed> {
        stream.prepare()?;
        let packet = vec![0; stream.packet_bytes()];
        let mut speaker = Self { stream, next: 0, late: 0, packet };
        // Two packets of silence are written before it runs.
        for _ in 0..2 {
            speaker.hand_over(true)?;
        }
        Ok(speaker)
    }

    fn hand_over(&mut self, is_first: bool) -> Result<(), Failed> {
        match self.stream.write(self.next, &self.packet, None) {
            Ok(()) => {}
            // ACX does not define whether the first packet is late before the stream runs: suite
            // case B5.
            Err(late) if late.status == STATUS_DATA_LATE_ERROR && is_first => {}
            Err(late) if [STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN].contains(&late.status) => {
                self.late += 1;
            }
            Err(error) => return Err(error),
        }
        self.next += 1;
        Ok(())
    }

    /// On the event: writes the packet after the current one.
    pub(crate) fn service(&mut self, shared: &Shared, channel: u32) -> Result<(), Failed> {
        let wanted = self.stream.completed().0 + 1;
        if self.next < wanted {
            self.late += wanted - self.next;
            self.next = wanted;
        }
        if self.next > wanted {
            return Ok(());
        }
        if let Some(ring) = shared.lock().rings.get_mut(&channel) {
            ring.take(&mut self.packet);
        }
        self.hand_over(false)
    }
}

/// A microphone of the driver, whose recording is sent to the server.
pub(crate) struct Microphone {
    pub(crate) recorder: Recorder,
    pub(crate) packets: u64,
    /// The silence with which the server starts.
    pub(crate) reserve: Vec<u8>,
    /// The number of packets since the server got the reserve without starting to play.
    pub(crate) waited: Option<u32>,
    pub(crate) level: Level,
}

/// A surplus of sound up to this many packets is jitter.
const JITTER: u64 = 2;

/// The amount of a stream's audio in the server, computed from the audio sent and requested.
#[derive(Default)]
pub(crate) struct Level {
    /// Bytes that the server wants to buffer.
    target: u64,
    sent: u64,
    /// The value of `emptied` at the last count.
    emptied: u64,
    /// The packets of this window, and the lowest level before one.
    window: (u32, u64),
    /// The number of consecutive windows with a surplus, and of packets to omit.
    surpluses: u32,
    surplus: u64,
}

impl Level {
    /// For a stream of which the server wants to buffer `target` bytes.
    pub(crate) fn new(target: u32) -> Self {
        Self { target: target.into(), ..Self::default() }
    }

    /// The number of bytes in the server.
    pub(crate) fn now(&self, playback: &Playback) -> u64 {
        (self.sent + self.target).saturating_sub(playback.requested)
    }

    /// A server that ran empty has only the audio sent since, and may have requested more than it
    /// played, so the count restarts. It includes audio sent between that time and its report.
    fn notice(&mut self, playback: &Playback) {
        if self.emptied != playback.emptied {
            self.emptied = playback.emptied;
            let (played, requested) = playback.empty_at;
            let since = self.sent.saturating_sub(played);
            self.sent = requested.saturating_sub(self.target) + since;
            (self.window, self.surpluses, self.surplus) = ((0, u64::MAX), 0, 0);
        }
    }

    /// Whether to omit a packet, because the server has had more than `usual` bytes before each of
    /// many packets. A stall caused this surplus, and it would be permanent latency. Silence is
    /// omitted at once, sound after the surplus has persisted for long.
    fn leaves_out(&mut self, packet: &[u8], usual: u64, playback: &mut Playback) -> bool {
        let level = self.now(playback);
        let (count, lowest) = self.window;
        self.window = (count + 1, lowest.min(level));
        if self.window.0 >= ring::WINDOW {
            let surplus = self.window.1.saturating_sub(usual);
            self.window = (0, u64::MAX);
            // To the nearest packet.
            self.surplus = (surplus + packet.len() as u64 / 2) / packet.len() as u64;
            self.surpluses = if self.surplus > JITTER { self.surpluses + 1 } else { 0 };
        }
        let is_silence = packet.iter().all(|byte| *byte == 0);
        let stays = self.surplus <= JITTER || self.surpluses < ring::PATIENCE;
        if self.surplus == 0 || !is_silence && stays {
            return false;
        }
        self.surplus -= 1;
        playback.overruns += u64::from(!is_silence);
        true
    }
}

/// The number of packets after which a server that does not start gets the reserve again.
const WAITED: u32 = 200;

impl Microphone {
    /// On the event: sends the recorded packet to the server.
    ///
    /// A stream that does not play yet gets its reserve at once, and nothing more until it plays:
    /// PulseAudio restarts with each piece that it gets before, and frequent pieces keep it from
    /// ever playing.
    pub(crate) fn service(
        &mut self,
        server: &Server,
        shared: &Shared,
        channel: u32,
    ) -> Result<(), ServeError> {
        let mut played = Ok(());
        let Self { recorder, packets, reserve, waited, level } = self;
        recorder.service(|packet| {
            *packets += 1;
            let mut inbox = shared.lock();
            let playback = inbox.playbacks.entry(channel).or_default();
            // Count before the reserve is sent again.
            level.notice(playback);
            let audio: Option<&[u8]> = match *waited {
                _ if playback.flows => {
                    *waited = None;
                    let usual = (reserve.len() - packet.len()) as u64;
                    (!level.leaves_out(packet, usual, playback)).then_some(packet)
                }
                Some(packets) if packets < WAITED => {
                    *waited = Some(packets + 1);
                    None
                }
                _ => {
                    *waited = Some(0);
                    Some(reserve)
                }
            };
            drop(inbox);
            if let (Ok(()), Some(audio)) = (&played, audio) {
                level.sent += audio.len() as u64;
                played = server.play(channel, audio);
            }
        })?;
        Ok(played?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_ran_empty_has_what_it_was_sent_since() {
        let mut playback = Playback { requested: 100, ..Playback::default() };
        let mut level = Level::new(100);
        level.sent += 60;
        assert_eq!(level.now(&playback), 60);
        // It plays all, asks for as much, and has nothing; before that is heard of 10 are sent.
        playback.requested += 60;
        playback.emptied += 1;
        playback.empty_at = (60, playback.requested);
        level.sent += 10;
        level.notice(&playback);
        assert_eq!(level.now(&playback), 10);
        level.sent += 60;
        level.notice(&playback);
        assert_eq!(level.now(&playback), 70, "the reserve of the new beginning counts");
        // One that asks on while it has nothing.
        playback.requested += 70 + 30;
        playback.emptied += 1;
        playback.empty_at = (160, playback.requested);
        level.notice(&playback);
        assert_eq!(level.now(&playback), 0);
    }

    #[test]
    fn silence_beyond_the_usual_level_is_left_out_and_sound_only_after_long() {
        for (packet, windows, left_out) in
            [([0; 10], 1, 5), ([1; 10], ring::PATIENCE - 1, 0), ([1; 10], ring::PATIENCE, 1)]
        {
            let mut playback = Playback { requested: 100, ..Playback::default() };
            let mut level = Level::new(100);
            level.window.1 = u64::MAX;
            level.sent = 110;
            let packets = windows * ring::WINDOW + u32::from(packet[0] == 0) * 10;
            let mut left = 0;
            for _ in 0..packets {
                left += u32::from(level.leaves_out(&packet, 60, &mut playback));
            }
            assert_eq!(left, left_out, "{packet:?}, {windows}");
            assert_eq!(playback.overruns, u64::from(left * u32::from(packet[0])));
        }
    }
}
