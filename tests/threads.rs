//! The driver on many threads: clients, timers, PnP and power at once, with delays where threads go
//! into the driver and come out of it.
//!
//! The checks: no rule is broken, nothing leaks, and every request gets a status that is documented
//! for some state of the device. `ACXVAD_LONG=1` runs for minutes instead of a second,
//! `ACXVAD_SEED` repeats a run's delays and choices, as far as threads are reproducible.

// Windows before 10 1803, and Wine 8, emulate memory that is mapped twice by copies, which the
// mapping thread synchronizes.
#![cfg(not(windows))]

mod variants;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::request::{self, descriptor, get, node};
use acx_client::timer::TimerStream;
use acx_client::{Direction, Failed, System, telemetry};
use acx_host::Machine;
use acx_host::machine::HostError;
use acx_sys::*;
use acxvad_abi::properties::LARGEST_TRIM;
use wave::noise::{Rng, seeded};

variants::test_each_form!(
    everything_at_once_breaks_nothing,
    one_stream_is_asked_by_many,
    a_spotter_that_many_want_refuses_nobody
);

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };
const HEARD: WaveFormat =
    WaveFormat { float: false, channels: 1, mask: 4, rate: 16_000, bits: 16, valid_bits: 16 };
const RAW: &GUID = &AUDIO_SIGNALPROCESSINGMODE_RAW;

/// Clients that stream, each on a thread of its own.
const CLIENTS: u64 = 4;

/// The allowed statuses of a request in any state of the device between started and removed.
const ANSWERS: &[NTSTATUS] = &[
    // The device is in a lower state, or on its way; no packet has been filled yet.
    STATUS_DEVICE_NOT_READY,
    // It was pulled out.
    STATUS_DEVICE_REMOVED,
    STATUS_OBJECT_NAME_NOT_FOUND,
    STATUS_NOT_FOUND,
    // The other clients have all instances of a pin, or all memory of the offload.
    STATUS_INSUFFICIENT_RESOURCES,
    // A state that a stream cannot go to from where power left it.
    STATUS_INVALID_DEVICE_STATE,
    // Packets: behind the clock, or too far ahead of it.
    STATUS_DATA_LATE_ERROR,
    STATUS_DATA_OVERRUN,
    // A packet beyond the last.
    STATUS_INVALID_DEVICE_REQUEST,
    // A list that grew after it had been asked for its size.
    STATUS_BUFFER_TOO_SMALL,
];

fn long() -> bool {
    std::env::var("ACXVAD_LONG").is_ok()
}

/// How long each test runs.
fn span() -> Duration {
    if long() { Duration::from_secs(180) } else { Duration::from_millis(600) }
}

/// Streams that clients have had at least when a test ends: a busy machine takes longer over them.
const STREAMS: u64 = 40;
/// A limit that no machine exceeds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The run's seed, which a failure shows.
fn seed() -> u64 {
    let given = std::env::var("ACXVAD_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| u64::from(std::process::id()) << 16 | 1);
    println!("ACXVAD_SEED={seed}");
    seed
}

/// Random numbers of one thread.
struct Chance(Rng);

impl Chance {
    fn new(seed: u64, thread: u64) -> Self {
        let mut all = seeded(seed);
        Self(seeded(all.u64(..) ^ thread))
    }

    /// Less than `end`.
    fn next(&mut self, end: u64) -> u64 {
        self.0.u64(..end)
    }
}

/// The progress of clients.
#[derive(Default)]
struct Done {
    streams: AtomicU64,
    requests: AtomicU64,
    refused: AtomicU64,
}

/// The work of one client until it is stopped.
struct Client<'a> {
    machine: &'a Machine,
    chance: Chance,
    done: &'a Done,
}

impl Client<'_> {
    /// A request succeeded, or was refused as it may be.
    #[track_caller]
    fn judge<T>(&self, answer: Result<T, Failed>) -> Option<T> {
        self.done.requests.fetch_add(1, Ordering::Relaxed);
        match answer {
            Ok(value) => Some(value),
            Err(failed) => {
                assert!(ANSWERS.contains(&failed.status), "{failed}");
                self.done.refused.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// One of the endpoints that are there, cables and composite ones.
    fn endpoint(&mut self, direction: Direction) -> Option<Endpoint> {
        let all = self.judge(Endpoint::all(self.machine, direction))?;
        let index = self.chance.next(all.len().max(1) as u64) as usize;
        all.into_iter().nth(index)
    }

    fn work(&mut self) {
        let direction =
            if self.chance.next(2) == 0 { Direction::Render } else { Direction::Capture };
        let Some(endpoint) = self.endpoint(direction) else {
            self.machine.sleep(Duration::from_millis(1));
            return;
        };
        // Again and again: the device may have gone meanwhile and come back with circuits of its
        // own, and these are the old ones then.
        for _ in 0..=self.chance.next(24) {
            match self.chance.next(8) {
                0 => self.ask(&endpoint),
                1 | 2 => self.poll(&endpoint),
                3 => self.special(&endpoint),
                _ => {
                    let frames = [48, 240, 480, 1024][self.chance.next(4) as usize];
                    let opened = EventStream::open(self.machine, &endpoint, STEREO, RAW, frames);
                    if let Some(stream) = self.judge(opened) {
                        self.stream(stream, direction);
                    }
                }
            }
        }
    }

    /// The pins beside the host pin: offload and loopback of a speaker, the keyword pin of a
    /// microphone.
    fn special(&mut self, endpoint: &Endpoint) {
        let (pin, format, frames, direction) = match endpoint.engine {
            Some(pins) if self.chance.next(2) == 0 => {
                (pins.offload, STEREO, 48_000, Direction::Render)
            }
            Some(pins) => (pins.loopback, STEREO, 480, Direction::Capture),
            None => {
                let Some(pin) = endpoint.pins.iter().find(|pin| {
                    pin.is_streaming && endpoint.host_pin().is_ok_and(|host| host.id != pin.id)
                }) else {
                    return;
                };
                (pin.id, HEARD, 160, Direction::Capture)
            }
        };
        let opened = endpoint.open_stream_at(pin, format, RAW);
        let opened = opened.and_then(|pin| EventStream::on(self.machine, pin, format, frames));
        if let Some(stream) = self.judge(opened) {
            self.stream(stream, direction);
        }
    }

    /// A life of an event-driven stream.
    fn stream(&mut self, mut stream: EventStream, direction: Direction) {
        self.done.streams.fetch_add(1, Ordering::Relaxed);
        let mut packet = vec![0x55; stream.packet_bytes()];
        let mut last = 0;
        for _ in 0..self.chance.next(40) {
            match self.chance.next(10) {
                0 => {
                    let _ = self.judge(stream.prepare());
                }
                1 | 2 => {
                    let _ = self.judge(stream.run());
                }
                3 => {
                    let _ = self.judge(stream.pause());
                }
                4 => {
                    // From here on positions begin anew.
                    let stopped = stream.stop();
                    {
                        let _ = self.judge(stopped);
                    };
                    last = 0;
                }
                5 => {
                    let span = Duration::from_millis(self.chance.next(12));
                    self.machine.wait_any(&[stream.event()], span);
                }
                6 | 7 if direction == Direction::Render => {
                    let next = stream.completed().0 + self.chance.next(3);
                    let written = stream.write(next, &packet, None);
                    {
                        let _ = self.judge(written);
                    };
                }
                6 | 7 => {
                    if let Some(read) = self.judge(stream.read_packet()) {
                        stream.copy(read.packet, &mut packet);
                    }
                }
                _ => {
                    if let Some((frames, at)) = self.judge(stream.position()) {
                        // Power-down for good stops a stream, so it may begin anew; it never runs
                        // ahead of its stamp.
                        assert!(at <= self.machine.qpc(), "a stamp of the future");
                        last = frames.max(last);
                    }
                }
            }
        }
    }

    /// A life of a timer-driven stream.
    fn poll(&mut self, endpoint: &Endpoint) {
        let Some(mut stream) = self.judge(TimerStream::open(endpoint, STEREO, RAW, 1024)) else {
            return;
        };
        self.done.streams.fetch_add(1, Ordering::Relaxed);
        let audio = vec![0x55; stream.ring_bytes()];
        let mut heard = Vec::new();
        for _ in 0..self.chance.next(30) {
            match self.chance.next(5) {
                0 => {
                    let state = self.chance.next(4) as i32;
                    let set = stream.set_state(state);
                    {
                        let _ = self.judge(set);
                    };
                }
                1 => self.machine.sleep(Duration::from_micros(self.chance.next(5000))),
                2 if endpoint.direction == Direction::Render => {
                    let written = stream.write(&audio);
                    {
                        let _ = self.judge(written);
                    };
                }
                2 => {
                    heard.clear();
                    let read = stream.read(&mut heard);
                    {
                        let _ = self.judge(read);
                    };
                }
                _ => {
                    let _ = self.judge(stream.position());
                }
            }
        }
    }

    /// Requests to the filter: what streams are there, the jack, the default format, the trim,
    /// controls, the keyword spotter.
    fn ask(&mut self, endpoint: &Endpoint) {
        let own = &acxvad::properties::PROPERTY_SET;
        for _ in 0..self.chance.next(12) {
            match self.chance.next(6) {
                0 => {
                    let _ = self.judge(telemetry::counters(endpoint));
                }
                1 => {
                    let value = (self.chance.next(2) as u32).to_le_bytes();
                    let id = acxvad::properties::JACK_CONNECTED;
                    let input = descriptor(own, id, KSPROPERTY_TYPE_SET, &[]);
                    let reply =
                        endpoint.filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value.to_vec()));
                    let status = reply.status;
                    let answer = Failed { what: "the jack", status };
                    {
                        let _ = self.judge(if NT_SUCCESS(status) { Ok(()) } else { Err(answer) });
                    };
                }
                2 => {
                    let rate = [44_100, 48_000, 96_000][self.chance.next(3) as usize];
                    let value: Vec<u8> = [rate, 2, 0].map(u32::to_le_bytes).concat();
                    let id = acxvad::properties::DEFAULT_FORMAT;
                    let set = request::set(&endpoint.filter, "the default", own, id, &[], &value);
                    {
                        let _ = self.judge(set);
                    };
                }
                3 => {
                    // Every node is asked for its level; those that have none say so.
                    let instance = node(self.chance.next(5) as u32, Some(0));
                    let set = &KSPROPSETID_Audio;
                    let id = KSPROPERTY_AUDIO_VOLUMELEVEL;
                    let _ = get(&endpoint.filter, "a level", set, id, &instance);
                }
                4 => {
                    let trim = self.chance.next(2_000_001) as i32 - LARGEST_TRIM;
                    let (id, value) = (acxvad::properties::CLOCK_TRIM, trim.to_le_bytes());
                    let set = request::set(&endpoint.filter, "the trim", own, id, &[], &value);
                    {
                        let _ = self.judge(set);
                    };
                }
                _ if endpoint.direction == Direction::Capture => {
                    let armed = (self.chance.next(2) as u32).to_le_bytes();
                    let set = &KSPROPSETID_SoundDetector;
                    let id = KSPROPERTY_SOUNDDETECTOR_ARMED;
                    // Without a pattern there is nothing to arm; composite microphones have no
                    // spotter.
                    let _ = request::set(&endpoint.filter, "arming", set, id, &[], &armed);
                }
                _ => {}
            }
        }
    }
}

/// While clients come and go, the device goes down and up, is dealt new resources, is pulled out
/// and comes back.
fn everything_at_once_breaks_nothing() {
    let seed = seed();
    let machine = Machine::builder().threaded(true).delays(seed).build();
    let (done, over) = (Done::default(), AtomicBool::new(false));
    // Power cycles, rebalances, surprise removals, orderly ones, pauses.
    let mut events = [0; 5];
    {
        let driver = variants::load(&machine).unwrap();
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    let (machine, done, over) = (&machine, &done, &over);
                    scope.spawn(move || {
                        let chance = Chance::new(seed, number + 1);
                        let mut client = Client { machine, chance, done };
                        while !over.load(Ordering::Relaxed) {
                            client.work();
                        }
                    })
                })
                .collect();
            // Clients end, whatever happens here.
            let ended = AtLast(&over);
            let mut chance = Chance::new(seed, 0);
            let begun = Instant::now();
            let mut device = driver.add_device().unwrap();
            let enough = || done.streams.load(Ordering::Relaxed) >= STREAMS;
            while begun.elapsed() < span() || !enough() {
                assert!(begun.elapsed() < span() + PATIENCE, "clients get nothing done");
                machine.sleep(Duration::from_micros(chance.next(20_000)));
                let event = [0, 0, 0, 1, 1, 2, 3, 4][chance.next(8) as usize];
                events[event] += 1;
                match event {
                    0 => {
                        device.power_down();
                        machine.sleep(Duration::from_micros(chance.next(5000)));
                        device.power_up().unwrap();
                    }
                    1 => match device.rebalance() {
                        Ok(()) | Err(HostError::Streaming) => {}
                        Err(other) => panic!("{other}"),
                    },
                    2 => {
                        device.surprise_remove();
                        drop(device);
                        machine.sleep(Duration::from_micros(chance.next(5000)));
                        device = driver.add_device().unwrap();
                    }
                    3 => match device.query_remove() {
                        Ok(()) => {
                            drop(device);
                            device = driver.add_device().unwrap();
                        }
                        Err(HostError::Streaming) => {}
                        Err(other) => panic!("{other}"),
                    },
                    _ => machine.sleep(Duration::from_millis(chance.next(40))),
                }
            }
            drop(ended);
            clients.into_iter().for_each(join);
        });
    }
    let [streams, requests, refused] =
        [&done.streams, &done.requests, &done.refused].map(|count| count.load(Ordering::Relaxed));
    println!("{streams} streams, {requests} requests, {refused} refused; events {events:?}");
    check(&machine);
    assert!(requests > refused, "clients were refused everything");
}

/// Waits for a thread. A scope waits, too, but a thread sanitizer does not see how.
fn join(thread: ScopedJoinHandle<'_, ()>) {
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Sets a flag when it goes, by a panic too.
struct AtLast<'a>(&'a AtomicBool);

impl Drop for AtLast<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn check(machine: &Machine) {
    let report = machine.report();
    for violation in report.violations() {
        println!("{violation}");
    }
    assert_eq!(report.violations().len(), 0);
    assert_eq!(report.gaps(), Vec::<&str>::new());
}

/// Positions and packets of one stream are asked for on several threads, while another changes its
/// states and the device loses its power. An answer that was asked for after another had come is
/// never behind it.
fn one_stream_is_asked_by_many() {
    let seed = seed();
    let machine = Machine::builder().threaded(true).delays(seed).build();
    {
        let driver = variants::load(&machine).unwrap();
        let device = driver.add_device().unwrap();
        let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
        let stream = EventStream::open(&machine, &endpoint, STEREO, RAW, 480).unwrap();
        stream.prepare().unwrap();
        let (over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
        let latest = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let ask = || {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        let known = latest.load(Ordering::SeqCst);
                        let (frames, at) = stream.position().unwrap();
                        assert!(frames >= known, "{frames} behind {known}");
                        assert!(at <= machine.qpc(), "a stamp of the future");
                        latest.fetch_max(frames, Ordering::SeqCst);
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                })
            };
            let clients: Vec<_> = (0..3).map(|_| ask()).collect();
            let ended = AtLast(&over);
            let mut chance = Chance::new(seed, 0);
            let until = Instant::now() + span() / 2;
            while Instant::now() < until {
                stream.run().unwrap();
                machine.sleep(Duration::from_micros(chance.next(15_000)));
                if chance.next(3) == 0 {
                    device.power_down();
                    machine.sleep(Duration::from_micros(chance.next(3000)));
                    device.power_up().unwrap();
                }
                stream.pause().unwrap();
                machine.sleep(Duration::from_micros(chance.next(3000)));
            }
            drop(ended);
            clients.into_iter().for_each(join);
        });
        println!("{} answers", asked.load(Ordering::Relaxed));
        assert!(asked.load(Ordering::Relaxed) > 0, "nobody was answered");
    }
    check(&machine);
}

/// Clients arm and disarm the keyword spotter while a stream of it is opened, read and closed. All
/// requests are allowed, so none may be refused; and when the spotter is not in use any more, it
/// has discarded its history.
fn a_spotter_that_many_want_refuses_nobody() {
    let seed = seed();
    let machine = Machine::builder().threaded(true).delays(seed).build();
    {
        let driver = variants::load(&machine).unwrap();
        let _device = driver.add_device().unwrap();
        let microphone = Endpoint::find(&machine, Direction::Capture).unwrap();
        let change = |id: u32, value: &[u8]| {
            let set = &KSPROPSETID_SoundDetector;
            request::set(&microphone.filter, "the detector", set, id, &[], value).unwrap();
        };
        let arm = |armed: u32| change(KSPROPERTY_SOUNDDETECTOR_ARMED, &armed.to_le_bytes());
        // Louder than -60 dB for a millisecond: nearly anything.
        let kind = acxvad::properties::KEYWORD_PATTERN;
        let mut pattern = [36u32, 1, 28, kind.Data1].map(u32::to_le_bytes).concat();
        pattern.extend([kind.Data2, kind.Data3].map(u16::to_le_bytes).concat());
        pattern.extend(kind.Data4);
        pattern.extend((-60 * 65_536_i32).to_le_bytes());
        pattern.extend(1u32.to_le_bytes());
        change(KSPROPERTY_SOUNDDETECTOR_PATTERNS, &pattern);
        let open = || {
            let pin = microphone.open_stream_at(acxvad::keyword_stream::PIN, HEARD, RAW).unwrap();
            EventStream::on(&machine, pin, HEARD, 160).unwrap()
        };

        let (over, read) = (AtomicBool::new(false), AtomicU64::new(0));
        std::thread::scope(|scope| {
            let armers = (0..2).map(|number| {
                let (mut chance, over) = (Chance::new(seed, number), &over);
                scope.spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        arm(chance.next(2) as u32);
                    }
                })
            });
            let armers: Vec<_> = armers.collect();
            let ended = AtLast(&over);
            let until = Instant::now() + span();
            while Instant::now() < until || read.load(Ordering::Relaxed) < 20 {
                let mut stream = open();
                stream.prepare().unwrap();
                stream.run().unwrap();
                for _ in 0..4 {
                    machine.wait_any(&[stream.event()], Duration::from_secs(1)).unwrap();
                    while stream.read_packet().unwrap().more {}
                    stream.position().unwrap();
                    read.fetch_add(1, Ordering::Relaxed);
                }
                stream.stop().unwrap();
            }
            drop(ended);
            armers.into_iter().for_each(join);
        });
        println!("{} reads", read.load(Ordering::Relaxed));

        // A detection, which a stream of before would still begin at.
        arm(1);
        let speaker = Endpoint::find(&machine, Direction::Render).unwrap();
        let mut sound = EventStream::open(&machine, &speaker, STEREO, RAW, 24_000).unwrap();
        sound.prepare().unwrap();
        sound.write(0, &vec![0x20; sound.packet_bytes()], None).unwrap();
        sound.run().unwrap();
        while machine.take_pnp_events().is_empty() {
            machine.sleep(Duration::from_millis(5));
        }
        arm(0);
        let begun = machine.qpc();
        let stream = open();
        stream.prepare().unwrap();
        stream.run().unwrap();
        machine.wait_any(&[stream.event()], Duration::from_secs(1)).unwrap();
        let first = stream.read_packet().unwrap();
        assert!(first.start >= begun, "it was listening: {} ticks ago", begun - first.start);
    }
    check(&machine);
}
