//! The entry stub against a loader of our own: what it hands over, what it undoes after a failure,
//! and that a driver loads again.

use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard};

use acx_sys::entry::{WDF_BIND_INFO, WDF_BIND_INFO2, WDF_CLASS_BIND_INFO, driver_entry};
use acx_sys::*;

/// What happened, in order, and what the loader is to answer.
struct Loader {
    calls: Vec<&'static str>,
    bind: NTSTATUS,
    class: NTSTATUS,
    entry: NTSTATUS,
    displace: bool,
}

static LOADER: Mutex<Loader> = Mutex::new(Loader {
    calls: Vec::new(),
    bind: STATUS_SUCCESS,
    class: STATUS_SUCCESS,
    entry: STATUS_SUCCESS,
    displace: true,
});

/// The tests share the globals of one driver, so they take turns.
static TURN: Mutex<()> = Mutex::new(());

fn loader() -> MutexGuard<'static, Loader> {
    LOADER.lock().unwrap()
}

/// Starts a test: alone, with a loader that agrees to everything.
fn turn() -> MutexGuard<'static, ()> {
    let turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *loader() = Loader {
        calls: Vec::new(),
        bind: STATUS_SUCCESS,
        class: STATUS_SUCCESS,
        entry: STATUS_SUCCESS,
        displace: true,
    };
    turn
}

/// `WdfObjectDelete`, the one entry that the tests call.
unsafe extern "C" fn object_delete(globals: PWDF_DRIVER_GLOBALS, object: WDFOBJECT) {
    assert_eq!(object, 0x11 as WDFOBJECT);
    // SAFETY: the stub passes the globals that this loader gave it.
    assert_eq!(unsafe { (*globals).DriverTag }, 0x1234);
    loader().calls.push("WdfObjectDelete");
}

/// `AcxCircuitInitFree`, likewise.
unsafe extern "C" fn circuit_init_free(globals: PACX_DRIVER_GLOBALS, init: PACXCIRCUIT_INIT) {
    assert_eq!((globals, init), (0x22 as PACX_DRIVER_GLOBALS, 0x33 as PACXCIRCUIT_INIT));
    loader().calls.push("AcxCircuitInitFree");
}

fn leaked<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

#[unsafe(no_mangle)]
unsafe extern "C" fn WdfVersionBind(
    driver: PDRIVER_OBJECT,
    path: PUNICODE_STRING,
    info: *mut WDF_BIND_INFO,
    globals: *mut PVOID,
) -> NTSTATUS {
    // SAFETY: what the stub passes: its own statics.
    unsafe {
        assert!(!driver.is_null());
        assert_eq!((*path).Length, 4);
        assert_eq!(*(*path).Buffer.add(1), u16::from(b'b'));
        assert_eq!((*info).Size as usize, size_of::<WDF_BIND_INFO2>());
        assert_eq!(((*info).Version.Major, (*info).FuncCount), (1, 458));
        assert!((*info).Module.is_null() && (*globals).is_null() && (*(*info).FuncTable).is_null());
        let info2: *mut WDF_BIND_INFO2 = info.cast();
        assert_eq!((*(*info2).FuncCountPtr, *(*info2).StructCountPtr), (458, 81));
        let mut loader = loader();
        loader.calls.push("bind");
        if NT_SUCCESS(loader.bind) {
            let mut table = vec![None; 458];
            let at = WDF_FUNCTION_NAMES.iter().position(|name| *name == "WdfObjectDelete").unwrap();
            table[at] = std::mem::transmute::<PFN_WDFOBJECTDELETE, WDFFUNC>(Some(object_delete));
            *(*info).FuncTable = table.leak().as_ptr();
            *globals = leaked(WDF_DRIVER_GLOBALS {
                DriverTag: 0x1234,
                DisplaceDriverUnload: u8::from(loader.displace),
                ..Default::default()
            })
            .cast();
            // A framework that is older than the driver says so; the next load has to begin afresh.
            *(*info2).FuncCountPtr = 440;
        }
        loader.bind
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn WdfVersionUnbind(_: PUNICODE_STRING, _: *mut WDF_BIND_INFO, globals: PVOID) {
    assert!(!globals.is_null());
    loader().calls.push("unbind");
}

#[unsafe(no_mangle)]
unsafe extern "C" fn WdfVersionBindClass(
    _: *mut WDF_BIND_INFO,
    globals: PVOID,
    class: *mut WDF_CLASS_BIND_INFO,
) -> NTSTATUS {
    assert!(!globals.is_null());
    // SAFETY: what the stub passes: its own statics.
    unsafe {
        let name = std::slice::from_raw_parts((*class).ClassName, 4);
        assert_eq!(String::from_utf16(name).unwrap(), "Acx\0");
        assert_eq!(((*class).Version.Minor, (*class).FunctionTableCount), (1, 221));
        let mut loader = loader();
        loader.calls.push("bind class");
        if NT_SUCCESS(loader.class) {
            let at =
                ACX_FUNCTION_NAMES.iter().position(|name| *name == "AcxCircuitInitFree").unwrap();
            *(*class).FunctionTable.add(at) =
                std::mem::transmute::<PFN_ACXCIRCUITINITFREE, ACXFUNC>(Some(circuit_init_free));
            *(*class).ClassBindInfo.cast::<usize>() = 0x22;
        }
        loader.class
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn WdfVersionUnbindClass(
    _: *mut WDF_BIND_INFO,
    _: PVOID,
    _: *mut WDF_CLASS_BIND_INFO,
) {
    loader().calls.push("unbind class");
}

#[unsafe(no_mangle)]
unsafe extern "C" fn KeBugCheckEx(code: ULONG, _: u64, _: u64, _: u64, _: u64) -> ! {
    panic!("bug check {code:#X}")
}

unsafe extern "C" fn entry(driver: PDRIVER_OBJECT, path: PUNICODE_STRING) -> NTSTATUS {
    assert!(!path.is_null());
    loader().calls.push("DriverEntry");
    if driver.is_null() {
        return STATUS_NOT_SUPPORTED;
    }
    // SAFETY: bound; the table has these two entries, which look at nothing but what they are
    // given.
    unsafe {
        WdfObjectDelete(0x11 as WDFOBJECT);
        AcxCircuitInitFree(0x33 as PACXCIRCUIT_INIT);
        (*driver).DriverUnload = Some(own_unload);
    }
    loader().entry
}

unsafe extern "C" fn own_unload(_: *mut _DRIVER_OBJECT) {
    loader().calls.push("unload");
}

/// Loads the driver; its status and its driver object.
fn load() -> (NTSTATUS, Box<DRIVER_OBJECT>) {
    let mut text = [u16::from(b'a'), u16::from(b'b')];
    let mut path = UNICODE_STRING { Length: 4, MaximumLength: 4, Buffer: text.as_mut_ptr() };
    let mut object = Box::new(DRIVER_OBJECT::default());
    // SAFETY: a driver object and a path as a loader has them; the tests take turns.
    let status = unsafe { driver_entry(&raw mut *object, &raw mut path, entry) };
    (status, object)
}

fn unload(mut object: Box<DRIVER_OBJECT>) {
    // SAFETY: the driver was loaded and nothing of it runs.
    unsafe { object.DriverUnload.unwrap()(&raw mut *object) };
}

const LOADED: [&str; 5] =
    ["bind", "bind class", "DriverEntry", "WdfObjectDelete", "AcxCircuitInitFree"];

#[test]
fn a_driver_binds_runs_and_unbinds_in_order_and_again() {
    let _turn = turn();
    for _ in 0..2 {
        loader().calls.clear();
        let (status, object) = load();
        assert_eq!(status, STATUS_SUCCESS);
        unload(object);
        let mut expected = LOADED.to_vec();
        expected.extend(["unload", "unbind class", "unbind"]);
        assert_eq!(loader().calls, expected);
    }
}

#[test]
fn a_failed_bind_is_not_unbound() {
    let _turn = turn();
    loader().bind = STATUS_NOT_SUPPORTED;
    assert_eq!(load().0, STATUS_NOT_SUPPORTED);
    assert_eq!(loader().calls, ["bind"]);
}

#[test]
fn a_failed_class_bind_unbinds_what_was_tried() {
    let _turn = turn();
    loader().class = STATUS_NOT_FOUND;
    assert_eq!(load().0, STATUS_NOT_FOUND);
    assert_eq!(loader().calls, ["bind", "bind class", "unbind class", "unbind"]);
}

#[test]
fn a_failed_driver_entry_unbinds_everything() {
    let _turn = turn();
    loader().entry = STATUS_INSUFFICIENT_RESOURCES;
    assert_eq!(load().0, STATUS_INSUFFICIENT_RESOURCES);
    assert_eq!(loader().calls[5..], ["unbind class", "unbind"]);
}

#[test]
fn the_unload_routine_stays_the_drivers_own_unless_displaced() {
    let _turn = turn();
    loader().displace = false;
    let (status, object) = load();
    assert_eq!(status, STATUS_SUCCESS);
    unload(object);
    assert_eq!(loader().calls[5..], ["unload"]);
}

#[test]
fn without_a_driver_object_only_driver_entry_runs() {
    let _turn = turn();
    let mut path = UNICODE_STRING::default();
    // SAFETY: the stub hands a null driver object through.
    let status = unsafe { driver_entry(null_mut(), &raw mut path, entry) };
    assert_eq!(status, STATUS_NOT_SUPPORTED);
    assert_eq!(loader().calls, ["DriverEntry"]);
}

#[test]
fn a_path_that_does_not_fit_is_refused_before_the_bind() {
    let _turn = turn();
    let mut text = vec![u16::from(b'a'); 260];
    let mut path = UNICODE_STRING { Length: 520, MaximumLength: 520, Buffer: text.as_mut_ptr() };
    let mut object = DRIVER_OBJECT::default();
    // SAFETY: a driver object and a path as a loader has them.
    let status = unsafe { driver_entry(&raw mut object, &raw mut path, entry) };
    assert_eq!(status, STATUS_BUFFER_TOO_SMALL);
    assert!(loader().calls.is_empty());
}
