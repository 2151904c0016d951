//! Stream bridges: how a stream continues in the next circuit of a composite endpoint. DDI:
//! ACX_STREAM_BRIDGE_CONFIG, AcxStreamBridgeCreate, AcxPinAddStreamBridges,
//! AcxStreamBridgeGetTargetStream, AcxTargetStreamFormatRequestForProperty.
//!
//! A bridge is a mux: of all the streams that come in, the first makes the one that goes out, in
//! the default format that the bridge pin lists for the outgoing mode (without one: in its own
//! format). Where a driver gives a pin no bridge, ACX makes one for every mode, with RAW going out.
//!
//! A driver whose hardware wants the next circuit's stream earlier or later, or only for some
//! streams, has ACX leave its bridges alone and puts its streams into them by hand:
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
    if count > 0 {
        config.InModes = places.as_mut_ptr();
    }
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
    /// Lends the next circuit's stream, and the token, to `ask`, while `request` is under way: for
    /// what the driver wants to know of it. None if the stream does not go through this bridge.
    /// Only from [`Stream::property`](crate::stream::Stream::property).
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
        // SAFETY: ACX has just returned the target stream, which is valid for the time of this
        // callback.
        let target = unsafe { target::Stream::lent(target) };
        Some(ask(&target, request.passive()))
    }

    pub(crate) fn reference(&self) -> &Reference {
        &self.0
    }

    /// Forwards a client's `request` to the next circuit's stream, and completes it with that
    /// stream's answer. Returns the request if the stream does not go through this bridge. Only
    /// from [`Stream::property`](crate::stream::Stream::property).
    ///
    /// This waits for the other circuit, a second at most: the target stream is valid only until
    /// the property's callback returns (learn.microsoft.com: AcxStreamBridgeGetTargetStream).
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
        // SAFETY: ACX has just returned the target stream, which is valid for the time of this
        // callback.
        let answer = unsafe { forward(target, &mut request) };
        match answer {
            Ok((status, information)) => request.complete_with_status(status, information),
            Err(error) => request.complete(Err(error)),
        }
        None
    }
}

/// Asks `target` what `request` asks. Status and information of the answer.
///
/// # Safety
///
/// A target stream that stays alive until this returns.
#[inline(never)]
unsafe fn forward(
    target: ACXTARGETSTREAM,
    request: &mut Request<'_>,
) -> Result<(NTSTATUS, ULONG_PTR)> {
    let mut parameters = request.parameters();
    // SAFETY: the target is alive, says the caller.
    let io = unsafe { AcxTargetStreamGetWdfIoTarget(target) };
    // SAFETY: the target stream's own I/O target.
    let outgoing = unsafe { Outgoing::new(io) }?;
    // SAFETY: the target is alive, says the caller, and the request is for its I/O target.
    check(unsafe {
        AcxTargetStreamFormatRequestForProperty(target, outgoing.handle(), &raw mut parameters)
    })?;
    // SAFETY: formatted just now. The value is the client's, which ACX has locked until its request
    // is completed: after this one.
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

/// A bridge that the driver puts its streams into, one by one, instead of ACX: see
/// [`Pin::stream_bridge_by_hand`](crate::pin::Pin::stream_bridge_by_hand).
#[derive(Clone)]
pub struct ManualBridge {
    pub(crate) bridge: StreamBridge,
    pub(crate) circuit: Reference,
}

impl ManualBridge {
    /// The bridge, to reach the next circuit's stream.
    pub fn bridge(&self) -> &StreamBridge {
        &self.bridge
    }

    /// The bridge and the stream, if both are there and of one circuit.
    fn both(&self, stream: &StreamRef) -> Result<(ACXSTREAMBRIDGE, ACXSTREAM)> {
        let bridge = self.bridge.0.alive().ok_or(Error::InvalidState)?;
        let (handle, circuit) = stream.alive()?;
        if circuit != self.circuit.object() {
            return Err(Error::InvalidParameter);
        }
        Ok((bridge.cast(), handle))
    }

    /// Puts `stream` into the bridge: its first stream makes the one of the next circuit, and they
    /// change their states together from then on.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`. It waits for the next circuit.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a stream of another circuit; [`Error::InvalidState`] if the
    /// bridge or the stream is gone, or the stream is in the bridge already; what the next circuit
    /// answers.
    #[doc(alias = "AcxStreamBridgeAddStream")]
    pub fn add(&self, stream: &StreamRef, _passive: &mut Passive) -> Result<()> {
        let (bridge, stream) = self.both(stream)?;
        // SAFETY: both are alive and of one circuit, and referenced; at PASSIVE_LEVEL by the token.
        check(unsafe { AcxStreamBridgeAddStream(bridge, stream) })
    }

    /// Takes `stream` out of the bridge; the last one takes the next circuit's stream along.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`. It waits for the next circuit.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add), for a stream that is not in the bridge.
    #[doc(alias = "AcxStreamBridgeRemoveStream")]
    pub fn remove(&self, stream: &StreamRef, _passive: &mut Passive) -> Result<()> {
        let (bridge, stream) = self.both(stream)?;
        // SAFETY: both are alive and of one circuit, and referenced; at PASSIVE_LEVEL by the token.
        check(unsafe { AcxStreamBridgeRemoveStream(bridge, stream) })
    }
}

/// A reference to a stream. Keep it in what the stream's or the circuit's context owns.
#[derive(Clone)]
pub struct StreamRef {
    stream: Reference,
    circuit: Reference,
}

impl StreamRef {
    /// The stream, unless it is gone, and its circuit.
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
        // SAFETY: a stream's circuit is there as long as the stream.
        let circuit = unsafe { Reference::new(self.circuit().cast()) };
        StreamRef { stream, circuit }
    }
}
