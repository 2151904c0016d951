//! Windows as a client's system: the installed drivers, in real time.
//!
//! A filter is opened by its interface's symbolic link, a pin with KsCreatePin, and requests use
//! NtDeviceIoControlFile, which returns the driver's own NTSTATUS; DeviceIoControl would map
//! several of them to one error. None of this has been run against an audio device yet.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use acx_sys::*;
use windows_sys::Win32::Devices::DeviceAndDriverInstallation as setup;
use windows_sys::Win32::Devices::Properties::{
    DEVPKEY_Device_InstanceId, DEVPKEY_Device_Service, DEVPROP_TYPE_STRING,
};
use windows_sys::Win32::Foundation::{
    CloseHandle, DEVPROPKEY as SystemKey, GENERIC_READ, GENERIC_WRITE, GetLastError, HANDLE,
    INVALID_HANDLE_VALUE, WAIT_OBJECT_0,
};
use windows_sys::Win32::Media::KernelStreaming::KsCreatePin;
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_OVERLAPPED, FILE_SHARE_READ, FILE_SHARE_WRITE, OPEN_EXISTING,
};
use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};
use windows_sys::Win32::System::Threading::{
    CreateEventW, INFINITE, WaitForMultipleObjects, WaitForSingleObject,
};
use windows_sys::core::GUID as SystemGuid;

use crate::bytes::text;
use crate::{File, Handle, Reply, System};

/// The same size as the kernel's: two pointers.
#[repr(C)]
struct IoStatus {
    status: usize,
    information: usize,
}

#[link(name = "ntdll", kind = "raw-dylib")]
unsafe extern "system" {
    /// IO_STATUS_BLOCK, by the documentation of NtDeviceIoControlFile.
    fn NtDeviceIoControlFile(
        file: HANDLE,
        event: HANDLE,
        routine: *const c_void,
        context: *const c_void,
        status: *mut IoStatus,
        code: u32,
        input: *const c_void,
        input_length: u32,
        output: *mut c_void,
        output_length: u32,
    ) -> NTSTATUS;
}

/// A handle that is closed when dropped.
struct Owned(HANDLE);

// SAFETY: a handle belongs to the process; every thread may use it.
unsafe impl Send for Owned {}
// SAFETY: Windows synchronizes the functions that take it; `&File` cannot close it.
unsafe impl Sync for Owned {}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: only this value owns the handle.
        unsafe { CloseHandle(self.0) };
    }
}

/// The system that the program runs on: the devices of one service, or all devices.
pub struct Windows {
    service: Option<String>,
    events: RefCell<Vec<Owned>>,
}

fn system_guid(guid: &GUID) -> SystemGuid {
    SystemGuid { data1: guid.Data1, data2: guid.Data2, data3: guid.Data3, data4: guid.Data4 }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Creates an auto-reset event. Without memory for one the process cannot continue.
fn event() -> Owned {
    // SAFETY: no attributes, no name.
    let event = unsafe { CreateEventW(null(), 0, 0, null()) };
    assert!(!event.is_null(), "the system gives no event: error {}", last_error());
    Owned(event)
}

fn last_error() -> u32 {
    // SAFETY: reads a value of the thread.
    unsafe { GetLastError() }
}

/// A property of an interface, of any type.
fn interface_property(link: &str, key: &SystemKey) -> Option<(u32, Vec<u8>)> {
    let link = wide(link);
    let (mut kind, mut length) = (0, 0);
    // SAFETY: a terminated name, a key, and no buffer: the call returns the length.
    unsafe {
        setup::CM_Get_Device_Interface_PropertyW(
            link.as_ptr(),
            key,
            &raw mut kind,
            null_mut(),
            &raw mut length,
            0,
        );
    }
    let mut bytes = vec![0; length as usize];
    // SAFETY: a terminated name, a key, and a buffer of the length that is passed.
    let status = unsafe {
        setup::CM_Get_Device_Interface_PropertyW(
            link.as_ptr(),
            key,
            &raw mut kind,
            bytes.as_mut_ptr(),
            &raw mut length,
            0,
        )
    };
    (status == setup::CR_SUCCESS && !bytes.is_empty()).then_some((kind, bytes))
}

/// The service of an interface's device.
fn service_of(link: &str) -> Option<String> {
    let (kind, id) = interface_property(link, &DEVPKEY_Device_InstanceId)?;
    if kind != DEVPROP_TYPE_STRING {
        return None;
    }
    let id = wide(&text(&id));
    let mut node = 0;
    // SAFETY: a terminated id, and a place for the node.
    let status = unsafe {
        setup::CM_Locate_DevNodeW(&raw mut node, id.as_ptr(), setup::CM_LOCATE_DEVNODE_NORMAL)
    };
    if status != setup::CR_SUCCESS {
        return None;
    }
    let (mut kind, mut bytes) = (0, [0u8; 512]);
    let mut length = bytes.len() as u32;
    // SAFETY: a node that was just found, and a buffer of the length that is passed.
    let status = unsafe {
        setup::CM_Get_DevNode_PropertyW(
            node,
            &DEVPKEY_Device_Service,
            &raw mut kind,
            bytes.as_mut_ptr(),
            &raw mut length,
            0,
        )
    };
    (status == setup::CR_SUCCESS && kind == DEVPROP_TYPE_STRING)
        .then(|| text(&bytes[..length as usize]))
}

/// The enabled interfaces of a category: a device's, by its instance id, or every one.
fn interfaces(category: &GUID, device: Option<&str>) -> Vec<String> {
    let class = system_guid(category);
    let device = device.map(wide);
    let device = device.as_ref().map_or(null(), Vec::as_ptr);
    let flags = setup::CM_GET_DEVICE_INTERFACE_LIST_PRESENT;
    loop {
        let mut length = 0;
        // SAFETY: a class, a terminated id or none, and a place for the length.
        let status = unsafe {
            setup::CM_Get_Device_Interface_List_SizeW(
                &raw mut length,
                &raw const class,
                device,
                flags,
            )
        };
        if status != setup::CR_SUCCESS {
            return Vec::new();
        }
        let mut names = vec![0u16; length as usize];
        // SAFETY: a live list, and a buffer of the length that is passed.
        let status = unsafe {
            setup::CM_Get_Device_Interface_ListW(
                &raw const class,
                device,
                names.as_mut_ptr(),
                length,
                flags,
            )
        };
        // If an interface arrived between the two calls, repeat.
        if status == setup::CR_BUFFER_SMALL {
            continue;
        }
        let names = names.split(|unit| *unit == 0).filter(|name| !name.is_empty());
        return names.map(String::from_utf16_lossy).collect();
    }
}

/// The enabled audio interfaces of a device, by its instance id.
pub fn audio_interfaces(device: &str) -> Vec<String> {
    interfaces(&KSCATEGORY_AUDIO, Some(device))
}

impl Windows {
    /// The devices whose driver is this service, such as `acxvad`.
    pub fn new(service: &str) -> Self {
        Self { service: Some(service.to_owned()), events: RefCell::default() }
    }

    /// All devices.
    pub fn all() -> Self {
        Self { service: None, events: RefCell::default() }
    }
}

impl System for Windows {
    fn interfaces(&self, category: &GUID) -> Vec<String> {
        let mut links = interfaces(category, None);
        if let Some(own) = &self.service {
            links.retain(|link| {
                service_of(link).is_some_and(|service| service.eq_ignore_ascii_case(own))
            });
        }
        links
    }

    fn open(&self, link: &str) -> Result<File, NTSTATUS> {
        let link = wide(link);
        // SAFETY: a terminated name, no attributes, no template.
        let handle = unsafe {
            CreateFileW(
                link.as_ptr(),
                GENERIC_READ | GENERIC_WRITE,
                FILE_SHARE_READ | FILE_SHARE_WRITE,
                null(),
                OPEN_EXISTING,
                FILE_FLAG_OVERLAPPED,
                null_mut(),
            )
        };
        if handle == INVALID_HANDLE_VALUE {
            return Err(status_of(last_error()));
        }
        Ok(File::new(Opened { handle: Owned(handle), done: event(), turn: Mutex::default() }))
    }

    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
        let key = SystemKey { fmtid: system_guid(&key.fmtid), pid: key.pid };
        interface_property(link, &key).map(|(_, bytes)| bytes)
    }

    fn create_event(&self) -> u64 {
        let event = event();
        let value = event.0 as u64;
        self.events.borrow_mut().push(event);
        value
    }

    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        if events.is_empty() {
            self.sleep(timeout);
            return None;
        }
        let handles: Vec<HANDLE> = events.iter().map(|event| *event as HANDLE).collect();
        // Otherwise a wait could end up to one clock tick early.
        let milliseconds = timeout.as_micros().div_ceil(1000).min(u128::from(INFINITE - 1)) as u32;
        // SAFETY: handles of this process, as many as the count.
        let answer = unsafe {
            WaitForMultipleObjects(handles.len() as u32, handles.as_ptr(), 0, milliseconds)
        };
        let index = answer.wrapping_sub(WAIT_OBJECT_0) as usize;
        (index < events.len()).then_some(index)
    }

    fn sleep(&self, span: Duration) {
        // The standard library sleeps with a high-resolution timer; spin for the rest.
        let until = Instant::now() + span;
        std::thread::sleep(span);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
    }

    fn qpc(&self) -> u64 {
        let mut ticks = 0;
        // SAFETY: a place for the value.
        unsafe { QueryPerformanceCounter(&raw mut ticks) };
        ticks.cast_unsigned()
    }

    fn qpc_frequency(&self) -> u64 {
        let mut ticks = 0;
        // SAFETY: a place for the value.
        unsafe { QueryPerformanceFrequency(&raw mut ticks) };
        ticks.cast_unsigned()
    }
}

/// The status of a Windows error; if several map to it, the one that a KS client gets for opening.
fn status_of(error: u32) -> NTSTATUS {
    match error {
        2 | 3 | 1168 => STATUS_OBJECT_NAME_NOT_FOUND,
        5 => STATUS_ACCESS_DENIED,
        31 => STATUS_UNSUCCESSFUL,
        50 => STATUS_NOT_SUPPORTED,
        87 => STATUS_INVALID_PARAMETER,
        1169 => STATUS_NO_MATCH,
        8 | 14 | 1450 => STATUS_INSUFFICIENT_RESOURCES,
        1617 => STATUS_DEVICE_REMOVED,
        // NTSTATUS_FROM_WIN32.
        other => ((other & 0xFFFF) | 0xC007_0000).cast_signed(),
    }
}

/// An open filter or pin.
struct Opened {
    handle: Owned,
    /// Signalled when a request of this file is completed.
    done: Owned,
    /// With one event, only one request can be in progress at a time.
    turn: Mutex<()>,
}

impl Handle for Opened {
    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        let (place, length) = match output {
            Some(output) if !output.is_empty() => (output.as_mut_ptr().cast(), output.len()),
            _ => (null_mut(), 0),
        };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut io = IoStatus { status: 0, information: 0 };
        // SAFETY: both buffers have the lengths that are passed, and they and the block outlive the
        // request, for which the code below waits.
        let status = unsafe {
            NtDeviceIoControlFile(
                self.handle.0,
                self.done.0,
                null(),
                null(),
                &raw mut io,
                code,
                input.as_ptr().cast(),
                input.len() as u32,
                place,
                length as u32,
            )
        };
        if status != STATUS_PENDING {
            // An error does not write the block; a warning, such as for a size query, does.
            return Reply { status, information: io.information };
        }
        // SAFETY: an event of this file's own.
        unsafe { WaitForSingleObject(self.done.0, INFINITE) };
        // SAFETY: the request is completed, and has written the block.
        let io = unsafe { (&raw const io).read_volatile() };
        Reply { status: io.status as NTSTATUS, information: io.information }
    }

    fn create_pin(&self, connect: &[u8]) -> Result<File, NTSTATUS> {
        // The structure needs the alignment of its 64-bit fields.
        let words = connect.len().div_ceil(8);
        let mut aligned = vec![0u64; words];
        for (word, bytes) in aligned.iter_mut().zip(connect.chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            *word = u64::from_ne_bytes(whole);
        }
        let mut pin = INVALID_HANDLE_VALUE;
        // SAFETY: an open filter, and a KSPIN_CONNECT followed by a format with its own size.
        let error = unsafe {
            KsCreatePin(
                self.handle.0,
                aligned.as_ptr().cast(),
                GENERIC_READ | GENERIC_WRITE,
                &raw mut pin,
            )
        };
        if error != 0 || pin == INVALID_HANDLE_VALUE {
            return Err(status_of(error));
        }
        Ok(File::new(Self { handle: Owned(pin), done: event(), turn: Mutex::default() }))
    }
}
