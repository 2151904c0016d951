//! Children of a list that come and go.

use std::ptr::null_mut;
use std::time::Duration;

use _WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS as S;
use acx_client::System;
use acx_host::Machine;
use acx_sys::*;

use crate::devices::{counted, wide};
use crate::driver::{Plan, child_of, keep, kept, note, notes};

/// A child's identification description: its header and a number.
#[repr(C)]
#[derive(Clone, Copy)]
struct Description {
    size: u32,
    number: u32,
}

type Header = PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER;

/// Runs a function with the description of the child with this number.
fn described<T>(number: u32, deed: impl FnOnce(Header) -> T) -> T {
    let mut own = Description { size: 8, number };
    deed((&raw mut own).cast())
}

/// Creates a child; number 9 fails after that.
unsafe extern "C" fn creates(
    _list: WDFCHILDLIST,
    description: Header,
    mut init: PWDFDEVICE_INIT,
) -> NTSTATUS {
    unsafe extern "C" fn gone(_child: WDFOBJECT) {
        note("a child is gone");
    }
    // SAFETY: a description of this list's.
    let number = unsafe { description.cast::<Description>().read().number };
    note(format!("child {number}"));
    let (id, instance) = (wide(r"ACX\Counted"), wide(&number.to_string()));
    let (id, instance) = (counted(&id), counted(&instance));
    let mut attributes = child_of(null_mut());
    attributes.EvtCleanupCallback = Some(gone);
    let mut child: WDFDEVICE = null_mut();
    // SAFETY: the init object of this callback, structures that outlive the calls.
    unsafe {
        WdfPdoInitAssignDeviceID(init, &raw const id);
        WdfPdoInitAssignInstanceID(init, &raw const instance);
        WdfDeviceCreate(&raw mut init, &raw mut attributes, &raw mut child);
    }
    if number == 9 { STATUS_UNSUCCESSFUL } else { STATUS_SUCCESS }
}

/// What adds a child, and what reports it missing.
fn add(number: u32) -> NTSTATUS {
    described(number, |own| {
        // SAFETY: a live list, a description that outlives the call.
        unsafe { WdfChildListAddOrUpdateChildDescriptionAsPresent(kept(0), own, null_mut()) }
    })
}

fn remove(number: u32) -> NTSTATUS {
    described(number, |own| {
        // SAFETY: a live list, a description that outlives the call.
        unsafe { WdfChildListUpdateChildDescriptionAsMissing(kept(0), own) }
    })
}

/// The device of the child with this number.
fn child(number: u32) -> WDFDEVICE {
    described(number, |own| {
        let mut info = WDF_CHILD_RETRIEVE_INFO::default();
        WDF_CHILD_RETRIEVE_INFO_INIT(&mut info, own);
        // SAFETY: a live list, structures that outlive the call.
        unsafe { WdfChildListRetrievePdo(kept(0), &raw mut info) }
    })
}

/// The numbers of the children that the flags select, and whether each has a device.
fn selected(flags: u32) -> Vec<(u32, bool)> {
    let mut own = WDF_CHILD_LIST_ITERATOR {
        Size: size_of::<WDF_CHILD_LIST_ITERATOR>() as u32,
        Flags: flags,
        ..Default::default()
    };
    let mut found = Vec::new();
    // SAFETY: a live list, structures that outlive the calls.
    unsafe {
        WdfChildListBeginIteration(kept(0), &raw mut own);
        loop {
            let mut description = Description { size: 8, number: 0 };
            let mut info = WDF_CHILD_RETRIEVE_INFO::default();
            WDF_CHILD_RETRIEVE_INFO_INIT(&mut info, (&raw mut description).cast());
            let (own, info) = (&raw mut own, &raw mut info);
            let mut device: WDFDEVICE = null_mut();
            let next = WdfChildListRetrieveNextDevice(kept(0), own, &raw mut device, info);
            if next != STATUS_SUCCESS {
                assert_eq!(next, STATUS_NO_MORE_ENTRIES);
                break;
            }
            let status = if device.is_null() {
                S::WdfChildListRetrieveDeviceNotYetCreated
            } else {
                S::WdfChildListRetrieveDeviceSuccess
            };
            assert_eq!((*info).Status, status);
            found.push((description.number, !device.is_null()));
        }
        WdfChildListEndIteration(kept(0), &raw mut own);
    }
    found
}

const PRESENT: u32 = 1;
const MISSING: u32 = 2;
const PENDING: u32 = 4;

/// A driver with a list and the children 1 and 2, in slots 1 and 2.
fn with_two(client: impl FnOnce(&Machine)) {
    Plan::new()
        .created(|device| {
            let mut config = WDF_CHILD_LIST_CONFIG::default();
            WDF_CHILD_LIST_CONFIG_INIT(&mut config, 8, Some(creates));
            let mut list: WDFCHILDLIST = null_mut();
            // SAFETY: a live device, structures that outlive the call.
            unsafe { WdfChildListCreate(device, &raw mut config, null_mut(), &raw mut list) };
            keep(0, list);
            keep(7, device);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.inside(|| {
                assert_eq!((add(1), add(2)), (STATUS_SUCCESS, STATUS_SUCCESS));
                assert_eq!(selected(PENDING), [(1, false), (2, false)]);
                assert_eq!(selected(PRESENT), []);
            });
            machine.sleep(Duration::from_millis(1));
            machine.inside(|| (1..=2).for_each(|number| keep(number as usize, child(number))));
            notes().clear();
            client(machine);
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn a_list_has_the_children_that_were_described() {
    with_two(|machine| {
        machine.inside(|| {
            assert_eq!(selected(PRESENT), [(1, true), (2, true)]);
            assert_eq!((selected(MISSING), selected(PENDING)), (vec![], vec![]));
            assert_ne!(kept::<()>(1), kept(2));
            assert!(child(3).is_null());
            // One that is known is not created again.
            assert_eq!(add(1), STATUS_OBJECT_NAME_EXISTS);
            for number in 1..=2 {
                let mut own = Description { size: 8, number: 0 };
                let place = (&raw mut own).cast();
                // SAFETY: a live child, a place for its description.
                let asked = unsafe {
                    WdfPdoRetrieveIdentificationDescription(kept(number as usize), place)
                };
                assert_eq!((asked, own.number), (STATUS_SUCCESS, number));
                // SAFETY: a live device, a place for the description.
                let other = unsafe { WdfPdoRetrieveIdentificationDescription(kept(7), place) };
                assert_eq!(other, STATUS_INVALID_DEVICE_REQUEST);
            }
        });
        machine.sleep(Duration::from_millis(1));
        assert!(notes().is_empty());
    });
}

#[test]
fn a_child_that_is_missing_is_removed_soon() {
    with_two(|machine| {
        machine.inside(|| {
            assert_eq!((remove(1), remove(3)), (STATUS_SUCCESS, STATUS_NO_SUCH_DEVICE));
            assert_eq!((selected(MISSING), selected(PRESENT)), (vec![(1, true)], vec![(2, true)]));
        });
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["a child is gone"]);
        machine.inside(|| {
            assert_eq!((selected(MISSING), selected(PRESENT)), (vec![], vec![(2, true)]));
        });
        // One whose creation fails has no device, and is forgotten.
        notes().clear();
        machine.inside(|| assert_eq!(add(9), STATUS_SUCCESS));
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["child 9", "a child is gone"]);
        machine.inside(|| assert_eq!(selected(PRESENT | MISSING | PENDING), [(2, true)]));
    });
}

#[test]
fn a_scan_removes_the_children_that_it_does_not_find() {
    // SAFETY: a live list.
    let scan = |found: fn()| unsafe {
        WdfChildListBeginScan(kept(0));
        found();
        WdfChildListEndScan(kept(0));
    };
    with_two(|machine| {
        machine.inside(|| {
            // SAFETY: a live list.
            scan(|| unsafe { WdfChildListUpdateAllChildDescriptionsAsPresent(kept(0)) });
        });
        machine.sleep(Duration::from_millis(1));
        machine.inside(|| assert_eq!(selected(PRESENT), [(1, true), (2, true)]));
        assert!(notes().is_empty());
        machine.inside(|| {
            scan(|| {
                assert_eq!((add(2), add(4)), (STATUS_OBJECT_NAME_EXISTS, STATUS_SUCCESS));
            });
        });
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["child 4", "a child is gone"]);
        machine.inside(|| assert_eq!(selected(PRESENT), [(2, true), (4, true)]));
        // The outer one of two scans counts, and one that is not done changes nothing.
        notes().clear();
        // SAFETY: a live list.
        machine.inside(|| unsafe {
            WdfChildListBeginScan(kept(0));
            scan(|| {});
        });
        machine.sleep(Duration::from_millis(1));
        assert!(notes().is_empty());
        // SAFETY: a live list.
        machine.inside(|| unsafe { WdfChildListEndScan(kept(0)) });
        machine.sleep(Duration::from_millis(1));
        assert_eq!(*notes(), ["a child is gone", "a child is gone"]);
    });
}

#[test]
fn static_children_are_retrieved_one_after_the_other() {
    crate::driver::in_d0(|device| {
        let children = ["0", "1", "2"].map(|instance| crate::devices::new_child(device, instance));
        // SAFETY: live devices.
        unsafe {
            for child in children {
                assert_eq!(WdfFdoAddStaticChild(device, child), STATUS_SUCCESS);
            }
            let next = |previous| WdfFdoRetrieveNextStaticChild(device, previous, PENDING);
            let [first, second, third] = children;
            assert_eq!((next(null_mut()), next(first), next(second)), (first, second, third));
            assert!(next(third).is_null());
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_parent_is_there_until_the_last_handle_of_its_child_is_closed() {
    let run = Plan::new()
        .created(|device| {
            let child = crate::devices::new_child(device, "0");
            // SAFETY: live devices, a class that outlives the call.
            unsafe {
                assert_eq!(WdfFdoAddStaticChild(device, child), STATUS_SUCCESS);
                WdfDeviceCreateDeviceInterface(
                    child,
                    &raw const crate::io::CLASS,
                    std::ptr::null(),
                );
            }
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            let link = &machine.interfaces(&crate::io::CLASS)[0];
            let file = machine.open_device(link).expect("it opens");
            drop(device);
            note("the device is removed");
            drop(file);
        })
        .keeps_every_rule();
    let at = |what: &str| run.notes.iter().position(|own| own == what);
    let (removed, gone) = (at("the device is removed"), at("EvtCleanupCallback of the device"));
    assert!(removed.is_some() && removed < gone, "{:?}", run.notes);
}

#[test]
fn a_driver_says_which_descriptions_are_of_the_same_child() {
    unsafe extern "C" fn compares(_list: WDFCHILDLIST, one: Header, other: Header) -> BOOLEAN {
        // SAFETY: descriptions of this list's.
        let number = |own: Header| unsafe { own.cast::<Description>().read().number };
        BOOLEAN::from(number(one) % 10 == number(other) % 10)
    }
    Plan::new()
        .created(|device| {
            let mut config = WDF_CHILD_LIST_CONFIG::default();
            WDF_CHILD_LIST_CONFIG_INIT(&mut config, 8, Some(creates));
            config.EvtChildListIdentificationDescriptionCompare = Some(compares);
            let mut list: WDFCHILDLIST = null_mut();
            // SAFETY: a live device, structures that outlive the call.
            unsafe { WdfChildListCreate(device, &raw mut config, null_mut(), &raw mut list) };
            keep(0, list);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.inside(|| {
                assert_eq!((add(1), add(2)), (STATUS_SUCCESS, STATUS_SUCCESS));
                assert_eq!(add(11), STATUS_OBJECT_NAME_EXISTS);
            });
            machine.sleep(Duration::from_millis(1));
            machine.inside(|| {
                assert_eq!(child(31), child(1));
                assert_ne!(child(1), child(2));
                assert!(child(3).is_null());
            });
            drop(device);
        })
        .keeps_every_rule();
}
