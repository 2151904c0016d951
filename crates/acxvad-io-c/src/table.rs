//! The objects of handles. A handle is a number that is never reused, in the form of a pointer.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use crate::status::{AcxvadStatus, Failure};

/// The objects of one kind of handle.
pub(crate) struct Table<T> {
    open: LazyLock<Mutex<Open<T>>>,
    /// The remainder of its numbers, so that a handle is only in the table of its kind.
    kind: usize,
}

struct Open<T> {
    all: HashMap<usize, Arc<T>>,
    count: usize,
}

fn nothing<T>() -> Mutex<Open<T>> {
    Mutex::new(Open { all: HashMap::new(), count: 0 })
}

/// The maximum number of kinds of handles.
const KINDS: usize = 4;

impl<T> Table<T> {
    pub(crate) const fn new(kind: usize) -> Self {
        assert!(kind < KINDS, "there are fewer kinds");
        Self { open: LazyLock::new(nothing), kind }
    }

    fn lock(&self) -> MutexGuard<'_, Open<T>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an object and returns its handle.
    pub(crate) fn add<H>(&self, value: Arc<T>) -> *mut H {
        let mut open = self.lock();
        open.count += 1;
        let number = open.count * KINDS + self.kind;
        open.all.insert(number, value);
        std::ptr::without_provenance_mut(number)
    }

    /// The object of a handle.
    pub(crate) fn get<H>(&self, handle: *const H) -> Result<Arc<T>, Failure> {
        self.lock().all.get(&handle.addr()).cloned().ok_or_else(|| unknown(handle))
    }

    /// Removes the object of a handle.
    pub(crate) fn take<H>(&self, handle: *const H) -> Result<Arc<T>, Failure> {
        self.lock().all.remove(&handle.addr()).ok_or_else(|| unknown(handle))
    }

    /// Puts a removed object back.
    pub(crate) fn put_back<H>(&self, handle: *const H, value: Arc<T>) {
        self.lock().all.insert(handle.addr(), value);
    }
}

fn unknown<H>(handle: *const H) -> Failure {
    let text = if handle.is_null() {
        "the handle is NULL: was it opened?".to_owned()
    } else {
        format!("handle {:#x}: closed already, or of something else", handle.addr())
    };
    Failure::new(AcxvadStatus::Handle, text)
}
