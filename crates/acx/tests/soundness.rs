//! Tests that the tests named in `docs/soundness.md` exist, and that it names every program of
//! `ui`.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the text of every Rust file below `folder`.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &read_to_string(&path).unwrap();
        }
    }
    text
}

/// Returns the entries of the page's table: type and name.
fn named() -> Vec<(String, String)> {
    let page = read_to_string(root().join("docs/soundness.md")).unwrap();
    let mut names = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for item in held_by.split(", ") {
            let (kind, rest) = item.split_once('`').unwrap();
            names.push((kind.trim().to_owned(), rest.trim_end_matches('`').to_owned()));
        }
    }
    names
}

#[test]
fn every_promise_names_tests_that_exist() {
    let tests = root().join("crates/acx/tests");
    let functions = sources(&tests);
    let models = sources(&root().join("crates/models/tests"));
    let named = named();
    assert!(named.len() > 30, "the table was not found");
    for (kind, name) in &named {
        let exists = match kind.as_str() {
            "ui" => tests.join("ui").join(name).with_extension("rs").is_file(),
            "loom" => models.contains(&format!("fn {name}()")),
            "" => functions.contains(&format!("fn {name}()")),
            other => panic!("{other}: an unknown kind"),
        };
        assert!(exists, "{kind} {name} does not exist");
    }
    let promised: BTreeSet<_> =
        named.into_iter().filter(|(kind, _)| kind == "ui").map(|(_, name)| name).collect();
    let programs: BTreeSet<_> = std::fs::read_dir(tests.join("ui"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(promised, programs);
}
