//! Streams, basic and RT: creation, states and packets. Source: acxstreams.h pages, and Microsoft's
//! page acx-streaming.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::acx::arguments::{handles, same, sized};
use crate::acx::assumptions::{self, FailedStreams, Hardware};
use crate::acx::bag::Bag;
use crate::acx::callback;
use crate::acx::circuit::Circuit;
use crate::acx::connection;
use crate::acx::element::{self, Element};
use crate::acx::event::Event;
use crate::acx::format::Format;
use crate::acx::item::{self, Item};
use crate::acx::packets::{self, Packets};
use crate::acx::pin::Pin;
use crate::acx::preprocess::Preprocess;
use crate::acx::progress::Progress;
use crate::acx::stops::Stops;
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::callback::Callback;
use crate::kernel::function::entries;
use crate::kernel::gate::Gate;
use crate::kernel::locks::{self, Locks};
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;
use crate::wdf::device::Device;
use crate::wdf::pnp;

/// A stream's KS state. The driver has STOP, PAUSE and RUN; ACQUIRE is PAUSE without an additional
/// callback.
pub(crate) type State = i32;

pub(crate) const STOP: State = KSSTATE::KSSTATE_STOP;
pub(crate) const ACQUIRE: State = KSSTATE::KSSTATE_ACQUIRE;
pub(crate) const PAUSE: State = KSSTATE::KSSTATE_PAUSE;
pub(crate) const RUN: State = KSSTATE::KSSTATE_RUN;

/// A state callback of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateCall {
    /// The circuit that the stream is on.
    pub circuit: String,
    /// EvtAcxStreamPrepareHardware, EvtAcxStreamRun, EvtAcxStreamPause or
    /// EvtAcxStreamReleaseHardware.
    pub callback: &'static str,
    /// Whether a bridge on either side of it inverts the order of states.
    pub is_inverted: bool,
}

/// The streams of a machine.
#[derive(Default)]
pub(crate) struct Streams {
    inits: RefCell<Vec<Rc<StreamInit>>>,
    /// The state callbacks, while they are recorded.
    pub(crate) state_calls: RefCell<Option<Vec<StateCall>>>,
}

/// The open streams of all pins of a circuit.
pub(crate) fn of_circuit(circuit: &Circuit) -> Vec<Ref<Stream>> {
    let pins = circuit.pins.borrow();
    pins.iter().flat_map(|pin| pin.streams.borrow().clone()).filter_map(Ref::of).collect()
}

/// A driver's description of a stream before its creation.
pub(crate) struct StreamInit {
    pin: Ref<Pin>,
    format: Ref<Format>,
    mode: GUID,
    arguments: Option<Ref<Bag>>,
    items: RefCell<Vec<Item>>,
    callbacks: Cell<Option<ACX_STREAM_CALLBACKS>>,
    rt: Cell<Option<ACX_RT_STREAM_CALLBACKS>>,
    notifications: Cell<bool>,
    preprocess: RefCell<Vec<Preprocess>>,
    created: RefCell<Option<Rc<Object>>>,
}

/// A bridge on one side of a stream.
#[derive(Clone)]
pub(crate) struct Joint {
    pub(crate) bridge: Rc<Object>,
    /// Whether it inverts the order of states.
    pub(crate) inverts: bool,
}

/// The parameters of opening a stream.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    pub(crate) format: &'a Ref<Format>,
    /// None for a stream of a bridge that says none.
    pub(crate) mode: Option<&'a GUID>,
    pub(crate) arguments: Option<&'a Ref<Bag>>,
}

/// A stream. One without RT callbacks is a basic stream: it has states and no packets.
pub(crate) struct Stream {
    pub(crate) pin: Ref<Pin>,
    pub(crate) device: Ref<Device>,
    pub(crate) format: Ref<Format>,
    pub(crate) mode: GUID,
    pub(crate) circuit: usize,
    pub(crate) items: Vec<Item>,
    pub(crate) elements: RefCell<Vec<Ref<Element>>>,
    /// The stream of the next circuit of a composite endpoint, and the bridge that joins the two.
    pub(crate) next: RefCell<Option<(Ref<Stream>, Joint)>>,
    /// The bridge that it comes out of.
    pub(crate) from: RefCell<Option<Joint>>,
    arguments: Option<Ref<Bag>>,
    callbacks: ACX_STREAM_CALLBACKS,
    rt: Option<ACX_RT_STREAM_CALLBACKS>,
    pub(crate) notifications: bool,
    pub(crate) preprocess: Vec<Preprocess>,
    pub(crate) events: RefCell<Vec<Ref<Event>>>,
    pub(super) state: Cell<State>,
    /// How often the driver stopped its requests.
    pub(crate) io_stops: Stops,
    /// Its requests go one after the other, but for those about packets and positions.
    pub(super) gate: Gate,
    /// EvtAcxStreamPrepareHardware has succeeded, and ReleaseHardware has not come yet.
    prepared: Cell<bool>,
    /// Its jack was unplugged: it is stopped permanently.
    pub(crate) ended: Cell<bool>,
    /// EvtAcxStreamRun is in progress: packets may be completed.
    pub(super) starting: Cell<bool>,
    /// Twice as often as positions began anew; odd while they are about to.
    pub(super) stops: Cell<u32>,
    /// The state that a power-down interrupted.
    pub(super) interrupted: Cell<Option<State>>,
    pub(super) packets: RefCell<Option<Packets>>,
    /// How far it has come, as its client sees it.
    pub(super) progress: Progress,
}

impl Ref<Stream> {
    pub(crate) fn state(&self) -> State {
        self.state.get()
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state.get() == RUN
    }

    pub(crate) fn is_render(&self) -> bool {
        self.pin.kind == _ACX_PIN_TYPE::AcxPinTypeSink
    }

    /// A callback of the RT table; basic streams have none.
    pub(super) fn rt<T>(
        &self,
        pick: impl FnOnce(&ACX_RT_STREAM_CALLBACKS) -> Option<T>,
    ) -> Result<T, NTSTATUS> {
        self.rt.as_ref().and_then(pick).ok_or(STATUS_NOT_SUPPORTED)
    }

    fn control(
        &self,
        kernel: &Kernel,
        name: &'static Callback,
        callback: Option<unsafe extern "C" fn(ACXSTREAM) -> NTSTATUS>,
    ) -> Result<(), NTSTATUS> {
        let Some(callback) = callback else { return Ok(()) };
        if let Some(calls) = &mut *kernel.part::<Streams>().state_calls.borrow_mut() {
            let circuit = object::get::<Circuit>(kernel, self.circuit);
            let circuit = circuit.map(|circuit| circuit.name.clone()).unwrap_or_default();
            let from = self.from.borrow();
            let is_inverted = self.is_inverted() || from.as_ref().is_some_and(|own| own.inverts);
            calls.push(StateCall { circuit, callback: name.name, is_inverted });
        }
        let answer = invoke(kernel, name, self.handle(), callback, (self.object().as_ptr(),));
        if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
    }

    /// What it was opened with.
    pub(crate) fn opening(&self) -> Opening<'_> {
        Opening {
            format: &self.format,
            mode: Some(&self.mode).filter(|mode| !same(mode, &GUID::default())),
            arguments: self.arguments.as_ref(),
        }
    }

    /// Whether the bridge that it goes on through inverts the order of states.
    pub(crate) fn is_inverted(&self) -> bool {
        self.next.borrow().as_ref().is_some_and(|(_, joint)| joint.inverts)
    }

    /// One step up or down.
    pub(crate) fn step_alone(&self, kernel: &Kernel, to: State) -> Result<(), NTSTATUS> {
        match (self.state.get(), to) {
            (STOP, ACQUIRE) => self.prepare(kernel)?,
            (PAUSE, RUN) => {
                // The packets are those of the streaming circuit's stream, also where it goes on.
                if self.pin.is_streaming() && self.packets.borrow().is_none() {
                    return Err(STATUS_INVALID_DEVICE_STATE);
                }
                self.starting.set(true);
                let ran = self.control(
                    kernel,
                    &callback::EvtAcxStreamRun,
                    self.callbacks.EvtAcxStreamRun,
                );
                self.starting.set(false);
                ran?;
            }
            (RUN, PAUSE) => {
                self.control(
                    kernel,
                    &callback::EvtAcxStreamPause,
                    self.callbacks.EvtAcxStreamPause,
                )?;
            }
            (ACQUIRE, STOP) => self.release(kernel)?,
            _ => {}
        }
        self.state.set(to);
        Ok(())
    }

    /// EvtAcxStreamPrepareHardware, unless its hardware is prepared.
    pub(super) fn prepare(&self, kernel: &Kernel) -> Result<(), NTSTATUS> {
        if !self.prepared.get() {
            let prepare = self.callbacks.EvtAcxStreamPrepareHardware;
            self.control(kernel, &callback::EvtAcxStreamPrepareHardware, prepare)?;
            self.prepared.set(true);
        }
        Ok(())
    }

    /// EvtAcxStreamReleaseHardware, if its hardware is prepared.
    pub(crate) fn release(&self, kernel: &Kernel) -> Result<(), NTSTATUS> {
        if !self.prepared.get() {
            return Ok(());
        }
        let release = self.callbacks.EvtAcxStreamReleaseHardware;
        self.stops.set(self.stops.get() + 1);
        let released = self.control(kernel, &callback::EvtAcxStreamReleaseHardware, release);
        self.stops.set(self.stops.get() + 1);
        released?;
        self.prepared.set(false);
        self.progress.reset(kernel);
        Ok(())
    }

    pub(crate) fn assign_alone(
        &self,
        kernel: &Kernel,
        id: u32,
        mut rights: ACXDRMRIGHTS,
    ) -> Result<(), NTSTATUS> {
        let assign = self.callbacks.EvtAcxStreamAssignDrmContentId.ok_or(STATUS_NOT_SUPPORTED)?;
        let arguments = (self.object().as_ptr(), id, &raw mut rights);
        let name = &callback::EvtAcxStreamAssignDrmContentId;
        let answer = invoke(kernel, name, self.handle(), assign, arguments);
        if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
    }
}

/// Packets, positions, completion.
impl Ref<Stream> {
    /// Packets for the client: `total` bytes in `count` packets. The address and size it gets.
    pub(crate) fn allocate(
        &self,
        kernel: &Kernel,
        total: u32,
        count: u32,
    ) -> Result<(usize, u32), NTSTATUS> {
        self.device.has_power()?;
        if self.packets.borrow().is_some() || self.state.get() > ACQUIRE {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        if total == 0 || !total.is_multiple_of(count) {
            return Err(STATUS_INVALID_PARAMETER);
        }
        let allocate = self.rt(|rt| rt.EvtAcxStreamAllocateRtPackets)?;
        if assumptions::of(kernel).hardware == Hardware::AroundPackets {
            self.prepare(kernel)?;
        }
        let size = total / count;
        let mut array: PACX_RTPACKET = std::ptr::null_mut();
        let arguments = (self.object().as_ptr(), count, size, &raw mut array);
        let name = &callback::EvtAcxStreamAllocateRtPackets;
        let answer = invoke(kernel, name, self.handle(), allocate, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        match packets::map(kernel, array, count, size) {
            Ok(packets) => {
                let address = packets.address;
                *self.packets.borrow_mut() = Some(packets);
                Ok((address, total))
            }
            Err((rule, what)) => {
                kernel.violate(rule, format!("{name}: {what}"));
                self.give_back(kernel, array, count);
                Err(STATUS_UNSUCCESSFUL)
            }
        }
    }

    pub(crate) fn give_back(&self, kernel: &Kernel, array: PACX_RTPACKET, count: u32) {
        if let Ok(free) = self.rt(|rt| rt.EvtAcxStreamFreeRtPackets) {
            let arguments = (self.object().as_ptr(), array, count);
            invoke(kernel, &callback::EvtAcxStreamFreeRtPackets, self.handle(), free, arguments);
        }
    }

    pub(crate) fn hw_latency(&self, kernel: &Kernel) -> Result<(u32, u32), NTSTATUS> {
        let (mut fifo, mut delay) = (0, 0);
        let latency = self.rt(|rt| rt.EvtAcxStreamGetHwLatency)?;
        let arguments = (self.object().as_ptr(), &raw mut fifo, &raw mut delay);
        let answer =
            invoke(kernel, &callback::EvtAcxStreamGetHwLatency, self.handle(), latency, arguments);
        if NT_SUCCESS(answer) { Ok((fifo, delay)) } else { Err(answer) }
    }

    pub(crate) fn packet_count(&self, kernel: &Kernel) -> Result<u32, NTSTATUS> {
        let mut packet = 0;
        let current = self.rt(|rt| rt.EvtAcxStreamGetCurrentPacket)?;
        let arguments = (self.object().as_ptr(), &raw mut packet);
        let answer = invoke(
            kernel,
            &callback::EvtAcxStreamGetCurrentPacket,
            self.handle(),
            current,
            arguments,
        );
        if NT_SUCCESS(answer) { Ok(packet) } else { Err(answer) }
    }

    pub(crate) fn presentation(&self, kernel: &Kernel) -> Result<(u64, u64), NTSTATUS> {
        let (mut frames, mut at) = (0, 0);
        let position = self.rt(|rt| rt.EvtAcxStreamGetPresentationPosition)?;
        let arguments = (self.object().as_ptr(), &raw mut frames, &raw mut at);
        let name = &callback::EvtAcxStreamGetPresentationPosition;
        let (known, stops) = (self.progress.position.get(), self.stops.get());
        let answer = invoke(kernel, name, self.handle(), position, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        // Results for several threads can overtake each other: compare with the state at the time
        // of the query.
        if stops == self.stops.get() && stops.is_multiple_of(2) {
            if frames < known {
                let what = "a position went back without a stop".to_owned();
                kernel.violate(Rule::PositionBackwards, what);
            }
            self.progress.position.set(self.progress.position.get().max(frames));
        }
        Ok((frames, at))
    }

    /// PlayOffset and WriteOffset in bytes of the cyclic buffer.
    pub(crate) fn position(&self, kernel: &Kernel) -> Result<(u64, u64), NTSTATUS> {
        let (frames, _) = self.presentation(kernel)?;
        let packets = self.packets.borrow();
        let Some(packets) = packets.as_ref() else { return Ok((0, 0)) };
        let (count, size) = (u64::from(packets.count), u64::from(packets.size));
        let bytes = frames * u64::from(self.format.block_align());
        let write = if count == 1 {
            bytes
        } else if self.is_render() {
            u64::from(self.progress.written.get()) * size
        } else {
            bytes / size * size
        };
        let buffer = count * size;
        Ok((bytes % buffer, write % buffer))
    }

    pub(crate) fn capture_packet(&self, kernel: &Kernel) -> Result<(u32, u64, bool), NTSTATUS> {
        let (mut packet, mut start, mut more) = (0, 0, 0);
        let get = self.rt(|rt| rt.EvtAcxStreamGetCapturePacket)?;
        let arguments = (self.object().as_ptr(), &raw mut packet, &raw mut start, &raw mut more);
        let answer =
            invoke(kernel, &callback::EvtAcxStreamGetCapturePacket, self.handle(), get, arguments);
        if NT_SUCCESS(answer) { Ok((packet, start, more != 0)) } else { Err(answer) }
    }

    pub(crate) fn set_render_packet(
        &self,
        kernel: &Kernel,
        packet: u32,
        flags: u32,
        end: u32,
    ) -> Result<(), NTSTATUS> {
        let set = self.rt(|rt| rt.EvtAcxStreamSetRenderPacket)?;
        let arguments = (self.object().as_ptr(), packet, flags, end);
        let answer =
            invoke(kernel, &callback::EvtAcxStreamSetRenderPacket, self.handle(), set, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        self.progress.written.set(packet.wrapping_add(1));
        Ok(())
    }

    /// Where the client sees its packets.
    pub(crate) fn buffer(&self) -> Option<usize> {
        self.packets.borrow().as_ref().map(|packets| packets.address)
    }

    fn notify(&self, kernel: &Kernel, packet: u64, at: u64) {
        if self.state.get() != RUN && !self.starting.get() {
            kernel.violate(
                Rule::NotifyWithoutRun,
                "a packet was completed while the stream did not run".to_owned(),
            );
        }
        if self.progress.completed.get().is_some_and(|last| packet <= last) {
            kernel.violate(
                Rule::PacketOrder,
                format!("packet {packet} was completed after a later one"),
            );
        }
        kernel.part::<Locks>().completes(kernel.callback());
        self.progress.complete(kernel, packet, at);
    }
}

/// Takes down what a create that failed has left: when its client has its answer, or at once.
pub(crate) fn soon(kernel: &Kernel, work: impl FnOnce(&Kernel) + 'static) {
    match assumptions::of(kernel).failed_streams {
        FailedStreams::Later => kernel.queue_work(work),
        FailedStreams::AtOnce => work(kernel),
    }
}

/// EvtAcxCircuitCreateStream of one circuit.
pub(crate) fn open_alone(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    pin: &Ref<Pin>,
    opening: &Opening<'_>,
) -> Result<Ref<Stream>, NTSTATUS> {
    let device = object::get::<Device>(kernel, circuit.device)?;
    if device.has_power().is_err() || !circuit.usable.get() {
        return Err(STATUS_DEVICE_NOT_READY);
    }
    let create = circuit.create_stream.ok_or(STATUS_NOT_SUPPORTED)?;
    let init = Rc::new(StreamInit {
        pin: pin.clone(),
        format: opening.format.clone(),
        mode: opening.mode.copied().unwrap_or_default(),
        arguments: opening.arguments.cloned(),
        items: RefCell::default(),
        callbacks: Cell::new(None),
        rt: Cell::new(None),
        notifications: Cell::new(false),
        preprocess: RefCell::default(),
        created: RefCell::new(None),
    });
    kernel.part::<Streams>().inits.borrow_mut().push(init.clone());
    let arguments = (
        device.object().as_ptr(),
        circuit.object().as_ptr(),
        pin.object().as_ptr(),
        Rc::as_ptr(&init).cast_mut().cast(),
        opening.format.object().as_ptr(),
        opening.mode.map_or(std::ptr::null(), std::ptr::from_ref),
        opening.arguments.map_or(std::ptr::null_mut(), |bag| bag.object().as_ptr()),
    );
    let name = &callback::EvtAcxCircuitCreateStream;
    let answer = invoke(kernel, name, circuit.handle(), create, arguments);
    kernel.part::<Streams>().inits.borrow_mut().retain(|other| !Rc::ptr_eq(other, &init));
    let stream = init.created.borrow_mut().take();
    if !NT_SUCCESS(answer) {
        if let Some(stream) = stream {
            let device = device.object().clone();
            soon(kernel, move |kernel| {
                object::delete(kernel, &stream);
                pnp::delete_if_unused(kernel, &device);
            });
        }
        return Err(answer);
    }
    let Some(stream) = stream.and_then(Ref::<Stream>::of) else {
        kernel.violate(Rule::StreamNotMade, format!("{name} succeeded without a stream"));
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    pin.streams.borrow_mut().push(stream.object().clone());
    Ok(stream)
}

fn init(kernel: &Kernel, address: PACXSTREAM_INIT) -> Result<Rc<StreamInit>, NTSTATUS> {
    let is = |init: &&Rc<StreamInit>| std::ptr::eq(Rc::as_ptr(init), address.cast());
    let found = kernel.part::<Streams>().inits.borrow().iter().find(is).cloned();
    found.filter(|init| init.created.borrow().is_none()).ok_or_else(|| {
        kernel.violate(Rule::WrongHandle, "a stream init that is none (any more)".to_owned());
        STATUS_INVALID_PARAMETER
    })
}

fn get(kernel: &Kernel, stream: ACXSTREAM) -> Result<Ref<Stream>, NTSTATUS> {
    object::get::<Stream>(kernel, stream as usize)
}

/// Which of the two calls creates a stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StreamKind {
    Basic,
    Rt,
}

fn create(
    kernel: &Kernel,
    kind: StreamKind,
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    address: PACXSTREAM_INIT,
) -> Result<Rc<Object>, NTSTATUS> {
    let init = init(kernel, address)?;
    let device = object::get::<Device>(kernel, device as usize)?;
    let circuit = object::get::<Circuit>(kernel, circuit as usize)?;
    let (Some(callbacks), rt) = (init.callbacks.get(), init.rt.get()) else {
        kernel.violate(Rule::StreamNotMade, "a stream needs ACX_STREAM_CALLBACKS".to_owned());
        return Err(STATUS_INVALID_DEVICE_STATE);
    };
    if rt.is_some() != (kind == StreamKind::Rt) {
        let what = "an RT stream needs ACX_RT_STREAM_CALLBACKS, a basic stream has none";
        kernel.violate(Rule::StreamNotMade, what.to_owned());
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    if kind == StreamKind::Basic && init.pin.is_streaming() {
        let what = "the stream of a client is an RT stream: basic streams are for circuits behind";
        kernel.violate(Rule::StreamNotMade, what.to_owned());
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    let stream = Stream {
        pin: init.pin.clone(),
        device,
        format: init.format.clone(),
        mode: init.mode,
        circuit: circuit.handle(),
        items: init.items.take(),
        elements: RefCell::default(),
        next: RefCell::default(),
        from: RefCell::default(),
        arguments: init.arguments.clone(),
        callbacks,
        rt,
        notifications: init.notifications.get(),
        preprocess: init.preprocess.take(),
        events: RefCell::default(),
        state: Cell::new(STOP),
        io_stops: Stops::default(),
        gate: Gate::default(),
        prepared: Cell::default(),
        ended: Cell::default(),
        starting: Cell::default(),
        stops: Cell::default(),
        interrupted: Cell::new(None),
        packets: RefCell::new(None),
        progress: Progress::default(),
    };
    let parent = Some(circuit.object());
    let object = object::create(kernel, "ACXSTREAM", stream, attributes, parent)?;
    *init.created.borrow_mut() = Some(object.clone());
    Ok(object)
}

fn AcxStreamInitAssignAcxStreamCallbacks(
    kernel: &Kernel,
    address: PACXSTREAM_INIT,
    callbacks: PACX_STREAM_CALLBACKS,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.callbacks.set(Some(sized(kernel, callbacks, |callbacks| callbacks.Size)?));
        Ok(())
    }))
}

fn AcxStreamInitAssignAcxRtStreamCallbacks(
    kernel: &Kernel,
    address: PACXSTREAM_INIT,
    callbacks: PACX_RT_STREAM_CALLBACKS,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.rt.set(Some(sized(kernel, callbacks, |callbacks| callbacks.Size)?));
        Ok(())
    }))
}

fn AcxStreamInitSetAcxRtStreamSupportsNotifications(kernel: &Kernel, address: PACXSTREAM_INIT) {
    if let Ok(init) = init(kernel, address) {
        init.notifications.set(true);
    }
}

fn AcxStreamInitAssignAcxRequestPreprocessCallback(
    kernel: &Kernel,
    address: PACXSTREAM_INIT,
    callback: PFN_ACX_OBJECT_PREPROCESS_REQUEST,
    context: ACXCONTEXT,
    kind: ACX_REQUEST_TYPE,
    set: *const GUID,
    id: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.preprocess.borrow_mut().push(Preprocess::new(callback, context, kind, set, id)?);
        Ok(())
    }))
}

fn AcxStreamInitAssignProperties(
    kernel: &Kernel,
    address: PACXSTREAM_INIT,
    properties: PACX_PROPERTY_ITEM,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.items.borrow_mut().extend(item::properties(properties, count)?);
        Ok(())
    }))
}

fn AcxStreamInitAssignMethods(
    kernel: &Kernel,
    address: PACXSTREAM_INIT,
    methods: PACX_METHOD_ITEM,
    count: ULONG,
) -> NTSTATUS {
    status(init(kernel, address).and_then(|init| {
        init.items.borrow_mut().extend(item::methods(methods, count)?);
        Ok(())
    }))
}

fn AcxStreamAddElements(
    kernel: &Kernel,
    stream: ACXSTREAM,
    elements: *mut ACXELEMENT,
    count: ULONG,
) -> NTSTATUS {
    status(get(kernel, stream).and_then(|stream| {
        let elements = handles::<Element, _>(kernel, elements, count)?;
        element::add(kernel, &stream.elements, stream.handle(), elements)
    }))
}

/// A stream's elements are in a row; other connections of them are not public, so the host checks
/// the ends only.
fn AcxStreamAddConnections(
    kernel: &Kernel,
    stream: ACXSTREAM,
    connections: PACX_CONNECTION,
    count: ULONG,
) -> NTSTATUS {
    status(get(kernel, stream).and_then(|stream| {
        for connection in connection::all(kernel, connections, count)? {
            for end in [connection.from.0, connection.to.0] {
                let own = end == stream.handle()
                    || stream.elements.borrow().iter().any(|element| element.handle() == end);
                if !own {
                    return Err(STATUS_INVALID_PARAMETER);
                }
            }
        }
        Ok(())
    }))
}

fn AcxStreamGetElementById(kernel: &Kernel, stream: ACXSTREAM, id: ULONG) -> ACXELEMENT {
    let Ok(stream) = get(kernel, stream) else { return std::ptr::null_mut() };
    let elements = stream.elements.borrow();
    elements
        .iter()
        .find(|element| element.id() == Some(id))
        .map_or(std::ptr::null_mut(), |element| element.object().as_ptr())
}

fn AcxStreamGetElementsCount(kernel: &Kernel, stream: ACXSTREAM) -> ULONG {
    get(kernel, stream).map_or(0, |stream| stream.elements.borrow().len() as u32)
}

fn AcxStreamGetCircuit(kernel: &Kernel, stream: ACXSTREAM) -> ACXCIRCUIT {
    get(kernel, stream).map_or(std::ptr::null_mut(), |stream| stream.circuit as ACXCIRCUIT)
}

/// The same on a circuit and its streams: what a client that listens for PnP events of modules asks
/// for.
fn AcxStreamGetNotificationId(kernel: &Kernel, stream: ACXSTREAM) -> GUID {
    let circuit =
        get(kernel, stream).and_then(|stream| object::get::<Circuit>(kernel, stream.circuit));
    circuit.map_or_else(|_| GUID::default(), |circuit| circuit.notification)
}

/// A success uses the init object up and clears the pointer.
fn AcxStreamCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut PACXSTREAM_INIT,
    handle: *mut ACXSTREAM,
) -> NTSTATUS {
    let Some(address) = read(out) else { return STATUS_INVALID_PARAMETER };
    status(create(kernel, StreamKind::Basic, device, circuit, attributes, address).map(|stream| {
        write(out, std::ptr::null_mut());
        write(handle, stream.as_ptr());
    }))
}

/// As AcxStreamCreate.
fn AcxRtStreamCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    out: *mut PACXSTREAM_INIT,
    handle: *mut ACXSTREAM,
) -> NTSTATUS {
    let Some(address) = read(out) else { return STATUS_INVALID_PARAMETER };
    status(create(kernel, StreamKind::Rt, device, circuit, attributes, address).map(|stream| {
        write(out, std::ptr::null_mut());
        write(handle, stream.as_ptr());
    }))
}

/// Source: AcxRtStreamNotifyPacketComplete: at most DISPATCH_LEVEL; `packet` counts from 0.
fn AcxRtStreamNotifyPacketComplete(
    kernel: &Kernel,
    stream: ACXSTREAM,
    packet: ULONGLONG,
    at: ULONGLONG,
) -> NTSTATUS {
    locks::expect_none(kernel);
    status(
        object::get::<Stream>(kernel, stream as usize)
            .map(|stream| stream.notify(kernel, packet, at)),
    )
}

fn AcxStreamAddEvents(
    kernel: &Kernel,
    stream: ACXSTREAM,
    events: *mut ACXEVENT,
    count: ULONG,
) -> NTSTATUS {
    status(object::get::<Stream>(kernel, stream as usize).and_then(|stream| {
        stream.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
        Ok(())
    }))
}

entries! {
    /// Streams.
    entries:
    AcxStreamAddEvents: PASSIVE, fallible;
    AcxStreamInitAssignAcxStreamCallbacks: PASSIVE, fallible;
    AcxStreamInitAssignAcxRtStreamCallbacks: PASSIVE, fallible;
    AcxStreamInitSetAcxRtStreamSupportsNotifications: DISPATCH;
    AcxStreamInitAssignAcxRequestPreprocessCallback: PASSIVE, fallible;
    AcxStreamInitAssignProperties: PASSIVE, fallible;
    AcxStreamInitAssignMethods: PASSIVE, fallible;
    AcxStreamAddElements: PASSIVE, fallible;
    AcxStreamAddConnections: PASSIVE, fallible;
    AcxStreamGetElementById: DISPATCH;
    AcxStreamGetElementsCount: DISPATCH;
    AcxStreamGetCircuit: DISPATCH;
    AcxStreamGetNotificationId: DISPATCH;
    AcxStreamCreate: PASSIVE, fallible;
    AcxRtStreamCreate: PASSIVE, fallible;
    AcxRtStreamNotifyPacketComplete: DISPATCH;
}
