//! [`System`] over SetupAPI, the configuration manager, MMDevice and the service manager.
//!
//! The method is that of the WDK's sample tool: a root-enumerated device is registered with its
//! hardware id, and UpdateDriverForPlugAndPlayDevices stages the package and binds it.
//! IDeviceTopology gives the endpoints of the device: its connector names an endpoint's interface.
//! None of this has been run with the driver yet.

mod audio;

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::windows::Win32::Devices::DeviceAndDriverInstallation::*;
use ::windows::Win32::Devices::Properties::{
    DEVPKEY_Device_DriverInfPath, DEVPKEY_Device_DriverVersion, DEVPROPTYPE,
};
use ::windows::Win32::Foundation::{DEVPROPKEY, ERROR_FILE_NOT_FOUND, HWND, WIN32_ERROR};
use ::windows::Win32::System::Com::{COINIT_MULTITHREADED, CoInitializeEx, CoUninitialize};
use ::windows::Win32::System::Registry::{
    HKEY, KEY_READ, KEY_WRITE, REG_DWORD, REG_SZ, REG_VALUE_TYPE, RegCloseKey, RegQueryValueExW,
    RegSetValueExW,
};
use ::windows::Win32::System::Services::{
    CloseServiceHandle, OpenSCManagerW, OpenServiceW, QueryServiceStatus, SC_HANDLE,
    SC_MANAGER_CONNECT, SERVICE_QUERY_STATUS, SERVICE_RUNNING, SERVICE_STATUS,
};
use ::windows::core::{BOOL, Error, GUID, HSTRING, PCWSTR};
use acx_client::audio_interfaces;
use acx_client::bytes::text;

use crate::ends::{self, HiddenEnd};
use crate::install::is_ours;
use crate::system::{Defaults, Device, Endpoint, Failed, Restart, System, Value};
use crate::{HARDWARE_ID, SERVICE};

/// The class of sound devices.
static MEDIA: GUID = GUID_DEVCLASS_MEDIA;

/// SetupAPI's ERROR_KEY_DOES_NOT_EXIST.
const KEY_DOES_NOT_EXIST: u32 = 0xE000_0204;

/// Windows, while the program uses it.
#[derive(Debug)]
pub struct Windows {
    _private: (),
}

impl Windows {
    /// Enters a COM apartment, in which endpoints are queried.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn new() -> Result<Self, Failed> {
        // SAFETY: once for this value, which leaves the apartment when dropped.
        unsafe { CoInitializeEx(None, COINIT_MULTITHREADED) }.ok().named("entering COM")?;
        Ok(Self { _private: () })
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        // SAFETY: the constructor entered.
        unsafe { CoUninitialize() };
    }
}

/// Adds the name of the operation to an error.
trait Named<T> {
    fn named(self, what: impl Into<String>) -> Result<T, Failed>;
}

impl<T> Named<T> for Result<T, Error> {
    fn named(self, what: impl Into<String>) -> Result<T, Failed> {
        self.map_err(|why| {
            let code = why.code().0.cast_unsigned();
            // The crate shows Win32 and SetupAPI errors as HRESULTs; users look up the plain
            // number.
            let code = if code >> 16 == 0x8007 { code & 0xFFFF } else { code };
            let message = why.message();
            let why = if message.trim().is_empty() { "it failed" } else { message.trim() };
            Failed { what: what.into(), why: why.to_owned(), code }
        })
    }
}

/// A set of devices.
struct Set(HDEVINFO);

impl Drop for Set {
    fn drop(&mut self) {
        // SAFETY: only this value owns the set.
        let _ = unsafe { SetupDiDestroyDeviceInfoList(self.0) };
    }
}

fn record() -> SP_DEVINFO_DATA {
    SP_DEVINFO_DATA { cbSize: size_of::<SP_DEVINFO_DATA>() as u32, ..Default::default() }
}

impl Set {
    /// The devices of class MEDIA, including those that are not present.
    fn media() -> Result<Self, Failed> {
        // SAFETY: a class, no enumerator, no window.
        let set = unsafe {
            SetupDiGetClassDevsW(
                Some(&raw const MEDIA),
                PCWSTR::null(),
                None,
                SETUP_DI_GET_CLASS_DEVS_FLAGS(0),
            )
        };
        set.map(Self).named("listing sound devices")
    }

    /// The device of an instance id.
    fn one(id: &str) -> Result<(Self, SP_DEVINFO_DATA), Failed> {
        // SAFETY: no class, no window.
        let set = unsafe { SetupDiCreateDeviceInfoList(None, None) }.map(Self).named(id)?;
        let mut data = record();
        // SAFETY: an open set, a terminated id, and a record with its size.
        unsafe { SetupDiOpenDeviceInfoW(set.0, &HSTRING::from(id), None, 0, Some(&raw mut data)) }
            .named(id)?;
        Ok((set, data))
    }

    fn records(&self) -> impl Iterator<Item = SP_DEVINFO_DATA> {
        (0..).map_while(|index| {
            let mut data = record();
            // SAFETY: an open set, and a record with its size.
            let there = unsafe { SetupDiEnumDeviceInfo(self.0, index, &raw mut data) };
            there.ok().map(|()| data)
        })
    }

    fn id(&self, data: &SP_DEVINFO_DATA) -> Option<String> {
        let mut units = [0; MAX_DEVICE_ID_LEN as usize];
        // SAFETY: a record of this set, and a buffer whose length the crate passes.
        unsafe { SetupDiGetDeviceInstanceIdW(self.0, data, Some(&mut units), None) }.ok()?;
        let end = units.iter().position(|unit| *unit == 0)?;
        Some(String::from_utf16_lossy(&units[..end]))
    }

    /// Whether one of a device's hardware ids is acxvad's.
    fn is_ours(&self, data: &SP_DEVINFO_DATA) -> bool {
        let mut bytes = [0; 1024];
        let mut length = 0;
        // SAFETY: a record of this set, and a buffer whose length the crate passes.
        let read = unsafe {
            SetupDiGetDeviceRegistryPropertyW(
                self.0,
                data,
                SPDRP_HARDWAREID,
                None,
                Some(&mut bytes),
                Some(&raw mut length),
            )
        };
        let units: Vec<u16> =
            bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        read.is_ok()
            && units
                .split(|unit| *unit == 0)
                .take_while(|id| !id.is_empty())
                .any(|id| String::from_utf16_lossy(id).eq_ignore_ascii_case(HARDWARE_ID))
    }

    fn property(&self, data: &SP_DEVINFO_DATA, key: &DEVPROPKEY) -> Option<String> {
        let (mut kind, mut bytes, mut length) = (DEVPROPTYPE::default(), [0; 512], 0);
        // SAFETY: a record of this set, a key, and a buffer whose length the crate passes.
        unsafe {
            SetupDiGetDevicePropertyW(
                self.0,
                data,
                key,
                &raw mut kind,
                Some(&mut bytes),
                Some(&raw mut length),
                0,
            )
        }
        .ok()?;
        Some(text(&bytes[..(length as usize).min(bytes.len())]))
    }

    /// The device's hardware key; None if it does not exist yet.
    fn key(&self, data: &SP_DEVINFO_DATA, access: u32) -> Result<Option<Key>, Failed> {
        // SAFETY: a record of this set; the key is closed when dropped.
        let key =
            unsafe { SetupDiOpenDevRegKey(self.0, data, DICS_FLAG_GLOBAL.0, 0, DIREG_DEV, access) };
        match key {
            Err(why) if why.code().0.cast_unsigned() == KEY_DOES_NOT_EXIST => Ok(None),
            key => key.map(|key| Some(Key(key))).named("opening the device's key"),
        }
    }

    /// The device's hardware key for writing, created if necessary.
    fn own_key(&self, data: &SP_DEVINFO_DATA) -> Result<Key, Failed> {
        if let Some(key) = self.key(data, KEY_WRITE.0)? {
            return Ok(key);
        }
        // SAFETY: a record of this set, no INF; the key is closed when dropped.
        let key = unsafe {
            SetupDiCreateDevRegKeyW(
                self.0,
                data,
                DICS_FLAG_GLOBAL.0,
                0,
                DIREG_DEV,
                None,
                PCWSTR::null(),
            )
        };
        key.map(Key).named("making the device's key")
    }
}

/// A registry key.
struct Key(HKEY);

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: only this value owns the key.
        let _ = unsafe { RegCloseKey(self.0) };
    }
}

/// The folder of the driver store's INFs.
fn inf_folder() -> PathBuf {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    Path::new(&root).join("INF")
}

fn problem_of(node: u32) -> u32 {
    let (mut status, mut problem) = (CM_DEVNODE_STATUS_FLAGS::default(), CM_PROB::default());
    // SAFETY: a node of an open set, and places for the two values.
    let answer = unsafe { CM_Get_DevNode_Status(&raw mut status, &raw mut problem, node, 0) };
    // A device that is no longer in the tree is a phantom: CM_PROB_PHANTOM.
    if answer == CR_SUCCESS { problem.0 } else { 45 }
}

impl System for Windows {
    fn devices(&self) -> Result<Vec<Device>, Failed> {
        let set = Set::media()?;
        let ours = set.records().filter(|data| set.is_ours(data));
        let device = |data: SP_DEVINFO_DATA| {
            let id = set.id(&data)?;
            let links = audio_interfaces(&id);
            let circuits = links.iter().filter_map(|link| link.rsplit('\\').next());
            Some(Device {
                version: set.property(&data, &DEVPKEY_Device_DriverVersion),
                inf: set.property(&data, &DEVPKEY_Device_DriverInfPath),
                problem: problem_of(data.DevInst),
                circuits: circuits.map(str::to_owned).collect(),
                id,
            })
        };
        Ok(ours.filter_map(device).collect())
    }

    fn create_device(&self) -> Result<String, Failed> {
        let what = "making the device";
        let class = &raw const MEDIA;
        // SAFETY: a class, no window.
        let set = unsafe { SetupDiCreateDeviceInfoList(Some(class), None) }.map(Set).named(what)?;
        let mut data = record();
        // SAFETY: the set that was just created, a terminated name from which the id is generated,
        // and a record with its size.
        unsafe {
            SetupDiCreateDeviceInfoW(
                set.0,
                ::windows::core::w!("MEDIA"),
                class,
                PCWSTR::null(),
                None,
                DICD_GENERATE_ID,
                Some(&raw mut data),
            )
        }
        .named(what)?;
        // REG_MULTI_SZ: one id, and the end of the list.
        let ids: Vec<u8> =
            HARDWARE_ID.encode_utf16().chain([0, 0]).flat_map(u16::to_le_bytes).collect();
        // SAFETY: a record of this set, and bytes whose length the crate passes.
        unsafe {
            SetupDiSetDeviceRegistryPropertyW(set.0, &raw mut data, SPDRP_HARDWAREID, Some(&ids))
        }
        .named(what)?;
        // SAFETY: a record of this set.
        unsafe { SetupDiCallClassInstaller(DIF_REGISTERDEVICE, set.0, Some(&raw const data)) }
            .named(what)?;
        set.id(&data).ok_or_else(|| Failed {
            what: what.to_owned(),
            why: "it has no instance id".to_owned(),
            code: 0,
        })
    }

    fn bind_driver(&self, inf: &Path, may_ask: bool) -> Result<Restart, Failed> {
        let mut restart = BOOL::default();
        let quiet = if may_ask {
            UPDATEDRIVERFORPLUGANDPLAYDEVICES_FLAGS::default()
        } else {
            INSTALLFLAG_NONINTERACTIVE
        };
        // SAFETY: no window, terminated names, and a place for the answer.
        unsafe {
            UpdateDriverForPlugAndPlayDevicesW(
                None,
                &HSTRING::from(HARDWARE_ID),
                &HSTRING::from(inf.as_os_str()),
                INSTALLFLAG_FORCE | quiet,
                Some(&raw mut restart),
            )
        }
        .named(format!("installing {}", inf.display()))?;
        Ok(Restart(restart.as_bool()))
    }

    fn remove_device(&self, id: &str) -> Result<Restart, Failed> {
        let (set, data) = Set::one(id)?;
        let mut restart = BOOL::default();
        // SAFETY: no window, a record of this set, and a place for the answer.
        unsafe {
            DiUninstallDevice(HWND::default(), set.0, &raw const data, 0, Some(&raw mut restart))
        }
        .named(format!("removing {id}"))?;
        Ok(Restart(restart.as_bool()))
    }

    fn restart_device(&self, id: &str) -> Result<Restart, Failed> {
        let (set, data) = Set::one(id)?;
        let what = || format!("starting {id} anew");
        let change = SP_PROPCHANGE_PARAMS {
            ClassInstallHeader: SP_CLASSINSTALL_HEADER {
                cbSize: size_of::<SP_CLASSINSTALL_HEADER>() as u32,
                InstallFunction: DIF_PROPERTYCHANGE,
            },
            StateChange: DICS_PROPCHANGE,
            Scope: DICS_FLAG_GLOBAL,
            HwProfile: 0,
        };
        let length = size_of_val(&change) as u32;
        // SAFETY: a record of this set, and parameters that begin with their header and have the
        // given size.
        unsafe {
            SetupDiSetClassInstallParamsW(
                set.0,
                Some(&raw const data),
                Some(&raw const change.ClassInstallHeader),
                length,
            )
        }
        .named(what())?;
        // SAFETY: a record of this set.
        unsafe { SetupDiCallClassInstaller(DIF_PROPERTYCHANGE, set.0, Some(&raw const data)) }
            .named(what())?;
        let mut parameters = SP_DEVINSTALL_PARAMS_W {
            cbSize: size_of::<SP_DEVINSTALL_PARAMS_W>() as u32,
            ..Default::default()
        };
        // SAFETY: a record of this set, and a place with its size.
        unsafe {
            SetupDiGetDeviceInstallParamsW(set.0, Some(&raw const data), &raw mut parameters)
        }
        .named(what())?;
        let wanted = DI_NEEDRESTART.0 | DI_NEEDREBOOT.0;
        Ok(Restart(parameters.Flags.0 & wanted != 0))
    }

    /// DiUninstallDriver and not SetupUninstallOEMInf with SUOI_FORCEDELETE: Windows ignores that
    /// flag for a package whose files run from the driver store, as ours do (DIRID 13), and the
    /// documentation of SetupUninstallOEMInf recommends DiUninstallDriver instead. That removes the
    /// package from every device that still has it, including phantoms, before it deletes it.
    fn remove_package(&self, inf: &str) -> Result<Restart, Failed> {
        let path = inf_folder().join(inf);
        let mut restart = BOOL::default();
        // SAFETY: no window, a terminated path, and a place for the answer.
        unsafe {
            DiUninstallDriverW(
                None,
                &HSTRING::from(path.as_os_str()),
                DIUNINSTALLDRIVER_FLAGS(0),
                Some(&raw mut restart),
            )
        }
        .named(format!("removing {inf}"))?;
        Ok(Restart(restart.as_bool()))
    }

    fn packages(&self) -> Result<Vec<String>, Failed> {
        let folder = inf_folder();
        let failed = |why: std::io::Error| Failed {
            what: format!("listing {}", folder.display()),
            why: why.to_string(),
            code: why.raw_os_error().unwrap_or(0).cast_unsigned(),
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().to_lowercase();
            let staged = name.strip_prefix("oem").and_then(|rest| rest.strip_suffix(".inf"));
            if staged.is_some() && std::fs::read(entry.path()).is_ok_and(|bytes| is_ours(&bytes)) {
                found.push(name);
            }
        }
        found.sort();
        Ok(found)
    }

    fn endpoints(&self, device: &str) -> Result<Vec<Endpoint>, Failed> {
        audio::endpoints(&audio_interfaces(device))
    }

    fn hidden_ends(&self) -> Result<Vec<HiddenEnd>, Failed> {
        let devices = self.devices()?;
        let is_on = |name: &str| {
            let of = |device: &Device| self.setting(&device.id, name);
            devices.iter().any(|device| of(device) == Ok(Some(Value::Number(1))))
        };
        ends::hidden(&acx_client::Windows::new(SERVICE), &is_on).map_err(|failed| Failed {
            what: failed.what.to_owned(),
            why: "the driver did not answer".to_owned(),
            code: failed.status.cast_unsigned(),
        })
    }

    fn defaults(&self) -> Result<Defaults, Failed> {
        audio::defaults()
    }

    fn is_running(&self, service: &str) -> bool {
        /// A handle of the service manager.
        struct Service(SC_HANDLE);
        impl Drop for Service {
            fn drop(&mut self) {
                // SAFETY: only this value owns the handle.
                let _ = unsafe { CloseServiceHandle(self.0) };
            }
        }
        // SAFETY: this machine, the active database.
        let manager = unsafe { OpenSCManagerW(PCWSTR::null(), PCWSTR::null(), SC_MANAGER_CONNECT) };
        let Ok(manager) = manager.map(Service) else { return false };
        // SAFETY: an open manager, a terminated name.
        let service =
            unsafe { OpenServiceW(manager.0, &HSTRING::from(service), SERVICE_QUERY_STATUS) };
        let Ok(service) = service.map(Service) else { return false };
        let mut status = SERVICE_STATUS::default();
        // SAFETY: an open service, and a place for its status.
        let asked = unsafe { QueryServiceStatus(service.0, &raw mut status) };
        asked.is_ok() && status.dwCurrentState == SERVICE_RUNNING
    }

    fn setting(&self, device: &str, name: &str) -> Result<Option<Value>, Failed> {
        let (set, data) = Set::one(device)?;
        let Some(key) = set.key(&data, KEY_READ.0)? else { return Ok(None) };
        let (mut kind, mut bytes) = (REG_VALUE_TYPE::default(), [0; 256]);
        let mut length = bytes.len() as u32;
        // SAFETY: an open key, a terminated name, and a buffer of the length that is passed.
        let answer = unsafe {
            RegQueryValueExW(
                key.0,
                &HSTRING::from(name),
                None,
                Some(&raw mut kind),
                Some(bytes.as_mut_ptr()),
                Some(&raw mut length),
            )
        };
        if answer == ERROR_FILE_NOT_FOUND {
            return Ok(None);
        }
        answered(answer, || format!("reading {name}"))?;
        let bytes = &bytes[..length as usize];
        Ok(match (kind, bytes) {
            (REG_DWORD, [a, b, c, d]) => Some(Value::Number(u32::from_le_bytes([*a, *b, *c, *d]))),
            (REG_SZ, _) => Some(Value::Text(text(bytes))),
            // A value of another type is ignored, as in the driver.
            _ => None,
        })
    }

    fn set_setting(&self, device: &str, name: &str, value: &Value) -> Result<(), Failed> {
        let (set, data) = Set::one(device)?;
        let key = set.own_key(&data)?;
        let (kind, bytes) = match value {
            Value::Number(number) => (REG_DWORD, number.to_le_bytes().to_vec()),
            Value::Text(text) => {
                (REG_SZ, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect())
            }
        };
        // SAFETY: an open key, a terminated name, and bytes whose length the crate passes.
        let answer =
            unsafe { RegSetValueExW(key.0, &HSTRING::from(name), None, kind, Some(&bytes)) };
        answered(answer, || format!("setting {name}"))
    }

    fn sleep(&self, span: Duration) {
        std::thread::sleep(span);
    }
}

fn answered(answer: WIN32_ERROR, what: impl FnOnce() -> String) -> Result<(), Failed> {
    answer.ok().named(what())
}
