//! Streaming from a file or a pipe to an end, and from an end to a file or a pipe.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use acx_client::{Direction, System};
use acxvad_io::{Counts, Feed as FeedEnd, Host, Options, Tap as TapEnd, WaveFormat};
use wave::wav::WavFormat;

use crate::arguments::{Common, Feed, Tap};
use crate::audio::{Sink, Source, is_pipe};
use crate::end::{self, Ended, Failure, Outcome};
use crate::ends;

/// The limit of streaming.
#[derive(Clone, Copy)]
struct Limit {
    /// In frames.
    frames: Option<u64>,
}

impl Limit {
    fn new(seconds: Option<f64>, format: WaveFormat) -> Self {
        Self { frames: seconds.map(|seconds| (seconds * f64::from(format.rate)).round() as u64) }
    }

    /// The size of the next piece after `frames` frames, in bytes.
    fn next(self, frames: u64, block: usize, piece: usize) -> usize {
        let left = self.frames.map_or(u64::MAX, |most| most.saturating_sub(frames));
        piece.min(usize::try_from(left).unwrap_or(usize::MAX).saturating_mul(block))
    }
}

/// The progress display.
struct Progress {
    is_on: bool,
    word: &'static str,
    rate: u32,
    shown: u64,
}

impl Progress {
    fn new(given: &Common, word: &'static str, rate: u32) -> Self {
        let is_on = !given.json && io::stderr().is_terminal();
        Self { is_on, word, rate, shown: 0 }
    }

    fn show(&mut self, frames: u64, counts: Counts) {
        // Four times per second of audio.
        let turn = frames * 4 / u64::from(self.rate);
        if self.is_on && turn != self.shown {
            self.shown = turn;
            let seconds = frames as f64 / f64::from(self.rate);
            let lost = counts.underruns + counts.overruns;
            let _ = write!(io::stderr(), "\r{seconds:.1} s {}, {lost} packets lost ", self.word);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown > 0 {
            let _ = writeln!(io::stderr());
        }
    }
}

fn options(given: &Common, format: WaveFormat) -> Options {
    let frames = u64::from(format.rate) * u64::from(given.packet_ms) / 1000;
    Options::new(format).packet(frames.max(1) as u32)
}

/// Reads the source until its end, the limit or Ctrl-C.
struct Pieces {
    source: Source,
    limit: Limit,
    block: usize,
    piece: Vec<u8>,
    frames: u64,
}

impl Pieces {
    fn new(source: Source, seconds: Option<f64>, packet: u32) -> Self {
        let format = source.format().carried;
        let block = format.block_align();
        let limit = Limit::new(seconds, format);
        Self { source, limit, block, piece: vec![0; packet as usize * block], frames: 0 }
    }

    /// The next piece, or the reason of the end.
    fn next(&mut self) -> Result<Result<&[u8], Ended>, Failure> {
        let wanted = self.limit.next(self.frames, self.block, self.piece.len());
        if wanted == 0 {
            return Ok(Err(Ended::Time));
        }
        if end::is_stopped() {
            return Ok(Err(Ended::Stopped));
        }
        let count = self.source.read(&mut self.piece[..wanted])?;
        self.frames += (count / self.block) as u64;
        Ok(match count {
            0 if end::is_stopped() => Err(Ended::Stopped),
            0 => Err(Ended::Input),
            count => Ok(&self.piece[..count]),
        })
    }
}

/// `acxvad-feed`.
///
/// # Errors
///
/// [`Failure`].
pub fn feed(given: &Feed) -> Result<Outcome, Failure> {
    let source = match given.tone {
        Some(hertz) => Source::tone(hertz, given.raw.format()),
        None if given.raw.is_given() => Source::raw(&given.input, given.raw.format())?,
        None => Source::wav(&given.input)?,
    };
    let format = source.format().clone();
    end::stop_on_ctrl_c();
    let common = &given.common;
    if common.host {
        let input = given.tone.is_none().then_some(given.input.as_path());
        let sink = sink(given.record.as_deref(), input, &format, given.raw_output)?;
        let aside = given.record.as_deref().is_some_and(is_pipe);
        let pieces = Pieces::new(source, given.seconds, options(common, format.carried).packet);
        let way = Way { end: &given.end, streams: Direction::Render, fed: pieces, sink, aside };
        return through(way, format.carried, common, None);
    }
    let system = ends::installed(common)?;
    feed_installed(&system, given, source)
}

fn feed_installed(system: &dyn System, given: &Feed, source: Source) -> Result<Outcome, Failure> {
    let format = source.format().carried;
    let options = options(&given.common, format);
    let wrong = |error| ends::failed(system, &given.end, Direction::Render, error);
    let mut feed = FeedEnd::open(system, given.end.as_str(), options).map_err(wrong)?;
    let mut progress = Progress::new(&given.common, "fed", format.rate);
    let mut pieces = Pieces::new(source, given.seconds, options.packet);
    let ended = loop {
        match pieces.next()? {
            Ok(piece) => feed.write(piece).map_err(wrong)?,
            Err(ended) => break ended,
        }
        progress.show(pieces.frames, feed.counts());
    };
    feed.drain().map_err(wrong)?;
    Ok(Outcome {
        ended,
        fed: Some((pieces.frames, feed.counts())),
        read: None,
        lost_by_driver: feed.lost_by_driver().ok(),
        left_out: pieces.source.left_out(),
        violations: Vec::new(),
        aside: false,
    })
}

/// `acxvad-tap`.
///
/// # Errors
///
/// [`Failure`].
pub fn tap(given: &Tap) -> Result<Outcome, Failure> {
    let common = &given.common;
    let aside = is_pipe(&given.output);
    if common.host {
        let source = match &given.play {
            Some(path) => Source::wav(path)?,
            // Silence, like a speaker without streams.
            None => Source::tone(0.0, given.format.format()),
        };
        let played = source.format().clone();
        let is_asked = given.format.is_given() || given.play.is_none();
        let format = if is_asked { WavFormat::of(given.format.format()) } else { played.clone() };
        let input = given.play.as_deref();
        let sink = sink(Some(&given.output), input, &format, given.raw)?;
        end::stop_on_ctrl_c();
        let seconds = if input.is_some() { None } else { given.seconds };
        let pieces = Pieces::new(source, seconds, options(common, played.carried).packet);
        let way = Way { end: &given.end, streams: Direction::Capture, fed: pieces, sink, aside };
        return through(way, format.carried, common, given.seconds);
    }
    let system = ends::installed(common)?;
    let format = WavFormat::of(given.format.format());
    let sink = sink(Some(&given.output), None, &format, given.raw)?;
    end::stop_on_ctrl_c();
    tap_installed(&system, given, format.carried, sink)
}

fn sink(
    path: Option<&Path>,
    input: Option<&Path>,
    format: &WavFormat,
    raw: bool,
) -> Result<Sink, Failure> {
    path.map_or_else(|| Ok(Sink::nowhere()), |path| Sink::create(path, input, format, raw))
}

fn tap_installed(
    system: &dyn System,
    given: &Tap,
    format: WaveFormat,
    mut sink: Sink,
) -> Result<Outcome, Failure> {
    let options = options(&given.common, format);
    let wrong = |error| ends::failed(system, &given.end, Direction::Capture, error);
    let mut tap = TapEnd::open(system, given.end.as_str(), options).map_err(wrong)?;
    let mut progress = Progress::new(&given.common, "read", format.rate);
    let limit = Limit::new(given.seconds, format);
    let block = format.block_align();
    let mut room = vec![0; options.packet as usize * block];
    let mut frames = 0;
    let ended = loop {
        let wanted = limit.next(frames, block, room.len());
        if wanted == 0 {
            break Ended::Time;
        }
        if end::is_stopped() {
            break Ended::Stopped;
        }
        tap.read(&mut room[..wanted]).map_err(wrong)?;
        match sink.write(&room[..wanted]) {
            Err(Failure::ReaderGone) => break Ended::ReaderGone,
            written => written?,
        }
        frames += (wanted / block) as u64;
        progress.show(frames, tap.counts());
    };
    let ended = finish(sink, ended)?;
    Ok(Outcome {
        ended,
        fed: None,
        read: Some((frames, tap.counts())),
        lost_by_driver: tap.lost_by_driver().ok(),
        left_out: 0,
        violations: Vec::new(),
        aside: is_pipe(&given.output),
    })
}

fn finish(sink: Sink, ended: Ended) -> Result<Ended, Failure> {
    match sink.finish() {
        Err(Failure::ReaderGone) => Ok(Ended::ReaderGone),
        done => done.map(|()| ended),
    }
}

/// From one end of a cable to the other, in this program.
struct Way<'a> {
    end: &'a str,
    /// The direction of the named end.
    streams: Direction,
    fed: Pieces,
    sink: Sink,
    /// Whether standard output is audio.
    aside: bool,
}

/// Runs the driver in this program, with a feed at one end of a cable and a tap at the other.
fn through(
    way: Way<'_>,
    heard: WaveFormat,
    given: &Common,
    seconds: Option<f64>,
) -> Result<Outcome, Failure> {
    let host = ends::host(given, way.end, way.streams)?;
    let aside = way.aside;
    let done = both_ends(&host, way, heard, given, seconds);
    let violations = host.stop();
    Ok(Outcome { violations, aside, ..done? })
}

fn both_ends(
    host: &Host,
    way: Way<'_>,
    heard: WaveFormat,
    given: &Common,
    seconds: Option<f64>,
) -> Result<Outcome, Failure> {
    let Way { end: name, streams, fed: mut pieces, mut sink, .. } = way;
    let played = pieces.source.format().carried;
    let wrong = |streams| move |error| ends::failed(host, name, streams, error);
    let none = || {
        acxvad_io::Error::Request(acx_client::Failed {
            what: "finding the end of a cable",
            status: acx_sys::STATUS_OBJECT_NAME_NOT_FOUND,
        })
    };
    let cable = ends::cable(host, name, streams).ok_or_else(|| wrong(streams)(none()))?;
    // The named end by its name, the other one by the cable.
    let (mut feed, mut tap);
    let (to, from) = (options(given, played), options(given, heard));
    match streams {
        Direction::Render => {
            feed = FeedEnd::open(host, name, to).map_err(wrong(Direction::Render))?;
            tap = TapEnd::open(host, cable, from).map_err(wrong(Direction::Capture))?;
        }
        Direction::Capture => {
            tap = TapEnd::open(host, name, from).map_err(wrong(Direction::Capture))?;
            feed = FeedEnd::open(host, cable, to).map_err(wrong(Direction::Render))?;
        }
    }
    let block = heard.block_align();
    let mut room = vec![0; from.packet as usize * block];
    let limit = Limit::new(seconds, heard);
    let mut progress = Progress::new(given, "streamed", heard.rate);
    let mut read = 0;
    // Records a piece. Returns the reason of the end, if it ended.
    let mut hear = |tap: &mut TapEnd<&Host>, most: usize| -> Result<Option<Ended>, Failure> {
        let wanted = limit.next(read, block, room.len().min(most));
        if wanted == 0 {
            return Ok(Some(Ended::Time));
        }
        tap.read(&mut room[..wanted]).map_err(wrong(Direction::Capture))?;
        match sink.write(&room[..wanted]) {
            Err(Failure::ReaderGone) => return Ok(Some(Ended::ReaderGone)),
            written => written?,
        }
        read += (wanted / block) as u64;
        progress.show(read, tap.counts());
        Ok(None)
    };
    let packet = room_bytes(from, heard);
    let mut ended = None;
    let mut fed_ended = Ended::Input;
    if given.realtime {
        // One thread feeds, like another program.
        let is_over = AtomicBool::new(false);
        let fed = Mutex::new(Ok(Ended::Input));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let done = feed_all(&mut feed, &mut pieces, &is_over);
                *fed.lock().expect("nobody panics with it") = done;
                is_over.store(true, Ordering::Release);
            });
            let mut heard = Ok(None);
            while !is_over.load(Ordering::Acquire) && matches!(heard, Ok(None)) {
                heard = hear(&mut tap, packet);
            }
            is_over.store(true, Ordering::Release);
            heard.map(|heard| ended = heard)
        })?;
        let done = fed.into_inner().expect("nobody panics with it");
        fed_ended = done.map_err(|failure| match failure {
            FeedFailure::Source(failure) => failure,
            FeedFailure::End(error) => wrong(Direction::Render)(error),
        })?;
    } else {
        let mut rest = Vec::new();
        while ended.is_none() {
            if rest.is_empty() {
                match pieces.next()? {
                    Ok(piece) => rest.extend(piece),
                    Err(why) => {
                        fed_ended = why;
                        break;
                    }
                }
            }
            let taken = feed.try_write(&rest).map_err(wrong(Direction::Render))?;
            rest.drain(..taken);
            // Time passes only here, so the feed is never late.
            if !rest.is_empty() {
                ended = hear(&mut tap, packet)?;
            }
        }
        // Silence fills the last packet, and starts a stream of fewer than two.
        let silence = vec![0; packet_rest(pieces.frames, to) * played.block_align()];
        let mut rest = &silence[..];
        while ended.is_none() && !rest.is_empty() {
            rest = &rest[feed.try_write(rest).map_err(wrong(Direction::Render))?..];
            if !rest.is_empty() {
                ended = hear(&mut tap, packet)?;
            }
        }
    }
    // The audio in flight: from the last write to its recording, at the tap's own rate.
    if ended.is_none() && fed_ended != Ended::Stopped {
        let ahead = feed.latency().map_err(wrong(Direction::Render))?;
        let ahead = (ahead * u64::from(heard.rate)).div_ceil(u64::from(played.rate));
        // A late tap has two more packets to read, and counts older ones as lost.
        let late = if given.realtime { 2 } else { 0 };
        let mut left = (ahead + (1 + late) * u64::from(from.packet)) as usize * block;
        while left > 0 && ended.is_none() {
            // The last packet may still be pending.
            feed.try_write(&[]).map_err(wrong(Direction::Render))?;
            ended = hear(&mut tap, left)?;
            left = left.saturating_sub(packet);
        }
    }
    let ended = finish(sink, ended.unwrap_or(fed_ended))?;
    let lost = feed.lost_by_driver().and_then(|fed| Ok(fed + tap.lost_by_driver()?));
    Ok(Outcome {
        ended,
        fed: Some((pieces.frames, feed.counts())),
        read: Some((read, tap.counts())),
        lost_by_driver: lost.ok(),
        left_out: pieces.source.left_out(),
        violations: Vec::new(),
        aside: false,
    })
}

fn room_bytes(options: Options, format: WaveFormat) -> usize {
    options.packet as usize * format.block_align()
}

/// The number of frames that a stream needs for whole packets, and for at least two of them.
fn packet_rest(frames: u64, options: Options) -> usize {
    let packet = u64::from(options.packet);
    (frames.next_multiple_of(packet).max(2 * packet) - frames) as usize
}

/// The reason why feeding ended early.
enum FeedFailure {
    Source(Failure),
    End(acxvad_io::Error),
}

/// Feeds everything, unless it is ended before.
fn feed_all(
    feed: &mut FeedEnd<&Host>,
    pieces: &mut Pieces,
    is_over: &AtomicBool,
) -> Result<Ended, FeedFailure> {
    while !is_over.load(Ordering::Acquire) {
        match pieces.next().map_err(FeedFailure::Source)? {
            Ok(piece) => feed.write(piece).map_err(FeedFailure::End)?,
            Err(ended) => {
                feed.drain().map_err(FeedFailure::End)?;
                return Ok(ended);
            }
        }
    }
    Ok(Ended::Input)
}
