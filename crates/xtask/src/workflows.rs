//! The PowerShell in the workflows and their actions is PowerShell. actionlint (`.ci/actionlint`)
//! checks all else in the workflows, but no action.

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
