//! What the loader makes of an image: the sections, protections, addresses, imports and cookie that
//! it is given, and each contradiction that it refuses, at the last number that it takes and the
//! first that it does not.

use acx_host::machine::HostError;
use acx_host::{Image, Machine, Rule};

use super::{Code, DATA, END, FILE_UNIT, IMPORTS, PAGED, RELOCATIONS, TEXT, breaks, file};

/// Where the file has the optional header and the table of sections.
const OPTIONAL: usize = 0x58;
const SECTIONS: usize = OPTIONAL + 240;
/// The sections' places in that table.
const OF_TEXT: usize = 0;
const OF_PAGED: usize = 1;
const OF_RELOCATIONS: usize = 4;

/// Fields of the optional header.
const ENTRY: usize = OPTIONAL + 16;
const ALIGNMENT: usize = OPTIONAL + 32;
const SIZE: usize = OPTIONAL + 56;
const HEADERS: usize = OPTIONAL + 60;
const SUBSYSTEM: usize = OPTIONAL + 68;
const DIRECTORIES: usize = OPTIONAL + 112;

/// Fields of a section.
const IN_MEMORY: usize = 8;
const AT: usize = 12;
const IN_FILE: usize = 16;
const FROM: usize = 20;
const FLAGS: usize = 36;

fn field(section: usize, field: usize) -> usize {
    SECTIONS + 40 * section + field
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// xor eax, eax; ret
fn succeeding() -> Code {
    Code::new().raw(&[0x31, 0xC0, 0xC3])
}

/// The good image with these numbers at these places.
fn with(changes: &[(usize, u32)]) -> Vec<u8> {
    let mut bytes = file(succeeding());
    for (at, value) in changes {
        put(&mut bytes, *at, *value);
    }
    bytes
}

#[test]
fn headers_that_contradict_themselves_are_refused() {
    let outside = |name| format!("section {name} lies outside the file, which may be cut short");
    let sizes = || "its sizes contradict each other".to_owned();
    let pages = || "its sections are not aligned to pages".to_owned();
    let entry = || "its entry point is not code".to_owned();
    for (changes, why) in [
        (&[][..], None),
        (&[(SUBSYSTEM, 2)], Some("its subsystem is not NATIVE".to_owned())),
        (&[(ALIGNMENT, 0)], Some(pages())),
        (&[(ALIGNMENT, 0x800)], Some(pages())),
        (&[(ALIGNMENT, 0x2000)], Some(outside(".text"))),
        (&[(SIZE, 0)], Some(sizes())),
        (&[(SIZE, 1 << 30)], None),
        (&[(SIZE, (1 << 30) + 1)], Some(sizes())),
        // Headers as long as the image, or as the file, leave no room for a section.
        (&[(HEADERS, END)], Some(outside(".text"))),
        (&[(HEADERS, END + 1)], Some(sizes())),
        (&[(SIZE, 2 * END), (HEADERS, END)], Some(outside(".text"))),
        (&[(SIZE, 2 * END), (HEADERS, END + 1)], Some(sizes())),
        // A section is behind the one before it, and begins at the alignment.
        (&[(HEADERS, TEXT + 1)], Some(outside(".text"))),
        (&[(field(OF_TEXT, IN_MEMORY), 0x1000)], None),
        (&[(field(OF_TEXT, IN_MEMORY), 0x1001)], Some(outside("PAGE"))),
        (&[(field(OF_PAGED, AT), PAGED + 0x800)], Some(outside("PAGE"))),
        // The last one ends with the image, and with the file.
        (&[(field(OF_RELOCATIONS, IN_MEMORY), 0x1000)], None),
        (&[(field(OF_RELOCATIONS, IN_MEMORY), 0x1001)], Some(outside(".reloc"))),
        (&[(field(OF_RELOCATIONS, IN_MEMORY), u32::MAX)], Some(outside(".reloc"))),
        (&[(field(OF_RELOCATIONS, FROM), END - 12)], None),
        (&[(field(OF_RELOCATIONS, FROM), END - 11)], Some(outside(".reloc"))),
        (&[(field(OF_RELOCATIONS, FROM), u32::MAX)], Some(outside(".reloc"))),
        // Of what the file has, only what memory has counts.
        (&[(field(OF_RELOCATIONS, IN_FILE), 0x2000)], None),
        (&[(ENTRY, 0)], Some(entry())),
        (&[(ENTRY, DATA)], Some(entry())),
        (&[(ENTRY, TEXT - 1)], Some(entry())),
        (&[(ENTRY, TEXT + 2)], None),
        (&[(ENTRY, TEXT + 3)], Some(entry())),
        (&[(ENTRY, PAGED)], None),
    ] {
        let found = Image::parse("tiny.sys", with(changes)).err().map(|why| why.to_string());
        let why = why.map(|why| {
            format!("tiny.sys: not a driver image ({why}): give a .sys file for 64-bit Windows")
        });
        // The file's name of a section is eight bytes, of which the last ones may be zeros.
        let found = found.map(|found| found.replace('\0', ""));
        assert_eq!(found, why, "{changes:x?}");
    }
}

#[test]
fn no_section_is_writable_and_executable() {
    const RUN: u32 = 0x2000_0000;
    const READ: u32 = 0x4000_0000;
    const WRITE: u32 = 0x8000_0000;
    for (flags, is_refused) in [(READ, false), (READ | RUN, false), (READ | WRITE | RUN, true)] {
        let bytes = with(&[(field(OF_PAGED, FLAGS), flags)]);
        let found = Image::parse("tiny.sys", bytes).err().map(|why| why.to_string());
        assert_eq!(found.is_some(), is_refused, "{flags:#x}");
        if let Some(why) = found {
            assert!(why.replace('\0', "").contains("section PAGE is writable and executable"));
        }
    }
}

#[test]
fn memory_is_protected_as_its_section_says() {
    // mov byte ptr [target], 0
    let write = |target: u32| {
        Code::new().relative(&[0xC6, 0x05], target.wrapping_sub(1)).raw(&[0, 0x31, 0xC0, 0xC3])
    };
    // mov al, [target]
    let read = |target: u32| Code::new().relative(&[0x8A, 0x05], target).raw(&[0x31, 0xC0, 0xC3]);
    for (target, is_writable) in [
        (0, false),
        (FILE_UNIT - 1, false),
        (TEXT + 0x40, false),
        (PAGED, false),
        (DATA, true),
        (DATA + 0xFFF, true),
        (IMPORTS, false),
        (RELOCATIONS, false),
    ] {
        breaks(read(target), &[], "");
        let rules = if is_writable { &[][..] } else { &[Rule::AccessViolation] };
        breaks(write(target), rules, "write to");
    }
    // jmp target
    let run = |target: u32| Code::new().relative(&[0xE9], target);
    breaks(run(PAGED), &[], "");
    for target in [DATA, IMPORTS, RELOCATIONS, 0] {
        breaks(run(target), &[Rule::AccessViolation], "");
    }
}

/// Loads an image that answers a failure, and returns its status.
fn answer(bytes: Vec<u8>) -> Result<i32, HostError> {
    let machine = Machine::builder().build();
    let loaded = machine.load_image(&Image::parse("tiny.sys", bytes)?).map(drop);
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    match loaded {
        Ok(()) => Ok(0),
        Err(HostError::Load { status, .. }) => Ok(status),
        Err(other) => Err(other),
    }
}

#[test]
fn a_driver_finds_its_headers_in_memory() {
    // mov eax, [image]; or eax, 80000000h; ret
    let code = Code::new().relative(&[0x8B, 0x05], 0).raw(&[0x0D, 0, 0, 0, 0x80, 0xC3]);
    let headers = u32::from_le_bytes(*b"MZ\0\0");
    assert_eq!(answer(file(code)), Ok((headers | 0x8000_0000).cast_signed()));
}

/// What is told of an image that cannot be loaded.
fn refusal(bytes: Vec<u8>) -> Option<String> {
    let found = Image::parse("tiny.sys", bytes).expect("its headers are good").rehearse();
    found.err().map(|why| why.to_string())
}

/// The block of relocations: its page, and its two entries, each a kind and a place there.
fn relocations(bytes: &mut [u8], page: u32, entries: [u16; 2]) {
    let at = RELOCATIONS as usize;
    put(bytes, at, page);
    put(bytes, at + 4, 12);
    bytes[at + 8..at + 10].copy_from_slice(&entries[0].to_le_bytes());
    bytes[at + 10..at + 12].copy_from_slice(&entries[1].to_le_bytes());
}

/// Kinds of relocations: none, and an address of 64 bits.
const ABSOLUTE: u16 = 0;
const DIR64: u16 = 10 << 12;
/// Where the linker thought that the image would be.
const PREFERRED: u64 = 0x1_4000_0000;

#[test]
fn addresses_in_the_image_are_those_where_it_is() {
    // jmp [DATA + 8]; behind the code: mov eax, 0C0000007h; ret
    let code = || {
        let mut code = Code::new().relative(&[0xFF, 0x25], DATA + 8);
        code.bytes.resize(0x40, 0xCC);
        let mut bytes = file(code.raw(&[0xB8, 7, 0, 0, 0xC0, 0xC3]));
        let target = PREFERRED + u64::from(TEXT) + 0x40;
        bytes[DATA as usize + 8..DATA as usize + 16].copy_from_slice(&target.to_le_bytes());
        bytes
    };
    for entries in [[DIR64 | 8, ABSOLUTE], [ABSOLUTE | 8, DIR64 | 8]] {
        let mut bytes = code();
        relocations(&mut bytes, DATA, entries);
        assert_eq!(answer(bytes), Ok(0xC000_0007_u32 as i32));
    }
    let refused = |page, entry| {
        let mut bytes = code();
        relocations(&mut bytes, page, [ABSOLUTE, entry]);
        refusal(bytes)
    };
    let broken = |why: &str| {
        Some(format!("tiny.sys: not a driver image ({why}): give a .sys file for 64-bit Windows"))
    };
    assert_eq!(refused(END - 0x1000, DIR64 | 0xFF8), None);
    assert_eq!(refused(END - 0x1000, DIR64 | 0xFF9), broken("a relocation lies outside"));
    // An address of 32 bits: this kind is not for 64-bit images.
    let found = refused(DATA, 3 << 12 | 8).expect("it is refused");
    assert!(found.contains("a relocation of type 3"), "{found}");
    let mut bytes = code();
    put(&mut bytes, DIRECTORIES + 8 * 5, 0);
    put(&mut bytes, DIRECTORIES + 8 * 5 + 4, 0);
    assert_eq!(refusal(bytes), broken("it has no relocations"));
}

/// Where the load configuration is, and the cookie.
const CONFIGURATION: u32 = DATA + 0x200;
const COOKIE: u32 = DATA + 0x300;

/// An image that answers a half of its cookie; with a load configuration of this size, whose cookie
/// is at this place.
fn with_cookie(half: u32, size: u32, cookie: u64) -> Vec<u8> {
    // mov eax, [half]; or eax, 80000000h; ret
    let code = Code::new().relative(&[0x8B, 0x05], half);
    let mut bytes = file(code.raw(&[0x0D, 0, 0, 0, 0x80, 0xC3]));
    put(&mut bytes, DIRECTORIES + 8 * 10, CONFIGURATION);
    put(&mut bytes, DIRECTORIES + 8 * 10 + 4, size);
    // Its size, and a time, which is none of it.
    put(&mut bytes, CONFIGURATION as usize, size);
    put(&mut bytes, CONFIGURATION as usize + 4, 0x6000_0000);
    let place = CONFIGURATION as usize + 0x58;
    bytes[place..place + 8].copy_from_slice(&cookie.to_le_bytes());
    put(&mut bytes, COOKIE as usize, 1);
    put(&mut bytes, field(2, IN_MEMORY), 0x1000);
    if cookie != 0 {
        relocations(&mut bytes, CONFIGURATION & !0xFFF, [DIR64 | 0x258, ABSOLUTE]);
    }
    bytes
}

#[test]
fn the_stack_cookie_is_another_than_the_linkers() {
    let cookie = PREFERRED + u64::from(COOKIE);
    let failure = |half: u32| Ok((half | 0x8000_0000).cast_signed());
    let whole = answer(with_cookie(COOKIE, 0x60, cookie));
    assert_ne!(whole, failure(1));
    // The upper 16 bits are clear, and it is no small number.
    let upper = answer(with_cookie(COOKIE + 4, 0x60, cookie)).expect("it is loaded") as u32;
    assert!((1..0x1_0000).contains(&(upper & 0x7FFF_FFFF)), "{upper:#x}");
    // A configuration of before there were cookies, and one that has none.
    assert_eq!(answer(with_cookie(COOKIE, 0x5F, cookie)), failure(1));
    assert_eq!(answer(with_cookie(COOKIE, 0x60, 0)), failure(1));
    // The last place, the one behind it, and one before the image.
    let broken = "tiny.sys: not a driver image (its security cookie lies outside): give a .sys \
                  file for 64-bit Windows";
    let end = PREFERRED + u64::from(END);
    for (cookie, why) in [(end - 8, None), (end - 7, Some(broken)), (PREFERRED - 8, Some(broken))] {
        assert_eq!(refusal(with_cookie(COOKIE, 0x60, cookie)).as_deref(), why, "{cookie:#x}");
    }
}

#[test]
fn imports_that_there_are_not_are_all_named() {
    let missing = |edit: &dyn Fn(&mut Vec<u8>)| {
        let code = Code::new().call("ZwNoSuchThing").call("ExFreePool").call("KeNoSuchThing");
        let mut bytes = file(code);
        edit(&mut bytes);
        let machine = Machine::builder().build();
        let image = Image::parse("tiny.sys", bytes).expect("its headers are good");
        machine.load_image(&image).err().map(|why| why.to_string()).unwrap_or_default()
    };
    let said = |names: &str| {
        format!(
            "tiny.sys: imports that the host does not have: {names}: link without them to run it \
             here"
        )
    };
    let both = "ntoskrnl.exe!ZwNoSuchThing, ntoskrnl.exe!KeNoSuchThing";
    assert_eq!(missing(&|_| {}), said(both));
    // By a number: nothing is exported so.
    let by_number = |bytes: &mut Vec<u8>| {
        let at = IMPORTS as usize;
        bytes[at..at + 8].copy_from_slice(&(1_u64 << 63 | 7).to_le_bytes());
    };
    assert_eq!(missing(&by_number), said("ntoskrnl.exe!#7, ntoskrnl.exe!KeNoSuchThing"));
    // The library's name is found in any case, and another one has nothing.
    let place = |bytes: &[u8]| {
        bytes.windows(12).position(|own| own == b"ntoskrnl.exe").expect("it is there")
    };
    let renamed = |name: &'static [u8; 12]| {
        move |bytes: &mut Vec<u8>| {
            let at = place(bytes);
            bytes[at..at + 12].copy_from_slice(name);
        }
    };
    let shouted = said("NTOSKRNL.EXE!ZwNoSuchThing, NTOSKRNL.EXE!KeNoSuchThing");
    assert_eq!(missing(&renamed(b"NTOSKRNL.EXE")), shouted);
    let other = "nosuchlb.sys!ZwNoSuchThing, nosuchlb.sys!ExFreePool, nosuchlb.sys!KeNoSuchThing";
    assert_eq!(missing(&renamed(b"nosuchlb.sys")), said(other));
}

#[test]
fn addresses_of_imports_go_where_the_image_wants_them() {
    // call [slot], with the slots in the data, apart from the names; a debugger's string of zeros.
    let with_slots = |slots: u32| {
        let code = Code::new().begin().rcx(DATA + 0x90).call("DbgPrint");
        let code = code.rcx(DATA + 0x90).relative(&[0xFF, 0x15], slots).succeed();
        let mut bytes = file(code);
        let directory = u32::from_le_bytes(
            bytes[DIRECTORIES + 8..DIRECTORIES + 12].try_into().expect("four bytes"),
        );
        put(&mut bytes, directory as usize, IMPORTS);
        put(&mut bytes, directory as usize + 16, slots);
        put(&mut bytes, field(2, IN_MEMORY), 0x1000);
        bytes
    };
    let machine = Machine::builder().build();
    // The first call is through a slot that is a name still.
    let mut bytes = with_slots(DATA + 0x400);
    // jmp over it: the first call's seven bytes before it are an lea.
    bytes[TEXT as usize + 4..TEXT as usize + 6].copy_from_slice(&[0xEB, 11]);
    machine
        .load_image(&Image::parse("tiny.sys", bytes).expect("an image"))
        .map(drop)
        .expect("good");
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
    assert_eq!(refusal(with_slots(END - 8)), None);
    let found = refusal(with_slots(END - 7)).expect("it is refused");
    assert!(found.contains("an import lies outside"), "{found}");
}

#[test]
fn a_file_that_is_not_there_or_no_image_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.name.sys");
    let why = Image::read(&path).expect_err("there is none").to_string();
    assert!(why.contains("own.name.sys: cannot be read ("), "{why}");
    for (bytes, words) in [
        (&b""[..], "the file is empty"),
        (b"ME", "it is no PE file: it does not begin with MZ"),
        (b"MZ", "not a driver image"),
    ] {
        std::fs::write(&path, bytes).expect("it is written");
        let why = Image::read(&path).expect_err("it is none").to_string();
        assert!(why.contains(words), "{why}");
    }
    let bytes = file(succeeding());
    std::fs::write(&path, &bytes).expect("it is written");
    let image = Image::read(&path).expect("it is an image");
    assert_eq!((image.service().as_str(), image.file_bytes()), ("own.name", bytes.len()));
    let mut other = bytes;
    other[0x44..0x46].copy_from_slice(&[0x4C, 0x01]);
    let why = Image::parse("tiny.sys", other).expect_err("it is for another one").to_string();
    let said = "tiny.sys: built for another processor (machine 0x014c): give the x64 build";
    assert_eq!(why, said);
}
