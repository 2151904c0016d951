//! What the suite asks and checks of the driver, as it is and with each of its settings, is on
//! record in `record.tsv`.

// Numbers of floating point are rounded otherwise by other systems' libraries.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../../flaws/record.rs"]
mod record;
mod vendor;

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
    record::compare(&rows, include_str!("record.tsv"));
}
