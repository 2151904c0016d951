//! Findings of the verifier beyond the rows of the table: each in a driver that breaks one rule.

use std::collections::BTreeSet;
use std::ptr::null_mut;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use acx_client::System;
use acx_host::Rule;
use acx_sys::ntddk::*;
use acx_sys::*;

use crate::driver::{Plan, child_of, in_d0, keep, kept, note, notes};
use crate::io::{BUFFERED, complete, sequential, with_file};

/// The code of this crate's tests, without comments.
fn tests_text() -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folders = [folder.join("kmdf"), folder];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("it is there"));
    let files = files.map(|file| file.expect("an entry").path());
    let sources = files.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    sources.map(|path| std::fs::read_to_string(path).expect("UTF-8")).collect()
}

#[test]
fn every_rule_is_broken_in_a_test_without_a_compiler_for_c() {
    let text = tests_text();
    let is_broken = |rule: &Rule| {
        let name = format!("Rule::{}", rule.name());
        text.match_indices(&name).any(|(at, _)| {
            !text[at + name.len()..].starts_with(|next: char| next.is_ascii_alphanumeric())
        })
    };
    let missing: Vec<&Rule> = Rule::ALL.iter().filter(|rule| !is_broken(rule)).collect();
    assert!(missing.is_empty(), "no test breaks {missing:?}");
}

const TAG: u32 = u32::from_le_bytes(*b"test");

fn allocate(flags: u64, bytes: u64, tag: u32) -> *mut u8 {
    // SAFETY: at most DISPATCH_LEVEL.
    unsafe { ExAllocatePool2(POOL_FLAG_NON_PAGED | flags, bytes, tag) }.cast()
}

fn free(block: *mut u8) {
    // SAFETY: what the tests do to the host is what they are about; it checks.
    unsafe { ExFreePoolWithTag(block.cast(), TAG) };
}

#[test]
fn pool_that_is_asked_for_uninitialized_holds_no_zeros() {
    in_d0(|_| {
        for (flags, byte) in [(0, 0), (POOL_FLAG_UNINITIALIZED, 0xCD)] {
            let block = allocate(flags, 64, TAG);
            // SAFETY: a block of 64 bytes.
            assert!((0..64).all(|at| unsafe { block.add(at).read() } == byte));
            free(block);
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_freed_block_that_is_written_to_is_found_whatever_its_size() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static BYTES: AtomicUsize = AtomicUsize::new(0);
    static AT: AtomicUsize = AtomicUsize::new(0);
    static MORE: AtomicUsize = AtomicUsize::new(0);
    for (bytes, at, more) in
        [(64, 5, 0), (64, 0, 0), (64, 63, 0), (100_000, 5, 0), (64, 5, 100), (100_000, 5, 100)]
    {
        BYTES.store(bytes, Ordering::SeqCst);
        AT.store(at, Ordering::SeqCst);
        MORE.store(more, Ordering::SeqCst);
        in_d0(|_| {
            let block = allocate(0, BYTES.load(Ordering::SeqCst) as u64, TAG);
            free(block);
            // SAFETY: freed memory that the host keeps, on purpose.
            unsafe { block.add(AT.load(Ordering::SeqCst)).write(1) };
            // The oldest of many freed blocks is looked at before the driver is unloaded.
            (0..MORE.load(Ordering::SeqCst)).for_each(|_| free(allocate(0, 8, TAG)));
        })
        .breaks(&[Rule::UseAfterFree]);
    }
}

#[test]
fn a_lock_in_memory_that_had_another_one_is_a_new_lock() {
    /// Takes a lock at an address, and one that is always there: in the other order if the
    /// address was one of another lock before, which is gone.
    fn takes(seen: &mut BTreeSet<usize>, at: usize) {
        static WORD: AtomicU64 = AtomicU64::new(0);
        let (new, other): (PKSPIN_LOCK, _) =
            (std::ptr::with_exposed_provenance_mut(at), WORD.as_ptr());
        let [first, second] = if seen.insert(at) { [new, other] } else { [other, new] };
        // SAFETY: memory of the driver's.
        unsafe {
            let before = KeAcquireSpinLockRaiseToDpc(first);
            KeAcquireSpinLockRaiseToDpc(second);
            KeReleaseSpinLock(second, 2);
            KeReleaseSpinLock(first, before);
        }
    }
    in_d0(|_| {
        let mut seen = BTreeSet::new();
        for _ in 0..300 {
            let block = allocate(0, 64, TAG);
            // Anywhere in it.
            takes(&mut seen, block.expose_provenance() + 56);
            free(block);
        }
    })
    .keeps_every_rule();
    in_d0(|device| {
        static LOCK: ContextTypeInfo = ContextTypeInfo::new(c"LOCK", 64, &LOCK);
        let mut seen = BTreeSet::new();
        for _ in 0..300 {
            let mut attributes = child_of(device.cast());
            attributes.ContextTypeInfo = LOCK.as_ptr();
            let mut object: WDFOBJECT = null_mut();
            // SAFETY: structures that outlive the calls, a live object.
            unsafe {
                WdfObjectCreate(&raw mut attributes, &raw mut object);
                let context = WdfObjectGetTypedContextWorker(object, LOCK.as_ptr());
                takes(&mut seen, context.expose_provenance() + 56);
                WdfObjectDelete(object);
            }
        }
    })
    .keeps_every_rule();
}

#[test]
fn an_mdl_of_pool_says_where_its_memory_is_once_it_is_built() {
    in_d0(|_| {
        let block = allocate(0, 5000, TAG);
        // SAFETY: an MDL over a part of the block.
        unsafe {
            let mdl = IoAllocateMdl(block.add(4100).cast(), 64, 0, 0, null_mut());
            MmBuildMdlForNonPagedPool(mdl);
            // What MmGetSystemAddressForMdlSafe looks at.
            let flags = MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA;
            assert_ne!(u32::from((*mdl).MdlFlags.cast_unsigned()) & flags, 0);
            assert_eq!((*mdl).MappedSystemVa, block.add(4100).cast());
            IoFreeMdl(mdl);
        }
        free(block);
    })
    .keeps_every_rule();
}

#[test]
fn pool_requests_have_a_length_and_a_tag() {
    in_d0(|_| {
        let block = allocate(0, 16, 0);
        // SAFETY: the block, which has no tag.
        unsafe { ExFreePool(block.cast()) };
    })
    .breaks(&[Rule::PoolRequest]);
}

#[test]
fn an_mdl_is_built_before_it_is_mapped() {
    in_d0(|_| {
        let block = allocate(0, 64, TAG);
        // SAFETY: a block of 64 bytes; an MDL that is freed twice on purpose.
        unsafe {
            let mdl = IoAllocateMdl(block.cast(), 64, 0, 0, null_mut());
            IoFreeMdl(mdl);
            IoFreeMdl(mdl);
        }
        free(block);
    })
    .breaks(&[Rule::MdlMisuse]);
}

/// Three spin locks in slots 0 to 2.
fn three_locks(device: WDFDEVICE) {
    for slot in 0..3 {
        let mut attributes = child_of(device.cast());
        let mut lock: WDFSPINLOCK = null_mut();
        // SAFETY: structures that outlive the call.
        unsafe { WdfSpinLockCreate(&raw mut attributes, &raw mut lock) };
        keep(slot, lock);
    }
}

fn both(first: usize, second: usize) {
    // SAFETY: live locks.
    unsafe {
        WdfSpinLockAcquire(kept(first));
        WdfSpinLockAcquire(kept(second));
        WdfSpinLockRelease(kept(second));
        WdfSpinLockRelease(kept(first));
    }
}

#[test]
fn three_locks_that_are_taken_in_a_circle_are_found() {
    in_d0(|device| {
        three_locks(device);
        both(0, 1);
        both(1, 2);
        both(0, 2);
    })
    .keeps_every_rule();
    in_d0(|device| {
        three_locks(device);
        both(0, 1);
        both(1, 2);
        both(2, 0);
    })
    .breaks(&[Rule::LockOrder]);
}

#[test]
fn wait_locks_have_an_order_too() {
    in_d0(|device| {
        for slot in 0..2 {
            let mut attributes = child_of(device.cast());
            let mut lock: WDFWAITLOCK = null_mut();
            // SAFETY: structures that outlive the call.
            unsafe { WdfWaitLockCreate(&raw mut attributes, &raw mut lock) };
            keep(slot, lock);
        }
        for [first, second] in [[0, 1], [0, 1], [1, 0]] {
            // SAFETY: live locks.
            unsafe {
                WdfWaitLockAcquire(kept(first), null_mut());
                WdfWaitLockAcquire(kept(second), null_mut());
                WdfWaitLockRelease(kept(second));
                WdfWaitLockRelease(kept(first));
            }
        }
    })
    .breaks(&[Rule::LockOrder]);
}

#[test]
fn a_spin_lock_is_held_for_a_short_time() {
    Plan::new()
        .created(three_locks)
        .run(|machine, device| {
            let device = device.expect("it starts");
            // SAFETY: a live lock.
            machine.inside(|| unsafe { WdfSpinLockAcquire(kept(0)) });
            machine.stall(Duration::from_micros(100));
            // SAFETY: the lock that was acquired, on the same thread.
            machine.inside(|| unsafe { WdfSpinLockRelease(kept(0)) });
            drop(device);
        })
        .breaks(&[Rule::LockHoldTime]);
}

#[test]
fn trace_providers_are_registered_while_they_are_used() {
    static PROVIDER: GUID = GUID { Data1: 0xACE0_0E79, Data2: 1, Data3: 2, Data4: [3; 8] };
    in_d0(|_| {
        let mut handle = 0;
        // SAFETY: structures that outlive the call.
        let status = unsafe { EtwRegister(&raw const PROVIDER, None, null_mut(), &raw mut handle) };
        assert_eq!(status, STATUS_SUCCESS);
    })
    .breaks(&[Rule::HandleLeak]);
    in_d0(|_| {
        // SAFETY: the host checks handles.
        let status = unsafe { EtwUnregister(0x1234) };
        assert_eq!(status, STATUS_INVALID_HANDLE);
    })
    .breaks(&[Rule::BadHandle]);
}

#[test]
fn a_request_is_completed_once() {
    with_file(
        sequential,
        |_, request| {
            complete(request, STATUS_SUCCESS);
            complete(request, STATUS_SUCCESS);
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[], &mut []);
        },
    )
    .breaks(&[Rule::RequestTwice]);
}

#[test]
fn an_answer_is_no_longer_than_its_buffer() {
    let run = |information| {
        static LENGTH: AtomicU64 = AtomicU64::new(0);
        LENGTH.store(information, std::sync::atomic::Ordering::SeqCst);
        with_file(
            sequential,
            |_, request| {
                let length = LENGTH.load(std::sync::atomic::Ordering::SeqCst);
                // SAFETY: a request that the driver has.
                unsafe { WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, length) };
            },
            |_, _, file| {
                file.ioctl(BUFFERED, &[], &mut [0; 8]);
            },
        )
    };
    run(8).keeps_every_rule();
    run(9).breaks(&[Rule::RequestMisuse]).saying("9 bytes of answer in 8");
}

#[test]
fn a_power_callback_does_not_wait_for_a_client() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let mut lock: WDFWAITLOCK = null_mut();
        let mut timeout = -70 * 10_000_000;
        // SAFETY: structures that outlive the calls; the lock is taken twice on purpose.
        unsafe {
            WdfWaitLockCreate(&raw mut attributes, &raw mut lock);
            WdfWaitLockAcquire(lock, null_mut());
            WdfWaitLockAcquire(lock, &raw mut timeout);
            WdfWaitLockRelease(lock);
        }
    })
    .breaks(&[Rule::PnpWait])
    .saying("EvtDeviceD0Entry took 70 s");
}

#[test]
fn a_driver_neither_stops_for_a_debugger_nor_brings_the_system_down() {
    in_d0(|_| {
        // SAFETY: the host goes on.
        unsafe {
            WdfVerifierDbgBreakPoint();
            WdfVerifierKeBugCheck(1, 2, 3, 4, 5);
        }
    })
    .breaks(&[Rule::Assertion, Rule::BugCheck]);
}

#[test]
fn one_timer_can_be_late() {
    unsafe extern "C" fn ticks(timer: WDFTIMER) {
        note(if timer == kept(0) { "first" } else { "second" });
    }
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            for (slot, milliseconds) in [(0, 10), (1, 20)] {
                let mut config = WDF_TIMER_CONFIG::default();
                WDF_TIMER_CONFIG_INIT(&mut config, Some(ticks));
                config.UseHighResolutionTimer = 1;
                let mut attributes = child_of(device.cast());
                let mut timer: WDFTIMER = null_mut();
                // SAFETY: filled structures that outlive the call, a live timer.
                unsafe {
                    let handle = &raw mut timer;
                    WdfTimerCreate(&raw mut config, &raw mut attributes, handle);
                    keep(slot, timer);
                    WdfTimerStart(timer, -10_000 * milliseconds);
                }
            }
        })
        .run(|machine, device| {
            notes().clear();
            assert!(machine.delay_next_timer(Duration::from_millis(15)));
            machine.sleep(Duration::from_millis(24));
            assert_eq!(*notes(), ["second"]);
            machine.sleep(Duration::from_millis(2));
            assert_eq!(*notes(), ["second", "first"]);
            assert!(!machine.delay_next_timer(Duration::from_millis(15)));
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_timer_of_normal_resolution_keeps_to_the_systems_tick() {
    unsafe extern "C" fn ticks(_timer: WDFTIMER) {
        // SAFETY: any IRQL; the frequency is not asked for.
        let now = unsafe { KeQueryPerformanceCounter(null_mut()).QuadPart };
        note(format!("{} us", (now - 36_000_000_000) / 10));
    }
    for (precise, times) in [
        (false, ["15625 us", "31250 us", "62500 us"]),
        (true, ["10000 us", "30000 us", "50000 us"]),
    ] {
        static PRECISE: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
        PRECISE.store(precise, std::sync::atomic::Ordering::SeqCst);
        Plan::new()
            .created(|device| {
                let mut config = WDF_TIMER_CONFIG::default();
                WDF_TIMER_CONFIG_INIT_PERIODIC(&mut config, Some(ticks), 20);
                let precise = PRECISE.load(std::sync::atomic::Ordering::SeqCst);
                config.UseHighResolutionTimer = precise.into();
                let mut attributes = child_of(device.cast());
                let mut timer: WDFTIMER = null_mut();
                // SAFETY: filled structures that outlive the calls.
                unsafe {
                    WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer);
                    WdfTimerStart(timer, -100_000);
                }
                keep(0, timer);
            })
            .run(|machine, device| {
                let device = device.expect("it starts");
                notes().clear();
                machine.sleep(Duration::from_millis(70));
                assert_eq!(notes()[..3], times);
                // SAFETY: a live timer.
                machine.inside(|| unsafe { WdfTimerStop(kept(0), 1) });
                drop(device);
            })
            .keeps_every_rule();
    }
}

unsafe extern "C" {
    fn WdfVersionBind(
        driver: PDRIVER_OBJECT,
        path: PUNICODE_STRING,
        info: *mut entry::WDF_BIND_INFO,
        globals: *mut PVOID,
    ) -> NTSTATUS;
    fn WdfVersionUnbind(path: PUNICODE_STRING, info: *mut entry::WDF_BIND_INFO, globals: PVOID);
    fn WdfVersionBindClass(
        info: *mut entry::WDF_BIND_INFO,
        globals: PVOID,
        class: *mut entry::WDF_CLASS_BIND_INFO,
    ) -> NTSTATUS;
}

/// The entry of a driver that is bound to KMDF 1.15, and calls a function of a later version.
unsafe extern "C" fn bound_to_an_old_version(
    driver: PDRIVER_OBJECT,
    path: PUNICODE_STRING,
) -> NTSTATUS {
    const NAME: &[u16] = &[75, 109, 100, 102, 76, 105, 98, 114, 97, 114, 121, 0];
    let mut table: *const WDFFUNC = std::ptr::null();
    let mut globals: PVOID = null_mut();
    let mut info = entry::WDF_BIND_INFO {
        Size: size_of::<entry::WDF_BIND_INFO>() as u32,
        Component: NAME.as_ptr(),
        Version: entry::VERSION { Major: 1, Minor: 15, Build: 0 },
        FuncCount: 444,
        FuncTable: &raw mut table,
        Module: null_mut(),
    };
    // SAFETY: what an entry stub does, with structures that outlive the calls; the function reads
    // nothing.
    unsafe {
        let info = &raw mut info;
        // One that is newer than the host's, or has more functions.
        let newer = [(2, 0, 1), (1, 34, 1), (1, 33, 459)];
        for (major, minor, count) in newer {
            let version = entry::VERSION { Major: major, Minor: minor, Build: 0 };
            let mut other = entry::WDF_BIND_INFO { Version: version, FuncCount: count, ..*info };
            let refused = WdfVersionBind(driver, path, &raw mut other, &raw mut globals);
            assert_eq!(refused, STATUS_NOT_SUPPORTED);
        }
        // Another structure, or another library.
        let other: &[u16] = &[75, 109, 0];
        let (size, name) = ((*info).Size, NAME.as_ptr());
        for (size, name) in [(size - 1, name), (size + 1, name), (size, other.as_ptr())] {
            let mut other = entry::WDF_BIND_INFO { Size: size, Component: name, ..*info };
            let refused = WdfVersionBind(driver, path, &raw mut other, &raw mut globals);
            assert_eq!(refused, STATUS_INVALID_PARAMETER, "{size}");
        }
        // The latest, and all that it has.
        let version = entry::VERSION { Major: 1, Minor: 33, Build: 0 };
        let mut latest = entry::WDF_BIND_INFO { Version: version, FuncCount: 458, ..*info };
        assert_eq!(WdfVersionBind(driver, path, &raw mut latest, &raw mut globals), STATUS_SUCCESS);
        assert_eq!(WdfVersionBind(driver, path, info, &raw mut globals), STATUS_SUCCESS);
        assert_eq!((*globals.cast::<WDF_DRIVER_GLOBALS>()).DisplaceDriverUnload, 1);
        let late = table.add(450).cast::<unsafe extern "C" fn(PVOID) -> u64>().read();
        late(globals);
        WdfVersionUnbind(path, info, globals);
    }
    STATUS_UNSUCCESSFUL
}

#[test]
fn a_driver_calls_what_its_version_of_the_framework_has() {
    let machine = acx_host::Machine::builder().build();
    let image = acx_host::LinkedImage { name: "old", entry: bound_to_an_old_version };
    assert!(machine.load(image).is_err());
    let found = machine.report().violations();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].rule, Rule::WdfViolation);
    assert!(found[0].what.contains("bug check 0x10d (0x10, ...)"), "{}", found[0].what);
    assert!(machine.report().gaps().is_empty());
}

/// The entry of a driver that binds to classes that there are not, and to two functions of ACX.
unsafe extern "C" fn bound_to_a_class(_: PDRIVER_OBJECT, _: PUNICODE_STRING) -> NTSTATUS {
    const ACX: &[u16] = &[65, 99, 120, 0];
    const ACY: &[u16] = &[65, 99, 121, 0];
    // The status, the places of three functions, and the globals.
    let bind = |name: &[u16], size, major, count| {
        let (mut functions, mut globals): ([usize; 3], PVOID) = ([1; 3], null_mut());
        let mut class = entry::WDF_CLASS_BIND_INFO {
            Size: size,
            ClassName: name.as_ptr(),
            Version: entry::VERSION { Major: major, Minor: 1, Build: 0 },
            FunctionTable: functions.as_mut_ptr().cast(),
            FunctionTableCount: count,
            ClassBindInfo: (&raw mut globals).cast(),
            ClientBindClass: None,
            ClientUnbindClass: None,
            ClassModule: null_mut(),
        };
        // SAFETY: what an entry stub does, with structures that outlive the call.
        let status = unsafe { WdfVersionBindClass(null_mut(), null_mut(), &raw mut class) };
        (status, functions, globals)
    };
    let refused = |status| (status, [1; 3], null_mut());
    assert_eq!(bind(ACY, 80, 1, 2), refused(STATUS_INVALID_PARAMETER));
    for size in [0, 79, 81, 119, 121] {
        assert_eq!(bind(ACX, size, 1, 2), refused(STATUS_INVALID_PARAMETER), "{size}");
    }
    for (major, count) in [(0, 2), (2, 2), (1, entry::ACX_FUNCTION_COUNT + 1)] {
        assert_eq!(bind(ACX, 80, major, count), refused(STATUS_NOT_SUPPORTED), "{major} {count}");
    }
    for size in [80, 120] {
        let (status, functions, globals) = bind(ACX, size, 1, 2);
        assert_eq!(status, STATUS_SUCCESS);
        // No more of them than the driver has room for.
        assert!(functions[0] > 1 && functions[1] > 1 && functions[2] == 1, "{functions:?}");
        assert!(!globals.is_null());
    }
    STATUS_UNSUCCESSFUL
}

#[test]
fn a_driver_binds_to_a_class_that_there_is_and_gets_the_functions_that_it_asks_for() {
    let machine = acx_host::Machine::builder().build();
    let image = acx_host::LinkedImage { name: "class", entry: bound_to_a_class };
    assert!(machine.load(image).is_err());
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}
