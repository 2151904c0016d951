//! `cargo acx new`: a new driver from the template, which is acxvad's `samples/minimal-driver`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};
use rsa::rand_core::{OsRng, RngCore};

use crate::files::{at, read, write};

/// The driver's source, the sample's file.
pub const LIBRARY: &str = include_str!("../templates/lib.rs");

/// The paths of the template's files in a driver, and their text.
const FILES: [(&str, &str); 7] = [
    ("Cargo.toml", include_str!("../templates/manifest.toml")),
    ("@NAME@.inx", include_str!("../templates/driver.inx")),
    ("tests/conforms.rs", include_str!("../templates/conforms.rs")),
    ("README.md", include_str!("../templates/readme.md")),
    ("rustfmt.toml", include_str!("../templates/rustfmt.toml")),
    (".gitignore", include_str!("../templates/gitignore")),
    (".github/workflows/driver.yml", include_str!("../templates/workflow.yml")),
];

/// The GUID of the sample's circuit, which is replaced by a new one in each driver.
const COMPONENT: &str = "A2F163C0-5D1B-4C1E-9D41-0B7E55103A77";

/// The first paragraph of the driver's file.
const INTRODUCTION: &str = "\
//! @NAME@: an ACX driver with one speaker, which discards its audio in real time. A walk through
//! this file: <@REPOSITORY@/blob/main/docs/writing-a-driver.md>.
";

/// Names that a crate cannot have, or that tools reserve.
const RESERVED: [&str; 15] = [
    "acx",
    "acx-conform",
    "acx-host",
    "acx-sys",
    "alloc",
    "core",
    "proc-macro",
    "std",
    "test",
    "build",
    "deps",
    "examples",
    "incremental",
    "package",
    "wdk",
];

/// Keywords, which cannot be crate names.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Windows device names, which cannot be file names.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// The maximum length of a name, which becomes a file, a service and a part of INF section names.
const LONGEST: usize = 32;

/// The path of cargo's settings in a driver's folder.
pub const CONFIGURATION: &str = ".cargo/config.toml";

/// The dependencies of the template's manifest.
const DEPENDENCIES: [&str; 3] = ["acx", "acx-conform", "acx-host"];

/// Whether a driver can have this name.
///
/// # Errors
///
/// It cannot: the message has the reason and the rule for names.
pub fn check_name(name: &str) -> Result<(), String> {
    let wrong = |why: &str| {
        Err(format!(
            "{name:?} cannot be the name of a driver: {why}. A name is made of a to z, 0 to 9 and \
             `-`, such as my-speaker"
        ))
    };
    let strange = |letter: char| !matches!(letter, 'a'..='z' | '0'..='9' | '-');
    if name.is_empty() {
        return wrong("it is empty");
    }
    if let Some(letter) = name.chars().find(|letter| strange(*letter)) {
        return wrong(&format!("it has {letter:?}"));
    }
    if !name.starts_with(|letter: char| letter.is_ascii_lowercase()) || name.ends_with('-') {
        return wrong("it begins with a letter and does not end with `-`");
    }
    if name.len() > LONGEST {
        return wrong(&format!("it has {} characters; {LONGEST} is the most", name.len()));
    }
    let port = name.strip_prefix("com").or_else(|| name.strip_prefix("lpt"));
    let is_port = port.is_some_and(|number| number.len() == 1 && number != "0");
    if DEVICES.contains(&name) || is_port {
        return wrong("Windows has a device of this name");
    }
    if KEYWORDS.contains(&name) {
        return wrong("it is a keyword of Rust");
    }
    if RESERVED.contains(&name) {
        return wrong("it is the name of a crate that a driver needs, or of a folder of cargo");
    }
    Ok(())
}

/// A unique GUID: version 4, random.
fn guid() -> String {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let text = format!("{:032X}", u128::from_be_bytes(bytes));
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

/// The files of a driver with this name, each with its path in the driver's folder.
pub fn files(name: &str) -> Vec<(String, String)> {
    let filled = |text: &str| {
        text.replace("@VERSION@", env!("CARGO_PKG_VERSION"))
            .replace("@REPOSITORY@", env!("CARGO_PKG_REPOSITORY"))
            .replace("@CRATE@", &name.replace('-', "_"))
            .replace("@NAME@", name)
    };
    // The sample's own first paragraph is about the sample.
    let rest = LIBRARY.split_once("\n//!\n").map_or(LIBRARY, |(_, rest)| rest);
    let library = format!("{}//!\n{rest}", filled(INTRODUCTION)).replace(COMPONENT, &guid());
    let others = FILES.iter().map(|(path, text)| (filled(path), filled(text)));
    others.chain([("src/lib.rs".to_owned(), library)]).collect()
}

/// Writes a driver into a new folder `name` in `parent`. Returns the folder.
///
/// # Errors
///
/// The name is invalid, the folder already exists, or a file cannot be written. An existing folder
/// is not changed.
pub fn new(parent: &Path, name: &str) -> Result<PathBuf, String> {
    check_name(name)?;
    let folder = parent.join(name);
    match fs::create_dir(&folder) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            return Err(format!(
                "{} exists already; nothing in it was changed: choose another name, or run this \
                 in another folder",
                folder.display()
            ));
        }
        created => at(&folder, created)?,
    }
    for (path, text) in files(name) {
        write(&folder.join(path), text)?;
    }
    Ok(folder)
}

/// Cargo settings that take a driver's crates from a checkout of this repository.
///
/// # Errors
///
/// It is not such a checkout, or cargo cannot read it.
pub fn configuration(checkout: &Path) -> Result<String, String> {
    let checkout = at(checkout, std::path::absolute(checkout))?;
    let mut command = MetadataCommand::new();
    let metadata = command.manifest_path(checkout.join("Cargo.toml")).no_deps().exec();
    let metadata = metadata.map_err(|why| {
        let (folder, why) = (checkout.display(), why.to_string());
        format!("{}\ngive --checkout a checkout of acxvad; {folder} is none", why.trim())
    })?;
    let mut wanted = DEPENDENCIES.map(str::to_owned).to_vec();
    let mut folders = BTreeMap::new();
    while let Some(name) = wanted.pop() {
        let package = metadata.packages.iter().find(|package| *package.name == name);
        let package = package.ok_or_else(|| {
            let repository = env!("CARGO_PKG_REPOSITORY");
            format!(
                "{} has no package {name}: it is not a checkout of {repository}",
                checkout.display()
            )
        })?;
        if folders.insert(name, package.manifest_path.with_file_name("")).is_none() {
            let others = package
                .dependencies
                .iter()
                .filter(|other| other.path.is_some() && other.kind != DependencyKind::Development);
            wanted.extend(others.map(|other| other.name.clone()));
        }
    }
    let mut text = "\
# The crates are those of a checkout. Without this file cargo takes them from crates.io.
[patch.crates-io]
"
    .to_owned();
    for (name, folder) in folders {
        let _ = writeln!(text, "{name} = {{ path = '{}' }}", folder.as_str().trim_end_matches('/'));
    }
    Ok(text)
}

/// The workspace that contains `folder`, if there is one.
pub fn workspace_around(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let manifests = folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    let is_workspace = |manifest: &PathBuf| {
        read(manifest).is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
    };
    manifests.into_iter().find(is_workspace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inf::{self, Expected};

    #[test]
    fn names_that_no_driver_can_have_are_refused_and_others_are_not() {
        for name in ["my-speaker", "codec", "usb2", "com10"] {
            assert_eq!(check_name(name), Ok(()));
        }
        let long = "a".repeat(LONGEST + 1);
        for (name, why) in [
            ("", "empty"),
            ("My-Speaker", "'M'"),
            ("my speaker", "' '"),
            ("../speaker", "'.'"),
            ("speaker_0", "'_'"),
            ("2usb", "begins with a letter"),
            ("usb-", "does not end"),
            (long.as_str(), "33 characters"),
            ("com1", "device"),
            ("nul", "device"),
            ("match", "keyword of Rust"),
            ("acx", "a crate that a driver needs"),
            ("test", "a crate that a driver needs"),
        ] {
            let said = check_name(name).expect_err(name);
            assert!(said.contains(why) && said.contains("such as my-speaker"), "{said}");
        }
    }

    #[test]
    fn every_name_is_filled_in_and_each_driver_has_a_component_of_its_own() {
        assert_eq!(LIBRARY.matches(COMPONENT).count(), 1, "the GUID to be replaced");
        let text = |name: &str| -> String {
            files(name).into_iter().map(|(path, text)| path + "\n" + &text).collect()
        };
        let (one, other) = (text("my-speaker"), text("my-speaker"));
        for word in ["@NAME@", "@CRATE@", "@VERSION@", "@REPOSITORY@", COMPONENT, "Copy it"] {
            let found = one.lines().find(|line| line.contains(word));
            assert_eq!(found, None, "{word}");
        }
        assert!(one.contains("my_speaker::FxDriverEntry") && one.contains("name = \"my-speaker\""));
        assert_ne!(one, other, "two drivers have one GUID");
        assert_eq!(one.len(), other.len());
    }

    #[test]
    fn the_inf_of_a_new_driver_passes_every_check() {
        let files = files("my-speaker");
        let (_, inx) = files.iter().find(|(path, _)| path == "my-speaker.inx").unwrap();
        let expected = Expected {
            name: "my-speaker".to_owned(),
            hardware_id: None,
            circuits: None,
            hidden: None,
        };
        for check in inf::inf(inx.as_bytes(), &expected) {
            assert!(check.found.is_ok(), "{check}");
        }
        assert_eq!(inf::circuit_names(inx).into_iter().collect::<Vec<_>>(), ["Speaker0"]);
    }

    #[test]
    fn a_folder_that_is_there_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let mine = place.path().join("my-speaker/Cargo.toml");
        write(&mine, "mine").unwrap();
        let why = new(place.path(), "my-speaker").unwrap_err();
        assert!(why.contains("my-speaker exists already"), "{why}");
        assert_eq!(read(&mine).unwrap(), "mine");
        assert_eq!(fs::read_dir(place.path().join("my-speaker")).unwrap().count(), 1);
        // An empty one, too, and a file.
        fs::create_dir(place.path().join("empty")).unwrap();
        assert!(new(place.path(), "empty").is_err());
        write(&place.path().join("file"), "mine").unwrap();
        assert!(new(place.path(), "file").is_err());
    }

    #[test]
    fn a_workspace_around_the_folder_is_found() {
        let place = tempfile::tempdir().unwrap();
        let folder = new(place.path(), "my-speaker").unwrap();
        assert_eq!(workspace_around(&folder), None);
        let manifest = place.path().canonicalize().unwrap().join("Cargo.toml");
        write(&manifest, "[workspace]\nmembers = []\n").unwrap();
        assert_eq!(workspace_around(&folder), Some(manifest));
    }
}
