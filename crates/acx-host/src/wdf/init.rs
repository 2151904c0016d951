//! WDFDEVICE_INIT: what a driver says of a device before it creates it. Source: the WdfDeviceInit*, WdfPdoInit*, WdfFdoInit* and
//! WdfControlDeviceInit* pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read};
use crate::kernel::attributes::{self, Limits};
use crate::kernel::failure;
use crate::kernel::function::entries;
use crate::kernel::object::Object;
use crate::kernel::report::Rule;
use crate::wdf::framework;

/// What kind of device comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The function driver of a device that PnP found.
    Function,
    /// A child of the device with this handle.
    Child(usize),
    /// One that only the driver's own programs open.
    Control,
}

/// How a child is known to PnP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identity {
    pub(crate) device_id: String,
    pub(crate) instance_id: String,
    pub(crate) hardware_ids: Vec<String>,
    pub(crate) compatible_ids: Vec<String>,
    pub(crate) container_id: String,
    pub(crate) description: String,
    pub(crate) is_raw: bool,
}

/// An init object.
pub(crate) struct DeviceInit {
    pub(crate) kind: Kind,
    pub(crate) callbacks: Cell<Option<WDF_PNPPOWER_EVENT_CALLBACKS>>,
    pub(crate) identity: RefCell<Identity>,
    pub(crate) name: RefCell<String>,
    pub(crate) files: Cell<Option<WDF_FILEOBJECT_CONFIG>>,
    pub(crate) file_attributes: Cell<Option<WDF_OBJECT_ATTRIBUTES>>,
    pub(crate) request_attributes: Cell<Option<WDF_OBJECT_ATTRIBUTES>>,
    /// WdfFdoInitSetFilter was called.
    pub(crate) is_filter: Cell<bool>,
    pub(crate) child_list: Cell<Option<WDF_CHILD_LIST_CONFIG>>,
    /// Whether the framework may idle the device: the owner of its power policy does.
    pub(crate) owns_power_policy: Cell<bool>,
    /// AcxDeviceInitInitialize was called.
    pub(crate) acx: Cell<bool>,
    used: Cell<bool>,
    pub(crate) created: RefCell<Option<Rc<Object>>>,
}

impl DeviceInit {
    pub(crate) fn new(kind: Kind) -> Rc<Self> {
        let owns_power_policy = Cell::new(kind == Kind::Function);
        Rc::new(Self {
            kind,
            callbacks: Cell::default(),
            identity: RefCell::default(),
            name: RefCell::default(),
            files: Cell::default(),
            file_attributes: Cell::default(),
            request_attributes: Cell::default(),
            is_filter: Cell::default(),
            child_list: Cell::default(),
            owns_power_policy,
            acx: Cell::default(),
            used: Cell::default(),
            created: RefCell::default(),
        })
    }

    pub(crate) fn address(&self) -> PWDFDEVICE_INIT {
        std::ptr::from_ref(self).cast_mut().cast()
    }

    /// The device it became. It is done.
    pub(crate) fn becomes(&self, kernel: &Kernel, device: &Rc<Object>) {
        *self.created.borrow_mut() = Some(device.clone());
        self.used.set(true);
        if self.kind != Kind::Function {
            forget(kernel, self.address());
        }
    }
}

/// Init objects that drivers hold.
#[derive(Default)]
pub(crate) struct Inits {
    pub(crate) all: RefCell<Vec<Rc<DeviceInit>>>,
}

/// The init object at an address that a driver passes.
pub(crate) fn find(kernel: &Kernel, init: PWDFDEVICE_INIT) -> Result<Rc<DeviceInit>, NTSTATUS> {
    let inits = kernel.part::<Inits>().all.borrow();
    let own = inits.iter().find(|own| own.address() == init && !own.used.get()).cloned();
    drop(inits);
    own.ok_or_else(|| {
        kernel.violate(Rule::WrongHandle, "a device init that is none (any more)".to_owned());
        STATUS_INVALID_PARAMETER
    })
}

fn forget(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    kernel.part::<Inits>().all.borrow_mut().retain(|own| own.address() != init);
}

/// At unload no init object that the driver allocated may be left.
pub(crate) fn check(kernel: &Kernel) {
    for _ in kernel.part::<Inits>().all.take() {
        let what = "a PWDFDEVICE_INIT was neither used up nor freed".to_owned();
        kernel.violate(Rule::ObjectLeak, what);
    }
}

/// A new init object for the driver.
pub(crate) fn allocate(kernel: &Kernel, name: &'static str, kind: Kind) -> PWDFDEVICE_INIT {
    if failure::fails(kernel, name) {
        return std::ptr::null_mut();
    }
    let init = DeviceInit::new(kind);
    let address = init.address();
    kernel.part::<Inits>().all.borrow_mut().push(init);
    address
}

fn identify(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    text: PCUNICODE_STRING,
    set: impl FnOnce(&mut Identity, String),
) -> NTSTATUS {
    let Some(text) = abi::text(text) else { return STATUS_INVALID_PARAMETER };
    status(find(kernel, init).and_then(|init| {
        if !matches!(init.kind, Kind::Child(_)) {
            kernel
                .violate(Rule::BadArgument, "an id of a child, given to another device".to_owned());
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        set(&mut init.identity.borrow_mut(), text);
        Ok(())
    }))
}

fn with(kernel: &Kernel, init: PWDFDEVICE_INIT, set: impl FnOnce(&DeviceInit)) {
    if let Ok(init) = find(kernel, init) {
        set(&init);
    }
}

fn WdfDeviceInitFree(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |own| {
        if own.kind == Kind::Function {
            kernel
                .violate(Rule::BadArgument, "the framework's own device init was freed".to_owned());
        } else {
            forget(kernel, init);
        }
    });
}

fn WdfDeviceInitSetPnpPowerEventCallbacks(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    callbacks: PWDF_PNPPOWER_EVENT_CALLBACKS,
) {
    let copy = read(callbacks);
    if copy.is_some_and(|copy| copy.Size != size_of::<WDF_PNPPOWER_EVENT_CALLBACKS>() as u32) {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_PNPPOWER_EVENT_CALLBACKS was not initialized".to_owned(),
        );
        return;
    }
    with(kernel, init, |init| init.callbacks.set(copy));
}

/// Wake callbacks: nothing wakes a virtual device.
fn WdfDeviceInitSetPowerPolicyEventCallbacks(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _callbacks: PWDF_POWER_POLICY_EVENT_CALLBACKS,
) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetPowerPolicyOwnership(kernel: &Kernel, init: PWDFDEVICE_INIT, owner: BOOLEAN) {
    with(kernel, init, |init| init.owns_power_policy.set(owner != 0));
}

fn WdfDeviceInitSetIoType(kernel: &Kernel, init: PWDFDEVICE_INIT, _kind: WDF_DEVICE_IO_TYPE) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetIoTypeEx(kernel: &Kernel, init: PWDFDEVICE_INIT, _config: PWDF_IO_TYPE_CONFIG) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetExclusive(kernel: &Kernel, init: PWDFDEVICE_INIT, _exclusive: BOOLEAN) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetPowerNotPageable(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetPowerPageable(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetPowerInrush(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetDeviceType(kernel: &Kernel, init: PWDFDEVICE_INIT, _kind: ULONG) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetDeviceClass(kernel: &Kernel, init: PWDFDEVICE_INIT, _class: *const GUID) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetCharacteristics(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _characteristics: ULONG,
    _or: BOOLEAN,
) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetRemoveLockOptions(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _options: PWDF_REMOVE_LOCK_OPTIONS,
) {
    with(kernel, init, |_| {});
}

fn WdfDeviceInitSetReleaseHardwareOrderOnFailure(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _order: WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE,
) {
    with(kernel, init, |_| {});
}

/// Every request that the device gets has this context, and these callbacks.
fn WdfDeviceInitSetRequestAttributes(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) {
    if attributes::check(kernel, "WDFREQUEST", attributes, Limits::REQUESTS).is_ok() {
        with(kernel, init, |init| init.request_attributes.set(read(attributes)));
    }
}

/// A wrong configuration or wrong attributes have no effect.
fn WdfDeviceInitSetFileObjectConfig(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    config: PWDF_FILEOBJECT_CONFIG,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) {
    let Some(config) = read(config) else { return };
    if config.Size != size_of::<WDF_FILEOBJECT_CONFIG>() as u32 {
        let what = "WDF_FILEOBJECT_CONFIG was not initialized".to_owned();
        kernel.violate(Rule::Uninitialized, what);
        return;
    }
    if attributes::check(kernel, "WDFFILEOBJECT", attributes, Limits::FILES).is_ok() {
        with(kernel, init, |init| {
            init.files.set(Some(config));
            init.file_attributes.set(read(attributes));
        });
    }
}

fn WdfDeviceInitAssignName(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    name: PCUNICODE_STRING,
) -> NTSTATUS {
    status(
        find(kernel, init)
            .map(|init| *init.name.borrow_mut() = abi::text(name).unwrap_or_default()),
    )
}

fn WdfDeviceInitAssignSDDLString(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _sddl: PCUNICODE_STRING,
) -> NTSTATUS {
    status(find(kernel, init).map(drop))
}

fn WdfPdoInitAssignDeviceID(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    id: PCUNICODE_STRING,
) -> NTSTATUS {
    identify(kernel, init, id, |identity, text| identity.device_id = text)
}

fn WdfPdoInitAssignInstanceID(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    id: PCUNICODE_STRING,
) -> NTSTATUS {
    identify(kernel, init, id, |identity, text| identity.instance_id = text)
}

fn WdfPdoInitAddHardwareID(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    id: PCUNICODE_STRING,
) -> NTSTATUS {
    identify(kernel, init, id, |identity, text| identity.hardware_ids.push(text))
}

fn WdfPdoInitAddCompatibleID(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    id: PCUNICODE_STRING,
) -> NTSTATUS {
    identify(kernel, init, id, |identity, text| identity.compatible_ids.push(text))
}

fn WdfPdoInitAssignContainerID(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    id: PCUNICODE_STRING,
) -> NTSTATUS {
    identify(kernel, init, id, |identity, text| identity.container_id = text)
}

fn WdfPdoInitAddDeviceText(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    description: PCUNICODE_STRING,
    _location: PCUNICODE_STRING,
    _locale: LCID,
) -> NTSTATUS {
    identify(kernel, init, description, |identity, text| identity.description = text)
}

fn WdfPdoInitAssignRawDevice(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _class: *const GUID,
) -> NTSTATUS {
    status(find(kernel, init).map(|init| {
        init.identity.borrow_mut().is_raw = true;
        // A raw device has no other driver, so this one owns its power policy.
        init.owns_power_policy.set(true);
    }))
}

fn WdfPdoInitSetDefaultLocale(kernel: &Kernel, init: PWDFDEVICE_INIT, _locale: LCID) {
    with(kernel, init, |_| {});
}

fn WdfPdoInitSetEventCallbacks(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _callbacks: PWDF_PDO_EVENT_CALLBACKS,
) {
    with(kernel, init, |_| {});
}

fn WdfPdoInitAllowForwardingRequestToParent(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |_| {});
}

fn WdfPdoInitRemovePowerDependencyOnParent(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |_| {});
}

fn WdfFdoInitSetFilter(kernel: &Kernel, init: PWDFDEVICE_INIT) {
    with(kernel, init, |init| {
        init.owns_power_policy.set(false);
        init.is_filter.set(true);
    });
}

fn WdfFdoInitSetEventCallbacks(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _callbacks: PWDF_FDO_EVENT_CALLBACKS,
) {
    with(kernel, init, |_| {});
}

fn WdfFdoInitSetDefaultChildListConfig(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    config: PWDF_CHILD_LIST_CONFIG,
    _attributes: PWDF_OBJECT_ATTRIBUTES,
) {
    let config = read(config);
    with(kernel, init, |init| init.child_list.set(config));
}

/// The stack below is of the kernel's; a machine has no device object for it before the driver's own.
fn WdfFdoInitWdmGetPhysicalDevice(kernel: &Kernel, init: PWDFDEVICE_INIT) -> PDEVICE_OBJECT {
    with(kernel, init, |_| {});
    framework::physical_device(kernel)
}

fn WdfControlDeviceInitAllocate(
    kernel: &Kernel,
    _driver: WDFDRIVER,
    _sddl: *const UNICODE_STRING,
) -> PWDFDEVICE_INIT {
    allocate(kernel, "WdfControlDeviceInitAllocate", Kind::Control)
}

fn WdfControlDeviceInitSetShutdownNotification(
    kernel: &Kernel,
    init: PWDFDEVICE_INIT,
    _notification: PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION,
    _flags: UCHAR,
) {
    with(kernel, init, |_| {});
}

entries! {
    /// Init objects.
    entries:
    WdfDeviceInitFree: DISPATCH;
    WdfDeviceInitSetPnpPowerEventCallbacks: DISPATCH;
    WdfDeviceInitSetPowerPolicyEventCallbacks: DISPATCH;
    WdfDeviceInitSetPowerPolicyOwnership: DISPATCH;
    WdfDeviceInitSetIoType: DISPATCH;
    WdfDeviceInitSetIoTypeEx: PASSIVE;
    WdfDeviceInitSetExclusive: DISPATCH;
    WdfDeviceInitSetPowerNotPageable: DISPATCH;
    WdfDeviceInitSetPowerPageable: DISPATCH;
    WdfDeviceInitSetPowerInrush: DISPATCH;
    WdfDeviceInitSetDeviceType: DISPATCH;
    WdfDeviceInitSetDeviceClass: DISPATCH;
    WdfDeviceInitSetCharacteristics: DISPATCH;
    WdfDeviceInitSetRemoveLockOptions: DISPATCH;
    WdfDeviceInitSetReleaseHardwareOrderOnFailure: DISPATCH;
    WdfDeviceInitSetRequestAttributes: DISPATCH;
    WdfDeviceInitSetFileObjectConfig: DISPATCH;
    WdfDeviceInitAssignName: PASSIVE, fallible;
    WdfDeviceInitAssignSDDLString: PASSIVE, fallible;
    WdfPdoInitAssignDeviceID: PASSIVE, fallible;
    WdfPdoInitAssignInstanceID: PASSIVE, fallible;
    WdfPdoInitAddHardwareID: PASSIVE, fallible;
    WdfPdoInitAddCompatibleID: PASSIVE, fallible;
    WdfPdoInitAssignContainerID: PASSIVE, fallible;
    WdfPdoInitAddDeviceText: PASSIVE, fallible;
    WdfPdoInitAssignRawDevice: PASSIVE, fallible;
    WdfPdoInitSetDefaultLocale: PASSIVE;
    WdfPdoInitSetEventCallbacks: PASSIVE;
    WdfPdoInitAllowForwardingRequestToParent: PASSIVE;
    WdfPdoInitRemovePowerDependencyOnParent: PASSIVE;
    WdfFdoInitSetFilter: PASSIVE;
    WdfFdoInitSetEventCallbacks: PASSIVE;
    WdfFdoInitSetDefaultChildListConfig: PASSIVE;
    WdfFdoInitWdmGetPhysicalDevice: DISPATCH;
    WdfControlDeviceInitAllocate: PASSIVE;
    WdfControlDeviceInitSetShutdownNotification: PASSIVE;
}
