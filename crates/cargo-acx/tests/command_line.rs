//! `cargo acx` as people and programs call it.

use std::path::Path;
use std::process::{Command, Output};

fn acx(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-acx"));
    command.args(words).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n")
}

#[test]
fn each_command_has_an_example_in_its_help() {
    let place = tempfile::tempdir().unwrap();
    let all = acx(place.path(), &["--help"]);
    assert!(all.status.success());
    assert!(text(&all.stdout).contains("Example: cargo acx new my-speaker"));
    for command in ["new", "build", "package", "check", "conform"] {
        assert!(text(&all.stdout).contains(&format!("\n  {command} ")), "{command} is listed");
        // As cargo calls its subcommands.
        let help = acx(place.path(), &["acx", command, "--help"]);
        let example = format!("Example: cargo acx {command}");
        assert!(text(&help.stdout).contains(&example), "{}", text(&help.stdout));
    }
}

#[test]
fn new_writes_a_driver_once() {
    let place = tempfile::tempdir().unwrap();
    let made = acx(place.path(), &["acx", "new", "my-speaker", "--json"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let value: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let files = value["files"].as_array().unwrap();
    assert_eq!(files.len(), 8);
    for file in files {
        let file = place.path().join("my-speaker").join(file.as_str().unwrap());
        assert!(file.is_file(), "{}", file.display());
    }
    let again = acx(place.path(), &["new", "my-speaker"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("exists already"), "{}", text(&again.stderr));
    let elsewhere = acx(place.path(), &["build"]);
    assert!(text(&elsewhere.stderr).contains("--manifest-path"), "{}", text(&elsewhere.stderr));
    let json = acx(place.path(), &["new", "No", "--json"]);
    assert_eq!(json.status.code(), Some(1));
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(value["error"].as_str().unwrap().contains("such as my-speaker"), "{value}");
}
