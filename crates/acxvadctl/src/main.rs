//! `acxvadctl`: installs acxvad on a Windows test machine, shows its state, and removes it.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const EXIT: &str = "\
Examples:
  acxvadctl install package --dry-run
  acxvadctl status --json

Exit status:
  0     everything was done
  1     a step failed; with `status`, something is missing
  2     the command line is wrong
  3     installed, but an endpoint is missing
  4     nothing was installed, because Windows would have asked (install --quiet)
  3010  done; it takes effect when Windows has restarted";

/// Installs acxvad on a Windows test machine, shows its state, and removes it again. It never
/// changes the default device.
#[derive(Parser)]
#[command(name = "acxvadctl", version, arg_required_else_help = true, after_help = EXIT)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object on standard output, and nothing else there.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Create the device, install the driver of a package on it, and wait for its endpoints. If a
    /// step fails, everything is undone.
    #[command(after_help = "Example: acxvadctl install target\\package\\x64")]
    Install {
        /// The folder that `cargo xtask package` made. Without one: `package` beside this program.
        folder: Option<PathBuf>,
        /// Print failures only, and let Windows ask no questions: if it would have to, nothing is
        /// installed.
        #[arg(long, conflicts_with_all = ["dry_run", "json"])]
        quiet: bool,
        /// Only show what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove devices, settings and driver packages.
    #[command(after_help = "Example: acxvadctl uninstall --dry-run")]
    Uninstall {
        /// Only show what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Show devices, versions and endpoints, and why something is missing.
    #[command(after_help = "Example: acxvadctl status --json")]
    Status,
    /// Show the settings, or set some.
    #[command(after_help = "Example: acxvadctl settings Cables=2 Speaker1Name=Stream --restart")]
    Settings {
        /// What to set, such as Cables=2.
        #[arg(value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// Restart the device, so that they take effect. This ends open streams.
        #[arg(long)]
        restart: bool,
    },
    /// Show the counters of every open stream.
    #[command(after_help = "Example: acxvadctl telemetry --json")]
    Telemetry,
    /// Show how much faster the clock of a cable runs than the system's, or set it. Streams
    /// continue, and no position jumps.
    #[command(after_help = "Example: acxvadctl trim Speaker0 12.5")]
    Trim {
        /// An end of the cable: the name that Windows shows, or the circuit's, such as Speaker0.
        endpoint: String,
        /// Parts per million, such as 12.5 (ahead) or -0.125; at most 1000 either way, in
        /// thousandths.
        #[arg(value_name = "PPM", allow_negative_numbers = true)]
        value: Option<String>,
    },
    /// Keep the clock of a cable in step with a playback device, until Ctrl-C. The cable can then
    /// be played on that device for days without a resampler. Meanwhile the device plays silence.
    /// It locks within 30 s.
    #[command(after_help = "Example: acxvadctl follow Speaker0 --device Headphones")]
    Follow {
        /// An end of the cable, as for trim.
        endpoint: String,
        /// A part of the device's name; the default playback device if there is none.
        #[arg(long, value_name = "NAME")]
        device: Option<String>,
        /// End after this many seconds.
        #[arg(long)]
        seconds: Option<u64>,
    },
}

fn main() {
    // Not ExitCode, which is a byte: the status for a restart is larger.
    std::process::exit(run(&Arguments::parse()));
}

#[cfg(not(windows))]
fn run(arguments: &Arguments) -> i32 {
    let why = "acxvadctl is for Windows: here, `acxhost` runs the driver in the host";
    eprintln!("{why}");
    if arguments.json {
        println!("{}", serde_json::json!({ "error": why }));
    }
    acxvadctl::exit::USAGE
}

#[cfg(windows)]
fn run(arguments: &Arguments) -> i32 {
    match commands::run(arguments) {
        Ok(status) => status,
        Err(failure) => {
            eprintln!("acxvadctl: {}", failure.error);
            if failure.json {
                println!("{}", failure.error.value());
            }
            failure.error.status()
        }
    }
}

#[cfg(windows)]
mod commands {
    use std::path::{Path, PathBuf};

    use acx_client::endpoint::Endpoint;
    use acx_client::hidden::HiddenEnd;
    use acx_client::telemetry::{self, Counters};
    use acx_client::{Direction, Failed as RequestFailed, Windows as Installed};
    use acxvadctl::follow::{State, follow};
    use acxvadctl::install::{self, Step};
    use acxvadctl::playing::Playing;
    use acxvadctl::system::{Failed, Restart, System};
    use acxvadctl::trim::{self, Trim};
    use acxvadctl::windows::Windows;
    use acxvadctl::{SERVICE, exit, settings, status};
    use serde_json::json;

    use super::{Arguments, Command};

    /// Status 2 for wrong input, 1 for other failures.
    #[derive(Debug, thiserror::Error)]
    pub(super) enum Error {
        #[error(transparent)]
        Install(#[from] install::Error),
        #[error(transparent)]
        Asking(#[from] Failed),
        #[error(transparent)]
        Setting(#[from] settings::Error),
        #[error("there is no device: acxvadctl install FOLDER")]
        NoDevice,
        #[error("no endpoint of acxvad is there: acxvadctl status says why")]
        NoEndpoint,
        #[error(transparent)]
        Device(#[from] wasapi_client::error::Failure),
        #[error(transparent)]
        Trim(#[from] trim::Error),
        #[error("telemetry: {0}: acxvadctl status says what is there")]
        Request(#[from] RequestFailed),
    }

    impl Error {
        pub(super) fn status(&self) -> i32 {
            match self {
                Self::Install(error) => error.exit(),
                Self::Setting(_)
                | Self::Trim(trim::Error::Value(_) | trim::Error::NoEndpoint(_)) => exit::USAGE,
                _ => exit::FAILED,
            }
        }

        pub(super) fn value(&self) -> serde_json::Value {
            let mut value = json!({ "error": self.to_string() });
            if let Self::Install(error) = self {
                value["restart_needed"] = error.restart().0.into();
            }
            value
        }
    }

    /// An error, and whether to print it as JSON.
    pub(super) struct Failure {
        pub(super) error: Error,
        pub(super) json: bool,
    }

    pub(super) fn run(arguments: &Arguments) -> Result<i32, Failure> {
        let json = arguments.json;
        let done =
            Windows::new().map_err(Error::from).and_then(|system| match &arguments.command {
                Command::Install { folder, quiet, dry_run } => {
                    let inf = find(folder.as_deref())?;
                    if *dry_run {
                        Ok(show(&install::plan(&system, &inf)?, json))
                    } else {
                        put(&system, &inf, *quiet, json)
                    }
                }
                Command::Uninstall { dry_run: true } => Ok(show(&install::removal(&system)?, json)),
                Command::Uninstall { dry_run: false } => take_away(&system, json),
                Command::Status => {
                    let status = status::ask(&system)?;
                    if json {
                        println!("{}", status.value());
                    } else {
                        println!("{status}");
                    }
                    Ok(if status.is_complete() { exit::DONE } else { exit::FAILED })
                }
                Command::Settings { set, restart } => change(&system, set, *restart, json),
                Command::Telemetry => counters(json),
                Command::Trim { endpoint, value } => trim(endpoint, value.as_deref(), json),
                Command::Follow { endpoint, device, seconds } => {
                    follow_device(endpoint, device.as_deref(), *seconds, json)
                }
            });
        done.map_err(|error| Failure { error, json })
    }

    fn show(steps: &[Step], json: bool) -> i32 {
        let steps: Vec<_> = steps.iter().map(ToString::to_string).collect();
        if json {
            println!("{}", json!({ "would": steps }));
        } else if steps.is_empty() {
            println!("nothing to do");
        } else {
            for step in steps {
                println!("would {step}");
            }
        }
        exit::DONE
    }

    /// Steps are not printed with --json.
    fn teller(json: bool) -> impl FnMut(&Step) {
        move |step| {
            if !json {
                println!("{step}");
            }
        }
    }

    /// The package given, or the one that came with this program.
    fn find(folder: Option<&Path>) -> Result<PathBuf, Error> {
        let found = match (folder, std::env::current_exe()) {
            (None, Ok(program)) => install::package_beside(&program),
            (folder, _) => install::package(folder.unwrap_or(Path::new("package"))),
        };
        Ok(found?)
    }

    fn put(system: &Windows, inf: &Path, quiet: bool, json: bool) -> Result<i32, Error> {
        let done = install::install(system, inf, !quiet, &mut teller(json || quiet))?;
        if quiet {
            return Ok(done.exit());
        }
        if json {
            let mut value = done.status.value();
            value["restart_needed"] = done.restart.0.into();
            value["default_moved"] = done.default_moved.into();
            println!("{value}");
        } else {
            println!("{}", done.status);
            if done.restart.0 {
                println!("Windows has to restart before this takes effect");
            }
            if done.default_moved {
                println!(
                    "Windows has chosen another default device: change it back in the sound settings"
                );
            }
        }
        Ok(done.exit())
    }

    fn take_away(system: &Windows, json: bool) -> Result<i32, Error> {
        let restart = install::uninstall(system, &mut teller(json))?;
        if json {
            println!("{}", json!({ "uninstalled": true, "restart_needed": restart.0 }));
        } else if restart.0 {
            println!("gone after a restart");
        } else {
            println!("nothing of acxvad is left");
        }
        Ok(restart.exit())
    }

    fn change(system: &Windows, set: &[String], restart: bool, json: bool) -> Result<i32, Error> {
        // All of them are checked before the first is written.
        let values = set.iter().map(|text| settings::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let devices = system.devices()?;
        if devices.is_empty() {
            return Err(Error::NoDevice);
        }
        let mut wanted = Restart::default();
        let mut found = serde_json::Map::new();
        for device in &devices {
            for (name, value) in &values {
                system.set_setting(&device.id, name, value)?;
            }
            if restart {
                wanted.0 |= system.restart_device(&device.id)?.0;
            }
            let mut own = serde_json::Map::new();
            for (name, value) in settings::read(system, &device.id)? {
                let shown = settings::shown(&name, &value);
                if !json {
                    println!("{}  {name} = {shown}", device.id);
                }
                own.insert(name, shown.into());
            }
            found.insert(device.id.clone(), own.into());
        }
        if json {
            println!("{}", json!({ "settings": found, "restart_needed": wanted.0 }));
        } else if wanted.0 {
            println!("Windows has to restart before this takes effect");
        } else if !values.is_empty() && !restart {
            println!(
                "they take effect when the device starts again: give --restart, or restart Windows"
            );
        }
        Ok(wanted.exit())
    }

    fn trim(endpoint: &str, value: Option<&str>, json: bool) -> Result<i32, Error> {
        let value = value.map(str::parse::<Trim>).transpose()?;
        let now = trim::run(&Installed::new(SERVICE), endpoint, value)?;
        if json {
            println!("{}", json!({ "endpoint": endpoint, "clock_trim_ppm": now.ppm() }));
        } else {
            println!("{endpoint}: {now}");
        }
        Ok(exit::DONE)
    }

    fn follow_device(
        endpoint: &str,
        device: Option<&str>,
        seconds: Option<u64>,
        json: bool,
    ) -> Result<i32, Error> {
        let com = wasapi_client::com::Com::start()?;
        let mut playing = Playing::open(&com, device)?;
        let system = Installed::new(SERVICE);
        let cable = trim::endpoint(&system, endpoint)?;
        if !json {
            println!("{endpoint} follows {}", playing.name());
        }
        let (mut passed, mut last) = (0, None);
        follow(&system, &cable, &mut playing, &mut |report| {
            passed += 1;
            if json {
                let state = if report.state == State::Locked { "locked" } else { "acquiring" };
                println!(
                    "{}",
                    json!({
                        "seconds": passed, "state": state, "clock_trim_ppm": report.trim.ppm(),
                        "device_is_heard": report.is_heard,
                    })
                );
            } else if last != Some((report.state, report.is_heard)) {
                let state = match (report.state, report.is_heard) {
                    (_, false) => "the device says nothing; the trim stays",
                    (State::Acquiring, true) => "looking for the rate",
                    (State::Locked, true) => "in step",
                };
                println!("{passed:>6} s  {}  {state}", report.trim);
                last = Some((report.state, report.is_heard));
            }
            seconds.is_none_or(|seconds| passed < seconds)
        })?;
        Ok(exit::DONE)
    }

    fn counters(json: bool) -> Result<i32, Error> {
        let system = Installed::new(SERVICE);
        let (mut streams, mut is_there) = (Vec::new(), false);
        for direction in [Direction::Render, Direction::Capture] {
            let hidden = HiddenEnd::all(&system, direction)?.into_iter().map(|end| end.endpoint);
            for endpoint in Endpoint::all(&system, direction)?.into_iter().chain(hidden) {
                streams.extend(telemetry::counters(&endpoint)?);
                is_there = true;
            }
        }
        if !is_there {
            return Err(Error::NoEndpoint);
        }
        if json {
            let streams: Vec<_> = streams.iter().map(Counters::value).collect();
            println!("{}", json!({ "streams": streams }));
        } else if streams.is_empty() {
            println!("no stream is open");
        } else {
            println!("{}", telemetry::HEAD);
            for stream in streams {
                println!("{stream}");
            }
        }
        Ok(exit::DONE)
    }
}
