//! The driver object. DDI: DriverEntry, WdfDriverCreate, AcxDriverInitialize.

use core::ptr::null_mut;

use acx_sys::*;

use crate::composite::{Composite, Composites, Templates};
use crate::debug::{self, Level};
use crate::device::{DeviceInit, Parent};
use crate::error::{check, status};
use crate::trace::{self, Provider};
use crate::{Error, Passive, Result, context};

/// The driver object's callbacks.
#[doc(alias = "AcxDriverInitialize")]
pub trait Driver: 'static {
    /// The provider of the driver's trace events, registered while it is loaded.
    const TRACE: Option<&'static Provider> = None;

    /// The composite endpoints that ACX forms from the driver's circuits once they are present. If
    /// ACX refuses them, the driver continues without them and logs a `NoComposite` event: its
    /// other endpoints do not depend on them.
    #[doc(alias = "AcxManagerRemoveCompositeTemplate")]
    #[doc(alias = "AcxGetManager")]
    #[doc(alias = "AcxCompositeTemplateAssignCircuits")]
    #[doc(alias = "AcxCompositeTemplateSetCoreCircuit")]
    #[doc(alias = "AcxManagerAddCompositeTemplate")]
    const COMPOSITES: &'static [Composite] = &[];

    /// Adds composite endpoints that [`COMPOSITES`](Self::COMPOSITES) cannot express: with circuits
    /// of other drivers, circuits from a factory, or properties. An error fails the load.
    /// `PASSIVE_LEVEL`.
    #[doc(alias = "AcxManagerAddCompositeTemplate")]
    fn composites(_composites: &mut Composites<'_>) -> Result<()> {
        Ok(())
    }

    /// EvtDriverDeviceAdd: set up and create the device. To refuse it, drop `init` without
    /// creating. `PASSIVE_LEVEL`.
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()>;
}

/// Makes `$driver` (a type that implements [`Driver`]) the driver of this image.
///
/// Defines `DriverEntry`, and `FxDriverEntry`, which binds to KMDF and ACX first: the PE entry
/// point of an image that is built without the WDK, and the function that a host calls when the
/// driver is linked in. With feature `wdk` Microsoft's stub is the entry point and binds the
/// driver; it calls the exported `DriverEntry`.
#[macro_export]
macro_rules! driver {
    ($driver:ty) => {
        /// The driver's own entry point; runs bound to KMDF and ACX. `PASSIVE_LEVEL`.
        ///
        /// # Safety
        ///
        /// For the framework's entry stub only.
        #[expect(unsafe_code, non_snake_case, reason = "the entry point is the ABI's")]
        pub unsafe extern "C" fn DriverEntry(
            driver_object: $crate::raw::PDRIVER_OBJECT,
            registry_path: $crate::raw::PUNICODE_STRING,
        ) -> $crate::raw::NTSTATUS {
            // SAFETY: the stub passes on the loader's arguments.
            unsafe { $crate::driver::entry::<$driver>(driver_object, registry_path) }
        }

        $crate::__bind!();
    };
}

/// `FxDriverEntry`, for builds in which the driver binds itself.
#[cfg(not(feature = "wdk"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __bind {
    () => {
        /// Binds to KMDF and ACX, then runs the driver. `PASSIVE_LEVEL`.
        ///
        /// # Safety
        ///
        /// For the driver loader only: once per load, with its driver object and registry path.
        #[expect(unsafe_code, non_snake_case, reason = "the entry point is the ABI's")]
        #[cfg_attr(acx_image, unsafe(no_mangle))]
        pub unsafe extern "C" fn FxDriverEntry(
            driver_object: $crate::raw::PDRIVER_OBJECT,
            registry_path: $crate::raw::PUNICODE_STRING,
        ) -> $crate::raw::NTSTATUS {
            // SAFETY: the loader calls once per load.
            unsafe { $crate::raw::driver_entry(driver_object, registry_path, DriverEntry) }
        }
    };
}

/// The symbol that Microsoft's stub calls once it has bound the driver.
#[cfg(feature = "wdk")]
#[doc(hidden)]
#[macro_export]
macro_rules! __bind {
    () => {
        /// [`DriverEntry`] under the name that the stub knows. `PASSIVE_LEVEL`.
        ///
        /// # Safety
        ///
        /// For the framework's entry stub only.
        #[expect(unsafe_code, reason = "the entry point is the ABI's")]
        #[unsafe(export_name = "DriverEntry")]
        pub unsafe extern "C" fn driver_entry(
            driver_object: $crate::raw::PDRIVER_OBJECT,
            registry_path: $crate::raw::PUNICODE_STRING,
        ) -> $crate::raw::NTSTATUS {
            // SAFETY: the stub passes on the loader's arguments.
            unsafe { DriverEntry(driver_object, registry_path) }
        }
    };
}

/// The work of `DriverEntry`; [`driver!`](crate::driver!) calls it.
///
/// # Safety
///
/// From `DriverEntry`, with its arguments.
#[doc(hidden)]
pub unsafe fn entry<D: Driver>(
    driver_object: PDRIVER_OBJECT,
    registry_path: PUNICODE_STRING,
) -> NTSTATUS {
    // SAFETY: DriverEntry's own argument.
    unsafe { debug::loaded(registry_path) };
    // SAFETY: DriverEntry runs at PASSIVE_LEVEL.
    let passive = unsafe { Passive::assume() };
    if let Some(provider) = D::TRACE {
        provider.register(&passive);
    }
    // SAFETY: DriverEntry's own arguments.
    let created = unsafe { create::<D>(driver_object, registry_path, &passive) };
    if created.is_err() {
        // The framework does not call EvtDriverUnload in this case.
        forget::<D>(&passive);
    }
    status(created)
}

fn forget<D: Driver>(passive: &Passive) {
    if let Some(provider) = D::TRACE {
        provider.unregister(passive);
    }
}

unsafe extern "C" fn unload<D: Driver>(driver: WDFDRIVER) {
    trace::callback(Level::Info, c"EvtDriverUnload", driver, [0, 0]);
    // SAFETY: EvtDriverUnload runs at PASSIVE_LEVEL.
    let passive = unsafe { Passive::assume() };
    // SAFETY: the driver object is alive in its callback.
    if let Some(templates) = unsafe { context::get::<Templates>(driver.cast()) } {
        templates.remove(&passive);
    }
    forget::<D>(&passive);
}

unsafe fn create<D: Driver>(
    driver_object: PDRIVER_OBJECT,
    registry_path: PUNICODE_STRING,
    passive: &Passive,
) -> Result<()> {
    let mut config = WDF_DRIVER_CONFIG::default();
    WDF_DRIVER_CONFIG_INIT(&mut config, Some(device_add::<D>));
    config.EvtDriverUnload = Some(unload::<D>);
    let mut attributes = context::attributes::<Templates>(null_mut());
    let mut driver: WDFDRIVER = null_mut();
    // SAFETY: DriverEntry's arguments, filled attributes and configuration, and an output parameter
    // for the handle.
    check(unsafe {
        WdfDriverCreate(
            driver_object,
            registry_path,
            &raw mut attributes,
            &raw mut config,
            &raw mut driver,
        )
    })?;
    let mut config = ACX_DRIVER_CONFIG::default();
    ACX_DRIVER_CONFIG_INIT(&mut config);
    // SAFETY: the driver was created just now.
    check(unsafe { AcxDriverInitialize(driver, &raw mut config) })?;
    let mut templates = match Templates::add(driver, D::COMPOSITES, passive) {
        Err(error) if error != Error::OutOfMemory => {
            if let Some(provider) = D::TRACE {
                crate::trace!(provider, Warning, "NoComposite", "Status": i32 = error.status());
            }
            Templates::default()
        }
        added => added?,
    };
    // SAFETY: created just now, in DriverEntry.
    let added = D::composites(&mut unsafe { Composites::new(driver, &mut templates, passive) });
    if added.is_err() {
        templates.remove(passive);
        return added;
    }
    // SAFETY: created just now with these attributes.
    unsafe { context::set(driver.cast(), templates) }
}

unsafe extern "C" fn device_add<D: Driver>(
    driver: WDFDRIVER,
    init: *mut WDFDEVICE_INIT,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtDriverDeviceAdd", driver, [0, 0]);
    // SAFETY: EvtDriverDeviceAdd runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: the framework's init object, during this callback.
    let init = unsafe { DeviceInit::new(init) };
    status(D::device_add(init, &mut passive))
}

/// Returns whether the machine's ACX has at least this version. For a driver that also runs on
/// earlier versions, without their missing features. `device` is one of the driver's devices.
///
/// # IRQL
///
/// `PASSIVE_LEVEL`.
///
/// # Errors
///
/// [`Error::InvalidState`] if the device is gone.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
/// # fn main() { host::run(prepare) }
/// use acx::Result;
/// use acx::device::PrepareHardware;
/// use acx::driver::is_acx_available;
///
/// fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
///     let device = hardware.parent();
///     assert!(is_acx_available(&device, (1, 1), hardware.passive())?);
///     assert!(!is_acx_available(&device, (9, 0), hardware.passive())?);
///     Ok(())
/// }
/// ```
#[doc(alias = "AcxDriverIsVersionAvailable")]
pub fn is_acx_available(
    device: &Parent,
    (major, minor): (u32, u32),
    _passive: &Passive,
) -> Result<bool> {
    let mut version = ACX_DRIVER_VERSION_AVAILABLE_PARAMS::default();
    ACX_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&mut version, major, minor);
    // SAFETY: alive, and referenced.
    let driver = unsafe { WdfDeviceGetDriver(device.alive()?) };
    // SAFETY: the driver object, at PASSIVE_LEVEL by the token; the structure is ours.
    Ok(unsafe { AcxDriverIsVersionAvailable(driver, &raw mut version) != 0 })
}
