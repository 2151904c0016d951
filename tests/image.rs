//! The driver as the file that Windows loads: `acxvad.sys`, in the host. The other tests test its
//! behaviour, linked in and as a file; these tests are specific to the file.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

mod variants;

use acx_client::System;
use acx_host::{Image, Machine};

/// The image, if there is one.
fn image() -> Option<Image> {
    variants::image_file().map(|path| Image::read(&path).unwrap())
}

#[test]
fn it_loads_starts_and_leaves_nothing_behind() {
    let Some(image) = image() else { return };
    loads_and_leaves_nothing_behind(&image);
}

#[test]
fn the_one_that_microsofts_tools_build_loads_starts_and_leaves_nothing_behind() {
    let Some(path) = variants::wdk_file() else { return };
    loads_and_leaves_nothing_behind(&Image::read(&path).unwrap());
}

fn loads_and_leaves_nothing_behind(image: &Image) {
    let machine = Machine::builder().build();
    for _ in 0..3 {
        let driver = machine.load_image(image).unwrap();
        let device = driver.add_device().unwrap();
        assert!(device.is_powered());
        assert_eq!(machine.interfaces(&acx_sys::KSCATEGORY_AUDIO).len(), 2);
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

/// The debugger output of an image that is loaded, whose device is added with `failing` calls
/// before the first failure, and that is unloaded.
fn printed(image: &Image, failing: Option<u64>) -> String {
    let machine = Machine::builder().build();
    let driver = machine.load_image(image).unwrap();
    machine.fail_after(failing);
    let device = driver.add_device();
    machine.fail_after(None);
    assert_eq!(device.is_err(), failing.is_some());
    drop(device);
    drop(driver);
    machine.debug_output()
}

#[test]
fn a_debug_build_of_microsofts_tools_prints_load_callbacks_and_failures() {
    let Some(path) = variants::wdk_debug_file() else { return };
    let image = Image::read(&path).unwrap();
    let good = printed(&image, None);
    let first = good.lines().next().unwrap_or_default();
    assert!(first.starts_with("acx: loaded and bound: KMDF 1.31, ACX 1.1, \\"), "{first}");
    for callback in
        ["EvtDriverDeviceAdd", "EvtDevicePrepareHardware", "EvtDeviceD0Entry", "EvtDriverUnload"]
    {
        let line = format!("acx: {callback}\n");
        assert!(good.contains(&line), "no {callback} in:\n{good}");
    }
    // Those that come with every packet are above the level that is set.
    assert!(!good.contains("EvtTimerFunc"), "{good}");
    assert!(!good.contains("status 0xC000009A"), "{good}");
    let bad = printed(&image, Some(0));
    let failures = bad.lines().filter(|line| line.starts_with("acx: status 0xC000009A at "));
    assert!(failures.count() > 0, "no failure in:\n{bad}");
}

#[test]
fn a_release_prints_nothing() {
    for path in [variants::image_file(), variants::wdk_file()].into_iter().flatten() {
        let image = Image::read(&path).unwrap();
        assert_eq!([printed(&image, None), printed(&image, Some(0))], ["", ""], "{path:?}");
    }
}

#[test]
fn machines_run_it_side_by_side() {
    let Some(image) = image() else { return };
    let machines = [Machine::builder().build(), Machine::builder().build()];
    let drivers = machines.each_ref().map(|machine| machine.load_image(&image).unwrap());
    let devices = drivers.each_ref().map(|driver| driver.add_device().unwrap());
    assert!(devices.iter().all(acx_host::machine::DeviceNode::is_powered));
    let [first, second] = devices;
    drop(first);
    assert!(second.is_powered(), "each has its own globals");
}

/// Where a little-endian number of the optional header is.
fn optional_header(bytes: &[u8]) -> usize {
    let at = u32::from_le_bytes(bytes[0x3C..0x40].try_into().unwrap()) as usize;
    at + 4 + 20
}

/// The message after a change to the bytes, the optional header or the section table.
type Break = (&'static str, fn(&mut Vec<u8>, usize, usize));

#[test]
fn a_broken_image_is_refused_and_says_why() {
    let Some(path) = variants::image_file() else { return };
    let good = std::fs::read(path).unwrap();
    let header = optional_header(&good);
    let sections = header + 240;
    let breaks: [Break; 11] = [
        ("the file is empty", |bytes, _, _| bytes.clear()),
        ("it does not begin with MZ", |bytes, _, _| bytes[0] = 0),
        ("section .text lies outside the file, which may be cut short", |bytes, _, _| {
            bytes.truncate(5000);
        }),
        ("not a driver image", |bytes, _, _| bytes.truncate(100)),
        ("another processor (machine 0x014c)", |bytes, header, _| {
            bytes[header - 20..header - 18].copy_from_slice(&0x014Cu16.to_le_bytes());
        }),
        ("subsystem is not NATIVE", |bytes, header, _| bytes[header + 68] = 3),
        ("not aligned to pages", |bytes, header, _| {
            bytes[header + 32..header + 36].copy_from_slice(&512u32.to_le_bytes());
        }),
        ("sizes contradict", |bytes, header, _| {
            bytes[header + 56..header + 60].copy_from_slice(&0u32.to_le_bytes());
        }),
        ("entry point is not code", |bytes, header, _| {
            bytes[header + 16..header + 20].copy_from_slice(&0u32.to_le_bytes());
        }),
        (".text is writable and executable", |bytes, _, sections| {
            bytes[sections + 39] |= 0x80;
        }),
        ("lies outside", |bytes, _, sections| {
            bytes[sections + 20..sections + 24].copy_from_slice(&u32::MAX.to_le_bytes());
        }),
    ];
    for (words, break_it) in breaks {
        let mut bytes = good.clone();
        break_it(&mut bytes, header, sections);
        let why = Image::parse("broken.sys", bytes).unwrap_err().to_string();
        assert!(why.contains(words) && why.starts_with("broken.sys: "), "'{why}' for '{words}'");
    }
}

#[test]
fn every_import_that_is_missing_is_named_before_anything_runs() {
    let Some(path) = variants::image_file() else { return };
    let mut bytes = std::fs::read(path).unwrap();
    for (name, other) in
        [(&b"ExAllocatePool2\0"[..], &b"ExAllocatePool9\0"[..]), (b"IoFreeMdl\0", b"IoFreeMdx\0")]
    {
        let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
        bytes[at..at + name.len()].copy_from_slice(other);
    }
    let image = Image::parse("strange.sys", bytes).unwrap();
    let machine = Machine::builder().build();
    let why = machine.load_image(&image).err().unwrap().to_string();
    assert!(why.contains("ntoskrnl.exe!ExAllocatePool9, ntoskrnl.exe!IoFreeMdx"), "{why}");
    assert_eq!(machine.report().count(), 0);
}

/// The image with other code at its entry point.
fn with_entry(code: &[u8]) -> Option<Image> {
    let mut bytes = std::fs::read(variants::image_file()?).unwrap();
    let header = optional_header(&bytes);
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    // .text is the first section.
    let (entry, text, from) = (word(header + 16), word(header + 240 + 12), word(header + 240 + 20));
    let at = entry - text + from;
    bytes[at..at + code.len()].copy_from_slice(code);
    Some(Image::parse("patched.sys", bytes).unwrap())
}

/// The result of loading such an image: the status, and the reports.
fn load_patched(code: &[u8]) -> Option<(i32, Vec<acx_host::Violation>)> {
    let image = with_entry(code)?;
    let machine = Machine::builder().build();
    let failed = machine.load_image(&image).err().expect("it answers an error");
    let acx_host::machine::HostError::Load { status, .. } = failed else { panic!("{failed}") };
    Some((status, machine.report().violations()))
}

#[test]
fn an_access_violation_is_a_report_and_not_a_dead_process() {
    // mov rax, [0x10]
    let read = [0x48, 0x8B, 0x04, 0x25, 0x10, 0, 0, 0];
    let Some((status, found)) = load_patched(&read) else { return };
    assert_eq!(status, acx_sys::STATUS_ACCESS_VIOLATION);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, acx_host::Rule::AccessViolation);
    let what = &found[0].what;
    assert!(what.starts_with("FxDriverEntry: read of 0x10 by patched.sys+0x"), "{what}");
    assert!(found[0].callbacks.iter().any(|callback| callback.starts_with("FxDriverEntry")));

    // mov byte [rip - 7], 0: its own code, which nobody may write.
    let (status, found) = load_patched(&[0xC6, 0x05, 0xF9, 0xFF, 0xFF, 0xFF, 0]).unwrap();
    assert_eq!(status, acx_sys::STATUS_ACCESS_VIOLATION);
    assert!(found[0].what.contains("write to 0x"), "{}", found[0].what);

    // ud2
    let (status, _) = load_patched(&[0x0F, 0x0B]).unwrap();
    assert_eq!(status, acx_sys::STATUS_ACCESS_VIOLATION);
}

#[test]
fn reads_and_writes_of_cr8_are_the_irql() {
    // mov ecx, 2; mov cr8, rcx; mov rax, cr8; xor ecx, ecx; mov cr8, rcx; or eax, 0xC0000000; ret
    let code = [
        0xB9, 2, 0, 0, 0, 0x44, 0x0F, 0x22, 0xC1, 0x44, 0x0F, 0x20, 0xC0, 0x31, 0xC9, 0x44, 0x0F,
        0x22, 0xC1, 0x0D, 0, 0, 0, 0xC0, 0xC3,
    ];
    let Some((status, found)) = load_patched(&code) else { return };
    assert_eq!(status.cast_unsigned(), 0xC000_0002, "IRQL 2 was read back");
    assert!(found.is_empty(), "{found:?}");
    // The same without going back down: reported.
    let code = [0xB9, 2, 0, 0, 0, 0x44, 0x0F, 0x22, 0xC1, 0xB8, 1, 0, 0, 0xC0, 0xC3];
    let (_, found) = load_patched(&code).unwrap();
    assert_eq!(found[0].rule, acx_host::Rule::IrqlChange);
}

#[test]
fn a_fast_fail_says_its_code() {
    // mov ecx, 2; int 29h
    let Some((_, found)) = load_patched(&[0xB9, 2, 0, 0, 0, 0xCD, 0x29]) else { return };
    assert!(found[0].what.contains("FxDriverEntry: fast fail 2 at"), "{}", found[0].what);
}

#[test]
fn the_time_can_be_read_from_the_page_that_drivers_read_it_from() {
    // mov rax, [0xFFFFF78000000014]; shr rax, 32; or eax, 0xC0000000; ret
    let code = [
        0x48, 0xA1, 0x14, 0, 0, 0, 0x80, 0xF7, 0xFF, 0xFF, 0x48, 0xC1, 0xE8, 32, 0x0D, 0, 0, 0,
        0xC0, 0xC3,
    ];
    let Some((status, found)) = load_patched(&code) else { return };
    // 2026-01-01, where machines begin, in 100 ns since 1601; a machine has been up for some
    // minutes.
    let boot: u64 = (11_644_473_600 + 1_767_225_600) * 10_000_000;
    let late = status.cast_unsigned() - ((boot >> 32) as u32 | 0xC000_0000);
    assert!(late < 16, "{late} times 429 s after the boot time");
    assert!(found.is_empty(), "{found:?}");
    // What the host does not keep there is an access violation as anywhere: mov rax,
    // [0xFFFFF78000000F00]
    let code = [0x48, 0xA1, 0, 0x0F, 0, 0, 0x80, 0xF7, 0xFF, 0xFF];
    assert_eq!(load_patched(&code).unwrap().0, acx_sys::STATUS_ACCESS_VIOLATION);
}

/// Every byte of the headers, changed one at a time: refused or loaded, but nothing worse.
#[test]
fn no_header_byte_breaks_the_reader() {
    let Some(path) = variants::image_file() else { return };
    let good = std::fs::read(path).unwrap();
    for at in 0..1024 {
        for value in [0, 0x7F, 0xFF] {
            let mut bytes = good.clone();
            bytes[at] = value;
            let _ = Image::parse("changed.sys", bytes);
        }
    }
    for length in (0..good.len()).step_by(997) {
        let _ = Image::parse("cut.sys", good[..length].to_vec());
    }
}

/// Headers, directories and tables of real images, bytes changed at random places: refused or
/// mapped, but nothing worse. The fuzz target of the same name, in fuzz/, searches without end;
/// this is its short form (`ACXVAD_LONG=1`: a hundred times as long).
#[test]
fn a_loader_that_believes_nothing() {
    let names = ["image/x64/acxvad.sys", "c-driver/cable.sys"];
    let images: Vec<Vec<u8>> = names
        .iter()
        .filter_map(|name| {
            variants::built(name, "cargo xtask build --release, cargo xtask c-driver")
        })
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    let rounds = if std::env::var_os("ACXVAD_LONG").is_some() { 400_000 } else { 4_000 };
    let mut mapped = 0;
    for (image, good) in images.iter().enumerate() {
        for seed in 0..rounds {
            let mut random = wave::noise::seeded(seed);
            let mut draw = |below: usize| random.usize(..below);
            let mut bytes = good.clone();
            for _ in 0..=draw(4) {
                // Half of the changes are in the headers, the others anywhere: tables lie in the
                // sections.
                let at = if draw(2) == 0 { draw(1024) } else { draw(bytes.len()) };
                bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, draw(256) as u8][draw(6)];
            }
            if draw(8) == 0 {
                bytes.truncate(draw(good.len()));
            }
            let outcome = std::panic::catch_unwind(|| {
                Image::parse("changed.sys", bytes).and_then(|image| image.rehearse())
            });
            let outcome = outcome.unwrap_or_else(|_| panic!("image {image}, seed {seed}"));
            mapped += usize::from(outcome.is_ok());
        }
        assert!(mapped > 0, "some changes do no harm");
    }
}
