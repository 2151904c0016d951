//! A pin borrows its circuit, with the callback's token.

use acx::circuit::NewCircuit;
use acx::format::WaveFormat;
use acx::pin::Mode;
use acx::Result;

fn pins(circuit: &mut NewCircuit<'_>, format: WaveFormat) -> Result<()> {
    let mut first = circuit.host_pin(1)?;
    let mut second = circuit.host_pin(1)?;
    first.formats(Mode::Raw, [format])?;
    second.formats(Mode::Raw, [format])?;
    Ok(())
}

fn main() {}
