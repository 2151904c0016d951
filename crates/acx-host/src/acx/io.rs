//! Queues that a driver stops. Source: the pages of AcxCircuitStopIo, AcxCircuitResumeIo,
//! AcxStreamStopIo and AcxStreamResumeIo.
//!
//! Requests wait while the queue of their circuit or stream is stopped. Those about packets and
//! positions do not go through a queue, and do not wait.

use std::rc::Rc;

use acx_sys::*;

use crate::acx::circuit::Circuit;
use crate::acx::stops::Stops;
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object};
use crate::kernel::report::Rule;

fn stop(object: &Rc<Object>, pick: fn(&Object) -> Option<&Stops>) {
    let Some(stops) = pick(object) else { return };
    if !stops.add() {
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
    if !stops.take() {
        kernel.violate(Rule::Unpaired, format!("{name} of what was not stopped"));
    }
    kernel.wake();
}

/// A request in progress is completed first.
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
