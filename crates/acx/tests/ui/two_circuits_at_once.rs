//! A circuit borrows the hardware until it is added: circuits are built one after the other, so
//! what is made belongs to the one that is being built.

use acx::circuit::{CircuitInit, Direction};
use acx::device::PrepareHardware;
use acx::guid::GUID;
use acx::Result;

fn build(hardware: &mut PrepareHardware<'_>, component: &GUID) -> Result<()> {
    let name = acx::wide!("Speaker0");
    let first = CircuitInit::new(hardware, Direction::Render, name, component)?;
    let second = CircuitInit::new(hardware, Direction::Render, name, component)?;
    drop((first, second));
    Ok(())
}

fn main() {}
