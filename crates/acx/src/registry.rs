//! Registry keys. DDI: WdfRegistryOpenKey, WdfRegistryCreateKey, WdfRegistryQueryValue,
//! WdfRegistryAssignValue, WdfRegistryRemoveKey, WdfRegistryRemoveValue.
//!
//! An open key borrows the `PASSIVE_LEVEL` token, so it cannot be used or dropped at another level,
//! and no spin lock can be taken meanwhile. [`Settings::open`](crate::device::Settings::open) opens
//! the keys of a device and of the driver.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use acx::device::DeviceKey;
//! use acx::registry::Access;
//! use acx::{Error, wide};
//!
//! # fn main() { host::create(|device| {
//! let key = device.open_key(DeviceKey::Hardware, Access::ReadWrite)?;
//! let presets = key.create_subkey(wide!("Presets"))?;
//! presets.set_number(wide!("Gain"), 12)?;
//! presets.set_text(wide!("Name"), wide!("Hall"))?;
//! presets.set_bytes(wide!("Taps"), &[1, 2, 3])?;
//!
//! let presets = key.open_subkey(wide!("Presets"), Access::Read)?;
//! assert_eq!(presets.number(wide!("Gain"))?, 12);
//! assert_eq!(&*presets.text(wide!("Name"))?, wide!("Hall"));
//! assert_eq!(&*presets.bytes(wide!("Taps"))?, [1, 2, 3]);
//! assert_eq!(presets.number(wide!("Absent")), Err(Error::NotFound));
//!
//! key.open_subkey(wide!("Presets"), Access::ReadWrite)?.remove()?;
//! assert_eq!(key.open_subkey(wide!("Presets"), Access::Read).err(), Some(Error::NotFound));
//! # Ok(())
//! # }); }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::error::check;
use crate::pool::Vec;
use crate::unicode::unicode;
use crate::{Error, Passive, Result};

/// The access that a key is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading values and opening subkeys.
    Read,
    /// Also for changing values and subkeys, and for removing the key.
    ReadWrite,
}

impl Access {
    /// The access mask for the DDI.
    pub(crate) const fn mask(self) -> ACCESS_MASK {
        match self {
            Self::Read => KEY_READ,
            // WdfRegistryRemoveKey requires DELETE.
            Self::ReadWrite => KEY_READ | KEY_WRITE | DELETE,
        }
    }
}

/// An open registry key. Closed when dropped.
#[doc(alias = "WDFKEY")]
pub struct Key<'passive> {
    handle: WDFKEY,
    /// The key is used and closed at `PASSIVE_LEVEL`: the token is borrowed until then.
    passive: &'passive Passive,
}

impl<'passive> Key<'passive> {
    /// Opens a key through `open`, which stores its handle.
    ///
    /// # Safety
    ///
    /// When `open` succeeds, its handle is that of a key that was just opened.
    pub(crate) unsafe fn open(
        passive: &'passive Passive,
        open: impl FnOnce(&mut WDFKEY) -> NTSTATUS,
    ) -> Result<Self> {
        let mut handle: WDFKEY = null_mut();
        check(open(&mut handle))?;
        Ok(Self { handle, passive })
    }

    /// Opens the subkey `name`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors.
    #[doc(alias = "WdfRegistryOpenKey")]
    pub fn open_subkey(&self, name: &[u16], access: Access) -> Result<Self> {
        let name = unicode(name)?;
        let open = |key: &mut WDFKEY| {
            // SAFETY: the key is open; the name and the output parameter are valid.
            unsafe {
                WdfRegistryOpenKey(self.handle, &raw const name, access.mask(), null_mut(), key)
            }
        };
        // SAFETY: `open` opens a key.
        unsafe { Self::open(self.passive, open) }
    }

    /// Opens the subkey `name` for reading and writing, and creates it if it is absent. The key is
    /// persistent.
    ///
    /// # Errors
    ///
    /// The framework's errors; STATUS_ACCESS_DENIED if this key was opened for reading.
    #[doc(alias = "WdfRegistryCreateKey")]
    pub fn create_subkey(&self, name: &[u16]) -> Result<Self> {
        let name = unicode(name)?;
        let open = |key: &mut WDFKEY| {
            // SAFETY: the key is open; the name and the output parameter are valid, and the
            // disposition is not requested.
            unsafe {
                WdfRegistryCreateKey(
                    self.handle,
                    &raw const name,
                    Access::ReadWrite.mask(),
                    REG_OPTION_NON_VOLATILE,
                    null_mut(),
                    null_mut(),
                    key,
                )
            }
        };
        // SAFETY: `open` opens a key.
        unsafe { Self::open(self.passive, open) }
    }

    /// The REG_DWORD value `name`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors; STATUS_OBJECT_TYPE_MISMATCH
    /// if it is not a number.
    #[doc(alias = "WdfRegistryQueryULong")]
    pub fn number(&self, name: &[u16]) -> Result<u32> {
        let name = unicode(name)?;
        let mut value = 0;
        // SAFETY: the key is open; the name and the output parameter are ours.
        check(unsafe { WdfRegistryQueryULong(self.handle, &raw const name, &raw mut value) })?;
        Ok(value)
    }

    /// The REG_SZ value `name`, without its terminating zero.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors.
    #[doc(alias = "WdfRegistryQueryUnicodeString")]
    #[inline(never)]
    pub fn text(&self, name: &[u16]) -> Result<Vec<u16>> {
        let name = unicode(name)?;
        let mut bytes = 0;
        // SAFETY: the key is open; the name and the output parameter are ours. Without a string to
        // fill it returns the length.
        let asked = check(unsafe {
            WdfRegistryQueryUnicodeString(self.handle, &raw const name, &raw mut bytes, null_mut())
        });
        if asked.is_err_and(|error| error != Error::Framework(STATUS_BUFFER_OVERFLOW)) {
            return asked.map(|()| Vec::new());
        }
        let mut text = Vec::filled(0_u16, usize::from(bytes / 2))?;
        let whole = unicode(&text)?;
        let mut string = UNICODE_STRING { Buffer: text.as_mut_ptr(), ..whole };
        // SAFETY: the key is open, the name is ours, and the string is our buffer of that length.
        check(unsafe {
            WdfRegistryQueryUnicodeString(
                self.handle,
                &raw const name,
                &raw mut bytes,
                &raw mut string,
            )
        })?;
        // What the value does not fill stays zero.
        let end = text.iter().position(|unit| *unit == 0).unwrap_or(text.len());
        text.truncate(end);
        Ok(text)
    }

    /// The bytes of the value `name`, of any type.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, [`Error::OutOfMemory`], or the framework's errors;
    /// STATUS_BUFFER_OVERFLOW if the value grew meanwhile.
    #[doc(alias = "WdfRegistryQueryValue")]
    pub fn bytes(&self, name: &[u16]) -> Result<Vec<u8>> {
        let name = unicode(name)?;
        let mut length = 0;
        let (none, no_type) = (null_mut(), null_mut());
        // SAFETY: the key is open; the name and the output parameter are ours. Without a buffer it
        // returns the length.
        let asked = check(unsafe {
            WdfRegistryQueryValue(self.handle, &raw const name, 0, none, &raw mut length, no_type)
        });
        if asked.is_err_and(|error| error != Error::Framework(STATUS_BUFFER_OVERFLOW)) {
            return asked.map(|()| Vec::new());
        }
        let mut value = Vec::filled(0_u8, usize::try_from(length).unwrap_or(0))?;
        if value.is_empty() {
            return Ok(value);
        }
        let buffer = value.as_mut_ptr().cast();
        // SAFETY: the key is open; the name and the output parameter are ours, and the buffer has
        // that length.
        check(unsafe {
            let read = &raw mut length;
            WdfRegistryQueryValue(self.handle, &raw const name, length, buffer, read, no_type)
        })?;
        value.truncate(usize::try_from(length).unwrap_or(0));
        Ok(value)
    }

    /// Sets the REG_DWORD value `name`.
    ///
    /// # Errors
    ///
    /// The framework's errors; STATUS_ACCESS_DENIED if the key was opened for reading.
    #[doc(alias = "WdfRegistryAssignULong")]
    pub fn set_number(&self, name: &[u16], value: u32) -> Result<()> {
        let name = unicode(name)?;
        // SAFETY: the key is open, and the name is ours.
        check(unsafe { WdfRegistryAssignULong(self.handle, &raw const name, value) })
    }

    /// Sets the REG_SZ value `name`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the text does not fit a UNICODE_STRING; the framework's
    /// errors; STATUS_ACCESS_DENIED if the key was opened for reading.
    #[doc(alias = "WdfRegistryAssignUnicodeString")]
    pub fn set_text(&self, name: &[u16], text: &[u16]) -> Result<()> {
        let (name, text) = (unicode(name)?, unicode(text)?);
        // SAFETY: the key is open; the framework reads both strings.
        check(unsafe {
            WdfRegistryAssignUnicodeString(self.handle, &raw const name, &raw const text)
        })
    }

    /// Sets the REG_BINARY value `name`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the length does not fit a ULONG; the framework's errors;
    /// STATUS_ACCESS_DENIED if the key was opened for reading.
    #[doc(alias = "WdfRegistryAssignValue")]
    pub fn set_bytes(&self, name: &[u16], value: &[u8]) -> Result<()> {
        let name = unicode(name)?;
        let length = ULONG::try_from(value.len()).map_err(|_| Error::InvalidParameter)?;
        let value = value.as_ptr().cast_mut().cast();
        // SAFETY: the key is open; the framework reads the name and this many bytes of the value.
        check(unsafe {
            WdfRegistryAssignValue(self.handle, &raw const name, REG_BINARY, length, value)
        })
    }

    /// Removes the value `name`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors; STATUS_ACCESS_DENIED if the
    /// key was opened for reading.
    #[doc(alias = "WdfRegistryRemoveValue")]
    pub fn remove_value(&self, name: &[u16]) -> Result<()> {
        let name = unicode(name)?;
        // SAFETY: the key is open, and the name is ours.
        check(unsafe { WdfRegistryRemoveValue(self.handle, &raw const name) })
    }

    /// Removes the key, which must have no subkeys.
    ///
    /// # Errors
    ///
    /// The framework's errors, such as STATUS_CANNOT_DELETE for a key with subkeys; the key is then
    /// closed.
    #[doc(alias = "WdfRegistryRemoveKey")]
    pub fn remove(self) -> Result<()> {
        // SAFETY: the key is open.
        let removed = check(unsafe { WdfRegistryRemoveKey(self.handle) });
        if removed.is_ok() {
            // The framework has closed the key as well.
            core::mem::forget(self);
        }
        removed
    }
}

impl Drop for Key<'_> {
    #[doc(alias = "WdfRegistryClose")]
    fn drop(&mut self) {
        // SAFETY: the key is open and not used after this; at PASSIVE_LEVEL by the token that it
        // borrows.
        unsafe { WdfRegistryClose(self.handle) };
    }
}
