//! Endpoints: the existing ones, the device of each, the default ones. The default is queried and
//! never changed.

use ::windows::Win32::Devices::FunctionDiscovery::PKEY_Device_FriendlyName;
use ::windows::Win32::Media::Audio::{
    DEVICE_STATE, DEVICE_STATEMASK_ALL, EDataFlow, IDeviceTopology, IMMDevice, IMMDeviceEnumerator,
    MMDeviceEnumerator, eCapture, eCommunications, eConsole, eMultimedia, eRender,
};
use ::windows::Win32::System::Com::{CLSCTX_ALL, CoCreateInstance, CoTaskMemFree, STGM_READ};
use ::windows::Win32::System::Variant::VT_LPWSTR;
use ::windows::core::PWSTR;

use super::Named;
use crate::system::{Defaults, Endpoint, Failed};

fn enumerator() -> Result<IMMDeviceEnumerator, Failed> {
    // SAFETY: the class identifier is a constant; the program is in an apartment while it asks.
    unsafe { CoCreateInstance(&MMDeviceEnumerator, None, CLSCTX_ALL) }.named("listing endpoints")
}

/// A string that COM allocated.
fn taken(text: PWSTR) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a terminated string that the caller got.
    let own = unsafe { text.to_string() }.ok();
    // SAFETY: it was allocated for the caller, who frees it.
    unsafe { CoTaskMemFree(Some(text.as_ptr().cast())) };
    own
}

fn name(device: &IMMDevice) -> Option<String> {
    // SAFETY: a call on a live object.
    let store = unsafe { device.OpenPropertyStore(STGM_READ) }.ok()?;
    // SAFETY: a call on a live object with a constant key.
    let value = unsafe { store.GetValue(&PKEY_Device_FriendlyName) }.ok()?;
    (value.vt() == VT_LPWSTR).then(|| value.to_string())
}

/// The interface of an endpoint: its one connector is connected to the adapter's filter
/// (IConnector::GetDeviceIdConnectedTo).
fn interface(device: &IMMDevice) -> Option<String> {
    // SAFETY: a call on a live object; the interface's identifier follows from the requested type.
    let topology: IDeviceTopology = unsafe { device.Activate(CLSCTX_ALL, None) }.ok()?;
    // SAFETY: a call on a live object; an endpoint's topology has one connector.
    let connector = unsafe { topology.GetConnector(0) }.ok()?;
    // SAFETY: a call on a live object.
    taken(unsafe { connector.GetDeviceIdConnectedTo() }.ok()?)
}

/// The endpoints whose filter is one of these interfaces, in any state.
pub(super) fn endpoints(links: &[String]) -> Result<Vec<Endpoint>, Failed> {
    let enumerator = enumerator()?;
    let mut found = Vec::new();
    for flow in [eRender, eCapture] {
        // SAFETY: a call on a live object; the mask is a documented one.
        let all =
            unsafe { enumerator.EnumAudioEndpoints(flow, DEVICE_STATE(DEVICE_STATEMASK_ALL)) }
                .named("listing endpoints")?;
        // SAFETY: a call on a live object.
        let count = unsafe { all.GetCount() }.named("counting endpoints")?;
        for index in 0..count {
            // SAFETY: a call on a live object; `index` is below its count.
            let device = unsafe { all.Item(index) }.named("an endpoint")?;
            let behind = interface(&device).unwrap_or_default().to_lowercase();
            // The id is the link with a number before it, such as `{2}.`.
            if !links.iter().any(|link| behind.ends_with(&link.to_lowercase())) {
                continue;
            }
            // SAFETY: a call on a live object.
            let state = unsafe { device.GetState() }.named("an endpoint's state")?.0;
            let name = name(&device).unwrap_or_else(|| "an endpoint without a name".to_owned());
            found.push(Endpoint { name, is_render: flow == eRender, state });
        }
    }
    Ok(found)
}

/// The default endpoints by direction and role: ids.
pub(super) fn defaults() -> Result<Defaults, Failed> {
    let enumerator = enumerator()?;
    let id = |flow: EDataFlow, role| {
        // SAFETY: a call on a live object. It fails if there is no default.
        let device = unsafe { enumerator.GetDefaultAudioEndpoint(flow, role) }.ok()?;
        // SAFETY: a call on a live object.
        taken(unsafe { device.GetId() }.ok()?)
    };
    let roles = [eConsole, eMultimedia, eCommunications];
    Ok([eRender, eCapture].into_iter().flat_map(|flow| roles.map(|role| id(flow, role))).collect())
}
