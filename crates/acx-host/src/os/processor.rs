//! The current thread object.
//!
//! Compiled drivers for x64 read the current thread (`KeGetCurrentThread`) and the processor's
//! number through the gs register, inline; on x86-64 Linux that register is free, so it points to a
//! page with the layout of the processor control block while a thread is in a machine. Drivers for
//! ARM64 read it through x18, which Linux does not preserve: only drivers that call a function get
//! it.

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

    /// Nothing to create.
    pub(crate) fn install() {}

    /// Returns the current thread object.
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

    /// The offset of the current thread object in the block, from `KeGetCurrentThread` of the
    /// public headers.
    const CURRENT_THREAD: usize = 0x188;

    thread_local! {
        static BLOCK: RefCell<Option<Region>> = const { RefCell::new(None) };
    }

    /// The `arch_prctl` code that sets the gs base.
    const ARCH_SET_GS: i64 = 0x1001;

    /// Creates the block of the operating-system thread, once.
    pub(crate) fn install() {
        BLOCK.with_borrow_mut(|block| {
            if block.is_some() {
                return;
            }
            let Ok(region) = Region::new(PAGE) else { return };
            // SAFETY: sets the base of a segment that nothing else in the process uses to memory
            // that lives as long as the thread.
            unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_SET_GS, region.address()) };
            *block = Some(region);
        });
    }

    /// Returns the current thread object.
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
            // SAFETY: the block is a mapped page that only this thread uses.
            block.as_ref().map_or(0, |block| unsafe {
                ((block.address() + CURRENT_THREAD) as *const usize).read()
            })
        })
    }
}
