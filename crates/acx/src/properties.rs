//! Device properties. DDI: WdfDeviceQueryPropertyEx, WdfDeviceAssignProperty.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use acx::properties::{Property, PropertyKey, PropertyType};
//! use acx::{Error, guid};
//!
//! /// The amplifier's voltage and name, as properties of the device.
//! const VOLTS: PropertyKey =
//!     PropertyKey { set: guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A1077"), id: 2 };
//! const NAME: PropertyKey = PropertyKey { id: 3, ..VOLTS };
//!
//! # fn main() { host::create(|device| {
//! let properties = device.properties();
//! assert_eq!(properties.get(&VOLTS).err(), Some(Error::NotFound));
//! properties.set(&VOLTS, PropertyType::UINT32, &48_u32.to_le_bytes())?;
//! let volts: Property = properties.get(&VOLTS)?;
//! assert_eq!((volts.kind, volts.number()), (PropertyType::UINT32, Some(48)));
//! let bytes: Vec<u8> = "amp\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
//! properties.set(&NAME, PropertyType::STRING, &bytes)?;
//! let name: Property = properties.get(&NAME)?;
//! assert!(name.units().unwrap().eq("amp".encode_utf16()) && volts.units().is_none());
//! properties.remove(&VOLTS)?;
//! assert_eq!(properties.get(&VOLTS).err(), Some(Error::NotFound));
//! # Ok(())
//! # }); }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::device::{NewDevice, PrepareHardware};
use crate::error::check;
use crate::pool::Vec;
use crate::{Error, Passive, Result};

/// The name of a property (DEVPROPKEY).
#[doc(alias = "DEVPROPKEY")]
#[derive(Clone, Copy, Debug)]
pub struct PropertyKey {
    /// The set.
    pub set: GUID,
    /// The id in the set: at least 2.
    pub id: u32,
}

/// The type of a property's value (DEVPROPTYPE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PropertyType(pub u32);

impl PropertyType {
    /// Four bytes, a number: DEVPROP_TYPE_UINT32.
    pub const UINT32: Self = Self(DEVPROP_TYPE_UINT32);
    /// UTF-16 with a terminating zero: DEVPROP_TYPE_STRING.
    pub const STRING: Self = Self(DEVPROP_TYPE_STRING);
    /// A GUID: DEVPROP_TYPE_GUID.
    pub const GUID: Self = Self(DEVPROP_TYPE_GUID);
    /// Any bytes: DEVPROP_TYPE_BINARY.
    pub const BINARY: Self = Self(DEVPROP_TYPE_BINARY);
}

/// A property's value.
#[derive(Debug)]
pub struct Property {
    /// Its type.
    pub kind: PropertyType,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Property {
    /// The number, if the value is a UINT32 of four bytes.
    pub fn number(&self) -> Option<u32> {
        let bytes = <[u8; 4]>::try_from(&*self.bytes).ok()?;
        (self.kind == PropertyType::UINT32).then_some(u32::from_le_bytes(bytes))
    }

    /// The units of the text without its terminating zero, if the value is a string.
    pub fn units(&self) -> Option<impl Iterator<Item = u16> + '_> {
        let units = self.bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
        (self.kind == PropertyType::STRING).then(|| units.take_while(|unit| *unit != 0))
    }
}

/// The properties of a device. `PASSIVE_LEVEL`: it borrows the token.
pub struct Properties<'device> {
    device: WDFDEVICE,
    _passive: &'device Passive,
}

impl NewDevice<'_> {
    /// The device's properties.
    pub fn properties(&self) -> Properties<'_> {
        Properties { device: self.handle(), _passive: self.level() }
    }
}

impl PrepareHardware<'_> {
    /// The device's properties.
    pub fn properties(&self) -> Properties<'_> {
        Properties { device: self.handle(), _passive: self.level() }
    }
}

/// The descriptor of a property without a language.
fn data(key: &DEVPROPKEY) -> WDF_DEVICE_PROPERTY_DATA {
    let mut data = WDF_DEVICE_PROPERTY_DATA::default();
    WDF_DEVICE_PROPERTY_DATA_INIT(&mut data, key);
    data
}

impl PropertyKey {
    const fn key(&self) -> DEVPROPKEY {
        DEVPROPKEY { fmtid: self.set, pid: self.id }
    }
}

impl Properties<'_> {
    /// The value of `key`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the device has no such property, [`Error::OutOfMemory`],
    /// [`Error::BufferTooSmall`] if the value grew meanwhile, or the framework's errors.
    #[doc(alias = "WdfDeviceQueryPropertyEx")]
    pub fn get(&self, key: &PropertyKey) -> Result<Property> {
        let key = key.key();
        let mut data = data(&key);
        let (mut needed, mut kind) = (0, DEVPROP_TYPE_EMPTY);
        let (description, size, type_of) = (&raw mut data, &raw mut needed, &raw mut kind);
        // SAFETY: the device is alive while it is borrowed. The description, the key it names and
        // the output parameters are ours. Without a buffer it returns the length.
        let asked = check(unsafe {
            WdfDeviceQueryPropertyEx(self.device, description, 0, null_mut(), size, type_of)
        });
        if asked.is_err_and(|error| error != Error::BufferTooSmall) {
            return asked.map(|()| Property { kind: PropertyType(kind), bytes: Vec::new() });
        }
        // SAFETY: the call has written it, or it has its initial value.
        let length = unsafe { size.read() };
        let mut bytes = Vec::filled(0_u8, usize::try_from(length).unwrap_or(0))?;
        if !bytes.is_empty() {
            let buffer = bytes.as_mut_ptr().cast();
            // SAFETY: like the call before, with a buffer of that length.
            check(unsafe {
                WdfDeviceQueryPropertyEx(self.device, description, length, buffer, size, type_of)
            })?;
        }
        bytes.truncate(usize::try_from(needed).unwrap_or(0));
        Ok(Property { kind: PropertyType(kind), bytes })
    }

    /// Sets the value of `key`, until the device is removed or the system restarts.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the length does not fit a ULONG, or the framework's errors.
    #[doc(alias = "WdfDeviceAssignProperty")]
    pub fn set(&self, key: &PropertyKey, kind: PropertyType, value: &[u8]) -> Result<()> {
        let size = ULONG::try_from(value.len()).map_err(|_| Error::InvalidParameter)?;
        let value = value.as_ptr().cast_mut().cast();
        let key = key.key();
        let mut data = data(&key);
        // SAFETY: the device is alive while it is borrowed. The description and the key it names
        // are ours, and the framework reads this many bytes of the value.
        check(unsafe { WdfDeviceAssignProperty(self.device, &raw mut data, kind.0, size, value) })
    }

    /// Removes the value of `key`.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn remove(&self, key: &PropertyKey) -> Result<()> {
        let key = key.key();
        let (mut data, none) = (data(&key), null_mut());
        // SAFETY: as in `set`: the description and the key are ours, and a null value of length 0
        // removes it.
        check(unsafe {
            WdfDeviceAssignProperty(self.device, &raw mut data, DEVPROP_TYPE_EMPTY, 0, none)
        })
    }
}
