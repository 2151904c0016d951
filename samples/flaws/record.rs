//! What the suite asks of a driver, and what it checks, in a row of a table: a case that asks for
//! less than it did, or no longer looks at an answer, does not go unseen. If a change was meant,
//! `ACXVAD_RECORD=1` writes the table anew.

use acx_conform::Subject;
use acx_conform::run::Time;
use acx_conform::suite::{self, Selection, Transport};

/// The row of a driver: its name, requests and conditions of all cases but some, each with their
/// checksum.
pub(crate) fn row(name: &str, subject: &Subject, without: &[&str]) -> String {
    let selection = Selection { without, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    let run = || suite::run_over(transport, subject, selection, &mut |_, _| {});
    let (found, checked) = suite::recorded(run);
    match found {
        Ok(found) => {
            let all = found.verdicts.iter().fold(found.start, |all, own| all.and(own.requests));
            let (requests, conditions) = (all.checksum, checked.checksum);
            format!("{name}\t{}\t{requests:08x}\t{}\t{conditions:08x}", all.count, checked.count)
        }
        Err(why) => format!("{name}\t{}", why.to_string().lines().next().unwrap_or_default()),
    }
}

/// Compares rows with those on record.
pub(crate) fn compare(rows: &[String], table: &str) {
    if std::env::var_os("ACXVAD_RECORD").is_some() {
        let head = "# driver\trequests\tchecksum\tconditions\tchecksum";
        let table = [&[head.to_owned()], rows].concat().join("\n") + "\n";
        std::fs::write("tests/record.tsv", table).unwrap();
    } else {
        let recorded: Vec<_> = table.lines().skip(1).collect();
        assert_eq!(rows, recorded, "the suite asks or checks something else than is on record");
    }
}
