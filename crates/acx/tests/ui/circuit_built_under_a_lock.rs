//! What a circuit is made of is made at PASSIVE_LEVEL: the circuit has the token.

use acx::circuit::NewCircuit;
use acx::lock::SpinLock;

fn build(circuit: &mut NewCircuit<'_>, lock: &SpinLock<u32>) {
    lock.with(circuit.passive(), |_, _| {
        let _ = circuit.host_pin(1);
    });
}

fn main() {}
