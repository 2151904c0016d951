//! Measuring: one thread plays silence and, when asked, a burst; the other one records, asks, and
//! keeps the time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wasapi_client::accounting::{PlayHealth, milliseconds};
use wasapi_client::buffer::Buffer;
use wasapi_client::choose::Direction;
use wasapi_client::com::Com;
use wasapi_client::device::{self, Device};
use wasapi_client::format::WaveFormat;
use wasapi_client::samples;
use wasapi_client::stream::{How, Player, Recorder};
use wasapi_samples::error::Failure;
use wasapi_samples::latency::{Round, Spread, Timed, in_frames};
use wasapi_samples::options::Latency;
use wasapi_samples::report::Report;
use wasapi_samples::{pattern, stop};

/// From the first packet to the first burst: devices and engines take a moment to run evenly.
const SETTLE: Duration = Duration::from_secs(1);

/// What the recording thread asks of the playing one: nothing yet, a burst (its round + 1), or to
/// end.
const END: u32 = u32::MAX;

pub(crate) fn measure(arguments: &Latency) -> Result<Report, Failure> {
    let com = Com::start()?;
    if arguments.list {
        let both = [Direction::Render, Direction::Capture];
        return Ok(Report::list(&device::list(&com, &both)?));
    }
    let render = device::pick(&com, Direction::Render, arguments.render.as_deref())?;
    let capture = device::pick(&com, Direction::Capture, arguments.capture.as_deref())?;
    let format = format(arguments, &render, &capture)?;
    stop::on_ctrl_c()?;

    let how = How {
        exclusive: arguments.stream.exclusive,
        timer: arguments.stream.timer,
        buffer: arguments.stream.buffer(Buffer::Smallest),
        loopback: false,
    };
    let mut recorder = Recorder::open(&capture, format, how)?;
    let request = &AtomicU32::new(0);
    let (writes, written) = channel();
    let id = render.id();
    let (health, heard) = std::thread::scope(|scope| {
        let player = scope.spawn(move || play(id, format, how, request, &writes));
        let heard = listen(&mut recorder, format, arguments, request, &written);
        request.store(END, Ordering::Release);
        // Why the playing thread ended is the better reason, if both failed.
        let ended = player.join().map_err(|_| Failure::Thread(render.name().to_owned()))?;
        Ok::<_, Failure>((ended?, heard?))
    })?;
    let rounds: Vec<Round> = heard.rounds().collect();
    Ok(summary(arguments, &render, &capture, format, &rounds, &health, &heard.timed))
}

/// What was recorded, and for each round when its burst was handed over and until when was
/// listened.
struct Heard {
    timed: Timed,
    spans: Vec<(Instant, Instant)>,
}

impl Heard {
    /// The search takes its time, and so comes after the streams.
    fn rounds(&self) -> impl Iterator<Item = Round> {
        let spans = self.spans.iter().enumerate();
        spans.map(|(round, &(from, until))| self.timed.round(round as u32, from, until))
    }
}

/// Records, and asks for one burst after the other.
fn listen(
    recorder: &mut Recorder<'_>,
    format: WaveFormat,
    arguments: &Latency,
    request: &AtomicU32,
    written: &Receiver<Instant>,
) -> Result<Heard, Failure> {
    let window = Duration::from_millis(u64::from(arguments.window_ms));
    let mut heard = Heard { timed: Timed::new(format), spans: Vec::new() };
    recorder.start()?;
    let mut next = None;
    let mut waiting = false;
    while !stop::requested() {
        if recorder.wait()? {
            recorder.read(|frames, flags, bytes| {
                let now = Instant::now();
                heard.timed.packet(frames, flags, bytes, now);
                next.get_or_insert(now + SETTLE);
            })?;
        }
        match written.try_recv() {
            Ok(when) => {
                heard.spans.push((when, when + window));
                next = Some(when + window);
                waiting = false;
            }
            Err(TryRecvError::Disconnected) => {
                return Err(Failure::Thread("playing".to_owned()));
            }
            Err(TryRecvError::Empty) => {}
        }
        if !waiting && next.is_some_and(|next| Instant::now() >= next) {
            if heard.spans.len() as u32 == arguments.rounds {
                break;
            }
            request.store(heard.spans.len() as u32 + 1, Ordering::Release);
            waiting = true;
        }
    }
    Ok(heard)
}

/// Plays silence, and a burst when one is asked for; says when its first frame was handed over.
/// Runs on a thread of its own, in an apartment of its own, and so finds the device again.
fn play(
    id: &str,
    format: WaveFormat,
    how: How,
    request: &AtomicU32,
    written: &Sender<Instant>,
) -> Result<PlayHealth, Failure> {
    let com = Com::start()?;
    let device = device::pick(&com, Direction::Render, Some(id))?;
    let mut player = Player::open(&device, format, how)?;
    player.fill(|_| 0)?;
    player.start()?;
    let (mut burst, mut done) = (Vec::new(), 0);
    let mut rest: &[u8] = &[];
    loop {
        let asked = request.load(Ordering::Acquire);
        if asked == END {
            return Ok(player.health);
        }
        if !player.wait()? {
            continue;
        }
        let begins = asked != done;
        if begins {
            burst = pattern::burst(format, asked - 1);
            rest = &[];
        }
        let mut from = if begins { &burst[..] } else { rest };
        let before = from.len();
        player.fill(|room| samples::take(&mut from, room))?;
        let taken = before - from.len();
        if begins && taken > 0 {
            done = asked;
            // Nobody listens any more once the recording thread has failed; it then asks for the
            // end.
            let _ = written.send(Instant::now());
        }
        rest = from;
    }
}

/// A format for both ends: what is given, the rest as the speaker's engine mixes; in exclusive mode
/// something that both devices take.
fn format(
    arguments: &Latency,
    render: &Device<'_>,
    capture: &Device<'_>,
) -> Result<WaveFormat, Failure> {
    let mix = render.mix_format()?;
    if !arguments.stream.exclusive {
        let format = arguments.format.over(mix);
        return format.ok_or_else(|| Failure::UnknownFormat(render.name().to_owned()));
    }
    for format in arguments.format.candidates(mix) {
        if render.takes_exclusively(format)? && capture.takes_exclusively(format)? {
            return Ok(format);
        }
    }
    let (render, capture) = (render.name().to_owned(), capture.name().to_owned());
    Err(Failure::NothingInCommon { render, capture })
}

fn summary(
    arguments: &Latency,
    render: &Device<'_>,
    capture: &Device<'_>,
    format: WaveFormat,
    rounds: &[Round],
    health: &PlayHealth,
    timed: &Timed,
) -> Report {
    let latency = |round: &Round| match *round {
        Round::Heard { latency, .. } => Some(latency),
        Round::NotHeard { .. } => None,
    };
    let heard: Vec<Duration> = rounds.iter().filter_map(latency).collect();
    let exact = rounds.iter().filter(|round| matches!(round, Round::Heard { bit_exact: true, .. }));
    let exact = exact.count();
    let spread = Spread::of(&heard);
    let each = |how: &dyn Fn(Duration) -> Value| {
        spread.map(|Spread { min, median, max }| {
            json!({ "min": how(min), "median": how(median), "max": how(max) })
        })
    };
    let mut report = Report::new(json!({
        "render": render.name(),
        "capture": capture.name(),
        "mode": arguments.stream.mode(),
        "format": format.to_string(),
        "rounds": rounds.iter().map(|round| round.json(format)).collect::<Vec<_>>(),
        "heard": heard.len(),
        "bit_exact": exact,
        "latency_frames": each(&|latency| in_frames(latency, format).into()),
        "latency_ms": each(&|latency| milliseconds(latency).into()),
        "interrupted": stop::requested(),
        "play_health": health.json(),
        "record_health": timed.recording.json(),
    }));
    report.row("Render", render.name());
    report.row("Capture", capture.name());
    report.row("Mode", arguments.stream.mode());
    report.row("Format", format);
    for (index, round) in rounds.iter().enumerate() {
        report.row(&format!("Round {}", index + 1), round.line(format));
    }
    match spread {
        Some(Spread { min, median, max }) => {
            let [min, median, max] = [min, median, max]
                .map(|one| format!("{} ms ({} frames)", milliseconds(one), in_frames(one, format)));
            report.row("Latency", format_args!("min {min}, median {median}, max {max}"));
            report.row("Bit exact", format_args!("{exact} of {} rounds", rounds.len()));
        }
        None => {
            report.row(
                "Latency",
                "not heard: is the microphone connected to the speaker, and loud enough?",
            );
            report.status = 1;
        }
    }
    report.row("Playing", health.line());
    report.row("Recording", timed.recording.line());
    report
}
