//! How the host's functions for exceptions run on the driver's stack: registers in, a step at a time, registers out. x86-64 Linux.
//!
//! # How
//!
//! A driver that calls one of them, or faults, gets into a few instructions that store every register in a [`State`] on its own stack
//! and then do what [`State::step`] says, again and again: call a function of the driver, return, or go on with other registers. A step
//! is a function of Rust that has returned before anything of the driver's runs. So what is left behind when an exception jumps over
//! this frame owns nothing.
//!
//! A state that calls into the driver is a *link*: whoever walks the stack from further in finds the host's frame there, which has no
//! unwind data, and goes on with what the link says.

use super::outcome::Fault;
use super::unwind::Context;

/// EXCEPTION_RECORD of winnt.h.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Record {
    pub(super) code: u32,
    pub(super) flags: u32,
    pub(super) outer: *mut Record,
    pub(super) address: u64,
    pub(super) count: u32,
    pub(super) information: [u64; 15],
}

/// DISPATCHER_CONTEXT of winnt.h: what a handler gets to know of its frame.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Dispatcher {
    pub(super) control: u64,
    pub(super) base: u64,
    pub(super) function: u64,
    pub(super) establisher: u64,
    pub(super) target: u64,
    pub(super) context: *mut Context,
    pub(super) handler: u64,
    pub(super) data: u64,
    pub(super) history: u64,
    pub(super) scope: u32,
    pub(super) fill: u32,
}

const _: () = assert!(size_of::<Record>() == 0x98 && size_of::<Dispatcher>() == 0x50);

/// What the instructions do next.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Returns `answer` to the driver that called.
    Return = 0,
    /// Calls `function` with `arguments`, then takes the next step.
    Call = 1,
    /// Goes on with the registers at `restore`.
    Restore = 2,
}

/// What a state is for those who walk the stack.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It looks for a handler of the exception that `context` raised.
    Dispatch,
    /// It is `__C_specific_handler`, called by `context`.
    Handler,
    /// It leaves frames; `work` is the one that it is at.
    Unwind,
}

pub(super) type Step = unsafe extern "sysv64" fn(*mut State) -> Action;

/// A function of the host's, under way on the driver's stack.
#[repr(C, align(16))]
pub(crate) struct State {
    /// The registers of the driver that called, as the function returns to it; or of the one that faulted.
    pub(super) context: Context,
    pub(super) step: Step,
    pub(super) function: u64,
    pub(super) arguments: [u64; 4],
    pub(super) result: u64,
    pub(super) answer: u64,
    pub(super) restore: *const Context,
    /// What a step has stored; nothing of it before the first one has run.
    pub(super) own: std::mem::MaybeUninit<Own>,
    /// What `restore` writes beside the driver's stack pointer must not be this.
    _reserve: [u64; 8],
}

/// What steps keep.
#[repr(C)]
pub(super) struct Own {
    /// The registers in the frame that is looked at.
    pub(super) work: Context,
    /// And in its caller.
    pub(super) next: Context,
    pub(super) record: Record,
    pub(super) dispatcher: Dispatcher,
    /// EXCEPTION_POINTERS.
    pub(super) pointers: [u64; 2],
    pub(super) kind: Kind,
    /// The next link further out.
    pub(super) outer: *mut State,
    /// The next one that the walk will meet.
    pub(super) walk: *mut State,
    /// The exception that a handler is asked about.
    pub(super) subject: *mut Record,
    /// Where an unwind goes, and what it answers there.
    pub(super) target_frame: u64,
    pub(super) target: u64,
    pub(super) value: u64,
    /// The frame's handler's own dispatcher context.
    pub(super) asked: *mut Dispatcher,
    /// The scope that is asked next.
    pub(super) index: u32,
    /// What is reported if no handler wants the exception.
    pub(super) fault: Fault,
}

/// Room for the arguments of the functions that are called.
const HOME: usize = 0x20;
/// What lies between the driver's stack pointer and the flags.
pub(super) const FRAME: usize = HOME + size_of::<State>();

impl State {
    /// The stack pointer of a driver's function that returns to this frame.
    pub(super) fn returns_at(state: *const Self) -> u64 {
        state as u64 - HOME as u64
    }
}

/// Stores the general registers and those of the vector unit in the state at rsp + 20h. The flags lie behind it.
macro_rules! save {
    () => {
        "mov [rsp + 0x20 + 0x78], rax
        mov [rsp + 0x20 + 0x80], rcx
        mov [rsp + 0x20 + 0x88], rdx
        mov [rsp + 0x20 + 0x90], rbx
        mov [rsp + 0x20 + 0xA0], rbp
        mov [rsp + 0x20 + 0xA8], rsi
        mov [rsp + 0x20 + 0xB0], rdi
        mov [rsp + 0x20 + 0xB8], r8
        mov [rsp + 0x20 + 0xC0], r9
        mov [rsp + 0x20 + 0xC8], r10
        mov [rsp + 0x20 + 0xD0], r11
        mov [rsp + 0x20 + 0xD8], r12
        mov [rsp + 0x20 + 0xE0], r13
        mov [rsp + 0x20 + 0xE8], r14
        mov [rsp + 0x20 + 0xF0], r15
        fxsave64 [rsp + 0x20 + 0x100]
        stmxcsr [rsp + 0x20 + 0x34]
        mov dword ptr [rsp + 0x20 + 0x30], 0x10000B
        mov rax, [rsp + {frame}]
        mov [rsp + 0x20 + 0x44], eax
        cld"
    };
}
pub(super) use save;

/// A function of the host's that a driver calls: its first step is in r10.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn enter() {
    core::arch::naked_asm!(
        "pushfq",
        "sub rsp, {frame}",
        save!(),
        "lea rax, [rsp + {frame} + 16]",
        "mov [rsp + 0x20 + 0x98], rax",
        "mov rax, [rsp + {frame} + 8]",
        "mov [rsp + 0x20 + 0xF8], rax",
        "mov [rsp + 0x20 + {step}], r10",
        "jmp {run}",
        frame = const FRAME,
        step = const std::mem::offset_of!(State, step),
        run = sym run,
    )
}

/// Steps, with the state at rsp + 20h.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn run() {
    core::arch::naked_asm!(
        "2:",
        "lea rdi, [rsp + 0x20]",
        "call [rsp + 0x20 + {step}]",
        "cmp eax, 1",
        "je 3f",
        "ja 4f",
        // To the driver that called, with the registers that it expects to be as they were.
        "mov rax, [rsp + 0x20 + {answer}]",
        "mov rsi, [rsp + 0x20 + 0xA8]",
        "mov rdi, [rsp + 0x20 + 0xB0]",
        "fxrstor64 [rsp + 0x20 + 0x100]",
        "add rsp, {frame} + 8",
        "ret",
        "3:",
        "mov rcx, [rsp + 0x20 + {arguments}]",
        "mov rdx, [rsp + 0x20 + {arguments} + 8]",
        "mov r8, [rsp + 0x20 + {arguments} + 16]",
        "mov r9, [rsp + 0x20 + {arguments} + 24]",
        "call [rsp + 0x20 + {function}]",
        "mov [rsp + 0x20 + {result}], rax",
        "cld",
        "jmp 2b",
        "4:",
        "mov rdi, [rsp + 0x20 + {restore}]",
        "jmp {go_on}",
        step = const std::mem::offset_of!(State, step),
        answer = const std::mem::offset_of!(State, answer),
        arguments = const std::mem::offset_of!(State, arguments),
        function = const std::mem::offset_of!(State, function),
        result = const std::mem::offset_of!(State, result),
        restore = const std::mem::offset_of!(State, restore),
        frame = const FRAME,
        go_on = sym go_on,
    )
}

/// Goes on with the registers of the context at rdi. Five words below its stack pointer are written.
#[unsafe(naked)]
unsafe extern "C" fn go_on() {
    core::arch::naked_asm!(
        "fxrstor64 [rdi + 0x100]",
        "mov rax, [rdi + 0x98]",
        "mov rcx, [rdi + 0xF8]",
        "mov [rax - 8], rcx",
        "mov ecx, [rdi + 0x44]",
        "mov [rax - 16], rcx",
        "mov rcx, [rdi + 0xB0]",
        "mov [rax - 24], rcx",
        "mov rcx, [rdi + 0x80]",
        "mov [rax - 32], rcx",
        "mov rcx, [rdi + 0x78]",
        "mov [rax - 40], rcx",
        "mov rdx, [rdi + 0x88]",
        "mov rbx, [rdi + 0x90]",
        "mov rbp, [rdi + 0xA0]",
        "mov rsi, [rdi + 0xA8]",
        "mov r8, [rdi + 0xB8]",
        "mov r9, [rdi + 0xC0]",
        "mov r10, [rdi + 0xC8]",
        "mov r11, [rdi + 0xD0]",
        "mov r12, [rdi + 0xD8]",
        "mov r13, [rdi + 0xE0]",
        "mov r14, [rdi + 0xE8]",
        "mov r15, [rdi + 0xF0]",
        "lea rsp, [rax - 40]",
        "pop rax",
        "pop rcx",
        "pop rdi",
        "popfq",
        "ret",
    )
}

/// A function that images import, which begins with a step.
macro_rules! stepping {
    ($first:path) => {{
        #[unsafe(naked)]
        unsafe extern "win64" fn enter() {
            core::arch::naked_asm!(
                "lea r10, [rip + {first}]",
                "jmp {enter}",
                first = sym $first,
                enter = sym $crate::image::engine::enter,
            )
        }
        enter as *const std::ffi::c_void
    }};
}
pub(crate) use stepping;

/// The registers that a driver's function keeps for its caller, as a service that touches memory for it found them, and where it returns.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(super) vectors: [u128; 10],
    pub(super) rbx: u64,
    pub(super) rbp: u64,
    pub(super) rsi: u64,
    pub(super) rdi: u64,
    pub(super) r12: u64,
    pub(super) r13: u64,
    pub(super) r14: u64,
    pub(super) r15: u64,
    pub(super) rsp: u64,
    pub(super) rip: u64,
}

const _: () = assert!(size_of::<Caller>() == 0xF0);

/// A function of three arguments that touches memory for a driver. It is called with them and a [`Caller`], so that a fault in it can be
/// the driver's, as if it had happened where the driver called.
macro_rules! service {
    ($body:path) => {{
        #[unsafe(naked)]
        unsafe extern "win64" fn enter() {
            core::arch::naked_asm!(
                "sub rsp, 0xF8",
                "movaps [rsp], xmm6",
                "movaps [rsp + 0x10], xmm7",
                "movaps [rsp + 0x20], xmm8",
                "movaps [rsp + 0x30], xmm9",
                "movaps [rsp + 0x40], xmm10",
                "movaps [rsp + 0x50], xmm11",
                "movaps [rsp + 0x60], xmm12",
                "movaps [rsp + 0x70], xmm13",
                "movaps [rsp + 0x80], xmm14",
                "movaps [rsp + 0x90], xmm15",
                "mov [rsp + 0xA0], rbx",
                "mov [rsp + 0xA8], rbp",
                "mov [rsp + 0xB0], rsi",
                "mov [rsp + 0xB8], rdi",
                "mov [rsp + 0xC0], r12",
                "mov [rsp + 0xC8], r13",
                "mov [rsp + 0xD0], r14",
                "mov [rsp + 0xD8], r15",
                "lea rax, [rsp + 0x100]",
                "mov [rsp + 0xE0], rax",
                "mov rax, [rsp + 0xF8]",
                "mov [rsp + 0xE8], rax",
                "mov rdi, rcx",
                "mov rsi, rdx",
                "mov rdx, r8",
                "mov rcx, rsp",
                "call {body}",
                "movaps xmm6, [rsp]",
                "movaps xmm7, [rsp + 0x10]",
                "movaps xmm8, [rsp + 0x20]",
                "movaps xmm9, [rsp + 0x30]",
                "movaps xmm10, [rsp + 0x40]",
                "movaps xmm11, [rsp + 0x50]",
                "movaps xmm12, [rsp + 0x60]",
                "movaps xmm13, [rsp + 0x70]",
                "movaps xmm14, [rsp + 0x80]",
                "movaps xmm15, [rsp + 0x90]",
                "mov rsi, [rsp + 0xB0]",
                "mov rdi, [rsp + 0xB8]",
                "add rsp, 0xF8",
                "ret",
                body = sym $body,
            )
        }
        enter as *const std::ffi::c_void
    }};
}
pub(crate) use service;
