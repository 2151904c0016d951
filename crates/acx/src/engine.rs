//! Audio engines: what mixes the host pin's streams with those of an offload pin, and what its streams have of their own. DDI:
//! AcxAudioEngineCreate, AcxStreamAudioEngineCreate, AcxStreamAddElements.
//!
//! ACX makes these callbacks at `PASSIVE_LEVEL`.

use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::{self, Level};
use crate::element::{Element, answer};
use crate::error::{check, status};
use crate::format::{DataFormat, WaveFormat};
use crate::pin::Pin;
use crate::stream::NewStream;
use crate::time::Qpc;
use crate::{Error, Result, context};

/// The engine of a circuit.
pub trait AudioEngine: Send + Sync + 'static {
    /// EvtAcxAudioEngineRetrieveBufferSizeLimits: the smallest and the largest packet buffer of an offload stream of `format`, in bytes.
    /// They may change at any time; a stream that asks for more then does not get its packets.
    fn buffer_limits(&self, format: WaveFormat) -> Result<(u32, u32)>;

    /// EvtAcxAudioEngineRetrieveEffectsState.
    fn effects(&self) -> Result<u32>;

    /// EvtAcxAudioEngineAssignEffectsState.
    fn set_effects(&self, state: u32) -> Result<()>;

    /// EvtAcxAudioEngineAssignEngineDeviceFormat: one of the list of device formats.
    fn set_device_format(&self, format: WaveFormat) -> Result<()>;
}

/// An offload stream's part of the engine.
pub trait StreamAudioEngine: Send + Sync + 'static {
    /// EvtAcxStreamAudioEngineRetrieveEffectsState.
    fn effects(&self) -> Result<u32>;

    /// EvtAcxStreamAudioEngineAssignEffectsState.
    fn set_effects(&self, state: u32) -> Result<()>;

    /// EvtAcxStreamAudioEngineRetrievePresentationPosition: frames that were heard, and when that held.
    fn presentation_position(&self) -> Result<(u64, Qpc)>;

    /// EvtAcxStreamAudioEngineRetrieveLinearBufferPosition: bytes that were taken from the packets since the stream's start.
    fn linear_position(&self) -> Result<u64>;

    /// EvtAcxStreamAudioEngineAssignCurrentWritePosition: the client has written the buffer up to this byte.
    fn set_write_position(&self, position: u32) -> Result<()>;

    /// EvtAcxStreamAudioEngineAssignLastBufferPosition: the stream ends at this byte of the buffer.
    fn set_last_buffer_position(&self, position: u32) -> Result<()>;

    /// EvtAcxStreamAudioEngineAssignLoopbackProtection: whether loopback streams hear nothing while this stream is open.
    fn set_loopback_protection(&self, protected: bool) -> Result<()>;
}

/// The pins of an engine.
#[derive(Debug)]
pub struct EnginePins<'a, 'circuit> {
    /// Where the system's own mix comes in.
    pub host: &'a Pin<'circuit>,
    /// Where streams come in that the engine mixes.
    pub offload: &'a Pin<'circuit>,
    /// Where the mix is heard.
    pub loopback: &'a Pin<'circuit>,
}

/// The volume, mute and peak meter of an engine. They belong to it, so no circuit or stream gets them.
#[derive(Debug)]
pub struct EngineControls<'a> {
    /// Made by [`Element::volume`].
    pub volume: Element<'a>,
    /// Made by [`Element::mute`].
    pub mute: Element<'a>,
    /// Made by [`Element::peak_meter`].
    pub meter: Element<'a>,
}

struct State<E> {
    engine: E,
    /// What the engine mixes in; the engine's own child.
    mix: Handle,
}

struct Handle(ACXDATAFORMAT);

// SAFETY: a handle is a number that the framework checks; it belongs to no thread.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl<'circuit> Element<'circuit> {
    /// The engine of `circuit`, which mixes in `mix`. Its device formats are listed next.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxAudioEngineCreate")]
    #[inline(never)]
    pub fn audio_engine<E: AudioEngine>(
        circuit: &'circuit NewCircuit<'_>,
        pins: &EnginePins<'_, 'circuit>,
        controls: &EngineControls<'circuit>,
        mix: WaveFormat,
        engine: E,
    ) -> Result<Self> {
        let mut callbacks = ACX_AUDIOENGINE_CALLBACKS::default();
        ACX_AUDIOENGINE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxAudioEngineRetrieveBufferSizeLimits = Some(buffer_limits::<E>);
        callbacks.EvtAcxAudioEngineAssignEffectsState = Some(set_effects::<E>);
        callbacks.EvtAcxAudioEngineRetrieveEffectsState = Some(effects::<E>);
        callbacks.EvtAcxAudioEngineRetrieveEngineMixFormat = Some(mix_format::<E>);
        callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat = Some(set_device_format::<E>);
        let mut config = ACX_AUDIOENGINE_CONFIG::default();
        ACX_AUDIOENGINE_CONFIG_INIT(&mut config);
        config.HostPin = pins.host.handle();
        config.OffloadPin = pins.offload.handle();
        config.LoopbackPin = pins.loopback.handle();
        // A handle has one value whatever its type.
        config.VolumeElement = controls.volume.handle().cast();
        config.MuteElement = controls.mute.handle().cast();
        config.PeakMeterElement = controls.meter.handle().cast();
        config.Callbacks = &raw mut callbacks;
        let parent = circuit.handle();
        let mix = Handle(pins.host.new_format(mix)?);
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXAUDIOENGINE| {
            // SAFETY: a live circuit, pins and elements of it; ACX copies configuration and callbacks.
            unsafe { AcxAudioEngineCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            let state = State { engine, mix };
            context::create(parent.cast(), state, null_mut(), <*mut ACXAUDIOENGINE__>::cast, create)
        }?;
        Ok(Self::without_changes(handle.cast()))
    }
}

impl Element<'_> {
    /// Lists formats that the hardware of an audio engine can run in, the first one to begin with. `pin` is one of its circuit.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the element is no audio engine, or what ACX answers.
    #[doc(alias = "AcxAudioEngineGetDeviceFormatList")]
    #[inline(never)]
    pub fn list_device_formats(
        &self,
        pin: &Pin<'_>,
        formats: impl IntoIterator<Item = WaveFormat>,
    ) -> Result<()> {
        // SAFETY: a live element; ACX answers null for one that is no engine.
        let list = unsafe { AcxAudioEngineGetDeviceFormatList(self.handle().cast()) };
        if list.is_null() {
            return Err(Error::InvalidParameter);
        }
        pin.add_formats(list, &mut formats.into_iter())
    }
}

impl NewStream<'_> {
    /// Gives the stream its part of the engine that is element `engine_id` of its circuit (elements count from 0, as they were added).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the circuit has no such element, or what ACX answers.
    #[doc(alias = "AcxStreamAudioEngineCreate")]
    #[doc(alias = "AcxStreamAddElements")]
    #[inline(never)]
    pub fn add_audio_engine<'a, E: StreamAudioEngine>(
        &'a self,
        engine_id: u32,
        controls: &EngineControls<'a>,
        engine: E,
    ) -> Result<()> {
        // SAFETY: the circuit is alive while its stream is created.
        let owner = unsafe { AcxCircuitGetElementById(self.circuit(), engine_id) };
        if owner.is_null() {
            return Err(Error::NotFound);
        }
        let mut callbacks = ACX_STREAMAUDIOENGINE_CALLBACKS::default();
        ACX_STREAMAUDIOENGINE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxStreamAudioEngineAssignEffectsState = Some(set_stream_effects::<E>);
        callbacks.EvtAcxStreamAudioEngineRetrieveEffectsState = Some(stream_effects::<E>);
        callbacks.EvtAcxStreamAudioEngineRetrievePresentationPosition = Some(presentation::<E>);
        callbacks.EvtAcxStreamAudioEngineAssignCurrentWritePosition = Some(set_write_position::<E>);
        callbacks.EvtAcxStreamAudioEngineRetrieveLinearBufferPosition = Some(linear_position::<E>);
        callbacks.EvtAcxStreamAudioEngineAssignLastBufferPosition = Some(set_last_position::<E>);
        callbacks.EvtAcxStreamAudioEngineAssignLoopbackProtection = Some(protect_loopback::<E>);
        let mut config = ACX_STREAMAUDIOENGINE_CONFIG::default();
        ACX_STREAMAUDIOENGINE_CONFIG_INIT(&mut config);
        config.VolumeElement = controls.volume.handle().cast();
        config.MuteElement = controls.mute.handle().cast();
        config.PeakMeterElement = controls.meter.handle().cast();
        config.Callbacks = &raw mut callbacks;
        let stream = self.handle();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXSTREAMAUDIOENGINE| {
            // SAFETY: a live stream, its own elements, and an element of its circuit, which ACX checks to be an engine; ACX copies
            // configuration and callbacks.
            unsafe {
                AcxStreamAudioEngineCreate(
                    stream,
                    owner.cast(),
                    attributes,
                    &raw mut config,
                    handle,
                )
            }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(
                stream.cast(),
                engine,
                null_mut(),
                <*mut ACXSTREAMAUDIOENGINE__>::cast,
                create,
            )
        }?;
        let mut element: ACXELEMENT = handle.cast();
        // SAFETY: an element of this stream, created and not yet added; ACX copies the array.
        check(unsafe { AcxStreamAddElements(stream, &raw mut element, 1) })
    }
}

fn engine<'a, E: AudioEngine>(object: ACXAUDIOENGINE) -> Result<&'a State<E>> {
    // SAFETY: ACX makes callbacks for a live element, and not after its cleanup.
    unsafe { context::get::<State<E>>(object.cast()) }.ok_or(Error::InvalidState)
}

fn wave_format(format: ACXDATAFORMAT) -> Result<WaveFormat> {
    // SAFETY: ACX gives a format that is alive in the callback.
    unsafe { DataFormat::new(format) }.wave_format()
}

unsafe extern "C" fn buffer_limits<E: AudioEngine>(
    object: ACXAUDIOENGINE,
    format: ACXDATAFORMAT,
    least: PULONG,
    most: PULONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxAudioEngineRetrieveBufferSizeLimits");
    let limits = engine::<E>(object).and_then(|state| {
        wave_format(format).and_then(|format| state.engine.buffer_limits(format))
    });
    status(limits.map(|(smallest, largest)| {
        // SAFETY: ACX gives valid places.
        unsafe { least.write(smallest) };
        // SAFETY: as above.
        unsafe { most.write(largest) };
    }))
}

unsafe extern "C" fn effects<E: AudioEngine>(object: ACXAUDIOENGINE, place: PULONG) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxAudioEngineRetrieveEffectsState");
    answer(place, engine::<E>(object).and_then(|state| state.engine.effects()))
}

unsafe extern "C" fn set_effects<E: AudioEngine>(object: ACXAUDIOENGINE, value: ULONG) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxAudioEngineAssignEffectsState");
    status(engine::<E>(object).and_then(|state| state.engine.set_effects(value)))
}

unsafe extern "C" fn mix_format<E: AudioEngine>(
    object: ACXAUDIOENGINE,
    place: *mut ACXDATAFORMAT,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxAudioEngineRetrieveEngineMixFormat");
    answer(place, engine::<E>(object).map(|state| state.mix.0))
}

unsafe extern "C" fn set_device_format<E: AudioEngine>(
    object: ACXAUDIOENGINE,
    format: ACXDATAFORMAT,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxAudioEngineAssignEngineDeviceFormat");
    let done = engine::<E>(object).and_then(|state| {
        wave_format(format).and_then(|format| state.engine.set_device_format(format))
    });
    status(done)
}

fn part<'a, E: StreamAudioEngine>(object: ACXSTREAMAUDIOENGINE) -> Result<&'a E> {
    // SAFETY: ACX makes callbacks for a live element, and not after its cleanup.
    unsafe { context::get::<E>(object.cast()) }.ok_or(Error::InvalidState)
}

unsafe extern "C" fn stream_effects<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    place: PULONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxStreamAudioEngineRetrieveEffectsState");
    answer(place, part::<E>(object).and_then(StreamAudioEngine::effects))
}

unsafe extern "C" fn set_stream_effects<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    value: ULONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxStreamAudioEngineAssignEffectsState");
    status(part::<E>(object).and_then(|part| part.set_effects(value)))
}

unsafe extern "C" fn presentation<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    position: PULONGLONG,
    moment: PULONGLONG,
) -> NTSTATUS {
    debug::callback(Level::Verbose, "EvtAcxStreamAudioEngineRetrievePresentationPosition");
    let answer = part::<E>(object).and_then(StreamAudioEngine::presentation_position);
    status(answer.map(|(frames, at)| {
        // SAFETY: ACX gives valid places.
        unsafe { position.write(frames) };
        // SAFETY: as above.
        unsafe { moment.write(at.0) };
    }))
}

unsafe extern "C" fn linear_position<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    place: PULONGLONG,
) -> NTSTATUS {
    debug::callback(Level::Verbose, "EvtAcxStreamAudioEngineRetrieveLinearBufferPosition");
    answer(place, part::<E>(object).and_then(StreamAudioEngine::linear_position))
}

unsafe extern "C" fn set_write_position<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    position: ULONG,
) -> NTSTATUS {
    debug::callback(Level::Verbose, "EvtAcxStreamAudioEngineAssignCurrentWritePosition");
    status(part::<E>(object).and_then(|part| part.set_write_position(position)))
}

unsafe extern "C" fn set_last_position<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    position: ULONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxStreamAudioEngineAssignLastBufferPosition");
    status(part::<E>(object).and_then(|part| part.set_last_buffer_position(position)))
}

unsafe extern "C" fn protect_loopback<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    option: ACX_CONSTRICTOR_OPTION,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxStreamAudioEngineAssignLoopbackProtection");
    let protected = match option {
        _ACX_CONSTRICTOR_OPTION::AcxConstrictorOptionNone => false,
        _ACX_CONSTRICTOR_OPTION::AcxConstrictorOptionMute => true,
        _ => return STATUS_INVALID_PARAMETER,
    };
    status(part::<E>(object).and_then(|part| part.set_loopback_protection(protected)))
}
