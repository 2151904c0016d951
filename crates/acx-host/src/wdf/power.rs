//! The power states of devices, and power policy. Order of callbacks: KMDF's documented sequences
//! ("Power-Up Sequence for a Function or Filter Driver", "Power-Down and Removal Sequence for a
//! Function or Filter Driver") and its public source, powerstatemachine.cpp, with those of class
//! extensions between them.

use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::read;
use crate::kernel::call::invoke;
use crate::kernel::callback::Callback;
use crate::kernel::function::entries;
use crate::kernel::gate;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{Device, Devices, Idle, Power, SelfManagedIo, body, over};
use crate::wdf::extension;
use crate::wdf::init::DeviceKind;

/// KMDF's default timeout.
const IDLE_DEFAULT: u32 = 5000;

/// The target state of a power-down that ends with the hardware's release.
pub(super) const FINAL: WDF_POWER_DEVICE_STATE = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final;

/// Calls a callback that returns a status; success without a callback.
pub(super) fn ask(
    kernel: &Kernel,
    device: &Rc<Object>,
    name: &'static Callback,
    callback: Option<unsafe extern "C" fn(WDFDEVICE) -> NTSTATUS>,
) -> Result<(), NTSTATUS> {
    let Some(callback) = callback else { return Ok(()) };
    let answer = invoke(kernel, name, device.handle(), callback, (device.as_ptr(),));
    if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
}

type WithState = unsafe extern "C" fn(WDFDEVICE, WDF_POWER_DEVICE_STATE) -> NTSTATUS;

/// Like [`ask`], for callbacks that are passed the state that the device comes from or goes to.
fn ask_with(
    kernel: &Kernel,
    device: &Rc<Object>,
    name: &'static Callback,
    callback: Option<WithState>,
    state: WDF_POWER_DEVICE_STATE,
) -> Result<(), NTSTATUS> {
    let Some(callback) = callback else { return Ok(()) };
    let answer = invoke(kernel, name, device.handle(), callback, (device.as_ptr(), state));
    if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
}

/// D0 entry, class extensions, queues, self-managed I/O. If a step fails, the completed steps are
/// undone, and the device is powered down.
pub(super) fn power_up(
    kernel: &Kernel,
    device: &Rc<Object>,
    previous: WDF_POWER_DEVICE_STATE,
) -> Result<(), NTSTATUS> {
    let state = body(device);
    let calls = &state.callbacks;
    ask_with(kernel, device, &callback::EvtDeviceD0Entry, calls.EvtDeviceD0Entry, previous)?;
    let late = calls.EvtDeviceD0EntryPostInterruptsEnabled;
    let name = &callback::EvtDeviceD0EntryPostInterruptsEnabled;
    if let Err(status) = ask_with(kernel, device, name, late, previous) {
        let exit = calls.EvtDeviceD0Exit;
        let _ = ask_with(kernel, device, &callback::EvtDeviceD0Exit, exit, FINAL);
        return Err(status);
    }
    extension::while_quiet(kernel, device, || {
        state.power.set(Power::D0);
        state.idled.set(false);
        for client in extension::clients(kernel) {
            client.power_up(kernel, device, previous);
        }
        state.settled.set(true);
    });
    // A copy, since callbacks may change the list.
    let queues = state.queues.borrow().clone();
    for (queue, managed) in queues {
        managed.start(kernel, &queue);
    }
    resume_io(kernel, device).inspect_err(|_| {
        let _ = leave_d0(kernel, device, FINAL);
    })
}

/// EvtDeviceSelfManagedIoInit, once; EvtDeviceSelfManagedIoRestart after a suspension. Source:
/// selfmanagediostatemachine.cpp.
fn resume_io(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    let calls = &state.callbacks;
    let answer = match state.io.get() {
        SelfManagedIo::Created => {
            let init = calls.EvtDeviceSelfManagedIoInit;
            ask(kernel, device, &callback::EvtDeviceSelfManagedIoInit, init)
        }
        SelfManagedIo::Suspended => {
            let restart = calls.EvtDeviceSelfManagedIoRestart;
            ask(kernel, device, &callback::EvtDeviceSelfManagedIoRestart, restart)
        }
        SelfManagedIo::Started | SelfManagedIo::Failed | SelfManagedIo::Flushed => return Ok(()),
    };
    let next = if answer.is_ok() { SelfManagedIo::Started } else { SelfManagedIo::Failed };
    state.io.set(next);
    answer
}

/// EvtDeviceSelfManagedIoSuspend, of I/O that was started.
fn suspend_io(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    if state.io.get() != SelfManagedIo::Started {
        return Ok(());
    }
    let suspend = state.callbacks.EvtDeviceSelfManagedIoSuspend;
    let answer = ask(kernel, device, &callback::EvtDeviceSelfManagedIoSuspend, suspend);
    let next = if answer.is_ok() { SelfManagedIo::Suspended } else { SelfManagedIo::Failed };
    state.io.set(next);
    answer
}

/// Streams, circuits, D0 exit. A parent is powered down after its children. A device whose driver
/// fails a step is powered down all the same, and has then failed.
pub(crate) fn power_down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let state = body(device);
    if state.power.get() != Power::D0 {
        return;
    }
    state.target.set(target);
    if let Some(alarm) = state.alarm.take() {
        kernel.cancel(alarm);
    }
    for child in over(kernel, device) {
        power_down(kernel, &child, target);
    }
    state.is_leaving.set(true);
    let suspended = suspend_io(kernel, device);
    let left = leave_d0(kernel, device, target);
    state.is_leaving.set(false);
    if suspended.and(left).is_err() && target != FINAL {
        fail(kernel, device);
    }
}

/// Another driver of the stack sends the device to D3. The framework of a driver that owns the
/// power policy has not requested that, so there are two owners. Source: KMDF's public source,
/// DispatchDeviceSetPower of function devices.
pub(crate) fn foreign_power_down(kernel: &Kernel, device: &Rc<Object>) {
    if body(device).owns_power_policy {
        let what = "two drivers of a stack own its power policy: another one sent the device to \
                    D3 (bug check 0x10d (0xd, device object, IRP))";
        kernel.violate(Rule::WdfViolation, what.to_owned());
    }
    power_down(kernel, device, _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3);
}

/// Queues, class extensions and D0 exit.
fn leave_d0(
    kernel: &Kernel,
    device: &Rc<Object>,
    target: WDF_POWER_DEVICE_STATE,
) -> Result<(), NTSTATUS> {
    let state = body(device);
    // A copy, since callbacks may change the list.
    let queues = state.queues.borrow().clone();
    for (queue, managed) in queues {
        managed.stop(kernel, &queue);
    }
    // A transition in progress ends first.
    extension::while_quiet(kernel, device, || {
        state.settled.set(false);
        for client in extension::clients(kernel) {
            client.power_down(kernel, device, target);
        }
        state.power.set(Power::D3);
    });
    let calls = &state.callbacks;
    let early = calls.EvtDeviceD0ExitPreInterruptsDisabled;
    let name = &callback::EvtDeviceD0ExitPreInterruptsDisabled;
    let first = ask_with(kernel, device, name, early, target);
    let exit = calls.EvtDeviceD0Exit;
    first.and(ask_with(kernel, device, &callback::EvtDeviceD0Exit, exit, target))
}

/// The device has failed in a change of its power state: PnP removes it.
fn fail(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    state.policy_started.set(false);
    state.has_failed.set(true);
    if let Some(failed) = kernel.part::<Devices>().failed.get() {
        failed(kernel, device);
    }
}

/// Powers up the device and the children that were powered down with it. One that does not power up
/// has failed. One that failed before counts as removed: its driver is not called.
pub(crate) fn power_back(kernel: &Kernel, device: &Rc<Object>) -> Result<(), NTSTATUS> {
    let state = body(device);
    if state.has_failed.get() || state.power() == Power::Removed {
        return Err(STATUS_DEVICE_REMOVED);
    }
    let from = state.target.get();
    power_up(kernel, device, from).inspect_err(|_| fail(kernel, device))?;
    for child in over(kernel, device) {
        if body(&child).power() == Power::D3 {
            power_back(kernel, &child)?;
        }
    }
    touch(kernel, device);
    Ok(())
}

/// The device is used, for example by a power-managed queue: it is in D0, and its idle timeout
/// starts again.
pub(crate) fn touch(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if state.idled.get() {
        let _turn = gate::pnp(kernel);
        // Another client may have been first. One that does not power up is removed.
        if state.idled.get() {
            let _ = power_back(kernel, device);
        }
    }
    restart_idle_time(kernel, device);
}

/// Restarts the idle timeout of a device in D0.
pub(crate) fn restart_idle_time(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    if let Some(alarm) = state.alarm.take() {
        kernel.cancel(alarm);
    }
    let Some(idle) = state.idle.get().filter(|idle| idle.enabled) else { return };
    if state.power() != Power::D0 {
        return;
    }
    let weak = Rc::downgrade(device);
    let due = kernel.qpc() + kernel.ticks_of(u64::from(idle.milliseconds) * 10_000);
    let expiry = Rc::new(move |kernel: &Kernel| {
        let weak = weak.clone();
        gate::queue_pnp(kernel, move |kernel| {
            if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
                idle_out(kernel, &device);
            }
        });
    });
    state.alarm.set(Some(kernel.schedule(due, expiry)));
}

/// The idle timeout has expired: powers the device down unless it is in use.
fn idle_out(kernel: &Kernel, device: &Rc<Object>) {
    let state = body(device);
    let awake = |child: &Rc<Object>| body(child).power() == Power::D0;
    let in_use = state.power() != Power::D0
        || state.stays_awake.get() > 0
        || state.children.borrow().iter().any(awake)
        || state
            .queues
            .borrow()
            .iter()
            .any(|(queue, managed)| managed.is_power_managed(queue) && managed.is_busy(queue))
        || extension::clients(kernel).iter().any(|client| client.is_in_use(kernel, device));
    if in_use {
        restart_idle_time(kernel, device);
        return;
    }
    let target = state.idle.get().map_or(_WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3, |idle| {
        // WDF_POWER_DEVICE_STATE and DEVICE_POWER_STATE have the same numbers.
        idle.state
    });
    power_down(kernel, device, target);
    if state.power() != Power::D3 {
        return;
    }
    state.idled.set(true);
    if state.stays_awake.get() > 0 {
        // D0 was requested during the power-down.
        wake_soon(kernel, device);
    }
    if let DeviceKind::Child(parent) = state.kind
        && let Some(parent) = object::get_alive::<Device>(kernel, parent)
    {
        touch(kernel, parent.object());
    }
}

/// Wakes a sleeping device on a system thread.
fn wake_soon(kernel: &Kernel, device: &Rc<Object>) {
    let weak = Rc::downgrade(device);
    gate::queue_pnp(kernel, move |kernel| {
        if let Some(device) = weak.upgrade().filter(|device| device.is_alive()) {
            touch(kernel, &device);
        }
    });
}

/// The system leaves S0: every device is powered down, children first; those that were in D0 are
/// recorded. An idle sleeping device stays asleep. Source: powerstatemachine.cpp,
/// `GetTargetDevicePowerStateFromPendingDevicePowerDownIrp`.
pub(crate) fn system_down(kernel: &Kernel, action: POWER_ACTION::Type) {
    let target = match action {
        POWER_ACTION::PowerActionShutdown => FINAL,
        _ => _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3,
    };
    // A copy, since callbacks may change the list.
    let devices = kernel.part::<Devices>().all.borrow().clone();
    for device in &devices {
        let state = body(device);
        state.slept.set(state.kind != DeviceKind::Control && state.power() == Power::D0);
        state.system_action.set(action);
    }
    for device in devices.iter().filter(|device| body(device).kind == DeviceKind::Function) {
        power_down(kernel, device, target);
    }
}

/// The system is in S0 again: the recorded devices are powered up, parents first. Until then their
/// drivers are told why the system left it. Source: WdfDeviceGetSystemPowerAction.
pub(crate) fn system_up(kernel: &Kernel) -> Result<(), NTSTATUS> {
    // A copy, since callbacks may change the list.
    let devices = kernel.part::<Devices>().all.borrow().clone();
    let mut answer = Ok(());
    for device in devices {
        let state = body(&device);
        if state.slept.replace(false) && state.power() == Power::D3 {
            answer = answer.and(power_back(kernel, &device));
        }
        state.system_action.set(POWER_ACTION::PowerActionNone);
    }
    answer
}

fn get(kernel: &Kernel, device: WDFDEVICE) -> Result<Ref<Device>, NTSTATUS> {
    object::get::<Device>(kernel, device as usize)
}

/// WdfUseDefault is 2, WdfTrue 1.
fn tri(value: WDF_TRI_STATE, default: bool) -> bool {
    match value {
        _WDF_TRI_STATE::WdfTrue => true,
        _WDF_TRI_STATE::WdfFalse => false,
        _ => default,
    }
}

/// Whether the fields of idle settings are in their ranges. Source: fxdeviceapi.cpp,
/// WdfDeviceAssignS0IdleSettings.
fn are_in_range(settings: &WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, size: u32) -> bool {
    use _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE as T;
    use _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES as C;
    use _WDF_POWER_POLICY_S0_IDLE_USER_CONTROL as U;
    let is_tri = |value: WDF_TRI_STATE| {
        (_WDF_TRI_STATE::WdfFalse..=_WDF_TRI_STATE::WdfUseDefault).contains(&value)
    };
    let cannot_wake = settings.IdleCaps == C::IdleCannotWakeFromS0;
    (_DEVICE_POWER_STATE::PowerDeviceD1..=_DEVICE_POWER_STATE::PowerDeviceMaximum)
        .contains(&settings.DxState)
        && (C::IdleCannotWakeFromS0..=C::IdleUsbSelectiveSuspend).contains(&settings.IdleCaps)
        && (U::IdleDoNotAllowUserControl..=U::IdleAllowUserControl)
            .contains(&settings.UserControlOfIdleSettings)
        && is_tri(settings.Enabled)
        && (size <= SETTINGS_V1_7
            || is_tri(settings.PowerUpIdleDeviceOnSystemWake)
                && (cannot_wake
                    || settings.PowerUpIdleDeviceOnSystemWake == _WDF_TRI_STATE::WdfUseDefault))
        && (size <= SETTINGS_V1_9
            || settings.IdleTimeoutType <= T::SystemManagedIdleTimeoutWithHint)
}

/// The default owner of the idle timeout.
const DRIVER_MANAGED: WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE =
    _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE::DriverManagedIdleTimeout;

/// Sizes of the idle settings in older versions of KMDF.
const SETTINGS_V1_7: u32 = 24;
const SETTINGS_V1_9: u32 = 28;

/// Source: WdfDeviceAssignS0IdleSettings: only the owner of the power policy, with a D-state below
/// D0.
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
    if !device.owns_power_policy {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    let size = size_of::<WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS>() as u32;
    if ![size, SETTINGS_V1_9, SETTINGS_V1_7].contains(&settings.Size) {
        kernel.violate(
            Rule::Uninitialized,
            "WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS was not initialized".to_owned(),
        );
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    if !are_in_range(&settings, settings.Size) {
        kernel.violate(Rule::BadArgument, "idle settings out of range".to_owned());
        return STATUS_INVALID_PARAMETER;
    }
    // A root-enumerated device has no wake source.
    if settings.IdleCaps != _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCannotWakeFromS0 {
        return STATUS_POWER_STATE_INVALID;
    }
    let system_managed =
        settings.Size > SETTINGS_V1_9 && settings.IdleTimeoutType != DRIVER_MANAGED;
    let is_change = match device.idle.get() {
        Some(before) => before.system_managed != system_managed,
        // The first power-up fixes the owner of the timeout: the driver by default.
        None => system_managed && device.has_powered_up.get(),
    };
    if is_change {
        let what = "who manages the idle timeout was settled before".to_owned();
        kernel.violate(Rule::OutOfPlace, what);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    let milliseconds = if settings.IdleTimeout == 0 { IDLE_DEFAULT } else { settings.IdleTimeout };
    let lowest = _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3;
    // PowerDeviceD1 is 2 and WdfPowerDeviceD1 is 2; PowerDeviceMaximum stands for the lowest state.
    let state = (settings.DxState as WDF_POWER_DEVICE_STATE).min(lowest);
    let enabled = tri(settings.Enabled, true);
    device.idle.set(Some(Idle { enabled, milliseconds, state, system_managed }));
    restart_idle_time(kernel, device.object());
    STATUS_SUCCESS
}

/// Source: fxdeviceapi.cpp, WdfDeviceAssignSxWakeSettings. Nothing virtual can wake the system.
fn WdfDeviceAssignSxWakeSettings(
    kernel: &Kernel,
    device: WDFDEVICE,
    settings: PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS,
) -> NTSTATUS {
    use _WDF_POWER_POLICY_SX_WAKE_USER_CONTROL as U;
    let device = match get(kernel, device) {
        Ok(device) => device,
        Err(status) => return status,
    };
    let Some(settings) = read(settings) else { return STATUS_INVALID_PARAMETER };
    if !device.owns_power_policy {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    let size = size_of::<WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS>() as u32;
    // KMDF 1.5 did not have the last two members.
    if ![size, WAKE_SETTINGS_V1_5].contains(&settings.Size) {
        let what = "WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS was not initialized".to_owned();
        kernel.violate(Rule::Uninitialized, what);
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    let in_range = (_DEVICE_POWER_STATE::PowerDeviceD1..=_DEVICE_POWER_STATE::PowerDeviceMaximum)
        .contains(&settings.DxState)
        && (U::WakeDoNotAllowUserControl..=U::WakeAllowUserControl)
            .contains(&settings.UserControlOfWakeSettings)
        && (_WDF_TRI_STATE::WdfFalse..=_WDF_TRI_STATE::WdfUseDefault).contains(&settings.Enabled);
    if !in_range {
        kernel.violate(Rule::BadArgument, "wake settings out of range".to_owned());
        return STATUS_INVALID_PARAMETER;
    }
    STATUS_POWER_STATE_INVALID
}

const WAKE_SETTINGS_V1_5: u32 = 16;

/// Source: fxdeviceapi.cpp, StopIdleWorker; poweridlestatemachine.cpp.
fn WdfDeviceStopIdleNoTrack(kernel: &Kernel, device: WDFDEVICE, wait: BOOLEAN) -> NTSTATUS {
    let device = match get(kernel, device) {
        Ok(device) => device,
        Err(status) => return status,
    };
    if !device.owns_power_policy {
        return STATUS_INVALID_DEVICE_STATE;
    }
    if wait != 0 && kernel.irql() > 0 {
        let what = "WdfDeviceStopIdle waits above PASSIVE_LEVEL".to_owned();
        kernel.violate(Rule::WaitAtDispatch, what);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if !device.policy_started.get() {
        return STATUS_POWER_STATE_INVALID;
    }
    device.stays_awake.set(device.stays_awake.get() + 1);
    let is_up = || device.power() == Power::D0 && !device.is_leaving.get();
    if is_up() {
        return STATUS_SUCCESS;
    }
    if wait == 0 {
        if device.idled.get() {
            wake_soon(kernel, device.object());
        }
        return STATUS_PENDING;
    }
    if kernel.is_in_pnp() || kernel.is_inside(&callback::EvtIoStop) {
        let what = "WdfDeviceStopIdle waits for D0 in a callback that D0 waits for: a deadlock";
        kernel.violate(Rule::Deadlock, what.to_owned());
    } else {
        // A power-down in progress ends first.
        let _turn = gate::pnp(kernel);
        touch(kernel, device.object());
    }
    if is_up() {
        return STATUS_SUCCESS;
    }
    device.stays_awake.set(device.stays_awake.get().saturating_sub(1));
    STATUS_POWER_STATE_INVALID
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

/// The release of the last reference restarts the idle timeout.
fn WdfDeviceResumeIdleNoTrack(kernel: &Kernel, device: WDFDEVICE) {
    let Ok(device) = get(kernel, device) else { return };
    match device.stays_awake.get().checked_sub(1) {
        Some(left) => {
            device.stays_awake.set(left);
            if left == 0 {
                restart_idle_time(kernel, device.object());
            }
        }
        None => kernel
            .violate(Rule::Unpaired, "WdfDeviceResumeIdle without WdfDeviceStopIdle".to_owned()),
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

entries! {
    /// Power policy.
    entries:
    WdfDeviceAssignS0IdleSettings: DISPATCH, fallible;
    WdfDeviceAssignSxWakeSettings: DISPATCH, fallible;
    WdfDeviceStopIdleNoTrack: DISPATCH, fallible;
    WdfDeviceStopIdleActual: DISPATCH, fallible;
    WdfDeviceResumeIdleNoTrack: DISPATCH;
    WdfDeviceResumeIdleActual: DISPATCH;
}
