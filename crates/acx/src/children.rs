//! Child devices that a bus adds and removes: the default child list. DDI:
//! WdfFdoInitSetDefaultChildListConfig, WdfChildListAddOrUpdateChildDescriptionAsPresent,
//! WdfChildListUpdateChildDescriptionAsMissing.
//!
//! A driver reports the children that it has found, such as codecs on a link, each with a unique
//! number. The framework compares the list with the one before, calls [`Bus::create_child`] for
//! each new child, and removes the missing ones. For children that the driver creates by itself,
//! see [`circuit_device`](crate::circuit_device).
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # use std::sync::atomic::{AtomicU32, Ordering};
//! use acx::children::{Bus, NewChild};
//! use acx::circuit_device::ChildId;
//! use acx::device::{Device, DeviceInit, PrepareHardware};
//! use acx::{Error, Passive, Result, wide};
//!
//! /// A link with codecs on it.
//! struct Link;
//!
//! /// One of them.
//! struct Codec(u64);
//! # static CODECS: AtomicU32 = AtomicU32::new(0);
//!
//! impl Bus for Link {
//!     fn create_child(
//!         &self,
//!         number: u64,
//!         child: NewChild<'_>,
//!         passive: &mut Passive,
//!     ) -> Result<()> {
//!         let instance = match number {
//!             1 => wide!("1"),
//!             2 => wide!("2"),
//!             _ => return Err(Error::NotSupported),
//!         };
//!         let (device, text) = (wide!("EXAMPLE\\Codec"), wide!("Codec"));
//!         child.create(&ChildId { device, instance, text }, Codec(number), passive)
//!     }
//! }
//!
//! # impl Device for Link {
//! #     fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> { Ok(()) }
//! # }
//! impl Device for Codec {
//!     fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> {
//! #       CODECS.fetch_add(self.0 as u32, Ordering::Relaxed);
//!         // Here it adds its circuits.
//!         Ok(())
//!     }
//! }
//!
//! fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
//!     init.create_bus(
//!         |device, children| {
//!             for number in [1, 2] {
//!                 assert!(children.add(number, device.passive())?, "it is new");
//!             }
//!             assert!(!children.add(2, device.passive())?, "it is there already");
//!             children.remove(2, device.passive())?;
//!             Ok(Link)
//!         },
//!         passive,
//!     )
//! }
//! # fn main() { host::add(device_add, |machine| {
//! #     acx_client::System::sleep(machine, std::time::Duration::from_millis(1));
//! #     assert_eq!(CODECS.load(Ordering::Relaxed), 1);
//! # }); }
//! ```

use acx_sys::*;

use crate::circuit_device::{ChildId, create_from};
use crate::debug::{self, Level};
use crate::device::{Device, DeviceInit, NewDevice, value};
use crate::error::{check, status};
use crate::reference::Reference;
use crate::{Dispatch, Error, Passive, Result, context};

/// A device that has child devices.
pub trait Bus: Device {
    /// EvtChildListCreateDevice: creates the device of child `number`. If that fails, the framework
    /// drops the child until it is added again. `PASSIVE_LEVEL`.
    fn create_child(&self, number: u64, child: NewChild<'_>, passive: &mut Passive) -> Result<()>;
}

/// A child's identification as the framework keeps, copies and compares it.
#[repr(C)]
struct Description {
    header: WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    /// As bytes, so that there is no padding: the framework compares all bytes.
    number: [u8; 8],
}

impl Description {
    fn new(number: u64) -> Self {
        let mut header = WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER::default();
        WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(&mut header, Self::SIZE);
        Self { header, number: number.to_ne_bytes() }
    }

    #[expect(clippy::as_conversions, reason = "12, in a constant")]
    const SIZE: ULONG = size_of::<Self>() as ULONG;
}

impl DeviceInit<'_> {
    /// Creates the device and its context, like [`create_with`](Self::create_with), with a list of
    /// children.
    ///
    /// # Errors
    ///
    /// The framework's errors, or those of `make`.
    #[doc(alias = "WdfFdoInitSetDefaultChildListConfig")]
    pub fn create_bus<D: Bus>(
        self,
        make: impl FnOnce(&mut NewDevice<'_>, Children) -> Result<D>,
        passive: &mut Passive,
    ) -> Result<()> {
        let mut config = WDF_CHILD_LIST_CONFIG::default();
        WDF_CHILD_LIST_CONFIG_INIT(&mut config, Description::SIZE, Some(create_child::<D>));
        let none = core::ptr::null_mut();
        // SAFETY: the framework's init object; the configuration is copied, and its callback is for
        // a device whose context is a `D`.
        unsafe { WdfFdoInitSetDefaultChildListConfig(self.init(), &raw mut config, none) };
        self.create_with(
            |device| {
                let children = Children(device.parent().reference());
                make(device, children)
            },
            passive,
        )
    }
}

/// The children of a device. Keep it where they are detected, such as in a work item.
#[derive(Clone)]
pub struct Children(Reference);

impl Children {
    fn list(&self) -> Result<WDFCHILDLIST> {
        let device = self.0.alive().ok_or(Error::InvalidState)?;
        // SAFETY: a device with a default child list, whose handle the reference keeps valid.
        let list = unsafe { WdfFdoGetDefaultChildList(device.cast()) };
        if list.is_null() { Err(Error::InvalidState) } else { Ok(list) }
    }

    /// Reports that child `number` is present: its device is created soon. Returns whether it is
    /// new.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone, or the framework's errors.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[doc(alias = "WdfFdoGetDefaultChildList")]
    #[doc(alias = "WdfChildListAddOrUpdateChildDescriptionAsPresent")]
    pub fn add(&self, number: u64, _level: &Dispatch) -> Result<bool> {
        let (list, mut own) = (self.list()?, Description::new(number));
        let none = core::ptr::null_mut();
        // SAFETY: the list is the device's, and its descriptions are of this type; the framework
        // copies it. There are no address descriptions.
        let status = unsafe {
            let own = (&raw mut own).cast();
            WdfChildListAddOrUpdateChildDescriptionAsPresent(list, own, none)
        };
        check(status)?;
        // A status of success.
        Ok(status != STATUS_OBJECT_NAME_EXISTS)
    }

    /// Reports that child `number` is gone: its device is removed soon.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone, or the framework's errors, such as
    /// STATUS_NO_SUCH_DEVICE for a child that is not in the list.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[doc(alias = "WdfChildListUpdateChildDescriptionAsMissing")]
    pub fn remove(&self, number: u64, _level: &Dispatch) -> Result<()> {
        let (list, mut own) = (self.list()?, Description::new(number));
        // SAFETY: the list is the device's, and its descriptions are of this type.
        check(unsafe { WdfChildListUpdateChildDescriptionAsMissing(list, (&raw mut own).cast()) })
    }
}

/// A child device that is about to be created, for the time of [`Bus::create_child`].
pub struct NewChild<'callback> {
    init: &'callback mut PWDFDEVICE_INIT,
}

impl NewChild<'_> {
    /// Creates the child device. The system starts it soon, and its
    /// [`prepare_hardware`](Device::prepare_hardware) adds its circuits.
    ///
    /// # Errors
    ///
    /// The framework's errors; [`Bus::create_child`] must return them.
    pub fn create<D: Device>(
        self,
        id: &ChildId<'_>,
        device: D,
        passive: &mut Passive,
    ) -> Result<()> {
        // SAFETY: the framework's init object, during the callback. If the callback fails, the
        // framework deletes an unfinished device.
        unsafe { create_from(self.init, id, device, passive) }.and_then(|(_, done)| done)
    }
}

unsafe extern "C" fn create_child<D: Bus>(
    list: WDFCHILDLIST,
    description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    init: PWDFDEVICE_INIT,
) -> NTSTATUS {
    debug::callback(Level::Info, c"EvtChildListCreateDevice");
    // SAFETY: EvtChildListCreateDevice is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the framework passes a description that `add` gave it.
    let number = unsafe { (*description.cast::<Description>()).number };
    // SAFETY: the framework passes a live list, whose device is alive.
    let device = unsafe { WdfChildListGetDevice(list) };
    // SAFETY: the framework calls for children of a live device.
    if unsafe { context::is_gone(device.cast()) } {
        return Error::InvalidState.status();
    }
    let mut init = init;
    // SAFETY: inside a callback for this device, which `create_bus` made with this context.
    let bus = unsafe { value::<D>(device) };
    let child = NewChild { init: &mut init };
    status(bus.and_then(|bus| bus.create_child(u64::from_ne_bytes(number), child, &mut passive)))
}
