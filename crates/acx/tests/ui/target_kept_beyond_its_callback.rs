//! A neighbouring circuit is lent for the time of the callback.

use acx::pin::TargetCircuit;
use acx::target::{Circuit, Pin};

fn keep(circuit: TargetCircuit<'static>) -> &'static Circuit {
    &circuit
}

fn keep_pin(circuit: &TargetCircuit<'_>) -> Option<Pin<'static>> {
    circuit.pin_at(0)
}

fn main() {}
