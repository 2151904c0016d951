//! Structured exceptions: each form in tests/c-driver/exceptions.c works, and each wrong way is
//! named.

use acx_client::System;
use acx_host::{Image, Machine, Rule, Violation};

const CONTROL: acx_sys::GUID =
    acx_sys::GUID { Data1: 0xACE0_B0A3, Data2: 0, Data3: 0, Data4: [1, 0, 0, 0, 0, 0, 0, 0] };

/// From this request on they are wrong.
const WRONG: u32 = 64;

fn file() -> Option<std::path::PathBuf> {
    super::variants::built("c-driver/exceptions.sys", "cargo xtask c-driver")
}

/// The result of a request.
fn ask(machine: &Machine, which: u32) -> u32 {
    let names = machine.interfaces(&CONTROL);
    let file = machine.open_device(&names[0]).unwrap();
    // Memory of the client's, which the driver probes.
    let mine = [0_u64; 2];
    let input = (mine.as_ptr() as u64).to_le_bytes();
    let mut line = [0; 4];
    let reply = file.ioctl(0x8000_2000 | which << 2, &input, &mut line);
    assert_eq!(reply.status, 0, "request {which}");
    u32::from_le_bytes(line)
}

/// The violations of one wrong way.
fn violations(image: &Image, which: u32) -> Vec<Violation> {
    let machine = Machine::builder().build();
    {
        let driver = machine.load_image(image).unwrap();
        let _device = driver.add_device().unwrap();
        ask(&machine, WRONG + which);
        // The driver goes on, and its handlers work.
        assert_eq!(ask(&machine, 0), 0);
    }
    machine.report().violations()
}

#[test]
fn each_form_of_exception_handling_in_c_works() {
    let Some(image) = super::driver("exceptions") else { return };
    let machine = Machine::builder().build();
    {
        let driver = machine.load_image(&image).unwrap();
        let _device = driver.add_device().unwrap();
        for (which, name) in [
            "handlers",
            "__finally",
            "continued execution",
            "exceptions in filters",
            "exceptions in __finally",
            "return out of __finally",
            "faults",
            "registers",
            "unwinding by hand",
            "probes",
            "pool",
            "levels",
        ]
        .iter()
        .enumerate()
        {
            let line = ask(&machine, which as u32);
            let found = machine.report().violations();
            assert_eq!(line, 0, "{name}: that line of exceptions.c; {found:#?}");
        }
    }
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}

/// What check 10 answers where each allocation fails in the way that was asked for.
const RAISED: u32 = 1000;

#[test]
fn pool_that_raises_does_so_when_allocations_fail() {
    let Some(image) = super::driver("exceptions") else { return };
    let machine = Machine::builder().build();
    {
        let driver = machine.load_image(&image).unwrap();
        let _device = driver.add_device().unwrap();
        // The request's two buffers are there; the three allocations fail.
        machine.fail_at(&[2, 3, 4]);
        assert_eq!(ask(&machine, 10), RAISED, "or that line of exceptions.c");
    }
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}

#[test]
fn each_wrong_way_of_exceptions_is_named() {
    let Some(image) = super::driver("exceptions") else { return };
    let ways: [(Rule, &[&str]); 16] = [
        (
            Rule::Exception,
            &["exception 0xe0ace001 raised at exceptions.sys", "do_wrong", "no handler wants"],
        ),
        (Rule::AccessViolation, &["write to 0x10 by exceptions.sys", "write_at"]),
        (Rule::Exception, &["EXCEPTION_CONTINUE_EXECUTION for exception 0xe0ace001", "raise_deep"]),
        (Rule::AccessViolation, &["read of 0x10 by exceptions.sys", "read_at"]),
        (Rule::UseAfterFree, &["which was freed"]),
        (Rule::AccessViolation, &["read of 0xffff800000000010 by exceptions.sys", "read_at"]),
        (Rule::AccessViolation, &["write to 0x", "write_at"]),
        (Rule::AccessViolation, &["read of 0x10 by exceptions.sys", "read_at"]),
        (Rule::Exception, &["recurse", "no stack for handlers"]),
        (
            Rule::Exception,
            &["exception 0xc0000094 at exceptions.sys", "divide", "no handler wants"],
        ),
        (Rule::Exception, &["no stack for handlers"]),
        (Rule::Exception, &["exception 0xe0ace001 raised", "no handler wants"]),
        (Rule::Irql, &["ExRaiseStatus called at IRQL 2, highest is 1"]),
        (Rule::Irql, &["ExRaiseAccessViolation called at IRQL 2, highest is 0"]),
        (Rule::Irql, &["ExRaiseDatatypeMisalignment called at IRQL 2, highest is 0"]),
        (Rule::Irql, &["ProbeForRead called at IRQL 2, highest is 1"]),
    ];
    for (which, (rule, words)) in ways.iter().enumerate() {
        let found = violations(&image, which as u32);
        assert_eq!(found.len(), 1, "{which}: {found:#?}");
        assert_eq!(found[0].rule, *rule, "{which}: {found:#?}");
        for word in *words {
            assert!(found[0].what.contains(word), "{which}: '{word}' is not in {found:#?}");
        }
        let inside = |text: &String| text.contains("EvtIoDeviceControl");
        let is_told = inside(&found[0].what) || found[0].callbacks.iter().any(inside);
        assert!(is_told, "{which}: {found:#?}");
    }
    // The way out led over a spin lock: the lock is left, and its level.
    let rules: Vec<Rule> = violations(&image, 16).iter().map(|own| own.rule).collect();
    assert_eq!(rules, [Rule::IrqlChange, Rule::LockHeldOnReturn]);
}

/// The form of the unwind data: where an entry of .pdata has its description.
const IS_ARM64: bool = cfg!(target_arch = "aarch64");
const INFO: usize = if IS_ARM64 { 4 } else { 8 };

/// An image, as its file has it.
struct File {
    bytes: Vec<u8>,
    map: String,
}

impl File {
    fn long(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    fn put(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// Where in the file an offset of the image is. The headers' sizes are those of the PE format.
    fn at(&self, offset: u32) -> usize {
        let header = self.long(0x3C) as usize;
        let sections = header + 24 + 240;
        let count = usize::from(self.bytes[header + 6]);
        (0..count)
            .map(|index| sections + 40 * index)
            .find_map(|section| {
                let inside = offset.checked_sub(self.long(section + 12))?;
                (inside < self.long(section + 8))
                    .then(|| (self.long(section + 20) + inside) as usize)
            })
            .unwrap()
    }

    /// The offset of a function in the image.
    fn function(&self, name: &str) -> u32 {
        let line = self.map.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
        let address = line.unwrap().split_whitespace().nth(2).unwrap();
        (u64::from_str_radix(address, 16).unwrap() & 0xFFFF_FFFF) as u32 - 0x4000_0000
    }

    /// Where in the file the entry of a function is, and its description.
    fn entry(&self, name: &str) -> (usize, usize) {
        let directory = self.long(0x3C) as usize + 24 + 112 + 8 * 3;
        let (table, length) = (self.at(self.long(directory)), self.long(directory + 4) as usize);
        let entry = (table..table + length).step_by(INFO + 4);
        let entry = entry.into_iter().find(|at| self.long(*at) == self.function(name)).unwrap();
        (entry, self.at(self.long(entry + INFO)))
    }

    /// Where in the file a description has its first code.
    fn code(&self, info: usize) -> usize {
        if !IS_ARM64 {
            return info + 4;
        }
        // Epilogues have a word each, unless one is in the head.
        let head = self.long(info);
        let list = if head >> 21 & 1 == 0 { (head >> 22 & 31) as usize } else { 0 };
        info + 4 + 4 * list
    }

    /// Where in the file a description has its handler.
    fn handler(&self, info: usize) -> usize {
        let codes = if IS_ARM64 {
            4 * (self.long(info) >> 27) as usize
        } else {
            2 * usize::from(self.bytes[info + 2]).next_multiple_of(2)
        };
        self.code(info) + codes
    }
}

/// A description of a fault in unwind data, what makes it, and the words that name it.
type Spoiled = (&'static str, fn(&mut File, usize, usize), &'static str);

#[test]
fn spoiled_unwind_data_is_named_and_ends_the_call() {
    let Some(path) = file() else { return };
    let (version, code): (Spoiled, Spoiled) = if IS_ARM64 {
        (
            ("version", |file, _, info| file.bytes[info + 2] |= 3 << 2, "has version 3"),
            ("code", |file, _, info| file.put(file.code(info), 0xE8), "has code 232, which"),
        )
    } else {
        (
            ("version", |file, _, info| file.bytes[info] = file.bytes[info] & !7 | 5, "version 5"),
            ("code", |file, _, info| file.bytes[info + 5] = 7, "has code 7, which does not exist"),
        )
    };
    let spoiled: [Spoiled; 7] = [
        version,
        code,
        (
            "handler outside",
            |file, _, info| file.put(file.handler(info), 0x7FFF_FFF0),
            "has a handler at 0x7ffffff0, where no code is",
        ),
        (
            "filter outside",
            |file, _, info| file.put(file.handler(info) + 16, 0x10),
            "has a handler at 0x10, where no code is",
        ),
        (
            "scopes outside",
            |file, _, info| file.put(file.handler(info) + 4, 0x100_0000),
            "is cut off",
        ),
        ("description outside", |file, entry, _| file.put(entry + INFO, 0x7FFF_FFF0), "is cut off"),
        (
            "table",
            // A function that ends before it begins; on ARM64, a kind of entry that does not exist.
            |file, entry, _| file.put(entry + 4, if IS_ARM64 { 3 } else { 1 }),
            "the table of functions is not in order",
        ),
    ];
    for (name, spoil, words) in spoiled {
        let mut file = File {
            bytes: std::fs::read(&path).unwrap(),
            map: std::fs::read_to_string(path.with_extension("map")).unwrap(),
        };
        let (entry, info) = file.entry("raises_inside");
        spoil(&mut file, entry, info);
        let image = Image::parse("exceptions.sys", file.bytes).unwrap();
        let machine = Machine::builder().build();
        {
            let driver = machine.load_image(&image).unwrap();
            let _device = driver.add_device().unwrap();
            ask(&machine, WRONG + 11);
        }
        let found = machine.report().violations();
        assert_eq!(found.len(), 1, "{name}: {found:#?}");
        assert_eq!(found[0].rule, Rule::UnwindData, "{name}: {found:#?}");
        assert!(found[0].what.contains(words), "{name}: {found:#?}");
    }
}

/// A handler that is no handler: it faults each time that it is asked.
#[test]
fn a_handler_at_the_wrong_place_ends_the_call() {
    let Some(path) = file() else { return };
    let mut file = File {
        bytes: std::fs::read(&path).unwrap(),
        map: std::fs::read_to_string(path.with_extension("map")).unwrap(),
    };
    let (_, info) = file.entry("raises_inside");
    let (handler, wrong) = (file.handler(info), file.function("stop"));
    file.put(handler, wrong);
    let found = violations(&Image::parse("exceptions.sys", file.bytes).unwrap(), 11);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].what.contains("exception 0xc000001d"), "{found:#?}");
    assert!(found[0].what.contains("no stack for handlers"), "{found:#?}");
}
