//! Device-control requests, which programs and drivers send to an interface of the device. DDI:
//! WdfRequestGetParameters, WdfRequestRetrieveInputBuffer, WdfRequestRetrieveOutputBuffer,
//! WdfRequestComplete, WdfRequestMarkCancelableEx.
//!
//! Requests arrive at a [`queue`](crate::queue), which has an example.
//!
//! # Read first, then reply
//!
//! With METHOD_BUFFERED, input and output share memory: the first byte of output overwrites the
//! input. So a request is read first, and [`reply`](IoRequest::reply) ends the reading: an
//! [`IoReply`] is written sequentially and completes with exactly the bytes that were written.
//! Stale contents of the buffer never reach the client.
//!
//! With METHOD_IN_DIRECT the second buffer is input as well, and is never written. METHOD_NEITHER
//! passes client addresses that are valid only in the client's thread: this crate gives such a
//! request no buffers.
//!
//! Clients may change direct buffers at any time, so they are copied and no reference to them is
//! created.
//!
//! # Ownership of a request
//!
//! A request belongs to the callback that received it, or to the call that took it from a queue,
//! and borrows its token. It ends in one of these ways; if it is only dropped, it is completed with
//! STATUS_UNSUCCESSFUL:
//!
//! | end | then |
//! |---|---|
//! | [`complete`](IoRequest::complete), [`answer`](IoRequest::answer), [`IoReply::complete`] | the client gets its result |
//! | [`forward`](IoRequest::forward) | it waits in a [`ManualQueue`](crate::queue::ManualQueue), where the framework cancels it |
//! | [`mark_cancelable`](IoRequest::mark_cancelable) | it waits in a [`PendingRequest`], which the driver holds |
//!
//! Removing the device cancels waiting requests, so the removal does not wait for a client.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::{NonNull, null_mut};

use acx_sys::*;

use crate::cancel::Cancel;
use crate::copy::{copy_in, copy_out};
use crate::debug::{self, Level};
use crate::error::check;
use crate::irql::Irql;
use crate::reference::Reference;
use crate::{Dispatch, Error, Passive, Result, context};

/// The transfer method of a request's buffers: the last two bits of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One buffer for input and output: METHOD_BUFFERED.
    Buffered,
    /// A second buffer that the driver reads: METHOD_IN_DIRECT.
    InDirect,
    /// A second buffer that the driver writes: METHOD_OUT_DIRECT.
    OutDirect,
    /// Client addresses, which this crate does not use: METHOD_NEITHER.
    Neither,
}

/// `CTL_CODE`: composes a control code from device type, function, method, and FILE_ANY_ACCESS.
pub const fn control_code(device_type: u16, function: u16, method: Method) -> u32 {
    let method = match method {
        Method::Buffered => METHOD_BUFFERED,
        Method::InDirect => METHOD_IN_DIRECT,
        Method::OutDirect => METHOD_OUT_DIRECT,
        Method::Neither => METHOD_NEITHER,
    };
    #[expect(clippy::as_conversions, reason = "`From` is not const; the conversion is lossless")]
    let (device_type, function) = (device_type as u32, function as u32);
    CTL_CODE(device_type, function & 0xFFF, method, FILE_ANY_ACCESS)
}

/// A device-control request, which the driver owns until it ends it. While it lives, it borrows the
/// token of the callback that received it or of the call that retrieved it.
#[doc(alias = "WDFREQUEST")]
pub struct IoRequest<'token, L: Irql = Passive> {
    handle: WDFREQUEST,
    parameters: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4,
    /// Whether it may wait in a [`PendingRequest`]: not if it would keep the device from powering
    /// down.
    may_wait: bool,
    level: &'token mut L,
}

/// The status of an error. A success or pending status is replaced by a failure.
fn failure(error: Error) -> NTSTATUS {
    let status = error.status();
    if NT_SUCCESS(status) { STATUS_UNSUCCESSFUL } else { status }
}

impl<'token, L: Irql> IoRequest<'token, L> {
    /// # Safety
    ///
    /// A device-control request that the driver was just given, and the token of the callback that
    /// it came with or of the call that retrieved it. `may_wait`: its queue is not power-managed.
    pub(crate) unsafe fn new(handle: WDFREQUEST, may_wait: bool, level: &'token mut L) -> Self {
        let mut parameters = WDF_REQUEST_PARAMETERS::default();
        WDF_REQUEST_PARAMETERS_INIT(&mut parameters);
        // SAFETY: a live request, and a structure with its size set.
        unsafe { WdfRequestGetParameters(handle, &raw mut parameters) };
        // SAFETY: the request is a device-control one, by the caller's contract.
        let parameters = unsafe { parameters.Parameters.DeviceIoControl };
        Self { handle, parameters, may_wait, level }
    }

    pub(crate) fn request(&self) -> WDFREQUEST {
        self.handle
    }

    /// Its handle; the caller must end the request.
    pub(crate) fn into_handle(self) -> WDFREQUEST {
        ManuallyDrop::new(self).handle
    }

    /// The token of the callback, or of the call that retrieved the request.
    pub fn level(&mut self) -> &mut L {
        self.level
    }

    /// The control code of the request; [`control_code`] composes one.
    #[doc(alias = "WdfRequestGetParameters")]
    pub fn code(&self) -> u32 {
        self.parameters.IoControlCode
    }

    /// How the buffers are passed.
    pub fn method(&self) -> Method {
        match self.code() & 3 {
            METHOD_BUFFERED => Method::Buffered,
            METHOD_IN_DIRECT => Method::InDirect,
            METHOD_OUT_DIRECT => Method::OutDirect,
            _ => Method::Neither,
        }
    }

    /// The length of the input in bytes.
    pub fn input_length(&self) -> usize {
        if self.method() == Method::Neither { 0 } else { self.parameters.InputBufferLength }
    }

    /// The size of the client's output buffer in bytes.
    pub fn output_length(&self) -> usize {
        match self.method() {
            Method::Buffered | Method::OutDirect => self.parameters.OutputBufferLength,
            Method::InDirect | Method::Neither => 0,
        }
    }

    /// The length of METHOD_IN_DIRECT's second input in bytes.
    pub fn data_length(&self) -> usize {
        if self.method() == Method::InDirect { self.parameters.OutputBufferLength } else { 0 }
    }

    /// Returns whether a program, not a driver, sent the request.
    #[doc(alias = "WdfRequestGetRequestorMode")]
    pub fn is_from_user_mode(&self) -> bool {
        // SAFETY: the driver owns the request.
        unsafe { WdfRequestGetRequestorMode(self.handle) != 0 }
    }

    /// Returns whether the request was cancelled.
    #[doc(alias = "WdfRequestIsCanceled")]
    pub fn is_canceled(&self) -> bool {
        // SAFETY: the driver owns the request, which is not marked cancelable.
        unsafe { WdfRequestIsCanceled(self.handle) != 0 }
    }

    /// The input's bytes, or an error if there are none.
    fn input(&self) -> Result<(NonNull<u8>, usize)> {
        if self.input_length() == 0 {
            return Err(Error::BufferTooSmall);
        }
        let (mut buffer, mut length) = (null_mut(), 0);
        // SAFETY: the driver owns the request; the output parameters are ours.
        check(unsafe {
            WdfRequestRetrieveInputBuffer(self.handle, 1, &raw mut buffer, &raw mut length)
        })?;
        let buffer = NonNull::new(buffer.cast()).ok_or(Error::OutOfMemory)?;
        Ok((buffer, length))
    }

    /// The output buffer, which METHOD_IN_DIRECT uses as a second input.
    fn output(&self) -> Result<(NonNull<u8>, usize)> {
        if self.output_length().max(self.data_length()) == 0 {
            return Err(Error::BufferTooSmall);
        }
        let (mut buffer, mut length) = (null_mut(), 0);
        // SAFETY: the driver owns the request; the output parameters are ours.
        check(unsafe {
            WdfRequestRetrieveOutputBuffer(self.handle, 1, &raw mut buffer, &raw mut length)
        })?;
        let buffer = NonNull::new(buffer.cast()).ok_or(Error::OutOfMemory)?;
        Ok((buffer, length))
    }

    /// Copies the input from byte `offset` on into `into`, as much as exists and fits. Returns the
    /// number of bytes.
    #[doc(alias = "WdfRequestRetrieveInputBuffer")]
    pub fn read_input(&self, offset: usize, into: &mut [u8]) -> usize {
        // SAFETY: the buffer is valid as long as the driver owns the request.
        self.input().map_or(0, |buffer| unsafe { read(buffer, offset, into) })
    }

    /// Copies METHOD_IN_DIRECT's second input from byte `offset` on into `into`, as much as exists
    /// and fits. Returns the number of bytes; 0 for other methods.
    pub fn read_data(&self, offset: usize, into: &mut [u8]) -> usize {
        if self.data_length() == 0 {
            return 0;
        }
        // SAFETY: the buffer is valid as long as the driver owns the request.
        self.output().map_or(0, |buffer| unsafe { read(buffer, offset, into) })
    }

    /// Completes the request without output.
    #[doc(alias = "WdfRequestComplete")]
    pub fn complete(self, result: Result<()>) {
        let status = result.map_or_else(failure, |()| STATUS_SUCCESS);
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestComplete(self.into_handle(), status) };
    }

    /// Completes the request with all of `answer`, or with STATUS_BUFFER_TOO_SMALL.
    pub fn answer(self, answer: &[u8]) {
        if self.output_length() < answer.len() {
            return self.complete(Err(Error::BufferTooSmall));
        }
        if let Ok(mut reply) = self.reply() {
            reply.write(answer);
            reply.complete();
        }
    }

    /// Begins the output. The input can no longer be read.
    ///
    /// # Errors
    ///
    /// The framework's errors, such as STATUS_INSUFFICIENT_RESOURCES where a direct buffer cannot
    /// be mapped. The request is completed with the error.
    #[doc(alias = "WdfRequestRetrieveOutputBuffer")]
    pub fn reply(self) -> Result<IoReply<'token, L>> {
        if self.output_length() == 0 {
            return Ok(IoReply { request: self, buffer: NonNull::dangling(), room: 0, written: 0 });
        }
        match self.output() {
            Ok((buffer, room)) => Ok(IoReply { request: self, buffer, room, written: 0 }),
            Err(error) => {
                self.complete(Err(error));
                Err(error)
            }
        }
    }

    /// Lets the request wait for its result, and lets the system cancel it meanwhile. If it is
    /// cancelled, `on_cancel` is called and the request is completed with STATUS_CANCELLED,
    /// possibly before this call returns. A request can be marked once.
    ///
    /// Returns the pending request, to be kept, and the token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] for a request of a power-managed queue, which would hold the device
    /// in D0, and for one that was marked before; STATUS_CANCELLED if it was already cancelled; the
    /// framework's errors. The request is completed with the error.
    #[doc(alias = "WdfRequestMarkCancelableEx")]
    pub fn mark_cancelable<C: OnCancel>(
        self,
        on_cancel: C,
    ) -> Result<(PendingRequest<C>, &'token mut L)> {
        match self.mark(on_cancel) {
            Ok(request) => {
                let this = ManuallyDrop::new(self);
                // SAFETY: `this` is neither dropped nor used after this: the request moves to the
                // pending request, and the token to the caller.
                let level = unsafe { core::ptr::read(&raw const this.level) };
                Ok((PendingRequest { request, on_cancel: PhantomData }, level))
            }
            Err(error) => {
                self.complete(Err(error));
                Err(error)
            }
        }
    }

    fn mark<C: OnCancel>(&self, on_cancel: C) -> Result<Reference> {
        if !self.may_wait {
            return Err(Error::InvalidState);
        }
        let object: WDFOBJECT = self.handle.cast();
        // SAFETY: the driver owns the request, so its handle is valid.
        unsafe { context::add(object, Marked { cancel: Cancel::new(), on_cancel }) }?;
        // SAFETY: the driver owns the request. The reference keeps its handle and its context valid
        // after the system completes it.
        let reference = unsafe { Reference::new(object) };
        // SAFETY: the driver owns the request, which came from a queue; its context is a `Marked`
        // of the same type as the callback's.
        check(unsafe { WdfRequestMarkCancelableEx(self.handle, Some(canceled::<C>)) })?;
        Ok(reference)
    }
}

impl IoRequest<'_, Passive> {
    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.level
    }
}

/// Copies from byte `offset` of a buffer on, as much as exists and fits.
///
/// # Safety
///
/// The buffer is valid for `length` bytes, possibly written by others at the same time.
unsafe fn read((buffer, length): (NonNull<u8>, usize), offset: usize, into: &mut [u8]) -> usize {
    let length = length.saturating_sub(offset).min(into.len());
    if let Some(into) = into.get_mut(..length) {
        // The copy's length is at most that of the bytes after `offset`, so the sum is inside the
        // buffer.
        let from = buffer.as_ptr().cast_const().wrapping_add(offset);
        // SAFETY: inside the buffer, by the caller's contract.
        unsafe { copy_out(from, into) };
    }
    length
}

impl<L: Irql> Drop for IoRequest<'_, L> {
    fn drop(&mut self) {
        // SAFETY: every function that ends a request forgets it, so the driver still owns it.
        unsafe { WdfRequestComplete(self.handle, STATUS_UNSUCCESSFUL) };
    }
}

/// The output of a request, written sequentially. If it is dropped before
/// [`complete`](Self::complete), the request fails.
pub struct IoReply<'token, L: Irql = Passive> {
    request: IoRequest<'token, L>,
    buffer: NonNull<u8>,
    room: usize,
    written: usize,
}

impl<L: Irql> IoReply<'_, L> {
    /// The token of the callback, or of the call that retrieved the request.
    pub fn level(&mut self) -> &mut L {
        self.request.level
    }

    /// The number of bytes that still fit.
    pub fn room(&self) -> usize {
        self.room.saturating_sub(self.written)
    }

    /// Appends as much of `from` as fits. Returns the number of bytes.
    pub fn write(&mut self, from: &[u8]) -> usize {
        let length = self.room().min(from.len());
        if let Some(from) = from.get(..length) {
            let place = self.buffer.as_ptr().wrapping_add(self.written);
            // SAFETY: the buffer has this many bytes from `written` on, as long as the driver owns
            // the request.
            unsafe { copy_in(place, from) };
            self.written = self.written.saturating_add(length);
        }
        length
    }

    /// Completes the request with the bytes written.
    #[doc(alias = "WdfRequestCompleteWithInformation")]
    pub fn complete(self) {
        let written = ULONG_PTR::try_from(self.written).unwrap_or(0);
        let handle = self.request.into_handle();
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestCompleteWithInformation(handle, STATUS_SUCCESS, written) };
    }
}

/// A callback for the cancellation of a waiting request.
pub trait OnCancel: Send + Sync + 'static {
    /// EvtRequestCancel: called before the request is completed. From now on the driver's
    /// [`PendingRequest::take`] returns None.
    fn canceled(&self, level: &mut Dispatch);
}

/// Does nothing.
impl OnCancel for () {
    fn canceled(&self, _level: &mut Dispatch) {}
}

/// The context of a request that was marked cancelable.
struct Marked<C> {
    cancel: Cancel,
    on_cancel: C,
}

/// A request that waits for its result, and that the system may cancel. Keep it where the result is
/// produced. If it is dropped without [`take`](Self::take), the request fails.
pub struct PendingRequest<C: OnCancel = ()> {
    request: Reference,
    on_cancel: PhantomData<C>,
}

impl<C: OnCancel> PendingRequest<C> {
    /// Takes the request back to complete it; None if it was cancelled.
    #[doc(alias = "WdfRequestUnmarkCancelable")]
    pub fn take<L: Irql>(self, level: &mut L) -> Option<IoRequest<'_, L>> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither dropped nor used after this.
        let request = unsafe { core::ptr::read(&raw const this.request) };
        unmark::<C>(&request).then(|| {
            // SAFETY: the driver owns the device-control request again, and its queue lets it wait.
            unsafe { IoRequest::new(request.object().cast(), true, level) }
        })
    }
}

/// Takes a marked request back. Returns whether the caller owns it now; otherwise it is completed,
/// here or by the cancel callback.
fn unmark<C: OnCancel>(request: &Reference) -> bool {
    // SAFETY: the reference keeps the handle and the context's memory.
    let Some(place) = (unsafe { context::place::<Marked<C>>(request.object()) }) else {
        return false;
    };
    // SAFETY: the context was set before the request was marked. `cancel` is only accessed through
    // shared references, and dropping the context does not change it.
    let cancel = unsafe { &(*place.as_ptr()).cancel };
    if !cancel.take() {
        return false;
    }
    // SAFETY: the request is marked, and neither party has completed it: from now on the callback
    // leaves it to this call.
    let status = unsafe { WdfRequestUnmarkCancelable(request.object().cast()) };
    if NT_SUCCESS(status) {
        return true;
    }
    if cancel.lost() {
        // SAFETY: the callback has run, and has left the request to this call.
        unsafe { WdfRequestComplete(request.object().cast(), STATUS_CANCELLED) };
    }
    false
}

impl<C: OnCancel> Drop for PendingRequest<C> {
    fn drop(&mut self) {
        if unmark::<C>(&self.request) {
            // SAFETY: the driver owns the request again.
            unsafe { WdfRequestComplete(self.request.object().cast(), STATUS_UNSUCCESSFUL) };
        }
    }
}

unsafe extern "C" fn canceled<C: OnCancel>(request: WDFREQUEST) {
    debug::callback(Level::Info, c"EvtRequestCancel");
    // SAFETY: the framework calls for a request to which `mark` gave a context of this type, and
    // keeps it while the callback runs.
    let Some(marked) = (unsafe { context::get::<Marked<C>>(request.cast()) }) else { return };
    // SAFETY: EvtRequestCancel is called at most at DISPATCH_LEVEL; this is its one token.
    let mut level = unsafe { Dispatch::assume() };
    marked.on_cancel.canceled(&mut level);
    if marked.cancel.canceled() {
        // SAFETY: the callback must complete it.
        unsafe { WdfRequestComplete(request, STATUS_CANCELLED) };
    }
}
