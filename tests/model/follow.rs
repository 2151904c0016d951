//! Jacks that follow the streams at a hidden end: plugged in with the first stream in Run,
//! unplugged two seconds after the last.

use acx_fuzz::oracle::{PinKind, RUN};

use crate::world::{Outcome, World};

/// A jack that follows.
pub(crate) struct Follows {
    /// The circuit at whose streams it looks.
    hidden: String,
    /// Those that were in Run after the last step.
    running: usize,
    /// When it is to be unplugged, by the performance counter.
    until: Option<u64>,
    /// After the last step nobody could know whether it was.
    is_unsure: bool,
    /// The device went to sleep when nobody could: it stays so until the jack is set again.
    is_lost: bool,
}

impl World<'_> {
    /// The hold: two seconds from now.
    fn hold(&self) -> u64 {
        self.now() + 2 * self.setup.frequency
    }

    /// The new jack of an end; with a hidden end that it follows, nobody streams there yet.
    pub(crate) fn new_jack(&mut self, hidden: Option<String>) -> usize {
        self.plugs.push(hidden.is_none());
        // The device wakes up: the hold begins.
        let until = Some(self.hold());
        self.follows.push(hidden.map(|hidden| Follows {
            hidden,
            running: 0,
            until,
            is_unsure: false,
            is_lost: false,
        }));
        self.plugs.len() - 1
    }

    /// Whether the hold of a jack is over, or not, depending on how late timers are.
    pub(crate) fn is_unsure(&self, plug: usize) -> bool {
        let own = self.follows[plug].as_ref();
        own.is_some_and(|own| own.is_lost || self.is_over(own.until))
    }

    fn is_over(&self, until: Option<u64>) -> bool {
        until.is_some_and(|until| self.now() >= until)
    }

    /// Whether the hold of any jack is over.
    pub(crate) fn is_jack_due(&self) -> bool {
        self.follows.iter().flatten().any(|own| self.is_over(own.until))
    }

    fn running_at(&self, hidden: &str) -> usize {
        let counts = |kind| !matches!(kind, PinKind::Loopback | PinKind::Keyword);
        let runs = |own: &&crate::world::Pin| {
            let end = &self.ends[own.end];
            end.name == hidden && !end.is_gone && counts(own.stream.kind) && own.stream.state == RUN
        };
        self.pins.iter().filter(runs).count()
    }

    /// What jacks do after a step, before which the device was awake or not.
    pub(crate) fn follow_jacks(&mut self, was_powered: bool) -> Outcome {
        let woke = self.is_powered && !was_powered;
        let fell_asleep = was_powered && !self.is_powered;
        for plug in 0..self.plugs.len() {
            let Some(own) = &self.follows[plug] else { continue };
            if !self.ends.iter().any(|end| end.plug == plug && !end.is_gone) {
                self.follows[plug] = None;
                continue;
            }
            let (before, now) = (own.running, self.running_at(&own.hidden));
            let (mut until, mut is_lost) = (own.until, own.is_lost);
            let mut state = None;
            if now > before || woke && now > 0 {
                (until, state) = (None, Some(true));
            } else if fell_asleep {
                // A timer that was late may have been stopped, or not.
                is_lost |= self.is_over(until);
                until = None;
            } else if now == 0 && (before > 0 || woke) {
                until = Some(self.hold());
            }
            let was_unsure = own.is_unsure;
            let late = self.setup.timer_ticks();
            if state.is_none()
                && until.is_some_and(|until| self.now() >= until + late)
                && self.is_exact()
            {
                (until, state) = (None, Some(false));
            }
            is_lost &= state.is_none();
            let is_unsure = is_lost || self.is_over(until);
            if let Some(own) = &mut self.follows[plug] {
                let hidden = own.hidden.clone();
                *own = Follows { hidden, running: now, until, is_unsure, is_lost };
            }
            if let Some(state) = state {
                let changed = std::mem::replace(&mut self.plugs[plug], state) != state;
                let what = if state { "plugged in" } else { "unplugged" };
                if changed {
                    *self.tally.entry(("Follow".to_owned(), what)).or_default() += 1;
                }
                if was_unsure {
                    self.drain(plug);
                } else {
                    self.notified(
                        |ends, listener| listener.is_jack && ends[listener.end].plug == plug,
                        changed,
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Takes what listeners were notified of a jack, or were not: nobody knows.
    fn drain(&mut self, plug: usize) {
        let (ends, machine) = (&self.ends, self.machine);
        self.listeners.retain(|listener| {
            let concerns = listener.is_jack && ends[listener.end].plug == plug;
            let got = concerns
                && acx_client::System::wait_any(
                    machine,
                    &[listener.event],
                    std::time::Duration::ZERO,
                )
                .is_some();
            !(got && listener.once)
        });
    }
}
