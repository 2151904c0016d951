//! The x64 implementation: the registers at a call, entry to and exit from host functions, and the
//! registers of handlers. [`super::standing`] and [`super::engine`] describe its purpose.

use std::ffi::c_void;

use super::doors::begin_fault;
use super::engine::State;
use super::unwind::Context;

#[path = "x64/fault.rs"]
pub(super) mod fault;

pub(super) const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;
pub(super) const STATUS_ILLEGAL_INSTRUCTION: u32 = 0xC000_001D;
pub(super) const STATUS_INTEGER_DIVIDE_BY_ZERO: u32 = 0xC000_0094;

/// The minimum alignment of a frame.
pub(super) const ALIGNMENT: u64 = 8;
/// A function that was called has moved the stack pointer.
pub(super) const CALLS_PUSH: bool = true;

/// A saved position of a thread: the registers that a function preserves for its caller.
#[repr(C)]
pub(super) struct Saved {
    pub(super) rbx: u64,
    pub(super) rbp: u64,
    pub(super) r12: u64,
    pub(super) r13: u64,
    pub(super) r14: u64,
    pub(super) r15: u64,
    pub(super) rsp: u64,
}

impl Saved {
    pub(super) const ZERO: Self = Self { rbx: 0, rbp: 0, r12: 0, r13: 0, r14: 0, r15: 0, rsp: 0 };

    pub(super) fn sp(&self) -> u64 {
        self.rsp
    }

    /// The registers with which a thread returns to that position.
    pub(super) fn put_back(&self, context: &mut Context) {
        for (register, value) in [
            (3, self.rbx),
            (4, self.rsp),
            (5, self.rbp),
            (12, self.r12),
            (13, self.r13),
            (14, self.r14),
            (15, self.r15),
        ] {
            context.general[register] = value;
        }
        context.rip = put_back as *const () as u64;
        // No flag that the compiler does not expect.
        context.eflags = 0x202;
    }
}

/// Calls `function(data)` after noting where it stands in `saved`; 0 if it came back, 1 if the
/// thread was put back here.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn stand(
    function: unsafe extern "C" fn(*mut c_void),
    data: *mut c_void,
    saved: *mut Saved,
) -> u64 {
    core::arch::naked_asm!(
        "mov [rdx], rbx",
        "mov [rdx + 8], rbp",
        "mov [rdx + 16], r12",
        "mov [rdx + 24], r13",
        "mov [rdx + 32], r14",
        "mov [rdx + 40], r15",
        "mov [rdx + 48], rsp",
        "sub rsp, 8",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "add rsp, 8",
        "xor eax, eax",
        "ret",
    )
}

/// Where a thread goes on that is put back, with the registers of its standing: the return of
/// [`stand`].
#[unsafe(naked)]
pub(super) unsafe extern "C" fn put_back() {
    core::arch::naked_asm!("mov eax, 1", "ret")
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

const _: () = assert!(size_of::<Dispatcher>() == 0x50);

impl Dispatcher {
    pub(super) const ZERO: Self = Self {
        control: 0,
        base: 0,
        function: 0,
        establisher: 0,
        target: 0,
        context: std::ptr::null_mut(),
        handler: 0,
        data: 0,
        history: 0,
        scope: 0,
        fill: 0,
    };

    /// The address that says which block of the function the thread is in.
    pub(super) fn place(&self) -> u64 {
        self.control
    }

    /// What the frame's registers are: handlers get its establisher, and that is enough.
    pub(super) fn set_frame(&mut self, context: &Context, _kept: *const Kept) {
        self.control = context.rip;
    }

    pub(super) fn kept(_own: &Self) -> *const Kept {
        std::ptr::null()
    }
}

/// The registers in a frame that its filters and `__finally` blocks find: none, they are in memory.
#[derive(Clone, Copy)]
pub(super) struct Kept;

impl Kept {
    pub(super) const NONE: Self = Self;

    pub(super) fn of(_context: &Context) -> Self {
        Self
    }

    /// What a filter or a `__finally` block gets for its frame.
    pub(super) fn frame(_kept: *const Self, establisher: u64) -> u64 {
        establisher
    }
}

/// Room for the arguments of the functions that are called.
pub(super) const HOME: usize = 0x20;
/// What lies between the driver's stack pointer and the flags.
const FRAME: usize = HOME + size_of::<State>();

/// Stores the general registers and those of the vector unit in the state at rsp + 20h. The flags
/// lie behind it.
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
unsafe extern "C" fn run() {
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

/// Goes on with the registers of the context at rdi. Five words below its stack pointer are
/// written.
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
        unsafe extern "efiapi" fn enter() {
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

/// The registers that a driver's function keeps for its caller, as a service that touches memory
/// for it found them, and where it returns.
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

/// A function of three arguments that touches memory for a driver. It is called with them and a
/// [`Caller`], so that a fault in it can be the driver's, as if it had happened where the driver
/// called.
macro_rules! service {
    ($body:path) => {{
        #[unsafe(naked)]
        unsafe extern "efiapi" fn enter() {
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

/// A variadic function: its register arguments go home, where the rest follows them, and `$body`
/// gets a pointer to the first that has no name, behind the named ones. Each number of named
/// arguments has its own shape.
macro_rules! variadic {
    (1 $body:path) => { $crate::image::native::variadic!(@ "lea rdx, [rsp + 16]", $body) };
    (2 $body:path) => { $crate::image::native::variadic!(@ "lea r8, [rsp + 24]", $body) };
    (3 $body:path) => { $crate::image::native::variadic!(@ "lea r9, [rsp + 32]", $body) };
    (4 $body:path) => {{
        #[unsafe(naked)]
        unsafe extern "efiapi" fn entry() {
            core::arch::naked_asm!(
                "lea rax, [rsp + 40]",
                "sub rsp, 0x38",
                "mov [rsp + 0x20], rax",
                "call {body}",
                "add rsp, 0x38",
                "ret",
                body = sym $body,
            )
        }
        entry as *const std::ffi::c_void
    }};
    (@ $place:literal, $body:path) => {{
        #[unsafe(naked)]
        unsafe extern "efiapi" fn entry() {
            core::arch::naked_asm!(
                "mov [rsp + 8], rcx",
                "mov [rsp + 16], rdx",
                "mov [rsp + 24], r8",
                "mov [rsp + 32], r9",
                $place,
                "sub rsp, 0x28",
                "call {body}",
                "add rsp, 0x28",
                "ret",
                body = sym $body,
            )
        }
        entry as *const std::ffi::c_void
    }};
}
pub(crate) use variadic;

/// How much stack handlers find at least, or the exception counts as not handled: a whole kernel
/// stack of Windows is not longer.
const ROOM: usize = 64 * 1024;

/// Where the signal handler lets a thread go on that faulted: every register is the driver's, but
/// for the stack pointer, which lies below the driver's, and the instruction pointer. Touches the
/// stack that handlers will need, so that it faults here if there is none.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn enter_fault() {
    core::arch::naked_asm!(
        "pushfq",
        "push rax",
        "push rcx",
        "mov ecx, {pages}",
        "mov rax, rsp",
        "2:",
        "sub rax, 4096",
        "test byte ptr [rax], 0",
        "dec ecx",
        "jnz 2b",
        "pop rcx",
        "pop rax",
        "sub rsp, {frame}",
        save!(),
        "lea rax, [rip + {begin}]",
        "mov [rsp + 0x20 + {step}], rax",
        "jmp {run}",
        pages = const ROOM / 4096,
        frame = const FRAME,
        step = const std::mem::offset_of!(State, step),
        begin = sym begin_fault,
        run = sym run,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_returns_with_the_registers_that_a_call_preserves() {
        let saved = Saved { rbx: 3, rbp: 5, r12: 12, r13: 13, r14: 14, r15: 15, rsp: 4 };
        let mut context = Context::ZERO;
        (context.general, context.eflags) = ([99; 16], 0xED7);
        saved.put_back(&mut context);
        let expected = [99, 99, 99, 3, 4, 5, 99, 99, 99, 99, 99, 99, 12, 13, 14, 15];
        assert_eq!(context.general, expected);
        assert_eq!((context.rip, context.eflags), (put_back as *const () as u64, 0x202));
    }
}
