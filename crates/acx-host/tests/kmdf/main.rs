//! KMDF by its public source: a test for each row of docs/contracts/kmdf.md, named after its row.
//! In each, a driver behaves correctly or breaks one rule, and checks the results that KMDF would
//! return.

#![expect(
    clippy::multiple_unsafe_ops_per_block,
    reason = "a test's driver makes several calls of the framework in a row, as C drivers do"
)]

#[macro_use]
#[path = "../linked/mod.rs"]
mod linked;

mod calls;
mod children;
mod clauses;
mod clauses_io;
mod clauses_threads;
mod data;
mod devices;
mod driver;
mod edges;
mod entries;
mod idle;
mod io;
mod keys;
mod nt;
mod objects;
mod power;
mod query;
mod queued;
mod queues;
mod removal;
mod sent;
mod sync;
mod targets;
mod timers;
mod trace;
mod verifier;
mod wrong;

use std::collections::BTreeSet;
use std::path::Path;

/// Names of the functions of this folder that begin with `kmdf_`.
fn tests() -> BTreeSet<String> {
    tests_of("fn kmdf_")
}

/// Names of the functions of this folder whose line begins so.
fn tests_of(prefix: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kmdf");
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let text = std::fs::read_to_string(file.expect("an entry").path()).expect("UTF-8");
        let functions = text.lines().filter(|line| line.starts_with(prefix));
        let name = |line: &str| line[3..].split('(').next().map(str::to_owned);
        names.extend(functions.filter_map(name));
    }
    names
}

#[test]
fn the_table_of_contracts_names_the_tests() {
    let table = include_str!("../../../../docs/contracts/kmdf.md");
    let words = table.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    let named: BTreeSet<String> = words
        .filter(|word| word.starts_with("kmdf_") && word.len() > 5)
        .map(str::to_owned)
        .collect();
    assert_eq!(named, tests());
    let conditions = table.split("## Bug checks and breaks").nth(1).expect("it is the last part");
    let rows = conditions.lines().filter(|line| line.starts_with("| ")).skip(1);
    assert_eq!(rows.clone().count(), 18);
    let every = tests_of("fn ");
    for row in rows {
        let test = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim();
        let named = test.strip_prefix('`').and_then(|test| test.strip_suffix('`'));
        assert!(named.is_some_and(|name| every.contains(name)), "{row}");
    }
    let table = table.split("## Bug checks and breaks").next().unwrap_or_default();
    for row in table.lines().filter(|line| line.starts_with("| ") && line.contains("kmdf_")) {
        let mut cells = row.split('|').map(str::trim);
        let id = cells.nth(1).unwrap_or_default().to_lowercase();
        let test = cells.next_back().and(cells.next_back()).unwrap_or_default();
        assert!(test.trim_matches('`').starts_with(&format!("kmdf_{id}_")), "{row}");
    }
}
