//! The cost of a start of the device: fallible calls, and objects in non-paged pool.

mod variants;

use std::collections::BTreeMap;

use acx_host::Machine;
use acx_host::assumptions::{Assumptions, SharedLists};
use acx_host::machine::{Allocations, DeviceNode, Driver, Setting};

variants::test_each!(
    a_start_makes_each_format_once_and_few_calls,
    a_start_with_sixteen_channels_makes_more_formats,
    a_rebalance_makes_no_format_again,
    where_lists_are_not_shared_every_failure_of_a_start_is_undone
);

/// Calls of the driver by function, and their sum.
struct Calls(BTreeMap<&'static str, usize>, usize);

impl Calls {
    /// The calls of `work`.
    fn of<T>(machine: &Machine, work: impl FnOnce() -> T) -> (Self, T) {
        machine.record_fallible_calls();
        let done = work();
        let calls = machine.take_fallible_calls();
        let mut by_function = BTreeMap::new();
        for call in &calls {
            *by_function.entry(*call).or_default() += 1;
        }
        (Self(by_function, calls.len()), done)
    }

    fn count(&self, function: &str) -> usize {
        self.0.get(function).copied().unwrap_or(0)
    }
}

/// Starts a device with this number of cables; its calls, and what it has allocated then.
fn start(cables: u32, channels: u32) -> (Calls, Allocations, usize) {
    let machine = Machine::builder().build();
    machine.set_registry("Cables", Setting::Number(cables));
    machine.set_registry("MaxChannels", Setting::Number(channels));
    let driver = variants::load(&machine).unwrap();
    let (calls, _device) = Calls::of(&machine, || driver.add_device().unwrap());
    let allocations = machine.allocations();
    (calls, allocations, machine.context_bytes())
}

fn a_start_makes_each_format_once_and_few_calls() {
    let (one, held, contexts) = start(1, 8);
    assert!(one.1 <= 1_000, "{} calls: {:?}", one.1, one.0);
    // Beyond those of the table: of the keyword pin, of the engine's mix, and between circuits.
    let made = one.count("AcxDataFormatCreate");
    assert!((302..=310).contains(&made), "{made} formats");
    assert!(held.objects < 500 && contexts < 32 * 1024, "{held:?}, {contexts} bytes of contexts");
    let (sixteen, held, contexts) = start(16, 8);
    assert!(sixteen.1 <= one.1 + 3_000, "{} calls: {:?}", sixteen.1, sixteen.0);
    // Of the keyword pin and the engine's mix.
    assert_eq!(sixteen.count("AcxDataFormatCreate"), made + 2 * 15);
    assert!(held.objects < 1_200 && contexts < 64 * 1024, "{held:?}, {contexts} bytes of contexts");
}

/// Who asks for more channels has more formats.
fn a_start_with_sixteen_channels_makes_more_formats() {
    let (few, ..) = start(1, 2);
    assert!(few.1 <= 800, "{} calls: {:?}", few.1, few.0);
    let (many, held, _) = start(1, 16);
    assert!(many.1 <= 1_300, "{} calls: {:?}", many.1, many.0);
    assert!(held.objects < 650, "{held:?}");
}

fn a_rebalance_makes_no_format_again() {
    let machine = Machine::builder().build();
    let driver = variants::load(&machine).unwrap();
    let device = driver.add_device().unwrap();
    for _ in 0..3 {
        let (calls, done) = Calls::of(&machine, || device.rebalance());
        done.unwrap();
        // Of the keyword pin, of the engine's mix, and between circuits.
        assert!(calls.count("AcxDataFormatCreate") <= 8, "{:?}", calls.0);
    }
}

/// Starts a device while the call with this number fails; how it went, and whether it came to that
/// call.
fn fails_at<'d>(
    machine: &Machine,
    driver: &'d Driver<'_>,
    call: u64,
) -> (Option<DeviceNode<'d>>, bool) {
    machine.fail_after(Some(call));
    let device = driver.add_device().ok();
    let failed = machine.failed_call().is_some();
    machine.fail_after(None);
    (device, failed)
}

fn where_lists_are_not_shared_every_failure_of_a_start_is_undone() {
    let shared_lists = SharedLists::Refused;
    let machine = Machine::builder()
        .assumptions(Assumptions { shared_lists, ..Assumptions::default() })
        .build();
    let driver = variants::load(&machine).unwrap();
    let before = machine.allocations();
    let (calls, device) = Calls::of(&machine, || driver.add_device().unwrap());
    // Each list has its formats again, and they are the same objects.
    assert!(calls.count("AcxDataFormatListAddDataFormat") > 5_000, "{:?}", calls.0);
    assert!(calls.count("AcxDataFormatCreate") <= 310, "{:?}", calls.0);
    drop(device);
    assert_eq!(machine.allocations(), before);
    for call in (0..calls.1 as u64).step_by(41) {
        let (device, failed) = fails_at(&machine, &driver, call);
        assert!(failed, "the call did not come");
        drop(device);
        assert_eq!(machine.allocations(), before, "call {call}");
    }
    let violations = machine.report().violations();
    assert!(violations.is_empty(), "{violations:?}");
}
