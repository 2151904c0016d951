//! The streams at the driver: speakers that are played to, and microphones that are recorded from.

use acx_client::Failed;
use acx_client::event::EventStream;
use acx_conform::play::Recorder;
use acx_sys::{STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN};

use super::server::Server;
use super::{Playback, ServeError, Shared, ring};

/// A speaker of the driver: what programs play goes there.
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
        // Two packets of silence are there before it runs.
        for _ in 0..2 {
            speaker.hand_over(true)?;
        }
        Ok(speaker)
    }

    fn hand_over(&mut self, is_first: bool) -> Result<(), Failed> {
        match self.stream.write(self.next, &self.packet, None) {
            Ok(()) => {}
            // Whether the first packet is late before the stream runs is left open: suite case B5.
            Err(late) if late.status == STATUS_DATA_LATE_ERROR && is_first => {}
            Err(late) if [STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN].contains(&late.status) => {
                self.late += 1;
            }
            Err(error) => return Err(error),
        }
        self.next += 1;
        Ok(())
    }

    /// On the event: the packet after the one that plays now.
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

/// A microphone of the driver: what it records goes to the server.
pub(crate) struct Microphone {
    pub(crate) recorder: Recorder,
    pub(crate) packets: u64,
    /// Silence for the server to begin with.
    pub(crate) reserve: Vec<u8>,
    /// Packets since the server got it and has not begun to play.
    pub(crate) waited: Option<u32>,
    pub(crate) level: Level,
}

/// Packets of sound too many that are jitter.
const JITTER: u64 = 2;

/// How much audio the server has of a stream, by what it was sent and what it asks for.
#[derive(Default)]
pub(crate) struct Level {
    /// Bytes that the server wants to have.
    target: u64,
    sent: u64,
    /// How often it had been empty when that was counted.
    emptied: u64,
    /// Packets in this window, and the lowest level before one.
    window: (u32, u64),
    /// Windows one after the other that had a surplus, and packets to leave out.
    surpluses: u32,
    surplus: u64,
}

impl Level {
    /// Of a stream of which the server wants to have `target` bytes.
    pub(crate) fn new(target: u32) -> Self {
        Self { target: target.into(), ..Self::default() }
    }

    /// Bytes that the server has.
    pub(crate) fn now(&self, playback: &Playback) -> u64 {
        (self.sent + self.target).saturating_sub(playback.requested)
    }

    /// A server that has run empty has what it was sent since, and may have asked for more
    /// meanwhile than it plays: it is counted anew. What was sent after that moment and before it
    /// was heard of is there.
    fn notice(&mut self, playback: &Playback) {
        if self.emptied != playback.emptied {
            self.emptied = playback.emptied;
            let (played, requested) = playback.empty_at;
            let since = self.sent.saturating_sub(played);
            self.sent = requested.saturating_sub(self.target) + since;
            (self.window, self.surpluses, self.surplus) = ((0, u64::MAX), 0, 0);
        }
    }

    /// Whether a packet is left out, because the server has had more than `usual` bytes before each
    /// of many: a stall left them, and they would be heard as latency for ever. Silence goes at
    /// once, anything else when the surplus has been there for long.
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

/// Packets after which a server that does not begin is asked again.
const WAITED: u32 = 200;

impl Microphone {
    /// On the event: hands on what was recorded.
    ///
    /// A stream that does not play yet gets its reserve at once, and nothing more until it plays:
    /// with each piece that comes before, PulseAudio begins anew, and pieces that come as fast as
    /// it begins keep it from playing at all.
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
            // Before the reserve goes out again, which the server has then.
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
