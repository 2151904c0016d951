//! Devices: what they are, and what drivers ask of them. Source: wdfdevice.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, write};
use crate::kernel::device::{self as nodes, DeviceNode};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::framework;
use crate::wdf::init::{DeviceKind, Identity};

/// Where a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// Hardware not prepared, or released.
    Stopped,
    D0,
    D3,
    /// Gone; only handles are left.
    Removed,
}

/// When the framework takes an idle device down: WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Idle {
    pub(crate) enabled: bool,
    pub(crate) milliseconds: u32,
    /// The state that an idle device goes to.
    pub(crate) state: WDF_POWER_DEVICE_STATE,
    /// The system manages the timeout, not the driver.
    pub(crate) system_managed: bool,
}

/// Where a device's self-managed I/O is. Source: selfmanagediostatemachine.cpp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SelfManagedIo {
    /// No callback was called yet.
    #[default]
    Created,
    Started,
    Suspended,
    /// A callback failed; only the last two follow.
    Failed,
    Flushed,
    CleanedUp,
}

/// What goes along with a device's power: a queue.
pub(crate) trait PowerManaged {
    /// The device is in D0.
    fn start(&self, kernel: &Kernel, own: &Rc<Object>);

    /// The device leaves D0.
    fn stop(&self, kernel: &Kernel, own: &Rc<Object>);

    /// The device goes.
    fn purge(&self, kernel: &Kernel, own: &Rc<Object>);

    /// Whether the device's power decides when its requests are presented.
    fn is_power_managed(&self, own: &Rc<Object>) -> bool;

    /// A handle is closed: its requests that wait are cancelled.
    fn flush(&self, kernel: &Kernel, own: &Rc<Object>, file: usize);

    /// Whether requests wait in it or are with the driver: the device stays in D0 then.
    fn is_busy(&self, own: &Rc<Object>) -> bool;
}

/// An interface of direct calls that a device offers to the drivers of its stack.
pub(crate) struct Offer {
    pub(super) kind: [u8; 16],
    /// A copy of the driver's structure, which may be gone.
    pub(super) interface: Option<Vec<u8>>,
    /// The driver reads what the asker has filled in, and fills in the rest itself.
    pub(super) imports: bool,
    pub(super) asks_parent: bool,
    pub(super) process: PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST,
}

impl Offer {
    /// The beginning of the structure, which every interface has.
    pub(super) fn header(&self) -> Option<INTERFACE> {
        self.interface.as_ref().and_then(|bytes| read(bytes.as_ptr().cast()))
    }
}

/// An IRP that a driver preprocesses, the queue that it would go to, and its request.
type Preprocessed = (usize, Rc<Object>, Rc<Object>);

/// A device.
pub(crate) struct Device {
    pub(super) callbacks: WDF_PNPPOWER_EVENT_CALLBACKS,
    pub(crate) kind: DeviceKind,
    /// The handle of the device below it in its stack, if a driver has one there.
    pub(super) below: Option<usize>,
    pub(crate) identity: Identity,
    /// Its instance path, as PnP writes it.
    pub(crate) instance: String,
    pub(crate) number: u64,
    /// The name that the driver gave it.
    pub(super) name: Option<String>,
    /// Without that, the I/O manager has made one.
    pub(super) has_made_name: bool,
    pub(super) alignment: Cell<ULONG>,
    pub(super) characteristics: Cell<ULONG>,
    /// What WdfDeviceSetDeviceState set.
    pub(super) state: Cell<Option<WDF_DEVICE_STATE>>,
    /// It has its symbolic link: there is one.
    pub(super) is_linked: Cell<bool>,
    /// Children that PnP has removed and that are still there.
    pub(super) leaving: RefCell<Vec<Rc<Object>>>,
    /// IRPs that the driver sees first, by their major function.
    pub(super) preprocess: Vec<(u8, PFN_WDFDEVICE_WDM_IRP_PREPROCESS)>,
    pub(super) in_caller_context: PFN_WDF_IO_IN_CALLER_CONTEXT,
    /// IRPs that it preprocesses, with the queue that they would go to and their request.
    pub(super) irps: RefCell<Vec<Preprocessed>>,
    /// It is on its way from D0 to a lower state: what waits for D0 waits for that, too.
    pub(super) is_leaving: Cell<bool>,
    /// It was taken down with the system.
    pub(super) slept: Cell<bool>,
    pub(crate) acx: Cell<bool>,
    pub(super) power: Cell<Power>,
    /// It is on its way between D0 and a lower state: clients' requests for streams wait in
    /// Windows, and are refused here.
    pub(super) moving: Cell<bool>,
    /// PnP deals its resources anew: requests of clients wait.
    pub(crate) rebalances: Cell<bool>,
    /// Requests of clients under way. A device that is gone stays until they have come back.
    pub(crate) calls: Cell<u32>,
    pub(super) io: Cell<SelfManagedIo>,
    /// Its power policy runs: from before the first D0 entry until it is stopped.
    pub(super) policy_started: Cell<bool>,
    /// It has been in D0.
    pub(super) has_powered_up: Cell<bool>,
    /// The state that it was last sent to from D0.
    pub(super) target: Cell<WDF_POWER_DEVICE_STATE>,
    /// How often WdfDeviceSetStaticStopRemove said that it stays.
    pub(super) stays: Cell<u32>,
    /// Handles of programs on it.
    pub(crate) files_open: Cell<u32>,
    /// Its resource lists, raw and translated.
    pub(super) resources: RefCell<Option<(Rc<Object>, Rc<Object>)>>,
    /// It was taken down because nobody used it, and comes back when somebody does.
    pub(super) idled: Cell<bool>,
    pub(super) idle: Cell<Option<Idle>>,
    /// The alarm of the idle timeout.
    pub(super) alarm: Cell<Option<u64>>,
    pub(super) owns_power_policy: bool,
    /// Whether it failed on its way between power states: PnP removes it.
    pub(super) has_failed: Cell<bool>,
    /// References of WdfDeviceStopIdle.
    pub(crate) stays_awake: Cell<u32>,
    /// Files that clients have open on it: streams, filters.
    pub(crate) children: RefCell<Vec<Rc<Object>>>,
    pub(crate) default_queue: RefCell<Option<Rc<Object>>>,
    pub(crate) queues: RefCell<Vec<(Rc<Object>, &'static dyn PowerManaged)>>,
    pub(crate) files: Option<WDF_FILEOBJECT_CONFIG>,
    pub(crate) file_attributes: Option<WDF_OBJECT_ATTRIBUTES>,
    pub(crate) request_attributes: Option<WDF_OBJECT_ATTRIBUTES>,
    pub(super) is_filter: bool,
    /// The queues that requests of a type go to: WdfDeviceConfigureRequestDispatching.
    pub(super) dispatching: RefCell<Vec<(WDF_REQUEST_TYPE, Rc<Object>)>>,
    pub(crate) child_list: RefCell<Option<Rc<Object>>>,
    pub(crate) io_target: RefCell<Option<Rc<Object>>>,
    pub(super) offers: RefCell<Vec<Rc<Offer>>>,
    /// The system state that the device's D-state follows.
    pub(crate) system_action: Cell<POWER_ACTION::Type>,
    pub(super) wdm: Box<DEVICE_OBJECT>,
}

impl Device {
    /// Whether its resources, or a parent's, are dealt anew.
    pub(crate) fn is_rebalanced(&self, kernel: &Kernel) -> bool {
        let parent = self.stands_on().and_then(|own| object::get_alive::<Self>(kernel, own));
        self.rebalances.get() || parent.is_some_and(|parent| parent.is_rebalanced(kernel))
    }

    /// The handle of what it goes before and comes up after: its parent, or the device below it in
    /// its stack.
    pub(super) fn stands_on(&self) -> Option<usize> {
        match self.kind {
            DeviceKind::Child(parent) => Some(parent),
            DeviceKind::Function => self.below,
            DeviceKind::Control => None,
        }
    }

    pub(crate) fn power(&self) -> Power {
        self.power.get()
    }

    /// Whether streams may be made and change their states.
    pub(crate) fn has_power(&self) -> Result<(), NTSTATUS> {
        match self.power.get() {
            Power::D0 if !self.moving.get() => Ok(()),
            Power::Removed => Err(STATUS_DEVICE_REMOVED),
            _ => Err(STATUS_DEVICE_NOT_READY),
        }
    }

    pub(crate) fn wdm(&self) -> PDEVICE_OBJECT {
        (&raw const *self.wdm).cast_mut()
    }

    /// The queue that device-control requests go to.
    pub(crate) fn control_queue(&self) -> Option<Rc<Object>> {
        let own = self.dispatching.borrow();
        let control = _WDF_REQUEST_TYPE::WdfRequestTypeDeviceControl;
        let configured = own.iter().find(|(kind, _)| *kind == control);
        configured.map(|(_, queue)| queue.clone()).or_else(|| self.default_queue.borrow().clone())
    }

    /// The name of the device's object, or of the one below it where it has none.
    pub(crate) fn object_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!(r"\Device\{:08x}", self.number))
    }

    /// The name of the device's own object, if it has one.
    pub(crate) fn name(&self) -> Option<String> {
        (self.has_made_name || self.name.is_some()).then(|| self.object_name())
    }

    /// The key that PLUGPLAY_REGKEY_DEVICE opens.
    pub(crate) fn hardware_key(&self) -> String {
        nodes::hardware_key(&self.instance)
    }
}

/// What is done with a device.
type OnFailure = fn(&Kernel, &Rc<Object>);

/// The devices of a machine.
#[derive(Default)]
pub(crate) struct Devices {
    pub(crate) all: RefCell<Vec<Rc<Object>>>,
    /// What PnP does with a device that fails between power states.
    pub(super) failed: Cell<Option<OnFailure>>,
}

impl Devices {
    /// A new device.
    pub(super) fn add(&self, kernel: &Kernel, device: &Rc<Object>) {
        let own = body(device);
        let (object, handle) = (own.wdm() as usize, device.handle());
        let (instance, name) = (own.instance.clone(), own.object_name());
        let below = own.below.and_then(|below| object::get_alive::<Device>(kernel, below));
        let below = below.map_or(0, |below| below.wdm() as usize);
        nodes::add(kernel, DeviceNode { object, handle, instance, name, below });
        self.all.borrow_mut().push(device.clone());
    }

    /// The device is gone, for all but its handles.
    pub(super) fn remove(&self, kernel: &Kernel, device: &Rc<Object>) {
        nodes::remove(kernel, device.handle());
        self.all.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
    }
}

/// The child devices.
pub(crate) fn children(device: &Rc<Object>) -> Vec<Rc<Object>> {
    body(device).children.borrow().clone()
}

/// The device above another in its stack.
fn above(kernel: &Kernel, device: &Object) -> Option<Rc<Object>> {
    let devices = kernel.part::<Devices>().all.borrow();
    devices.iter().find(|other| body(other).below == Some(device.handle())).cloned()
}

/// The device at the top of another's stack.
pub(super) fn top(kernel: &Kernel, device: &Ref<Device>) -> Ref<Device> {
    let mut top = device.object().clone();
    while let Some(above) = above(kernel, &top) {
        top = above;
    }
    body(&top)
}

/// The device at the bottom of another's stack: the one that PnP found.
fn bottom(kernel: &Kernel, device: &Ref<Device>) -> Ref<Device> {
    let mut bottom = body(device.object());
    while let Some(below) = bottom.below.and_then(|own| object::get_alive::<Device>(kernel, own)) {
        bottom = below;
    }
    bottom
}

/// What goes before a device and comes up after it: the one above it in its stack, then its
/// children.
pub(super) fn over(kernel: &Kernel, device: &Rc<Object>) -> Vec<Rc<Object>> {
    above(kernel, device).into_iter().chain(children(device)).collect()
}

/// The device that PnP finds by an instance path, at the top of its stack.
pub(crate) fn top_of(kernel: &Kernel, instance: &str) -> Option<Rc<Object>> {
    let devices = kernel.part::<Devices>().all.borrow();
    let found = devices.iter().find(|device| {
        let own = body(device);
        own.kind != DeviceKind::Control && own.instance.eq_ignore_ascii_case(instance)
    });
    let found = found.cloned();
    drop(devices);
    found.map(|device| top(kernel, &body(&device)).object().clone())
}

/// The device whose WDM object this is.
pub(crate) fn of_wdm(kernel: &Kernel, object: PDEVICE_OBJECT) -> Option<Ref<Device>> {
    let devices = kernel.part::<Devices>().all.borrow();
    let found = devices.iter().find(|device| body(device).wdm() == object).cloned();
    found.and_then(Ref::of)
}

pub(crate) fn body(device: &Rc<Object>) -> Ref<Device> {
    Ref::of(device.clone()).expect("a device's body is one")
}

fn get(kernel: &Kernel, device: WDFDEVICE) -> Result<Ref<Device>, NTSTATUS> {
    object::get::<Device>(kernel, device as usize)
}

fn WdfDeviceWdmGetDeviceObject(kernel: &Kernel, device: WDFDEVICE) -> PDEVICE_OBJECT {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| device.wdm())
}

/// What lies below a root-enumerated device is the kernel's own object; a child's is the child
/// itself. All devices of a stack have one.
fn WdfDeviceWdmGetPhysicalDevice(kernel: &Kernel, device: WDFDEVICE) -> PDEVICE_OBJECT {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| bottom(kernel, &device).wdm())
}

fn WdfDeviceWdmGetAttachedDevice(kernel: &Kernel, device: WDFDEVICE) -> PDEVICE_OBJECT {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| {
        let below = device.below.and_then(|own| object::get_alive::<Device>(kernel, own));
        match (below, &device.kind) {
            (Some(below), _) => below.wdm(),
            (None, DeviceKind::Function) => framework::physical_device(kernel),
            (None, _) => std::ptr::null_mut(),
        }
    })
}

fn WdfWdmDeviceGetWdfDeviceHandle(kernel: &Kernel, object: PDEVICE_OBJECT) -> WDFDEVICE {
    of_wdm(kernel, object).map_or(std::ptr::null_mut(), |device| device.object().as_ptr())
}

fn WdfDeviceGetDriver(kernel: &Kernel, device: WDFDEVICE) -> WDFDRIVER {
    let driver = get(kernel, device).ok();
    let driver = driver.and_then(|device| framework::driver_of(kernel, device.object()));
    driver.map_or(std::ptr::null_mut(), |driver| driver.as_ptr())
}

/// What is wrong with a structure of a device's is reported, and the structure has no effect.
fn check_structure<T: Copy>(
    kernel: &Kernel,
    device: WDFDEVICE,
    out: *mut T,
    check: impl FnOnce(&Device, T) -> Result<(), (Rule, &'static str)>,
) {
    if let (Ok(device), Some(given)) = (get(kernel, device), read(out))
        && let Err((rule, what)) = check(&device, given)
    {
        kernel.violate(rule, what.to_owned());
    }
}

/// Whether every value is one of WDF_TRI_STATE.
fn are_tri(values: &[WDF_TRI_STATE]) -> bool {
    let range = _WDF_TRI_STATE::WdfFalse..=_WDF_TRI_STATE::WdfUseDefault;
    values.iter().all(|value| range.contains(value))
}

/// Source: fxdeviceapi.cpp.
fn WdfDeviceSetPnpCapabilities(
    kernel: &Kernel,
    device: WDFDEVICE,
    capabilities: PWDF_DEVICE_PNP_CAPABILITIES,
) {
    check_structure(kernel, device, capabilities, |_, given| {
        if given.Size != size_of::<WDF_DEVICE_PNP_CAPABILITIES>() as u32 {
            return Err((Rule::Uninitialized, "WDF_DEVICE_PNP_CAPABILITIES was not initialized"));
        }
        let values = [
            given.LockSupported,
            given.EjectSupported,
            given.Removable,
            given.DockDevice,
            given.UniqueID,
            given.SilentInstall,
            given.SurpriseRemovalOK,
            given.HardwareDisabled,
            given.NoDisplayInUI,
        ];
        if are_tri(&values) {
            Ok(())
        } else {
            Err((Rule::BadArgument, "a PnP capability is out of range"))
        }
    });
}

/// Source: fxdeviceapi.cpp.
fn WdfDeviceSetPowerCapabilities(
    kernel: &Kernel,
    device: WDFDEVICE,
    capabilities: PWDF_DEVICE_POWER_CAPABILITIES,
) {
    use _DEVICE_POWER_STATE as D;
    use _SYSTEM_POWER_STATE as S;
    check_structure(kernel, device, capabilities, |device, given| {
        if given.Size != size_of::<WDF_DEVICE_POWER_CAPABILITIES>() as u32 {
            let what = "WDF_DEVICE_POWER_CAPABILITIES was not initialized";
            return Err((Rule::Uninitialized, what));
        }
        let values = [
            given.DeviceD1,
            given.DeviceD2,
            given.WakeFromD0,
            given.WakeFromD1,
            given.WakeFromD2,
            given.WakeFromD3,
        ];
        let any = D::PowerDeviceUnspecified..=D::PowerDeviceMaximum;
        let systems = S::PowerSystemUnspecified..=S::PowerSystemMaximum;
        let ideal = given.IdealDxStateForSx;
        let in_range = are_tri(&values)
            && given.DeviceState.iter().all(|state| any.contains(state))
            && any.contains(&given.DeviceWake)
            && systems.contains(&given.SystemWake)
            && (device.owns_power_policy || ideal == D::PowerDeviceMaximum)
            && (D::PowerDeviceD1..=D::PowerDeviceMaximum).contains(&ideal);
        if in_range {
            Ok(())
        } else {
            Err((Rule::BadArgument, "a power capability is out of range"))
        }
    });
}

fn WdfDeviceGetSystemPowerAction(kernel: &Kernel, device: WDFDEVICE) -> POWER_ACTION::Type {
    get(kernel, device).map_or(POWER_ACTION::PowerActionNone, |device| device.system_action.get())
}

fn WdfDeviceGetDevicePnpState(kernel: &Kernel, device: WDFDEVICE) -> WDF_DEVICE_PNP_STATE {
    use _WDF_DEVICE_PNP_STATE as S;
    get(kernel, device).map_or(S::WdfDevStatePnpInvalid, |device| match device.power() {
        Power::D0 | Power::D3 => S::WdfDevStatePnpStarted,
        Power::Stopped => S::WdfDevStatePnpInit,
        Power::Removed => S::WdfDevStatePnpRemoved,
    })
}

fn WdfDeviceGetDevicePowerState(kernel: &Kernel, device: WDFDEVICE) -> WDF_DEVICE_POWER_STATE {
    use _WDF_DEVICE_POWER_STATE as S;
    get(kernel, device).map_or(S::WdfDevStatePowerInvalid, |device| match device.power() {
        Power::D0 => S::WdfDevStatePowerD0,
        Power::D3 => S::WdfDevStatePowerGotoDx,
        Power::Stopped | Power::Removed => S::WdfDevStatePowerStopped,
    })
}

fn WdfDeviceSetSpecialFileSupport(
    kernel: &Kernel,
    device: WDFDEVICE,
    _kind: WDF_SPECIAL_FILE_TYPE,
    _supported: BOOLEAN,
) {
    let _ = get(kernel, device);
}

fn WdfDeviceSetAlignmentRequirement(kernel: &Kernel, device: WDFDEVICE, alignment: ULONG) {
    if let Ok(device) = get(kernel, device) {
        device.alignment.set(alignment);
    }
}

fn WdfDeviceGetAlignmentRequirement(kernel: &Kernel, device: WDFDEVICE) -> ULONG {
    get(kernel, device).map_or(0, |device| device.alignment.get())
}

fn WdfDeviceSetCharacteristics(kernel: &Kernel, device: WDFDEVICE, characteristics: ULONG) {
    if let Ok(device) = get(kernel, device) {
        device.characteristics.set(characteristics);
    }
}

/// The size of WDF_DEVICE_STATE up to KMDF 1.27, without AssignedToGuest.
const STATE_V1_27: u32 = 28;

/// Source: fxdeviceapi.cpp.
fn WdfDeviceSetDeviceState(kernel: &Kernel, device: WDFDEVICE, state: PWDF_DEVICE_STATE) {
    check_structure(kernel, device, state, |device, given| {
        let size = size_of::<WDF_DEVICE_STATE>() as u32;
        if ![size, STATE_V1_27].contains(&given.Size) {
            return Err((Rule::Uninitialized, "WDF_DEVICE_STATE was not initialized"));
        }
        let values = [
            given.Disabled,
            given.DontDisplayInUI,
            given.Failed,
            given.NotDisableable,
            given.Removed,
            given.ResourcesChanged,
        ];
        let is_new = given.Size == size;
        if are_tri(&values) && (!is_new || are_tri(&[given.AssignedToGuest])) {
            device.state.set(Some(given));
            Ok(())
        } else {
            Err((Rule::BadArgument, "a device state is out of range"))
        }
    });
}

fn WdfDeviceSetBusInformationForChildren(
    kernel: &Kernel,
    device: WDFDEVICE,
    _information: PPNP_BUS_INFORMATION,
) {
    let _ = get(kernel, device);
}

fn WdfControlFinishInitializing(kernel: &Kernel, device: WDFDEVICE) {
    let Ok(device) = get(kernel, device) else { return };
    if device.kind != DeviceKind::Control {
        let what = "WdfControlFinishInitializing of a device that is no control device".to_owned();
        kernel.violate(Rule::BadArgument, what);
        return;
    }
    device.power.set(Power::D0);
}

/// What WdfDeviceSetDeviceState set; nothing else changes it.
fn WdfDeviceGetDeviceState(kernel: &Kernel, device: WDFDEVICE, out: PWDF_DEVICE_STATE) {
    check_structure(kernel, device, out, |device, given| {
        if given.Size != size_of::<WDF_DEVICE_STATE>() as u32 {
            return Err((Rule::Uninitialized, "WDF_DEVICE_STATE was not initialized"));
        }
        let own = device.state.get().unwrap_or_default();
        write(out, WDF_DEVICE_STATE { Size: given.Size, ..own });
        Ok(())
    });
}

fn WdfDeviceGetCharacteristics(kernel: &Kernel, device: WDFDEVICE) -> ULONG {
    get(kernel, device).map_or(0, |device| device.characteristics.get())
}

fn WdfDeviceGetDefaultQueue(kernel: &Kernel, device: WDFDEVICE) -> WDFQUEUE {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| {
        device.default_queue.borrow().as_ref().map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    })
}

entries! {
    /// Devices.
    entries:
    WdfDeviceWdmGetDeviceObject: DISPATCH;
    WdfDeviceWdmGetPhysicalDevice: DISPATCH;
    WdfDeviceWdmGetAttachedDevice: DISPATCH;
    WdfWdmDeviceGetWdfDeviceHandle: DISPATCH;
    WdfDeviceGetDriver: DISPATCH;
    WdfDeviceSetPnpCapabilities: DISPATCH;
    WdfDeviceSetPowerCapabilities: DISPATCH;
    WdfDeviceGetSystemPowerAction: DISPATCH;
    WdfDeviceGetDevicePnpState: DISPATCH;
    WdfDeviceGetDevicePowerState: DISPATCH;
    WdfDeviceSetSpecialFileSupport: DISPATCH;
    WdfDeviceSetAlignmentRequirement: DISPATCH;
    WdfDeviceGetAlignmentRequirement: DISPATCH;
    WdfDeviceSetCharacteristics: DISPATCH;
    WdfDeviceSetDeviceState: DISPATCH;
    WdfDeviceSetBusInformationForChildren: DISPATCH;
    WdfControlFinishInitializing: DISPATCH;
    WdfDeviceGetDeviceState: DISPATCH;
    WdfDeviceGetCharacteristics: DISPATCH;
    WdfDeviceGetDefaultQueue: DISPATCH;
}
