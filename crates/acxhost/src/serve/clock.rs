//! The server's clock, measured by the arrival of its audio, and the driver's clock, which is
//! trimmed to it.
//!
//! Audio is never early: a busy machine only delays it. So the least delayed piece of each
//! [`WINDOW`] gives the server's clock.

use acx_client::Failed;
use acx_client::endpoint::Endpoint;
use acx_client::follow::Follower;
use acx_client::trim::{self, Trim};

/// The length of a window in seconds; each gives one reading.
const WINDOW: f64 = 0.1;

/// A rate measured for less than this many seconds is due to the machine's load, not to a clock.
const SETTLED: f64 = 10.0;

/// Follows one stream of the server.
pub(crate) struct Clock {
    follower: Follower,
    /// The driver's trim.
    trim: Trim,
    /// The least delayed piece of this window: its time, and the stream's length, in seconds.
    best: Option<(f64, f64)>,
    until: f64,
    /// The time of the first piece.
    first: Option<f64>,
}

impl Clock {
    /// For an endpoint whose cable can be trimmed.
    pub(crate) fn of(endpoint: &Endpoint) -> Option<Self> {
        trim::read(endpoint).ok().map(Self::new)
    }

    fn new(trim: Trim) -> Self {
        Self { follower: Follower::new(trim), trim, best: None, until: f64::MIN, first: None }
    }

    /// Takes a piece that arrived at `at` by the system's clock, with which the stream is
    /// `position` seconds long. Returns the new trim, if it changes.
    fn reading(&mut self, at: f64, position: f64) -> Option<Trim> {
        self.first.get_or_insert(at);
        let is_later = |(best, of): (f64, f64)| position - at <= of - best;
        if !self.best.is_some_and(is_later) {
            self.best = Some((at, position));
        }
        if at < self.until {
            return None;
        }
        self.until = at + WINDOW;
        let (at, position) = self.best.take()?;
        let trim = self.follower.reading(at, position)?;
        self.first.is_some_and(|first| at - first >= SETTLED).then_some(trim)
    }

    /// Like [`reading`](Self::reading), and trims the endpoint's cable.
    pub(crate) fn follow(
        &mut self,
        endpoint: &Endpoint,
        (at, position): (f64, f64),
    ) -> Result<(), Failed> {
        if let Some(trim) = self.reading(at, position) {
            trim::write(endpoint, trim)?;
            self.trim = trim::read(endpoint)?;
        }
        Ok(())
    }

    /// The driver's trim, in parts per million.
    pub(crate) fn ppm(&self) -> f64 {
        self.trim.ppm()
    }

    /// Whether the driver is locked to the server.
    pub(crate) fn is_locked(&self) -> bool {
        self.follower.state() == acx_client::follow::State::Locked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server on a simulated clock that is off by `ppm`, whose pieces of 5 ms arrive some
    /// milliseconds late, and occasionally 40 ms.
    struct Server {
        clock: Clock,
        ppm: f64,
        random: u64,
        sent: f64,
        at: f64,
        cable: f64,
    }

    impl Server {
        fn new(ppm: f64, seed: u64) -> Self {
            let clock = Clock::new(Trim::default());
            Self { clock, ppm, random: seed, sent: 0.0, at: 100.0, cable: 0.0 }
        }

        /// From 0 to 1: xorshift.
        fn random(&mut self) -> f64 {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            (self.random >> 11) as f64 / (1u64 << 53) as f64
        }

        fn pass(&mut self, seconds: f64) {
            let mut last = f64::MIN;
            for _ in 0..(seconds / 0.005) as u32 {
                let step = 0.005 / (1.0 + self.ppm * 1e-6);
                self.at += step;
                self.sent += 0.005;
                self.cable += step * (1.0 + self.clock.follower.trim().ppm() * 1e-6);
                let stall = if self.random() < 0.01 { 0.04 } else { 0.0 };
                // Pieces do not overtake each other.
                last = last.max(self.at - self.random().ln() * 0.001 + stall);
                let _ = self.clock.reading(last, self.sent);
            }
        }
    }

    #[test]
    fn a_driver_locks_to_the_server_though_pieces_come_late_and_its_buffer_stays_as_full() {
        for (ppm, seed) in [(0.0, 1), (150.0, 2), (-150.0, 3), (37.5, 4)] {
            let mut server = Server::new(ppm, seed * 7_919);
            server.pass(60.0);
            assert!(server.clock.is_locked(), "{ppm} ppm: {}", server.clock.follower.trim().ppm());
            let apart = server.sent - server.cable;
            for _ in 0..60 {
                server.pass(10.0);
                let off = server.clock.follower.trim().ppm() - server.ppm;
                assert!(off.abs() < 3.0, "{ppm} ppm: off by {off}");
            }
            let drift = (server.sent - server.cable - apart) * 48_000.0;
            assert!(drift.abs() < 24.0, "{ppm} ppm: {drift} frames in ten minutes");
        }
    }

    #[test]
    fn a_stall_of_the_server_leaves_the_rate() {
        let mut server = Server::new(80.0, 11);
        server.pass(60.0);
        server.at += 2.0;
        server.pass(60.0);
        let off = server.clock.follower.trim().ppm() - server.ppm;
        assert!(off.abs() < 3.0, "off by {off}");
    }
}
