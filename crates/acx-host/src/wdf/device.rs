//! Devices and their PnP and power states. Order of callbacks: KMDF's documented sequences, with ACX's between them (the fact
//! collection's `acx/semantics.md`, section 1).
//!
//! A child is started when its parent has started and goes before it, as PnP does it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use super::status;
use crate::abi::{entries, read, write};
use crate::kernel::Kernel;
use crate::kernel::callback::Callback;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;
use crate::wdf::callback;
use crate::wdf::init::{self, DeviceInit, Identity, Kind};
use crate::wdf::queue::{self, Queue};

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
struct Idle {
    enabled: bool,
    milliseconds: u32,
}

/// KMDF's own timeout where a driver gives none.
const IDLE_DEFAULT: u32 = 5000;

/// A device.
pub(crate) struct Device {
    callbacks: WDF_PNPPOWER_EVENT_CALLBACKS,
    pub(crate) kind: Kind,
    pub(crate) identity: Identity,
    /// Its instance path, as PnP writes it.
    pub(crate) instance: String,
    pub(crate) number: u64,
    pub(crate) acx: Cell<bool>,
    power: Cell<Power>,
    /// It is on its way between D0 and a lower state: clients' requests for streams wait in Windows, and are refused here.
    moving: Cell<bool>,
    /// Requests of clients under way. A device that is gone stays until they have come back.
    pub(crate) calls: Cell<u32>,
    /// Self-managed I/O was initialized.
    managed: Cell<bool>,
    pub(crate) failed: Cell<bool>,
    /// It was taken down because nobody used it, and comes back when somebody does.
    idled: Cell<bool>,
    idle: Cell<Option<Idle>>,
    /// The alarm of the idle timeout.
    alarm: Cell<Option<u64>>,
    owns_power_policy: bool,
    /// References of WdfDeviceStopIdle.
    pub(crate) stays_awake: Cell<u32>,
    /// Files that clients have open on it: streams, filters.
    pub(crate) children: RefCell<Vec<Rc<Object>>>,
    pub(crate) default_queue: RefCell<Option<Rc<Object>>>,
    pub(crate) queues: RefCell<Vec<Rc<Object>>>,
    pub(crate) files: Option<WDF_FILEOBJECT_CONFIG>,
    pub(crate) child_list: RefCell<Option<Rc<Object>>>,
    pub(crate) io_target: RefCell<Option<Rc<Object>>>,
    pub(crate) queries: RefCell<Vec<WDF_QUERY_INTERFACE_CONFIG>>,
    /// The system state that the device's D-state follows.
    pub(crate) system_action: Cell<POWER_ACTION::Type>,
    wdm: Box<DEVICE_OBJECT>,
}

impl Device {
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

    /// The name that the object manager would have.
    pub(crate) fn object_name(&self) -> String {
        format!(r"\Device\{:08x}", self.number)
    }

    /// The key that PLUGPLAY_REGKEY_DEVICE opens.
    pub(crate) fn hardware_key(&self) -> String {
        format!(
            r"\Registry\Machine\System\CurrentControlSet\Enum\{}\Device Parameters",
            self.instance
        )
    }
}

/// The device whose WDM object this is.
pub(crate) fn of_wdm(kernel: &Kernel, object: PDEVICE_OBJECT) -> Option<Ref<Device>> {
    let devices = kernel.wdf.devices.borrow();
    let found = devices.iter().find(|device| body(device).wdm() == object).cloned();
    found.and_then(Ref::of)
}

pub(crate) fn body(device: &Rc<Object>) -> Ref<Device> {
    Ref::of(device.clone()).expect("devices are made here")
}

/// EvtDriverDeviceAdd; the device it created.
pub(crate) fn add(kernel: &Kernel) -> Result<Rc<Object>, NTSTATUS> {
    let init = DeviceInit::new(Kind::Function);
    let address = init.address();
    kernel.wdf.device_inits.borrow_mut().push(init.clone());
    let driver = kernel.wdf.driver.borrow().as_ref().map(|driver| driver.handle());
    let (Some(driver), Some(callback)) = (driver, kernel.wdf.device_add.get()) else {
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    let answer = kernel.invoke(
        &callback::EvtDriverDeviceAdd,
        driver,
        callback,
        (driver as WDFDRIVER, address.cast()),
    );
    kernel.wdf.device_inits.borrow_mut().retain(|own| !Rc::ptr_eq(own, &init));
    let device = init.created.borrow_mut().take();
    match (NT_SUCCESS(answer), device) {
        (true, Some(device)) => Ok(device),
        (true, None) => Err(STATUS_INVALID_DEVICE_STATE),
        (false, device) => {
            if let Some(device) = device {
                discard(kernel, &device);
            }
            Err(answer)
        }
    }
}

/// Deletes a device that was never started.
fn discard(kernel: &Kernel, device: &Rc<Object>) {
    kernel.wdf.devices.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
    kernel.interfaces.forget(device.handle());
    kernel.objects.delete(kernel, device);
}

/// A callback that answers a status; success where there is none.
fn ask(
    kernel: &Kernel,
    device: &Rc<Object>,
    name: &'static Callback,
    callback: Option<unsafe extern "C" fn(WDFDEVICE) -> NTSTATUS>,
) -> Result<(), NTSTATUS> {
    let Some(callback) = callback else { return Ok(()) };
    let answer = kernel.invoke(name, device.handle(), callback, (device.as_ptr(),));
    if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
}

fn tell(
    kernel: &Kernel,
    device: &Rc<Object>,
    name: &'static Callback,
    callback: Option<unsafe extern "C" fn(WDFDEVICE)>,
) {
    if let Some(callback) = callback {
        kernel.invoke(name, device.handle(), callback, (device.as_ptr(),));
    }
}

/// Prepare hardware, D0 entry, and ACX's part of both; then the children.
pub(crate) fn start(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    let handle = device.handle();
    let none: WDFCMRESLIST = std::ptr::null_mut();
    if let Some(prepare) = state.callbacks.EvtDevicePrepareHardware {
        let arguments = (device.as_ptr(), none, none);
        let answer = kernel.invoke(&callback::EvtDevicePrepareHardware, handle, prepare, arguments);
        if !NT_SUCCESS(answer) {
            release(kernel, device);
            return Err(answer);
        }
    }
    crate::acx::power::prepare(kernel, device);
    if let Err(answer) = power_up(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final) {
        crate::acx::power::release(kernel, device);
        release(kernel, device);
        return Err(answer);
    }
    kernel.interfaces.enable_all(handle, true);
    start_children(kernel, device);
    touch(kernel, device);
    Ok(())
}

/// Starts the children that are not started yet. One that does not start is gone.
pub(crate) fn start_children(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power() != Power::D0 {
        return;
    }
    let children = body(device).children.borrow().clone();
    for child in children {
        if body(&child).power() == Power::Stopped && start(kernel, &child).is_err() {
            remove(kernel, &child);
        }
    }
}

/// D0 entry, circuits, streams, queues.
pub(crate) fn power_up(
    kernel: &Kernel,
    device: &Rc<Object>,
    previous: WDF_POWER_DEVICE_STATE,
) -> Result<(), NTSTATUS> {
    let state = body(device);
    let callbacks = &state.callbacks;
    let arguments = (device.as_ptr(), previous);
    let enter = |name,
                 callback: Option<
        unsafe extern "C" fn(WDFDEVICE, WDF_POWER_DEVICE_STATE) -> NTSTATUS,
    >| {
        let answer = callback.map_or(STATUS_SUCCESS, |callback| {
            kernel.invoke(name, device.handle(), callback, arguments)
        });
        if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
    };
    enter(&callback::EvtDeviceD0Entry, callbacks.EvtDeviceD0Entry)?;
    enter(
        &callback::EvtDeviceD0EntryPostInterruptsEnabled,
        callbacks.EvtDeviceD0EntryPostInterruptsEnabled,
    )?;
    let circuits = crate::acx::power::circuits(kernel, device);
    let turns: Vec<_> = circuits.iter().map(|circuit| circuit.gate.pass(kernel)).collect();
    state.moving.set(true);
    state.power.set(Power::D0);
    state.idled.set(false);
    state.system_action.set(POWER_ACTION::PowerActionNone);
    crate::acx::power::up(kernel, device, previous);
    state.moving.set(false);
    drop(turns);
    // Taken out first: what is called may change the list.
    let queues = state.queues.borrow().clone();
    for queue in queues {
        queue::dispatch(kernel, &queue);
    }
    if state.managed.replace(true) {
        ask(
            kernel,
            device,
            &callback::EvtDeviceSelfManagedIoRestart,
            callbacks.EvtDeviceSelfManagedIoRestart,
        )?;
    } else {
        ask(
            kernel,
            device,
            &callback::EvtDeviceSelfManagedIoInit,
            callbacks.EvtDeviceSelfManagedIoInit,
        )?;
    }
    Ok(())
}

/// Streams, circuits, D0 exit. A parent goes to sleep after its children.
pub(crate) fn power_down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let state = body(device);
    if state.power.get() != Power::D0 {
        return;
    }
    if let Some(alarm) = state.alarm.take() {
        kernel.cancel(alarm);
    }
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        power_down(kernel, &child, target);
    }
    let callbacks = &state.callbacks;
    if state.managed.get() {
        let _ = ask(
            kernel,
            device,
            &callback::EvtDeviceSelfManagedIoSuspend,
            callbacks.EvtDeviceSelfManagedIoSuspend,
        );
    }
    // Taken out first: what is called may change the list.
    let queues = state.queues.borrow().clone();
    for queue in queues {
        queue::stop(kernel, &queue);
    }
    // Whatever is under way comes to its end first.
    let circuits = crate::acx::power::circuits(kernel, device);
    let turns: Vec<_> = circuits.iter().map(|circuit| circuit.gate.pass(kernel)).collect();
    state.moving.set(true);
    crate::acx::power::down(kernel, device, target);
    state.power.set(Power::D3);
    state.moving.set(false);
    drop(turns);
    let arguments = (device.as_ptr(), target);
    for (name, callback) in [
        (
            &callback::EvtDeviceD0ExitPreInterruptsDisabled,
            callbacks.EvtDeviceD0ExitPreInterruptsDisabled,
        ),
        (&callback::EvtDeviceD0Exit, callbacks.EvtDeviceD0Exit),
    ] {
        if let Some(callback) = callback {
            kernel.invoke(name, device.handle(), callback, arguments);
        }
    }
}

/// The device and the children that went down with it.
pub(crate) fn power_back(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    power_up(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3)?;
    // Taken out first: what is called may change the list.
    let children = body(device).children.borrow().clone();
    for child in children {
        if body(&child).power() == Power::D3 {
            power_back(kernel, &child)?;
        }
    }
    touch(kernel, device);
    Ok(())
}

fn release(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    state.power.set(Power::Stopped);
    if let Some(release) = state.callbacks.EvtDeviceReleaseHardware {
        let arguments = (device.as_ptr(), std::ptr::null_mut());
        kernel.invoke(&callback::EvtDeviceReleaseHardware, device.handle(), release, arguments);
    }
}

/// Power down and release hardware: for a rebalance, or on the way out.
pub(crate) fn stop(kernel: &Kernel, device: &Rc<Object>) {
    // Taken out first: what is called may change the list.
    let children = body(device).children.borrow().clone();
    for child in children {
        stop(kernel, &child);
    }
    power_down(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final);
    if body(device).power.get() == Power::D3 {
        kernel.interfaces.enable_all(device.handle(), false);
        crate::acx::power::release(kernel, device);
        release(kernel, device);
    }
}

/// The child devices.
pub(crate) fn children(device: &Rc<Object>) -> Vec<Rc<Object>> {
    body(device).children.borrow().clone()
}

/// EvtDeviceQueryStop or EvtDeviceQueryRemove: whether the driver agrees, and its children do.
pub(crate) fn query(kernel: &Kernel, device: &Rc<Object>, removes: bool) -> Result<(), NTSTATUS> {
    let state = body(device);
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        query(kernel, &child, removes)?;
    }
    if removes {
        ask(kernel, device, &callback::EvtDeviceQueryRemove, state.callbacks.EvtDeviceQueryRemove)
    } else {
        ask(kernel, device, &callback::EvtDeviceQueryStop, state.callbacks.EvtDeviceQueryStop)
    }
}

/// The hardware is gone: EvtDeviceSurpriseRemoval, then out.
pub(crate) fn surprise_remove(kernel: &Kernel, device: &Rc<Object>) {
    tell_surprise(kernel, device);
    remove(kernel, device);
}

fn tell_surprise(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        tell_surprise(kernel, &child);
    }
    tell(
        kernel,
        device,
        &callback::EvtDeviceSurpriseRemoval,
        state.callbacks.EvtDeviceSurpriseRemoval,
    );
}

/// Stop and delete. Streams that clients still hold stay until they are closed.
pub(crate) fn remove(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).power.get() != Power::Removed {
        take_down(kernel, device);
        delete(kernel, device);
    }
}

/// Every callback of a removal, children first. Their objects stay for their parent's callbacks: a child that was not reported missing is
/// there until its parent is gone.
fn take_down(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if state.power.get() == Power::Removed {
        return;
    }
    // Taken out first: what is called may change the list.
    let children = state.children.borrow().clone();
    for child in children {
        take_down(kernel, &child);
    }
    stop(kernel, device);
    let callbacks = &state.callbacks;
    tell(
        kernel,
        device,
        &callback::EvtDeviceSelfManagedIoFlush,
        callbacks.EvtDeviceSelfManagedIoFlush,
    );
    tell(
        kernel,
        device,
        &callback::EvtDeviceSelfManagedIoCleanup,
        callbacks.EvtDeviceSelfManagedIoCleanup,
    );
    let queues = state.queues.borrow().clone();
    for queue in queues {
        queue::purge(kernel, &queue);
    }
    state.power.set(Power::Removed);
    kernel.interfaces.forget(device.handle());
}

fn delete(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    let children = state.children.take();
    for child in children {
        delete(kernel, &child);
    }
    kernel.wdf.devices.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
    if let Kind::Child(parent) = state.kind
        && let Ok(parent) = kernel.objects.get::<Device>(kernel, parent)
    {
        parent.children.borrow_mut().retain(|other| !Rc::ptr_eq(other, device));
    }
    crate::acx::power::delete_when_closed(kernel, device);
}

/// A child that the driver has made joins its parent: PnP finds it soon.
pub(crate) fn adopt(kernel: &Kernel, parent: WDFDEVICE, child: WDFDEVICE) -> Result<(), NTSTATUS> {
    let parent = kernel.objects.get::<Device>(kernel, parent as usize)?;
    let child = kernel.objects.get::<Device>(kernel, child as usize)?;
    if child.kind != Kind::Child(parent.handle()) {
        kernel.violate(Rule::WrongParent, "a child was added to another parent".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    parent.children.borrow_mut().push(child.object().clone());
    let weak = Rc::downgrade(parent.object());
    kernel.pnp_later(move |kernel| {
        if let Some(parent) = weak.upgrade().filter(|parent| parent.is_alive()) {
            start_children(kernel, &parent);
        }
    });
    Ok(())
}

/// A child is reported missing: it is none of its parent's any more, and PnP removes it soon.
pub(crate) fn disown(kernel: &Kernel, child: WDFDEVICE) -> Result<(), NTSTATUS> {
    let child = kernel.objects.get::<Device>(kernel, child as usize)?;
    if let Kind::Child(parent) = child.kind
        && let Ok(parent) = kernel.objects.get::<Device>(kernel, parent)
    {
        parent.children.borrow_mut().retain(|other| !Rc::ptr_eq(other, child.object()));
    }
    let weak = Rc::downgrade(child.object());
    kernel.pnp_later(move |kernel| {
        let Some(child) = weak.upgrade().filter(|child| child.is_alive()) else { return };
        // Its parent may have taken it along on its own way out.
        if body(&child).power.get() == Power::Removed {
            delete(kernel, &child);
        } else {
            surprise_remove(kernel, &child);
        }
    });
    Ok(())
}

/// Somebody uses the device: it is awake, and its idle time begins anew. Power-managed queues do this.
pub(crate) fn touch(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if state.idled.get() {
        let _turn = kernel.wdf.pnp.pass(kernel);
        // Another client may have come first.
        if state.idled.get() && power_back(kernel, device).is_err() {
            return;
        }
    }
    let Some(idle) = state.idle.get().filter(|idle| idle.enabled) else { return };
    if let Some(alarm) = state.alarm.take() {
        kernel.cancel(alarm);
    }
    let weak = Rc::downgrade(device);
    let due = kernel.qpc() + kernel.ticks_of(u64::from(idle.milliseconds) * 10_000);
    let expiry = Rc::new(move |kernel: &Kernel| {
        let weak = weak.clone();
        kernel.pnp_later(move |kernel| {
            if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
                doze(kernel, &device);
            }
        });
    });
    state.alarm.set(Some(kernel.schedule(due, expiry)));
}

/// The idle time is over: down, unless somebody holds the device.
fn doze(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    state.alarm.set(None);
    let awake = |child: &Rc<Object>| body(child).power() == Power::D0;
    let in_use = state.power() != Power::D0
        || state.stays_awake.get() > 0
        || state.children.borrow().iter().any(awake)
        || crate::acx::power::has_streams(kernel, device);
    if in_use {
        touch(kernel, device);
        return;
    }
    power_down(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3);
    state.idled.set(true);
    if let Kind::Child(parent) = state.kind
        && let Ok(parent) = kernel.objects.get::<Device>(kernel, parent)
    {
        touch(kernel, parent.object());
    }
}

fn create(
    kernel: &Kernel,
    init: &DeviceInit,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let identity = init.identity.borrow().clone();
    let number = kernel.next_number();
    let service = kernel.service.borrow().clone();
    let instance = match &init.kind {
        Kind::Function => format!(r"ROOT\{service}\{:04}", kernel.wdf.next_instance()),
        Kind::Child(_) if identity.device_id.is_empty() => {
            kernel.violate(Rule::BadArgument, "a child needs a device id".to_owned());
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        Kind::Child(_) => format!(r"{}\{}", identity.device_id, identity.instance_id),
        Kind::Control => init.name.borrow().clone(),
    };
    if init.kind == Kind::Function {
        kernel.apply_settings(&format!(
            r"\Registry\Machine\System\CurrentControlSet\Enum\{instance}\Device Parameters"
        ));
    }
    let mut wdm = Box::<DEVICE_OBJECT>::default();
    wdm.Type = 3;
    wdm.Size = size_of::<DEVICE_OBJECT>() as u16;
    wdm.DriverObject = kernel.driver_object.get() as PDRIVER_OBJECT;
    let device = Device {
        callbacks: init.callbacks.get().unwrap_or_default(),
        kind: init.kind.clone(),
        identity,
        instance,
        number,
        acx: Cell::new(init.acx.get()),
        moving: Cell::default(),
        calls: Cell::default(),
        power: Cell::new(Power::Stopped),
        managed: Cell::default(),
        failed: Cell::default(),
        idled: Cell::default(),
        idle: Cell::default(),
        alarm: Cell::default(),
        owns_power_policy: init.owns_power_policy.get(),
        stays_awake: Cell::default(),
        children: RefCell::default(),
        default_queue: RefCell::default(),
        queues: RefCell::default(),
        files: init.files.get(),
        child_list: RefCell::default(),
        io_target: RefCell::default(),
        queries: RefCell::default(),
        system_action: Cell::new(POWER_ACTION::PowerActionNone),
        wdm,
    };
    let parent = match init.kind {
        Kind::Child(parent) => Some(kernel.objects.any(kernel, parent)?),
        _ => kernel.wdf.driver.borrow().clone(),
    };
    let object = kernel.objects.create(kernel, "WDFDEVICE", device, attributes, parent.as_ref())?;
    if let Some(config) = init.child_list.get() {
        let list = crate::wdf::child::create(kernel, &object, &config, std::ptr::null_mut())?;
        *body(&object).child_list.borrow_mut() = Some(list);
    }
    kernel.wdf.devices.borrow_mut().push(object.clone());
    let weak = Rc::downgrade(&object);
    object.on_delete(move |kernel| {
        if let Some(device) = weak.upgrade() {
            kernel.wdf.devices.borrow_mut().retain(|other| !Rc::ptr_eq(other, &device));
            if let Some(alarm) = body(&device).alarm.take() {
                kernel.cancel(alarm);
            }
        }
    });
    Ok(object)
}

fn get(kernel: &Kernel, device: WDFDEVICE) -> Result<Ref<Device>, NTSTATUS> {
    kernel.objects.get::<Device>(kernel, device as usize)
}

/// WdfUseDefault is 2, WdfTrue 1.
fn tri(value: WDF_TRI_STATE, default: bool) -> bool {
    match value {
        _WDF_TRI_STATE::WdfTrue => true,
        _WDF_TRI_STATE::WdfFalse => false,
        _ => default,
    }
}

/// Source: WdfDeviceCreate: a success uses the init object up and clears the pointer.
fn WdfDeviceCreate(
    kernel: &Kernel,
    place: *mut PWDFDEVICE_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFDEVICE,
) -> NTSTATUS {
    let Some(address) = read(place) else { return STATUS_INVALID_PARAMETER };
    status(init::find(kernel, address).and_then(|init| {
        let device = create(kernel, &init, attributes)?;
        init.becomes(kernel, &device);
        write(place, std::ptr::null_mut());
        write(handle, device.as_ptr());
        Ok(())
    }))
}

fn WdfDeviceWdmGetDeviceObject(kernel: &Kernel, device: WDFDEVICE) -> PDEVICE_OBJECT {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| device.wdm())
}

/// What lies below a root-enumerated device is the kernel's own object; a child's is the child itself.
fn WdfDeviceWdmGetPhysicalDevice(kernel: &Kernel, device: WDFDEVICE) -> PDEVICE_OBJECT {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| device.wdm())
}

fn WdfDeviceWdmGetAttachedDevice(kernel: &Kernel, device: WDFDEVICE) -> PDEVICE_OBJECT {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| match device.kind {
        Kind::Function => kernel.wdf.physical_device(),
        _ => std::ptr::null_mut(),
    })
}

fn WdfWdmDeviceGetWdfDeviceHandle(kernel: &Kernel, object: PDEVICE_OBJECT) -> WDFDEVICE {
    of_wdm(kernel, object).map_or(std::ptr::null_mut(), |device| device.object().as_ptr())
}

fn WdfDeviceGetDriver(kernel: &Kernel, device: WDFDEVICE) -> WDFDRIVER {
    let _ = get(kernel, device);
    kernel.wdf.driver.borrow().as_ref().map_or(std::ptr::null_mut(), |driver| driver.as_ptr())
}

fn WdfDeviceSetPnpCapabilities(
    kernel: &Kernel,
    device: WDFDEVICE,
    capabilities: PWDF_DEVICE_PNP_CAPABILITIES,
) {
    let sized = read(capabilities)
        .is_some_and(|caps| caps.Size == size_of::<WDF_DEVICE_PNP_CAPABILITIES>() as u32);
    if get(kernel, device).is_ok() && !sized {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_DEVICE_PNP_CAPABILITIES was not initialized".to_owned(),
        );
    }
}

fn WdfDeviceSetPowerCapabilities(
    kernel: &Kernel,
    device: WDFDEVICE,
    capabilities: PWDF_DEVICE_POWER_CAPABILITIES,
) {
    let sized = read(capabilities)
        .is_some_and(|caps| caps.Size == size_of::<WDF_DEVICE_POWER_CAPABILITIES>() as u32);
    if get(kernel, device).is_ok() && !sized {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_DEVICE_POWER_CAPABILITIES was not initialized".to_owned(),
        );
    }
}

/// Source: WdfDeviceAssignS0IdleSettings: only the owner of the power policy, with a D-state below D0.
fn WdfDeviceAssignS0IdleSettings(
    kernel: &Kernel,
    device: WDFDEVICE,
    settings: PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS,
) -> NTSTATUS {
    let device = match get(kernel, device) {
        Ok(device) => device,
        Err(status) => return status,
    };
    let Some(settings) = read(settings) else { return STATUS_INVALID_PARAMETER };
    if settings.Size != size_of::<WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS>() as u32 {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS was not initialized".to_owned(),
        );
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if !device.owns_power_policy {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    // IdleCannotWakeFromS0 is 1; a root-enumerated device has nothing to wake with, which is IdleCanWakeFromS0.
    if settings.IdleCaps != _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0 {
        return STATUS_POWER_STATE_INVALID;
    }
    let milliseconds = if settings.IdleTimeout == 0 { IDLE_DEFAULT } else { settings.IdleTimeout };
    device.idle.set(Some(Idle { enabled: tri(settings.Enabled, true), milliseconds }));
    // Called from a callback on the way down it changes what comes next only.
    if device.power() == Power::D0 && !kernel.is_inside(&callback::EvtDeviceD0Exit) {
        touch(kernel, device.object());
    }
    STATUS_SUCCESS
}

fn WdfDeviceAssignSxWakeSettings(
    kernel: &Kernel,
    device: WDFDEVICE,
    _settings: PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS,
) -> NTSTATUS {
    status(get(kernel, device).and(Err(STATUS_POWER_STATE_INVALID)))
}

fn WdfDeviceStopIdleNoTrack(kernel: &Kernel, device: WDFDEVICE, _wait: BOOLEAN) -> NTSTATUS {
    status(get(kernel, device).map(|device| {
        device.stays_awake.set(device.stays_awake.get() + 1);
        if device.idled.get() && kernel.irql() == 0 {
            touch(kernel, device.object());
        }
    }))
}

fn WdfDeviceStopIdleActual(
    kernel: &Kernel,
    device: WDFDEVICE,
    wait: BOOLEAN,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) -> NTSTATUS {
    WdfDeviceStopIdleNoTrack(kernel, device, wait)
}

fn WdfDeviceResumeIdleNoTrack(kernel: &Kernel, device: WDFDEVICE) {
    if let Ok(device) = get(kernel, device) {
        match device.stays_awake.get().checked_sub(1) {
            Some(left) => device.stays_awake.set(left),
            None => kernel.violate(
                Rule::Unpaired,
                "WdfDeviceResumeIdle without WdfDeviceStopIdle".to_owned(),
            ),
        }
    }
}

fn WdfDeviceResumeIdleActual(
    kernel: &Kernel,
    device: WDFDEVICE,
    _tag: PVOID,
    _line: LONG,
    _file: PCCH,
) {
    WdfDeviceResumeIdleNoTrack(kernel, device);
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

/// The framework removes a device that failed; the host reports it, for nothing in a virtual device fails by itself.
fn WdfDeviceSetFailed(kernel: &Kernel, device: WDFDEVICE, _action: WDF_DEVICE_FAILED_ACTION) {
    if let Ok(device) = get(kernel, device) {
        device.failed.set(true);
        let weak = Rc::downgrade(device.object());
        kernel.pnp_later(move |kernel| {
            if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
                surprise_remove(kernel, &device);
            }
        });
    }
}

fn WdfDeviceSetStaticStopRemove(kernel: &Kernel, device: WDFDEVICE, _stoppable: BOOLEAN) {
    let _ = get(kernel, device);
}

fn WdfDeviceSetSpecialFileSupport(
    kernel: &Kernel,
    device: WDFDEVICE,
    _kind: WDF_SPECIAL_FILE_TYPE,
    _supported: BOOLEAN,
) {
    let _ = get(kernel, device);
}

fn WdfDeviceSetAlignmentRequirement(kernel: &Kernel, device: WDFDEVICE, _alignment: ULONG) {
    let _ = get(kernel, device);
}

fn WdfDeviceGetAlignmentRequirement(kernel: &Kernel, device: WDFDEVICE) -> ULONG {
    let _ = get(kernel, device);
    0
}

fn WdfDeviceSetCharacteristics(kernel: &Kernel, device: WDFDEVICE, _characteristics: ULONG) {
    let _ = get(kernel, device);
}

fn WdfDeviceSetDeviceState(kernel: &Kernel, device: WDFDEVICE, _state: PWDF_DEVICE_STATE) {
    let _ = get(kernel, device);
}

fn WdfDeviceSetBusInformationForChildren(
    kernel: &Kernel,
    device: WDFDEVICE,
    _information: PPNP_BUS_INFORMATION,
) {
    let _ = get(kernel, device);
}

fn WdfControlFinishInitializing(kernel: &Kernel, device: WDFDEVICE) {
    if let Ok(device) = get(kernel, device) {
        device.power.set(Power::D0);
    }
}

fn WdfDeviceGetDefaultQueue(kernel: &Kernel, device: WDFDEVICE) -> WDFQUEUE {
    get(kernel, device).map_or(std::ptr::null_mut(), |device| {
        device.default_queue.borrow().as_ref().map_or(std::ptr::null_mut(), |queue| queue.as_ptr())
    })
}

/// Requests of these kinds go to that queue; in a machine clients send device-control requests only, which the default queue gets.
fn WdfDeviceConfigureRequestDispatching(
    kernel: &Kernel,
    device: WDFDEVICE,
    queue: WDFQUEUE,
    _kind: WDF_REQUEST_TYPE,
) -> NTSTATUS {
    status(get(kernel, device).and_then(|device| {
        let queue = kernel.objects.get::<Queue>(kernel, queue as usize)?;
        let mut default = device.default_queue.borrow_mut();
        if default.is_none() {
            *default = Some(queue.object().clone());
        }
        Ok(())
    }))
}

entries! {
    /// Devices.
    entries:
    WdfDeviceCreate: PASSIVE, fallible;
    WdfDeviceWdmGetDeviceObject: DISPATCH;
    WdfDeviceWdmGetPhysicalDevice: DISPATCH;
    WdfDeviceWdmGetAttachedDevice: DISPATCH;
    WdfWdmDeviceGetWdfDeviceHandle: DISPATCH;
    WdfDeviceGetDriver: DISPATCH;
    WdfDeviceSetPnpCapabilities: DISPATCH;
    WdfDeviceSetPowerCapabilities: DISPATCH;
    WdfDeviceAssignS0IdleSettings: PASSIVE, fallible;
    WdfDeviceAssignSxWakeSettings: PASSIVE, fallible;
    WdfDeviceStopIdleNoTrack: DISPATCH, fallible;
    WdfDeviceStopIdleActual: DISPATCH, fallible;
    WdfDeviceResumeIdleNoTrack: DISPATCH;
    WdfDeviceResumeIdleActual: DISPATCH;
    WdfDeviceGetSystemPowerAction: DISPATCH;
    WdfDeviceGetDevicePnpState: DISPATCH;
    WdfDeviceGetDevicePowerState: DISPATCH;
    WdfDeviceSetFailed: DISPATCH;
    WdfDeviceSetStaticStopRemove: DISPATCH;
    WdfDeviceSetSpecialFileSupport: DISPATCH;
    WdfDeviceSetAlignmentRequirement: DISPATCH;
    WdfDeviceGetAlignmentRequirement: DISPATCH;
    WdfDeviceSetCharacteristics: DISPATCH;
    WdfDeviceSetDeviceState: DISPATCH;
    WdfDeviceSetBusInformationForChildren: DISPATCH;
    WdfControlFinishInitializing: DISPATCH;
    WdfDeviceGetDefaultQueue: DISPATCH;
    WdfDeviceConfigureRequestDispatching: PASSIVE;
}
