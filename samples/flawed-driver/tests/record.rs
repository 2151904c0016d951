//! What the suite asks and checks of each shape of the driver, and of the driver with its parts, is
//! on record in `record.tsv`; what it says of each flaw in `flaws.tsv`; and what fault injection
//! asks and finds in `faults.tsv`.

// Numbers of floating point are rounded otherwise by other systems' libraries.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../../flaws/record.rs"]
mod record;
#[path = "../../flaws/told.rs"]
mod told;
mod vendor;

use acx_conform::suite;
use acx_conform::{Driver, Subject};
use flawed_driver::{Flaw, Shape};
use vendor::{LINKED, VENDOR};

/// Cases that take seconds, or race.
const SLOW: [&str; 5] = ["B1", "B2", "B3", "B24", "B31"];

#[test]
fn what_is_asked_of_each_shape_is_on_record() {
    let with = |name: &str, number: u32| {
        let subject = Subject::new(Driver::Linked(LINKED));
        subject.with_settings([(name, number.into())])
    };
    let shapes = Shape::ALL
        .iter()
        .zip(0..)
        .map(|(shape, number)| record::row(&format!("{shape:?}"), &with("Shape", number), &SLOW));
    let parts = with("Parts", 1).with_vendor(&VENDOR);
    let parts =
        [record::row("Parts", &parts, &SLOW), record::live_row("Parts, live", &parts, &SLOW)];
    let rows: Vec<_> = shapes.chain(parts).collect();
    record::compare(&rows, "record.tsv", include_str!("record.tsv"));
}

/// The driver with a flaw, and with its parts if that is one of theirs, or if it is told to.
fn flawed(flaw: Flaw, has_parts: bool) -> Subject {
    let number = Flaw::ALL.iter().position(|own| *own == flaw).map_or(0, |place| place + 1);
    let subject = Subject::new(Driver::Linked(LINKED));
    let subject = subject.with_settings([("Flaw", (number as u32).into())]);
    let subject = if flaw.needs_parts() { subject.with_vendor(&VENDOR) } else { subject };
    if has_parts {
        subject.with_settings([("Parts", 1.into())]).with_vendor(&VENDOR)
    } else {
        subject
    }
}

#[test]
fn what_is_said_of_each_flaw_is_on_record() {
    let is_case = |flaw: &&Flaw| suite::ids().any(|id| id == flaw.verdict());
    let row = |flaw: &Flaw| told::row(&format!("{flaw:?}"), flaw.verdict(), &flawed(*flaw, false));
    let rows: Vec<_> = Flaw::ALL.iter().filter(is_case).map(row).collect();
    record::compare(&rows, "flaws.tsv", include_str!("flaws.tsv"));
}

#[test]
fn what_fault_injection_asks_and_finds_is_on_record() {
    let is_faults = |flaw: &&Flaw| flaw.verdict().starts_with("faults: ");
    let flaws = [Flaw::Nothing].into_iter().chain(Flaw::ALL.iter().filter(is_faults).copied());
    let rows = record::faults(flaws, |flaw| flawed(*flaw, true));
    record::compare(&rows, "faults.tsv", include_str!("faults.tsv"));
}
