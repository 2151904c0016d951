//! A run from the first step to the last, with a stand-in for every program: everything passes,
//! each call failing in turn, restarts, and a crash of the machine.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use first_run::plan::Passed;
use first_run::program::Answer;
use first_run::record::Record;
use first_run::setup::{SCRIPTS, Setup};
use serde_json::Value;
use tempfile::TempDir;

/// Programs of Windows, below SystemRoot.
const SYSTEM: [&str; 14] = [
    "reg",
    "pnputil",
    "powercfg",
    "fltmc",
    "bcdedit",
    "verifier",
    "net",
    "logman",
    "tracerpt",
    "schtasks",
    "shutdown",
    "curl",
    "certutil",
    "WindowsPowerShell/v1.0/powershell",
];

/// A stand-in: it records its call, and responds by the first line of the table whose pattern
/// matches: the pattern, a tab, the status, a tab, the output.
const STAND_IN: &str = r#"#!/bin/sh
call="${0##*/} $*"
printf '%s\n' "$call" >> "$WALK/calls"
nth=
case "$WALK_FAILS $WALK_DIES" in *"$call"*) nth="$(grep -cxF -e "$call" "$WALK/calls") $call";; esac
if [ -n "$nth" ] && [ "$nth" = "$WALK_FAILS" ]; then echo "it was made to fail" >&2; exit 87; fi
if [ -n "$nth" ] && [ "$nth" = "$WALK_DIES" ]; then kill -9 $PPID; exit 1; fi
case "$call" in *Uninstall-Package*) touch "$WALK/gone";; esac
case "$call" in "bcdedit /set testsigning on") touch "$WALK/on";; esac
if [ -n "$WALK_OFF" ] && [ ! -e "$WALK/on" ]; then
    case "$call" in *SystemStartOptions)
        echo '    SystemStartOptions    REG_SZ     NOEXECUTE=OPTIN'; exit 0;;
    esac
fi
if [ -e "$WALK/gone" ] && [ "$call" = "acxvadctl --json status" ] && [ -z "$WALK_STAYS" ]; then
    printf '{"devices":[],"packages":[]}'; exit 1
fi
tab="$(printf '\t')"
while IFS="$tab" read -r pattern status text; do
    case "$call" in $pattern) printf "$text"; exit "$status";; esac
done < "$WALK/table"
exit 0
"#;

const STATUS: &str = r#"{"devices":[{"id":"ROOT\\\\MEDIA\\\\0000","endpoints":[{},{}]}],"packages":["oem1.inf"],"complete":true,"reasons":[]}"#;
const SUMMARY: &str = "results/device-fundamentals/2026-01-01/summary.json";
const CASES: &str = r#"{"cases":[{"id":"Q1","result":"passed"}],"violations":[]}"#;

/// The responses of a good machine that is already in test mode.
fn table() -> Vec<(&'static str, i32, String)> {
    let windows = "    CurrentBuild    REG_SZ    26100\\n    UBR    REG_DWORD    0x4d2\\n    DisplayVersion    REG_SZ    24H2\\n";
    let sleep = "The following sleep states are available on this system:\\n    Standby (S3)\\n\\n";
    let played = r#"{"bit_exact":true,"glitches":0,"frames_played":2880000}"#;
    let own = |text: &str| text.to_owned();
    vec![
        ("reg query*CurrentVersion", 0, own(windows)),
        (
            "reg query*SystemStartOptions",
            0,
            own("    SystemStartOptions    REG_SZ     TESTSIGNING  NOEXECUTE\\n"),
        ),
        ("reg query*SecureBoot*", 1, String::new()),
        ("powershell*Win32_DeviceGuard*", 0, own("2\\n")),
        ("powershell*Invoke-DevFund*", 0, own("MADE BY THE TEST")),
        ("pnputil /enum*", 0, own("Device Description:  Speakers\\n")),
        ("powercfg /a", 0, own(sleep)),
        ("acxvadctl --json status", 0, own(STATUS)),
        ("acxhost*topology", 0, own(r#"{"circuits":[{}]}"#)),
        ("acxhost*conform*", 0, own(CASES)),
        ("acxhost*play*", 0, own(played)),
        ("acxhost*--compare*.xml", 0, String::new()),
        ("acxhost*probe --compare*", 0, own(r#"{"differences":[]}"#)),
        ("acxhost*probe", 0, own(r#"{"answers":{"first-state":"STOP"}}"#)),
        ("verifier /standard*", 2, String::new()),
        ("verifier /querysettings", 0, own("Verified drivers: ACXVAD.SYS\\n")),
    ]
}

struct Machine {
    folder: TempDir,
    table: Vec<(&'static str, i32, String)>,
    environment: BTreeMap<&'static str, String>,
    options: Vec<String>,
}

struct Outcome {
    status: Option<i32>,
    said: String,
    record: Value,
    calls: Vec<String>,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        };
        for name in SYSTEM {
            place(&format!("windows/System32/{name}"), STAND_IN);
        }
        for name in ["acxhost", "acxvadctl"] {
            place(&format!("tools/{name}"), STAND_IN);
        }
        for name in ["inf", "sys", "cat", "cer"] {
            place(&format!("package/acxvad.{name}"), "");
        }
        for name in SCRIPTS {
            place(&format!("scripts/{name}"), "");
        }
        std::fs::create_dir(folder.path().join("kit")).unwrap();
        place(SUMMARY, r#"[{"Id":"io","State":"passed"}]"#);
        let mut machine =
            Self { folder, table: table(), environment: BTreeMap::new(), options: Vec::new() };
        machine.options = ["--kit", &machine.path("kit")].map(str::to_owned).to_vec();
        machine
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Another answer than the usual one.
    fn answers(mut self, pattern: &'static str, status: i32, text: &str) -> Self {
        self.table.insert(0, (pattern, status, text.to_owned()));
        self
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        let own = value.replace("WALK", &self.path(""));
        self.environment.insert(name, own);
        self
    }

    fn program(&self, arguments: &[&str]) -> Output {
        let lines: Vec<_> = self
            .table
            .iter()
            .map(|(pattern, status, text)| format!("{pattern}\t{status}\t{text}\n"))
            .collect();
        std::fs::write(self.path("table"), lines.concat()).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_first-run"));
        program
            .args(arguments)
            .env("WALK", self.folder.path())
            .env("SystemRoot", self.path("windows"));
        program.env_remove("WALK_FAILS").env_remove("WALK_DIES").envs(&self.environment);
        program.output().unwrap()
    }

    fn outcome(&self, output: &Output) -> Outcome {
        let read =
            |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let said = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
        Outcome {
            // Unix keeps a byte of it.
            status: output.status.code().map(|code| if code == 0xc2 { 3010 } else { code }),
            said,
            record: serde_json::from_str(&read("results/first-run.json")).unwrap_or_default(),
            calls: read("calls").lines().map(|call| call.replace(&self.path(""), "WALK")).collect(),
        }
    }

    fn begin(&self) -> Outcome {
        let (package, results) = (self.path("package"), self.path("results"));
        let (tools, scripts) = (self.path("tools"), self.path("scripts"));
        let words = [
            "run",
            "--package",
            &package,
            "--results",
            &results,
            "--tools",
            &tools,
            "--scripts",
            &scripts,
        ];
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        let output = self.program(&[&words[..], &options].concat());
        self.outcome(&output)
    }

    fn resume(&self) -> Outcome {
        let results = self.path("results");
        let output = self.program(&["resume", &results]);
        self.outcome(&output)
    }

    /// Begins, and goes on after each restart.
    fn run(&self) -> Outcome {
        let mut outcome = self.begin();
        for _ in 0..5 {
            if outcome.status != Some(3010) {
                return outcome;
            }
            let before = outcome.said;
            outcome = self.resume();
            outcome.said.insert_str(0, &before);
        }
        panic!("it restarts for ever");
    }

    fn zipped(&self) -> Vec<String> {
        let file =
            std::fs::File::open(Path::new(&self.path("results")).join("first-run.zip")).unwrap();
        let zip = zip::ZipArchive::new(file).unwrap();
        zip.file_names().map(|name| name.unwrap().into_owned()).collect()
    }
}

impl Outcome {
    fn step(&self, id: &str) -> (&str, &str) {
        let steps = self.record["steps"].as_array().unwrap();
        let step = steps
            .iter()
            .find(|step| step["id"] == id)
            .unwrap_or_else(|| panic!("{id}: {}", self.said));
        (step["state"].as_str().unwrap(), step["sentence"].as_str().unwrap())
    }

    fn with_state(&self, state: &str) -> Vec<&str> {
        let steps = self.record["steps"].as_array().unwrap();
        steps
            .iter()
            .filter(|step| step["state"] == state)
            .filter_map(|step| step["id"].as_str())
            .collect()
    }
}

#[test]
fn a_machine_on_which_all_is_well_passes_every_step() {
    let machine = Machine::new();
    let done = machine.run();
    assert_eq!(done.status, Some(0), "{}", done.said);
    assert_eq!(done.with_state("passed").len(), first_run::plan::STEPS.len(), "{}", done.said);
    assert_eq!(
        done.step("machine").1,
        "build 26100.1234 24H2; Secure Boot off, test mode on, Memory Integrity on; 1 other audio device"
    );
    // One restart, for Driver Verifier, and a task that is gone at the end.
    assert_eq!(done.calls.iter().filter(|call| call.starts_with("shutdown /r")).count(), 1);
    assert_eq!(
        done.calls.last().map(String::as_str),
        Some("schtasks /delete /tn acxvad-first-run /f")
    );
    assert!(done.calls.contains(&"verifier /reset".to_owned()));
    assert!(!done.calls.iter().any(|call| call.starts_with("bcdedit")), "{:?}", done.calls);
    // Every file of the results, but what was played.
    let results = PathBuf::from(machine.path("results"));
    let mut kept = files(&results);
    kept.retain(|name| !["first-run.zip", "minute.wav"].contains(&name.as_str()));
    let mut zipped = machine.zipped();
    zipped.sort();
    assert_eq!(zipped, kept);
    for file in [
        "01-machine/7-acxhost.txt",
        "06-install/1-certutil.txt",
        "09-conform/1-acxhost.txt",
        "answers-that-differ.json",
        "callbacks-that-differ.txt",
        "conform.json",
        "conform-verified.json",
        "conform-wasapi.json",
        "first-run.html",
        "first-run.json",
        "host-answers.json",
        "host-callbacks.json",
        "play.json",
        "status.json",
        "topology.json",
        "windows-answers.json",
    ] {
        assert!(kept.iter().any(|name| name == file), "{file}: {kept:?}");
    }
}

/// The files below a folder, by their names in it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

/// The main test: whichever call fails, the run does not end as a success, or a step reports that
/// the program found something; the run continues with the possible steps, and leaves page and zip.
#[test]
fn a_call_that_fails_is_named_and_the_run_goes_on() {
    // Test mode is off at first, so that everything is called that a run may call.
    let start = || Machine::new().with("WALK_OFF", "1");
    let done = start().run();
    assert_eq!(done.status, Some(0), "{}", done.said);
    let all = done.calls;
    for name in SYSTEM.iter().filter(|name| **name != "curl") {
        let name = name.rsplit('/').next().unwrap();
        assert!(all.iter().any(|call| call.starts_with(&format!("{name} "))), "{name}: {all:?}");
    }
    for (index, call) in all.iter().enumerate() {
        let nth = all[..=index].iter().filter(|earlier| *earlier == call).count();
        let machine = start().with("WALK_FAILS", &format!("{nth} {call}"));
        let done = machine.run();
        let program = call.split(' ').next().unwrap();
        let is_player = call.contains(" play ") && done.with_state("failed").is_empty();
        match program {
            // A leftover task, or a restart that the user must do, is harmless and is reported.
            "schtasks" | "shutdown" if !call.contains("/create") => {
                assert!(done.said.contains("it was made to fail"), "{call}: {}", done.said);
            }
            // While the device is disabled below it, a player may end as it likes.
            "acxhost" if is_player => {
                assert!(index + 1 < all.len() && done.status == Some(0), "{call}: {}", done.said);
            }
            _ => {
                assert_eq!(done.status, Some(1), "call {index}, {call}: {}", done.said);
                let failed = done.with_state("failed");
                assert_eq!(failed.len(), 1, "{call}: {failed:?}");
                let (_, sentence) = done.step(failed[0]);
                assert!(sentence.contains("87: it was made to fail"), "{call}: {sentence}");
            }
        }
        // All possible steps ran, and all changes were undone.
        assert_eq!(done.record["steps"].as_array().unwrap().len(), first_run::plan::STEPS.len());
        let has = |what: &str| done.calls.iter().any(|call| call.contains(what));
        for (change, back) in [
            ("/disable-device", "/enable-device"),
            ("net stop", "net start"),
            ("TraceCallbacks=1", "TraceCallbacks=0"),
            ("logman start", "logman stop"),
            ("verifier /standard", "verifier /reset"),
            ("bcdedit /set testsigning on", "bcdedit /set testsigning off"),
            ("schtasks /create", "schtasks /delete"),
        ] {
            assert!(!has(change) || has(back) || call.starts_with(change), "{call}: no {back}");
        }
        // Also after an installation that failed halfway.
        assert!(!has("Install-Package") || has("Uninstall-Package"), "{call}");
        let zipped = machine.zipped();
        assert!(zipped.contains(&"first-run.html".to_owned()));
        the_page_says_what_the_record_does(&machine, &done);
    }
}

/// Each step with its result and its sentence, and no log that the zip lacks.
fn the_page_says_what_the_record_does(machine: &Machine, done: &Outcome) {
    let page = std::fs::read_to_string(machine.path("results/first-run.html")).unwrap();
    let escaped = |text: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('"', "&quot;")
    };
    let mut from = 0;
    for step in done.record["steps"].as_array().unwrap() {
        let text = |key: &str| escaped(step[key].as_str().unwrap());
        let (class, word) = match step["state"].as_str().unwrap() {
            "passed" => ("good", "passed"),
            "failed" => ("bad", "FAILED"),
            "not-run" => ("muted", "not run"),
            other => panic!("{other} at the end of a run"),
        };
        let row = format!(
            "<th>{}</th><td class=\"result {class}\">{word}</td><td>{}",
            text("title"),
            text("sentence")
        );
        let place = page[from..].find(&row).unwrap_or_else(|| panic!("{row}: {page}"));
        from += place + row.len();
        assert!(step["state"] == "passed" || !text("sentence").is_empty(), "{step}");
    }
    let verdict = match done.with_state("failed").len() {
        0 => "The driver works on this machine".to_owned(),
        1 => "One step failed".to_owned(),
        more => format!("{more} steps failed"),
    };
    assert!(page.contains(&verdict), "{verdict}");
    let zipped = machine.zipped();
    for link in page.split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap();
        assert!(zipped.iter().any(|name| name == link), "{link}: {zipped:?}");
    }
}

#[test]
fn a_machine_that_goes_down_is_known_after_the_restart() {
    let all = Machine::new().run().calls;
    let conform = all.iter().find(|call| call.contains("conform")).unwrap();
    let machine = Machine::new().with("WALK_DIES", &format!("1 {conform}"));
    let died = machine.begin();
    assert_eq!(died.status, None, "{}", died.said);
    assert_eq!(died.step("conform").0, "started");
    let done = machine.run_on();
    assert_eq!(done.status, Some(1));
    assert_eq!(
        done.step("conform"),
        ("failed", "the machine went down, or this program was ended, during this step")
    );
    assert_eq!(done.with_state("failed"), ["conform"]);
    assert_eq!(done.step("play").0, "passed");
}

/// A crash may well be the first thing that the driver does on a machine.
#[test]
fn a_crash_while_installing_leaves_its_dump_and_no_driver() {
    let all = Machine::new().run().calls;
    let install = all.iter().find(|call| call.contains("Install-Package")).unwrap();
    let machine = Machine::new().with("WALK_DIES", &format!("1 {install}"));
    assert_eq!(machine.begin().status, None);
    // The run goes on by itself: the task was there before the driver.
    let task = "schtasks /create /tn acxvad-first-run";
    let dumps = PathBuf::from(machine.path("windows/Minidump"));
    std::fs::create_dir(&dumps).unwrap();
    std::fs::write(dumps.join("010126-1-01.dmp"), "PAGEDU64").unwrap();
    let done = machine.resume();
    assert_eq!((done.status, done.with_state("failed")), (Some(1), vec!["install", "crashes"]));
    assert_eq!(done.step("uninstall"), ("passed", "nothing is left"), "{}", done.said);
    assert!(done.calls.iter().any(|call| call.starts_with(task)), "{:?}", done.calls);
    assert!(machine.zipped().contains(&"010126-1-01.dmp".to_owned()));
}

impl Machine {
    fn run_on(&self) -> Outcome {
        let outcome = self.resume();
        if outcome.status == Some(3010) { self.resume() } else { outcome }
    }
}

#[test]
fn test_mode_is_turned_on_first_and_off_at_the_end() {
    let off = "    SystemStartOptions    REG_SZ     NOEXECUTE=OPTIN\\n";
    let machine = Machine::new().answers("reg query*SystemStartOptions", 0, off);
    let begun = machine.begin();
    assert_eq!(
        (begun.status, begun.step("test-signing").0),
        (Some(3010), "passed"),
        "{}",
        begun.said
    );
    assert!(begun.calls.contains(&"bcdedit /set testsigning on".to_owned()));
    // The restart was not done, or Windows did not take it.
    let done = machine.resume();
    assert_eq!(done.status, Some(1));
    assert_eq!(done.with_state("failed"), ["test-mode"]);
    assert!(done.step("install").1.contains("needs `test-mode`"));
    assert!(done.calls.contains(&"bcdedit /set testsigning off".to_owned()));
    assert!(!done.calls.iter().any(|call| call.contains("Install-Package")));
}

#[test]
fn secure_boot_is_said_and_nothing_is_tried() {
    let machine = Machine::new()
        .answers("reg query*SystemStartOptions", 0, "    SystemStartOptions    REG_SZ     X\\n")
        .answers("reg query*SecureBoot*", 0, "    UEFISecureBootEnabled    REG_DWORD    0x1\\n");
    let done = machine.run();
    assert_eq!((done.status, done.with_state("failed")), (Some(1), vec!["test-signing"]));
    assert!(done.step("test-signing").1.contains("turn Secure Boot off"));
    assert_eq!(
        done.with_state("passed"),
        ["machine", "administrator", "task", "crashes", "restore"]
    );
    assert_eq!(done.step("uninstall"), ("not-run", "nothing was installed"));
}

/// Answers that are no failure of a program, and yet no success.
#[test]
fn a_step_that_shows_nothing_has_failed() {
    let nothing = r#"{"cases":[],"violations":[]}"#;
    let unplugged = r#"{"devices":[{"id":"X","endpoints":[{}]}],"complete":false,"reasons":["its jack is pulled"]}"#;
    let left = r#"{"devices":[{"id":"X"}],"packages":[],"complete":true}"#;
    let short = r#"{"bit_exact":true,"glitches":0,"frames_played":108000}"#;
    let differs = r#"{"bit_exact":false,"glitches":0,"frames_played":2880000}"#;
    let glitches = r#"{"bit_exact":true,"glitches":3,"frames_played":2880000}"#;
    for (pattern, text, step, sentence) in [
        ("acxhost --live*conform", nothing, "conform", "no case ran"),
        ("acxhost --live*conform", "", "conform", "did not answer with JSON"),
        ("acxhost*--wasapi*", nothing, "conform-wasapi", "no case ran"),
        ("acxvadctl --json status", unplugged, "endpoints", "its jack is pulled"),
        ("acxvadctl --json status", left, "endpoints", "no device with endpoints"),
        ("acxhost*topology", r#"{"circuits":[]}"#, "topology", "no circuit"),
        ("acxhost*play*", short, "play", "108000 of 2880000 frames"),
        ("acxhost*play*", differs, "play", "is not what was played"),
        ("acxhost*play*", glitches, "play", "3 glitches"),
        ("acxhost*probe", r#"{"answers":{}}"#, "probe", "no question was answered"),
        (
            "verifier /querysettings",
            "No drivers are currently verified.",
            "verified",
            "does not verify acxvad.sys",
        ),
        ("reg query*CurrentVersion", "", "machine", "which build"),
    ] {
        let done = Machine::new().answers(pattern, 0, text).run();
        assert_eq!(done.status, Some(1), "{pattern}: {}", done.said);
        let (state, found) = done.step(step);
        assert_eq!(state, "failed", "{pattern} {text}");
        assert!(found.contains(sentence), "{found}");
    }
}

/// te.exe is run by a script, which says by its status and by its summary what came of it.
#[test]
fn the_summary_of_the_device_fundamentals_decides() {
    for (summary, state, sentence) in [
        (
            r#"[{"Id":"io","State":"passed"},{"Id":"chaos","State":"not selected"}]"#,
            "passed",
            "1 test",
        ),
        (r#"[{"Id":"io","State":"passed"},{"Id":"chaos","State":"missing"}]"#, "passed", "lacks 1"),
        (r#"[{"Id":"io","State":"passed"},{"Id":"chaos","State":"failed"}]"#, "failed", "chaos"),
        (r#"[{"Id":"io","State":"passed"},{"Id":"chaos","State":"started"}]"#, "failed", "chaos"),
        (r#"[{"Id":"io","State":"passed"},{"Id":"chaos"}]"#, "failed", "chaos"),
        (r#"[{"Id":"io","State":"missing"}]"#, "failed", "no test passed"),
        ("[]", "failed", "no test passed"),
        ("", "failed", "summary.json"),
    ] {
        let machine = Machine::new();
        std::fs::write(machine.path(SUMMARY), summary).unwrap();
        let done = machine.run();
        let (found, said) = done.step("device-fundamentals");
        assert!(found == state && said.contains(sentence), "{summary}: {found}, {said}");
    }
}

/// A status that no stand-in has: Unix keeps a byte of it.
const LATER: i32 = 3010;

fn answer(status: i32, output: &str) -> Answer {
    Answer {
        line: String::new(),
        status: Some(status),
        is_good: true,
        trouble: None,
        log: String::new(),
        seconds: 0,
        output: output.to_owned(),
        error: String::new(),
    }
}

/// What a step's row makes of these answers, each of which has to be good for its call.
fn judged(id: &str, answers: &[Answer]) -> Result<Passed, String> {
    let record = Record::new(Setup::default());
    let step = first_run::plan::STEPS.iter().find(|step| step.id == id).unwrap();
    let calls = (step.calls)(&record);
    assert_eq!(calls.len(), answers.len());
    for (call, answer) in calls.iter().zip(answers) {
        if !call.meanwhile && !call.good.contains(&answer.status.unwrap()) {
            return Err(format!("{} is no good status of {}", answer.status.unwrap(), call.line()));
        }
    }
    (step.judge)(&record, answers)
}

#[test]
fn what_takes_effect_with_a_restart_is_said_and_done() {
    let left = r#"{"devices":[],"packages":[]}"#;
    let installed = judged("install", &[answer(0, ""), answer(LATER, "")]).unwrap();
    assert!(installed.restart, "{installed:?}");
    assert!(!judged("install", &[answer(0, ""), answer(0, "")]).unwrap().restart);
    let gone = judged("uninstall", &[answer(LATER, ""), answer(1, left)]).unwrap();
    assert_eq!(gone.sentence, "nothing is left after the next restart");
    // A stream that refuses is an answer; a device that is not disabled at rest is a failure, and
    // so is one that does not come back.
    let status = STATUS.replace("\\\\", "\\");
    let disable_enable = |at_rest: i32, player: i32, under_stream: i32, last: &str| {
        let fine = || answer(0, "");
        let (first, last) = (answer(0, &status), answer(0, last));
        let player = answer(player, "");
        let answers = [
            [answer(at_rest, ""), fine(), fine(), first, player],
            [fine(), answer(under_stream, ""), fine(), fine(), last],
        ];
        let said = judged("disable-enable", &answers.concat());
        said.map_or_else(|why| format!("failed: {why}"), |passed| passed.sentence)
    };
    let restart =
        "the endpoints came back; while a stream played Windows would have had to restart";
    assert_eq!(disable_enable(0, 1, 0, &status), "the endpoints came back");
    assert_eq!(disable_enable(0, 0, LATER, &status), restart);
    assert_eq!(disable_enable(0, 1, LATER, &status), format!("{restart}, and the stream ended"));
    assert!(disable_enable(LATER, 0, 0, &status).starts_with("failed: 3010 is no good status"));
    assert!(disable_enable(0, 0, 0, r#"{"devices":[]}"#).starts_with("failed: "));
}

/// What the task scheduler starts runs with less than normal priority, and so does all that this
/// starts, unless it is asked for another.
#[test]
fn the_run_goes_on_with_the_priority_that_it_began_with() {
    let machine = Machine::new();
    let begun = machine.begin();
    let task = begun.calls.iter().find(|call| call.starts_with("schtasks /create")).unwrap();
    let (_, command) = task.split_once("/tr ").unwrap();
    let own = env!("CARGO_BIN_EXE_first-run");
    assert_eq!(
        command,
        format!(r#"cmd.exe /c start "acxvad" /normal "{own}" resume "WALKresults""#)
    );
    // Before anything that could bring the machine down.
    let place = |what: &str| begun.calls.iter().position(|call| call.contains(what)).unwrap();
    assert!(place("schtasks /create") < place("Install-Package"));
}

/// The provider is the driver's, as its page has it.
#[test]
fn the_trace_is_the_drivers() {
    let page = include_str!("../../../docs/telemetry.md");
    let done = Machine::new().run();
    let start = done.calls.iter().find(|call| call.starts_with("logman start")).unwrap();
    let provider = start.split_once('{').unwrap().1.split_once('}').unwrap().0;
    assert!(page.contains(&format!("Provider `acxvad`, `{{{provider}}}`")), "{provider}");
}

#[test]
fn what_is_left_after_uninstalling_is_a_failure() {
    let done = Machine::new().with("WALK_STAYS", "1").run();
    assert_eq!((done.status, done.with_state("failed")), (Some(1), vec!["uninstall"]));
    assert!(done.step("uninstall").1.contains("something is left"));
}

#[test]
fn differences_from_the_host_are_an_answer_and_not_a_failure() {
    let differ = r#"{"differences":[{"id":"jump"}]}"#;
    let done = Machine::new()
        .answers("acxhost*probe --compare*", 1, differ)
        .answers("acxhost*trace --compare*", 1, "first difference: EvtDevicePrepareHardware")
        .run();
    assert_eq!(done.status, Some(0), "{}", done.said);
    assert_eq!(done.step("probe").1, "1 answer; the host answers jump differently");
    assert!(done.step("trace").1.contains("differs"));
}

#[test]
fn what_does_not_apply_says_why_and_is_no_failure() {
    let mut machine = Machine::new()
        .answers("powercfg /a", 0, "Die folgenden Zustaende\\n")
        .with("ProgramFiles(x86)", "/nowhere");
    machine.options.clear();
    let done = machine.run();
    assert_eq!(done.status, Some(0), "{}", done.said);
    assert_eq!(done.with_state("not-run"), ["sleep", "device-fundamentals"]);
    assert!(done.step("device-fundamentals").1.contains("give --kit"));
}

#[test]
fn a_crash_dump_is_found_and_kept() {
    let machine = Machine::new();
    let begun = machine.begin();
    assert_eq!(begun.status, Some(3010));
    let dumps: PathBuf = Path::new(&machine.path("windows")).join("Minidump");
    std::fs::create_dir(&dumps).unwrap();
    std::fs::write(dumps.join("010126-1-01.dmp"), "PAGEDU64").unwrap();
    let done = machine.resume();
    assert_eq!((done.status, done.with_state("failed")), (Some(1), vec!["crashes"]));
    assert!(machine.zipped().contains(&"010126-1-01.dmp".to_owned()));
}

#[test]
fn the_zip_is_sent_where_it_is_wanted() {
    let mut machine = Machine::new();
    machine.options.extend(["--upload", "http://10.0.2.2:8000/first-run.zip"].map(str::to_owned));
    let done = machine.run();
    assert_eq!(done.status, Some(0), "{}", done.said);
    let last = done.calls.last().unwrap();
    assert!(
        last.starts_with("curl -fsS -T") && last.ends_with("http://10.0.2.2:8000/first-run.zip"),
        "{last}"
    );
    assert_eq!(machine.answers("curl*", 22, "").resume().status, Some(1));
}

#[test]
fn nothing_is_run_without_its_files_and_no_run_is_lost() {
    let machine = Machine::new();
    std::fs::remove_file(machine.path("package/acxvad.cat")).unwrap();
    let done = machine.begin();
    assert_eq!((done.status, done.calls.len()), (Some(2), 0));
    assert!(done.said.contains("there is no acxvad.cat in it: give --package"), "{}", done.said);
    for (file, said) in [
        ("package/acxvad.cer", "there is no certificate (*.cer) in it: the package is not signed"),
        ("scripts/DevFund.psd1", "there is no DevFund.psd1 in it: give --scripts"),
    ] {
        let machine = Machine::new();
        std::fs::remove_file(machine.path(file)).unwrap();
        let done = machine.begin();
        assert!(done.status == Some(2) && done.said.contains(said), "{}", done.said);
    }
    let machine = Machine::new();
    assert_eq!(machine.begin().status, Some(3010));
    let again = machine.begin();
    assert_eq!(again.status, Some(2));
    assert!(again.said.contains("first-run resume"), "{}", again.said);
    let output = machine.program(&["resume", "/nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    std::fs::write(machine.path("results/first-run.json"), "{").unwrap();
    let broken = machine.resume();
    assert!(
        broken.status == Some(2) && broken.said.contains("not a record of a first run"),
        "{}",
        broken.said
    );
}

#[test]
fn what_if_shows_every_program_and_runs_none() {
    let mut machine = Machine::new();
    machine.options.push("--what-if".to_owned());
    let shown = machine.begin();
    assert_eq!((shown.status, shown.calls.len()), (Some(0), 0));
    assert!(!Path::new(&machine.path("results/first-run.json")).exists());
    for program in [
        "pnputil",
        "bcdedit",
        "verifier",
        "powercfg",
        "schtasks",
        "Invoke-DevFund.ps1",
        "acxvadctl",
        "logman",
    ] {
        assert!(shown.said.contains(program), "{program}: {}", shown.said);
    }
}

#[test]
fn a_restart_that_cannot_be_arranged_is_left_to_somebody() {
    let done = Machine::new().answers("schtasks /create*", 5, "").begin();
    assert_eq!((done.status, done.with_state("failed")), (Some(3010), vec!["task"]));
    assert!(
        done.said.contains("restart Windows, and continue with: first-run resume"),
        "{}",
        done.said
    );
    assert!(!done.calls.iter().any(|call| call.starts_with("shutdown")));
    let mut machine = Machine::new();
    machine.options.push("--no-restart".to_owned());
    let done = machine.begin();
    assert!(!done.calls.iter().any(|call| call.starts_with("schtasks")), "{:?}", done.calls);
}

#[test]
fn the_page_has_every_step_in_its_order() {
    let page = include_str!("../../../docs/first-run.md");
    let of_page: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 1)
        .collect();
    let steps: Vec<_> = first_run::plan::STEPS
        .iter()
        .map(|step| format!("| `{}` | {} |", step.id, step.title))
        .collect();
    assert_eq!(of_page, steps);
}
