//! `cargo xtask arm64`: the host on ARM64 Linux with driver images for ARM64. On another machine it
//! is cross-compiled and runs under qemu's user mode; on ARM64 Linux it runs natively.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use cargo_acx::image;
use cargo_acx::toolchain::{Arch, answer, toolchain};

use crate::{acxvad, c_driver};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const COMPILER: &str = "aarch64-linux-gnu-gcc";
const QEMU: &str = "qemu-aarch64";
/// The folder of the C library of Debian's cross compiler.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

const MISSING: &str = "\
ARM64 drivers run on ARM64 Linux, or under qemu with a cross compiler. On Debian:
    sudo apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
and with rustup: rustup target add aarch64-unknown-linux-gnu
`cargo xtask setup` runs the one that fits this machine.";

/// Returns whether this machine runs such programs natively.
fn is_native() -> bool {
    cfg!(all(target_os = "linux", target_arch = "aarch64"))
}

fn is_there() -> bool {
    let answers = |name: &str| answer(Command::new(name).arg("--version")).is_some();
    is_native() || answers(COMPILER) && answers(QEMU) && toolchain(TARGET).is_ok()
}

/// Installs the missing tools.
pub(crate) fn setup() -> Result<(), String> {
    if is_there() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    let mut ways = vec![rustup];
    for words in [&["apt-get"][..], &["sudo", "apt-get"][..]] {
        let mut apt = Command::new(words[0]);
        apt.args(&words[1..]).args(["install", "--yes", "--no-install-recommends"]);
        apt.args(["qemu-user", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"]);
        ways.push(apt);
    }
    for mut way in ways {
        println!("trying: {way:?}");
        let _ = way.status();
        if is_there() {
            return Ok(());
        }
    }
    Err(MISSING.to_owned())
}

/// Cargo for the target, with its own target folder.
fn cargo(root: &Path, subcommand: &str) -> Result<Command, String> {
    if !is_there() {
        return Err(MISSING.to_owned());
    }
    let mut command = toolchain(TARGET)?.cargo(subcommand, TARGET, "std,panic_unwind");
    if !is_native() {
        let name = TARGET.to_uppercase().replace('-', "_");
        command
            .env(format!("CARGO_TARGET_{name}_LINKER"), COMPILER)
            .env(format!("CARGO_TARGET_{name}_RUNNER"), format!("{QEMU} -L {LIBRARIES}"));
    }
    command
        .current_dir(root)
        .env_remove("RUSTC_WRAPPER")
        .env("CARGO_INCREMENTAL", "0")
        .args(["--release", "--locked", "--target-dir"])
        .arg(root.join("target/arm64"));
    Ok(command)
}

fn run_command(command: &mut Command) -> Result<(), String> {
    let began = Instant::now();
    println!("== {command:?}");
    let status = command.status().map_err(|why| format!("{command:?}: {why}"))?;
    println!("== {:.1} s", began.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
}

/// The drivers in Rust: acxvad, samples, and the three that make one speaker together.
const IN_RUST: [&str; 6] = [
    acxvad::PACKAGE,
    "minimal-driver",
    "microphone-driver",
    "stack-dsp",
    "stack-codec",
    "stack-amp",
];

/// The commands for each driver. The suite with the drivers in C is in the tests that follow. A
/// driver without a cable between speaker and microphone records nothing to compare.
const RUNS: [(&str, &[&[&str]]); 6] = [
    ("image/arm64/acxvad.sys", &[&["conform"], PLAY, PLAY_BY_TIMER, FAULTS]),
    ("image/arm64/minimal-driver.sys", &[&["conform"], FAULTS]),
    ("image/arm64/microphone-driver.sys", &[&["conform"], FAULTS]),
    ("c-driver/arm64/cable.sys", &[PLAY, PLAY_BY_TIMER, FAULTS]),
    ("c-driver/arm64/minimal.sys", &[FAULTS]),
    ("c-driver/arm64/composite.sys", &[FAULTS]),
];
const PLAY: &[&str] = &["play", "--fast"];
const PLAY_BY_TIMER: &[&str] = &["play", "--fast", "--timer-driven"];
const FAULTS: &[&str] = &["faults", "--each", "1", "--pairs", "1"];

/// Builds the drivers and the host, and runs them.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let root = root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))?;
    let mut build = cargo(&root, "build")?;
    for name in IN_RUST {
        image::build(&acxvad::package(&root, name), Arch::Arm64, false)?;
    }
    c_driver::build(&root, Arch::Arm64)?;
    run_command(build.args(["--package", "acxhost"]))?;
    let host = root.join("target/arm64").join(TARGET).join("release/acxhost");
    for (driver, runs) in RUNS {
        for arguments in runs {
            run_command(
                program(&host)
                    .arg("--driver")
                    .arg(root.join("target").join(driver))
                    .args(arguments.iter()),
            )?;
        }
    }
    // The suite over the drivers in C, exceptions, each function that the host has; several drivers
    // in one machine.
    let mut tests = cargo(&root, "test")?;
    // A failure does not end the run, so that the next tests report theirs.
    tests.env("ACXVAD_IMAGE", "required").args([
        "--no-fail-fast",
        "--package",
        "acxvad-driver",
        "--test",
        "c_driver",
        "--test",
        "several",
        "--test",
        "stack",
    ]);
    if !is_native() {
        tests.env("ACXVAD_EMULATED", "1");
    }
    run_command(&mut tests)
}

/// A program for ARM64 Linux.
fn program(path: &PathBuf) -> Command {
    if is_native() {
        return Command::new(path);
    }
    let mut command = Command::new(QEMU);
    command.args(["-L", LIBRARIES]).arg(path);
    command
}
