//! Arguments of drivers: structures with their size, arrays of handles, GUIDs.

use acx_client::bytes::guid_at;
pub(crate) use acx_client::bytes::guid_bytes;
use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::read;
use crate::kernel::object::{self, Ref};
use crate::kernel::report::Rule;

/// GUIDs have no equality of their own.
pub(crate) fn same(one: &GUID, other: &GUID) -> bool {
    guid_bytes(one) == guid_bytes(other)
}

/// The GUID with this memory layout.
pub(crate) fn guid_of(bytes: [u8; 16]) -> GUID {
    guid_at(&bytes, 0)
}

/// The structure at `place`, if its Size shows that it was initialized.
pub(crate) fn sized<T: Copy>(
    kernel: &Kernel,
    from: *const T,
    size: impl FnOnce(&T) -> u32,
) -> Result<T, NTSTATUS> {
    let value = read(from).ok_or(STATUS_INVALID_PARAMETER)?;
    if size(&value) == size_of::<T>() as u32 {
        return Ok(value);
    }
    let name =
        std::any::type_name::<T>().rsplit("::").next().unwrap_or_default().trim_start_matches('_');
    kernel.violate(Rule::Uninitialized, format!("{name} was not initialized: wrong Size"));
    Err(STATUS_INFO_LENGTH_MISMATCH)
}

/// `count` handles from `place`.
pub(crate) fn handles<T: 'static, H>(
    kernel: &Kernel,
    out: *mut *mut H,
    count: ULONG,
) -> Result<Vec<Ref<T>>, NTSTATUS> {
    (0..count as usize)
        .map(|at| {
            let handle = read(out.wrapping_add(at).cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
            object::get::<T>(kernel, handle as usize)
        })
        .collect()
}
