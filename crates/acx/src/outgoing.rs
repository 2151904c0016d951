//! Requests of the driver's own to other circuits. DDI: WdfRequestCreate, WdfRequestSend.

use core::ptr::null_mut;

use acx_sys::*;

use crate::error::check;
use crate::{Passive, Result, context};

/// The timeout of a request, in 100 ns: a second. Negative is relative, as for timers.
const TIMEOUT: LONGLONG = -10_000_000;

/// A request of the driver's own. Deleted when dropped.
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
        // SAFETY: alive, says the caller.
        check(unsafe { WdfRequestCreate(&raw mut attributes, io, &raw mut request) })?;
        Ok(Self { request, io })
    }

    pub(crate) fn handle(&self) -> WDFREQUEST {
        self.request
    }

    /// Sends the request and waits for its end, a second at most. Status and information of the
    /// answer.
    ///
    /// # Safety
    ///
    /// The request is formatted, and what its parameters point at is there until this returns.
    #[inline(never)]
    pub(crate) unsafe fn send(self, _passive: &Passive) -> (NTSTATUS, ULONG_PTR) {
        let mut options = WDF_REQUEST_SEND_OPTIONS::default();
        let synchronous = _WDF_REQUEST_SEND_OPTIONS_FLAGS::WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
        WDF_REQUEST_SEND_OPTIONS_INIT(&mut options, synchronous.cast_unsigned());
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&mut options, TIMEOUT);
        // SAFETY: formatted, says the caller; `new`'s caller keeps the target alive. At
        // PASSIVE_LEVEL by the token, where a request may be waited for. Whether it was sent is in
        // its status.
        let _ = unsafe { WdfRequestSend(self.request, self.io, &raw mut options) };
        // SAFETY: the request is the driver's own, and finished.
        let status = unsafe { WdfRequestGetStatus(self.request) };
        // SAFETY: the request is the driver's own, and finished.
        (status, unsafe { WdfRequestGetInformation(self.request) })
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and finished or never sent.
        unsafe { context::delete(self.request.cast()) };
    }
}
