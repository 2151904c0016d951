//! Factories: circuits that are created on request. Source: acxcircuit.h pages, the factory part;
//! methods: KSMETHODSETID_AcxFactoryCircuit of the same header.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_client::Reply;
use acx_client::bytes::{field, number};
use acx_sys::*;

use crate::acx::arguments::{guid_bytes, guid_of, handles, same, sized};
use crate::acx::bag::{Bag, Bags};
use crate::acx::callback;
use crate::acx::circuit;
use crate::acx::descriptor::Descriptor;
use crate::acx::element::{self, Element};
use crate::acx::item::{self, Item};
use crate::acx::preprocess::Preprocess;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, write};
use crate::kernel::call::invoke;
use crate::kernel::failure;
use crate::kernel::function::entries;
use crate::kernel::interface::{Enabling, Interface, Interfaces, link};
use crate::kernel::loaded;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback as wdf_callback;
use crate::wdf::device::Device;
use crate::wdf::pnp;

const KIND: &str = "ACXFACTORYCIRCUIT";

/// KSMETHODSETID_AcxFactoryCircuit.
const METHODS: GUID = GUID {
    Data1: 0xC09A_3089,
    Data2: 0x3EEE,
    Data3: 0x47E0,
    Data4: [0xB9, 0x37, 0x4A, 0x74, 0x66, 0xAE, 0xED, 0x6B],
};
const ADD_CIRCUIT: u32 = 1;
const REMOVE_CIRCUIT: u32 = 2;

/// A driver's description of a factory before its creation.
#[derive(Default)]
struct FactoryInit {
    device: usize,
    /// The number of the driver that it is for.
    owner: u32,
    component: Cell<Option<GUID>>,
    uri: RefCell<Option<String>>,
    name: RefCell<Option<String>>,
    categories: RefCell<Vec<GUID>>,
    items: RefCell<Vec<Item>>,
    operations: Cell<Option<ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS>>,
    power: Cell<Option<ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS>>,
    preprocess: RefCell<Vec<Preprocess>>,
}

/// A factory.
pub(crate) struct Factory {
    pub(crate) device: usize,
    pub(crate) component: Option<GUID>,
    pub(crate) uri: Option<String>,
    pub(crate) name: String,
    /// Its interface classes: the driver's, and ACX's own.
    classes: Vec<GUID>,
    operations: ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS,
    pub(crate) power: Option<ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS>,
    pub(crate) elements: RefCell<Vec<Ref<Element>>>,
    pub(crate) items: Vec<Item>,
    pub(crate) preprocess: Vec<Preprocess>,
    /// The circuits that it made: their unique id and device.
    made: RefCell<Vec<([u8; 16], Rc<Object>)>>,
}

/// The factories of a machine.
#[derive(Default)]
pub(crate) struct Factories {
    pub(crate) all: RefCell<Vec<Rc<Object>>>,
    inits: RefCell<Vec<Rc<FactoryInit>>>,
}

/// The link of a factory, by which drivers reach it.
fn link_of(kernel: &Kernel, factory: &Factory) -> String {
    link_in(kernel, factory, &KSCATEGORY_ACXCIRCUIT)
}

/// The link of its interface of a class.
fn link_in(kernel: &Kernel, factory: &Factory, class: &GUID) -> String {
    let device = object::get::<Device>(kernel, factory.device);
    let instance = device.map_or_else(|_| String::new(), |device| device.instance.clone());
    link(&instance, guid_bytes(class), &factory.name)
}

/// The factory that has a link.
pub(crate) fn find(kernel: &Kernel, name: &str) -> Option<Ref<Factory>> {
    let wanted = crate::kernel::interface::client_form(name).to_lowercase();
    let factories = kernel.part::<Factories>().all.borrow();
    let mut factories = factories.iter().filter_map(|object| Ref::<Factory>::of(object.clone()));
    factories.find(|factory| {
        let mut classes = factory.classes.iter();
        classes.any(|class| link_in(kernel, factory, class).to_lowercase() == wanted)
    })
}

impl Ref<Factory> {
    /// Requests a circuit from the driver: first its device, then the circuit. Returns whether it
    /// was created.
    pub(crate) fn make(
        &self,
        kernel: &Kernel,
        id: &GUID,
        bags: [Option<&Ref<Bag>>; 3],
    ) -> Result<(), NTSTATUS> {
        let handle = |bag: Option<&Ref<Bag>>| {
            bag.map_or(std::ptr::null_mut(), |bag| kernel.part::<Bags>().handle(bag))
        };
        let mut config = ACX_FACTORY_CIRCUIT_ADD_CIRCUIT {
            Size: size_of::<ACX_FACTORY_CIRCUIT_ADD_CIRCUIT>() as u32,
            CircuitUniqueId: *id,
            CompositeProperties: handle(bags[0]),
            FactoryProperties: handle(bags[1]),
            CircuitProperties: handle(bags[2]),
            ..Default::default()
        };
        self.add(kernel, &mut config)
    }

    fn add(
        &self,
        kernel: &Kernel,
        config: &mut ACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
    ) -> Result<(), NTSTATUS> {
        let parent = self.device as WDFDEVICE;
        let own = self.object().as_ptr();
        let mut child: WDFDEVICE = std::ptr::null_mut();
        if let Some(create) = self.operations.EvtAcxFactoryCircuitCreateCircuitDevice {
            let arguments = (parent, own, &raw mut *config, &raw mut child);
            let name = &callback::EvtAcxFactoryCircuitCreateCircuitDevice;
            let answer = invoke(kernel, name, self.handle(), create, arguments);
            if !NT_SUCCESS(answer) {
                return Err(answer);
            }
        }
        let child = object::get::<Device>(kernel, child as usize)?;
        if let Some(create) = self.operations.EvtAcxFactoryCircuitCreateCircuit {
            let init = circuit::lend(kernel, child.object());
            circuit::identify(kernel, init, config.CircuitUniqueId);
            let arguments = (parent, child.object().as_ptr(), own, &raw mut *config, init);
            let name = &callback::EvtAcxFactoryCircuitCreateCircuit;
            let answer = invoke(kernel, name, self.handle(), create, arguments);
            // The driver used it up, or ACX frees it.
            circuit::forget(kernel, init);
            if !NT_SUCCESS(answer) {
                object::delete(kernel, child.object());
                return Err(answer);
            }
        }
        self.made.borrow_mut().push((guid_bytes(&config.CircuitUniqueId), child.object().clone()));
        pnp::adopt(kernel, parent, child.object().as_ptr())
    }

    /// The device of a circuit that it made.
    pub(crate) fn device_of(&self, id: &GUID) -> Option<Rc<Object>> {
        let made = self.made.borrow();
        let (_, device) = made.iter().find(|(own, _)| same(&guid_of(*own), id))?;
        Some(device.clone()).filter(|device| device.is_alive())
    }

    /// Removes every circuit that it made.
    fn remove_all(&self, kernel: &Kernel) {
        let made = self.made.borrow().clone();
        for (id, device) in made {
            if device.is_alive() {
                let _ = self.remove(kernel, &guid_of(id));
            }
        }
    }

    /// The driver deletes the device of a circuit that it made, or it is not enumerated any more.
    pub(crate) fn remove(&self, kernel: &Kernel, id: &GUID) -> Result<(), NTSTATUS> {
        let own = |(own, _): &(_, _)| same(&guid_of(*own), id);
        let at = self.made.borrow().iter().position(own).ok_or(STATUS_NOT_FOUND)?;
        let (_, child) = self.made.borrow_mut().remove(at);
        match self.operations.EvtAcxFactoryCircuitDeleteCircuitDevice {
            Some(delete) => {
                let arguments = (self.device as WDFDEVICE, self.object().as_ptr(), child.as_ptr());
                let name = &callback::EvtAcxFactoryCircuitDeleteCircuitDevice;
                let answer = invoke(kernel, name, self.handle(), delete, arguments);
                if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
            }
            // The default: it is not enumerated any more.
            None => pnp::disown(kernel, child.as_ptr()),
        }
    }

    /// ACX's own answer to a request: a factory has methods, and no property.
    pub(crate) fn own(&self, kernel: &Kernel, sent: &Descriptor<'_>, output: &[u8]) -> Reply {
        match sent.code {
            IOCTL_KS_METHOD => self.method(kernel, &sent.input, output),
            _ => Reply::failed(STATUS_PROPSET_NOT_FOUND),
        }
    }

    /// A method request: `input` begins with a KSMETHOD, `value` holds
    /// ACX_FACTORY_CIRCUIT_ADD_CIRCUIT or _REMOVE_CIRCUIT.
    fn method(&self, kernel: &Kernel, input: &[u8], value: &[u8]) -> Reply {
        let result = match number(input, 16) {
            _ if field::<16>(input, 0) != guid_bytes(&METHODS) => Err(STATUS_PROPSET_NOT_FOUND),
            ADD_CIRCUIT => {
                parameters::<ACX_FACTORY_CIRCUIT_ADD_CIRCUIT>(kernel, value, |own| own.Size)
                    .and_then(|mut config| self.add(kernel, &mut config))
            }
            REMOVE_CIRCUIT => {
                parameters::<ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT>(kernel, value, |own| own.Size)
                    .and_then(|config| self.remove(kernel, &config.CircuitUniqueId))
            }
            _ => Err(STATUS_NOT_FOUND),
        };
        Reply::of(result)
    }
}

/// At unload no init object may be left: each is used up or freed.
pub(crate) fn check_inits(kernel: &Kernel, driver: u32) {
    for _ in loaded::take(&kernel.part::<Factories>().inits, |init| init.owner == driver) {
        let what = "a PACXFACTORYCIRCUIT_INIT was neither used up nor freed".to_owned();
        kernel.violate(Rule::ObjectLeak, what);
    }
}

/// The factories, each with whether a circuit of it exists.
pub(crate) fn all(kernel: &Kernel) -> Vec<(Ref<Factory>, bool)> {
    let all = kernel.part::<Factories>().all.borrow().clone();
    let all = all.into_iter().filter_map(Ref::<Factory>::of);
    all.map(|factory| {
        let has_made = factory.made.borrow().iter().any(|(_, device)| device.is_alive());
        (factory, has_made)
    })
    .collect()
}

/// Requests a circuit with a unique id from the factory of this name.
pub(crate) fn ask(kernel: &Kernel, name: &str) -> Result<(), NTSTATUS> {
    let mut all = all(kernel).into_iter();
    let found = all.find(|(factory, _)| factory.name.eq_ignore_ascii_case(name));
    let (factory, _) = found.ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
    factory.make(kernel, &unique(kernel), [None; 3])
}

/// The id of a circuit without a requested id.
pub(crate) fn unique(kernel: &Kernel) -> GUID {
    GUID { Data1: 0x0ACE_0002, Data4: kernel.next_number().to_be_bytes(), ..GUID::default() }
}

/// Whether a handle is that of a factory.
pub(crate) fn is_one(kernel: &Kernel, handle: usize) -> bool {
    object::kind_of(kernel, handle) == Some(KIND)
}

/// A device that had factories is gone.
pub(crate) fn forget_device(kernel: &Kernel, device: usize) {
    let gone = |own: &Rc<Object>| own.body::<Factory>().is_some_and(|own| own.device == device);
    kernel.part::<Factories>().all.borrow_mut().retain(|own| !gone(own));
}

/// A method's parameters, a structure with its size.
fn parameters<T: Copy>(
    kernel: &Kernel,
    value: &[u8],
    size: fn(&T) -> ULONG,
) -> Result<T, NTSTATUS> {
    if value.len() < size_of::<T>() {
        return Err(STATUS_BUFFER_TOO_SMALL);
    }
    // SAFETY: the bytes are there, and parameters are plain data, which lies anywhere.
    let own: T = unsafe { std::ptr::read_unaligned(value.as_ptr().cast()) };
    sized(kernel, &raw const own, size)
}

fn init(kernel: &Kernel, address: PACXFACTORYCIRCUIT_INIT) -> Result<Rc<FactoryInit>, NTSTATUS> {
    let is_it = |init: &&Rc<FactoryInit>| std::ptr::eq(Rc::as_ptr(init), address.cast());
    let found = kernel.part::<Factories>().inits.borrow().iter().find(is_it).cloned();
    found.ok_or_else(|| {
        kernel.violate(Rule::WrongHandle, "a factory init that is none (any more)".to_owned());
        STATUS_INVALID_PARAMETER
    })
}

fn forget(kernel: &Kernel, address: PACXFACTORYCIRCUIT_INIT) {
    let mut inits = kernel.part::<Factories>().inits.borrow_mut();
    inits.retain(|init| !std::ptr::eq(Rc::as_ptr(init), address.cast()));
}

fn create(
    kernel: &Kernel,
    device: WDFDEVICE,
    address: PACXFACTORYCIRCUIT_INIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
) -> Result<Rc<Object>, NTSTATUS> {
    let init = init(kernel, address)?;
    let device = object::get::<Device>(kernel, device as usize)?;
    let (Some(name), Some(operations)) = (init.name.borrow().clone(), init.operations.get()) else {
        kernel.violate(
            Rule::BadArgument,
            "a factory needs a name and operation callbacks".to_owned(),
        );
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    if init.device != device.handle() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let mut classes = init.categories.take();
    classes.push(KSCATEGORY_ACXCIRCUIT);
    let factory = Factory {
        device: device.handle(),
        component: init.component.get(),
        uri: init.uri.borrow().clone(),
        name,
        classes,
        operations,
        power: init.power.get(),
        elements: RefCell::default(),
        items: init.items.take(),
        preprocess: init.preprocess.take(),
        made: RefCell::default(),
    };
    object::create(kernel, KIND, factory, attributes, Some(device.object()))
}

fn get(kernel: &Kernel, factory: ACXFACTORYCIRCUIT) -> Result<Ref<Factory>, NTSTATUS> {
    object::get::<Factory>(kernel, factory as usize)
}

fn AcxFactoryCircuitInitAllocate(kernel: &Kernel, device: WDFDEVICE) -> PACXFACTORYCIRCUIT_INIT {
    let Ok(device) = object::get::<Device>(kernel, device as usize) else {
        return std::ptr::null_mut();
    };
    if failure::fails(kernel, "AcxFactoryCircuitInitAllocate") {
        return std::ptr::null_mut();
    }
    let (device, owner) = (device.handle(), device.object().owner());
    let init = Rc::new(FactoryInit { device, owner, ..FactoryInit::default() });
    let address = Rc::as_ptr(&init).cast_mut().cast();
    kernel.part::<Factories>().inits.borrow_mut().push(init);
    address
}

fn AcxFactoryCircuitInitFree(kernel: &Kernel, address: PACXFACTORYCIRCUIT_INIT) {
    if init(kernel, address).is_ok() {
        forget(kernel, address);
    }
}

fn AcxFactoryCircuitInitSetComponentId(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    component: *const GUID,
) {
    if let Ok(init) = init(kernel, address) {
        init.component.set(read(component));
    }
}

fn AcxFactoryCircuitInitAssignComponentUri(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    uri: PCUNICODE_STRING,
) -> NTSTATUS {
    let Some(uri) = abi::text(uri).filter(|uri| !uri.is_empty()) else {
        return STATUS_INVALID_PARAMETER;
    };
    status(init(kernel, address).map(|init| *init.uri.borrow_mut() = Some(uri)))
}

fn AcxFactoryCircuitInitAssignName(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    name: PCUNICODE_STRING,
) -> NTSTATUS {
    let Some(name) = abi::text(name).filter(|name| !name.is_empty()) else {
        return STATUS_INVALID_PARAMETER;
    };
    status(init(kernel, address).map(|init| *init.name.borrow_mut() = Some(name)))
}

/// Instead of ACX's own set, which is empty here. ACX's own category is always there.
fn AcxFactoryCircuitInitAssignCategories(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    categories: *const GUID,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        let all = (0..count as usize).map(|at| read(categories.wrapping_add(at)));
        let all: Option<Vec<GUID>> = all.collect();
        *init.categories.borrow_mut() = all.ok_or(STATUS_INVALID_PARAMETER)?;
        Ok(())
    }))
}

fn AcxFactoryCircuitInitAssignProperties(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    properties: PACX_PROPERTY_ITEM,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.items.borrow_mut().extend(item::properties(properties, count)?);
        Ok(())
    }))
}

fn AcxFactoryCircuitInitAssignMethods(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    methods: PACX_METHOD_ITEM,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.items.borrow_mut().extend(item::methods(methods, count)?);
        Ok(())
    }))
}

fn AcxFactoryCircuitInitSetOperationCallbacks(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    callbacks: PACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS,
) {
    if let (Ok(init), Ok(callbacks)) =
        (init(kernel, address), sized(kernel, callbacks, |callbacks| callbacks.Size))
    {
        init.operations.set(Some(callbacks));
    }
}

fn AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacks(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    callbacks: PACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS,
) {
    if let (Ok(init), Ok(callbacks)) =
        (init(kernel, address), sized(kernel, callbacks, |callbacks| callbacks.Size))
    {
        init.power.set(Some(callbacks));
    }
}

fn AcxFactoryCircuitInitAssignAcxRequestPreprocessCallback(
    kernel: &Kernel,
    address: PACXFACTORYCIRCUIT_INIT,
    callback: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
    context: ACXCONTEXT,
    kind: ACX_REQUEST_TYPE,
    set: *const GUID,
    id: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.preprocess.borrow_mut().push(Preprocess::new(callback, context, kind, set, id)?);
        Ok(())
    }))
}

/// A success uses the init object up and clears the pointer.
fn AcxFactoryCircuitCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut PACXFACTORYCIRCUIT_INIT,
    handle: *mut ACXFACTORYCIRCUIT,
) -> NTSTATUS {
    let Some(address) = read(out) else { return STATUS_INVALID_PARAMETER };
    status(create(kernel, device, address, attributes).map(|factory| {
        forget(kernel, address);
        write(out, std::ptr::null_mut());
        write(handle, factory.as_ptr());
    }))
}

fn AcxFactoryCircuitAddElements(
    kernel: &Kernel,
    factory: ACXFACTORYCIRCUIT,
    elements: *mut ACXELEMENT,
    count: ULONG,
) -> NTSTATUS {
    status(get(kernel, factory).and_then(|factory| {
        element::add(
            kernel,
            &factory.elements,
            factory.handle(),
            handles::<Element, _>(kernel, elements, count)?,
        )
    }))
}

fn AcxFactoryCircuitGetSymbolicLinkName(kernel: &Kernel, factory: ACXCIRCUIT) -> WDFSTRING {
    let Ok(factory) = get(kernel, factory.cast()) else { return std::ptr::null_mut() };
    let link = link_of(kernel, &factory);
    circuit::link_name(kernel, factory.object(), &link)
}

/// Only in EvtDevicePrepareHardware.
fn AcxDeviceAddFactoryCircuit(
    kernel: &Kernel,
    device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
) -> NTSTATUS {
    if !kernel.is_inside(&wdf_callback::EvtDevicePrepareHardware) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxDeviceAddFactoryCircuit outside EvtDevicePrepareHardware".to_owned(),
        );
        return STATUS_INVALID_DEVICE_STATE;
    }
    status(get(kernel, factory).and_then(|factory| {
        if factory.device != device as usize {
            return Err(STATUS_INVALID_PARAMETER);
        }
        kernel.part::<Factories>().all.borrow_mut().push(factory.object().clone());
        for class in &factory.classes {
            kernel.part::<Interfaces>().register(Interface {
                link: link_in(kernel, &factory, class),
                class: guid_bytes(class),
                device: factory.device,
                enabled: false,
                enabling: Enabling::EveryStart,
            });
        }
        Ok(())
    }))
}

/// In EvtDeviceReleaseHardware. The circuits that the factory made go with it.
fn AcxDeviceRemoveFactoryCircuit(
    kernel: &Kernel,
    _device: WDFDEVICE,
    factory: ACXFACTORYCIRCUIT,
) -> NTSTATUS {
    status(get(kernel, factory).and_then(|factory| {
        let all = &kernel.part::<Factories>().all;
        let own = |own: &Rc<Object>| own.handle() == factory.handle();
        let at = all.borrow().iter().position(own).ok_or(STATUS_NOT_FOUND)?;
        all.borrow_mut().remove(at);
        for class in &factory.classes {
            kernel.part::<Interfaces>().forget_link(&link_in(kernel, &factory, class));
        }
        factory.remove_all(kernel);
        Ok(())
    }))
}

entries! {
    /// Factories.
    entries:
    AcxFactoryCircuitInitAllocate: PASSIVE;
    AcxFactoryCircuitInitFree: DISPATCH;
    AcxFactoryCircuitInitSetComponentId: DISPATCH;
    AcxFactoryCircuitInitAssignComponentUri: PASSIVE, fallible;
    AcxFactoryCircuitInitAssignName: PASSIVE, fallible;
    AcxFactoryCircuitInitAssignCategories: PASSIVE, fallible;
    AcxFactoryCircuitInitAssignProperties: PASSIVE, fallible;
    AcxFactoryCircuitInitAssignMethods: PASSIVE, fallible;
    AcxFactoryCircuitInitSetOperationCallbacks: PASSIVE;
    AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacks: PASSIVE;
    AcxFactoryCircuitInitAssignAcxRequestPreprocessCallback: PASSIVE, fallible;
    AcxFactoryCircuitCreate: PASSIVE, fallible;
    AcxFactoryCircuitAddElements: PASSIVE, fallible;
    AcxFactoryCircuitGetSymbolicLinkName: PASSIVE;
    AcxDeviceAddFactoryCircuit: PASSIVE, fallible;
    AcxDeviceRemoveFactoryCircuit: PASSIVE;
}
