//! Requests that the driver creates and sends to other circuits. DDI: WdfRequestCreate,
//! WdfRequestSend.

use core::ptr::null_mut;

use acx_sys::*;

use crate::error::check;
use crate::{Passive, Result, context};

/// The timeout of a request: one second, in units of 100 ns. Negative values are relative.
const TIMEOUT: LONGLONG = -10_000_000;

/// A request that the driver created. Deleted when dropped.
pub(crate) struct Outgoing {
    request: WDFREQUEST,
    io: WDFIOTARGET,
}

impl Outgoing {
    /// # Safety
    ///
    /// An I/O target that stays alive as long as this does.
    #[inline(never)]
    pub(crate) unsafe fn new(io: WDFIOTARGET) -> Result<Self> {
        let mut attributes = context::attributes::<()>(null_mut());
        let mut request: WDFREQUEST = null_mut();
        // SAFETY: alive, by the caller's contract.
        check(unsafe { WdfRequestCreate(&raw mut attributes, io, &raw mut request) })?;
        Ok(Self { request, io })
    }

    pub(crate) fn handle(&self) -> WDFREQUEST {
        self.request
    }

    /// Sends the request and waits for its completion, at most one second. Returns status and
    /// information.
    ///
    /// # Safety
    ///
    /// The request is formatted, and its parameters point to memory that is valid until this
    /// returns.
    #[inline(never)]
    pub(crate) unsafe fn send(self, _passive: &Passive) -> (NTSTATUS, ULONG_PTR) {
        let mut options = WDF_REQUEST_SEND_OPTIONS::default();
        let synchronous = _WDF_REQUEST_SEND_OPTIONS_FLAGS::WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
        WDF_REQUEST_SEND_OPTIONS_INIT(&mut options, synchronous.cast_unsigned());
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&mut options, TIMEOUT);
        // SAFETY: formatted, by the caller's contract; `new`'s caller keeps the target alive. At
        // PASSIVE_LEVEL by the token, so waiting is allowed. The request's status shows whether it
        // was sent.
        let _ = unsafe { WdfRequestSend(self.request, self.io, &raw mut options) };
        // SAFETY: the driver owns the request, which is completed.
        let status = unsafe { WdfRequestGetStatus(self.request) };
        // SAFETY: the driver owns the request, which is completed.
        (status, unsafe { WdfRequestGetInformation(self.request) })
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and completed or never sent.
        unsafe { context::delete(self.request.cast()) };
    }
}
