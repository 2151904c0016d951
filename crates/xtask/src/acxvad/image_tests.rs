//! The checks of images, on acxvad: it passes, and each check fails for what it is about.

use std::path::Path;

use cargo_acx::check::{Subject, checksum, image};
use object::LittleEndian as LE;
use object::read::pe::PeFile64;

use super::{built, built_by_wdk, built_in, limits};

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// The check that must fail, and what is done to the image.
type Break = (&'static str, fn(&mut Vec<u8>));

struct Files {
    image: Vec<u8>,
    symbols: Vec<u8>,
    map: String,
    by_wdk: bool,
}

fn read(folder: &Path, by_wdk: bool) -> Files {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let map = String::from_utf8_lossy(&read("acxvad.map")).into_owned();
    Files { image: read("acxvad.sys"), symbols: read("acxvad.pdb"), map, by_wdk }
}

/// The x64 build, if there is one.
fn files() -> Option<Files> {
    Some(read(&built()?, false))
}

#[test]
fn the_image_that_microsofts_tools_link_passes() {
    let Some(folder) = built_by_wdk() else { return };
    let mut files = read(&folder, true);
    assert_eq!(failures(&files), Vec::<&str>::new());
    // It is not the other form: what it exports and where its class record lies tell them apart.
    files.by_wdk = false;
    assert_eq!(failures(&files), ["exports", "class-record"]);
}

/// The checks that fail.
fn failures(files: &Files) -> Vec<&'static str> {
    let subject = Subject {
        image: &files.image,
        symbols: &files.symbols,
        map: &files.map,
        root: "/made/up/checkout",
        version: env!("CARGO_PKG_VERSION"),
        by_wdk: files.by_wdk,
        limits: &limits(),
    };
    let failed = image(&subject).into_iter().filter(|check| check.found.is_err());
    failed.map(|check| check.name).collect()
}

#[test]
fn an_arm64_image_that_uses_x18_is_refused() {
    let made_by = "cargo xtask build --release --arch arm64";
    let Some(folder) = built_in("target/image/arm64", made_by) else { return };
    let mut files = read(&folder, false);
    assert_eq!(failures(&files), Vec::<&str>::new());
    // The first instruction of the code: mov x18, x0; mov x0, x18; ldr x0, [x18].
    let at = offset(&files.image, 0x1000);
    for (word, failed) in [
        (0xAA00_03F2_u32, &["x18-of-the-kernel"][..]),
        (0xAA12_03E0, &["x18-of-the-kernel"]),
        (0xF940_0240, &[]),
    ] {
        files.image[at..at + 4].copy_from_slice(&word.to_le_bytes());
        mend(&mut files.image);
        assert_eq!(failures(&files), failed, "{word:08x}");
    }
}

#[test]
fn the_image_passes() {
    let Some(files) = files() else { return };
    assert_eq!(failures(&files), Vec::<&str>::new());
}

/// Where the optional header begins, and its data directories.
fn header(image: &[u8]) -> usize {
    u32_at(image, 0x3C) as usize + 24
}

fn offset(image: &[u8], address: usize) -> usize {
    let file = PeFile64::parse(image).unwrap();
    let found = file.section_table().iter().find_map(|section| {
        let start = section.virtual_address.get(LE) as usize;
        let end = start + section.virtual_size.get(LE) as usize;
        (start..end)
            .contains(&address)
            .then(|| address - start + section.pointer_to_raw_data.get(LE) as usize)
    });
    found.unwrap()
}

fn directory(image: &[u8], index: usize) -> usize {
    offset(image, u32_at(image, header(image) + 112 + 8 * index) as usize)
}

/// Computes the checksum anew, so that only what is meant is broken.
fn mend(image: &mut [u8]) {
    let place = header(image) + 64;
    let sum = checksum(image, place);
    image[place..place + 4].copy_from_slice(&sum.to_le_bytes());
}

fn replace(image: &mut [u8], what: &[u8], by: &[u8]) {
    let at = image.windows(what.len()).position(|window| window == what).unwrap();
    image[at..at + by.len()].copy_from_slice(by);
}

#[test]
fn each_check_fails_for_what_it_is_about() {
    let Some(good) = files() else { return };
    let breaks: [Break; 16] = [
        ("subsystem", |image| {
            let at = header(image) + 68;
            image[at] = 3;
        }),
        ("nx-compat", |image| {
            let at = header(image) + 71;
            image[at] &= !0x01;
        }),
        ("dynamic-base", |image| {
            let at = header(image) + 70;
            image[at] &= !0x40;
        }),
        ("high-entropy-va", |image| {
            let at = header(image) + 70;
            image[at] &= !0x20;
        }),
        ("guard-cf", |image| {
            let at = header(image) + 71;
            image[at] &= !0x40;
        }),
        ("relocations", |image| {
            let at = header(image) + 112 + 8 * 5;
            image[at..at + 8].fill(0);
        }),
        ("guard-table", |image| {
            let at = directory(image, 10) + 0x88;
            image[at..at + 8].fill(0);
        }),
        ("cet-compat", |image| {
            let debug = directory(image, 6);
            let entry = (debug..).step_by(28).find(|at| u32_at(image, at + 12) == 20).unwrap();
            let at = offset(image, u32_at(image, entry + 20) as usize);
            image[at] = 0;
        }),
        ("no-writable-code", |image| {
            let at = header(image) + 240 + 39;
            image[at] |= 0x80;
        }),
        ("imports", |image| replace(image, b"ExAllocatePool2\0", b"ExAllocatePool9")),
        ("exports", |image| {
            let at = header(image) + 112;
            image[at..at + 4].copy_from_slice(&[0, 0x10, 0, 0]);
            image[at + 4] = 40;
        }),
        ("version-resource", |image| replace(image, &0xFEEF_04BDu32.to_le_bytes(), &[0])),
        ("pdb", |image| {
            let debug = directory(image, 6);
            let entry = (debug..).step_by(28).find(|at| u32_at(image, at + 12) == 2).unwrap();
            let at = offset(image, u32_at(image, entry + 20) as usize);
            image[at + 4] ^= 1;
        }),
        ("build-paths", |image| {
            let at = directory(image, 2);
            image[at - 20..at - 3].copy_from_slice(b"/made/up/checkout");
        }),
        ("class-record", |image| {
            replace(
                image,
                &"Acx\0".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
                b"B",
            );
        }),
        ("stack-frames", |image| {
            // The first function's unwind codes say a huge allocation.
            let info = offset(image, u32_at(image, directory(image, 3) + 8) as usize);
            image[info + 2] = 3;
            image[info + 4..info + 10].copy_from_slice(&[0, 0x11, 0, 0, 1, 0]);
        }),
    ];
    for (name, break_it) in breaks {
        let mut image = good.image.clone();
        break_it(&mut image);
        mend(&mut image);
        let bad =
            Files { image, symbols: good.symbols.clone(), map: good.map.clone(), by_wdk: false };
        assert_eq!(failures(&bad), [name]);
    }
    let mut image = good.image.clone();
    let place = header(&image) + 64;
    image[place] ^= 1;
    let bad = Files { image, symbols: good.symbols.clone(), map: good.map.clone(), by_wdk: false };
    assert_eq!(failures(&bad), ["checksum"]);
    let map = format!("{}\n 0001:00000000  core::panicking::panic_fmt 0000 core.obj", good.map);
    let bad =
        Files { image: good.image.clone(), symbols: good.symbols.clone(), map, by_wdk: false };
    assert_eq!(failures(&bad), ["panic-machinery"]);
    // An engine that works sample by sample, and one for newer processors.
    let hot = good.map.lines().find(|line| line.contains("8resample8products")).unwrap();
    let place = hot.split_whitespace().next().unwrap().strip_prefix("0001:").unwrap();
    let place = usize::from_str_radix(place, 16).unwrap() + 0x1000;
    let mut image = good.image.clone();
    let at = offset(&image, place);
    image[at..at + 256].fill(0x90);
    mend(&mut image);
    let bad = Files { image, symbols: good.symbols.clone(), map: good.map.clone(), by_wdk: false };
    assert_eq!(failures(&bad), ["vector-instructions"]);
    let mut image = good.image.clone();
    image[at..at + 3].copy_from_slice(&[0xC5, 0xF8, 0x77]);
    mend(&mut image);
    let bad = Files { image, symbols: good.symbols.clone(), map: good.map.clone(), by_wdk: false };
    assert_eq!(failures(&bad), ["sse2-at-most"]);
    let bad = Files { image: vec![0; 64], symbols: Vec::new(), map: String::new(), by_wdk: false };
    assert_eq!(failures(&bad), ["pe32-plus"]);
}
