//! Pins, jacks, data formats and their lists. Source: acxpin.h, acxdataformat.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::abi::{entries, read, write};
use crate::acx::circuit::Circuit;
use crate::acx::event::{self, Event};
use crate::acx::stream::Stream;
use crate::acx::{guid_bytes, same, sized};
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::report::Rule;
use crate::wdf::status;

/// A pin.
pub(crate) struct Pin {
    pub(crate) circuit: usize,
    /// Its place in the circuit, once it is added.
    pub(crate) id: Cell<Option<u32>>,
    pub(crate) kind: ACX_PIN_TYPE,
    pub(crate) communication: ACX_PIN_COMMUNICATION,
    pub(crate) category: GUID,
    pub(crate) max_streams: u32,
    /// Format lists by mode, in the order they were assigned; RAW first.
    pub(crate) modes: RefCell<Vec<(GUID, Ref<FormatList>)>>,
    pub(crate) jacks: RefCell<Vec<Ref<Jack>>>,
    pub(crate) streams: RefCell<Vec<Ref<Stream>>>,
    pub(crate) events: RefCell<Vec<Ref<Event>>>,
}

impl Pin {
    /// Whether clients open streams here.
    pub(crate) fn is_streaming(&self) -> bool {
        self.communication == _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink
    }

    /// Modes that list a format.
    pub(crate) fn listed_modes(&self) -> Vec<GUID> {
        let modes = self.modes.borrow();
        modes
            .iter()
            .filter(|(_, list)| !list.formats.borrow().is_empty())
            .map(|(mode, _)| *mode)
            .collect()
    }

    /// The formats of a mode, the default first.
    pub(crate) fn formats(&self, mode: &GUID) -> Option<Vec<Ref<Format>>> {
        let modes = self.modes.borrow();
        modes
            .iter()
            .find(|(other, _)| same(mode, other))
            .map(|(_, list)| list.formats.borrow().clone())
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
    /// Whether something is plugged in; always, if the jack cannot tell.
    pub(crate) fn is_connected(&self, kernel: &Kernel) -> Result<bool, NTSTATUS> {
        let Some(presence) = self.presence else { return Ok(true) };
        let mut connected = 0;
        let arguments = (self.object().as_ptr(), &raw mut connected);
        let name = "EvtAcxJackRetrievePresenceState";
        let answer = kernel.invoke(name, self.handle(), presence, arguments);
        if NT_SUCCESS(answer) { Ok(connected != 0) } else { Err(answer) }
    }
}

/// A list of formats; the first one is the default.
#[derive(Default)]
pub(crate) struct FormatList {
    pub(crate) formats: RefCell<Vec<Ref<Format>>>,
}

/// A data format: a KSDATAFORMAT_WAVEFORMATEX(TENSIBLE), copied.
pub(crate) struct Format {
    pub(crate) bytes: Box<[u8]>,
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|field| field.try_into().ok()).unwrap_or([0; N])
}

impl Format {
    const WAVE: usize = size_of::<KSDATAFORMAT>();

    /// A format from bytes that begin with a KSDATAFORMAT.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let size = u32::from_le_bytes(field(bytes, 0)) as usize;
        let least = Self::WAVE + size_of::<WAVEFORMATEX>();
        if size < least || bytes.len() < size {
            return None;
        }
        let extra = usize::from(u16::from_le_bytes(field(bytes, Self::WAVE + 16)));
        (size >= least + extra).then(|| Self { bytes: bytes[..size].into() })
    }

    fn number<const N: usize>(&self, at: usize) -> [u8; N] {
        field(&self.bytes, Self::WAVE + at)
    }

    fn is_extensible(&self) -> bool {
        u16::from_le_bytes(self.number(0)) == WAVE_FORMAT_EXTENSIBLE
    }

    pub(crate) fn channels(&self) -> u16 {
        u16::from_le_bytes(self.number(2))
    }

    pub(crate) fn rate(&self) -> u32 {
        u32::from_le_bytes(self.number(4))
    }

    pub(crate) fn block_align(&self) -> u16 {
        u16::from_le_bytes(self.number(12))
    }

    pub(crate) fn bits(&self) -> u16 {
        u16::from_le_bytes(self.number(14))
    }

    pub(crate) fn valid_bits(&self) -> u16 {
        if self.is_extensible() { u16::from_le_bytes(self.number(18)) } else { self.bits() }
    }

    pub(crate) fn mask(&self) -> u32 {
        if self.is_extensible() { u32::from_le_bytes(self.number(20)) } else { 0 }
    }

    pub(crate) fn sub_format(&self) -> [u8; 16] {
        field(&self.bytes, 32)
    }

    /// Whether a client's format is this one: the same sound, however it is written.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        let mask = |format: &Self| if format.is_extensible() { Some(format.mask()) } else { None };
        let masks = match (mask(self), mask(other)) {
            (Some(one), Some(other)) => one == other,
            // Mono and stereo need no mask.
            _ => self.channels() <= 2,
        };
        masks
            && self.bytes[16..64] == other.bytes[16..64]
            && (self.channels(), self.rate(), self.bits(), self.valid_bits(), self.block_align())
                == (
                    other.channels(),
                    other.rate(),
                    other.bits(),
                    other.valid_bits(),
                    other.block_align(),
                )
    }
}

/// A format object below `parent`.
pub(crate) fn new_format(
    kernel: &Kernel,
    format: Format,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    parent: Option<&Rc<Object>>,
) -> Result<Rc<Object>, NTSTATUS> {
    kernel.objects.create(kernel, "ACXDATAFORMAT", format, attributes, parent)
}

fn create_pin(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_PIN_CONFIG,
) -> Result<Rc<Object>, NTSTATUS> {
    let circuit = kernel.objects.get::<Circuit>(kernel, circuit as usize)?;
    let config = sized(kernel, config, |config| config.Size)?;
    let pin = Pin {
        circuit: circuit.handle(),
        id: Cell::new(None),
        kind: config.Type,
        communication: config.Communication,
        category: read(config.Category).ok_or(STATUS_INVALID_PARAMETER)?,
        max_streams: config.MaxStreams,
        modes: RefCell::default(),
        jacks: RefCell::default(),
        streams: RefCell::default(),
        events: RefCell::default(),
    };
    let object =
        kernel.objects.create(kernel, "ACXPIN", pin, attributes, Some(circuit.object()))?;
    let no_lists = _ACX_PIN_CONFIG_FLAGS::AcxPinConfigNoDefaultDataFormatLists as u32;
    if config.Flags & no_lists == 0 {
        let list = FormatList::default();
        let none = std::ptr::null_mut();
        let list = kernel.objects.create(kernel, "ACXDATAFORMATLIST", list, none, Some(&object))?;
        if let (Some(pin), Some(list)) = (object.body::<Pin>(), Ref::of(list)) {
            pin.modes.borrow_mut().push((AUDIO_SIGNALPROCESSINGMODE_RAW, list));
        }
    }
    Ok(object)
}

/// A KSDATAFORMAT that a driver points at, as bytes.
fn ks_format(config: &ACX_DATAFORMAT_CONFIG) -> Option<Format> {
    // SAFETY: the KS variant is the only one that the type allows.
    let place = unsafe { config.u.KsFormat }.cast::<u8>().cast_const();
    let size = u32::from_le_bytes(read(place.cast::<[u8; 4]>())?) as usize;
    let bytes: Vec<u8> =
        (0..size.min(4096)).filter_map(|at| read(place.wrapping_add(at))).collect();
    Format::parse(&bytes)
}

fn format(kernel: &Kernel, handle: ACXDATAFORMAT) -> Option<Ref<Format>> {
    kernel.objects.get::<Format>(kernel, handle as usize).ok()
}

fn ask<T: Default>(kernel: &Kernel, handle: ACXDATAFORMAT, what: impl FnOnce(&Format) -> T) -> T {
    format(kernel, handle).map_or_else(T::default, |format| what(&format))
}

entries! {
    /// Pins, jacks, formats.
    entries:

    [0] fn AcxPinCreate(kernel, circuit: ACXCIRCUIT, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_PIN_CONFIG, handle: *mut ACXPIN) -> NTSTATUS {
        status(create_pin(kernel, circuit, attributes, config).map(|pin| write(handle, pin.as_ptr())))
    }

    [2] fn AcxPinGetId(kernel, pin: ACXPIN) -> ULONG {
        kernel.objects.get::<Pin>(kernel, pin as usize).ok().and_then(|pin| pin.id.get()).unwrap_or(AcxPinIdNone)
    }

    [0] fn AcxPinGetRawDataFormatList(kernel, pin: ACXPIN) -> ACXDATAFORMATLIST {
        let pin = kernel.objects.get::<Pin>(kernel, pin as usize);
        pin.ok().and_then(|pin| {
            let modes = pin.modes.borrow();
            modes.iter().find(|(mode, _)| same(mode, &AUDIO_SIGNALPROCESSINGMODE_RAW)).map(|(_, list)| list.object().as_ptr())
        }).unwrap_or(std::ptr::null_mut())
    }

    [0] fn AcxPinAssignModeDataFormatList(kernel, pin: ACXPIN, mode: *const GUID, list: ACXDATAFORMATLIST) -> NTSTATUS {
        let Some(mode) = read(mode) else { return STATUS_INVALID_PARAMETER };
        status(kernel.objects.get::<Pin>(kernel, pin as usize).and_then(|pin| {
            let list = kernel.objects.get::<FormatList>(kernel, list as usize)?;
            let mut modes = pin.modes.borrow_mut();
            modes.retain(|(other, _)| guid_bytes(other) != guid_bytes(&mode));
            modes.push((mode, list));
            Ok(())
        }))
    }

    [0] fn AcxJackCreate(kernel, pin: ACXPIN, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_JACK_CONFIG, handle: *mut ACXJACK) -> NTSTATUS {
        let created = kernel.objects.get::<Pin>(kernel, pin as usize).and_then(|pin| {
            let config = sized(kernel, config, |config| config.Size)?;
            let callbacks = read(config.Callbacks);
            if callbacks.is_some() {
                sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?;
            }
            let presence = callbacks.and_then(|callbacks| callbacks.EvtAcxJackRetrievePresenceState);
            let jack = Jack { pin: pin.handle(), description: config.Description, flags: config.Flags, presence };
            kernel.objects.create(kernel, "ACXJACK", jack, attributes, Some(pin.object()))
        });
        status(created.map(|jack| write(handle, jack.as_ptr())))
    }

    [0] fn AcxPinAddJacks(kernel, pin: ACXPIN, jacks: *mut ACXJACK, count: ULONG) -> NTSTATUS {
        status(kernel.objects.get::<Pin>(kernel, pin as usize).and_then(|pin| {
            for at in 0..count as usize {
                let jack = read(jacks.wrapping_add(at).cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
                pin.jacks.borrow_mut().push(kernel.objects.get::<Jack>(kernel, jack as usize)?);
            }
            Ok(())
        }))
    }

    [0] fn AcxDataFormatListCreate(kernel, device: WDFDEVICE, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_DATAFORMAT_LIST_CONFIG, handle: *mut ACXDATAFORMATLIST) -> NTSTATUS {
        let created = kernel.objects.any(kernel, device as usize).and_then(|device| {
            sized(kernel, config, |config| config.Size)?;
            kernel.objects.create(kernel, "ACXDATAFORMATLIST", FormatList::default(), attributes, Some(&device))
        });
        status(created.map(|list| write(handle, list.as_ptr())))
    }

    [0] fn AcxDataFormatListAddDataFormat(kernel, list: ACXDATAFORMATLIST, format: ACXDATAFORMAT) -> NTSTATUS {
        status(kernel.objects.get::<FormatList>(kernel, list as usize).and_then(|list| {
            list.formats.borrow_mut().push(kernel.objects.get::<Format>(kernel, format as usize)?);
            event::formats_changed(kernel, &list);
            Ok(())
        }))
    }

    [0] fn AcxDataFormatCreate(kernel, device: WDFDEVICE, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_DATAFORMAT_CONFIG, handle: *mut ACXDATAFORMAT) -> NTSTATUS {
        let created = kernel.objects.any(kernel, device as usize).and_then(|device| {
            let config = sized(kernel, config, |config| config.Size)?;
            let format = ks_format(&config).ok_or_else(|| {
                kernel.violate(Rule::Contract, "a data format is a KSDATAFORMAT_WAVEFORMATEX".to_owned());
                STATUS_INVALID_PARAMETER
            })?;
            new_format(kernel, format, attributes, Some(&device))
        });
        status(created.map(|format| write(handle, format.as_ptr())))
    }

    [2] fn AcxDataFormatGetSubFormat(kernel, handle: ACXDATAFORMAT) -> GUID {
        let bytes = ask(kernel, handle, Format::sub_format);
        GUID {
            Data1: u32::from_le_bytes(field(&bytes, 0)),
            Data2: u16::from_le_bytes(field(&bytes, 4)),
            Data3: u16::from_le_bytes(field(&bytes, 6)),
            Data4: field(&bytes, 8),
        }
    }

    [2] fn AcxDataFormatGetChannelsCount(kernel, handle: ACXDATAFORMAT) -> USHORT {
        ask(kernel, handle, Format::channels)
    }

    [2] fn AcxDataFormatGetChannelMask(kernel, handle: ACXDATAFORMAT) -> ULONGLONG {
        u64::from(ask(kernel, handle, Format::mask))
    }

    [2] fn AcxDataFormatGetBitsPerSample(kernel, handle: ACXDATAFORMAT) -> ULONG {
        u32::from(ask(kernel, handle, Format::bits))
    }

    [2] fn AcxDataFormatGetValidBitsPerSample(kernel, handle: ACXDATAFORMAT) -> ULONG {
        u32::from(ask(kernel, handle, Format::valid_bits))
    }

    [2] fn AcxDataFormatGetBlockAlign(kernel, handle: ACXDATAFORMAT) -> ULONG {
        u32::from(ask(kernel, handle, Format::block_align))
    }

    [2] fn AcxDataFormatGetSampleRate(kernel, handle: ACXDATAFORMAT) -> ULONG {
        ask(kernel, handle, Format::rate)
    }

    [2] fn AcxDataFormatGetKsDataFormat(kernel, handle: ACXDATAFORMAT) -> PVOID {
        format(kernel, handle).map_or(std::ptr::null_mut(), |format| format.bytes.as_ptr().cast_mut().cast())
    }
}
