//! A circuit needs the callback that its streams come from.

use acx::circuit::CircuitInit;
use acx::Result;

struct Silent;

fn create(init: CircuitInit<'_>) -> Result<()> {
    init.create(Silent)?;
    Ok(())
}

fn main() {}
