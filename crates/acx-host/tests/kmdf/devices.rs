//! Devices: their creation, callbacks, children, and the system's power states.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::System;
use acx_host::Rule;
use acx_host::machine::{HostError, SystemPower};
use acx_sys::*;

use crate::driver::{Plan, child_of, in_d0, keep, kept, note, notes};

/// UTF-16 as a counted string.
pub(crate) fn counted(units: &[u16]) -> UNICODE_STRING {
    let bytes = size_of_val(units) as u16;
    UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: units.as_ptr().cast_mut() }
}

/// Text as UTF-16.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// What WdfDeviceCreate answers.
pub(crate) fn create(mut init: PWDFDEVICE_INIT) -> (NTSTATUS, WDFDEVICE) {
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: an init object of the driver's, a place for the answer.
    let status = unsafe { WdfDeviceCreate(&raw mut init, null_mut(), &raw mut device) };
    (status, device)
}

fn assign_name(init: PWDFDEVICE_INIT, name: &str) {
    let name = wide(name);
    let name = counted(&name);
    // SAFETY: an init object of the driver's, a string that outlives the call.
    unsafe { WdfDeviceInitAssignName(init, &raw const name) };
}

#[test]
fn kmdf_o16_a_device_that_is_half_made_goes_without_a_word() {
    Plan::new()
        .init(|init| {
            let sddl = wide("D:P");
            let sddl = counted(&sddl);
            // SAFETY: a string that outlives the call.
            let control = unsafe { WdfControlDeviceInitAllocate(null_mut(), &raw const sddl) };
            assign_name(control, r"\Device\Taken");
            let (status, device) = create(control);
            assert_eq!(status, STATUS_SUCCESS);
            keep(0, device);
            assign_name(init, r"\Device\Taken");
        })
        .run(|machine, device| {
            let failed = HostError::Start { status: STATUS_OBJECT_NAME_COLLISION };
            assert_eq!(device.err(), Some(failed));
            // SAFETY: the driver's own control device.
            machine.inside(|| unsafe { WdfObjectDelete(kept(0)) });
        })
        .keeps_every_rule()
        .notes(&[]);
}

/// A child of the device with this instance id, not added to it.
pub(crate) fn new_child(parent: WDFDEVICE, instance: &str) -> WDFDEVICE {
    child_with(parent, instance, |_| {})
}

/// Like [`new_child`], after `set` has had its init object.
pub(crate) fn child_with(
    parent: WDFDEVICE,
    instance: &str,
    set: impl FnOnce(PWDFDEVICE_INIT),
) -> WDFDEVICE {
    // SAFETY: a live device; strings that outlive the calls.
    unsafe {
        let init = WdfPdoInitAllocate(parent);
        let (id, instance) = (wide(r"ACX\Child"), wide(instance));
        let (id, instance) = (counted(&id), counted(&instance));
        WdfPdoInitAssignDeviceID(init, &raw const id);
        WdfPdoInitAssignInstanceID(init, &raw const instance);
        set(init);
        let (status, child) = create(init);
        assert_eq!(status, STATUS_SUCCESS);
        child
    }
}

#[test]
fn kmdf_o17_the_parent_of_every_device_is_the_driver() {
    unsafe extern "C" fn gone(_object: WDFOBJECT) {
        note("an object below the child");
    }
    in_d0(|device| {
        let child = new_child(device, "0");
        let mut attributes = child_of(child.cast());
        attributes.EvtCleanupCallback = Some(gone);
        let mut object: WDFOBJECT = null_mut();
        // SAFETY: filled structures that outlive the call.
        unsafe { WdfObjectCreate(&raw mut attributes, &raw mut object) };
    })
    .keeps_every_rule()
    .ends_with(&["EvtCleanupCallback of the device", "an object below the child"]);
}

#[test]
fn kmdf_d2_no_device_is_no_failure() {
    Plan::new()
        .add(|_| STATUS_SUCCESS)
        .run(|_, device| assert_eq!(device.err(), Some(HostError::NoDevice)))
        .keeps_every_rule();
    Plan::new()
        .add(|init| {
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfFdoInitSetFilter(init) };
            STATUS_UNSUCCESSFUL
        })
        .run(|_, device| assert_eq!(device.err(), Some(HostError::NoDevice)))
        .keeps_every_rule();
    let failed = HostError::Start { status: STATUS_UNSUCCESSFUL };
    Plan::new()
        .add(|_| STATUS_UNSUCCESSFUL)
        .run(|_, device| assert_eq!(device.err(), Some(failed)))
        .keeps_every_rule();
}

#[test]
fn a_device_whose_add_failed_leaves_its_name_to_the_next_one() {
    Plan::new()
        .add(|init| {
            assign_name(init, r"\Device\Again");
            assert_eq!(create(init).0, STATUS_SUCCESS);
            // The first one is given up.
            if kept::<()>(0).is_null() {
                keep(0, init);
                return STATUS_UNSUCCESSFUL;
            }
            STATUS_SUCCESS
        })
        .run_with(|_, driver, device| {
            let failed = HostError::Start { status: STATUS_UNSUCCESSFUL };
            assert_eq!(device.err(), Some(failed));
            assert!(driver.add_device().expect("it starts").is_powered());
        })
        .keeps_every_rule();
}

#[test]
fn kmdf_d3_a_device_that_is_secured_has_a_name_of_its_own() {
    unsafe extern "C" fn adds(_device: WDFDEVICE, _list: WDFIORESREQLIST) -> NTSTATUS {
        STATUS_SUCCESS
    }
    Plan::new()
        .add(|init| {
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetDeviceClass(init, &KSCATEGORY_AUDIO) };
            create(init).0
        })
        .run(|_, device| {
            let failed = HostError::Start { status: STATUS_INVALID_SECURITY_DESCR };
            assert_eq!(device.err(), Some(failed));
        })
        .breaks(&[Rule::BadArgument]);
    Plan::new()
        .add(|init| {
            let sddl = wide("D:P");
            let sddl = counted(&sddl);
            // SAFETY: the init object of EvtDriverDeviceAdd, structures that outlive the calls.
            unsafe {
                WdfDeviceInitAssignSDDLString(init, &raw const sddl);
                assert_eq!(create(init).0, STATUS_INVALID_SECURITY_DESCR);
                assign_name(init, r"\Device\Secured");
                let mut callbacks = WDF_FDO_EVENT_CALLBACKS {
                    Size: size_of::<WDF_FDO_EVENT_CALLBACKS>() as u32,
                    EvtDeviceFilterAddResourceRequirements: Some(adds),
                    ..Default::default()
                };
                // No callback removes the added resources, so this has no effect.
                WdfFdoInitSetEventCallbacks(init, &raw mut callbacks);
                assert_eq!(create(init).0, STATUS_SUCCESS);
                let control = WdfControlDeviceInitAllocate(null_mut(), &raw const sddl);
                assign_name(control, r"\Device\secured");
                assert_eq!(create(control).0, STATUS_OBJECT_NAME_COLLISION);
                WdfDeviceInitFree(control);
            }
            STATUS_SUCCESS
        })
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument]);
}

/// What WdfDeviceRetrieveDeviceName answers.
fn name_of(device: WDFDEVICE) -> Result<String, NTSTATUS> {
    let mut attributes = child_of(device.cast());
    let (mut string, mut text) = (null_mut(), UNICODE_STRING::default());
    // SAFETY: live objects, structures that outlive the calls.
    unsafe {
        WdfStringCreate(std::ptr::null(), &raw mut attributes, &raw mut string);
        let status = WdfDeviceRetrieveDeviceName(device, string);
        if status != STATUS_SUCCESS {
            return Err(status);
        }
        WdfStringGetUnicodeString(string, &raw mut text);
        let units = std::slice::from_raw_parts(text.Buffer, usize::from(text.Length / 2));
        Ok(String::from_utf16_lossy(units))
    }
}

#[test]
fn kmdf_d7_a_device_has_the_name_that_it_was_given() {
    in_d0(|device| {
        assert_eq!(name_of(device), Err(STATUS_INVALID_PARAMETER));
        assert!(name_of(new_child(device, "0")).is_ok_and(|name| name.starts_with(r"\Device\")));
    })
    .keeps_every_rule();
    Plan::new()
        .init(|init| assign_name(init, r"\Device\Own"))
        .created(|device| assert_eq!(name_of(device), Ok(r"\Device\Own".to_owned())))
        .start()
        .keeps_every_rule();
}

#[test]
fn a_device_has_a_made_name_if_its_characteristics_say_so() {
    // FILE_AUTOGENERATED_DEVICE_NAME is 0x80.
    fn set(init: PWDFDEVICE_INIT, characteristics: u32, or: u8) {
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetCharacteristics(init, characteristics, or) };
    }
    let made: [fn(PWDFDEVICE_INIT); 5] = [
        // No name is a made one.
        // SAFETY: the init object of EvtDriverDeviceAdd.
        |init| unsafe {
            WdfDeviceInitAssignName(init, std::ptr::null());
        },
        |init| set(init, 0x80, 0),
        |init| set(init, 0x180, 1),
        |init| (0..2).for_each(|turn| set(init, 0x80 << turn, 1)),
        |init| {
            let sddl = wide("D:P");
            let sddl = counted(&sddl);
            set(init, 0x80, 0);
            // A made name is one that a device with a security descriptor may have.
            // SAFETY: the init object of EvtDriverDeviceAdd, a string that outlives the call.
            unsafe { WdfDeviceInitAssignSDDLString(init, &raw const sddl) };
        },
    ];
    for init in made {
        Plan::new()
            .init(init)
            .created(|device| {
                assert!(name_of(device).is_ok_and(|name| name.starts_with(r"\Device\")));
            })
            .start()
            .keeps_every_rule();
    }
    // Neither of these says so; the second takes it back.
    let none: [fn(PWDFDEVICE_INIT); 2] =
        [|init| set(init, 0x100, 1), |init| (0..2).for_each(|turn| set(init, 0x80 << turn, 0))];
    for init in none {
        Plan::new()
            .init(init)
            .created(|device| assert_eq!(name_of(device), Err(STATUS_INVALID_PARAMETER)))
            .start()
            .keeps_every_rule();
    }
}

#[test]
fn kmdf_d8_only_function_devices_have_children() {
    Plan::new()
        .init(|init| {
            // SAFETY: the init object of EvtDriverDeviceAdd.
            let raw = unsafe { WdfPdoInitAssignRawDevice(init, &KSCATEGORY_AUDIO) };
            assert_eq!(raw, STATUS_INVALID_PARAMETER);
        })
        .created(|device| {
            let child = new_child(device, "0");
            // SAFETY: a live device.
            assert!(unsafe { WdfPdoInitAllocate(child) }.is_null());
        })
        .start()
        .breaks(&[Rule::BadArgument, Rule::BadArgument]);
}

#[test]
fn kmdf_d10_a_device_fails_with_an_action_that_is_one() {
    Plan::new()
        .created(|device| {
            keep(0, device);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            let fail = |action| {
                // SAFETY: a live device.
                machine.inside(|| unsafe { WdfDeviceSetFailed(kept(0), action) });
                machine.sleep(Duration::from_millis(1));
                device.is_powered()
            };
            assert!(fail(_WDF_DEVICE_FAILED_ACTION::WdfDeviceFailedUndefined));
            assert!(!fail(_WDF_DEVICE_FAILED_ACTION::WdfDeviceFailedNoRestart));
        })
        .breaks(&[Rule::BadArgument])
        .has("EvtDeviceSurpriseRemoval");
}

/// Capabilities and a state as the functions that initialize them leave them.
fn nothing_special()
-> (WDF_DEVICE_PNP_CAPABILITIES, WDF_DEVICE_POWER_CAPABILITIES, WDF_DEVICE_STATE) {
    let mut pnp = WDF_DEVICE_PNP_CAPABILITIES::default();
    WDF_DEVICE_PNP_CAPABILITIES_INIT(&mut pnp);
    let mut power = WDF_DEVICE_POWER_CAPABILITIES::default();
    WDF_DEVICE_POWER_CAPABILITIES_INIT(&mut power);
    let mut state = WDF_DEVICE_STATE::default();
    WDF_DEVICE_STATE_INIT(&mut state);
    (pnp, power, state)
}

#[test]
fn kmdf_d12_capabilities_and_states_are_in_their_ranges() {
    in_d0(|device| {
        let (mut pnp, mut power, mut state) = nothing_special();
        // SAFETY: a live device, structures that outlive the calls.
        unsafe {
            pnp.Removable = 3;
            WdfDeviceSetPnpCapabilities(device, &raw mut pnp);
            power.DeviceState[2] = 9;
            WdfDeviceSetPowerCapabilities(device, &raw mut power);
            power.DeviceState[2] = 1;
            power.IdealDxStateForSx = _DEVICE_POWER_STATE::PowerDeviceD0;
            WdfDeviceSetPowerCapabilities(device, &raw mut power);
            state.Failed = -1;
            WdfDeviceSetDeviceState(device, &raw mut state);
            (state.Size, pnp.Size, power.Size) = (4, 4, 4);
            WdfDeviceSetDeviceState(device, &raw mut state);
            WdfDeviceSetPnpCapabilities(device, &raw mut pnp);
            WdfDeviceSetPowerCapabilities(device, &raw mut power);
        }
    })
    .breaks(&[[Rule::BadArgument; 4].as_slice(), &[Rule::Uninitialized; 3]].concat());
    in_d0(|device| {
        let (mut pnp, mut power, mut state) = nothing_special();
        // SAFETY: a live device, structures that outlive the calls.
        unsafe {
            WdfDeviceSetPnpCapabilities(device, &raw mut pnp);
            WdfDeviceSetPowerCapabilities(device, &raw mut power);
            WdfDeviceSetDeviceState(device, &raw mut state);
            // The structure up to KMDF 1.27 has no AssignedToGuest.
            (state.Size, state.AssignedToGuest) = (28, 9);
            WdfDeviceSetDeviceState(device, &raw mut state);
        }
    })
    .keeps_every_rule();
    in_d0(|device| {
        let (_, _, mut state) = nothing_special();
        state.AssignedToGuest = 9;
        // SAFETY: a live device, a structure that outlives the call.
        unsafe { WdfDeviceSetDeviceState(device, &raw mut state) };
    })
    .breaks(&[Rule::BadArgument]);
}

#[test]
fn only_the_power_policy_owner_has_an_ideal_state() {
    fn set(device: WDFDEVICE, ideal: DEVICE_POWER_STATE) {
        let mut power = WDF_DEVICE_POWER_CAPABILITIES::default();
        WDF_DEVICE_POWER_CAPABILITIES_INIT(&mut power);
        power.IdealDxStateForSx = ideal;
        // SAFETY: a live device, a structure that outlives the call.
        unsafe { WdfDeviceSetPowerCapabilities(device, &raw mut power) };
    }
    let says_nothing = |device| set(device, _DEVICE_POWER_STATE::PowerDeviceMaximum);
    let says_d3 = |device| set(device, _DEVICE_POWER_STATE::PowerDeviceD3);
    Plan::new().created(says_nothing).created(says_d3).start().keeps_every_rule();
    let other = || {
        // SAFETY: the init object of EvtDriverDeviceAdd.
        Plan::new().init(|init| unsafe { WdfDeviceInitSetPowerPolicyOwnership(init, 0) })
    };
    other().created(says_nothing).start().keeps_every_rule();
    let run = other().created(says_d3).start().breaks(&[Rule::BadArgument]);
    run.saying("a power capability is out of range");
}

#[test]
fn kmdf_d13_property_data_is_initialized() {
    static KEY: DEVPROPKEY = DEVPROPKEY {
        fmtid: GUID { Data1: 0xACE0_0D13, Data2: 1, Data3: 2, Data4: [3; 8] },
        pid: 2,
    };
    in_d0(|device| {
        let mut data =
            WDF_DEVICE_PROPERTY_DATA { PropertyKey: &raw const KEY, ..Default::default() };
        let (mut value, mut needed, mut kind) = (7_u32, 0, 0);
        // SAFETY: a live device, structures that outlive the calls.
        unsafe {
            let place: PVOID = (&raw mut value).cast();
            let assign = |data: &mut WDF_DEVICE_PROPERTY_DATA| {
                WdfDeviceAssignProperty(device, data, 7, 4, place)
            };
            assert_eq!(assign(&mut data), STATUS_INFO_LENGTH_MISMATCH);
            data.Size = size_of::<WDF_DEVICE_PROPERTY_DATA>() as u32;
            assert_eq!(assign(&mut data), STATUS_SUCCESS);
            let data = &raw mut data;
            let mut query = |room, place| {
                WdfDeviceQueryPropertyEx(device, data, room, place, &raw mut needed, &raw mut kind)
            };
            assert_eq!(query(0, place), STATUS_INVALID_PARAMETER);
            assert_eq!(query(4, place), STATUS_SUCCESS);
            assert_eq!((needed, kind), (4, 7));
        }
    })
    .breaks(&[Rule::Uninitialized]);
    // The system gets the language and the flags: a number is of no language.
    in_d0(|device| {
        let mut value = 7_u32;
        for (lcid, flags, wanted) in [
            (0x407, 0, STATUS_INVALID_PARAMETER),
            (0, 2, STATUS_INVALID_PARAMETER),
            (0, 1, STATUS_SUCCESS),
        ] {
            let mut data = WDF_DEVICE_PROPERTY_DATA {
                Size: size_of::<WDF_DEVICE_PROPERTY_DATA>() as u32,
                PropertyKey: &raw const KEY,
                Lcid: lcid,
                Flags: flags,
            };
            let place = (&raw mut value).cast();
            // SAFETY: a live device, structures that outlive the call.
            let status = unsafe { WdfDeviceAssignProperty(device, &raw mut data, 7, 4, place) };
            assert_eq!(status, wanted);
        }
    })
    .breaks(&[Rule::BadArgument; 2]);
}

#[test]
fn kmdf_d14_a_control_device_has_no_interfaces_and_no_properties() {
    in_d0(|device| {
        let sddl = wide("D:P");
        let sddl = counted(&sddl);
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let init = WdfControlDeviceInitAllocate(WdfDeviceGetDriver(device), &raw const sddl);
            let (status, control) = create(init);
            assert_eq!(status, STATUS_SUCCESS);
            WdfControlFinishInitializing(control);
            let class = &raw const crate::io::CLASS;
            let made = WdfDeviceCreateDeviceInterface(control, class, std::ptr::null());
            assert_eq!(made, STATUS_INVALID_DEVICE_REQUEST);
            let mut needed = 0;
            let asked = WdfDeviceQueryProperty(control, 0, 0, null_mut(), &raw mut needed);
            assert_eq!(asked, STATUS_INVALID_DEVICE_REQUEST);
            WdfObjectDelete(control.cast());
        }
    })
    .keeps_every_rule();
    // SAFETY: a live device, which is no control device.
    in_d0(|device| unsafe { WdfControlFinishInitializing(device) })
        .breaks(&[Rule::BadArgument])
        .saying("WdfControlFinishInitializing");
}

#[test]
fn kmdf_d18_a_device_has_one_symbolic_link() {
    in_d0(|device| {
        let link = |name: &str| {
            let name = wide(name);
            let name = counted(&name);
            // SAFETY: a live device, a string that outlives the call.
            unsafe { WdfDeviceCreateSymbolicLink(device, &raw const name) }
        };
        assert_eq!(link(""), STATUS_INVALID_DEVICE_REQUEST);
        assert_eq!(link(r"\DosDevices\AcxOne"), STATUS_SUCCESS);
        assert_eq!(link(r"\DosDevices\AcxTwo"), STATUS_INVALID_DEVICE_REQUEST);
    })
    .breaks(&[Rule::BadArgument, Rule::BadArgument])
    .saying("a symbolic link without a name");
}

fn next_child(device: WDFDEVICE, previous: WDFDEVICE, flags: u32) -> WDFDEVICE {
    // SAFETY: live devices.
    unsafe {
        WdfFdoLockStaticChildListForIteration(device);
        let next = WdfFdoRetrieveNextStaticChild(device, previous, flags);
        WdfFdoUnlockStaticChildListFromIteration(device);
        next
    }
}

#[test]
fn kmdf_p16_static_children_are_children_of_the_device() {
    const PRESENT: u32 = 1;
    const PENDING: u32 = 4;
    Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            let child = new_child(device, "0");
            // SAFETY: live devices.
            unsafe {
                assert_eq!(WdfPdoMarkMissing(child), STATUS_NO_SUCH_DEVICE);
                assert_eq!(WdfFdoAddStaticChild(child, child), STATUS_INVALID_PARAMETER);
                assert_eq!(WdfFdoAddStaticChild(device, device), STATUS_INVALID_PARAMETER);
                assert_eq!(WdfFdoAddStaticChild(device, child), STATUS_SUCCESS);
            }
            keep(0, device);
            keep(1, child);
            assert_eq!(next_child(device, null_mut(), PENDING), child);
            assert!(next_child(device, null_mut(), PRESENT).is_null());
            assert!(next_child(device, null_mut(), 0).is_null());
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.sleep(Duration::from_millis(1));
            machine.inside(|| {
                assert_eq!(next_child(kept(0), null_mut(), PRESENT), kept(1));
                assert!(next_child(kept(0), kept(1), PRESENT).is_null());
                // SAFETY: a live device.
                unsafe {
                    assert_eq!(WdfPdoMarkMissing(kept(1)), STATUS_SUCCESS);
                    assert_eq!(WdfPdoMarkMissing(kept(1)), STATUS_NO_SUCH_DEVICE);
                }
            });
            drop(device);
        })
        .breaks(&[Rule::WrongParent, Rule::WrongParent, Rule::BadArgument]);
}

/// A child's identification description: its header and a number.
#[repr(C)]
#[derive(Clone, Copy)]
struct Description {
    size: u32,
    number: u32,
}

unsafe extern "C" fn creates_a_child(
    _list: WDFCHILDLIST,
    description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    init: PWDFDEVICE_INIT,
) -> NTSTATUS {
    // SAFETY: a description of this list's.
    let number = unsafe { description.cast::<Description>().read().number };
    note(format!("child {number}"));
    if number == 2 && notes().iter().filter(|note| *note == "child 2").count() == 1 {
        return 0xC000_022D_u32.cast_signed();
    }
    let (id, instance) = (wide(r"ACX\Listed"), wide(&number.to_string()));
    let (id, instance) = (counted(&id), counted(&instance));
    // SAFETY: the init object of this callback, strings that outlive the calls.
    unsafe {
        WdfPdoInitAssignDeviceID(init, &raw const id);
        WdfPdoInitAssignInstanceID(init, &raw const instance);
    }
    create(init).0
}

fn add(list: WDFCHILDLIST, size: u32, number: u32) -> NTSTATUS {
    let mut description = Description { size, number };
    let place = (&raw mut description).cast();
    // SAFETY: a live list, a description that outlives the call.
    unsafe { WdfChildListAddOrUpdateChildDescriptionAsPresent(list, place, null_mut()) }
}

#[test]
fn kmdf_p17_child_lists_check_what_they_are_passed() {
    fn iterator(size: usize, flags: u32) -> WDF_CHILD_LIST_ITERATOR {
        WDF_CHILD_LIST_ITERATOR { Size: size as u32, Flags: flags, ..Default::default() }
    }
    fn next(list: WDFCHILDLIST, own: &mut WDF_CHILD_LIST_ITERATOR) -> NTSTATUS {
        let mut device: WDFDEVICE = null_mut();
        // SAFETY: a live list, structures that outlive the call.
        unsafe { WdfChildListRetrieveNextDevice(list, own, &raw mut device, null_mut()) }
    }
    Plan::new()
        .init(|init| {
            let mut config = WDF_CHILD_LIST_CONFIG {
                Size: size_of::<WDF_CHILD_LIST_CONFIG>() as u32,
                IdentificationDescriptionSize: 8,
                EvtChildListCreateDevice: Some(creates_a_child),
                ..Default::default()
            };
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfFdoInitSetDefaultChildListConfig(init, &raw mut config, null_mut()) };
        })
        .created(|device| {
            // SAFETY: a live device.
            keep(0, unsafe { WdfFdoGetDefaultChildList(device) });
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            notes().clear();
            let full = size_of::<WDF_CHILD_LIST_ITERATOR>();
            machine.inside(|| {
                assert_eq!(add(kept(0), 4, 1), STATUS_INVALID_DEVICE_REQUEST);
                assert_eq!(next(kept(0), &mut iterator(4, 1)), STATUS_INFO_LENGTH_MISMATCH);
                assert_eq!(next(kept(0), &mut iterator(full, 0)), STATUS_INVALID_PARAMETER);
                let mut own = iterator(full, 7);
                // SAFETY: a live list, a structure that outlives the calls.
                unsafe { WdfChildListBeginIteration(kept(0), &raw mut own) };
                assert_eq!(add(kept(0), 8, 1), STATUS_SUCCESS);
                assert_eq!(add(kept(0), 8, 2), STATUS_SUCCESS);
            });
            machine.sleep(Duration::from_millis(1));
            assert!(notes().is_empty(), "the list does not change while it is iterated");
            machine.inside(|| {
                let mut own = iterator(full, 7);
                // SAFETY: a live list, a structure that outlives the call.
                unsafe { WdfChildListEndIteration(kept(0), &raw mut own) };
            });
            machine.sleep(Duration::from_millis(1));
            assert_eq!(*notes(), ["child 1", "child 2"]);
            // STATUS_RETRY: asked again when the list changes.
            machine.inside(|| assert_eq!(add(kept(0), 8, 3), STATUS_SUCCESS));
            machine.sleep(Duration::from_millis(1));
            assert_eq!(*notes(), ["child 1", "child 2", "child 2", "child 3"]);
            machine.inside(|| {
                let mut own = iterator(full, 1);
                // An iterator may be used again: each iteration begins at the first child.
                for _ in 0..2 {
                    let mut count = 0;
                    // SAFETY: a live list, a structure that outlives the calls.
                    unsafe {
                        WdfChildListBeginIteration(kept(0), &raw mut own);
                        while next(kept(0), &mut own) == STATUS_SUCCESS {
                            count += 1;
                        }
                        WdfChildListEndIteration(kept(0), &raw mut own);
                    }
                    assert_eq!(count, 3);
                }
            });
            drop(device);
        })
        .breaks(&[Rule::Uninitialized, Rule::Uninitialized, Rule::BadArgument]);
}

unsafe extern "C" fn frees_its_description(
    _list: WDFCHILDLIST,
    _description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    init: PWDFDEVICE_INIT,
) -> NTSTATUS {
    // SAFETY: the framework's own init object, which the host finds.
    unsafe { WdfDeviceInitFree(init) };
    STATUS_UNSUCCESSFUL
}

#[test]
fn the_init_object_of_a_listed_child_is_freed_by_the_framework() {
    Plan::new()
        .init(|init| {
            let mut config = WDF_CHILD_LIST_CONFIG {
                Size: size_of::<WDF_CHILD_LIST_CONFIG>() as u32,
                IdentificationDescriptionSize: 8,
                EvtChildListCreateDevice: Some(frees_its_description),
                ..Default::default()
            };
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfFdoInitSetDefaultChildListConfig(init, &raw mut config, null_mut()) };
        })
        .created(|device| {
            // SAFETY: a live device.
            let list = unsafe { WdfFdoGetDefaultChildList(device) };
            assert_eq!(add(list, 8, 1), STATUS_SUCCESS);
        })
        .start()
        .breaks(&[Rule::BadArgument])
        .saying("the framework's own device init was freed");
}

#[test]
fn a_child_that_does_not_start_stays_until_it_is_reported_missing() {
    unsafe extern "C" fn refuses(
        _device: WDFDEVICE,
        _raw: WDFCMRESLIST,
        _translated: WDFCMRESLIST,
    ) -> NTSTATUS {
        note("the child refuses");
        STATUS_UNSUCCESSFUL
    }
    Plan::new()
        .created(|device| {
            let (id, instance) = (wide(r"ACX\Refuses"), wide("0"));
            let (id, instance) = (counted(&id), counted(&instance));
            let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
            WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
            callbacks.EvtDevicePrepareHardware = Some(refuses);
            // SAFETY: a live device, structures that outlive the calls.
            unsafe {
                let init = WdfPdoInitAllocate(device);
                WdfPdoInitAssignDeviceID(init, &raw const id);
                WdfPdoInitAssignInstanceID(init, &raw const instance);
                WdfPdoInitAssignRawDevice(init, &KSCATEGORY_AUDIO);
                WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks);
                let (status, child) = create(init);
                assert_eq!(status, STATUS_SUCCESS);
                keep(1, child);
                assert_eq!(WdfFdoAddStaticChild(device, child), STATUS_SUCCESS);
            }
        })
        .on("EvtDeviceReleaseHardware", |_| {
            // SAFETY: the host knows whether it is live.
            assert_eq!(unsafe { WdfPdoMarkMissing(kept(1)) }, STATUS_SUCCESS);
        })
        .start()
        .keeps_every_rule()
        .has("the child refuses");
}

#[test]
fn kmdf_p15_devices_go_down_with_the_system() {
    fn action(device: WDFDEVICE) {
        // SAFETY: a live device.
        let action = unsafe { WdfDeviceGetSystemPowerAction(device) };
        note(format!("action {action}"));
    }
    unsafe extern "C" fn exit(device: WDFDEVICE, target: WDF_POWER_DEVICE_STATE) -> NTSTATUS {
        note(format!("to {target}"));
        action(device);
        STATUS_SUCCESS
    }
    // The system has left S0 for the same reason.
    unsafe extern "C" fn restart(device: WDFDEVICE) -> NTSTATUS {
        note("back");
        action(device);
        STATUS_SUCCESS
    }
    let plan = Plan::new().init(|init| {
        let mut callbacks = WDF_PNPPOWER_EVENT_CALLBACKS::default();
        WDF_PNPPOWER_EVENT_CALLBACKS_INIT(&mut callbacks);
        callbacks.EvtDeviceD0Exit = Some(exit);
        callbacks.EvtDeviceSelfManagedIoRestart = Some(restart);
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
    });
    let plan = plan.created(|device| keep(0, device));
    let (sleeping, final_state) = ("to 4", "to 5");
    plan.clone()
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.leave_s0(SystemPower::Sleep);
            assert!(!device.is_powered());
            assert_eq!(*notes(), [sleeping, "action 2"]);
            machine.return_to_s0().expect("it comes back");
            assert!(device.is_powered());
            assert_eq!(notes()[2..], ["back", "action 2"]);
            machine.inside(|| action(kept(0)));
            assert_eq!(notes().last().map(String::as_str), Some("action 0"));
            // A sleeping device stays asleep.
            notes().clear();
            device.power_down();
            machine.leave_s0(SystemPower::Hibernate);
            machine.return_to_s0().expect("it comes back");
            assert!(!device.is_powered());
            assert_eq!(*notes(), [sleeping, "action 0"]);
            // The system's action is over for it, too.
            machine.inside(|| action(kept(0)));
            assert_eq!(notes().last().map(String::as_str), Some("action 0"));
        })
        .keeps_every_rule();
    plan.run(|machine, device| {
        let device = device.expect("it starts");
        machine.leave_s0(SystemPower::Shutdown);
        assert_eq!(*notes(), [final_state, "action 4"]);
        drop(device);
    })
    .keeps_every_rule();
}
