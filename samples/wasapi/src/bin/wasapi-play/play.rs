//! Playing: open, fill, start, fill whenever the device wants more, and end when its clock says
//! that the last frame was heard.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use wasapi_client::buffer::Buffer;
use wasapi_client::choose::Direction;
use wasapi_client::com::Com;
use wasapi_client::device::{self, Device};
use wasapi_client::error::Failure as ClientFailure;
use wasapi_client::format::{FormatExt, WaveFormat};
use wasapi_client::samples;
use wasapi_client::samples::Audio;
use wasapi_client::stream::{How, Player};
use wasapi_samples::error::Failure;
use wasapi_samples::options::Play;
use wasapi_samples::report::Report;
use wasapi_samples::stop;
use wave::wav::Wav;

pub(crate) fn play(arguments: &Play) -> Result<Report, Failure> {
    let Some(input) = arguments.input.as_deref().filter(|_| !arguments.list) else {
        let com = Com::start()?;
        return Ok(Report::list(&device::list(&com, &[Direction::Render])?));
    };
    let file = Wav::read(input)?;
    let missing = file.missing / file.format.frame_bytes() as u64;
    let file_audio = Audio { format: file.format.carried, bytes: file.audio };
    let com = Com::start()?;
    let device = device::pick(&com, Direction::Render, arguments.device.as_deref())?;
    let audio = fitting(file_audio, &device, arguments.stream.exclusive)?;
    stop::on_ctrl_c()?;

    let how = How {
        exclusive: arguments.stream.exclusive,
        timer: arguments.stream.timer,
        buffer: arguments.stream.buffer(Buffer::Usual),
        loopback: false,
    };
    let mut player = Player::open(&device, audio.format, how)?;
    let played = stream(&mut player, &audio)?;

    let mut report = Report::new(json!({
        "device": device.name(),
        "mode": arguments.stream.mode(),
        "format": audio.format.to_string(),
        "mix_format": device.mix_format()?.map(|mix| mix.to_string()),
        "buffer_frames": player.buffer_frames(),
        "frames": audio.frames(),
        "frames_played": played,
        "frames_missing_in_file": missing,
        "interrupted": stop::requested(),
        "health": player.health.json(),
    }));
    report.row("Device", device.name());
    report.row("Mode", arguments.stream.mode());
    report.row("Format", described(&device, audio.format, arguments.stream.exclusive)?);
    report.row("Buffer", format_args!("{} frames", player.buffer_frames()));
    let played = format!("{played} of {} frames of {}", audio.frames(), name(input));
    report.row("Played", if stop::requested() { played + ", interrupted" } else { played });
    if missing > 0 {
        report.row("Missing", format_args!("{missing} frames: the file ends early"));
    }
    report.row("Glitches", player.health.line());
    Ok(report)
}

/// Plays it to its end or to Ctrl-C, and says how many of its frames were played.
fn stream(player: &mut Player<'_>, audio: &Audio) -> Result<u64, Failure> {
    let mut rest = &audio.bytes[..];
    // The buffer is full before the device looks at it for the first time.
    player.fill(|room| samples::take(&mut rest, room))?;
    player.start()?;
    let mut all_written: Option<Instant> = None;
    while !stop::requested() {
        if !player.wait()? {
            continue;
        }
        // What was written last is still on its way: silence follows it until the clock says that
        // it was heard.
        if player.played()? >= audio.frames() {
            break;
        }
        // A clock that does not get there is no reason to play silence forever.
        if all_written.is_some_and(|since| since.elapsed() > Duration::from_secs(5)) {
            break;
        }
        player.fill(|room| samples::take(&mut rest, room))?;
        if rest.is_empty() {
            all_written.get_or_insert_with(Instant::now);
        }
    }
    Ok(player.played()?.min(audio.frames()))
}

/// The audio as the device takes it. In shared mode that is as it is, for the engine converts it;
/// in exclusive mode the device must take it, or samples that hold it exactly.
fn fitting(audio: Audio, device: &Device<'_>, exclusive: bool) -> Result<Audio, Failure> {
    if !exclusive {
        return Ok(audio);
    }
    for &sample in audio.format.sample().that_hold_it() {
        if device.takes_exclusively(audio.format.with(sample))?
            && let Some(audio) = audio.widened(sample)
        {
            return Ok(audio);
        }
    }
    let (device, format) = (device.name().to_owned(), audio.format);
    Err(ClientFailure::ExclusiveFormat { device, format }.into())
}

fn described(device: &Device<'_>, format: WaveFormat, exclusive: bool) -> Result<String, Failure> {
    Ok(match device.mix_format()? {
        _ if exclusive => format!("{format}, to the device as it is"),
        Some(mix) if mix == format => format!("{format}, as the engine mixes"),
        Some(mix) => format!("{format}, which Windows converts to {mix}"),
        None => format!("{format}, which Windows converts"),
    })
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
