//! `cargo xtask programs`: the programs for Windows' user mode (the host, `acxvadctl`, the
//! samples), built on any machine with mingw-w64, and their tests under Wine. On Windows itself
//! plain cargo does the same.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cargo_acx::toolchain::{answer, toolchain};

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

/// The programs for Windows users.
const PROGRAMS: [&str; 6] =
    ["acxhost", "acxvadctl", "acxvad-programs", "first-run", "wasapi-samples", "ks-browser"];

/// The packages tested there: all except those that test compilers and files.
const LEFT_OUT: [&str; 2] = ["xtask", "cargo-acx"];

/// Packages without a line of their own for Windows' user mode, whose tests pass natively in every
/// run: `--all` tests them there, too.
const ALIKE: [&str; 7] = [
    "vdma",
    "vdma-bench",
    "flaws",
    "flawed-cable",
    "flawed-driver",
    "minimal-driver",
    "microphone-driver",
];

/// Tests that run cargo, which is not there under Wine; and the million random steps, which take
/// too long where the host has to copy every client's packets at each call.
const SKIPPED: [&str; 5] = [
    "arrows_only_go_down_the_picture",
    "broken_promises_do_not_compile",
    "crates_come_from_a_checkout",
    "lives_are_what_the_oracle_says",
    "the_host_and_the_suite_do_not_depend_on_a_driver",
];

/// Tests that take minutes there and have a native twin in every run: `--all` runs them, too.
const SLOW: [&str; 7] = [
    "a_report_is_one_page_with_every_case_and_every_rule",
    "linked::every_failure_unwinds_and_a_second_try_succeeds",
    "linked::formats",
    "linked::packets",
    "linked::requests",
    "linked::the_driver_conforms",
    "linked::wav",
];

const MISSING: &str = "\
programs for Windows need mingw-w64, and their tests Wine and PulseAudio. On Debian:
    sudo apt-get install gcc-mingw-w64-x86-64-posix wine64 pulseaudio
and with rustup: rustup target add x86_64-pc-windows-gnu
`cargo xtask setup` runs the one that fits this machine.";

/// Wine, by any of the names that distributions give it.
fn wine() -> Option<PathBuf> {
    let names = ["wine64", "/usr/lib/wine/wine64", "wine"];
    let found = names.iter().find(|name| answer(Command::new(name).arg("--version")).is_some());
    found.map(PathBuf::from)
}

fn has_compiler() -> bool {
    answer(Command::new(COMPILER).arg("--version")).is_some()
}

/// Installs the missing tools. Those that only the tests need may still be missing afterwards.
pub(crate) fn setup() -> Result<(), String> {
    let there = || toolchain(TARGET).is_ok() && has_compiler();
    let all = || there() && wine().is_some() && has_sound();
    if all() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]);
    let mut ways = vec![rustup];
    for words in [&["apt-get"][..], &["sudo", "apt-get"][..]] {
        let mut apt = Command::new(words[0]);
        apt.args(&words[1..]).args(["install", "--yes", "--no-install-recommends"]);
        apt.args(["gcc-mingw-w64-x86-64-posix", "wine64", "pulseaudio"]);
        ways.push(apt);
    }
    for mut way in ways {
        println!("trying: {way:?}");
        let _ = way.status();
        if all() {
            return Ok(());
        }
    }
    if there() { Ok(()) } else { Err(MISSING.to_owned()) }
}

/// Cargo for the target, with its own target folder.
fn cargo(root: &Path, subcommand: &str) -> Result<Command, String> {
    if !has_compiler() {
        return Err(MISSING.to_owned());
    }
    let mut command = toolchain(TARGET)?.cargo(subcommand, TARGET, "std,panic_unwind");
    command
        .current_dir(root)
        .env_remove("RUSTC_WRAPPER")
        // The flags of .cargo/config.toml are those of drivers.
        .env("RUSTFLAGS", "")
        // What a backtrace needs and no more: these builds are large enough.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        .env("CARGO_INCREMENTAL", "0")
        .args(["--locked", "--target-dir"])
        .arg(root.join("target/programs"));
    Ok(command)
}

fn run_command(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|why| format!("{command:?}: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed")) }
}

/// Which tests run under Wine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    None,
    /// All but those that take minutes.
    Quick,
    All,
}

pub(crate) fn run(root: &Path, tests: Tests) -> Result<(), String> {
    let root = root.canonicalize().map_err(|why| format!("{}: {why}", root.display()))?;
    if tests != Tests::None {
        return run_tests(&root, tests);
    }
    let mut build = cargo(&root, "build")?;
    build.arg("--release").args(PROGRAMS.iter().flat_map(|name| ["--package", name]));
    run_command(&mut build)?;
    println!("{}", built(&root).display());
    Ok(())
}

/// Where the programs are, below `root`.
pub(crate) fn built(root: &Path) -> PathBuf {
    root.join("target/programs").join(TARGET).join("release")
}

fn run_tests(root: &Path, which: Tests) -> Result<(), String> {
    let wine = wine().ok_or(MISSING)?;
    let prefix = root.join("target/programs/wine");
    make_prefix(root, &wine, &prefix)?;
    let _server = Server::start(&prefix);
    let sound = Sound::start(&root.join("target/programs/sound"));
    let (slow, alike) =
        if which == Tests::All { (&[][..], &[][..]) } else { (&SLOW[..], &ALIKE[..]) };
    let mut tests = cargo(root, "test")?;
    tests
        .env("WINEPREFIX", &prefix)
        .env("WINEDEBUG", "-all")
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", &wine)
        // No image is loaded on Windows.
        .env_remove("ACXVAD_IMAGE")
        .args(["--workspace", "--lib", "--bins", "--tests"])
        .args(LEFT_OUT.iter().chain(alike).flat_map(|name| ["--exclude", name]));
    match &sound {
        Some(sound) => {
            tests.env("PULSE_SERVER", sound.server()).env("ACXVAD_AUDIO", "required");
        }
        None => println!("no PulseAudio here: the samples' tests have no endpoint to play on"),
    }
    tests.arg("--").args(SKIPPED.iter().chain(slow).flat_map(|name| ["--skip", name]));
    run_command(&mut tests)
}

/// A Windows for the tests, with what Wine 8 lacks.
fn make_prefix(root: &Path, wine: &Path, prefix: &Path) -> Result<(), String> {
    let system = prefix.join("drive_c/windows/system32");
    if !system.exists() {
        std::fs::create_dir_all(prefix).map_err(|why| format!("{}: {why}", prefix.display()))?;
        // The message says that there is no 32-bit part, which is correct.
        let mut boot = Command::new(wine);
        boot.arg("wineboot").env("WINEPREFIX", prefix).env("WINEDEBUG", "-all");
        let _ = boot.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    let library = system.join("bcryptprimitives.dll");
    if library.exists() {
        return Ok(());
    }
    let source = root.join("tests/wine/bcryptprimitives.c");
    let mut compile = Command::new(COMPILER);
    run_command(compile.args(["-shared", "-o"]).arg(&library).arg(source).arg("-ladvapi32"))
}

/// Wine's server, kept for as long as the tests take. By itself it ends when nobody needs it, and a
/// program that comes at that moment is lost: it ends with 1 and has said nothing.
struct Server {
    process: Child,
    program: &'static str,
    prefix: PathBuf,
}

impl Server {
    /// None where there is none to keep: the tests run all the same.
    fn start(prefix: &Path) -> Option<Self> {
        let names = ["wineserver", "/usr/lib/wine/wineserver"];
        let found =
            names.into_iter().find(|name| answer(Command::new(name).arg("--version")).is_some());
        let program = found?;
        // The one that made the prefix may still be there.
        end(program, prefix);
        let mut command = Command::new(program);
        command.args(["--foreground", "--persistent"]).env("WINEPREFIX", prefix);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        Some(Self { process, program, prefix: prefix.to_owned() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(self.program, &self.prefix);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Ends the server of a prefix with all its programs, and waits until it is gone.
fn end(program: &str, prefix: &Path) {
    for how in ["--kill", "--wait"] {
        let mut command = Command::new(program);
        let _ = command.arg(how).env("WINEPREFIX", prefix).stderr(Stdio::null()).status();
    }
}

fn has_sound() -> bool {
    answer(Command::new("pulseaudio").arg("--version")).is_some()
}

/// A sound server with one device, which plays into nothing and can be heard: a cable.
struct Sound {
    server: Child,
    socket: PathBuf,
}

impl Sound {
    fn start(folder: &Path) -> Option<Self> {
        if !has_sound() {
            return None;
        }
        std::fs::create_dir_all(folder).ok()?;
        let socket = folder.join("socket");
        let _ = std::fs::remove_file(&socket);
        let mut command = Command::new("pulseaudio");
        command
            .env("HOME", folder)
            .env("XDG_RUNTIME_DIR", folder)
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"])
            .args(["-L", "module-null-sink sink_name=cable format=float32le rate=48000 channels=2"])
            .args(["-L"])
            .arg(format!(
                "module-native-protocol-unix socket={} auth-anonymous=1",
                socket.display()
            ))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let server = command.spawn().ok()?;
        let sound = Self { server, socket };
        let until = Instant::now() + Duration::from_secs(10);
        while !sound.socket.exists() {
            if Instant::now() > until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(sound)
    }

    fn server(&self) -> String {
        format!("unix:{}", self.socket.display())
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
