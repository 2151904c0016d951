//! The properties of an audio engine. Source: the pages of KSPROPSETID_AudioEngine, and of
//! KSPROPSETID_Audio for offloaded streams.

use std::rc::Rc;

use acx_client::bytes::{field, number};
use acx_sys::*;

use super::table::{IS_VOLUME, Property, PropertyRequest, Recipient, call, rows};
use super::value::{list, words};
use crate::acx::assumptions;
use crate::acx::element::{self, Element, ElementKind};
use crate::acx::format::{Format, new_format};
use crate::acx::pin;
use crate::kernel::object::{self, Object, Ref};

fn engine(
    request: &PropertyRequest<'_>,
) -> Result<(Ref<Element>, ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CALLBACKS), NTSTATUS> {
    let element = request.node()?;
    match &element.kind {
        ElementKind::AudioEngine(config, callbacks, _) => {
            Ok((element.clone(), *config, *callbacks))
        }
        _ => Err(assumptions::of(request.kernel).statuses.wrong_item),
    }
}

/// A stream's part of the engine: asked of an open pin.
fn stream_engine(
    request: &PropertyRequest<'_>,
) -> Result<(Ref<Element>, ACX_STREAMAUDIOENGINE_CALLBACKS), NTSTATUS> {
    request.stream()?;
    let element = request.node()?;
    match &element.kind {
        ElementKind::StreamAudioEngine(_, callbacks) => Ok((element.clone(), *callbacks)),
        _ => Err(assumptions::of(request.kernel).statuses.wrong_item),
    }
}

fn circuit_object(request: &PropertyRequest<'_>) -> Rc<Object> {
    request.circuit.object().clone()
}

/// Calls `with` with a format object that goes afterwards.
fn with_format<T>(
    request: &PropertyRequest<'_>,
    bytes: &[u8],
    with: impl FnOnce(ACXDATAFORMAT) -> Result<T, NTSTATUS>,
) -> Result<T, NTSTATUS> {
    let format = Format::parse(bytes).ok_or(STATUS_INVALID_PARAMETER)?;
    let object =
        new_format(request.kernel, format, std::ptr::null_mut(), Some(&circuit_object(request)))?;
    let result = with(object.as_ptr());
    object::delete(request.kernel, &object);
    result
}

fn mix_format(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    let mut format: ACXDATAFORMAT = std::ptr::null_mut();
    call!(request, engine, callbacks.EvtAcxAudioEngineRetrieveEngineMixFormat, (&raw mut format))?;
    object::get::<Format>(request.kernel, format as usize).map(|format| format.bytes.to_vec())
}

fn effects(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    let mut state = 0;
    call!(request, engine, callbacks.EvtAcxAudioEngineRetrieveEffectsState, (&raw mut state))?;
    Ok(words([state]))
}

fn set_effects(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    call!(request, engine, callbacks.EvtAcxAudioEngineAssignEffectsState, (number(value, 0)))
}

fn stream_effects(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    let mut state = 0;
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineRetrieveEffectsState,
        (&raw mut state)
    )?;
    Ok(words([state]))
}

fn set_stream_effects(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    call!(request, engine, callbacks.EvtAcxStreamAudioEngineAssignEffectsState, (number(value, 0)))
}

fn device_formats(request: &PropertyRequest<'_>) -> Result<Vec<Ref<Format>>, NTSTATUS> {
    let element = request.node()?;
    match &element.kind {
        ElementKind::AudioEngine(_, _, list) => Ok(list.formats()),
        _ => Err(assumptions::of(request.kernel).statuses.wrong_item),
    }
}

fn device_format(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let formats = device_formats(request)?;
    formats.first().map(|format| format.bytes.to_vec()).ok_or(STATUS_NOT_SUPPORTED)
}

/// One of the list, which the driver then uses and which is the default from then on.
fn set_device_format(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    let asked = Format::parse(value).ok_or(STATUS_INVALID_PARAMETER)?;
    if !device_formats(request)?.iter().any(|own| own.matches(&asked)) {
        return Err(STATUS_NO_MATCH);
    }
    with_format(request, value, |format| {
        call!(request, engine, callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat, (format))
    })?;
    if let ElementKind::AudioEngine(_, _, list) = &engine.kind {
        list.prefer(&asked);
    }
    Ok(())
}

fn descriptor(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (_, config, _) = engine(request)?;
    let id = |pin: ACXPIN| {
        let pin = if pin.is_null() { None } else { pin::get(request.kernel, pin).ok() };
        pin.and_then(|pin| pin.id.get()).unwrap_or(u32::MAX)
    };
    Ok(words([id(config.HostPin), id(config.OffloadPin), id(config.LoopbackPin)]))
}

fn buffer_size_range(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    with_format(request, request.input.get(32..).unwrap_or_default(), |format| {
        let (mut least, mut most) = (0, 0);
        call!(
            request,
            engine,
            callbacks.EvtAcxAudioEngineRetrieveBufferSizeLimits,
            (format, &raw mut least, &raw mut most)
        )?;
        Ok(words([least, most]))
    })
}

fn device_controls(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    use _ACX_AUDIOENGINE_CONFIG_FLAGS as F;
    let (_, config, _) = engine(request)?;
    // Missing 0, primary 1, secondary 2.
    let control = |missing: i32, secondary: i32| match config.Flags {
        flags if flags & missing as u32 != 0 => 0,
        flags if flags & secondary as u32 != 0 => 2,
        _ => 1,
    };
    Ok(words([
        control(F::AcxAudioEngineConfigVolumeNotPresent, F::AcxAudioEngineConfigVolumeSecondary),
        control(F::AcxAudioEngineConfigMuteNotPresent, F::AcxAudioEngineConfigMuteSecondary),
        control(
            F::AcxAudioEngineConfigPeakMeterNotPresent,
            F::AcxAudioEngineConfigPeakMeterSecondary,
        ),
    ]))
}

fn protect_loopback(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    let option = number(value, 0);
    if option > 1 {
        return Err(STATUS_INVALID_PARAMETER);
    }
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineAssignLoopbackProtection,
        (option.cast_signed())
    )
}

/// KSAUDIOENGINE_VOLUMELEVEL: where to, along which curve, how long.
fn set_engine_volume(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    // A GET takes a LONG, a SET more than that.
    if value.len() < 16 {
        return Err(STATUS_BUFFER_TOO_SMALL);
    }
    let (element, channel) = request.control(IS_VOLUME)?;
    let duration = u64::from_le_bytes(field(value, 8));
    let ramp = (number(value, 4).cast_signed(), duration);
    element::set(request.kernel, &element, channel, number(value, 0).cast_signed(), ramp)
}

fn engine_volume(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (element, channel) = request.control(IS_VOLUME)?;
    element::get(request.kernel, &element, channel).map(|level| level.to_le_bytes().to_vec())
}

fn engine_presentation(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    let (mut blocks, mut at) = (0u64, 0u64);
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineRetrievePresentationPosition,
        (&raw mut blocks, &raw mut at)
    )?;
    Ok([blocks.to_le_bytes(), at.to_le_bytes()].concat())
}

fn linear_position(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    let mut position = 0u64;
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineRetrieveLinearBufferPosition,
        (&raw mut position)
    )?;
    Ok(position.to_le_bytes().to_vec())
}

fn set_write_position(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineAssignCurrentWritePosition,
        (number(value, 0))
    )
}

fn set_last_position(request: &PropertyRequest<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineAssignLastBufferPosition,
        (number(value, 0))
    )
}

fn supported_device_formats(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(list(
        &device_formats(request)?.iter().map(|format| format.bytes.to_vec()).collect::<Vec<_>>(),
    ))
}

/// The properties of an engine, and of its part in a stream.
pub(super) static TABLE: &[Property] = rows! {
    KSPROPSETID_AudioEngine {
        KSPROPERTY_AUDIOENGINE_LFXENABLE Element 4 get stream_effects, set set_stream_effects;
        KSPROPERTY_AUDIOENGINE_GFXENABLE Element 4 get effects, set set_effects;
        KSPROPERTY_AUDIOENGINE_MIXFORMAT Element any get mix_format,;
        KSPROPERTY_AUDIOENGINE_DEVICEFORMAT Element any get device_format, set set_device_format;
        KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS Element list get supported_device_formats,;
        KSPROPERTY_AUDIOENGINE_DESCRIPTOR Element 12 get descriptor,;
        KSPROPERTY_AUDIOENGINE_BUFFER_SIZE_RANGE Element 8 + 114 get buffer_size_range,;
        KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION Element 4, set protect_loopback;
        KSPROPERTY_AUDIOENGINE_VOLUMELEVEL Node any get engine_volume, set set_engine_volume;
        KSPROPERTY_AUDIOENGINE_DEVICECONTROLS Element 12 get device_controls,;
    }
    KSPROPSETID_Audio {
        KSPROPERTY_AUDIO_PRESENTATION_POSITION Element 16 get engine_presentation,;
        KSPROPERTY_AUDIO_LINEAR_BUFFER_POSITION Element 8 get linear_position,;
        KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION Element 4, set set_write_position;
        KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION Element 4, set set_last_position;
    }
};
