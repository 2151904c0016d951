//! Copies between private memory and memory that others access at the same time.
//!
//! No reference to the shared memory is created, and each access to it is atomic or inline
//! assembly. Whatever the others do, the copy behaves as if each byte were accessed separately and
//! relaxed. So it is sound; the worst effect is a torn sample that changed during the copy.
//!
//! Every packet is copied here, so x64 copies 64 bytes at a time, and long copies use the
//! processor's string move where it is fast: it moves lines wider than any register that a kernel
//! may use. Compilers do not merge relaxed accesses: they stay words at most, at a quarter of the
//! speed when optimized for size.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// Bytes of a word.
const WORD: usize = 8;

/// Words copied per loop iteration.
const WORDS: usize = 4;

/// Splits `length` bytes from `address` into bytes before the first aligned word, and the rest.
fn split(address: *const u8, length: usize) -> usize {
    address.align_offset(WORD).min(length)
}

/// Copies the bytes at `from` to `into`.
///
/// # Safety
///
/// `from` is valid for reads of `into.len()` bytes, possibly written by others at the same time.
pub(crate) unsafe fn copy_out(from: *const u8, into: &mut [u8]) {
    #[cfg(target_arch = "x86_64")]
    if into.len() >= x64::LEAST {
        // SAFETY: the caller's contract for `from`, a reference for `into`, and the length was
        // checked.
        return unsafe { x64::copy(from, into.as_mut_ptr(), into.len(), x64::moves_strings()) };
    }
    // SAFETY: the caller's contract.
    unsafe { words_out(from, into) }
}

/// Eight 16-bit samples, which fill a register of 16 bytes.
pub(crate) type Lanes = [i16; 8];

/// Like [`copy_out`], for 16-bit samples, and finds their peaks: each lane of `high` and `low`
/// becomes the maximum or minimum of itself and of the samples in that lane, eight lanes to a row.
/// The last samples may count in lanes that are shifted by `into.len()`. Returns whether it found
/// peaks: short copies do not.
///
/// # Safety
///
/// The same as [`copy_out`].
pub(crate) unsafe fn copy_out_with_peaks(
    from: *const u8,
    into: &mut [u8],
    high: &mut Lanes,
    low: &mut Lanes,
) -> bool {
    #[cfg(target_arch = "x86_64")]
    if into.len() >= x64::LEAST {
        // SAFETY: the caller's contract for `from`, references for the others, and the length was
        // checked.
        unsafe { x64::copy_with_peaks(from, into.as_mut_ptr(), into.len(), high, low) };
        return true;
    }
    let _ = (high, low);
    // SAFETY: the caller's contract.
    unsafe { copy_out(from, into) };
    false
}

/// Copies the bytes of `from` to `to`.
///
/// # Safety
///
/// `to` is valid for writes of `from.len()` bytes, possibly read or written by others at the same
/// time.
pub(crate) unsafe fn copy_in(to: *mut u8, from: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    if from.len() >= x64::LEAST {
        // SAFETY: a reference for `from`, the caller's contract for `to`, and the length was
        // checked.
        return unsafe { x64::copy(from.as_ptr(), to, from.len(), x64::moves_strings()) };
    }
    // SAFETY: the caller's contract.
    unsafe { words_in(to, from) }
}

#[cfg(target_arch = "x86_64")]
pub(crate) mod x64 {
    use core::arch::asm;
    use core::sync::atomic::{AtomicU8, Ordering};

    /// The shortest copy of [`copy`].
    pub(super) const LEAST: usize = 128;

    /// The last block, and the first of a long copy.
    const BLOCK: usize = 64;

    /// From this many bytes on, a string move is faster than 16 bytes at a time.
    const LONG: usize = 1536;

    /// Processors treat addresses that are equal modulo a page, to within a block, as the same, so
    /// a string move would wait for its own stores (4K aliasing).
    const PAGE: usize = 4096;

    /// Whether the processor reports fast string moves of any length; 0 until it is queried.
    static STRINGS: AtomicU8 = AtomicU8::new(0);
    const SLOW: u8 = 1;
    const FAST: u8 = 2;

    /// Whether long copies should use string moves. The processor is queried once: under a
    /// hypervisor CPUID traps, which takes microseconds.
    pub(crate) fn moves_strings() -> bool {
        match STRINGS.load(Ordering::Relaxed) {
            0 => {
                let fast = has_fast_strings();
                STRINGS.store(if fast { FAST } else { SLOW }, Ordering::Relaxed);
                fast
            }
            known => known == FAST,
        }
    }

    /// Bit 4 of EDX of leaf 7, "fast short REP MOVSB".
    #[cold]
    #[inline(never)]
    fn has_fast_strings() -> bool {
        let ask = |leaf: u32| {
            let (highest, features): (u32, u32);
            // SAFETY: every x64 processor has the instruction; rbx, which the compiler keeps for
            // itself, is put back.
            unsafe {
                asm!(
                    "mov {kept}, rbx",
                    "cpuid",
                    "mov rbx, {kept}",
                    kept = out(reg) _,
                    inout("eax") leaf => highest,
                    inout("ecx") 0 => _,
                    out("edx") features,
                    options(nomem, nostack, preserves_flags),
                );
            }
            (highest, features)
        };
        ask(0).0 >= 7 && ask(7).1 & 1 << 4 != 0
    }

    /// Copies `length` bytes, long ones by string moves if those are fast.
    ///
    /// # Safety
    ///
    /// `from` is valid for reads of `length` bytes and `to` for writes, others may use them at the
    /// same time, they do not overlap, and `length` is at least [`LEAST`].
    pub(crate) unsafe fn copy(from: *const u8, to: *mut u8, length: usize, strings: bool) {
        let apart = to.addr().wrapping_sub(from.addr()) % PAGE;
        if strings && length >= LONG && !(1..BLOCK).contains(&apart) {
            // SAFETY: the caller's contract, and the length was checked.
            unsafe { move_string(from, to, length) }
        } else {
            // SAFETY: the caller's contract.
            unsafe { blocks(from, to, length) }
        }
    }

    /// Copies `length` bytes, and finds the peaks of their 16-bit samples: 64 bytes at a time, then
    /// the last 64 bytes, some of them a second time. The stores take as long as everything else,
    /// so the peaks cost nothing if they are held in enough registers: on AMD's Zen 5 an
    /// instruction that depends on its own result takes two cycles.
    ///
    /// # Safety
    ///
    /// The same as [`copy`].
    pub(super) unsafe fn copy_with_peaks(
        from: *const u8,
        to: *mut u8,
        length: usize,
        high: &mut super::Lanes,
        low: &mut super::Lanes,
    ) {
        macro_rules! look {
            ($at:literal) => {
                concat!(
                    "movups {a}, [{from} + ",
                    $at,
                    "]\n",
                    "movups {b}, [{from} + ",
                    $at,
                    " + 16]\n",
                    "movups [{to} + ",
                    $at,
                    "], {a}\n",
                    "movups [{to} + ",
                    $at,
                    " + 16], {b}\n",
                    "pmaxsw {h}, {a}\n",
                    "pminsw {l}, {a}\n",
                    "pmaxsw {i}, {b}\n",
                    "pminsw {m}, {b}\n",
                    "movups {a}, [{from} + ",
                    $at,
                    " + 32]\n",
                    "movups {b}, [{from} + ",
                    $at,
                    " + 48]\n",
                    "movups [{to} + ",
                    $at,
                    " + 32], {a}\n",
                    "movups [{to} + ",
                    $at,
                    " + 48], {b}\n",
                    "pmaxsw {j}, {a}\n",
                    "pminsw {n}, {a}\n",
                    "pmaxsw {k}, {b}\n",
                    "pminsw {o}, {b}",
                )
            };
        }
        let last = length.wrapping_sub(BLOCK);
        // SAFETY: a block begins before `last`, which lies 64 bytes before the end. `high` and
        // `low` are 16 bytes each. All registers used are named, and the stack is not used. The
        // instructions are a sequence of byte accesses, so there is no data race.
        unsafe {
            asm!(
                "movups {h}, [{high}]",
                "movups {l}, [{low}]",
                "movaps {i}, {h}",
                "movaps {j}, {h}",
                "movaps {k}, {h}",
                "movaps {m}, {l}",
                "movaps {n}, {l}",
                "movaps {o}, {l}",
                "2:",
                look!("{at}"),
                "add {at}, 64",
                "cmp {at}, {last}",
                "jb 2b",
                look!("{last}"),
                "pmaxsw {h}, {i}",
                "pmaxsw {j}, {k}",
                "pmaxsw {h}, {j}",
                "pminsw {l}, {m}",
                "pminsw {n}, {o}",
                "pminsw {l}, {n}",
                "movups [{high}], {h}",
                "movups [{low}], {l}",
                from = in(reg) from,
                to = in(reg) to,
                at = inout(reg) 0_usize => _,
                last = in(reg) last,
                high = in(reg) high.as_mut_ptr(),
                low = in(reg) low.as_mut_ptr(),
                a = out(xmm_reg) _,
                b = out(xmm_reg) _,
                h = out(xmm_reg) _,
                i = out(xmm_reg) _,
                j = out(xmm_reg) _,
                k = out(xmm_reg) _,
                l = out(xmm_reg) _,
                m = out(xmm_reg) _,
                n = out(xmm_reg) _,
                o = out(xmm_reg) _,
                options(nostack),
            );
        }
    }

    /// Copies `length` bytes: 64 first, then a string move whose destination is aligned. Unaligned,
    /// some processors are twenty times slower.
    ///
    /// # Safety
    ///
    /// The same as [`copy`].
    unsafe fn move_string(from: *const u8, to: *mut u8, length: usize) {
        // 1 to 64: the offset of the first aligned address after the start.
        let first = to.wrapping_add(1).align_offset(BLOCK).saturating_add(1);
        // SAFETY: the first block lies within `length`, which is at least 128, and `first` is
        // within it. All registers used are named, and the stack is not used; the direction flag is
        // clear in all Rust code. The instructions are a sequence of byte accesses, so there is no
        // data race.
        unsafe {
            asm!(
                "movups {a}, [rsi]",
                "movups {b}, [rsi + 16]",
                "movups {c}, [rsi + 32]",
                "movups {d}, [rsi + 48]",
                "movups [rdi], {a}",
                "movups [rdi + 16], {b}",
                "movups [rdi + 32], {c}",
                "movups [rdi + 48], {d}",
                "add rsi, {first}",
                "add rdi, {first}",
                "rep movsb",
                first = in(reg) first,
                inout("rsi") from => _,
                inout("rdi") to => _,
                inout("rcx") length.wrapping_sub(first) => _,
                a = out(xmm_reg) _,
                b = out(xmm_reg) _,
                c = out(xmm_reg) _,
                d = out(xmm_reg) _,
                options(nostack),
            );
        }
    }

    /// Copies `length` bytes: 16 first, then blocks with an aligned destination, then the last 64
    /// bytes, some of them a second time.
    ///
    /// # Safety
    ///
    /// The same as [`copy`].
    unsafe fn blocks(from: *const u8, to: *mut u8, length: usize) {
        // 1 to 16: the offset of the first aligned address after the start.
        let first = to.wrapping_add(1).align_offset(16).saturating_add(1);
        let last = length.wrapping_sub(BLOCK);
        // SAFETY: a block begins before `last`, which lies 64 bytes before the end; so does the
        // first, as `first` is at most 16 and `last` at least 64. All registers used are named, and
        // the stack is not used. The instructions are a sequence of byte accesses, so there is no
        // data race.
        unsafe {
            asm!(
                "movups {a}, [{from}]",
                "movups [{to}], {a}",
                "2:",
                "movups {a}, [{from} + {at}]",
                "movups {b}, [{from} + {at} + 16]",
                "movups {c}, [{from} + {at} + 32]",
                "movups {d}, [{from} + {at} + 48]",
                "movaps [{to} + {at}], {a}",
                "movaps [{to} + {at} + 16], {b}",
                "movaps [{to} + {at} + 32], {c}",
                "movaps [{to} + {at} + 48], {d}",
                "add {at}, 64",
                "cmp {at}, {last}",
                "jb 2b",
                "movups {a}, [{from} + {last}]",
                "movups {b}, [{from} + {last} + 16]",
                "movups {c}, [{from} + {last} + 32]",
                "movups {d}, [{from} + {last} + 48]",
                "movups [{to} + {last}], {a}",
                "movups [{to} + {last} + 16], {b}",
                "movups [{to} + {last} + 32], {c}",
                "movups [{to} + {last} + 48], {d}",
                from = in(reg) from,
                to = in(reg) to,
                at = inout(reg) first => _,
                last = in(reg) last,
                a = out(xmm_reg) _,
                b = out(xmm_reg) _,
                c = out(xmm_reg) _,
                d = out(xmm_reg) _,
                options(nostack),
            );
        }
    }
}

/// [`copy_out`] word by word.
///
/// # Safety
///
/// The same as [`copy_out`].
#[expect(clippy::cast_ptr_alignment, reason = "`split` ends the head where words are aligned")]
pub(crate) unsafe fn words_out(from: *const u8, into: &mut [u8]) {
    let byte = |at: usize| {
        // SAFETY: `at` is below the length; atomic accesses do not race.
        unsafe { (*from.wrapping_add(at).cast::<AtomicU8>()).load(Ordering::Relaxed) }
    };
    let word = |at: usize| {
        // SAFETY: `at` is a whole number of words after the head, where words are aligned, and the
        // word ends within the length; atomic accesses do not race.
        let word = unsafe { &*from.wrapping_add(at).cast::<AtomicU64>() };
        word.load(Ordering::Relaxed).to_ne_bytes()
    };
    let (head, rest) = into.split_at_mut(split(from, into.len()));
    for (at, place) in head.iter_mut().enumerate() {
        *place = byte(at);
    }
    let mut at = head.len();
    let (words, tail) = rest.as_chunks_mut::<WORD>();
    let (blocks, words) = words.as_chunks_mut::<WORDS>();
    for [a, b, c, d] in blocks {
        *a = word(at);
        *b = word(at.wrapping_add(WORD));
        *c = word(at.wrapping_add(2 * WORD));
        *d = word(at.wrapping_add(3 * WORD));
        at = at.wrapping_add(WORDS * WORD);
    }
    for place in words {
        *place = word(at);
        at = at.wrapping_add(WORD);
    }
    for (behind, place) in tail.iter_mut().enumerate() {
        *place = byte(at.wrapping_add(behind));
    }
}

/// [`copy_in`] word by word.
///
/// # Safety
///
/// The same as [`copy_in`].
#[expect(clippy::cast_ptr_alignment, reason = "`split` ends the head where words are aligned")]
pub(crate) unsafe fn words_in(to: *mut u8, from: &[u8]) {
    let byte = |at: usize, value: u8| {
        // SAFETY: `at` is below the length; atomic accesses do not race.
        unsafe { (*to.wrapping_add(at).cast::<AtomicU8>()).store(value, Ordering::Relaxed) };
    };
    let word = |at: usize, value: [u8; WORD]| {
        // SAFETY: `at` is a whole number of words after the head, where words are aligned, and the
        // word ends within the length; atomic accesses do not race.
        let word = unsafe { &*to.wrapping_add(at).cast::<AtomicU64>() };
        word.store(u64::from_ne_bytes(value), Ordering::Relaxed);
    };
    let (head, rest) = from.split_at(split(to, from.len()));
    for (at, value) in head.iter().enumerate() {
        byte(at, *value);
    }
    let mut at = head.len();
    let (words, tail) = rest.as_chunks::<WORD>();
    let (blocks, words) = words.as_chunks::<WORDS>();
    for [a, b, c, d] in blocks {
        word(at, *a);
        word(at.wrapping_add(WORD), *b);
        word(at.wrapping_add(2 * WORD), *c);
        word(at.wrapping_add(3 * WORD), *d);
        at = at.wrapping_add(WORDS * WORD);
    }
    for value in words {
        word(at, *value);
        at = at.wrapping_add(WORD);
    }
    for (behind, value) in tail.iter().enumerate() {
        byte(at.wrapping_add(behind), *value);
    }
}
