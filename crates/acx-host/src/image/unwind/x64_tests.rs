use super::*;

/// Where the parts of the images here are.
const CODE: u32 = 0x100;
const INFO: u32 = 0x200;
const TABLE: u32 = 0x300;
const LENGTH: usize = 0x400;
const BASE: u64 = 0x1_4000_0000;
/// Where the stack is: a hundred words, each of which is its number.
const STACK: u64 = 0x9_0000;

const RBX: usize = 3;
const RBP: usize = 5;
const RSI: usize = 6;
const RDI: usize = 7;

struct Words;

impl Stack for Words {
    fn word(&self, address: u64) -> Option<u64> {
        let offset = address.checked_sub(STACK)?;
        (offset.is_multiple_of(8) && offset < 800).then_some(offset / 8)
    }
}

/// An image with one function, from 100h to 180h, of these instructions and this description.
fn table(code: &[u8], info: &[u8]) -> Table {
    with_entries(code, info, &[[CODE, CODE + 0x80, INFO]])
}

fn with_entries(code: &[u8], info: &[u8], entries: &[[u32; 3]]) -> Table {
    let mut bytes = vec![0x90; LENGTH];
    bytes[CODE as usize..][..code.len()].copy_from_slice(code);
    bytes[INFO as usize..][..info.len()].copy_from_slice(info);
    let table: Vec<u8> = entries.iter().flatten().flat_map(|field| field.to_le_bytes()).collect();
    bytes[TABLE as usize..][..table.len()].copy_from_slice(&table);
    let code = vec![CODE..CODE + 0x80, CODE + 0x80..INFO];
    Table::new(BASE, bytes, code, (TABLE, table.len() as u32))
}

/// Registers in the function, so many bytes from its beginning, with the stack pointer at a word.
fn at(offset: u32, word: u64) -> Context {
    let mut context = Context { rip: BASE + u64::from(CODE + offset), ..Context::ZERO };
    context.set_sp(STACK + 8 * word);
    context
}

/// push rbx; push rdi; sub rsp, 28h: of 2, 3 and 7 bytes' end, then the body.
const PUSHES: [u8; 10] = [1, 7, 3, 0, 7, 0x42, 3, 0x70, 2, 0x30];

#[test]
fn a_prologue_is_undone_as_far_as_it_has_run() {
    let table = table(&[0x90; 0x80], &PUSHES);
    // Offset, then: the word of the return address, and those of rdi and rbx if they were pushed.
    for (offset, back, rdi, rbx) in [
        (0, 10, None, None),
        (1, 10, None, None),
        (2, 11, None, Some(10)),
        (3, 12, Some(10), Some(11)),
        (6, 12, Some(10), Some(11)),
        (7, 17, Some(15), Some(16)),
        (0x40, 17, Some(15), Some(16)),
    ] {
        let mut context = at(offset, 10);
        let frame = table.unwind(&mut context, &Words).unwrap();
        assert_eq!(frame.establisher, STACK + 80, "{offset}");
        assert_eq!((context.rip, context.sp()), (back, STACK + 8 * back + 8), "{offset}");
        assert_eq!(context.general[RDI], rdi.unwrap_or(0), "{offset}");
        assert_eq!(context.general[RBX], rbx.unwrap_or(0), "{offset}");
    }
}

#[test]
fn what_is_left_of_an_epilogue_is_done() {
    // add rsp, 28h; pop rdi; pop rbx; and each end that an epilogue may have.
    let ends: [&[u8]; 10] = [
        &[0xC3],
        &[0xF3, 0xC3],
        &[0xE9, 0, 1, 0, 0],
        // Jumps behind the function's last byte, and to its first.
        &[0xE9, 0x55, 0, 0, 0],
        &[0xE9, 0xD5, 0xFF, 0xFF, 0xFF],
        &[0xEB, 0x58],
        &[0xEB, 0xD8],
        &[0xFF, 0x25, 0, 0, 0, 0],
        &[0x48, 0xFF, 0x20],
        &[0x48, 0xFF, 0xE0],
    ];
    for end in ends {
        let mut code = vec![0x90; 0x20];
        code.extend_from_slice(&[0x48, 0x83, 0xC4, 0x28, 0x5F, 0x5B]);
        code.extend_from_slice(end);
        let table = table(&code, &PUSHES);
        for (offset, rdi, rbx, back) in
            [(0x20, 15, 16, 17), (0x24, 10, 11, 12), (0x25, 0, 10, 11), (0x26, 0, 0, 10)]
        {
            let mut context = at(offset, 10);
            let frame = table.unwind(&mut context, &Words).unwrap();
            assert_eq!(context.rip, back, "{end:x?} {offset:#x}");
            let popped = (context.general[RDI], context.general[RBX]);
            assert_eq!(popped, (rdi, rbx), "{end:x?} {offset:#x}");
            assert_eq!(frame.handler, None);
        }
    }
    // add rsp, 28h with 32 bits; pop r15; pop r12; ret.
    let code = [0x48, 0x81, 0xC4, 0x28, 0, 0, 0, 0x41, 0x5F, 0x41, 0x5C, 0xC3];
    let table_of_two = table(&code, &[1, 0, 3, 0, 0, 0x42, 0, 0xF0, 0, 0xC0]);
    for (offset, r15, r12, back) in
        [(0, 15, 16, 17), (7, 10, 11, 12), (9, 0, 10, 11), (11, 0, 0, 10)]
    {
        let mut context = at(offset, 10);
        table_of_two.unwind(&mut context, &Words).unwrap();
        let popped = (context.general[15], context.general[12]);
        assert_eq!((popped, context.rip), ((r15, r12), back), "{offset}");
    }
    // A jump inside the function is no end, nor is a call, nor a register's without its prefix, nor
    // what goes on behind the function.
    for body in [
        &[0x5B, 0xEB, 0x10][..],
        &[0x5B, 0xE8, 0, 1, 0, 0],
        &[0x5B, 0xE9, 0x59, 0, 0, 0],
        &[0x5B, 0xE9, 0xDB, 0xFF, 0xFF, 0xFF],
        &[0x5B, 0xEB, 0x5C],
        &[0x5B, 0xEB, 0xDE],
        &[0x5B, 0xFF, 0xE0],
        &[0x5B, 0x48, 0xFF, 0xD0],
        &[0x5B, 0x48, 0xFF, 0x10],
        &[0x5B, 0xF3, 0x90],
    ] {
        let mut code = vec![0x90; 0x20];
        code.extend_from_slice(body);
        let mut context = at(0x20, 10);
        table(&code, &PUSHES).unwind(&mut context, &Words).unwrap();
        assert_eq!(context.rip, 17, "{body:x?}");
    }
    let code = [&[0x90; 0x7F][..], &[0x5B, 0xC3]].concat();
    let mut context = at(0x7F, 10);
    table(&code, &PUSHES).unwind(&mut context, &Words).unwrap();
    assert_eq!(context.rip, 17);
}

/// Version 2 lists the epilogues before the codes of the prologue.
#[test]
fn both_versions_say_the_same() {
    let info = [2, 7, 5, 0, 3, 0x16, 0x20, 6, 7, 0x42, 3, 0x70, 2, 0x30];
    let mut context = at(0x40, 10);
    table(&[0x90; 0x80], &info).unwind(&mut context, &Words).unwrap();
    assert_eq!((context.rip, context.general[RDI], context.general[RBX]), (17, 15, 16));
}

#[test]
fn a_handler_is_told_in_the_body_only_and_is_for_what_its_flags_say() {
    // add rsp, 28h with a byte, and with four; ret.
    let epilogues = [&[0x48, 0x83, 0xC4, 0x28, 0xC3][..], &[0x48, 0x81, 0xC4, 0x28, 0, 0, 0, 0xC3]];
    let flags = [(1, true, false), (2, false, true), (3, true, true)];
    for (epilogue, (flags, handles, unwinds)) in
        epilogues.into_iter().flat_map(|epilogue| flags.map(|flags| (epilogue, flags)))
    {
        // sub rsp, 28h of 4 bytes.
        let mut info = vec![1 | flags << 3, 4, 1, 0, 4, 0x42, 0, 0];
        info.extend_from_slice(&(CODE + 0x80).to_le_bytes());
        let code = [&[0x90; 0x10][..], epilogue].concat();
        let table = table(&code, &info);
        let ret = code.len() as u32 - 1;
        for (offset, is_told) in
            [(0, false), (3, false), (4, true), (0xF, true), (0x10, false), (ret, false)]
        {
            let handler = table.unwind(&mut at(offset, 10), &Words).unwrap().handler;
            assert_eq!(handler.is_some(), is_told, "{offset:#x}");
            if let Some(handler) = handler {
                assert_eq!((handler.handles, handler.unwinds), (handles, unwinds));
                assert_eq!((handler.address, handler.data), (CODE + 0x80, INFO + 12));
            }
        }
    }
}

#[test]
fn every_function_is_found_by_its_addresses() {
    let begins = [0_u32, 0x10, 0x20, 0x40, 0x50, 0x60, 0x70].map(|begin| CODE + begin);
    let table = with_entries(&[], &PUSHES, &begins.map(|begin| [begin, begin + 0xC, INFO]));
    for (nth, begin) in begins.into_iter().enumerate() {
        for (offset, is_inside) in [(0, true), (0xB, true), (0xC, false)] {
            let found = table.function(begin + offset).unwrap();
            assert_eq!(found.is_some(), is_inside, "{nth} {offset}");
            if let Some(found) = found {
                assert_eq!((found.begin, found.end), (begin, begin + 0xC));
                assert_eq!(found.entry, TABLE + 12 * nth as u32);
            }
        }
    }
    assert_eq!(table.function(CODE - 1), Ok(None));
}

#[test]
fn a_block_begins_with_the_flags_that_a_function_expects() {
    let mut context = Context { eflags: u32::MAX, ..Context::ZERO };
    context.clear_flags();
    // Direction and trap.
    assert_eq!(context.eflags, !0x500);
}

/// push rbp; sub rsp, 40h; lea rbp, [rsp+20h]; then rsi and xmm6 are saved.
const FRAME: [u8; 20] =
    [1, 19, 8, 0x25, 19, 0x68, 3, 0, 14, 0x64, 6, 0, 10, 3, 5, 0x72, 1, 0x50, 0, 0];

#[test]
fn a_frame_register_leads_to_the_frame_wherever_the_stack_pointer_is() {
    let code = [&[0x90; 0x30][..], &[0x48, 0x8D, 0x65, 0x20, 0x5D, 0xC3]].concat();
    let mut info = FRAME;
    info[2] = 7;
    let table = table(&code, &info);
    let place = |offset| {
        let mut context = at(offset, 2);
        // The fixed part begins at word 20.
        context.general[RBP] = STACK + 8 * 20 + 0x20;
        context
    };
    let mut context = place(0x25);
    let frame = table.unwind(&mut context, &Words).unwrap();
    assert_eq!(frame.establisher, STACK + 8 * 20);
    assert_eq!((context.general[RBP], context.rip), (28, 29));
    assert_eq!((context.general[RSI], context.vectors[6]), (26, 0x1A | 0x1B << 64));
    // lea rsp, [rbp + 20h], and behind it.
    let mut context = place(0x30);
    table.unwind(&mut context, &Words).unwrap();
    assert_eq!((context.general[RBP], context.rip), (28, 29));
    // Before the register is set, the stack pointer says where the frame is; and after.
    let mut context = at(6, 20);
    assert_eq!(table.unwind(&mut context, &Words).unwrap().establisher, STACK + 8 * 20);
    assert_eq!(context.rip, 29);
    for offset in [10, 11] {
        let mut context = place(offset);
        assert_eq!(table.unwind(&mut context, &Words).unwrap().establisher, STACK + 8 * 20);
    }
    // Behind the prologue it counts, whichever code has set it.
    let mut context = at(4, 2);
    context.general[RBP] = STACK + 8 * 20 + 0x20;
    let frame = self::table(&[], &[1, 4, 1, 0x25, 4, 0x42]).unwind(&mut context, &Words).unwrap();
    assert_eq!(frame.establisher, STACK + 8 * 20);
}

#[test]
fn an_epilogue_that_begins_at_the_frame_register_has_no_handler() {
    const R12: u8 = 12;
    const R13: u8 = 13;
    let rbp = RBP as u8;
    // lea rsp, [register + 20h], in each form; and what only looks like it.
    for (register, lea, is_epilogue) in [
        (rbp, &[0x48, 0x8D, 0x65, 0x20][..], true),
        (rbp, &[0x48, 0x8D, 0xA5, 0x20, 0, 0, 0], true),
        (R13, &[0x49, 0x8D, 0x65, 0x20], true),
        (R12, &[0x49, 0x8D, 0x64, 0x24, 0x20], true),
        (R12, &[0x49, 0x8D, 0xA4, 0x24, 0x20, 0, 0, 0], true),
        // Another register's, into another register, without a displacement.
        (rbp, &[0x49, 0x8D, 0x65, 0x20], false),
        (rbp, &[0x48, 0x8D, 0x63, 0x20], false),
        (rbp, &[0x48, 0x8D, 0x45, 0x20], false),
        (R13, &[0x48, 0x8D, 0x65, 0x20], false),
        (rbp, &[0x48, 0x8D, 0x27], false),
    ] {
        // pop rbp; ret
        let code = [&[0x90; 0x30][..], lea, &[0x5D, 0xC3]].concat();
        let mut info = FRAME.to_vec();
        info[0] |= 1 << 3;
        info[3] = 0x20 | register;
        info.resize(4 + 2 * 8, 0);
        info[2] = 7;
        info.extend_from_slice(&CODE.to_le_bytes());
        let table = table(&code, &info);
        let mut context = at(0x30, 2);
        context.general[usize::from(register)] = STACK + 8 * 20 + 0x20;
        let frame = table.unwind(&mut context, &Words).unwrap();
        assert_eq!((context.general[RBP], context.rip), (28, 29), "{lea:x?}");
        assert_eq!(frame.handler.is_none(), is_epilogue, "{lea:x?}");
    }
}

/// Behind push rbx: sub rsp, 10h; mov [rsp+8], rsi; movaps [rsp+10h], xmm6; each with 32 bits.
#[test]
fn a_code_with_a_number_of_32_bits_takes_three_slots() {
    for (code, number, moved) in [(0x11, 16, 2), (0x65, 8, 0), (0x69, 16, 0)] {
        let info = [1, 8, 4, 0, 8, code, number, 0, 0, 0, 1, 0x30];
        let mut context = at(0x10, 10);
        table(&[], &info).unwind(&mut context, &Words).unwrap();
        assert_eq!((context.general[RBX], context.rip), (10 + moved, 11 + moved), "{code:#x}");
        match code {
            0x65 => assert_eq!(context.general[RSI], 11),
            0x69 => assert_eq!(context.vectors[6], 0xC | 0xD << 64),
            _ => {}
        }
    }
}

#[test]
fn leaf_functions_and_machine_frames_return() {
    let mut context = at(0x90, 5);
    let frame = table(&[], &PUSHES).unwind(&mut context, &Words).unwrap();
    assert_eq!((frame.function, context.rip, context.sp()), (None, 5, STACK + 48));
    for (code, back) in [(0x0A, 5), (0x1A, 6)] {
        let mut context = at(0x10, 5);
        table(&[], &[1, 0, 1, 0, 0, code]).unwind(&mut context, &Words).unwrap();
        assert_eq!((context.rip, context.sp()), (back, back + 3));
    }
}

#[test]
fn a_part_of_a_function_is_unwound_with_its_beginning() {
    // The part saves rsi at 30h; the beginning pushed rbx and made room of 28h.
    let chained = |flags: u8| {
        let mut info = vec![1 | flags << 3, 4, 2, 0, 4, 0x64, 6, 0];
        for field in [CODE, CODE + 0x40, INFO + 0x40] {
            info.extend_from_slice(&u32::to_le_bytes(field));
        }
        info.resize(0x40, 0);
        info.extend_from_slice(&[1 | 1 << 3, 5, 2, 0, 5, 0x42, 1, 0x30]);
        info.extend_from_slice(&[(CODE & 0xFF) as u8, (CODE >> 8) as u8, 0, 0]);
        with_entries(
            &[],
            &info,
            &[[CODE, CODE + 0x40, INFO + 0x40], [CODE + 0x40, CODE + 0x80, INFO]],
        )
    };
    let table = chained(CHAINED);
    let mut context = at(0x50, 10);
    let frame = table.unwind(&mut context, &Words).unwrap();
    assert_eq!((context.general[RSI], context.general[RBX], context.rip), (16, 15, 16));
    // At the part's beginning all of the function's has run, and nothing of its own.
    let mut context = at(0x40, 10);
    assert_eq!(table.unwind(&mut context, &Words).unwrap().handler, None);
    assert_eq!((context.general[RSI], context.general[RBX], context.rip), (0, 15, 16));
    let handler = frame.handler.unwrap();
    assert!(handler.handles && !handler.unwinds);
    assert_eq!((handler.address, handler.data), (CODE, INFO + 0x4C));
}

#[track_caller]
fn refused(table: &Table, problem: Problem) {
    assert_eq!(table.unwind(&mut at(0x10, 10), &Words).unwrap_err(), problem);
}

#[test]
fn data_that_contradicts_itself_is_refused() {
    refused(&table(&[], &[3, 0, 0, 0]), Problem::Version { at: INFO, version: 3 });
    refused(&table(&[], &[1, 0, 1, 0, 0, 7]), Problem::Code { at: INFO + 4, code: 7 });
    refused(&table(&[], &[1, 0, 1, 0, 0, 0x2A]), Problem::Code { at: INFO + 4, code: 10 });
    // A register is set that the head does not name; a save whose operand is behind the last slot.
    refused(&table(&[], &[1, 0, 1, 0, 0, 3]), Problem::Code { at: INFO + 4, code: 3 });
    refused(&table(&[], &[1, 0, 1, 0, 0, 0x34]), Problem::Code { at: INFO + 4, code: 4 });
    let handler = [1 | 1 << 3, 0, 0, 0, 0xFF, 0xFF, 0, 0];
    refused(&table(&[], &handler), Problem::Handler { at: INFO + 4, handler: 0xFFFF });
    let chain = [1 | CHAINED << 3, 0, 0, 0, 0, 1, 0, 0, 0x80, 1, 0, 0, 0, 2, 0, 0];
    refused(&table(&[], &chain), Problem::Chain { at: INFO });
    let outside = [1, 0, 3, 0, 0, 0x11, 0, 0, 0, 1];
    let address = STACK + 80 + 0x100_0000;
    refused(&table(&[], &outside), Problem::Stack { address });
    let entry = [CODE, CODE + 0x80, LENGTH as u32 - 2];
    refused(&with_entries(&[], &[], &[entry]), Problem::CutOff { at: LENGTH as u32 - 2 });
    for entries in [
        &[[CODE + 8, CODE, INFO]][..],
        &[[CODE, 0x8000, INFO]],
        &[[CODE, CODE, INFO]],
        &[[CODE, LENGTH as u32 + 1, INFO]],
        &[[CODE + 0x40, CODE + 0x80, INFO], [CODE, CODE + 0x40, INFO]],
        &[[CODE, CODE + 0x42, INFO], [CODE + 0x40, CODE + 0x80, INFO]],
    ] {
        let at = TABLE + 12 * (entries.len() as u32 - 1);
        refused(&with_entries(&[], &PUSHES, entries), Problem::Table { at });
    }
    // One begins where the other ends, and the last ends with the image.
    let entries = [[CODE, CODE + 0x40, INFO], [CODE + 0x40, LENGTH as u32, INFO]];
    assert!(with_entries(&[], &PUSHES, &entries).unwind(&mut at(0x10, 10), &Words).is_ok());
    // An entry may stand for another one, which may not.
    let other = |info| {
        with_entries(&[], &PUSHES, &[[CODE, CODE + 0x80, (TABLE + 12) | 1], [0x180, 0x190, info]])
    };
    assert!(other(INFO).unwind(&mut at(0x10, 10), &Words).is_ok());
    refused(&other(INFO | 1), Problem::Chain { at: (TABLE + 12) | 1 });
    let outside = Problem::Stack { address: 5 };
    let mut context = Context { rip: 5, ..Context::ZERO };
    assert_eq!(table(&[], &PUSHES).unwind(&mut context, &Words).unwrap_err(), outside);
}

#[test]
fn scopes_are_read_and_lead_into_code() {
    let scopes = |fields: [u32; 5]| {
        let bytes: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
        table(&[], &bytes)
    };
    let good = scopes([1, CODE, CODE + 8, 1, CODE + 0x20]);
    assert_eq!(good.scopes(INFO), Ok(1));
    let scope = good.scope(INFO, 0).unwrap();
    assert!(scope.has(CODE) && scope.has(CODE + 7) && !scope.has(CODE + 8));
    let bad = |handler| Problem::Handler { at: INFO + 4, handler };
    assert_eq!(scopes([1, CODE, CODE + 8, 1, 0x380]).scope(INFO, 0), Err(bad(0x380)));
    assert_eq!(scopes([1, CODE, CODE + 8, 0x380, 0]).scope(INFO, 0), Err(bad(0x380)));
    // The constant is none of a __finally block.
    assert_eq!(scopes([1, CODE, CODE + 8, 1, 0]).scope(INFO, 0), Err(bad(1)));
    assert_eq!(scopes([0x1000, 0, 0, 0, 0]).scopes(INFO), Err(Problem::CutOff { at: INFO }));
    // One that is cut off in its last field.
    let cut = LENGTH as u32 - 16;
    let mut info = vec![0; (cut - INFO) as usize];
    info.extend([1, 0, 0, 0]);
    assert_eq!(table(&[], &info).scopes(cut), Err(Problem::CutOff { at: cut }));
    // Two of them, which end with the image; the second is read.
    let last = LENGTH as u32 - 4 - 32;
    let mut info = vec![0; (last - INFO) as usize];
    for field in [2, 0, 0, 0, 0, CODE + 8, CODE + 16, CODE + 24, 0] {
        info.extend_from_slice(&field.to_le_bytes());
    }
    let two = table(&[], &info);
    assert_eq!(two.scopes(last), Ok(2));
    let scope = two.scope(last, 1).unwrap();
    assert_eq!((scope.begin, scope.end), (CODE + 8, CODE + 16));
    assert_eq!((scope.handler, scope.target), (CODE + 24, 0));
    info[(last - INFO) as usize] = 3;
    assert_eq!(table(&[], &info).scopes(last), Err(Problem::CutOff { at: last }));
    // An address of an image is its offset.
    assert_eq!((two.offset(BASE), two.offset(BASE - 1)), (Some(0), None));
    let end = LENGTH as u64;
    assert_eq!((two.offset(BASE + end - 1), two.offset(BASE + end)), (Some(end as u32 - 1), None));
}
