//! Direct-call interfaces between the drivers of a device stack: a device offers one, and another
//! driver queries the stack for it. Source: wdfqueryinterface.h pages; KMDF's public source:
//! fxqueryinterfaceapi.cpp, fxqueryinterface.cpp, fxdevicefdoapi.cpp, and HandleQueryInterface and
//! PnpPassThroughQI of fxpkgpnp.cpp.
//!
//! A query starts at the top of the stack and passes down through every device: each device with
//! the interface handles it, and the last result counts. A child's stack ends at the child, which
//! may forward the query to its parent's stack.

use std::rc::Rc;

use acx_client::bytes::guid_bytes;
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{Convention, read, read_bytes, status, write, write_bytes};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::loaded::{self, Loaded};
use crate::kernel::object::{self, Ref};
use crate::kernel::report::Rule;
use crate::wdf::callback;
use crate::wdf::device::{self, Device, Offer};
use crate::wdf::init::DeviceKind;
use crate::wdf::target::IoTarget;

/// A query of a stack.
#[derive(Clone, Copy)]
struct Question {
    kind: LPCGUID,
    interface: PINTERFACE,
    size: USHORT,
    version: USHORT,
    data: PVOID,
}

impl Question {
    /// Checks a query with an interface and a buffer for it.
    fn new(
        kind: LPCGUID,
        interface: PINTERFACE,
        size: USHORT,
        version: USHORT,
        data: PVOID,
    ) -> Result<Self, NTSTATUS> {
        let is_whole = !kind.is_null() && !interface.is_null();
        is_whole
            .then_some(Self { kind, interface, size, version, data })
            .ok_or(STATUS_INVALID_PARAMETER)
    }
}

/// KMDF's reference functions, for a driver that sets none.
unsafe extern "C" fn no_op(_context: PVOID) {}

/// As images call it.
unsafe extern "efiapi" fn no_op_for_images(_context: PVOID) {}

fn no_op_for(convention: Convention) -> unsafe extern "C" fn(PVOID) {
    match convention {
        Convention::C => no_op,
        // SAFETY: drivers of that convention call it, and the host calls it in theirs.
        Convention::Windows => unsafe {
            std::mem::transmute::<unsafe extern "efiapi" fn(PVOID), unsafe extern "C" fn(PVOID)>(
                no_op_for_images,
            )
        },
    }
}

/// Returns the interface that `config` describes.
fn offer(
    kernel: &Kernel,
    device: &Device,
    config: &WDF_QUERY_INTERFACE_CONFIG,
) -> Result<Offer, NTSTATUS> {
    if config.Size != size_of::<WDF_QUERY_INTERFACE_CONFIG>() as u32 {
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    let Some(kind) = read(config.InterfaceType) else {
        let what = "bug check 0x10d (4, ...): an interface has no type".to_owned();
        kernel.violate(Rule::WdfViolation, what);
        return Err(STATUS_INVALID_PARAMETER);
    };
    if device.kind == DeviceKind::Control {
        let what = "a control device is in no stack, so nobody can ask it for an interface";
        kernel.violate(Rule::BadArgument, what.to_owned());
        return Err(STATUS_INVALID_DEVICE_REQUEST);
    }
    let (asks_parent, imports) = (config.SendQueryToParentStack != 0, config.ImportInterface != 0);
    let process = config.EvtDeviceProcessQueryInterfaceRequest;
    let is_child = matches!(device.kind, DeviceKind::Child(_));
    let header = read(config.Interface);
    if asks_parent && !is_child
        || header.is_none() && !asks_parent && !imports
        || imports && process.is_none()
        || header.is_some_and(|own| usize::from(own.Size) < size_of::<INTERFACE>())
    {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let interface = header.map(|own| {
        let mut bytes = read_bytes(config.Interface.cast_const(), usize::from(own.Size));
        let no_op = Some(no_op_for(loaded::convention(kernel)));
        let filled = INTERFACE {
            InterfaceReference: own.InterfaceReference.or(no_op),
            InterfaceDereference: own.InterfaceDereference.or(no_op),
            ..own
        };
        write(bytes.as_mut_ptr().cast(), filled);
        bytes
    });
    Ok(Offer { kind: guid_bytes(&kind), interface, imports, asks_parent, process })
}

/// Queries the whole stack of a device.
fn ask_stack(kernel: &Kernel, device: &Ref<Device>, question: Question) -> NTSTATUS {
    let mut answer = STATUS_NOT_SUPPORTED;
    let mut next = Some(device::top(kernel, device));
    while let Some(own) = next {
        match ask_device(kernel, &own, question, answer) {
            Ok(status) => answer = status,
            Err(last) => return last,
        }
        next = own.below.and_then(|below| object::get_alive(kernel, below));
    }
    answer
}

/// Queries one device of a stack; `before` is the result of those above it. Returns the result to
/// pass down or, as an error, the stack's final result.
fn ask_device(
    kernel: &Kernel,
    device: &Ref<Device>,
    question: Question,
    before: NTSTATUS,
) -> Result<NTSTATUS, NTSTATUS> {
    let kind = read(question.kind).map(|kind| guid_bytes(&kind));
    let offers = device.offers.borrow();
    let Some(offer) = offers.iter().find(|offer| Some(offer.kind) == kind).cloned() else {
        return Ok(before);
    };
    drop(offers);
    let is_child = matches!(device.kind, DeviceKind::Child(_));
    if !can_call(kernel, device) {
        return Ok(before);
    }
    if let Some(own) = offer.header() {
        if own.Size > question.size || own.Version > question.version {
            // A function device with a smaller interface passes the query on.
            return if is_child { Err(STATUS_INVALID_BUFFER_SIZE) } else { Ok(before) };
        }
        if !offer.imports {
            write_bytes(question.interface, offer.interface.as_deref().unwrap_or_default());
        }
    }
    let answer = offer.process.map_or(STATUS_SUCCESS, |process| {
        let name = &callback::EvtDeviceProcessQueryInterfaceRequest;
        let own = device.object().as_ptr();
        let arguments = (own, question.kind.cast_mut(), question.interface, question.data);
        invoke(kernel, name, device.handle(), process, arguments)
    });
    if !NT_SUCCESS(answer) && answer != STATUS_NOT_SUPPORTED {
        return Err(answer);
    }
    if offer.asks_parent {
        let parent = device.stands_on().and_then(|parent| object::get_alive(kernel, parent));
        let asked =
            parent.map_or(STATUS_NOT_SUPPORTED, |parent| ask_stack(kernel, &parent, question));
        return Err(if asked == STATUS_NOT_SUPPORTED { before } else { asked });
    }
    reference(kernel, device, question.interface);
    Ok(answer)
}

/// The interface is referenced for the requester.
fn reference(kernel: &Kernel, device: &Ref<Device>, interface: PINTERFACE) {
    let Some(INTERFACE { InterfaceReference: Some(reference), Context, .. }) = read(interface)
    else {
        return;
    };
    let is_ours = [Convention::C, Convention::Windows]
        .iter()
        .any(|own| no_op_for(*own) as usize == reference as usize);
    if !is_ours {
        let name = &callback::InterfaceReference;
        invoke(kernel, name, device.handle(), reference, (Context,));
    }
}

/// Returns whether the requester can call the device's functions. On x86-64 a linked-in driver and
/// an image have different calling conventions, and direct calls bypass the host.
fn can_call(kernel: &Kernel, device: &Ref<Device>) -> bool {
    let owner = kernel.part::<Loaded>().numbered(device.object().owner());
    let own = owner.map(|own| own.convention);
    let is_alike = own.is_none_or(|own| own == loaded::convention(kernel));
    if cfg!(target_arch = "x86_64") && !is_alike {
        kernel.report().gap("an interface between a driver that is linked in and an image");
        return false;
    }
    true
}

fn WdfDeviceAddQueryInterface(
    kernel: &Kernel,
    device: WDFDEVICE,
    config: PWDF_QUERY_INTERFACE_CONFIG,
) -> NTSTATUS {
    let Some(config) = read(config) else { return STATUS_INVALID_PARAMETER };
    status(object::get::<Device>(kernel, device as usize).and_then(|device| {
        let offer = offer(kernel, &device, &config)?;
        device.offers.borrow_mut().push(Rc::new(offer));
        Ok(())
    }))
}

fn WdfFdoQueryForInterface(
    kernel: &Kernel,
    device: WDFDEVICE,
    kind: LPCGUID,
    interface: PINTERFACE,
    size: USHORT,
    version: USHORT,
    data: PVOID,
) -> NTSTATUS {
    let asked = Question::new(kind, interface, size, version, data).and_then(|question| {
        let device = object::get::<Device>(kernel, device as usize)?;
        Ok(ask_stack(kernel, &device, question))
    });
    asked.unwrap_or_else(|refused| refused)
}

fn WdfIoTargetQueryForInterface(
    kernel: &Kernel,
    target: WDFIOTARGET,
    kind: LPCGUID,
    interface: PINTERFACE,
    size: USHORT,
    version: USHORT,
    data: PVOID,
) -> NTSTATUS {
    let asked = Question::new(kind, interface, size, version, data).and_then(|question| {
        let target = object::get::<IoTarget>(kernel, target as usize)?;
        let Some(end) = target.end() else {
            let what = "a target is asked for an interface that is not open".to_owned();
            kernel.violate(Rule::BadArgument, what);
            return Err(STATUS_INVALID_DEVICE_STATE);
        };
        let device = object::get_alive::<Device>(kernel, end).ok_or(STATUS_NO_SUCH_DEVICE)?;
        Ok(ask_stack(kernel, &device, question))
    });
    asked.unwrap_or_else(|refused| refused)
}

entries! {
    /// Interfaces of direct calls.
    entries:
    WdfDeviceAddQueryInterface: PASSIVE, fallible;
    WdfFdoQueryForInterface: PASSIVE, fallible;
    WdfIoTargetQueryForInterface: PASSIVE, fallible;
}
