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
