//! Owned values on non-paged pool. Every allocation can fail; memory is freed with its tag.
//!
//! DDI: ExAllocatePool2, ExFreePoolWithTag. At most `DISPATCH_LEVEL`.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::create(|_device| {
//! use acx::pool::Vec;
//!
//! let mut rates = Vec::new();
//! rates.extend([48_000, 96_000, 44_100])?;
//! rates.push(192_000)?;
//! rates.sort_unstable();
//! rates.retain(|rate| rate % 48_000 == 0);
//! assert_eq!(*rates, [48_000, 96_000, 192_000]);
//! assert_eq!(rates.iter().max(), Some(&192_000));
//! # Ok(())
//! # }); }
//! ```

#[cfg(not(loom))]
use acx_sys::POOL_FLAG_NON_PAGED;
use acx_sys::ULONG;
#[cfg(not(loom))]
use acx_sys::ntddk::{ExAllocatePool2, ExFreePoolWithTag};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use crate::sync::{AtomicUsize, Ordering};
use crate::{Error, Result};

/// The pool tag: `acxr` in a debugger's listing.
pub const TAG: ULONG = u32::from_le_bytes(*b"acxr");

/// Alignment of every pool block below a page (MEMORY_ALLOCATION_ALIGNMENT on 64-bit Windows);
/// blocks of a page and more are page aligned.
const ALIGNMENT: usize = 16;

/// The size of a page, on every Windows that this crate supports.
pub(crate) const PAGE: usize = 4096;

/// Zeroed, non-paged bytes.
#[cfg(not(loom))]
fn allocate(bytes: usize) -> Result<NonNull<u8>> {
    let bytes = u64::try_from(bytes.max(1)).map_err(|_| Error::OutOfMemory)?;
    // SAFETY: non-paged pool may be allocated at DISPATCH_LEVEL and below, and no caller in this
    // crate runs above that.
    let block = unsafe { ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG) };
    NonNull::new(block.cast()).ok_or(Error::OutOfMemory)
}

#[cfg(loom)]
fn allocate(bytes: usize) -> Result<NonNull<u8>> {
    NonNull::new(crate::sync::pool::allocate(bytes.max(1))).ok_or(Error::OutOfMemory)
}

#[cfg(loom)]
use crate::sync::pool::free;

/// # Safety
///
/// `block` came from [`allocate`] and is not used after this.
#[cfg(not(loom))]
unsafe fn free(block: *mut u8) {
    // SAFETY: the caller gives up the block, which was allocated with TAG.
    unsafe { ExFreePoolWithTag(block.cast(), TAG) };
}

/// Whole zeroed pages, for memory that is mapped elsewhere.
pub(crate) struct Pages {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: it owns plain memory; code that accesses it concurrently has its own safety argument.
unsafe impl Send for Pages {}
// SAFETY: sharing it gives out the address only.
unsafe impl Sync for Pages {}

impl Pages {
    pub(crate) fn new(length: usize) -> Result<Self> {
        let length = length.checked_next_multiple_of(PAGE).ok_or(Error::InvalidParameter)?;
        Ok(Self { start: allocate(length)?, length })
    }

    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`, owned until now.
        unsafe { free(self.start.as_ptr()) };
    }
}

/// One value on non-paged pool.
pub struct Box<T>(NonNull<T>, PhantomData<T>);

// SAFETY: it owns its value, as `alloc::boxed::Box` does.
unsafe impl<T: Send> Send for Box<T> {}
// SAFETY: sharing it shares its value only.
unsafe impl<T: Sync> Sync for Box<T> {}

impl<T> Box<T> {
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(value: T) -> Result<Self> {
        const { assert!(align_of::<T>() <= ALIGNMENT) };
        let place = allocate(size_of::<T>())?.cast::<T>();
        // SAFETY: a fresh block of the value's size and at least its alignment.
        unsafe { place.write(value) };
        Ok(Self(place, PhantomData))
    }
}

impl<T> Deref for Box<T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: it holds a value from `new` to `drop`.
        unsafe { self.0.as_ref() }
    }
}

impl<T> DerefMut for Box<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: it holds a value from `new` to `drop`, and owns it.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Box<T> {
    fn drop(&mut self) {
        // SAFETY: it holds a value that is no longer borrowed.
        unsafe { self.0.drop_in_place() };
        // SAFETY: allocated in `new`; the value is gone.
        unsafe { free(self.0.as_ptr().cast()) };
    }
}

struct Shared<T> {
    owners: AtomicUsize,
    value: T,
}

/// One value with several owners, on non-paged pool.
pub struct Arc<T>(NonNull<Shared<T>>, PhantomData<Shared<T>>);

// SAFETY: it shares its value between threads and may drop it on any, as `alloc::sync::Arc` does.
unsafe impl<T: Send + Sync> Send for Arc<T> {}
// SAFETY: sharing one shares its value, and lets other threads clone it and so drop the value.
unsafe impl<T: Send + Sync> Sync for Arc<T> {}

impl<T> Arc<T> {
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn new(value: T) -> Result<Self> {
        const { assert!(align_of::<Shared<T>>() <= ALIGNMENT) };
        let place = allocate(size_of::<Shared<T>>())?.cast::<Shared<T>>();
        // SAFETY: a fresh block of that size and at least that alignment.
        unsafe { place.write(Shared { owners: AtomicUsize::new(1), value }) };
        Ok(Self(place, PhantomData))
    }

    fn shared(&self) -> &Shared<T> {
        // SAFETY: this owner keeps it alive.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Arc<T> {
    /// Returns whether this is the only owner. While it is, no other can appear.
    pub fn is_alone(&self) -> bool {
        self.shared().owners.load(Ordering::Acquire) == 1
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        self.shared().owners.fetch_add(1, Ordering::Relaxed);
        Self(self.0, PhantomData)
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.shared().value
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        // All accesses by other owners happen before the drop.
        if self.shared().owners.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: the last owner has exclusive access to the value.
            unsafe { self.0.drop_in_place() };
            // SAFETY: allocated in `new`; the value is gone.
            unsafe { free(self.0.as_ptr().cast()) };
        }
    }
}

/// A fixed number of bytes on non-paged pool, zeroed.
pub struct Buffer(Pages, usize);

impl Buffer {
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn zeroed(length: usize) -> Result<Self> {
        Ok(Self(Pages::new(length.max(1))?, length))
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: owned, initialized by the pool, and at least that long.
        unsafe { core::slice::from_raw_parts_mut(self.0.as_ptr(), self.1) }
    }
}

/// A growable list on non-paged pool.
pub struct Vec<T> {
    block: Option<NonNull<T>>,
    capacity: usize,
    length: usize,
    owns: PhantomData<T>,
}

// SAFETY: it owns its values, as `alloc::vec::Vec` does.
unsafe impl<T: Send> Send for Vec<T> {}
// SAFETY: sharing it shares its values only.
unsafe impl<T: Sync> Sync for Vec<T> {}

impl<T> Default for Vec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Vec<T> {
    /// An empty list; allocates nothing.
    pub const fn new() -> Self {
        Self { block: None, capacity: 0, length: 0, owns: PhantomData }
    }

    /// An empty list with capacity for `capacity` values.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn with_capacity(capacity: usize) -> Result<Self> {
        let mut list = Self::new();
        list.reserve(capacity)?;
        Ok(list)
    }

    /// The number of values that fit without another allocation.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Reserves memory for `additional` more values: that many pushes cannot fail.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`]; the list is unchanged.
    #[inline(never)]
    pub fn reserve(&mut self, additional: usize) -> Result<()> {
        const { assert!(align_of::<T>() <= ALIGNMENT) };
        let needed = self.length.checked_add(additional).ok_or(Error::OutOfMemory)?;
        if needed <= self.capacity {
            return Ok(());
        }
        // Doubling, so that pushing many values moves each only a few times.
        let capacity = self.capacity.saturating_mul(2).max(needed).max(4);
        let bytes = capacity.checked_mul(size_of::<T>()).ok_or(Error::OutOfMemory)?;
        let block = allocate(bytes)?.cast::<T>();
        if let Some(old) = self.block.replace(block) {
            // SAFETY: the old block holds `length` values, the new one is larger, and they are
            // different blocks.
            unsafe { old.copy_to_nonoverlapping(block, self.length) };
            // SAFETY: its values have moved.
            unsafe { free(old.as_ptr().cast()) };
        }
        self.capacity = capacity;
        Ok(())
    }

    /// Appends `value`.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`]; the list is unchanged.
    #[inline(never)]
    pub fn push(&mut self, value: T) -> Result<()> {
        self.reserve(1)?;
        if let Some(block) = self.block {
            // SAFETY: `length` is below the capacity, so the place is inside the block.
            let place = unsafe { block.add(self.length) };
            // SAFETY: inside the block, and no value lives there yet.
            unsafe { place.write(value) };
            self.length = self.length.wrapping_add(1);
        }
        Ok(())
    }

    /// Appends the values of `iterator`.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`]; the list has the values before the failure.
    pub fn extend(&mut self, iterator: impl IntoIterator<Item = T>) -> Result<()> {
        let iterator = iterator.into_iter();
        self.reserve(iterator.size_hint().0)?;
        for value in iterator {
            self.push(value)?;
        }
        Ok(())
    }

    /// Inserts `value` at `index`; the values after it move up.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] beyond the end; [`Error::OutOfMemory`]. The list is unchanged.
    pub fn insert(&mut self, index: usize, value: T) -> Result<()> {
        if index > self.length {
            return Err(Error::InvalidParameter);
        }
        self.push(value)?;
        if let Some(rest) = self.get_mut(index..) {
            rest.rotate_right(1);
        }
        Ok(())
    }

    /// Removes the value at `index`; the values after it move down.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        self.get_mut(index..).filter(|rest| !rest.is_empty())?.rotate_left(1);
        self.pop()
    }

    /// Drops the values for which `keep` returns false; the others stay in order.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let mut kept = 0_usize;
        for at in 0..self.length {
            if self.get(at).is_some_and(&mut keep) {
                self.swap(kept, at);
                kept = kept.saturating_add(1);
            }
        }
        self.truncate(kept);
    }

    /// Drops all values; the memory stays allocated.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// A list of `length` copies of `value`.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub fn filled(value: T, length: usize) -> Result<Self>
    where
        T: Copy,
    {
        let mut list = Self::new();
        (0..length).try_for_each(|_| list.push(value))?;
        Ok(list)
    }

    /// Removes the value at `index`; the last one takes its place.
    pub fn swap_remove(&mut self, index: usize) -> Option<T> {
        if index >= self.length {
            return None;
        }
        let last = self.pop()?;
        Some(match self.get_mut(index) {
            Some(place) => core::mem::replace(place, last),
            // The removed value was the last one.
            None => last,
        })
    }

    /// Drops the values after the first `length`.
    pub fn truncate(&mut self, length: usize) {
        while self.length > length {
            drop(self.pop());
        }
    }

    /// Removes the last value.
    #[inline(never)]
    pub fn pop(&mut self) -> Option<T> {
        self.length = self.length.checked_sub(1)?;
        // SAFETY: the place is inside the block.
        let place = unsafe { self.block?.add(self.length) };
        // SAFETY: it held a value, which is no longer counted.
        Some(unsafe { place.read() })
    }
}

impl<T> Deref for Vec<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self.block {
            // SAFETY: the first `length` places hold values.
            Some(block) => unsafe { core::slice::from_raw_parts(block.as_ptr(), self.length) },
            None => &[],
        }
    }
}

impl<T> DerefMut for Vec<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self.block {
            // SAFETY: the first `length` places hold values, which it owns.
            Some(block) => unsafe { core::slice::from_raw_parts_mut(block.as_ptr(), self.length) },
            None => &mut [],
        }
    }
}

impl<T: core::fmt::Debug> core::fmt::Debug for Vec<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: PartialEq> PartialEq for Vec<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Vec<T> {}

impl<'list, T> IntoIterator for &'list Vec<T> {
    type Item = &'list T;
    type IntoIter = core::slice::Iter<'list, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'list, T> IntoIterator for &'list mut Vec<T> {
    type Item = &'list mut T;
    type IntoIter = core::slice::IterMut<'list, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

/// The values of a [`Vec`], from the first to the last.
pub struct IntoIter<T>(Vec<T>);

impl<T> IntoIterator for Vec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(mut self) -> IntoIter<T> {
        // The last value of a reversed list is its first.
        self.reverse();
        IntoIter(self)
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> Drop for Vec<T> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
        if let Some(block) = self.block {
            // SAFETY: allocated in `push`; its values are gone.
            unsafe { free(block.as_ptr().cast()) };
        }
    }
}
