//! The changes of a release in the repository: the version in every place, and the heading of the
//! changelog.

use std::path::Path;

use cargo_acx::files::{read, write};
use cargo_metadata::semver::Version;
use time::Date;

/// From which version to which, and when.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) old: Version,
    pub(super) new: Version,
    pub(super) today: Date,
}

impl Change {
    /// Writes it into the checkout at `root`. The INF has no version of its own: the package's is
    /// stamped into it.
    pub(super) fn write(&self, root: &Path) -> Result<(), String> {
        for name in ["Cargo.toml", "wdk/Cargo.toml"] {
            let file = root.join(name);
            if file.exists() {
                write(&file, manifest(&read(&file)?, &self.old, &self.new)?)?;
            }
        }
        let file = root.join("CHANGELOG.md");
        write(&file, changelog(&read(&file)?, &self.new, self.today)?)
    }
}

/// The version of a workspace.
pub(super) fn version_of(manifest: &str) -> Result<Version, String> {
    let table: toml::Table = manifest.parse().map_err(|why| format!("Cargo.toml: {why}"))?;
    let version = table.get("workspace").and_then(|own| own.get("package")?.get("version"));
    let version = version.and_then(toml::Value::as_str);
    let version = version.ok_or("Cargo.toml has no workspace.package.version")?;
    version.parse().map_err(|why| format!("Cargo.toml: version {version}: {why}"))
}

/// `text` as a version that may follow `old`.
pub(super) fn newer(old: &Version, text: &str) -> Result<Version, String> {
    let version: Version =
        text.parse().map_err(|why| format!("{text} is no version such as 1.2.3: {why}"))?;
    if version <= *old {
        return Err(format!("{version} is not newer than {old}, the version in Cargo.toml"));
    }
    if !version.pre.is_empty() || !version.build.is_empty() {
        return Err(format!(
            "{version} has more than three numbers; DriverVer, by which Windows chooses the newer \
             driver, cannot say that"
        ));
    }
    for number in [version.major, version.minor, version.patch] {
        if u16::try_from(number).is_err() {
            return Err(format!("{version}: {number} is above 65535, the most of DriverVer"));
        }
    }
    Ok(version)
}

/// A manifest with the new version: its own and those of crates beside it (`path = `).
fn manifest(text: &str, old: &Version, new: &Version) -> Result<String, String> {
    let (from, to) = (format!("version = \"{old}\""), format!("version = \"{new}\""));
    let mut count = 0;
    let line = |line: &str| {
        if line == from || (line.contains("path = ") && line.contains(&from)) {
            count += 1;
            line.replace(&from, &to)
        } else {
            line.to_owned()
        }
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    if count == 0 { Err(format!("no {from} to replace")) } else { Ok(lines.join("\n") + "\n") }
}

/// A changelog whose unreleased entries are those of `new`.
pub(super) fn changelog(text: &str, new: &Version, today: Date) -> Result<String, String> {
    const HEADING: &str = "## Unreleased\n";
    let missing = "CHANGELOG.md: no heading \"## Unreleased\"; put it above the newest entries";
    let (before, after) = text.split_once(HEADING).ok_or(missing)?;
    let entries = after.split("\n## ").next().unwrap_or_default();
    if !entries.lines().any(|line| line.starts_with("- ")) {
        return Err("CHANGELOG.md: nothing is listed under \"## Unreleased\"; \
                    say there what a user notices"
            .to_owned());
    }
    Ok(format!("{before}{HEADING}\n## {new} ({today})\n{after}"))
}

/// What a changelog says of `version`, for the release's page.
pub(super) fn notes(text: &str, version: &Version) -> Result<String, String> {
    let heading = format!("\n## {version} (");
    let after = text.split_once(&heading).and_then(|(_, after)| after.split_once('\n'));
    let (_, after) = after.ok_or_else(|| format!("CHANGELOG.md: no entries of {version}"))?;
    let part = after.split("\n## ").next().unwrap_or_default();
    // The page is none of the repository's.
    let files = format!("]({}/blob/v{version}/docs/", env!("CARGO_PKG_REPOSITORY"));
    Ok(format!("{}\n", part.trim().replace("](docs/", &files)))
}
