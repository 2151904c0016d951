//! Pins, jacks, microphones. Source: acxpin.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::acx::arguments::{handles, same, sized};
use crate::acx::callback;
use crate::acx::event::Event;
use crate::acx::format::{Format, FormatList};
use crate::acx::item::{self, Item};
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, write};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};

/// A pin.
pub(crate) struct Pin {
    pub(crate) circuit: usize,
    /// The id that the driver asked for.
    wanted: u32,
    /// Its place in the circuit, once it is added.
    pub(crate) id: Cell<Option<u32>>,
    pub(crate) kind: ACX_PIN_TYPE,
    pub(crate) communication: ACX_PIN_COMMUNICATION,
    pub(crate) category: GUID,
    pub(crate) callbacks: ACX_PIN_CALLBACKS,
    pub(crate) items: Vec<Item>,
    pub(crate) max_streams: u32,
    pub(crate) microphone: Option<Microphone>,
    /// Format lists by mode, in the order they were assigned; RAW first.
    pub(crate) modes: RefCell<Vec<(GUID, Ref<FormatList>)>>,
    pub(crate) jacks: RefCell<Vec<Ref<Jack>>>,
    /// The open streams.
    pub(crate) streams: RefCell<Vec<Rc<Object>>>,
    pub(crate) events: RefCell<Vec<Ref<Event>>>,
    pub(crate) bridges: RefCell<Vec<Rc<Object>>>,
    /// ACX's own, if the driver gave none.
    pub(crate) default_bridge: RefCell<Option<Rc<Object>>>,
    /// The link of the circuit on the other side of a bridge pin, and its pin.
    pub(crate) joined: RefCell<Option<(String, u32)>>,
    /// What EvtAcxPinConnected was given.
    pub(crate) target: RefCell<Option<Rc<Object>>>,
}

/// What a microphone's pin says of it.
#[derive(Clone)]
pub(crate) struct Microphone {
    pub(crate) sensitivity: i32,
    pub(crate) signal_to_noise: i32,
    pub(crate) geometry: Option<Ref<Geometry>>,
}

/// Where the microphones of an array are.
pub(crate) struct Geometry {
    shape: ACX_MIC_ARRAY_GEOMETRY,
    places: RefCell<Vec<ACX_MICROPHONE_COORDINATES>>,
}

impl Geometry {
    /// As a KSAUDIO_MIC_ARRAY_GEOMETRY.
    pub(crate) fn to_ks(&self) -> Vec<u8> {
        let shape = &self.shape;
        let places = self.places.borrow();
        let signed = [
            shape.VerticalAngleBegin,
            shape.VerticalAngleEnd,
            shape.HorizontalAngleBegin,
            shape.HorizontalAngleEnd,
        ];
        let mut bytes = shape.Version.to_le_bytes().to_vec();
        bytes.extend(shape.MicArrayType.to_le_bytes());
        bytes.extend(signed.iter().flat_map(|angle| angle.to_le_bytes()));
        // The bands are 16 bits wide there.
        bytes.extend((shape.FrequencyBandLo as u16).to_le_bytes());
        bytes.extend((shape.FrequencyBandHi as u16).to_le_bytes());
        bytes.extend((places.len() as u16).to_le_bytes());
        for place in &*places {
            bytes.extend(place.Type.to_le_bytes());
            for number in [
                place.XCoord,
                place.YCoord,
                place.ZCoord,
                place.VerticalAngle,
                place.HorizontalAngle,
            ] {
                bytes.extend(number.to_le_bytes());
            }
        }
        bytes
    }
}

impl Pin {
    /// Whether clients open streams here.
    pub(crate) fn is_streaming(&self) -> bool {
        self.communication == _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink
    }

    /// Modes that list a format.
    pub(crate) fn listed_modes(&self) -> Vec<GUID> {
        let modes = self.modes.borrow();
        modes.iter().filter(|(_, list)| !list.is_empty()).map(|(mode, _)| *mode).collect()
    }

    /// The list of a mode.
    pub(crate) fn list(&self, mode: &GUID) -> Option<Ref<FormatList>> {
        let modes = self.modes.borrow();
        modes.iter().find(|(other, _)| same(mode, other)).map(|(_, list)| list.clone())
    }

    /// The formats of a mode, the default first.
    pub(crate) fn formats(&self, mode: &GUID) -> Option<Vec<Ref<Format>>> {
        self.list(mode).map(|list| list.formats())
    }
}

impl Ref<Pin> {
    /// The name that the driver gives it, if it gives one.
    pub(crate) fn own_name(&self, kernel: &Kernel) -> Result<Option<String>, NTSTATUS> {
        let Some(retrieve) = self.callbacks.EvtAcxPinRetrieveName else { return Ok(None) };
        // MAX_PATH units without the zero.
        let mut units = [0u16; 260];
        let mut name = UNICODE_STRING { Length: 0, MaximumLength: 520, Buffer: units.as_mut_ptr() };
        let arguments = (self.object().as_ptr(), &raw mut name);
        let answer =
            invoke(kernel, &callback::EvtAcxPinRetrieveName, self.handle(), retrieve, arguments);
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        Ok(abi::text(&raw const name))
    }

    /// KSJACK_SINK_INFORMATION, if the driver has it.
    pub(crate) fn sink_information(&self, kernel: &Kernel) -> Result<Vec<u8>, NTSTATUS> {
        let retrieve = self.callbacks.EvtAcxPinRetrieveJackSinkInfo.ok_or(STATUS_NOT_SUPPORTED)?;
        let mut own = ACX_JACK_SINK_INFORMATION::default();
        let arguments = (self.object().as_ptr(), &raw mut own);
        let answer = invoke(
            kernel,
            &callback::EvtAcxPinRetrieveJackSinkInfo,
            self.handle(),
            retrieve,
            arguments,
        );
        if !NT_SUCCESS(answer) {
            return Err(answer);
        }
        let mut bytes = vec![0; 96];
        bytes[..4].copy_from_slice(&own.ConnType.to_le_bytes());
        for (at, number) in [(4, own.ManufacturerId), (6, own.ProductId), (8, own.AudioLatency)] {
            bytes[at..at + 2].copy_from_slice(&number.to_le_bytes());
        }
        bytes[12] = own.HDCPCapable;
        bytes[16] = own.AICapable;
        bytes[20] = own.SinkDescriptionLength;
        for (at, unit) in own.SinkDescription.iter().enumerate() {
            bytes[22 + 2 * at..24 + 2 * at].copy_from_slice(&unit.to_le_bytes());
        }
        bytes[88..92].copy_from_slice(&own.PortId.LowPart.to_le_bytes());
        bytes[92..96].copy_from_slice(&own.PortId.HighPart.to_le_bytes());
        Ok(bytes)
    }
}

/// A jack.
pub(crate) struct Jack {
    pub(crate) pin: usize,
    pub(crate) description: ACX_JACK_DESCRIPTION,
    pub(crate) flags: u32,
    presence: PFN_ACX_JACK_RETRIEVE_PRESENCE_STATE,
}

impl Ref<Jack> {
    /// Whether something is plugged in; always, if the jack has no such callback.
    pub(crate) fn is_connected(&self, kernel: &Kernel) -> Result<bool, NTSTATUS> {
        let Some(presence) = self.presence else { return Ok(true) };
        let mut connected = 0;
        let arguments = (self.object().as_ptr(), &raw mut connected);
        let name = &callback::EvtAcxJackRetrievePresenceState;
        let answer = invoke(kernel, name, self.handle(), presence, arguments);
        if NT_SUCCESS(answer) { Ok(connected != 0) } else { Err(answer) }
    }
}

/// The id of a pin that joins `pins`: the one it asked for, or the next free one.
pub(crate) fn next_id(pins: &[Ref<Pin>], pin: &Pin) -> Result<u32, NTSTATUS> {
    let taken = |id: u32| pins.iter().any(|other| other.id.get() == Some(id));
    match pin.wanted {
        id if id == AcxPinIdDefault => {
            (0..u32::MAX).find(|id| !taken(*id)).ok_or(STATUS_INSUFFICIENT_RESOURCES)
        }
        id if taken(id) => Err(STATUS_OBJECT_NAME_COLLISION),
        id => Ok(id),
    }
}

fn microphone(kernel: &Kernel, config: &ACX_PIN_CONFIG) -> Result<Option<Microphone>, NTSTATUS> {
    let specified = _ACX_PIN_CONFIG_FLAGS::AcxPinConfigMicrophoneConfigSpecified as u32;
    if config.Flags & specified == 0 {
        return Ok(None);
    }
    // SAFETY: the flag says that the union holds it.
    let place = unsafe { config.u.MicrophoneConfig };
    let own = sized(kernel, place, |own| own.Size)?;
    let geometry = object::optional::<Geometry>(kernel, own.MicArrayGeometry as usize)?;
    Ok(Some(Microphone {
        sensitivity: own.MicrophoneSensitivityDB,
        signal_to_noise: own.MicrophoneSnrDB,
        geometry,
    }))
}

/// A new pin of a circuit.
pub(crate) fn create(
    kernel: &Kernel,
    circuit: &Rc<Object>,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_PIN_CONFIG,
) -> Result<Rc<Object>, NTSTATUS> {
    let config = sized(kernel, config, |config| config.Size)?;
    let callbacks = match read(config.PinCallbacks) {
        Some(_) => sized(kernel, config.PinCallbacks, |callbacks| callbacks.Size)?,
        None => ACX_PIN_CALLBACKS::default(),
    };
    let mut items = item::properties(config.Properties, config.PropertiesCount)?;
    items.extend(item::methods(config.Methods, config.MethodsCount)?);
    let pin = Pin {
        circuit: circuit.handle(),
        wanted: config.Id,
        id: Cell::new(None),
        kind: config.Type,
        communication: config.Communication,
        category: read(config.Category).ok_or(STATUS_INVALID_PARAMETER)?,
        callbacks,
        items,
        max_streams: config.MaxStreams,
        microphone: microphone(kernel, &config)?,
        modes: RefCell::default(),
        jacks: RefCell::default(),
        streams: RefCell::default(),
        events: RefCell::default(),
        bridges: RefCell::default(),
        default_bridge: RefCell::default(),
        joined: RefCell::default(),
        target: RefCell::default(),
    };
    let object = object::create(kernel, "ACXPIN", pin, attributes, Some(circuit))?;
    let no_lists = _ACX_PIN_CONFIG_FLAGS::AcxPinConfigNoDefaultDataFormatLists as u32;
    if config.Flags & no_lists == 0 {
        let list = FormatList::create(kernel, &object)?;
        if let Some(pin) = object.body::<Pin>() {
            pin.modes.borrow_mut().push((AUDIO_SIGNALPROCESSINGMODE_RAW, list));
        }
    }
    Ok(object)
}

/// A bridge pin that ACX makes for a circuit that has none of its kind: without communication, as
/// the structure begins.
pub(crate) fn of_acx(
    kernel: &Kernel,
    circuit: &Rc<Object>,
    kind: ACX_PIN_TYPE,
) -> Result<Ref<Pin>, NTSTATUS> {
    let category = KSCATEGORY_AUDIO;
    let mut config = ACX_PIN_CONFIG::default();
    ACX_PIN_CONFIG_INIT(&mut config);
    config.Type = kind;
    config.Category = &raw const category;
    let pin = create(kernel, circuit, std::ptr::null_mut(), &raw mut config)?;
    Ref::of(pin).ok_or(STATUS_UNSUCCESSFUL)
}

pub(crate) fn get(kernel: &Kernel, pin: ACXPIN) -> Result<Ref<Pin>, NTSTATUS> {
    object::get::<Pin>(kernel, pin as usize)
}

fn AcxPinGetId(kernel: &Kernel, pin: ACXPIN) -> ULONG {
    get(kernel, pin).ok().and_then(|pin| pin.id.get()).unwrap_or(AcxPinIdNone)
}

fn AcxPinGetCircuit(kernel: &Kernel, pin: ACXPIN) -> ACXCIRCUIT {
    get(kernel, pin).map_or(std::ptr::null_mut(), |pin| pin.circuit as ACXCIRCUIT)
}

fn AcxPinGetType(kernel: &Kernel, pin: ACXPIN) -> ACX_PIN_TYPE {
    get(kernel, pin).map_or(_ACX_PIN_TYPE::AcxPinTypeOther, |pin| pin.kind)
}

fn AcxPinGetRawDataFormatList(kernel: &Kernel, pin: ACXPIN) -> ACXDATAFORMATLIST {
    let list = get(kernel, pin).ok().and_then(|pin| pin.list(&AUDIO_SIGNALPROCESSINGMODE_RAW));
    list.map_or(std::ptr::null_mut(), |list| list.object().as_ptr())
}

fn AcxPinRetrieveModeDataFormatList(
    kernel: &Kernel,
    pin: ACXPIN,
    mode: *const GUID,
    out: *mut ACXDATAFORMATLIST,
) -> NTSTATUS {
    let Some(mode) = read(mode) else { return STATUS_INVALID_PARAMETER };
    status(get(kernel, pin).and_then(|pin| {
        let list = pin.list(&mode).ok_or(STATUS_NOT_FOUND)?;
        write(out, list.object().as_ptr());
        Ok(())
    }))
}

fn AcxJackCreate(
    kernel: &Kernel,
    pin: ACXPIN,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_JACK_CONFIG,
    handle: *mut ACXJACK,
) -> NTSTATUS {
    let created = get(kernel, pin).and_then(|pin| {
        let config = sized(kernel, config, |config| config.Size)?;
        let callbacks = read(config.Callbacks);
        if callbacks.is_some() {
            sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?;
        }
        let presence = callbacks.and_then(|callbacks| callbacks.EvtAcxJackRetrievePresenceState);
        let jack = Jack {
            pin: pin.handle(),
            description: config.Description,
            flags: config.Flags,
            presence,
        };
        object::create(kernel, "ACXJACK", jack, attributes, Some(pin.object()))
    });
    status(created.map(|jack| write(handle, jack.as_ptr())))
}

fn AcxPinAddJacks(kernel: &Kernel, pin: ACXPIN, jacks: *mut ACXJACK, count: ULONG) -> NTSTATUS {
    status(get(kernel, pin).and_then(|pin| {
        pin.jacks.borrow_mut().extend(handles::<Jack, _>(kernel, jacks, count)?);
        Ok(())
    }))
}

fn AcxMicArrayGeometryCreate(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_MICARRAYGEOMETRY_CONFIG,
    handle: *mut ACXMICARRAYGEOMETRY,
) -> NTSTATUS {
    let created = object::any(kernel, circuit as usize).and_then(|circuit| {
        let config = sized(kernel, config, |config| config.Size)?;
        let geometry = Geometry { shape: config.Geometry, places: RefCell::default() };
        object::create(kernel, "ACXMICARRAYGEOMETRY", geometry, attributes, Some(&circuit))
    });
    status(created.map(|object| write(handle, object.as_ptr())))
}

fn AcxMicArrayGeometryAddMicrophoneCoordinates(
    kernel: &Kernel,
    geometry: ACXMICARRAYGEOMETRY,
    places: PACX_MICROPHONE_COORDINATES,
    count: ULONG,
) -> NTSTATUS {
    status(object::get::<Geometry>(kernel, geometry as usize).and_then(|geometry| {
        for at in 0..count as usize {
            geometry
                .places
                .borrow_mut()
                .push(read(places.wrapping_add(at)).ok_or(STATUS_INVALID_PARAMETER)?);
        }
        Ok(())
    }))
}

fn AcxPinAddEvents(kernel: &Kernel, pin: ACXPIN, events: *mut ACXEVENT, count: ULONG) -> NTSTATUS {
    status(object::get::<Pin>(kernel, pin as usize).and_then(|pin| {
        pin.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
        Ok(())
    }))
}

entries! {
    /// Pins, jacks, microphones.
    entries:
    AcxPinAddEvents: PASSIVE, fallible;
    AcxPinGetId: DISPATCH;
    AcxPinGetCircuit: DISPATCH;
    AcxPinGetType: DISPATCH;
    AcxPinGetRawDataFormatList: PASSIVE;
    AcxPinRetrieveModeDataFormatList: DISPATCH, fallible;
    AcxJackCreate: PASSIVE, fallible;
    AcxPinAddJacks: PASSIVE, fallible;
    AcxMicArrayGeometryCreate: PASSIVE, fallible;
    AcxMicArrayGeometryAddMicrophoneCoordinates: PASSIVE, fallible;
}
