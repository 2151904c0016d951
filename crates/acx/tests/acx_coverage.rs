//! `docs/coverage.md` names every function of ACX: with the module that wraps it, or with the
//! reason why none does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every function of ACX's table.
fn functions() -> BTreeSet<String> {
    let table = read_to_string(root().join("crates/acx-sys/facts/acx-functions.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| row.split('\t').nth(1)).map(str::to_owned).collect()
}

/// The functions that are aliases in a module of this crate.
fn aliases(module: &str) -> BTreeSet<String> {
    let file = root().join("crates/acx/src").join(module).with_extension("rs");
    let source = read_to_string(&file).unwrap_or_else(|why| panic!("{module}: {why}"));
    let parts = source.split("doc(alias = \"").skip(1);
    parts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// The rows of the page that name functions of ACX, by their first cell.
fn rows() -> BTreeMap<String, String> {
    let page = read_to_string(root().join("docs/coverage.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("`Acx"));
    let cells = rows.map(|row| row.trim_matches('|').split_once(" | ").unwrap());
    cells.map(|(one, two)| (one.trim().trim_matches('`').to_owned(), two.to_owned())).collect()
}

#[test]
fn the_page_names_every_function_of_acx_once() {
    let functions = functions();
    assert_eq!(functions.len(), 221);
    let mut named = BTreeMap::new();
    for (first, second) in rows() {
        if first.starts_with("Acx") {
            assert!(second.len() > 20, "{first}: no reason is given");
            *named.entry(first).or_insert(0) += 1;
            continue;
        }
        let aliases = aliases(&first);
        for function in second.trim().split(", ").map(|name| name.trim_matches('`').to_owned()) {
            assert!(aliases.contains(&function), "{function} is no alias in {first}");
            *named.entry(function).or_insert(0) += 1;
        }
    }
    let missing: Vec<_> = functions.iter().filter(|name| named.get(*name) != Some(&1)).collect();
    assert!(missing.is_empty(), "not named, or named twice: {missing:?}");
    let without = rows().into_keys().filter(|first| first.starts_with("Acx")).count();
    let page = read_to_string(root().join("docs/coverage.md")).unwrap();
    let count = format!("{} of the {} functions", functions.len() - without, functions.len());
    assert!(page.contains(&count), "the page does not say '{count}'");
    let unknown: Vec<_> = named.keys().filter(|name| !functions.contains(*name)).collect();
    assert!(unknown.is_empty(), "no functions of ACX: {unknown:?}");
}
