//! The trimmed clocks of cables.

use acx_sys::*;
use acxvad::properties::PROPERTY_SET;
use acxvad_abi::properties::{CLOCK_TRIM, LARGEST_TRIM};

use crate::world::{End, Outcome, World};

const BILLION: u128 = 1_000_000_000;

/// A clock: since a moment of the performance counter it is so many parts per billion faster.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trimmed {
    since: u64,
    /// Its own ticks at that moment.
    ticks: u64,
    trim: i32,
}

impl Trimmed {
    fn scale(self) -> u128 {
        BILLION.saturating_add_signed(self.trim.into())
    }

    /// Its ticks at a moment.
    pub(crate) fn at(self, moment: u64) -> u64 {
        let elapsed = moment.saturating_sub(self.since);
        self.ticks + (u128::from(elapsed) * self.scale() / BILLION) as u64
    }

    /// The first moment at which it has so many.
    pub(crate) fn when(self, ticks: u64) -> u64 {
        let beyond = u128::from(ticks.saturating_sub(self.ticks)) * BILLION;
        self.since + beyond.div_ceil(self.scale()) as u64
    }

    /// Whether a moment is before the last change, where nothing is known of it any more.
    pub(crate) fn was_other(self, moment: u64) -> bool {
        moment <= self.since
    }
}

impl World<'_> {
    /// The clock of an end, at the moment.
    pub(crate) fn clock_of(&self, end: usize) -> Trimmed {
        self.clocks[self.ends[end].clock]
    }

    /// The clock of a cable, whose circuits come again after a rebalance.
    pub(crate) fn cable_clock(&mut self, name: &str) -> usize {
        let digits = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        // Those without a number are the ends of the composite endpoints' cable.
        let fresh = self.clocks.len();
        let clock = *self.cable_clocks.entry(digits.to_owned()).or_insert(fresh);
        if clock == fresh {
            self.clocks.push(Trimmed::default());
        }
        clock
    }

    pub(crate) fn trim(&mut self, filter: usize, trim: i32) -> Outcome {
        let at = self.end_of(filter);
        let End { circuit, is_gone, clock, .. } = self.ends[at];
        let file = self.file_of(filter);
        let status = Self::set(file, &PROPERTY_SET, CLOCK_TRIM, &[], &[trim.cast_unsigned()]);
        let wanted = match (is_gone, circuit.is_end()) {
            (true, _) => Err(STATUS_DEVICE_REMOVED),
            (_, false) => Err(STATUS_PROPSET_NOT_FOUND),
            _ if self.is_users(filter) => Err(STATUS_ACCESS_DENIED),
            _ if !(-LARGEST_TRIM..=LARGEST_TRIM).contains(&trim) => Err(STATUS_INVALID_PARAMETER),
            _ => Ok(()),
        };
        self.expect_answer("the trim", status, wanted)?;
        if wanted.is_ok() {
            let now = self.now();
            let ticks = self.clocks[clock].at(now);
            self.clocks[clock] = Trimmed { since: now, ticks, trim };
            // Timers that are set expire when they would have.
            self.disturbed = Some(now);
        }
        Ok(())
    }
}
