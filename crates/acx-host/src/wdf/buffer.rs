//! The buffers of requests, as addresses, memory objects and MDLs. Source: wdfrequest.h pages, and
//! fxrequestapi.cpp of KMDF's public source.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{status, write};
use crate::kernel::function::entries;
use crate::kernel::object::{self, Ref};
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::wdf::data::Memory;
use crate::wdf::request::{Method, Request};

fn get(kernel: &Kernel, request: WDFREQUEST) -> Result<Ref<Request>, NTSTATUS> {
    object::get::<Request>(kernel, request as usize)
}

/// Retrieves a buffer of at least `least` bytes from a request that the driver owns. Without one,
/// null and 0 are stored. Source: fxrequestapi.cpp.
fn buffer(
    kernel: &Kernel,
    request: WDFREQUEST,
    area: fn(&Request) -> (usize, usize),
    neither: bool,
    (least, buffer, size): (usize, *mut PVOID, *mut usize),
) -> NTSTATUS {
    write(buffer, std::ptr::null_mut());
    write(size, 0);
    status(get(kernel, request).and_then(|request| {
        request.owned(kernel)?;
        if neither && !request.is_in_callers_context.get() {
            let what = "a buffer of the caller's was asked for outside EvtIoInCallerContext";
            kernel.violate(Rule::RequestMisuse, what.to_owned());
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        if (request.method.get() == Method::Neither) != neither {
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        let (place, length) = area(&request);
        if length == 0 || length < least {
            return Err(STATUS_BUFFER_TOO_SMALL);
        }
        write(buffer, place as PVOID);
        write(size, length);
        Ok(())
    }))
}

/// A memory object over a buffer of a request, below it.
fn memory_over(
    kernel: &Kernel,
    request: &Ref<Request>,
    (place, length): (usize, usize),
    read_only: bool,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    if length == 0 {
        return STATUS_BUFFER_TOO_SMALL;
    }
    let made = Memory::over(kernel, request.object(), place, length, read_only);
    status(made.map(|memory| write(handle, memory.as_ptr())))
}

fn WdfRequestRetrieveInputBuffer(
    kernel: &Kernel,
    request: WDFREQUEST,
    least: usize,
    out: *mut PVOID,
    length: *mut usize,
) -> NTSTATUS {
    buffer(kernel, request, Request::input, false, (least, out, length))
}

fn WdfRequestRetrieveUnsafeUserInputBuffer(
    kernel: &Kernel,
    request: WDFREQUEST,
    least: usize,
    out: *mut PVOID,
    length: *mut usize,
) -> NTSTATUS {
    buffer(kernel, request, Request::input, true, (least, out, length))
}

fn WdfRequestRetrieveOutputBuffer(
    kernel: &Kernel,
    request: WDFREQUEST,
    least: usize,
    out: *mut PVOID,
    length: *mut usize,
) -> NTSTATUS {
    buffer(kernel, request, Request::output, false, (least, out, length))
}

fn WdfRequestRetrieveUnsafeUserOutputBuffer(
    kernel: &Kernel,
    request: WDFREQUEST,
    least: usize,
    out: *mut PVOID,
    length: *mut usize,
) -> NTSTATUS {
    buffer(kernel, request, Request::output, true, (least, out, length))
}

fn memory_of(
    kernel: &Kernel,
    request: WDFREQUEST,
    area: fn(&Request) -> (usize, usize),
    read_only: bool,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    write(handle, std::ptr::null_mut());
    let checked = get(kernel, request).and_then(|request| {
        request.owned(kernel)?;
        match request.method.get() {
            Method::Neither => Err(STATUS_INVALID_DEVICE_REQUEST),
            Method::Direct | Method::Buffered { .. } => Ok(request),
        }
    });
    checked.map_or_else(
        |status| status,
        |request| memory_over(kernel, &request, area(&request), read_only, handle),
    )
}

fn WdfRequestRetrieveInputMemory(
    kernel: &Kernel,
    request: WDFREQUEST,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    memory_of(kernel, request, Request::input, true, handle)
}

fn WdfRequestRetrieveOutputMemory(
    kernel: &Kernel,
    request: WDFREQUEST,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    memory_of(kernel, request, Request::output, false, handle)
}

/// An MDL for a request's buffer; it exists as long as the request.
fn mdl_of(
    kernel: &Kernel,
    request: WDFREQUEST,
    area: fn(&Request) -> (usize, usize),
    out: *mut PMDL,
) -> NTSTATUS {
    write(out, std::ptr::null_mut());
    status(get(kernel, request).and_then(|request| {
        request.owned(kernel)?;
        if request.method.get() == Method::Neither {
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        let (start, length) = area(&request);
        if length == 0 {
            return Err(STATUS_BUFFER_TOO_SMALL);
        }
        let mdl = kernel.part::<Pool>().allocate_mdl(kernel, start, length as u32);
        kernel.part::<Pool>().build_mdl(kernel, mdl);
        let address = mdl as usize;
        let free = move |kernel: &Kernel| kernel.part::<Pool>().free_mdl(kernel, address as PMDL);
        request.object().on_destroy(free);
        write(out, mdl);
        Ok(())
    }))
}

fn WdfRequestRetrieveInputWdmMdl(kernel: &Kernel, request: WDFREQUEST, out: *mut PMDL) -> NTSTATUS {
    mdl_of(kernel, request, Request::input, out)
}

fn WdfRequestRetrieveOutputWdmMdl(
    kernel: &Kernel,
    request: WDFREQUEST,
    out: *mut PMDL,
) -> NTSTATUS {
    mdl_of(kernel, request, Request::output, out)
}

fn WdfRequestProbeAndLockUserBufferForRead(
    kernel: &Kernel,
    request: WDFREQUEST,
    buffer: PVOID,
    length: usize,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    get(kernel, request).map_or_else(
        |status| status,
        |request| memory_over(kernel, &request, (buffer as usize, length), true, handle),
    )
}

fn WdfRequestProbeAndLockUserBufferForWrite(
    kernel: &Kernel,
    request: WDFREQUEST,
    buffer: PVOID,
    length: usize,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    get(kernel, request).map_or_else(
        |status| status,
        |request| memory_over(kernel, &request, (buffer as usize, length), false, handle),
    )
}

entries! {
    /// Buffers.
    entries:
    WdfRequestRetrieveInputBuffer: DISPATCH, fallible;
    WdfRequestRetrieveUnsafeUserInputBuffer: PASSIVE, fallible;
    WdfRequestRetrieveOutputBuffer: DISPATCH, fallible;
    WdfRequestRetrieveUnsafeUserOutputBuffer: PASSIVE, fallible;
    WdfRequestRetrieveInputMemory: DISPATCH, fallible;
    WdfRequestRetrieveOutputMemory: DISPATCH, fallible;
    WdfRequestRetrieveInputWdmMdl: DISPATCH, fallible;
    WdfRequestRetrieveOutputWdmMdl: DISPATCH, fallible;
    WdfRequestProbeAndLockUserBufferForRead: PASSIVE, fallible;
    WdfRequestProbeAndLockUserBufferForWrite: PASSIVE, fallible;
}
