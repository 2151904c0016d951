//! Devices and their PnP and power callbacks. DDI: WdfDeviceCreate, AcxDeviceInitInitialize,
//! AcxDeviceAddCircuit.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::add(device_add, |_machine| {}) }
//! use acx::device::{Device, DeviceInit, PrepareHardware};
//! use acx::{Error, Passive, Result, wide};
//!
//! /// A sound card, with the settings that its driver needs.
//! struct Soundcard {
//!     streams: u32,
//! }
//!
//! impl Device for Soundcard {
//!     fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!         // Where circuits are built: see `acx::circuit`.
//!         assert_eq!(self.streams, 4);
//!         Ok(())
//!     }
//!
//!     fn d0_entry(&self, _passive: &mut Passive) -> Result<()> {
//!         // The hardware has power again.
//!         Ok(())
//!     }
//! }
//!
//! fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
//!     init.create(
//!         |settings, passive| match settings.number(wide!("Streams"), passive) {
//!             Err(Error::NotFound) => Ok(Soundcard { streams: 4 }),
//!             streams => Ok(Soundcard { streams: streams? }),
//!         },
//!         passive,
//!     )
//! }
//! ```

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::Level;
use crate::error::{check, status};
use crate::exclusive::Exclusive;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::registry::{Access, Key};
use crate::site::{AddedCircuit, Site};
use crate::string::FrameworkString;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// A device's PnP and power callbacks. The framework calls them one at a time, at `PASSIVE_LEVEL`.
pub trait Device: Sized + Send + Sync + 'static {
    /// EvtDevicePrepareHardware: the only place to add circuits. May run again after a rebalance.
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()>;

    /// EvtDeviceReleaseHardware. After it the wrapper removes the circuits that were added.
    fn release_hardware(&self, _passive: &mut Passive) {}

    /// EvtDeviceD0Entry.
    fn d0_entry(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtDeviceD0Exit. ACX has paused the streams.
    fn d0_exit(&self, _passive: &mut Passive) -> Result<()> {
        Ok(())
    }

    /// EvtDeviceSurpriseRemoval.
    fn surprise_removal(&self, _passive: &mut Passive) {}
}

/// A device that is about to be created (PWDFDEVICE_INIT), during
/// [`device_add`](crate::driver::Driver::device_add).
#[derive(Debug)]
pub struct DeviceInit<'add> {
    init: PWDFDEVICE_INIT,
    callback: PhantomData<&'add mut ()>,
}

struct DeviceContext<D> {
    device: D,
    /// Circuits to remove when the hardware is released.
    circuits: Exclusive<Vec<AddedCircuit>>,
}

impl DeviceInit<'_> {
    /// # Safety
    ///
    /// `init` is the framework's, during this callback.
    pub(crate) unsafe fn new(init: PWDFDEVICE_INIT) -> Self {
        Self { init, callback: PhantomData }
    }

    pub(crate) fn init(&self) -> PWDFDEVICE_INIT {
        self.init
    }

    /// Creates the device and its context.
    ///
    /// # Errors
    ///
    /// The framework's errors, or those of `make`.
    #[doc(alias = "AcxDeviceInitInitialize")]
    #[doc(alias = "AcxDeviceInitialize")]
    #[doc(alias = "WdfDeviceCreate")]
    pub fn create<D: Device>(
        self,
        make: impl FnOnce(&Settings<'_>, &mut Passive) -> Result<D>,
        passive: &mut Passive,
    ) -> Result<()> {
        let mut init = self.init;
        // A failure of EvtDriverDeviceAdd makes the framework delete the device, if there is one.
        create(&mut init, 0, make, passive).and_then(|(_, done)| done)
    }

    /// Creates the device and its context, like [`create`](Self::create), for drivers that add more
    /// to the device: queues, interfaces, work items.
    ///
    /// # Errors
    ///
    /// The framework's errors, or those of `make`.
    #[doc(alias = "WdfDeviceCreate")]
    pub fn create_with<D: Device>(
        self,
        make: impl FnOnce(&mut NewDevice<'_>) -> Result<D>,
        passive: &mut Passive,
    ) -> Result<()> {
        let mut init = self.init;
        let device = create_object::<D>(&mut init, 0)?;
        // SAFETY: created just now from an init object that ACX has prepared.
        unsafe { initialize(device) }?;
        let value = make(&mut NewDevice { device, passive })?;
        // SAFETY: created just now, for devices whose context is a `D`.
        unsafe { attach(device, value) }
    }
}

/// A device that was just created and not yet started. Queues, interfaces, work items and DPCs can
/// be added to it and are deleted with it.
pub struct NewDevice<'add> {
    device: WDFDEVICE,
    passive: &'add mut Passive,
}

impl NewDevice<'_> {
    pub(crate) fn handle(&self) -> WDFDEVICE {
        self.device
    }

    pub(crate) fn level(&self) -> &Passive {
        self.passive
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// Adds an interface by which programs and drivers find and open the device. It is enabled
    /// while the device is started. Returns its symbolic link.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[doc(alias = "WdfDeviceCreateDeviceInterface")]
    #[doc(alias = "WdfDeviceRetrieveDeviceInterfaceString")]
    pub fn interface(&mut self, class: &GUID) -> Result<FrameworkString> {
        // SAFETY: created just now; the framework copies the class, and there is no reference
        // string.
        check(unsafe { WdfDeviceCreateDeviceInterface(self.device, class, core::ptr::null()) })?;
        let link = FrameworkString::empty(self.passive)?;
        // SAFETY: created just now; the string is alive, and is not read before this call ends.
        check(unsafe {
            let link = link.handle();
            WdfDeviceRetrieveDeviceInterfaceString(self.device, class, core::ptr::null(), link)
        })?;
        Ok(link)
    }

    /// Opens one of the device's registry keys.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn open_key(&self, which: DeviceKey, access: Access) -> Result<Key<'_>> {
        Settings { device: self.device, alive: PhantomData }.open(which, access, self.passive)
    }

    /// The device, as a reference to keep.
    pub fn parent(&self) -> Parent {
        // SAFETY: created just now; a failure of `make` deletes it later.
        unsafe { Parent::new(self.device) }
    }
}

/// Creates a device from `init`, with the `flags` of ACX_DEVICEINIT_CONFIG. Returns the device, and
/// whether it could be finished.
pub(crate) fn create<D: Device>(
    init: &mut PWDFDEVICE_INIT,
    flags: ULONG,
    make: impl FnOnce(&Settings<'_>, &mut Passive) -> Result<D>,
    passive: &mut Passive,
) -> Result<(WDFDEVICE, Result<()>)> {
    let device = create_object::<D>(init, flags)?;
    let done = make(&Settings { device, alive: PhantomData }, passive).and_then(|value| {
        // SAFETY: created just now, for devices whose context is a `D`.
        unsafe { attach(device, value) }?;
        // SAFETY: created just now from an init object that ACX has prepared.
        unsafe { initialize(device) }
    });
    Ok((device, done))
}

/// Creates a device without a context value.
fn create_object<D: Device>(init: &mut PWDFDEVICE_INIT, flags: ULONG) -> Result<WDFDEVICE> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDevicePrepareHardware = Some(prepare_hardware::<D>);
    callbacks.EvtDeviceReleaseHardware = Some(release_hardware::<D>);
    callbacks.EvtDeviceD0Entry = Some(d0_entry::<D>);
    callbacks.EvtDeviceD0Exit = Some(d0_exit::<D>);
    callbacks.EvtDeviceSurpriseRemoval = Some(surprise_removal::<D>);
    // SAFETY: the framework's init object; the callbacks are for devices whose context is a `D`.
    unsafe { set_up(*init, flags, &mut callbacks) }?;
    let mut attributes = context::attributes::<DeviceContext<D>>(null_mut());
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: this call uses up the init object if it succeeds, and leaves it to the framework if
    // it fails.
    check(unsafe { WdfDeviceCreate(init, &raw mut attributes, &raw mut device) })?;
    Ok(device)
}

/// Gives a device its context.
///
/// # Safety
///
/// A device that [`create_object`] made for the same `D` just now, without a context value.
unsafe fn attach<D: Device>(device: WDFDEVICE, value: D) -> Result<()> {
    let state = DeviceContext { device: value, circuits: Exclusive::new(Vec::new()) };
    // SAFETY: created just now with these attributes, by the caller's contract; no callback runs
    // before the framework has the device.
    unsafe { context::set(device.cast(), state) }
}

// These two are not generic, so the image has each once.

/// # Safety
///
/// The framework's init object, and callbacks for the devices that will be created from it.
#[inline(never)]
unsafe fn set_up(
    init: PWDFDEVICE_INIT,
    flags: ULONG,
    callbacks: &mut WDF_PNPPOWER_EVENT_CALLBACKS,
) -> Result<()> {
    let mut config = ACX_DEVICEINIT_CONFIG::default();
    ACX_DEVICEINIT_CONFIG_INIT(&mut config);
    config.Flags |= flags;
    // SAFETY: the framework's init object, by the caller's contract; the configuration is filled.
    check(unsafe { AcxDeviceInitInitialize(init, &raw mut config) })?;
    // SAFETY: the framework's init object, by the caller's contract; the callbacks are copied.
    unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, callbacks) };
    Ok(())
}

/// # Safety
///
/// A device that was created just now from an init object that ACX has prepared.
#[inline(never)]
unsafe fn initialize(device: WDFDEVICE) -> Result<()> {
    let mut config = ACX_DEVICE_CONFIG::default();
    ACX_DEVICE_CONFIG_INIT(&mut config);
    // SAFETY: by the caller's contract; the configuration is filled.
    check(unsafe { AcxDeviceInitialize(device, &raw mut config) })
}

/// One of a device's registry keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKey {
    /// The hardware key, `Device Parameters`: the device's settings, independent of its driver
    /// (PLUGPLAY_REGKEY_DEVICE).
    Hardware,
    /// The software key: the device's settings for this driver (PLUGPLAY_REGKEY_DRIVER).
    Software,
    /// The driver's `Parameters` key, which all its devices share.
    DriverParameters,
}

/// The device's registry keys.
#[derive(Debug)]
pub struct Settings<'device> {
    device: WDFDEVICE,
    alive: PhantomData<&'device ()>,
}

impl Settings<'_> {
    /// # Safety
    ///
    /// `device` is a valid handle while this lives.
    pub(crate) unsafe fn new(device: WDFDEVICE) -> Self {
        Self { device, alive: PhantomData }
    }

    /// The REG_DWORD value `name` of the hardware key.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors.
    pub fn number(&self, name: &[u16], passive: &Passive) -> Result<u32> {
        self.open(DeviceKey::Hardware, Access::Read, passive)?.number(name)
    }

    /// The REG_SZ value `name` of the hardware key, without its terminating zero.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors.
    pub fn text(&self, name: &[u16], passive: &Passive) -> Result<Vec<u16>> {
        self.open(DeviceKey::Hardware, Access::Read, passive)?.text(name)
    }

    /// Opens one of the device's keys.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone, or the framework's errors.
    #[doc(alias = "WdfDeviceOpenRegistryKey")]
    #[doc(alias = "WdfDriverOpenParametersRegistryKey")]
    pub fn open<'passive>(
        &self,
        which: DeviceKey,
        access: Access,
        passive: &'passive Passive,
    ) -> Result<Key<'passive>> {
        let device = self.alive()?;
        let mask = access.mask();
        let of_device = |kind| {
            let open = move |key: &mut WDFKEY| {
                // SAFETY: a valid handle, by `new`'s contract, and the device is not cleaned up.
                unsafe { WdfDeviceOpenRegistryKey(device, kind, mask, null_mut(), key) }
            };
            // SAFETY: `open` opens a key.
            unsafe { Key::open(passive, open) }
        };
        match which {
            DeviceKey::Hardware => of_device(PLUGPLAY_REGKEY_DEVICE),
            DeviceKey::Software => of_device(PLUGPLAY_REGKEY_DRIVER),
            DeviceKey::DriverParameters => {
                // SAFETY: a valid handle, by `new`'s contract, and the device is not cleaned up.
                let driver = unsafe { WdfDeviceGetDriver(device) };
                let open = |key: &mut WDFKEY| {
                    // SAFETY: the driver object outlives its devices.
                    unsafe { WdfDriverOpenParametersRegistryKey(driver, mask, null_mut(), key) }
                };
                // SAFETY: `open` opens a key.
                unsafe { Key::open(passive, open) }
            }
        }
    }

    fn alive(&self) -> Result<WDFDEVICE> {
        // SAFETY: a valid handle, by `new`'s contract.
        if unsafe { context::is_gone(self.device.cast()) } {
            return Err(Error::InvalidState);
        }
        Ok(self.device)
    }
}

/// A device whose hardware is being prepared: circuits can be added now.
pub struct PrepareHardware<'callback> {
    device: WDFDEVICE,
    passive: &'callback mut Passive,
    added: &'callback mut Vec<AddedCircuit>,
}

impl PrepareHardware<'_> {
    pub(crate) fn handle(&self) -> WDFDEVICE {
        self.device
    }

    pub(crate) fn level(&self) -> &Passive {
        self.passive
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The device's registry keys.
    pub fn settings(&self) -> Settings<'_> {
        Settings { device: self.device, alive: PhantomData }
    }

    /// Opens one of the device's registry keys.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    pub fn open_key(&self, which: DeviceKey, access: Access) -> Result<Key<'_>> {
        self.settings().open(which, access, self.passive)
    }

    /// The device, as the parent of circuit devices.
    pub fn parent(&self) -> Parent {
        // SAFETY: alive in its callback.
        unsafe { Parent::new(self.device) }
    }

    /// The site at which circuits are built.
    pub(crate) fn site(&mut self) -> Site<'_> {
        Site { device: self.device, passive: self.passive, added: self.added }
    }
}

/// A device that may have circuit devices. Keep it in the device's context.
#[derive(Clone)]
pub struct Parent(Reference);

impl Parent {
    /// # Safety
    ///
    /// `device` is alive.
    pub(crate) unsafe fn new(device: WDFDEVICE) -> Self {
        // SAFETY: alive, by the caller's contract.
        Self(unsafe { Reference::new(device.cast()) })
    }

    /// A reference to the device.
    pub(crate) fn reference(&self) -> Reference {
        self.0.clone()
    }

    pub(crate) fn alive(&self) -> Result<WDFDEVICE> {
        self.0.alive().map(<*mut _>::cast).ok_or(Error::InvalidState)
    }

    /// The device's registry key. A child has its own.
    pub fn settings(&self) -> Settings<'_> {
        // SAFETY: the reference keeps the handle valid; for a device that is gone the result is an
        // error.
        unsafe { Settings::new(self.0.object().cast()) }
    }
}

/// The context of a device.
///
/// # Safety
///
/// Inside a callback that the framework makes for `device`, which `create` made.
unsafe fn state<'a, D: Device>(device: WDFDEVICE) -> Result<&'a DeviceContext<D>> {
    // SAFETY: the framework calls back for a live device, and not after its cleanup has begun.
    unsafe { context::get::<DeviceContext<D>>(device.cast()) }.ok_or(Error::InvalidState)
}

/// The driver's value in the context of a device.
///
/// # Safety
///
/// The device must stay alive for `'a`: true inside a callback that has it as an argument.
pub(crate) unsafe fn value_of<'a, D: Device>(device: WDFDEVICE) -> Result<&'a D> {
    // SAFETY: alive, by the caller's contract.
    unsafe { state::<D>(device) }.map(|state| &state.device)
}

/// The driver's value in the context of a device, inside one of its callbacks.
///
/// # Safety
///
/// Inside a callback that the framework makes for `device`, which [`create`] or
/// [`DeviceInit::create_with`] made for a `D`.
pub(crate) unsafe fn value<'a, D: Device>(device: WDFDEVICE) -> Result<&'a D> {
    // SAFETY: by the caller's contract.
    unsafe { state::<D>(device) }.map(|state| &state.device)
}

unsafe extern "C" fn prepare_hardware<D: Device>(
    device: WDFDEVICE,
    _raw: WDFCMRESLIST,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtDevicePrepareHardware", device, [0, 0]);
    // SAFETY: EvtDevicePrepareHardware is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this device.
    let prepared = unsafe { state::<D>(device) }.and_then(|state| {
        state.circuits.enter(|added| {
            let mut hardware = PrepareHardware { device, passive: &mut passive, added };
            let result = state.device.prepare_hardware(&mut hardware);
            if result.is_err() {
                remove_circuits(device, added, &passive);
            }
            result
        })
    });
    status(prepared)
}

unsafe extern "C" fn release_hardware<D: Device>(
    device: WDFDEVICE,
    _translated: WDFCMRESLIST,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtDeviceReleaseHardware", device, [0, 0]);
    // SAFETY: EvtDeviceReleaseHardware is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this device.
    let released = unsafe { state::<D>(device) }.and_then(|state| {
        state.device.release_hardware(&mut passive);
        state.circuits.enter(|added| {
            remove_circuits(device, added, &passive);
            Ok(())
        })
    });
    status(released)
}

fn remove_circuits(device: WDFDEVICE, added: &mut Vec<AddedCircuit>, passive: &Passive) {
    while let Some(circuit) = added.pop() {
        circuit.remove(device, passive);
    }
}

unsafe extern "C" fn d0_entry<D: Device>(
    device: WDFDEVICE,
    previous: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtDeviceD0Entry", device, [previous.cast_unsigned(), 0]);
    // SAFETY: EvtDeviceD0Entry is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this device.
    let state = unsafe { state::<D>(device) };
    status(state.and_then(|state| state.device.d0_entry(&mut passive)))
}

unsafe extern "C" fn d0_exit<D: Device>(
    device: WDFDEVICE,
    target: WDF_POWER_DEVICE_STATE,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtDeviceD0Exit", device, [target.cast_unsigned(), 0]);
    // SAFETY: EvtDeviceD0Exit is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this device.
    let state = unsafe { state::<D>(device) };
    status(state.and_then(|state| state.device.d0_exit(&mut passive)))
}

unsafe extern "C" fn surprise_removal<D: Device>(device: WDFDEVICE) {
    trace::callback(Level::Info, c"EvtDeviceSurpriseRemoval", device, [0, 0]);
    // SAFETY: EvtDeviceSurpriseRemoval is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this device.
    if let Ok(state) = unsafe { state::<D>(device) } {
        state.device.surprise_removal(&mut passive);
    }
}
