//! Timers of a driver in the host: the places where they are dropped, and the fate of their state.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
use acx::device::PrepareHardware;
use acx::guid::KSNODETYPE_SPEAKER;
use acx::lock::SpinLock;
use acx::stream::CreateStream;
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::work::{Work, WorkItem};
use acx::{Dispatch, Error, Passive, Result};
use acx_client::System as _;
use acx_host::Machine;

use crate::bench;

/// The storage of a timer that its own state can drop.
type Place = Arc<SpinLock<Option<Timer<Ticker>>>>;

/// Counts expiries and its own drops, and may drop its timer.
struct Ticker {
    expiries: Arc<AtomicU32>,
    drops: Arc<AtomicU32>,
    /// The expiry in which it drops its own timer.
    drop_in: Option<(u32, Place)>,
}

impl Expire for Ticker {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let count = self.expiries.fetch_add(1, SeqCst) + 1;
        if let Some((_, place)) = self.drop_in.take_if(|(expiry, _)| *expiry == count) {
            drop(place.with(level, |timer, _| timer.take()));
            assert_eq!(self.drops.load(SeqCst), 0, "the state is in use");
        }
        Some(soon())
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.drops.fetch_add(1, SeqCst);
    }
}

/// A millisecond from now.
fn soon() -> Qpc {
    Qpc(Qpc::now().0 + Qpc::frequency() / 1000)
}

#[derive(Clone, Default)]
struct Counts {
    expiries: Arc<AtomicU32>,
    drops: Arc<AtomicU32>,
}

impl Counts {
    fn ticker(&self, drop_in: Option<(u32, Place)>) -> Ticker {
        Ticker { expiries: self.expiries.clone(), drops: self.drops.clone(), drop_in }
    }

    fn expiries(&self) -> u32 {
        self.expiries.load(SeqCst)
    }

    fn drops(&self) -> u32 {
        self.drops.load(SeqCst)
    }
}

struct Silent;

impl Circuit for Silent {
    fn create_stream(&self, _request: CreateStream<'_>) -> Result<()> {
        Err(Error::NotSupported)
    }
}

fn circuit<'a>(hardware: &'a mut PrepareHardware<'_>) -> Result<NewCircuit<'a>> {
    let name = acx::wide!("Test0");
    CircuitInit::new(hardware, Direction::Render, name, &bench::COMPONENT)?.create(Silent)
}

fn finish(mut circuit: NewCircuit<'_>) -> Result<()> {
    circuit.host_pin(1)?;
    circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
    circuit.add()
}

#[test]
fn a_timer_expires_until_it_is_stopped_and_lends_its_state() {
    let counts = Counts::default();
    let seen = counts.clone();
    bench::run(
        move |hardware, later| {
            let mut circuit = circuit(hardware)?;
            let mut timer = Timer::new(&circuit, counts.ticker(None))?;
            timer.start(soon(), circuit.passive());
            later.release.push(Box::new(move |passive| {
                assert!(timer.stop(passive).expiries.load(SeqCst) > 5);
            }));
            finish(circuit)
        },
        |machine| machine.sleep(Duration::from_millis(10)),
    );
    assert_eq!(seen.drops(), 1);
}

/// Stops its timer, and keeps it.
struct Stops(Mutex<Timer<Ticker>>);

impl Work for Stops {
    fn work(&self, passive: &mut Passive) {
        self.0.lock().unwrap().stop(passive);
    }
}

#[test]
fn a_timer_that_was_stopped_does_not_expire() {
    let counts = Counts::default();
    let seen = counts.clone();
    bench::run(
        move |hardware, later| {
            let mut circuit = circuit(hardware)?;
            let mut timer = Timer::new(&circuit, counts.ticker(None))?;
            timer.start(soon(), circuit.passive());
            let stops = WorkItem::new(&circuit, Stops(Mutex::new(timer)))?;
            stops.enqueue(circuit.passive());
            later.kept.push(Box::new(stops));
            finish(circuit)
        },
        move |machine| {
            machine.sleep(Duration::from_millis(1));
            let before = seen.expiries();
            machine.sleep(Duration::from_millis(10));
            assert_eq!(seen.expiries(), before);
        },
    );
}

#[test]
fn a_timer_that_is_dropped_in_its_own_callback_ends_there() {
    let counts = Counts::default();
    let seen = counts.clone();
    bench::run(
        move |hardware, _| {
            let place = Place::new(SpinLock::new(None));
            let mut circuit = circuit(hardware)?;
            let mut timer = Timer::new(&circuit, counts.ticker(Some((3, place.clone()))))?;
            timer.start(soon(), circuit.passive());
            place.with(circuit.passive(), |place, _| *place = Some(timer));
            finish(circuit)
        },
        |machine| {
            machine.sleep(Duration::from_millis(20));
            // It did not wait for itself and was not armed again; its state was dropped after the
            // callback.
            assert_eq!((seen.expiries(), seen.drops()), (3, 1));
        },
    );
}

#[test]
fn a_timer_that_is_dropped_under_a_lock_does_not_wait() {
    let counts = Counts::default();
    let seen = counts.clone();
    bench::run(
        move |hardware, _| {
            let lock = SpinLock::new(());
            let mut circuit = circuit(hardware)?;
            let mut timer = Timer::new(&circuit, counts.ticker(None))?;
            timer.start(soon(), circuit.passive());
            lock.with(circuit.passive(), |(), _| drop(timer));
            finish(circuit)
        },
        |machine| {
            machine.sleep(Duration::from_millis(20));
            assert_eq!((seen.expiries(), seen.drops()), (0, 1));
        },
    );
}

#[test]
fn a_timer_that_outlives_its_circuit_does_nothing_more() {
    let counts = Counts::default();
    let seen = counts.clone();
    bench::run(
        move |hardware, later| {
            let mut circuit = circuit(hardware)?;
            let mut timer = Timer::new(&circuit, counts.ticker(None))?;
            timer.start(soon(), circuit.passive());
            later.kept.push(Box::new(timer));
            finish(circuit)
        },
        |machine| {
            machine.sleep(Duration::from_millis(5));
            assert!(seen.expiries() > 2);
        },
    );
    assert_eq!(seen.drops(), 1);
}

#[test]
fn a_timer_that_is_armed_keeps_its_time_and_starts_again_after_a_stop() {
    let counts = Counts::default();
    let (seen, starts) = (counts.clone(), counts.expiries.clone());
    bench::run(
        move |hardware, later| {
            let mut circuit = circuit(hardware)?;
            let mut timer = Timer::new(&circuit, counts.ticker(None))?;
            let far = Qpc(Qpc::now().0 + 60 * Qpc::frequency());
            timer.start(far, circuit.passive());
            timer.stop(circuit.passive());
            timer.start(soon(), circuit.passive());
            timer.start(far, circuit.passive());
            later.kept.push(Box::new(timer));
            finish(circuit)
        },
        |machine| {
            machine.sleep(Duration::from_millis(5));
            assert!(starts.load(SeqCst) > 2);
        },
    );
    assert_eq!(seen.drops(), 1);
}

/// Expires at times that are no multiples of the timer's unit.
struct Punctual {
    due: Qpc,
    expiries: Arc<AtomicU32>,
}

impl Expire for Punctual {
    fn expire(&mut self, _level: &mut Dispatch) -> Option<Qpc> {
        assert!(Qpc::now() >= self.due, "it is early");
        self.expiries.fetch_add(1, SeqCst);
        self.due = Qpc(Qpc::now().0 + 1000 + u64::from(self.expiries.load(SeqCst)));
        Some(self.due)
    }
}

#[test]
fn a_timer_is_never_early_whatever_the_counters_frequency() {
    let machine = Machine::builder().qpc_frequency(24_000_001).build();
    let expiries = Arc::new(AtomicU32::new(0));
    let seen = expiries.clone();
    bench::run_on(
        &machine,
        move |hardware, later| {
            let mut circuit = circuit(hardware)?;
            let due = soon();
            let mut timer = Timer::new(&circuit, Punctual { due, expiries })?;
            timer.start(due, circuit.passive());
            later.kept.push(Box::new(timer));
            finish(circuit)
        },
        |machine| machine.sleep(Duration::from_millis(10)),
    );
    assert!(seen.load(SeqCst) > 50);
}
