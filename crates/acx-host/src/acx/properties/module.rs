//! The properties of audio modules. Source: the pages of KSPROPSETID_AudioModule.

use acx_client::Reply;
use acx_client::bytes::{field, number};
use acx_sys::*;

use super::table::{Property, PropertyRequest, Recipient, rows};
use super::value::{list, words};
use crate::acx::arguments::guid_bytes;
use crate::acx::callback;
use crate::acx::element::{Element, ElementKind};
use crate::kernel::call::invoke;
use crate::kernel::object::Ref;

fn modules(request: &PropertyRequest<'_>) -> Vec<Ref<Element>> {
    let is = |element: &&Ref<Element>| matches!(element.kind, ElementKind::AudioModule(..));
    match request.stream {
        Some(stream) => stream.elements.borrow().iter().filter(is).cloned().collect(),
        None => request.circuit.elements.borrow().iter().filter(is).cloned().collect(),
    }
}

fn module_descriptors(request: &PropertyRequest<'_>) -> Vec<u8> {
    let all = modules(request);
    let items: Vec<Vec<u8>> = all
        .iter()
        .filter_map(|module| {
            let ElementKind::AudioModule(own, _) = &module.kind else { return None };
            let mut bytes = guid_bytes(&own.ClassId).to_vec();
            bytes.extend(words([own.InstanceId, own.VersionMajor, own.VersionMinor]));
            bytes.extend(own.Name.iter().flat_map(|unit| unit.to_le_bytes()));
            Some(bytes)
        })
        .collect();
    list(&items)
}

/// KSAUDIOMODULE_PROPERTY, the module's arguments after it, and the answer in the value, all the
/// module's own.
fn module_command(request: &PropertyRequest<'_>, output: &mut [u8]) -> Reply {
    let class = field::<16>(request.input, 24);
    let instance = number(request.input, 40);
    let is = |module: &&Ref<Element>| match &module.kind {
        ElementKind::AudioModule(own, _) => {
            guid_bytes(&own.ClassId) == class && own.InstanceId == instance
        }
        _ => false,
    };
    let all = modules(request);
    let Some(module) = all.iter().find(is) else {
        return Reply { status: STATUS_INVALID_PARAMETER, information: 0 };
    };
    let ElementKind::AudioModule(_, callbacks) = &module.kind else {
        return Reply { status: STATUS_UNSUCCESSFUL, information: 0 };
    };
    let Some(command) = callbacks.EvtAcxAudioModuleProcessCommand else {
        return Reply { status: STATUS_NOT_SUPPORTED, information: 0 };
    };
    let mut arguments = request.input.get(48..).unwrap_or_default().to_vec();
    let mut length = output.len() as u32;
    let (place, count) = (arguments.as_mut_ptr(), arguments.len() as u32);
    let out = if output.is_empty() { std::ptr::null_mut() } else { output.as_mut_ptr() };
    let arguments = (module.object().as_ptr(), place.cast(), count, out.cast(), &raw mut length);
    let status = invoke(
        request.kernel,
        &callback::EvtAcxAudioModuleProcessCommand,
        module.handle(),
        command,
        arguments,
    );
    Reply { status, information: length as usize }
}

fn descriptors(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(module_descriptors(request))
}

fn notification_device_id(request: &PropertyRequest<'_>) -> Result<Vec<u8>, NTSTATUS> {
    Ok(guid_bytes(&request.circuit.notification).to_vec())
}

/// The properties of modules.
pub(super) static TABLE: &[Property] = rows! {
    KSPROPSETID_AudioModule {
        KSPROPERTY_AUDIOMODULE_DESCRIPTORS Filter list get descriptors,;
        KSPROPERTY_AUDIOMODULE_COMMAND Filter any + 48 raw module_command;
        KSPROPERTY_AUDIOMODULE_NOTIFICATION_DEVICE_ID Filter 16 get notification_device_id,;
    }
};
