//! Memory, strings, collections and lookaside lists. Source: wdfmemory.h, wdfstring.h,
//! wdfcollection.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, read_bytes, write, write_bytes};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::wdf::framework;

/// A memory object.
pub(crate) struct Memory {
    address: Cell<usize>,
    length: Cell<usize>,
    /// Its buffer can be replaced: WdfMemoryCreatePreallocated created it.
    preallocated: bool,
    /// A request's input.
    read_only: bool,
}

impl Memory {
    /// Creates a memory object below `parent` for memory with another owner.
    pub(crate) fn over(
        kernel: &Kernel,
        parent: &Rc<Object>,
        address: usize,
        length: usize,
        read_only: bool,
    ) -> Result<Rc<Object>, NTSTATUS> {
        let memory = Self {
            address: Cell::new(address),
            length: Cell::new(length),
            preallocated: false,
            read_only,
        };
        object::create(kernel, "WDFMEMORY", memory, std::ptr::null_mut(), Some(parent))
    }

    pub(crate) fn address(&self) -> usize {
        self.address.get()
    }

    pub(crate) fn length(&self) -> usize {
        self.length.get()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        read_bytes(self.address() as *const u8, self.length())
    }
}

/// Creates a memory object with a copy of `bytes`, or with `length` zeroed bytes.
pub(crate) fn new_memory(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    tag: u32,
    length: usize,
    paged: bool,
) -> Result<Ref<Memory>, NTSTATUS> {
    let tag = if tag == 0 { framework::tag(kernel) } else { tag };
    let address = kernel.part::<Pool>().allocate(kernel, length, tag, paged);
    if address == 0 {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    let memory = Memory {
        address: Cell::new(address),
        length: Cell::new(length),
        preallocated: false,
        read_only: false,
    };
    let driver = framework::driver(kernel);
    let object = object::create(kernel, "WDFMEMORY", memory, attributes, driver.as_ref())
        .inspect_err(|_| kernel.part::<Pool>().free(kernel, address, None))?;
    object.on_destroy(move |kernel| kernel.part::<Pool>().free(kernel, address, None));
    Ref::of(object).ok_or(STATUS_UNSUCCESSFUL)
}

/// Like [`new_memory`], holding `bytes`.
pub(crate) fn memory_of(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    bytes: &[u8],
) -> Result<Ref<Memory>, NTSTATUS> {
    let memory = new_memory(kernel, attributes, 0, bytes.len(), false)?;
    write_bytes(memory.address() as *mut u8, bytes);
    Ok(memory)
}

/// Returns `length` bytes at `place`, or a part of them from an offset.
pub(crate) fn inside(
    place: usize,
    length: usize,
    part: Option<WDFMEMORY_OFFSET>,
) -> Result<(usize, usize), NTSTATUS> {
    let Some(part) = part else { return Ok((place, length)) };
    let end = part.BufferOffset.checked_add(part.BufferLength).ok_or(STATUS_INTEGER_OVERFLOW)?;
    if end > length {
        return Err(STATUS_BUFFER_TOO_SMALL);
    }
    Ok((
        place + part.BufferOffset,
        if part.BufferLength == 0 { length - part.BufferOffset } else { part.BufferLength },
    ))
}

/// Returns the bytes of a memory object or of a part of it; none without an object.
pub(crate) fn part(
    kernel: &Kernel,
    memory: WDFMEMORY,
    offset: PWDFMEMORY_OFFSET,
) -> Result<(usize, usize), NTSTATUS> {
    if memory.is_null() {
        return Ok(Default::default());
    }
    let memory = object::get::<Memory>(kernel, memory as usize)?;
    let (place, length) = (memory.address(), memory.length());
    inside(place, length, read(offset))
}

/// A string object: UTF-16 with a zero at its end.
pub(crate) struct Text {
    units: RefCell<Vec<u16>>,
}

impl Text {
    pub(crate) fn text(&self) -> String {
        let units = self.units.borrow();
        String::from_utf16_lossy(units.strip_suffix(&[0]).unwrap_or(&units))
    }

    pub(crate) fn set(&self, text: &str) {
        *self.units.borrow_mut() = text.encode_utf16().chain([0]).collect();
    }
}

/// A string object of `text`.
pub(crate) fn new_text(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    parent: Option<&Rc<Object>>,
    text: &str,
) -> Result<Ref<Text>, NTSTATUS> {
    let own = Text { units: RefCell::default() };
    own.set(text);
    let driver = framework::driver(kernel);
    let object = object::create(kernel, "WDFSTRING", own, attributes, parent.or(driver.as_ref()))?;
    Ref::of(object).ok_or(STATUS_UNSUCCESSFUL)
}

/// A collection: it holds a reference on each object in it.
#[derive(Default)]
pub(crate) struct Collection {
    items: RefCell<Vec<usize>>,
}

impl Collection {
    pub(crate) fn items(&self) -> Vec<usize> {
        self.items.borrow().clone()
    }

    /// Adds an object, with a reference.
    pub(crate) fn add(&self, kernel: &Kernel, item: usize) -> Result<(), NTSTATUS> {
        let object = object::any(kernel, item)?;
        object::reference(&object);
        self.items.borrow_mut().push(item);
        Ok(())
    }

    fn remove(&self, kernel: &Kernel, at: usize) {
        let item = self.items.borrow_mut().remove(at);
        if let Ok(object) = object::any(kernel, item) {
            object::dereference(kernel, &object);
        }
    }
}

/// The parameters of a lookaside list.
struct Lookaside {
    size: usize,
    tag: u32,
    attributes: Option<WDF_OBJECT_ATTRIBUTES>,
}

fn memory(kernel: &Kernel, handle: WDFMEMORY) -> Result<Ref<Memory>, NTSTATUS> {
    object::get::<Memory>(kernel, handle as usize)
}

fn collection(kernel: &Kernel, handle: WDFCOLLECTION) -> Result<Ref<Collection>, NTSTATUS> {
    object::get::<Collection>(kernel, handle as usize)
}

/// Copies between a memory object at `offset` and `place`, if it fits. Source: fxmemoryobject.cpp.
fn copy(memory: &Memory, offset: usize, out: *mut u8, length: usize, into: bool) -> NTSTATUS {
    if out.is_null() || length == 0 {
        return STATUS_INVALID_PARAMETER;
    }
    if into && memory.read_only {
        return STATUS_ACCESS_VIOLATION;
    }
    if offset.checked_add(length).is_none_or(|end| end > memory.length()) {
        return if into { STATUS_INVALID_BUFFER_SIZE } else { STATUS_BUFFER_TOO_SMALL };
    }
    let own = (memory.address() + offset) as *mut u8;
    for at in 0..length {
        let (from, to) = if into { (out, own) } else { (own, out) };
        write(to.wrapping_add(at), read(from.wrapping_add(at).cast_const()).unwrap_or(0));
    }
    STATUS_SUCCESS
}

fn WdfMemoryCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    pool: POOL_TYPE,
    tag: ULONG,
    size: usize,
    handle: *mut WDFMEMORY,
    buffer: *mut PVOID,
) -> NTSTATUS {
    if size == 0 {
        return STATUS_INVALID_PARAMETER;
    }
    if pool & 1 != 0 && kernel.irql() > 1 {
        kernel.violate(Rule::PagedPool, "paged memory above APC_LEVEL".to_owned());
    }
    status(new_memory(kernel, attributes, tag, size, pool & 1 != 0).map(|memory| {
        write(buffer, memory.address() as PVOID);
        write(handle, memory.object().as_ptr());
    }))
}

fn WdfMemoryCreatePreallocated(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    buffer: PVOID,
    size: usize,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    if buffer.is_null() || size == 0 {
        return STATUS_INVALID_PARAMETER;
    }
    let memory = Memory {
        address: Cell::new(buffer as usize),
        length: Cell::new(size),
        preallocated: true,
        read_only: false,
    };
    let driver = framework::driver(kernel);
    status(
        object::create(kernel, "WDFMEMORY", memory, attributes, driver.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn WdfMemoryGetBuffer(kernel: &Kernel, handle: WDFMEMORY, size: *mut usize) -> PVOID {
    memory(kernel, handle).map_or(std::ptr::null_mut(), |memory| {
        write(size, memory.length());
        memory.address() as PVOID
    })
}

fn WdfMemoryAssignBuffer(
    kernel: &Kernel,
    handle: WDFMEMORY,
    buffer: PVOID,
    size: usize,
) -> NTSTATUS {
    status(memory(kernel, handle).and_then(|memory| {
        if !memory.preallocated {
            let what = "bug check 0x10d (5, ...): WdfMemoryAssignBuffer of a memory object that \
                        WdfMemoryCreatePreallocated did not make";
            kernel.violate(Rule::WdfViolation, what.to_owned());
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        if buffer.is_null() || size == 0 {
            return Err(STATUS_INVALID_PARAMETER);
        }
        memory.address.set(buffer as usize);
        memory.length.set(size);
        Ok(())
    }))
}

fn WdfMemoryCopyToBuffer(
    kernel: &Kernel,
    source: WDFMEMORY,
    offset: usize,
    buffer: PVOID,
    length: usize,
) -> NTSTATUS {
    memory(kernel, source)
        .map_or_else(|status| status, |memory| copy(&memory, offset, buffer.cast(), length, false))
}

fn WdfMemoryCopyFromBuffer(
    kernel: &Kernel,
    destination: WDFMEMORY,
    offset: usize,
    buffer: PVOID,
    length: usize,
) -> NTSTATUS {
    memory(kernel, destination)
        .map_or_else(|status| status, |memory| copy(&memory, offset, buffer.cast(), length, true))
}

fn WdfLookasideListCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    size: usize,
    _pool: POOL_TYPE,
    memory: PWDF_OBJECT_ATTRIBUTES,
    tag: ULONG,
    handle: *mut WDFLOOKASIDE,
) -> NTSTATUS {
    if size == 0 {
        return STATUS_INVALID_PARAMETER;
    }
    let list = Lookaside { size, tag, attributes: read(memory) };
    let driver = framework::driver(kernel);
    status(
        object::create(kernel, "WDFLOOKASIDE", list, attributes, driver.as_ref())
            .map(|object| write(handle, object.as_ptr())),
    )
}

fn WdfMemoryCreateFromLookaside(
    kernel: &Kernel,
    list: WDFLOOKASIDE,
    handle: *mut WDFMEMORY,
) -> NTSTATUS {
    let made = object::get::<Lookaside>(kernel, list as usize).and_then(|list| {
        let mut attributes = list.attributes;
        let place = attributes.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        new_memory(kernel, place, list.tag, list.size, false)
    });
    status(made.map(|memory| write(handle, memory.object().as_ptr())))
}

/// Returns the text of a UNICODE_STRING from a driver; a null pointer is an empty string. Source:
/// FxValidateUnicodeString.
pub(crate) fn counted(kernel: &Kernel, text: PCUNICODE_STRING) -> Result<String, NTSTATUS> {
    let is_wrong = |text: UNICODE_STRING| {
        !text.Length.is_multiple_of(2)
            || text.Length > text.MaximumLength
            || text.Length > 0 && text.Buffer.is_null()
    };
    if read(text).is_some_and(is_wrong) {
        kernel.violate(Rule::BadArgument, "a UNICODE_STRING that is none".to_owned());
        return Err(STATUS_INVALID_PARAMETER);
    }
    Ok(abi::text(text).unwrap_or_default())
}

fn WdfStringCreate(
    kernel: &Kernel,
    text: PCUNICODE_STRING,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFSTRING,
) -> NTSTATUS {
    let text = match counted(kernel, text) {
        Ok(text) => text,
        Err(status) => return status,
    };
    status(
        new_text(kernel, attributes, None, &text)
            .map(|string| write(handle, string.object().as_ptr())),
    )
}

fn WdfStringGetUnicodeString(kernel: &Kernel, string: WDFSTRING, out: PUNICODE_STRING) {
    if let Ok(string) = object::get::<Text>(kernel, string as usize) {
        let units = string.units.borrow();
        let bytes = units.len() as u16 * 2;
        write(
            out,
            UNICODE_STRING {
                Length: bytes.saturating_sub(2),
                MaximumLength: bytes,
                Buffer: units.as_ptr().cast_mut(),
            },
        );
    }
}

fn WdfCollectionCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    handle: *mut WDFCOLLECTION,
) -> NTSTATUS {
    let driver = framework::driver(kernel);
    status(
        object::create(kernel, "WDFCOLLECTION", Collection::default(), attributes, driver.as_ref())
            .map(|object| {
                let weak = Rc::downgrade(&object);
                // The items stay until the collection is destroyed, after its cleanup.
                object.on_destroy(move |kernel| {
                    if let Some(own) = weak.upgrade().and_then(Ref::<Collection>::of) {
                        while !own.items.borrow().is_empty() {
                            own.remove(kernel, 0);
                        }
                    }
                });
                write(handle, object.as_ptr());
            }),
    )
}

fn WdfCollectionGetCount(kernel: &Kernel, handle: WDFCOLLECTION) -> ULONG {
    collection(kernel, handle).map_or(0, |own| own.items.borrow().len() as u32)
}

fn WdfCollectionAdd(kernel: &Kernel, handle: WDFCOLLECTION, item: WDFOBJECT) -> NTSTATUS {
    status(collection(kernel, handle).and_then(|own| own.add(kernel, item as usize)))
}

fn WdfCollectionRemove(kernel: &Kernel, handle: WDFCOLLECTION, item: WDFOBJECT) {
    if let Ok(own) = collection(kernel, handle) {
        let at = own.items.borrow().iter().position(|other| *other == item as usize);
        match at {
            Some(at) => own.remove(kernel, at),
            None => kernel.violate(
                Rule::BadArgument,
                "an item that is not in the collection was removed".to_owned(),
            ),
        }
    }
}

fn WdfCollectionRemoveItem(kernel: &Kernel, handle: WDFCOLLECTION, index: ULONG) {
    if let Ok(own) = collection(kernel, handle) {
        let count = own.items.borrow().len();
        if (index as usize) < count {
            own.remove(kernel, index as usize);
        } else {
            kernel.violate(
                Rule::BadArgument,
                format!("item {index} of a collection of {count} was removed"),
            );
        }
    }
}

fn WdfCollectionGetItem(kernel: &Kernel, handle: WDFCOLLECTION, index: ULONG) -> WDFOBJECT {
    collection(kernel, handle)
        .ok()
        .and_then(|own| own.items.borrow().get(index as usize).copied())
        .unwrap_or(0) as WDFOBJECT
}

fn WdfCollectionGetFirstItem(kernel: &Kernel, handle: WDFCOLLECTION) -> WDFOBJECT {
    collection(kernel, handle).ok().and_then(|own| own.items.borrow().first().copied()).unwrap_or(0)
        as WDFOBJECT
}

fn WdfCollectionGetLastItem(kernel: &Kernel, handle: WDFCOLLECTION) -> WDFOBJECT {
    collection(kernel, handle).ok().and_then(|own| own.items.borrow().last().copied()).unwrap_or(0)
        as WDFOBJECT
}

entries! {
    /// Data.
    entries:
    WdfMemoryCreate: DISPATCH, fallible;
    WdfMemoryCreatePreallocated: DISPATCH, fallible;
    WdfMemoryGetBuffer: DISPATCH;
    WdfMemoryAssignBuffer: DISPATCH, fallible;
    WdfMemoryCopyToBuffer: DISPATCH, fallible;
    WdfMemoryCopyFromBuffer: DISPATCH, fallible;
    WdfLookasideListCreate: DISPATCH, fallible;
    WdfMemoryCreateFromLookaside: DISPATCH, fallible;
    WdfStringCreate: PASSIVE, fallible;
    WdfStringGetUnicodeString: PASSIVE;
    WdfCollectionCreate: DISPATCH, fallible;
    WdfCollectionGetCount: DISPATCH;
    WdfCollectionAdd: DISPATCH, fallible;
    WdfCollectionRemove: DISPATCH;
    WdfCollectionRemoveItem: DISPATCH;
    WdfCollectionGetItem: DISPATCH;
    WdfCollectionGetFirstItem: DISPATCH;
    WdfCollectionGetLastItem: DISPATCH;
}
