//! Recording: open, start, read whenever there is something, and put the file in its place at the
//! end.

use std::time::{Duration, Instant};

use serde_json::json;
use wasapi_client::accounting::Recording;
use wasapi_client::buffer::Buffer;
use wasapi_client::choose::Direction;
use wasapi_client::com::Com;
use wasapi_client::device::{self, Device};
use wasapi_client::error::Failure as ClientFailure;
use wasapi_client::format::{FormatExt, WaveFormat};
use wasapi_client::stream::{How, Recorder};
use wasapi_samples::error::Failure;
use wasapi_samples::options::Record;
use wasapi_samples::report::Report;
use wasapi_samples::stop;
use wave::output::Output;
use wave::wav::{self, WavFormat};

pub(crate) fn record(arguments: &Record) -> Result<Report, Failure> {
    let com = Com::start()?;
    let (Some(path), Some(seconds), false) = (&arguments.output, arguments.seconds, arguments.list)
    else {
        let both = [Direction::Capture, Direction::Render];
        return Ok(Report::list(&device::list(&com, &both)?));
    };
    let output = Output::create(path, None)?;
    // A loopback stream is opened on the device that plays.
    let direction = if arguments.loopback { Direction::Render } else { Direction::Capture };
    let device = device::pick(&com, direction, arguments.device.as_deref())?;
    let format = format(arguments, &device)?;
    stop::on_ctrl_c()?;

    let how = How {
        exclusive: arguments.stream.exclusive,
        timer: arguments.stream.timer,
        buffer: arguments.stream.buffer(Buffer::Usual),
        loopback: arguments.loopback,
    };
    let mut recorder = Recorder::open(&device, format, how)?;
    let recording = stream(&mut recorder, format, seconds, arguments.loopback)?;
    if recording.audio.frames() == 0 {
        return Err(Failure::NothingRecorded(device.name().to_owned()));
    }
    // What was recorded until Ctrl-C is a recording as well.
    wav::write(&output, &WavFormat::of(recording.audio.format), &recording.audio.bytes)?;

    let mut report = Report::new(json!({
        "device": device.name(),
        "mode": arguments.stream.mode(),
        "loopback": arguments.loopback,
        "format": format.to_string(),
        "buffer_frames": recorder.buffer_frames(),
        "frames": recording.audio.frames(),
        "interrupted": stop::requested(),
        "health": recording.json(),
    }));
    report.row("Device", device.name());
    report.row("Mode", arguments.stream.mode());
    report.row("Format", format);
    report.row("Buffer", format_args!("{} frames", recorder.buffer_frames()));
    let frames = format!("{} frames", recording.audio.frames());
    report.row("Recorded", if stop::requested() { frames + ", interrupted" } else { frames });
    report.row("Glitches", recording.line());
    Ok(report)
}

/// Records so many seconds, or until Ctrl-C.
fn stream(
    recorder: &mut Recorder<'_>,
    format: WaveFormat,
    seconds: f64,
    loopback: bool,
) -> Result<Recording, Failure> {
    let wanted = format.frames_in(seconds).max(1);
    let mut recording = Recording::new(format);
    recorder.start()?;
    let started = Instant::now();
    while !stop::requested() && recording.audio.frames() < wanted {
        if recorder.wait()? {
            recorder.read(|frames, flags, bytes| recording.packet(frames, flags, bytes))?;
        }
        // Where nothing plays, a loopback stream has no packets at all: time passes all the same.
        if loopback && started.elapsed() > Duration::from_secs_f64(seconds + 1.0) {
            break;
        }
    }
    recording.cut(wanted);
    Ok(recording)
}

/// What is given, the rest as the engine mixes; in exclusive mode something that the device takes.
fn format(arguments: &Record, device: &Device<'_>) -> Result<WaveFormat, Failure> {
    let mix = device.mix_format()?;
    if !arguments.stream.exclusive {
        let format = arguments.format.over(mix);
        return format.ok_or_else(|| Failure::UnknownFormat(device.name().to_owned()));
    }
    let candidates = arguments.format.candidates(mix);
    for &format in &candidates {
        if device.takes_exclusively(format)? {
            return Ok(format);
        }
    }
    let device = device.name().to_owned();
    Err(match *candidates {
        [format] => ClientFailure::ExclusiveFormat { device, format }.into(),
        _ => Failure::NoExclusiveFormat(device),
    })
}
