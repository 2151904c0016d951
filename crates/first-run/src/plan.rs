//! The steps, one row each, in order.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::answers::{cases, devices, json, registry, sleep_states};
use crate::program::{Answer, Call};
use crate::record::{Record, State};
use crate::setup::{Setup, system, text, windows};

/// Steps without which a run proves nothing, however many others passed.
pub const CORE: [&str; 3] = ["install", "endpoints", "conform"];

/// Whether a step applies to this machine.
pub enum Applies {
    /// It is run.
    Yes,
    /// Its effect is already in place.
    Already(&'static str),
    /// It is not run: the reason, and the remedy.
    No(String),
    /// It cannot be run, and that is a failure.
    Never(&'static str),
}

/// The result of a passed step.
#[derive(Debug, Default)]
pub struct Passed {
    /// A figure.
    pub sentence: String,
    /// Values for later steps.
    pub facts: Vec<(&'static str, String)>,
    /// Windows must restart before the next step.
    pub restart: bool,
}

impl Passed {
    fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), ..Self::default() }
    }

    fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }

    fn restart(mut self) -> Self {
        self.restart = true;
        self
    }
}

type Judged = Result<Passed, String>;

/// A row.
pub struct Step {
    /// A short name, also of the folder of its logs.
    pub id: &'static str,
    /// What it does.
    pub title: &'static str,
    /// Steps that must have passed.
    pub needs: &'static [&'static str],
    /// Whether it applies to this machine.
    pub applies: fn(&Record) -> Applies,
    /// The programs that it runs in sequence; after a failed call only those that always run.
    pub calls: fn(&Record) -> Vec<Call>,
    /// Judges the output. It is called only if every call succeeded.
    pub judge: fn(&Record, &[Answer]) -> Judged,
}

/// The steps.
pub static STEPS: [Step; 21] = [
    Step {
        id: "machine",
        title: "Look at the machine: Windows, Secure Boot, test mode, Memory Integrity, other audio devices",
        needs: &[],
        applies: always,
        calls: |record| {
            let guard = "(Get-CimInstance -Namespace root\\Microsoft\\Windows\\DeviceGuard -ClassName Win32_DeviceGuard).SecurityServicesRunning -join ','";
            vec![
                query("HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"),
                query("HKLM\\SYSTEM\\CurrentControlSet\\Control")
                    .with("/v")
                    .with("SystemStartOptions"),
                // A machine without UEFI has no such key.
                query("HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State").good(&[0, 1]),
                Call::new(system("powershell"), &["-NoProfile", "-Command", guard]),
                Call::new(system("pnputil"), &["/enum-devices", "/class", "MEDIA", "/connected"]),
                Call::new(system("powercfg"), &["/a"]),
                Call::new(record.setup.tool("acxhost"), &["--version"]),
                Call::new(record.setup.tool("acxvadctl"), &["--version"]),
            ]
        },
        judge: machine,
    },
    Step {
        id: "administrator",
        title: "The prompt is an administrator's",
        needs: &[],
        applies: always,
        calls: |_| vec![Call::new(system("fltmc"), &[])],
        judge: |_, _| Ok(Passed::new("yes")),
    },
    // Before anything that may bring the machine down.
    Step {
        id: "task",
        title: "Have the run go on by itself after a restart or a crash",
        needs: &["administrator"],
        applies: |record| {
            if record.setup.no_restart {
                Applies::No(
                    "--no-restart: somebody runs `first-run resume` after each restart".to_owned(),
                )
            } else {
                Applies::Yes
            }
        },
        calls: |record| {
            let command = resume(&record.setup);
            let start = ["/create", "/tn", TASK, "/sc", "onlogon", "/rl", "highest", "/f"];
            vec![Call::new(system("schtasks"), &start).with("/tr").with(command)]
        },
        judge: |_, _| Ok(Passed::new("after the next logon")),
    },
    Step {
        id: "test-signing",
        title: "Turn test mode on, so that Windows loads the driver",
        needs: &["machine", "administrator"],
        applies: |record| match (record.fact("test-mode"), record.fact("secure-boot")) {
            ("on", _) => Applies::Already("test mode is on"),
            (_, "on") => Applies::Never(
                "Secure Boot is on, and does not let test mode be turned on: turn Secure Boot off in the firmware's setup, and begin again",
            ),
            _ => Applies::Yes,
        },
        calls: |_| vec![Call::new(system("bcdedit"), &["/set", "testsigning", "on"])],
        judge: |_, _| Ok(Passed::new("turned on").fact("turned-test-mode-on", "yes").restart()),
    },
    Step {
        id: "test-mode",
        title: "Windows runs in test mode",
        needs: &["test-signing"],
        applies: always,
        calls: |_| {
            let key = "HKLM\\SYSTEM\\CurrentControlSet\\Control";
            vec![query(key).with("/v").with("SystemStartOptions")]
        },
        judge: |_, answers| {
            if is_test_mode(&answers[0].output) {
                Ok(Passed::new("yes"))
            } else {
                Err("Windows was not restarted since test mode was turned on, or it did not take effect".to_owned())
            }
        },
    },
    Step {
        id: "install",
        title: "Trust the package's certificate, make the device, install the driver",
        needs: &["test-mode"],
        applies: always,
        calls: |record| {
            let setup = &record.setup;
            let driver = text(&setup.package.join("acxvad.sys"));
            vec![
                // The build, because many builds have the same version.
                Call::new(system("certutil"), &["-hashfile", &driver, "SHA256"]),
                script(setup, "Install-Package.ps1", &["-Package", &text(&setup.package)])
                    .good(&[0, 3010])
                    .minutes(10),
            ]
        },
        judge: |_, answers| match answers[1].status {
            Some(3010) => Ok(Passed::new("installed; Windows has to restart").restart()),
            _ => Ok(Passed::new("installed")),
        },
    },
    Step {
        id: "endpoints",
        title: "Every endpoint is there",
        needs: &["install"],
        applies: always,
        calls: |record| {
            vec![
                Call::new(record.setup.tool("acxvadctl"), &["--json", "status"])
                    .good(&[0, 1])
                    .keep("status.json"),
            ]
        },
        judge: endpoints,
    },
    Step {
        id: "topology",
        title: "Circuits, pins, formats and elements, as a program sees them",
        needs: &["endpoints"],
        applies: always,
        calls: |record| vec![host(record, &["topology"]).keep("topology.json")],
        judge: |_, answers| match json(&answers[0])?["circuits"].as_array().map_or(0, Vec::len) {
            0 => Err("no circuit".to_owned()),
            some => Ok(Passed::new(counted(some, "circuit"))),
        },
    },
    Step {
        id: "conform",
        title: "The conformance suite, straight at the driver",
        needs: &["endpoints"],
        applies: always,
        calls: |record| {
            vec![host(record, &["conform"]).good(&[0, 1]).minutes(60).keep("conform.json")]
        },
        judge: conform,
    },
    Step {
        id: "conform-wasapi",
        title: "The cases that a program can ask, through the Windows audio stack",
        needs: &["endpoints"],
        applies: always,
        calls: |record| {
            let call = Call::new(
                record.setup.tool("acxhost"),
                &["--json", "conform", "--wasapi", "acxvad", "acxvad"],
            );
            vec![call.good(&[0, 1]).minutes(30).keep("conform-wasapi.json")]
        },
        judge: conform,
    },
    Step {
        id: "play",
        title: "A minute played on the speaker comes out of the microphone, sample for sample",
        needs: &["endpoints"],
        applies: always,
        calls: |record| vec![play(record).good(&[0, 1]).keep("play.json")],
        judge: |_, answers| minute(&answers[0]),
    },
    Step {
        id: "probe",
        title: "Ask Windows what the documentation leaves open, and compare the answers with the host's",
        needs: &["endpoints"],
        applies: always,
        calls: |record| {
            let (own, theirs) = (
                record.setup.result("host-answers.json"),
                record.setup.result("windows-answers.json"),
            );
            vec![
                host(record, &["probe"]).minutes(15).keep("windows-answers.json"),
                Call::new(record.setup.tool("acxhost"), &["--json", "probe"])
                    .keep("host-answers.json"),
                // 1 means a difference, which is the purpose of the step.
                Call::new(
                    record.setup.tool("acxhost"),
                    &["--json", "probe", "--compare", &own, &theirs],
                )
                .good(&[0, 1])
                .keep("answers-that-differ.json"),
            ]
        },
        judge: |_, answers| {
            let asked = json(&answers[0])?["answers"].as_object().map_or(0, serde_json::Map::len);
            let compared = json(&answers[2])?;
            let differ = compared["differences"].as_array().ok_or("no comparison")?;
            let names: Vec<_> = differ.iter().filter_map(|one| one["id"].as_str()).collect();
            match (asked, names.as_slice()) {
                (0, _) => Err("no question was answered".to_owned()),
                (_, []) => {
                    Ok(Passed::new(format!("{}, all as the host's", counted(asked, "answer"))))
                }
                (_, names) => Ok(Passed::new(format!(
                    "{}; the host answers {} differently",
                    counted(asked, "answer"),
                    names.join(", ")
                ))),
            }
        },
    },
    Step {
        id: "trace",
        title: "Trace every callback of the driver, and compare the order with the host's",
        needs: &["endpoints"],
        applies: always,
        calls: trace,
        judge: |_, answers| match answers.last().and_then(|answer| answer.status) {
            Some(0) => Ok(Passed::new("as in the host")),
            _ => Ok(Passed::new(
                "the order differs from the host's: the log of the comparison has the first callback",
            )),
        },
    },
    Step {
        id: "disable-enable",
        title: "Disable and enable the device, at rest and while a stream plays",
        needs: &["endpoints"],
        applies: always,
        calls: disable_enable,
        judge: |record, answers| {
            let [_, _, _, at_rest, player, _, disabled, _, _, playing] = answers else {
                return Err("an answer is missing".to_owned());
            };
            for status in [at_rest, playing] {
                endpoints(record, std::slice::from_ref(status))?;
            }
            let meanwhile = match (disabled.status, player.status) {
                (Some(0), _) => "",
                (_, Some(0)) => "; while a stream played Windows would have had to restart",
                _ => {
                    "; while a stream played Windows would have had to restart, and the stream ended"
                }
            };
            Ok(Passed::new(format!("the endpoints came back{meanwhile}")))
        },
    },
    Step {
        id: "sleep",
        title: "Sleep and wake while a stream plays",
        needs: &["endpoints"],
        applies: |record| {
            match record.fact("sleep") {
            "" => Applies::No("powercfg /a lists no sleep state of this machine (its answer is read in English only)".to_owned()),
            _ => Applies::Yes,
        }
        },
        calls: |record| {
            vec![
                play(record).meanwhile(),
                pause(5),
                script(&record.setup, "Test-Sleep.ps1", &["-Minutes", "2"]).minutes(20),
                pause(10),
                status(record),
            ]
        },
        judge: |record, answers| {
            let states = record.fact("sleep");
            endpoints(record, &answers[answers.len() - 1..])?;
            Ok(Passed::new(format!("slept ({states}) and woke; the endpoints came back")))
        },
    },
    Step {
        id: "verifier",
        title: "Turn Driver Verifier on for acxvad.sys",
        needs: &["endpoints"],
        applies: always,
        // 2: it takes effect after a restart.
        calls: |_| {
            vec![
                Call::new(system("verifier"), &["/standard", "/driver", "acxvad.sys"])
                    .good(&[0, 2]),
            ]
        },
        judge: |_, _| {
            Ok(Passed::new("the standard settings").fact("turned-verifier-on", "yes").restart())
        },
    },
    Step {
        id: "verified",
        title: "The conformance suite once more, under Driver Verifier",
        needs: &["verifier"],
        applies: always,
        calls: |record| {
            vec![
                Call::new(system("verifier"), &["/querysettings"]),
                host(record, &["conform"]).good(&[0, 1]).minutes(60).keep("conform-verified.json"),
            ]
        },
        judge: |record, answers| {
            if !answers[0].output.to_lowercase().contains("acxvad.sys") {
                return Err("Driver Verifier does not verify acxvad.sys: Windows was not restarted, or refused the settings".to_owned());
            }
            conform(record, &answers[1..])
        },
    },
    Step {
        id: "device-fundamentals",
        title: "Microsoft's Device Fundamentals tests, with te.exe",
        needs: &["endpoints"],
        applies: |record| {
            match record.setup.find_kit() {
            Some(_) => Applies::Yes,
            None => Applies::No("there is no kit: install the WDK, or give --kit the folder with Devfund_*.dll (docs/hlk.md)".to_owned()),
        }
        },
        calls: |record| {
            let kit = record.setup.find_kit().unwrap_or_else(|| PathBuf::from("KIT"));
            let results = record.setup.result("device-fundamentals");
            let call = script(
                &record.setup,
                "Invoke-DevFund.ps1",
                &["-Kit", &text(&kit), "-Results", &results, "-AllowMissing"],
            );
            vec![call.minutes(8 * 60)]
        },
        judge: |record, _| device_fundamentals(&record.setup.results.join("device-fundamentals")),
    },
    Step {
        id: "crashes",
        title: "Windows has written no crash dump since the run began",
        // It does not even require an installed driver: a crash meanwhile must be found.
        needs: &[],
        applies: |_| match windows() {
            Some(_) => Applies::Yes,
            None => Applies::No("SystemRoot is not set: this is not Windows".to_owned()),
        },
        calls: |_| Vec::new(),
        judge: |record, _| crashes(record),
    },
    Step {
        id: "uninstall",
        title: "Remove device, settings, package and trust, and see that nothing is left",
        needs: &[],
        // An installation that failed, or crashed, may have left a part of it.
        applies: |record| match record.step("install").map(|step| step.state) {
            Some(State::Passed | State::Failed) => Applies::Yes,
            _ => Applies::No("nothing was installed".to_owned()),
        },
        calls: |record| {
            let setup = &record.setup;
            vec![
                script(setup, "Uninstall-Package.ps1", &["-Package", &text(&setup.package)])
                    .good(&[0, 3010])
                    .minutes(10),
                Call::new(setup.tool("acxvadctl"), &["--json", "status"]).good(&[0, 1]),
            ]
        },
        judge: |_, answers| {
            let left = json(&answers[1])?;
            let count = |name: &str| left[name].as_array().map(Vec::len);
            match (count("devices"), count("packages"), answers[0].status) {
                (Some(0), Some(0), Some(3010)) => {
                    Ok(Passed::new("nothing is left after the next restart"))
                }
                (Some(0), Some(0), _) => Ok(Passed::new("nothing is left")),
                _ => Err("something is left: see the log of acxvadctl status".to_owned()),
            }
        },
    },
    Step {
        id: "restore",
        title: "Turn off again what this run turned on",
        needs: &["administrator"],
        applies: |record| {
            if restoring(record).is_empty() {
                Applies::Already("it turned nothing on")
            } else {
                Applies::Yes
            }
        },
        calls: restoring,
        judge: |_, _| Ok(Passed::new("off from the next restart on")),
    },
];

fn always(_: &Record) -> Applies {
    Applies::Yes
}

fn query(key: &str) -> Call {
    Call::new(system("reg"), &["query", key])
}

/// One of our scripts. Scripts from another machine need permission to run.
fn script(setup: &Setup, name: &str, arguments: &[&str]) -> Call {
    let file = text(&setup.scripts.join(name));
    let start = ["-NoProfile", "-ExecutionPolicy", "Bypass", "-File", &file];
    let call = Call::new(system("powershell"), &[&start, arguments].concat());
    match name {
        "Install-Package.ps1" | "Uninstall-Package.ps1" => {
            call.with("-Tool").with(setup.tool("acxvadctl"))
        }
        _ => call,
    }
}

/// acxhost on the driver that Windows has loaded.
fn host(record: &Record, arguments: &[&str]) -> Call {
    Call::new(record.setup.tool("acxhost"), &[&["--live", "--json"], arguments].concat())
}

fn play(record: &Record) -> Call {
    host(record, &["play"]).with(record.setup.result(MINUTE))
}

fn status(record: &Record) -> Call {
    Call::new(record.setup.tool("acxvadctl"), &["--json", "status"]).good(&[0, 1])
}

/// Once without an open stream, and once with one. 3010: Windows would need a restart, because a
/// component refused. Whether ACX refuses while a stream runs is one of the questions.
fn disable_enable(record: &Record) -> Vec<Call> {
    let device = match record.fact("device") {
        "" => "DEVICE",
        device => device,
    };
    let turn = |how: &str| Call::new(system("pnputil"), &[how, device]);
    vec![
        turn("/disable-device"),
        turn("/enable-device").always(),
        pause(10),
        status(record),
        play(record).meanwhile(),
        pause(5),
        turn("/disable-device").good(&[0, 3010]),
        turn("/enable-device").good(&[0, 3010]).always(),
        pause(10),
        status(record),
    ]
}

/// The scheduled task that continues after a restart.
pub const TASK: &str = "acxvad-first-run";

/// The task's program. The task scheduler starts programs with below-normal priority, which their
/// children inherit, so `start` runs it with the priority of the first part.
fn resume(setup: &Setup) -> String {
    let own = std::env::current_exe().map_or_else(|_| "first-run".to_owned(), |path| text(&path));
    let results = text(&setup.results);
    format!("cmd.exe /c start \"acxvad\" /normal \"{own}\" resume \"{results}\"")
}

/// Waits without a prompt, which `timeout` needs.
fn pause(seconds: u32) -> Call {
    let sleep = format!("Start-Sleep -Seconds {seconds}");
    Call::new(system("powershell"), &["-NoProfile", "-Command", &sleep])
}

/// The audio to play.
pub const MINUTE: &str = "minute.wav";
/// Its duration.
pub const MINUTE_FRAMES: u32 = 60 * 48_000;

/// The provider of the driver's events, from docs/telemetry.md.
const PROVIDER: &str = "{db1fd9c2-f628-50c6-4dd6-2bfe4490e0c2}";

fn trace(record: &Record) -> Vec<Call> {
    let (setup, result) = (&record.setup, |name| record.setup.result(name));
    let set = |value: &str| {
        let setting = format!("TraceCallbacks={value}");
        Call::new(setup.tool("acxvadctl"), &["settings", &setting, "--restart"])
    };
    vec![
        // The audio service would be a second client.
        Call::new(system("net"), &["stop", "audiosrv", "/y"]),
        Call::new(
            system("logman"),
            &["start", "acxvad", "-p", PROVIDER, "-o", &result("callbacks.etl"), "-ets"],
        ),
        set("1"),
        host(record, &["trace"]).minutes(10),
        Call::new(system("logman"), &["stop", "acxvad", "-ets"]).always(),
        set("0").always(),
        Call::new(system("net"), &["start", "audiosrv"]).always(),
        Call::new(
            system("tracerpt"),
            &[&result("callbacks.etl"), "-o", &result("callbacks.xml"), "-of", "XML", "-y"],
        ),
        Call::new(setup.tool("acxhost"), &["--json", "trace"]).keep("host-callbacks.json"),
        // 1 means a difference, which is the purpose of the step.
        Call::new(
            setup.tool("acxhost"),
            &["trace", "--compare", &result("host-callbacks.json"), &result("callbacks.xml")],
        )
        .good(&[0, 1])
        .keep("callbacks-that-differ.txt"),
    ]
}

fn restoring(record: &Record) -> Vec<Call> {
    let mut calls = Vec::new();
    if record.fact("turned-verifier-on") == "yes" {
        calls.push(Call::new(system("verifier"), &["/reset"]).good(&[0, 2]).always());
    }
    if record.fact("turned-test-mode-on") == "yes" {
        calls.push(Call::new(system("bcdedit"), &["/set", "testsigning", "off"]).always());
    }
    calls
}

fn is_test_mode(output: &str) -> bool {
    registry(output, "SystemStartOptions")
        .is_some_and(|options| options.to_uppercase().contains("TESTSIGNING"))
}

fn machine(_: &Record, answers: &[Answer]) -> Judged {
    let [version, start, secure_boot, guard, media, power, ..] = answers else {
        return Err("an answer is missing".to_owned());
    };
    let of = |name| registry(&version.output, name);
    let build: u32 = of("CurrentBuild")
        .and_then(|text| text.parse().ok())
        .ok_or("the registry does not say which build of Windows this is")?;
    let revision = of("UBR")
        .and_then(|text| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok())
        .unwrap_or(0);
    let on = |is_on| if is_on { "on" } else { "off" };
    let test_mode = on(is_test_mode(&start.output));
    let secure_boot = on(registry(&secure_boot.output, "UEFISecureBootEnabled") == Some("0x1"));
    // 2 is memory integrity, by the page of Win32_DeviceGuard.
    let integrity = on(guard.output.trim().split(',').any(|service| service == "2"));
    let others = devices(&media.output);
    let sentence = format!(
        "build {build}.{revision} {}; Secure Boot {secure_boot}, test mode {test_mode}, Memory Integrity {integrity}; {}",
        of("DisplayVersion").unwrap_or(""),
        counted(others.len(), "other audio device"),
    );
    let sleep = sleep_states(&power.output).unwrap_or_default().join(", ");
    Ok(Passed::new(sentence)
        .fact("sleep", sleep)
        .fact("build", build.to_string())
        .fact("test-mode", test_mode)
        .fact("secure-boot", secure_boot)
        .fact("memory-integrity", integrity))
}

/// "1 case", "2 cases".
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn endpoints(_: &Record, answers: &[Answer]) -> Judged {
    let status = json(&answers[0])?;
    let reasons: Vec<_> =
        status["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let first = &status["devices"][0];
    let count = first["endpoints"].as_array().map_or(0, Vec::len);
    match (status["complete"].as_bool(), first["id"].as_str(), count) {
        (Some(true), Some(device), 1..) => {
            Ok(Passed::new(counted(count, "endpoint")).fact("device", device))
        }
        _ if reasons.is_empty() => {
            Err("acxvadctl status names no device with endpoints".to_owned())
        }
        _ => Err(reasons.join("; ")),
    }
}

fn conform(_: &Record, answers: &[Answer]) -> Judged {
    let passed = cases(&json(&answers[0])?)?;
    // Check both the report and the status.
    match answers[0].status {
        Some(0) => Ok(Passed::new(format!("{} passed", counted(passed, "case")))),
        _ => Err(format!(
            "{} passed and none failed, but {} ended with 1",
            counted(passed, "case"),
            answers[0].line
        )),
    }
}

fn minute(answer: &Answer) -> Judged {
    let played = json(answer)?;
    let frames = played["frames_played"].as_u64().unwrap_or(0);
    let glitches = played["glitches"].as_u64();
    match (played["bit_exact"].as_bool(), glitches, answer.status) {
        _ if frames < u64::from(MINUTE_FRAMES) => {
            Err(format!("{frames} of {MINUTE_FRAMES} frames were played"))
        }
        (Some(true), Some(0), Some(0)) => Ok(Passed::new(format!("bit exact, {frames} frames"))),
        (_, Some(0), _) => Err("what was recorded is not what was played".to_owned()),
        (_, glitches, _) => Err(format!(
            "{} glitches",
            glitches.map_or("unknown".to_owned(), |count| count.to_string())
        )),
    }
}

/// The script's summary, which lists each test with its state.
fn device_fundamentals(results: &Path) -> Judged {
    let newest = std::fs::read_dir(results)
        .map_err(|why| format!("{}: {why}", results.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("summary.json")))
        .filter(|file| file.is_file())
        .max()
        .ok_or("the script left no summary.json")?;
    let text =
        std::fs::read_to_string(&newest).map_err(|why| format!("{}: {why}", newest.display()))?;
    // Windows PowerShell begins a file with a byte order mark.
    let summary: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|why| format!("{}: {why}", newest.display()))?;
    let all = summary.as_array().map(Vec::as_slice).unwrap_or_default();
    let count = |state| all.iter().filter(|test| test["State"] == state).count();
    // The script then ends with an error; its summary is a second check.
    let fine = ["passed", "missing", "not selected"];
    let is_bad = |test: &&Value| test["State"].as_str().is_none_or(|state| !fine.contains(&state));
    let bad: Vec<_> =
        all.iter().filter(is_bad).map(|test| test["Id"].as_str().unwrap_or("?")).collect();
    if !bad.is_empty() {
        return Err(format!("not passed: {}", bad.join(", ")));
    }
    match (count("passed"), count("missing")) {
        (0, _) => Err("no test passed".to_owned()),
        (passed, 0) => Ok(Passed::new(format!("{passed} tests passed"))),
        (passed, missing) => {
            Ok(Passed::new(format!("{passed} tests passed; the kit lacks {missing} others")))
        }
    }
}

fn crashes(record: &Record) -> Judged {
    let root = windows().ok_or("SystemRoot is not set")?;
    let began = std::fs::metadata(record.setup.results.join(MINUTE))
        .and_then(|file| file.modified())
        .map_err(|why| format!("{MINUTE}: {why}"))?;
    let is_new = |file: &Path| {
        file.metadata().and_then(|data| data.modified()).is_ok_and(|time: SystemTime| time >= began)
    };
    let small = std::fs::read_dir(root.join("Minidump"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let dumps: Vec<PathBuf> =
        small.chain([root.join("MEMORY.DMP")]).filter(|file| is_new(file)).collect();
    let mut names = Vec::new();
    for dump in &dumps {
        let name = dump.file_name().unwrap_or_default();
        names.push(name.to_string_lossy().into_owned());
        // A full dump stays on the machine.
        if name != "MEMORY.DMP" {
            std::fs::copy(dump, record.setup.results.join(name))
                .map_err(|why| format!("{}: {why}", dump.display()))?;
        }
    }
    match names.as_slice() {
        [] => Ok(Passed::new("none")),
        names => Err(format!("Windows has crashed: {}", names.join(", "))),
    }
}
