//! Tests that each callback begins with a debugger line that has its DDI name.

use std::fs;
use std::path::Path;

/// The functions of `source` that the framework calls: name, and the first statement of the body.
fn callbacks(source: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    for part in source.split("\nunsafe extern \"C\" fn ").skip(1) {
        let name = part.split(['<', '(']).next().unwrap_or_default();
        let body = part.split_once("{\n").map_or("", |(_, body)| body);
        let code: Vec<_> = body.lines().filter(|line| !line.trim().starts_with("//")).collect();
        let code = code.join(" ");
        let statement = code.split([';', '}']).next().unwrap_or_default();
        let words = statement.split_whitespace().collect::<Vec<_>>();
        found.push((name, words.join(" ")));
    }
    found
}

/// Returns the errors in `source`: callbacks that print nothing, or a name that no structure of
/// callbacks has for them.
fn silent(source: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, first) in callbacks(source) {
        let printed = first
            .strip_prefix("debug::callback(")
            .or_else(|| first.strip_prefix("trace::callback("))
            .and_then(|rest| rest.split('"').nth(1))
            .unwrap_or_default();
        let field = format!("{printed} = Some({name}");
        // Some are arguments of functions and of `*_INIT`, not fields.
        let is_argument = source.contains(&format!("Some({name}")) && !source.contains(&field);
        let of_argument = [
            "EvtAcxCircuitCreateStream",
            "EvtAcxObjectPreprocessRequest",
            "EvtAcxObjectProcessRequest",
            "EvtChildListCreateDevice",
            "EvtDeviceD0Entry",
            "EvtDeviceD0Exit",
            "EvtDpcFunc",
            "EvtDriverDeviceAdd",
            "EvtRequestCancel",
            "EvtTimerFunc",
            "EvtWorkItem",
        ];
        let is_known = source.contains(&field) || is_argument && of_argument.contains(&printed);
        if printed.is_empty() || !is_known {
            wrong.push(format!("{name}: {first}"));
        }
    }
    wrong
}

#[test]
fn every_callback_says_that_it_begins() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap().flatten() {
        let Ok(source) = fs::read_to_string(file.path()) else { continue };
        count += callbacks(&source).len();
        assert_eq!(silent(&source), [""; 0], "{}", file.path().display());
    }
    assert!(count > 50, "only {count} callbacks were found");
}

#[test]
fn a_silent_callback_and_a_wrong_name_are_found() {
    let source = "x.EvtAcxStreamRun = Some(run::<S>);\n\
                  unsafe extern \"C\" fn run<S>(stream: u8) -> i32 {\n    LINE\n}\n";
    let with = |line: &str| silent(&source.replace("LINE", line));
    assert_eq!(with("debug::callback(Level::Info, \"EvtAcxStreamRun\");"), [""; 0]);
    assert_eq!(with("debug::callback(Level::Info, \"EvtAcxStreamPause\");").len(), 1);
    assert_eq!(with("status(Ok(()))"), ["run: status(Ok(()))"]);
}
