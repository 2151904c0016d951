//! The thread object of the code that runs now.
//!
//! Compiled drivers for x64 read the current thread (`KeGetCurrentThread`) and the processor's
//! number through the gs register, inline; on x86-64 Linux that register is free, so it points at a
//! page of the shape of the processor control block while a thread is in a machine. Drivers for
//! ARM64 read it through x18, which Linux does not keep: only those that ask a function are served.

#[cfg(target_arch = "x86_64")]
pub(crate) use block::{current_thread, install, set_current_thread};
#[cfg(target_arch = "aarch64")]
pub(crate) use cell::{current_thread, install, set_current_thread};

#[cfg(target_arch = "aarch64")]
mod cell {
    use std::cell::Cell;

    thread_local! {
        static THREAD: Cell<usize> = const { Cell::new(0) };
    }

    /// There is nothing to make.
    pub(crate) fn install() {}

    /// The thread object that the code which runs now belongs to.
    pub(crate) fn set_current_thread(address: usize) {
        THREAD.set(address);
    }

    /// See [`set_current_thread`].
    pub(crate) fn current_thread() -> usize {
        THREAD.get()
    }
}

#[cfg(target_arch = "x86_64")]
mod block {
    use std::cell::RefCell;

    use crate::os::{PAGE, Region};

    /// Where the current thread's object is in the block: `KeGetCurrentThread` of the public
    /// headers reads there.
    const CURRENT_THREAD: usize = 0x188;

    thread_local! {
        static BLOCK: RefCell<Option<Region>> = const { RefCell::new(None) };
    }

    /// `arch_prctl`'s code for it.
    const ARCH_SET_GS: i64 = 0x1001;

    /// Gives the operating-system thread a block of its own, once.
    pub(crate) fn install() {
        BLOCK.with_borrow_mut(|block| {
            if block.is_some() {
                return;
            }
            let Ok(region) = Region::new(PAGE) else { return };
            // SAFETY: sets the base of a segment that nothing else in the process uses, to memory
            // that lives as long as the thread.
            unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, region.address()) };
            *block = Some(region);
        });
    }

    /// The thread object that the code which runs now belongs to.
    pub(crate) fn set_current_thread(address: usize) {
        BLOCK.with_borrow(|block| {
            if let Some(block) = block {
                // SAFETY: the block is a page, mapped for writing, that only this thread uses.
                unsafe { ((block.address() + CURRENT_THREAD) as *mut usize).write(address) };
            }
        });
    }

    /// See [`set_current_thread`].
    pub(crate) fn current_thread() -> usize {
        BLOCK.with_borrow(|block| {
            // SAFETY: the block is a mapped page of this thread, as where it is written.
            block.as_ref().map_or(0, |block| unsafe {
                ((block.address() + CURRENT_THREAD) as *const usize).read()
            })
        })
    }
}

/// The thread object, or 1 for a thread that is not the system's: that of a machine's client,
/// unless the machine is threaded.
pub(crate) fn current_thread_object() -> usize {
    current_thread().max(1)
}
