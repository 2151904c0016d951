//! Devices and their PnP and power callbacks. DDI: WdfDeviceCreate, AcxDeviceInitInitialize,
//! AcxDeviceAddCircuit.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::Level;
use crate::error::{check, status};
use crate::exclusive::Exclusive;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::site::{AddedCircuit, Site};
use crate::trace;
use crate::unicode::unicode;
use crate::{Error, Passive, Result, context};

/// A device's PnP and power callbacks. The framework makes these callbacks one at a time, at
/// `PASSIVE_LEVEL`.
pub trait Device: Sized + Send + Sync + 'static {
    /// EvtDevicePrepareHardware: the only place to add circuits. May run again after a rebalance.
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()>;

    /// EvtDeviceReleaseHardware. The wrapper removes the circuits that were added, after this.
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

/// A device that is about to be created (PWDFDEVICE_INIT), for the time of
/// [`device_add`](crate::driver::Driver::device_add).
#[derive(Debug)]
pub struct DeviceInit<'add> {
    init: PWDFDEVICE_INIT,
    callback: PhantomData<&'add mut ()>,
}

struct DeviceContext<D> {
    device: D,
    /// Circuits to remove with the hardware.
    circuits: Exclusive<Vec<AddedCircuit>>,
}

impl DeviceInit<'_> {
    /// # Safety
    ///
    /// `init` is the framework's, for the time of this callback.
    pub(crate) unsafe fn new(init: PWDFDEVICE_INIT) -> Self {
        Self { init, callback: PhantomData }
    }

    /// Creates the device and its context.
    ///
    /// # Errors
    ///
    /// The framework's errors, or those of `make`.
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
}

/// Creates a device from `init`, with `flags` of ACX_DEVICEINIT_CONFIG. The device, and whether it
/// could be finished.
pub(crate) fn create<D: Device>(
    init: &mut PWDFDEVICE_INIT,
    flags: ULONG,
    make: impl FnOnce(&Settings<'_>, &mut Passive) -> Result<D>,
    passive: &mut Passive,
) -> Result<(WDFDEVICE, Result<()>)> {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDevicePrepareHardware = Some(prepare_hardware::<D>);
    callbacks.EvtDeviceReleaseHardware = Some(release_hardware::<D>);
    callbacks.EvtDeviceD0Entry = Some(d0_entry::<D>);
    callbacks.EvtDeviceD0Exit = Some(d0_exit::<D>);
    callbacks.EvtDeviceSurpriseRemoval = Some(surprise_removal::<D>);
    // SAFETY: the framework's init object; the callbacks are for devices that `D` is the context
    // of.
    unsafe { set_up(*init, flags, &mut callbacks) }?;
    let mut attributes = context::attributes::<DeviceContext<D>>(null_mut());
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: the init object is used up by this call if it succeeds, and the framework's again if
    // it fails.
    check(unsafe { WdfDeviceCreate(init, &raw mut attributes, &raw mut device) })?;
    let done = make(&Settings { device, alive: PhantomData }, passive).and_then(|value| {
        let state = DeviceContext { device: value, circuits: Exclusive::new(Vec::new()) };
        // SAFETY: created just now with these attributes; no callback comes before the framework
        // has the device.
        unsafe { context::set(device.cast(), state) }?;
        // SAFETY: created just now from an init object that ACX has prepared.
        unsafe { initialize(device) }
    });
    Ok((device, done))
}

// These two are not generic: the image has each once.

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
    // SAFETY: the framework's init object, says the caller; the configuration is filled.
    check(unsafe { AcxDeviceInitInitialize(init, &raw mut config) })?;
    // SAFETY: the framework's init object, says the caller; the callbacks are copied.
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
    // SAFETY: as the caller says; the configuration is filled.
    check(unsafe { AcxDeviceInitialize(device, &raw mut config) })
}

/// The device's registry key.
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

    /// The REG_DWORD value `name`.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors.
    #[doc(alias = "WdfRegistryQueryULong")]
    pub fn number(&self, name: &[u16], _passive: &Passive) -> Result<u32> {
        let key = self.open()?;
        let name = unicode(name)?;
        let mut value = 0;
        // SAFETY: the key is open; the name and the output parameter are ours.
        check(unsafe { WdfRegistryQueryULong(key.0, &raw const name, &raw mut value) })?;
        Ok(value)
    }

    /// The REG_SZ value `name`, without its terminating zero.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if it is absent, or the framework's errors.
    #[doc(alias = "WdfRegistryQueryUnicodeString")]
    #[inline(never)]
    pub fn text(&self, name: &[u16], _passive: &Passive) -> Result<Vec<u16>> {
        let key = self.open()?;
        let name = unicode(name)?;
        let mut bytes = 0;
        // SAFETY: the key is open; the name and the output parameter are ours. Without a string to
        // fill it answers with the length.
        let asked = check(unsafe {
            WdfRegistryQueryUnicodeString(key.0, &raw const name, &raw mut bytes, null_mut())
        });
        if asked.is_err_and(|error| error != Error::Framework(STATUS_BUFFER_OVERFLOW)) {
            return asked.map(|()| Vec::new());
        }
        let mut text = Vec::filled(0_u16, usize::from(bytes / 2))?;
        let mut string = unicode(&text)?;
        string.Length = 0;
        string.Buffer = text.as_mut_ptr();
        // SAFETY: the key is open, the name is ours, and the string is our buffer of that length.
        check(unsafe {
            WdfRegistryQueryUnicodeString(key.0, &raw const name, &raw mut bytes, &raw mut string)
        })?;
        text.truncate(usize::from(string.Length / 2));
        let end = text.iter().position(|unit| *unit == 0).unwrap_or(text.len());
        text.truncate(end);
        Ok(text)
    }

    fn open(&self) -> Result<Key> {
        // SAFETY: a valid handle, says `new`.
        if unsafe { context::is_gone(self.device.cast()) } {
            return Err(Error::InvalidState);
        }
        let mut key: WDFKEY = null_mut();
        // SAFETY: a valid handle, says `new`, and the device has not come to its end.
        check(unsafe {
            WdfDeviceOpenRegistryKey(
                self.device,
                PLUGPLAY_REGKEY_DEVICE,
                KEY_READ,
                null_mut(),
                &raw mut key,
            )
        })?;
        Ok(Key(key))
    }
}

/// An open registry key.
struct Key(WDFKEY);

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: opened by `Settings::open`, and used no more; at PASSIVE_LEVEL, where it was
        // opened and where callers' tokens keep it.
        unsafe { WdfRegistryClose(self.0) };
    }
}

/// A device whose hardware is being prepared: circuits can be added now.
pub struct PrepareHardware<'callback> {
    device: WDFDEVICE,
    passive: &'callback mut Passive,
    added: &'callback mut Vec<AddedCircuit>,
}

impl PrepareHardware<'_> {
    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The device's registry key.
    pub fn settings(&self) -> Settings<'_> {
        Settings { device: self.device, alive: PhantomData }
    }

    /// The device, as the parent of circuit devices.
    pub fn parent(&self) -> Parent {
        // SAFETY: alive in its callback.
        unsafe { Parent::new(self.device) }
    }

    /// What circuits are built with.
    pub(crate) fn site(&mut self) -> Site<'_> {
        Site { device: self.device, passive: self.passive, added: self.added }
    }
}

/// A device that may have circuit devices. Keep it in what the device's context owns.
#[derive(Clone)]
pub struct Parent(Reference);

impl Parent {
    /// # Safety
    ///
    /// `device` is alive.
    pub(crate) unsafe fn new(device: WDFDEVICE) -> Self {
        // SAFETY: alive, says the caller.
        Self(unsafe { Reference::new(device.cast()) })
    }

    /// A reference to the device.
    pub(crate) fn reference(&self) -> Reference {
        self.0.clone()
    }

    pub(crate) fn alive(&self) -> Result<WDFDEVICE> {
        self.0.alive().map(<*mut _>::cast).ok_or(Error::InvalidState)
    }

    /// The device's registry key. A child has one of its own.
    pub fn settings(&self) -> Settings<'_> {
        // SAFETY: the reference keeps the handle valid; a device that is gone answers an error.
        unsafe { Settings::new(self.0.object().cast()) }
    }
}

/// The context of a device.
///
/// # Safety
///
/// Inside a callback that the framework makes for `device`, which `create` made.
unsafe fn state<'a, D: Device>(device: WDFDEVICE) -> Result<&'a DeviceContext<D>> {
    // SAFETY: the framework makes callbacks for a live device, and none after its cleanup has
    // begun.
    unsafe { context::get::<DeviceContext<D>>(device.cast()) }.ok_or(Error::InvalidState)
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
