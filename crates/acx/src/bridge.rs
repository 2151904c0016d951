//! Stream bridges: how a stream continues in the next circuit of a composite endpoint. DDI:
//! ACX_STREAM_BRIDGE_CONFIG, AcxStreamBridgeCreate, AcxPinAddStreamBridges,
//! AcxStreamBridgeGetTargetStream, AcxTargetStreamFormatRequestForProperty.
//!
//! A bridge is a mux: of all the streams that come in, the first makes the one that goes out, in
//! the default format that the bridge pin lists for the outgoing mode (without one: in its own
//! format). Where a driver gives a pin no bridge, ACX makes one for every mode, with RAW going out.

use core::mem::ManuallyDrop;
use core::ptr::{null, null_mut};

use acx_sys::*;

use crate::error::check;
use crate::mode::Mode;
use crate::reference::Reference;
use crate::request::{Recipient, Request};
use crate::{Error, Result, context};

/// The timeout of a request to another circuit's stream, in 100 ns: a second. Negative is relative,
/// as for timers.
const TIMEOUT: LONGLONG = -10_000_000;

/// The order in which the streams of a composite endpoint change their states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Render: the streaming circuit first on the way up, last on the way down. Capture: the other
    /// way round.
    #[default]
    Usual,
    /// The opposite.
    Inverted,
}

/// Makes a bridge and gives it to `pin`; [`Pin::stream_bridge`](crate::pin::Pin::stream_bridge).
///
/// # Safety
///
/// A live circuit that is being built, and a pin of it.
#[inline(never)]
pub(crate) unsafe fn add(
    circuit: ACXCIRCUIT,
    pin: ACXPIN,
    modes: &mut dyn Iterator<Item = Mode>,
    out: Mode,
    order: Order,
) -> Result<StreamBridge> {
    let known = Mode::ALL.map(Mode::guid);
    let mut places: [*const GUID; Mode::ALL.len()] = [null(); Mode::ALL.len()];
    let mut count: ULONG = 0;
    let mut free = places.iter_mut();
    for mode in modes {
        let place = free.next().ok_or(Error::InvalidParameter)?;
        let mut all = Mode::ALL.iter().zip(&known);
        *place = all.find(|(own, _)| **own == mode).map_or(null(), |(_, guid)| guid);
        count = count.saturating_add(1);
    }
    let out = out.guid();
    let mut config = ACX_STREAM_BRIDGE_CONFIG::default();
    ACX_STREAM_BRIDGE_CONFIG_INIT(&mut config);
    if order == Order::Inverted {
        config.Flags |= _ACX_STREAM_BRIDGE_CONFIG_FLAGS::AcxStreamBridgeInvertChangeStateSequence
            .cast_unsigned();
    }
    config.InModesCount = count;
    config.InModes = places.as_mut_ptr();
    config.OutMode = &raw const out;
    let mut attributes = context::attributes::<()>(circuit.cast());
    let mut handle: ACXSTREAMBRIDGE = null_mut();
    // SAFETY: the circuit is alive, says the caller; ACX copies the configuration and the modes.
    check(unsafe {
        AcxStreamBridgeCreate(circuit, &raw mut attributes, &raw mut config, &raw mut handle)
    })?;
    // SAFETY: created just now, of this pin's circuit, and not yet added; ACX copies the array.
    check(unsafe { AcxPinAddStreamBridges(pin, &raw mut handle, 1) })?;
    // SAFETY: the bridge is alive while its circuit is.
    Ok(StreamBridge(unsafe { Reference::new(handle.cast()) }))
}

/// A stream bridge, through which the driver reaches the streams of the next circuit.
#[derive(Clone)]
pub struct StreamBridge(Reference);

impl StreamBridge {
    /// Forwards a client's `request` to the next circuit's stream, and completes it with that
    /// stream's answer. Returns the request if the stream does not go through this bridge. Only
    /// from [`Stream::property`](crate::stream::Stream::property).
    ///
    /// This waits for the other circuit, a second at most: the target stream is valid only until
    /// the property's callback returns (learn.microsoft.com: AcxStreamBridgeGetTargetStream).
    #[doc(alias = "AcxStreamBridgeGetTargetStream")]
    #[doc(alias = "AcxTargetStreamFormatRequestForProperty")]
    pub fn forward<'a>(&self, request: Request<'a>) -> Option<Request<'a>> {
        let Recipient::StreamProperty(stream) = request.recipient() else { return Some(request) };
        let Some(bridge) = self.0.alive() else { return Some(request) };
        // SAFETY: in the property callback of this stream, which the request belongs to; the
        // reference keeps the bridge's handle valid.
        let target = unsafe { AcxStreamBridgeGetTargetStream(bridge.cast(), stream) };
        if target.is_null() {
            return Some(request);
        }
        // SAFETY: ACX has just returned the target stream, which is valid for the time of this
        // callback.
        let outgoing = unsafe { Outgoing::new(target) };
        let answer = outgoing.and_then(|outgoing| outgoing.send(&request));
        match answer {
            Ok((status, information)) => request.complete_with_status(status, information),
            Err(error) => request.complete(Err(error)),
        }
        None
    }
}

/// A request of the driver's own. Deleted when dropped.
struct Outgoing {
    request: WDFREQUEST,
    target: ACXTARGETSTREAM,
}

impl Outgoing {
    /// # Safety
    ///
    /// A target stream that stays alive as long as this does.
    unsafe fn new(target: ACXTARGETSTREAM) -> Result<Self> {
        let mut attributes = context::attributes::<()>(null_mut());
        let mut handle: WDFREQUEST = null_mut();
        // SAFETY: alive, says the caller.
        let io = unsafe { AcxTargetStreamGetWdfIoTarget(target) };
        // SAFETY: the target stream's own I/O target.
        check(unsafe { WdfRequestCreate(&raw mut attributes, io, &raw mut handle) })?;
        Ok(Self { request: handle, target })
    }

    /// Status and information of the answer.
    fn send(self, request: &Request<'_>) -> Result<(NTSTATUS, ULONG_PTR)> {
        let mut parameters = request.parameters();
        // SAFETY: `new`'s caller keeps the target alive, and the request is ours. The value is the
        // client's, which ACX has locked until its request is completed: after this one.
        check(unsafe {
            AcxTargetStreamFormatRequestForProperty(self.target, self.request, &raw mut parameters)
        })?;
        let mut options = WDF_REQUEST_SEND_OPTIONS::default();
        let synchronous = _WDF_REQUEST_SEND_OPTIONS_FLAGS::WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
        WDF_REQUEST_SEND_OPTIONS_INIT(&mut options, synchronous.cast_unsigned());
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&mut options, TIMEOUT);
        // SAFETY: `new`'s caller keeps the target alive.
        let io = unsafe { AcxTargetStreamGetWdfIoTarget(self.target) };
        // SAFETY: formatted just now. At PASSIVE_LEVEL, where a request may be waited for: the
        // client's request carries the token. Whether it was sent is in its status.
        let _ = unsafe { WdfRequestSend(self.request, io, &raw mut options) };
        // SAFETY: the request is the driver's own, and finished.
        let status = unsafe { WdfRequestGetStatus(self.request) };
        // SAFETY: the request is the driver's own, and finished.
        Ok((status, unsafe { WdfRequestGetInformation(self.request) }))
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and finished or never sent.
        unsafe { context::delete(self.request.cast()) };
    }
}

impl Request<'_> {
    /// Completes the request with another stream's answer.
    fn complete_with_status(self, status: NTSTATUS, information: ULONG_PTR) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestCompleteWithInformation(this.handle(), status, information) };
    }
}
