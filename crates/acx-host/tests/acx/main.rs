//! ACX by its documentation: a test for each row of docs/contracts/acx.md, named after its row. In
//! each, a driver behaves correctly or breaks one rule, and checks the results that ACX would
//! return.

#![expect(
    clippy::multiple_unsafe_ops_per_block,
    reason = "a test's driver makes several calls of the frameworks in a row, as C drivers do"
)]

#[macro_use]
#[path = "../linked/mod.rs"]
mod linked;

mod bags;
mod bridges;
mod circuits;
mod client;
mod composites;
mod driver;
mod elements;
mod engines;
mod every;
mod factories;
mod formats;
mod handles;
mod packets;
mod power;
mod properties;
mod requests;
mod rights;
mod streams;
mod targets;
mod threads;
mod values;
mod wrong;

use std::collections::BTreeSet;
use std::path::Path;

/// Names of the functions of this folder that begin with `acx_`.
fn tests() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acx");
    let mut names = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let text = std::fs::read_to_string(file.expect("an entry").path()).expect("UTF-8");
        let functions = text.lines().filter_map(|line| line.strip_prefix("fn acx_"));
        let name = |line: &str| line.split('(').next().map(|name| format!("acx_{name}"));
        names.extend(functions.filter_map(name));
    }
    names
}

#[test]
fn the_table_of_contracts_names_the_tests() {
    let table = include_str!("../../../../docs/contracts/acx.md");
    let words = table.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    let named: BTreeSet<String> = words
        .filter(|word| word.starts_with("acx_") && word.len() > 4)
        .map(str::to_owned)
        .collect();
    assert_eq!(named, tests());
    for row in table.lines().filter(|line| line.starts_with("| ") && line.contains("acx_")) {
        let mut cells = row.split('|').map(str::trim);
        let id = cells.nth(1).unwrap_or_default().to_lowercase();
        let test = cells.next_back().and(cells.next_back()).unwrap_or_default();
        assert!(test.trim_matches('`').starts_with(&format!("acx_{id}_")), "{row}");
    }
}
