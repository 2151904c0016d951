//! Tests that the header is cbindgen's output for the crate.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

const INSTALL: &str =
    "cargo install cbindgen --version 0.29.4 --locked --debug --root target/tools";

/// The tool, as installed by `.ci/run` or found by the shell.
fn cbindgen(root: &Path) -> Option<PathBuf> {
    let own = root.join("target/tools/bin/cbindgen");
    let found = [own, PathBuf::from("cbindgen")];
    found.into_iter().find(|path| Command::new(path).arg("--version").output().is_ok())
}

#[test]
fn the_header_is_current() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = here.join("include/acxvadio.h");
    let Some(cbindgen) = cbindgen(&here.join("../..")) else {
        let text = format!("not run: cbindgen is missing: {INSTALL}");
        assert!(std::env::var("ACXVAD_CI").as_deref() != Ok("required"), "{text}");
        eprintln!("{text}");
        return;
    };
    let mut make = Command::new(&cbindgen);
    make.args(["--quiet", "--config"]).arg(here.join("cbindgen.toml")).arg(here);
    let made = make.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let made = String::from_utf8(made.stdout).unwrap();
    let kept = std::fs::read_to_string(&header).unwrap_or_default();
    let remedy = "cbindgen --config crates/acxvad-io-c/cbindgen.toml crates/acxvad-io-c \
                  -o crates/acxvad-io-c/include/acxvadio.h";
    assert!(made == kept, "acxvadio.h is not what cbindgen makes of the crate: run {remedy}");
}
