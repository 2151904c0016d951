//! Checks of ARM64 images: the stack of functions, and instructions that not every processor has.
//!
//! Sources: "ARM64 exception handling" of Microsoft's C++ documentation; Arm Architecture Reference
//! Manual.

use crate::vectors::Function;

fn word(memory: &[u8], at: usize) -> Option<u32> {
    memory.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_le_bytes)
}

/// The size of a function's frame in bytes, from the second word of its entry in .pdata; None if it
/// describes nothing.
pub(crate) fn frame(memory: &[u8], info: u32) -> Option<u32> {
    match info & 3 {
        0 => {}
        1 | 2 => return Some((info >> 23) * 16),
        _ => return None,
    }
    let at = info as usize;
    let head = word(memory, at)?;
    let (mut count, mut words, mut behind) = (head >> 22 & 31, head >> 27, at + 4);
    if count == 0 && words == 0 {
        let more = word(memory, behind)?;
        (count, words, behind) = (more & 0xFFFF, more >> 16 & 0xFF, behind + 4);
    }
    // One epilogue is described in the head, others by a word each.
    if head >> 21 & 1 == 0 {
        behind += 4 * count as usize;
    }
    let codes = memory.get(behind..behind + 4 * words as usize)?;
    let (mut index, mut bytes) = (0, 0);
    loop {
        let byte = |ahead: usize| codes.get(index + ahead).copied().map(u32::from);
        let code = byte(0)?;
        let down = |bits: u32| 8 * ((byte(1).unwrap_or(0) & ((1 << bits) - 1)) + 1);
        let (length, more) = match code {
            0..=0x1F => (1, code * 16),
            0x20..=0x3F => (1, (code & 31) * 8),
            0x80..=0xBF => (1, ((code & 63) + 1) * 8),
            0xC0..=0xC7 => (2, ((code & 7) << 8 | byte(1)?) * 16),
            0xCC..=0xCF | 0xDA | 0xDB => (2, down(6)),
            0xD4 | 0xD5 | 0xDE => (2, down(5)),
            0xC8..=0xDE | 0xE2 => (2, 0),
            0xE0 => (4, (byte(1)? << 16 | byte(2)? << 8 | byte(3)?) * 16),
            0xE7 => (3, if byte(1)? & 0x20 == 0 { 0 } else { 16 * ((byte(2)? & 63) + 1) }),
            0xE4 => return Some(bytes),
            _ => (1, 0),
        };
        (index, bytes) = (index + length, bytes + more);
    }
}

/// The name of an instruction that ARMv8.0 processors do not have.
fn newer(word: u32) -> Option<&'static str> {
    const ATOMICS: [(u32, u32); 3] =
        [(0x3F20_0C00, 0x3820_0000), (0x3FA0_7C00, 0x08A0_7C00), (0xBFA0_7C00, 0x0820_7C00)];
    let is = |(mask, value): (u32, u32)| word & mask == value;
    if ATOMICS.into_iter().any(is) {
        Some("an atomic operation of ARMv8.1")
    } else if is((0x9F20_FC00, 0x0E00_9400)) {
        Some("a dot product of ARMv8.2")
    } else if is((0x1E00_0000, 0x0400_0000)) {
        Some("SVE")
    } else {
        None
    }
}

/// Checks that every processor of Windows on ARM64 has the instructions.
pub(crate) fn baseline(functions: &[Function<'_>]) -> Result<String, String> {
    let mut count = 0;
    for function in functions {
        for bytes in function.code.as_chunks::<4>().0 {
            count += 1;
            if let Some(what) = newer(u32::from_le_bytes(*bytes)) {
                return Err(format!("{} has {what}", function.symbol));
            }
        }
    }
    if count == 0 {
        return Err("no function is in the map".to_owned());
    }
    Ok(format!("{count} instructions, none beyond ARMv8.0"))
}

/// The register that holds the address of the processor's control region in the kernel.
const X18: u32 = 18;

/// The general registers that an instruction names, except the base of a plain load. A field with a
/// vector register, or no register, is omitted. Source: Arm Architecture Reference Manual, "A64
/// instruction set encoding".
fn registers(word: u32) -> Vec<u32> {
    let field = |at: u32| word >> at & 31;
    let bits = |high: u32, low: u32| word >> low & ((1 << (high - low + 1)) - 1);
    let (d, n, m, a) = (field(0), field(5), field(16), field(10));
    match bits(28, 25) {
        // Immediates: addresses and wide moves have no source.
        8 | 9 => match bits(28, 23) {
            0x20 | 0x21 | 0x25 => vec![d],
            0x27 => vec![d, n, m],
            _ => vec![d, n],
        },
        // Compare or test and branch; branch to a register; system registers.
        10 | 11 if bits(30, 26) == 0x0D => vec![d],
        10 | 11 if bits(31, 25) == 0x6B => vec![n],
        10 | 11 if bits(31, 22) == 0x354 => vec![d],
        4 | 6 | 12 | 14 => loads_and_stores(word),
        5 | 13 if bits(28, 28) == 0 => vec![d, n, m],
        5 | 13 if bits(24, 24) == 1 => vec![d, n, m, a],
        5 | 13 => match bits(24, 21) {
            // Flags from one register; a comparison with a register or a number.
            1 => vec![n],
            2 if bits(11, 11) == 1 => vec![n],
            2 => vec![n, m],
            6 if bits(30, 30) == 1 => vec![d, n],
            _ => vec![d, n, m],
        },
        7 | 15 => between_files(word),
        _ => vec![],
    }
}

/// Like [`registers`], for instructions that touch memory.
fn loads_and_stores(word: u32) -> Vec<u32> {
    let field = |at: u32| word >> at & 31;
    let bits = |high: u32, low: u32| word >> low & ((1 << (high - low + 1)) - 1);
    let (t, n, second, m) = (field(0), field(5), field(10), field(16));
    let is_vector = bits(26, 26) == 1;
    // A prefetch names no register.
    let general = |own: &[u32]| if is_vector { Vec::new() } else { own.to_vec() };
    match bits(29, 27) {
        // Exclusive, ordered, compare and swap; structures of vectors.
        1 if is_vector => vec![n, m],
        1 => vec![t, n, second, m],
        3 if bits(24, 24) == 1 => vec![t, n, m],
        3 if bits(31, 30) == 3 => vec![],
        3 => general(&[t]),
        5 => [general(&[t, second]), vec![n]].concat(),
        _ => {
            let is_prefetch = !is_vector && bits(31, 30) == 3 && bits(23, 22) == 2;
            let value = if is_prefetch { Vec::new() } else { general(&[t]) };
            // By an unsigned offset; by an offset from the base, which may be changed; atomic; by a
            // register. A vector's second bit is of its size.
            let is_load = if is_vector { bits(22, 22) == 1 } else { bits(23, 22) != 0 };
            let changes_base = bits(10, 10) == 1;
            let has_register = bits(21, 21) == 1;
            if bits(24, 24) == 1 || !has_register && !changes_base {
                return if is_load { value } else { [value, vec![n]].concat() };
            }
            match (has_register, bits(11, 10)) {
                (true, 2) if is_load => [value, vec![m]].concat(),
                (true, _) => [value, vec![n, m]].concat(),
                (false, _) => [value, vec![n]].concat(),
            }
        }
    }
}

/// Like [`registers`], for instructions of the vector unit that move between the two kinds of
/// registers.
fn between_files(word: u32) -> Vec<u32> {
    let (d, n) = (word & 31, word >> 5 & 31);
    let is = |mask: u32, value: u32| word & mask == value;
    if is(0x7F20_FC00, 0x1E20_0000) || is(0x7F20_0000, 0x1E00_0000) {
        // To a floating-point number come SCVTF, UCVTF, and FMOV from a general register.
        return vec![if matches!(word >> 16 & 7, 2 | 3 | 7) { n } else { d }];
    }
    if is(0x9FE0_8400, 0x0E00_0400) {
        return match word >> 11 & 15 {
            1 | 3 => vec![n],
            5 | 7 => vec![d],
            _ => Vec::new(),
        };
    }
    Vec::new()
}

/// Checks that no function uses x18, except as the base of a load from the processor's control
/// region: the kernel relies on that.
pub(crate) fn reserved(functions: &[Function<'_>]) -> Result<String, String> {
    for function in functions {
        for (at, bytes) in function.code.as_chunks::<4>().0.iter().enumerate() {
            let word = u32::from_le_bytes(*bytes);
            if registers(word).contains(&X18) {
                return Err(format!(
                    "{} uses x18, which the kernel reserves, at +{:#x}: {word:08x}",
                    function.symbol,
                    4 * at
                ));
            }
        }
    }
    if functions.is_empty() {
        return Err("no function is in the map".to_owned());
    }
    Ok(format!("in none of {} functions, but to load through it", functions.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x18_is_the_kernels() {
        let is_refused =
            |word: u32| reserved(&[Function { symbol: "hot", code: &word.to_le_bytes() }]).is_err();
        // Assembled by clang 19: the instruction, with x18 in each place that it can have.
        let refused: &[u32] = &[
            0xAA01_03F2, // mov x18, x1
            0xAA12_03E1, // mov x1, x18
            0x2A01_03F2, // mov w18, w1
            0x8B02_0032, // add x18, x1, x2
            0x8B02_0241, // add x1, x18, x2
            0x8B12_0041, // add x1, x2, x18
            0x9100_1241, // add x1, x18, #4
            0x9100_1032, // add x18, x1, #4
            0x9000_0012, // adrp x18, .
            0x1000_0012, // adr x18, .
            0xD280_0032, // movz x18, #1
            0xF2A0_0032, // movk x18, #1, lsl #16
            0x9240_1C32, // and x18, x1, #0xff
            0x9240_1E41, // and x1, x18, #0xff
            0xD343_1A41, // ubfx x1, x18, #3, #4
            0xD343_1832, // ubfx x18, x1, #3, #4
            0x93C2_0C32, // extr x18, x1, x2, #3
            0x93C2_0E41, // extr x1, x18, x2, #3
            0x93D2_0C41, // extr x1, x2, x18, #3
            0xB400_0012, // cbz x18, .
            0x3500_0012, // cbnz w18, .
            0x3618_0012, // tbz w18, #3, .
            0xD61F_0240, // br x18
            0xD63F_0240, // blr x18
            0xD65F_0240, // ret x18
            0xD538_D092, // mrs x18, tpidr_el1
            0xD518_D092, // msr tpidr_el1, x18
            0x5800_0012, // ldr x18, .
            0xF940_0032, // ldr x18, [x1]
            0xF840_8C32, // ldr x18, [x1, #8]!
            0xF840_8E41, // ldr x1, [x18, #8]!
            0xF840_8641, // ldr x1, [x18], #8
            0xF85F_D032, // ldur x18, [x1, #-3]
            0xF872_6841, // ldr x1, [x2, x18]
            0xF862_6832, // ldr x18, [x1, x2]
            0xB980_0432, // ldrsw x18, [x1, #4]
            0x3940_0032, // ldrb w18, [x1]
            0xF900_0032, // str x18, [x1]
            0xF900_0641, // str x1, [x18, #8]
            0xF81F_8241, // stur x1, [x18, #-8]
            0xF822_6A41, // str x1, [x18, x2]
            0xF832_6841, // str x1, [x2, x18]
            0x3D80_0241, // str q1, [x18]
            0x3CF2_6841, // ldr q1, [x2, x18]
            0xF81F_0FF2, // str x18, [sp, #-16]!
            0xA901_4FF2, // stp x18, x19, [sp, #16]
            0xA901_4BF1, // stp x17, x18, [sp, #16]
            0xA900_0A41, // stp x1, x2, [x18]
            0xA940_07F2, // ldp x18, x1, [sp]
            0xA8C1_4BE1, // ldp x1, x18, [sp], #16
            0x6D00_0A41, // stp d1, d2, [x18]
            0xC85F_7C32, // ldxr x18, [x1]
            0xC85F_7E41, // ldxr x1, [x18]
            0xC812_7C41, // stxr w18, x1, [x2]
            0xC801_7C52, // stxr w1, x18, [x2]
            0xC821_C862, // stlxp w1, x2, x18, [x3]
            0xC8DF_FC32, // ldar x18, [x1]
            0xC89F_FC32, // stlr x18, [x1]
            0xCB32_C041, // sub x1, x2, w18, sxtw
            0xCA02_0032, // eor x18, x1, x2
            0x9A9F_17F2, // cset x18, eq
            0x9A82_0241, // csel x1, x18, x2, eq
            0x9A92_0041, // csel x1, x2, x18, eq
            0xFA41_0240, // ccmp x18, x1, #0, eq
            0xFA52_0020, // ccmp x1, x18, #0, eq
            0xFA41_0A40, // ccmp x18, #1, #0, eq
            0x9A02_0032, // adc x18, x1, x2
            0x9AC2_0A41, // udiv x1, x18, x2
            0x9AD2_0841, // udiv x1, x2, x18
            0x9AD2_2041, // lsl x1, x2, x18
            0xDAC0_0032, // rbit x18, x1
            0xDAC0_1241, // clz x1, x18
            0x9B02_0C32, // madd x18, x1, x2, x3
            0x9B02_0E41, // madd x1, x18, x2, x3
            0x9B12_0C41, // madd x1, x2, x18, x3
            0x9B03_4841, // madd x1, x2, x3, x18
            0x9BC2_7E41, // umulh x1, x18, x2
            0x9B22_7C32, // smull x18, w1, w2
            0x9E62_0241, // scvtf d1, x18
            0x1E23_0241, // ucvtf s1, w18
            0x9E78_0032, // fcvtzs x18, d1
            0x1E39_0032, // fcvtzu w18, s1
            0x9E58_F432, // fcvtzs x18, d1, #3
            0x9E42_F641, // scvtf d1, x18, #3
            0x9E66_0032, // fmov x18, d1
            0x9E67_0241, // fmov d1, x18
            0x9EAE_0032, // fmov x18, v1.d[1]
            0x9EAF_0241, // fmov v1.d[1], x18
            0x4E04_0E41, // dup v1.4s, w18
            0x4E14_1E41, // mov v1.s[2], w18
            0x0E14_3C32, // umov w18, v1.s[2]
            0x4E0A_2C32, // smov x18, v1.h[2]
            0x4C40_7241, // ld1 {v1.16b}, [x18]
            0x4CD2_7021, // ld1 {v1.16b}, [x1], x18
            0x4C9F_7241, // st1 {v1.16b}, [x18], #16
        ];
        for word in refused {
            assert!(is_refused(*word), "{word:08x}");
        }
        // The same with x19; loads through x18; fields of 18 that are no general register.
        let allowed: &[u32] = &[
            0xAA01_03F3, // mov x19, x1
            0x8B02_0033, // add x19, x1, x2
            0x9100_4841, // add x1, x2, #18
            0x9000_0013, // adrp x19, .
            0xD280_0241, // movz x1, #18
            0x5284_8001, // movz w1, #0x2400
            0x93C3_4841, // extr x1, x2, x3, #18
            0x3690_0001, // tbz w1, #18, .
            0x5400_0000, // b.eq .
            0x9400_0000, // bl .
            0x1400_0000, // b .
            0xD400_0241, // svc #18
            0xD420_0240, // brk #18
            0xD503_225F, // hint #18
            0xD503_3BBF, // dmb ish
            0xD503_3FDF, // isb
            0xD65F_03C0, // ret
            0xD61F_0220, // br x17
            0xF940_0241, // ldr x1, [x18]
            0xF940_C641, // ldr x1, [x18, #0x188]
            0xB940_2641, // ldr w1, [x18, #0x24]
            0x3940_0E41, // ldrb w1, [x18, #3]
            0xF85F_8241, // ldur x1, [x18, #-8]
            0xB980_0641, // ldrsw x1, [x18, #4]
            0xF862_6A41, // ldr x1, [x18, x2]
            0x3DC0_0032, // ldr q18, [x1]
            0x3D80_0032, // str q18, [x1]
            0x3CE2_6832, // ldr q18, [x1, x2]
            0x5C00_0012, // ldr d18, .
            0xAD00_4BF1, // stp q17, q18, [sp]
            0x6CC1_4FF2, // ldp d18, d19, [sp], #16
            0xF980_0030, // prfm pstl1keep, [x1]
            0xC85F_7C33, // ldxr x19, [x1]
            0xA9BF_53F3, // stp x19, x20, [sp, #-16]!
            0xF900_4841, // str x1, [x2, #144]
            0xF940_4841, // ldr x1, [x2, #144]
            0xF841_2441, // ldr x1, [x2], #18
            0xF841_2C41, // ldr x1, [x2, #18]!
            0xF841_2041, // ldur x1, [x2, #18]
            0xFA52_0822, // ccmp x1, #18, #2, eq
            0xFA42_0022, // ccmp x1, x2, #2, eq
            0xD36E_B441, // lsl x1, x2, #18
            0x5312_7C41, // lsr w1, w2, #18
            0x8B03_4841, // add x1, x2, x3, lsl #18
            0xDAC0_1041, // clz x1, x2
            0x9B03_1041, // madd x1, x2, x3, x4
            0x1E60_4032, // fmov d18, d1
            0x4E22_D432, // fadd v18.4s, v1.4s, v2.4s
            0x1E62_2A41, // fadd d1, d18, d2
            0x6E22_DE41, // fmul v1.4s, v18.4s, v2.4s
            0x9E62_0032, // scvtf d18, x1
            0x5E61_D832, // scvtf d18, d1
            0x9E78_0241, // fcvtzs x1, d18
            0x9E66_0241, // fmov x1, d18
            0x9E67_0032, // fmov d18, x1
            0x1E22_C252, // fcvt d18, s18
            0x4E04_0C32, // dup v18.4s, w1
            0x4E0C_0652, // dup v18.4s, v18.s[1]
            0x4E14_1C32, // mov v18.s[2], w1
            0x6E14_2652, // mov v18.s[2], v18.s[1]
            0x0E14_3E41, // umov w1, v18.s[2]
            0x4C40_7032, // ld1 {v18.16b}, [x1]
            0x4CDF_7032, // ld1 {v18.16b}, [x1], #16
            0x4C00_7032, // st1 {v18.16b}, [x1]
            0x4F00_0652, // movi v18.4s, #18
            0x1E6E_1012, // fmov d18, #1.0
            0x6E12_1A52, // ext v18.16b, v18.16b, v18.16b, #3
            0x4E12_0252, // tbl v18.16b, {v18.16b}, v18.16b
            0x1E72_0E52, // fcsel d18, d18, d18, eq
            0x1E72_2240, // fcmp d18, d18
            0x1F52_4A52, // fmadd d18, d18, d18, d18
            0x0F12_A652, // sshll v18.4s, v18.4h, #2
            0x4F32_5652, // shl v18.4s, v18.4s, #18
            0x4E18_1C32, // ins v18.d[1], x1
        ];
        for word in allowed {
            assert!(!is_refused(*word), "{word:08x}: {:?}", registers(*word));
        }
        let code = [0xD503_201F_u32, 0xAA01_03F2].map(u32::to_le_bytes).concat();
        let said = reserved(&[Function { symbol: "hot", code: &code }]).unwrap_err();
        assert_eq!(said, "hot uses x18, which the kernel reserves, at +0x4: aa0103f2");
        assert!(reserved(&[]).is_err());
    }

    #[test]
    fn frames_are_those_of_the_unwind_data() {
        // Packed: 96 bytes.
        assert_eq!(frame(&[], 6 << 23 | 8 << 2 | 1), Some(96));
        assert_eq!(frame(&[], 3), None);
        // Full: alloc_m 512, save_regp x19 at 16, save_fplr_x 32, nop, end, with one epilogue in a
        // word; or in the head.
        let codes = [0xC0, 32, 0xC8, 2, 0x83, 0xE3, 0xE4, 0xE3];
        for (head, list) in
            [(2 << 27 | 1 << 22 | 0x28, &[7_u32][..]), (2 << 27 | 1 << 21 | 0x28, &[])]
        {
            let head = [head].into_iter().chain(list.iter().copied());
            let mut record: Vec<u8> = head.flat_map(u32::to_le_bytes).collect();
            record.extend_from_slice(&codes);
            assert_eq!(frame(&record, 0), Some(544));
            record.truncate(record.len() - 3);
            assert_eq!(frame(&record, 0), None);
        }
    }

    #[test]
    fn instructions_of_newer_processors_are_named() {
        let found = |word: u32| {
            baseline(&[Function { symbol: "hot", code: &word.to_le_bytes() }]).unwrap_err()
        };
        // ldadd w0, w2, [x1]; casal w0, w1, [x2]; sdot v0.4s, v1.16b, v2.16b; ptrue p0.b
        for (word, what) in [
            (0xB820_0022, "an atomic operation of ARMv8.1"),
            (0x88E0_FC41, "an atomic operation of ARMv8.1"),
            (0x4E82_9420, "a dot product of ARMv8.2"),
            (0x2518_E3E0, "SVE"),
        ] {
            assert_eq!(found(word), format!("hot has {what}"));
        }
        // ldxr, stlxr, ldr with a register, fmul of vectors, add, ret.
        let old = [0x885F_7C20, 0x8802_FC20, 0xF862_6820, 0x6E22_DC20, 0x8B02_0020, 0xD65F_03C0];
        let code: Vec<u8> = old.into_iter().flat_map(u32::to_le_bytes).collect();
        assert!(baseline(&[Function { symbol: "hot", code: &code }]).is_ok());
        assert!(baseline(&[]).is_err());
    }
}
