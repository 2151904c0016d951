//! Chains: a stream of the streaming circuit and its continuations through the bridges of a
//! composite endpoint. A stream in one circuit only is a chain of one. Source: the pages of
//! AcxStreamBridgeAddStream, AcxStreamBridgeRemoveStream and ACX_STREAM_BRIDGE_CONFIG.

use acx_sys::*;

use crate::acx::assumptions::{self, Creation, Destroy, Hardware, Jump};
use crate::acx::bridge::{Bridge, OutMode};
use crate::acx::circuit::{self, Circuit};
use crate::acx::pin::Pin;
use crate::acx::stream::{
    self, ACQUIRE, Joint, Opening, PAUSE, RUN, STOP, State, Stream, open_alone,
};
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::function::entries;
use crate::kernel::gate::Gate;
use crate::kernel::object::{self, Ref};
use crate::kernel::report::Rule;
use crate::wdf::device::Power;
use crate::wdf::pnp;

/// Streams through several circuits share the later circuits, so their state changes and deletions
/// are serialized.
#[derive(Default)]
pub(super) struct Chains(Gate);

/// The gate that serializes a stream's requests. Streams that continue through others share one
/// gate.
pub(crate) fn gate<'a>(kernel: &'a Kernel, stream: &'a Stream) -> &'a Gate {
    let is_chain = stream.next.borrow().is_some() || stream.from.borrow().is_some();
    if is_chain { &kernel.part::<Chains>().0 } else { &stream.gate }
}

/// This stream and its continuations.
pub(crate) fn streams(first: &Ref<Stream>) -> Vec<Ref<Stream>> {
    let next = |stream: &Ref<Stream>| stream.next.borrow().as_ref().map(|(next, _)| next.clone());
    std::iter::successors(Some(first.clone()), next).collect()
}

/// Moves the whole chain one step up or down: `by` is 1 or -1. Render goes up from the streaming
/// circuit on and down towards it, capture in reverse, unless a bridge inverts that. A stream that
/// several share is as far up as the furthest of them. On a failure all stay in their state.
fn step(kernel: &Kernel, first: &Ref<Stream>, by: State) -> Result<(), NTSTATUS> {
    let mut steps = Vec::new();
    let mut wanted = first.state() + by;
    let mut before = None;
    for stream in streams(first) {
        if let (Some(joint), Some(_)) = (stream.from.borrow().as_ref(), before)
            && let Some(bridge) = joint.bridge.body::<Bridge>()
        {
            wanted = wanted.max(bridge.highest(kernel, before));
        }
        before = Some(stream.handle());
        let state = stream.state();
        if state != wanted {
            steps.push((stream, state, wanted));
        }
    }
    if (first.is_render() == by.is_positive()) == first.is_inverted() {
        steps.reverse();
    }
    for (done, (stream, _, wanted)) in steps.iter().enumerate() {
        if let Err(status) = stream.step_alone(kernel, *wanted) {
            for (stepped, state, _) in steps[..done].iter().rev() {
                let _ = stepped.step_alone(kernel, *state);
            }
            return Err(status);
        }
    }
    Ok(())
}

/// Follows the streams that pass through it.
fn follow(kernel: &Kernel, stream: &Ref<Stream>, state: State) {
    let _ = walk(kernel, stream, state);
}

fn walk(kernel: &Kernel, stream: &Ref<Stream>, target: State) -> Result<(), NTSTATUS> {
    loop {
        let by = (target - stream.state()).signum();
        if by == 0 {
            return Ok(());
        }
        step(kernel, stream, by)?;
    }
}

/// A client requests a state: any, one step at a time. A failing step keeps the state before it.
pub(crate) fn set_state(
    kernel: &Kernel,
    stream: &Ref<Stream>,
    target: State,
) -> Result<(), NTSTATUS> {
    if !(STOP..=RUN).contains(&target) {
        return Err(STATUS_INVALID_PARAMETER);
    }
    stream.device.has_power()?;
    let jumps = stream.state().abs_diff(target) > 1;
    if jumps && assumptions::of(kernel).jump == Jump::Refuse {
        return Err(STATUS_INVALID_DEVICE_STATE);
    }
    walk(kernel, stream, target)
}

/// Power goes: RUN is paused; for good, PAUSE is released too.
pub(crate) fn power_pause(kernel: &Kernel, stream: &Ref<Stream>, is_final: bool) {
    let state = stream.state();
    if stream.interrupted.get().is_none() {
        stream.interrupted.set(Some(state));
    }
    let target = if is_final { STOP } else { state.min(PAUSE) };
    let _ = walk(kernel, stream, target);
    if is_final {
        let _ = stream.release(kernel);
    }
}

/// Power is back.
pub(crate) fn power_restore(kernel: &Kernel, stream: &Ref<Stream>) {
    let awake = |stream: &Ref<Stream>| stream.device.power() == Power::D0;
    if !streams(stream).iter().all(awake) {
        return;
    }
    if let Some(state) = stream.interrupted.take() {
        let _ = walk(kernel, stream, state);
    }
}

/// A stream that could not continue is closed soon; its instance is free at once.
fn cancel(kernel: &Kernel, stream: &Ref<Stream>) {
    stream.pin.streams.borrow_mut().retain(|other| other.handle() != stream.handle());
    let stream = stream.clone();
    stream::soon(kernel, move |kernel| {
        let _turn = kernel.part::<Chains>().0.pass(kernel);
        close(kernel, &stream);
    });
}

/// The stream's jack was unplugged: it is stopped permanently.
pub(crate) fn end(kernel: &Kernel, stream: &Ref<Stream>) {
    let _turn = gate(kernel, stream).pass(kernel);
    if stream.object().is_alive() {
        let _ = walk(kernel, stream, STOP);
        stream.ended.set(true);
    }
}

/// The client closes its handle.
pub(crate) fn close(kernel: &Kernel, stream: &Ref<Stream>) {
    match assumptions::of(kernel).hardware {
        Hardware::InsidePackets => {
            let _ = walk(kernel, stream, STOP);
            free_packets(kernel, stream);
        }
        Hardware::AroundPackets => {
            let _ = walk(kernel, stream, stream.state().min(ACQUIRE));
            free_packets(kernel, stream);
            let _ = walk(kernel, stream, STOP);
            let _ = stream.release(kernel);
        }
    }
    let next = stream.next.borrow().clone();
    if let Some(bridge) = next.and_then(|(_, joint)| Ref::<Bridge>::of(joint.bridge)) {
        leave(kernel, &bridge, stream);
    }
    stream.pin.streams.borrow_mut().retain(|other| other.handle() != stream.handle());
    let device = stream.device.object().clone();
    let circuit = object::get_alive::<Circuit>(kernel, stream.circuit);
    if assumptions::of(kernel).destroy == Destroy::Later {
        // ACX has a reference of its own for a while.
        let object = stream.object().clone();
        object::reference(&object);
        kernel.queue_work(move |kernel| object::dereference(kernel, &object));
    }
    object::delete(kernel, stream.object());
    if let Some(circuit) = circuit {
        circuit::delete_if_unused(kernel, &circuit);
    }
    pnp::delete_if_unused(kernel, &device);
}

fn free_packets(kernel: &Kernel, stream: &Ref<Stream>) {
    let packets = stream.packets.borrow_mut().take();
    if let Some(packets) = packets {
        let (array, count) = packets.unmap(kernel);
        stream.give_back(kernel, array, count);
    }
}

/// Assigns content rights to the whole chain, the streaming circuit first.
pub(crate) fn assign_rights(
    kernel: &Kernel,
    stream: &Ref<Stream>,
    id: u32,
    rights: ACXDRMRIGHTS,
) -> Result<(), NTSTATUS> {
    streams(stream).iter().try_for_each(|stream| stream.assign_alone(kernel, id, rights))
}

/// A client or a bridge opens `pin`: EvtAcxCircuitCreateStream of this circuit and of the next
/// ones.
pub(crate) fn open(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    pin: &Ref<Pin>,
    opening: &Opening<'_>,
) -> Result<Ref<Stream>, NTSTATUS> {
    let mode = opening.mode.copied().unwrap_or_default();
    let way = way(kernel, circuit, pin, &mode)?;
    let _turn = way.as_ref().map(|_| kernel.part::<Chains>().0.pass(kernel));
    if let Some(way) = way.as_ref().filter(|way| way.comes_first(kernel)) {
        way.output(kernel, opening)?;
    }
    let made = open_alone(kernel, circuit, pin, opening).and_then(|stream| {
        let joined = match &way {
            // The driver may have added it to a bridge itself.
            Some(way) if stream.next.borrow().is_none() => way.join(kernel, &stream, opening),
            _ => Ok(()),
        };
        joined.map(|()| stream.clone()).inspect_err(|_| cancel(kernel, &stream))
    });
    made.inspect_err(|_| {
        if let Some(way) = &way {
            way.give_up(kernel);
        }
    })
}

/// The continuation from a circuit: through a bridge, from a pin to another circuit's pin.
struct Way {
    bridge: Ref<Bridge>,
    pin: Ref<Pin>,
    next: Ref<Circuit>,
    other: Ref<Pin>,
}

/// The pin through which `circuit` continues: its connected bridge pin, and the pin at the other
/// side.
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

/// The continuation of a stream of `mode` that is opened at `from`; None if there is none, or if
/// the driver handles it.
fn way(
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
        own.into_iter().filter_map(Ref::<Bridge>::of).find(|bridge| bridge.takes(mode))
    };
    Ok(bridge.map(|bridge| Way { bridge, pin, next, other }))
}

impl Way {
    /// Whether the next circuit's stream is made before this one's.
    fn comes_first(&self, kernel: &Kernel) -> bool {
        self.bridge.inverts() && assumptions::of(kernel).creation == Creation::AsStates
    }

    /// The outgoing stream: the existing one, or a new one that suits the opened stream. The format
    /// is the bridge pin's default in the outgoing mode, if it lists that, else the incoming one's.
    fn output(&self, kernel: &Kernel, opening: &Opening<'_>) -> Result<Ref<Stream>, NTSTATUS> {
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
        // A pin without a list accepts any format; one with a list accepts those.
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
        let output = open(kernel, &self.next, &self.other, &opening)?;
        *self.bridge.output.borrow_mut() = Some(output.clone());
        Ok(output)
    }

    /// `stream` goes on through the way.
    fn join(
        &self,
        kernel: &Kernel,
        stream: &Ref<Stream>,
        opening: &Opening<'_>,
    ) -> Result<(), NTSTATUS> {
        let output = self.output(kernel, opening)?;
        self.bridge.inputs.borrow_mut().push(stream.handle());
        let (bridge, inverts) = (self.bridge.object().clone(), self.bridge.inverts());
        let joint = Joint { bridge, inverts };
        *output.from.borrow_mut() = Some(joint.clone());
        *stream.next.borrow_mut() = Some((output, joint));
        Ok(())
    }

    /// The stream that was created first is discarded: the one before it could not be created.
    fn give_up(&self, kernel: &Kernel) {
        close_unused(kernel, &self.bridge);
    }
}

/// Removes an incoming stream. The outgoing one stays as far up as the others, and is closed with
/// the last of them.
fn leave(kernel: &Kernel, bridge: &Ref<Bridge>, stream: &Ref<Stream>) {
    stream.next.borrow_mut().take();
    bridge.inputs.borrow_mut().retain(|own| *own != stream.handle());
    close_unused(kernel, bridge);
    let output = bridge.output.borrow().clone();
    if let Some(output) = output {
        follow(kernel, &output, bridge.highest(kernel, None));
    }
}

fn close_unused(kernel: &Kernel, bridge: &Ref<Bridge>) {
    if !bridge.inputs.borrow().is_empty() {
        return;
    }
    let target = bridge.target.borrow_mut().take();
    if let Some(target) = target {
        object::delete(kernel, &target);
    }
    let output = bridge.output.borrow_mut().take();
    if let Some(output) = output {
        close(kernel, &output);
    }
}

/// ACX's own bridge of a pin, from the first stream on.
fn default_bridge(
    kernel: &Kernel,
    circuit: &Ref<Circuit>,
    pin: &Ref<Pin>,
) -> Result<Ref<Bridge>, NTSTATUS> {
    if let Some(known) = pin.default_bridge.borrow().clone() {
        return Ref::of(known).ok_or(STATUS_UNSUCCESSFUL);
    }
    let body = Bridge::of_acx(circuit.handle());
    let parent = Some(circuit.object());
    let made = object::create(kernel, "ACXSTREAMBRIDGE", body, std::ptr::null_mut(), parent)?;
    *pin.default_bridge.borrow_mut() = Some(made.clone());
    Ref::of(made).ok_or(STATUS_UNSUCCESSFUL)
}

/// A bridge and a stream, by their handles.
pub(super) fn get(
    kernel: &Kernel,
    bridge: ACXSTREAMBRIDGE,
    stream: ACXSTREAM,
) -> Result<(Ref<Bridge>, Ref<Stream>), NTSTATUS> {
    Ok((
        object::get::<Bridge>(kernel, bridge as usize)?,
        object::get::<Stream>(kernel, stream as usize)?,
    ))
}

/// For streams that no bridge accepts automatically.
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
        let _turn = kernel.part::<Chains>().0.pass(kernel);
        if stream.next.borrow().is_some() {
            return Err(STATUS_INVALID_DEVICE_STATE);
        }
        let circuit = object::get::<Circuit>(kernel, bridge.circuit)?;
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
        let _turn = kernel.part::<Chains>().0.pass(kernel);
        if !bridge.inputs.borrow().contains(&stream.handle()) {
            return Err(STATUS_NOT_FOUND);
        }
        leave(kernel, &bridge, &stream);
        Ok(())
    }))
}

entries! {
    /// Chains.
    entries:
    AcxStreamBridgeAddStream: PASSIVE, fallible;
    AcxStreamBridgeRemoveStream: PASSIVE;
}
