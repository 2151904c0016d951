//! Object bags: by name, key and handle, what their flags allow, and values that do not fit.

use std::ptr::null_mut;
use std::time::Duration;

use acx_client::System;
use acx_sys::*;

use crate::driver::*;

use _ACX_OBJECTBAG_CONFIG_FLAGS as Flags;

const READS: u32 = Flags::AcxObjectBagConfigEnableReads as u32;
const WRITES: u32 = Flags::AcxObjectBagConfigEnableWrites as u32;
const BOTH: u32 = READS | WRITES;
const FAIL_IF_EXIST: u32 = Flags::AcxObjectBagConfigFailIfExist as u32;
const WITH_HANDLE: u32 = Flags::AcxObjectBagConfigOpenWithHandle as u32;

/// How a bag comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Create,
    Open,
}

/// A bag, as `describe` describes it.
fn bag(
    how: How,
    describe: impl FnOnce(&mut ACX_OBJECTBAG_CONFIG),
) -> Result<ACXOBJECTBAG, NTSTATUS> {
    let mut config = init!(ACX_OBJECTBAG_CONFIG, ACX_OBJECTBAG_CONFIG_INIT);
    config.Flags = BOTH;
    describe(&mut config);
    let mut bag: ACXOBJECTBAG = null_mut();
    let place = &raw mut bag;
    let status = match how {
        How::Create => acx!(AcxObjectBagCreate(null_mut(), &raw mut config, place)),
        How::Open => acx!(AcxObjectBagOpen(null_mut(), &raw mut config, place)),
    };
    if status == STATUS_SUCCESS { Ok(bag) } else { Err(status) }
}

/// A bag of this name, with these flags.
fn named(how: How, title: &str, flags: u32) -> Result<ACXOBJECTBAG, NTSTATUS> {
    let title = name(title);
    bag(how, |config| {
        config.Name = &raw const title.string;
        config.Flags = flags;
    })
}

/// A bag without a name.
pub(crate) fn nameless() -> ACXOBJECTBAG {
    bag(How::Create, |_| {}).expect("it is made")
}

pub(crate) fn put(bag: ACXOBJECTBAG, title: &str, value: u32) -> NTSTATUS {
    let title = name(title);
    acx!(AcxObjectBagAddUI4(bag, &raw const title.string, value))
}

fn get(bag: ACXOBJECTBAG, title: &str) -> Result<u32, NTSTATUS> {
    let title = name(title);
    let mut value = 0;
    let status = acx!(AcxObjectBagRetrieveUI4(bag, &raw const title.string, &raw mut value));
    if status == STATUS_SUCCESS { Ok(value) } else { Err(status) }
}

/// What a bag that is opened by a handle has under a name.
pub(crate) fn get_by_handle(handle: HANDLE, title: &str) -> Result<u32, NTSTATUS> {
    let opened = bag(How::Open, |config| {
        config.Flags = READS | WITH_HANDLE;
        config.Handle = handle;
    });
    get(opened?, title)
}

/// `deed`, while a device runs, breaks no rule.
#[track_caller]
fn right(deed: fn()) {
    Plan::new(|device| keep("device", device))
        .run(|machine, _| machine.inside(deed))
        .keeps_every_rule();
}

#[test]
fn bags_of_one_name_have_the_same_values() {
    right(|| {
        assert_eq!(named(How::Open, "Values", BOTH), Err(STATUS_OBJECT_NAME_NOT_FOUND));
        let one = named(How::Create, "Values", BOTH).expect("it is new");
        assert_eq!(put(one, "number", 7), STATUS_SUCCESS);
        // Names are the same in either case. Only a create fails if there is one.
        for (how, flags) in
            [(How::Create, BOTH), (How::Open, BOTH), (How::Open, BOTH | FAIL_IF_EXIST)]
        {
            let other = named(how, "VALUES", flags).expect("it is there");
            assert_eq!(get(other, "Number"), Ok(7), "{how:?}");
        }
        let taken = named(How::Create, "values", BOTH | FAIL_IF_EXIST);
        assert_eq!(taken, Err(STATUS_OBJECT_NAME_COLLISION));
        let other = named(How::Create, "others", BOTH | FAIL_IF_EXIST).expect("it is new");
        assert_eq!(get(other, "number"), Err(STATUS_OBJECT_NAME_NOT_FOUND));
    });
}

#[test]
fn a_bag_without_a_name_is_its_drivers_own() {
    right(|| {
        let (one, other) = (nameless(), nameless());
        assert_eq!(put(one, "number", 1), STATUS_SUCCESS);
        assert_eq!(get(one, "number"), Ok(1));
        assert_eq!(get(other, "number"), Err(STATUS_OBJECT_NAME_NOT_FOUND));
        assert_eq!(bag(How::Open, |_| {}), Err(STATUS_INVALID_PARAMETER));
    });
}

#[test]
fn a_name_is_below_its_key() {
    right(|| {
        let key = || {
            let mut key: WDFKEY = null_mut();
            let (driver, none) = (kept("driver"), null_mut());
            // SAFETY: a live driver, which the key goes with.
            let opened = unsafe {
                WdfDriverOpenParametersRegistryKey(driver, KEY_ALL_ACCESS, none, &raw mut key)
            };
            assert_eq!(opened, STATUS_SUCCESS);
            key
        };
        let below = |how, parent: WDFKEY| {
            let title = name("values");
            bag(how, |config| {
                config.Name = &raw const title.string;
                config.ParentKey = parent;
            })
        };
        let (parameters, again) = (key(), key());
        let mut hardware: WDFKEY = null_mut();
        // SAFETY: a live device, which the key goes with.
        let opened = unsafe {
            let kind = PLUGPLAY_REGKEY_DEVICE;
            let (device, access) = (kept("device"), KEY_ALL_ACCESS);
            WdfDeviceOpenRegistryKey(device, kind, access, null_mut(), &raw mut hardware)
        };
        assert_eq!(opened, STATUS_SUCCESS);
        let one = below(How::Create, parameters).expect("it is new");
        assert_eq!(put(one, "number", 1), STATUS_SUCCESS);
        let same = below(How::Open, again).expect("the key is the same");
        assert_eq!(get(same, "number"), Ok(1));
        for other in [hardware, null_mut()] {
            assert_eq!(below(How::Open, other), Err(STATUS_OBJECT_NAME_NOT_FOUND));
        }
    });
}

#[test]
fn a_bag_is_read_and_written_as_its_flags_allow() {
    right(|| {
        let writes = named(How::Create, "values", WRITES).expect("it is made");
        let reads = named(How::Open, "values", READS).expect("it is opened");
        assert_eq!(put(writes, "number", 1), STATUS_SUCCESS);
        assert_eq!(get(writes, "number"), Err(STATUS_ACCESS_DENIED));
        assert_eq!(get(reads, "number"), Ok(1));
        assert_eq!(put(reads, "number", 2), STATUS_ACCESS_DENIED);
        assert_eq!(get(reads, "number"), Ok(1));
    });
}

#[test]
fn a_value_is_replaced_unless_the_bag_keeps_it() {
    right(|| {
        let keeps = named(How::Create, "values", BOTH | FAIL_IF_EXIST).expect("it is made");
        let replaces = named(How::Open, "values", BOTH).expect("it is opened");
        assert_eq!(put(keeps, "number", 1), STATUS_SUCCESS);
        assert_eq!(put(keeps, "NUMBER", 2), STATUS_OBJECT_NAME_COLLISION);
        assert_eq!(get(keeps, "number"), Ok(1));
        assert_eq!(put(keeps, "other", 2), STATUS_SUCCESS);
        assert_eq!(put(replaces, "number", 3), STATUS_SUCCESS);
        assert_eq!(get(keeps, "number"), Ok(3));
    });
}

#[test]
fn a_value_has_a_name_and_a_type() {
    right(|| {
        let bag = nameless();
        assert_eq!(put(bag, "", 1), STATUS_INVALID_PARAMETER);
        assert_eq!(get(bag, ""), Err(STATUS_OBJECT_NAME_NOT_FOUND));
        let none = std::ptr::null();
        assert_eq!(acx!(AcxObjectBagAddUI4(bag, none, 1)), STATUS_INVALID_PARAMETER);
        let mut value = 7;
        let got = acx!(AcxObjectBagRetrieveUI4(bag, none, &raw mut value));
        assert_eq!((got, value), (STATUS_INVALID_PARAMETER, 7));
        // Signed is another type.
        assert_eq!(put(bag, "number", 1), STATUS_SUCCESS);
        let title = name("number");
        let mut value = 7;
        let got = acx!(AcxObjectBagRetrieveI4(bag, &raw const title.string, &raw mut value));
        assert_eq!((got, value), (STATUS_OBJECT_TYPE_MISMATCH, 7));
        // The last value under a name gives it its type.
        ok!(AcxObjectBagAddI4(bag, &raw const title.string, -1));
        ok!(AcxObjectBagRetrieveI4(bag, &raw const title.string, &raw mut value));
        assert_eq!(value, -1);
        assert_eq!(get(bag, "number"), Err(STATUS_OBJECT_TYPE_MISMATCH));
    });
}

#[test]
fn a_text_needs_room_for_all_of_it() {
    right(|| {
        let bag = nameless();
        let (title, value) = (name("text"), name("value"));
        ok!(AcxObjectBagAddUnicodeString(bag, &raw const title.string, &raw const value.string));
        let got = |room: u16| {
            let mut units = [0_u16; 5];
            let mut found =
                UNICODE_STRING { Length: 0, MaximumLength: room, Buffer: units.as_mut_ptr() };
            let title = &raw const title.string;
            let status = acx!(AcxObjectBagRetrieveUnicodeString(bag, title, &raw mut found));
            assert_eq!(found.MaximumLength, room);
            (status, found.Length, String::from_utf16_lossy(&units).replace('\0', ""))
        };
        assert_eq!(got(10), (STATUS_SUCCESS, 10, "value".to_owned()));
        assert_eq!(got(9), (STATUS_BUFFER_TOO_SMALL, 0, String::new()));
        let title = &raw const title.string;
        let none = acx!(AcxObjectBagRetrieveUnicodeString(bag, title, null_mut()));
        assert_eq!(none, STATUS_INVALID_PARAMETER);
        let none = acx!(AcxObjectBagAddUnicodeString(bag, title, std::ptr::null()));
        assert_eq!(none, STATUS_INVALID_PARAMETER);
    });
}

#[test]
fn texts_join_what_their_collection_has() {
    right(|| {
        let bag = nameless();
        let title = name("many");
        let parent: WDFOBJECT = kept("device");
        let collection = |texts: &[&str]| {
            let mut attributes = child_of(parent);
            let mut made: WDFCOLLECTION = null_mut();
            // SAFETY: a live parent; the collection goes with it.
            unsafe {
                assert_eq!(WdfCollectionCreate(&raw mut attributes, &raw mut made), STATUS_SUCCESS);
                for text in texts {
                    let text = string(parent, text);
                    assert_eq!(WdfCollectionAdd(made, text.cast()), STATUS_SUCCESS);
                }
            }
            made
        };
        let got = collection(&["zero"]);
        let given = collection(&["one", "two"]);
        ok!(AcxObjectBagAddMultiString(bag, &raw const title.string, given));
        ok!(AcxObjectBagRetrieveMultiString(bag, &raw const title.string, null_mut(), got));
        // SAFETY: a live collection of strings.
        let all: Vec<String> = unsafe {
            let count = WdfCollectionGetCount(got);
            (0..count).map(|at| text_of(WdfCollectionGetItem(got, at).cast())).collect()
        };
        assert_eq!(all, ["zero", "one", "two"]);
    });
}

#[test]
fn a_handle_opens_the_bag_of_a_template() {
    Plan::new(crate::factories::with_bags)
        .run(|machine, _| {
            let all = ["composite bag", "factory bag", "circuit bag"];
            let found = || {
                machine.sleep(Duration::from_millis(1));
                machine.inside(|| all.map(|bag| get_by_handle(kept(bag), "number")))
            };
            assert_eq!(found(), [Ok(1), Ok(2), Ok(3)]);
            let first: HANDLE = kept(all[0]);
            // What is asked for again has handles of its own.
            machine.inside(|| {
                let manager = acx!(AcxGetManager(null_mut()));
                ok!(AcxManagerRemoveCompositeTemplate(manager, kept("template")));
            });
            machine.sleep(Duration::from_millis(1));
            machine.inside(|| {
                let manager = acx!(AcxGetManager(null_mut()));
                ok!(AcxManagerAddCompositeTemplate(manager, kept("template")));
            });
            assert_eq!(found(), [Ok(1), Ok(2), Ok(3)]);
            assert_ne!(kept(all[0]), first);
            machine.inside(|| {
                let last: HANDLE = kept(all[2]);
                assert_eq!(get_by_handle(first, "number"), Ok(1));
                for handle in [null_mut(), last.wrapping_byte_add(4)] {
                    assert_eq!(get_by_handle(handle, "number"), Err(STATUS_INVALID_HANDLE));
                }
            });
        })
        .keeps_every_rule();
}
