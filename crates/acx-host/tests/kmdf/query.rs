//! Stacks of several devices, and the direct-call interfaces that one offers and another queries.
//! Source: KMDF's public source, fxqueryinterfaceapi.cpp and HandleQueryInterface of fxpkgpnp.cpp.

use std::ptr::null_mut;

use _WDF_IO_TARGET_OPEN_TYPE as T;
use acx_client::System;
use acx_host::machine::{DeviceNode, HostError};
use acx_host::{Machine, Rule};
use acx_sys::*;

use crate::devices::new_child;
use crate::driver::{Plan, Run, keep, kept, note, notes};
use crate::io::CLASS;
use crate::targets::{new_target, open, own_name, parameters};

static GAIN: GUID = GUID { Data1: 0xACE0_6A14, Data2: 1, Data3: 2, Data4: [3; 8] };

/// The interface of these tests.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Gain {
    header: INTERFACE,
    set: Option<unsafe extern "C" fn(PVOID, i32) -> i32>,
    /// Filled in by the requester.
    wanted: i32,
}

const SIZE: u16 = size_of::<Gain>() as u16;

unsafe extern "C" fn referenced(_context: PVOID) {
    note("referenced");
}

unsafe extern "C" fn dereferenced(_context: PVOID) {
    note("dereferenced");
}

unsafe extern "C" fn set(context: PVOID, gain: i32) -> i32 {
    note(format!("gain {gain} of {}", context as usize));
    gain + 1
}

/// The interface of a device that reports `context`.
fn gain(context: usize) -> Gain {
    let header = INTERFACE {
        Size: SIZE,
        Version: 2,
        Context: context as PVOID,
        InterfaceReference: Some(referenced),
        InterfaceDereference: Some(dereferenced),
    };
    Gain { header, set: Some(set), wanted: 0 }
}

type Process = unsafe extern "C" fn(WDFDEVICE, LPGUID, PINTERFACE, PVOID) -> NTSTATUS;

fn config(interface: &mut Gain, process: Option<Process>) -> WDF_QUERY_INTERFACE_CONFIG {
    let mut config = WDF_QUERY_INTERFACE_CONFIG::default();
    let interface = std::ptr::from_mut(interface).cast();
    WDF_QUERY_INTERFACE_CONFIG_INIT(&mut config, interface, &raw const GAIN, process);
    config
}

fn add(device: WDFDEVICE, mut config: WDF_QUERY_INTERFACE_CONFIG) -> NTSTATUS {
    // SAFETY: a live device, structures that outlive the call.
    unsafe { WdfDeviceAddQueryInterface(device, &raw mut config) }
}

fn offer(device: WDFDEVICE, context: usize, process: Option<Process>) {
    assert_eq!(add(device, config(&mut gain(context), process)), STATUS_SUCCESS);
}

/// Queries the stack of a device for an interface of this size and version.
fn ask(device: WDFDEVICE, size: u16, version: u16) -> (NTSTATUS, Gain) {
    let mut answer = Gain { wanted: 7, ..Gain::default() };
    let (kind, none) = (&raw const GAIN, null_mut());
    let place = (&raw mut answer).cast();
    // SAFETY: a live device, a place of at least that size.
    let status = unsafe { WdfFdoQueryForInterface(device, kind, place, size, version, none) };
    (status, answer)
}

/// Which device of a stack.
fn which(device: WDFDEVICE) -> &'static str {
    if device == kept(1) { "upper" } else { "lower" }
}

/// The driver's device with another of its devices on top: their handles are in slots 0 and 1.
/// `created` is called with each.
fn stack(
    created: fn(WDFDEVICE),
    client: impl FnOnce(&Machine, DeviceNode<'_>, DeviceNode<'_>),
) -> Run {
    fn next(device: WDFDEVICE) {
        // The first time: a rebalance prepares them again.
        if kept::<WDFDEVICE__>(1).is_null() {
            keep(usize::from(!kept::<WDFDEVICE__>(0).is_null()), device);
        }
    }
    let plan = Plan::new()
        .created(created)
        .on("EvtDevicePrepareHardware", next)
        .on("EvtDeviceD0Entry", |device| note(format!("{} up", which(device))))
        .on("EvtDeviceD0Exit", |device| note(format!("{} down", which(device))));
    plan.run_with(|machine, driver, lower| {
        let lower = lower.expect("it starts");
        let upper = driver.add_device_on(&lower.instance()).expect("it starts above the other");
        notes().clear();
        client(machine, lower, upper);
    })
}

/// Queries a stack whose lower device has run `offers`, and whose upper one offers no interface.
fn below_offers(offers: fn(WDFDEVICE), client: fn(WDFDEVICE)) -> Run {
    stack(
        |_device| {},
        |machine, _lower, _upper| {
            machine.inside(|| {
                offers(kept(0));
                client(kept(1));
            });
        },
    )
}

#[test]
fn a_driver_above_gets_an_interface_and_calls_it() {
    below_offers(
        |device| offer(device, 5, None),
        |upper| {
            for device in [upper, kept(0)] {
                let (status, answer) = ask(device, SIZE, 2);
                assert_eq!(status, STATUS_SUCCESS);
                assert_eq!((answer.header.Version, answer.wanted), (2, 0));
                // SAFETY: the interface that the driver below gave, with its own context.
                unsafe {
                    assert_eq!(answer.set.expect("it is filled in")(answer.header.Context, 3), 4);
                    answer.header.InterfaceDereference.expect("it is filled in")(null_mut());
                }
            }
        },
    )
    .keeps_every_rule()
    .counts("referenced", 2)
    .counts("gain 3 of 5", 2)
    .counts("dereferenced", 2);
}

#[test]
fn what_is_too_small_for_an_interface_does_not_get_it() {
    below_offers(
        |device| offer(device, 5, None),
        |upper| {
            for (size, version) in [(SIZE - 1, 2), (SIZE, 1)] {
                let (status, answer) = ask(upper, size, version);
                assert_eq!((status, answer.wanted), (STATUS_NOT_SUPPORTED, 7));
            }
            // A larger or newer request gets the size that was filled in.
            assert_eq!(ask(upper, SIZE, 9).1.header.Version, 2);
            let mut answer = Gain::default();
            // SAFETY: a live device, a place that is large enough.
            let other = unsafe {
                let place = (&raw mut answer).cast();
                WdfFdoQueryForInterface(upper, &raw const CLASS, place, SIZE, 2, null_mut())
            };
            assert_eq!(other, STATUS_NOT_SUPPORTED);
        },
    )
    .keeps_every_rule()
    .counts("referenced", 1);
}

#[test]
fn the_framework_counts_for_an_interface_that_does_not() {
    below_offers(
        |device| {
            let mut own = gain(1);
            own.header.InterfaceReference = None;
            own.header.InterfaceDereference = None;
            assert_eq!(add(device, config(&mut own, None)), STATUS_SUCCESS);
        },
        |upper| {
            let (status, answer) = ask(upper, SIZE, 2);
            assert_eq!(status, STATUS_SUCCESS);
            // SAFETY: functions that the framework filled in.
            unsafe {
                answer.header.InterfaceReference.expect("the framework's")(null_mut());
                answer.header.InterfaceDereference.expect("the framework's")(null_mut());
            }
        },
    )
    .keeps_every_rule();
}

unsafe extern "C" fn fails(_: WDFDEVICE, _: LPGUID, _: PINTERFACE, _: PVOID) -> NTSTATUS {
    note("asked");
    STATUS_ACCESS_DENIED
}

unsafe extern "C" fn declines(_: WDFDEVICE, _: LPGUID, _: PINTERFACE, _: PVOID) -> NTSTATUS {
    note("asked");
    STATUS_NOT_SUPPORTED
}

/// The lower device offers an interface, and the upper one declines.
fn above_declines(device: WDFDEVICE) {
    let is_lower = kept::<WDFDEVICE__>(0).is_null();
    offer(device, if is_lower { 1 } else { 2 }, (!is_lower).then_some(declines));
}

/// Reads the requester's value, and returns its double.
unsafe extern "C" fn imports(_: WDFDEVICE, _: LPGUID, place: PINTERFACE, _: PVOID) -> NTSTATUS {
    let place = place.cast::<Gain>();
    // SAFETY: the asker's place, which the framework has found large enough.
    unsafe {
        let wanted = (*place).wanted;
        *place = Gain { wanted: wanted * 2, ..gain(8) };
    }
    STATUS_SUCCESS
}

#[test]
fn a_driver_has_its_say_before_its_interface_goes_out() {
    below_offers(
        |device| offer(device, 5, Some(fails)),
        |upper| assert_eq!(ask(upper, SIZE, 2).0, STATUS_ACCESS_DENIED),
    )
    .keeps_every_rule()
    .counts("asked", 1)
    .counts("referenced", 0);
    below_offers(
        |device| offer(device, 5, Some(declines)),
        |upper| assert_eq!(ask(upper, SIZE, 2).0, STATUS_NOT_SUPPORTED),
    )
    .keeps_every_rule()
    .counts("asked", 1);
    // A device that declines passes the query to the next one.
    stack(above_declines, |machine, _lower, _upper| {
        machine.inside(|| {
            let (status, answer) = ask(kept(1), SIZE, 2);
            assert_eq!((status, answer.header.Context as usize), (STATUS_SUCCESS, 1));
        });
    })
    .keeps_every_rule()
    .counts("asked", 1);
    below_offers(
        |device| {
            let mut own = config(&mut gain(8), Some(imports));
            own.ImportInterface = 1;
            assert_eq!(add(device, own), STATUS_SUCCESS);
        },
        |upper| {
            let (status, answer) = ask(upper, SIZE, 2);
            assert_eq!((status, answer.wanted), (STATUS_SUCCESS, 14));
        },
    )
    .keeps_every_rule()
    .counts("referenced", 1);
}

#[test]
fn each_device_of_a_stack_has_its_say_and_the_last_one_counts() {
    stack(
        |device| offer(device, if kept::<WDFDEVICE__>(0).is_null() { 1 } else { 2 }, None),
        |machine, _lower, _upper| {
            // From the top, whichever device is queried.
            for asked in [1, 0] {
                machine.inside(|| {
                    let (status, answer) = ask(kept(asked), SIZE, 2);
                    assert_eq!((status, answer.header.Context as usize), (STATUS_SUCCESS, 1));
                });
            }
        },
    )
    .keeps_every_rule()
    .counts("referenced", 4);
}

/// The function device of a child, whose driver (the same here) queries the child. The child runs
/// `offers` before it starts.
fn on_a_child(created: fn(WDFDEVICE), client: fn(WDFDEVICE)) -> Run {
    Plan::new().created(created).on("EvtDevicePrepareHardware", |device| keep(1, device)).run_with(
        |machine, driver, parent| {
            let parent = parent.expect("it starts");
            let upper = driver.add_device_on(r"acx\child\0").expect("it starts on the child");
            assert_eq!(upper.instance(), r"ACX\Child\0");
            machine.inside(|| client(kept(1)));
            drop(parent);
            assert!(!upper.is_powered(), "what stands on a child goes with it");
        },
    )
}

fn with_child(parent: WDFDEVICE, offers: impl FnOnce(WDFDEVICE)) {
    if kept::<WDFDEVICE__>(0).is_null() {
        keep(0, parent);
        let child = new_child(parent, "0");
        offers(child);
        // SAFETY: live devices.
        assert_eq!(unsafe { WdfFdoAddStaticChild(parent, child) }, STATUS_SUCCESS);
    }
}

#[test]
fn a_child_answers_its_function_driver() {
    on_a_child(
        |device| with_child(device, |child| offer(child, 3, None)),
        |upper| {
            let (status, answer) = ask(upper, SIZE, 2);
            assert_eq!((status, answer.header.Context as usize), (STATUS_SUCCESS, 3));
            assert_eq!(ask(upper, SIZE - 1, 2).0, STATUS_INVALID_BUFFER_SIZE);
        },
    )
    .keeps_every_rule()
    .counts("referenced", 1);
}

#[test]
fn a_child_hands_a_question_on_to_its_parents_stack() {
    fn to_parent(child: WDFDEVICE) {
        let mut own = config(&mut gain(0), None);
        (own.Interface, own.SendQueryToParentStack) = (null_mut(), 1);
        assert_eq!(add(child, own), STATUS_SUCCESS);
    }
    on_a_child(
        |device| {
            if kept::<WDFDEVICE__>(0).is_null() {
                offer(device, 4, None);
            }
            with_child(device, to_parent);
        },
        |upper| {
            let (status, answer) = ask(upper, SIZE, 2);
            assert_eq!((status, answer.header.Context as usize), (STATUS_SUCCESS, 4));
        },
    )
    .keeps_every_rule()
    .counts("referenced", 1);
    on_a_child(
        |device| with_child(device, to_parent),
        |upper| assert_eq!(ask(upper, SIZE, 2).0, STATUS_NOT_SUPPORTED),
    )
    .keeps_every_rule();
}

/// A device, in slot 7, that offers the interface and takes requests.
fn one_that_offers(client: impl FnOnce(&Machine)) -> Run {
    Plan::new()
        .created(|device| {
            crate::io::sequential(device);
            keep(7, device);
            offer(device, 6, None);
        })
        .run(|machine, device| {
            let _device = device.expect("it starts");
            client(machine);
        })
}

#[test]
fn a_target_is_asked_while_it_is_open() {
    one_that_offers(|machine| {
        let name = own_name(machine);
        machine.inside(|| {
            let target = new_target();
            let ask = |target| {
                let mut answer = Gain::default();
                let (kind, place) = (&raw const GAIN, (&raw mut answer).cast());
                // SAFETY: a live target, a place that is large enough.
                let status = unsafe {
                    WdfIoTargetQueryForInterface(target, kind, place, SIZE, 2, null_mut())
                };
                (status, answer.header.Context as usize)
            };
            assert_eq!(ask(target), (STATUS_INVALID_DEVICE_STATE, 0));
            assert_eq!(open(target, parameters(T::WdfIoTargetOpenByName, &name)), 0);
            assert_eq!(ask(target), (STATUS_SUCCESS, 6));
            // SAFETY: a live target and device.
            unsafe {
                WdfIoTargetClose(target);
                assert_eq!(ask(WdfDeviceGetIoTarget(kept(7))), (STATUS_SUCCESS, 6));
                WdfObjectDelete(target.cast());
            }
        });
    })
    .breaks(&[Rule::BadArgument])
    .saying("not open")
    .counts("referenced", 2);
}

#[test]
fn a_question_names_an_interface_and_a_place() {
    one_that_offers(|machine| {
        machine.inside(|| {
            let mut answer = Gain::default();
            let place: PINTERFACE = (&raw mut answer).cast();
            let kind = &raw const GAIN;
            for (kind, place) in [(std::ptr::null(), place), (kind, null_mut())] {
                let none = null_mut();
                // SAFETY: a live device and its target, a place that is large enough.
                let answers = unsafe {
                    let target = WdfDeviceGetIoTarget(kept(7));
                    [
                        WdfFdoQueryForInterface(kept(7), kind, place, SIZE, 2, none),
                        WdfIoTargetQueryForInterface(target, kind, place, SIZE, 2, none),
                    ]
                };
                assert_eq!(answers, [STATUS_INVALID_PARAMETER; 2]);
            }
        });
    })
    .breaks(&[Rule::WdfViolation; 4])
    .saying("argument 2 of WdfFdoQueryForInterface is null")
    .counts("referenced", 0);
}

#[test]
fn an_interface_is_offered_by_its_rules() {
    below_offers(
        |device| {
            let own = &mut gain(1);
            let refused = STATUS_INVALID_PARAMETER;
            let with = |change: fn(&mut WDF_QUERY_INTERFACE_CONFIG)| {
                let mut config = config(&mut gain(1), None);
                change(&mut config);
                add(device, config)
            };
            assert_eq!(with(|config| config.Size -= 1), STATUS_INFO_LENGTH_MISMATCH);
            assert_eq!(with(|config| config.SendQueryToParentStack = 1), refused);
            assert_eq!(with(|config| config.Interface = null_mut()), refused);
            assert_eq!(with(|config| config.ImportInterface = 1), refused);
            own.header.Size = size_of::<INTERFACE>() as u16 - 1;
            assert_eq!(add(device, config(own, None)), refused);
            assert_eq!(with(|config| config.InterfaceType = std::ptr::null()), refused);
        },
        |upper| assert_eq!(ask(upper, SIZE, 2).0, STATUS_NOT_SUPPORTED),
    )
    .breaks(&[Rule::WdfViolation])
    .saying("no type");
}

#[test]
fn a_control_device_offers_nothing() {
    Plan::new()
        .created(|device| {
            // SAFETY: a live device, structures that outlive the calls.
            unsafe {
                let driver = WdfDeviceGetDriver(device);
                let sddl = UNICODE_STRING::default();
                let mut init = WdfControlDeviceInitAllocate(driver, &raw const sddl);
                let mut control: WDFDEVICE = null_mut();
                WdfDeviceCreate(&raw mut init, null_mut(), &raw mut control);
                let offered = add(control, config(&mut gain(1), None));
                assert_eq!(offered, STATUS_INVALID_DEVICE_REQUEST);
                WdfObjectDelete(control.cast());
            }
        })
        .start()
        .breaks(&[Rule::BadArgument])
        .saying("control device");
}

#[test]
fn a_stack_goes_down_from_its_top_and_comes_up_from_its_bottom() {
    stack(
        |_| (),
        |machine, lower, upper| {
            assert_eq!(lower.instance(), upper.instance());
            machine.inside(|| {
                let (below, above): (WDFDEVICE, WDFDEVICE) = (kept(0), kept(1));
                // SAFETY: live devices.
                unsafe {
                    let wdm = WdfDeviceWdmGetDeviceObject(below);
                    assert_eq!(WdfDeviceWdmGetAttachedDevice(above), wdm);
                    assert_eq!(WdfDeviceWdmGetPhysicalDevice(above), wdm);
                }
            });
            lower.power_down();
            assert!(!lower.is_powered() && !upper.is_powered());
            lower.power_up().expect("both come back");
            assert!(upper.is_powered());
            lower.rebalance().expect("nobody objects");
            assert!(lower.is_powered() && upper.is_powered());
            lower.surprise_remove();
            assert!(!upper.is_powered());
            let (down, up) = (["upper down", "lower down"], ["lower up", "upper up"]);
            let mut order = notes().clone();
            order.retain(|note| note.starts_with("upper") || note.starts_with("lower"));
            assert_eq!(order, [down, up, down, up, down].concat());
        },
    )
    .keeps_every_rule()
    .counts("EvtDeviceD0Exit", 6)
    .counts("EvtDeviceD0Entry", 4)
    .counts("EvtDeviceReleaseHardware", 4)
    .counts("EvtCleanupCallback of the device", 2);
}

#[test]
fn a_device_stands_only_on_one_that_is_there() {
    Plan::new()
        .run_with(|_, driver, device| {
            let device = device.expect("it starts");
            let refused = driver.add_device_on(r"ROOT\nothing\0000").err();
            let Some(HostError::NoStack { instance }) = refused else { panic!("{refused:?}") };
            assert_eq!(instance, r"ROOT\nothing\0000");
            let own = device.instance();
            device.surprise_remove();
            assert!(matches!(driver.add_device_on(&own), Err(HostError::NoStack { .. })));
            drop(device);
            assert!(matches!(driver.add_device_on(&own), Err(HostError::NoStack { .. })));
        })
        .keeps_every_rule();
}

#[test]
fn a_driver_may_offer_another_interface_while_it_is_asked() {
    unsafe extern "C" fn offers(device: WDFDEVICE, _: LPGUID, _: PINTERFACE, _: PVOID) -> NTSTATUS {
        offer(device, 9, None);
        STATUS_SUCCESS
    }
    below_offers(
        |device| offer(device, 5, Some(offers)),
        |upper| {
            let (status, answer) = ask(upper, SIZE, 2);
            assert_eq!((status, answer.header.Context as usize), (STATUS_SUCCESS, 5));
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_device_that_is_removed_is_in_no_stack() {
    let created = |device| {
        let is_upper = !kept::<()>(0).is_null();
        offer(device, 1 + usize::from(is_upper), None);
        if is_upper {
            // SAFETY: a live device, a class that outlives the call.
            unsafe { WdfDeviceCreateDeviceInterface(device, &raw const CLASS, std::ptr::null()) };
        }
    };
    stack(created, |machine, lower, upper| {
        let asked = || machine.inside(|| ask(kept(0), SIZE, 2).1.header.Context as usize);
        // The last answer counts.
        assert_eq!(asked(), 1);
        // A program has it open: it is not gone yet.
        let file = machine.open_device(&machine.interfaces(&CLASS)[0]).expect("it opens");
        drop(upper);
        notes().clear();
        assert_eq!(asked(), 1);
        assert_eq!(*notes(), ["referenced"]);
        drop(file);
        drop(lower);
    })
    .keeps_every_rule();
}
