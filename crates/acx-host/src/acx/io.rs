//! Queues that a driver stops. Source: the pages of AcxCircuitStopIo, AcxCircuitResumeIo,
//! AcxStreamStopIo and AcxStreamResumeIo.
//!
//! Requests wait while the queue of their circuit or stream is stopped. Those about packets and
//! positions do not go through a queue, and do not wait.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use acx_sys::*;

use crate::acx::circuit::Circuit;
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object};
use crate::kernel::report::Rule;

/// How long a client of this host waits for a queue that is stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a driver has stopped a queue and not resumed it.
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

fn stop(object: &Rc<Object>, pick: fn(&Object) -> Option<&Stops>) {
    let Some(stops) = pick(object) else { return };
    stops.count.set(stops.count.get() + 1);
    if stops.is_watched.replace(true) {
        return;
    }
    let weak = Rc::downgrade(object);
    object.on_delete(move |kernel| {
        let Some(object) = weak.upgrade() else { return };
        if pick(&object).is_some_and(Stops::are_any) {
            let what = format!("an {} goes whose requests were not resumed", object.kind());
            kernel.violate(Rule::Unpaired, what);
        }
    });
}

fn resume(kernel: &Kernel, name: &str, stops: &Stops) {
    match stops.count.get().checked_sub(1) {
        Some(left) => stops.count.set(left),
        None => kernel.violate(Rule::Unpaired, format!("{name} of what was not stopped")),
    }
    kernel.wake();
}

/// A request that is under way comes to its end first.
fn AcxCircuitStopIoActual(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    _flags: ULONG,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) -> NTSTATUS {
    status(object::get::<Circuit>(kernel, circuit as usize).map(|circuit| {
        let _turn = circuit.gate.pass(kernel);
        stop(circuit.object(), |own| own.body::<Circuit>().map(|own| &own.stops));
    }))
}

fn AcxCircuitResumeIoActual(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) {
    if let Ok(circuit) = object::get::<Circuit>(kernel, circuit as usize) {
        resume(kernel, "AcxCircuitResumeIo", &circuit.stops);
    }
}

/// As for a circuit.
fn AcxStreamStopIoActual(
    kernel: &Kernel,
    stream: ACXSTREAM,
    _flags: ULONG,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) -> NTSTATUS {
    status(object::get::<Stream>(kernel, stream as usize).map(|stream| {
        let _turn = stream.gate.pass(kernel);
        stop(stream.object(), |own| own.body::<Stream>().map(|own| &own.io_stops));
    }))
}

fn AcxStreamResumeIoActual(
    kernel: &Kernel,
    stream: ACXSTREAM,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) {
    if let Ok(stream) = object::get::<Stream>(kernel, stream as usize) {
        resume(kernel, "AcxStreamResumeIo", &stream.io_stops);
    }
}

entries! {
    /// Stopping and resuming.
    entries:
    AcxCircuitStopIoActual: PASSIVE, fallible;
    AcxCircuitResumeIoActual: PASSIVE;
    AcxStreamStopIoActual: PASSIVE, fallible;
    AcxStreamResumeIoActual: PASSIVE;
}
