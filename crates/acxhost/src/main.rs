//! `acxhost`: the command line of the host and of the conformance suite.

mod arguments;
mod play;
#[cfg(target_os = "linux")]
mod serving;
mod sound;
mod summary;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use acx_client::System;
use acx_conform::run::{Findings, RunError, Time};
use acx_conform::suite::{self, Level, Selection, Transport};
use acx_conform::{Driver, Subject, bench, faults, load, soak};
use acx_host::image::ImageError;
use acx_host::machine::Setting;
use acx_host::{Image, Rule};
use acxhost::probe;
use acxhost::probe::answers::{Answer, Answers, AnswersError, Comparison};
use acxhost::probe::assume::Assumed;
use acxhost::probe::observe;
use acxhost::report::{self, Depth};
#[cfg(target_os = "linux")]
use acxhost::serve;
use acxhost::subject::{self, NotInstalled, STREAMS_OF_A_CABLE};
use acxhost::topology::Inside;
use acxhost::trace::{self, Trace, TraceError};
use acxhost::{given, topology, watch};
use indicatif::ProgressStyle;
use serde_json::json;
use wave::output::{Output, OutputError};
use wave::wav::WavError;

use crate::arguments::{Arguments, Command, Faults, Load};
use crate::summary::{Summary, bar};

/// The maximum number of events printed; `--json` has all of them.
const SHOWN: usize = 20;

/// The failure of a command: exit status 2 for wrong input, 1 for other errors.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Wav(#[from] WavError),
    #[error(transparent)]
    Output(#[from] OutputError),
    #[error(transparent)]
    Image(#[from] ImageError),
    #[error("{path}: {error}: convert the file")]
    Format { path: PathBuf, error: RunError },
    #[error("{0}; choose another one, or give acxvad more with --set Cables=N")]
    NoCable(RunError),
    #[error("{path}: nothing to write: {why}; leave out --record to play anyway")]
    NotHeard { path: PathBuf, why: String },
    #[error(transparent)]
    NotInstalled(#[from] NotInstalled),
    #[error(transparent)]
    Run(RunError),
    #[error("{0}: not a case of the suite; `acxhost conform` lists them")]
    NoSuchCase(String),
    #[error("{0}: not a scenario; there are {1}")]
    NoSuchScenario(String, String),
    #[error(
        "--streams {streams}: {cables} cables take {most}; give it fewer, or more --cables (16 at most)"
    )]
    TooManyStreams { streams: u32, cables: u32, most: u32 },
    #[error("--wasapi: {0}")]
    Wasapi(String),
    #[error(transparent)]
    Answers(#[from] AnswersError),
    #[error(transparent)]
    Trace(#[from] TraceError),
    #[cfg(target_os = "linux")]
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    #[error("--set: {0}")]
    Setting(String),
    #[error("`{0}` runs only in the host; it cannot be combined with --live")]
    HostOnly(&'static str),
}

impl From<RunError> for Failure {
    fn from(why: RunError) -> Self {
        match why {
            RunError::NoCable { .. } => Self::NoCable(why),
            _ => Self::Run(why),
        }
    }
}

impl Failure {
    /// Converts an error of streaming: an error of the played file names it; `output` is the file
    /// being written.
    fn of_audio(why: RunError, output: &Path) -> Self {
        match why {
            RunError::Audio(error) => match error.downcast() {
                Ok(wrong) => Self::Wav(wrong),
                Err(error) => OutputError::of(sound::output_name(output), &error).into(),
            },
            why => why.into(),
        }
    }

    fn status(&self) -> u8 {
        match self {
            Self::Run(why) => summary::status_of(why),
            // A server that goes away, and a stream that it ends.
            #[cfg(target_os = "linux")]
            Self::Serve(serve::ServeError::Killed(_) | serve::ServeError::Driver(_)) => 1,
            #[cfg(target_os = "linux")]
            Self::Serve(serve::ServeError::Server(serve::ServerError::Lost(_))) => 1,
            _ => 2,
        }
    }
}

fn main() -> ExitCode {
    let arguments = arguments::given();
    let json = arguments.json;
    match run(arguments) {
        Ok(summary) => {
            summary.print(json);
            ExitCode::from(summary.status)
        }
        Err(failure) => {
            summary::complain(&failure.to_string());
            if json {
                summary::print_line(&json!({ "error": failure.to_string() }).to_string());
            }
            ExitCode::from(failure.status())
        }
    }
}

/// Checks settings for acxvad.
fn checked(settings: Vec<(String, Setting)>) -> Result<Vec<(String, Setting)>, Failure> {
    let one = |(name, value): (String, Setting)| {
        let value = subject::setting(&name, &value).map_err(Failure::Setting)?;
        Ok((name, value))
    };
    settings.into_iter().map(one).collect()
}

fn run(arguments: Arguments) -> Result<Summary, Failure> {
    let json = arguments.json;
    let subject = match &arguments.live {
        Some(service) => {
            if let Some(what) = arguments.command.host_only() {
                return Err(Failure::HostOnly(what));
            }
            subject::installed(service)?
        }
        None => {
            let mut images = Vec::new();
            for path in &arguments.driver {
                images.push(Image::read(path)?);
            }
            let mut images = images.into_iter();
            subject::of(images.next()).with_drivers(images.map(Driver::Image))
        }
    };
    let settings = if subject::is_acxvad(subject.image()) {
        checked(arguments.settings)?
    } else {
        // The settings of other drivers are not known here.
        arguments.settings
    };
    let mut subject =
        subject.with_settings(settings).allowing(arguments.allow).asking(arguments.ask_factory);
    if !arguments.assume.is_empty() {
        subject = assuming(subject, &arguments.assume)?;
    }
    let done = command(&subject, arguments.command, json);
    let ignored = subject.ignored_settings();
    match done {
        Ok(mut summary) => {
            summary.ignored_settings(&ignored);
            Ok(summary)
        }
        Err(failure) => {
            for what in &ignored {
                summary::complain(what);
            }
            Err(failure)
        }
    }
}

/// Runs a command.
fn command(subject: &Subject, command: Command, json: bool) -> Result<Summary, Failure> {
    match command {
        Command::Play(options) => play::play(subject, &options, json),
        Command::Record(options) => play::record(subject, &options, json),
        Command::Topology => show_topology(subject, json),
        Command::Rules => Ok(rules()),
        Command::Completions { shell } => Ok(completions(shell)),
        Command::Man => Ok(manual()),
        Command::Probe { compare: Some(files) } => compare_answers(&files),
        Command::Probe { compare: None } => run_probe(subject),
        Command::Trace { compare: Some(files) } => compare_traces(&files),
        Command::Trace { compare: None } => run_trace(subject),
        Command::Watch { seconds, speed, stall } => {
            let how = watch::Watch { seconds, stall: Duration::from_millis(stall) };
            run_watch(subject, how, speed.or(Time::Real), json)
        }
        #[cfg(target_os = "linux")]
        Command::Serve(options) => serving::run(subject, &options, json),
        Command::Soak { hours } => run_soak(subject, hours, json),
        Command::Load(options) => run_load(subject, &options, json),
        Command::Faults(options) => run_faults(subject, options, json),
        Command::Bench { against, rounds, streams } => {
            let load = bench::Load { rounds: rounds.into(), streams: streams.into() };
            run_bench(subject, against.as_deref(), load, json)
        }
        Command::Report { out, quick, full, markdown } => {
            let depth = match (quick, full) {
                (true, _) => Depth::Quick,
                (_, true) => Depth::Full,
                _ => Depth::Usual,
            };
            write_report(subject, &out, depth, markdown, json)
        }
        Command::Conform { level, case, speed, wasapi } => {
            let (level, case) = (level.map(Level::from), case.as_deref());
            let selection = Selection { level, case, ..Selection::default() };
            match wasapi {
                Some(names) => over_wasapi(subject, selection, &names, json),
                None => {
                    let host = Transport::Host(speed.or(Time::Virtual));
                    let transport = subject.installed_on().map_or(host, Transport::Live);
                    run_suite(transport, subject, selection, json)
                }
            }
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Summary {
    let mut written = Vec::new();
    clap_complete::generate(shell, &mut arguments::visible(), "acxhost", &mut written);
    let mut summary = Summary::new(json!({ "shell": shell.to_string() }));
    summary.text = String::from_utf8_lossy(&written).into_owned();
    summary
}

/// One page with every command.
fn manual() -> Summary {
    let mut pages = Vec::new();
    let mut command = arguments::command();
    command.build();
    let mut written = clap_mangen::Man::new(command.clone()).render(&mut pages);
    for own in command.get_subcommands().filter(|own| own.get_name() != "help") {
        let page = clap_mangen::Man::new(own.clone());
        written = written
            .and_then(|()| writeln!(pages, ".SH \"ACXHOST {}\"", own.get_name().to_uppercase()))
            .and_then(|()| page.render_description_section(&mut pages))
            .and_then(|()| page.render_options_section(&mut pages))
            .and_then(|()| page.render_extra_section(&mut pages));
    }
    let mut summary = Summary::new(json!({}));
    summary.text = String::from_utf8_lossy(&pages).into_owned();
    if let Err(why) = written {
        summary::complain(&format!("the manual page: {why}"));
        summary.status = 1;
    }
    summary
}

fn show_topology(subject: &Subject, json: bool) -> Result<Summary, Failure> {
    let show = |system: &dyn System, inside: &Inside| {
        let name = subject.name();
        let tree = if json { String::new() } else { topology::tree(&name, system, inside)? };
        Ok((topology::value(system, inside)?, tree))
    };
    let ((value, tree), findings) = match subject.installed_on() {
        Some(system) => (show(system, &Inside::default())?, Findings::default()),
        None => subject.on_device(Time::Virtual, |machine, _| {
            let (idle, missing) = (machine.idle_factories(), machine.missing_circuits());
            show(machine, &Inside { idle, missing })
        })?,
    };
    let mut summary = Summary::new(value);
    summary.text = tree;
    if findings.count() != 0 {
        summary.findings(&findings);
        summary.status = 1;
    }
    Ok(summary)
}

fn rules() -> Summary {
    let rules = Rule::ALL.iter();
    let each = rules.map(|rule| json!({ "name": rule.name(), "rule": rule.explanation() }));
    let mut summary = Summary::new(json!({ "rules": each.collect::<Vec<_>>() }));
    for rule in Rule::ALL {
        summary.row(rule.name(), rule.explanation());
    }
    summary
}

/// Reads a file of answers, or a trace from which some can be derived.
fn answers_of(file: &Path) -> Result<Answers, AnswersError> {
    // Read once: standard input cannot be read again.
    let (bytes, name) =
        given::read(file).map_err(|(path, error)| AnswersError::Read { path, error })?;
    Answers::parse(&bytes, &name).or_else(|why| match Trace::parse(&bytes, &name) {
        Ok(trace) => Ok(observe::of_trace(&trace)),
        Err(_) => Err(why),
    })
}

/// The driver in a host that behaves as in these files.
fn assuming(subject: Subject, files: &[PathBuf]) -> Result<Subject, Failure> {
    let mut assumed = Assumed::default();
    for file in files {
        probe::assume::add(&mut assumed, &answers_of(file)?);
    }
    for (id, answer) in &assumed.unknown {
        summary::complain(&format!(
            "--assume: the host has no such behaviour and keeps its own: {id}: {answer}"
        ));
    }
    Ok(subject.assuming(assumed.assumptions))
}

fn run_probe(subject: &Subject) -> Result<Summary, Failure> {
    let (answers, findings) =
        subject.on_system(Time::Virtual, |system| Ok(probe::ask(system, subject)))?;
    let mut summary = Summary::new(json!(answers));
    let mut apart = Vec::new();
    for (id, ..) in probe::questions() {
        match answers.answers.get(id) {
            Some(Answer::Answered(answer)) => summary.row(id, answer),
            Some(Answer::NotAsked(why)) => apart.push((id, why.as_str())),
            None => {}
        }
    }
    summary.text = summary::apart("not asked", apart.into_iter()).join("\n");
    summary.findings(&findings);
    // What the host alone answers is no answer of the driver's.
    let is_answered = probe::EXPERIMENTS.iter().any(|own| answers.answer(own.id).is_some());
    summary.judge(findings.count() > 0, is_answered);
    Ok(summary)
}

fn compare_answers(files: &[PathBuf]) -> Result<Summary, Failure> {
    let all = files.iter().map(|file| Answers::read(file)).collect::<Result<Vec<_>, _>>()?;
    let [one, other] = all.as_slice() else { return Ok(Summary::new(json!({}))) };
    let Comparison { same, differences, not_compared } = probe::answers::compare(one, other);
    let mut summary = Summary::new(json!({
        "one": one.title(), "other": other.title(), "same": same, "differences": differences,
        "not_compared": not_compared,
    }));
    let shown: Vec<String> = differences.iter().map(ToString::to_string).collect();
    summary.text = shown.join("\n\n");
    summary.row("One", one.title());
    summary.row("Other", other.title());
    summary.row("Same", same);
    summary.row("Different", differences.len());
    summary.row("Not compared", not_compared.len());
    summary.status = u8::from(!differences.is_empty());
    Ok(summary)
}

fn run_trace(subject: &Subject) -> Result<Summary, Failure> {
    if let Some(system) = subject.installed_on() {
        trace::client(system)?;
        let mut summary = Summary::new(json!({ "client": "done" }));
        summary.text = "The client is done. docs/telemetry.md says how the trace is taken.".into();
        return Ok(summary);
    }
    let (trace, findings) = trace::take(subject)?;
    let trace = trace?;
    let mut summary = Summary::new(json!(trace));
    summary.text = trace.calls.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    summary.row("Callbacks", trace.calls.len());
    summary.findings(&findings);
    summary.status = u8::from(findings.count() > 0);
    Ok(summary)
}

fn compare_traces(files: &[PathBuf]) -> Result<Summary, Failure> {
    let all = files.iter().map(|file| Trace::read(file)).collect::<Result<Vec<_>, _>>()?;
    let [one, other] = all.as_slice() else { return Ok(Summary::new(json!({}))) };
    let difference = trace::compare(one, other);
    let mut summary = Summary::new(json!({
        "one": one.title(), "other": other.title(), "difference": difference,
    }));
    summary.text = match &difference {
        Some(difference) => difference.to_string(),
        None => "the callbacks are the same, in the same order".to_owned(),
    };
    summary.row("One", one.title());
    summary.row("Other", other.title());
    summary.status = u8::from(difference.is_some());
    Ok(summary)
}

fn run_watch(
    subject: &Subject,
    how: watch::Watch,
    time: Time,
    json: bool,
) -> Result<Summary, Failure> {
    let machine = subject.builder().real_time(time == Time::Real).build();
    let lines = summary::Lines::new(json);
    let mut show = |_, streams: &[watch::Counters]| lines.show(watch::table(streams));
    let (last, findings) = match subject.installed_on() {
        Some(system) => {
            (watch::watch(subject, system, how, &|_| (), &mut show)?, Findings::default())
        }
        None => subject.on_machine(&machine, |machine, _| {
            watch::watch(subject, machine, how, &|span| machine.stall(span), &mut show)
        })?,
    };
    lines.clear();
    let events: Vec<_> =
        machine.take_trace().filter(acx_host::trace::TraceEvent::is_warning).collect();
    // The table includes the glitch events; other events are shown.
    let (glitch_events, others): (Vec<_>, Vec<_>) = events
        .iter()
        .filter(|event| event.name != "BadSetting")
        .partition(|event| event.name == "Glitch");
    let glitches: u64 = last.iter().map(watch::Counters::anomalies).sum();
    let streams: Vec<_> = last.iter().map(watch::Counters::value).collect();
    let mut summary = Summary::new(json!({
        "streams": streams, "glitches": glitches, "violations": findings.count(),
        "events": events.iter().map(watch::event).collect::<Vec<_>>(),
    }));
    summary.text = watch::table(&last).collect::<Vec<_>>().join("\n");
    summary.row("Glitches", glitches);
    if !glitch_events.is_empty() {
        summary
            .row("Events", format_args!("{} of glitches; --json lists them", glitch_events.len()));
    }
    summary.findings(&findings);
    summary.remarks(others.iter().take(SHOWN).map(ToString::to_string));
    summary.status = u8::from(glitches > 0 || findings.count() > 0);
    Ok(summary)
}

fn run_soak(subject: &Subject, hours: f64, json: bool) -> Result<Summary, Failure> {
    let seconds = (hours * 3600.0).round().max(1.0) as u64;
    let progress = bar(seconds, "seconds of audio", json);
    let (found, findings) = subject.on_device(Time::Virtual, |machine, _| {
        let span = Duration::from_secs(seconds);
        soak::soak(subject, machine, span, &mut |done| progress.set_position(done))
    })?;
    progress.finish_and_clear();
    let mut summary = Summary::new(json!({
        "hours": hours,
        "frames_played": found.frames,
        "frames_compared": found.compared,
        "bytes_different": found.different,
        "glitches": found.glitches,
        "packets_completed": found.packets,
        "drift_frames": found.drift,
        "latency_frames": found.latency,
        "violations": findings.count(),
    }));
    summary.row("Audio", format_args!("{hours} h at {}", found.format));
    summary.row("Frames played", found.frames);
    summary.row("Frames compared", found.compared);
    summary.row("Bytes different", found.different);
    summary.row("Packets completed", found.packets);
    summary.row("Glitches", found.glitches);
    summary.row("Drift", format_args!("{} frames", found.drift));
    summary.row("Latency", format_args!("{} frames", found.latency));
    summary.findings(&findings);
    let clean = found.different == 0
        && found.compared > 0
        && found.glitches == 0
        && found.drift == 0
        && findings.count() == 0;
    summary.status = u8::from(!clean);
    Ok(summary)
}

fn run_load(subject: &Subject, given: &Load, json: bool) -> Result<Summary, Failure> {
    let Load { cables, streams, period_ms, speed, .. } = *given;
    let most = cables * STREAMS_OF_A_CABLE;
    // Other drivers' cables and streams cannot be configured.
    if streams > most && subject.name() == subject::linked_name() {
        return Err(Failure::TooManyStreams { streams, cables, most });
    }
    let span = Duration::from_secs_f64(given.hours.map_or(given.seconds, |hours| hours * 3600.0));
    let realtime = speed.or(Time::Virtual) == Time::Real;
    let options = load::Options { cables, streams, period_ms, realtime, span };
    if given.overload {
        return run_overload(subject, options, json);
    }
    let rows = if given.growth {
        let progress = bar(0, "% of all rows", json);
        progress.set_length(100);
        let rows = load::growth(subject, options, &mut |done, all| {
            progress.set_position((100.0 * done / all as f64) as u64);
        })?;
        progress.finish_and_clear();
        rows
    } else {
        let progress = bar(span.as_secs().max(1), "seconds of audio", json);
        let row = load::load(subject, options, &mut |done| progress.set_position(done as u64))?;
        progress.finish_and_clear();
        vec![row]
    };
    let wrong = rows.iter().filter(|row| !row.is_clean()).count();
    let mut summary = Summary::new(json!({ "loads": rows, "unclean": wrong }));
    summary.status = u8::from(wrong > 0);
    if given.growth {
        let lines = rows.iter().map(|row| row.line(&rows[0]));
        summary.text =
            std::iter::once(load::HEAD.to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
    } else {
        summary.rows(rows[0].rows());
    }
    summary.remarks(rows.iter().flat_map(|row| row.violations.iter().cloned()));
    Ok(summary)
}

fn run_overload(subject: &Subject, options: load::Options, json: bool) -> Result<Summary, Failure> {
    let progress = bar(load::PHASES.len() as u64, "parts", json);
    let found = load::overload(subject, options, &mut |done| progress.set_position(done as u64))?;
    progress.finish_and_clear();
    let mut summary = Summary::new(json!({ "overload": found }));
    summary.text = found.phases.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    match &found.not_compared {
        Some(why) => summary.row("Not compared", why),
        None => summary.row("Wrong frames", found.wrong()),
    }
    summary.row("Recovered", if found.recovered { "yes" } else { "no" });
    summary.row("Violations", found.violations.len());
    summary.status = u8::from(!found.is_orderly());
    summary.remarks(found.violations.into_iter());
    Ok(summary)
}

fn run_faults(subject: &Subject, options: Faults, json: bool) -> Result<Summary, Failure> {
    let how = faults::Options {
        scenario: options.scenario,
        each: (!options.all).then_some(usize::from(options.each)),
        pairs: options.pairs as usize,
        seed: options.seed,
    };
    let progress = bar(0, "failures", json);
    let scenarios = faults::run(subject, &how, &mut |name, done, all| {
        progress.set_message(name);
        progress.set_length(all as u64);
        progress.set_position(done as u64);
    })?;
    progress.finish_and_clear();
    if let Some(name) = how.scenario.filter(|_| scenarios.is_empty()) {
        return Err(Failure::NoSuchScenario(name, faults::names().join(", ")));
    }
    let sum = |count: &dyn Fn(&faults::ScenarioFaults) -> usize| -> usize {
        scenarios.iter().map(count).sum()
    };
    let (calls, failed) = (sum(&|own| own.calls), sum(&faults::ScenarioFaults::failed));
    let (pairs, wrong) = (sum(&|own| own.pairs), sum(&|own| own.violations.len()));
    let mut summary = Summary::new(json!({
        "driver": subject.name(), "seed": how.seed, "calls": calls, "failed_in_turn": failed,
        "pairs": pairs, "violations": wrong, "scenarios": scenarios,
    }));
    let tried = scenarios.iter().filter(|own| own.does_not_apply.is_none());
    let mut lines: Vec<_> = tried.map(ToString::to_string).collect();
    let is_tried = !lines.is_empty();
    if is_tried {
        lines.insert(0, faults::HEAD.to_owned());
    }
    lines.extend(summary::apart(
        "does not apply",
        scenarios.iter().filter_map(|own| Some((own.name, own.does_not_apply.as_deref()?))),
    ));
    summary.text = lines.join("\n");
    summary.row("Calls that can fail", calls);
    summary.row("Failed in turn", failed);
    summary.row("Pairs", format_args!("{pairs}, seed {}", how.seed));
    summary.row("Violations", wrong);
    summary.remarks(
        scenarios
            .iter()
            .flat_map(|own| own.violations.iter().map(|why| format!("{}: {why}", own.name))),
    );
    summary.judge(wrong > 0, is_tried);
    Ok(summary)
}

fn run_bench(
    subject: &Subject,
    against: Option<&Path>,
    load: bench::Load,
    json: bool,
) -> Result<Summary, Failure> {
    let second = against.map(Image::read).transpose()?;
    let second = second.map(|image| subject::image(image).with_settings(subject.settings.clone()));
    let progress = bar(load.rounds as u64, "rounds", json);
    let found = bench::bench(subject, second.as_ref(), load, &mut |done| {
        progress.set_position(done as u64);
    })?;
    progress.finish_and_clear();
    let mut summary = Summary::new(json!(found));
    summary.text = found.to_string();
    let mut findings = found.driver.findings;
    if let Some(against) = found.against {
        findings.violations.extend(against.findings.violations);
        findings.gaps.extend(against.findings.gaps);
    }
    summary.findings(&findings);
    summary.status = u8::from(findings.count() > 0);
    Ok(summary)
}

fn write_report(
    subject: &Subject,
    out: &Path,
    depth: Depth,
    markdown: bool,
    json: bool,
) -> Result<Summary, Failure> {
    let output = (!sound::is_pipe(out)).then(|| Output::create(out, None)).transpose()?;
    let progress = bar(1, "", json);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}") {
        progress.set_style(style);
    }
    let found = report::collect(subject, depth, &mut |what, done, all| {
        progress.set_message(what.to_owned());
        progress.set_length(all as u64);
        progress.set_position(done as u64);
    });
    progress.finish_and_clear();
    let page = report::page::page(&found);
    let mut summary = Summary::new(json!(found));
    match output {
        Some(output) => output.finish(|file| file.write_all(page.as_bytes()))?,
        None => {
            summary::print_line(&page);
            summary.aside = true;
        }
    }
    if markdown {
        summary.text = found.markdown();
    } else {
        let said = |figures: &[String]| figures.iter().any(|figure| figure != report::NOTHING);
        for (claim, figures) in found.summary().into_iter().filter(|(_, own)| said(own)) {
            summary.row(claim, figures.join("; "));
        }
        summary.row("Page", sound::output_name(out).display());
    }
    summary.remarks(found.missing.iter().map(|why| format!("One driver only: {why}")));
    summary.judge(found.is_wrong(), found.is_tried());
    Ok(summary)
}

#[cfg(windows)]
fn over_wasapi(
    subject: &Subject,
    selection: Selection<'_>,
    names: &[String],
    json: bool,
) -> Result<Summary, Failure> {
    let wrong = |why: wasapi_client::error::Failure| Failure::Wasapi(why.to_string());
    let com = wasapi_client::com::Com::start().map_err(wrong)?;
    let [speaker, microphone] = [0, 1].map(|at| names.get(at).map(String::as_str));
    let ends = suite::wasapi::Endpoints::find(&com, speaker, microphone).map_err(wrong)?;
    run_suite(Transport::Wasapi(&ends), subject, selection, json)
}

#[cfg(not(windows))]
fn over_wasapi(_: &Subject, _: Selection<'_>, _: &[String], _: bool) -> Result<Summary, Failure> {
    Err(Failure::Wasapi("this is not Windows: leave --wasapi out".to_owned()))
}

fn run_suite(
    transport: Transport<'_>,
    subject: &Subject,
    selection: Selection<'_>,
    json: bool,
) -> Result<Summary, Failure> {
    let progress = bar(0, "cases", json);
    let found = suite::run_over(transport, subject, selection, &mut |done, all| {
        progress.set_length(all as u64);
        progress.set_position(done as u64);
    });
    progress.finish_and_clear();
    let found = found?;
    let (verdicts, breaches) = (&found.verdicts, &found.breaches);
    if let Some(case) = selection.case.filter(|_| verdicts.is_empty()) {
        return Err(Failure::NoSuchCase(case.to_owned()));
    }
    let failed = verdicts.iter().filter(|verdict| verdict.outcome.is_failure()).count();
    let uncovered = verdicts.iter().filter(|verdict| verdict.outcome.is_uncovered()).count();
    let apart = verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable()).count();
    let passed = verdicts.len() - failed - uncovered - apart;
    let cases: Vec<_> = verdicts.iter().map(suite::Verdict::value).collect();
    let broken: Vec<_> = breaches.iter().map(suite::Breach::value).collect();
    let allowed: Vec<_> = subject.allowed.iter().map(|rule| rule.name()).collect();
    let mut summary = Summary::new(json!({
        "cases": cases, "passed": passed, "failed": failed, "does_not_apply": apart,
        "not_covered_yet": uncovered, "violations": broken, "allowed": allowed,
    }));
    let asked = verdicts.iter().filter(|verdict| !verdict.outcome.is_not_applicable());
    let mut lines: Vec<_> = asked.map(ToString::to_string).collect();
    lines.extend(summary::apart(
        "does not apply",
        verdicts.iter().filter_map(|own| Some((own.id, own.outcome.why_apart()?))),
    ));
    summary.text = lines.join("\n");
    summary.row("Passed", passed);
    summary.row("Failed", failed);
    summary.row("Does not apply", apart);
    if uncovered > 0 {
        summary.row("Not covered yet", uncovered);
    }
    summary.row("Rules broken", breaches.len());
    if !allowed.is_empty() {
        summary.row("Rules not looked at", allowed.join(", "));
    }
    summary.remarks(breaches.iter().map(ToString::to_string));
    summary.judge(failed + breaches.len() > 0, passed > 0);
    Ok(summary)
}
