//! A stand-in for the WDK: the folders that Microsoft's `wdk-build` expects, with headers and
//! libraries that are available without it.
//!
//! | part | from |
//! |---|---|
//! | NT, KS and audio headers | Debian's mingw-w64, with additions for clang's MSVC target (`crates/xtask/kit`) |
//! | `wdf.h`, `acx.h` | written by [`declarations`] and from the fact tables |
//! | import libraries of `ntoskrnl.exe` and `WDFLDR.SYS` | `llvm-dlltool`, from the functions that `acx-sys` declares |
//! | `WdfDriverEntry.lib`, `acxstub.lib`, `BufferOverflowFastFailK.lib` | C sources in `crates/xtask/kit`, after docs/contracts/binding.md |
//!
//! This does not show that Microsoft's own headers and libraries agree. docs/windows.md lists the
//! open points.

mod declarations;
mod headers;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::c_driver::{run, tool};
use cargo_acx::files::{read, write};
use cargo_acx::toolchain::Arch;

/// The version in the folders' names: one that has ACX.
const VERSION: &str = "10.0.26100.0";

/// The folder of the headers of Debian's mingw-w64-common.
const MINGW: &str = "/usr/share/mingw-w64/include";

/// The sources that become files of `km/crt`, the first folder that is searched.
const CRT: [(&str, &str); 8] = [
    ("ntifs.h", include_str!("../kit/ntifs.h")),
    ("ntdef.h", include_str!("../kit/ntdef.h")),
    ("nt_additions.h", include_str!("../kit/nt_additions.h")),
    ("evntprov.h", include_str!("../kit/evntprov.h")),
    ("intrin.h", include_str!("../kit/intrin.h")),
    ("x86intrin.h", "#pragma once\n"),
    ("vadefs.h", include_str!("../kit/vadefs.h")),
    ("fxldr.h", include_str!("../kit/fxldr.h")),
];

/// The libraries that are compiled: name, folder below `Lib`, source.
const COMPILED: [(&str, &str, &str); 3] = [
    ("WdfDriverEntry", "wdf/kmdf/ARCH/1.31", include_str!("../kit/wdf_driver_entry.c")),
    ("acxstub", "VERSION/km/ARCH/acx/km/1.1", include_str!("../kit/acxstub.c")),
    (
        "BufferOverflowFastFailK",
        "VERSION/km/ARCH",
        include_str!("../kit/buffer_overflow_fast_fail.c"),
    ),
];

/// Libraries that `wdk-sys` names and the driver does not use.
const EMPTY: [&str; 3] = ["hal", "wmilib", "arm64rt"];

/// The tools that make the kit and build with it.
pub(crate) struct Tools {
    pub(crate) clang: String,
    pub(crate) librarian: String,
    importer: String,
    /// The folder of libclang, for bindgen.
    pub(crate) libclang: PathBuf,
}

impl Tools {
    /// # Errors
    ///
    /// A sentence for each tool that is missing, with the name of the package that has it.
    pub(crate) fn find() -> Result<Self, String> {
        let mut missing = Vec::new();
        let mut find = |name: &str, package: &str| {
            tool(name).unwrap_or_else(|| {
                missing.push(format!("{name} is missing: sudo apt-get install {package}"));
                String::new()
            })
        };
        let clang = find("clang", "clang-19");
        let librarian = find("llvm-lib", "llvm-19");
        let importer = find("llvm-dlltool", "llvm-19");
        let libclang = libclang();
        if libclang.is_none() {
            missing.push("libclang is missing: sudo apt-get install libclang-19-dev".to_owned());
        }
        if !Path::new(MINGW).join("ddk/ntifs.h").exists() {
            missing.push(format!(
                "{MINGW}/ddk/ntifs.h is missing: sudo apt-get install mingw-w64-common"
            ));
        }
        match libclang {
            Some(libclang) if missing.is_empty() => {
                Ok(Self { clang, librarian, importer, libclang })
            }
            _ => Err(missing.join("\n")),
        }
    }
}

/// Installs the tools of [`Tools::find`], if one command does.
pub(crate) fn setup() -> Result<(), String> {
    if Tools::find().is_ok() {
        return Ok(());
    }
    let packages = ["clang-19", "llvm-19", "libclang-19-dev", "mingw-w64-common"];
    let install: Vec<&str> =
        ["install", "--yes", "--no-install-recommends"].into_iter().chain(packages).collect();
    for words in [&["apt-get"][..], &["sudo", "apt-get"][..]] {
        // Once more with updated lists: an old list names packages that no longer exist.
        for arguments in [install.as_slice(), &["update"], install.as_slice()] {
            let mut apt = Command::new(words[0]);
            apt.args(&words[1..]).args(arguments);
            println!("trying: {apt:?}");
            let worked = apt.status().is_ok_and(|status| status.success());
            if worked && Tools::find().is_ok() {
                return Ok(());
            }
        }
    }
    Tools::find().map(drop)
}

/// The folder of libclang: from the environment, or Debian's LLVM.
fn libclang() -> Option<PathBuf> {
    let named = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    let known = ["19", "18", "20", "21"].map(|version| format!("/usr/lib/llvm-{version}/lib"));
    named.into_iter().chain(known.map(PathBuf::from)).find(|folder| {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.into_iter().any(|file| {
            let name = file.file_name().to_string_lossy().into_owned();
            name.starts_with("libclang.so") || name.starts_with("libclang-")
        })
    })
}

/// The name of an architecture in `wdk-build` and Microsoft's tools.
fn folder_of(arch: Arch) -> &'static str {
    match arch {
        Arch::X64 => "x64",
        Arch::Arm64 => "ARM64",
    }
}

/// A kit that was laid out.
pub(crate) struct Kit {
    /// `WDKContentRoot`.
    pub(crate) root: PathBuf,
}

impl Kit {
    /// `Version_Number`, which `wdk-build` takes from a developer prompt.
    pub(crate) const VERSION: &str = VERSION;

    /// Lays out the kit for `arch` in `root`, with what `acx_sys` declares.
    pub(crate) fn lay_out(
        root: &Path,
        acx_sys: &Path,
        arch: Arch,
        tools: &Tools,
    ) -> Result<Self, String> {
        let include = root.join("Include").join(VERSION);
        for (name, text) in CRT {
            write(&include.join("km/crt").join(name), text)?;
        }
        // wdk-build asks for the folder; no header of it is read.
        write(&include.join("km/ufx/1.1/README"), "No header of it is read.\n")?;
        links(&Path::new(MINGW).join("ddk"), &include.join("km"))?;
        link(Path::new(MINGW), &include.join("shared"))?;
        let headers = headers::Headers::read(acx_sys)?;
        write(&root.join("Include/wdf/kmdf/1.31/wdf.h"), &headers.wdf()?)?;
        write(&include.join("km/acx/km/1.1/acx.h"), &headers.acx()?)?;
        write(&include.join("km/crt/fxldr_types.h"), &headers.bind()?)?;
        let kit = Self { root: root.to_owned() };
        kit.libraries(acx_sys, arch, tools)?;
        Ok(kit)
    }

    fn libraries(&self, acx_sys: &Path, arch: Arch, tools: &Tools) -> Result<(), String> {
        let place = |folder: &str| {
            let folder = folder.replace("VERSION", VERSION).replace("ARCH", folder_of(arch));
            self.root.join("Lib").join(folder)
        };
        let kernel = place("VERSION/km/ARCH");
        for (name, dll, functions) in [
            ("ntoskrnl", "ntoskrnl.exe", headers::kernel_functions(acx_sys)?),
            ("WdfLdr", "WDFLDR.SYS", headers::LOADER_FUNCTIONS.map(str::to_owned).to_vec()),
        ] {
            let folder =
                if name == "WdfLdr" { place("wdf/kmdf/ARCH/1.31") } else { kernel.clone() };
            let definition = folder.join(name).with_extension("def");
            let lines = functions.join("\n    ");
            write(&definition, format!("LIBRARY {dll}\nEXPORTS\n    {lines}\n"))?;
            let machine = if arch == Arch::X64 { "i386:x86-64" } else { "arm64" };
            run(Command::new(&tools.importer)
                .args(["-m", machine, "-d"])
                .arg(&definition)
                .arg("-l")
                .arg(folder.join(name).with_extension("lib")))?;
        }
        for (name, folder, source) in COMPILED {
            let folder = place(folder);
            let file = folder.join(name).with_extension("c");
            write(&file, source)?;
            self.compile(&file, arch, tools)?;
        }
        for name in EMPTY {
            let file = kernel.join(name).with_extension("c");
            write(&file, format!("static const char {name} = 0;\n"))?;
            self.compile(&file, arch, tools)?;
        }
        Ok(())
    }

    /// Compiles `source` to a library beside it.
    fn compile(&self, source: &Path, arch: Arch, tools: &Tools) -> Result<(), String> {
        let object = source.with_extension("obj");
        let mut command = compiler(&self.root, arch, tools);
        command.args(["-c", "-O2", "-ffreestanding", "-Xclang", "-cfguard"]);
        run(command.arg(source).arg("-o").arg(&object))?;
        run(Command::new(&tools.librarian)
            .arg("/NOLOGO")
            .arg(format!("/OUT:{}", source.with_extension("lib").display()))
            .arg(&object))
    }
}

/// clang, as far as it has to know where the headers of a kit are.
fn compiler(kit: &Path, arch: Arch, tools: &Tools) -> Command {
    let include = kit.join("Include");
    let machine = match arch {
        Arch::X64 => ["-D_WIN64", "-D_AMD64_", "-DAMD64"],
        Arch::Arm64 => ["-D_WIN64", "-D_ARM64_", "-DARM64"],
    };
    let mut command = Command::new(&tools.clang);
    command
        .arg("-w")
        .arg(format!("--target={}", arch.target()))
        .args(machine)
        .args(["-DKMDF_VERSION_MAJOR=1", "-DKMDF_VERSION_MINOR=31"]);
    let version = include.join(VERSION);
    for folder in ["km/crt", "km", "shared"].map(|folder| version.join(folder)) {
        command.arg("-I").arg(folder);
    }
    command.arg("-I").arg(include.join("wdf/kmdf/1.31"));
    command
}

/// Whether clang takes `source` with the headers of a kit, those of ACX among them, as a kernel
/// driver's.
#[cfg(test)]
pub(crate) fn syntax(kit: &Path, source: &Path) -> Result<(), String> {
    let mut command = compiler(kit, Arch::X64, &Tools::find()?);
    command.arg("-I").arg(kit.join("Include").join(VERSION).join("km/acx/km/1.1"));
    command.args(["-D_KERNEL_MODE", "-DACX_VERSION_MAJOR=1", "-DACX_VERSION_MINOR=1"]);
    run(command.arg("-fsyntax-only").arg(source))
}

/// ACX's header, as the kit has it.
#[cfg(test)]
pub(crate) fn acx_header(acx_sys: &Path) -> Result<String, String> {
    headers::Headers::read(acx_sys)?.acx()
}

/// Links each file of `from` into `to`.
fn links(from: &Path, to: &Path) -> Result<(), String> {
    let files = std::fs::read_dir(from).map_err(|why| format!("{}: {why}", from.display()))?;
    for file in files.flatten() {
        link(&file.path(), &to.join(file.file_name()))?;
    }
    Ok(())
}

/// Makes `to` a symbolic link to `from`, unless it is there.
#[cfg(unix)]
pub(crate) fn link(from: &Path, to: &Path) -> Result<(), String> {
    if to.symlink_metadata().is_ok() {
        return Ok(());
    }
    std::os::unix::fs::symlink(from, to).map_err(|why| format!("{}: {why}", to.display()))
}

#[cfg(not(unix))]
pub(crate) fn link(_: &Path, to: &Path) -> Result<(), String> {
    Err(format!("{}: the stand-in is made of Debian's headers; Windows has a WDK", to.display()))
}

/// Sources of `acx-sys`, for the modules of this one.
fn source(acx_sys: &Path, name: &str) -> Result<String, String> {
    read(&acx_sys.join("src").join(name))
}
