//! What the suite says of each flaw, word for word, with what it asked until then and what it
//! checked, in rows of a table: a sentence with a wrong number, a condition that looks at less, or
//! a request too many on the way to it does not go unseen. If a change was meant,
//! `ACXVAD_RECORD=1 cargo test --test record` writes the table anew.

use acx_conform::Subject;
use acx_conform::run::Time;
use acx_conform::suite::{self, Selection, Transport};

/// A case whose threads race: its requests and its sentence differ from run to run.
const RACES: &str = "B2";

/// A sentence with real time in it.
const REAL: &str = " ms of work";

/// The row of a flaw that turns a case: its name, requests and conditions, each with their
/// checksum, and all that is said.
pub(crate) fn row(flaw: &str, case: &str, subject: &Subject) -> String {
    if case == RACES {
        return format!("{flaw}\t-\t-\t-\t-\t-");
    }
    let selection = Selection { case: Some(case), ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    let run = || suite::run_over(transport, subject, selection, &mut |_, _| {});
    let (found, checked) = suite::recorded(run);
    let found = found.unwrap();
    let asked = found.verdicts.iter().fold(found.start, |all, own| all.and(own.requests));
    let mut said = format!("{:?}", found.failures());
    if said.contains(REAL) {
        "-".clone_into(&mut said);
    }
    let (requests, conditions) = (asked.checksum, checked.checksum);
    format!("{flaw}\t{}\t{requests:08x}\t{}\t{conditions:08x}\t{said}", asked.count, checked.count)
}
