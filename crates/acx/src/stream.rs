//! Streams, basic and RT. DDI: AcxStreamCreate, AcxRtStreamCreate, ACX_STREAM_CALLBACKS,
//! ACX_RT_STREAM_CALLBACKS, AcxRtStreamNotifyPacketComplete.
//!
//! ```text
//!            prepare_hardware            run
//!   STOP  ---------------------> PAUSE -------> RUN
//!         <---------------------       <-------
//!            release_hardware           pause
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::bag::Bag;
use crate::debug::Level;
use crate::direction::Direction;
use crate::drm::{Content, Rights};
use crate::error::{check, status};
use crate::exclusive::Exclusive;
use crate::format::DataFormat;
use crate::items::{Method, one};
use crate::mode::Mode;
use crate::packets::RtPackets;
use crate::reference::Reference;
use crate::request::{Filter, Property, Recipient, Request, deliver};
use crate::time::Qpc;
use crate::trace;
use crate::units::{Bytes, Frames, Hns, low_half};
use crate::view::{CircuitView, PinView, StreamView};
use crate::{Dispatch, Error, Passive, Result, context};

/// The state callbacks of every stream. A stream with only these is a *basic* stream, such as one
/// in a part of a composite endpoint where no client maps packets.
///
/// ACX calls them one at a time, at `PASSIVE_LEVEL`, and they get the control half.
pub trait Stream: Sized + Send + Sync + 'static {
    /// The state that only control callbacks use.
    type Control: Send;

    /// Requests that [`preprocess`](Self::preprocess) gets before ACX.
    #[doc(alias = "AcxStreamInitAssignAcxRequestPreprocessCallback")]
    const PREPROCESS: &'static [Filter] = &[];

    /// Driver-defined properties, handled by [`property`](Self::property).
    #[doc(alias = "AcxStreamInitAssignProperties")]
    const PROPERTIES: &'static [Property] = &[];

    /// Driver-defined methods, handled by [`method`](Self::method).
    #[doc(alias = "AcxStreamInitAssignMethods")]
    const METHODS: &'static [Method] = &[];

    /// EvtAcxStreamPrepareHardware: stop to pause.
    fn prepare_hardware(&self, control: &mut Self::Control, passive: &mut Passive) -> Result<()>;

    /// EvtAcxStreamReleaseHardware: pause to stop; positions and packet numbers are reset to zero.
    fn release_hardware(&self, control: &mut Self::Control, passive: &mut Passive) -> Result<()>;

    /// EvtAcxStreamRun: pause to run.
    fn run(&self, control: &mut Self::Control, passive: &mut Passive) -> Result<()>;

    /// EvtAcxStreamPause: run to pause; positions and packet numbers stay.
    fn pause(&self, control: &mut Self::Control, passive: &mut Passive) -> Result<()>;

    /// EvtAcxStreamAssignDrmContentId: sets the current content and its rights. A driver must
    /// refuse content whose rights it cannot enforce. The default implementation only reports
    /// whether there are restrictions: [`set_copy_protected`](Self::set_copy_protected).
    fn assign_content(
        &self,
        _content: Content,
        rights: Rights,
        _passive: &mut Passive,
    ) -> Result<()> {
        self.set_copy_protected(rights.is_protected())
    }

    /// EvtAcxStreamAssignDrmContentId, simplified: whether the current content is protected.
    /// Protected content may not be copied (CopyProtect) or may not leave the device as an
    /// unprotected digital signal (DigitalOutputDisable), which includes a recording. A driver must
    /// refuse content that it cannot protect.
    fn set_copy_protected(&self, protected: bool) -> Result<()> {
        if protected { Err(Error::NotSupported) } else { Ok(()) }
    }

    /// EvtAcxObjectPreprocessRequest, for a request that [`PREPROCESS`](Self::PREPROCESS) names:
    /// complete it, or pass it to ACX with [`dispatch`](Request::dispatch).
    fn preprocess(&self, request: Request<'_>) {
        request.dispatch();
    }

    /// EvtAcxObjectProcessRequest, for one of [`PROPERTIES`](Self::PROPERTIES): complete it.
    fn property(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }

    /// EvtAcxObjectProcessRequest, for one of [`METHODS`](Self::METHODS): complete it.
    fn method(&self, request: Request<'_>) {
        request.complete(Err(Error::NotSupported));
    }
}

/// The additional callbacks of an RT stream, whose packets a client maps.
///
/// The first two are control callbacks, like those of [`Stream`]. The others may run at any time,
/// concurrently with everything: they get `&self` only, so they cannot wait for a control callback.
pub trait RtStream: Stream {
    /// EvtAcxStreamAllocateRtPackets: `count` packets of `size` bytes for a client. The wrapper
    /// keeps them until they are freed, and refuses packets of another number or size, because ACX
    /// maps what it requested.
    fn allocate_packets(
        &self,
        control: &mut Self::Control,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets>;

    /// EvtAcxStreamFreeRtPackets: the client has closed its handle. The wrapper drops the packets
    /// after this call.
    fn free_packets(&self, _control: &mut Self::Control, _passive: &mut Passive) {}

    /// EvtAcxStreamGetHwLatency.
    fn hw_latency(&self) -> Result<HwLatency>;

    /// EvtAcxStreamGetCurrentPacket: the current packet, counted from 0. ACX gets its lower 32
    /// bits.
    fn current_packet(&self) -> Result<u64>;

    /// EvtAcxStreamGetPresentationPosition.
    fn presentation_position(&self) -> Result<Position>;

    /// EvtAcxStreamSetRenderPacket: the client has written `packet`, the lower 32 bits of its
    /// number; `end` holds the valid bytes of the stream's last packet. Only for render streams.
    fn set_render_packet(&self, _packet: u32, _end: Option<Bytes>) -> Result<()> {
        Err(Error::NotSupported)
    }

    /// EvtAcxStreamGetCapturePacket: the newest filled packet. Only for capture streams.
    fn capture_packet(&self, _level: &mut Dispatch) -> Result<CapturedPacket> {
        Err(Error::NotSupported)
    }
}

/// The latency of a stream's hardware. DDI: EVT_ACX_STREAM_GET_HW_LATENCY.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HwLatency {
    /// Render: audio that the hardware has read ahead of the position. Capture: audio that it has
    /// not yet written.
    pub fifo: Bytes,
    /// The additional delay to or from the analog signal.
    pub delay: Hns,
}

/// The position of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Frames since the stream's start.
    pub frames: Frames,
    /// The time of that position.
    pub at: Qpc,
}

/// A packet that a client may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapturedPacket {
    /// Its number, counted from 0. ACX gets the lower 32 bits.
    pub number: u64,
    /// The time of its first frame.
    pub began: Qpc,
    /// Whether the next packet is already complete, so that the client can read it at once (burst
    /// mode).
    pub more: bool,
}

/// A request for a new stream (PACXSTREAM_INIT), during
/// [`create_stream`](crate::circuit::Circuit::create_stream). Used up by creating the stream.
pub struct CreateStream<'callback> {
    site: StreamSite<'callback>,
    init: PACXSTREAM_INIT,
    format: DataFormat<'callback>,
    mode: Option<Mode>,
    arguments: Option<Bag>,
    filters: Option<&'static [Filter]>,
    passive: &'callback mut Passive,
}

/// The circuit and pin for which a stream is created.
#[derive(Clone, Copy)]
pub(crate) struct StreamSite<'callback> {
    pub(crate) device: WDFDEVICE,
    pub(crate) circuit: ACXCIRCUIT,
    pub(crate) pin: ACXPIN,
    /// The circuit's direction.
    pub(crate) direction: Direction,
    /// The id of the circuit's loopback pin.
    pub(crate) loopback: Option<u32>,
    /// The circuit's audio engine.
    pub(crate) engine: Option<&'callback Reference>,
    /// The opener's arguments beside format and mode; null for none.
    pub(crate) arguments: ACXOBJECTBAG,
}

/// A stream object without its context. Create its timer and elements with it.
pub struct NewStream<'callback> {
    handle: ACXSTREAM,
    site: StreamSite<'callback>,
    passive: &'callback mut Passive,
}

struct StreamContext<S: Stream> {
    stream: S,
    control: Exclusive<Control<S>>,
}

struct Control<S: Stream> {
    control: S::Control,
    /// None for a basic stream, and while no packets are allocated.
    packets: Option<RtPackets>,
}

impl<'callback> CreateStream<'callback> {
    /// # Safety
    ///
    /// The arguments of EvtAcxCircuitCreateStream, during the callback, and its token.
    #[inline(never)]
    pub(crate) unsafe fn new(
        site: StreamSite<'callback>,
        init: PACXSTREAM_INIT,
        format: ACXDATAFORMAT,
        mode: *const GUID,
        passive: &'callback mut Passive,
    ) -> Self {
        // SAFETY: ACX gives a valid GUID or none.
        let asked = unsafe { mode.as_ref() };
        let same = |guid: GUID| {
            asked.is_some_and(|asked| {
                (asked.Data1, asked.Data2, asked.Data3, asked.Data4)
                    == (guid.Data1, guid.Data2, guid.Data3, guid.Data4)
            })
        };
        let mode = Mode::ALL.into_iter().find(|mode| same(mode.guid()));
        // SAFETY: the format lives as long as the stream that is being created.
        let format = unsafe { DataFormat::new(format) };
        // SAFETY: the callback's own bag, by the caller's contract.
        let arguments = unsafe { Bag::lent(site.arguments) };
        Self { site, init, format, mode, arguments, filters: None, passive }
    }

    /// Selects the requests that this stream preprocesses, instead of [`Stream::PREPROCESS`].
    pub fn preprocess(&mut self, filters: &'static [Filter]) {
        self.filters = Some(filters);
    }

    /// The stream's circuit.
    pub fn circuit(&self) -> CircuitView<'callback> {
        // SAFETY: alive in this callback.
        unsafe { CircuitView::new(self.site.circuit) }
    }

    /// The pin that the client opens.
    pub fn pin(&self) -> PinView<'callback> {
        // SAFETY: alive in this callback.
        unsafe { PinView::new(self.site.pin) }
    }

    /// The opener's arguments beside format and mode. The opener is another circuit of the
    /// endpoint, or a driver that opens a stream itself. With the token to read them.
    pub fn arguments(&self) -> Option<(&Bag, &Passive)> {
        self.arguments.as_ref().map(|bag| (bag, &*self.passive))
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The format that the client requests. ACX has found it in the pin's list.
    pub fn format(&self) -> DataFormat<'_> {
        self.format
    }

    /// The signal-processing mode, if this crate knows it.
    pub fn mode(&self) -> Option<Mode> {
        self.mode
    }

    /// The id of the pin that the client opens.
    #[doc(alias = "AcxPinGetId")]
    pub fn pin_id(&self) -> u32 {
        // SAFETY: the pin is alive in this callback.
        unsafe { AcxPinGetId(self.site.pin) }
    }

    /// The stream's direction: that of its circuit, except that a loopback pin captures.
    pub fn direction(&self) -> Direction {
        if self.site.loopback == Some(self.pin_id()) {
            Direction::Capture
        } else {
            self.site.direction
        }
    }

    /// Creates a basic stream. `make` gets the new object and builds the stream's two halves.
    ///
    /// # Errors
    ///
    /// ACX's errors, or those of `make`; ACX then deletes the unfinished stream.
    #[doc(alias = "AcxStreamInitAssignAcxStreamCallbacks")]
    #[doc(alias = "AcxStreamCreate")]
    pub fn create_basic<S: Stream>(
        self,
        make: impl FnOnce(&mut NewStream<'_>) -> Result<(S, S::Control)>,
    ) -> Result<()> {
        self.create(AcxStreamCreate, make)
    }

    /// Creates an RT stream. `make` gets the new object and builds the stream's two halves. The
    /// stream has its circuit's direction; at a loopback pin it captures.
    ///
    /// # Errors
    ///
    /// The same as [`create_basic`](Self::create_basic).
    #[doc(alias = "AcxStreamInitAssignAcxRtStreamCallbacks")]
    #[doc(alias = "AcxStreamInitSetAcxRtStreamSupportsNotifications")]
    #[doc(alias = "AcxRtStreamCreate")]
    pub fn create_rt<S: RtStream>(
        self,
        make: impl FnOnce(&mut NewStream<'_>) -> Result<(S, S::Control)>,
    ) -> Result<()> {
        let mut callbacks = ACX_RT_STREAM_CALLBACKS::default();
        ACX_RT_STREAM_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxStreamGetHwLatency = Some(hw_latency::<S>);
        callbacks.EvtAcxStreamAllocateRtPackets = Some(allocate_packets::<S>);
        callbacks.EvtAcxStreamFreeRtPackets = Some(free_packets::<S>);
        callbacks.EvtAcxStreamGetCurrentPacket = Some(current_packet::<S>);
        callbacks.EvtAcxStreamGetPresentationPosition = Some(presentation_position::<S>);
        match self.direction() {
            Direction::Render => {
                callbacks.EvtAcxStreamSetRenderPacket = Some(set_render_packet::<S>);
            }
            Direction::Capture => {
                callbacks.EvtAcxStreamGetCapturePacket = Some(capture_packet::<S>);
            }
        }
        // SAFETY: ACX's init object, in its callback; the callbacks are for streams of `S`.
        unsafe { assign_rt(self.init, &mut callbacks) }?;
        self.create(AcxRtStreamCreate, make)
    }

    fn create<S: Stream>(
        self,
        create: CreateFunction,
        make: impl FnOnce(&mut NewStream<'_>) -> Result<(S, S::Control)>,
    ) -> Result<()> {
        let mut init = self.init;
        let mut callbacks = ACX_STREAM_CALLBACKS::default();
        ACX_STREAM_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxStreamPrepareHardware = Some(prepare_hardware::<S>);
        callbacks.EvtAcxStreamReleaseHardware = Some(release_hardware::<S>);
        callbacks.EvtAcxStreamRun = Some(run::<S>);
        callbacks.EvtAcxStreamPause = Some(pause::<S>);
        callbacks.EvtAcxStreamAssignDrmContentId = Some(assign_drm_content_id::<S>);
        let requests = RequestCallbacks {
            filters: self.filters.unwrap_or(S::PREPROCESS),
            preprocess: Some(preprocess::<S>),
            properties: S::PROPERTIES,
            process: Some(process::<S>),
        };
        // SAFETY: ACX's init object, in its callback.
        unsafe { assign(init, &mut callbacks, &requests) }?;
        if !S::METHODS.is_empty() {
            // SAFETY: ACX's init object, in its callback; the callback is for streams of `S`.
            unsafe { assign_methods(init, S::METHODS, Some(process_method::<S>)) }?;
        }
        let mut attributes = context::attributes::<StreamContext<S>>(null_mut());
        let mut handle: ACXSTREAM = null_mut();
        // SAFETY: `create` is one of ACX's two calls; the init object belongs to ACX, and is used
        // up if the call succeeds.
        check(unsafe {
            let StreamSite { device, circuit, .. } = self.site;
            create(device, circuit, &raw mut attributes, &raw mut init, &raw mut handle)
        })?;
        let (stream, control) =
            make(&mut NewStream { handle, site: self.site, passive: self.passive })?;
        let control = Exclusive::new(Control { control, packets: None });
        // SAFETY: created just now with these attributes; ACX calls nothing on it before
        // EvtAcxCircuitCreateStream returns.
        unsafe { context::set(handle.cast(), StreamContext { stream, control }) }
    }
}

/// A stream's request filters, and their callbacks.
struct RequestCallbacks {
    filters: &'static [Filter],
    preprocess: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
    properties: &'static [Property],
    process: PFN_ACX_OBJECT_PROCESS_REQUEST,
}

/// Assigns a stream's callbacks. Not generic, so the image has it once.
///
/// # Safety
///
/// ACX's init object, in its callback, and callbacks for streams of the type that it will create.
#[inline(never)]
unsafe fn assign(
    init: PACXSTREAM_INIT,
    callbacks: &mut ACX_STREAM_CALLBACKS,
    requests: &RequestCallbacks,
) -> Result<()> {
    // SAFETY: ACX's init object, by the caller's contract; the callbacks are copied.
    check(unsafe { AcxStreamInitAssignAcxStreamCallbacks(init, callbacks) })?;
    for filter in requests.filters {
        let (request_type, set, id) = filter.parts();
        // SAFETY: ACX's init object, by the caller's contract; ACX copies the GUID.
        check(unsafe {
            AcxStreamInitAssignAcxRequestPreprocessCallback(
                init,
                requests.preprocess,
                null_mut(),
                request_type,
                set,
                id,
            )
        })?;
    }
    for property in requests.properties {
        let mut item = property.item(requests.process);
        let (place, count) = one(&mut item);
        // SAFETY: ACX's init object, by the caller's contract; ACX copies the item and its GUID.
        check(unsafe { AcxStreamInitAssignProperties(init, place, count) })?;
    }
    Ok(())
}

/// Assigns a stream's methods.
///
/// # Safety
///
/// As for [`assign`].
#[inline(never)]
unsafe fn assign_methods(
    init: PACXSTREAM_INIT,
    methods: &[Method],
    process: PFN_ACX_OBJECT_PROCESS_REQUEST,
) -> Result<()> {
    for method in methods {
        let mut item = method.item(process);
        let (place, count) = one(&mut item);
        // SAFETY: ACX's init object, by the caller's contract; ACX copies the item and its GUID.
        check(unsafe { AcxStreamInitAssignMethods(init, place, count) })?;
    }
    Ok(())
}

/// The functions of this driver that receive the content of streams `S`.
#[expect(clippy::as_conversions, reason = "a function's address is no other value")]
pub(crate) fn handlers<S: RtStream>() -> [PVOID; 4] {
    [
        allocate_packets::<S> as *const () as PVOID,
        set_render_packet::<S> as *const () as PVOID,
        capture_packet::<S> as *const () as PVOID,
        assign_drm_content_id::<S> as *const () as PVOID,
    ]
}

/// Assigns the additional callbacks of an RT stream.
///
/// # Safety
///
/// As for [`assign`].
#[inline(never)]
unsafe fn assign_rt(init: PACXSTREAM_INIT, callbacks: &mut ACX_RT_STREAM_CALLBACKS) -> Result<()> {
    // SAFETY: ACX's init object, by the caller's contract; the callbacks are copied.
    check(unsafe { AcxStreamInitAssignAcxRtStreamCallbacks(init, callbacks) })?;
    // SAFETY: ACX's init object, by the caller's contract.
    unsafe { AcxStreamInitSetAcxRtStreamSupportsNotifications(init) };
    Ok(())
}

/// AcxStreamCreate and AcxRtStreamCreate.
type CreateFunction = unsafe fn(
    WDFDEVICE,
    ACXCIRCUIT,
    PWDF_OBJECT_ATTRIBUTES,
    *mut PACXSTREAM_INIT,
    *mut ACXSTREAM,
) -> NTSTATUS;

impl NewStream<'_> {
    pub(crate) fn handle(&self) -> ACXSTREAM {
        self.handle
    }

    /// The circuit's audio engine.
    pub(crate) fn engine(&self) -> Option<ACXAUDIOENGINE> {
        self.site.engine.map(|engine| engine.object().cast())
    }

    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    /// The stream.
    pub fn view(&self) -> StreamView<'_> {
        // SAFETY: the stream is alive in its creation.
        unsafe { StreamView::new(self.handle) }
    }

    pub(crate) fn circuit(&self) -> ACXCIRCUIT {
        self.site.circuit
    }

    /// Returns a reference to the stream, for code that reports completed packets.
    pub fn notifier(&self) -> Notifier {
        // SAFETY: the stream is alive in its creation.
        Notifier(unsafe { Reference::new(self.handle.cast()) })
    }
}

/// Reports completed packets of one stream. It holds a reference, so the handle stays valid. Keep
/// it in the stream's context, which is dropped when the stream is cleaned up.
pub struct Notifier(Reference);

impl Notifier {
    /// Reports that `packet` (counted from 0) was completed at `at`. ACX notifies the client. Call
    /// it with no lock held.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    #[doc(alias = "AcxRtStreamNotifyPacketComplete")]
    pub fn notify_packet_complete(&self, packet: u64, at: Qpc, _level: &mut Dispatch) {
        let Some(stream) = self.0.alive() else { return };
        let stream = stream.cast();
        // SAFETY: a stream, by `NewStream::notifier`; the reference keeps its handle valid. At most
        // DISPATCH_LEVEL by the token. An error (the stream may be closing) needs no handling.
        let _ = unsafe { AcxRtStreamNotifyPacketComplete(stream, packet, at.0) };
    }
}

/// The context of a stream.
///
/// # Safety
///
/// Inside a callback that ACX makes for `stream`, which `create` made.
unsafe fn state<'a, S: Stream>(stream: ACXSTREAM) -> Result<&'a StreamContext<S>> {
    // SAFETY: ACX calls back for a live stream, and not after its cleanup has begun.
    unsafe { context::get::<StreamContext<S>>(stream.cast()) }.ok_or(Error::InvalidState)
}

/// Runs a control callback. ACX calls them one at a time; a second one would be refused.
///
/// # Safety
///
/// Inside a callback that ACX makes for `stream`, which `create` made, at `PASSIVE_LEVEL`, with no
/// other token.
unsafe fn control<S: Stream>(
    stream: ACXSTREAM,
    act: impl FnOnce(&S, &mut Control<S>, &mut Passive) -> Result<()>,
) -> NTSTATUS {
    // SAFETY: at PASSIVE_LEVEL with no other token, by the caller's contract.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this stream, by the caller's contract.
    let state = unsafe { state::<S>(stream) };
    status(
        state.and_then(|state| {
            state.control.enter(|control| act(&state.stream, control, &mut passive))
        }),
    )
}

unsafe extern "C" fn allocate_packets<S: RtStream>(
    stream: ACXSTREAM,
    count: ULONG,
    size: ULONG,
    out: *mut PACX_RTPACKET,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamAllocateRtPackets", stream, [count, size]);
    let act = |stream: &S, control: &mut Control<S>, passive: &mut Passive| {
        if control.packets.is_some() {
            return Err(Error::InvalidState);
        }
        let packets = stream.allocate_packets(&mut control.control, count, Bytes(size), passive)?;
        if !packets.are(count, size) {
            return Err(Error::InvalidParameter);
        }
        let descriptions = control.packets.insert(packets).descriptions();
        // SAFETY: ACX passes a valid output parameter for the array, which stays alive until it is
        // freed.
        unsafe { out.write(descriptions) };
        Ok(())
    };
    // SAFETY: EvtAcxStreamAllocateRtPackets is called for a stream of ours, at PASSIVE_LEVEL, and
    // this is its one token.
    unsafe { control::<S>(stream, act) }
}

unsafe extern "C" fn free_packets<S: RtStream>(
    stream: ACXSTREAM,
    _packets: PACX_RTPACKET,
    count: ULONG,
) {
    trace::callback(Level::Info, c"EvtAcxStreamFreeRtPackets", stream, [count, 0]);
    let act = |stream: &S, control: &mut Control<S>, passive: &mut Passive| {
        stream.free_packets(&mut control.control, passive);
        control.packets = None;
        Ok(())
    };
    // SAFETY: EvtAcxStreamFreeRtPackets is called for a stream of ours, at PASSIVE_LEVEL, and this
    // is its one token.
    unsafe { control::<S>(stream, act) };
}

unsafe extern "C" fn prepare_hardware<S: Stream>(stream: ACXSTREAM) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamPrepareHardware", stream, [0, 0]);
    let act = |stream: &S, control: &mut Control<S>, passive: &mut Passive| {
        stream.prepare_hardware(&mut control.control, passive)
    };
    // SAFETY: EvtAcxStreamPrepareHardware is called for a stream of ours, at PASSIVE_LEVEL, and
    // this is its one token.
    unsafe { control::<S>(stream, act) }
}

unsafe extern "C" fn release_hardware<S: Stream>(stream: ACXSTREAM) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamReleaseHardware", stream, [0, 0]);
    let act = |stream: &S, control: &mut Control<S>, passive: &mut Passive| {
        stream.release_hardware(&mut control.control, passive)
    };
    // SAFETY: EvtAcxStreamReleaseHardware is called for a stream of ours, at PASSIVE_LEVEL, and
    // this is its one token.
    unsafe { control::<S>(stream, act) }
}

unsafe extern "C" fn run<S: Stream>(stream: ACXSTREAM) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamRun", stream, [0, 0]);
    let act = |stream: &S, control: &mut Control<S>, passive: &mut Passive| {
        stream.run(&mut control.control, passive)
    };
    // SAFETY: EvtAcxStreamRun is called for a stream of ours, at PASSIVE_LEVEL, and this is its one
    // token.
    unsafe { control::<S>(stream, act) }
}

unsafe extern "C" fn pause<S: Stream>(stream: ACXSTREAM) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamPause", stream, [0, 0]);
    let act = |stream: &S, control: &mut Control<S>, passive: &mut Passive| {
        stream.pause(&mut control.control, passive)
    };
    // SAFETY: EvtAcxStreamPause is called for a stream of ours, at PASSIVE_LEVEL, and this is its
    // one token.
    unsafe { control::<S>(stream, act) }
}

unsafe extern "C" fn preprocess<S: Stream>(
    stream: ACXOBJECT,
    _context: ACXCONTEXT,
    request: WDFREQUEST,
) {
    trace::callback(Level::Info, c"EvtAcxObjectPreprocessRequest", stream, [0, 0]);
    let answer = |own: &StreamContext<S>, request: Request<'_>| own.stream.preprocess(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(stream, request, Recipient::Stream(stream.cast()), answer) };
}

unsafe extern "C" fn process<S: Stream>(stream: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", stream, [0, 0]);
    let answer = |own: &StreamContext<S>, request: Request<'_>| own.stream.property(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(stream, request, Recipient::StreamProperty(stream.cast()), answer) };
}

unsafe extern "C" fn process_method<S: Stream>(stream: ACXOBJECT, request: WDFREQUEST) {
    trace::callback(Level::Info, c"EvtAcxObjectProcessRequest", stream, [0, 0]);
    let answer = |own: &StreamContext<S>, request: Request<'_>| own.stream.method(request);
    // SAFETY: the callback's own arguments.
    unsafe { deliver(stream, request, Recipient::Driver, answer) };
}

unsafe extern "C" fn hw_latency<S: RtStream>(
    stream: ACXSTREAM,
    fifo: *mut ULONG,
    delay: *mut ULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamGetHwLatency", stream, [0, 0]);
    // SAFETY: in a callback for this stream.
    let state = unsafe { state::<S>(stream) };
    let answer = state.and_then(|state| state.stream.hw_latency());
    status(answer.map(|latency| {
        // SAFETY: the callback's own output parameter.
        unsafe { fifo.write(latency.fifo.0) };
        // SAFETY: the callback's own output parameter.
        unsafe { delay.write(latency.delay.0) };
    }))
}

unsafe extern "C" fn current_packet<S: RtStream>(stream: ACXSTREAM, out: PULONG) -> NTSTATUS {
    trace::callback(Level::Verbose, c"EvtAcxStreamGetCurrentPacket", stream, [0, 0]);
    // SAFETY: in a callback for this stream.
    let state = unsafe { state::<S>(stream) };
    let answer = state.and_then(|state| state.stream.current_packet());
    status(answer.map(|packet| {
        // SAFETY: the callback's own output parameter.
        unsafe { out.write(low_half(packet)) };
    }))
}

unsafe extern "C" fn presentation_position<S: RtStream>(
    stream: ACXSTREAM,
    position: PULONGLONG,
    moment: PULONGLONG,
) -> NTSTATUS {
    trace::callback(Level::Verbose, c"EvtAcxStreamGetPresentationPosition", stream, [0, 0]);
    // SAFETY: in a callback for this stream.
    let state = unsafe { state::<S>(stream) };
    let answer = state.and_then(|state| state.stream.presentation_position());
    status(answer.map(|Position { frames, at }| {
        // SAFETY: the callback's own output parameter.
        unsafe { position.write(frames.0) };
        // SAFETY: the callback's own output parameter.
        unsafe { moment.write(at.0) };
    }))
}

unsafe extern "C" fn set_render_packet<S: RtStream>(
    stream: ACXSTREAM,
    packet: ULONG,
    flags: ULONG,
    end: ULONG,
) -> NTSTATUS {
    trace::callback(Level::Verbose, c"EvtAcxStreamSetRenderPacket", stream, [packet, flags]);
    let end = match flags {
        0 => None,
        KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM => Some(Bytes(end)),
        _ => return STATUS_INVALID_PARAMETER,
    };
    // SAFETY: in a callback for this stream.
    let state = unsafe { state::<S>(stream) };
    status(state.and_then(|state| state.stream.set_render_packet(packet, end)))
}

unsafe extern "C" fn capture_packet<S: RtStream>(
    stream: ACXSTREAM,
    number: PULONG,
    start: PULONGLONG,
    more: PBOOLEAN,
) -> NTSTATUS {
    trace::callback(Level::Verbose, c"EvtAcxStreamGetCapturePacket", stream, [0, 0]);
    // SAFETY: EvtAcxStreamGetCapturePacket is called at most at DISPATCH_LEVEL; this is its one
    // token.
    let mut level = unsafe { Dispatch::assume() };
    // SAFETY: in a callback for this stream.
    let state = unsafe { state::<S>(stream) };
    let answer = state.and_then(|state| state.stream.capture_packet(&mut level));
    status(answer.map(|packet| {
        // SAFETY: the callback's own output parameter.
        unsafe { number.write(low_half(packet.number)) };
        // SAFETY: the callback's own output parameter.
        unsafe { start.write(packet.began.0) };
        // SAFETY: the callback's own output parameter.
        unsafe { more.write(BOOLEAN::from(packet.more)) };
    }))
}

unsafe extern "C" fn assign_drm_content_id<S: Stream>(
    stream: ACXSTREAM,
    content: ULONG,
    rights: PACXDRMRIGHTS,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamAssignDrmContentId", stream, [content, 0]);
    // SAFETY: ACX passes valid rights, or none for content without protection.
    let rights = unsafe { rights.as_ref() }.map(Rights::from_acx).unwrap_or_default();
    // SAFETY: EvtAcxStreamAssignDrmContentId is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this stream.
    let state = unsafe { state::<S>(stream) };
    status(
        state.and_then(|state| state.stream.assign_content(Content(content), rights, &mut passive)),
    )
}
