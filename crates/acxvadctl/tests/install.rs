//! Installing and uninstalling on a simulated system that fails at each call in turn.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use acxvadctl::ends::{HiddenEnd, OtherEnd};
use acxvadctl::install::{self, Error, Step, is_ours};
use acxvadctl::system::{Defaults, Device, Endpoint, Failed, Restart, System, Value, WOULD_ASK};
use acxvadctl::{exit, status};

/// Windows' state, in memory.
#[derive(Default)]
struct Made {
    devices: RefCell<BTreeMap<String, Option<String>>>,
    packages: RefCell<Vec<String>>,
    /// The number of queries until the endpoints exist.
    builder: Cell<u32>,
    /// The number of calls that succeed before one fails; then all succeed again, unless `broken`.
    good: Cell<Option<u32>>,
    /// Once a call has failed, all removals fail.
    broken: bool,
    failed: Cell<bool>,
    problem: u32,
    stopped: &'static str,
    hidden: Vec<HiddenEnd>,
    /// The registry's values.
    settings: Vec<(&'static str, Value)>,
    /// Whether the endpoints are unplugged.
    unplugged: bool,
    /// The publisher is not trusted.
    untrusted: bool,
    /// Whether binding, removing a device and removing a package require a restart.
    restarts: [bool; 3],
}

impl Made {
    fn call(&self, what: &str) -> Result<(), Failed> {
        match self.good.get() {
            Some(0) => {
                self.good.set(None);
                self.failed.set(true);
                Err(Failed { what: what.to_owned(), why: "made to fail".to_owned(), code: 5 })
            }
            Some(good) => {
                self.good.set(Some(good - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn removal(&self, what: &str) -> Result<(), Failed> {
        if self.broken && self.failed.get() {
            return Err(Failed { what: what.to_owned(), why: "stays".to_owned(), code: 5 });
        }
        self.call(what)
    }

    fn is_empty(&self) -> bool {
        self.devices.borrow().is_empty() && self.packages.borrow().is_empty()
    }
}

const CIRCUITS: [&str; 7] = [
    "Speaker0",
    "Microphone0",
    "speakerdsp",
    "SpeakerCodec",
    "SpeakerAmp",
    "MicrophoneDsp",
    "MicrophoneCodec",
];

impl System for Made {
    fn devices(&self) -> Result<Vec<Device>, Failed> {
        self.call("listing devices")?;
        let device = |(id, inf): (&String, &Option<String>)| Device {
            id: id.clone(),
            version: inf.as_ref().map(|_| "0.1.0.0".to_owned()),
            inf: inf.clone(),
            problem: if inf.is_some() { self.problem } else { 28 },
            circuits: CIRCUITS.map(str::to_owned).into(),
        };
        Ok(self.devices.borrow().iter().map(device).collect())
    }

    fn create_device(&self) -> Result<String, Failed> {
        self.call("making the device")?;
        let id = r"ROOT\MEDIA\0000".to_owned();
        self.devices.borrow_mut().insert(id.clone(), None);
        Ok(id)
    }

    fn bind_driver(&self, _: &Path, may_ask: bool) -> Result<Restart, Failed> {
        // The package is staged before the driver is bound: a failure between the two leaves it
        // there.
        self.packages.borrow_mut().push("oem7.inf".to_owned());
        self.call("binding")?;
        if self.untrusted && !may_ask {
            let (what, why) = ("binding".to_owned(), "somebody has to be asked".to_owned());
            return Err(Failed { what, why, code: WOULD_ASK });
        }
        for inf in self.devices.borrow_mut().values_mut() {
            *inf = Some("oem7.inf".to_owned());
        }
        Ok(Restart(self.restarts[0]))
    }

    fn remove_device(&self, id: &str) -> Result<Restart, Failed> {
        self.removal(id)?;
        self.devices.borrow_mut().remove(id);
        Ok(Restart(self.restarts[1]))
    }

    fn restart_device(&self, _: &str) -> Result<Restart, Failed> {
        Ok(Restart(false))
    }

    fn remove_package(&self, inf: &str) -> Result<Restart, Failed> {
        // As Windows does it with a package that runs from the driver store, force or not.
        let used = self.devices.borrow().values().any(|own| own.as_deref() == Some(inf));
        if used {
            let why = "a device uses it".to_owned();
            return Err(Failed { what: inf.to_owned(), why, code: 0xE000_0246 });
        }
        self.removal(inf)?;
        self.packages.borrow_mut().retain(|own| own != inf);
        Ok(Restart(self.restarts[2]))
    }

    fn packages(&self) -> Result<Vec<String>, Failed> {
        Ok(self.packages.borrow().clone())
    }

    fn endpoints(&self, _: &str) -> Result<Vec<Endpoint>, Failed> {
        self.builder.set(self.builder.get().saturating_sub(1));
        let there = if self.builder.get() > 0 || !self.stopped.is_empty() { 0 } else { 4 };
        let endpoint = |index| Endpoint {
            name: format!("endpoint {index}"),
            is_render: index % 2 == 0,
            state: if self.unplugged && index % 2 == 1 { 8 } else { 1 },
        };
        Ok((0..there).map(endpoint).collect())
    }

    fn defaults(&self) -> Result<Defaults, Failed> {
        Ok(vec![self.devices.borrow().keys().next().cloned()])
    }

    fn is_running(&self, service: &str) -> bool {
        service != self.stopped
    }

    fn hidden_ends(&self) -> Result<Vec<HiddenEnd>, Failed> {
        Ok(self.hidden.clone())
    }

    fn setting(&self, _: &str, name: &str) -> Result<Option<Value>, Failed> {
        let own = self.settings.iter().find(|(own, _)| *own == name);
        Ok(own.map(|(_, value)| value.clone()))
    }

    fn set_setting(&self, _: &str, _: &str, _: &Value) -> Result<(), Failed> {
        Ok(())
    }

    fn sleep(&self, _: Duration) {}
}

const INF: &str = "package/acxvad.inf";

fn put(system: &Made) -> Result<install::Installed, Error> {
    install::install(system, Path::new(INF), true, &mut |_| {})
}

#[test]
fn it_installs_and_leaves_nothing_behind() {
    let system = Made { builder: Cell::new(3), ..Made::default() };
    let mut steps = Vec::new();
    let done =
        install::install(&system, Path::new(INF), true, &mut |step| steps.push(step.clone()));
    let done = done.unwrap();
    assert!(done.status.is_complete(), "{:?}", done.status.reasons());
    assert!(done.default_moved, "the made-up system has another default now, and that is said");
    let planned = [Step::CreateDevice, Step::BindDriver(INF.into()), Step::AwaitEndpoints];
    assert_eq!(steps, planned);
    // Again: the device is there already.
    assert_eq!(install::plan(&system, Path::new(INF)).unwrap(), planned[1..]);
    let removal = install::removal(&system).unwrap();
    assert_eq!(removal.len(), 2);
    install::uninstall(&system, &mut |_| {}).unwrap();
    assert!(system.is_empty());
    assert!(install::removal(&system).unwrap().is_empty(), "uninstalling twice does nothing");
}

#[test]
fn whatever_fails_is_taken_back() {
    let mut failures = 0;
    for good in 0..20 {
        let system = Made { good: Cell::new(Some(good)), ..Made::default() };
        let Err(error) = put(&system) else {
            // The call that would fail comes after the installation, or while waiting, which goes
            // on.
            continue;
        };
        failures += 1;
        let said = error.to_string();
        assert!(said.contains("made to fail") && said.contains("administrator"), "{said}");
        match error {
            // The last question comes after the last step: what is installed stays.
            Error::Asking(_) => {}
            error => {
                assert!(system.is_empty(), "{error}");
                assert!(said.ends_with("nothing was installed"), "{said}");
            }
        }
        // And then it works.
        put(&system).unwrap();
    }
    assert!(failures >= 3, "{failures}");
}

#[test]
fn what_was_there_before_is_kept() {
    let system = Made::default();
    put(&system).unwrap();
    system.good.set(Some(1));
    let error = put(&system).unwrap_err();
    assert!(matches!(error, Error::TakenBack { .. }), "{error}");
    assert_eq!(system.devices.borrow().len(), 1);
    assert!(!system.packages.borrow().is_empty());
}

#[test]
fn a_way_back_that_fails_is_said() {
    // Calls: list, make, bind.
    let system = Made { good: Cell::new(Some(2)), broken: true, ..Made::default() };
    let said = put(&system).unwrap_err().to_string();
    assert!(
        said.contains("undoing the earlier steps failed") && said.contains(r"ROOT\MEDIA\0000"),
        "{said}"
    );
    let system = Made::default();
    put(&system).unwrap();
    let system = Made { broken: true, failed: Cell::new(true), ..system };
    let said = install::uninstall(&system, &mut |_| {}).unwrap_err().to_string();
    assert!(said.contains(r"ROOT\MEDIA\0000") && said.contains("oem7.inf"), "{said}");
}

#[test]
fn a_restart_that_windows_wants_is_said_and_is_the_exit_status() {
    for wanted in [[false, false, false], [true, false, false]] {
        let system = Made { restarts: wanted, ..Made::default() };
        let done = put(&system).unwrap();
        assert_eq!(done.restart, Restart(wanted[0]));
        assert_eq!(done.exit(), if wanted[0] { exit::RESTART } else { exit::DONE });
    }
    // It comes before a missing endpoint, which may be missing for want of it.
    let system = Made { stopped: "Audiosrv", ..Made::default() };
    assert_eq!(put(&system).unwrap().exit(), exit::INCOMPLETE);
    let system = Made { stopped: "Audiosrv", restarts: [true; 3], ..Made::default() };
    assert_eq!(put(&system).unwrap().exit(), exit::RESTART);
    // Of the device and of the package, either is enough.
    for wanted in [[false, false, false], [false, true, false], [false, false, true]] {
        let system = Made { restarts: wanted, ..Made::default() };
        put(&system).unwrap();
        let restart = install::uninstall(&system, &mut |_| {}).unwrap();
        assert_eq!(restart, Restart(wanted[1] || wanted[2]));
        assert_eq!(restart.exit(), if restart.0 { exit::RESTART } else { exit::DONE });
    }
}

#[test]
fn a_restart_is_not_forgotten_when_something_fails() {
    // Listing and making succeed, binding fails; the way back wants a restart.
    for (restarts, wanted) in [([false; 3], false), ([false, true, false], true)] {
        let system = Made { good: Cell::new(Some(2)), restarts, ..Made::default() };
        let error = put(&system).unwrap_err();
        assert!(matches!(error, Error::TakenBack { .. }), "{error}");
        assert_eq!(error.restart(), Restart(wanted));
        assert_eq!(error.to_string().contains("restart Windows"), wanted, "{error}");
    }
    // The device goes and wants a restart, the package stays.
    let system = Made { restarts: [false, true, false], ..Made::default() };
    put(&system).unwrap();
    // Listing the devices and removing the one succeed.
    system.good.set(Some(2));
    let error = install::uninstall(&system, &mut |_| {}).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("oem7.inf") && said.contains("restart Windows"), "{said}");
    assert_eq!(error.restart(), Restart(true));
}

#[test]
fn the_device_goes_before_its_package() {
    let system = Made::default();
    put(&system).unwrap();
    assert!(system.remove_package("oem7.inf").is_err(), "the made-up system is as strict");
    let steps = install::removal(&system).unwrap();
    assert!(matches!(&steps[..], [Step::RemoveDevice(_), Step::RemovePackage(_)]), "{steps:?}");
}

#[test]
fn a_missing_endpoint_has_a_reason() {
    let reasons = |system: &Made| status::ask(system).unwrap().reasons().join("\n");
    assert!(reasons(&Made::default()).contains("acxvadctl install"));
    for (problem, word) in [(52, "test signing"), (10, "debugging"), (22, "enable"), (39, "build")]
    {
        let system = Made { problem, ..Made::default() };
        put(&system).unwrap();
        let said = reasons(&system);
        assert!(said.contains(word) && said.contains(&problem.to_string()), "{said}");
    }
    let system = Made { stopped: "Audiosrv", ..Made::default() };
    let done = put(&system).unwrap();
    assert!(!done.status.is_complete());
    assert!(reasons(&system).contains("start Audiosrv"), "{}", reasons(&system));
    let value = done.status.value();
    assert_eq!(value["complete"], false);
    assert_eq!(value["devices"][0]["circuits"].as_array().unwrap().len(), CIRCUITS.len());
}

#[test]
fn a_folder_that_is_no_package_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["acxvad.inf", "acxvad.sys", "acxvad.cat"] {
        let said = install::package(folder.path()).unwrap_err().to_string();
        assert!(said.contains(file) && said.contains("cargo xtask package"), "{said}");
        std::fs::write(folder.path().join(file), "").unwrap();
    }
    assert!(install::package(folder.path()).unwrap().is_absolute());
}

#[test]
fn our_inf_is_known_in_any_encoding() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wdk/acxvad.inx");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(is_ours(text.as_bytes()));
    let wide: Vec<u8> =
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert!(is_ours(&wide));
    let other = text.replace("acxvad.cat", "other.cat");
    assert!(!is_ours(other.as_bytes()));
    let other = text.replace(r"ROOT\acxvad", r"ROOT\acxvad2");
    assert!(!is_ours(other.as_bytes()));
    let commented = text.replace("CatalogFile", "; CatalogFile");
    assert!(!is_ours(commented.as_bytes()));
}

#[test]
fn where_windows_may_not_ask_nothing_is_installed() {
    let system = Made { untrusted: true, ..Made::default() };
    let quietly = |system| install::install(system, Path::new(INF), false, &mut |_| {});
    let error = quietly(&system).unwrap_err();
    assert_eq!(error.exit(), exit::WOULD_ASK);
    assert!(error.to_string().contains("TrustedPublisher"), "{error}");
    assert!(system.is_empty(), "the device and the package are gone again");
    assert_eq!(put(&system).unwrap().exit(), exit::DONE, "somebody says yes");
    let trusted = Made::default();
    assert_eq!(quietly(&trusted).unwrap().exit(), exit::DONE);
    // Another failure has another status, and a folder that is no package its own.
    let failing = Made { good: Cell::new(Some(2)), ..Made::default() };
    assert_eq!(quietly(&failing).unwrap_err().exit(), exit::FAILED);
    assert_eq!(install::package(Path::new("nowhere")).unwrap_err().exit(), exit::USAGE);
}

#[test]
fn the_package_beside_the_program_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("acxvadctl.exe");
    assert!(install::package_beside(&program).is_err());
    std::fs::create_dir(folder.path().join("package")).unwrap();
    for file in ["acxvad.inf", "acxvad.sys", "acxvad.cat"] {
        std::fs::write(folder.path().join("package").join(file), "").unwrap();
    }
    let inf = install::package_beside(&program).unwrap();
    assert!(inf.ends_with("package/acxvad.inf"), "{}", inf.display());
}

#[test]
fn an_endpoint_that_waits_for_a_program_is_not_missing() {
    let other = |follows| OtherEnd { circuit: "Microphone0".into(), follows, plugged: false };
    let end = |follows| HiddenEnd {
        circuit: "Speaker0".into(),
        is_render: true,
        other: Some(other(follows)),
        ..HiddenEnd::default()
    };
    for (hidden, is_complete) in
        [(vec![], false), (vec![end(false)], false), (vec![end(true)], true)]
    {
        let system = Made { hidden, unplugged: true, ..Made::default() };
        put(&system).unwrap();
        let status = status::ask(&system).unwrap();
        assert_eq!(status.is_complete(), is_complete, "{status}");
    }
    let system = Made { hidden: vec![end(true)], unplugged: true, ..Made::default() };
    put(&system).unwrap();
    let status = status::ask(&system).unwrap();
    let line = "render   hidden       Speaker0: no program; Microphone0 follows, unplugged";
    assert!(status.to_string().contains(line), "{status}");
    assert!(status.to_string().lines().all(|line| line.chars().count() <= 80), "{status}");
    let value = status.value();
    assert_eq!(value["hidden_ends"][0]["attached"], false);
    assert_eq!(value["hidden_ends"][0]["visible_end"]["jack_follows"], true);
}

#[test]
fn settings_that_the_driver_ignores_are_shown() {
    let number = Value::Number;
    let settings = vec![
        ("Cables", number(17)),
        ("ClockTrim", number((-1_001_i32).cast_unsigned())),
        ("Mute", number(0)),
        ("DefaultChannels", number(16)),
        ("Speaker0Hidden", number(2)),
        ("Speaker0Name", Value::Text(String::new())),
        ("PeakMeter", Value::Text("on".into())),
    ];
    let system = Made { settings, ..Made::default() };
    put(&system).unwrap();
    let status = status::ask(&system).unwrap();
    let said = status.to_string();
    for what in [
        "Cables=17: give a number from 1 to 16",
        "ClockTrim=-1001: give a number from -1000 to 1000",
        "DefaultChannels=16: MaxChannels allows 8",
        "Speaker0Hidden=2: give a number from 0 to 1",
        "Speaker0Name=\"\": give 1 to 63",
        "PeakMeter=\"on\": give a number from 0 to 1",
    ] {
        assert!(said.contains(&format!("the driver ignores {what}")), "{what}: {said}");
    }
    assert_eq!(status.value()["ignored_settings"].as_array().unwrap().len(), 6);
}
