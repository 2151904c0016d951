//! The clock of a cable, which a property trims while it runs, to simulate a device that drifts or
//! to follow a real one. It starts with the setting `ClockTrim`.

use core::ops::Deref;

use acx::lock::SpinLock;
use acx::request::{Request, Verb};
use acx::time::Qpc;
use acx::{Dispatch, Error};
use acxvad_abi::properties::{LARGEST_TRIM, TRIM_BYTES};
use vdma::clock::Clock;

/// A clock, and the lock for trimming it.
pub struct CableClock {
    clock: Clock,
    /// A spin lock: without it, a timer that expires on this processor during a trim would wait for
    /// the request forever.
    turn: SpinLock<()>,
}

impl Deref for CableClock {
    type Target = Clock;

    fn deref(&self) -> &Clock {
        &self.clock
    }
}

impl CableClock {
    /// A clock trimmed by `trim` parts per billion.
    pub fn new(trim: i32) -> Self {
        let clock = Clock::new(Qpc::frequency());
        if trim != 0 {
            clock.set_trim(trim, now);
        }
        Self { clock, turn: SpinLock::new(()) }
    }

    fn set(&self, trim: i32, level: &mut Dispatch) {
        self.turn.with(level, |(), _| self.clock.set_trim(trim, now));
    }

    /// Handles the property [`CLOCK_TRIM`](crate::properties::CLOCK_TRIM). `changed` is called
    /// after a change.
    #[inline(never)]
    pub fn handle(&self, request: Request<'_>, changed: &dyn Fn(&mut Dispatch)) {
        let mut bytes = [0; TRIM_BYTES];
        let Some(mut request) = request.require_length(bytes.len()) else { return };
        let result = match request.verb() {
            Verb::Get => Ok(request.write_value(&self.clock.trim().to_le_bytes())),
            Verb::Set => {
                request.read_value(&mut bytes);
                let trim = i32::from_le_bytes(bytes);
                if (-LARGEST_TRIM..=LARGEST_TRIM).contains(&trim) {
                    self.set(trim, request.passive());
                    changed(request.passive());
                    Ok(0)
                } else {
                    Err(Error::InvalidParameter)
                }
            }
            _ => Err(Error::NotSupported),
        };
        request.complete(result);
    }
}

/// The performance counter now, in the engine's type.
pub fn now() -> vdma::Qpc {
    vdma::Qpc(Qpc::now().0)
}
