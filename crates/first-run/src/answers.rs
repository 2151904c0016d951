//! Parsers of programs' output.
//!
//! Sources: Microsoft's pages of `reg query`, `verifier`, `powercfg` and `pnputil`, and the JSON of
//! our own programs. None of it has been seen on Windows yet.

use serde_json::Value;

use crate::program::Answer;

/// The value of a name in the output of `reg query`: `    NAME    REG_DWORD    0x1`.
pub fn registry<'a>(output: &'a str, name: &str) -> Option<&'a str> {
    output.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(name)?;
        // One name may be a prefix of another.
        let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
        let (kind, value) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        kind.starts_with("REG_").then(|| value.trim())
    })
}

/// The one JSON object that a program of ours prints.
///
/// # Errors
///
/// The reason why there is none.
pub fn json(answer: &Answer) -> Result<Value, String> {
    serde_json::from_str::<Value>(answer.output.trim())
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| format!("{} did not answer with JSON", answer.line))
}

/// The result of a conformance report: the number of passed cases.
///
/// # Errors
///
/// The cases that failed, or that none ran.
pub fn cases(report: &Value) -> Result<usize, String> {
    let cases = report["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |result: &str| {
        let has = |case: &&Value| case["result"].as_str().is_some_and(|text| text == result);
        cases.iter().filter(has).filter_map(|case| case["id"].as_str()).collect::<Vec<_>>()
    };
    let (passed, failed) = (of("passed"), of("failed"));
    let violations = report["violations"].as_array().map_or(0, Vec::len);
    match (passed.len(), failed.as_slice(), violations) {
        (0, [], _) => Err("no case ran".to_owned()),
        (passed, [], 0) => Ok(passed),
        (_, [], broken) => Err(format!("{broken} rules of the verifier were broken")),
        (passed, failed, _) => {
            Err(format!("passed {passed}, failed {}: {}", failed.len(), failed.join(", ")))
        }
    }
}

/// The sleep states that `powercfg /a` names as available.
///
/// # Errors
///
/// The output is not understood, for example in another language.
pub fn sleep_states(output: &str) -> Result<Vec<&str>, String> {
    let mut lines = output.lines().map(str::trim);
    let available = "The following sleep states are available on this system:";
    let not = "The following sleep states are not available on this system:";
    let begins = lines.by_ref().find(|line| [available, not].contains(line));
    match begins {
        Some(line) if line == available => Ok(lines
            .take_while(|line| *line != not)
            .filter(|line| line.starts_with("Standby"))
            .collect()),
        Some(_) => Ok(Vec::new()),
        None => Err("powercfg's answer is not understood (it is read in English only)".to_owned()),
    }
}

/// The names in the output of `pnputil /enum-devices`: what follows `Device Description:`.
pub fn devices(output: &str) -> Vec<&str> {
    output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Device Description:"))
        .map(str::trim)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_of_the_registry_is_found_by_its_whole_name() {
        let output = "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\r\n    CurrentBuildNumber    REG_SZ    1\r\n    \
                      CurrentBuild    REG_SZ    26100\r\n    UBR    REG_DWORD    0x4d2\r\n    Empty    REG_SZ\r\n";
        assert_eq!(registry(output, "CurrentBuild"), Some("26100"));
        assert_eq!(registry(output, "UBR"), Some("0x4d2"));
        assert_eq!(registry(output, "Empty"), Some(""));
        assert_eq!(registry(output, "Current"), None);
    }

    #[test]
    fn a_report_in_which_nothing_ran_has_failed() {
        assert_eq!(cases(&json!({ "cases": [] })), Err("no case ran".to_owned()));
        assert_eq!(cases(&json!({})), Err("no case ran".to_owned()));
        let only_left_out = json!({ "cases": [{ "id": "Q1", "result": "does not apply" }] });
        assert_eq!(cases(&only_left_out), Err("no case ran".to_owned()));
        let passed = json!({ "id": "Q1", "result": "passed" });
        let failed = json!({ "id": "B3", "result": "failed" });
        assert_eq!(cases(&json!({ "cases": [passed, passed] })), Ok(2));
        assert_eq!(
            cases(&json!({ "cases": [passed, failed] })),
            Err("passed 1, failed 1: B3".to_owned())
        );
        assert_eq!(
            cases(&json!({ "cases": [passed], "violations": [{}] })),
            Err("1 rules of the verifier were broken".to_owned())
        );
    }

    #[test]
    fn sleep_states_are_those_that_are_available() {
        let both = "The following sleep states are available on this system:\r\n    Standby (S3)\r\n    Hibernate\r\n\r\n\
                    The following sleep states are not available on this system:\r\n    Standby (S0 Low Power Idle)\r\n\tThe system firmware does not support this standby state.\r\n";
        assert_eq!(sleep_states(both), Ok(vec!["Standby (S3)"]));
        let none =
            "The following sleep states are not available on this system:\r\n    Standby (S1)\r\n";
        assert_eq!(sleep_states(none), Ok(vec![]));
        assert!(sleep_states("Die folgenden Standbymodusfunktionen").is_err());
    }

    #[test]
    fn devices_are_listed_by_their_names() {
        let output = "Instance ID:                ROOT\\MEDIA\\0000\r\nDevice Description:         acxvad\r\nStatus: Started\r\n";
        assert_eq!(devices(output), ["acxvad"]);
    }
}
