//! The parts of every image that a Microsoft library provides in a WDK build: memory functions,
//! which the kernel exports, and the load configuration with its Control Flow Guard table. Compiled
//! into images only.

use core::arch::global_asm;
use core::ffi::c_void;

// Declared so that `raw-dylib` makes import entries for them; the compiler emits the calls.
#[expect(dead_code, reason = "called by what the compiler makes of copies and large stack frames")]
#[link(name = "ntoskrnl.exe", kind = "raw-dylib", modifiers = "+verbatim")]
unsafe extern "C" {
    fn memcpy(to: *mut c_void, from: *const c_void, bytes: usize) -> *mut c_void;
    fn memmove(to: *mut c_void, from: *const c_void, bytes: usize) -> *mut c_void;
    fn memset(to: *mut c_void, value: i32, bytes: usize) -> *mut c_void;
    fn memcmp(one: *const c_void, other: *const c_void, bytes: usize) -> i32;
    fn __chkstk();
}

// IMAGE_LOAD_CONFIG_DIRECTORY64 (winnt.h), which the linker finds by its name. It holds where the
// loader puts its guard functions (until then ours, which do nothing) and the linker's table of
// functions that may be called through pointers. Written in assembly because counts and flags are
// absolute symbols of the linker: the value is the address.
global_asm!(
    ".section .rdata,\"dr\"",
    ".p2align 3",
    ".globl _load_config_used",
    "_load_config_used:",
    ".long 0x140",                    // Size
    ".zero 0x6c",                     // to GuardCFCheckFunctionPointer
    ".quad __guard_check_icall_fptr", // 0x70
    ".quad __guard_dispatch_icall_fptr",
    ".quad __guard_fids_table", // 0x80 GuardCFFunctionTable
    ".quad __guard_fids_count",
    ".long __guard_flags",     // 0x90
    ".zero 12",                // CodeIntegrity
    ".quad __guard_iat_table", // 0xa0
    ".quad __guard_iat_count",
    ".quad __guard_longjmp_table", // 0xb0
    ".quad __guard_longjmp_count",
    ".zero 0x140 - 0xc0",
    // The loader makes this section writable only while it fills it in.
    ".section .00cfg,\"dr\"",
    ".p2align 3",
    ".globl __guard_check_icall_fptr",
    "__guard_check_icall_fptr: .quad __acx_guard_check",
    ".globl __guard_dispatch_icall_fptr",
    "__guard_dispatch_icall_fptr: .quad __acx_guard_dispatch",
    ".text",
);

// The default guard functions, on systems whose loader sets none. The dispatcher gets its target in
// rax.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".text",
    ".p2align 4",
    "__acx_guard_check: ret",
    ".p2align 4",
    "__acx_guard_dispatch: jmp rax",
);

// On ARM64 the checker gets the target in x15, and the dispatcher in x9.
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".text",
    ".p2align 4",
    "__acx_guard_check: ret",
    ".p2align 4",
    "__acx_guard_dispatch: br x9",
);
