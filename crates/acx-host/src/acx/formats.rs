//! Lists of formats that change: clients that wait for it are signalled. Source: acxdataformat.h,
//! acxpin.h pages.

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, same};
use crate::acx::assumptions::{self, SharedLists};
use crate::acx::format::{Format, FormatList, get_list};
use crate::acx::listener;
use crate::acx::pin::get;
use crate::kernel::Kernel;
use crate::kernel::abi::{read, status, write};
use crate::kernel::function::entries;
use crate::kernel::object::{self, Ref};

fn AcxDataFormatListAddDataFormat(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    format: ACXDATAFORMAT,
) -> NTSTATUS {
    status(object::get::<FormatList>(kernel, list as usize).and_then(|list| {
        list.formats.borrow_mut().push(object::get::<Format>(kernel, format as usize)?);
        listener::formats_changed(kernel, &list);
        Ok(())
    }))
}

fn AcxDataFormatListRemoveDataFormat(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    format: ACXDATAFORMAT,
) -> NTSTATUS {
    status(get_list(kernel, list).and_then(|list| {
        let is_it = |own: &Ref<Format>| own.handle() == format as usize;
        let at = list.formats.borrow().iter().position(is_it).ok_or(STATUS_NOT_FOUND)?;
        list.formats.borrow_mut().remove(at);
        listener::formats_changed(kernel, &list);
        Ok(())
    }))
}

fn AcxDataFormatListRemoveDataFormats(kernel: &Kernel, list: ACXDATAFORMATLIST) -> NTSTATUS {
    status(get_list(kernel, list).map(|list| {
        list.formats.borrow_mut().clear();
        listener::formats_changed(kernel, &list);
    }))
}

fn AcxDataFormatListAssignDefaultDataFormat(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    format: ACXDATAFORMAT,
) -> NTSTATUS {
    status(get_list(kernel, list).and_then(|list| {
        let format = object::get::<Format>(kernel, format as usize)?;
        // One that is not in the list joins it.
        let known = list.formats.borrow().iter().any(|own| own.handle() == format.handle());
        list.default.set(format.handle());
        if !known {
            list.formats.borrow_mut().push(format);
        }
        listener::formats_changed(kernel, &list);
        Ok(())
    }))
}

fn AcxPinAssignModeDataFormatList(
    kernel: &Kernel,
    pin: ACXPIN,
    mode: *const GUID,
    list: ACXDATAFORMATLIST,
) -> NTSTATUS {
    let Some(mode) = read(mode) else { return STATUS_INVALID_PARAMETER };
    status(get(kernel, pin).and_then(|pin| {
        let list = object::get::<FormatList>(kernel, list as usize)?;
        let is_shared = list.is_assigned.replace(true);
        if is_shared && assumptions::of(kernel).shared_lists == SharedLists::Refused {
            return Err(STATUS_INVALID_DEVICE_REQUEST);
        }
        let mut modes = pin.modes.borrow_mut();
        modes.retain(|(other, _)| guid_bytes(other) != guid_bytes(&mode));
        modes.push((mode, list.clone()));
        drop(modes);
        listener::formats_changed(kernel, &list);
        Ok(())
    }))
}

/// The list is the driver's from then on.
fn AcxPinRemoveModeDataFormatList(
    kernel: &Kernel,
    pin: ACXPIN,
    mode: *const GUID,
    out: *mut ACXDATAFORMATLIST,
) -> NTSTATUS {
    let Some(mode) = read(mode) else { return STATUS_INVALID_PARAMETER };
    status(get(kernel, pin).and_then(|pin| {
        let list = pin.list(&mode).ok_or(STATUS_NOT_FOUND)?;
        listener::formats_changed(kernel, &list);
        pin.modes.borrow_mut().retain(|(other, _)| !same(other, &mode));
        write(out, list.object().as_ptr());
        Ok(())
    }))
}

fn AcxPinNotifyDataFormatChange(kernel: &Kernel, pin: ACXPIN) -> NTSTATUS {
    status(get(kernel, pin).map(|pin| listener::pin_formats_changed(kernel, &pin)))
}

entries! {
    /// Lists that change.
    entries:
    AcxDataFormatListAddDataFormat: PASSIVE, fallible;
    AcxDataFormatListRemoveDataFormat: DISPATCH;
    AcxDataFormatListRemoveDataFormats: DISPATCH;
    AcxDataFormatListAssignDefaultDataFormat: DISPATCH, fallible;
    AcxPinAssignModeDataFormatList: PASSIVE, fallible;
    AcxPinRemoveModeDataFormatList: DISPATCH;
    AcxPinNotifyDataFormatChange: DISPATCH;
}
