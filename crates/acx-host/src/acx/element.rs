//! Elements: volume, mute, peak meter, audio engine and its part in a stream, keyword spotter,
//! audio module, and those of a driver's own kind. Source: acxelements.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, handles, sized};
use crate::acx::callback;
use crate::acx::event::Event;
use crate::acx::format::FormatList;
use crate::acx::item::{self, Item};
use crate::acx::pin::Pin;
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;

/// The type of an element, with its copied configuration.
pub(crate) enum ElementKind {
    Volume(ACX_VOLUME_CONFIG, ACX_VOLUME_CALLBACKS),
    Mute(ACX_MUTE_CONFIG, ACX_MUTE_CALLBACKS),
    PeakMeter(ACX_PEAKMETER_CONFIG, ACX_PEAKMETER_CALLBACKS),
    /// With the formats of the device.
    AudioEngine(ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CALLBACKS, Ref<FormatList>),
    StreamAudioEngine(ACX_STREAMAUDIOENGINE_CONFIG, ACX_STREAMAUDIOENGINE_CALLBACKS),
    KeywordSpotter(ACX_KEYWORDSPOTTER_CALLBACKS, Vec<[u8; 16]>),
    AudioModule(Box<ACX_AUDIOMODULE_DESCRIPTOR>, ACX_AUDIOMODULE_CALLBACKS),
    /// The node type.
    General(GUID),
}

/// An element.
pub(crate) struct Element {
    pub(crate) kind: ElementKind,
    /// The id that the driver requested.
    wanted: u32,
    /// Its id, once it is added.
    id: Cell<Option<u32>>,
    /// The circuit or stream it belongs to.
    pub(crate) container: usize,
    pub(crate) name: GUID,
    pub(crate) items: Vec<Item>,
    pub(crate) events: RefCell<Vec<Ref<Event>>>,
}

impl Element {
    /// The node type that clients see.
    pub(crate) fn node_type(&self) -> GUID {
        match &self.kind {
            ElementKind::Volume(..) => KSNODETYPE_VOLUME,
            ElementKind::Mute(..) => KSNODETYPE_MUTE,
            ElementKind::PeakMeter(..) => KSNODETYPE_PEAKMETER,
            ElementKind::AudioEngine(..) | ElementKind::StreamAudioEngine(..) => {
                KSNODETYPE_AUDIO_ENGINE
            }
            ElementKind::KeywordSpotter(..) => KSNODETYPE_AUDIO_KEYWORDDETECTOR,
            ElementKind::AudioModule(..) => KSNODETYPE_AUDIO_MODULE,
            ElementKind::General(kind) => *kind,
        }
    }

    pub(crate) fn channels(&self) -> u32 {
        match &self.kind {
            ElementKind::Volume(config, _) => config.ChannelsCount,
            ElementKind::Mute(config, _) => config.ChannelsCount,
            ElementKind::PeakMeter(config, _) => config.ChannelsCount,
            _ => 0,
        }
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.id.get()
    }

    /// The volume, mute and peak meter of an engine, by their handles; null ones are omitted.
    pub(crate) fn parts(&self) -> Vec<usize> {
        let parts = match &self.kind {
            ElementKind::AudioEngine(config, ..) => [
                config.VolumeElement as usize,
                config.MuteElement as usize,
                config.PeakMeterElement as usize,
            ],
            ElementKind::StreamAudioEngine(config, _) => [
                config.VolumeElement as usize,
                config.MuteElement as usize,
                config.PeakMeterElement as usize,
            ],
            _ => [0; 3],
        };
        parts.into_iter().filter(|part| *part != 0).collect()
    }
}

/// Adds elements to `list`: each gets its requested id, or the next free one.
pub(crate) fn add(
    kernel: &Kernel,
    list: &RefCell<Vec<Ref<Element>>>,
    container: usize,
    elements: Vec<Ref<Element>>,
) -> Result<(), NTSTATUS> {
    for element in elements {
        if element.container != container || element.id.get().is_some() {
            kernel.violate(
                Rule::WrongParent,
                "an element joins its own circuit or stream, once".to_owned(),
            );
            return Err(STATUS_INVALID_PARAMETER);
        }
        let mut own = list.borrow_mut();
        let taken = |id: u32| own.iter().any(|other| other.id.get() == Some(id));
        let id = match element.wanted {
            id if id == AcxElementIdDefault => (0..id).find(|id| !taken(*id)).unwrap_or(id),
            id if taken(id) => return Err(STATUS_OBJECT_NAME_COLLISION),
            id => id,
        };
        element.id.set(Some(id));
        own.push(element);
    }
    Ok(())
}

/// Reads an element's value of a channel (ULONG -1 for all).
pub(crate) fn get(kernel: &Kernel, element: &Ref<Element>, channel: u32) -> Result<i32, NTSTATUS> {
    let mut value = LONG::default();
    let place = &raw mut value;
    let (object, handle) = (element.object(), element.handle());
    let answer = match &element.kind {
        ElementKind::Volume(_, callbacks) => callbacks.EvtAcxVolumeRetrieveLevel.map(|retrieve| {
            invoke(
                kernel,
                &callback::EvtAcxVolumeRetrieveLevel,
                handle,
                retrieve,
                (object.as_ptr(), channel, place),
            )
        }),
        ElementKind::Mute(_, callbacks) => callbacks.EvtAcxMuteRetrieveState.map(|retrieve| {
            invoke(
                kernel,
                &callback::EvtAcxMuteRetrieveState,
                handle,
                retrieve,
                (object.as_ptr(), channel, place.cast()),
            )
        }),
        ElementKind::PeakMeter(_, callbacks) => {
            callbacks.EvtAcxPeakMeterRetrieveLevel.map(|retrieve| {
                invoke(
                    kernel,
                    &callback::EvtAcxPeakMeterRetrieveLevel,
                    handle,
                    retrieve,
                    (object.as_ptr(), channel, place),
                )
            })
        }
        _ => None,
    };
    match answer {
        None => Err(STATUS_NOT_SUPPORTED),
        Some(answer) if NT_SUCCESS(answer) => Ok(value),
        Some(answer) => Err(answer),
    }
}

/// The ramp of a volume: its curve and its duration in 100 ns.
pub(crate) type Ramp = (ACX_VOLUME_CURVE_TYPE, u64);

/// At once.
pub(crate) const NO_RAMP: Ramp = (_ACX_VOLUME_CURVE_TYPE::AcxVolumeCurveTypeNone, 0);

/// Sets an element's value of a channel (ULONG -1 for all).
pub(crate) fn set(
    kernel: &Kernel,
    element: &Ref<Element>,
    channel: u32,
    value: i32,
    ramp: Ramp,
) -> Result<(), NTSTATUS> {
    let (object, handle) = (element.object(), element.handle());
    let answer = match &element.kind {
        ElementKind::Volume(
            _,
            ACX_VOLUME_CALLBACKS { EvtAcxRampedVolumeAssignLevel: Some(assign), .. },
        ) => {
            let arguments = (object.as_ptr(), channel, value, ramp.0, ramp.1);
            invoke(kernel, &callback::EvtAcxRampedVolumeAssignLevel, handle, *assign, arguments)
        }
        ElementKind::Volume(
            _,
            ACX_VOLUME_CALLBACKS { EvtAcxVolumeAssignLevel: Some(assign), .. },
        ) => invoke(
            kernel,
            &callback::EvtAcxVolumeAssignLevel,
            handle,
            *assign,
            (object.as_ptr(), channel, value),
        ),
        ElementKind::Mute(_, ACX_MUTE_CALLBACKS { EvtAcxMuteAssignState: Some(assign), .. }) => {
            let arguments = (object.as_ptr(), channel, u32::from(value != 0));
            invoke(kernel, &callback::EvtAcxMuteAssignState, handle, *assign, arguments)
        }
        _ => STATUS_INVALID_DEVICE_REQUEST,
    };
    if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
}

/// What every element is description: its name, the id it wants, its items.
struct Description {
    kind: ElementKind,
    name: *const GUID,
    wanted: u32,
    items: Vec<Item>,
}

fn create(
    kernel: &Kernel,
    what: &'static str,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    description: Result<Description, NTSTATUS>,
) -> Result<Rc<Object>, NTSTATUS> {
    let parent = object::any(kernel, parent as usize)?;
    let description = description?;
    let element = Element {
        kind: description.kind,
        wanted: description.wanted,
        id: Cell::new(None),
        container: parent.handle(),
        name: read(description.name).unwrap_or_default(),
        items: description.items,
        events: RefCell::default(),
    };
    object::create(kernel, what, element, attributes, Some(&parent))
}

/// What a configuration says of an element with callbacks.
macro_rules! describe {
    ($kernel:ident, $config:ident, $make:expr) => {
        sized($kernel, $config, |config| config.Size).and_then(|config| {
            let callbacks = sized($kernel, config.Callbacks, |callbacks| callbacks.Size)?;
            Ok(Description {
                name: config.Name,
                wanted: config.Id,
                items: Vec::new(),
                kind: $make(config, callbacks)?,
            })
        })
    };
}

fn get_element(kernel: &Kernel, handle: ACXELEMENT) -> Result<Ref<Element>, NTSTATUS> {
    object::get::<Element>(kernel, handle as usize)
}

/// An engine's parts and pins are the circuit's own.
fn check_engine(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    config: &ACX_AUDIOENGINE_CONFIG,
) -> Result<(), NTSTATUS> {
    for pin in [config.HostPin, config.OffloadPin, config.LoopbackPin] {
        if pin.is_null() {
            continue;
        }
        let pin = object::get::<Pin>(kernel, pin as usize)?;
        if pin.circuit != circuit as usize {
            kernel.violate(
                Rule::WrongParent,
                "an audio engine has pins of its own circuit".to_owned(),
            );
            return Err(STATUS_INVALID_PARAMETER);
        }
    }
    Ok(())
}

fn AcxVolumeCreate(
    kernel: &Kernel,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_VOLUME_CONFIG,
    handle: *mut ACXVOLUME,
) -> NTSTATUS {
    let description = describe!(kernel, config, |config, callbacks| Ok::<_, NTSTATUS>(
        ElementKind::Volume(config, callbacks)
    ));
    status(
        create(kernel, "ACXVOLUME", parent, attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxMuteCreate(
    kernel: &Kernel,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_MUTE_CONFIG,
    handle: *mut ACXMUTE,
) -> NTSTATUS {
    let description = describe!(kernel, config, |config, callbacks| Ok::<_, NTSTATUS>(
        ElementKind::Mute(config, callbacks)
    ));
    status(
        create(kernel, "ACXMUTE", parent, attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxPeakMeterCreate(
    kernel: &Kernel,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_PEAKMETER_CONFIG,
    handle: *mut ACXPEAKMETER,
) -> NTSTATUS {
    let description = describe!(kernel, config, |config, callbacks| Ok::<_, NTSTATUS>(
        ElementKind::PeakMeter(config, callbacks)
    ));
    status(
        create(kernel, "ACXPEAKMETER", parent, attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxElementCreate(
    kernel: &Kernel,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_ELEMENT_CONFIG,
    handle: *mut ACXELEMENT,
) -> NTSTATUS {
    let description = sized(kernel, config, |config| config.Size).and_then(|config| {
        let mut items = item::properties(config.Properties, config.PropertiesCount)?;
        items.extend(item::methods(config.Methods, config.MethodsCount)?);
        // The INIT leaves no type.
        let kind = ElementKind::General(read(config.Type).unwrap_or_default());
        Ok(Description { kind, name: config.Name, wanted: config.Id, items })
    });
    status(
        create(kernel, "ACXELEMENT", parent, attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxAudioEngineCreate(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_AUDIOENGINE_CONFIG,
    handle: *mut ACXAUDIOENGINE,
) -> NTSTATUS {
    let description = describe!(kernel, config, |config: ACX_AUDIOENGINE_CONFIG, callbacks| {
        check_engine(kernel, circuit, &config)?;
        let parent = object::any(kernel, circuit as usize)?;
        Ok::<_, NTSTATUS>(ElementKind::AudioEngine(
            config,
            callbacks,
            FormatList::create(kernel, &parent)?,
        ))
    });
    status(
        create(kernel, "ACXAUDIOENGINE", circuit.cast(), attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxAudioEngineGetDeviceFormatList(kernel: &Kernel, engine: ACXAUDIOENGINE) -> ACXDATAFORMATLIST {
    match get_element(kernel, engine.cast()).as_deref() {
        Ok(Element { kind: ElementKind::AudioEngine(_, _, list), .. }) => list.object().as_ptr(),
        _ => std::ptr::null_mut(),
    }
}

fn AcxStreamAudioEngineCreate(
    kernel: &Kernel,
    stream: ACXSTREAM,
    engine: ACXAUDIOENGINE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_STREAMAUDIOENGINE_CONFIG,
    handle: *mut ACXSTREAMAUDIOENGINE,
) -> NTSTATUS {
    if let Err(status) = get_element(kernel, engine.cast()) {
        return status;
    }
    let description = describe!(kernel, config, |config, callbacks| Ok::<_, NTSTATUS>(
        ElementKind::StreamAudioEngine(config, callbacks)
    ));
    status(
        create(kernel, "ACXSTREAMAUDIOENGINE", stream.cast(), attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxStreamAudioEngineGetStream(kernel: &Kernel, engine: ACXSTREAMAUDIOENGINE) -> ACXSTREAM {
    get_element(kernel, engine.cast())
        .map_or(std::ptr::null_mut(), |element| element.container as ACXSTREAM)
}

fn AcxKeywordSpotterCreate(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_KEYWORDSPOTTER_CONFIG,
    handle: *mut ACXKEYWORDSPOTTER,
) -> NTSTATUS {
    let description = describe!(kernel, config, |config: ACX_KEYWORDSPOTTER_CONFIG, callbacks| {
        let pattern = read(config.Pattern).map(|pattern| guid_bytes(&pattern));
        Ok::<_, NTSTATUS>(ElementKind::KeywordSpotter(callbacks, pattern.into_iter().collect()))
    });
    status(
        create(kernel, "ACXKEYWORDSPOTTER", circuit.cast(), attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxAudioModuleCreate(
    kernel: &Kernel,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_AUDIOMODULE_CONFIG,
    handle: *mut ACXAUDIOMODULE,
) -> NTSTATUS {
    let description = describe!(kernel, config, |config: ACX_AUDIOMODULE_CONFIG, callbacks| {
        Ok::<_, NTSTATUS>(ElementKind::AudioModule(Box::new(config.Descriptor), callbacks))
    });
    status(
        create(kernel, "ACXAUDIOMODULE", parent, attributes, description)
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn AcxElementGetId(kernel: &Kernel, element: ACXELEMENT) -> ULONG {
    get_element(kernel, element).ok().and_then(|element| element.id()).unwrap_or(AcxElementIdNone)
}

fn AcxElementGetContainer(kernel: &Kernel, element: ACXELEMENT) -> ACXOBJECT {
    get_element(kernel, element)
        .map_or(std::ptr::null_mut(), |element| element.container as ACXOBJECT)
}

fn AcxElementAddEvents(
    kernel: &Kernel,
    element: ACXELEMENT,
    events: *mut ACXEVENT,
    count: ULONG,
) -> NTSTATUS {
    status(get_element(kernel, element).and_then(|element| {
        element.events.borrow_mut().extend(handles::<Event, _>(kernel, events, count)?);
        Ok(())
    }))
}

entries! {
    /// Elements.
    entries:
    AcxVolumeCreate: PASSIVE, fallible;
    AcxMuteCreate: PASSIVE, fallible;
    AcxPeakMeterCreate: PASSIVE, fallible;
    AcxElementCreate: PASSIVE, fallible;
    AcxAudioEngineCreate: PASSIVE, fallible;
    AcxAudioEngineGetDeviceFormatList: PASSIVE;
    AcxStreamAudioEngineCreate: PASSIVE, fallible;
    AcxStreamAudioEngineGetStream: PASSIVE;
    AcxKeywordSpotterCreate: PASSIVE, fallible;
    AcxAudioModuleCreate: PASSIVE, fallible;
    AcxElementGetId: DISPATCH;
    AcxElementGetContainer: DISPATCH;
    AcxElementAddEvents: PASSIVE, fallible;
}
