//! Circuits. Source: acxcircuit.h pages; shape: the fact collection's `acx/semantics.md`, section 2.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{self, entries, read, write};
use crate::acx::element::Element;
use crate::acx::event::Event;
use crate::acx::pin::Pin;
use crate::acx::request::Preprocess;
use crate::acx::sized;
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;
use crate::wdf::device::Device;
use crate::wdf::status;

/// What a driver describes before it creates a circuit.
#[derive(Default)]
pub(crate) struct CircuitInit {
    device: usize,
    component: Cell<Option<GUID>>,
    name: RefCell<Option<String>>,
    kind: Cell<ACX_CIRCUIT_TYPE>,
    callbacks: Cell<Option<ACX_CIRCUIT_PNPPOWER_CALLBACKS>>,
    create_stream: Cell<PFN_ACX_CIRCUIT_CREATE_STREAM>,
    preprocess: RefCell<Vec<Preprocess>>,
}

/// A circuit: one KS filter.
pub(crate) struct Circuit {
    pub(crate) device: usize,
    pub(crate) name: String,
    pub(crate) component: GUID,
    pub(crate) kind: ACX_CIRCUIT_TYPE,
    pub(crate) callbacks: Option<ACX_CIRCUIT_PNPPOWER_CALLBACKS>,
    pub(crate) create_stream: PFN_ACX_CIRCUIT_CREATE_STREAM,
    pub(crate) pins: RefCell<Vec<Ref<Pin>>>,
    pub(crate) elements: RefCell<Vec<Ref<Element>>>,
    pub(crate) events: RefCell<Vec<Ref<Event>>>,
    pub(crate) preprocess: Vec<Preprocess>,
    /// No callback of it has failed.
    pub(crate) usable: Cell<bool>,
}

impl Circuit {
    /// The open streams of all pins.
    pub(crate) fn streams(&self) -> Vec<Ref<Stream>> {
        self.pins.borrow().iter().flat_map(|pin| pin.streams.borrow().clone()).collect()
    }
}

/// At unload no init object may be left: each is used up or freed.
pub(crate) fn check_inits(kernel: &Kernel) {
    for _ in kernel.acx.circuit_inits.take() {
        let what = "a PACXCIRCUIT_INIT was neither used up nor freed".to_owned();
        kernel.violate(Rule::ContextLeak, what);
    }
}

/// The circuit's device gets it: its interface is there from now on.
pub(crate) fn add(kernel: &Kernel, device: usize, circuit: usize) -> Result<(), NTSTATUS> {
    let circuit = kernel.objects.get::<Circuit>(kernel, circuit)?;
    if circuit.device != device {
        kernel.violate(Rule::Contract, "a circuit was added to another device".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    if circuit.create_stream.is_none() {
        kernel.violate(Rule::Contract, "a circuit without EvtAcxCircuitCreateStream".to_owned());
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    let mut circuits = kernel.acx.circuits.borrow_mut();
    let taken = circuits.iter().any(|other| {
        let other = other.body::<Circuit>();
        other.is_some_and(|other| other.device == device && other.name == circuit.name)
    });
    if taken {
        return Err(STATUS_OBJECT_NAME_COLLISION);
    }
    circuits.push(circuit.object().clone());
    Ok(())
}

/// The circuit's interface is gone; clients keep what they have open, and the object stays until its device goes.
pub(crate) fn remove(kernel: &Kernel, circuit: usize) -> Result<(), NTSTATUS> {
    let circuit = kernel.objects.get::<Circuit>(kernel, circuit)?;
    let mut circuits = kernel.acx.circuits.borrow_mut();
    let before = circuits.len();
    circuits.retain(|other| other.handle() != circuit.handle());
    if circuits.len() == before { Err(STATUS_NOT_FOUND) } else { Ok(()) }
}

fn init(kernel: &Kernel, address: PACXCIRCUIT_INIT) -> Result<Rc<CircuitInit>, NTSTATUS> {
    let inits = kernel.acx.circuit_inits.borrow();
    let found = inits.iter().find(|init| std::ptr::eq(Rc::as_ptr(init), address.cast())).cloned();
    drop(inits);
    found.ok_or_else(|| {
        kernel.violate(Rule::WrongHandle, "a circuit init that is none (any more)".to_owned());
        STATUS_INVALID_PARAMETER
    })
}

fn forget(kernel: &Kernel, address: PACXCIRCUIT_INIT) {
    let mut inits = kernel.acx.circuit_inits.borrow_mut();
    inits.retain(|init| !std::ptr::eq(Rc::as_ptr(init), address.cast()));
}

fn create(
    kernel: &Kernel,
    device: WDFDEVICE,
    address: PACXCIRCUIT_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let init = init(kernel, address)?;
    let parent = kernel.objects.get::<Device>(kernel, device as usize)?;
    let name = init.name.borrow().clone();
    let (Some(component), Some(name)) = (init.component.get(), name) else {
        kernel.violate(Rule::Contract, "a circuit needs a name and a component id".to_owned());
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    if init.device != parent.handle() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let circuit = Circuit {
        device: parent.handle(),
        name,
        component,
        kind: init.kind.get(),
        callbacks: init.callbacks.get(),
        create_stream: init.create_stream.get(),
        pins: RefCell::default(),
        elements: RefCell::default(),
        events: RefCell::default(),
        preprocess: init.preprocess.take(),
        usable: Cell::new(true),
    };
    kernel.objects.create(kernel, "ACXCIRCUIT", circuit, attributes, Some(parent.object()))
}

/// `count` handles from `place`.
pub(crate) fn handles<T: 'static, H>(
    kernel: &Kernel,
    place: *mut *mut H,
    count: ULONG,
) -> Result<Vec<Ref<T>>, NTSTATUS> {
    (0..count as usize)
        .map(|at| {
            let handle =
                read(place.wrapping_add(at).cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
            kernel.objects.get::<T>(kernel, handle as usize)
        })
        .collect()
}

entries! {
    /// Circuits.
    entries:

    [0] fn AcxCircuitInitAllocate(kernel, device: WDFDEVICE) -> PACXCIRCUIT_INIT {
        let Ok(device) = kernel.objects.get::<Device>(kernel, device as usize) else { return std::ptr::null_mut() };
        if kernel.fails("AcxCircuitInitAllocate") {
            return std::ptr::null_mut();
        }
        let init = Rc::new(CircuitInit { device: device.handle(), ..CircuitInit::default() });
        let address = Rc::as_ptr(&init).cast_mut().cast();
        kernel.acx.circuit_inits.borrow_mut().push(init);
        address
    }

    [2] fn AcxCircuitInitFree(kernel, address: PACXCIRCUIT_INIT) {
        if init(kernel, address).is_ok() {
            forget(kernel, address);
        }
    }

    [2] fn AcxCircuitInitSetComponentId(kernel, address: PACXCIRCUIT_INIT, component: *const GUID) {
        if let Ok(init) = init(kernel, address) {
            init.component.set(read(component));
        }
    }

    [0] fn AcxCircuitInitAssignName(kernel, address: PACXCIRCUIT_INIT, name: PCUNICODE_STRING) -> NTSTATUS {
        let Some(name) = abi::text(name).filter(|name| !name.is_empty()) else { return STATUS_INVALID_PARAMETER };
        status(init(kernel, address).map(|init| *init.name.borrow_mut() = Some(name)))
    }

    [2] fn AcxCircuitInitSetCircuitType(kernel, address: PACXCIRCUIT_INIT, kind: ACX_CIRCUIT_TYPE) {
        if let Ok(init) = init(kernel, address) {
            init.kind.set(kind);
        }
    }

    [0] fn AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(kernel, address: PACXCIRCUIT_INIT, callbacks: PACX_CIRCUIT_PNPPOWER_CALLBACKS) {
        if let (Ok(init), Ok(callbacks)) = (init(kernel, address), sized(kernel, callbacks, |callbacks| callbacks.Size)) {
            init.callbacks.set(Some(callbacks));
        }
    }

    [0] fn AcxCircuitInitAssignAcxCreateStreamCallback(kernel, address: PACXCIRCUIT_INIT, callback: PFN_ACX_CIRCUIT_CREATE_STREAM) -> NTSTATUS {
        status(init(kernel, address).map(|init| init.create_stream.set(callback)))
    }

    [0] fn AcxCircuitInitAssignAcxRequestPreprocessCallback(kernel, address: PACXCIRCUIT_INIT, callback: PFN_ACX_OBJECT_PREPROCESS_REQUEST, context: ACXCONTEXT, kind: ACX_REQUEST_TYPE, set: *const GUID, id: ULONG) -> NTSTATUS {
        status(init(kernel, address).and_then(|init| {
            init.preprocess.borrow_mut().push(Preprocess::new(kernel, callback, context, kind, set, id)?);
            Ok(())
        }))
    }

    /// A success uses the init object up and clears the pointer.
    [0] fn AcxCircuitCreate(kernel, device: WDFDEVICE, attributes: PWDF_OBJECT_ATTRIBUTES, place: *mut PACXCIRCUIT_INIT, handle: *mut ACXCIRCUIT) -> NTSTATUS {
        let Some(address) = read(place) else { return STATUS_INVALID_PARAMETER };
        status(create(kernel, device, address, attributes).map(|circuit| {
            forget(kernel, address);
            write(place, std::ptr::null_mut());
            write(handle, circuit.as_ptr());
        }))
    }

    [0] fn AcxCircuitAddElements(kernel, circuit: ACXCIRCUIT, elements: *mut ACXELEMENT, count: ULONG) -> NTSTATUS {
        let added = kernel.objects.get::<Circuit>(kernel, circuit as usize)
            .and_then(|circuit| handles::<Element, _>(kernel, elements, count).map(|elements| circuit.elements.borrow_mut().extend(elements)));
        status(added)
    }

    [0] fn AcxCircuitAddPins(kernel, circuit: ACXCIRCUIT, pins: *mut ACXPIN, count: ULONG) -> NTSTATUS {
        let added = kernel.objects.get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
            let pins = handles::<Pin, _>(kernel, pins, count)?;
            let mut own = circuit.pins.borrow_mut();
            for pin in pins {
                if pin.circuit != circuit.handle() || pin.id.get().is_some() {
                    kernel.violate(Rule::Contract, "a pin joins its own circuit, once".to_owned());
                    return Err(STATUS_INVALID_PARAMETER);
                }
                pin.id.set(Some(own.len() as u32));
                own.push(pin);
            }
            Ok(())
        });
        status(added)
    }
}
