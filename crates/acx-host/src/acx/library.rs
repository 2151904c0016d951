//! ACX as a class extension of KMDF.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;

use acx_sys::*;

use crate::acx::{
    bag, bridge, chain, circuit, device, drm, element, event, factory, file, format, formats, io,
    listener, manager, pin, power, request, stream, target,
};
use crate::kernel::Kernel;
use crate::kernel::function::{self, Entry, thunks};
use crate::kernel::loaded;
use crate::kernel::namespace;
use crate::wdf::extension::{self, ClassLibrary};

/// The target of each driver's AcxDriverGlobals, by its number; opaque to drivers.
#[derive(Default)]
struct Globals(RefCell<HashMap<u32, Box<[u64; 8]>>>);

/// The class extension.
struct Acx;

impl ClassLibrary for Acx {
    fn name(&self) -> &'static str {
        "Acx"
    }

    fn version(&self) -> (ULONG, ULONG) {
        (1, ACX_FUNCTION_NAMES.len() as ULONG)
    }

    fn bind(&self, kernel: &Kernel) -> (Vec<*const c_void>, PVOID) {
        extension::register(kernel, &power::Client);
        let mut all = kernel.part::<Globals>().0.borrow_mut();
        let globals = all.entry(loaded::number(kernel)).or_default();
        (table(kernel), (&raw mut **globals).cast())
    }
}

/// A machine has ACX.
pub(crate) fn install(kernel: &Kernel) {
    extension::install(kernel, &Acx);
    namespace::register(kernel, file::open_target);
}

/// Every ACX function.
fn entries() -> Vec<Entry> {
    let lists = [
        bag::entries,
        bridge::entries,
        chain::entries,
        circuit::entries,
        device::entries,
        drm::entries,
        element::entries,
        event::entries,
        factory::entries,
        format::entries,
        formats::entries,
        io::entries,
        listener::entries,
        manager::entries,
        pin::entries,
        request::entries,
        stream::entries,
        target::entries,
    ];
    lists.iter().flat_map(|list| list()).collect()
}

/// The ACX table, for a driver of the machine's convention.
fn table(kernel: &Kernel) -> Vec<*const c_void> {
    // The answer is in a register and the arguments are the caller's to drop, in both conventions.
    unsafe extern "C" fn thunk<const INDEX: usize>() -> i32 {
        function::missing(ACX_FUNCTION_NAMES.get(INDEX).copied().unwrap_or("?"))
    }
    let missing = thunks!(thunk: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22);
    function::table(&ACX_FUNCTION_NAMES, &entries(), &missing, loaded::convention(kernel))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function that the host lacks names itself when it is called; of ACX there is none.
    #[test]
    fn every_acx_function_is_there() {
        let entries = entries();
        let lacks = |name: &&&str| !entries.iter().any(|entry| entry.name == **name);
        let missing: Vec<_> = ACX_FUNCTION_NAMES.iter().filter(lacks).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(entries.len(), ACX_FUNCTION_NAMES.len(), "one entry each");
    }
}
