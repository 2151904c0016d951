//! Events: what a client can wait for, and who raises it. Source: acxevents.h pages; the fact collection's `ks/interface.md`, section 3.10.

use std::cell::Cell;

use acx_sys::*;

use crate::abi::{entries, write};
use crate::acx::circuit::{Circuit, handles};
use crate::acx::element::Element;
use crate::acx::pin::{FormatList, Jack, Pin};
use crate::acx::stream::Stream;
use crate::acx::{guid_bytes, sized};
use crate::kernel::Kernel;
use crate::kernel::object::Ref;
use crate::ks::{Sent, field, number};
use crate::report::Rule;
use crate::wdf::status;

/// An event that a driver raises.
pub(crate) struct Event {
    set: [u8; 16],
    id: u32,
    callbacks: ACX_EVENT_CALLBACKS,
    listeners: Cell<u32>,
}

/// What a client waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A volume or mute changed.
    Control { element: usize },
    /// A pin's format lists changed.
    Formats { pin: usize },
    /// A pin's jack changed.
    Jack { pin: usize },
    /// The driver's own.
    Driver { event: usize },
}

/// A client that waits.
pub(crate) struct Listener {
    /// The file it waits on, and where its KSEVENTDATA is: the two tell which one to disable.
    file: u64,
    data: usize,
    source: Source,
    signal: u64,
    once: bool,
}

/// Every listener of `source` is told; one-shot listeners are done.
fn raise(kernel: &Kernel, source: Source) {
    let mut done = Vec::new();
    kernel.acx.listeners.borrow_mut().retain(|listener| {
        if listener.source != source {
            return true;
        }
        kernel.set_event(listener.signal);
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
    let Ok(event) = kernel.objects.get::<Event>(kernel, event) else { return };
    event.listeners.set(event.listeners.get() - 1);
    if let (0, Some(disable)) = (event.listeners.get(), event.callbacks.EvtAcxEventDisable) {
        kernel.invoke("EvtAcxEventDisable", event.handle(), disable, (event.object().as_ptr(),));
    }
}

/// A list of a pin that clients can see has changed.
pub(crate) fn formats_changed(kernel: &Kernel, list: &Ref<FormatList>) {
    let circuits = kernel.acx.circuits.borrow();
    let pins: Vec<usize> = circuits
        .iter()
        .filter_map(|circuit| circuit.body::<Circuit>())
        .flat_map(|circuit| circuit.pins.borrow().clone())
        .filter(|pin| pin.modes.borrow().iter().any(|(_, own)| own.handle() == list.handle()))
        .map(|pin| pin.handle())
        .collect();
    drop(circuits);
    for pin in pins {
        raise(kernel, Source::Formats { pin });
    }
}

/// The event of the driver that a request names.
fn own(sent: &Sent<'_>) -> Option<Ref<Event>> {
    let is = |event: &Ref<Event>| event.set == sent.set() && event.id == sent.id();
    let find = |events: &[Ref<Event>]| events.iter().find(|event| is(event)).cloned();
    if let Some(stream) = &sent.stream {
        return find(&stream.events.borrow());
    }
    let pins = sent.circuit.pins.borrow();
    let pin = pins.get(number(&sent.input, size_of::<KSEVENT>()) as usize);
    let of_pin = pin.filter(|_| sent.input.len() >= size_of::<KSE_PIN>());
    find(&sent.circuit.events.borrow())
        .or_else(|| of_pin.and_then(|pin| find(&pin.events.borrow())))
}

fn source(sent: &Sent<'_>) -> Result<Source, NTSTATUS> {
    if let Some(event) = own(sent) {
        return Ok(Source::Driver { event: event.handle() });
    }
    let item = number(&sent.input, size_of::<KSEVENT>()) as usize;
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
    if controls {
        let elements = sent.circuit.elements.borrow();
        let element = elements.get(item).ok_or(STATUS_INVALID_PARAMETER)?;
        return match &**element {
            Element::PeakMeter(..) => Err(STATUS_NOT_SUPPORTED),
            _ => Ok(Source::Control { element: element.handle() }),
        };
    }
    let pins = sent.circuit.pins.borrow();
    let pin = pins.get(item).ok_or(STATUS_INVALID_PARAMETER)?;
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
    if !kernel.event_exists(signal) {
        return Err(STATUS_INVALID_HANDLE);
    }
    if let Source::Driver { event } = source {
        let event = kernel.objects.get::<Event>(kernel, event)?;
        if let (0, Some(enable)) = (event.listeners.get(), event.callbacks.EvtAcxEventEnable) {
            let arguments = (event.object().as_ptr(),);
            let answer = kernel.invoke("EvtAcxEventEnable", event.handle(), enable, arguments);
            if !NT_SUCCESS(answer) {
                return Err(answer);
            }
        }
        event.listeners.set(event.listeners.get() + 1);
    }
    let listener = Listener { file: sent.file, data: sent.address, source, signal, once };
    kernel.acx.listeners.borrow_mut().push(listener);
    Ok(())
}

/// IOCTL_KS_DISABLE_EVENT: the KSEVENTDATA at the very address that enabled it; no data means all of the file's.
pub(crate) fn disable(kernel: &Kernel, file: u64, data: &[u8]) -> Result<(), NTSTATUS> {
    let all = data.is_empty();
    let address = data.as_ptr() as usize;
    let mut gone = Vec::new();
    kernel.acx.listeners.borrow_mut().retain(|listener| {
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

entries! {
    /// Events.
    entries:

    [0] fn AcxEventCreate(kernel, object: ACXOBJECT, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_EVENT_CONFIG, handle: *mut ACXEVENT) -> NTSTATUS {
        let created = sized(kernel, config, |config| config.Size).and_then(|config| {
            let set = crate::abi::read(config.Set).ok_or(STATUS_INVALID_PARAMETER)?;
            let callbacks = match crate::abi::read(config.Callbacks) {
                Some(_) => sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?,
                None => ACX_EVENT_CALLBACKS::default(),
            };
            if callbacks.EvtAcxEventProcessRequest.is_some() {
                kernel.report().gap("EvtAcxEventProcessRequest");
            }
            let parent = kernel.objects.any(kernel, object as usize)?;
            let event = Event { set: guid_bytes(&set), id: config.Id, callbacks, listeners: Cell::new(0) };
            kernel.objects.create(kernel, "ACXEVENT", event, attributes, Some(&parent))
        });
        status(created.map(|event| write(handle, event.as_ptr())))
    }

    [0] fn AcxCircuitAddEvents(kernel, circuit: ACXCIRCUIT, events: *mut ACXEVENT, count: ULONG) -> NTSTATUS {
        status(kernel.objects.get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
            circuit.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
            Ok(())
        }))
    }

    [0] fn AcxPinAddEvents(kernel, pin: ACXPIN, events: *mut ACXEVENT, count: ULONG) -> NTSTATUS {
        status(kernel.objects.get::<Pin>(kernel, pin as usize).and_then(|pin| {
            pin.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
            Ok(())
        }))
    }

    [0] fn AcxStreamAddEvents(kernel, stream: ACXSTREAM, events: *mut ACXEVENT, count: ULONG) -> NTSTATUS {
        status(kernel.objects.get::<Stream>(kernel, stream as usize).and_then(|stream| {
            stream.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
            Ok(())
        }))
    }

    /// Source: AcxEventGenerateEvent: PASSIVE_LEVEL.
    [0] fn AcxEventGenerateEvent(kernel, event: ACXEVENT) {
        if let Ok(event) = kernel.objects.get::<Event>(kernel, event as usize) {
            raise(kernel, Source::Driver { event: event.handle() });
        }
    }

    /// The page states no IRQL; the host takes the strictest.
    [0] fn AcxVolumeChangeLevelNotification(kernel, volume: ACXVOLUME) {
        control_changed(kernel, volume as usize, |element| matches!(element, Element::Volume(..)));
    }

    /// As for a volume.
    [0] fn AcxMuteChangeStateNotification(kernel, mute: ACXMUTE) {
        control_changed(kernel, mute as usize, |element| matches!(element, Element::Mute(..)));
    }

    /// As for a volume.
    [0] fn AcxJackChangeStateNotification(kernel, jack: ACXJACK) {
        if let Ok(jack) = kernel.objects.get::<Jack>(kernel, jack as usize) {
            raise(kernel, Source::Jack { pin: jack.pin });
        }
    }
}

fn control_changed(kernel: &Kernel, handle: usize, is_kind: fn(&Element) -> bool) {
    let Ok(element) = kernel.objects.get::<Element>(kernel, handle) else { return };
    if is_kind(&element) {
        raise(kernel, Source::Control { element: handle });
    } else {
        kernel.violate(Rule::WrongHandle, "a change notification of another element".to_owned());
    }
}
