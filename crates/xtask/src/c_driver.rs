//! `cargo xtask c-driver`: the drivers in C that the host is tested with, compiled like drivers for
//! Windows, with clang and lld.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::header::header;
use cargo_acx::files::write;
use cargo_acx::package;
use cargo_acx::toolchain::Arch;

const MISSING: &str = "\
the driver in C needs clang, lld-link and llvm-dlltool. On Debian: sudo apt-get install clang-19 lld-19 llvm-19";

/// Returns the first of a tool's names that can be started.
pub(crate) fn tool(name: &str) -> Option<String> {
    let names = ["", "-19", "-18", "-20", "-21"].map(|version| format!("{name}{version}"));
    // Starting it is enough: llvm-dlltool has no --version, and prints its usage.
    names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok())
}

pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let heard = String::from_utf8_lossy(&output.stdout).into_owned();
    Err(format!("{command:?} failed\n{said}{heard}"))
}

/// Returns whether this machine has the tools; installs them if one command does.
pub(crate) fn setup() -> Result<(), String> {
    let there = || ["clang", "lld-link", "llvm-dlltool"].iter().all(|name| tool(name).is_some());
    // The signing tool is installed too; without it, packages are made without signatures.
    if there() && package::has_signer() {
        return Ok(());
    }
    for words in [&["apt-get"][..], &["sudo", "apt-get"][..]] {
        let mut apt = Command::new(words[0]);
        apt.args(&words[1..]).args([
            "install",
            "--yes",
            "clang-19",
            "lld-19",
            "llvm-19",
            "osslsigncode",
        ]);
        println!("trying: {apt:?}");
        if apt.status().is_ok_and(|status| status.success()) && there() {
            return Ok(());
        }
    }
    if there() { Ok(()) } else { Err(MISSING.to_owned()) }
}

/// The tools, and where headers and libraries are.
struct Kit<'a> {
    arch: Arch,
    clang: &'a str,
    linker: &'a str,
    sources: PathBuf,
    place: PathBuf,
}

impl Kit<'_> {
    fn compile(&self, source: &Path, object: &Path) -> Result<(), String> {
        let target = match self.arch {
            Arch::X64 => &["--target=x86_64-pc-windows-msvc", "-mno-red-zone"][..],
            // Atomics of the first processors: no functions of a library choose.
            Arch::Arm64 => &["--target=aarch64-pc-windows-msvc", "-mno-outline-atomics"],
        };
        run(Command::new(self.clang)
            .args(target)
            .args(["-std=c11", "-O2", "-ffreestanding"])
            .args([
                "-fstack-protector-strong",
                "-fasynchronous-unwind-tables",
                "-Wall",
                "-Wextra",
                "-Werror",
            ])
            .args(["-Wno-unused-function", "-Wno-unused-const-variable", "-Wno-missing-braces"])
            .args([Path::new("-I"), &self.place, Path::new("-I"), &self.sources])
            .arg("-c")
            .arg(source)
            .arg("-o")
            .arg(object))
    }

    fn link(&self, objects: &[PathBuf], image: &Path) -> Result<(), String> {
        run(Command::new(self.linker)
            .args(["/NOLOGO", "/DRIVER", "/SUBSYSTEM:NATIVE,10.0", "/ENTRY:FxDriverEntry"])
            .args(["/NODEFAULTLIB", "/NXCOMPAT", "/RELEASE", "/Brepro"])
            .arg(format!("/OUT:{}", image.display()))
            .arg(format!("/MAP:{}", image.with_extension("map").display()))
            .args(objects)
            .arg(self.place.join("ntoskrnl.lib"))
            .arg(self.place.join("wdfldr.lib")))
    }
}

/// The drivers, each with its files. The first one names the image.
const DRIVERS: &[&[&str]] = &[
    &["cable"],
    &["board"],
    &["composite"],
    &["codec"],
    &["codec-keeps"],
    &["codec-44100"],
    &["codec-stops"],
    &["codec-leaks"],
    &["codec-stranger"],
    &["codec-volume"],
    &["codec-volume-off"],
    &["parts"],
    &["offers"],
    &["asks"],
    &["minimal"],
    &["refuses"],
    &["imports"],
    &["habits"],
    &["exceptions"],
    &["every", "every-elements", "every-streams", "every-values", "every-targets"],
];

/// Where the drivers for a processor are, inside `target`.
pub(crate) fn folder(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 => "c-driver",
        Arch::Arm64 => "c-driver/arm64",
    }
}

/// Builds every driver in C; where they are.
pub(crate) fn build(root: &Path, arch: Arch) -> Result<Vec<PathBuf>, String> {
    let [Some(clang), Some(linker), Some(importer)] =
        ["clang", "lld-link", "llvm-dlltool"].map(tool)
    else {
        return Err(MISSING.to_owned());
    };
    let (sources, place) = (root.join("tests/c-driver"), root.join("target").join(folder(arch)));
    let machine = match arch {
        Arch::X64 => "i386:x86-64",
        Arch::Arm64 => "arm64",
    };
    let kit = Kit { arch, clang: &clang, linker: &linker, sources, place };
    let (sources, place) = (&kit.sources, &kit.place);
    write(&place.join("facts.h"), &header(&root.join("crates/acx-sys/facts"))?)?;
    for (library, file) in [("ntoskrnl", "ntoskrnl.def"), ("wdfldr", "wdfldr.def")] {
        run(Command::new(&importer)
            .args(["-m", machine, "-d"])
            .arg(sources.join(file))
            .arg("-l")
            .arg(place.join(format!("{library}.lib"))))?;
    }
    let entry = place.join("entry.obj");
    kit.compile(&sources.join("entry.c"), &entry)?;
    let mut built = Vec::new();
    for files in DRIVERS {
        let mut objects = vec![entry.clone()];
        for name in *files {
            let object = place.join(format!("{name}.obj"));
            kit.compile(&sources.join(format!("{name}.c")), &object)?;
            objects.push(object);
        }
        let image = place.join(format!("{}.sys", files[0]));
        kit.link(&objects, &image)?;
        built.push(image);
    }
    // The drivers that break one rule each are also analyzed by their instructions.
    if arch == Arch::Arm64 {
        return Ok(built);
    }
    let bad = place.join("bad");
    write(
        &bad.join("README"),
        "The drivers of tests/bad-drivers, each of which breaks one rule.\n",
    )?;
    for source in bad_drivers(root)? {
        let image = bad.join(source.file_name().unwrap_or_default()).with_extension("sys");
        let object = image.with_extension("obj");
        kit.compile(&source, &object)?;
        kit.link(&[object, entry.clone()], &image)?;
    }
    built.push(bad);
    Ok(built)
}

/// The sources of the drivers that break a rule each, in order.
fn bad_drivers(root: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = root.join("tests/bad-drivers");
    let files = std::fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut sources: Vec<PathBuf> = files.flatten().map(|file| file.path()).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    Ok(sources)
}
