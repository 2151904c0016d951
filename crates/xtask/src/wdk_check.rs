//! `cargo xtask wdk-check`: whether wrappers and driver compile with feature `wdk`, where there is no WDK.
//!
//! Bindings that Microsoft made from a real WDK are public: `wdk-sys` 0.2.0 ships them, 0.5.2 the constants that are written by hand. A stand-in
//! for wdk-sys is made of both; for ACX, of which nothing is public, the bundled definitions stand in, which bindgen made of the fact tables.
//! What this cannot show is whether bindgen reads the WDK's headers, and whether the result links.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings::declared;
use crate::files::{read, write};
use crate::image::{self, Arch};
use crate::measure;

/// Who has what: the generated files of one release, the hand-written constants of another.
const GENERATED: &str = "0.2.0";
const WRITTEN: &str = "0.5.2";

/// Where cargo keeps the sources of `wdk-sys` of a version; gets them.
fn sources(place: &Path, version: &str) -> Result<PathBuf, String> {
    let manifest = place.join(format!("fetch-{version}/Cargo.toml"));
    let text = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nwdk-sys = \"={version}\"\n\n[workspace]\n"
    );
    write(&manifest, &text)?;
    write(&manifest.with_file_name("src").join("lib.rs"), "")?;
    let output = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(&manifest)
        .output()
        .map_err(|why| format!("cargo: {why}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let name = format!("wdk-sys-{version}");
    let found = said.split('"').find(|word| {
        Path::new(word).parent().is_some_and(|folder| folder.ends_with(&name))
            && word.ends_with("Cargo.toml")
    });
    let found = found.and_then(|word| Path::new(word).parent()).map(Path::to_owned);
    found.ok_or_else(|| {
        format!("wdk-sys {version} cannot be had: {}", String::from_utf8_lossy(&output.stderr))
    })
}

/// Writes the package of a crate that stands in for another; gives its folder.
fn stand_in(
    place: &Path,
    [name, version]: [&str; 2],
    dependencies: &str,
    library: &str,
) -> Result<PathBuf, String> {
    let folder = place.join(name);
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
    );
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("src/lib.rs"), library)?;
    Ok(folder)
}

/// wdk-sys, as far as it is needed: what Microsoft's own bindgen made, spelled as this edition wants it.
fn stand_in_for_wdk_sys(place: &Path) -> Result<PathBuf, String> {
    let crate_folder = place.join("wdk-sys");
    let (generated, written) = (sources(place, GENERATED)?, sources(place, WRITTEN)?);
    for name in ["types", "constants", "ntddk"] {
        let text = read(&generated.join("generated_bindings").join(name).with_extension("rs"))?;
        let text = text
            .replace("\nextern \"C\" {", "\nunsafe extern \"C\" {")
            // The name that 0.5.2 gives the table, whatever the KMDF version.
            .replace("WdfFunctions_01033", "WdfFunctions");
        write(&crate_folder.join("gen").join(name).with_extension("rs"), &text)?;
    }
    let constants = read(&written.join("src/constants.rs"))?
        .replace("concat!(env!(\"OUT_DIR\"), \"/constants.rs\")", "\"../gen/constants.rs\"");
    write(&crate_folder.join("src/constants.rs"), &constants)?;
    write(
        &crate_folder.join("build.rs"),
        "fn main() { println!(\"cargo::rustc-cfg=driver_model__driver_type=\\\"KMDF\\\"\"); }\n",
    )?;
    stand_in(
        place,
        ["wdk-sys", WRITTEN],
        "rustversion = \"1\"",
        "#![no_std]\n#![allow(warnings)]\npub use crate::{constants::*, types::*};\nmod constants;\nmod types { include!(\"../gen/types.rs\"); }\n\
         pub mod ntddk { use crate::types::*; include!(\"../gen/ntddk.rs\"); }\npub const fn NT_SUCCESS(status: NTSTATUS) -> bool { status >= 0 }\n",
    )
}

/// wdk-build does not compile outside Windows: the calls that our build scripts make, which need not answer here.
fn stand_in_for_wdk_build(place: &Path) -> Result<PathBuf, String> {
    stand_in(
        place,
        ["wdk-build", "0.6.0"],
        "bindgen = \"0.73\"",
        "#[derive(Debug)]\npub struct Config;\n#[derive(Debug)]\npub struct ConfigError;\n\
         impl std::fmt::Display for ConfigError { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(\"no WDK\") } }\n\
         type Paths = std::vec::IntoIter<std::path::PathBuf>;\n\
         impl Config {\n    pub fn from_env_auto() -> Result<Self, ConfigError> { Err(ConfigError) }\n\
         \x20   pub fn include_paths(&self) -> Result<Paths, ConfigError> { Err(ConfigError) }\n\
         \x20   pub fn library_paths(&self) -> Result<Paths, ConfigError> { Err(ConfigError) }\n}\n\
         pub trait BuilderExt { fn wdk_default(config: impl std::borrow::Borrow<Config> + std::fmt::Debug) -> Result<bindgen::Builder, ConfigError>; }\n\
         impl BuilderExt for bindgen::Builder { fn wdk_default(_: impl std::borrow::Borrow<Config> + std::fmt::Debug) -> Result<Self, ConfigError> { Err(ConfigError) } }\n\
         pub fn configure_wdk_binary_build() -> Result<(), ConfigError> { Ok(()) }\n",
    )
}

/// wdk-panic as well asks wdk-build what driver it is for.
fn stand_in_for_wdk_panic(place: &Path) -> Result<PathBuf, String> {
    stand_in(
        place,
        ["wdk-panic", "0.5.0"],
        "",
        "#![no_std]\n#[panic_handler]\nfn panic(_: &core::panic::PanicInfo<'_>) -> ! { loop {} }\n",
    )
}

/// What bindgen would make of the ACX headers: the bundled definitions, and the table with its types, which `shared` has else.
fn stand_in_for_acx(sources: &Path) -> Result<String, String> {
    let bundled = read(&sources.join("bundled/acx.rs"))?;
    let is_ours = |line: &&str| line.starts_with("//!") || *line == "use super::*;";
    // With wdk-sys between, bindgen gives fewer types Debug than it did for the bundled definitions: here, none.
    let spare = |line: &str| line.replace("#[derive(Debug, ", "#[derive(");
    let mut lines: Vec<String> = bundled.lines().filter(|line| !is_ours(line)).map(spare).collect();
    for row in read(&sources.join("shared/acx_functions.rs"))?.lines() {
        let Some((head, rest)) = row.trim().split_once(" (") else { continue };
        let (Some(kind), Some((arguments, result))) =
            (head.split(' ').nth(2), rest.trim_end_matches(';').split_once(") -> "))
        else {
            continue;
        };
        lines.push(format!(
            "pub type {kind} = Option<unsafe extern \"C\" fn(DriverGlobals: PACX_DRIVER_GLOBALS, {arguments}) -> {result}>;"
        ));
    }
    lines.push(
        "unsafe extern \"C\" {\n    pub static mut AcxDriverGlobals: PACX_DRIVER_GLOBALS;\n    pub static mut AcxFunctions: [ACXFUNC; 0];\n}"
            .to_owned(),
    );
    Ok(lines.join("\n"))
}

/// The lock file as it was: a patched build writes to it.
struct Lock(PathBuf, String);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(why) = fs::write(&self.0, &self.1) {
            eprintln!("{}: {why}: `git checkout Cargo.lock` has it", self.0.display());
        }
    }
}

const DOES_NOT_COMPILE: &str = "the driver does not compile with feature `wdk`";
const OTHER_LAYOUTS: &str = "feature `wdk` has layouts that the fact tables do not have";

/// Over stand-ins, or over the WDK that is `installed`.
pub(crate) fn run(root: &Path, installed: bool) -> Result<(), String> {
    let root = root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))?;
    let place = root.join("target/wdk-stand-in");
    let package = root.join("wdk");
    let layouts = layouts(&root, &place)?;
    if installed {
        check(&package, &[], None, DOES_NOT_COMPILE)?;
        return check(&layouts, &[], None, OTHER_LAYOUTS);
    }
    let (wdk_sys, wdk_build) = (stand_in_for_wdk_sys(&place)?, stand_in_for_wdk_build(&place)?);
    write(&place.join("acx.rs"), &stand_in_for_acx(&root.join("crates/acx-sys/src"))?)?;
    let lock = package.join("Cargo.lock");
    let _lock = Lock(lock.clone(), read(&lock)?);
    let wdk_panic = stand_in_for_wdk_panic(&place)?;
    let patches = [("wdk-sys", wdk_sys), ("wdk-build", wdk_build), ("wdk-panic", wdk_panic)];
    check(&package, &patches, Some(&root), DOES_NOT_COMPILE)?;
    check(&layouts, &patches, Some(&root), OTHER_LAYOUTS)
}

/// Writes a crate that holds the bindings of feature `wdk` to the fact tables, size by size and offset by offset; a driver's package as far
/// as wdk-build is asked.
fn layouts(root: &Path, place: &Path) -> Result<PathBuf, String> {
    let acx_sys = root.join("crates/acx-sys");
    let dependency = format!(
        "acx-sys = {{ path = \"{}\", features = [\"wdk\"] }}",
        acx_sys.display().to_string().replace('\\', "/")
    );
    let text = layout_asserts(&acx_sys)?;
    let folder = stand_in(place, ["layouts", "0.0.0"], &dependency, &text)?;
    let manifest = folder.join("Cargo.toml");
    let text = read(&manifest)?
        + "\n[build-dependencies]\nwdk-build = \"0.6.0\"\n\n[workspace]\n\n[package.metadata.wdk.driver-model]\n\
           driver-type = \"KMDF\"\nkmdf-version-major = 1\ntarget-kmdf-version-minor = 31\n";
    write(&manifest, &text)?;
    // Without a build script, what only build scripts depend on is left out.
    write(&folder.join("build.rs"), "fn main() {}\n")?;
    Ok(folder)
}

/// Checks the package in `folder`; below a root, with stand-ins for what only compiles on Windows.
fn check(
    folder: &Path,
    patches: &[(&str, PathBuf)],
    stand_ins: Option<&Path>,
    otherwise: &str,
) -> Result<(), String> {
    let mut command = image::cargo(Arch::X64, "check")?;
    command.current_dir(folder);
    // Else in the package's own folder, above which wdk-build looks for its manifest.
    if let Some(root) = stand_ins {
        command.arg("--target-dir").arg(root.join("target/wdk-check"));
        command.env("ACX_SYS_BINDINGS", root.join("target/wdk-stand-in/acx.rs"));
    }
    for (name, folder) in patches {
        let path = folder.display().to_string().replace('\\', "/");
        command.args(["--config", &format!("patch.crates-io.{name}.path=\"{path}\"")]);
    }
    // As on Windows, where .cargo/config.toml says so.
    command.env("RUSTFLAGS", "-Ctarget-feature=+crt-static -Dwarnings");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(otherwise.to_owned()),
        Err(why) => Err(format!("{command:?}: {why}")),
    }
}

/// What the fact tables say of sizes and offsets, as a crate that does not compile otherwise.
fn layout_asserts(acx_sys: &Path) -> Result<String, String> {
    let table = |name: &str| read(&acx_sys.join("facts").join(name));
    let tables = [table("wdf-layouts.tsv")?, table("ks-layouts.tsv")?, table("acx-layouts.tsv")?];
    let source = declared(acx_sys)?;
    let [wdf, ks, acx] = tables.each_ref().map(String::as_str);
    Ok(measure::layout_asserts(&source, &[wdf, ks, acx], &table("layout-exceptions.tsv")?))
}
