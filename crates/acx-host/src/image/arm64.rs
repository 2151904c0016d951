//! The ARM64 implementation: the registers at a call, entry to and exit from host functions, and
//! the registers of handlers. [`super::standing`] and [`super::engine`] describe its purpose.
//!
//! # Calling convention
//!
//! Windows' calling convention is that of Linux, except for variadic functions, whose arguments all
//! count as general ones, and for x18. Windows reserves x18; here the host's compiler and [`go_on`]
//! use it. An image that reads it, for example for the processor's control region, reads an
//! undefined value.

use std::ffi::c_void;

use super::doors::begin_fault;
use super::engine::State;
use super::unwind::Context;

#[path = "arm64/fault.rs"]
pub(super) mod fault;

pub(super) const STATUS_ACCESS_VIOLATION: u32 = 0xC000_0005;
pub(super) const STATUS_ILLEGAL_INSTRUCTION: u32 = 0xC000_001D;
pub(super) const STATUS_INTEGER_DIVIDE_BY_ZERO: u32 = 0xC000_0094;
pub(super) const STATUS_BREAKPOINT: u32 = 0x8000_0003;

/// The minimum alignment of a frame.
pub(super) const ALIGNMENT: u64 = 16;
/// A function that was called has moved the stack pointer.
pub(super) const CALLS_PUSH: bool = false;

/// A saved position of a thread: the registers that a function preserves for its caller.
#[repr(C)]
pub(super) struct Saved {
    /// x19 to x30.
    pub(super) general: [u64; 12],
    /// d8 to d15.
    pub(super) doubles: [u64; 8],
    pub(super) sp: u64,
}

impl Saved {
    pub(super) const ZERO: Self = Self { general: [0; 12], doubles: [0; 8], sp: 0 };

    pub(super) fn sp(&self) -> u64 {
        self.sp
    }

    /// The registers with which a thread returns to that position.
    pub(super) fn put_back(&self, context: &mut Context) {
        context.general[19..].copy_from_slice(&self.general);
        for (register, value) in context.vectors[8..].iter_mut().zip(self.doubles) {
            *register = u128::from(value);
        }
        context.sp = self.sp;
        context.pc = put_back as *const () as u64;
    }
}

/// Saves the position in `saved`, then calls `function(data)`. Returns 0 if it returned, and 1 if
/// the thread was put back here.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn stand(
    function: unsafe extern "C" fn(*mut c_void),
    data: *mut c_void,
    saved: *mut Saved,
) -> u64 {
    core::arch::naked_asm!(
        "stp x19, x20, [x2]",
        "stp x21, x22, [x2, #16]",
        "stp x23, x24, [x2, #32]",
        "stp x25, x26, [x2, #48]",
        "stp x27, x28, [x2, #64]",
        "stp x29, x30, [x2, #80]",
        "stp d8, d9, [x2, #96]",
        "stp d10, d11, [x2, #112]",
        "stp d12, d13, [x2, #128]",
        "stp d14, d15, [x2, #144]",
        "mov x9, sp",
        "str x9, [x2, #160]",
        "stp x29, x30, [sp, #-16]!",
        "mov x9, x0",
        "mov x0, x1",
        "blr x9",
        "ldp x29, x30, [sp], #16",
        "mov x0, #0",
        "ret",
    )
}

/// Where a thread goes on that is put back, with the registers of its standing: the return of
/// [`stand`].
#[unsafe(naked)]
pub(super) unsafe extern "C" fn put_back() {
    core::arch::naked_asm!("mov x0, #1", "ret")
}

/// The registers in a frame that its filters and `__finally` blocks find: x19 to x29, then d8 to
/// d15.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Kept {
    general: [u64; 11],
    doubles: [u64; 8],
}

impl Kept {
    pub(super) const NONE: Self = Self { general: [0; 11], doubles: [0; 8] };

    pub(super) fn of(context: &Context) -> Self {
        let mut kept = Self::NONE;
        kept.general.copy_from_slice(&context.general[19..30]);
        for (to, from) in kept.doubles.iter_mut().zip(&context.vectors[8..]) {
            *to = *from as u64;
        }
        kept
    }

    /// What a filter or a `__finally` block gets for its frame: the frame pointer. The compiler
    /// counts from there.
    pub(super) fn frame(kept: *const Self, _establisher: u64) -> u64 {
        // SAFETY: on the stack, where the walk that asks has its own.
        unsafe { (*kept).general[10] }
    }
}

/// `DISPATCHER_CONTEXT` of winnt.h: what a handler gets to know of its frame.
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
    /// Whether `control` is behind a call.
    pub(super) is_unwound: u8,
    pub(super) kept: *const Kept,
}

const _: () = assert!(size_of::<Dispatcher>() == 0x58);

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
        is_unwound: 0,
        kept: std::ptr::null(),
    };

    /// The address that says which block of the function the thread is in.
    pub(super) fn place(&self) -> u64 {
        self.control.wrapping_sub(if self.is_unwound == 0 { 0 } else { 4 })
    }

    /// The frame's registers.
    pub(super) fn set_frame(&mut self, context: &Context, kept: *const Kept) {
        self.control = context.pc;
        self.is_unwound = u8::from(context.is_unwound());
        self.kept = kept;
    }

    pub(super) fn kept(own: &Self) -> *const Kept {
        own.kept
    }
}

/// Room for the arguments of the functions that are called: none, they are in registers.
pub(super) const HOME: usize = 0;
/// What lies between the driver's stack pointer and the state.
const FRAME: usize = size_of::<State>();

const _: () = assert!(FRAME < 4096 && FRAME.is_multiple_of(16), "one instruction makes the room");

/// `CONTEXT_ARM64_FULL`, and `CONTEXT_ARM64_UNWOUND_TO_CALL`.
const FULL: u32 = 0x40_0007;
const FULL_BEHIND_A_CALL: u32 = 0x2040_0007;

/// Stores the registers but for the stack pointer and the instruction's address in the state at sp.
macro_rules! save {
    () => {
        "stp x0, x1, [sp, #0x8]
        stp x2, x3, [sp, #0x18]
        stp x4, x5, [sp, #0x28]
        stp x6, x7, [sp, #0x38]
        stp x8, x9, [sp, #0x48]
        stp x10, x11, [sp, #0x58]
        stp x12, x13, [sp, #0x68]
        stp x14, x15, [sp, #0x78]
        stp x16, x17, [sp, #0x88]
        stp x18, x19, [sp, #0x98]
        stp x20, x21, [sp, #0xA8]
        stp x22, x23, [sp, #0xB8]
        stp x24, x25, [sp, #0xC8]
        stp x26, x27, [sp, #0xD8]
        stp x28, x29, [sp, #0xE8]
        str x30, [sp, #0xF8]
        stp q0, q1, [sp, #0x110]
        stp q2, q3, [sp, #0x130]
        stp q4, q5, [sp, #0x150]
        stp q6, q7, [sp, #0x170]
        stp q8, q9, [sp, #0x190]
        stp q10, q11, [sp, #0x1B0]
        stp q12, q13, [sp, #0x1D0]
        stp q14, q15, [sp, #0x1F0]
        stp q16, q17, [sp, #0x210]
        stp q18, q19, [sp, #0x230]
        stp q20, q21, [sp, #0x250]
        stp q22, q23, [sp, #0x270]
        stp q24, q25, [sp, #0x290]
        stp q26, q27, [sp, #0x2B0]
        stp q28, q29, [sp, #0x2D0]
        stp q30, q31, [sp, #0x2F0]
        mrs x17, nzcv
        str w17, [sp, #0x4]
        mrs x17, fpcr
        str w17, [sp, #0x310]
        mrs x17, fpsr
        str w17, [sp, #0x314]"
    };
}

/// A function of the host's that a driver calls: its first step is in x16.
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn enter() {
    core::arch::naked_asm!(
        "sub sp, sp, #{frame}",
        save!(),
        "add x17, sp, #{frame}",
        "stp x17, x30, [sp, #0x100]",
        "movz w17, #{low}",
        "movk w17, #{high}, lsl #16",
        "str w17, [sp]",
        "str x16, [sp, #{step}]",
        "b {run}",
        frame = const FRAME,
        low = const FULL_BEHIND_A_CALL & 0xFFFF,
        high = const FULL_BEHIND_A_CALL >> 16,
        step = const std::mem::offset_of!(State, step),
        run = sym run,
    )
}

/// Steps, with the state at sp.
#[unsafe(naked)]
unsafe extern "C" fn run() {
    core::arch::naked_asm!(
        "2:",
        "mov x0, sp",
        "ldr x16, [sp, #{step}]",
        "blr x16",
        "cmp w0, #1",
        "b.eq 3f",
        "b.hi 4f",
        // To the driver that called, with the registers that it expects to be as they were.
        "ldp x19, x20, [sp, #0xA0]",
        "ldp x21, x22, [sp, #0xB0]",
        "ldp x23, x24, [sp, #0xC0]",
        "ldp x25, x26, [sp, #0xD0]",
        "ldp x27, x28, [sp, #0xE0]",
        "ldp x29, x30, [sp, #0xF0]",
        "ldr x0, [sp, #{answer}]",
        "add sp, sp, #{frame}",
        "ret",
        "3:",
        "ldr x9, [sp, #{registers}]",
        "ldp x19, x20, [x9]",
        "ldp x21, x22, [x9, #16]",
        "ldp x23, x24, [x9, #32]",
        "ldp x25, x26, [x9, #48]",
        "ldp x27, x28, [x9, #64]",
        "ldr x29, [x9, #80]",
        "add x9, sp, #{arguments}",
        "ldp x0, x1, [x9]",
        "ldp x2, x3, [x9, #16]",
        "ldr x16, [sp, #{function}]",
        "blr x16",
        "str x0, [sp, #{result}]",
        "b 2b",
        "4:",
        "ldr x0, [sp, #{restore}]",
        "b {go_on}",
        step = const std::mem::offset_of!(State, step),
        answer = const std::mem::offset_of!(State, answer),
        registers = const std::mem::offset_of!(State, registers),
        arguments = const std::mem::offset_of!(State, arguments),
        function = const std::mem::offset_of!(State, function),
        result = const std::mem::offset_of!(State, result),
        restore = const std::mem::offset_of!(State, restore),
        frame = const FRAME,
        go_on = sym go_on,
    )
}

/// Goes on with the registers of the context at x0, but for x18. Four words below its stack pointer
/// are written.
#[unsafe(naked)]
unsafe extern "C" fn go_on() {
    core::arch::naked_asm!(
        "mov x18, x0",
        "ldp q0, q1, [x18, #0x110]",
        "ldp q2, q3, [x18, #0x130]",
        "ldp q4, q5, [x18, #0x150]",
        "ldp q6, q7, [x18, #0x170]",
        "ldp q8, q9, [x18, #0x190]",
        "ldp q10, q11, [x18, #0x1B0]",
        "ldp q12, q13, [x18, #0x1D0]",
        "ldp q14, q15, [x18, #0x1F0]",
        "ldp q16, q17, [x18, #0x210]",
        "ldp q18, q19, [x18, #0x230]",
        "ldp q20, q21, [x18, #0x250]",
        "ldp q22, q23, [x18, #0x270]",
        "ldp q24, q25, [x18, #0x290]",
        "ldp q26, q27, [x18, #0x2B0]",
        "ldp q28, q29, [x18, #0x2D0]",
        "ldp q30, q31, [x18, #0x2F0]",
        "ldr w0, [x18, #0x4]",
        "msr nzcv, x0",
        "ldr w0, [x18, #0x310]",
        "msr fpcr, x0",
        "ldr w0, [x18, #0x314]",
        "msr fpsr, x0",
        "ldp x2, x3, [x18, #0x8]",
        "ldp x0, x1, [x18, #0x100]",
        "sub x0, x0, #32",
        "stp x2, x3, [x0]",
        "str x1, [x0, #16]",
        "mov x1, x0",
        "ldp x2, x3, [x18, #0x18]",
        "ldp x4, x5, [x18, #0x28]",
        "ldp x6, x7, [x18, #0x38]",
        "ldp x8, x9, [x18, #0x48]",
        "ldp x10, x11, [x18, #0x58]",
        "ldp x12, x13, [x18, #0x68]",
        "ldp x14, x15, [x18, #0x78]",
        "ldp x16, x17, [x18, #0x88]",
        "ldr x19, [x18, #0xA0]",
        "ldp x20, x21, [x18, #0xA8]",
        "ldp x22, x23, [x18, #0xB8]",
        "ldp x24, x25, [x18, #0xC8]",
        "ldp x26, x27, [x18, #0xD8]",
        "ldp x28, x29, [x18, #0xE8]",
        "ldr x30, [x18, #0xF8]",
        "mov sp, x1",
        "ldr x18, [sp, #16]",
        "ldp x0, x1, [sp], #32",
        "br x18",
    )
}

/// A function that images import, which begins with a step.
macro_rules! stepping {
    ($first:path) => {{
        #[unsafe(naked)]
        unsafe extern "efiapi" fn enter() {
            core::arch::naked_asm!(
                "adrp x16, {first}",
                "add x16, x16, :lo12:{first}",
                "b {enter}",
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
    /// d8 to d15.
    pub(super) doubles: [u64; 8],
    /// x19 to x30.
    pub(super) general: [u64; 12],
    pub(super) sp: u64,
    fill: u64,
}

const _: () = assert!(size_of::<Caller>() == 0xB0);

/// A function of three arguments that touches memory for a driver. It is called with them and a
/// [`Caller`], so that a fault in it can be the driver's, as if it had happened where the driver
/// called.
macro_rules! service {
    ($body:path) => {{
        #[unsafe(naked)]
        unsafe extern "efiapi" fn enter() {
            core::arch::naked_asm!(
                "sub sp, sp, #0xB0",
                "stp d8, d9, [sp]",
                "stp d10, d11, [sp, #16]",
                "stp d12, d13, [sp, #32]",
                "stp d14, d15, [sp, #48]",
                "stp x19, x20, [sp, #64]",
                "stp x21, x22, [sp, #80]",
                "stp x23, x24, [sp, #96]",
                "stp x25, x26, [sp, #112]",
                "stp x27, x28, [sp, #128]",
                "stp x29, x30, [sp, #144]",
                "add x16, sp, #0xB0",
                "str x16, [sp, #160]",
                "mov x3, sp",
                "bl {body}",
                "ldr x30, [sp, #152]",
                "add sp, sp, #0xB0",
                "ret",
                body = sym $body,
            )
        }
        enter as *const std::ffi::c_void
    }};
}
pub(crate) use service;

/// A variadic function: all its arguments count as general ones. Those in registers are stored
/// where the rest follows them, and `$body` gets a pointer to the first that has no name, behind
/// the named ones.
macro_rules! variadic {
    (1 $body:path) => { $crate::image::native::variadic!(@ "add x1, sp, #24", $body) };
    (2 $body:path) => { $crate::image::native::variadic!(@ "add x2, sp, #32", $body) };
    (3 $body:path) => { $crate::image::native::variadic!(@ "add x3, sp, #40", $body) };
    (4 $body:path) => { $crate::image::native::variadic!(@ "add x4, sp, #48", $body) };
    (@ $place:literal, $body:path) => {{
        #[unsafe(naked)]
        unsafe extern "efiapi" fn entry() {
            core::arch::naked_asm!(
                "sub sp, sp, #80",
                "str x30, [sp]",
                "stp x0, x1, [sp, #16]",
                "stp x2, x3, [sp, #32]",
                "stp x4, x5, [sp, #48]",
                "stp x6, x7, [sp, #64]",
                $place,
                "bl {body}",
                "ldr x30, [sp]",
                "add sp, sp, #80",
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
/// for the stack pointer, which lies below the driver's, and the instruction's address. Touches the
/// stack that handlers will need, so that it faults here if there is none.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn enter_fault() {
    core::arch::naked_asm!(
        "stp x16, x17, [sp, #-16]!",
        "mov x16, #{pages}",
        "mov x17, sp",
        "2:",
        "sub x17, x17, #1, lsl #12",
        "ldr xzr, [x17]",
        "sub x16, x16, #1",
        "cbnz x16, 2b",
        "ldp x16, x17, [sp], #16",
        "sub sp, sp, #{frame}",
        save!(),
        "movz w17, #{low}",
        "movk w17, #{high}, lsl #16",
        "str w17, [sp]",
        "adrp x16, {begin}",
        "add x16, x16, :lo12:{begin}",
        "str x16, [sp, #{step}]",
        "b {run}",
        pages = const ROOM / 4096,
        frame = const FRAME,
        low = const FULL & 0xFFFF,
        high = const FULL >> 16,
        step = const std::mem::offset_of!(State, step),
        begin = sym begin_fault,
        run = sym run,
    )
}

/// Makes the processor see code that was written as data.
pub(super) fn sync_code(start: usize, length: usize) {
    let sizes: u64;
    // SAFETY: reads a register that user mode may read.
    unsafe { core::arch::asm!("mrs {}, ctr_el0", out(reg) sizes, options(nomem, nostack)) };
    let (data, code) = (4 << (sizes >> 16 & 15), 4 << (sizes & 15));
    // SAFETY: the range is mapped and can be read; neither operation changes what it holds.
    unsafe {
        for at in (start..start + length).step_by(data) {
            core::arch::asm!("dc cvau, {}", in(reg) at, options(nostack, preserves_flags));
        }
        core::arch::asm!("dsb ish", options(nostack, preserves_flags));
        for at in (start..start + length).step_by(code) {
            core::arch::asm!("ic ivau, {}", in(reg) at, options(nostack, preserves_flags));
        }
        core::arch::asm!("dsb ish", "isb", options(nostack, preserves_flags));
    }
}
