//! Pins. DDI: AcxPinCreate, AcxPinGetRawDataFormatList, AcxPinAssignModeDataFormatList, AcxPinAddJacks.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::bridge::StreamBridge;
use crate::circuit::{Direction, NewCircuit};
use crate::debug::{self, Level};
use crate::device::unicode;
use crate::error::{check, status};
use crate::format::{DataFormat, WaveFormat};
use crate::jack::Jack;
use crate::reference::Reference;
use crate::{Dispatch, Error, Passive, Result, context};

/// A signal-processing mode that a pin lists formats for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Untouched.
    Raw,
    /// What an application gets that asks for nothing.
    Default,
    /// Calls.
    Communications,
    /// Music.
    Media,
    /// Films.
    Movie,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 5] =
        [Self::Raw, Self::Default, Self::Communications, Self::Media, Self::Movie];

    /// The mode's GUID.
    pub const fn guid(self) -> GUID {
        match self {
            Self::Raw => AUDIO_SIGNALPROCESSINGMODE_RAW,
            Self::Default => AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
            Self::Communications => AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS,
            Self::Media => AUDIO_SIGNALPROCESSINGMODE_MEDIA,
            Self::Movie => AUDIO_SIGNALPROCESSINGMODE_MOVIE,
        }
    }
}

/// What people see as the name of the endpoint behind a bridge pin. ACX asks at `PASSIVE_LEVEL`.
///
/// Windows calls every pin of KSNODETYPE_SPEAKER "Speakers", whatever its name.
pub trait PinName: Send + Sync + 'static {
    /// EvtAcxPinRetrieveName: UTF-16 without a terminating zero; at most 260 units (MAX_PATH).
    fn name(&self) -> &[u16];
}

/// Which neighbour a pin leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one nearer to the client.
    Near,
    /// The one nearer to the jack.
    Far,
}

/// What happens to a pin between two circuits of a composite endpoint. ACX tells at `PASSIVE_LEVEL`.
pub trait Neighbour: Send + Sync + 'static {
    /// EvtAcxPinConnected: the endpoint is complete, and `circuit` is behind the pin.
    fn connected(&self, circuit: &TargetCircuit<'_>, passive: &mut Passive);

    /// EvtAcxPinDisconnected: the endpoint came apart. Not said when the device is removed, so nothing may depend on it.
    fn disconnected(&self, passive: &mut Passive);
}

/// A neighbouring circuit, for the time of the callback that shows it.
pub struct TargetCircuit<'callback> {
    handle: ACXTARGETCIRCUIT,
    pin: u32,
    callback: PhantomData<&'callback ()>,
}

impl TargetCircuit<'_> {
    /// The id of its pin that leads here.
    pub fn pin(&self) -> u32 {
        self.pin
    }

    /// How many elements it has.
    #[doc(alias = "AcxTargetCircuitGetElementsCount")]
    pub fn elements(&self) -> u32 {
        // SAFETY: alive in the callback.
        unsafe { AcxTargetCircuitGetElementsCount(self.handle) }
    }
}

/// Where a microphone is: coordinates in millimetres, angles in 1/10000 radian, as KSAUDIO_MICROPHONE_COORDINATES has them.
#[derive(Clone, Copy, Debug, Default)]
pub struct MicrophonePlace {
    /// Forward, left, up.
    pub coordinates: (i16, i16, i16),
    /// Where it points, vertically and horizontally.
    pub angles: (i16, i16),
}

/// Microphones of a circuit that is being built, omnidirectional ones in a line. DDI: AcxMicArrayGeometryCreate.
#[derive(Debug)]
pub struct MicrophoneArray<'circuit> {
    handle: ACXMICARRAYGEOMETRY,
    circuit: PhantomData<&'circuit ()>,
}

impl<'circuit> MicrophoneArray<'circuit> {
    /// Microphones at `places` that hear what lies between `band` in hertz, all around.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxMicArrayGeometryCreate")]
    #[doc(alias = "AcxMicArrayGeometryAddMicrophoneCoordinates")]
    #[inline(never)]
    pub fn new<const N: usize>(
        circuit: &'circuit NewCircuit<'_>,
        band: (u16, u16),
        places: [MicrophonePlace; N],
    ) -> Result<Self> {
        /// KSMICARRAY_VERSION as ksmedia.h has it, KSMICARRAY_MICARRAYTYPE_LINEAR, KSMICARRAY_MICTYPE_OMNIDIRECTIONAL.
        const VERSION: u16 = 0x0100;
        const LINEAR: u16 = 0;
        const OMNIDIRECTIONAL: u16 = 0;
        /// Half a turn, in 1/10000 radian.
        const HALF_TURN: i16 = 31_415;
        let mut config = ACX_MICARRAYGEOMETRY_CONFIG::default();
        ACX_MICARRAYGEOMETRY_CONFIG_INIT(&mut config);
        config.Geometry = ACX_MIC_ARRAY_GEOMETRY {
            Version: VERSION,
            MicArrayType: LINEAR,
            VerticalAngleBegin: -HALF_TURN,
            VerticalAngleEnd: HALF_TURN,
            HorizontalAngleBegin: -HALF_TURN,
            HorizontalAngleEnd: HALF_TURN,
            FrequencyBandLo: band.0.into(),
            FrequencyBandHi: band.1.into(),
        };
        let mut attributes = context::attributes::<()>(circuit.handle().cast());
        let mut handle: ACXMICARRAYGEOMETRY = null_mut();
        // SAFETY: a live circuit; ACX copies the configuration.
        check(unsafe {
            AcxMicArrayGeometryCreate(
                circuit.handle(),
                &raw mut attributes,
                &raw mut config,
                &raw mut handle,
            )
        })?;
        let mut places = places.map(|place| ACX_MICROPHONE_COORDINATES {
            Type: OMNIDIRECTIONAL,
            XCoord: place.coordinates.0,
            YCoord: place.coordinates.1,
            ZCoord: place.coordinates.2,
            VerticalAngle: place.angles.0,
            HorizontalAngle: place.angles.1,
        });
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: created just now; ACX copies the array.
        check(unsafe {
            AcxMicArrayGeometryAddMicrophoneCoordinates(handle, places.as_mut_ptr(), count)
        })?;
        Ok(Self { handle, circuit: PhantomData })
    }
}

/// A pin of a circuit that is being built.
#[derive(Debug)]
pub struct Pin<'circuit> {
    handle: ACXPIN,
    device: WDFDEVICE,
    circuit: PhantomData<&'circuit ()>,
}

impl<'circuit> Pin<'circuit> {
    /// The pin where clients open streams, `max_streams` of them at once.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinCreate")]
    #[inline(never)]
    pub fn host(
        circuit: &'circuit NewCircuit<'_>,
        direction: Direction,
        max_streams: u32,
    ) -> Result<Self> {
        let category = KSCATEGORY_AUDIO;
        let mut config = config(&category);
        config.Type = match direction {
            Direction::Render => _ACX_PIN_TYPE::AcxPinTypeSink,
            Direction::Capture => _ACX_PIN_TYPE::AcxPinTypeSource,
        };
        config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink;
        config.MaxStreams = max_streams;
        Self::create(circuit, &mut config)
    }

    /// The pin where clients read what a keyword spotter heard.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn keyword(circuit: &'circuit NewCircuit<'_>, max_streams: u32) -> Result<Self> {
        let mut config = config(&KSNODETYPE_AUDIO_KEYWORDDETECTOR);
        config.Type = _ACX_PIN_TYPE::AcxPinTypeSource;
        config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink;
        config.MaxStreams = max_streams;
        Self::create(circuit, &mut config)
    }

    /// The pin where clients hear what the circuit's audio engine plays.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn loopback(circuit: &'circuit NewCircuit<'_>, max_streams: u32) -> Result<Self> {
        let mut config = config(&KSNODETYPE_AUDIO_LOOPBACK);
        config.Type = _ACX_PIN_TYPE::AcxPinTypeSource;
        config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink;
        config.MaxStreams = max_streams;
        Self::create(circuit, &mut config)
    }

    /// The pin where the path leaves the device, of `category` (a node type such as a speaker).
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn bridge(
        circuit: &'circuit NewCircuit<'_>,
        direction: Direction,
        category: &GUID,
    ) -> Result<Self> {
        Self::create(circuit, &mut bridge(direction, category))
    }

    /// The pin through which audio goes to or from a neighbouring circuit of a composite endpoint.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "EVT_ACX_PIN_CONNECTED")]
    #[doc(alias = "EVT_ACX_PIN_DISCONNECTED")]
    pub fn between<N: Neighbour>(
        circuit: &'circuit NewCircuit<'_>,
        direction: Direction,
        side: Side,
        neighbour: N,
    ) -> Result<Self> {
        let category = KSCATEGORY_AUDIO;
        let mut callbacks = ACX_PIN_CALLBACKS::default();
        ACX_PIN_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxPinConnected = Some(connected::<N>);
        callbacks.EvtAcxPinDisconnected = Some(disconnected::<N>);
        // Seen from its circuit, the near side of one direction is the far side of the other.
        let mut config = match (direction, side) {
            (direction, Side::Far) => bridge(direction, &category),
            (Direction::Render, Side::Near) => bridge(Direction::Capture, &category),
            (Direction::Capture, Side::Near) => bridge(Direction::Render, &category),
        };
        config.PinCallbacks = &raw mut callbacks;
        Self::create_with(circuit, &mut config, neighbour)
    }

    /// As [`bridge`](Self::bridge), with a name of its own, or with microphones.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "EVT_ACX_PIN_RETRIEVE_NAME")]
    #[doc(alias = "ACX_MICROPHONE_CONFIG")]
    #[inline(never)]
    pub fn bridge_with<N: PinName>(
        circuit: &'circuit NewCircuit<'_>,
        direction: Direction,
        category: &GUID,
        name: Option<N>,
        microphones: Option<MicrophoneArray<'_>>,
    ) -> Result<Self> {
        let mut callbacks = ACX_PIN_CALLBACKS::default();
        ACX_PIN_CALLBACKS_INIT(&mut callbacks);
        if name.is_some() {
            callbacks.EvtAcxPinRetrieveName = Some(retrieve_name::<N>);
        }
        let mut config = bridge(direction, category);
        config.PinCallbacks = &raw mut callbacks;
        let mut microphone = ACX_MICROPHONE_CONFIG::default();
        if let Some(microphones) = microphones {
            ACX_MICROPHONE_CONFIG_INIT(&mut microphone);
            microphone.MicArrayGeometry = microphones.handle;
            config.Flags |=
                _ACX_PIN_CONFIG_FLAGS::AcxPinConfigMicrophoneConfigSpecified.cast_unsigned();
            config.u.MicrophoneConfig = &raw mut microphone;
        }
        Self::create_with(circuit, &mut config, name)
    }

    fn create_with<T: Send + Sync + 'static>(
        circuit: &'circuit NewCircuit<'_>,
        config: &mut ACX_PIN_CONFIG,
        value: T,
    ) -> Result<Self> {
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXPIN| {
            // SAFETY: a live circuit; ACX copies configuration, callbacks and GUIDs.
            unsafe { AcxPinCreate(circuit.handle(), attributes, config, handle) }
        };
        let parent = circuit.handle().cast();
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle =
            unsafe { context::create(parent, value, null_mut(), <*mut ACXPIN__>::cast, create) }?;
        Ok(Self { handle, device: circuit.device(), circuit: PhantomData })
    }

    #[inline(never)]
    fn create(circuit: &'circuit NewCircuit<'_>, config: &mut ACX_PIN_CONFIG) -> Result<Self> {
        let mut attributes = context::attributes::<()>(circuit.handle().cast());
        let mut handle: ACXPIN = null_mut();
        // SAFETY: a live circuit; ACX copies the configuration and the GUIDs that it points at.
        check(unsafe {
            AcxPinCreate(circuit.handle(), &raw mut attributes, config, &raw mut handle)
        })?;
        Ok(Self { handle, device: circuit.device(), circuit: PhantomData })
    }

    pub(crate) fn handle(&self) -> ACXPIN {
        self.handle
    }

    /// Lists `formats` for `mode`. The first one is the default.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinAssignModeDataFormatList")]
    pub fn list_formats(
        &self,
        mode: Mode,
        formats: impl IntoIterator<Item = WaveFormat>,
    ) -> Result<()> {
        self.list_each(mode, &mut formats.into_iter())
    }

    // Not generic: there is one of it in the image, however formats are listed.
    #[inline(never)]
    fn list_each(&self, mode: Mode, formats: &mut dyn Iterator<Item = WaveFormat>) -> Result<()> {
        let list = match mode {
            // ACX has made this one with the pin.
            // SAFETY: a live pin.
            Mode::Raw => unsafe { AcxPinGetRawDataFormatList(self.handle) },
            _ => self.new_list(mode)?,
        };
        if list.is_null() {
            return Err(Error::InvalidState);
        }
        self.add_formats(list, formats)
    }

    /// Adds formats to a list that is not in use yet.
    pub(crate) fn add_formats(
        &self,
        list: ACXDATAFORMATLIST,
        formats: &mut dyn Iterator<Item = WaveFormat>,
    ) -> Result<()> {
        for format in formats {
            let handle = self.new_format(format)?;
            // SAFETY: a live list and a live format; the list takes a reference.
            check(unsafe { AcxDataFormatListAddDataFormat(list, handle) })?;
        }
        Ok(())
    }

    /// The list of `mode`, to change it when the pin is in use.
    ///
    /// # Errors
    ///
    /// What ACX answers; there is no list of a mode that [`list_formats`](Self::list_formats) was not called for.
    #[doc(alias = "AcxPinRetrieveModeDataFormatList")]
    pub fn format_list(&self, mode: Mode) -> Result<FormatList> {
        let guid = mode.guid();
        let mut list: ACXDATAFORMATLIST = null_mut();
        if mode == Mode::Raw {
            // SAFETY: a live pin.
            list = unsafe { AcxPinGetRawDataFormatList(self.handle) };
        } else {
            // SAFETY: a live pin; the GUID and the place are ours.
            check(unsafe {
                AcxPinRetrieveModeDataFormatList(self.handle, &raw const guid, &raw mut list)
            })?;
        }
        if list.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: alive while its pin is.
        Ok(FormatList(unsafe { Reference::new(list.cast()) }))
    }

    fn new_list(&self, mode: Mode) -> Result<ACXDATAFORMATLIST> {
        let mut config = ACX_DATAFORMAT_LIST_CONFIG::default();
        ACX_DATAFORMAT_LIST_CONFIG_INIT(&mut config);
        let mut attributes = context::attributes::<()>(self.handle.cast());
        let mut list: ACXDATAFORMATLIST = null_mut();
        // SAFETY: a live device; the list becomes the pin's child.
        check(unsafe {
            AcxDataFormatListCreate(
                self.device,
                &raw mut attributes,
                &raw mut config,
                &raw mut list,
            )
        })?;
        let mode = mode.guid();
        // SAFETY: a live pin and a live list; ACX copies the GUID.
        check(unsafe { AcxPinAssignModeDataFormatList(self.handle, &raw const mode, list) })?;
        Ok(list)
    }

    pub(crate) fn new_format(&self, format: WaveFormat) -> Result<ACXDATAFORMAT> {
        let mut bytes = format.to_ks();
        let mut config = ACX_DATAFORMAT_CONFIG::default();
        ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, (&raw mut bytes).cast());
        let mut attributes = context::attributes::<()>(self.handle.cast());
        let mut handle: ACXDATAFORMAT = null_mut();
        // SAFETY: a live device; ACX copies the format.
        check(unsafe {
            AcxDataFormatCreate(self.device, &raw mut attributes, &raw mut config, &raw mut handle)
        })?;
        Ok(handle)
    }

    /// Gives a pin between circuits its bridges: a stream goes through the first that takes its mode.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinAddStreamBridges")]
    pub fn add_stream_bridges<const N: usize>(
        &self,
        bridges: &[StreamBridge<'_>; N],
    ) -> Result<()> {
        let mut bridges = bridges.each_ref().map(StreamBridge::handle);
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: bridges of this pin's circuit, created and not yet added; ACX copies the array.
        check(unsafe { AcxPinAddStreamBridges(self.handle, bridges.as_mut_ptr(), count) })
    }

    /// Gives a bridge pin its jacks.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinAddJacks")]
    pub fn add_jacks<const N: usize>(&self, jacks: [Jack<'_>; N]) -> Result<()> {
        let mut jacks = jacks.map(|jack| jack.handle());
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: jacks of this pin, created and not yet added; ACX copies the array.
        check(unsafe { AcxPinAddJacks(self.handle, jacks.as_mut_ptr(), count) })
    }
}

/// The formats of a pin in one mode. Keep it in what the circuit's context owns.
#[derive(Clone)]
pub struct FormatList(Reference);

impl FormatList {
    /// Makes `format` the default, if the list has it; whether it has. ACX tells clients that wait
    /// for formats to change.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token says both.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxDataFormatListAssignDefaultDataFormat")]
    pub fn set_default(&self, format: WaveFormat, _level: &mut Dispatch) -> Result<bool> {
        let list: ACXDATAFORMATLIST = self.0.object().cast();
        let mut iterator = ACX_DATAFORMAT_LIST_ITERATOR::default();
        ACX_DATAFORMAT_LIST_ITERATOR_INIT(&mut iterator);
        // SAFETY: the reference keeps the handle valid; the iterator is ours.
        unsafe { AcxDataFormatListBeginIteration(list, &raw mut iterator) };
        let mut found = None;
        let mut handle: ACXDATAFORMAT = null_mut();
        // SAFETY: as above, inside the iteration.
        while check(unsafe {
            AcxDataFormatListRetrieveNextFormat(list, &raw mut iterator, &raw mut handle)
        })
        .is_ok()
        {
            // SAFETY: the list holds the format while it is iterated.
            if unsafe { DataFormat::new(handle) }.wave_format() == Ok(format) {
                found = Some(handle);
                break;
            }
        }
        // SAFETY: begun above.
        unsafe { AcxDataFormatListEndIteration(list, &raw mut iterator) };
        let Some(handle) = found else { return Ok(false) };
        // SAFETY: the reference keeps the list valid, and nothing of this crate takes formats out of a list.
        check(unsafe { AcxDataFormatListAssignDefaultDataFormat(list, handle) })?;
        Ok(true)
    }
}

/// A configuration that points at `category`, which outlives the create call.
fn config(category: &GUID) -> ACX_PIN_CONFIG {
    let mut config = ACX_PIN_CONFIG::default();
    ACX_PIN_CONFIG_INIT(&mut config);
    config.Category = category;
    config
}

fn bridge(direction: Direction, category: &GUID) -> ACX_PIN_CONFIG {
    let mut config = config(category);
    config.Type = match direction {
        Direction::Render => _ACX_PIN_TYPE::AcxPinTypeSource,
        Direction::Capture => _ACX_PIN_TYPE::AcxPinTypeSink,
    };
    config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationNone;
    config.MaxStreams = 0;
    config
}

unsafe extern "C" fn retrieve_name<N: PinName>(pin: ACXPIN, place: PUNICODE_STRING) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxPinRetrieveName");
    // SAFETY: ACX makes the callback for a live pin, and not after its cleanup.
    let name = unsafe { context::get::<Option<N>>(pin.cast()) }.and_then(Option::as_ref);
    let name = name.ok_or(Error::InvalidState);
    // SAFETY: ACX gives a valid string with room.
    let place = unsafe { place.as_mut() }.ok_or(Error::InvalidParameter);
    status(name.and_then(|name| {
        let (name, place) = (name.name(), place?);
        let text = unicode(name)?;
        if text.Length > place.MaximumLength {
            return Err(Error::InvalidParameter);
        }
        // SAFETY: the buffer has MaximumLength bytes of ACX's own, and the name is no longer.
        unsafe { place.Buffer.copy_from_nonoverlapping(name.as_ptr(), name.len()) };
        place.Length = text.Length;
        Ok(())
    }))
}

/// What a pin's context knows of its neighbour.
fn neighbour<'a, N: Neighbour>(pin: ACXPIN) -> Option<&'a N> {
    // SAFETY: ACX makes callbacks for a live pin, and not after its cleanup.
    unsafe { context::get::<N>(pin.cast()) }
}

unsafe extern "C" fn connected<N: Neighbour>(pin: ACXPIN, target: ACXTARGETCIRCUIT, id: ULONG) {
    debug::callback(Level::Info, "EvtAcxPinConnected");
    // SAFETY: EvtAcxPinConnected runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    if let Some(neighbour) = neighbour::<N>(pin) {
        let circuit = TargetCircuit { handle: target, pin: id, callback: PhantomData };
        neighbour.connected(&circuit, &mut passive);
    }
}

unsafe extern "C" fn disconnected<N: Neighbour>(
    pin: ACXPIN,
    _target: ACXTARGETCIRCUIT,
    _id: ULONG,
) {
    debug::callback(Level::Info, "EvtAcxPinDisconnected");
    // SAFETY: EvtAcxPinDisconnected runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    if let Some(neighbour) = neighbour::<N>(pin) {
        neighbour.disconnected(&mut passive);
    }
}
