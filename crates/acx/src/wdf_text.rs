//! Texts and bytes that ACX passes as framework objects. DDI: WdfStringCreate,
//! WdfStringGetUnicodeString, WdfCollectionCreate, WdfMemoryCreatePreallocated.

use core::ptr::null_mut;

use acx_sys::*;

use crate::error::check;
use crate::owned::Owned;
use crate::pool::Vec;
use crate::unicode::unicode;
use crate::{Error, Result, context};

/// An owned WDFSTRING, deleted when dropped.
pub(crate) struct WdfText(Owned);

impl WdfText {
    /// A string with `text`, child of `parent` (null: the driver object).
    ///
    /// # Safety
    ///
    /// At `PASSIVE_LEVEL`; a live parent, or null.
    pub(crate) unsafe fn new(text: &[u16], parent: WDFOBJECT) -> Result<Self> {
        let text = unicode(text)?;
        let mut attributes = context::attributes::<()>(parent);
        let mut handle: WDFSTRING = null_mut();
        // SAFETY: at PASSIVE_LEVEL with a live parent, by the caller's contract; the framework
        // copies the text.
        check(unsafe { WdfStringCreate(&raw const text, &raw mut attributes, &raw mut handle) })?;
        // SAFETY: created just now, and owned by no one else.
        Ok(Self(unsafe { Owned::new(handle.cast()) }))
    }

    pub(crate) fn handle(&self) -> WDFSTRING {
        self.0.object().cast()
    }

    /// A copy of its text.
    pub(crate) fn text(&self) -> Result<Vec<u16>> {
        // SAFETY: this value owns the string, so no one else changes or deletes it.
        unsafe { text_of(self.handle()) }
    }
}

/// A copy of a string's text.
///
/// # Safety
///
/// At `PASSIVE_LEVEL`; a live string that does not change meanwhile.
pub(crate) unsafe fn text_of(string: WDFSTRING) -> Result<Vec<u16>> {
    let mut text = UNICODE_STRING::default();
    // SAFETY: a live string, by the caller's contract, and an output parameter of ours.
    unsafe { WdfStringGetUnicodeString(string, &raw mut text) };
    // SAFETY: the string still holds the text that it just returned, by the caller's contract.
    unsafe { copy_of(&text) }
}

/// A copy of a counted string; empty if it has no buffer.
///
/// # Safety
///
/// The buffer has `Length` bytes, which do not change meanwhile.
pub(crate) unsafe fn copy_of(text: &UNICODE_STRING) -> Result<Vec<u16>> {
    let mut copy = Vec::new();
    if text.Buffer.is_null() {
        return Ok(copy);
    }
    let length = usize::from(text.Length / 2);
    // SAFETY: this many bytes are valid, by the caller's contract.
    let units = unsafe { core::slice::from_raw_parts(text.Buffer, length) };
    copy.extend(units.iter().copied())?;
    Ok(copy)
}

/// A WDFCOLLECTION of strings, child of `parent`, deleted with its strings when dropped.
pub(crate) struct WdfTexts(Owned);

impl WdfTexts {
    /// # Safety
    ///
    /// At `PASSIVE_LEVEL`; a live parent, or null.
    pub(crate) unsafe fn new(parent: WDFOBJECT) -> Result<Self> {
        let mut attributes = context::attributes::<()>(parent);
        let mut handle: WDFCOLLECTION = null_mut();
        // SAFETY: a live parent, by the caller's contract, and an output parameter of ours.
        check(unsafe { WdfCollectionCreate(&raw mut attributes, &raw mut handle) })?;
        // SAFETY: created just now, and owned by no one else.
        Ok(Self(unsafe { Owned::new(handle.cast()) }))
    }

    pub(crate) fn handle(&self) -> WDFCOLLECTION {
        self.0.object().cast()
    }

    /// Attributes of strings that are deleted with the collection.
    pub(crate) fn attributes(&self) -> WDF_OBJECT_ATTRIBUTES {
        context::attributes::<()>(self.0.object())
    }

    /// Appends a string.
    ///
    /// # Safety
    ///
    /// At `PASSIVE_LEVEL`.
    pub(crate) unsafe fn push(&self, text: &[u16]) -> Result<()> {
        let text = unicode(text)?;
        let mut attributes = self.attributes();
        let mut handle: WDFSTRING = null_mut();
        // SAFETY: at PASSIVE_LEVEL, by the caller's contract; the parent is this value's own.
        check(unsafe { WdfStringCreate(&raw const text, &raw mut attributes, &raw mut handle) })?;
        // SAFETY: both are alive; the collection takes a reference.
        check(unsafe { WdfCollectionAdd(self.handle(), handle.cast()) })
    }

    /// Copies of its strings.
    ///
    /// # Safety
    ///
    /// At `PASSIVE_LEVEL`; the collection holds strings only.
    pub(crate) unsafe fn texts(&self) -> Result<Vec<Vec<u16>>> {
        let mut texts = Vec::new();
        // SAFETY: the collection is this value's own.
        let count = unsafe { WdfCollectionGetCount(self.handle()) };
        for index in 0..count {
            // SAFETY: the collection is this value's own; without such an item it is null.
            let string = unsafe { WdfCollectionGetItem(self.handle(), index) };
            if string.is_null() {
                return Err(Error::InvalidState);
            }
            // SAFETY: a string of the collection, which holds it.
            texts.push(unsafe { text_of(string.cast()) }?)?;
        }
        Ok(texts)
    }
}

/// A WDFMEMORY, deleted when dropped.
pub(crate) struct WdfBytes(Owned);

impl WdfBytes {
    /// # Safety
    ///
    /// Live memory that was created with [`context::attributes`] and is the caller's.
    pub(crate) unsafe fn of(handle: WDFMEMORY) -> Self {
        // SAFETY: by the caller's contract.
        Self(unsafe { Owned::new(handle.cast()) })
    }

    /// A memory object over `bytes`, which must not be empty. They are only read, and only while
    /// this lives.
    ///
    /// # Safety
    ///
    /// A live parent, or null. The bytes must outlive this value, and nothing may write through it.
    pub(crate) unsafe fn over(bytes: &[u8], parent: WDFOBJECT) -> Result<Self> {
        let mut attributes = context::attributes::<()>(parent);
        let mut handle: WDFMEMORY = null_mut();
        let place = bytes.as_ptr().cast_mut().cast();
        // SAFETY: a live parent, and bytes that outlive the memory object, by the caller's
        // contract.
        check(unsafe {
            WdfMemoryCreatePreallocated(&raw mut attributes, place, bytes.len(), &raw mut handle)
        })?;
        // SAFETY: created just now with these attributes.
        Ok(unsafe { Self::of(handle) })
    }

    pub(crate) fn handle(&self) -> WDFMEMORY {
        self.0.object().cast()
    }

    /// A copy of its bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the memory is this value's own, and `length` is ours.
        let place = unsafe { WdfMemoryGetBuffer(self.handle(), &raw mut length) };
        let mut copy = Vec::new();
        if !place.is_null() {
            // SAFETY: this many bytes are valid as long as the memory object, which this value
            // owns.
            let bytes = unsafe { core::slice::from_raw_parts(place.cast::<u8>(), length) };
            copy.extend(bytes.iter().copied())?;
        }
        Ok(copy)
    }
}
