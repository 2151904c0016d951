//! Audio engines, which mix the streams of the host pin with those of an offload pin, and the
//! controls of each offload stream. DDI: AcxAudioEngineCreate, AcxStreamAudioEngineCreate,
//! AcxStreamAddElements.
//!
//! ACX calls these at `PASSIVE_LEVEL`.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::circuit::{CircuitInit, Direction};
//! use acx::device::PrepareHardware;
//! use acx::element::{Fade, MuteControl, PeakMeter, VolumeControl, VolumeRange};
//! use acx::engine::{AudioEngine, BufferLimits, EngineControls};
//! use acx::format::WaveFormat;
//! use acx::guid::KSNODETYPE_SPEAKER;
//! use acx::pin::Mode;
//! use acx::units::Bytes;
//! use acx::{Passive, Result, wide};
//!
//! /// A DSP with a mixer and a volume.
//! struct Dsp;
//!
//! impl AudioEngine for Dsp {
//!     fn buffer_limits(&self, _format: WaveFormat) -> Result<BufferLimits> {
//!         Ok(BufferLimits { least: Bytes(19_200), most: Bytes(192_000) })
//!     }
//!     fn effects(&self) -> Result<u32> {
//!         Ok(0)
//!     }
//!     fn set_effects(&self, _state: u32) -> Result<()> {
//!         Ok(())
//!     }
//!     fn set_device_format(&self, _format: WaveFormat) -> Result<()> {
//!         Ok(())
//!     }
//! }
//! # impl VolumeControl for Dsp {
//! #     fn set_level(&self, _: Option<u32>, _: i32, _: Fade, _: &mut Passive) -> Result<()> {
//! #         Ok(())
//! #     }
//! #     fn level(&self, _channel: Option<u32>) -> Result<i32> {
//! #         Ok(0)
//! #     }
//! # }
//! # impl MuteControl for Dsp {
//! #     fn set_muted(&self, _: Option<u32>, _: bool, _: &mut Passive) -> Result<()> {
//! #         Ok(())
//! #     }
//! #     fn muted(&self, _channel: Option<u32>) -> Result<bool> {
//! #         Ok(false)
//! #     }
//! # }
//! # impl PeakMeter for Dsp {
//! #     fn peak(&self, _channel: Option<u32>, _passive: &mut Passive) -> Result<i32> {
//! #         Ok(0)
//! #     }
//! # }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let formats = hardware.data_formats([host::STEREO])?;
//!     let name = wide!("Speaker0");
//!     let init = CircuitInit::new(hardware, Direction::Render, name, &host::COMPONENT)?;
//!     let mut circuit = init.create(host::Still)?;
//!     circuit.host_pin(1)?.formats(Mode::Raw, [host::STEREO])?;
//!     circuit.offload_pin(3)?.formats(Mode::Default, [host::STEREO])?;
//!     circuit.loopback_pin(1)?.formats(Mode::Raw, [host::STEREO])?;
//!     circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
//!     // The engine has the volume, the mute and the meter; its streams have their own.
//!     let range = VolumeRange { minimum: -96 * 65_536, maximum: 0, step: 65_536 };
//!     let controls = EngineControls { channels: 2, range, volume: Dsp, mute: Dsp, meter: Dsp };
//!     let engine = circuit.audio_engine(controls, host::STEREO, Dsp)?;
//!     engine.device_formats(&formats, &|_| true)?;
//!     circuit.add()
//! }
//! ```

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::element::{self, MuteControl, PeakMeter, VolumeControl, VolumeRange, answer};
use crate::error::{check, status};
use crate::format::{DataFormat, WaveFormat};
use crate::format_list::{DataFormats, new_format};
use crate::items::one;
use crate::reference::Reference;
use crate::stream::{NewStream, Position};
use crate::trace;
use crate::units::Bytes;
use crate::{Error, Result, context};

/// The engine of a circuit.
pub trait AudioEngine: Send + Sync + 'static {
    /// EvtAcxAudioEngineRetrieveBufferSizeLimits: the limits for an offload stream of `format`.
    /// They may change at any time; a stream that exceeds the current limits gets no packets.
    fn buffer_limits(&self, format: WaveFormat) -> Result<BufferLimits>;

    /// EvtAcxAudioEngineRetrieveEffectsState.
    fn effects(&self) -> Result<u32>;

    /// EvtAcxAudioEngineAssignEffectsState.
    fn set_effects(&self, state: u32) -> Result<()>;

    /// EvtAcxAudioEngineAssignEngineDeviceFormat: selects one of the device formats.
    fn set_device_format(&self, format: WaveFormat) -> Result<()>;
}

/// The limits of a stream's packet buffer, all packets together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferLimits {
    /// The smallest.
    pub least: Bytes,
    /// The largest.
    pub most: Bytes,
}

/// The audio engine of an offload stream.
pub trait StreamAudioEngine: Send + Sync + 'static {
    /// EvtAcxStreamAudioEngineRetrieveEffectsState.
    fn effects(&self) -> Result<u32>;

    /// EvtAcxStreamAudioEngineAssignEffectsState.
    fn set_effects(&self, state: u32) -> Result<()>;

    /// EvtAcxStreamAudioEngineRetrievePresentationPosition: the frames played, and the time of that
    /// position.
    fn presentation_position(&self) -> Result<Position>;

    /// EvtAcxStreamAudioEngineRetrieveLinearBufferPosition: the bytes read from the packets since
    /// the stream's start.
    fn linear_position(&self) -> Result<u64>;

    /// EvtAcxStreamAudioEngineAssignCurrentWritePosition: the client has written the buffer up to
    /// this byte.
    fn set_write_position(&self, position: Bytes) -> Result<()>;

    /// EvtAcxStreamAudioEngineAssignLastBufferPosition: the stream ends at this byte of the buffer.
    fn set_last_buffer_position(&self, position: Bytes) -> Result<()>;

    /// EvtAcxStreamAudioEngineAssignLoopbackProtection: whether loopback streams capture silence
    /// while this stream is open.
    fn set_loopback_protection(&self, protected: bool) -> Result<()>;
}

/// The volume, mute and peak meter of an engine. They belong to the engine, so they are not added
/// to the circuit or stream.
#[derive(Clone, Copy, Debug)]
pub struct EngineControls<V, M, P> {
    /// The number of channels of each.
    pub channels: u32,
    /// The volume's range.
    pub range: VolumeRange,
    /// The volume.
    pub volume: V,
    /// The mute.
    pub mute: M,
    /// The peak meter.
    pub meter: P,
}

struct EngineContext<E> {
    engine: E,
    /// The format in which the engine mixes.
    mix: Reference,
}

/// The engine of a circuit under construction.
pub struct Engine<'circuit> {
    handle: ACXAUDIOENGINE,
    circuit: PhantomData<&'circuit mut ()>,
}

impl NewCircuit<'_> {
    /// Adds an engine between the circuit's host, offload and loopback pins, which mixes in the
    /// format `mix`. Then list its device formats with [`device_formats`](Engine::device_formats).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if one of the three pins is missing, or the circuit already has an
    /// engine; ACX's errors.
    #[doc(alias = "AcxAudioEngineCreate")]
    #[inline(never)]
    pub fn audio_engine<E: AudioEngine>(
        &mut self,
        controls: EngineControls<impl VolumeControl, impl MuteControl, impl PeakMeter>,
        mix: WaveFormat,
        engine: E,
    ) -> Result<Engine<'_>> {
        let host = self.engine_pins.host.ok_or(Error::InvalidState)?;
        let mut callbacks = ACX_AUDIOENGINE_CALLBACKS::default();
        ACX_AUDIOENGINE_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtAcxAudioEngineRetrieveBufferSizeLimits = Some(buffer_limits::<E>);
        callbacks.EvtAcxAudioEngineAssignEffectsState = Some(set_effects::<E>);
        callbacks.EvtAcxAudioEngineRetrieveEffectsState = Some(effects::<E>);
        callbacks.EvtAcxAudioEngineRetrieveEngineMixFormat = Some(mix_format::<E>);
        callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat = Some(set_device_format::<E>);
        let mut config = ACX_AUDIOENGINE_CONFIG::default();
        ACX_AUDIOENGINE_CONFIG_INIT(&mut config);
        config.HostPin = host;
        config.OffloadPin = self.engine_pins.offload.ok_or(Error::InvalidState)?;
        config.LoopbackPin = self.engine_pins.loopback.ok_or(Error::InvalidState)?;
        let EngineControls { channels, range, volume, mute, meter } = controls;
        config.VolumeElement = element::volume(self, channels, range, volume)?;
        config.MuteElement = element::mute(self, channels, mute)?;
        config.PeakMeterElement = element::peak_meter(self, channels, meter)?;
        config.Callbacks = &raw mut callbacks;
        let parent = self.handle();
        let device = self.device();
        // SAFETY: the device is alive in its own callback, the pin while its circuit is being
        // built.
        let mix = unsafe { new_format(device, host.cast(), mix) }?;
        // SAFETY: created just now; its parent, the pin, is alive.
        let mix = unsafe { Reference::new(mix.cast()) };
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXAUDIOENGINE| {
            // SAFETY: the circuit is alive while it is being built, at PASSIVE_LEVEL by its token;
            // pins and elements are its own. ACX copies configuration and callbacks.
            unsafe { AcxAudioEngineCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            let state = EngineContext { engine, mix };
            context::create(parent.cast(), state, null_mut(), <*mut ACXAUDIOENGINE__>::cast, create)
        }?;
        // SAFETY: created just now; its circuit is alive.
        self.shared.engine.set(unsafe { Reference::new(handle.cast()) })?;
        self.keep(handle.cast(), None)?;
        Ok(Engine { handle, circuit: PhantomData })
    }
}

impl Engine<'_> {
    /// Lists those of the device's `formats` for which `is_listed` is true: the formats that the
    /// engine's hardware supports. The first one is the initial format.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxAudioEngineGetDeviceFormatList")]
    #[inline(never)]
    pub fn device_formats(
        &self,
        formats: &DataFormats,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
    ) -> Result<()> {
        // SAFETY: the engine is alive while its circuit is being built.
        let list = unsafe { AcxAudioEngineGetDeviceFormatList(self.handle) };
        if list.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: the engine's own list, which lives as long as the engine.
        unsafe { formats.add_to(list, is_listed) }
    }
}

impl NewStream<'_> {
    /// Adds the stream's audio engine, which belongs to the circuit's engine.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the circuit has no engine, or ACX's errors.
    #[doc(alias = "AcxStreamAudioEngineCreate")]
    #[doc(alias = "AcxStreamAddElements")]
    #[inline(never)]
    pub fn add_audio_engine<E: StreamAudioEngine>(
        &mut self,
        controls: EngineControls<impl VolumeControl, impl MuteControl, impl PeakMeter>,
        engine: E,
    ) -> Result<()> {
        let owner = self.engine().ok_or(Error::NotFound)?;
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
        let EngineControls { channels, range, volume, mute, meter } = controls;
        config.VolumeElement = element::volume(self, channels, range, volume)?;
        config.MuteElement = element::mute(self, channels, mute)?;
        config.PeakMeterElement = element::peak_meter(self, channels, meter)?;
        config.Callbacks = &raw mut callbacks;
        let stream = self.handle();
        let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXSTREAMAUDIOENGINE| {
            // SAFETY: the stream is alive while it is being created, at PASSIVE_LEVEL by its token;
            // the elements are its own, and the engine is its circuit's. ACX copies configuration
            // and callbacks.
            unsafe {
                AcxStreamAudioEngineCreate(stream, owner, attributes, &raw mut config, handle)
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
        let (place, count) = one(&mut element);
        // SAFETY: an element of this stream, created and not yet added; ACX copies the array.
        check(unsafe { AcxStreamAddElements(stream, place, count) })
    }
}

/// The context of an engine.
///
/// # Safety
///
/// Inside a callback that ACX makes for `object`, which [`NewCircuit::audio_engine`] made.
unsafe fn engine<'a, E: AudioEngine>(object: ACXAUDIOENGINE) -> Result<&'a EngineContext<E>> {
    // SAFETY: ACX calls back for a live element, and not after its cleanup has begun.
    unsafe { context::get::<EngineContext<E>>(object.cast()) }.ok_or(Error::InvalidState)
}

/// Reads a format.
///
/// # Safety
///
/// A live format.
unsafe fn wave_format(format: ACXDATAFORMAT) -> Result<WaveFormat> {
    // SAFETY: alive, by the caller's contract.
    unsafe { DataFormat::new(format) }.wave_format()
}

unsafe extern "C" fn buffer_limits<E: AudioEngine>(
    object: ACXAUDIOENGINE,
    format: ACXDATAFORMAT,
    least: PULONG,
    most: PULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxAudioEngineRetrieveBufferSizeLimits", object, [0, 0]);
    // SAFETY: in a callback for this engine.
    let engine = unsafe { engine::<E>(object) };
    // SAFETY: the callback's own format, which is alive while it runs.
    let format = unsafe { wave_format(format) };
    let limits = engine.and_then(|state| state.engine.buffer_limits(format?));
    status(limits.map(|limits| {
        // SAFETY: the callback's own output parameter for the minimum.
        unsafe { least.write(limits.least.0) };
        // SAFETY: the callback's own output parameter for the maximum.
        unsafe { most.write(limits.most.0) };
    }))
}

unsafe extern "C" fn effects<E: AudioEngine>(object: ACXAUDIOENGINE, out: PULONG) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxAudioEngineRetrieveEffectsState", object, [0, 0]);
    // SAFETY: in a callback for this engine.
    let answered = unsafe { engine::<E>(object) }.and_then(|state| state.engine.effects());
    // SAFETY: the callback's own output parameter.
    unsafe { answer(out, answered) }
}

unsafe extern "C" fn set_effects<E: AudioEngine>(object: ACXAUDIOENGINE, value: ULONG) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxAudioEngineAssignEffectsState", object, [value, 0]);
    // SAFETY: in a callback for this engine.
    let engine = unsafe { engine::<E>(object) };
    status(engine.and_then(|state| state.engine.set_effects(value)))
}

unsafe extern "C" fn mix_format<E: AudioEngine>(
    object: ACXAUDIOENGINE,
    out: *mut ACXDATAFORMAT,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxAudioEngineRetrieveEngineMixFormat", object, [0, 0]);
    // SAFETY: in a callback for this engine.
    let answered = unsafe { engine::<E>(object) }.map(|state| state.mix.object().cast());
    // SAFETY: the callback's own output parameter.
    unsafe { answer(out, answered) }
}

unsafe extern "C" fn set_device_format<E: AudioEngine>(
    object: ACXAUDIOENGINE,
    format: ACXDATAFORMAT,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxAudioEngineAssignEngineDeviceFormat", object, [0, 0]);
    // SAFETY: in a callback for this engine.
    let engine = unsafe { engine::<E>(object) };
    // SAFETY: the callback's own format, which is alive while it runs.
    let format = unsafe { wave_format(format) };
    status(engine.and_then(|state| state.engine.set_device_format(format?)))
}

/// The driver's value in the context of a stream audio engine.
///
/// # Safety
///
/// Inside a callback that ACX makes for `object`, which [`NewStream::add_audio_engine`] made.
unsafe fn part<'a, E: StreamAudioEngine>(object: ACXSTREAMAUDIOENGINE) -> Result<&'a E> {
    // SAFETY: ACX calls back for a live element, and not after its cleanup has begun.
    unsafe { context::get::<E>(object.cast()) }.ok_or(Error::InvalidState)
}

unsafe extern "C" fn stream_effects<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    out: PULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamAudioEngineRetrieveEffectsState", object, [0, 0]);
    // SAFETY: in a callback for this part.
    let answered = unsafe { part::<E>(object) }.and_then(StreamAudioEngine::effects);
    // SAFETY: the callback's own output parameter.
    unsafe { answer(out, answered) }
}

unsafe extern "C" fn set_stream_effects<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    value: ULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxStreamAudioEngineAssignEffectsState", object, [value, 0]);
    // SAFETY: in a callback for this part.
    let part = unsafe { part::<E>(object) };
    status(part.and_then(|part| part.set_effects(value)))
}

unsafe extern "C" fn presentation<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    position: PULONGLONG,
    moment: PULONGLONG,
) -> NTSTATUS {
    trace::callback(
        Level::Verbose,
        c"EvtAcxStreamAudioEngineRetrievePresentationPosition",
        object,
        [0, 0],
    );
    // SAFETY: in a callback for this part.
    let part = unsafe { part::<E>(object) };
    let answer = part.and_then(StreamAudioEngine::presentation_position);
    status(answer.map(|Position { frames, at }| {
        // SAFETY: the callback's own output parameter for the position.
        unsafe { position.write(frames.0) };
        // SAFETY: the callback's own output parameter for the time.
        unsafe { moment.write(at.0) };
    }))
}

unsafe extern "C" fn linear_position<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    out: PULONGLONG,
) -> NTSTATUS {
    trace::callback(
        Level::Verbose,
        c"EvtAcxStreamAudioEngineRetrieveLinearBufferPosition",
        object,
        [0, 0],
    );
    // SAFETY: in a callback for this part.
    let answered = unsafe { part::<E>(object) }.and_then(StreamAudioEngine::linear_position);
    // SAFETY: the callback's own output parameter.
    unsafe { answer(out, answered) }
}

unsafe extern "C" fn set_write_position<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    position: ULONG,
) -> NTSTATUS {
    trace::callback(
        Level::Verbose,
        c"EvtAcxStreamAudioEngineAssignCurrentWritePosition",
        object,
        [position, 0],
    );
    // SAFETY: in a callback for this part.
    let part = unsafe { part::<E>(object) };
    status(part.and_then(|part| part.set_write_position(Bytes(position))))
}

unsafe extern "C" fn set_last_position<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    position: ULONG,
) -> NTSTATUS {
    trace::callback(
        Level::Info,
        c"EvtAcxStreamAudioEngineAssignLastBufferPosition",
        object,
        [position, 0],
    );
    // SAFETY: in a callback for this part.
    let part = unsafe { part::<E>(object) };
    status(part.and_then(|part| part.set_last_buffer_position(Bytes(position))))
}

unsafe extern "C" fn protect_loopback<E: StreamAudioEngine>(
    object: ACXSTREAMAUDIOENGINE,
    option: ACX_CONSTRICTOR_OPTION,
) -> NTSTATUS {
    trace::callback(
        Level::Info,
        c"EvtAcxStreamAudioEngineAssignLoopbackProtection",
        object,
        [option.cast_unsigned(), 0],
    );
    let protected = match option {
        _ACX_CONSTRICTOR_OPTION::AcxConstrictorOptionNone => false,
        _ACX_CONSTRICTOR_OPTION::AcxConstrictorOptionMute => true,
        _ => return STATUS_INVALID_PARAMETER,
    };
    // SAFETY: in a callback for this part.
    let part = unsafe { part::<E>(object) };
    status(part.and_then(|part| part.set_loopback_protection(protected)))
}
