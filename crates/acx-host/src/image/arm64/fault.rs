//! A thread that faulted, as the system describes it: ARM64.

use std::ffi::c_void;

use super::{Caller, Saved, put_back};
use crate::image::fault::{Code, Processor};
use crate::image::outcome::Cause;

/// Records behind the registers in a signal's frame (asm/sigcontext.h): their magic numbers.
const VECTORS: u32 = 0x4650_8001;
const SYNDROME: u32 = 0x4553_5201;

/// Immediate operands of `brk` that have a meaning: of `__debugbreak`, `__fastfail` and a division
/// by zero.
const BREAKPOINT: u32 = 0xF000;
const FAST_FAIL: u32 = 0xF003;
const DIVISION: u32 = 0xF004;

/// The operand of a `brk`.
fn breakpoint(code: Code) -> Option<u32> {
    let word = instruction(code);
    (word & 0xFFE0_001F == 0xD420_0000).then_some(word >> 5 & 0xFFFF)
}

fn instruction(code: Code) -> u32 {
    u32::from_le_bytes([code[0], code[1], code[2], code[3]])
}

/// Whether an instruction writes to memory.
fn is_store(word: u32) -> bool {
    let is_load = word & 1 << 22 != 0;
    match word >> 24 & 0x3F {
        // Exclusive ones, with compare and swap.
        0x08 => !is_load || word & 0x00A0_0000 == 0x00A0_0000,
        // Vectors of structures, pairs.
        0x0C | 0x0D | 0x28 | 0x29 | 0x2C | 0x2D => !is_load,
        // One register.
        0x38 | 0x39 | 0x3C | 0x3D => {
            let (is_vector, kind) = (word & 1 << 26 != 0, word >> 22 & 3);
            let is_atomic = word & 0x3F20_0C00 == 0x3820_0000 && word >> 12 & 15 != 12;
            is_atomic || kind == 0 || is_vector && kind == 2 && word >> 30 == 0
        }
        // dc zva
        _ => word & 0xFFFF_FFE0 == 0xD50B_7420,
    }
}

/// A load of one register: which, how many bytes, whether and to what its sign is extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load {
    to: usize,
    bits: u32,
    /// The width of the register, if it is a load that keeps the sign.
    signed: Option<u32>,
}

fn decode_load(word: u32) -> Option<Load> {
    let (to, bits) = ((word & 31) as usize, 8 << (word >> 30));
    // Acquiring; else with an unsigned place, with a place without scaling or of a register. None
    // that changes its base.
    let is_acquire = word & 0x3FFF_FC00 == 0x08DF_FC00;
    let is_plain = word & 0x3F00_0000 == 0x3900_0000
        || word & 0x3F20_0C00 == 0x3800_0000
        || word & 0x3F20_0C00 == 0x3820_0800;
    let load = |signed| Some(Load { to, bits, signed });
    match word >> 22 & 3 {
        _ if is_acquire => load(None),
        _ if !is_plain => None,
        1 => load(None),
        2 if bits < 64 => load(Some(64)),
        3 if bits < 32 => load(Some(32)),
        _ => None,
    }
}

impl Load {
    fn value(self, value: u64) -> u64 {
        let above = 64 - self.bits;
        match self.signed {
            None => value << above >> above,
            Some(width) => {
                let value = ((value << above).cast_signed() >> above).cast_unsigned();
                value << (64 - width) >> (64 - width)
            }
        }
    }
}

/// The registers of a thread in a signal handler.
pub(in crate::image) struct Thread<'a> {
    machine: &'a mut libc::mcontext_t,
}

impl Thread<'_> {
    /// # Safety
    ///
    /// What the system gave the handler, whose alone it is.
    pub(in crate::image) unsafe fn of(context: *mut c_void) -> Self {
        // SAFETY: the caller's contract.
        Self { machine: unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext } }
    }

    /// The record with this magic number, if there is one.
    fn record(&mut self, wanted: u32) -> Option<*mut u32> {
        let registers = (&raw mut self.machine.pstate).wrapping_add(1);
        let mut at = (registers as usize).next_multiple_of(16) as *mut u32;
        loop {
            // SAFETY: the system wrote records one behind the other; the last one has no size.
            let (magic, size) = unsafe { (*at, *at.add(1)) };
            if magic == wanted {
                return Some(at);
            }
            if magic == 0 || size == 0 {
                return None;
            }
            at = at.wrapping_byte_add(size as usize);
        }
    }

    /// The low parts of d8 to d15.
    fn set_doubles(&mut self, doubles: [u64; 8]) {
        let Some(record) = self.record(VECTORS) else { return };
        // Magic, size, fpsr and fpcr; then 32 registers of 16 bytes.
        let registers = record.wrapping_add(4).cast::<u64>();
        for (index, double) in doubles.into_iter().enumerate() {
            // SAFETY: inside the record, which is the handler's for its time.
            unsafe { registers.add(2 * (8 + index)).write(double) };
        }
    }

    /// The instruction that faulted.
    pub(in crate::image) fn pc(&self) -> u64 {
        self.machine.pc
    }

    pub(in crate::image) fn sp(&self) -> u64 {
        self.machine.sp
    }

    /// Goes on in a function that nobody calls, with the stack from here down.
    pub(in crate::image) fn enter(&mut self, function: *const (), sp: u64) {
        (self.machine.sp, self.machine.pc) = (sp & !15, function as u64);
    }

    /// Where a function that was just called returns; `is_stack` knows the stack.
    pub(in crate::image) fn caller(&self, is_stack: impl Fn(u64) -> bool) -> Option<usize> {
        let call = self.machine.regs[30].wrapping_sub(4) as usize;
        is_stack(self.sp()).then_some(call)
    }

    /// Nothing is emulated: drivers for ARM64 ask functions for the IRQL.
    pub(in crate::image) fn emulate(&mut self, _code: Code, _processor: &dyn Processor) -> bool {
        false
    }

    /// Does a load from memory that holds this value.
    pub(in crate::image) fn load(&mut self, code: Code, value: u64) -> bool {
        let Some(load) = decode_load(instruction(code)) else { return false };
        if let Some(register) = self.machine.regs.get_mut(load.to) {
            *register = load.value(value);
        }
        self.machine.pc += 4;
        true
    }

    /// The address that a fault was about.
    pub(in crate::image) fn address(&self, told: usize, _code: Code) -> usize {
        told
    }

    /// Whether it wanted to write: bit 6 of a data abort's syndrome, or the instruction where the
    /// system says no syndrome.
    pub(in crate::image) fn writes(&mut self, code: Code) -> bool {
        match self.record(SYNDROME) {
            // SAFETY: inside the record.
            Some(record) => unsafe { record.add(2).cast::<u64>().read() & 1 << 6 != 0 },
            None => is_store(instruction(code)),
        }
    }

    /// What Windows calls a fault for which the system sent this signal.
    pub(in crate::image) fn status(signal: libc::c_int, code: Code) -> u32 {
        match (signal, breakpoint(code)) {
            (libc::SIGTRAP, Some(DIVISION)) => super::STATUS_INTEGER_DIVIDE_BY_ZERO,
            (libc::SIGTRAP, Some(BREAKPOINT)) => super::STATUS_BREAKPOINT,
            (libc::SIGILL | libc::SIGTRAP, _) => super::STATUS_ILLEGAL_INSTRUCTION,
            _ => super::STATUS_ACCESS_VIOLATION,
        }
    }

    /// A fast fail: the driver gave up itself, and says why in w0.
    pub(in crate::image) fn cause(&self, code: Code) -> Cause {
        match breakpoint(code) {
            Some(FAST_FAIL) => Cause::FastFail(self.machine.regs[0] as u32),
            _ => Cause::Fault,
        }
    }

    /// Puts the thread back to where the host called the driver.
    pub(in crate::image) fn go_back(&mut self, saved: &Saved) {
        self.machine.regs[19..].copy_from_slice(&saved.general);
        (self.machine.sp, self.machine.pc) = (saved.sp, put_back as *const () as u64);
        self.set_doubles(saved.doubles);
    }

    /// Out of a function of the host's, to where the driver called it.
    pub(in crate::image) fn go_to_caller(&mut self, caller: &Caller) {
        self.machine.regs[19..].copy_from_slice(&caller.general);
        (self.machine.sp, self.machine.pc) = (caller.sp, self.machine.regs[30]);
        self.set_doubles(caller.doubles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_told_from_loads() {
        // str x0, [x1]; strb w0, [x1, x2]; stp x0, x1, [x2, #-16]!; str q0, [x1]; st1 {v0.16b},
        // [x1]; stlr w0, [x1]; stxr w2, x0, [x1]; ldadd w0, w2, [x1]; cas w0, w2, [x1]; dc zva, x0;
        // sturh w0, [x1, #1]; stp q0, q1, [x2]
        for store in [
            0xF900_0020,
            0x3822_6820,
            0xA9BF_0440,
            0x3D80_0020,
            0x4C00_7020,
            0x889F_FC20,
            0xC802_7C20,
            0xB820_0022,
            0x88A0_7C22,
            0xD50B_7420,
            0x7800_1020,
            0xAD00_0440,
        ] {
            assert!(is_store(store), "{store:#x}");
        }
        // ldr x0, [x1]; ldrb w0, [x1, x2]; ldp x0, x1, [x2], #16; ldr q0, [x1]; ld1 {v0.16b}, [x1];
        // ldar w0, [x1]; ldxr x0, [x1]; ldrsw x0, [x1]; prfm; mov; ldapr w0, [x1]; ldp q0, q1, [x2]
        for load in [
            0xF940_0020,
            0x3862_6820,
            0xA8C1_0440,
            0x3DC0_0020,
            0x4C40_7020,
            0x88DF_FC20,
            0xC85F_7C20,
            0xB980_0020,
            0xF980_0020,
            0xAA01_03E0,
            0xB8BF_C020,
            0xAD40_0440,
        ] {
            assert!(!is_store(load), "{load:#x}");
        }
    }

    #[test]
    fn loads_are_done_with_their_width_and_sign() {
        let value =
            |word: u32| decode_load(word).map(|load| (load.to, load.value(0x1234_8765_89AB_FEDC)));
        // ldr x3, [x1, #8]; ldr w3, [x1]; ldur x3, [x1, #-1]; ldrb w3, [x1]; ldrsb w3, [x1]; ldrsw
        // x3, [x1]; ldar x3, [x1]; ldr x3, [x1, x2]
        assert_eq!(value(0xF940_0423), Some((3, 0x1234_8765_89AB_FEDC)));
        assert_eq!(value(0xB940_0023), Some((3, 0x89AB_FEDC)));
        assert_eq!(value(0xF85F_F023), Some((3, 0x1234_8765_89AB_FEDC)));
        assert_eq!(value(0x3940_0023), Some((3, 0xDC)));
        assert_eq!(value(0x39C0_0023), Some((3, 0xFFFF_FFDC)));
        assert_eq!(value(0xB980_0023), Some((3, 0xFFFF_FFFF_89AB_FEDC)));
        assert_eq!(value(0xC8DF_FC23), Some((3, 0x1234_8765_89AB_FEDC)));
        assert_eq!(value(0xF862_6823), Some((3, 0x1234_8765_89AB_FEDC)));
        // A store, a pair, one that moves its base, a vector.
        for other in [0xF900_0020, 0xA940_0440, 0xF840_8423, 0x3DC0_0020] {
            assert_eq!(decode_load(other), None, "{other:#x}");
        }
    }
}
