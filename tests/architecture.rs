//! The rules of the architecture that a test can check: the direction of dependencies, and the
//! places of `unsafe`.

#[path = "architecture/files.rs"]
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The allowed dependencies of each crate. A crate that is missing here fails the test.
const ALLOWED: &[(&str, &[&str])] = &[
    ("vdma", &[]),
    ("acx-sys", &[]),
    ("acx", &["acx-sys"]),
    ("acxvad-abi", &[]),
    ("acx-client", &["acx-sys", "acxvad-abi"]),
    ("acx-host", &["acx-client", "acx-sys"]),
    ("acxvad-driver", &["acx", "acxvad-abi", "vdma"]),
    ("acxvad-image", &["acxvad-driver"]),
    ("vdma-bench", &["vdma"]),
    ("models", &["acx", "vdma"]),
    ("acxvad-io", &["acx-client", "acx-host", "acx-sys", "acxvad-abi", "acxvad-driver"]),
    ("acxvad-programs", &["acx-client", "acx-sys", "acxvad-io", "acx-wave"]),
    ("acxvad-io-c", &["acx-client", "acx-sys", "acxvad-io"]),
    ("acxvadctl", &["acx-client", "acx-sys", "acxvad-abi", "wasapi-client"]),
    ("first-run", &[]),
    ("acx-wave", &["acx-client"]),
    ("wasapi-client", &["acx-client"]),
    ("wasapi-samples", &["acx-wave", "wasapi-client"]),
    ("ks-browser", &["acx-client", "acx-sys"]),
    ("acx-conform", &["acx-client", "acx-host", "acx-sys", "acx-wave", "wasapi-client"]),
    (
        "acxhost",
        &[
            "acx-client",
            "acx-conform",
            "acx-host",
            "acx-sys",
            "acxvad-abi",
            "acxvad-driver",
            "wasapi-client",
            "acx-wave",
        ],
    ),
    (
        "acx-fuzz",
        &[
            "acx-client",
            "acx-conform",
            "acx-host",
            "acx-sys",
            "acxhost",
            "acxvad-abi",
            "acxvad-driver",
            "acx-wave",
        ],
    ),
    ("cargo-acx", &["acx-client", "acx-conform", "acx-host"]),
    ("xtask", &["acxvad-abi", "cargo-acx"]),
    ("minimal-driver", &["acx"]),
    ("flaws", &["acx"]),
    ("flawed-cable", &["acx", "flaws"]),
    ("flawed-driver", &["acx", "flaws"]),
    ("microphone-driver", &["acx"]),
    ("stack-dsp", &["acx"]),
    ("stack-codec", &["acx"]),
    ("stack-amp", &["acx"]),
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
            wrong.push(format!("{} is not in the architecture: add it to ALLOWED", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            // Tests may depend on anything; only shipped code counts.
            let ships = dependency.kind == DependencyKind::Normal;
            if ships && ours.contains(&dependency.name) && !below.contains(dependency.name.as_str())
            {
                wrong.push(format!("{} must not depend on {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Crates that work with any driver, and the crates on which they must not depend, neither through
/// another crate nor in their tests.
const INDEPENDENT: [(&str, &[&str]); 4] = [
    ("acx-host", &["acx", "vdma", "acxvad-driver", "acx-conform"]),
    ("acx-conform", &["acx", "vdma", "acxvad-driver", "acxhost"]),
    ("acx-client", &["acx", "vdma", "acxvad-driver", "acx-host"]),
    ("cargo-acx", &["acx", "vdma", "acxvad-driver", "acxhost"]),
];

/// Which of `forbidden` the package `name` depends on, through packages of `direct`.
fn reached<'a>(
    name: &'a str,
    forbidden: &[&'a str],
    direct: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    let mut next = vec![name];
    while let Some(package) = next.pop() {
        let below = direct.get(package).into_iter().flatten();
        next.extend(below.filter(|below| all.insert(**below)));
    }
    all.into_iter().filter(|package| forbidden.contains(package)).collect()
}

#[test]
fn the_host_and_the_suite_do_not_depend_on_a_driver() {
    let metadata = MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata runs in the workspace");
    let direct: BTreeMap<&str, BTreeSet<&str>> = metadata
        .packages
        .iter()
        .map(|package| {
            let below = package.dependencies.iter().map(|dependency| dependency.name.as_str());
            (package.name.as_str(), below.collect())
        })
        .collect();
    for (name, forbidden) in INDEPENDENT {
        let found = reached(name, forbidden, &direct);
        assert!(found.is_empty(), "{name} must not depend on {found:?}");
    }
    // Checks the search: the command line links the driver.
    let of_the_program = reached("acxhost", &["vdma", "acx-conform"], &direct);
    assert_eq!(of_the_program.into_iter().collect::<Vec<_>>(), ["acx-conform", "vdma"]);
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
        let mut found = lines_with("src", word);
        // Linked with its unit tests, but not used by them.
        found.retain(|line| !line.ends_with(": use acx_host as _;"));
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
fn the_suite_never_names_the_wrappers_or_the_driver() {
    for word in ["acx::driver", "acxvad", "vdma"] {
        let found = lines_with("crates/acx-conform", word);
        assert!(found.is_empty(), "{word} in the suite:\n{}", found.join("\n"));
    }
}

/// Comments at an `unsafe` that give no argument, as lines of `text`.
fn empty_arguments(text: &str) -> Vec<(usize, &str)> {
    let is_empty = |line: &str| {
        let comment = line.trim().strip_prefix("//").unwrap_or_default();
        let argument = comment.trim().strip_prefix("SAFETY:").map(str::trim);
        argument.is_some_and(|argument| {
            argument.is_empty() || argument.starts_with("as above") || argument.starts_with("see ")
        })
    };
    text.lines().enumerate().filter(|(_, line)| is_empty(line)).collect()
}

#[test]
fn each_safety_comment_is_an_argument() {
    let refused =
        ["SAFETY: as above.", "SAFETY:", "SAFETY: see `new`."].map(|text| format!("// {text}"));
    assert_eq!(empty_arguments(&refused.join("\n")).len(), refused.len(), "the search is broken");
    let mut wrong = Vec::new();
    for folder in ["src", "crates", "samples", "tests", "benches", "wdk/src", "fuzz/fuzz_targets"] {
        for path in sources(&root().join(folder)) {
            let text = std::fs::read_to_string(&path).expect("the source is UTF-8");
            for (line, text) in empty_arguments(&text) {
                wrong.push(format!("{}:{}: {}", path.display(), line + 1, text.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "each `unsafe` needs an argument:\n{}", wrong.join("\n"));
}

#[test]
fn the_word_search_finds_what_it_looks_for() {
    assert!(!lines_with("crates/acx-host/src", "unsafe").is_empty(), "the search is broken");
}

/// The layers of the host, from the lowest up.
const HOST: &[&str] = &["os", "image", "kernel", "nt", "wdf", "acx", "ks", "machine"];

/// The sources of the crate in `folder`, by module.
fn crate_sources(folder: &str) -> files::Sources {
    let folder = root().join(folder);
    let module = |path: &Path| -> Vec<String> {
        let inside = path.strip_prefix(&folder).expect("the file is in the folder");
        let parts = inside.with_extension("");
        let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
        parts.filter(|part| part != "lib" && part != "mod").collect()
    };
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("the source is UTF-8");
    sources(&folder).iter().map(|path| (module(path), read(path))).collect()
}

/// Files of the host that may form a cycle: a processor's instructions and their next steps call
/// each other (`image::native` is one of two files), and packed unwind data is a form of the other.
const TOGETHER: &[(&str, &str)] = &[
    ("image/engine.rs", "image.rs"),
    ("image/fault.rs", "image.rs"),
    ("image/standing.rs", "image.rs"),
    ("image/unwind/arm64/packed.rs", "image/unwind/arm64.rs"),
];

#[test]
fn files_of_the_host_stand_on_its_floors_and_in_no_circle() {
    let mut found = files::files(&crate_sources("crates/acx-host/src"));
    let mut wrong = files::upward(&found.edges, HOST);
    for (from, to) in TOGETHER {
        let edge = found.edges.remove(&((*from).to_owned(), (*to).to_owned()));
        assert!(edge.is_some(), "{from} does not use {to} any more");
    }
    wrong.extend(files::circles(&found.edges));
    wrong.extend(found.strays);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found.edges.len() > 300, "the files were not read: {} arrows", found.edges.len());
}

#[test]
fn files_of_the_driver_are_in_no_circle() {
    let found = files::files(&crate_sources("src"));
    let mut wrong = files::circles(&found.edges);
    wrong.extend(found.strays);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found.edges.len() > 40, "the files were not read: {} arrows", found.edges.len());
}

#[test]
fn files_of_the_wrappers_are_in_no_circle() {
    // Methods of a circuit under construction are in the files of the parts that they add, so
    // strays are allowed.
    let found = files::files(&crate_sources("crates/acx/src"));
    let wrong = files::circles(&found.edges);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found.edges.len() > 100, "the files were not read: {} arrows", found.edges.len());
}

/// A crate of four files, read from `(module, text)`.
fn made_up(files: &[(&str, &str)]) -> files::Files {
    let module = |name: &str| -> Vec<String> {
        name.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let sources = files.iter().map(|(name, text)| (module(name), (*text).to_owned()));
    files::files(&sources.collect())
}

#[test]
fn a_circle_and_an_arrow_that_goes_up_are_found() {
    let low = ("low", "pub(crate) mod pool; mod base; pub(crate) use base::Kernel;");
    let base = ("low::base", "pub(crate) struct Kernel;");
    let good = [
        ("", "mod low; mod high;"),
        low,
        base,
        ("low::pool", "// crate::high::Top\nuse super::Kernel; fn f(k: &Kernel) {}"),
        ("high", "use crate::low::{Kernel, pool}; pub(crate) struct Top; fn f() { pool::f() }"),
    ];
    let found = made_up(&good);
    let edges: Vec<_> = found.edges.keys().map(|(from, to)| format!("{from} {to}")).collect();
    let wanted = ["high.rs low/base.rs", "high.rs low/pool.rs", "low.rs low/base.rs"];
    assert_eq!(edges[..3], wanted, "names that are handed on lead to their own file");
    assert!(files::upward(&found.edges, &["low", "high"]).is_empty(), "{found:?}");
    assert!(files::circles(&found.edges).is_empty() && found.strays.is_empty(), "{found:?}");

    let mut up = good;
    up[3].1 = "fn f() { let top = crate::high::Top; }";
    let found = made_up(&up);
    let wrong = files::upward(&found.edges, &["low", "high"]);
    assert_eq!(
        wrong,
        ["low/pool.rs must not use high.rs, which stands above it: crate::high::Top"]
    );
    let circles = files::circles(&found.edges);
    assert!(circles.len() == 1 && circles[0].contains("high.rs uses low/pool.rs"), "{circles:?}");
    assert_eq!(files::upward(&found.edges, &["low"]), ["high.rs stands on no floor"]);

    let mut inside = good;
    inside[2].1 = "use super::pool as other; pub(crate) struct Kernel; fn f() { other::f() }";
    let circles = files::circles(&made_up(&inside).edges);
    assert_eq!(
        circles,
        ["2 files use each other:\n  low/base.rs uses low/pool.rs: super::pool\n  \
          low/pool.rs uses low/base.rs: super::Kernel"]
    );

    // A method that stands in another file than its type is an arrow that no path shows.
    let mut stray = good;
    stray[4].1 = "use crate::low::Kernel; impl Kernel { fn g(&self) {} }";
    assert_eq!(made_up(&stray).strays, ["high.rs: methods of Kernel belong in low/base.rs"]);
    // Tests may look anywhere.
    let mut test = good;
    test[3].1 = "#[cfg(test)]\nmod tests { use crate::high::Top; }";
    assert!(files::upward(&made_up(&test).edges, &["low", "high"]).is_empty());
}
