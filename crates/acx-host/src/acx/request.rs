//! Requests that a driver sees before ACX. Source: AcxCircuitInitAssignAcxRequestPreprocessCallback, AcxStreamInitAssignAcxRequestPreprocessCallback,
//! AcxRequestGetParameters, AcxCircuitDispatchAcxRequest, AcxStreamDispatchAcxRequest; acxrequest.h.

use std::rc::Rc;
use std::time::Duration;

use acx_sys::*;

use crate::abi::{entries, read, write};
use crate::acx::callback;
use crate::acx::circuit::Circuit;
use crate::acx::guid_bytes;
use crate::acx::item::{self, Verdict};
use crate::acx::stream::Stream;
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::ks::{self, Reply, Sent};
use crate::report::Rule;
use crate::wdf::request::{self as wdf_request, Origin, Request};
use crate::wdf::status;

/// How long a client of this host waits for a driver that keeps a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which requests a driver wants to see.
pub(crate) struct Preprocess {
    callback: unsafe extern "C" fn(ACXOBJECT, ACXCONTEXT, WDFREQUEST),
    context: ACXCONTEXT,
    kind: ACX_REQUEST_TYPE,
    set: Option<[u8; 16]>,
    id: Option<u32>,
}

impl Preprocess {
    pub(crate) fn new(
        kernel: &Kernel,
        callback: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
        context: ACXCONTEXT,
        kind: ACX_REQUEST_TYPE,
        set: *const GUID,
        id: u32,
    ) -> Result<Self, NTSTATUS> {
        if matches!(
            kind,
            _ACX_REQUEST_TYPE::AcxRequestTypeCreate | _ACX_REQUEST_TYPE::AcxRequestTypeResetState
        ) {
            kernel.report().gap("preprocessing of create and reset-state requests");
        }
        let callback = callback.ok_or(STATUS_INVALID_PARAMETER)?;
        let set = read(set).map(|set| guid_bytes(&set));
        Ok(Self { callback, context, kind, set, id: (id != AcxItemIdNone).then_some(id) })
    }

    fn wants(&self, sent: &Sent<'_>) -> bool {
        let kind = self.kind == _ACX_REQUEST_TYPE::AcxRequestTypeAny || self.kind == sent.kind();
        let set = self.set.is_none_or(|set| set == sent.set());
        kind && set && self.id.is_none_or(|id| id == sent.id())
    }
}

/// Answers a request: the driver, where it wants to; else ACX.
pub(crate) fn serve(kernel: &Kernel, sent: Sent<'_>, output: &mut [u8]) -> Reply {
    let (records, target) = match &sent.stream {
        Some(stream) => (&stream.preprocess, stream.object().clone()),
        None => (&sent.circuit.preprocess, sent.circuit.object().clone()),
    };
    let Some(record) = records.iter().find(|record| record.wants(&sent)) else {
        return answer(kernel, sent, output);
    };
    let (callback, context) = (record.callback, record.context);
    let arguments = |request: &Ref<Request>| (target.as_ptr(), context, request.object().as_ptr());
    let name = &callback::EvtAcxObjectPreprocessRequest;
    ask_into(kernel, sent, &target, output, |request| {
        kernel.invoke(name, target.handle(), callback, arguments(request));
    })
}

/// Answers a request that no preprocess callback took: what the driver declared, else ACX.
fn answer(kernel: &Kernel, sent: Sent<'_>, output: &mut [u8]) -> Reply {
    let Some((object, item)) = item::find(kernel, &sent) else {
        return ks::answer(kernel, &sent, output);
    };
    match item.judge(&sent, output, &kernel.switches.statuses) {
        Verdict::Answer(status, information) => Reply { status, information },
        Verdict::Ask => ask_into(kernel, sent, &object, output, |request| {
            let arguments = (object.as_ptr(), request.object().as_ptr());
            kernel.invoke(
                &callback::EvtAcxObjectProcessRequest,
                object.handle(),
                item.callback,
                arguments,
            );
        }),
    }
}

/// As [`ask`]; the value goes back into `output`.
fn ask_into(
    kernel: &Kernel,
    sent: Sent<'_>,
    owner: &Rc<Object>,
    output: &mut [u8],
    give: impl FnOnce(&Ref<Request>),
) -> Reply {
    let mut value = Vec::new();
    let reply = ask_for(kernel, sent, owner, output, give, &mut value);
    let length = output.len().min(value.len());
    output[..length].copy_from_slice(&value[..length]);
    reply
}

/// Gives a request to the driver and has its answer. The driver may keep it and answer later.
pub(crate) fn ask(
    kernel: &Kernel,
    sent: Sent<'_>,
    owner: &Rc<Object>,
    value: &[u8],
    give: impl FnOnce(&Ref<Request>),
) -> Reply {
    ask_for(kernel, sent, owner, value, give, &mut Vec::new())
}

fn ask_for(
    kernel: &Kernel,
    sent: Sent<'_>,
    owner: &Rc<Object>,
    value: &[u8],
    give: impl FnOnce(&Ref<Request>),
    answered: &mut Vec<u8>,
) -> Reply {
    let origin = Origin::Ks(sent.into_owned());
    let request = match wdf_request::new(kernel, origin, value.to_vec(), owner) {
        Ok(request) => request,
        Err(status) => return Reply { status, information: 0 },
    };
    give(&request);
    let until = kernel.qpc() + kernel.ticks_of_duration(PATIENCE);
    kernel.block(until, &|| request.reply().is_some());
    let reply = request.reply().unwrap_or_else(|| {
        kernel.violate(Rule::RequestLost, "a request was never completed".to_owned());
        Reply { status: STATUS_CANCELLED, information: 0 }
    });
    *answered = request.value.take();
    kernel.objects.delete(kernel, request.object());
    reply
}

/// What AcxRequestGetParameters tells of a request.
fn parameters(request: &Ref<Request>) -> ACX_REQUEST_PARAMETERS {
    let Ok(sent) = request.sent() else { return ACX_REQUEST_PARAMETERS::default() };
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
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

/// ACX goes on with a request that the driver gave back.
fn dispatch(kernel: &Kernel, request: &Ref<Request>) {
    let Ok(sent) = request.sent() else { return };
    let mut value = request.value.borrow().clone();
    let reply = answer(kernel, sent.clone(), &mut value);
    // In place: the driver may have looked at where the value lies.
    request.value.borrow_mut().copy_from_slice(&value);
    // What a size query needs is no answer that was written.
    request.finish(kernel, reply);
}

/// Source: AcxRequestGetParameters: Size must be set.
fn AcxRequestGetParameters(kernel: &Kernel, request: WDFREQUEST, place: PACX_REQUEST_PARAMETERS) {
    let Ok(request) = kernel.objects.get::<Request>(kernel, request as usize) else { return };
    let sized = read(place)
        .is_some_and(|place| usize::from(place.Size) == size_of::<ACX_REQUEST_PARAMETERS>());
    if !sized {
        kernel.violate(
            Rule::Uninitialized,
            "ACX_REQUEST_PARAMETERS was not initialized: wrong Size".to_owned(),
        );
        return;
    }
    write(place, parameters(&request));
}

fn AcxCircuitDispatchAcxRequest(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    request: WDFREQUEST,
) -> NTSTATUS {
    status(
        kernel
            .objects
            .get::<Circuit>(kernel, circuit as usize)
            .and_then(|_| kernel.objects.get::<Request>(kernel, request as usize))
            .map(|request| dispatch(kernel, &request)),
    )
}

fn AcxStreamDispatchAcxRequest(
    kernel: &Kernel,
    stream: ACXSTREAM,
    request: WDFREQUEST,
) -> NTSTATUS {
    status(
        kernel
            .objects
            .get::<Stream>(kernel, stream as usize)
            .and_then(|_| kernel.objects.get::<Request>(kernel, request as usize))
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
