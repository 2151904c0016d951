//! Feeds and taps on separate threads, in real time. The result does not depend on the speed of the
//! machine: frames carry numbers, and missing or late ones must have been counted.

// Windows before 10 1803, and Wine 8, emulate memory that is mapped twice by copies, which the
// mapping thread synchronizes.
#![cfg(not(windows))]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use acxvad_io::{Event, Feed, Host, Options, Tap, Time, WaveFormat};

/// 32 bits hold a number for each frame.
const NUMBERED: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 32, valid_bits: 32 };
const PACKET: usize = 480;
const BLOCK: usize = 8;

fn options() -> Options {
    Options { patience: Some(Duration::from_secs(60)), ..Options::new(NUMBERED) }
}

fn start() -> Arc<Host> {
    Arc::new(Host::start(&["Speaker0Hidden=1"], Time::Real).unwrap())
}

fn stop(host: Arc<Host>) {
    let host = Arc::into_inner(host).expect("nobody uses it any more");
    assert_eq!(host.stop(), Vec::<String>::new());
}

/// A packet of frames with these numbers.
fn packet(first: usize) -> Vec<u8> {
    let frame = |number: usize| [(number as i32).to_le_bytes(); 2].concat();
    (first..first + PACKET).flat_map(frame).collect()
}

/// The recording so far.
#[derive(Debug, Default)]
struct Heard {
    first: usize,
    last: usize,
    seen: usize,
    /// Missing numbers.
    missing: usize,
    /// Silent frames.
    silent: usize,
    since: usize,
}

impl Heard {
    #[track_caller]
    fn take(&mut self, frames: &[u8]) {
        for frame in frames.as_chunks::<BLOCK>().0 {
            let [left, right] = [0, 4].map(|at| {
                i32::from_le_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]])
            });
            assert_eq!(left, right, "both channels have the number: {self:?}");
            if left == 0 {
                self.since += 1;
                continue;
            }
            let number = left as usize;
            assert!(number > self.last, "{number} after {}: {self:?}", self.last);
            if self.seen == 0 {
                self.first = number;
            } else {
                self.missing += number - self.last - 1;
                self.silent += self.since;
            }
            self.since = 0;
            self.last = number;
            self.seen += 1;
        }
    }

    /// Reads until a number was recorded, or more silence than any pause of a feeder.
    fn until(&mut self, tap: &mut Tap<Arc<Host>>, number: usize) {
        let mut room = vec![0; PACKET * BLOCK];
        while self.last < number && self.since < 10 * 48_000 {
            tap.read(&mut room).unwrap();
            self.take(&room);
        }
    }

    /// Checks that every loss was counted by a tap, a feed or the driver.
    #[track_caller]
    fn judge(&self, tap: &Tap<Arc<Host>>, feed: &Feed<Arc<Host>>, to: usize) {
        let by_driver = tap.lost_by_driver().unwrap() + feed.lost_by_driver().unwrap();
        let counted = tap.counts().overruns + feed.counts().underruns + by_driver;
        let missing = self.missing + (self.first - 1) + (to - self.last);
        assert_eq!(self.seen + missing, to, "{self:?}");
        if counted == 0 {
            assert_eq!((missing, self.silent), (0, 0), "nobody counted it: {self:?}");
        }
    }
}

const SECOND: usize = 48_000;

#[test]
fn a_thread_that_feeds_and_one_that_reads_lose_nothing_that_is_not_counted() {
    let host = start();
    let mut tap = Tap::open(host.clone(), "Microphone0", options()).unwrap();
    let mut feed = Feed::open(host.clone(), "Speaker0", options()).unwrap();
    let feeder = std::thread::spawn(move || {
        for first in (1..=SECOND).step_by(PACKET) {
            feed.write(&packet(first)).unwrap();
        }
        feed.drain().unwrap();
        feed
    });
    let mut heard = Heard::default();
    heard.until(&mut tap, SECOND);
    let feed = feeder.join().unwrap();
    assert_eq!(feed.counts().packets as usize, SECOND / PACKET);
    heard.judge(&tap, &feed, SECOND);
    drop((tap, feed));
    stop(host);
}

/// However often it is called, a feed never takes more than the packets that it may be ahead.
#[test]
fn a_program_that_writes_too_fast_gets_no_further_ahead() {
    let host = start();
    let mut tap = Tap::open(host.clone(), "Microphone0", options()).unwrap();
    let mut feed = Feed::open(host.clone(), "Speaker0", options()).unwrap();
    let feeder = std::thread::spawn(move || {
        let sound: Vec<u8> = (1..=SECOND).step_by(PACKET).flat_map(packet).collect();
        let (mut at, mut refusals) = (0, 0);
        while at < sound.len() {
            let taken = feed.try_write(&sound[at..]).unwrap();
            at += taken;
            assert!(taken <= 3 * PACKET * BLOCK, "two packets, and one that waits");
            // Three packets, and the driver's own delay.
            let ahead = feed.latency().unwrap() as usize;
            assert!(ahead <= 5 * PACKET, "{ahead} frames ahead");
            refusals += usize::from(taken == 0);
            if taken == 0 {
                std::thread::yield_now();
            }
        }
        feed.drain().unwrap();
        (feed, refusals)
    });
    let mut heard = Heard::default();
    heard.until(&mut tap, SECOND);
    let (feed, refusals) = feeder.join().unwrap();
    assert!(refusals > 0, "it was never too fast");
    heard.judge(&tap, &feed, SECOND);
    drop((tap, feed));
    stop(host);
}

#[test]
fn a_program_that_stalls_is_told_and_goes_on() {
    let host = start();
    let mut tap = Tap::open(host.clone(), "Microphone0", options()).unwrap();
    let mut feed = Feed::open(host.clone(), "Speaker0", options()).unwrap();
    let feeder = std::thread::spawn(move || {
        for first in (1..=SECOND).step_by(PACKET) {
            if first == 1 + SECOND / 2 / PACKET * PACKET {
                std::thread::sleep(Duration::from_millis(300));
            }
            feed.write(&packet(first)).unwrap();
        }
        feed.drain().unwrap();
        let events: Vec<Event> = std::iter::from_fn(|| feed.event()).collect();
        (feed, events)
    });
    let mut heard = Heard::default();
    heard.until(&mut tap, SECOND);
    let (feed, events) = feeder.join().unwrap();
    let fed = feed.counts();
    // 30 packets of time, of which it had 3 ahead.
    assert!(fed.underruns >= 26, "{fed:?}");
    assert!(events.iter().any(|event| matches!(event, Event::Underrun(26..))), "{events:?}");
    heard.judge(&tap, &feed, SECOND);
    assert!(heard.silent >= 26 * PACKET || tap.counts().overruns > 0, "{heard:?}");
    drop((tap, feed));
    stop(host);
}

#[test]
fn a_program_that_dies_leaves_silence_and_its_place() {
    let host = start();
    let mut tap = Tap::open(host.clone(), "Microphone0", options()).unwrap();
    let place = host.clone();
    let dies = std::thread::spawn(move || {
        let mut feed = Feed::open(place, "Speaker0", options()).unwrap();
        for first in (1..=SECOND / 2).step_by(PACKET) {
            feed.write(&packet(first)).unwrap();
        }
        // Like a killed program: its handles are closed, and nothing is drained.
        std::panic::resume_unwind(Box::new("the program dies"));
    });
    assert!(dies.join().is_err());
    let mut room = vec![0; PACKET * BLOCK];
    let is_silent = |room: &[u8]| room.iter().all(|byte| *byte == 0);
    // The audio already taken by the engine, then silence.
    let mut turns = 0;
    while {
        tap.read(&mut room).unwrap();
        !is_silent(&room)
    } {
        turns += 1;
        assert!(turns < 200, "it goes on without a program");
    }
    let mut feed = Feed::open(host.clone(), "Speaker0", options()).unwrap();
    let feeder = std::thread::spawn(move || {
        for first in (1..=SECOND / 2).step_by(PACKET) {
            feed.write(&packet(first)).unwrap();
        }
        feed.drain().unwrap();
        feed
    });
    let before = tap.counts().overruns;
    let mut heard = Heard::default();
    heard.until(&mut tap, SECOND / 2);
    let feed = feeder.join().unwrap();
    assert!(heard.seen > 0, "the next program is not heard: {heard:?}, {before} lost before");
    heard.judge(&tap, &feed, SECOND / 2);
    drop((tap, feed));
    stop(host);
}

/// A device that is removed while two threads wait for it, and returns.
#[test]
fn threads_that_wait_go_on_when_the_device_is_back() {
    let host = start();
    let over = Arc::new(AtomicBool::new(false));
    let mut tap = Tap::open(host.clone(), "Microphone0", options()).unwrap();
    let mut feed = Feed::open(host.clone(), "Speaker0", options()).unwrap();
    let is_over = over.clone();
    let feeder = std::thread::spawn(move || {
        while !is_over.load(Ordering::Acquire) {
            feed.write(&packet(1)).unwrap();
        }
        feed.counts()
    });
    let is_over = over.clone();
    let reader = std::thread::spawn(move || {
        let mut room = vec![0; PACKET * BLOCK];
        let mut sound_after = 0;
        while !is_over.load(Ordering::Acquire) || (sound_after == 0 && tap.counts().packets < 6_000)
        {
            tap.read(&mut room).unwrap();
            sound_after += usize::from(tap.counts().gone > 0 && room.iter().any(|byte| *byte != 0));
            if sound_after > 0 {
                is_over.store(true, Ordering::Release);
            }
        }
        (tap.counts(), sound_after)
    });
    std::thread::sleep(Duration::from_millis(100));
    host.unplug();
    std::thread::sleep(Duration::from_millis(100));
    host.plug().unwrap();
    let (read, sound_after) = reader.join().unwrap();
    let fed = feeder.join().unwrap();
    assert_eq!((read.gone, fed.gone), (1, 1));
    assert!(sound_after > 0, "nothing was heard after the device had come back: {read:?}");
    stop(host);
}
