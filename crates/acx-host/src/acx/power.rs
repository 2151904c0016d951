//! ACX's part of a device's PnP and power states. Order: the fact collection's `acx/semantics.md`, section 1.

use std::rc::Rc;

use acx_sys::*;

use crate::acx::circuit::Circuit;
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;
use crate::wdf::device::{Device, Power};

/// The circuits of a device, in the order they were added.
fn circuits(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Circuit>> {
    let all = kernel.acx.circuits.borrow();
    all.iter()
        .filter_map(|object| Ref::<Circuit>::of(object.clone()))
        .filter(|circuit| circuit.device == device.handle())
        .collect()
}

/// EvtAcxCircuitPrepareHardware, right after the device's.
pub(crate) fn prepare(kernel: &Kernel, device: &Rc<Object>) {
    for circuit in circuits(kernel, device) {
        if let Some(prepare) = circuit.callbacks.and_then(|c| c.EvtAcxCircuitPrepareHardware) {
            let none = std::ptr::null_mut();
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), none, none);
            let name = "EvtAcxCircuitPrepareHardware";
            if !NT_SUCCESS(kernel.invoke(name, circuit.handle(), prepare, arguments)) {
                circuit.usable.set(false);
            }
        }
    }
}

/// EvtAcxCircuitPowerUp, after EvtDeviceD0Entry; then streams go back to where they were.
pub(crate) fn up(kernel: &Kernel, device: &Rc<Object>, previous: WDF_POWER_DEVICE_STATE) {
    for circuit in circuits(kernel, device) {
        if let Some(up) = circuit.callbacks.and_then(|callbacks| callbacks.EvtAcxCircuitPowerUp) {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), previous);
            let answer = kernel.invoke("EvtAcxCircuitPowerUp", circuit.handle(), up, arguments);
            if !NT_SUCCESS(answer) {
                circuit.usable.set(false);
                continue;
            }
        }
        for stream in circuit.streams() {
            stream.power_restore(kernel);
        }
    }
}

/// Streams are paused, then EvtAcxCircuitPowerDown, before EvtDeviceD0Exit. On the way out for good, streams release their hardware.
pub(crate) fn down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let is_final = target == _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final;
    for circuit in circuits(kernel, device) {
        for stream in circuit.streams() {
            stream.power_pause(kernel, is_final);
        }
        if let Some(down) = circuit.callbacks.and_then(|callbacks| callbacks.EvtAcxCircuitPowerDown)
        {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), target);
            kernel.invoke("EvtAcxCircuitPowerDown", circuit.handle(), down, arguments);
        }
    }
}

/// EvtAcxCircuitReleaseHardware, just before the device's.
pub(crate) fn release(kernel: &Kernel, device: &Rc<Object>) {
    for circuit in circuits(kernel, device) {
        if let Some(release) = circuit.callbacks.and_then(|c| c.EvtAcxCircuitReleaseHardware) {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), std::ptr::null_mut());
            kernel.invoke("EvtAcxCircuitReleaseHardware", circuit.handle(), release, arguments);
        }
    }
}

/// Whether query-stop and query-remove are refused: a stream is in RUN.
pub(crate) fn is_streaming(kernel: &Kernel, device: &Rc<Object>) -> bool {
    let running = |stream: &Ref<super::stream::Stream>| stream.is_running();
    circuits(kernel, device).iter().any(|circuit| circuit.streams().iter().any(running))
}

/// A removed device goes when the last client has closed its handles.
pub(crate) fn delete_when_closed(kernel: &Kernel, device: &Rc<Object>) {
    let Some(state) = Ref::<Device>::of(device.clone()) else { return };
    if state.power() != Power::Removed || !device.is_alive() {
        return;
    }
    for circuit in circuits(kernel, device) {
        let what = format!("circuit {} was not removed in EvtDeviceReleaseHardware", circuit.name);
        kernel.violate(Rule::Contract, what);
        let _ = super::circuit::remove(kernel, circuit.handle());
    }
    if kernel.objects.live_bodies::<super::stream::Stream>(device.handle()) == 0 {
        kernel.objects.delete(kernel, device);
    }
}
