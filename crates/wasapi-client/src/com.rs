//! COM on a thread, and memory that COM hands out.

use std::marker::PhantomData;

use windows::Win32::System::Com::{
    COINIT_MULTITHREADED, CoInitializeEx, CoTaskMemFree, CoUninitialize,
};
use windows::core::PWSTR;

use crate::error::{Failure, Refused};

/// This thread is in COM's multithreaded apartment for as long as this lives. Whatever holds a COM
/// object borrows it, so that the compiler refuses an object that outlives its apartment.
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

    /// What an object keeps in order to borrow its apartment.
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

/// Memory of COM's task allocator, which the caller of the call that filled it has to free.
pub(crate) struct TaskMemory<T>(*mut T);

impl<T> TaskMemory<T> {
    /// Takes over what a call gave.
    ///
    /// # Safety
    ///
    /// `pointer` is null, or from COM's task allocator and nobody else's to free.
    pub(crate) const unsafe fn own(pointer: *mut T) -> Self {
        Self(pointer)
    }

    /// Where it is. Valid as long as `self`.
    pub(crate) const fn pointer(&self) -> *const T {
        self.0
    }
}

impl<T> Drop for TaskMemory<T> {
    fn drop(&mut self) {
        // SAFETY: `own` promises that the memory is from this allocator and ours alone; null is
        // allowed.
        unsafe { CoTaskMemFree(Some(self.0.cast())) }
    }
}

/// A string of COM's task allocator, which is freed.
///
/// # Safety
///
/// `string` is null or ends with a null character, is from COM's task allocator, and is nobody
/// else's to free.
pub(crate) unsafe fn take_string(string: PWSTR) -> String {
    // SAFETY: the caller promises the allocator and the ownership.
    let memory = unsafe { TaskMemory::own(string.0) };
    let string = PWSTR(memory.pointer().cast_mut());
    if string.is_null() {
        return String::new();
    }
    // SAFETY: it is not null, and the caller promises the null character at its end.
    String::from_utf16_lossy(unsafe { string.as_wide() })
}

/// The error of a call, with what it was about.
pub trait Named<T> {
    /// Names the device and the call.
    ///
    /// # Errors
    ///
    /// The call's own, as [`Failure::Call`].
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
