//! Pins. DDI: AcxPinCreate, AcxPinGetRawDataFormatList, AcxPinAssignModeDataFormatList.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::circuit::{CircuitInit, Direction};
//! use acx::device::PrepareHardware;
//! use acx::format::WaveFormat;
//! use acx::guid::KSNODETYPE_SPEAKER;
//! use acx::pin::Mode;
//! use acx::{Result, wide};
//!
//! /// The hardware's formats; the first one is the default.
//! const FORMATS: [WaveFormat; 2] =
//!     [WaveFormat::stereo(48_000, 16), WaveFormat::stereo(96_000, 16)];
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let name = wide!("Speaker0");
//!     let init = CircuitInit::new(hardware, Direction::Render, name, &host::COMPONENT)?;
//!     let mut circuit = init.create(host::Still)?;
//!     // The pin where clients open streams, four at a time.
//!     circuit.host_pin(4)?.formats(Mode::Raw, FORMATS)?.formats(Mode::Default, FORMATS)?;
//!     // The pin where the audio leaves the device.
//!     circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
//!     circuit.add()
//! }
//! ```

use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::null_mut;

use acx_sys::*;

use crate::bridge::{self, ManualBridge, Order, StreamBridge};
use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::direction::Direction;
use crate::error::{check, status};
use crate::format::WaveFormat;
use crate::format_list::{DataFormats, FormatList, PinLists, add_formats, new_list};
use crate::items::one;
pub use crate::mode::Mode;
use crate::reference::Reference;
use crate::target;
use crate::trace;
use crate::unicode::unicode;
use crate::view::PinView;
use crate::{Error, Passive, Result, context};

/// The name that Windows shows for the endpoint of a bridge pin. ACX calls it at `PASSIVE_LEVEL`.
///
/// For pins of KSNODETYPE_SPEAKER Windows always shows "Speakers".
pub trait PinName: Send + Sync + 'static {
    /// EvtAcxPinRetrieveName: UTF-16 without a terminating zero; at most 260 units (MAX_PATH).
    fn name(&self) -> &[u16];
}

/// The neighbour that a pin leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The neighbour nearer to the client.
    Near,
    /// The neighbour nearer to the jack.
    Far,
}

/// Connection of a pin between two circuits of a composite endpoint. ACX calls these at
/// `PASSIVE_LEVEL`.
pub trait Neighbour: Send + Sync + 'static {
    /// EvtAcxPinConnected: the endpoint is complete, and the pin leads to `circuit`.
    fn connected(&self, circuit: &TargetCircuit<'_>, passive: &mut Passive);

    /// EvtAcxPinDisconnected: the endpoint is no longer complete. ACX does not call it when the
    /// device is removed, so nothing may depend on it.
    fn disconnected(&self, passive: &mut Passive);

    /// Whether ACX calls [`formats_changed`](Self::formats_changed).
    const HAS_FORMATS: bool = false;

    /// EvtAcxPinDataFormatChangeNotification: the formats of the connected pin have changed. Called
    /// if [`HAS_FORMATS`](Self::HAS_FORMATS) is set.
    fn formats_changed(&self, _circuit: &TargetCircuit<'_>, _passive: &mut Passive) {}
}

/// A neighbouring circuit, valid during the callback. [`target::Circuit`] has the requests to it.
pub struct TargetCircuit<'callback> {
    circuit: target::Circuit,
    pin: u32,
    callback: PhantomData<&'callback ()>,
}

impl Deref for TargetCircuit<'_> {
    type Target = target::Circuit;

    fn deref(&self) -> &target::Circuit {
        &self.circuit
    }
}

impl TargetCircuit<'_> {
    /// # Safety
    ///
    /// The target circuit must be alive for the lifetime.
    unsafe fn new(handle: ACXTARGETCIRCUIT, pin: u32) -> Self {
        // SAFETY: alive, by the caller's contract.
        let circuit = unsafe { target::Circuit::lent(handle) };
        Self { circuit, pin, callback: PhantomData }
    }

    /// The id of its pin that leads to this circuit.
    pub fn pin(&self) -> u32 {
        self.pin
    }

    /// The number of its elements.
    pub fn elements(&self) -> u32 {
        self.circuit.elements_count()
    }
}

/// The position of a microphone (KSAUDIO_MICROPHONE_COORDINATES): coordinates in millimetres,
/// angles in 1/10000 radian.
#[derive(Clone, Copy, Debug, Default)]
pub struct MicrophonePosition {
    /// Forward, left, up.
    pub coordinates: (i16, i16, i16),
    /// Its direction, vertically and horizontally.
    pub angles: (i16, i16),
}

/// The microphones of a bridge pin: a linear array, omnidirectional. DDI:
/// AcxMicArrayGeometryCreate.
#[derive(Clone, Copy, Debug)]
pub struct Microphones<const N: usize> {
    /// Their frequency band, in hertz.
    pub band: (u16, u16),
    /// Their positions.
    pub positions: [MicrophonePosition; N],
}

/// A pin of a circuit under construction. It borrows the circuit, so only one exists at a time.
pub struct Pin<'circuit> {
    handle: ACXPIN,
    device: WDFDEVICE,
    circuit: ACXCIRCUIT,
    passive: &'circuit mut Passive,
}

/// The circuit's pins. The circuit's direction determines theirs.
impl NewCircuit<'_> {
    /// Adds the pin where clients open streams, at most `max_streams` at once.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxPinCreate")]
    #[inline(never)]
    pub fn host_pin(&mut self, max_streams: u32) -> Result<Pin<'_>> {
        let mut config = self.host_config(&KSCATEGORY_AUDIO, max_streams);
        let handle = self.create_pin(&mut config, ())?;
        self.engine_pins.host = Some(handle);
        Ok(self.pin(handle))
    }

    /// Adds the pin where clients open streams that the circuit's audio engine mixes.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[inline(never)]
    pub fn offload_pin(&mut self, max_streams: u32) -> Result<Pin<'_>> {
        let mut config = self.host_config(&KSCATEGORY_AUDIO, max_streams);
        let handle = self.create_pin(&mut config, ())?;
        self.engine_pins.offload = Some(handle);
        Ok(self.pin(handle))
    }

    /// Adds the pin where clients capture the output of the circuit's audio engine. Its streams are
    /// capture streams, whatever the circuit's direction.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] for a second one; ACX's errors.
    #[inline(never)]
    pub fn loopback_pin(&mut self, max_streams: u32) -> Result<Pin<'_>> {
        let mut config = capture_config(&KSNODETYPE_AUDIO_LOOPBACK, max_streams);
        let id = u32::try_from(self.pins.len()).map_err(|_| Error::InvalidParameter)?;
        let handle = self.create_pin(&mut config, ())?;
        self.shared.loopback.set(id)?;
        self.engine_pins.loopback = Some(handle);
        Ok(self.pin(handle))
    }

    /// Adds the pin where clients read the audio of a keyword detection.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[inline(never)]
    pub fn keyword_pin(&mut self, max_streams: u32) -> Result<Pin<'_>> {
        let mut config = capture_config(&KSNODETYPE_AUDIO_KEYWORDDETECTOR, max_streams);
        let handle = self.create_pin(&mut config, ())?;
        Ok(self.pin(handle))
    }

    /// Adds the pin where the path leaves the device, of `category` (a node type such as a
    /// speaker).
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[inline(never)]
    pub fn bridge_pin(&mut self, category: &GUID) -> Result<Pin<'_>> {
        let mut config = bridge_config(self.direction, category);
        let handle = self.create_pin(&mut config, ())?;
        Ok(self.pin(handle))
    }

    /// Like [`bridge_pin`](Self::bridge_pin), with its own name, or with microphones.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "EVT_ACX_PIN_RETRIEVE_NAME")]
    #[doc(alias = "ACX_MICROPHONE_CONFIG")]
    #[inline(never)]
    pub fn bridge_pin_with<P: PinName, const N: usize>(
        &mut self,
        category: &GUID,
        name: Option<P>,
        microphones: Option<Microphones<N>>,
    ) -> Result<Pin<'_>> {
        let mut callbacks = ACX_PIN_CALLBACKS::default();
        ACX_PIN_CALLBACKS_INIT(&mut callbacks);
        if name.is_some() {
            callbacks.EvtAcxPinRetrieveName = Some(retrieve_name::<P>);
        }
        let mut config = bridge_config(self.direction, category);
        config.PinCallbacks = &raw mut callbacks;
        let mut microphone = ACX_MICROPHONE_CONFIG::default();
        if let Some(microphones) = microphones {
            ACX_MICROPHONE_CONFIG_INIT(&mut microphone);
            microphone.MicArrayGeometry = self.geometry(microphones)?;
            config.Flags |=
                _ACX_PIN_CONFIG_FLAGS::AcxPinConfigMicrophoneConfigSpecified.cast_unsigned();
            config.u.MicrophoneConfig = &raw mut microphone;
        }
        let handle = self.create_pin(&mut config, name)?;
        Ok(self.pin(handle))
    }

    /// Adds the pin through which audio passes to or from a neighbouring circuit of a composite
    /// endpoint.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "EVT_ACX_PIN_CONNECTED")]
    #[doc(alias = "EVT_ACX_PIN_DISCONNECTED")]
    #[inline(never)]
    pub fn pin_between<N: Neighbour>(&mut self, side: Side, neighbour: N) -> Result<Pin<'_>> {
        let category = KSCATEGORY_AUDIO;
        let mut callbacks = ACX_PIN_CALLBACKS::default();
        ACX_PIN_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxPinConnected = Some(connected::<N>);
        callbacks.EvtAcxPinDisconnected = Some(disconnected::<N>);
        if N::HAS_FORMATS {
            callbacks.EvtAcxPinDataFormatChangeNotification = Some(formats_changed::<N>);
        }
        // The near side of a render circuit is the input, that of a capture circuit the output.
        let mut config = match (self.direction, side) {
            (direction, Side::Far) => bridge_config(direction, &category),
            (Direction::Render, Side::Near) => bridge_config(Direction::Capture, &category),
            (Direction::Capture, Side::Near) => bridge_config(Direction::Render, &category),
        };
        config.PinCallbacks = &raw mut callbacks;
        let handle = self.create_pin(&mut config, neighbour)?;
        Ok(self.pin(handle))
    }

    fn host_config(&self, category: &GUID, max_streams: u32) -> ACX_PIN_CONFIG {
        let mut config = capture_config(category, max_streams);
        if self.direction == Direction::Render {
            config.Type = _ACX_PIN_TYPE::AcxPinTypeSink;
        }
        config
    }

    /// The caller owns the memory that the configuration points to, so it outlives the call.
    pub(crate) fn create_pin<T: Send + Sync + 'static>(
        &mut self,
        config: &mut ACX_PIN_CONFIG,
        value: T,
    ) -> Result<ACXPIN> {
        let circuit = self.handle();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXPIN| {
            // SAFETY: the circuit is alive while it is being built, at PASSIVE_LEVEL by its token.
            // ACX copies the configuration, and the callbacks and GUIDs that it points at.
            unsafe { AcxPinCreate(circuit, attributes, config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(circuit.cast(), value, null_mut(), <*mut ACXPIN__>::cast, create)
        }?;
        self.pins.push(handle.cast())?;
        Ok(handle)
    }

    pub(crate) fn pin(&mut self, handle: ACXPIN) -> Pin<'_> {
        let circuit = self.handle();
        Pin { handle, device: self.site.device, circuit, passive: self.site.passive }
    }

    #[doc(alias = "AcxMicArrayGeometryCreate")]
    #[doc(alias = "AcxMicArrayGeometryAddMicrophoneCoordinates")]
    #[inline(never)]
    fn geometry<const N: usize>(&self, microphones: Microphones<N>) -> Result<ACXMICARRAYGEOMETRY> {
        /// From ksmedia.h: KSMICARRAY_VERSION, KSMICARRAY_MICARRAYTYPE_LINEAR,
        /// KSMICARRAY_MICTYPE_OMNIDIRECTIONAL.
        const VERSION: u16 = 0x0100;
        const LINEAR: u16 = 0;
        const OMNIDIRECTIONAL: u16 = 0;
        /// Half a turn, in 1/10000 radian.
        const HALF_TURN: i16 = 31_415;
        let Microphones { band, positions } = microphones;
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
        let circuit = self.handle();
        let mut attributes = context::attributes::<()>(circuit.cast());
        let mut handle: ACXMICARRAYGEOMETRY = null_mut();
        // SAFETY: the circuit is alive while it is being built; ACX copies the configuration.
        check(unsafe {
            AcxMicArrayGeometryCreate(
                circuit,
                &raw mut attributes,
                &raw mut config,
                &raw mut handle,
            )
        })?;
        let mut coordinates = positions.map(|position| ACX_MICROPHONE_COORDINATES {
            Type: OMNIDIRECTIONAL,
            XCoord: position.coordinates.0,
            YCoord: position.coordinates.1,
            ZCoord: position.coordinates.2,
            VerticalAngle: position.angles.0,
            HorizontalAngle: position.angles.1,
        });
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: created just now; ACX copies the array.
        check(unsafe {
            AcxMicArrayGeometryAddMicrophoneCoordinates(handle, coordinates.as_mut_ptr(), count)
        })?;
        Ok(handle)
    }
}

impl Pin<'_> {
    /// `PASSIVE_LEVEL`.
    pub fn passive(&mut self) -> &mut Passive {
        self.passive
    }

    pub(crate) fn handle(&self) -> ACXPIN {
        self.handle
    }

    /// Lists `formats` for `mode`. The first one is the default.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxPinGetRawDataFormatList")]
    #[doc(alias = "AcxPinAssignModeDataFormatList")]
    pub fn formats(
        &mut self,
        mode: Mode,
        formats: impl IntoIterator<Item = WaveFormat>,
    ) -> Result<&mut Self> {
        self.list_each(mode, &mut formats.into_iter())?;
        Ok(self)
    }

    /// Lists those of the device's `formats` for which `is_listed` is true for `mode`, in the pin's
    /// own list. The first one is the default.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxPinAssignModeDataFormatList")]
    pub fn list(
        &mut self,
        mode: Mode,
        formats: &DataFormats,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
    ) -> Result<()> {
        let list = self.list_of(mode)?;
        // SAFETY: the pin's own list, which lives as long as the pin.
        unsafe { formats.add_to(list, is_listed) }
    }

    /// The pin's lists, for changes also while the pin is in use.
    #[inline(never)]
    pub fn lists(&self) -> PinLists {
        // SAFETY: the pin is alive while its circuit is being built.
        unsafe { PinLists::new(self.handle) }
    }

    // Not generic over the iterator, so the image has it once.
    #[inline(never)]
    fn list_each(&self, mode: Mode, formats: &mut dyn Iterator<Item = WaveFormat>) -> Result<()> {
        let list = self.list_of(mode)?;
        // SAFETY: the pin's own list, which is not in use yet, and its own device.
        unsafe { add_formats(self.device, self.handle.cast(), list, formats) }
    }

    /// The pin's own list of `mode`: ACX creates that of RAW mode, this function the others.
    #[inline(never)]
    fn list_of(&self, mode: Mode) -> Result<ACXDATAFORMATLIST> {
        if mode == Mode::Raw {
            // SAFETY: the pin is alive while its circuit is being built.
            let list = unsafe { AcxPinGetRawDataFormatList(self.handle) };
            return if list.is_null() { Err(Error::InvalidState) } else { Ok(list) };
        }
        // SAFETY: the pin's device, which is alive in its own callback, and the pin, while its
        // circuit is being built.
        let list = unsafe { new_list(self.device, self.handle.cast()) }?;
        let mode = mode.guid();
        // SAFETY: the pin is alive while its circuit is being built, the list was created just now;
        // ACX copies the GUID.
        check(unsafe { AcxPinAssignModeDataFormatList(self.handle, &raw const mode, list) })?;
        Ok(list)
    }

    /// The list of `mode`, for changes while the pin is in use.
    ///
    /// # Errors
    ///
    /// ACX's errors; a mode without a call to [`formats`](Self::formats) has no list.
    #[doc(alias = "AcxPinRetrieveModeDataFormatList")]
    #[inline(never)]
    pub fn format_list(&self, mode: Mode) -> Result<FormatList> {
        let guid = mode.guid();
        let mut list: ACXDATAFORMATLIST = null_mut();
        if mode == Mode::Raw {
            // SAFETY: the pin is alive while its circuit is being built.
            list = unsafe { AcxPinGetRawDataFormatList(self.handle) };
        } else {
            // SAFETY: the pin is alive while its circuit is being built; the GUID and the output
            // parameter are ours.
            check(unsafe {
                AcxPinRetrieveModeDataFormatList(self.handle, &raw const guid, &raw mut list)
            })?;
        }
        if list.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: the pin is alive while its circuit is being built, and the list while the pin is.
        Ok(unsafe { FormatList::new(list, self.handle.cast()) })
    }

    /// Adds a bridge for streams of `modes` to a pin between circuits. The outgoing stream has mode
    /// `out`. A stream uses the first of the pin's bridges that accepts its mode. The bridge also
    /// forwards requests to the next circuit's streams.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for more modes than there are, or ACX's errors.
    #[doc(alias = "AcxStreamBridgeCreate")]
    #[doc(alias = "AcxPinAddStreamBridges")]
    pub fn stream_bridge(
        &mut self,
        modes: impl IntoIterator<Item = Mode>,
        out: Mode,
        order: Order,
    ) -> Result<StreamBridge> {
        // SAFETY: the circuit is alive while it is being built, and the pin is its own.
        unsafe { bridge::add(self.circuit, self.handle, &mut modes.into_iter(), out, order) }
    }

    /// Adds a bridge to which the driver adds its streams itself. The outgoing stream has mode
    /// `out`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn stream_bridge_by_hand(&mut self, out: Mode, order: Order) -> Result<ManualBridge> {
        let bridge = self.stream_bridge([], out, order)?;
        // SAFETY: the circuit is alive while it is being built.
        Ok(ManualBridge { bridge, circuit: unsafe { Reference::new(self.circuit.cast()) } })
    }

    /// Removes a bridge that [`stream_bridge`](Self::stream_bridge) added.
    ///
    /// # Errors
    ///
    /// ACX's errors, such as for a bridge of another pin.
    #[doc(alias = "AcxPinRemoveStreamBridges")]
    pub fn remove_stream_bridge(&mut self, bridge: &StreamBridge) -> Result<()> {
        let bridge = bridge.reference().alive().ok_or(Error::InvalidState)?;
        let mut bridge: ACXSTREAMBRIDGE = bridge.cast();
        let (place, count) = one(&mut bridge);
        // SAFETY: the pin is alive while its circuit is being built; a bridge, whose handle the
        // reference keeps valid. ACX looks for it among the pin's.
        check(unsafe { AcxPinRemoveStreamBridges(self.handle, place, count) })
    }

    /// The pin. It has an id once its circuit is added.
    pub fn view(&self) -> PinView<'_> {
        // SAFETY: the pin is alive while its circuit is being built.
        unsafe { PinView::new(self.handle) }
    }
}

/// A configuration that points to `category`, which outlives the create call.
fn config(category: &GUID) -> ACX_PIN_CONFIG {
    let mut config = ACX_PIN_CONFIG::default();
    ACX_PIN_CONFIG_INIT(&mut config);
    config.Category = category;
    config
}

/// A pin that clients read from.
fn capture_config(category: &GUID, max_streams: u32) -> ACX_PIN_CONFIG {
    let mut config = config(category);
    config.Type = _ACX_PIN_TYPE::AcxPinTypeSource;
    config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink;
    config.MaxStreams = max_streams;
    config
}

/// A pin where the path leaves the device: no client has streams there.
pub(crate) fn bridge_config(direction: Direction, category: &GUID) -> ACX_PIN_CONFIG {
    let mut config = config(category);
    config.Type = match direction {
        Direction::Render => _ACX_PIN_TYPE::AcxPinTypeSource,
        Direction::Capture => _ACX_PIN_TYPE::AcxPinTypeSink,
    };
    config.MaxStreams = 0;
    config
}

unsafe extern "C" fn retrieve_name<N: PinName>(pin: ACXPIN, place: PUNICODE_STRING) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxPinRetrieveName", pin, [0, 0]);
    // SAFETY: ACX calls back for a live pin, and not after its cleanup.
    let name = unsafe { context::get::<Option<N>>(pin.cast()) }.and_then(Option::as_ref);
    let name = name.ok_or(Error::InvalidState);
    // SAFETY: ACX passes a valid string with a buffer.
    let place = unsafe { place.as_mut() }.ok_or(Error::InvalidParameter);
    status(name.and_then(|name| {
        let (name, place) = (name.name(), place?);
        let text = unicode(name)?;
        if text.Length > place.MaximumLength {
            return Err(Error::InvalidParameter);
        }
        // SAFETY: ACX's buffer has MaximumLength bytes, and the name is not longer.
        unsafe { place.Buffer.copy_from_nonoverlapping(name.as_ptr(), name.len()) };
        place.Length = text.Length;
        Ok(())
    }))
}

/// The driver's value in the context of a pin between circuits.
///
/// # Safety
///
/// Inside a callback that ACX makes for `pin`, which [`NewCircuit::pin_between`] made.
unsafe fn neighbour<'a, N: Neighbour>(pin: ACXPIN) -> Option<&'a N> {
    // SAFETY: ACX calls back for a live pin, and not after its cleanup has begun.
    unsafe { context::get::<N>(pin.cast()) }
}

unsafe extern "C" fn connected<N: Neighbour>(pin: ACXPIN, target: ACXTARGETCIRCUIT, id: ULONG) {
    trace::callback(Level::Info, c"EvtAcxPinConnected", pin, [id, 0]);
    // SAFETY: EvtAcxPinConnected runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this pin.
    if let Some(neighbour) = unsafe { neighbour::<N>(pin) } {
        // SAFETY: the callback's own argument, during the callback.
        neighbour.connected(&unsafe { TargetCircuit::new(target, id) }, &mut passive);
    }
}

unsafe extern "C" fn formats_changed<N: Neighbour>(
    pin: ACXPIN,
    target: ACXTARGETCIRCUIT,
    id: ULONG,
) {
    trace::callback(Level::Info, c"EvtAcxPinDataFormatChangeNotification", pin, [0, 0]);
    // SAFETY: EvtAcxPinDataFormatChangeNotification runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this pin.
    if let Some(neighbour) = unsafe { neighbour::<N>(pin) } {
        // SAFETY: the callback's own argument, during the callback.
        neighbour.formats_changed(&unsafe { TargetCircuit::new(target, id) }, &mut passive);
    }
}

unsafe extern "C" fn disconnected<N: Neighbour>(pin: ACXPIN, _target: ACXTARGETCIRCUIT, id: ULONG) {
    trace::callback(Level::Info, c"EvtAcxPinDisconnected", pin, [id, 0]);
    // SAFETY: EvtAcxPinDisconnected runs at PASSIVE_LEVEL.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: in a callback for this pin.
    if let Some(neighbour) = unsafe { neighbour::<N>(pin) } {
        neighbour.disconnected(&mut passive);
    }
}

#[cfg(test)]
mod tests {
    use _ACX_PIN_COMMUNICATION::*;
    use _ACX_PIN_TYPE::*;

    use super::*;

    #[test]
    fn clients_have_streams_at_the_pins_that_they_read_from_and_none_at_bridge_pins() {
        let category = KSCATEGORY_AUDIO;
        let reads = capture_config(&category, 3);
        let parts = |config: &ACX_PIN_CONFIG| {
            assert_eq!(config.Category, &raw const category);
            (config.Type, config.Communication, config.MaxStreams)
        };
        assert_eq!(parts(&reads), (AcxPinTypeSource, AcxPinCommunicationSink, 3));
        for (direction, kind) in
            [(Direction::Render, AcxPinTypeSource), (Direction::Capture, AcxPinTypeSink)]
        {
            let bridge = bridge_config(direction, &category);
            assert_eq!(parts(&bridge), (kind, AcxPinCommunicationNone, 0));
        }
    }
}
