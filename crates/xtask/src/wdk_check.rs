//! `cargo xtask wdk-check`: the driver built with Microsoft's tools, as cargo-wdk builds it.
//!
//! Real: `wdk-build`, `wdk-sys` with its run of bindgen, `wdk`, `wdk-alloc`, `wdk-panic`, our own
//! run of bindgen over ACX, the linker's flags, the lock file. Where there is no WDK, [`kit`]
//! stands in for its headers and libraries. The results are `target/wdk/ARCH/acxvad.sys`, which the
//! tests load as they load the image that is built without a WDK.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::MetadataCommand;
use diffy::patch_set::{FileOperation, ParseOptions, PatchSet};

use crate::bindings::declared;
use crate::kit::{self, Kit, Tools};
use crate::measure;
use cargo_acx::files::{below, read, write};
use cargo_acx::toolchain::{self, Arch};

/// `wdk-build` refuses to compile outside Windows, although what its build scripts do works
/// anywhere.
const LINUX_HOST: &str = include_str!("../kit/wdk-build-0.6.0-linux-host.patch");

/// The options of the build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Use the installed WDK instead of the stand-in.
    pub(crate) installed: bool,
    /// Only this architecture; both without it.
    pub(crate) arch: Option<Arch>,
    /// With debug assertions, which print to the debugger.
    pub(crate) debug: bool,
}

/// What a build outside Windows is given that one on Windows finds by itself.
struct StandIn {
    kit: PathBuf,
    /// Packages that stand in for those of the same names in the lock file.
    packages: Vec<PathBuf>,
    /// Under the name by which it knows, and rustc knows, that it links for Windows.
    linker: PathBuf,
    tools: Tools,
}

/// Builds the driver for each architecture, and compares the layouts of the bindings with the fact
/// tables.
///
/// # Errors
///
/// What is missing, with the package that has it; or which step failed.
pub(crate) fn run(root: &Path, options: Options) -> Result<(), String> {
    let root = root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))?;
    let place = root.join("target/wdk");
    let stand_in = if options.installed { None } else { Some(stand_in(&root, &place)?) };
    for arch in Arch::ALL.into_iter().filter(|own| options.arch.is_none_or(|arch| arch == *own)) {
        if let Some(stand_in) = &stand_in {
            Kit::lay_out(&stand_in.kit, &root.join("crates/acx-sys"), arch, &stand_in.tools)?;
        }
        println!("{}", build(&root, &place, arch, options.debug, stand_in.as_ref())?.display());
    }
    layouts(&root, &place, stand_in.as_ref())
}

/// The stand-in kit's place and the packages that compile outside Windows, in target folders.
fn stand_in(root: &Path, place: &Path) -> Result<StandIn, String> {
    if cfg!(windows) {
        return Err("Windows has a WDK: cargo xtask wdk-check --installed".to_owned());
    }
    let tools = Tools::find()?;
    let packages = place.join("packages");
    let mut stand_ins = Vec::new();
    for (name, from) in downloaded(root)? {
        let to = packages.join(&name);
        if name == "wdk-build" {
            patched(&from, &to, LINUX_HOST)?;
        } else if name == "windows" || name.starts_with("windows-") {
            // wdk-build uses the registry of Windows; elsewhere nothing of these is called, and
            // some do not compile.
            emptied(&from, &to)?;
        } else {
            continue;
        }
        stand_ins.push(to);
    }
    let linker = place.join("lld-link");
    kit::link(&toolchain::linker()?, &linker)?;
    Ok(StandIn { kit: place.join("kit"), packages: stand_ins, linker, tools })
}

/// The packages from crates.io that `wdk/Cargo.lock` names, and where cargo keeps their sources;
/// downloads them.
fn downloaded(root: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("wdk/Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .map_err(|why| format!("wdk/Cargo.toml: {why}"))?;
    let packages = metadata.packages.into_iter().filter(|package| package.source.is_some());
    Ok(packages
        .filter_map(|package| {
            let folder = package.manifest_path.parent()?.as_std_path().to_owned();
            Some((package.name.to_string(), folder))
        })
        .collect())
}

/// The package in `from` without anything in it: its name, version, features and dependencies.
fn emptied(from: &Path, to: &Path) -> Result<(), String> {
    write(&to.join("Cargo.toml"), &read(&from.join("Cargo.toml"))?)?;
    write(&to.join("src/lib.rs"), "")
}

/// A copy of the package in `from`, with `patch` applied.
fn patched(from: &Path, to: &Path, patch: &str) -> Result<(), String> {
    let mut patches = HashMap::new();
    for file in PatchSet::parse(patch, ParseOptions::unidiff()) {
        let file = file.map_err(|why| format!("the patch of {}: {why}", from.display()))?;
        let FileOperation::Modify { modified, .. } = file.operation().strip_prefix(1) else {
            return Err("the patch creates or deletes a file".to_owned());
        };
        patches.insert(modified.into_owned(), file);
    }
    for path in below(from)? {
        let name = path.strip_prefix(from).map_err(|why| why.to_string())?;
        let Some(file) = patches.remove(&name.display().to_string()) else {
            let contents = fs::read(&path).map_err(|why| format!("{}: {why}", path.display()))?;
            write(&to.join(name), contents)?;
            continue;
        };
        let patch = file.patch().as_text().ok_or("the patch has no text")?;
        // The crate's files have the line ends of Windows.
        let text = read(&path)?.replace("\r\n", "\n");
        let text = diffy::apply(&text, patch)
            .map_err(|why| format!("{}: the patch does not fit: {why}", path.display()))?;
        write(&to.join(name), text)?;
    }
    match patches.keys().next() {
        Some(name) => {
            Err(format!("{}: the patch changes {name}, which is not there", from.display()))
        }
        None => Ok(()),
    }
}

/// `cargo SUBCOMMAND` for `arch` with what stands in for the WDK.
fn cargo(arch: Arch, subcommand: &str, stand_in: Option<&StandIn>) -> Result<Command, String> {
    let mut command = toolchain::cargo(arch, subcommand)?;
    let Some(StandIn { kit, packages, linker, tools }) = stand_in else { return Ok(command) };
    let (lower, upper) = (arch.target().replace('-', "_"), arch.target().to_uppercase());
    let upper = upper.replace('-', "_");
    command
        .env("WDKContentRoot", kit)
        .env("Version_Number", Kit::VERSION)
        .env("LIBCLANG_PATH", &tools.libclang)
        .env(format!("CC_{lower}"), &tools.clang)
        // mingw-w64's headers; on Windows they are the WDK's.
        .env(format!("CFLAGS_{lower}"), "-w")
        .env(format!("AR_{lower}"), &tools.librarian)
        .env(format!("CARGO_TARGET_{upper}_LINKER"), linker)
        .env(format!("CARGO_TARGET_{upper}_RUSTFLAGS"), "-Dwarnings -Csymbol-mangling-version=v0")
        // The lock file stays as it is, which a `[patch]` would change.
        .arg("--config")
        .arg(format!("paths={packages:?}"));
    Ok(command)
}

/// Builds the driver as cargo-wdk does, and copies image, symbols and map to `place`.
fn build(
    root: &Path,
    place: &Path,
    arch: Arch,
    debug: bool,
    stand_in: Option<&StandIn>,
) -> Result<PathBuf, String> {
    let mut command = cargo(arch, "build", stand_in)?;
    command.current_dir(root).args([
        "-p",
        "acxvad",
        "--manifest-path",
        "wdk/Cargo.toml",
        "--locked",
    ]);
    if !debug {
        command.arg("--release");
    }
    succeed(&mut command, &format!("the driver does not build with the WDK's tools for {arch}"))?;
    let profile = if debug { "debug" } else { "release" };
    let built = root.join("wdk/target").join(arch.target()).join(profile);
    let folder = place.join(if debug { format!("{arch}-debug") } else { arch.to_string() });
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let image = folder.join("acxvad.sys");
    for (from, to) in [
        (built.join("acxvad.dll"), image.clone()),
        (built.join("acxvad.pdb"), folder.join("acxvad.pdb")),
        (built.join("deps/acxvad.map"), folder.join("acxvad.map")),
    ] {
        fs::copy(&from, &to).map_err(|why| format!("{}: {why}", from.display()))?;
    }
    Ok(image)
}

fn succeed(command: &mut Command, otherwise: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(otherwise.to_owned()),
        Err(why) => Err(format!("{command:?}: {why}")),
    }
}

/// Compiles a crate that holds the bindings of feature `wdk` to the fact tables, size by size and
/// offset by offset.
fn layouts(root: &Path, place: &Path, stand_in: Option<&StandIn>) -> Result<(), String> {
    let acx_sys = root.join("crates/acx-sys");
    let folder = place.join("layouts");
    let path = acx_sys.display().to_string().replace('\\', "/");
    write(
        &folder.join("Cargo.toml"),
        format!(
            "[package]\nname = \"layouts\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nacx-sys = {{ path = \"{path}\", features = [\"wdk\"] }}\n\n\
             [build-dependencies]\nwdk-build = \"0.6.0\"\n\n[workspace]\n\n\
             [package.metadata.wdk.driver-model]\ndriver-type = \"KMDF\"\n\
             kmdf-version-major = 1\ntarget-kmdf-version-minor = 31\n\n\
             [profile.release]\ndebug = \"line-tables-only\"\npanic = \"abort\"\nlto = \"fat\"\n\
             codegen-units = 1\nopt-level = \"z\"\n"
        ),
    )?;
    // Without a build script, what only build scripts depend on is left out.
    write(&folder.join("build.rs"), "fn main() {}\n")?;
    // mingw-w64 declares some of NT's structures as they were in older versions, and nothing here
    // depends on those.
    write(&folder.join("src/lib.rs"), &layout_asserts(&acx_sys, stand_in.is_none())?)?;
    // The versions that the driver is built with.
    write(&folder.join("Cargo.lock"), &read(&root.join("wdk/Cargo.lock"))?)?;
    let mut command = cargo(Arch::X64, "check", stand_in)?;
    // In the driver's folder, where wdk-build looks for the manifest and most of it is built
    // already.
    let target = root.join("wdk/target");
    succeed(
        command.current_dir(&folder).arg("--release").arg("--target-dir").arg(target),
        "the WDK's bindings have layouts that the fact tables do not have",
    )
}

/// What the fact tables say of sizes and offsets, as a crate that does not compile otherwise.
fn layout_asserts(acx_sys: &Path, with_nt: bool) -> Result<String, String> {
    let table = |name: &str| read(&acx_sys.join("facts").join(name));
    let tables = [table("wdf-layouts.tsv")?, table("ks-layouts.tsv")?, table("acx-layouts.tsv")?];
    let source = declared(acx_sys)?;
    let [wdf, ks, acx] = tables.each_ref().map(String::as_str);
    Ok(measure::layout_asserts(&source, &[wdf, ks, acx], &table("layout-exceptions.tsv")?, with_nt))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    #[test]
    fn a_patch_that_does_not_fit_is_named() {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        write(&from.join("src/lib.rs"), "one\r\ntwo\r\n").unwrap();
        let patch = |line: &str, file: &str| {
            format!("--- a/{file}\n+++ b/{file}\n@@ -1,2 +1,2 @@\n one\n-{line}\n+three\n")
        };
        patched(&from, &to, &patch("two", "src/lib.rs")).unwrap();
        assert_eq!(read(&to.join("src/lib.rs")).unwrap(), "one\nthree\n");
        let why = patched(&from, &to, &patch("four", "src/lib.rs")).unwrap_err();
        assert!(why.contains("src/lib.rs: the patch does not fit"), "{why}");
        let why = patched(&from, &to, &patch("two", "src/main.rs")).unwrap_err();
        assert!(why.ends_with("the patch changes src/main.rs, which is not there"), "{why}");
    }

    #[test]
    fn the_lock_file_is_that_of_the_manifest_and_names_wdk_build() {
        let packages = downloaded(&root()).unwrap();
        let wdk_build = packages.iter().find(|(name, _)| name == "wdk-build");
        let (_, folder) = wdk_build.expect("the lock file names wdk-build");
        assert!(folder.ends_with("wdk-build-0.6.0"), "the patch is for 0.6.0: {folder:?}");
    }

    #[test]
    fn a_stale_lock_file_is_named() {
        let place = tempfile::tempdir().unwrap();
        let manifest = "[package]\nname = \"driver\"\nversion = \"0.1.0\"\n[workspace]\n";
        let lock = "version = 4\n\n[[package]]\nname = \"driver\"\nversion = \"0.1.0-wdk\"\n";
        write(&place.path().join("wdk/Cargo.toml"), manifest).unwrap();
        write(&place.path().join("wdk/Cargo.lock"), lock).unwrap();
        write(&place.path().join("wdk/src/lib.rs"), "").unwrap();
        let why = downloaded(place.path()).unwrap_err();
        assert!(why.contains("wdk/Cargo.toml") && why.contains("--locked"), "{why}");
    }

    /// The names that more than one of the packages bear.
    fn ambiguous(names: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut counts = BTreeMap::new();
        for name in names {
            *counts.entry(name).or_insert(0) += 1;
        }
        counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
    }

    /// cargo-wdk names the package that it builds (`cargo build -p acxvad`), without its version.
    #[test]
    fn each_of_our_packages_has_a_name_of_its_own() {
        let metadata = MetadataCommand::new()
            .manifest_path(root().join("wdk/Cargo.toml"))
            .other_options(vec!["--locked".to_owned()])
            .exec()
            .unwrap();
        let ours = metadata.packages.into_iter().filter(|package| package.source.is_none());
        let names: Vec<String> = ours.map(|package| package.name.to_string()).collect();
        assert!(names.contains(&"acxvad".to_owned()), "{names:?}");
        assert_eq!(ambiguous(names.clone()), [""; 0]);
        assert_eq!(ambiguous(names.into_iter().chain(["acxvad".to_owned()])), ["acxvad"]);
    }

    /// Tests compare the text of files.
    #[test]
    fn a_checkout_has_the_line_ends_of_the_repository() {
        let output = Command::new("git")
            .args(["check-attr", "eol", "--", "wdk/acxvad.inx", "scripts/Common.ps1", "src/lib.rs"])
            .current_dir(root())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.matches(": eol: lf\n").count(), 3, "{said}");
    }

    /// The plain constants of a header, which bindgen makes constants of.
    fn defined(header: &str) -> BTreeSet<&str> {
        let lines = header.lines().filter_map(|line| line.strip_prefix("#define "));
        lines.filter_map(|rest| rest.split(' ').next()).collect()
    }

    /// `acx-sys` exports what bindgen makes and what is written by hand through two globs: a name
    /// that is in both would be ambiguous.
    #[test]
    fn a_constant_that_is_written_by_hand_is_not_generated_as_well() {
        let acx_sys = root().join("crates/acx-sys");
        let header = kit::acx_header(&acx_sys).unwrap();
        let by_hand = read(&acx_sys.join("src/shared/constants.rs")).unwrap();
        let by_hand: BTreeSet<&str> = by_hand
            .lines()
            .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
            .collect();
        let both: Vec<_> = defined(&header).intersection(&by_hand).copied().collect();
        assert_eq!(
            both,
            ["ACX_ALWAYS_AVAILABLE_FUNCTION_COUNT"],
            "the fault is there to be caught"
        );
        let script = read(&acx_sys.join("build.rs")).unwrap();
        let blocks = ".blocklist_item(written_by_hand().join(\"|\"))";
        assert!(script.contains(blocks), "build.rs lets bindgen make constants of them");
    }

    /// The text of headers in the build script of `acx-sys`.
    fn headers(acx_sys: &Path) -> String {
        let script = read(&acx_sys.join("build.rs")).unwrap();
        let (_, rest) = script.split_once("const HEADERS: &str = \"\\\n").unwrap();
        rest.split_once("\";").unwrap().0.to_owned()
    }

    #[test]
    fn the_headers_of_acx_sys_compile_and_a_missing_definition_is_named() {
        // The kit is there where the driver was built with it.
        let Some(_) = crate::acxvad::built_by_wdk() else { return };
        let root = root();
        let text = headers(&root.join("crates/acx-sys"));
        let place = tempfile::tempdir().unwrap();
        let compile = |text: &str| {
            let source = place.path().join("headers.c");
            write(&source, text).unwrap();
            kit::syntax(&root.join("target/wdk/kit"), &source)
        };
        compile(&text).unwrap();
        let without = text.replace("#define NOBITMAP\n", "");
        assert_ne!(text, without);
        let why = compile(&without).unwrap_err();
        assert!(why.contains("unknown type name 'BITMAPINFOHEADER'"), "{why}");
    }
}
