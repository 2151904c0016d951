/* A driver in C with each form of structured exception handling. Control request n runs check n in
   the driver; its answer is 0, or the line of this file whose condition does not hold. Requests
   from WRONG on are completed first, and then do one wrong thing. */
#include "driver.h"

#define CHECK(condition) do { if (!(condition)) return __LINE__; } while (0)
#define CODE(n) (0x80002000u | (n) << 2)
#define WRONG 64u

#define STATUS_ACCESS_VIOLATION ((NTSTATUS)0xC0000005)
#define STATUS_DATATYPE_MISALIGNMENT ((NTSTATUS)0x80000002)
#define STATUS_INTEGER_DIVIDE_BY_ZERO ((NTSTATUS)0xC0000094)
#define STATUS_ILLEGAL_INSTRUCTION ((NTSTATUS)0xC000001D)
#define STATUS_PRIVATE ((NTSTATUS)0xE0ACE001)
#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#define CODE_NOW ((NTSTATUS)_exception_code())

typedef struct Record { ULONG code, flags; struct Record *next; void *address; ULONG count; ULONG_PTR information[15]; } Record;
#ifdef __aarch64__
typedef struct { ULONG flags, cpsr; ULONGLONG x[31], sp, pc; UCHAR rest[0x280]; } __attribute__((aligned(16))) Context;
#define NEXT pc
#define STACK sp
#define PLACE x[9]
#else
typedef struct { ULONGLONG home[6]; ULONG flags, mxcsr; USHORT segments[6]; ULONG eflags; ULONGLONG debug[6], rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15, rip; UCHAR rest[0x3D0]; } __attribute__((aligned(16))) Context;
#define NEXT rip
#define STACK rsp
#define PLACE rcx
#endif
typedef struct { Record *record; Context *context; } Pointers;

IMPORT void ExRaiseStatus(NTSTATUS status) __attribute__((noreturn));
IMPORT void ExRaiseAccessViolation(void) __attribute__((noreturn));
IMPORT void ExRaiseDatatypeMisalignment(void) __attribute__((noreturn));
IMPORT void RtlRaiseException(Record *record);
IMPORT void RtlCaptureContext(Context *context);
IMPORT void RtlRestoreContext(Context *context, Record *record);
IMPORT void *RtlLookupFunctionEntry(ULONGLONG address, ULONGLONG *base, void *history);
IMPORT void *RtlVirtualUnwind(ULONG kind, ULONGLONG base, ULONGLONG address, void *function, Context *context, void **data, ULONGLONG *frame, void *pointers);
IMPORT void ProbeForRead(const volatile void *address, size_t length, ULONG alignment);
IMPORT void ProbeForWrite(volatile void *address, size_t length, ULONG alignment);
IMPORT UCHAR KfRaiseIrql(UCHAR level);
IMPORT void KeLowerIrql(UCHAR level);
IMPORT void *ExAllocatePoolWithQuotaTag(int type, size_t bytes, ULONG tag);

/* The compiler's mark of floating point. */
int _fltused;

#define APART __attribute__((noinline))

/* What happened, in order. */
static char trail[64];
static volatile int places;
static APART void step(char what) { if (places < 63) { trail[places] = what; places = places + 1; trail[places] = 0; } }
static void restart(void) { places = 0; trail[0] = 0; }
static BOOLEAN went(const char *expected)
{
    int i = 0;
    while (expected[i] != 0 && expected[i] == trail[i])
        i++;
    return expected[i] == trail[i];
}

static APART int seen(NTSTATUS code, NTSTATUS expected, int answer) { step('f'); return code == expected ? answer : EXCEPTION_CONTINUE_SEARCH; }

/* Things that raise, each in a function of its own: the compiler keeps calls inside __try. Where
   one is the last of a block, clang's scopes of the block and of what follows both have the return
   address, so another call follows it. */
static APART void raise_deep(NTSTATUS status, int depth)
{
    volatile ULONGLONG room[4] = { depth };
    if (depth == 0)
        ExRaiseStatus(status);
    raise_deep(status, depth - 1);
    room[1] = room[0];
}
#ifdef __aarch64__
static APART ULONG read_at(const volatile ULONG *place) { ULONG value; __asm__ volatile("mov x9, %1\n\tldr %w0, [x9]" : "=r"(value) : "r"(place) : "x9"); return value; }
static APART void write_at(volatile ULONG *place) { __asm__ volatile("mov x9, %0\n\tstr wzr, [x9]" :: "r"(place) : "x9", "memory"); }
/* The processor answers 0; Microsoft's compiler looks first. */
static APART int divide(volatile int *by) { int value = *by; if (value == 0) __asm__ volatile("brk #0xF004"); return value == 0 ? 0 : 7 / value; }
static APART void stop(void) { __asm__ volatile("udf #0"); }
#else
static APART ULONG read_at(const volatile ULONG *place) { ULONG value; __asm__ volatile("movl (%1), %0" : "=r"(value) : "c"(place)); return value; }
static APART void write_at(volatile ULONG *place) { __asm__ volatile("movl $0, (%0)" :: "c"(place) : "memory"); }
static APART int divide(volatile int *by) { return 7 / *by; }
static APART void stop(void) { __asm__ volatile("ud2"); }
#endif
static APART void call_at(void (*volatile where)(void)) { where(); step('x'); }

static ULONG check_handlers(void)
{
    volatile ULONGLONG kept = 0x1234;
    volatile NTSTATUS code = 0;
    restart();
    __try {
        raise_deep(STATUS_PRIVATE, 5);
        step('x');
    } __except (seen(CODE_NOW, STATUS_PRIVATE, EXCEPTION_EXECUTE_HANDLER)) {
        code = CODE_NOW;
        step('h');
    }
    CHECK(went("fh") && code == STATUS_PRIVATE && kept == 0x1234);
    /* The inner filter does not want it. */
    restart();
    __try {
        __try {
            raise_deep(STATUS_UNSUCCESSFUL, 0);
        } __except (seen(CODE_NOW, STATUS_PRIVATE, EXCEPTION_EXECUTE_HANDLER)) {
            step('x');
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step('o');
    }
    CHECK(went("fo"));
    /* A handler raises again: its own block is over. */
    restart();
    __try {
        __try {
            raise_deep(STATUS_PRIVATE, 1);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            step('1');
            raise_deep(STATUS_UNSUCCESSFUL, 2);
        }
    } __except (seen(CODE_NOW, STATUS_UNSUCCESSFUL, EXCEPTION_EXECUTE_HANDLER)) {
        step('2');
    }
    CHECK(went("1f2"));
    return 0;
}

static APART int raises_inside(NTSTATUS status)
{
    __try {
        __try {
            if (status != 0)
                raise_deep(status, 1);
            step('b');
        } __finally {
            step(_abnormal_termination() ? 'A' : 'N');
        }
    } __finally {
        step(_abnormal_termination() ? 'a' : 'n');
    }
    return 3;
}

static APART int leaves(volatile int *when)
{
    int answer = 0;
    __try {
        if (*when == 1)
            __leave;
        answer = 1;
        if (*when == 2)
            return 9;
    } __finally {
        step(_abnormal_termination() ? 'A' : 'N');
    }
    return answer;
}

static ULONG check_finally(void)
{
    volatile int when = 0;
    restart();
    CHECK(raises_inside(0) == 3 && went("bNn"));
    /* Filters first, then the blocks on the way, from the inside out. */
    restart();
    __try {
        raises_inside(STATUS_PRIVATE);
    } __except (seen(CODE_NOW, STATUS_PRIVATE, EXCEPTION_EXECUTE_HANDLER)) {
        step('h');
    }
    CHECK(went("fAah"));
    restart();
    CHECK(leaves(&when) == 1 && went("N"));
    when = 1;
    restart();
    CHECK(leaves(&when) == 0 && went("N"));
    /* A return out of the block is abnormal, and no exception. */
    when = 2;
    restart();
    CHECK(leaves(&when) == 9 && went("A"));
    return 0;
}

static APART int repair(Pointers *now, ULONG_PTR good)
{
    step('f');
    if (now->record->code != (ULONG)STATUS_ACCESS_VIOLATION || now->record->count != 2)
        return EXCEPTION_CONTINUE_SEARCH;
    /* The place is in the register where read_at and write_at have it. */
    now->context->PLACE = good;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static ULONG check_continue(void)
{
    volatile ULONG value = 77, got = 0;
    Record record = { 0 };
    restart();
    __try {
        got = read_at((ULONG *)16);
    } __except (repair(_exception_info(), (ULONG_PTR)&value)) {
        step('x');
    }
    CHECK(went("f") && got == 77);
    __try {
        write_at((ULONG *)16);
    } __except (repair(_exception_info(), (ULONG_PTR)&value)) {
        step('x');
    }
    CHECK(went("ff") && value == 0);
    /* Raised so that it can be continued: the call returns. */
    restart();
    record.code = (ULONG)STATUS_PRIVATE;
    record.count = 1;
    record.information[0] = 5;
    __try {
        RtlRaiseException(&record);
        step('b');
    } __except (((Pointers *)_exception_info())->record->information[0] == 5 ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_EXECUTE_HANDLER) {
        step('x');
    }
    CHECK(went("b"));
    return 0;
}

static APART int faulty_filter(NTSTATUS code)
{
    step('f');
    if (code == STATUS_PRIVATE)
        raise_deep(STATUS_UNSUCCESSFUL, 1);
    return EXCEPTION_CONTINUE_SEARCH;
}

static APART int filter_with_a_block(void)
{
    __try {
        step('f');
        raise_deep(STATUS_UNSUCCESSFUL, 1);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        step('i');
    }
    return EXCEPTION_EXECUTE_HANDLER;
}

static ULONG check_nested(void)
{
    volatile NTSTATUS code = 0;
    volatile ULONG flags = 0;
    restart();
    /* An exception in a filter: the filter is asked about that one, too, and then who is further
       out. */
    __try {
        __try {
            __try {
                raise_deep(STATUS_PRIVATE, 2);
            } __finally {
                step('F');
            }
        } __except (faulty_filter(CODE_NOW)) {
            step('x');
        }
    } __except (flags = ((Pointers *)_exception_info())->record->flags, code = CODE_NOW, EXCEPTION_EXECUTE_HANDLER) {
        step('h');
    }
    CHECK(went("ffFh") && code == STATUS_UNSUCCESSFUL);
    CHECK((flags & 0x10) != 0); /* EXCEPTION_NESTED_CALL */
    /* One that the filter handles itself. */
    restart();
    __try {
        raise_deep(STATUS_PRIVATE, 2);
    } __except (filter_with_a_block()) {
        step('h');
        code = CODE_NOW;
    }
    CHECK(went("fih") && code == STATUS_PRIVATE);
    return 0;
}

static APART void finally_raises(void)
{
    __try {
        __try {
            raise_deep(STATUS_PRIVATE, 1);
            step('x');
        } __finally {
            step('1');
            raise_deep(STATUS_UNSUCCESSFUL, 1);
            step('x');
        }
    } __finally {
        step('2');
    }
}

static APART void finally_handles(void)
{
    __try {
        raise_deep(STATUS_PRIVATE, 1);
        step('x');
    } __finally {
        __try {
            step('1');
            raise_deep(STATUS_UNSUCCESSFUL, 1);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            step('i');
        }
    }
}

static ULONG check_collided(void)
{
    volatile NTSTATUS code = 0;
    /* An exception in a __finally block takes the place of the first; the block does not run again.
       */
    restart();
    __try {
        __try {
            finally_raises();
        } __except (CODE_NOW == STATUS_PRIVATE ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
            step('x');
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = CODE_NOW;
        step('h');
    }
    CHECK(went("12h") && code == STATUS_UNSUCCESSFUL);
    /* One that is handled inside it does not disturb the first. */
    restart();
    __try {
        finally_handles();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = CODE_NOW;
        step('h');
    }
    CHECK(went("1ih") && code == STATUS_PRIVATE);
    return 0;
}

/* A return out of a __finally block, as Microsoft's compiler makes it; clang does not. The function
   answers 7. Its inner block notes '1' and returns from the function; its outer one notes '2'. */
int returns_out(void);
__attribute__((used)) void note_inner(void) { step('1'); }
__attribute__((used)) void note_outer(void) { step('2'); }
__attribute__((used)) void raise_private(void) { raise_deep(STATUS_PRIVATE, 1); }
#ifdef __aarch64__
/* The blocks get the frame pointer, 32 bytes below the establisher. */
__asm__(
    ".text\n.globl returns_out\n.def returns_out; .scl 2; .type 32; .endef\n"
    ".seh_proc returns_out\nreturns_out:\n"
    "stp x29, x30, [sp, #-32]!\n.seh_save_fplr_x 32\nmov x29, sp\n.seh_set_fp\n.seh_endprologue\n"
    ".Louter:\n.Linner:\nbl raise_private\nnop\n.Linner_end:\nnop\n.Louter_end:\n"
    "mov w0, wzr\n.Lout:\n.seh_startepilogue\nldp x29, x30, [sp], #32\n.seh_save_fplr_x 32\n.seh_endepilogue\nret\n"
    ".Lback:\nmov w0, #7\nb .Lout\n"
    ".seh_handler __C_specific_handler, @except, @unwind\n.seh_handlerdata\n"
    ".long 2\n"
    ".rva .Linner, .Linner_end, returns_inner\n.long 0\n"
    ".rva .Louter, .Louter_end, returns_outer\n.long 0\n"
    ".text\n.seh_endproc\n"
    ".seh_proc returns_inner\nreturns_inner:\n"
    "stp x29, x30, [sp, #-32]!\n.seh_save_fplr_x 32\n.seh_endprologue\n"
    "str x1, [sp, #16]\nbl note_inner\n"
    "ldr x0, [sp, #16]\nadd x0, x0, #32\nadr x1, .Lback\n"
    "adrp x8, __imp__local_unwind\nldr x8, [x8, :lo12:__imp__local_unwind]\nblr x8\nbrk #0xF000\n"
    ".seh_endproc\n"
    ".seh_proc returns_outer\nreturns_outer:\n"
    "stp x29, x30, [sp, #-16]!\n.seh_save_fplr_x 16\n.seh_endprologue\n"
    "bl note_outer\n.seh_startepilogue\nldp x29, x30, [sp], #16\n.seh_save_fplr_x 16\n.seh_endepilogue\nret\n"
    ".seh_endproc\n");
#else
__asm__(
    ".text\n.globl returns_out\n.def returns_out; .scl 2; .type 32; .endef\n"
    ".seh_proc returns_out\nreturns_out:\n"
    "pushq %rbp\n.seh_pushreg %rbp\n"
    "subq $48, %rsp\n.seh_stackalloc 48\n"
    "leaq 32(%rsp), %rbp\n.seh_setframe %rbp, 32\n.seh_endprologue\n"
    ".Louter:\n.Linner:\ncallq raise_private\nnop\n.Linner_end:\nnop\n.Louter_end:\n"
    "xorl %eax, %eax\n.Lout:\naddq $48, %rsp\npopq %rbp\nretq\n"
    ".Lback:\nmovl $7, %eax\njmp .Lout\n"
    ".seh_handler __C_specific_handler, @except, @unwind\n.seh_handlerdata\n"
    ".long 2\n"
    ".long .Linner@IMGREL, .Linner_end@IMGREL, returns_inner@IMGREL, 0\n"
    ".long .Louter@IMGREL, .Louter_end@IMGREL, returns_outer@IMGREL, 0\n"
    ".text\n.seh_endproc\n"
    ".seh_proc returns_inner\nreturns_inner:\n"
    "pushq %rbp\n.seh_pushreg %rbp\nsubq $32, %rsp\n.seh_stackalloc 32\n.seh_endprologue\n"
    "movq %rdx, %rbp\ncallq note_inner\n"
    "movq %rbp, %rcx\nleaq .Lback(%rip), %rdx\ncallq *__imp__local_unwind(%rip)\nint3\n"
    ".seh_endproc\n"
    ".seh_proc returns_outer\nreturns_outer:\n"
    "subq $40, %rsp\n.seh_stackalloc 40\n.seh_endprologue\n"
    "callq note_outer\nnop\naddq $40, %rsp\nretq\n"
    ".seh_endproc\n");
#endif

static ULONG check_return_out(void)
{
    restart();
    __try {
        step((char)('0' + returns_out()));
    } __except (step('f'), EXCEPTION_EXECUTE_HANDLER) {
        step('x');
    }
    CHECK(went("f127"));
    return 0;
}

static APART NTSTATUS code_of(void (*what)(ULONG_PTR), ULONG_PTR argument)
{
    __try {
        what(argument);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return CODE_NOW;
    }
    return 0;
}

static APART void deed_read(ULONG_PTR at) { (void)read_at((ULONG *)at); }
static APART void deed_write(ULONG_PTR at) { write_at((ULONG *)at); }
static APART void deed_call(ULONG_PTR at) { call_at((void (*)(void))at); }
static APART void deed_divide(ULONG_PTR by) { volatile int value = (int)by; step((char)divide(&value)); }
static APART void deed_stop(ULONG_PTR at) { (void)at; stop(); }
static APART void deed_copy(ULONG_PTR at) { char here[64]; memcpy(here, (void *)at, (size_t)places + 32); step(here[0]); }
static APART void deed_fill(ULONG_PTR at) { memset((void *)at, 1, (size_t)places + 32); }
static APART void deed_compare(ULONG_PTR at) { char here[64] = { 0 }; step((char)memcmp(here, (void *)at, (size_t)places + 32)); }
static APART void deed_raise(ULONG_PTR status) { ExRaiseStatus((NTSTATUS)status); }
static APART void deed_violation(ULONG_PTR none) { (void)none; ExRaiseAccessViolation(); }
static APART void deed_misalignment(ULONG_PTR none) { (void)none; ExRaiseDatatypeMisalignment(); }

static ULONG check_faults(void)
{
    restart();
    CHECK(code_of(deed_read, 16) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_write, 16) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_call, 0) == STATUS_ACCESS_VIOLATION);
    /* No address at all. */
    CHECK(code_of(deed_read, 0x8000000000000000) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_divide, 0) == STATUS_INTEGER_DIVIDE_BY_ZERO);
    CHECK(code_of(deed_divide, 7) == 0);
    CHECK(code_of(deed_stop, 0) == STATUS_ILLEGAL_INSTRUCTION);
    CHECK(code_of(deed_copy, 16) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_fill, 16) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_compare, 16) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_raise, 0xE0ACE001) == STATUS_PRIVATE);
    CHECK(code_of(deed_violation, 0) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_misalignment, 0) == STATUS_DATATYPE_MISALIGNMENT);
    /* Often: nothing is used up. */
    for (int i = 0; i < 10000; i++)
        CHECK(code_of(deed_read, 16) == STATUS_ACCESS_VIOLATION);
    return 0;
}

/* Registers that functions keep for their callers come back, the wide ones, too. */
static APART ULONG keeps_registers(volatile ULONG *bad, double scale)
{
    double a = scale * 2, b = scale * 3, c = scale * 5, d = scale * 7;
    ULONGLONG e = places + 11u, f = e * 13, g = f * 17, h = g ^ 0x55;
    __try {
        (void)read_at(bad);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
    return a + b + c + d == scale * 17 && f == e * 13 && g == f * 17 && h == (g ^ 0x55);
}

#ifdef __aarch64__
#define WIDE "d9"
#define KEPT "x23"
#define IN_WIDE "+w"
#define SPOIL __asm__ volatile("movi d9, #0\n\tmov x23, xzr" ::: "d9", "x23")
#else
#define WIDE "xmm9"
#define KEPT "r13"
#define IN_WIDE "+x"
#define SPOIL __asm__ volatile("pxor %%xmm9, %%xmm9\n\txorl %%r13d, %%r13d" ::: "xmm9", "r13")
#endif

static APART ULONG uses_registers(volatile ULONG *bad)
{
    register double wide __asm__(WIDE) = 3.5;
    register ULONGLONG kept __asm__(KEPT) = 0xACE;
    __asm__ volatile("" : IN_WIDE(wide), "+r"(kept));
    __try {
        SPOIL;
        deed_copy((ULONG_PTR)bad);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return 1;
    }
    return 0;
}

static ULONG check_registers(void)
{
    double held = 1.5 * (places + 1);
    CHECK(keeps_registers((ULONG *)16, 1.5) == 1);
    CHECK(uses_registers((ULONG *)16) == 1);
    CHECK(held == 1.5 * (places + 1));
    return 0;
}

static volatile ULONG back;

static ULONG check_unwinding(void)
{
    static Context context;
    Context walked;
    ULONGLONG base = 0, frame = 0;
    void *data, *function;
    /* Back to where the registers were captured. */
    back = 0;
    RtlCaptureContext(&context);
    back = back + 1;
    if (back < 3)
        RtlRestoreContext(&context, NULL);
    CHECK(back == 3);
    /* One frame out is who called this. */
    RtlCaptureContext(&walked);
    function = RtlLookupFunctionEntry(walked.NEXT, &base, NULL);
    CHECK(function != NULL && base != 0 && (base & (PAGE - 1)) == 0 && walked.NEXT > base);
    RtlVirtualUnwind(0, base, walked.NEXT, function, &walked, &data, &frame, NULL);
    CHECK(walked.NEXT == (ULONGLONG)__builtin_return_address(0) && walked.STACK >= frame);
    CHECK(RtlLookupFunctionEntry(16, &base, NULL) == NULL);
    return 0;
}

static APART void deed_probe_read(ULONG_PTR at) { ProbeForRead((void *)at, 8, 4); }
static APART void deed_probe_write(ULONG_PTR at) { ProbeForWrite((void *)at, 8, 4); }
static APART void deed_probe_none(ULONG_PTR at) { ProbeForRead((void *)at, 0, 4); ProbeForWrite((void *)at, 0, 4); }
static APART void deed_probe_around(ULONG_PTR at) { ProbeForRead((void *)at, ~(size_t)0 - 16, 1); }

/* `client` is memory of the program that asks. */
static ULONG check_probes(ULONG_PTR client)
{
    ULONG *block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'cxE ');
    NTSTATUS read, write;
    CHECK(block != NULL);
    read = code_of(deed_probe_read, (ULONG_PTR)block);
    write = code_of(deed_probe_write, (ULONG_PTR)block);
    ExFreePoolWithTag(block, 'cxE ');
    /* Pool is the kernel's, and so is the upper half. */
    CHECK(read == STATUS_ACCESS_VIOLATION && write == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_probe_read, 0xFFFF800000000000) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_probe_read, (ULONG_PTR)&check_probes & ~(ULONG_PTR)3) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_probe_around, 16) == STATUS_ACCESS_VIOLATION);
    /* Only a write is tried: a null pointer passes for reading. */
    CHECK(code_of(deed_probe_read, 0) == 0);
    CHECK(code_of(deed_probe_write, 0) == STATUS_ACCESS_VIOLATION);
    CHECK(code_of(deed_probe_read, 18) == STATUS_DATATYPE_MISALIGNMENT);
    CHECK(code_of(deed_probe_write, 18) == STATUS_DATATYPE_MISALIGNMENT);
    CHECK(code_of(deed_probe_none, 18) == 0);
    CHECK(code_of(deed_probe_read, client) == 0);
    CHECK(code_of(deed_probe_write, client) == 0);
    return 0;
}

static APART void deed_quota(ULONG_PTR kind)
{
    void *block = ExAllocatePoolWithQuotaTag((int)kind, 64, 'cxE ');
    if (block != NULL)
        ExFreePoolWithTag(block, 'cxE ');
    step(block != NULL ? 'b' : '0');
}

static APART void deed_pool(ULONG_PTR flags)
{
    void *block = ExAllocatePool2(flags, 64, 'cxE ');
    if (block != NULL)
        ExFreePoolWithTag(block, 'cxE ');
    step(block != NULL ? 'b' : '0');
}

/* With enough memory. A test makes the allocations fail, and wants the answer of RAISED. */
#define RAISED 1000u
static ULONG check_pool(void)
{
    NTSTATUS codes[3];
    restart();
    codes[0] = code_of(deed_quota, 512);
    codes[1] = code_of(deed_quota, 512 | 8);
    codes[2] = code_of(deed_pool, POOL_FLAG_NON_PAGED | 0x20);
    if (codes[0] == STATUS_INSUFFICIENT_RESOURCES && codes[1] == 0 && codes[2] == STATUS_INSUFFICIENT_RESOURCES)
        return went("0") ? RAISED : (ULONG)__LINE__;
    CHECK(codes[0] == 0 && codes[1] == 0 && codes[2] == 0 && went("bbb"));
    return 0;
}

static APART int level_of_filter(volatile ULONGLONG *level) { *level = IrqlNow(); return EXCEPTION_EXECUTE_HANDLER; }

/* RtlRaiseException may be called at any level. */
static APART void raise_at_any_level(void)
{
    Record record = { 0 };
    record.code = (ULONG)STATUS_PRIVATE;
    record.flags = 1; /* EXCEPTION_NONCONTINUABLE */
    RtlRaiseException(&record);
    step('x');
}

static APART void releases_lock(ULONG_PTR *lock)
{
    UCHAR before = KeAcquireSpinLockRaiseToDpc(lock);
    __try {
        raise_at_any_level();
        step('x');
    } __finally {
        step(IrqlNow() == 2 ? 'D' : 'x');
        KeReleaseSpinLock(lock, before);
    }
}

static ULONG check_levels(void)
{
    volatile ULONGLONG filter = 9, handler = 9;
    volatile UCHAR before;
    ULONG_PTR lock = 0;
    /* Raised, looked for and handled at DISPATCH_LEVEL: nothing of it changes the level. */
    restart();
    before = KfRaiseIrql(2);
    __try {
        raise_at_any_level();
        step('x');
    } __except (level_of_filter(&filter)) {
        handler = IrqlNow();
        step('h');
    }
    KeLowerIrql(before);
    CHECK(went("h") && filter == 2 && handler == 2 && IrqlNow() == 0);
    /* The way out leads over a spin lock, which a __finally block releases: the handler has
       the level from before, the filter does not. */
    restart();
    __try {
        releases_lock(&lock);
    } __except (level_of_filter(&filter)) {
        handler = IrqlNow();
        step('h');
    }
    CHECK(went("Dh") && filter == 2 && handler == 0 && lock == 0);
    return 0;
}

static ULONG run(ULONG which, ULONG_PTR client)
{
    switch (which) {
    case 0: return check_handlers();
    case 1: return check_finally();
    case 2: return check_continue();
    case 3: return check_nested();
    case 4: return check_collided();
    case 5: return check_return_out();
    case 6: return check_faults();
    case 7: return check_registers();
    case 8: return check_unwinding();
    case 9: return check_probes(client);
    case 10: return check_pool();
    case 11: return check_levels();
    default: return __LINE__;
    }
}

/* The wrong ways. */
static volatile int depth = -1;
static APART void recurse(volatile char *outer)
{
    volatile char room[512];
    room[0] = outer[0];
    if (depth != 0)
        recurse(room);
    room[1] = room[0];
}
static APART void deed_recurse(ULONG_PTR none) { volatile char room[1] = { (char)none }; recurse(room); }

static APART void deed_freed(ULONG_PTR none)
{
    volatile ULONG *block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'cxE ');
    (void)none;
    ExFreePoolWithTag((void *)block, 'cxE ');
    block[0] = 1;
}

static APART void deed_raised_level(ULONG_PTR at)
{
    UCHAR before = KfRaiseIrql(2);
    (void)read_at((ULONG *)at);
    KeLowerIrql(before);
}

/* The handler works, and the call that raises is not allowed here. */
static APART void at_dispatch(void (*what)(ULONG_PTR), ULONG_PTR argument)
{
    UCHAR before = KfRaiseIrql(2);
    code_of(what, argument);
    KeLowerIrql(before);
}

static ULONG_PTR forgotten;
static APART void deed_locked(ULONG_PTR none)
{
    (void)none;
    (void)KeAcquireSpinLockRaiseToDpc(&forgotten);
    raise_at_any_level();
    KeReleaseSpinLock(&forgotten, 0);
}

static APART void do_wrong(ULONG which)
{
    switch (which) {
    case 0: /* nobody handles it */
        ExRaiseStatus(STATUS_PRIVATE);
    case 1: /* a violation outside of __try */
        write_at((ULONG *)16);
        break;
    case 2: /* a filter goes on after what cannot be continued */
        __try {
            raise_deep(STATUS_PRIVATE, 1);
        } __except (EXCEPTION_CONTINUE_EXECUTION) {
        }
        break;
    case 3: /* every filter looks away */
        __try {
            (void)read_at((ULONG *)16);
        } __except (EXCEPTION_CONTINUE_SEARCH) {
        }
        break;
    case 4: /* the kernel's addresses are not caught: freed pool, the upper half, code */
        code_of(deed_freed, 0);
        break;
    case 5:
        code_of(deed_read, 0xFFFF800000000010);
        break;
    case 6:
        code_of(deed_write, (ULONG_PTR)&do_wrong & ~(ULONG_PTR)3);
        break;
    case 7: /* nor is anything at DISPATCH_LEVEL */
        code_of(deed_raised_level, 16);
        break;
    case 8: /* the stack is used up */
        code_of(deed_recurse, 0);
        break;
    case 9: /* an instruction that divides by zero, outside of __try */
        deed_divide(0);
        break;
    case 10: /* a filter that raises whenever it is asked */
        __try {
            raise_deep(STATUS_PRIVATE, 1);
        } __except (deed_raise(0xC0000001), EXCEPTION_EXECUTE_HANDLER) {
        }
        break;
    case 11: /* the function whose unwind data a test spoils */
        raises_inside(STATUS_PRIVATE);
        break;
    case 12: /* functions that raise, at DISPATCH_LEVEL */
        at_dispatch(deed_raise, 0xE0ACE001);
        break;
    case 13:
        at_dispatch(deed_violation, 0);
        break;
    case 14:
        at_dispatch(deed_misalignment, 0);
        break;
    case 15:
        at_dispatch(deed_probe_read, 16);
        break;
    case 16: /* the way out leads over a spin lock, which nobody releases */
        code_of(deed_locked, 0);
        break;
    default:
        break;
    }
    step('w');
}

static void EvtControl(void *queue, void *request, size_t output, size_t input, ULONG code)
{
    ULONG *answer;
    ULONG_PTR *client;
    ULONG which = (code & 0xFFF) >> 2;
    NTSTATUS status;
    (void)queue, (void)output, (void)input;
    if (which >= WRONG) {
        WdfRequestComplete(request, STATUS_SUCCESS);
        do_wrong(which - WRONG);
        return;
    }
    status = WdfRequestRetrieveOutputBuffer(request, sizeof *answer, (void **)&answer, NULL);
    if (NT_SUCCESS(status))
        status = WdfRequestRetrieveInputBuffer(request, sizeof *client, (void **)&client, NULL);
    if (NT_SUCCESS(status))
        *answer = run(which, *client);
    WdfRequestCompleteWithInformation(request, status, NT_SUCCESS(status) ? sizeof *answer : 0);
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    static const GUID control = { 0xACE0B0A3, 0, 0, { 1 } };
    SIZED(WDF_IO_QUEUE_CONFIG, queue_config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *device, *queue;
    (void)driver;
    RETURN_IF_FAILED(WdfDeviceCreate(&init, NULL, &device));
    queue_config.DispatchType = 1; /* sequential */
    queue_config.PowerManaged = 2; /* WdfUseDefault */
    queue_config.DefaultQueue = TRUE;
    queue_config.EvtIoDeviceControl = (void *)EvtControl;
    Attributes(&attributes, NULL, NULL);
    attributes.ExecutionLevel = 2; /* passive */
    RETURN_IF_FAILED(WdfIoQueueCreate(device, &queue_config, &attributes, &queue));
    return WdfDeviceCreateDeviceInterface(device, (void *)&control, NULL);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    return WdfDriverCreate(driver, path, NULL, &config, NULL);
}
