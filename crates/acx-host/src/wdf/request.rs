//! Requests that a driver owns until it completes them. Source: wdfrequest.h pages.

use std::cell::{Cell, RefCell};

use acx_sys::*;

use crate::abi::entries;
use crate::kernel::Kernel;
use crate::ks::{Reply, Sent};
use crate::report::Rule;

/// A client's request, on its way to an answer.
pub(crate) struct Request {
    pub(crate) sent: Sent<'static>,
    /// The value: in on SET, out on GET.
    pub(crate) value: RefCell<Vec<u8>>,
    information: Cell<usize>,
    reply: Cell<Option<Reply>>,
}

impl Request {
    pub(crate) fn new(sent: Sent<'static>, value: Vec<u8>) -> Self {
        Self { sent, value: RefCell::new(value), information: Cell::new(0), reply: Cell::new(None) }
    }

    pub(crate) fn reply(&self) -> Option<Reply> {
        self.reply.get()
    }

    /// The answer. There is one.
    pub(crate) fn finish(&self, kernel: &Kernel, reply: Reply) {
        if self.reply.get().is_some() {
            kernel.violate(Rule::Contract, "a request was completed twice".to_owned());
            return;
        }
        let room = self.value.borrow().len();
        if NT_SUCCESS(reply.status) && reply.information > room {
            let what = format!("{} bytes of answer in {room}", reply.information);
            kernel.violate(Rule::Contract, what);
        }
        self.reply.set(Some(reply));
    }
}

fn complete(kernel: &Kernel, request: WDFREQUEST, status: NTSTATUS, information: Option<usize>) {
    if let Ok(request) = kernel.objects.get::<Request>(kernel, request as usize) {
        let information = information.unwrap_or(request.information.get());
        request.finish(kernel, Reply { status, information });
    }
}

entries! {
    /// Requests.
    entries:

    /// Source: WdfRequestComplete.
    [2] fn WdfRequestComplete(kernel, request: WDFREQUEST, status: NTSTATUS) {
        complete(kernel, request, status, None);
    }

    /// Source: WdfRequestCompleteWithInformation.
    [2] fn WdfRequestCompleteWithInformation(kernel, request: WDFREQUEST, status: NTSTATUS, information: ULONG_PTR) {
        complete(kernel, request, status, Some(information as usize));
    }

    /// Source: WdfRequestSetInformation.
    [2] fn WdfRequestSetInformation(kernel, request: WDFREQUEST, information: ULONG_PTR) {
        if let Ok(request) = kernel.objects.get::<Request>(kernel, request as usize) {
            request.information.set(information as usize);
        }
    }
}
