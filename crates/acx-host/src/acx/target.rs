//! Targets: a driver's access to other circuits, their pins, elements and streams, and to
//! factories. Source: acxtargets.h pages.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use acx_client::{Handle, Reply};
use acx_sys::*;

use crate::acx::arguments::{guid_bytes, sized};
use crate::acx::bridge::Bridge;
use crate::acx::callback;
use crate::acx::chain;
use crate::acx::circuit::{self, Circuit};
use crate::acx::descriptor::Descriptor;
use crate::acx::element::Element;
use crate::acx::factory::{self, Factory};
use crate::acx::file::{File, TargetFile};
use crate::acx::format::{Format, FormatList, new_format};
use crate::acx::pin::Pin;
use crate::acx::sent::{Addressee, Sent};
use crate::acx::stream::{Opening, Stream};
use crate::acx::{assumptions, request};

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, read_bytes, write};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::data::Text;
use crate::wdf::device::Device;
use crate::wdf::request::{Formatted, Request};
use crate::wdf::target::{self, IoTarget};

/// Another circuit.
pub(crate) struct TargetCircuit {
    circuit: Ref<Circuit>,
    link: String,
    io: Rc<Object>,
    pins: Vec<Rc<Object>>,
    elements: Vec<Rc<Object>>,
}

/// A pin of it.
struct TargetPin {
    pin: Ref<Pin>,
    io: Rc<Object>,
}

/// An element of it, or of a stream on it.
struct TargetElement {
    element: Ref<Element>,
    io: Rc<Object>,
}

/// A stream on it.
pub(crate) struct TargetStream {
    stream: Ref<Stream>,
    io: Rc<Object>,
    elements: Vec<Rc<Object>>,
}

/// A factory.
struct TargetFactory {
    io: Rc<Object>,
}

/// A factory that is open as an I/O target.
struct TargetFactoryFile {
    kernel: Arc<Kernel>,
    /// As of a client's file.
    id: u64,
    factory: Ref<Factory>,
}

// SAFETY: its contents are accessed only inside the machine, which one thread at a time enters.
unsafe impl Send for TargetFactoryFile {}
// SAFETY: a shared reference accesses its cells only inside the machine.
unsafe impl Sync for TargetFactoryFile {}

impl Handle for TargetFactoryFile {
    fn create_pin(&self, _connect: &[u8]) -> Result<acx_client::File, NTSTATUS> {
        Err(STATUS_INVALID_DEVICE_REQUEST)
    }

    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        let _inside = self.kernel.enter();
        if !matches!(code, IOCTL_KS_PROPERTY | IOCTL_KS_METHOD) {
            return Reply::failed(STATUS_INVALID_DEVICE_REQUEST);
        }
        if input.len() < size_of::<KSIDENTIFIER>() {
            let short = assumptions::of(&self.kernel).statuses.short_descriptor;
            return Reply::failed(short);
        }
        let output = output.unwrap_or_default();
        let sent = Sent {
            descriptor: Descriptor { code, input: Cow::Borrowed(input) },
            file: self.id,
            sender: None,
            to: Addressee::Factory(self.factory.clone()),
            creation: None,
            address: output.as_ptr() as usize,
        };
        request::serve(&self.kernel, sent, output)
    }

    fn assign_content(&self, _copy_protect: bool, _no_digital: bool) -> Result<u32, NTSTATUS> {
        Err(STATUS_INVALID_DEVICE_REQUEST)
    }
}

fn below<T: 'static>(
    kernel: &Kernel,
    kind: &'static str,
    parent: &Rc<Object>,
    body: T,
) -> Result<Rc<Object>, NTSTATUS> {
    object::create(kernel, kind, body, std::ptr::null_mut(), Some(parent))
}

/// A target circuit below `parent`, for the circuit that has a link.
pub(crate) fn of_circuit(
    kernel: &Kernel,
    device: usize,
    parent: &Rc<Object>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    link: &str,
) -> Result<Rc<Object>, NTSTATUS> {
    let own = circuit::find(kernel, link).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
    let io = target::new(
        kernel,
        device,
        parent,
        std::ptr::null_mut(),
        Some((Box::new(TargetFile(File::filter(kernel.this(), own.clone()))), own.device)),
    )?;
    let pins = own.pins.borrow().clone();
    let elements = own.elements.borrow().clone();
    let pins = pins
        .into_iter()
        .map(|pin| below(kernel, "ACXTARGETPIN", &io, TargetPin { pin, io: io.clone() }))
        .collect::<Result<_, _>>()?;
    let elements = elements
        .into_iter()
        .map(|element| {
            below(kernel, "ACXTARGETELEMENT", &io, TargetElement { element, io: io.clone() })
        })
        .collect::<Result<_, _>>()?;
    let body =
        TargetCircuit { circuit: own, link: link.to_owned(), io: io.clone(), pins, elements };
    let object = object::create(kernel, "ACXTARGETCIRCUIT", body, attributes, Some(parent))?;
    // The I/O target goes with the circuit's.
    object.on_delete(move |kernel| object::delete(kernel, &io));
    Ok(object)
}

/// A target stream below `parent`, for a stream that is there.
pub(crate) fn of_stream(
    kernel: &Kernel,
    parent: &Rc<Object>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    own: &Ref<Stream>,
) -> Result<Rc<Object>, NTSTATUS> {
    let circuit = object::get::<Circuit>(kernel, own.circuit)?;
    let file = File::borrowed(kernel.this(), circuit.clone(), own.clone());
    stream_object(kernel, circuit.device, parent, attributes, own, file)
}

fn stream_object(
    kernel: &Kernel,
    device: usize,
    parent: &Rc<Object>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    own: &Ref<Stream>,
    file: File,
) -> Result<Rc<Object>, NTSTATUS> {
    let io = target::new(
        kernel,
        device,
        parent,
        std::ptr::null_mut(),
        Some((Box::new(TargetFile(file)), device)),
    )?;
    let elements = own.elements.borrow().clone();
    let elements = elements
        .into_iter()
        .map(|element| {
            below(kernel, "ACXTARGETELEMENT", &io, TargetElement { element, io: io.clone() })
        })
        .collect::<Result<_, _>>()?;
    let body = TargetStream { stream: own.clone(), io: io.clone(), elements };
    let object = object::create(kernel, "ACXTARGETSTREAM", body, attributes, Some(parent))?;
    object.on_delete(move |kernel| object::delete(kernel, &io));
    Ok(object)
}

fn create_stream(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_TARGET_STREAM_CONFIG,
) -> Result<Rc<Object>, NTSTATUS> {
    let device = object::get::<Device>(kernel, device as usize)?;
    let config = sized(kernel, config, |config| config.Size)?;
    let target = object::get::<TargetCircuit>(kernel, config.TargetCircuit as usize)?;
    let pin = target.circuit.pin(config.PinId).ok_or(STATUS_INVALID_PARAMETER)?;
    let format = object::get::<Format>(kernel, config.DataFormat as usize)?;
    let mode = read(config.SignalProcessingMode).unwrap_or(AUDIO_SIGNALPROCESSINGMODE_RAW);
    let bag = object::optional(kernel, config.OptionalParameters as usize)?;
    let opening = Opening { format: &format, mode: Some(&mode), arguments: bag.as_ref() };
    let own = chain::open(kernel, &target.circuit, &pin, &opening)?;
    let file = File::owned(kernel.this(), target.circuit.clone(), own.clone());
    stream_object(kernel, device.handle(), device.object(), attributes, &own, file)
}

/// ACX_REQUEST_PARAMETERS of a driver's own request, as what goes over the wire.
fn formatted(
    kernel: &Kernel,
    out: PACX_REQUEST_PARAMETERS,
    kind: ACX_REQUEST_TYPE,
    item: Option<u32>,
) -> Result<Formatted, NTSTATUS> {
    let own = read(out).filter(|own| usize::from(own.Size) == size_of::<ACX_REQUEST_PARAMETERS>());
    let Some(own) = own else {
        kernel.violate(
            Rule::Uninitialized,
            "ACX_REQUEST_PARAMETERS was not initialized: wrong Size".to_owned(),
        );
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    };
    // The function is for one of the two.
    if own.Type != kind {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let code = match own.Type {
        _ACX_REQUEST_TYPE::AcxRequestTypeProperty => IOCTL_KS_PROPERTY,
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod => IOCTL_KS_METHOD,
        _ => return Err(STATUS_INVALID_PARAMETER),
    };
    // SAFETY: the type says that it is one of the two variants, which lie alike.
    let property = unsafe { own.Parameters.Property };
    let is_missing = |place: PVOID, length: ULONG| place.is_null() && length > 0;
    if is_missing(property.Control, property.ControlCb)
        || is_missing(property.Value, property.ValueCb)
    {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let flags = match (code, property.Verb) {
        (IOCTL_KS_PROPERTY, _ACX_PROPERTY_VERB::AcxPropertyVerbGet) => KSPROPERTY_TYPE_GET,
        (IOCTL_KS_PROPERTY, _ACX_PROPERTY_VERB::AcxPropertyVerbSet) => KSPROPERTY_TYPE_SET,
        (IOCTL_KS_PROPERTY, _ACX_PROPERTY_VERB::AcxPropertyVerbBasicSupport) => {
            KSPROPERTY_TYPE_BASICSUPPORT
        }
        (IOCTL_KS_PROPERTY, _ACX_PROPERTY_VERB::AcxPropertyVerbSetSupport) => {
            KSPROPERTY_TYPE_SETSUPPORT
        }
        (IOCTL_KS_METHOD, _ACX_METHOD_VERB::AcxMethodVerbSend) => KSMETHOD_TYPE_SEND,
        (IOCTL_KS_METHOD, _ACX_METHOD_VERB::AcxMethodVerbBasicSupport) => {
            KSMETHOD_TYPE_BASICSUPPORT
        }
        _ => return Err(STATUS_INVALID_PARAMETER),
    };
    let mut input = guid_bytes(&property.Set).to_vec();
    input.extend(property.Id.to_le_bytes());
    let is_element = property.ItemType == _ACX_ITEM_TYPE::AcxItemTypeElement;
    let flags = if is_element { flags | KSPROPERTY_TYPE_TOPOLOGY } else { flags };
    input.extend(flags.to_le_bytes());
    if property.ItemType != _ACX_ITEM_TYPE::AcxItemTypeDefault {
        input.extend(item.unwrap_or(property.ItemId).to_le_bytes());
        input.extend([0; 4]);
    }
    let control = property.Control.cast::<u8>().cast_const();
    input.extend(read_bytes(control, property.ControlCb as usize));
    Ok(Formatted { code, input, output: (property.Value as usize, property.ValueCb as usize) })
}

fn format(
    kernel: &Kernel,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
    kind: ACX_REQUEST_TYPE,
    item: Result<Option<u32>, NTSTATUS>,
) -> NTSTATUS {
    status(item.and_then(|item| {
        let request = object::get::<Request>(kernel, request as usize)?;
        request.format(kernel, formatted(kernel, parameters, kind, item)?)
    }))
}

fn circuit_of(kernel: &Kernel, handle: ACXTARGETCIRCUIT) -> Result<Ref<TargetCircuit>, NTSTATUS> {
    object::get(kernel, handle as usize)
}

fn pin_of(kernel: &Kernel, handle: ACXTARGETPIN) -> Result<Ref<TargetPin>, NTSTATUS> {
    object::get(kernel, handle as usize)
}

fn element_of(kernel: &Kernel, handle: ACXTARGETELEMENT) -> Result<Ref<TargetElement>, NTSTATUS> {
    object::get(kernel, handle as usize)
}

fn stream_of(kernel: &Kernel, handle: ACXTARGETSTREAM) -> Result<Ref<TargetStream>, NTSTATUS> {
    object::get(kernel, handle as usize)
}

fn handle_at<H>(list: &[Rc<Object>], at: ULONG) -> *mut H {
    list.get(at as usize).map_or(std::ptr::null_mut(), |object| object.as_ptr())
}

/// A copy of a pin's list, which the caller deletes.
fn copy_list(
    kernel: &Kernel,
    pin: &Ref<TargetPin>,
    mode: &GUID,
) -> Result<Ref<FormatList>, NTSTATUS> {
    let own = pin.pin.formats(mode).ok_or(STATUS_NOT_FOUND)?;
    let list = FormatList::create(kernel, pin.object())?;
    for format in own {
        let copy = Format { bytes: format.bytes.clone() };
        let copy = new_format(kernel, copy, std::ptr::null_mut(), Some(list.object()))?;
        list.push(Ref::of(copy).ok_or(STATUS_UNSUCCESSFUL)?);
    }
    Ok(list)
}

fn AcxTargetCircuitCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_TARGET_CIRCUIT_CONFIG,
    handle: *mut ACXTARGETCIRCUIT,
) -> NTSTATUS {
    let made = object::get::<Device>(kernel, device as usize).and_then(|device| {
        let config = sized(kernel, config, |config| config.Size)?;
        let link = object::get::<Text>(kernel, config.SymbolicLinkName as usize)?.text();
        of_circuit(kernel, device.handle(), device.object(), attributes, &link)
    });
    status(made.map(|target| write(handle, target.as_ptr())))
}

fn AcxTargetCircuitGetWdfIoTarget(kernel: &Kernel, target: ACXTARGETCIRCUIT) -> WDFIOTARGET {
    circuit_of(kernel, target).map_or(std::ptr::null_mut(), |target| target.io.as_ptr())
}

fn AcxTargetCircuitGetPinsCount(kernel: &Kernel, target: ACXTARGETCIRCUIT) -> ULONG {
    circuit_of(kernel, target).map_or(0, |target| target.pins.len() as u32)
}

fn AcxTargetCircuitGetTargetPin(
    kernel: &Kernel,
    target: ACXTARGETCIRCUIT,
    index: ULONG,
) -> ACXTARGETPIN {
    circuit_of(kernel, target).map_or(std::ptr::null_mut(), |target| handle_at(&target.pins, index))
}

fn AcxTargetCircuitGetElementsCount(kernel: &Kernel, target: ACXTARGETCIRCUIT) -> ULONG {
    circuit_of(kernel, target).map_or(0, |target| target.elements.len() as u32)
}

fn AcxTargetCircuitGetTargetElement(
    kernel: &Kernel,
    target: ACXTARGETCIRCUIT,
    index: ULONG,
) -> ACXTARGETELEMENT {
    circuit_of(kernel, target)
        .map_or(std::ptr::null_mut(), |target| handle_at(&target.elements, index))
}

fn AcxTargetCircuitGetSymbolicLinkName(kernel: &Kernel, target: ACXTARGETCIRCUIT) -> WDFSTRING {
    circuit_of(kernel, target).map_or(std::ptr::null_mut(), |target| {
        circuit::link_name(kernel, target.object(), &target.link)
    })
}

fn AcxTargetCircuitFormatRequestForProperty(
    kernel: &Kernel,
    target: ACXTARGETCIRCUIT,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        circuit_of(kernel, target).map(|_| None),
    )
}

fn AcxTargetCircuitFormatRequestForMethod(
    kernel: &Kernel,
    target: ACXTARGETCIRCUIT,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
        circuit_of(kernel, target).map(|_| None),
    )
}

fn AcxTargetPinGetId(kernel: &Kernel, pin: ACXTARGETPIN) -> ULONG {
    pin_of(kernel, pin).ok().and_then(|pin| pin.pin.id.get()).unwrap_or(AcxPinIdNone)
}

fn AcxTargetPinGetWdfIoTarget(kernel: &Kernel, pin: ACXTARGETPIN) -> WDFIOTARGET {
    pin_of(kernel, pin).map_or(std::ptr::null_mut(), |pin| pin.io.as_ptr())
}

/// The list is the caller's own copy.
fn AcxTargetPinRetrieveModeDataFormatList(
    kernel: &Kernel,
    pin: ACXTARGETPIN,
    mode: *const GUID,
    out: *mut ACXDATAFORMATLIST,
) -> NTSTATUS {
    let Some(mode) = read(mode) else { return STATUS_INVALID_PARAMETER };
    status(
        pin_of(kernel, pin)
            .and_then(|pin| copy_list(kernel, &pin, &mode))
            .map(|list| write(out, list.object().as_ptr())),
    )
}

/// Nothing is cached: each list is fetched anew.
fn AcxTargetPinFlushModeDataFormatListCache(
    kernel: &Kernel,
    pin: ACXTARGETPIN,
    _mode: *const GUID,
) -> NTSTATUS {
    status(pin_of(kernel, pin).map(drop))
}

fn AcxTargetPinFormatRequestForProperty(
    kernel: &Kernel,
    pin: ACXTARGETPIN,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        pin_of(kernel, pin).map(|pin| pin.pin.id.get()),
    )
}

fn AcxTargetPinFormatRequestForMethod(
    kernel: &Kernel,
    pin: ACXTARGETPIN,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
        pin_of(kernel, pin).map(|pin| pin.pin.id.get()),
    )
}

fn AcxTargetElementGetId(kernel: &Kernel, element: ACXTARGETELEMENT) -> ULONG {
    element_of(kernel, element)
        .ok()
        .and_then(|element| element.element.id())
        .unwrap_or(AcxElementIdNone)
}

fn AcxTargetElementGetType(kernel: &Kernel, element: ACXTARGETELEMENT) -> GUID {
    element_of(kernel, element)
        .map_or_else(|_| GUID::default(), |element| element.element.node_type())
}

fn AcxTargetElementGetNameTag(kernel: &Kernel, element: ACXTARGETELEMENT) -> GUID {
    element_of(kernel, element).map_or_else(|_| GUID::default(), |element| element.element.name)
}

fn AcxTargetElementGetWdfIoTarget(kernel: &Kernel, element: ACXTARGETELEMENT) -> WDFIOTARGET {
    element_of(kernel, element).map_or(std::ptr::null_mut(), |element| element.io.as_ptr())
}

fn AcxTargetElementFormatRequestForProperty(
    kernel: &Kernel,
    element: ACXTARGETELEMENT,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        element_of(kernel, element).map(|element| element.element.id()),
    )
}

fn AcxTargetElementFormatRequestForMethod(
    kernel: &Kernel,
    element: ACXTARGETELEMENT,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
        element_of(kernel, element).map(|element| element.element.id()),
    )
}

fn AcxTargetStreamCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_TARGET_STREAM_CONFIG,
    handle: *mut ACXTARGETSTREAM,
) -> NTSTATUS {
    status(
        create_stream(kernel, device, attributes, config)
            .map(|target| write(handle, target.as_ptr())),
    )
}

fn AcxTargetStreamGetWdfIoTarget(kernel: &Kernel, target: ACXTARGETSTREAM) -> WDFIOTARGET {
    stream_of(kernel, target).map_or(std::ptr::null_mut(), |target| target.io.as_ptr())
}

fn AcxTargetStreamGetElementsCount(kernel: &Kernel, target: ACXTARGETSTREAM) -> ULONG {
    stream_of(kernel, target).map_or(0, |target| target.elements.len() as u32)
}

fn AcxTargetStreamGetTargetElement(
    kernel: &Kernel,
    target: ACXTARGETSTREAM,
    index: ULONG,
) -> ACXTARGETELEMENT {
    stream_of(kernel, target)
        .map_or(std::ptr::null_mut(), |target| handle_at(&target.elements, index))
}

fn AcxTargetStreamAssignDrmContentId(
    kernel: &Kernel,
    target: ACXTARGETSTREAM,
    id: ULONG,
    rights: PACXDRMRIGHTS,
) -> NTSTATUS {
    status(stream_of(kernel, target).and_then(|target| {
        chain::assign_rights(kernel, &target.stream, id, read(rights).unwrap_or_default())
    }))
}

fn AcxTargetStreamFormatRequestForProperty(
    kernel: &Kernel,
    target: ACXTARGETSTREAM,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        stream_of(kernel, target).map(|_| None),
    )
}

fn AcxTargetStreamFormatRequestForMethod(
    kernel: &Kernel,
    target: ACXTARGETSTREAM,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
        stream_of(kernel, target).map(|_| None),
    )
}

fn AcxTargetFactoryCircuitCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_TARGET_FACTORY_CIRCUIT_CONFIG,
    handle: *mut ACXTARGETFACTORYCIRCUIT,
) -> NTSTATUS {
    let made = object::get::<Device>(kernel, device as usize).and_then(|device| {
        let config = sized(kernel, config, |config| config.Size)?;
        let io = if config.IoTarget.is_null() {
            let link = object::get::<Text>(kernel, config.SymbolicLinkName as usize)?.text();
            let factory: Ref<Factory> =
                factory::find(kernel, &link).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
            let end = factory.device;
            target::new(
                kernel,
                device.handle(),
                device.object(),
                std::ptr::null_mut(),
                Some((
                    Box::new(TargetFactoryFile {
                        kernel: kernel.this(),
                        id: kernel.next_number(),
                        factory,
                    }),
                    end,
                )),
            )?
        } else {
            object::get::<IoTarget>(kernel, config.IoTarget as usize)?.object().clone()
        };
        object::create(
            kernel,
            "ACXTARGETFACTORYCIRCUIT",
            TargetFactory { io },
            attributes,
            Some(device.object()),
        )
    });
    status(made.map(|target| write(handle, target.as_ptr())))
}

fn AcxTargetFactoryCircuitGetWdfIoTarget(
    kernel: &Kernel,
    target: ACXTARGETFACTORYCIRCUIT,
) -> WDFIOTARGET {
    object::get::<TargetFactory>(kernel, target as usize)
        .map_or(std::ptr::null_mut(), |target| target.io.as_ptr())
}

fn AcxTargetFactoryCircuitFormatRequestForProperty(
    kernel: &Kernel,
    target: ACXTARGETFACTORYCIRCUIT,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeProperty,
        object::get::<TargetFactory>(kernel, target as usize).map(|_| None),
    )
}

fn AcxTargetFactoryCircuitFormatRequestForMethod(
    kernel: &Kernel,
    target: ACXTARGETFACTORYCIRCUIT,
    request: WDFREQUEST,
    parameters: PACX_REQUEST_PARAMETERS,
) -> NTSTATUS {
    format(
        kernel,
        request,
        parameters,
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod,
        object::get::<TargetFactory>(kernel, target as usize).map(|_| None),
    )
}

/// Null before the stream is bridged. Only for a stream's property handler, and only valid in it,
/// says the page.
fn AcxStreamBridgeGetTargetStream(
    kernel: &Kernel,
    bridge: ACXSTREAMBRIDGE,
    stream: ACXSTREAM,
) -> ACXTARGETSTREAM {
    let Ok((bridge, stream)) = chain::get(kernel, bridge, stream) else {
        return std::ptr::null_mut();
    };
    let handlers =
        [&callback::EvtAcxObjectProcessRequest, &callback::EvtAcxObjectPreprocessRequest];
    if !handlers.iter().any(|name| kernel.is_inside(name)) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxStreamBridgeGetTargetStream outside a property handler".to_owned(),
        );
    }
    if !bridge.inputs.borrow().contains(&stream.handle()) {
        return std::ptr::null_mut();
    }
    let known = bridge.target.borrow().clone();
    let target = known.or_else(|| {
        let output = bridge.output.borrow().clone()?;
        let made = target_of(kernel, &bridge, &output).ok()?;
        *bridge.target.borrow_mut() = Some(made.clone());
        Some(made)
    });
    target.map_or(std::ptr::null_mut(), |target| target.as_ptr())
}

fn target_of(
    kernel: &Kernel,
    bridge: &Ref<Bridge>,
    output: &Ref<Stream>,
) -> Result<Rc<Object>, NTSTATUS> {
    let mut attributes = bridge.attributes.get();
    let given = attributes.Size != 0;
    let attributes = if given { &raw mut attributes } else { std::ptr::null_mut() };
    of_stream(kernel, bridge.object(), attributes, output)
}

entries! {
    /// Targets.
    entries:
    AcxStreamBridgeGetTargetStream: PASSIVE;
    AcxTargetCircuitCreate: PASSIVE, fallible;
    AcxTargetCircuitGetWdfIoTarget: DISPATCH;
    AcxTargetCircuitGetPinsCount: DISPATCH;
    AcxTargetCircuitGetTargetPin: DISPATCH;
    AcxTargetCircuitGetElementsCount: DISPATCH;
    AcxTargetCircuitGetTargetElement: DISPATCH;
    AcxTargetCircuitGetSymbolicLinkName: PASSIVE;
    AcxTargetCircuitFormatRequestForProperty: PASSIVE, fallible;
    AcxTargetCircuitFormatRequestForMethod: PASSIVE, fallible;
    AcxTargetPinGetId: DISPATCH;
    AcxTargetPinGetWdfIoTarget: DISPATCH;
    AcxTargetPinRetrieveModeDataFormatList: PASSIVE, fallible;
    AcxTargetPinFlushModeDataFormatListCache: PASSIVE, fallible;
    AcxTargetPinFormatRequestForProperty: PASSIVE, fallible;
    AcxTargetPinFormatRequestForMethod: PASSIVE, fallible;
    AcxTargetElementGetId: DISPATCH;
    AcxTargetElementGetType: DISPATCH;
    AcxTargetElementGetNameTag: DISPATCH;
    AcxTargetElementGetWdfIoTarget: DISPATCH;
    AcxTargetElementFormatRequestForProperty: PASSIVE, fallible;
    AcxTargetElementFormatRequestForMethod: PASSIVE, fallible;
    AcxTargetStreamCreate: PASSIVE, fallible;
    AcxTargetStreamGetWdfIoTarget: DISPATCH;
    AcxTargetStreamGetElementsCount: DISPATCH;
    AcxTargetStreamGetTargetElement: DISPATCH;
    AcxTargetStreamAssignDrmContentId: DISPATCH, fallible;
    AcxTargetStreamFormatRequestForProperty: PASSIVE, fallible;
    AcxTargetStreamFormatRequestForMethod: PASSIVE, fallible;
    AcxTargetFactoryCircuitCreate: PASSIVE, fallible;
    AcxTargetFactoryCircuitGetWdfIoTarget: DISPATCH;
    AcxTargetFactoryCircuitFormatRequestForProperty: PASSIVE, fallible;
    AcxTargetFactoryCircuitFormatRequestForMethod: PASSIVE, fallible;
}
