//! Events for which clients wait, and their sources. Source: the pages of
//! KSEVENTSETID_AudioControlChange, KSEVENTSETID_PinCapsChange and of acxevents.h.

use std::cell::RefCell;
use std::collections::HashMap;

use acx_client::bytes::{field, number};
use acx_sys::*;

use crate::acx::arguments::guid_bytes;
use crate::acx::assumptions::{self, Unplugged};
use crate::acx::callback;
use crate::acx::chain;
use crate::acx::circuit::{self, Circuit, Circuits};
use crate::acx::element::{Element, ElementKind};
use crate::acx::event::Event;
use crate::acx::format::FormatList;
use crate::acx::forward;
use crate::acx::pin::{Jack, Pin};
use crate::acx::sent::Sent;
use crate::acx::stream;
use crate::kernel::Kernel;
use crate::kernel::call::invoke;
use crate::kernel::event;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Ref};
use crate::kernel::report::Rule;

/// The source of an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A volume or mute changed.
    Control { element: usize },
    /// A pin's format lists changed.
    Formats { pin: usize },
    /// A pin's jack changed.
    Jack { pin: usize },
    /// The driver's own.
    Driver { event: usize },
}

/// A waiting client.
struct Listener {
    /// The file it waits on, and where its KSEVENTDATA is: both together say which one to disable.
    file: u64,
    data: usize,
    source: Source,
    signal: u64,
    once: bool,
}

/// The waiting clients of one machine.
#[derive(Default)]
struct Listeners {
    all: RefCell<Vec<Listener>>,
    /// Those whose request a driver of an event answers itself.
    pending: RefCell<HashMap<usize, Listener>>,
}

/// Every listener of `source` is signalled; one-shot listeners are done.
fn raise(kernel: &Kernel, source: Source) {
    let mut done = Vec::new();
    kernel.part::<Listeners>().all.borrow_mut().retain(|listener| {
        if listener.source != source {
            return true;
        }
        event::set(kernel, listener.signal);
        if listener.once {
            done.push(listener.source);
        }
        !listener.once
    });
    for source in done {
        lost(kernel, source);
    }
}

/// A driver's event has one listener less.
fn lost(kernel: &Kernel, source: Source) {
    let Source::Driver { event } = source else { return };
    let Ok(event) = object::get::<Event>(kernel, event) else { return };
    if event.callbacks.EvtAcxEventProcessRequest.is_some() {
        return;
    }
    event.listeners.set(event.listeners.get() - 1);
    if let (0, Some(disable)) = (event.listeners.get(), event.callbacks.EvtAcxEventDisable) {
        invoke(
            kernel,
            &callback::EvtAcxEventDisable,
            event.handle(),
            disable,
            (event.object().as_ptr(),),
        );
    }
}

/// A list of a pin that clients can see has changed.
pub(crate) fn formats_changed(kernel: &Kernel, list: &Ref<FormatList>) {
    let has =
        |pin: &Ref<Pin>| pin.modes.borrow().iter().any(|(_, own)| own.handle() == list.handle());
    // Not borrowed while the driver is told.
    let pins: Vec<Ref<Pin>> = {
        let circuits = kernel.part::<Circuits>().all.borrow();
        let circuits = circuits.iter().filter_map(|circuit| circuit.body::<Circuit>());
        circuits.flat_map(|circuit| circuit.pins.borrow().clone()).filter(has).collect()
    };
    for pin in pins {
        pin_formats_changed(kernel, &pin);
    }
}

/// Signals waiting clients, and notifies the driver on the other side of a bridge.
pub(crate) fn pin_formats_changed(kernel: &Kernel, pin: &Ref<Pin>) {
    raise(kernel, Source::Formats { pin: pin.handle() });
    let joined = pin.joined.borrow().clone();
    let Some((link, id)) = joined else { return };
    let other = circuit::find(kernel, &link).and_then(|circuit| circuit.pin(id));
    let Some(other) = other else { return };
    let target = other.target.borrow().clone();
    if let (Some(notify), Some(target)) =
        (other.callbacks.EvtAcxPinDataFormatChangeNotification, target)
    {
        let own = pin.id.get().unwrap_or(AcxPinIdNone);
        let arguments = (other.object().as_ptr(), target.as_ptr(), own);
        let name = &callback::EvtAcxPinDataFormatChangeNotification;
        invoke(kernel, name, other.handle(), notify, arguments);
    }
}

/// The event of the driver that a request names.
fn own(sent: &Sent<'_>) -> Option<Ref<Event>> {
    let is = |event: &Ref<Event>| event.set == sent.set() && event.id == sent.id();
    let find = |events: &[Ref<Event>]| events.iter().find(|event| is(event)).cloned();
    if let Some(stream) = sent.stream() {
        return find(&stream.events.borrow());
    }
    let has_item = sent.input.len() >= size_of::<KSE_PIN>();
    let item = number(&sent.input, size_of::<KSEVENT>());
    let circuit = sent.circuit()?;
    let pin = circuit.pin(item).filter(|_| has_item);
    let element = circuit.element(item).filter(|_| has_item);
    find(&circuit.events.borrow())
        .or_else(|| pin.and_then(|pin| find(&pin.events.borrow())))
        .or_else(|| element.and_then(|element| find(&element.events.borrow())))
}

fn source(sent: &Sent<'_>) -> Result<Source, NTSTATUS> {
    if let Some(event) = own(sent) {
        return Ok(Source::Driver { event: event.handle() });
    }
    let item = number(&sent.input, size_of::<KSEVENT>());
    let set = sent.set();
    let controls = set == guid_bytes(&KSEVENTSETID_AudioControlChange);
    let caps = set == guid_bytes(&KSEVENTSETID_PinCapsChange);
    let id = sent.id();
    match (controls, caps, id) {
        (false, false, _) => return Err(STATUS_PROPSET_NOT_FOUND),
        (true, _, KSEVENT_CONTROL_CHANGE)
        | (_, true, KSEVENT_PINCAPS_FORMATCHANGE | KSEVENT_PINCAPS_JACKINFOCHANGE) => {}
        _ => return Err(STATUS_NOT_FOUND),
    }
    if sent.input.len() < size_of::<KSE_NODE>() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let circuit = sent.circuit().ok_or(STATUS_NOT_SUPPORTED)?;
    if controls {
        let element = circuit.element(item).ok_or(STATUS_INVALID_PARAMETER)?;
        return match &element.kind {
            ElementKind::Volume(..) | ElementKind::Mute(..) | ElementKind::AudioEngine(..) => {
                Ok(Source::Control { element: element.handle() })
            }
            _ => Err(STATUS_NOT_SUPPORTED),
        };
    }
    let pin = circuit.pin(item).ok_or(STATUS_INVALID_PARAMETER)?;
    match id {
        KSEVENT_PINCAPS_FORMATCHANGE => Ok(Source::Formats { pin: pin.handle() }),
        _ if pin.jacks.borrow().is_empty() => Err(STATUS_NOT_SUPPORTED),
        _ => Ok(Source::Jack { pin: pin.handle() }),
    }
}

/// IOCTL_KS_ENABLE_EVENT: `data` is the client's KSEVENTDATA.
pub(crate) fn enable(kernel: &Kernel, sent: &Sent<'_>, data: &[u8]) -> Result<(), NTSTATUS> {
    if sent.input.len() < size_of::<KSEVENT>() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let source = source(sent)?;
    let flags = sent.flags();
    let once = match flags {
        KSEVENT_TYPE_BASICSUPPORT | KSEVENT_TYPE_SETSUPPORT => return Ok(()),
        KSEVENT_TYPE_ENABLE => false,
        KSEVENT_TYPE_ONESHOT => true,
        _ => return Err(STATUS_INVALID_DEVICE_REQUEST),
    };
    if data.len() < size_of::<KSEVENTDATA>() {
        return Err(STATUS_BUFFER_TOO_SMALL);
    }
    if number(data, 0) != KSEVENTF_EVENT_HANDLE {
        return Err(STATUS_NOT_SUPPORTED);
    }
    let signal = u64::from_le_bytes(field(data, 8));
    if !event::exists(kernel, signal) {
        return Err(STATUS_INVALID_HANDLE);
    }
    let listener = Listener { file: sent.file, data: sent.address, source, signal, once };
    if let Source::Driver { event } = source {
        let event = object::get::<Event>(kernel, event)?;
        if event.callbacks.EvtAcxEventProcessRequest.is_some() {
            return process(kernel, sent, &event, listener, data);
        }
        if let (0, Some(enable)) = (event.listeners.get(), event.callbacks.EvtAcxEventEnable) {
            let arguments = (event.object().as_ptr(),);
            let answer =
                invoke(kernel, &callback::EvtAcxEventEnable, event.handle(), enable, arguments);
            if !NT_SUCCESS(answer) {
                return Err(answer);
            }
        }
        event.listeners.set(event.listeners.get() + 1);
    }
    kernel.part::<Listeners>().all.borrow_mut().push(listener);
    Ok(())
}

/// The driver answers the request to enable its event, and adds the listener itself:
/// AcxEventAddEventData.
fn process(
    kernel: &Kernel,
    sent: &Sent<'_>,
    event: &Ref<Event>,
    listener: Listener,
    data: &[u8],
) -> Result<(), NTSTATUS> {
    let key = kernel.next_number() as usize;
    kernel.part::<Listeners>().pending.borrow_mut().insert(key, listener);
    let owner = event.object().parent().ok_or(STATUS_INVALID_DEVICE_STATE)?;
    let reply = forward::ask(kernel, sent.clone(), &owner, data, |request| {
        if let Some(process) = event.callbacks.EvtAcxEventProcessRequest {
            let verb = _ACX_EVENT_VERB::AcxEventVerbEnable;
            let arguments = (
                owner.as_ptr(),
                event.object().as_ptr(),
                verb,
                key as ACXEVENTDATA,
                request.object().as_ptr(),
            );
            invoke(
                kernel,
                &callback::EvtAcxObjectProcessEventRequest,
                event.handle(),
                process,
                arguments,
            );
        }
    });
    kernel.part::<Listeners>().pending.borrow_mut().remove(&key);
    if NT_SUCCESS(reply.status) { Ok(()) } else { Err(reply.status) }
}

/// IOCTL_KS_DISABLE_EVENT: the KSEVENTDATA at the very address that enabled it; no data means all
/// of the file's.
pub(crate) fn disable(kernel: &Kernel, file: u64, data: &[u8]) -> Result<(), NTSTATUS> {
    let all = data.is_empty();
    let address = data.as_ptr() as usize;
    let mut gone = Vec::new();
    kernel.part::<Listeners>().all.borrow_mut().retain(|listener| {
        let goes = listener.file == file && (all || listener.data == address);
        if goes {
            gone.push(listener.source);
        }
        !goes
    });
    let found = all || !gone.is_empty();
    for source in gone {
        lost(kernel, source);
    }
    if found { Ok(()) } else { Err(STATUS_UNSUCCESSFUL) }
}

/// Source: AcxEventGenerateEvent: PASSIVE_LEVEL.
fn AcxEventGenerateEvent(kernel: &Kernel, event: ACXEVENT) {
    if let Ok(event) = object::get::<Event>(kernel, event as usize) {
        raise(kernel, Source::Driver { event: event.handle() });
    }
}

/// Only while the driver answers the request that the data came with.
fn AcxEventAddEventData(kernel: &Kernel, event: ACXEVENT, data: ACXEVENTDATA) {
    let pending = kernel.part::<Listeners>().pending.borrow_mut().remove(&(data as usize));
    match (object::get::<Event>(kernel, event as usize), pending) {
        (Ok(_), Some(listener)) => kernel.part::<Listeners>().all.borrow_mut().push(listener),
        _ => kernel.violate(Rule::WrongHandle, "event data that is none (any more)".to_owned()),
    }
}

/// The page states no IRQL; the host takes the strictest.
fn AcxVolumeChangeLevelNotification(kernel: &Kernel, volume: ACXVOLUME) {
    control_changed(kernel, volume as usize, |element| {
        matches!(element.kind, ElementKind::Volume(..))
    });
}

/// As for a volume.
fn AcxMuteChangeStateNotification(kernel: &Kernel, mute: ACXMUTE) {
    control_changed(kernel, mute as usize, |element| matches!(element.kind, ElementKind::Mute(..)));
}

/// As for a volume.
fn AcxJackChangeStateNotification(kernel: &Kernel, jack: ACXJACK) {
    let Ok(jack) = object::get::<Jack>(kernel, jack as usize) else { return };
    raise(kernel, Source::Jack { pin: jack.pin });
    if assumptions::of(kernel).unplugged == Unplugged::StreamsEnd {
        kernel.queue_work(move |kernel| end_streams(kernel, &jack));
    }
}

/// If nothing is plugged into a jack, the streams of its circuit end.
fn end_streams(kernel: &Kernel, jack: &Ref<Jack>) {
    if !jack.object().is_alive() || jack.is_connected(kernel) != Ok(false) {
        return;
    }
    let circuit = object::get_alive::<Pin>(kernel, jack.pin)
        .and_then(|pin| object::get_alive::<Circuit>(kernel, pin.circuit));
    let Some(circuit) = circuit else { return };
    for stream in stream::of_circuit(&circuit) {
        chain::end(kernel, &stream);
    }
}

entries! {
    /// Events.
    entries:
    AcxEventGenerateEvent: PASSIVE;
    AcxEventAddEventData: PASSIVE;
    AcxVolumeChangeLevelNotification: PASSIVE;
    AcxMuteChangeStateNotification: PASSIVE;
    AcxJackChangeStateNotification: PASSIVE;
}

fn control_changed(kernel: &Kernel, handle: usize, is_kind: fn(&Element) -> bool) {
    let Ok(element) = object::get::<Element>(kernel, handle) else { return };
    if is_kind(&element) {
        raise(kernel, Source::Control { element: handle });
        // What an engine has is reached through its node.
        let engine = |circuit: &Circuit| {
            let elements = circuit.elements.borrow();
            elements.iter().find(|own| own.parts().contains(&handle)).map(Ref::handle)
        };
        let engine = {
            let circuits = kernel.part::<Circuits>().all.borrow();
            circuits.iter().filter_map(|own| own.body::<Circuit>()).find_map(engine)
        };
        if let Some(element) = engine {
            raise(kernel, Source::Control { element });
        }
    } else {
        kernel.violate(Rule::WrongParent, "a change notification of another element".to_owned());
    }
}
