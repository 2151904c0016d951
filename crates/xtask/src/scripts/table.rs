//! The table of the Device Fundamentals tests: DevFund.psd1, and the same in docs/hlk.md.

use super::read;

#[derive(Debug, PartialEq, Eq)]
struct Row {
    id: String,
    files: Vec<String>,
    method: String,
    parameters: Vec<String>,
    restarts: bool,
}

/// The strings between single quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The value of a key: the rest of its line, and lines that go on after a comma.
fn value<'t>(text: &'t str, key: &str) -> Result<&'t str, String> {
    let found = text.split_once(&format!("{key} ")).and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix('=')?;
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            end += line.len();
            if !line.trim_end().ends_with(',') {
                break;
            }
        }
        Some(&rest[..end])
    });
    found.ok_or_else(|| format!("no {key} in {text}"))
}

fn rows(text: &str) -> Result<Vec<Row>, String> {
    let (_, tests) = text.split_once("Tests = @(").ok_or("no tests")?;
    let mut rows = Vec::new();
    for part in tests.split("@{").skip(1) {
        let part = part.split('}').next().unwrap_or(part);
        let one = |key| {
            let mut values = quoted(value(part, key)?);
            if values.len() == 1 { Ok(values.remove(0)) } else { Err(format!("{key}: {part}")) }
        };
        let restarts = match value(part, "Restarts")?.trim() {
            "$true" => true,
            "$false" => false,
            other => return Err(format!("Restarts = {other}")),
        };
        rows.push(Row {
            id: one("Id")?,
            files: quoted(value(part, "Files")?),
            method: one("Method")?,
            parameters: quoted(value(part, "Parameters")?),
            restarts,
        });
    }
    Ok(rows)
}

/// Id, files, method.
type Named = (String, Vec<String>, String);

fn only_in<'n>(left: &'n [Named], right: &[Named]) -> Vec<&'n Named> {
    left.iter().filter(|row| !right.contains(row)).collect()
}

/// The tests of docs/hlk.md's table: id, the files in its second cell, the method in its third.
fn documented(text: &str) -> Vec<Named> {
    let cell = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let (_, part) = text.split_once("\n## Device Fundamentals").expect("the section");
    let part = part.split("\n## ").next().unwrap_or(part);
    let part = part.split("\n| id |").nth(1).expect("the table");
    let mut found = Vec::new();
    for line in part.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').skip(1).collect();
        found.push((cell(cells[0]).remove(0), cell(cells[1]), cell(cells[2]).remove(0)));
    }
    found
}

fn check(data: &str, page: &str) -> Result<(), String> {
    let rows = rows(data)?;
    for (index, row) in rows.iter().enumerate() {
        if rows[..index].iter().any(|other| other.id == row.id || other.method == row.method) {
            return Err(format!("twice: {row:?}"));
        }
        if row.files.is_empty() || row.files.iter().any(|file| file.contains('.')) {
            return Err(format!("files are stems: {row:?}"));
        }
        // Without the query a test would take every device of the machine.
        if !row.parameters.iter().any(|name| name == "DQ") {
            return Err(format!("no DQ: {row:?}"));
        }
        if row.restarts && rows[index..].iter().any(|later| !later.restarts) {
            return Err(format!("it restarts Windows before others have run: {row:?}"));
        }
    }
    let ours: Vec<Named> = rows.into_iter().map(|row| (row.id, row.files, row.method)).collect();
    let theirs = documented(page);
    let (missing, unknown) = (only_in(&ours, &theirs), only_in(&theirs, &ours));
    if missing.is_empty() && unknown.is_empty() {
        Ok(())
    } else {
        Err(format!("not on the page: {missing:?}; not in the table: {unknown:?}"))
    }
}

#[test]
fn the_table_is_whole_and_the_page_has_the_same() {
    let (data, page) = (read("scripts/DevFund.psd1"), read("docs/hlk.md"));
    check(&data, &page).unwrap();
    assert!(rows(&data).unwrap().len() > 25);
    for (good, bad, word) in [
        ("'surprise-remove'", "'suprise-remove'", "not on the page"),
        ("'RunCHAOSTest'", "'RunChaosTests'", "not on the page"),
        ("'Devfund_ChaosTest'", "'Devfund_ChaosTest.dll'", "stems"),
        ("Parameters = 'DQ', 'TestPeriod'", "Parameters = 'TestPeriod'", "no DQ"),
        ("'Reboot_Restart_With_IO_During'", "'Reboot_Restart_With_IO_Before_And_After'", "twice"),
        ("            Method     = 'DeviceIO'\n", "", "no Method"),
    ] {
        assert_eq!(data.matches(good).count(), 1, "{good}");
        let said = check(&data.replace(good, bad), &page).unwrap_err();
        assert!(said.contains(word), "{bad}: {said}");
    }
    let early = data.replacen("Restarts   = $false", "Restarts   = $true", 1);
    assert!(check(&early, &page).unwrap_err().contains("before others"));
    let other = page.replace("| `chaos` |", "| `caos` |");
    assert!(check(&data, &other).unwrap_err().contains("not in the table"));
}

/// The groups of a pattern that is made of literals, `(\d+)`, and `\s*$` at its end, which mean the
/// same in every engine.
fn groups(pattern: &str, line: &str) -> Option<Vec<u64>> {
    let pattern = pattern.strip_suffix(r"\s*$").expect("the pattern's end");
    let parts: Vec<_> = pattern.split(r"(\d+)").collect();
    assert!(parts.iter().all(|part| !part.contains(['\\', '(', '[', '*', '+', '.', '?'])));
    let mut rest = &line[line.find(parts[0])? + parts[0].len()..];
    let mut found = Vec::new();
    for part in &parts[1..] {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        found.push(rest[..digits].parse().ok()?);
        rest = rest[digits..].strip_prefix(part)?;
    }
    rest.trim().is_empty().then_some(found)
}

/// Invoke-DevFund's Test-Passed, with the table's pattern.
fn passed(pattern: &str, status: i32, line: &str) -> bool {
    status == 0
        && groups(pattern, line).is_some_and(|groups| groups[0] > 0 && groups[0] == groups[1])
}

#[test]
fn only_a_summary_of_tests_that_all_passed_is_success() {
    let data = read("scripts/DevFund.psd1");
    let pattern = quoted(value(&data, "    Summary").unwrap()).remove(0);
    // The lines are those of the pages, or of their form.
    for (status, line, is_fine) in [
        (0, "Summary: Total=1, Passed=1, Failed=0, Blocked=0, Not Run=0, Skipped=0", true),
        (0, "Summary: Total=12, Passed=12, Failed=0, Blocked=0, Not Run=0, Skipped=0\r", true),
        (0, "Summary: Total=0, Passed=0, Failed=0, Blocked=0, Not Run=0, Skipped=0", false),
        (0, "Summary: Total=3, Passed=1, Failed=1, Blocked=1, Not Run=0, Skipped=0", false),
        (0, "Summary: Total=1, Passed=0, Failed=0, Blocked=1, Not Run=0, Skipped=0", false),
        (0, "Summary: Total=2, Passed=1, Failed=0, Blocked=0, Not Run=1, Skipped=0", false),
        (0, "Summary: Total=2, Passed=1, Failed=0, Blocked=0, Not Run=0, Skipped=1", false),
        (0, "Summary: Total=2, Passed=1, Failed=0, Blocked=0, Not Run=0, Skipped=0", false),
        (0, "Summary: Total=1, Passed=1, Failed=0, Blocked=0, Not Run=0, Skipped=01", false),
        (0, "", false),
        (1, "Summary: Total=1, Passed=1, Failed=0, Blocked=0, Not Run=0, Skipped=0", false),
        (0x0700_0000, "", false),
    ] {
        assert_eq!(passed(&pattern, status, line), is_fine, "{status} {line:?}");
    }
    // The script decides as `passed` does.
    let script = read("scripts/Invoke-DevFund.ps1");
    for part in [
        "if (($Output.Status -eq 0) -and ((Get-LastSummary -Lines $Output.Lines) -match $Pattern)) {",
        "return ([int]$Matches[1] -gt 0) -and ($Matches[1] -eq $Matches[2])",
        "if (Test-Passed -Output $output -Pattern $table.Summary) {\n        $report.State = 'passed'",
    ] {
        assert_eq!(script.matches(part).count(), 1, "{part}");
    }
    assert_eq!(script.matches("State = 'passed'").count(), 1);
}
