//! `cargo xtask build`: the driver as the file that Windows loads, on any machine, without a WDK. And `cargo xtask setup`: what that needs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

use crate::version;

/// What the image runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arch {
    /// 64-bit Intel and AMD.
    X64,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    pub(crate) const ALL: [Self; 2] = [Self::X64, Self::Arm64];

    /// Rust's name of the target.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::X64 => "x86_64-pc-windows-msvc",
            Self::Arm64 => "aarch64-pc-windows-msvc",
        }
    }

    fn needs_cet(self) -> bool {
        self == Self::X64
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
        })
    }
}

/// A compiler for a target: where its parts are.
#[derive(Debug)]
pub(crate) struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// The libraries are compiled along, from their sources.
    from_source: bool,
}

impl Toolchain {
    /// Cargo's `subcommand` for `target`; `libraries` are those that are compiled along where there are only sources.
    pub(crate) fn cargo(&self, subcommand: &str, target: &str, libraries: &str) -> Command {
        let mut command = Command::new(&self.cargo);
        command.env("RUSTC", &self.rustc).args([subcommand, "--target", target]);
        if self.from_source {
            // The flag is not stable yet; what it does, compiling the libraries, is.
            command.env("RUSTC_BOOTSTRAP", "1").args(["-Z", &format!("build-std={libraries}")]);
        }
        command
    }
}

/// What to say where there is none.
const NO_TOOLCHAIN: &str = "\
no toolchain here can make Windows images. One command gets one:
    with rustup:        rustup target add x86_64-pc-windows-msvc aarch64-pc-windows-msvc
    on Debian, Ubuntu:  sudo apt-get install rustc-web cargo-web rust-web-src
`cargo xtask setup` runs the one that fits this machine.";

const NO_LINKER: &str = "\
no linker for Windows images: rustup's toolchains bring `rust-lld`; on Debian, `sudo apt-get install lld-19` brings `lld-link-19`.";

pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

/// In order of preference: an installed target, else the sources of the core library beside a compiler.
pub(crate) fn toolchain(target: &str) -> Result<Toolchain, String> {
    let default = |name: &str| {
        PathBuf::from(std::env::var_os(name.to_uppercase()).unwrap_or_else(|| name.into()))
    };
    let candidates = [
        (default("cargo"), default("rustc")),
        ("/usr/bin/cargo".into(), "/usr/bin/rustc".into()),
        ("/usr/bin/cargo-web".into(), "/usr/bin/rustc-web".into()),
    ];
    for (cargo, rustc) in &candidates {
        let libraries =
            answer(Command::new(rustc).args(["--print", "target-libdir", "--target", target]));
        let installed = libraries.is_some_and(|folder| {
            let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
            files.into_iter().any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
        });
        if installed {
            return Ok(Toolchain {
                cargo: cargo.clone(),
                rustc: rustc.clone(),
                from_source: false,
            });
        }
    }
    for (cargo, rustc) in candidates {
        let sysroot = answer(Command::new(&rustc).args(["--print", "sysroot"]));
        let sources =
            sysroot.map(|root| Path::new(&root).join("lib/rustlib/src/rust/library/core"));
        if sources.is_some_and(|sources| sources.exists()) {
            return Ok(Toolchain { cargo, rustc, from_source: true });
        }
    }
    Err(NO_TOOLCHAIN.to_owned())
}

/// rustup's own linker, or one of the system's.
pub(crate) fn linker() -> Result<PathBuf, String> {
    let mut compilers = vec![PathBuf::from("rustc")];
    compilers.extend(std::env::var_os("RUSTC").map(PathBuf::from));
    for rustc in compilers {
        let libraries = answer(Command::new(rustc).args(["--print", "target-libdir"]));
        let bundled =
            libraries.map(|folder| Path::new(&folder).with_file_name("bin").join("rust-lld"));
        if let Some(linker) = bundled.filter(|linker| linker.exists()) {
            return Ok(linker);
        }
    }
    let names = ["lld-link", "lld-link-19", "lld-link-18", "lld-link-20", "lld-link-21"];
    let found = names.iter().find(|name| answer(Command::new(name).arg("--version")).is_some());
    found.map(PathBuf::from).ok_or_else(|| NO_LINKER.to_owned())
}

/// What the compiler is told.
fn compiler_flags(root: &Path, arch: Arch) -> Vec<String> {
    let mut flags = vec!["--cfg".to_owned(), "acx_image".to_owned()];
    flags.push("-Ccontrol-flow-guard=yes".to_owned());
    if arch == Arch::X64 {
        // The target has SSE3; a kernel may assume SSE2.
        flags.push("-Ctarget-feature=-sse3".to_owned());
    }
    // No path of the machine that built it: neither in the image nor in its symbols.
    flags.push(format!("--remap-path-prefix={}=/acxvad", root.display()));
    for home in ["CARGO_HOME", "RUSTUP_HOME", "HOME", "USERPROFILE"] {
        if let Some(home) = std::env::var_os(home) {
            flags.push(format!("--remap-path-prefix={}=/home", Path::new(&home).display()));
        }
    }
    flags.push("--remap-path-prefix=/usr/lib/rustlib/src/rust=/rust".to_owned());
    flags
}

/// What the linker is told. PACKAGE.md's image lines are made here; `cargo xtask check` looks at the result. Relative names only, for the
/// symbols keep the command line: the same sources give the same files in any folder.
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
        // What every object that computes with floats asks for; the value is never looked at.
        "/ALTERNATENAME:_fltused=FxDriverEntry",
        // The class records have to lie in a row, in data that can be written.
        "/MERGE:.kmdfclassbind=.data",
        "/MERGE:.00cfg=.rdata",
        "/DEBUG",
        "/PDBSOURCEPATH:/acxvad",
    ];
    if arch.needs_cet() {
        arguments.push("/CETCOMPAT");
    }
    let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    arguments.extend([
        format!("{name}.lib"),
        format!("{name}.res"),
        format!("/OUT:{name}.sys"),
        format!("/PDB:{name}.pdb"),
        format!("/MAP:{name}.map"),
        format!("/PDBALTPATH:{name}.pdb"),
    ]);
    arguments
}

/// Cargo's `subcommand` for Windows, with a toolchain that can.
pub(crate) fn cargo(arch: Arch, subcommand: &str) -> Result<Command, String> {
    let target = arch.target();
    Ok(toolchain(target)?.cargo(subcommand, target, "core,alloc,compiler_builtins"))
}

/// The package that is the driver, the one that its image is made of, and what that is called.
pub(crate) const DRIVER: &str = "acxvad-driver";
const DRIVER_LAST: &str = "acxvad-image";
const DRIVER_IMAGE: &str = "acxvad";

/// Builds the image of the driver in `package`, called as the package is; returns its path.
pub(crate) fn build(
    root: &Path,
    package: &str,
    arch: Arch,
    release: bool,
) -> Result<PathBuf, String> {
    let (package, name) =
        if package == DRIVER { (DRIVER_LAST, DRIVER_IMAGE) } else { (package, package) };
    let linker = linker()?;
    let (profile, folder) =
        if release { ("image", "image") } else { ("image-debug", "image-debug") };
    let target = root.join("target/image");
    let mut command = cargo(arch, "rustc")?;
    command
        .current_dir(root)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", compiler_flags(root, arch).join("\u{1f}"))
        .args(["--package", package, "--lib", "--crate-type", "staticlib", "--locked"])
        .args(["--profile", profile, "--target-dir"])
        .arg(&target);
    run(&mut command, arch)?;
    let place = target.join(arch.to_string());
    std::fs::create_dir_all(&place).map_err(|why| format!("{}: {why}", place.display()))?;
    let library = target
        .join(arch.target())
        .join(folder)
        .join(package.replace('-', "_"))
        .with_extension("lib");
    std::fs::copy(&library, place.join(name).with_extension("lib"))
        .map_err(|why| format!("{}: {why}", library.display()))?;
    let resource = place.join(name).with_extension("res");
    std::fs::write(&resource, version::res(name, env!("CARGO_PKG_VERSION")))
        .map_err(|why| format!("{}: {why}", resource.display()))?;
    link(&linker, arch, name, &place)?;
    Ok(place.join(name).with_extension("sys"))
}

/// Links what lies in `place`.
fn link(linker: &Path, arch: Arch, driver: &str, place: &Path) -> Result<(), String> {
    let name = linker.file_name().unwrap_or_default();
    // By its name, found in the search path, so that the symbols do not tell where it lies.
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

/// Gets a toolchain, by the way that fits the machine.
pub(crate) fn setup() -> Result<(), String> {
    if Arch::ALL.iter().all(|arch| toolchain(arch.target()).is_ok()) {
        println!("there is a toolchain for Windows images already");
        return Ok(());
    }
    let mut ways = Vec::new();
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add"]).args(Arch::ALL.map(Arch::target));
    ways.push(rustup);
    for words in [&["apt-get"][..], &["sudo", "apt-get"][..]] {
        let mut apt = Command::new(words[0]);
        apt.args(&words[1..]).args(["install", "--yes", "rustc-web", "cargo-web", "rust-web-src"]);
        ways.push(apt);
    }
    for mut way in ways {
        println!("trying: {way:?}");
        let worked = way.status().is_ok_and(|status| status.success());
        if worked && Arch::ALL.iter().all(|arch| toolchain(arch.target()).is_ok()) {
            return Ok(());
        }
    }
    Err(NO_TOOLCHAIN.to_owned())
}

/// Where the x64 build is, for tests of it; CI has one.
#[cfg(test)]
pub(crate) fn built() -> Option<PathBuf> {
    built_in("target/image/x64", "cargo xtask build --release")
}

/// Where the x64 build of Microsoft's tools is, for tests of it; CI has one.
#[cfg(test)]
pub(crate) fn built_by_wdk() -> Option<PathBuf> {
    built_in("target/wdk/x64", "cargo xtask wdk-check")
}

#[cfg(test)]
fn built_in(folder: &str, made_by: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    if folder.join("acxvad.sys").exists() {
        return Some(folder);
    }
    let required = std::env::var("ACXVAD_IMAGE").is_ok_and(|how| how == "required");
    assert!(!required, "{made_by} comes first");
    println!("not run: there is no image; `{made_by}` makes it");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_name_no_path_but_those_they_remap() {
        let flags = compiler_flags(Path::new("/somewhere/checkout"), Arch::X64);
        let paths = flags.iter().filter(|flag| flag.contains("/somewhere"));
        assert!(paths.clone().all(|flag| flag.starts_with("--remap-path-prefix=")), "{flags:?}");
        assert_eq!(paths.count(), 1);
        for arch in Arch::ALL {
            let arguments = linker_arguments(arch, "driver");
            assert!(arguments.contains(&"/OUT:driver.sys".to_owned()));
            assert_eq!(arguments.contains(&"/CETCOMPAT".to_owned()), arch == Arch::X64);
        }
    }

    #[test]
    fn a_target_that_nobody_has_says_what_to_do() {
        // Sources make any target possible, so only a machine without them fails here.
        if let Err(why) = toolchain("made-up-target") {
            assert!(why.contains("rustup target add") && why.contains("apt-get install"), "{why}");
        }
    }
}
