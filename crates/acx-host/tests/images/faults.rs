//! Faults in an image's code, and what the host touches for it.

use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use acx_host::{Image, Machine, Rule};

use super::{Code, DATA, TEXT, UNWINDS, breaks, file, status};

#[test]
fn a_write_through_a_null_pointer_is_an_access_violation() {
    // mov dword ptr [10h], 1
    let write = [0xC7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0];
    // A function that calls none and moves no stack pointer needs no unwind data.
    let code = Code::new().raw(&write).raw(&[0x31, 0xC0, 0xC3]);
    breaks(code, &[Rule::AccessViolation], "write to 0x10 by tiny.sys");
    // mov qword ptr [rsp], 10h: where the caller would be found.
    let code = Code::new().begin().raw(&[0x48, 0xC7, 0x04, 0x24, 0x10, 0, 0, 0]);
    let code = code.raw(&write).succeed();
    breaks(code, &[Rule::UnwindData], "a function has none, or wrong data");
}

#[test]
fn what_the_host_touches_for_a_driver_is_the_drivers_access() {
    // mov ecx or edx, 10h; mov r8d, 8
    let eight = [0x41, 0xB8, 8, 0, 0, 0];
    let code = Code::new().raw(&[0xB9, 0x10, 0, 0, 0]).rdx(DATA).raw(&eight).jump("memcpy");
    breaks(code, &[Rule::AccessViolation], "write to 0x10 by memcpy");
    let code = Code::new().rcx(DATA).raw(&[0xBA, 0x10, 0, 0, 0]).raw(&eight).jump("memcpy");
    breaks(code, &[Rule::AccessViolation], "read of 0x10 by memcpy");
    // What comes after it is not: mov dword ptr [10h], 1; its handler, mov eax, 1; ret, passes on.
    let code = Code::new().begin().rcx(DATA + 0x10).rdx(DATA).raw(&eight).call("memcpy");
    let code = code.raw(&[0xC7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0]).succeed().handler();
    let code = code.raw(&[0xB8, 1, 0, 0, 0, 0xC3]);
    breaks(code, &[Rule::AccessViolation], "write to 0x10 by tiny.sys");
}

#[test]
fn a_fast_fail_ends_the_call() {
    // mov ecx, 2; int 29h
    let code = Code::new().raw(&[0xB9, 2, 0, 0, 0, 0xCD, 0x29]);
    breaks(code, &[Rule::AccessViolation], "fast fail 2 at tiny.sys");
}

#[test]
fn only_an_interrupt_29h_is_a_fast_fail() {
    // xor eax, eax; sub [rax], ecx, whose second byte is 29h after a prefix that changes nothing.
    let code = Code::new().raw(&[0x31, 0xC0, 0x48, 0x29, 0x08]);
    breaks(code, &[Rule::AccessViolation], "write to 0x0 by tiny.sys");
    // int 2Ah: no access to an address that there is.
    let code = Code::new().raw(&[0xCD, 0x2A]);
    breaks(code, &[Rule::AccessViolation], "0xffffffffffffffff by tiny.sys");
}

/// A linker's map beside the image gives the names of its functions.
#[test]
fn a_fault_is_in_the_function_that_the_map_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tiny.sys");
    // ret, then nops; mov dword ptr [10h], 1 at 8; a jump to it at the entry point.
    let code = Code::new().raw(&[0xEB, 0x06]).raw(&[0x90; 6]);
    let code = code.raw(&[0xC7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0]);
    std::fs::write(&path, file(code)).expect("it is written");
    let map = " Preferred load address is 0000000140000000\r\n\
        \r\n 0001:00000000       first      0000000140001000 f   tiny.obj\r\n \
        0001:00000004       second     0000000140001004 f   tiny.obj\r\n \
        0001:00000020       third      0000000140001020 f   tiny.obj\r\n";
    std::fs::write(path.with_extension("map"), map).expect("it is written");
    let machine = Machine::builder().build();
    drop(machine.load_image(&Image::read(&path).expect("it is an image")));
    let found = machine.report().violations();
    assert!(found[0].what.ends_with("tiny.sys+0x1008 (second+0x4)"), "{found:#?}");
}

#[test]
fn an_access_violation_says_what_it_did_and_where() {
    // mov eax, [rcx + 18h]: how many numbers the record of the exception has; add eax, 100; ret.
    let count = [0x8B, 0x41, 0x18, 0x83, 0xC0, 100, 0xC3];
    // mov eax, [rcx + 18h]; add eax, [rcx + 20h]; add eax, [rcx + 28h]; ret.
    let sum = [0x8B, 0x41, 0x18, 0x03, 0x41, 0x20, 0x03, 0x41, 0x28, 0xC3];
    // mov dword ptr [10h], 1: two numbers, of which the first is 1 for a write.
    let write = Code::new().begin().raw(&[0xC7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0]);
    let code = write.succeed().handler().raw(&sum);
    breaks(code, &[Rule::Exception], "a handler answered 19 to exception 0xc0000005");
    // mov eax, [10h]: a read.
    let read = Code::new().begin().raw(&[0x8B, 0x04, 0x25, 0x10, 0, 0, 0]);
    let code = read.succeed().handler().raw(&sum);
    breaks(code, &[Rule::Exception], "a handler answered 18 to exception 0xc0000005");
    // mov eax, 10h; call rax: the instruction itself, 8, could not be fetched.
    let fetch = Code::new().begin().raw(&[0xB8, 0x10, 0, 0, 0, 0xFF, 0xD0]);
    let code = fetch.succeed().handler().raw(&sum);
    breaks(code, &[Rule::Exception], "a handler answered 26 to exception 0xc0000005");
    // ud2: no instruction.
    let illegal = Code::new().begin().raw(&[0x0F, 0x0B]);
    let code = illegal.succeed().handler().raw(&count);
    breaks(code, &[Rule::Exception], "a handler answered 100 to exception 0xc000001d");
    let code = Code::new().raw(&[0x0F, 0x0B]);
    breaks(code, &[Rule::Exception], "exception 0xc000001d at tiny.sys+0x1000, which no handler");
    // xor ecx, ecx; div ecx: a division by zero has no numbers.
    let divide = Code::new().begin().raw(&[0x31, 0xC9, 0xF7, 0xF1]);
    let code = divide.succeed().handler().raw(&count);
    breaks(code, &[Rule::Exception], "a handler answered 100 to exception 0xc0000094");
}

#[test]
fn an_address_that_no_processor_has_is_an_access_violation() {
    // mov rdx or rbp, 8000000000000000h; mov eax, [rdx] or [rbp]: the second is an exception of the
    // stack's.
    for (register, read) in [(0xBA, [0x8B, 0x02, 0x90]), (0xBD, [0x8B, 0x45, 0x00])] {
        let code = Code::new().begin().raw(&[0x48, register]).raw(&(1_u64 << 63).to_le_bytes());
        let code = code.raw(&read).succeed();
        let code = Code { functions: vec![[TEXT, TEXT + 0x40, UNWINDS]], ..code };
        let code = Code { unwinds: vec![1, 4, 1, 0, 4, 0x82, 0, 0], ..code };
        breaks(code, &[Rule::AccessViolation], "by tiny.sys+0x100e");
    }
}

/// KeQueryInterruptTime and its like are macros that read a page of the kernel's.
#[test]
fn the_shared_page_is_read_where_it_has_something() {
    const PAGE: u64 = 0xFFFF_F780_0000_0000;
    // mov rcx, address; an instruction that reads it; or eax, 0E0000000h; ret
    let reads = |address: u64, read: &[u8]| {
        let code = Code::new().raw(&[0x48, 0xB9]).raw(&address.to_le_bytes()).raw(read);
        code.raw(&[0x0D, 0, 0, 0, 0xE0, 0xC3])
    };
    // Milliseconds of a tick, in 8.24.
    let expected = (0xE000_0000 | 0x0FA0_0000, Vec::new());
    // mov eax, [rcx]; [rcx + 64h]; [rcx - 1000h]
    let far = [0x8B, 0x81, 0, 0xF0, 0xFF, 0xFF];
    for (from, read) in
        [(4, &[0x8B, 0x01][..]), (4 - 0x64, &[0x8B, 0x41, 0x64]), (4 + 0x1000, &far)]
    {
        assert_eq!(status(reads(PAGE.wrapping_add_signed(from), read)), expected, "{read:x?}");
    }
    for address in [PAGE - 4, PAGE, PAGE + 0x30, PAGE + 0xFFC, PAGE + 0x1000] {
        let words = format!("read of {address:#x} by tiny.sys");
        breaks(reads(address, &[0x8B, 0x01]), &[Rule::AccessViolation], &words);
    }
    // mov [rcx], eax
    let words = format!("write to {:#x} by tiny.sys", PAGE + 4);
    breaks(reads(PAGE + 4, &[0x89, 0x01]), &[Rule::AccessViolation], &words);
}

#[test]
fn unwind_data_that_leads_inwards_does_not_describe_the_code() {
    // lea rbp, [rsp + distance]; mov ecx, STATUS_INVALID_PARAMETER
    let raises = |distance: u8, unwinds: &[u8]| {
        let code = Code::new().begin().raw(&[0x48, 0x8D, 0x6C, 0x24, distance]);
        let mut code = code.raw(&[0xB9, 0x0D, 0, 0, 0xC0]).call("ExRaiseStatus");
        code.bytes.resize(0x40, 0x90);
        // mov eax, 1; ret: a handler that passes on.
        let mut code = code.raw(&[0xB8, 1, 0, 0, 0, 0xC3]);
        code.functions = vec![[TEXT, TEXT + 0x40, UNWINDS]];
        code.unwinds = unwinds.to_vec();
        code.unwinds.extend((TEXT + 0x40).to_le_bytes());
        code
    };
    let words = "outside the stack";
    // The frame register alone: it leads to where the call of ExRaiseStatus returns to, for ever.
    let wrong = [1, 9, 1, 5, 9, 3, 0, 0];
    breaks(raises(0_u8.wrapping_sub(8), &wrong), &[Rule::UnwindData], words);
    // With so much allocated that the caller is found, but not the frame that the handler is for.
    let right = |size: u8| [0x09, 9, 3, 5, 9, 3, 4, 1, size / 8, 0, 0, 0];
    breaks(raises(0, &right(0x48)), &[Rule::Exception], "which no handler");
    breaks(raises(0_u8.wrapping_sub(0x40), &right(0x88)), &[Rule::UnwindData], words);
}

fn recurse(depth: u64) -> u64 {
    let room = black_box([depth; 512]);
    if depth == u64::MAX { 0 } else { recurse(depth + 1) + room[7] }
}

/// A program that has images still hears of its own faults as before.
#[test]
fn what_faults_outside_of_images_is_the_programs_own_fault() {
    const ASKED: &str = "ACX_HOST_TEST_OVERFLOWS";
    if std::env::var_os(ASKED).is_some() {
        breaks(Code::new().begin().succeed(), &[], "");
        recurse(0);
    }
    let own = std::env::current_exe().expect("a test has a program");
    let name = concat!(module_path!(), "::what_faults_outside_of_images_is_the_programs_own_fault");
    let name = name.split_once("::").expect("the program's name comes first").1;
    let ended = Command::new(own).args([name, "--exact"]).env(ASKED, "1").output();
    let ended = ended.expect("it can be run");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("has overflowed its stack"), "{:?}: {said}", ended.status);
    assert_eq!(ended.status.signal(), Some(6), "{said}");
}
