//! The flaw that `ACXVAD_FLAW` names makes its case fail.

mod says;
#[path = "../../flaws/told.rs"]
mod told;
mod vendor;

use flawed_cable::Flaw;

flaws::one!(Flaw, Flaw::ALL[0], |flaw, _| vendor::subject(flaw), include_str!("flaws.tsv"));
