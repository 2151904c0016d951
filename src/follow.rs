//! The jack of a visible end that follows a hidden one: plugged in while a program streams at the
//! hidden end, unplugged [`HOLD_SECONDS`] after the last stream has left Run. A program that
//! restarts sooner does not lose the endpoint.
//!
//! A sleeping device does not unplug the jack: the hold begins when it has powered up and the
//! streams have not returned.

use core::sync::atomic::{AtomicBool, Ordering};

use acx::circuit::NewCircuit;
use acx::lock::WaitLock;
use acx::pool::Arc;
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Passive, Result};

use crate::jack::Jack;

/// How long a jack stays plugged in after the last stream, in seconds.
pub const HOLD_SECONDS: u64 = 2;

/// A jack, and the streams that it follows.
pub struct Follow {
    jack: Arc<Jack>,
    /// The wanted state of the jack: see [`settle`](Self::settle).
    wanted: AtomicBool,
    state: WaitLock<State>,
}

/// The state of the streams.
struct State {
    /// Streams in Run.
    running: u32,
    /// The time at which to unplug the jack, with no stream in Run.
    until: Qpc,
    /// Expires when the jack is to be unplugged. It exists while the jack's circuit does.
    hold: Option<Timer<Hold>>,
}

/// The state of the timer, which cannot notify clients at its IRQL.
struct Hold(WorkItem<Unplug>);

/// Unplugs the jack.
struct Unplug(Arc<Follow>);

impl Expire for Hold {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        self.0.enqueue(level);
        None
    }
}

impl Work for Unplug {
    fn work(&self, passive: &mut Passive) {
        // If the lock fails, the jack does not change; the next stream sets it.
        let is_due = self.0.state.with(passive, |state, _| {
            let is_due = state.running == 0 && Qpc::now() >= state.until;
            if is_due {
                self.0.wanted.store(false, Ordering::SeqCst);
            }
            is_due
        });
        if is_due == Ok(true) {
            self.0.settle(passive);
        }
    }
}

impl Follow {
    /// A follower for `jack`, without streams.
    ///
    /// # Errors
    ///
    /// [`acx::Error::OutOfMemory`], or the framework's errors.
    pub fn new(jack: &Arc<Jack>, passive: &Passive) -> Result<Arc<Self>> {
        let state = WaitLock::new(State { running: 0, until: Qpc(0), hold: None }, passive)?;
        Arc::new(Self { jack: jack.clone(), wanted: AtomicBool::new(false), state })
    }

    /// Creates its timer, as a child of the jack's circuit.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn add_to(this: &Arc<Self>, circuit: &mut NewCircuit<'_>) -> Result<()> {
        let unplug = WorkItem::new(circuit, Unplug(this.clone()))?;
        let timer = Timer::new(circuit, Hold(unplug))?;
        this.state.with(circuit.passive(), |state, _| state.hold = Some(timer))
    }

    /// Called when a stream at the hidden end enters Run.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn started(&self, passive: &mut Passive) -> Result<()> {
        // A hold that ends now finds the stream, and does nothing.
        self.state.with(passive, |state, _| {
            state.running = state.running.saturating_add(1);
            self.wanted.store(true, Ordering::SeqCst);
        })?;
        self.settle(passive);
        Ok(())
    }

    /// Called when a stream at the hidden end leaves Run.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn stopped(&self, passive: &mut Passive) -> Result<()> {
        self.state.with(passive, |state, passive| {
            state.running = state.running.saturating_sub(1);
            state.hold_if_idle(passive);
        })
    }

    /// Called when the device powers up: its streams may return.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn powered_up(&self, passive: &mut Passive) -> Result<()> {
        self.state.with(passive, State::hold_if_idle)
    }

    /// Called when the device powers down.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn powers_down(&self, passive: &mut Passive) -> Result<()> {
        self.state.with(passive, |state, passive| {
            if let Some(hold) = &mut state.hold {
                hold.stop(passive);
            }
        })
    }

    /// Sets the jack to the wanted state. Each change of `wanted` is followed by this call, and a
    /// thread that set an outdated state sees that and repeats.
    fn settle(&self, passive: &mut Passive) {
        loop {
            let wanted = self.wanted.load(Ordering::SeqCst);
            self.jack.set(wanted, passive);
            if self.wanted.load(Ordering::SeqCst) == wanted {
                return;
            }
        }
    }
}

impl State {
    fn hold_if_idle(&mut self, passive: &Passive) {
        let Some(hold) = self.hold.as_mut().filter(|_| self.running == 0) else { return };
        hold.stop(passive);
        let ticks = Qpc::frequency().saturating_mul(HOLD_SECONDS);
        self.until = Qpc(Qpc::now().0.saturating_add(ticks));
        hold.start(self.until, passive);
    }
}
