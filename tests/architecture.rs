//! The rules of the house that a machine can check: which way the arrows go, and where `unsafe` lives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each room may stand on. A crate that is missing here fails the test: a new room needs a
/// place in the house.
const ALLOWED: &[(&str, &[&str])] = &[
    ("vdma", &[]),
    ("acx-sys", &[]),
    ("acx", &["acx-sys"]),
    ("acx-client", &["acx-sys"]),
    ("acx-host", &["acx-client", "acx-sys"]),
    ("acxvad-driver", &["acx", "vdma"]),
    ("acxvadctl", &["acx-client"]),
    ("wasapi-samples", &[]),
    ("ks-browser", &["acx-client", "acx-sys"]),
    ("acxhost", &["acx-client", "acx-host", "acx-sys", "acxvad-driver", "wasapi-samples"]),
    ("hostile", &["acx-client", "acx-host", "acx-sys", "acxhost", "acxvad-driver"]),
    ("xtask", &[]),
    ("minimal-driver", &["acx"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn arrows_only_go_down_the_picture() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata runs in the workspace");
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ALLOWED.iter().map(|(name, below)| (*name, below.iter().copied().collect())).collect();
    let ours: BTreeSet<String> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let Some(below) = allowed.get(package.name.as_str()) else {
            wrong.push(format!("{} has no place in the house: add it to ALLOWED", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            // Tests may look down from anywhere: what ships is what counts.
            let ships = dependency.kind == DependencyKind::Normal;
            if ships && ours.contains(&dependency.name) && !below.contains(dependency.name.as_str())
            {
                wrong.push(format!("{} must not depend on {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every Rust source file below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the entry is readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Lines of `folder` with `word` in their code (not in a comment or an attribute), as
/// `file:line: text`.
fn lines_with(folder: &str, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for path in sources(&root().join(folder)) {
        let text = std::fs::read_to_string(&path).expect("the source is UTF-8");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if code.trim_start().starts_with("#!") || code.trim_start().starts_with("#[") {
                continue;
            }
            let is_whole_word = code.match_indices(word).any(|(at, _)| {
                let part = |c: char| c.is_alphanumeric() || c == '_';
                !code[..at].ends_with(part) && !code[at + word.len()..].starts_with(part)
            });
            if is_whole_word {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn the_driver_and_the_engine_are_safe_rust() {
    for folder in ["src", "crates/vdma/src"] {
        let found = lines_with(folder, "unsafe");
        assert!(found.is_empty(), "unsafe in {folder}:\n{}", found.join("\n"));
    }
}

#[test]
fn the_driver_never_names_the_raw_abi_or_the_host() {
    for word in ["acx_sys", "acx_host", "wdk_sys"] {
        let found = lines_with("src", word);
        assert!(found.is_empty(), "{word} in the driver:\n{}", found.join("\n"));
    }
}

#[test]
fn the_host_never_names_the_wrappers_or_the_driver() {
    for word in ["acx::driver", "acxvad"] {
        let found = lines_with("crates/acx-host/src", word);
        assert!(found.is_empty(), "{word} in the host:\n{}", found.join("\n"));
    }
}

#[test]
fn the_word_search_finds_what_it_looks_for() {
    assert!(!lines_with("crates/acx-host/src", "unsafe").is_empty(), "the search is broken");
}
