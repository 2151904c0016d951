//! Dispatch of a client's request: the driver's preprocessing, the driver's declared items, or ACX.
//! Source: acxrequest.h; AcxRequestGetParameters, AcxCircuitDispatchAcxRequest,
//! AcxStreamDispatchAcxRequest.

use std::rc::Rc;

use acx_client::Reply;
use acx_sys::*;

use crate::acx::callback;
use crate::acx::circuit::Circuit;
use crate::acx::forward::ask_into;
use crate::acx::item::{Item, Verdict};
use crate::acx::sent::{self, Addressee, Sent};
use crate::acx::stream::Stream;
use crate::acx::{assumptions, factory, listener, properties};
use crate::kernel::Kernel;
use crate::kernel::abi::{read, status, write};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::request::Request;

/// Handles a request: by the driver if it wants to, otherwise by ACX.
pub(crate) fn serve(kernel: &Kernel, sent: Sent<'_>, output: &mut [u8]) -> Reply {
    let (records, target) = match &sent.to {
        Addressee::Stream(_, stream) => (&stream.preprocess, stream.object().clone()),
        Addressee::Circuit(circuit) => (&circuit.preprocess, circuit.object().clone()),
        Addressee::Factory(factory) => (&factory.preprocess, factory.object().clone()),
    };
    let Some(record) = records.iter().find(|record| record.wants(&sent)) else {
        return answer(kernel, sent, output);
    };
    let (callback, context) = (record.callback, record.context);
    let arguments = |request: &Ref<Request>| (target.as_ptr(), context, request.object().as_ptr());
    let name = &callback::EvtAcxObjectPreprocessRequest;
    ask_into(kernel, sent, &target, output, |request| {
        invoke(kernel, name, target.handle(), callback, arguments(request));
    })
}

/// The item that a request names, with the object that declared it.
fn find(kernel: &Kernel, sent: &Sent<'_>) -> Option<(Rc<Object>, Item)> {
    let of = |object: &Rc<Object>, items: &[Item]| {
        items.iter().find(|item| item.is(sent)).map(|item| (object.clone(), *item))
    };
    let (kind, id) = sent.item();
    if let Addressee::Factory(factory) = &sent.to {
        let element = factory.elements.borrow().iter().find(|own| own.id() == Some(id)).cloned();
        return match (kind, element) {
            (_ACX_ITEM_TYPE::AcxItemTypeElement, Some(element)) => {
                of(element.object(), &element.items)
            }
            _ => of(factory.object(), &factory.items),
        };
    }
    if let Some(stream) = sent.stream() {
        let element = stream.elements.borrow().iter().find(|own| own.id() == Some(id)).cloned();
        return match (kind, element) {
            (_ACX_ITEM_TYPE::AcxItemTypeElement, Some(element)) => {
                of(element.object(), &element.items)
            }
            _ => of(stream.object(), &stream.items),
        };
    }
    let circuit = sent.circuit()?;
    let found = match kind {
        _ACX_ITEM_TYPE::AcxItemTypeElement => {
            circuit.element(id).and_then(|element| of(element.object(), &element.items))
        }
        _ACX_ITEM_TYPE::AcxItemTypePin => {
            circuit.pin(id).and_then(|pin| of(pin.object(), &pin.items))
        }
        _ => of(circuit.object(), &circuit.items),
    };
    if found.is_none() && circuit.items.iter().any(|item| item.is(sent)) {
        kernel.violate(
            Rule::BadArgument,
            "a circuit's item was asked of a pin or element of it".to_owned(),
        );
    }
    found
}

/// ACX's own answer to a request.
fn own(kernel: &Kernel, sent: &Sent<'_>, output: &mut [u8]) -> Reply {
    let (circuit, stream) = match &sent.to {
        Addressee::Circuit(circuit) => (circuit, None),
        Addressee::Stream(circuit, stream) => (circuit, Some(stream)),
        Addressee::Factory(factory) => return factory.own(kernel, &sent.descriptor, output),
    };
    match sent.code {
        // By its documentation not for RT streams.
        IOCTL_KS_RESET_STATE => Reply::failed(STATUS_INVALID_DEVICE_REQUEST),
        IOCTL_KS_ENABLE_EVENT => Reply::of(listener::enable(kernel, sent, output)),
        // ACX itself has no methods.
        IOCTL_KS_METHOD => Reply::failed(STATUS_PROPSET_NOT_FOUND),
        _ => properties::answer(kernel, &sent.descriptor, (circuit, stream), output),
    }
}

/// Handles a request that no preprocess callback took: by the driver's items, otherwise by ACX.
fn answer(kernel: &Kernel, sent: Sent<'_>, output: &mut [u8]) -> Reply {
    if let (Some(creation), Some(circuit)) = (&sent.creation, sent.circuit()) {
        return Reply::of(creation.run(kernel, circuit));
    }
    let found = if sent.has_identifier() { find(kernel, &sent) } else { None };
    let Some((object, item)) = found else { return own(kernel, &sent, output) };
    match item.judge(&sent, sent.control().len(), output, &assumptions::of(kernel).statuses) {
        Verdict::Answer(status, information) => Reply { status, information },
        Verdict::Ask => ask_into(kernel, sent, &object, output, |request| {
            let arguments = (object.as_ptr(), request.object().as_ptr());
            invoke(
                kernel,
                &callback::EvtAcxObjectProcessRequest,
                object.handle(),
                item.callback,
                arguments,
            );
        }),
    }
}

/// The parameters that AcxRequestGetParameters returns.
fn parameters(request: &Ref<Request>) -> ACX_REQUEST_PARAMETERS {
    let Ok(sent) = sent::of(request) else { return ACX_REQUEST_PARAMETERS::default() };
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    if !sent.has_identifier() {
        ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
        parameters.Type = sent.kind();
        parameters.MajorFunction = match sent.creation {
            Some(_) => IRP_MJ_CREATE as UCHAR,
            None => IRP_MJ_DEVICE_CONTROL as UCHAR,
        };
        if sent.creation.is_some() {
            parameters.Parameters.Create.Control = sent.input.as_ptr().cast_mut().cast();
            parameters.Parameters.Create.ControlCb = sent.input.len() as ULONG;
        }
        return parameters;
    }
    let (item, item_id) = sent.item();
    let control = sent.control();
    let place = control.as_ptr().cast_mut().cast();
    let (place, length) = match control.len() {
        0 => (std::ptr::null_mut(), 0),
        length => (place, length as u32),
    };
    let value = request.value.borrow();
    let (data, room) = match value.len() {
        0 => (std::ptr::null_mut(), 0),
        room => (value.as_ptr().cast_mut().cast(), room as u32),
    };
    let (set, id, verb) = (sent.set_guid(), sent.id(), sent.verb());
    match sent.kind() {
        _ACX_REQUEST_TYPE::AcxRequestTypeMethod => ACX_REQUEST_PARAMETERS_INIT_METHOD(
            &mut parameters,
            set,
            id,
            verb,
            item,
            item_id,
            place,
            length,
            data,
            room,
        ),
        _ACX_REQUEST_TYPE::AcxRequestTypeEvent => {
            ACX_REQUEST_PARAMETERS_INIT(&mut parameters);
            parameters.MajorFunction = IRP_MJ_DEVICE_CONTROL as UCHAR;
            parameters.Type = _ACX_REQUEST_TYPE::AcxRequestTypeEvent;
            parameters.Parameters.Event.Set = set;
            parameters.Parameters.Event.Id = id;
            parameters.Parameters.Event.Verb = verb;
            parameters.Parameters.Event.ItemType = item;
            parameters.Parameters.Event.ItemId = item_id;
            parameters.Parameters.Event.Data = data;
            parameters.Parameters.Event.DataCb = room;
        }
        _ => ACX_REQUEST_PARAMETERS_INIT_PROPERTY(
            &mut parameters,
            set,
            id,
            verb,
            item,
            item_id,
            place,
            length,
            data,
            room,
        ),
    }
    parameters
}

/// ACX continues with a request that the driver dispatched.
fn dispatch(kernel: &Kernel, request: &Ref<Request>) {
    let Ok(sent) = sent::of(request) else { return };
    let mut value = request.value.borrow().clone();
    let reply = answer(kernel, sent.clone(), &mut value);
    // In place: the driver may have looked at where the value lies.
    request.value.borrow_mut().copy_from_slice(&value);
    // What a size query needs is no answer that was written.
    request.finish(kernel, reply);
}

/// Source: AcxRequestGetParameters: Size must be set.
fn AcxRequestGetParameters(kernel: &Kernel, request: WDFREQUEST, out: PACX_REQUEST_PARAMETERS) {
    let Ok(request) = object::get::<Request>(kernel, request as usize) else { return };
    let sized =
        read(out).is_some_and(|out| usize::from(out.Size) == size_of::<ACX_REQUEST_PARAMETERS>());
    if !sized {
        kernel.violate(
            Rule::Uninitialized,
            "ACX_REQUEST_PARAMETERS was not initialized: wrong Size".to_owned(),
        );
        return;
    }
    write(out, parameters(&request));
}

/// A factory's requests are given back here as well: ACX has no function of their own for them.
fn AcxCircuitDispatchAcxRequest(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    request: WDFREQUEST,
) -> NTSTATUS {
    let owner = if factory::is_one(kernel, circuit as usize) {
        Ok(())
    } else {
        object::get::<Circuit>(kernel, circuit as usize).map(drop)
    };
    status(
        owner
            .and_then(|()| object::get::<Request>(kernel, request as usize))
            .map(|request| dispatch(kernel, &request)),
    )
}

fn AcxStreamDispatchAcxRequest(
    kernel: &Kernel,
    stream: ACXSTREAM,
    request: WDFREQUEST,
) -> NTSTATUS {
    status(
        object::get::<Stream>(kernel, stream as usize)
            .and_then(|_| object::get::<Request>(kernel, request as usize))
            .map(|request| dispatch(kernel, &request)),
    )
}

entries! {
    /// Requests.
    entries:
    AcxRequestGetParameters: DISPATCH;
    AcxCircuitDispatchAcxRequest: PASSIVE;
    AcxStreamDispatchAcxRequest: PASSIVE;
}
