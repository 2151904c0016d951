//! A run from the first step to the last, with a stand-in for every program: all as it should be,
//! each call failing in turn, restarts, and a machine that goes down.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
    "WindowsPowerShell/v1.0/powershell",
    "te",
];

/// A stand-in: it writes down how it was called, and answers as the first line of the table says
/// whose pattern the call has: the pattern, a tab, the status, a tab, what it prints.
const STAND_IN: &str = r#"#!/bin/sh
call="${0##*/} $*"
printf '%s\n' "$call" >> "$WALK/calls"
nth="$(grep -cxF -e "$call" "$WALK/calls") $call"
if [ "$nth" = "$WALK_FAILS" ]; then echo "it was made to fail" >&2; exit 87; fi
if [ "$nth" = "$WALK_DIES" ]; then kill -9 $PPID; exit 1; fi
case "$call" in *Uninstall-Package*) touch "$WALK/gone";; esac
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
const CASES: &str = r#"{"cases":[{"id":"Q1","result":"passed"}],"violations":[]}"#;

/// What a machine answers on which all is well, and that is in test mode already.
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
        for name in ["inf", "sys", "cat"] {
            place(&format!("package/acxvad.{name}"), "");
        }
        for name in
            ["Common", "Install-Package", "Invoke-DevFund", "Test-Sleep", "Uninstall-Package"]
        {
            place(&format!("scripts/{name}.ps1"), "");
        }
        std::fs::create_dir(folder.path().join("kit")).unwrap();
        let summary = r#"[{"Id":"io","State":"passed"}]"#;
        place("results/device-fundamentals/2026-01-01/summary.json", summary);
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
    let zipped = machine.zipped();
    for file in
        ["first-run.json", "first-run.html", "windows-answers.json", "08-conform/1-acxhost.txt"]
    {
        assert!(zipped.iter().any(|name| name == file), "{zipped:?}");
    }
    assert!(!zipped.iter().any(|name| name == "minute.wav"));
}

/// The heart of it: whichever call fails, the run does not end as a success, or it says in a step
/// that this program found something; it goes on with what can be done, and it leaves page and zip.
#[test]
fn a_call_that_fails_is_named_and_the_run_goes_on() {
    let all = Machine::new().run().calls;
    assert!(all.len() > 40, "{all:?}");
    for (index, call) in all.iter().enumerate() {
        let nth = all[..=index].iter().filter(|earlier| *earlier == call).count();
        let machine = Machine::new().with("WALK_FAILS", &format!("{nth} {call}"));
        let done = machine.run();
        let program = call.split(' ').next().unwrap();
        let is_player = call.contains(" play ") && done.with_state("failed").is_empty();
        match program {
            // Nobody can be hurt by a task that is left: it says so.
            "schtasks" | "shutdown" => {
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
        // What could be done was done, and what was changed was changed back.
        assert_eq!(done.record["steps"].as_array().unwrap().len(), first_run::plan::STEPS.len());
        if done.step("install").0 == "passed" {
            assert!(done.calls.iter().any(|call| call.contains("Uninstall-Package")), "{call}");
        }
        let has = |what: &str| done.calls.iter().any(|call| call.contains(what));
        for (change, back) in [
            ("/disable-device", "/enable-device"),
            ("net stop", "net start"),
            ("TraceCallbacks=1", "TraceCallbacks=0"),
            ("logman start", "logman stop"),
            ("verifier /standard", "verifier /reset"),
        ] {
            assert!(!has(change) || has(back) || call.starts_with(change), "{call}: no {back}");
        }
        assert!(machine.zipped().contains(&"first-run.html".to_owned()));
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
    assert_eq!(done.with_state("passed"), ["machine", "administrator", "restore"]);
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
    for program in
        ["pnputil", "bcdedit", "verifier", "powercfg", "Invoke-DevFund.ps1", "acxvadctl", "logman"]
    {
        assert!(shown.said.contains(program), "{program}: {}", shown.said);
    }
}

#[test]
fn a_restart_that_cannot_be_arranged_is_left_to_somebody() {
    let done = Machine::new().answers("schtasks /create*", 5, "").begin();
    assert_eq!(done.status, Some(3010));
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
