//! Tests that `docs/coverage.md` and the sources agree: the page lists for each function of ACX and
//! KMDF whether `acx` wraps it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The functions of a table, in its order.
fn table(name: &str) -> Vec<String> {
    let text = read_to_string(root().join("crates/acx-sys/facts").join(name)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit()));
    rows.map(|row| row.split('\t').nth(1).unwrap().to_owned()).collect()
}

/// The crate's files, by name, without their comments.
fn sources() -> BTreeMap<String, String> {
    let files = read_dir(root().join("crates/acx/src")).unwrap();
    let read = files.map(|file| {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = read_to_string(path).unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        (name, code.collect::<Vec<_>>().join("\n"))
    });
    read.collect()
}

/// Returns whether `text` contains `word` as a whole word.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// The aliases in `code`, each with the code that follows its attributes.
fn aliases(code: &str) -> Vec<(&str, &str)> {
    let attribute = "#[doc(alias = \"";
    let parts = code.match_indices(attribute).map(|(at, _)| &code[at + attribute.len()..]);
    parts
        .map(|part| {
            let (alias, mut rest) = part.split_once("\")]").unwrap();
            while let Some(attribute) = rest.trim_start().strip_prefix("#[") {
                rest = attribute.split_once(']').map_or("", |(_, rest)| rest);
            }
            (alias, rest)
        })
        .collect()
}

/// A page's entry for a function.
#[derive(Debug, PartialEq, Eq)]
enum Row {
    /// The items, as `file` and the rest of the path.
    Wrapped(Vec<(String, String)>),
    /// The files that call it.
    Used(Vec<String>),
    Not(String),
}

/// The rows of a page: function and entry.
fn rows(page: &str) -> Vec<(String, Row)> {
    let mut found = Vec::new();
    let quoted = |text: &str| -> Vec<(String, String)> {
        let paths = text.split('`').skip(1).step_by(2);
        let paths = paths.map(|path| path.strip_prefix("acx::").expect("a path in `acx`"));
        let split = |path: &str| path.split_once("::").map(|(a, b)| (a.to_owned(), b.to_owned()));
        paths.map(|path| split(path).unwrap_or((path.to_owned(), String::new()))).collect()
    };
    for line in page.lines() {
        let cells: Vec<&str> = line.trim_matches(['|', ' ']).split(" | ").map(str::trim).collect();
        match cells[..] {
            [function, said] if function.starts_with("Acx") || function.starts_with("Wdf") => {
                let row = if let Some(items) = said.strip_prefix("wrapped by ") {
                    Row::Wrapped(quoted(items))
                } else if let Some(files) = said.strip_prefix("used by ") {
                    Row::Used(quoted(files).into_iter().map(|(file, _)| file).collect())
                } else {
                    Row::Not(said.strip_prefix("no: ").expect("a reason").to_owned())
                };
                found.push((function.to_owned(), row));
            }
            [_, why, functions] if functions.starts_with("Wdf") => {
                let all = functions.split(", ");
                found.extend(all.map(|function| (function.to_owned(), Row::Not(why.to_owned()))));
            }
            _ => {}
        }
    }
    found
}

/// Returns the error in one row.
fn wrong(function: &str, row: &Row, sources: &BTreeMap<String, String>) -> Option<String> {
    let calls = |file: &String| sources.get(file).is_some_and(|code| has_word(code, function));
    let is_aliased = sources.values().any(|code| aliases(code).iter().any(|own| own.0 == function));
    match row {
        Row::Wrapped(items) => items.iter().find_map(|(file, path)| {
            let item = path.rsplit("::").next().unwrap();
            let code = sources.get(file).map_or("", String::as_str);
            let stands = aliases(code).into_iter().any(|(alias, rest)| {
                alias == function && rest.find(item).is_some_and(|at| at < 60)
            });
            (!stands).then(|| format!("{function}: `acx::{file}::{path}` has no such alias"))
        }),
        Row::Used(files) => {
            let missing = files.iter().find(|file| !calls(file));
            let why = missing.map(|file| format!("{function}: `acx::{file}` does not use it"));
            why.or(is_aliased.then(|| format!("{function} is wrapped: an item has its alias")))
        }
        Row::Not(why) => {
            let is_there = sources.keys().any(calls);
            let empty = why.len() < 10;
            (is_there || empty).then(|| format!("{function} is there, or has no reason: {why}"))
        }
    }
}

#[test]
fn the_page_has_every_function_and_says_what_is_true() {
    let page = read_to_string(root().join("docs/coverage.md")).unwrap();
    let sources = sources();
    let rows = rows(&page);
    let mut problems: Vec<_> =
        rows.iter().filter_map(|(function, row)| wrong(function, row, &sources)).collect();
    for (name, title) in [("acx-functions.tsv", "ACX"), ("wdf-functions.tsv", "KMDF")] {
        let functions = table(name);
        let (mut wrapped, mut used, mut not) = (0, 0, 0);
        for function in &functions {
            let own: Vec<_> = rows.iter().filter(|(own, _)| own == function).collect();
            match own[..] {
                [(_, Row::Wrapped(_))] => wrapped += 1,
                [(_, Row::Used(_))] => used += 1,
                [(_, Row::Not(_))] => not += 1,
                _ => problems.push(format!("{function} has {} rows", own.len())),
            }
        }
        let counts = format!("| {title} | {} | {wrapped} | {used} | {not} |", functions.len());
        if !page.contains(&counts) {
            problems.push(format!("the counts are {counts}"));
        }
    }
    let all: BTreeSet<_> =
        ["acx-functions.tsv", "wdf-functions.tsv"].into_iter().flat_map(table).collect();
    assert!(all.len() > 600, "the tables were not read");
    problems.extend(
        rows.iter().filter(|row| !all.contains(&row.0)).map(|row| format!("{}: unknown", row.0)),
    );
    assert!(problems.is_empty(), "docs/coverage.md:\n{}", problems.join("\n"));
}

#[test]
fn rows_that_are_wrong_are_found() {
    let code = "#[doc(alias = \"WdfOne\")]\npub fn one() { WdfOne(); WdfTwo(); }";
    let sources = BTreeMap::from([("file".to_owned(), code.to_owned())]);
    let found = |page: &str| {
        let rows = rows(page);
        let wrong: Vec<_> = rows.iter().filter_map(|row| wrong(&row.0, &row.1, &sources)).collect();
        (rows.len(), wrong.len())
    };
    assert_eq!(found("| WdfOne | wrapped by `acx::file::one` |"), (1, 0));
    assert_eq!(found("| WdfOne | wrapped by `acx::file::Type::two` |"), (1, 1));
    assert_eq!(found("| WdfTwo | wrapped by `acx::file::one` |"), (1, 1));
    assert_eq!(found("| WdfTwo | used by `acx::file` |"), (1, 0));
    assert_eq!(found("| WdfOne | used by `acx::file` |"), (1, 1));
    assert_eq!(found("| WdfTwo | used by `acx::other` |"), (1, 1));
    assert_eq!(found("| WdfTwo | no: there is no use for it |"), (1, 1));
    assert_eq!(found("| WdfThree | no: there is no use for it |"), (1, 0));
    assert_eq!(found("| WdfThree | no: ? |"), (1, 1));
    assert_eq!(found("| Group | there is no use for it | WdfThree, WdfTwo |"), (2, 1));
}

/// Returns whether a file's documentation has an example that is compiled and run, or names the
/// module that has it.
fn has_example(file: &str) -> bool {
    let is_run = |line: &str| matches!(line.trim(), "//! ```" | "/// ```");
    file.lines().any(is_run) || file.contains("which has an example")
}

/// A public module that stands for functions of the DDI shows how it is used.
#[test]
fn every_module_of_wrappers_has_an_example() {
    let read = |name: &str| {
        let path = root().join("crates/acx/src").join(name).with_extension("rs");
        read_to_string(path).unwrap()
    };
    let library = read("lib");
    let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod "));
    let modules = modules.filter_map(|rest| rest.strip_suffix(';'));
    let wrappers: Vec<_> = modules.filter(|name| !aliases(&read(name)).is_empty()).collect();
    assert!(wrappers.len() > 30, "only {wrappers:?} were found");
    let silent: Vec<_> = wrappers.into_iter().filter(|name| !has_example(&read(name))).collect();
    assert_eq!(silent, [""; 0], "modules without an example");
    assert!(!has_example("//! ```ignore\n//! # not run\n"));
}
