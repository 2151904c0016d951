//! Object bags: named values that drivers and ACX pass to each other. Source: acxmisc.h pages.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, guid_of, sized};
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{self, read, write, write_bytes};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::Ref;
use crate::wdf::data::{self, Collection, Memory, Text};
use crate::wdf::framework;
use crate::wdf::registry;

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueType {
    I1,
    Ui1,
    I2,
    Ui2,
    I4,
    Ui4,
    I8,
    Ui8,
    SizeT,
    Guid,
    String,
    MultiString,
    Blob,
}

type Values = Rc<RefCell<BTreeMap<String, (ValueType, Vec<u8>)>>>;

/// An open bag.
pub(crate) struct Bag {
    values: Values,
    flags: u32,
}

/// Bags that are known by a name or a handle.
#[derive(Default)]
pub(crate) struct Bags {
    named: RefCell<BTreeMap<String, Values>>,
    handles: RefCell<Vec<Values>>,
}

/// Handles of bags are far from those of other things.
const HANDLES: usize = 0xBA6_0000;

impl Bags {
    /// A handle by which another driver can open the bag.
    pub(crate) fn handle(&self, bag: &Bag) -> HANDLE {
        let mut handles = self.handles.borrow_mut();
        handles.push(bag.values.clone());
        (HANDLES + 4 * handles.len()) as HANDLE
    }

    fn of_handle(&self, handle: HANDLE) -> Option<Values> {
        let at = (handle as usize).checked_sub(HANDLES + 4)? / 4;
        self.handles.borrow().get(at).cloned()
    }
}

const READS: u32 = _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigEnableReads as u32;
const WRITES: u32 = _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigEnableWrites as u32;
const FAIL_IF_EXIST: u32 = _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigFailIfExist as u32;
const WITH_HANDLE: u32 = _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigOpenWithHandle as u32;

/// The values that a configuration names; new ones, if it names none.
fn values(
    kernel: &Kernel,
    config: &ACX_OBJECTBAG_CONFIG,
    creates: bool,
) -> Result<Values, NTSTATUS> {
    if config.Flags & WITH_HANDLE != 0 {
        return kernel.part::<Bags>().of_handle(config.Handle).ok_or(STATUS_INVALID_HANDLE);
    }
    let Some(name) = abi::text(config.Name) else {
        return if creates { Ok(Values::default()) } else { Err(STATUS_INVALID_PARAMETER) };
    };
    let key = if config.ParentKey.is_null() {
        String::new()
    } else {
        registry::path_of(kernel, config.ParentKey)?
    };
    let place = format!("{key}\\{name}").to_lowercase();
    let mut named = kernel.part::<Bags>().named.borrow_mut();
    match named.get(&place) {
        Some(_) if creates && config.Flags & FAIL_IF_EXIST != 0 => {
            Err(STATUS_OBJECT_NAME_COLLISION)
        }
        Some(values) => Ok(values.clone()),
        None if creates => Ok(named.entry(place).or_default().clone()),
        None => Err(STATUS_OBJECT_NAME_NOT_FOUND),
    }
}

fn open(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_OBJECTBAG_CONFIG,
    creates: bool,
    handle: *mut ACXOBJECTBAG,
) -> NTSTATUS {
    let made = sized(kernel, config, |config| config.Size).and_then(|config| {
        let bag = Bag { values: values(kernel, &config, creates)?, flags: config.Flags };
        let driver = framework::driver(kernel);
        object::create(kernel, "ACXOBJECTBAG", bag, attributes, driver.as_ref())
    });
    status(made.map(|bag| write(handle, bag.as_ptr())))
}

fn bag(kernel: &Kernel, handle: ACXOBJECTBAG, flag: u32) -> Result<Ref<Bag>, NTSTATUS> {
    let bag = object::get::<Bag>(kernel, handle as usize)?;
    if bag.flags & flag == 0 { Err(STATUS_ACCESS_DENIED) } else { Ok(bag) }
}

fn add(
    kernel: &Kernel,
    handle: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    kind: ValueType,
    bytes: &[u8],
) -> NTSTATUS {
    let Some(name) = abi::text(name).filter(|name| !name.is_empty()) else {
        return STATUS_INVALID_PARAMETER;
    };
    status(bag(kernel, handle, WRITES).and_then(|bag| {
        let mut values = bag.values.borrow_mut();
        let name = name.to_lowercase();
        if bag.flags & FAIL_IF_EXIST != 0 && values.contains_key(&name) {
            return Err(STATUS_OBJECT_NAME_COLLISION);
        }
        values.insert(name, (kind, bytes.to_vec()));
        Ok(())
    }))
}

fn retrieve(
    kernel: &Kernel,
    handle: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    kind: ValueType,
) -> Result<Vec<u8>, NTSTATUS> {
    let name = abi::text(name).ok_or(STATUS_INVALID_PARAMETER)?.to_lowercase();
    let bag = bag(kernel, handle, READS)?;
    let values = bag.values.borrow();
    let (own, bytes) = values.get(&name).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
    if *own == kind { Ok(bytes.clone()) } else { Err(STATUS_OBJECT_TYPE_MISMATCH) }
}

fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn text(bytes: &[u8]) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    String::from_utf16_lossy(
        &pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect::<Vec<_>>(),
    )
}

/// Numbers: each has the bytes of its type.
macro_rules! retrieve_number {
    ($kernel:ident, $bag:ident, $name:ident, $kind:ident, $value:ident, $type:ty) => {
        status(retrieve($kernel, $bag, $name, ValueType::$kind).and_then(|bytes| {
            let bytes = bytes.try_into().map_err(|_| STATUS_OBJECT_TYPE_MISMATCH)?;
            write($value, <$type>::from_le_bytes(bytes));
            Ok(())
        }))
    };
}

fn AcxObjectBagCreate(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_OBJECTBAG_CONFIG,
    handle: *mut ACXOBJECTBAG,
) -> NTSTATUS {
    open(kernel, attributes, config, true, handle)
}

fn AcxObjectBagOpen(
    kernel: &Kernel,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_OBJECTBAG_CONFIG,
    handle: *mut ACXOBJECTBAG,
) -> NTSTATUS {
    open(kernel, attributes, config, false, handle)
}

fn AcxObjectBagAddI1(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: i8,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::I1, &value.to_le_bytes())
}

fn AcxObjectBagAddUI1(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: u8,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::Ui1, &value.to_le_bytes())
}

fn AcxObjectBagAddI2(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: i16,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::I2, &value.to_le_bytes())
}

fn AcxObjectBagAddUI2(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: u16,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::Ui2, &value.to_le_bytes())
}

fn AcxObjectBagAddI4(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: i32,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::I4, &value.to_le_bytes())
}

fn AcxObjectBagAddUI4(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: u32,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::Ui4, &value.to_le_bytes())
}

fn AcxObjectBagAddI8(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: i64,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::I8, &value.to_le_bytes())
}

fn AcxObjectBagAddUI8(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: u64,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::Ui8, &value.to_le_bytes())
}

fn AcxObjectBagAddSizeT(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: usize,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::SizeT, &value.to_le_bytes())
}

/// By value in C, which both conventions pass as the address of a copy.
fn AcxObjectBagAddGuid(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: GUID,
) -> NTSTATUS {
    add(kernel, bag, name, ValueType::Guid, &guid_bytes(&value))
}

fn AcxObjectBagAddString(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: WDFSTRING,
) -> NTSTATUS {
    object::get::<Text>(kernel, value as usize).map_or_else(
        |status| status,
        |string| add(kernel, bag, name, ValueType::String, &units(&string.text())),
    )
}

fn AcxObjectBagAddMultiString(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    values: WDFCOLLECTION,
) -> NTSTATUS {
    let Ok(strings) = object::get::<Collection>(kernel, values as usize) else {
        return STATUS_INVALID_PARAMETER;
    };
    let mut bytes = Vec::new();
    for string in strings.items() {
        match object::get::<Text>(kernel, string) {
            Ok(string) => bytes.extend(units(&format!("{}\0", string.text()))),
            Err(status) => return status,
        }
    }
    add(kernel, bag, name, ValueType::MultiString, &bytes)
}

fn AcxObjectBagAddUnicodeString(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: PCUNICODE_STRING,
) -> NTSTATUS {
    abi::text(value).map_or(STATUS_INVALID_PARAMETER, |text| {
        add(kernel, bag, name, ValueType::String, &units(&text))
    })
}

fn AcxObjectBagAddBlob(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: WDFMEMORY,
) -> NTSTATUS {
    object::get::<Memory>(kernel, value as usize).map_or_else(
        |status| status,
        |memory| add(kernel, bag, name, ValueType::Blob, &memory.bytes()),
    )
}

fn AcxObjectBagRetrieveI1(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut i8,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, I1, value, i8)
}

fn AcxObjectBagRetrieveUI1(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut u8,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, Ui1, value, u8)
}

fn AcxObjectBagRetrieveI2(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut i16,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, I2, value, i16)
}

fn AcxObjectBagRetrieveUI2(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut u16,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, Ui2, value, u16)
}

fn AcxObjectBagRetrieveI4(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut i32,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, I4, value, i32)
}

fn AcxObjectBagRetrieveUI4(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut u32,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, Ui4, value, u32)
}

fn AcxObjectBagRetrieveI8(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut i64,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, I8, value, i64)
}

fn AcxObjectBagRetrieveUI8(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut u64,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, Ui8, value, u64)
}

fn AcxObjectBagRetrieveSizeT(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut usize,
) -> NTSTATUS {
    retrieve_number!(kernel, bag, name, SizeT, value, usize)
}

fn AcxObjectBagRetrieveGuid(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: *mut GUID,
) -> NTSTATUS {
    status(retrieve(kernel, bag, name, ValueType::Guid).and_then(|bytes| {
        write(value, guid_of(bytes.try_into().map_err(|_| STATUS_OBJECT_TYPE_MISMATCH)?));
        Ok(())
    }))
}

fn AcxObjectBagRetrieveString(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: WDFSTRING,
) -> NTSTATUS {
    status(retrieve(kernel, bag, name, ValueType::String).and_then(|bytes| {
        object::get::<Text>(kernel, value as usize).map(|string| string.set(&text(&bytes)))
    }))
}

fn AcxObjectBagRetrieveMultiString(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    values: WDFCOLLECTION,
) -> NTSTATUS {
    status(retrieve(kernel, bag, name, ValueType::MultiString).and_then(|bytes| {
        let collection = object::get::<Collection>(kernel, values as usize)?;
        for text in text(&bytes).split('\0').filter(|text| !text.is_empty()) {
            let string = data::new_text(kernel, attributes, Some(collection.object()), text)?;
            collection.add(kernel, string.handle())?;
        }
        Ok(())
    }))
}

fn AcxObjectBagRetrieveUnicodeString(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    value: PUNICODE_STRING,
) -> NTSTATUS {
    status(retrieve(kernel, bag, name, ValueType::String).and_then(|bytes| {
        let own = read(value).ok_or(STATUS_INVALID_PARAMETER)?;
        if bytes.len() > usize::from(own.MaximumLength) {
            return Err(STATUS_BUFFER_TOO_SMALL);
        }
        write_bytes(own.Buffer, &bytes);
        write(value, UNICODE_STRING { Length: bytes.len() as u16, ..own });
        Ok(())
    }))
}

fn AcxObjectBagRetrieveBlob(
    kernel: &Kernel,
    bag: ACXOBJECTBAG,
    name: PCUNICODE_STRING,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    value: *mut WDFMEMORY,
) -> NTSTATUS {
    status(retrieve(kernel, bag, name, ValueType::Blob).and_then(|bytes| {
        data::memory_of(kernel, attributes, &bytes)
            .map(|memory| write(value, memory.object().as_ptr()))
    }))
}

entries! {
    /// Bags.
    entries:
    AcxObjectBagCreate: PASSIVE, fallible;
    AcxObjectBagOpen: PASSIVE, fallible;
    AcxObjectBagAddI1: PASSIVE, fallible;
    AcxObjectBagAddUI1: PASSIVE, fallible;
    AcxObjectBagAddI2: PASSIVE, fallible;
    AcxObjectBagAddUI2: PASSIVE, fallible;
    AcxObjectBagAddI4: PASSIVE, fallible;
    AcxObjectBagAddUI4: PASSIVE, fallible;
    AcxObjectBagAddI8: PASSIVE, fallible;
    AcxObjectBagAddUI8: PASSIVE, fallible;
    AcxObjectBagAddSizeT: PASSIVE, fallible;
    AcxObjectBagAddGuid: PASSIVE, fallible;
    AcxObjectBagAddString: PASSIVE, fallible;
    AcxObjectBagAddMultiString: PASSIVE, fallible;
    AcxObjectBagAddUnicodeString: PASSIVE, fallible;
    AcxObjectBagAddBlob: PASSIVE, fallible;
    AcxObjectBagRetrieveI1: PASSIVE, fallible;
    AcxObjectBagRetrieveUI1: PASSIVE, fallible;
    AcxObjectBagRetrieveI2: PASSIVE, fallible;
    AcxObjectBagRetrieveUI2: PASSIVE, fallible;
    AcxObjectBagRetrieveI4: PASSIVE, fallible;
    AcxObjectBagRetrieveUI4: PASSIVE, fallible;
    AcxObjectBagRetrieveI8: PASSIVE, fallible;
    AcxObjectBagRetrieveUI8: PASSIVE, fallible;
    AcxObjectBagRetrieveSizeT: PASSIVE, fallible;
    AcxObjectBagRetrieveGuid: PASSIVE, fallible;
    AcxObjectBagRetrieveString: PASSIVE, fallible;
    AcxObjectBagRetrieveMultiString: PASSIVE, fallible;
    AcxObjectBagRetrieveUnicodeString: PASSIVE, fallible;
    AcxObjectBagRetrieveBlob: PASSIVE, fallible;
}
