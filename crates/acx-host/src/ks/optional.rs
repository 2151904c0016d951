//! Properties that only some endpoints have: those with an audio engine, audio modules, a keyword spotter, microphones, a digital jack,
//! a part in a composite endpoint. Source: the fact collection's `ks/interface.md`, sections 3.3 and 3.6 to 3.9.

use acx_sys::*;

use super::properties::{Property, Target, list, rows, words};
use super::{Reply, Request, Sent, guid_at, number};
use crate::acx::callback;
use crate::acx::circuit::Circuit;
use crate::acx::element::{self, Element, Kind};
use crate::acx::format::{Format, new_format};
use crate::acx::guid_bytes;
use crate::kernel::object::{Object, Ref};
use std::rc::Rc;

/// Whether an endpoint has the kind of element that a property set is for.
pub(crate) fn has(set: &GUID, sent: &Sent<'_>) -> bool {
    let set = guid_bytes(set);
    let any = |is: fn(&Kind) -> bool| {
        let of_stream = sent
            .stream
            .as_ref()
            .is_some_and(|stream| stream.elements.borrow().iter().any(|own| is(&own.kind)));
        of_stream || sent.circuit.elements.borrow().iter().any(|own| is(&own.kind))
    };
    if set == guid_bytes(&KSPROPSETID_AudioEngine) {
        any(|kind| matches!(kind, Kind::AudioEngine(..) | Kind::StreamAudioEngine(..)))
    } else if set == guid_bytes(&KSPROPSETID_AudioModule) {
        any(|kind| matches!(kind, Kind::AudioModule(..)))
    } else if set == guid_bytes(&KSPROPSETID_SoundDetector)
        || set == guid_bytes(&KSPROPSETID_SoundDetector2)
    {
        any(|kind| matches!(kind, Kind::KeywordSpotter(..)))
    } else {
        true
    }
}

/// A callback of a driver that answers a status.
macro_rules! call {
    ($request:ident, $element:ident, $callbacks:ident.$name:ident, ($($argument:expr),*)) => {{
        let callback = $callbacks.$name.ok_or(STATUS_NOT_SUPPORTED)?;
        let answer = $request.kernel.invoke(&callback::$name, $element.handle(), callback, ($element.object().as_ptr(), $($argument),*));
        if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
    }};
}

fn engine(
    request: &Request<'_>,
) -> Result<(Ref<Element>, ACX_AUDIOENGINE_CONFIG, ACX_AUDIOENGINE_CALLBACKS), NTSTATUS> {
    let element = request.node()?;
    match &element.kind {
        Kind::AudioEngine(config, callbacks, _) => Ok((element.clone(), *config, *callbacks)),
        _ => Err(request.kernel.switches.statuses.wrong_item),
    }
}

/// A stream's part of the engine: asked of an open pin.
fn stream_engine(
    request: &Request<'_>,
) -> Result<(Ref<Element>, ACX_STREAMAUDIOENGINE_CALLBACKS), NTSTATUS> {
    request.stream()?;
    let element = request.node()?;
    match &element.kind {
        Kind::StreamAudioEngine(_, callbacks) => Ok((element.clone(), *callbacks)),
        _ => Err(request.kernel.switches.statuses.wrong_item),
    }
}

fn circuit_object(request: &Request<'_>) -> Rc<Object> {
    request.circuit.object().clone()
}

/// Calls `with` with a format object that goes afterwards.
fn with_format<T>(
    request: &Request<'_>,
    bytes: &[u8],
    with: impl FnOnce(ACXDATAFORMAT) -> Result<T, NTSTATUS>,
) -> Result<T, NTSTATUS> {
    let format = Format::parse(bytes).ok_or(STATUS_INVALID_PARAMETER)?;
    let object =
        new_format(request.kernel, format, std::ptr::null_mut(), Some(&circuit_object(request)))?;
    let result = with(object.as_ptr());
    request.kernel.objects.delete(request.kernel, &object);
    result
}

fn mix_format(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    let mut format: ACXDATAFORMAT = std::ptr::null_mut();
    call!(request, engine, callbacks.EvtAcxAudioEngineRetrieveEngineMixFormat, (&raw mut format))?;
    request
        .kernel
        .objects
        .get::<Format>(request.kernel, format as usize)
        .map(|format| format.bytes.to_vec())
}

fn effects(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    let mut state = 0;
    call!(request, engine, callbacks.EvtAcxAudioEngineRetrieveEffectsState, (&raw mut state))?;
    Ok(words([state]))
}

fn set_effects(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    call!(request, engine, callbacks.EvtAcxAudioEngineAssignEffectsState, (number(value, 0)))
}

fn stream_effects(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
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

fn set_stream_effects(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    call!(request, engine, callbacks.EvtAcxStreamAudioEngineAssignEffectsState, (number(value, 0)))
}

fn device_formats(request: &Request<'_>) -> Result<Vec<Ref<Format>>, NTSTATUS> {
    let element = request.node()?;
    match &element.kind {
        Kind::AudioEngine(_, _, list) => Ok(list.formats()),
        _ => Err(request.kernel.switches.statuses.wrong_item),
    }
}

fn device_format(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let formats = device_formats(request)?;
    formats.first().map(|format| format.bytes.to_vec()).ok_or(STATUS_NOT_SUPPORTED)
}

/// One of the list, which the driver then uses and which is the default from then on.
fn set_device_format(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, _, callbacks) = engine(request)?;
    let asked = Format::parse(value).ok_or(STATUS_INVALID_PARAMETER)?;
    if !device_formats(request)?.iter().any(|own| own.matches(&asked)) {
        return Err(STATUS_NO_MATCH);
    }
    with_format(request, value, |format| {
        call!(request, engine, callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat, (format))
    })?;
    if let Kind::AudioEngine(_, _, list) = &engine.kind {
        list.prefer(&asked);
    }
    Ok(())
}

fn descriptor(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (_, config, _) = engine(request)?;
    let id = |pin: ACXPIN| {
        let pin = if pin.is_null() { None } else { crate::acx::pin::get(request.kernel, pin).ok() };
        pin.and_then(|pin| pin.id.get()).unwrap_or(u32::MAX)
    };
    Ok(words([id(config.HostPin), id(config.OffloadPin), id(config.LoopbackPin)]))
}

fn buffer_size_range(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
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

fn device_controls(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
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

fn protect_loopback(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
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
fn set_engine_volume(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    // A GET takes a LONG, a SET more than that.
    if value.len() < 16 {
        return Err(STATUS_BUFFER_TOO_SMALL);
    }
    let (element, channel) = request.control(|kind| matches!(kind, Kind::Volume(..)))?;
    let duration = u64::from_le_bytes(super::field(value, 8));
    let ramp = (number(value, 4).cast_signed(), duration);
    element::set(request.kernel, &element, channel, number(value, 0).cast_signed(), ramp)
}

fn engine_volume(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (element, channel) = request.control(|kind| matches!(kind, Kind::Volume(..)))?;
    element::get(request.kernel, &element, channel).map(|level| level.to_le_bytes().to_vec())
}

fn engine_presentation(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
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

fn linear_position(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
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

fn set_write_position(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineAssignCurrentWritePosition,
        (number(value, 0))
    )
}

fn set_last_position(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (engine, callbacks) = stream_engine(request)?;
    call!(
        request,
        engine,
        callbacks.EvtAcxStreamAudioEngineAssignLastBufferPosition,
        (number(value, 0))
    )
}

fn modules(request: &Request<'_>) -> Vec<Ref<Element>> {
    let is = |element: &&Ref<Element>| matches!(element.kind, Kind::AudioModule(..));
    match request.stream {
        Some(stream) => stream.elements.borrow().iter().filter(is).cloned().collect(),
        None => request.circuit.elements.borrow().iter().filter(is).cloned().collect(),
    }
}

fn module_descriptors(request: &Request<'_>) -> Vec<u8> {
    let all = modules(request);
    let items: Vec<Vec<u8>> = all
        .iter()
        .filter_map(|module| {
            let Kind::AudioModule(own, _) = &module.kind else { return None };
            let mut bytes = guid_bytes(&own.ClassId).to_vec();
            bytes.extend(words([own.InstanceId, own.VersionMajor, own.VersionMinor]));
            bytes.extend(own.Name.iter().flat_map(|unit| unit.to_le_bytes()));
            Some(bytes)
        })
        .collect();
    list(&items)
}

/// KSAUDIOMODULE_PROPERTY, the module's arguments behind it, and the answer in the value, all the module's own.
fn module_command(request: &Request<'_>, output: &mut [u8]) -> Reply {
    let class = super::field::<16>(request.input, 24);
    let instance = number(request.input, 40);
    let is = |module: &&Ref<Element>| match &module.kind {
        Kind::AudioModule(own, _) => {
            guid_bytes(&own.ClassId) == class && own.InstanceId == instance
        }
        _ => false,
    };
    let all = modules(request);
    let Some(module) = all.iter().find(is) else {
        return Reply { status: STATUS_INVALID_PARAMETER, information: 0 };
    };
    let Kind::AudioModule(_, callbacks) = &module.kind else {
        return Reply { status: STATUS_UNSUCCESSFUL, information: 0 };
    };
    let Some(command) = callbacks.EvtAcxAudioModuleProcessCommand else {
        return Reply { status: STATUS_NOT_SUPPORTED, information: 0 };
    };
    let mut arguments = request.input.get(48..).unwrap_or_default().to_vec();
    let mut length = output.len() as u32;
    let (place, count) = (arguments.as_mut_ptr(), arguments.len() as u32);
    let out = if output.is_empty() { std::ptr::null_mut() } else { output.as_mut_ptr() };
    let given = (module.object().as_ptr(), place.cast(), count, out.cast(), &raw mut length);
    let status = request.kernel.invoke(
        &callback::EvtAcxAudioModuleProcessCommand,
        module.handle(),
        command,
        given,
    );
    Reply { status, information: length as usize }
}

/// A spotter: its element, its callbacks, its patterns, and the event that a request names.
type Spotter = (Ref<Element>, ACX_KEYWORDSPOTTER_CALLBACKS, Vec<[u8; 16]>, GUID);

fn spotter(request: &Request<'_>) -> Result<Spotter, NTSTATUS> {
    let elements = request.circuit.elements.borrow();
    let found = elements.iter().find_map(|element| match &element.kind {
        Kind::KeywordSpotter(callbacks, patterns) => {
            Some((element.clone(), *callbacks, patterns.clone()))
        }
        _ => None,
    });
    let (element, callbacks, patterns) = found.ok_or(STATUS_NOT_SUPPORTED)?;
    // The second set names the event behind the property.
    let event =
        if request.input.len() >= 40 { guid_at(request.input, 24) } else { GUID::default() };
    Ok((element, callbacks, patterns, event))
}

fn supported_patterns(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (_, _, patterns, _) = spotter(request)?;
    Ok(list(&patterns.iter().map(|pattern| pattern.to_vec()).collect::<Vec<_>>()))
}

fn set_patterns(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    if value.len() < 8 || number(value, 0) as usize != value.len() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let mut patterns = value.to_vec();
    call!(
        request,
        element,
        callbacks.EvtAcxKeywordSpotterAssignPatterns,
        (&raw mut event, patterns.as_mut_ptr().cast(), value.len() as u32)
    )
}

fn armed(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    let mut armed = 0;
    call!(
        request,
        element,
        callbacks.EvtAcxKeywordSpotterRetrieveArm,
        (&raw mut event, &raw mut armed)
    )?;
    Ok(words([u32::from(armed != 0)]))
}

fn arm(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    let arm = BOOLEAN::from(number(value, 0) != 0);
    call!(request, element, callbacks.EvtAcxKeywordSpotterAssignArm, (&raw mut event, arm))
}

fn reset_detector(request: &Request<'_>, value: &[u8]) -> Result<(), NTSTATUS> {
    let (element, callbacks, _, mut event) = spotter(request)?;
    if number(value, 0) == 0 {
        return Ok(());
    }
    call!(request, element, callbacks.EvtAcxKeywordSpotterAssignReset, (&raw mut event))
}

fn geometry(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let geometry = pin.microphone.as_ref().and_then(|own| own.geometry.clone());
    geometry.map(|own| own.to_ks()).ok_or(request.kernel.switches.statuses.wrong_item)
}

fn microphone(
    request: &Request<'_>,
    which: fn(&crate::acx::pin::Microphone) -> i32,
) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let wrong = request.kernel.switches.statuses.wrong_item;
    pin.microphone.as_ref().map(|own| which(own).to_le_bytes().to_vec()).ok_or(wrong)
}

/// KSPIN_PHYSICALCONNECTION: its size, the other pin, the other filter's link.
fn physical_connection(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let pin = request.pin()?;
    let joined = pin.joined.borrow().clone();
    let (link, id) = joined.ok_or(request.kernel.switches.statuses.wrong_item)?;
    let name: Vec<u8> = link.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let mut bytes = words([(8 + name.len()) as u32, id]);
    bytes.extend(name);
    Ok(bytes)
}

fn name(request: &Request<'_>) -> Result<Vec<u8>, NTSTATUS> {
    let element = request.node()?;
    // A name that is not in the registry is its GUID; one that was never given is the node's type.
    let none = guid_bytes(&element.name) == [0; 16];
    let guid = if none { element.node_type() } else { element.name };
    let text = crate::kernel::interface::guid_text(guid_bytes(&guid));
    Ok(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect())
}

impl Circuit {
    /// The engine, if it has one.
    pub(crate) fn engine(&self) -> Option<Ref<Element>> {
        self.elements
            .borrow()
            .iter()
            .find(|element| matches!(element.kind, Kind::AudioEngine(..)))
            .cloned()
    }
}

/// What is beside [`super::TABLE`].
pub(crate) static TABLE: &[Property] = rows! {
    KSPROPSETID_AudioEngine {
        KSPROPERTY_AUDIOENGINE_LFXENABLE Element 4 get stream_effects, set set_stream_effects;
        KSPROPERTY_AUDIOENGINE_GFXENABLE Element 4 get effects, set set_effects;
        KSPROPERTY_AUDIOENGINE_MIXFORMAT Element any get mix_format,;
        KSPROPERTY_AUDIOENGINE_DEVICEFORMAT Element any get device_format, set set_device_format;
        KSPROPERTY_AUDIOENGINE_SUPPORTEDDEVICEFORMATS Element list get |r| {
            Ok(list(&device_formats(r)?.iter().map(|format| format.bytes.to_vec()).collect::<Vec<_>>()))
        },;
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
        KSPROPERTY_AUDIO_MIC_ARRAY_GEOMETRY PinFactory any get geometry,;
        KSPROPERTY_AUDIO_MIC_SENSITIVITY PinFactory 4 get |r| microphone(r, |own| own.sensitivity),;
        KSPROPERTY_AUDIO_MIC_SNR PinFactory 4 get |r| microphone(r, |own| own.signal_to_noise),;
        KSPROPERTY_AUDIO_MIC_SENSITIVITY2 PinFactory 4 get |r| microphone(r, |own| own.sensitivity),;
    }
    KSPROPSETID_AudioModule {
        KSPROPERTY_AUDIOMODULE_DESCRIPTORS Filter list get |r| Ok(module_descriptors(r)),;
        KSPROPERTY_AUDIOMODULE_COMMAND Filter any + 48 raw module_command;
        KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID Filter 16 get |r| Ok(guid_bytes(&r.circuit.notification).to_vec()),;
    }
    KSPROPSETID_SoundDetector {
        KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS Filter list get supported_patterns,;
        KSPROPERTY_SOUNDDETECTOR_PATTERNS Filter any, set set_patterns;
        KSPROPERTY_SOUNDDETECTOR_ARMED Filter 4 get armed, set arm;
        KSPROPERTY_SOUNDDETECTOR_RESET Filter 4, set reset_detector;
        KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT Filter 4 get |_| Ok(words([1])),;
    }
    KSPROPSETID_SoundDetector2 {
        KSPROPERTY_SOUNDDETECTOR_SUPPORTEDPATTERNS Filter list + 40 get supported_patterns,;
        KSPROPERTY_SOUNDDETECTOR_PATTERNS Filter any + 40, set set_patterns;
        KSPROPERTY_SOUNDDETECTOR_ARMED Filter 4 + 40 get armed, set arm;
        KSPROPERTY_SOUNDDETECTOR_RESET Filter 4 + 40, set reset_detector;
        KSPROPERTY_SOUNDDETECTOR_STREAMINGSUPPORT Filter 4 + 40 get |_| Ok(words([1])),;
    }
    KSPROPSETID_Jack {
        KSPROPERTY_JACK_SINK_INFO PinFactory 96 get |r| r.pin()?.sink_information(r.kernel),;
    }
    KSPROPSETID_Pin {
        KSPROPERTY_PIN_PHYSICALCONNECTION PinFactory any get physical_connection,;
    }
    KSPROPSETID_Topology {
        KSPROPERTY_TOPOLOGY_NAME Element any get name,;
    }
};
