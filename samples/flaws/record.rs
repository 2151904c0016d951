//! What the suite asks of a driver, and what it checks, in a row of a table: a case that asks for
//! less than it did, or no longer looks at an answer, does not go unseen. If a change was meant,
//! `ACXVAD_RECORD=1` writes the table anew.

use acx_conform::Subject;
use acx_conform::faults::{self, Options, ScenarioFaults};
use acx_conform::run::{RunError, Time};
use acx_conform::suite::{self, Checked, Selection, Transport};
use acx_host::ks::Requests;

/// The row of a driver: its name, requests and conditions of all cases but some, each with their
/// checksum.
pub(crate) fn row(name: &str, subject: &Subject, without: &[&str]) -> String {
    let selection = Selection { without, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    let run = || suite::run_over(transport, subject, selection, &mut |_, _| {});
    let (found, checked) = suite::recorded(run);
    let asked = found
        .map(|found| found.verdicts.iter().fold(found.start, |all, own| all.and(own.requests)));
    line(name, asked, checked)
}

/// The same of a driver whose device is one for all cases, as on Windows.
pub(crate) fn live_row(name: &str, subject: &Subject, without: &[&str]) -> String {
    let selection = Selection { without, ..Selection::default() };
    let run = || {
        subject.on_device(Time::Virtual, |machine, _| {
            suite::run_over(Transport::Live(machine), subject, selection, &mut |_, _| {})
        })
    };
    let (found, checked) = suite::recorded(run);
    line(name, found.map(|(_, findings)| findings.requests), checked)
}

fn line(name: &str, asked: Result<Requests, RunError>, checked: Checked) -> String {
    match asked {
        Ok(Requests { count, checksum }) => {
            format!("{name}\t{count}\t{checksum:08x}\t{}\t{:08x}", checked.count, checked.checksum)
        }
        Err(why) => format!("{name}\t{}", why.to_string().lines().next().unwrap_or_default()),
    }
}

/// The row of a scenario of fault injection: the driver's calls, the requests with their checksum,
/// the calls that failed, the pairs of which both did, and all that is wrong.
fn scenario(own: &ScenarioFaults) -> String {
    let ScenarioFaults { name, calls, requests, pairs, both_failed, violations, .. } = own;
    let (count, checksum, failed) = (requests.count, requests.checksum, own.failed());
    format!(
        "{name}\t{calls}\t{count}\t{checksum:08x}\t{failed}\t{both_failed} of {pairs}\t{violations:?}"
    )
}

/// The rows of the scenarios with each flaw, the first of which is none: of the others, those that
/// differ from it.
pub(crate) fn faults<F: std::fmt::Debug>(
    flaws: impl IntoIterator<Item = F>,
    subject: impl Fn(&F) -> Subject,
) -> Vec<String> {
    let (mut rows, mut usual) = (Vec::new(), Vec::new());
    for flaw in flaws {
        let options = Options { scenario: None, each: Some(1), pairs: 2, seed: 1 };
        let found = faults::run(&subject(&flaw), &options, &mut |_, _, _| {}).unwrap();
        let asked = found.iter().filter(|own| own.does_not_apply.is_none());
        let own: Vec<String> = asked.map(scenario).collect();
        rows.extend(
            own.iter().filter(|row| !usual.contains(*row)).map(|row| format!("{flaw:?}, {row}")),
        );
        if usual.is_empty() {
            usual = own;
        }
    }
    rows
}

/// The first lines of the tables.
const HEADS: [(&str, &str); 3] = [
    ("record.tsv", "# driver\trequests\tchecksum\tconditions\tchecksum"),
    ("flaws.tsv", "# flaw\trequests\tchecksum\tconditions\tchecksum\tsaid"),
    ("faults.tsv", "# scenario\tcalls\trequests\tchecksum\tfailed\tpairs\twrong"),
];

/// Compares rows with those of a table on record.
pub(crate) fn compare(rows: &[String], name: &str, table: &str) {
    if std::env::var_os("ACXVAD_RECORD").is_some() {
        let head = HEADS.iter().find(|(own, _)| *own == name).unwrap().1;
        let table = [&[head.to_owned()], rows].concat().join("\n") + "\n";
        std::fs::write(format!("tests/{name}"), table).unwrap();
    } else {
        let recorded: Vec<_> = table.lines().skip(1).collect();
        assert_eq!(rows, recorded, "the suite asks, checks or says something else than {name} has");
    }
}
