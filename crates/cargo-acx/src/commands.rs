//! The command line, and its commands.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cargo_acx::check::{self, Check};
use cargo_acx::driver::Driver;
use cargo_acx::files::write;
use cargo_acx::toolchain::Arch;
use cargo_acx::{image, inf, new, package, toolchain, wdk};
use clap::{Args, Parser, Subcommand};
use serde_json::json;

use crate::report::{Report, values};

/// Starts, builds, packages, checks and tests a Windows audio driver (ACX) in Rust.
///
/// Needs neither Windows nor a WDK; if there is a WDK, its programs are used.
#[derive(Parser)]
#[command(
    name = "cargo acx",
    bin_name = "cargo acx",
    version,
    arg_required_else_help = true,
    after_help = "Example: cargo acx new my-speaker && cd my-speaker && cargo acx build && \
                  cargo acx package && cargo acx check && cargo acx conform"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object on standard output, and nothing else there.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The selection of the driver.
#[derive(Args)]
struct Which {
    /// The driver's Cargo.toml [default: the one in this folder or above it].
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// The driver's package, if the workspace has several.
    #[arg(long, short, value_name = "NAME")]
    package: Option<String>,
    /// Only this architecture; both without it.
    #[arg(long)]
    arch: Option<Arch>,
}

impl Which {
    fn driver(&self) -> Result<Driver, String> {
        Driver::find(self.manifest_path.as_deref(), self.package.as_deref())
    }
}

#[derive(Subcommand)]
enum Command {
    /// Start a driver in a new folder: its code, a test, an INF, a workflow for CI.
    ///
    /// The driver is a speaker that discards its audio; it passes the conformance suite. Existing
    /// files are never overwritten.
    ///
    /// Example: cargo acx new my-speaker
    New {
        /// The driver's name: a to z, 0 to 9 and `-`.
        name: String,
        /// Take acx and its crates from this checkout of acxvad, not from crates.io, by a setting
        /// in the driver's .cargo/config.toml.
        #[arg(long, value_name = "FOLDER")]
        checkout: Option<PathBuf>,
    },
    /// Build the driver as the file that Windows loads: target/acx/ARCH/NAME.sys, with its PDB.
    ///
    /// Example: cargo acx build --arch x64
    Build {
        #[command(flatten)]
        which: Which,
        /// Build with debug assertions: target/acx/ARCH-debug/NAME.sys.
        #[arg(long)]
        debug: bool,
        /// Fail if Cargo.lock is not up to date.
        #[arg(long)]
        locked: bool,
        /// Build with the WDK's bindings and libraries (Windows), through the driver's feature
        /// `wdk`.
        #[arg(long, conflicts_with = "debug")]
        wdk: bool,
    },
    /// Make the driver package from the built images: target/acx/package/ARCH.
    ///
    /// Driver, INF, catalog and test certificate. Signed if osslsigncode or a WDK is installed: it
    /// loads only on a machine in test-signing mode that trusts the certificate.
    ///
    /// Example: cargo acx package --arch arm64
    Package {
        #[command(flatten)]
        which: Which,
    },
    /// Check the INF, the images and the packages, line by line.
    ///
    /// Example: cargo acx check --json
    Check {
        #[command(flatten)]
        which: Which,
    },
    /// Run the conformance suite on NAME.sys in the host (x86-64 Linux).
    ///
    /// Example: cargo acx conform --case W1
    #[cfg(feature = "conform")]
    Conform {
        /// The driver's Cargo.toml [default: the one in this folder or above it].
        #[arg(long, value_name = "PATH")]
        manifest_path: Option<PathBuf>,
        /// The driver's package, if the workspace has several.
        #[arg(long, short, value_name = "NAME")]
        package: Option<String>,
        /// Only this level: a, the conditions of Microsoft's tests; b, further promises of the
        /// contracts.
        #[arg(long)]
        level: Option<LevelArgument>,
        /// Only this case, such as W1 or B5.
        #[arg(long)]
        case: Option<String>,
        /// In real time; cases that need virtual time are left out.
        #[arg(long)]
        realtime: bool,
    },
}

/// A level of the suite.
#[cfg(feature = "conform")]
#[derive(Clone, Copy, clap::ValueEnum)]
enum LevelArgument {
    A,
    B,
}

pub(crate) fn run(arguments: Arguments) -> Result<Report, String> {
    match arguments.command {
        Command::New { name, checkout } => start(&name, checkout.as_deref()),
        Command::Build { which, debug, locked, wdk } => {
            let driver = Driver { is_locked: locked, ..which.driver()? };
            build(&driver, which.arch, debug, wdk)
        }
        Command::Package { which } => make_packages(&which.driver()?, which.arch),
        Command::Check { which } => check_all(&which.driver()?, which.arch),
        #[cfg(feature = "conform")]
        Command::Conform { manifest_path, package, level, case, realtime } => {
            use acx_conform::suite::Level;
            let driver = Driver::find(manifest_path.as_deref(), package.as_deref())?;
            let level = level.map(|level| match level {
                LevelArgument::A => Level::A,
                LevelArgument::B => Level::B,
            });
            let case = case.as_deref();
            let cases = cargo_acx::conform::Cases { level, case, is_realtime: realtime };
            conform(&driver, cases)
        }
    }
}

fn start(name: &str, checkout: Option<&Path>) -> Result<Report, String> {
    let here = std::env::current_dir().map_err(|why| format!("this folder: {why}"))?;
    let configuration = checkout.map(new::configuration).transpose()?;
    let folder = new::new(&here, name)?;
    let mut files: Vec<String> = new::files(name).into_iter().map(|(path, _)| path).collect();
    if let Some(configuration) = configuration {
        files.push(new::CONFIGURATION.to_owned());
        write(&folder.join(new::CONFIGURATION), configuration)?;
    }
    let mut text = format!("{}: {}", folder.display(), files.join(", "));
    let mut notes = Vec::new();
    if let Some(workspace) = new::workspace_around(&folder) {
        notes.push(format!(
            "it lies in the workspace of {}: add it to `members` or to `exclude` there",
            workspace.display()
        ));
    }
    for arch in Arch::ALL {
        notes.extend(toolchain::toolchain(arch.target()).err());
    }
    notes.extend(toolchain::linker().err());
    notes.dedup();
    for note in &notes {
        let _ = write!(text, "\nnote: {note}");
    }
    let _ = write!(text, "\nnext: cd {name} && cargo acx build");
    Ok(Report::new(json!({ "folder": folder, "files": files, "notes": notes }), text))
}

fn build(driver: &Driver, arch: Option<Arch>, debug: bool, wdk: bool) -> Result<Report, String> {
    let mut images = Vec::new();
    let mut lines = Vec::new();
    for arch in Arch::chosen(arch) {
        let image =
            if wdk { wdk::build(driver, arch)? } else { image::build(driver, arch, debug)? };
        let bytes = std::fs::metadata(&image).map_or(0, |file| file.len());
        lines.push(format!("{} ({bytes} bytes)", image.display()));
        images.push(json!({ "arch": arch.to_string(), "image": image, "bytes": bytes }));
    }
    Ok(Report::new(json!({ "images": images }), lines.join("\n")))
}

fn make_packages(driver: &Driver, arch: Option<Arch>) -> Result<Report, String> {
    let mut packages = Vec::new();
    let mut lines = Vec::new();
    let mut remark = String::new();
    let kit = wdk::Kit::find();
    for arch in present(driver, arch)? {
        let made = match &kit {
            Some(kit) => kit.package(driver, arch)?,
            None => package::package(driver, arch)?,
        };
        lines.push(made.folder.display().to_string());
        packages.push(json!({
            "arch": arch.to_string(), "folder": made.folder, "signed": made.is_signed,
        }));
        remark = made.remark(driver);
    }
    lines.push(remark);
    Ok(Report::new(json!({ "packages": packages }), lines.join("\n")))
}

/// The architectures that were built, or the requested one.
fn present(driver: &Driver, arch: Option<Arch>) -> Result<Vec<Arch>, String> {
    let built = |arch: &Arch| driver.image(*arch, false).exists();
    let found: Vec<Arch> = Arch::chosen(arch).filter(built).collect();
    if found.is_empty() {
        let wanted = driver.image(arch.unwrap_or(Arch::X64), false);
        return Err(format!("{} is missing: {} builds it", wanted.display(), driver.build_command));
    }
    Ok(found)
}

fn check_all(driver: &Driver, arch: Option<Arch>) -> Result<Report, String> {
    let inx = &driver.inx;
    let bytes = std::fs::read(inx).map_err(|why| format!("{}: {why}", inx.display()))?;
    let mut files = vec![(inx.clone(), inf::inf(&bytes, &driver.expected))];
    let mut notes = Vec::new();
    let kit = wdk::Kit::find();
    for arch in present(driver, arch)? {
        let image = driver.image(arch, false);
        let place = driver.place(arch, false);
        files.push((image, check::folder(driver, &place, wdk::is_by_wdk(&place))?));
        let folder = driver.package_folder(arch);
        if !folder.exists() {
            notes.push(format!("{}: not made; cargo acx package makes it", folder.display()));
            continue;
        }
        let checks = match &kit {
            Some(kit) => {
                let mut checks = package::check_files(driver, &folder)?;
                checks.extend(kit.check(driver, &folder));
                checks
            }
            None => package::check(driver, &folder)?,
        };
        files.push((folder, checks));
    }
    let failed = |checks: &[Check]| checks.iter().filter(|check| check.found.is_err()).count();
    let all: usize = files.iter().map(|(_, checks)| failed(checks)).sum();
    let mut text = String::new();
    for (file, checks) in &files {
        let _ = writeln!(text, "{}", file.display());
        for check in checks {
            let _ = writeln!(text, "  {check}");
        }
    }
    for note in &notes {
        let _ = writeln!(text, "{note}");
    }
    let _ = write!(text, "{all} checks failed");
    let of_files: Vec<_> = files
        .iter()
        .map(|(file, checks)| json!({ "file": file, "checks": values(checks) }))
        .collect();
    let mut report = Report::new(json!({ "files": of_files, "notes": notes, "failed": all }), text);
    report.is_good = all == 0;
    Ok(report)
}

#[cfg(feature = "conform")]
fn conform(driver: &Driver, cases: cargo_acx::conform::Cases<'_>) -> Result<Report, String> {
    use std::io::{IsTerminal as _, Write as _};

    present(driver, Some(Arch::X64))?;
    let image = driver.image(Arch::X64, false);
    let mut terminal = std::io::stderr();
    let is_watched = terminal.is_terminal();
    let found = cargo_acx::conform::conform(&image, &driver.inx, cases, &mut |done, all| {
        if is_watched {
            let _ = write!(terminal, "\r{done} of {all} cases\r");
        }
    })?;
    let (passed, failed, apart) = (found.passed(), found.failed(), found.not_applicable());
    let mut text = String::new();
    for verdict in &found.verdicts {
        let _ = writeln!(text, "{verdict}");
    }
    for breach in &found.breaches {
        let _ = writeln!(text, "FAILED  {breach}");
    }
    let _ = writeln!(text, "{}", found.interfaces);
    let _ = write!(text, "{passed} passed, {failed} failed, {apart} do not apply");
    let of_cases: Vec<_> = found.verdicts.iter().map(acx_conform::suite::Verdict::value).collect();
    let broken: Vec<_> = found.breaches.iter().map(acx_conform::suite::Breach::value).collect();
    let of_inf = values(std::slice::from_ref(&found.interfaces));
    let value = json!({
        "driver": driver.name, "cases": of_cases, "violations": broken, "inf": of_inf,
        "passed": passed, "failed": failed, "does_not_apply": apart,
    });
    let mut report = Report::new(value, text);
    report.is_good = found.is_good();
    Ok(report)
}
