//! What a template names is kept by the driver object, and named in DriverEntry only.

use acx::bag::{KeptBag, ObjectBag};
use acx::composite::Composites;

fn keep(composites: &mut Composites<'_>, bag: ObjectBag) -> KeptBag<'static> {
    composites.keep(bag)
}

fn twice(composites: &mut Composites<'_>, bag: ObjectBag) {
    composites.keep(bag);
    composites.keep(bag);
}

fn main() {}
