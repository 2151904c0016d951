//! ACX's part of a device's PnP and power states. Order: Microsoft's page acx-power-management, and
//! those of the callbacks.

use std::rc::Rc;

use acx_sys::*;

use crate::acx::callback;
use crate::acx::chain;
use crate::acx::circuit::{Circuit, Circuits, Leaving};
use crate::acx::factory::{self, Factories, Factory};
use crate::acx::manager;
use crate::acx::stream::{self, Stream};
use crate::wdf::extension::PowerClient;

use crate::kernel::Kernel;
use crate::kernel::call::invoke;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};

/// The circuits of a device, in the order they were added.
fn circuits(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Circuit>> {
    let all = kernel.part::<Circuits>().all.borrow();
    all.iter()
        .filter_map(|object| Ref::<Circuit>::of(object.clone()))
        .filter(|circuit| circuit.device == device.handle())
        .collect()
}

/// EvtAcxCircuitPrepareHardware, right after the device's.
fn prepare(kernel: &Kernel, device: &Rc<Object>) {
    for circuit in circuits(kernel, device) {
        if let Some(prepare) = circuit.callbacks.and_then(|c| c.EvtAcxCircuitPrepareHardware) {
            let none = std::ptr::null_mut();
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), none, none);
            let name = &callback::EvtAcxCircuitPrepareHardware;
            if !NT_SUCCESS(invoke(kernel, name, circuit.handle(), prepare, arguments)) {
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
            invoke(kernel, name, factory.handle(), prepare, arguments);
        }
    }
}

/// EvtAcxCircuitPowerUp, after EvtDeviceD0Entry; then streams go back to where they were.
fn up(kernel: &Kernel, device: &Rc<Object>, previous: WDF_POWER_DEVICE_STATE) {
    for circuit in circuits(kernel, device) {
        if let Some(up) = circuit.callbacks.and_then(|callbacks| callbacks.EvtAcxCircuitPowerUp) {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), previous);
            let answer =
                invoke(kernel, &callback::EvtAcxCircuitPowerUp, circuit.handle(), up, arguments);
            if !NT_SUCCESS(answer) {
                circuit.usable.set(false);
            }
        }
    }
    for factory in factories(kernel, device) {
        if let Some(up) = factory.power.and_then(|own| own.EvtAcxFactoryCircuitPowerUp) {
            let arguments = (device.as_ptr(), factory.object().as_ptr(), previous);
            invoke(kernel, &callback::EvtAcxFactoryCircuitPowerUp, factory.handle(), up, arguments);
        }
    }
    for stream in streams(kernel, device) {
        let _turn = chain::gate(kernel, &stream).pass(kernel);
        if stream.object().is_alive() {
            chain::power_restore(kernel, &stream);
        }
    }
    manager::look_again(kernel);
}

/// The factories of a device.
fn factories(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Factory>> {
    let all = kernel.part::<Factories>().all.borrow();
    let all = all.iter().filter_map(|object| Ref::<Factory>::of(object.clone()));
    all.filter(|factory| factory.device == device.handle()).collect()
}

/// The streams of clients that go through a circuit of the device.
fn streams(kernel: &Kernel, device: &Rc<Object>) -> Vec<Ref<Stream>> {
    let all = kernel.part::<Circuits>().all.borrow();
    let circuits = all.iter().filter_map(|object| Ref::<Circuit>::of(object.clone()));
    let through = |stream: &Ref<Stream>| {
        chain::streams(stream).iter().any(|part| part.device.handle() == device.handle())
    };
    circuits
        .flat_map(|circuit| stream::of_circuit(&circuit))
        .filter(|stream| stream.pin.is_streaming() && through(stream))
        .collect()
}

/// Streams are paused, then EvtAcxCircuitPowerDown, before EvtDeviceD0Exit. On the way out for
/// good, streams release their hardware.
fn down(kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
    let is_final = target == _WDF_POWER_DEVICE_STATE::WdfPowerDeviceD3Final;
    for stream in streams(kernel, device) {
        let _turn = chain::gate(kernel, &stream).pass(kernel);
        // Its client may have closed it meanwhile.
        if stream.object().is_alive() {
            chain::power_pause(kernel, &stream, is_final);
        }
    }
    for factory in factories(kernel, device) {
        if let Some(down) = factory.power.and_then(|own| own.EvtAcxFactoryCircuitPowerDown) {
            let arguments = (device.as_ptr(), factory.object().as_ptr(), target);
            invoke(
                kernel,
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
            invoke(kernel, &callback::EvtAcxCircuitPowerDown, circuit.handle(), down, arguments);
        }
    }
}

/// EvtAcxCircuitReleaseHardware, just before the device's. Streams of a device that was in a low
/// power state have only been paused.
fn release(kernel: &Kernel, device: &Rc<Object>) {
    for stream in streams(kernel, device) {
        chain::power_pause(kernel, &stream, true);
    }
    for circuit in circuits(kernel, device) {
        if let Some(release) = circuit.callbacks.and_then(|c| c.EvtAcxCircuitReleaseHardware) {
            let arguments = (device.as_ptr(), circuit.object().as_ptr(), std::ptr::null_mut());
            invoke(
                kernel,
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
            invoke(kernel, name, factory.handle(), release, arguments);
        }
    }
}

/// Whether query-stop and query-remove are refused, because a stream of the device or of a child is
/// in RUN.
pub(crate) fn is_streaming(kernel: &Kernel, device: &Rc<Object>) -> bool {
    let children = crate::wdf::device::children(device);
    streams(kernel, device).iter().any(Ref::is_running)
        || children.iter().any(|child| is_streaming(kernel, child))
}

/// Whether a client has a stream open.
pub(crate) fn has_streams(kernel: &Kernel, device: &Rc<Object>) -> bool {
    !streams(kernel, device).is_empty()
}

/// ACX's hooks for KMDF's PnP and power states.
pub(crate) struct Client;

impl PowerClient for Client {
    fn prepare_hardware(&self, kernel: &Kernel, device: &Rc<Object>) {
        prepare(kernel, device);
    }

    fn power_up(&self, kernel: &Kernel, device: &Rc<Object>, previous: WDF_POWER_DEVICE_STATE) {
        up(kernel, device, previous);
    }

    fn power_down(&self, kernel: &Kernel, device: &Rc<Object>, target: WDF_POWER_DEVICE_STATE) {
        down(kernel, device, target);
    }

    fn release_hardware(&self, kernel: &Kernel, device: &Rc<Object>) {
        release(kernel, device);
    }

    fn while_quiet(&self, kernel: &Kernel, device: &Rc<Object>, work: &mut dyn FnMut()) {
        let circuits = circuits(kernel, device);
        let _turns: Vec<_> = circuits.iter().map(|circuit| circuit.gate.pass(kernel)).collect();
        work();
    }

    fn is_in_use(&self, kernel: &Kernel, device: &Rc<Object>) -> bool {
        has_streams(kernel, device)
    }

    /// Circuits that the driver has not removed leave their endpoints now, even if a client still
    /// has a stream: the documentation does not require the driver to remove them.
    fn removed(&self, kernel: &Kernel, device: &Rc<Object>) {
        for circuit in circuits(kernel, device) {
            let _ = manager::remove_circuit(kernel, circuit.handle(), Leaving::Detached);
        }
        factory::forget_device(kernel, device.handle());
    }

    fn is_done(&self, kernel: &Kernel, device: &Rc<Object>) -> bool {
        object::live_bodies::<Stream>(kernel, device.handle()) == 0
    }
}
