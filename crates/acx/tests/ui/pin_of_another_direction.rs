//! The direction of a pin is its circuit's.

use acx::circuit::{Direction, NewCircuit};
use acx::Result;

fn pin(circuit: &mut NewCircuit<'_>) -> Result<()> {
    circuit.host_pin(Direction::Capture, 1)?;
    Ok(())
}

fn main() {}
