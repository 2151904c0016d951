//! The microphone's jack with a hidden speaker: plugged in while a program streams there, and for
//! two seconds after the last one.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

use acx::circuit::NewCircuit;
use acx::lock::WaitLock;
use acx::pool::Arc;
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Passive, Result};

use crate::Flaw;
use crate::jack::Jack;

/// The time for which the jack stays plugged in.
pub const HOLD_SECONDS: u64 = 2;

/// The jack, and the streams that it follows.
pub(crate) struct Follow {
    jack: Arc<Jack>,
    flaw: Flaw,
    /// The trigger of the flaw: a stream's buffer could not be allocated, or the device has slept.
    has_failed: AtomicBool,
    state: WaitLock<State>,
}

struct State {
    running: u32,
    hold: Option<Timer<Hold>>,
}

/// The end of the hold: unplugs the jack at a level where ACX can be called.
struct Hold(WorkItem<Unplug>);

struct Unplug(Arc<Follow>);

impl Expire for Hold {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        self.0.enqueue(level);
        None
    }
}

impl Work for Unplug {
    fn work(&self, passive: &mut Passive) {
        let is_over = self.0.state.with(passive, |state, _| state.running == 0) == Ok(true);
        if is_over || matches!(self.0.flaw, Flaw::OldHold | Flaw::OneLeaves | Flaw::HoldAfterSleep)
        {
            self.0.jack.set(false, passive);
        }
    }
}

impl Follow {
    pub(crate) fn new(jack: &Arc<Jack>, flaw: Flaw, passive: &Passive) -> Result<Arc<Self>> {
        let state = WaitLock::new(State { running: 0, hold: None }, passive)?;
        Arc::new(Self { jack: jack.clone(), flaw, has_failed: AtomicBool::new(false), state })
    }

    /// Creates the timer, as a child of the microphone's circuit.
    pub(crate) fn add_to(this: &Arc<Self>, circuit: &mut NewCircuit<'_>) -> Result<()> {
        let unplug = WorkItem::new(circuit, Unplug(this.clone()))?;
        let timer = Timer::new(circuit, Hold(unplug))?;
        this.state.with(circuit.passive(), |state, _| state.hold = Some(timer))
    }

    /// A buffer of a stream could not be allocated.
    pub(crate) fn fails(&self) {
        if self.flaw == Flaw::LosesJack {
            self.has_failed.store(true, Relaxed);
        }
    }

    /// Whether the flaw is active and triggered.
    pub(crate) fn has_failed(&self, flaw: Flaw) -> bool {
        self.flaw == flaw && self.has_failed.load(Relaxed)
    }

    /// A stream enters the prepared state, or Run.
    pub(crate) fn comes(&self, runs: bool, passive: &mut Passive) -> Result<()> {
        let is_lost = self.has_failed(Flaw::LosesJack)
            || self.has_failed(Flaw::LostAsleep)
            || self.flaw == Flaw::StaysUnplugged;
        if runs == (self.flaw == Flaw::CountsOpen) || is_lost {
            return Ok(());
        }
        self.state.with(passive, |state, passive| {
            state.running = state.running.saturating_add(1);
            if let Some(hold) = state.hold.as_mut().filter(|_| self.flaw != Flaw::OldHold) {
                hold.stop(passive);
            }
            if self.has_failed(Flaw::HoldAfterSleep) {
                state.begin(HOLD_SECONDS, passive);
            }
        })?;
        self.jack.set(true, passive);
        Ok(())
    }

    /// A stream leaves it.
    pub(crate) fn goes(&self, runs: bool, passive: &mut Passive) -> Result<()> {
        if runs == (self.flaw == Flaw::CountsOpen) {
            if self.flaw == Flaw::ShortHold {
                self.state.with(passive, |state, passive| state.wait(1, passive))?;
            }
            return Ok(());
        }
        let running = self.state.with(passive, |state, passive| {
            state.running = state.running.saturating_sub(1);
            match self.flaw {
                Flaw::StaysPlugged => {}
                Flaw::OneLeaves => state.begin(HOLD_SECONDS, passive),
                _ => state.wait(HOLD_SECONDS, passive),
            }
            state.running
        })?;
        if running == 0 && self.flaw == Flaw::NoHold {
            self.jack.set(false, passive);
        }
        Ok(())
    }

    /// A program ends that ran twice.
    pub(crate) fn ends(&self, passive: &mut Passive) -> Result<()> {
        self.state.with(passive, |state, passive| match (self.flaw, &mut state.hold) {
            (Flaw::DiesSoon, _) => state.wait(1, passive),
            (Flaw::Outlives, Some(hold)) => {
                hold.stop(passive);
            }
            _ => {}
        })
    }

    /// The device goes to sleep, or wakes up.
    pub(crate) fn sleeps(&self, sleeps: bool, passive: &mut Passive) -> Result<()> {
        let remembers =
            matches!(self.flaw, Flaw::StandsStill | Flaw::LostAsleep | Flaw::HoldAfterSleep);
        if sleeps && remembers {
            self.has_failed.store(true, Relaxed);
        }
        if matches!(self.flaw, Flaw::Forgets | Flaw::StaysPlugged | Flaw::LostAsleep) {
            return Ok(());
        }
        self.state.with(passive, |state, passive| match &mut state.hold {
            Some(hold) if sleeps => {
                hold.stop(passive);
            }
            _ => state.wait(HOLD_SECONDS, passive),
        })
    }
}

impl State {
    /// Holds for so long from now on, if no program streams.
    fn wait(&mut self, seconds: u64, passive: &Passive) {
        if self.running == 0 {
            self.begin(seconds, passive);
        }
    }

    fn begin(&mut self, seconds: u64, passive: &Passive) {
        if let Some(hold) = &mut self.hold {
            hold.stop(passive);
            let ticks = Qpc::frequency().saturating_mul(seconds);
            hold.start(Qpc(Qpc::now().0.saturating_add(ticks)), passive);
        }
    }
}
