/* A stand-in for BufferOverflowFastFailK.lib: the load configuration with the table of Control Flow
   Guard. The linker finds it by its name and fills in the counts and flags, which are addresses of
   absolute symbols: that is why it is assembly. Offsets: IMAGE_LOAD_CONFIG_DIRECTORY64 of winnt.h.
   */

unsigned long long __security_cookie = 0x00002B992DDFA232ull;

__asm__(
    ".section .rdata,\"dr\"\n"
    ".p2align 3\n"
    ".globl _load_config_used\n"
    "_load_config_used:\n"
    ".long 0x140\n"
    ".zero 0x54\n"
    ".quad __security_cookie\n" /* 0x58 */
    ".zero 0x10\n"
    ".quad __guard_check_icall_fptr\n" /* 0x70 */
    ".quad __guard_dispatch_icall_fptr\n"
    ".quad __guard_fids_table\n" /* 0x80 */
    ".quad __guard_fids_count\n"
    ".long __guard_flags\n" /* 0x90 */
    ".zero 12\n"
    ".quad __guard_iat_table\n" /* 0xa0 */
    ".quad __guard_iat_count\n"
    ".quad __guard_longjmp_table\n" /* 0xb0 */
    ".quad __guard_longjmp_count\n"
    ".zero 0x140 - 0xc0\n"
    /* The loader makes this section writable while it puts its own functions there. */
    ".section .00cfg,\"dr\"\n"
    ".p2align 3\n"
    ".globl __guard_check_icall_fptr\n"
    "__guard_check_icall_fptr: .quad kit_guard_check\n"
    ".globl __guard_dispatch_icall_fptr\n"
    "__guard_dispatch_icall_fptr: .quad kit_guard_dispatch\n"
    /* Until then: no check, and a jump to the target. */
    ".text\n"
    ".p2align 4\n"
    "kit_guard_check: ret\n"
    ".p2align 4\n"
#if defined(_M_ARM64)
    "kit_guard_dispatch: br x9\n"
#else
    "kit_guard_dispatch: jmp *%rax\n"
#endif
);

/* The core library that is compiled along names them in code that nothing calls; without
   optimization the linker wants them all the same. */
double fma(double a, double b, double c) { (void)a, (void)b, (void)c; __builtin_trap(); }
float fmaf(float a, float b, float c) { (void)a, (void)b, (void)c; __builtin_trap(); }
