//! `docs/comparison.md` names drivers and programs that are there, and counts their lines right.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Lines of `text` that are neither empty nor comment, which is from `from` to the line's end, or to
/// `to`.
fn lines(text: &str, from: &str, to: &str) -> usize {
    let mut code = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once(from) {
        code += before;
        rest = comment.find(to).map_or("", |at| &comment[at..]);
        rest = if to == "\n" { rest } else { rest.strip_prefix(to).unwrap_or(rest) };
    }
    code += rest;
    code.lines().filter(|line| !line.trim().is_empty()).count()
}

/// Names in backquotes in the table below `heading`.
fn names<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let section = page.split_once(heading).unwrap().1.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn what_the_page_names_is_there() {
    let page = read_to_string(root().join("docs/comparison.md")).unwrap();
    let mut programs = 0;
    for name in names(&page, "## What the compiler refuses") {
        let file = match name {
            "PASSIVE_LEVEL" | "DISPATCH_LEVEL" | "acx" => continue,
            driver if driver.contains('.') => root().join("tests/bad-drivers").join(driver),
            program => {
                programs += 1;
                root().join("crates/acx/tests/ui").join(program).with_extension("rs")
            }
        };
        assert!(file.is_file(), "{name} does not exist");
    }
    assert!(programs > 15, "the table was not found");
}

#[test]
fn the_lines_are_counted_right() {
    let page = read_to_string(root().join("docs/comparison.md")).unwrap();
    let read = |path: &str| read_to_string(root().join(path)).unwrap();
    let c = lines(&read("tests/c-driver/minimal.c"), "/*", "*/");
    let rust = lines(&read("samples/minimal-driver/src/lib.rs"), "//", "\n");
    let row = format!("| the driver | {c} | {rust} |");
    assert!(page.contains(&row), "docs/comparison.md should have {row}");
    let header = lines(&read("tests/c-driver/driver.h"), "/*", "*/");
    assert!(page.contains(&format!("{header} lines")), "the header has {header} lines");
    assert_eq!(lines("a /* b\n c */\n\n d", "/*", "*/"), 2);
    assert_eq!(lines("a // b\n// c\nd", "//", "\n"), 2);
}
