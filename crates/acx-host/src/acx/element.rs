//! Volume, mute and peak meter. Source: acxelements.h pages.

use acx_sys::*;

use crate::abi::{entries, write};
use crate::acx::sized;
use crate::kernel::Kernel;
use crate::kernel::object::{Object, Ref};
use crate::wdf::status;
use std::rc::Rc;

/// What an element does, with its copied configuration.
pub(crate) enum Element {
    Volume(ACX_VOLUME_CONFIG, ACX_VOLUME_CALLBACKS),
    Mute(ACX_MUTE_CONFIG, ACX_MUTE_CALLBACKS),
    PeakMeter(ACX_PEAKMETER_CONFIG, ACX_PEAKMETER_CALLBACKS),
}

impl Element {
    /// The node type that clients see.
    pub(crate) fn node_type(&self) -> GUID {
        match self {
            Self::Volume(..) => KSNODETYPE_VOLUME,
            Self::Mute(..) => KSNODETYPE_MUTE,
            Self::PeakMeter(..) => KSNODETYPE_PEAKMETER,
        }
    }

    pub(crate) fn channels(&self) -> u32 {
        match self {
            Self::Volume(config, _) => config.ChannelsCount,
            Self::Mute(config, _) => config.ChannelsCount,
            Self::PeakMeter(config, _) => config.ChannelsCount,
        }
    }
}

/// Asks an element for its value of a channel (ULONG -1 for all).
pub(crate) fn get(kernel: &Kernel, element: &Ref<Element>, channel: u32) -> Result<i32, NTSTATUS> {
    let mut value = 0i32;
    let place = &raw mut value;
    let (object, handle) = (element.object(), element.handle());
    let answer = match &**element {
        Element::Volume(_, callbacks) => callbacks.EvtAcxVolumeRetrieveLevel.map(|retrieve| {
            kernel.invoke(
                "EvtAcxVolumeRetrieveLevel",
                handle,
                retrieve,
                (object.as_ptr(), channel, place),
            )
        }),
        Element::Mute(_, callbacks) => callbacks.EvtAcxMuteRetrieveState.map(|retrieve| {
            kernel.invoke(
                "EvtAcxMuteRetrieveState",
                handle,
                retrieve,
                (object.as_ptr(), channel, place.cast()),
            )
        }),
        Element::PeakMeter(_, callbacks) => {
            callbacks.EvtAcxPeakMeterRetrieveLevel.map(|retrieve| {
                kernel.invoke(
                    "EvtAcxPeakMeterRetrieveLevel",
                    handle,
                    retrieve,
                    (object.as_ptr(), channel, place),
                )
            })
        }
    };
    match answer {
        None => Err(STATUS_NOT_SUPPORTED),
        Some(answer) if NT_SUCCESS(answer) => Ok(value),
        Some(answer) => Err(answer),
    }
}

/// Sets an element's value of a channel (ULONG -1 for all).
pub(crate) fn set(
    kernel: &Kernel,
    element: &Ref<Element>,
    channel: u32,
    value: i32,
) -> Result<(), NTSTATUS> {
    let (object, handle) = (element.object(), element.handle());
    let answer = match &**element {
        Element::Volume(
            _,
            ACX_VOLUME_CALLBACKS { EvtAcxRampedVolumeAssignLevel: Some(assign), .. },
        ) => {
            let none = _ACX_VOLUME_CURVE_TYPE::AcxVolumeCurveTypeNone;
            let arguments = (object.as_ptr(), channel, value, none, 0);
            kernel.invoke("EvtAcxRampedVolumeAssignLevel", handle, *assign, arguments)
        }
        Element::Volume(_, ACX_VOLUME_CALLBACKS { EvtAcxVolumeAssignLevel: Some(assign), .. }) => {
            kernel.invoke(
                "EvtAcxVolumeAssignLevel",
                handle,
                *assign,
                (object.as_ptr(), channel, value),
            )
        }
        Element::Mute(_, ACX_MUTE_CALLBACKS { EvtAcxMuteAssignState: Some(assign), .. }) => {
            let arguments = (object.as_ptr(), channel, u32::from(value != 0));
            kernel.invoke("EvtAcxMuteAssignState", handle, *assign, arguments)
        }
        _ => STATUS_INVALID_DEVICE_REQUEST,
    };
    if NT_SUCCESS(answer) { Ok(()) } else { Err(answer) }
}

fn create(
    kernel: &Kernel,
    kind: &'static str,
    parent: ACXOBJECT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    element: Result<Element, NTSTATUS>,
) -> Result<Rc<Object>, NTSTATUS> {
    let parent = kernel.objects.any(kernel, parent as usize)?;
    kernel.objects.create(kernel, kind, element?, attributes, Some(&parent))
}

entries! {
    /// Elements.
    entries:

    [0] fn AcxVolumeCreate(kernel, parent: ACXOBJECT, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_VOLUME_CONFIG, handle: *mut ACXVOLUME) -> NTSTATUS {
        let element = sized(kernel, config, |config| config.Size).and_then(|config| {
            Ok(Element::Volume(config, sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?))
        });
        status(create(kernel, "ACXVOLUME", parent, attributes, element).map(|object| write(handle, object.as_ptr())))
    }

    [0] fn AcxMuteCreate(kernel, parent: ACXOBJECT, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_MUTE_CONFIG, handle: *mut ACXMUTE) -> NTSTATUS {
        let element = sized(kernel, config, |config| config.Size).and_then(|config| {
            Ok(Element::Mute(config, sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?))
        });
        status(create(kernel, "ACXMUTE", parent, attributes, element).map(|object| write(handle, object.as_ptr())))
    }

    [0] fn AcxPeakMeterCreate(kernel, parent: ACXOBJECT, attributes: PWDF_OBJECT_ATTRIBUTES, config: PACX_PEAKMETER_CONFIG, handle: *mut ACXPEAKMETER) -> NTSTATUS {
        let element = sized(kernel, config, |config| config.Size).and_then(|config| {
            Ok(Element::PeakMeter(config, sized(kernel, config.Callbacks, |callbacks| callbacks.Size)?))
        });
        status(create(kernel, "ACXPEAKMETER", parent, attributes, element).map(|object| write(handle, object.as_ptr())))
    }
}
