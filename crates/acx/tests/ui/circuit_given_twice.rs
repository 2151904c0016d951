//! Giving a circuit to its device uses it up.

use acx::circuit::NewCircuit;
use acx::Result;

fn twice(circuit: NewCircuit<'_>) -> Result<()> {
    circuit.add()?;
    circuit.add()
}

fn main() {}
