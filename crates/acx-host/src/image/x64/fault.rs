//! A thread that faulted, as the system describes it: x64.

use std::ffi::c_void;

use super::{Caller, Saved, put_back};
use crate::image::fault::{Code, Processor};
use crate::image::outcome::Cause;

/// The general registers in the order in which instructions number them.
const REGISTERS: [libc::c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// A move to or from CR8, the IRQL: REX.R, 0F 20 or 0F 22, and a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cr8 {
    Read { to: usize },
    Write { from: usize },
}

fn decode(bytes: [u8; 4]) -> Option<Cr8> {
    let [prefix, 0x0F, operation, operands] = bytes else { return None };
    // CR8 is control register 0 with the extension bit of the prefix; the register form has both
    // upper bits set.
    if prefix & 0xF6 != 0x44 || operands & 0xF8 != 0xC0 {
        return None;
    }
    let register = usize::from(operands & 7) | usize::from(prefix & 1) << 3;
    match operation {
        0x20 => Some(Cr8::Read { to: register }),
        0x22 => Some(Cr8::Write { from: register }),
        _ => None,
    }
}

/// A load of a general register from memory: which register, how many bytes it takes, how long the
/// instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load {
    to: usize,
    wide: bool,
    length: usize,
}

fn decode_load(bytes: &[u8; 15]) -> Option<Load> {
    let (rex, at) = if bytes[0] & 0xF0 == 0x40 { (bytes[0], 1) } else { (0, 0) };
    let wide = rex & 8 != 0;
    match bytes[at] {
        // mov eax or rax, moffs64
        0xA1 => Some(Load { to: 0, wide, length: at + 9 }),
        // mov r, r/m
        0x8B => {
            let operands = bytes[at + 1];
            let (mode, base) = (operands >> 6, operands & 7);
            let scaled = usize::from(base == 4);
            let no_base = if base == 4 { bytes[at + 2] & 7 == 5 } else { base == 5 };
            let displacement = match mode {
                0 if no_base => 4,
                0 => 0,
                1 => 1,
                2 => 4,
                _ => return None,
            };
            let to = usize::from(operands >> 3 & 7) | usize::from(rex & 4) << 1;
            Some(Load { to, wide, length: at + 2 + scaled + displacement })
        }
        _ => None,
    }
}

/// The processor's number of a general protection fault, which says no address.
const GENERAL_PROTECTION: i64 = 13;

type Registers = [i64; 23];

fn at(register: libc::c_int) -> usize {
    register as usize
}

/// The registers of a thread in a signal handler.
pub(in crate::image) struct Thread<'a> {
    registers: &'a mut Registers,
    /// What the system restores, or null.
    vectors: *mut libc::_libc_fpstate,
}

impl Thread<'_> {
    /// # Safety
    ///
    /// What the system gave the handler, whose alone it is.
    pub(in crate::image) unsafe fn of(context: *mut c_void) -> Self {
        // SAFETY: the caller's contract.
        let machine = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext };
        Self { registers: &mut machine.gregs, vectors: machine.fpregs }
    }

    /// The instruction that faulted.
    pub(in crate::image) fn pc(&self) -> u64 {
        self.registers[at(libc::REG_RIP)] as u64
    }

    pub(in crate::image) fn sp(&self) -> u64 {
        self.registers[at(libc::REG_RSP)] as u64
    }

    /// Goes on in a function that nobody calls, with the stack from here down.
    pub(in crate::image) fn enter(&mut self, function: *const (), sp: u64) {
        self.set([(libc::REG_RSP, (sp & !15) - 8), (libc::REG_RIP, function as u64)]);
    }

    /// Where a function that was just called returns; `is_stack` knows the stack.
    pub(in crate::image) fn caller(&self, is_stack: impl Fn(u64) -> bool) -> Option<usize> {
        // SAFETY: on the stack of this thread, which is in use down to the stack pointer.
        is_stack(self.sp()).then(|| unsafe { *(self.sp() as *const usize) })
    }

    /// Moves to and from CR8, the IRQL.
    pub(in crate::image) fn emulate(&mut self, code: Code, processor: &dyn Processor) -> bool {
        match decode([code[0], code[1], code[2], code[3]]) {
            Some(Cr8::Read { to }) => {
                self.registers[at(REGISTERS[to])] = i64::from(processor.irql());
            }
            Some(Cr8::Write { from }) => {
                processor.set_irql(self.registers[at(REGISTERS[from])] as u8);
            }
            None => return false,
        }
        self.registers[at(libc::REG_RIP)] += 4;
        true
    }

    /// Does a load from memory that holds this value.
    pub(in crate::image) fn load(&mut self, code: Code, value: u64) -> bool {
        let Some(load) = decode_load(&code) else { return false };
        let value = if load.wide { value } else { value & 0xFFFF_FFFF };
        self.registers[at(REGISTERS[load.to])] = value.cast_signed();
        self.registers[at(libc::REG_RIP)] += load.length as i64;
        true
    }

    /// The address that a fault was about. One that no pointer can be is not told: Windows says the
    /// highest one.
    pub(in crate::image) fn address(&self, told: usize, code: Code) -> usize {
        if self.is_protection() && self.cause(code) == Cause::Fault { usize::MAX } else { told }
    }

    fn is_protection(&self) -> bool {
        self.registers[at(libc::REG_TRAPNO)] == GENERAL_PROTECTION
    }

    /// Whether it wanted to write: bit 1 of a page fault's error code.
    pub(in crate::image) fn writes(&self, _code: Code) -> bool {
        !self.is_protection() && self.registers[at(libc::REG_ERR)] & 2 != 0
    }

    /// What Windows calls a fault for which the system sent this signal.
    pub(in crate::image) fn status(signal: libc::c_int, _code: Code) -> u32 {
        match signal {
            libc::SIGILL => super::STATUS_ILLEGAL_INSTRUCTION,
            libc::SIGFPE => super::STATUS_INTEGER_DIVIDE_BY_ZERO,
            _ => super::STATUS_ACCESS_VIOLATION,
        }
    }

    /// int 29h: the driver gave up itself, and says why in ECX.
    pub(in crate::image) fn cause(&self, code: Code) -> Cause {
        if code[0] == 0xCD && code[1] == 0x29 {
            Cause::FastFail(self.registers[at(libc::REG_RCX)] as u32)
        } else {
            Cause::Fault
        }
    }

    fn set<const COUNT: usize>(&mut self, values: [(libc::c_int, u64); COUNT]) {
        for (register, value) in values {
            self.registers[at(register)] = value as i64;
        }
    }

    /// Puts the thread back to where the host called the driver.
    pub(in crate::image) fn go_back(&mut self, saved: &Saved) {
        self.set([
            (libc::REG_RBX, saved.rbx),
            (libc::REG_RBP, saved.rbp),
            (libc::REG_R12, saved.r12),
            (libc::REG_R13, saved.r13),
            (libc::REG_R14, saved.r14),
            (libc::REG_R15, saved.r15),
            (libc::REG_RSP, saved.rsp),
            (libc::REG_RIP, put_back as *const () as u64),
        ]);
    }

    /// Out of a function of the host's, to where the driver called it.
    pub(in crate::image) fn go_to_caller(&mut self, caller: &Caller) {
        self.set([
            (libc::REG_RBX, caller.rbx),
            (libc::REG_RBP, caller.rbp),
            (libc::REG_RSI, caller.rsi),
            (libc::REG_RDI, caller.rdi),
            (libc::REG_R12, caller.r12),
            (libc::REG_R13, caller.r13),
            (libc::REG_R14, caller.r14),
            (libc::REG_R15, caller.r15),
            (libc::REG_RSP, caller.rsp),
            (libc::REG_RIP, caller.rip),
        ]);
        // SAFETY: the system's, for the handler's time, or null.
        let Some(vectors) = (unsafe { self.vectors.as_mut() }) else { return };
        for (place, value) in vectors._xmm[6..].iter_mut().zip(caller.vectors) {
            for (part, element) in place.element.iter_mut().enumerate() {
                *element = (value >> (32 * part)) as u32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_as_long_as_they_are() {
        let load = |bytes: &[u8]| {
            let mut all = [0x90; 15];
            all[..bytes.len()].copy_from_slice(bytes);
            decode_load(&all)
        };
        let found = |to, wide, length| Some(Load { to, wide, length });
        // mov rax, moffs64; mov rcx, [rax]; mov r9d, [rdx + 14h]; mov rax, [rcx + rdx*8 + 320h];
        // mov rax, [disp32]
        assert_eq!(load(&[0x48, 0xA1, 8, 0, 0, 0, 0x80, 0xF7, 0xFF, 0xFF]), found(0, true, 10));
        assert_eq!(load(&[0x48, 0x8B, 0x08]), found(1, true, 3));
        assert_eq!(load(&[0x44, 0x8B, 0x4A, 0x14]), found(9, false, 4));
        assert_eq!(load(&[0x48, 0x8B, 0x84, 0xD1, 0x20, 3, 0, 0]), found(0, true, 8));
        assert_eq!(load(&[0x48, 0x8B, 0x04, 0x25, 8, 0, 0, 0]), found(0, true, 8));
        assert_eq!(load(&[0x48, 0x8B, 0xC1]), None);
        assert_eq!(load(&[0x48, 0x89, 0x08]), None);
        // mov eax, moffs64; mov eax, [rip + disp32]; mov r15d, [rbp + disp8]; mov ecx, [rsp]; mov
        // ecx, [rbp + rax*4]; mov ecx, [rdx + rax*4]; mov ecx, [rbp + rax*4 + disp8]
        assert_eq!(load(&[0xA1, 8, 0, 0, 0, 0x80, 0xF7, 0xFF, 0xFF]), found(0, false, 9));
        assert_eq!(load(&[0x8B, 0x05, 8, 0, 0, 0]), found(0, false, 6));
        assert_eq!(load(&[0x44, 0x8B, 0x7D, 0x14]), found(15, false, 4));
        assert_eq!(load(&[0x8B, 0x0C, 0x24]), found(1, false, 3));
        assert_eq!(load(&[0x8B, 0x0C, 0x85, 8, 0, 0, 0]), found(1, false, 7));
        assert_eq!(load(&[0x8B, 0x0C, 0x82]), found(1, false, 3));
        assert_eq!(load(&[0x8B, 0x4C, 0x85, 8]), found(1, false, 4));
        // mov ecx, [r8]: the prefix says something of the address, too.
        assert_eq!(load(&[0x41, 0x8B, 0x08]), found(1, false, 3));
    }

    /// A machine at IRQL 2, which notes the level that is set.
    struct Level(std::cell::Cell<u8>);

    impl Processor for Level {
        fn irql(&self) -> u8 {
            self.0.get()
        }

        fn set_irql(&self, irql: u8) {
            self.0.set(irql);
        }

        fn times(&self) -> (u64, i64) {
            (0, 0)
        }

        fn may_be_handled(&self, _fault: &crate::image::outcome::Fault) -> bool {
            false
        }
    }

    fn code(bytes: &[u8]) -> Code {
        let mut all = [0x90; 15];
        all[..bytes.len()].copy_from_slice(bytes);
        all
    }

    #[test]
    fn what_is_emulated_is_done_and_stepped_over() {
        let mut registers: Registers = [0; 23];
        let mut thread = Thread { registers: &mut registers, vectors: std::ptr::null_mut() };
        thread.set([(libc::REG_RIP, 0x1000), (libc::REG_RCX, 0x0102_0301), (libc::REG_R9, 7)]);
        let machine = Level(std::cell::Cell::new(2));
        // mov rbx, cr8; mov cr8, rcx
        assert!(thread.emulate(code(&[0x44, 0x0F, 0x20, 0xC3]), &machine));
        assert!(thread.emulate(code(&[0x44, 0x0F, 0x22, 0xC1]), &machine));
        assert_eq!((thread.registers[at(libc::REG_RBX)], machine.0.get()), (2, 1));
        assert_eq!(thread.pc(), 0x1008);
        assert!(!thread.emulate(code(&[0x48, 0x8B, 0x08]), &machine));
        // mov r9, [rax]; mov ecx, [rax]: the upper half of a register goes with a narrow load.
        let value = 0x8765_4321_0FED_CBA9;
        assert!(thread.load(code(&[0x4C, 0x8B, 0x08]), value));
        assert!(thread.load(code(&[0x8B, 0x08]), value));
        assert_eq!(thread.registers[at(libc::REG_R9)].cast_unsigned(), value);
        assert_eq!(thread.registers[at(libc::REG_RCX)], 0x0FED_CBA9);
        assert_eq!(thread.pc(), 0x100D);
        assert!(!thread.load(code(&[0x44, 0x0F, 0x20, 0xC3]), value));
        assert_eq!(thread.pc(), 0x100D);
    }

    #[test]
    fn a_fault_is_told_as_windows_tells_it() {
        let mut registers: Registers = [0; 23];
        let mut thread = Thread { registers: &mut registers, vectors: std::ptr::null_mut() };
        let (plain, fast_fail) = (code(&[0x90]), code(&[0xCD, 0x29]));
        // A page fault, number 14: by a read of what is there, and by a write to what is not.
        for (error, writes) in [(1, false), (2, true), (0x14, false), (0x17, true)] {
            thread.set([(libc::REG_TRAPNO, 14), (libc::REG_ERR, error)]);
            assert_eq!((thread.writes(plain), thread.address(0x10, plain)), (writes, 0x10));
        }
        // A general protection fault says no address, and its error code is another.
        thread.set([(libc::REG_TRAPNO, 13), (libc::REG_ERR, 2), (libc::REG_RCX, 5)]);
        assert_eq!((thread.writes(plain), thread.address(0, plain)), (false, usize::MAX));
        assert_eq!(
            (thread.cause(plain), thread.cause(fast_fail)),
            (Cause::Fault, Cause::FastFail(5))
        );
        assert_eq!(thread.address(0, fast_fail), 0);
        // int 2Ah, and another instruction whose second byte is 29h.
        for other in [[0xCD, 0x2A], [0x48, 0x29]] {
            assert_eq!(thread.cause(code(&other)), Cause::Fault);
        }
        for (signal, status) in [
            (libc::SIGSEGV, 0xC000_0005),
            (libc::SIGBUS, 0xC000_0005),
            (libc::SIGILL, 0xC000_001D),
            (libc::SIGFPE, 0xC000_0094),
        ] {
            assert_eq!(Thread::status(signal, plain), status);
        }
    }

    #[test]
    fn a_thread_goes_on_with_the_registers_that_it_is_given() {
        let mut registers: Registers = [-1; 23];
        // SAFETY: numbers, for which zeros are valid.
        let mut vectors: libc::_libc_fpstate = unsafe { std::mem::zeroed() };
        let mut thread = Thread { registers: &mut registers, vectors: &raw mut vectors };
        // As behind a call: the return address' place is 8 below a multiple of 16.
        for (sp, entered) in [(0x1000, 0xFF8), (0x100F, 0xFF8), (0x1010, 0x1008)] {
            thread.enter(put_back as *const (), sp);
            assert_eq!((thread.sp(), thread.pc()), (entered, put_back as *const () as u64));
        }
        let saved = Saved { rbx: 1, rbp: 2, r12: 3, r13: 4, r14: 5, r15: 6, rsp: 7 };
        thread.go_back(&saved);
        let names = [libc::REG_RBX, libc::REG_RBP, libc::REG_R12, libc::REG_R13, libc::REG_R14];
        assert_eq!(names.map(|name| thread.registers[at(name)]), [1, 2, 3, 4, 5]);
        assert_eq!((thread.registers[at(libc::REG_R15)], thread.sp()), (6, 7));
        assert_eq!(thread.pc(), put_back as *const () as u64);
        let mut caller = Caller {
            vectors: [0; 10],
            rbx: 11,
            rbp: 12,
            rsi: 13,
            rdi: 14,
            r12: 15,
            r13: 16,
            r14: 17,
            r15: 18,
            rsp: 19,
            rip: 20,
        };
        for (place, value) in caller.vectors.iter_mut().zip(6..) {
            *place = value << 96 | value << 64 | value << 32 | (value + 0x100);
        }
        thread.go_to_caller(&caller);
        let names = [libc::REG_RBX, libc::REG_RBP, libc::REG_RSI, libc::REG_RDI, libc::REG_R12];
        assert_eq!(names.map(|name| thread.registers[at(name)]), [11, 12, 13, 14, 15]);
        let names = [libc::REG_R13, libc::REG_R14, libc::REG_R15, libc::REG_RSP, libc::REG_RIP];
        assert_eq!(names.map(|name| thread.registers[at(name)]), [16, 17, 18, 19, 20]);
        // xmm6 to xmm15 are kept for the caller, the others are nobody's.
        for (number, place) in (0..).zip(vectors._xmm) {
            let kept = [number + 0x100, number, number, number];
            assert_eq!(place.element, if number < 6 { [0; 4] } else { kept }, "{number}");
        }
    }

    #[test]
    fn a_caller_is_where_the_stack_says() {
        let word = 0x1234_usize;
        let place = &raw const word as u64;
        let mut registers: Registers = [0; 23];
        let mut thread = Thread { registers: &mut registers, vectors: std::ptr::null_mut() };
        thread.set([(libc::REG_RSP, place)]);
        assert_eq!(thread.caller(|sp| sp == place), Some(0x1234));
        assert_eq!(thread.caller(|_| false), None);
    }

    #[test]
    fn moves_to_and_from_the_irql_are_told_from_other_instructions() {
        assert_eq!(decode([0x44, 0x0F, 0x20, 0xC0]), Some(Cr8::Read { to: 0 }));
        assert_eq!(decode([0x44, 0x0F, 0x20, 0xC3]), Some(Cr8::Read { to: 3 }));
        assert_eq!(decode([0x45, 0x0F, 0x20, 0xC7]), Some(Cr8::Read { to: 15 }));
        assert_eq!(decode([0x44, 0x0F, 0x22, 0xC1]), Some(Cr8::Write { from: 1 }));
        // CR0, CR3, memory operands, other instructions.
        for other in [
            [0x40, 0x0F, 0x20, 0xC0],
            [0x44, 0x0F, 0x20, 0xD8],
            [0x44, 0x0F, 0x20, 0x00],
            [0x48, 0x8B, 0x04, 0x25],
        ] {
            assert_eq!(decode(other), None, "{other:x?}");
        }
    }
}
