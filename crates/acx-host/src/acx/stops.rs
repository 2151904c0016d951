//! Stopped queues of circuits and streams.

use std::cell::Cell;
use std::time::Duration;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::report::Rule;

/// The maximum wait of a client for a stopped queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// The number of times that a driver has stopped a queue without resuming it.
#[derive(Default)]
pub(crate) struct Stops {
    count: Cell<u32>,
    /// Somebody looks at it when the object goes.
    is_watched: Cell<bool>,
}

impl Stops {
    pub(crate) fn are_any(&self) -> bool {
        self.count.get() > 0
    }

    /// One more; whether it is the first that there ever was.
    pub(crate) fn add(&self) -> bool {
        self.count.set(self.count.get() + 1);
        !self.is_watched.replace(true)
    }

    /// One less; whether there was one.
    pub(crate) fn take(&self) -> bool {
        let left = self.count.get().checked_sub(1);
        self.count.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// Waits until a queue runs.
///
/// # Errors
///
/// STATUS_CANCELLED if the driver does not resume it.
pub(crate) fn wait(kernel: &Kernel, stops: &Stops) -> Result<(), NTSTATUS> {
    if !stops.are_any() {
        return Ok(());
    }
    let until = kernel.qpc() + kernel.ticks_of_duration(PATIENCE);
    kernel.block(until, &|| !stops.are_any());
    if !stops.are_any() {
        return Ok(());
    }
    let what = "a request waits for a circuit or stream that was stopped and is not resumed";
    kernel.violate(Rule::Unpaired, what.to_owned());
    // Said once: what follows is answered.
    stops.count.set(0);
    Err(STATUS_CANCELLED)
}
