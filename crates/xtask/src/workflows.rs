//! Checks that the PowerShell in workflows and actions parses. actionlint (`.ci/actionlint`) checks
//! the rest of the workflows, but no actions. Every step of `.ci/run` is in a workflow.

use std::path::Path;

use crate::scripts::parse;
use cargo_acx::files::{below, read};

/// The scripts of `run: |`, each with its line. `${{ ... }}` is a value to PowerShell.
fn scripts(text: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let starts = lines.iter().enumerate().filter(|(_, line)| line.trim_end().ends_with("run: |"));
    starts
        .map(|(at, start)| {
            let body = lines[at + 1..].iter();
            let inside = body
                .copied()
                .take_while(|line| line.trim().is_empty() || depth(line) > depth(start));
            (at + 1, inside.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

#[test]
fn the_powershell_of_the_workflows_is_powershell() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for file in below(&root.join(".github")).unwrap() {
        let text = read(&file).unwrap();
        if !text.contains("shell: pwsh") {
            continue;
        }
        for (line, script) in scripts(&text) {
            parse(&script).unwrap_or_else(|place| panic!("{}:{line}: {place}", file.display()));
            count += 1;
        }
    }
    // As many as there are today, so that none is overlooked.
    assert_eq!(count, 14);
    let wrong = scripts("- run: |\n    if ($true) {\n- uses: x\n");
    assert_eq!(wrong.len(), 1);
    assert!(parse(&wrong[0].1).is_err());
}

/// The commands of `.ci/run`, without variables that are set before them; a command in a loop ends
/// at its first variable.
fn steps(script: &str) -> Vec<String> {
    let commands = script.lines().filter_map(|line| {
        let words = line.trim().strip_prefix("if ").unwrap_or(line.trim());
        let (before, command) = words.split_once("step ")?;
        // Not a comment, nor the function itself.
        (!before.starts_with('#')
            && before.split_whitespace().all(|word| word.contains(['=', '"'])))
        .then_some(command)
    });
    let whole =
        |command: &str| command.split(['"', '$']).next().unwrap_or_default().trim().to_owned();
    commands.map(whole).collect()
}

/// The steps that no workflow runs.
fn left_out(script: &str, workflows: &str) -> Vec<String> {
    let mut steps = steps(script);
    steps.retain(|step| !workflows.contains(step.as_str()));
    steps
}

#[test]
fn the_workflows_run_every_step_of_a_landing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let script = read(&root.join(".ci/run")).unwrap();
    let files = below(&root.join(".github/workflows")).unwrap();
    let texts: Vec<_> = files.iter().map(|file| read(file).unwrap()).collect();
    // The sanitizer is the matrix's.
    let workflows =
        texts.join("\n").replace(".ci/sanitizer \"$SANITIZER\"", ".ci/sanitizer thread");
    assert!(steps(&script).len() >= 20, "{:#?}", steps(&script));
    assert_eq!(left_out(&script, &workflows), Vec::<String>::new());
    for (file, text) in files.iter().zip(&texts) {
        let lines = text.lines().count();
        assert!(lines <= 110, "{}: {lines} lines: one concern a file", file.display());
    }
}

#[test]
fn a_step_that_no_workflow_runs_is_found() {
    let script = "# step of old\nstep() {\n    A=\"b c\" step cargo one --two\nfor x in y; do\n\
                  step cargo three \"$x\"\nstep cargo four";
    assert_eq!(steps(script), ["cargo one --two", "cargo three", "cargo four"]);
    assert_eq!(left_out(script, "- run: cargo one --two\n- run: cargo three z"), ["cargo four"]);
}
