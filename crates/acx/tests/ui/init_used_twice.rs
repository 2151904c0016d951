//! Creating uses the init object up.

use acx::circuit::{Circuit, CircuitInit};
use acx::Result;

fn twice<C: Circuit + Clone>(init: CircuitInit<'_>, circuit: C) -> Result<()> {
    let _first = init.create(circuit.clone())?;
    let _second = init.create(circuit)?;
    Ok(())
}

fn main() {}
