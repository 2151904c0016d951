//! Runs the steps in sequence, across restarts.

use std::path::Path;
use std::time::Instant;

use crate::plan::{Applies, MINUTE, MINUTE_FRAMES, Passed, STEPS, Step, TASK};
use crate::program::{Answer, Call, Running};
use crate::record::{Done, Record, State};
use crate::setup::{Setup, system, text};
use crate::{bundle, exit, page};

/// Begins a run.
///
/// # Errors
///
/// A folder of results that cannot be written.
pub fn begin(setup: Setup, tell: &mut dyn FnMut(&str)) -> std::io::Result<i32> {
    let results = &setup.results;
    std::fs::create_dir_all(results)?;
    write_minute(&results.join(MINUTE)).map_err(std::io::Error::other)?;
    go_on(Record::new(setup), tell)
}

/// Runs the steps that have not begun, until the last one, or one that requires a restart.
///
/// # Errors
///
/// The folder of results cannot be written, so later results would be lost.
pub fn go_on(mut record: Record, tell: &mut dyn FnMut(&str)) -> std::io::Result<i32> {
    record.write()?;
    for (index, step) in STEPS.iter().enumerate() {
        if record.step(step.id).is_some() {
            continue;
        }
        tell(&format!("{:>2}/{}  {}", index + 1, STEPS.len(), step.title));
        let restart = take(&mut record, index, step)?;
        if let Some(done) = record.step(step.id) {
            tell(&format!("       {}: {}", done.state.name(), done.sentence));
        }
        if restart {
            return restart_windows(&mut record, step.id, tell);
        }
    }
    finish(&record, tell)
}

/// Runs one step. Returns whether Windows must restart after it.
fn take(record: &mut Record, index: usize, step: &Step) -> std::io::Result<bool> {
    let begun = Instant::now();
    record.steps.push(Done {
        id: step.id.to_owned(),
        title: step.title.to_owned(),
        state: State::Started,
        sentence: String::new(),
        calls: Vec::new(),
        seconds: 0,
    });
    // Before it runs, because it may crash the machine.
    record.write()?;
    let lacks = step.needs.iter().find(|id| !record.has_passed(id));
    let mut answers = Vec::new();
    let (state, passed) = match (lacks, (step.applies)(record)) {
        (Some(id), _) => (State::NotRun, sentence(format!("needs `{id}`, which did not pass"))),
        (None, Applies::No(why)) => (State::NotRun, sentence(why)),
        (None, Applies::Never(why)) => (State::Failed, sentence(why)),
        (None, Applies::Already(why)) => (State::Passed, sentence(why)),
        (None, Applies::Yes) => {
            let calls = (step.calls)(record);
            answers = run(&calls, &record.setup.results, &format!("{:02}-{}", index + 1, step.id))?;
            match judge(record, step, &calls, &answers) {
                Ok(passed) => (State::Passed, passed),
                Err(why) => (State::Failed, sentence(why)),
            }
        }
    };
    let restart = passed.restart;
    for (name, value) in passed.facts {
        record.facts.insert(name.to_owned(), value);
    }
    if let Some(done) = record.steps.last_mut() {
        done.state = state;
        done.sentence = passed.sentence;
        done.calls = answers;
        done.seconds = begun.elapsed().as_secs();
    }
    record.write()?;
    Ok(restart)
}

fn sentence(text: impl Into<String>) -> Passed {
    Passed { sentence: text.into(), ..Passed::default() }
}

/// The result of the calls: the first failed call decides, before the judge is called.
fn judge(
    record: &Record,
    step: &Step,
    calls: &[Call],
    answers: &[Answer],
) -> Result<Passed, String> {
    let bad = calls
        .iter()
        .zip(answers)
        .find(|(call, answer)| !(answer.is_good || call.meanwhile && answer.status.is_some()));
    match bad {
        Some((_, answer)) => Err(explain(answer)),
        None if calls.len() != answers.len() => Err("not every call was made".to_owned()),
        None => (step.judge)(record, answers),
    }
}

fn explain(answer: &Answer) -> String {
    let end = match (&answer.trouble, answer.status) {
        (Some(why), _) => why.clone(),
        (None, Some(status)) => format!("it ended with {status}"),
        (None, None) => "it has no status".to_owned(),
    };
    let said = match answer.error.as_str() {
        "" => String::new(),
        error => format!(": {error}"),
    };
    format!("{}: {end}{said}", answer.line)
}

/// The calls of a step. After a failed one, only those that always run; a skipped call gets a
/// result that says so.
fn run(calls: &[Call], results: &Path, folder: &str) -> std::io::Result<Vec<Answer>> {
    let mut answers: Vec<Option<Answer>> = Vec::new();
    let mut beside = Vec::new();
    let mut failed = false;
    for (index, call) in calls.iter().enumerate() {
        let stem = Path::new(&call.program).file_stem().unwrap_or_default().to_string_lossy();
        let log = format!("{folder}/{}-{stem}.txt", index + 1);
        if failed && !call.always {
            answers.push(Some(Answer {
                line: call.line(),
                status: None,
                is_good: false,
                trouble: Some("not run: a call before it failed".to_owned()),
                log: String::new(),
                seconds: 0,
                output: String::new(),
                error: String::new(),
            }));
            continue;
        }
        let running = Running::start(call, results, &log)?;
        if call.meanwhile {
            answers.push(None);
            beside.push((index, running));
            continue;
        }
        let answer = running.wait(results)?;
        failed |= !answer.is_good;
        answers.push(Some(answer));
    }
    for (index, running) in beside {
        answers[index] = Some(running.wait(results)?);
    }
    Ok(answers.into_iter().flatten().collect())
}

/// Lets Windows restart. If the run does not continue by itself, the user must do both.
fn restart_windows(
    record: &mut Record,
    id: &str,
    tell: &mut dyn FnMut(&str),
) -> std::io::Result<i32> {
    let results = text(&record.setup.results);
    let by_hand = format!("restart Windows, and continue with: first-run resume \"{results}\"");
    if !record.has_passed("task") {
        tell(&by_hand);
        return Ok(exit::RESTART);
    }
    let calls = [Call::new(
        system("shutdown"),
        &["/r", "/t", "5", "/c", "the first run of acxvad continues after the restart"],
    )];
    let answers = run(&calls, &record.setup.results, &format!("restart-after-{id}"))?;
    let trouble = answers.iter().find(|answer| !answer.is_good).map(explain);
    if let Some(done) = record.steps.last_mut() {
        done.calls.extend(answers);
    }
    record.write()?;
    match trouble {
        Some(why) => tell(&format!("{why}; {by_hand}")),
        None => tell("Windows restarts now; the run continues after the next logon"),
    }
    Ok(exit::RESTART)
}

/// Writes the page and the zip. Returns the exit status.
fn finish(record: &Record, tell: &mut dyn FnMut(&str)) -> std::io::Result<i32> {
    let results = &record.setup.results;
    if record.steps.iter().flat_map(|step| &step.calls).any(|call| call.line.contains(TASK)) {
        let remove = [Call::new(system("schtasks"), &["/delete", "/tn", TASK, "/f"])];
        for answer in run(&remove, results, "end")?.iter().filter(|answer| !answer.is_good) {
            tell(&format!("the task {TASK} is left in the task scheduler: {}", explain(answer)));
        }
    }
    std::fs::write(results.join(page::FILE), page::render(record))?;
    let zip = bundle::write(results)?;
    let (passed, failed, not_run) =
        (record.count(State::Passed), record.count(State::Failed), record.count(State::NotRun));
    tell(&format!("{passed} passed, {failed} failed, {not_run} not run"));
    tell(&format!("page: {}", results.join(page::FILE).display()));
    tell(&format!("everything in one file: {}", zip.display()));
    let mut is_good = record.is_good();
    if let Some(url) = &record.setup.upload {
        let call = [Call::new(system("curl"), &["-fsS", "-T", &text(&zip), url]).minutes(30)];
        for answer in run(&call, results, "end")?.iter().filter(|answer| !answer.is_good) {
            tell(&explain(answer));
            is_good = false;
        }
    }
    Ok(if is_good { exit::DONE } else { exit::FAILED })
}

/// Shows the steps of a run.
pub fn show(setup: Setup, tell: &mut dyn FnMut(&str)) {
    let record = Record::new(setup);
    for (index, step) in STEPS.iter().enumerate() {
        tell(&format!("{:>2}/{}  {}", index + 1, STEPS.len(), step.title));
        for call in (step.calls)(&record) {
            tell(&format!("       {}", call.line()));
        }
    }
}

/// A minute of noise, the same each time: 16 bit, stereo, 48 kHz, a quarter of full scale.
fn write_minute(path: &Path) -> Result<(), hound::Error> {
    let format = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, format)?;
    // Knuth's generator modulo 2^64; its upper bits are the good ones.
    let mut state = 1_u64;
    for _ in 0..2 * MINUTE_FRAMES {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = ((state >> 48) as u16).cast_signed();
        file.write_sample(noise / 4)?;
    }
    file.finalize()
}
