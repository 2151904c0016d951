//! The engine against the obvious other ways to move audio from a speaker to a microphone, in one
//! run.
//!
//! `cargo bench -p vdma-bench --bench alternatives`. Each is written as somebody competent would
//! write it, moves the same audio between the same places (two packets of 10 ms, a ring of 256 KiB,
//! two packets) with a peak meter at both ends, and is first checked to deliver the very bytes that
//! were played; `cargo test` runs the check alone. Then they take turns, round by round, so that
//! whatever else the machine does hits all of them: a ratio is the median over the rounds.

mod halves;
#[path = "../../../vdma/tests/memory/mod.rs"]
mod memory;
#[path = "../shared/turns.rs"]
mod turns;
mod ways;

use std::cell::RefCell;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vdma::channel::{Channel, Endpoint};
use vdma::clock::Clock;
use vdma::format::{Format, SampleType};
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::source::Source;
use vdma::wire::{MIXING, Ring, RingLock, RingMemory, WireShared};
use vdma::{PacketMemory, Qpc};

use crate::memory::Memory;
use crate::turns::{ROUNDS, Work, quartiles, take_turns};
use crate::ways::{OneLock, PerSample, WholePackets};

const FREQUENCY: u64 = 10_000_000;
/// A packet of 10 ms and a step of 5 ms, in ticks.
const PERIOD: u64 = FREQUENCY / 100;
const STEP: u64 = PERIOD / 2;
/// Bytes of every ring.
const RING: usize = 256 * 1024;

/// A speaker and a microphone, both running, with packets of 10 ms and what lies between them.
trait Cable {
    /// The client writes render packet `number` and says so.
    fn play(&mut self, number: u64, bytes: &[u8]);
    /// The client says so, and leaves what is there: what the timing is about begins behind the
    /// client.
    fn mark(&mut self, number: u64);
    /// Everything that both ends do in the time of packet `number`, its completion included.
    fn pass(&mut self, number: u64);
    /// Capture packet `number`, which has just been completed.
    fn recorded(&self, number: u64) -> Vec<u8>;
}

impl Memory {
    fn new(packet: usize) -> Self {
        Self(RefCell::new(vec![0; 2 * packet]))
    }

    fn slot(&self, number: u64) -> usize {
        number as usize % 2 * (self.0.borrow().len() / 2)
    }

    fn packet(&self, number: u64) -> Vec<u8> {
        let (slot, all) = (self.slot(number), self.0.borrow());
        all[slot..slot + all.len() / 2].to_vec()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The size of a packet in bytes.
fn packet_bytes(format: Format) -> usize {
    format.rate() as usize / 100 * format.block_align()
}

/// Calls `each` for every stretch of a ring of `capacity` that holds `length` from `at` on: where
/// it begins in the ring, where in the move, and how long it is.
fn stretches(capacity: usize, at: usize, length: usize, mut each: impl FnMut(usize, usize, usize)) {
    let begin = at % capacity;
    let first = length.min(capacity - begin);
    each(begin, 0, first);
    if first < length {
        each(0, first, length - first);
    }
}

/// The floor: the same bytes from packet to ring and from ring to packet, and nothing else. No
/// meter, no marks, no position, no lock.
struct Copies {
    packet: usize,
    speaker: Memory,
    ring: Vec<u8>,
    microphone: Memory,
}

impl Copies {
    fn new(format: Format) -> Self {
        let packet = packet_bytes(format);
        let [speaker, microphone] = [Memory::new(packet), Memory::new(packet)];
        Self { packet, speaker, ring: vec![0; RING], microphone }
    }
}

impl Cable for Copies {
    fn play(&mut self, number: u64, bytes: &[u8]) {
        self.speaker.write(self.speaker.slot(number), bytes);
    }

    fn mark(&mut self, _number: u64) {}

    fn pass(&mut self, number: u64) {
        let slot = self.speaker.slot(number);
        stretches(RING, number as usize * self.packet, self.packet, |begin, skip, length| {
            self.speaker.read(slot + skip, &mut self.ring[begin..begin + length]);
            self.microphone.write(slot + skip, &self.ring[begin..begin + length]);
        });
    }

    fn recorded(&self, number: u64) -> Vec<u8> {
        self.microphone.packet(number)
    }
}

/// The engine's ring behind a lock, as it is in the driver: held for the copy of a step.
struct WireLock<'a>(&'a Mutex<RingMemory<Vec<u8>>>);

impl RingLock for WireLock<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        use_ring(&mut lock(self.0).ring());
    }
}

/// What the engine's streams stand on.
struct Wiring {
    clock: Clock,
    wire: WireShared,
    ring: Mutex<RingMemory<Vec<u8>>>,
    volume: Volume,
    meters: [Meter; 2],
}

impl Wiring {
    fn new() -> Self {
        Self {
            clock: Clock::new(FREQUENCY),
            wire: WireShared::default(),
            ring: Mutex::new(RingMemory::new(vec![0; RING + MIXING])),
            volume: Volume::default(),
            meters: [Meter::default(), Meter::default()],
        }
    }

    fn with(&self, end: usize, work: impl FnOnce(&Endpoint<'_>)) {
        work(&Endpoint {
            clock: &self.clock,
            wire: &self.wire,
            ring: &WireLock(&self.ring),
            volume: &self.volume,
            meter: &self.meters[end],
            own: None,
            // Both ends run at one rate.
            kernel: &[],
        });
    }
}

/// One of the engine's streams; what clients ask is beside it.
struct Stream {
    channel: Channel<Vec<u8>>,
    memory: Memory,
}

/// The engine as the driver uses it: steps of 5 ms, marks, end of stream, counters of everything
/// that goes wrong, volume that may ramp, a mixer, ends that start and stop on their own,
/// completions with the ideal moment, and positions that any thread may ask for without a lock.
struct Engine {
    wiring: Wiring,
    streams: [Stream; 2],
    shared: [Shared; 2],
    started: bool,
    now: u64,
}

impl Engine {
    fn new(format: Format) -> Self {
        let wiring = Wiring::new();
        let packet = packet_bytes(format);
        let layout = Layout::new(2, packet as u32, format.block_align()).expect("whole frames");
        let shared = [Shared::new(format), Shared::new(format)];
        let channels =
            [Channel::render(format, 5_000), Channel::capture(format, 5_000, Source::Cable)];
        let mut streams = channels.map(|channel| Stream { channel, memory: Memory::new(packet) });
        for (stream, shared) in streams.iter_mut().zip(&shared) {
            stream.channel.set_packets(layout, shared);
            let memory = |bytes| Ok::<_, vdma::Error>(vec![0; bytes]);
            stream.channel.prepare(&wiring.wire, memory).expect("the wire has room");
        }
        Self { wiring, streams, shared, started: false, now: FREQUENCY }
    }

    /// Runs at the first packet: what the client wrote before is there.
    fn start(&mut self) {
        self.started = true;
        let Wiring { clock, wire, .. } = &self.wiring;
        for (stream, shared) in self.streams.iter_mut().zip(&self.shared) {
            stream.channel.run(|| Qpc(self.now), shared, clock, wire);
        }
        self.tick();
    }

    /// The timers of both ends.
    fn tick(&mut self) {
        for (end, (stream, shared)) in self.streams.iter_mut().zip(&self.shared).enumerate() {
            self.wiring.with(end, |endpoint| {
                black_box(stream.channel.tick(Qpc(self.now), &stream.memory, shared, endpoint));
            });
        }
    }

    /// A step later.
    fn step(&mut self) {
        self.now += STEP;
        self.tick();
    }
}

impl Cable for Engine {
    fn play(&mut self, number: u64, bytes: &[u8]) {
        let memory = &self.streams[0].memory;
        memory.write(memory.slot(number), bytes);
        self.mark(number);
    }

    fn mark(&mut self, number: u64) {
        self.shared[0].set_render_packet(number as u32, None).expect("the packet is in time");
    }

    fn pass(&mut self, _number: u64) {
        if !self.started {
            self.start();
        }
        self.step();
        self.step();
    }

    fn recorded(&self, number: u64) -> Vec<u8> {
        self.streams[1].memory.packet(number)
    }
}

/// Completed packets and the ideal moment of the last one.
#[derive(Clone, Copy, Default)]
struct Progress {
    completed: u64,
    at: u64,
}

impl Progress {
    fn complete(&mut self) {
        self.completed += 1;
        self.at = FREQUENCY + self.completed * PERIOD;
    }
}

/// All of them, the floor and the engine first.
fn cables(format: Format) -> [(&'static str, Box<dyn Cable>); 5] {
    [
        ("memcpy, there and back", Box::new(Copies::new(format))),
        ("the engine", Box::new(Engine::new(format))),
        ("whole packets, copied at completion", Box::new(WholePackets::new(format))),
        ("sample by sample, through float", Box::new(PerSample::new(format))),
        ("one mutex around everything", Box::new(OneLock::new(format))),
    ]
}

/// Audio in which no two packets are alike, of numbers that every type of sample has.
fn noise(format: Format, packet: u64) -> Vec<u8> {
    let mut numbers = fastrand::Rng::with_seed(packet);
    let samples = packet_bytes(format) / format.sample().bytes();
    // Never zero, so that the first frame stands out from the silence before it.
    let mut next = || numbers.i32(..) & !0xFF | 0x100;
    let sample = |value: i32| match format.sample() {
        SampleType::Int16 => ((value >> 16) as i16 | 1).to_le_bytes().to_vec(),
        SampleType::Float32 => (value as f32 / 2_147_483_648.0).to_le_bytes().to_vec(),
        _ => value.to_le_bytes().to_vec(),
    };
    (0..samples).flat_map(|_| sample(next())).collect()
}

/// Plays for two seconds; whether the microphone has the same bytes behind some silence, and how
/// much of that, in milliseconds. One packet is not written: it must be silence.
fn check(name: &str, format: Format, cable: &mut dyn Cable) {
    const PACKETS: u64 = 200;
    const UNWRITTEN: u64 = 100;
    let silent = vec![0; packet_bytes(format)];
    let (mut played, mut heard) = (Vec::new(), Vec::new());
    let has_marks = name != "memcpy, there and back";
    let hand_over = |cable: &mut dyn Cable, number: u64, played: &mut Vec<u8>| {
        if number == UNWRITTEN && has_marks {
            played.extend_from_slice(&silent);
        } else {
            let bytes = noise(format, number);
            cable.play(number, &bytes);
            played.extend_from_slice(&bytes);
        }
    };
    hand_over(cable, 0, &mut played);
    hand_over(cable, 1, &mut played);
    for number in 0..PACKETS {
        cable.pass(number);
        heard.extend(cable.recorded(number));
        hand_over(cable, number + 2, &mut played);
    }
    let block = format.block_align();
    let silence = heard.chunks_exact(block).take_while(|frame| frame.iter().all(|byte| *byte == 0));
    let frames = silence.count();
    let heard = &heard[frames * block..];
    assert!(heard.len() > played.len() / 2, "{name}: the microphone hears nothing");
    assert_eq!(heard, &played[..heard.len()], "{name}: not what was played");
    let milliseconds = frames as f64 * 1000.0 / f64::from(format.rate());
    println!("  {name}: every byte, {milliseconds} ms later");
}

fn print(unit: &str, names: &[&str], found: &[Vec<f64>], against: &[usize]) {
    for (name, times) in names.iter().zip(found) {
        let [_, median, _] = quartiles(times.iter().copied());
        let mut line = format!("  {name:<37} {median:>9.1} ns {unit}");
        for base in against {
            let ratios = times.iter().zip(&found[*base]).map(|(own, base)| own / base);
            let [low, middle, high] = quartiles(ratios);
            let _ = write!(line, "   {middle:>7.2} ({low:.2} to {high:.2})");
        }
        println!("{line}");
    }
}

/// A packet of 10 ms at both ends, by every way.
fn packets(format: Format) {
    let mut cables = cables(format);
    let names = cables.each_ref().map(|(name, _)| *name);
    let mut works: Vec<Box<dyn FnMut()>> = Vec::new();
    for (_, cable) in &mut cables {
        cable.mark(0);
        let mut number = 0;
        works.push(Box::new(move || {
            cable.mark(number + 1);
            cable.pass(number);
            number += 1;
        }));
    }
    let mut works: Vec<Work<'_>> = works.iter_mut().map(|work| &mut **work as Work<'_>).collect();
    print("a packet", &names, &take_turns(&mut works), &[0, 1]);
}

/// Runs `tick` on another thread, again and again, while this one asks: nanoseconds of a query on
/// average, of the slowest query in a thousand, and of a tick. None if the machine was too busy to
/// run both threads at once.
fn beside(mut tick: impl FnMut() + Send, ask: impl Fn()) -> Option<[f64; 3]> {
    const SPAN: Duration = Duration::from_millis(5);
    /// Queries between two looks at whether the other thread runs.
    const BATCH: u32 = 1000;
    let (ticks, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let ticked = || ticks.load(Ordering::Relaxed);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                tick();
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        });
        while ticked() == 0 {
            std::hint::spin_loop();
        }
        let (mut batches, mut shared, mut each) = (0, 0, Vec::new());
        let (before, start) = (ticked(), Instant::now());
        while start.elapsed() < SPAN {
            let seen = ticked();
            (0..BATCH).for_each(|_| ask());
            batches += 1;
            shared += u32::from(ticked() > seen);
        }
        let (elapsed, ticks) = (start.elapsed().as_nanos() as f64, ticked() - before);
        let second = Instant::now();
        while each.is_empty() || second.elapsed() < SPAN {
            let start = Instant::now();
            ask();
            each.push(start.elapsed());
        }
        stop.store(true, Ordering::Relaxed);
        each.sort();
        let slow = each[each.len() * 999 / 1000].as_nanos() as f64;
        let mean = elapsed / f64::from(batches * BATCH);
        (shared * 10 >= batches * 9).then(|| [mean, slow, elapsed / ticks.max(1) as f64])
    })
}

/// The engine's figures of [`beside`].
fn engine_beside(format: Format) -> Option<[f64; 3]> {
    let mut engine = Engine::new(format);
    engine.mark(0);
    engine.start();
    let now = AtomicU64::new(engine.now);
    let Engine { wiring, streams, shared, .. } = &mut engine;
    let (wiring, shared) = (&*wiring, &*shared);
    let tick = || {
        let at = now.load(Ordering::Relaxed) + STEP;
        // It may be there already: a packet has two steps.
        let _ = shared[0].set_render_packet(shared[0].current_packet().wrapping_add(1), None);
        for (end, stream) in streams.iter_mut().enumerate() {
            wiring.with(end, |endpoint| {
                black_box(stream.channel.tick(Qpc(at), &stream.memory, &shared[end], endpoint));
            });
        }
        now.store(at, Ordering::Relaxed);
    };
    let at = || Qpc(now.load(Ordering::Relaxed));
    beside(tick, || {
        black_box(shared[0].position(&wiring.clock, at));
    })
}

/// Those of one mutex.
fn locked_beside(format: Format) -> Option<[f64; 3]> {
    let mut cable = OneLock::new(format);
    let now = &AtomicU64::new(FREQUENCY);
    // Its packets go to the other thread.
    let (packets, state) = (&mut cable.packets, &cable.state);
    let mut steps = 0;
    let tick = move || {
        let (number, step) = (steps / 2, steps as usize % 2);
        lock(state).marks[number as usize % 2] = true;
        packets.render(state, number, step);
        packets.capture(state, number, step);
        steps += 1;
        now.store(FREQUENCY + steps * STEP, Ordering::Relaxed);
    };
    beside(tick, || {
        let now = now.load(Ordering::Relaxed);
        black_box(lock(state).position(0, format.rate(), now));
    })
}

/// A position query while nobody else does anything, and while another thread ticks without a
/// pause; and what the queries do to the ticks. In a kernel the holder of a spin lock is not
/// preempted, as the holder of this mutex may be: the tail is worse here.
fn positions(format: Format) {
    let names = ["the engine", "one mutex around everything"];
    let mut engine = Engine::new(format);
    engine.mark(0);
    engine.start();
    let locked = OneLock::new(format);
    let mut ask_engine = || {
        black_box(engine.shared[0].position(&engine.wiring.clock, || Qpc(engine.now + 777)));
    };
    let mut ask_locked = || {
        black_box(lock(&locked.state).position(0, format.rate(), FREQUENCY + 777));
    };
    print("a query", &names, &take_turns(&mut [&mut ask_engine, &mut ask_locked]), &[0]);

    let mut found: [[Vec<f64>; 2]; 3] = Default::default();
    for _ in 0..1000 {
        let Some(both) = engine_beside(format).zip(locked_beside(format)) else { continue };
        for (index, figures) in [both.0, both.1].iter().enumerate() {
            for (kind, figure) in found.iter_mut().zip(figures) {
                kind[index].push(*figure);
            }
        }
        if found[0][0].len() == ROUNDS {
            break;
        }
    }
    if found[0][0].len() < ROUNDS / 4 {
        println!("  not measured while another thread ticks: the machine is too busy for two");
        return;
    }
    let [queries, slowest, ticks] = &found;
    println!("  while another thread ticks without a pause");
    print("a query", &names, queries, &[0]);
    print("the slowest of 1000", &names, slowest, &[0]);
    print("a tick of both ends", &names, ticks, &[0]);
}

fn main() {
    // `cargo bench` says so; `cargo test` wants to know only whether it works.
    let timed = std::env::args().any(|argument| argument == "--bench");
    for (name, sample, channels, rate) in [
        ("16 bit stereo at 48 kHz", SampleType::Int16, 2, 48_000),
        ("24 in 32 bit stereo at 48 kHz", SampleType::Int24In32, 2, 48_000),
        ("16 bit stereo at 192 kHz", SampleType::Int16, 2, 192_000),
        ("float 7.1 at 192 kHz", SampleType::Float32, 8, 192_000),
    ] {
        let format = Format::new(sample, channels, 0, rate).expect("the engine knows it");
        println!("{name}, {} bytes a packet", packet_bytes(format));
        for (name, mut cable) in cables(format) {
            check(name, format, &mut *cable);
        }
        if timed {
            println!("  a packet of 10 ms, played and heard; to memcpy; to the engine (quartiles)");
            packets(format);
        }
    }
    halves::compare();
    if timed {
        for (name, sample, channels, rate) in [
            ("16 bit stereo at 48 kHz", SampleType::Int16, 2, 48_000),
            ("float 7.1 at 192 kHz", SampleType::Float32, 8, 192_000),
        ] {
            println!("position of {name}; to the engine (quartiles)");
            positions(Format::new(sample, channels, 0, rate).expect("the engine knows it"));
        }
    }
}
