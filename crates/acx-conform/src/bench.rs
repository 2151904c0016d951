//! Benchmarks of one driver, or of two drivers that alternate in one process: the cost of a packet,
//! a position query and a start, the error of completion stamps, the memory of a stream.
//!
//! A time includes everything that the process does: the driver, the host's timers, events and
//! requests with the verifier's checks, and the client. The host's page protection is off, because
//! it makes two system calls at each change of the IRQL, several times the cost of a driver with
//! pageable code. A separate run with the protection on, which is not timed, checks the rules.

use std::fmt;
use std::time::{Duration, Instant};

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::{Direction, Failed, System};
use acx_host::machine::{DeviceNode, Driver};
use acx_host::{Image, Machine};
use serde::Serialize;

use crate::play::word;
use crate::run::{Findings, RunError, Time, counted};
use crate::subject::{self, Subject};
use crate::suite::end::{End, preroll};
use crate::suite::{Context, Features};

/// Packets of 10 ms.
const PERIOD_MS: u32 = 10;

/// The maximum time without a completed packet.
const PATIENCE: Duration = Duration::from_secs(2);

/// The packets of all streams, and the position queries, that a round times: less than a
/// millisecond, short compared with a scheduler's time slice.
const PACKETS: u64 = 200;
const QUERIES: u32 = 1000;

/// Packets whose completions are compared with the ideal boundary.
const COMPLETIONS: u64 = 200;

/// The time at which the streams of that run begin, off the grid of frames as a stream really does.
const OFF_THE_GRID: Duration = Duration::from_nanos(12_345_600);

/// The size of a page in bytes.
const PAGE: usize = 4096;

/// Nanoseconds of a millisecond.
const NANOSECONDS_OF_A_MILLISECOND: u64 = 1_000_000;

/// The number of timed starts of a device, of each kind.
const STARTS: usize = 11;

/// The artificial delay of timers in the run that checks the driver's stamps.
const LATE: Duration = Duration::from_millis(1);

/// The load of a benchmark.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The number of rounds, in which the drivers alternate.
    pub rounds: usize,
    /// Streams at the speaker, and as many at the microphone.
    pub streams: usize,
}

/// Median and quartiles of many figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// A quarter of the figures are lower.
    pub lower_quartile: f64,
    /// Half of the figures are lower.
    pub median: f64,
    /// A quarter of the figures are higher.
    pub upper_quartile: f64,
}

impl Spread {
    /// From at least one value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |quarter: usize| values[(values.len() - 1) * quarter / 4];
        Self { lower_quartile: at(1), median: at(2), upper_quartile: at(3) }
    }
}

/// Completions compared with the end of the packet's last frame, counted from KSSTATE_RUN, in
/// nanoseconds. In virtual time, so exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Completions {
    /// The largest error of a driver's stamp.
    pub stamp_off_ns: f64,
    /// The largest distance of a stamp from the line that begins at the first stamp.
    pub stamp_jitter_ns: f64,
    /// The largest delay of a client's notification.
    pub notified_late_ns: f64,
}

/// A stream's use of kernel memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct StreamMemory {
    /// Pool, packets included.
    pub pool: f64,
    /// Contexts of framework objects.
    pub contexts: f64,
    /// Pages of the two packets.
    pub packets: f64,
}

impl StreamMemory {
    /// The sum.
    pub fn total(&self) -> f64 {
        self.pool + self.contexts
    }
}

/// The cost of a start of the device.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// The number of cables of a device with nothing else; None for the device as installed.
    pub cables: Option<u32>,
    /// Milliseconds.
    pub milliseconds: Spread,
    /// Calls of the driver that can fail.
    pub calls: usize,
    /// Framework objects that it created.
    pub objects: usize,
    /// The size of their contexts in bytes.
    pub context_bytes: usize,
    /// Bytes of pool that it allocated.
    pub pool_bytes: usize,
}

/// The figures of one driver.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Its name.
    pub driver: String,
    /// Bytes of its image; none if it is linked in.
    pub image_bytes: Option<usize>,
    /// The ends at which streams ran.
    pub ends: Vec<&'static str>,
    /// The time of a packet's completion in nanoseconds: its share of the timer's ticks, the event,
    /// and the client's requests.
    pub packet_ns: Spread,
    /// The time of a position query in nanoseconds.
    pub position_ns: Spread,
    /// Completions with punctual timers; None if the driver has no packet register.
    pub completions: Option<Completions>,
    /// Completions with timers a millisecond late.
    pub completions_when_late: Option<Completions>,
    /// The memory of a stream.
    pub memory_per_stream: StreamMemory,
    /// Starts: as installed, and if the number of cables can be set, with one cable and with the
    /// maximum.
    pub starts: Vec<Start>,
    /// Changes of the host's page protection during the timed runs. It must be 0, or the times
    /// include the host's work.
    pub page_changes_timed: u64,
    /// The same in the checked run, which is not timed.
    pub page_changes_checked: u64,
    /// What the verifier saw.
    pub findings: Findings,
}

/// The second driver's figures relative to the first's: the median of the rounds' ratios.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ratios {
    /// Of a packet's completion.
    pub packet: Spread,
    /// Of a position query.
    pub position: Spread,
    /// Of a stream's memory.
    pub memory_per_stream: f64,
    /// Of the images' sizes, if both are images.
    pub image: Option<f64>,
}

/// The result of a benchmark.
#[derive(Clone, Debug, Serialize)]
pub struct Bench {
    /// The format of every stream.
    pub format: String,
    /// Duration of a packet in milliseconds.
    pub period_ms: u32,
    /// Streams at each end.
    pub streams: usize,
    /// Rounds.
    pub rounds: usize,
    /// The first driver.
    pub driver: Figures,
    /// The second.
    pub against: Option<Figures>,
    /// The second driver relative to the first.
    pub ratios: Option<Ratios>,
}

/// The ends of the device in a machine, each with the format that it has where the choice does not
/// matter.
fn ends(machine: &Machine) -> Result<Vec<End>, RunError> {
    let mut found = Vec::new();
    for direction in [Direction::Render, Direction::Capture] {
        let first = Endpoint::all(machine, direction)?.into_iter().next();
        found.extend(first.and_then(|endpoint| End::of(endpoint).ok()));
    }
    Ok(found)
}

/// Keeps the ends that every driver has, each with a format that all of them list, or its own
/// format if they share none.
fn alike(all: &mut [Vec<End>]) {
    let directions: Vec<Vec<Direction>> =
        all.iter().map(|ends| ends.iter().map(End::direction).collect()).collect();
    for ends in all.iter_mut() {
        ends.retain(|end| directions.iter().all(|own| own.contains(&end.direction())));
    }
    for direction in [Direction::Render, Direction::Capture] {
        let same = all.iter_mut().flatten().filter(|end| end.direction() == direction);
        let mut same: Vec<&mut End> = same.collect();
        let lists: Vec<Vec<WaveFormat>> = same.iter().map(|end| end.formats()).collect();
        let Some(usual) = same.first().map(|end| end.format) else { continue };
        if let Some(format) = shared_format(usual, &lists) {
            for end in &mut same {
                end.format = format;
            }
        }
    }
}

/// The format that all lists have: the usual one, or the first of them that the others have too.
fn shared_format(usual: WaveFormat, lists: &[Vec<WaveFormat>]) -> Option<WaveFormat> {
    let is_shared = |format: &&WaveFormat| lists.iter().all(|own| own.contains(format));
    [usual].iter().chain(lists.first()?).find(is_shared).copied()
}

/// The formats of the ends' streams: one for all of them, or one for each.
fn formats(ends: &[End]) -> String {
    let mut each: Vec<String> = ends.iter().map(|end| end.format.to_string()).collect();
    each.dedup();
    if let [one] = &each[..] {
        return one.clone();
    }
    let named = ends.iter().map(|end| format!("{} {}", word(end.direction()), end.format));
    named.collect::<Vec<_>>().join(", ")
}

/// An event-driven client at one stream.
struct Client {
    direction: Direction,
    stream: EventStream,
    packet: Vec<u8>,
}

impl Client {
    fn open(machine: &Machine, end: &End) -> Result<Self, RunError> {
        let stream = end.open(machine, end.frames(PERIOD_MS))?;
        let packet = vec![1; stream.packet_bytes()];
        let direction = end.direction();
        let mut client = Self { direction, stream, packet };
        client.stream.prepare()?;
        while direction == Direction::Render && client.stream.next() < 2 {
            let next = client.stream.next();
            preroll(&mut client.stream, next, &client.packet).map_err(RunError::Wrong)?;
        }
        Ok(client)
    }

    /// On the event: writes the next packet of the speaker, or reads the newest one of the
    /// microphone.
    fn service(&mut self) -> Result<(), Failed> {
        match self.direction {
            Direction::Render => self.stream.write(self.stream.next(), &self.packet, None),
            Direction::Capture => {
                let number = self.stream.read_packet()?.packet;
                self.stream.copy(number, &mut self.packet);
                Ok(())
            }
        }
    }
}

/// As many packets as that, the same number of each stream and one at least.
fn shared_out(packets: u64, streams: u64) -> u64 {
    (packets / streams).max(1) * streams
}

/// The time of each of so many things, in nanoseconds.
fn nanoseconds_each(all: Duration, count: u64) -> f64 {
    all.as_nanos() as f64 / count as f64
}

/// A machine with running streams.
struct Rig<'m> {
    machine: &'m Machine,
    clients: Vec<Client>,
    events: Vec<u64>,
}

impl<'m> Rig<'m> {
    fn start(machine: &'m Machine, ends: &[End], streams: usize) -> Result<Self, RunError> {
        let mut clients = Vec::new();
        for end in ends {
            for _ in 0..streams {
                clients.push(Client::open(machine, end)?);
            }
        }
        for client in &clients {
            client.stream.run()?;
        }
        let events = clients.iter().map(|client| client.stream.event()).collect();
        Ok(Self { machine, clients, events })
    }

    /// Waits for the next completion and runs its client. Returns the client's index.
    fn serve(&mut self) -> Result<usize, RunError> {
        let index = self
            .machine
            .wait_any(&self.events, PATIENCE)
            .ok_or(RunError::Silent(PATIENCE.as_millis() as u64))?;
        self.clients[index].service()?;
        Ok(index)
    }

    /// The time per completed packet in nanoseconds.
    fn time_packets(&mut self) -> Result<f64, RunError> {
        // Each stream equally often.
        let packets = shared_out(PACKETS, self.clients.len() as u64);
        let start = Instant::now();
        for _ in 0..packets {
            self.serve()?;
        }
        Ok(nanoseconds_each(start.elapsed(), packets))
    }

    /// The time of a position query in nanoseconds.
    fn time_positions(&self) -> Result<f64, RunError> {
        let stream = &self.clients[0].stream;
        let start = Instant::now();
        for _ in 0..QUERIES {
            std::hint::black_box(stream.position()?);
        }
        Ok(nanoseconds_each(start.elapsed(), QUERIES.into()))
    }
}

/// Opens a new stream at the first end, and compares the driver's completion stamps with the packet
/// boundaries.
fn completions(
    machine: &Machine,
    end: &End,
    late: Duration,
) -> Result<Option<Completions>, RunError> {
    machine.sleep(OFF_THE_GRID);
    let mut rig = Rig::start(machine, std::slice::from_ref(end), 1)?;
    if !rig.clients[0].stream.has_register() {
        return Ok(None);
    }
    machine.set_timer_lateness(late);
    let start = machine.qpc();
    let (format, frames) = (end.format, u64::from(end.frames(PERIOD_MS)));
    let frequency = machine.qpc_frequency() as f64;
    // The time of a boundary in ticks since the start: a multiple of 10 ms at every usual rate.
    let boundary = |packet: u64| (packet * frames) as f64 * frequency / f64::from(format.rate);
    let nanoseconds = |ticks: f64| ticks * 1e9 / frequency;
    let mut found = Completions::default();
    let mut first = None;
    for packet in 1..=COMPLETIONS {
        rig.serve()?;
        let woken = (machine.qpc() - start) as f64;
        let (_, at) = rig.clients[0].stream.completed();
        let stamp = at as f64 - start as f64 - boundary(packet);
        let first = *first.get_or_insert(stamp);
        found.stamp_off_ns = found.stamp_off_ns.max(nanoseconds(stamp.abs()));
        found.stamp_jitter_ns = found.stamp_jitter_ns.max(nanoseconds((stamp - first).abs()));
        found.notified_late_ns = found.notified_late_ns.max(nanoseconds(woken - boundary(packet)));
    }
    Ok(Some(found))
}

/// The size of the pages of a stream's two packets. Each packet has its own pages, or they share
/// them if the pool used is too small for that.
fn pages_of(packet: usize, pool: f64) -> f64 {
    let apart = 2.0 * packet.next_multiple_of(PAGE) as f64;
    if apart <= pool { apart } else { (2 * packet).next_multiple_of(PAGE) as f64 }
}

/// Bytes of pool and of contexts.
fn used(machine: &Machine) -> (usize, usize) {
    (machine.allocations().bytes, machine.context_bytes())
}

/// The memory of each of so many streams with packets of `packet` bytes.
fn memory_of_each(
    before: (usize, usize),
    after: (usize, usize),
    streams: usize,
    packet: usize,
) -> StreamMemory {
    let of_each = |before: usize, after: usize| (after - before) as f64 / streams as f64;
    let pool = of_each(before.0, after.0);
    StreamMemory { pool, contexts: of_each(before.1, after.1), packets: pages_of(packet, pool) }
}

/// A machine for timed runs, without page protection.
fn unprotected(subject: &Subject) -> Machine {
    subject.builder().page_protection(false).build()
}

/// Starts of the driver's device.
fn starts(subject: &Subject) -> Result<Vec<Start>, RunError> {
    let mut kinds = vec![None];
    let (features, _) = subject
        .on_device(Time::Virtual, |machine, _| Ok(Features::of(&Context::new(subject, machine))))?;
    if let Some(cables) = features.vendor.and_then(|vendor| vendor.cables) {
        kinds.extend([1, cables.most].map(|count| Some((count, (cables.settings)(count)))));
    }
    let mut found = Vec::new();
    for kind in kinds {
        let cables = kind.as_ref().map(|(count, _)| *count);
        let subject = subject.clone().with_settings(kind.into_iter().flat_map(|(_, own)| own));
        // The first start is counted but not timed.
        let first = start(&subject, cables)?;
        let times = std::iter::repeat_with(|| time_of_start(&subject)).take(STARTS);
        let times: Vec<f64> = times.collect::<Result<_, _>>()?;
        found.push(Start { milliseconds: Spread::of(times), ..first });
    }
    Ok(found)
}

/// The time of a start in milliseconds.
fn time_of_start(subject: &Subject) -> Result<f64, RunError> {
    let machine = unprotected(subject);
    let driver = subject.load(&machine)?;
    let begin = Instant::now();
    let _device = driver.add_device()?;
    Ok(nanoseconds_each(begin.elapsed(), NANOSECONDS_OF_A_MILLISECOND))
}

/// A start, counted and not timed.
fn start(subject: &Subject, cables: Option<u32>) -> Result<Start, RunError> {
    let machine = unprotected(subject);
    let driver = subject.load(&machine)?;
    let (before, contexts) = (machine.allocations(), machine.context_bytes());
    machine.record_fallible_calls();
    let _device = driver.add_device()?;
    let after = machine.allocations();
    Ok(Start {
        cables,
        milliseconds: Spread::default(),
        calls: machine.take_fallible_calls().len(),
        objects: after.objects - before.objects,
        context_bytes: machine.context_bytes() - contexts,
        pool_bytes: after.bytes - before.bytes,
    })
}

/// Runs the timed streams again, with page protection. Returns the verifier's findings and the
/// number of protection changes.
fn checked_run(subject: &Subject, load: Load) -> Result<(Findings, u64), RunError> {
    let machine = subject.builder().build();
    let ((), findings) = subject.on_machine(&machine, |machine, _| {
        let mut rig = Rig::start(machine, &ends(machine)?, load.streams)?;
        rig.time_packets()?;
        rig.time_positions()?;
        Ok(())
    })?;
    Ok((findings, machine.page_changes()))
}

/// Measures `first`, alternating with `second`. `progress` is called with the number of rounds
/// done.
///
/// # Errors
///
/// [`RunError::NothingInCommon`], or the reason why a driver did not start or stopped.
pub fn bench(
    first: &Subject,
    second: Option<&Subject>,
    load: Load,
    progress: &mut dyn FnMut(usize),
) -> Result<Bench, RunError> {
    let subjects: Vec<&Subject> = std::iter::once(first).chain(second).collect();
    let is_linked = |subject: &&&Subject| matches!(subject.driver, subject::Driver::Linked(_));
    if subjects.iter().filter(is_linked).count() > 1 {
        // The second would wait for the first one's unload.
        let names = subjects.iter().map(|subject| subject.name()).collect::<Vec<_>>();
        let names = names.join(" and ");
        let why = format!("{names} are both linked in: give one of them as a file");
        return Err(RunError::Wrong(why));
    }
    let machines: Vec<Machine> = subjects.iter().map(|subject| unprotected(subject)).collect();
    let mut found = {
        let drivers: Vec<Driver<'_>> = machines
            .iter()
            .zip(&subjects)
            .map(|(machine, subject)| subject.load(machine).map_err(|why| why.not_started(machine)))
            .collect::<Result<_, _>>()?;
        let _devices: Vec<DeviceNode<'_>> = drivers
            .iter()
            .zip(&machines)
            .map(|(driver, machine)| {
                driver.add_device().map_err(|why| RunError::from(why).not_started(machine))
            })
            .collect::<Result<_, _>>()?;
        on_devices(&machines, &subjects, load, progress)?
    };
    let all = std::iter::once(&mut found.driver).chain(&mut found.against);
    for ((figures, machine), subject) in all.zip(&machines).zip(subjects) {
        figures.findings = subject.findings(machine);
        figures.page_changes_timed = machine.page_changes();
        let checked;
        (checked, figures.page_changes_checked) = checked_run(subject, load)?;
        figures.findings.add(checked);
        figures.starts = starts(subject)?;
    }
    Ok(found)
}

/// The benchmark, on started devices.
fn on_devices(
    machines: &[Machine],
    subjects: &[&Subject],
    load: Load,
    progress: &mut dyn FnMut(usize),
) -> Result<Bench, RunError> {
    let mut all: Vec<Vec<End>> = machines.iter().map(ends).collect::<Result<_, _>>()?;
    if let Some(at) = all.iter().position(Vec::is_empty) {
        // An end without formats reports its own error.
        let context = Context::new(subjects[at], &machines[at]);
        let why = context.directions().into_iter().find_map(|own| context.end(own).err());
        return Err(why.map_or_else(
            || RunError::NoEndpoint { driver: subjects[at].label() },
            RunError::Wrong,
        ));
    }
    let has = all.first().and_then(|ends| ends.first()).map_or("", |end| word(end.direction()));
    alike(&mut all);
    let nothing = || {
        let [one, other] = [subjects.first(), subjects.last()]
            .map(|own| own.map_or(String::new(), |own| own.label()));
        RunError::NothingInCommon { one, other, has }
    };
    if all.iter().any(Vec::is_empty) {
        return Err(nothing());
    }

    let mut figures = Vec::new();
    let mut rigs = Vec::new();
    for ((machine, ends), subject) in machines.iter().zip(&all).zip(subjects) {
        let late = completions(machine, &ends[0], LATE)?;
        // The last one, so that timers are punctual for the others.
        let on_time = completions(machine, &ends[0], Duration::ZERO)?;
        let before = used(machine);
        let rig = Rig::start(machine, ends, load.streams)?;
        let packet = rig.clients[0].stream.packet_bytes();
        let memory_per_stream = memory_of_each(before, used(machine), rig.clients.len(), packet);
        figures.push(Figures {
            driver: subject.label(),
            image_bytes: subject.image().map(Image::file_bytes),
            ends: ends.iter().map(|end| word(end.direction())).collect(),
            packet_ns: Spread::default(),
            position_ns: Spread::default(),
            completions: on_time,
            completions_when_late: late,
            memory_per_stream,
            starts: Vec::new(),
            page_changes_timed: 0,
            page_changes_checked: 0,
            findings: Findings::default(),
        });
        rigs.push(rig);
    }
    let mut packets = vec![Vec::new(); rigs.len()];
    let mut positions = packets.clone();
    for round in 0..load.rounds {
        progress(round);
        for turn in 0..rigs.len() {
            let index = whose_turn(round, turn, rigs.len());
            packets[index].push(rigs[index].time_packets()?);
            positions[index].push(rigs[index].time_positions()?);
        }
    }
    for ((figures, packets), positions) in figures.iter_mut().zip(&packets).zip(&positions) {
        figures.packet_ns = Spread::of(packets.iter().copied());
        figures.position_ns = Spread::of(positions.iter().copied());
    }
    let mut figures = figures.into_iter();
    let (driver, against) = (figures.next().ok_or_else(nothing)?, figures.next());
    let ratios =
        against.as_ref().and_then(|against| ratios(&driver, against, &packets, &positions));
    let Load { rounds, streams } = load;
    let mut texts: Vec<String> = all.iter().map(|ends| formats(ends)).collect();
    texts.dedup();
    let (format, period_ms) = (texts.join("; against "), PERIOD_MS);
    Ok(Bench { format, period_ms, streams, rounds, driver, against, ratios })
}

/// The driver whose turn it is in a round. A B B A: a temporary slowdown of the machine affects
/// both.
fn whose_turn(round: usize, turn: usize, drivers: usize) -> usize {
    (round + turn) % drivers
}

/// The second driver relative to the first, with the times of either in each round.
fn ratios(
    driver: &Figures,
    against: &Figures,
    packets: &[Vec<f64>],
    positions: &[Vec<f64>],
) -> Option<Ratios> {
    let ([packets, other_packets], [positions, other_positions]) = (packets, positions) else {
        return None;
    };
    Some(Ratios {
        packet: ratio(other_packets, packets),
        position: ratio(other_positions, positions),
        memory_per_stream: against.memory_per_stream.total() / driver.memory_per_stream.total(),
        image: against.image_bytes.zip(driver.image_bytes).map(size_ratio),
    })
}

/// The figures of each round relative to another driver's.
fn ratio(own: &[f64], other: &[f64]) -> Spread {
    Spread::of(own.iter().zip(other).map(|(own, other)| own / other))
}

/// A size relative to another.
fn size_ratio((own, other): (usize, usize)) -> f64 {
    own as f64 / other as f64
}

/// A span as text.
fn span(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.0} ns"),
        ..1e6 => format!("{:.2} us", nanoseconds / 1e3),
        _ => format!("{:.2} ms", nanoseconds / 1e6),
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.median, self.lower_quartile, self.upper_quartile)
    }
}

impl Figures {
    /// The rows of the table: name and figure.
    fn rows(&self) -> Vec<(String, String)> {
        let completions = |found: Option<Completions>, figure: fn(&Completions) -> f64| {
            found.map_or("no register".to_owned(), |found| span(figure(&found)))
        };
        let memory = self.memory_per_stream;
        let bytes = |bytes: f64| format!("{bytes:.0} bytes");
        let mut rows = [
            ("Streams at", self.ends.join(", ")),
            ("Completed packet", span(self.packet_ns.median)),
            ("Position query", span(self.position_ns.median)),
            ("Stamp off the boundary", completions(self.completions, |found| found.stamp_off_ns)),
            ("  from stamp to stamp", completions(self.completions, |found| found.stamp_jitter_ns)),
            (
                "  timers 1 ms late",
                completions(self.completions_when_late, |found| found.stamp_off_ns),
            ),
            (
                "Client notified late by",
                completions(self.completions, |found| found.notified_late_ns),
            ),
            ("Memory of a stream", bytes(memory.total())),
            ("  packets", bytes(memory.packets)),
            ("  pool beside them", bytes(memory.pool - memory.packets)),
            ("  contexts", bytes(memory.contexts)),
            (
                "Image",
                self.image_bytes.map_or("linked in".to_owned(), |size| format!("{size} bytes")),
            ),
        ]
        .map(|(name, figure)| (name.to_owned(), figure))
        .to_vec();
        rows.extend(self.starts.iter().flat_map(Start::rows));
        rows
    }
}

impl Start {
    /// Its rows in the table.
    fn rows(&self) -> Vec<(String, String)> {
        let what = match self.cables {
            None => "Start, as installed".to_owned(),
            Some(1) => "Start, one cable".to_owned(),
            Some(count) => format!("Start, {count} cables"),
        };
        let Spread { lower_quartile, median, upper_quartile } = self.milliseconds;
        let time = format!("{median:.2} ms ({lower_quartile:.2} to {upper_quartile:.2})");
        let objects = format!("{}, {} bytes of contexts", self.objects, self.context_bytes);
        vec![
            (what, time),
            ("  calls that can fail".to_owned(), self.calls.to_string()),
            ("  framework objects".to_owned(), objects),
            ("  pool".to_owned(), format!("{} bytes", self.pool_bytes)),
        ]
    }
}

impl fmt::Display for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (streams, rounds) = (counted(self.streams, "stream"), counted(self.rounds, "round"));
        let (format, period) = (&self.format, self.period_ms);
        writeln!(f, "{format}, packets of {period} ms, {streams} at each end, {rounds}")?;
        let mut rows: Vec<Vec<String>> = vec![vec![String::new(), self.driver.driver.clone()]];
        rows.extend(self.driver.rows().into_iter().map(|(name, own)| vec![name, own]));
        if let (Some(against), Some(ratios)) = (&self.against, &self.ratios) {
            rows[0].extend([against.driver.clone(), "ratio (quartiles)".to_owned()]);
            // A driver without a configurable number of cables has fewer rows.
            let others = against.rows().into_iter().map(Some).chain(std::iter::repeat(None));
            for (row, other) in rows[1..].iter_mut().zip(others) {
                let (name, own) = other.unwrap_or_default();
                row.push(own);
                row.push(match &*name {
                    "Completed packet" => ratios.packet.to_string(),
                    "Position query" => ratios.position.to_string(),
                    "Memory of a stream" => format!("{:.2}", ratios.memory_per_stream),
                    "Image" => ratios.image.map_or(String::new(), |ratio| format!("{ratio:.2}")),
                    _ => String::new(),
                });
            }
        }
        let columns = rows[0].len();
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        f.write_str(&rows.iter().map(line).collect::<Vec<_>>().join("\n"))?;
        f.write_str(
            "\n\nTimes include the host's timers, events, requests and checks, and the client; ",
        )?;
        let all = std::iter::once(&self.driver).chain(&self.against);
        match all.map(|figures| figures.page_changes_timed).sum::<u64>() {
            0 => f.write_str("its page protection is off."),
            times => {
                write!(f, "its page protection, which changed {times} times, is part of them.")
            }
        }
    }
}

#[cfg(test)]
mod tests;
