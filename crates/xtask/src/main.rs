//! `cargo xtask`: tasks for contributors.
//!
//! | command | what it does |
//! |---|---|
//! | `build` | the driver as `acxvad.sys`, for x64 and ARM64, on any machine |
//! | `package` | INF, driver, catalog and test certificate; signed if a signing tool is installed |
//! | `check` | checks the driver's files, and prints one line for each check |
//! | `outside` | tests a driver outside this repository, with the crates as they are published |
//! | `programs` | the programs for Windows' user mode, cross-compiled or built there; `--test` runs their tests under Wine |
//! | `c-driver` | the drivers in C that the host is tested with |
//! | `arm64` | tests drivers for ARM64 in a host for ARM64, under qemu on other machines |
//! | `wdk-check` | builds the driver with Microsoft's tools, with a stand-in for the WDK if it is not installed |
//! | `release` | version, changelog, packages, checksums, SBOM, provenance; `--dry-run` stops before the tag |
//! | `kit` | the files for the first run on a Windows machine, in one archive |
//! | `windows-vm` | the first run on a virtual Windows machine, from an evaluation image |
//! | `picture` | the picture of the architecture, from its source |
//! | `winget` | the zip that winget installs, and its manifest |
//! | `mutants` | puts small faults into the code, one at a time, and reports which check finds each |
//! | `setup` | installs the toolchains and packages that the other tasks need |
//! | `bindings` | writes the generated parts of `acx-sys` from the fact tables; `--check` only compares |

mod acxvad;
mod archive;
mod arm64;
mod bench;
mod bindings;
mod c_driver;
#[cfg(test)]
mod documents;
mod first_run_kit;
mod header;
mod inits;
mod kit;
#[cfg(test)]
mod makefiles;
mod measure;
mod mutants;
mod outside;
mod picture;
mod programs;
mod release;
#[cfg(test)]
mod scripts;
mod source;
mod table;
mod wdk_check;
mod windows_vm;
mod winget;
#[cfg(test)]
mod workflows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use cargo_acx::toolchain::{self, Arch};
use cargo_acx::{check, image, inf, package};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks for contributors to acxvad")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build a driver as the file that Windows loads: target/image/ARCH/acxvad.sys, with its PDB
    #[command(after_help = "Example: cargo xtask build --release --package minimal-driver")]
    Build {
        /// The workspace's package that is the driver
        #[arg(long, default_value = acxvad::PACKAGE)]
        package: String,
        /// Only this architecture [default: both]
        #[arg(long)]
        arch: Option<Arch>,
        /// Optimized, as in a release
        #[arg(long)]
        release: bool,
    },
    /// Make the package for a test machine from the output of `build`: target/package/ARCH
    #[command(after_help = "Example: cargo xtask package --arch x64")]
    Package {
        /// The workspace's package that is the driver, with an INF beside its manifest; may be
        /// repeated
        #[arg(long, default_value = acxvad::PACKAGE)]
        package: Vec<String>,
        /// Only this architecture [default: both]
        #[arg(long)]
        arch: Option<Arch>,
    },
    /// Check the output of `build` and `package`, line by line
    #[command(after_help = "Example: cargo xtask check")]
    Check {
        /// The workspace's package that is the driver; may be repeated
        #[arg(long, default_value = acxvad::PACKAGE)]
        package: Vec<String>,
        /// Only this architecture [default: both]
        #[arg(long)]
        arch: Option<Arch>,
    },
    /// Make the installer for winget from the output of `programs` and `package`, and write its
    /// manifest: target/winget/acxvad-x64.zip, target/winget/*.yaml
    #[command(after_help = "Example: cargo xtask winget --url https://example.org/acxvad-x64.zip")]
    Winget {
        /// Use this zip instead of making one
        #[arg(long)]
        installer: Option<PathBuf>,
        /// The address from which users download it
        #[arg(long)]
        url: String,
    },
    /// Make a release from a clean clone: version, changelog, packages, programs, SBOM, provenance
    /// and checksums in target/release-dry-run/assets; then commit and tag. Nothing is pushed or
    /// published
    #[command(after_help = "Example: cargo xtask release 0.2.0 --dry-run")]
    Release {
        /// The new version, such as 0.2.0; newer than the one in Cargo.toml
        version: String,
        /// Neither commit nor tag
        #[arg(long)]
        dry_run: bool,
    },
    /// Pack everything that the first run on a Windows machine needs: target/kit.zip
    #[command(after_help = "Example: cargo xtask kit")]
    Kit,
    /// Do the first run on a virtual Windows machine: install Windows unattended from an evaluation
    /// image, run `first-run` there, and unpack its evidence in target/windows-vm/evidence
    #[command(after_help = "Example: cargo xtask windows-vm --iso windows-11-eval.iso --dry-run")]
    WindowsVm(windows_vm::Options),
    /// Draw docs/architecture.svg from docs/architecture.toml
    #[command(after_help = "Example: cargo xtask picture")]
    Picture,
    /// Build the drivers in C with which the host is tested: target/c-driver/*.sys
    #[command(after_help = "Example: cargo xtask c-driver")]
    CDriver,
    /// Run drivers for ARM64 in a host for ARM64 Linux, under qemu on another machine: the
    /// conformance suite, playing, faults, exceptions
    #[command(after_help = "Example: cargo xtask arm64")]
    Arm64,
    /// Build the driver with Microsoft's tools (target/wdk/ARCH/acxvad.sys), with a stand-in for
    /// the WDK if it is not installed, and compare its layouts with the fact tables
    #[command(after_help = "Example: cargo xtask wdk-check --arch x64")]
    WdkCheck {
        /// Use the installed WDK (Windows)
        #[arg(long)]
        installed: bool,
        /// Only this architecture [default: both]
        #[arg(long)]
        arch: Option<Arch>,
        /// With debug assertions, and with callbacks and failures printed to the debugger:
        /// target/wdk/ARCH-debug/acxvad.sys
        #[arg(long)]
        debug: bool,
    },
    /// Measure the engine as in the image and as linked in; write the tables of docs/benchmarks.md
    /// and the ratios for the smoke test of `.ci/run` (half a minute, on an idle machine)
    #[command(after_help = "Example: cargo xtask bench")]
    Bench,
    /// Test a driver outside this repository with packaged crates: install `cargo acx`, start a
    /// driver, build, package, check and test it; then put faults into it
    #[command(after_help = "Example: cargo xtask outside")]
    Outside,
    /// Build the programs that run on Windows (acxhost, acxvadctl, the samples): target/programs
    #[command(after_help = "Example: cargo xtask programs --test")]
    Programs {
        /// Run their tests under Wine instead
        #[arg(long)]
        test: bool,
        /// With --test: also the tests that take minutes under Wine
        #[arg(long, requires = "test")]
        all: bool,
    },
    /// Put small faults into the code, one at a time, and report which check finds each; prints the
    /// score of each part
    #[command(after_help = "Example: cargo xtask mutants --short")]
    Mutants(mutants::Options),
    /// Install the toolchains and packages that the other tasks need
    #[command(after_help = "Example: cargo xtask setup")]
    Setup,
    /// Write the generated parts of acx-sys and of its tests from crates/acx-sys/facts
    #[command(after_help = "Example: cargo xtask bindings --check")]
    Bindings {
        /// Write nothing; fail if the committed files differ
        #[arg(long)]
        check: bool,
    },
}

/// The canonical path of the workspace's root.
fn canonical(root: &Path) -> Result<PathBuf, String> {
    root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))
}

fn build(root: &Path, name: &str, arch: Option<Arch>, release: bool) -> Result<(), String> {
    let driver = acxvad::package(&canonical(root)?, name);
    for arch in Arch::chosen(arch) {
        println!("{}", image::build(&driver, arch, !release)?.display());
    }
    Ok(())
}

fn package(root: &Path, name: &str, arch: Option<Arch>) -> Result<(), String> {
    let driver = acxvad::packaged(&canonical(root)?, name)?;
    let mut remark = String::new();
    for arch in Arch::chosen(arch) {
        let made = package::package(&driver, arch)?;
        println!("{}", made.folder.display());
        remark = made.remark(&driver);
    }
    println!("{remark}");
    Ok(())
}

/// Prints the checks of a file, and returns the number of failed ones.
fn show(path: &Path, checks: &[check::Check]) -> usize {
    println!("{}", path.display());
    for check in checks {
        println!("  {check}");
    }
    checks.iter().filter(|check| check.found.is_err()).count()
}

fn check(root: &Path, name: &str, arch: Option<Arch>) -> Result<(), String> {
    let root = canonical(root)?;
    let driver = acxvad::packaged(&root, name)?;
    let inx = &driver.inx;
    let bytes = std::fs::read(inx).map_err(|why| format!("{}: {why}", inx.display()))?;
    let mut failed = show(inx, &inf::inf(&bytes, &driver.expected));
    for arch in Arch::chosen(arch) {
        let folder = driver.place(arch, false);
        failed += show(&driver.image(arch, false), &check::folder(&driver, &folder, false)?);
    }
    for arch in Arch::chosen(arch).filter(|_| name == acxvad::PACKAGE) {
        let folder = root.join("target/wdk").join(arch.to_string());
        if !folder.exists() {
            println!("{}: not built; `cargo xtask wdk-check` builds it", folder.display());
            continue;
        }
        failed += show(&folder.join("acxvad.sys"), &check::folder(&driver, &folder, true)?);
    }
    for arch in Arch::chosen(arch) {
        let folder = driver.package_folder(arch);
        if !folder.exists() {
            println!("{}: not made; `cargo xtask package` makes it", folder.display());
            continue;
        }
        failed += show(&folder, &package::check(&driver, &folder)?);
    }
    if failed == 0 { Ok(()) } else { Err(format!("{failed} checks failed")) }
}

fn main() -> ExitCode {
    let Arguments { task } = Arguments::parse();
    let crates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let outcome = match task {
        Task::Build { package, arch, release } => {
            build(&crates.join(".."), &package, arch, release)
        }
        Task::Check { package, arch } => {
            package.iter().try_for_each(|name| check(&crates.join(".."), name, arch))
        }
        Task::Package { package: names, arch } => {
            names.iter().try_for_each(|name| package(&crates.join(".."), name, arch))
        }
        Task::Winget { installer, url } => {
            winget::run(&crates.join(".."), installer.as_deref(), &url).map(|files| {
                for file in files {
                    println!("{}", file.display());
                }
            })
        }
        Task::Release { version, dry_run } => release::run(&crates.join(".."), &version, dry_run),
        Task::Kit => {
            first_run_kit::make(&crates.join("..")).map(|kit| println!("{}", kit.display()))
        }
        Task::WindowsVm(options) => windows_vm::run(&crates.join(".."), &options),
        Task::Picture => picture::run(&crates.join("..")),
        Task::Arm64 => arm64::run(&crates.join("..")),
        Task::CDriver => c_driver::build(&crates.join(".."), Arch::X64).map(|built| {
            for image in built {
                println!("{}", image.display());
            }
        }),
        Task::WdkCheck { installed, arch, debug } => {
            wdk_check::run(&crates.join(".."), wdk_check::Options { installed, arch, debug })
        }
        Task::Outside => outside::run(&crates.join("..")),
        Task::Bench => bench::run(&crates.join("..")),
        Task::Programs { test, all } => {
            let tests = match (test, all) {
                (false, _) => programs::Tests::None,
                (true, false) => programs::Tests::Quick,
                (true, true) => programs::Tests::All,
            };
            programs::run(&crates.join(".."), tests)
        }
        Task::Mutants(options) => mutants::run(&crates.join(".."), &options),
        Task::Setup => {
            let needed = toolchain::setup().and_then(|()| c_driver::setup());
            // Images and packages do not need it.
            for why in [kit::setup(), programs::setup(), arm64::setup()]
                .into_iter()
                .filter_map(Result::err)
            {
                eprintln!("{why}");
            }
            needed
        }
        Task::Bindings { check } => bindings::run(&crates.join("acx-sys"), check),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
