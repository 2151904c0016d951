//! Many streams on many cables with short packets: their cost, and the behaviour past the limit.
//!
//! Streams are spread over the cables: the first is at a speaker, the second at its microphone, the
//! third at the next cable's speaker. Every client wakes once per period, and writes its next
//! packet or reads the newest one. All speakers of a cable play the same noise, which depends only
//! on the packet number. So each recorded frame must be silence, or the sum of the streams whose
//! clients were in time.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::{Duration, Instant};

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::{STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN, STATUS_DEVICE_NOT_READY};
use serde::Serialize;
use wave::noise;

use crate::melody::STEREO;
use crate::run::{Findings, RunError, counted};
use crate::subject::Subject;
use crate::suite::end::{End, preroll};
use crate::suite::{Context, Features};
use crate::vendor::{AskCounters, counter};

/// The size of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Options {
    /// Cables.
    pub cables: u32,
    /// The number of streams, at both ends together.
    pub streams: u32,
    /// Duration of a packet in milliseconds.
    pub period_ms: u32,
    /// Whether time is real; virtual otherwise.
    pub realtime: bool,
    /// The duration, in that time.
    pub span: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let span = Duration::from_secs(10);
        Self { cables: 16, streams: 256, period_ms: 1, realtime: false, span }
    }
}

/// The memory of the driver and the process at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Holding {
    /// The time in seconds since the streams started.
    pub seconds: f64,
    /// Blocks of pool.
    pub blocks: usize,
    /// Bytes of pool.
    pub bytes: usize,
    /// Framework objects.
    pub objects: usize,
    /// Resident bytes of the whole process, including host and clients, if the system reports them.
    pub resident: Option<u64>,
}

/// The frames that the microphones recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Frames with the sum of all speakers' streams.
    pub whole: u64,
    /// Frames with the sum of some of them.
    pub part: u64,
    /// Silence.
    pub silence: u64,
    /// Anything else.
    pub wrong: u64,
}

impl Recorded {
    /// Whether no frame is anything else than the sum of all streams.
    fn is_whole(&self) -> bool {
        *self == Self { whole: self.whole, ..Self::default() }
    }
}

/// The result of a load.
#[derive(Clone, Debug, Serialize)]
pub struct Load {
    /// The requested load, with the cables and streams that were there.
    pub options: Options,
    /// The number of streams requested.
    pub streams_asked: u32,
    /// A description of the endpoints that the streams were at.
    pub place: String,
    /// Seconds of audio.
    pub audio_seconds: f64,
    /// The elapsed time in seconds.
    pub wall_seconds: f64,
    /// Processor time in seconds, of host, driver and clients together, if the system reports it.
    pub cpu_seconds: Option<f64>,
    /// Packets completed.
    pub packets: u64,
    /// Packets that should have been completed by the streams that count them.
    pub packets_due: u64,
    /// Packets that a client wrote too late or not at all.
    pub late: u64,
    /// Packets that a client missed.
    pub lost: u64,
    /// The frames that the microphones recorded; None if they were not compared.
    pub recorded: Option<Recorded>,
    /// Why they were not compared.
    pub not_compared: Option<String>,
    /// The driver's own counters, summed over its streams; empty if it has none.
    pub counters: BTreeMap<&'static str, u64>,
    /// The largest delay of a driver's tick, in microseconds.
    pub worst_tick_us: f64,
    /// The largest delay from a packet's time until its client was done with it, in microseconds.
    pub worst_client_us: f64,
    /// The driver's and the process's memory, from the first second to the last.
    pub memory: Vec<Holding>,
    /// The broken rules.
    pub violations: Vec<String>,
}

impl Load {
    /// Whether pool and objects are the same at the end as at the beginning.
    pub fn is_flat(&self) -> bool {
        let usage_of = |at: &Holding| (at.blocks, at.bytes, at.objects);
        self.memory.iter().all(|at| usage_of(at) == usage_of(&self.memory[0]))
    }

    /// The growth of the process in bytes.
    pub fn growth(&self) -> Option<i64> {
        let (first, last) = (self.memory.first()?, self.memory.last()?);
        Some(last.resident?.cast_signed() - first.resident?.cast_signed())
    }

    /// The share of one processor that the audio takes. None if the system does not report it, or
    /// if its clock did not advance in so short a run.
    pub fn share(&self) -> Option<f64> {
        let measured = self.cpu_seconds.filter(|seconds| *seconds > 0.0);
        measured.map(|seconds| seconds / self.audio_seconds.max(f64::MIN_POSITIVE))
    }

    /// Glitches at clients, or in the driver by its own counters.
    pub fn glitches(&self) -> u64 {
        let counted = self.counters.iter().filter(|(name, _)| ANOMALIES.contains(name));
        self.late + self.lost + counted.map(|(_, count)| count).sum::<u64>()
    }
}

impl Load {
    /// Returns whether the streams completed their packets: in virtual time all except those in
    /// progress, in real time at least one.
    pub fn moves(&self) -> bool {
        let streams = u64::from(self.options.streams);
        let all = if self.options.realtime { 1 } else { self.packets_due.saturating_sub(streams) };
        self.packets_due == 0 || self.packets >= all.max(1)
    }

    /// Returns whether there were no errors. In real time the machine may be too slow, which is not
    /// a fault; in virtual time it never is.
    pub fn is_clean(&self) -> bool {
        let whole = self.recorded.unwrap_or_default().is_whole();
        let timely = self.options.realtime || self.glitches() == 0;
        self.moves() && timely && whole && self.is_flat() && self.violations.is_empty()
    }

    /// The rows of a table: name and value.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let Options { streams, period_ms, .. } = self.options;
        let pool = |at: Option<&Holding>| {
            at.map_or(String::new(), |at| {
                format!("{} bytes in {}", at.bytes, counted(at.blocks, "block"))
            })
        };
        let mut completed = self.packets.to_string();
        if self.packets_due == 0 {
            "not counted: the streams have no packet register".clone_into(&mut completed);
        } else if !self.moves() {
            let _ = write!(completed, " of {} that were due", self.packets_due);
        }
        let mut rows = vec![
            ("Streams", format!("{streams} {}, packets of {period_ms} ms", self.place)),
            ("Audio", format!("{:.1} s in {:.1} s", self.audio_seconds, self.wall_seconds)),
            ("Packets completed", completed),
            ("Packets late", self.late.to_string()),
            ("Packets lost", self.lost.to_string()),
        ];
        if streams < self.streams_asked {
            rows.insert(1, ("Asked for", format!("{}: the pins take no more", self.streams_asked)));
        }
        if self.counters.keys().any(|name| !counter::is_work(name)) {
            let words = not_zero(&self.counters).unwrap_or_else(|| "all 0".to_owned());
            rows.push(("Driver's counters", words));
        }
        if let Some(recorded) = self.recorded {
            rows.push(("Recorded", recorded.to_string()));
        }
        if let Some(why) = &self.not_compared {
            rows.push(("Not compared", why.clone()));
        }
        rows.push(("Worst tick", format!("{:.1} us late", self.worst_tick_us)));
        rows.push(("Worst client", format!("{:.1} us after the packet", self.worst_client_us)));
        if let Some(share) = self.share() {
            let each = share * 1e6 / f64::from(streams);
            let text = format!(
                "{:.1} % of a processor; {each:.1} us for a second of a stream",
                share * 100.0
            );
            rows.push(("Processor", text));
        }
        rows.push(("Pool at first", pool(self.memory.first())));
        rows.push(("Pool at last", pool(self.memory.last())));
        if let Some(growth) = self.growth() {
            rows.push(("Process grew by", format!("{growth} bytes")));
        }
        rows.push(("Violations", self.violations.len().to_string()));
        rows
    }

    /// A row of the table with [`HEAD`]; growth is relative to `first`.
    pub fn line(&self, first: &Self) -> String {
        let streams = self.options.streams;
        let each = |own: &Self| Some(own.share()? / f64::from(own.options.streams));
        let bytes = self.memory.last().map_or(0, |at| at.bytes);
        let shown = |figure: Option<f64>, digits: usize| {
            figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
        };
        let factor = each(self).zip(each(first)).map(|(own, first)| own / first);
        format!(
            "{streams:>7} {:>8} {:>9} {:>8} {:>11} {:>9} {:>8} {:>8} {:>10.1} {:>10.1}",
            shown(self.share().map(|share| share * 100.0), 2),
            shown(each(self).map(|share| share * 1e6), 1),
            shown(factor, 2),
            bytes,
            self.packets,
            self.glitches(),
            self.counters.get(counter::LATE_TICKS).copied().unwrap_or(0),
            self.worst_tick_us,
            self.worst_client_us,
        )
    }
}

/// The head of a table of loads.
pub const HEAD: &str = "streams    cpu %   us each to first  pool bytes   packets glitches     late   tick us  client us";

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { whole, part, silence, wrong } = self;
        write!(f, "{whole} frames whole, {part} of some streams, {silence} silent, {wrong} wrong")
    }
}

/// Counters of audible errors. A late tick alone need not be audible.
const ANOMALIES: [&str; 3] = [counter::SKIPPED, counter::UNDERRUNS, counter::OVERWRITES];

/// How often clients poll their streams per period in real time.
const LOOKS_IN_A_PERIOD: u32 = 4;

/// The length of the noise in frames: a prime, so that it never aligns with packets.
const NOISE_FRAMES: usize = 65_537;

/// The maximum amplitude: the sum of eight streams stays below full scale.
const LOUDEST: i16 = 4000;

/// The sum of 0 to n streams of the noise; the first packet is repeated at the end, so that any
/// packet is contiguous.
struct Noise {
    mixes: Vec<Vec<u8>>,
    packet: usize,
}

impl Noise {
    fn new(streams: usize, packet: usize) -> Self {
        let mut random = noise::seeded(1);
        let single: Vec<i16> = (0..NOISE_FRAMES * 2)
            .map(|_| {
                // Never zero, so that each frame differs from silence.
                let level = random.i16(1..=LOUDEST);
                if random.bool() { level } else { -level }
            })
            .collect();
        let mix = |count: usize| {
            let sum = |value: &i16| value.saturating_mul(count as i16).to_le_bytes();
            let mut bytes: Vec<u8> = single.iter().flat_map(sum).collect();
            bytes.extend_from_within(..packet);
            bytes
        };
        Self { mixes: (0..=streams).map(mix).collect(), packet }
    }

    /// The sum of `count` streams from `frame` on.
    fn at(&self, count: usize, frame: u64) -> &[u8] {
        let at = (frame % NOISE_FRAMES as u64) as usize * STEREO.block_align();
        &self.mixes[count][at..at + self.packet]
    }

    /// Classifies the frames of a packet that should be the sum of all streams from `frame` on.
    fn judge(&self, packet: &[u8], frame: u64, recorded: &mut Recorded) {
        let all = self.mixes.len() - 1;
        let block = STEREO.block_align();
        if packet == self.at(all, frame) {
            recorded.whole += (packet.len() / block) as u64;
            return;
        }
        for at in (0..packet.len()).step_by(block) {
            let found = &packet[at..at + block];
            let count =
                (0..=all).rev().find(|count| &self.at(*count, frame)[at..at + block] == found);
            *match count {
                Some(0) => &mut recorded.silence,
                Some(count) if count == all => &mut recorded.whole,
                Some(_) => &mut recorded.part,
                None => &mut recorded.wrong,
            } += 1;
        }
    }
}

/// A client with one stream.
struct Client {
    stream: EventStream,
    direction: Direction,
    cable: usize,
    /// The last packet read, and the number of the next one.
    packet: Vec<u8>,
    next: u32,
    /// The first packet of a speaker's that was not late or left out so far.
    due: u64,
}

/// The clients, and their counts.
struct Clients<'m> {
    machine: &'m Machine,
    counters: Option<AskCounters>,
    ends: Vec<Endpoint>,
    all: Vec<Client>,
    /// The noise of each cable's speakers.
    noise: Vec<Noise>,
    /// The latency of the microphones in frames, once it is known.
    lag: Option<u64>,
    period: Duration,
    /// The time between two polls of the clients.
    pause: Duration,
    packet_frames: u64,
    /// Nanoseconds of the packets of each stream that counts them.
    packet_ns: Vec<f64>,
    /// Where the streams are, in words.
    place: String,
    /// When they look next.
    wakes: u64,
    is_exact: bool,
    /// Why what is recorded is not compared.
    not_compared: Option<String>,
    late: u64,
    lost: u64,
    recorded: Recorded,
    worst_client: u64,
}

/// The driver's counters and packets, summed over all streams.
type Counted = (BTreeMap<&'static str, u64>, u64);

impl<'m> Clients<'m> {
    fn open(subject: &Subject, machine: &'m Machine, options: Options) -> Result<Self, RunError> {
        let speakers = Endpoint::all(machine, Direction::Render)?;
        let microphones = Endpoint::all(machine, Direction::Capture)?;
        let features = Features::of(&Context::new(subject, machine));
        let vendor = features.vendor.and_then(|vendor| vendor.cables);
        let (cables, present) = (options.cables as usize, speakers.len().min(microphones.len()));
        if vendor.is_some() && present < cables && present > 0 {
            return Err(RunError::NoCable { cable: cables - 1, present });
        }
        // Alternating ends, each cable's speaker before its microphone; or one end, if there is no
        // other.
        let pairs = speakers.len().max(microphones.len()).min(cables);
        let has_cable = features.has_cable();
        let mut places = Vec::new();
        for cable in 0..pairs {
            let ends = speakers.get(cable).into_iter().chain(microphones.get(cable));
            for endpoint in ends {
                let end = End::of(Endpoint::open(machine, &endpoint.link)?);
                let end = end.map_err(RunError::Wrong)?;
                let left = end.limit().map_or(usize::MAX, |limit| limit as usize);
                places.push((cable, end, left));
            }
        }
        if places.is_empty() {
            return Err(RunError::NoEndpoint { driver: subject.label() });
        }
        let not_compared = if options.realtime {
            Some("in real time streams begin one after the other".to_owned())
        } else if places.iter().all(|(_, end, _)| end.format == STEREO) {
            features.into_cable().err()
        } else {
            Some(format!("an end is not used with {STEREO}"))
        };
        let place = if has_cable || vendor.is_some() {
            format!("on {}", counted(pairs, "cable"))
        } else {
            let at = |ends: &[Endpoint], what| {
                (!ends.is_empty()).then(|| counted(ends.len().min(cables), what))
            };
            let ends = [at(&speakers, "speaker"), at(&microphones, "microphone")];
            format!("at {}", ends.into_iter().flatten().collect::<Vec<_>>().join(" and "))
        };
        let (mut clients, mut packet_ns) = (Vec::new(), Vec::new());
        while clients.len() < options.streams as usize {
            let before = clients.len();
            for (cable, end, left) in &mut places {
                if *left == 0 || clients.len() == options.streams as usize {
                    continue;
                }
                *left -= 1;
                let stream = end.open(machine, end.frames(options.period_ms))?;
                stream.prepare()?;
                let packet = vec![0; stream.packet_bytes()];
                if stream.has_register() {
                    let frames = packet.len() / end.format.block_align();
                    packet_ns.push(frames as f64 * 1e9 / f64::from(end.format.rate));
                }
                let (direction, cable) = (end.direction(), *cable);
                clients.push(Client { stream, direction, cable, packet, next: 0, due: 0 });
            }
            // Every pin has reached its limit.
            if clients.len() == before {
                break;
            }
        }
        let packet = (STEREO.rate * options.period_ms / 1000) as usize * STEREO.block_align();
        let noise = |cable| {
            let own = |own: &&Client| own.cable == cable && own.direction == Direction::Render;
            Noise::new(clients.iter().filter(own).count(), packet)
        };
        let noise: Vec<Noise> = (0..pairs).map(noise).collect();
        let packet_frames = (packet / STEREO.block_align()) as u64;
        let played = not_compared.is_none().then_some((&noise[..], packet_frames));
        let wakes = start(machine, &mut clients, played)?;
        let ends = speakers.into_iter().chain(microphones).collect();
        let period = Duration::from_millis(u64::from(options.period_ms));
        Ok(Self {
            machine,
            counters: subject.vendor.and_then(|vendor| vendor.counters),
            ends,
            all: clients,
            noise,
            lag: None,
            period,
            // In real time streams begin one after the other, so their packets end at different
            // times in the period: clients poll more often, as their events would wake them.
            pause: if options.realtime { period / LOOKS_IN_A_PERIOD } else { period },
            packet_frames,
            packet_ns,
            place,
            wakes,
            is_exact: not_compared.is_none(),
            not_compared,
            late: 0,
            lost: 0,
            recorded: Recorded::default(),
            worst_client: 0,
        })
    }

    /// The requested load, with the actual numbers of cables and streams.
    fn opened(&self, options: Options) -> Options {
        let (cables, streams) = (self.noise.len() as u32, self.all.len() as u32);
        Options { cables, streams, ..options }
    }

    /// Serves a client. A speaker that does not write does nothing.
    fn serve(&mut self, index: usize, writes: bool) -> Result<(), RunError> {
        let client = &mut self.all[index];
        let (completed, at) = client.stream.completed();
        if completed == 0 {
            return Ok(());
        }
        if client.direction == Direction::Render {
            let wanted = completed + 1;
            // Packets that it did not write are counted when they are due, once.
            let first = client.due.max(client.stream.next());
            let missed = (wanted + u64::from(!writes)).saturating_sub(first);
            self.late += missed;
            client.due = client.due.max(first + missed);
            if !writes || client.stream.next() > wanted {
                return Ok(());
            }
            let noise = self.noise[client.cable].at(1, wanted * self.packet_frames);
            let noise = if self.is_exact { noise } else { &client.packet };
            match client.stream.write(wanted, noise, None) {
                Ok(()) => {}
                Err(why) if [STATUS_DATA_LATE_ERROR, STATUS_DATA_OVERRUN].contains(&why.status) => {
                    self.late += 1;
                    client.due = wanted + 1;
                }
                Err(why) => return Err(why.into()),
            }
        } else {
            if client.next == completed as u32 {
                return Ok(());
            }
            let number = match client.stream.read_packet() {
                Ok(read) => read.packet,
                Err(why) if why.status == STATUS_DEVICE_NOT_READY => return Ok(()),
                Err(why) => return Err(why.into()),
            };
            let skipped = number.wrapping_sub(client.next);
            if skipped.cast_signed() < 0 {
                return Ok(());
            }
            self.lost += u64::from(skipped);
            client.next = number.wrapping_add(1);
            client.stream.copy(number, &mut client.packet);
            self.listen(index, u64::from(number) * self.packet_frames);
        }
        let now = self.machine.qpc();
        self.worst_client = self.worst_client.max(now.saturating_sub(at));
        Ok(())
    }

    /// Compares a microphone's recording from `frame` of its stream on with the noise played.
    fn listen(&mut self, index: usize, frame: u64) {
        let client = &self.all[index];
        let noise = &self.noise[client.cable];
        if !self.is_exact || noise.mixes.len() == 1 {
            return;
        }
        let block = STEREO.block_align();
        if self.lag.is_none() {
            // All ends began at the same tick, so the first sound is the first frame, on every
            // cable.
            let silent = client.packet.chunks_exact(block).take_while(|own| **own == [0; 4]);
            let silent = silent.count() as u64;
            if silent == self.packet_frames {
                return;
            }
            self.lag = Some(frame + silent);
        }
        let lag = self.lag.unwrap_or(0);
        if let Some(played) = frame.checked_sub(lag) {
            noise.judge(&client.packet, played, &mut self.recorded);
        }
    }

    /// Lets time pass, one period if it is virtual, and serves every client.
    fn step(&mut self, writes: bool) -> Result<(), RunError> {
        let frequency = u128::from(self.machine.qpc_frequency());
        let ticks = (self.pause.as_nanos() * frequency / 1_000_000_000) as u64;
        let now = self.machine.qpc();
        // A delayed client does not repeat missed wake-ups.
        self.wakes = (self.wakes + ticks).max(now);
        let left = u128::from(self.wakes - now) * 1_000_000_000 / frequency;
        self.machine.sleep(Duration::from_nanos(left as u64));
        (0..self.all.len()).try_for_each(|index| self.serve(index, writes))
    }

    /// The driver's counters; empty if it has none.
    fn counted(&self) -> (Counted, u64) {
        let mut sums = BTreeMap::new();
        let (mut worst, mut packets) = (0, 0);
        let asked = self.counters.iter().flat_map(|ask| self.ends.iter().map(ask));
        for stream in asked.filter_map(Result::ok).flatten() {
            for (name, count) in stream.counts {
                *sums.entry(name).or_default() += count;
            }
            worst = worst.max(stream.worst_lateness);
        }
        packets += self.all.iter().map(|own| own.stream.completed().0).sum::<u64>();
        ((sums, packets), worst)
    }

    fn memory(&self, seconds: f64) -> Holding {
        // The host keeps the driver's events until they are taken: they must not count as growth.
        drop(self.machine.take_trace());
        let held = self.machine.allocations();
        let (blocks, bytes, objects) = (held.blocks, held.bytes, held.objects);
        Holding { seconds, blocks, bytes, objects, resident: resident() }
    }
}

/// Writes both packets of every speaker, with noise if there is any, then runs all streams. Returns
/// the time between.
fn start(
    machine: &Machine,
    clients: &mut [Client],
    noise: Option<(&[Noise], u64)>,
) -> Result<u64, RunError> {
    for client in clients.iter_mut().filter(|own| own.direction == Direction::Render) {
        for packet in 0..2 {
            let audio = match noise {
                Some((noise, frames)) => noise[client.cable].at(1, packet * frames),
                None => &client.packet,
            };
            preroll(&mut client.stream, packet, audio).map_err(RunError::Wrong)?;
        }
    }
    let begun = machine.qpc();
    clients.iter().try_for_each(|client| client.stream.run())?;
    Ok(begun)
}

/// Resident bytes of this process.
fn resident() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    pages.split(' ').nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}

/// Nanoseconds that this thread has run.
fn cpu() -> Option<u64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    times.split(' ').next()?.parse().ok()
}

/// The number of memory samples in a run.
const LOOKS: u32 = 12;

/// A machine, and the driver with settings for the number of cables.
fn machine(subject: &Subject, options: Options) -> (Machine, Subject) {
    let machine = subject.builder().real_time(options.realtime).build();
    let cables = subject.vendor.and_then(|vendor| vendor.cables);
    let settings = cables.map(|cables| (cables.settings)(options.cables)).unwrap_or_default();
    // The caller's settings come last, so they take precedence.
    let mut with_cables = subject.clone();
    with_cables.settings.clear();
    let with_cables = with_cables.with_settings(settings).with_settings(subject.settings.clone());
    (machine, with_cables)
}

/// Runs a load. `progress` is called with the seconds of audio done.
///
/// # Errors
///
/// The driver has fewer cables, or a request failed.
pub fn load(
    subject: &Subject,
    options: Options,
    progress: &mut dyn FnMut(f64),
) -> Result<Load, RunError> {
    let (machine, subject) = machine(subject, options);
    let streams_asked = options.streams;
    let (mut found, findings) = subject.on_machine(&machine, |machine, _| {
        let mut clients = Clients::open(&subject, machine, options)?;
        let options = clients.opened(options);
        let started = machine.qpc();
        let since = || (machine.qpc() - started) as f64 / machine.qpc_frequency() as f64;
        let (wall, busy) = (Instant::now(), cpu());
        let span = options.span.as_secs_f64();
        let mut memory = Vec::new();
        while since() < span {
            clients.step(true)?;
            // The first sample is taken when the machine has settled.
            if since() >= span * (memory.len() + 1) as f64 / f64::from(LOOKS) {
                memory.push(clients.memory(since()));
            }
            progress(since());
        }
        let cpu_seconds = busy.zip(cpu()).map(|(then, now)| (now - then) as f64 / 1e9);
        let ((counters, packets), worst) = clients.counted();
        let frequency = machine.qpc_frequency() as f64;
        let audio_seconds = since();
        let due = clients.packet_ns.iter().map(|own| (audio_seconds * 1e9 / own) as u64);
        Ok(Load {
            options,
            streams_asked,
            place: clients.place.clone(),
            audio_seconds,
            wall_seconds: wall.elapsed().as_secs_f64(),
            cpu_seconds,
            packets,
            packets_due: due.sum(),
            late: clients.late,
            lost: clients.lost,
            recorded: clients.is_exact.then_some(clients.recorded),
            not_compared: clients.not_compared.clone(),
            counters,
            worst_tick_us: worst as f64 / 10.0,
            worst_client_us: clients.worst_client as f64 * 1e6 / frequency,
            memory,
            violations: Vec::new(),
        })
    })?;
    found.violations = all(findings);
    Ok(found)
}

fn all(findings: Findings) -> Vec<String> {
    findings.violations.into_iter().chain(findings.gaps).collect()
}

/// As [`load`], with 1, 2, 4 streams and so on up to the number that was asked for, or to what the
/// driver takes. `progress` is called with the number of rows that are done, parts of a row
/// included, and the number of all rows.
///
/// # Errors
///
/// The same as [`load`].
pub fn growth(
    subject: &Subject,
    options: Options,
    progress: &mut dyn FnMut(f64, usize),
) -> Result<Vec<Load>, RunError> {
    let span = options.span.as_secs_f64();
    let powers = (0..u32::BITS).map(|power| 1 << power);
    let mut counts: Vec<u32> = powers.take_while(|count| *count < options.streams).collect();
    counts.push(options.streams);
    let mut rows = Vec::new();
    for streams in &counts {
        let done = rows.len() as f64;
        let mut part = |seconds: f64| progress(done + (seconds / span).min(1.0), counts.len());
        let row = load(subject, Options { streams: *streams, ..options }, &mut part)?;
        let is_full = row.options.streams < *streams;
        // As many streams as before are no other row.
        let is_known = |known: &Load| known.options.streams == row.options.streams;
        if !rows.iter().any(is_known) {
            rows.push(row);
        }
        if is_full {
            break;
        }
    }
    Ok(rows)
}

/// A part of an overload.
#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    /// Its description.
    pub name: &'static str,
    /// Seconds.
    pub seconds: f64,
    /// Packets completed by all streams.
    pub packets: u64,
    /// Packets that clients wrote too late or not at all.
    pub late: u64,
    /// Packets that clients missed.
    pub lost: u64,
    /// The driver's counters.
    pub counters: BTreeMap<&'static str, u64>,
    /// The frames that the microphones recorded; None if they were not compared.
    pub recorded: Option<Recorded>,
}

/// The result of an overload.
#[derive(Clone, Debug, Serialize)]
pub struct Overload {
    /// The requested load, with the cables and streams that were there.
    pub options: Options,
    /// Its parts, in order.
    pub phases: Vec<Phase>,
    /// Why what is recorded is not compared.
    pub not_compared: Option<String>,
    /// Whether everything in the last part was in time, whole and right, in the exact cadence.
    pub recovered: bool,
    /// The broken rules.
    pub violations: Vec<String>,
}

impl Phase {
    /// Whether the streams completed `wanted` packets, all of them in time, whole and right.
    fn is_in_time(&self, wanted: u64) -> bool {
        self.packets == wanted
            && self.late == 0
            && self.lost == 0
            && not_zero(&self.counters).is_none()
            && self.recorded.is_none_or(|own| own.whole > 0 && own.is_whole())
    }
}

impl Overload {
    /// The number of recorded frames that are neither silence nor a sum of streams.
    pub fn wrong(&self) -> u64 {
        self.phases.iter().filter_map(|phase| phase.recorded).map(|own| own.wrong).sum()
    }

    /// Whether the driver went past the limit and recovered: late ticks are counted, no wrong frame
    /// was recorded, clients that do not write are silent, no rule was violated, and everything is
    /// in time again at the end.
    pub fn is_orderly(&self) -> bool {
        let counted = |phase: usize, name: &str| {
            self.phases.get(phase).and_then(|own| own.counters.get(name)).is_none_or(|own| *own > 0)
        };
        counted(1, counter::LATE_TICKS)
            && counted(2, counter::UNDERRUNS)
            && counted(3, counter::LATE_TICKS)
            && self.wrong() == 0
            && self.recovered
            && self.violations.is_empty()
    }
}

/// The driver's error counters that are not 0; None if all are 0.
fn not_zero(counters: &BTreeMap<&'static str, u64>) -> Option<String> {
    let wrong = counters.iter().filter(|(name, count)| !counter::is_work(name) && **count > 0);
    let wrong: Vec<_> = wrong.map(|(name, count)| format!("{name} {count}")).collect();
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, seconds, packets, late, lost, recorded, .. } = self;
        write!(f, "{name:<20} {seconds:>7.2} s  {packets} packets, {late} late, {lost} lost")?;
        recorded.map_or(Ok(()), |recorded| write!(f, "\n    {recorded}"))?;
        not_zero(&self.counters).map_or(Ok(()), |counted| write!(f, "\n    {counted}"))
    }
}

/// The names of the parts.
pub const PHASES: [&str; 6] = [
    "in time",
    "timers late",
    "clients stop writing",
    "machine stalls",
    "after it",
    "in time again",
];

/// Overloads the driver in virtual time and lets it recover: `span` for each part.
///
/// # Errors
///
/// The same as [`load`].
pub fn overload(
    subject: &Subject,
    options: Options,
    progress: &mut dyn FnMut(usize),
) -> Result<Overload, RunError> {
    let options = Options { realtime: false, ..options };
    let (machine, subject) = machine(subject, options);
    let (mut found, findings) = subject.on_machine(&machine, |machine, _| {
        let mut clients = Clients::open(&subject, machine, options)?;
        let options = clients.opened(options);
        // Until the first sound was recorded.
        for _ in 0..100 {
            clients.step(true)?;
        }
        let steps = (options.span.as_nanos() / clients.period.as_nanos()).max(40) as u32;
        let mut phases = Vec::new();
        for (done, name) in PHASES.into_iter().enumerate() {
            progress(done);
            let (before, _) = clients.counted();
            let (late, lost) = (clients.late, clients.lost);
            clients.recorded = Recorded::default();
            let started = machine.qpc();
            // A client is two packets ahead.
            machine.set_timer_lateness(if done == 1 {
                clients.period * 7 / 2
            } else {
                Duration::ZERO
            });
            for step in 0..steps {
                if done == 3 && step % 20 == 0 {
                    machine.stall(clients.period * 10);
                }
                clients.step(done != 2)?;
            }
            let (after, _) = clients.counted();
            let counters = after
                .0
                .iter()
                .map(|(name, count)| (*name, count - before.0.get(name).copied().unwrap_or(0)));
            phases.push(Phase {
                name,
                seconds: (machine.qpc() - started) as f64 / machine.qpc_frequency() as f64,
                packets: after.1 - before.1,
                late: clients.late - late,
                lost: clients.lost - lost,
                counters: counters.collect(),
                recorded: clients.is_exact.then_some(clients.recorded),
            });
        }
        let last = &phases[phases.len() - 1];
        let wanted = u64::from(steps) * u64::from(options.streams);
        let recovered = last.is_in_time(wanted);
        let not_compared = clients.not_compared.clone();
        Ok(Overload { options, phases, not_compared, recovered, violations: Vec::new() })
    })?;
    found.violations = all(findings);
    Ok(found)
}

#[cfg(test)]
mod tests;
