//! What an ARM64 image is checked for: the stack that its functions take, and instructions that not every processor has.
//!
//! Sources: "ARM64 exception handling" of Microsoft's C++ documentation; Arm Architecture Reference Manual.

use crate::vectors::Function;

fn word(memory: &[u8], at: usize) -> Option<u32> {
    memory.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_le_bytes)
}

/// Bytes of the frame of a function, by the second word of its entry in .pdata; None where it describes nothing.
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

/// What an instruction is that processors of ARMv8.0 do not have.
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

/// That every processor that Windows on ARM64 runs on has the instructions.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_those_of_the_unwind_data() {
        // Packed: 96 bytes.
        assert_eq!(frame(&[], 6 << 23 | 8 << 2 | 1), Some(96));
        assert_eq!(frame(&[], 3), None);
        // Full: alloc_m 512, save_regp x19 at 16, save_fplr_x 32, nop, end, with one epilogue in a word; or in the head.
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
