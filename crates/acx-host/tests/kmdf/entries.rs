//! A driver of these tests calls each KMDF function that the host has, and a test counts them. This
//! file has the functions that no row of the table needs, with their results.

use std::collections::BTreeSet;
use std::ptr::null_mut;
use std::time::Duration;

use _WDF_IO_QUEUE_DISPATCH_TYPE as D;
use acx_client::System;
use acx_host::Rule;
use acx_host::machine::kmdf_functions;
use acx_sys::*;

use crate::devices::{counted, wide};
use crate::driver::{Plan, child_of, in_d0, keep, kept, note, notes};
use crate::io::{
    BUFFERED, CLASS, complete, config, files, in_a_request, prepare, sequential, succeeds,
    with_file, with_plan,
};

#[test]
fn every_function_that_the_host_has_is_called() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kmdf");
    let mut called = BTreeSet::new();
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let text = std::fs::read_to_string(file.expect("an entry").path()).expect("UTF-8");
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let is_word = |char: char| char.is_ascii_alphanumeric();
            let calls = line.match_indices('(').map(|(at, _)| &line[..at]);
            called.extend(calls.map(|before| {
                before.rsplit(|char| !is_word(char)).next().unwrap_or_default().to_owned()
            }));
        }
    }
    let missing: Vec<_> =
        kmdf_functions().into_iter().filter(|name| !called.contains(*name)).collect();
    assert!(missing.is_empty(), "no driver calls {missing:?}");
}

/// A zeroed structure of a kind whose functions look at its Size only.
fn sized<T: Default>(set: fn(&mut T)) -> T {
    let mut made = T::default();
    set(&mut made);
    made
}

#[test]
fn a_device_is_described_before_it_is_made() {
    Plan::new()
        .init(|init| {
            let mut policy = sized(WDF_POWER_POLICY_EVENT_CALLBACKS_INIT);
            let mut io = sized(WDF_IO_TYPE_CONFIG_INIT);
            let mut lock = WDF_REMOVE_LOCK_OPTIONS::default();
            WDF_REMOVE_LOCK_OPTIONS_INIT(&mut lock, 0);
            let mut callbacks = WDF_FDO_EVENT_CALLBACKS {
                Size: size_of::<WDF_FDO_EVENT_CALLBACKS>() as u32,
                ..Default::default()
            };
            let order =
                _WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE::WdfReleaseHardwareOrderOnFailureEarly;
            let direct = _WDF_DEVICE_IO_TYPE::WdfDeviceIoDirect;
            // SAFETY: the init object of EvtDriverDeviceAdd, structures that outlive the calls.
            unsafe {
                WdfDeviceInitSetPowerPolicyEventCallbacks(init, &raw mut policy);
                WdfDeviceInitSetPowerPolicyOwnership(init, 1);
                WdfDeviceInitSetIoType(init, direct);
                WdfDeviceInitSetIoTypeEx(init, &raw mut io);
                WdfDeviceInitSetExclusive(init, 0);
                WdfDeviceInitSetPowerNotPageable(init);
                WdfDeviceInitSetPowerPageable(init);
                WdfDeviceInitSetPowerInrush(init);
                WdfDeviceInitSetDeviceType(init, 0x1D);
                WdfDeviceInitSetCharacteristics(init, 0x100, 1);
                WdfDeviceInitSetRemoveLockOptions(init, &raw mut lock);
                WdfDeviceInitSetReleaseHardwareOrderOnFailure(init, order);
                WdfFdoInitSetEventCallbacks(init, &raw mut callbacks);
                assert!(!WdfFdoInitWdmGetPhysicalDevice(init).is_null());
                let mut key: WDFKEY = null_mut();
                let kind = PLUGPLAY_REGKEY_DEVICE;
                let opened =
                    WdfFdoInitOpenRegistryKey(init, kind, KEY_READ, null_mut(), &raw mut key);
                assert_eq!(opened, STATUS_SUCCESS);
                WdfRegistryClose(key);
            }
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn properties_of_a_device_are_there_before_it_is_made() {
    static KEY: DEVPROPKEY = DEVPROPKEY {
        fmtid: GUID { Data1: 0xACE0_0F00, Data2: 1, Data3: 2, Data4: [3; 8] },
        pid: 2,
    };
    Plan::new()
        .init(|init| {
            let mut data = WDF_DEVICE_PROPERTY_DATA::default();
            WDF_DEVICE_PROPERTY_DATA_INIT(&mut data, &raw const KEY);
            let (mut units, mut needed, mut kind) = ([0_u16; 32], 0, 0);
            let enumerator = 0x10;
            let mut memory: WDFMEMORY = null_mut();
            let pool = _POOL_TYPE::NonPagedPoolNx;
            // SAFETY: the init object of EvtDriverDeviceAdd, structures that outlive the calls.
            unsafe {
                let place: PVOID = units.as_mut_ptr().cast();
                let short = WdfFdoInitQueryProperty(init, enumerator, 2, place, &raw mut needed);
                assert_eq!((short, needed), (STATUS_BUFFER_TOO_SMALL, 10));
                let whole = WdfFdoInitQueryProperty(init, enumerator, 64, place, &raw mut needed);
                assert_eq!(whole, STATUS_SUCCESS);
                assert_eq!(units[..5], wide("ROOT\0")[..]);
                let none = null_mut();
                let made = WdfFdoInitAllocAndQueryProperty(init, 1, pool, none, &raw mut memory);
                assert_eq!(made, STATUS_SUCCESS);
                WdfObjectDelete(memory.cast());
                let data = &raw mut data;
                let asked = WdfFdoInitQueryPropertyEx(
                    init,
                    data,
                    64,
                    place,
                    &raw mut needed,
                    &raw mut kind,
                );
                assert_eq!(asked, STATUS_OBJECT_NAME_NOT_FOUND);
                let made = WdfFdoInitAllocAndQueryPropertyEx(
                    init,
                    data,
                    pool,
                    none,
                    &raw mut memory,
                    &raw mut kind,
                );
                assert_eq!(made, STATUS_OBJECT_NAME_NOT_FOUND);
            }
        })
        .start()
        .keeps_every_rule();
}

#[test]
fn a_child_is_described_before_it_is_made() {
    in_d0(|device| {
        let mut callbacks = sized(WDF_PDO_EVENT_CALLBACKS_INIT);
        let text = wide(r"ACX\Described");
        let text = counted(&text);
        let name = &raw const text;
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let mut init = WdfPdoInitAllocate(device);
            WdfPdoInitSetEventCallbacks(init, &raw mut callbacks);
            WdfPdoInitSetDefaultLocale(init, 0x409);
            WdfPdoInitAllowForwardingRequestToParent(init);
            WdfPdoInitRemovePowerDependencyOnParent(init);
            assert_eq!(WdfPdoInitAssignDeviceID(init, name), STATUS_SUCCESS);
            assert_eq!(WdfPdoInitAssignInstanceID(init, name), STATUS_SUCCESS);
            assert_eq!(WdfPdoInitAddHardwareID(init, name), STATUS_SUCCESS);
            assert_eq!(WdfPdoInitAddCompatibleID(init, name), STATUS_SUCCESS);
            assert_eq!(WdfPdoInitAssignContainerID(init, name), STATUS_SUCCESS);
            assert_eq!(WdfPdoInitAddDeviceText(init, name, name, 0x409), STATUS_SUCCESS);
            let mut child: WDFDEVICE = null_mut();
            assert_eq!(WdfDeviceCreate(&raw mut init, null_mut(), &raw mut child), STATUS_SUCCESS);
            assert_eq!(WdfPdoGetParent(child), device);
            assert!(WdfPdoGetParent(device).is_null());
            let (mut description, mut needed) = ([0_u16; 32], 0);
            let place = description.as_mut_ptr().cast();
            assert_eq!(
                WdfDeviceQueryProperty(child, 0, 64, place, &raw mut needed),
                STATUS_SUCCESS
            );
            assert_eq!(needed as usize, 2 * r"ACX\Described".len() + 2);
            let mut memory: WDFMEMORY = null_mut();
            let pool = _POOL_TYPE::NonPagedPoolNx;
            let mut attributes = child_of(child.cast());
            let attributes = &raw mut attributes;
            let made = WdfDeviceAllocAndQueryProperty(child, 2, pool, attributes, &raw mut memory);
            assert_eq!(made, STATUS_SUCCESS);
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_control_device_hears_of_a_shutdown() {
    unsafe extern "C" fn shuts_down(_device: WDFDEVICE) {}
    in_d0(|device| {
        let sddl = wide("D:P");
        let sddl = counted(&sddl);
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let init = WdfControlDeviceInitAllocate(WdfDeviceGetDriver(device), &raw const sddl);
            WdfControlDeviceInitSetShutdownNotification(init, Some(shuts_down), 1);
            WdfDeviceInitSetDeviceClass(init, &raw const CLASS);
            WdfDeviceInitFree(init);
        }
    })
    .keeps_every_rule();
}

#[test]
fn objects_know_where_they_belong() {
    static NAME: ContextTypeInfo = ContextTypeInfo::new(c"ENTRY", size_of::<u64>(), &NAME);
    unsafe extern "C" fn timer(_timer: WDFTIMER) {}
    unsafe extern "C" fn dpc(_dpc: WDFDPC) {}
    unsafe extern "C" fn work(_item: WDFWORKITEM) {}
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let attributes = &raw mut attributes;
        let (mut timer_config, mut dpc_config, mut work_config) = (
            WDF_TIMER_CONFIG::default(),
            WDF_DPC_CONFIG::default(),
            WDF_WORKITEM_CONFIG::default(),
        );
        WDF_TIMER_CONFIG_INIT(&mut timer_config, Some(timer));
        WDF_DPC_CONFIG_INIT(&mut dpc_config, Some(dpc));
        WDF_WORKITEM_CONFIG_INIT(&mut work_config, Some(work));
        let (mut timer, mut dpc, mut item) = (null_mut(), null_mut(), null_mut());
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            WdfTimerCreate(&raw mut timer_config, attributes, &raw mut timer);
            WdfDpcCreate(&raw mut dpc_config, attributes, &raw mut dpc);
            WdfWorkItemCreate(&raw mut work_config, attributes, &raw mut item);
            assert_eq!(WdfTimerGetParentObject(timer), device.cast());
            assert_eq!(WdfDpcGetParentObject(dpc), device.cast());
            assert_eq!(WdfWorkItemGetParentObject(item), device.cast());
            let mut typed = child_of(device.cast());
            typed.ContextTypeInfo = NAME.as_ptr();
            let mut object: WDFOBJECT = null_mut();
            WdfObjectCreate(&raw mut typed, &raw mut object);
            let context = WdfObjectGetTypedContextWorker(object, NAME.as_ptr());
            assert_eq!(WdfObjectContextGetObject(context), object);
            let asked = WdfObjectQuery(object, &raw const CLASS, 0, null_mut());
            assert_eq!(asked, STATUS_NOT_FOUND);
            let mut collection: WDFCOLLECTION = null_mut();
            WdfCollectionCreate(attributes, &raw mut collection);
            WdfCollectionAdd(collection, object);
            WdfCollectionAdd(collection, device.cast());
            assert_eq!(WdfCollectionGetFirstItem(collection), object);
            assert_eq!(WdfCollectionGetLastItem(collection), device.cast());
            WdfCollectionRemove(collection, object);
            assert_eq!(WdfCollectionGetCount(collection), 1);
            let (mut list, mut memory, mut size) = (null_mut(), null_mut(), 0);
            let pool = _POOL_TYPE::NonPagedPoolNx;
            WdfLookasideListCreate(attributes, 24, pool, attributes, 1, &raw mut list);
            WdfMemoryCreateFromLookaside(list, &raw mut memory);
            assert!(!WdfMemoryGetBuffer(memory, &raw mut size).is_null());
            assert_eq!(size, 24);
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_driver_knows_itself_and_its_framework() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let attributes = &raw mut attributes;
        let mut version = WDF_DRIVER_VERSION_AVAILABLE_PARAMS::default();
        WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(&mut version, 1, 33);
        let (mut string, mut text) = (null_mut(), UNICODE_STRING::default());
        let mut key: WDFKEY = null_mut();
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let driver = WdfDeviceGetDriver(device);
            let wdm = WdfDriverWdmGetDriverObject(driver);
            assert_eq!(WdfWdmDriverGetWdfDriverHandle(wdm), driver);
            assert!(!WdfDriverGetRegistryPath(driver).is_null());
            assert_eq!(WdfDriverIsVersionAvailable(driver, &raw mut version), 1);
            version.MinorVersion = 34;
            assert_eq!(WdfDriverIsVersionAvailable(driver, &raw mut version), 0);
            (version.MajorVersion, version.MinorVersion) = (2, 0);
            assert_eq!(WdfDriverIsVersionAvailable(driver, &raw mut version), 0);
            WdfStringCreate(std::ptr::null(), attributes, &raw mut string);
            assert_eq!(WdfDriverRetrieveVersionString(driver, string), STATUS_SUCCESS);
            WdfStringGetUnicodeString(string, &raw mut text);
            assert!(text.Length > 0);
            assert_eq!(WdfDriverRegisterTraceInfo(wdm, None, null_mut()), STATUS_SUCCESS);
            let none = null_mut();
            let open = WdfDriverOpenParametersRegistryKey(driver, KEY_READ, none, &raw mut key);
            assert_eq!(open, STATUS_SUCCESS);
            let open =
                WdfDriverOpenPersistentStateRegistryKey(driver, KEY_READ, none, &raw mut key);
            assert_eq!(open, STATUS_SUCCESS);
        }
    })
    .keeps_every_rule();
}

#[test]
fn a_device_answers_what_it_is() {
    static KEY: DEVPROPKEY = DEVPROPKEY {
        fmtid: GUID { Data1: 0xACE0_0F01, Data2: 1, Data3: 2, Data4: [3; 8] },
        pid: 2,
    };
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let attributes = &raw mut attributes;
        let mut bus = PNP_BUS_INFORMATION::default();
        let mut state = sized(WDF_DEVICE_STATE_INIT);
        let mut data = WDF_DEVICE_PROPERTY_DATA::default();
        WDF_DEVICE_PROPERTY_DATA_INIT(&mut data, &raw const KEY);
        let (mut value, mut kind, mut memory) = (7_u32, 0, null_mut());
        let mut query = WDF_QUERY_INTERFACE_CONFIG::default();
        let mut interface = INTERFACE { Size: size_of::<INTERFACE>() as u16, ..Default::default() };
        WDF_QUERY_INTERFACE_CONFIG_INIT(&mut query, &raw mut interface, &raw const CLASS, None);
        let mut string: WDFSTRING = null_mut();
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let wdm = WdfDeviceWdmGetDeviceObject(device);
            assert_eq!(WdfWdmDeviceGetWdfDeviceHandle(wdm), device);
            assert!(!WdfDeviceWdmGetAttachedDevice(device).is_null());
            assert!(!WdfDeviceWdmGetPhysicalDevice(device).is_null());
            let pnp = WdfDeviceGetDevicePnpState(device);
            assert_eq!(pnp, _WDF_DEVICE_PNP_STATE::WdfDevStatePnpInit);
            let power = WdfDeviceGetDevicePowerState(device);
            assert_eq!(power, _WDF_DEVICE_POWER_STATE::WdfDevStatePowerStopped);
            WdfDeviceSetAlignmentRequirement(device, 3);
            assert_eq!(WdfDeviceGetAlignmentRequirement(device), 3);
            WdfDeviceSetCharacteristics(device, 0x100);
            assert_eq!(WdfDeviceGetCharacteristics(device), 0x100);
            WdfDeviceSetSpecialFileSupport(device, 1, 1);
            WdfDeviceSetBusInformationForChildren(device, &raw mut bus);
            state.NotDisableable = 1;
            WdfDeviceSetDeviceState(device, &raw mut state);
            state.NotDisableable = 0;
            WdfDeviceGetDeviceState(device, &raw mut state);
            assert_eq!(state.NotDisableable, 1);
            assert!(WdfDeviceGetDefaultQueue(device).is_null());
            let place = (&raw mut value).cast();
            WdfDeviceAssignProperty(device, &raw mut data, 7, 4, place);
            let made = WdfDeviceAllocAndQueryPropertyEx(
                device,
                &raw mut data,
                _POOL_TYPE::NonPagedPoolNx,
                attributes,
                &raw mut memory,
                &raw mut kind,
            );
            assert_eq!((made, kind), (STATUS_SUCCESS, 7));
            let mut bytes = 0;
            WdfMemoryGetBuffer(memory, &raw mut bytes);
            assert_eq!(bytes, 4);
            assert_eq!(WdfDeviceAddQueryInterface(device, &raw mut query), STATUS_SUCCESS);
            let none = null_mut();
            let asked =
                WdfFdoQueryForInterface(device, &raw const CLASS, &raw mut interface, 32, 1, none);
            assert_eq!(asked, STATUS_SUCCESS);
            WdfDeviceCreateDeviceInterface(device, &raw const CLASS, std::ptr::null());
            WdfStringCreate(std::ptr::null(), attributes, &raw mut string);
            let named = WdfDeviceRetrieveDeviceInterfaceString(
                device,
                &raw const CLASS,
                std::ptr::null(),
                string,
            );
            assert_eq!(named, STATUS_SUCCESS);
            let mut link = UNICODE_STRING::default();
            WdfStringGetUnicodeString(string, &raw mut link);
            let units = std::slice::from_raw_parts(link.Buffer, usize::from(link.Length / 2));
            let link = String::from_utf16_lossy(units);
            assert!(link.starts_with(r"\??\ROOT#kmdf#0000#{ace00c10-"), "{link}");
            let line = 0;
            let stopped = WdfDeviceStopIdleActual(device, 0, none, line, null_mut());
            assert_eq!(stopped, STATUS_PENDING);
            WdfDeviceResumeIdleActual(device, none, line, null_mut());
        }
    })
    .keeps_every_rule();
}

#[test]
fn child_lists_are_scanned() {
    unsafe extern "C" fn creates(
        _list: WDFCHILDLIST,
        _description: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        mut init: PWDFDEVICE_INIT,
    ) -> NTSTATUS {
        let text = wide(r"ACX\Scanned");
        let text = counted(&text);
        let mut child: WDFDEVICE = null_mut();
        // SAFETY: the init object of this callback, structures that outlive the calls.
        unsafe {
            WdfPdoInitAssignDeviceID(init, &raw const text);
            WdfPdoInitAssignInstanceID(init, &raw const text);
            let status = WdfDeviceCreate(&raw mut init, null_mut(), &raw mut child);
            keep(3, child);
            status
        }
    }
    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Description {
        size: u32,
        number: u32,
    }
    fn described(
        deed: impl Fn(PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER) -> NTSTATUS,
    ) -> NTSTATUS {
        let mut own = Description { size: 8, number: 1 };
        deed((&raw mut own).cast())
    }
    Plan::new()
        .created(|device| {
            let mut config = WDF_CHILD_LIST_CONFIG::default();
            WDF_CHILD_LIST_CONFIG_INIT(&mut config, 8, Some(creates));
            let mut list: WDFCHILDLIST = null_mut();
            // SAFETY: a live device, structures that outlive the call.
            unsafe {
                let made = WdfChildListCreate(device, &raw mut config, null_mut(), &raw mut list);
                assert_eq!(made, STATUS_SUCCESS);
                assert_eq!(WdfChildListGetDevice(list), device);
            }
            keep(0, list);
        })
        .run(|machine, device| {
            let device = device.expect("it starts");
            machine.inside(|| {
                // SAFETY: a live list, structures that outlive the calls.
                unsafe {
                    WdfChildListBeginScan(kept(0));
                    let present = described(|own| {
                        WdfChildListAddOrUpdateChildDescriptionAsPresent(kept(0), own, null_mut())
                    });
                    assert_eq!(present, STATUS_SUCCESS);
                    WdfChildListEndScan(kept(0));
                }
            });
            machine.sleep(Duration::from_millis(1));
            machine.inside(|| {
                let mut own = Description { size: 8, number: 1 };
                let mut info = WDF_CHILD_RETRIEVE_INFO::default();
                WDF_CHILD_RETRIEVE_INFO_INIT(&mut info, (&raw mut own).cast());
                // SAFETY: a live list and device, structures that outlive the calls.
                unsafe {
                    assert_eq!(WdfChildListRetrievePdo(kept(0), &raw mut info), kept(3));
                    own.number = 0;
                    let place = (&raw mut own).cast();
                    let _ = WdfPdoRetrieveIdentificationDescription(kept(3), place);
                    WdfChildListUpdateAllChildDescriptionsAsPresent(kept(0));
                    let missing =
                        described(|own| WdfChildListUpdateChildDescriptionAsMissing(kept(0), own));
                    assert_eq!(missing, STATUS_SUCCESS);
                }
            });
            drop(device);
        })
        .keeps_every_rule();
}

#[test]
fn values_of_every_kind_go_to_the_registry() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let attributes = &raw mut attributes;
        let (mut key, mut again) = (null_mut(), null_mut());
        let (units, empty) = (wide("Name"), wide(""));
        let (name, empty) = (counted(&units), counted(&empty));
        let name = &raw const name;
        let (mut string, mut memory, mut buffer) = (null_mut(), null_mut(), null_mut());
        let mut collection: WDFCOLLECTION = null_mut();
        let pool = _POOL_TYPE::NonPagedPoolNx;
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let kind = PLUGPLAY_REGKEY_DEVICE;
            WdfDeviceOpenRegistryKey(device, kind, KEY_ALL_ACCESS, attributes, &raw mut key);
            let open =
                WdfRegistryOpenKey(key, &raw const empty, KEY_READ, attributes, &raw mut again);
            assert_eq!(open, STATUS_SUCCESS);
            assert_eq!(WdfRegistryAssignUnicodeString(key, name, name), STATUS_SUCCESS);
            WdfStringCreate(std::ptr::null(), attributes, &raw mut string);
            assert_eq!(WdfRegistryQueryString(again, name, string), STATUS_SUCCESS);
            let mut text = UNICODE_STRING::default();
            WdfStringGetUnicodeString(string, &raw mut text);
            assert_eq!(text.Length, 8);
            assert_eq!(WdfRegistryAssignString(key, name, string), STATUS_SUCCESS);
            WdfCollectionCreate(attributes, &raw mut collection);
            WdfCollectionAdd(collection, string.cast());
            WdfCollectionAdd(collection, string.cast());
            assert_eq!(WdfRegistryAssignMultiString(key, name, collection), STATUS_SUCCESS);
            // A zero ends each string, and one more the list.
            let (mut units, mut bytes, mut kind) = ([0x7878_u16; 16], 0, 0);
            let place = units.as_mut_ptr().cast();
            let asked = WdfRegistryQueryValue(key, name, 32, place, &raw mut bytes, &raw mut kind);
            assert_eq!((asked, bytes, kind), (STATUS_SUCCESS, 22, REG_MULTI_SZ));
            assert_eq!(String::from_utf16_lossy(&units[..11]), "Name\0Name\0\0");
            WdfMemoryCreate(attributes, pool, 1, 4, &raw mut memory, &raw mut buffer);
            let assigned = WdfRegistryAssignMemory(key, name, REG_BINARY, memory, null_mut());
            assert_eq!(assigned, STATUS_SUCCESS);
            WdfRegistryClose(again);
        }
    })
    .keeps_every_rule();
}

#[test]
fn queues_are_stopped_and_drained_at_once() {
    with_file(
        |device| prepare(device, config(D::WdfIoQueueDispatchManual)),
        |_, _| {},
        |machine, _, file| {
            machine.inside(|| {
                // SAFETY: a live queue.
                unsafe {
                    assert_eq!(WdfIoQueueGetDevice(kept(0)), kept(7));
                    WdfIoQueueStopSynchronously(kept(0));
                    WdfIoQueueStart(kept(0));
                    WdfIoQueueDrainSynchronously(kept(0));
                    WdfIoQueueStart(kept(0));
                }
            });
            let first = file.send(BUFFERED, &[], &[]).expect("it is sent");
            // SAFETY: a live queue.
            machine.inside(|| unsafe { WdfIoQueueStopAndPurge(kept(0), None, null_mut()) });
            assert!(first.reply().is_some());
            let second = file.send(BUFFERED, &[], &[]).expect("it is sent");
            // SAFETY: a live queue.
            machine.inside(|| unsafe { WdfIoQueueStopAndPurgeSynchronously(kept(0)) });
            assert!(second.reply().is_some());
        },
    )
    .keeps_every_rule();
}

#[test]
fn a_request_answers_what_it_is() {
    with_file(
        sequential,
        |queue, request| {
            let (mut memory, mut mdl): (WDFMEMORY, PMDL) = (null_mut(), null_mut());
            // SAFETY: a request that the driver has, places for the answers.
            unsafe {
                assert_eq!(WdfRequestGetIoQueue(request), queue);
                assert_eq!(WdfRequestGetRequestorMode(request), 1);
                assert_ne!(WdfRequestGetRequestorProcessId(request), 0);
                assert_eq!(WdfRequestIsCanceled(request), 0);
                assert_eq!(WdfRequestIsFrom32BitProcess(request), 0);
                assert_eq!(WdfRequestIsReserved(request), 0);
                assert!(!WdfRequestWdmGetIrp(request).is_null());
                WdfRequestSetInformation(request, 4);
                assert_eq!(WdfRequestGetInformation(request), 4);
                WdfRequestFormatRequestUsingCurrentType(request);
                assert_eq!(WdfRequestAllocateTimer(request), STATUS_SUCCESS);
                let output = WdfRequestRetrieveOutputMemory(request, &raw mut memory);
                assert_eq!(output, STATUS_SUCCESS);
                let input = WdfRequestRetrieveInputWdmMdl(request, &raw mut mdl);
                assert_eq!((input, (*mdl).ByteCount), (STATUS_SUCCESS, 4));
                let output = WdfRequestRetrieveOutputWdmMdl(request, &raw mut mdl);
                assert_eq!((output, (*mdl).ByteCount), (STATUS_SUCCESS, 8));
                WdfRequestCompleteWithPriorityBoost(request, STATUS_SUCCESS, 1);
            }
        },
        |_, _, file| {
            file.ioctl(BUFFERED, &[1, 2, 3, 4], &mut [0; 8]);
        },
    )
    .keeps_every_rule();
    in_a_request(|_, request| {
        let mut mdl: PMDL = null_mut();
        // SAFETY: a request without output.
        let status = unsafe { WdfRequestRetrieveOutputWdmMdl(request, &raw mut mdl) };
        assert_eq!(status, STATUS_BUFFER_TOO_SMALL);
        complete(request, STATUS_SUCCESS);
    })
    .keeps_every_rule();
}

#[test]
fn user_buffers_of_neither_are_probed_in_the_callers_context() {
    unsafe extern "C" fn in_context(device: WDFDEVICE, request: WDFREQUEST) {
        note("EvtIoInCallerContext");
        let (mut place, mut memory): (PVOID, WDFMEMORY) = (null_mut(), null_mut());
        let mut length = 0;
        // SAFETY: a request that the driver has, places for the answers.
        unsafe {
            let (place, length) = (&raw mut place, &raw mut length);
            let output = WdfRequestRetrieveUnsafeUserOutputBuffer(request, 8, place, length);
            assert_eq!(output, STATUS_SUCCESS);
            let locked =
                WdfRequestProbeAndLockUserBufferForWrite(request, *place, *length, &raw mut memory);
            assert_eq!(locked, STATUS_SUCCESS);
            let locked =
                WdfRequestProbeAndLockUserBufferForRead(request, *place, *length, &raw mut memory);
            assert_eq!(locked, STATUS_SUCCESS);
            assert_eq!(WdfDeviceEnqueueRequest(device, request), STATUS_SUCCESS);
        }
    }
    let plan = Plan::new().created(sequential).request(succeeds).init(|init| {
        // SAFETY: the init object of EvtDriverDeviceAdd.
        unsafe { WdfDeviceInitSetIoInCallerContextCallback(init, Some(in_context)) };
    });
    with_plan(plan, |_, _, file| {
        let neither = BUFFERED | 3;
        assert_eq!(file.ioctl(neither, &[1], &mut [0; 8]).status, STATUS_SUCCESS);
        assert_eq!(*notes(), ["EvtIoInCallerContext", "EvtIoDeviceControl"]);
    })
    .keeps_every_rule();
}

#[test]
fn file_objects_answer_what_they_are() {
    let plan = Plan::new().init(files).created(|device| {
        prepare(device, config(D::WdfIoQueueDispatchManual));
    });
    with_plan(plan, |machine, _, file| {
        let sent = file.send(BUFFERED, &[], &[]).expect("it is sent");
        machine.inside(|| {
            let mut request: WDFREQUEST = null_mut();
            // SAFETY: the file object of a handle that is open, a live queue.
            unsafe {
                assert_eq!(WdfFileObjectGetDevice(kept(2)), kept(7));
                assert_eq!((*WdfFileObjectGetFileName(kept(2))).Length, 0);
                assert_eq!(WdfFileObjectGetFlags(kept(2)), 0);
                assert_ne!(WdfFileObjectGetInitiatorProcessId(kept(2)), 0);
                let wdm = WdfFileObjectWdmGetFileObject(kept(2));
                assert_eq!(WdfDeviceGetFileObject(kept(7), wdm), kept(2));
                assert!(WdfDeviceGetFileObject(kept(7), null_mut()).is_null());
                let taken =
                    WdfIoQueueRetrieveRequestByFileObject(kept(0), kept(2), &raw mut request);
                assert_eq!(taken, STATUS_SUCCESS);
                assert_eq!(WdfRequestGetIoQueue(request), kept(0));
                let mut other: WDFREQUEST = null_mut();
                let none = WdfIoQueueRetrieveRequestByFileObject(kept(0), kept(2), &raw mut other);
                assert_eq!(none, STATUS_NO_MORE_ENTRIES);
            }
            complete(request, STATUS_SUCCESS);
        });
        assert!(sent.reply().is_some());
    })
    .keeps_every_rule();
}

#[test]
fn a_target_answers_what_it_is() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let attributes = &raw mut attributes;
        let mut interface = INTERFACE::default();
        let (mut request, mut memory, mut needed) = (null_mut(), null_mut(), 0);
        let mut parameters = WDF_REQUEST_COMPLETION_PARAMS::default();
        WDF_REQUEST_COMPLETION_PARAMS_INIT(&mut parameters);
        let none = null_mut();
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let target = WdfDeviceGetIoTarget(device);
            assert_eq!(WdfIoTargetGetDevice(target), device);
            assert!(!WdfIoTargetWdmGetTargetDeviceObject(target).is_null());
            assert!(!WdfIoTargetWdmGetTargetPhysicalDevice(target).is_null());
            assert!(WdfIoTargetWdmGetTargetFileObject(target).is_null());
            let class = &raw const CLASS;
            let asked =
                WdfIoTargetQueryForInterface(target, class, &raw mut interface, 32, 1, none);
            assert_eq!(asked, STATUS_NOT_SUPPORTED);
            let short = WdfIoTargetQueryTargetProperty(target, 0x10, 0, none, &raw mut needed);
            assert_eq!((short, needed), (STATUS_BUFFER_TOO_SMALL, 10));
            let pool = _POOL_TYPE::NonPagedPoolNx;
            let made = WdfIoTargetAllocAndQueryTargetProperty(
                target,
                0x10,
                pool,
                attributes,
                &raw mut memory,
            );
            assert_eq!(made, STATUS_SUCCESS);
            let (nothing, returned) = (null_mut(), null_mut());
            let sent = WdfIoTargetSendInternalIoctlSynchronously(
                target,
                none.cast(),
                BUFFERED,
                nothing,
                nothing,
                null_mut(),
                returned,
            );
            assert_eq!(sent, STATUS_INVALID_DEVICE_REQUEST);
            WdfRequestCreate(attributes, target, &raw mut request);
            assert_eq!(WdfRequestChangeTarget(request, target), STATUS_SUCCESS);
            let (memory, offset) = (null_mut(), null_mut());
            let formatted = WdfIoTargetFormatRequestForInternalIoctl(
                target, request, BUFFERED, memory, offset, memory, offset,
            );
            assert_eq!(formatted, STATUS_SUCCESS);
            assert_eq!(WdfRequestSend(request, target, null_mut()), 1);
            WdfRequestGetCompletionParams(request, &raw mut parameters);
            let status = parameters.IoStatus.__bindgen_anon_1.Status;
            assert_eq!(status, STATUS_INVALID_DEVICE_REQUEST);
        }
    })
    .keeps_every_rule();
}

#[test]
fn resource_lists_are_not_the_drivers_to_change() {
    unsafe extern "C" fn prepare(
        _device: WDFDEVICE,
        raw: WDFCMRESLIST,
        _translated: WDFCMRESLIST,
    ) -> NTSTATUS {
        let mut descriptor = [0_u64; 4];
        let descriptor = descriptor.as_mut_ptr().cast();
        // SAFETY: a list of the framework's, a descriptor that outlives the calls.
        unsafe {
            let added = WdfCmResourceListAppendDescriptor(raw, descriptor);
            assert_eq!(added, STATUS_ACCESS_DENIED);
            let added = WdfCmResourceListInsertDescriptor(raw, descriptor, 0);
            assert_eq!(added, STATUS_ACCESS_DENIED);
            WdfCmResourceListRemove(raw, 0);
            WdfCmResourceListRemoveByDescriptor(raw, descriptor);
        }
        STATUS_SUCCESS
    }
    Plan::new()
        .init(|init| {
            let mut callbacks = sized(WDF_PNPPOWER_EVENT_CALLBACKS_INIT);
            callbacks.EvtDevicePrepareHardware = Some(prepare);
            // SAFETY: the init object of EvtDriverDeviceAdd.
            unsafe { WdfDeviceInitSetPnpPowerEventCallbacks(init, &raw mut callbacks) };
        })
        .start()
        .breaks(&[Rule::BadArgument; 4]);
}

#[test]
fn an_entry_that_the_host_lacks_answers_nothing() {
    let machine = Plan::new()
        .on("EvtDeviceD0Entry", |device| {
            // SAFETY: entries that read nothing.
            unsafe {
                assert!(WdfDeviceGetSelfIoTarget(device).is_null());
                let list: WDFIORESLIST = null_mut();
                assert_eq!(WdfIoResourceListGetCount(list), 0);
                let eject = WdfIoResourceListAppendDescriptor(list, null_mut());
                assert_eq!(eject, STATUS_NOT_IMPLEMENTED);
            }
        })
        .start();
    let lacked = [
        "WdfDeviceGetSelfIoTarget",
        "WdfIoResourceListGetCount",
        "WdfIoResourceListAppendDescriptor",
    ];
    let gaps: BTreeSet<_> = machine.gaps().into_iter().collect();
    assert_eq!(gaps, lacked.into_iter().collect());
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_key_has_a_handle() {
    in_d0(|device| {
        let mut attributes = child_of(device.cast());
        let mut key: WDFKEY = null_mut();
        // SAFETY: live objects, structures that outlive the calls.
        unsafe {
            let kind = PLUGPLAY_REGKEY_DEVICE;
            WdfDeviceOpenRegistryKey(device, kind, KEY_READ, &raw mut attributes, &raw mut key);
            assert!(!WdfRegistryWdmGetHandle(key).is_null());
        }
    })
    .keeps_every_rule();
}
