//! Stream bridges: how a stream continues in the next circuit of a composite endpoint. DDI:
//! ACX_STREAM_BRIDGE_CONFIG, AcxStreamBridgeCreate, AcxPinAddStreamBridges,
//! AcxStreamBridgeGetTargetStream, AcxTargetStreamFormatRequestForProperty.
//!
//! A bridge is a mux: the first incoming stream creates the one outgoing stream. Its format is the
//! default that the bridge pin lists for the outgoing mode, or else the incoming stream's own. If a
//! driver gives a pin no bridge, ACX creates one for all modes, whose outgoing mode is RAW.
//!
//! A driver whose hardware needs the next circuit's stream earlier or later, or only for some
//! streams, turns ACX's handling off and adds its streams to the bridges itself:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() {
//! #     host::run_with(prepare, |machine| host::play(machine, acx_client::Direction::Render))
//! # }
//! use acx::bridge::{ManualBridge, Order};
//! use acx::circuit::{Circuit, CircuitInit, Direction};
//! use acx::device::PrepareHardware;
//! use acx::once::Once;
//! use acx::pin::{Mode, Side};
//! use acx::pool::Arc;
//! use acx::stream::CreateStream;
//! use acx::{Error, Result};
//! # use host::{COMPONENT, STEREO, STILL};
//! # struct Alone;
//! # impl acx::pin::Neighbour for Alone {
//! #     fn connected(&self, _: &acx::pin::TargetCircuit<'_>, _: &mut acx::Passive) {}
//! #     fn disconnected(&self, _: &mut acx::Passive) {}
//! # }
//!
//! struct Front {
//!     bridge: Arc<Once<ManualBridge>>,
//! }
//!
//! impl Circuit for Front {
//!     fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
//!         request.create_rt(|stream| {
//!             let bridge = self.bridge.get().ok_or(Error::InvalidState)?;
//!             // Here no circuit follows: the composite is not complete.
//!             assert!(bridge.add(&stream.reference(), stream.passive()).is_err());
//!             Ok((STILL, ()))
//!         })
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let bridge = Arc::new(Once::default())?;
//!     let name = acx::wide!("Speaker0");
//!     let init = CircuitInit::new(hardware, Direction::Render, name, &COMPONENT)?;
//!     let init = init.with_bridges_by_hand();
//!     let mut circuit = init.create(Front { bridge: bridge.clone() })?;
//!     circuit.host_pin(1)?.formats(Mode::Raw, [STEREO])?;
//!     let mut pin = circuit.pin_between(Side::Far, Alone)?;
//!     bridge.set(pin.stream_bridge_by_hand(Mode::Raw, Order::Usual)?)?;
//!     circuit.add()
//! }
//! ```

use core::mem::ManuallyDrop;
use core::ptr::{null, null_mut};

use acx_sys::*;

use crate::error::check;
use crate::items::one;
use crate::mode::Mode;
use crate::outgoing::Outgoing;
use crate::reference::Reference;
use crate::request::{Recipient, Request};
use crate::stream::NewStream;
use crate::target;
use crate::{Error, Passive, Result, context};

/// The order in which the streams of a composite endpoint change their states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Render: the streaming circuit changes first on the way up and last on the way down. Capture:
    /// the reverse.
    #[default]
    Usual,
    /// The opposite.
    Inverted,
}

/// Creates a bridge and adds it to `pin`; see
/// [`Pin::stream_bridge`](crate::pin::Pin::stream_bridge).
///
/// # Safety
///
/// The circuit must be alive and under construction, and the pin must be one of its pins.
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
    if count > 0 {
        config.InModes = places.as_mut_ptr();
    }
    config.OutMode = &raw const out;
    let mut attributes = context::attributes::<()>(circuit.cast());
    let mut handle: ACXSTREAMBRIDGE = null_mut();
    // SAFETY: the circuit is alive, by the caller's contract; ACX copies the configuration and the
    // modes.
    check(unsafe {
        AcxStreamBridgeCreate(circuit, &raw mut attributes, &raw mut config, &raw mut handle)
    })?;
    let (place, count) = one(&mut handle);
    // SAFETY: created just now, of this pin's circuit, and not yet added; ACX copies the array.
    check(unsafe { AcxPinAddStreamBridges(pin, place, count) })?;
    // SAFETY: the bridge is alive while its circuit is.
    Ok(StreamBridge(unsafe { Reference::new(handle.cast()) }))
}

/// A stream bridge, through which the driver reaches the streams of the next circuit.
#[derive(Clone)]
pub struct StreamBridge(Reference);

impl StreamBridge {
    /// Lends the next circuit's stream and the token to `ask` while `request` is in progress, so
    /// that the driver can query that stream. Returns None if the stream does not go through this
    /// bridge. Call it only from [`Stream::property`](crate::stream::Stream::property).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`: the request carries the token.
    #[doc(alias = "AcxStreamBridgeGetTargetStream")]
    pub fn ask<R>(
        &self,
        request: &mut Request<'_>,
        ask: impl FnOnce(&target::Stream, &mut Passive) -> R,
    ) -> Option<R> {
        let Recipient::StreamProperty(stream) = request.recipient() else { return None };
        let bridge = self.0.alive()?;
        // SAFETY: in the property callback of this stream, which the request belongs to; the
        // reference keeps the bridge's handle valid.
        let target = unsafe { AcxStreamBridgeGetTargetStream(bridge.cast(), stream) };
        if target.is_null() {
            return None;
        }
        // SAFETY: ACX has just returned the target stream, which is valid during this callback.
        let target = unsafe { target::Stream::lent(target) };
        Some(ask(&target, request.passive()))
    }

    pub(crate) fn reference(&self) -> &Reference {
        &self.0
    }

    /// Forwards a client's `request` to the next circuit's stream, and completes it with that
    /// stream's answer. Returns the request if the stream does not go through this bridge. Call it
    /// only from [`Stream::property`](crate::stream::Stream::property).
    ///
    /// It waits at most one second for the other circuit: the target stream is valid only until the
    /// property's callback returns (learn.microsoft.com: AcxStreamBridgeGetTargetStream).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`: the request carries the token.
    #[doc(alias = "AcxStreamBridgeGetTargetStream")]
    #[doc(alias = "AcxTargetStreamFormatRequestForProperty")]
    pub fn forward<'a>(&self, mut request: Request<'a>) -> Option<Request<'a>> {
        let Recipient::StreamProperty(stream) = request.recipient() else { return Some(request) };
        let Some(bridge) = self.0.alive() else { return Some(request) };
        // SAFETY: in the property callback of this stream, which the request belongs to; the
        // reference keeps the bridge's handle valid.
        let target = unsafe { AcxStreamBridgeGetTargetStream(bridge.cast(), stream) };
        if target.is_null() {
            return Some(request);
        }
        // SAFETY: ACX has just returned the target stream, which is valid during this callback.
        let answer = unsafe { forward(target, &mut request) };
        match answer {
            Ok((status, information)) => request.complete_with_status(status, information),
            Err(error) => request.complete(Err(error)),
        }
        None
    }
}

/// Sends the same request as `request` to `target`. Returns the status and information.
///
/// # Safety
///
/// The target stream must stay alive until this returns.
#[inline(never)]
unsafe fn forward(
    target: ACXTARGETSTREAM,
    request: &mut Request<'_>,
) -> Result<(NTSTATUS, ULONG_PTR)> {
    let mut parameters = request.parameters();
    // SAFETY: the target is alive, by the caller's contract.
    let io = unsafe { AcxTargetStreamGetWdfIoTarget(target) };
    // SAFETY: the target stream's own I/O target.
    let outgoing = unsafe { Outgoing::new(io) }?;
    // SAFETY: the target is alive, by the caller's contract, and the request is for its I/O target.
    check(unsafe {
        AcxTargetStreamFormatRequestForProperty(target, outgoing.handle(), &raw mut parameters)
    })?;
    // SAFETY: formatted just now. The value is the client's buffer, which ACX keeps locked until
    // the client's request is completed, after this one.
    Ok(unsafe { outgoing.send(request.passive()) })
}

impl Request<'_> {
    /// Completes the request with another stream's answer.
    fn complete_with_status(self, status: NTSTATUS, information: ULONG_PTR) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the driver owns the request until now.
        unsafe { WdfRequestCompleteWithInformation(this.handle(), status, information) };
    }
}

/// A bridge to which the driver, not ACX, adds its streams one by one: see
/// [`Pin::stream_bridge_by_hand`](crate::pin::Pin::stream_bridge_by_hand).
#[derive(Clone)]
pub struct ManualBridge {
    pub(crate) bridge: StreamBridge,
    pub(crate) circuit: Reference,
}

impl ManualBridge {
    /// The bridge, for access to the next circuit's stream.
    pub fn bridge(&self) -> &StreamBridge {
        &self.bridge
    }

    /// The handles of bridge and stream, if both are alive and belong to one circuit.
    fn both(&self, stream: &StreamRef) -> Result<(ACXSTREAMBRIDGE, ACXSTREAM)> {
        let bridge = self.bridge.0.alive().ok_or(Error::InvalidState)?;
        let (handle, circuit) = stream.alive()?;
        if circuit != self.circuit.object() {
            return Err(Error::InvalidParameter);
        }
        Ok((bridge.cast(), handle))
    }

    /// Adds `stream` to the bridge. The first stream creates the next circuit's stream, and they
    /// change state together from then on.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`. The call waits for the next circuit.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a stream of another circuit; [`Error::InvalidState`] if the
    /// bridge or the stream is gone, or the stream is already in the bridge; the next circuit's
    /// errors.
    #[doc(alias = "AcxStreamBridgeAddStream")]
    pub fn add(&self, stream: &StreamRef, _passive: &mut Passive) -> Result<()> {
        let (bridge, stream) = self.both(stream)?;
        // SAFETY: both are alive and of one circuit, and referenced; at PASSIVE_LEVEL by the token.
        check(unsafe { AcxStreamBridgeAddStream(bridge, stream) })
    }

    /// Removes `stream` from the bridge. Removing the last one also removes the next circuit's
    /// stream.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`. The call waits for the next circuit.
    ///
    /// # Errors
    ///
    /// The same as [`add`](Self::add), and an error for a stream that is not in the bridge.
    #[doc(alias = "AcxStreamBridgeRemoveStream")]
    pub fn remove(&self, stream: &StreamRef, _passive: &mut Passive) -> Result<()> {
        let (bridge, stream) = self.both(stream)?;
        // SAFETY: both are alive and of one circuit, and referenced; at PASSIVE_LEVEL by the token.
        check(unsafe { AcxStreamBridgeRemoveStream(bridge, stream) })
    }
}

/// A reference to a stream. Keep it in the context of the stream or of the circuit.
#[derive(Clone)]
pub struct StreamRef {
    stream: Reference,
    circuit: Reference,
}

impl StreamRef {
    /// The stream, unless it is gone, with its circuit.
    fn alive(&self) -> Result<(ACXSTREAM, WDFOBJECT)> {
        let stream = self.stream.alive().ok_or(Error::InvalidState)?;
        Ok((stream.cast(), self.circuit.object()))
    }
}

impl NewStream<'_> {
    /// A reference to the stream, for [`ManualBridge`].
    pub fn reference(&self) -> StreamRef {
        // SAFETY: the stream is alive in its creation.
        let stream = unsafe { Reference::new(self.handle().cast()) };
        // SAFETY: a stream's circuit lives at least as long as the stream.
        let circuit = unsafe { Reference::new(self.circuit().cast()) };
        StreamRef { stream, circuit }
    }
}
