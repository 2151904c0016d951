//! Streams of an audio engine, which move whole packets while nothing needs smaller steps.
//!
//! Such a stream *sleeps*: its timer expires only at the end of the current packet. Meanwhile only
//! the end of the last packet is on the wire. It moves step by step while a capture stream listens,
//! a gain is changing, or peaks are queried. The code that starts one of these [wakes](super) its
//! timer, and the first tick brings the wire up to date: a listener gets the same audio as if the
//! stream had never slept.
//!
//! ```text
//!   packet k                        packet k+1
//!   |------------------------------|------------------------------|
//!   ^ moved: on the wire           ^ limit: how far the position may run
//!   asleep             ^ real: woken here, the wire gets [real - TAIL, real) and then steps
//! ```

use super::{Direction, Endpoint, Moving, Work};
use crate::gain::Slope;
use crate::meter::Meters;
use crate::position::Shared;
use crate::wire::offset;
use crate::{PacketMemory, Qpc, size};

/// The length of played audio that a new listener may need, in microseconds: the delay of the
/// cable, the reach of a resampler to 8 kHz on both sides (17 ms), and the time to wake up.
const TAIL: u64 = 40_000;

/// The number of bytes measured at a time.
const PIECE: usize = 256;

impl Moving {
    /// Whether the stream should sleep until the current packet ends. All frames moved have been
    /// played.
    pub(super) fn may_sleep(
        &mut self,
        real: u64,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
    ) -> bool {
        let whole = matches!(self.direction, Direction::Render { history: None, .. })
            && self.layout.is_some_and(|layout| layout.count() == 2);
        self.sleeps
            && whole
            && self.state.limit <= real
            && !endpoint.wire.is_heard()
            && self.is_settled(real, endpoint)
            // Without marks the client may write right after the position.
            && self.valid_bytes(self.state.completed, shared) != usize::MAX
    }

    /// Whether gains are constant and peaks are not queried.
    fn is_settled(&mut self, real: u64, endpoint: &Endpoint<'_>) -> bool {
        let rate = self.format.rate();
        let mut settled = self.ramp.is_settled(endpoint.volume, rate)
            && !self.attention.is_asked(endpoint.meter, real, rate);
        if let Some((volume, meter)) = endpoint.own {
            settled = settled
                && self.own_ramp.is_settled(volume, rate)
                && !self.own_attention.is_asked(meter, real, rate);
        }
        settled
    }

    /// Sleeps until the current packet ends.
    pub(super) fn fall_asleep(&mut self) {
        self.moved = self.state.limit;
        self.state.limit = self.packet_end();
        self.state.asleep = true;
    }

    /// The tick after a sleep: the wire gets the end of the audio played meanwhile.
    pub(super) fn catch_up(
        &mut self,
        now: Qpc,
        real: u64,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
    ) {
        if !core::mem::take(&mut self.state.asleep) {
            return;
        }
        let played = real.min(self.state.limit);
        let tail = u64::from(self.format.rate()).saturating_mul(TAIL) / 1_000_000;
        let from = played.saturating_sub(tail).max(self.moved);
        self.pass_over(self.moved, from, memory, shared, endpoint);
        self.state.limit = from;
        self.is_late = true;
        self.move_to(played, now, memory, shared, endpoint, work);
        self.is_late = false;
    }

    /// Frames that are not recorded count for the meters too.
    #[inline(never)]
    fn pass_over(
        &mut self,
        from: u64,
        to: u64,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
    ) {
        let (packet, (begin, within)) = (self.state.completed, self.place(from));
        let block = self.format.block_align();
        let valid = self.valid_bytes(packet, shared).saturating_sub(within);
        let length = offset(to.saturating_sub(from), block).min(valid);
        let slope = self.slope_as_it_is();
        let meter = Meters(Some(endpoint.meter), endpoint.own.map(|(_, meter)| meter));
        let mut bytes = [0; PIECE];
        // Whole frames, the longest of which is shorter.
        let most = (PIECE / size(block)).saturating_mul(block);
        let mut done = 0;
        while done < length {
            let count = most.min(length.saturating_sub(done));
            let Some(piece) = bytes.get_mut(..count) else { return };
            memory.read(begin.saturating_add(done), piece);
            slope.apply(0, self.format.sample(), self.format.channels(), piece);
            meter.measure(self.format, piece);
            done = done.saturating_add(count);
        }
    }

    /// The gain at which the stream fell asleep.
    pub(super) fn slope_as_it_is(&self) -> Slope {
        // Without a volume of its own, its ramp is at unity.
        self.ramp.as_it_is().times(&self.own_ramp.as_it_is())
    }

    /// The stream pauses during its sleep: played audio has been consumed, although it is not on
    /// the wire.
    pub(super) fn pause_asleep(state: &mut crate::position::Published) {
        if core::mem::take(&mut state.asleep) {
            state.limit = state.base;
        }
    }
}
