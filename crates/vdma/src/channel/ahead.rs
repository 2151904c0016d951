//! The precomputed work of the next tick. Nearly every tick is in time, completes at most one
//! packet and moves one step. The tick before it has computed which, so it needs no clock
//! conversion and no division.
//!
//! ```text
//!   moved up to    limit        target
//!   |--------------|-------------|---->  frames
//!                  ^ deadline    ^ until: moments
//! ```
//!
//! A tick before the deadline has nothing to do; one before `until` moves the step from `limit` to
//! `target`. All others take the slow path, which reads the clock: later ticks, ticks after a trim,
//! and ticks of a stream that started, paused, slept, or found too little on the wire.

use super::{Endpoint, Moving, Tick, Work};
use crate::clock::{Clock, Moment};
use crate::position::Shared;
use crate::{Frames, PacketMemory, Qpc};

/// The step after the last one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    /// The number of the clock's trim for which the times are valid.
    trim: u64,
    /// The end of the step, and the time at which it has been played.
    target: u64,
    until: Moment,
}

/// The work of a tick.
pub(super) enum Due {
    Nothing,
    Step(Ahead),
    /// Unknown: take the slow path.
    Unknown,
}

impl Moving {
    /// The work at `now`.
    pub(super) fn due(&self, now: Qpc, clock: &Clock) -> Due {
        match self.ahead {
            Some(ahead) if now < ahead.until.at && ahead.trim == clock.trim_number() => {
                if now < self.deadline { Due::Nothing } else { Due::Step(ahead) }
            }
            _ => Due::Unknown,
        }
    }

    /// The step after all frames moved, which have been played at the deadline, by the clock's trim
    /// of this number.
    pub(super) fn look_ahead(&self, trim: u64, clock: &Clock) -> Option<Ahead> {
        // A stream that may sleep decides at each packet, by the clock.
        if self.sleeps {
            return None;
        }
        let target = self.next_target();
        let until = clock.moment(self.rate, Frames(self.device_frame(target)));
        Some(Ahead { trim, target, until })
    }

    /// The end of the step after all frames moved.
    fn next_target(&self) -> u64 {
        let (limit, end) = (self.state.limit, self.packet_end());
        let end = if limit < end { end } else { end.saturating_add(self.packet.get()) };
        limit.saturating_add(self.step.get()).min(end)
    }

    /// [`look_ahead`](Self::look_ahead) from the end of the step just moved.
    fn go_on(&mut self, done: Ahead, clock: &Clock) {
        let target = self.next_target();
        if target.wrapping_sub(self.state.limit) == self.step.get()
            && let Some(until) = done.until.after(self.pace, self.rate)
        {
            self.ahead = Some(Ahead { trim: done.trim, target, until });
        } else {
            self.ahead = self.look_ahead(done.trim, clock);
        }
    }

    /// The usual tick.
    #[expect(clippy::too_many_arguments, reason = "all that a stream is joined to")]
    pub(super) fn step(
        &mut self,
        ahead: Ahead,
        now: Qpc,
        memory: &dyn PacketMemory,
        shared: &Shared,
        endpoint: &Endpoint<'_>,
        work: &mut Work<'_>,
        tick: &mut Tick,
    ) {
        if self.state.limit >= self.packet_end() {
            let [first, _] = &mut tick.completions;
            *first = Some(self.complete(self.deadline, shared));
        }
        self.move_to(ahead.target, now, memory, shared, endpoint, work);
        shared.moved_on(self.state);
        if self.state.limit == ahead.target {
            self.deadline = ahead.until.at;
            self.go_on(ahead, endpoint.clock);
            tick.next = self.deadline;
        } else {
            self.ahead = None;
            self.wake(now, endpoint.clock, tick);
        }
    }
}
