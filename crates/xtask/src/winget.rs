//! The winget manifest of acxvad: three files in the form of winget's community repository.
//!
//! The installer is a zip: `acxvadctl.exe`, and beside it the package in the folder `package`. It
//! is for packages that Windows trusts; one with a test certificate installs only where that is
//! trusted. Sources: the schemas of winget's manifests, version 1.6.0.

use std::path::{Path, PathBuf};

use cargo_acx::files::write;
use sha2::{Digest, Sha256};

use crate::archive::{self, Files};
use crate::programs;

/// The version of the schemas.
const SCHEMA: &str = "1.6.0";
/// The package's name for winget.
const IDENTIFIER: &str = "acxvad.acxvad";
/// The program that winget runs.
const PROGRAM: &str = "acxvadctl.exe";
/// The oldest Windows, as the INF has it.
const MINIMUM: &str = "10.0.19041.0";

/// Writes the manifest for an installer that can be had at `url`; where everything is. The
/// installer is made of what was built, unless there is one.
pub(crate) fn run(
    root: &Path,
    installer: Option<&Path>,
    url: &str,
) -> Result<Vec<PathBuf>, String> {
    let folder = root.join("target/winget");
    let made = folder.join("acxvad-x64.zip");
    let bytes = match installer {
        Some(given) => std::fs::read(given).map_err(|why| format!("{}: {why}", given.display()))?,
        None => {
            let bytes = archive::zip(&contents(root)?)?;
            write(&made, &bytes)?;
            bytes
        }
    };
    let hash = format!("{:X}", Sha256::digest(&bytes));
    let place = |(name, text): (String, String)| {
        let file = folder.join(name);
        write(&file, text.as_bytes()).map(|()| file)
    };
    let manifests = manifests(env!("CARGO_PKG_VERSION"), url, &hash).into_iter().map(place);
    let made = installer.is_none().then_some(Ok(made));
    made.into_iter().chain(manifests).collect()
}

/// The folder of the package in the zip, where `acxvadctl install` looks for it.
const PACKAGE: &str = "package";

/// The files of the installer by their names in it: the program, and the package beside it.
fn contents(root: &Path) -> Result<Files, String> {
    let read = |path: &Path, made_by: &str| {
        let remedy = |why| format!("{}: {why}: `cargo xtask {made_by}` makes it", path.display());
        std::fs::read(path).map_err(remedy)
    };
    let program = programs::built(root).join(PROGRAM);
    let mut files = Files::from([(PROGRAM.to_owned(), read(&program, "programs")?)]);
    let package = root.join("target/package/x64");
    for name in ["acxvad.inf", "acxvad.sys", "acxvad.cat"] {
        files.insert(format!("{PACKAGE}/{name}"), read(&package.join(name), "package")?);
    }
    // Who has to trust the test certificate finds it beside the package.
    if let Ok(certificate) = std::fs::read(package.join("acxvad.cer")) {
        files.insert(format!("{PACKAGE}/acxvad.cer"), certificate);
    }
    Ok(files)
}

/// The files, each with its name.
fn manifests(version: &str, url: &str, hash: &str) -> [(String, String); 3] {
    let file = |suffix: &str, kind: &str, body: &str| {
        let text = format!(
            "# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.{SCHEMA}.schema.json\n\
             PackageIdentifier: {IDENTIFIER}\nPackageVersion: {version}\n{body}\
             ManifestType: {kind}\nManifestVersion: {SCHEMA}\n"
        );
        (format!("{IDENTIFIER}{suffix}.yaml"), text)
    };
    let installer = format!(
        "Platform:\n- Windows.Desktop\nMinimumOSVersion: {MINIMUM}\nInstallerType: zip\n\
         NestedInstallerType: exe\nNestedInstallerFiles:\n- RelativeFilePath: {PROGRAM}\n\
         Scope: machine\nInstallModes:\n- silent\n- silentWithProgress\nInstallerSwitches:\n  \
         Silent: install --quiet\n  SilentWithProgress: install --quiet\n\
         ElevationRequirement: elevationRequired\nUpgradeBehavior: install\n\
         ExpectedReturnCodes:\n- InstallerReturnCode: 2\n  ReturnResponse: invalidParameter\n\
         - InstallerReturnCode: 3\n  ReturnResponse: contactSupport\n\
         - InstallerReturnCode: 4\n  ReturnResponse: blockedByPolicy\n\
         - InstallerReturnCode: 3010\n  ReturnResponse: rebootRequiredToFinish\n\
         Installers:\n- Architecture: x64\n  InstallerUrl: {url}\n  InstallerSha256: {hash}\n"
    );
    let locale = format!(
        "PackageLocale: en-US\nPublisher: acxvad\nPackageName: acxvad\nPackageUrl: {0}\n\
         License: MIT OR Apache-2.0\nShortDescription: A virtual audio cable for Windows\n\
         Tags:\n- audio\n- driver\n- virtual-audio-cable\n",
        env!("CARGO_PKG_REPOSITORY")
    );
    [
        file("", "version", "DefaultLocale: en-US\n"),
        file(".installer", "installer", &installer),
        file(".locale.en-US", "defaultLocale", &locale),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of these files: how deep it is, whether it begins an entry of a list, key and value.
    type Line = (usize, bool, String, String);

    /// The lines of a file: `key: value`, lists of them, lists of words.
    fn lines(text: &str) -> Vec<Line> {
        let own = text.lines().filter(|line| !line.starts_with('#'));
        let line = |line: &str| {
            let depth = line.len() - line.trim_start().len();
            let (is_entry, rest) = match line.trim_start().strip_prefix("- ") {
                Some(rest) => (true, rest),
                None => (false, line.trim_start()),
            };
            let (key, value) = match rest.split_once(": ") {
                Some(both) => both,
                None => rest.strip_suffix(':').map_or(("", rest), |key| (key, "")),
            };
            (depth, is_entry, key.to_owned(), value.to_owned())
        };
        own.map(line).collect()
    }

    /// What a key's value has to be.
    enum Must {
        /// So many characters.
        Length(usize, usize),
        /// One of these.
        OneOf(&'static [&'static str]),
        Https,
        Hexadecimal(usize),
        /// Words with points between them.
        Version,
        Number,
        /// A list or a table follows.
        Nested,
    }
    use Must::*;

    /// The keys that are used here, and the schemas' rules for their values.
    const RULES: &[(&str, Must)] = &[
        ("PackageIdentifier", Length(3, 128)),
        ("PackageVersion", Version),
        ("DefaultLocale", OneOf(&["en-US"])),
        ("ManifestType", OneOf(&["version", "installer", "defaultLocale"])),
        ("ManifestVersion", Version),
        ("Platform", Nested),
        ("MinimumOSVersion", Version),
        ("InstallerType", OneOf(&["msix", "msi", "exe", "zip", "inno", "nullsoft", "portable"])),
        ("NestedInstallerType", OneOf(&["msix", "msi", "exe", "inno", "nullsoft", "portable"])),
        ("NestedInstallerFiles", Nested),
        ("RelativeFilePath", Length(1, 512)),
        ("Scope", OneOf(&["user", "machine"])),
        ("InstallModes", Nested),
        ("InstallerSwitches", Nested),
        ("Silent", Length(1, 512)),
        ("SilentWithProgress", Length(1, 512)),
        (
            "ElevationRequirement",
            OneOf(&["elevationRequired", "elevationProhibited", "elevatesSelf"]),
        ),
        ("UpgradeBehavior", OneOf(&["install", "uninstallPrevious", "deny"])),
        ("ExpectedReturnCodes", Nested),
        ("InstallerReturnCode", Number),
        (
            "ReturnResponse",
            OneOf(&[
                "invalidParameter",
                "contactSupport",
                "blockedByPolicy",
                "rebootRequiredToFinish",
                "alreadyInstalled",
                "cancelledByUser",
            ]),
        ),
        ("Installers", Nested),
        ("Architecture", OneOf(&["x86", "x64", "arm", "arm64", "neutral"])),
        ("InstallerUrl", Https),
        ("InstallerSha256", Hexadecimal(64)),
        ("PackageLocale", OneOf(&["en-US"])),
        ("Publisher", Length(2, 256)),
        ("PackageName", Length(2, 256)),
        ("PackageUrl", Https),
        ("License", Length(3, 512)),
        ("ShortDescription", Length(3, 256)),
        ("Tags", Nested),
    ];

    /// What each kind of file must have, wherever in it.
    const REQUIRED: [(&str, &[&str]); 3] = [
        ("version", &["DefaultLocale"]),
        (
            "installer",
            &["Installers", "Architecture", "InstallerUrl", "InstallerSha256", "InstallerType"],
        ),
        (
            "defaultLocale",
            &["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"],
        ),
    ];

    fn is_good(value: &str, must: &Must) -> bool {
        let all = |is: fn(char) -> bool| !value.is_empty() && value.chars().all(is);
        match must {
            Length(least, most) => (*least..=*most).contains(&value.chars().count()),
            OneOf(words) => words.contains(&value),
            Https => value.starts_with("https://") && !value.contains(' '),
            Hexadecimal(length) => value.len() == *length && all(|one| one.is_ascii_hexdigit()),
            Version => all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '-')),
            Number => value.parse::<u32>().is_ok_and(|number| number != 0),
            Nested => value.is_empty(),
        }
    }

    /// What is wrong with a file.
    fn wrong(text: &str) -> Vec<String> {
        let lines = lines(text);
        let value = |key: &str| lines.iter().find(|line| line.2 == key).map(|line| line.3.as_str());
        let mut wrong = Vec::new();
        for (depth, is_entry, key, value) in lines.iter().filter(|line| !line.2.is_empty()) {
            match RULES.iter().find(|(own, _)| own == key) {
                None => wrong.push(format!("{key} is no key")),
                Some((_, must)) if !is_good(value, must) => wrong.push(format!("{key}: {value}")),
                Some(_) => {}
            }
            if !matches!((depth, is_entry), (0 | 2, false) | (0, true)) {
                wrong.push(format!("{key} is indented by {depth}"));
            }
        }
        let kind = value("ManifestType").unwrap_or_default();
        let own = REQUIRED.iter().find(|(own, _)| *own == kind).map_or(&[][..], |(_, keys)| keys);
        let common = ["PackageIdentifier", "PackageVersion", "ManifestType", "ManifestVersion"];
        for key in common.iter().chain(own).filter(|key| value(key).is_none()) {
            wrong.push(format!("{key} is missing"));
        }
        if value("InstallerType") == Some("zip")
            && !["NestedInstallerType", "NestedInstallerFiles", "RelativeFilePath"]
                .iter()
                .all(|key| value(key).is_some())
        {
            wrong.push("a zip without the program in it".to_owned());
        }
        wrong
    }

    fn written() -> [(String, String); 3] {
        manifests(env!("CARGO_PKG_VERSION"), "https://example.com/acxvad.zip", &"0A".repeat(32))
    }

    #[test]
    fn the_manifest_keeps_the_rules_of_wingets_schemas() {
        for (name, text) in written() {
            assert_eq!(wrong(&text), Vec::<String>::new(), "{name}");
            assert!(text.contains(&format!("PackageVersion: {}\n", env!("CARGO_PKG_VERSION"))));
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_found() {
        for (name, text) in written() {
            let kind = lines(&text).into_iter().find(|line| line.2 == "ManifestType").unwrap().3;
            let (_, required) = REQUIRED.into_iter().find(|(own, _)| *own == kind).unwrap();
            for key in required.iter().chain(&["PackageIdentifier", "ManifestVersion"]) {
                let without: Vec<&str> =
                    text.lines().filter(|line| !line.contains(&format!("{key}:"))).collect();
                assert!(!wrong(&without.join("\n")).is_empty(), "{name} without {key}");
            }
        }
        let [_, (_, installer), _] = written();
        for (from, to) in [
            ("Architecture: x64", "Architecture: amd64"),
            ("https://example.com", "ftp://example.com"),
            (&"0A".repeat(32), "0A"),
            ("InstallerReturnCode: 3010", "InstallerReturnCode: many"),
            ("- RelativeFilePath: acxvadctl.exe\n", ""),
            ("Scope: machine", "Scope: everybody"),
            ("UpgradeBehavior: install", "UpgradeBehaviour: install"),
        ] {
            assert!(installer.contains(from), "{from}");
            assert!(!wrong(&installer.replace(from, to)).is_empty(), "{to}");
        }
    }

    /// What winget runs is what the program takes, and its exit statuses are those of the program.
    #[test]
    fn the_manifest_is_that_of_the_program() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
        let [_, (_, installer), _] = written();
        assert!(installer.contains("Silent: install --quiet\n"));
        assert!(read("crates/acxvadctl/src/main.rs").contains("quiet: bool"));
        let program = read("crates/acxvadctl/src/lib.rs");
        let codes = lines(&installer).into_iter().filter(|line| line.2 == "InstallerReturnCode");
        for (_, _, _, code) in codes {
            assert!(program.contains(&format!("i32 = {code};")), "{code}");
        }
        // The oldest Windows is the INF's.
        let build = MINIMUM.trim_end_matches(".0").rsplit('.').next().unwrap();
        assert!(read("wdk/acxvad.inx").contains(build), "{build}");
    }

    #[test]
    fn files_are_written_with_the_installers_hash() {
        let folder = tempfile::tempdir().unwrap();
        let zip = folder.path().join("acxvad.zip");
        std::fs::write(&zip, "abc").unwrap();
        let files = run(folder.path(), Some(&zip), "https://example.com/acxvad.zip").unwrap();
        let text = std::fs::read_to_string(&files[1]).unwrap();
        let hash = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
        assert!(text.contains(&format!("InstallerSha256: {hash}\n")), "{text}");
        assert!(run(folder.path(), Some(Path::new("nowhere.zip")), "").is_err());
    }

    #[test]
    fn the_zip_is_made_of_what_was_built() {
        let root = tempfile::tempdir().unwrap();
        let url = "https://example.com/acxvad.zip";
        let make = || run(root.path(), None, url);
        for (file, made_by) in [
            ("programs/x86_64-pc-windows-gnu/release/acxvadctl.exe", "programs"),
            ("package/x64/acxvad.inf", "package"),
            ("package/x64/acxvad.sys", "package"),
            ("package/x64/acxvad.cat", "package"),
        ] {
            let why = make().unwrap_err();
            assert!(why.contains(file) && why.contains(&format!("xtask {made_by}`")), "{why}");
            write(&root.path().join("target").join(file), file.as_bytes()).unwrap();
        }
        let files = make().unwrap();
        let first = std::fs::read(&files[0]).unwrap();
        // Winget compares the hash of what it downloads with the manifest's.
        let text = std::fs::read_to_string(&files[2]).unwrap();
        let hash = format!("InstallerSha256: {:X}\n", Sha256::digest(&first));
        assert!(text.contains(&hash), "{text}");
        assert!(text.contains("RelativeFilePath: acxvadctl.exe\n"));
        // The same again, later: no time is in it.
        assert_eq!(std::fs::read(&make().unwrap()[0]).unwrap(), first);
        // A certificate goes with it.
        write(&root.path().join("target/package/x64/acxvad.cer"), b"a certificate").unwrap();
        assert_ne!(std::fs::read(&make().unwrap()[0]).unwrap(), first);
    }
}
