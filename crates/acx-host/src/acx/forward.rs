//! Requests that a driver handles.

use std::rc::Rc;
use std::time::Duration;

use acx_client::Reply;
use acx_sys::*;

use crate::acx::sent::Sent;
use crate::kernel::Kernel;
use crate::kernel::object::{self, Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::request::{self, Origin, Request};

/// The maximum wait of a client for a driver that keeps a request pending.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same as [`ask_into`], without an answer's value.
pub(crate) fn ask(
    kernel: &Kernel,
    sent: Sent<'_>,
    owner: &Rc<Object>,
    value: &[u8],
    present: impl FnOnce(&Ref<Request>),
) -> Reply {
    ask_into(kernel, sent, owner, &mut value.to_vec(), present)
}

/// Presents a request to the driver and returns its result; the value goes back into `output`. The
/// driver may keep it and complete it later.
pub(crate) fn ask_into(
    kernel: &Kernel,
    sent: Sent<'_>,
    owner: &Rc<Object>,
    output: &mut [u8],
    present: impl FnOnce(&Ref<Request>),
) -> Reply {
    let origin = Origin::Client(Box::new(sent.into_owned()));
    let request = match request::new(kernel, origin, output.to_vec(), owner) {
        Ok(request) => request,
        Err(status) => return Reply::failed(status),
    };
    present(&request);
    let until = kernel.qpc() + kernel.ticks_of_duration(PATIENCE);
    kernel.block(until, &|| request.reply().is_some());
    let reply = request.reply().unwrap_or_else(|| {
        kernel.violate(Rule::RequestLost, "a request was never completed".to_owned());
        Reply::failed(STATUS_CANCELLED)
    });
    output.copy_from_slice(&request.value.borrow());
    object::delete(kernel, request.object());
    reply
}
