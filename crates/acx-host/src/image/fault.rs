//! Faults in the code of an image: they become exceptions, for the driver's own handlers first, and
//! privileged instructions that compiled drivers use are emulated.
//!
//! # How
//!
//! When an instruction of an image faults, or a host instruction that accesses memory for it, the
//! signal handler either emulates it, or makes the thread continue in [`enter_fault`] below the
//! driver's frames with the driver's registers: from there on it is an ordinary exception
//! ([`super::exception`]). An unhandled one returns the thread to the host's call of the driver.

use std::ffi::c_void;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::native::fault::Thread;
use super::native::{ALIGNMENT, enter_fault};
use super::outcome::{Cause, Fault};
pub(super) use super::standing::Processor;
use super::standing::{self, Standing, Watch, is_in_an_image, take_service};
use super::unwind::Table;

/// The bytes from an instruction on; missing ones are zero.
pub(super) type Code = [u8; 15];

/// Watches an image: from now on, faults in its range are attributed to it. None if the host
/// already watches its maximum of images.
pub(super) fn watch(length: usize, table: Table) -> Option<Watch> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(install);
    Watch::new(length, table)
}

/// The previous handler: Rust's, which reports stack overflows.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

fn install() {
    // SAFETY: a zeroed sigaction is a valid one, filled in here; the handler keeps to what a
    // handler may do.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGSEGV, &raw const action, &raw mut before);
        if before.sa_flags & libc::SA_SIGINFO != 0 {
            BEFORE.store(before.sa_sigaction, Ordering::Release);
        }
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
        libc::sigaction(libc::SIGILL, &raw const action, std::ptr::null_mut());
        libc::sigaction(libc::SIGFPE, &raw const action, std::ptr::null_mut());
        // On ARM64, a fast fail is a breakpoint instruction.
        if cfg!(target_arch = "aarch64") {
            libc::sigaction(libc::SIGTRAP, &raw const action, std::ptr::null_mut());
        }
    }
}

/// KUSER_SHARED_DATA of every process and of the kernel (ntddk.h): `KeQuerySystemTime` and its like
/// are macros that read it.
const SHARED_DATA: usize = 0xFFFF_F780_0000_0000;

/// The contents of the shared page at an offset: only the interrupt time, the system time and the
/// tick count. It may allocate: the thread faulted in the code of an image, and nowhere else.
fn shared_data(processor: &dyn Processor, offset: usize) -> Option<[u8; 8]> {
    // KSYSTEM_TIME: low, high, high again. Ticks are of 15.625 ms; the multiplier is milliseconds
    // in 8.24.
    let time = |value: u64| {
        let (low, high) = (value as u32, (value >> 32) as u32);
        [low.to_le_bytes(), high.to_le_bytes(), high.to_le_bytes()].concat()
    };
    let (interrupt, system) = processor.times();
    let fields = [
        (0x04, (0x0FA0_0000u32).to_le_bytes().to_vec()),
        (0x08, time(interrupt)),
        (0x14, time(system.cast_unsigned())),
        (0x320, time(interrupt / 156_250)),
    ];
    let field = fields.iter().find(|(at, bytes)| (*at..at + bytes.len()).contains(&offset));
    let (at, bytes) = field?;
    let mut value = [0; 8];
    for (to, from) in value.iter_mut().zip(bytes.get(offset - at..)?) {
        *to = *from;
    }
    Some(value)
}

/// The memory below the driver's stack pointer is unused; this many bytes of it are left alone.
const BELOW: u64 = 128;

/// The largest size of the driver's stack below a call.
const LONGEST_STACK: u64 = 64 * 1024 * 1024;

/// So many bytes of code at an address, as far as it is an image's.
fn code_at(instruction: usize, length: usize) -> Code {
    let mut bytes = [0; 15];
    for (offset, byte) in bytes.iter_mut().enumerate().take(length) {
        if is_in_an_image(instruction + offset) {
            // SAFETY: inside an image, whose code is mapped: the processor has just read an
            // instruction there, and images end with whole pages.
            *byte = unsafe { ((instruction + offset) as *const u8).read() };
        }
    }
    bytes
}

/// Returns whether the thread called an address without code, from inside an image.
fn called_nowhere(thread: &Thread<'_>, address: usize, standing: *const Standing) -> bool {
    // SAFETY: the innermost call of this thread is under way, if there is one.
    let high = unsafe { standing.as_ref() }.map_or(0, |standing| standing.saved.sp());
    let is_stack =
        |sp: u64| sp.is_multiple_of(8) && sp < high && sp > high.saturating_sub(LONGEST_STACK);
    address as u64 == thread.pc() && thread.caller(is_stack).is_some_and(is_in_an_image)
}

/// Runs on the faulting thread at the faulting instruction: nothing else accesses the thread's
/// state meanwhile.
unsafe extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: the system gives a ucontext_t and a siginfo_t that are the handler's for its time.
    let (mut thread, address) = unsafe { (Thread::of(context), (*info).si_addr() as usize) };
    let service = take_service();
    let place = standing::standing();
    // SAFETY: the innermost call of this thread is under way, and nothing else uses what it notes
    // now.
    if let Some(standing) = unsafe { place.as_mut() }
        && std::mem::take(&mut standing.enters)
    {
        // On the way to the first step: there is no stack for it.
        standing.fault.cause = Cause::Exhausted;
        thread.go_back(&standing.saved);
        return;
    }
    let instruction = thread.pc() as usize;
    let is_nowhere = signal == libc::SIGSEGV && called_nowhere(&thread, address, place);
    if is_in_an_image(instruction) || service.is_some() || is_nowhere {
        // Not for an instruction that could not even be fetched: its page is out of reach.
        let is_there = signal == libc::SIGTRAP || address != instruction;
        let length = if (SHARED_DATA..SHARED_DATA + 4096).contains(&address) { 15 } else { 4 };
        let is_there = is_there && service.is_none();
        let code = if is_there { code_at(instruction, length) } else { [0; 15] };
        // SAFETY: the innermost call of this thread is under way, for an image was called by it; it
        // has what it was given.
        let processor = (!place.is_null()).then(|| unsafe { &*(*place).processor });
        if let Some(processor) = processor
            && service.is_none()
        {
            if thread.emulate(code, processor) {
                return;
            }
            if length > 4
                && let Some(value) = shared_data(processor, address - SHARED_DATA)
                && thread.load(code, u64::from_le_bytes(value))
            {
                return;
            }
        }
        // SAFETY: the innermost call of this thread is under way, and nothing else uses what it
        // notes now.
        if let Some(standing) = unsafe { place.as_mut() } {
            let cause = thread.cause(code);
            standing.fault = Fault {
                instruction,
                address: thread.address(address, code),
                writes: thread.writes(code),
                service: service.map(|service| service.name),
                code: Thread::status(signal, code),
                cause,
            };
            if let Some(service) = service {
                // SAFETY: the function that was under way has it on its stack.
                thread.go_to_caller(unsafe { &*service.caller });
            }
            let sp = thread.sp();
            let high = standing.saved.sp();
            let room = high.saturating_sub(LONGEST_STACK)..high;
            if cause != Cause::Fault || !sp.is_multiple_of(ALIGNMENT) || !room.contains(&sp) {
                thread.go_back(&standing.saved);
                return;
            }
            standing.faulted = [thread.pc(), sp];
            standing.enters = true;
            thread.enter(enter_fault as *const (), sp - BELOW);
            return;
        }
    }
    let before = BEFORE.load(Ordering::Acquire);
    if before != 0 && signal == libc::SIGSEGV {
        // SAFETY: what the system said was the handler before, of this shape.
        let before = unsafe {
            std::mem::transmute::<
                usize,
                unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void),
            >(before)
        };
        // SAFETY: its own arguments.
        unsafe { before(signal, info, context) };
    } else {
        // SAFETY: the default action, for this time and the next.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine at these times.
    struct Clock(u64, i64);

    impl Processor for Clock {
        fn irql(&self) -> u8 {
            0
        }

        fn set_irql(&self, _irql: u8) {}

        fn times(&self) -> (u64, i64) {
            (self.0, self.1)
        }

        fn may_be_handled(&self, _fault: &Fault) -> bool {
            false
        }
    }

    #[test]
    fn the_shared_page_has_the_times_and_the_ticks() {
        let clock = Clock(0x0123_4567_89AB_CDEF, 0x01DC_BA98_7654_3210);
        let at = |offset: usize| shared_data(&clock, offset).map(u64::from_le_bytes);
        // KSYSTEM_TIME is low, high, and high again: of the interrupt time, and of the system time.
        assert_eq!((at(8), at(0x0C)), (Some(0x0123_4567_89AB_CDEF), Some(0x0123_4567_0123_4567)));
        assert_eq!((at(0x10), at(0x13)), (Some(0x0123_4567), Some(1)));
        assert_eq!(
            (at(0x14), at(0x18)),
            (Some(0x01DC_BA98_7654_3210), Some(0x01DC_BA98_01DC_BA98))
        );
        assert_eq!(at(0x1F), Some(1));
        // Milliseconds of a tick, in 8.24; ticks of 15.625 ms.
        assert_eq!(at(4), Some(15_625 * (1 << 24) / 1000));
        assert_eq!(at(0x320), Some(0x0123_4567_89AB_CDEF / 156_250));
        // Nothing else is there.
        for offset in [0, 3, 0x20, 0x31F, 0x32C, 0xFFF] {
            assert_eq!(at(offset), None, "{offset:#x}");
        }
    }

    #[test]
    fn no_code_is_read_outside_images() {
        assert_eq!(code_at(0x10, 15), [0; 15]);
    }
}
