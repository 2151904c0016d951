//! A driver over the raw ABI breaks each rule of the host on purpose: that rule must be reported,
//! with its callback, and no other.

#[macro_use]
mod linked;

use acx_client::System;
use std::process::Command;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::time::Duration;

use acx_host::{LinkedImage, Machine, Rule};
use acx_sys::ntddk::*;
use acx_sys::*;

/// The driver's action in its EvtDeviceD0Entry.
type Deed = fn(WDFDEVICE);

static DEED: Mutex<Deed> = Mutex::new(|_| {});
/// The events that callbacks recorded, in order.
static NOTES: Mutex<Vec<String>> = Mutex::new(Vec::new());

const TAG: u32 = u32::from_le_bytes(*b"test");

fn note(what: impl Into<String>) {
    NOTES.lock().unwrap().push(what.into());
}

unsafe extern "C" fn d0_entry(device: WDFDEVICE, _previous: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
    let deed = *DEED.lock().unwrap();
    deed(device);
    STATUS_SUCCESS
}

unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtDeviceD0Entry = Some(d0_entry);
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
    unsafe {
        WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks);
        WdfDeviceCreate(&raw mut init, null_mut(), &raw mut device)
    }
}

fx_driver_entry!(without_acx device_add);

/// One test at a time: the driver's globals and its action are shared in the process.
fn turn() -> std::sync::MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Loads the driver, runs `deed`, waits a second, unloads it, and returns the machine with its
/// findings.
fn run(deed: Deed) -> Machine {
    *DEED.lock().unwrap() = deed;
    let machine = Machine::builder().build();
    {
        let driver = machine.load(LinkedImage { name: "rules", entry: fx_driver_entry }).unwrap();
        let _device = driver.add_device().unwrap();
        machine.sleep(Duration::from_secs(1));
    }
    machine
}

/// The rules that `deed` breaks, and the first one's message.
#[track_caller]
fn breaks(rules: &[Rule], words: &str, deed: Deed) {
    let _turn = turn();
    let machine = run(deed);
    let found = machine.report().violations();
    let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, rules, "{found:#?}");
    assert!(found[0].what.contains(words), "'{}' does not say '{words}'", found[0].what);
    assert_eq!(machine.report().gaps(), Vec::<&str>::new());
}

/// Like [`breaks`], for an error inside `deed`: the callback is named.
#[track_caller]
fn breaks_inside(rule: Rule, words: &str, deed: Deed) {
    breaks(&[rule], words, deed);
    let _turn = turn();
    let machine = run(deed);
    let violation = machine.report().violations().remove(0);
    let callbacks = violation.callbacks.join(" ");
    assert!(callbacks.contains("EvtDeviceD0Entry (WDFDEVICE"), "{callbacks}");
    assert!(violation.to_string().contains(rule.explanation()));
}

fn allocate(bytes: u64) -> *mut u8 {
    // SAFETY: at most DISPATCH_LEVEL.
    unsafe { ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG) }.cast()
}

fn free(block: *mut u8, tag: u32) {
    // SAFETY: what the tests do to the host is what they are about; it checks.
    unsafe { ExFreePoolWithTag(block.cast(), tag) };
}

fn child_of(parent: WDFOBJECT) -> WDF_OBJECT_ATTRIBUTES {
    let mut attributes = WDF_OBJECT_ATTRIBUTES::default();
    WDF_OBJECT_ATTRIBUTES_INIT(&mut attributes);
    attributes.ParentObject = parent;
    attributes
}

unsafe extern "C" fn nothing(_timer: WDFTIMER) {}

fn timer(
    function: unsafe extern "C" fn(WDFTIMER),
    mut attributes: WDF_OBJECT_ATTRIBUTES,
) -> WDFTIMER {
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT(&mut config, Some(function));
    config.AutomaticSerialization = 0;
    config.UseHighResolutionTimer = 1;
    let mut timer: WDFTIMER = null_mut();
    // SAFETY: filled structures that outlive the call.
    unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) };
    timer
}

#[test]
fn a_driver_that_behaves_breaks_nothing() {
    let _turn = turn();
    let machine = run(|device| {
        free(allocate(100), TAG);
        let timer = timer(nothing, child_of(device.cast()));
        // SAFETY: a live timer.
        unsafe { WdfTimerStart(timer, -10_000) };
    });
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

#[test]
fn irql_a_function_called_above_its_level() {
    breaks_inside(Rule::Irql, "WdfDeviceOpenRegistryKey called at IRQL 2", |device| {
        let mut key: WDFKEY = null_mut();
        // SAFETY: a live device; the level goes back before the callback returns.
        unsafe {
            let before = KfRaiseIrql(2);
            WdfDeviceOpenRegistryKey(device, 0, 0, null_mut(), &raw mut key);
            KeLowerIrql(before);
        }
    });
}

#[test]
fn irql_a_callback_that_comes_back_at_another_level() {
    breaks(&[Rule::IrqlChange], "was called at IRQL 0 and returned at 2", |_| {
        // SAFETY: any IRQL.
        unsafe { KfRaiseIrql(2) };
    });
}

#[test]
fn irql_a_timer_that_waits_above_passive_level() {
    breaks_inside(Rule::WaitAtDispatch, "WdfTimerStop waits above PASSIVE_LEVEL", |device| {
        let timer = timer(nothing, child_of(device.cast()));
        // SAFETY: a live timer; the level goes back before the callback returns.
        unsafe {
            let before = KfRaiseIrql(2);
            WdfTimerStop(timer, 1);
            KeLowerIrql(before);
        }
    });
}

#[test]
fn irql_paged_pool_at_dispatch_level() {
    breaks_inside(Rule::PagedPool, "paged pool above APC_LEVEL", |_| {
        // SAFETY: the block is freed and the level goes back.
        unsafe {
            let before = KfRaiseIrql(2);
            let block = ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG);
            ExFreePoolWithTag(block, TAG);
            KeLowerIrql(before);
        }
    });
}

#[test]
fn freed_object_a_handle_used_after_its_object_was_deleted() {
    breaks_inside(Rule::FreedObject, "of a WDFTIMER that is gone", |device| {
        let timer = timer(nothing, child_of(device.cast()));
        // SAFETY: the host checks handles.
        unsafe {
            WdfObjectDelete(timer.cast());
            WdfTimerStart(timer, -1);
        }
    });
}

#[test]
fn wrong_handle_of_another_kind_and_of_nothing() {
    breaks_inside(Rule::WrongHandle, "is a WDFDEVICE, not a Timer", |device| {
        // SAFETY: the host checks handles.
        unsafe { WdfTimerStart(device.cast(), -1) };
    });
    breaks_inside(Rule::WrongHandle, "is no handle", |device| {
        let timer = timer(nothing, child_of(device.cast()));
        // SAFETY: the host checks handles.
        unsafe { WdfTimerStart(timer.byte_add(8), -1) };
    });
    breaks_inside(Rule::WrongHandle, "0x1234 is no handle", |_| {
        // SAFETY: the host checks handles.
        unsafe { WdfObjectDelete(0x1234 as WDFOBJECT) };
    });
}

#[test]
fn pool_leak_a_block_that_is_left_at_unload() {
    breaks(&[Rule::PoolLeak], "24 bytes, tag 'test'", |_| {
        allocate(24);
    });
    // What was written behind it is told too.
    breaks(&[Rule::PoolLeak, Rule::PoolOverrun], "24 bytes, tag 'test'", |_| {
        // SAFETY: a guard of the host lies there.
        unsafe { allocate(24).add(24).write(1) };
    });
}

#[test]
fn pool_that_was_there_before_the_driver_is_not_its_leak() {
    let _turn = turn();
    *DEED.lock().unwrap() = |_| {};
    let machine = Machine::builder().build();
    let block = machine.inside(|| allocate(24));
    drop(machine.load(LinkedImage { name: "rules", entry: fx_driver_entry }).unwrap());
    machine.inside(|| free(block, TAG));
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

#[test]
fn what_is_freed_stays_known_when_another_driver_is_unloaded() {
    let _turn = turn();
    *DEED.lock().unwrap() = |_| {};
    let machine = Machine::builder().build();
    let block = machine.inside(|| allocate(24));
    machine.inside(|| free(block, TAG));
    drop(machine.load(LinkedImage { name: "rules", entry: fx_driver_entry }).unwrap());
    machine.inside(|| free(block, TAG));
    let rules: Vec<Rule> = machine.report().violations().iter().map(|found| found.rule).collect();
    assert_eq!(rules, [Rule::DoubleFree]);
}

#[test]
fn a_machine_says_how_much_pool_is_in_use_and_how_much_was() {
    let _turn = turn();
    let machine = Machine::builder().build();
    let used = || (machine.allocations().blocks, machine.allocations().bytes, machine.pool_peak());
    assert_eq!(used(), (0, 0, 0));
    let blocks = machine.inside(|| [100, 5000].map(allocate));
    assert_eq!(used(), (2, 5100, 5100));
    machine.inside(|| free(blocks[1], TAG));
    assert_eq!(used(), (1, 100, 5100));
    // A tag of 0 is not compared.
    machine.inside(|| free(blocks[0], 0));
    assert_eq!(used(), (0, 0, 5100));
    let block = machine.inside(|| allocate(8));
    assert_eq!(used(), (1, 8, 5100));
    machine.inside(|| free(block, TAG));
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

#[test]
fn pool_overrun_behind_before_and_in_the_last_page() {
    breaks_inside(Rule::PoolOverrun, "bytes behind a block of 24 bytes", |_| {
        let block = allocate(24);
        // SAFETY: a guard of the host lies there.
        unsafe { block.add(24).write(1) };
        free(block, TAG);
    });
    breaks_inside(Rule::PoolUnderrun, "bytes before a block of 24 bytes", |_| {
        let block = allocate(24);
        // SAFETY: a guard of the host lies there.
        unsafe { block.sub(1).write(1) };
        free(block, TAG);
    });
    breaks_inside(Rule::PoolOverrun, "bytes behind a block of 5000 bytes", |_| {
        let block = allocate(5000);
        // SAFETY: still in the last page.
        unsafe { block.add(5000).write(1) };
        free(block, TAG);
    });
}

#[test]
fn bad_free_twice_with_another_tag_and_of_no_block() {
    breaks_inside(Rule::DoubleFree, "freed again", |_| {
        let block = allocate(24);
        free(block, TAG);
        free(block, TAG);
    });
    breaks_inside(Rule::WrongTag, "tag 'test' freed with tag 'tset'", |_| {
        free(allocate(24), u32::from_le_bytes(*b"tset"));
    });
    breaks_inside(Rule::WrongTag, "tag 'test' freed with tag '\u{1}", |_| {
        free(allocate(24), 1);
    });
    breaks_inside(Rule::BadFree, "no pool block", |_| {
        let block = allocate(24);
        free(block.wrapping_add(8), TAG);
        free(block, TAG);
    });
}

#[test]
fn context_leak_a_reference_that_is_never_given_back() {
    breaks(&[Rule::ObjectLeak], "is deleted, but still referenced", |device| {
        let timer = timer(nothing, child_of(device.cast()));
        // SAFETY: a live timer.
        unsafe { WdfObjectReferenceActual(timer.cast(), null_mut(), 0, null_mut()) };
    });
}

#[test]
fn contract_more_dereferences_than_references() {
    breaks_inside(Rule::References, "too many dereferences", |device| {
        let timer = timer(nothing, child_of(device.cast()));
        // SAFETY: a live timer; the host counts.
        unsafe {
            WdfObjectDereferenceActual(timer.cast(), null_mut(), 0, null_mut());
            WdfObjectReferenceActual(timer.cast(), null_mut(), 0, null_mut());
        }
    });
}

#[test]
fn mdl_leak_an_mdl_that_is_left_at_unload() {
    breaks(&[Rule::MdlLeak], "an MDL of 4096 bytes", |_| {
        let block = allocate(4096);
        // SAFETY: an MDL over a block of that length.
        unsafe { IoAllocateMdl(block.cast(), 4096, 0, 0, null_mut()) };
        free(block, TAG);
    });
}

#[test]
fn spin_lock_held_on_return_twice_and_not_at_all() {
    fn lock() -> PKSPIN_LOCK {
        static WORD: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        WORD.as_ptr()
    }
    breaks(&[Rule::IrqlChange, Rule::LockHeldOnReturn], "returned at 2", |_| {
        // SAFETY: a word of the process.
        unsafe { KeAcquireSpinLockRaiseToDpc(lock()) };
    });
    breaks_inside(Rule::Deadlock, "taken twice: a deadlock", |_| {
        // SAFETY: a word of the process; the host says what a machine would not live to say.
        unsafe {
            let before = KeAcquireSpinLockRaiseToDpc(lock());
            KeAcquireSpinLockRaiseToDpc(lock());
            KeReleaseSpinLock(lock(), 2);
            KeReleaseSpinLock(lock(), before);
        }
    });
    breaks_inside(Rule::LockNotHeld, "released, not held", |_| {
        // SAFETY: a word of the process.
        unsafe { KeReleaseSpinLock(lock(), 0) };
    });
}

#[test]
fn contract_structures_without_their_size_and_timers_without_a_parent() {
    breaks_inside(Rule::Uninitialized, "WDF_TIMER_CONFIG was not initialized", |device| {
        let mut config = WDF_TIMER_CONFIG::default();
        let mut attributes = child_of(device.cast());
        let mut timer: WDFTIMER = null_mut();
        // SAFETY: structures that outlive the call; the host checks them.
        unsafe { WdfTimerCreate(&raw mut config, &raw mut attributes, &raw mut timer) };
    });
    breaks_inside(Rule::WrongParent, "a WDFTIMER needs a parent", |_| {
        timer(nothing, child_of(null_mut()));
    });
}

#[test]
fn contract_a_timer_that_waits_for_itself() {
    unsafe extern "C" fn stop_itself(timer: WDFTIMER) {
        // SAFETY: a live timer, in its own callback.
        unsafe { WdfTimerStop(timer, 1) };
    }
    breaks(&[Rule::WaitAtDispatch, Rule::Deadlock], "WdfTimerStop waits", |device| {
        let timer = timer(stop_itself, child_of(device.cast()));
        // SAFETY: a live timer.
        unsafe { WdfTimerStart(timer, -10_000) };
    });
}

#[test]
fn an_entry_that_the_host_lacks_names_itself_and_fails_the_run() {
    let _turn = turn();
    let machine = run(|_| {
        // SAFETY: an entry that reads nothing.
        let adapter = unsafe { WdfDmaEnablerGetMaximumScatterGatherElements(null_mut()) };
        assert_eq!(adapter, 0);
    });
    assert_eq!(machine.report().gaps(), ["WdfDmaEnablerGetMaximumScatterGatherElements"]);
    assert_eq!(machine.report().violations().len(), 0);
    assert_eq!(machine.report().count(), 1);
}

/// A bug check ends the process, as it ends a machine: so it happens in one of its own, which is
/// this very test again.
#[test]
fn bug_check_ends_the_run_and_says_why() {
    const CHILD: &str = "ACX_HOST_BUG_CHECK";
    if std::env::var_os(CHILD).is_some() {
        let _turn = turn();
        // SAFETY: any IRQL.
        run(|_| unsafe { KeBugCheckEx(0xACC5, 1, 2, 3, 4) });
        unreachable!("a bug check does not return");
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "bug_check_ends_the_run_and_says_why", "--nocapture"]).env(CHILD, "1");
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("BugCheck: bug check 0xacc5 (0x1, 0x2, 0x3, 0x4)"), "{said}");
    assert!(said.contains("EvtDeviceD0Entry"), "{said}");
}

#[test]
fn a_violation_names_its_driver_once_there_were_several() {
    unsafe extern "C" fn cleanup(_object: WDFOBJECT) {}
    /// The name that a violation gives.
    fn named(machine: &Machine) -> Option<String> {
        machine.inside(|| free(allocate(0), TAG));
        machine.report().violations().pop().expect("it is one").driver
    }
    let _turn = turn();
    *DEED.lock().unwrap() = |_| free(allocate(0), TAG);
    let machine = Machine::builder().build();
    for (name, told) in [("one", None), ("other", Some("other"))] {
        let driver = machine.load(LinkedImage { name, entry: fx_driver_entry }).unwrap();
        let _device = driver.add_device().unwrap();
        let found = machine.report().violations().pop().expect("its callback broke a rule");
        assert_eq!(found.driver.as_deref(), told);
        // Between callbacks it is nobody's.
        assert_eq!(named(&machine), None, "{name}");
        machine.inside(|| {
            let mut attributes = child_of(null_mut());
            attributes.EvtCleanupCallback = Some(cleanup);
            let mut object: WDFOBJECT = null_mut();
            // SAFETY: structures that outlive the calls, and a live object.
            unsafe {
                WdfObjectCreate(&raw mut attributes, &raw mut object);
                WdfObjectDelete(object);
            }
        });
        assert_eq!(named(&machine), None, "{name}");
    }
}

static NAME: ContextTypeInfo = ContextTypeInfo::new(c"NAME", size_of::<u64>(), &NAME);

/// The context of an object that has one of this type.
fn context(object: WDFOBJECT) -> *mut u64 {
    // SAFETY: any object may be asked.
    unsafe { WdfObjectGetTypedContextWorker(object, NAME.as_ptr()) }.cast()
}

fn name(object: WDFOBJECT) -> u64 {
    // SAFETY: the objects that are asked have the context until they are destroyed.
    unsafe { context(object).read() }
}

#[test]
fn timers_expire_in_exact_order_at_dispatch_level_and_stop_when_told() {
    unsafe extern "C" fn tick(timer: WDFTIMER) {
        // SAFETY: any IRQL.
        let irql = unsafe { KeGetCurrentIrql() };
        // SAFETY: any IRQL; the frequency is not asked for.
        let now = unsafe { KeQueryPerformanceCounter(null_mut()).QuadPart };
        note(format!("{} at {} ms, IRQL {irql}", name(timer.cast()), now / 10_000 - 3_600_000));
    }
    let _turn = turn();
    NOTES.lock().unwrap().clear();
    let machine = run(|device| {
        let mut number = 0;
        let timers = [30, 10, 20, 10].map(|milliseconds: i64| {
            let mut attributes = child_of(device.cast());
            attributes.ContextTypeInfo = NAME.as_ptr();
            let timer = timer(tick, attributes);
            number += 1;
            // SAFETY: a live timer and its context.
            unsafe {
                context(timer.cast()).write(number);
                assert_eq!(WdfTimerStart(timer, -milliseconds * 10_000), 0);
            }
            timer
        });
        // SAFETY: live timers.
        unsafe {
            assert_eq!(WdfTimerStop(timers[2], 1), 1, "it was queued");
            assert_eq!(WdfTimerStop(timers[2], 1), 0, "it is not any more");
            assert_eq!(WdfTimerStart(timers[0], -400_000), 1, "a second start moves the first");
        }
    });
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    assert_eq!(
        *NOTES.lock().unwrap(),
        ["2 at 10 ms, IRQL 2", "4 at 10 ms, IRQL 2", "1 at 40 ms, IRQL 2"]
    );
}
