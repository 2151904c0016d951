//! Stream bridges: how streams go on through the circuits of a composite endpoint. A bridge is a mux: whatever comes in, one stream goes out.
//! Source: the pages of acxstreams.h (ACX_STREAM_BRIDGE_CONFIG, its flags, AcxStreamBridgeAddStream, AcxStreamBridgeRemoveStream,
//! AcxStreamBridgeGetTargetStream); the project's streaming document, "Stream format negotiation" and "Stream creation".

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{entries, read, write};
use crate::acx::bag::Bag;
use crate::acx::callback;
use crate::acx::circuit::{self, Circuit};
use crate::acx::pin::Pin;
use crate::acx::stream::{self, Opening, Stream};
use crate::acx::target;
use crate::acx::{guid_bytes, same, sized};
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;
use crate::switches::Creation;
use crate::wdf::status;

/// The mode of the stream that goes out.
#[derive(Clone, Copy)]
enum OutMode {
    /// None was given: DEFAULT if the bridge pin lists it, else RAW if it lists that, else none.
    Listed,
    /// A GUID of zeros: that of the stream that comes in.
    Same,
    /// This one.
    Given(GUID),
}

/// A bridge.
pub(crate) struct Bridge {
    circuit: usize,
    flags: u32,
    /// Modes of the streams that come in by themselves. Without any, the driver adds streams.
    in_modes: Vec<[u8; 16]>,
    out_mode: OutMode,
    arguments: Option<Ref<Bag>>,
    /// Of the target stream.
    attributes: Cell<WDF_OBJECT_ATTRIBUTES>,
    /// The streams that come in, and the one that goes out while there are any.
    inputs: RefCell<Vec<usize>>,
    output: RefCell<Option<Ref<Stream>>>,
    /// The one that goes out, as the driver sees it.
    target: RefCell<Option<Rc<Object>>>,
}

impl Bridge {
    /// What ACX makes for a bridge pin that has none of the driver's: every mode comes in, RAW goes out.
    fn of_acx(circuit: usize) -> Self {
        Self {
            circuit,
            flags: 0,
            in_modes: vec![[0; 16]],
            out_mode: OutMode::Given(AUDIO_SIGNALPROCESSINGMODE_RAW),
            arguments: None,
            attributes: Cell::default(),
            inputs: RefCell::default(),
            output: RefCell::default(),
            target: RefCell::default(),
        }
    }

    fn has(&self, flag: ACX_STREAM_BRIDGE_CONFIG_FLAGS) -> bool {
        self.flags & flag as u32 != 0
    }

    /// Whether states change in the opposite order.
    pub(crate) fn inverts(&self) -> bool {
        self.has(_ACX_STREAM_BRIDGE_CONFIG_FLAGS::AcxStreamBridgeInvertChangeStateSequence)
    }

    /// A GUID of zeros matches every mode.
    fn takes(&self, mode: &GUID) -> bool {
        self.in_modes.iter().any(|own| *own == [0; 16] || *own == guid_bytes(mode))
    }

    /// How far up the streams are that come in, but for one.
    pub(crate) fn highest(&self, kernel: &Kernel, but: usize) -> stream::State {
        let inputs = self.inputs.borrow();
        let others = inputs.iter().filter(|handle| **handle != but);
        let states = others.filter_map(|handle| kernel.objects.get::<Stream>(kernel, *handle).ok());
        states.map(|stream| stream.state()).max().unwrap_or(stream::STOP)
    }
}

/// The way on from a circuit: through a bridge, out of a pin, into another circuit's.
pub(crate) struct Way {
    bridge: Ref<Bridge>,
    pin: Ref<Pin>,
    next: Ref<Circuit>,
    other: Ref<Pin>,
}

/// The pin through which `circuit` goes on: its bridge pin that is joined, and what lies behind it.
fn way_out(
    kernel: &Kernel,
    circuit: &Circuit,
    from: &Pin,
) -> Option<(Ref<Pin>, Ref<Circuit>, Ref<Pin>)> {
    let pins = circuit.pins.borrow();
    let on = |pin: &&Ref<Pin>| {
        !pin.is_streaming() && pin.id.get() != from.id.get() && pin.joined.borrow().is_some()
    };
    let pin = pins.iter().find(on)?.clone();
    let (link, id) = pin.joined.borrow().clone()?;
    let next = circuit::find(kernel, &link)?;
    let other = next.pin(id)?;
    Some((pin, next, other))
}

/// The way on of a stream of `mode` that is opened at `from`: none if there is none, or if the driver takes care of it.
pub(crate) fn way(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    from: &Pin,
    mode: &GUID,
) -> Result<Option<Way>, NTSTATUS> {
    if circuit.own_bridges {
        return Ok(None);
    }
    let Some((pin, next, other)) = way_out(kernel, circuit, from) else { return Ok(None) };
    let own = pin.bridges.borrow().clone();
    let bridge = if own.is_empty() {
        Some(default_bridge(kernel, circuit, &pin)?)
    } else {
        own.into_iter().find(|bridge| bridge.takes(mode))
    };
    Ok(bridge.map(|bridge| Way { bridge, pin, next, other }))
}

/// ACX's own bridge of a pin, from the first stream on.
fn default_bridge(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    pin: &Ref<Pin>,
) -> Result<Ref<Bridge>, NTSTATUS> {
    if let Some(known) = pin.default_bridge.borrow().clone() {
        return Ok(known);
    }
    let body = Bridge::of_acx(circuit.handle());
    let parent = Some(circuit.object());
    let made =
        kernel.objects.create(kernel, "ACXSTREAMBRIDGE", body, std::ptr::null_mut(), parent)?;
    let made = Ref::<Bridge>::of(made).ok_or(STATUS_UNSUCCESSFUL)?;
    *pin.default_bridge.borrow_mut() = Some(made.clone());
    Ok(made)
}

impl Way {
    /// Whether the next circuit's stream is made before this one's.
    pub(crate) fn comes_first(&self, kernel: &Kernel) -> bool {
        self.bridge.inverts() && kernel.switches.creation == Creation::AsStates
    }

    /// The stream that goes out: the one that is there, else one that suits what is opened. The format is the bridge pin's default in the
    /// outgoing mode, if it lists that, else the incoming one's.
    pub(crate) fn output(
        &self,
        kernel: &Kernel,
        opening: &Opening<'_>,
    ) -> Result<Ref<Stream>, NTSTATUS> {
        if let Some(output) = self.bridge.output.borrow().clone() {
            return Ok(output);
        }
        let first =
            |mode: &GUID| self.pin.formats(mode).and_then(|formats| formats.first().cloned());
        let listed = |mode: GUID| first(&mode).map(|_| mode);
        let mode = match self.bridge.out_mode {
            OutMode::Given(mode) => Some(mode),
            OutMode::Same => opening.mode.copied(),
            OutMode::Listed => listed(AUDIO_SIGNALPROCESSINGMODE_DEFAULT)
                .or_else(|| listed(AUDIO_SIGNALPROCESSINGMODE_RAW)),
        };
        let format = mode.as_ref().and_then(first).unwrap_or_else(|| opening.format.clone());
        // A pin that lists nothing takes what comes; one that lists formats takes those.
        let modes = self.other.listed_modes();
        let lists = |mode: &GUID| {
            let formats = self.other.formats(mode);
            formats.is_some_and(|formats| formats.iter().any(|own| own.matches(&format)))
        };
        if !modes.is_empty() && !modes.iter().any(lists) {
            return Err(STATUS_NO_MATCH);
        }
        let forwards = self
            .bridge
            .has(_ACX_STREAM_BRIDGE_CONFIG_FLAGS::AcxStreamBridgeForwardInStreamVarArguments);
        let arguments = opening.arguments.filter(|_| forwards).or(self.bridge.arguments.as_ref());
        let opening = Opening { format: &format, mode: mode.as_ref(), arguments };
        let output = stream::open(kernel, &self.next, &self.other, &opening)?;
        *self.bridge.output.borrow_mut() = Some(output.clone());
        Ok(output)
    }

    /// `stream` goes on through the way.
    pub(crate) fn join(
        &self,
        kernel: &Kernel,
        stream: &Ref<Stream>,
        opening: &Opening<'_>,
    ) -> Result<(), NTSTATUS> {
        let output = self.output(kernel, opening)?;
        self.bridge.inputs.borrow_mut().push(stream.handle());
        *output.from.borrow_mut() = Some(self.bridge.clone());
        *stream.next.borrow_mut() = Some((output, self.bridge.clone()));
        Ok(())
    }

    /// The stream that was made first is not wanted: the one before it could not be made.
    pub(crate) fn give_up(&self, kernel: &Kernel) {
        close_unused(kernel, &self.bridge);
    }
}

/// A stream no longer comes in. The one that goes out stays as far up as the others are, and goes with the last of them.
pub(crate) fn leave(kernel: &Kernel, bridge: &Ref<Bridge>, stream: &Ref<Stream>) {
    stream.next.borrow_mut().take();
    bridge.inputs.borrow_mut().retain(|own| *own != stream.handle());
    close_unused(kernel, bridge);
    let output = bridge.output.borrow().clone();
    if let Some(output) = output {
        output.follow(kernel, bridge.highest(kernel, 0));
    }
}

fn close_unused(kernel: &Kernel, bridge: &Ref<Bridge>) {
    if !bridge.inputs.borrow().is_empty() {
        return;
    }
    let target = bridge.target.borrow_mut().take();
    if let Some(target) = target {
        kernel.objects.delete(kernel, &target);
    }
    let output = bridge.output.borrow_mut().take();
    if let Some(output) = output {
        output.close(kernel);
    }
}

fn create(
    kernel: &Kernel,
    circuit: usize,
    config: PACX_STREAM_BRIDGE_CONFIG,
) -> Result<Bridge, NTSTATUS> {
    let config = sized(kernel, config, |config| config.Size)?;
    let has_modes = !config.InModes.is_null();
    if config.Type != _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeMux
        || has_modes != (config.InModesCount > 0)
    {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let modes = (0..config.InModesCount as usize).map(|at| {
        let place =
            read(config.InModes.wrapping_add(at).cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
        read(place).map(|mode| guid_bytes(&mode)).ok_or(STATUS_INVALID_PARAMETER)
    });
    let in_modes = modes.collect::<Result<Vec<_>, _>>()?;
    let out_mode = match read(config.OutMode) {
        None => OutMode::Listed,
        Some(mode) if same(&mode, &GUID::default()) => OutMode::Same,
        Some(mode) => OutMode::Given(mode),
    };
    Ok(Bridge {
        circuit,
        flags: config.Flags,
        in_modes,
        out_mode,
        arguments: kernel.objects.optional(kernel, config.OutStreamVarArguments as usize)?,
        attributes: Cell::new(config.TargetStreamAttributes),
        inputs: RefCell::default(),
        output: RefCell::default(),
        target: RefCell::default(),
    })
}

fn get(
    kernel: &Kernel,
    bridge: ACXSTREAMBRIDGE,
    stream: ACXSTREAM,
) -> Result<(Ref<Bridge>, Ref<Stream>), NTSTATUS> {
    Ok((
        kernel.objects.get::<Bridge>(kernel, bridge as usize)?,
        kernel.objects.get::<Stream>(kernel, stream as usize)?,
    ))
}

fn AcxStreamBridgeCreate(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_STREAM_BRIDGE_CONFIG,
    handle: *mut ACXSTREAMBRIDGE,
) -> NTSTATUS {
    let made = kernel.objects.get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
        let bridge = create(kernel, circuit.handle(), config)?;
        kernel.objects.create(kernel, "ACXSTREAMBRIDGE", bridge, attributes, Some(circuit.object()))
    });
    status(made.map(|bridge| write(handle, bridge.as_ptr())))
}

/// For streams that no bridge takes by itself.
fn AcxStreamBridgeAddStream(
    kernel: &Kernel,
    bridge: ACXSTREAMBRIDGE,
    stream: ACXSTREAM,
) -> NTSTATUS {
    status(get(kernel, bridge, stream).and_then(|(bridge, stream)| {
        if stream.circuit != bridge.circuit {
            kernel.violate(
                Rule::WrongParent,
                "a stream joins a bridge of its own circuit".to_owned(),
            );
            return Err(STATUS_INVALID_PARAMETER);
        }
        let _turn = kernel.acx.chains.pass(kernel);
        if stream.next.borrow().is_some() {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        let circuit = kernel.objects.get::<Circuit>(kernel, bridge.circuit)?;
        let (pin, next, other) = way_out(kernel, &circuit, &stream.pin).ok_or(STATUS_NOT_FOUND)?;
        let way = Way { bridge, pin, next, other };
        way.join(kernel, &stream, &stream.opening())
    }))
}

fn AcxStreamBridgeRemoveStream(
    kernel: &Kernel,
    bridge: ACXSTREAMBRIDGE,
    stream: ACXSTREAM,
) -> NTSTATUS {
    status(get(kernel, bridge, stream).and_then(|(bridge, stream)| {
        let _turn = kernel.acx.chains.pass(kernel);
        if !bridge.inputs.borrow().contains(&stream.handle()) {
            return Err(STATUS_NOT_FOUND);
        }
        leave(kernel, &bridge, &stream);
        Ok(())
    }))
}

/// Null before the stream is bridged. Only for a stream's property handler, and only valid in it, says the page.
fn AcxStreamBridgeGetTargetStream(
    kernel: &Kernel,
    bridge: ACXSTREAMBRIDGE,
    stream: ACXSTREAM,
) -> ACXTARGETSTREAM {
    let Ok((bridge, stream)) = get(kernel, bridge, stream) else { return std::ptr::null_mut() };
    let handlers =
        [&callback::EvtAcxObjectProcessRequest, &callback::EvtAcxObjectPreprocessRequest];
    if !handlers.iter().any(|name| kernel.is_inside(name)) {
        kernel.violate(
            Rule::OutOfPlace,
            "AcxStreamBridgeGetTargetStream outside a property handler".to_owned(),
        );
    }
    if !bridge.inputs.borrow().contains(&stream.handle()) {
        return std::ptr::null_mut();
    }
    let known = bridge.target.borrow().clone();
    let target = known.or_else(|| {
        let output = bridge.output.borrow().clone()?;
        let made = target_of(kernel, &bridge, &output).ok()?;
        *bridge.target.borrow_mut() = Some(made.clone());
        Some(made)
    });
    target.map_or(std::ptr::null_mut(), |target| target.as_ptr())
}

entries! {
    /// Bridges.
    entries:
    AcxStreamBridgeCreate: PASSIVE, fallible;
    AcxStreamBridgeAddStream: PASSIVE, fallible;
    AcxStreamBridgeRemoveStream: PASSIVE;
    AcxStreamBridgeGetTargetStream: PASSIVE;
}

fn target_of(
    kernel: &Kernel,
    bridge: &Ref<Bridge>,
    output: &Ref<Stream>,
) -> Result<Rc<Object>, NTSTATUS> {
    let mut attributes = bridge.attributes.get();
    let given = attributes.Size != 0;
    let attributes = if given { &raw mut attributes } else { std::ptr::null_mut() };
    target::of_stream(kernel, bridge.object(), attributes, output)
}
