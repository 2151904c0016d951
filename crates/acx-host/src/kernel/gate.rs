//! Gates, which serialize the requests of a queue, or PnP and power events.

use std::cell::Cell;

use super::base::Kernel;
use super::thread::this_thread;

/// Lets one thread at a time enter, recursively: a request queue, or the power and PnP states of a
/// device. A waiting thread releases the machine's lock.
#[derive(Default)]
pub(crate) struct Gate {
    holder: Cell<usize>,
    depth: Cell<u32>,
}

/// While it lives, the gate is this thread's.
pub(crate) struct Passage<'a> {
    kernel: &'a Kernel,
    gate: Option<&'a Gate>,
}

impl Gate {
    /// Waits until no other thread is inside.
    pub(crate) fn pass<'a>(&'a self, kernel: &'a Kernel) -> Passage<'a> {
        if !kernel.are_threaded() {
            return Passage { kernel, gate: None };
        }
        let this = this_thread();
        kernel.wait_for("another request, or PnP or power event", || {
            [0, this].contains(&self.holder.get())
        });
        self.holder.set(this);
        self.depth.set(self.depth.get() + 1);
        Passage { kernel, gate: Some(self) }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        let Some(gate) = self.gate else { return };
        gate.depth.set(gate.depth.get() - 1);
        if gate.depth.get() == 0 {
            gate.holder.set(0);
            self.kernel.wake();
        }
    }
}

/// The gate of PnP and power events, of all devices: a parent's take its children's along.
#[derive(Default)]
struct Pnp(Gate);

/// PnP or the power manager does something.
pub(crate) fn pnp(kernel: &Kernel) -> Passage<'_> {
    kernel.part::<Pnp>().0.pass(kernel)
}

/// Runs `work` soon, on a thread of the system's, in turn with other PnP and power events.
pub(crate) fn queue_pnp(kernel: &Kernel, work: impl FnOnce(&Kernel) + 'static) {
    kernel.queue_work(|kernel| {
        let _turn = pnp(kernel);
        work(kernel);
    });
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::super::base::tests::threaded;
    use super::*;

    #[test]
    fn one_thread_after_the_other_passes_and_as_often_as_it_likes() {
        let patience = Duration::from_secs(8);
        let kernel = threaded(patience);
        let (entered, has_entered) = channel();
        let before = Instant::now();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _inside = kernel.enter();
                let turn = pnp(&kernel);
                drop(pnp(&kernel));
                entered.send(()).expect("the other one receives");
                // It waits by then.
                kernel.outside(|| std::thread::sleep(Duration::from_millis(20)));
                drop(turn);
            });
            has_entered.recv().expect("the first one sends");
            let _inside = kernel.enter();
            let _turn = pnp(&kernel);
        });
        let took = before.elapsed();
        assert!(took >= Duration::from_millis(20) && took < patience / 2, "{took:?}");
    }
}
