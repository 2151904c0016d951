//! Only a circuit that is being built and a stream that is being created own timers: the address of
//! anything else must not come to the framework.

use std::ffi::c_void;

use acx::owner::Owner;
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::{Dispatch, Result};

struct Mine;

impl acx::owner::sealed::Object for Mine {
    fn object(&self) -> *mut c_void {
        std::ptr::without_provenance_mut(0x1234)
    }
}

impl Owner for Mine {}

struct Ticker;

impl Expire for Ticker {
    fn expire(&mut self, _level: &mut Dispatch) -> Option<Qpc> {
        None
    }
}

fn create() -> Result<Timer<Ticker>> {
    Timer::new(&Mine, Ticker)
}

fn main() {}
