//! Commands that change nothing, because these tests run on machines in use.

use std::process::{Command, Output};

fn acxvadctl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_acxvadctl")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[cfg(not(windows))]
#[test]
fn elsewhere_it_says_in_one_line_what_to_use_instead() {
    let output = acxvadctl(&["status", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("acxhost") && said(&output).lines().count() == 1);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(value["error"].as_str().unwrap().contains("for Windows"));
}

#[cfg(windows)]
#[test]
fn what_is_wrong_is_said_in_one_line() {
    for (arguments, word) in [
        (&["install", "no such folder"][..], "cargo xtask package"),
        (&["settings", "Cables=17"], "from 1 to 16"),
        (&["settings", "Cabels=1"], "no such setting"),
    ] {
        let output = acxvadctl(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(said(&output).contains(word), "{}", said(&output));
        assert_eq!(said(&output).lines().count(), 1, "{}", said(&output));
    }
}

#[cfg(windows)]
#[test]
fn status_says_what_is_missing() {
    let output = acxvadctl(&["status", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let reasons = value["reasons"].as_array().unwrap();
    assert_eq!(value["complete"].as_bool().unwrap(), reasons.is_empty());
    assert_eq!(output.status.code(), Some(i32::from(!reasons.is_empty())));
    if value["devices"].as_array().unwrap().is_empty() {
        assert!(reasons[0].as_str().unwrap().contains("acxvadctl install"));
        // Commands that need a device report its absence.
        for arguments in [&["settings"][..], &["telemetry"]] {
            let output = acxvadctl(arguments);
            assert_eq!(output.status.code(), Some(1));
            assert!(said(&output).contains("acxvadctl"), "{}", said(&output));
        }
        let output = acxvadctl(&["uninstall", "--dry-run"]);
        assert_eq!(output.status.code(), Some(0));
    }
}
