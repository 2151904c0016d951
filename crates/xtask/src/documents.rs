//! Checks of the documents: every link leads to a file and a heading that exist, the book
//! (`book.toml`) has every page of `docs/`, and the lines of documents and of comments in every
//! source are at most 100 columns long.

use std::path::{Path, PathBuf};

use cargo_acx::files::{below, read};

/// The links of a Markdown text that lead to a file: `[words](target)`, outside code blocks.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        // Text between backticks is code as well.
        let words: String = line.split('`').step_by(2).collect();
        let mut rest = words.as_str();
        while let Some((_, behind)) = rest.split_once("](") {
            let Some((target, behind)) = behind.split_once(')') else { break };
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            // A template's address is known when it is filled in.
            if !is_elsewhere && !target.starts_with('@') {
                found.push(target.to_owned());
            }
            rest = behind;
        }
    }
    found
}

/// Returns the anchor of a heading.
fn anchor(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter(|one| one.is_alphanumeric() || matches!(one, ' ' | '-' | '_'));
    kept.map(|one| if one == ' ' { '-' } else { one }).collect()
}

fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

/// Returns the broken links of a document.
fn broken(page: &Path, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for link in links(text) {
        let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
        let folder = page.parent().unwrap_or(Path::new("."));
        let target = if file.is_empty() { page.to_owned() } else { folder.join(file) };
        if !target.exists() {
            wrong.push(format!("{}: {link}: there is no such file", page.display()));
        } else if !heading.is_empty() && target.extension().is_some_and(|own| own == "md") {
            let known = read(&target).map(|text| anchors(&text)).unwrap_or_default();
            if !known.iter().any(|own| own == heading) {
                wrong.push(format!("{}: {link}: there is no such heading", page.display()));
            }
        }
    }
    wrong
}

/// The documents of the repository.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut pages = Vec::new();
    for folder in ["docs", "crates", "samples", "tests", "wdk", "fuzz/seeds"] {
        pages.extend(below(&root.join(folder)).unwrap());
    }
    pages.extend(std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()));
    pages.retain(|page| {
        page.extension().is_some_and(|own| own == "md")
            && !page.components().any(|part| part.as_os_str() == "target")
    });
    pages
}

#[test]
fn every_link_leads_somewhere() {
    let pages = documents();
    assert!(pages.len() > 25, "{} documents", pages.len());
    let text = |page: &PathBuf| read(page).unwrap();
    let wrong: Vec<_> = pages.iter().flat_map(|page| broken(page, &text(page))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let empty = pages.iter().find(|page| text(page).lines().count() < 3);
    assert_eq!(empty, None, "an empty page");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let wrong = |text: &str| broken(&page, text).len();
    assert_eq!(wrong("[a](telemetry.md) [b](../README.md) [c](https://example.org/none.md)"), 0);
    assert_eq!(wrong("[a](none.md) [b](../none.md)"), 2);
    assert_eq!(wrong("[a](settings.md#while-it-runs) [b](settings.md#while-it-sleeps)"), 1);
    assert_eq!(wrong("```\n[a](none.md)\n```\n`[a](none.md)`"), 0);
}

/// The pages below `docs/` that the book's table of contents does not list.
fn not_in_the_book(summary: &str, docs: &Path) -> Vec<PathBuf> {
    let listed: Vec<_> = links(summary).iter().map(|link| docs.join(link)).collect();
    let mut pages = below(docs).unwrap();
    pages.retain(|page| page.extension().is_some_and(|own| own == "md"));
    pages.retain(|page| !page.ends_with("SUMMARY.md") && !listed.contains(page));
    pages
}

#[test]
fn the_book_has_every_page() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let summary = read(&docs.join("SUMMARY.md")).unwrap();
    assert_eq!(not_in_the_book(&summary, &docs), Vec::<PathBuf>::new());
    // A missing page is found, and nothing else.
    let without = summary.replace("(contracts/acx.md)", "(contracts/kmdf.md)");
    assert_eq!(not_in_the_book(&without, &docs), [docs.join("contracts/acx.md")]);
    // The book is made of this folder.
    let book = read(&docs.join("../book.toml")).unwrap();
    assert!(book.contains("src = \"docs\"\n"), "{book}");
}

/// Whether a line is long for a single word, such as an address.
fn is_one_word(line: &str) -> bool {
    line.split(' ').any(|word| word.len() > 70)
}

/// The lines of a document that are too long, each with its number. A row of a table is one line,
/// and so is a command or what a program prints.
fn too_long(text: &str) -> Vec<usize> {
    let mut is_code = false;
    let lines = text.lines().enumerate();
    let long = lines.filter(|(_, line)| {
        let start = line.trim_start();
        is_code ^= start.starts_with("```");
        line.chars().count() > 100 && !is_code && !start.starts_with('|') && !is_one_word(line)
    });
    long.map(|(at, _)| at + 1).collect()
}

#[test]
fn lines_are_at_most_100_columns() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    for page in documents() {
        let name = page.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let long = too_long(&read(&page).unwrap());
        assert!(long.is_empty(), "{name}: longer than 100 columns: lines {long:?}");
    }
    let line = "word ".repeat(21);
    assert_eq!(too_long(&format!("short\n{line}\n| {line} |\n```\n{line}\n```\n{line}")), [2, 7]);
}

/// What begins a comment in each language of the repository's sources, by the ending of a file.
const COMMENTS: [(&[&str], &[&str]); 3] =
    [(&["rs", "c", "h"], &["//", "/*"]), (&["toml", "yml", "ps1", ""], &["#"]), (&["inx"], &[";"])];

/// The lines of a source that are comments and too long, each with its number. A row of a table is
/// one line, and so is a line of code or of a picture in a comment; an address cannot be broken.
fn long_comments(text: &str, marks: &[&str]) -> Vec<usize> {
    let mut is_code = false;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let Some(mark) = marks.iter().find(|mark| start.starts_with(*mark)) else {
            is_code = false;
            continue;
        };
        let said = start[mark.len()..].trim_start_matches(['/', '!']).trim_start();
        is_code ^= said.starts_with("```");
        // What ends with a backslash is text in a string.
        let is_text = line.ends_with('\\');
        let is_one = is_code || is_text || said.starts_with('|') || is_one_word(said);
        if line.chars().count() > 100 && !is_one {
            found.push(at + 1);
        }
    }
    found
}

/// The sources of the repository that people write.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut found: Vec<_> =
        std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    for folder in [
        ".cargo", ".ci", ".github", "benches", "crates", "fuzz", "samples", "scripts", "src",
        "tests", "wdk",
    ] {
        found.extend(below(&root.join(folder)).unwrap());
    }
    found.retain(|file| {
        let shown = file.to_string_lossy().replace('\\', "/");
        file.is_file()
            && !shown.contains("/target/")
            && !shown.contains("/fuzz/seeds/")
            && !shown.contains("/fuzz/corpus/")
            // Cut from the bindings that Microsoft published.
            && !shown.contains("/acx-sys/src/bundled/")
    });
    found
}

#[test]
fn comments_are_at_most_100_columns() {
    let mut count = 0;
    for file in sources() {
        let ending = file.extension().map(|own| own.to_string_lossy()).unwrap_or_default();
        let marks = COMMENTS.iter().find(|(endings, _)| endings.contains(&&*ending));
        let Some((_, marks)) = marks else { continue };
        let Ok(text) = read(&file) else { continue };
        if text.starts_with("//! Written by `cargo xtask") {
            continue;
        }
        let long = long_comments(&text, marks);
        let name = file.display();
        assert!(long.is_empty(), "{name}: comments of more than 100 columns: lines {long:?}");
        count += 1;
    }
    assert!(count > 500, "{count} sources");
    let words = "word ".repeat(20);
    let text = format!(
        "/// {words}\nlet long = \"{words}\";\n    // {words}\n//! | {words} |\n/// https://{}\n\
         /// ```\n/// {words}\n/// ```\n/// {words}",
        "x".repeat(90)
    );
    assert_eq!(long_comments(&text, &["//"]), [1, 3, 9]);
    assert_eq!(long_comments(&format!("# {words}"), &["#"]), [1]);
}
