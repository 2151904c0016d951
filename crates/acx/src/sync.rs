//! Atomics, cells and pool, or loom's in a model.

#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A cell with loom's interface; loom's own cell detects conflicting accesses.
#[cfg(not(loom))]
pub(crate) struct UnsafeCell<T>(core::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    pub(crate) fn with<R>(&self, use_it: impl FnOnce(*const T) -> R) -> R {
        use_it(self.0.get())
    }

    pub(crate) fn with_mut<R>(&self, use_it: impl FnOnce(*mut T) -> R) -> R {
        use_it(self.0.get())
    }
}

/// Pool memory under loom's control: a leak or a double free fails the model.
#[cfg(loom)]
pub(crate) mod pool {
    use core::alloc::Layout;
    use core::ptr::null_mut;

    /// The header before a block: its size.
    const HEAD: usize = 16;

    fn layout(bytes: usize) -> Option<Layout> {
        Layout::from_size_align(bytes.checked_add(HEAD)?, HEAD).ok()
    }

    /// Returns zeroed bytes, or null if none are available.
    pub(crate) fn allocate(bytes: usize) -> *mut u8 {
        let Some(layout) = layout(bytes) else { return null_mut() };
        // SAFETY: the layout has a size.
        let start = unsafe { loom::alloc::alloc_zeroed(layout) };
        if start.is_null() {
            return start;
        }
        // SAFETY: the head is inside the block.
        unsafe { start.cast::<usize>().write(bytes) };
        start.wrapping_add(HEAD)
    }

    /// # Safety
    ///
    /// `block` came from [`allocate`] and is used no more.
    pub(crate) unsafe fn free(block: *mut u8) {
        let start = block.wrapping_sub(HEAD);
        // SAFETY: `allocate` wrote the head.
        let bytes = unsafe { start.cast::<usize>().read() };
        if let Some(layout) = layout(bytes) {
            // SAFETY: the caller gives up the block, which has this layout.
            unsafe { loom::alloc::dealloc(start, layout) };
        }
    }
}
