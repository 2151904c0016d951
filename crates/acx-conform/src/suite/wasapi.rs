//! The cases that are possible through WASAPI, with the same ids, on the endpoints that Windows
//! created for the driver's circuits. All other cases need KS requests.
//!
//! In shared mode period and position are those of the audio engine, not of the driver. Cases about
//! them therefore use exclusive mode, where Windows and the endpoint allow it. A verdict names the
//! modes that were used.

use std::time::{Duration, Instant};

use acx_client::Direction;
use wasapi_client::buffer::Buffer;
use wasapi_client::choose;
use wasapi_client::com::Com;
use wasapi_client::device::{Device, pick};
use wasapi_client::error::Failure;
use wasapi_client::format::{Sample, WaveFormat};
use wasapi_client::stream::{How, Player, Recorder};

use super::stream::fit;
use super::{Finding, ensure};

/// A stream at either end whose audio is ignored.
enum EitherStream<'com> {
    Play(Player<'com>),
    Record(Recorder<'com>),
}

/// Exclusive or shared, timer or event driven.
#[derive(Clone, Copy)]
struct Mode {
    exclusive: bool,
    timer: bool,
}

const MODES: [Mode; 4] = [
    Mode { exclusive: false, timer: false },
    Mode { exclusive: false, timer: true },
    Mode { exclusive: true, timer: false },
    Mode { exclusive: true, timer: true },
];

/// The reason why cases of exclusive mode may not apply.
pub(crate) const NO_EXCLUSIVE: &str = "no end takes streams in exclusive mode";

/// The maximum time for the engine to start a stream.
const PATIENCE: Duration = Duration::from_secs(3);

/// 100 ns.
const HNS: u64 = 10_000_000;

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sharing = if self.exclusive { "exclusive" } else { "shared" };
        write!(f, "{sharing} {}", if self.timer { "timer" } else { "event" })
    }
}

fn describe(failure: Failure) -> String {
    failure.to_string()
}

impl<'com> EitherStream<'com> {
    fn open(
        device: &Device<'com>,
        direction: Direction,
        mode: Mode,
        format: WaveFormat,
    ) -> Result<Self, Failure> {
        Self::with_buffer(device, direction, mode, format, Buffer::Usual)
    }

    fn with_buffer(
        device: &Device<'com>,
        direction: Direction,
        mode: Mode,
        format: WaveFormat,
        buffer: Buffer,
    ) -> Result<Self, Failure> {
        let how = How { exclusive: mode.exclusive, timer: mode.timer, buffer, loopback: false };
        Ok(match direction {
            Direction::Render => {
                let mut player = Player::open(device, format, how)?;
                player.fill(|_| 0)?;
                Self::Play(player)
            }
            Direction::Capture => Self::Record(Recorder::open(device, format, how)?),
        })
    }

    fn start(&mut self) -> Result<(), String> {
        match self {
            Self::Play(player) => player.start(),
            Self::Record(recorder) => recorder.start(),
        }
        .map_err(describe)
    }

    fn stop(&mut self) -> Result<(), String> {
        match self {
            Self::Play(player) => player.stop(),
            Self::Record(recorder) => recorder.stop(),
        }
        .map_err(describe)
    }

    /// Resets the stream, which is then ready to start again. By the documentation of
    /// IAudioClient::Reset the position is then zero. Wine keeps the position of a capture stream,
    /// so only render streams are checked until this has run on Windows.
    fn reset(&mut self) -> Result<(), String> {
        match self {
            Self::Play(player) => {
                player.reset().map_err(describe)?;
                let (now, _) = player.position().map_err(describe)?;
                ensure(now == 0, || format!("{now} after a reset"))?;
                player.fill(|_| 0).map_err(describe)
            }
            Self::Record(recorder) => recorder.reset().map_err(describe),
        }
    }

    fn position(&self) -> Result<(u64, u64), String> {
        match self {
            Self::Play(player) => player.position(),
            Self::Record(recorder) => recorder.position(),
        }
        .map_err(describe)
    }

    /// Runs it for a while: plays silence, or drops what is recorded.
    fn run(&mut self, span: Duration) -> Result<(), String> {
        let until = Instant::now() + span;
        while Instant::now() < until {
            match self {
                Self::Play(player) => {
                    player.wait().and_then(|wants| if wants { player.fill(|_| 0) } else { Ok(()) })
                }
                Self::Record(recorder) => recorder
                    .wait()
                    .and_then(|has| if has { recorder.read(|_, _, _| ()) } else { Ok(()) }),
            }
            .map_err(describe)?;
        }
        Ok(())
    }
}

impl EitherStream<'_> {
    /// Runs it until its position has moved.
    fn until_it_moves(&mut self) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        let (before, _) = self.position()?;
        while self.position()?.0 == before {
            ensure(Instant::now() < until, || {
                format!("nothing moved in {} s", PATIENCE.as_secs())
            })?;
            self.run(Duration::from_millis(10))?;
        }
        Ok(())
    }
}

/// The endpoints of a driver, selected by a part of their names, with their properties.
pub struct Endpoints<'com> {
    all: Vec<(Direction, Device<'com>)>,
}

impl<'com> Endpoints<'com> {
    /// The speaker and the microphone whose names contain these parts; by default the default
    /// endpoints.
    ///
    /// # Errors
    ///
    /// No endpoint matches, or several do.
    pub fn find(
        com: &'com Com,
        render: Option<&str>,
        capture: Option<&str>,
    ) -> Result<Self, Failure> {
        let speaker = pick(com, choose::Direction::Render, render)?;
        let microphone = pick(com, choose::Direction::Capture, capture)?;
        Ok(Self { all: vec![(Direction::Render, speaker), (Direction::Capture, microphone)] })
    }

    /// Runs `work` in each mode in which an end accepts streams. Returns these modes. An end that
    /// refuses shared mode fails.
    fn each(
        &self,
        exclusive_only: bool,
        work: impl Fn(&Device<'com>, Direction, Mode, WaveFormat) -> Result<(), String>,
    ) -> Finding {
        let mut done = Vec::new();
        for (direction, device) in &self.all {
            for mode in MODES.into_iter().filter(|mode| mode.exclusive || !exclusive_only) {
                let format = if mode.exclusive {
                    let Some(format) = exclusive_formats(device).into_iter().next() else {
                        continue;
                    };
                    format
                } else {
                    device.mix_format().map_err(describe)?.ok_or("no mix format")?
                };
                if mode.exclusive && EitherStream::open(device, *direction, mode, format).is_err() {
                    continue;
                }
                work(device, *direction, mode, format)
                    .map_err(|why| format!("{}, {mode}, {format}: {why}", device.name()))?;
                done.push(format!("{direction:?} {mode}"));
            }
        }
        ensure(!done.is_empty(), || NO_EXCLUSIVE.to_owned())?;
        Ok(done.join(", "))
    }
}

/// The usual formats that a device accepts in exclusive mode.
fn exclusive_formats(device: &Device<'_>) -> Vec<WaveFormat> {
    let samples = [Sample::Pcm16, Sample::Pcm24In32, Sample::Pcm32, Sample::Float32];
    let rates = [48_000, 44_100, 8_000, 16_000, 32_000, 88_200, 96_000, 176_400, 192_000];
    let all = rates.into_iter().flat_map(|rate| {
        let formats = [2, 1, 6, 8]
            .into_iter()
            .flat_map(move |channels| samples.map(|sample| sample.format(rate, channels)));
        formats.collect::<Vec<_>>()
    });
    all.filter(|format| device.takes_exclusively(*format).unwrap_or(false)).collect()
}

fn open_and_close(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        for steps in 0..3 {
            let mut stream =
                EitherStream::open(device, direction, mode, format).map_err(describe)?;
            if steps > 0 {
                stream.start()?;
            }
            if steps > 1 {
                stream.stop()?;
            }
        }
        Ok(())
    })
}

fn start_and_stop(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        let mut stream = EitherStream::open(device, direction, mode, format).map_err(describe)?;
        for _ in 0..10 {
            stream.start()?;
            stream.run(Duration::from_millis(23))?;
            stream.stop()?;
        }
        Ok(())
    })
}

fn reset(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        let mut stream = EitherStream::open(device, direction, mode, format).map_err(describe)?;
        for round in 0..3 {
            stream.start()?;
            stream.until_it_moves().map_err(|why| format!("round {round}: {why}"))?;
            stream.stop()?;
            stream.reset().map_err(|why| format!("round {round}: {why}"))?;
        }
        Ok(())
    })
}

fn state_control(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        let mut stream = EitherStream::open(device, direction, mode, format).map_err(describe)?;
        for round in 0..2 {
            stream.start()?;
            stream.until_it_moves().map_err(|why| format!("round {round}: {why}"))?;
            let mut last = 0;
            for _ in 0..10 {
                stream.run(Duration::from_millis(50))?;
                let (now, _) = stream.position()?;
                ensure(now > last, || format!("round {round}: {now} after {last} in run"))?;
                last = now;
            }
            stream.stop()?;
            let (frozen, _) = stream.position()?;
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(50));
                let (now, _) = stream.position()?;
                ensure(now == frozen, || format!("round {round}: {now} after {frozen} in pause"))?;
            }
            stream.reset().map_err(|why| format!("round {round}: {why}"))?;
        }
        Ok(())
    })
}

fn every_format(endpoints: &Endpoints<'_>) -> Finding {
    let mut count = 0;
    for (direction, device) in &endpoints.all {
        for format in exclusive_formats(device) {
            for mode in MODES.into_iter().filter(|mode| mode.exclusive) {
                let opened = EitherStream::open(device, *direction, mode, format);
                let mut stream = opened.map_err(|why| format!("{format}, {mode}: {why}"))?;
                stream.start()?;
                let mut last = 0;
                for _ in 0..3 {
                    stream.run(Duration::from_millis(50))?;
                    let (now, _) = stream.position()?;
                    ensure(now > last, || format!("{format}, {mode}: {now} after {last}"))?;
                    last = now;
                }
                count += 1;
            }
        }
    }
    ensure(count > 0, || NO_EXCLUSIVE.to_owned())?;
    Ok(format!("{count} streams, exclusive"))
}

/// W2: the position moves with the shortest buffer that device and engine allow.
fn smallest_period(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        let buffer = Buffer::Smallest;
        let opened = EitherStream::with_buffer(device, direction, mode, format, buffer);
        let mut stream = opened.map_err(describe)?;
        stream.start()?;
        stream.until_it_moves()?;
        let mut last = 0;
        for _ in 0..10 {
            stream.run(Duration::from_millis(50))?;
            let (now, _) = stream.position()?;
            ensure(now > last, || format!("{now} after {last}"))?;
            last = now;
        }
        Ok(())
    })
}

/// B22: a second round on the same stream is as long as the first. Between two readings the
/// position moves like the stamps, to within 1 % and a period of the engine.
fn second_round(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        let mut stream = EitherStream::open(device, direction, mode, format).map_err(describe)?;
        for round in 0..2 {
            let wrong = |why: String| format!("round {round}: {why}");
            stream.start()?;
            stream.until_it_moves().map_err(wrong)?;
            let before = stream.position()?;
            stream.run(Duration::from_millis(500))?;
            let after = stream.position()?;
            let frames = after.0.saturating_sub(before.0) as f64;
            let seconds = after.1.saturating_sub(before.1) as f64 / HNS as f64;
            let ideal = seconds * f64::from(format.rate);
            let allowed = ideal * 0.01 + f64::from(format.rate) * 0.01;
            ensure((frames - ideal).abs() <= allowed, || {
                wrong(format!("{frames} frames in {seconds} s"))
            })?;
            stream.stop()?;
            stream.reset().map_err(wrong)?;
        }
        Ok(())
    })
}

/// B31: the last of many streams, each opened, run and closed, behaves like the first. Their memory
/// is not visible here.
fn many_streams(endpoints: &Endpoints<'_>) -> Finding {
    const STREAMS: usize = 60;
    endpoints.each(false, |device, direction, mode, format| {
        for number in 0..STREAMS {
            let wrong = |why: String| format!("stream {number}: {why}");
            let opened = EitherStream::open(device, direction, mode, format);
            let mut stream = opened.map_err(|why| wrong(describe(why)))?;
            stream.start().map_err(wrong)?;
            stream.until_it_moves().map_err(wrong)?;
        }
        Ok(())
    })
}

fn drift_and_jitter(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(true, |device, direction, mode, format| {
        let mut stream = EitherStream::open(device, direction, mode, format).map_err(describe)?;
        stream.start()?;
        stream.run(Duration::from_millis(500))?;
        let mut points = Vec::new();
        for _ in 0..100 {
            stream.run(Duration::from_micros(10_137))?;
            points.push(stream.position()?);
        }
        let (rate, deviation, worst) = fit(&points, HNS);
        // Windows' stamps are coarse: use Microsoft's own tolerance of 1 %.
        let ideal = f64::from(format.rate);
        ensure((rate / ideal - 1.0).abs() < 0.01, || format!("rate {rate}"))?;
        ensure(deviation < 0.001 && worst < 0.004, || {
            format!("deviation {deviation} s, worst {worst} s")
        })
    })
}

fn monotonic(endpoints: &Endpoints<'_>) -> Finding {
    endpoints.each(false, |device, direction, mode, format| {
        let mut stream = EitherStream::open(device, direction, mode, format).map_err(describe)?;
        stream.start()?;
        let mut last = stream.position()?;
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            stream.run(Duration::from_millis(1))?;
            let now = stream.position()?;
            let frames =
                now.0.checked_sub(last.0).ok_or_else(|| format!("{now:?} after {last:?}"))?;
            let ticks = now.1.saturating_sub(last.1);
            let most = ticks as f64 * f64::from(format.rate) / HNS as f64 + 1.0;
            // The engine's position has steps of its own.
            ensure(!mode.exclusive || frames as f64 <= most, || {
                format!("{frames} frames in {ticks} units of 100 ns")
            })?;
            last = now;
        }
        Ok(())
    })
}

/// The case with an id, if it is possible through WASAPI.
pub(crate) fn case(id: &str) -> Option<fn(&Endpoints<'_>) -> Finding> {
    let cases: [(&str, fn(&Endpoints<'_>) -> Finding); 10] = [
        ("S1", open_and_close),
        ("S3", start_and_stop),
        ("S4", reset),
        ("W1", state_control),
        ("W2", smallest_period),
        ("W4", every_format),
        ("K1", drift_and_jitter),
        ("B1", monotonic),
        ("B22", second_round),
        ("B31", many_streams),
    ];
    cases.into_iter().find(|(own, _)| *own == id).map(|(_, case)| case)
}
