//! What each case of the suite asks of the driver, the conditions that it checks with what they
//! compare, and the figure that it finds, are on record in `tests/record.tsv`: a case that asks for
//! less than it did, checks less, or measures something else, does not go unseen. So is what each
//! scenario of fault injection asks while nothing fails. If a change was meant, this writes the
//! table anew, for the review to see:
//!
//! ```text
//! ACXVAD_RECORD=1 cargo test -p acxvad-driver --test record
//! ```

// Figures are of floating point, whose last digit other systems' libraries may round otherwise; and
// Wine takes minutes for what is the same there.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod variants;

use std::fmt::Write as _;

use acx_conform::{faults, suite};

const TABLE: &str = include_str!("record.tsv");

/// Its threads race: the order of requests differs from run to run, and so does the figure.
const RACES: &str = "B2";

/// The row of a case: its id, its requests and the conditions that it checks, each with their
/// checksum, and its figure.
fn row(id: &str) -> String {
    let (verdict, checked) = suite::recorded(|| suite::run_case(&variants::subject(), id));
    let verdict = verdict.unwrap();
    assert!(verdict.outcome.is_passed(), "{verdict}");
    let (requests, conditions) = (verdict.requests, checked.count);
    if id == RACES {
        return format!("{id}\t{}\t-\t{conditions}\t-\t-", requests.count);
    }
    let (asked, checked) = (requests.checksum, checked.checksum);
    let outcome = verdict.outcome;
    format!("{id}\t{}\t{asked:08x}\t{conditions}\t{checked:08x}\t{outcome:?}", requests.count)
}

/// The rows of the scenarios, each by its name.
fn scenarios() -> Vec<String> {
    let options = faults::Options { each: Some(0), pairs: 0, ..faults::Options::default() };
    let found = faults::run(&variants::subject(), &options, &mut |_, _, _| {}).unwrap();
    let row = |own: &faults::ScenarioFaults| {
        let requests = own.requests;
        format!("{}\t{}\t{:08x}\t-\t-\t-", own.name, requests.count, requests.checksum)
    };
    found.iter().map(row).collect()
}

/// The rows on record.
fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

fn is_written_anew() -> bool {
    std::env::var_os("ACXVAD_RECORD").is_some()
}

fn compare(id: &str) {
    if is_written_anew() {
        return;
    }
    let begin = format!("{id}\t");
    let recorded = TABLE.lines().find(|line| line.starts_with(&begin)).unwrap_or_default();
    assert_eq!(row(id), recorded, "{id} asks or finds something else than tests/record.tsv has");
}

/// A test for each case, and one for the list.
macro_rules! cases {
    ($($id:ident)*) => {
        const IDS: &[&str] = &[$(stringify!($id)),*];

        $(#[test]
        #[expect(non_snake_case, reason = "the id of a case")]
        fn $id() {
            compare(stringify!($id));
        })*
    };
}

cases! {
    Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q9 S1 S2 S3 S4 W1 W2 W3 W4 W5 W6 W7 K1 K2 B1 B2 B3 B4 B5 B6 B7 B8
    B9 B10 B11 B12 B13 B14 B15 B16 B17 B18 B19 B20 B21 B22 B23 B24 B25 B26 B27 B28 B29 B30
    B31 B32 B33 B35 B36 B37 B38 B39 B40 B41 B43 B44 B45
}

#[test]
fn every_case_is_on_record() {
    assert!(suite::ids().eq(IDS.iter().copied()), "the list here is not the suite's");
    if is_written_anew() {
        let head = "# case or scenario\trequests\tchecksum\tconditions\tchecksum\tverdict\n";
        let mut table = head.to_owned();
        for id in IDS {
            writeln!(table, "{}", row(id)).unwrap();
        }
        for row in scenarios() {
            writeln!(table, "{row}").unwrap();
        }
        std::fs::write("tests/record.tsv", table).unwrap();
        return;
    }
    let all = IDS.iter().copied().chain(faults::names());
    assert!(rows().map(|line| line.split('\t').next().unwrap()).eq(all));
}

#[test]
fn every_scenario_asks_what_is_on_record() {
    if !is_written_anew() {
        assert_eq!(scenarios(), rows().skip(IDS.len()).collect::<Vec<_>>());
    }
}
