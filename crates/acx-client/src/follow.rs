//! Keeps a cable's clock synchronous with that of a real device: the controller, and the loop that
//! reads the device's position and trims the cable.
//!
//! The controller is independent of both. It takes readings (the device's position and its time)
//! and computes a trim. It fits a line through the readings of the last [`WINDOW`] seconds: the
//! slope is the device's rate, and the line's distance from the cable's clock is the offset left to
//! correct. So single readings may be off by a millisecond and more.
//!
//! | property | value |
//! |---|---|
//! | locks | within 30 s, for a device that is off by up to 300 ppm and readings with up to ±0.5 ms of jitter |
//! | holds | within 0.1 frames per second at 48 kHz |
//! | changes of the trim | at most [`SLEW`] ppm per second: inaudible, and no position jumps |
//! | a step of the device's rate or position | detected by readings off the line; the trim stays, and a new line begins |
//! | no readings | the trim stays |

use std::collections::VecDeque;
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::{Failed, System};

use crate::trim::{self, Trim};

/// The age at which readings are dropped, in seconds.
pub const WINDOW: f64 = 60.0;

/// The maximum change of the trim per second, in parts per million.
pub const SLEW: f64 = 20.0;

/// The interval at which the device's position is read.
pub const INTERVAL: Duration = Duration::from_millis(10);

/// The interval of the controller's decisions, in seconds.
const DECIDE: f64 = 1.0;

/// A line through fewer seconds than this is not used.
const SHORTEST: f64 = 3.0;

/// A line through at least this many seconds counts as locked.
const LOCKED: f64 = 25.0;

/// An offset is corrected in this many seconds, by at most this many parts per million.
const CATCH_UP: f64 = 20.0;
const MOST_CATCH_UP: f64 = 0.5;

/// If the mean of the newest readings is this many seconds off the line, a new line begins.
const STEP: f64 = 0.000_4;

/// The number of readings in that mean.
const NEWEST: usize = 50;

/// The controller's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The line is still short; the trim follows it.
    Acquiring,
    /// Synchronous.
    Locked,
}

/// The controller.
#[derive(Debug)]
pub struct Follower {
    /// Each reading's time, and the device's lead over the system's clock at that time, in seconds.
    readings: VecDeque<(f64, f64)>,
    /// The trim, in parts per million.
    trim: f64,
    /// The cable clock's lead over the system's, caused by the trims, in seconds, up to now.
    ahead: f64,
    up_to: Option<f64>,
    decided: f64,
    /// The device's lead over the cable at the lock.
    reference: Option<f64>,
}

impl Follower {
    /// A controller for a cable with this trim.
    pub fn new(trim: Trim) -> Self {
        Self {
            readings: VecDeque::new(),
            trim: trim.ppm(),
            ahead: 0.0,
            up_to: None,
            decided: f64::MIN,
            reference: None,
        }
    }

    /// The controller's state.
    pub fn state(&self) -> State {
        if self.reference.is_some() { State::Locked } else { State::Acquiring }
    }

    /// The trim that it requests.
    pub fn trim(&self) -> Trim {
        Trim::from_ppm(self.trim)
    }

    /// Takes a reading: the device was `device` seconds from its start at `at`, in seconds of the
    /// system's clock. Returns the new trim, if it changes. A reading that is not later than the
    /// last one is ignored.
    pub fn reading(&mut self, at: f64, device: f64) -> Option<Trim> {
        let Some(last) = self.up_to else {
            self.up_to = Some(at);
            self.decided = at;
            self.readings.push_back((at, device - at));
            return None;
        };
        if at <= last {
            return None;
        }
        self.ahead += (at - last) * self.trim().ppm() * 1e-6;
        self.up_to = Some(at);
        self.readings.push_back((at, device - at));
        while self.readings.front().is_some_and(|(first, _)| at - first > WINDOW) {
            self.readings.pop_front();
        }
        if at - self.decided < DECIDE {
            return None;
        }
        let span = (at - self.decided).min(2.0 * DECIDE);
        self.decided = at;
        self.decide(at, span)
    }

    fn decide(&mut self, at: f64, span: f64) -> Option<Trim> {
        let line = Line::through(self.readings.iter().copied())?;
        if self.has_left(&line) {
            // Another rate or position: older readings do not apply to it.
            let newest = self.readings.len().saturating_sub(NEWEST / 2);
            self.readings.drain(..newest);
            self.reference = None;
            return None;
        }
        let length = at - self.readings.front()?.0;
        if length < SHORTEST {
            return None;
        }
        let distance = line.at(at) - self.ahead;
        let rate = line.slope * 1e6;
        let mut wanted = rate;
        match self.reference {
            Some(reference) => {
                let missed = (distance - reference) / CATCH_UP * 1e6;
                wanted += missed.clamp(-MOST_CATCH_UP, MOST_CATCH_UP);
            }
            None if length >= LOCKED && (rate - self.trim).abs() < 1.0 => {
                self.reference = Some(distance);
            }
            None => {}
        }
        let most = SLEW * span;
        let before = self.trim();
        self.trim += (wanted - self.trim).clamp(-most, most);
        self.trim = self.trim().ppm();
        (self.trim() != before).then(|| self.trim())
    }

    /// Returns whether the newest readings are off the line.
    fn has_left(&self, line: &Line) -> bool {
        let count = self.readings.len().min(NEWEST);
        let newest = self.readings.iter().rev().take(count);
        let off: f64 = newest.map(|(at, ahead)| ahead - line.at(*at)).sum();
        count > NEWEST / 2 && (off / count as f64).abs() > STEP
    }
}

/// A line through readings.
struct Line {
    middle: (f64, f64),
    slope: f64,
}

impl Line {
    /// The least-squares line; None for fewer than two readings.
    fn through(readings: impl Iterator<Item = (f64, f64)> + Clone) -> Option<Self> {
        let count = readings.clone().count() as f64;
        if count < 2.0 {
            return None;
        }
        let (x, y) = readings.clone().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let middle = (x / count, y / count);
        let (square, product) = readings.fold((0.0, 0.0), |sum, (x, y)| {
            let (x, y) = (x - middle.0, y - middle.1);
            (sum.0 + x * x, sum.1 + x * y)
        });
        (square > 0.0).then_some(Self { middle, slope: product / square })
    }

    fn at(&self, x: f64) -> f64 {
        self.middle.1 + (x - self.middle.0) * self.slope
    }
}

/// A device whose clock is followed.
pub trait Device {
    /// The device's position since its start, and its time on the system's clock, both in seconds.
    /// None while it reports none.
    fn read(&mut self) -> Option<(f64, f64)>;
}

/// The state of the loop, reported once a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// The controller's state.
    pub state: State,
    /// The trim of the cable.
    pub trim: Trim,
    /// Whether the device reported a position in the last second.
    pub is_heard: bool,
}

/// Keeps the cable at `endpoint` synchronous with `device`, until `report` returns false.
///
/// # Errors
///
/// [`Failed`]: the driver refused a trim, because the caller is not an administrator
/// (STATUS_ACCESS_DENIED) or the cable is gone.
pub fn follow(
    system: &dyn System,
    endpoint: &Endpoint,
    device: &mut dyn Device,
    report: &mut dyn FnMut(Report) -> bool,
) -> Result<(), Failed> {
    let mut follower = Follower::new(trim::read(endpoint)?);
    // Check the access rights before the first wait.
    trim::write(endpoint, follower.trim())?;
    loop {
        let mut is_heard = false;
        for _ in 0..100 {
            system.sleep(INTERVAL);
            if let Some((frames, at)) = device.read() {
                is_heard = true;
                if let Some(trim) = follower.reading(at, frames) {
                    trim::write(endpoint, trim)?;
                }
            }
        }
        if !report(Report { state: follower.state(), trim: follower.trim(), is_heard }) {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device on a simulated clock.
    struct Simulated {
        follower: Follower,
        random: u64,
        at: f64,
        device: f64,
        cable: f64,
        ppm: f64,
        jitter: f64,
        trims: Vec<(f64, f64)>,
    }

    impl Simulated {
        fn new(ppm: f64, jitter: f64, seed: u64) -> Self {
            let follower = Follower::new(Trim::default());
            let (at, trims) = (1_000.0, Vec::new());
            Self { follower, random: seed, at, device: 0.0, cable: 0.0, ppm, jitter, trims }
        }

        /// From -0.5 to 0.5: xorshift.
        fn random(&mut self) -> f64 {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            (self.random >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        }

        fn pass(&mut self, seconds: f64, is_heard: bool) {
            for _ in 0..(seconds * 100.0) as usize {
                self.at += 0.01;
                self.device += 0.01 * (1.0 + self.ppm * 1e-6);
                self.cable += 0.01 * (1.0 + self.follower.trim().ppm() * 1e-6);
                let jitter = self.random() * self.jitter;
                if is_heard && let Some(trim) = self.follower.reading(self.at, self.device + jitter)
                {
                    self.trims.push((self.at, trim.ppm()));
                }
            }
        }

        /// The device's gain on the cable per second, in frames.
        fn gains(&self) -> f64 {
            (self.ppm - self.follower.trim().ppm()) * 0.048
        }

        /// For this many seconds the rates must stay within a tenth of a frame per second.
        #[track_caller]
        fn holds(&mut self, seconds: usize) {
            for second in 0..seconds {
                self.pass(1.0, true);
                assert_eq!(self.follower.state(), State::Locked, "after {second} s");
                assert!(self.gains().abs() <= 0.1, "after {second} s: {}", self.gains());
            }
        }

        /// Checks that no trim changed faster than allowed.
        #[track_caller]
        fn never_clicks(&self) {
            let mut last = (f64::MIN, 0.0);
            for (at, trim) in &self.trims {
                assert!(at - last.0 >= DECIDE - 1e-9, "{} and {at}", last.0);
                // A late decision, after a drop-out, may use two steps.
                assert!((trim - last.1).abs() <= 2.0 * SLEW + 0.001, "{} to {trim}", last.1);
                last = (*at, *trim);
            }
        }
    }

    #[test]
    fn it_locks_within_thirty_seconds_and_holds_for_an_hour() {
        for seed in 1..=20 {
            for ppm in [300.0, -300.0, 0.0, 47.3] {
                let mut clocks = Simulated::new(ppm, 0.001, seed * 7_919);
                clocks.pass(30.0, true);
                let missed = clocks.device - clocks.cable;
                clocks.holds(if seed == 1 { 3_600 } else { 300 });
                clocks.never_clicks();
                // The distance at the lock is kept, so a buffer between the two does not overflow.
                let drifted = (clocks.device - clocks.cable - missed) * 48_000.0;
                assert!(drifted.abs() < 24.0, "{drifted} frames");
            }
        }
    }

    #[test]
    fn without_jitter_it_is_exact() {
        let mut clocks = Simulated::new(123.456, 0.0, 1);
        clocks.pass(120.0, true);
        assert!((clocks.follower.trim().ppm() - 123.456).abs() < 0.01);
    }

    /// A device that warms up: while the line follows, the cable lags, and then catches up.
    #[test]
    fn what_was_missed_is_caught_up() {
        let mut clocks = Simulated::new(50.0, 0.0, 2);
        clocks.pass(60.0, true);
        let apart = clocks.device - clocks.cable;
        clocks.ppm += 5.0;
        let missed = |clocks: &Simulated| (clocks.device - clocks.cable - apart) * 48_000.0;
        clocks.pass(40.0, true);
        assert!(missed(&clocks) > 3.0, "{}", missed(&clocks));
        clocks.pass(600.0, true);
        assert!(missed(&clocks).abs() < 1.0, "{}", missed(&clocks));
    }

    #[test]
    fn after_a_step_of_the_rate_it_locks_anew() {
        let mut clocks = Simulated::new(300.0, 0.001, 3);
        clocks.pass(60.0, true);
        clocks.ppm = -300.0;
        // A few seconds for detection and 30 for a new line; 600 ppm take that long.
        clocks.pass(40.0, true);
        clocks.holds(300);
        clocks.never_clicks();
    }

    #[test]
    fn a_jump_of_the_position_changes_no_rate() {
        let mut clocks = Simulated::new(-80.0, 0.001, 4);
        clocks.pass(60.0, true);
        for jump in [0.05, -0.05, 10.0] {
            clocks.device += jump;
            for _ in 0..40 {
                clocks.pass(1.0, true);
                // A line through a few seconds with jitter is off by some parts per million.
                assert!(clocks.gains().abs() < 1.5, "{jump}: {}", clocks.gains());
            }
            clocks.holds(60);
        }
        clocks.never_clicks();
    }

    #[test]
    fn while_the_device_says_nothing_the_trim_stays() {
        let mut clocks = Simulated::new(200.0, 0.001, 5);
        clocks.pass(60.0, true);
        for silence in [0.5, 5.0, 300.0] {
            let trim = clocks.follower.trim();
            clocks.pass(silence, false);
            assert_eq!(clocks.follower.trim(), trim);
            clocks.pass(35.0, true);
            clocks.holds(60);
        }
        clocks.never_clicks();
    }

    /// Tests the slew limit: without it the first decision would be too large.
    #[test]
    fn a_trim_never_moves_faster_than_it_may() {
        let mut clocks = Simulated::new(900.0, 0.0, 6);
        clocks.pass(20.0, true);
        let most = SLEW * 20.0;
        let trim = clocks.follower.trim().ppm();
        assert!(trim > 100.0 && trim <= most, "{trim}");
        clocks.never_clicks();
    }

    #[test]
    fn a_device_out_of_reach_is_followed_as_far_as_a_trim_goes() {
        let mut clocks = Simulated::new(5_000.0, 0.0, 7);
        clocks.pass(200.0, true);
        assert_eq!(clocks.follower.trim(), Trim::new(i32::MAX));
        assert_eq!(clocks.follower.state(), State::Acquiring);
    }
}
