//! `cargo xtask release VERSION`: makes a release from a clean clone.
//!
//! The clone is `target/release-dry-run/source`. A commit there sets the new version and the
//! changelog's heading, and everything is built there, so that nothing of the working tree gets in.
//! The files to publish are in `target/release-dry-run/assets`. With `--dry-run` that is all.
//! Without it the commit is merged here and tagged. Nothing is pushed or published, since that
//! cannot be undone: the commands for it are printed. docs/releasing.md has the whole procedure.

mod edit;
mod papers;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use cargo_acx::files::{at, read, write};
use cargo_acx::toolchain::{Arch, answer};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};

use crate::archive::{self, Files};
use crate::c_driver::run as run_quietly;
use crate::{first_run_kit, programs};
use edit::Change;

/// Programs that a release needs: name, purpose, Debian package.
const TOOLS: [(&str, &str, &str); 2] = [
    ("git", "clones the repository", "git"),
    ("osslsigncode", "signs the packages with the test certificate", "osslsigncode"),
];

/// The compiler for the Windows programs; it is optional.
const MINGW: &str = "x86_64-w64-mingw32-gcc";

/// The programs that are released, if they can be built.
const PROGRAMS: [&str; 2] = ["acxhost.exe", "acxvadctl.exe"];

/// Makes the release `version` of the repository at `root`.
///
/// # Errors
///
/// The version, the working tree, the changelog or this machine's tools do not permit a release, or
/// a step of it failed.
pub(crate) fn run(root: &Path, version: &str, is_dry: bool) -> Result<(), String> {
    let root = at(root, root.canonicalize())?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let today = today()?;
    let change = may(&root, version, today, &path)?;
    let place = root.join("target/release-dry-run");
    let source = place.join("source");
    step("a clean clone", || clone(&root, &source))?;
    step("version and changelog", || commit(&source, &change))?;
    let order = step("the crates, in the order of publication", || {
        let order = publication(&metadata(&source)?)?;
        let mut command = cargo(&source, &["package", "--no-verify", "--quiet"]);
        command.args(order.iter().flat_map(|name| ["--package", name]));
        run_quietly(&mut command).map(|()| order)
    })?;
    for words in [&["build", "--release"][..], &["package"], &["check"]] {
        let name = format!("cargo xtask {}", words.join(" "));
        step(&name, || run_quietly(cargo(&source, &["xtask"]).args(words)))?;
    }
    let has_programs = has(MINGW, &path);
    if has_programs {
        step("cargo xtask programs", || run_quietly(&mut cargo(&source, &["xtask", "programs"])))?;
    } else {
        println!("  NOT MADE: the programs for Windows, for want of {MINGW}");
    }
    let notes = place.join("notes.md");
    write(&notes, edit::notes(&read(&source.join("CHANGELOG.md"))?, &change.new)?)?;
    let assets = place.join("assets");
    let made = step("archives, SBOM, provenance, checksums", || {
        let sbom = papers::sbom(&source, &change)?;
        assets_of(&source, &assets, &change, sbom, has_programs)
    })?;
    for file in &made {
        println!("{}", file.display());
    }
    if is_dry {
        println!("dry run: nothing was tagged, pushed or published");
    } else {
        take_over(&root, &source, &change.new)?;
        println!("tagged v{} here; nothing was pushed or published", change.new);
    }
    println!("what remains, in this order:\n{}", remains(&change.new, &order, is_dry));
    Ok(())
}

/// A step, with its time.
fn step<T>(name: &str, does: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let began = Instant::now();
    let outcome = does().map_err(|why| format!("{name}: {why}"))?;
    println!("{:5} s  {name}", began.elapsed().as_secs());
    Ok(outcome)
}

/// The day in UTC; `SOURCE_DATE_EPOCH` if it is set.
fn today() -> Result<Date, String> {
    let Ok(chosen) = std::env::var("SOURCE_DATE_EPOCH") else {
        return Ok(OffsetDateTime::now_utc().date());
    };
    let seconds = chosen.trim().parse().ok();
    let moment = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let moment = moment.ok_or_else(|| format!("SOURCE_DATE_EPOCH={chosen} is no time in seconds"));
    moment.map(OffsetDateTime::date)
}

/// Whether `name` is a program in one of the folders of `path`.
fn has(name: &str, path: &OsStr) -> bool {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path).any(|folder| folder.join(&file).is_file())
}

/// Checks whether a release is possible, and returns its changes.
fn may(root: &Path, version: &str, today: Date, path: &OsStr) -> Result<Change, String> {
    let missing: Vec<String> = TOOLS
        .iter()
        .filter(|(name, ..)| !has(name, path))
        .map(|(name, why, package)| {
            format!("{name} is missing; it {why}. Debian: sudo apt-get install {package}")
        })
        .collect();
    if !missing.is_empty() {
        return Err(missing.join("\n"));
    }
    let manifest = read(&root.join("Cargo.toml"))?;
    let old = edit::version_of(&manifest)?;
    let new = edit::newer(&old, version)?;
    let changed = git(root, &["status", "--porcelain"])?;
    if !changed.is_empty() {
        return Err(format!(
            "the working tree has changes that no commit has; commit or stash them:\n{changed}"
        ));
    }
    let tag = format!("v{new}");
    if !git(root, &["tag", "--list", &tag])?.is_empty() {
        return Err(format!("the tag {tag} exists already; a version is released once"));
    }
    edit::changelog(&read(&root.join("CHANGELOG.md"))?, &new, today)?;
    Ok(Change { old, new, today })
}

/// What git prints.
fn git(root: &Path, words: &[&str]) -> Result<String, String> {
    let mut command = Command::new("git");
    let output = command.arg("-C").arg(root).args(words).output();
    let output = output.map_err(|why| format!("git: {why}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("git {} in {}: {said}", words.join(" "), root.display()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A clone of what is committed. One from before is brought up to date, so that less is built.
fn clone(root: &Path, source: &Path) -> Result<(), String> {
    let path = root.to_string_lossy();
    if !source.join(".git").exists() {
        return git(root, &["clone", "--quiet", "--shared", &path, &source.to_string_lossy()])
            .map(drop);
    }
    git(source, &["fetch", "--quiet", &path, "HEAD"])?;
    git(source, &["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD"])?;
    git(source, &["clean", "--quiet", "--force", "-d"]).map(drop)
}

/// Writes the new version into the clone and commits it there.
fn commit(source: &Path, change: &Change) -> Result<(), String> {
    change.write(source)?;
    for manifest in ["Cargo.toml", "wdk/Cargo.toml", "fuzz/Cargo.toml"] {
        let file = source.join(manifest);
        if file.exists() {
            let mut update =
                cargo(source, &["update", "--workspace", "--quiet", "--manifest-path"]);
            run_quietly(update.arg(file))?;
        }
    }
    let message = format!("Release {}", change.new);
    // Whoever releases has a name for git; a machine of CI has none.
    let mut command = Command::new("git");
    command.arg("-C").arg(source);
    if git(source, &["config", "user.email"]).is_err() {
        command.args(["-c", "user.name=acxvad release", "-c", "user.email=release@localhost"]);
    }
    run_quietly(command.args(["commit", "--quiet", "--all", "--message", &message]))
}

/// Cargo in the clone, with its target folder there.
fn cargo(source: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(source).args(words).env_remove("CARGO_TARGET_DIR");
    // Those of this build of xtask.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_VERSION", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    command
}

fn metadata(source: &Path) -> Result<Metadata, String> {
    let mut command = MetadataCommand::new();
    command.manifest_path(source.join("Cargo.toml")).no_deps();
    command.exec().map_err(|why| why.to_string())
}

/// The crates that are published, each after those that it needs.
fn publication(metadata: &Metadata) -> Result<Vec<String>, String> {
    let published = metadata.packages.iter().filter(|package| package.publish.is_none());
    let published: Vec<&Package> = published.collect();
    let needs = |package: &Package| -> Vec<String> {
        let own = package.dependencies.iter().filter(|needed| {
            // What tests need is published with a version only.
            needed.kind != DependencyKind::Development || needed.req.to_string() != "*"
        });
        let own = own.filter(|needed| published.iter().any(|other| other.name == needed.name));
        own.map(|needed| needed.name.clone()).collect()
    };
    let all = published.iter().map(|package| (package.name.to_string(), needs(package)));
    sorted(all.collect())
}

/// The names, each after those that it needs.
fn sorted(mut left: Vec<(String, Vec<String>)>) -> Result<Vec<String>, String> {
    let mut order = Vec::new();
    left.sort();
    while !left.is_empty() {
        let ready = left.iter().position(|(_, needs)| needs.iter().all(|own| order.contains(own)));
        let Some(ready) = ready else {
            let names: Vec<&str> = left.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!(
                "these crates need each other, so none can be published first: {}",
                names.join(", ")
            ));
        };
        order.push(left.remove(ready).0);
    }
    Ok(order)
}

/// Writes the files that are published; each with its folder.
fn assets_of(
    source: &Path,
    assets: &Path,
    change: &Change,
    sbom: Vec<u8>,
    has_programs: bool,
) -> Result<Vec<PathBuf>, String> {
    let _ = std::fs::remove_dir_all(assets);
    let name = |rest: &str| format!("acxvad-{}{rest}", change.new);
    let mut made = Vec::new();
    let mut keep = |file: String, bytes: Vec<u8>| -> Result<(), String> {
        write(&assets.join(&file), &bytes)?;
        made.push((file, format!("{:x}", Sha256::digest(&bytes))));
        Ok(())
    };
    for arch in [Arch::X64, Arch::Arm64] {
        let folder = source.join("target/package").join(arch.to_string());
        stamped(&folder.join("acxvad.inf"), &change.new)?;
        let mut files = Files::new();
        archive::add(&mut files, "", &folder)?;
        archive::add_licences(&mut files, source)?;
        keep(name(&format!("-{arch}.zip")), archive::zip(&files)?)?;
        let mut symbols = Files::new();
        let pdb = source.join("target/image").join(arch.to_string()).join("acxvad.pdb");
        symbols.insert("acxvad.pdb".to_owned(), at(&pdb, std::fs::read(&pdb))?);
        keep(name(&format!("-{arch}-symbols.zip")), archive::zip(&symbols)?)?;
    }
    if has_programs {
        let folder = programs::built(source);
        let mut files = Files::new();
        archive::add_licences(&mut files, source)?;
        for program in PROGRAMS {
            let file = folder.join(program);
            files.insert(program.to_owned(), at(&file, std::fs::read(&file))?);
        }
        keep(name("-programs-x64.zip"), archive::zip(&files)?)?;
        let kit = first_run_kit::make(source)?;
        keep(name("-first-run-x64.zip"), at(&kit, std::fs::read(&kit))?)?;
    }
    keep(name(".cdx.json"), sbom)?;
    let commit = git(source, &["rev-parse", "HEAD^"])?;
    let compiler = answer(Command::new("rustc").arg("-vV").current_dir(source));
    let lock = source.join("Cargo.lock");
    let lock = format!("{:x}", Sha256::digest(at(&lock, std::fs::read(&lock))?));
    let build = papers::Build {
        version: change.new.to_string(),
        commit,
        compiler: compiler.ok_or("rustc does not say its version")?,
        lock,
        has_programs,
    };
    let statement = papers::provenance(&build, &made);
    let file = name(".intoto.json");
    write(&assets.join(&file), &statement)?;
    made.push((file, format!("{:x}", Sha256::digest(&statement))));
    write(&assets.join("SHA256SUMS"), papers::sums(&made))?;
    let names = made.into_iter().map(|(name, _)| name).chain(["SHA256SUMS".to_owned()]);
    Ok(names.map(|name| assets.join(name)).collect())
}

/// Checks that an INF says the version.
fn stamped(inf: &Path, version: &cargo_metadata::semver::Version) -> Result<(), String> {
    let text = read(inf)?;
    let line = text.lines().find(|line| line.starts_with("DriverVer")).unwrap_or_default();
    let wanted = format!(",{}.{}.{}.0", version.major, version.minor, version.patch);
    if line.trim_end().ends_with(&wanted) {
        Ok(())
    } else {
        Err(format!("{}: {line:?} does not end with {wanted}", inf.display()))
    }
}

/// Makes the clone's commit this repository's, and tags it. The key of this release's test
/// certificate is gone afterwards: nobody signs with it again.
fn take_over(
    root: &Path,
    source: &Path,
    version: &cargo_metadata::semver::Version,
) -> Result<(), String> {
    git(root, &["fetch", "--quiet", &source.to_string_lossy(), "HEAD"])?;
    git(root, &["merge", "--quiet", "--ff-only", "FETCH_HEAD"])?;
    let (tag, message) = (format!("v{version}"), format!("acxvad {version}"));
    git(root, &["tag", "--annotate", &tag, "--message", &message])?;
    let certificate = source.join(".test-certificate");
    if certificate.exists() {
        at(&certificate, std::fs::remove_dir_all(&certificate))
    } else {
        Ok(())
    }
}

/// The commands for the maintainer to run.
fn remains(version: &cargo_metadata::semver::Version, order: &[String], is_dry: bool) -> String {
    let mut lines = Vec::new();
    if is_dry {
        lines.push(format!("  cargo xtask release {version}"));
    }
    lines.push(format!("  git push origin main v{version}"));
    let place = "target/release-dry-run";
    let files = format!("--notes-file {place}/notes.md {place}/assets/*");
    lines.push(format!("  gh release create v{version} --verify-tag {files}"));
    lines.extend(order.iter().map(|name| format!("  cargo publish --locked --package {name}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\nWords.\n\n## Unreleased\n\n- A thing.\n";
    const MANIFEST: &str =
        "[workspace]\nmembers = []\n\n[workspace.package]\nversion = \"0.1.0\"\n";

    fn day() -> Date {
        OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap().date()
    }

    /// A repository with one commit.
    fn repository(changelog: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("Cargo.toml"), MANIFEST).unwrap();
        write(&folder.path().join("CHANGELOG.md"), changelog).unwrap();
        let git = |words: &[&str]| git(folder.path(), words).unwrap();
        git(&["init", "--quiet", "--initial-branch", "main"]);
        git(&["config", "user.name", "a test"]);
        git(&["config", "user.email", "test@localhost"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", "first"]);
        folder
    }

    fn path() -> std::ffi::OsString {
        std::env::var_os("PATH").unwrap()
    }

    /// A folder with every tool, in name, before this machine's.
    fn tools() -> (tempfile::TempDir, std::ffi::OsString) {
        let folder = tempfile::tempdir().unwrap();
        for (name, ..) in TOOLS {
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            write(&folder.path().join(file), "").unwrap();
        }
        let path = folder.path().as_os_str().to_owned();
        (folder, path)
    }

    #[test]
    fn a_clean_tree_with_a_newer_version_and_a_changelog_may_be_released() {
        let (_tools, path) = tools();
        let change = may(repository(CHANGELOG).path(), "0.2.0", day(), &path).unwrap();
        assert_eq!(
            (change.old.to_string(), change.new.to_string()),
            ("0.1.0".into(), "0.2.0".into())
        );
    }

    #[test]
    fn each_refusal_names_what_is_wrong_and_what_to_do() {
        let (_tools, tools) = tools();
        let root = repository(CHANGELOG);
        let refusal = |root: &Path, version: &str| may(root, version, day(), &tools).unwrap_err();
        for (version, said) in [
            ("0.1.0", "0.1.0 is not newer than 0.1.0"),
            ("0.0.9", "0.0.9 is not newer than 0.1.0"),
            ("v0.2.0", "v0.2.0 is no version"),
            ("0.2", "0.2 is no version"),
            ("0.2.0-rc.1", "0.2.0-rc.1 has more than three numbers"),
            ("0.70000.0", "70000 is above 65535"),
        ] {
            let why = refusal(root.path(), version);
            assert!(why.contains(said), "{version}: {why}");
        }
        for changelog in
            ["# Changelog\n\n## 0.1.0\n\n- A thing.\n", "## Unreleased\n\n## 0.1.0\n\n- A\n"]
        {
            let why = refusal(repository(changelog).path(), "0.2.0");
            assert!(why.starts_with("CHANGELOG.md: "), "{why}");
            assert!(why.contains("## Unreleased"), "{why}");
        }
        git(root.path(), &["tag", "v0.2.0"]).unwrap();
        assert!(refusal(root.path(), "0.2.0").contains("the tag v0.2.0 exists already"));
        write(&root.path().join("new.txt"), "x").unwrap();
        let why = refusal(root.path(), "0.3.0");
        assert!(why.contains("commit or stash them") && why.contains("new.txt"), "{why}");
        std::fs::remove_file(root.path().join("new.txt")).unwrap();
        let (empty, nowhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let why = may(root.path(), "0.3.0", day(), empty.path().as_os_str()).unwrap_err();
        assert!(
            why.contains("git is missing") && why.contains("apt-get install osslsigncode"),
            "{why}"
        );
        // No repository.
        write(&nowhere.path().join("Cargo.toml"), MANIFEST).unwrap();
        assert!(refusal(nowhere.path(), "0.3.0").contains("git status"));
    }

    #[test]
    fn the_clone_gets_the_version_as_a_commit_and_the_release_takes_it_over() {
        let root = repository(CHANGELOG);
        write(&root.path().join("src/lib.rs"), "").unwrap();
        let manifest = format!(
            "{}\n[package]\nname = \"one\"\nversion.workspace = true\n\n[workspace.dependencies]\n\
             one = {{ path = \".\", version = \"0.1.0\" }}\nother = \"0.1.0\"\n",
            MANIFEST.replace("members = []", "")
        );
        write(&root.path().join("Cargo.toml"), manifest).unwrap();
        write(&root.path().join(".gitignore"), "target\n").unwrap();
        write(
            &root.path().join("Cargo.lock"),
            "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n",
        )
        .unwrap();
        git(root.path(), &["add", "--all"]).unwrap();
        git(root.path(), &["commit", "--quiet", "--message", "a package"]).unwrap();
        let source = root.path().join("target/release-dry-run/source");
        let (_tools, tools) = tools();
        // The second time it is brought up to date.
        for version in ["0.1.1", "0.2.0"] {
            let change = may(root.path(), version, day(), &tools).unwrap();
            clone(root.path(), &source).unwrap();
            commit(&source, &change).unwrap();
        }
        let manifest = read(&source.join("Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("version = \"0.2.0\"").count(), 2, "{manifest}");
        assert!(manifest.contains("other = \"0.1.0\""), "{manifest}");
        assert!(read(&source.join("Cargo.lock")).unwrap().contains("version = \"0.2.0\""));
        let changelog = read(&source.join("CHANGELOG.md")).unwrap();
        assert!(
            changelog.contains("## Unreleased\n\n## 0.2.0 (2026-09-21)\n\n- A thing."),
            "{changelog}"
        );
        let version = "0.2.0".parse().unwrap();
        assert_eq!(edit::notes(&changelog, &version).unwrap(), "- A thing.\n");
        let linked =
            edit::notes(&changelog.replace("thing", "[page](docs/a.md)"), &version).unwrap();
        assert!(linked.contains("/acxvad/blob/v0.2.0/docs/a.md)"), "{linked}");
        let why = edit::notes(&changelog, &"0.3.0".parse().unwrap()).unwrap_err();
        assert!(why.contains("no entries of 0.3.0"), "{why}");
        assert_eq!(git(&source, &["log", "-1", "--format=%s"]).unwrap(), "Release 0.2.0");
        assert_eq!(git(&source, &["status", "--porcelain"]).unwrap(), "");
        // The repository itself is untouched until the release is more than a dry run.
        assert!(git(root.path(), &["log", "-1", "--format=%s"]).unwrap() == "a package");
        write(&source.join(".test-certificate/key.pem"), "secret").unwrap();
        let version = edit::newer(&"0.1.0".parse().unwrap(), "0.2.0").unwrap();
        take_over(root.path(), &source, &version).unwrap();
        assert_eq!(git(root.path(), &["describe"]).unwrap(), "v0.2.0");
        assert!(!source.join(".test-certificate").exists());
    }

    #[test]
    fn crates_are_published_after_those_that_they_need() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let order = publication(&metadata(&root).unwrap()).unwrap();
        let place = |name: &str| order.iter().position(|own| own == name).unwrap();
        assert!(place("acx-sys") < place("acx") && place("acx") < place("acxvad-driver"));
        assert!(place("acxvad-driver") < place("acxhost") && !order.contains(&"xtask".to_owned()));
        let two = |one: &str, other: &str| (one.to_owned(), vec![other.to_owned()]);
        let why = sorted(vec![two("a", "b"), two("b", "a")]).unwrap_err();
        assert!(why.ends_with("none can be published first: a, b"), "{why}");
        let said = remains(&"0.2.0".parse().unwrap(), &order, true);
        assert!(said.starts_with("  cargo xtask release 0.2.0\n  git push origin main v0.2.0\n"));
        assert!(said.contains(" --notes-file target/release-dry-run/notes.md "), "{said}");
    }

    /// What the steps before leave in the clone, in small.
    fn built(version: &str) -> tempfile::TempDir {
        let source = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| write(&source.path().join(name), text).unwrap();
        for arch in ["x64", "arm64"] {
            put(
                &format!("target/package/{arch}/acxvad.inf"),
                &format!("[Version]\r\nDriverVer   = 11/27/2026,{version}\r\n"),
            );
            for end in ["sys", "cat", "cer"] {
                put(&format!("target/package/{arch}/acxvad.{end}"), arch);
            }
            put(&format!("target/image/{arch}/acxvad.pdb"), "symbols");
        }
        for name in archive::LICENCES {
            put(name, "licence");
        }
        source
    }

    #[test]
    fn every_asset_is_in_the_checksums_and_in_the_statement() {
        let source = built("0.2.0.0");
        let put = |name: &str, text: &str| write(&source.path().join(name), text).unwrap();
        put("scripts/First-Run.ps1", "script");
        for program in PROGRAMS.into_iter().chain(["first-run.exe"]) {
            put(&format!("target/programs/x86_64-pc-windows-gnu/release/{program}"), program);
        }
        put("Cargo.lock", "version = 4\n");
        let git = |words: &[&str]| git(source.path(), words).unwrap();
        git(&["init", "--quiet", "--initial-branch", "main"]);
        git(&["config", "user.name", "a test"]);
        git(&["config", "user.email", "test@localhost"]);
        for message in ["before", "Release 0.2.0"] {
            git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        }
        let change =
            Change { old: "0.1.0".parse().unwrap(), new: "0.2.0".parse().unwrap(), today: day() };
        let out = source.path().join("out");
        // What was there before is gone.
        put("out/acxvad-0.1.0-x64.zip", "old");
        let make = || assets_of(source.path(), &out, &change, b"{}".to_vec(), true).unwrap();
        let made = make();
        let names: Vec<String> = made
            .iter()
            .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        let expected = [
            "acxvad-0.2.0-x64.zip",
            "acxvad-0.2.0-x64-symbols.zip",
            "acxvad-0.2.0-arm64.zip",
            "acxvad-0.2.0-arm64-symbols.zip",
            "acxvad-0.2.0-programs-x64.zip",
            "acxvad-0.2.0-first-run-x64.zip",
            "acxvad-0.2.0.cdx.json",
            "acxvad-0.2.0.intoto.json",
            "SHA256SUMS",
        ];
        assert_eq!(names, expected);
        assert_eq!(std::fs::read_dir(&out).unwrap().count(), expected.len());
        for name in expected.iter().filter(|name| name.contains(".zip")) {
            let bytes = std::fs::read(out.join(name)).unwrap();
            let folder = tempfile::tempdir().unwrap();
            archive::unzip(&bytes, folder.path()).unwrap();
            for licence in archive::LICENCES {
                let is_there = folder.path().join(licence).is_file();
                assert_eq!(is_there, !name.contains("symbols"), "{licence} in {name}");
            }
        }
        let sums = read(&out.join("SHA256SUMS")).unwrap();
        let statement = read(&out.join("acxvad-0.2.0.intoto.json")).unwrap();
        assert!(statement.contains(&git(&["rev-parse", "HEAD^"])), "{statement}");
        for name in &names[..8] {
            let sum = format!("{:x}", Sha256::digest(std::fs::read(out.join(name)).unwrap()));
            assert!(sums.contains(&format!("{sum}  {name}\n")), "{name}: {sums}");
            let is_subject = statement.contains(&sum);
            assert_eq!(is_subject, !name.contains("intoto"), "{name}: {statement}");
        }
        make();
        assert_eq!(read(&out.join("SHA256SUMS")).unwrap(), sums, "the same again");
    }

    #[test]
    fn an_inf_of_another_version_is_refused() {
        let source = built("0.1.0.0");
        let change =
            Change { old: "0.1.0".parse().unwrap(), new: "0.2.0".parse().unwrap(), today: day() };
        let why = assets_of(source.path(), &source.path().join("out"), &change, Vec::new(), false)
            .unwrap_err();
        assert!(why.contains("acxvad.inf") && why.ends_with("does not end with ,0.2.0.0"), "{why}");
        // A program that was to be there is missed.
        let source = built("0.2.0.0");
        let why = assets_of(source.path(), &source.path().join("out"), &change, Vec::new(), true)
            .unwrap_err();
        assert!(why.contains("acxhost.exe"), "{why}");
        assert!(has("git", &path()) && !has("no-such-program", &path()));
    }
}
