//! What the suite asks and checks of the driver, as it is and with each of its settings, is on
//! record in `record.tsv`; what it says of each flaw in `flaws.tsv`; and what fault injection asks
//! and finds in `faults.tsv`.

// Numbers of floating point are rounded otherwise by other systems' libraries.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../../flaws/record.rs"]
mod record;
#[path = "../../flaws/told.rs"]
mod told;
mod vendor;

use acx_conform::suite;
use flawed_cable::Flaw;
use vendor::subject;

/// Cases that take seconds, or race.
const SLOW: [&str; 5] = ["B1", "B2", "B3", "B24", "B31"];

#[test]
fn what_is_asked_with_each_setting_is_on_record() {
    let settings = ["Flaw", "Muted", "OwnSound", "OneRate"];
    let rows = settings.map(|name| {
        let number = u32::from(name != "Flaw");
        let subject = subject(Flaw::Nothing).with_settings([(name, number.into())]);
        record::row(name, &subject, &SLOW)
    });
    let live = record::live_row("live", &subject(Flaw::Nothing), &SLOW);
    let rows = [&rows[..], &[live]].concat();
    record::compare(&rows, "record.tsv", include_str!("record.tsv"));
}

#[test]
fn what_is_said_of_each_flaw_is_on_record() {
    let is_case = |flaw: &&Flaw| suite::ids().any(|id| id == flaw.verdict());
    let row = |flaw: &Flaw| told::row(&format!("{flaw:?}"), flaw.verdict(), &subject(*flaw));
    let rows: Vec<_> = Flaw::ALL.iter().filter(is_case).map(row).collect();
    record::compare(&rows, "flaws.tsv", include_str!("flaws.tsv"));
}

#[test]
fn what_fault_injection_asks_and_finds_is_on_record() {
    let flaws = [Flaw::Nothing, Flaw::LosesJack, Flaw::StandsStill];
    let rows = record::faults(flaws, |flaw| subject(*flaw));
    record::compare(&rows, "faults.tsv", include_str!("faults.tsv"));
}
