//! COM on a thread, and memory that COM allocates.

use std::marker::PhantomData;

use windows::Win32::System::Com::{
    COINIT_MULTITHREADED, CoInitializeEx, CoTaskMemFree, CoUninitialize,
};
use windows::core::PWSTR;

use crate::error::{Failure, Refused};

/// Keeps this thread in COM's multithreaded apartment while it exists. Everything that holds a COM
/// object borrows it, so the compiler refuses an object that outlives its apartment.
#[derive(Debug)]
pub struct Com {
    /// Not `Send`: the thread that entered must leave.
    thread: PhantomData<*const ()>,
}

impl Com {
    /// [CoInitializeEx](https://learn.microsoft.com/windows/win32/api/combaseapi/nf-combaseapi-coinitializeex).
    pub fn start() -> Result<Self, Failure> {
        // SAFETY: no pointer is passed. A call that succeeds is paired with CoUninitialize in
        // `drop`, on the same thread.
        let entered = unsafe { CoInitializeEx(None, COINIT_MULTITHREADED) };
        entered.ok().named("Windows", "CoInitializeEx")?;
        Ok(Self { thread: PhantomData })
    }

    /// The borrow of the apartment that an object keeps.
    pub(crate) const fn borrowed(_: &Self) -> PhantomData<&Self> {
        PhantomData
    }
}

impl Drop for Com {
    fn drop(&mut self) {
        // SAFETY: this thread entered in `start`, and `Com` is not `Send`; objects borrow `self`,
        // so none is left.
        unsafe { CoUninitialize() }
    }
}

/// Memory of COM's task allocator that the caller has to free.
pub(crate) struct TaskMemory<T>(*mut T);

impl<T> TaskMemory<T> {
    /// Takes ownership of memory that a call returned.
    ///
    /// # Safety
    ///
    /// `pointer` is null, or memory of COM's task allocator that nothing else frees.
    pub(crate) const unsafe fn own(pointer: *mut T) -> Self {
        Self(pointer)
    }

    /// Its address. Valid as long as `self`.
    pub(crate) const fn pointer(&self) -> *const T {
        self.0
    }
}

impl<T> Drop for TaskMemory<T> {
    fn drop(&mut self) {
        // SAFETY: by the contract of `own`, the memory is from this allocator and has no other
        // owner; null is allowed.
        unsafe { CoTaskMemFree(Some(self.0.cast())) }
    }
}

/// Copies a string of COM's task allocator, and frees it.
///
/// # Safety
///
/// `string` is null, or a null-terminated string of COM's task allocator that nothing else frees.
pub(crate) unsafe fn take_string(string: PWSTR) -> String {
    // SAFETY: allocator and ownership are the caller's contract.
    let memory = unsafe { TaskMemory::own(string.0) };
    let string = PWSTR(memory.pointer().cast_mut());
    if string.is_null() {
        return String::new();
    }
    // SAFETY: it is not null, and null-terminated by the caller's contract.
    String::from_utf16_lossy(unsafe { string.as_wide() })
}

/// The error of a call, with the device's name.
pub trait Named<T> {
    /// Names the device and the call.
    ///
    /// # Errors
    ///
    /// The call's error as [`Failure::Call`].
    fn named(self, device: &str, call: &'static str) -> Result<T, Failure>;
}

impl<T> Named<T> for windows::core::Result<T> {
    fn named(self, device: &str, call: &'static str) -> Result<T, Failure> {
        self.map_err(|error| {
            let code = error.code().0.cast_unsigned();
            let call = Refused { call, code, message: error.message() };
            Failure::Call { device: device.to_owned(), call }
        })
    }
}
