//! The clients of a load: what they play, read and count.

use std::collections::BTreeMap;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;

use super::noise::{Noise, Recorded};
use super::{Holding, Options};
use crate::melody::STEREO;
use crate::play::{Sequence, newest, was_missed};
use crate::run::{RunError, counted};
use crate::subject::Subject;
use crate::suite::end::{End, preroll};
use crate::suite::{Context, Features};
use crate::vendor::{AskCounters, Counters};

/// How often clients poll their streams per period in real time.
const LOOKS_IN_A_PERIOD: u32 = 4;

/// A client with one stream.
struct Client {
    stream: EventStream,
    direction: Direction,
    cable: usize,
    /// The last packet read, and the order of those that were.
    packet: Vec<u8>,
    read: Sequence,
    /// The first packet of a speaker's that was not late or left out so far.
    due: u64,
}

/// The clients, and their counts.
pub(super) struct Clients<'m> {
    machine: &'m Machine,
    counters: Option<AskCounters>,
    ends: Vec<Endpoint>,
    all: Vec<Client>,
    /// The noise of each cable's speakers.
    noise: Vec<Noise>,
    /// The latency of the microphones in frames, once it is known.
    lag: Option<u64>,
    pub(super) period: Duration,
    /// The time between two polls of the clients.
    pause: Duration,
    packet_frames: u64,
    /// Nanoseconds of the packets of each stream that counts them.
    pub(super) packet_ns: Vec<f64>,
    /// Where the streams are, in words.
    pub(super) place: String,
    /// When they look next.
    wakes: u64,
    pub(super) is_exact: bool,
    /// Why what is recorded is not compared.
    pub(super) not_compared: Option<String>,
    pub(super) late: u64,
    pub(super) lost: u64,
    pub(super) recorded: Recorded,
    pub(super) worst_client: u64,
}

/// The driver's counters and the packets, summed over all streams.
pub(super) struct Counted {
    /// The counters; empty if the driver has none.
    pub(super) counters: BTreeMap<&'static str, u64>,
    /// The largest delay of a tick of the driver's timer, in units of 100 ns.
    pub(super) worst_lateness: u64,
    /// Packets completed.
    pub(super) packets: u64,
}

/// The counters of all streams together, and the largest delay of a tick of any of them.
pub(super) fn summed(
    streams: impl IntoIterator<Item = Counters>,
) -> (BTreeMap<&'static str, u64>, u64) {
    let (mut sums, mut worst) = (BTreeMap::new(), 0);
    for stream in streams {
        for (name, count) in stream.counts {
            *sums.entry(name).or_default() += count;
        }
        worst = worst.max(stream.worst_lateness);
    }
    (sums, worst)
}

/// What counters gained.
pub(super) fn gained(
    before: &BTreeMap<&'static str, u64>,
    after: &BTreeMap<&'static str, u64>,
) -> BTreeMap<&'static str, u64> {
    let gain = |name: &str, count: u64| count - before.get(name).copied().unwrap_or(0);
    after.iter().map(|(name, count)| (*name, gain(name, *count))).collect()
}

/// Refuses cables that a driver whose number of cables can be set does not have.
pub(super) fn expect_cables(
    asked: usize,
    speakers: usize,
    microphones: usize,
) -> Result<(), RunError> {
    let present = speakers.min(microphones);
    if present < asked && present > 0 {
        return Err(RunError::NoCable { cable: asked - 1, present });
    }
    Ok(())
}

/// The time between two polls of the clients. In real time streams begin one after the other, so
/// their packets end at different times in the period: clients poll more often, as their events
/// would wake them.
pub(super) fn pause(period: Duration, realtime: bool) -> Duration {
    if realtime { period / LOOKS_IN_A_PERIOD } else { period }
}

/// Nanoseconds of a second.
const BILLION: u128 = 1_000_000_000;

/// A span in ticks of a counter.
pub(super) fn ticks(span: Duration, frequency: u64) -> u64 {
    (span.as_nanos() * u128::from(frequency) / BILLION) as u64
}

/// Ticks of a counter as a span.
pub(super) fn span(ticks: u64, frequency: u64) -> Duration {
    Duration::from_nanos((u128::from(ticks) * BILLION / u128::from(frequency)) as u64)
}

/// The packets of a speaker's client that are late now, from the first one that was neither written
/// nor counted on: those before `wanted`, and it as well if the client does not write it.
pub(super) fn missed(first: u64, wanted: u64, writes: bool) -> u64 {
    (wanted + u64::from(!writes)).saturating_sub(first)
}

/// The frame at which a stream's first sound is, if it is in this packet, which begins at `frame`.
pub(super) fn first_sound(packet: &[u8], frame: u64) -> Option<u64> {
    let mut frames = packet.chunks_exact(STEREO.block_align());
    let silent = frames.position(|own| own.iter().any(|byte| *byte != 0))?;
    Some(frame + silent as u64)
}

impl<'m> Clients<'m> {
    pub(super) fn open(
        subject: &Subject,
        machine: &'m Machine,
        options: Options,
    ) -> Result<Self, RunError> {
        let speakers = Endpoint::all(machine, Direction::Render)?;
        let microphones = Endpoint::all(machine, Direction::Capture)?;
        let features = Features::of(&Context::new(subject, machine));
        let vendor = features.vendor.and_then(|vendor| vendor.cables);
        let cables = options.cables as usize;
        if vendor.is_some() {
            expect_cables(cables, speakers.len(), microphones.len())?;
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
        loop {
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
                let (read, due) = (Sequence::default(), stream.next());
                clients.push(Client { stream, direction, cable, packet, read, due });
            }
            // They are all there, or every pin has reached its limit.
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
            pause: pause(period, options.realtime),
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
    pub(super) fn opened(&self, options: Options) -> Options {
        let (cables, streams) = (self.noise.len() as u32, self.all.len() as u32);
        Options { cables, streams, ..options }
    }

    /// Serves a client. A speaker that does not write does nothing.
    fn serve(&mut self, index: usize, writes: bool) -> Result<(), RunError> {
        let client = &mut self.all[index];
        let (completed, at) = client.stream.completed();
        if client.direction == Direction::Render {
            let wanted = completed + 1;
            // Packets that it did not write are counted when they are due, once.
            let first = client.due.max(client.stream.next());
            let missed = missed(first, wanted, writes);
            self.late += missed;
            client.due = first + missed;
            if !writes || client.stream.next() > wanted {
                return Ok(());
            }
            let noise = self.noise[client.cable].at(1, wanted * self.packet_frames);
            let noise = if self.is_exact { noise } else { &client.packet };
            self.late += u64::from(was_missed(client.stream.write(wanted, noise, None))?);
        } else {
            if client.read.next() == completed as u32 {
                return Ok(());
            }
            let Some(number) = newest(client.stream.read_packet())? else { return Ok(()) };
            let Some(skipped) = client.read.accept(number) else { return Ok(()) };
            self.lost += u64::from(skipped);
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
        if !self.is_exact {
            return;
        }
        // All ends began at the same tick, so the first sound is the first frame, on every cable.
        self.lag = self.lag.or_else(|| first_sound(&client.packet, frame));
        if let Some(played) = self.lag.and_then(|lag| frame.checked_sub(lag)) {
            noise.judge(&client.packet, played, &mut self.recorded);
        }
    }

    /// Lets time pass, one period if it is virtual, and serves every client.
    pub(super) fn step(&mut self, writes: bool) -> Result<(), RunError> {
        let frequency = self.machine.qpc_frequency();
        let now = self.machine.qpc();
        // A delayed client does not repeat missed wake-ups.
        self.wakes = (self.wakes + ticks(self.pause, frequency)).max(now);
        self.machine.sleep(span(self.wakes - now, frequency));
        (0..self.all.len()).try_for_each(|index| self.serve(index, writes))
    }

    /// What was counted so far.
    pub(super) fn counted(&self) -> Counted {
        let asked = self.counters.iter().flat_map(|ask| self.ends.iter().map(ask));
        let (counters, worst_lateness) = summed(asked.filter_map(Result::ok).flatten());
        let packets = self.all.iter().map(|own| own.stream.completed().0).sum();
        Counted { counters, worst_lateness, packets }
    }

    pub(super) fn memory(&self, seconds: f64) -> Holding {
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
    resident_in(&std::fs::read_to_string("/proc/self/statm").ok()?)
}

/// Resident bytes by the text of /proc/self/statm, which counts pages.
pub(super) fn resident_in(statm: &str) -> Option<u64> {
    statm.split(' ').nth(1)?.parse::<u64>().ok().map(|pages| pages * PAGE)
}

/// The size of a page in bytes.
const PAGE: u64 = 4096;
