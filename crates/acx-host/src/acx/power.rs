//! ACX's part of a device's PnP and power states. Order: the fact collection's `acx/semantics.md`, section 1.

use std::rc::Rc;

use acx_sys::*;

use crate::acx::callback;
use crate::acx::circuit::Circuit;
use crate::acx::factory::Factory;
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;
use crate::wdf::device::{Device, Power};

/// The circuits of a device, in the order they were added.
pub(crate) fn circuits(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Circuit>> {
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
            let name = &callback::EvtAcxCircuitPrepareHardware;
            if !NT_SUCCESS(kernel.invoke(name, circuit.handle(), prepare, arguments)) {
                circuit.usable.set(false);
            }
        }
    }
    for factory in factories(kernel, device) {
        if let Some(prepare) = factory.power.and_then(|own| own.EvtAcxFactoryCircuitPrepareHardware)
        {
            let none = std::ptr::null_mut();
            let arguments = (device.as_ptr(), factory.object().as_ptr(), none, none);
            let name = &callback::EvtAcxFactoryCircuitPrepareHardware;
            kernel.invoke(name, factory.handle(), prepare, arguments);
        }
    }
}

/// EvtAcxCircuitPowerUp, after EvtDeviceD0Entry; then streams go back to where they were.
pub(crate) fn up(kernel: &Kernel, device: &Rc<Object>, previous: WDF_POWER_DEVICE_STATE) {
    for circuit in circuits(kernel, device) {
        if let Some(up) = circuit.callbacks.and_then(|callbacks| callbacks.EvtAcxCircuitPowerUp) {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), previous);
            let answer =
                kernel.invoke(&callback::EvtAcxCircuitPowerUp, circuit.handle(), up, arguments);
            if !NT_SUCCESS(answer) {
                circuit.usable.set(false);
            }
        }
    }
    for factory in factories(kernel, device) {
        if let Some(up) = factory.power.and_then(|own| own.EvtAcxFactoryCircuitPowerUp) {
            let arguments = (device.as_ptr(), factory.object().as_ptr(), previous);
            kernel.invoke(&callback::EvtAcxFactoryCircuitPowerUp, factory.handle(), up, arguments);
        }
    }
    for stream in streams(kernel, device) {
        let _turn = stream.gate(kernel).pass(kernel);
        if stream.object().is_alive() {
            stream.power_restore(kernel);
        }
    }
    super::manager::look_again(kernel);
}

/// The factories of a device.
fn factories(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Factory>> {
    let all = kernel.acx.factories.borrow();
    let all = all.iter().filter_map(|object| Ref::<Factory>::of(object.clone()));
    all.filter(|factory| factory.device == device.handle()).collect()
}

/// The streams of clients that go through a circuit of the device.
fn streams(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Stream>> {
    let all = kernel.acx.circuits.borrow();
    let circuits = all.iter().filter_map(|object| Ref::<Circuit>::of(object.clone()));
    let through = |stream: &Ref<Stream>| {
        stream.chain().iter().any(|part| part.device.handle() == device.handle())
    };
    circuits
        .flat_map(|circuit| circuit.streams())
        .filter(|stream| stream.pin.is_streaming() && through(stream))
        .collect()
}

/// Streams are paused, then EvtAcxCircuitPowerDown, before EvtDeviceD0Exit. On the way out for good, streams release their hardware.
pub(crate) fn down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let is_final = target == _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final;
    for stream in streams(kernel, device) {
        let _turn = stream.gate(kernel).pass(kernel);
        // Its client may have closed it meanwhile.
        if stream.object().is_alive() {
            stream.power_pause(kernel, is_final);
        }
    }
    for factory in factories(kernel, device) {
        if let Some(down) = factory.power.and_then(|own| own.EvtAcxFactoryCircuitPowerDown) {
            let arguments = (device.as_ptr(), factory.object().as_ptr(), target);
            kernel.invoke(
                &callback::EvtAcxFactoryCircuitPowerDown,
                factory.handle(),
                down,
                arguments,
            );
        }
    }
    for circuit in circuits(kernel, device) {
        if let Some(down) = circuit.callbacks.and_then(|callbacks| callbacks.EvtAcxCircuitPowerDown)
        {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), target);
            kernel.invoke(&callback::EvtAcxCircuitPowerDown, circuit.handle(), down, arguments);
        }
    }
}

/// EvtAcxCircuitReleaseHardware, just before the device's. Streams of a device that was in a low power state have only been paused.
pub(crate) fn release(kernel: &Kernel, device: &Rc<Object>) {
    for stream in streams(kernel, device) {
        stream.power_pause(kernel, true);
    }
    for circuit in circuits(kernel, device) {
        if let Some(release) = circuit.callbacks.and_then(|c| c.EvtAcxCircuitReleaseHardware) {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), std::ptr::null_mut());
            kernel.invoke(
                &callback::EvtAcxCircuitReleaseHardware,
                circuit.handle(),
                release,
                arguments,
            );
        }
    }
    for factory in factories(kernel, device) {
        if let Some(release) = factory.power.and_then(|own| own.EvtAcxFactoryCircuitReleaseHardware)
        {
            let arguments = (device.as_ptr(), factory.object().as_ptr(), std::ptr::null_mut());
            let name = &callback::EvtAcxFactoryCircuitReleaseHardware;
            kernel.invoke(name, factory.handle(), release, arguments);
        }
    }
}

/// Whether query-stop and query-remove are refused: a stream of the device, or of a child that would go with it, is in RUN.
pub(crate) fn is_streaming(kernel: &Kernel, device: &Rc<Object>) -> bool {
    let children = crate::wdf::device::children(device);
    streams(kernel, device).iter().any(Ref::is_running)
        || children.iter().any(|child| is_streaming(kernel, child))
}

/// Whether a client has a stream open.
pub(crate) fn has_streams(kernel: &Kernel, device: &Rc<Object>) -> bool {
    !streams(kernel, device).is_empty()
}

/// A removed device goes when the last client has closed its handles, and none is in a call.
pub(crate) fn delete_when_closed(kernel: &Kernel, device: &Rc<Object>) {
    let Some(state) = Ref::<Device>::of(device.clone()) else { return };
    if state.power() != Power::Removed || state.calls.get() > 0 || !device.is_alive() {
        return;
    }
    for circuit in circuits(kernel, device) {
        let what = format!("circuit {} was not removed in EvtDeviceReleaseHardware", circuit.name);
        kernel.violate(Rule::Unpaired, what);
        let _ = super::circuit::remove(kernel, circuit.handle());
    }
    if kernel.objects.live_bodies::<Stream>(device.handle()) == 0 {
        kernel.objects.delete(kernel, device);
    }
}
