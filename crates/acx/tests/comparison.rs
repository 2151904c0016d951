//! Tests of `docs/comparison.md`: its drivers and programs exist, their line counts are correct,
//! its measurements have commit and date, and the sizes of images are current.

#[path = "../../../tests/variants/built.rs"]
mod built;

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use built::built;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Lines of `text` that are neither empty nor comment, which is from `from` to the line's end, or
/// to `to`.
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

/// The cells of the row that begins with `name`.
fn row<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!("| {name} | ");
    let line = page.lines().find(|line| line.starts_with(&begin)).expect(name);
    line.trim_matches(['|', ' ']).split(" | ").collect()
}

/// The number that a cell begins with.
fn number(cell: &str) -> f64 {
    let end =
        cell.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(cell.len());
    cell[..end].replace(',', "").parse().expect(cell)
}

/// Returns whether `found` is within 5% of the page's figure: compilers differ.
fn is_near(found: f64, said: f64) -> bool {
    (found / said - 1.0).abs() < 0.05
}

#[test]
fn ratios_are_those_of_their_rows() {
    let page = read_to_string(root().join("docs/comparison.md")).unwrap();
    for name in ["memory of a stream, its packets of 8192 bytes included", "image"] {
        let cells = row(&page, name);
        let ratio = format!("{:.2}", number(cells[2]) / number(cells[1]));
        assert_eq!(cells[3], ratio, "{name}");
    }
    // Times are medians of rounds, and so is their ratio.
    for name in ["a completed packet", "a position query"] {
        let cells = row(&page, name);
        let ratio = number(cells[2]) / number(cells[1]);
        assert!(is_near(number(cells[3]), ratio), "{name}: {cells:?}");
    }
    assert!(is_near(104.0, 100.0) && !is_near(106.0, 100.0));
}

#[test]
fn what_was_measured_has_a_commit_and_a_day() {
    let page = read_to_string(root().join("docs/comparison.md")).unwrap();
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = page.split_once("Measured on ").expect("a day");
    let (day, rest) = rest.split_at("2026-01-31".len());
    assert!(day.chars().enumerate().all(|(at, c)| if matches!(at, 4 | 7) {
        c == '-'
    } else {
        c.is_ascii_digit()
    }));
    let commit = rest.strip_prefix(" at commit ").and_then(|rest| rest.get(..7)).expect("a commit");
    assert!(commit.chars().all(|c| c.is_ascii_hexdigit()), "{commit}");
}

#[test]
fn the_images_are_as_large_as_the_page_says() {
    let page = read_to_string(root().join("docs/comparison.md")).unwrap();
    let cells = row(&page, "image");
    for (name, made_by, cell) in [
        ("c-driver/minimal.sys", "cargo xtask c-driver", cells[1]),
        (
            "image/x64/minimal-driver.sys",
            "cargo xtask build --release --package minimal-driver",
            cells[2],
        ),
    ] {
        let Some(path) = built(name, made_by) else { continue };
        let found = std::fs::metadata(&path).unwrap();
        let bytes = u32::try_from(found.len()).unwrap();
        assert!(is_near(bytes.into(), number(cell)), "{name} has {bytes} bytes, not {cell}");
    }
}
