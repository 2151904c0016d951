//! Stream bridges: how a stream goes on through the circuits of a composite endpoint. Source: acxstreams.h pages; the project's streaming
//! document, "Stream format negotiation" and "Stream creation".

use std::cell::RefCell;

use acx_sys::*;

use crate::abi::{entries, read, write};
use crate::acx::bag::Bag;
use crate::acx::circuit::{self, Circuit};
use crate::acx::format::Format;
use crate::acx::pin::Pin;
use crate::acx::stream::{self, Stream};
use crate::acx::target;
use crate::acx::{guid_bytes, same, sized};
use crate::kernel::Kernel;
use crate::kernel::object::Ref;
use crate::report::Rule;
use crate::wdf::status;

/// A bridge.
pub(crate) struct Bridge {
    circuit: usize,
    flags: u32,
    /// Modes of the streams that it takes; none of them means that it takes all.
    in_modes: Vec<[u8; 16]>,
    /// The mode of the next stream; none means that of the first.
    out_mode: Option<GUID>,
    arguments: Option<Ref<Bag>>,
    /// Streams that go through it.
    streams: RefCell<Vec<usize>>,
    /// Target streams that were made for the driver: by the stream's handle.
    targets: RefCell<Vec<(usize, usize)>>,
}

impl Bridge {
    /// Whether states change in the opposite order.
    pub(crate) fn inverts(&self) -> bool {
        self.flags
            & _ACX_STREAM_BRIDGE_CONFIG_FLAGS::AcxStreamBridgeInvertChangeStateSequence as u32
            != 0
    }

    /// A GUID of zeros matches every mode.
    fn takes(&self, mode: &GUID) -> bool {
        self.in_modes.is_empty()
            || self.in_modes.iter().any(|own| *own == [0; 16] || *own == guid_bytes(mode))
    }
}

/// The pin through which `circuit` goes on: its bridge pin that is joined, and what lies behind it.
fn way(
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

/// A stream was made at `circuit`: it goes on through the next circuit, if there is one and the driver leaves that to ACX.
pub(crate) fn extend(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    stream: &Ref<Stream>,
) -> Result<(), NTSTATUS> {
    if circuit.own_bridges || stream.next.borrow().is_some() {
        return Ok(());
    }
    let Some((pin, next, other)) = way(kernel, circuit, &stream.pin) else { return Ok(()) };
    let bridges = pin.bridges.borrow().clone();
    if bridges.is_empty() {
        return join(kernel, stream, None, &pin, &next, &other);
    }
    match bridges.iter().find(|bridge| bridge.takes(&stream.mode)) {
        Some(bridge) => join(kernel, stream, Some(bridge), &pin, &next, &other),
        // No bridge takes the mode: it is not supported through this endpoint.
        None => Err(STATUS_NOT_SUPPORTED),
    }
}

/// Makes the next circuit's stream. The format: the default of the bridge pin in the next mode, else the stream's own.
fn join(
    kernel: &Kernel,
    stream: &Ref<Stream>,
    bridge: Option<&Ref<Bridge>>,
    pin: &Ref<Pin>,
    next: &Ref<Circuit>,
    other: &Ref<Pin>,
) -> Result<(), NTSTATUS> {
    let mode = match bridge {
        Some(bridge) => bridge.out_mode.unwrap_or(stream.mode),
        None => AUDIO_SIGNALPROCESSINGMODE_RAW,
    };
    let listed = pin
        .formats(&mode)
        .filter(|formats| !formats.is_empty())
        .or_else(|| pin.formats(&AUDIO_SIGNALPROCESSINGMODE_RAW));
    let format: Ref<Format> = listed
        .and_then(|formats| formats.first().cloned())
        .unwrap_or_else(|| stream.format.clone());
    // A pin that lists nothing takes what comes; one that lists formats takes those.
    let modes = other.listed_modes();
    let takes = modes.is_empty()
        || modes.iter().any(|mode| {
            other
                .formats(mode)
                .is_some_and(|formats| formats.iter().any(|own| own.matches(&format)))
        });
    if !takes {
        return Err(STATUS_NO_MATCH);
    }
    let arguments = bridge.and_then(|bridge| bridge.arguments.as_ref());
    let made = stream::open(kernel, next, other, &format, &mode, arguments)?;
    if let Some(bridge) = bridge {
        bridge.streams.borrow_mut().push(stream.handle());
    }
    *stream.next.borrow_mut() = Some((made, bridge.cloned()));
    Ok(())
}

fn create(
    kernel: &Kernel,
    circuit: usize,
    config: PACX_STREAM_BRIDGE_CONFIG,
) -> Result<Bridge, NTSTATUS> {
    let config = sized(kernel, config, |config| config.Size)?;
    if config.Type != _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeMux {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let modes = (0..config.InModesCount as usize).map(|at| {
        let place =
            read(config.InModes.wrapping_add(at).cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
        read(place).map(|mode| guid_bytes(&mode)).ok_or(STATUS_INVALID_PARAMETER)
    });
    let modes = modes.collect::<Result<Vec<_>, _>>()?;
    let out = read(config.OutMode).filter(|mode| !same(mode, &GUID::default()));
    let bag = kernel.objects.optional::<Bag>(kernel, config.OutStreamVarArguments as usize)?;
    Ok(Bridge {
        circuit,
        flags: config.Flags,
        in_modes: modes,
        out_mode: out,
        arguments: bag,
        streams: RefCell::default(),
        targets: RefCell::default(),
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

entries! {
    /// Bridges.
    entries:

    [0] fn AcxStreamBridgeCreate(kernel, circuit: ACXCIRCUIT, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_STREAM_BRIDGE_CONFIG, handle: *mut ACXSTREAMBRIDGE) -> NTSTATUS {
        let made = kernel.objects.get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
            let bridge = create(kernel, circuit.handle(), config)?;
            kernel.objects.create(kernel, "ACXSTREAMBRIDGE", bridge, attributes, Some(circuit.object()))
        });
        status(made.map(|bridge| write(handle, bridge.as_ptr())))
    }
    /// For circuits that disabled the default handling: the stream goes on through this bridge.
    [0] fn AcxStreamBridgeAddStream(kernel, bridge: ACXSTREAMBRIDGE, stream: ACXSTREAM) -> NTSTATUS {
        status(get(kernel, bridge, stream).and_then(|(bridge, stream)| {
            if stream.circuit != bridge.circuit {
                kernel.violate(Rule::Contract, "a stream joins a bridge of its own circuit".to_owned());
                return Err(STATUS_INVALID_PARAMETER);
            }
            if stream.next.borrow().is_some() {
                return Err(STATUS_INVALID_DEVICE_STATE);
            }
            let circuit = kernel.objects.get::<Circuit>(kernel, bridge.circuit)?;
            let Some((pin, next, other)) = way(kernel, &circuit, &stream.pin) else { return Err(STATUS_NOT_FOUND) };
            join(kernel, &stream, Some(&bridge), &pin, &next, &other)
        }))
    }
    [0] fn AcxStreamBridgeRemoveStream(kernel, bridge: ACXSTREAMBRIDGE, stream: ACXSTREAM) -> NTSTATUS {
        status(get(kernel, bridge, stream).and_then(|(bridge, stream)| {
            let mut streams = bridge.streams.borrow_mut();
            let at = streams.iter().position(|own| *own == stream.handle()).ok_or(STATUS_NOT_FOUND)?;
            streams.remove(at);
            drop(streams);
            let next = stream.next.borrow_mut().take();
            if let Some((next, _)) = next {
                next.close(kernel);
            }
            Ok(())
        }))
    }
    /// Null before the stream is bridged. The object is the bridge's.
    [0] fn AcxStreamBridgeGetTargetStream(kernel, bridge: ACXSTREAMBRIDGE, stream: ACXSTREAM) -> ACXTARGETSTREAM {
        let Ok((bridge, stream)) = get(kernel, bridge, stream) else { return std::ptr::null_mut() };
        let known = bridge.targets.borrow().iter().find(|(own, _)| *own == stream.handle()).map(|(_, target)| *target);
        let made = known.or_else(|| {
            let (next, _) = stream.next.borrow().clone()?;
            let target = target::of_stream(kernel, bridge.object(), &next).ok()?;
            bridge.targets.borrow_mut().push((stream.handle(), target.handle()));
            Some(target.handle())
        });
        made.unwrap_or(0) as ACXTARGETSTREAM
    }
}
