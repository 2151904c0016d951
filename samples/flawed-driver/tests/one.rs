//! The flaw that `ACXVAD_FLAW` names makes its case fail.

mod says;
#[path = "../../flaws/told.rs"]
mod told;
mod vendor;

use acx_conform::{Driver, Subject};
use flawed_driver::Flaw;
use vendor::{LINKED, VENDOR};

/// The driver with this flaw, or without one but as it is for the flaw `asked`.
fn subject(flaw: Flaw, asked: Flaw) -> Subject {
    let number = Flaw::ALL.iter().position(|own| *own == flaw).map_or(0, |place| place + 1);
    let subject = Subject::new(Driver::Linked(LINKED));
    let subject = subject.with_settings([("Flaw", (number as u32).into())]);
    if asked.needs_parts() { subject.with_vendor(&VENDOR) } else { subject }
}

flaws::one!(Flaw, Flaw::FlipsBit, subject, include_str!("flaws.tsv"));
