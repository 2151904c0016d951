//! Faults in the code of an image: they become exceptions, for the driver's own handlers first, and privileged instructions that compiled
//! drivers use are emulated. x86-64 Linux.
//!
//! # How
//!
//! When an instruction of an image faults, or one of the host's that touches memory for it, the signal handler either emulates it, or
//! lets the thread go on in [`enter_fault`] below the driver's frames, with the driver's registers: from there on it is an exception
//! as any other ([`super::exception`]). What no handler wants puts the thread back to where the host called the driver.

use std::ffi::c_void;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::engine::Caller;
use super::exception::enter_fault;
use super::outcome::{Cause, Fault};
use super::standing::{self, Processor, Standing, Watch, is_in_an_image, put_back, take_service};
use super::unwind::Table;

/// Watches an image: faults in its range are its own from now on. None if there are as many images as the host can watch.
pub(super) fn watch(length: usize, table: Table) -> Option<Watch> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(install);
    Watch::new(length, table)
}

/// The handler that was there before: Rust's own, which tells of stack overflows.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

fn install() {
    // SAFETY: a zeroed sigaction is a valid one, filled in here; the handler keeps to what a handler may do.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGSEGV, &raw const action, &raw mut before);
        if before.sa_flags & libc::SA_SIGINFO != 0 {
            BEFORE.store(before.sa_sigaction, Ordering::Release);
        }
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
        libc::sigaction(libc::SIGILL, &raw const action, std::ptr::null_mut());
        libc::sigaction(libc::SIGFPE, &raw const action, std::ptr::null_mut());
    }
}

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
    // CR8 is control register 0 with the extension bit of the prefix; the register form has both upper bits set.
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

/// KUSER_SHARED_DATA of every process and of the kernel (ntddk.h): `KeQuerySystemTime` and its like are macros that read it.
const SHARED_DATA: usize = 0xFFFF_F780_0000_0000;

/// What the shared page has at an offset: the interrupt time, the system time and the tick count, and no more. It may allocate: the thread
/// faulted in the code of an image, and nowhere else.
fn shared_data(processor: &dyn Processor, offset: usize) -> Option<[u8; 8]> {
    // KSYSTEM_TIME: low, high, high again. Ticks are of 15.625 ms; the multiplier is milliseconds in 8.24.
    let time = |value: u64| {
        let (low, high) = (value as u32, (value >> 32) as u32);
        [low.to_le_bytes(), high.to_le_bytes(), high.to_le_bytes()].concat()
    };
    let (interrupt, system) = processor.times();
    let fields = [
        (0x04, (0x0FA0_0000u32).to_le_bytes().to_vec()),
        (0x08, time(interrupt)),
        (0x14, time(system.cast_unsigned())),
        (0x320, time(interrupt / 156_250)),
    ];
    let field = fields.iter().find(|(at, bytes)| (*at..at + bytes.len()).contains(&offset));
    let (at, bytes) = field?;
    let mut value = [0; 8];
    for (to, from) in value.iter_mut().zip(bytes.get(offset - at..)?) {
        *to = *from;
    }
    Some(value)
}

/// A load of a general register from memory: which register, how many bytes it takes, how long the instruction is.
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

const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;
const STATUS_ILLEGAL_INSTRUCTION: u32 = 0xC000_001D;
const STATUS_INTEGER_DIVIDE_BY_ZERO: u32 = 0xC000_0094;

/// The processor's number of a general protection fault, which says no address.
const GENERAL_PROTECTION: i64 = 13;

/// What lies below the driver's stack pointer is nobody's; so much of it is left alone.
const BELOW: u64 = 128;

/// How far below a call of the driver its frames may lie.
const LONGEST_STACK: u64 = 64 * 1024 * 1024;

type Registers = [i64; 23];

fn at(register: libc::c_int) -> usize {
    register as usize
}

/// Whether the thread called an address where no code is, from inside an image.
fn called_nowhere(registers: &Registers, address: usize, standing: *const Standing) -> bool {
    let rsp = registers[at(libc::REG_RSP)] as u64;
    // SAFETY: the innermost call of this thread is under way, if there is one.
    let high = unsafe { standing.as_ref() }.map_or(0, |standing| standing.rsp);
    let is_stack = rsp.is_multiple_of(8) && rsp < high && rsp > high.saturating_sub(LONGEST_STACK);
    address == registers[at(libc::REG_RIP)] as usize
        && is_stack
        // SAFETY: on the stack of this thread, which is in use down to the stack pointer.
        && is_in_an_image(unsafe { *(rsp as *const usize) })
}

/// Runs on the thread that faulted, at the very instruction: what it reads of the thread, nothing else touches meanwhile.
unsafe extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: the system gives a ucontext_t and a siginfo_t that are the handler's for its time.
    let (machine, address) = unsafe {
        (&mut (*context.cast::<libc::ucontext_t>()).uc_mcontext, (*info).si_addr() as usize)
    };
    let registers = &mut machine.gregs;
    let instruction = registers[at(libc::REG_RIP)] as usize;
    let service = take_service();
    let place = standing::standing();
    // SAFETY: the innermost call of this thread is under way, and nothing else uses what it notes now.
    if let Some(standing) = unsafe { place.as_mut() }
        && std::mem::take(&mut standing.enters)
    {
        // On the way to the first step: there is no stack for it.
        standing.fault.cause = Cause::Exhausted;
        go_back(registers, standing);
        return;
    }
    let is_nowhere = signal == libc::SIGSEGV && called_nowhere(registers, address, place);
    if is_in_an_image(instruction) || service.is_some() || is_nowhere {
        // An instruction that could not even be fetched: its page is out of reach.
        let is_there = address != instruction && service.is_none();
        let bytes = if is_there {
            // SAFETY: the processor has just read the instruction there; images end with whole pages, and a move to CR8 has four bytes.
            unsafe { (instruction as *const [u8; 4]).read_unaligned() }
        } else {
            [0; 4]
        };
        // SAFETY: the innermost call of this thread is under way, for an image was called by it; it has what it was given.
        let processor = (!place.is_null()).then(|| unsafe { &*(*place).processor });
        match (decode(bytes), processor) {
            (Some(Cr8::Read { to }), Some(processor)) => {
                registers[at(REGISTERS[to])] = i64::from(processor.irql());
                registers[at(libc::REG_RIP)] += 4;
                return;
            }
            (Some(Cr8::Write { from }), Some(processor)) => {
                processor.set_irql(registers[at(REGISTERS[from])] as u8);
                registers[at(libc::REG_RIP)] += 4;
                return;
            }
            _ => {}
        }
        if let Some(processor) = processor
            && is_there
            && (SHARED_DATA..SHARED_DATA + 4096).contains(&address)
        {
            let mut bytes = [0; 15];
            for (offset, byte) in bytes.iter_mut().enumerate() {
                if is_in_an_image(instruction + offset) {
                    // SAFETY: inside an image, whose code is mapped.
                    *byte = unsafe { ((instruction + offset) as *const u8).read() };
                }
            }
            let value = shared_data(processor, address - SHARED_DATA);
            if let (Some(load), Some(value)) = (decode_load(&bytes), value) {
                let value = u64::from_le_bytes(value);
                let value = if load.wide { value } else { value & 0xFFFF_FFFF };
                registers[at(REGISTERS[load.to])] = value.cast_signed();
                registers[at(libc::REG_RIP)] += load.length as i64;
                return;
            }
        }
        // SAFETY: the innermost call of this thread is under way, and nothing else uses what it notes now.
        if let Some(standing) = unsafe { place.as_mut() } {
            // int 29h: the driver gave up itself, and says why in ECX.
            let gave_up = bytes[0] == 0xCD && bytes[1] == 0x29;
            let is_protection = registers[at(libc::REG_TRAPNO)] == GENERAL_PROTECTION;
            standing.fault = Fault {
                instruction,
                // An address that no pointer can be is not told: Windows says the highest one.
                address: if is_protection && !gave_up { usize::MAX } else { address },
                // Bit 1 of a page fault's error code: a write.
                writes: !is_protection && registers[at(libc::REG_ERR)] & 2 != 0,
                service: service.map(|service| service.name),
                code: match signal {
                    libc::SIGILL => STATUS_ILLEGAL_INSTRUCTION,
                    libc::SIGFPE => STATUS_INTEGER_DIVIDE_BY_ZERO,
                    _ => STATUS_ACCESS_VIOLATION,
                },
                cause: if gave_up {
                    Cause::FastFail(registers[at(libc::REG_RCX)] as u32)
                } else {
                    Cause::Fault
                },
            };
            if let Some(service) = service {
                // SAFETY: the function that was under way has it on its stack; the vector registers are the system's to restore.
                unsafe { to_caller(registers, machine.fpregs, &*service.caller) };
            }
            let rsp = registers[at(libc::REG_RSP)] as u64;
            let room = standing.rsp.saturating_sub(LONGEST_STACK)..standing.rsp;
            if gave_up || !rsp.is_multiple_of(8) || !room.contains(&rsp) {
                go_back(registers, standing);
                return;
            }
            standing.faulted = [registers[at(libc::REG_RIP)] as u64, rsp];
            standing.enters = true;
            registers[at(libc::REG_RSP)] = (((rsp - BELOW) & !15) - 8).cast_signed();
            registers[at(libc::REG_RIP)] = enter_fault as *const () as i64;
            return;
        }
    }
    let before = BEFORE.load(Ordering::Acquire);
    if before != 0 && signal == libc::SIGSEGV {
        // SAFETY: what the system said was the handler before, of this shape.
        let before = unsafe {
            std::mem::transmute::<
                usize,
                unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void),
            >(before)
        };
        // SAFETY: its own arguments.
        unsafe { before(signal, info, context) };
    } else {
        // SAFETY: the default action, for this time and the next.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

fn set<const COUNT: usize>(registers: &mut Registers, values: [(libc::c_int, u64); COUNT]) {
    for (register, value) in values {
        registers[at(register)] = value as i64;
    }
}

/// Puts the thread back to where the host called the driver.
fn go_back(registers: &mut Registers, standing: &Standing) {
    set(
        registers,
        [
            (libc::REG_RBX, standing.rbx),
            (libc::REG_RBP, standing.rbp),
            (libc::REG_R12, standing.r12),
            (libc::REG_R13, standing.r13),
            (libc::REG_R14, standing.r14),
            (libc::REG_R15, standing.r15),
            (libc::REG_RSP, standing.rsp),
            (libc::REG_RIP, put_back as *const () as u64),
        ],
    );
}

/// Out of a function of the host's, to where the driver called it.
///
/// # Safety
///
/// `vectors` is what the system restores, or null.
unsafe fn to_caller(registers: &mut Registers, vectors: *mut libc::_libc_fpstate, caller: &Caller) {
    set(
        registers,
        [
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
        ],
    );
    // SAFETY: the caller's word.
    let Some(vectors) = (unsafe { vectors.as_mut() }) else { return };
    for (place, value) in vectors._xmm[6..].iter_mut().zip(caller.vectors) {
        for (part, element) in place.element.iter_mut().enumerate() {
            *element = (value >> (32 * part)) as u32;
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
        // mov rax, moffs64; mov rcx, [rax]; mov r9d, [rdx + 14h]; mov rax, [rcx + rdx*8 + 320h]; mov rax, [disp32]
        assert_eq!(load(&[0x48, 0xA1, 8, 0, 0, 0, 0x80, 0xF7, 0xFF, 0xFF]), found(0, true, 10));
        assert_eq!(load(&[0x48, 0x8B, 0x08]), found(1, true, 3));
        assert_eq!(load(&[0x44, 0x8B, 0x4A, 0x14]), found(9, false, 4));
        assert_eq!(load(&[0x48, 0x8B, 0x84, 0xD1, 0x20, 3, 0, 0]), found(0, true, 8));
        assert_eq!(load(&[0x48, 0x8B, 0x04, 0x25, 8, 0, 0, 0]), found(0, true, 8));
        assert_eq!(load(&[0x48, 0x8B, 0xC1]), None);
        assert_eq!(load(&[0x48, 0x89, 0x08]), None);
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
