//! Where there is no WASAPI: the samples compile, explain themselves, and say in one line that they
//! are for Windows.

#![cfg(not(windows))]

use std::process::Output;

use assert_cmd::Command;

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::cargo_bin(program).unwrap().args(arguments).output().unwrap()
}

#[test]
fn they_say_that_they_are_for_windows() {
    for (program, arguments) in [
        ("wasapi-play", &["song.wav"][..]),
        ("wasapi-play", &["--list"]),
        ("wasapi-record", &["out.wav", "--seconds", "1"]),
        ("wasapi-latency", &[]),
    ] {
        let output = run(program, arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{program}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.starts_with(&format!("{program}: for Windows: ")), "{said}");
        assert!(said.contains("samples/wasapi/README.md"), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_program_is_told_as_well() {
    let output = run("wasapi-latency", &["--json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(value["error"].as_str().unwrap().starts_with("for Windows"));
}

#[test]
fn help_is_there_and_nonsense_is_refused() {
    for program in ["wasapi-play", "wasapi-record", "wasapi-latency"] {
        let help = run(program, &["--help"]);
        assert!(help.status.success());
        assert!(String::from_utf8(help.stdout).unwrap().contains("--exclusive"));
        assert_eq!(run(program, &["--buffer-ms", "0"]).status.code(), Some(2));
    }
}
