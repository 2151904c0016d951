//! A circuit is looked at while it is lent.

use acx::Result;
use acx::circuit::NewCircuit;
use acx::view::{CircuitView, PinView};

fn keep(circuit: NewCircuit<'_>) -> Result<CircuitView<'static>> {
    circuit.add_then(|circuit, _| *circuit)
}

fn keep_pin(circuit: NewCircuit<'_>) -> Result<Option<PinView<'static>>> {
    circuit.add_then(|circuit, _| circuit.pin(0))
}

fn main() {}
