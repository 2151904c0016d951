//! Compilers and linkers that make Windows images.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;

/// A processor that Windows runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Arch {
    /// 64-bit Intel and AMD.
    X64,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::X64, Self::Arm64];

    /// `one`, or every one.
    pub fn chosen(one: Option<Self>) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |own| one.is_none_or(|one| one == *own))
    }

    /// Rust's name of the target.
    pub fn target(self) -> &'static str {
        match self {
            Self::X64 => "x86_64-pc-windows-msvc",
            Self::Arm64 => "aarch64-pc-windows-msvc",
        }
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

/// A compiler for a target, with the paths of its parts.
#[derive(Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// The libraries are compiled along, from their sources.
    from_source: bool,
}

impl Toolchain {
    /// Cargo's `subcommand` for `target`. If only sources are installed, `libraries` are compiled
    /// too.
    pub fn cargo(&self, subcommand: &str, target: &str, libraries: &str) -> Command {
        let mut command = Command::new(&self.cargo);
        command.env("RUSTC", &self.rustc).args([subcommand, "--target", target]);
        if self.from_source {
            // The flag is unstable, but compiling the libraries is not.
            command.env("RUSTC_BOOTSTRAP", "1").args(["-Z", &format!("build-std={libraries}")]);
        }
        command
    }
}

/// The message if there is no toolchain.
const NO_TOOLCHAIN: &str = "\
no toolchain here can make Windows images. One command gets one:
    with rustup:        rustup target add x86_64-pc-windows-msvc aarch64-pc-windows-msvc
    on Debian, Ubuntu:  sudo apt-get install rustc-web cargo-web rust-web-src";

const NO_LINKER: &str = "\
no linker for Windows images: rustup's toolchains bring `rust-lld`; on Debian, `sudo apt-get install lld-19` brings `lld-link-19`.";

/// The output of a command, if it succeeds.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}

/// A toolchain for `target`. In order of preference: an installed target, else the sources of the
/// core library beside a compiler.
///
/// # Errors
///
/// Neither exists: the message has the command that installs one.
pub fn toolchain(target: &str) -> Result<Toolchain, String> {
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
///
/// # Errors
///
/// There is none: the message has the command that installs one.
pub fn linker() -> Result<PathBuf, String> {
    let mut compilers = vec![PathBuf::from("rustc")];
    compilers.extend(std::env::var_os("RUSTC").map(PathBuf::from));
    for rustc in compilers {
        let libraries = answer(Command::new(rustc).args(["--print", "target-libdir"]));
        let bundled = libraries.map(|folder| {
            let linker = if cfg!(windows) { "rust-lld.exe" } else { "rust-lld" };
            Path::new(&folder).with_file_name("bin").join(linker)
        });
        if let Some(linker) = bundled.filter(|linker| linker.exists()) {
            return Ok(linker);
        }
    }
    let names = ["lld-link", "lld-link-19", "lld-link-18", "lld-link-20", "lld-link-21"];
    let found = names.iter().find(|name| answer(Command::new(name).arg("--version")).is_some());
    found.map(PathBuf::from).ok_or_else(|| NO_LINKER.to_owned())
}

/// Cargo's `subcommand` for Windows, with a suitable toolchain.
///
/// # Errors
///
/// The same as [`toolchain`].
pub fn cargo(arch: Arch, subcommand: &str) -> Result<Command, String> {
    let target = arch.target();
    Ok(toolchain(target)?.cargo(subcommand, target, "core,alloc,compiler_builtins"))
}

/// Installs a toolchain, in the way that suits the machine.
///
/// # Errors
///
/// It failed: the message has the commands.
pub fn setup() -> Result<(), String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_nobody_has_says_what_to_do() {
        // Sources make any target possible, so only a machine without them fails here.
        if let Err(why) = toolchain("made-up-target") {
            assert!(why.contains("rustup target add") && why.contains("apt-get install"), "{why}");
        }
    }
}
