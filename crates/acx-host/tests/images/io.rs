//! Devices: their interfaces, properties and keys, as functions of the kernel tell of them.

use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use acx_client::System;
use acx_host::{LinkedImage, Machine, Rule};
use acx_sys::*;

use super::{Nt, Text, drive_in, held, of, out};

/// The DEVICE_OBJECT of the linked-in driver's device.
static DEVICE: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
    let status = unsafe { WdfDeviceCreate(&raw mut init, null_mut(), &raw mut device) };
    // SAFETY: the device that was just made.
    let object = unsafe { WdfDeviceWdmGetDeviceObject(device) };
    DEVICE.store(object.expose_provenance(), Ordering::SeqCst);
    status
}

fx_driver_entry!(without_acx device_add);

/// One test at a time has the device.
static TURN: Mutex<()> = Mutex::new(());

/// Does this in an image, beside a driver that has a device; it gets the device's object, and
/// breaks no rule.
#[track_caller]
fn with_device(body: impl FnOnce(&Machine, Nt, u64)) {
    with_device_that(&[], body);
}

/// Like [`with_device`], and breaks these rules.
#[track_caller]
fn with_device_that(rules: &[Rule], body: impl FnOnce(&Machine, Nt, u64)) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let machine = Machine::builder().build();
    {
        let image = LinkedImage { name: "codec", entry: fx_driver_entry };
        let driver = machine.load(image).unwrap();
        let _device = driver.add_device().unwrap();
        let object = DEVICE.load(Ordering::SeqCst) as u64;
        drive_in(&machine, |nt| body(&machine, nt, object));
    }
    let found = machine.report().violations();
    let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, rules, "{found:#?}");
}

/// An address that is no device's.
const NO_DEVICE: u64 = 0x1000;

/// The link that PnP makes for an interface.
fn link(class: &str, reference: &str) -> String {
    format!(r"\??\ROOT#CODEC#0000#{{{class}}}{reference}")
}

#[test]
fn interfaces_are_registered_enabled_and_listed() {
    with_device(|machine, nt, device| {
        let class = KSCATEGORY_AUDIO;
        let register = |object: u64, class: u64, reference: u64| {
            let mut link = UNICODE_STRING::default();
            let arguments = [object, class, reference, out(&mut link)];
            let status = nt.status("IoRegisterDeviceInterface", &arguments);
            let text = held(&link);
            nt.call("RtlFreeUnicodeString", &[out(&mut link)]);
            (status, text)
        };
        let nothing = (STATUS_INVALID_DEVICE_REQUEST, String::new());
        assert_eq!(register(NO_DEVICE, of(&class), 0), nothing);
        assert_eq!(register(device, 0, 0), nothing);
        let mut reference = Text::new("Speaker0");
        let (status, with) = register(device, of(&class), reference.at());
        assert_eq!(status, STATUS_SUCCESS);
        let id = "6994ad04-93ef-11d0-a3cc-00a0c9223196";
        assert!(with.eq_ignore_ascii_case(&link(id, r"\Speaker0")), "{with}");
        let (status, without) = register(device, of(&class), 0);
        assert_eq!(status, STATUS_SUCCESS);
        assert!(without.eq_ignore_ascii_case(&link(id, "")), "{without}");
        // The same once more is the same.
        assert_eq!(register(device, of(&class), reference.at()).1, with);
        let enable = |link: &str, on: u64| {
            nt.status("IoSetDeviceInterfaceState", &[Text::new(link).at(), on])
        };
        // The list: strings that end with a zero each, and one more.
        let list = |flags: u64| {
            let mut place = 0_u64;
            let arguments = [of(&class), 0, flags, out(&mut place)];
            assert_eq!(nt.status("IoGetDeviceInterfaces", &arguments), STATUS_SUCCESS);
            // SAFETY: the kernel's list, which ends with two zeros.
            let unit = |at: usize| unsafe { (place as *const u16).add(at).read() };
            let (mut all, mut at) = (Vec::new(), 0);
            while unit(at) != 0 {
                let units: Vec<u16> =
                    (at..at + 260).map(unit).take_while(|unit| *unit != 0).collect();
                all.push(String::from_utf16(&units).unwrap());
                at += units.len() + 1;
            }
            nt.call("ExFreePool", &[place]);
            all
        };
        // DEVICE_INTERFACE_INCLUDE_NONACTIVE is 1.
        assert_eq!((list(0).len(), list(1).len()), (0, 2));
        assert!(machine.interfaces(&class).is_empty());
        assert_eq!(enable(&with, 1), STATUS_SUCCESS);
        assert_eq!(list(0), std::slice::from_ref(&with));
        assert_eq!(machine.interfaces(&class).len(), 1);
        assert_eq!(enable(&without, 1), STATUS_SUCCESS);
        assert_eq!(list(0), [with.clone(), without]);
        assert_eq!(enable(&with, 0), STATUS_SUCCESS);
        assert_eq!((list(0).len(), list(1).len()), (1, 2));
        assert_eq!(enable("nothing", 1), STATUS_OBJECT_NAME_NOT_FOUND);
        let mut place = 0_u64;
        let arguments = [0, 0, 0, out(&mut place)];
        assert_eq!(nt.status("IoGetDeviceInterfaces", &arguments), STATUS_INVALID_PARAMETER);
        // Its key, by its link.
        let mut key = 0_u64;
        let open = "IoOpenDeviceInterfaceRegistryKey";
        let (mut name, mut nothing) = (Text::new(&with), Text::new("nothing"));
        let arguments = [name.at(), 0, out(&mut key)];
        assert_eq!(nt.status(open, &arguments), STATUS_SUCCESS);
        assert_eq!(nt.status("RtlCheckRegistryKey", &[0x4000_0000, key]), STATUS_SUCCESS);
        assert_eq!(nt.status("ZwClose", &[key]), STATUS_SUCCESS);
        let arguments = [nothing.at(), 0, out(&mut key)];
        assert_eq!(nt.status(open, &arguments), STATUS_OBJECT_NAME_NOT_FOUND);
    });
}

#[test]
fn properties_are_given_back_where_there_is_room() {
    with_device(|_, nt, device| {
        let class = KSCATEGORY_AUDIO;
        let mut link = UNICODE_STRING::default();
        nt.call("IoRegisterDeviceInterface", &[device, of(&class), 0, out(&mut link)]);
        let key = DEVPROPKEY { fmtid: class, pid: 7 };
        let other = DEVPROPKEY { fmtid: class, pid: 8 };
        let data = [1_u8, 2, 3];
        let value = [0, 0, 17, 3, of(&data)];
        let set = |function, whose, key| nt.status(function, &[&[whose, key], &value[..]].concat());
        let (of_device, of_link) = (device, of(&link));
        let mut nothing = Text::new("nothing");
        for (setter, getter, whose, stranger) in [
            ("IoSetDevicePropertyData", "IoGetDevicePropertyData", of_device, NO_DEVICE),
            (
                "IoSetDeviceInterfacePropertyData",
                "IoGetDeviceInterfacePropertyData",
                of_link,
                nothing.at(),
            ),
        ] {
            assert_eq!(set(setter, whose, 0), STATUS_INVALID_PARAMETER);
            assert!(set(setter, stranger, of(&key)) < 0);
            assert_eq!(set(setter, whose, of(&key)), STATUS_SUCCESS);
            let get = |whose, key, room| {
                let (mut buffer, mut needed, mut kind) = ([9_u8; 4], 0_u32, 0_u32);
                let place = [room, out(&mut buffer), out(&mut needed), out(&mut kind)];
                let status = nt.status(getter, &[&[whose, key, 0, 0], &place[..]].concat());
                (status, needed, kind, buffer)
            };
            for room in [3, 4] {
                let wanted = (STATUS_SUCCESS, 3, 17, [1, 2, 3, 9]);
                assert_eq!(get(whose, of(&key), room), wanted, "{getter}");
            }
            let wanted = (STATUS_BUFFER_TOO_SMALL, 3, 17, [9; 4]);
            assert_eq!(get(whose, of(&key), 2), wanted, "{getter}");
            assert_eq!(get(whose, of(&other), 4).0, STATUS_OBJECT_NAME_NOT_FOUND, "{getter}");
            assert_eq!(get(whose, 0, 4).0, STATUS_INVALID_PARAMETER, "{getter}");
            assert!(get(stranger, of(&key), 4).0 < 0, "{getter}");
        }
        nt.call("RtlFreeUnicodeString", &[out(&mut link)]);
    });
}

#[test]
fn a_property_is_of_a_language_only_if_it_is_a_text() {
    with_device_that(&[Rule::BadArgument; 12], |_, nt, device| {
        let class = KSCATEGORY_AUDIO;
        let mut link = UNICODE_STRING::default();
        nt.call("IoRegisterDeviceInterface", &[device, of(&class), 0, out(&mut link)]);
        let key = DEVPROPKEY { fmtid: class, pid: 7 };
        let text = [u16::from(b'a'), 0];
        let texts = [u16::from(b'a'), 0, 0];
        let (string, list) = (u64::from(DEVPROP_TYPE_STRING), u64::from(DEVPROP_TYPE_STRING_LIST));
        let binary = u64::from(DEVPROP_TYPE_BINARY);
        for (setter, getter, whose) in [
            ("IoSetDevicePropertyData", "IoGetDevicePropertyData", device),
            ("IoSetDeviceInterfacePropertyData", "IoGetDeviceInterfacePropertyData", of(&link)),
        ] {
            let get = || {
                let (mut buffer, mut needed, mut kind) = ([0_u8; 8], 0_u32, 0_u32);
                let place = [8, out(&mut buffer), out(&mut needed), out(&mut kind)];
                (nt.status(getter, &[&[whose, of(&key), 0, 0], &place[..]].concat()), kind, needed)
            };
            let none = (STATUS_OBJECT_NAME_NOT_FOUND, 0, 0);
            let (size, place) = (4, of(&text));
            let set = |lcid, flags, kind, size, place| {
                nt.status(setter, &[whose, of(&key), lcid, flags, kind, size, place])
            };
            // LOCALE_USER_DEFAULT and LOCALE_SYSTEM_DEFAULT, even of a text; German; two flags
            // that are none.
            for (lcid, flags, kind) in [
                (0x400, 0, string),
                (0x800, 0, list),
                (0x407, 0, binary),
                (0x800, 0, binary),
                (0, 2, binary),
                (0, 3, string),
            ] {
                let status = set(lcid, flags, kind, size, place);
                assert_eq!(status, STATUS_INVALID_PARAMETER, "{setter} {lcid:#x} {flags} {kind}");
                assert_eq!(get(), none, "{setter}");
            }
            for (lcid, flags, kind, size, place) in [
                (0x407, 1, string, 4, place),
                (0x407, 0, list, 6, of(&texts)),
                (0, 1, binary, 3, place),
                (0, 0, binary, 2, place),
            ] {
                assert_eq!(set(lcid, flags, kind, size, place), STATUS_SUCCESS, "{setter} {kind}");
                assert_eq!(get(), (STATUS_SUCCESS, kind as u32, size as u32), "{setter}");
            }
            // No data removes it.
            assert_eq!(set(0, 0, 0, 0, 0), STATUS_SUCCESS, "{setter}");
            assert_eq!(get(), none, "{setter}");
        }
        nt.call("RtlFreeUnicodeString", &[out(&mut link)]);
    });
}

#[test]
fn a_device_has_the_properties_of_one_that_is_root_enumerated() {
    with_device(|_, nt, device| {
        let get = |object: u64, property: u64, room: u64| {
            let (mut buffer, mut needed) = ([9_u16; 64], 0_u32);
            let arguments = [object, property, room, out(&mut buffer), out(&mut needed)];
            let status = nt.status("IoGetDeviceProperty", &arguments);
            let units = &buffer[..(needed as usize).min(room as usize) / 2];
            (status, needed, String::from_utf16_lossy(units))
        };
        // DevicePropertyHardwareID, ClassName, ClassGuid, EnumeratorName.
        for (property, text) in [
            (1, "ROOT\\CODEC\0\0"),
            (5, "MEDIA\0"),
            (6, "{4d36e96c-e325-11ce-bfc1-08002be10318}\0"),
            (0x10, "ROOT\0"),
        ] {
            let (status, needed, found) = get(device, property, 128);
            assert_eq!((status, needed as usize), (STATUS_SUCCESS, 2 * text.len()), "{property}");
            assert!(found.eq_ignore_ascii_case(text), "{found:?}");
        }
        // DevicePropertyPhysicalDeviceObjectName.
        assert!(get(device, 0xB, 128).2.starts_with(r"\Device\"), "{:?}", get(device, 0xB, 128));
        // The name of the driver that asks, which has one.
        for property in [0, 0xC] {
            assert_eq!(get(device, property, 128).2, "tiny\0");
        }
        let small = get(device, 5, 11);
        assert_eq!((small.0, small.1), (STATUS_BUFFER_TOO_SMALL, 12));
        assert_eq!(get(device, 5, 12).0, STATUS_SUCCESS);
        for none in [2, 0x17] {
            assert_eq!(get(device, none, 128).0, STATUS_OBJECT_NAME_NOT_FOUND, "{none}");
        }
        assert_eq!(get(device, 0x18, 128).0, STATUS_INVALID_PARAMETER_2);
        assert_eq!(get(NO_DEVICE, 1, 128).0, STATUS_INVALID_DEVICE_REQUEST);
    });
}

#[test]
fn a_device_that_was_removed_is_known_no_more() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let machine = Machine::builder().build();
    {
        let driver = machine.load(LinkedImage { name: "codec", entry: fx_driver_entry }).unwrap();
        let below = driver.add_device().unwrap();
        let object = DEVICE.load(Ordering::SeqCst) as u64;
        let above = driver.add_device_on(&below.instance()).unwrap();
        let filter = DEVICE.load(Ordering::SeqCst) as u64;
        let asked = |nt: Nt| {
            let (mut buffer, mut needed) = ([0_u16; 64], 0_u32);
            let arguments = [object, 5, 128, out(&mut buffer), out(&mut needed)];
            nt.status("IoGetDeviceProperty", &arguments)
        };
        let top = |nt: Nt| nt.call("IoGetAttachedDevice", &[object]);
        drive_in(&machine, |nt| assert_eq!((asked(nt), top(nt)), (STATUS_SUCCESS, filter)));
        drop(above);
        drive_in(&machine, |nt| assert_eq!((asked(nt), top(nt)), (STATUS_SUCCESS, object)));
        drop(below);
        drive_in(&machine, |nt| assert_eq!(asked(nt), STATUS_INVALID_DEVICE_REQUEST));
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

#[test]
fn a_device_has_a_hardware_key_and_a_driver_key() {
    with_device(|_, nt, device| {
        let open = |object: u64, kind: u64| {
            let mut key = 0_u64;
            let arguments = [object, kind, 0, out(&mut key)];
            match nt.status("IoOpenDeviceRegistryKey", &arguments) {
                STATUS_SUCCESS => Ok(key),
                status => Err(status),
            }
        };
        let close = |key| assert_eq!(nt.status("ZwClose", &[key]), STATUS_SUCCESS);
        let check = |path: &str| {
            let path = super::wide(path);
            nt.status("RtlCheckRegistryKey", &[0, of(&path[0])])
        };
        assert_eq!(open(NO_DEVICE, 1), Err(STATUS_INVALID_DEVICE_REQUEST));
        let machine = r"\Registry\Machine\System\CurrentControlSet";
        // The image is the second driver.
        let own = format!(r"{machine}\Control\Class\{{4d36e96c-e325-11ce-bfc1-08002be10318}}\0001");
        assert_eq!(check(&own), STATUS_OBJECT_NAME_NOT_FOUND);
        close(open(device, 2).unwrap());
        assert_eq!(check(&own), STATUS_SUCCESS);
        close(open(device, 1).unwrap());
        let hardware = format!(r"{machine}\Enum\ROOT\CODEC\0000\Device Parameters");
        assert_eq!(check(&hardware), STATUS_SUCCESS);
        for (kind, status) in
            [(0, STATUS_SUCCESS), (2, STATUS_SUCCESS), (3, STATUS_INVALID_PARAMETER)]
        {
            let mut key = 0_u64;
            let arguments = [0, kind, 0, 0, out(&mut key)];
            assert_eq!(nt.status("IoOpenDriverRegistryKey", &arguments), status, "{kind}");
            if status == STATUS_SUCCESS {
                close(key);
            }
        }
        let mut key = 0_u64;
        let arguments = [0, u64::MAX, 0, 0, out(&mut key)];
        let status = nt.status("IoOpenDriverRegistryKey", &arguments);
        assert_eq!(status, STATUS_INVALID_PARAMETER);
        // It is made again where it is gone.
        let parameters = format!(r"{machine}\Services\tiny\Parameters");
        assert_eq!(check(&parameters), STATUS_SUCCESS);
        let arguments = [0, 0, 0, 0, out(&mut key)];
        nt.call("IoOpenDriverRegistryKey", &arguments);
        assert_eq!(nt.status("ZwDeleteKey", &[key]), STATUS_SUCCESS);
        close(key);
        assert_eq!(check(&parameters), STATUS_OBJECT_NAME_NOT_FOUND);
        assert_eq!(nt.status("IoOpenDriverRegistryKey", &arguments), STATUS_SUCCESS);
        close(key);
    });
}

#[test]
fn what_never_happens_to_a_device_is_agreed_to() {
    with_device(|_, nt, device| {
        for function in ["IoGetAttachedDevice", "IoGetAttachedDeviceReference"] {
            assert_eq!(nt.call(function, &[device]), device, "{function}");
            assert_eq!(nt.call(function, &[0]), 0, "{function}");
        }
        for function in ["IoInvalidateDeviceState", "IoInvalidateDeviceRelations"] {
            nt.call(function, &[device, 0]);
        }
        nt.call("IoWriteErrorLogEntry", &[0]);
        assert_eq!(nt.status("IoReportTargetDeviceChange", &[device, 0]), STATUS_SUCCESS);
        let function = "IoReportTargetDeviceChangeAsynchronous";
        assert_eq!(nt.status(function, &[device, 0, 0, 0]), STATUS_PENDING);
        let status = nt.status("IoGetDeviceObjectPointer", &[0; 4]);
        assert_eq!(status, STATUS_OBJECT_NAME_NOT_FOUND);
        assert!(!nt.is("IoIs32bitProcess", &[0]));
        assert_eq!(nt.call("IoGetRequestorProcessId", &[0]) as u32, 4);
        for function in ["IoUnregisterPlugPlayNotification", "IoUnregisterPlugPlayNotificationEx"] {
            let mut entry = 0_u64;
            let arguments = [2, 0, 0, 0, 0, 0, out(&mut entry)];
            let status = nt.status("IoRegisterPlugPlayNotification", &arguments);
            assert_eq!(status, STATUS_SUCCESS);
            assert_eq!(nt.status(function, &[entry]), STATUS_SUCCESS, "{function}");
        }
    });
}
