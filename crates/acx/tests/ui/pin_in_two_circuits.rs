//! A pin joins one circuit, once.

use acx::circuit::NewCircuit;
use acx::pin::Pin;
use acx::Result;

fn join<'c>(circuit: &'c NewCircuit<'c>, other: &'c NewCircuit<'c>, pin: Pin<'c>) -> Result<()> {
    circuit.assemble([], [pin])?;
    other.assemble([], [pin])
}

fn main() {}
