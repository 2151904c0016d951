//! Builds the driver as the file that Windows loads, on any machine, without a WDK.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::driver::Driver;
use crate::files::at;
use crate::toolchain::{self, Arch};
use crate::wdk;

/// The compiler's arguments.
fn compiler_flags(driver: &Driver, arch: Arch) -> Vec<String> {
    let mut flags = vec!["--cfg".to_owned(), "acx_image".to_owned()];
    flags.push("-Ccontrol-flow-guard=yes".to_owned());
    // The map names for which `check` searches; compilers differ in their default.
    flags.push("-Csymbol-mangling-version=v0".to_owned());
    if arch == Arch::X64 {
        // The target has SSE3; a kernel may assume SSE2.
        flags.push("-Ctarget-feature=-sse3".to_owned());
    }
    // No path of the build machine, neither in the image nor in its symbols. Nor the driver's name:
    // with other flags cargo compiles core again, and a workspace may have several drivers.
    flags.push(format!("--remap-path-prefix={}=/driver", driver.folder.display()));
    for home in ["CARGO_HOME", "RUSTUP_HOME", "HOME", "USERPROFILE"] {
        if let Some(home) = std::env::var_os(home) {
            flags.push(format!("--remap-path-prefix={}=/home", Path::new(&home).display()));
        }
    }
    flags.push("--remap-path-prefix=/usr/lib/rustlib/src/rust=/rust".to_owned());
    flags
}

/// The linker's arguments. [`check`](crate::check) looks at the result. Only relative names,
/// because the symbols contain the command line: the same sources give the same files in any
/// folder.
fn linker_arguments(arch: Arch, name: &str) -> Vec<String> {
    let mut arguments = vec![
        "/NOLOGO",
        "/DRIVER",
        "/SUBSYSTEM:NATIVE,10.0",
        "/ENTRY:FxDriverEntry",
        "/NODEFAULTLIB",
        "/NXCOMPAT",
        "/RELEASE",
        "/Brepro",
        "/OPT:REF,ICF",
        "/GUARD:CF",
        "/INCLUDE:_load_config_used",
        // Every object with floating-point code refers to it; the value is never used.
        "/ALTERNATENAME:_fltused=FxDriverEntry",
        // The handler that rustup's core, which is compiled for unwinding, refers to. Nothing
        // unwinds here: a panic is a bug check, so it is never called.
        "/ALTERNATENAME:__CxxFrameHandler3=FxDriverEntry",
        // The class records must be contiguous, in writable data.
        "/MERGE:.kmdfclassbind=.data",
        "/MERGE:.00cfg=.rdata",
        "/DEBUG",
    ];
    if arch == Arch::X64 {
        arguments.push("/CETCOMPAT");
    }
    let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    arguments.extend([
        format!("/PDBSOURCEPATH:/{name}"),
        format!("{name}.lib"),
        format!("{name}.res"),
        format!("/OUT:{name}.sys"),
        format!("/PDB:{name}.pdb"),
        format!("/MAP:{name}.map"),
        format!("/PDBALTPATH:{name}.pdb"),
    ]);
    arguments
}

/// The image profile's settings, for manifests without one.
const RELEASE: [&str; 6] = [
    "inherits=\"release\"",
    "panic=\"abort\"",
    "lto=\"fat\"",
    "codegen-units=1",
    "debug=\"line-tables-only\"",
    "opt-level=3",
];
/// Like [`RELEASE`], with debug assertions and overflow checks; a panic is a bug check.
const DEBUG: [&str; 2] = ["inherits=\"dev\"", "panic=\"abort\""];

/// Builds the image of a driver; returns its path.
///
/// # Errors
///
/// A tool is missing, or the driver does not compile; cargo has printed the reason.
pub fn build(driver: &Driver, arch: Arch, is_debug: bool) -> Result<PathBuf, String> {
    let linker = toolchain::linker()?;
    let (profile, settings) =
        if is_debug { ("image-debug", &DEBUG[..]) } else { ("image", &RELEASE[..]) };
    let mut command = toolchain::cargo(arch, "rustc")?;
    command
        .current_dir(&driver.folder)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", compiler_flags(driver, arch).join("\u{1f}"))
        .args(["--package", &driver.package, "--lib", "--crate-type", "staticlib"])
        .args(["--profile", profile, "--target-dir"])
        .arg(&driver.images);
    if !driver.has_profiles {
        let settings = settings.iter().map(|setting| format!("profile.{profile}.{setting}"));
        command.args(settings.flat_map(|setting| ["--config".to_owned(), setting]));
    }
    if driver.is_locked {
        command.arg("--locked");
    }
    run(&mut command, arch)?;
    let place = driver.place(arch, is_debug);
    at(&place, std::fs::create_dir_all(&place))?;
    let library = driver
        .images
        .join(arch.target())
        .join(profile)
        .join(driver.package.replace('-', "_"))
        .with_extension("lib");
    at(&library, std::fs::copy(&library, driver.file(&place, "lib")))?;
    let resource = driver.file(&place, "res");
    at(&resource, std::fs::write(&resource, driver.resource()))?;
    wdk::forget(&place);
    link(&linker, arch, &driver.name, &place)?;
    Ok(driver.image(arch, is_debug))
}

/// Links the objects in `place`.
fn link(linker: &Path, arch: Arch, driver: &str, place: &Path) -> Result<(), String> {
    let name = linker.file_name().unwrap_or_default();
    // By name, from the search path, so that its folder is not in the symbols.
    let mut command = Command::new(name);
    command.current_dir(place);
    if let Some(folder) = linker.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = [folder.to_owned()].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).unwrap_or(path));
    }
    if linker.file_stem().is_some_and(|stem| stem == "rust-lld") {
        command.args(["-flavor", "link"]);
    }
    run(command.args(linker_arguments(arch, driver)), arch)
}

fn run(command: &mut Command, arch: Arch) -> Result<(), String> {
    let status = command.status().map_err(|why| format!("{command:?}: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("building for {arch} failed")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Limits;
    use crate::inf::Expected;

    fn driver(folder: &str) -> Driver {
        Driver {
            package: "driver".to_owned(),
            name: "driver".to_owned(),
            version: "0.1.0".to_owned(),
            company: String::new(),
            description: String::new(),
            copyright: String::new(),
            folder: folder.into(),
            images: "target".into(),
            packages: "target".into(),
            inx: "driver.inx".into(),
            certificate: "certificate".into(),
            limits: Limits::default(),
            expected: Expected {
                name: "driver".to_owned(),
                hardware_id: None,
                circuits: None,
                hidden: None,
            },
            is_locked: true,
            has_profiles: false,
            build_command: "",
        }
    }

    #[test]
    fn two_drivers_of_a_workspace_share_what_is_compiled_for_both() {
        let (one, mut other) = (driver("/somewhere/checkout"), driver("/somewhere/checkout"));
        other.name = "other".to_owned();
        assert_eq!(compiler_flags(&one, Arch::X64), compiler_flags(&other, Arch::X64));
    }

    #[test]
    fn the_flags_name_no_path_but_those_they_remap() {
        let flags = compiler_flags(&driver("/somewhere/checkout"), Arch::X64);
        let paths = flags.iter().filter(|flag| flag.contains("/somewhere"));
        assert!(paths.clone().all(|flag| flag.starts_with("--remap-path-prefix=")), "{flags:?}");
        assert_eq!(paths.count(), 1);
        for arch in Arch::ALL {
            let arguments = linker_arguments(arch, "driver");
            assert!(arguments.contains(&"/OUT:driver.sys".to_owned()));
            assert_eq!(arguments.contains(&"/CETCOMPAT".to_owned()), arch == Arch::X64);
        }
    }
}
