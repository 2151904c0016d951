//! A program in C: compiled against an installation, linked with the shared and with the static
//! library, and run.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a program that these tests need is installed. Prints how to get it, and fails if it is
/// required.
fn has(program: &str, package: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        let text = format!("not run: {program} is missing: sudo apt-get install {package}");
        assert!(std::env::var("ACXVAD_CI").as_deref() != Ok("required"), "{text}");
        eprintln!("{text}");
    }
    is_there
}

/// The folder of the libraries that cargo built for these tests.
fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().to_owned()
}

fn install(prefix: &Path, built: &Path) -> Output {
    Command::new(here().join("install")).arg(prefix).arg(built).output().unwrap()
}

#[track_caller]
fn said(done: &Output) -> String {
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{}: {said}", done.status);
    said
}

/// pkg-config's output for an installation.
fn flags(prefix: &Path, arguments: &[&str]) -> Vec<String> {
    let mut ask = Command::new("pkg-config");
    ask.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let answer = ask.args(arguments).arg("acxvadio").output().unwrap();
    said(&answer);
    String::from_utf8(answer.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

/// Compiles the program with these flags.
fn compiled(prefix: &Path, name: &str, flags: &[String]) -> PathBuf {
    let program = prefix.join(name);
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread", "-o"]);
    cc.arg(&program).arg(here().join("tests/c/program.c")).args(flags);
    said(&cc.output().unwrap());
    program
}

#[test]
fn a_program_in_c_feeds_and_taps_with_either_library() {
    if !has("cc", "gcc") || !has("pkg-config", "pkg-config") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path();
    said(&install(prefix, &built()));
    assert_eq!(flags(prefix, &["--modversion"]), [env!("CARGO_PKG_VERSION")]);
    let place = prefix.display();
    let own = [format!("-I{place}/include"), format!("-L{place}/lib"), "-lacxvadio".to_owned()];
    assert_eq!(flags(prefix, &["--cflags", "--libs"]), own);

    let program = compiled(prefix, "shared", &own);
    let library = prefix.join("lib");
    let run = |time: &str| {
        Command::new(&program).arg(time).env("LD_LIBRARY_PATH", &library).output().unwrap()
    };
    said(&run("virtual"));
    eprintln!("{}", said(&run("threads")));
    // It uses the shared library, by its soname.
    fs::remove_file(library.join("libacxvadio.so.0")).unwrap();
    let without = String::from_utf8_lossy(&run("virtual").stderr).into_owned();
    assert!(without.contains("libacxvadio.so.0"), "{without}");

    // Without it the linker uses the static library.
    fs::remove_file(library.join("libacxvadio.so")).unwrap();
    let program = compiled(prefix, "static", &flags(prefix, &["--static", "--cflags", "--libs"]));
    said(&Command::new(program).arg("virtual").output().unwrap());
}

#[test]
fn what_cannot_be_installed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = install(folder.path(), folder.path());
    assert_eq!(nothing.status.code(), Some(1));
    let said = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert!(said.contains("libacxvadio.so is missing: cargo build"), "{said}");
    let relative = install(Path::new("prefix"), &built());
    assert_eq!(relative.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&relative.stderr).contains("give an absolute path"));
}
