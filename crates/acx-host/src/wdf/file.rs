//! File objects: the driver's view of programs' handles to its devices. Source: wdffileobject.h
//! pages.

use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::function::entries;
use crate::kernel::object::{self, Object, Ref};
use crate::wdf::device::Device;

/// A file object's body.
pub(crate) struct FileObject {
    device: usize,
    name: Box<(UNICODE_STRING, Box<[u16]>)>,
    /// The FILE_OBJECT whose address drivers see.
    wdm: Box<[u64; WORDS]>,
}

/// A FILE_OBJECT of 216 bytes.
const WORDS: usize = 216 / 8;

impl FileObject {
    /// A handle to `device` is opened with this name: the part of the link after the device's name.
    pub(crate) fn open(
        kernel: &Kernel,
        device: &Ref<Device>,
        name: &str,
    ) -> Result<Rc<Object>, NTSTATUS> {
        let units: Box<[u16]> = name.encode_utf16().collect();
        let bytes = size_of_val(&*units) as u16;
        let buffer = units.as_ptr().cast_mut();
        let text = UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: buffer };
        let mut wdm = Box::new([0; WORDS]);
        // Type 5 and the size; the device object at 8; FileName at 88.
        wdm[0] = 5 | (216 << 16);
        wdm[1] = device.wdm() as u64;
        wdm[11] = u64::from(bytes) | u64::from(bytes) << 16;
        wdm[12] = buffer as u64;
        let body = Self { device: device.handle(), name: Box::new((text, units)), wdm };
        let mut attributes = device.file_attributes;
        let attributes = attributes.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        object::create(kernel, "WDFFILEOBJECT", body, attributes, Some(device.object()))
    }

    fn wdm(&self) -> PFILE_OBJECT {
        self.wdm.as_ptr().cast_mut().cast()
    }
}

fn get(kernel: &Kernel, file: WDFFILEOBJECT) -> Result<Ref<FileObject>, NTSTATUS> {
    object::get::<FileObject>(kernel, file as usize)
}

fn WdfFileObjectGetFileName(kernel: &Kernel, file: WDFFILEOBJECT) -> PUNICODE_STRING {
    get(kernel, file).map_or(std::ptr::null_mut(), |file| (&raw const file.name.0).cast_mut())
}

/// FO_ flags: programs of a machine open handles without any.
fn WdfFileObjectGetFlags(kernel: &Kernel, file: WDFFILEOBJECT) -> ULONG {
    let _ = get(kernel, file);
    0
}

fn WdfFileObjectGetDevice(kernel: &Kernel, file: WDFFILEOBJECT) -> WDFDEVICE {
    get(kernel, file).map_or(std::ptr::null_mut(), |file| file.device as WDFDEVICE)
}

fn WdfFileObjectWdmGetFileObject(kernel: &Kernel, file: WDFFILEOBJECT) -> PFILE_OBJECT {
    get(kernel, file).map_or(std::ptr::null_mut(), |file| file.wdm())
}

/// There is one program, the same that WdfRequestGetRequestorProcessId names.
fn WdfFileObjectGetInitiatorProcessId(kernel: &Kernel, file: WDFFILEOBJECT) -> ULONG {
    get(kernel, file).map_or(0, |_| 0x1000)
}

/// The file object whose FILE_OBJECT this is, of the device's open handles.
fn WdfDeviceGetFileObject(kernel: &Kernel, device: WDFDEVICE, wdm: PFILE_OBJECT) -> WDFFILEOBJECT {
    let found = object::get::<Device>(kernel, device as usize)
        .ok()
        .and_then(|device| object::child(device.object(), |file: &FileObject| file.wdm() == wdm));
    found.map_or(std::ptr::null_mut(), |file| file.as_ptr())
}

entries! {
    /// File objects.
    entries:
    WdfFileObjectGetFileName: PASSIVE;
    WdfFileObjectGetFlags: DISPATCH;
    WdfFileObjectGetDevice: DISPATCH;
    WdfFileObjectWdmGetFileObject: DISPATCH;
    WdfFileObjectGetInitiatorProcessId: PASSIVE;
    WdfDeviceGetFileObject: DISPATCH;
}
