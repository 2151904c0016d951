//! The endpoints of the system, and the choice of one.
//!
//! MMDevice API: <https://learn.microsoft.com/windows/win32/coreaudio/mmdevice-api>. The default
//! device is queried and never changed; Windows has no documented call that changes it.

use std::marker::PhantomData;

use windows::Win32::Devices::FunctionDiscovery::PKEY_Device_FriendlyName;
use windows::Win32::Media::Audio::{
    AUDCLNT_SHAREMODE_EXCLUSIVE, DEVICE_STATE, DEVICE_STATE_ACTIVE, DEVICE_STATE_DISABLED,
    DEVICE_STATE_UNPLUGGED, DEVICE_STATEMASK_ALL, IAudioClient, IMMDevice, IMMDeviceEnumerator,
    MMDeviceEnumerator, WAVEFORMATEX, eCapture, eConsole, eRender,
};
use windows::Win32::System::Com::{CLSCTX_ALL, CoCreateInstance, STGM_READ};
use windows::Win32::System::Variant::VT_LPWSTR;

use crate::choose::{Direction, Endpoint, State, choose};
use crate::com::{Com, Named, TaskMemory, take_string};
use crate::error::Failure;
use crate::format::{FormatExt, WaveFormat, from_bytes};

/// An audio endpoint device.
#[derive(Debug)]
pub struct Device<'com> {
    raw: IMMDevice,
    endpoint: Endpoint,
    com: PhantomData<&'com Com>,
}

/// Lists the endpoints of one direction in every state.
///
/// [IMMDeviceEnumerator::EnumAudioEndpoints](https://learn.microsoft.com/windows/win32/api/mmdeviceapi/nf-mmdeviceapi-immdeviceenumerator-enumaudioendpoints)
pub fn devices(com: &Com, direction: Direction) -> Result<Vec<Device<'_>>, Failure> {
    const WINDOWS: &str = "Windows";
    let flow = match direction {
        Direction::Render => eRender,
        Direction::Capture => eCapture,
    };
    // SAFETY: the class identifier is a constant, and `com` keeps this thread in an apartment.
    let enumerator: IMMDeviceEnumerator =
        unsafe { CoCreateInstance(&MMDeviceEnumerator, None, CLSCTX_ALL) }
            .named(WINDOWS, "CoCreateInstance(MMDeviceEnumerator)")?;
    // SAFETY: a call on a live object. Where there is no default device it fails with E_NOTFOUND.
    let default = unsafe { enumerator.GetDefaultAudioEndpoint(flow, eConsole) }.ok();
    let default = default.map(|device| id(&device)).transpose()?;
    // SAFETY: a call on a live object; the mask is a documented one.
    let all = unsafe { enumerator.EnumAudioEndpoints(flow, DEVICE_STATE(DEVICE_STATEMASK_ALL)) }
        .named(WINDOWS, "IMMDeviceEnumerator::EnumAudioEndpoints")?;
    // SAFETY: a call on a live object.
    let count = unsafe { all.GetCount() }.named(WINDOWS, "IMMDeviceCollection::GetCount")?;
    let mut devices = Vec::new();
    for index in 0..count {
        // SAFETY: a call on a live object; `index` is below its count.
        let device = unsafe { all.Item(index) }.named(WINDOWS, "IMMDeviceCollection::Item")?;
        let id = id(&device)?;
        let endpoint = Endpoint {
            direction,
            name: friendly_name(&device).unwrap_or_else(|| id.clone()),
            default: default.as_ref() == Some(&id),
            state: state(&device)?,
            id,
            mix: None,
        };
        devices.push(Device { raw: device, endpoint, com: Com::borrowed(com) });
    }
    Ok(devices)
}

/// Returns the default device, or the one whose name contains `part`.
pub fn pick<'com>(
    com: &'com Com,
    direction: Direction,
    part: Option<&str>,
) -> Result<Device<'com>, Failure> {
    let mut devices = devices(com, direction)?;
    let endpoints: Vec<Endpoint> = devices.iter().map(|device| device.endpoint.clone()).collect();
    Ok(devices.swap_remove(choose(&endpoints, direction, part)?))
}

/// Returns the endpoints of these directions, for `--list`.
pub fn list(com: &Com, directions: &[Direction]) -> Result<Vec<Endpoint>, Failure> {
    let mut endpoints = Vec::new();
    for &direction in directions {
        for device in devices(com, direction)? {
            // A device whose format cannot be read is still listed.
            let active = device.endpoint.state == State::Active;
            let mix = if active { device.mix_format().ok().flatten() } else { None };
            endpoints.push(Endpoint { mix, ..device.endpoint });
        }
    }
    Ok(endpoints)
}

impl Device<'_> {
    /// Its friendly name.
    pub fn name(&self) -> &str {
        &self.endpoint.name
    }

    /// Its endpoint ID.
    pub fn id(&self) -> &str {
        &self.endpoint.id
    }

    /// Creates a client, not yet initialized.
    ///
    /// [IMMDevice::Activate](https://learn.microsoft.com/windows/win32/api/mmdeviceapi/nf-mmdeviceapi-immdevice-activate)
    pub(crate) fn activate(&self) -> Result<IAudioClient, Failure> {
        // SAFETY: a call on a live object; the interface's identifier follows from the type that is
        // asked for.
        unsafe { self.raw.Activate(CLSCTX_ALL, None) }.named(self.name(), "IMMDevice::Activate")
    }

    /// Returns the audio engine's mix format; `None` if this crate does not support it.
    ///
    /// [IAudioClient::GetMixFormat](https://learn.microsoft.com/windows/win32/api/audioclient/nf-audioclient-iaudioclient-getmixformat)
    pub fn mix_format(&self) -> Result<Option<WaveFormat>, Failure> {
        let client = self.activate()?;
        // SAFETY: a call on a live object.
        let format =
            unsafe { client.GetMixFormat() }.named(self.name(), "IAudioClient::GetMixFormat")?;
        // SAFETY: GetMixFormat's page: the caller frees it with CoTaskMemFree.
        let format = unsafe { TaskMemory::own(format) };
        let header = format.pointer();
        if header.is_null() {
            return Ok(None);
        }
        // SAFETY: the call succeeded, so a WAVEFORMATEX is there; it may stand unaligned.
        let extra = usize::from(unsafe { header.read_unaligned() }.cbSize);
        let length = size_of::<WAVEFORMATEX>() + extra;
        // SAFETY: `cbSize` is the number of bytes that follow the WAVEFORMATEX, and `format` lives
        // on.
        let bytes = unsafe { std::slice::from_raw_parts(header.cast::<u8>(), length) };
        Ok(from_bytes(bytes))
    }

    /// Returns whether it supports this format in exclusive mode.
    ///
    /// [IAudioClient::IsFormatSupported](https://learn.microsoft.com/windows/win32/api/audioclient/nf-audioclient-iaudioclient-isformatsupported)
    pub fn takes_exclusively(&self, format: WaveFormat) -> Result<bool, Failure> {
        const AUDCLNT_E_UNSUPPORTED_FORMAT: u32 = 0x8889_0008;
        let client = self.activate()?;
        let bytes = format.to_bytes();
        // SAFETY: `bytes` is a whole WAVEFORMATEXTENSIBLE, whose alignment is 1; exclusive mode
        // wants no closest match.
        let code = unsafe {
            client.IsFormatSupported(AUDCLNT_SHAREMODE_EXCLUSIVE, bytes.as_ptr().cast(), None)
        };
        if code.0.cast_unsigned() == AUDCLNT_E_UNSUPPORTED_FORMAT {
            return Ok(false);
        }
        code.ok().named(self.name(), "IAudioClient::IsFormatSupported")?;
        // S_FALSE means that another format is supported.
        Ok(code.0 == 0)
    }
}

/// [IMMDevice::GetId](https://learn.microsoft.com/windows/win32/api/mmdeviceapi/nf-mmdeviceapi-immdevice-getid)
fn id(device: &IMMDevice) -> Result<String, Failure> {
    // SAFETY: a call on a live object.
    let id = unsafe { device.GetId() }.named("Windows", "IMMDevice::GetId")?;
    // SAFETY: GetId's page: a string that ends with a null character and that the caller frees with
    // CoTaskMemFree.
    Ok(unsafe { take_string(id) })
}

/// [IMMDevice::GetState](https://learn.microsoft.com/windows/win32/api/mmdeviceapi/nf-mmdeviceapi-immdevice-getstate)
fn state(device: &IMMDevice) -> Result<State, Failure> {
    // SAFETY: a call on a live object.
    let state = unsafe { device.GetState() }.named("Windows", "IMMDevice::GetState")?;
    Ok(match state {
        DEVICE_STATE_ACTIVE => State::Active,
        DEVICE_STATE_DISABLED => State::Disabled,
        DEVICE_STATE_UNPLUGGED => State::Unplugged,
        _ => State::NotPresent,
    })
}

/// PKEY_Device_FriendlyName of the
/// [property
/// store](https://learn.microsoft.com/windows/win32/api/mmdeviceapi/nf-mmdeviceapi-immdevice-openpropertystore).
fn friendly_name(device: &IMMDevice) -> Option<String> {
    // SAFETY: a call on a live object.
    let store = unsafe { device.OpenPropertyStore(STGM_READ) }.ok()?;
    // SAFETY: a call on a live object; the key is a constant. The value clears itself when it is
    // dropped.
    let value = unsafe { store.GetValue(&PKEY_Device_FriendlyName) }.ok()?;
    // SAFETY: every PROPVARIANT has this header, whatever its type.
    let inner = unsafe { &value.Anonymous.Anonymous };
    if inner.vt != VT_LPWSTR {
        return None;
    }
    // SAFETY: the type says that this is the member that counts.
    let string = unsafe { inner.Anonymous.pwszVal };
    if string.is_null() {
        return None;
    }
    // SAFETY: a VT_LPWSTR ends with a null character, and `value` owns it until the end of this
    // function.
    Some(String::from_utf16_lossy(unsafe { string.as_wide() }))
}
