//! Files of drivers: ZwCreateFile and related functions. Source: their pages.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, read_bytes, write, write_bytes};
use crate::kernel::function::services;
use crate::nt::handle::Handles;
use crate::nt::handle::{HandleObject, path};
use crate::nt::sandbox::{Opened, Sandbox};

fn failed(why: &std::io::Error) -> NTSTATUS {
    match why.kind() {
        ErrorKind::NotFound => STATUS_OBJECT_NAME_NOT_FOUND,
        ErrorKind::AlreadyExists => STATUS_OBJECT_NAME_COLLISION,
        ErrorKind::PermissionDenied => STATUS_ACCESS_DENIED,
        _ => STATUS_UNSUCCESSFUL,
    }
}

/// Create dispositions and their results.
mod disposition {
    pub(super) const SUPERSEDE: u32 = 0;
    pub(super) const OPEN: u32 = 1;
    pub(super) const CREATE: u32 = 2;
    pub(super) const OPEN_IF: u32 = 3;
    pub(super) const OVERWRITE: u32 = 4;
    pub(super) const OVERWRITE_IF: u32 = 5;
}
const OPENED: usize = 1;
const CREATED: usize = 2;
const OVERWRITTEN: usize = 3;
const DIRECTORY: u32 = 1;
const DELETE_ON_CLOSE: u32 = 0x1000;

fn create(
    kernel: &Kernel,
    name: &str,
    how: u32,
    options: u32,
) -> Result<(Opened, usize), NTSTATUS> {
    let place = kernel.part::<Sandbox>().place(name)?;
    // The folders of a Windows machine exist.
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder).map_err(|why| failed(&why))?;
    }
    let was_there = place.exists();
    let opened = |file| Opened {
        name: name.to_owned(),
        place: place.clone(),
        file,
        position: Cell::new(0),
        delete: Cell::new(options & DELETE_ON_CLOSE != 0),
    };
    if options & DIRECTORY != 0 {
        fs::create_dir_all(&place).map_err(|why| failed(&why))?;
        return Ok((opened(None), if was_there { OPENED } else { CREATED }));
    }
    let mut open = OpenOptions::new();
    open.read(true).write(true);
    match how {
        disposition::OPEN => {}
        disposition::CREATE => {
            open.create_new(true);
        }
        disposition::OPEN_IF => {
            open.create(true).truncate(false);
        }
        disposition::OVERWRITE => {
            open.truncate(true);
        }
        disposition::SUPERSEDE | disposition::OVERWRITE_IF => {
            open.create(true).truncate(true);
        }
        _ => return Err(STATUS_INVALID_PARAMETER),
    }
    let file = open.open(&place).map_err(|why| failed(&why))?;
    let came = match how {
        _ if !was_there => CREATED,
        disposition::OPEN | disposition::OPEN_IF => OPENED,
        _ => OVERWRITTEN,
    };
    Ok((opened(Some(file)), came))
}

fn report(out: *mut IO_STATUS_BLOCK, result: Result<usize, NTSTATUS>) -> NTSTATUS {
    let (status, information) = match result {
        Ok(information) => (STATUS_SUCCESS, information),
        Err(status) => (status, 0),
    };
    let mut block = IO_STATUS_BLOCK::default();
    block.__bindgen_anon_1.Status = status;
    block.Information = information as ULONG_PTR;
    write(out, block);
    status
}

fn file(kernel: &Kernel, handle: HANDLE) -> Result<Rc<Opened>, NTSTATUS> {
    match kernel.part::<Handles>().get(kernel, handle)? {
        HandleObject::File(file) => Ok(file),
        _ => Err(STATUS_OBJECT_TYPE_MISMATCH),
    }
}

/// The offset to read or write at: given, or the current position.
fn offset(file: &Opened, given: *const i64) -> u64 {
    // FILE_USE_FILE_POINTER_POSITION is -2.
    read(given).and_then(|at| u64::try_from(at).ok()).unwrap_or_else(|| file.position.get())
}

fn transfer(
    kernel: &Kernel,
    handle: HANDLE,
    given: *const i64,
    go: impl FnOnce(&File, u64) -> std::io::Result<usize>,
) -> Result<usize, NTSTATUS> {
    let opened = file(kernel, handle)?;
    let file = opened.file.as_ref().ok_or(STATUS_INVALID_DEVICE_REQUEST)?;
    let at = offset(&opened, given);
    let bytes = go(file, at).map_err(|why| failed(&why))?;
    opened.position.set(at + bytes as u64);
    Ok(bytes)
}

/// Information classes.
mod class {
    pub(super) const STANDARD: i32 = 5;
    pub(super) const DISPOSITION: i32 = 13;
    pub(super) const POSITION: i32 = 14;
    pub(super) const END_OF_FILE: i32 = 20;
}

fn set_information(
    opened: &Opened,
    class: i32,
    from: PVOID,
    length: ULONG,
) -> Result<usize, NTSTATUS> {
    let number = || if length >= 8 { read(from.cast::<i64>().cast_const()) } else { None };
    match class {
        class::POSITION => opened
            .position
            .set(number().and_then(|at| u64::try_from(at).ok()).ok_or(STATUS_INVALID_PARAMETER)?),
        class::END_OF_FILE => {
            let end =
                number().and_then(|at| u64::try_from(at).ok()).ok_or(STATUS_INVALID_PARAMETER)?;
            let file = opened.file.as_ref().ok_or(STATUS_INVALID_DEVICE_REQUEST)?;
            file.set_len(end).map_err(|why| failed(&why))?;
        }
        class::DISPOSITION => opened
            .delete
            .set(read(from.cast::<u8>().cast_const()).is_some_and(|delete| delete != 0)),
        _ => return Err(STATUS_NOT_SUPPORTED),
    }
    Ok(0)
}

fn query_information(
    opened: &Opened,
    class: i32,
    out: PVOID,
    length: ULONG,
) -> Result<usize, NTSTATUS> {
    let size =
        opened.file.as_ref().and_then(|file| file.metadata().ok()).map_or(0, |data| data.len());
    let bytes: Vec<u8> = match class {
        class::STANDARD => {
            let mut bytes = size.next_multiple_of(4096).to_le_bytes().to_vec();
            bytes.extend(size.to_le_bytes());
            bytes.extend([
                1,
                0,
                0,
                0,
                u8::from(opened.delete.get()),
                u8::from(opened.file.is_none()),
                0,
                0,
            ]);
            bytes
        }
        class::POSITION => opened.position.get().to_le_bytes().to_vec(),
        _ => return Err(STATUS_NOT_SUPPORTED),
    };
    if (length as usize) < bytes.len() {
        return Err(STATUS_INFO_LENGTH_MISMATCH);
    }
    write_bytes(out, &bytes);
    Ok(bytes.len())
}

fn open(
    kernel: &Kernel,
    handle: *mut HANDLE,
    attributes: *const OBJECT_ATTRIBUTES,
    block: *mut IO_STATUS_BLOCK,
    how: u32,
    options: u32,
) -> NTSTATUS {
    let made = path(kernel, attributes).and_then(|name| create(kernel, &name, how, options));
    report(
        block,
        made.map(|(opened, came)| {
            write(
                handle,
                kernel.part::<Handles>().open(kernel, HandleObject::File(Rc::new(opened))),
            );
            came
        }),
    )
}

fn ZwCreateFile(
    kernel: &Kernel,
    FileHandle: *mut HANDLE,
    _access: ACCESS_MASK,
    ObjectAttributes: *const OBJECT_ATTRIBUTES,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
    _size: *const i64,
    _attributes: ULONG,
    _share: ULONG,
    CreateDisposition: ULONG,
    CreateOptions: ULONG,
    _ea: PVOID,
    _ea_length: ULONG,
) -> NTSTATUS {
    open(kernel, FileHandle, ObjectAttributes, IoStatusBlock, CreateDisposition, CreateOptions)
}

fn ZwOpenFile(
    kernel: &Kernel,
    FileHandle: *mut HANDLE,
    _access: ACCESS_MASK,
    ObjectAttributes: *const OBJECT_ATTRIBUTES,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
    _share: ULONG,
    OpenOptions: ULONG,
) -> NTSTATUS {
    open(kernel, FileHandle, ObjectAttributes, IoStatusBlock, disposition::OPEN, OpenOptions)
}

fn ZwReadFile(
    kernel: &Kernel,
    FileHandle: HANDLE,
    _event: HANDLE,
    _apc: PVOID,
    _context: PVOID,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
    Buffer: *mut u8,
    Length: ULONG,
    ByteOffset: *const i64,
    _key: *const ULONG,
) -> NTSTATUS {
    let mut bytes = vec![0; Length as usize];
    let read = transfer(kernel, FileHandle, ByteOffset, |file, at| file.read_at(&mut bytes, at));
    if let Ok(count) = read {
        write_bytes(Buffer, &bytes[..count]);
    }
    report(
        IoStatusBlock,
        read.and_then(
            |count| if count == 0 && Length > 0 { Err(STATUS_END_OF_FILE) } else { Ok(count) },
        ),
    )
}

fn ZwWriteFile(
    kernel: &Kernel,
    FileHandle: HANDLE,
    _event: HANDLE,
    _apc: PVOID,
    _context: PVOID,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
    Buffer: *const u8,
    Length: ULONG,
    ByteOffset: *const i64,
    _key: *const ULONG,
) -> NTSTATUS {
    let bytes: Vec<u8> = read_bytes(Buffer, Length as usize);
    report(
        IoStatusBlock,
        transfer(kernel, FileHandle, ByteOffset, |file, at| {
            file.write_all_at(&bytes, at).map(|()| bytes.len())
        }),
    )
}

fn ZwFlushBuffersFile(
    kernel: &Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
) -> NTSTATUS {
    report(IoStatusBlock, file(kernel, FileHandle).map(|_| 0))
}

fn ZwSetInformationFile(
    kernel: &Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
    FileInformation: PVOID,
    Length: ULONG,
    FileInformationClass: i32,
) -> NTSTATUS {
    report(
        IoStatusBlock,
        file(kernel, FileHandle)
            .and_then(|file| set_information(&file, FileInformationClass, FileInformation, Length)),
    )
}

fn ZwQueryInformationFile(
    kernel: &Kernel,
    FileHandle: HANDLE,
    IoStatusBlock: *mut IO_STATUS_BLOCK,
    FileInformation: PVOID,
    Length: ULONG,
    FileInformationClass: i32,
) -> NTSTATUS {
    report(
        IoStatusBlock,
        file(kernel, FileHandle).and_then(|file| {
            query_information(&file, FileInformationClass, FileInformation, Length)
        }),
    )
}

fn ZwDeleteFile(kernel: &Kernel, ObjectAttributes: *const OBJECT_ATTRIBUTES) -> NTSTATUS {
    let gone = path(kernel, ObjectAttributes)
        .and_then(|name| kernel.part::<Sandbox>().place(&name))
        .and_then(|place| fs::remove_file(place).map_err(|why| failed(&why)));
    status(gone)
}

services! {
    /// Files.
    services:
    ZwCreateFile: PASSIVE, fallible;
    ZwOpenFile: PASSIVE, fallible;
    ZwReadFile: PASSIVE;
    ZwWriteFile: PASSIVE;
    ZwFlushBuffersFile: PASSIVE;
    ZwSetInformationFile: PASSIVE;
    ZwQueryInformationFile: PASSIVE;
    ZwDeleteFile: PASSIVE;
}
