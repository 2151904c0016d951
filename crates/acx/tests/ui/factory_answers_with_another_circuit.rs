//! A factory answers with the circuit that it was asked for: no other can be built there.

use acx::Result;
use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
use acx::device::PrepareHardware;
use acx::factory::AskedCircuit;
use acx::guid::GUID;

fn other<'a, C: Circuit>(
    _asked: AskedCircuit<'a>,
    hardware: &mut PrepareHardware<'_>,
    circuit: C,
    id: &GUID,
) -> Result<NewCircuit<'a>> {
    CircuitInit::new(hardware, Direction::Render, &[65], id)?.create(circuit)
}

fn twice<'a, C: Circuit>(asked: AskedCircuit<'a>, one: C, two: C) -> Result<NewCircuit<'a>> {
    asked.init(Direction::Render, &[65])?.create(one)?;
    asked.init(Direction::Render, &[66])?.create(two)
}

fn main() {}
