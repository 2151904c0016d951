//! The lock-free parts, in every order of their memory accesses. Run with `RUSTFLAGS="--cfg loom"`.

#![cfg(loom)]

use loom::cell::Cell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use vdma::Qpc;
use vdma::burst::{Burst, Fill};
use vdma::clock::Clock;
use vdma::format::{Format, SampleType};
use vdma::meter::Meter;
use vdma::position::Shared;
use vdma::snapshot::Snapshot;
use vdma::wire::WireShared;

#[test]
fn a_snapshot_is_never_torn() {
    loom::model(|| {
        let snapshot = Arc::new(Snapshot::<2>::new());
        let writer = {
            let snapshot = Arc::clone(&snapshot);
            thread::spawn(move || {
                snapshot.publish(|| [1, 1]);
            })
        };
        let [first, second] = snapshot.read(|words| words);
        assert_eq!(first, second);
        writer.join().unwrap();
        assert_eq!(snapshot.read(|words| words), [1, 1]);
    });
}

/// The publish of a tick, which samples no clock and has no full fence.
#[test]
fn what_a_tick_stores_is_never_torn_and_never_goes_back() {
    loom::model(|| {
        let snapshot = Arc::new(Snapshot::<2>::new());
        let writer = {
            let snapshot = Arc::clone(&snapshot);
            thread::spawn(move || snapshot.store([1, 1]))
        };
        let [first, second] = snapshot.load();
        assert_eq!(first, second);
        let [later, again] = snapshot.load();
        assert_eq!(later, again);
        assert!(later >= first, "{first}, then {later}");
        writer.join().unwrap();
        assert_eq!(snapshot.load(), [1, 1]);
    });
}

/// What a tick works out for the next one: by words that were loaded after a number was, and that
/// the next one takes for good if the number is still the same.
#[test]
fn words_that_are_of_another_number_are_found_out() {
    loom::model(|| {
        let snapshot = Arc::new(Snapshot::<1>::new());
        let writer = {
            let snapshot = Arc::clone(&snapshot);
            thread::spawn(move || snapshot.publish(|| [7]))
        };
        let before = snapshot.number();
        let [word] = snapshot.load();
        let after = snapshot.number();
        writer.join().unwrap();
        let last = snapshot.number();
        if before == after {
            assert_eq!(word == 7, before == last, "{word} of {before}");
        }
    });
}

/// A tick, then a pause: what a client reads lies within what was moved, and never goes back. In
/// every order with at most two preemptions; all of them take minutes.
#[test]
fn a_position_never_goes_back_over_a_tick_and_a_pause() {
    let mut orders = loom::model::Builder::new();
    orders.preemption_bound = Some(2);
    orders.check(|| {
        let clock = Arc::new(AtomicU64::new(10));
        // The position at which the stream stands, or that it may reach; and whether it runs.
        let snapshot = Arc::new(Snapshot::<2>::new());
        snapshot.store([12, 1]);
        let writer = {
            let (clock, snapshot) = (Arc::clone(&clock), Arc::clone(&snapshot));
            thread::spawn(move || {
                snapshot.store([20, 1]);
                snapshot.publish(|| [clock.fetch_add(1, Ordering::SeqCst) + 1, 0]);
            })
        };
        let position = || {
            snapshot.read(|[limit, running]| {
                let now = clock.fetch_add(1, Ordering::SeqCst) + 1;
                if running == 1 { limit.min(now) } else { limit }
            })
        };
        let (first, second) = (position(), position());
        assert!(first <= second, "{first}, then {second}");
        writer.join().unwrap();
        assert!(second <= position());
    });
}

/// What keeps a position from going back over a pause: a reader that still saw the old words
/// sampled its clock before the writer did.
#[test]
fn a_clock_sampled_with_old_words_is_not_after_the_publication() {
    loom::model(|| {
        let clock = Arc::new(AtomicU64::new(0));
        let snapshot = Arc::new(Snapshot::<1>::new());
        let writer = {
            let (clock, snapshot) = (Arc::clone(&clock), Arc::clone(&snapshot));
            thread::spawn(move || {
                let mut at = 0;
                snapshot.publish(|| {
                    at = clock.fetch_add(1, Ordering::SeqCst) + 1;
                    [at]
                });
                at
            })
        };
        let (word, sampled) =
            snapshot.read(|[word]| (word, clock.fetch_add(1, Ordering::SeqCst) + 1));
        let published = writer.join().unwrap();
        if word == 0 {
            assert!(sampled < published);
        } else {
            assert!(sampled > published);
        }
    });
}

/// A request trims the clock while a stream is asked where it is: the frame never goes back, and a
/// moment that was sampled before the trim is not ahead of one after it.
#[test]
fn a_trim_takes_no_frame_back() {
    loom::model(|| {
        let clock = Arc::new(Clock::new(1_000));
        let counter = Arc::new(AtomicU64::new(1_000));
        let now = |counter: &AtomicU64| Qpc(counter.fetch_add(500, Ordering::SeqCst));
        let request = {
            let (clock, counter) = (Arc::clone(&clock), Arc::clone(&counter));
            thread::spawn(move || clock.set_trim(-400_000_000, || now(&counter)))
        };
        let first = clock.frame(1_000, now(&counter));
        let second = clock.frame(1_000, now(&counter));
        assert!(first <= second, "{first:?}, then {second:?}");
        request.join().unwrap();
        assert_eq!(clock.trim(), -400_000_000);
        assert!(clock.frame(1_000, now(&counter)) >= second);
    });
}

#[test]
fn a_mark_is_accepted_once_by_two_clients_and_kept() {
    loom::model(|| {
        let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
        let shared = Arc::new(Shared::new(format));
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.set_render_packet(0, None))
        };
        assert_eq!(shared.set_render_packet(1, None), Ok(()));
        assert_eq!(other.join().unwrap(), Ok(()));
        assert_eq!(shared.current_packet(), 0);
    });
}

#[test]
fn writers_that_attach_at_once_agree_on_the_rate() {
    loom::model(|| {
        let wire = Arc::new(WireShared::default());
        let slow = Format::new(SampleType::Int16, 2, 3, 44_100).unwrap();
        let fast = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
        let other = {
            let wire = Arc::clone(&wire);
            thread::spawn(move || {
                let writer = wire.attach_writer(slow).unwrap();
                let rate = wire.format().unwrap().rate();
                (writer, rate)
            })
        };
        let writer = wire.attach_writer(fast).unwrap();
        let ours = wire.format().unwrap().rate();
        let (other, theirs) = other.join().unwrap();
        // Whoever came first decides, and each of them knows it once it is attached: the other one
        // is resampled.
        assert_eq!(ours, theirs);
        assert!([44_100, 48_000].contains(&ours));
        wire.detach_writer(&writer);
        assert_eq!(wire.format().unwrap().rate(), ours, "it stays while one of them is there");
        wire.detach_writer(&other);
        assert_eq!(wire.format(), None);
    });
}

#[test]
fn a_peak_is_read_once_whoever_asks_while_it_is_measured() {
    loom::model(|| {
        let format = Format::new(SampleType::Int16, 1, 0, 48_000).unwrap();
        let meter = Arc::new(Meter::default());
        let tick = {
            let meter = Arc::clone(&meter);
            thread::spawn(move || meter.measure(format, &300i16.to_le_bytes()))
        };
        let early = meter.take(Some(0));
        tick.join().unwrap();
        let late = meter.take(Some(0));
        assert_eq!((early.max(late), early.min(late)), (300 << 16, 0));
    });
}

/// What the packets of a burst lie in. Loom sees it if two fill them at once.
struct Packets(Burst, Cell<u64>);

// SAFETY: `Burst` lets one fill at a time, and loom checks.
unsafe impl Sync for Packets {}
// SAFETY: a shared reference gives no access but by `Burst`, which lets one fill at a time.
unsafe impl Send for Packets {}

impl Packets {
    fn fill(&self, fill: Option<Fill<'_>>) {
        if let Some(fill) = fill {
            self.1.set(fill.packet());
            assert!(fill.done());
        }
    }
}

/// The timer and the client's call: one fills at a time, and no packet is lost or filled twice.
#[test]
fn a_burst_is_filled_by_one_at_a_time() {
    loom::model(|| {
        let packets = Arc::new(Packets(Burst::default(), Cell::new(0)));
        packets.0.run();
        packets.fill(packets.0.next());
        let timer = {
            let packets = Arc::clone(&packets);
            thread::spawn(move || packets.fill(packets.0.next()))
        };
        let (newest, fill) = packets.0.read().unwrap();
        assert_eq!(newest, 0);
        packets.fill(fill);
        timer.join().unwrap();
        assert_eq!((packets.0.filled(), packets.1.get()), (2, 1));
    });
}
