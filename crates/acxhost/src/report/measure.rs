//! Measurements of streams: packet completions, position jitter, the null test, cost by the number
//! of streams.

use std::time::{Duration, Instant};

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, Failed, System};
use acx_host::Machine;
use acx_sys::{STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN, STATUS_DEVICE_NOT_READY};

use super::{Completion, Completions, Growth, NullTest};
use acx_conform::Subject;
use acx_conform::analysis;
use acx_conform::bench::Spread;
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{self, Options, open_event_at, usual_format};
use acx_conform::run::{RunError, Time};
use acx_conform::suite;

/// Packets of 10 ms.
const PERIOD_MS: u32 = 10;

/// The maximum time without a completed packet.
const PATIENCE: Duration = Duration::from_secs(2);

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Render => "speaker",
        Direction::Capture => "microphone",
    }
}

/// An event-driven client that continues when it is late, and counts glitches.
struct Client {
    direction: Direction,
    /// Frames in a second.
    rate: u32,
    stream: EventStream,
    packet: Vec<u8>,
    /// The number of completed packets, the driver's stamp of the last one, and the time at which
    /// the client ran, in ticks.
    seen: Vec<(u64, u64, u64)>,
    glitches: u64,
}

impl Client {
    fn open(machine: &Machine, end: &Endpoint) -> Result<Self, RunError> {
        let format = usual_format(Endpoint::open(machine, &end.link)?)?;
        let stream = open_event_at(machine, end, format, PERIOD_MS)?;
        stream.prepare()?;
        let packet = vec![1; stream.packet_bytes()];
        let (direction, seen) = (end.direction, Vec::new());
        let rate = format.rate;
        let mut client = Self { direction, rate, stream, packet, seen, glitches: 0 };
        if direction == Direction::Render {
            for packet in 0..2 {
                // A first packet that is late before the stream runs is not the driver's fault.
                match client.stream.write(packet, &client.packet, None) {
                    Ok(()) | Err(Failed { status: STATUS_DATA_LATE_ERROR, .. }) => {}
                    Err(why) => return Err(why.into()),
                }
            }
        }
        Ok(client)
    }

    /// On the event.
    fn service(&mut self, now: u64) -> Result<(), Failed> {
        let (count, at) = self.stream.completed();
        let before = self.seen.last().map_or(0, |(count, ..)| *count);
        if count == before {
            return Ok(());
        }
        self.glitches += count - before - 1;
        self.seen.push((count, at, now));
        let answer = match self.direction {
            Direction::Render => self.stream.write(count + 1, &self.packet, None),
            Direction::Capture => self
                .stream
                .read_packet()
                .map(|read| self.stream.copy(read.packet, &mut self.packet)),
        };
        match answer {
            Err(Failed {
                status: STATUS_DATA_LATE_ERROR | STATUS_DATA_OVERRUN | STATUS_DEVICE_NOT_READY,
                ..
            }) => {
                self.glitches += 1;
                Ok(())
            }
            answer => answer,
        }
    }

    /// Its packets, relative to the ideal boundaries.
    fn completions(self, frequency: u64) -> Completions {
        let period = (frequency * u64::from(PERIOD_MS) / 1000) as i128;
        // The start of the stream, if the earliest stamp is right.
        let origins =
            self.seen.iter().map(|(count, at, _)| i128::from(*at) - i128::from(*count) * period);
        let origin = origins.min().unwrap_or(0);
        let behind = |count: u64, at: u64| {
            let boundary = origin + i128::from(count) * period;
            (i128::from(at) - boundary) as f64 * 1e9 / frequency as f64
        };
        let packet = |(count, at, now): &(u64, u64, u64)| Completion {
            packet: *count,
            stamp_ns: behind(*count, *at),
            woken_ns: behind(*count, *now),
        };
        Completions {
            end: word(self.direction),
            period_ms: PERIOD_MS,
            packets: self.seen.iter().map(packet).collect(),
            glitches: self.glitches,
        }
    }
}

/// Runs a stream at each of the driver's ends, for this many packets.
fn follow(machine: &Machine, packets: u64, late: Duration) -> Result<Vec<Completions>, RunError> {
    let mut clients = Vec::new();
    for direction in [Direction::Render, Direction::Capture] {
        if let Some(end) = Endpoint::all(machine, direction)?.first() {
            clients.push(Client::open(machine, end)?);
        }
    }
    clients.retain(|client| client.stream.has_register());
    for client in &clients {
        client.stream.run()?;
    }
    machine.set_timer_lateness(late);
    let events: Vec<u64> = clients.iter().map(|client| client.stream.event()).collect();
    let is_done = |client: &Client| client.seen.last().is_some_and(|(count, ..)| *count >= packets);
    while !clients.iter().all(is_done) {
        let index = machine
            .wait_any(&events, PATIENCE)
            .ok_or(RunError::Silent(PATIENCE.as_millis() as u64))?;
        clients[index].service(machine.qpc())?;
    }
    machine.set_timer_lateness(Duration::ZERO);
    let frequency = machine.qpc_frequency();
    Ok(clients.into_iter().map(|client| client.completions(frequency)).collect())
}

/// Completions in real time.
pub(super) fn completions(subject: &Subject, seconds: u64) -> Result<Vec<Completions>, RunError> {
    let packets = seconds * 1000 / u64::from(PERIOD_MS);
    Ok(subject.on_device(Time::Real, |machine, _| follow(machine, packets, Duration::ZERO))?.0)
}

/// Completions in virtual time, with timers a millisecond late.
pub(super) fn completions_when_late(subject: &Subject) -> Result<Vec<Completions>, RunError> {
    let late = Duration::from_millis(1);
    Ok(subject.on_device(Time::Virtual, |machine, _| follow(machine, 100, late))?.0)
}

/// The distances of a stream's positions from their line at the nominal rate in real time, in
/// nanoseconds: a hundred readings, off the packet grid.
pub(super) fn positions(subject: &Subject) -> Result<Vec<f64>, RunError> {
    let (points, frequency, rate) = subject
        .on_device(Time::Real, |machine, _| {
            let mut ends = Endpoint::all(machine, Direction::Render)?;
            ends.extend(Endpoint::all(machine, Direction::Capture)?);
            let end =
                ends.first().ok_or_else(|| RunError::NoEndpoint { driver: subject.label() })?;
            let client = Client::open(machine, end)?;
            client.stream.run()?;
            machine.sleep(Duration::from_millis(100));
            let mut points = Vec::new();
            for _ in 0..100 {
                machine.sleep(Duration::from_micros(10_137));
                points.push(client.stream.position()?);
            }
            Ok((points, machine.qpc_frequency(), client.rate))
        })?
        .0;
    let off = |(frames, at): &(u64, u64)| {
        *at as f64 * 1e9 / frequency as f64 - *frames as f64 * 1e9 / f64::from(rate)
    };
    let first = points.first().map_or(0.0, off);
    let mean = points.iter().map(|point| off(point) - first).sum::<f64>() / points.len() as f64;
    Ok(points.iter().map(|point| off(point) - first - mean).collect())
}

/// Pieces of a waveform.
const PIECES: usize = 360;

/// The lowest and the highest sample of each piece, from -1 to 1.
fn envelope(samples: &[i32]) -> Vec<(f32, f32)> {
    let piece = samples.len().div_ceil(PIECES).max(1);
    let scale = |sample: i32| sample as f32 / 32_768.0;
    let ends = |piece: &[i32]| {
        let (low, high) = (piece.iter().min(), piece.iter().max());
        (scale(low.copied().unwrap_or(0)), scale(high.copied().unwrap_or(0)))
    };
    samples.chunks(piece).map(ends).collect()
}

/// Samples that are shown one by one: 5 ms.
const DETAIL: usize = 240;

/// The beginning of the sound: original and recording.
fn detail(played: &[i32], recorded: &[i32]) -> Vec<(f32, f32)> {
    let scale = |sample: &i32| *sample as f32 / 32_768.0;
    let from = played.iter().position(|sample| *sample != 0).unwrap_or(0);
    let pairs = played.iter().zip(recorded).skip(from).take(DETAIL);
    pairs.map(|(sent, came)| (scale(sent), scale(came))).collect()
}

/// Plays a tune and compares the recording with it.
pub(super) fn null_test(subject: &Subject) -> Result<NullTest, RunError> {
    let audio = melody();
    let (outcome, _) = subject.on_device(Time::Virtual, |machine, _| {
        suite::cable(subject, machine).map_err(RunError::Wrong)?;
        play::play(machine, STEREO, &audio, Options::default(), &mut |_| {})
    })?;
    let block = STEREO.block_align();
    let found = analysis::compare(&audio, &outcome.recording, block);
    let came = outcome.recording.get(found.latency as usize * block..).unwrap_or_default();
    let samples = |audio: &[u8]| -> Vec<i32> {
        let frames = audio.chunks_exact(block);
        frames.map(|frame| i32::from(i16::from_le_bytes([frame[0], frame[1]]))).collect()
    };
    let (played, mut recorded) = (samples(&audio), samples(came));
    // Missing frames count as silence.
    recorded.resize(played.len(), 0);
    let difference: Vec<i32> =
        recorded.iter().zip(&played).map(|(came, sent)| came - sent).collect();
    Ok(NullTest {
        format: STEREO.to_string(),
        frames: played.len() as u64,
        latency: found.latency,
        different: found.different,
        seconds: played.len() as f64 / f64::from(STEREO.rate),
        played: envelope(&played),
        recorded: envelope(&recorded),
        difference: envelope(&difference),
        detail: detail(&played, &recorded),
    })
}

/// The number of streams of a cable, if the vendor does not define it.
const OF_A_CABLE: usize = 64;

/// The completions that a round times: a fraction of a millisecond, short compared with a
/// scheduler's time slice.
const COMPLETIONS: usize = 64;

/// Streams at the ends of all cables, doubled up to `most`, or to the driver's limit.
pub(super) fn growth(
    subject: &Subject,
    most: usize,
    rounds: usize,
) -> Result<Vec<Growth>, RunError> {
    let cables = subject.vendor.and_then(|vendor| vendor.cables);
    let of_a_cable = cables.map_or(OF_A_CABLE, |cables| cables.streams as usize);
    let settings = cables.filter(|_| most > of_a_cable);
    let settings = settings.map(|own| (own.settings)(most.div_ceil(of_a_cable) as u32));
    let subject = subject.clone().with_settings(settings.unwrap_or_default());
    Ok(subject.on_device(Time::Virtual, |machine, _| grow(machine, of_a_cable, most, rounds))?.0)
}

fn grow(
    machine: &Machine,
    of_a_cable: usize,
    most: usize,
    rounds: usize,
) -> Result<Vec<Growth>, RunError> {
    let ends =
        [Endpoint::all(machine, Direction::Render)?, Endpoint::all(machine, Direction::Capture)?];
    let mut clients: Vec<Client> = Vec::new();
    let mut found: Vec<Growth> = Vec::new();
    let mut count = 1;
    while count <= most {
        let before = machine.allocations().bytes as f64;
        let opened = clients.len();
        while clients.len() < count {
            let (index, cable) = (clients.len() % 2, clients.len() / of_a_cable);
            // A driver with one end has all its streams at that end.
            let end = ends[index].get(cable).or_else(|| ends[1 - index].get(cable));
            let Some(end) = end else { return Ok(found) };
            let Ok(client) = Client::open(machine, end) else { return Ok(found) };
            client.stream.run()?;
            clients.push(client);
        }
        let pool_bytes =
            (machine.allocations().bytes as f64 - before) / (clients.len() - opened) as f64;
        let mut times = Vec::with_capacity(rounds);
        let periods = (COMPLETIONS / count).max(1);
        for _ in 0..rounds {
            let start = Instant::now();
            for _ in 0..periods {
                machine.sleep(Duration::from_millis(u64::from(PERIOD_MS)));
                clients.iter_mut().try_for_each(|client| client.service(0))?;
            }
            times.push(start.elapsed().as_nanos() as f64 / periods as f64);
            for client in &mut clients {
                let old = client.seen.len().saturating_sub(1);
                client.seen.drain(..old);
            }
        }
        let period_ns = Spread::of(times);
        // Not the medians: a round of many streams is so long that it is often preempted on a busy
        // machine.
        let first = found.first().map_or(period_ns, |first| first.period_ns).lower_quartile;
        let each_to_first = period_ns.lower_quartile / count as f64 / first;
        found.push(Growth { streams: count, period_ns, each_to_first, pool_bytes });
        count *= 2;
    }
    Ok(found)
}
