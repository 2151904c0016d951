//! Counters of a stream's events and errors: always on, lock-free, wrapping at 2^64.

use core::array;

use crate::sync::{AtomicU64, Ordering};

/// The events that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Event {
    /// A packet was completed.
    PacketDone,
    /// A tick ran more than a millisecond after its time.
    LateTick,
    /// A packet was skipped because ticks stopped for longer than the buffer lasts.
    PacketSkipped,
    /// A render packet was played that the client had not written.
    Underrun,
    /// A capture packet was overwritten before the client read it.
    Overwrite,
    /// The client set a packet too late.
    LateAnswer,
    /// The client set a packet too early.
    OverrunAnswer,
    /// The client set the last packet.
    EndOfStream,
    /// A move found no frames on the wire in time, although a stream plays there.
    WireSilence,
    /// The stream's timer expired.
    WakeUp,
}

/// Every event, in the order of the counters.
pub const EVENTS: [Event; 10] = [
    Event::PacketDone,
    Event::LateTick,
    Event::PacketSkipped,
    Event::Underrun,
    Event::Overwrite,
    Event::LateAnswer,
    Event::OverrunAnswer,
    Event::EndOfStream,
    Event::WireSilence,
    Event::WakeUp,
];

/// The counters of one stream.
#[derive(Debug)]
pub struct Telemetry {
    counters: [AtomicU64; EVENTS.len()],
    worst_lateness: AtomicU64,
    anomalies: AtomicU64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            counters: array::from_fn(|_| AtomicU64::new(0)),
            worst_lateness: AtomicU64::new(0),
            anomalies: AtomicU64::new(0),
        }
    }
}

impl Telemetry {
    /// Counts `event` once. Only the tick counts events that clients do not cause.
    pub fn count(&self, event: Event) {
        self.add(event, 1);
    }

    /// Counts `event` `times` times.
    #[expect(clippy::as_conversions, reason = "the discriminant is the index")]
    pub fn add(&self, event: Event, times: u64) {
        if let Some(counter) = self.counters.get(event as usize) {
            if matches!(event, Event::LateAnswer | Event::OverrunAnswer | Event::EndOfStream) {
                counter.fetch_add(times, Ordering::Relaxed);
            } else {
                // Only the tick counts it, so no other count can interfere.
                let count = counter.load(Ordering::Relaxed);
                counter.store(count.wrapping_add(times), Ordering::Relaxed);
            }
        }
        if !matches!(event, Event::PacketDone | Event::EndOfStream | Event::WakeUp) {
            self.anomalies.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The count of `event`.
    #[expect(clippy::as_conversions, reason = "the discriminant is the index")]
    pub fn total(&self, event: Event) -> u64 {
        self.counters.get(event as usize).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// Changes with every error, so that a reader can detect new ones.
    pub fn anomalies(&self) -> u64 {
        self.anomalies.load(Ordering::Relaxed)
    }

    pub(crate) fn lateness(&self, ticks: u64) {
        if ticks > self.worst_lateness.load(Ordering::Relaxed) {
            self.worst_lateness.fetch_max(ticks, Ordering::Relaxed);
        }
    }

    /// The largest delay of a tick, in ticks of the performance counter.
    pub fn worst_lateness(&self) -> u64 {
        self.worst_lateness.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// What a stream does anyway is no anomaly; all else is one each time.
    #[test]
    fn an_anomaly_is_what_should_not_happen() {
        let telemetry = Telemetry::default();
        for event in [Event::PacketDone, Event::EndOfStream, Event::WakeUp] {
            telemetry.count(event);
            assert_eq!((telemetry.total(event), telemetry.anomalies()), (1, 0), "{event:?}");
        }
        for (before, event) in (0..).zip([
            Event::LateTick,
            Event::PacketSkipped,
            Event::Underrun,
            Event::Overwrite,
            Event::LateAnswer,
            Event::OverrunAnswer,
            Event::WireSilence,
        ]) {
            telemetry.add(event, 3);
            assert_eq!((telemetry.total(event), telemetry.anomalies()), (3, before + 1));
        }
    }

    #[test]
    fn nothing_is_counted_at_first() {
        let telemetry = Telemetry::default();
        assert_eq!(EVENTS.map(|event| telemetry.total(event)), [0; EVENTS.len()]);
        assert_eq!((telemetry.worst_lateness(), telemetry.anomalies()), (0, 0));
        telemetry.lateness(1);
        assert_eq!(telemetry.worst_lateness(), 1);
    }
}
