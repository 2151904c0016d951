//! How the host calls images: what it saves before, and how a thread returns when the call cannot
//! continue.
//!
//! # How
//!
//! [`call`] saves its position before it calls a driver. A fault or an exception that the driver
//! does not handle returns the thread to the position of the innermost `call`. Between the two are
//! only the driver's frames and those of the thunks that called it, which own nothing; host
//! functions in which the driver was called are further out and continue.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::engine::{Caller, State};
use super::native::{Saved, put_back, stand};
use super::outcome::{Cause, Fault};
use super::unwind::Table;

/// The data that emulated instructions read and write: that of the thread's machine.
pub(crate) trait Processor {
    /// CR8, of x64.
    #[cfg_attr(target_arch = "aarch64", expect(dead_code, reason = "ARM64 has no CR8"))]
    fn irql(&self) -> u8;

    /// See [`irql`](Self::irql).
    #[cfg_attr(target_arch = "aarch64", expect(dead_code, reason = "as above"))]
    fn set_irql(&self, irql: u8);

    /// The interrupt time and the system time, in 100 ns.
    fn times(&self) -> (u64, i64);

    /// Whether Windows would call the driver's handlers for a fault, and not bug-check.
    fn may_be_handled(&self, fault: &Fault) -> bool;
}

/// The position of a call: the registers that a function preserves for its caller, and the call's
/// outcome.
pub(super) struct Standing {
    pub(super) saved: Saved,
    pub(super) fault: Fault,
    /// What is asked while the call is under way.
    pub(super) processor: *const dyn Processor,
    /// The innermost of the host's functions for exceptions that calls into the driver.
    pub(super) links: *mut State,
    /// The driver's instruction pointer and stack pointer at the last fault.
    pub(super) faulted: [u64; 2],
    /// The thread is between the signal handler and the first step.
    pub(super) enters: bool,
}

/// A host function that accesses memory for the driver.
#[derive(Clone, Copy)]
pub(super) struct Serving {
    pub(super) name: &'static str,
    pub(super) caller: *const Caller,
}

thread_local! {
    /// The innermost call of this thread.
    static INNERMOST: Cell<*mut Standing> = const { Cell::new(std::ptr::null_mut()) };
    /// The host function that is accessing memory for the driver.
    static SERVICE: Cell<Option<Serving>> = const { Cell::new(None) };
}

/// The position of this thread's innermost call; null outside of calls.
pub(super) fn standing() -> *mut Standing {
    INNERMOST.get()
}

/// The host function that was accessing memory for the driver; it does not continue.
pub(super) fn take_service() -> Option<Serving> {
    SERVICE.take()
}

/// While it exists, a fault is attributed to the calling driver: for functions like memcpy, which
/// own nothing and access only their arguments' memory.
pub(crate) struct Service(());

impl Service {
    /// `caller` is what [`service`](super::engine::service) passes, alive as long as this.
    pub(crate) fn begin(name: &'static str, caller: *const Caller) -> Self {
        SERVICE.set(Some(Serving { name, caller }));
        Self(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        SERVICE.set(None);
    }
}

/// An image that is loaded: start, [`FREE`] or [`TAKEN`] where there is none; end; unwind data.
struct Place {
    start: AtomicUsize,
    end: AtomicUsize,
    table: AtomicPtr<Table>,
}

const FREE: usize = 0;
/// The slot is being filled: no address is at or above this value, so no reader uses the end and
/// the table that remain from the previous image.
const TAKEN: usize = usize::MAX;

impl Place {
    const fn new() -> Self {
        Self {
            start: AtomicUsize::new(FREE),
            end: AtomicUsize::new(0),
            table: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    fn take(&self) -> bool {
        self.start.compare_exchange(FREE, TAKEN, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn fill(&self, start: usize, end: usize, table: *mut Table) {
        self.end.store(end, Ordering::Release);
        self.table.store(table, Ordering::Release);
        self.start.store(start, Ordering::Release);
    }

    fn free(&self) {
        self.start.store(FREE, Ordering::Release);
    }

    /// The unwind data, if an address is in this image. Images come and go on other threads
    /// meanwhile: what was read belongs together if the start is still the same afterwards.
    fn find(&self, address: usize) -> Option<*mut Table> {
        let start = self.start.load(Ordering::Acquire);
        let end = self.end.load(Ordering::Acquire);
        let table = self.table.load(Ordering::Acquire);
        let is_same = self.start.load(Ordering::Relaxed) == start;
        (is_same && start != FREE && (start..end).contains(&address)).then_some(table)
    }
}

static IMAGES: [Place; 64] = [const { Place::new() }; 64];

fn image(address: usize) -> Option<*mut Table> {
    IMAGES.iter().find_map(|place| place.find(address))
}

pub(super) fn is_in_an_image(address: usize) -> bool {
    image(address).is_some()
}

/// The unwind data of the image that an address is in.
pub(super) fn table<'a>(address: u64) -> Option<&'a Table> {
    let table = image(address as usize)?;
    // SAFETY: the table lives as long as the image is watched, and an image in which a thread is
    // stays loaded.
    unsafe { table.as_ref() }
}

/// While it exists, faults in its range are attributed to the image.
#[derive(Debug)]
pub(crate) struct Watch {
    index: usize,
    _table: Box<Table>,
}

impl Watch {
    /// None if the host already watches its maximum of images.
    pub(super) fn new(length: usize, table: Table) -> Option<Self> {
        let start = table.base() as usize;
        let mut table = Box::new(table);
        let index = IMAGES.iter().position(Place::take)?;
        IMAGES.get(index)?.fill(start, start + length, &raw mut *table);
        Some(Self { index, _table: table })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(place) = IMAGES.get(self.index) {
            place.free();
        }
    }
}

/// A place among the host's own code.
pub(super) fn host_code() -> u64 {
    put_back as *const () as u64
}

/// Calls into a driver. `driver` owns only plain data, since a fault abandons it.
///
/// # Errors
///
/// The outcome of the image if the call did not return.
pub(crate) fn call<R: Copy>(
    processor: &'static dyn Processor,
    driver: impl Fn() -> R,
) -> Result<R, Fault> {
    struct Call<'a, R, F> {
        driver: &'a F,
        answer: Option<R>,
    }
    unsafe extern "C" fn thunk<R: Copy, F: Fn() -> R>(data: *mut c_void) {
        // SAFETY: `call` hands its own structure on.
        let call = unsafe { &mut *data.cast::<Call<'_, R, F>>() };
        call.answer = Some((call.driver)());
    }
    fn thunk_of<R: Copy, F: Fn() -> R>(
        _call: &Call<'_, R, F>,
    ) -> unsafe extern "C" fn(*mut c_void) {
        thunk::<R, F>
    }
    let mut call = Call { driver: &driver, answer: None };
    let function = thunk_of(&call);
    let nothing = Fault {
        instruction: 0,
        address: 0,
        writes: false,
        service: None,
        code: 0,
        cause: Cause::Fault,
    };
    let mut standing = Standing {
        saved: Saved::ZERO,
        fault: nothing,
        processor,
        links: std::ptr::null_mut(),
        faulted: [0; 2],
        enters: false,
    };
    let place = &raw mut standing;
    let outer = INNERMOST.replace(place);
    // SAFETY: the thunk gets the structure that it expects, and the standing outlives the call.
    let faulted = unsafe { stand(function, (&raw mut call).cast(), &raw mut (*place).saved) };
    INNERMOST.set(outer);
    // SAFETY: the handler may have written it, and nothing writes it now.
    let fault = unsafe { (*place).fault };
    match call.answer {
        Some(answer) if faulted == 0 => Ok(answer),
        _ => Err(fault),
    }
}

/// The innermost call of this thread, for that of another stack that runs on it from now on.
pub(crate) fn swap_standing(standing: usize) -> usize {
    INNERMOST.replace(standing as *mut Standing) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_taken_again_has_nothing_of_the_image_before() {
        let place = Place::new();
        let table = std::ptr::dangling_mut();
        assert!(place.take() && place.find(0x1800).is_none());
        place.fill(0x1000, 0x2000, table);
        assert_eq!(place.find(0x1FFF), Some(table));
        assert_eq!((place.find(0xFFF), place.find(0x2000)), (None, None));
        assert!(!place.take(), "it is in use");
        place.free();
        assert_eq!((place.find(0x1800), place.find(0)), (None, None));
        // Between here and `fill` other threads look, at addresses of images that are loaded.
        assert!(place.take());
        assert_eq!((place.find(0x1800), place.find(0x800)), (None, None));
        assert_eq!((place.find(1), place.find(usize::MAX)), (None, None));
    }
}
