//! Registry keys and values, and handles.

use std::ptr::null;

use acx_host::Rule;
use acx_sys::*;

use super::{Nt, Text, breaks, drive, held, of, out, wide};

const ABSOLUTE: u64 = 0;
const BY_HANDLE: u64 = 0x4000_0000;
const KEY: &str = r"\Registry\Machine\Software\Test";

/// OBJECT_ATTRIBUTES of a name, below an open key if `root` is not 0.
pub(super) fn named(name: &mut Text, root: u64) -> OBJECT_ATTRIBUTES {
    OBJECT_ATTRIBUTES {
        Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
        RootDirectory: root as HANDLE,
        ObjectName: &raw mut name.string,
        ..Default::default()
    }
}

/// Opens a key with this function.
fn open(nt: Nt, function: &str, name: &str, root: u64) -> Result<u64, i32> {
    let (mut name, mut handle) = (Text::new(name), 0_u64);
    let attributes = named(&mut name, root);
    match nt.status(function, &[out(&mut handle), 0, of(&attributes), 0, 0, 0, 0]) {
        STATUS_SUCCESS => Ok(handle),
        status => Err(status),
    }
}

/// Creates a key; the handle, and the disposition.
fn create(nt: Nt, name: &str, root: u64) -> (u64, u32) {
    let (mut name, mut handle, mut disposition) = (Text::new(name), 0_u64, 0_u32);
    let attributes = named(&mut name, root);
    let arguments = [out(&mut handle), 0, of(&attributes), 0, 0, 0, out(&mut disposition)];
    assert_eq!(nt.status("ZwCreateKey", &arguments), STATUS_SUCCESS);
    (handle, disposition)
}

fn close(nt: Nt, handle: u64) {
    assert_eq!(nt.status("ZwClose", &[handle]), STATUS_SUCCESS);
}

/// Writes a value of the test's key.
fn set(nt: Nt, name: &str, kind: u32, bytes: &[u8]) {
    let (path, name) = (wide(KEY), wide(name));
    let value = [u64::from(kind), of(bytes), bytes.len() as u64];
    let arguments = [&[ABSOLUTE, of(&path[0]), of(&name[0])], &value[..]].concat();
    assert_eq!(nt.status("RtlWriteRegistryValue", &arguments), STATUS_SUCCESS);
}

#[test]
fn keys_are_created_opened_listed_and_deleted() {
    const NONE: Result<u64, i32> = Err(STATUS_OBJECT_NAME_NOT_FOUND);
    drive(|nt| {
        for function in ["ZwOpenKey", "ZwOpenKeyEx"] {
            assert_eq!(open(nt, function, KEY, 0), NONE);
            let mut handle = 0_u64;
            let status = nt.status(function, &[out(&mut handle), 0, 0, 0]);
            assert_eq!(status, STATUS_INVALID_PARAMETER);
        }
        let mut handle = 0_u64;
        let arguments = [out(&mut handle), 0, 0, 0, 0, 0, 0];
        assert_eq!(nt.status("ZwCreateKey", &arguments), STATUS_INVALID_PARAMETER);
        // REG_CREATED_NEW_KEY, REG_OPENED_EXISTING_KEY.
        let (key, new) = create(nt, KEY, 0);
        assert_eq!(new, 1);
        let (below, new) = create(nt, "one", key);
        assert_eq!(new, 1);
        close(nt, below);
        let (below, new) = create(nt, "ONE", key);
        assert_eq!(new, 2);
        close(nt, below);
        close(nt, create(nt, "two", key).0);
        for function in ["ZwOpenKey", "ZwOpenKeyEx"] {
            close(nt, open(nt, function, KEY, 0).unwrap());
            close(nt, open(nt, function, "two", key).unwrap());
            assert_eq!(open(nt, function, "three", key), NONE);
        }
        // KEY_BASIC_INFORMATION: 16 bytes, then the name.
        let list = |index, class, room| {
            let (mut information, mut length) = ([0xFF_u8; 24], 0_u32);
            let place = [out(&mut information), room, out(&mut length)];
            let arguments = [&[key, index, class], &place[..]].concat();
            let status = nt.status("ZwEnumerateKey", &arguments);
            (status, length, information[12..].to_vec())
        };
        let named = |name: &str, bytes: usize| {
            let name = name.encode_utf16().flat_map(u16::to_le_bytes);
            let mut all: Vec<u8> = 6_u32.to_le_bytes().into_iter().chain(name).collect();
            all.truncate(bytes);
            all.resize(12, 0xFF);
            all
        };
        assert_eq!(list(0, 0, 22), (STATUS_SUCCESS, 22, named("one", 10)));
        assert_eq!(list(1, 0, 24), (STATUS_SUCCESS, 22, named("two", 10)));
        assert_eq!(list(1, 0, 20), (STATUS_BUFFER_OVERFLOW, 22, named("two", 8)));
        assert_eq!(list(1, 0, 16), (STATUS_BUFFER_OVERFLOW, 22, named("two", 4)));
        assert_eq!(list(1, 0, 15), (STATUS_BUFFER_TOO_SMALL, 22, vec![0xFF; 12]));
        assert_eq!(list(2, 0, 24).0, STATUS_NO_MORE_ENTRIES);
        assert_eq!(list(0, 1, 24).0, STATUS_NOT_SUPPORTED);
        assert_eq!(nt.status("ZwFlushKey", &[key]), STATUS_SUCCESS);
        let below = open(nt, "ZwOpenKey", "one", key).unwrap();
        assert_eq!(nt.status("ZwDeleteKey", &[below]), STATUS_SUCCESS);
        close(nt, below);
        assert_eq!(open(nt, "ZwOpenKey", "one", key), NONE);
        close(nt, key);
    });
}

#[test]
fn values_are_written_queried_listed_and_deleted() {
    drive(|nt| {
        let (key, _) = create(nt, KEY, 0);
        let (mut gain, mut name) = (Text::new("Bin"), Text::new("name"));
        let data = [1_u8, 2, 3];
        let arguments = [key, gain.at(), 0, u64::from(REG_BINARY), of(&data), 3];
        assert_eq!(nt.status("ZwSetValueKey", &arguments), STATUS_SUCCESS);
        set(nt, "Name", REG_SZ, &[b'x', 0, 0, 0]);
        let words = |words: &[u32]| -> Vec<u8> {
            words.iter().flat_map(|word| word.to_le_bytes()).collect()
        };
        let text =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        // Basic: title, type, name. Full: title, type, where the data is, its length, the name's,
        // name, data. Partial: title, type, length, data.
        let basic = [words(&[0, REG_BINARY, 6]), text("Bin")].concat();
        // Data is at a multiple of four.
        let head = words(&[0, REG_BINARY, 28, 3, 6]);
        let full = [head, text("Bin\0"), data.to_vec()].concat();
        let partial = [words(&[0, REG_BINARY, 3]), data.to_vec()].concat();
        for (class, whole, head) in [(0, basic, 12), (1, full, 20), (2, partial, 12)] {
            for room in [head - 1, head, whole.len() - 1, whole.len(), whole.len() + 1] {
                let (status, kept) = match room {
                    room if room < head => (STATUS_BUFFER_TOO_SMALL, 0),
                    room if room < whole.len() => (STATUS_BUFFER_OVERFLOW, room),
                    _ => (STATUS_SUCCESS, whole.len()),
                };
                let mut wanted = whole[..kept].to_vec();
                wanted.resize(40, 0xFF);
                for (function, which) in
                    [("ZwQueryValueKey", gain.at()), ("ZwEnumerateValueKey", 0)]
                {
                    let (mut information, mut length) = ([0xFF_u8; 40], 0_u32);
                    let place = [out(&mut information), room as u64, out(&mut length)];
                    let found = nt.status(function, &[&[key, which, class], &place[..]].concat());
                    let what = format!("{function}, class {class}, {room} bytes");
                    assert_eq!((found, length as usize), (status, whole.len()), "{what}");
                    assert_eq!(information, *wanted, "{what}");
                }
            }
        }
        let mut information = [0_u8; 40];
        let mut ask = |function, which, class| {
            let arguments = [key, which, class, out(&mut information), 40, 0];
            nt.status(function, &arguments)
        };
        // REG_SZ of 4 bytes, by whatever case.
        assert_eq!(ask("ZwQueryValueKey", name.at(), 2), STATUS_SUCCESS);
        assert_eq!(ask("ZwEnumerateValueKey", 1, 2), STATUS_SUCCESS);
        assert_eq!(ask("ZwEnumerateValueKey", 2, 2), STATUS_NO_MORE_ENTRIES);
        assert_eq!(ask("ZwEnumerateValueKey", 1, 9), STATUS_INVALID_PARAMETER);
        assert_eq!(ask("ZwQueryValueKey", name.at(), 9), STATUS_INVALID_PARAMETER);
        for status in [STATUS_SUCCESS, STATUS_OBJECT_NAME_NOT_FOUND] {
            assert_eq!(nt.status("ZwDeleteValueKey", &[key, gain.at()]), status);
        }
        let arguments = [key, gain.at(), 2, out(&mut information), 40, 0];
        assert_eq!(nt.status("ZwQueryValueKey", &arguments), STATUS_OBJECT_NAME_NOT_FOUND);
        close(nt, key);
    });
}

#[test]
fn a_handle_is_used_for_what_it_is_and_while_it_is_open() {
    drive(|nt| {
        // A registration is no key.
        let mut registration = 0_u64;
        let arguments = [0, 0, 0, 0, out(&mut registration)];
        assert_eq!(nt.status("PoRegisterPowerSettingCallback", &arguments), STATUS_SUCCESS);
        for function in ["ZwFlushKey", "ZwDeleteKey", "ZwSetValueKey", "ZwDeleteValueKey"] {
            assert_eq!(nt.status(function, &[registration]), STATUS_OBJECT_TYPE_MISMATCH);
        }
        for (function, arguments) in [
            ("ZwQueryValueKey", [registration, 0, 2, 0, 0, 0]),
            ("ZwEnumerateValueKey", [registration, 0, 2, 0, 0, 0]),
            ("ZwEnumerateKey", [registration, 0, 0, 0, 0, 0]),
        ] {
            assert_eq!(nt.status(function, &arguments), STATUS_OBJECT_TYPE_MISMATCH, "{function}");
        }
        let below = open(nt, "ZwOpenKey", "x", registration);
        assert_eq!(below, Err(STATUS_OBJECT_TYPE_MISMATCH));
        let status = nt.status("PoUnregisterPowerSettingCallback", &[registration]);
        assert_eq!(status, STATUS_SUCCESS);
    });
    breaks(&[Rule::BadHandle], |nt| {
        let (key, _) = create(nt, KEY, 0);
        close(nt, key);
        assert_eq!(nt.status("ZwClose", &[key]), STATUS_INVALID_HANDLE);
    });
    breaks(&[Rule::HandleLeak], |nt| {
        create(nt, KEY, 0);
    });
}

#[test]
fn a_path_is_below_what_it_is_relative_to() {
    drive(|nt| {
        let (key, _) = create(nt, KEY, 0);
        let check = |relative: u64, path: &str| {
            let path = wide(path);
            nt.status("RtlCheckRegistryKey", &[relative, of(&path[0])])
        };
        for (relative, root) in [
            (1, r"\Registry\Machine\System\CurrentControlSet\Services"),
            (2, r"\Registry\Machine\System\CurrentControlSet\Control"),
            (3, r"\Registry\Machine\Software\Microsoft\Windows NT\CurrentVersion"),
            (4, r"\Registry\Machine\Hardware\DeviceMap"),
            (5, r"\Registry\User\.Default"),
        ] {
            assert_eq!(check(relative, "Own"), STATUS_OBJECT_NAME_NOT_FOUND);
            let own = wide("Own");
            let arguments = [relative, of(&own[0])];
            assert_eq!(nt.status("RtlCreateRegistryKey", &arguments), STATUS_SUCCESS);
            assert_eq!(check(relative, "Own"), STATUS_SUCCESS);
            assert_eq!(check(ABSOLUTE, &format!(r"{root}\Own")), STATUS_SUCCESS, "{relative}");
            // Its name alone, as an absolute path.
            assert_eq!(check(relative, KEY), STATUS_SUCCESS);
        }
        assert_eq!(nt.status("RtlCheckRegistryKey", &[BY_HANDLE, key]), STATUS_SUCCESS);
        let own = wide("Own");
        let one = 1_u32;
        let value = [u64::from(REG_DWORD), of(&one), 4];
        for (relative, path, status) in [
            (6, of(&own[0]), STATUS_INVALID_PARAMETER),
            (0xFF, of(&own[0]), STATUS_INVALID_PARAMETER),
            (BY_HANDLE, key, STATUS_SUCCESS),
        ] {
            let arguments = [&[relative, path, of(&own[0])], &value[..]].concat();
            assert_eq!(nt.status("RtlWriteRegistryValue", &arguments), status);
            let arguments = [relative, path, of(&own[0])];
            assert_eq!(nt.status("RtlDeleteRegistryValue", &arguments), status);
            assert_eq!(nt.status("RtlCreateRegistryKey", &arguments), status);
            assert_eq!(nt.status("RtlCheckRegistryKey", &arguments), status);
        }
        let arguments = [BY_HANDLE, key, of(&own[0])];
        let status = nt.status("RtlDeleteRegistryValue", &arguments);
        assert_eq!(status, STATUS_OBJECT_NAME_NOT_FOUND);
        close(nt, key);
    });
}

const SUBKEY: u32 = 1;
const TOPKEY: u32 = 2;
const REQUIRED: u32 = 4;
const NOVALUE: u32 = 8;
const DIRECT: u32 = 0x120;

type Routine =
    unsafe extern "win64" fn(*const u16, u32, *const u8, u32, *mut Told, u64) -> NTSTATUS;

/// RTL_QUERY_REGISTRY_TABLE.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    routine: Option<Routine>,
    flags: u32,
    name: *const u16,
    context: u64,
    default_kind: u32,
    default: u64,
    default_length: u32,
}

const END: Entry = Entry {
    routine: None,
    flags: 0,
    name: null(),
    context: 0,
    default_kind: 0,
    default: 0,
    default_length: 0,
};

/// Name, type, data and the entry's context, of each call.
type Told = Vec<(String, u32, Vec<u8>, u64)>;

/// Values of these names fail, or want more room.
const REFUSED: &str = "refused";
const FULL: &str = "full";

unsafe extern "win64" fn query(
    name: *const u16,
    kind: u32,
    data: *const u8,
    length: u32,
    told: *mut Told,
    context: u64,
) -> NTSTATUS {
    // SAFETY: the kernel's arguments: a name with a zero, so many bytes, the test's context.
    let (name, data, told) = unsafe {
        let units = (0..).map(|at| *name.add(at)).take_while(|unit| *unit != 0);
        let name = String::from_utf16_lossy(&units.collect::<Vec<_>>());
        let data = match length {
            0 => Vec::new(),
            length => std::slice::from_raw_parts(data, length as usize).to_vec(),
        };
        (name, data, &mut *told)
    };
    let answer = match &*name {
        REFUSED => STATUS_ACCESS_DENIED,
        FULL => STATUS_BUFFER_TOO_SMALL,
        _ => STATUS_SUCCESS,
    };
    told.push((name, kind, data, context));
    answer
}

/// Queries below the test's key with a table of these entries.
fn ask(nt: Nt, function: &str, entries: &[Entry]) -> (i32, Told) {
    let (path, table) = (wide(KEY), [entries, &[END]].concat());
    let mut told = Vec::new();
    let arguments = [ABSOLUTE, of(&path[0]), of(&table[0]), out(&mut told), 0];
    (nt.status(function, &arguments), told)
}

const QUERY: &str = "RtlQueryRegistryValues";

#[test]
fn values_are_handed_to_the_drivers_routine() {
    drive(|nt| {
        let called = Entry { routine: Some(query), context: 42, ..END };
        assert_eq!(ask(nt, QUERY, &[called]), (STATUS_OBJECT_NAME_NOT_FOUND, vec![]));
        set(nt, "A", REG_DWORD, &[7, 0, 0, 0]);
        set(nt, "B", REG_BINARY, &[1, 2, 3]);
        let below = wide(&format!(r"{KEY}\Below"));
        let (name, value) = (wide("C"), [9_u8]);
        let arguments = [ABSOLUTE, of(&below[0]), of(&name[0]), 3, of(&value), 1];
        assert_eq!(nt.status("RtlWriteRegistryValue", &arguments), STATUS_SUCCESS);
        let told = |name: &str, kind, data: &[u8]| (name.to_owned(), kind, data.to_vec(), 42);
        let [a, b, c, none, subkey, refused] = ["A", "b", "C", "None", "Below", REFUSED].map(wide);
        let with = |name: &Vec<u16>, flags| Entry { name: name.as_ptr(), flags, ..called };
        let (seven, bytes, nine) = (
            told("A", REG_DWORD, &[7, 0, 0, 0]),
            told("B", REG_BINARY, &[1, 2, 3]),
            told("C", REG_BINARY, &[9]),
        );
        let missing = STATUS_OBJECT_NAME_NOT_FOUND;
        for (entries, status, calls) in [
            (&[with(&b, 0)][..], STATUS_SUCCESS, vec![bytes.clone()]),
            // Without a name every value of the key.
            (&[called], STATUS_SUCCESS, vec![seven.clone(), bytes.clone()]),
            // Names without a value are passed over, unless they are required.
            (&[with(&none, 0), with(&a, REQUIRED)], STATUS_SUCCESS, vec![seven.clone()]),
            (&[with(&none, REQUIRED), with(&a, 0)], missing, vec![]),
            (&[with(&none, NOVALUE)], STATUS_SUCCESS, vec![told("None", 0, &[])]),
            // Into a key below, and back.
            (
                &[with(&subkey, SUBKEY), with(&c, REQUIRED), with(&a, TOPKEY)],
                STATUS_SUCCESS,
                vec![nine, seven.clone()],
            ),
            (&[with(&subkey, SUBKEY), with(&a, REQUIRED)], missing, vec![]),
            (&[with(&none, SUBKEY)], missing, vec![]),
            // The table ends where there is neither a routine nor a flag that needs none.
            (&[END, with(&a, 0)], STATUS_SUCCESS, vec![]),
            (&[with(&a, 0), with(&b, 0)], STATUS_SUCCESS, vec![seven, bytes]),
        ] {
            for function in [QUERY, "RtlQueryRegistryValuesEx"] {
                assert_eq!(ask(nt, function, entries), (status, calls.clone()));
            }
        }
        // A routine that fails ends the query.
        set(nt, REFUSED, REG_DWORD, &[0; 4]);
        let found = ask(nt, QUERY, &[with(&refused, 0), with(&a, 0)]);
        assert_eq!(found, (STATUS_ACCESS_DENIED, vec![told(REFUSED, REG_DWORD, &[0; 4])]));
        // One that wants more room does not.
        set(nt, FULL, REG_DWORD, &[0; 4]);
        let (full, delete) = (wide(FULL), 0x40);
        let (status, calls) = ask(nt, QUERY, &[with(&full, delete), with(&a, 0)]);
        assert_eq!((status, calls.len()), (STATUS_SUCCESS, 2));
        // It is gone now: RTL_QUERY_REGISTRY_DELETE.
        assert_eq!(ask(nt, QUERY, &[with(&full, REQUIRED)]).0, missing);
        // The defaults of values that are not there: with a length, or as long as their type says.
        let (number, text) = (0x0102_0304_0506_0708_u64, wide("ab"));
        for (kind, default, length, data) in [
            (REG_DWORD, of(&number), 0, &[8, 7, 6, 5][..]),
            (REG_DWORD, of(&number), 2, &[8, 7]),
            (REG_BINARY, of(&number), 8, &[8, 7, 6, 5, 4, 3, 2, 1]),
            (REG_SZ, of(&text[0]), 0, b"a\0b\0\0\0"),
            (REG_EXPAND_SZ, of(&text[0]), 0, b"a\0b\0\0\0"),
            (REG_SZ, of(&text[0]), 2, b"a\0"),
        ] {
            let entry =
                Entry { default_kind: kind, default, default_length: length, ..with(&none, 0) };
            let default = (STATUS_SUCCESS, vec![told("None", kind, data)]);
            assert_eq!(ask(nt, QUERY, &[entry]), default);
            // It is not for a value that is there, nor for one that has to be.
            let entry = Entry { name: a.as_ptr(), ..entry };
            assert_eq!(ask(nt, QUERY, &[entry]).1, [told("A", REG_DWORD, &[7, 0, 0, 0])]);
            let entry = Entry { flags: REQUIRED, name: none.as_ptr(), ..entry };
            assert_eq!(ask(nt, QUERY, &[entry]), (missing, vec![]));
        }
    });
}

#[test]
fn values_are_stored_directly_where_they_fit() {
    breaks(&[Rule::BadArgument], |nt| {
        set(nt, "Number", REG_DWORD, &[7, 6, 5, 4]);
        set(nt, "Long", REG_QWORD, &[1, 2, 3, 4, 5, 6, 7, 8]);
        set(nt, "Bytes", REG_BINARY, &[9; 10]);
        set(nt, "Text", REG_SZ, b"a\0b\0\0\0");
        set(nt, "Texts", REG_MULTI_SZ, b"a\0\0\0b\0\0\0\0\0");
        let status = |name: &str, kind: u32, place: u64| {
            let name = wide(name);
            let entry = Entry {
                flags: DIRECT | REQUIRED,
                name: name.as_ptr(),
                context: place,
                default_kind: kind << 24,
                ..END
            };
            ask(nt, QUERY, &[entry]).0
        };
        // Up to 4 bytes as they are. More only where the place begins with its size: a negative one
        // for the data alone, else for length, type and data.
        let long = [1, 2, 3, 4, 5, 6, 7, 8];
        let told = [10, 0, 0, 0, 3, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
        for (name, kind, room, wanted, stored) in [
            ("Number", REG_QWORD, 0_i32, STATUS_OBJECT_TYPE_MISMATCH, &[][..]),
            ("Number", REG_DWORD, 0, STATUS_SUCCESS, &[7, 6, 5, 4]),
            ("Long", REG_QWORD, 0, STATUS_BUFFER_TOO_SMALL, &[]),
            ("Long", REG_QWORD, -8, STATUS_SUCCESS, &long),
            ("Bytes", REG_BINARY, -10, STATUS_SUCCESS, &[9; 10]),
            ("Bytes", REG_BINARY, -9, STATUS_BUFFER_TOO_SMALL, &[]),
            ("Bytes", REG_BINARY, 18, STATUS_SUCCESS, &told),
            ("Bytes", REG_BINARY, 17, STATUS_BUFFER_TOO_SMALL, &[]),
        ] {
            let mut place = [0xFF_u8; 20];
            place[..4].copy_from_slice(&room.to_le_bytes());
            let mut after = place;
            after[..stored.len()].copy_from_slice(stored);
            assert_eq!(status(name, kind, out(&mut place)), wanted, "{name} in {room}");
            assert_eq!(place, after, "{name} in {room}");
        }
        for (name, kind, text) in [("Text", REG_SZ, "ab"), ("Texts", REG_MULTI_SZ, "a\0b")] {
            let length = text.len();
            for (room, wanted) in [
                (length - 1, STATUS_BUFFER_TOO_SMALL),
                (length, STATUS_SUCCESS),
                (9, STATUS_SUCCESS),
            ] {
                let mut to = Text::room(room);
                assert_eq!(status(name, kind, to.at()), wanted, "{name} in {room}");
                assert_eq!(to.text(), if wanted == STATUS_SUCCESS { text } else { "" });
            }
            // Without a buffer the kernel allocates one.
            let mut made = UNICODE_STRING::default();
            assert_eq!(status(name, kind, out(&mut made)), STATUS_SUCCESS);
            assert_eq!(held(&made), text);
            nt.call("RtlFreeUnicodeString", &[out(&mut made)]);
        }
        // Without a check of types whatever is there is stored, which is not safe.
        let mut place = [0xFF_u8; 4];
        let number = wide("Number");
        let unchecked = Entry {
            flags: DIRECT & !0x100,
            name: number.as_ptr(),
            context: out(&mut place),
            default_kind: REG_SZ << 24,
            ..END
        };
        assert_eq!(ask(nt, QUERY, &[unchecked]).0, STATUS_SUCCESS);
        assert_eq!(place, [7, 6, 5, 4]);
        // What has no name cannot be stored.
        let entry = Entry { flags: DIRECT, default_kind: REG_DWORD << 24, ..END };
        assert_eq!(ask(nt, QUERY, &[entry]).0, STATUS_INVALID_PARAMETER);
    });
}

#[test]
fn a_debugger_that_is_not_there_answers_nothing() {
    drive(|nt| {
        let (prompt, mut answer) = (*b"go on?\0", [b'x'; 4]);
        assert_eq!(nt.call("DbgPrompt", &[of(&prompt), out(&mut answer), 4]) as u32, 0);
        assert_eq!(&answer, b"\0xxx");
    });
}
