use super::*;

/// Where the parts of the images here are.
const CODE: u32 = 0x100;
const INFO: u32 = 0x200;
const TABLE: u32 = 0x300;
const LENGTH: usize = 0x400;
const BASE: u64 = 0x1_4000_0000;
/// Where the stack is: words, each of which is its number.
const STACK: u64 = 0x9_0000;

const D8: usize = 8;

struct Words;

impl Stack for Words {
    fn word(&self, address: u64) -> Option<u64> {
        let offset = address.checked_sub(STACK)?;
        (offset.is_multiple_of(8) && offset < 0x8000).then_some(offset / 8)
    }
}

fn with_entries(info: &[u8], entries: &[[u32; 2]]) -> Table {
    let mut bytes = vec![0; LENGTH];
    bytes[INFO as usize..][..info.len()].copy_from_slice(info);
    let table: Vec<u8> = entries.iter().flatten().flat_map(|field| field.to_le_bytes()).collect();
    bytes[TABLE as usize..][..table.len()].copy_from_slice(&table);
    Table::new(BASE, bytes, vec![CODE..CODE + 8, CODE + 8..INFO], (TABLE, table.len() as u32))
}

/// An image with one function of 32 instructions, which these words describe.
fn table(info: &[u32]) -> Table {
    let info: Vec<u8> = info.iter().flat_map(|word| word.to_le_bytes()).collect();
    with_entries(&info, &[[CODE, INFO]])
}

/// One with a packed entry: its parts are those of the table in Microsoft's page.
fn packed(flag: u32, doubles: u32, general: u32, homes: u32, chain: u32, frame: u32) -> Table {
    let info =
        flag | 32 << 2 | doubles << 13 | general << 16 | homes << 20 | chain << 21 | frame << 23;
    with_entries(&[], &[[CODE, info]])
}

/// Registers in the function, so many instructions from its beginning, with the stack pointer at a
/// word, the frame pointer at another.
fn at(instruction: u32, sp: u64, fp: u64) -> Context {
    let mut context = Context { pc: BASE + u64::from(CODE + 4 * instruction), ..Context::ZERO };
    context.sp = STACK + 8 * sp;
    context.general[FP] = STACK + 8 * fp;
    context.general[LR] = 0xF00D;
    context
}

/// The number of a word of the stack.
fn word(sp: u64) -> u64 {
    assert!(sp.is_multiple_of(8), "{sp:#x}");
    (sp - STACK) / 8
}

/// The word at which the caller's stack pointer is, and the registers that are looked at.
fn caller<const COUNT: usize>(
    table: &Table,
    mut context: Context,
    general: [usize; COUNT],
) -> (u64, [u64; COUNT]) {
    let frame = table.unwind(&mut context, &Words).unwrap();
    assert_eq!((frame.establisher, context.pc), (context.sp, context.general[LR]));
    assert!(context.is_unwound());
    (word(context.sp), general.map(|register| context.general[register]))
}

/// The example of "Unwinding partial prologs and epilogs": stp x29, lr, [sp, #-256]!; stp d8, d9,
/// [sp, #224]; stp x19, x20, [sp, #240]; mov x29, sp; and an epilogue that mirrors it. With one
/// epilogue in the head, at the end, or by a list.
fn example(head: u32, list: &[u32]) -> Table {
    // set_fp, save_regp, save_fregp, save_fplr_x, end.
    let codes = [0xE1, 0xC8, 30, 0xD8, 28, 0x9F, 0xE4, 0xE3];
    let words = codes.chunks(4).map(|own| u32::from_le_bytes([own[0], own[1], own[2], own[3]]));
    let info = [head].into_iter().chain(list.iter().copied()).chain(words).collect::<Vec<_>>();
    table(&info)
}

#[test]
fn a_prologue_is_undone_as_far_as_it_has_run_and_what_is_left_of_an_epilogue_is_done() {
    let in_head = example(2 << 27 | 1 << 21 | 32, &[]);
    let listed = example(2 << 27 | 1 << 22 | 32, &[20]);
    let two = example(2 << 27 | 2 << 22 | 32, &[8, 20]);
    // The counts of a long record are in a word of their own.
    let long = example(32, &[2 | 2 << 16, 8, 20]);
    for (table, epilogue) in
        [(&in_head, 27), (&listed, 20), (&two, 8), (&two, 20), (&long, 8), (&long, 20)]
    {
        // At an instruction: by how many words the stack pointer moves, and where d8, x19 and lr
        // were found.
        for (instruction, moved, d8, x19, lr) in [
            (0, 0, 0, 0, 0xF00D),
            (1, 32, 0, 0, 101),
            (2, 32, 128, 0, 101),
            (3, 32, 128, 130, 101),
            (4, 32, 128, 130, 101),
            (16, 32, 128, 130, 101),
            (epilogue, 32, 128, 130, 101),
            (epilogue + 1, 32, 128, 130, 101),
            (epilogue + 2, 32, 128, 0, 101),
            (epilogue + 3, 32, 0, 0, 101),
            (epilogue + 4, 0, 0, 0, 0xF00D),
        ] {
            let mut context = at(instruction, 100, 100);
            table.unwind(&mut context, &Words).unwrap();
            let found = (context.sp - STACK, context.vectors[D8] as u64, context.general[19]);
            assert_eq!(found, (800 + 8 * moved, d8, x19), "{instruction}");
            assert_eq!(context.pc, lr, "{instruction}");
        }
    }
    // The body's stack pointer may have moved: the frame pointer says where the frame is.
    assert_eq!(caller(&in_head, at(16, 50, 100), [19]), (132, [130]));
}

#[test]
fn every_code_has_its_length_and_its_meaning() {
    // alloc_s 16, alloc_m 32, alloc_l 48, nop, save_r19r20_x 16, save_fplr 8, save_lrpair x21 24,
    // save_reg x22 40, save_reg_x x23 16, save_freg d9 8, save_freg_x d10 16, save_fregp_x d8 16,
    // add_fp 16, end.
    let code = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.push(0xE4);
        // Behind the end is nothing that would be understood.
        bytes.resize(bytes.len().next_multiple_of(4), 0xFF);
        let words = bytes.chunks(4).map(|own| u32::from_le_bytes([own[0], own[1], own[2], own[3]]));
        let words: Vec<u32> = words.collect();
        table(&[&[(words.len() as u32) << 27 | 32], words.as_slice()].concat())
    };
    // In the body, with the stack pointer at word 10 and the frame pointer at word 20.
    let run = |bytes: &[u8], general: usize| {
        let (sp, [value]) = caller(&code(bytes), at(31, 10, 20), [general]);
        (sp, value)
    };
    for (bytes, register, sp, value) in [
        (&[0x01][..], 19, 12, 0),
        (&[0xC0, 0x02], 19, 14, 0),
        (&[0xE0, 0, 0, 3], 19, 16, 0),
        (&[0xE3], 19, 10, 0),
        (&[0x22], 20, 12, 11),
        (&[0x41], LR, 10, 12),
        (&[0x81], FP, 12, 10),
        (&[0xC8, 0x43], 20, 10, 13),
        (&[0xCC, 0x43], 21, 14, 11),
        (&[0xD0, 0xC5], 22, 10, 15),
        (&[0xD4, 0x81], 23, 12, 10),
        (&[0xD4, 0x61], 22, 12, 10),
        (&[0xD5, 0x01], 27, 12, 10),
        (&[0xC7, 0xFF], 19, 10 + 2 * 0x7FF, 0),
        (&[0x1F], 19, 72, 0),
        (&[0x3F], 20, 41, 11),
        (&[0xBF], FP, 74, 10),
        (&[0xD6, 0x43], 21, 10, 13),
        (&[0xD6, 0x43], LR, 10, 14),
        (&[0xE1], 19, 20, 0),
        (&[0xE2, 2], 19, 18, 0),
        // save_any_reg: x5 at 8; x5 and x6 at 32; x5 with room of 32.
        (&[0xE7, 0x05, 0x01], 5, 10, 11),
        (&[0xE7, 0x45, 0x02], 6, 10, 15),
        (&[0xE7, 0x25, 0x01], 5, 14, 10),
        // save_next twice, then x19 and x20 with room of 48: x23 and x24 are at 32.
        (&[0xE6, 0xE6, 0x26], 24, 16, 15),
        // Behind x23 and x24, which are stored alone, no pair is meant.
        (&[0xE6, 0xE6, 0xC9, 0x00], 28, 10, 15),
        (&[0xE6, 0xE6, 0xC8, 0x80], 26, 10, 15),
        (&[0xE6, 0xC8, 0x00, 0xC9, 0x04], 22, 10, 13),
        (&[0xE6, 0xC8, 0x00, 0xC9, 0x04], 24, 10, 15),
        (&[0xE6, 0xC8, 0x00, 0xC9, 0x04], 25, 10, 0),
        // save_any_reg of the last register that there is.
        (&[0xE7, 0x1E, 0x01], LR, 10, 11),
        // The rest of the prologue of the function that this is a part of.
        (&[0xE5, 0x01], 19, 12, 0),
    ] {
        assert_eq!(run(bytes, register), (sp, value), "{bytes:x?}");
    }
    let vector = |bytes: &[u8], register: usize| {
        let mut context = at(31, 10, 20);
        context.vectors[register] = u128::MAX;
        code(bytes).unwind(&mut context, &Words).unwrap();
        (word(context.sp), context.vectors[register])
    };
    // The upper half of a vector register is nobody's.
    let high = u128::MAX << 64;
    for (bytes, register, sp, value) in [
        (&[0xD8, 0x02][..], 9, 10, high + 13),
        (&[0xDA, 0x01], 8, 12, high + 10),
        (&[0xDC, 0x41], 9, 10, high + 11),
        (&[0xDE, 0x41], 10, 12, high + 10),
        // The pair behind x27 and x28 is d8 and d9.
        (&[0xE6, 0xCA, 0x00], 9, 10, high + 13),
        // Two pairs behind; and behind d8 and d9 comes d10.
        (&[0xE6, 0xE6, 0xCA, 0x00], 11, 10, high + 15),
        (&[0xE6, 0xD8, 0x00], 11, 10, high + 13),
        // save_any_reg: d8 at 8; d8 and d9 at 16; d31 at 8.
        (&[0xE7, 0x08, 0x41], 8, 10, high + 11),
        (&[0xE7, 0x48, 0x41], 9, 10, high + 13),
        (&[0xE7, 0x1F, 0x41], 31, 10, high + 11),
        // q8 at 16, with the upper half; q8 and q9 at 16; q8 with room of 32.
        (&[0xE7, 0x08, 0x81], 8, 10, (13 << 64) + 12),
        (&[0xE7, 0x48, 0x81], 9, 10, (15 << 64) + 14),
        (&[0xE7, 0x28, 0x81], 8, 14, (11 << 64) + 10),
    ] {
        assert_eq!(vector(bytes, register), (sp, value), "{bytes:x?}");
    }
    // A return address that is signed has bits above its own.
    let mut context = at(31, 10, 20);
    context.general[LR] = 0x12AB_0000_0000_F00D;
    code(&[0xFC]).unwind(&mut context, &Words).unwrap();
    assert_eq!(context.pc, 0xF00D);
}

/// Packed: flag, doubles, general, homes, chain, frame in 16 bytes. The stack pointer is where the
/// prologue, step by step, left it.
#[test]
fn the_usual_prologues_are_undone_step_by_step() {
    let lr = 0xF00D;
    // stp x19, x20, [sp, #-32]!; stp x21, lr, [sp, #16]; sub sp, sp, #32
    let table = packed(1, 0, 3, 0, 1, 4);
    for (instruction, sp, found) in [
        (0, 100, [0, 0, lr]),
        (1, 96, [96, 0, lr]),
        (2, 96, [96, 98, 99]),
        (3, 92, [96, 98, 99]),
        (16, 92, [96, 98, 99]),
        (28, 92, [96, 98, 99]),
        (29, 96, [96, 98, 99]),
        (30, 96, [96, 0, lr]),
        (31, 100, [0, 0, lr]),
    ] {
        assert_eq!(
            caller(&table, at(instruction, sp, 0), [19, 21, LR]),
            (100, found),
            "{instruction}"
        );
    }
    // stp x19, x20, [sp, #-48]!; str x21, [sp, #16]; stp d8, d9, [sp, #24]; stp x29, lr, [sp,
    // #-32]!; mov x29, sp
    let table = packed(1, 1, 3, 0, 3, 5);
    for (instruction, sp, found) in [
        (0, 100, [0, 0, lr]),
        (1, 94, [94, 0, lr]),
        (2, 94, [94, 96, lr]),
        (3, 94, [94, 96, lr]),
        (4, 90, [94, 96, 91]),
        (5, 90, [94, 96, 91]),
        (27, 90, [94, 96, 91]),
        (28, 94, [94, 96, lr]),
        (29, 94, [94, 96, lr]),
        (30, 94, [94, 0, lr]),
        (31, 100, [0, 0, lr]),
    ] {
        let context = at(instruction, sp, 90);
        assert_eq!(caller(&table, context, [19, 21, LR]), (100, found), "{instruction}");
    }
    // pacibsp; stp d8, d9, [sp, #-112]!; str d10, [sp, #16]; four stores of arguments; sub sp, sp,
    // #528; stp x29, lr, [sp]; mov x29, sp
    let table = packed(1, 2, 0, 1, 2, 6 + 33);
    for (instruction, sp, fp, found) in [
        (1, 1000, 0, [lr]),
        (2, 988, 0, [lr]),
        (7, 988, 0, [lr]),
        (8, 922, 0, [lr]),
        (9, 922, 0, [923]),
        (16, 922, 922, [923]),
        (26, 922, 922, [923]),
        (27, 922, 0, [lr]),
        (28, 988, 0, [lr]),
        (29, 988, 0, [lr]),
        (30, 1000, 0, [lr]),
        (31, 1000, 0, [lr]),
    ] {
        let context = at(instruction, sp, fp);
        assert_eq!(caller(&table, context, [LR]), (1000, found), "{instruction}");
    }
    let mut context = at(16, 922, 922);
    table.unwind(&mut context, &Words).unwrap();
    assert_eq!([D8, D8 + 1, 10, 11].map(|own| context.vectors[own]), [988, 989, 990, 0]);
    // A part without a prologue is a body everywhere.
    assert_eq!(caller(&packed(2, 0, 2, 0, 0, 2), at(0, 100, 0), [19, 20]), (104, [102, 103]));
    // Two instructions make room for more than 4,080 bytes; the larger part goes first. str lr,
    // [sp, #-16]!
    let table = packed(1, 0, 0, 0, 1, 1 + 256);
    assert_eq!(caller(&table, at(2, 1000 - 2 - 510, 0), [LR]), (1000, [998]));
    assert_eq!(caller(&table, at(3, 1000 - 2 - 512, 0), [LR]), (1000, [998]));
    // Only arguments are stored: their first store makes the room.
    let table = packed(1, 0, 0, 1, 0, 4);
    for (instruction, sp) in [(0, 108), (1, 100), (4, 100), (16, 100), (30, 100), (31, 108)] {
        let found = caller(&table, at(instruction, sp, 0), [LR]);
        assert_eq!(found, (108, [lr]), "{instruction}");
    }
    // stp x19, x20, [sp, #-80]!; four stores of arguments.
    let table = packed(1, 0, 2, 1, 0, 5);
    for (instruction, sp) in [(0, 110), (1, 100), (5, 100), (16, 100), (30, 100), (31, 110)] {
        assert_eq!(caller(&table, at(instruction, sp, 0), []), (110, []), "{instruction}");
    }
    // stp x19, x20, [sp, #-32]!; str lr, [sp, #16]
    let table = packed(1, 0, 2, 0, 1, 2);
    for (instruction, sp, found) in
        [(0, 104, [0, lr]), (1, 100, [101, lr]), (2, 100, [101, 102]), (29, 100, [101, 102])]
    {
        let context = at(instruction, sp, 0);
        assert_eq!(caller(&table, context, [20, LR]), (104, found), "{instruction}");
    }
    // All that there are: stp x19, x20, [sp, #-144]! to stp x27, x28, [sp, #64]; stp d8, d9, [sp,
    // #80] to stp d14, d15, [sp, #128].
    let table = packed(1, 7, 10, 0, 0, 9);
    assert_eq!(caller(&table, at(16, 100, 0), [19, 20, 27, 28]), (118, [100, 101, 108, 109]));
    let mut context = at(16, 100, 0);
    table.unwind(&mut context, &Words).unwrap();
    assert_eq!([D8, D8 + 1, 15].map(|register| context.vectors[register]), [110, 111, 117]);
    // stp x29, lr, [sp, #-512]!; mov x29, sp: one store makes that room, and none more of it.
    let table = packed(1, 0, 0, 0, 3, 32);
    assert_eq!(caller(&table, at(1, 100, 0), [LR]), (164, [101]));
    let table = packed(1, 0, 0, 0, 3, 33);
    assert_eq!(caller(&table, at(1, 100, 0), [LR]), (166, [lr]));
    assert_eq!(caller(&table, at(2, 100, 0), [LR]), (166, [101]));
    // The chain alone is in the locals.
    assert_eq!(caller(&packed(1, 0, 2, 0, 3, 2), at(16, 100, 100), [LR, 19]), (104, [101, 102]));
}

/// The example's epilogue without its first instruction: the codes of one may begin anywhere.
#[test]
fn an_epilogue_has_the_codes_that_it_names() {
    let in_head = example(2 << 27 | 1 << 22 | 1 << 21 | 32, &[]);
    let listed = example(2 << 27 | 1 << 22 | 32, &[0x14 | 1 << 22]);
    for (table, epilogue) in [(&in_head, 28), (&listed, 20)] {
        // The frame pointer is elsewhere: only the body goes by it.
        for (instruction, moved, x19, lr) in [
            (epilogue - 1, 132, 230, 201),
            (epilogue, 32, 130, 101),
            (epilogue + 1, 32, 0, 101),
            (epilogue + 3, 0, 0, 0xF00D),
        ] {
            let mut context = at(instruction, 100, 200);
            table.unwind(&mut context, &Words).unwrap();
            let found = ((context.sp - STACK) / 8, context.general[19], context.pc);
            assert_eq!(found, (100 + moved, x19, lr), "{instruction}");
        }
    }
    // Behind the return of one that is not the last is the body again.
    let mut context = at(24, 100, 200);
    listed.unwind(&mut context, &Words).unwrap();
    assert_eq!(context.pc, 201);
}

#[test]
fn who_goes_on_elsewhere_does_not_stand_behind_a_call() {
    let mut context = at(0, 10, 0);
    context.general[..4].copy_from_slice(&[1, 2, 3, 4]);
    assert_eq!(context.arguments(), [1, 2, 3, 4]);
    context.return_at_once(&Words);
    assert_eq!((context.pc(), context.control()), (0xF00D, 0xF009));
    assert!(context.is_unwound());
    context.set_pc(0xBEEF);
    assert_eq!((context.pc(), context.control()), (0xBEEF, 0xBEEF));
    assert!(!context.is_unwound());
}

#[test]
fn a_handler_is_told_in_the_body_only() {
    // A handler, no epilogue, alloc_s 16.
    let table = table(&[1 << 27 | 1 << 20 | 32, u32::from_le_bytes([1, 0xE4, 0, 0]), CODE + 8, 7]);
    let handler = |instruction| {
        let mut context = at(instruction, 10, 0);
        table.unwind(&mut context, &Words).unwrap().handler
    };
    assert_eq!(handler(0), None);
    let found = handler(1).unwrap();
    assert_eq!((found.address, found.data), (CODE + 8, INFO + 12));
    assert!(found.handles && found.unwinds);
}

#[test]
fn the_instruction_behind_a_call_belongs_to_the_call() {
    let table = table(&[1 << 27 | 32, u32::from_le_bytes([1, 0xE4, 0, 0])]);
    // Behind the function's last instruction, which is a call that does not return.
    let mut context = at(32, 10, 0);
    assert_eq!(table.unwind(&mut context, &Words).unwrap().function, None);
    let mut context = at(32, 10, 0);
    context.set_unwound();
    assert!(table.unwind(&mut context, &Words).unwrap().function.is_some());
    assert_eq!(context.sp, STACK + 96);
}

#[test]
fn a_function_begins_where_the_one_before_it_ends_and_the_last_ends_with_the_image() {
    // Four instructions each, with frames of 16, 32 and 48 bytes.
    let info = |frame: u32| 1 | 4 << 2 | frame << 23;
    let last = LENGTH as u32 - 16;
    let table = with_entries(&[], &[[CODE, info(1)], [CODE + 16, info(2)], [last, info(3)]]);
    for (instruction, moved) in [(1, 2), (5, 4), ((last - CODE) / 4 + 1, 6)] {
        assert_eq!(caller(&table, at(instruction, 10, 0), []), (10 + moved, []));
    }
    // Each of many is found, and what is between them is none's. Three instructions each.
    let odd = 1 | 3 << 2;
    let begins = [0, 4, 8, 16, 20, 24, 28].map(|place| CODE + 4 * place);
    let table = with_entries(&[], &begins.map(|begin| [begin, odd]));
    for (nth, begin) in begins.into_iter().enumerate() {
        for (offset, is_inside) in [(0, true), (11, true), (12, false)] {
            let found = table.function(begin + offset).unwrap();
            assert_eq!(found.is_some(), is_inside, "{nth} {offset}");
            if let Some(found) = found {
                assert_eq!((found.begin, found.end), (begin, begin + 12));
                assert_eq!(found.entry, TABLE + 8 * nth as u32);
            }
        }
    }
    assert_eq!(table.function(CODE - 1), Ok(None));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refuses = |table: &Table, instruction| {
        table.unwind(&mut at(instruction, 10, 20), &Words).expect_err("it is wrong")
    };
    let codes = |bytes: [u8; 4]| table(&[1 << 27 | 32, u32::from_le_bytes(bytes)]);
    for (bytes, problem) in [
        // Reserved; the kernel's own frames; a register that does not exist; a single register
        // behind save_next.
        ([0xE8, 0xE4, 0, 0], Problem::Code { at: INFO + 4, code: 0xE8 }),
        ([0xFF, 0xE4, 0, 0], Problem::Code { at: INFO + 4, code: 0xFF }),
        ([0xCB, 0xC0, 0xE4, 0], Problem::Code { at: INFO + 4, code: 0xCB }),
        ([0xE6, 0xD0, 0, 0xE4], Problem::Code { at: INFO + 5, code: 0xD0 }),
        // save_any_reg: a pair whose second register is none; a kind and a bit that are reserved.
        ([0xE7, 0x5E, 1, 0xE4], Problem::Code { at: INFO + 4, code: 0xE7 }),
        ([0xE7, 0x5F, 0x41, 0xE4], Problem::Code { at: INFO + 4, code: 0xE7 }),
        ([0xE7, 0x05, 0xC1, 0xE4], Problem::Code { at: INFO + 4, code: 0xE7 }),
        ([0xE7, 0x85, 0x01, 0xE4], Problem::Code { at: INFO + 4, code: 0xE7 }),
        // No end; a code that is cut off.
        ([1, 1, 1, 1], Problem::CutOff { at: INFO + 8 }),
        ([1, 1, 1, 0xC0], Problem::CutOff { at: INFO + 7 }),
        // The store was nowhere on the stack.
        ([0xE1, 0x7F, 0x7F, 0xE4], Problem::Stack { address: 0 }),
    ] {
        let mut context = at(16, 10, 20);
        context.general[FP] = 0_u64.wrapping_sub(504);
        let found = codes(bytes).unwind(&mut context, &Words).expect_err("it is wrong");
        assert_eq!(found, problem, "{bytes:x?}");
    }
    // There is no pair behind whole vector registers.
    let whole = table(&[2 << 27 | 32, u32::from_le_bytes([0xE6, 0xE7, 0x48, 0x81]), 0xE4]);
    assert_eq!(refuses(&whole, 16), Problem::Code { at: INFO + 5, code: 0xE7 });
    // Behind the last pair comes none.
    let last = table(&[2 << 27 | 32, u32::from_le_bytes([0xE6, 0xE7, 0x5E, 0x41]), 0xE4]);
    assert_eq!(refuses(&last, 16), Problem::Code { at: INFO + 5, code: 0xE7 });
    let version = table(&[1 << 27 | 1 << 18 | 32, 0xE4]);
    assert_eq!(refuses(&version, 16), Problem::Version { at: INFO, version: 1 });
    let handler = table(&[1 << 27 | 1 << 20 | 32, 0xE4, INFO]);
    assert_eq!(refuses(&handler, 16), Problem::Handler { at: INFO + 8, handler: INFO });
    // The only epilogue has its first code behind the codes.
    for first in [4, 9] {
        let epilogue = table(&[1 << 27 | first << 22 | 1 << 21 | 32, 0xE4]);
        assert_eq!(refuses(&epilogue, 16), Problem::CutOff { at: INFO });
    }
    // More registers than there are; a frame that is smaller than what is in it; no room for the
    // chain.
    for table in [packed(1, 0, 11, 0, 0, 6), packed(1, 0, 4, 0, 0, 1), packed(1, 0, 2, 0, 3, 1)] {
        // The lowest byte of the entry: a function of 32 instructions with a packed description.
        assert_eq!(refuses(&table, 16), Problem::Code { at: TABLE, code: 1 | 32 << 2 });
    }
    // A kind of entry that is reserved; no order; an overlap; nothing; odd; behind the image.
    let one = 1 << 2 | 1;
    for entries in [
        &[[CODE, 3]][..],
        &[[CODE + 8, one], [CODE, one]],
        &[[CODE, 2 << 2 | 1], [CODE + 4, one]],
        &[[CODE, 1]],
        &[[CODE + 2, one]],
        &[[LENGTH as u32, one]],
    ] {
        let found = refuses(&with_entries(&[], entries), 0);
        assert!(matches!(found, Problem::Table { .. }), "{entries:x?}");
    }
    let outside = Table::new(BASE, vec![0; 16], vec![0..8, 8..16], (8, 16));
    let mut context = Context { pc: BASE, ..Context::ZERO };
    assert_eq!(outside.unwind(&mut context, &Words), Err(Problem::Table { at: 8 }));
    context.pc = BASE + 16;
    assert_eq!(outside.unwind(&mut context, &Words), Err(Problem::Stack { address: BASE + 16 }));
}
