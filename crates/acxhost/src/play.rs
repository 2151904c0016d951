//! `play` and `record`.

use std::cell::RefCell;
use std::io::Read;
use std::path::Path;

use acx_client::endpoint::WaveFormat;
use acx_client::{Direction, System};
use acx_conform::analysis::Comparison;
use acx_conform::play::{self, Options, Outcome, Sound};
use acx_conform::run::{RunError, Time};
use acx_conform::{Subject, melody};
use indicatif::ProgressBar;
use serde_json::json;
use wave::wav::{Input, Reader, WavFormat};

use acxhost::subject::Source;

use crate::Failure;
use crate::arguments::{Play, Record};
use crate::sound::{self, Heard, Played, Target};
use crate::summary::{self, Summary, bar};

/// The audio to play.
enum Audio {
    /// A file, or standard input.
    Given(Box<Reader<Box<dyn Read + Send>>>),
    /// A tune in the speaker's format.
    Tune(WavFormat, Vec<u8>),
}

impl Audio {
    fn tune(format: WaveFormat) -> Self {
        Self::Tune(WavFormat::of(format), melody::melody_in(format))
    }

    fn format(&self) -> &WavFormat {
        match self {
            Self::Given(reader) => reader.format(),
            Self::Tune(format, _) => format,
        }
    }

    /// The number of frames, if known.
    fn frames(&self) -> Option<u64> {
        match self {
            Self::Given(reader) => reader.frames(),
            Self::Tune(format, audio) => Some((audio.len() / format.carried.block_align()) as u64),
        }
    }
}

/// The microphone's recording of the audio.
struct Recorded {
    comparison: Comparison,
    frames: u64,
    /// Both were silent.
    silent: bool,
}

/// The result of playing.
struct Playing {
    outcome: Outcome,
    format: WavFormat,
    /// The recording, or the reason why nothing was recorded.
    heard: Result<Recorded, String>,
    /// Bytes missing in the file, and bytes after its last frame.
    missing: u64,
    left_out: u64,
}

/// Plays on a system, and compares and writes the recording.
fn play_on(
    subject: &Subject,
    system: &dyn System,
    given: Option<Reader<Box<dyn Read + Send>>>,
    options: &Play,
    target: Option<&Target>,
    progress: &ProgressBar,
) -> Result<Playing, Failure> {
    let how = Options {
        period_ms: options.period_ms,
        timer_driven: options.timer_driven,
        cable: usize::from(options.cable),
    };
    let end = |direction| play::end_of(system, direction, how.cable);
    let mut audio = match given {
        Some(reader) => Audio::Given(Box::new(reader)),
        None => Audio::tune(play::usual_format(end(Direction::Render)?)?),
    };
    let speaker = end(Direction::Render)?;
    let format = play::listed(&speaker, audio.format().carried)?;
    // If the microphone does not record the speaker, only play.
    let microphone = play::hearing(subject, system, format, how.cable);
    let (microphone, deaf) = match (microphone, &options.record) {
        (Ok(microphone), _) => (Some(microphone), None),
        (Err(why), Some(path)) => return Err(Failure::NotHeard { path: path.clone(), why }),
        (Err(why), None) => (None, Some(why)),
    };
    let total = audio.frames();
    if let Some(total) = total {
        progress.set_length(total);
    }
    let written_to = options.record.as_deref().unwrap_or(Path::new("-"));
    let format_of_file = audio.format().clone();
    let recording = target.map(|target| target.begin(&format_of_file, total, false)).transpose()?;
    let heard = RefCell::new(Heard::new(format, recording));
    let cable = play::Cable { speaker, microphone };
    let compared = cable.microphone.is_some().then_some(&heard);
    let mut tune;
    let source: &mut dyn Read = match &mut audio {
        Audio::Given(reader) => reader,
        Audio::Tune(_, bytes) => {
            tune = &bytes[..];
            &mut tune
        }
    };
    let sound = Sound {
        source: &mut Played::new(source, compared),
        hear: &mut |recorded| heard.borrow_mut().take(recorded),
    };
    let streamed = play::stream_on(system, &cable, format, sound, how, &mut |frames| {
        progress.set_position(total.map_or(frames, |total| frames.min(total)));
    });
    let outcome = streamed.map_err(|why| Failure::of_audio(why, written_to))?;
    let heard = heard.into_inner();
    let silent = heard.is_silent();
    let heard = match deaf {
        Some(why) => Err(why),
        None => {
            let (comparison, frames) = heard.finish(written_to)?;
            Ok(Recorded { comparison, frames, silent })
        }
    };
    let (missing, left_out) = match &audio {
        Audio::Given(reader) => (reader.missing(), reader.left_out()),
        Audio::Tune(..) => (0, 0),
    };
    Ok(Playing { outcome, format: format_of_file, heard, missing, left_out })
}

/// Plays a file, standard input or a tune, and compares it with what the microphone records.
pub(crate) fn play(subject: &Subject, options: &Play, json: bool) -> Result<Summary, Failure> {
    let given = options.input.as_deref().map(|path| Input::at(path).read()).transpose()?;
    let target = options
        .record
        .as_deref()
        .map(|path| Target::create(path, options.input.as_deref()))
        .transpose()?;
    sound::stop_on_ctrl_c();
    let time = options.speed.or(Time::Virtual);
    let progress = bar(0, "frames", json);
    let run = subject.on_system(time, |system| {
        Ok(play_on(subject, system, given, options, target.as_ref(), &progress))
    });
    progress.finish_and_clear();
    let (playing, findings) = run?;
    let playing = playing.map_err(|failure| match (failure, &options.input) {
        (Failure::Run(error @ RunError::Format { .. }), Some(path)) => {
            Failure::Format { path: path.clone(), error }
        }
        (failure, _) => failure,
    })?;
    let Playing { outcome, format: file, heard, missing, left_out } = playing;

    let format = file.carried;
    let recorded = heard.as_ref().ok();
    let is_exact = recorded.is_some_and(|own| own.comparison.bit_exact);
    // Recorded silence proves nothing about the cable.
    let is_silence = recorded.is_some_and(|own| own.silent && own.comparison.bit_exact);
    let drift = if is_exact {
        // The last frame is exactly as late as the first one.
        0
    } else {
        outcome.drift
    };
    let clean = outcome.glitches == 0
        && findings.count() == 0
        && (is_exact || heard.is_err())
        && drift == 0
        && outcome.max_position_error < 2.0;

    let exact = recorded.filter(|_| !is_silence);
    let mut summary = Summary::new(json!({
        "frames_played": outcome.frames_played,
        "frames_recorded": recorded.map_or(0, |own| own.frames),
        "latency_frames": recorded.map_or(0, |own| own.comparison.latency),
        "glitches": outcome.glitches,
        "packets_completed": outcome.packets_completed,
        "max_position_error_frames": outcome.max_position_error,
        "drift_frames": drift,
        "violations": findings.count(),
        "bit_exact": exact.map(|own| own.comparison.bit_exact),
        "silent": is_silence,
        "not_recorded": heard.as_ref().err(),
        "interrupted": sound::is_stopped(),
        "frames_missing_in_input": missing / file.frame_bytes() as u64,
        "truncated_input": missing > 0,
        "bytes_left_out_of_input": left_out,
    }));
    summary.aside = options.record.as_deref().is_some_and(sound::is_pipe);
    summary.row("Format", format);
    summary
        .row("Frames played", format_args!("{}{}", outcome.frames_played, sound::stopped_early()));
    summary.row("Packets completed", outcome.packets_completed);
    summary.row("Glitches", outcome.glitches);
    let error = outcome.max_position_error;
    summary.row("Position error", format_args!("{error:.3} frames off the ideal line at most"));
    match heard {
        Err(why) => summary.row("Not recorded", why),
        Ok(Recorded { comparison, frames, .. }) => {
            summary.row("Frames recorded", frames);
            if !is_silence {
                let milliseconds = comparison.latency as f64 * 1000.0 / f64::from(format.rate);
                let latency = format!("{} frames ({milliseconds:.1} ms)", comparison.latency);
                summary.row("Latency", latency);
            }
            summary.row("Drift", format_args!("{drift} frames"));
            let words = match comparison.bit_exact {
                _ if is_silence => "the file is silent, and so is the recording".to_owned(),
                true => "yes, every frame".to_owned(),
                false => format!("no, {} frames differ", comparison.different),
            };
            summary.row("Bit exact", words);
        }
    }
    summary.findings(&findings);
    if !clean {
        summary.status = 1;
    }
    if left_out > 0 {
        let what = "bytes behind the last whole frame were left out";
        summary.remarks([format!("{left_out} {what}")].into_iter());
    }
    if let Some(path) = options.input.as_deref().filter(|_| missing > 0 && !sound::is_stopped()) {
        summary::complain(&format!(
            "{}: truncated: {missing} bytes of audio are missing; what is there was played: get the whole file",
            Input::at(path),
        ));
        summary.status = 2;
    }
    Ok(summary)
}

/// Records the microphone.
pub(crate) fn record(subject: &Subject, options: &Record, json: bool) -> Result<Summary, Failure> {
    let target = Target::create(&options.output, None)?;
    let subject = subject.clone().with_settings(options.source.settings());
    sound::stop_on_ctrl_c();
    let progress = bar(0, "frames", json);
    let run = subject.on_system(options.speed.or(Time::Virtual), |system| {
        Ok(record_on(system, options, &target, &progress))
    });
    progress.finish_and_clear();
    let (recorded, findings) = run?;
    let (format, recorded, glitches, silent) = recorded?;
    let mut summary = Summary::new(json!({
        "frames_recorded": recorded,
        "glitches": glitches,
        "silent": silent,
        "interrupted": sound::is_stopped(),
        "violations": findings.count(),
    }));
    summary.aside = sound::is_pipe(&options.output);
    summary.row("Format", format);
    summary.row("Frames recorded", format_args!("{recorded}{}", sound::stopped_early()));
    summary.row("Glitches", glitches);
    let is_acxvad = acxhost::subject::is_acxvad(subject.image());
    let sound = match (silent, options.source) {
        (false, _) => "yes",
        (true, Source::Cable) if is_acxvad => {
            "silence only: nothing plays at the speaker; --source tone records a tone"
        }
        (true, Source::Cable) => "silence only: nothing plays at the speaker",
        (true, Source::Silence) => "silence only",
        (true, Source::Tone) => "silence only: --source is a setting of acxvad",
    };
    summary.row("Sound", sound);
    summary.findings(&findings);
    summary.status = u8::from(glitches > 0 || findings.count() > 0);
    Ok(summary)
}

/// Records on a system. Returns the format, frames, glitches, and whether there was only silence.
fn record_on(
    system: &dyn System,
    options: &Record,
    target: &Target,
    progress: &ProgressBar,
) -> Result<(WaveFormat, u64, u64, bool), Failure> {
    let how = Options { cable: usize::from(options.cable), ..Options::default() };
    let microphone = play::end_of(system, Direction::Capture, how.cable)?;
    let format = play::default_format(microphone)?;
    let frames = (options.seconds * f64::from(format.rate)).round() as u64;
    progress.set_length(frames);
    let mut recording = target.begin(&WavFormat::of(format), Some(frames), true)?;
    let (mut silent, mut recorded) = (true, 0);
    let glitches = play::record_to(system, format, frames, how, &mut |heard| {
        recording.write(heard)?;
        silent &= heard.iter().all(|byte| *byte == 0);
        recorded += (heard.len() / format.block_align()) as u64;
        progress.set_position(recorded);
        Ok(!sound::is_stopped())
    })
    .map_err(|why| Failure::of_audio(why, &options.output))?;
    recording.finish(&options.output)?;
    Ok((format, recorded, glitches, silent))
}
