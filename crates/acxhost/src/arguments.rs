//! The command line.

use std::path::PathBuf;

use acx_conform::run::Time;
use acx_conform::suite::Level;
use acx_host::Rule;
use acx_host::machine::Setting;
use acxhost::subject::Source;
use acxvad_abi::settings::{self, Kind};
use clap::builder::Resettable;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// The end of each command's `--help`.
const EXIT_STATUS: &str = "\
Exit status:
  0    the command did what it says, and found nothing wrong
  1    something is wrong with the driver or the stream: it does not load or
       start, a glitch, a failed case, a broken rule, a difference
  2    nothing could be tried: the command line or a file cannot be used, or
       the driver has nothing that the command is about, such as an endpoint;
       the message says what
  130  stopped by a second Ctrl-C";

/// Runs an ACX driver in this process: streams audio through it, shows it, and tests it.
#[derive(Parser)]
#[command(name = "acxhost", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Make the host behave as in this file: answers of `probe --json`, for instance from Windows,
    /// or a trace as for `trace --compare`. May be repeated.
    #[arg(long, global = true, value_name = "ANSWERS.json", conflicts_with = "live")]
    pub(crate) assume: Vec<PathBuf>,
    /// Print one JSON object on standard output, and nothing else.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Run this driver image (x64 on x86-64 Linux, ARM64 on AArch64 Linux) instead of the driver
    /// that is linked in. Repeat it for drivers that make endpoints together: they are loaded in
    /// this order.
    #[arg(long, global = true, value_name = "PATH.sys")]
    pub(crate) driver: Vec<PathBuf>,
    /// Use an installed driver (Windows), by its service, instead of one in the host.
    #[arg(
        long,
        global = true,
        hide = cfg!(not(windows)),
        value_name = "SERVICE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "acxvad",
        conflicts_with_all = ["driver", "settings"]
    )]
    pub(crate) live: Option<String>,
    /// Set a value of the device's registry key: a number becomes a REG_DWORD, anything else a
    /// REG_SZ. May be repeated.
    #[arg(long = "set", global = true, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, Setting)>,
    /// Ask this factory for a circuit when the device has started; `topology` lists factories
    /// without a circuit. May be repeated.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "live")]
    pub(crate) ask_factory: Vec<String>,
    /// Do not count violations of a rule of the verifier; `acxhost rules` lists the names. May be
    /// repeated.
    #[arg(long, global = true, value_name = "RULE", value_parser = rule)]
    pub(crate) allow: Vec<Rule>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Play a WAV file to the speaker, and compare it with what the microphone records.
    #[command(
        after_help = "Examples:\n  acxhost play song.wav --record back.wav\n  ffmpeg -i song.mp3 -f wav - | acxhost play -"
    )]
    Play(Play),
    /// Record the microphone.
    #[command(
        after_help = "Examples:\n  acxhost record tone.wav --seconds 3 --source tone\n  acxhost record - --seconds 3 --source tone | ffplay -"
    )]
    Record(Record),
    /// Show circuits, pins, formats and elements as a tree.
    #[command(after_help = "Example:\n  acxhost topology --set Cables=2")]
    Topology,
    /// Show the rules that the verifier checks.
    #[command(after_help = "Example:\n  acxhost rules")]
    Rules,
    /// Ask questions that ACX's documentation leaves open, and show the host's answers.
    ///
    #[cfg_attr(windows, doc = "With --live Windows is asked (not tried there).")]
    #[cfg_attr(windows, doc = "")]
    /// With --json the answers are a file for --compare and --assume. It takes a second.
    #[command(
        after_help = "Examples:\n  acxhost probe --json > host.json\n  acxhost probe --compare host.json windows.json"
    )]
    Probe {
        /// Show the differences between two files of answers; exit status 1 if there are any.
        #[arg(long, num_args = 2, value_names = ["A.json", "B.json"], conflicts_with_all = ["driver", "live", "settings", "assume"])]
        compare: Option<Vec<PathBuf>>,
    },
    /// Stream as a client at every endpoint while the driver traces its callbacks, and show them.
    ///
    /// Meanwhile the driver's setting TraceCallbacks is 1. With --json the trace is a file for
    /// --compare.
    #[cfg_attr(
        windows,
        doc = "With --live the client alone runs; docs/telemetry.md says how to take the trace."
    )]
    #[command(
        after_help = "Examples:\n  acxhost trace --json > host.json\n  acxhost trace --compare host.json windows.xml"
    )]
    Trace {
        /// Show the first difference of two traces: files of `trace --json`, or `tracerpt -of XML`
        /// of Windows. Exit status 1 if there is one.
        #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["driver", "live", "settings", "assume"])]
        compare: Option<Vec<PathBuf>>,
    },
    /// Play and record on every cable, and show the driver's counters meanwhile.
    #[command(
        after_help = "Examples:\n  acxhost watch --stall 30\n  acxhost watch --fast --seconds 60 --json"
    )]
    Watch {
        /// How long; fractions are fine.
        #[arg(long, default_value = "10", value_parser = seconds)]
        seconds: f64,
        #[command(flatten)]
        speed: Speed,
        /// Stall the whole machine for this many milliseconds every second.
        #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000))]
        stall: u64,
    },
    /// Let programs on this machine play and record through the driver: its endpoints become
    /// devices of PulseAudio or PipeWire.
    ///
    /// Each speaker is a sink and each microphone a source, beside the real ones, until Ctrl-C.
    /// --json prints a line when they exist, one every second, and one at the end.
    #[cfg(target_os = "linux")]
    #[command(
        after_help = "Examples:\n  acxhost serve\n  acxhost serve --seconds 60 --json\n  paplay --device=Speaker0 song.wav   (elsewhere, meanwhile)\n  parec --device=Microphone0 --file-format=wav back.wav"
    )]
    Serve(Serve),
    /// Play and compare hours of audio, in virtual time.
    #[command(after_help = "Example:\n  acxhost soak --hours 24")]
    Soak {
        /// Hours of audio; fractions are fine.
        #[arg(long, value_parser = hours)]
        hours: f64,
    },
    /// Measure the cost of packets, position queries, streams and starts, of one driver or of two
    /// in turns.
    ///
    /// A time includes everything in the process: the driver, the host's timers, events and
    /// requests with the verifier's checks, and the client. The host's page protection is off;
    /// a second run with it on, which is not timed, looks for broken rules.
    #[command(
        after_help = "Example:\n  acxhost --driver target/image/x64/acxvad.sys bench --against target/c-driver/cable.sys"
    )]
    Bench {
        /// The driver to compare with.
        #[arg(long, value_name = "PATH.sys")]
        against: Option<PathBuf>,
        /// How many rounds.
        #[arg(long, default_value_t = 101, value_parser = clap::value_parser!(u16).range(1..=10_000))]
        rounds: u16,
        /// Streams at the speaker, and as many at the microphone.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=32))]
        streams: u8,
    },
    /// Write one HTML page with every result: conformance, rules, faults, completions, jitter, null
    /// test, growth, cost.
    #[command(
        after_help = "Example:\n  acxhost --driver target/image/x64/acxvad.sys report --out report.html"
    )]
    Report {
        /// The file to write; `-` is standard output.
        #[arg(long, value_name = "OUT.html", default_value = "report.html")]
        out: PathBuf,
        /// Run less of everything: half a minute on two idle cores, minutes on a busy machine.
        #[arg(long, conflicts_with = "full")]
        quick: bool,
        /// Run more of everything: two minutes on two idle cores, a quarter of an hour on a busy
        /// machine.
        #[arg(long)]
        full: bool,
        /// Print the summary as Markdown.
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
    },
    /// Run the conformance suite.
    #[command(
        after_help = "Examples:\n  acxhost conform --level b\n  acxhost --driver yours.sys conform --case B12"
    )]
    Conform {
        /// Only this level: a, the conditions of Microsoft's tests; b, further promises of the
        /// contracts.
        #[arg(long)]
        level: Option<LevelArgument>,
        /// Only this case, such as W1 or B5.
        #[arg(long)]
        case: Option<String>,
        #[command(flatten)]
        speed: Speed,
        /// Run the cases that are possible through WASAPI (Windows), on the endpoints with these
        /// parts in their names, else on the default ones.
        #[arg(long, hide = cfg!(not(windows)), num_args = 0..=2, value_names = ["SPEAKER", "MICROPHONE"], conflicts_with_all = ["realtime", "fast", "live", "driver", "settings"])]
        wasapi: Option<Vec<String>>,
    },
    /// Stream on many cables at once, and show glitches, lateness, memory and processor time.
    #[command(
        after_help = "Examples:\n  acxhost load --cables 4 --streams 64\n  acxhost load --overload"
    )]
    Load(Load),
    /// Fault injection: fail every fallible call in turn, and in pairs, per scenario.
    #[command(
        after_help = "Examples:\n  acxhost faults --scenario play-event\n  acxhost faults --all --pairs 100"
    )]
    Faults(Faults),
    /// Write a shell's completions of commands and flags, to standard output.
    #[command(
        after_help = "Examples:\n  acxhost completions bash > ~/.local/share/bash-completion/completions/acxhost\n  acxhost completions powershell >> $PROFILE"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual page, to standard output.
    #[command(after_help = "Example:\n  acxhost man | man -l -")]
    Man,
}

/// The command line as clap knows it; each command's help ends with the exit status.
pub(crate) fn command() -> clap::Command {
    let command = Arguments::command().after_help(EXIT_STATUS);
    let names: Vec<_> = command.get_subcommands().map(|own| own.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |own| {
            let examples = own.get_after_help().map(ToString::to_string).unwrap_or_default();
            own.after_help(format!("{examples}\n\n{EXIT_STATUS}"))
        })
    })
}

/// Like [`command`], with only the flags that work on this system, because shells complete hidden
/// flags too.
pub(crate) fn visible() -> clap::Command {
    fn of(command: &clap::Command) -> clap::Command {
        let shown = command.get_arguments().filter(|own| !own.is_hide_set());
        // A conflict may name a hidden flag; conflicts matter only for parsing.
        let shown = shown.cloned().map(|own| own.conflicts_with(Resettable::Reset));
        clap::Command::new(command.get_name().to_owned())
            .about(command.get_about().cloned().unwrap_or_default())
            .args(shown)
            .subcommands(command.get_subcommands().map(of))
    }
    of(&command()).version(env!("CARGO_PKG_VERSION"))
}

/// The arguments of the program. An invalid command line ends it with exit status 2.
pub(crate) fn given() -> Arguments {
    let matches = command().get_matches();
    Arguments::from_arg_matches(&matches).unwrap_or_else(|wrong| wrong.exit())
}

impl Command {
    /// The part of it that works only in the host.
    pub(crate) fn host_only(&self) -> Option<&'static str> {
        match self {
            Self::Soak { .. } => Some("soak"),
            Self::Load(_) => Some("load"),
            Self::Faults(_) => Some("faults"),
            Self::Bench { .. } => Some("bench"),
            #[cfg(target_os = "linux")]
            Self::Serve(_) => Some("serve"),
            Self::Report { .. } => Some("report"),
            Self::Watch { speed: Speed { fast: true, .. }, .. } => Some("watch --fast"),
            Self::Conform { speed: Speed { fast: true, .. }, .. } => Some("conform --fast"),
            Self::Play(Play { speed: Speed { fast: true, .. }, .. }) => Some("play --fast"),
            Self::Record(Record { speed: Speed { fast: true, .. }, .. }) => Some("record --fast"),
            Self::Watch { stall: 1.., .. } => Some("watch --stall"),
            Self::Record(Record { source: Source::Tone | Source::Silence, .. }) => {
                Some("record --source")
            }
            _ => None,
        }
    }
}

/// The levels of the suite.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LevelArgument {
    /// Microsoft's conditions.
    A,
    /// Further promises of the contracts.
    B,
}

impl From<LevelArgument> for Level {
    fn from(level: LevelArgument) -> Self {
        match level {
            LevelArgument::A => Self::A,
            LevelArgument::B => Self::B,
        }
    }
}

/// The speed of time: the same two flags for each command that streams.
#[derive(Args, Clone, Copy)]
pub(crate) struct Speed {
    /// In real time, as hardware runs: the default of `watch`. `conform` leaves out the cases that
    /// need virtual time.
    #[arg(long, conflicts_with = "fast")]
    pub(crate) realtime: bool,
    /// In virtual time, as fast as the processor can: the default of the other commands.
    #[arg(long)]
    pub(crate) fast: bool,
}

impl Speed {
    /// The kind of time; `usual` if no flag is given.
    pub(crate) fn or(self, usual: Time) -> Time {
        match self {
            Self { realtime: true, .. } => Time::Real,
            Self { fast: true, .. } => Time::Virtual,
            _ => usual,
        }
    }
}

#[cfg(target_os = "linux")]
#[derive(Args)]
pub(crate) struct Serve {
    /// How long; fractions are fine. Without it, until Ctrl-C.
    #[arg(long, value_parser = seconds)]
    pub(crate) seconds: Option<f64>,
    /// Duration of a packet in milliseconds.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) period_ms: u32,
    /// Audio that is buffered in each direction beyond a packet, in milliseconds, to bridge late
    /// turns.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) reserve_ms: u32,
    /// Read changes of the driver's endpoints from standard input: `volume Speaker0 -6`, `mute
    /// Speaker0 on`, `jack Speaker0 out`, `rate Speaker0 44100`.
    #[arg(long)]
    pub(crate) orders: bool,
}

#[derive(Args)]
pub(crate) struct Play {
    /// A WAV file, PCM of 8 to 32 bits or float; `-` is standard input. Without it a short tune is
    /// played.
    ///
    /// The file may be longer than memory or endless: it is played as it is read. Ctrl-C ends it.
    pub(crate) input: Option<PathBuf>,
    /// Write what the microphone records to this file; `-` is standard output.
    #[arg(long, value_name = "OUT.wav")]
    pub(crate) record: Option<PathBuf>,
    /// Duration of a packet in milliseconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) period_ms: u32,
    /// Stream with one packet and positions instead of two packets and an event.
    #[arg(long)]
    pub(crate) timer_driven: bool,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Which cable, counted from 0.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..16))]
    pub(crate) cable: u8,
}

#[derive(Args)]
pub(crate) struct Record {
    /// The WAV file to write; `-` is standard output. Ctrl-C ends it early.
    pub(crate) output: PathBuf,
    /// How long; fractions are fine.
    #[arg(long, value_parser = seconds)]
    pub(crate) seconds: f64,
    /// What the microphone records.
    #[arg(long, value_enum, default_value_t = Source::Cable)]
    pub(crate) source: Source,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// Which cable, counted from 0.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..16))]
    pub(crate) cable: u8,
}

#[derive(Args)]
pub(crate) struct Load {
    /// Cables.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub(crate) cables: u32,
    /// Streams, spread over both ends of the cables.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) streams: u32,
    /// Duration of a packet in milliseconds.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) period_ms: u32,
    /// How long; fractions are fine. With --growth for each row, with --overload for each part.
    #[arg(long, default_value = "10", value_parser = seconds)]
    pub(crate) seconds: f64,
    /// Hours of virtual time; fractions are fine.
    #[arg(long, value_parser = hours, conflicts_with_all = ["seconds", "realtime"])]
    pub(crate) hours: Option<f64>,
    #[command(flatten)]
    pub(crate) speed: Speed,
    /// With 1, 2, 4 streams and so on.
    #[arg(long, conflicts_with = "overload")]
    pub(crate) growth: bool,
    /// Go past the limit and back, in virtual time: late timers, clients that stop writing, stalls.
    #[arg(long, conflicts_with_all = ["realtime", "hours"])]
    pub(crate) overload: bool,
}

#[derive(Args)]
pub(crate) struct Faults {
    /// Only this scenario, such as play-event.
    #[arg(long, value_name = "NAME")]
    pub(crate) scenario: Option<String>,
    /// How many calls of each function to fail per scenario, spread evenly.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) each: u16,
    /// Fail every call: ten seconds on an idle machine, minutes on a busy one.
    #[arg(long, conflicts_with = "each")]
    pub(crate) all: bool,
    /// How many pairs of calls to fail per scenario.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) pairs: u32,
    /// The seed of the pairs.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

fn setting(text: &str) -> Result<(String, Setting), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("give NAME=VALUE, such as Cables=2; docs/settings.md lists the names")?;
    let number = match value.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => value.parse().ok().or_else(|| value.parse().ok().map(i32::cast_unsigned)),
    };
    // A name may consist of digits.
    let number = number.filter(|_| settings::kind_of(name) != Some(Kind::Name));
    Ok((name.to_owned(), number.map_or_else(|| Setting::from(value), Setting::from)))
}

/// A rule of the verifier, by its name.
fn rule(text: &str) -> Result<Rule, String> {
    let found = Rule::ALL.iter().find(|rule| rule.name().eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        format!("not a rule of the verifier; there are {}", names.join(", "))
    })
}

fn hours(text: &str) -> Result<f64, String> {
    span(text, 0.001, 8760.0, "hours")
}

fn seconds(text: &str) -> Result<f64, String> {
    span(text, 0.001, 86_400.0, "seconds")
}

fn span(text: &str, least: f64, most: f64, unit: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("give a number of {unit} from {least} to {most}"))
}
